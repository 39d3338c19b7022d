"""The calendar file: what it holds, and every problem of a bad one at once."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasse.adapters.files.calendar import load_calendar, parse_calendar, write_calendar
from impasse.adapters.files.shipped import shipped
from impasse.domain.calendar import Calendar, ClosureDay, EquatedDay, Period, Recess
from impasse.domain.errors import Unreadable
from impasse.domain.holidays import (
    RULES_OF_THE_ACT,
    EasterDay,
    FixedDay,
    HolidayRule,
    WeekdayOfMonth,
)
from impasse.domain.terms import Basis
from impasse.domain.text import Text

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
edition: "2026-11"
horizon: 2028-05-26
periods:
  - from: 1990-01-01
    until: 2025-12-31
    complete: false
  - from: 2026-01-01
    until: 2028-05-26
    complete: true
decrees:
  - title: {nl: besluit, en: decree}
    source: https://example.org/decree
    days:
      - 2026-05-15
      - 2028-05-26
"""

WHOLE = (
    "format: 2\n"
    + GOOD
    + """\
holidays:
  - name: {nl: Nieuwjaarsdag, en: New Year's Day}
    on: 01-01
  - name: {nl: Koningsdag, en: King's Day}
    on: 04-27
    since: 2014
    shift: {sunday: -1}
  - name: {nl: Goede Vrijdag, en: Good Friday}
    easter: -2
    article: {nl: Atw art. 3 lid 2, en: Atw art. 3(2)}
  - name: {nl: Prinsjesdag, en: Budget Day}
    nth: {month: 9, weekday: tuesday, number: 3}
    article: {nl: besluit van het overleg, en: decision of the table}
closures:
  - name: {nl: carnaval, en: carnival}
    source: rooster 2027
    days:
      - 2027-02-08
recesses:
  - name: {nl: zomerreces, en: summer recess}
    body: {nl: Tweede Kamer, en: House of Representatives}
    from: 2026-07-03
    until: 2026-08-31
    source: https://example.org/recess
"""
)


@pytest.fixture
def load(tmp_path: Path):
    def load_written(content):
        file = tmp_path / "calendar.yaml"
        file.write_text(content, encoding="utf-8")
        return load_calendar(file)

    return load_written


def problems(load, content):
    with pytest.raises(Unreadable) as refused:
        load(content)
    return refused.value.text.en.splitlines()


def test_the_shipped_calendar_holds_every_equated_day_that_is_known():
    calendar = load_calendar(shipped("config", "calendar.yaml"))

    assert [one.day.isoformat() for one in calendar.equated] == [
        "2009-05-04", "2015-05-04",
        "2023-04-28", "2023-05-19", "2024-05-10", "2024-12-27", "2025-05-30",
        "2026-01-02", "2026-05-15", "2027-05-07", "2028-04-28", "2028-05-26",
    ]  # fmt: skip
    assert not any(calendar.is_working_day(one.day) for one in calendar.equated)
    assert all(one.source.startswith("https://") for one in calendar.equated)


def test_the_shipped_calendar_knows_how_far_it_reaches():
    calendar = load_calendar(shipped("config", "calendar.yaml"))

    assert calendar.horizon == date(2028, 5, 26)
    assert calendar.warnings(date(2023, 1, 1), calendar.horizon) == ()
    assert calendar.warnings(date(2022, 12, 31))
    assert calendar.warnings(date(2028, 5, 27))


def test_the_version_is_the_edition_with_a_digest_of_what_counts(load):
    calendar = load(GOOD)

    assert calendar.version.startswith("2026-11+")
    assert load("# a remark\n" + GOOD).version == calendar.version
    assert load(GOOD.replace("2026-05-15", "2026-05-18")).version != calendar.version


def test_a_day_off_says_which_decree_made_it_one(load):
    assert load(GOOD).off_day(date(2026, 5, 15)).en == "equated day (decree)"


def test_all_problems_of_shape_come_at_once_with_line_and_remedy(load):
    content = (
        GOOD.replace("horizon: 2028-05-26", "horizn: 2028-05-26")
        .replace("2026-05-15", "2026-02-30")
        .replace("complete: false", "complete: perhaps")
        .replace("source:", "sauce:")
    )

    told = [problem.removeprefix("calendar.yaml, line ") for problem in problems(load, content)]

    assert [problem.split(";")[0] for problem in told] == [
        '1: "horizon" is missing',
        '2: "horizn" is not a known key here',
        '6: The value of "complete" is "perhaps"',
        '11: "source" is missing',
        '12: "sauce" is not a known key here',
        '14: The value of "days" is "2026-02-30"',
    ]
    keys = "format, edition, horizon, periods, decrees, holidays, closures, recesses"
    assert told[1].endswith(f"(known: {keys}).")
    assert told[4].endswith("(known: title, source, days).")
    assert told[5].endswith("write an existing day from 1990 to 2100, such as 2027-03-30 here.")


