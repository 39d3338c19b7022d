"""Running cases move to another version of their procedure, and back."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import (
    MONDAY,
    PROCEDURE,
    SECRETARY,
    HandClock,
    an_opening,
    broken_chains,
    history,
    messages,
    timers,
)
from impasse.adapters.files.calendar import parse_calendar
from impasse.adapters.files.shipped import shipped
from impasse.adapters.sql.audit import verify
from impasse.adapters.sql.past_cases import past_cases
from impasse.domain.case import ConfirmationKind, Party, TermState
from impasse.domain.commands import (
    AddParty,
    CompleteTask,
    Confirm,
    Extend,
    MakeMove,
    Migrate,
    RecordEvent,
    ReplanTerm,
    Resume,
    Suspend,
    UndoMigration,
)
from impasse.domain.counterfactual import Setting, rehearse
from impasse.domain.errors import (
    ConditionsNotMet,
    Conflict,
    ImpasseError,
    Invalid,
    NotAllowed,
    NotFound,
)
from impasse.domain.length import Length
from impasse.domain.machine import compile_workflow
from impasse.domain.people import CLOCK, Actor, Layer, Role
from impasse.domain.task import TaskState
from impasse.domain.term_acts import SuspensionReason, TermPolicy
from impasse.engine.migrating import ItemState, MigrationState
from impasse.engine.timers import sweep
from versions import RENAMED, Versions, compiled, moving, text_to_come

if TYPE_CHECKING:
    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Case
    from impasse.domain.workflow import Workflow
    from versions import Moving

PARTIES = ("pv27", "gm0363")
AMSTERDAM = Actor("lotte", "gm0363", frozenset({Role.LIAISON_OFFICER}), "web")
TO_FACTS = "start_fact_finding"


def opened(house: Moving, version: str = "2", **changes: object) -> str:
    """Open a case on a version."""
    return house.engine.handle(an_opening(workflow_version=version, **changes), SECRETARY).subject


def agree(house: Moving, case: str, version: str, *parties: str) -> None:
    """Let parties agree to a version."""
    for party in parties or PARTIES:
        about = f"{PROCEDURE}@{version}"
        house.engine.handle(
            Confirm(case, ConfirmationKind.MIGRATION, party, "brief van vandaag", about), SECRETARY
        )


def go(house: Moving, case: str, trigger: str, **more: object) -> None:
    """Make a move, with a reason."""
    house.engine.handle(MakeMove(case, trigger, note="zo afgesproken", **more), SECRETARY)


def migrate(house: Moving, case: str, version: str, policy: TermPolicy | None = None) -> None:
    """Move one case by hand."""
    stages = tuple(sorted(RENAMED.items())) if version == "3" else ()
    house.engine.handle(Migrate(case, "M1", PROCEDURE, version, stages, policy), SECRETARY)


def promises(house: Moving, case: str) -> list[tuple[object, ...]]:
    """What still stands of a case: which timer rings when; for a task that was withdrawn, none."""
    asked = {task.position for task in house.case(case).tasks if task.state.live}
    return sorted(
        (t.purpose, t.rung, t.stage_entry, t.due_at.isoformat())
        for t in timers(house.database, "armed")
        if t.case_id == case and (t.purpose != "task_due" or t.rung in asked)
    )


def bare(case: Case) -> Case:
    """A case without what a migration there and back may change: counts and numbers."""
    term = None if case.term is None else replace(case.term, plan=0)
    tasks = tuple(t for t in case.tasks if t.settled_by != SECRETARY.person)
    return case.but(revision=0, history_head="", history_length=0, term=term, tasks=tasks)


def test_a_case_moves_with_its_term_its_timers_and_its_work(sqlite_url) -> None:
    with moving(sqlite_url) as house:
        case = opened(house, "1")
        go(house, case, TO_FACTS)
        before = house.case(case)
        house.clock.goes_on(days=2)
        agree(house, case, "2")
        migrate(house, case, "2")
        after = house.case(case)
        assert (after.workflow_version, after.stage) == ("2", "joint_fact_finding")
        assert after.term == replace(before.term, plan=1)
        assert [(t.name, t.organisation, t.state) for t in after.tasks] == [
            ("statement", "pv27", TaskState.OPEN),
            ("statement", "gm0363", TaskState.OPEN),
            ("fact_list", "", TaskState.WAITING),
        ]
        assert [e.action for e in history(house.database, case)][-2:] == [
            "tasks_opened",
            "migrated",
        ]
        assert messages(house.database)[-1].type == "nl.impasse.case.case-migrated"
        assert [t.generation for t in timers(house.database, "armed") if t.purpose == "rung"] == [
            1,
            1,
            1,
        ]
        assert broken_chains(house.database) == []
        assert list(verify(house.database)) == []


def test_nobody_is_moved_without_having_agreed_since_the_last_time(sqlite_url) -> None:
    with moving(sqlite_url) as house:
        case = opened(house)
        agree(house, case, "3", "gm0363")
        with pytest.raises(ConditionsNotMet) as refused:
            migrate(house, case, "3")
        assert refused.value.text.nl == "Nog niet ingestemd met versie 3: Noord-Holland."
        agree(house, case, "1", "pv27")
        with pytest.raises(ConditionsNotMet, match="Noord-Holland"):
            migrate(house, case, "3")
        agree(house, case, "3", "pv27")
        house.engine.handle(
            AddParty(case, Party("ws0155", "Amstel, Gooi en Vecht", Layer.WATER_AUTHORITY)),
            SECRETARY,
        )
        with pytest.raises(ConditionsNotMet, match="Amstel"):
            migrate(house, case, "3")
        house.engine.handle(AddParty(case, Party("x-deltares", "Deltares", Layer.OTHER)), SECRETARY)
        agree(house, case, "3", "ws0155")
        migrate(house, case, "3")
        house.engine.handle(UndoMigration(case, "M1"), SECRETARY)
        with pytest.raises(ConditionsNotMet, match="Noord-Holland, Amsterdam, Amstel"):
            migrate(house, case, "3")


def test_consent_counts_in_the_order_of_history_whatever_the_clock_says(sqlite_url) -> None:
    with moving(sqlite_url) as house:
        case = opened(house)
        for step in (0, 0, -3):
            house.clock.goes_on(days=step)
            agree(house, case, "3")
            migrate(house, case, "3")
            house.engine.handle(UndoMigration(case, "M1"), SECRETARY)
            with pytest.raises(ConditionsNotMet):
                migrate(house, case, "3")


@pytest.mark.parametrize("about", ["", "spoed@1", f"{PROCEDURE}@2", PROCEDURE])
def test_consent_names_another_version_of_the_same_procedure(sqlite_url, about) -> None:
    with moving(sqlite_url) as house:
        case = opened(house)
        with pytest.raises(Invalid) as refused:
            house.engine.handle(
                Confirm(case, ConfirmationKind.MIGRATION, "gm0363", "", about), AMSTERDAM
            )
        assert [fault.pointer for fault in refused.value.faults] == ["/about"]


def test_only_the_secretariat_moves_and_takes_back(sqlite_url) -> None:
    with moving(sqlite_url) as house:
        case = opened(house)
        agree(house, case, "3")
        for command in (Migrate(case, "M1", PROCEDURE, "3"), UndoMigration(case, "M1")):
            with pytest.raises(NotAllowed):
                house.engine.handle(command, AMSTERDAM)
        with pytest.raises(NotAllowed):
            house.migrator.plan(PROCEDURE, ("2", "3"), AMSTERDAM)


def test_what_cannot_be_is_refused_with_what_can_be_done(sqlite_url) -> None:
    with moving(sqlite_url) as house:
        case = opened(house)
        go(house, case, TO_FACTS)
        agree(house, case, "3")
        with pytest.raises(Conflict, match=r"does not know stage 'joint_fact_finding'.*facts"):
            house.engine.handle(Migrate(case, "M1", PROCEDURE, "3"), SECRETARY)
        for target, words in (("resolved", "is an ending"), ("standstill", "is a pause")):
            stages = (("joint_fact_finding", target),)
            with pytest.raises(Conflict, match=words):
                house.engine.handle(Migrate(case, "M1", PROCEDURE, "3", stages), SECRETARY)
        with pytest.raises(NotFound):
            house.engine.handle(Migrate(case, "M1", PROCEDURE, "9"), SECRETARY)
        with pytest.raises(Conflict, match="follows interbestuurlijke-impasse@2 already"):
            house.engine.handle(Migrate(case, "M1", PROCEDURE, "2"), SECRETARY)
        with pytest.raises(Conflict, match="no longer be undone"):
            house.engine.handle(UndoMigration(case, "M1"), SECRETARY)
        with pytest.raises(Invalid) as refused:
            house.migrator.plan(
                PROCEDURE, ("2", "3"), SECRETARY, stages={"x": "facts", "signal": "y"}
            )
        assert [f.pointer for f in refused.value.faults] == ["/stages/x", "/stages/signal"]
        assert "Kies uit: signal, joint_fact_finding" in refused.value.faults[0].text.nl


def test_undoing_ends_with_the_first_new_event_which_is_named(sqlite_url) -> None:
    with moving(sqlite_url) as house:
        case = opened(house)
        agree(house, case, "3")
        migrate(house, case, "3")
        with pytest.raises(Conflict, match="last migration of this case is M1, not M2"):
            house.engine.handle(UndoMigration(case, "M2"), SECRETARY)
        house.engine.handle(RecordEvent(case, "De wethouder belde", MONDAY.date()), SECRETARY)
        with pytest.raises(Conflict) as refused:
            house.engine.handle(UndoMigration(case, "M1"), SECRETARY)
        assert refused.value.text.nl.endswith("er is daarna al iets gebeurd. De wethouder belde.")


def test_a_second_undoing_is_refused(sqlite_url) -> None:
    with moving(sqlite_url) as house:
        case = opened(house)
        agree(house, case, "3")
        migrate(house, case, "3")
        house.engine.handle(UndoMigration(case, "M1"), SECRETARY)
        with pytest.raises(Conflict, match="undone already"):
            house.engine.handle(UndoMigration(case, "M1"), SECRETARY)


def test_what_rang_before_the_move_does_not_ring_again(sqlite_url) -> None:
    with moving(sqlite_url) as house:
        case = opened(house)
        house.clock.goes_on(days=25)
        sweep(house.engine)
        expired = house.case(case)
        assert expired.term.state is TermState.EXPIRED
        agree(house, case, "3")
        [seen] = house.migrator.plan(PROCEDURE, ("2", "3"), SECRETARY, policy=TermPolicy.KEEP)[1]
        migrate(house, case, "3", TermPolicy.KEEP)
        after = house.case(case)
        assert after.term.state is TermState.EXPIRED
        assert "blijft dat" in json.dumps(seen.plan["notes"])
        count = len(history(house.database, case))
        sweep(house.engine)
        assert len(history(house.database, case)) == count
        house.clock.goes_on(days=20)
        sweep(house.engine)
        rang = [e for e in history(house.database, case)[count:] if e.action == "rung_reached"]
        assert [json.loads(e.content)["rung"] for e in rang] == [1]


def test_a_term_that_expired_runs_again_when_its_new_end_lies_ahead(sqlite_url) -> None:
    with moving(sqlite_url) as house:
        case = opened(house)
        house.clock.goes_on(days=17)
        sweep(house.engine)
        assert house.case(case).term.state is TermState.EXPIRED
        agree(house, case, "3")
        plan = house.migrator.plan_of(case, "3", SECRETARY)
        assert any("loopt weer" in note.nl for note in plan.notes)
        migrate(house, case, "3")
        assert house.case(case).term.state is TermState.RUNNING
        house.clock.goes_on(days=10)
        sweep(house.engine)
        ended = [e for e in history(house.database, case) if e.action == "term_expired"]
        assert len(ended) == 2


def test_a_shorter_term_whose_end_has_passed_expires_at_once_as_the_plan_said(sqlite_url) -> None:
    with moving(sqlite_url) as house:
        case = opened(house)
        go(house, case, TO_FACTS)
        house.clock.goes_on(days=50)
        sweep(house.engine)
        agree(house, case, "3")
        plan = house.migrator.plan(PROCEDURE, ("2", "3"), SECRETARY, stages=RENAMED)[1][0].plan
        assert any("verloopt zodra" in note["nl"] for note in plan["notes"])
        migrate(house, case, "3")
        sweep(house.engine)
        assert house.case(case).term.state is TermState.EXPIRED


def test_an_agreed_pause_keeps_its_day_and_its_way_back(sqlite_url) -> None:
    with moving(sqlite_url) as house:
        case = opened(house)
        go(house, case, TO_FACTS)
        for party in PARTIES:
            house.engine.handle(
                Confirm(case, ConfirmationKind.STANDSTILL, party, "brief"), SECRETARY
            )
        until = (MONDAY + timedelta(days=60)).date()
        go(house, case, "pause", until=until)
        agree(house, case, "3")
        with pytest.raises(Conflict, match="Say which stage it corresponds to"):
            house.engine.handle(Migrate(case, "M1", PROCEDURE, "3"), SECRETARY)
        migrate(house, case, "3", TermPolicy.ANEW)
        assert house.case(case).term.end == until
        house.clock.goes_on(days=70)
        sweep(house.engine)
        assert house.case(case).stage == "facts"


def test_a_term_can_go_and_come_with_the_version(sqlite_url) -> None:
    come = compiled(text_to_come()).workflow
    signal = replace(come.stages["signal"], term=None)
    without = compile_workflow(replace(come, stages={**come.stages, "signal": signal}))
    with moving(sqlite_url, versions=Versions((("3", without),))) as house:
        case = opened(house)
        armed = promises(house, case)
        agree(house, case, "3")
        migrate(house, case, "3")
        assert house.case(case).term is None
        assert [p[0] for p in promises(house, case)] == ["reassessment"]
        agree(house, case, "2")
        migrate(house, case, "2")
        back = house.case(case)
        assert back.term.end.isoformat() == "2026-09-21"
        assert promises(house, case) == armed
        house.engine.handle(UndoMigration(case, "M1"), SECRETARY)
        assert house.case(case).term is None
        agree(house, case, "2")
        migrate(house, case, "2")
        assert promises(house, case) == armed


ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "facts",
                "rules",
                "pause",
                "suspend",
                "resume",
                "extend",
                "task",
                "wait",
                "wait",
                "say",
            ]
        ),
        st.integers(1, 20),
    ),
    max_size=7,
)


def act(  # noqa: C901 one case per thing that can be done
    house: Moving, case: str, what: str, days: int
) -> None:
    """Do something to a case; what the procedure refuses now, is not done."""
    today = house.clock().date()
    match what:
        case "wait":
            house.clock.goes_on(days=days)
            sweep(house.engine)
        case "facts":
            go(house, case, TO_FACTS)
        case "rules":
            go(house, case, "start_rule_interpretation")
        case "pause":
            for party in PARTIES:
                house.engine.handle(
                    Confirm(case, ConfirmationKind.STANDSTILL, party, "brief"), SECRETARY
                )
            go(house, case, "pause", until=today + timedelta(days=days))
        case "suspend":
            house.engine.handle(
                Suspend(
                    case,
                    SuspensionReason.FORCE_MAJEURE,
                    "outside",
                    today + timedelta(days=days),
                    begins_on=today + timedelta(days=days // 7),
                    waits_for_name="het water",
                    note="hoogwater",
                    consents=PARTIES,
                ),
                SECRETARY,
            )
        case "resume":
            house.engine.handle(Resume(case, "O1"), SECRETARY)
        case "extend":
            length = Length.parse(f"{min(days, 5)} working days")
            house.engine.handle(Extend(case, length, "brief", PARTIES), SECRETARY)
        case "task":
            task = next(t for t in house.case(case).tasks if t.state is TaskState.OPEN)
            house.engine.handle(CompleteTask(case, task.id, note="brief"), SECRETARY)
        case "say":
            house.engine.handle(RecordEvent(case, "gebeld", today), SECRETARY)


def changed_by(house: Moving, version: str) -> int:
    """How many cases a version would have changed of those that followed it: none, ever."""
    versions = Versions()

    def procedure_of(reference: str) -> Workflow:
        return versions.get(*reference.split("@")).workflow

    setting = Setting(
        versions.get(PROCEDURE, version).workflow, procedure_of, house.engine.calendar
    )
    found = rehearse(past_cases(house.database, PROCEDURE, house.clock()), setting)
    assert found.total == 1, found.cases
    return found.changed


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acts=ACTS,
    road=st.sampled_from([("1", "2"), ("2", "3"), ("2", "1"), ("3", "2")]),
    policy=st.sampled_from([None, *TermPolicy]),
    pause=st.integers(0, 40),
)
def test_there_and_back_again_is_nothing_at_all(
    _sqlite_template,  # noqa: PT019 copied anew for each example
    acts,
    road,
    policy,
    pause,
) -> None:
    source, target = road
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "impasse.db"
        shutil.copyfile(_sqlite_template, file)
        with moving(f"sqlite:///{file}", HandClock()) as house:
            case = opened(house, source)
            for what, days in acts:
                try:
                    act(house, case, what, days)
                except (ImpasseError, StopIteration):
                    continue
            agree(house, case, target)
            before, promised = house.case(case), promises(house, case)
            stages = RENAMED if target == "3" else {}
            if source == "3":
                stages = {new: old for old, new in RENAMED.items()}
            there = Migrate(case, "M1", PROCEDURE, target, tuple(stages.items()), policy)
            house.engine.handle(there, SECRETARY)
            moved = house.case(case)
            assert moved.workflow_version == target
            assert moved.stage_entry == before.stage_entry
            assert list(verify(house.database)) == []
            house.clock.goes_on(minutes=pause)
            house.engine.handle(UndoMigration(case, "M1"), SECRETARY)
            after = house.case(case)
            assert bare(after) == bare(before)
            assert promises(house, case) == promised
            assert changed_by(house, source) == 0
            house.engine.handle(Confirm(case, ConfirmationKind.VIEW, "pv27", "brief"), SECRETARY)
            assert broken_chains(house.database) == []
            assert list(verify(house.database)) == []


def test_a_run_moves_who_agreed_and_tells_who_did_not(database_url) -> None:
    with moving(database_url) as house:
        ready, waiting, closed, paused = (opened(house) for _ in range(4))
        go(house, closed, "withdraw")
        go(house, paused, TO_FACTS)
        for case in (ready, paused):
            agree(house, case, "3")
        migration, items = house.migrator.plan(PROCEDURE, ("2", "3"), SECRETARY)
        assert (migration.id, migration.state) == ("M1", MigrationState.PLANNED)
        assert {item.case: item.state for item in items} == {
            ready: ItemState.PLANNED,
            waiting: ItemState.LACKING,
            paused: ItemState.HINDERED,
        }
        told = {item.case: item.state for item in house.migrator.carry_out("M1", SECRETARY)}
        assert told == {
            ready: ItemState.DONE,
            waiting: ItemState.LACKING,
            paused: ItemState.HINDERED,
        }
        assert house.case(closed).workflow_version == "2"
        agree(house, waiting, "3")
        again = {item.case: item.state for item in house.migrator.carry_out("M1", SECRETARY)}
        assert again[waiting] is ItemState.DONE
        house.engine.handle(RecordEvent(ready, "gebeld", MONDAY.date()), SECRETARY)
        undone = {item.case: item for item in house.migrator.undo("M1", SECRETARY)}
        assert undone[waiting].state is ItemState.UNDONE
        assert undone[ready].state is ItemState.DONE
        assert "gebeld" in undone[ready].told.nl
        assert house.ledger.get("M1").state is MigrationState.FINISHED


def test_a_case_that_changed_is_planned_anew_and_looked_at_first(sqlite_url) -> None:
    with moving(sqlite_url) as house:
        case = opened(house)
        agree(house, case, "3")
        house.migrator.plan(PROCEDURE, ("2", "3"), SECRETARY, stages=RENAMED)
        go(house, case, TO_FACTS)
        [item] = house.migrator.carry_out("M1", SECRETARY)
        assert (item.state, item.plan["to_stage"]) == (ItemState.CHANGED, "facts")
        assert house.case(case).workflow_version == "2"
        [item] = house.migrator.carry_out("M1", SECRETARY)
        assert item.state is ItemState.DONE
        house.migrator.undo("M1", SECRETARY)
        with pytest.raises(Conflict, match="Make a new plan"):
            house.migrator.carry_out("M1", SECRETARY)
        with pytest.raises(Conflict, match="nothing of migration M1 to undo"):
            house.migrator.undo("M1", SECRETARY)
        with pytest.raises(NotFound):
            house.migrator.carry_out("M9", SECRETARY)


def test_two_runs_at_once_move_each_case_once(database_url) -> None:
    with moving(database_url) as one, moving(database_url) as two:
        cases = [opened(one) for _ in range(8)]
        for case in cases:
            agree(one, case, "3")
        one.clock.goes_on(minutes=1)
        two.clock.at = one.clock.at
        one.migrator.plan(PROCEDURE, ("2", "3"), SECRETARY)
        outcomes = []

        def run(house: Moving) -> None:
            outcomes.append(house.migrator.carry_out("M1", SECRETARY))

        threads = [threading.Thread(target=run, args=(house,)) for house in (one, two)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(outcomes) == 2
        assert {item.state for item in one.ledger.items("M1")} == {ItemState.DONE}
        for case in cases:
            moved = [e for e in history(one.database, case) if e.action == "migrated"]
            assert len(moved) == 1
        assert broken_chains(one.database) == []


def closed_on(day: str) -> Calendar:
    """The shipped calendar with one closing day more."""
    text = shipped("config", "calendar.yaml").read_text("utf-8")
    more = f"closures:\n  - name: {{nl: dicht, en: closed}}\n    source: rooster\n    days: [{day}]"
    assert "closures: []" in text
    return parse_calendar(text.replace("closures: []", more), "a test")


def test_a_calendar_that_changes_between_plan_and_run_is_looked_at_first(sqlite_url) -> None:
    with moving(sqlite_url) as house:
        case = opened(house)
        agree(house, case, "3")
        house.migrator.plan(PROCEDURE, ("2", "3"), SECRETARY)
        later = closed_on("2026-09-24")
        house.engine.calendar = later
        run = replace(house.migrator, calendar=later)
        [item] = run.carry_out("M1", SECRETARY)
        assert (item.state, item.plan["end"]) == (ItemState.CHANGED, "2026-09-29")
        [item] = run.carry_out("M1", SECRETARY)
        assert item.state is ItemState.DONE
        assert house.case(case).term.calendar_version == later.version


def test_a_calendar_that_moves_the_end_after_the_move_ends_the_way_back(sqlite_url) -> None:
    with moving(sqlite_url) as house:
        case = opened(house)
        agree(house, case, "3")
        before, promised = house.case(case), promises(house, case)
        migrate(house, case, "3")
        house.engine.calendar = closed_on("2027-03-01")
        house.engine.handle(ReplanTerm(case), CLOCK)
        house.engine.handle(UndoMigration(case, "M1"), SECRETARY)
        assert bare(house.case(case)) == bare(before)
        assert promises(house, case) == promised
        agree(house, case, "3")
        migrate(house, case, "3")
        house.engine.calendar = closed_on("2026-09-24")
        house.engine.handle(ReplanTerm(case), CLOCK)
        with pytest.raises(Conflict, match="something has happened since"):
            house.engine.handle(UndoMigration(case, "M1"), SECRETARY)


def test_work_that_fell_away_and_came_back_still_has_its_alarm(sqlite_url) -> None:
    with moving(sqlite_url) as house:
        case = opened(house)
        go(house, case, TO_FACTS)
        agree(house, case, "1")
        migrate(house, case, "1")
        assert not any(task.state.live for task in house.case(case).tasks)
        count = len(history(house.database, case))
        # The alarm of work that was withdrawn rings for nobody, and is no event.
        house.clock.goes_on(days=23)
        sweep(house.engine)
        assert len(history(house.database, case)) == count
        assert not [t for t in timers(house.database, "armed") if t.purpose == "task_due"]
        house.engine.handle(UndoMigration(case, "M1"), SECRETARY)
        assert [t.state for t in house.case(case).tasks][:2] == [TaskState.OPEN, TaskState.OPEN]
        sweep(house.engine)
        assert "tasks_joined" in [e.action for e in history(house.database, case)]


def test_a_case_that_cannot_be_read_is_told_and_holds_up_no_other(sqlite_url) -> None:
    with moving(sqlite_url) as house:
        damaged, sound = opened(house), opened(house)
        for case in (damaged, sound):
            agree(house, case, "3")
        with house.database.begin() as connection:
            connection.exec_driver_sql("UPDATE cases SET tier='troon' WHERE id=?", (damaged,))
        _, items = house.migrator.plan(PROCEDURE, ("2", "3"), SECRETARY)
        assert [item.state for item in items] == [ItemState.HINDERED, ItemState.PLANNED]
        assert "troon" in str(items[0].plan["hindrances"])
        told = house.migrator.carry_out("M1", SECRETARY)
        assert [item.state for item in told] == [ItemState.HINDERED, ItemState.DONE]
        assert "troon" in told[0].told.nl
