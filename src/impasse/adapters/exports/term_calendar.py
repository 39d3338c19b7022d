"""Terms and days of escalations as an iCalendar (RFC 5545) that other calendars subscribe to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import structlog
from icalendar import Alarm, Event
from icalendar import Calendar as Agenda

from impasse.adapters.sql.views import CaseFilter
from impasse.domain.case import Status, TermState
from impasse.domain.errors import Conflict
from impasse.domain.text import Text
from impasse.engine.procedures import procedure_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from impasse.adapters.exports.escalation_days import EscalationDay
    from impasse.adapters.sql.views import Views
    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Term
    from impasse.domain.people import Actor
    from impasse.domain.text import Language
    from impasse.engine.procedures import Procedures

log = structlog.get_logger("impasse.calendar")

MEDIA_TYPE = "text/calendar; charset=utf-8"

_MOST = 2000
_LIVE = frozenset({Status.OPEN, Status.PAUSED})
_ONE_DAY = timedelta(days=1)
_NAME = Text("Termijnen in impasse", "Terms in impasse")


@dataclass(frozen=True, slots=True)
class Deadline:
    """The term of a case that runs, stands still or has passed, and what it is the term of."""

    case: str
    title: str
    stage: Text
    term: Term


def deadlines(views: Views, procedures: Procedures, actor: Actor) -> list[Deadline]:
    """Return the terms of the cases that go on and that *actor* may see, the earliest first.

    A case whose procedure was lost is left out, and named in the log.
    """
    found = []
    for line in views.board(actor, CaseFilter(status=_LIVE, lessons=False), limit=_MOST):
        if line.term is None:
            continue
        try:
            stage = procedure_of(procedures, line).workflow.stage(line.stage)
        except Conflict as error:
            log.warning("case_left_out", object=line.id, result="unreadable", reason=str(error))
            continue
        found.append(Deadline(line.id, line.title, stage.label, line.term))
    return found


def term_calendar(
    terms: Iterable[Deadline],
    escalations: Iterable[EscalationDay] = (),
    *,
    calendar: Calendar,
    at: datetime,
    language: Language,
    source: str,
    address: str,
) -> bytes:
    """Return *terms* and *escalations* as a calendar: whole days that keep nobody busy.

    *source* is who says so (an OIN), *address* where its cases can be read. An event keeps its
    UID for as long as the case stays in the stage, or the promise stands; planned anew, its
    SEQUENCE goes up. A reminder rings at nine on the working day before, by *calendar*.
    """
    agenda = Agenda()
    agenda.add("PRODID", "-//impasse//terms//NL")
    agenda.add("VERSION", "2.0")
    agenda.add("METHOD", "PUBLISH")
    agenda.add("X-WR-CALNAME", _NAME.in_(language))
    page = _Page(calendar, at.astimezone(UTC).replace(microsecond=0), language, source, address)
    for deadline in terms:
        agenda.add_component(page.of_term(deadline))
    for day in escalations:
        agenda.add_component(page.of_escalation(day))
    content: bytes = agenda.to_ical()
    return content


@dataclass(frozen=True, slots=True)
class _Page:
    """What all events of one calendar have in common."""

    calendar: Calendar
    at: datetime
    language: Language
    source: str
    address: str

    def of_term(self, deadline: Deadline) -> Event:
        """Return the last day of a term; while the clock stands still nothing rings for it."""
        term = deadline.term
        stage = deadline.stage.in_(self.language)
        summary = Text(
            f"Laatste dag {stage}: {deadline.case}", f"Last day {stage}: {deadline.case}"
        ).in_(self.language)
        still = term.state is TermState.SUSPENDED
        if still:
            summary = f"{_STILL.in_(self.language)}: {summary}"
        event = self._whole_day(deadline.case, deadline.title, summary, term.end)
        event.add("UID", f"{deadline.case}/{term.stage_entry}@{self.source}")
        event.add("SEQUENCE", term.plan)
        event.add("STATUS", "TENTATIVE" if still else "CONFIRMED")
        if not still:
            event.add_component(self._alarm(term.end, summary))
        return event

    def of_escalation(self, day: EscalationDay) -> Event:
        """Return a day of an escalation: that there is one, and of which case."""
        summary = f"{day.what.in_(self.language)}: {day.case}"
        event = self._whole_day(day.case, day.title, summary, day.day)
        event.add("UID", f"{day.case}/{day.key}@{self.source}")
        event.add("SEQUENCE", day.plan)
        event.add("LAST-MODIFIED", day.since.astimezone(UTC).replace(microsecond=0))
        event.add("STATUS", "CONFIRMED")
        event.add_component(self._alarm(day.day, summary))
        return event

    def _whole_day(self, case: str, title: str, summary: str, day: date) -> Event:
        event = Event()
        event.add("DTSTAMP", self.at)
        event.add("DTSTART", day)
        event.add("DTEND", day + _ONE_DAY)
        event.add("SUMMARY", summary)
        event.add("DESCRIPTION", title)
        event.add("URL", f"{self.address}/impasses/{case}")
        event.add("TRANSP", "TRANSPARENT")
        event.add("CLASS", "CONFIDENTIAL")
        return event

    def _alarm(self, day: date, summary: str) -> Alarm:
        before = self.calendar.agreed.add_working_days(day, -1)
        alarm = Alarm()
        alarm.add("ACTION", "DISPLAY")
        alarm.add("DESCRIPTION", summary)
        alarm.add("TRIGGER", before - day + _RINGS_AT)
        return alarm


_STILL = Text("Opgeschort", "Suspended")
_RINGS_AT = timedelta(hours=9)
"""After midnight, on the clock of whoever's calendar it is."""
