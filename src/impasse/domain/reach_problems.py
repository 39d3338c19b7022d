"""Which stages no case can reach or end from, and where the clock alone would send one round."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from impasse.domain.arrows import Arrows
from impasse.domain.certificate import Problem, Property, Step
from impasse.domain.guard_needs import runs_out
from impasse.domain.task_joins import done_by_the_clock
from impasse.domain.text import Text
from impasse.domain.workflow import BACK, StageKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from impasse.domain.certificate import Path
    from impasse.domain.workflow import Stage, Transition, Workflow


def reach_problems(workflow: Workflow) -> Iterator[Problem]:
    """Yield the stages that no case can reach, and those from which none can ever end.

    An arrow from or to an unknown stage is read as one from or to every stage, so that a typing
    error, which `move_problems` reports, does not seem to cut off half of the procedure.
    """
    successors = _successors(workflow)
    reached = _closure({workflow.initial}, successors)
    predecessors: dict[str, set[str]] = {name: set() for name in workflow.stages}
    for source, targets in successors.items():
        for target in targets:
            predecessors[target].add(source)
    endings = {n for n, s in workflow.stages.items() if s.kind is StageKind.ENDING}
    can_end = _closure(endings, predecessors)
    if not endings:
        yield Problem(
            ("stages",),
            Text(
                "geen enkele fase is een einde: een geschil moet kunnen eindigen",
                "no stage is an ending: a dispute must be able to end",
            ),
            Property.OPTION_TO_COMPLETE,
        )
    for name in workflow.stages:
        if name not in reached and workflow.initial in workflow.stages:
            yield Problem(
                ("stages", name),
                Text(
                    f"fase '{name}' is onbereikbaar vanaf '{workflow.initial}': "
                    "voeg een overgang toe of haal de fase weg",
                    f"stage '{name}' cannot be reached from '{workflow.initial}': "
                    "add a transition or remove the stage",
                ),
                Property.NO_DEAD_TRANSITION,
            )
        elif endings and name not in can_end:
            yield Problem(
                ("stages", name),
                Text(
                    f"vanuit fase '{name}' is geen einde bereikbaar: voeg een overgang toe",
                    f"no ending can be reached from stage '{name}': add a transition",
                ),
                Property.OPTION_TO_COMPLETE,
            )


def _successors(workflow: Workflow) -> dict[str, set[str]]:
    everywhere = set(workflow.stages)
    arrows = Arrows(workflow)
    successors: dict[str, set[str]] = {name: set() for name in workflow.stages}
    for transition in workflow.transitions:
        known_target = transition.target == BACK or transition.target in everywhere
        for source in transition.sources:
            for known in (source,) if source in everywhere else everywhere:
                targets = arrows.targets(known, transition) if known_target else everywhere
                successors[known] |= targets & everywhere
    return successors


def _closure(start: set[str], successors: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(successors.get(name, ()))
    return seen


_Node = tuple[str, str]
"""A stage, and where the case came from when the clock leaves that stage by `back`."""


def circle_problems(workflow: Workflow) -> Iterator[Problem]:
    """Yield the stages through which the clock alone would lead a case round for ever.

    A move that asks for consent breaks a circle: consent is good for one time, so people must have
    acted since the case last left the stage that it enters.
    """
    round_trips = _round_trips(_clock_graph(workflow))
    for name, stage in workflow.stages.items():
        path = round_trips.get(name)
        if path is None:
            continue
        by_rung = stage.term is not None and any(rung.trigger for rung in stage.term.on_expiry)
        yield Problem(
            ("stages", name, "term", "on_expiry") if by_rung else ("stages", name, "when_done"),
            Text(
                f"de klok kan een zaak eeuwig rondsturen langs '{name}'; "
                "laat in deze kring ten minste één stap aan mensen",
                f"the clock can send a case round for ever by way of '{name}'; "
                "leave at least one step of this circle to people",
            ),
            Property.CLOCK_DOES_NOT_CIRCLE,
            path,
        )


def clock_moves(workflow: Workflow, stage: Stage) -> Iterator[Transition]:
    """Yield the moves from *stage* that the clock makes when nobody does anything."""
    if stage.kind is StageKind.ENDING:
        return
    moves = workflow.moves.get(stage.name, {})
    rungs = stage.term.on_expiry if stage.term is not None else ()
    triggers = [rung.trigger for rung in rungs if rung.trigger is not None]
    if stage.when_done is not None and done_by_the_clock(stage):
        triggers.append(stage.when_done)
    for trigger in dict.fromkeys(triggers):
        if trigger in moves and moves[trigger].target in {BACK, *workflow.stages}:
            yield moves[trigger]


_Graph = dict[_Node, list[tuple[str, _Node]]]


def _clock_graph(workflow: Workflow) -> _Graph:
    """Return where the clock alone takes a case, from every place in which it finds one."""
    arrows = Arrows(workflow)
    made = {name: tuple(clock_moves(workflow, stage)) for name, stage in workflow.stages.items()}
    returning = {name for name, moves in made.items() if any(m.target == BACK for m in moves)}
    graph: _Graph = {}
    waiting: list[_Node] = []
    for name, moves in made.items():
        if moves:
            known = sorted(arrows.origins(name)) if name in returning else [""]
            waiting.extend((name, origin) for origin in known)
    while waiting:
        node = waiting.pop()
        if node in graph:
            continue
        stage, origin = node
        onward = graph[node] = []
        for move in made[stage]:
            if move.target == BACK:
                target = origin if origin in arrows.origins(stage) & made.keys() else None
            else:
                target = None if any(map(runs_out, move.required)) else move.target
            if target is not None:
                after = (target, stage if target in returning else "")
                onward.append((move.trigger, after))
                waiting.append(after)
    return graph


def _round_trips(graph: _Graph) -> dict[str, Path]:
    """Return for each stage on a circle of *graph* the steps that lead back to it."""
    trips: dict[str, Path] = {}
    for component in _components(graph):
        members = set(component)
        for node in component:
            if node[0] not in trips:
                path = _way_round(graph, node, members)
                if path:
                    trips[node[0]] = path
    return trips


def _way_round(graph: _Graph, start: _Node, members: set[_Node]) -> Path:
    """Return the shortest way from *start* back to itself within *members*: empty if none."""
    before: dict[_Node, tuple[_Node, str]] = {}
    waiting = deque([start])
    while waiting:
        node = waiting.popleft()
        for trigger, after in graph[node]:
            if after == start:
                steps = [Step(node[0], trigger, start[0])]
                while node != start:
                    earlier, by = before[node]
                    steps.append(Step(earlier[0], by, node[0]))
                    node = earlier
                return tuple(reversed(steps))
            if after in members and after not in before:
                before[after] = (node, trigger)
                waiting.append(after)
    return ()


def _components(graph: _Graph) -> Iterator[list[_Node]]:
    """Yield the sets of nodes that reach one another (Tarjan 1972), without recursion."""
    order: dict[_Node, int] = {}
    lowest: dict[_Node, int] = {}
    held: list[_Node] = []
    holding: set[_Node] = set()
    for start in graph:
        if start in order:
            continue
        walk = [(start, iter(graph[start]))]
        while walk:
            node, onward = walk[-1]
            if node not in order:
                order[node] = lowest[node] = len(order)
                held.append(node)
                holding.add(node)
            for _, after in onward:
                if after not in order:
                    walk.append((after, iter(graph[after])))
                    break
                if after in holding:
                    lowest[node] = min(lowest[node], lowest[after])
            else:
                walk.pop()
                if walk:
                    above = walk[-1][0]
                    lowest[above] = min(lowest[above], lowest[node])
                if lowest[node] == order[node]:
                    place = held.index(node)
                    component, held = held[place:], held[:place]
                    holding -= set(component)
                    yield component
