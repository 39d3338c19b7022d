"""HTML of an e-mail as plain text, in one walk: no input makes it slow, and nothing is fetched.

The parser of the standard library needs minutes for some hundred kilobytes of unfinished tags; an
e-mail that a stranger sends may hold nothing else. So text is cut at tags that do end.
"""

from __future__ import annotations

import html
import re

_TAG = re.compile(r"(<[A-Za-z/!?][^<>]{0,4000}>)")
_NAME = re.compile(r"</?\s*([A-Za-z][A-Za-z0-9]*)")
_UNSEEN = frozenset({"head", "script", "style", "title", "template", "noscript"})
_BLOCKS = frozenset(
    {
        "address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "footer", "h1", "h2",
        "h3", "h4", "h5", "h6", "header", "hr", "li", "ol", "p", "pre", "section", "table", "tr",
        "ul",
    }
)  # fmt: skip
_CELLS = frozenset({"td", "th"})
_APART = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6"})
_DEEPEST_QUOTE = 10


class _Walk:
    """The walk through a source, piece by piece."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quoted = 0
        self.unseen = ""

    def end(self) -> None:
        """End the line; of empty lines one is kept."""
        words = " ".join("".join(self.line).split())
        self.line.clear()
        if words or (self.lines and self.lines[-1].strip("> ")):
            self.lines.append("> " * self.quoted + words)

    def text(self, piece: str) -> None:
        """Add what stands between two tags."""
        if not self.unseen and (self.line or piece.strip()):
            self.line.append(html.unescape(piece))

    def tag(self, piece: str) -> None:
        """Do what a tag asks."""
        found = _NAME.match(piece)
        name = "" if found is None else found[1].lower()
        closes = piece.startswith("</")
        if self.unseen:
            self.unseen = "" if closes and name == self.unseen else self.unseen
        elif name in _UNSEEN and not closes:
            self.unseen = name
        elif name == "blockquote":
            self.end()
            self.quoted = min(max(0, self.quoted + (-1 if closes else 1)), _DEEPEST_QUOTE)
        else:
            self._block(name, closes=closes)

    def _block(self, name: str, *, closes: bool) -> None:
        if name in _BLOCKS and (self.line or name == "br" or (closes and name in _APART)):
            self.end()
        if name in _APART and closes:
            self.end()
        if name == "li" and not closes:
            self.line.append("- ")
        elif name in _CELLS and closes:
            self.line.append(" ")


def text_of_html(source: str) -> str:
    """Return what a reader sees of *source*; what is quoted has `> ` before each line."""
    walk = _Walk()
    for place, piece in enumerate(_TAG.split(_without_comments(source))):
        if place % 2:
            walk.tag(piece)
        else:
            walk.text(piece)
    cut_short = bool(walk.unseen)
    walk.end()
    text = "\n".join(line.rstrip() for line in walk.lines).strip()
    # It begins something unseen and never ends it: better too much than nothing at all.
    return html.unescape(_TAG.sub(" ", source)).strip() if cut_short and not text else text


def _without_comments(source: str) -> str:
    kept: list[str] = []
    place = 0
    while (start := source.find("<!--", place)) >= 0:
        end = source.find("-->", start + 4)
        if end < 0:
            break
        kept.append(source[place:start])
        place = end + 3
    kept.append(source[place:])
    return "".join(kept)
