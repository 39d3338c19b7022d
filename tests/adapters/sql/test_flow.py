"""The courses of cases as their history tells them, to who may know that they exist."""

from __future__ import annotations

import json
from datetime import date, timedelta

from sqlalchemy import insert, update

from builders import MONDAY, PROCEDURE, SECRETARY, HandClock, an_opening, rows, running
from impasse.adapters.sql.flow import courses
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow, EntryRow
from impasse.domain.calendar import Calendar
from impasse.domain.case import Party, Visibility
from impasse.domain.commands import MakeMove, Resume, Suspend
from impasse.domain.people import Actor, Layer, Role
from impasse.domain.term_acts import SuspensionReason

CALENDAR = Calendar("test", date(2030, 12, 31))
FIRST = date(2026, 1, 1)
TODAY = (MONDAY + timedelta(days=28)).date()
AMSTERDAM = Actor("lotte", "gm0363", frozenset({Role.LIAISON_OFFICER}), "web")
UTRECHT = Actor("ugo", "gm0344", frozenset({Role.LIAISON_OFFICER}), "web")
MEDIATOR = Actor("ben", "mnre1034", frozenset({Role.MEDIATOR}), "web")
ELSEWHERE = (
    Party("pv26", "Utrecht", Layer.PROVINCE),
    Party("gm0344", "Utrecht", Layer.MUNICIPALITY),
)


def seen(house, actor=SECRETARY, *, first=FIRST, **more):
    found = courses(
        house.database, actor, CALENDAR, name=PROCEDURE, first=first, today=TODAY, **more
    )
    return {course.case: course for course in found}


def moved(house, case, trigger):
    house.engine.handle(MakeMove(case, trigger, "zoals besproken"), SECRETARY)


def tell(house, case, action, content, *, at=None):
    """Put an entry behind the history of *case*, as another part of the house writes it."""
    last = max(row.seq for row in rows(house.database, EntryRow) if row.subject == case)
    entry = {
        "subject": case,
        "seq": last + 1,
        "at": at or house.clock.at,
        "person": "secretary",
        "organisation": "",
        "origin": "web",
        "action": action,
        "content": json.dumps(content),
        "salt": "",
        "content_hash": "",
        "hash": "",
    }
    with house.database.begin() as connection:
        connection.execute(insert(table(EntryRow)).values(**entry))


def alter(house, row, where, **values):
    target = table(row)
    with house.database.begin() as connection:
        connection.execute(update(target).where(where(target.c)).values(**values))


def test_a_course_tells_every_stay_and_its_working_days(database_url):
    clock = HandClock()
    with running(database_url, clock) as house:
        [case] = house.open_cases()
        clock.goes_on(days=7)
        moved(house, case, "start_fact_finding")
        clock.goes_on(days=7)
        moved(house, case, "withdraw")

        course = seen(house)[case]

    assert [(s.stage, s.days) for s in course.stays] == [
        ("signal", 5),
        ("joint_fact_finding", 5),
        ("withdrawn", 0),
    ]
    assert (course.closed, course.whole, course.term) == (True, 10, None)


def test_who_takes_no_part_in_a_case_sees_no_trace_of_it(database_url):
    with running(database_url) as house:
        [ours] = house.open_cases()
        theirs = house.engine.handle(an_opening(2, parties=ELSEWHERE), SECRETARY).subject
        house.engine.handle(an_opening(3, visibility=Visibility.LESSON), SECRETARY)
        alter(house, CaseRow, lambda c: c.id == theirs, mediator="ben")

        assert set(seen(house)) == {ours, theirs}
        assert set(seen(house, AMSTERDAM)) == {ours}
        assert set(seen(house, UTRECHT)) == set(seen(house, MEDIATOR)) == {theirs}
        nobody = Actor("wim", "ws0155", frozenset({Role.LIAISON_OFFICER}), "web")
        assert seen(house, nobody) == {}


