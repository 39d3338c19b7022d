"""Organs: for which part of an organisation somebody can act, as suggestions per layer."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from impasse.api.admission import GuardedRoute
from impasse.api.desk import Reading
from impasse.api.paging import Page, PageQuery, by_position, paged
from impasse.api.shapes import Bilingual, Shape, bilingual
from impasse.domain.organs import ORGANS
from impasse.domain.people import Layer
from impasse.domain.text import Text

router = APIRouter(tags=["organs"], route_class=GuardedRoute)


class OrganShape(Shape):
    """An organ that governments of this layer have; another may be written down as well."""

    layer: Layer
    name: Bilingual


class OrganPage(Page[OrganShape]):
    """One page of organs."""


@router.get("/organs", response_model=OrganPage, summary="Organen per bestuurslaag")
async def list_organs(desk: Reading, query: Annotated[PageQuery, Query()]) -> Response:
    """Return the organs that are suggested for each layer of government."""
    known = [(layer, organ) for layer, organs in ORGANS.items() for organ in organs]

    def show(one: tuple[Layer, Text]) -> OrganShape:
        return OrganShape(layer=one[0], name=bilingual(one[1]))

    return await paged(desk.request, query, by_position(known), show, OrganPage)
