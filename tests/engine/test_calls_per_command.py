"""A gate that noise cannot break: how many calls of Python one ordinary command takes."""

from __future__ import annotations

import logging
import sys
from dataclasses import replace
from datetime import UTC, datetime
from shutil import copyfile
from typing import TYPE_CHECKING

import pytest
import structlog

from impasse.adapters.files.shipped import shipped
from impasse.adapters.logs import configure
from impasse.domain.case import Party
from impasse.domain.commands import MakeMove, OpenCase, SignalReport
from impasse.domain.people import Actor, Layer, Role
from impasse.domain.signals import Reliability
from impasse.engine.engine import _Ask
from impasse.settings import Settings
from impasse.wiring import build, prepare

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

MOST = 500
"""Calls per command, Python and C together; the ORM alone would take five times as many."""

MOST_WITH_TASKS = 650
"""The same where the stage that is entered makes four tasks, of which three get a last day."""

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
SECRETARY = Actor("p-1", "gm0363", frozenset({Role.LIAISON_OFFICER, Role.SECRETARIAT}), "cli")
DISAGREEMENT = OpenCase(
    "Waterpeil en woningbouw",
    (
        Party("gm0363", "Amsterdam", Layer.MUNICIPALITY),
        Party("pv27", "Noord-Holland", Layer.PROVINCE),
        Party("ws0155", "Amstel, Gooi en Vecht", Layer.WATER_AUTHORITY),
    ),
    (SignalReport("A1", Reliability.DOCUMENT, "gm0363", NOON.date(), "Brief."),),
    "interbestuurlijke-impasse",
    "1",
)


@pytest.fixture
def log_lines(capsys):
    """Log as in production; return how many lines were written since it was last asked."""
    root = logging.getLogger()
    before = root.level, root.handlers[:]
    configure("json", "info")
    yield lambda: len(capsys.readouterr().err.splitlines())
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


@pytest.fixture
def engine(sqlite_url, tmp_path):
    """The procedure that ships, and its first version, which had no tasks."""
    name = "interbestuurlijke-impasse"
    for number, path in enumerate([f"{name}.yaml", f"earlier/{name}@1.yaml"]):
        copyfile(shipped("workflows", path), tmp_path / f"{number}.yaml")
    settings = Settings(database_url=sqlite_url, workflows=tmp_path)
    prepare(settings)
    house = build(settings, clock=lambda: NOON)
    yield house.engine
    house.close()


def test_an_ordinary_move_with_its_log_line_takes_few_calls(engine, log_lines):
    assert _of_a_move(engine, "1", log_lines) <= MOST


def test_a_move_into_a_stage_with_tasks_takes_few_more(engine, log_lines):
    assert _of_a_move(engine, "2", log_lines) <= MOST_WITH_TASKS


def _of_a_move(engine, version: str, log_lines) -> int:
    """Return how many calls a move takes: what was added to the road of every command shows."""
    opening = replace(DISAGREEMENT, workflow_version=version)
    cases = [engine.handle(opening, SECRETARY).subject for _ in range(2)]
    # The first move fills memories that every later one finds filled.
    engine._commit([_move(cases[0])])
    log_lines()
    calls = _calls(lambda: engine._commit([_move(cases[1])]))
    assert log_lines() == 1
    return calls


def _move(case: str) -> _Ask:
    """An advised condition is passed over: a term ends, another begins, five timers are armed."""
    return _Ask(MakeMove(case, "start_fact_finding", note="De behandelaar volgt."), SECRETARY)


def _calls(act: Callable[[], None]) -> int:
    """Count the calls of Python and C functions that *act* makes on this thread."""
    count = 0

    def notice(_frame: FrameType, event: str, _what: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    earlier = sys.getprofile()
    sys.setprofile(notice)
    try:
        act()
    finally:
        sys.setprofile(earlier)
    return count
