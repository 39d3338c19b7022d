"""Cases move to another version through the REST door."""

from __future__ import annotations

import pytest

from builders import PROCEDURE
from versions import text_to_come

CASE = "IMP-2026-0001"
CONSENT = {"kind": "migration", "about": f"{PROCEDURE}@3", "note": "brief"}


@pytest.fixture
def two_versions(door, tmp_path):
    """A house with one case, on the present version, that adopts the one to come."""
    assert door.open_case() == CASE
    path = tmp_path / "nieuw.yaml"
    path.write_text(text_to_come(), "utf-8")
    door.house.procedures.adopt(path, by="overleg", at=door.moment[0])
    return door


def plan(door, **other):
    """Plan a migration from version 2 to version 3."""
    return door.post("/migrations", {"name": PROCEDURE, "from": "2", "to": "3", **other})


def test_a_plan_is_made_looked_at_carried_out_and_taken_back(two_versions):
    door = two_versions
    case = CASE
    seen = door.as_("amsterdam").get(f"/cases/{case}/versions/3")
    assert seen.json()["notes"][0]["nl"].startswith("De termijn was 10 werkdagen en wordt 15")
    assert door.as_("utrecht").get(f"/cases/{case}/versions/3").status_code == 404
    answer = plan(door, stages={"joint_fact_finding": "facts"})
    assert answer.status_code == 201
    assert answer.headers["location"] == "/api/v1/migrations/M1"
    assert answer.json()["counts"]["lacking"] == 1
    [item] = door.get("/migrations/M1/items").json()["items"]
    assert item["plan"]["lacking"] == ["gemeente Amsterdam", "provincie Noord-Holland"]
    assert item["plan"]["timers"][0]["what"]["nl"].startswith("herinnering")
    for person in ("amsterdam", "holland"):
        assert door.as_(person).post(f"/cases/{case}/confirmations", CONSENT).status_code == 201
    ran = door.post("/migrations/M1/runs", {})
    assert (ran.status_code, ran.json()["state"], ran.json()["counts"]["done"]) == (
        201,
        "finished",
        1,
    )
    assert door.get(f"/cases/{case}").json()["workflow"] == f"{PROCEDURE}@3"
    last = door.get(f"/cases/{case}/history").json()["items"][-1]
    assert last["action"] == "migrated"
    undone = door.post("/migrations/M1/undos", {})
    assert undone.json()["state"] == "undone"
    assert door.post("/migrations/M1/undos", {}).status_code == 409
    assert [one["id"] for one in door.get("/migrations").json()["items"]] == ["M1"]


@pytest.mark.parametrize("person", ["amsterdam", "administrator"])
def test_only_the_secretariat_plans_looks_runs_and_undoes(two_versions, person):
    plan(two_versions)
    other = two_versions.as_(person)
    assert plan(other).status_code == 403
    for path in ("/migrations", "/migrations/M1", "/migrations/M1/items"):
        assert other.get(path).status_code == 403
    for path in ("/migrations/M1/runs", "/migrations/M1/undos"):
        assert other.post(path, {}).status_code == 403


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        ({"to": "9"}, 400, "niet aangenomen"),
        ({"to": "2"}, 400, "twee keer"),
        ({"stages": {"x": "signal"}}, 400, "kent de fase 'x' niet"),
        ({"policy": "later"}, 400, ""),
        ({"stages": ["signal"]}, 400, ""),
    ],
)
def test_a_plan_that_cannot_be_is_refused_in_words(two_versions, sent, status, words):
    answer = plan(two_versions, **sent)
    assert answer.status_code == status, answer.text
    assert words in answer.text


def test_what_is_not_there_is_not_found(door):
    for path in ("/migrations/M7", "/migrations/M7/items", "/migrations/%00"):
        assert door.get(path).status_code == 404
    for path in ("/migrations/M7/runs", "/migrations/M7/undos"):
        assert door.post(path, {}).status_code == 404
    case = door.open_case()
    assert door.get(f"/cases/{case}/versions/77").status_code == 404


def test_the_same_request_with_its_key_plans_once(two_versions):
    asked = {"name": PROCEDURE, "from": "2", "to": "3"}
    first = two_versions.post("/migrations", asked, Idempotency_Key="k")
    again = two_versions.post("/migrations", asked, Idempotency_Key="k")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert len(two_versions.get("/migrations").json()["items"]) == 1
    elsewhere = two_versions.post("/cases", {"title": "T", "parties": ["gm0363", "pv27"]},
                                  Idempotency_Key="k")  # fmt: skip
    other = two_versions.post("/migrations", {**asked, "to": "2"}, Idempotency_Key="k")
    assert (elsewhere.status_code, other.status_code) == (409, 409)


def test_every_version_that_was_not_adopted_is_named_and_the_key_is_given_back(two_versions):
    asked = {"name": PROCEDURE, "from": "98", "to": "99"}
    refused = two_versions.post("/migrations", asked, Idempotency_Key="k")
    assert refused.status_code == 400
    assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/from", "/to"]
    mended = {**asked, "from": "2", "to": "3"}
    assert two_versions.post("/migrations", mended, Idempotency_Key="k").status_code == 201


def test_a_run_goes_through_only_when_the_migration_is_as_you_read_it(two_versions):
    href = plan(two_versions).headers["location"].removeprefix("/api/v1")
    tag = two_versions.get(href).headers["etag"]
    for person in ("amsterdam", "holland"):
        two_versions.as_(person).post(f"/cases/{CASE}/confirmations", CONSENT)

    def run(**headers):
        return two_versions.post(f"{href}/runs", {}, **headers).status_code

    assert run(If_Match='"other"') == 412
    assert run(If_Match=tag, Idempotency_Key="run") == 201
    assert run(If_Match=tag, Idempotency_Key="run") == 201
    assert run(If_Match=tag) == 412
