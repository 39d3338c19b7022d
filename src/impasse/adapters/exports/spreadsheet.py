"""What a spreadsheet must show and never reckon out."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(words: str) -> str:
    """Return *words* so that a spreadsheet reads text where a formula could stand.

    Source: https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{words}" if words.startswith(_FORMULA) else words
