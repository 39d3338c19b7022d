"""Everything that can be asked of *impasse*, as one closed union of frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from datetime import date, datetime, time

    from impasse.domain.case import ConfirmationKind, Party, Purpose, Visibility
    from impasse.domain.disclosure import Disclosure
    from impasse.domain.length import Length
    from impasse.domain.rooms import ContributionKind, DocumentFile, Part, Room
    from impasse.domain.signals import Reliability
    from impasse.domain.term_acts import SuspensionReason, TermPolicy
    from impasse.domain.text import Text
    from impasse.domain.tier import Tier


@dataclass(frozen=True, slots=True)
class SignalReport:
    """What a reporter saw: an indicator of the early-warning configuration, in own words."""

    indicator: str
    reliability: Reliability
    organisation: str
    happened_on: date
    text: str = ""


@dataclass(frozen=True, slots=True)
class OpenCase:
    """Flag an emerging disagreement: a sentence and at least one other government."""

    title: str
    parties: tuple[Party, ...]
    signals: tuple[SignalReport, ...]
    workflow: str
    workflow_version: str
    summary: str = ""
    policy_area: str = ""
    regions: tuple[str, ...] = ()
    visibility: Visibility | None = None


@dataclass(frozen=True, slots=True)
class AddParty:
    """Bring another organisation to the case."""

    case: str
    party: Party


@dataclass(frozen=True, slots=True)
class ReportSignal:
    """Add what somebody saw to an existing case."""

    case: str
    report: SignalReport


@dataclass(frozen=True, slots=True)
class CloseSignal:
    """Say that what a signal reported no longer holds; `kept` when it was made good."""

    case: str
    signal: str
    closed_on: date
    kept: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Confirm:
    """Record a confirmation, by a party for itself or once for the case (organisation "")."""

    case: str
    kind: ConfirmationKind
    organisation: str = ""
    note: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Appoint:
    """Appoint the handler or the mediator of the case, by function and organisation."""

    case: str
    office: str
    appointee: str


@dataclass(frozen=True, slots=True)
class MakeMove:
    """Make a move of the procedure.

    `note` is the reason, seen by all parties; it is needed where the procedure says so and where
    an advised condition is passed. `until` is the agreed last day of a pause.
    """

    case: str
    trigger: str
    note: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class RecordEvent:
    """Keep something that happened in the history, also when it fits no stage.

    `precision` says how well the day is known: day, month or year. `known_on` is the day since
    which it was public, when that is later than the day itself.
    """

    case: str
    text: str
    happened_on: date
    by: str = ""
    source: str = ""
    precision: str = "day"


@dataclass(frozen=True, slots=True)
class RaiseTier:
    """Take the case to a higher table, with a reason that all parties see."""

    case: str
    tier: Tier
    reason: str


@dataclass(frozen=True, slots=True)
class FireTimer:
    """Time has come: only the clock sends this."""

    case: str
    timer: int
    purpose: Purpose
    rung: int
    stage_entry: int
    due_at: datetime
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Suspend:
    """Let the clock of the term stand still from the day after `begins_on` until `until`.

    `waits_for` is the organisation of a party, "mediator", "secretariat" or "outside", which
    `waits_for_name` then names. `consents` are the organisations that agreed, as `note` says where
    that can be checked. `stay` is the stay in a stage that is meant, if the case moved meanwhile.
    """

    case: str
    reason: SuspensionReason
    waits_for: str
    until: date
    begins_on: date | None = None
    waits_for_name: str = ""
    consents: tuple[str, ...] = ()
    note: str = ""
    stay: int | None = None


@dataclass(frozen=True, slots=True)
class Resume:
    """Say that what a suspension waited for is there: the clock runs again from the day after."""

    case: str
    suspension: str
    ended_on: date | None = None
    note: str = ""
    stay: int | None = None


@dataclass(frozen=True, slots=True)
class Extend:
    """Make the term longer, before it ends, with a reason that all parties see."""

    case: str
    length: Length
    reason: str
    consents: tuple[str, ...] = ()
    stay: int | None = None


@dataclass(frozen=True, slots=True)
class ReplanTerm:
    """Reckon the end of the term again with the calendar in force: only the clock sends this.

    `because` tells which days changed; `timers` asks it also for an end that stays, when what
    rings around it moves.
    """

    case: str
    because: tuple[Text, ...] = ()
    timers: bool = False


@dataclass(frozen=True, slots=True)
class Migrate:
    """Take the case to another version of its procedure, with the consent of all parties.

    `migration` is the run that this is part of. `stages` tells which stages are called otherwise
    there, as (old, new); others keep their name. Without `policy` the term is kept where its rule
    is the same in both versions, and reckoned anew where it is not.
    """

    case: str
    migration: str
    workflow: str
    version: str
    stages: tuple[tuple[str, str], ...] = ()
    policy: TermPolicy | None = None


@dataclass(frozen=True, slots=True)
class UndoMigration:
    """Take the case back to where it stood before `migration`: until the first new event."""

    case: str
    migration: str


@dataclass(frozen=True, slots=True)
class StartTask:
    """Take up a task of the stage; of those that exclude each other one at a time."""

    case: str
    task: str


@dataclass(frozen=True, slots=True)
class CompleteTask:
    """Say that a task is done, with one of the answers that the procedure knows.

    Who does so for another says in `note` where it can be checked.
    """

    case: str
    task: str
    outcome: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class WithdrawTask:
    """Say that a task need not be done, with a reason that all parties see."""

    case: str
    task: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReopenTask:
    """Have a task that was done, done again, with a reason that all parties see."""

    case: str
    task: str
    reason: str


@dataclass(frozen=True, slots=True)
class CloseTasks:
    """Go on without the tasks called `name` that are not done, with a reason."""

    case: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class DecideCandidate:
    """Accept a case for the agenda of a meeting, or decline it with a reason.

    With `into`, the number of a candidate that was accepted, it is discussed as part of that item.
    """

    case: str
    candidate: str
    accepted: bool
    meeting: str = ""
    reason: str = ""
    minutes: int | None = None
    into: str = ""


@dataclass(frozen=True, slots=True)
class PlanMeeting:
    """Put a meeting of the overhedenoverleg on the calendar."""

    day: date
    starts_at: time
    ends_at: time
    place: str
    closes_on: date
    series: str = "overhedenoverleg"


@dataclass(frozen=True, slots=True)
class Contribute:
    """Bring a note, a document, a signal or an assessment into a room, where it stays.

    `part` tells objective content from views of policy. A document needs its `file`, a signal its
    `report`; a signal for all to see is `ReportSignal`. An assessment of conflict escalation has
    `stages`, of 1 to 9 by organisation, and belongs in the mediator's room.
    """

    case: str
    room: Room
    kind: ContributionKind
    part: Part
    title: str
    text: str = ""
    environmental: bool = False
    file: DocumentFile | None = None
    report: SignalReport | None = None
    stages: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ProposeRelease:
    """Propose to share exactly this wording of a contribution of a confidential room."""

    case: str
    room: Room
    contribution: str
    title: str
    text: str
    part: Part
    environmental: bool = False
    with_document: bool = False


@dataclass(frozen=True, slots=True)
class DecideRelease:
    """Approve or decline a proposed wording: by its owner only.

    `wording` is the hash of what was read: it must be that of the proposal.
    """

    case: str
    room: Room
    release: str
    approved: bool
    wording: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class WithdrawRelease:
    """Take back a proposal that was not decided on yet."""

    case: str
    room: Room
    release: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class DestroyContribution:
    """Destroy the content of a contribution; that it was there stays in history.

    By its owner, in a confidential room, with a reason and without a legal hold.
    """

    case: str
    room: Room
    contribution: str
    reason: str


@dataclass(frozen=True, slots=True)
class DestroyRoom:
    """Destroy all content of a room whose retention has passed: only the clock sends this."""

    case: str
    room: Room


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """Forbid destroying anything of the case, as a request under the Woo demands (4.1a)."""

    case: str
    organisation: str
    reason: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class LiftHold:
    """End a legal hold, with a reason."""

    case: str
    hold: str
    reason: str


@dataclass(frozen=True, slots=True)
class AssessDisclosure:
    """Record what a government decides about disclosing an item of the shared room.

    `item` is the number of a contribution ("N1", "D2") or of a signal ("S1"). `grounds` name
    articles of the Woo, such as "5.1.2.b" or "5.2.1".
    """

    case: str
    item: str
    organisation: str
    disclosure: Disclosure
    grounds: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class StartEscalation:
    """Let a policy begin to run for the case.

    `cause` is the id of the message that asks for it, or "" when somebody does so by hand; `event`
    is the type of that message and `stay` the stay in a stage in which it was sent.
    """

    case: str
    policy: str
    cause: str = ""
    event: str = ""
    stay: int = 0


@dataclass(frozen=True, slots=True)
class AcknowledgeEscalation:
    """Take up a run: "I take this; the next step is there before the end of the day `until`"."""

    case: str
    run: str
    next_step: str
    until: date


@dataclass(frozen=True, slots=True)
class SnoozeEscalation:
    """Let a run rest until the end of the day `until`, with a reason that all parties see."""

    case: str
    run: str
    reason: str
    until: date


@dataclass(frozen=True, slots=True)
class EndSnooze:
    """Let a run that was snoozed go on."""

    case: str
    run: str


@dataclass(frozen=True, slots=True)
class SettleEscalation:
    """Say that what a run asks for is done: it ends, with a note that all parties see."""

    case: str
    run: str
    note: str


@dataclass(frozen=True, slots=True)
class ReportUndelivered:
    """Say that a message of a run did not reach somebody: only the clock sends this.

    `message` is its id, `person` whom it did not reach, or "" for a webhook.
    """

    case: str
    run: str
    message: str
    person: str = ""


EscalationCommand: TypeAlias = (
    StartEscalation
    | AcknowledgeEscalation
    | SnoozeEscalation
    | EndSnooze
    | SettleEscalation
    | ReportUndelivered
)
"""A command about a run of escalation."""

RoomCommand: TypeAlias = (
    Contribute
    | ProposeRelease
    | DecideRelease
    | WithdrawRelease
    | DestroyContribution
    | DestroyRoom
)
"""A command about what stands in one room."""

CaseCommand: TypeAlias = (
    AddParty
    | ReportSignal
    | CloseSignal
    | Confirm
    | Appoint
    | MakeMove
    | RecordEvent
    | RaiseTier
    | FireTimer
    | DecideCandidate
    | Suspend
    | Resume
    | Extend
    | ReplanTerm
    | StartTask
    | CompleteTask
    | WithdrawTask
    | ReopenTask
    | CloseTasks
    | Migrate
    | UndoMigration
    | RoomCommand
    | PlaceHold
    | LiftHold
    | AssessDisclosure
    | EscalationCommand
)
"""A command about a case that exists."""

Command: TypeAlias = OpenCase | PlanMeeting | CaseCommand
