"""Announcements: messages about no case, for the people who keep the service going."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from impasse.adapters.sql.database import SQLITE
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import OutboxRow
from impasse.domain.history import canonical
from impasse.domain.messages import MESSAGES
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.engine import Connection

ABOUT_NO_CASE = "nl.impasse.operations."
"""With which the type of an announcement begins."""

_OUTBOX = table(OutboxRow)
_NOTHING = Text("", "")


def announce(
    connection: Connection,
    *,
    key: str,
    type: str,  # noqa: A002 the name that messages have
    to: Iterable[str],
    reason: Text,
    why: Text,
    at: datetime,
    otherwise: Text = _NOTHING,
    urgent: bool = False,
) -> bool:
    """Put an announcement of *type* into the outbox for the persons *to*, once per *key*.

    Returns whether it was new: done again after a crash, or by two at once, it is written one
    time. With nobody in *to* nothing is written. *type* is one of `MESSAGES`.
    """
    assert type in MESSAGES, type  # noqa: S101 a type of our own
    persons = sorted(set(to))
    if not persons:
        return False
    heard = [
        {
            "person": person,
            "why": {"nl": why.nl, "en": why.en},
            "side": "",
            "stands_for": "",
            "knows": True,
        }
        for person in persons
    ]
    insert = insert_sqlite if connection.dialect.name == SQLITE else insert_postgresql
    statement = (
        insert(_OUTBOX)
        .values(
            id=f"announcement:{type}:{key}",
            subject="",
            type=f"{ABOUT_NO_CASE}{type}",
            at=at,
            notify="[]",
            reason_nl=reason.nl,
            reason_en=reason.en,
            spread_at=None,
            addressees=canonical(heard),
            otherwise_nl=otherwise.nl,
            otherwise_en=otherwise.en,
            rule="",
            run="",
            urgent=urgent,
            stay=0,
            by="",
        )
        .on_conflict_do_nothing()
        # PostgreSQL does not count rows of such a statement.
        .returning(_OUTBOX.c.id)
    )
    return connection.execute(statement).first() is not None
