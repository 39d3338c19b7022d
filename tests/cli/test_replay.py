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


def asked(*words, file=FILE):
    """Run in this process: quicker, for what needs no process of its own."""
    app = typer.Typer()
    app.command()(replay)
    outcome = CliRunner().invoke(app, [str(file), *words], catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    return outcome


def ask(*words, file=FILE):
    return asked(*words, file=file).stdout


def small(tmp_path, events, before="", layer="gemeente"):
    file = tmp_path / "klein.yaml"
    file.write_text(
        f"{before}cases:\n- id: klein\n  title_nl: Klein\n  parties:\n"
        "  - {name: Provincie Zeeland, layer: provincie}\n"
        f"  - {{name: Gemeente Vlissingen, layer: {layer}}}\n{events}",
        encoding="utf-8",
    )
    return file


LETTER = (
    "  events:\n  - {id: e1, date: 2021-01-11, date_precision: day, actor: gemeente Vlissingen,"
    " text: Brandbrief over de kosten}\n"
)


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
    assert case["summary"]["first_warning"] == "2018-09-24"
    assert case["comparison"]["recognised_as_impasse"] == "2020-01-22"
    assert case["comparison"]["lead_time_days"] == 485
    assert set(case["days"][0]) == {"date", "known", "acts", "stage", "tier", "level", "score"}
    [expired] = [act for day in case["days"][:4] for act in day["acts"] if act["due"]][1:2]
    assert list(expired) == ["kind", "text", "end", "due", "reasons"]
    assert (expired["kind"], expired["end"], expired["due"]) == (
        "term_expired", "2013-01-15", "2013-01-16",
    )  # fmt: skip
    assert case["summary"]["first_signal"] == "2017-12-31"
    assert case["summary"]["ended_because"] == "last_event"


def test_until_hides_what_came_later():
    told = ask("--case", "jeugdzorg-tekorten", "--until", "2018-12-31")

    assert "2019" not in told
    assert "Erkend als impasse (achteraf)           niet" in told


def test_an_unknown_dispute_ends_with_the_ids_that_are_known():
    outcome = run("--case", "fietspad")

    assert outcome.returncode == 2
    assert "jeugdzorg-tekorten" in outcome.stderr
    assert outcome.stdout == ""


def test_a_replay_that_stops_before_the_chosen_day_says_why(tmp_path):
    told = ask("--until", "2025-01-01", file=small(tmp_path, LETTER))

    assert "Stand op woensdag 12 januari 2022:" in told
    assert "Na de laatste gebeurtenis loopt de klok nog een jaar" in told
    assert "maandag 11 januari 2021" in told


def test_before_the_first_event_the_reader_is_asked_for_a_later_day(tmp_path):
    told = ask("--until", "2020-01-01", file=small(tmp_path, LETTER))

    assert "Tot en met woensdag 1 januari 2020 was van dit geschil nog niets bekend." in told
    assert "Voorsprong" not in told
    assert "2021" not in told


@pytest.mark.parametrize("events", ["  events: []\n", "  events:\n"])
def test_a_dispute_without_events_gets_a_sentence(tmp_path, events):
    assert "er valt niets na te spelen" in ask(file=small(tmp_path, events))


def test_a_dispute_without_signals_keeps_every_event_and_says_so(tmp_path):
    told = ask(file=small(tmp_path, LETTER.replace("Brandbrief over de kosten", "Mooi weer")))

    assert "bekend / in het verloop  1 / 1" in told
    assert "Geen zin bevatte een signaal dat de woordenlijst kent." in told


def test_a_proposal_before_the_first_signal_is_no_foresight():
    told = ask("--case", "marinierskazerne-vlissingen")

    assert "woensdag 6 februari 2013 (termijn verstreken, nog zonder signaal)" in told


def test_what_is_read_otherwise_than_written_is_told_apart_from_the_outcome(tmp_path):
    outcome = asked(file=small(tmp_path, LETTER, "schema_version: 2\n", layer="planeet"))

    version, layer = outcome.stderr.splitlines()
    assert version == (
        'Let op: klein.yaml, regel 1: "schema_version" is "2"; het bestand is gelezen als 1.'
    )
    assert layer.startswith(
        'Let op: klein.yaml, regel 7: bestuurslaag "planeet" is onbekend en gelezen als "anders"; '
    )
    assert "1 / 1" in outcome.stdout


def test_one_dispute_is_replayed_although_another_is_damaged(tmp_path):
    damaged = LETTER + "- id: stuk\n  title_nl: Stuk\n  events: niets\n"
    outcome = asked("--case", "klein", file=small(tmp_path, damaged))

    assert "Let op: klein.yaml, regel " in outcome.stderr
    assert '"parties" ontbreekt' in outcome.stderr
    assert "== Klein (klein)" in outcome.stdout


def test_no_event_can_forge_a_line_ring_a_bell_or_turn_a_sentence_about(tmp_path):
    forged = LETTER.replace("Brandbrief over de kosten", r'"Brandbrief\n== vals (x)\a\e[31m\u202e"')
    told = ask(file=small(tmp_path, forged))

    assert "gemeente Vlissingen: Brandbrief == vals (x)[31m\n" in told
    assert [line for line in told.splitlines() if line.startswith("==")] == ["== Klein (klein)"]
    assert not set(told) & set("\a\x1b\u202e")


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


def test_a_file_without_disputes_is_refused_in_one_sentence(tmp_path):
    file = tmp_path / "leeg.yaml"
    file.write_text("cases: []\n", encoding="utf-8")
    outcome = run(file=file)

    assert outcome.returncode == 2
    assert "er staat geen geschil in dit bestand" in outcome.stderr


def test_a_missing_file_is_named():
    outcome = run(file=Path("bestaat-niet.yaml"))

    assert outcome.returncode == 2
    assert "bestaat-niet.yaml" in outcome.stderr


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data lie beside the clone only")
def test_the_shipped_disputes_are_those_of_the_shared_data():
    assert FILE.read_bytes() == SHARED.read_bytes()
