"""Verifying rooms: their chains, and that what stands in them is what their history says.

Of content that was destroyed, history must say so; of all other content it holds the digest.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, select

from impasse.adapters.sql.database import Codec
from impasse.adapters.sql.room_rows import read_contribution, read_release, room_from_key
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import (
    AssessmentRow,
    ContributionRow,
    DocumentContentRow,
    EntryRow,
    LegalHoldRow,
    ReleaseRow,
    RoomRow,
)
from impasse.domain.history import DESTROYED_ALL, ChainedEntry, broken_link
from impasse.domain.room_acts import digest_of, digest_of_wording
from impasse.domain.rooms import DocumentFile, RoomKind
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.engine import Connection

    Found = tuple[str, int, Text]
    """The subject, the entry, and what is wrong there."""

_ROOMS, _ENTRIES = table(RoomRow), table(EntryRow)
_CONTRIBUTIONS, _RELEASES = table(ContributionRow), table(ReleaseRow)
_FILES, _ASSESSMENTS = table(DocumentContentRow), table(AssessmentRow)
_LEGAL_HOLDS = table(LegalHoldRow)
_NATIVE = Codec("native")

_CHANGED = Text("de keten is gebroken", "the chain is broken")


def room_subjects(connection: Connection) -> set[str]:
    """Return the subject of every confidential room: each must have a history."""
    found = connection.execute(select(_ROOMS.c.case_id, _ROOMS.c.room, _ROOMS.c.kind))
    return {
        room_from_key(row.room).subject(row.case_id)
        for row in found
        if row.kind != RoomKind.SHARED.value
    }


def verify_rooms(connection: Connection) -> Iterator[Found]:
    """Yield what does not agree in any room, one room at a time."""
    query = select(_ROOMS).order_by(_ROOMS.c.case_id, _ROOMS.c.room)
    for row in list(connection.execute(query)):
        room = room_from_key(row.room)
        subject = room.subject(row.case_id)
        kept = select(_ENTRIES).where(_ENTRIES.c.subject == subject).order_by(_ENTRIES.c.seq)
        entries = [ChainedEntry(**one._asdict()) for one in connection.execute(kept)]
        if room.confidential:
            seq = broken_link(entries, head=row.history_head, length=row.history_length)
            if seq is None and not entries:
                seq = 1
            if seq is not None:
                yield subject, seq, _CHANGED
                continue
        yield from _content(connection, row, subject, _Told(entries))
    yield from _shared_without_room(connection)
    yield from _holds(connection)


def _holds(connection: Connection) -> Iterator[Found]:
    """Yield legal holds that do not stand as history says: without one, things are destroyed."""
    told: dict[tuple[str, str], tuple[int, bool]] = {}
    acts = ("hold_placed", "hold_lifted")
    query = select(_ENTRIES).where(_ENTRIES.c.action.in_(acts), _ENTRIES.c.content != "")
    for entry in connection.execute(query.order_by(_ENTRIES.c.subject, _ENTRIES.c.seq)):
        key = (entry.subject, str(json.loads(entry.content).get("hold", "")))
        told[key] = (entry.seq, entry.action == "hold_lifted")
    kept = {
        (row.case_id, row.id): row.lifted_at is not None
        for row in connection.execute(select(_LEGAL_HOLDS))
    }
    for (case, hold), (seq, lifted) in told.items():
        if kept.get((case, hold)) != lifted:
            yield case, seq, _words(hold, "staat er anders voor", "does not stand like that")


def _shared_without_room(connection: Connection) -> Iterator[Found]:
    """Yield cases of which history says that something was shared, without a shared room."""
    rooms = exists().where(
        _ROOMS.c.case_id == _ENTRIES.c.subject, _ROOMS.c.kind == RoomKind.SHARED.value
    )
    query = (
        select(_ENTRIES.c.subject, func.min(_ENTRIES.c.seq).label("seq"))
        .where(_ENTRIES.c.action == "contribution_shared", ~rooms)
        .group_by(_ENTRIES.c.subject)
    )
    for row in connection.execute(query):
        why = Text("wat werd gedeeld, is verdwenen", "what was shared is gone")
        yield row.subject, row.seq, why


class _Told:
    """What the history of one room tells of what stands in it."""

    def __init__(self, entries: list[ChainedEntry]) -> None:
        self.born: dict[str, tuple[int, str]] = {}
        self.proposed: dict[str, tuple[int, str, str]] = {}
        self.decided: dict[str, tuple[int, str]] = {}
        self.assessed: dict[str, tuple[int, str, str]] = {}
        self.destroyed: dict[str, int] = {}
        self.wrote: dict[str, tuple[str, str, datetime]] = {}
        self.by: dict[str, tuple[str, datetime]] = {}
        self.ended: dict[str, tuple[str, datetime, str]] = {}
        self.emptied = 0
        self.length = len(entries)
        for entry in entries:
            self._read(entry, json.loads(entry.content) if entry.content else {})

    def _read(self, entry: ChainedEntry, content: dict[str, Any]) -> None:
        key, digest = str(content.get("id", "")), str(content.get("digest", ""))
        match entry.action:
            case "contributed" | "contribution_shared" if content:
                self.born[key] = (entry.seq, digest)
                organisation = str(content.get("organisation", entry.organisation))
                self.wrote[key] = (entry.person, organisation, entry.at)
            case "release_proposed":
                self.by[key] = (entry.person, entry.at)
                self.proposed[key] = (entry.seq, digest, str(content.get("contribution", "")))
            case "release_decided":
                state = "approved" if content.get("approved") is True else "declined"
                self.decided[key] = (entry.seq, state)
                shared_as = str(content.get("shared_as", ""))
                self.ended[key] = (entry.person, entry.at, shared_as)
            case "release_withdrawn":
                self.decided[key] = (entry.seq, "withdrawn")
                self.ended[key] = (entry.person, entry.at, "")
            case "disclosure_assessed":
                grounds = " ".join(content.get("grounds", []))
                item = str(content.get("item", ""))
                self.assessed[item] = (entry.seq, str(content.get("disclosure", "")), grounds)
            case "contribution_destroyed":
                self.destroyed[key] = entry.seq
            case "room_destroyed":
                self.emptied = entry.seq
            case action if action == DESTROYED_ALL:
                self.emptied = entry.seq

    def gone(self, key: str, since: int) -> bool:
        """Whether the content of *key*, which came with entry *since*, was destroyed by law."""
        return self.emptied > since or self.destroyed.get(key, 0) > since


def _content(connection: Connection, row: Any, subject: str, told: _Told) -> Iterator[Found]:  # noqa: ANN401 a row
    """Compare every row of a room with its history."""

    def here(of: Any) -> Any:  # noqa: ANN401 a table
        return (of.c.case_id == row.case_id) & (of.c.room == row.room)

    files = {one.id: one.body for one in connection.execute(select(_FILES).where(here(_FILES)))}
    seen = set()
    for one in connection.execute(select(_CONTRIBUTIONS).where(here(_CONTRIBUTIONS))):
        seen.add(one.id)
        seq, why = _of_contribution(one, files.pop(one.id, None), told)
        if why is not None:
            yield subject, seq or told.length, why
    for key in sorted(told.born.keys() - seen):
        yield subject, told.born[key][0], _words(key, "is verdwenen", "is gone")
    for key in sorted(files):
        yield subject, told.length, _words(key, "is een los bestand", "is a loose file")
    proposals = set()
    for one in connection.execute(select(_RELEASES).where(here(_RELEASES))):
        proposals.add(one.id)
        seq, why = _of_release(one, told)
        if why is not None:
            yield subject, seq or told.length, why
    for key in sorted(told.proposed.keys() - proposals):
        yield subject, told.proposed[key][0], _words(key, "is verdwenen", "is gone")
    if row.kind == RoomKind.SIDE.value:
        yield from _assessments(connection, row, subject, told)


def _of_contribution(row: Any, body: bytes | None, told: _Told) -> tuple[int, Text | None]:  # noqa: ANN401 a row
    key = row.id
    seq, digest = told.born.get(key, (0, row.digest if told.emptied else ""))
    if digest != row.digest:
        return seq, _words(key, "is niet wat er werd ingebracht", "is not what was brought in")
    person, organisation, at = told.wrote.get(key, (row.person, "", row.written_at))
    # What the mediator writes stands on no organisation.
    known = row.organisation in {"", organisation} or key not in told.wrote
    if (row.person, row.written_at) != (person, at) or not known:
        return seq, _words(key, "kwam van een ander", "came from somebody else")
    if row.destroyed_at is not None:
        if not told.gone(key, seq):
            return seq, _words(
                key,
                "is leeg zonder dat de geschiedenis het zegt",
                "is empty while history does not say so",
            )
        left = any((row.title, row.text, row.salt, row.particulars != "{}", body is not None))
        why = _words(key, "is niet helemaal vernietigd", "was not destroyed altogether")
        return seq, why if left else None
    if told.gone(key, seq):
        return seq, _words(key, "had vernietigd moeten zijn", "should have been destroyed")
    try:
        contribution = read_contribution(_NATIVE, tuple(row))
    except ValueError:
        return seq, _words(key, "is onleesbaar", "cannot be read")
    if digest_of(row.salt, contribution) != row.digest:
        return seq, _words(key, "is veranderd", "was changed")
    wanted = contribution.particulars.get("sha256")
    found = None if body is None else DocumentFile("", "", bytes(body)).sha256
    if wanted != found:
        return seq, _words(key, "heeft een ander bestand", "has another file")
    return seq, None


def _of_release(row: Any, told: _Told) -> tuple[int, Text | None]:  # noqa: ANN401 a row
    key = row.id
    seq, digest, source = told.proposed.get(key, (0, "", ""))
    if digest != row.digest or source != row.contribution:
        return seq, _words(key, "is niet wat er werd voorgesteld", "is not what was proposed")
    if told.by.get(key, (row.proposed_by, row.proposed_at)) != (row.proposed_by, row.proposed_at):
        return seq, _words(key, "kwam van een ander", "came from somebody else")
    gone = told.gone(source, told.born.get(source, (seq, ""))[0]) or told.emptied > seq
    if gone:
        left = any((row.title, row.text, row.note, row.salt))
        why = _words(key, "is niet helemaal vernietigd", "was not destroyed altogether")
        return seq, why if left else None
    at, state = told.decided.get(key, (seq, "proposed"))
    ended = (row.decided_by, row.decided_at, row.shared_as)
    if state != row.state or told.ended.get(key, ended) != ended:
        return at, _words(key, "is anders besloten", "was decided otherwise")
    try:
        release = read_release(_NATIVE, tuple(row))
    except ValueError:
        return seq, _words(key, "is onleesbaar", "cannot be read")
    if digest_of_wording(row.salt, release) != row.digest:
        return seq, _words(key, "is veranderd", "was changed")
    return seq, None


def _assessments(connection: Connection, row: Any, subject: str, told: _Told) -> Iterator[Found]:  # noqa: ANN401 a row
    query = select(_ASSESSMENTS).where(
        _ASSESSMENTS.c.case_id == row.case_id, _ASSESSMENTS.c.organisation == row.organisation
    )
    kept = {one.item: one for one in connection.execute(query)}
    for item, (seq, disclosure, grounds) in told.assessed.items():
        one = kept.pop(item, None)
        if told.emptied > seq:
            continue
        if one is None or (one.disclosure, one.grounds) != (disclosure, grounds):
            yield subject, seq, _words(item, "is anders beoordeeld", "was assessed otherwise")
    for item in sorted(kept):
        yield subject, told.length, _words(item, "is anders beoordeeld", "was assessed otherwise")


def _words(key: str, nl: str, en: str) -> Text:
    return Text(f"{key} {nl}", f"{key} {en}")
