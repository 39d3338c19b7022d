"""Who keeps the service going, and so hears what happens to e-mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import false, select

from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import PersonRow
from impasse.domain.people import Role

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

_PERSONS = table(PersonRow)


def administrators(connection: Connection) -> list[str]:
    """Return the ids of all administrators who can sign in."""
    rows = connection.execute(
        select(_PERSONS.c.id, _PERSONS.c.roles)
        .where(_PERSONS.c.disabled.is_(false()))
        .order_by(_PERSONS.c.id)
    )
    return [row[0] for row in rows if Role.ADMINISTRATOR.value in row[1].split()]
