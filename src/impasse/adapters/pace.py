"""How fast somebody may go on: so many times a minute, counted in the memory of this process.

Each name has a bucket that holds a minute's worth and fills up again evenly, so that a burst is
possible and a flood is not. Several processes count each for itself.
"""

from __future__ import annotations

import math
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

MOST_NAMES = 10_000
"""With more names than this, those that were left alone for a minute are forgotten."""

_MINUTE = 60.0


class Pace:
    """At most so many times *per_minute* for each name."""

    def __init__(self, per_minute: int) -> None:
        self._most = float(per_minute)
        self._left: dict[str, tuple[float, datetime]] = {}
        self._lock = Lock()

    def wait(self, name: str, at: datetime) -> int:
        """Count one more time for *name*; return the seconds to wait first, 0 when it may go on."""
        with self._lock:
            left = self._now(name, at)
            if left < 1:
                return math.ceil((1 - left) * _MINUTE / self._most)
            if len(self._left) >= MOST_NAMES:
                self._forget(at)
            self._left[name] = (left - 1, at)
            return 0

    def _now(self, name: str, at: datetime) -> float:
        left, then = self._left.get(name, (self._most, at))
        # A clock that is set back gives nothing and takes nothing.
        passed = max((at - then).total_seconds(), 0.0)
        return min(self._most, left + passed * self._most / _MINUTE)

    def _forget(self, at: datetime) -> None:
        self._left = {
            name: kept for name, kept in self._left.items() if self._now(name, at) < self._most
        }
