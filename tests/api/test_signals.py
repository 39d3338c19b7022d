"""Signals of all cases in one list: found, paged, and never of a case that is hidden."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

REPORT = {
    "indicator": "A2",
    "reliability": "first_hand",
    "happenedOn": "2026-03-01",
    "organisation": "pv27",
}


def walk(door, path):
    """Follow `next` from page to page; yield the items of each."""
    while path:
        answer = door.get(path)
        assert answer.status_code == 200, answer.text
        yield answer.json()["items"]
        following = answer.json()["links"]["next"]
        path = following and following.removeprefix("/api/v1")


def places(items):
    return [(item["case"], item["id"]) for item in items]


@pytest.fixture
def three_cases(any_door):
    """Twelve signals each, one of a day later; the middle case is of Utrecht, the others not."""
    numbers = []
    for organisation in ("gm0363", "gm0344", "gm0363"):
        first = {**REPORT, "indicator": "A1", "organisation": organisation}
        signals = [first, *[REPORT] * 10]
        numbers.append(any_door.open_case(parties=[organisation, "pv27"], signals=signals))
    any_door.moment[0] += timedelta(days=1)
    for number in reversed(numbers):
        assert any_door.post(f"/cases/{number}/signals", REPORT).status_code == 201
    return numbers


def test_signals_come_by_case_and_then_oldest_first_on_pages_without_gaps(any_door, three_cases):
    expected = [(number, f"S{place}") for number in three_cases for place in range(1, 13)]
    for size in (5, 12, 100):
        pages = list(walk(any_door, f"/signals?pageSize={size}"))
        assert [place for page in pages for place in places(page)] == expected
        assert len(pages) == -(-36 // size)


def test_signals_of_hidden_cases_neither_show_nor_fill_a_page(any_door, three_cases):
    first, middle, last = three_cases
    utrecht = list(walk(any_door.as_("utrecht"), "/signals?pageSize=5"))
    assert [len(page) for page in utrecht] == [5, 5, 2]
    assert {item["case"] for page in utrecht for item in page} == {middle}
    amsterdam = list(walk(any_door.as_("amsterdam"), "/signals?pageSize=8"))
    assert [len(page) for page in amsterdam] == [8, 8, 8]
    assert {item["case"] for page in amsterdam for item in page} == {first, last}
    assert list(walk(any_door.as_("administrator"), "/signals?pageSize=1")) == [[]]


def test_a_hidden_case_and_one_that_does_not_exist_look_the_same(any_door, three_cases):
    amsterdam = any_door.as_("amsterdam")
    hidden = amsterdam.get(f"/signals?case={three_cases[1]}")
    missing = amsterdam.get("/signals?case=IMP-2026-9999")
    assert hidden.status_code == missing.status_code == 200
    assert hidden.json()["items"] == missing.json()["items"] == []
    assert hidden.json()["links"]["next"] is missing.json()["links"]["next"] is None


def test_a_cursor_that_somebody_else_was_given_opens_nothing(any_door, three_cases):
    following = any_door.get("/signals?pageSize=14").json()["links"]["next"]
    seen = any_door.as_("amsterdam").get(following.removeprefix("/api/v1")).json()["items"]
    assert {item["case"] for item in seen} == {three_cases[2]}


def test_signals_are_found_by_case_indicator_reporter_day_and_whether_they_are_open(
    any_door, three_cases
):
    first, middle, last = three_cases
    closure = {"closedOn": "2026-03-02", "kept": True}
    assert any_door.post(f"/cases/{last}/signals/S2/closures", closure).status_code == 201

    def found(query):
        return places(any_door.get(f"/signals?pageSize=100&{query}").json()["items"])

    assert found("indicator=A1") == [(number, "S1") for number in three_cases]
    assert found("open=false") == [(last, "S2")]
    assert len(found("open=true")) == 35
    assert len(found(f"case={middle}&organisation=pv27")) == 11
    assert found("organisation=gm0344") == [(middle, "S1")]
    assert found("since=2026-03-03") == [(number, "S12") for number in three_cases]
    assert found("since=2026-03-04") == []
    assert found(f"case={first}&indicator=A1&open=true&since=0001-01-01") == [(first, "S1")]


def test_a_signal_that_cannot_be_read_leaves_the_others_where_they_are(any_door, three_cases):
    with any_door.house.database.begin() as connection:
        connection.execute(
            text("UPDATE signals SET reliability = 'hearsay' WHERE case_id = :case AND id = 'S3'"),
            {"case": three_cases[0]},
        )
    pages = list(walk(any_door, "/signals?pageSize=5"))
    assert [len(page) for page in pages] == [5] * 7
    assert (three_cases[0], "S3") not in [place for page in pages for place in places(page)]


def test_each_signal_leads_to_its_own_address(door):
    number = door.open_case()
    [signal] = door.get("/signals").json()["items"]
    assert signal["case"] == number
    assert signal["href"] == f"/api/v1/cases/{number}/signals/S1"
    own = door.get(signal["href"].removeprefix("/api/v1")).json()
    assert signal.items() > own.items()


@pytest.mark.parametrize(
    "query", ["open=perhaps", "since=2026", "case=%00", "caes=1", "cursor=IA", "cursor=YSA"]
)
def test_a_question_that_cannot_be_is_400(door_for_reading, query):
    answer = door_for_reading.get(f"/signals?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["in"] == "query"
