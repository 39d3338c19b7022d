"""A house to measure in: a fresh database, invented cases, and log lines that go nowhere."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from impasse.adapters.files.shipped import shipped
from impasse.adapters.logs import configure
from impasse.domain.case import Party
from impasse.domain.commands import MakeMove, OpenCase, SignalReport
from impasse.domain.people import Actor, Layer, Role
from impasse.domain.signals import Reliability
from impasse.settings import Settings
from impasse.wiring import PROCEDURE, build, now, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.engine.ports import Clock
    from impasse.wiring import House

SECRETARY = Actor(
    "p-bench", "gm0363", frozenset({Role.LIAISON_OFFICER, Role.SECRETARIAT}), "benchmark"
)
_PARTIES = (
    Party("gm0363", "Amsterdam", Layer.MUNICIPALITY),
    Party("pv27", "Noord-Holland", Layer.PROVINCE),
    Party("ws0155", "Amstel, Gooi en Vecht", Layer.WATER_AUTHORITY),
)
OPENING = OpenCase(
    "Waterpeil en woningbouw",
    _PARTIES,
    (SignalReport("A1", Reliability.DOCUMENT, "gm0363", date(2026, 11, 20), "Brief."),),
    PROCEDURE,
    "1",
)
"""Under the version without tasks: the move that is measured stays the same between releases."""

EARLIER = ("workflows", "earlier", f"{PROCEDURE}@1.yaml")


@contextmanager
def house(url: str, *, clock: Clock = now) -> Iterator[House]:
    """Open a house on the empty database at *url*, everything on, and close it again."""
    settings = Settings(database_url=url)
    prepare(settings, clock=clock)
    with another(url, clock=clock) as built:
        built.procedures.adopt(shipped(*EARLIER), by="benchmark", at=clock())
        yield built


@contextmanager
def another(url: str, *, clock: Clock = now) -> Iterator[House]:
    """Open one more house on a database that is up to date, as a second process would."""
    built = build(Settings(database_url=url), clock=clock)
    try:
        yield built
    finally:
        built.close()


@contextmanager
def log_lines_to_nowhere() -> Iterator[None]:
    """Write every log line, as production does, where it costs no terminal."""
    ours = sys.stderr
    configure("json", "info")
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        sys.stderr = nowhere
        try:
            yield
        finally:
            sys.stderr = ours


def open_cases(house: House, count: int) -> list[str]:
    """Open *count* cases, each with three parties and a signal; return their numbers."""
    answers = [house.engine.submit(OPENING, SECRETARY) for _ in range(count)]
    return [answer.result().subject for answer in answers]


def ordinary_move(case: str) -> MakeMove:
    """Return the move that is measured: to fact-finding, with an advised condition passed over.

    It ends a term, begins another, cancels four timers, arms five and promises a message.
    """
    return MakeMove(case, "start_fact_finding", note="De behandelaar volgt deze week.")