def test_days_of_a_suspension_do_not_count_and_end_with_the_stay(sqlite_url):
    clock = HandClock()
    with running(sqlite_url, clock) as house:
        [case] = house.open_cases()
        begin, bound = MONDAY.date(), (MONDAY + timedelta(days=21)).date()
        halt = {"suspension": "O1", "begins_on": begin.isoformat(), "until": bound.isoformat()}
        tell(house, case, "term_suspended", halt)
        assert seen(house)[case].suspended is False, "its bound is past"
        clock.goes_on(days=4)
        tell(
            house,
            case,
            "term_resumed",
            {"suspension": "O1", "ended_on": clock.at.date().isoformat()},
        )
        assert seen(house)[case].stays[0].days == 20 - 4

        early = {**halt, "suspension": "O2", "until": (TODAY + timedelta(days=1)).isoformat()}
        tell(house, case, "term_suspended", {**early, "begins_on": TODAY.isoformat()})
        assert seen(house)[case].suspended is True


def test_what_the_engine_suspends_and_resumes_stands_still_in_the_numbers(sqlite_url):
    clock = HandClock(MONDAY + timedelta(days=7))
    with running(sqlite_url, clock) as house:
        [case] = house.open_cases()
        until = TODAY + timedelta(days=4)
        ask = Suspend(case, SuspensionReason.AWAITING_PARTY, "gm0363", until, note="brief")
        number = house.engine.handle(ask, SECRETARY).created
        clock.goes_on(days=7)
        course = seen(house)[case]
        assert (course.suspended, course.stays[0].days) == (True, 0)
        assert course.term is not None

        house.engine.handle(Resume(case, number, note="brief"), SECRETARY)
        assert seen(house)[case].suspended is False
        assert seen(house)[case].stays[0].days == 10


def test_a_suspension_that_ran_on_does_not_eat_days_of_the_next_stage(sqlite_url):
    clock = HandClock()
    with running(sqlite_url, clock) as house:
        [case] = house.open_cases()
        bound = (MONDAY + timedelta(days=90)).date().isoformat()
        begin = MONDAY.date().isoformat()
        tell(
            house, case, "term_suspended", {"suspension": "O1", "begins_on": begin, "until": bound}
        )
        # The engine counts on from the last entry that it wrote itself.
        alter(house, CaseRow, lambda c: c.id == case, stage="joint_fact_finding")
        clock.goes_on(days=14)
        tell(house, case, "stage_changed", {"from": "signal", "to": "joint_fact_finding"})

        course = seen(house)[case]

    assert [stay.days for stay in course.stays] == [0, 10]
    assert course.suspended is False


def test_a_migration_renames_the_stay_and_its_undoing_names_it_back(sqlite_url):
    with running(sqlite_url) as house:
        [case] = house.open_cases()
        told = {"from": "a@1", "to": "a@2", "from_stage": "signal", "to_stage": "intake"}
        alter(house, CaseRow, lambda c: c.id == case, stage="intake")
        tell(house, case, "migrated", told)
        assert [stay.stage for stay in seen(house)[case].stays] == ["intake"]

        alter(house, CaseRow, lambda c: c.id == case, stage="signal")
        tell(house, case, "migration_undone", told)
        assert [stay.stage for stay in seen(house)[case].stays] == ["signal"]


def test_destroyed_content_leaves_the_stages_that_terms_still_tell(sqlite_url):
    clock = HandClock()
    with running(sqlite_url, clock) as house:
        [case] = house.open_cases()
        moved(house, case, "start_fact_finding")
        clock.goes_on(days=3)
        moved(house, case, "start_rule_interpretation")
        alter(house, EntryRow, lambda c: c.subject == case, content="")

        stages = [stay.stage for stay in seen(house)[case].stays]

    assert stages == ["signal", "joint_fact_finding", "rule_interpretation"]


def test_one_version_or_all_and_nothing_that_was_over_before_the_period(sqlite_url):
    clock = HandClock()
    with running(sqlite_url, clock) as house:
        old, other, open_one = house.open_cases(3)
        moved(house, old, "withdraw")
        # A clock that ends a case takes no step of people.
        alter(house, CaseRow, lambda c: c.id == old, last_step_on=FIRST, opened_on=FIRST)
        alter(house, CaseRow, lambda c: c.id == other, workflow_version="0")

        later = MONDAY.date() + timedelta(days=1)
        assert set(seen(house, first=later)) == {other, open_one}
        assert set(seen(house, first=MONDAY.date())) == {old, other, open_one}
        assert set(seen(house, version="0")) == {other}


def test_a_case_with_a_word_that_is_none_of_ours_takes_no_others_along(sqlite_url):
    with running(sqlite_url) as house:
        good, bad = house.open_cases(2)
        alter(house, CaseRow, lambda c: c.id == bad, tier="throne")

        assert set(seen(house)) == {good}
