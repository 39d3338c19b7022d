"""Cases: who sees them, how they are found, and what can be done in them."""

from __future__ import annotations

from datetime import timedelta

import pytest


def test_a_case_is_opened_and_found_where_the_answer_says(door):
    answer = door.as_("amsterdam").post(
        "/cases",
        {
            "title": "  Wie betaalt de dijk? ",
            "parties": ["gm0363", "pv27"],
            "signals": [{"indicator": "A1", "reliability": "document", "happenedOn": "2026-02-20"}],
            "summary": "Het Rijk en de provincie lezen het convenant anders.",
            "regions": ["IJmeer"],
        },
    )
    assert answer.status_code == 201
    assert answer.headers["location"] == "/api/v1/cases/IMP-2026-0001"
    found = door.client.get(
        answer.headers["location"], headers={"Authorization": f"Bearer {door.tokens['holland']}"}
    )
    assert found.status_code == 200
    assert found.json() == answer.json()
    assert found.headers["etag"] == answer.headers["etag"]
    case = found.json()
    assert case["title"] == "Wie betaalt de dijk?"
    assert case["stage"] == {"name": "signal", "label": {"nl": "Signaal", "en": "Signal"}}
    assert case["signals"][0]["organisation"] == "gm0363"
    assert case["term"]["end"] == "2026-03-16"
    assert case["term"]["endsAt"] == "2026-03-16T23:00:00Z"
    assert [party["layer"] for party in case["parties"]] == ["municipality", "province"]


def test_what_you_may_not_see_answers_exactly_like_what_does_not_exist(door):
    number = door.open_case()
    stranger = door.as_("utrecht")
    sub_paths = ("", "/transitions", "/signals", "/signals/S1", "/parties", "/confirmations")
    sub_paths += ("/terms", "/history", "/early-warning")
    for sub in sub_paths:
        there = stranger.get(f"/cases/{number}{sub}")
        nowhere = stranger.get(f"/cases/IMP-2026-9999{sub}")
        assert there.status_code == nowhere.status_code == 404
        assert there.text.replace(number, "X") == nowhere.text.replace("IMP-2026-9999", "X")
        assert dict(there.headers) == dict(nowhere.headers)
    assert stranger.get("/cases").json()["items"] == []


CHANGES = [
    ("/transitions", {"trigger": "start_fact_finding"}),
    ("/signals", {"indicator": "A1", "reliability": "document", "happenedOn": "2026-02-20"}),
    ("/signals/S1/closures", {"closedOn": "2026-03-01"}),
    ("/parties", {"organisation": "gm0344"}),
    ("/confirmations", {"kind": "view"}),
    ("/appointments", {"office": "handler", "appointee": "secretariat"}),
    ("/events", {"text": "Gesproken", "happenedOn": "2026-03-01"}),
    ("/tiers", {"tier": "directors", "reason": "Zij zijn eruit gegaan."}),
]


@pytest.mark.parametrize(("sub", "body"), CHANGES)
def test_who_takes_no_part_cannot_change_a_case_and_does_not_learn_that_it_exists(door, sub, body):
    number = door.open_case()
    stranger = door.as_("utrecht")
    there = stranger.post(f"/cases/{number}{sub}", body)
    nowhere = stranger.post(f"/cases/IMP-2026-9999{sub}", body)
    assert there.status_code == nowhere.status_code == 404
    assert there.text.replace(number, "X") == nowhere.text.replace("IMP-2026-9999", "X")
    assert door.get(f"/cases/{number}").json()["revision"] == 1


