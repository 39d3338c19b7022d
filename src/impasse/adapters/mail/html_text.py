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
_APART = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6"})
_DEEPEST_QUOTE = 10


def text_of_html(source: str) -> str:
    """Return what a reader sees of *source*; what is quoted has `> ` before each line."""
    lines: list[str] = []
    line: list[str] = []
    quoted = 0
    unseen = ""

    def end() -> None:
        words = " ".join("".join(line).split())
        line.clear()
        if words or (lines and lines[-1].strip("> ")):
            lines.append("> " * quoted + words)

    for place, piece in enumerate(_TAG.split(_without_comments(source))):
        if place % 2 == 0:
            if not unseen:
                line.append(html.unescape(piece))
            continue
        found = _NAME.match(piece)
        name = "" if found is None else found[1].lower()
        closes = piece.startswith("</")
        if unseen:
            unseen = "" if closes and name == unseen else unseen
        elif name in _UNSEEN and not closes:
            unseen = name
        elif name == "blockquote":
            end()
            quoted = max(0, quoted - 1) if closes else min(quoted + 1, _DEEPEST_QUOTE)
        elif name in _BLOCKS:
            if line or name == "br" or (closes and name in _APART):
                end()
            if name == "li" and not closes:
                line.append("- ")
        elif name in {"td", "th"} and closes:
            line.append(" ")
    if unseen and not lines and not "".join(line).strip():
        # It begins something unseen and never ends it: better too much than nothing at all.
        return _TAG.sub(" ", source)
    end()
    return "\n".join(line.rstrip() for line in lines).strip()


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
