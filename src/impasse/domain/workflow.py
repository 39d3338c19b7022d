"""A procedure as data: stages, terms and transitions, and everything that is unsound in them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from impasse.domain.guards import GUARDS
from impasse.domain.people import Role
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from impasse.domain.terms import Length, TermRule
    from impasse.domain.tier import Tier

BACK = "back"
"""As the target of a transition: return to the stage the case came from."""


class StageKind(StrEnum):
    """Whether work goes on in a stage, is paused by agreement, or has ended."""

    ACTIVE = "active"
    PAUSE = "pause"
    ENDING = "ending"


@dataclass(frozen=True, slots=True)
class Reminder:
    """A message to *notify* some working days before a term ends."""

    before: Length
    notify: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Rung:
    """What happens *after* so many working days past the end of a term.

    The first rung of a term usually has `after` of zero: the expiry itself. `tier` raises the
    table, `notify` tells roles, `trigger` lets the clock make a move. A tier of overhedenoverleg
    makes the case a candidate for the next agenda.
    """

    after: Length
    tier: Tier | None = None
    notify: tuple[Role, ...] = ()
    trigger: str | None = None


@dataclass(frozen=True, slots=True)
class StageTerm:
    """How long a stage may take, on what basis, and what follows when it does not end in time.

    With `agreed` set, the parties name the last day themselves when the stage is entered, and
    `rule.length` is the longest they may take.
    """

    rule: TermRule
    reminders: tuple[Reminder, ...] = ()
    on_expiry: tuple[Rung, ...] = ()
    agreed: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a procedure, in the words of the people who are in it."""

    name: str
    label: Text
    purpose: Text
    kind: StageKind = StageKind.ACTIVE
    number: int | None = None
    owner: Role | None = None
    next_action: Text | None = None
    term: StageTerm | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """One arrow: who may make the move, and on which named conditions.

    `required` guards bind: there is no way around. `advised` guards may be passed with a reason
    that all parties see.
    """

    trigger: str
    label: Text
    sources: tuple[str, ...]
    target: str
    roles: frozenset[Role]
    required: tuple[str, ...] = ()
    advised: tuple[str, ...] = ()
    note_required: bool = False


