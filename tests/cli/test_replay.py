"""`impasse replay`: what people and programs read, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from impasse.cli.replay import replay

FILE = Path(__file__).parents[2] / "config" / "demonstration" / "disputes.yaml"
SHARED = Path(__file__).parents[3] / "shared" / "data" / "disputes.yaml"


def run(*words, file=FILE):
    return subprocess.run(
        [sys.executable, "-m", "impasse", "replay", str(file), *words],
        capture_output=True,
        text=True,
        check=False,
    )


def ask(*words):
    """Run in this process: quicker, for what needs no process of its own."""
    app = typer.Typer()
    app.command()(replay)
    outcome = CliRunner().invoke(app, [str(FILE), *words], catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    return outcome.stdout


def test_people_read_days_stages_terms_levels_and_the_lead_time():
    outcome = run("--case", "jeugdzorg-tekorten")

    assert outcome.returncode == 0
    assert outcome.stderr == ""
    for words in (
        "woensdag 4 april 2018 | fase: Signaal | niveau: oranje",
        "pas nu openbaar",
        "alleen jaar bekend: telt vanaf de laatste dag",
        "Termijn gezet tot en met",
        "Termijn verstreken:",
        "Fase: van Signaal naar Feiten vaststellen.",
        "Eerst gewaarschuwd (oranje of hoger)    woensdag 4 april 2018",
        "399 dagen eerder dan de erkenning als impasse.",
        "32 / 32",
    ):
        assert words in outcome.stdout


def test_english_is_spoken_on_request():
    told = ask("--case", "herverdeling-gemeentefonds-2023", "--language", "en")

    assert "Too late: 81 days after it was recognised as an impasse." in told
    assert "Term set up to" in told


def test_programs_read_stable_keys_and_iso_days():
    told = json.loads(ask("--case", "marinierskazerne-vlissingen", "--format", "json"))
    [case] = told["cases"]

    assert list(told) == ["format", "procedure", "indicators", "calendar", "cases"]
    assert list(case) == ["id", "title", "until", "days", "summary", "comparison"]
    assert case["summary"]["first_warning"] == "2018-09-23"
    assert case["comparison"]["recognised_as_impasse"] == "2020-01-22"
    assert case["comparison"]["lead_time_days"] == 486
    assert set(case["days"][0]) == {"date", "known", "acts", "stage", "tier", "level", "score"}


def test_until_hides_what_came_later():
    told = ask("--case", "jeugdzorg-tekorten", "--until", "2018-12-31")

    assert "2019" not in told
    assert "Erkend als impasse (achteraf)           niet" in told


def test_an_unknown_dispute_ends_with_the_ids_that_are_known():
    outcome = run("--case", "fietspad")

    assert outcome.returncode == 2
    assert "jeugdzorg-tekorten" in outcome.stderr
    assert outcome.stdout == ""


@pytest.mark.parametrize("day", ["morgen", "2021-02-30", "1980-01-01", "20210101"])
def test_a_last_day_that_cannot_be_is_refused(day):
    outcome = run("--until", day)

    assert outcome.returncode == 2
    assert "2021-03-12" in outcome.stderr


def test_a_file_of_another_kind_is_refused_in_one_sentence(tmp_path):
    file = tmp_path / "lijst.yaml"
    file.write_text("- een\n- twee\n", encoding="utf-8")
    outcome = run(file=file)

    assert outcome.returncode == 2
    assert "dit is geen bestand met geschillen" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_a_missing_file_is_named():
    outcome = run(file=Path("bestaat-niet.yaml"))

    assert outcome.returncode == 2
    assert "bestaat-niet.yaml" in outcome.stderr


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data lie beside the clone only")
def test_the_shipped_disputes_are_those_of_the_shared_data():
    assert FILE.read_bytes() == SHARED.read_bytes()
