"""One-time secrets: an invitation, a reset, and a sign-in that is halfway. Only hashes are kept."""

from __future__ import annotations

import secrets
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import delete, update
from sqlmodel import col, select

from impasse.adapters.identity.secrets import BACKWARDS, hash_of
from impasse.adapters.sql.people import reading
from impasse.adapters.sql.tables import OneTimeLinkRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Engine
    from sqlmodel import Session


class Purpose(StrEnum):
    """What a one-time secret is good for."""

    INVITATION = "invitation"
    RESET = "reset"
    RESET_WITH_FACTOR = "reset_with_factor"
    """A reset after which the second factor is set up anew as well."""
    CODE = "code"
    """The password was right; the code of the second factor is still to come."""
    ENROLMENT = "enrolment"
    """The password was right; a second factor has to be set up first."""


LASTS: Mapping[Purpose, timedelta] = {
    Purpose.INVITATION: timedelta(days=7),
    Purpose.RESET: timedelta(hours=1),
    Purpose.RESET_WITH_FACTOR: timedelta(hours=1),
    Purpose.CODE: timedelta(minutes=5),
    Purpose.ENROLMENT: timedelta(minutes=20),
}
"""How long it can be used."""

RESETS = (Purpose.RESET, Purpose.RESET_WITH_FACTOR)
HANDED_OVER = (Purpose.INVITATION, *RESETS)
"""Those that an administrator gives to somebody: a new one makes the earlier ones useless."""


def make_link(session: Session, person: str, purpose: Purpose, *, by: str, at: datetime) -> str:
    """Return a new secret for *person*, made by *by*; sign-ins that ended halfway are forgotten."""
    if purpose in HANDED_OVER:
        void_links(session, person, HANDED_OVER)
    else:
        session.execute(
            delete(OneTimeLinkRow).where(
                col(OneTimeLinkRow.purpose).in_([Purpose.CODE.value, Purpose.ENROLMENT.value]),
                col(OneTimeLinkRow.expires_at) <= at,
            )
        )
    secret = secrets.token_urlsafe(32)
    session.add(
        OneTimeLinkRow(
            hash=hash_of(secret),
            person_id=person,
            purpose=purpose,
            created_at=at,
            created_by=by,
            expires_at=at + LASTS[purpose],
            used_at=None,
        )
    )
    session.flush()
    return secret


def void_links(session: Session, person: str, purposes: Iterable[Purpose] = tuple(Purpose)) -> None:
    """Make what *person* has not used yet useless; what was used stays on record."""
    session.execute(
        delete(OneTimeLinkRow).where(
            col(OneTimeLinkRow.person_id) == person,
            col(OneTimeLinkRow.purpose).in_([purpose.value for purpose in purposes]),
            col(OneTimeLinkRow.used_at).is_(None),
        )
    )


def owner_of_link(
    database: Engine, secret: str, *purposes: Purpose, at: datetime
) -> tuple[str, Purpose] | None:
    """Return for whom *secret* is and what for, without using it; None when it is good no more."""
    with reading(database) as session:
        row = session.exec(
            select(OneTimeLinkRow).where(
                col(OneTimeLinkRow.hash) == hash_of(secret),
                col(OneTimeLinkRow.purpose).in_([purpose.value for purpose in purposes]),
                col(OneTimeLinkRow.used_at).is_(None),
                *_lasts(at),
            )
        ).first()
        return None if row is None else (row.person_id, Purpose(row.purpose))


def use_link(session: Session, secret: str, *purposes: Purpose, at: datetime) -> str | None:
    """Return for whom *secret* is, once: of two who come at the same time, one gets None."""
    found = session.execute(
        update(OneTimeLinkRow)
        .where(
            col(OneTimeLinkRow.hash) == hash_of(secret),
            col(OneTimeLinkRow.purpose).in_([purpose.value for purpose in purposes]),
            col(OneTimeLinkRow.used_at).is_(None),
            *_lasts(at),
        )
        .values(used_at=at)
        .returning(col(OneTimeLinkRow.person_id))
    ).first()
    return None if found is None else str(found[0])


def _lasts(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return, as SQL, that a secret is good at *at*: not over, and not made in the future."""
    made, ends = col(OneTimeLinkRow.created_at), col(OneTimeLinkRow.expires_at)
    return ends > at, made <= at + BACKWARDS
