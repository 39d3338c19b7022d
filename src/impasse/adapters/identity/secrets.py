"""Secrets that stand for a person: API tokens and browser sessions. Only hashes are kept."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from impasse.adapters.sql.database import writing
from impasse.adapters.sql.people import reading
from impasse.adapters.sql.tables import PersonRow, SessionRow, TokenRow
from impasse.domain.errors import NotFound
from impasse.domain.people import Actor, Person, Role
from impasse.domain.text import Text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Engine

PREFIX = "imp_"
"""Tokens begin with this, so that a leaked one can be recognised by scanners."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token: its id, and the secret that is shown once and kept nowhere."""

    id: str
    secret: str


def issue_token(database: Engine, person: str, *, at: datetime, days: int | None = 365) -> Issued:
    """Make a token for *person* that lasts *days*; None is for ever.

    Raises `NotFound` when there is no such person, `Unavailable` when the database fails.
    """
    secret = PREFIX + secrets.token_urlsafe(32)
    key = secrets.token_hex(4)
    with writing(database) as connection, Session(bind=connection) as session:
        if session.get(PersonRow, person) is None:
            raise NotFound(
                Text(
                    f"Gebruiker {person} bestaat niet. Zie 'impasse user list'.",
                    f"User {person} does not exist. See 'impasse user list'.",
                )
            )
        session.add(
            TokenRow(
                id=key,
                person_id=person,
                hash=_hash(secret),
                created_at=at,
                expires_at=None if days is None else at + timedelta(days=days),
                revoked_at=None,
            )
        )
        session.flush()
    return Issued(key, secret)


def revoke_token(database: Engine, token: str, *, at: datetime) -> None:
    """Make *token* useless from now on; raises `NotFound` when there is none."""
    with writing(database) as connection, Session(bind=connection) as session:
        row = session.get(TokenRow, token)
        if row is None:
            raise NotFound(Text(f"Token {token} bestaat niet.", f"Token {token} does not exist."))
        row.revoked_at = row.revoked_at or at
        session.flush()


def bearer(database: Engine, secret: str, *, at: datetime) -> Person | None:
    """Return whose token *secret* is, or None when it is unknown, expired or revoked."""
    with reading(database) as session:
        row = session.exec(select(TokenRow).where(col(TokenRow.hash) == _hash(secret))).first()
        if row is None or row.revoked_at is not None:
            return None
        if row.expires_at is not None and row.expires_at <= at:
            return None
        return _person(session.get(PersonRow, row.person_id))


def begin_session(database: Engine, person: str, *, at: datetime, hours: int) -> str:
    """Sign *person* in; return the secret for the cookie."""
    secret = secrets.token_urlsafe(32)
    with writing(database) as connection, Session(bind=connection) as session:
        session.add(
            SessionRow(
                hash=_hash(secret),
                person_id=person,
                created_at=at,
                expires_at=at + timedelta(hours=hours),
            )
        )
        session.flush()
    return secret


def resume_session(database: Engine, secret: str, *, at: datetime, hours: int) -> Person | None:
    """Return who is signed in with *secret*, or None; a used session lasts *hours* more.

    The end is moved at most once in a while: reading pages must not write each time.
    """
    whole = timedelta(hours=hours)
    with reading(database) as session:
        row = session.get(SessionRow, _hash(secret))
        if row is None or row.expires_at <= at:
            return None
        person = _person(session.get(PersonRow, row.person_id))
        is_fresh = row.expires_at - at >= whole * 3 / 4
    if person is not None and not is_fresh:
        with writing(database) as connection, Session(bind=connection) as session:
            # Who signed out between our look and our write stays signed out.
            if (row := session.get(SessionRow, _hash(secret))) is None:
                return None
            row.expires_at = at + whole
            session.flush()
    return person


def end_session(database: Engine, secret: str) -> None:
    """Sign out."""
    with writing(database) as connection, Session(bind=connection) as session:
        row = session.get(SessionRow, _hash(secret))
        if row is not None:
            session.delete(row)
            session.flush()


def actor_of(person: Person, origin: str) -> Actor:
    """Return *person* as who acts through the door *origin*."""
    return Actor(person.id, person.organisation, person.roles, origin)


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _person(row: PersonRow | None) -> Person | None:
    if row is None or row.disabled:
        return None
    return Person(
        id=row.id,
        name=row.name,
        function=Text(row.function_nl, row.function_en),
        organisation=row.organisation_id,
        roles=frozenset(Role(role) for role in row.roles.split()),
        disabled=False,
    )
