"""Requests that no engine remembers: done once per key, and answered the same again.

They stand in the same table as those of the engine, so that one key is never used for both.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from impasse.adapters.sql.database import writing
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import IdempotencyRow
from impasse.domain.errors import Conflict, KeyReused
from impasse.domain.history import canonical
from impasse.domain.text import Text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Engine

_KEYS = table(IdempotencyRow)
_UNDER_WAY = -1
"""Stands where the engine keeps a revision, as long as a request is being done."""

GIVEN_UP = timedelta(minutes=10)
"""A request of which the process died is not under way any more after so long."""


def begin_request(database: Engine, person: str, key: str, asked: str, at: datetime) -> str | None:
    """Take *key* for a request with the hash *asked*; return what it made when it was done before.

    Raises `KeyReused` when the key belongs to another request, `Conflict` when it is under way.
    """
    with writing(database) as connection:
        found = connection.execute(
            select(_KEYS.c.request_hash, _KEYS.c.receipt, _KEYS.c.at)
            .where(_this(person, key))
            .with_for_update()
        ).first()
        if found is None:
            taken = {"person_id": person, "key": key, "request_hash": asked, "at": at}
            try:
                connection.execute(insert(_KEYS).values(**taken, receipt=_receipt("", _UNDER_WAY)))
            except IntegrityError as error:
                raise _under_way() from error
            return None
        if found.request_hash != asked:
            raise KeyReused(
                Text(
                    "Deze sleutel hoort bij een ander verzoek. Gebruik een nieuwe.",
                    "This key belongs to another request. Use a new one.",
                )
            )
        made, revision, *_ = json.loads(found.receipt)
        if revision != _UNDER_WAY:
            return str(made)
        if at < found.at + GIVEN_UP:
            raise _under_way()
        connection.execute(update(_KEYS).where(_this(person, key)).values(at=at))
        return None


def end_request(database: Engine, person: str, key: str, made: str) -> None:
    """Keep what the request with *key* made, to be answered again."""
    with writing(database) as connection:
        connection.execute(
            update(_KEYS).where(_this(person, key)).values(receipt=_receipt(made, 0))
        )


def drop_request(database: Engine, person: str, key: str) -> None:
    """Let go of *key*: its request was refused, and may be tried again."""
    with writing(database) as connection:
        connection.execute(delete(_KEYS).where(_this(person, key)))


def _this(person: str, key: str) -> ColumnElement[bool]:
    return (_KEYS.c.person_id == person) & (_KEYS.c.key == key)


def _receipt(made: str, revision: int) -> str:
    return canonical([made, revision, made, True])


def _under_way() -> Conflict:
    return Conflict(
        Text(
            "Dit verzoek wordt al uitgevoerd. Stuur het straks nog eens, met dezelfde sleutel.",
            "This request is being carried out already. Send it again later, with the same key.",
        )
    )
