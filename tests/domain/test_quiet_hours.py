"""It is quiet outside the own hours, on holidays, and in nights in which the clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import shipped_parts
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.quiet_hours import OpenHours, moment_on

_, CALENDAR, _ = shipped_parts()
HOURS = OpenHours()
SPRING, AUTUMN = date(2027, 3, 28), date(2026, 10, 25)
"""Nights in which the clock goes forward at two, and back at three."""

times = st.times().map(lambda hour: hour.replace(second=0, microsecond=0))
moments = st.one_of(
    st.integers(0, 60 * 24 * 700).map(
        lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    # Near the changes of the clock.
    st.builds(
        lambda day, minutes: moment_on(day, time(0)) + timedelta(minutes=minutes),
        st.sampled_from([SPRING, AUTUMN, SPRING - timedelta(days=1), AUTUMN - timedelta(days=1)]),
        st.integers(0, 60 * 27),
    ),
)
hours = st.builds(
    lambda days, pair: OpenHours(days, *pair),
    st.frozensets(st.integers(1, 7), min_size=1),
    st.tuples(times, times).filter(lambda pair: pair[0] < pair[1]),
)


def local(*parts: int) -> datetime:
    """A moment by the clock on the wall in Amsterdam."""
    return datetime(*parts, tzinfo=AMSTERDAM).astimezone(UTC)  # type: ignore[misc, arg-type]


@given(hours, moments)
def test_the_next_open_moment_is_open_and_not_before_now(own: OpenHours, at: datetime) -> None:
    following = own.next_open(at, CALENDAR)
    assert following >= at
    assert own.is_open(following, CALENDAR)
    assert own.next_open(following, CALENDAR) == following
    assert (following == at) == own.is_open(at, CALENDAR)


@given(hours, moments, st.floats(0, 1, exclude_max=True))
def test_nothing_open_is_passed_over(own: OpenHours, at: datetime, part: float) -> None:
    following = own.next_open(at, CALENDAR)
    between = at + (following - at) * part
    assert between == following or not own.is_open(between, CALENDAR)


@pytest.mark.parametrize(
    ("at", "following"),
    [
        (local(2026, 9, 7, 12), local(2026, 9, 7, 12)),
        (local(2026, 9, 7, 7, 59), local(2026, 9, 7, 8)),
        (local(2026, 9, 7, 18), local(2026, 9, 8, 8)),
        # Over a weekend, over Easter, and over Christmas and the weekend behind it.
        (local(2026, 9, 11, 18, 30), local(2026, 9, 14, 8)),
        (local(2027, 3, 25, 20), local(2027, 3, 30, 8)),
        (local(2026, 12, 24, 20), local(2026, 12, 28, 8)),
        # Eight o'clock is eight o'clock on the wall, on both sides of a change.
        (local(2026, 10, 23, 19), local(2026, 10, 26, 8)),
        (local(2026, 3, 27, 19), local(2026, 3, 30, 8)),
    ],
)
def test_what_comes_in_quiet_hours_waits_for_the_next_working_day(
    at: datetime, following: datetime
) -> None:
    assert HOURS.next_open(at, CALENDAR) == following


def test_who_works_on_saturday_hears_on_saturday_but_not_on_a_holiday() -> None:
    own = OpenHours(frozenset({6}), time(9), time(12))
    assert own.next_open(local(2026, 9, 7, 9), CALENDAR) == local(2026, 9, 12, 9)
    # The second day of Christmas of 2026 is a Saturday.
    assert own.next_open(local(2026, 12, 21, 9), CALENDAR) == local(2027, 1, 2, 9)


def test_a_time_that_the_clock_skips_is_the_moment_at_which_it_skips() -> None:
    own = OpenHours(frozenset({7}), time(2, 30), time(4))
    opens = own.next_open(local(2027, 3, 28, 0, 30), CALENDAR)
    assert opens == moment_on(SPRING, time(2, 30)) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)


def test_of_an_hour_that_comes_twice_the_first_counts() -> None:
    own = OpenHours(frozenset({7}), time(2, 30), time(4))
    opens = own.next_open(local(2026, 10, 25, 0, 30), CALENDAR)
    assert opens == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert own.is_open(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), CALENDAR)
