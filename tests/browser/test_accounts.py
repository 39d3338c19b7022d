"""Accounts in a real browser: an invitation by keyboard, an app to scan, and pages for everyone."""

from __future__ import annotations

import pyotp
import pytest

pytestmark = pytest.mark.browser

PASSWORD = "zeven groene fietsen"


def violations(page) -> list[str]:
    """Return what axe finds, in a line each."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


def fit_for_everyone(page) -> None:
    """Hold one page against axe, wide and light, narrow and dark; it is as wide as the screen."""
    for width, theme in ((1440, "light"), (390, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.emulate_media(color_scheme=theme)
        assert violations(page) == [], f"{page.url}: {theme}, {width} wide"
    assert page.faults == []


@pytest.fixture
def administrator(living):
    """Somebody who looks after users; she cannot be chosen in the demonstration."""
    from impasse.adapters.sql.people import add_person, list_persons
    from impasse.domain.people import Person, Role
    from impasse.domain.text import Text

    if "beheer" not in {one.id for one in list_persons(living.database)}:
        add_person(
            living.database,
            Person(
                "beheer",
                "B. Heer",
                Text("Beheerder", "Administrator"),
                "mnre1034",
                frozenset({Role.ADMINISTRATOR}),
            ),
        )
    return "beheer"


@pytest.mark.parametrize("language", ["nl", "en"])
def test_pages_of_accounts_are_for_everyone(open_page, living, administrator, language):
    reset = living.accounts.reset(administrator, by="x", origin="cli", at=living.clock())
    for path, person in (
        ("/profiel", "lotte"),
        ("/beheer/gebruikers", administrator),
        ("/beheer/gebruikers/lotte", administrator),
        (f"/herstel/{reset}", ""),
        ("/wachtwoord-vergeten", ""),
    ):
        fit_for_everyone(open_page(path, person, language=language))


def test_invited_by_keyboard_and_without_scripts(open_page, living, administrator):
    from impasse.domain.people import Role

    secret = living.accounts.invite(administrator, by="x", origin="cli", at=living.clock())
    living.accounts._required = frozenset({Role.ADMINISTRATOR})
    page = open_page(f"/uitnodiging/{secret}", scripts=False)
    page.focus("#nieuw")
    page.keyboard.type("kort")
    page.keyboard.press("Tab")
    page.keyboard.type("kort")
    page.keyboard.press("Enter")
    page.wait_for_selector(".errsum")
    page.focus("#nieuw")
    for key in ("Tab", "Enter"):
        page.keyboard.type(PASSWORD)
        page.keyboard.press(key)
    page.wait_for_url("**/aanmelden/tweede-factor")

    box = page.locator(".qr svg").bounding_box()
    assert box["width"] > 150
    app = pyotp.TOTP(page.locator("code").inner_text().replace(" ", ""))
    page.focus("#code")
    page.keyboard.type(app.at(living.clock()))
    page.keyboard.press("Enter")
    page.wait_for_selector(".codes")
    assert page.locator(".codes li").count() == 10
    page.click("text=Ik heb ze bewaard")
    page.wait_for_url("**/impasses")
    living.accounts._required = frozenset()
    assert page.faults == []


def test_a_form_of_an_account_with_errors_is_for_everyone(open_page, administrator):
    page = open_page("/beheer/gebruikers", administrator)
    page.evaluate("document.querySelectorAll('form').forEach((form) => { form.noValidate = true })")
    page.click("text=Voeg toe")
    page.wait_for_selector(".errsum")
    fit_for_everyone(page)
    page = open_page("/profiel", "lotte")
    page.click("text=Maak een token")
    page.evaluate("document.querySelectorAll('form').forEach((form) => { form.noValidate = true })")
    page.click("text=Maak het token")
    page.wait_for_selector(".errsum")
    fit_for_everyone(page)
