"""The rooms of a case that exist for who asks: what they are, what happened there, who read."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response

from impasse.adapters.sql.people import list_persons
from impasse.api import etags
from impasse.api.admission import GuardedRoute
from impasse.api.answers import shown
from impasse.api.desk import Reading, WritingDesk
from impasse.api.history import EntryPage, EntryShape, entry_shape
from impasse.api.paging import Page, PageQuery, after_number, by_key, paged
from impasse.api.room_shapes import ReadShape, RoomShape, read_shape, room_shape
from impasse.domain.access import no_such_room
from impasse.domain.destruction import destroyed_on
from impasse.domain.errors import Conflict
from impasse.domain.organs import office_of
from impasse.domain.rooms import RoomKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from impasse.adapters.sql.rooms import Reading as RoomReading
    from impasse.adapters.sql.rooms import RoomLine
    from impasse.api.desk import Desk
    from impasse.domain.case import Case
    from impasse.domain.commands import RoomCommand
    from impasse.domain.history import ChainedEntry
    from impasse.domain.rooms import Room
    from impasse.domain.text import Text
    from impasse.engine.ports import Receipt

router = APIRouter(tags=["rooms"], route_class=GuardedRoute)


class RoomPage(Page[RoomShape]):
    """One page of rooms."""


class ReadPage(Page[ReadShape]):
    """One page of who read."""


@dataclass(frozen=True, slots=True)
class Entered:
    """A room that exists for who asks, and the case that it is of, as both stand now."""

    case: Case
    line: RoomLine

    @property
    def room(self) -> Room:
        """The room itself."""
        return self.line.room

    @property
    def revision(self) -> int:
        """What `If-Match` is held against: what is shared, is history of the case."""
        return self.line.revision if self.room.confidential else self.case.revision

    @property
    def tag(self) -> str:
        """The tag of the room, and of all that stands in it."""
        if self.room.confidential:
            return etags.of_room(self.line.revision, self.case.revision)
        return etags.of_revision(self.case.revision)


async def entered(desk: Desk, case: str, room: str) -> Entered:
    """Return the room, or raise the one error for a room that is not there for who asks."""
    found = await desk.case(case)
    for line in await desk.read(desk.house.rooms.rooms, desk.actor, found):
        if line.room.id == room:
            return Entered(found, line)
    raise no_such_room(found.id)


async def act(desk: WritingDesk, here: Entered, command: RoomCommand) -> Receipt:
    """Hand *command* to the engine, and return once it is durable."""
    return await asyncio.wrap_future(
        desk.house.engine.submit(
            command, desk.actor, revision=_expected(desk.guard, here), key=desk.key
        )
    )


async def functions_of(desk: Desk) -> dict[str, Text]:
    """Return as what everybody is known: people are told by function, not by name."""
    persons = await desk.read(list_persons, desk.house.database)
    return {person.id: office_of(person) for person in persons}


@router.get(
    "/cases/{case}/rooms", response_model=RoomPage, summary="Kamers van een zaak die u mag betreden"
)
async def list_rooms(desk: Reading, case: str, query: Annotated[PageQuery, Query()]) -> Response:
    """Return the rooms of a case that exist for you, the shared one first.

    What stands in a closed room, and that something stands there, is told to who is in it only.
    """
    found = await desk.case(case)
    lines = await desk.read(desk.house.rooms.rooms, desk.actor, found)
    open_for_notes, day_of = await _mediator_open(desk, found), await _goes_on(desk, found)
    there = [
        line
        for line in lines
        if line.revision or open_for_notes or line.room.kind is not RoomKind.MEDIATOR
    ]
    order = {kind: place for place, kind in enumerate(RoomKind)}
    return await paged(
        desk.request,
        query,
        by_key(there, lambda line: f"{order[line.room.kind]} {line.room.id}"),
        lambda line: room_shape(desk, found, line, day_of(line), mediator_open=open_for_notes),
        RoomPage,
    )


@router.get("/cases/{case}/rooms/{room}", response_model=RoomShape, summary="Eén kamer")
async def show_room(desk: Reading, case: str, room: str) -> Response:
    """Return one room; its tag changes with what happens there, and with the case."""
    here = await entered(desk, case, room)
    day = (await _goes_on(desk, here.case))(here.line)
    shape = room_shape(
        desk, here.case, here.line, day, mediator_open=await _mediator_open(desk, here.case)
    )
    return shown(desk.request, shape, tag=here.tag)


@router.get(
    "/cases/{case}/rooms/{room}/history", response_model=EntryPage, summary="Verloop van een kamer"
)
async def list_room_history(
    desk: Reading, case: str, room: str, query: Annotated[PageQuery, Query()]
) -> Response:
    """Return what was done in a room, oldest first; that of the shared room is the case's own.

    A closed room has a chain of its own, which holds hashes of content and never the content.
    """
    here = await entered(desk, case, room)
    workflow = await desk.procedure(here.case)
    functions = await functions_of(desk)

    def fetch(after: str, limit: int) -> list[tuple[str, ChainedEntry]]:
        entries = desk.house.rooms.history(
            desk.actor, here.case, here.room, after=after_number(after), limit=limit
        )
        return [(str(entry.seq), entry) for entry in entries]

    def show(entry: ChainedEntry) -> EntryShape:
        return entry_shape(entry, workflow, functions)

    return await paged(desk.request, query, fetch, show, EntryPage)


@router.get(
    "/cases/{case}/rooms/{room}/reads", response_model=ReadPage, summary="Wie hier heeft gelezen"
)
async def list_room_reads(
    desk: Reading, case: str, room: str, query: Annotated[PageQuery, Query()]
) -> Response:
    """Return who read in a closed room, the last first; of the shared room nothing is kept."""
    here = await entered(desk, case, room)
    functions = await functions_of(desk)

    def fetch(after: str, limit: int) -> list[tuple[str, RoomReading]]:
        before = after_number(after) or None
        found = desk.house.rooms.reads(desk.actor, here.case, here.room, before=before, limit=limit)
        return [(str(one.place), one) for one in found]

    return await paged(desk.request, query, fetch, lambda one: read_shape(one, functions), ReadPage)


async def _mediator_open(desk: Desk, case: Case) -> bool:
    """Whether the procedure has a room for notes of the mediator; not when it is lost."""
    try:
        return (await desk.procedure(case)).rooms.mediator_open
    except Conflict:
        return False


async def _goes_on(desk: Desk, case: Case) -> Callable[[RoomLine], date | None]:
    """Return what tells when the content of a room is destroyed; never without a procedure."""
    holds = await desk.read(desk.house.law.holds, case)
    try:
        policy = (await desk.procedure(case)).rooms
    except Conflict:
        return lambda _line: None

    def day_of(line: RoomLine) -> date | None:
        gone = line.destroyed_at is not None
        return None if gone else destroyed_on(case, line.room, policy, holds)

    return day_of


def _expected(guard: str | None, here: Entered) -> int | None:
    """Return the revision at which the client wants the room; of several, the present one."""
    if guard is None:
        return None
    read = etags.room_revisions if here.room.confidential else etags.revisions
    wanted = read(guard)
    if wanted is None or len(wanted) == 1:
        return None if wanted is None else min(wanted)
    return here.revision if here.revision in wanted else etags.NEVER
