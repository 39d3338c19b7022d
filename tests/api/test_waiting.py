"""Who a case waited for, and its clocks, through the REST door."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Knock


def test_the_ledger_tells_whom_a_case_waited_for_to_those_who_may_see_it(door: Knock) -> None:
    case = door.as_("amsterdam").open_case()
    door.moment[0] += timedelta(days=9)
    told = door.as_("holland").get(f"/cases/{case}/ledger")
    assert told.status_code == 200, told.text
    book = told.json()
    assert (book["days"], book["workingDays"]) == (9, 7)
    assert book["sentence"]["nl"] == "7 werkdagen, alles bij het secretariaat."
    [one] = book["bookings"]
    assert (one["first"], one["last"], one["why"]) == ("2026-03-03", "2026-03-11", "owner")
    assert sum(one["workingDays"] for one in book["balances"]) == book["workingDays"]
    assert door.as_("utrecht").get(f"/cases/{case}/ledger").status_code == 404
    assert door.as_("utrecht").get(f"/cases/{case}/clocks").status_code == 404
    assert door.get("/cases/IMP-2026-9999/ledger").status_code == 404


def test_the_four_clocks_are_read_with_their_norms(door: Knock) -> None:
    case = door.as_("amsterdam").open_case()
    door.moment[0] += timedelta(days=3)
    told = door.get(f"/cases/{case}/clocks").json()
    read = {one["kind"]: one for one in told["clocks"]}
    assert list(read) == ["response", "progress", "stage", "commitment"]
    assert (read["response"]["state"], read["response"]["days"]) == ("late", 3)
    assert (read["progress"]["norm"], read["stage"]["norm"]) == (10, 10)
    assert read["commitment"]["sentence"]["en"] == "No commitment is open."
    answered = door.post(f"/cases/{case}/events", {"text": "Gebeld", "happenedOn": "2026-03-05"})
    assert answered.status_code == 201, answered.text
    again = door.get(f"/cases/{case}/clocks").json()["clocks"][0]
    assert again["state"] == "met_late"


def test_nothing_new_is_nothing_sent(door: Knock) -> None:
    case = door.open_case()
    first = door.get(f"/cases/{case}/ledger")
    tag = first.headers["etag"]
    assert door.get(f"/cases/{case}/ledger", headers={"If-None-Match": tag}).status_code == 304


def test_a_term_tells_what_was_done_to_it_and_why_it_now_ends_when_it_does(door: Knock) -> None:
    case = door.as_("amsterdam").open_case()
    suspend(door, case, until="2026-03-12")
    [term] = door.get(f"/cases/{case}/terms").json()["items"]
    assert (term["state"], term["plan"], term["end"]) == ("suspended", 1, "2026-03-26")
    [one] = term["suspensions"]
    assert (one["id"], one["waitsFor"], one["until"]) == ("O1", "pv27", "2026-03-12")
    assert term["extensions"] == []
    told = [step["code"] for step in term["explanation"]]
    assert told[-3:] == ["not_counted", "moved", "end"]
    assert "Opschorting O1: van dinsdag 3 maart 2026" in " ".join(
        step["text"]["nl"] for step in term["explanation"]
    )
    door.moment[0] += timedelta(days=7)
    book = door.get(f"/cases/{case}/ledger").json()
    assert book["sentence"]["nl"] == "5 werkdagen, alles bij de provincie Noord-Holland."
    clocks = door.get(f"/cases/{case}/clocks").json()["clocks"]
    assert (clocks[2]["state"], clocks[2]["days"]) == ("still", 0)
    assert clocks[3]["waitsFor"] == "organisation:pv27"


def suspend(door: Knock, case: str, *, until: str) -> None:
    """Suspend the term from today, as the secretariat."""
    from datetime import date

    from impasse.domain.commands import Suspend
    from impasse.domain.people import Actor, Role
    from impasse.domain.term_acts import SuspensionReason

    secretariat = Actor("secretariat", "mnre1034", frozenset({Role.SECRETARIAT}), "api")
    bound, reason = date.fromisoformat(until), SuspensionReason.AWAITING_PARTY
    door.house.engine.handle(
        Suspend(case, reason, "pv27", bound, note="Cijfers", consents=("pv27",)), secretariat
    )


def test_a_lesson_is_open_to_all_and_its_time_stands_still_where_its_sources_end(
    door: Knock,
) -> None:
    from impasse.domain.case import Party, Visibility
    from impasse.domain.commands import OpenCase, RecordEvent
    from impasse.domain.people import Actor, Layer, Role

    teller = Actor("replay", "gm0363", frozenset({Role.SECRETARIAT}), "replay")
    parties = (
        Party("gm0363", "Amsterdam", Layer.MUNICIPALITY),
        Party("pv27", "Noord-Holland", Layer.PROVINCE),
    )
    engine, today = door.house.engine, door.moment[0].date()
    now = door.house.procedures.latest("interbestuurlijke-impasse", today)
    opening = OpenCase("Brug", parties, (), now.name, now.version, visibility=Visibility.LESSON)
    case = engine.handle(opening, teller).subject
    door.moment[0] += timedelta(days=4)
    engine.handle(RecordEvent(case, "Brief", door.moment[0].date()), teller)
    door.moment[0] += timedelta(days=40)
    book = door.as_("utrecht").get(f"/cases/{case}/ledger").json()
    assert (book["until"], book["days"]) == ("2026-03-06", 4)
    told = door.as_("utrecht").get(f"/cases/{case}/clocks").json()
    assert told["on"] == "2026-03-06"
