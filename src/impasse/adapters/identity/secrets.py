"""Secrets that stand for a person: API tokens and browser sessions. Only hashes are kept."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from impasse.adapters.sql.database import writing
from impasse.adapters.sql.people import person_of, person_row, reading
from impasse.adapters.sql.substitutions import acting_person
from impasse.adapters.sql.tables import PersonRow, SessionRow, TokenRow
from impasse.domain.errors import Conflict, Fault, Invalid, NotFound, Unavailable
from impasse.domain.people import Actor
from impasse.domain.text import Text
from impasse.domain.token_scope import ALL_SCOPES, MOST_DAYS, USUAL_DAYS, TokenScope
from impasse.engine.ports import Contention

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.engine import Engine

    from impasse.domain.people import Person

log = structlog.get_logger("impasse.identity")

PREFIX = "imp_"
"""Tokens begin with this, so that a leaked one can be recognised by scanners."""

LONGEST_NAME = 100
SESSION_HOURS_AT_MOST = 12
"""How long a session lasts when no setting says otherwise, however much it is used."""

_SELDOM = timedelta(minutes=10)
"""The last use of a token is written down no more often than this."""

BACKWARDS = timedelta(minutes=5)
"""How far clocks of two machines may differ. What was made later than that is not believed."""

_BROWSER = 160


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token: its id, and the secret that is shown once and kept nowhere."""

    id: str
    secret: str


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose token was shown, what it may be used for, and until when it lasts."""

    person: Person
    token: str
    scopes: frozenset[TokenScope]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenLine:
    """A token as its owner sees it: everything but the secret."""

    id: str
    person: str
    name: str
    scopes: tuple[TokenScope, ...]
    created_at: datetime
    created_by: str
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    def works(self, at: datetime) -> bool:
        """Whether it opens the door at moment *at*."""
        return self.revoked_at is None and at < self.expires_at


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A signed-in browser as its owner sees it."""

    id: str
    created_at: datetime
    last_used_at: datetime
    ends_at: datetime | None
    method: str
    browser: str
    here: bool = False


def issue_token(
    database: Engine,
    person: str,
    *,
    at: datetime,
    days: int = USUAL_DAYS,
    name: str = "",
    scopes: Iterable[TokenScope] = ALL_SCOPES,
    created_by: str = "",
    until: datetime | None = None,
) -> Issued:
    """Make a token for *person* that lasts *days*, but never longer than *until*.

    Raises `NotFound` when there is no such person, `Conflict` for who is disabled, `Invalid` for a
    name, scopes or days that cannot be, `Unavailable` when the database fails.
    """
    name, wanted = name.strip(), frozenset(scopes)
    if faults := _token_faults(name, wanted, days):
        raise Invalid(Text("Zo kan een token niet.", "A token cannot be like this."), faults)
    secret, key = PREFIX + secrets.token_urlsafe(32), secrets.token_hex(4)
    expires_at = at + timedelta(days=days)
    with writing(database) as connection, Session(bind=connection) as session:
        _refuse_disabled(session, person)
        session.add(
            TokenRow(
                id=key,
                person_id=person,
                hash=hash_of(secret),
                created_at=at,
                expires_at=expires_at if until is None else min(until, expires_at),
                revoked_at=None,
                name=name,
                scopes=_written(wanted),
                created_by=created_by or person,
            )
        )
        session.flush()
    return Issued(key, secret)


def tokens_of(database: Engine, person: str = "") -> list[TokenLine]:
    """Return the tokens of *person*, or of everybody, the newest first."""
    query = select(TokenRow).order_by(col(TokenRow.created_at).desc(), col(TokenRow.id))
    if person:
        query = query.where(col(TokenRow.person_id) == person)
    with reading(database) as session:
        return [
            TokenLine(
                row.id,
                row.person_id,
                row.name,
                _scopes(row.scopes),
                row.created_at,
                row.created_by,
                _end_of(row),
                row.last_used_at,
                row.revoked_at,
            )
            for row in session.exec(query)
        ]


def revoke_token(database: Engine, token: str, *, at: datetime, person: str = "") -> None:
    """Make *token* useless from now on; raises `NotFound` when there is none, or none of *person*.

    A token of somebody else is not told apart from one that does not exist.
    """
    with writing(database) as connection, Session(bind=connection) as session:
        row = session.get(TokenRow, token)
        if row is None or (person and row.person_id != person):
            raise NotFound(Text(f"Token {token} bestaat niet.", f"Token {token} does not exist."))
        row.revoked_at = row.revoked_at or at
        session.flush()