def test_days_that_cannot_be_meant_are_told_with_their_line(load):
    days = ["2026-05-15", "2026-05-16", "2026-05-14", "2028-06-05", "2026-05-15", "2028-12-27"]
    content = GOOD.replace("- 2028-05-26", "\n      - ".join(["- 2028-05-26", *days[1:]]))

    told = problems(load, content)

    assert [line.split(": ")[1].split(" ", 1)[0] for line in told] == [
        "Saturday", "Thursday", "Monday", "Monday", "Friday", "Wednesday",
    ]  # fmt: skip
    assert "Saturday 16 May 2026 is a day off already (Saturday); check the date." in told[0]
    assert "Ascension Day" in told[1]
    assert "line 16" in told[0]


def test_periods_that_contradict_each_other_are_refused(load):
    content = GOOD.replace("until: 2025-12-31", "until: 2026-06-30")
    (told,) = problems(load, content)

    assert told.startswith(
        "calendar.yaml, line 7: the period begins on Thursday 1 January 2026, but"
    )


def test_a_period_that_ends_before_it_begins_is_refused(load):
    content = GOOD.replace("until: 2025-12-31", "until: 1989-12-31")
    (told,) = problems(load, content)
    assert "1990 to 2100" in told

    content = GOOD.replace("from: 1990-01-01", "from: 2025-12-31").replace(
        "until: 2025-12-31", "until: 2025-01-01"
    )
    assert "swap the days" in problems(load, content)[0]


def test_the_horizon_is_the_end_of_the_last_complete_period(load):
    (told,) = problems(load, GOOD.replace("horizon: 2028-05-26", "horizon: 2028-12-31"))

    assert told.startswith("calendar.yaml, line 2: the horizon Sunday 31 December 2028 is not")


@pytest.mark.parametrize(
    ("was", "becomes", "remedy"),
    [
        ('edition: "2026-11"', "edition: 2026", 'text in quotes, such as "2026-11"'),
        ('edition: "2026-11"', 'edition: " "', "at least one word"),
        ('edition: "2026-11"', 'edition: "2026/11"', "at most 40 letters, digits, dots"),
        ("2028-05-26\nperiods", "20280526\nperiods", "an existing day from 1990 to 2100"),
        ("2028-05-26\nperiods", "2101-01-01\nperiods", "an existing day from 1990 to 2100"),
        ("title: {nl: besluit, en: decree}", "title: besluit", "keys with values"),
        ("      - 2026-05-15\n      - 2028-05-26\n", "      2026-05-15\n", "a list"),
        ("      - 2026-05-15\n      - 2028-05-26\n", "      []\n", "at least one day"),
    ],
)
def test_a_value_that_does_not_fit_gets_its_own_remedy(load, was, becomes, remedy):
    (told,) = problems(load, GOOD.replace(was, becomes))

    assert remedy in told


def test_a_file_that_is_a_list_is_refused(load):
    (told,) = problems(load, "- 2026-05-15\n")

    assert "keys with values" in told


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(Unreadable, match=r"nowhere\.yaml"):
        load_calendar(tmp_path / "nowhere.yaml")


def test_every_problem_is_told_in_dutch_too(load):
    with pytest.raises(Unreadable) as refused:
        load(GOOD.replace("2026-05-15", "2026-05-14"))

    assert "regel 14: donderdag 14 mei 2026 is al een vrije dag (Hemelvaartsdag)" in str(
        refused.value.text
    )


def test_the_shipped_file_states_the_rules_of_the_act():
    calendar = load_calendar(shipped("config", "calendar.yaml"))

    assert calendar.rules == RULES_OF_THE_ACT
    assert calendar.closures == ()
    assert all(recess.source.startswith("https://") for recess in calendar.recesses)


def test_a_file_of_format_1_gets_the_rules_of_the_act(load):
    assert load(GOOD).rules == RULES_OF_THE_ACT
    assert load("format: 2\n" + GOOD).version == load(GOOD).version


def test_a_file_may_state_holidays_closing_days_and_recesses(load):
    calendar = load(WHOLE)

    of_2026 = calendar.days_off(date(2026, 1, 1), date(2026, 12, 31))
    assert [day.isoformat() for day, _ in of_2026] == [
        "2026-01-01", "2026-04-03", "2026-04-27", "2026-05-15", "2026-09-15",
    ]  # fmt: skip
    assert calendar.why_off(date(2026, 9, 15)).article.en == "decision of the table"
    assert calendar.is_working_day(date(2026, 12, 25))
    assert calendar.is_working_day(date(2027, 2, 8))
    assert not calendar.kept_by(Basis.INTERNAL).is_working_day(date(2027, 2, 8))
    assert calendar.recess_on(date(2026, 8, 1)).name.nl == "zomerreces"


