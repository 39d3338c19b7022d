"""Openness under the Woo: the objective part, what your own government decided, and its export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import ConfigDict, Field

from impasse.adapters.exports.woo import woo_export
from impasse.api import etags
from impasse.api.admission import GuardedRoute
from impasse.api.answers import made, shown
from impasse.api.desk import Reading, Writing
from impasse.api.language import language_of
from impasse.api.paging import Page, PageQuery, by_position, paged
from impasse.api.room_shapes import ContributionShape, contribution_shape
from impasse.api.rooms import functions_of
from impasse.api.shapes import Bilingual, Day, Moment, Shape, Words, bilingual
from impasse.domain.access import no_such_room
from impasse.domain.assessing import reminders
from impasse.domain.commands import AssessDisclosure
from impasse.domain.decide import TEXT_LENGTH
from impasse.domain.disclosure import Disclosure
from impasse.domain.errors import NotFound
from impasse.domain.rooms import ContributionKind, Part
from impasse.domain.storable import LONGEST_NAME
from impasse.domain.text import Text
from impasse.domain.woo_grounds import GROUNDS, Environment, Weight

if TYPE_CHECKING:
    from impasse.api.desk import Desk
    from impasse.domain.assessing import Item
    from impasse.domain.case import Case
    from impasse.domain.disclosure import Assessment
    from impasse.domain.rooms import Contribution
    from impasse.domain.woo_grounds import Ground

ARCHIVE = "application/zip"


class ArchiveRoute(GuardedRoute):
    """A route that answers with an archive."""

    media = ARCHIVE


router = APIRouter(tags=["disclosure"], route_class=GuardedRoute)
packing_router = APIRouter(tags=["disclosure"], route_class=ArchiveRoute)


class ObjectivePage(Page[ContributionShape]):
    """One page of the objective part."""


class GroundShape(Shape):
    """A ground of the Woo: its place in the law, what it protects, and how it weighs.

    `environment` tells what remains of it for environmental information.
    """

    code: str
    article: Bilingual
    protects: Bilingual
    weight: Weight
    weight_label: Bilingual
    environment: Environment
    environment_label: Bilingual


class GroundPage(Page[GroundShape]):
    """One page of grounds."""


class DisclosureShape(Shape):
    """An item of the shared room, and what your government decided about it.

    Without a decision `disclosure` is null. `reminders` tell what the law asks to think of.
    """

    item: str
    kind: ContributionKind
    day: Day
    organisation: str
    title: str
    part: Part | None
    environmental: bool
    destroyed: bool
    disclosure: Disclosure | None
    grounds: list[str]
    note: str
    assessed_at: Moment | None
    reminders: list[Bilingual]
    href: str


class DisclosurePage(Page[DisclosureShape]):
    """One page of items and what was decided."""


class DisclosureAssessed(Shape):
    """What your government decides about one item: in full, in part, or not."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"item": "N1", "disclosure": "full"},
                {
                    "item": "D2",
                    "disclosure": "partial",
                    "grounds": ["5.1.2.e"],
                    "note": "De namen van medewerkers zijn gelakt.",
                },
            ]
        }
    )

    item: Words = Field(min_length=1, max_length=LONGEST_NAME)
    disclosure: Disclosure
    grounds: list[Words] = Field(
        [],
        max_length=40,
        description="Codes uit `/disclosure-grounds`. · Codes of `/disclosure-grounds`.",
    )
    note: Words = Field("", json_schema_extra={"maxLength": TEXT_LENGTH})


@router.get("/disclosure-grounds", response_model=GroundPage, summary="Gronden van de Woo")
async def list_disclosure_grounds(desk: Reading, query: Annotated[PageQuery, Query()]) -> Response:
    """Return the grounds on which information can be kept back, in the order of the law."""
    grounds = list(GROUNDS.values())
    return await paged(desk.request, query, by_position(grounds), _ground, GroundPage)


@router.get(
    "/cases/{case}/objective-part",
    response_model=ObjectivePage,
    summary="Objectief deel van een zaak",
)
async def list_objective_part(
    desk: Reading, case: str, query: Annotated[PageQuery, Query()]
) -> Response:
    """Return what is shared and objective: facts, alternatives, consequences; no view of policy."""
    found = await desk.case(case)
    functions = await functions_of(desk)
    objective = await desk.read(desk.house.law.objective_part, desk.actor, found)

    def show(one: Contribution) -> ContributionShape:
        return contribution_shape(desk, found, one, functions)

    keyed = [(f"{one.position:09}", one) for one in objective]

    def fetch(after: str, limit: int) -> list[tuple[str, Contribution]]:
        return [pair for pair in keyed if pair[0] > after][:limit]

    return await paged(desk.request, query, fetch, show, ObjectivePage)


