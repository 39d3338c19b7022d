"""What a decision is given, and what it answers: values, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from impasse.domain.case import Status
from impasse.domain.errors import Conflict
from impasse.domain.escalation import Directory
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime

    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Case, Confirmation, Party, Term, Timer
    from impasse.domain.disclosure import Assessment, LegalHold
    from impasse.domain.early_warning import Indicators
    from impasse.domain.escalation import Addressee, Run
    from impasse.domain.escalation_policy import EscalationPolicy
    from impasse.domain.history import Entry
    from impasse.domain.machine import CompiledWorkflow
    from impasse.domain.overleg import Candidate, Meeting
    from impasse.domain.people import Actor, Person, Role
    from impasse.domain.rooms import RoomChange, RoomState
    from impasse.domain.signals import Signal
    from impasse.domain.task import Task


def _nobody() -> Directory:
    """Return a house without people: whoever escalates gives a real one."""
    return Directory({}, {}, {}, {})


def _no_salt() -> str:
    """Return nothing: whoever keeps content gives a salt that nobody can guess."""
    return ""


@dataclass(frozen=True, slots=True)
class Given:
    """The circumstances of a decision: all that it may know beside the case itself.

    `at` is the instant, `today` its day in Amsterdam. `meeting` is the meeting that the command
    names, or the next one; `appointee` is whom an appointment names, if there is such a person;
    `mediator` is that of the case, when a party would join it.

    For a migration and its undoing: `successor` is the version of the procedure to which it leads,
    `armed` are the timers of the case that still stand, `newest` is the last line of its history
    and `agreed` tells to which version each organisation agreed since the last migration.

    For what happens in a room: `room` is that room as it stands, `shared` the shared one, and
    `holds` are the legal holds of the case that were ever placed. `salt` gives chance, so that
    the hash of a short sentence tells nobody what it says.

    `host` is the accepted candidate into which another is merged.

    For escalation: `policies` gives those in force, by name, `directory` who is there today; both
    are read only when they are needed. `earlier_runs` are those that the case ever had, each with
    its policy and its cause.
    """

    at: datetime
    today: date
    actor: Actor
    procedure: CompiledWorkflow
    calendar: Calendar
    indicators: Indicators
    meeting: Meeting | None = None
    appointee: Person | None = None
    mediator: Person | None = None
    successor: CompiledWorkflow | None = None
    armed: tuple[Timer, ...] = ()
    newest: Entry | None = None
    agreed: Mapping[str, str] = field(default_factory=dict)
    room: RoomState | None = None
    shared: RoomState | None = None
    holds: tuple[LegalHold, ...] = ()
    salt: Callable[[], str] = _no_salt
    policies: Callable[[], Mapping[str, EscalationPolicy]] = dict
    directory: Callable[[], Directory] = _nobody
    earlier_runs: tuple[tuple[str, str], ...] = ()
    host: Candidate | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """Something the world must hear: a type of event, for whom, and why. Never content.

    `to` and `webhooks` name who must hear it beside the roles in `notify`. `otherwise` says what
    happens if nobody does anything, `rule` by which rule it was sent, `run` the run it belongs to.
    """

    type: str
    notify: tuple[Role, ...]
    reason: Text
    to: tuple[Addressee, ...] = ()
    webhooks: tuple[str, ...] = ()
    otherwise: Text | None = None
    rule: str = ""
    run: str = ""
    urgent: bool = False


@dataclass(slots=True)
class Decision:
    """The case as it will be, and everything that must be written with it, or not at all.

    `parties`, `signals`, `confirmations`, `term` and `candidates` are what is new or changed.
    With `entries` empty nothing happened. `disarm` cancels the timers of earlier stays in a
    stage, `disarm_term` those of earlier plans of the term, `disarm_all` every timer of the case.
    `ended_terms` are those of the stays that end; `tasks` are those that are new or changed.
    `runs` are the runs of escalation that are new or changed.
    `rooms` are changes in rooms: of a confidential one nothing shows in the case itself.
    """

    case: Case | None
    entries: list[Entry] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    parties: list[Party] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    confirmations: list[Confirmation] = field(default_factory=list)
    term: Term | None = None
    ended_terms: list[Term] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    arm: list[Timer] = field(default_factory=list)
    disarm: bool = False
    disarm_term: bool = False
    disarm_all: bool = False
    candidates: list[Candidate] = field(default_factory=list)
    meeting: Meeting | None = None
    created: str = ""
    rooms: list[RoomChange] = field(default_factory=list)
    holds: list[LegalHold] = field(default_factory=list)
    assessments: list[Assessment] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)


def going_on(decision: Decision) -> Case:
    """Return the case if work on it goes on, or say that it is closed."""
    case = decision.case
    if case is None or case.status is Status.CLOSED:
        raise Conflict(
            Text(
                "Deze zaak is gesloten. Heropen haar eerst.",
                "This case is closed. Reopen it first.",
            )
        )
    return case
