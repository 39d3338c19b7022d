"""Het proces, for everyone: wide and narrow, in both themes and languages, by keyboard."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


def violations(page) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_it_keeps_nobody_out_and_fits_the_screen(open_page, language):
    page = open_page("/proces", "sam", language=language, scripts=True)

    for width in (1440, 1100, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if width in (1440, 390):
            for theme in ("light", "dark"):
                page.emulate_media(color_scheme=theme)
                assert violations(page) == [], f"{theme}, {width} wide"
    page.click(".flowtable summary")
    assert violations(page) == []
    assert page.faults == []


def test_a_phone_gets_a_list_and_a_keyboard_gets_to_a_case(open_page):
    page = open_page("/proces", "sam", width=390)
    assert not page.is_visible(".flowpic")
    assert page.is_visible(".flowlist")
    assert page.is_visible("footer a[href='/proces']")

    page.set_viewport_size({"width": 1440, "height": 900})
    assert page.is_visible(".flowpic")
    assert not page.is_visible(".flowlist")
    page.focus("svg a[href^='/impasses/IMP']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/impasses/IMP*")
