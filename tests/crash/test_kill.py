"""Processes are killed in the middle of their work; nothing is lost, nothing happens twice."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from builders import (
    MONDAY,
    HandClock,
    broken_chains,
    history,
    messages,
    rows,
    running,
    timers,
)
from impasse.adapters.files.shipped import shipped
from impasse.adapters.sql.calendars import AdoptedCalendars
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.people import add_person
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow, DeliveryRow, TermRow, TimerRow
from impasse.adapters.sql.webhooks import add_webhook
from impasse.domain.people import Person, Role
from impasse.domain.text import Text
from impasse.engine.outbox import BATCH, LEASE
from impasse.engine.timers import sweep

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Engine as Database

pytestmark = pytest.mark.crash

WORKER = Path(__file__).with_name("worker.py")
TWO_MONTHS_ON = MONDAY + timedelta(days=60)
CASES = 100
PER_CASE = {"reminder": 1, "rung": 3, "reassessment": 1}


def a_worker(what: str, url: str, moment: object) -> subprocess.Popen[bytes]:
    """Start a process that works on the database as if it were *moment*."""
    paths = [str(WORKER.parents[1]), *(path for path in sys.path if path)]
    return subprocess.Popen(
        [sys.executable, WORKER, what, url, str(moment)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        stdout=subprocess.PIPE,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill -9 *process* and wait until it is gone."""
    process.kill()
    process.communicate()


def finishes(process: subprocess.Popen[bytes]) -> None:
    """Wait until *process* has done its work."""
    process.communicate(timeout=60)
    assert process.returncode == 0


def kill_when(process: subprocess.Popen[bytes], far_enough: Callable[[], bool]) -> bool:
    """Kill -9 *process* once it has come far enough; False when it ended by itself first."""
    while process.poll() is None:
        if far_enough():
            time.sleep(random.uniform(0, 0.01))
            break
        time.sleep(0.01)
    killed = process.poll() is None
    kill(process)
    return killed


def rung(database: Database) -> int:
    """How many timers have rung."""
    target = table(TimerRow)
    statement = select(func.count()).where(target.c.state.in_(["fired", "stale"]))
    with database.connect() as connection:
        return int(connection.execute(statement.select_from(target)).scalar_one())


def everything_rang_exactly_once(database: Database) -> None:
    """Each timer has rung and has its one effect; no effect is there without its timer."""
    due = [t for t in timers(database) if t.due_at <= TWO_MONTHS_ON]
    assert len(due) == CASES * sum(PER_CASE.values())
    assert {t.state for t in due} <= {"fired", "stale"}
    assert all(t.state == "fired" for t in due if t.purpose != "reassessment")
    entries = history(database)
    effects = Counter(
        (e.subject, e.action, json.loads(e.content).get("rung", 0), json.loads(e.content)["due_at"])
        for e in entries
        if e.action in {"term_reminded", "term_expired", "rung_reached"}
    )
    promised = Counter(
        (
            t.case_id,
            "term_reminded"
            if t.purpose == "reminder"
            else "term_expired"
            if t.rung == 0
            else "rung_reached",
            t.rung,
            t.due_at.isoformat(),
        )
        for t in due
        if t.purpose != "reassessment"
    )
    assert effects == promised
    assert set(effects.values()) == {1}
    # A reassessment promises the next one: one is armed per case, and no more.
    armed = Counter(t.case_id for t in timers(database, "armed"))
    assert set(armed.values()) == {1}
    assert len(armed) == CASES
    # Effects came in the order of their moments, with the messages that belong to them.
    for case in {e.subject for e in entries}:
        moments = [
            json.loads(e.content)["due_at"]
            for e in entries
            if e.subject == case and "due_at" in json.loads(e.content)
        ]
        assert moments == sorted(moments)
    late = [json.loads(e.content).get("late_seconds", 0) for e in entries if "due_at" in e.content]
    assert min(late) > 0
    told = Counter(m.type for m in messages(database))
    # That the end came near is history by now; that it passed is news.
    assert "nl.impasse.case.term-nearing" not in told
    assert told["nl.impasse.case.term-expired"] == 3 * CASES
    assert broken_chains(database) == []


def test_killed_again_and_again_while_500_timers_fire_each_fires_once(database_url: str) -> None:
    with running(database_url) as house:
        house.open_cases(CASES)
    database = open_database(database_url)
    try:
        kills = 0
        while kills < 4:
            done = rung(database)
            target = done + random.randint(20, 80)
            worker = a_worker("sweep", database_url, TWO_MONTHS_ON)
            if not kill_when(worker, lambda t=target: rung(database) >= t):
                break
            kills += 1
        assert kills >= 3
        finishes(a_worker("sweep", database_url, TWO_MONTHS_ON))
        everything_rang_exactly_once(database)
    finally:
        database.dispose()


def moved(database: Database) -> int:
    """How many terms a change of calendar has moved."""
    return sum(entry.action == "term_replanned" for entry in history(database))