@pytest.mark.parametrize(("sub", "body"), CHANGES)
def test_the_secretariat_can_take_every_step_and_sees_what_came_of_it(door, sub, body):
    number = door.open_case()
    if sub == "/transitions":
        body = {**body, "note": "De anderen zijn vandaag gehoord."}
    if sub == "/confirmations":
        body = {**body, "organisation": "gm0363", "note": "brief van 1 maart"}
    answer = door.post(f"/cases/{number}{sub}", body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"].startswith(f"/api/v1/cases/{number}")
    assert answer.headers["etag"] == '"2"'
    after = door.get(answer.headers["location"].removeprefix("/api/v1"))
    assert after.json() == answer.json()
    assert after.headers["etag"] == '"2"'


def test_a_party_may_not_appoint(door):
    number = door.open_case()
    answer = door.as_("amsterdam").post(
        f"/cases/{number}/appointments", {"office": "handler", "appointee": "ik"}
    )
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secretariaat" in answer.json()["detail"]


def test_cases_are_found_by_each_of_their_filters(door):
    water = door.open_case()
    housing = door.open_case(
        title="Wie bouwt waar?",
        parties=["gm0344", "mnre1034"],
        policyArea="wonen",
        regions=["Utrecht"],
        signals=[],
    )
    door.post(f"/cases/{housing}/tiers", {"tier": "directors", "reason": "Vastgelopen."})
    finds = {
        "policyArea=wonen": [housing],
        "region=IJmeer": [water],
        "layer=province": [water],
        "tier=directors": [housing],
        "tier=officials": [water],
        "stage=signal": [water, housing],
        "stage=resolution": [],
        "status=open&status=paused": [water, housing],
        "status=closed": [],
        "level=red": [],
        "q=dijk": [water],
        "q=gemeente+utrecht": [housing],
        "dueBefore=2026-03-10": [],
        "dueBefore=2026-04-01": [water, housing],
    }
    for query, wanted in finds.items():
        items = door.get(f"/cases?{query}").json()["items"]
        assert [item["id"] for item in items] == wanted, query


def test_a_signal_is_reported_read_and_closed_once(door):
    number = door.open_case()
    party = door.as_("amsterdam")
    answer = party.post(
        f"/cases/{number}/signals",
        {"indicator": "A2", "reliability": "first_hand", "happenedOn": "2026-03-01", "text": "x"},
    )
    assert answer.headers["location"] == f"/api/v1/cases/{number}/signals/S2"
    assert answer.json()["organisation"] == "gm0363"
    assert [s["id"] for s in party.get(f"/cases/{number}/signals").json()["items"]] == ["S1", "S2"]
    closing = {"closedOn": "2026-03-02", "kept": True, "note": "Nagekomen."}
    closed = party.post(f"/cases/{number}/signals/S2/closures", closing)
    assert (closed.status_code, closed.json()["closedAs"]) == (201, "kept")
    assert party.post(f"/cases/{number}/signals/S2/closures", closing).status_code == 409
    assert party.post(f"/cases/{number}/signals/S9/closures", closing).status_code == 404
    assert party.get(f"/cases/{number}/signals/S9").status_code == 404
    too_late = party.post(f"/cases/{number}/signals/S1/closures", {"closedOn": "2026-03-03"})
    assert too_late.json()["errors"][0]["pointer"] == "/closedOn"


def test_a_party_confirms_for_itself(door):
    number = door.open_case()
    door.as_("holland").post(f"/cases/{number}/confirmations", {"kind": "view", "note": "brief"})
    items = door.get(f"/cases/{number}/confirmations").json()["items"]
    assert [(i["kind"], i["organisation"], i["perParty"]) for i in items] == [
        ("view", "pv27", True)
    ]
    assert items[0]["at"] == "2026-03-02T09:00:00Z"
    for_another = door.as_("holland").post(
        f"/cases/{number}/confirmations", {"kind": "view", "organisation": "gm0363"}
    )
    assert for_another.status_code == 400


def test_an_organisation_that_joins_sees_the_case_from_then_on(door):
    number = door.open_case()
    assert door.as_("utrecht").get(f"/cases/{number}").status_code == 404
    answer = door.post(f"/cases/{number}/parties", {"organisation": "gm0344", "role": "buur"})
    assert answer.json()["parties"][-1]["name"] == "gemeente Utrecht"
    assert door.as_("utrecht").get(f"/cases/{number}").status_code == 200
    unknown = door.post(f"/cases/{number}/parties", {"organisation": "gm9999"})
    assert unknown.json()["errors"][0]["pointer"] == "/organisation"
    parties = door.get(f"/cases/{number}/parties").json()["items"]
    assert [party["role"] for party in parties] == ["", "", "buur"]


def test_each_term_explains_why_it_ends_when_it_does(door):
    number = door.open_case()
    [term] = door.get(f"/cases/{number}/terms").json()["items"]
    assert (term["start"], term["end"], term["state"]) == ("2026-03-02", "2026-03-16", "running")
    codes = [step["code"] for step in term["explanation"]]
    assert codes[:2] == ["calculation", "start"]
    assert codes[-1] == "end"
    assert "16 maart 2026" in term["explanation"][-1]["text"]["nl"]
    assert term["warnings"] == []


def test_early_warning_gives_its_reasons(door):
    number = door.open_case()
    now = door.get(f"/cases/{number}/early-warning").json()
    assert now["on"] == "2026-03-02"
    assert now["score"] > 0
    assert now["reasons"][0]["signal"] == "S1"
    assert {d["code"] for d in now["dimensions"]} >= {"A", "E"}
    assert now["indicatorsVersion"]


def test_points_of_early_warning_are_rounded_like_its_score_and_reasons_name_the_party(door):
    number = door.open_case()
    door.moment[0] += timedelta(days=9)
    now = door.get(f"/cases/{number}/early-warning").json()
    told = now["reasons"] + now["contributions"] + now["dimensions"]
    assert all(round(part["points"], 1) == part["points"] for part in told)
    reason = next(reason for reason in now["reasons"] if reason["signal"] == "S1")
    assert reason["organisation"] == "gm0363"
    assert reason["organisationName"] == "gemeente Amsterdam"
    assert ": gemeente Amsterdam, " in reason["sentence"]["nl"]
    assert "gm0363" not in reason["sentence"]["nl"]
    assert all(not r["organisationName"] for r in now["contributions"] if not r["signal"])


def test_history_tells_who_by_function_and_never_by_name(door):
    number = door.as_("amsterdam").open_case()
    door.post(f"/cases/{number}/tiers", {"tier": "directors", "reason": "Vastgelopen."})
    answer = door.get(f"/cases/{number}/history")
    first, *_, last = answer.json()["items"]
    assert first["action"] == "case_opened"
    assert first["function"] == {"nl": "liaison water", "en": "liaison for water"}
    assert first["organisation"] == "gm0363"
    assert last["sentence"]["nl"].endswith("Vastgelopen.")
    assert len(last["hash"]) == 64
    assert "A. Dam" not in answer.text
    assert "S. Secretaris" not in answer.text
