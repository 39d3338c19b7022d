"""The frame around every page: headers, errors, static files, tokens in forms."""

from __future__ import annotations

import re
from datetime import date

import pytest


def test_every_answer_carries_the_headers_of_safety(browser, as_):
    pages = [browser.get("/aanmelden"), as_("sam").get("/impasses"), browser.get("/bestaat-niet")]

    for answer in pages:
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'self'")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"


def test_no_page_holds_a_script_or_a_style_of_its_own(browser, as_, open_case):
    open_case(reasons=("A1",))
    sam = as_("sam")

    for answer in (browser.get("/aanmelden"), sam.get("/impasses"), sam.get("/signaal")):
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", answer.text)
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", answer.text))
        assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text)


def test_static_files_are_kept_for_ever_because_their_address_changes_with_them(browser):
    page = browser.get("/aanmelden").text
    address = re.search(r'href="(/static/[0-9a-f]{12}/impasse\.css)"', page)[1]

    answer = browser.get(address)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    gone = browser.get(address.replace("impasse.css", "er-is-niets.css"))
    assert gone.status_code == 404
    assert gone.headers["Cache-Control"] == "no-store"


def test_static_addresses_do_not_lead_out_of_their_folder(browser):
    page = browser.get("/aanmelden").text
    folder = re.search(r"/static/[0-9a-f]{12}", page)[0]

    for path in ("/../app.py", "/%2e%2e/app.py", "/..%2fapp.py"):
        assert browser.get(folder + path).status_code == 404


def test_a_page_that_is_not_there_and_one_that_is_hidden_look_alike(as_, open_case):
    hidden = open_case(parties=("pv27", "ws0155"))
    lotte = as_("lotte")

    missing = lotte.get("/impasses/IMP-1999-0001")
    unseen = lotte.get(f"/impasses/{hidden}")

    assert missing.status_code == unseen.status_code == 404
    assert missing.text.replace("IMP-1999-0001", "X") == unseen.text.replace(hidden, "X")


def test_a_wrong_method_says_which_ones_there_are(browser):
    answer = browser.client.put("/aanmelden")

    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert "Zo werkt deze pagina niet" in answer.text


def test_a_form_without_its_token_does_nothing(as_, house, open_case):
    lotte = as_("lotte")
    before = house.views.count(_secretariat())

    answer = lotte.client.post("/signaal", data={"wat": "Zonder bewijs", "actie": "meld"})

    assert answer.status_code == 403
    assert "formulier hoort niet bij deze aanmelding" in answer.text
    assert house.views.count(_secretariat()) == before


def test_the_token_of_one_browser_is_no_good_in_another(as_):
    lotte, pim = as_("lotte"), as_("pim")

    answer = pim.client.post("/signaal", data={"formulier": lotte.token(), "actie": "meld"})

    assert answer.status_code == 403


def test_a_token_from_before_the_sign_in_is_no_good_after_it(browser):
    before = browser.token()
    browser.sign_in("lotte")

    assert browser.client.post("/afmelden", data={"formulier": before}).status_code == 403


def test_a_form_that_is_too_large_is_refused_before_it_is_read(as_):
    answer = as_("lotte").client.post("/signaal", data={"uitleg": "x" * 1_100_000})

    assert answer.status_code == 413
    assert "Dit formulier klopt nog niet" in answer.text


def test_a_form_with_a_file_or_with_thousands_of_fields_is_refused(as_):
    lotte = as_("lotte")

    file = lotte.client.post("/signaal", files={"wat": ("x.txt", b"hallo")})
    many = lotte.client.post("/signaal", data={f"veld{n}": "x" for n in range(2000)})

    assert file.status_code == 400
    assert many.status_code == 400


def test_a_failure_nobody_foresaw_shows_a_page_and_no_secrets(as_, house, monkeypatch):
    sam = as_("sam")

    def broken(*_args, **_more):
        raise RuntimeError("geheim-uit-de-diepte")

    monkeypatch.setattr(type(house.views), "board", broken)
    answer = sam.get("/impasses")

    assert answer.status_code == 500
    assert "Er ging iets mis" in answer.text
    assert "geheim-uit-de-diepte" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_when_saving_fails_the_text_of_a_form_can_be_sent_again(as_, house):
    lotte = as_("lotte")
    typed = {
        "actie": "meld",
        "wat": 'Zin met "aanhalingstekens" & <b>',
        "overheid": ["ws0155"],
        "datum": "2026-10-12",
        "sleutel": "k" * 24,
    }
    token = lotte.token("/signaal")
    house.engine.close()

    answer = lotte.client.post("/signaal", data={"formulier": token} | typed)

    assert answer.status_code == 503
    assert 'action="/signaal"' in answer.text
    assert "Probeer nu" in answer.text
    assert '<input type="hidden" name="overheid" value="ws0155">' in answer.text
    assert "&#34;aanhalingstekens&#34; &amp; &lt;b&gt;" in answer.text
    assert answer.text.count('name="formulier"') == 2  # this form, and the one to sign out


def test_a_database_that_is_locked_gives_a_page_too(as_, house, monkeypatch):
    import sqlite3

    from sqlalchemy.exc import OperationalError

    sam = as_("sam")

    def locked(*_args, **_more):
        raise OperationalError("SELECT", {}, sqlite3.OperationalError("database is locked"))

    monkeypatch.setattr("impasse.web.session.resume_session", locked)
    answer = sam.get("/impasses")

    assert answer.status_code == 503
    assert "Opslaan of ophalen lukt nu niet" in answer.text
    assert 'href="/impasses"' in answer.text


def test_the_menu_shows_only_what_is_there_and_what_one_may_do(as_):
    assert "Signaal melden" in as_("lotte").get("/impasses").text
    assert "Signaal melden" not in as_("ben").get("/impasses").text


@pytest.mark.parametrize("path", ["/hulp", "/aanmelden"])
def test_public_pages_need_no_sign_in(browser, path):
    assert browser.get(path).status_code == 200


def test_pages_have_one_heading_a_skip_link_and_landmarks(as_, open_case):
    open_case()
    for path in ("/impasses", "/impasses?weergave=lijst", "/signaal", "/hulp", "/er-is-niets"):
        text = as_("sam").get(path).text
        assert len(re.findall(r"<h1[ >]", text)) == 1, path
        assert '<a class="skip" href="#inhoud">' in text
        assert '<main id="inhoud"' in text
        assert re.search(r"<title>[^<]+ · impasse</title>", text)


def _secretariat():
    from impasse.domain.people import Actor, Role

    return Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")


def test_a_meeting_is_counted_in_working_days(as_, plan_meeting):
    plan_meeting(date(2026, 11, 5))

    text = as_("sam").get("/impasses").text

    assert "donderdag 5 november" in text
    assert "nog 18 werkdagen" in text
