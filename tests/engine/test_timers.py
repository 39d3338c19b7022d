"""What is due is fired in order, once, also late, and whatever stands in the way."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from builders import (
    MONDAY,
    SECRETARY,
    HandClock,
    an_opening,
    broken_chains,
    history,
    messages,
    running,
    timers,
)
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow
from impasse.adapters.sql.timers import next_wake
from impasse.domain.commands import MakeMove
from impasse.domain.errors import Unavailable
from impasse.engine import timers as sweeping
from impasse.engine.engine import RETRY_TIMER
from impasse.engine.timers import sweep


def test_before_its_time_nothing_fires(database_url: str) -> None:
    with running(database_url) as house:
        house.open_cases(3)
        house.clock.goes_on(hours=20)
        assert sweep(house.engine) == 0
        assert len(timers(house.database, "armed")) == 15


def test_a_timer_fires_at_its_moment_with_its_effect_and_only_once(database_url: str) -> None:
    with running(database_url) as house:
        (case,) = house.open_cases()
        reassessment, reminder = timers(house.database)[:2]
        house.clock.at = reminder.due_at
        assert sweep(house.engine) == 2
        assert sweep(house.engine) == 0
        assert [e.action for e in history(house.database, case)].count("term_reminded") == 1
        states = {t.id: t.state for t in timers(house.database)}
        assert states[reminder.id] == "fired"
        assert states[reassessment.id] in {"fired", "stale"}


def test_a_sweep_goes_on_until_nothing_is_left(database_url: str) -> None:
    with running(database_url) as house:
        house.open_cases(6)
        house.clock.goes_on(days=60)
        assert sweep(house.engine, batch=4) == 30
        due = [t for t in timers(house.database, "armed") if t.wake_at <= house.clock.at]
        assert due == []


def test_after_three_days_of_standstill_everything_overdue_fires_once_in_order_and_marked_late(
    database_url: str,
) -> None:
    with running(database_url) as house:
        house.open_cases(4)
        expiry = next(t for t in timers(house.database) if t.purpose == "rung")
        house.clock.at = expiry.due_at - timedelta(minutes=1)
        sweep(house.engine)
        before = len(history(house.database))
    # Nothing runs for three days; then another process starts.
    clock = HandClock(expiry.due_at + timedelta(days=3))
    with running(database_url, clock) as house:
        overdue = [t for t in timers(house.database, "armed") if t.due_at <= clock.at]
        assert sweep(house.engine) == len(overdue) >= 4
        assert len(history(house.database)) > before
        late = [
            json.loads(e.content)["late_seconds"]
            for e in history(house.database)
            if e.action == "term_expired"
        ]
        assert late == [3 * 24 * 3600] * 4
        assert broken_chains(house.database) == []


def test_long_overdue_timers_of_a_case_fire_in_the_order_of_their_moments(
    database_url: str,
) -> None:
    with running(database_url) as house:
        (case,) = house.open_cases()
        house.clock.goes_on(days=60)
        sweep(house.engine, batch=2)
        told = [
            json.loads(e.content)["due_at"]
            for e in history(house.database, case)
            if "due_at" in e.content
        ]
        assert told == sorted(told)
        assert len(told) == 4


def test_on_time_is_not_called_late(sqlite_url: str) -> None:
    with running(sqlite_url) as house:
        (case,) = house.open_cases()
        expiry = next(t for t in timers(house.database) if t.purpose == "rung")
        house.clock.at = expiry.due_at + timedelta(seconds=30)
        sweep(house.engine)
        (entry,) = [e for e in history(house.database, case) if e.action == "term_expired"]
        assert "late_seconds" not in json.loads(entry.content)


def test_a_timer_of_an_earlier_stay_does_nothing_any_more(database_url: str) -> None:
    with running(database_url) as house:
        (case,) = house.open_cases()
        house.engine.handle(MakeMove(case, "start_fact_finding", note="toch"), SECRETARY)
        cancelled = timers(house.database, "cancelled")
        assert len(cancelled) == 4
        house.clock.goes_on(days=30)
        sweep(house.engine)
        assert timers(house.database, "cancelled") == cancelled
        assert "term_expired" not in [e.action for e in history(house.database, case)]


def test_a_broken_timer_is_put_off_and_holds_up_nobody(database_url: str) -> None:
    with running(database_url) as house:
        broken, *whole = house.open_cases(3)
        with house.database.begin() as connection:
            rows = table(CaseRow)
            connection.execute(update(rows).where(rows.c.id == broken).values(workflow="geschrapt"))
        house.clock.goes_on(days=60)
        # It is tried once, put off for some minutes, and the others fire meanwhile.
        assert sweep(house.engine, batch=2) == 15
        kept = [t for t in timers(house.database, "armed") if t.case_id == broken]
        assert len(kept) == 5
        assert all("AssertionError" in t.failure for t in kept)
        assert all(t.wake_at > house.clock.at for t in kept)
        for case in whole:
            assert "term_expired" in [e.action for e in history(house.database, case)]
        # Once mended, nothing turns out to be lost.
        with house.database.begin() as connection:
            connection.execute(
                update(rows).where(rows.c.id == broken).values(workflow="interbestuurlijke-impasse")
            )
        house.clock.goes_on(minutes=5)
        assert sweep(house.engine) == 5
        assert "term_expired" in [e.action for e in history(house.database, broken)]
        assert broken_chains(house.database) == []


@pytest.mark.parametrize(
    ("column", "words"), [("stage", ("fase 'weird'", "stage 'weird'")), ("tier", ("tier", "weird"))]
)
def test_a_case_in_an_unknown_place_waits_and_the_log_says_why(
    database_url: str, column: str, words: tuple[str, ...]
) -> None:
    with running(database_url) as house:
        broken, whole = house.open_cases(2)
        rows = table(CaseRow)
        with house.database.begin() as connection:
            connection.execute(update(rows).where(rows.c.id == broken).values({column: "weird"}))
        expiry = next(t for t in timers(house.database) if t.purpose == "rung")
        house.clock.at = expiry.due_at

        with capture_logs() as lines:
            sweep(house.engine)

        waiting = [t for t in timers(house.database, "armed") if t.case_id == broken and t.failure]
        assert waiting
        assert all(t.wake_at == house.clock.at + RETRY_TIMER for t in waiting)
        told = [line for line in lines if line["event"] == "command_refused"]
        assert {line["object"] for line in told} == {broken}
        for line in told:
            assert (line["log_level"], line["exc_info"]) == ("warning", None)
            assert any(word in line["reason"] for word in words)
        assert "term_expired" in [e.action for e in history(house.database, whole)]


def test_what_goes_round_in_circles_is_cut_short(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "MOST_ROUNDS", 3)
    with running(sqlite_url) as house:
        house.open_cases(2)
        house.clock.goes_on(days=60)
        assert sweep(house.engine, batch=1) == 3
        assert sweep(house.engine, batch=5) == 7


def test_commands_go_between_the_rounds_of_a_long_sweep(sqlite_url: str) -> None:
    with running(sqlite_url) as house:
        house.open_cases(40)
        house.clock.goes_on(days=60)
        asked = []
        house.engine.armed = lambda _moment: (
            asked.append(house.engine.submit(an_opening(99), SECRETARY)) if not asked else None
        )
        sweep(house.engine, batch=10)
        opened = asked[0].result()
        moved = [e for e in history(house.database) if e.action == "term_expired"]
        assert opened.changed
        assert len(moved) == 40


def test_the_alarm_hears_of_what_was_promised_and_of_messages(sqlite_url: str) -> None:
    heard, told = [], []
    with running(sqlite_url) as house:
        house.engine.armed = heard.append
        house.engine.told = lambda: told.append(len(messages(house.database)))
        house.open_cases()
        house.engine.close()
        assert heard == [timers(house.database)[0].due_at]
        assert told == [len(messages(house.database))]


def test_an_alarm_that_fails_stops_nobody(sqlite_url: str) -> None:
    def fail(_moment: object) -> None:
        raise RuntimeError("no bell")

    with running(sqlite_url) as house:
        house.engine.armed = fail
        assert len(house.open_cases(2)) == 2
        assert len(house.open_cases(1)) == 1


def test_the_next_moment_is_that_of_the_first_armed_timer(database_url: str) -> None:
    with running(database_url) as house:
        assert next_wake(house.database) is None
        house.open_cases(2)
        assert next_wake(house.database) == timers(house.database)[0].due_at
        house.clock.at = replace(HandClock(), at=MONDAY).at + timedelta(days=8)
        sweep(house.engine)
        wake = next_wake(house.database)
        assert wake is not None
        assert wake > house.clock.at


def test_a_closed_engine_sweeps_no_more(sqlite_url: str) -> None:
    with running(sqlite_url) as house:
        house.engine.close()
        with pytest.raises(Unavailable):
            sweep(house.engine)
