"""The calendar file: what it holds, and every problem of a bad one at once."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from impasse.adapters.files.calendar import load_calendar
from impasse.adapters.files.shipped import shipped
from impasse.domain.errors import Unreadable

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
    assert told[1].endswith("(known: edition, horizon, periods, decrees).")
    assert told[4].endswith("(known: title, source, days).")
    assert told[5].endswith("write an existing day from 1990 to 2100, such as 2027-03-30 here.")


def test_days_that_cannot_be_meant_are_told_with_their_line(load):
    days = ["2026-05-15", "2026-05-16", "2026-05-14", "2028-06-05", "2026-05-15", "2028-12-27"]
    content = GOOD.replace("- 2028-05-26", "\n      - ".join(["- 2028-05-26", *days[1:]]))

    told = problems(load, content)

    assert [line.split(": ")[1].split(" ", 1)[0] for line in told] == [
        "Saturday", "Thursday", "Monday", "2028-06-05", "2026-05-15", "2028-12-27",
    ]  # fmt: skip
    assert "Saturday 16 May 2026 is a day off already (Saturday); check the date." in told[0]
    assert "Ascension Day" in told[1]
    assert "line 16" in told[0]


def test_periods_that_contradict_each_other_are_refused(load):
    content = GOOD.replace("until: 2025-12-31", "until: 2026-06-30")
    (told,) = problems(load, content)

    assert told.startswith("calendar.yaml, line 7: the period begins on 2026-01-01, but the one")


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

    assert told.startswith("calendar.yaml, line 2: the horizon 2028-12-31 is not the last day")


@pytest.mark.parametrize(
    ("was", "becomes", "remedy"),
    [
        ('edition: "2026-11"', "edition: 2026", 'text in quotes, such as "2026-11"'),
        ('edition: "2026-11"', 'edition: " "', "at least one word"),
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
