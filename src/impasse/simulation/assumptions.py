"""What a simulation assumes, each thing with where it comes from: stated, seen before, or usual."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import exp
from statistics import NormalDist
from typing import TYPE_CHECKING

from impasse.adapters.files.assumptions import NOBODY, Between, Stated, StatedStage
from impasse.domain.flow import HALF, MOST, nearest_rank
from impasse.domain.length import Unit
from impasse.domain.people import Role
from impasse.domain.terms import Basis, TermRule, reckon
from impasse.domain.text import Text
from impasse.domain.workflow import BACK, StageKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from impasse.adapters.sql.stays import KeptStay
    from impasse.domain.calendar import Calendar
    from impasse.domain.length import Length
    from impasse.domain.workflow import Stage, Transition, Workflow

ENOUGH = 8
"""So many finished stays of a stage say more than a rule of thumb."""

QUANTILES = 1_000
"""A duration is one of so many, each as likely as the other: the same on every machine."""

PER_MONTH, YEARS, FOLLOWED = 10.0, 8, 2
"""New cases per month; years in which they come in; years that cases are followed after that."""

MEDIAN_SHARE, PAUSE_SHARE, SPREAD = 0.6, 1.5, 0.5
"""Half of the work is done in 60 % of the term, and then 85 of 100 stays keep within it. In a
pause people seldom move before its agreed end."""

SUSPENDED, SUSPENDED_SHARE = 0.1, 0.25
"""The share of stays in which the clock is stopped once, where the procedure allows it, and the
shortest suspension as a share of the longest; a pause is at least as short a share."""

STAFF: Mapping[Role, int] = {Role.SECRETARIAT: 3, Role.MEDIATOR: 2}
AT_ONCE: Mapping[Role, int] = {Role.SECRETARIAT: 10, Role.MEDIATOR: 4}
USUAL_STAFF, USUAL_AT_ONCE = 3, 10


class Origin(StrEnum):
    """Where an assumption comes from."""

    STATED = "stated"
    HISTORY = "history"
    USUAL = "usual"

    @property
    def label(self) -> Text:
        """The origin in words."""
        return _ORIGINS[self]


_ORIGINS = {
    Origin.STATED: Text("opgegeven", "stated"),
    Origin.HISTORY: Text("uit de geschiedenis", "from history"),
    Origin.USUAL: Text("aangenomen", "assumed"),
}


class Onward(StrEnum):
    """Where a move leads, seen from the ordinary course of a procedure."""

    ONWARD = "onward"
    ENDING = "ending"
    BACKWARD = "backward"
    PAUSE = "pause"


WEIGHTS = {Onward.ONWARD: 4.0, Onward.ENDING: 0.5, Onward.BACKWARD: 0.5, Onward.PAUSE: 0.25}
"""What moves of a kind weigh together, where nothing is known: shared equally among them."""

_NOON = timedelta(hours=12)
_UNSEEN = 0.5
"""What history adds to each move that can be made: what was not seen yet can still happen."""


@dataclass(frozen=True, slots=True)
class Work:
    """How long people work on a stay: `quantiles` in working days, each as likely as the other.

    With `of_agreed` they are shares of the length that the parties agreed. Either they are
    log-normal, with sigma `spread`, or they are those of the `seen` stays that really happened.
    """

    origin: Origin
    quantiles: tuple[float, ...]
    spread: float | None = None
    of_agreed: bool = False
    seen: int = 0

    @property
    def median(self) -> float:
        """Half of the stays take at most this long."""
        return nearest_rank(self.quantiles, HALF)

    @property
    def p85(self) -> float:
        """85 of 100 stays take at most this long."""
        return nearest_rank(self.quantiles, MOST)


@dataclass(frozen=True, slots=True)
class Weight:
    """How likely a move is, beside the others of its stage."""

    trigger: str
    label: Text
    weight: float


@dataclass(frozen=True, slots=True)
class Weights:
    """The moves that people can make from a stage."""

    origin: Origin
    moves: tuple[Weight, ...]

    @property
    def total(self) -> float:
        """All weights together."""
        return sum(one.weight for one in self.moves)


@dataclass(frozen=True, slots=True)
class Suspending:
    """In which share of its stays the clock of a stage is stopped once, and how long."""

    origin: Origin
    chance: float
    length: Between


@dataclass(frozen=True, slots=True)
class Agreeing:
    """How far away the last day is that parties name, in working days."""

    origin: Origin
    length: Between


@dataclass(frozen=True, slots=True)
class Desk:
    """How many people of a role there are (None: as many as needed), and cases each at once."""

    role: Role
    staff: int | None
    at_once: int
    origin: Origin

    @property
    def places(self) -> int | None:
        """How many cases can be worked on at the same time."""
        return None if self.staff is None else self.staff * self.at_once


@dataclass(frozen=True, slots=True)
class StageAssumptions:
    """Everything assumed about one stage; `term` is its length in working days, if it has any."""

    name: str
    label: Text
    owner: Role | None
    term: int | None
    work: Work
    moves: Weights
    suspending: Suspending | None
    agreeing: Agreeing | None


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Everything a simulation assumes."""

    start: date
    per_month: float
    years: int
    stages: tuple[StageAssumptions, ...]
    desks: tuple[Desk, ...]

    def stage(self, name: str) -> StageAssumptions:
        """Return what is assumed of the stage called *name*, which is no ending."""
        return next(stage for stage in self.stages if stage.name == name)


