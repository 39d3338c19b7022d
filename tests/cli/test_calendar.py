"""`impasse calendar`: seen, checked, previewed, adopted and deleted from the command line."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from impasse.adapters.files.shipped import shipped

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Impasse

SHIPPED = shipped("config", "calendar.yaml")
CLOSED = SHIPPED.read_text("utf-8").replace(
    "closures: []",
    "closures:\n  - name: {nl: carnaval, en: carnival}\n    source: rooster\n"
    "    days: [2027-02-08]",
)


@pytest.fixture(scope="module")
def _house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from impasse.settings import Settings
    from impasse.wiring import prepare

    file = tmp_path_factory.mktemp("calendar") / "impasse.db"
    prepare(Settings(database_url=f"sqlite:///{file}"))
    return file


@pytest.fixture
def calendar(impasse: Impasse, tmp_path: Path, _house: Path, monkeypatch: pytest.MonkeyPatch):
    """Run `impasse calendar` on a house of this test alone, with a changed file at hand."""
    shutil.copyfile(_house, tmp_path / "impasse.db")
    (tmp_path / "closed.yaml").write_text(CLOSED, "utf-8")
    monkeypatch.setenv("IMPASSE_DATABASE_URL", f"sqlite:///{tmp_path / 'impasse.db'}")

    def run(*arguments: str) -> tuple[int, str, str]:
        return impasse("calendar", *arguments)

    return run


def test_the_shipped_calendar_is_in_force_from_the_start(calendar) -> None:
    status, out, _ = calendar("list", "--format", "json")
    (row,) = json.loads(out)

    assert status == 0
    assert (row["inForce"], row["adoptedBy"]) == (True, "impasse")
    assert "impasse" in calendar("list")[1]


def test_a_year_is_shown_with_the_reason_of_every_day_off(calendar) -> None:
    status, out, _ = calendar("show", "--year", "2027")

    assert status == 0
    assert "vrijdag 7 mei 2027" in out
    assert "Atw art. 3 lid 3" in out
    told = json.loads(calendar("show", "--year", "2024", "--format", "json")[1])
    assert len(told["daysOff"]) == 11
    assert told["recesses"][1]["from"] == "2024-07-05"


def test_a_sound_file_and_a_broken_one_are_told_apart(calendar, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(CLOSED.replace("2027-02-08", "2027-02-30"), "utf-8")

    assert calendar("check", "closed.yaml")[0] == 0
    status, out, _ = calendar("check", "broken.yaml", "--language", "en")
    assert status == 1
    assert "broken.yaml, line" in out
    told = json.loads(calendar("check", "broken.yaml", "--format", "json")[1])
    assert told["sound"] is False
    status, _, complaint = calendar("check", "nowhere.yaml")
    assert status == 2
    assert "nowhere.yaml" in complaint


def test_a_preview_tells_what_differs_and_adopts_nothing(calendar) -> None:
    status, out, _ = calendar("preview", "closed.yaml", "--year", "2027")

    assert status == 0
    assert "Maandag 8 februari 2027 is nu een vrije dag (carnaval)." in out
    assert len(json.loads(calendar("list", "--format", "json")[1])) == 1


def test_adopting_puts_a_calendar_into_force_and_tells_who_did(calendar) -> None:
    dry = json.loads(
        calendar("adopt", "closed.yaml", "--by", "Sam", "--dry-run", "--format", "json")[1]
    )
    assert dry["adopted"] is False
    status, out, _ = calendar("adopt", "closed.yaml", "--by", "Sam")

    assert status == 0
    assert "geldt nu" in out
    first, second = json.loads(calendar("list", "--format", "json")[1])
    assert (first["adoptedBy"], first["inForce"], second["inForce"]) == ("Sam", True, False)
    assert first["version"] == dry["version"]


def test_a_term_is_reckoned_with_the_calendar_in_force(calendar, impasse: Impasse) -> None:
    asked = ("term", "2027-02-05", "3 working days", "--basis", "agreement", "--format", "json")
    before = json.loads(impasse(*asked)[1])
    calendar("adopt", "closed.yaml", "--by", "Sam")
    after = json.loads(impasse(*asked)[1])

    assert (before["end"], after["end"]) == ("2027-02-10", "2027-02-11")
    assert before["calendar_version"] != after["calendar_version"]


def test_a_term_without_a_usable_database_is_reckoned_with_the_file_and_says_so(
    impasse: Impasse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty.db").touch()
    monkeypatch.setenv("IMPASSE_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    status, out, _ = impasse("term", "2027-02-12", "6 weeks")

    assert status == 0
    assert "30 maart 2027" in out
    assert "De database antwoordt niet" in out


def test_a_calendar_in_force_cannot_be_deleted_and_another_can(calendar) -> None:
    (shipped_row,) = json.loads(calendar("list", "--format", "json")[1])
    status, _, complaint = calendar("delete", shipped_row["version"])
    assert status == 1
    assert "geldt nu" in complaint

    calendar("adopt", "closed.yaml", "--by", "Sam")
    assert calendar("delete", shipped_row["version"])[0] == 0
    status, _, complaint = calendar("delete", shipped_row["version"])
    assert status == 1
    assert "niet aangenomen" in complaint


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("adopt", "closed.yaml", "--by", " "), "--by"),
        (("adopt", "closed.yaml", "--by", "Sam\nKees"), "--by"),
        (("adopt", "closed.yaml", "--by", "x" * 61), "--by"),
        (("adopt", "closed.yaml"), "--by"),
        (("show", "--year", "1900"), "1990"),
        (("adopt", "nowhere.yaml", "--by", "Sam"), "nowhere.yaml"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_remedy(calendar, arguments, told) -> None:
    status, _, complaint = calendar(*arguments)

    assert status == 2
    assert told in complaint