@pytest.mark.parametrize(
    ("was", "becomes", "remedy"),
    [
        ("format: 2\n", "", '"holidays" belongs to format 2; put "format: 2" at the top'),
        ("format: 2", "format: 3", "write 1 or 2 here"),
        ("on: 01-01", "on: 13-01", "a month and a day that exist, such as 04-27"),
        ("on: 01-01", "on: 1-1", "a month and a day that exist, such as 04-27"),
        ("on: 01-01", "on: january", "a month and a day that exist, such as 04-27"),
        ("easter: -2", "easter: 1000", "a whole number from -90 to 200"),
        ("since: 2014", "since: soon", "a whole number from 1800 to 2200"),
        ("{sunday: -1}", "{sunday: 9}", "a whole number from -6 to 6"),
        ("{sunday: -1}", "{zondag: -1}", "(known: monday, tuesday, wednesday"),
        ("number: 3", "number: 6", "a number from 1 to 5, or -1 for the last"),
        ("weekday: tuesday", "weekday: dinsdag", "monday, tuesday"),
        ("    on: 01-01\n", "", 'in exactly one way when the holiday falls: "on"'),
        ("    easter: -2\n", "    easter: -2\n    on: 03-03\n", "in exactly one way"),
        ("    since: 2014\n", "    since: 2014\n    until: 2013\n", "swap the years"),
        ("nth: {month: 9, weekday: tuesday, number: 3}", "on: 01-01", "same day as a rule above"),
        ("2027-02-08", "2027-02-07", "is a day off already (Sunday)"),
        ("2027-02-08", "2026-05-15", "stands in the list twice"),
        ("until: 2026-08-31", "until: 2026-06-30", "swap the days"),
        ("    body:", "    bodies:", '"body" is missing'),
        ("    source: rooster 2027\n", "", '"source" is missing'),
    ],
)
def test_each_fault_in_what_is_new_gets_its_own_remedy(load, was, becomes, remedy):
    assert was in WHOLE

    told = problems(load, WHOLE.replace(was, becomes, 1))

    assert any(remedy in line for line in told), told


def test_faults_in_every_part_come_at_once(load):
    broken = (
        WHOLE.replace("on: 01-01", "on: 02-30")
        .replace("until: 2026-08-31", "until: tomorrow")
        .replace("2027-02-08", "2027-02-29")
        .replace("format: 2", "format: two")
    )

    assert len(problems(load, broken)) == 4


def test_two_recesses_of_one_body_may_not_overlap(load):
    again = WHOLE + WHOLE[WHOLE.index("  - name: {nl: zomerreces") :].replace("zomer", "herfst")

    assert any("overlaps another of the same body" in line for line in problems(load, again))


words = (
    st.text(
        st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"),
        min_size=1,
        max_size=12,
    )
    .map(str.strip)
    .filter(bool)
)
texts = st.builds(Text, words, words)
weekdays = st.dates(date(2026, 1, 5), date(2027, 12, 31)).filter(lambda day: day.weekday() < 5)


@st.composite
def calendars(draw):
    """Any calendar that a file can describe."""
    free = draw(st.lists(weekdays, unique=True, max_size=5))
    cut = draw(st.integers(0, len(free)))
    years = st.none() | st.integers(1900, 2000)
    when = st.one_of(
        st.builds(FixedDay, st.just(3), st.integers(1, 28)).filter(lambda day: day.day > 20),
        st.builds(WeekdayOfMonth, st.just(8), st.integers(5, 6), st.sampled_from([1, 4, -1])),
        st.just(EasterDay(0)),
    )
    rule = st.builds(HolidayRule, texts, when, texts, years, st.none(), st.just(()))
    recess = st.builds(
        Recess, texts, texts, st.just(date(2026, 7, 1)), st.just(date(2026, 8, 1)), words
    )
    return Calendar(
        draw(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", fullmatch=True)),
        date(2028, 5, 26),
        tuple(EquatedDay(day, draw(texts), draw(words)) for day in free[:cut]),
        (Period(date(2026, 1, 1), date(2028, 5, 26), complete=True),),
        (draw(rule),),
        tuple(ClosureDay(day, draw(texts), draw(words)) for day in free[cut:]),
        tuple(draw(st.lists(recess, max_size=1))),
    )


@settings(max_examples=40)
@given(calendars())
def test_a_calendar_reads_back_as_it_is_written(calendar):
    try:
        again = parse_calendar(write_calendar(calendar), "again")
    except Unreadable as refused:
        # The rule that was drawn may fall on a day that was drawn.
        assert "is a day off already" in refused.text.en  # noqa: PT017
        return

    assert again == calendar
    assert again.version == calendar.version


def test_the_shipped_calendar_reads_back_as_it_is_written():
    calendar = load_calendar(shipped("config", "calendar.yaml"))

    assert parse_calendar(write_calendar(calendar), "again") == calendar
