"""What the demonstration tells of rooms: notes, documents, and wordings that were shared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.domain.commands import Contribute, DecideRelease, ProposeRelease
from impasse.domain.rooms import SHARED, ContributionKind, DocumentFile, Room, RoomKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from impasse.adapters.files.demonstration import (
        ApproveShape,
        ProposeShape,
        StepShape,
        WriteShape,
    )
    from impasse.domain.case import Case
    from impasse.domain.commands import Command
    from impasse.domain.people import Actor
    from impasse.wiring import House

    Do = Callable[[Command, Actor], object]
    Shape = WriteShape | ProposeShape | ApproveShape


def tell_rooms(
    step: StepShape, case: Case, house: House, do: Do, person: Callable[[str], Actor]
) -> None:
    """Do in the rooms of *case* what *step* tells, each by the person whom it names."""
    for brought in step.write:
        do(_contribution(brought, case), person(brought.by))
    for shape in step.propose:
        command = ProposeRelease(
            case.id,
            _room(shape, case),
            shape.contribution,
            shape.title,
            shape.text,
            shape.part,
            with_document=shape.with_document,
        )
        do(command, person(shape.by))
    for approved in step.approve:
        room, actor = _room(approved, case), person(approved.by)
        release = house.rooms.release(actor, case, room, approved.release)
        do(DecideRelease(case.id, room, release.id, approved=True, wording=release.wording), actor)


def _contribution(shape: WriteShape, case: Case) -> Contribute:
    file = shape.file
    return Contribute(
        case.id,
        _room(shape, case),
        ContributionKind.NOTE if file is None else ContributionKind.DOCUMENT,
        shape.part,
        shape.title,
        shape.text,
        shape.environmental,
        None if file is None else DocumentFile(file.name, "text/plain", file.text.encode()),
    )


def _room(shape: Shape, case: Case) -> Room:
    match shape.room:
        case RoomKind.SHARED:
            return SHARED
        case RoomKind.SIDE:
            return Room(RoomKind.SIDE, shape.of)
        case RoomKind.CAUCUS:
            return Room(RoomKind.CAUCUS, shape.of, case.mediator)
        case RoomKind.MEDIATOR:
            return Room(RoomKind.MEDIATOR, mediator=case.mediator)
