"""Everything that is kept about the person behind the token (AVG, article 15)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from pydantic.alias_generators import to_camel

from impasse.adapters.sql.personal_data import personal_data
from impasse.api.admission import GuardedRoute
from impasse.api.answers import shown
from impasse.api.desk import Reading
from impasse.api.shapes import Bilingual, Shape

router = APIRouter(tags=["me"], route_class=GuardedRoute)


class PersonalDataShape(Shape):
    """What is kept about you, by subject; secrets and what others wrote are not in it.

    `erasure` tells what rectification and erasure mean here. With a token that opens no closed
    rooms, what you wrote there is left out.
    """

    format: str
    erasure: Bilingual
    person: dict[str, Any]
    kept: dict[str, list[dict[str, Any]]]


@router.get("/me/personal-data", response_model=PersonalDataShape, summary="Gegevens over uzelf")
async def show_personal_data(desk: Reading) -> Response:
    """Return everything that is kept about you, to take along."""
    house = desk.house
    found = await desk.read(personal_data, house.database, desk.actor, house.clock())
    shape = PersonalDataShape(
        format=found.pop("format"),
        erasure=Bilingual(**found.pop("erasure")),
        person=_camel(found.pop("person")),
        kept={name: [_camel(one) for one in rows] for name, rows in found.items()},
    )
    return shown(desk.request, shape)


def _camel(row: dict[str, Any]) -> dict[str, Any]:
    return {to_camel(name): value for name, value in row.items()}
