"""Every position that a case can be in, found by walking all moves from the start.

What is walked, and why nothing else matters, stands in `soundness`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from impasse.domain.arrows import Arrows
from impasse.domain.certificate import Firing, Position
from impasse.domain.guard_needs import runs_out
from impasse.domain.people import Role
from impasse.domain.task_joins import can_join
from impasse.domain.workflow import BACK, StageKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from impasse.domain.workflow import Stage, Transition, Workflow

MOST = 2_000_000
"""So many moves are walked at most; a procedure that has more gets no certificate."""

ACTING = frozenset({Role.PARTY, Role.MEDIATOR, Role.SECRETARIAT, Role.LIAISON_OFFICER})
"""The roles of people who can make a move: see `access`, where a liaison officer is a party."""


class Hindrance(StrEnum):
    """Why a move cannot be made from a position, whatever anybody does there."""

    CONSENT_RAN_OUT = "consent_ran_out"
    NO_WAY_BACK = "no_way_back"
    NOBODY = "nobody"
    NO_DAY_AGREED = "no_day_agreed"
    TASKS_NEVER_JOIN = "tasks_never_join"


@dataclass(frozen=True, slots=True)
class Spot:
    """A position without how it was reached: what tells two positions apart."""

    stage: str
    came_from: str = ""
    spent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Layout:
    """What is asked of a procedure again and again, looked up once."""

    workflow: Workflow
    arrows: Arrows = field(init=False)
    _joins: dict[tuple[str, tuple[str, ...]], bool] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    watched: frozenset[str] = field(init=False)
    """The stages for which consent can have run out when a case stands in an ending."""

    def __post_init__(self) -> None:
        """Walk the arrows once."""
        leaving = [
            (source, move)
            for source, moves in self.workflow.moves.items()
            for move in moves.values()
        ]
        closed = {n for n, s in self.workflow.stages.items() if s.kind is StageKind.ENDING}
        setter = object.__setattr__
        setter(self, "arrows", Arrows(self.workflow))
        setter(
            self,
            "watched",
            frozenset(
                move.target
                for source, move in leaving
                if source in closed and any(map(runs_out, (*move.required, *move.advised)))
            ),
        )

    def closed(self, stage: str) -> bool:
        """Whether a case in *stage* is closed."""
        return self.workflow.stages[stage].kind is StageKind.ENDING

    def target(self, spot: Spot, move: Transition) -> str | None:
        """Return where *move* leads from *spot*, or None when the way back is lost."""
        if move.target != BACK:
            return move.target if move.target in self.workflow.stages else None
        return spot.came_from if spot.came_from in self.arrows.origins(spot.stage) else None

    def entered(self, target: str, source: Spot) -> Spot:
        """Return the spot of a case that goes from *source* to *target*."""
        spent: frozenset[str] = frozenset()
        if self.closed(target):
            spent = frozenset({source.stage}) & self.watched
            if self.closed(source.stage):
                spent |= source.spent
        return Spot(target, source.stage if target in self.arrows.returning else "", spent)

    def hindrance(self, spot: Spot, move: Transition) -> Hindrance | None:
        """Return what makes *move* impossible from *spot*, or None when somebody can make it."""
        target = self.target(spot, move)
        if target is None:
            return Hindrance.NO_WAY_BACK
        stage = self.workflow.stages[spot.stage]
        people, clock = bool(move.roles & ACTING), clock_makes(self.workflow, stage, move)
        if not people and not clock:
            return Hindrance.NOBODY
        if not people and agreed(self.workflow, target):
            return Hindrance.NO_DAY_AGREED
        if move.target in spot.spent and any(map(runs_out, move.required)):
            return Hindrance.CONSENT_RAN_OUT
        if move.tasks and not self.joins(stage, move.tasks):
            return Hindrance.TASKS_NEVER_JOIN
        return None

    def joins(self, stage: Stage, names: tuple[str, ...]) -> bool:
        """Whether the tasks called *names* can all have joined: asked once for each stage."""
        key = (stage.name, names)
        if key not in self._joins:
            try:
                self._joins[key] = can_join(stage, names)
            except OverflowError:
                self._joins[key] = False
        return self._joins[key]

    def sure(self, source: str, move: Transition) -> bool:
        """Whether *move*, where it can be made, can be made for as long as a case is in *source*.

        Not when it waits for tasks, which may be withdrawn or answered otherwise; and not when
        only a rung makes it, and may find it held up the one time that it is reached. What the
        clock does when all tasks are settled, it tries after each command.
        """
        if move.tasks:
            return False
        stage = self.workflow.stages[source]
        when_done = bool(stage.tasks) and stage.when_done == move.trigger
        return bool(move.roles & ACTING) or when_done or not move.required


def agreed(workflow: Workflow, stage: str) -> bool:
    """Whether the last day of the term of *stage* is named by people when it is entered."""
    term = workflow.stages[stage].term
    return term is not None and term.agreed


def clock_makes(workflow: Workflow, stage: Stage, move: Transition) -> bool:
    """Whether the clock ever makes *move* from *stage*: at a rung, or when every task is settled.

    A rung is reached only when no rung before it moves the case away; one whose move asks for
    something may be held up, and then the next has its turn.
    """
    if Role.CLOCK not in move.roles:
        return False
    if stage.tasks and stage.when_done == move.trigger:
        return True
    return move.trigger in _tried(workflow, stage)


def _tried(workflow: Workflow, stage: Stage) -> Iterator[str]:
    """Yield the triggers of the rungs of *stage*, up to one that always moves the case away."""
    if stage.term is None:
        return
    moves = workflow.moves.get(stage.name, {})
    for rung in stage.term.on_expiry:
        if rung.trigger is None:
            continue
        yield rung.trigger
        move = moves.get(rung.trigger)
        if move is not None and always_made(workflow, move):
            return


def always_made(workflow: Workflow, move: Transition) -> bool:
    """Whether nothing can hold up *move* when the clock makes it."""
    asks = move.required or move.tasks
    known = move.target in workflow.stages
    return not asks and known and not agreed(workflow, move.target)


@dataclass(frozen=True, slots=True)
class Space:
    """All positions, what fires in them, and what never does.

    `hindered` tells per (stage, trigger) that never fires why, in the first position in which that
    stage was reached; `short` per (stage, trigger, guard) that every consent for an advised or
    required condition has run out whenever the case is in that stage; `stranded` per (stage,
    trigger) that the clock is to return a case that came from nowhere. All hold the number of a
    position as a witness. `hanging` are the positions from which some move can be made, but not for
    as long as a case is there. `whole` is False when there were too many moves to walk.
    """

    layout: Layout
    positions: tuple[Position, ...]
    firings: tuple[Firing, ...]
    hindered: Mapping[tuple[str, str], tuple[Hindrance, int]]
    short: Mapping[tuple[str, str], int]
    stranded: Mapping[tuple[str, str], int]
    hanging: frozenset[int]
    whole: bool

    @classmethod
    def of_nothing(cls, workflow: Workflow) -> Space:
        """Return the space of a procedure that cannot be walked."""
        return cls(Layout(workflow), (), (), {}, {}, {}, frozenset(), whole=True)

    @property
    def stages(self) -> frozenset[str]:
        """The stages that a case can reach."""
        return frozenset(position.stage for position in self.positions)


def explore(workflow: Workflow, most: int = MOST) -> Space:
    """Walk every move from the start of *workflow*, which must name no unknown stage.

    Breadth first, so that each path is a shortest one. Stops after *most* moves.
    """
    layout = Layout(workflow)
    walk = _Walk(layout, most)
    start = workflow.stages.get(workflow.initial)
    if (
        start is not None
        and start.kind is not StageKind.ENDING
        and not agreed(workflow, workflow.initial)
    ):
        walk.run(Spot(workflow.initial))
    return Space(
        layout=layout,
        positions=_with_ways_out(walk.positions, walk.sure),
        firings=tuple(walk.firings.values()),
        hindered={at: why for at, why in walk.hindered.items() if at not in walk.firings},
        short={at: place for at, place in walk.short.items() if at not in walk.plenty},
        stranded={at: place for at, place in walk.stranded.items() if at in walk.firings},
        hanging=frozenset(walk.hanging),
        whole=walk.whole,
    )


class _Walk:
    """What is found while walking."""

    def __init__(self, layout: Layout, most: int) -> None:
        self.layout = layout
        self.most = most
        self.numbers: dict[Spot, int] = {}
        self.positions: list[Position] = []
        self.sure: list[list[tuple[str, int]]] = []
        self.firings: dict[tuple[str, str], Firing] = {}
        self.hindered: dict[tuple[str, str], tuple[Hindrance, int]] = {}
        self.short: dict[tuple[str, str], int] = {}
        self.plenty: set[tuple[str, str]] = set()
        self.stranded: dict[tuple[str, str], int] = {}
        self.hanging: set[int] = set()
        self.whole = True

    def run(self, start: Spot) -> None:
        waiting, walked = deque([start]), 0
        self._add(start, None, "")
        while waiting:
            here = waiting.popleft()
            number = self.numbers[here]
            moves = self.layout.workflow.moves[here.stage]
            walked += len(moves)
            if walked > self.most:
                self.whole = False
                return
            for trigger, move in moves.items():
                after = self._made(here, number, trigger, move)
                if after is None:
                    continue
                if after not in self.numbers:
                    self._add(after, number, trigger)
                    waiting.append(after)
                if self.layout.sure(here.stage, move):
                    self.sure[number].append((trigger, self.numbers[after]))
                else:
                    self.hanging.add(number)

    def _add(self, spot: Spot, before: int | None, trigger: str) -> None:
        self.numbers[spot] = len(self.positions)
        self.positions.append(
            Position(
                spot.stage,
                spot.came_from,
                tuple(sorted(spot.spent)),
                before,
                trigger,
                ended=self.layout.closed(spot.stage),
            )
        )
        self.sure.append([])

    def _made(self, here: Spot, number: int, trigger: str, move: Transition) -> Spot | None:
        """Return where *move* brings a case that stands *here*, and remember that it can."""
        at = (here.stage, trigger)
        if move.target in here.spent:
            self.short.setdefault(at, number)
        else:
            self.plenty.add(at)
        why = self.layout.hindrance(here, move)
        if why is not None:
            self.hindered.setdefault(at, (why, number))
            stage = self.layout.workflow.stages[here.stage]
            if why is Hindrance.NO_WAY_BACK and clock_makes(self.layout.workflow, stage, move):
                self.stranded.setdefault(at, number)
            return None
        target = self.layout.target(here, move)
        if target is None:
            raise AssertionError(at)
        self.firings.setdefault(at, Firing(here.stage, trigger, number, target))
        return self.layout.entered(target, here)


def _with_ways_out(
    positions: Iterable[Position], onward: list[list[tuple[str, int]]]
) -> tuple[Position, ...]:
    """Add to each position the first step of the shortest way from it to an ending."""
    found = list(positions)
    backward: list[list[tuple[str, int]]] = [[] for _ in found]
    for source, moves in enumerate(onward):
        for trigger, target in moves:
            backward[target].append((trigger, source))
    endings = [place for place, position in enumerate(found) if position.ended]
    reached = set(endings)
    waiting = deque(endings)
    while waiting:
        target = waiting.popleft()
        for trigger, source in backward[target]:
            if source not in reached:
                reached.add(source)
                found[source] = replace(found[source], out_to=target, out_by=trigger)
                waiting.append(source)
    return tuple(found)
