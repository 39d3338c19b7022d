"""Killed between the statements of two parties: what is done counts, and joins exactly once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from builders import broken_chains, history, rows
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.tables import TaskRow

pytestmark = pytest.mark.crash

WORKING = Path(__file__).with_name("working.py")
ENOUGH = 60


def test_work_that_was_done_when_the_process_died_is_whole(database_url: str) -> None:
    paths = [str(WORKING.parents[1]), *(path for path in sys.path if path)]
    process = subprocess.Popen(
        [sys.executable, WORKING, database_url],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
    )
    database = open_database(database_url)
    try:
        while process.poll() is None and done(database) < ENOUGH:
            time.sleep(0.02)
        assert process.poll() is None, "it worked until it was killed"
        process.kill()
        process.wait()
        everything_is_whole(database)
    finally:
        process.kill()
        process.wait()
        database.dispose()


def done(database) -> int:
    return sum(row.state == "done" for row in rows(database, TaskRow))


def everything_is_whole(database) -> None:
    """The tasks, the entries of history and the timers tell the same story of each case."""
    states = defaultdict(Counter)
    for row in rows(database, TaskRow):
        states[row.case_id][row.name, row.state] += 1
    told = defaultdict(Counter)
    for entry in history(database):
        told[entry.subject][entry.action] += 1
    assert sum(one["statement", "done"] for one in states.values()) >= ENOUGH
    for case, found in states.items():
        statements = found["statement", "done"]
        assert told[case]["task_done"] == statements
        assert told[case]["tasks_joined"] == (statements == 2)
        assert found["fact_list", "open"] == (statements == 2)
        assert found["fact_list", "waiting"] == (statements < 2)
    assert broken_chains(database) == []
