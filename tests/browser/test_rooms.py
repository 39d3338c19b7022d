"""Rooms in a real browser: for everyone, without scripts, and with a file from a disk."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from impasse.wiring import House

pytestmark = pytest.mark.browser

WORD = "Samenwerkingsovereenkomstuitvoeringsverantwoordelijkheid" * 3


@pytest.fixture(scope="module")
def rooms(living: House) -> str:
    """A case with a mediator, and something in every room; return where its rooms are."""
    from impasse.domain.case import Party
    from impasse.domain.commands import Appoint, Contribute, OpenCase, ProposeRelease
    from impasse.domain.people import Actor, Layer, Role
    from impasse.domain.rooms import SHARED, ContributionKind, DocumentFile, Part, Room, RoomKind

    sam = Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")
    lotte = Actor("lotte", "gm0363", frozenset({Role.LIAISON_OFFICER}), "test")
    procedure = living.procedures.latest(
        "interbestuurlijke-impasse", living.calendar.local_day(living.clock())
    )
    parties = (
        Party("gm0363", "Amsterdam", Layer.MUNICIPALITY),
        Party("ws0155", "Amstel, Gooi en Vecht", Layer.WATER_AUTHORITY),
    )
    opening = OpenCase("Waterberging", parties, (), procedure.name, procedure.version)
    case = living.engine.handle(opening, sam).subject
    living.engine.handle(Appoint(case, "mediator", "ben"), sam)
    side, caucus = Room(RoomKind.SIDE, "gm0363"), Room(RoomKind.CAUCUS, "gm0363", "ben")
    file = DocumentFile(f"{WORD[:150]}.pdf", "application/pdf", b"%PDF-1.4")
    for room in (SHARED, side, caucus):
        for command in (
            Contribute(case, room, ContributionKind.NOTE, Part.VIEW, WORD, f"{WORD}\n\nTekst",
                       environmental=True),
            Contribute(case, room, ContributionKind.DOCUMENT, Part.OBJECTIVE, "Nota", file=file),
        ):  # fmt: skip
            living.engine.handle(command, lotte)
    for title in (WORD, "Een voorstel"):
        living.engine.handle(ProposeRelease(case, caucus, "N1", title, WORD, Part.VIEW), lotte)
    return f"/impasses/{case}/kamers"


PLACES = {
    "kamers": "",
    "gedeeld": "/shared",
    "eigen": "/side-gm0363",
    "bijdrage": "/side-gm0363/D2",
    "gelezen": "/side-gm0363/gelezen",
    "geschiedenis": "/side-gm0363/geschiedenis",
    "voorstel": "/caucus-gm0363-6700869c/voorstel/V1",
}


def violations(page) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize(("language", "name"), list(zip(cycle(("nl", "en")), PLACES, strict=False)))
def test_a_room_keeps_nobody_out_who_belongs_there(open_page, rooms, name, language):
    page = open_page(rooms + PLACES[name], "lotte", language=language)
    page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")

    for width, theme in ((1440, "light"), (390, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)
        assert violations(page) == [], f"{theme}, {width} wide"
    for width in (320, 768, 1024, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.faults == []


@pytest.mark.parametrize("scripts", [True, False])
def test_a_document_goes_in_and_comes_out_by_hand(open_page, rooms, tmp_path, scripts):
    file = tmp_path / "Verslag één.txt"
    file.write_text("Wat wij bespraken.")
    page = open_page(f"{rooms}/side-gm0363", "lotte", scripts=scripts)
    page.click("#document > summary")
    page.set_input_files("#document-bestand", file)
    page.click("#document button")

    # Objective or a view was not chosen: the file has to be chosen again, and the page says so.
    assert "Kies het bestand opnieuw." in page.inner_text("#document")
    page.check("#document input[value=objective]")
    page.set_input_files("#document-bestand", file)
    page.click("#document button")
    assert "Document bewaard." in page.inner_text("[role=status]")
    with page.expect_download() as coming:
        page.click("text=Verslag één.txt >> nth=-1")
    assert coming.value.suggested_filename == "Verslag één.txt"
    assert coming.value.path().read_text() == "Wat wij bespraken."


def test_a_wording_is_read_approved_and_shared_without_a_mouse(open_page, rooms):
    page = open_page(f"{rooms}/caucus-gm0363-6700869c/voorstel/V2", "lotte")
    page.focus("#keur-goed input[name=gelezen]")
    page.keyboard.press("Space")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/voorstel/V2?gedaan=goedgekeurd*")

    page.click("dd a")
    assert "Een voorstel" in page.inner_text("article")
    assert "caucus" not in page.content()


def test_searching_begins_in_the_bar_at_the_top(open_page, rooms):
    page = open_page("/impasses", "lotte")
    page.keyboard.press("/")
    page.keyboard.type("een voorstel nota")
    page.keyboard.press("Enter")
    page.wait_for_url("**/zoeken?q=*")
    assert "Niets gevonden." in page.inner_text("main")

    page.fill("#f-q", "waterberging")
    page.keyboard.press("Enter")
    page.wait_for_url("**/zoeken?q=waterberging")
    assert "Waterberging" in page.inner_text(".hits")
    assert violations(page) == []
