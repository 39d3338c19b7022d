"""`impasse workflow`: what people and programs read about procedures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from impasse.adapters.files.shipped import shipped
from impasse.adapters.files.workflows import load_workflow
from impasse.cli.workflow import app
from impasse.domain.errors import NotFound, Unreadable

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = shipped("workflows", "interbestuurlijke-impasse.yaml")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


INITIAL = SHIPPED.read_text("utf-8").splitlines().index("initial: signal") + 1


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.yaml"
    text = SHIPPED.read_text("utf-8").replace("initial: signal", "initial: start")
    path.write_text(text.replace("to: resolved\n", "to: solved\n"), "utf-8")
    return path


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of shipped procedures in which versions 2 and 10 came later."""
    for version in ("1", "2", "10"):
        text = SHIPPED.read_text("utf-8").replace('version: "2"', f'version: "{version}"')
        (tmp_path / f"v{version}.yaml").write_text(text, "utf-8")
    monkeypatch.setattr("impasse.adapters.files.shipped.shipped", lambda *_: tmp_path)


def test_a_sound_file_is_answered_with_yes() -> None:
    outcome = run("check", SHIPPED)
    assert outcome.exit_code == 0
    assert outcome.stderr == "In orde.\n"


def test_a_sound_file_gets_a_certificate_of_one_line_for_each_verdict() -> None:
    first, *verdicts = run("check", SHIPPED, "--language", "en").stdout.splitlines()
    assert first.startswith("interbestuurlijke-impasse@2: sound, ")
    assert len(verdicts) == 9
    assert all(line.startswith("  yes  ") for line in verdicts)
    assert any("Always a way to an ending. From each of the" in line for line in verdicts)
    assert any("[signal –" in line for line in verdicts)


def test_programs_read_the_whole_certificate() -> None:
    told = json.loads(run("check", SHIPPED, "--format", "json").stdout)
    [certificate] = told["certificates"]
    assert (told["sound"], certificate["sound"]) == (True, True)
    assert certificate["content_hash"] == load_workflow(SHIPPED).content_hash
    assert certificate["states"] == len(certificate["positions"])
    assert len(certificate["fingerprint"]) == 64


def test_a_problem_that_only_shows_somewhere_is_told_with_the_way_there(tmp_path: Path) -> None:
    closed = tmp_path / "closed.yaml"
    closed.write_text(CLOSED, "utf-8")
    outcome = run("check", closed)
    assert outcome.exit_code == 1
    sentence, way = outcome.stdout.splitlines()
    line = CLOSED.splitlines().index("    guards: {required: [settlement_text_recorded]}") + 1
    assert sentence.startswith(f"{closed}:{line}: aan 'Tekst van de uitkomst vastgelegd' is nooit")
    assert way == "    [talks –finish→ done]"
    told = json.loads(run("check", closed, "--format", "json").stdout)
    assert told["problems"][0]["witness"] == [["talks", "finish", "done"]]
    assert told["certificates"][0]["sound"] is False


CLOSED = """\
format: 1
name: dispute
version: "1"
label: {nl: Geschil, en: Dispute}
description: {nl: Geschil., en: Dispute.}
initial: talks
stages:
  talks:
    label: {nl: Praten, en: Talks}
    purpose: {nl: Horen., en: Hear.}
    owner: secretariat
    term:
      length: 2 weeks
      basis: agreement
      on_expiry: [{after: 0 working days, notify: [party]}]
  done:
    kind: ending
    label: {nl: Klaar, en: Done}
    purpose: {nl: Afgerond., en: Finished.}
transitions:
  - trigger: finish
    label: {nl: Rond af, en: Finish}
    from: [talks]
    to: done
    roles: [secretariat]
  - trigger: reopen
    label: {nl: Heropen, en: Reopen}
    from: [done]
    to: talks
    roles: [secretariat]
    guards: {required: [settlement_text_recorded]}
"""


def test_every_problem_is_told_with_file_and_line(broken: Path) -> None:
    outcome = run("check", SHIPPED, broken)
    assert outcome.exit_code == 1
    first, second, *certificate = outcome.stdout.splitlines()
    assert certificate[0].startswith("interbestuurlijke-impasse@2: klopt")
    assert first.startswith(
        f"{broken}:{INITIAL}: beginfase 'start' bestaat niet; kies een van: signal,"
    )
    assert f"{broken}:" in second
    assert "fase 'solved' bestaat niet" in second


def test_programs_read_the_same_problems(broken: Path) -> None:
    outcome = run("check", broken, "--format", "json", "--language", "en")
    assert outcome.exit_code == 1
    told = json.loads(outcome.stdout)
    assert told["sound"] is False
    assert [sorted(problem) for problem in told["problems"]] == [
        ["file", "line", "text", "witness"]
    ] * 2
    assert told["problems"][0]["line"] == INITIAL
    assert "initial stage 'start' does not exist" in told["problems"][0]["text"]


