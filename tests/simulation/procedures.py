"""Small procedures in which what must happen can be told beforehand."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from impasse.adapters.files.assumptions import (
    Between,
    Stated,
    StatedStage,
    StatedSuspension,
    StatedWork,
)
from impasse.adapters.files.calendar import load_calendar
from impasse.adapters.files.shipped import shipped
from impasse.adapters.files.workflows import parse_workflow
from impasse.domain.machine import compile_workflow
from impasse.simulation.assumptions import assume
from impasse.simulation.monte_carlo import simulate

if TYPE_CHECKING:
    from impasse.domain.calendar import Calendar
    from impasse.domain.machine import CompiledWorkflow
    from impasse.simulation.outcome import Outcome, StageFound

ONE_DESK = """
format: 1
name: een-tafel
version: "1"
label: {nl: Eén tafel, en: One table}
description: {nl: Een bemiddelaar werkt zaken af., en: A mediator works off cases.}
initial: work
stages:
  work:
    number: 1
    label: {nl: Werk, en: Work}
    purpose: {nl: Werken., en: To work.}
    owner: mediator
    next_action: {nl: Werk, en: Work}
    term:
      length: 10 working days
      basis: agreement
      on_expiry:
        - {after: 0 working days, notify: [mediator]}
        - {after: 5 working days, tier: directors, notify: [mediator]}
  done:
    kind: ending
    label: {nl: Klaar, en: Done}
    purpose: {nl: Het is af., en: It is done.}
transitions:
  - {trigger: finish, label: {nl: Rond af, en: Finish}, from: [work], to: done, roles: [mediator]}
"""
_CLOCK_RUNG = "        - {after: 5 working days, trigger: give_up}\n"
_GIVE_UP = (
    "  - {trigger: give_up, label: {nl: Geef op, en: Give up}, from: [work], to: done, "
    "roles: [clock]}\n"
)
_SUSPENSION = """      suspension:
        resume: keep_remainder
        longest: 8 weeks
        most: 1
        reasons: [awaiting_party]
        consent: none
        roles: [mediator]
"""
_PAUSE = """  rest:
    kind: pause
    label: {nl: Rust, en: Rest}
    purpose: {nl: Rusten., en: To rest.}
    term:
      agreed: true
      length: 6 months
      basis: agreement
      on_expiry:
        - {after: 0 working days, trigger: resume}
"""
_RESTING = """\
  - {trigger: pause, label: {nl: Rust uit, en: Rest}, from: [work], to: rest, roles: [mediator]}
  - {trigger: resume, label: {nl: Hervat, en: Resume}, from: [rest], to: back, roles: [clock]}
"""


@cache
def calendar() -> Calendar:
    """The calendar that ships."""
    return load_calendar(shipped("config", "calendar.yaml"))


@cache
def one_desk() -> CompiledWorkflow:
    """Cases come in, a mediator works on them, and they are done."""
    return _compiled(ONE_DESK)


@cache
def with_clock() -> CompiledWorkflow:
    """The same, and five days after the term the clock gives up."""
    text = ONE_DESK.replace("  done:\n", _CLOCK_RUNG + "  done:\n", 1)
    text = text.replace(
        "        - {after: 5 working days, tier: directors, notify: [mediator]}\n", ""
    )
    return _compiled(text + _GIVE_UP)


@cache
def with_suspension() -> CompiledWorkflow:
    """The same, and the clock may be stopped."""
    return _compiled(ONE_DESK.replace("      on_expiry:\n", _SUSPENSION + "      on_expiry:\n", 1))


@cache
def with_pause() -> CompiledWorkflow:
    """The same, and the parties may rest until a day that they agree."""
    return _compiled(ONE_DESK.replace("  done:\n", _PAUSE + "  done:\n", 1) + _RESTING)


def _compiled(text: str) -> CompiledWorkflow:
    return compile_workflow(parse_workflow(text.lstrip(), "test.yaml"))


def work_of(days: float, spread: float = 0.0, **more: object) -> dict[str, StatedStage]:
    """What is stated of the one stage: so many days of work."""
    return {"work": StatedStage(work=StatedWork(days, spread), **more)}


def suspended_for(days: int) -> StatedSuspension:
    """Every stay is suspended once, for so many working days."""
    return StatedSuspension(1.0, Between(days, days))


def lived(procedure: CompiledWorkflow, stated: Stated, cases: int = 400, seed: int = 1) -> Outcome:
    """Simulate with what is stated."""
    assumptions = assume(procedure.workflow, calendar(), stated)
    return simulate(procedure, assumptions, calendar(), cases=cases, seed=seed)


def found(outcome: Outcome, name: str) -> StageFound:
    """What was found of one stage."""
    return next(stage for stage in outcome.stages if stage.name == name)


@cache
def in_hours() -> CompiledWorkflow:
    """The same, with a term of 48 hours."""
    return _compiled(ONE_DESK.replace("length: 10 working days", "length: 48 hours"))


@cache
def with_reminder() -> CompiledWorkflow:
    """The same, with a reminder two days before the end, and the clock may be stopped."""
    reminder = "      reminders:\n        - {before: 2 working days, notify: [mediator]}\n"
    return _compiled(
        ONE_DESK.replace("      on_expiry:\n", _SUSPENSION + reminder + "      on_expiry:\n", 1)
    )
