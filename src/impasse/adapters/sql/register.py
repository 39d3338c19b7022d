"""The register of organisations in the database, kept equal to the file it is loaded from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, text

from impasse.adapters.sql.database import POSTGRESQL, writing
from impasse.adapters.sql.tables import OrganisationRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.engine import Engine

    from impasse.domain.people import Organisation

_LOCK = text(f"LOCK TABLE {OrganisationRow.__tablename__} IN SHARE ROW EXCLUSIVE MODE")


def replace_register(database: Engine, organisations: Iterable[Organisation]) -> int:
    """Make the register hold exactly *organisations*; return how many.

    Cases keep the names of their parties themselves, so nothing in them changes. Raises
    `Unavailable` when the database fails.
    """
    rows = [
        {
            "id": o.id,
            "name": o.name,
            "layer": o.layer.value,
            "abbreviation": o.abbreviation,
            "province": o.province,
            "oin": o.oin,
            "tooi_uri": o.tooi_uri,
            "valid_from": o.valid_from,
            "valid_until": o.valid_until,
        }
        for o in organisations
    ]
    with writing(database) as connection:
        if database.dialect.name == POSTGRESQL:
            # Two workers that start together would both add what both had not seen.
            connection.execute(_LOCK)
        connection.execute(delete(OrganisationRow))
        if rows:
            connection.execute(insert(OrganisationRow), rows)
    return len(rows)
