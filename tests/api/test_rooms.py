"""Rooms: who is in which, what is brought in, and what of it is shared, word for word."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from impasse.adapters.files.shipped import shipped
from room_people import CAUCUS, NOTE, REPORT, SIDE, document, let_in

OUTSIDERS = [
    "holland",
    "utrecht",
    "other-mediator",
    "secretariat",
    "administrator",
    "supervisor",
    "shut",
]


ON_BOTH = pytest.mark.parametrize("knock", ["door", "_door_on_postgresql"], indirect=True)
"""What leans on the database is tried on each kind."""


@pytest.fixture
def knock(request):
    return request.getfixturevalue(getattr(request, "param", "door"))


@pytest.fixture
def case(knock):
    """A case between Amsterdam and Noord-Holland, with a mediator."""
    let_in(knock.house, knock.tokens, knock.moment[0])
    number = knock.open_case()
    appointed = {"office": "mediator", "appointee": "mediator"}
    assert knock.post(f"/cases/{number}/appointments", appointed).status_code == 201
    return number


def caucus(knock, case):
    """Return the id of the room where Amsterdam confides in the mediator."""
    [found] = [
        room["id"]
        for room in knock.as_("amsterdam").get(f"/cases/{case}/rooms").json()["items"]
        if room["id"].startswith(CAUCUS)
    ]
    return found


def write(knock, case, room=SIDE, body=NOTE, person="amsterdam", **headers):
    return knock.as_(person).post(f"/cases/{case}/rooms/{room}/contributions", body, **headers)


def propose(knock, case, room=SIDE, person="amsterdam", **other):
    body = {"contribution": "N1", "part": "view", "title": "Bod", "text": "Een derde.", **other}
    return knock.as_(person).post(f"/cases/{case}/rooms/{room}/releases", body)


def decide(knock, case, wording, room=SIDE, person="amsterdam", **other):
    body = {"approved": True, "wording": wording, **other}
    return knock.as_(person).post(f"/cases/{case}/rooms/{room}/releases/V1/decisions", body)


def rooms_of(knock, case, person):
    answer = knock.as_(person).get(f"/cases/{case}/rooms")
    if answer.status_code != 200:
        return answer.status_code
    return [room["id"].rpartition("-")[0] or room["id"] for room in answer.json()["items"]]


@ON_BOTH
def test_everybody_sees_the_rooms_that_exist_for_him_and_no_others(knock, case):
    assert rooms_of(knock, case, "amsterdam") == ["shared", "side", "caucus-gm0363"]
    assert rooms_of(knock, case, "holland") == ["shared", "side", "caucus-pv27"]
    assert rooms_of(knock, case, "mediator") == ["shared", "caucus-gm0363", "caucus-pv27"]
    assert rooms_of(knock, case, "secretariat") == ["shared"]
    assert rooms_of(knock, case, "shut") == ["shared"]
    for person in ("utrecht", "other-mediator", "administrator", "supervisor"):
        assert rooms_of(knock, case, person) == 404


def test_a_room_says_who_is_in_it_and_whether_you_can_write(knock, case):
    room = knock.as_("amsterdam").get(f"/cases/{case}/rooms/{SIDE}").json()
    assert room["whoIsIn"]["nl"] == "Alleen wie spreekt voor gemeente Amsterdam."
    assert (room["confidential"], room["mayWrite"], room["owner"]) == (True, True, True)
    shared = knock.get(f"/cases/{case}/rooms/shared").json()
    assert (shared["confidential"], shared["mayWrite"], shared["owner"]) == (False, True, False)


@pytest.mark.parametrize("room", ["own", "caucus"])
def test_every_door_of_a_closed_room_answers_a_stranger_as_if_it_were_not_there(knock, case, room):
    there = SIDE if room == "own" else caucus(knock, case)
    assert write(knock, case, there).status_code == 201
    assert write(knock, case, there, document()).status_code == 201
    assert propose(knock, case, there).status_code == 201
    reason, note = {"reason": "Weg."}, {"note": ""}
    doors = [
        ("GET", "", None),
        ("GET", "/contributions", None),
        ("POST", "/contributions", NOTE),
        ("GET", "/contributions/N1", None),
        ("GET", "/contributions/D2/content", None),
        ("POST", "/contributions/N1/destructions", reason),
        ("GET", "/releases", None),
        ("POST", "/releases", {"contribution": "N1", "part": "view", "title": "B", "text": "B"}),
        ("GET", "/releases/V1", None),
        ("POST", "/releases/V1/decisions", {"approved": False}),
        ("POST", "/releases/V1/withdrawals", note),
        ("GET", "/history", None),
        ("GET", "/reads", None),
    ]
    for person in OUTSIDERS:
        for method, path, body in doors:
            known = knock.as_(person)(method, f"/cases/{case}/rooms/{there}{path}", json=body)
            missing = knock.as_(person)(method, f"/cases/{case}/rooms/side-gm0000{path}", json=body)
            assert known.status_code == missing.status_code == 404, (person, method, path)
            same = missing.json()["instance"].replace("side-gm0000", there)
            assert known.json() == missing.json() | {"instance": same}
            assert sorted(known.headers) == sorted(missing.headers)
    bare = knock.client.get(f"/api/v1/cases/{case}/rooms/{there}")
    assert bare.status_code == 401


def test_the_mediator_is_in_the_caucus_and_never_in_a_side_room(knock, case):
    there = caucus(knock, case)
    assert write(knock, case, there).status_code == 201
    answer = write(knock, case, there, person="mediator")
    assert answer.json()["organisation"] == ""
    assert answer.json()["id"] == "N2"
    path = f"/cases/{case}/rooms/{SIDE}"
    assert knock.as_("mediator").get(path).status_code == 404


@ON_BOTH
def test_the_next_mediator_finds_an_empty_caucus_and_the_party_still_reads_the_old_one(knock, case):
    old = caucus(knock, case)
    write(knock, case, old)
    appointed = {"office": "mediator", "appointee": "other-mediator"}
    assert knock.post(f"/cases/{case}/appointments", appointed).status_code == 201
    for person, status in (("mediator", 404), ("other-mediator", 404), ("amsterdam", 200)):
        assert knock.as_(person).get(f"/cases/{case}/rooms/{old}").status_code == status
    told = knock.as_("amsterdam").get(f"/cases/{case}/rooms/{old}").json()
    assert told["mayWrite"] is False
    assert "eerdere bemiddelaar" in told["name"]["nl"]
    assert write(knock, case, old).status_code == 409
    assert len(knock.as_("other-mediator").get(f"/cases/{case}/rooms").json()["items"]) == 3


@ON_BOTH
def test_numbers_count_on_per_room_and_pages_keep_their_place_when_content_goes(knock, case):
    for body in (NOTE, document(), {**NOTE, "kind": "signal", "signal": REPORT}, NOTE, NOTE):
        assert write(knock, case, body=body).status_code == 201
    amsterdam = knock.as_("amsterdam")
    path = f"/cases/{case}/rooms/{SIDE}/contributions"
    first = amsterdam.get(f"{path}?pageSize=2").json()
    for gone in ("D2", "N4"):
        answer = amsterdam.post(f"{path}/{gone}/destructions", {"reason": "Te veel."})
        assert answer.status_code == 201, answer.text
        assert (answer.json()["text"], answer.json()["document"]) == ("", None)
        assert answer.json()["destroyedAt"] == "2026-03-02T09:00:00Z"
    second = amsterdam.get(first["links"]["next"].removeprefix("/api/v1")).json()
    third = amsterdam.get(second["links"]["next"].removeprefix("/api/v1")).json()
    seen = [item["id"] for page in (first, second, third) for item in page["items"]]
    assert seen == ["N1", "D2", "S3", "N4", "N5"]
    assert second["items"][0]["signal"] == REPORT
    assert amsterdam.get(f"{path}/D2/content").status_code == 409
    assert [one["id"] for one in amsterdam.get(f"{path}?kind=signal").json()["items"]] == ["S3"]
    history = amsterdam.get(f"/cases/{case}/rooms/{SIDE}/history").json()["items"]
    assert history[-1]["content"] == {"id": "N4", "reason": "Te veel."}
    assert "Onze ondergrens" not in str(history)


def test_what_is_contributed_to_the_shared_room_everybody_of_the_case_reads(knock, case):
    before = knock.get(f"/cases/{case}").json()["revision"]
    answer = write(knock, case, "shared", document(environmental=True))
    assert answer.status_code == 201
    assert knock.get(f"/cases/{case}").json()["revision"] == before + 1
    assert answer.headers["etag"] == f'"{before + 1}"'
    for person in ("holland", "secretariat", "mediator", "shut"):
        path = f"/cases/{case}/rooms/shared/contributions?environmental=true&part=objective"
        [seen] = knock.as_(person).get(path).json()["items"]
        assert seen["document"]["fileName"] == "metingen.pdf"
    assert knock.as_("utrecht").get(f"/cases/{case}/rooms/shared").status_code == 404


@ON_BOTH
def test_exactly_the_approved_words_are_shared_once(knock, case):
    write(knock, case)
    proposed = propose(knock, case).json()
    assert proposed["yours"] is True
    assert decide(knock, case, "0" * 32).status_code == 409
    assert decide(knock, case, "").status_code == 409
    assert knock.get(f"/cases/{case}/rooms/shared/contributions").json()["items"] == []
    decided = decide(knock, case, proposed["wording"], note="Akkoord.")
    assert (decided.status_code, decided.json()["sharedAs"]) == (201, "N1")
    again = decide(knock, case, proposed["wording"])
    assert again.status_code == 409
    [shared] = knock.as_("holland").get(f"/cases/{case}/rooms/shared/contributions").json()["items"]
    assert (shared["title"], shared["text"]) == ("Bod", "Een derde.")
    assert shared["organisation"] == "gm0363"
    assert "ondergrens" not in str(shared)


def test_only_the_owner_decides_and_who_proposed_can_withdraw(knock, case):
    there = caucus(knock, case)
    write(knock, case, there)
    proposed = propose(knock, case, there, person="mediator").json()
    assert proposed["yours"] is False
    refused = decide(knock, case, proposed["wording"], there, person="mediator")
    assert refused.status_code == 403
    path = f"/cases/{case}/rooms/{there}/releases"
    assert knock.as_("amstel").post(f"{path}/V1/withdrawals", {}).status_code == 403
    assert knock.as_("mediator").post(f"{path}/V1/withdrawals", {}).json()["state"] == "withdrawn"
    assert decide(knock, case, proposed["wording"], there).status_code == 409
    propose(knock, case, there)
    declined = knock.as_("amstel").post(f"{path}/V2/decisions", {"approved": False, "note": "Nee"})
    assert declined.json()["state"] == "declined"
    states = knock.as_("mediator").get(f"{path}?state=declined").json()["items"]
    assert [one["id"] for one in states] == ["V2"]
    assert knock.get(f"/cases/{case}/rooms/shared/contributions").json()["items"] == []


@ON_BOTH
def test_of_two_approvals_at_once_one_shares_and_the_other_is_409(knock, case):
    write(knock, case)
    wording = propose(knock, case).json()["wording"]
    with ThreadPoolExecutor(2) as pool:
        both = pool.map(lambda p: decide(knock, case, wording, person=p), ["amsterdam", "amstel"])
        assert sorted(answer.status_code for answer in both) == [201, 409]
    assert len(knock.get(f"/cases/{case}/rooms/shared/contributions").json()["items"]) == 1


def test_a_signal_can_be_confided_and_stays_out_of_the_case(knock, case):
    before = knock.get(f"/cases/{case}")
    amsterdam = knock.as_("amsterdam")
    answer = amsterdam.post(f"/cases/{case}/signals", {**REPORT, "text": "Stilte.", "room": SIDE})
    assert answer.status_code == 201, answer.text
    assert answer.json()["id"] == "S1"
    place = answer.headers["location"].removeprefix("/api/v1")
    assert amsterdam.get(place).json()["signal"] == REPORT
    after = knock.get(f"/cases/{case}")
    assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])
    unknown = amsterdam.post(f"/cases/{case}/signals", {**REPORT, "indicator": "Q9", "room": SIDE})
    assert [e["pointer"] for e in unknown.json()["errors"]] == ["/indicator"]
    other = {**REPORT, "organisation": "pv27", "room": SIDE}
    assert amsterdam.post(f"/cases/{case}/signals", other).status_code == 400
    hidden = knock.as_("holland").post(f"/cases/{case}/signals", {**REPORT, "room": SIDE})
    assert hidden.status_code == 404
    propose(knock, case, contribution="S1", title="Stilte", text="Sinds maart.")
    wording = amsterdam.get(f"/cases/{case}/rooms/{SIDE}/releases/V1").json()["wording"]
    assert decide(knock, case, wording).json()["sharedAs"] == "S2"
    assert [s["id"] for s in knock.get(f"/cases/{case}/signals").json()["items"]] == ["S1", "S2"]


@ON_BOTH
def test_the_same_key_brings_the_same_document_in_once(knock, case):
    first = write(knock, case, body=document(), Idempotency_Key="k")
    again = write(knock, case, body=document(), Idempotency_Key="k")
    assert first.json() == again.json()
    assert first.headers["location"] == again.headers["location"]
    other = write(knock, case, body=document(b"other"), Idempotency_Key="k")
    assert other.status_code == 409
    # Whoever is outside learns nothing from a key either.
    assert write(knock, case, person="holland", Idempotency_Key="k").status_code == 404
    path = f"/cases/{case}/rooms/{SIDE}/contributions"
    assert len(knock.as_("amsterdam").get(path).json()["items"]) == 1


@ON_BOTH
def test_a_change_goes_through_only_when_the_room_is_as_you_read_it(knock, case):
    amsterdam, path = knock.as_("amsterdam"), f"/cases/{case}/rooms/{SIDE}"
    tag = amsterdam.get(path).headers["etag"]
    event = {"text": "Gesproken in Lelystad", "happenedOn": "2026-03-01"}
    # What happens to the case is no change of the room.
    assert knock.post(f"/cases/{case}/events", event).status_code == 201
    first = write(knock, case, If_Match=tag)
    assert first.status_code == 201
    assert write(knock, case, If_Match=tag).status_code == 412
    assert write(knock, case, If_Match=f'"99.1", {first.headers["etag"]}').status_code == 201
    assert write(knock, case, If_Match='"2"').status_code == 412
    assert write(knock, case, If_Match="*").status_code == 201
    now = amsterdam.get(f"{path}/contributions/N1")
    known = {"If-None-Match": now.headers["etag"]}
    assert amsterdam.get(f"{path}/contributions/N1", headers=known).status_code == 304
    assert write(knock, case, person="holland", If_Match=tag).status_code == 404
    revision = knock.get(f"/cases/{case}").headers["etag"]
    assert write(knock, case, "shared", If_Match='"1"').status_code == 412
    assert write(knock, case, "shared", If_Match=revision).status_code == 201


def test_who_read_here_is_told_to_who_is_in_the_room(knock, case):
    there = caucus(knock, case)
    write(knock, case, there)
    knock.as_("mediator").get(f"/cases/{case}/rooms/{there}/contributions")
    reads = knock.as_("amsterdam").get(f"/cases/{case}/rooms/{there}/reads").json()["items"]
    assert [(one["what"], one["organisation"], one["origin"]) for one in reads] == [
        ("contributions", "gm0599", "api"),
        ("N1", "gm0363", "api"),
    ]
    assert reads[0]["function"]["nl"] == "Bemiddelaar"
    path = f"/cases/{case}/rooms/{there}/reads?pageSize=1"
    first = knock.as_("amsterdam").get(path).json()
    # Reading goes on between two pages; nobody is told twice.
    knock.as_("amstel").get(f"/cases/{case}/rooms/{there}/contributions/N1")
    rest = knock.as_("amsterdam").get(first["links"]["next"].removeprefix("/api/v1")).json()
    assert [one["what"] for one in rest["items"]] == ["N1"]
    assert rest["items"][0]["function"]["nl"] == "liaison water"
    assert rest["links"]["next"] is None


def test_all_that_is_wrong_with_a_contribution_is_told_at_once(door):
    let_in(door.house, door.tokens, door.moment[0])
    number = door.open_case()

    def faults(body):
        answer = write(door, number, body=body)
        assert answer.status_code == 400, answer.text
        return sorted(error["pointer"] for error in answer.json()["errors"])

    assert faults({"kind": "poem", "part": "x", "extra": 1}) == [
        "/extra",
        "/kind",
        "/part",
        "/title",
    ]
    assert faults({**NOTE, "title": " ", "text": ""}) == ["/text", "/title"]
    assert faults({**NOTE, "kind": "document"}) == ["/document"]
    assert faults({**NOTE, "document": document()["document"]}) == ["/document"]
    assert faults({**NOTE, "kind": "signal"}) == ["/kind"]
    future = {**REPORT, "indicator": "Q9", "happenedOn": "2026-04-01"}
    wrong = {**NOTE, "kind": "signal", "signal": future}
    assert faults(wrong) == ["/signal/happenedOn", "/signal/indicator"]
    assert faults({**NOTE, "text": "x" * 5001}) == ["/text"]
    assert door.as_("amsterdam").get(f"/cases/{number}/rooms/{SIDE}").json()["contributions"] == 0


def test_every_resource_of_a_room_has_its_methods_head_and_a_strong_tag(door):
    let_in(door.house, door.tokens, door.moment[0])
    number = door.open_case()
    write(door, number, body=document())
    amsterdam, path = door.as_("amsterdam"), f"/cases/{number}/rooms/{SIDE}"
    allowed = {
        "": "GET, HEAD",
        "/contributions": "GET, HEAD, POST",
        "/contributions/D1": "GET, HEAD",
        "/contributions/D1/content": "GET, HEAD",
        "/contributions/D1/destructions": "POST",
        "/releases": "GET, HEAD, POST",
        "/history": "GET, HEAD",
        "/reads": "GET, HEAD",
    }
    for place, methods in allowed.items():
        answer = amsterdam("PUT", path + place)
        assert (answer.status_code, answer.headers["allow"]) == (405, methods)
        if "HEAD" in methods:
            head = amsterdam("HEAD", path + place)
            assert (head.status_code, head.content) == (200, b"")
    for place in ("", "/contributions/D1", "/contributions/D1/content"):
        assert amsterdam.get(path + place).headers["etag"].startswith('"')
    assert amsterdam.get(f"{path}/contributions/<b>").status_code == 404
    reads = amsterdam.get(f"{path}/reads").json()["items"]
    assert {one["what"] for one in reads} <= {
        "D1", "D1 file", "contributions", "releases", "history"
    }  # fmt: skip
    for place in ("/contributions/%00", "/contributions/%00/content", "/releases/%00", "/x"):
        assert amsterdam.get(path + place).status_code == 404
    assert amsterdam.get(f"{path}/contributions?sort=1").status_code == 400
    assert amsterdam.get(f"{path}/contributions?cursor=IA").status_code == 400


def assess(door, number, room):
    """The mediator says how hard the conflict is; a party cannot, and nothing else can be meant."""
    stages = [{"organisation": "gm0363", "stage": 6}, {"organisation": "pv27", "stage": 2}]
    sent = {"kind": "conflict_assessment", "part": "view", "title": "Hoe hard?"}
    made = f"/cases/{number}/rooms/{room}/contributions"
    mediator = door.as_("mediator")
    seen = mediator.post(made, sent | {"conflictAssessment": stages})
    assert seen.status_code == 201, seen.text
    found = seen.json()["conflictAssessment"]
    assert (seen.json()["id"], found["highest"], found["spread"]) == ("C2", 6, 4)
    assert found["parties"][0]["label"]["nl"] == "dreigementen"
    assert found["parties"][0]["zone"] == "win_lose"
    [listed] = mediator.get(f"{made}?kind=conflict_assessment").json()["items"]
    assert listed == seen.json()
    stranger = [{"organisation": "gm0344", "stage": 1}]
    for wrong, place in (
        ({}, "/conflictAssessment"),
        ({"conflictAssessment": stranger}, "/conflictAssessment/0/organisation"),
        ({"conflictAssessment": [stages[0] | {"stage": 10}]}, "/conflictAssessment/0/stage"),
        ({"conflictAssessment": [stages[0] | {"stage": True}]}, "/conflictAssessment/0/stage"),
    ):
        refused = mediator.post(made, sent | wrong)
        assert refused.status_code == 400, refused.text
        assert place in refused.text
    elsewhere = f"/cases/{number}/rooms/{SIDE}/contributions"
    refused = door.as_("amsterdam").post(elsewhere, sent | {"conflictAssessment": stages})
    assert (refused.status_code, "/kind" in refused.text) == (400, True)


def test_a_procedure_may_open_the_mediators_room_and_ask_for_four_eyes(door):
    let_in(door.house, door.tokens, door.moment[0])
    shipped_text = shipped("workflows", "interbestuurlijke-impasse.yaml").read_text("utf-8")
    content = shipped_text.replace("name: interbestuurlijke-impasse", "name: met-kamer", 1)
    content += "\nrooms:\n  mediator: {open: true}\n  release: {four_eyes: true}\n"
    door.house.procedures.adopt_text(content, "x.yaml", by="x", at=door.moment[0])
    number = door.open_case(workflow="met-kamer")
    door.post(f"/cases/{number}/appointments", {"office": "mediator", "appointee": "mediator"})
    [room] = [
        one
        for one in door.as_("mediator").get(f"/cases/{number}/rooms").json()["items"]
        if one["kind"] == "mediator"
    ]
    assert (room["mayWrite"], room["owner"]) == (True, True)
    assert "mediator" not in room["id"].replace("mediator-", "")
    assert write(door, number, room["id"], person="mediator").status_code == 201
    for person in ("amsterdam", "holland", "secretariat"):
        assert door.as_(person).get(f"/cases/{number}/rooms/{room['id']}").status_code == 404
    assess(door, number, room["id"])
    write(door, number)
    wording = propose(door, number).json()["wording"]
    refused = decide(door, number, wording)
    assert refused.status_code == 403
    assert "U stelde dit zelf voor" in refused.json()["detail"]
    assert decide(door, number, wording, person="amstel").status_code == 201
