"""Stays that really happened, read from history: how long, how they ended, and no case is named."""

from __future__ import annotations

from dataclasses import fields

from builders import SECRETARY, HandClock, an_opening, running, shipped_parts
from impasse.adapters.sql.stays import KeptStay, kept_stays
from impasse.domain.commands import MakeMove

CALENDAR = shipped_parts()[1]


def move(here, case, trigger, until=None):
    here.engine.handle(MakeMove(case, trigger, note="Zo spraken wij af.", until=until), SECRETARY)


def stays_of(here, **more):
    today = CALENDAR.local_day(here.clock())
    return kept_stays(here.database, CALENDAR, today, name="interbestuurlijke-impasse", **more)


def test_a_stay_lasts_from_its_first_day_until_the_case_moves_on(database_url):
    clock = HandClock()
    with running(database_url, clock) as here:
        (case,) = here.open_cases(1)
        clock.goes_on(days=3)
        move(here, case, "start_fact_finding")
        clock.goes_on(days=14)
        assert stays_of(here) == [
            KeptStay("signal", 3, 0, finished=True, trigger="start_fact_finding"),
            KeptStay("joint_fact_finding", 10, 0, finished=False),
        ]
        move(here, case, "withdraw")
        # Where a case ended, it does not stay.
        assert [stay.trigger for stay in stays_of(here)] == ["start_fact_finding", "withdraw"]
        assert [stay.net for stay in stays_of(here, stage="joint_fact_finding")] == [10]


def test_a_case_can_be_left_out_and_the_newest_can_be_asked_for(sqlite_url):
    clock = HandClock()
    with running(sqlite_url, clock) as here:
        first, second = here.open_cases(2)
        clock.goes_on(days=1)
        here.engine.handle(an_opening(9), SECRETARY)
        assert len(stays_of(here)) == 3
        assert len(stays_of(here, without=first)) == 2
        assert [stay.working_days for stay in stays_of(here, most=1)] == [0]
        assert stays_of(here, stage="resolution") == []
        assert first != second


def test_what_is_read_names_nobody_and_no_case():
    assert {field.name for field in fields(KeptStay)} == {
        "stage", "working_days", "suspended", "finished", "trigger", "by_clock",
    }  # fmt: skip
