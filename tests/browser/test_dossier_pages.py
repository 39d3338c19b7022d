"""The dossier and the overleg in a real browser: for everyone, with and without scripts."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.browser

WINDPARK, YOUTH, DYKE, PAUSED, LONG = (
    "IMP-2026-0001",
    "IMP-2026-0002",
    "IMP-2026-0003",
    "IMP-2026-0007",
    "IMP-2026-0008",
)
PAGES = {
    "te-laat": (f"/impasses/{WINDPARK}", "sam"),
    "partij": (f"/impasses/{DYKE}", "lotte"),
    "pauze": (f"/impasses/{PAUSED}", "sam"),
    "lang": (f"/impasses/{LONG}", "sam"),
    "lang-logboek": (f"/impasses/{LONG}/logboek", "sam"),
    "lang-fase": (f"/impasses/{LONG}/fase", "sam"),
    "lang-werk": (f"/impasses/{LONG}/werk/2-statement-3", "sam"),
    "lang-partij": (f"/impasses/{LONG}/partij?zoek=almere", "sam"),
    "logboek": (f"/impasses/{WINDPARK}/logboek", "sam"),
    "fase": (f"/impasses/{DYKE}/fase", "sam"),
    "nieuwe-partij": (f"/impasses/{DYKE}/partij?zoek=almere", "sam"),
    "overleggen": ("/overleg", "sam"),
    "overleg": ("/overleg/2026-11-05", "sam"),
    "overleg-partij": ("/overleg/2026-11-05", "lotte"),
}


@pytest.fixture(scope="session", autouse=True)
def _on_the_agenda(living) -> None:
    """One case stands on the agenda of the meeting, one is proposed."""
    from impasse.domain.commands import DecideCandidate, RaiseTier
    from impasse.domain.people import Actor, Role
    from impasse.domain.tier import Tier

    sam = Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")
    for case in (DYKE, YOUTH):
        command = RaiseTier(case, Tier.OVERHEDENOVERLEG, "Partijen komen er niet uit.")
        living.engine.handle(command, sam)
    candidate = living.views.case(sam, DYKE).candidate
    living.engine.handle(
        DecideCandidate(DYKE, candidate, accepted=True, meeting="2026-11-05", minutes=20), sam
    )


def violations(page) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def open_all(page) -> None:
    page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")


@pytest.mark.parametrize(
    ("width", "theme", "language"), [(1440, "light", "nl"), (390, "dark", "en")]
)
@pytest.mark.parametrize("name", list(PAGES))
def test_axe_finds_nothing(open_page, name, width, theme, language):
    path, person = PAGES[name]
    page = open_page(path, person, width=width, theme=theme, language=language)
    open_all(page)

    assert violations(page) == []
    assert page.faults == []


@pytest.mark.parametrize("name", list(PAGES))
def test_no_page_is_wider_than_the_screen(open_page, name):
    path, person = PAGES[name]
    page = open_page(path, person, language="en")
    open_all(page)
    wide = []
    for width in (320, 390, 768, 1024, 1280, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(width)

    assert wide == []


@pytest.mark.parametrize("name", ["te-laat", "overleg"])
def test_text_may_be_set_wider(open_page, name):
    """The spacing of WCAG 1.4.12 breaks nothing."""
    path, person = PAGES[name]
    page = open_page(path, person, width=390)
    page.evaluate(
        """() => { for (const el of document.querySelectorAll('body *')) {
            el.style.lineHeight = '1.5'; el.style.letterSpacing = '.12em';
            el.style.wordSpacing = '.16em'; } }"""
    )

    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("name", ["te-laat", "fase", "overleg"])
def test_whatever_can_be_clicked_is_large_enough(open_page, name):
    path, person = PAGES[name]
    page = open_page(path, person, width=390)
    open_all(page)
    small = page.evaluate(
        """() => [...document.querySelectorAll('main :is(button, summary, select, input, .btn)')]
            .filter((el) => el.type !== 'hidden' && el.getClientRects().length)
            .map((el) => [el.outerHTML.slice(0, 90), el.getBoundingClientRect()])
            .filter(([, box]) => box.width && (box.width < 20 || box.height < 20))
            .map(([what]) => what)"""
    )

    assert small == []


@pytest.mark.parametrize("scripts", [True, False])
def test_a_party_records_what_happened(open_page, scripts):
    page = open_page(f"/impasses/{DYKE}", "lotte", scripts=scripts)
    page.click("#gebeurtenis > summary")
    page.fill("#gebeurtenis-tekst", "De wethouder belde.")
    page.click("#gebeurtenis button[type=submit]")

    assert "Gebeurtenis vastgelegd." in page.inner_text("[role=status]")
    assert "De wethouder belde." in page.inner_text(".tl")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_refusal_says_what_lacks_and_keeps_the_text(open_page, scripts):
    page = open_page(f"/impasses/{DYKE}/fase", "sam", scripts=scripts)
    page.click("[data-send]")

    assert "Wat ontbreekt" in page.inner_text("main")
    assert "Alle partijen gehoord" in page.inner_text(".errsum")
    if scripts:
        assert page.evaluate("document.activeElement.className") == "errsum"
        assert violations(page) == []


def test_two_people_at_once_in_two_windows(open_page):
    first = open_page(f"/impasses/{YOUTH}", "sam")
    second = open_page(f"/impasses/{YOUTH}", "lotte")
    for page, text in ((first, "Eerst dit."), (second, "Toen dat.")):
        page.click("#gebeurtenis > summary")
        page.fill("#gebeurtenis-tekst", text)
    first.click("#gebeurtenis button[type=submit]")
    second.click("#gebeurtenis button[type=submit]")

    assert "Iemand was u voor." in second.inner_text("#gebeurtenis")
    assert "Eerst dit." in second.inner_text("#gebeurtenis .note")
    assert second.input_value("#gebeurtenis-tekst") == "Toen dat."
    assert violations(second) == []


def test_three_clicks_from_the_board_to_the_next_stage(open_page):
    page = open_page("/impasses", "sam")
    page.click(f'a[href="/impasses/{WINDPARK}"] >> nth=0')
    page.click(".next .btn.primary")
    page.fill("#fase-toelichting", "De partijen zijn het daarover eens.")
    page.click("[data-send]")

    assert re.fullmatch(rf".*/impasses/{WINDPARK}\?gedaan=fase", page.url)
    assert "De fase is veranderd." in page.inner_text("[role=status]")


def test_nothing_is_drawn_with_inline_style(open_page):
    page = open_page("/impasses", "sam")
    for path, _ in PAGES.values():
        page.goto(path)
        assert page.evaluate("document.querySelectorAll('main [style], main style').length") == 0
