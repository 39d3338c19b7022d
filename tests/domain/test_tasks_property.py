"""Whatever the tasks of a stage wait for, and in whatever order they are done: joins keep time."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from impasse.domain.errors import ImpasseError
from impasse.domain.machine import compile_workflow
from impasse.domain.people import Role
from impasse.domain.task import TaskState
from impasse.domain.task_flow import of_name
from impasse.domain.text import same
from impasse.domain.workflow import Join, Rest, TaskRule
from patterns.disputes import (
    DE_BILT,
    MONDAY,
    SOEST,
    VALLEI,
    Dispute,
    dispute,
    with_tasks,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from impasse.domain.machine import CompiledWorkflow

NAMES = ("a", "b", "c", "d")
ANSWERS = ("yes", "no")
LATE = (DE_BILT, SOEST, VALLEI)
FRAME = with_tasks("""
    a:
      label: {nl: A, en: A}
      for: each_party
""")


@st.composite
def rules(draw: st.DrawFn) -> dict[str, TaskRule]:
    """Draw tasks of which each waits only for earlier ones, as a sound procedure has them."""
    found: dict[str, TaskRule] = {}
    for name in NAMES[: draw(st.integers(1, 4))]:
        earlier = [one + answer for one in found for answer in ("", ":yes", ":no")]
        waited = (
            st.lists(st.sampled_from(earlier), unique=True, max_size=2) if earlier else st.just([])
        )
        each_party = draw(st.booleans())
        join = draw(st.sampled_from(Join))
        others = [other for other in NAMES if other != name]
        found[name] = TaskRule(
            name=name,
            label=same(name),
            each_party=each_party,
            role=None if each_party else Role.SECRETARIAT,
            count=1 if each_party else draw(st.integers(1, 3)),
            join=join,
            at_least=draw(st.integers(1, 3)) if join is Join.AT_LEAST else 0,
            rest=draw(st.sampled_from(Rest)),
            after=tuple(draw(waited)),
            after_any=tuple(draw(waited)),
            outcomes={answer: same(answer) for answer in ANSWERS},
            cancels=tuple(draw(st.lists(st.sampled_from(others), unique=True, max_size=1))),
            exclusive=draw(st.sampled_from(("", "room"))),
            rounds=draw(st.integers(1, 2)),
        )
    return found


ACTS = st.lists(
    st.tuples(
        st.sampled_from(("done", "done", "done", "start", "withdraw", "reopen", "close", "joins")),
        st.integers(0, 20),
        st.sampled_from(ANSWERS),
    ),
    max_size=14,
)


def opened_with(tasks: dict[str, TaskRule]) -> Dispute:
    """Open a case in a stage with these tasks."""
    base = _frame().workflow
    stage = replace(base.stages["werk"], tasks=tasks)
    compiled = compile_workflow(replace(base, stages={**base.stages, "werk": stage}))
    case = dispute(FRAME)
    fresh = Dispute(compiled, case.case, MONDAY)
    # Entering the stage anew, through talks, makes the tasks of these rules.
    fresh.move("go_on")
    fresh.move("return")
    fresh.history.clear()
    return fresh


@cache
def _frame() -> CompiledWorkflow:
    return dispute(FRAME).procedure


def act(case: Dispute, what: str, number: int, answer: str) -> str | None:
    """Do something to a task, if it can be done; return the name that it was done to."""
    tasks = case.case.tasks
    if what == "joins":
        free = [p for p in LATE if case.case.party(p.organisation) is None]
        if not free:
            return None
        case.joins(free[0])
        return ""
    task = tasks[number % len(tasks)]
    place = [one for one in tasks if one.name == task.name].index(task) + 1
    doing: dict[str, Callable[[], object]] = {
        "done": lambda: case.done(task.name, outcome=answer, number=place),
        "start": lambda: case.start(task.name, number=place),
        "withdraw": lambda: case.withdraw(task.name, number=place),
        "reopen": lambda: case.reopen(task.name, number=place),
        "close": lambda: case.close(task.name),
    }
    try:
        doing[what]()
    except ImpasseError:
        return None
    return task.name


class Ledger:
    """What must be done of each name, kept by hand: an account beside that of the program."""

    def __init__(self, case: Dispute, tasks: dict[str, TaskRule]) -> None:
        self.rules = tasks
        self.size = {name: len(case.states(name)) for name in tasks}
        self.quota = {name: self._quota(name, case) for name in tasks}

    def note(self, case: Dispute, what: str, name: str) -> None:
        """Keep what an act means for how many are needed."""
        if what == "joins":
            for one, size in self.size.items():
                if len(case.states(one)) > size:
                    self.size[one] = size + 1
                    self.quota[one] = self._quota(one, case)
        elif what == "withdraw":
            self.quota[name] = self._quota(name, case)
        elif what == "close":
            self.quota[name] = min(self._quota(name, case), done(case, name))

    def reached(self, case: Dispute, name: str) -> bool:
        """Whether as many are done as this account asks."""
        waits = "waiting" in case.states(name)
        return not waits and done(case, name) >= self.quota[name]

    def _quota(self, name: str, case: Dispute) -> int:
        rule = self.rules[name]
        there = sum(state != "withdrawn" for state in case.states(name))
        asked = {
            Join.NONE: 0,
            Join.FIRST: 1,
            Join.ALL: there,
            Join.AT_LEAST: min(rule.at_least, there),
        }[rule.join]
        return asked if rule.join is Join.NONE else max(1, asked)


def done(case: Dispute, name: str) -> int:
    return case.states(name).count("done")


@settings(max_examples=100, deadline=None)
@given(rules(), ACTS)
def test_a_join_is_told_at_the_moment_it_is_reached_and_at_no_other(
    tasks: dict[str, TaskRule], acts: list[tuple[str, int, str]]
) -> None:
    case = opened_with(tasks)
    account = Ledger(case, tasks)
    for what, number, answer in acts:
        before = {name: account.reached(case, name) for name in tasks}
        told = len(case.joined())
        name = act(case, what, number, answer)
        if name is None:
            assert len(case.joined()) == told, "what is refused changes nothing"
            continue
        account.note(case, what, name)
        now = {name for name in tasks if account.reached(case, name) and not before[name]}
        expected = {name for name in now if tasks[name].join is not Join.NONE}
        assert set(case.joined()[told:]) == expected
        assert len(case.joined()) - told == len(expected), "never twice"
        holds(case, tasks, account)


@settings(max_examples=60, deadline=None)
@given(rules(), ACTS)
def test_who_leaves_a_stage_leaves_no_work_behind_and_other_stays_stand_still(
    tasks: dict[str, TaskRule], acts: list[tuple[str, int, str]]
) -> None:
    case = opened_with(tasks)
    for what, number, answer in acts:
        act(case, what, number, answer)
        assert {task.stage_entry for task in case.changed} <= {case.case.stage_entry}
    left = case.case.tasks
    case.move("go_on")
    gone = {task.id: task for task in case.changed}
    assert case.case.tasks == ()
    assert set(gone) == {task.id for task in left if task.state.live}
    assert {task.state for task in gone.values()} <= {TaskState.WITHDRAWN}
    assert not [timer for timer in case.armed if timer.purpose == "task_due"]
    case.move("return")
    assert {task.stage_entry for task in case.changed} == {case.case.stage_entry}
    assert not {task.id for task in case.case.tasks} & {task.id for task in left}


@settings(max_examples=40, deadline=None)
@given(st.permutations([("a", 1), ("a", 2), ("b", 1), ("b", 2), ("c", 1)]))
def test_work_that_waits_for_all_ends_alike_in_every_order(
    order: list[tuple[str, int]],
) -> None:
    tasks = {
        "a": TaskRule("a", same("a"), each_party=True, role=None),
        "b": TaskRule("b", same("b"), each_party=True, role=None, exclusive="room"),
        "c": TaskRule(
            "c", same("c"), each_party=False, role=Role.SECRETARIAT, after_any=("a", "b")
        ),
        "d": TaskRule("d", same("d"), each_party=False, role=Role.SECRETARIAT, after=("a", "b")),
    }
    case = opened_with(tasks)
    waiting = list(order)
    while waiting:
        name, number = waiting.pop(0)
        if case.task(name, number=number).state is TaskState.WAITING:
            waiting.append((name, number))
        else:
            case.done(name, number=number)
    assert case.state("d") == "open"
    assert sorted(case.joined()) == ["a", "b", "c"]


def holds(case: Dispute, tasks: dict[str, TaskRule], account: Ledger) -> None:
    """What is true of the tasks of a stay at every moment."""
    started = [
        task
        for task in case.case.tasks
        if task.state is TaskState.STARTED and tasks[task.name].exclusive
    ]
    assert len(started) <= 1, "one room"
    for name, rule in tasks.items():
        every = [ground(case, tasks, account, one) for one in rule.after]
        some = [ground(case, tasks, account, one) for one in rule.after_any]
        met = all(one == "met" for one in every) and (not some or "met" in some)
        gone = "gone" in every or (bool(some) and set(some) == {"gone"})
        for task in of_name(case.case.tasks, name):
            assert not (task.state is TaskState.WAITING and met), "it opens when it can"
            assert not (task.state.live and gone), "it falls away when it never can"
            assert (task.settled_on is None) == task.state.live
            opened = {TaskState.OPEN, TaskState.STARTED, TaskState.DONE}
            assert task.opened_on is not None or task.state not in opened
        assert len({task.needed for task in of_name(case.case.tasks, name)}) == 1


def ground(case: Dispute, tasks: dict[str, TaskRule], account: Ledger, written: str) -> str:
    """Say how what a task waits for stands, by the account kept beside the program."""
    name, _, answer = written.partition(":")
    there = of_name(case.case.tasks, name)
    reached = account.reached(case, name)
    if tasks[name].join is Join.NONE:
        reached = any(task.opened_on is not None for task in there)
    done_so = [t for t in there if t.state is TaskState.DONE and answer in {"", t.outcome}]
    if reached and (not answer or done_so):
        return "met"
    return "open" if any(task.state.live for task in there) else "gone"
