"""Sharing what stands in a closed room: an exact wording, that its owner approves or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.api.admission import GuardedRoute
from impasse.api.answers import made, shown
from impasse.api.desk import Reading, Writing
from impasse.api.paging import Page, PageQuery, after_number, paged
from impasse.api.room_shapes import ReleaseShape, release_shape
from impasse.api.rooms import Entered, act, entered, functions_of
from impasse.api.shapes import Shape, Words, Yes
from impasse.domain.commands import DecideRelease, ProposeRelease, WithdrawRelease
from impasse.domain.decide import TEXT_LENGTH
from impasse.domain.room_words import refuse_no_number
from impasse.domain.rooms import Part, ReleaseState
from impasse.domain.storable import LONGEST_NAME

if TYPE_CHECKING:
    from impasse.api.desk import Desk
    from impasse.domain.rooms import Release

router = APIRouter(tags=["rooms"], route_class=GuardedRoute)


class ReleaseProposed(Shape):
    """Exactly these words of a contribution, to be shared with all who see the case.

    With `withDocument` the file comes along, unchanged.
    """

    contribution: Words = Field(min_length=1, max_length=LONGEST_NAME)
    part: Part
    title: Words = Field(min_length=1, max_length=LONGEST_NAME)
    text: Words = Field("", json_schema_extra={"maxLength": TEXT_LENGTH})
    environmental: Yes = False
    with_document: Yes = False


class ReleaseDecided(Shape):
    """Share this wording, or not. Who approves sends back `wording`, the hash of what was read."""

    approved: Yes
    wording: Words = Field("", json_schema_extra={"maxLength": LONGEST_NAME})
    note: Words = Field("", json_schema_extra={"maxLength": TEXT_LENGTH})


class ReleaseWithdrawn(Shape):
    """Take back a proposal that was not decided on."""

    note: Words = Field("", json_schema_extra={"maxLength": TEXT_LENGTH})


class ReleaseQuery(PageQuery):
    """Which proposals, and which page of them."""

    state: ReleaseState | None = Field(
        None, description="Hoever het voorstel is. · How far the proposal has come."
    )


class ReleasePage(Page[ReleaseShape]):
    """One page of wordings proposed."""


@router.get(
    "/cases/{case}/rooms/{room}/releases",
    response_model=ReleasePage,
    summary="Teksten die zijn voorgesteld om te delen",
)
async def list_releases(
    desk: Reading, case: str, room: str, query: Annotated[ReleaseQuery, Query()]
) -> Response:
    """Return the wordings that were proposed in a room, oldest first, and what became of each."""
    here = await entered(desk, case, room)
    functions = await functions_of(desk)

    def fetch(after: str, limit: int) -> list[tuple[str, Release]]:
        found = desk.house.rooms.releases(
            desk.actor,
            here.case,
            here.room,
            after=after_number(after),
            limit=limit,
            state=query.state,
        )
        return [(str(one.position), one) for one in found]

    def show(one: Release) -> ReleaseShape:
        return release_shape(desk, here.case, one, functions)

    return await paged(desk.request, query, fetch, show, ReleasePage)


@router.post(
    "/cases/{case}/rooms/{room}/releases",
    response_model=ReleaseShape,
    status_code=201,
    summary="Stel voor om een tekst te delen",
)
async def propose_release(desk: Writing, case: str, room: str, sent: ReleaseProposed) -> Response:
    """Propose to share exactly these words; nothing is shared before their owner approves."""
    here = await entered(desk, case, room)
    refuse_no_number(sent.contribution)
    receipt = await act(
        desk,
        here,
        ProposeRelease(
            here.case.id,
            here.room,
            sent.contribution,
            sent.title,
            sent.text,
            sent.part,
            environmental=sent.environmental,
            with_document=sent.with_document,
        ),
    )
    return await _made(desk, here, receipt.created)


@router.get(
    "/cases/{case}/rooms/{room}/releases/{release}",
    response_model=ReleaseShape,
    summary="Eén voorgestelde tekst",
)
async def show_release(desk: Reading, case: str, room: str, release: str) -> Response:
    """Return one proposed wording; its tag is that of the room."""
    here = await entered(desk, case, room)
    return shown(desk.request, await _shown(desk, here, release), tag=here.tag)


@router.post(
    "/cases/{case}/rooms/{room}/releases/{release}/decisions",
    response_model=ReleaseShape,
    status_code=201,
    summary="Beslis over een voorgestelde tekst",
)
async def decide_release(
    desk: Writing, case: str, room: str, release: str, sent: ReleaseDecided
) -> Response:
    """Approve a wording, and it is shared; or decline it, and nothing is.

    By its owner only: the party of the room. 409 when `wording` is not that of the proposal, or
    when somebody decided before.
    """
    here = await entered(desk, case, room)
    refuse_no_number(release)
    await act(
        desk,
        here,
        DecideRelease(here.case.id, here.room, release, sent.approved, sent.wording, sent.note),
    )
    return await _made(desk, here, release)


@router.post(
    "/cases/{case}/rooms/{room}/releases/{release}/withdrawals",
    response_model=ReleaseShape,
    status_code=201,
    summary="Trek een voorstel om te delen in",
)
async def withdraw_release(
    desk: Writing, case: str, room: str, release: str, sent: ReleaseWithdrawn
) -> Response:
    """Take back a proposal: by who proposed it, or for the same organisation."""
    here = await entered(desk, case, room)
    refuse_no_number(release)
    await act(desk, here, WithdrawRelease(here.case.id, here.room, release, sent.note))
    return await _made(desk, here, release)


async def _made(desk: Desk, here: Entered, release: str) -> Response:
    now = await entered(desk, here.case.id, here.room.id)
    shape = await _shown(desk, now, release)
    return made(shape, shape.href, tag=now.tag)


async def _shown(desk: Desk, here: Entered, release: str) -> ReleaseShape:
    refuse_no_number(release)
    found = await desk.read(desk.house.rooms.release, desk.actor, here.case, here.room, release)
    return release_shape(desk, here.case, found, await functions_of(desk))
