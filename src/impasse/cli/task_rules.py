"""The tasks of a procedure in text and as data, as `impasse workflow show` prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from impasse.domain.text import Text
from impasse.domain.workflow import Join, Rest, TaskExpiry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.domain.text import Language
    from impasse.domain.workflow import TaskRule, Workflow


def task_blocks(workflow: Workflow, language: Language) -> Iterator[str]:
    """Yield for each stage with tasks a block: a line per task, and what follows them all."""
    for stage in workflow.stages.values():
        if not stage.tasks:
            continue
        heading = Text(f"Werk in {stage.label.nl}", f"Work in {stage.label.en}")
        lines = [heading.in_(language)]
        lines.extend(_line(rule).in_(language) for rule in stage.tasks.values())
        if stage.when_done:
            done = Text(f"alles klaar: {stage.when_done}", f"all done: {stage.when_done}")
            lines.append(done.in_(language))
        yield "\n  ".join(lines)


def task_data(rule: TaskRule) -> dict[str, Any]:
    """Return a task as the file of the procedure has it."""
    join: Any = rule.join.value
    if rule.join is Join.AT_LEAST:
        join = {"at_least": rule.at_least}
    return {
        "name": rule.name,
        "label": {"nl": rule.label.nl, "en": rule.label.en},
        "for": "each_party" if rule.role is None else rule.role.value,
        "count": rule.count,
        "join": join,
        "rest": rule.rest.value,
        "after": list(rule.after),
        "after_any": list(rule.after_any),
        "outcomes": {name: {"nl": one.nl, "en": one.en} for name, one in rule.outcomes.items()},
        "term": None if rule.length is None else str(rule.length),
        "on_expiry": rule.on_expiry.value,
        "cancels": list(rule.cancels),
        "exclusive": rule.exclusive or None,
        "rounds": rule.rounds,
    }


def _line(rule: TaskRule) -> Text:
    who = Text("elke partij", "each party") if rule.role is None else rule.role.label
    if rule.count > 1:
        who += Text(f", {rule.count} keer", f", {rule.count} times")
    told = rule.label + Text(f" ({rule.name}): {who.nl}", f" ({rule.name}): {who.en}")
    for part in _parts(rule):
        told += Text("; ", "; ") + part
    return told


def _parts(rule: TaskRule) -> Iterator[Text]:
    """Yield what the procedure says of a task beside who it is for."""
    if rule.after:
        yield Text(f"na {' en '.join(rule.after)}", f"after {' and '.join(rule.after)}")
    if rule.after_any:
        yield Text(f"na {' of '.join(rule.after_any)}", f"after {' or '.join(rule.after_any)}")
    if rule.join is not Join.ALL:
        yield {
            Join.FIRST: Text("een is genoeg", "one is enough"),
            Join.AT_LEAST: Text(f"{rule.at_least} is genoeg", f"{rule.at_least} are enough"),
            Join.NONE: Text("hierop wordt niet gewacht", "not waited for"),
        }[rule.join]
    if rule.rest is Rest.WITHDRAW:
        yield Text("de andere vervallen dan", "the others are then withdrawn")
    if rule.length is not None:
        length = rule.length.text
        without = rule.on_expiry is TaskExpiry.COMPLETE
        yield length + (Text(", dan zonder", ", then without") if without else Text("", ""))
    if rule.outcomes:
        yield Text(
            f"antwoord: {', '.join(one.nl for one in rule.outcomes.values())}",
            f"outcome: {', '.join(one.en for one in rule.outcomes.values())}",
        )
    if rule.cancels:
        names = ", ".join(rule.cancels)
        yield Text(f"trekt in: {names}", f"cancels: {names}")
    if rule.exclusive:
        yield Text(f"een tegelijk ({rule.exclusive})", f"one at a time ({rule.exclusive})")
    if rule.rounds > 1:
        yield Text(f"ten hoogste {rule.rounds} keer", f"at most {rule.rounds} times")
