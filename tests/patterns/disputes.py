"""A dispute under a procedure that a test writes down, and the people and days in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from textwrap import dedent, indent
from typing import TYPE_CHECKING

from impasse.adapters.files.calendar import load_calendar
from impasse.adapters.files.early_warning import load_indicators
from impasse.adapters.files.shipped import shipped
from impasse.adapters.files.workflows import parse_workflow
from impasse.domain.case import Case, Party, Timer
from impasse.domain.commands import (
    AddParty,
    CloseTasks,
    CompleteTask,
    FireTimer,
    MakeMove,
    OpenCase,
    ReopenTask,
    SignalReport,
    StartTask,
    WithdrawTask,
)
from impasse.domain.decide import decide
from impasse.domain.decision import Given
from impasse.domain.errors import ImpasseError
from impasse.domain.machine import compile_workflow
from impasse.domain.opening import open_case
from impasse.domain.people import CLOCK, Actor, Layer, Role
from impasse.domain.signals import Reliability

if TYPE_CHECKING:
    from impasse.domain.calendar import Calendar
    from impasse.domain.commands import CaseCommand
    from impasse.domain.decision import Decision
    from impasse.domain.early_warning import Indicators
    from impasse.domain.history import Entry
    from impasse.domain.machine import CompiledWorkflow
    from impasse.domain.task import Task

MONDAY = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)
SECRETARY = Actor("secretary", "mnre1034", frozenset({Role.SECRETARIAT}), "web")

UTRECHT = Party("pv26", "Provincie Utrecht", Layer.PROVINCE)
ZEIST = Party("gm0355", "Zeist", Layer.MUNICIPALITY)
DE_BILT = Party("gm0310", "De Bilt", Layer.MUNICIPALITY)
SOEST = Party("gm0342", "Soest", Layer.MUNICIPALITY)
VALLEI = Party("ws0662", "Vallei en Veluwe", Layer.WATER_AUTHORITY)

HEADER = """
format: 1
name: proef
version: "1"
label: {nl: Proef, en: Trial}
description: {nl: Een procedure voor een proef., en: A procedure for a trial.}
"""

STAGE = """
  {name}:
    label: {{nl: {nl}, en: {en}}}
    purpose: {{nl: Werken aan een oplossing., en: Work on a solution.}}
    owner: secretariat
    term:
      length: 8 weeks
      basis: agreement
      on_expiry: [{{after: 0 working days, notify: [secretariat]}}]
"""

AROUND = """
  overleg:
    label: {nl: Overleg, en: Talks}
    purpose: {nl: Praten over een oplossing., en: Talk about a solution.}
    owner: secretariat
    term:
      length: 8 weeks
      basis: agreement
      on_expiry: [{after: 0 working days, notify: [secretariat]}]
  opgelost:
    label: {nl: Opgelost, en: Resolved}
    purpose: {nl: De uitkomst staat vast., en: The outcome is settled.}
    kind: ending
"""

MOVES = """
transitions:
  - trigger: go_on
    label: {nl: Ga verder, en: Go on}
    from: [werk]
    to: overleg
    roles: [secretariat, party, clock]
    guards: {tasks: [%s]}
  - trigger: settle
    label: {nl: Schik, en: Settle}
    from: [werk, overleg]
    to: opgelost
    roles: [secretariat, party, clock]
  - trigger: return
    label: {nl: Terug naar het werk, en: Back to the work}
    from: [overleg]
    to: werk
    roles: [secretariat, party]
