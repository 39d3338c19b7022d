"""The dossier on a phone of 390 pixels: everything fits, is readable and stays in sight."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

WINDPARK, DYKE = "IMP-2026-0001", "IMP-2026-0003"


def test_the_durations_stand_below_each_other_and_nothing_scrolls_sideways(open_page):
    page = open_page(f"/impasses/{WINDPARK}", "sam", width=390)

    rows = page.locator(".stays li")

    assert rows.count() >= 2
    assert "Signaal" in rows.first.inner_text()
    assert page.locator(".stays .here").first.is_visible()
    assert page.locator("svg.sw").is_hidden()
    size = rows.first.evaluate("el => parseFloat(getComputedStyle(el).fontSize)")
    assert size >= 13


def test_on_a_wide_screen_the_durations_are_one_line(open_page):
    page = open_page(f"/impasses/{WINDPARK}", "sam", width=1440)

    assert page.locator("svg.sw").is_visible()
    assert page.locator(".stays").is_hidden()


def test_who_can_see_the_case_is_told_in_full(open_page):
    page = open_page(f"/impasses/{WINDPARK}", "sam", width=390)

    box = page.locator(".vis").bounding_box()

    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    whole = page.evaluate(
        "(() => { const t = document.querySelector('.tabs');"
        " return t.scrollWidth <= t.clientWidth && t.scrollHeight <= t.clientHeight })()"
    )
    assert whole


def test_long_words_may_break_with_a_hyphen(open_page):
    page = open_page(f"/impasses/{WINDPARK}", "sam", width=390)

    hyphens = page.locator("h1").evaluate("el => getComputedStyle(el).hyphens")

    assert hyphens == "auto"
    assert page.locator("h1").get_attribute("lang") == "nl"


@pytest.mark.parametrize("width", [390, 1440])
def test_a_field_to_mend_has_its_label_in_sight(open_page, width):
    page = open_page(f"/impasses/{DYKE}", "sam", width=width)
    page.locator("#gebeurtenis > summary").click()
    page.locator("#gebeurtenis [data-send]").click()
    page.locator("#fouten a").click()

    label = page.locator("label[for=gebeurtenis-tekst]").bounding_box()
    bar = page.locator(".appbar").bounding_box()

    assert page.evaluate("document.activeElement.id") == "gebeurtenis-tekst"
    assert label["y"] >= bar["y"] + bar["height"]


def test_who_opens_the_signal_form_can_type_at_once(open_page):
    page = open_page("/signaal", "lotte", width=1440)

    page.keyboard.type("nieuwe gids")

    assert page.url.split("?")[0].endswith("/signaal")
    assert page.locator("#wat").input_value() == "nieuwe gids"
