"""What no browser of ours sends: the pages answer calmly, and never with more than they should."""

from __future__ import annotations

import re

import pytest

from impasse.settings import Settings


@pytest.mark.parametrize(
    "path",
    ["/impasses/%00", "/impasses/x%00/logboek.csv", "/overleg/%00", "/%00", "/static/%00/x.css"],
)
def test_an_address_with_a_nul_is_simply_not_there(as_, path):
    answer = as_("sam").get(path)

    assert answer.status_code == 404
    assert "Deze pagina is er niet" in answer.text


def test_a_nul_in_a_question_is_left_out(as_, open_case):
    case = open_case()
    sam = as_("sam")

    found = sam.get("/impasses?q=Water%00berging&onderwerp=%00")
    register = sam.get(f"/impasses/{case}/partij?zoek=Alm%%0000ere")

    assert found.status_code == 200
    assert case in found.text
    assert register.status_code == 200
    assert "Almere" in register.text


def test_a_nul_in_a_form_is_left_out(as_, open_case, house):
    case = open_case()

    answer = as_("lotte").post(
        f"/impasses/{case}/gebeurtenis",
        {"tekst": "Er\0 was overleg", "dag": "2026-10-12", "versie": "1", "sleutel": "n\0ul"},
    )

    assert answer.status_code == 303
    assert "Er was overleg" in house.views.history(case)[-1].content


def test_a_form_in_chunks_is_counted_as_it_comes(as_):
    lotte = as_("lotte")

    def chunks():
        for _ in range(40):
            yield b"x" * 50_000

    answer = lotte.client.post(
        "/signaal",
        content=chunks(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert answer.status_code == 413
    assert "Dit formulier klopt nog niet" in answer.text


@pytest.mark.parametrize("charset", ["punycode", "unicode_escape", "er-is-niets"])
def test_a_form_in_an_odd_character_set_is_a_bad_request(as_, charset):
    body = b'--x\r\nContent-Disposition: form-data; name="wat"\r\n\r\n\\ud800\xff\r\n--x--\r\n'

    answer = as_("lotte").client.post(
        "/signaal",
        content=body,
        headers={"Content-Type": f"multipart/form-data; boundary=x; charset={charset}"},
    )

    assert answer.status_code == 400
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Dit formulier klopt nog niet" in answer.text


@pytest.mark.parametrize("path", ["//evil.example/x", "/%5Cevil.example", "///evil.example"])
def test_a_link_to_the_other_language_stays_on_this_host(browser, path):
    page = browser.get(f"http://testserver{path}").text
    links = re.findall(r'hreflang="..", |<a href="([^"]*)" lang="en"', page)

    assert links
    assert all(re.match(r"/[^/\\]", link) for link in links if link)


def test_an_address_with_a_slash_too_many_leads_nowhere(as_):
    answer = as_("sam").get("/overleg/", headers={"Host": "evil.example"})

    assert answer.status_code == 404
    assert "location" not in answer.headers


def test_a_house_on_https_tells_browsers_to_stay_there(house):
    from starlette.testclient import TestClient

    from impasse.web.app import create_web
    from impasse.wiring import build

    settings = Settings(
        database_url=house.settings.database_url, public_url="https://impasse.example"
    )
    safe = build(settings)
    answer = TestClient(create_web(safe, demo=True)).get("/nergens")
    plain = TestClient(create_web(house, demo=True)).get("/nergens")
    safe.close()

    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    assert "Strict-Transport-Security" not in plain.headers


def test_a_failure_outside_every_page_still_has_headers_of_safety(browser, monkeypatch):
    from impasse.web.rendering import Rendering

    def broken(*_args: object) -> str:
        raise RuntimeError("geheim")

    monkeypatch.setattr(Rendering, "render", broken)
    answer = browser.get("/aanmelden")

    assert answer.status_code == 500
    assert "geheim" not in answer.text
    assert answer.headers["X-Frame-Options"] == "DENY"
