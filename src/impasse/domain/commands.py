"""Everything that can be asked of *impasse*, as one closed union of frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from datetime import date, datetime, time

    from impasse.domain.case import ConfirmationKind, Party, Purpose, Visibility
    from impasse.domain.signals import Reliability
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


@dataclass(frozen=True, slots=True)
class DecideCandidate:
    """Accept a case for the agenda of a meeting, or decline it with a reason."""

    case: str
    candidate: str
    accepted: bool
    meeting: str = ""
    reason: str = ""
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class PlanMeeting:
    """Put a meeting of the overhedenoverleg on the calendar."""

    day: date
    starts_at: time
    ends_at: time
    place: str
    closes_on: date
    series: str = "overhedenoverleg"


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
)
"""A command about a case that exists."""

Command: TypeAlias = OpenCase | PlanMeeting | CaseCommand