@dataclass(frozen=True, slots=True)
class Workflow:
    """One version of a procedure, as adopted; a case remembers `name@version`."""

    name: str
    version: str
    label: Text
    description: Text
    initial: str
    stages: Mapping[str, Stage]
    transitions: tuple[Transition, ...]
    content_hash: str = ""
    moves: Mapping[str, Mapping[str, Transition]] = field(init=False, repr=False, compare=False)
    """Per stage, per trigger: the transition that leaves it."""

    def __post_init__(self) -> None:
        """Index the arrows by the stage they leave; the first of two equals wins."""
        moves: dict[str, dict[str, Transition]] = {name: {} for name in self.stages}
        for transition in self.transitions:
            for source in transition.sources:
                moves.setdefault(source, {}).setdefault(transition.trigger, transition)
        object.__setattr__(self, "moves", moves)

    @property
    def reference(self) -> str:
        """`name@version`: what a case is pinned to."""
        return f"{self.name}@{self.version}"

    @property
    def numbered(self) -> tuple[Stage, ...]:
        """The stages in the order in which a case normally passes them."""
        stages = [stage for stage in self.stages.values() if stage.number is not None]
        return tuple(sorted(stages, key=lambda stage: stage.number or 0))


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a procedure: where in the file, and what to do about it.

    `at` is a path of keys and indexes in the file, for example ("stages", "signal", "term").
    """

    at: tuple[str | int, ...]
    text: Text


def problems(workflow: Workflow) -> Iterator[Problem]:
    """Yield everything unsound in *workflow*, so that its author can mend it in one go.

    Shape (unknown keys, wrong types) is the loader's; this is about meaning: arrows that lead
    nowhere, stages that nobody reaches or leaves, waits without end, names nobody knows.
    """
    yield from _stage_problems(workflow)
    yield from _transition_problems(workflow)
    yield from _rung_problems(workflow)
    yield from _reach_problems(workflow)


def _stage_problems(workflow: Workflow) -> Iterator[Problem]:
    if workflow.initial not in workflow.stages:
        yield Problem(
            ("initial",),
            Text(
                f"beginfase '{workflow.initial}' bestaat niet; "
                f"kies een van: {', '.join(workflow.stages)}",
                f"initial stage '{workflow.initial}' does not exist; "
                f"choose one of: {', '.join(workflow.stages)}",
            ),
        )
    numbers = Counter(s.number for s in workflow.stages.values() if s.number is not None)
    for name, stage in workflow.stages.items():
        at = ("stages", name)
        if stage.number is not None and numbers[stage.number] > 1:
            yield Problem(
                (*at, "number"),
                Text(
                    f"nummer {stage.number} staat bij meer dan één fase; geef elke fase een "
                    "eigen nummer",
                    f"number {stage.number} is used by more than one stage; give each its own",
                ),
            )
        if stage.kind is StageKind.ENDING:
            if stage.term is not None:
                yield Problem(
                    (*at, "term"),
                    Text(
                        "een einde heeft geen termijn; haal 'term' weg of maak de fase actief",
                        "an ending has no term; remove 'term' or make the stage active",
                    ),
                )
        elif stage.term is None:
            yield Problem(
                at,
                Text(
                    f"fase '{name}' kan eeuwig wachten: voeg 'term' toe",
                    f"stage '{name}' can wait for ever: add 'term'",
                ),
            )
        if stage.kind is StageKind.ACTIVE and stage.owner is None:
            yield Problem(
                at,
                Text(
                    f"bij fase '{name}' is niemand aan zet: voeg 'owner' toe",
                    f"nobody is at turn in stage '{name}': add 'owner'",
                ),
            )


def _transition_problems(workflow: Workflow) -> Iterator[Problem]:
    taken: dict[tuple[str, str], int] = {}
    for index, transition in enumerate(workflow.transitions):
        at = ("transitions", index)
        for source in transition.sources:
            if source not in workflow.stages:
                yield Problem(
                    (*at, "from"),
                    _unknown_stage(source, workflow),
                )
            first = taken.setdefault((source, transition.trigger), index)
            if first != index:
                yield Problem(
                    (*at, "trigger"),
                    Text(
                        f"'{transition.trigger}' verlaat fase '{source}' al in overgang "
                        f"{first + 1}; geef een van beide een andere naam",
                        f"'{transition.trigger}' already leaves stage '{source}' in transition "
                        f"{first + 1}; rename one of the two",
                    ),
                )
        if transition.target != BACK and transition.target not in workflow.stages:
            yield Problem((*at, "to"), _unknown_stage(transition.target, workflow))
        for kind, names in (("required", transition.required), ("advised", transition.advised)):
            for name in names:
                if name not in GUARDS:
                    yield Problem((*at, "guards", kind), _unknown_guard(name))
        if not transition.roles:
            yield Problem(
                (*at, "roles"),
                Text(
                    f"niemand mag '{transition.trigger}' doen; noem ten minste één rol",
                    f"nobody may do '{transition.trigger}'; name at least one role",
                ),
            )


def _unknown_stage(name: str, workflow: Workflow) -> Text:
    known = ", ".join(workflow.stages)
    return Text(
        f"fase '{name}' bestaat niet; kies een van: {known}",
        f"stage '{name}' does not exist; choose one of: {known}",
    )


def _unknown_guard(name: str) -> Text:
    known = ", ".join(sorted(GUARDS))
    return Text(
        f"voorwaarde '{name}' is niet bekend; kies een van: {known}",
        f"guard '{name}' is not known; choose one of: {known}",
    )


def _rung_problems(workflow: Workflow) -> Iterator[Problem]:
    for name, stage in workflow.stages.items():
        if stage.term is None:
            continue
        at = ("stages", name, "term", "on_expiry")
        if not stage.term.on_expiry:
            yield Problem(
                ("stages", name, "term"),
                Text(
                    f"er gebeurt niets als de termijn van '{name}' afloopt: voeg 'on_expiry' toe",
                    f"nothing happens when the term of '{name}' ends: add 'on_expiry'",
                ),
            )
        waits = [rung.after.amount for rung in stage.term.on_expiry]
        if waits != sorted(waits) or len(set(waits)) != len(waits):
            yield Problem(
                at,
                Text(
                    "de treden staan niet in volgorde van wachttijd, of twee wachten even lang",
                    "the rungs are not in order of waiting time, or two wait equally long",
                ),
            )
        for index, rung in enumerate(stage.term.on_expiry):
            if rung.trigger is None:
                continue
            transition = workflow.moves.get(name, {}).get(rung.trigger)
            if transition is None:
                yield Problem(
                    (*at, index, "trigger"),
                    Text(
                        f"'{rung.trigger}' leidt nergens heen vanuit fase '{name}'",
                        f"'{rung.trigger}' leads nowhere from stage '{name}'",
                    ),
                )
            elif Role.CLOCK not in transition.roles:
                yield Problem(
                    (*at, index, "trigger"),
                    Text(
                        f"de klok mag '{rung.trigger}' niet doen; voeg rol 'clock' toe",
                        f"the clock may not do '{rung.trigger}'; add role 'clock'",
                    ),
                )


def _reach_problems(workflow: Workflow) -> Iterator[Problem]:
    successors: dict[str, set[str]] = {name: set() for name in workflow.stages}
    for transition in workflow.transitions:
        for source in transition.sources:
            if source in successors:
                successors[source].update(_targets(workflow, source, transition))
    reached = _closure({workflow.initial} & set(workflow.stages), successors)
    predecessors: dict[str, set[str]] = {name: set() for name in workflow.stages}
    for source, targets in successors.items():
        for target in targets & set(workflow.stages):
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
        )
    for name in workflow.stages:
        if name not in reached:
            yield Problem(
                ("stages", name),
                Text(
                    f"fase '{name}' is onbereikbaar vanaf '{workflow.initial}': "
                    "voeg een overgang toe of haal de fase weg",
                    f"stage '{name}' cannot be reached from '{workflow.initial}': "
                    "add a transition or remove the stage",
                ),
            )
        elif endings and name not in can_end:
            yield Problem(
                ("stages", name),
                Text(
                    f"vanuit fase '{name}' is geen einde bereikbaar: voeg een overgang toe",
                    f"no ending can be reached from stage '{name}': add a transition",
                ),
            )


def _targets(workflow: Workflow, source: str, transition: Transition) -> set[str]:
    if transition.target != BACK:
        return {transition.target}
    return {origin for origin, _ in entrances(workflow, source)}


def entrances(workflow: Workflow, stage: str) -> Iterator[tuple[str, Transition]]:
    """Yield each (source, transition) by which *stage* can be entered directly."""
    for transition in workflow.transitions:
        if transition.target == stage:
            for source in transition.sources:
                yield source, transition


def _closure(start: set[str], successors: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(successors.get(name, ()))
    return seen
