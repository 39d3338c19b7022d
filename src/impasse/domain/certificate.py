"""A certificate of soundness: what was proven of one version of a procedure, and the witnesses.

It is a value bound to the content of the version, and it carries its own proof: every position
that a case can be in, how it is reached, and the shortest way from there to an ending. Whoever
doubts it can walk the paths.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from impasse.domain.errors import Unreadable
from impasse.domain.history import canonical
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.domain.history import Json

FORMAT = 1
"""The version of the JSON form."""


class Property(StrEnum):
    """What is proven of a procedure; the order is that in which it is told."""

    PARTS_FIT = "parts_fit"
    OPTION_TO_COMPLETE = "option_to_complete"
    PROPER_COMPLETION = "proper_completion"
    NO_DEAD_TRANSITION = "no_dead_transition"
    NO_ENDLESS_WAIT = "no_endless_wait"
    GUARDS_CAN_BE_MET = "guards_can_be_met"
    CLOCK_DOES_NOT_CIRCLE = "clock_does_not_circle"
    BOTH_LANGUAGES = "both_languages"
    ROLES_AND_MESSAGES = "roles_and_messages"

    @property
    def label(self) -> Text:
        """The property in words."""
        return _LABELS[self]


_LABELS = {
    Property.PARTS_FIT: Text("Alles past bij elkaar", "Everything fits together"),
    Property.OPTION_TO_COMPLETE: Text("Altijd een weg naar een einde", "Always a way to an ending"),
    Property.PROPER_COMPLETION: Text("Een einde is een einde", "An ending is an ending"),
    Property.NO_DEAD_TRANSITION: Text(
        "Elke fase en elke stap kan gebeuren", "Every stage and every move can happen"
    ),
    Property.NO_ENDLESS_WAIT: Text("Niets wacht eeuwig", "Nothing waits for ever"),
    Property.GUARDS_CAN_BE_MET: Text(
        "Aan elke voorwaarde is te voldoen", "Every condition can be met"
    ),
    Property.CLOCK_DOES_NOT_CIRCLE: Text(
        "De klok stuurt niemand rond", "The clock sends nobody round"
    ),
    Property.BOTH_LANGUAGES: Text("Alles staat in twee talen", "Everything is in two languages"),
    Property.ROLES_AND_MESSAGES: Text(
        "Rollen en berichten zijn bekend", "Roles and messages are known"
    ),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a witness: the move *trigger* took a case from `source` to `target`.

    Within a stage `source` and `target` are alike, and `trigger` tells what was done to a task.
    """

    source: str
    trigger: str
    target: str


Path = tuple[Step, ...]
"""A witness: steps that follow one another, from the start unless it says otherwise."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a procedure: where in the file, and what to do about it.

    `at` is a path of keys and indexes in the file, for example ("stages", "signal", "term").
    `of` is the property that fails by it. `witness` leads to where it shows, if anything does.
    """

    at: tuple[str | int, ...]
    text: Text
    of: Property = Property.PARTS_FIT
    witness: Path = ()


