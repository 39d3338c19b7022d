"""Workflow files: read whole, checked whole, and only then a procedure.

Every problem of a file is told in one run. What is wrong with its shape is mended with a
placeholder, so that the meaning of all the rest can still be judged; a problem that would only
follow from such a placeholder is kept back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from impasse.adapters.files.located import Located, content_hash_of, text_of, values_in
from impasse.adapters.files.workflow_mending import mend, sentence
from impasse.adapters.files.workflow_shape import (
    EACH_PARTY,
    AtLeastShape,
    WorkflowShape,
    name_problem,
    shown,
)
from impasse.domain.errors import Fault, Invalid, Unreadable
from impasse.domain.people import Role
from impasse.domain.soundness import part_problems, whole_problems
from impasse.domain.terms import TermRule
from impasse.domain.text import Text
from impasse.domain.workflow import (
    ANY,
    ExtensionRule,
    Join,
    Reminder,
    Rung,
    Stage,
    StageKind,
    StageTerm,
    SuspensionRule,
    TaskRule,
    Transition,
    Workflow,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path as File

    from impasse.adapters.files.workflow_shape import (
        ExtensionShape,
        StageShape,
        SuspensionShape,
        TaskShape,
        TermShape,
        TransitionShape,
        Words,
    )
    from impasse.adapters.files.yaml_lines import Lines, Place
    from impasse.domain.certificate import Problem

_PASSES = 5
"""How often mending may uncover a deeper fault: a file is not nested deeper than this."""


class WorkflowProblems(Unreadable):
    """A workflow file that may not be used; `problems` holds all of them, in order of line.

    `workflow` is the procedure that the file describes all the same, when its shape is whole.
    """

    def __init__(self, problems: Iterable[Located], workflow: Workflow | None = None) -> None:
        self.problems = tuple(problems)
        self.workflow = workflow
        told = [problem.sentence for problem in self.problems]
        super().__init__(Text("\n".join(t.nl for t in told), "\n".join(t.en for t in told)))


def problems_as_faults(problems: WorkflowProblems, pointer: str) -> Invalid:
    """Return the problems of a text that came in through a door: a fault for each, by line."""
    return Invalid(
        Text(
            "Deze procedure klopt nog niet. Verbeter wat hier staat.",
            "This procedure is not sound yet. Mend what is told here.",
        ),
        [Fault(pointer, problem.line_sentence) for problem in problems.problems],
    )


def load_workflow(path: File) -> Workflow:
    """Return the procedure in the file at *path*.

    Raises `WorkflowProblems` with everything that is wrong with it, and plain `Unreadable` when
    the file is not there or holds no text.
    """
    return parse_workflow(text_of(path), str(path))


def parse_workflow(text: str, name_of_source: str) -> Workflow:
    """Return the procedure that *text* describes; *name_of_source* is what messages call it.

    Raises `WorkflowProblems` with everything that is wrong with it.
    """
    data, lines, found = _values(text, name_of_source)
    shape, broken = _shape(data, lines, name_of_source)
    found += broken.located
    workflow = _workflow(shape, content_hash_of(data)) if shape is not None else None
    if workflow is not None:
        found += [
            Located(name_of_source, lines.at(problem.at), problem.text, problem.witness)
            for problem in _meaning_problems(workflow, broken.places)
        ]
    if found or workflow is None:
        whole = None if broken.located else workflow
        ordered = sorted(dict.fromkeys(found), key=lambda problem: problem.line)
        raise WorkflowProblems(ordered, whole)
    return workflow


def read_adopted(text: str, name_of_source: str) -> Workflow:
    """Return the procedure in *text*, which was adopted: sound by the rules of that day.

    What is unsound by rules that came later is not asked: cases run by it. Raises
    `WorkflowProblems` when the text has not even the shape of a procedure any more.
    """
    data, lines, found = _values(text, name_of_source)
    shape, broken = _shape(data, lines, name_of_source)
    found += broken.located
    if found or shape is None:
        raise WorkflowProblems(sorted(dict.fromkeys(found), key=lambda problem: problem.line))
    return _workflow(shape, content_hash_of(data))


def check(path: File) -> tuple[Located, ...]:
    """Return everything that is wrong with the file at *path*: nothing, when it may be used.

    Raises plain `Unreadable` when the file is not there or holds no text.
    """
    try:
        load_workflow(path)
    except WorkflowProblems as problems:
        return problems.problems
    return ()


def load_all(folder: File) -> tuple[Workflow, ...]:
    """Return every procedure in *folder* (`*.yaml`, `*.yml`), in order of file name.

    Raises `WorkflowProblems` with the problems of all files at once, among them that two files
    hold the same version of one procedure; and plain `Unreadable` when the folder is not there.
    """
    found: list[Located] = []
    first: dict[str, File] = {}
    workflows: list[Workflow] = []
    for path in _workflow_files(folder):
        try:
            workflow = load_workflow(path)
        except WorkflowProblems as problems:
            found += problems.problems
            continue
        workflows.append(workflow)
        other = first.setdefault(workflow.reference, path)
        if other != path:
            found.append(Located(str(path), 0, _same_version(workflow, other)))
    if found:
        raise WorkflowProblems(found)
    return tuple(workflows)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the file format, for editors that complete and check."""
    schema = WorkflowShape.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _workflow_files(folder: File) -> list[File]:
    if not folder.is_dir():
        raise Unreadable(
            Text(
                f"{folder}: deze map is er niet; maak haar aan of wijs een andere aan.",
                f"{folder}: there is no such folder; make it or name another.",
            )
        )
    return sorted(path for path in folder.iterdir() if path.suffix in {".yaml", ".yml"})


