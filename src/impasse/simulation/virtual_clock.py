"""A clock that stands still until it is told to move, and only ever moves forward."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class VirtualClock:
    """Answers the moment it was last set to; an engine takes it for the real clock."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def __call__(self) -> datetime:
        """Return the present moment, in UTC."""
        return self._now

    def move_to(self, moment: datetime) -> None:
        """Let time pass until *moment*; a moment that has passed already changes nothing."""
        self._now = max(self._now, moment)
