"""Mend what a watchdog finds of runs: each gets a next moment and a timer again, or its end.

For what should never be: a row that was lost or altered from outside. The engine itself writes
run and timer in one transaction.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import insert, select, update

from impasse.adapters.sql.database import Codec, translate, writing
from impasse.adapters.sql.run_rows import read_run
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow, EscalationRunRow, TimerRow
from impasse.adapters.sql.watching import OPEN_RUN, open_runs
from impasse.domain.case import Purpose
from impasse.domain.errors import Conflict
from impasse.domain.escalation import RunEnd, RunState
from impasse.domain.text import Text
from impasse.domain.watchdog import RunFault, fault_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.engine import Connection, Engine

    from impasse.domain.watchdog import OpenRun

log = structlog.get_logger("impasse.mending")

_RUNS = table(EscalationRunRow)
_CASES = table(CaseRow)
_TIMERS = table(TimerRow)
_NATIVE = Codec("native")

ENDED = Text("beëindigd, want de zaak is gesloten", "ended, for the case is closed")
ARMED = Text("heeft weer een moment en een wekker", "has a moment and a timer again")
WAITS = Text(
    "heeft een wekker die niet afgaat; draait 'impasse serve' of 'impasse worker'?",
    "has a timer that does not ring; does 'impasse serve' or 'impasse worker' run?",
)
LOST = Text(
    "heeft een nummer dat niet kan; zet die rij terug uit een back-up",
    "has a number that cannot be; restore that row from a backup",
)


@dataclass(frozen=True, slots=True)
class Mended:
    """What was wrong with a run, and what was done about it."""

    case: str
    run: str
    fault: RunFault
    done: Text


def faulty_runs(database: Engine, at: datetime) -> list[tuple[OpenRun, RunFault]]:
    """Return the open runs with which something is wrong; nothing is changed."""
    with _reading(database) as connection:
        return _faulty(connection, at)


def damaged_runs(database: Engine) -> list[str]:
    """Return the runs that cannot be read, open or ended, as `CASE:RUN`."""
    with _reading(database) as connection:
        rows = connection.execute(select(_RUNS).order_by(_RUNS.c.case_id, _RUNS.c.id)).all()
    found = []
    for row in rows:
        try:
            read_run(_NATIVE, tuple(row))
        except Conflict:
            found.append(f"{row.case_id}:{row.id}")
    return found


def mend_runs(database: Engine, at: datetime) -> list[Mended]:
    """Mend every run with which something is wrong; each in a transaction of its own."""
    mended = []
    for run, _ in faulty_runs(database, at):
        with writing(database) as connection:
            # Whoever decides about the case waits, and what it decided just now is seen here.
            connection.execute(select(_CASES.c.id).where(_CASES.c.id == run.case).with_for_update())
            now = [one for one in _faulty(connection, at) if (one[0].case, one[0].run) == _key(run)]
            for found, fault in now:
                done = _mend(connection, found, fault, at)
                mended.append(Mended(found.case, found.run, fault, done))
    for one in mended:
        log.warning(
            "run_mended", object=f"{one.case}:{one.run}", result=one.done.en, reason=one.fault.value
        )
    return mended


@contextmanager
def _reading(database: Engine) -> Iterator[Connection]:
    try:
        with database.connect() as connection:
            yield connection
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error


def _faulty(connection: Connection, at: datetime) -> list[tuple[OpenRun, RunFault]]:
    judged = [(run, fault_of(run, at)) for run in open_runs(connection)]
    return [(run, fault) for run, fault in judged if fault is not None]


def _key(run: OpenRun) -> tuple[str, str]:
    return run.case, run.run


def _mend(connection: Connection, run: OpenRun, fault: RunFault, at: datetime) -> Text:
    here = (_RUNS.c.case_id == run.case, _RUNS.c.id == run.run, OPEN_RUN)
    if fault is RunFault.CLOSED_CASE:
        connection.execute(
            update(_RUNS)
            .where(*here)
            .values(
                state=RunState.ENDED.value,
                next_at=None,
                remaining_seconds=None,
                ended_at=at,
                ended_as=RunEnd.CASE_CLOSED.value,
            )
        )
        return ENDED
    if fault is RunFault.PAST and run.rings_at is not None:
        return WAITS
    number = run.run[1:]
    if not number.isdecimal():
        return LOST
    due = max(run.next_at or at, at)
    turn = connection.execute(select(_RUNS.c.turn).where(*here)).scalar_one() + 1
    connection.execute(update(_RUNS).where(*here).values(turn=turn, next_at=due))
    connection.execute(
        insert(_TIMERS).values(
            case_id=run.case,
            purpose=Purpose.ESCALATION.value,
            rung=int(number),
            stage_entry=0,
            due_at=due,
            wake_at=due,
            state="armed",
            fired_at=None,
            failure="",
            generation=turn,
        )
    )
    return ARMED
