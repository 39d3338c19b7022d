"""A liaison signs in through her municipality: a real browser, and a provider that others wrote."""

from __future__ import annotations

import re
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
from joserfc.jwk import RSAKey

from providers import PROGRAM, running, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

IDPY = PROGRAM.with_name("idpy_provider.py")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Any]]:
    """The whole product at an address, with one provider; also the house behind it."""
    import uvicorn

    from impasse.asgi import create_app
    from impasse.settings import Settings
    from impasse.web.provider_doors import KEYS_PATH
    from impasse.wiring import build, prepare

    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "client.pem").write_bytes(RSAKey.generate_key(2048).as_pem(private=True))
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    with running(IDPY, str(folder)) as provider:
        file = written(folder, {"amsterdam": provider.issuer}, amsterdam={"userinfo": True})
        settings = Settings(
            database_url=f"sqlite:///{folder}/impasse.db", port=port, identity_providers=file
        )
        prepare(settings)
        house = build(settings)
        config = uvicorn.Config(create_app(house), log_level="warning", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        client = house.providers.provider("amsterdam")
        try:
            provider.told(
                client={
                    "id": client.client_id,
                    "redirect": house.providers.return_address(client),
                    "jwks_uri": settings.address + KEYS_PATH,
                }
            )
            yield settings.address, house
        finally:
            server.should_exit = True
            thread.join(10)
            house.close()


def open_browser(chromium: Browser, address: str, *, scripts: bool) -> Page:
    context = chromium.new_context(base_url=address, java_script_enabled=scripts, locale="nl-NL")
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto("/impasses")
    return page


@pytest.mark.parametrize("scripts", [True, False])
def test_a_liaison_signs_in_at_her_municipality_and_comes_back(chromium, site, scripts):
    address, house = site
    page = open_browser(chromium, address, scripts=scripts)
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text))

    page.get_by_role("button", name="Aanmelden via gemeente Amsterdam").click()
    page.wait_for_url(f"{address}/impasses")

    page.locator("details.who").wait_for()
    assert not [line for line in said if "Content Security Policy" in line]
    from impasse.adapters.sql.people import list_persons

    (lotte,) = (one for one in list_persons(house.database) if one.id.startswith("oidc-"))
    assert (lotte.organisation, lotte.name) == ("gm0363", "Lotte de Vries")
    page.context.close()


def test_a_form_that_redirects_would_have_been_stopped(chromium, site):
    """Why the form ends at a page of ours: Chromium holds it to our policy at each redirect."""
    address, _ = site
    page = open_browser(chromium, address, scripts=True)
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text))
    redirecting = "http://127.0.0.1:9/elsewhere"
    page.route(
        re.compile("/aanmelden/organisatie$"),
        lambda route: route.fulfill(status=303, headers={"Location": redirecting}),
    )

    page.get_by_role("button", name="Aanmelden via gemeente Amsterdam").click()
    page.wait_for_timeout(300)

    assert page.url.startswith(address)
    assert any("form-action" in line for line in said)
    page.context.close()


def test_the_pages_of_signing_in_elsewhere_keep_nobody_out(chromium, site):
    from axe_playwright_python.sync_playwright import Axe

    address, _ = site
    page = open_browser(chromium, address, scripts=True)
    page.route("**/authorization*", lambda route: route.fulfill(status=204))
    page.get_by_role("button", name="Aanmelden via gemeente Amsterdam").click()
    page.get_by_role("heading", name="Naar uw organisatie").wait_for()
    seen = Axe().run(page).response["violations"]
    for path in ("/aanmelden", "/aanmelden?taal=en", "/aanmelden/terug/amsterdam?state=x"):
        page.goto(path)
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            seen += Axe().run(page).response["violations"]
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not seen
    page.context.close()
