"""`impasse workflow simulate`: same seed, same bytes; and bad input gets a sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest

NAME = "interbestuurlijke-impasse"


def simulated(impasse, *options):
    status, answer, complaint = impasse(
        "workflow", "simulate", NAME, "--cases", "300", "--format", "json", *options
    )
    assert (status, complaint) == (0, "")
    return json.loads(answer)


def test_the_same_seed_gives_the_same_bytes_whatever_the_order_of_sets(tmp_path):
    def answer(hash_seed: str) -> bytes:
        command = [sys.executable, "-m", "impasse", "workflow", "simulate", NAME]
        command += ["--cases", "500", "--seed", "42", "--picture", f"{hash_seed}.svg"]
        told = []
        for form in ("json", "text"):
            done = subprocess.run(
                [*command, "--format", form],
                cwd=tmp_path,
                env={**os.environ, "PYTHONHASHSEED": hash_seed},
                capture_output=True,
                check=True,
            )
            assert done.stderr == b""
            told.append(done.stdout)
        return b"".join(told) + (tmp_path / f"{hash_seed}.svg").read_bytes()

    assert answer("0") == answer("12345")


def test_programs_read_everything_that_was_found_and_assumed(impasse):
    told = simulated(impasse, "--seed", "5", "--staff", "mediator=1", "--per-month", "20")
    assert (told["seed"], told["cases"]) == (5, 300)
    assert told["finished"] + told["unfinished"] == 300
    assert told["stages"][0]["name"] == "signal"
    [mediator] = [role for role in told["roles"] if role["role"] == "mediator"]
    assert mediator["staff"] == 1
    assert 0 < mediator["load"] <= 1
    assumed = told["assumptions"]
    assert assumed["per_month"] == 20
    assert assumed["staff"]["mediator"]["origin"] == "stated"
    assert assumed["stages"]["signal"]["moves"]["origin"] == "usual"


def test_people_read_tables_and_every_assumption(impasse):
    status, answer, complaint = impasse("workflow", "simulate", NAME, "--cases", "200")
    assert (status, complaint) == (0, "")
    for words in ("200 zaken gesimuleerd", "Helft klaar", "bemiddelaar", "Hoe zaken eindigen",
                  "Aannamen", "gewichten van de volgende stap", "(aangenomen)"):  # fmt: skip
        assert words in answer


def test_two_versions_stand_side_by_side(impasse, tmp_path):
    _, schema, _ = impasse("workflow", "show", NAME, "--format", "json")
    reference = json.loads(schema)["name"] + "@" + json.loads(schema)["version"]
    status, answer, _ = impasse(
        "workflow", "simulate", NAME, "--cases", "200", "--against", NAME, "--language", "en"
    )
    assert status == 0
    first, head, *_ = answer.splitlines()
    assert first == "Side by side"
    assert head.split()[-2:] == [reference, reference]
    both = simulated(impasse, "--against", NAME)
    assert both["against"]["time"] == both["time"]


def test_a_file_states_other_assumptions(impasse, tmp_path):
    (tmp_path / "a.yaml").write_text(
        "format: 1\nper_month: 3\nyears: 2\nstart: 2026-01-05\nstaff: {mediator: 7}\n"
        "stages:\n  signal:\n    work: {median: 4, spread: 0}\n    moves: {withdraw: 1}\n",
        "utf-8",
    )
    told = simulated(impasse, "--assumptions", "a.yaml", "--staff", "mediator=9")
    assert told["assumptions"]["start"] == "2026-01-05"
    assert told["assumptions"]["staff"]["mediator"]["people"] == 9
    signal = told["stages"][0]
    assert signal["time"]["median"] == 4
    assert [e["cases"] for e in told["endings"] if e["name"] == "withdrawn"] == [300]


def test_every_fault_of_a_file_of_assumptions_is_told_with_its_line(impasse, tmp_path):
    (tmp_path / "a.yaml").write_text(
        "format: 1\nstages:\n  signaal:\n    work: {median: 4, spread: 0}\n"
        "  signal:\n    moves: {vlieg: 1}\n    agreed: {shortest: 9, longest: 3}\n",
        "utf-8",
    )
    status, answer, complaint = impasse("workflow", "simulate", NAME, "--assumptions", "a.yaml")
    assert (status, answer) == (2, "")
    assert "a.yaml, regel 3: 'signaal' is geen fase waarin een zaak kan staan" in complaint
    assert "regel 6: mensen kunnen 'vlieg' vanuit deze fase niet doen" in complaint
    assert "regel 7: in deze fase kiezen partijen de laatste dag niet zelf" in complaint
    assert "'longest' is kleiner dan 'shortest' (9)" in complaint


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("format: 1\nper_mont: 3\n", 'regel 2: "per_mont" is onbekend; bedoelt u "per_month"?'),
        ("format: 1\nper_month: -3\n", "regel 2: per_month: schrijf minstens 0.1."),
        ("format: 1\nstart: morgen\n", "regel 2: start: schrijf een bestaande dag"),
        ("format: 1\nstaff: {party: 3}\n", "voor de rol 'party' geldt geen aantal mensen"),
        ("format: 1\nstaff: {baas: 3}\n", "regel 2"),
        (
            "format: 1\nstages: {signal: {work: {median: 0, spread: 1}}}\n",
            "stages.signal.work.median: schrijf minstens 0.1.",
        ),
        ("format: 1\nyears: 2.5\n", "regel 2: years: schrijf een heel getal."),
    ],
)
def test_an_assumption_that_cannot_be_gets_a_sentence(impasse, tmp_path, content, words):
    (tmp_path / "a.yaml").write_text(content, "utf-8")
    status, _, complaint = impasse("workflow", "simulate", NAME, "--assumptions", "a.yaml")
    assert status == 2
    assert words in complaint


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--cases", "0"], "Kies 1 tot en met 1000000 zaken, niet 0."),
        (["--cases", "veel"], "De waarde voor '--cases' kan zo niet"),
        (["--per-month", "0"], "Kies bij --per-month een getal"),
        (["--per-month", "nan"], "Kies bij --per-month een getal"),
        (["--staff", "mediator"], "'mediator' bij --staff is niet te gebruiken"),
        (["--staff", "party=2"], "'party=2' bij --staff is niet te gebruiken"),
        (["--staff", "mediator=2,mediator=3"], "'mediator' staat twee keer bij --staff"),
        (["--picture", "uit.png"], "laat de naam eindigen op .svg"),
        (["--picture", "geen/map.svg"], "niet te schrijven"),
        (["--assumptions", "weg.yaml"], "het bestand is niet te lezen"),
        (["--against", "bestaat-niet"], "Procedure 'bestaat-niet' is er niet"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(impasse, options, words):
    status, answer, complaint = impasse("workflow", "simulate", NAME, "--cases", "50", *options)
    assert (status, answer) == (2, "")
    assert words in complaint
    assert "Traceback" not in complaint


def test_a_picture_tells_its_values_to_who_cannot_see_it(impasse, tmp_path):
    status, _, _ = impasse("workflow", "simulate", NAME, "--cases", "200", "--picture", "uit.svg")
    assert status == 0
    drawing = ET.parse(tmp_path / "uit.svg").getroot()  # noqa: S314 - drawn here
    space = "{http://www.w3.org/2000/svg}"
    labelled = drawing.get("aria-labelledby", "").split()
    assert [drawing.find(f"{space}{tag}").get("id") for tag in ("title", "desc")] == labelled
    described = drawing.find(f"{space}desc").text
    assert "1 Signaal: helft" in described
    assert "termijn 10" in described
    assert "bemiddelaar:" in described


def test_history_counts_when_it_is_asked_for(impasse, tmp_path):
    assert impasse("db", "upgrade")[0] == 0
    told = simulated(impasse, "--from-history")
    assert told["assumptions"]["stages"]["signal"]["work"]["origin"] == "usual"


def test_who_stops_it_hears_that_nothing_was_written(impasse, monkeypatch, tmp_path):
    from impasse.simulation import monte_carlo

    def stopped(*_args, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(monte_carlo, "simulate", stopped)
    status, answer, complaint = impasse(
        "workflow", "simulate", NAME, "--cases", "50", "--picture", "uit.svg"
    )
    assert (status, answer) == (130, "")
    assert "De simulatie is afgebroken; er is niets geschreven." in complaint
    assert not (tmp_path / "uit.svg").exists()


def test_assumptions_may_be_about_either_of_two_versions(impasse, tmp_path):
    from impasse.adapters.files.shipped import shipped

    text = shipped("workflows", f"{NAME}.yaml").read_text("utf-8")
    newer = text.replace("joint_fact_finding", "shared_facts").replace("\nversion: ", "\n#")
    (tmp_path / "newer.yaml").write_text(
        newer.replace("\nlabel:", '\nversion: "99"\nlabel:', 1), "utf-8"
    )
    (tmp_path / "a.yaml").write_text(
        "format: 1\nstages:\n  joint_fact_finding: {work: {median: 4, spread: 0}}\n"
        "  shared_facts: {work: {median: 9, spread: 0}}\n",
        "utf-8",
    )
    told = simulated(impasse, "--against", "newer.yaml", "--assumptions", "a.yaml")
    mine, theirs = (
        next(s for s in one["stages"] if s["name"] == name)
        for one, name in ((told, "joint_fact_finding"), (told["against"], "shared_facts"))
    )
    assert (mine["term"], theirs["term"]) == (40, 40)
    assert mine["time"]["median"] < theirs["time"]["median"]
    assert told["against"]["procedure"] == f"{NAME}@99"


def test_a_procedure_that_was_adopted_is_found_by_name_with_its_history(impasse, tmp_path):
    from impasse.adapters.files.shipped import shipped
    from impasse.adapters.sql.database import open_database
    from impasse.adapters.sql.procedures import AdoptedProcedures

    assert impasse("db", "upgrade")[0] == 0
    text = shipped("workflows", f"{NAME}.yaml").read_text("utf-8")
    path = tmp_path / "eigen.yaml"
    path.write_text(text.replace(f"\nname: {NAME}\n", "\nname: eigen-weg\n"), "utf-8")
    database = open_database(f"sqlite:///{tmp_path / 'impasse.db'}")
    from datetime import UTC, datetime

    AdoptedProcedures(database).adopt(path, by="test", at=datetime(2026, 1, 5, tzinfo=UTC))
    database.dispose()
    words = ["workflow", "simulate", "eigen-weg", "--cases", "50", "--format", "json"]
    status, answer, complaint = impasse(*words, "--from-history")
    assert (status, complaint) == (0, "")
    assert json.loads(answer)["procedure"].startswith("eigen-weg@")
    assert impasse(*words)[0] == 2
