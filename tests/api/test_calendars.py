"""Calendars through the REST door: everybody reads, the secretariat adopts."""

from __future__ import annotations

import pytest

from impasse.adapters.files.shipped import shipped

SHIPPED = shipped("config", "calendar.yaml").read_text("utf-8")


def closed_on(day: str) -> str:
    """Return the shipped calendar with a closing day."""
    return SHIPPED.replace(
        "closures: []",
        "closures:\n  - name: {nl: verhuizing, en: removal}\n    source: rooster\n"
        f"    days: [{day}]",
    )


def test_everybody_sees_the_calendar_in_force_and_its_days(door):
    party = door.as_("amsterdam")
    [row] = party.get("/calendars").json()["items"]
    assert row["inForce"] is True
    whole = party.get("/calendars/in-force?year=2027").json()

    assert whole["version"] == row["version"]
    assert whole["horizon"] == "2028-05-26"
    assert [one["day"] for one in whole["daysOff"]][:2] == ["2027-01-01", "2027-03-26"]
    assert whole["daysOff"][1]["article"] == {"nl": "Atw art. 3 lid 2", "en": "Atw art. 3(2)"}
    assert party.get(row["href"].removeprefix("/api/v1")).json()["year"] == 2026
    of_2024 = party.get("/calendars/in-force?year=2024").json()["recesses"]
    assert [one["firstDay"] for one in of_2024] == ["2023-12-22", "2024-07-05"]


def test_the_secretariat_adopts_a_calendar_and_hears_which_terms_moved(door):
    number = door.open_case()
    before = door.get(f"/cases/{number}/terms").json()["items"][0]["end"]
    tried = door.post("/calendar-previews", {"content": closed_on("2026-03-04")})
    assert tried.status_code == 200
    assert tried.json()["inForce"] is False
    assert door.get(f"/cases/{number}/terms").json()["items"][0]["end"] == before

    answer = door.post("/calendars", {"content": closed_on("2026-03-04")})

    assert answer.status_code == 201
    told = answer.json()
    assert told["changes"] == tried.json()["changes"]
    assert told["moved"] == tried.json()["moved"]
    [moved] = told["moved"]
    assert (moved["case"], moved["endBefore"]) == (number, before)
    assert "removal" in moved["because"][0]["en"]
    assert door.get(f"/cases/{number}/terms").json()["items"][0]["end"] == moved["end"] > before
    assert door.get("/calendars/in-force").json()["version"] == told["version"]
    again = door.post("/calendars", {"content": closed_on("2026-03-04")})
    assert (again.status_code, again.json()["movedCount"]) == (201, 0)


def test_others_may_not_change_the_calendar(door):
    for person in ("amsterdam", "administrator"):
        other = door.as_(person)
        assert other.post("/calendars", {"content": SHIPPED}).status_code == 403
        assert other.post("/calendar-previews", {"content": SHIPPED}).status_code == 403
        assert other("DELETE", "/calendars/in-force").status_code == 403


def test_every_fault_of_a_calendar_is_told_with_its_line(door):
    broken = closed_on("2026-03-07").replace("on: 01-01", "on: 13-01")
    answer = door.post("/calendars", {"content": closed_on("2026-03-07")})
    assert answer.status_code == 400
    assert (
        "is a day off already"
        in door.post(
            "/calendars", {"content": closed_on("2026-03-07")}, **{"Accept-Language": "en"}
        ).json()["errors"][0]["detail"]
    )
    assert answer.json()["errors"][0]["pointer"] == "/content"
    assert door.post("/calendars", {"content": broken}).status_code == 400
    assert door.post("/calendars", {"content": "a: [\n"}).status_code == 400
    assert door.post("/calendars", {}).status_code == 400


def test_who_looked_at_another_calendar_is_told(door):
    looked_at = door.get("/calendars/in-force").json()["version"]
    door.post("/calendars", {"content": closed_on("2026-03-04"), "over": looked_at})
    late = door.post("/calendars", {"content": closed_on("2026-03-05"), "over": looked_at})

    assert late.status_code == 409
    assert "geldt" in late.json()["detail"]


def test_a_version_in_use_is_kept_and_another_can_be_deleted(door):
    first = door.get("/calendars/in-force").json()["version"]
    assert door("DELETE", f"/calendars/{first}").status_code == 409
    door.post("/calendars", {"content": closed_on("2026-03-04")})
    assert door("DELETE", f"/calendars/{first}").status_code == 204
    assert door("DELETE", f"/calendars/{first}").status_code == 404
    assert door.get(f"/calendars/{first}").status_code == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/calendars/nothing", 404),
        ("/calendars/%00", 404),
        ("/calendars/in-force?year=1900", 400),
        ("/calendars/in-force?year=soon", 400),
        ("/calendars?year=2026", 400),
    ],
)
def test_what_is_not_there_is_refused(door, path, status):
    assert door.get(path).status_code == status
