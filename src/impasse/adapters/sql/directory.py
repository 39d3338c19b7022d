"""Who there is today, in one reading: persons, who stands in, who is on duty, and groups."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from impasse.adapters.sql.people import reading
from impasse.adapters.sql.tables import (
    DutyRow,
    GroupRow,
    PersonRow,
    RotaRow,
    SubstitutionRow,
)
from impasse.domain.appointment import carried
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.duty import Duty, Rota, on_duty
from impasse.domain.escalation import Directory
from impasse.domain.people import Person, Rank, Role
from impasse.domain.substitution import Absence, chain_of
from impasse.domain.text import Text

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.engine import Engine

__all__ = ["SqlDirectory", "absences_from", "duty_of", "persons_here", "rota_of"]


class SqlDirectory:
    """Reads the directory of a moment; every reading is fresh, for people come and go."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def read(self, at: datetime) -> Directory:
        """Return who there is on the day of *at*; raises `Unavailable` when the database fails."""
        today = at.astimezone(AMSTERDAM).date()
        with reading(self._database) as session:
            everybody = persons_here(session)
            absences = absences_from(session, today, today)
            rotas = [rota_of(row) for row in session.exec(select(RotaRow))]
            duties = _duties_on(session, today) if rotas else {}
            groups = session.exec(select(GroupRow.name, GroupRow.members)).all()
        there = {
            key: one
            for key, one in everybody.items()
            if not one.disabled and Role.SUPERVISOR not in one.roles
        }
        return Directory(
            persons=there,
            acting={
                key: _acts(key, today, everybody, absences)
                for key in sorted({one.person for one in absences} & there.keys())
            },
            on_duty={
                rota.name: on_duty(
                    rota, duties.get(rota.name, ()), today, everybody, absences
                ).person
                for rota in rotas
            },
            groups={
                name: tuple(key for key in json.loads(members) if key in there)
                for name, members in groups
            },
        )


def persons_here(session: Session) -> dict[str, Person]:
    """Return everybody by id, disabled persons and supervisors among them.

    Columns, not rows: of a thousand persons that takes a few thousandths of a second.
    """
    query = select(
        col(PersonRow.id),
        col(PersonRow.name),
        col(PersonRow.function_nl),
        col(PersonRow.function_en),
        col(PersonRow.organisation_id),
        col(PersonRow.roles),
        col(PersonRow.disabled),
        col(PersonRow.organ),
        col(PersonRow.email),
        col(PersonRow.rank),
        col(PersonRow.language),
    )  # type: ignore[call-overload] # sqlmodel knows up to four columns
    return {
        key: Person(
            key,
            name,
            Text(function_nl, function_en),
            organisation,
            _roles(roles),
            bool(disabled),
            organ,
            email,
            rank=Rank(rank),
            language=language,
        )
        for (
            key,
            name,
            function_nl,
            function_en,
            organisation,
            roles,
            disabled,
            organ,
            email,
            rank,
            language,
        ) in session.execute(query)
    }


def absences_from(session: Session, first: date, last: date) -> list[Absence]:
    """Return the absences that share a day with the days from *first* to *last*, not ended."""
    query = select(SubstitutionRow).where(
        col(SubstitutionRow.from_day) <= last,
        col(SubstitutionRow.until_day) >= first,
        col(SubstitutionRow.ended_at).is_(None),
    )
    return [
        Absence(
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
        for row in session.exec(query)
    ]


def rota_of(row: RotaRow) -> Rota:
    """Return the rota of *row*."""
    return Rota(
        row.name,
        Text(row.label_nl, row.label_en),
        row.organisation_id,
        row.created_at,
        row.created_by,
    )


def duty_of(row: DutyRow) -> Duty:
    """Return the duty of *row*."""
    return Duty(
        row.id,
        row.rota,
        row.person_id,
        row.from_day,
        row.until_day,
        row.override,
        row.created_at,
        row.created_by,
        row.ended_at,
    )


def _duties_on(session: Session, day: date) -> dict[str, list[Duty]]:
    query = select(DutyRow).where(col(DutyRow.from_day) <= day, col(DutyRow.until_day) >= day)
    found: dict[str, list[Duty]] = {}
    for row in session.exec(query):
        found.setdefault(row.rota, []).append(duty_of(row))
    return found


def _acts(person: str, day: date, everybody: dict[str, Person], absences: list[Absence]) -> str:
    chain = chain_of(person, day, everybody, absences)
    return person if chain is None else chain.acts


@lru_cache(maxsize=200)
def _roles(written: str) -> frozenset[Role]:
    return carried(Role(role) for role in written.split())
