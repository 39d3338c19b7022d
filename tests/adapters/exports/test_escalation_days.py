"""Somebody's own calendar has the days of escalations: that there are any, never what they say."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from icalendar import Calendar as Agenda

from builders import MONDAY, shipped_parts
from impasse.adapters.exports.escalation_days import escalation_days
from impasse.adapters.exports.term_calendar import Deadline, term_calendar
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.runs import RunViews
from impasse.domain.case import Term, TermState
from impasse.domain.escalation import Acknowledgement, NextIs, RunState
from impasse.domain.people import Actor, Role
from impasse.domain.text import same
from runs import a_run, put_case, put_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Engine as Database

PARTY = frozenset({Role.LIAISON_OFFICER})
ELS = Actor("els", "gm0363", PARTY, "feed", confidential=False)
PIM = Actor("pim", "pv27", PARTY, "feed", confidential=False)
WIM = Actor("wim", "gm0599", PARTY, "feed", confidential=False)
SAM = Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "feed", confidential=False)
_, CALENDAR, _ = shipped_parts()
NUMBER = "IMP-2026-0001"
UNTIL = date(2026, 9, 14)


def promise(organisation: str = "gm0363", person: str = "els", **changes: Any) -> Acknowledgement:
    """A promise to call before a Monday."""
    return Acknowledgement(
        "E1-2", 0, 0, person, organisation, "wij bellen de wethouder", UNTIL, MONDAY, **changes
    )


@pytest.fixture
def here(sqlite_url: str) -> Iterator[Database]:
    """A database with one case, of a province and a municipality."""
    database = open_database(sqlite_url)
    put_case(database)
    yield database
    database.dispose()


def events(database: Database, reader: Actor, *terms: Deadline) -> list[Any]:
    """Return the events of the calendar of *reader*, as a program reads them."""
    content = term_calendar(
        terms,
        escalation_days(RunViews(database), CALENDAR, reader),
        calendar=CALENDAR,
        at=MONDAY,
        language="nl",
        source="1",
        address="https://i.example",
    )
    assert b"wethouder" not in content
    return list(Agenda.from_ical(content).walk("VEVENT"))


def test_the_next_level_is_in_the_calendars_of_the_sides_and_of_nobody_else(here: Database) -> None:
    put_run(here, NUMBER, a_run(MONDAY))
    for reader in (ELS, PIM):
        [event] = events(here, reader)
        assert str(event["SUMMARY"]) == f"Volgende trede van een opschaling: {NUMBER}"
        assert event["DTSTART"].dt == date(2026, 9, 9)
        assert event["UID"] == f"{NUMBER}/E1/0.1@1"
    assert events(here, SAM) == events(here, WIM) == []


def test_a_promise_is_in_the_calendars_of_its_side_until_it_lapses(here: Database) -> None:
    lapse = {"state": RunState.ACKNOWLEDGED, "next_is": NextIs.LAPSE, "acts": (promise(),)}
    put_run(here, NUMBER, a_run(MONDAY, **lapse))
    lapsed = promise(lapsed_at=MONDAY + timedelta(days=8))
    put_case(here, 2)
    put_run(here, "IMP-2026-0002", a_run(MONDAY, next_is=NextIs.NOTHING, acts=(lapsed,)))
    [event] = events(here, ELS)
    assert (event["UID"], event["SEQUENCE"]) == (f"{NUMBER}/E1-2@1", 0)
    assert event["LAST-MODIFIED"].dt == MONDAY
    assert event["DTSTART"].dt == UNTIL
    [alarm] = event.walk("VALARM")
    assert alarm["ACTION"] == "DISPLAY"
    # Nine o'clock on the Friday before that Monday.
    assert alarm["TRIGGER"].dt == timedelta(days=-3, hours=9)
    assert events(here, PIM) == events(here, SAM) == events(here, WIM) == []


def test_who_is_no_side_has_the_own_promises_only(here: Database) -> None:
    acts = (promise("", "sam"),)
    put_run(here, NUMBER, a_run(MONDAY, state=RunState.SNOOZED, next_is=NextIs.LAPSE, acts=acts))
    assert [str(event["UID"]) for event in events(here, SAM)] == [f"{NUMBER}/E1-2@1"]
    colleague = Actor("sara", "mnre1034", SAM.roles, "feed", confidential=False)
    assert events(here, colleague) == events(here, ELS) == []


def test_an_ended_run_is_in_no_calendar_and_a_reminder_moves_no_day(here: Database) -> None:
    over = a_run(MONDAY, state=RunState.ENDED, next_at=None, acts=(promise(),))
    put_run(here, NUMBER, over)
    assert events(here, ELS) == []
    reminded = a_run(MONDAY, "E2", next_is=NextIs.REMINDER, next_at=MONDAY, turn=4)
    put_run(here, NUMBER, reminded)
    [event] = events(here, ELS)
    assert (event["SEQUENCE"], event["DTSTART"].dt) == (4, date(2026, 9, 9))


@pytest.mark.parametrize(("state", "alarms"), [(TermState.RUNNING, 1), (TermState.SUSPENDED, 0)])
def test_a_term_rings_the_working_day_before_unless_its_clock_stands_still(
    here: Database, state: TermState, alarms: int
) -> None:
    term = Term(
        *("signal", 1, "20 working days", "agreement", "auto", date(2026, 9, 7)),
        *(UNTIL, UNTIL, MONDAY, CALENDAR.version, state),
    )
    [event] = events(here, WIM, Deadline(NUMBER, "Brug", same("signaal"), term))
    found = event.walk("VALARM")
    assert len(found) == alarms
    assert all(one["TRIGGER"].dt == timedelta(days=-3, hours=9) for one in found)
