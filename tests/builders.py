"""An engine on a real database, a clock that a test sets, and ways to look at what was kept."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from impasse.adapters.files.calendar import load_calendar
from impasse.adapters.files.early_warning import load_indicators
from impasse.adapters.files.shipped import shipped
from impasse.adapters.files.workflows import load_workflow
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.store import SqlStore
from impasse.adapters.sql.tables import CaseRow, EntryRow, MeetingRow, OutboxRow, TimerRow
from impasse.domain.case import Party
from impasse.domain.commands import OpenCase, SignalReport
from impasse.domain.history import ChainedEntry, broken_link
from impasse.domain.machine import compile_workflow
from impasse.domain.people import Actor, Layer, Role
from impasse.domain.signals import Reliability
from impasse.engine.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Engine as Database

    from impasse.domain.calendar import Calendar
    from impasse.domain.early_warning import Indicators
    from impasse.domain.machine import CompiledWorkflow

MONDAY = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)
SECRETARY = Actor("secretary", "mnre1034", frozenset({Role.SECRETARIAT}), "web")
PROCEDURE = "interbestuurlijke-impasse"


@dataclass
class HandClock:
    """A clock that stands still until a test moves its hands."""

    at: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.at

    def goes_on(self, **how_long: float) -> None:
        """Let time pass: `days=3`."""
        self.at += timedelta(**how_long)


@dataclass(frozen=True)
class Running:
    """A running engine and what stands around it."""

    database: Database
    store: SqlStore
    engine: Engine
    clock: Any

    def open_cases(self, count: int = 1) -> list[str]:
        """Open so many cases; each arms five timers."""
        asked = [self.engine.submit(an_opening(n), SECRETARY) for n in range(count)]
        return [one.result().subject for one in asked]


@dataclass(frozen=True)
class Procedures:
    """The procedure that ships, under every name."""

    compiled: CompiledWorkflow

    def get(self, name: str, version: str) -> CompiledWorkflow:
        """Return the one procedure."""
        assert (name, version) == (PROCEDURE, "2")
        return self.compiled


@cache
def shipped_parts() -> tuple[Procedures, Calendar, Indicators]:
    """Read once what ships."""
    workflow = load_workflow(shipped("workflows", f"{PROCEDURE}.yaml"))
    return (
        Procedures(compile_workflow(workflow)),
        load_calendar(shipped("config", "calendar.yaml")),
        load_indicators(shipped("config", "early-warning.yaml"))[0],
    )


@contextmanager
def running(url: str, clock: Any = None, *, batch: int = 64) -> Iterator[Running]:
    """Run an engine on the database at *url*; close both at the end."""
    clock = clock or HandClock()
    database = open_database(url)
    store = SqlStore(database)
    engine = Engine(store, *shipped_parts(), clock, batch=batch)
    try:
        yield Running(database, store, engine, clock)
    finally:
        engine.close()
        store.close()


def an_opening(number: int = 0, **changes: Any) -> OpenCase:
    """A signal about a dispute between a province and a municipality."""
    values: dict[str, Any] = {
        "title": f"Wie betaalt brug {number}?",
        "parties": (
            Party("pv27", "Noord-Holland", Layer.PROVINCE),
            Party("gm0363", "Amsterdam", Layer.MUNICIPALITY),
        ),
        "signals": (a_report(),),
        "workflow": PROCEDURE,
        "workflow_version": "2",
    }
    return OpenCase(**values | changes)


def a_report(text: str = "afspraak niet nagekomen") -> SignalReport:
    """What the municipality saw."""
    return SignalReport("A1", Reliability.DOCUMENT, "gm0363", date(2026, 9, 4), text)


def rows(database: Database, row: Any, *order: str) -> list[Any]:
    """Return all rows of a table, in order."""
    target = table(row)
    with database.connect() as connection:
        found = connection.execute(select(target).order_by(*(target.c[name] for name in order)))
        return list(found)


def history(database: Database, subject: str | None = None) -> list[ChainedEntry]:
    """Return the entries of one subject, or of all, in order."""
    return [
        ChainedEntry(**row._mapping)
        for row in rows(database, EntryRow, "subject", "seq")
        if subject is None or row.subject == subject
    ]


def broken_chains(database: Database) -> list[str]:
    """Return the subjects whose history does not fit together; every head is looked at."""
    entries = history(database)
    heads = [(row.id, row) for row in rows(database, CaseRow)]
    heads += [(f"OVERLEG-{row.id}", row) for row in rows(database, MeetingRow)]
    assert {e.subject for e in entries} == {subject for subject, _ in heads}
    return [
        subject
        for subject, row in heads
        if broken_link(
            [e for e in entries if e.subject == subject],
            head=row.history_head,
            length=row.history_length,
        )
        is not None
    ]


def timers(database: Database, state: str | None = None) -> list[Any]:
    """Return the timers, in the order in which they are due."""
    return [
        row
        for row in rows(database, TimerRow, "due_at", "id")
        if state is None or row.state == state
    ]


def messages(database: Database) -> list[Any]:
    """Return what stands in the outbox, in order."""
    return rows(database, OutboxRow, "at", "id")
