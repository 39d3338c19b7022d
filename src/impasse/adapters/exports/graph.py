"""A procedure as a picture: Mermaid for documents, and a drawing of our own in SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.adapters.exports.drawing import Drawing
from impasse.domain.workflow import BACK, StageKind, entrances

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from impasse.domain.text import Language, Text
    from impasse.domain.workflow import Stage, Workflow


def mermaid(workflow: Workflow, language: Language) -> str:
    """Return *workflow* as a Mermaid state diagram, one arrow per transition and source."""
    stages = workflow.stages.values()
    lines = [
        "stateDiagram-v2",
        "    direction LR",
        *(f'    state "{_plain(heading(s, language))}" as {_id(s.name)}' for s in stages),
        f"    [*] --> {_id(workflow.initial)}",
        *(
            f"    {_id(source)} --> {_id(target)} : {_plain(label.in_(language))}"
            for source, target, label in _arrows(workflow)
        ),
        *(f"    {_id(s.name)} --> [*]" for s in stages if s.kind is StageKind.ENDING),
    ]
    return "\n".join(lines) + "\n"


def svg(workflow: Workflow, language: Language, counts: Mapping[str, int] | None = None) -> str:
    """Return *workflow* as an SVG drawing, read from left to right.

    Stages stand in a row, endings below them at the end of a line on which a dot says from where
    they can be reached; what leads back is dashed. *counts* (cases per stage) is shown when given.
    Colours and lines are presentation attributes with a class beside them, so that a page may
    restyle them without loosening its content security policy.
    """
    return Drawing(workflow, language, counts).svg()


def heading(stage: Stage, language: Language) -> str:
    """Return what a stage is called, with its number in front when it has one."""
    label = stage.label.in_(language)
    return label if stage.number is None else f"{stage.number} {label}"


def _arrows(workflow: Workflow) -> Iterator[tuple[str, str, Text]]:
    for transition in workflow.transitions:
        for source in transition.sources:
            if transition.target != BACK:
                yield source, transition.target, transition.label
                continue
            for origin in dict.fromkeys(origin for origin, _ in entrances(workflow, source)):
                yield source, origin, transition.label


def _id(name: str) -> str:
    """Keep the names of stages apart from the words of Mermaid itself, such as `end`."""
    return f"s_{name}"


def _plain(words: str) -> str:
    return "".join(_MERMAID.get(letter, letter) for letter in words)


_MERMAID = {'"': "#quot;", "#": "#35;", ":": "#58;", ";": "#59;", "\n": " "}
