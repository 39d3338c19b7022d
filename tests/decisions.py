"""A table at which decisions are made one after the other, and the people around it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from impasse.domain.case import Case, Party, Timer
from impasse.domain.commands import FireTimer, OpenCase, SignalReport
from impasse.domain.decide import decide
from impasse.domain.decision import Decision, Given
from impasse.domain.opening import open_case
from impasse.domain.people import CLOCK, Actor, Layer, Person, Role
from impasse.domain.signals import Reliability
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.domain.calendar import Calendar
    from impasse.domain.commands import CaseCommand
    from impasse.domain.early_warning import Indicators
    from impasse.domain.machine import CompiledWorkflow

MONDAY = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)

SECRETARY = Actor("secretary", "mnre1034", frozenset({Role.SECRETARIAT}), "web")
MEDIATOR = Actor("mediator", "x-bureau", frozenset({Role.MEDIATOR}), "web")
ZANDMEER = Actor("zandmeer", "x-zandmeer", frozenset({Role.LIAISON_OFFICER}), "web")
PROVINCE = Actor("province", "pv27", frozenset({Role.LIAISON_OFFICER}), "web")
SOMEBODY = Person(
    "somebody",
    "Somebody",
    Text("Bemiddelaar", "Mediator"),
    "x-bureau",
    frozenset({Role.MEDIATOR, Role.SECRETARIAT}),
)
STRANGER = Actor("stranger", "gm0363", frozenset({Role.LIAISON_OFFICER}), "web")


@dataclass
class Table:
    """Where decisions are made one after the other, as the engine would, without a database."""

    calendar: Calendar
    indicators: Indicators
    procedure: CompiledWorkflow
    at: datetime = MONDAY
    case: Case | None = None
    last: Decision | None = None
    armed: list[Timer] = field(default_factory=list)

    def given(self, actor: Actor) -> Given:
        """The circumstances of a decision by *actor* now."""
        today = self.calendar.local_day(self.at)
        return Given(
            self.at,
            today,
            actor,
            self.procedure,
            self.calendar,
            self.indicators,
            appointee=SOMEBODY,
        )

    def open(self, command: OpenCase, actor: Actor = ZANDMEER) -> Case:
        """Open a case and keep it on the table."""
        self.last = open_case(command, "IMP-2026-0001", self.given(actor))
        return self._keep()

    def do(self, command: CaseCommand, actor: Actor = SECRETARY, **circumstances: object) -> Case:
        """Decide on the case that lies on the table."""
        assert self.case is not None
        given = replace(self.given(actor), **circumstances)  # type: ignore[arg-type]
        self.last = decide(self.case, command, given)
        return self._keep()

    def fire(self, timer_index: int) -> Case:
        """Let the given timer of the last stage ring at its moment."""
        assert self.case is not None
        timer = self.armed[timer_index]
        self.at = timer.due_at + timedelta(seconds=1)
        return self.do(
            FireTimer(
                self.case.id,
                1,
                timer.purpose,
                timer.rung,
                timer.stage_entry,
                timer.due_at,
                timer.generation,
            ),
            CLOCK,
        )

    def actions(self) -> list[str]:
        """What the last decision wrote in the history."""
        assert self.last is not None
        return [entry.action for entry in self.last.entries]

    def _keep(self) -> Case:
        assert self.last is not None
        assert self.last.case is not None
        if self.last.arm:
            self.armed = list(self.last.arm)
        self.case = self.last.case.but(
            revision=self.last.case.revision + 1,
            history_length=self.last.case.history_length + len(self.last.entries),
        )
        return self.case


def an_opening(**changes: object) -> OpenCase:
    """A signal of Zandmeer about the province, compact and complete."""
    command = OpenCase(
        title="Waterberging en woningbouw",
        parties=(
            Party("x-zandmeer", "Zandmeer", Layer.MUNICIPALITY),
            Party("pv27", "Noord-Holland", Layer.PROVINCE),
        ),
        signals=(
            SignalReport("G1", Reliability.FIRST_HAND, "x-zandmeer", date(2026, 9, 4), "Geld"),
        ),
        workflow="interbestuurlijke-impasse",
        workflow_version="2",
    )
    return replace(command, **changes)  # type: ignore[arg-type]
