"""The state machine of one version of a procedure: where a trigger leads, and what it refuses.

One flat `transitions.Machine` serves every case of a version and every thread. It never meets a
case: each question is asked by a traveller of three fields, which is forgotten with the answer.
So nothing stays bound to the machine, nothing queues, and no text is ever taken for code.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from transitions import Machine, MachineError

from impasse.domain.errors import ConditionsNotMet, Conflict, Lack, NoSuchMove
from impasse.domain.guards import GUARD_LABELS
from impasse.domain.text import Text, same
from impasse.domain.workflow import BACK, entrances

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from impasse.domain.schedule import Schedule
    from impasse.domain.workflow import Transition, Workflow

    Condition = Callable[["_Question"], bool]


class _Traveller:
    """What one question knows: where a case stands, where it came from, and what it lacks.

    The stage is kept under a name that no trigger can have: in `transitions` a trigger may not be
    called like the attribute that holds the state.
    """

    __slots__ = ("_stage", "came_from", "lacking")

    def __init__(self, stage: str, came_from: str, lacking: frozenset[str]) -> None:
        self._stage = stage
        self.came_from = came_from
        self.lacking = lacking


class _Question(Protocol):
    """The part of `transitions.EventData` that conditions look at."""

    model: _Traveller


@dataclass(frozen=True, slots=True)
class CompiledWorkflow:
    """A procedure that can be asked where a move leads; safe to share between threads."""

    workflow: Workflow
    _machine: Any = field(repr=False, compare=False)
    schedules: dict[tuple[str, date, str], Schedule] = field(
        default_factory=dict, repr=False, compare=False
    )
    """What entering a stage on a day promises, per version of the calendar: a memory of a pure
    function, so it may be emptied at any moment."""
    targets: dict[tuple[str, str, str], str] = field(
        default_factory=dict, repr=False, compare=False
    )
    """Where a move leads that lacks nothing, by stage, trigger and origin: such a memory too."""

    def triggers(self, stage: str) -> tuple[Transition, ...]:
        """Return the transitions that leave *stage*, in the order of the file.

        Raises `Conflict` when the procedure does not know the stage.
        """
        self.workflow.stage(stage)
        return tuple(self.workflow.moves[stage].values())

    def target(
        self, stage: str, trigger: str, *, came_from: str, lacking: frozenset[str] = frozenset()
    ) -> str:
        """Return the stage to which *trigger* leads from *stage*.

        *came_from* is where `back` leads; *lacking* names the required guards that are not met.
        Raises `NoSuchMove` when the trigger does not leave the stage, `ConditionsNotMet` when a
        guard that it requires is lacking, and `Conflict` when the stage is unknown or when the way
        back is lost.
        """
        self.workflow.stage(stage)
        event = self._machine.events.get(trigger)
        if event is None:
            raise self._no_such_move(stage, trigger)
        traveller = _Traveller(stage, came_from, lacking)
        try:
            moved = event.trigger(traveller)
        except MachineError as error:
            raise self._no_such_move(stage, trigger) from error
        if not moved:
            raise self._refusal(self.workflow.moves[stage][trigger], came_from, lacking)
        return traveller._stage  # noqa: SLF001 - the traveller is ours alone

    def _no_such_move(self, stage: str, trigger: str) -> NoSuchMove:
        label = self.workflow.stage(stage).label
        moves = self.triggers(stage)
        if not moves:
            return NoSuchMove(
                Text(
                    f"Vanuit '{label.nl}' kan niets meer; '{trigger}' ook niet.",
                    f"Nothing can be done from '{label.en}'; '{trigger}' neither.",
                )
            )
        nl = ", ".join(f"{move.label.nl} ({move.trigger})" for move in moves)
        en = ", ".join(f"{move.label.en} ({move.trigger})" for move in moves)
        return NoSuchMove(
            Text(
                f"'{trigger}' kan niet vanuit '{label.nl}'. Wel: {nl}.",
                f"'{trigger}' is not possible from '{label.en}'. Possible: {en}.",
            )
        )

    def _refusal(self, move: Transition, came_from: str, lacking: frozenset[str]) -> Conflict:
        lacks = [
            Lack(name, GUARD_LABELS.get(name, same(name)))
            for name in move.required
            if name in lacking
        ]
        if lacks:
            nl = ", ".join(lack.missing.nl for lack in lacks)
            en = ", ".join(lack.missing.en for lack in lacks)
            text = Text(
                f"'{move.label.nl}' kan nog niet. Eerst nodig: {nl}.",
                f"'{move.label.en}' is not possible yet. Needed first: {en}.",
            )
            return ConditionsNotMet(text, lacks)
        return Conflict(
            Text(
                f"'{move.label.nl}' gaat terug naar waar de zaak vandaan kwam, maar '{came_from}' "
                "is geen fase die hierheen leidt. Kies een andere stap.",
                f"'{move.label.en}' returns to where the case came from, but '{came_from}' is not "
                "a stage that leads here. Choose another move.",
            )
        )


def compile_workflow(workflow: Workflow) -> CompiledWorkflow:
    """Build the machine of *workflow*, which must be sound: see `problems()`.

    Raises `ValueError` when an arrow or the start names a stage that does not exist: that is a
    mistake of the program, as no unsound procedure comes past its loader.
    """
    arrows = list(_arrows(workflow))
    named = {workflow.initial, *(a["source"] for a in arrows), *(a["dest"] for a in arrows)}
    if unknown := sorted(named - set(workflow.stages)):
        raise ValueError(f"{workflow.reference}: no such stage: {', '.join(unknown)}")
    machine = Machine(
        model=None,
        states=list(workflow.stages),
        initial=workflow.initial,
        transitions=arrows,
        auto_transitions=False,
        send_event=True,
        model_attribute="_stage",
    )
    return CompiledWorkflow(workflow, machine)


def _arrows(workflow: Workflow) -> Iterator[dict[str, Any]]:
    for source, moves in workflow.moves.items():
        for trigger, move in moves.items():
            guards = [_met(frozenset(move.required))] if move.required else []
            if move.target != BACK:
                yield _arrow(trigger, source, move.target, guards)
                continue
            origins = dict.fromkeys(origin for origin, _ in entrances(workflow, source))
            for origin in origins:
                yield _arrow(trigger, source, origin, [_from(origin), *guards])


def _arrow(trigger: str, source: str, dest: str, conditions: list[Condition]) -> dict[str, Any]:
    return {"trigger": trigger, "source": source, "dest": dest, "conditions": conditions}


def _met(required: frozenset[str]) -> Condition:
    def met(question: _Question) -> bool:
        return required.isdisjoint(question.model.lacking)

    return met


def _from(origin: str) -> Condition:
    def came_from(question: _Question) -> bool:
        return question.model.came_from == origin

    return came_from
