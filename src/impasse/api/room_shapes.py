"""Rooms, and what stands in them, as the API shows them: by function, never by name."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pydantic import Field

from impasse.api.shapes import Bilingual, Count, Day, Moment, Shape, Words, bilingual
from impasse.domain.access import is_owner, may_write
from impasse.domain.conflict_escalation import ConflictZone, assessment_of
from impasse.domain.room_words import name_of_room, who_is_in
from impasse.domain.rooms import ContributionKind, Part, ReleaseState, RoomKind
from impasse.domain.signals import Reliability

if TYPE_CHECKING:
    from collections.abc import Mapping

    from impasse.adapters.sql.rooms import Reading, RoomLine
    from impasse.api.desk import Desk
    from impasse.domain.case import Case
    from impasse.domain.people import Actor
    from impasse.domain.rooms import Contribution, Release
    from impasse.domain.text import Text

    Functions = Mapping[str, Text]


class RoomShape(Shape):
    """A room that exists for you; `whoIsIn` tells who can read what stands in it.

    `contributions` counts what still has its content, `waiting` the releases to be decided on.
    `owner` tells whether you decide here what is shared. `destroyedOn` is the day on which the
    content goes, as things are now: null while the case goes on, a legal hold stands, or it is
    kept.
    """

    id: str
    kind: RoomKind
    name: Bilingual
    organisation: str
    confidential: bool
    who_is_in: Bilingual
    may_write: bool
    owner: bool
    contributions: int
    waiting: int
    destroyed_on: Day | None
    destroyed_at: Moment | None
    href: str


class DocumentShape(Shape):
    """The file of a document; `href` gives its bytes, `sha256` is their hash."""

    file_name: str
    media_type: str
    size: int
    sha256: str
    href: str


class ConfidedSignal(Shape):
    """What you saw, coded as in `/indicators`."""

    indicator: str
    reliability: Reliability
    happened_on: Day


class SignalInRoom(Shape):
    """What was seen, coded as in `/indicators`."""

    indicator: str
    reliability: Reliability
    happened_on: Day


class StageOfParty(Shape):
    """How hard the conflict has become for a party: 1 (hardening) to 9 (the abyss), after Glasl."""

    organisation: Words = Field(min_length=1, max_length=100)
    stage: Count = Field(ge=1, le=9)


class ConflictStageShape(Shape):
    """In which of the nine stages the mediator sees a party, in words, and in which zone."""

    organisation: str
    stage: int
    label: Bilingual
    zone: ConflictZone


class ConflictAssessmentShape(Shape):
    """How hard the conflict has become, party by party; `spread` is how far they are apart."""

    parties: list[ConflictStageShape]
    highest: int
    spread: int


class ContributionShape(Shape):
    """A note, document, signal or assessment, in the room where it was born.

    `organisation` is for whom it was written, empty for the mediator. Of what was destroyed only
    the fact is left: `destroyedAt` tells when, and there is no content any more. `digest` stands
    for the content in the history of the room.
    """

    id: str
    room: str
    kind: ContributionKind
    part: Part
    environmental: bool
    title: str
    text: str
    document: DocumentShape | None
    signal: SignalInRoom | None
    conflict_assessment: ConflictAssessmentShape | None
    organisation: str
    function: Bilingual | None
    written_at: Moment
    destroyed_at: Moment | None
    digest: str
    href: str


class ReleaseShape(Shape):
    """An exact wording of a contribution, proposed to be shared with all who see the case.

    `wording` is its hash: who approves sends it back, and so says which wording was read.
    `sharedAs` is the number of the copy. `yours` tells whether you can decide on it.
    """

    id: str
    room: str
    contribution: str
    part: Part
    environmental: bool
    title: str
    text: str
    with_document: bool
    wording: str
    state: ReleaseState
    proposed_for: str
    proposed_by: Bilingual | None
    proposed_at: Moment
    decided_by: Bilingual | None
    decided_at: Moment | None
    note: str
    shared_as: str
    yours: bool
    href: str


class ReadShape(Shape):
    """That somebody read in a room: what, when and through which door; never what it said."""

    what: str
    function: Bilingual | None
    organisation: str
    origin: str
    at: Moment


def room_shape(
    desk: Desk, case: Case, line: RoomLine, goes_on: date | None, *, mediator_open: bool
) -> RoomShape:
    """Return *line* as the reader at *desk* sees it; *goes_on* is when its content goes."""
    room = line.room
    return RoomShape(
        id=room.id,
        kind=room.kind,
        name=bilingual(name_of_room(room, case)),
        organisation=room.organisation,
        confidential=room.confidential,
        who_is_in=bilingual(who_is_in(room, case)),
        may_write=line.destroyed_at is None
        and may_write(desk.actor, room, case, mediator_open=mediator_open),
        owner=is_owner(desk.actor, room, case),
        contributions=line.contributions,
        waiting=line.waiting,
        destroyed_on=goes_on,
        destroyed_at=line.destroyed_at,
        href=desk.url("cases", case.id, "rooms", room.id),
    )


def contribution_shape(
    desk: Desk, case: Case, contribution: Contribution, functions: Functions
) -> ContributionShape:
    """Return *contribution* as whoever is in its room sees it."""
    href = desk.url(
        "cases", case.id, "rooms", contribution.room.id, "contributions", contribution.id
    )
    return ContributionShape(
        id=contribution.id,
        room=contribution.room.id,
        kind=contribution.kind,
        part=contribution.part,
        environmental=contribution.environmental,
        title=contribution.title,
        text=contribution.text,
        document=_document(contribution, f"{href}/content"),
        signal=_signal(contribution),
        conflict_assessment=_assessment(contribution),
        organisation=contribution.organisation,
        function=function_of(contribution.person, functions),
        written_at=contribution.written_at,
        destroyed_at=contribution.destroyed_at,
        digest=contribution.digest,
        href=href,
    )


def release_shape(desk: Desk, case: Case, release: Release, functions: Functions) -> ReleaseShape:
    """Return *release* as whoever is in its room sees it."""
    return ReleaseShape(
        id=release.id,
        room=release.room.id,
        contribution=release.contribution,
        part=release.part,
        environmental=release.environmental,
        title=release.title,
        text=release.text,
        with_document=release.with_document,
        wording=release.wording,
        state=release.state,
        proposed_for=release.proposed_for,
        proposed_by=function_of(release.proposed_by, functions),
        proposed_at=release.proposed_at,
        decided_by=function_of(release.decided_by, functions),
        decided_at=release.decided_at,
        note=release.note,
        shared_as=release.shared_as,
        yours=may_decide(desk.actor, case, release),
        href=desk.url("cases", case.id, "rooms", release.room.id, "releases", release.id),
    )


def read_shape(reading: Reading, functions: Functions) -> ReadShape:
    """Return *reading* as whoever is in the room sees it."""
    return ReadShape(
        what=reading.what,
        function=function_of(reading.person, functions),
        organisation=reading.organisation,
        origin=reading.origin,
        at=reading.at,
    )


def may_decide(actor: Actor, case: Case, release: Release) -> bool:
    """Whether *release* waits for the owner of its room, who is *actor*."""
    return release.state is ReleaseState.PROPOSED and is_owner(actor, release.room, case)


def function_of(person: str, functions: Functions) -> Bilingual | None:
    """Return as what somebody is known; None for nobody."""
    found = functions.get(person)
    return None if found is None else bilingual(found)


def _document(contribution: Contribution, href: str) -> DocumentShape | None:
    what = contribution.particulars
    if contribution.kind is not ContributionKind.DOCUMENT or "sha256" not in what:
        return None
    return DocumentShape(
        file_name=str(what["file_name"]),
        media_type=str(what["media_type"]),
        size=int(str(what["size"])),
        sha256=str(what["sha256"]),
        href=href,
    )


def _assessment(contribution: Contribution) -> ConflictAssessmentShape | None:
    if contribution.kind is not ContributionKind.CONFLICT_ASSESSMENT:
        return None
    found = assessment_of(contribution.particulars)
    if found is None:
        return None
    return ConflictAssessmentShape(
        parties=[
            ConflictStageShape(
                organisation=organisation,
                stage=int(stage),
                label=bilingual(stage.label),
                zone=stage.zone,
            )
            for organisation, stage in sorted(found.stages.items())
        ],
        highest=int(found.highest),
        spread=found.spread,
    )


def _signal(contribution: Contribution) -> SignalInRoom | None:
    what = contribution.particulars
    if contribution.kind is not ContributionKind.SIGNAL or "indicator" not in what:
        return None
    return SignalInRoom(
        indicator=str(what["indicator"]),
        reliability=Reliability(str(what["reliability"])),
        happened_on=date.fromisoformat(str(what["happened_on"])),
    )
