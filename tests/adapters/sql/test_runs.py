"""A run of escalation is read back as it was, by who sees its case and by nobody else."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from builders import MONDAY, SECRETARY
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.runs import RunFilter, RunViews
from impasse.domain.errors import Conflict, NotFound
from impasse.domain.escalation import (
    Acknowledgement,
    LevelTold,
    NextIs,
    RunEnd,
    RunState,
    Snooze,
    TripWatch,
)
from impasse.domain.people import Actor, Role
from runs import RUNS, a_run, put_case, put_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Engine as Database

STRANGER = Actor("wim", "gm0599", frozenset({Role.LIAISON_OFFICER}), "web")
OFFICER = Actor("els", "gm0363", frozenset({Role.LIAISON_OFFICER}), "web")
ACTS = (
    LevelTold(0, 0, MONDAY, ("pv27", "gm0363"), 3, fallback=True),
    TripWatch(date(2026, 10, 1)),
    Acknowledgement("E1-1", 0, 0, "els", "gm0363", "bellen", date(2026, 9, 9), MONDAY),
    Snooze("E1-2", "els", "gm0363", "overleg", date(2026, 9, 12), MONDAY, MONDAY, "signal"),
)


@pytest.fixture
def here(database_url: str) -> Iterator[Database]:
    """A database with two cases."""
    database = open_database(database_url)
    for number in (1, 2):
        put_case(database, number)
    yield database
    database.dispose()


def test_a_run_comes_back_as_it_was(here: Database) -> None:
    kept = a_run(MONDAY, acts=ACTS)
    ended = a_run(
        MONDAY,
        "E2",
        state=RunState.ENDED,
        next_at=None,
        next_is=NextIs.NOTHING,
        ended_at=MONDAY + timedelta(hours=1),
        ended_as=RunEnd.SETTLED,
        remaining=7200,
    )
    for run in (ended, kept):
        put_run(here, "IMP-2026-0001", run)
    views = RunViews(here)
    assert views.of_case(SECRETARY, "IMP-2026-0001") == [kept, ended]
    assert views.run(OFFICER, "IMP-2026-0001", "E1").run == kept


def test_who_does_not_see_the_case_finds_no_run(here: Database) -> None:
    put_run(here, "IMP-2026-0001", a_run(MONDAY))
    views = RunViews(here)
    assert views.runs(STRANGER) == []
    with pytest.raises(NotFound):
        views.run(STRANGER, "IMP-2026-0001", "E1")
    with pytest.raises(NotFound):
        views.run(OFFICER, "IMP-2026-0002", "E1")


def test_runs_are_filtered_and_come_a_page_at_a_time(here: Database) -> None:
    for case in ("IMP-2026-0001", "IMP-2026-0002"):
        put_run(here, case, a_run(MONDAY))
        put_run(here, case, a_run(MONDAY, "E2", state=RunState.ENDED, next_at=None))
    views = RunViews(here)
    seen = []
    after = None
    while page := views.runs(SECRETARY, after=after, limit=3):
        seen += [line.key for line in page]
        after = page[-1].key
    assert seen == [(f"IMP-2026-000{case}", f"E{run}") for case in "12" for run in "12"]
    assert len(views.runs(SECRETARY, RunFilter(open=True))) == 2
    assert len(views.runs(SECRETARY, RunFilter(state=RunState.ENDED, case="IMP-2026-0002"))) == 1
    assert views.runs(SECRETARY, RunFilter(policy="anders")) == []
    assert views.runs(SECRETARY, RunFilter(mine="els")) == []


def test_a_damaged_run_is_left_out_and_named(here: Database) -> None:
    for key in ("E1", "E2"):
        put_run(here, "IMP-2026-0001", a_run(MONDAY, key))
    with here.begin() as connection:
        connection.execute(update(RUNS).where(RUNS.c.id == "E1").values(state="sleeping"))
    views = RunViews(here)
    with capture_logs() as lines:
        assert [line.run.id for line in views.runs(SECRETARY)] == ["E2"]
    assert [line["object"] for line in lines] == ["IMP-2026-0001:E1"]
    with pytest.raises(Conflict, match="IMP-2026-0001"):
        views.run(SECRETARY, "IMP-2026-0001", "E1")