@router.get(
    "/cases/{case}/disclosure-assessments",
    response_model=DisclosurePage,
    summary="Wat uw overheid openbaar maakt",
)
async def list_disclosure_assessments(
    desk: Reading, case: str, query: Annotated[PageQuery, Query()]
) -> Response:
    """Return every item of the shared room, with what your own government decided about it.

    What another government decided is its own affair.
    """
    found = await desk.case(case)
    shapes = await desk.read(_assessments, desk, found)
    return await paged(desk.request, query, by_position(shapes), lambda one: one, DisclosurePage)


@router.post(
    "/cases/{case}/disclosure-assessments",
    response_model=DisclosureShape,
    status_code=201,
    summary="Beoordeel een stuk onder de Woo",
)
async def assess_disclosure(desk: Writing, case: str, sent: DisclosureAssessed) -> Response:
    """Record what your government decides about one item, for its own copy; a new one replaces."""
    own = desk.actor.organisation
    found = await desk.case(case)
    await desk.do(
        AssessDisclosure(found.id, sent.item, own, sent.disclosure, tuple(sent.grounds), sent.note)
    )
    shape = await _assessment(desk, found, sent.item)
    return made(shape, shape.href)


@router.get(
    "/cases/{case}/disclosure-assessments/{item}",
    response_model=DisclosureShape,
    summary="Wat uw overheid van één stuk openbaar maakt",
)
async def show_disclosure_assessment(desk: Reading, case: str, item: str) -> Response:
    """Return one item of the shared room, with what your own government decided about it."""
    found = await desk.case(case)
    return shown(desk.request, await _assessment(desk, found, item))


@packing_router.get(
    "/cases/{case}/disclosure-exports/{organisation}",
    response_class=Response,
    responses={
        200: {
            "description": "Het archief. · The archive.",
            "content": {ARCHIVE: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
    summary="Uitvoer voor een Woo-verzoek",
)
async def show_disclosure_export(desk: Reading, case: str, organisation: str) -> Response:
    """Return what your government hands over: an inventory, and what it made public in full.

    From the shared room only. Of what is partly public stands the reason, of the rest a line.
    """
    found = await desk.case(case)
    if organisation != desk.actor.organisation:
        raise no_such_room(found.id)
    language = language_of(desk.request)
    packed = await desk.read(woo_export, desk.house.law, desk.actor, found, organisation, language)
    tag = etags.of_body(packed)
    known = desk.request.headers.get("if-none-match")
    if known is not None and etags.matches(known, tag):
        return Response(status_code=304, headers={"ETag": tag})
    headers = {
        "ETag": tag,
        "Content-Disposition": f'attachment; filename="woo-{found.id}-{organisation}.zip"',
        "Content-Language": language,
        "Vary": "Accept-Language",
    }
    return Response(packed, 200, headers, media_type=ARCHIVE)


async def _assessment(desk: Desk, case: Case, item: str) -> DisclosureShape:
    for shape in await desk.read(_assessments, desk, case):
        if shape.item == item:
            return shape
    raise NotFound(
        Text(
            f"{item} staat niet in de gedeelde kamer van zaak {case.id}.",
            f"{item} is not in the shared room of case {case.id}.",
        )
    )


def _assessments(desk: Desk, case: Case) -> list[DisclosureShape]:
    own, law = desk.actor.organisation, desk.house.law
    decided = law.assessments(desk.actor, case, own)
    return [
        _shape(desk, case, item, decided.get(item.number)) for item in law.items(desk.actor, case)
    ]


def _shape(desk: Desk, case: Case, item: Item, decided: Assessment | None) -> DisclosureShape:
    own = desk.actor.organisation
    disclosure = None if decided is None else decided.disclosure
    grounds = () if decided is None else decided.grounds
    return DisclosureShape(
        item=item.number,
        kind=item.kind,
        day=item.day,
        organisation=item.organisation,
        title=item.title,
        part=item.part,
        environmental=item.environmental,
        destroyed=item.destroyed,
        disclosure=disclosure,
        grounds=list(grounds),
        note="" if decided is None else decided.note,
        assessed_at=None if decided is None else decided.at,
        reminders=[
            bilingual(text) for text in reminders(item, own, disclosure, grounds, desk.today)
        ],
        href=desk.url("cases", case.id, "disclosure-assessments", item.number),
    )


def _ground(ground: Ground) -> GroundShape:
    return GroundShape(
        code=ground.code,
        article=bilingual(ground.article),
        protects=bilingual(ground.protects),
        weight=ground.weight,
        weight_label=bilingual(ground.weight.label),
        environment=ground.environment,
        environment_label=bilingual(ground.environment.label),
    )
