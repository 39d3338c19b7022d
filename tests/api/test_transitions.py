"""Moves: seen with what they lack, and made."""

from __future__ import annotations


def _move(door, number, trigger):
    items = door.get(f"/cases/{number}/transitions").json()["items"]
    return next(item for item in items if item["trigger"] == trigger)


def test_you_see_which_moves_there_are_for_whom_and_what_each_still_lacks(door):
    number = door.open_case()
    move = _move(door, number, "start_fact_finding")
    assert move["label"]["nl"] == "Start feiten vaststellen"
    assert move["to"]["name"] == "joint_fact_finding"
    assert move["roles"] == ["mediator", "secretariat"]
    assert move["yours"]
    assert move["ready"]
    assert {(lack["guard"], lack["required"]) for lack in move["lacks"]} == {
        ("all_parties_heard", False),
        ("handler_appointed", False),
    }
    assert move["lacks"][0]["label"]["nl"]
    assert not _move(door.as_("amsterdam"), number, "start_fact_finding")["yours"]


def test_an_advised_condition_is_passed_with_a_reason_only(door):
    number = door.open_case()
    without = door.post(f"/cases/{number}/transitions", {"trigger": "start_fact_finding"})
    assert without.status_code == 409
    assert without.json()["type"].endswith("/conditions-not-met")
    assert {lack["guard"] for lack in without.json()["lacks"]} == {
        "all_parties_heard",
        "handler_appointed",
    }
    assert all(lack["text"] and lack["required"] is False for lack in without.json()["lacks"])
    made = door.post(
        f"/cases/{number}/transitions", {"trigger": "start_fact_finding", "note": "Er is haast."}
    )
    assert made.status_code == 201
    assert made.json()["stage"]["name"] == "joint_fact_finding"


def test_a_required_condition_has_no_way_around_it(door):
    number = door.open_case()
    for trigger in ("start_fact_finding", "start_rule_interpretation"):
        door.post(f"/cases/{number}/transitions", {"trigger": trigger, "note": "Verder."})
    answer = door.post(
        f"/cases/{number}/transitions", {"trigger": "start_mediation", "note": "Toch."}
    )
    assert answer.status_code == 409
    required = {lack["guard"] for lack in answer.json()["lacks"] if lack["required"]}
    assert "mediator_appointed" in required
    assert not _move(door, number, "start_mediation")["ready"]


def test_a_move_that_is_not_there_is_refused_with_what_is(door):
    number = door.open_case()
    answer = door.post(f"/cases/{number}/transitions", {"trigger": "fly"})
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/no-such-move")
    assert "start_fact_finding" in answer.json()["detail"]


def test_a_move_for_another_role_is_403(door):
    number = door.open_case()
    answer = door.as_("amsterdam").post(
        f"/cases/{number}/transitions", {"trigger": "start_fact_finding", "note": "Ik wil."}
    )
    assert answer.status_code == 403


def test_a_pause_asks_for_its_last_day(door):
    number = door.open_case()
    moves = door.get(f"/cases/{number}/transitions").json()["items"]
    [pause] = [move["trigger"] for move in moves if move["untilRequired"]]
    for organisation in ("gm0363", "pv27"):
        door.post(
            f"/cases/{number}/confirmations",
            {"kind": "standstill", "organisation": organisation, "note": "verslag"},
        )
    without = door.post(f"/cases/{number}/transitions", {"trigger": pause, "note": "Rust."})
    assert without.json()["errors"][0]["pointer"] == "/until"
    paused = door.post(
        f"/cases/{number}/transitions",
        {"trigger": pause, "note": "Rust.", "until": "2026-04-01"},
    )
    assert paused.json()["status"] == "paused"
    assert paused.json()["term"]["end"] == "2026-04-01"