"""


def with_tasks(tasks: str, *, go_on: str = "", when_done: str = "") -> str:
    """Return a procedure with these *tasks* in its first stage, `werk`.

    From there `go_on` leads to `overleg` when the tasks named by *go_on* have joined, and `settle`
    to `opgelost`; `return` leads back. *when_done* is the move when all tasks are settled.
    """
    stage = STAGE.format(name="werk", nl="Werk", en="Work")
    if when_done:
        stage += f"    when_done: {when_done}\n"
    body = indent(dedent(tasks).strip(), " " * 6)
    return f"{HEADER}initial: werk\nstages:{stage}    tasks:\n{body}\n{AROUND}{MOVES % go_on}"


def procedure(body: str) -> str:
    """Return a procedure with this body: `initial`, `stages` and `transitions`."""
    return HEADER + dedent(body)


@dataclass
class Dispute:
    """One case that is decided on step by step, without a database; timers ring when due."""

    procedure: CompiledWorkflow
    case: Case
    at: datetime
    history: list[Entry] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    armed: list[Timer] = field(default_factory=list)
    changed: list[Task] = field(default_factory=list)

    def do(self, command: CaseCommand, actor: Actor = SECRETARY) -> Case:
        """Decide on a command and keep what follows."""
        self._keep(decide(self.case, command, _given(self.procedure, self.at, actor)))
        return self.case

    def move(self, trigger: str, by: Party | None = None, note: str = "") -> Case:
        """Make a move."""
        return self.do(MakeMove(self.case.id, trigger, note), _actor(by))

    def start(self, name: str, by: Party | None = None, number: int = 1) -> Task:
        """Take up a task."""
        found = self.task(name, by, number)
        self.do(StartTask(self.case.id, found.id), _actor(by))
        return self.task(name, by, number)

    def done(self, name: str, by: Party | None = None, outcome: str = "", number: int = 1) -> Case:
        """Complete a task: of a party by itself, of a role by the secretariat."""
        found = self.task(name, by, number)
        note = "" if by else "Verslag van vandaag."
        return self.do(CompleteTask(self.case.id, found.id, outcome, note), _actor(by))

    def withdraw(self, name: str, by: Party | None = None, number: int = 1) -> Case:
        """Withdraw a task."""
        found = self.task(name, by, number)
        return self.do(WithdrawTask(self.case.id, found.id, "Niet meer nodig."), _actor(by))

    def reopen(self, name: str, by: Party | None = None, number: int = 1) -> Case:
        """Open a task anew."""
        found = self.task(name, by, number)
        return self.do(ReopenTask(self.case.id, found.id, "Er is iets nieuws."), _actor(by))

    def close(self, name: str) -> Case:
        """Go on without the tasks of this name that are not done."""
        return self.do(CloseTasks(self.case.id, name, "Het heeft lang genoeg geduurd."))

    def joins(self, party: Party) -> Case:
        """Bring a party to the case."""
        return self.do(AddParty(self.case.id, party))

    def until(self, day: date) -> Case:
        """Let time pass until the morning of *day*; timers that fall due ring in order."""
        end = datetime(day.year, day.month, day.day, 8, 0, tzinfo=UTC)
        while True:
            due = sorted((t for t in self.armed if t.due_at <= end), key=lambda t: t.due_at)
            if not due:
                break
            timer = due[0]
            self.armed.remove(timer)
            self.at = timer.due_at + timedelta(seconds=1)
            self.do(
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
        self.at = end
        return self.case

    def task(self, name: str, by: Party | None = None, number: int = 1) -> Task:
        """Return a task of this stay: that of a party, or the one with this number."""
        of_name = [task for task in self.case.tasks if task.name == name]
        if by is not None and any(task.organisation for task in of_name):
            return next(task for task in of_name if task.organisation == by.organisation)
        return of_name[number - 1]

    def states(self, name: str) -> list[str]:
        """Return how the tasks of one name stand."""
        return [task.state.value for task in self.case.tasks if task.name == name]

    def state(self, name: str) -> str:
        """Return how the one task of this name stands."""
        (only,) = self.states(name)
        return only

    def live(self) -> list[str]:
        """Return the ids of the tasks that somebody can work on."""
        return [task.id for task in self.case.tasks if task.state.live]

    def told(self, action: str) -> list[Entry]:
        """Return the entries of one action, in order."""
        return [entry for entry in self.history if entry.action == action]

    def joined(self) -> list[str]:
        """Return the names that joined, in order."""
        return [str(entry.content["name"]) for entry in self.told("tasks_joined")]

    def refused(self, command: CaseCommand, actor: Actor = SECRETARY) -> str:
        """Return the sentence with which a command is refused."""
        before = self.case
        try:
            self.do(command, actor)
        except ImpasseError as error:
            assert self.case == before
            faults = getattr(error, "faults", ())
            return " ".join([error.text.nl, *(fault.text.nl for fault in faults)])
        raise AssertionError(command)

    def _keep(self, decision: Decision) -> None:
        assert decision.case is not None
        self.case = decision.case
        self.history.extend(decision.entries)
        self.messages.extend(message.type for message in decision.messages)
        self.changed = decision.tasks
        if decision.disarm_all:
            self.armed = []
        elif decision.disarm:
            self.armed = [t for t in self.armed if t.purpose == "reassessment"]
        elif decision.disarm_term:
            kept = ("reassessment", "task_due")
            self.armed = [t for t in self.armed if t.purpose in kept]
        self.armed += decision.arm


def dispute(text: str, *parties: Party) -> Dispute:
    """Open a case under the procedure in *text*, read as the program reads its files."""
    compiled = _compiled(text)
    workflow = compiled.workflow
    command = OpenCase(
        title="Wie betaalt de dijk?",
        parties=parties or (UTRECHT, ZEIST),
        signals=(SignalReport("G1", Reliability.FIRST_HAND, "pv26", date(2026, 9, 4), "Brief"),),
        workflow=workflow.name,
        workflow_version=workflow.version,
    )
    decision = open_case(command, "IMP-2026-0001", _given(compiled, MONDAY, SECRETARY))
    assert decision.case is not None
    found = Dispute(compiled, decision.case, MONDAY)
    found._keep(decision)
    return found


def actor_of(party: Party) -> Actor:
    """Return who speaks for *party*."""
    return Actor(
        f"of-{party.organisation}", party.organisation, frozenset({Role.LIAISON_OFFICER}), "web"
    )


def _actor(party: Party | None) -> Actor:
    return SECRETARY if party is None else actor_of(party)


@cache
def _compiled(text: str) -> CompiledWorkflow:
    return compile_workflow(parse_workflow(text, "proef.yaml"))


def _given(compiled: CompiledWorkflow, at: datetime, actor: Actor) -> Given:
    calendar = _calendar()
    return Given(at, calendar.local_day(at), actor, compiled, calendar, _indicators())


@cache
def _calendar() -> Calendar:
    return load_calendar(shipped("config", "calendar.yaml"))


@cache
def _indicators() -> Indicators:
    return load_indicators(shipped("config", "early-warning.yaml"))[0]
