"""A simulation over the wire: bounded, for the secretariat, and the same for the same seed."""

from __future__ import annotations

ADDRESS = "/workflows/interbestuurlijke-impasse/simulation"


def test_the_same_seed_gives_the_same_simulation(door):
    told = door.get(f"{ADDRESS}?cases=100&seed=4")
    assert told.status_code == 200
    found = told.json()
    assert (found["cases"], found["seed"]) == (100, 4)
    assert found["finished"] + found["unfinished"] == 100
    assert {role["role"] for role in found["roles"]} >= {"party", "mediator", "secretariat"}
    assert any("assumed" in sentence["en"] for sentence in found["assumptions"])
    again = door.get(f"{ADDRESS}?cases=100&seed=4")
    assert again.json() == found
    assert again.headers["etag"] == told.headers["etag"]


def test_too_many_cases_and_other_keys_are_refused(door):
    for query in ("cases=2001", "cases=0", "cases=veel", "seed=-1", "staff=3"):
        assert door.get(f"{ADDRESS}?{query}").status_code == 400


def test_it_is_for_the_secretariat_and_for_versions_that_exist(door):
    assert door.as_("amsterdam").get(ADDRESS).status_code == 403
    assert door.get("/workflows/interbestuurlijke-impasse@77/simulation").status_code == 404
