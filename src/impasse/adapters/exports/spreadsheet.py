"""What a spreadsheet must show and never reckon out."""

from __future__ import annotations

import re

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What begins a formula, also in the wide form that some spreadsheets take for the same."""

_INSIDE = re.compile(r"([;|\t\r\n])(?=[\s\"']*[=+\-@\uff1d\uff0b\uff0d\uff20])")
"""A Dutch spreadsheet begins a new cell at a semicolon, quoted or not."""


def harmless(words: str) -> str:
    """Return *words* so that a spreadsheet reads text where a formula could stand.

    Also inside: where another sign than a comma is taken for the end of a cell.
    Source: https://owasp.org/www-community/attacks/CSV_Injection
    """
    risky = words.startswith(_FORMULA) or words.lstrip().startswith(_FORMULA)
    inside = _INSIDE.sub(r"\1'", words)
    return f"'{inside}" if risky else inside
