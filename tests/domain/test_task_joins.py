"""Which tasks can join together is settled beforehand, and the real decisions agree."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decisions import SECRETARY, Table, an_opening
from impasse.domain.commands import CompleteTask, ReopenTask
from impasse.domain.decide import decide
from impasse.domain.errors import ImpasseError
from impasse.domain.length import Length
from impasse.domain.machine import compile_workflow
from impasse.domain.people import Role
from impasse.domain.task import TaskState
from impasse.domain.task_flow import task_lacks
from impasse.domain.task_joins import can_join
from impasse.domain.terms import Basis, TermRule
from impasse.domain.text import same
from impasse.domain.workflow import (
    Join,
    Rest,
    Rung,
    Stage,
    StageKind,
    StageTerm,
    TaskRule,
    Transition,
    Wait,
    Workflow,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Case
    from impasse.domain.commands import CaseCommand
    from impasse.domain.early_warning import Indicators

NAMES = ("a", "b", "c")
ANSWERS = {"yes": same("yes"), "no": same("no")}
WRITTEN = tuple(f"{name}{answer}" for name in NAMES for answer in ("", ":yes", ":no"))
MOST = 150
"""So many situations of one stay are looked at."""


def stage(rules: dict[str, TaskRule]) -> Stage:
    term = StageTerm(
        TermRule(Length.parse("2 weeks"), Basis.AGREEMENT),
        on_expiry=(Rung(Wait(0), None, (Role.PARTY,)),),
    )
    talks = Stage("talks", same("Talks"), same("."), owner=Role.PARTY, term=term)
    return replace(talks, tasks=rules)


def workflow(talks: Stage) -> Workflow:
    done = Stage("done", same("Done"), same("."), StageKind.ENDING)
    finish = Transition("finish", same("finish"), ("talks",), "done", frozenset({Role.SECRETARIAT}))
    stages = {"talks": talks, "done": done}
    return Workflow("d", "1", same("d"), same("d"), "talks", stages, (finish,))


@st.composite
def rules(draw: st.DrawFn) -> dict[str, TaskRule]:
    found = {}
    for name in NAMES:
        waits = st.lists(st.sampled_from(WRITTEN), max_size=2, unique=True)
        after, after_any = draw(st.sampled_from([0, 0, 1, 2])), ()
        found[name] = TaskRule(
            name,
            same(name),
            each_party=draw(st.integers(0, 3)) == 0,
            role=Role.SECRETARIAT,
            join=draw(st.sampled_from([Join.ALL, Join.ALL, Join.FIRST, Join.NONE])),
            rest=draw(st.sampled_from(Rest)),
            after=tuple(draw(waits)) if after == 1 else (),
            after_any=tuple(draw(waits)) if after == 2 else after_any,
            outcomes=ANSWERS if draw(st.booleans()) else {},
            cancels=tuple(draw(st.lists(st.sampled_from(NAMES), max_size=1))),
            rounds=draw(st.sampled_from([1, 1, 2])),
        )
        rule = found[name]
        if rule.each_party:
            found[name] = replace(rule, role=None)
    return found


class Stay:
    """Everything that people can really do with the tasks of one stay."""

    def __init__(self, talks: Stage, calendar: Calendar, indicators: Indicators) -> None:
        self.table = Table(calendar, indicators, compile_workflow(workflow(talks)))
        self.rules = talks.tasks

    def onward(self, case: Case) -> Iterator[Case]:
        commands: list[CaseCommand] = []
        for task in case.tasks:
            if task.state is TaskState.WAITING or task.state is TaskState.WITHDRAWN:
                continue
            answers = self.rules[task.name].outcomes or {"": same("")}
            commands += [CompleteTask(case.id, task.id, answer, "brief") for answer in answers]
            if task.state is TaskState.DONE:
                commands = [*commands, ReopenTask(case.id, task.id, "nieuw")]
        for command in commands:
            try:
                after = decide(case, command, self.table.given(SECRETARY)).case
            except ImpasseError:
                continue
            assert after is not None
            yield after

    def ever(self, asked: list[tuple[str, ...]]) -> set[tuple[str, ...]] | None:
        """Which of *asked* join together in some situation; None when there are too many."""
        met: set[tuple[str, ...]] = set()
        waiting = [self.table.open(an_opening())]
        seen = set()
        while waiting:
            case = waiting.pop()
            key = tuple((t.name, t.state, t.outcome, t.round, t.needed) for t in case.tasks)
            if key in seen:
                continue
            seen.add(key)
            if len(seen) > MOST:
                return None
            met |= {names for names in asked if not task_lacks(case, names)}
            waiting.extend(self.onward(case))
        return met


@given(made=rules())
@settings(max_examples=20, deadline=None)
def test_what_can_join_does_join_and_what_cannot_never_does(
    made: dict[str, TaskRule], calendar: Calendar, indicators: Indicators
) -> None:
    asked = [("a",), ("b",), ("c",), ("a", "b"), ("b", "c"), ("a", "b", "c")]
    # A move that waits for what nobody waits for is refused beforehand.
    asked = [names for names in asked if all(made[n].join is not Join.NONE for n in names)]
    talks = stage(made)
    met = Stay(talks, calendar, indicators).ever(asked)
    if met is not None:
        alike = {names for names in asked if can_join(talks, names)}
        assert met == alike, [
            (
                r.name,
                r.each_party,
                r.join.value,
                r.after,
                r.after_any,
                list(r.outcomes),
                r.cancels,
                r.rounds,
            )
            for r in made.values()
        ]


def test_more_situations_than_can_be_walked_are_no_proof() -> None:
    answers = {f"answer_{n}": same("x") for n in range(20)}
    asked = TaskRule("asked", same("x"), each_party=True, role=None, outcomes=answers)
    waiting = {
        f"task_{n}": TaskRule(
            f"task_{n}", same("x"), each_party=False, role=Role.PARTY, after=(f"asked:answer_{n}",)
        )
        for n in range(20)
    }
    with pytest.raises(OverflowError):
        can_join(stage({"asked": asked, **waiting}), list(waiting))
