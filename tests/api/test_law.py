"""Openness, keeping and one's own data through the REST door."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest

from impasse.adapters.identity.secrets import TokenScope, issue_token
from impasse.adapters.sql.people import add_person
from impasse.adapters.sql.people import person as person_called
from room_people import let_in

if TYPE_CHECKING:
    from conftest import Knock


def _note(door: Knock, case: str, room: str, text: str, part: str = "view") -> Any:
    sent = {"kind": "note", "part": part, "title": "Over de dijk", "text": text}
    answer = door("POST", f"/cases/{case}/rooms/{room}/contributions", json=sent)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def test_a_hold_is_placed_seen_and_lifted(door: Knock) -> None:
    case = door.open_case()
    amsterdam, holland = door.as_("amsterdam"), door.as_("holland")
    path = f"/cases/{case}/legal-holds"
    made = amsterdam("POST", path, json={"reason": "Woo-verzoek", "reference": "W 12"})
    assert made.status_code == 201
    assert made.json()["id"] == "B1"
    assert made.headers["Location"].endswith(f"{path}/B1")
    assert holland("GET", f"{path}/B1").json()["liftedAt"] is None
    assert holland("POST", f"{path}/B1/liftings", json={"reason": "nee"}).status_code == 403
    assert door.as_("utrecht")("GET", path).status_code == 404
    assert amsterdam("POST", path, json={"reason": ""}).status_code == 400
    assert amsterdam("POST", f"{path}/B9/liftings", json={"reason": "x"}).status_code == 404
    lifted = amsterdam("POST", f"{path}/B1/liftings", json={"reason": "besluit genomen"})
    assert lifted.json()["liftedBecause"] == "besluit genomen"
    assert amsterdam("POST", f"{path}/B1/liftings", json={"reason": "weer"}).status_code == 409
    assert [one["id"] for one in door("GET", path).json()["items"]] == ["B1"]
    assert door("GET", f"/cases/{case}/rooms/shared").json()["destroyedOn"] is None


def test_each_government_assesses_its_own_copy(door: Knock) -> None:
    case = door.open_case()
    amsterdam, holland = door.as_("amsterdam"), door.as_("holland")
    _note(holland, case, "shared", "twaalf kilometer", "objective")
    _note(holland, case, "shared", "wij vinden dat te veel")
    path = f"/cases/{case}/disclosure-assessments"
    refused = {"item": "N1", "disclosure": "refused", "grounds": ["5.2.1"], "note": "intern"}
    wrong = amsterdam("POST", path, json=refused)
    assert wrong.status_code == 400
    assert wrong.json()["errors"][0]["pointer"] == "/grounds/0"
    before = door("GET", f"/cases/{case}").headers["ETag"]
    made = amsterdam("POST", path, json={"item": "N1", "disclosure": "full"})
    assert made.status_code == 201
    assert amsterdam("POST", path, json=refused | {"item": "N2"}).status_code == 201
    assert door("GET", f"/cases/{case}").headers["ETag"] == before
    own = {one["item"]: one for one in amsterdam("GET", path).json()["items"]}
    assert [own[item]["disclosure"] for item in ("N1", "N2", "S1")] == ["full", "refused", None]
    others = holland("GET", path).json()["items"]
    assert {one["disclosure"] for one in others} == {None}
    assert door("GET", path).status_code == 404
    objective = holland("GET", f"/cases/{case}/objective-part").json()["items"]
    assert [one["text"] for one in objective] == ["twaalf kilometer"]
    exports = f"/cases/{case}/disclosure-exports"
    packed = amsterdam("GET", f"{exports}/gm0363")
    assert packed.headers["Content-Type"] == "application/zip"
    with ZipFile(BytesIO(packed.content)) as archive:
        assert "notities/N1.txt" in archive.namelist()
        assert "notities/N2.txt" not in archive.namelist()
    tag = packed.headers["ETag"]
    again = amsterdam("GET", f"{exports}/gm0363", headers={"If-None-Match": tag})
    assert again.status_code == 304
    for person in ("holland", "secretariat", "utrecht", "administrator"):
        assert door.as_(person)("GET", f"{exports}/gm0363").status_code == 404


def test_somebody_takes_the_own_data_along_and_nobody_elses(door: Knock) -> None:
    case = door.open_case()
    amsterdam, holland = door.as_("amsterdam"), door.as_("holland")
    _note(amsterdam, case, "side-gm0363", "van mij alleen")
    _note(holland, case, "side-pv27", "van een ander")
    mine = amsterdam("GET", "/me/personal-data")
    assert mine.status_code == 200
    assert "van mij alleen" in mine.text
    assert "van een ander" not in mine.text
    body = mine.json()
    assert body["person"]["id"] == "amsterdam"
    assert "17" in body["erasure"]["nl"]
    assert {"hash", "secret", "totpSecret", "passwordHash"}.isdisjoint(
        name for rows in body["kept"].values() for row in rows for name in row
    )
    # Who takes them along again at once, has read them once.
    assert amsterdam("GET", "/me/personal-data").status_code == 200
    reads = amsterdam("GET", f"/cases/{case}/rooms/side-gm0363/reads").json()["items"]
    assert [one["what"] for one in reads].count("personal data") == 1
    assert len(door("GET", "/disclosure-grounds?pageSize=100").json()["items"]) == 17


def test_who_was_taken_off_hears_nothing_of_what_was_done_with_his_words(door: Knock) -> None:
    let_in(door.house, door.tokens, door.moment[0])
    case, amsterdam, mediator = door.open_case(), door.as_("amsterdam"), door.as_("mediator")
    appointments = f"/cases/{case}/appointments"
    door("POST", appointments, json={"office": "mediator", "appointee": "mediator"})
    rooms = mediator("GET", f"/cases/{case}/rooms").json()["items"]
    caucus = next(one["id"] for one in rooms if one["kind"] == "caucus")
    _note(mediator, case, caucus, "wat mij werd verteld")
    releases = f"/cases/{case}/rooms/{caucus}/releases"
    wording = {"contribution": "N1", "part": "view", "title": "Bod", "text": "een voorstel"}
    assert mediator("POST", releases, json=wording).status_code == 201
    door("POST", appointments, json={"office": "mediator", "appointee": "other-mediator"})
    before = mediator("GET", "/me/personal-data").json()["kept"]["releases"]
    declined = {"approved": False, "note": "nooit, om reden van onze ondergrens"}
    assert amsterdam("POST", f"{releases}/V1/decisions", json=declined).status_code == 201
    after = mediator("GET", "/me/personal-data")
    assert "een voorstel" in after.text
    assert "ondergrens" not in after.text
    assert after.json()["kept"]["releases"] == before


def test_why_a_colleague_is_away_is_about_the_colleague(door: Knock) -> None:
    colleague = replace(person_called(door.house.database, "amsterdam"), id="collega")
    add_person(door.house.database, colleague)
    door.tokens["collega"] = issue_token(door.house.database, "collega", at=door.moment[0]).secret
    week = {"fromDay": "2026-03-02", "untilDay": "2026-03-06", "reason": "een operatie"}
    made = door.as_("amsterdam")("POST", "/substitutions", json={"substitute": "collega", **week})
    assert made.status_code == 201
    assert "een operatie" in door.as_("amsterdam")("GET", "/me/personal-data").text
    [one] = door.as_("collega")("GET", "/me/personal-data").json()["kept"]["substitutions"]
    assert one["personId"] == "amsterdam"
    assert "reason" not in one


def test_a_token_without_rooms_gets_nothing_of_rooms(door: Knock) -> None:
    case = door.open_case()
    amsterdam = door.as_("amsterdam")
    _note(amsterdam, case, "side-gm0363", "van mij alleen")
    _note(amsterdam, case, "shared", "van ons allen")
    secret = issue_token(
        door.house.database,
        "amsterdam",
        at=door.moment[0],
        scopes=frozenset({TokenScope.READ, TokenScope.WRITE}),
    ).secret
    bare = {"Authorization": f"Bearer {secret}"}
    mine = amsterdam("GET", "/me/personal-data", headers=bare).text
    assert "van ons allen" in mine
    assert "van mij alleen" not in mine
    assert "side:" not in mine
    path = f"/cases/{case}/disclosure-assessments"
    assert amsterdam("GET", path, headers=bare).status_code == 404
    sent = {"item": "N1", "disclosure": "full"}
    assert amsterdam("POST", path, json=sent, headers=bare).status_code == 404
    exports = f"/cases/{case}/disclosure-exports/gm0363"
    assert amsterdam("GET", exports, headers=bare).status_code == 404


@pytest.mark.parametrize(
    "sent",
    [
        {"item": "", "disclosure": "full"},
        {"item": "N1", "disclosure": "maybe"},
        {"item": "N1", "disclosure": "partial", "grounds": "5.1.2.e"},
        {"item": "N1", "disclosure": "partial", "grounds": ["5.1.2.e"] * 41},
        {"item": "N1", "disclosure": "partial", "grounds": ["\u0000"], "note": "x"},
        {"item": "N1", "disclosure": "partial", "grounds": ["x" * 9_000], "note": "x"},
        {"item": "N1", "disclosure": "full", "note": "x" * 5_001},
        {"item": "N1", "disclosure": "full", "organisation": "pv27"},
        [],
    ],
)
def test_an_assessment_that_is_none_is_refused_with_its_faults(door: Knock, sent: Any) -> None:
    case = door.open_case()
    amsterdam = door.as_("amsterdam")
    _note(amsterdam, case, "shared", "van ons allen")
    answer = amsterdam("POST", f"/cases/{case}/disclosure-assessments", json=sent)
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"]
