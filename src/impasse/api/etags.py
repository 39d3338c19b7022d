"""Which version of a resource somebody has in hand."""

from __future__ import annotations

import re
from hashlib import sha256

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_ROOM = re.compile(r"([0-9]{1,9})\.[0-9]{1,9}")
NEVER = -1
"""A revision that no case ever has."""


def of_revision(revision: int) -> str:
    """Return the tag of a case at *revision*."""
    return f'"{revision}"'


def of_room(revision: int, case: int) -> str:
    """Return the tag of a closed room at *revision*, of which the case is at revision *case*.

    Who may read and write there follows from the case; what stands there, from the room alone.
    """
    return f'"{revision}.{case}"'


def of_body(body: bytes) -> str:
    """Return the tag of a resource that keeps no count of its revisions."""
    return f'"{sha256(body).hexdigest()[:32]}"'


def matches(header: str, tag: str) -> bool:
    """Whether `If-None-Match` names *tag*; weak tags count (RFC 9110, 13.1.2)."""
    if header.strip() == "*":
        return True
    return any(f'"{found[2]}"' == tag for found in _TAG.finditer(header))


def revisions(header: str) -> frozenset[int] | None:
    """Return the revisions that `If-Match` allows; None for any.

    Only strong tags count (RFC 9110, 13.1.1), and a tag that is no revision of ours is `NEVER`.
    """
    if header.strip() == "*":
        return None
    found = {
        int(tag[2])
        for tag in _TAG.finditer(header)
        if not tag[1] and tag[2].isascii() and tag[2].isdigit() and len(tag[2]) < 10  # noqa: PLR2004 no case gets there
    }
    return frozenset(found or {NEVER})


def room_revisions(header: str) -> frozenset[int] | None:
    """Return the revisions of a closed room that `If-Match` allows; None for any.

    What happened to the case meanwhile is no change of the room.
    """
    if header.strip() == "*":
        return None
    tags = (_ROOM.fullmatch(tag[2]) for tag in _TAG.finditer(header) if not tag[1])
    return frozenset([int(tag[1]) for tag in tags if tag] or [NEVER])


def names(header: str, tag: str) -> bool:
    """Whether `If-Match` names *tag*; weak tags do not count (RFC 9110, 13.1.1)."""
    if header.strip() == "*":
        return True
    return any(not found[1] and f'"{found[2]}"' == tag for found in _TAG.finditer(header))
