"""A process that escalates is killed again and again: each run begins, each level is told once."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from builders import MONDAY, broken_chains, running
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import EscalationRunRow, OutboxRow, TimerRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.engine import Engine as Database

pytestmark = pytest.mark.crash

WORKER = Path(__file__).with_name("escalating.py")
CASES = 30
RUNS, OUT, TIMERS = table(EscalationRunRow), table(OutboxRow), table(TimerRow)


def _worker(url: str, moment: object) -> subprocess.Popen[bytes]:
    paths = [str(WORKER.parents[1]), *(path for path in sys.path if path)]
    return subprocess.Popen(
        [sys.executable, WORKER, url, str(moment)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        stdout=subprocess.PIPE,
    )


def _kill_when(process: subprocess.Popen[bytes], far_enough: Callable[[], bool]) -> bool:
    """Kill -9 *process* once it has come far enough; False when it ended by itself first."""
    while process.poll() is None:
        if far_enough():
            time.sleep(random.uniform(0, 0.01))
            break
        time.sleep(0.01)
    killed = process.poll() is None
    process.kill()
    process.communicate()
    return killed


def _told(database: Database) -> int:
    with database.connect() as connection:
        return int(
            connection.execute(
                select(func.count()).select_from(OUT).where(OUT.c.run != "")
            ).scalar_one()
        )


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Thirty cases of which nobody heard yet."""
    with running(database_url) as house:
        house.open_cases(CASES)
    opened = open_database(database_url)
    yield opened
    opened.dispose()


def test_killed_while_it_starts_and_tells_each_level_is_told_once(
    database: Database, database_url: str
) -> None:
    kills = 0
    for days in (0, 3, 8, 15):
        moment = MONDAY + timedelta(days=days)
        for _ in range(2):
            target = _told(database) + random.randint(3, 18)
            worker = _worker(database_url, moment)
            if not _kill_when(worker, lambda t=target: _told(database) >= t):
                break
            kills += 1
        worker = _worker(database_url, moment)
        worker.communicate(timeout=60)
        assert worker.returncode == 0
    assert kills >= 3
    with database.connect() as connection:
        runs = connection.execute(select(RUNS)).all()
        told = connection.execute(select(OUT.c.run, OUT.c.rule, OUT.c.reason_nl)).all()
        armed = connection.execute(
            select(TIMERS.c.case_id, TIMERS.c.generation, TIMERS.c.due_at).where(
                TIMERS.c.state == "armed", TIMERS.c.purpose == "escalation"
            )
        ).all()
    assert len(runs) == CASES
    assert {(run.policy, run.id) for run in runs} == {("nieuw-signaal", "E1")}
    levels = Counter(one for one in told if one.run)
    assert set(levels.values()) == {1}
    # Told, reminded, all sides, on duty, the heads: five messages of each run.
    assert len(levels) == 5 * CASES
    # Each run has the one timer of its turn, at the moment that it says.
    promised = Counter((run.case_id, run.turn, run.next_at) for run in runs)
    assert Counter((t.case_id, t.generation, t.due_at) for t in armed) == promised
    assert broken_chains(database) == []
