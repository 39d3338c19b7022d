"""Openness, keeping and one's own data as people meet them on pages."""

from __future__ import annotations

import html
import json
import re
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import text

from impasse.domain.commands import Contribute, DestroyRoom
from impasse.domain.people import CLOCK, Actor, Role
from impasse.domain.rooms import SHARED, ContributionKind, Part, Room, RoomKind

LIAISON = frozenset({Role.LIAISON_OFFICER})
LOTTE = Actor("lotte", "gm0363", LIAISON, "test")
WANDA = Actor("wanda", "ws0155", LIAISON, "test")


def words(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


@pytest.fixture
def case(house, open_case) -> str:
    number = open_case(reasons=("A1",))
    for who, room, part, said in (
        (WANDA, SHARED, Part.OBJECTIVE, "twaalf kilometer"),
        (WANDA, SHARED, Part.VIEW, "dat is te veel"),
        (LOTTE, Room(RoomKind.SIDE, "gm0363"), Part.VIEW, "ons geheim"),
    ):
        house.engine.handle(
            Contribute(number, room, ContributionKind.NOTE, part, f"Titel: {said}", said), who
        )
    return number


def test_a_party_assesses_item_by_item_and_takes_the_archive_along(as_, case):
    lotte, base = as_("lotte"), f"/impasses/{case}/openbaarheid"
    page = lotte.get(base)
    assert page.status_code == 200
    assert "ons geheim" not in page.text
    objective = words(page.text.split('id="h-objectief"')[1].split("</section>")[0])
    assert "twaalf kilometer" in objective
    assert "te veel" not in objective
    empty = lotte.post(f"{base}/N1", {})
    assert empty.status_code == 422
    assert "Maak een keuze" in empty.text
    refused = {"besluit": "refused", "gronden": "5.2.1", "toelichting": "mening van <b>mij</b>"}
    wrong = lotte.post(f"{base}/N1", refused)
    assert wrong.status_code == 422
    assert "eerste lid, beschermt geen feiten" in words(wrong.text)
    assert "mening van &lt;b&gt;mij" in wrong.text
    assert lotte.post(f"{base}/N1", {"besluit": "full"}).status_code == 303
    assert lotte.post(f"{base}/N2", refused).status_code == 303
    assert "5.2.1" in words(lotte.get(base).text)
    packed = lotte.get(f"{base}/woo.zip")
    with ZipFile(BytesIO(packed.content)) as archive:
        assert "notities/N1.txt" in archive.namelist()
        assert b"mening" not in archive.read("inventaris.html")
    assert lotte.get(f"{base}/N9").status_code == 404
    for person in ("sam", "ben", "pim"):
        assert as_(person).get(f"{base}/N1").status_code == 404
        assert as_(person).get(f"{base}/woo.zip").status_code == 404
    assert "nog niet beoordeeld" in words(as_("wanda").get(base).text)
    assert "nog niet beoordeeld" not in words(as_("sam").get(base).text)


def test_a_signal_is_assessed_by_what_was_seen(as_, house, case):
    lotte, base = as_("lotte"), f"/impasses/{case}/openbaarheid"
    seen = house.indicators.indicator("A1").label.nl

    for address in (base, f"{base}/S1"):
        assert seen in words(lotte.get(address).text)


def test_a_hold_is_placed_and_lifted_on_the_page(as_, case):
    base = f"/impasses/{case}/openbaarheid"
    lotte = as_("lotte")
    nothing = lotte.post(base, {"daad": "bewaarplicht", "kenmerk": "W-1"})
    assert nothing.status_code == 422
    assert 'value="W-1"' in nothing.text
    sent = {"daad": "bewaarplicht", "reden": "Woo-verzoek", "kenmerk": "W-1"}
    assert lotte.post(base, sent).status_code == 303
    page = words(as_("wanda").get(base).text)
    assert "Er geldt een bewaarplicht." in page
    assert "Hef B1 op" not in page
    other = as_("wanda").post(base, {"daad": "hef-op-B1", "reden": "toch niet"})
    assert other.status_code == 403
    assert lotte.post(base, {"daad": "hef-op-B1", "reden": "besluit is er"}).status_code == 303
    late = lotte.post(base, {"daad": "hef-op-B1", "reden": "nog eens"})
    assert late.status_code == 409
    assert "nog eens" in late.text
    assert "Bewaarplicht" in words(lotte.get(f"/impasses/{case}").text)
    assert "The legal hold" in words(lotte.get(f"/impasses/{case}/logboek?taal=en").text)


def test_the_page_says_when_a_room_is_destroyed(house, as_, case):
    with house.database.begin() as connection:
        connection.execute(text("UPDATE cases SET status = 'closed', stage_since = '2026-10-12'"))
    page = words(as_("lotte").get(f"/impasses/{case}/openbaarheid").text)
    assert "vernietigd op dinsdag 12 oktober 2027" in page
    room = words(as_("lotte").get(f"/impasses/{case}/kamers/side-gm0363").text)
    assert "De inhoud wordt vernietigd op dinsdag 12 oktober 2027." in room


def test_pages_of_a_destroyed_case_still_open(house, as_, case, watch, monkeypatch):
    from dataclasses import replace

    from impasse.domain.length import Length
    from impasse.domain.machine import compile_workflow
    from impasse.domain.workflow import KEPT, RoomPolicy

    seen = house.views.case(CLOCK, case)
    found = house.procedures.get(seen.workflow, seen.workflow_version)
    policy = RoomPolicy(keep={**KEPT, RoomKind.SHARED: Length.parse("24 months")})
    changed = compile_workflow(replace(found.workflow, rooms=policy))
    monkeypatch.setattr(house.engine.procedures, "get", lambda *_: changed)
    with house.database.begin() as connection:
        connection.execute(text("UPDATE cases SET status = 'closed', stage_since = '2026-10-12'"))
    watch.move(days=800)
    house.engine.handle(DestroyRoom(case, SHARED), CLOCK)
    lotte = as_("lotte")
    for path in ("", "/logboek", "/logboek.csv", "/kamers", "/openbaarheid", "/kamers/shared"):
        page = lotte.get(f"/impasses/{case}{path}")
        assert page.status_code == 200, path
        assert "twaalf kilometer" not in page.text
    assert "vernietigd" in words(lotte.get(f"/impasses/{case}/logboek").text)
    assert lotte.get("/impasses").status_code == 200


def test_everybody_takes_the_own_data_along(as_, case):
    lotte = as_("lotte")
    page = lotte.get("/profiel/gegevens")
    assert page.status_code == 200
    assert "artikel 17" in words(page.text)
    taken = lotte.get("/profiel/gegevens.json")
    assert "ons geheim" in taken.text
    assert json.loads(taken.text)["person"]["name"] == "Naam van lotte"
    assert "ons geheim" not in as_("wanda").get("/profiel/gegevens.json").text
