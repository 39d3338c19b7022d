"""Openness, keeping and one's own data on the command line."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from impasse.domain.commands import Contribute
from impasse.domain.rooms import SHARED, ContributionKind, Part
from rooms_of_a_case import CITY, CITY_ROOM, PROVINCE, a_dispute

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Impasse


@pytest.fixture
def case(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("IMPASSE_DATABASE_URL", sqlite_url)
    with a_dispute(sqlite_url) as dispute:
        dispute.write(PROVINCE, SHARED, "een feit", part=Part.OBJECTIVE)
        dispute.house.engine.handle(
            Contribute(
                dispute.case_id, CITY_ROOM, ContributionKind.NOTE, Part.VIEW, "Geheim", "geheim"
            ),
            CITY,
        )
        return dispute.case_id


def test_a_government_assesses_and_exports(impasse: Impasse, case: str, tmp_path: Path) -> None:
    by = ("--by", "liaison-stad")
    status, told, _ = impasse("disclosure", "objective-part", case, *by)
    assert (status, "een feit" in told) == (0, True)
    status, _, complaint = impasse(
        "disclosure", "assess", case, "N1", "refused", "--ground", "5.2.1", "--note", "x", *by
    )
    assert status == 2
    assert "5.2, eerste lid" in complaint
    assert impasse("disclosure", "assess", case, "N1", "full", *by)[0] == 0
    assert "openbaar" in impasse("disclosure", "list", case, *by)[1]
    assert impasse("disclosure", "list", case, "--by", "secretary")[0] == 1
    assert "5.1.2.i" in impasse("disclosure", "grounds")[1]
    file = tmp_path / "uit.zip"
    wanted = ("export", "woo", case, "--organisation", "gm0363", "--out", str(file))
    assert impasse(*wanted)[0] == 0
    with ZipFile(file) as archive:
        assert archive.read("notities/N1.txt") == b"Onze ruimte\n\neen feit\n"
        assert not any(b"geheim" in archive.read(name) for name in archive.namelist())
    assert impasse(*wanted, "--by", "liaison-provincie")[0] == 1
    assert impasse("export", "woo", case, "--organisation", "gm9999", "--out", str(file))[0] == 1
    nowhere = tmp_path / "nergens" / "uit.zip"
    assert impasse(*wanted[:-1], str(nowhere))[0] == 2


def test_holds_and_retention(impasse: Impasse, case: str, sqlite_url: str) -> None:
    by = ("--by", "liaison-stad")
    assert impasse("hold", "place", case, "--reason", "Woo", "--reference", "W1", *by)[0] == 0
    assert "W1" in impasse("hold", "list", case, *by)[1]
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE cases SET status = 'closed', stage_since = '2020-01-01'")
    assert json.loads(impasse("retention", "run", "--format", "json")[1])["destroyed"] == 0
    assert impasse("hold", "lift", case, "B1", "--reason", "klaar", *by)[0] == 0
    assert "2021-01-01" in impasse("retention", "list")[1]
    assert json.loads(impasse("retention", "run", "--dry-run", "--format", "json")[1]) == {
        "destroyed": 0,
        "due": 1,
    }
    assert "Vernietigd: 1." in impasse("retention", "run")[1]
    assert impasse("audit", "verify")[0] == 0


def test_somebody_asks_what_is_kept(impasse: Impasse, case: str) -> None:
    status, told, _ = impasse("user", "data", "liaison-stad")
    assert status == 0
    found = json.loads(told)
    assert [one["text"] for one in found["contributions"]] == ["geheim"]
    assert "password_hash" not in told
    assert impasse("user", "data", "niemand")[0] == 1
    # One case and one person read: that would tell of a room.
    status, told, _ = impasse("audit", "reads")
    assert status == 0
    assert "2026" not in told
    assert case not in told
