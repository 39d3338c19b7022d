"""Signing in and out, and where one lands."""

from __future__ import annotations

from datetime import timedelta

import pytest

from impasse.adapters.identity.secrets import issue_token


def test_a_stranger_is_asked_to_sign_in_and_then_goes_where_he_wanted(browser):
    answer = browser.get("/impasses?regio=Zeeland")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/aanmelden?naar=%2Fimpasses%3Fregio%3DZeeland"

    signed = browser.post("/aanmelden", {"persoon": "sam", "naar": "/impasses?regio=Zeeland"})

    assert signed.headers["Location"] == "/impasses?regio=Zeeland"


@pytest.mark.parametrize(
    ("person", "lands"),
    [("lotte", "/mijn-werk"), ("ben", "/mijn-werk"), ("sam", "/impasses")],
)
def test_everybody_lands_where_his_work_is(browser, person, lands):
    answer = browser.post("/aanmelden", {"persoon": person})

    assert answer.headers["Location"] == lands
    assert browser.get("/").headers["Location"] == lands
    assert browser.get(lands).status_code == 200


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://kwaad.example",
        "//kwaad.example",
        "/\\kwaad.example",
        "kwaad",
        "/a\r\nX: y",
        "\\\\x",
    ],
)
def test_signing_in_never_leads_to_another_site(browser, elsewhere):
    answer = browser.post("/aanmelden", {"persoon": "sam", "naar": elsewhere})

    assert answer.headers["Location"] == "/impasses"


def test_people_are_shown_by_function_organisation_and_role_never_by_name(browser):
    text = browser.get("/aanmelden").text

    assert "Liaison van de gemeente" in text
    assert "gemeente Amsterdam" in text
    assert "secretariaat" in text
    assert "Naam van" not in text


def test_only_demonstration_persons_can_be_chosen(browser):
    assert 'value="echt"' not in browser.get("/aanmelden").text

    answer = browser.post("/aanmelden", {"persoon": "echt"})

    assert answer.status_code == 403
    assert browser.get("/impasses").status_code == 303


def test_outside_the_demonstration_nobody_can_be_chosen(house):
    from starlette.testclient import TestClient

    from impasse.web.app import create_web

    client = TestClient(create_web(house, demo=False), follow_redirects=False)
    page = client.get("/aanmelden").text
    token = page.split('name="formulier" value="')[1].split('"')[0]
    assert 'name="persoon"' not in page

    answer = client.post("/aanmelden", data={"formulier": token, "persoon": "sam"})

    assert answer.status_code == 422


def test_a_token_of_the_api_opens_no_page(browser, house, watch):
    secret = issue_token(house.database, "echt", at=watch()).secret

    for sent in ({"token": secret}, {"gebruiker": "echt", "wachtwoord": secret}):
        answer = browser.post("/aanmelden", sent)
        assert answer.status_code == 422
        assert secret not in answer.text
    assert browser.get("/impasses").status_code == 303


def test_signing_out_ends_the_session_also_for_who_kept_the_cookie(browser):
    browser.sign_in("sam")
    kept = browser.client.cookies["impasse"]

    answer = browser.client.post("/afmelden", data={"formulier": browser.token("/impasses")})
    assert answer.headers["Location"] == "/aanmelden"

    browser.client.cookies.set("impasse", kept)
    assert browser.get("/impasses").status_code == 303


def test_a_session_ends_when_it_is_not_used(browser, watch, house):
    browser.sign_in("sam")
    watch.at += timedelta(hours=house.settings.session_hours, minutes=1)

    assert browser.get("/impasses").status_code == 303
    browser.sign_in("sam")


def test_the_cookie_cannot_be_read_by_scripts_nor_sent_from_elsewhere(browser):
    answer = browser.post("/aanmelden", {"persoon": "sam"})

    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("impasse="))
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "max-age" not in cookie.lower()


def test_on_https_the_cookie_is_tied_to_this_host(house):
    from starlette.testclient import TestClient

    from impasse.web.app import create_web

    house.settings.__dict__["public_url"] = "https://impasse.example"
    client = TestClient(
        create_web(house, demo=True), base_url="https://impasse.example", follow_redirects=False
    )
    token = client.get("/aanmelden").text.split('name="formulier" value="')[1].split('"')[0]

    answer = client.post("/aanmelden", data={"formulier": token, "persoon": "sam"})

    cookie = next(c for c in answer.headers.get_list("set-cookie") if "__Host-impasse=" in c)
    assert "Secure" in cookie
    assert client.get("/impasses").status_code == 200


def test_htmx_of_a_stranger_is_sent_to_the_sign_in_as_a_whole(browser):
    answer = browser.get("/impasses", headers={"HX-Request": "true"})

    assert answer.headers["HX-Redirect"].startswith("/aanmelden")


def test_who_was_signed_out_while_typing_gets_the_words_back(browser, watch, house):
    browser.sign_in("lotte")
    token = browser.token("/signaal")
    watch.at += timedelta(hours=house.settings.session_hours, minutes=1)

    typed = {"formulier": token, "wat": "Een <lange> zin", "uitleg": "met uitleg", "actie": "meld"}
    answer = browser.client.post("/signaal", data=typed)

    assert answer.status_code == 403
    assert "U bent afgemeld" in answer.text
    assert "Een &lt;lange&gt; zin</textarea>" in answer.text
    assert "met uitleg</textarea>" in answer.text
    assert token not in answer.text
    nothing = browser.client.post("/afmelden", data={"formulier": token})
    assert nothing.headers["Location"] == "/aanmelden"
