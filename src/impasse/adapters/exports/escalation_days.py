"""Days of escalations that belong in somebody's own calendar: what was promised, and what is next.

Only that there is such a day. The next step that somebody named is content, and stays in the case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.adapters.sql.runs import RunFilter
from impasse.domain import working_hours
from impasse.domain.escalating import gap_after, next_place
from impasse.domain.escalation import Acknowledgement, NextIs, RunState, Snooze, TripWatch
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from impasse.adapters.sql.runs import RunLine, RunViews
    from impasse.domain.calendar import Calendar
    from impasse.domain.escalation import Run
    from impasse.domain.people import Actor

_MOST = 2000


@dataclass(frozen=True, slots=True)
class EscalationDay:
    """A day on which an escalation asks or does something.

    `key` is the same for as long as it is the same promise or level, `plan` grows with each change
    of the day, and `since` is when it was last changed.
    """

    case: str
    title: str
    key: str
    what: Text
    day: date
    plan: int
    since: datetime


def escalation_days(runs: RunViews, calendar: Calendar, actor: Actor) -> list[EscalationDay]:
    """Return what *actor* or the own side promised, and when levels are next in cases of that side.

    Of cases that *actor* may see, the earliest first. A promise that lapsed is none any more, and
    while a run is taken up, snoozed or held no next level has a day.
    """
    found = [
        day
        for line in runs.runs(actor, RunFilter(open=True), limit=_MOST)
        for day in _promised(line, actor)
    ]
    if actor.organisation:
        ours = RunFilter(open=True, party=actor.organisation)
        for line in runs.runs(actor, ours, limit=_MOST):
            found += _next(line, calendar)
    return sorted(found, key=lambda one: (one.day, one.case, one.key))


def _promised(line: RunLine, actor: Actor) -> Iterator[EscalationDay]:
    for promise in line.run.acknowledgements:
        if promise.organisation:
            ours = promise.organisation == actor.organisation
        else:
            # The secretariat and the mediator are no side: there everybody promises alone.
            ours = promise.person == actor.person
        if ours:
            yield EscalationDay(
                case=line.case,
                title=line.title,
                key=promise.id,
                what=Text("Toegezegd bij opschaling", "Promised in an escalation"),
                day=promise.until,
                plan=0,
                since=promise.at,
            )


def _next(line: RunLine, calendar: Calendar) -> Iterator[EscalationDay]:
    run = line.run
    index, round_ = next_place(run)
    due = _due(run, calendar)
    if index is None or due is None:
        return
    yield EscalationDay(
        case=line.case,
        title=line.title,
        key=f"{run.id}/{round_}.{index}",
        what=Text("Volgende trede van een opschaling", "Next level of an escalation"),
        day=calendar.local_day(due),
        plan=run.turn,
        since=max(_moments(run)),
    )


def _moments(run: Run) -> Iterator[datetime]:
    """Give when something was written down of *run* that can move its next level."""
    yield run.started_at
    for act in run.acts:
        if not isinstance(act, TripWatch):
            yield act.at
        if isinstance(act, Acknowledgement) and act.lapsed_at is not None:
            yield act.lapsed_at
        if isinstance(act, Snooze) and act.ended_at is not None:
            yield act.ended_at


def _due(run: Run, calendar: Calendar) -> datetime | None:
    """Return when the next level is told, when that is planned."""
    if run.state is not RunState.RUNNING:
        return None
    if run.next_is is NextIs.LEVEL:
        return run.next_at
    gap = gap_after(run)
    if run.next_is is not NextIs.REMINDER or gap is None or run.level_at is None:
        return None
    return working_hours.after(calendar, run.policy.hours, run.level_at, gap)
