"""How cases flow through a procedure: every number adds up, and none tells of one case."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasse.domain.calendar import Calendar
from impasse.domain.flow import (
    Course,
    Halt,
    Spread,
    Stay,
    flow,
    is_resolution,
    nearest_rank,
    running_days,
    spread,
    visits,
    within,
)
from impasse.domain.people import Role
from impasse.domain.text import same
from impasse.domain.tier import Tier
from impasse.domain.workflow import Stage, StageKind, Transition, Workflow

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
CALENDAR = Calendar("test", date(2030, 12, 31))
STAGES = ("signal", "facts", "mediation", "rest", "resolved", "stopped", "gone")
"""The last is one that the procedure does not know."""


def a_stage(name: str, kind: StageKind = StageKind.ACTIVE, **more: object) -> Stage:
    return Stage(name, same(name), same(name), kind=kind, **more)


def a_workflow() -> Workflow:
    stages = (
        a_stage("signal", number=1, owner=Role.SECRETARIAT),
        a_stage("facts", number=2, owner=Role.PARTY),
        a_stage("mediation", number=3, owner=Role.MEDIATOR),
        a_stage("rest", StageKind.PAUSE),
        a_stage("resolved", StageKind.ENDING),
        a_stage("stopped", StageKind.ENDING),
    )
    return Workflow("p", "1", same("P"), same(""), "signal", {s.name: s for s in stages}, ())


def a_course(*stays: tuple[str, int], opened: date = date(2026, 3, 2), **more: object) -> Course:
    """Return a course of (stage, days); the last stay is still going on, or is an ending."""
    day, found = opened, []
    for place, (stage, days) in enumerate(stays):
        over = place + 1 < len(stays)
        after = day + timedelta(days=days)
        found.append(Stay(stage, day, after if over else None, days))
        day = after
    closed = stays[-1][0] in {"resolved", "stopped"}
    values = {"case": "IMP-1", "title": "Een brug", "tier": Tier.OFFICIALS, "whole": 40}
    return Course(**{**values, "stays": tuple(found), "closed": closed, **more})


def test_the_85_percent_is_the_day_on_which_85_of_100_were_done():
    assert nearest_rank(range(1, 101), 85) == 85
    assert nearest_rank([7], 50) == nearest_rank([7], 85) == 7
    assert nearest_rank([4, 1, 3, 2], 50) == 2
    assert nearest_rank([1, 2, 3, 4, 5, 6, 7], 85) == 6


def test_of_two_cases_nothing_is_told_but_that_there_are_two():
    assert spread([3, 90]) == Spread(2, None, None)
    assert spread([3, 5, 90]) == Spread(3, 5, 90)


@given(st.lists(st.integers(0, 300), min_size=3), st.sampled_from([1, 50, 85, 100]))
def test_within_a_percentile_lies_at_least_that_part_and_just_below_it_less(values, percent):
    found = nearest_rank(values, percent)

    assert sum(v <= found for v in values) * 100 >= percent * len(values)
    assert sum(v < found for v in values) * 100 < percent * len(values)


def test_a_pause_interrupts_a_visit_and_its_days_do_not_count():
    course = a_course(("signal", 3), ("facts", 10), ("rest", 60), ("facts", 5), ("resolved", 0))

    found = visits(course, frozenset({"rest"}))

    assert [(v.stage, v.days) for v in found] == [("signal", 3), ("facts", 15), ("resolved", 0)]


def test_who_leaves_a_pause_for_an_ending_ends_the_visit_on_that_day():
    course = a_course(("facts", 10), ("rest", 60), ("stopped", 0))

    [facts, _] = visits(course, frozenset({"rest"}))

    assert (facts.days, facts.until) == (10, date(2026, 3, 2) + timedelta(days=70))


def test_a_visit_is_not_over_while_the_case_is_paused():
    [facts] = visits(a_course(("facts", 10), ("rest", 60)), frozenset({"rest"}))

    assert (facts.days, facts.until) == (10, None)


def test_days_on_which_the_clock_stood_still_count_once_and_not_as_running():
    monday = date(2026, 3, 2)
    two_weeks = monday + timedelta(days=14)
    halts = [
        Halt(monday, monday + timedelta(days=7)),
        Halt(monday + timedelta(days=2), monday + timedelta(days=4)),
        Halt(monday + timedelta(days=4), monday + timedelta(days=8)),
        Halt(two_weeks - timedelta(days=1), two_weeks + timedelta(days=90)),
    ]

    assert running_days(monday, two_weeks, [], CALENDAR) == 10
    assert running_days(monday, two_weeks, halts, CALENDAR) == 10 - 6 - 1


@given(
    st.integers(0, 120),
    st.lists(st.tuples(st.integers(-30, 150), st.integers(0, 90)), max_size=5),
)
def test_running_days_are_the_working_days_outside_every_halt(length, stops):
    since = date(2026, 3, 2)
    until = since + timedelta(days=length)
    halts = [Halt(since + timedelta(days=a), since + timedelta(days=a + days)) for a, days in stops]

    expected = sum(
        CALENDAR.is_working_day(day) and not any(h.after < day <= h.until for h in halts)
        for day in (since + timedelta(days=n + 1) for n in range(length))
    )

    assert running_days(since, until, halts, CALENDAR) == expected


courses = st.lists(
    st.builds(
        lambda names, start, suspended: a_course(
            *((name, 4) for name in names),
            opened=date(2025, 10, 1) + timedelta(days=start),
            suspended=suspended,
        ),
        st.lists(st.sampled_from(STAGES), min_size=1, max_size=7),
        st.integers(0, 500),
        st.booleans(),
    ),
    max_size=20,
)


@given(courses)
def test_the_funnel_adds_up_at_every_stage(found):
    counted = flow(a_workflow(), found, FIRST, LAST)

    for one in counted.stages:
        assert one.reached == one.resolved + one.stopped + one.further + one.unfinished
    assert counted.opened == counted.resolved + counted.stopped + counted.unfinished
    assert counted.resolved == counted.endings["resolved"]
    assert sum(one.resolved for one in counted.stages) <= counted.resolved


@given(courses)
def test_what_comes_into_a_stage_leaves_it_or_stands_there(found):
    counted = flow(a_workflow(), found, FIRST, LAST)

    for name in STAGES:
        into = sum(n for (_, target), n in counted.arrows.items() if target == name)
        out = sum(n for (source, _), n in counted.arrows.items() if source == name)
        assert into + counted.begun.get(name, 0) == out + counted.standing.get(name, 0)


@given(courses)
def test_every_open_case_stands_in_one_stage_and_at_one_table(found):
    counted = flow(a_workflow(), found, FIRST, LAST)

    here = sum(one.open for one in (*counted.stages, *counted.pauses))
    assert counted.open == here + counted.elsewhere == sum(not c.closed for c in found)
    assert sum(counted.matrix.values()) == here


def test_a_case_counts_at_the_furthest_stage_it_reached_and_as_further_before():
    back = a_course(("signal", 2), ("mediation", 9), ("facts", 4), ("stopped", 0))

    signal, facts, mediation = flow(a_workflow(), [back], FIRST, LAST).stages

    assert (signal.further, facts.further, mediation.stopped) == (1, 1, 1)
    assert list(flow(a_workflow(), [back], FIRST, LAST).returns()) == [("mediation", "facts", 1)]


def test_resolved_without_a_mediator_is_who_never_was_in_a_stage_of_the_mediator():
    alone = a_course(("signal", 2), ("facts", 3), ("resolved", 0))
    helped = a_course(("signal", 2), ("mediation", 3), ("facts", 3), ("resolved", 0))

    counted = flow(a_workflow(), [alone, helped], FIRST, LAST)

    assert (counted.resolved, counted.without_mediator) == (2, 1)


def test_only_what_was_finished_in_the_period_tells_how_long_things_take():
    early = [a_course(("signal", 2), ("stopped", 0), opened=date(2025, 6, 2)) for _ in range(5)]
    now = [a_course(("signal", days), ("resolved", 0)) for days in (5, 8, 20)]

    counted = flow(a_workflow(), early + now, FIRST, LAST)

    assert counted.stages[0].spread == Spread(3, 8, 20)
    assert (counted.opened, counted.whole) == (3, Spread(3, 40, 40))


def test_out_of_an_ending_is_a_return_and_out_of_a_pause_is_none():
    again = a_course(("signal", 2), ("resolved", 30), ("signal", 2), ("rest", 3), ("signal", 1))

    counted = flow(a_workflow(), [again], FIRST, LAST)

    assert list(counted.returns()) == [("resolved", "signal", 1)]


def test_a_resolution_goes_by_its_name_or_by_what_must_be_ratified():
    workflow = a_workflow()
    agreed = a_stage("agreed", StageKind.ENDING)
    arrow = Transition(
        "agree",
        same("x"),
        ("facts",),
        "agreed",
        frozenset({Role.PARTY}),
        required=("settlement_confirmed_by_all",),
    )
    stages = {**workflow.stages, "agreed": agreed}
    more = Workflow("p", "2", same("P"), same(""), "signal", stages, (arrow,))

    assert is_resolution(agreed, more)
    assert is_resolution(stages["resolved"], more)
    assert not is_resolution(stages["stopped"], more)
    assert not is_resolution(stages["facts"], more)


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (date(2026, 11, 23), date(2025, 11, 24)),
        (date(2028, 2, 29), date(2027, 3, 1)),
        (date(2026, 12, 31), date(2026, 1, 1)),
        (date(2026, 1, 1), date(2025, 1, 2)),
    ],
)
def test_the_last_twelve_months_end_today(today, first):
    assert within(today, months=12) == (first, today)
