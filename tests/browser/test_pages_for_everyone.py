"""Every page in both languages and themes, wide and narrow: nothing that keeps anyone out."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

PAGES = {
    "aanmelden": ("/aanmelden", ""),
    "overzicht": ("/impasses", "sam"),
    "lijst": ("/impasses?weergave=lijst", "sam"),
    "termijnen": ("/impasses?weergave=termijnen", "sam"),
    "leeg": ("/impasses?q=bestaat-niet", "sam"),
    "niets": ("/impasses", "ben"),
    "signaal": ("/signaal", "lotte"),
    "hulp": ("/hulp", "lotte"),
    "kalender": ("/kalender?jaar=2027", "sam"),
    "overstap": ("/proces/migraties/nieuw", "sam"),
    "waarom": ("/termijn?start=2027-04-21&length=2+weken", "lotte"),
    "certificaat": ("/proces/spoed/1/certificaat", "sam"),
    "aannemen": ("/proces/aannemen", "sam"),
    "opschalingsbeleid": ("/proces/opschaling", "lotte"),
    "beleid aannemen": ("/proces/opschaling/aannemen?begin=nieuw-signaal%401", "sam"),
    "afwezigheid": ("/afwezigheid", "lotte"),
    "werk": ("/mijn-werk", "lotte"),
    "meldingen": ("/mijn-werk?weergave=meldingen", "lotte"),
    "instellingen": ("/mijn-werk/instellingen", "lotte"),
    "agenda": ("/agenda-abonnement", "lotte"),
    "404": ("/er-is-niets", "lotte"),
}


def violations(page) -> list[str]:
    """Return what axe finds against WCAG 2.2 AA and good practice, in a line each."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("name", list(PAGES))
def test_axe_finds_nothing(open_page, name, language):
    path, person = PAGES[name]
    page = open_page(path, person, language=language)

    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            assert violations(page) == [], f"{theme}, {width} wide"
    assert page.faults == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_a_form_with_errors_and_a_score(open_page, theme):
    page = open_page("/signaal", "lotte", theme=theme)
    page.check('input[value="A1"]')
    page.check('input[value="E1"]')
    page.fill("#uitleg", "iets")
    page.wait_for_selector("#h-score ~ .end, #hulp .why-t")
    assert violations(page) == []

    page.evaluate("document.getElementById('signaal').noValidate = true")
    page.click("[data-send]")
    page.wait_for_selector(".errsum")

    assert violations(page) == []
    assert page.evaluate("document.activeElement.id") == "fouten"


@pytest.mark.parametrize(
    "name",
    ["overzicht", "lijst", "signaal", "aanmelden", "hulp", "certificaat", "aannemen", "werk"],
)
def test_no_page_is_wider_than_the_screen(open_page, name):
    path, person = PAGES[name]
    page = open_page(path, person, language="en")

    for width in (1440, 1280, 1100, 1024, 768, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", ["overzicht", "signaal"])
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


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("name", ["overzicht", "signaal", "aanmelden"])
def test_everything_to_press_is_large_enough(open_page, name, width):
    path, person = PAGES[name]
    page = open_page(path, person, width=width)

    small = page.evaluate(
        """() => [...document.querySelectorAll('main a, main button, main select, nav a, summary')]
          .filter((el) => el.getClientRects().length && !el.closest('svg') && !el.closest('p'))
          .filter((el) => !el.matches('h3 a, th a, [tabindex="-1"]'))
          .map((el) => [el.textContent.trim(), el.getBoundingClientRect()])
          .filter(([, box]) => box.height < 23.9 || box.width < 23.9)
          .map(([name, box]) => `${name}: ${box.width} x ${box.height}`)"""
    )

    assert small == []
