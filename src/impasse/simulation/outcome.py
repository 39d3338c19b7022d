"""What a simulation found: time per stage, load per role, expiries and endings, as plain numbers.

Times are in working days. Of a share 0.25 is a quarter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.domain.flow import HALF, MOST, nearest_rank

if TYPE_CHECKING:
    from array import array
    from collections.abc import Sequence

    from impasse.domain.people import Role
    from impasse.domain.text import Text
    from impasse.domain.tier import Tier
    from impasse.simulation.assumptions import Assumptions


@dataclass(frozen=True, slots=True)
class Spread:
    """How far values lie apart: their number, mean, median, 85 of 100, and the largest."""

    n: int
    mean: float
    median: float
    p85: float
    most: float


NOTHING = Spread(0, 0.0, 0.0, 0.0, 0.0)


def spread(values: array[float]) -> Spread:
    """Return how far *values* lie apart, to two decimals; `NOTHING` when there are none."""
    if not values:
        return NOTHING
    ordered = sorted(values)
    mean = round(sum(ordered) / len(ordered), 2)
    half, most = (round(nearest_rank(ordered, percent), 2) for percent in (HALF, MOST))
    return Spread(len(ordered), mean, half, most, round(ordered[-1], 2))


@dataclass(frozen=True, slots=True)
class Queue:
    """How many cases wait at a moment: the mean, what 85 of 100 moments keep within, the most."""

    mean: float
    p85: int
    most: int


def queue(time_at: Sequence[float], most: int) -> Queue:
    """Return the queue that was so long for `time_at[length]`, and once had *most*."""
    whole = sum(time_at)
    if not whole:
        return Queue(0.0, 0, most)
    mean = sum(length * time for length, time in enumerate(time_at)) / whole
    passed, p85 = 0.0, 0
    for length, time in enumerate(time_at):
        passed += time
        p85 = length
        # Rounding leaves a trace in the sum.
        if passed >= 0.85 * whole - 1e-9:
            break
    return Queue(round(mean, 3), p85, most)


@dataclass(frozen=True, slots=True)
class ReminderSent:
    """How often a reminder was sent, so many working days before the end of a term."""

    before: int
    sent: int


@dataclass(frozen=True, slots=True)
class RungReached:
    """How many stays came so far past the end of their term."""

    after: int
    tier: Tier | None
    trigger: str | None
    reached: int


@dataclass(frozen=True, slots=True)
class StageFound:
    """What became of one stage; `expired` counts terms that were not met, `entered` all stays.

    `time` is of stays that ended, `waited` how long they waited for somebody with time.
    `unfinished` stays had not ended at the horizon; `moved_by_clock` were ended by the clock.
    """

    name: str
    label: Text
    number: int | None
    pause: bool
    term: int | None
    entered: int
    time: Spread
    waited: Spread
    expired: int
    reminders: tuple[ReminderSent, ...]
    rungs: tuple[RungReached, ...]
    suspended: int
    suspended_days: Spread
    moved_by_clock: int
    unfinished: int

    @property
    def share_expired(self) -> float:
        """The share of stays of which the term was not met."""
        return round(self.expired / self.entered, 4) if self.entered else 0.0


@dataclass(frozen=True, slots=True)
class DeskFound:
    """How busy a role was, and who waited for it; `load` is None when there is no limit."""

    role: Role
    staff: int | None
    at_once: int
    busy: float
    load: float | None
    queue: Queue
    wait: Spread


@dataclass(frozen=True, slots=True)
class EndingFound:
    """How many cases ended in one ending."""

    name: str
    label: Text
    cases: int
    share: float


@dataclass(frozen=True, slots=True)
class TierFound:
    """How many cases came no higher than this table."""

    tier: Tier
    cases: int
    share: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that a simulation found, and what it assumed.

    `runs` is how often the years were lived through, each from empty desks; `time` is that of the
    cases that ended.
    """

    procedure: str
    content_hash: str
    label: Text
    calendar_version: str
    seed: int
    cases: int
    runs: int
    finished: int
    unfinished: int
    time: Spread
    stages: tuple[StageFound, ...]
    desks: tuple[DeskFound, ...]
    endings: tuple[EndingFound, ...]
    tiers: tuple[TierFound, ...]
    assumptions: Assumptions
