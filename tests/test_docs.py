"""The documentation tells the truth: all is described, links lead somewhere, and commands work."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from datetime import UTC, date, datetime, time
from importlib import import_module
from pathlib import Path

import pytest
from typer.main import get_command

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^()\s]+)\)")
EXECUTED = [
    "README.md",
    "guide/beheer.md",
    "how-to/eerste-beheerder.md",
    "how-to/eigen-procedure.md",
    "reference/history.md",
]


def page(name):
    return (ROOT if name == "README.md" else DOCS).joinpath(name).read_text("utf-8")


def clean_environment(**more):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("IMPASSE_")}
    return kept | {"PYTHONPATH": str(ROOT / "src")} | more


def impasse(words, folder):
    return subprocess.run(
        [sys.executable, "-m", "impasse", *words],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )


# ---- everything is described


def test_generated_pages_are_up_to_date():
    checked = subprocess.run(
        [sys.executable, "-m", "impasse.cli.reference", "--check"],
        env=clean_environment(IMPASSE_LANGUAGE="en"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")


def test_pages_that_are_out_of_date_are_named_and_then_written(tmp_path, monkeypatch, capsys):
    from impasse.cli import reference

    monkeypatch.setattr(reference, "DOCS", tmp_path)
    monkeypatch.setattr(reference, "pages", lambda: {"reference/settings.md": "new\n"})

    assert reference.main(["--check"]) == 1
    assert "docs/reference/settings.md is out of date: run 'make docs'" in capsys.readouterr().err

    assert reference.main([]) == 0
    assert (tmp_path / "reference" / "settings.md").read_text("utf-8") == "new\n"
    assert reference.main(["--check"]) == 0


def test_the_writer_of_pages_says_how_it_is_called_and_where(tmp_path, monkeypatch, capsys):
    from impasse.cli import reference

    assert reference.main(["--help"]) == 2
    monkeypatch.setattr(reference, "DOCS", tmp_path / "nowhere")
    assert reference.main([]) == 2
    assert "run this in a checkout" in capsys.readouterr().err


def test_every_command_has_a_heading():
    headings = set(re.findall(r"^##+ `(impasse .+)`$", page("reference/cli.md"), re.MULTILINE))
    assert headings == set(commands())


def commands():
    """Yield the name of every command and group, as the command line itself knows them."""
    top = get_command_line()
    context = top.make_context("impasse", [], resilient_parsing=True)
    for name in top.list_commands(context):
        _, found, _ = top.resolve_command(context, [name])
        yield from below(f"impasse {name}", found)


def below(name, command):
    """Yield *name* and the names of all that stands below it, however deep."""
    yield name
    for member, found in getattr(command, "commands", {}).items():
        yield from below(f"{name} {member}", found)


def get_command_line():
    from impasse.cli.main import app

    return get_command(app)


def test_every_setting_is_described_and_stands_in_the_example_with_its_default():
    from impasse.settings import Settings

    described = page("reference/settings.md")
    example = (ROOT / "config" / "impasse.example.toml").read_text("utf-8")
    set_there = tomllib.loads(example)
    for name, field in Settings.model_fields.items():
        assert f"| `{name}` | `IMPASSE_{name.upper()}` |" in described
        assert re.search(rf"^(# )?{name} = ", example, re.MULTILINE), name
        assert field.default is None or set_there[name] == field.default


def test_every_stage_of_the_shipped_procedure_is_in_the_guide_with_its_term():
    from impasse.adapters.files.shipped import shipped
    from impasse.adapters.files.workflows import load_workflow

    guide = page("guide/zaak-verder-brengen.md")
    workflow = load_workflow(shipped("workflows", "interbestuurlijke-impasse.yaml"))
    for stage in workflow.numbered:
        length = stage.term.rule.length.text.nl
        assert f"| {stage.number} {stage.label.nl} | {length} |" in guide


def test_every_guard_and_role_is_in_the_page_of_the_workflow_file():
    from impasse.domain.guards import GUARD_LABELS
    from impasse.domain.people import Role

    described = page("reference/workflow-file.md")
    for name, label in GUARD_LABELS.items():
        assert f"| `{name}` | {label.nl} |" in described
    for role in Role:
        assert f"| `{role.value}` |" in described


def test_every_path_of_the_api_is_described(tmp_path):
    from starlette.testclient import TestClient

    from impasse.api.app import create_api
    from impasse.settings import Settings
    from impasse.wiring import build

    house = build(Settings(database_url=f"sqlite:///{tmp_path / 'impasse.db'}"))
    try:
        told = TestClient(create_api(house)).get("/openapi.json").json()["paths"]
    finally:
        house.close()
    described = page("reference/api-paths.md")
    for path, methods in told.items():
        for method in methods.keys() & {"get", "post", "put", "patch", "delete"}:
            assert f"| `{method.upper()}` | `/api/v1{path}` |" in described


def test_every_noun_of_the_glossary_is_on_its_page():
    from impasse.api.glossary import GLOSSARY

    for entry in GLOSSARY:
        assert f"`{entry.identifier}`" in page("glossary.md")


def test_every_noun_names_a_file_a_table_a_path_and_a_page_that_exist():
    from impasse.adapters.sql import tables
    from impasse.api.app import ROUTERS
    from impasse.api.glossary import NOUNS
    from impasse.web.app import MODULES

    kept = tables.SQLModel.metadata.tables.keys()
    roads = {re.sub(r"\{\w+\}", "{id}", r.path).strip("/") for x in ROUTERS for r in x.routes}
    pages = {p.path for name in MODULES for p in import_module(f"impasse.web.{name}").PAGES}
    for noun in NOUNS:
        places = [ROOT / "src" / "impasse" / noun.module, ROOT / noun.module]
        assert any(place.is_file() for place in places), noun.name
        assert not noun.table or noun.table in kept, noun.name
        assert not noun.api or noun.api in roads, noun.name
        assert not noun.page or noun.page in pages, noun.name


def test_a_glossary_that_cannot_be_used_is_refused_with_line_and_remedy(tmp_path):
    from impasse.adapters.files.glossary import load_glossary
    from impasse.domain.errors import Unreadable

    noun = "{noun: case, nl: zaak, en: case, meaning: {nl: a, en: b}, module: domain/case.py}"
    file = tmp_path / "glossary.yaml"
    file.write_text(f"nouns:\n  - {noun}\n  - {noun}\n", "utf-8")
    with pytest.raises(Unreadable, match=r'glossary.yaml, line 3: "case" stands here already'):
        load_glossary(file)
    file.write_text("nouns:\n  - {noun: case, dutch: zaak}\n", "utf-8")
    with pytest.raises(Unreadable, match='"dutch" is unknown'):
        load_glossary(file)


def test_the_columns_of_the_register_are_described_in_their_order():
    from impasse.adapters.files.organisations import HEADER
    from impasse.domain.people import Layer

    described = page("reference/organisations.md")
    rows = re.findall(r"^\| `(\w+)` \|", described, re.MULTILINE)
    assert tuple(rows) == HEADER
    assert all(f"`{layer.value}`" in described for layer in Layer)


def test_the_dispute_of_the_tour_is_on_the_board_of_the_demonstration():
    running = (ROOT / "config" / "demonstration" / "running.yaml").read_text("utf-8")
    assert "Wie betaalt de rondweg om Nieuw-Stroomdam?" in page("README.md")
    assert "Wie betaalt de rondweg om Nieuw-Stroomdam?" in running


# ---- links and places


@pytest.mark.parametrize("source", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file(source):
    words = FENCE.sub("", source.read_text("utf-8"))
    for target in LINK.findall(words):
        if not re.match(r"[a-z]+:|#", target):
            file, _, anchor = target.partition("#")
            found = source.parent / file
            assert found.exists(), target
            assert not anchor or anchor in anchors(found), target


def anchors(source):
    """Return the anchors that GitHub and most other readers make of headings."""
    headings = re.findall(r"^#+ (.+)$", source.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def test_no_page_names_a_place_of_one_machine_or_an_address_of_a_registry():
    for source in PAGES:
        words = source.read_text("utf-8")
        assert not re.search(r"(?<![\w.])/(root|home|work|tmp|Users)/", words), source
        assert not re.search(r"pypi\.org|pythonhosted|npmjs|docker\.io|ghcr\.io", words), source


# ---- commands


def command_lines(words):
    """Yield the `impasse` command lines in the fences of a page, with the kind of fence."""
    for kind, block in FENCE.findall(words):
        if kind in {"", "console", "sh"}:
            for line in block.splitlines():
                bare = re.sub(r"^(\w+=\S+ +)+", "", line.strip().removeprefix("$ "))
                bare = re.sub(r"^(\.venv/bin/)?impasse ", "impasse ", bare)
                asks = line.strip().startswith("$ ") or kind != "console"
                if asks and bare.startswith("impasse "):
                    yield kind, shlex.split(bare.partition(" > ")[0], comments=True)[1:]


@pytest.mark.parametrize("source", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_line_on_a_page_can_be_read(source):
    for _, words in command_lines(source.read_text("utf-8")):
        parse(words)


def parse(words):
    """Read *words* as the command line would, and run nothing."""
    command, name, parent = get_command_line(), "impasse", None
    while True:
        context = command.make_context(name, list(words), parent=parent)
        if not hasattr(command, "commands"):
            return
        rest = [*context._protected_args, *context.args]
        (name, command, words), parent = command.resolve_command(context, rest), context


def test_a_command_line_that_is_wrong_would_be_noticed():
    for words in (["workflow", "graph", "x", "--ot", "y"], ["term", "a", "b", "--basis", "c"]):
        with pytest.raises(Exception, match=r"--ot|basis|'c'"):
            parse(words)


@pytest.mark.parametrize("name", EXECUTED)
def test_the_commands_of_a_page_work_from_top_to_bottom(name, tmp_path):
    for folder in ("config", "workflows"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copytree(ROOT / "workflows", tmp_path / "procedures")
    assert impasse(["db", "upgrade"], tmp_path).returncode == 0

    for kind, words in command_lines(page(name)):
        if kind == "console" and words[0] != "serve":
            done = impasse(words, tmp_path)
            assert done.returncode == 0, f"{shlex.join(words)}: {done.stderr}"
            assert done.stdout or "--out" in words or words[:2] == ["workflow", "check"]


def test_a_procedure_of_ones_own_is_adopted_beside_the_first(tmp_path):
    from impasse.settings import Settings
    from impasse.wiring import PROCEDURE, build, prepare

    database = f"sqlite:///{tmp_path / 'impasse.db'}"
    prepare(Settings(database_url=database))
    shipped = ROOT / "workflows" / "interbestuurlijke-impasse.yaml"
    changed = re.sub(
        r'^version: "2"', 'version: "3"', shipped.read_text("utf-8"), flags=re.MULTILINE
    )
    (tmp_path / shipped.name).write_text(changed.replace("8 weeks", "6 weeks"), "utf-8")
    settings = Settings(database_url=database, workflows=tmp_path)
    prepare(settings)

    house = build(settings)
    try:
        today = house.calendar.local_day(house.clock())
        versions = house.procedures.versions(today)
        assert {one.version for one in versions if one.name == PROCEDURE} == {"2", "3"}
        assert house.procedures.latest(PROCEDURE, today).version == "3"
    finally:
        house.close()


# ---- the chain, reckoned by hand


def verify_by_hand(folder):
    [script] = [block for kind, block in FENCE.findall(page("reference/history.md"))
                if kind == "python"]  # fmt: skip
    return subprocess.run(
        [sys.executable, "-I", "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_chain_can_be_verified_by_hand_as_the_page_says(tmp_path):
    import sqlite3

    from impasse.domain.case import Party
    from impasse.domain.commands import OpenCase, PlanMeeting, RecordEvent
    from impasse.domain.people import Actor, Layer, Role
    from impasse.settings import Settings
    from impasse.wiring import PROCEDURE, build, prepare

    moment = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'impasse.db'}")
    prepare(settings)
    house = build(settings, clock=lambda: moment)
    secretary = Actor("anna", "mnre1034", frozenset({Role.SECRETARIAT}), "web")
    parties = (
        Party("gm0363", "gemeente Amsterdam", Layer.MUNICIPALITY),
        Party("pv27", "provincie Noord-Holland", Layer.PROVINCE),
    )
    try:
        opened = house.engine.handle(
            OpenCase("Wie onderhoudt de brug?", parties, (), PROCEDURE, "2"), secretary
        )
        house.engine.handle(
            RecordEvent(opened.subject, "Een brief: “geen geld”.", date(2026, 9, 4)), secretary
        )
        house.engine.handle(
            PlanMeeting(date(2026, 12, 10), time(13), time(15), "Den Haag", date(2026, 12, 3)),
            secretary,
        )
    finally:
        house.close()

    whole = verify_by_hand(tmp_path)
    assert (whole.returncode, whole.stderr) == (0, "")
    assert whole.stdout.endswith("regels kloppen\n")

    with sqlite3.connect(tmp_path / "impasse.db") as database:
        database.execute(
            "UPDATE entries SET content = replace(content, 'geen geld', 'wel geld') WHERE seq > 1"
        )
    database.close()
    assert verify_by_hand(tmp_path).returncode == 1
