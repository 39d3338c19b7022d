"""A migration is killed halfway, again and again; every case moves once, and the run finishes."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from builders import MONDAY, PROCEDURE, SECRETARY, HandClock, an_opening, broken_chains, history
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.migrations_of_cases import SqlMigrations
from impasse.domain.case import ConfirmationKind
from impasse.domain.commands import Confirm
from impasse.engine.migrating import ItemState, MigrationState
from versions import moving

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.crash

WORKER = Path(__file__).with_name("migrator.py")
CASES = 60


def a_worker(url: str) -> subprocess.Popen[bytes]:
    """Start a process that carries out the migration."""
    paths = [str(WORKER.parents[1]), *(path for path in sys.path if path)]
    return subprocess.Popen(
        [sys.executable, WORKER, url, (MONDAY.replace(hour=12)).isoformat()],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
    )


def kill_when(process: subprocess.Popen[bytes], far_enough: Callable[[], bool]) -> bool:
    """Kill -9 *process* once it has come far enough; False when it ended by itself first."""
    while process.poll() is None:
        if far_enough():
            time.sleep(random.uniform(0, 0.01))
            break
        time.sleep(0.005)
    killed = process.poll() is None
    process.kill()
    process.communicate()
    return killed


def test_killed_halfway_and_run_again_no_case_moves_twice(database_url: str) -> None:
    with moving(database_url, HandClock()) as house:
        for number in range(CASES):
            case = house.engine.handle(an_opening(number, workflow_version="2"), SECRETARY).subject
            for party in ("pv27", "gm0363"):
                house.engine.handle(
                    Confirm(case, ConfirmationKind.MIGRATION, party, "brief", f"{PROCEDURE}@3"),
                    SECRETARY,
                )
        house.clock.goes_on(hours=1)
        house.migrator.plan(PROCEDURE, ("2", "3"), SECRETARY)
    database = open_database(database_url)
    ledger = SqlMigrations(database)

    def done() -> int:
        return sum(item.state is ItemState.DONE for item in ledger.items("M1"))

    try:
        kills = 0
        for share in (0.2, 0.5, 0.8):
            if kill_when(a_worker(database_url), lambda s=share: done() >= s * CASES):
                kills += 1
                assert ledger.get("M1").state is MigrationState.RUNNING
        assert kills >= 2
        worker = a_worker(database_url)
        worker.communicate(timeout=60)
        assert worker.returncode == 0
        assert done() == CASES
        assert ledger.get("M1").state is MigrationState.FINISHED
        moved = [entry.subject for entry in history(database) if entry.action == "migrated"]
        assert len(moved) == len(set(moved)) == CASES
        assert broken_chains(database) == []
    finally:
        database.dispose()