def assume(
    workflow: Workflow,
    calendar: Calendar,
    stated: Stated | None = None,
    history: Iterable[KeptStay] = (),
) -> Assumptions:
    """Return what a simulation of *workflow* assumes: what is stated, else seen, else usual."""
    stated = stated or Stated()
    start = stated.start or date(calendar.horizon.year - 1, 1, 1)
    past = list(history)
    going = [stage for stage in workflow.stages.values() if stage.kind is not StageKind.ENDING]
    return Assumptions(
        start=calendar.next_working_day(start),
        per_month=stated.per_month or PER_MONTH,
        years=stated.years or YEARS,
        stages=tuple(
            _stage(
                stage,
                workflow,
                start,
                calendar,
                stated.stages.get(stage.name, StatedStage()),
                [stay for stay in past if stay.stage == stage.name],
            )
            for stage in going
        ),
        desks=_desks(going, stated),
    )


def says_enough(history: Iterable[KeptStay]) -> bool:
    """Whether some stage was finished often enough for *history* to count."""
    done = Counter(one.stage for one in history if one.finished and not one.by_clock)
    return max(done.values(), default=0) >= ENOUGH


def log_normal(median: float, spread: float) -> tuple[float, ...]:
    """Return the quantiles of a log-normal duration; rounded, so that all machines agree."""
    normal = NormalDist()
    found = (
        median * exp(spread * normal.inv_cdf((place + 0.5) / QUANTILES))
        for place in range(QUANTILES)
    )
    return tuple(round(days, 3) for days in found)


def _stage(  # noqa: PLR0917 the parts of one stage
    stage: Stage,
    workflow: Workflow,
    start: date,
    calendar: Calendar,
    stated: StatedStage,
    past: list[KeptStay],
) -> StageAssumptions:
    term = None if stage.term is None else _days_under(stage.term.rule, start, calendar)
    return StageAssumptions(
        name=stage.name,
        label=stage.label,
        # A pause is no work: nobody is kept by it.
        owner=stage.owner if stage.kind is StageKind.ACTIVE else None,
        term=term,
        work=_work(stage, term, stated, past),
        moves=_moves(stage, workflow, stated, past),
        suspending=_suspending(stage, stated, past, start, calendar),
        agreeing=_agreeing(stage, stated, term),
    )


def _days_under(rule: TermRule, start: date, calendar: Calendar) -> int:
    """Return how many working days *rule* gives from the first day; hours begin at noon."""
    day = calendar.next_working_day(start)
    begin = day if rule.length.unit is not Unit.HOURS else calendar.start_of_day(day) + _NOON
    end = reckon(rule, begin, calendar).end
    return max(1, calendar.working_days_between(day, end))


def _work(stage: Stage, term: int | None, stated: StatedStage, past: list[KeptStay]) -> Work:
    if stated.work is not None:
        median, spread = stated.work.median, stated.work.spread
        return Work(Origin.STATED, log_normal(median, spread), spread)
    agreed = stage.term is not None and stage.term.agreed
    done = sorted(float(stay.net) for stay in past if stay.finished and not stay.by_clock)
    if len(done) >= ENOUGH and not agreed:
        return Work(Origin.HISTORY, tuple(done), seen=len(done))
    share = PAUSE_SHARE if stage.kind is StageKind.PAUSE else MEDIAN_SHARE
    whole = 1.0 if agreed else float(term or 1)
    return Work(Origin.USUAL, log_normal(share * whole, SPREAD), SPREAD, of_agreed=agreed)


