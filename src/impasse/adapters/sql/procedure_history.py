"""The history of what was adopted: a chain of entries per procedure, as cases have."""

from __future__ import annotations

import json
import secrets
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from impasse.adapters.files.workflows import read_adopted
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import EntryRow, WorkflowRow
from impasse.domain.errors import Unreadable
from impasse.domain.history import ChainedEntry, broken_link, canonical, chain_hash, content_hash

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from impasse.domain.history import Json

PREFIX = "PROCEDURE-"
"""What stands before the name of a procedure where history names its subject."""

ADOPTED = "procedure_adopted"

_ENTRIES, _WORKFLOWS = table(EntryRow), table(WorkflowRow)


def tell(connection: Connection, name: str, *, at: datetime, origin: str, person: str = "") -> int:
    """Add an entry for each adopted version of *name* that history does not know; say how many.

    Runs inside the transaction that adopts. Who adopted a version earlier than this chain began,
    is told in the content of the entry.
    """
    entries = chain_of(connection, name)
    known = {json.loads(entry.content)["version"] for entry in entries}
    head = entries[-1].hash if entries else ""
    added = 0
    for row in _rows(connection, name):
        if row.version in known:
            continue
        added += 1
        content = canonical(_content(row))
        link = _link(
            PREFIX + name, len(entries) + added, head, at, person or row.adopted_by, origin, content
        )
        connection.execute(_ENTRIES.insert(), link)
        head = str(link["hash"])
    return added


def chain_of(connection: Connection, name: str) -> list[ChainedEntry]:
    """Return the history of procedure *name*, oldest first."""
    query = select(_ENTRIES).where(_ENTRIES.c.subject == PREFIX + name).order_by(_ENTRIES.c.seq)
    return [ChainedEntry(**row._asdict()) for row in connection.execute(query)]


def first_doubt(connection: Connection, name: str) -> int | None:
    """Return the number of the first entry on *name* that does not fit, or None.

    Every adopted version is told once, with the hash of what it says; so a version that was
    changed, added or removed behind the back of history shows as well as a changed entry.
    """
    entries = chain_of(connection, name)
    head = entries[-1].hash if entries else ""
    broken = broken_link(entries, head=head, length=len(entries))
    if broken is not None:
        return broken
    stored = {row.version: canonical(_told(row)) for row in _rows(connection, name)}
    for entry in entries:
        version = json.loads(entry.content)["version"]
        if stored.pop(version, None) != entry.content:
            return entry.seq
    return len(entries) + 1 if stored else None


def _rows(connection: Connection, name: str) -> list[Any]:
    query = select(_WORKFLOWS).where(_WORKFLOWS.c.name == name)
    ordered = query.order_by(_WORKFLOWS.c.adopted_at, _WORKFLOWS.c.version)
    return list(connection.execute(ordered))


def _told(row: WorkflowRow) -> dict[str, Json]:
    """Return what history should say of *row*, whose text may have been changed since."""
    try:
        says = read_adopted(row.content, row.version).content_hash
    except Unreadable:
        says = ""
    return _content(row) | {"content_hash": says}


def _content(row: WorkflowRow) -> dict[str, Json]:
    return {
        "version": row.version,
        "content_hash": row.content_hash,
        "certificate": sha256(row.certificate.encode()).hexdigest(),
        "valid_from": row.valid_from.isoformat(),
        "adopted_at": row.adopted_at.isoformat(timespec="microseconds"),
        "adopted_by": row.adopted_by,
    }


def _link(  # noqa: PLR0917 the parts of one entry
    subject: str, seq: int, head: str, at: datetime, person: str, origin: str, content: str
) -> dict[str, object]:
    salt = secrets.token_hex(8)
    hashed = content_hash(salt, content)
    return {
        "subject": subject,
        "seq": seq,
        "at": at,
        "person": person,
        "organisation": "",
        "origin": origin,
        "action": ADOPTED,
        "content": content,
        "salt": salt,
        "content_hash": hashed,
        "hash": chain_hash(
            head,
            subject=subject,
            seq=seq,
            at=at.isoformat(timespec="microseconds"),
            who=f"{person}\n\n{origin}",
            what=f"{ADOPTED}\n{hashed}",
        ),
    }
