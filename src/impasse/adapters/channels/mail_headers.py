"""Headers of our letters: one line each of our own making, and identifiers that stay the same.

The folding of the standard library encodes long identifiers and drops spaces between encoded words
in some of its versions, so headers are written here and only placed by it.
"""

from __future__ import annotations

import re
import unicodedata
from email import policy as policies
from email.header import Header
from email.headerregistry import BaseHeader, HeaderRegistry
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from email.message import EmailMessage
    from email.policy import EmailPolicy, Policy

LONGEST_LINE = 2_000
"""However long a text is, in a letter no more of it is shown."""

_WIDTH = 76
"""What RFC 2045 allows a line of an encoded body to be, and less than RFC 5322 advises."""

_LONGEST_WORD = 60
_LONGEST_NAME = 60
_LONGEST_ATOM = 200

_JOINERS = "\u200c\u200d"
"""Letters and pictures are joined by these: all else that is invisible goes."""


def message_id(parcel: str, domain: str) -> str:
    """Return the Message-ID of a parcel: always the same one, however often it is sent."""
    return f"<{_atom(parcel)}@{domain}>"


def parcel_of(identifier: str, domain: str) -> str | None:
    """Return which parcel has this Message-ID, or None when it is not one of ours."""
    local, found, place = identifier.strip().strip("<>").rpartition("@")
    if not found or place.lower() != domain.lower() or local.startswith(_THREAD):
        return None
    return unquote(local)


def thread_id(case: str, domain: str) -> str:
    """Return the identifier that all letters about a case refer to; no letter has it itself."""
    return f"<{_THREAD}{_atom(case)}@{domain}>"


_THREAD = "zaak/"
"""A slash stands in no identifier of a parcel: there it is written as %2F."""


def _atom(words: str) -> str:
    """Return *words* in signs that may stand before the @ of an identifier, and back again.

    What is longer than any name of ours becomes a hash: that has no way back.
    """
    atom = quote(words, safe="-_").replace(".", "%2E").replace("~", "%7E")
    return atom if len(atom) <= _LONGEST_ATOM else sha256(words.encode()).hexdigest()


def one_line(words: str, longest: int = LONGEST_LINE) -> str:
    """Return *words* as one line that reads as it stands: what is invisible is gone.

    Ends of lines and other control characters become spaces; what would turn the direction of
    what follows goes, and so does half a character.
    """
    plain = "".join(_visible(sign) for sign in words)
    line = " ".join(plain.split())
    if len(line) <= longest:
        return line
    return f"{line[: longest - 1].rstrip()}…"


def _visible(sign: str) -> str:
    match unicodedata.category(sign):
        case "Cc" | "Zl" | "Zp" | "Zs":
            return " "
        case "Cs":
            return "\ufffd"
        case "Cf":
            return sign if sign in _JOINERS else ""
        case _:
            return sign


class _Written(BaseHeader):
    """A header that is placed as it was written: in lines that are at most a word too long."""

    max_count = 1

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        """Take *value* as it is; part of how the standard library makes headers."""
        if _END_OF_LINE.search(value):
            msg = "a header is one line"
            raise ValueError(msg)
        kwds["decoded"], kwds["parse_tree"] = value, None

    def fold(self, *, policy: Policy) -> str:
        """Return the header in lines of what the policy allows, wherever it has spaces."""
        first, *words = str(self).split(" ")
        lines, line = [], f"{self.name}: {first}"
        for word in words:
            if len(line) + 1 + len(word) > (policy.max_line_length or _WIDTH):
                lines.append(line)
                line = ""
            line = f"{line} {word}"
        return policy.linesep.join([*lines, line]) + policy.linesep


_END_OF_LINE = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")


@cache
def letter_policy(*, utf8: bool) -> EmailPolicy[EmailMessage]:
    """Return how a letter becomes bytes; with *utf8* as RFC 6532 has it, for SMTPUTF8."""
    registry = HeaderRegistry(use_default_map=True)
    for name in _OURS:
        registry.map_to_type(name, _Written)
    return policies.SMTP.clone(header_factory=registry, max_line_length=_WIDTH, utf8=utf8)


_OURS = (
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "reply-to",
    "auto-submitted",
    "x-auto-response-suppress",
    "list-unsubscribe",
    "content-language",
)


def encoded(header: str, words: str) -> str:
    """Return *words* as a header carries them: as they are, or as encoded words (RFC 2047)."""
    # What looks like an encoded word would be read as one, and a long word cannot be folded.
    plain = words.isascii() and "=?" not in words
    if plain and all(len(word) <= _LONGEST_WORD for word in words.split()):
        return words
    written = Header(words, "utf-8", header_name=header, maxlinelen=75).encode(linesep="\n")
    return " ".join(written.split())


def mailbox(name: str, address: str) -> str:
    """Return a name and an address as From carries them."""
    shown = one_line(name, _LONGEST_NAME)
    if not shown:
        return address
    if shown.isascii() and "=?" not in shown:
        escaped = shown.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{address}>'
    return f"{encoded('From', shown)} <{address}>"