def revoke_tokens(database: Engine, person: str, *, at: datetime) -> int:
    """Make every token of *person* useless from now on; return how many there were."""
    with writing(database) as connection, Session(bind=connection) as session:
        return revoke_all(session, person, at)


def revoke_all(session: Session, person: str, at: datetime) -> int:
    """Make every token of *person* useless, together with what else *session* changes."""
    found = session.exec(
        select(TokenRow).where(
            col(TokenRow.person_id) == person, col(TokenRow.revoked_at).is_(None)
        )
    ).all()
    for row in found:
        row.revoked_at = at
    session.flush()
    return len(found)


def bearer(database: Engine, secret: str, *, at: datetime) -> Holder | None:
    """Return whose token *secret* is, or None when it is unknown, expired or revoked."""
    with reading(database) as session:
        row = session.exec(select(TokenRow).where(col(TokenRow.hash) == hash_of(secret))).first()
        if row is None or row.revoked_at is not None:
            return None
        if _end_of(row) <= at:
            return None
        person = _enabled(session, row.person_id, at)
        if person is None:
            return None
        holder = Holder(person, row.id, frozenset(_scopes(row.scopes)), _end_of(row))
        used = row.last_used_at
    if used is None or abs(at - used) >= _SELDOM:
        _note_use(database, holder.token, at)
    return holder


def begin_session(
    database: Engine,
    person: str,
    *,
    at: datetime,
    hours: int,
    at_most: int = SESSION_HOURS_AT_MOST,
    method: str = "",
    acr: str = "",
    browser: str = "",
) -> str:
    """Sign *person* in; return the secret for the cookie, new each time.

    It lasts *hours* without being used, and *at_most* hours in any case. *method* is how somebody
    signed in, *acr* with how much certainty, *browser* what the browser calls itself. The secret
    of who was disabled in the meantime opens nothing, also not later.
    """
    secret = secrets.token_urlsafe(32)
    ends_at = at + timedelta(hours=at_most)
    with writing(database) as connection, Session(bind=connection) as session:
        session.execute(delete(SessionRow).where(col(SessionRow.expires_at) < at))
        if _held(session, person).disabled:
            return secret
        session.add(
            SessionRow(
                hash=hash_of(secret),
                person_id=person,
                created_at=at,
                expires_at=min(ends_at, at + timedelta(hours=hours)),
                id=secrets.token_hex(8),
                ends_at=ends_at,
                last_used_at=at,
                method=method,
                acr=acr,
                browser="".join(sign for sign in browser if sign.isprintable())[:_BROWSER],
            )
        )
        session.flush()
    return secret


def resume_session(database: Engine, secret: str, *, at: datetime, hours: int) -> Person | None:
    """Return who is signed in with *secret*, or None; a used session lasts *hours* more.

    The end is moved at most once in a while: reading pages must not write each time. It is never
    moved past the last moment of the session.
    """
    whole = timedelta(hours=hours)
    with reading(database) as session:
        row = session.get(SessionRow, hash_of(secret))
        if row is None or not _lasts(row, at):
            return None
        person = _enabled(session, row.person_id, at)
        wanted = min(row.ends_at or row.expires_at, at + whole)
        is_fresh = wanted - row.expires_at <= whole / 4
    if person is not None and not is_fresh:
        with writing(database) as connection, Session(bind=connection) as session:
            # Who signed out between our look and our write stays signed out.
            if (row := session.get(SessionRow, hash_of(secret))) is None:
                return None
            row.expires_at, row.last_used_at = wanted, at
            session.flush()
    return person


def end_session(database: Engine, secret: str) -> None:
    """Sign out."""
    with writing(database) as connection:
        connection.execute(delete(SessionRow).where(col(SessionRow.hash) == hash_of(secret)))


