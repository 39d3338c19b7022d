"""Rooms: where every piece of content is born and stays, and who was confided what.

Source: confidentiality in mediation (MfN mediationreglement, article 7) and the separation that
the Woo asks between objective parts and personal views of policy (article 5.2). What is shared is
shared as an exact wording that its owner approved: a copy, never the thing itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from impasse.domain.history import Entry, Json


class RoomKind(StrEnum):
    """Who is in a room."""

    SHARED = "shared"
    SIDE = "side"
    """One party, alone."""
    CAUCUS = "caucus"
    """One party and the mediator to whom it confides; the next mediator does not inherit it."""
    MEDIATOR = "mediator"
    """The mediator, alone."""

    @property
    def label(self) -> Text:
        """The kind in words."""
        return _KIND_LABELS[self]


_KIND_LABELS = {
    RoomKind.SHARED: Text("gedeeld", "shared"),
    RoomKind.SIDE: Text("eigen kamer", "side room"),
    RoomKind.CAUCUS: Text("apart gesprek", "caucus"),
    RoomKind.MEDIATOR: Text("kamer van de bemiddelaar", "mediator's room"),
}


@dataclass(frozen=True, slots=True, order=True)
class Room:
    """One room of a case.

    `organisation` is the party of a side room or caucus, `mediator` the person of a caucus or of
    the mediator's own room. Who may enter follows from these and the case alone; see `access`.
    """

    kind: RoomKind
    organisation: str = ""
    mediator: str = ""

    @property
    def key(self) -> str:
        """What the room is called in storage: "side:gm0363"."""
        parts = (self.kind.value, self.organisation, self.mediator)
        return ":".join(part for part in parts if part)

    @property
    def id(self) -> str:
        """What the room is called in addresses: "side-gm0363"; names no person."""
        who = sha256(self.mediator.encode()).hexdigest()[:8] if self.mediator else ""
        parts = (self.kind.value, self.organisation, who)
        return "-".join(part for part in parts if part)

    @property
    def confidential(self) -> bool:
        """Whether only some of those who see the case may enter."""
        return self.kind is not RoomKind.SHARED

    def subject(self, case: str) -> str:
        """Return under which subject the history of this room of *case* is chained."""
        return f"{case}/{self.key}" if self.confidential else case


SHARED = Room(RoomKind.SHARED)
"""What all who see the case may read."""


class Part(StrEnum):
    """Whether content is objective or a personal view of policy (Woo, article 5.2)."""

    OBJECTIVE = "objective"
    """Facts, prognoses, alternatives of policy and their consequences."""
    VIEW = "view"
    """Advice, standpoints and considerations of persons for internal deliberation."""

    @property
    def label(self) -> Text:
        """The part in words."""
        return _PART_LABELS[self]


_PART_LABELS = {
    Part.OBJECTIVE: Text(
        "objectief: feiten, alternatieven en gevolgen",
        "objective: facts, alternatives and consequences",
    ),
    Part.VIEW: Text("beleidsopvatting", "view of policy"),
}


class ContributionKind(StrEnum):
    """What was brought into a room."""

    NOTE = "note"
    DOCUMENT = "document"
    SIGNAL = "signal"
    CONFLICT_ASSESSMENT = "conflict_assessment"
    """How hard the conflict is for each party: in the mediator's room, and never outside it."""

    @property
    def label(self) -> Text:
        """The kind in words."""
        return _CONTRIBUTION_LABELS[self]

    @property
    def letter(self) -> str:
        """With which its number begins: N1, D2, S3, C4, counted on per room."""
        return self.value[0].upper()


