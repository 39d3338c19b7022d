"""The register of organisations in the database, kept equal to the file it is loaded from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert
from sqlmodel import Session

from impasse.adapters.sql.database import translate
from impasse.adapters.sql.tables import OrganisationRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.engine import Engine

    from impasse.domain.people import Organisation


def replace_register(database: Engine, organisations: Iterable[Organisation]) -> int:
    """Make the register hold exactly *organisations*; return how many.

    Cases keep the names of their parties themselves, so nothing in them changes.
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
    try:
        with Session(database) as session:
            session.execute(delete(OrganisationRow))
            if rows:
                session.execute(insert(OrganisationRow), rows)
            session.commit()
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error
    return len(rows)