def _moves(stage: Stage, workflow: Workflow, stated: StatedStage, past: list[KeptStay]) -> Weights:
    """Return the weights of the moves from *stage* that somebody other than the clock can make."""
    moves = [
        move
        for move in workflow.moves[stage.name].values()
        if move.roles - {Role.CLOCK} or move.trigger == stage.when_done
    ]
    weights = {move.trigger: stated.moves.get(move.trigger, 0.0) for move in moves}
    if any(weights.values()):
        return _weights(Origin.STATED, moves, weights)
    seen = Counter(stay.trigger for stay in past if stay.finished and not stay.by_clock)
    if sum(seen[move.trigger] for move in moves) >= ENOUGH:
        weights = {move.trigger: seen[move.trigger] + _UNSEEN for move in moves}
        return _weights(Origin.HISTORY, moves, weights)
    kinds = {move.trigger: _onward(move, stage, workflow) for move in moves}
    shared = Counter(kinds.values())
    # Where nothing leads on, the procedure is at its end: that is where cases end.
    whole = dict(WEIGHTS)
    if not shared[Onward.ONWARD]:
        whole[Onward.ENDING] = WEIGHTS[Onward.ONWARD]
    weights = {trigger: whole[kind] / shared[kind] for trigger, kind in kinds.items()}
    return _weights(Origin.USUAL, moves, weights)


def _weights(origin: Origin, moves: list[Transition], weights: Mapping[str, float]) -> Weights:
    found = (Weight(m.trigger, m.label, round(weights[m.trigger], 4)) for m in moves)
    return Weights(origin, tuple(one for one in found if one.weight))


def _onward(move: Transition, stage: Stage, workflow: Workflow) -> Onward:
    if move.target == BACK:
        return Onward.ONWARD if stage.kind is StageKind.PAUSE else Onward.BACKWARD
    target = workflow.stages[move.target]
    if target.kind is StageKind.ENDING:
        return Onward.ONWARD if _ordinary_end(stage, target, workflow) else Onward.ENDING
    if target.kind is StageKind.PAUSE:
        return Onward.PAUSE
    if stage.number is not None and target.number is not None and target.number <= stage.number:
        return Onward.BACKWARD
    return Onward.ONWARD


def _ordinary_end(stage: Stage, target: Stage, workflow: Workflow) -> bool:
    """Whether cases are meant to end so: from the last stage to the first ending of the file."""
    endings = (one for one in workflow.stages.values() if one.kind is StageKind.ENDING)
    return workflow.numbered[-1:] == (stage,) and next(endings) is target


def _suspending(
    stage: Stage, stated: StatedStage, past: list[KeptStay], start: date, calendar: Calendar
) -> Suspending | None:
    rule = stage.term.suspension if stage.term is not None else None
    if stage.term is None or rule is None:
        return None
    bound = _days_in(rule.longest, start, calendar)
    usual = Between(max(1, round(SUSPENDED_SHARE * bound)), bound)
    if stated.suspension is not None:
        length = stated.suspension.length or usual
        return Suspending(Origin.STATED, stated.suspension.chance, length)
    done = [stay for stay in past if stay.finished]
    if len(done) >= ENOUGH:
        days = sorted(stay.suspended for stay in done if stay.suspended)
        length = Between(days[0], days[-1]) if days else usual
        return Suspending(Origin.HISTORY, round(len(days) / len(done), 4), length)
    return Suspending(Origin.USUAL, SUSPENDED, usual)


def _days_in(length: Length, start: date, calendar: Calendar) -> int:
    return _days_under(TermRule(length, Basis.INTERNAL), start, calendar)


def _agreeing(stage: Stage, stated: StatedStage, term: int | None) -> Agreeing | None:
    if stage.term is None or not stage.term.agreed or term is None:
        return None
    if stated.agreed is not None:
        return Agreeing(Origin.STATED, stated.agreed)
    return Agreeing(Origin.USUAL, Between(max(1, round(SUSPENDED_SHARE * term)), term))


def _desks(stages: list[Stage], stated: Stated) -> tuple[Desk, ...]:
    """Return the desks of all roles that have work, in the order of roles."""
    owners = {stage.owner for stage in stages if stage.kind is StageKind.ACTIVE}
    return tuple(_desk(role, stated) for role in Role if role in owners)


def _desk(role: Role, stated: Stated) -> Desk:
    if role in NOBODY:
        return Desk(role, None, 1, Origin.USUAL)
    told = role in stated.staff or role in stated.at_once
    return Desk(
        role,
        stated.staff.get(role, STAFF.get(role, USUAL_STAFF)),
        stated.at_once.get(role, AT_ONCE.get(role, USUAL_AT_ONCE)),
        Origin.STATED if told else Origin.USUAL,
    )
