"""Terms as an iCalendar (RFC 5545) that other calendars subscribe to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import structlog
from icalendar import Calendar as Agenda
from icalendar import Event

from impasse.adapters.sql.views import CaseFilter
from impasse.domain.case import Status, TermState
from impasse.domain.errors import Conflict
from impasse.domain.text import Text
from impasse.engine.procedures import procedure_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from impasse.adapters.sql.views import Views
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
    terms: Iterable[Deadline], *, at: datetime, language: Language, source: str, address: str
) -> bytes:
    """Return *terms* as a calendar: each last day a whole day that keeps nobody busy.

    *source* is who says so (an OIN), *address* where its cases can be read. An event keeps its
    UID for as long as the case stays in the stage; planned anew, its SEQUENCE goes up.
    """
    agenda = Agenda()
    agenda.add("PRODID", "-//impasse//terms//NL")
    agenda.add("VERSION", "2.0")
    agenda.add("METHOD", "PUBLISH")
    agenda.add("X-WR-CALNAME", _NAME.in_(language))
    for deadline in terms:
        agenda.add_component(_event(deadline, at, language, source, address))
    content: bytes = agenda.to_ical()
    return content


def _event(
    deadline: Deadline, at: datetime, language: Language, source: str, address: str
) -> Event:
    term = deadline.term
    stage = deadline.stage.in_(language)
    summary = Text(
        f"Laatste dag {stage}: {deadline.case}", f"Last day {stage}: {deadline.case}"
    ).in_(language)
    if term.state is TermState.SUSPENDED:
        summary = f"{_STILL.in_(language)}: {summary}"
    event = Event()
    event.add("UID", f"{deadline.case}/{term.stage_entry}@{source}")
    event.add("DTSTAMP", at.astimezone(UTC).replace(microsecond=0))
    event.add("SEQUENCE", term.plan)
    event.add("DTSTART", term.end)
    event.add("DTEND", term.end + _ONE_DAY)
    event.add("SUMMARY", summary)
    event.add("DESCRIPTION", deadline.title)
    event.add("URL", f"{address}/impasses/{deadline.case}")
    event.add("TRANSP", "TRANSPARENT")
    event.add("CLASS", "CONFIDENTIAL")
    event.add("STATUS", "TENTATIVE" if term.state is TermState.SUSPENDED else "CONFIRMED")
    return event


_STILL = Text("Opgeschort", "Suspended")
