"""Who you are here."""

from __future__ import annotations

from fastapi import APIRouter, Response

from impasse.api.admission import GuardedRoute
from impasse.api.answers import shown
from impasse.api.desk import Reading
from impasse.api.shapes import Bilingual, Shape, bilingual
from impasse.domain.people import Rank, Role
from impasse.domain.token_scope import TokenScope

router = APIRouter(tags=["me"], route_class=GuardedRoute)


class MeShape(Shape):
    """The person behind the token, and what the token may be used for."""

    id: str
    name: str
    function: Bilingual
    organisation: str
    rank: Rank
    language: str
    roles: list[Role]
    scopes: list[TokenScope]


@router.get("/me", response_model=MeShape, summary="Wie u bent")
async def show_me(desk: Reading) -> Response:
    """Return the person behind the token."""
    person = desk.person
    return shown(
        desk.request,
        MeShape(
            id=person.id,
            name=person.name,
            function=bilingual(person.function),
            organisation=person.organisation,
            rank=person.rank,
            language=person.language,
            roles=sorted(person.roles),
            scopes=sorted(desk.holder.scopes),
        ),
    )
