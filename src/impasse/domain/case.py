"""A case: one dispute between governments and all that belongs to it, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from impasse.domain.length import Length, Unit
from impasse.domain.people import GOVERNMENTS
from impasse.domain.term_acts import Extension, Suspension
from impasse.domain.terms import Atw, Basis, TermRule
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from impasse.domain.early_warning import Standing
    from impasse.domain.escalation import Run
    from impasse.domain.people import Layer
    from impasse.domain.signals import Signal
    from impasse.domain.task import Task
    from impasse.domain.term_acts import TermAct
    from impasse.domain.tier import Tier


class Status(StrEnum):
    """Whether a case is open, paused by agreement, or closed."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


class Visibility(StrEnum):
    """Who may know that the case exists."""

    PARTIES = "parties"
    LESSON = "lesson"
    """A closed, public dispute from which everyone may learn."""


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation that takes part in the case.

    Name and layer are kept as they were: a register changes, a dispute does not. An organisation
    that stands in no register has an id with prefix "x-".
    """

    organisation: str
    name: str
    layer: Layer
    role: str = ""


class ConfirmationKind(StrEnum):
    """What can be confirmed, by a party for itself or once for the whole case."""

    VIEW = "view"
    FACT_REPORT = "fact_report"
    RULES_READING = "rules_reading"
    MEDIATOR_ACCEPTED = "mediator_accepted"
    MEDIATION_AGREEMENT = "mediation_agreement"
    OUTCOME_STATUS = "outcome_status"
    SETTLEMENT_TEXT = "settlement_text"
    SETTLEMENT = "settlement"
    STANDSTILL = "standstill"
    FORMAL_ROUTE = "formal_route"
    SUSPENSION = "suspension"
    EXTENSION = "extension"
    MIGRATION = "migration"
    FOUR_EYES = "four_eyes"

    @property
    def per_party(self) -> bool:
        """Whether each party confirms for itself."""
        return self in _PER_PARTY

    @property
    def label(self) -> Text:
        """What is confirmed, in words."""
        return _CONFIRMATION_LABELS[self]


_PER_PARTY = frozenset(
    {
        ConfirmationKind.VIEW,
        ConfirmationKind.MEDIATOR_ACCEPTED,
        ConfirmationKind.MEDIATION_AGREEMENT,
        ConfirmationKind.SETTLEMENT,
        ConfirmationKind.STANDSTILL,
        ConfirmationKind.SUSPENSION,
        ConfirmationKind.EXTENSION,
        ConfirmationKind.MIGRATION,
    }
)
_CONFIRMATION_LABELS = {
    ConfirmationKind.VIEW: Text("zienswijze gegeven", "view given"),
    ConfirmationKind.FACT_REPORT: Text("feitenlijst opgeleverd", "list of facts delivered"),
    ConfirmationKind.RULES_READING: Text("lezing van de spelregels", "reading of the rules"),
    ConfirmationKind.MEDIATOR_ACCEPTED: Text("bemiddelaar aanvaard", "mediator accepted"),
    ConfirmationKind.MEDIATION_AGREEMENT: Text(
        "bemiddelingsovereenkomst getekend", "mediation agreement signed"
    ),
    ConfirmationKind.OUTCOME_STATUS: Text("status van de uitkomst", "status of the outcome"),
    ConfirmationKind.SETTLEMENT_TEXT: Text("tekst van de uitkomst", "text of the outcome"),
    ConfirmationKind.SETTLEMENT: Text("uitkomst bekrachtigd", "outcome ratified"),
    ConfirmationKind.STANDSTILL: Text("ingestemd met de pauze", "standstill agreed"),
    ConfirmationKind.FORMAL_ROUTE: Text("formele route", "formal route"),
    ConfirmationKind.SUSPENSION: Text("ingestemd met opschorting", "suspension agreed"),
    ConfirmationKind.EXTENSION: Text("ingestemd met verlenging", "extension agreed"),
    ConfirmationKind.MIGRATION: Text(
        "ingestemd met een andere versie van de procedure", "other version of the procedure agreed"
    ),
    ConfirmationKind.FOUR_EYES: Text("stap bevestigd", "move confirmed"),
}


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One thing that was confirmed: by which organisation ("" for the whole case), and when.

    `note` says where it can be checked: a letter, a report, the words themselves. `stage_entry` is
    the stay in a stage during which it was given. `about` names what was agreed to where the kind
    alone does not say: a version of a procedure, how long the clock may stop or the term grow, or
    the move that a second person may then make.
    """

    kind: ConfirmationKind
    organisation: str
    note: str
    person: str
    at: datetime
    stage_entry: int = 0
    about: str = ""


