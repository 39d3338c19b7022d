"""Which days are working days, and when they begin and end."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasse.domain.calendar import (
    FIRST_DAY,
    LAST_DAY,
    Calendar,
    EquatedDay,
    OffKind,
    Period,
    ascension_day,
    day_in_words,
    easter,
    easter_monday,
    good_friday,
    instant_in_words,
    kings_day,
    whit_monday,
)
from impasse.domain.errors import Invalid
from impasse.domain.text import Text

DECREE = Text("besluit 2026-2028", "decree 2026-2028")
CALENDAR = Calendar(
    edition="test",
    horizon=date(2028, 5, 26),
    equated=tuple(
        EquatedDay(date.fromisoformat(day), DECREE, "https://example.org/decree")
        for day in ("2026-01-02", "2026-05-15", "2027-05-07", "2028-04-28", "2028-05-26")
    ),
    periods=(
        Period(date(1990, 1, 1), date(2025, 12, 31), complete=False),
        Period(date(2026, 1, 1), date(2028, 5, 26), complete=True),
    ),
)
days = st.dates(date(1991, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    "day",
    [
        "1990-04-15", "1999-04-04", "2000-04-23", "2008-03-23", "2011-04-24", "2019-04-21",
        "2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2028-04-16", "2038-04-25",
        "2049-04-18", "2076-04-19", "2100-03-28",
    ],
)  # fmt: skip
def test_easter_falls_where_almanacs_put_it(day):
    assert easter(date.fromisoformat(day).year).isoformat() == day


@given(st.integers(1583, 4000))
def test_easter_is_a_sunday_from_22_march_to_25_april(year):
    day = easter(year)

    assert day.weekday() == 6
    assert date(year, 3, 22) <= day <= date(year, 4, 25)


def test_the_days_around_easter_2027_follow_from_it():
    assert good_friday(2027) == date(2027, 3, 26)
    assert easter_monday(2027) == date(2027, 3, 29)
    assert ascension_day(2027) == date(2027, 5, 6)
    assert whit_monday(2027) == date(2027, 5, 17)


@pytest.mark.parametrize(
    ("year", "day"),
    [(2026, "04-27"), (2025, "04-26"), (2014, "04-26"), (2013, "04-30"), (2006, "04-29")],
)
def test_the_kings_birthday_is_celebrated_a_day_earlier_when_it_is_a_sunday(year, day):
    assert kings_day(year).isoformat() == f"{year}-{day}"


@pytest.mark.parametrize(
    ("day", "reason", "kind"),
    [
        ("2027-02-13", "zaterdag", OffKind.WEEKEND),
        ("2027-02-14", "zondag", OffKind.WEEKEND),
        ("2027-01-01", "Nieuwjaarsdag", OffKind.HOLIDAY),
        ("2027-03-26", "Goede Vrijdag", OffKind.GOOD_FRIDAY),
        ("2027-03-29", "tweede paasdag", OffKind.HOLIDAY),
        ("2027-04-27", "Koningsdag", OffKind.HOLIDAY),
        ("2012-04-30", "Koninginnedag", OffKind.HOLIDAY),
        ("2027-05-05", "Bevrijdingsdag (5 mei)", OffKind.HOLIDAY),
        ("2027-05-06", "Hemelvaartsdag", OffKind.HOLIDAY),
        ("2027-05-07", "gelijkgestelde dag (besluit 2026-2028)", OffKind.EQUATED),
        ("2027-05-17", "tweede pinksterdag", OffKind.HOLIDAY),
        ("2026-12-25", "eerste kerstdag", OffKind.HOLIDAY),
        ("2026-12-26", "tweede kerstdag", OffKind.HOLIDAY),
    ],
)
def test_a_day_off_says_why_it_is_one(day, reason, kind):
    day = date.fromisoformat(day)

    assert CALENDAR.off_day(day).nl == reason
    assert CALENDAR.why_off(day).kind is kind
    assert not CALENDAR.is_working_day(day)


@pytest.mark.parametrize("day", ["2026-05-04", "2027-04-26", "2025-05-06", "2026-02-16"])
def test_bridge_days_that_no_decree_names_and_carnival_are_ordinary_working_days(day):
    assert CALENDAR.is_working_day(date.fromisoformat(day))
    assert CALENDAR.off_day(date.fromisoformat(day)) is None


@pytest.mark.parametrize("year", range(1990, 2101))
def test_the_fifth_of_may_is_off_in_every_year(year):
    assert not CALENDAR.is_working_day(date(year, 5, 5))


@given(days)
def test_a_day_is_a_working_day_exactly_when_nothing_makes_it_a_day_off(day):
    assert CALENDAR.is_working_day(day) == (CALENDAR.off_day(day) is None)


@given(days)
def test_the_next_working_day_is_the_first_one_not_before_the_day(day):
    expected = day
    while CALENDAR.off_day(expected):
        expected += timedelta(days=1)

    assert CALENDAR.next_working_day(day) == expected


@given(days, st.integers(-60, 60))
def test_adding_working_days_is_walking_past_them_one_by_one(day, n):
    walked, left = day, abs(n)
    step = timedelta(days=1 if n > 0 else -1)
    while left:
        walked += step
        left -= CALENDAR.is_working_day(walked)

    assert CALENDAR.add_working_days(day, n) == walked


@given(days, st.integers(1, 200))
def test_counting_gives_back_the_working_days_that_were_added(day, n):
    later = CALENDAR.add_working_days(day, n)

    assert CALENDAR.working_days_between(day, later) == n
    assert CALENDAR.working_days_between(later, day) == -n


@given(days, days, days)
def test_counts_over_adjoining_stretches_add_up(a, b, c):
    between = CALENDAR.working_days_between

    assert between(a, b) + between(b, c) == between(a, c)


@pytest.mark.parametrize(
    ("day", "begins", "ends"),
    [
        ("2027-01-15", "2027-01-14T23:00", "2027-01-15T23:00"),
        ("2027-07-15", "2027-07-14T22:00", "2027-07-15T22:00"),
        ("2027-03-28", "2027-03-27T23:00", "2027-03-28T22:00"),
        ("2027-10-31", "2027-10-30T22:00", "2027-10-31T23:00"),
    ],
)
def test_a_day_runs_from_local_midnight_to_local_midnight_also_when_clocks_change(
    day, begins, ends
):
    day = date.fromisoformat(day)

    assert CALENDAR.start_of_day(day) == datetime.fromisoformat(f"{begins}+00:00")
    assert CALENDAR.end_of_day(day) == datetime.fromisoformat(f"{ends}+00:00")


@given(days)
def test_every_instant_of_a_day_belongs_to_it_and_its_end_to_the_next(day):
    begins, ends = CALENDAR.start_of_day(day), CALENDAR.end_of_day(day)

    assert CALENDAR.local_day(begins) == day
    assert CALENDAR.local_day(ends - timedelta(microseconds=1)) == day
    assert CALENDAR.local_day(ends) == day + timedelta(days=1)
    assert begins.tzinfo is UTC
    assert CALENDAR.start_of_day(day + timedelta(days=1)) == ends


@pytest.mark.parametrize("day", [date.min, date(1989, 12, 31), date(2101, 1, 1), date.max])
@pytest.mark.parametrize(
    "question",
    [
        CALENDAR.is_working_day,
        CALENDAR.off_day,
        CALENDAR.next_working_day,
        CALENDAR.start_of_day,
        CALENDAR.end_of_day,
        lambda day: CALENDAR.add_working_days(day, 1),
        lambda day: CALENDAR.working_days_between(day, FIRST_DAY),
        lambda day: CALENDAR.local_day(datetime(day.year, day.month, day.day, tzinfo=UTC)),
    ],
)
def test_a_day_outside_the_calendar_is_refused_in_a_sentence(question, day):
    with pytest.raises(Invalid, match=r"1990 to .* 2100"):
        question(day)


@pytest.mark.parametrize("n", [-1_000_000, -3, 3, 1_000_000])
def test_working_days_that_run_off_the_calendar_are_refused_in_a_sentence(n):
    edge = FIRST_DAY if n < 0 else LAST_DAY

    with pytest.raises(Invalid, match="Choose a shorter term"):
        CALENDAR.add_working_days(edge, n)


def test_the_last_days_of_the_calendar_work_as_any_other():
    assert CALENDAR.next_working_day(LAST_DAY) == LAST_DAY
    assert CALENDAR.end_of_day(LAST_DAY) == datetime(2100, 12, 31, 23, tzinfo=UTC)
    assert CALENDAR.next_working_day(FIRST_DAY) == date(1990, 1, 2)
    assert FIRST_DAY.weekday() == 0


def test_an_instant_without_offset_is_refused():
    with pytest.raises(Invalid, match="lacks an offset"):
        CALENDAR.local_day(datetime(2027, 2, 12, 10))  # noqa: DTZ001


@pytest.mark.parametrize(
    "instant", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
)
def test_an_instant_that_no_local_day_can_hold_is_refused_in_a_sentence(instant):
    with pytest.raises(Invalid, match=r"1990 to .* 2100"):
        CALENDAR.local_day(instant)


def test_a_day_of_which_all_is_known_gets_no_warning():
    assert CALENDAR.warnings(date(2026, 1, 1)) == ()
    assert CALENDAR.warnings(date(2026, 1, 1), date(2028, 5, 26)) == ()


def test_a_day_beyond_the_horizon_gets_a_warning_that_names_the_horizon():
    (warning,) = CALENDAR.warnings(date(2028, 5, 27))

    assert "vrijdag 26 mei 2028" in warning.nl
    assert "Friday 26 May 2028" in warning.en


def test_a_day_in_an_incomplete_period_gets_a_warning():
    (warning,) = CALENDAR.warnings(date(2024, 5, 10))

    assert "Staatscourant" in warning.nl


def test_a_stretch_is_warned_about_for_its_first_doubtful_day():
    told = CALENDAR.warnings(date(2025, 12, 30), date(2029, 1, 1))

    assert [("2028" in text.nl, "2025" in text.nl) for text in told] == [
        (True, False),
        (False, True),
    ]


def test_days_that_no_period_covers_are_doubtful():
    gap = Calendar(
        "gap", date(2028, 1, 1), periods=(Period(date(2028, 1, 1), date(2028, 1, 1), True),)
    )

    assert gap.warnings(date(2027, 12, 31))
    assert not gap.warnings(date(2028, 1, 1))


def test_the_version_changes_with_the_days_and_not_with_their_order():
    as_it_is = Calendar("a", CALENDAR.horizon, CALENDAR.equated, CALENDAR.periods)
    reordered = Calendar("a", CALENDAR.horizon, CALENDAR.equated[::-1], CALENDAR.periods[::-1])
    a_day_less = Calendar("a", CALENDAR.horizon, CALENDAR.equated[1:], CALENDAR.periods)

    assert as_it_is.version == reordered.version
    assert as_it_is.version != a_day_less.version
    assert as_it_is.version.startswith("a+")


def test_two_holidays_on_one_day_go_by_the_movable_one():
    assert CALENDAR.off_day(date(2016, 5, 5)).nl == "Hemelvaartsdag"


def test_days_and_instants_are_written_in_full():
    night = datetime(2027, 10, 31, 0, 30, tzinfo=UTC)

    assert day_in_words(date(2027, 3, 30)) == Text("dinsdag 30 maart 2027", "Tuesday 30 March 2027")
    assert instant_in_words(datetime(2027, 2, 14, 10, tzinfo=UTC)).nl == (
        "zondag 14 februari 2027 om 11.00 uur"
    )
    assert instant_in_words(night).nl.endswith("om 02.30 uur (zomertijd)")
    assert instant_in_words(night + timedelta(hours=1)).en.endswith("at 02:30 (winter time)")
