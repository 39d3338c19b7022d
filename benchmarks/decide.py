"""The pure decision alone: no database, no log, no clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from statistics import median

from benchmarks.houses import EARLIER, OPENING, SECRETARY, ordinary_move
from benchmarks.results import Result, spread
from impasse.adapters.files.calendar import load_calendar
from impasse.adapters.files.early_warning import load_indicators
from impasse.adapters.files.shipped import shipped
from impasse.adapters.files.workflows import load_workflow
from impasse.domain.decide import decide
from impasse.domain.decision import Given
from impasse.domain.machine import compile_workflow
from impasse.domain.opening import open_case
from impasse.settings import Settings

AT_MOST = 50.0
"""Microseconds."""


def measure(*, rounds: int, times: int) -> list[Result]:
    """Time an ordinary move of a case with three parties and a signal.

    Counted is the time of the processor, in many short rounds: neighbours take no part of that.
    """
    settings = Settings()
    indicators, _ = load_indicators(settings.early_warning_file)
    calendar = load_calendar(settings.calendar_file)
    at = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
    given = Given(
        at=at,
        today=calendar.local_day(at),
        actor=SECRETARY,
        procedure=compile_workflow(load_workflow(shipped(*EARLIER))),
        calendar=calendar,
        indicators=indicators,
    )
    opened = open_case(OPENING, "IMP-2026-0001", given).case
    assert opened is not None
    command = ordinary_move(opened.id)
    found = []
    for _ in range(rounds):
        begun = time.thread_time()
        for _ in range(times):
            decide(opened, command, given)
        found.append((time.thread_time() - begun) / times * 1e6)
    return [
        Result(
            "`decide` alone, microseconds", "memory", spread(found, 1), "-", "-",
            f"at most {AT_MOST:.0f}", median(found) <= AT_MOST,
        )
    ]  # fmt: skip
