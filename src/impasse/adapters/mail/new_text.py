"""The new words of a reply: without the e-mail that it answers, and with all that its sender wrote.

The library looks for the line above which a reply ends. It knows few Dutch forms, and some inputs
take it minutes; so it is given a short sketch of the text, and what it finds is held against the
text itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailparser_reply import EmailReplyParser  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Sequence

_SKETCH_LINES = 400
_SKETCH_WIDTH = 200
_LANGUAGES = ["nl", "en", "de", "fr"]
_DUTCH = re.compile(r"(?:Op|On|Am|Le) .{6,150} (?:schreef|wrote|schrieb|a écrit)\b.{0,150}:\s*")
"""How programs in these languages begin what they quote, with who wrote it in the middle."""
_ABOVE_QUOTE = re.compile(r"-{3,} ?(?:Oorspronkelijk bericht|Original Message|Doorgestuurd).{0,40}")


@dataclass(frozen=True, slots=True)
class NewText:
    """`new` is what the sender wrote; `doubtful` is whether words of the sender may be missing."""

    new: str
    doubtful: bool = False


def new_text(text: str) -> NewText:
    """Return what is new in *text*.

    What is cut off at the end is left out without doubt only when it is quoted line by line: many
    programs quote without a mark, and people answer between or below those lines. Without anything
    new the whole text is taken.
    """
    lines = text.split("\n")
    cut = min(_cut_by_library(lines), _cut_by_line(lines))
    above, below = lines[:cut], lines[cut:]
    new = "\n".join(_unquoted(above)).strip()
    if not new:
        # The answer stands below the quote, or between its lines.
        new = "\n".join(_unquoted(_without_heading(lines))).strip()
        return NewText(new, doubtful=False) if new else NewText(text.strip())
    # Between one's own words, a line that begins so may be one's own as well.
    marked = len(_unquoted(above)) < len(above)
    return NewText(new, doubtful=marked or _holds_words(below))


def _holds_words(below: Sequence[str]) -> bool:
    """Whether words of the sender may stand in what was cut off."""
    quoted = [place for place, line in enumerate(below) if line.lstrip().startswith(">")]
    if quoted:
        # Who answers between the lines does so after the first of them.
        return any(line.strip() for line in _unquoted(below[quoted[0] :]))
    # One line is who wrote what is quoted; more of them are somebody's words.
    return sum(1 for line in below if line.strip()) > 1


def _unquoted(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if not line.lstrip().startswith(">")]


def _without_heading(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if not _begins_quote(line)]


def _begins_quote(line: str) -> bool:
    return bool(_DUTCH.fullmatch(line.strip()) or _ABOVE_QUOTE.fullmatch(line.strip()))


def _cut_by_line(lines: Sequence[str]) -> int:
    for place, line in enumerate(lines):
        if _begins_quote(line):
            return place
        # Such a line is often broken in two.
        if place + 1 < len(lines) and _begins_quote(f"{line.strip()} {lines[place + 1].strip()}"):
            return place
    return len(lines)


def _cut_by_library(lines: Sequence[str]) -> int:
    """Return before which line the library ends the reply; after the last one when it does not."""
    places = [place for place, line in enumerate(lines) if line.strip()][:_SKETCH_LINES]
    sketch = [" ".join(lines[place].split())[:_SKETCH_WIDTH].strip() for place in places]
    if not sketch:
        return len(lines)
    found = EmailReplyParser(languages=list(_LANGUAGES)).parse_reply("\n".join(sketch)) or ""
    kept = found.split("\n")
    if not found or len(kept) >= len(sketch) or kept != sketch[: len(kept)]:
        return len(lines)
    return places[len(kept)]
