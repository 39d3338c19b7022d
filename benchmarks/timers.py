"""Many terms that end at the same moment, among many more timers that wait, with full effect."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, distinct, func, insert, not_, select, update

from benchmarks.houses import another, house, log_lines_to_nowhere, open_cases
from benchmarks.results import Result
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import EntryRow, OutboxRow, TermRow, TimerRow
from impasse.wiring import now

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from impasse.wiring import House

BATCH = 200
"""How many the engine fires per commit when nobody says otherwise."""

ENOUGH = 3
"""So many empty sweeps in a row mean that nothing is left; one may mean that others hold it."""

_TIMERS, _TERMS = table(TimerRow), table(TermRow)
_ENTRIES, _OUTBOX = table(EntryRow), table(OutboxRow)


class _Watch:
    """A clock that stands still until it is set."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def measure(url: str, on: str, *, due: int, waiting: int, sweepers: int) -> list[Result]:
    """Let *due* terms end at once among *waiting* other timers, on the empty database at *url*.

    With two *sweepers*, two houses fire side by side on the same database, as two processes
    would; still every timer is to fire once. What counts is what history, outbox, timers and terms
    hold afterwards, not what was answered.
    """
    clock = _Watch(now())
    with log_lines_to_nowhere(), house(url, clock=clock) as built:
        cases = open_cases(built, due)
        clock.at = _prepare(built, cases, waiting) + timedelta(seconds=1)
        if sweepers == 1:
            seconds = _sweep([built])
        else:
            with another(url, clock=clock) as second:
                seconds = _sweep([built, second])
        lost, twice = _count(built, due)
    side = "" if sweepers == 1 else f", {sweepers} sweepers side by side"
    return [
        Result(
            f"timers due at once with full effect{side}, per second",
            on,
            f"{due / seconds:,.0f} ({due:,} in {seconds:.1f} s)",
            f"{waiting:,} waiting; {lost} lost, {twice} twice",
            "-",
            "0 lost, 0 twice",
            lost == twice == 0,
        )
    ]


def _prepare(built: House, cases: Sequence[str], waiting: int) -> datetime:
    """Leave of each case only the end of its term, and add *waiting* timers of later years.

    Return the moment at which the terms end: the same for all.
    """
    ends = and_(_TIMERS.c.purpose == "rung", _TIMERS.c.rung == 0)
    far = built.clock() + timedelta(days=3650)
    idle = [
        {
            "case_id": cases[number % len(cases)],
            "purpose": "reassessment",
            "rung": 1_000 + number // len(cases),
            "stage_entry": 1,
            "due_at": far,
            "wake_at": far,
            "state": "armed",
            "fired_at": None,
            "failure": "",
            "generation": 0,
        }
        for number in range(waiting)
    ]
    with built.database.begin() as connection:
        connection.execute(update(_TIMERS).where(not_(ends)).values(state="cancelled"))
        connection.execute(insert(_TIMERS), idle)
        [end] = connection.scalars(select(distinct(_TIMERS.c.due_at)).where(ends))
    moment: datetime = end
    return moment


def _sweep(houses: Sequence[House]) -> float:
    begun = time.perf_counter()
    with ThreadPoolExecutor(len(houses)) as sweepers:
        list(sweepers.map(_sweep_until_empty, houses))
    return time.perf_counter() - begun


def _sweep_until_empty(built: House) -> None:
    empty = 0
    while empty < ENOUGH:
        empty = 0 if built.engine.fire_due(BATCH) else empty + 1


def _count(built: House, due: int) -> tuple[int, int]:
    """Return how many effects are missing and how many are there twice, in the worst table."""
    told = (
        (_ENTRIES.c.subject, _ENTRIES.c.action == "term_expired"),
        (_OUTBOX.c.subject, _OUTBOX.c.type == "nl.impasse.case.term-expired"),
        (_TIMERS.c.case_id, _TIMERS.c.state == "fired"),
        (_TERMS.c.case_id, _TERMS.c.state == "expired"),
    )
    lost = twice = 0
    with built.database.begin() as connection:
        for case, effect in told:
            query = select(func.count(), func.count(distinct(case))).where(effect)
            effects, cases = connection.execute(query).one()
            lost, twice = max(lost, due - cases), max(twice, effects - cases)
    return lost, twice
