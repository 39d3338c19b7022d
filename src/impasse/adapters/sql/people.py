"""Persons who can sign in, as rows."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from impasse.adapters.sql.database import translate, writing
from impasse.adapters.sql.tables import PersonRow
from impasse.domain.errors import Conflict, NotFound
from impasse.domain.people import Person, Role
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Engine

__all__ = [
    "add_person",
    "demonstration_persons",
    "disable_person",
    "list_persons",
    "person",
    "reading",
]


def add_person(database: Engine, person: Person, *, demonstration: bool = False) -> None:
    """Add *person*; only who is there for *demonstration* can be chosen without a token.

    Raises `Conflict` when the id is taken.
    """
    row = PersonRow(
        id=person.id,
        name=person.name,
        function_nl=person.function.nl,
        function_en=person.function.en,
        organisation_id=person.organisation,
        roles=" ".join(sorted(person.roles)),
        disabled=person.disabled,
        demonstration=demonstration,
    )
    with writing(database) as connection, Session(bind=connection) as session:
        session.add(row)
        try:
            session.flush()
        except IntegrityError as error:
            raise Conflict(
                Text(
                    f"Gebruiker {person.id} bestaat al. Kies een ander id.",
                    f"User {person.id} exists already. Choose another id.",
                )
            ) from error


def list_persons(database: Engine) -> list[Person]:
    """Return everybody, disabled or not, in the order of their ids."""
    with reading(database) as session:
        return [_person(row) for row in session.exec(select(PersonRow).order_by(col(PersonRow.id)))]


def person(database: Engine, key: str) -> Person:
    """Return the person with id *key*, or raise `NotFound`."""
    with reading(database) as session:
        return _person(_row(session, key))


def demonstration_persons(database: Engine) -> frozenset[str]:
    """Return the ids of who is there for demonstration only."""
    with reading(database) as session:
        query = select(PersonRow.id).where(col(PersonRow.demonstration).is_(True))
        return frozenset(session.exec(query))


def disable_person(database: Engine, key: str) -> None:
    """Let the person with id *key* in no more, or raise `NotFound`; the history keeps the id."""
    with writing(database) as connection, Session(bind=connection) as session:
        _row(session, key).disabled = True
        session.flush()


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


def _row(session: Session, key: str) -> PersonRow:
    row = session.get(PersonRow, key)
    if row is None:
        raise NotFound(
            Text(
                f"Gebruiker {key} bestaat niet. Zie 'impasse user list'.",
                f"User {key} does not exist. See 'impasse user list'.",
            )
        )
    return row


def _person(row: PersonRow) -> Person:
    return Person(
        row.id,
        row.name,
        Text(row.function_nl, row.function_en),
        row.organisation_id,
        frozenset(Role(role) for role in row.roles.split()),
        row.disabled,
    )
