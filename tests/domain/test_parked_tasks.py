"""A pause lets work rest: who comes back goes on where it was, who goes elsewhere begins anew."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasse.adapters.files.calendar import load_calendar
from impasse.adapters.files.shipped import shipped
from impasse.domain.case import ConfirmationKind
from impasse.domain.chronicle import tell
from impasse.domain.commands import CloseTasks, CompleteTask, Confirm, WithdrawTask
from impasse.domain.errors import ImpasseError
from impasse.domain.task import TaskState
from impasse.domain.task_flow import joined, of_name
from patterns.disputes import SOEST, UTRECHT, ZEIST, Dispute, dispute, procedure

if TYPE_CHECKING:
    from impasse.domain.task import Task

TERM = "term: {length: 8 weeks, basis: agreement, on_expiry: [{after: 0 working days, %s}]}"
WAIT = TERM % "notify: [secretariat]"


def step(
    trigger: str, sources: str, target: str, roles: str = "[secretariat]", asks: str = "[]"
) -> str:
    """Return a transition of a procedure as its file says it."""
    return (
        f"- {{trigger: {trigger}, label: {{nl: Stap, en: Step}}, from: {sources}, to: {target}, "
        f"roles: {roles}, guards: {{required: {asks}}}}}"
    )


PAUSES = procedure(f"""
initial: werk
stages:
  werk:
    label: {{nl: Werk, en: Work}}
    purpose: {{nl: Werken., en: Work.}}
    owner: secretariat
    {WAIT}
    when_done: go_on
    tasks:
      statement:
        label: {{nl: Zienswijze, en: Statement}}
        for: each_party
        term: 10 working days
        rounds: 3
      expert:
        label: {{nl: Advies, en: Advice}}
        for: secretariat
        count: 3
        join: first
      report:
        label: {{nl: Rapport, en: Report}}
        for: secretariat
        after: [statement]
        term: 5 working days
        on_expiry: complete
  rust:
    kind: pause
    label: {{nl: Pauze, en: Pause}}
    purpose: {{nl: Rust., en: Rest.}}
    {TERM % "trigger: back, notify: [party]"}
    tasks:
      minutes:
        label: {{nl: Verslag, en: Minutes}}
        for: secretariat
  stilte:
    kind: pause
    label: {{nl: Stilte, en: Silence}}
    purpose: {{nl: Rust., en: Rest.}}
    {WAIT}
  overleg:
    label: {{nl: Overleg, en: Talks}}
    purpose: {{nl: Praten., en: Talk.}}
    owner: secretariat
    {WAIT}
  klaar:
    kind: ending
    label: {{nl: Klaar, en: Over}}
    purpose: {{nl: Klaar., en: Over.}}
transitions:
  {step("pause", "[werk]", "rust")}
  {step("back", "[rust]", "back", "[secretariat, clock]")}
  {step("anew", "[rust, overleg, stilte]", "werk")}
  {step("silence", "[rust]", "stilte")}
  {step("go_on", "[werk]", "overleg", "[clock, secretariat]", "[fact_report_recorded]")}
  {step("end", "[werk, rust, stilte, overleg]", "klaar")}
  {step("reopen", "[klaar]", "werk")}
