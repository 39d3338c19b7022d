"""An operator adopts a new version, rehearses it on the past, and moves the cases that run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from builders import PROCEDURE, SECRETARY, an_opening
from impasse.adapters.sql.people import add_person
from impasse.domain.case import ConfirmationKind
from impasse.domain.commands import Confirm, MakeMove
from impasse.domain.people import Person, Role
from impasse.domain.text import same
from impasse.settings import Settings
from impasse.wiring import build
from versions import text_to_come

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Impasse = Callable[..., tuple[int, str, str]]


SAM, OLD = (
    Person(key, key.title(), same("Secretaris"), "mnre1034", frozenset({Role.SECRETARIAT}), off)
    for key, off in (("sam", False), ("oud", True))
)
RUBEN = Person("ruben", "Ruben", same("Liaison"), "pv27", frozenset({Role.LIAISON_OFFICER}))


@pytest.fixture
def file(impasse: Impasse, tmp_path: Path) -> Path:
    """A house with two cases on the present version, and a file with the version to come."""
    assert impasse("db", "upgrade")[0] == 0
    house = build(Settings())
    try:
        for person in (SAM, RUBEN, OLD):
            add_person(house.database, person)
        for number in range(2):
            case = house.engine.handle(an_opening(number, workflow_version="2"), SECRETARY).subject
        house.engine.handle(MakeMove(case, "start_fact_finding", note="vast"), SECRETARY)
        for party in ("pv27", "gm0363"):
            house.engine.handle(
                Confirm(
                    "IMP-2026-0001".replace("2026", case[4:8]),
                    ConfirmationKind.MIGRATION,
                    party,
                    "brief",
                    f"{PROCEDURE}@3",
                ),
                SECRETARY,
            )
    finally:
        house.close()
    path = tmp_path / "nieuw.yaml"
    path.write_text(text_to_come(), "utf-8")
    return path


def test_a_version_is_rehearsed_adopted_and_migrated_to_and_undone(
    impasse: Impasse, file: Path
) -> None:
    status, answer, _ = impasse(
        "workflow", "rehearse", str(file), "--map", "joint_fact_finding=facts"
    )
    assert status == 0
    assert "interbestuurlijke-impasse@3 zou 0 van 2 zaken hebben veranderd." in answer
    told = json.loads(impasse("workflow", "rehearse", str(file), "--format", "json")[1])
    assert (told["changed"], told["total"]) == (1, 2)
    assert {d["kind"] for d in told["cases"][0]["differences"]} == {"move", "stage"}

    tried = impasse("workflow", "adopt", str(file), "--by", "overleg", "--dry-run")[1]
    assert "zou 1 van 2 zaken hebben veranderd" in tried
    assert impasse("workflow", "adopt", str(file), "--by", "overleg")[0] == 0
    road = ("workflow", "migrate", PROCEDURE, "--from", "2", "--to", "3")
    status, answer, _ = impasse(*road, "--dry-run")
    assert status == 1
    assert "kent de fase 'joint_fact_finding' niet" in answer
    complaint = impasse(*road, "--map", "signal=nergens", "--dry-run")[2]
    assert "--map: interbestuurlijke-impasse@3 kent de fase 'nergens' niet" in complaint
    assert "De termijn was 10 werkdagen en wordt 15 werkdagen" in answer
    assert impasse("workflow", "migrations")[1].startswith("Er is nog geen overstap gepland.")

    status, answer, _ = impasse(
        *road, "--map", "joint_fact_finding=facts", "--by", "sam", "--format", "json"
    )
    assert status == 1
    assert [item["state"] for item in json.loads(answer)["items"]] == ["done", "lacking"]
    status, answer, _ = impasse("workflow", "migrations", "M1")
    assert "Nog niet ingestemd: Noord-Holland, Amsterdam." in answer
    assert "uitgevoerd" in impasse("workflow", "migrations")[1]

    status, answer, _ = impasse("workflow", "migrate", PROCEDURE, "--undo", "M1", "--by", "sam")
    assert (status, "ongedaan gemaakt" in answer) == (0, True)
    assert impasse("audit", "verify")[0] == 0
    status, _, complaint = impasse("workflow", "migrate", PROCEDURE, "--run", "M1", "--by", "sam")
    assert (status, "Maak een nieuw plan" in complaint) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ([], 2, "Kies één ding"),
        (["--from", "2"], 2, "Kies één ding"),
        (["--from", "1", "--to", "2"], 2, "Zeg wie dit doet"),
        (["--undo", "M1", "--run", "M1", "--by", "sam"], 2, "Kies één ding"),
        (["--undo", "M1", "--by", "niemand"], 1, "Gebruiker niemand bestaat niet"),
        (["--from", "1", "--to", "9", "--dry-run"], 1, "niet aangenomen"),
        (["--from", "2", "--to", "1", "--map", "signal", "--dry-run"], 2, "signal=melding"),
        (["--from", "2", "--to", "2", "--dry-run"], 2, "--to: Dit is twee keer"),
    ],
)
def test_what_is_unclear_is_refused_with_what_to_write(
    impasse: Impasse, arguments: list[str], status: int, words: str
) -> None:
    assert impasse("db", "upgrade")[0] == 0
    ended, _, complaint = impasse("workflow", "migrate", PROCEDURE, *arguments)
    assert (ended, words in complaint) == (status, True), complaint


@pytest.mark.parametrize(
    ("by", "words"),
    [
        ("niemand", "Gebruiker niemand bestaat niet"),
        ("oud", "Gebruiker oud is uitgezet"),
        ("ruben", "doet het secretariaat"),
    ],
)
@pytest.mark.usefixtures("file")
def test_only_a_known_secretary_moves_cases_or_takes_them_back(
    impasse: Impasse, by: str, words: str
) -> None:
    road = ("workflow", "migrate", PROCEDURE, "--by", by)
    status, _, complaint = impasse(*road, "--from", "2", "--to", "2")
    assert (status, words in complaint) == (1, True), complaint
    assert impasse(*road, "--undo", "M1")[0] == 1
    assert impasse("workflow", "migrations")[1].startswith("Er is nog geen overstap gepland.")
    unknown = ("--undo", "M9", "--by", "sam")
    assert "Overstap M9 bestaat niet" in impasse("workflow", "migrate", PROCEDURE, *unknown)[2]
