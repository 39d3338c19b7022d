"""Suspend, resume and extend over the wire: a look beforehand, the act, and what cannot be."""

from __future__ import annotations

import pytest

SUSPENSION = {
    "reason": "awaiting_party",
    "waitsFor": "pv27",
    "until": "2026-03-10",
    "note": "De provincie levert de cijfers.",
}


@pytest.fixture
def number(door):
    return door.open_case()


def term_of(door, number):
    return door.get(f"/cases/{number}/terms").json()["items"][-1]


def test_a_look_beforehand_says_the_date_and_why_and_keeps_nothing(door, number):
    before = term_of(door, number)
    for path, sent in (
        ("suspension-previews", SUSPENSION),
        ("extension-previews", {"length": "P1W", "reason": "De raad vergadert later."}),
    ):
        answer = door.post(f"/cases/{number}/terms/1/{path}", sent)
        assert answer.status_code == 200
        told = answer.json()
        assert told["endBefore"] == before["end"] < told["end"]
        assert [step["code"] for step in told["explanation"]][-1] == "end"
        assert told["sentence"]["nl"] != told["sentence"]["en"]
    assert term_of(door, number) == before


def test_suspended_resumed_and_extended(door, number):
    first = term_of(door, number)["end"]
    base = f"/cases/{number}/terms/1"
    answer = door.post(f"{base}/suspensions", SUSPENSION, Idempotency_Key="s1")
    assert answer.status_code == 201
    assert answer.json()["term"]["state"] == "suspended"
    again = door.post(f"{base}/suspensions", SUSPENSION, Idempotency_Key="s1")
    assert again.status_code == 201
    [one] = door.get(f"{base}/suspensions").json()["items"]
    assert (one["id"], one["waitsFor"], one["endedOn"]) == ("O1", "pv27", None)

    preview = door.post(f"{base}/suspensions/O1/resumption-previews", {})
    assert preview.json()["end"] == first
    door.post(f"{base}/suspensions/O1/resumptions", {})
    assert term_of(door, number)["end"] == first

    door.post(f"{base}/extensions", {"length": "3 werkdagen", "reason": "Later."})
    assert [one["id"] for one in door.get(f"{base}/extensions").json()["items"]] == ["V1"]
    assert term_of(door, number)["plan"] == 3


@pytest.mark.parametrize(
    ("path", "sent", "refusal"),
    [
        ("suspensions", SUSPENSION | {"until": "2026-03-02"}, (400, "/until")),
        ("suspensions", SUSPENSION | {"until": "tomorrow"}, (400, "/until")),
        ("suspensions", SUSPENSION | {"waitsFor": "gm0000"}, (400, "/waitsFor")),
        ("suspensions", SUSPENSION | {"reason": "because"}, (400, "/reason")),
        ("suspensions", SUSPENSION | {"consents": ["x"]}, (400, "/consents/0")),
        ("suspensions", SUSPENSION | {"note": ""}, (400, "/note")),
        ("suspension-previews", SUSPENSION | {"until": "2026-03-02"}, (400, "/until")),
        ("extensions", {"length": "soon", "reason": "x"}, (400, "/length")),
        ("extensions", {"length": "9 weeks", "reason": "x"}, (400, "/length")),
        ("extensions", {"length": "1 day", "reason": ""}, (400, "/reason")),
        ("suspensions/O9/resumptions", {}, (409, None)),
    ],
)
def test_what_cannot_be_names_the_value(door, number, path, sent, refusal):
    status, pointer = refusal
    answer = door.post(f"/cases/{number}/terms/1/{path}", sent)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    if pointer:
        assert pointer in [error["pointer"].lstrip("#") for error in answer.json()["errors"]]


def test_another_stay_is_a_conflict_and_an_unknown_one_is_not_found(door, number):
    assert door.post(f"/cases/{number}/terms/2/suspensions", SUSPENSION).status_code == 409
    assert door.get(f"/cases/{number}/terms/2/suspensions").status_code == 404
    assert door.get(f"/cases/{number}/terms/0/suspensions").status_code in {400, 404}


def test_who_may_not_see_the_case_finds_nothing_and_who_may_not_act_is_told(door, number):
    stranger = door.as_("utrecht")
    assert stranger.get(f"/cases/{number}/terms/1/suspensions").status_code == 404
    answer = stranger.post(f"/cases/{number}/terms/1/suspensions", SUSPENSION)
    assert answer.status_code == 404
    party = door.as_("amsterdam")
    answer = party.post(f"/cases/{number}/terms/1/suspension-previews", SUSPENSION)
    assert answer.status_code == 403


def test_who_agrees_beforehand_says_to_what(door, number):
    consent = {"kind": "extension", "organisation": "pv27", "note": "Brief 3"}
    refused = door.post(f"/cases/{number}/confirmations", consent)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/about")
    consent["about"] = "2 weken"
    assert door.post(f"/cases/{number}/confirmations", consent).status_code == 201
    [kept] = door.get(f"/cases/{number}/confirmations").json()["items"]
    assert kept["about"] == "2 weken"
