"""What stands in a room: notes, documents, signals and assessments."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from impasse.adapters.exports.attachment import attachment
from impasse.api import etags
from impasse.api.admission import LARGEST_BODY, GuardedRoute
from impasse.api.answers import made, shown
from impasse.api.desk import Reading, Writing
from impasse.api.paging import Page, PageQuery, after_number, paged
from impasse.api.room_shapes import (
    ConfidedSignal,
    ContributionShape,
    StageOfParty,
    contribution_shape,
)
from impasse.api.rooms import Entered, act, entered, functions_of
from impasse.api.shapes import Shape, Words, Yes
from impasse.domain.commands import Contribute, DestroyContribution, SignalReport
from impasse.domain.decide import TEXT_LENGTH
from impasse.domain.errors import Fault, Invalid
from impasse.domain.file_names import media_type_of, safe_file_name
from impasse.domain.room_words import refuse_no_number
from impasse.domain.rooms import ContributionKind, DocumentFile, Part
from impasse.domain.storable import LONGEST_NAME
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.api.desk import Desk, WritingDesk
    from impasse.domain.rooms import Contribution
    from impasse.wiring import House

OCTETS = "application/octet-stream"
_IN_BASE64 = 4 / 3


class DocumentRoute(GuardedRoute):
    """A route to which a document may come along, as large as the settings say."""

    def largest_body(self, house: House) -> int:
        """Return how many bytes a request to this route may hold."""
        return LARGEST_BODY + int(house.settings.document_bytes * _IN_BASE64)


class ContentRoute(GuardedRoute):
    """A route that answers with the bytes of a document."""

    media = OCTETS


router = APIRouter(tags=["rooms"], route_class=GuardedRoute)
document_router = APIRouter(tags=["rooms"], route_class=DocumentRoute)
content_router = APIRouter(tags=["rooms"], route_class=ContentRoute)


def _decoded(value: object) -> object:
    """Return the bytes that *value* stands for; line breaks within it do not count."""
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "Content is text in base64")
    try:
        return b64decode("".join(value.split()), validate=True)
    except (NotBase64, ValueError):
        raise PydanticCustomError("base64", "Content is not base64") from None


Base64 = Annotated[
    bytes,
    BeforeValidator(_decoded),
    WithJsonSchema(
        {
            "type": "string",
            "contentEncoding": "base64",
            "pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
            "examples": ["JVBERi0xLjcK"],
        }
    ),
]


class DocumentSent(Shape):
    """A file; of its name only what is harmless is kept, and its ending says what it is."""

    file_name: Words = Field(min_length=1, max_length=1_000, examples=["metingen.pdf"])
    content: Base64 = Field(
        description="De inhoud, in base64. · The content, in base64 (RFC 4648)."
    )


class ContributionMade(Shape):
    """What you bring into a room: a note, a document with its file, a signal, or an assessment.

    `part` tells facts and alternatives (`objective`) from views of policy (`view`);
    `environmental` marks environmental information. A signal is only for a closed room: one for
    all to see is made with `signals`. A `conflict_assessment` says how hard the conflict has become
    for each party; it is a view, for the mediator's own room, and never leaves it.
    """

    kind: ContributionKind
    part: Part
    title: Words = Field(min_length=1, max_length=LONGEST_NAME)
    text: Words = Field("", json_schema_extra={"maxLength": TEXT_LENGTH})
    environmental: Yes = False
    document: DocumentSent | None = None
    signal: ConfidedSignal | None = None
    conflict_assessment: list[StageOfParty] | None = Field(
        None,
        max_length=100,
        description="Per partij hoe hard het conflict is, van 1 tot en met 9. · For each party how "
        "hard the conflict is, from 1 to 9.",
    )


class Destroyed(Shape):
    """Why the content goes; the reason stays, also when the content is gone."""

    reason: Words = Field(json_schema_extra={"minLength": 1, "maxLength": TEXT_LENGTH})


class ContributionQuery(PageQuery):
    """Which contributions, and which page of them."""

    kind: ContributionKind | None = Field(
        None,
        description="Notitie, document, signaal of inschatting. · Note, document, signal or "
        "assessment.",
    )
    part: Part | None = Field(
        None, description="Objectief of beleidsopvatting. · Objective or a view of policy."
    )
    environmental: bool | None = Field(
        None, description="Milieu-informatie, of juist niet. · Environmental information, or not."
    )


class ContributionPage(Page[ContributionShape]):
    """One page of contributions."""


@router.get(
    "/cases/{case}/rooms/{room}/contributions",
    response_model=ContributionPage,
    summary="Wat in een kamer staat",
)
async def list_contributions(
    desk: Reading, case: str, room: str, query: Annotated[ContributionQuery, Query()]
) -> Response:
    """Return what stands in a room, in the order in which it came.

    What was destroyed keeps its place, without content. In a closed room your reading is kept.
    """
    here = await entered(desk, case, room)
    functions = await functions_of(desk)

    def fetch(after: str, limit: int) -> list[tuple[str, Contribution]]:
        found = desk.house.rooms.contributions(
            desk.actor,
            here.case,
            here.room,
            after=after_number(after),
            limit=limit,
            kind=query.kind,
            part=query.part,
            environmental=query.environmental,
        )
        return [(str(one.position), one) for one in found]

    def show(one: Contribution) -> ContributionShape:
        return contribution_shape(desk, here.case, one, functions)

    return await paged(desk.request, query, fetch, show, ContributionPage)


@document_router.post(
    "/cases/{case}/rooms/{room}/contributions",
    response_model=ContributionShape,
    status_code=201,
    summary="Breng iets in een kamer",
)
async def contribute(desk: Writing, case: str, room: str, sent: ContributionMade) -> Response:
    """Bring a note, a document, a signal or an assessment into a room, where it stays.

    In the shared room all who see the case read it. In a closed room nothing shows outside: not in
    the revision of the case, nor in its history, numbers or messages.
    """
    here = await entered(desk, case, room)
    file = None if sent.document is None else _file(desk, sent.document)
    command = Contribute(
        here.case.id,
        here.room,
        sent.kind,
        sent.part,
        sent.title,
        sent.text,
        environmental=sent.environmental,
        file=file,
        report=None if sent.signal is None else report_of(desk, sent.signal, sent.text),
        stages=tuple((one.organisation, one.stage) for one in sent.conflict_assessment or ()),
    )
    with in_our_words():
        receipt = await act(desk, here, command)
    return await contributed(desk, here, receipt.created)


@router.get(
    "/cases/{case}/rooms/{room}/contributions/{contribution}",
    response_model=ContributionShape,
    summary="Eén bijdrage",
)
async def show_contribution(desk: Reading, case: str, room: str, contribution: str) -> Response:
    """Return one contribution; its tag is that of the room. In a closed room reading is kept."""
    here = await entered(desk, case, room)
    shape = await _shown(desk, here, contribution)
    return shown(desk.request, shape, tag=here.tag)


@content_router.get(
    "/cases/{case}/rooms/{room}/contributions/{contribution}/content",
    response_class=Response,
    responses={
        200: {
            "description": "De bytes van het bestand. · The bytes of the file.",
            "content": {OCTETS: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
    summary="Het bestand van een document",
)
async def show_content(desk: Reading, case: str, room: str, contribution: str) -> Response:
    """Return the file of a document as bytes to be saved, never to be shown by a browser."""
    here = await entered(desk, case, room)
    refuse_no_number(contribution)
    file = await desk.read(
        desk.house.rooms.document, desk.actor, here.case, here.room, contribution
    )
    tag = etags.of_body(file.body)
    known = desk.request.headers.get("if-none-match")
    if known is not None and etags.matches(known, tag):
        return Response(status_code=304, headers={"ETag": tag})
    headers = {"ETag": tag, "Content-Disposition": attachment(file.name, contribution)}
    return Response(file.body, 200, headers, media_type=OCTETS)


@router.post(
    "/cases/{case}/rooms/{room}/contributions/{contribution}/destructions",
    response_model=ContributionShape,
    status_code=201,
    summary="Vernietig de inhoud van een bijdrage",
)
async def destroy(
    desk: Writing, case: str, room: str, contribution: str, sent: Destroyed
) -> Response:
    """Destroy the content of a contribution of a closed room: by its owner, with a reason.

    That it was there stays in the history of the room, with its hash. 409 while a legal hold
    stands.
    """
    here = await entered(desk, case, room)
    refuse_no_number(contribution)
    await act(desk, here, DestroyContribution(here.case.id, here.room, contribution, sent.reason))
    return await contributed(desk, here, contribution)


async def contributed(desk: Desk, here: Entered, contribution: str) -> Response:
    """Return a contribution as what a request made or changed."""
    now = await entered(desk, here.case.id, here.room.id)
    shape = await _shown(desk, now, contribution)
    return made(shape, shape.href, tag=now.tag)


def report_of(desk: Desk, signal: ConfidedSignal, text: str) -> SignalReport:
    """Return what a confided signal reports; everybody speaks for the own organisation."""
    return SignalReport(
        signal.indicator,
        signal.reliability,
        desk.actor.organisation,
        signal.happened_on,
        text,
    )


@contextmanager
def in_our_words(report: str = "/signal") -> Iterator[None]:
    """Name the place of each fault as it is called in a request, where *report* is the signal."""
    try:
        yield
    except Invalid as error:
        faults = [Fault(_place(fault.pointer, report), fault.text) for fault in error.faults]
        raise Invalid(error.text, faults) from error


async def _shown(desk: Desk, here: Entered, contribution: str) -> ContributionShape:
    refuse_no_number(contribution)
    found = await desk.read(
        desk.house.rooms.contribution, desk.actor, here.case, here.room, contribution
    )
    return contribution_shape(desk, here.case, found, await functions_of(desk))


def _file(desk: WritingDesk, sent: DocumentSent) -> DocumentFile:
    """Return what is kept of a file; raises `Invalid` when it is too large."""
    most = desk.house.settings.document_bytes
    if len(sent.content) > most:
        size = len(sent.content)
        raise Invalid(
            Text("Dit bestand is te groot.", "This file is too large."),
            [
                Fault(
                    "/document/content",
                    Text(
                        f"Dit bestand is {size} bytes; er passen er {most}. Maak het kleiner, of "
                        "verdeel het.",
                        f"This file has {size} bytes; there is room for {most}. Make it smaller, "
                        "or divide it.",
                    ),
                )
            ],
        )
    name = safe_file_name(sent.file_name)
    return DocumentFile(name, media_type_of(name), sent.content)


def _place(pointer: str, report: str) -> str:
    _, first, *rest = pointer.split("/")
    match first, rest:
        case "file", []:
            return "/document"
        case "file", ["name"]:
            return "/document/fileName"
        case "report", [field]:
            return f"{report}/{field}"
        case "stages", _:
            return "/".join(["/conflictAssessment", *rest])
        case _:
            return pointer