@dataclass(frozen=True, slots=True)
class Position:
    """Where a case can be, as far as it matters to what can follow.

    `came_from` is told where `back` leads out of the stage. `spent` are the stages for which every
    consent has run out: since the case last left them nobody could give a new one.

    `reached_from` is the position before it (None for the start) and `reached_by` the trigger
    there; `out_to` and `out_by` are the next step of the shortest way to an ending, unless the
    case has `ended` already.
    """

    stage: str
    came_from: str = ""
    spent: tuple[str, ...] = ()
    reached_from: int | None = None
    reached_by: str = ""
    out_to: int | None = None
    out_by: str = ""
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Firing:
    """That *trigger* can take a case from `source`: in the position numbered `position`."""

    source: str
    trigger: str
    position: int
    target: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one property holds; the sentence says of what, and `witness` shows it.

    `problems` are empty exactly when it holds.
    """

    of: Property
    sentence: Text
    witness: Path = ()
    problems: tuple[Problem, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the property holds."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was proven of the version `reference`, whose content hashes to `content_hash`.

    `states` counts the positions that were explored: all that exist, when `whole`.
    """

    reference: str
    content_hash: str
    verdicts: tuple[Verdict, ...]
    positions: tuple[Position, ...] = ()
    firings: tuple[Firing, ...] = ()
    whole: bool = True

    @property
    def sound(self) -> bool:
        """Whether every property holds."""
        return all(verdict.holds for verdict in self.verdicts)

    @property
    def states(self) -> int:
        """How many positions were explored."""
        return len(self.positions)

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the JSON form: who keeps it can tell whether this is the same one."""
        return sha256(self.to_json().encode()).hexdigest()

    def verdict(self, of: Property) -> Verdict:
        """Return the verdict on *of*."""
        return next(verdict for verdict in self.verdicts if verdict.of is of)

    def path_to(self, position: int) -> Path:
        """Return how a case comes from the start to *position*."""
        steps: list[Step] = []
        here = self.positions[position]
        while here.reached_from is not None:
            before = self.positions[here.reached_from]
            steps.append(Step(before.stage, here.reached_by, here.stage))
            here = before
        return tuple(reversed(steps))

    def way_out(self, position: int) -> Path:
        """Return the shortest way from *position* to an ending: empty in one, or without one."""
        steps: list[Step] = []
        here = self.positions[position]
        while here.out_to is not None:
            after = self.positions[here.out_to]
            steps.append(Step(here.stage, here.out_by, after.stage))
            here = after
        return tuple(steps)

    def distances(self) -> tuple[int | None, ...]:
        """Return per position how many steps it is from an ending; None when there is no way."""
        found: list[int | None] = [None] * self.states
        known = [False] * self.states
        for start in range(self.states):
            trail, here = [], start
            while not known[here]:
                known[here] = True
                trail.append(here)
                onward = self.positions[here].out_to
                if onward is None:
                    break
                here = onward
            for place in reversed(trail):
                onward = self.positions[place].out_to
                steps = None if onward is None else found[onward]
                found[place] = None if steps is None else steps + 1
                if onward is None and self.positions[place].ended:
                    found[place] = 0
        return tuple(found)

    def path_that_fires(self, source: str, trigger: str) -> Path | None:
        """Return steps from the start of which the last is *trigger* from *source*, if any."""
        for firing in self.firings:
            if (firing.source, firing.trigger) == (source, trigger):
                return (*self.path_to(firing.position), Step(source, trigger, firing.target))
        return None

    def to_json(self) -> str:
        """Return the canonical JSON form: the same certificate, the same bytes."""
        form: Json = {
            "format": FORMAT,
            "workflow": self.reference,
            "content_hash": self.content_hash,
            "sound": self.sound,
            "states": self.states,
            "whole": self.whole,
            "verdicts": [_verdict_form(verdict) for verdict in self.verdicts],
            "positions": [_position_form(position) for position in self.positions],
            "firings": [[f.source, f.trigger, f.position, f.target] for f in self.firings],
        }
        return canonical(form)

    @classmethod
    def from_json(cls, written: str) -> Certificate:
        """Return the certificate that `to_json` wrote.

        Raises `Unreadable` when *written* is something else.
        """
        try:
            form = _of_this_format(json.loads(written))
            return cls(
                reference=form["workflow"],
                content_hash=form["content_hash"],
                verdicts=tuple(_verdict(one) for one in form["verdicts"]),
                positions=tuple(
                    Position(**(one | {"spent": tuple(one["spent"])})) for one in form["positions"]
                ),
                firings=tuple(Firing(*one) for one in form["firings"]),
                whole=form["whole"],
            )
        except (ValueError, KeyError, TypeError) as error:
            raise Unreadable(
                Text(
                    "Dit certificaat is beschadigd of van een andere versie van impasse. "
                    "Controleer de procedure opnieuw.",
                    "This certificate is damaged or of another version of impasse. "
                    "Check the procedure again.",
                )
            ) from error


def _of_this_format(form: dict[str, Any]) -> dict[str, Any]:
    if form["format"] != FORMAT:
        raise ValueError(form["format"])
    return form


def _verdict_form(verdict: Verdict) -> dict[str, Json]:
    return {
        "property": verdict.of.value,
        "holds": verdict.holds,
        "sentence": _both(verdict.sentence),
        "witness": _path_form(verdict.witness),
        "problems": [
            {
                "at": [*problem.at],
                "text": _both(problem.text),
                "witness": _path_form(problem.witness),
            }
            for problem in verdict.problems
        ],
    }


def _verdict(form: dict[str, Any]) -> Verdict:
    of = Property(form["property"])
    return Verdict(
        of,
        Text(**form["sentence"]),
        _path(form["witness"]),
        tuple(
            Problem(tuple(one["at"]), Text(**one["text"]), of, _path(one["witness"]))
            for one in form["problems"]
        ),
    )


def _position_form(position: Position) -> dict[str, Json]:
    return {
        "stage": position.stage,
        "came_from": position.came_from,
        "spent": [*position.spent],
        "reached_from": position.reached_from,
        "reached_by": position.reached_by,
        "out_to": position.out_to,
        "out_by": position.out_by,
        "ended": position.ended,
    }


def _path_form(path: Path) -> list[Json]:
    return [[step.source, step.trigger, step.target] for step in path]


def _path(form: list[list[str]]) -> Path:
    return tuple(Step(*one) for one in form)


def _both(text: Text) -> dict[str, Json]:
    return {"nl": text.nl, "en": text.en}
