"""Fire what is due: in order, once, until nothing is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from impasse.engine.engine import Engine

log = structlog.get_logger("impasse.timers")

MOST_ROUNDS = 1_000
"""After so many rounds a sweep stops: whatever goes round in circles must let others through."""


def sweep(engine: Engine, *, batch: int = 200) -> int:
    """Fire all timers that are due, also those that come due meanwhile; return how many.

    Each round is one transaction of *batch* timers at most, and commands that wait go between
    two rounds. A timer that fails is put off, so that it cannot hold up the rest. Raises what the
    engine raises when the database fails; what was fired before stays fired.
    """
    fired = 0
    for _ in range(MOST_ROUNDS):
        count = engine.fire_due(batch)
        fired += count
        if count == 0:
            return fired
    log.warning("timer_sweep_cut_short", result="unfinished", count=fired)
    return fired
