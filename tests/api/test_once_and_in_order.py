"""The same request is done once, and nobody overwrites what another did meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from impasse.adapters.sql.requests import GIVEN_UP, begin_request, end_request
from impasse.domain.errors import Conflict

EVENT = {"text": "Gesproken in Lelystad", "happenedOn": "2026-03-01"}
CASE = {"title": "Wie betaalt de dijk?", "parties": ["gm0363", "pv27"]}


def test_the_same_key_and_body_get_the_same_answer_and_happen_once(any_door):
    first = any_door.post("/cases", CASE, Idempotency_Key="sleutel-1")
    again = any_door.post("/cases", CASE, Idempotency_Key="sleutel-1")
    assert first.status_code == again.status_code == 201
    assert first.headers["location"] == again.headers["location"]
    assert first.headers["etag"] == again.headers["etag"]
    assert first.json() == again.json()
    assert len(any_door.get("/cases").json()["items"]) == 1


def test_the_same_key_with_another_body_or_address_is_409(any_door):
    any_door.post("/cases", CASE, Idempotency_Key="sleutel-1")
    other = any_door.post("/cases", {**CASE, "title": "Iets anders"}, Idempotency_Key="sleutel-1")
    elsewhere = any_door.post("/cases/IMP-2026-0001/events", EVENT, Idempotency_Key="sleutel-1")
    assert other.status_code == elsewhere.status_code == 409


def test_a_key_belongs_to_who_sent_it(door):
    door.post("/cases", CASE, Idempotency_Key="1")
    assert door.as_("amsterdam").post("/cases", CASE, Idempotency_Key="1").status_code == 201
    assert len(door.get("/cases").json()["items"]) == 2


def test_a_request_that_was_refused_may_be_tried_again_with_its_key(door):
    number = door.open_case()
    path = f"/cases/{number}/transitions"
    refused = door.post(path, {"trigger": "start_fact_finding"}, Idempotency_Key="k")
    done = door.post(path, {"trigger": "start_fact_finding", "note": "Nu."}, Idempotency_Key="k")
    assert (refused.status_code, done.status_code) == (409, 201)


@pytest.mark.parametrize("key", ["", "with space", "x" * 256])
def test_an_unusable_key_is_400(door, key):
    answer = door.post("/cases", CASE, Idempotency_Key=key)
    assert answer.status_code == 400
    assert answer.json()["errors"][0] | {"detail": ""} == {
        "in": "header",
        "pointer": "/Idempotency-Key",
        "detail": "",
    }


def test_many_at_once_with_one_key_happen_once(door):
    number = door.open_case()

    def send(_):
        return door.post(f"/cases/{number}/events", EVENT, Idempotency_Key="k").status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, range(16))) == {201}
    actions = [e["action"] for e in door.get(f"/cases/{number}/history").json()["items"]]
    assert actions.count("event_recorded") == 1


def test_a_change_goes_through_only_when_the_case_is_as_you_read_it(any_door):
    number = any_door.open_case()
    tag = any_door.get(f"/cases/{number}").headers["etag"]
    path = f"/cases/{number}/events"
    first = any_door.post(path, EVENT, If_Match=tag)
    late = any_door.post(path, EVENT, If_Match=tag)
    assert first.status_code == 201
    assert first.headers["etag"] != tag
    assert late.status_code == 412
    assert late.headers["content-type"] == "application/problem+json"
    assert any_door.post(path, EVENT).status_code == 201


def test_a_repeated_request_gets_its_answer_though_the_case_moved_on_by_it(door):
    number = door.open_case()
    headers = {"If_Match": '"1"', "Idempotency_Key": "k"}
    first = door.post(f"/cases/{number}/events", EVENT, **headers)
    again = door.post(f"/cases/{number}/events", EVENT, **headers)
    assert (first.status_code, again.status_code) == (201, 201)


@pytest.mark.parametrize(
    ("tags", "status"),
    [
        ("*", 201),
        ('"1"', 201),
        ('"7", "1"', 201),
        ('"7", "8"', 412),
        ('W/"1"', 412),
        ('"nonsense"', 412),
        ("1", 412),
        ('"99999999999999999999"', 412),
    ],
)
def test_if_match_is_read_as_the_standard_says(door, tags, status):
    number = door.open_case()
    assert door.post(f"/cases/{number}/events", EVENT, If_Match=tags).status_code == status


def test_a_guarded_change_of_a_hidden_case_is_404_not_412(door):
    number = door.open_case()
    for tags in ('"1"', '"9"', '"1", "2"', "*"):
        stranger = door.as_("utrecht")
        answer = stranger.post(f"/cases/{number}/events", EVENT, If_Match=tags)
        assert answer.status_code == 404


def test_a_case_of_which_you_have_the_latest_version_is_not_sent_again(door):
    number = door.open_case()
    first = door.get(f"/cases/{number}")
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = door.get(f"/cases/{number}", headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["api-version"] == "1.0.0"
    door.post(f"/cases/{number}/events", EVENT)
    assert door.get(f"/cases/{number}", headers={"If-None-Match": tag}).status_code == 200


def test_every_single_resource_has_a_strong_tag(door):
    number = door.open_case()
    door.post(
        "/meetings",
        {
            "day": "2026-03-20",
            "startsAt": "10:00:00",
            "endsAt": "12:00:00",
            "place": "Den Haag",
            "closesOn": "2026-03-13",
        },
    )
    paths = (
        f"/cases/{number}",
        f"/cases/{number}/signals/S1",
        f"/cases/{number}/early-warning",
        "/organisations/gm0363",
        "/meetings/2026-03-20",
        "/workflows/interbestuurlijke-impasse@2",
        "/problem-types/invalid",
        "/me",
    )
    for path in paths:
        tag = door.get(path).headers["etag"]
        assert tag.startswith('"'), path
        assert door.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_a_key_of_which_the_process_died_is_free_again_after_a_while(door):
    database, at = door.house.database, door.moment[0]
    assert begin_request(database, "secretariat", "k", "hash", at) is None
    with pytest.raises(Conflict, match="already"):
        begin_request(database, "secretariat", "k", "hash", at)
    assert begin_request(database, "secretariat", "k", "hash", at + GIVEN_UP) is None
    end_request(database, "secretariat", "k", "M1")
    assert begin_request(database, "secretariat", "k", "hash", at + GIVEN_UP) == "M1"
