"""What goes wrong is told in one form, in the reader's language, and never with a traceback."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

PROBLEM = "application/problem+json"
MEMBERS = {"type", "title", "status", "detail", "instance"}


def is_problem(answer, status):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json().keys() >= MEMBERS
    assert answer.json()["status"] == status
    return answer.json()


@pytest.mark.parametrize("path", ["/nowhere", "/cases/", "/me/", "/cases/X/nothing", "/"])
def test_an_unknown_address_and_a_trailing_slash_are_404_without_a_redirect(door_for_reading, path):
    found = is_problem(door_for_reading.get(path, follow_redirects=False), 404)
    assert found["instance"] == f"/api/v1{path}"


def test_what_is_wrong_with_values_is_told_all_at_once_each_with_its_place(door_for_reading):
    body = {"title": 3, "parties": ["gm0363"], "signals": [{"indicator": "A1"}], "wat": 1}
    found = is_problem(door_for_reading.post("/cases", body), 400)
    assert {error["pointer"] for error in found["errors"]} == {
        "/title",
        "/wat",
        "/signals/0/reliability",
        "/signals/0/happenedOn",
    }
    assert all(error["in"] == "body" for error in found["errors"])


def test_unknown_organisations_are_named_together_with_what_the_domain_misses(door_for_reading):
    body = {"title": " ", "parties": ["gm0363", "gm9999"], "workflow": "interbestuurlijke-impasse"}
    found = is_problem(door_for_reading.post("/cases", body), 400)
    assert [error["pointer"] for error in found["errors"]] == ["/parties/1", "/title"]


def test_an_unknown_procedure_is_a_fault_in_the_body(door_for_reading):
    found = is_problem(
        door_for_reading.post("/cases", {"title": "x", "parties": ["a", "b"], "workflow": "geen"}),
        400,
    )
    assert "/workflow" in {error["pointer"] for error in found["errors"]}


def test_a_problem_is_told_in_dutch_unless_english_is_preferred(door_for_reading):
    dutch = door_for_reading.get("/nowhere")
    english = door_for_reading.get(
        "/nowhere", headers={"Accept-Language": "fr, en;q=0.8, nl;q=0.3"}
    )
    garbled = door_for_reading.get("/nowhere", headers={"Accept-Language": "en;q=much"})
    whatever = door_for_reading.get("/nowhere", headers={"Accept-Language": "*"})
    assert dutch.json()["title"] == "Niet gevonden"
    assert dutch.headers["content-language"] == "nl"
    assert english.json()["title"] == "Not found"
    assert english.headers["content-language"] == "en"
    assert garbled.json()["title"] == whatever.json()["title"] == "Niet gevonden"


def test_the_type_of_a_problem_leads_to_a_page_that_explains_it_without_a_token(door_for_reading):
    type_ = door_for_reading.get("/nowhere").json()["type"]
    page = door_for_reading.client.get(type_).json()
    assert page["status"] == 404
    assert page["meaning"]["nl"]
    is_problem(door_for_reading.get("/problem-types/nothing"), 404)
    assert {kind["code"] for kind in door_for_reading.get("/problem-types").json()["items"]} > {
        "invalid"
    }


@pytest.mark.parametrize(
    "body", [b"{", b"\xff\xfe", b'{"title": ' + b"[" * 100_000, b"9" * 5_000, b""]
)
def test_a_body_that_is_no_json_is_400(door_for_reading, body):
    answer = door_for_reading(
        "POST", "/cases", content=body, headers={"Content-Type": "application/json"}
    )
    is_problem(answer, 400)


@pytest.mark.parametrize(
    "raw",
    [
        rb'{"title": "a\u0000b", "parties": ["gm0363", "pv27"]}',
        rb'{"title": "a\ud800b", "parties": ["gm0363", "pv27"]}',
        rb'{"title": "a", "parties": ["gm0363", "pv\u0000"]}',
        rb'{"title": "a", "parties": ["gm0363", "pv27"], "\ud800": 1}',
        rb'{"title": "a", "parties": ["gm0363", "pv27"], "\u0000": 1}',
    ],
)
def test_null_and_half_characters_in_text_are_400(door_for_reading, raw):
    answer = door_for_reading(
        "POST", "/cases", content=raw, headers={"Content-Type": "application/json"}
    )
    assert is_problem(answer, 400)["errors"]


@pytest.mark.parametrize(
    "path",
    [
        "/cases/IMP%00",
        "/cases/IMP%00/transitions",
        "/organisations/%00",
        "/meetings/%00",
        "/workflows/%00",
        "/workflows/a@%00",
    ],
)
def test_an_address_with_a_null_in_it_leads_nowhere(any_door, path):
    is_problem(any_door.get(path), 404)
    is_problem(any_door.get("/cases?q=%00"), 400)


@pytest.mark.parametrize("day", [0, 20260101, "0", "2026-02-30", "2026-3-1", "20260301", None])
def test_a_day_is_written_as_a_day_and_nothing_else(door, day):
    number = door.open_case()
    sent = {"indicator": "A1", "reliability": "document", "happenedOn": day}
    found = is_problem(door.post(f"/cases/{number}/signals", sent), 400)
    assert [error["pointer"] for error in found["errors"]] == ["/happenedOn"]


def pointers(answer):
    return [error["pointer"] for error in is_problem(answer, 400)["errors"]]


@pytest.mark.parametrize("day", ["0001-01-01", "1989-12-31", "9999-12-31"])
def test_a_day_outside_the_calendar_is_refused_at_its_place(door, day):
    number = door.open_case()
    report = {"indicator": "A1", "reliability": "document", "happenedOn": day}
    report["organisation"] = "gm0363"
    event = {"text": "Brief", "happenedOn": day}
    opening = {"title": "x", "parties": ["gm0363", "pv27"], "signals": [report]}
    meeting = {
        "day": day,
        "startsAt": "10:00:00",
        "endsAt": "11:00:00",
        "place": "Den Haag",
        "closesOn": "2026-03-03" if day > "2026" else day,
    }
    assert pointers(door.post("/cases", opening)) == ["/signals/0/happenedOn"]
    assert pointers(door.post(f"/cases/{number}/signals", report)) == ["/happenedOn"]
    assert pointers(door.post(f"/cases/{number}/events", event)) == ["/happenedOn"]
    closure = {"closedOn": day}
    assert pointers(door.post(f"/cases/{number}/signals/S1/closures", closure)) == ["/closedOn"]
    assert pointers(door.post("/meetings", meeting))[0] == "/day"
    for path in (f"/signals?since={day}", f"/cases?dueBefore={day}", f"/meetings?since={day}"):
        assert door.get(path).status_code == 200


def test_the_end_of_a_pause_lies_within_the_calendar(door):
    number = door.open_case()
    moves = f"/cases/{number}/transitions"
    begun = door.post(moves, {"trigger": "start_fact_finding", "note": "haast"})
    assert begun.status_code == 201, begun.text
    for party in ("gm0363", "pv27"):
        consent = {"kind": "standstill", "organisation": party, "note": "brief"}
        assert door.post(f"/cases/{number}/confirmations", consent).status_code == 201
    for day in ("0001-01-01", "1989-12-31", "2101-01-01", "9999-12-31"):
        pause = {"trigger": "pause", "note": "formatie", "until": day}
        assert pointers(door.post(moves, pause)) == ["/until"]


def test_what_nobody_foresaw_is_500_without_a_traceback_but_with_a_log_line(door, monkeypatch):
    def fall(*_args, **_kwargs):
        raise ZeroDivisionError("secret inside")

    monkeypatch.setattr(type(door.house.views), "case", fall)
    with capture_logs() as lines:
        answer = door.get("/cases/IMP-2026-0001")
    is_problem(answer, 500)
    assert "secret" not in answer.text
    assert answer.headers["api-version"] == "1.0.0"
    [line] = [line for line in lines if line["event"] == "request_failed"]
    assert line["object"] == "/api/v1/cases/IMP-2026-0001"
    assert line["actor"] == "secretariat"


def test_a_database_that_does_not_answer_is_503_with_a_time_to_wait(door):
    with door.house.database.connect() as connection:
        connection.exec_driver_sql("DROP TABLE tokens")
        connection.commit()
    answer = door.get("/me")
    is_problem(answer, 503)
    assert int(answer.headers["retry-after"]) > 0
