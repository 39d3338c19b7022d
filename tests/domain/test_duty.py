"""Who is on duty: each day has one answer or a gap, and a swap changes exactly its days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasse.domain.duty import Duty, Missing, Rota, days_of_duty, gaps_among, on_duty
from impasse.domain.duty_plans import (
    Rotation,
    Swap,
    refuse_plan,
    refuse_swap,
    refuse_to_end,
)
from impasse.domain.errors import Conflict, Invalid, NotAllowed
from impasse.domain.people import Person, Role
from impasse.domain.substitution import Absence
from impasse.domain.text import same

MONDAY = date(2026, 11, 23)
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
ROTA = Rota("secretariaat", same("Secretariaat"), "x-sec", AT, "nora")


def works(key: str, *roles: Role, organisation: str = "x-sec", off: bool = False) -> Person:
    """Somebody with these roles."""
    return Person(key, key, same(key), organisation, frozenset(roles), off)


NORA, OTTO, PIEN = works("nora", Role.SECRETARIAT), works("otto"), works("pien")
ALL = {one.id: one for one in (NORA, OTTO, PIEN)}


def duty(person: str, first: int, last: int, *, override: bool = False, made: int = 0) -> Duty:
    """A duty so many days from Monday, made so many minutes later than others."""
    key = f"{person}{first}{last}{override}{made}"
    begin, end = MONDAY + timedelta(days=first), MONDAY + timedelta(days=last)
    at = AT + timedelta(minutes=made)
    return Duty(key, "secretariaat", person, begin, end, override, at, "nora")


def away(person: str, substitute: str, first: int, last: int) -> Absence:
    """An absence so many days from Monday."""
    begin, end = MONDAY + timedelta(days=first), MONDAY + timedelta(days=last)
    return Absence(f"{person}{first}", person, substitute, begin, end, "", AT, person)


def days(duties, absences=(), persons=ALL, length=28):
    """Who is on duty on each day from Monday on."""
    last = MONDAY + timedelta(days=length - 1)
    return days_of_duty(ROTA, duties, (MONDAY, last), persons, absences)


def working(day: date) -> bool:
    """Monday to Friday."""
    return day.weekday() < 5


spans = st.tuples(st.integers(0, 27), st.integers(0, 27)).map(sorted)
people = st.sampled_from(["nora", "otto", "pien", "gone"])
some_duties = st.lists(
    st.builds(
        lambda person, span, override, made: duty(person, *span, override=override, made=made),
        people,
        spans,
        st.booleans(),
        st.integers(0, 9),
    ),
    max_size=8,
)
some_absences = st.lists(
    st.builds(lambda a, b, span: away(a, b, *span), people, people, spans), max_size=5
)


@given(some_duties, some_absences)
def test_every_day_has_exactly_one_answer_or_a_gap_that_says_why(duties, absences):
    for one in days(duties, absences):
        assert (one.person == "") == (one.missing is not None)
        assert one.person in {"", *ALL}
        assert one == on_duty(ROTA, duties, one.day, ALL, absences)


@given(some_duties, people, spans)
def test_a_swap_wins_exactly_its_days_and_its_end_restores_the_rest(duties, person, span):
    before = days(duties)
    swap = duty(person, *span, override=True, made=60)

    during = days([*duties, swap])
    ended = days([*duties, replace(swap, ended_at=AT)])

    assert ended == before
    for one, was in zip(during, before, strict=True):
        assert one.duty == swap if swap.covers(one.day) else one == was


@given(some_duties, some_absences)
def test_gaps_hold_all_working_days_without_anybody_and_no_other(duties, absences):
    found = days(duties, absences)

    gaps = gaps_among(found, working)

    inside = {
        one.day
        for one in found
        for gap in gaps
        if gap.first <= one.day <= gap.last and working(one.day)
    }
    assert inside == {one.day for one in found if not one.person and working(one.day)}
    assert all(working(gap.first) and working(gap.last) for gap in gaps)


@given(
    st.lists(st.sampled_from(["nora", "otto", "pien"]), min_size=1, max_size=5),
    st.integers(0, 365),
    st.integers(1, 52),
)
def test_a_rotation_deals_out_every_day_once_and_in_order(persons, length, weeks):
    until = MONDAY + timedelta(days=length)

    turns = Rotation(tuple(persons), MONDAY, until, weeks).turns()

    assert turns[0].from_day == MONDAY
    assert turns[-1].until_day == until
    for one, following in pairwise(turns):
        assert following.from_day == one.until_day + timedelta(days=1)
        assert following.person != one.person


@pytest.mark.parametrize(("begin", "second"), [(2, 7), (5, 14), (6, 14), (0, 7)])
def test_turns_change_on_mondays_and_a_weekend_belongs_to_the_week_after(begin, second):
    first = MONDAY + timedelta(days=begin)

    turns = Rotation(("nora", "otto"), first, MONDAY + timedelta(days=30)).turns()

    assert turns[0].from_day == first
    assert turns[1].from_day == MONDAY + timedelta(days=second)


def test_absence_leads_along_the_chain_and_a_chain_that_breaks_is_a_gap():
    planned = [duty("nora", 0, 13)]
    absences = [away("nora", "otto", 0, 8), away("otto", "pien", 1, 1), away("otto", "nora", 2, 2)]

    found = [(one.person, one.replaces) for one in days(planned, absences, length=10)]

    assert found[:4] == [("otto", "nora"), ("pien", "nora"), ("", ""), ("otto", "nora")]
    assert found[9] == ("nora", "")


@pytest.mark.parametrize(
    ("person", "why"),
    [
        (None, Missing.UNKNOWN),
        (replace(OTTO, disabled=True), Missing.DISABLED),
        (replace(OTTO, organisation="gm0363"), Missing.ELSEWHERE),
        (replace(OTTO, roles=frozenset({Role.SUPERVISOR})), Missing.SUPERVISOR),
    ],
)
def test_who_left_is_not_on_duty_and_the_gap_says_why(person, why):
    persons = {"nora": NORA} if person is None else {"nora": NORA, "otto": person}

    [found] = days([duty("otto", 0, 6)], persons=persons, length=1)

    assert (found.person, found.missing) == ("", why)


def test_a_duty_that_was_ended_stays_known_for_the_days_before():
    ended = replace(duty("otto", 0, 6), ended_at=datetime(2026, 11, 25, 23, 30, tzinfo=UTC))

    found = [one.person for one in days([ended], length=5)]

    assert found == ["otto", "otto", "otto", "", ""], "half past midnight in Amsterdam on the 26th"


@pytest.mark.parametrize(
    ("rotation", "pointer"),
    [
        (Rotation((), MONDAY, MONDAY), "/persons"),
        (Rotation(("nora",) * 51, MONDAY, MONDAY), "/persons"),
        (Rotation(("nora", "gone"), MONDAY, MONDAY), "/persons/1"),
        (Rotation(("nora",), MONDAY, MONDAY - timedelta(days=1)), "/untilDay"),
        (Rotation(("nora",), date.min, MONDAY), "/fromDay"),
        (Rotation(("nora",), MONDAY, date.max), "/untilDay"),
        (Rotation(("nora",), date.max, date.max), "/fromDay"),
        (Rotation(("nora",), MONDAY, MONDAY, 0), "/weeks"),
        (Rotation(("nora",), MONDAY, MONDAY, 10**9), "/weeks"),
    ],
)
def test_a_plan_that_cannot_be_says_what_and_where(rotation, pointer):
    with pytest.raises(Invalid) as refused:
        refuse_plan(rotation, ROTA, by=NORA, persons=ALL, duties=[], today=MONDAY)

    assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_a_plan_over_a_plan_is_refused_and_over_an_ended_one_is_not():
    rotation = Rotation(("nora",), MONDAY + timedelta(days=6), MONDAY + timedelta(days=9))
    planned, swapped = duty("otto", 0, 6), duty("pien", 7, 8, override=True)

    with pytest.raises(Conflict, match="29 November 2026"):
        refuse_plan(rotation, ROTA, by=NORA, persons=ALL, duties=[planned], today=MONDAY)

    free = [replace(planned, ended_at=AT), swapped]
    refuse_plan(rotation, ROTA, by=NORA, persons=ALL, duties=free, today=MONDAY)


def test_who_stands_on_a_rota_swaps_and_takes_back_his_own_days_only():
    planned = [duty("otto", 0, 6), duty("pien", 7, 13)]
    mine = Swap("nora", MONDAY, MONDAY + timedelta(days=2))
    too_long = replace(mine, until_day=MONDAY + timedelta(days=7))
    made = replace(duty("nora", 0, 2, override=True), created_by="otto")

    refuse_swap(mine, ROTA, by=OTTO, persons=ALL, duties=planned, today=MONDAY)
    refuse_to_end(made, ROTA, by=OTTO, today=MONDAY)

    for by, swap in ((OTTO, too_long), (PIEN, mine), (works("eva", organisation="gm0363"), mine)):
        with pytest.raises(NotAllowed):
            refuse_swap(swap, ROTA, by=by, persons=ALL, duties=planned, today=MONDAY)
    for by, ended in ((PIEN, made), (OTTO, planned[0]), (works("eva", Role.SUPERVISOR), made)):
        with pytest.raises(NotAllowed):
            refuse_to_end(ended, ROTA, by=by, today=MONDAY)
