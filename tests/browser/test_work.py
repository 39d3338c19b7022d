"""Mijn werk as people meet it: by keyboard with a preview, on a phone, and without scripts."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def told(living):
    """Everybody heard of what happened, and one escalation waits for both its sides."""
    from impasse.adapters.sql.outbox import SqlOutbox
    from impasse.domain.commands import StartEscalation
    from impasse.domain.people import Actor, Role

    secretariat = Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")
    case = next(
        line.id
        for line in living.views.cases(secretariat)
        if line.title.startswith("Dijkversterking")
    )
    living.engine.handle(StartEscalation(case, "nieuw-signaal"), secretariat)
    SqlOutbox(living.database, living.notifying).spread(living.clock())
    return case


def violations(page) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def test_the_next_line_opens_beside_the_list_and_keeps_the_focus(open_page, told):
    page = open_page("/mijn-werk", "lotte")
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.id")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/mijn-werk\?taak="))
    page.wait_for_selector(".task.on a[aria-current]")
    assert page.evaluate("document.activeElement.id") == first
    assert page.inner_text(".beside h2")
    page.goto(f"/mijn-werk?taak=opschaling-{told}-E1")
    assert page.is_visible("text=Wat is uw volgende stap?")
    assert violations(page) == []
    assert page.faults == []


def test_an_escalation_is_taken_up_without_scripts(open_page, told):
    page = open_page(f"/mijn-werk?taak=opschaling-{told}-E1", "lotte", scripts=False)
    page.fill(".beside input[name=stap]", "Wij bellen elkaar morgen")
    page.fill(".beside input[name=tot]", "2026-10-20")
    page.click(".beside [data-send]")
    page.wait_for_url("**/mijn-werk?gedaan=oppakken")
    assert page.is_visible("text=Opgepakt. Het staat in het verloop.")


def test_on_a_phone_a_line_opens_the_case_and_nothing_is_wider_than_the_screen(open_page, told):
    page = open_page("/mijn-werk", "wanda", width=390)
    assert not page.is_visible(".beside")
    page.click(".task h3 a.to-case")
    page.wait_for_url(re.compile(r"/impasses/IMP-"))
    for path in ("/mijn-werk?weergave=meldingen", f"/impasses/{told}/opschaling"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert violations(page) == []


def test_who_will_hear_is_readable_by_everybody(open_page, told):
    page = open_page(f"/impasses/{told}/opschaling?beleid=termijn-voorbij", "sam")
    assert page.is_visible("text=Wie hoort wat, en wanneer")
    assert violations(page) == []
    page.goto(f"/impasses/{told}")
    assert violations(page) == []
    assert page.faults == []