_CONTRIBUTION_LABELS = {
    ContributionKind.NOTE: Text("notitie", "note"),
    ContributionKind.DOCUMENT: Text("document", "document"),
    ContributionKind.SIGNAL: Text("signaal", "signal"),
    ContributionKind.CONFLICT_ASSESSMENT: Text(
        "inschatting van conflictescalatie", "assessment of conflict escalation"
    ),
}


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """A file as it was handed in; `name` is only a name, never a place on a disk."""

    name: str
    media_type: str
    body: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        """The hash of its bytes."""
        return sha256(self.body).hexdigest()

    def __repr__(self) -> str:
        """Return what tells two files apart, without their bytes."""
        return f"DocumentFile({self.name!r}, {self.media_type!r}, {self.sha256})"


@dataclass(frozen=True, slots=True)
class Contribution:
    """A note, document, signal or assessment in the room where it was born.

    `particulars` are the fields of its kind: of a document `file_name`, `media_type`, `size` and
    `sha256`; of a signal `indicator`, `reliability` and `happened_on`; of an assessment of
    conflict escalation the stage of each party, by organisation. `organisation` is for whom
    it was written ("" for the mediator), `person` by whom. `digest` stands for the content in
    history: a hash with `salt`, which is destroyed together with the content.
    """

    id: str
    room: Room
    position: int
    kind: ContributionKind
    part: Part
    environmental: bool
    title: str
    text: str
    particulars: Mapping[str, Json]
    organisation: str
    person: str
    written_at: datetime
    salt: str = ""
    digest: str = ""
    destroyed_at: datetime | None = None


class ReleaseState(StrEnum):
    """How far a release has come."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> Text:
        """The state in words."""
        return _RELEASE_LABELS[self]


_RELEASE_LABELS = {
    ReleaseState.PROPOSED: Text("voorgesteld", "proposed"),
    ReleaseState.APPROVED: Text("goedgekeurd en gedeeld", "approved and shared"),
    ReleaseState.DECLINED: Text("afgewezen", "declined"),
    ReleaseState.WITHDRAWN: Text("ingetrokken", "withdrawn"),
}


@dataclass(frozen=True, slots=True)
class Release:
    """An exact wording of contribution `contribution`, proposed to be shared.

    `proposed_for` is the organisation of who proposed ("" for the mediator), `shared_as` the
    number of the copy in the shared room once its owner approved. With `with_document` the file
    of a document comes along, unchanged.
    """

    id: str
    room: Room
    position: int
    contribution: str
    part: Part
    environmental: bool
    title: str
    text: str
    with_document: bool
    state: ReleaseState
    proposed_by: str
    proposed_for: str
    proposed_at: datetime
    decided_by: str = ""
    decided_at: datetime | None = None
    note: str = ""
    shared_as: str = ""
    salt: str = ""
    digest: str = ""

    @property
    def wording(self) -> str:
        """The hash of exactly what would be shared: who approves says which wording he saw."""
        return wording_of(self.title, self.text, self.part, with_document=self.with_document)


def wording_of(title: str, text: str, part: Part, *, with_document: bool) -> str:
    """Return the hash that stands for an exact wording."""
    return sha256(f"{part.value}\n{with_document}\n{title}\n{text}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class RoomState:
    """A room as it stands: what a decision in it needs to know.

    `contributions` and `releases` count the numbers given out; `contribution`, `release` and
    `file` are those that the command is about. With `revision` 0 nothing was ever written.
    """

    room: Room
    contributions: int = 0
    releases: int = 0
    contribution: Contribution | None = None
    release: Release | None = None
    file: DocumentFile | None = None
    opened_at: datetime | None = None
    revision: int = 0
    history_head: str = ""
    history_length: int = 0
    destroyed_at: datetime | None = None


@dataclass(slots=True)
class RoomChange:
    """What a decision writes in one room: entries go to the chain of that room.

    Of the shared room the entries stand in the decision itself, for they are history of the case.
    `destroyed` names contributions whose content goes; `destroy_all` empties the whole room.
    """

    before: RoomState
    entries: list[Entry] = field(default_factory=list)
    contributions: list[Contribution] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    files: dict[str, DocumentFile] = field(default_factory=dict)
    destroyed: list[str] = field(default_factory=list)
    destroy_all: bool = False
