"""What is missing in the words of a procedure, and which roles and messages nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.domain.certificate import Problem, Property
from impasse.domain.guards import GUARD_LABELS
from impasse.domain.messages import MESSAGES, sent_by
from impasse.domain.people import Role
from impasse.domain.storable import LONGEST, LONGEST_NAME
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from impasse.domain.workflow import Stage, StageTerm, Workflow

Place = tuple[str | int, ...]


def language_problems(workflow: Workflow) -> Iterator[Problem]:
    """Yield every text that is empty in one of the two languages."""
    for at, text in words(workflow):
        for written, nl, en in ((text.nl, "Nederlands", "Dutch"), (text.en, "Engels", "English")):
            if not any(map(_is_seen, written)):
                yield Problem(
                    at,
                    Text(
                        f"hier ontbreekt de tekst in het {nl}; vul hem aan",
                        f"the text in {en} is missing here; add it",
                    ),
                    Property.BOTH_LANGUAGES,
                )


def length_problems(workflow: Workflow) -> Iterator[Problem]:
    """Yield every text and every name that is longer than there is room for on a page."""
    for at, text in words(workflow):
        most = LONGEST_NAME if _is_label(at) else LONGEST
        longest = max(len(text.nl), len(text.en))
        if longest > most:
            yield Problem(
                at,
                Text(
                    f"de tekst is {longest} tekens; er passen er {most}: kort hem in",
                    f"the text has {longest} characters; there is room for {most}: shorten it",
                ),
            )
        if _is_label(at) and len((text.nl + text.en).splitlines()) > 1:
            yield Problem(
                at,
                Text(
                    "dit opschrift loopt over meer regels; schrijf het op één regel",
                    "this label runs over more lines; write it on one line",
                ),
            )
    for at, name in _names(workflow):
        if len(name) > _LONGEST_WORD:
            yield Problem(
                at,
                Text(
                    f"deze naam is {len(name)} tekens; er passen er {_LONGEST_WORD}: kort hem in",
                    f"this name has {len(name)} characters; there is room for {_LONGEST_WORD}: "
                    "shorten it",
                ),
            )


_LONGEST_WORD = 80
"""Room for a name without spaces: it stands in addresses, in keys of tables and in narrow lists."""


def _is_seen(sign: str) -> bool:
    """Whether *sign* leaves ink: no space, and nothing that only tells how to set what follows."""
    return sign.isprintable() and not sign.isspace()


def _is_label(at: Place) -> bool:
    """Whether what stands at *at* is shown on one line: a label, or an answer to a task."""
    return at[-1] == "label" or at[-2:-1] == ("outcomes",)


def _names(workflow: Workflow) -> Iterator[tuple[Place, str]]:
    yield ("name",), workflow.name
    yield ("version",), workflow.version
    for name, stage in workflow.stages.items():
        yield ("stages", name), name
        for task, rule in stage.tasks.items():
            at = ("stages", name, "tasks", task)
            yield at, task
            yield (*at, "exclusive"), rule.exclusive
            for outcome in rule.outcomes:
                yield (*at, "outcomes", outcome), outcome
    for index, move in enumerate(workflow.transitions):
        yield ("transitions", index, "trigger"), move.trigger


def words(workflow: Workflow) -> Iterator[tuple[Place, Text]]:
    """Yield everything in *workflow* that people read, with its place in the file."""
    yield ("label",), workflow.label
    yield ("description",), workflow.description
    for name, stage in workflow.stages.items():
        yield from _stage_words(("stages", name), stage)
    for index, move in enumerate(workflow.transitions):
        at = ("transitions", index)
        yield (*at, "label"), move.label
        for kind, names in (("required", move.required), ("advised", move.advised)):
            for place, guard in enumerate(names):
                if guard in GUARD_LABELS:
                    yield (*at, "guards", kind, place), GUARD_LABELS[guard]


def _stage_words(at: Place, stage: Stage) -> Iterator[tuple[Place, Text]]:
    yield (*at, "label"), stage.label
    yield (*at, "purpose"), stage.purpose
    if stage.next_action is not None:
        yield (*at, "next_action"), stage.next_action
    if stage.term is not None:
        yield from _term_words((*at, "term"), stage.term)
    for name, rule in stage.tasks.items():
        yield (*at, "tasks", name, "label"), rule.label
        for outcome, text in rule.outcomes.items():
            yield (*at, "tasks", name, "outcomes", outcome), text


def _term_words(at: Place, term: StageTerm) -> Iterator[tuple[Place, Text]]:
    if term.rule.source is not None:
        yield (*at, "source"), term.rule.source
    for index, reminder in enumerate(term.reminders):
        if reminder.message is not None:
            yield (*at, "reminders", index, "message"), reminder.message
    for index, rung in enumerate(term.on_expiry):
        if rung.message is not None:
            yield (*at, "on_expiry", index, "message"), rung.message


def told_problems(workflow: Workflow) -> Iterator[Problem]:
    """Yield roles that no message reaches, and messages that nobody has words for."""
    for name, stage in workflow.stages.items():
        if stage.term is None:
            continue
        at = ("stages", name, "term")
        for index, reminder in enumerate(stage.term.reminders):
            yield from _unreached((*at, "reminders", index, "notify"), reminder.notify)
        for index, rung in enumerate(stage.term.on_expiry):
            yield from _unreached((*at, "on_expiry", index, "notify"), rung.notify)
    for message in sent_by(workflow):
        if message not in MESSAGES:
            yield Problem(
                (),
                Text(
                    f"voor bericht '{message}' zijn er geen woorden; meld dit bij de makers",
                    f"there are no words for message '{message}'; report this to the makers",
                ),
                Property.ROLES_AND_MESSAGES,
            )


def _unreached(at: Place, notify: Iterable[Role]) -> Iterator[Problem]:
    for index, role in enumerate(notify):
        if role is Role.CLOCK:
            yield Problem(
                (*at, index),
                Text(
                    "de klok leest geen berichten; noem een rol van mensen",
                    "the clock reads no messages; name a role of people",
                ),
                Property.ROLES_AND_MESSAGES,
            )