def test_a_file_that_cannot_be_read_is_wrong_usage_and_hides_no_other(
    broken: Path, tmp_path: Path
) -> None:
    outcome = run("check", tmp_path / "nothing.yaml", broken)
    assert outcome.exit_code == 2
    assert "nothing.yaml" in outcome.stderr
    assert len(outcome.stdout.splitlines()) == 2


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"", 1, "leeg"),
        (b"# niets\n\n", 1, "leeg"),
        (b"a: 1\nb: " + b"[" * 5000, 2, "te diep"),
        (b"a: 1\nb: 2\nc: \0\n", 3, "stuurteken"),
        (b"a: 1\nb: [1\n", 3, "geen geldige YAML"),
    ],
    ids=["empty", "a remark", "bottomless", "NUL", "unclosed"],
)
def test_a_file_without_values_has_a_line_to_go_to_as_well(
    tmp_path: Path, content: bytes, line: int, words: str
) -> None:
    file = tmp_path / "odd.yaml"
    file.write_bytes(content)

    outcome = run("check", file)

    assert outcome.exit_code == 1
    assert outcome.stdout.startswith(f"{file}:{line}: ")
    assert words in outcome.stdout
    assert outcome.stdout.count("\n") == 1


def test_the_language_follows_the_environment(
    broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPASSE_LANGUAGE", "en")
    assert "does not exist" in run("check", broken).stdout
    assert "bestaat niet" in run("check", broken, "--language", "nl").stdout


def test_a_procedure_is_shown_as_tables() -> None:
    shown = run("show", "interbestuurlijke-impasse").stdout
    assert "Interbestuurlijke impasse (interbestuurlijke-impasse@2)" in shown
    for words in (
        "10 werkdagen",
        "afspraak",
        "5 directeuren, 15 overhedenoverleg",
        "Opgelost (einde)",
        "Afgesproken pauze → terug waar de zaak was",
        "vereist: Ten minste twee overheden genoemd",
        "aanbevolen: Alle partijen gehoord; Behandelaar aangewezen",
        "met een reden",
    ):
        assert words in shown
    assert "At turn" in run("show", SHIPPED, "--language", "en").stdout


def test_programs_read_the_whole_procedure() -> None:
    told = json.loads(run("show", SHIPPED, "--format", "json").stdout)
    assert told["name"] == "interbestuurlijke-impasse"
    assert len(told["content_hash"]) == 64
    assert [stage["name"] for stage in told["stages"]][:2] == ["signal", "joint_fact_finding"]
    assert told["stages"][0]["term"]["on_expiry"][1] == {
        "after": "5 working days",
        "tier": "directors",
        "notify": ["secretariat", "party"],
        "trigger": None,
    }
    assert told["stages"][-1]["term"] is None
    assert told["transitions"][0]["guards"]["required"] == ["two_governments"]


@pytest.mark.usefixtures("newer")
def test_without_a_version_the_newest_is_meant() -> None:
    assert "impasse@10)" in run("show", "interbestuurlijke-impasse").stdout
    assert "impasse@2)" in run("show", "interbestuurlijke-impasse@2").stdout


def test_a_procedure_that_is_not_there_is_answered_with_those_that_are() -> None:
    outcome = run("show", "interbestuurlijke-impasse@7")
    assert isinstance(outcome.exception, NotFound)
    assert "interbestuurlijke-impasse@2" in outcome.exception.text.en


def test_a_drawing_goes_to_the_screen_or_to_a_file(tmp_path: Path) -> None:
    drawn = run("graph", "interbestuurlijke-impasse").stdout
    assert drawn.startswith("<svg ")
    out = tmp_path / "graph.svg"
    assert run("graph", "interbestuurlijke-impasse", "--out", out).stdout == ""
    assert out.read_text("utf-8") == drawn
    mermaid = run("graph", SHIPPED, "--as", "mermaid", "--language", "en").stdout
    assert mermaid.startswith("stateDiagram-v2")
    assert "1 Signal" in mermaid


@pytest.mark.parametrize(
    ("name", "asked", "begins"),
    [
        ("graph.svg", (), "<svg "),
        ("GRAPH.SVG", ("--as", "svg"), "<svg "),
        ("graph.mmd", (), "stateDiagram-v2"),
        ("graph.md", (), "stateDiagram-v2"),
        ("graph.txt", ("--as", "mermaid"), "stateDiagram-v2"),
    ],
)
def test_the_name_of_the_file_says_what_is_drawn(
    tmp_path: Path, name: str, asked: tuple[str, ...], begins: str
) -> None:
    out = tmp_path / name
    assert run("graph", SHIPPED, "--out", out, *asked).exit_code == 0
    assert out.read_text("utf-8").startswith(begins)


@pytest.mark.parametrize(
    ("name", "asked", "remedy"),
    [
        ("graph.png", (), "let its name end in .svg, or for mermaid in .mmd, .md or .txt"),
        ("graph", ("--as", "svg"), "let its name end in .svg"),
        ("graph.svg", ("--as", "mermaid"), "let it end in .mmd or .md or .txt, or choose --as svg"),
        ("graph.md", ("--as", "svg"), "let it end in .svg, or choose --as mermaid"),
    ],
)
def test_a_file_whose_name_promises_another_picture_is_not_written(
    tmp_path: Path, name: str, asked: tuple[str, ...], remedy: str
) -> None:
    out = tmp_path / name
    outcome = run("graph", SHIPPED, "--out", out, *asked)
    assert isinstance(outcome.exception, Unreadable)
    assert remedy in outcome.exception.text.en
    assert not out.exists()


def test_a_drawing_that_cannot_be_written_says_why(tmp_path: Path) -> None:
    outcome = run("graph", SHIPPED, "--out", tmp_path / "nowhere" / "graph.svg")
    assert isinstance(outcome.exception, Unreadable)
    assert "cannot be written" in outcome.exception.text.en


def test_editors_get_the_schema() -> None:
    assert json.loads(run("schema").stdout)["title"] == "Procedure van impasse"
