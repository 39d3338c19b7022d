"""A move that takes two people, on the page: one confirms, another makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from impasse.adapters.files.shipped import shipped
from impasse.adapters.sql.people import add_person
from impasse.domain.people import Person, Role
from impasse.domain.text import same

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def with_two(house, tmp_path: Path, watch):
    """A version of the procedure in which to withdraw takes two people, and a second secretary."""
    text = shipped("workflows", "interbestuurlijke-impasse.yaml").read_text("utf-8")
    text = text.replace('version: "2"', 'version: "2-vier-ogen"').replace(
        "  - trigger: withdraw\n", "  - trigger: withdraw\n    four_eyes: true\n"
    )
    file = tmp_path / "four.yaml"
    file.write_text(text, "utf-8")
    house.procedures.adopt(file, by="test", at=watch())
    add_person(
        house.database,
        Person("siem", "Siem", same("Tweede secretaris"), "mnre1034",
               frozenset({Role.SECRETARIAT}), organ="minister"),
        demonstration=True,
    )  # fmt: skip


@pytest.mark.usefixtures("with_two")
def test_one_confirms_and_another_makes_the_move(as_, open_case):
    case = open_case()
    sam, siem = as_("sam"), as_("siem")
    page = sam.get(f"/impasses/{case}/fase?zet=withdraw").text
    assert "Bevestigd door een ander" in page
    assert "zijn twee mensen nodig" in page

    refused = sam.post(f"/impasses/{case}/fase", {"zet": "withdraw", "toelichting": "klaar"})
    assert refused.status_code == 422
    assert "zijn twee mensen nodig" in refused.text
    done = sam.post(f"/impasses/{case}/bevestigen", {"soort": "four_eyes", "waarmee": "withdraw"})
    assert done.status_code == 303

    mine = sam.get(f"/impasses/{case}/fase?zet=withdraw").text
    assert "zelf. Nu moet een ander de stap zetten." in mine
    assert "Bevestig deze stap" not in mine
    english = sam.get(f"/impasses/{case}/fase?zet=withdraw&taal=en").text
    assert "Now somebody else has to make" in english
    again = sam.post(f"/impasses/{case}/bevestigen", {"soort": "four_eyes", "waarmee": "withdraw"})
    assert again.status_code == 409

    assert siem.post(
        f"/impasses/{case}/fase", {"zet": "withdraw", "toelichting": "klaar"}
    ).status_code == 303  # fmt: skip
    assert "Tweede secretaris, minister, " in siem.get(f"/impasses/{case}?taal=nl").text


@pytest.mark.usefixtures("with_two")
def test_who_takes_no_part_confirms_nothing_and_learns_nothing(as_, open_case):
    case = open_case()

    answer = as_("pim").post(
        f"/impasses/{case}/bevestigen", {"soort": "four_eyes", "waarmee": "withdraw"}
    )

    assert answer.status_code == 404


def test_an_umbrella_body_stands_in_the_list_as_what_it_is(as_, open_case):
    case = open_case(parties=("gm0363", "pv27", "x-vng"))

    assert "vertegenwoordigt leden, bindt hen niet" in as_("sam").get(f"/impasses/{case}").text


@pytest.mark.usefixtures("with_two")
def test_what_one_confirmed_waits_in_the_work_of_the_other(as_, open_case):
    case = open_case()
    sam, siem = as_("sam"), as_("siem")
    sam.post(f"/impasses/{case}/bevestigen", {"soort": "four_eyes", "waarmee": "withdraw"})
    asked = "Kijk mee met de stap"
    assert asked not in sam.get("/mijn-werk").text
    page = siem.get(f"/mijn-werk?taak=stap-{case}-withdraw").text
    assert asked in page
    assert f'href="/impasses/{case}/fase?zet=withdraw"' in page
    assert asked not in as_("pim").get("/mijn-werk").text
