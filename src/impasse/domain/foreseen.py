"""If nobody answers: who hears what, and when. What will happen, reckoned before it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.domain import working_hours
from impasse.domain.escalating import LEAST_LEFT, gap_after, next_place
from impasse.domain.escalation import NextIs, Run, RunState
from impasse.domain.escalation_audience import resolve
from impasse.domain.escalation_policy import OnEmpty

if TYPE_CHECKING:
    from datetime import datetime

    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Case
    from impasse.domain.escalation import Directory
    from impasse.domain.escalation_audience import Resolved
    from impasse.domain.escalation_policy import EscalationPolicy, Level

MOST = 40
"""A policy with many repeats is told this far."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A level as it will be told at `at`, to whom as people are there today.

    `place` is that of the level in its policy, `round` counts repeats. When `resolved.nobody`, the
    level is skipped or waits, as its `on_empty` says.
    """

    level: Level
    place: int
    round: int
    at: datetime
    resolved: Resolved


def foresee(
    found: EscalationPolicy | Run,
    case: Case,
    directory: Directory,
    calendar: Calendar,
    at: datetime,
) -> tuple[Foreseen, ...]:
    """Return the levels that will still be told if nobody answers, in order.

    Of a policy as if it began at *at*; of a run from where it stands. A run that is taken up or
    snoozed goes on when that lapses. Levels for which nobody is there and that are skipped are
    left out.
    """
    run, policy = (
        (found, found.policy) if isinstance(found, Run) else (_new(found, calendar, at), found)
    )
    if not run.open:
        return ()
    moment: datetime | None
    at_once = True
    coming: list[Foreseen] = []
    moment = _first_moment(run, calendar, at)
    if run.state is RunState.ACKNOWLEDGED and run.level >= 0 and moment is not None:
        # When the promise lapses, the same level is told again.
        here = policy.levels[run.level]
        resolved = resolve(policy, here, case, directory)
        coming.append(Foreseen(here, run.level, run.round, moment, resolved))
        left = gap_after(run) if run.remaining is None else max(run.remaining, LEAST_LEFT)
        moment = None if left is None else _later(policy, calendar, moment, left)
    while moment is not None and len(coming) < MOST:
        index, round_ = next_place(run)
        if index is None:
            break
        if not at_once:
            gap = gap_after(run)
            moment = None if gap is None else _later(policy, calendar, moment, gap)
        if moment is None:
            break
        level = policy.levels[index]
        resolved = resolve(policy, level, case, directory)
        run = run.but(level=index, round=round_)
        at_once = resolved.nobody and level.on_empty is OnEmpty.SKIP
        if at_once:
            # What is skipped takes no time: the next level is told in its place.
            continue
        coming.append(Foreseen(level, index, round_, moment, resolved))
    return tuple(coming)


def _first_moment(run: Run, calendar: Calendar, at: datetime) -> datetime | None:
    """Return when the next level of *run* is told, or when it goes on first."""
    if run.next_is is NextIs.NOTHING:
        return None
    hours = run.policy.hours
    if run.next_is is NextIs.REMINDER and run.level_at is not None:
        gap = gap_after(run)
        return None if gap is None else working_hours.after(calendar, hours, run.level_at, gap)
    if run.next_is is NextIs.LAPSE and run.state is RunState.SNOOZED and run.next_at is not None:
        if run.remaining is None:
            return None
        return working_hours.after(calendar, hours, run.next_at, max(run.remaining, LEAST_LEFT))
    return run.next_at if run.next_at is not None else at


def _later(
    policy: EscalationPolicy, calendar: Calendar, moment: datetime, seconds: int
) -> datetime:
    return working_hours.after(calendar, policy.hours, moment, seconds)


def _new(policy: EscalationPolicy, calendar: Calendar, at: datetime) -> Run:
    wait = working_hours.seconds_of(policy.levels[0].after, policy.hours)
    return Run(
        id="E1",
        policy=policy,
        cause="",
        event="",
        stay=0,
        state=RunState.RUNNING,
        level=-1,
        round=0,
        turn=0,
        started_at=at,
        level_at=None,
        next_at=_later(policy, calendar, at, wait),
        next_is=NextIs.LEVEL,
    )
