"""Webhooks and deliveries: for the secretariat and the administrator."""

from __future__ import annotations

from impasse.adapters.sql.outbox import SqlOutbox

URL = "https://hooks.example.org/impasse"


def test_a_webhook_is_added_with_a_secret_that_is_shown_once(door):
    admin = door.as_("administrator")
    answer = admin.post("/webhooks", {"url": URL, "types": ["stage-changed"]})
    assert answer.status_code == 201
    assert answer.json()["secret"].startswith("whsec_")
    key = answer.json()["id"]
    assert answer.headers["location"] == f"/api/v1/webhooks/{key}"
    assert "whsec_" not in admin.get("/webhooks").text
    assert "secret" not in admin.get(f"/webhooks/{key}").json()


def test_a_retry_adds_no_double(door):
    door.post("/webhooks", {"url": URL})
    again = door.post("/webhooks", {"url": URL})
    assert again.status_code == 409
    assert len(door.get("/webhooks").json()["items"]) == 1


def test_a_removed_webhook_is_off_and_gone_from_its_address(door):
    key = door.post("/webhooks", {"url": URL}).json()["id"]
    removed = door("DELETE", f"/webhooks/{key}")
    assert (removed.status_code, removed.content) == (204, b"")
    assert removed.headers["api-version"] == "1.0.0"
    assert door.get(f"/webhooks/{key}").status_code == 404
    assert door("DELETE", f"/webhooks/{key}").status_code == 404
    assert door.get("/webhooks").json()["items"] == []
    [off] = door.get("/webhooks?active=false").json()["items"]
    assert off["id"] == key
    assert door.post("/webhooks", {"url": URL}).status_code == 201


def test_an_address_that_is_none_is_400(door):
    for url in ("ftp://example.org", "https://u:p@example.org", "nonsense", "http://[", ""):
        answer = door.post("/webhooks", {"url": url})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "/url"
    assert door.post("/webhooks", {"url": URL, "types": ["\u0000"]}).status_code == 400


def test_others_have_no_business_here(door):
    party = door.as_("amsterdam")
    answers = [
        party.get("/webhooks"),
        party.get("/webhooks/wh_1"),
        party.post("/webhooks", {"url": URL}),
        party("DELETE", "/webhooks/wh_1"),
        party.get("/deliveries"),
    ]
    assert {answer.status_code for answer in answers} == {403}


def test_what_becomes_of_messages_is_told_dead_ones_too(any_door):
    key = any_door.post("/webhooks", {"url": URL}).json()["id"]
    number = any_door.open_case()
    SqlOutbox(any_door.house.database).spread(any_door.moment[0])
    waiting = any_door.get("/deliveries?state=waiting").json()["items"]
    assert {(d["webhook"], d["subject"]) for d in waiting} == {(key, number)}
    any_door("DELETE", f"/webhooks/{key}")
    dead = any_door.get(f"/deliveries?state=dead&webhook={key}&pageSize=1").json()
    assert dead["items"][0]["state"] == "dead"
    assert dead["items"][0]["failure"]
    assert any_door.get("/deliveries?state=waiting").json()["items"] == []
