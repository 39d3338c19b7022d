"""Absences and who stands in, as rows; and a person as he or she acts today."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import or_
from sqlmodel import Session, col, select

from impasse.adapters.sql.database import writing
from impasse.adapters.sql.people import person_of, reading
from impasse.adapters.sql.tables import PersonRow, SubstitutionRow
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.errors import NotFound
from impasse.domain.people import Role
from impasse.domain.substitution import (
    Absence,
    acting,
    gaps,
    may_record_for,
    refuse_to_end,
    refuse_to_record,
)
from impasse.domain.text import Text

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.engine import Engine

    from impasse.domain.people import Person
    from impasse.domain.substitution import Gap, Wish

log = structlog.get_logger("impasse.people")

_GLANCE = 40
"""So much of a number that is none is said back."""

BY_THE_MACHINE = "cli"
"""Who recorded it, when that was done on the command line of the machine itself."""


@dataclass(frozen=True, slots=True)
class AbsenceLine:
    """An absence as somebody sees it, with the days on which nobody stands in.

    `mine` is whether the reader may end it.
    """

    absence: Absence
    gaps: tuple[Gap, ...]
    mine: bool


def record_absence(database: Engine, wish: Wish, *, by: Person | None, at: datetime) -> AbsenceLine:
    """Record an absence; *by* is None on the machine itself.

    Raises `NotAllowed`, `Invalid` with every fault at once, or `Conflict` when the person is
    absent on one of these days already; nothing has changed then.
    """
    wish = replace(wish, person=_findable(wish.person), substitute=_findable(wish.substitute))
    with writing(database) as connection, Session(bind=connection) as session:
        # Two who record for one person at once: the second waits here, and sees what the first did.
        held = select(PersonRow).where(col(PersonRow.id) == wish.person).with_for_update()
        row = session.exec(held).first()
        organisation = "" if row is None else row.organisation_id
        persons = _colleagues(session, organisation, {wish.person, wish.substitute})
        known = _absences(session, organisation)
        refuse_to_record(wish, by=by, persons=persons, absences=known, today=_day(at))
        made = Absence(
            secrets.token_hex(8),
            wish.person,
            wish.substitute,
            wish.from_day,
            wish.until_day,
            wish.reason.strip(),
            at,
            BY_THE_MACHINE if by is None else by.id,
        )
        session.add(
            SubstitutionRow(
                id=made.id,
                person_id=made.person,
                substitute_id=made.substitute,
                from_day=made.from_day,
                until_day=made.until_day,
                reason=made.reason,
                created_at=at,
                created_by=made.created_by,
                ended_at=None,
            )
        )
        session.flush()
        line = _line(made, by, persons, [*known, made], _day(at))
    _log("absence_recorded", made, made.created_by)
    return line


def end_absence(database: Engine, key: str, *, by: Person | None, at: datetime) -> None:
    """End an absence early, or call it off; *by* is None on the machine itself.

    Raises `NotFound` for one that *by* does not see, `NotAllowed`, or `Conflict` when it ended
    already.
    """
    with writing(database) as connection, Session(bind=connection) as session:
        row = session.get(SubstitutionRow, _findable(key), with_for_update=True)
        found = None if row is None else _absence(row)
        owner = None if found is None else session.get(PersonRow, found.person)
        person = None if owner is None else person_of(session, owner)
        if row is None or found is None or not _sees(by, found, person):
            raise _unknown(key)
        refuse_to_end(found, by=by, person=person, today=_day(at))
        row.ended_at = at
        session.flush()
    _log("absence_ended", found, BY_THE_MACHINE if by is None else by.id)


def absence_called(database: Engine, key: str, *, by: Person | None, at: datetime) -> AbsenceLine:
    """Return the absence with id *key*, or raise `NotFound` when *by* does not see it."""
    with reading(database) as session:
        row = session.get(SubstitutionRow, _findable(key))
        if row is not None:
            found = _absence(row)
            owner = session.get(PersonRow, found.person)
            person = None if owner is None else person_of(session, owner)
            if person is not None and _sees(by, found, person):
                persons = _colleagues(session, person.organisation, set())
                return _line(found, by, persons, _absences(session, person.organisation), _day(at))
    raise _unknown(key)


def absences_seen(
    database: Engine, by: Person | None, *, at: datetime, past: bool = False
) -> list[AbsenceLine]:
    """Return what *by* sees of absences: the own, whom one replaces, and of whom one keeps.

    In order of the first day. Those that ended are only there when *past*.
    """
    today = _day(at)
    query = (
        select(SubstitutionRow, PersonRow)
        .join(PersonRow, col(PersonRow.id) == col(SubstitutionRow.person_id))
        .order_by(col(SubstitutionRow.from_day), col(SubstitutionRow.id))
    )
    if not past:
        query = query.where(
            col(SubstitutionRow.ended_at).is_(None), col(SubstitutionRow.until_day) >= today
        )
    if by is not None and Role.ADMINISTRATOR not in by.roles:
        mine = or_(
            col(SubstitutionRow.person_id) == by.id, col(SubstitutionRow.substitute_id) == by.id
        )
        if Role.SECRETARIAT in by.roles and by.organisation:
            mine = or_(mine, col(PersonRow.organisation_id) == by.organisation)
        query = query.where(mine)
    with reading(database) as session:
        rows = session.exec(query).all()
        organisations = {row.organisation_id for _, row in rows}
        persons = {
            organisation: _colleagues(session, organisation, set())
            for organisation in organisations
        }
        known = {organisation: _absences(session, organisation) for organisation in organisations}
        return [
            _line(
                _absence(row),
                by,
                persons[owner.organisation_id],
                known[owner.organisation_id],
                today,
            )
            for row, owner in rows
        ]


def acting_person(session: Session, person: Person, at: datetime) -> Person:
    """Return *person* with the roles of whom he or she stands in for at the moment *at*.

    Nearly nobody stands in for anybody: that costs one look at an index.
    """
    today = _day(at)
    named = select(SubstitutionRow.id).where(
        col(SubstitutionRow.substitute_id) == person.id,
        col(SubstitutionRow.from_day) <= today,
        col(SubstitutionRow.until_day) >= today,
        col(SubstitutionRow.ended_at).is_(None),
    )
    if session.exec(named.limit(1)).first() is None:
        return person
    persons = _colleagues(session, person.organisation, set())
    return acting(person, today, persons, _absences(session, person.organisation))


def person_today(database: Engine, person: Person, at: datetime) -> Person:
    """Return *person* as `acting_person` does, for who has no session with the database open."""
    with reading(database) as session:
        return acting_person(session, person, at)


def colleagues(database: Engine, organisation: str) -> list[Person]:
    """Return who of *organisation* can be absent or stand in, in the order of their ids."""
    with reading(database) as session:
        found = _colleagues(session, organisation, set()).values()
    return sorted(
        (one for one in found if not one.disabled and Role.SUPERVISOR not in one.roles),
        key=lambda one: one.id,
    )


def _line(
    absence: Absence,
    by: Person | None,
    persons: dict[str, Person],
    known: list[Absence],
    today: date,
) -> AbsenceLine:
    first = max(absence.from_day, today)
    open_ = absence.ended_at is None and first <= absence.until_day
    broken = gaps(absence.person, first, absence.until_day, persons, known) if open_ else ()
    owner = persons.get(absence.person)
    mine = open_ and (by is None or (owner is not None and may_record_for(by, owner)))
    return AbsenceLine(absence, broken, mine)


def _sees(by: Person | None, absence: Absence, person: Person | None) -> bool:
    if by is None or by.id in {absence.person, absence.substitute}:
        return True
    return person is not None and may_record_for(by, person)


def _colleagues(session: Session, organisation: str, beside: set[str]) -> dict[str, Person]:
    """Return who works for *organisation*, and who else is named in *beside*, by id."""
    query = select(PersonRow).where(
        or_(
            (col(PersonRow.organisation_id) == organisation)
            & (col(PersonRow.organisation_id) != ""),
            col(PersonRow.id).in_(sorted(beside)),
        )
    )
    return {row.id: person_of(session, row) for row in session.exec(query)}


def _absences(session: Session, organisation: str) -> list[Absence]:
    """Return the absences of who works for *organisation* that were not ended."""
    query = (
        select(SubstitutionRow)
        .join(PersonRow, col(PersonRow.id) == col(SubstitutionRow.person_id))
        .where(
            col(PersonRow.organisation_id) == organisation,
            col(SubstitutionRow.ended_at).is_(None),
        )
    )
    return [_absence(row) for row in session.exec(query)]


def _absence(row: SubstitutionRow) -> Absence:
    return Absence(
        row.id,
        row.person_id,
        row.substitute_id,
        row.from_day,
        row.until_day,
        row.reason,
        row.created_at,
        row.created_by,
        row.ended_at,
    )


def _day(at: datetime) -> date:
    """Return the day in Amsterdam on which *at* falls."""
    return at.astimezone(AMSTERDAM).date()


def _findable(key: str) -> str:
    """Return *key*, or "" for what no database can look up: nobody is called that either."""
    return key if key.isprintable() else ""


def _unknown(key: str) -> NotFound:
    return NotFound(
        Text(
            f"Er is geen afwezigheid met nummer {_findable(key)[:_GLANCE]}.",
            f"There is no absence with number {_findable(key)[:_GLANCE]}.",
        )
    )


def _log(event: str, absence: Absence, actor: str) -> None:
    log.info(event, object=absence.person, result=absence.substitute, actor=actor)
