"""Persons who can sign in, as rows."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from impasse.adapters.sql.database import translate, writing
from impasse.adapters.sql.tables import FeedRow, OneTimeLinkRow, PersonRow, SessionRow, TokenRow
from impasse.domain.appointment import carried, refuse_unfit_roles
from impasse.domain.errors import Conflict, Invalid, NotFound
from impasse.domain.organs import organ_fault
from impasse.domain.people import Person, Rank, Role
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.engine import Engine

__all__ = [
    "add_person",
    "change_person",
    "demonstration_persons",
    "disable_person",
    "enable_person",
    "list_persons",
    "person",
    "person_of",
    "person_row",
    "reading",
]


def add_person(database: Engine, person: Person, *, demonstration: bool = False) -> None:
    """Add *person*; only who is there for *demonstration* can be chosen without a token.

    Raises `Conflict` when the id is taken, `Invalid` for roles that nobody can carry together.
    """
    _refuse_unfit(person)
    row = PersonRow(
        id=person.id,
        name=person.name,
        function_nl=person.function.nl,
        function_en=person.function.en,
        organisation_id=person.organisation,
        roles=" ".join(sorted(person.roles)),
        disabled=person.disabled,
        demonstration=demonstration,
        organ=person.organ,
        email=person.email,
        rank=person.rank.value,
        language=person.language,
    )
    with writing(database) as connection, Session(bind=connection) as session:
        session.add(row)
        try:
            session.flush()
        except IntegrityError as error:
            raise Conflict(
                Text(
                    f"Gebruiker {person.id} bestaat al. Kies een andere gebruikersnaam.",
                    f"User {person.id} exists already. Choose another user name.",
                )
            ) from error


def list_persons(database: Engine) -> list[Person]:
    """Return everybody, disabled or not, in the order of their ids."""
    with reading(database) as session:
        rows = session.exec(select(PersonRow).order_by(col(PersonRow.id)))
        return [person_of(session, row) for row in rows]


def person(database: Engine, key: str) -> Person:
    """Return the person with id *key*, or raise `NotFound`."""
    with reading(database) as session:
        return person_of(session, person_row(session, key))


def demonstration_persons(database: Engine) -> frozenset[str]:
    """Return the ids of who is there for demonstration only."""
    with reading(database) as session:
        query = select(PersonRow.id).where(col(PersonRow.demonstration).is_(True))
        return frozenset(session.exec(query))


def disable_person(database: Engine, key: str, *, at: datetime) -> None:
    """Let the person with id *key* in no more, or raise `NotFound`; the history keeps the id.

    What is open is closed for good, so that nothing comes back with who is enabled again: sessions,
    tokens, feeds, and links that were not used yet.
    """
    with writing(database) as connection, Session(bind=connection) as session:
        person_row(session, key).disabled = True
        session.flush()
        for row in (SessionRow, OneTimeLinkRow):
            session.execute(delete(row).where(col(row.person_id) == key))
        for open_ in (TokenRow, FeedRow):
            session.execute(
                update(open_)
                .where(col(open_.person_id) == key, col(open_.revoked_at).is_(None))
                .values(revoked_at=at)
            )


def enable_person(database: Engine, key: str) -> None:
    """Let the person with id *key* in again, or raise `NotFound`."""
    with writing(database) as connection, Session(bind=connection) as session:
        person_row(session, key).disabled = False
        session.flush()


def change_person(database: Engine, person: Person) -> None:
    """Keep *person* as given now, but for whether he or she is disabled.

    Who gets other roles signs in again: another role may ask for a second factor. Raises
    `NotFound`, or `Invalid` for roles that nobody can carry together.
    """
    _refuse_unfit(person)
    with writing(database) as connection, Session(bind=connection) as session:
        row = person_row(session, person.id)
        if row.roles != " ".join(sorted(person.roles)):
            session.execute(delete(SessionRow).where(col(SessionRow.person_id) == person.id))
        row.name = person.name
        row.function_nl, row.function_en = person.function.nl, person.function.en
        row.organisation_id = person.organisation
        row.roles = " ".join(sorted(person.roles))
        row.organ, row.email = person.organ, person.email
        row.rank, row.language = person.rank.value, person.language
        session.flush()


def _refuse_unfit(person: Person) -> None:
    refuse_unfit_roles(person.roles)
    fault = organ_fault(person.organ)
    if fault is not None:
        raise Invalid(Text("Dit orgaan kan zo niet.", "This organ cannot be kept."), [fault])


@contextmanager
def reading(database: Engine) -> Iterator[Session]:
    """Open a session that only reads; raises `Unavailable` when the database fails."""
    try:
        with Session(database) as session:
            yield session
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error


def person_row(session: Session, key: str) -> PersonRow:
    """Return the row of the person with id *key*, or raise `NotFound`."""
    row = session.get(PersonRow, key)
    if row is None:
        raise NotFound(
            Text(
                f"Gebruiker {key} bestaat niet. Zie 'impasse user list'.",
                f"User {key} does not exist. See 'impasse user list'.",
            )
        )
    return row


def person_of(session: Session, row: PersonRow) -> Person:  # noqa: ARG001 who stands in is asked of it
    """Return the person of *row*: the one place where a row becomes a person."""
    return Person(
        row.id,
        row.name,
        Text(row.function_nl, row.function_en),
        row.organisation_id,
        carried(Role(role) for role in row.roles.split()),
        row.disabled,
        row.organ,
        row.email,
        rank=Rank(row.rank),
        language=row.language,
    )
