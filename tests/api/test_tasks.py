"""Work inside a stage through the REST door: seen, done, refused in words, and counted once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from impasse.domain.commands import CompleteTask
from impasse.domain.people import Actor, Role

AMSTERDAM, HOLLAND, FACTS = "2-statement-1", "2-statement-2", "2-fact_list-1"


@pytest.fixture
def facts(door):
    """A case in which both parties are asked for their facts."""
    return asked(door)


def asked(door):
    number = door.open_case()
    sent = {"trigger": "start_fact_finding", "note": "Zonder behandelaar, in overleg."}
    assert door.post(f"/cases/{number}/transitions", sent).status_code == 201
    return number


def tasks_of(door, number):
    return door.get(f"/cases/{number}/tasks").json()["items"]


def states(door, number):
    return {task["id"]: task["state"] for task in tasks_of(door, number)}


def test_a_case_without_work_has_no_tasks(door):
    assert tasks_of(door, door.open_case()) == []


def test_each_party_sees_what_it_is_asked_and_what_waits_for_it(door, facts):
    theirs, others, after = tasks_of(door.as_("amsterdam"), facts)
    assert (theirs["id"], theirs["state"], theirs["dueOn"]) == (AMSTERDAM, "open", "2026-03-23")
    assert theirs["who"] == {"nl": "gemeente Amsterdam", "en": "gemeente Amsterdam"}
    assert (theirs["yours"], others["yours"], others["onBehalf"]) == (True, False, False)
    assert (theirs["needed"], theirs["joined"]) == (2, False)
    assert (after["id"], after["state"], after["role"]) == (FACTS, "waiting", "secretariat")


def test_what_each_party_does_counts_and_then_the_next_work_opens(door, facts):
    path = f"/cases/{facts}/tasks"
    amsterdam, holland = door.as_("amsterdam"), door.as_("holland")
    assert amsterdam.post(f"{path}/{AMSTERDAM}/starts", {}).status_code == 201
    assert states(door, facts)[AMSTERDAM] == "started"
    done = {"note": "Brief van 2 maart."}
    assert amsterdam.post(f"{path}/{AMSTERDAM}/completions", done).status_code == 201
    assert states(door, facts)[FACTS] == "waiting"
    answer = holland.post(f"{path}/{HOLLAND}/completions", {})
    assert (answer.status_code, answer.json()["id"]) == (201, facts)
    assert states(door, facts) == {AMSTERDAM: "done", HOLLAND: "done", FACTS: "open"}
    for _ in range(2):
        assert door.post(f"{path}/{FACTS}/completions", {}).status_code == 201
        again = door.post(f"{path}/{FACTS}/reopenings", {"reason": "Een fout in de lijst."})
        assert again.status_code == 201
    told = [line["action"] for line in door.get(f"/cases/{facts}/history").json()["items"]]
    assert told.count("tasks_joined") == 3, "the statements once, the list of facts twice"


def test_the_secretariat_closes_what_is_not_done_and_withdraws_what_is_not_needed(door, facts):
    withdrawn = door.post(
        f"/cases/{facts}/tasks/{AMSTERDAM}/withdrawals", {"reason": "Amsterdam geeft niets."}
    )
    assert withdrawn.status_code == 201
    closing = {"name": "statement", "reason": "Het heeft lang genoeg geduurd."}
    assert door.post(f"/cases/{facts}/task-closings", closing).status_code == 201
    assert states(door, facts) == {AMSTERDAM: "withdrawn", HOLLAND: "withdrawn", FACTS: "open"}
    nothing_left = door.post(f"/cases/{facts}/task-closings", closing)
    assert (nothing_left.status_code, "niets meer" in nothing_left.text) == (409, True)


@pytest.mark.parametrize(
    ("person", "path", "body", "status", "words"),
    [
        ("amsterdam", f"{HOLLAND}/completions", {}, 403, "werk van provincie Noord-Holland"),
        ("secretariat", f"{HOLLAND}/completions", {}, 400, "namens provincie Noord-Holland"),
        ("amsterdam", f"{AMSTERDAM}/completions", {"outcome": "ja"}, 400, "niets te kiezen"),
        ("amsterdam", f"{AMSTERDAM}/completions", {"note": "x" * 5001}, 400, "5000"),
        ("amsterdam", f"{AMSTERDAM}/withdrawals", {}, 400, "zien deze reden"),
        ("amsterdam", f"{AMSTERDAM}/withdrawals", {"reason": " "}, 400, "zien deze reden"),
        ("amsterdam", f"{AMSTERDAM}/reopenings", {"reason": "toch"}, 409, "Alleen wat klaar is"),
        ("secretariat", f"{FACTS}/starts", {}, 409, "nog niet aan de beurt"),
        ("secretariat", "9-none-1/starts", {}, 404, "hoort niet bij de fase"),
        ("secretariat", f"{AMSTERDAM}/starts", {"task": "x"}, 400, "task"),
        ("utrecht", f"{AMSTERDAM}/starts", {}, 404, "bestaat niet"),
    ],
)
def test_what_cannot_be_is_refused_in_words(  # noqa: PLR0917 a table of refusals
    door, facts, person, path, body, status, words
):
    before = tasks_of(door, facts)
    answer = door.as_(person).post(f"/cases/{facts}/tasks/{path}", body)
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    )
    assert words in answer.text
    assert tasks_of(door, facts) == before


def test_closing_is_for_the_secretariat_and_names_a_task_that_there_is(door, facts):
    closing = {"name": "statement", "reason": "Genoeg."}
    assert door.as_("amsterdam").post(f"/cases/{facts}/task-closings", closing).status_code == 403
    unknown = door.post(f"/cases/{facts}/task-closings", {"name": "nothing", "reason": "Genoeg."})
    assert unknown.status_code == 404


def test_a_request_sent_twice_is_done_once_and_a_stale_one_not_at_all(door, facts):
    path = f"/cases/{facts}/tasks/{AMSTERDAM}/completions"
    amsterdam = door.as_("amsterdam")
    tag = door.get(f"/cases/{facts}").headers["etag"]
    for _ in range(2):
        assert amsterdam.post(path, {}, Idempotency_Key="k-1").status_code == 201
    other = f"/cases/{facts}/tasks/{HOLLAND}/completions"
    assert door.as_("holland").post(other, {}, If_Match=tag).status_code == 412
    assert states(door, facts) == {AMSTERDAM: "done", HOLLAND: "open", FACTS: "waiting"}


def test_two_parties_at_the_same_moment_both_count_and_join_once(any_door):
    numbers = [asked(any_door) for _ in range(4)]
    people = [
        Actor("amsterdam", "gm0363", frozenset({Role.LIAISON_OFFICER}), "api"),
        Actor("holland", "pv27", frozenset({Role.LIAISON_OFFICER}), "api"),
    ]

    def complete(ask):
        number, task, actor = ask
        return any_door.house.engine.handle(CompleteTask(number, task), actor)

    asks = [
        (number, task, actor)
        for number in numbers
        for task, actor in zip((AMSTERDAM, HOLLAND), people, strict=True)
    ]
    with ThreadPoolExecutor(len(asks)) as pool:
        assert len(list(pool.map(complete, asks))) == len(asks)
    for number in numbers:
        assert states(any_door, number) == {AMSTERDAM: "done", HOLLAND: "done", FACTS: "open"}
        told = any_door.get(f"/cases/{number}/history?pageSize=100").json()["items"]
        assert [line["action"] for line in told].count("tasks_joined") == 1


def test_a_procedure_tells_what_work_its_stages_ask(door_for_reading):
    found = door_for_reading.get("/workflows/interbestuurlijke-impasse@2").json()
    stages = {stage["name"]: stage for stage in found["stages"]}
    statement, facts = stages["joint_fact_finding"]["tasks"]
    assert (statement["eachParty"], statement["length"]) == (True, "15 working days")
    assert (facts["role"], facts["after"], facts["rounds"]) == ("secretariat", ["statement"], 3)
    assert stages["signal"]["tasks"] == []


def test_what_rests_during_a_pause_is_listed_and_refused_in_words(door, facts):
    for party in ("gm0363", "pv27"):
        consent = {"kind": "standstill", "organisation": party, "note": "brief"}
        assert door.post(f"/cases/{facts}/confirmations", consent).status_code == 201
    pause = {"trigger": "pause", "note": "formatie", "until": "2026-05-29"}
    assert door.post(f"/cases/{facts}/transitions", pause).status_code == 201
    amsterdam = door.as_("amsterdam")
    resting = tasks_of(amsterdam, facts)
    assert [(t["id"], t["parked"], t["yours"]) for t in resting] == [
        (AMSTERDAM, True, False),
        (HOLLAND, True, False),
        (FACTS, True, False),
    ]
    answer = amsterdam.post(f"/cases/{facts}/tasks/{AMSTERDAM}/completions", {})
    assert answer.status_code == 409
    assert "rust tijdens de pauze" in answer.text
