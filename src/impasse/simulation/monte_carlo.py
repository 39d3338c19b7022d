"""Thousands of cases of a procedure on a virtual clock, to see where they will wait.

Cases come in by chance, are worked on by people of whom there are so many, go where people or the
clock send them, and end. Terms, rungs, suspensions and targets are those of the product: the same
`schedule`, the same `planned`, the same machine. Chance has a stream per concern and all durations
come from tables, so the same seed gives the same bytes everywhere.

This is the one loop in the house that runs millions of times: its parts are plain mutable objects
with slots, and the calendar is asked once per stage and day.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import deque
from datetime import UTC, datetime, time
from heapq import heappop, heappush
from itertools import accumulate
from math import inf, log
from random import Random
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from impasse.domain.case import Purpose
from impasse.domain.errors import Invalid
from impasse.domain.length import Unit
from impasse.domain.schedule import moments, schedule
from impasse.domain.term_acts import Suspension, SuspensionReason, planned
from impasse.domain.terms import reckon
from impasse.domain.text import Text
from impasse.domain.tier import Tier
from impasse.domain.workflow import StageKind
from impasse.simulation.assumptions import FOLLOWED
from impasse.simulation.outcome import (
    DeskFound,
    EndingFound,
    Outcome,
    ReminderSent,
    RungReached,
    StageFound,
    TierFound,
    queue,
    spread,
)
from impasse.simulation.working_time import WorkingTime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from impasse.domain.calendar import Calendar
    from impasse.domain.machine import CompiledWorkflow
    from impasse.domain.terms import TermRule
    from impasse.domain.workflow import Stage
    from impasse.simulation.assumptions import Assumptions, Desk, StageAssumptions

MOST_CASES = 1_000_000

_CLOCK, _DONE, _RESUMED, _ARRIVAL = range(4)
"""Kinds of events, in the order in which those of one moment happen."""

_FILLING = 0.2
"""The first part of the years in which cases come in: desks fill up, and nothing is measured."""

_TOLD_EVERY = 200
"""So many new cases between two reports of progress."""

_TIERS = tuple(Tier)

_SuspensionKey: TypeAlias = "tuple[str, date | datetime, TermRule, int, int]"


def simulate(
    procedure: CompiledWorkflow,
    assumptions: Assumptions,
    calendar: Calendar,
    *,
    cases: int,
    seed: int,
    progress: Callable[[int], None] = lambda _cases: None,
) -> Outcome:
    """Let *cases* cases live through *procedure*, and return what became of them.

    They come in over so many years, and are followed for two more; when more cases are asked for
    than come in in those years, the years are lived through again, from empty desks. *progress*
    hears how many cases have come in since it heard last. Raises `Invalid` for a number of cases
    that cannot be simulated, or when the years leave the calendar.
    """
    if not 1 <= cases <= MOST_CASES:
        raise Invalid(
            Text(
                f"Kies 1 tot en met {MOST_CASES} zaken, niet {cases}.",
                f"Choose 1 to {MOST_CASES} cases, not {cases}.",
            )
        )
    world = _World(procedure, assumptions, calendar, seed)
    runs, left = 0, cases
    while left:
        came = world.live(left, progress)
        left -= came
        runs += 1
    return world.found(cases, runs, seed)


class _Promise(NamedTuple):
    """What entering a stage on a day promises: when its term has passed, and all that rings.

    `reminders` are (number, moment), since those of a day that is past do not ring.
    """

    start: date | datetime
    rule: TermRule
    passes: float
    reminders: tuple[tuple[int, float], ...]
    rungs: tuple[float, ...]
    clock_at: float
    clock: str


class _Desk:
    """The people of one role: who is worked on, who waits, and a tally of both."""

    __slots__ = (
        "assumed", "busy", "busy_area", "first", "last", "measured", "most", "places", "queue",
        "time_at", "told", "waiting", "waits",
    )  # fmt: skip

    def __init__(self, assumed: Desk) -> None:
        self.assumed = assumed
        self.places = inf if assumed.places is None else assumed.places
        self.busy_area = 0.0
        self.measured = 0.0
        self.time_at: list[float] = [0.0]
        self.most = 0
        self.waits = array("d")
        self.empty(0.0, 0.0)

    def empty(self, first: float, last: float) -> None:
        """Begin anew with nobody there; measure between *first* and *last*."""
        self.busy = self.waiting = 0
        self.queue: deque[tuple[_Case, int]] = deque()
        self.told, self.first, self.last = 0.0, first, last

    def tally(self, now: float) -> None:
        """Count the time since the last change: call this before each."""
        begun = max(self.first, self.told)
        ended = min(self.last, now)
        if ended > begun:
            passed = ended - begun
            self.busy_area += self.busy * passed
            self.measured += passed
            self.time_at[self.waiting] += passed
        self.told = now

    def joins(self) -> None:
        """Let one more wait."""
        self.waiting += 1
        if self.waiting > self.most:
            self.most = self.waiting
            self.time_at.append(0.0)


class _Place:
    """One stage, with everything that happened in it."""

    __slots__ = (
        "agreeing", "assumed", "by_clock", "desk", "ending", "entered", "expired", "in_hours",
        "last_weight",
        "of_agreed", "pause", "promises", "quantiles", "reached", "reminded",
        "rung_tiers", "stage",
        "suspended", "suspended_days", "suspending", "times", "triggers", "unfinished", "waited",
        "weights",
    )  # fmt: skip

    def __init__(self, stage: Stage, assumed: StageAssumptions | None, desk: _Desk | None) -> None:
        self.stage = stage
        self.assumed = assumed
        self.desk = desk
        self.ending = stage.kind is StageKind.ENDING
        self.pause = stage.kind is StageKind.PAUSE
        self.entered = self.expired = self.suspended = self.by_clock = self.unfinished = 0
        self.times, self.waited, self.suspended_days = array("d"), array("d"), array("d")
        self.promises: dict[tuple[int, int], _Promise] = {}
        rungs = stage.term.on_expiry if stage.term is not None else ()
        self.reminded = [0] * (len(stage.term.reminders) if stage.term is not None else 0)
        self.in_hours = stage.term is not None and stage.term.rule.length.unit is Unit.HOURS
        self.rung_tiers = tuple(0 if rung.tier is None else rung.tier.rank for rung in rungs)
        self.reached = [0] * len(rungs)
        moves = assumed.moves.moves if assumed else ()
        self.triggers = tuple(move.trigger for move in moves)
        self.weights = tuple(accumulate(move.weight for move in moves))
        self.last_weight = self.weights[-1] if self.weights else 0.0
        self.quantiles = assumed.work.quantiles if assumed else ()
        self.of_agreed = assumed is not None and assumed.work.of_agreed
        self.suspending = assumed.suspending if assumed else None
        self.agreeing = assumed.agreeing if assumed else None


class _Case:
    """One case on its way. An event counts when it is the one that the case waits for."""

    __slots__ = (
        "at_desk", "awaits", "awaits_clock", "begun", "came_from", "entered", "place", "promise",
        "queued", "queued_at", "queued_work", "rest", "tier", "waited",
    )  # fmt: skip

    def __init__(self, place: _Place, now: float) -> None:
        self.place = place
        self.begun = self.entered = now
        self.came_from = ""
        self.promise: _Promise | None = None
        self.awaits = self.awaits_clock = -1
        self.at_desk = self.queued = False
        self.queued_at = self.queued_work = self.waited = 0.0
        self.rest = -1.0
        self.tier = 1


class _World:
    """One procedure and the people who work at it, lived through as often as is asked."""

    def __init__(
        self,
        procedure: CompiledWorkflow,
        assumptions: Assumptions,
        calendar: Calendar,
        seed: int,
    ) -> None:
        self._procedure = procedure
        self._assumptions = assumptions
        self._calendar = calendar
        self._time = WorkingTime(assumptions.start, calendar)
        self._coming = self._time.in_years(assumptions.years)
        self._horizon = float(self._time.in_years(assumptions.years + FOLLOWED))
        self._rate = assumptions.per_month * 12 * assumptions.years / self._coming
        self._desks = {desk.role: _Desk(desk) for desk in assumptions.desks}
        assumed = {stage.name: stage for stage in assumptions.stages}
        self._places = {
            name: _Place(stage, assumed.get(name), self._desk_of(assumed.get(name)))
            for name, stage in procedure.workflow.stages.items()
        }
        self._targets: dict[tuple[str, str, str], _Place] = {}
        self._suspensions: dict[_SuspensionKey, _Promise] = {}
        # A stream per concern: what one assumption changes leaves the chances of the others alone.
        self._arriving, self._working, self._moving, self._suspending, self._agreeing = (
            Random(f"{seed} {concern}").random  # noqa: S311 - chance without secrets
            for concern in ("arrivals", "work", "moves", "suspensions", "agreements")
        )
        self._events: list[tuple[float, int, int, _Case | None]] = []
        self._number = 0
        self._whole = array("d")
        self._ended = dict.fromkeys(self._places, 0)
        self._tiers = [0] * (len(_TIERS) + 1)
        self._unfinished = 0

    def _desk_of(self, assumed: StageAssumptions | None) -> _Desk | None:
        if assumed is None or assumed.owner is None:
            return None
        return self._desks[assumed.owner]

    def live(self, most: int, progress: Callable[[int], None]) -> int:
        """Live through the years once, with at most *most* cases; return how many there were."""
        coming = min(float(self._coming), most / self._rate)
        for desk in self._desks.values():
            desk.empty(_FILLING * coming, coming)
        initial = self._places[self._procedure.workflow.initial]
        events, horizon = self._events, self._horizon
        events.clear()
        cases: list[_Case] = []
        self._push(self._next_arrival(0.0), _ARRIVAL, None)
        while events and events[0][0] < horizon:
            now, kind, number, case = heappop(events)
            if case is None:
                if now >= self._coming:
                    continue
                case = _Case(initial, now)
                cases.append(case)
                self._enter(case, initial, now)
                if len(cases) < most:
                    self._push(self._next_arrival(now), _ARRIVAL, None)
                if not len(cases) % _TOLD_EVERY:
                    progress(_TOLD_EVERY)
            else:
                self._happen(case, kind, number, now)
        progress(len(cases) % _TOLD_EVERY)
        self._stop(cases)
        return len(cases)

    def _happen(self, case: _Case, kind: int, number: int, now: float) -> None:
        """Let an event happen to *case*, if that is what it still waits for."""
        if kind == _CLOCK:
            if case.awaits_clock == number:
                self._by_clock(case, now)
        elif case.awaits != number:
            return
        elif kind == _DONE:
            self._done(case, now)
        else:
            rest, case.rest = case.rest, -1.0
            self._work(case, rest, now)

    def _next_arrival(self, now: float) -> float:
        return now + round(-log(1.0 - self._arriving()) / self._rate, 6)

    def _push(self, at: float, kind: int, case: _Case | None) -> int:
        self._number += 1
        heappush(self._events, (at, kind, self._number, case))
        return self._number

    def _enter(self, case: _Case, place: _Place, now: float) -> None:
        """Put *case* in a stage: its term begins, and somebody is needed to work on it."""
        case.place = place
        if place.ending:
            self._ended[place.stage.name] += 1
            self._whole.append(now - case.begun)
            self._tiers[case.tier] += 1
            return
        place.entered += 1
        case.entered, case.waited = now, 0.0
        day, agreed = int(now), 0
        if place.agreeing is not None:
            agreed = self._drawn(place.agreeing.length.shortest, place.agreeing.length.longest,
                                 self._agreeing)  # fmt: skip
        promise = place.promises.get((day, agreed)) or self._promise(place, now, agreed)
        self._await_term(case, promise)
        quantiles = place.quantiles
        work = quantiles[int(self._working() * len(quantiles))]
        if place.of_agreed:
            work *= agreed
        if place.suspending is not None and self._suspending() < place.suspending.chance:
            before = self._suspending()
            case.rest = work * (1.0 - before)
            work *= before
        self._work(case, work, now)

    def _await_term(self, case: _Case, promise: _Promise | None) -> None:
        case.promise = promise
        case.awaits_clock = -1
        if promise is not None and promise.clock_at < self._horizon:
            case.awaits_clock = self._push(promise.clock_at, _CLOCK, case)

    def _work(self, case: _Case, work: float, now: float) -> None:
        """Have somebody work on *case*, at once or when there is time."""
        desk = case.place.desk
        if desk is not None:
            desk.tally(now)
            if desk.busy >= desk.places:
                case.awaits = self._number = self._number + 1
                case.queued, case.queued_at, case.queued_work = True, now, work
                desk.queue.append((case, case.awaits))
                desk.joins()
                return
            desk.busy += 1
            if desk.places != inf:
                desk.waits.append(0.0)
            case.at_desk = True
        case.awaits = self._push(now + work, _DONE, case)

    def _let_go(self, case: _Case, now: float) -> None:
        """Free the place that *case* takes at a desk, or in its queue."""
        desk = case.place.desk
        if desk is None:
            return
        desk.tally(now)
        if case.queued:
            case.queued = False
            desk.waiting -= 1
        if not case.at_desk:
            return
        case.at_desk = False
        while desk.queue:
            other, number = desk.queue.popleft()
            if other.awaits == number:
                desk.waiting -= 1
                waited = now - other.queued_at
                desk.waits.append(waited)
                other.waited += waited
                other.queued, other.at_desk = False, True
                other.awaits = self._push(now + other.queued_work, _DONE, other)
                return
        desk.busy -= 1

    def _done(self, case: _Case, now: float) -> None:
        """Go on after the work: to a suspension that was to come, or to the next stage."""
        self._let_go(case, now)
        case.awaits = -1
        place = case.place
        if case.rest >= 0.0 and self._suspend(case, now):
            return
        if case.rest >= 0.0:
            rest, case.rest = case.rest, -1.0
            self._work(case, rest, now)
            return
        if not place.triggers:
            # Nobody can make a move from here: the clock does, or nothing does.
            return
        choice = bisect_right(place.weights, self._moving() * place.last_weight)
        self._move(case, place.triggers[min(choice, len(place.triggers) - 1)], now)

    def _by_clock(self, case: _Case, now: float) -> None:
        """Let the clock make the move that the procedure gave to it."""
        promise = case.promise
        assert promise is not None  # noqa: S101 - only a promise rings
        self._let_go(case, now)
        case.place.by_clock += 1
        self._move(case, promise.clock, now)

    def _move(self, case: _Case, trigger: str, now: float) -> None:
        place = case.place
        self._count(case, now)
        place.times.append(now - case.entered)
        place.waited.append(case.waited)
        case.awaits = case.awaits_clock = -1
        case.rest = -1.0
        key = (place.stage.name, trigger, case.came_from)
        target = self._targets.get(key)
        if target is None:
            found = self._procedure.target(key[0], trigger, came_from=key[2])
            target = self._targets[key] = self._places[found]
        case.came_from = key[0]
        self._enter(case, target, now)

    def _count(self, case: _Case, now: float) -> None:
        """Count the reminders of this stay, whether its term has passed, and its rungs."""
        self._remind(case, now)
        promise = case.promise
        if promise is None or now < promise.passes:
            return
        place = case.place
        # The end of a pause is what was agreed: nothing was missed.
        place.expired += not place.pause
        for rung, at in enumerate(promise.rungs):
            if at <= now:
                place.reached[rung] += 1
                case.tier = max(case.tier, place.rung_tiers[rung])

    def _remind(self, case: _Case, now: float) -> None:
        """Count the reminders that rang."""
        if case.promise is not None:
            for number, at in case.promise.reminders:
                if at <= now:
                    case.place.reminded[number] += 1

    def _drawn(self, shortest: int, longest: int, chance: Callable[[], float]) -> int:
        return shortest + int(chance() * (longest - shortest + 1))

    def _promise(self, place: _Place, now: float, agreed: int) -> _Promise | None:
        """Return what the product promises to who enters *place* now; per day it is remembered."""
        term = place.stage.term
        if term is None:
            return None
        day, calendar, until = self._time.day(int(now)), self._calendar, None
        at = self._time.instant(now) if place.in_hours else None
        if term.agreed:
            longest = reckon(term.rule, at or day, calendar).end
            until = min(calendar.add_working_days(day, agreed), longest)
        found = schedule(term, day, calendar, until, at=at)
        reckoning = found.reckoning
        promise = self._promised(
            place, reckoning.start, reckoning.rule, reckoning.ends_at, found.moments
        )
        if not place.in_hours:
            place.promises[int(now), agreed] = promise
        return promise

    def _promised(
        self,
        place: _Place,
        start: date | datetime,
        rule: TermRule,
        ends_at: datetime,
        rings: Iterable[tuple[Purpose, int, datetime]],
    ) -> _Promise:
        """Put what was promised on the number line."""
        reminders, at = [], []
        for purpose, number, due_at in rings:
            if purpose is Purpose.REMINDER:
                reminders.append((number, self._time.at(due_at)))
            elif purpose is Purpose.RUNG:
                at.append(self._time.at(due_at))
        term = place.stage.term
        rungs = term.on_expiry if term is not None else ()
        moves = self._procedure.workflow.moves[place.stage.name]
        clock_at, clock = min(
            ((when, rung.trigger) for when, rung in zip(at, rungs, strict=True)
             if rung.trigger in moves and rung.trigger is not None),
            default=(inf, ""),
        )  # fmt: skip
        passes = self._time.at(ends_at)
        return _Promise(start, rule, passes, tuple(reminders), tuple(at), clock_at, clock)

    def _suspend(self, case: _Case, now: float) -> bool:
        """Stop the clock of this stay for a while; False when its term has passed already."""
        place, promise = case.place, case.promise
        suspending = place.suspending
        if suspending is None or promise is None or now >= promise.passes:
            return False
        length = suspending.length
        days = self._drawn(length.shortest, length.longest, self._suspending)
        begins, until = int(now), int(now) + days
        key = (place.stage.name, promise.start, promise.rule, begins, until)
        after = self._suspensions.get(key)
        if after is None:
            after = self._suspensions[key] = self._after_suspension(place, promise, begins, until)
        self._remind(case, now)
        self._await_term(case, after)
        place.suspended += 1
        place.suspended_days.append(float(days))
        # Work goes on where it stopped, on the day after the last on which the clock stands still.
        case.awaits = self._push(now + days, _RESUMED, case)
        return True

    def _after_suspension(
        self, place: _Place, promise: _Promise, begins: int, until: int
    ) -> _Promise:
        """Return what is promised once the clock has stood still: the product's own plan."""
        term = place.stage.term
        assert term is not None  # noqa: S101 - it was promised
        assert term.suspension is not None  # noqa: S101 - else nothing suspends
        begins_on, last = self._time.day(begins), self._time.day(until)
        act = Suspension(
            id="O1",
            reason=SuspensionReason.AWAITING_PARTY,
            waits_for="",
            waits_for_name="",
            begins_on=begins_on,
            until=last,
            consents=(),
            note="",
            at=datetime.combine(begins_on, time(), UTC),
        )
        calendar = self._calendar
        plan = planned(promise.rule, promise.start, (act,), term.suspension.resume, calendar)
        still = ((begins_on, last),)
        rings = moments(term, plan.end, plan.ends_at, begins_on, calendar, still)
        return self._promised(place, promise.start, promise.rule, plan.ends_at, rings)

    def _stop(self, cases: list[_Case]) -> None:
        """Count what is not over at the horizon."""
        for desk in self._desks.values():
            desk.tally(self._horizon)
        for case in cases:
            if not case.place.ending:
                self._count(case, self._horizon)
                case.place.unfinished += 1
                self._unfinished += 1
                self._tiers[case.tier] += 1

    def found(self, cases: int, runs: int, seed: int) -> Outcome:
        """Return what was found in all runs."""
        workflow = self._procedure.workflow
        return Outcome(
            procedure=workflow.reference,
            content_hash=workflow.content_hash,
            label=workflow.label,
            calendar_version=self._calendar.version,
            seed=seed,
            cases=cases,
            runs=runs,
            finished=len(self._whole),
            unfinished=self._unfinished,
            time=spread(self._whole),
            stages=tuple(_stage_found(p) for p in self._in_order() if not p.ending),
            desks=tuple(_desk_found(desk) for desk in self._desks.values()),
            endings=tuple(
                EndingFound(
                    place.stage.name,
                    place.stage.label,
                    self._ended[place.stage.name],
                    round(self._ended[place.stage.name] / cases, 4),
                )
                for place in self._places.values()
                if place.ending
            ),
            tiers=tuple(
                TierFound(tier, self._tiers[tier.rank], round(self._tiers[tier.rank] / cases, 4))
                for tier in _TIERS
            ),
            assumptions=self._assumptions,
        )

    def _in_order(self) -> list[_Place]:
        """Return the stages in the order in which a case normally passes them; pauses last."""
        places = list(self._places.values())
        return sorted(places, key=lambda p: (p.stage.number is None, p.stage.number or 0))


