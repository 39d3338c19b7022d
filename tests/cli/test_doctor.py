"""`impasse doctor` names the cases that lists and pages cannot show as they are."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, insert, select, update

from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow, WorkflowRow
from impasse.cli import main
from impasse.domain.case import Party
from impasse.domain.commands import OpenCase
from impasse.domain.people import Actor, Layer, Role
from impasse.settings import Settings
from impasse.wiring import build

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PARTIES = (
    Party("gm0363", "Amsterdam", Layer.MUNICIPALITY),
    Party("pv27", "Noord-Holland", Layer.PROVINCE),
)
SECRETARY = Actor("secretary", "mnre1034", frozenset({Role.SECRETARIAT}), "cli")
CASES = table(CaseRow)


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Run a command line in an empty folder; return its status and answer."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("IMPASSE_LANGUAGE", raising=False)

    def run_(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["impasse", *arguments])
        with pytest.raises(SystemExit) as end:
            main.run()
        return int(str(end.value.code)), capsys.readouterr().out

    return run_


@pytest.fixture
def numbers(run: Callable[..., tuple[int, str]]) -> list[str]:
    """Four cases in a fresh database."""
    assert run("db", "upgrade")[0] == 0
    house = build(Settings())
    opening = OpenCase("Wie betaalt de rondweg", PARTIES, (), "interbestuurlijke-impasse", "2")
    numbers = [house.engine.handle(opening, SECRETARY).subject for _ in range(4)]
    house.close()
    return numbers


def change(case: str, **values: str) -> None:
    database = open_database(Settings().database_url)
    with database.begin() as connection:
        connection.execute(update(CASES).where(CASES.c.id == case).values(values))
    database.dispose()


def verdict(answer: str) -> dict[str, object]:
    return next(one for one in json.loads(answer) if one["what"] == "zaken")


def test_all_cases_that_can_be_read_are_well(run, numbers):
    status, answer = run("doctor", "--format", "json")

    assert status == 0
    assert verdict(answer) == {"what": "zaken", "well": True, "words": "4 te lezen"}


def test_a_stage_or_version_that_nobody_knows_is_named_with_a_remedy(run, numbers):
    change(numbers[0], stage="weird")
    change(numbers[1], workflow_version="0.9")

    status, answer = run("doctor", "--format", "json")

    found = verdict(answer)
    assert (status, found["well"]) == (1, False)
    assert found["words"] == (
        f"2 in een onbekende fase of procedure: {numbers[0]} (fase 'weird', "
        f"interbestuurlijke-impasse@2), {numbers[1]} (procedure interbestuurlijke-impasse@0.9). "
        "Zet de juiste versie van de procedure terug met de instelling IMPASSE_WORKFLOWS en "
        "'impasse db upgrade'."
    )


def test_a_tier_or_level_that_nobody_knows_is_named_with_a_remedy(run, numbers, monkeypatch):
    monkeypatch.setenv("IMPASSE_LANGUAGE", "en")
    change(numbers[2], tier="weird")
    change(numbers[3], level="paars")

    status, answer = run("doctor")

    assert status == 1
    assert f"{numbers[2]} (tier 'weird'), {numbers[3]} (level 'paars')" in answer
    assert "put a backup of the database back" in answer


def test_of_many_cases_only_the_first_are_named(run, numbers):
    database = open_database(Settings().database_url)
    with database.begin() as connection:
        row = dict(connection.execute(select(CASES)).mappings().first())
        copies = [row | {"id": f"IMP-2000-{place:04d}"} for place in range(8)]
        connection.execute(insert(CASES), copies)
        connection.execute(delete(table(WorkflowRow)))
    database.dispose()

    words = str(verdict(run("doctor", "--format", "json")[1])["words"])

    assert words.startswith("12 in een onbekende fase of procedure: IMP-2000-0000 (")
    assert " en nog 2. " in words
