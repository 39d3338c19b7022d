"""History: an append-only list of entries per case or meeting, chained by hash.

Each entry is hashed with the hash of the one before it, over canonical JSON, with SHA-256. The
head is kept with the case, so that a missing tail shows as well as a changed middle. The chain
covers the hash of an entry's content, not the content itself: content may later be destroyed by
law while the chain still proves that nothing else changed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    Json = str | int | bool | None | list["Json"] | dict[str, "Json"]

canonical = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode
"""Canonical JSON: sorted keys, no spaces, UTF-8 as is. Same value, same bytes."""

DESTROYED_ALL = "case_destroyed"
"""The entry after which the words of all entries before it are gone."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of history: what was done, as content that a reader's language turns to words."""

    action: str
    content: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChainedEntry:
    """An entry as it stands in the chain of `subject`, `seq` counting from 1."""

    subject: str
    seq: int
    at: datetime
    person: str
    organisation: str
    origin: str
    action: str
    content: str
    salt: str
    content_hash: str
    hash: str


def content_hash(salt: str, content: str) -> str:
    """Return the hash that stands for *content* in the chain.

    The salt is destroyed with the content, so that a short sentence cannot be guessed back.
    """
    return sha256(f"{salt}{content}".encode()).hexdigest()


def chain_hash(previous: str, *, subject: str, seq: int, at: str, who: str, what: str) -> str:
    """Return the hash of an entry whose predecessor hashes to *previous* ("" for the first).

    *at* is the instant in ISO 8601, *who* is person, organisation and origin, *what* is action
    and content hash; both joined by a line feed, which none of them can contain.
    """
    line = canonical([previous, subject, seq, at, who, what])
    return sha256(line.encode()).hexdigest()


def broken_link(entries: list[ChainedEntry], *, head: str, length: int) -> int | None:
    """Return the sequence number of the first entry that does not fit, or None.

    *head* and *length* are what the case remembers. A missing tail is reported as the first
    sequence number that should have been there. Content may be gone only where a later entry
    records that it was destroyed.
    """
    previous, destroyed = "", destroyed_through(entries)
    for expected, entry in enumerate(entries, start=1):
        at = entry.at.isoformat(timespec="microseconds")
        who = f"{entry.person}\n{entry.organisation}\n{entry.origin}"
        what = f"{entry.action}\n{entry.content_hash}"
        rehashed = chain_hash(
            previous, subject=entry.subject, seq=expected, at=at, who=who, what=what
        )
        whole = entry.seq == expected and rehashed == entry.hash
        emptied = expected <= destroyed and not entry.content and not entry.salt
        kept = emptied or content_hash(entry.salt, entry.content) == entry.content_hash
        if not whole or not kept:
            return expected
        previous = entry.hash
    if len(entries) != length or previous != head:
        return len(entries) + 1 if len(entries) < length else len(entries)
    return None


def destroyed_through(entries: list[ChainedEntry]) -> int:
    """Return up to which entry the content was destroyed by law; 0 when none was.

    The record that says so stands after what it destroyed, and is whole itself.
    """
    last = 0
    for entry in entries:
        if entry.action != DESTROYED_ALL or not entry.content:
            continue
        if content_hash(entry.salt, entry.content) != entry.content_hash:
            continue
        through = json.loads(entry.content).get("through")
        if isinstance(through, int) and through < entry.seq:
            last = max(last, through)
    return last