def test_killed_while_a_new_calendar_moves_terms_each_moves_once_with_its_timers(
    database_url: str,
) -> None:
    text = shipped("config", "calendar.yaml").read_text("utf-8")
    closed = "closures: [{name: {nl: dicht, en: closed}, source: rooster, days: [2026-09-09]}]"
    with running(database_url) as house:
        calendars = AdoptedCalendars(house.database)
        calendars.adopt(text, by="sam", at=MONDAY)
        house.open_cases(CASES)
        version = calendars.adopt(text.replace("closures: []", closed), by="sam", at=MONDAY)
    database = open_database(database_url)
    try:
        for _ in range(2):
            target = moved(database) + 10
            worker = a_worker("replan", database_url, MONDAY)
            kill_when(worker, lambda t=target: moved(database) >= t)
        finishes(a_worker("replan", database_url, MONDAY))
        assert moved(database) == CASES
        terms = rows(database, TermRow)
        assert {(t.plan, t.checked_with, t.calendar_version) for t in terms} == {
            (1, version, version)
        }
        of_terms = [t for t in timers(database, "armed") if t.purpose != "reassessment"]
        assert {t.generation for t in of_terms} == {1}
        assert len(of_terms) == CASES * (PER_CASE["reminder"] + PER_CASE["rung"])
        assert broken_chains(database) == []
    finally:
        database.dispose()


def test_two_processes_that_sweep_one_database_fire_each_timer_once(postgresql_url: str) -> None:
    with running(postgresql_url) as house:
        house.open_cases(CASES)
    database = open_database(postgresql_url)
    try:
        one, two = (a_worker("sweep", postgresql_url, TWO_MONTHS_ON) for _ in range(2))
        assert kill_when(one, lambda: rung(database) >= 100)
        three = a_worker("sweep", postgresql_url, TWO_MONTHS_ON)
        finishes(two)
        finishes(three)
        # What was held by a process when others looked is due at the next sweep.
        with running(postgresql_url, HandClock(TWO_MONTHS_ON)) as house:
            sweep(house.engine)
        everything_rang_exactly_once(database)
    finally:
        database.dispose()


def test_what_was_answered_before_the_kill_is_there_after_it(database_url: str) -> None:
    promised: list[str] = []
    for _ in range(4):
        worker = a_worker("flag", database_url, MONDAY)
        assert worker.stdout is not None
        wanted = random.randint(20, 60)
        for _ in range(wanted):
            line = worker.stdout.readline().decode()
            assert line, "the worker ended by itself"
            promised.append(line.strip())
        worker.kill()
        promised += worker.communicate()[0].decode().split()
    database = open_database(database_url)
    try:
        kept = [row.id for row in rows(database, CaseRow, "id")]
        assert set(promised) <= set(kept)
        # Numbers go on without holes: what was not made durable gave its number back.
        assert kept == [f"IMP-2026-{n:04d}" for n in range(1, len(kept) + 1)]
        assert broken_chains(database) == []
        armed = Counter(t.case_id for t in timers(database, "armed"))
        assert armed == Counter(dict.fromkeys(kept, 5))
        opened = [m for m in messages(database) if m.type == "nl.impasse.case.case-opened"]
        assert sorted(m.subject for m in opened) == kept
    finally:
        database.dispose()


def test_the_outbox_killed_again_and_again_loses_no_message(database_url: str) -> None:
    ledger: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            ledger.append(self.headers["webhook-id"])
            try:
                self.send_response(204)
                self.end_headers()
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the sender was killed before it heard the answer

        def log_message(self, *_args: object) -> None:
            """Keep the output of the tests clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    receiver.start()
    with running(database_url) as house:
        add_person(
            house.database,
            Person(
                *("beheer", "B. Heer", Text("secretaris", "secretary"), "mnre1034"),
                frozenset({Role.SECRETARIAT}),
            ),
        )
        add_webhook(
            house.database,
            f"http://127.0.0.1:{server.server_address[1]}/",
            ["nl.impasse.case.case-opened"],
            "beheer",
            MONDAY,
        )
        house.open_cases(200)
        promised = [
            m.id for m in messages(house.database) if m.type == "nl.impasse.case.case-opened"
        ]
    try:
        moment, kills = MONDAY, 0
        while kills < 5:
            target = len(ledger) + random.randint(5, 20)
            worker = a_worker("deliver", database_url, moment)
            assert kill_when(worker, lambda t=target: len(ledger) >= t)
            kills += 1
            moment += LEASE + timedelta(minutes=1)
        finishes(a_worker("deliver", database_url, moment))
    finally:
        server.shutdown()
        receiver.join()
        server.server_close()
    received = Counter(ledger)
    assert set(received) == set(promised)
    # Only what was under way at a kill can have come twice, and the same id tells.
    assert sum(count - 1 for count in received.values()) <= kills * BATCH
    database = open_database(database_url)
    try:
        assert {d.state for d in rows(database, DeliveryRow)} == {"delivered"}
        assert len(rows(database, DeliveryRow)) == len(promised)
    finally:
        database.dispose()
