"""What stands around messages when persons are told of them: cases with their parties, and people.

Read once for many messages, and anew each time that something is about to leave.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import select
from sqlmodel import Session

from impasse.adapters.sql.database import Codec
from impasse.adapters.sql.directory import absences_from, persons_here
from impasse.adapters.sql.rows import read_case
from impasse.adapters.sql.run_rows import read_run
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow, EscalationRunRow, PartyRow
from impasse.domain.audience import MEETING, Crowd, Heard, gather
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.errors import Conflict, Unreadable
from impasse.domain.escalation import Addressee
from impasse.domain.notification import event_of
from impasse.domain.people import Role
from impasse.domain.substitution import chain_of
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from impasse.domain.case import Case
    from impasse.domain.escalation import Run

log = structlog.get_logger("impasse.notifications")

_CASES, _PARTIES, _RUNS = table(CaseRow), table(PartyRow), table(EscalationRunRow)
_NATIVE = Codec("native")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The cases that messages are about, by number, and the people of today."""

    crowd: Crowd
    cases: Mapping[str, Case]
    runs: Mapping[str, Run]
    """By the name that messages have for them: "IMP-2026-0001:E1"."""

    def cause_told_by(self, message: Row[Any]) -> str | None:
        """Return the message that started the run whose start *message* tells of, if it does.

        Who hears both hears the same twice: the second asks for an answer, so it stands for both.
        """
        run = self.runs.get(message.run or "")
        first = event_of(message.type or "") == "escalation-level-reached"
        if run is None or not first or message.at != run.started_at:
            return None
        return run.cause

    def heard(self, message: Row[Any]) -> Heard | None:
        """Return a row of the outbox as what bears on who hears of it.

        None when it is about a case that is not there or cannot be read, or when the row itself
        is damaged: one bad message holds up no other, and the log names it.
        """
        case = self.cases.get(message.subject)
        if case is None and message.subject and not message.subject.startswith(MEETING):
            return None
        try:
            roles = tuple(Role(role) for role in json.loads(message.notify or "[]"))
            names = named(message.addressees)
        except (KeyError, TypeError, ValueError) as error:
            log.exception("message_left_out", object=message.id, result=type(error).__name__)
            return None
        return Heard(roles, names, message.by, case)


def named(addressees: str) -> tuple[Addressee, ...]:
    """Return the persons that a message names; webhooks are left out."""
    if not addressees:
        return ()
    return tuple(
        Addressee(
            one["person"],
            Text(one["why"]["nl"], one["why"]["en"]),
            one.get("side", ""),
            one.get("stands_for", ""),
            one.get("knows", True),
        )
        for one in json.loads(addressees)
        if "person" in one
    )


def look_around(connection: Connection, messages: Iterable[Row[Any]], at: datetime) -> Surroundings:
    """Read the cases of *messages* with their parties and runs, and the people of the day of *at*.

    *messages* are rows with a subject and a run. It takes five statements, however many there are.
    Of a case neither signals nor tasks are read: nothing here may depend on content.
    """
    about = {(row.subject, row.run) for row in messages}
    numbers = sorted({one for one, _ in about if one and not one.startswith(MEETING)})
    with_runs = sorted({one for one, run in about if run})
    return Surroundings(
        people_of(connection, at),
        _cases(connection, numbers) if numbers else {},
        _runs(connection, with_runs) if with_runs else {},
    )


def people_of(connection: Connection, at: datetime) -> Crowd:
    """Return everybody, and who stands in for whom on the day of *at*."""
    today = at.astimezone(AMSTERDAM).date()
    with Session(bind=connection) as session:
        persons = persons_here(session)
        absences = absences_from(session, today, today)
    acting = {}
    for absent in sorted({one.person for one in absences} & persons.keys()):
        chain = chain_of(absent, today, persons, absences)
        acting[absent] = absent if chain is None else chain.acts
    return gather(persons, acting)


def _cases(connection: Connection, numbers: list[str]) -> dict[str, Case]:
    parties: dict[str, list[Any]] = {}
    query = select(_PARTIES).where(_PARTIES.c.case_id.in_(numbers))
    for row in connection.execute(query.order_by(_PARTIES.c.case_id, _PARTIES.c.position)):
        parties.setdefault(row.case_id, []).append(tuple(row))
    found: dict[str, Case] = {}
    for row in connection.execute(select(_CASES).where(_CASES.c.id.in_(numbers))):
        try:
            case = read_case(_NATIVE, tuple(row), parties.get(row.id, []), [], [], None)
        except Conflict as error:
            log.warning("case_left_out", object=row.id, result=str(error))
            continue
        found[row.id] = case
    return found


def _runs(connection: Connection, numbers: list[str]) -> dict[str, Run]:
    found: dict[str, Run] = {}
    for row in connection.execute(select(_RUNS).where(_RUNS.c.case_id.in_(numbers))):
        try:
            found[f"{row.case_id}:{row.id}"] = read_run(_NATIVE, tuple(row))
        except (Conflict, Unreadable) as error:
            log.warning("run_left_out", object=row.case_id, result=str(error))
    return found
