"""Working time as a number line: days off take no room, and a term has passed where it should."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasse.domain.length import Length
from impasse.domain.terms import Atw, Basis, TermRule, reckon
from impasse.simulation.working_time import WorkingTime
from simulation.procedures import calendar

START = date(2027, 1, 1)
TIME = WorkingTime(START, calendar())


def test_the_first_working_day_is_nothing_and_days_off_take_no_room():
    assert TIME.start == date(2027, 1, 4)
    assert TIME.day(0) == date(2027, 1, 4)
    assert TIME.day(5) == date(2027, 1, 11)
    assert TIME.beginning(date(2027, 1, 9)) == TIME.end(date(2027, 1, 9)) == 5


@given(st.integers(0, 2000))
def test_a_day_lies_where_it_was_found(place):
    day = TIME.day(place)
    assert TIME.beginning(day) == place
    assert TIME.end(day) == place + 1
    assert TIME.at(calendar().start_of_day(day)) == place
    assert TIME.at(calendar().start_of_day(day) + timedelta(hours=12)) == pytest.approx(place + 0.5)


@given(
    st.integers(0, 2000),
    st.sampled_from(["10 working days", "8 weeks", "3 months", "45 days", "3 days"]),
    st.sampled_from([Atw.APPLY, Atw.EXCLUDE]),
    st.integers(0, 90),
)
def test_who_stays_longer_than_the_term_is_past_it_and_nobody_else(place, length, atw, stay):
    rule = TermRule(Length.parse(length), Basis.AGREEMENT, atw=atw)
    day = TIME.day(place)
    reckoning = reckon(rule, day, calendar())
    left = TIME.day(place + stay)
    passes = TIME.at(reckoning.ends_at)
    assert (place + stay >= passes) == (left > reckoning.end)
    assert passes == TIME.end(reckoning.end)


@given(st.floats(0, 2000))
def test_an_instant_lies_where_it_came_from(now):
    assert TIME.at(TIME.instant(now)) == pytest.approx(now, abs=1e-4)