""")


def paused() -> tuple[Dispute, tuple[Task, ...]]:
    """Pause a case of which one statement is in and one expert is at work; return its tasks too."""
    case = dispute(PAUSES)
    case.done("statement", UTRECHT)
    case.start("expert", number=2)
    before = case.case.tasks
    case.until(date(2026, 9, 10))
    case.move("pause")
    return case, before


def alarms(case: Dispute) -> set[tuple[int, int, int]]:
    return {(t.rung, t.stage_entry, t.generation) for t in case.armed if t.purpose == "task_due"}


def test_a_pause_lets_the_work_rest_and_nothing_of_it_rings() -> None:
    case, before = paused()
    assert case.case.parked == before
    assert [task.name for task in case.case.tasks] == ["minutes"]
    assert alarms(case) == set()
    (entry,) = case.told("tasks_parked")
    assert tell(entry.action, entry.content, case.procedure.workflow).nl == (
        "Rust tijdens de pauze: zienswijze (Zeist); advies (het secretariaat); "
        "rapport (het secretariaat)."
    )
    assert not case.told("tasks_withdrawn")


def test_who_comes_back_goes_on_where_the_work_was() -> None:
    case, before = paused()
    case.until(date(2026, 10, 1))
    case.move("back")
    after = case.case.tasks
    assert case.case.parked == ()
    assert [(t.id, t.state, t.round) for t in after] == [(t.id, t.state, t.round) for t in before]
    assert {task.stage_entry for task in after} == {3}
    assert len(case.told("tasks_opened")) == 2, "of the first stay, and of the pause itself"
    case.done("statement", ZEIST)
    assert case.state("report") == "open"
    assert case.joined() == ["statement"]


def test_the_working_days_that_were_left_are_given_back() -> None:
    case, before = paused()
    assert case.task("minutes").due_on is None
    (due,) = {task.due_on for task in before} - {None}
    assert due == date(2026, 9, 21), "ten working days after Monday the seventh"
    case.until(date(2026, 10, 1))
    case.move("back")
    # Seven working days were left after Thursday the tenth of September.
    assert case.task("statement", ZEIST).due_on == date(2026, 10, 12)
    assert case.task("statement", UTRECHT).due_on == due, "what is done keeps its day"
    assert alarms(case) == {(1, 3, 1)}
    case.until(date(2026, 10, 13))
    assert len(case.told("task_reminded")) == 1
    (entry,) = case.told("tasks_resumed")
    assert "Uiterlijk op" in tell(entry.action, entry.content, case.procedure.workflow).nl


@pytest.mark.parametrize(
    ("paused_on", "back_on", "due_on"),
    [
        (date(2026, 9, 8), date(2026, 9, 8), date(2026, 9, 21)),
        (date(2026, 9, 18), date(2026, 9, 20), date(2026, 9, 21)),
        (date(2026, 9, 21), date(2026, 9, 21), date(2026, 9, 21)),
        (date(2026, 9, 21), date(2026, 9, 26), date(2026, 9, 28)),
        (date(2026, 9, 22), date(2026, 9, 30), date(2026, 9, 21)),
    ],
)
def test_a_last_day_after_a_pause(paused_on: date, back_on: date, due_on: date) -> None:
    case = dispute(PAUSES)
    case.until(paused_on)
    case.move("pause")
    case.until(back_on)
    case.move("back")
    assert {task.due_on for task in of_name(case.case.tasks, "statement")} == {due_on}
    case.until(due_on + timedelta(days=10))
    assert len(case.told("task_reminded")) == 2, "once for each party, before or after the pause"


def test_what_joined_before_a_pause_is_not_told_again() -> None:
    case = dispute(PAUSES)
    case.done("expert")
    case.move("pause")
    case.move("back")
    assert case.joined() == ["expert"]
    case.done("expert", number=2)
    assert case.joined() == ["expert"]


@pytest.mark.parametrize("trigger", ["anew", "silence", "end"])
def test_who_leaves_a_pause_for_elsewhere_leaves_no_work_behind(trigger: str) -> None:
    case, before = paused()
    case.move(trigger)
    (entry,) = case.told("tasks_withdrawn")
    live = {task.id for task in before if task.state.live}
    assert set(entry.content["tasks"]) - {"2-minutes-1"} == live
    assert not live & {task.id for task in (*case.case.tasks, *case.case.parked)}
    gone = {task.id for task in case.changed if task.state is TaskState.WITHDRAWN}
    assert live <= gone
    if trigger == "silence":
        assert [task.id for task in case.case.parked] == ["2-minutes-1"]
        case.move("end")
    if trigger != "anew":
        case.move("reopen")
    assert set(case.states("statement")) == {"open"}


def test_nobody_works_on_what_rests() -> None:
    case, _ = paused()
    number = case.case.id
    for command in (
        CompleteTask(number, "1-statement-2", note="Brief."),
        WithdrawTask(number, "1-statement-2", "Niet nodig."),
        CloseTasks(number, "expert", "Niet nodig."),
    ):
        assert "rust tijdens de pauze" in case.refused(command)


def test_a_party_that_comes_during_a_pause_gives_its_statement_after_it() -> None:
    case, _ = paused()
    case.joins(SOEST)
    assert case.case.parked[-1].organisation == SOEST.organisation
    assert case.told("tasks_opened")[-1].content["tasks"][0]["name"] == "minutes"
    case.until(date(2026, 10, 1))
    case.move("back")
    mine = case.task("statement", SOEST)
    assert (mine.state, mine.due_on, mine.needed) == (TaskState.OPEN, date(2026, 10, 15), 3)
    assert alarms(case) == {(1, 3, 1), (mine.position, 3, 1)}
    for party in (ZEIST, SOEST):
        case.done("statement", party)
    assert case.joined() == ["statement"]


def test_who_comes_during_a_pause_makes_no_join_told_again() -> None:
    case = dispute(PAUSES.replace("for: each_party\n", "for: each_party\n        join: first\n"))
    case.done("statement", UTRECHT)
    case.move("pause")
    case.joins(SOEST)
    case.move("back")
    assert case.task("statement", SOEST).state is TaskState.OPEN
    assert case.joined() == ["statement"]


def test_the_clock_brings_a_case_back_to_its_work_too() -> None:
    case, before = paused()
    case.until(date(2026, 11, 6))
    assert case.case.stage == "werk"
    assert [task.id for task in case.case.tasks] == [task.id for task in before]
    assert case.task("statement", ZEIST).due_on == date(2026, 11, 17)


def test_work_that_was_done_when_a_condition_held_it_up_goes_on_after_the_pause() -> None:
    case = dispute(PAUSES)
    for number in (1, 2, 3):
        case.done("expert", number=number)
    for party in (UTRECHT, ZEIST):
        case.done("statement", party)
    case.done("report")
    assert case.case.stage == "werk"
    assert len(case.told("clock_held")) == 1
    case.move("pause")
    case.do(Confirm(case.case.id, ConfirmationKind.FACT_REPORT, "", "Bij de brief."))
    case.move("back")
    assert case.case.stage == "overleg", "the condition was met during the pause"
    assert [e.content["to"] for e in case.told("stage_changed")] == ["rust", "werk", "overleg"]
    assert {timer.stage_entry for timer in case.armed if timer.purpose != "reassessment"} == {4}


def test_who_comes_back_from_a_pause_that_followed_on_the_work_begins_anew() -> None:
    text = PAUSES.replace("when_done: go_on", "when_done: pause")
    text = text.replace(
        step("pause", "[werk]", "rust"), step("pause", "[werk]", "rust", "[secretariat, clock]")
    )
    case = dispute(text)
    for number in (1, 2, 3):
        case.done("expert", number=number)
    for party in (UTRECHT, ZEIST):
        case.done("statement", party)
    case.done("report")
    assert case.case.stage == "rust", "the clock went on when all was done"
    case.move("back")
    assert case.case.stage == "werk", "or nobody could do anything there any more"
    assert set(case.states("statement")) == {"open"}


ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ("pause", "back", "done", "done", "start", "withdraw", "reopen", "close", "joins")
        ),
        st.integers(0, 20),
    ),
    max_size=14,
)


@settings(max_examples=80, deadline=None)
@given(ACTS)
def test_random_pauses_lose_and_double_nothing(acts: list[tuple[str, int]]) -> None:
    """The same life without its pauses, on one day, has the same work."""
    broken, whole = dispute(PAUSES), dispute(PAUSES)
    for what, number in acts:
        if what in {"pause", "back"}:
            _try(broken, what, number)
            continue
        if broken.case.stage == "rust" and what != "joins":
            _try(broken, "back", 0)
        _try(broken, what, number)
        _try(whole, what, number)
    if broken.case.stage == "rust":
        broken.move("back")
    assert _work(broken) == _work(whole)
    assert broken.joined() == whole.joined()
    ids = [task.id for task in broken.case.tasks]
    assert len(set(ids)) == len(ids)
    positions = [task.position for task in broken.case.tasks]
    assert len(set(positions)) == len(positions)
    timed = [t for t in broken.case.tasks if t.due_on is not None and t.state.live]
    entry = broken.case.stage_entry
    assert {(t.position, entry, t.round) for t in timed} <= alarms(broken)
    for one, other in pairwise(broken.told("stage_changed")):
        assert one.content["to"] == other.content["from"]
    for name in ("statement", "expert"):
        of = of_name(broken.case.tasks, name)
        assert joined(of) == joined(of_name(whole.case.tasks, name))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 40)), max_size=4))
def test_pauses_of_any_length_take_no_working_day_from_anybody(
    stretches: list[tuple[int, int]],
) -> None:
    case = dispute(PAUSES)
    calendar = load_calendar(shipped("config", "calendar.yaml")).agreed
    day, worked = date(2026, 9, 7), 0
    for work, rest in stretches:
        worked += calendar.working_days_between(day, day + timedelta(work))
        day += timedelta(work)
        case.until(day)
        if worked >= 10:
            return
        case.move("pause")
        day += timedelta(rest)
        case.until(day)
        if case.case.stage == "rust":
            case.move("back")
        due = case.task("statement", ZEIST).due_on
        assert due is not None
        assert calendar.working_days_between(day, due) == 10 - worked
        assert {(place, 1) for place in (0, 1)} == {(t[0], t[2]) for t in alarms(case)}


def _work(case: Dispute) -> list[tuple[str, str, str, int, int, object]]:
    return [
        (t.name, t.organisation, t.state.value, t.round, t.needed, t.due_on)
        for t in case.case.tasks
    ]


def _try(case: Dispute, what: str, number: int) -> None:
    tasks = case.case.tasks
    try:
        if what in {"pause", "back"}:
            case.move(what)
        elif what == "joins":
            case.joins(SOEST)
        elif tasks:
            task = tasks[number % len(tasks)]
            place = [one for one in tasks if one.name == task.name].index(task) + 1
            if what == "close":
                case.close(task.name)
            else:
                getattr(case, what)(task.name, number=place)
    except ImpasseError:
        return
