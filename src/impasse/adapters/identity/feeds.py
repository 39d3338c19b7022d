"""Secret addresses of calendar feeds: one per person, only its hash is kept."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import update
from sqlmodel import Session, col, select

from impasse.adapters.identity.secrets import hash_of
from impasse.adapters.sql.database import writing
from impasse.adapters.sql.people import person_of, reading
from impasse.adapters.sql.substitutions import acting_person
from impasse.adapters.sql.tables import FeedRow, PersonRow
from impasse.domain.errors import Unavailable
from impasse.engine.ports import Contention

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Update
    from sqlalchemy.engine import Engine

    from impasse.domain.people import Person

log = structlog.get_logger("impasse.identity")

_SELDOM = timedelta(hours=1)
"""The last use of a feed is written down no more often than this."""


@dataclass(frozen=True, slots=True)
class Feed:
    """The feed of a person as its owner sees it: everything but the secret."""

    created_at: datetime
    last_used_at: datetime | None


def make_feed(database: Engine, person: str, *, at: datetime) -> str:
    """Return the secret of a new feed for *person*; the one that was there works no more."""
    secret = secrets.token_urlsafe(32)
    with writing(database) as connection, Session(bind=connection) as session:
        session.execute(_revoke(person, at))
        session.add(
            FeedRow(
                hash=hash_of(secret),
                person_id=person,
                created_at=at,
                revoked_at=None,
                last_used_at=None,
            )
        )
        session.flush()
    log.info("feed_made", object=person, result="done", origin="web", actor=person)
    return secret


def revoke_feed(database: Engine, person: str, *, at: datetime) -> None:
    """Let the feed of *person* work no more; without one nothing happens."""
    with writing(database) as connection:
        connection.execute(_revoke(person, at))
    log.info("feed_revoked", object=person, result="done", origin="web", actor=person)


def feed_of(database: Engine, person: str) -> Feed | None:
    """Return the feed of *person*, or None when there is none that works."""
    with reading(database) as session:
        query = select(FeedRow).where(
            col(FeedRow.person_id) == person, col(FeedRow.revoked_at).is_(None)
        )
        row = session.exec(query).first()
        return None if row is None else Feed(row.created_at, row.last_used_at)


def reader_of(database: Engine, secret: str, *, at: datetime) -> Person | None:
    """Return whose feed has *secret*, or None: it never was, was revoked, or its owner may not in.

    That it was used is written down now and then; when that cannot be, reading goes on.
    """
    with reading(database) as session:
        row = session.get(FeedRow, hash_of(secret))
        if row is None or row.revoked_at is not None:
            return None
        owner = session.get(PersonRow, row.person_id)
        if owner is None or owner.disabled:
            return None
        is_fresh = row.last_used_at is not None and at - row.last_used_at < _SELDOM
        found = acting_person(session, person_of(session, owner), at)
    if not is_fresh:
        _note_use(database, hash_of(secret), at)
    return found


def _note_use(database: Engine, key: str, at: datetime) -> None:
    try:
        with writing(database) as connection:
            used = update(FeedRow).where(col(FeedRow.hash) == key)
            connection.execute(used.values(last_used_at=at))
    except (Contention, Unavailable):
        log.info("feed_use_not_noted", result="later")


def _revoke(person: str, at: datetime) -> Update:
    mine = col(FeedRow.person_id) == person
    return update(FeedRow).where(mine, col(FeedRow.revoked_at).is_(None)).values(revoked_at=at)
