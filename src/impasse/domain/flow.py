"""How cases flow through a procedure, counted from their history: nothing here is stored.

A *stay* is the time between two steps. A *visit* is a stay that a pause may interrupt: who pauses
and comes back, is on the same visit, and the days of the pause are not counted. Durations are
working days on which the clock ran. Percentiles are by nearest rank: of n values in order, the
one at place p x n / 100 rounded up, so that "85 %" is a number of days within which at least 85
of every 100 were done.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from impasse.domain.people import Role
from impasse.domain.workflow import StageKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from impasse.domain.calendar import Calendar
    from impasse.domain.tier import Tier
    from impasse.domain.workflow import Stage, Workflow

Number = TypeVar("Number", int, float)

FEW = 3
"""Of fewer values than this no percentile is told: it would say something of one case."""

HALF, MOST = 50, 85
_RATIFIED = "settlement_confirmed_by_all"


@dataclass(frozen=True, slots=True)
class Halt:
    """A stretch in which the clock stood still: the days after `after`, up to and with `until`."""

    after: date
    until: date


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay in a stage, from a day up to a day (None: still there).

    `days` are the working days of it on which the clock ran.
    """

    stage: str
    since: date
    until: date | None
    days: int


@dataclass(frozen=True, slots=True)
class Running:
    """The first and the last day of the term that runs now."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Course:
    """The course of one case: its stays, oldest first, and how it stands today.

    `whole` counts every working day from its opening to its last step or today, standstill and
    all. `closed` tells that the last stay is an ending.
    """

    case: str
    title: str
    tier: Tier
    stays: tuple[Stay, ...]
    closed: bool
    whole: int
    suspended: bool = False
    term: Running | None = None

    @property
    def opened_on(self) -> date:
        """The day on which the case began."""
        return self.stays[0].since

    @property
    def stage(self) -> str:
        """Where the case stands, or ended."""
        return self.stays[-1].stage


@dataclass(frozen=True, slots=True)
class Visit:
    """A stay, pauses taken out; `until` is None while it is not over."""

    stage: str
    since: date
    until: date | None
    days: int


@dataclass(frozen=True, slots=True)
class Spread:
    """Of `n` durations in working days: within how many half were done, and 85 %; None if few."""

    n: int = 0
    half: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Age:
    """An open case and how long it has been in its stage, in working days."""

    case: str
    title: str
    stage: str
    days: int
    tier: Tier
    suspended: bool
    term: Running | None


@dataclass(frozen=True, slots=True)
class StageFlow:
    """One stage: who is there now, how long visits took, and what became of who came this far.

    `reached` = `resolved` + `stopped` + `further` + `unfinished`: each case that was ever here is
    counted at the furthest stage it reached for how it stands, and `further` before that.
    """

    stage: Stage
    open: int
    suspended: int
    spread: Spread
    reached: int
    resolved: int
    stopped: int
    further: int
    unfinished: int
    ages: tuple[Age, ...]

    @property
    def oldest(self) -> int | None:
        """The age of the case that is here longest."""
        return max((age.days for age in self.ages), default=None)


@dataclass(frozen=True, slots=True)
class Flow:
    """What happened in a procedure.

    `opened`, the arrows, the endings and the funnel are about the cases opened from `first` to
    `last`; `spread` and `whole` about what was finished in those days; `open`, the ages and the
    matrix about today. `without_mediator` counts the resolved cases that never were in a stage of
    the mediator; None when the procedure has none. `elsewhere` are open cases in a stage that this
    version does not know.
    """

    workflow: Workflow
    first: date
    last: date
    opened: int
    resolved: int
    stopped: int
    without_mediator: int | None
    whole: Spread
    open: int
    suspended: int
    elsewhere: int
    stages: tuple[StageFlow, ...]
    pauses: tuple[StageFlow, ...]
    endings: Mapping[str, int]
    arrows: Mapping[tuple[str, str], int]
    begun: Mapping[str, int]
    standing: Mapping[str, int]
    matrix: Mapping[tuple[Tier, str], int] = field(default_factory=dict)

    @property
    def unfinished(self) -> int:
        """How many of the opened cases have not ended."""
        return self.opened - self.resolved - self.stopped

    def returns(self) -> Iterator[tuple[str, str, int]]:
        """Yield the arrows that lead back to an earlier stage, or out of an ending."""
        order = places(self.workflow)
        for (source, target), count in self.arrows.items():
            if target in order and order.get(source, len(order)) >= order[target]:
                if self._is_resumption(source):
                    continue
                yield source, target, count

    def _is_resumption(self, source: str) -> bool:
        found = self.workflow.stages.get(source)
        return found is None or found.kind is StageKind.PAUSE


def nearest_rank(values: Sequence[Number], percent: int) -> Number:
    """Return the smallest of *values* within which *percent* % of them lie; there must be one."""
    return sorted(values)[max(0, -(-percent * len(values) // 100) - 1)]


def spread(values: Sequence[int]) -> Spread:
    """Return the 50 % and 85 % of *values*; only their number when they are few."""
    if len(values) < FEW:
        return Spread(len(values))
    return Spread(len(values), nearest_rank(values, HALF), nearest_rank(values, MOST))


def running_days(since: date, until: date, halts: Iterable[Halt], calendar: Calendar) -> int:
    """Count the working days after *since* up to and with *until*; halted days count once, out."""
    total = calendar.working_days_between(since, until)
    covered = since
    for halt in sorted(halts, key=lambda halt: halt.after):
        start, end = max(halt.after, covered), min(halt.until, until)
        if end > start:
            total -= calendar.working_days_between(start, end)
            covered = end
    return total


def in_order(workflow: Workflow) -> tuple[Stage, ...]:
    """Return the stages where work goes on: numbered ones first, then others as in the file."""
    active = [s for s in workflow.stages.values() if s.kind is StageKind.ACTIVE]
    numbered = [s for s in workflow.numbered if s.kind is StageKind.ACTIVE]
    return (*numbered, *(s for s in active if s.number is None))


def places(workflow: Workflow) -> dict[str, int]:
    """Return how far along each stage is where work goes on."""
    return {stage.name: place for place, stage in enumerate(in_order(workflow))}


def of_kind(workflow: Workflow, kind: StageKind) -> tuple[Stage, ...]:
    """Return the stages of *kind*, as in the file."""
    return tuple(stage for stage in workflow.stages.values() if stage.kind is kind)


def is_resolution(stage: Stage, workflow: Workflow) -> bool:
    """Whether an ending is a resolution: so called, or entered only once all have ratified."""
    if stage.kind is not StageKind.ENDING:
        return False
    if stage.name == "resolved" or stage.name.startswith("resolved_"):
        return True
    return any(_RATIFIED in t.required for t in workflow.transitions if t.target == stage.name)


def visits(course: Course, pauses: frozenset[str]) -> list[Visit]:
    """Return the visits of *course* to stages, endings too, with its pauses taken out."""
    found: list[Visit] = []
    paused = False
    for stay in course.stays:
        if stay.stage in pauses:
            paused = True
            continue
        if found and paused and found[-1].stage == stay.stage:
            before = found.pop()
            found.append(Visit(stay.stage, before.since, stay.until, before.days + stay.days))
        else:
            if found and paused:
                before = found.pop()
                found.append(Visit(before.stage, before.since, stay.since, before.days))
            found.append(Visit(stay.stage, stay.since, stay.until, stay.days))
        paused = False
    if found and paused:
        # It left for a pause, and has not left the pause: the visit is not over.
        before = found.pop()
        found.append(Visit(before.stage, before.since, None, before.days))
    return found


def flow(workflow: Workflow, courses: Iterable[Course], first: date, last: date) -> Flow:
    """Count what *courses* tell: cases opened and visits ended from *first* to *last*.

    Stages are matched by name, so courses of other versions may be among them.
    """
    return _Count(workflow, first, last).count(courses)


class _Count:
    """One pass over courses: the tallies of a flow while they are being made."""

    def __init__(self, workflow: Workflow, first: date, last: date) -> None:
        self.workflow, self.first, self.last = workflow, first, last
        self.places = places(workflow)
        self.pauses = frozenset(s.name for s in of_kind(workflow, StageKind.PAUSE))
        self.good = frozenset(
            s.name for s in workflow.stages.values() if is_resolution(s, workflow)
        )
        self.mediated = frozenset(s.name for s in in_order(workflow) if s.owner is Role.MEDIATOR)
        self.days: dict[str, list[int]] = {name: [] for name in workflow.stages}
        self.ages: dict[str, list[Age]] = {name: [] for name in workflow.stages}
        self.funnel: Counter[tuple[str, str]] = Counter()
        self.arrows: Counter[tuple[str, str]] = Counter()
        self.begun: Counter[str] = Counter()
        self.standing: Counter[str] = Counter()
        self.matrix: Counter[tuple[Tier, str]] = Counter()
        self.whole: list[int] = []
        self.total: Counter[str] = Counter()

    def count(self, courses: Iterable[Course]) -> Flow:
        for course in courses:
            past = visits(course, self.pauses)
            self._durations(course, past)
            if not course.closed:
                self._today(course, past)
            if self.first <= course.opened_on <= self.last:
                self._opened(course)
        workflow = self.workflow
        return Flow(
            workflow=workflow,
            first=self.first,
            last=self.last,
            opened=self.total["opened"],
            resolved=self.total["resolved"],
            stopped=self.total["stopped"],
            without_mediator=self.total["unmediated"] if self.mediated else None,
            whole=spread(self.whole),
            open=self.total["open"],
            suspended=self.total["suspended"],
            elsewhere=self.total["elsewhere"],
            stages=tuple(self._stage(stage) for stage in in_order(workflow)),
            pauses=tuple(self._stage(s) for s in of_kind(workflow, StageKind.PAUSE)),
            endings={s.name: self.standing[s.name] for s in of_kind(workflow, StageKind.ENDING)},
            arrows=dict(self.arrows),
            begun=dict(self.begun),
            standing=dict(self.standing),
            matrix=dict(self.matrix),
        )

    def _durations(self, course: Course, past: list[Visit]) -> None:
        for visit in past:
            over = visit.until is not None and self.first <= visit.until <= self.last
            if over and visit.stage in self.places:
                self.days[visit.stage].append(visit.days)
        ended = course.stays[-1].since
        if course.stage in self.good and self.first <= ended <= self.last:
            self.whole.append(course.whole)

    def _today(self, course: Course, past: list[Visit]) -> None:
        self.total["open"] += 1
        self.total["suspended"] += course.suspended
        if course.stage not in self.ages:
            self.total["elsewhere"] += 1
            return
        # In a pause its own days count; in a stage those of the whole visit.
        paused = course.stage in self.pauses
        days = course.stays[-1].days if paused or not past else past[-1].days
        self.matrix[course.tier, course.stage] += 1
        self.ages[course.stage].append(
            Age(
                course.case,
                course.title,
                course.stage,
                days,
                course.tier,
                course.suspended,
                course.term,
            )
        )

    def _opened(self, course: Course) -> None:
        self.total["opened"] += 1
        self.begun[course.stays[0].stage] += 1
        self.standing[course.stage] += 1
        for before, after in pairwise(course.stays):
            self.arrows[before.stage, after.stage] += 1
        outcome = self._outcome(course)
        self.total[outcome] += 1
        been = {stay.stage for stay in course.stays}
        if outcome == "resolved" and not been & self.mediated:
            self.total["unmediated"] += 1
        reached = sorted(
            (name for name in been if name in self.places), key=self.places.__getitem__
        )
        for name in reached[:-1]:
            self.funnel[name, "further"] += 1
        if reached:
            self.funnel[reached[-1], outcome] += 1

    def _outcome(self, course: Course) -> str:
        if not course.closed:
            return "unfinished"
        return "resolved" if course.stage in self.good else "stopped"

    def _stage(self, stage: Stage) -> StageFlow:
        name = stage.name
        outcomes = {
            outcome: self.funnel[name, outcome]
            for outcome in ("resolved", "stopped", "further", "unfinished")
        }
        ages = sorted(self.ages[name], key=lambda age: (age.days, age.case))
        return StageFlow(
            stage=stage,
            open=len(ages),
            suspended=sum(age.suspended for age in ages),
            spread=spread(self.days[name]),
            reached=sum(outcomes.values()),
            ages=tuple(ages),
            **outcomes,
        )


def within(today: date, *, months: int) -> tuple[date, date]:
    """Return the first and last day of the *months* months up to and with *today*."""
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    day = date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))
    return day + timedelta(days=1), today