def _stage_found(place: _Place) -> StageFound:
    stage = place.stage
    reminders, rungs = (
        ((), ()) if stage.term is None else (stage.term.reminders, stage.term.on_expiry)
    )
    return StageFound(
        name=stage.name,
        label=stage.label,
        number=stage.number,
        pause=place.pause,
        term=None if place.assumed is None else place.assumed.term,
        entered=place.entered,
        time=spread(place.times),
        waited=spread(place.waited),
        expired=place.expired,
        reminders=tuple(
            ReminderSent(reminder.before.amount, sent)
            for reminder, sent in zip(reminders, place.reminded, strict=True)
        ),
        rungs=tuple(
            RungReached(rung.after.amount, rung.tier, rung.trigger, reached)
            for rung, reached in zip(rungs, place.reached, strict=True)
        ),
        suspended=place.suspended,
        suspended_days=spread(place.suspended_days),
        moved_by_clock=place.by_clock,
        unfinished=place.unfinished,
    )


def _desk_found(desk: _Desk) -> DeskFound:
    assumed, measured = desk.assumed, desk.measured
    busy = desk.busy_area / measured if measured else 0.0
    places = assumed.places
    return DeskFound(
        role=assumed.role,
        staff=assumed.staff,
        at_once=assumed.at_once,
        busy=round(busy, 2),
        load=None if places is None else round(busy / places, 4),
        queue=queue(desk.time_at, desk.most),
        wait=spread(desk.waits),
    )
