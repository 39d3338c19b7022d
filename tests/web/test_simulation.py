"""The page of a simulation: for the secretariat, with bounds, and the same answer each time."""

from __future__ import annotations

import pytest

from impasse.domain.commands import MakeMove
from impasse.domain.people import Actor, Role
from impasse.simulation.assumptions import ENOUGH


@pytest.fixture
def address(house):
    today = house.calendar.local_day(house.clock())
    procedure = house.procedures.latest("interbestuurlijke-impasse", today)
    return f"/proces/{procedure.name}/{procedure.version}/simulatie"


def test_the_page_asks_first_and_then_shows_picture_tables_and_assumptions(as_, address):
    secretary = as_("sam")
    asked = secretary.get(address)
    assert asked.status_code == 200
    assert "Wat is dit?" in asked.text
    assert "<svg xmlns" not in asked.text
    found = secretary.get(f"{address}?zaken=200&toeval=3&mensen-mediator=4").text
    assert "200 zaken gesimuleerd, toevalsgetal 3" in found
    assert 'class="simulation"' in found
    assert "Belasting en wachtrij per rol" in found
    assert "4 mensen met elk 4 zaken tegelijk" in found
    # Forms are tied to the browser by a token; the rest of the page is the same each time.
    again = secretary.get(f"{address}?zaken=200&toeval=3&mensen-mediator=4").text
    assert again == found


def test_history_can_be_used(as_, address, open_case):
    open_case()
    page = as_("sam").get(f"{address}?zaken=50&historie=ja").text
    assert 'value="ja" checked' in page
    assert "50 zaken gesimuleerd" in page


def test_history_is_asked_for_beforehand_once_a_stage_was_finished_eight_times(
    as_, address, open_case, house
):
    by = Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")
    for _ in range(ENOUGH - 1):
        house.engine.handle(MakeMove(open_case(), "withdraw", note="Zo spraken wij af."), by)
    assert 'value="ja" checked' not in as_("sam").get(address).text
    house.engine.handle(MakeMove(open_case(), "withdraw", note="Zo spraken wij af."), by)
    assert 'value="ja" checked' in as_("sam").get(address).text
    assert 'value="ja" checked' not in as_("sam").get(f"{address}?zaken=50").text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("zaken=2001", "Aantal zaken: kies een heel getal van 1 tot en met 2000."),
        ("zaken=veel", "Aantal zaken: kies een heel getal"),
        ("zaken=10&toeval=-1", "Toevalsgetal: kies een heel getal"),
        ("zaken=10&per-maand=0", "Nieuwe zaken per maand: kies een getal van 0,1"),
        ("zaken=10&mensen-mediator=1,5", "Mensen met rol bemiddelaar: kies een heel getal"),
        ("zaken=%C2%B2", "Aantal zaken: kies een heel getal"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(as_, address, query, words):
    answer = as_("sam").get(f"{address}?{query}")
    assert answer.status_code == 422
    assert words in answer.text
    assert "<svg xmlns" not in answer.text


def test_it_is_for_the_secretariat_and_for_procedures_that_exist(as_, address, browser):
    assert as_("lotte").get(address).status_code == 403
    assert browser.get(address).status_code == 303
    assert as_("sam").get("/proces/bestaat-niet/1/simulatie").status_code == 404


def test_it_can_be_read_in_english(as_, address):
    page = as_("sam").get(f"{address}?zaken=50&taal=en").text
    assert "50 cases simulated, seed 1" in page
    assert "How cases end" in page


def test_the_way_to_it_shows_to_who_may_go_there(as_, address):
    assert f'href="{address}"' in as_("sam").get("/proces").text
    assert f'href="{address}"' not in as_("lotte").get("/proces").text
