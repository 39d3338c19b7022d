"""Verifying what the database keeps: every history, and what must agree with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from impasse.adapters.sql.database import SQLITE, translate
from impasse.adapters.sql.procedure_history import PREFIX, first_doubt
from impasse.adapters.sql.room_audit import room_subjects, verify_rooms
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow, CounterRow, EntryRow, MeetingRow, WorkflowRow
from impasse.domain.history import ChainedEntry, broken_link
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection, Engine

_CASES, _MEETINGS = table(CaseRow), table(MeetingRow)
_ENTRIES, _COUNTERS = table(EntryRow), table(CounterRow)
_WORKFLOWS = table(WorkflowRow)


@dataclass(frozen=True, slots=True)
class BrokenChain:
    """A history that does not verify: whose, the first entry that does not fit, and why."""

    subject: str
    seq: int
    why: Text


_CHANGED = Text("de keten is gebroken", "the chain is broken")
_GONE = Text("de zaak is verdwenen", "the case is gone")
_OTHERWISE = Text(
    "wat is aangenomen, is niet wat de geschiedenis zegt",
    "what was adopted is not what history says",
)
_HOMELESS = Text("de geschiedenis heeft geen zaak meer", "the history has no case any more")


def verify(database: Engine) -> Iterator[BrokenChain]:
    """Walk every history and yield each that does not verify.

    Beside the chain itself: a case or meeting without a history, a history without its subject,
    a case number that was given out and is there no more, a case that stands in another stage
    than its history says, a procedure that is not what its adoption says, and rooms in which
    stands something else than was written there. Reads one history at a time. Raises
    `Unavailable`.
    """
    # One view of the database from beginning to end: what happens meanwhile is no fault. SQLite
    # gives that by itself.
    options = {} if database.dialect.name == SQLITE else {"isolation_level": "REPEATABLE READ"}
    try:
        with database.connect().execution_options(**options) as connection:
            yield from _verify(connection)
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error


def _verify(connection: Connection) -> Iterator[BrokenChain]:
    cases = {row.id: row for row in connection.execute(select(_CASES).order_by(_CASES.c.id))}
    meetings = {f"OVERLEG-{row.id}": row for row in connection.execute(select(_MEETINGS))}
    for subject, row in sorted({**cases, **meetings}.items()):
        entries = _history(connection, subject)
        seq = broken_link(entries, head=row.history_head, length=row.history_length)
        if seq is None and not entries:
            seq = 1
        if seq is not None:
            yield BrokenChain(subject, seq, _CHANGED)
        elif subject in cases and (told := _stage_told(entries)) not in {None, row.stage}:
            why = Text(
                f"de zaak staat in fase '{row.stage}', maar de geschiedenis zegt '{told}'",
                f"the case stands in stage '{row.stage}', but its history says '{told}'",
            )
            yield BrokenChain(subject, len(entries), why)
    for subject in _numbers_given(connection):
        if subject not in cases:
            yield BrokenChain(subject, 1, _GONE)
    procedures = {PREFIX + name for name in connection.scalars(select(_WORKFLOWS.c.name))}
    yield from _adopted_otherwise(connection, procedures)
    for found in verify_rooms(connection):
        yield BrokenChain(*found)
    subjects = {*cases, *meetings, *procedures, *room_subjects(connection)}
    known = select(_ENTRIES.c.subject).distinct().order_by(_ENTRIES.c.subject)
    for row in connection.execute(known):
        if row.subject not in subjects:
            yield BrokenChain(row.subject, 1, _HOMELESS)


def _adopted_otherwise(connection: Connection, subjects: set[str]) -> Iterator[BrokenChain]:
    for subject in sorted(subjects):
        seq = first_doubt(connection, subject.removeprefix(PREFIX))
        if seq is not None:
            yield BrokenChain(subject, seq, _OTHERWISE)


def _history(connection: Connection, subject: str) -> list[ChainedEntry]:
    query = select(_ENTRIES).where(_ENTRIES.c.subject == subject).order_by(_ENTRIES.c.seq)
    return [ChainedEntry(**row._asdict()) for row in connection.execute(query)]


def _stage_told(entries: list[ChainedEntry]) -> str | None:
    """Return the stage to which the history led last, or None when it does not tell."""
    for entry in reversed(entries):
        if entry.action in _TELLS_STAGE and entry.content:
            content: dict[str, Any] = json.loads(entry.content)
            told: str | None = content.get(_TELLS_STAGE[entry.action])
            return told
    return None


_TELLS_STAGE = {
    "case_opened": "stage",
    "stage_changed": "to",
    "migrated": "to_stage",
    "migration_undone": "to_stage",
}
"""The entries that say where a case stands, and under which name."""


def _numbers_given(connection: Connection) -> Iterator[str]:
    """Yield every case number that was ever given out: a refusal gives its number back."""
    for row in connection.execute(select(_COUNTERS).order_by(_COUNTERS.c.name)):
        series, _, year = row.name.partition("-")
        if series == "case":
            for number in range(1, row.value + 1):
                yield f"IMP-{year}-{number:04d}"
