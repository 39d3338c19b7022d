"""What a spreadsheet must show and never reckon out."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What begins a formula, also in the wide form that some spreadsheets take for the same."""


def harmless(words: str) -> str:
    """Return *words* so that a spreadsheet reads text where a formula could stand.

    Source: https://owasp.org/www-community/attacks/CSV_Injection
    """
    risky = words.startswith(_FORMULA) or words.lstrip().startswith(_FORMULA)
    return f"'{words}" if risky else words
