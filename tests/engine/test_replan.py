"""A change of calendar reaches every open term: once, with a reason, also when cut short."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from builders import (
    MONDAY,
    SECRETARY,
    Running,
    broken_chains,
    history,
    running,
    shipped_parts,
    timers,
)
from impasse.adapters.files.calendar import parse_calendar
from impasse.adapters.files.shipped import shipped
from impasse.adapters.sql.calendars import AdoptedCalendars
from impasse.adapters.sql.open_terms import SqlOpenTerms
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import TermRow
from impasse.domain.commands import Suspend
from impasse.domain.term_acts import SuspensionReason
from impasse.engine.replan import SETTLING, CalendarWatch, replan_open_terms, would_move

if TYPE_CHECKING:
    from collections.abc import Sequence

    from impasse.domain.machine import CompiledWorkflow
    from impasse.engine.replan import OpenTerm

SHIPPED = shipped("config", "calendar.yaml").read_text("utf-8")
_TERMS = table(TermRow)


def with_closed(*days: str) -> str:
    """Return the shipped calendar with closing days."""
    return SHIPPED.replace(
        "closures: []",
        "closures:\n  - name: {nl: verhuizing, en: removal}\n    source: rooster\n    days: ["
        + ", ".join(days)
        + "]",
    )


class TheShipped:
    """The procedure that ships, whatever its version."""

    def __init__(self, compiled: CompiledWorkflow) -> None:
        self.compiled = compiled

    def get(self, _name: str, _version: str) -> CompiledWorkflow:
        return self.compiled


class Stand:
    """A running engine with calendars and open terms beside it."""

    def __init__(self, house: Running) -> None:
        self.house = house
        house.engine.procedures = TheShipped(shipped_parts()[0].compiled)
        self.calendars = AdoptedCalendars(house.database)
        self.terms = SqlOpenTerms(house.database)
        self.calendars.adopt(SHIPPED, by="impasse", at=MONDAY)
        self.watch = self.another_watch()

    def another_watch(self) -> CalendarWatch:
        return CalendarWatch(self.house.engine, self.calendars, self.terms, self.house.clock)

    def adopt(self, content: str) -> str:
        return self.calendars.adopt(content, by="sam", at=self.house.clock())

    def rows(self) -> list[tuple[str, str]]:
        """Return the end of each term, and with which calendar it was checked."""
        statement = select(_TERMS.c.end, _TERMS.c.checked_with).order_by(_TERMS.c.case_id)
        with self.house.database.connect() as connection:
            return [
                (row.end.isoformat(), row.checked_with) for row in connection.execute(statement)
            ]


@pytest.fixture
def stand(database_url: str):
    with running(database_url) as house:
        yield Stand(house)


def test_a_closing_day_moves_the_agreed_terms_that_count_it_and_says_why(stand: Stand) -> None:
    stand.house.open_cases(3)
    ((before, _), *_) = stand.rows()
    new = stand.adopt(with_closed("2026-09-09"))

    done = stand.watch.look()

    after = {end for end, _ in stand.rows()}
    assert (done.looked_at, len(done.moved), done.failed) == (3, 3, [])
    assert {checked for _, checked in stand.rows()} == {new}
    assert after == {done.moved[0].after.isoformat()}
    assert done.moved[0].before.isoformat() == before < min(after)
    assert [why.nl for why in done.moved[0].because] == [
        "Woensdag 9 september 2026 is nu een vrije dag (verhuizing)."
    ]
    told = [e for e in history(stand.house.database) if e.action == "term_replanned"]
    assert len(told) == 3
    content = json.loads(told[0].content)
    assert content["end_before"] == before
    assert content["end"] in after
    assert content["calendar"] == new
    assert "verhuizing" in content["because"][0]["nl"]
    assert broken_chains(stand.house.database) == []


def test_timers_follow_the_end_that_moved(stand: Stand) -> None:
    (case,) = stand.house.open_cases()
    old = {(t.purpose, t.rung): t.due_at for t in timers(stand.house.database, "armed")}
    stand.adopt(with_closed("2026-09-09"))
    stand.watch.look()

    new = {(t.purpose, t.rung): t.due_at for t in timers(stand.house.database, "armed")}

    assert new[("rung", 0)] == old[("rung", 0)] + timedelta(days=1)
    assert len(new) == len(old)
    assert case


def test_a_change_that_moves_nothing_is_marked_and_leaves_no_trace_in_history(
    stand: Stand,
) -> None:
    stand.house.open_cases(2)
    lines = len(history(stand.house.database))
    new = stand.adopt(with_closed("2027-12-20"))

    done = stand.watch.look()

    assert (done.looked_at, done.moved) == (2, [])
    assert {checked for _, checked in stand.rows()} == {new}
    assert len(history(stand.house.database)) == lines


def test_looking_again_finds_nothing_more_to_do(stand: Stand) -> None:
    stand.house.open_cases(2)
    stand.adopt(with_closed("2026-09-09"))
    stand.watch.look()
    lines = len(history(stand.house.database))

    assert stand.watch.look().looked_at == 0
    assert stand.another_watch().look().looked_at == 0
    assert len(history(stand.house.database)) == lines


def test_once_settled_a_look_costs_no_search(stand: Stand) -> None:
    stand.watch.look()
    stand.house.clock.at += SETTLING
    assert stand.watch.look() is not None
    assert stand.watch.look() is None


def test_a_term_that_another_process_planned_with_the_old_calendar_is_found(
    stand: Stand,
) -> None:
    old = stand.house.engine.calendar
    stand.adopt(with_closed("2026-09-09"))
    stand.watch.look()
    stand.house.engine.calendar = old
    stand.house.open_cases(1)

    assert len(stand.watch.look().moved) == 1


class CutShort:
    """Terms that can be marked only once; then the process is no more."""

    def __init__(self, terms: SqlOpenTerms) -> None:
        self.terms, self.marked = terms, 0

    def unchecked(self, version: str, after: tuple[str, int], limit: int) -> Sequence[OpenTerm]:
        return self.terms.unchecked(version, after, limit)

    def mark(self, terms: Sequence[OpenTerm], version: str) -> None:
        if self.marked:
            raise KeyboardInterrupt
        self.marked += 1
        self.terms.mark(terms, version)


def test_cut_short_halfway_nothing_is_lost_and_nothing_is_done_twice(stand: Stand) -> None:
    stand.house.open_cases(6)
    stand.adopt(with_closed("2026-09-09"))
    stand.house.engine.calendar = stand.calendars.in_force()

    with pytest.raises(KeyboardInterrupt):
        replan_open_terms(stand.house.engine, stand.calendars, CutShort(stand.terms), batch=2)
    stand.another_watch().look()

    told = [e.subject for e in history(stand.house.database) if e.action == "term_replanned"]
    assert len(told) == len(set(told)) == 6


def test_two_processes_that_follow_a_change_at_once_move_each_term_once(
    database_url: str,
) -> None:
    with running(database_url) as one, running(database_url) as other:
        here, there = Stand(one), Stand(other)
        one.open_cases(12)
        here.adopt(with_closed("2026-09-09"))

        with ThreadPoolExecutor(2) as processes:
            done = list(processes.map(lambda stand: stand.watch.look(), (here, there)))

        assert all(one.failed == [] for one in done)
        told = [e.subject for e in history(one.database) if e.action == "term_replanned"]
        assert len(told) == len(set(told)) == 12
        assert {checked for _, checked in here.rows()} == {one.engine.calendar.version}
        assert broken_chains(one.database) == []


def test_a_case_whose_procedure_is_gone_is_told_and_holds_up_no_other(stand: Stand) -> None:
    first, second = stand.house.open_cases(2)
    with stand.house.database.begin() as connection:
        connection.execute(update(_TERMS).where(_TERMS.c.case_id == first).values(stage="nowhere"))
    stand.adopt(with_closed("2026-09-09"))

    done = stand.watch.look()

    assert [case for case, _ in done.failed] == [first]
    assert [moved.case for moved in done.moved] == [second]


@pytest.mark.parametrize("damage", [{"acts": "[{"}, {"acts": '[{"kind": "x"}]'}, {"basis": "?"}])
def test_a_term_that_cannot_be_read_is_told_and_holds_up_no_other(
    stand: Stand, damage: dict[str, str]
) -> None:
    first, second = stand.house.open_cases(2)
    with stand.house.database.begin() as connection:
        connection.execute(update(_TERMS).where(_TERMS.c.case_id == first).values(damage))
    stand.adopt(with_closed("2026-09-09"))

    done = stand.watch.look()

    assert [case for case, _ in done.failed] == [first]
    assert "reservekopie" in done.failed[0][1].nl
    assert [moved.case for moved in done.moved] == [second]


def test_a_mark_passes_over_a_term_that_changed_since(stand: Stand) -> None:
    stand.house.open_cases(1)
    seen = stand.terms.unchecked("other", ("", -1), 10)
    with stand.house.database.begin() as connection:
        connection.execute(update(_TERMS).values(plan=1))

    stand.terms.mark(seen, "other")

    assert stand.rows()[0][1] != "other"


def test_what_would_move_can_be_asked_without_changing_anything(stand: Stand) -> None:
    stand.house.open_cases(2)
    before = stand.rows()
    candidate = stand.calendars.get(stand.calendars.version_in_force())
    stand.adopt(with_closed("2026-09-09"))
    newer = stand.calendars.in_force()

    asked = would_move(newer, stand.house.engine.procedures, stand.calendars, stand.terms)

    assert len(asked.moved) == 2
    assert stand.rows() == before
    same = would_move(candidate, stand.house.engine.procedures, stand.calendars, stand.terms)
    assert same.moved == []


def test_a_preview_blames_no_day_that_was_adopted_before(stand: Stand) -> None:
    (case,) = stand.house.open_cases()
    waiting = Suspend(
        case, SuspensionReason.AWAITING_PARTY, "gm0363", date(2026, 9, 11), note="Metingen."
    )
    stand.house.engine.handle(waiting, SECRETARY)
    # Within the suspension it moves no end, so the term keeps the calendar of its own last plan.
    stand.adopt(with_closed("2026-09-09"))
    assert stand.watch.look().moved == []
    both = parse_calendar(with_closed("2026-09-09", "2026-09-15"), "both.yaml")

    asked = would_move(both, stand.house.engine.procedures, stand.calendars, stand.terms)

    assert [why.nl for one in asked.moved for why in one.because] == [
        "Dinsdag 15 september 2026 is nu een vrije dag (verhuizing)."
    ]


def test_back_to_the_calendar_of_before_every_end_is_as_it_was(stand: Stand) -> None:
    stand.house.open_cases(2)
    before = [end for end, _ in stand.rows()]
    stand.adopt(with_closed("2026-09-09"))
    stand.watch.look()
    stand.adopt(SHIPPED)

    done = stand.watch.look()

    assert len(done.moved) == 2
    assert "geen vrije dag meer (verhuizing)" in done.moved[0].because[0].nl
    assert [end for end, _ in stand.rows()] == before


def test_when_the_end_stays_what_rings_after_it_moves_all_the_same(stand: Stand) -> None:
    (case,) = stand.house.open_cases()
    old = {(t.purpose, t.rung): t.due_at for t in timers(stand.house.database, "armed")}
    ((end, _),) = stand.rows()
    # The term ends on 21 September; the table of the directors is five working days later.
    stand.adopt(with_closed("2026-09-23"))
    done = stand.watch.look()

    assert (done.moved, done.rearmed, done.failed) == ([], 1, [])
    new = {(t.purpose, t.rung): t.due_at for t in timers(stand.house.database, "armed")}
    assert new[("rung", 0)] == old[("rung", 0)]
    assert new[("rung", 1)] == old[("rung", 1)] + timedelta(days=1)
    assert stand.rows()[0][0] == end
    told = [e for e in history(stand.house.database) if e.action == "term_replanned"]
    assert [json.loads(e.content)["end"] for e in told] == [end]
    assert stand.another_watch().look().looked_at == 0
    assert case