def _same_version(workflow: Workflow, other: File) -> Text:
    return Text(
        f"{workflow.reference} staat al in {other.name}; verhoog 'version' of verwijder een "
        "van beide",
        f"{workflow.reference} already stands in {other.name}; raise 'version' or remove one "
        "of the two",
    )


def _values(text: str, name: str) -> tuple[object, Lines, list[Located]]:
    data, lines, found = values_in(text, name)
    if data is None and found:
        raise WorkflowProblems(found)
    return data, lines, found


@dataclass(frozen=True, slots=True)
class _Broken:
    """What is wrong with the shape: in sentences, and as places that hold a placeholder now."""

    located: list[Located]
    places: list[Place]


def _shape(data: object, lines: Lines, name: str) -> tuple[WorkflowShape | None, _Broken]:
    broken = _Broken([], [])
    for place, text in _names_and_repeats(data):
        broken.located.append(Located(name, lines.at(place), text))
    mended = data
    for attempt in range(_PASSES):
        try:
            return WorkflowShape.model_validate(mended), broken
        except ValidationError as error:
            details = error.errors(include_url=False)
        broken.places.extend(detail["loc"] for detail in details)
        if not attempt:
            broken.located.extend(
                Located(name, lines.at(detail["loc"]), sentence(detail)) for detail in details
            )
        if not isinstance(mended, dict):
            break
        mended = mend(mended, details)
    return None, broken


def _names_and_repeats(data: object, place: Place = ()) -> Iterator[tuple[Place, Text]]:
    """Find what may not be called so, and words that stand twice in one list."""
    if isinstance(data, dict):
        for key, value in data.items():
            if _holds_names(place) and (problem := name_problem(key)):
                yield (*place, key), problem
            yield from _names_and_repeats(value, (*place, key))
    elif isinstance(data, list):
        seen: set[str] = set()
        for index, value in enumerate(data):
            if isinstance(value, str) and value in seen:
                yield (
                    (*place, index),
                    Text(
                        f"'{shown(value)}' staat al in deze lijst; haal het een keer weg",
                        f"'{shown(value)}' already stands in this list; remove it once",
                    ),
                )
            if isinstance(value, str):
                seen.add(value)
            yield from _names_and_repeats(value, (*place, index))


def _holds_names(place: Place) -> bool:
    """Whether the keys of the mapping at *place* are names of the author's own."""
    match place:
        case ("stages",) | ("stages", _, "tasks") | ("stages", _, "tasks", _, "outcomes"):
            return True
        case _:
            return False


def _meaning_problems(workflow: Workflow, broken: list[Place]) -> Iterator[Problem]:
    parts = [
        problem
        for problem in part_problems(workflow)
        if not any(_follows(problem.at, place) for place in broken)
    ]
    yield from parts
    if not any(_hides_reach(place) for place in broken):
        yield from whole_problems(workflow, parts)


