"""Rooms, contributions and releases: from row to value and back, the same for both databases."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from impasse.domain.disclosure import Assessment, Disclosure, LegalHold
from impasse.domain.history import canonical
from impasse.domain.rooms import (
    SHARED,
    Contribution,
    ContributionKind,
    Part,
    Release,
    ReleaseState,
    Room,
    RoomKind,
)

if TYPE_CHECKING:
    from impasse.adapters.sql.database import Codec

    Row = tuple[Any, ...]


def read_room(row: Row) -> Room:
    """Return which room a row of `rooms` is about."""
    return Room(RoomKind(row[2]), row[3], row[4])


def room_from_key(key: str) -> Room:
    """Return the room with this key of storage."""
    kind, _, rest = key.partition(":")
    first, _, second = rest.partition(":")
    match RoomKind(kind):
        case RoomKind.SHARED:
            return SHARED
        case RoomKind.SIDE:
            return Room(RoomKind.SIDE, rest)
        case RoomKind.CAUCUS:
            return Room(RoomKind.CAUCUS, first, second)
        case RoomKind.MEDIATOR:
            return Room(RoomKind.MEDIATOR, mediator=rest)


def read_contribution(codec: Codec, row: Row) -> Contribution:
    """Return the contribution that a row of `contributions` keeps."""
    read = codec.read_instant
    return Contribution(
        room=room_from_key(row[1]),
        id=row[2],
        position=row[3],
        kind=ContributionKind(row[4]),
        part=Part(row[5]),
        environmental=bool(row[6]),
        title=row[7],
        text=row[8],
        particulars=json.loads(row[9]),
        organisation=row[10],
        person=row[11],
        written_at=read(row[12]),
        salt=row[13],
        digest=row[14],
        destroyed_at=None if row[15] is None else read(row[15]),
    )


def contribution_values(codec: Codec, case: str, contribution: Contribution) -> Row:
    """Return the row of a contribution, in the order of the columns."""
    gone = contribution.destroyed_at
    return (
        case,
        contribution.room.key,
        contribution.id,
        contribution.position,
        contribution.kind.value,
        contribution.part.value,
        contribution.environmental,
        contribution.title,
        contribution.text,
        canonical(dict(contribution.particulars)),
        contribution.organisation,
        contribution.person,
        codec.instant(contribution.written_at),
        contribution.salt,
        contribution.digest,
        None if gone is None else codec.instant(gone),
    )


def read_release(codec: Codec, row: Row) -> Release:
    """Return the release that a row of `releases` keeps."""
    read = codec.read_instant
    return Release(
        room=room_from_key(row[1]),
        id=row[2],
        position=row[3],
        contribution=row[4],
        part=Part(row[5]),
        environmental=bool(row[6]),
        title=row[7],
        text=row[8],
        with_document=bool(row[9]),
        state=ReleaseState(row[10]),
        proposed_by=row[11],
        proposed_for=row[12],
        proposed_at=read(row[13]),
        decided_by=row[14],
        decided_at=None if row[15] is None else read(row[15]),
        note=row[16],
        shared_as=row[17],
        salt=row[18],
        digest=row[19],
    )


def release_values(codec: Codec, case: str, release: Release) -> Row:
    """Return the row of a release, in the order of the columns."""
    decided = release.decided_at
    return (
        case,
        release.room.key,
        release.id,
        release.position,
        release.contribution,
        release.part.value,
        release.environmental,
        release.title,
        release.text,
        release.with_document,
        release.state.value,
        release.proposed_by,
        release.proposed_for,
        codec.instant(release.proposed_at),
        release.decided_by,
        None if decided is None else codec.instant(decided),
        release.note,
        release.shared_as,
        release.salt,
        release.digest,
    )


def read_hold(codec: Codec, row: Row) -> LegalHold:
    """Return the legal hold that a row of `legal_holds` keeps."""
    read = codec.read_instant
    return LegalHold(
        id=row[1],
        organisation=row[2],
        reason=row[3],
        reference=row[4],
        placed_by=row[5],
        placed_at=read(row[6]),
        lifted_by=row[7],
        lifted_at=None if row[8] is None else read(row[8]),
        lifted_because=row[9],
    )


def hold_values(codec: Codec, case: str, hold: LegalHold) -> Row:
    """Return the row of a legal hold, in the order of the columns."""
    lifted = hold.lifted_at
    return (
        case,
        hold.id,
        hold.organisation,
        hold.reason,
        hold.reference,
        hold.placed_by,
        codec.instant(hold.placed_at),
        hold.lifted_by,
        None if lifted is None else codec.instant(lifted),
        hold.lifted_because,
    )


def read_assessment(codec: Codec, row: Row) -> Assessment:
    """Return what a government decided about one item."""
    return Assessment(
        item=row[1],
        organisation=row[2],
        disclosure=Disclosure(row[3]),
        grounds=tuple(row[4].split()),
        note=row[5],
        person=row[6],
        at=codec.read_instant(row[7]),
    )


def assessment_values(codec: Codec, case: str, assessment: Assessment) -> Row:
    """Return the row of an assessment, in the order of the columns."""
    return (
        case,
        assessment.item,
        assessment.organisation,
        assessment.disclosure.value,
        " ".join(assessment.grounds),
        assessment.note,
        assessment.person,
        codec.instant(assessment.at),
    )
