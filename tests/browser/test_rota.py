"""The duty rota as people meet it: by keyboard, with errors and gaps, wide and narrow."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


def violations(page) -> list[str]:
    """Return what axe finds, in a line each."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def test_a_rota_from_nothing_to_a_swap_keeps_nobody_out(open_page):
    page = open_page("/rooster", "sam")
    assert violations(page) == []
    page.fill("#rooster-naam", "Niet zo")
    page.click("text=Maak het rooster")
    page.wait_for_selector("#rooster-naam-e")
    assert violations(page) == []
    page.fill("#rooster-naam", "secretariaat")
    page.fill("#rooster-label", "Secretariaat")
    page.click("text=Maak het rooster")
    page.wait_for_selector("text=gat in het rooster")

    page.select_option("#plan-persoon-1", "sam")
    page.fill("#plan-tot", "2026-10-30")
    page.focus("#plan-tot")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=De diensten zijn gepland.")
    page.select_option("#ruil-wie", "ben")
    page.click("text=Leg de ruil vast")
    page.wait_for_selector("text=De ruil is vastgelegd.")

    assert page.locator("text=Bemiddelaar (ben)").count() > 0
    for width in (1440, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            assert violations(page) == [], f"{theme}, {width} wide"
    assert [one for one in page.faults if "422" not in one] == []


def test_groups_keep_nobody_out(open_page):
    page = open_page("/rooster/groepen", "sam", language="en", width=390)
    page.fill("#groep-naam", "bemiddelaars")
    page.fill("#groep-label", "Bemiddelaars")
    page.click("text=Make the group")
    page.wait_for_selector("text=The group was made.")
    page.select_option("#erbij-bemiddelaars-wie", "ben")
    page.click("button:has-text('Add')")
    page.wait_for_selector("text=The person is in the group now.")

    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
