"""The page of quarantine: an administrator decides without reading, and without JavaScript."""

from __future__ import annotations

import pytest

from impasse.adapters.mail.letterbox import Envelope, Letterbox
from impasse.adapters.mail.reply_addresses import ReplyAddresses
from impasse.adapters.sql.database import writing
from impasse.adapters.sql.people import add_person, person
from impasse.domain.people import Person, Role
from impasse.domain.text import same
from impasse.wiring import build_filing


@pytest.fixture
def administrator(house, as_):
    add_person(
        house.database,
        Person("bea", "Bea", same("Beheerder"), "mnre1034", frozenset({Role.ADMINISTRATOR})),
        demonstration=True,
    )
    return as_("bea")


@pytest.fixture
def a_case(open_case):
    return open_case()


def _mail(house, case: str, sender: str = "x@elders.example") -> str:
    addresses = ReplyAddresses("post.example", lambda *_: True)
    with writing(house.database) as connection:
        to = addresses.address_for(connection, person(house.database, "lotte"), case, house.clock())
    raw = f"From: {sender}\nSubject: geheim <b>\nMessage-ID: <{sender}>\n\nTot tien.\n"
    number = Letterbox(house.database).receive(
        Envelope(sender, (to,)), raw.encode(), house.clock()
    )[0]
    build_filing(house).settle_due()
    return number


def test_what_waits_is_shown_without_a_word_of_it_and_released(house, administrator, a_case):
    number = _mail(house, a_case)
    page = administrator.get("/post")
    assert page.status_code == 200
    assert "x@elders.example" in page.text
    for secret in ("geheim", "Tot tien", a_case):
        assert secret not in page.text
    sent = administrator.post("/post", {"actie": "geef-vrij", "mail": number})
    assert (sent.status_code, sent.headers["location"]) == (303, "/post?gedaan=vrijgegeven")
    assert "opgenomen" in administrator.get("/post?gedaan=vrijgegeven").text
    again = administrator.post("/post", {"actie": "geef-vrij", "mail": number})
    assert again.status_code == 409
    assert "al beslist" in again.text


def test_throwing_away_wants_a_reason_and_says_so_where_it_lacks(house, administrator, a_case):
    number = _mail(house, a_case)
    asked = administrator.post("/post", {"actie": "gooi-weg", "mail": number, "reden": ""})
    assert "Schrijf waarom" in asked.text
    sent = administrator.post("/post", {"actie": "gooi-weg", "mail": number, "reden": "Reclame."})
    assert sent.status_code == 303
    english = administrator.get("/post?taal=en")
    assert english.status_code in {200, 303}


def test_nobody_else_sees_the_page(house, administrator, as_, a_case):
    _mail(house, a_case)
    for who in ("sam", "lotte", "ben"):
        assert as_(who).get("/post").status_code == 403
        sent = as_(who).post("/post", {"actie": "gooi-weg", "mail": "x", "reden": "y"})
        assert sent.status_code == 403