def _follows(at: Place, broken: Place) -> bool:
    """Whether a problem at *at* may come from the placeholder at *broken* alone."""
    shared = min(len(at), len(broken))
    if at[:shared] == broken[:shared]:
        return True
    if broken == ("stages",):
        return at == ("initial",) or at[0] == "transitions"
    match at:
        case ("stages", _, "term", "on_expiry", _, "after"):
            return at[:4] == broken[:4] and broken[-1] == "after"
        case ("stages", _, "term", "on_expiry", _, "trigger"):
            return broken[0] == "transitions" and (
                len(broken) == 1 or broken[2:3] in {(), ("trigger",), ("from",), ("roles",)}
            )
        case ("transitions", _, "roles", _):
            return "on_expiry" in broken or "when_done" in broken
        case ("transitions", _, "guards", "tasks", _):
            return broken[0] == "stages" and "tasks" in broken[:3]
        case ("stages", name, "tasks", _, "after" | "after_any" | "cancels", *_):
            return broken[:3] == ("stages", name, "tasks")
        case ("stages", name, "when_done"):
            return broken[:3] == ("stages", name, "tasks") or broken[0] == "transitions"
        case _:
            return False


def _hides_reach(broken: Place) -> bool:
    match broken:
        case ("stages",) | ("stages", _) | ("stages", _, "kind") | ("transitions",) | ("initial",):
            return True
        case _:
            return False


def _workflow(shape: WorkflowShape, content_hash: str) -> Workflow:
    stages = {name: _stage(name, stage) for name, stage in shape.stages.items()}
    active = tuple(name for name, stage in stages.items() if stage.kind is StageKind.ACTIVE)
    return Workflow(
        name=shape.name,
        version=shape.version,
        label=shape.label.text,
        description=shape.description.text,
        initial=shape.initial,
        stages=stages,
        transitions=tuple(_transition(transition, active) for transition in shape.transitions),
        content_hash=content_hash,
        rooms=shape.rooms.policy,
    )


def _stage(name: str, shape: StageShape) -> Stage:
    return Stage(
        name=name,
        label=shape.label.text,
        purpose=shape.purpose.text,
        kind=shape.kind,
        number=shape.number,
        owner=shape.owner,
        next_action=shape.next_action.text if shape.next_action else None,
        term=_term(shape.term) if shape.term else None,
        tasks={task: _task(task, rule) for task, rule in shape.tasks.items()},
        when_done=shape.when_done,
    )


def _task(name: str, shape: TaskShape) -> TaskRule:
    each_party = shape.assignee == EACH_PARTY
    return TaskRule(
        name=name,
        label=shape.label.text,
        each_party=each_party,
        role=None if each_party else Role(shape.assignee),
        count=shape.count,
        join=Join.AT_LEAST if isinstance(shape.join, AtLeastShape) else Join(shape.join),
        at_least=shape.join.at_least if isinstance(shape.join, AtLeastShape) else 0,
        rest=shape.rest,
        after=tuple(shape.after),
        after_any=tuple(shape.after_any),
        outcomes={outcome: words.text for outcome, words in shape.outcomes.items()},
        length=shape.term,
        on_expiry=shape.on_expiry,
        cancels=tuple(shape.cancels),
        exclusive=shape.exclusive or "",
        rounds=shape.rounds,
    )


def _term(shape: TermShape) -> StageTerm:
    return StageTerm(
        rule=TermRule(
            length=shape.length,
            basis=shape.basis,
            atw=shape.atw,
            source=shape.source.text if shape.source else None,
        ),
        reminders=tuple(
            Reminder(r.before, tuple(r.notify), _words(r.message)) for r in shape.reminders
        ),
        on_expiry=tuple(
            Rung(r.after, r.tier, tuple(r.notify), r.trigger, _words(r.message))
            for r in shape.on_expiry
        ),
        agreed=shape.agreed,
        suspension=_suspension(shape.suspension) if shape.suspension else None,
        extension=_extension(shape.extension) if shape.extension else None,
    )


def _words(shape: Words | None) -> Text | None:
    return None if shape is None else shape.text


def _suspension(shape: SuspensionShape) -> SuspensionRule:
    return SuspensionRule(
        resume=shape.resume,
        longest=shape.longest,
        most=shape.most,
        reasons=tuple(shape.reasons),
        consent=shape.consent,
        roles=frozenset(shape.roles),
    )


def _extension(shape: ExtensionShape) -> ExtensionRule:
    return ExtensionRule(
        longest=shape.longest,
        most=shape.most,
        consent=shape.consent,
        roles=frozenset(shape.roles),
    )


def _transition(shape: TransitionShape, active: tuple[str, ...]) -> Transition:
    return Transition(
        trigger=shape.trigger,
        label=shape.label.text,
        sources=active if shape.sources == [ANY] else tuple(shape.sources),
        target=shape.target,
        roles=frozenset(shape.roles),
        required=tuple(shape.guards.required),
        advised=tuple(shape.guards.advised),
        note_required=shape.note_required,
        tasks=tuple(shape.guards.tasks),
        four_eyes=shape.four_eyes,
    )
