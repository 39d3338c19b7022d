"""Absences over the API: who records them, who sees them, and what the substitute can do then."""

from __future__ import annotations

import pytest

from impasse.adapters.identity.secrets import issue_token
from impasse.adapters.sql.people import add_person, disable_person
from impasse.domain.people import Person, Role
from impasse.domain.text import same

WEEK = {"fromDay": "2026-03-02", "untilDay": "2026-03-06"}


@pytest.fixture
def colleague(door):
    """A mediator and a supervisor who work for the municipality too."""
    for key, role in (("mia", Role.MEDIATOR), ("eva", Role.SUPERVISOR)):
        person = Person(key, key, same(key), "gm0363", frozenset({role}))
        add_person(door.house.database, person)
        door.tokens[key] = issue_token(door.house.database, key, at=door.moment[0]).secret
    return door


def test_the_substitute_does_the_work_of_who_is_away_and_history_names_the_substitute(colleague):
    case = colleague.as_("amsterdam").open_case()
    assert colleague.as_("mia").get(f"/cases/{case}").status_code == 404

    made = colleague.as_("amsterdam").post("/substitutions", {"substitute": "mia", **WEEK})

    assert made.status_code == 201
    assert made.json()["gaps"] == []
    assert colleague.as_("mia").get(f"/cases/{case}").status_code == 200
    done = colleague.as_("mia").post(
        f"/cases/{case}/confirmations", {"kind": "view", "note": "brief"}
    )
    assert done.status_code == 201
    lines = colleague.as_("amsterdam").get(f"/cases/{case}/history").json()["items"]
    assert [one["function"]["nl"] for one in lines if one["action"] == "confirmed"] == ["mia"]

    ended = colleague.as_("amsterdam")("DELETE", made.headers["location"].removeprefix("/api/v1"))
    assert ended.status_code == 204
    assert colleague.as_("mia").get(f"/cases/{case}").status_code == 404


def test_all_that_is_wrong_with_an_absence_is_told_at_once(colleague):
    answer = colleague.as_("amsterdam").post(
        "/substitutions",
        {"substitute": "utrecht", "fromDay": "2026-03-06", "untilDay": "2026-03-02"},
    )

    assert answer.status_code == 400
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/substitute", "/untilDay"]


def test_a_supervisor_is_nobody_to_absences(colleague):
    refused = colleague.as_("amsterdam").post("/substitutions", {"substitute": "eva", **WEEK})
    assert refused.status_code == 400
    assert "toezichthouder" in refused.text
    own = colleague.as_("eva").post("/substitutions", {"substitute": "amsterdam", **WEEK})
    assert own.status_code == 403
    assert colleague.as_("eva").get("/substitutions").json()["items"] == []
    assert colleague.as_("eva").get("/cases").json()["items"] == []


def test_the_same_request_twice_is_one_absence_and_another_on_those_days_a_conflict(colleague):
    door = colleague.as_("amsterdam")
    body = {"substitute": "mia", **WEEK}

    first = door.post("/substitutions", body, Idempotency_Key="een")
    again = door.post("/substitutions", body, Idempotency_Key="een")
    other = door.post("/substitutions", body, Idempotency_Key="twee")

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 409)
    assert first.json()["id"] == again.json()["id"]
    assert len(door.get("/substitutions").json()["items"]) == 1


def test_an_absence_of_others_is_not_told_apart_from_none(colleague):
    key = (
        colleague.as_("amsterdam")
        .post("/substitutions", {"substitute": "mia", **WEEK})
        .json()["id"]
    )

    for who in ("holland", "secretariat", "eva"):
        for method in ("GET", "DELETE"):
            hidden = colleague.as_(who)(method, f"/substitutions/{key}")
            missing = colleague.as_(who)(method, f"/substitutions/{'0' * 16}")
            assert hidden.status_code == missing.status_code == 404
            assert hidden.text.replace(key, "") == missing.text.replace("0" * 16, "")
    assert colleague.as_("administrator").get(f"/substitutions/{key}").json()["yours"] is True


def test_a_chain_that_came_to_lead_to_nobody_warns(colleague):
    door = colleague.as_("amsterdam")
    key = door.post("/substitutions", {"substitute": "mia", **WEEK}).json()["id"]

    disable_person(colleague.house.database, "mia", at=colleague.moment[0])

    [gap] = door.get(f"/substitutions/{key}").json()["gaps"]
    assert gap["chain"] == ["amsterdam", "mia"]
    assert "neemt niemand waar" in gap["warning"]["nl"]


def test_organs_are_suggested_per_layer(door):
    items = door.get("/organs?pageSize=100").json()["items"]

    name = {"nl": "gedeputeerde staten", "en": "provincial executive"}
    assert {"layer": "province", "name": name} in items
