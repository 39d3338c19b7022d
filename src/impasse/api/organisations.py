"""The register of organisations of government."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.api.admission import GuardedRoute
from impasse.api.answers import shown
from impasse.api.desk import Reading
from impasse.api.paging import Page, PageQuery, paged
from impasse.api.shapes import Bilingual, Day, Shape, Words, bilingual
from impasse.domain.errors import NotFound
from impasse.domain.people import Layer
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.domain.people import Organisation

router = APIRouter(tags=["organisations"], route_class=GuardedRoute)


class OrganisationQuery(PageQuery):
    """Which organisations, and which page of them."""

    q: Words = Field("", max_length=400, description="Woorden in de naam. · Words in the name.")
    layer: Layer | None = Field(None, description="Bestuurslaag. · Layer of government.")


class OrganisationShape(Shape):
    """A body of government; `id` is its TOOI code, `oin` a string of 20 positions."""

    id: str
    name: str
    layer: Layer
    layer_label: Bilingual
    abbreviation: str
    province: str
    oin: str
    tooi_uri: str
    valid_from: Day | None
    valid_until: Day | None
    href: str


class OrganisationPage(Page[OrganisationShape]):
    """One page of organisations."""


@router.get("/organisations", response_model=OrganisationPage, summary="Overheden in het register")
async def list_organisations(
    desk: Reading, query: Annotated[OrganisationQuery, Query()]
) -> Response:
    """Return organisations of the register, by id."""

    def fetch(after: str, limit: int) -> list[tuple[str, Organisation]]:
        found = desk.house.views.organisations(
            text=query.q, layer=query.layer, after=after, limit=limit
        )
        return [(organisation.id, organisation) for organisation in found]

    def show(organisation: Organisation) -> OrganisationShape:
        return _shape(organisation, desk.url("organisations", organisation.id))

    return await paged(desk.request, query, fetch, show, OrganisationPage)


@router.get(
    "/organisations/{organisation}", response_model=OrganisationShape, summary="Eén overheid"
)
async def show_organisation(desk: Reading, organisation: str) -> Response:
    """Return one organisation."""
    if "\x00" in organisation:
        raise NotFound(
            Text("Zo'n organisatie kan er niet zijn.", "There cannot be such an organisation.")
        )
    found = await desk.read(desk.house.views.organisation, organisation)
    return shown(desk.request, _shape(found, desk.url("organisations", found.id)))


def _shape(organisation: Organisation, href: str) -> OrganisationShape:
    return OrganisationShape(
        id=organisation.id,
        name=organisation.name,
        layer=organisation.layer,
        layer_label=bilingual(organisation.layer.label),
        abbreviation=organisation.abbreviation,
        province=organisation.province,
        oin=organisation.oin,
        tooi_uri=organisation.tooi_uri,
        valid_from=organisation.valid_from,
        valid_until=organisation.valid_until,
        href=href,
    )
