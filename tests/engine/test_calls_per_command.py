"""A gate that noise cannot break: how many calls of Python one ordinary command takes."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import structlog

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
    "2",
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
def engine(sqlite_url):
    settings = Settings(database_url=sqlite_url)
    prepare(settings)
    house = build(settings, clock=lambda: NOON)
    yield house.engine
    house.close()


def test_an_ordinary_move_with_its_log_line_takes_few_calls(engine, log_lines):
    cases = [engine.handle(DISAGREEMENT, SECRETARY).subject for _ in range(2)]
    # The first move fills memories that every later one finds filled.
    engine._commit([_move(cases[0])])
    log_lines()
    calls = _calls(lambda: engine._commit([_move(cases[1])]))
    assert log_lines() == 1
    assert calls <= MOST, f"{calls} calls: what was added to the road of every command?"


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