class TermState(StrEnum):
    """How a term stands; `VOID` when a migration took it away: neither met nor not."""

    RUNNING = "running"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    MET = "met"
    MET_LATE = "met_late"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Term:
    """The term of one stay in a stage: as it was reckoned when it began, and what moved it since.

    `raw_end` is the end as first counted, `end` the last day as things are now and `ends_at` the
    instant at which that has passed; while the clock stands still, as if it does so until the
    bound. `begun_at` is the instant at which the term began. `acts` are its suspensions and
    extensions in the order in which they were recorded, `plan` counts how often the end was
    planned anew. How each day came about is derived again from these and `calendar_version`.
    """

    stage: str
    stage_entry: int
    length: str
    basis: str
    atw: str
    start: date
    raw_end: date
    end: date
    ends_at: datetime
    calendar_version: str
    state: TermState = TermState.RUNNING
    begun_at: datetime | None = None
    plan: int = 0
    acts: tuple[TermAct, ...] = ()

    @property
    def rule(self) -> TermRule:
        """The rule by which this term was reckoned."""
        return TermRule(Length.parse(self.length), Basis(self.basis), atw=Atw(self.atw))

    @property
    def beginning(self) -> date | datetime:
        """What set the term off: the day, or the instant for a term in hours."""
        in_hours = self.begun_at is not None and self.rule.length.unit is Unit.HOURS
        return self.begun_at if in_hours and self.begun_at is not None else self.start

    @property
    def suspensions(self) -> tuple[Suspension, ...]:
        """The suspensions of this term, in the order in which they were recorded."""
        return tuple(act for act in self.acts if isinstance(act, Suspension))

    @property
    def extensions(self) -> tuple[Extension, ...]:
        """The extensions of this term, in the order in which they were granted."""
        return tuple(act for act in self.acts if isinstance(act, Extension))


class Purpose(StrEnum):
    """Why a timer rings."""

    REMINDER = "reminder"
    RUNG = "rung"
    REASSESSMENT = "reassessment"
    SUSPENSION_BEGIN = "suspension_begin"
    SUSPENSION_REMINDER = "suspension_reminder"
    SUSPENSION_END = "suspension_end"
    RECESS_REMINDER = "recess_reminder"
    TASK_DUE = "task_due"
    ESCALATION = "escalation"
    """`rung` is the number of a run, `generation` its turn."""
    ESCALATION_TRIP = "escalation_trip"


@dataclass(frozen=True, slots=True)
class Timer:
    """A promise about time: at `due_at`, do what `purpose` and `rung` stand for.

    `stage_entry` ties it to one stay in a stage: a timer of an earlier stay no longer applies.
    `generation` ties it to one plan of the term, or to one round of a task: a timer of an earlier
    plan does not apply either.
    """

    case: str
    purpose: Purpose
    rung: int
    stage_entry: int
    due_at: datetime
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """One dispute between governments, at one moment.

    `stage_entry` counts the stays in stages, `came_from` is where `back` leads, and `left` tells
    per stage during which stay the case left it last. `tasks` are those of the stay that goes on;
    while it is paused, `parked` are those of the stay before it, which rest.
    `tier` is the table at which it is discussed; `standing` the level of early warning.
    `runs` are the runs of escalation that are open.
    `candidate` is the agenda candidate that is open or accepted, if any. `revision` grows by one
    with every decision; `history_head` is the hash of the newest entry.
    """

    id: str
    title: str
    summary: str
    policy_area: str
    regions: tuple[str, ...]
    visibility: Visibility
    workflow: str
    workflow_version: str
    stage: str
    stage_entry: int
    stage_since: date
    came_from: str
    tier: Tier
    status: Status
    opened_on: date
    last_step_on: date
    handler: str
    mediator: str
    standing: Standing | None
    score: float
    candidate: str
    candidate_day: date | None
    parties: tuple[Party, ...]
    signals: tuple[Signal, ...] = ()
    confirmations: tuple[Confirmation, ...] = ()
    term: Term | None = None
    tasks: tuple[Task, ...] = ()
    parked: tuple[Task, ...] = ()
    left: Mapping[str, int] = field(default_factory=dict)
    revision: int = 0
    history_head: str = ""
    history_length: int = 0
    runs: tuple[Run, ...] = ()

    def but(self, **changes: Any) -> Case:  # noqa: ANN401 the fields of a case, of every type
        """Return this case with *changes*; `dataclasses.replace` asks each field by itself.

        A case has many fields and every command changes some: this is the hot path. An unknown
        field raises `KeyError`.
        """
        values = list(_ALL(self))
        for name, value in changes.items():
            values[_PLACES[name]] = value
        return Case(*values)

    @property
    def governments(self) -> tuple[Party, ...]:
        """The parties whose consent counts: every government among them."""
        return tuple([party for party in self.parties if party.layer in GOVERNMENTS])

    def party(self, organisation: str) -> Party | None:
        """Return the party with this organisation id, if it takes part."""
        for party in self.parties:
            if party.organisation == organisation:
                return party
        return None

    def before_entering(self, stage: str) -> Case:
        """Return this case with only the confirmations that count for entering *stage*.

        A consent is good for one time: who agreed to a pause, a mediation or an outcome before
        the case last left it, has not agreed to the next.
        """
        last = self.left.get(stage)
        if last is None:
            return self
        return self.but(confirmations=tuple(c for c in self.confirmations if c.stage_entry > last))

    def confirmed_by(self, kind: ConfirmationKind) -> frozenset[str]:
        """Return the organisations that confirmed *kind* ("" when it counts for the case)."""
        return frozenset([c.organisation for c in self.confirmations if c.kind is kind])


_FIELDS = tuple(one.name for one in fields(Case))
_PLACES = {name: place for place, name in enumerate(_FIELDS)}
_ALL = attrgetter(*_FIELDS)