def sessions_of(
    database: Engine, person: str, *, at: datetime, here: str = ""
) -> list[SessionLine]:
    """Return where *person* is signed in, the newest first; *here* is the secret of the asker."""
    query = (
        select(SessionRow)
        .where(col(SessionRow.person_id) == person)
        .order_by(col(SessionRow.created_at).desc(), col(SessionRow.id))
    )
    with reading(database) as session:
        return [
            SessionLine(
                row.id,
                row.created_at,
                row.last_used_at or row.created_at,
                row.ends_at,
                row.method,
                row.browser,
                here=bool(here) and row.hash == hash_of(here),
            )
            for row in session.exec(query)
            if _lasts(row, at)
        ]


def end_session_called(database: Engine, person: str, key: str) -> None:
    """End the session of *person* with id *key*; one that is not there is ended already."""
    with writing(database) as connection:
        connection.execute(
            delete(SessionRow).where(col(SessionRow.person_id) == person, col(SessionRow.id) == key)
        )


def end_sessions(database: Engine, person: str, *, but: str = "") -> int:
    """End every session of *person*, but not the one whose secret is *but*; return how many."""
    mine = delete(SessionRow).where(col(SessionRow.person_id) == person)
    if but:
        mine = mine.where(col(SessionRow.hash) != hash_of(but))
    with writing(database) as connection:
        return connection.execute(mine).rowcount


def actor_of(person: Person, origin: str, *, confidential: bool = True) -> Actor:
    """Return *person* as who acts through the door *origin*; *confidential* opens closed rooms."""
    return Actor(person.id, person.organisation, person.roles, origin, confidential)


def hash_of(secret: str) -> str:
    """Return what is kept of *secret*: it is long and random, so that one round of hashing does."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _lasts(row: SessionRow, at: datetime) -> bool:
    if row.expires_at <= at or (row.ends_at is not None and row.ends_at <= at):
        return False
    return row.created_at <= at + BACKWARDS


def _end_of(row: TokenRow) -> datetime:
    """Return when a token ends; one of before tokens had to end, a year after it was made."""
    return row.expires_at or row.created_at + timedelta(days=MOST_DAYS)


def _enabled(session: Session, key: str, at: datetime) -> Person | None:
    row = session.get(PersonRow, key)
    if row is None or row.disabled:
        return None
    return acting_person(session, person_of(session, row), at)


def _held(session: Session, person: str) -> PersonRow:
    """Return the row of *person*, whom nobody disables until *session* has ended."""
    session.get(PersonRow, person, with_for_update={"read": True})
    return person_row(session, person)


def _refuse_disabled(session: Session, person: str) -> None:
    if _held(session, person).disabled:
        raise Conflict(
            Text(
                f"{person} is uitgezet. Zet deze gebruiker eerst weer aan.",
                f"{person} is disabled. Enable this user first.",
            )
        )


def _note_use(database: Engine, token: str, at: datetime) -> None:
    """Write down that *token* was used; who only reads is not refused when that fails."""
    try:
        with writing(database) as connection:
            connection.execute(
                update(TokenRow).where(col(TokenRow.id) == token).values(last_used_at=at)
            )
    except (Contention, Unavailable) as error:
        log.warning("token_use_not_noted", object=token, result=type(error).__name__)


def _token_faults(name: str, scopes: frozenset[TokenScope], days: int) -> list[Fault]:
    faults = []
    if len(name) > LONGEST_NAME or not name.isprintable():
        faults.append(
            Fault(
                "/name",
                Text(
                    f"Geef een naam van hooguit {LONGEST_NAME} gewone tekens.",
                    f"Give a name of at most {LONGEST_NAME} plain characters.",
                ),
            )
        )
    if not scopes & {TokenScope.READ, TokenScope.WRITE}:
        faults.append(
            Fault(
                "/scopes",
                Text("Kies ten minste lezen of wijzigen.", "Choose at least read or write."),
            )
        )
    if not 1 <= days <= MOST_DAYS:
        faults.append(
            Fault(
                "/days",
                Text(
                    f"Een token is geldig van 1 tot en met {MOST_DAYS} dagen.",
                    f"A token is valid for 1 to {MOST_DAYS} days.",
                ),
            )
        )
    return faults


def _written(scopes: frozenset[TokenScope]) -> str:
    if TokenScope.WRITE in scopes:
        scopes |= {TokenScope.READ}
    return " ".join(scope for scope in TokenScope if scope in scopes)


def _scopes(written: str) -> tuple[TokenScope, ...]:
    return tuple(scope for scope in TokenScope if scope in written.split())
