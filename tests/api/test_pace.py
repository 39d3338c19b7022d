"""Who goes too fast is told how long to wait, and nobody else has to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from impasse.adapters.pace import MOST_NAMES, Pace
from impasse.api.admission import UNKNOWN_TOKENS_PER_MINUTE

EVENT = {"text": "Gesproken in Lelystad", "happenedOn": "2026-03-01"}


def test_who_writes_too_fast_waits_and_others_and_readers_do_not(door):
    number = door.open_case()
    door.client.app.routes[0].app.state.writers = Pace(2)
    path = f"/cases/{number}/events"
    assert [door.post(path, EVENT).status_code for _ in range(3)] == [201, 201, 429]
    refused = door.post(path, EVENT)
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["retry-after"] == "30"
    assert refused.json()["type"] == "/api/v1/problem-types/too-many-requests"
    assert door.get(f"/cases/{number}").status_code == 200
    assert door.as_("amsterdam").post(path, EVENT).status_code == 201
    door.moment[0] += timedelta(seconds=30)
    assert [door.post(path, EVENT).status_code for _ in range(2)] == [201, 429]


def test_the_pace_is_a_setting(door):
    assert door.house.settings.writes_per_minute == 120
    path = f"/cases/{door.open_case()}/events"
    statuses = [door.post(path, {}).status_code for _ in range(120)]
    assert statuses == [400] * 119 + [429]


def test_who_tries_tokens_is_slowed_down_and_a_good_token_still_comes_in(door):
    def attempt():
        headers = {"Authorization": "Bearer imp_guess"}
        return door.client.get("/api/v1/me", headers=headers)

    answers = [attempt() for _ in range(UNKNOWN_TOKENS_PER_MINUTE + 1)]
    assert {a.status_code for a in answers[:-1]} == {401}
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert door.get("/me").status_code == 200


def test_a_bucket_fills_evenly_and_no_further_than_a_minute(door):
    at, pace = door.moment[0], Pace(60)
    assert [pace.wait("a", at) for _ in range(60)] == [0] * 60
    assert pace.wait("a", at) == 1
    assert pace.wait("a", at + timedelta(seconds=1)) == 0
    assert pace.wait("a", at - timedelta(hours=1)) == 1
    assert [pace.wait("a", at + timedelta(days=1)) for _ in range(61)] == [0] * 60 + [1]


@pytest.mark.parametrize("later", [0, 61])
def test_names_that_were_left_alone_are_forgotten(door, later):
    at, pace = door.moment[0], Pace(60)
    for number in range(MOST_NAMES):
        pace.wait(str(number), at)
    pace.wait("one more", at + timedelta(seconds=later))
    assert len(pace._left) == (1 if later else MOST_NAMES + 1)
