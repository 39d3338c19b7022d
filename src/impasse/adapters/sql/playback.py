"""What a replay reads from the database to follow the engine, and how it stops a clock."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow, EntryRow, SignalRow, TermRow, TimerRow

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.engine import Engine

_CASES, _ENTRIES, _TERMS = table(CaseRow), table(EntryRow), table(TermRow)
_SIGNALS, _TIMERS = table(SignalRow), table(TimerRow)


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """A line of history as it is kept."""

    seq: int
    at: datetime
    action: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class KeptTerm:
    """A term as it was reckoned when a stage was entered."""

    stage_entry: int
    stage: str
    end: date


@dataclass(frozen=True, slots=True)
class Now:
    """How a case stands."""

    stage: str
    status: str
    tier: str
    level: str
    score: float
    candidate: str
    mediator: str


def entries_after(database: Engine, case: str, seq: int) -> list[KeptEntry]:
    """Return the history of *case* after entry *seq*, oldest first."""
    asked = (
        select(_ENTRIES.c.seq, _ENTRIES.c.at, _ENTRIES.c.action, _ENTRIES.c.content)
        .where(_ENTRIES.c.subject == case, _ENTRIES.c.seq > seq)
        .order_by(_ENTRIES.c.seq)
    )
    with database.connect() as connection:
        return [
            KeptEntry(number, at, action, json.loads(content))
            for number, at, action, content in connection.execute(asked)
        ]


def terms_after(database: Engine, case: str, stage_entry: int) -> list[KeptTerm]:
    """Return the terms of *case* that began after stay *stage_entry*."""
    asked = (
        select(_TERMS.c.stage_entry, _TERMS.c.stage, _TERMS.c.end)
        .where(_TERMS.c.case_id == case, _TERMS.c.stage_entry > stage_entry)
        .order_by(_TERMS.c.stage_entry)
    )
    with database.connect() as connection:
        return [KeptTerm(*row) for row in connection.execute(asked)]


def now(database: Engine, case: str) -> Now:
    """Return how *case* stands."""
    asked = select(
        _CASES.c.stage,
        _CASES.c.status,
        _CASES.c.tier,
        _CASES.c.level,
        _CASES.c.score,
        _CASES.c.candidate,
        _CASES.c.mediator,
    ).where(_CASES.c.id == case)
    with database.connect() as connection:
        return Now(*connection.execute(asked).one())


def open_signals(database: Engine, case: str) -> list[tuple[str, str]]:
    """Return id and indicator of the signals of *case* that nobody closed."""
    asked = (
        select(_SIGNALS.c.id, _SIGNALS.c.indicator)
        .where(_SIGNALS.c.case_id == case, _SIGNALS.c.closed_on.is_(None))
        .order_by(_SIGNALS.c.position)
    )
    with database.connect() as connection:
        return [(key, indicator) for key, indicator in connection.execute(asked)]


def stop_clock(database: Engine, case: str) -> None:
    """Take back every promise about time of *case*: nothing happens to it by itself any more."""
    stopped = (
        update(_TIMERS)
        .where(_TIMERS.c.case_id == case, _TIMERS.c.state == "armed")
        .values(state="cancelled")
    )
    with database.begin() as connection:
        connection.execute(stopped)
