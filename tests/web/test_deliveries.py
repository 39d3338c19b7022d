"""Bezorgingen: what did not arrive is shown with its reason, and sent again with one button."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from impasse.adapters.sql.database import writing
from impasse.adapters.sql.outbox import SqlOutbox
from impasse.adapters.sql.people import add_person
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import DeliveryRow
from impasse.adapters.sql.webhooks import add_webhook
from impasse.domain.people import Person, Role
from impasse.domain.text import same
from impasse.engine.outbox import Answer, deliver_due

DELIVERIES = table(DeliveryRow)


def words(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


class Broken:
    """A channel that always gets the same refusal."""

    def __init__(self, status: int) -> None:
        self.status = status

    def send(self, _parcel, _at):
        return Answer(self.status, f"HTTP {self.status}")


@pytest.fixture
def dead(open_case, house):
    """A dead letter to a webhook of the municipality's liaison."""
    key, _ = add_webhook(
        house.database, "https://hook.example.org/", ["case-opened"], "lotte", house.clock()
    )
    number = open_case(parties=("gm0363", "pv27"))
    deliver_due(SqlOutbox(house.database), Broken(503), house.clock, lambda: 0.0)
    with writing(house.database) as connection:
        connection.execute(update(DELIVERIES).values(state="dead"))
    return key, number


def states(house):
    with house.database.connect() as connection:
        return list(connection.scalars(select(DELIVERIES.c.state).order_by(DELIVERIES.c.id)))


def test_a_dead_letter_is_shown_with_its_reason_and_sent_again(as_, dead, house):
    key, number = dead
    lotte = as_("lotte")
    page = lotte.get("/bezorgingen")
    read = words(page.text)
    assert f"Er is een zaak geopend · {number}" in read
    assert f"webhook aan {key} onbestelbaar" in read
    assert "1 poging · HTTP 503" in read
    assert "Er komt nu niets aan, sinds" in read
    [one] = re.findall(r'name="nummer" value="(\d+)"', page.text)
    sent = lotte.post("/bezorgingen", {"actie": "een", "nummer": one})
    assert (sent.status_code, sent.headers["location"]) == (303, "/bezorgingen?gedaan=een")
    assert states(house) == ["waiting"]
    assert "Er is niets" in words(lotte.get("/bezorgingen").text)
    assert "wacht" in words(lotte.get("/bezorgingen?toestand=onderweg").text)
    again = lotte.post("/bezorgingen", {"actie": "een", "nummer": one})
    assert again.status_code == 409
    assert "nog onderweg" in words(again.text)


def test_everything_found_is_sent_again_and_nothing_else(as_, dead, house):
    lotte = as_("lotte")
    elsewhere = lotte.post("/bezorgingen", {"actie": "alles", "kanaal": "email"})
    assert elsewhere.headers["location"] == "/bezorgingen?gedaan=0"
    asked = {"actie": "alles", "zaak": dead[1].lower(), "webhook": dead[0]}
    assert lotte.post("/bezorgingen", asked).headers["location"] == "/bezorgingen?gedaan=1"
    assert "1 bezorging gaat opnieuw." in words(lotte.get("/bezorgingen?gedaan=1").text)
    assert states(house) == ["waiting"]


def test_nobody_sees_or_sends_what_is_another_s(as_, dead, house):
    for other in ("pim", "wanda", "ben", "sam"):
        browser = as_(other)
        assert dead[1] not in browser.get("/bezorgingen").text
        assert browser.post("/bezorgingen", {"actie": "een", "nummer": "1"}).status_code == 404
        assert browser.post("/bezorgingen", {"actie": "alles"}).status_code == 303
        assert browser.post("/bezorgingen", {"actie": "aan", "webhook": dead[0]}).status_code == 404
    assert states(house) == ["dead"]


def test_a_stopped_webhook_is_switched_on_by_its_owner(as_, open_case, house, watch):
    key, _ = add_webhook(house.database, "https://hook.example.org/", [], "lotte", house.clock())
    open_case(parties=("gm0363", "pv27"))
    deliver_due(SqlOutbox(house.database), Broken(410), house.clock, lambda: 0.0)
    lotte = as_("lotte")
    page = words(lotte.get("/bezorgingen").text)
    assert "Gestopt: de ontvanger antwoordde dat dit adres niet meer bestaat (410)." in page
    assert 'value="een"' not in lotte.get("/bezorgingen").text
    assert lotte.post("/bezorgingen", {"actie": "aan", "webhook": key}).status_code == 303
    assert 'value="een"' in lotte.get("/bezorgingen").text


def test_a_long_list_goes_on_and_odd_requests_do_no_harm(as_, house):
    at = house.clock()
    row = {
        **dict.fromkeys(("message_id", "notification_id", "done_at", "reported_at")),
        "channel": "email",
        "destination": "lotte",
        "state": "failed",
        "attempts": 2,
        "next_at": at,
        "created_at": at - timedelta(days=1),
        "answered": 550,
    }
    with writing(house.database) as connection:
        rows = [{**row, "bundle": f"b{n}", "failure": "550 no"} for n in range(60)]
        connection.execute(insert(DELIVERIES), rows)
    lotte = as_("lotte")
    first = lotte.get("/bezorgingen?kanaal=email").text
    assert "Gevonden 60" in words(first)
    [following] = re.findall(r'href="(/bezorgingen\?[^"]*na=\d+)"', first)
    second = lotte.get(html.unescape(following)).text
    assert second.count("550 no") == 10
    for odd in ("?na=x", "?toestand=eh&kanaal=%00", "?zaak=%0a", "?gedaan=%E2%91%A0", "?na=9e9"):
        assert lotte.get(f"/bezorgingen{odd}").status_code == 200
    assert lotte.post("/bezorgingen", {"actie": "weg"}).status_code == 409
    assert lotte.post("/bezorgingen", {"actie": "een", "nummer": "٣"}).status_code == 404
    lotte.client.cookies.set("taal", "en")
    assert "undeliverable" in words(lotte.get("/bezorgingen").text)


def test_an_administrator_sees_how_much_people_were_mailed(as_, house):
    roles = frozenset({Role.ADMINISTRATOR})
    bea = Person("bea", "Bea", same("Beheerder"), "mnre1034", roles)
    add_person(house.database, bea, demonstration=True)
    at = house.clock()
    with writing(house.database) as connection:
        connection.execute(
            insert(DELIVERIES),
            [
                {
                    "channel": "email",
                    "destination": "lotte",
                    "bundle": f"B{number}",
                    "state": "sent",
                    "attempts": 1,
                    "next_at": at,
                    "answered": 250,
                    "failure": "",
                    "done_at": at,
                    "created_at": at,
                }
                for number in range(6)
            ],
        )
    assert "1 mensen kregen er samen 6; 1 kregen er meer dan 5" in words(
        as_("bea").get("/bezorgingen").text
    )
    assert "kregen er samen" not in as_("lotte").get("/bezorgingen").text


def test_why_something_lapsed_is_said_in_words(as_, dead, house):
    with writing(house.database) as connection:
        connection.execute(update(DELIVERIES).values(state="lapsed", failure="level_passed"))
    read = words(as_("lotte").get("/bezorgingen?toestand=lapsed").text)
    assert "de opschaling is verder" in read
    assert "level_passed" not in read
