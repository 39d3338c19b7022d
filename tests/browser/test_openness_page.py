"""Openness, an item to be assessed and one's own data in a real browser: for everyone."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

DYKE = "IMP-2026-0003"


@pytest.fixture(scope="module", autouse=True)
def number(living) -> str:
    """Something stands in the shared room, under this number, and a hold stands."""
    from impasse.domain.commands import Contribute, PlaceHold
    from impasse.domain.people import Actor, Role
    from impasse.domain.rooms import SHARED, ContributionKind, Part

    lotte = Actor("lotte", "gm0363", frozenset({Role.LIAISON_OFFICER}), "test")
    long = "Metingen-van-de-dijk-zonder-een-enkele-spatie-maar-met-heel-veel-streepjes"
    made = living.engine.handle(
        Contribute(
            DYKE, SHARED, ContributionKind.NOTE, Part.OBJECTIVE, long, long, environmental=True
        ),
        lotte,
    )
    living.engine.handle(PlaceHold(DYKE, "gm0363", "Woo-verzoek", "W-2026-1"), lotte)
    return made.created


def violations(page) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize(
    "path", [f"/impasses/{DYKE}/openbaarheid", f"/impasses/{DYKE}/openbaarheid/STUK",
             "/profiel/gegevens"]
)  # fmt: skip
def test_axe_finds_nothing_and_nothing_is_too_wide(open_page, number, path):
    page = open_page(path.replace("STUK", number), "lotte")
    for width in (1440, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        for one in page.query_selector_all("summary"):
            if one.is_visible() and one.evaluate("e => !e.parentElement.open"):
                one.click()
        assert violations(page) == [], f"{width} wide"
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.faults == []


def test_a_refused_assessment_says_why_beside_the_field(open_page, number):
    page = open_page(f"/impasses/{DYKE}/openbaarheid/{number}", "lotte")
    page.check('input[value="refused"]')
    page.check('input[value="5.2.1"]')
    page.click("[data-send]")
    page.wait_for_selector(".errsum")
    assert "5.2" in page.inner_text("#beoordeel-gronden .errmsg")
    assert page.is_checked('input[value="5.2.1"]')
    assert violations(page) == []
