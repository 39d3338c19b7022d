"""Procedures through the REST door: everybody reads the proof, the secretariat adopts."""

from __future__ import annotations

import pytest

from impasse.adapters.files.shipped import shipped

SHIPPED = shipped("workflows", "spoed.yaml").read_text("utf-8")
NEWER = SHIPPED.replace('version: "1"', 'version: "2"')


def test_everybody_sees_which_version_is_in_force_and_how_it_was_adopted(door):
    party = door.as_("amsterdam")
    listed = {one["name"]: one for one in party.get("/workflows").json()["items"]}
    spoed = listed["spoed"]
    assert (spoed["validity"], spoed["adoptedBy"]) == ("in_force", "impasse")
    whole = party.get("/workflows/spoed").json()
    for key in ("validFrom", "validity", "adoptedAt", "adoptedBy", "contentHash", "reference"):
        assert whole[key] == spoed[key]


def test_the_certificate_carries_its_proof(door):
    certificate = door.as_("amsterdam").get("/workflows/spoed/certificate").json()
    assert certificate["sound"] is True
    assert certificate["contentHash"] == door.get("/workflows/spoed").json()["contentHash"]
    assert certificate["states"] == len(certificate["positions"])
    verdicts = {one["property"]: one for one in certificate["verdicts"]}
    assert verdicts["option_to_complete"]["holds"] is True
    assert verdicts["option_to_complete"]["witness"][0]["source"]
    assert verdicts["no_dead_transition"]["sentence"]["nl"]
    assert door.get("/workflows/spoed@99/certificate").status_code == 404
    assert door.get("/workflows/a%00b/certificate").status_code == 404


def test_the_secretariat_adopts_a_version_as_of_a_day_once(door):
    sent = {"content": NEWER, "validFrom": "2030-01-01"}
    tried = door.post("/workflows", {**sent, "tryOnly": True})
    assert (tried.status_code, tried.json()["adopted"]) == (200, False)
    adopted = door.post("/workflows", sent)
    assert (adopted.status_code, adopted.json()["adopted"]) == (201, True)
    assert adopted.json()["certificate"]["sound"] is True
    place = adopted.headers["location"].removeprefix("/api/v1")
    assert door.get(place).json()["validity"] == "upcoming"
    assert door.get("/workflows/spoed").json()["version"] == "1"
    again = door.post("/workflows", sent)
    assert (again.status_code, again.json()["adopted"]) == (200, False)


def test_an_unsound_version_is_refused_with_every_reason_and_its_line(door):
    broken = NEWER.replace("initial: signal", "initial: start").replace(
        "owner: party", "owner: clock"
    )
    refused = door.post("/workflows", {"content": broken})
    assert refused.status_code == 400
    errors = refused.json()["errors"]
    assert len(errors) > 1
    line = broken.splitlines().index("initial: start") + 1
    told = [error["detail"] for error in errors]
    assert any(
        f"egel {line}: beginfase 'start'" in one or f"ine {line}: initial" in one for one in told
    )
    assert {error["pointer"] for error in errors} == {"/content"}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 400),
        ({"content": ""}, 400),
        ({"content": "a: ["}, 400),
        ({"content": NEWER, "validFrom": "2020-01-01"}, 400),
        ({"content": NEWER, "validFrom": 7}, 400),
        ({"content": SHIPPED.replace("Spoed", "Haast")}, 409),
        ({"content": NEWER, "more": 1}, 400),
    ],
)
def test_what_cannot_be_adopted_is_refused(door, sent, status):
    assert door.post("/workflows", sent).status_code == status


def test_only_the_secretariat_adopts(door):
    assert door.as_("amsterdam").post("/workflows", {"content": NEWER}).status_code == 403
