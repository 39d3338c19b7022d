"""An operator reckons every term again from history, and sees who kept a case waiting."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

import pytest

from impasse.domain.case import Party
from impasse.domain.commands import OpenCase, SignalReport
from impasse.domain.people import Actor, Layer, Role
from impasse.domain.signals import Reliability
from impasse.settings import Settings
from impasse.wiring import build

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Impasse = Callable[..., tuple[int, str, str]]

SECRETARY = Actor("secretary", "mnre1034", frozenset({Role.SECRETARIAT}), "cli")


@pytest.fixture
def case(impasse: Impasse) -> str:
    """A database with one case."""
    assert impasse("db", "upgrade")[0] == 0
    house = build(Settings())
    try:
        day = house.calendar.local_day(house.clock())
        opening = OpenCase(
            "Wie betaalt de rondweg",
            (
                Party("gm0363", "gemeente Amsterdam", Layer.MUNICIPALITY),
                Party("pv27", "provincie Noord-Holland", Layer.PROVINCE),
            ),
            (SignalReport("G1", Reliability.DOCUMENT, "gm0363", day),),
            "interbestuurlijke-impasse",
            house.procedures.latest("interbestuurlijke-impasse", day).version,
        )
        return house.engine.handle(opening, SECRETARY).subject
    finally:
        house.close()


def change(folder: Path, statement: str) -> None:
    """Do what nobody should: change the database behind our back."""
    with sqlite3.connect(folder / "impasse.db") as database:
        database.execute(statement)


def test_terms_are_reckoned_again_and_one_that_was_changed_is_named(
    impasse: Impasse, case: str, tmp_path: Path
) -> None:
    status, told, _ = impasse("audit", "terms")
    assert status == 0
    assert told.endswith("1 gelijk tot op de byte, 0 anders, 0 niet na te rekenen.\n")

    change(tmp_path, "UPDATE terms SET \"end\" = '2031-01-02'")
    status, told, _ = impasse("audit", "terms", case)
    assert status == 1
    assert f"{case}, fase signal: bewaard einde 2031-01-02, uit de geschiedenis 20" in told
    assert "anders bewaard: end (regel 1)." in told
    status, told, _ = impasse("audit", "terms", "--format", "json")
    [one] = json.loads(told)["differing"]
    assert (status, one["case"], one["storedEnd"], one["entry"]) == (1, case, "2031-01-02", 1)


def test_a_history_that_is_older_than_calendar_versions_is_named_without_blame(
    impasse: Impasse, case: str, tmp_path: Path
) -> None:
    change(
        tmp_path,
        "UPDATE entries SET content = json_remove(content, '$.calendar') "
        "WHERE action = 'case_opened'",
    )
    status, told, _ = impasse("audit", "terms")
    assert status == 0
    assert f"{case}, fase signal: niet na te rekenen; de geschiedenis is van voor" in told

    change(tmp_path, "UPDATE entries SET content = '{]' WHERE action = 'case_opened'")
    status, told, _ = impasse("audit", "terms")
    assert status == 1
    assert f"{case}, regel 1 (case_opened): 'workflow' is onleesbaar." in told


def test_the_ledger_of_a_case_is_shown_with_its_clocks(impasse: Impasse, case: str) -> None:
    status, told, _ = impasse("audit", "ledger", case)
    assert status == 0
    assert told.startswith(f"{case}: Er is nog geen dag voorbij.\n  - Reactie: Nog geen antwoord")
    status, told, _ = impasse("audit", "ledger", case, "--format", "json")
    assert (json.loads(told)["days"], len(json.loads(told)["clocks"])) == (0, 4)

    for command in ("terms", "ledger"):
        status, _, complaint = impasse("audit", command, "IMP-2026-9999")
        assert status == 1
        assert "IMP-2026-9999 bestaat niet" in complaint
