"""Work that rests during a pause, in a database: it goes on with its numbers, days and timers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from builders import (
    PROCEDURE,
    SECRETARY,
    an_opening,
    broken_chains,
    history,
    shipped_parts,
    timers,
)
from impasse.adapters.sql.audit import verify
from impasse.adapters.sql.retracing import retrace_terms
from impasse.domain.case import ConfirmationKind, Party
from impasse.domain.commands import (
    AddParty,
    CompleteTask,
    Confirm,
    MakeMove,
    Migrate,
    UndoMigration,
)
from impasse.domain.ledger import Why, ledger
from impasse.domain.lifeline import lifeline
from impasse.domain.people import Layer
from impasse.domain.task import TaskState
from impasse.engine.timers import sweep
from versions import RENAMED, compiled, moving, present_text

if TYPE_CHECKING:
    from versions import Moving

PARTIES = ("pv27", "gm0363")
UNTIL = date(2026, 10, 2)


def agree(house: Moving, case: str, kind: ConfirmationKind, about: str = "") -> None:
    """Let both parties agree."""
    for party in PARTIES:
        house.engine.handle(Confirm(case, kind, party, "brief van vandaag", about), SECRETARY)


def go(house: Moving, case: str, trigger: str, **more: Any) -> None:
    """Make a move, with a reason."""
    house.engine.handle(MakeMove(case, trigger, note="zo afgesproken", **more), SECRETARY)


def done(house: Moving, case: str, task: str) -> None:
    """Complete a task for a party."""
    house.engine.handle(CompleteTask(case, task, note="Brief van vandaag."), SECRETARY)


def paused(house: Moving) -> str:
    """Pause a case after four days in a stage where one of two statements is in."""
    case = house.engine.handle(an_opening(), SECRETARY).subject
    go(house, case, "start_fact_finding")
    done(house, case, "2-statement-1")
    house.clock.goes_on(days=4)
    agree(house, case, ConfirmationKind.STANDSTILL)
    go(house, case, "pause", until=UNTIL)
    return case


def alarms(house: Moving) -> list[tuple[int, int, int, date]]:
    """The timers of tasks that stand: place, stay, round and the day after the last."""
    return [
        (t.rung, t.stage_entry, t.generation, t.due_at.date())
        for t in timers(house.database, "armed")
        if t.purpose == "task_due"
    ]


def whole(house: Moving, case: str) -> None:
    """Nothing is broken: chains, places of cases, and every term reckoned again."""
    assert broken_chains(house.database) == []
    assert list(verify(house.database)) == []
    calendar = shipped_parts()[1]
    (found,) = retrace_terms(
        house.database, lambda _: compiled(present_text()).workflow, lambda _: calendar, case
    )
    assert found.sound


def test_a_case_comes_back_to_the_work_that_it_left(database_url: str) -> None:
    with moving(database_url) as house:
        case = paused(house)
        resting = house.case(case)
        assert [(t.id, t.state) for t in resting.parked] == [
            ("2-statement-1", TaskState.DONE),
            ("2-statement-2", TaskState.OPEN),
            ("2-fact_list-1", TaskState.WAITING),
        ]
        assert (resting.tasks, alarms(house)) == ((), [])
        house.clock.goes_on(days=7)
        house.engine.handle(
            AddParty(case, Party("ws0155", "Amstel, Gooi en Vecht", Layer.WATER_AUTHORITY)),
            SECRETARY,
        )
        house.clock.goes_on(days=3)
        go(house, case, "resume")
        back = house.case(case)
        assert (back.stage, back.parked) == ("joint_fact_finding", ())
        assert [(t.id, t.state, t.stage_entry, t.due_on) for t in back.tasks] == [
            ("2-statement-1", TaskState.DONE, 4, date(2026, 9, 28)),
            ("2-statement-2", TaskState.OPEN, 4, date(2026, 10, 6)),
            ("2-fact_list-1", TaskState.WAITING, 4, None),
            ("2-statement-3", TaskState.OPEN, 4, date(2026, 10, 12)),
        ]
        assert sorted(alarms(house)) == [
            (1, 4, 1, date(2026, 10, 6)),
            (3, 4, 1, date(2026, 10, 12)),
        ]
        for task in ("2-statement-2", "2-statement-3"):
            done(house, case, task)
        assert house.case(case).tasks[2].state is TaskState.OPEN
        told = [e.action for e in history(house.database, case)]
        assert told.count("tasks_joined") == told.count("tasks_parked") == 1
        assert "tasks_withdrawn" not in told
        whole(house, case)


def test_every_day_of_a_pause_is_nobodys_and_after_it_the_same_party_is_waited_for(
    sqlite_url: str,
) -> None:
    with moving(sqlite_url) as house:
        case = paused(house)
        house.clock.goes_on(days=10)
        go(house, case, "resume")
        house.clock.goes_on(days=3)
        workflow, calendar = compiled(present_text()).workflow, shipped_parts()[1]
        life = lifeline(history(house.database, case), lambda _: workflow, house.clock.at.date())
        assert [(one.account, one.why, one.days) for one in ledger(life, calendar).bookings] == [
            ("organisation:gm0363", Why.TASKS, 4),
            ("standstill", Why.STANDSTILL, 10),
            ("organisation:gm0363", Why.TASKS, 3),
        ]


def test_the_clock_ends_a_pause_and_then_the_time_for_the_work(database_url: str) -> None:
    with moving(database_url) as house:
        case = paused(house)
        house.clock.goes_on(days=22)
        sweep(house.engine)
        back = house.case(case)
        assert back.stage == "joint_fact_finding"
        assert [t.due_on for t in back.tasks if t.state is TaskState.OPEN] == [date(2026, 10, 19)]
        house.clock.goes_on(days=17)
        sweep(house.engine)
        (gone,) = [t for t in house.case(case).tasks if t.state is TaskState.WITHDRAWN]
        assert gone.id == "2-statement-2"
        whole(house, case)


def test_who_ends_a_case_in_a_pause_leaves_no_work_behind(database_url: str) -> None:
    with moving(database_url) as house:
        case = paused(house)
        go(house, case, "withdraw")
        closed = house.case(case)
        assert (closed.tasks, closed.parked) == ((), ())
        (entry,) = [e for e in history(house.database, case) if e.action == "tasks_withdrawn"]
        assert "2-statement-2" in entry.content
        go(house, case, "reopen")
        go(house, case, "start_fact_finding")
        assert [t.id for t in house.case(case).tasks][:2] == ["6-statement-1", "6-statement-2"]
        whole(house, case)


def test_a_pause_in_a_pause_of_a_pause_keeps_every_number(database_url: str) -> None:
    with moving(database_url) as house:
        case = paused(house)
        for _ in range(3):
            house.clock.goes_on(days=1)
            go(house, case, "resume")
            agree(house, case, ConfirmationKind.STANDSTILL)
            go(house, case, "pause", until=UNTIL)
        assert [t.id for t in house.case(case).parked] == [
            "2-statement-1",
            "2-statement-2",
            "2-fact_list-1",
        ]
        assert {t.stage_entry for t in house.case(case).parked} == {8}
        whole(house, case)


def test_a_migration_in_a_pause_leaves_the_work_alone_until_the_way_back(
    sqlite_url: str,
) -> None:
    with moving(sqlite_url) as house:
        case = paused(house)
        before = house.case(case)
        agree(house, case, ConfirmationKind.MIGRATION, f"{PROCEDURE}@3")
        move = Migrate(case, "M1", PROCEDURE, "3", tuple(sorted(RENAMED.items())))
        house.engine.handle(move, SECRETARY)
        assert house.case(case).parked == before.parked
        house.engine.handle(UndoMigration(case, "M1"), SECRETARY)
        assert house.case(case).parked == before.parked
        agree(house, case, ConfirmationKind.MIGRATION, f"{PROCEDURE}@3")
        house.engine.handle(replace(move, migration="M2"), SECRETARY)
        go(house, case, "resume")
        # Version 3 calls the statements otherwise: what is open of them goes, the others come.
        assert [(t.name, t.organisation, t.state) for t in house.case(case).tasks] == [
            ("statement", "pv27", TaskState.DONE),
            ("statement", "gm0363", TaskState.WITHDRAWN),
            ("fact_list", "", TaskState.WAITING),
            ("sources", "pv27", TaskState.OPEN),
            ("sources", "gm0363", TaskState.OPEN),
        ]
        assert broken_chains(house.database) == []


def test_a_migration_right_after_a_pause_asks_nothing_twice(sqlite_url: str) -> None:
    with moving(sqlite_url) as house:
        case = paused(house)
        go(house, case, "resume")
        for number, version in enumerate(("1", "2"), 1):
            agree(house, case, ConfirmationKind.MIGRATION, f"{PROCEDURE}@{version}")
            house.engine.handle(Migrate(case, f"M{number}", PROCEDURE, version), SECRETARY)
        found = [(t.name, t.organisation) for t in house.case(case).tasks]
        assert len(found) == len(set(found)) == 3
