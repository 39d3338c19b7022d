"""Stays that really happened, read from history: how long, how they ended, and no case is named."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta

import pytest
from sqlalchemy import text

from builders import MONDAY, SECRETARY, HandClock, an_opening, running, shipped_parts
from impasse.adapters.sql.stays import KeptStay, _Life, forecast_of, kept_stays
from impasse.adapters.sql.views import Views
from impasse.domain.commands import MakeMove, Suspend
from impasse.domain.term_acts import SuspensionReason

CALENDAR = shipped_parts()[1]


def move(here, case, trigger, until=None):
    here.engine.handle(MakeMove(case, trigger, note="Zo spraken wij af.", until=until), SECRETARY)


def today_of(here):
    return CALENDAR.local_day(here.clock())


def the_case(here, case):
    return Views(here.database).case(SECRETARY, case)


def stays_of(here, **more):
    today = today_of(here)
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


def test_days_on_which_the_clock_stood_still_are_counted_apart(sqlite_url):
    clock = HandClock()
    with running(sqlite_url, clock) as here:
        (case,) = here.open_cases(1)
        clock.goes_on(days=2)
        until = CALENDAR.add_working_days(CALENDAR.local_day(clock()), 8)
        here.engine.handle(
            Suspend(
                case,
                SuspensionReason.AWAITING_PARTY,
                "gm0363",
                until,
                consents=("gm0363", "pv27"),
                note="Brief.",
            ),
            SECRETARY,
        )
        clock.goes_on(days=5)
        [stay] = stays_of(here)
        assert (stay.working_days, stay.suspended, stay.net) == (5, 3, 2)
        told = forecast_of(here.database, CALENDAR, the_case(here, case), today_of(here))
        assert (told.elapsed, told.term_length, told.n) == (2, 10, 0)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
def test_what_was_destroyed_or_damaged_is_left_out_and_the_rest_counts(sqlite_url, content):
    clock = HandClock()
    with running(sqlite_url, clock) as here:
        torn, whole = here.open_cases(2)
        clock.goes_on(days=3)
        for case in (torn, whole):
            move(here, case, "start_fact_finding")
        clock.goes_on(days=1)
        with here.database.begin() as connection:
            connection.execute(
                text("UPDATE entries SET content = :content WHERE subject = :case"),
                {"content": content, "case": torn},
            )
        assert [stay.stage for stay in stays_of(here)] == ["signal", "joint_fact_finding"]


def test_a_clock_that_ran_back_makes_no_stay_shorter_than_nothing(sqlite_url):
    clock = HandClock()
    with running(sqlite_url, clock) as here:
        (case,) = here.open_cases(1)
        clock.goes_on(days=-7)
        assert [stay.working_days for stay in stays_of(here)] == [0]
        told = forecast_of(here.database, CALENDAR, the_case(here, case), today_of(here))
        assert told.elapsed == 0


@pytest.mark.parametrize(
    ("origin", "stages"), [("weg@1", ["signal", "shared_facts"]), ("andere@1", ["shared_facts"])]
)
def test_a_migration_renames_a_stay_and_another_procedure_leaves_its_stays_behind(origin, stages):
    life = _Life("IMP-1", closed=False)
    day = MONDAY
    life.hear(day, "web", "case_opened", {"stage": "signal"})
    life.hear(day + timedelta(days=1), "web", "stage_changed", {"to": "facts", "trigger": "go"})
    told = {"from": origin, "to": "weg@2", "from_stage": "facts", "to_stage": "shared_facts"}
    life.hear(day + timedelta(days=2), "cli", "migrated", told)
    today = CALENDAR.local_day(day + timedelta(days=4))
    found = list(life.stays(CALENDAR, today))
    assert [stay.stage for stay in found] == stages
    assert found[-1].working_days == 3
