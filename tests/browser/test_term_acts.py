"""Suspending, extending and resuming a term, as people meet the pages."""

from __future__ import annotations

from datetime import timedelta

import pytest

pytestmark = pytest.mark.browser


def violations(page) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


@pytest.fixture
def case(living) -> str:
    """A case of today in its first stage."""
    from impasse.domain.case import Party
    from impasse.domain.commands import OpenCase, SignalReport
    from impasse.domain.people import Layer
    from impasse.domain.signals import Reliability

    today = living.calendar.local_day(living.clock())
    procedure = living.procedures.latest("interbestuurlijke-impasse", today)
    opening = OpenCase(
        "Wie onderhoudt de sluis?",
        (
            Party("gm0363", "Amsterdam", Layer.MUNICIPALITY),
            Party("ws0155", "Amstel, Gooi en Vecht", Layer.WATER_AUTHORITY),
        ),
        (SignalReport("A1", Reliability.DOCUMENT, "gm0363", today),),
        procedure.name,
        procedure.version,
    )
    return living.engine.handle(opening, _secretariat()).subject


def _secretariat():
    from impasse.domain.people import Actor, Role

    return Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")


@pytest.mark.parametrize(("language", "width"), [("nl", 390), ("en", 1440)])
def test_a_term_is_suspended_without_a_mouse_and_every_page_is_for_everyone(
    open_page, living, case, language, width
):
    page = open_page(f"/impasses/{case}/schort-op", "sam", language=language, width=width)
    looks = [violations(page)]
    page.focus("#schort-op-tot")
    page.keyboard.press("Enter")  # nothing filled in yet
    page.wait_for_selector(".errsum")
    assert page.evaluate("document.activeElement.id") == "fouten"
    looks.append(violations(page))

    page.select_option("#schort-op-reden", "force_majeure")
    page.select_option("#schort-op-wie", "outside")
    page.fill("#schort-op-naam", "hoogwater")
    today = living.calendar.local_day(living.clock())
    page.fill("#schort-op-tot", (today + timedelta(days=9)).isoformat())
    page.focus("#schort-op-toelichting")
    page.keyboard.type("Het terrein staat onder water.")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#h-straks")
    assert page.evaluate("document.activeElement.id") == "h-straks"
    looks.append(violations(page))

    page.keyboard.press("Control+Enter")
    page.wait_for_url("**gedaan=schort-op**")
    page.goto(f"/impasses/{case}/hervat?opschorting=O1&taal={language}")
    looks.append(violations(page))
    page.goto(f"/impasses/{case}/verleng?taal={language}")
    looks.append(violations(page))

    assert looks == [[], [], [], [], []]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.faults == []


def test_without_scripts_a_term_is_extended_after_a_look(open_page, living, case):
    page = open_page(f"/impasses/{case}/verleng", "sam", scripts=False)
    page.fill("#verleng-lengte", "3 werkdagen")
    page.fill("#verleng-toelichting", "De raad vergadert later.")
    page.click("button[value=bekijk]")
    page.wait_for_selector("#h-straks")
    end = living.views.case(_secretariat(), case).term.end
    page.click("button:has-text('Verleng')")
    page.wait_for_url("**gedaan=verleng**")
    assert living.views.case(_secretariat(), case).term.end > end
