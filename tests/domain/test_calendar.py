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
    ClosureDay,
    EquatedDay,
    OffKind,
    Period,
    Recess,
    day_in_words,
    easter,
    instant_in_words,
)
from impasse.domain.calendar_change import difference
from impasse.domain.errors import Invalid
from impasse.domain.holidays import (
    RULES_OF_THE_ACT,
    EasterDay,
    FixedDay,
    HolidayRule,
    WeekdayOfMonth,
    celebrated,
)
from impasse.domain.terms import Basis
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


def days_of_the_act(year):
    """The holidays of art. 3 as a person would work them out, without any rule as data."""
    easter_day = easter(year)
    birthday = date(year, 4, 27) if year >= 2014 else date(year, 4, 30)
    if birthday.weekday() == 6:
        birthday -= timedelta(days=1)
    return {
        date(year, 1, 1): "Nieuwjaarsdag",
        date(year, 5, 5): "Bevrijdingsdag (5 mei)",
        birthday: "Koningsdag" if year >= 2014 else "Koninginnedag",
        easter_day - timedelta(days=2): "Goede Vrijdag",
        easter_day + timedelta(days=1): "tweede paasdag",
        easter_day + timedelta(days=39): "Hemelvaartsdag",
        easter_day + timedelta(days=50): "tweede pinksterdag",
        date(year, 12, 25): "eerste kerstdag",
        date(year, 12, 26): "tweede kerstdag",
    }


@pytest.mark.parametrize("year", range(1990, 2101))
def test_the_rules_of_the_act_give_its_holidays_in_every_year(year):
    given_by_rule = {day: off.name.nl for day, off in celebrated(RULES_OF_THE_ACT, year)}

    assert given_by_rule == days_of_the_act(year)


@pytest.mark.parametrize(
    ("year", "day"),
    [(2026, "04-27"), (2025, "04-26"), (2014, "04-26"), (2013, "04-30"), (2006, "04-29")],
)
def test_the_kings_birthday_is_celebrated_a_day_earlier_when_it_is_a_sunday(year, day):
    (found,) = [
        found for found, off in celebrated(RULES_OF_THE_ACT, year) if "Konin" in off.name.nl
    ]

    assert found.isoformat() == f"{year}-{day}"


@pytest.mark.parametrize(
    ("when", "year", "day"),
    [
        (WeekdayOfMonth(9, 1, 3), 2026, "2026-09-15"),
        (WeekdayOfMonth(5, 0, -1), 2027, "2027-05-31"),
        (WeekdayOfMonth(2, 0, 1), 2027, "2027-02-01"),
        (WeekdayOfMonth(2, 0, 5), 2027, None),
        (WeekdayOfMonth(3, 0, 5), 2027, "2027-03-29"),
        (FixedDay(2, 29), 2027, None),
        (FixedDay(2, 29), 2028, "2028-02-29"),
        (EasterDay(0), 2027, "2027-03-28"),
    ],
)
def test_a_rule_gives_a_day_in_the_years_that_have_it(when, year, day):
    found = HolidayRule(Text("dag", "day"), when).day_in(year)

    assert (found and found.isoformat()) == day


def test_a_rule_gives_nothing_outside_its_years():
    rule = HolidayRule(Text("dag", "day"), FixedDay(3, 3), since=2026, until=2027)

    assert [year for year in range(2020, 2035) if rule.day_in(year)] == [2026, 2027]


def test_a_celebration_may_move_over_new_year():
    rule = HolidayRule(Text("dag", "day"), FixedDay(1, 1), shift=((5, -1),))
    calendar = Calendar("shifted", date(2028, 1, 1), rules=(rule,))

    assert calendar.off_day(date(2027, 12, 31)).nl == "dag"
    assert calendar.off_day(date(2028, 1, 1)).nl == "zaterdag"


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


CLOSED = ClosureDay(date(2027, 2, 15), Text("carnaval", "carnival"), "besluit directie")
RECESS = Recess(
    Text("zomerreces", "summer recess"),
    Text("Tweede Kamer", "House of Representatives"),
    date(2024, 7, 5),
    date(2024, 9, 2),
    "https://example.org",
)


def with_(**more):
    """Return the calendar of this module with something more in it."""
    return Calendar("test", CALENDAR.horizon, CALENDAR.equated, CALENDAR.periods, **more)


@pytest.mark.parametrize(
    "more",
    [
        {"closures": (CLOSED,)},
        {"recesses": (RECESS,)},
        {"rules": RULES_OF_THE_ACT[1:]},
        {"rules": (*RULES_OF_THE_ACT, HolidayRule(Text("dag", "day"), FixedDay(3, 3)))},
    ],
)
def test_the_version_changes_with_whatever_the_calendar_knows(more):
    assert with_(**more).version != CALENDAR.version


