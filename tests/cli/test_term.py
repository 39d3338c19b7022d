"""`impasse term`: what people and programs read."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from impasse.cli.term import term
from impasse.domain.errors import Invalid

app = typer.Typer()
app.command()(term)


def ask(*words):
    outcome = CliRunner().invoke(app, words, catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    return outcome.stdout


def answer(*words):
    return json.loads(ask(*words, "--format", "json"))


def test_people_read_start_length_basis_both_ends_and_each_step():
    told = ask("2027-02-12", "6 weeks")

    assert "vrijdag 12 februari 2027" in told
    assert "6 weken" in told
    assert "wet" in told
    assert "vrijdag 26 maart 2027" in told
    assert "Einde        dinsdag 30 maart 2027" in told
    for reason in ("Goede Vrijdag", "Zaterdag 27", "Zondag 28", "tweede paasdag"):
        assert reason in told


def test_programs_read_exactly_the_promised_keys():
    told = answer("2027-02-12", "6 weeks")

    assert list(told) == [
        "start", "length", "basis", "raw_end", "end", "explanation", "calendar_version", "warnings",
    ]  # fmt: skip
    assert told["start"] == "2027-02-12"
    assert told["length"] == "6 weeks"
    assert told["basis"] == "statute"
    assert told["raw_end"] == "2027-03-26"
    assert told["end"] == "2027-03-30"
    assert told["warnings"] == []
    assert told["explanation"][-1]["day"] == "2027-03-30"
    assert {key for step in told["explanation"] for key in step} == {"day", "code", "text"}


@pytest.mark.parametrize(
    ("options", "end"),
    [
        (["--basis", "agreement"], "2027-03-26"),
        (["--basis", "agreement", "--atw", "apply"], "2027-03-30"),
        (["--basis", "ordinance", "--atw", "exclude"], "2027-03-26"),
        (["--direction", "backward"], "2027-01-01"),
    ],
)
def test_basis_choice_and_direction_are_obeyed(options, end):
    assert answer("2027-02-12", "P6W", *options)["end"] == end


def test_hours_are_asked_and_answered_with_instants():
    told = answer("2027-03-27T12:00+01:00", "24 uur")

    assert told["start"] == "2027-03-27T11:00:00Z"
    assert told["raw_end"] == told["end"] == "2027-03-28T11:00:00Z"
    assert "zondag 28 maart 2027 om 13.00 uur" in ask("2027-03-27T12:00+01:00", "24 uur")


def test_the_explanation_comes_in_english_on_request():
    told = ask("2027-02-12", "6 weeks", "--language", "en")

    assert "End          Tuesday 30 March 2027" in told
    assert "Good Friday" in told


def test_a_term_beyond_the_known_calendar_carries_a_warning():
    assert "2028" in answer("2029-01-02", "2 weeks")["warnings"][0]
    assert "Let op:" in ask("2029-01-02", "2 weeks")


@pytest.mark.parametrize(
    "start",
    ["2027-02-30", "12-02-2027", "20270212", "2027-W06-5", "20270212T1000", "today", ""],
)
def test_a_start_that_cannot_be_read_is_refused_with_a_remedy(start):
    with pytest.raises(Invalid, match="Write an existing day such as 2027-02-12"):
        ask(start, "6 weeks")


def test_a_length_that_cannot_be_read_is_refused_with_a_remedy():
    with pytest.raises(Invalid, match=r"5 fortnights.*Write one number with one unit"):
        ask("2027-02-12", "5 fortnights")


def test_hours_from_a_day_begin_at_midnight_and_say_so():
    told = answer("2027-02-12", "48 hours")

    assert told["end"] == "2027-02-13T23:00:00Z"
    assert "00.00 uur" in told["warnings"][0]


def test_a_time_without_an_offset_is_a_time_in_amsterdam():
    assert answer("2027-02-12T10:00", "48 uur")["end"] == "2027-02-14T09:00:00Z"
    assert answer("2027-07-12T10:00", "48 uur")["end"] == "2027-07-14T08:00:00Z"


@pytest.mark.parametrize(
    ("start", "why"), [("2027-03-28T02:30", "skipped"), ("2026-10-25T02:30", "twice")]
)
def test_a_time_that_the_clock_skips_or_shows_twice_needs_its_offset(start, why):
    with pytest.raises(Invalid, match=why):
        ask(start, "2 uur")
    assert answer(f"{start}+02:00", "2 uur")["end"]


def test_days_outside_the_calendar_are_refused():
    with pytest.raises(Invalid, match="1990 to 2100"):
        ask("9999-12-31", "48 days")


def test_the_command_loads_neither_database_nor_web():
    program = (
        "import sys; from impasse.cli.term import term;"
        "term('2027-02-12', '6 weeks', language='nl');"
        "print(sorted({'sqlmodel', 'sqlalchemy', 'fastapi', 'transitions'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert run.stdout.splitlines()[-1] == "[]"
