"""A calendar that gains a day off, and very many open terms that are reckoned again with it."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select

from benchmarks.houses import OPENING, SECRETARY, house, log_lines_to_nowhere
from benchmarks.results import Result
from impasse.adapters.files.calendar import write_calendar
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow, EntryRow, TermRow
from impasse.domain.calendar import Calendar, ClosureDay
from impasse.domain.terms import Atw, Basis, Length, TermRule, reckon
from impasse.domain.text import Text
from impasse.wiring import PROCEDURE, adopt_calendar, now

if TYPE_CHECKING:
    from impasse.engine.replan import Replanned
    from impasse.wiring import House

AT_MOST = 30.0
"""Seconds for a hundred thousand terms."""

_DAYS = 1_000
"""Over so many days the beginnings are spread, so that one day off moves a small share."""

_CASES, _TERMS, _ENTRIES = table(CaseRow), table(TermRow), table(EntryRow)


def measure(url: str, on: str, *, terms: int) -> list[Result]:
    """Adopt a calendar with one closing day more over *terms* open terms, on an empty database.

    Counted is everything from the adoption until every term is marked or moved; what moved must
    have said so in history, once.
    """
    with log_lines_to_nowhere(), house(url) as built:
        _fill(built, terms)
        begun, worked = time.perf_counter(), time.process_time()
        done = adopt_calendar(built, _with_a_day_off(built), by="benchmark")
        seconds, work = time.perf_counter() - begun, time.process_time() - worked
        unchecked, told = _count(built, done)
    holds = (
        seconds <= AT_MOST * terms / 100_000
        and done.looked_at == terms
        and told - done.rearmed == len(done.moved) > 0
        and unchecked == 0
    )
    return [
        Result(
            "terms reckoned again after a change of calendar, seconds",
            on,
            f"{seconds:.1f} ({terms:,} terms, {len(done.moved):,} moved, {done.rearmed:,} rearmed)",
            f"{work:.1f} at work; {unchecked} not looked at, {told:,} told",
            "-",
            f"at most {AT_MOST:.0f} for 100,000",
            holds,
        )
    ]


def _fill(built: House, terms: int) -> None:
    """Copy one real case with its term until there are *terms*, each beginning on its own day."""
    today = built.calendar.local_day(built.clock())
    version = built.procedures.latest(PROCEDURE, today).version
    built.engine.handle(replace(OPENING, workflow_version=version), SECRETARY)
    with built.database.begin() as connection:
        case = dict(connection.execute(select(_CASES)).mappings().one())
        term = dict(connection.execute(select(_TERMS)).mappings().one())
        connection.execute(delete(_TERMS))
        rule = TermRule(Length.parse(term["length"]), Basis(term["basis"]), atw=Atw(term["atw"]))
        cases, copies = [], []
        for number in range(terms):
            key = case["id"] if not number else f"IMP-0000-{number:06}"
            found = reckon(rule, term["start"] + timedelta(days=number % _DAYS), built.calendar)
            dates = {"raw_end": found.raw_end, "end": found.end, "ends_at": found.ends_at}
            copies.append(term | dates | {"case_id": key, "start": found.start})
            if number:
                cases.append(case | {"id": key})
        connection.execute(insert(_CASES), cases)
        connection.execute(insert(_TERMS), copies)


def _with_a_day_off(built: House) -> str:
    was = built.calendar
    day = was.next_working_day(was.local_day(now()) + timedelta(days=_DAYS // 2))
    closing = ClosureDay(day, Text("verhuizing", "removal"), "benchmark")
    return write_calendar(
        Calendar(
            was.edition, was.horizon, was.equated, was.periods, was.rules,
            (*was.closures, closing), was.recesses,
        )
    )  # fmt: skip


def _count(built: House, done: Replanned) -> tuple[int, int]:
    """Return how many terms were passed over, and how many entries tell of a move."""
    passed_over = select(func.count()).where(_TERMS.c.checked_with != done.version)
    told = select(func.count()).where(_ENTRIES.c.action == "term_replanned")
    with built.database.connect() as connection:
        return connection.execute(passed_over).scalar_one(), connection.execute(told).scalar_one()
