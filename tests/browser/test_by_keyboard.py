"""The work without a mouse, and without scripts."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.browser


def focused(page) -> str:
    return page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")


def press_until(page, what: str, key: str = "Tab", most: int = 60) -> None:
    """Press *key* until *what* has the focus."""
    for _ in range(most):
        if page.evaluate("(what) => document.activeElement.matches(what)", what):
            return
        page.keyboard.press(key)
    pytest.fail(f"{most} times {key} does not reach {what}")


def test_a_signal_is_flagged_without_a_mouse(open_page, living):
    page = open_page("/impasses", "lotte")

    page.keyboard.press("n")
    page.wait_for_url("**/signaal")
    press_until(page, "#wat")
    page.keyboard.type("De gemeente en het waterschap lezen de keur verschillend")
    press_until(page, "#naam")
    page.keyboard.type("waterschap Amstel, Gooi en Vecht")
    page.keyboard.press("Enter")
    page.wait_for_selector('input[name="overheid"][value="ws0155"]')
    assert page.evaluate("document.activeElement.id") == "naam"
    press_until(page, 'input[value="A1"]')
    page.keyboard.press("Space")
    page.wait_for_selector("#hulp .why-t")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/impasses/IMP-\d{4}-\d{4}\?gemeld=1"))

    case = re.search(r"IMP-\d{4}-\d{4}", page.url)[0]
    line = next(one for one in living.views.cases(_secretariat()) if one.id == case)
    assert [party.organisation for party in line.parties] == ["gm0363", "ws0155"]
    assert page.faults == []


def test_enter_in_the_sentence_does_not_send_half_a_form(open_page):
    page = open_page("/signaal", "lotte")
    page.focus("#wat")
    page.keyboard.type("Nog lang niet klaar")
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)

    assert page.url.split("?")[0].endswith("/signaal")
    assert page.input_value("#wat") == "Nog lang niet klaar"


def test_the_skip_link_comes_first_and_works(open_page):
    page = open_page("/impasses", "sam")
    page.keyboard.press("Tab")
    assert focused(page) == "Naar de inhoud"
    assert page.locator(".skip").bounding_box()["x"] >= 0

    page.keyboard.press("Enter")
    assert focused(page).startswith("inhoud")


def test_single_keys_go_where_they_say(open_page):
    page = open_page("/hulp", "sam")

    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url("**/impasses")
    page.keyboard.press("/")
    assert focused(page) == "gq"
    page.keyboard.type("nieuwe wijk n ?")
    assert page.input_value("#gq") == "nieuwe wijk n ?"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.wait_for_url("**/hulp")


def test_j_and_k_walk_through_the_cases_and_enter_opens_one(open_page):
    page = open_page("/impasses", "sam")

    page.keyboard.press("j")
    first = focused(page)
    page.keyboard.press("j")
    second = focused(page)
    page.keyboard.press("k")

    assert first != second
    assert focused(page) == first
    page.keyboard.press("Enter")
    page.wait_for_url("**/impasses/IMP-*")


def test_single_keys_can_be_switched_off(open_page):
    page = open_page("/hulp", "sam")
    page.click("#toetsen")
    assert page.get_attribute("#toetsen", "aria-pressed") == "false"

    page.keyboard.press("n")
    page.wait_for_timeout(300)
    assert "/hulp" in page.url
    page.reload()
    assert page.get_attribute("#toetsen", "aria-pressed") == "false"


def test_every_stop_of_the_keyboard_can_be_seen(open_page):
    page = open_page("/impasses", "sam", width=390)
    unseen = []
    for _ in range(70):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => { const el = document.activeElement; if (el === document.body) return null;
              const shape = el.querySelector('polygon') || el;
              const box = shape.getBoundingClientRect();
              const x = box.x + Math.min(box.width / 2, 40), y = box.y + box.height / 2;
              const over = document.elementFromPoint(x, y);
              return {name: el.textContent.trim().slice(0, 40), inside: box.y >= 0 &&
                box.bottom <= innerHeight + 1, covered: Boolean(over) && !el.contains(over) &&
                !over.contains(el) &&
                over.closest('.appbar, .jump') !== el.closest('.appbar, .jump')}; }"""
        )
        if stop is None:
            break
        if stop["covered"] or not stop["inside"]:
            unseen.append(stop)
    assert unseen == []


def test_filtering_keeps_the_focus_and_says_how_many(open_page):
    page = open_page("/impasses", "sam")
    page.focus("#f-l")
    page.select_option("#f-l", "water_authority")
    page.wait_for_url("**laag=water_authority**")

    assert "gevonden" in page.inner_text("#bord [role=status]")
    assert page.evaluate("document.activeElement.id") == "f-l"
    assert "laag=water_authority" in page.get_attribute("#weergaven a:nth-child(2)", "href")


def test_without_scripts_a_signal_can_be_flagged_and_the_board_filtered(open_page):
    page = open_page("/signaal", "lotte", scripts=False)
    page.fill("#wat", "Zonder scripts gaat het ook")
    page.fill("#naam", "provincie Noord-Holland")
    page.click("#voeg-toe")
    assert page.is_checked('input[name="overheid"][value="pv27"]')
    page.check('input[value="G1"]')
    page.click("text=Controleer eerst")
    assert "2,1" in page.inner_text("#hulp")
    page.click("[data-send]")
    assert re.search(r"/impasses/IMP-\d{4}-\d{4}\?gemeld=1", page.url)

    page.goto("/impasses")
    page.fill("#f-q", "zonder scripts")
    page.click(".filters button")
    assert "1 impasse gevonden" in page.inner_text("#bord")


def test_a_whole_name_from_the_list_becomes_a_chip_at_once(open_page):
    page = open_page("/signaal", "lotte")
    page.evaluate(
        """() => { const el = document.getElementById('naam'); el.value = 'provincie Utrecht';
          el.dispatchEvent(new InputEvent('input', {bubbles: true,
            inputType: 'insertReplacementText'})); }"""
    )
    page.wait_for_selector('input[name="overheid"][value="pv26"]')

    assert page.input_value("#naam") == ""


def _secretariat():
    from impasse.domain.people import Actor, Role

    return Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")