rule_lists = st.permutations(RULES_OF_THE_ACT).map(tuple)


@given(rule_lists, st.integers(0, 9), st.sampled_from([None, 1850, 1990]))
def test_the_version_stays_when_no_outcome_can_change(rules, place, since):
    one = rules[place]
    if one.since is None:
        said_otherwise = HolidayRule(one.name, one.when, one.article, since, one.until, one.shift)
        rules = (*rules[:place], said_otherwise, *rules[place + 1 :])
    other = with_(rules=rules)

    same_days = other.days_off(FIRST_DAY, LAST_DAY) == CALENDAR.days_off(FIRST_DAY, LAST_DAY)

    assert (other.version == CALENDAR.version) == same_days


def test_a_closing_day_is_off_for_what_is_agreed_and_never_for_what_the_law_sets():
    calendar = with_(closures=(CLOSED,))

    for basis in Basis:
        kept = calendar.kept_by(basis)
        assert kept.is_working_day(CLOSED.day) == basis.by_law
        assert kept.version == calendar.version
        assert kept.kept_by(Basis.STATUTE) is calendar
        assert kept.kept_by(Basis.AGREEMENT) is calendar.agreed
    assert calendar.is_working_day(CLOSED.day)
    assert calendar.agreed.why_off(CLOSED.day).kind is OffKind.CLOSURE
    assert calendar.agreed != calendar


def test_without_closing_days_every_term_keeps_the_same_calendar():
    assert all(CALENDAR.kept_by(basis) is CALENDAR for basis in Basis)


def test_a_closing_day_on_a_holiday_leaves_the_holiday_its_name():
    calendar = with_(closures=(ClosureDay(date(2027, 12, 25), Text("dicht", "closed"), "x"),))

    assert calendar.agreed.off_day(date(2027, 12, 25)).nl == "eerste kerstdag"


def test_a_recess_is_known_on_its_days_and_changes_none_of_them():
    calendar = with_(recesses=(RECESS,))

    assert calendar.recess_on(RECESS.first) == calendar.recess_on(RECESS.last) == RECESS
    assert calendar.recess_on(RECESS.last + timedelta(days=1)) is None
    assert calendar.recesses_between(date(2024, 9, 2), date(2025, 1, 1)) == (RECESS,)
    assert calendar.recesses_between(date(2024, 9, 3), date(2025, 1, 1)) == ()
    assert calendar.days_off(FIRST_DAY, LAST_DAY) == CALENDAR.days_off(FIRST_DAY, LAST_DAY)


def test_of_two_recesses_the_one_that_lasts_longest_is_told():
    senate = Recess(RECESS.name, Text("Eerste Kamer", "Senate"), RECESS.first, date(2024, 9, 9), "")

    assert with_(recesses=(RECESS, senate)).recess_on(date(2024, 8, 1)) == senate


def test_the_difference_between_two_calendars_names_every_day_that_changed():
    extra = EquatedDay(date(2027, 4, 26), DECREE, "https://example.org")
    newer = Calendar(
        "newer", date(2028, 12, 31), (*CALENDAR.equated[1:], extra), CALENDAR.periods,
        closures=(CLOSED,), recesses=(RECESS,),
    )  # fmt: skip
    change = difference(CALENDAR, newer)

    assert [one.text.en for one in change.days] == [
        "Friday 2 January 2026 is no longer a day off (equated day (decree 2026-2028)).",
        "Monday 15 February 2027 is now a day off (carnival).",
        "Monday 26 April 2027 is now a day off (equated day (decree 2026-2028)).",
    ]
    assert "31 december 2028" in change.sentences[3].nl
    assert change.recesses_added == (RECESS,)
    assert difference(newer, CALENDAR).recesses_removed == (RECESS,)
    assert difference(CALENDAR, CALENDAR).sentences == ()


def test_a_holiday_that_gets_another_name_is_told_as_such():
    renamed = HolidayRule(Text("Nieuwjaar", "New Year"), FixedDay(1, 1))
    change = difference(
        CALENDAR, with_(rules=(renamed, *RULES_OF_THE_ACT[1:])),
        date(2027, 1, 1), date(2027, 12, 31),
    )  # fmt: skip

    assert [one.text.nl for one in change.days] == [
        "Vrijdag 1 januari 2027 heet nu Nieuwjaar, eerst Nieuwjaarsdag."
    ]


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
