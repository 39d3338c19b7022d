"""Meetings and their agenda: planned by the secretariat, read by everybody."""

from __future__ import annotations

import pytest

MEETING = {
    "day": "2026-03-20",
    "startsAt": "10:00:00",
    "endsAt": "12:30:00",
    "place": "Den Haag",
    "closesOn": "2026-03-13",
}


@pytest.fixture
def agenda(any_door):
    """A planned meeting, and a case that is proposed for it."""
    assert any_door.post("/meetings", MEETING).status_code == 201
    number = any_door.open_case()
    any_door.post(
        f"/cases/{number}/tiers", {"tier": "overhedenoverleg", "reason": "Wij komen er niet uit."}
    )
    [item] = any_door.get("/meetings/2026-03-20/agenda-items").json()["items"]
    return any_door, number, item


def test_a_meeting_is_planned_and_read(door):
    answer = door.post("/meetings", MEETING)
    assert answer.status_code == 201
    assert answer.headers["location"] == "/api/v1/meetings/2026-03-20"
    found = door.as_("utrecht").get("/meetings/2026-03-20")
    assert found.json() == answer.json()
    assert found.json()["startsAt"] == "10:00:00"
    assert found.headers["etag"] == answer.headers["etag"]
    assert door.get("/meetings?since=2026-03-21").json()["items"] == []
    assert door.get("/meetings/2026-03-21").status_code == 404
    assert door.post("/meetings", MEETING).status_code == 409


def test_only_the_secretariat_plans(door):
    assert door.as_("amsterdam").post("/meetings", MEETING).status_code == 403


def test_everything_wrong_with_a_meeting_is_told_at_once(door):
    wrong = {**MEETING, "day": "2026-03-21", "endsAt": "09:00:00", "closesOn": "2026-03-25"}
    answer = door.post("/meetings", wrong)
    assert answer.status_code == 400
    pointers = [error["pointer"] for error in answer.json()["errors"]]
    assert pointers == ["/day", "/endsAt", "/closesOn"]


@pytest.mark.parametrize("time", ["25:00:00", "10", 600, "10:00Z", None])
def test_a_time_is_written_as_a_time(door, time):
    answer = door.post("/meetings", {**MEETING, "startsAt": time})
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/startsAt"]


def test_the_next_meeting_shows_what_waits_and_a_later_one_does_not(agenda):
    door, number, item = agenda
    assert (item["case"], item["state"]) == (number, "proposed")
    assert "Wij komen er niet uit." in item["reason"]["nl"]
    door.post("/meetings", {**MEETING, "day": "2026-04-17", "closesOn": "2026-04-10"})
    assert door.get("/meetings/2026-04-17/agenda-items").json()["items"] == []


def test_a_candidate_is_accepted_and_stays_on_the_agenda(agenda):
    door, number, item = agenda
    path = "/meetings/2026-03-20/agenda-items"
    body = {"candidate": item["candidate"], "accepted": True, "minutes": 20}
    answer = door.post(path, body, Idempotency_Key="k")
    again = door.post(path, body, Idempotency_Key="k")
    assert answer.status_code == again.status_code == 201
    assert answer.json() == again.json()
    assert answer.json()["state"] == "accepted"
    assert answer.headers["location"] == f"/api/v1{path}/{item['candidate']}"
    assert door.get(f"{path}/{item['candidate']}").json() == answer.json()
    party = door.as_("holland").get(path).json()["items"]
    assert [(i["case"], i["minutes"], i["meeting"]) for i in party] == [(number, 20, "2026-03-20")]
    assert door.post(path, body).status_code == 409


def test_a_candidate_is_declined_with_a_reason(agenda):
    door, _, item = agenda
    path = "/meetings/2026-03-20/agenda-items"
    body = {"candidate": item["candidate"], "accepted": False}
    assert door.post(path, body).json()["errors"][0]["pointer"] == "/reason"
    declined = door.post(path, {**body, "reason": "Eerst de directeuren."})
    assert declined.json()["decidedBecause"] == "Eerst de directeuren."
    assert door.get(path).json()["items"] == []


def test_a_party_sees_its_candidate_but_may_not_decide(agenda):
    door, _, item = agenda
    path = "/meetings/2026-03-20/agenda-items"
    body = {"candidate": item["candidate"], "accepted": True}
    assert door.as_("amsterdam").post(path, body).status_code == 403


def test_an_agenda_shows_nobody_a_case_that_is_not_his(agenda):
    door, _, item = agenda
    path = "/meetings/2026-03-20/agenda-items"
    stranger = door.as_("utrecht")
    assert stranger.get(path).json()["items"] == []
    body = {"candidate": item["candidate"], "accepted": True}
    hidden = stranger.post(path, body)
    nothing = stranger.post(path, {**body, "candidate": "IMP-2026-9999-A1"})
    assert hidden.status_code == nothing.status_code == 404
    assert hidden.text.replace(item["candidate"], "X") == nothing.text.replace(
        "IMP-2026-9999-A1", "X"
    )
    assert stranger.get(f"{path}/{item['candidate']}").status_code == 404


@pytest.mark.parametrize("accepted", ["yes", 1, None])
def test_yes_is_true_and_nothing_else(door, accepted):
    door.post("/meetings", MEETING)
    answer = door.post(
        "/meetings/2026-03-20/agenda-items", {"candidate": "x", "accepted": accepted}
    )
    assert answer.status_code == 400
