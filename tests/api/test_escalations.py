"""Runs of escalation over the API: who will hear, who answers, and what is told to whom of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from impasse.adapters.sql.outbox import SqlOutbox
from impasse.engine.timers import sweep

if TYPE_CHECKING:
    from conftest import Knock

POLICY = {"policy": "nieuw-signaal"}
STEP = {"nextStep": "Wij bellen donderdag.", "until": "2026-03-12"}


@pytest.fixture
def run(door: Knock) -> str:
    """Where a run stands that the secretariat began."""
    case = door.open_case()
    answer = door.post(f"/cases/{case}/escalations", POLICY)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"]).removeprefix("/api/v1")


def test_a_run_is_begun_and_tells_what_comes_next(any_door: Knock) -> None:
    case = any_door.open_case()
    made = any_door.as_("amsterdam").post(f"/cases/{case}/escalations", POLICY)
    assert made.status_code == 201, made.text
    run = made.json()
    assert (run["id"], run["state"], run["byHand"], run["level"]) == ("E1", "running", True, 0)
    assert run["told"][0]["sides"] == ["pv27", "gm0363"] or run["told"][0]["people"] == 2
    assert run["next"]["what"] in {"level", "reminder"}
    assert any_door.get(f"/cases/{case}/escalations/E1").json() == run
    listed = any_door.as_("holland").get("/escalations?open=true&policy=nieuw-signaal").json()
    assert [(one["case"], one["id"]) for one in listed["items"]] == [(case, "E1")]
    again = any_door.as_("amsterdam").post(f"/cases/{case}/escalations", POLICY)
    assert again.status_code == 409


def test_who_does_not_see_the_case_finds_nothing_of_its_run(door: Knock, run: str) -> None:
    stranger = door.as_("utrecht")
    case = run.removesuffix("/escalations/E1")
    assert stranger.get("/escalations").json()["items"] == []
    for path in ("", "/outlook", "/history"):
        assert stranger.get(run + path).status_code == 404, path
    assert stranger.get(f"{case}/escalations").status_code == 404
    assert stranger.get(f"{case}/escalation-outlook?policy=nieuw-signaal").status_code == 404
    assert stranger.post(f"{case}/escalations", POLICY).status_code == 404
    for act, body in (
        ("acknowledgements", STEP),
        ("snoozes", {"reason": "x", "until": "2026-03-12"}),
        ("settlements", {"note": "x"}),
    ):
        assert stranger.post(f"{run}/{act}", body).status_code == 404, act
    assert stranger.post(f"{run}/snoozes/E1-2/resumptions", {}).status_code == 404


def test_before_anything_is_sent_is_seen_who_hears_and_never_by_id(door: Knock) -> None:
    case = door.open_case()
    seen = door.as_("amsterdam").get(f"/cases/{case}/escalation-outlook?policy=nieuw-signaal")
    assert seen.status_code == 200
    first, *_, last = seen.json()["levels"]
    functions = {(one["function"]["nl"], one["organisation"]) for one in first["recipients"]}
    assert functions == {("liaison water", "gm0363"), ("liaison provincie", "pv27")}
    assert last["meeting"] == "overhedenoverleg"
    assert '"holland"' not in seen.text
    assert door.get("/escalations").json()["items"] == []
    unknown = door.get(f"/cases/{case}/escalation-outlook?policy=anders")
    assert unknown.status_code == 404
    assert door.get(f"/cases/{case}/escalation-outlook").status_code == 404


def test_taking_up_holds_the_run_and_all_sides_read_the_step(door: Knock, run: str) -> None:
    tag = door.get(run).headers["etag"]
    taken = door.as_("amsterdam").post(f"{run}/acknowledgements", STEP, If_Match=tag)
    assert taken.status_code == 201, taken.text
    seen = door.as_("holland").get(run).json()
    [promise] = seen["acknowledgements"]
    assert (promise["side"], promise["nextStep"]) == ("gm0363", STEP["nextStep"])
    assert promise["function"]["nl"] == "liaison water"
    assert seen["state"] == "acknowledged"
    assert seen["next"]["what"] == "lapse"
    stale = door.as_("holland").post(f"{run}/acknowledgements", STEP, If_Match=tag)
    assert stale.status_code == 412
    late = {**STEP, "until": "2027-03-12"}
    refused = door.as_("holland").post(f"{run}/acknowledgements", late)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/until"


def test_an_answer_is_given_once_per_key(door: Knock, run: str) -> None:
    for _ in range(2):
        answer = door.as_("amsterdam").post(f"{run}/acknowledgements", STEP, Idempotency_Key="k1")
        assert answer.status_code == 201
    assert len(door.get(run).json()["acknowledgements"]) == 1


def test_a_run_that_rests_is_woken_by_its_number(door: Knock, run: str) -> None:
    rest = {"reason": "Wij wachten op het college.", "until": "2026-03-06"}
    snoozed = door.as_("holland").post(f"{run}/snoozes", rest).json()
    [snooze] = snoozed["snoozes"]
    assert (snoozed["state"], snooze["reason"]) == ("snoozed", rest["reason"])
    ending = f"{run}/snoozes/{snooze['id']}/resumptions"
    assert door.post(f"{run}/snoozes/E1-99/resumptions", {}).status_code == 404
    assert door.post(ending, {}).status_code == 201
    woken = door.get(run).json()
    assert woken["state"] == "running"
    assert woken["snoozes"][0]["endedAt"]
    assert door.post(ending, {}).status_code == 404


def test_only_who_asked_or_stands_between_settles(door: Knock, run: str) -> None:
    refused = door.as_("holland").post(f"{run}/settlements", {"note": "Klaar."})
    assert refused.status_code == 403
    settled = door.post(f"{run}/settlements", {"note": "De kosten zijn verdeeld."})
    assert settled.status_code == 201
    assert (settled.json()["state"], settled.json()["endedAs"]) == ("ended", "settled")
    assert settled.json()["next"] is None
    case = run.removesuffix("/escalations/E1")
    assert door.get(f"{case}/escalations?open=true").json()["items"] == []
    assert len(door.get(f"{case}/escalations?open=false").json()["items"]) == 1
    assert door.get(f"{run}/outlook").json()["levels"] == []
    late = door.as_("amsterdam").post(f"{run}/acknowledgements", STEP)
    assert late.status_code == 404


def test_the_log_tells_what_happened_to_who_sees_the_case(door: Knock, run: str) -> None:
    door.as_("amsterdam").post(f"{run}/acknowledgements", STEP)
    door.moment[0] += timedelta(days=20)
    sweep(door.house.engine)
    lines = []
    path = f"{run}/history?pageSize=2"
    while path:
        page = door.as_("holland").get(path).json()
        lines += page["items"]
        path = (page["links"]["next"] or "").removeprefix("/api/v1")
    actions = [line["action"] for line in lines if line["action"]]
    assert actions[:3] == [
        "escalation_started",
        "escalation_level_reached",
        "escalation_acknowledged",
    ]
    assert "escalation_lapsed" in actions
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    assert '"amsterdam"' not in json.dumps(lines)


def test_the_log_tells_who_was_told_and_to_his_own_side_whether_he_read_it(
    door: Knock, run: str
) -> None:
    SqlOutbox(door.house.database, door.house.notifying).spread(door.moment[0])
    told = door.as_("holland").get("/notifications").json()["items"]
    [mine] = [one for one in told if one["run"] == "E1"]
    assert door.as_("holland").post(f"/notifications/{mine['id']}/views", {}).status_code == 201

    def read_by_holland(person: str) -> tuple[str, bool]:
        lines = door.as_(person).get(f"{run}/history").json()["items"]
        assert "holland" not in json.dumps(lines).replace("Noord-Holland", "")
        [line] = [one for one in lines if one["rule"] and one["organisation"] == "pv27"]
        assert line["rule"].startswith("nieuw-signaal@")
        assert line["type"] == "escalation-level-reached"
        [inbox] = [way for way in line["deliveries"] if way["channel"] == "inbox"]
        return inbox["state"], line["seenAt"] is not None

    assert read_by_holland("holland") == ("seen", True)
    assert read_by_holland("secretariat") == ("seen", True)
    assert read_by_holland("amsterdam") == ("delivered", False)
    assert len(door.as_("holland").get("/escalations?mine=true").json()["items"]) == 1
    assert door.get("/escalations?mine=true").json()["items"] == []


def test_odd_input_is_refused_in_a_sentence(door: Knock, run: str) -> None:
    case = run.removesuffix("/escalations/E1")
    assert door.get(f"{case}/escalations/E%00").status_code == 404
    assert door.get(f"{case}/escalations/E9").status_code == 404
    assert door.get("/escalations?cursor=eA").status_code == 400
    assert door.get("/escalations?state=asleep").status_code == 400
    assert door.get("/escalations?case=IMP-1999-0001").json()["items"] == []
    assert door.post(f"{case}/escalations", {"policy": ""}).status_code == 400
    assert door.post(f"{case}/escalations", {"policy": "anders"}).status_code == 404
    assert door.post(f"{run}/acknowledgements", {"nextStep": " ", "until": "2026-03-12"}).json()[
        "errors"
    ]
