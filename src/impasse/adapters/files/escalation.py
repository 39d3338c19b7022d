"""Escalation policy files: read whole, checked whole, and only then a policy.

Every problem of a file is told in one run, as with procedures: what is wrong with its shape is
mended with a placeholder, so that the meaning of the rest can still be judged, and a problem that
would only follow from such a placeholder is kept back.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from impasse.adapters.files.escalation_shape import PolicyShape, shape_at
from impasse.adapters.files.located import Located, content_hash_of, text_of, values_in
from impasse.adapters.files.workflow_mending import keys_of, sentence
from impasse.adapters.files.workflow_shape import shown
from impasse.domain.errors import Fault, Invalid, Unreadable
from impasse.domain.escalation_policy import (
    Answering,
    EscalationPolicy,
    GroupTarget,
    Level,
    MeetingTarget,
    OnEmpty,
    PersonTarget,
    RankTarget,
    Repeat,
    RoleTarget,
    RotaTarget,
    Side,
    Trip,
    WebhookTarget,
    WorkingHours,
)
from impasse.domain.people import Role
from impasse.domain.policy_problems import NOTHING_KNOWN, policy_problems, policy_warnings
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path as File

    from impasse.adapters.files.escalation_shape import (
        LevelShape,
        RepeatShape,
        TargetShape,
        TripShape,
    )
    from impasse.adapters.files.yaml_lines import Lines, Place
    from impasse.domain.escalation_policy import Target
    from impasse.domain.policy_problems import Known

_PASSES = 5
"""How often mending may uncover a deeper fault: a file is not nested deeper than this."""


class PolicyProblems(Unreadable):
    """A policy file that may not be used; `problems` holds all of them, in order of line.

    `warnings` are what its authors should think about beside that.
    """

    def __init__(self, problems: Iterable[Located], warnings: Iterable[Located] = ()) -> None:
        self.problems = tuple(problems)
        self.warnings = tuple(warnings)
        told = [problem.sentence for problem in self.problems]
        super().__init__(Text("\n".join(t.nl for t in told), "\n".join(t.en for t in told)))


@dataclass(frozen=True, slots=True)
class CheckedPolicy:
    """A policy that may be used, what its authors should think about, and the hash of the file."""

    policy: EscalationPolicy
    warnings: tuple[Located, ...]
    content_hash: str


def policy_problems_as_faults(problems: PolicyProblems, pointer: str) -> Invalid:
    """Return the problems of a text that came in through a door: a fault for each, by line."""
    return Invalid(
        Text(
            "Dit opschalingsbeleid klopt nog niet. Verbeter wat hier staat.",
            "This escalation policy is not sound yet. Mend what is told here.",
        ),
        [Fault(pointer, problem.line_sentence) for problem in problems.problems],
    )


def load_policy(path: File, known: Known = NOTHING_KNOWN) -> EscalationPolicy:
    """Return the policy in the file at *path*.

    Raises `PolicyProblems` with everything that is wrong with it, and plain `Unreadable` when the
    file is not there or holds no text.
    """
    return parse_policy(text_of(path), str(path), known)


def parse_policy(
    content: str, name_of_source: str, known: Known = NOTHING_KNOWN
) -> EscalationPolicy:
    """Return the policy that *content* describes; *name_of_source* is what messages call it.

    Raises `PolicyProblems` with everything that is wrong with it.
    """
    return check_policy(content, name_of_source, known).policy


def check_policy(content: str, name_of_source: str, known: Known = NOTHING_KNOWN) -> CheckedPolicy:
    """Return the policy that *content* describes, with its warnings and its hash.

    *known* is what it can refer to in this house. Raises `PolicyProblems` with everything that is
    wrong with it.
    """
    read = _read(content, name_of_source)
    if read.shape is None:
        raise PolicyProblems(_in_order(read.found))
    policy = _policy(read.shape)
    found = [
        *read.found,
        *read.located(policy_problems(policy, known)),
        *read.located(_unknown_levels(read.shape, policy)),
    ]
    warnings = _in_order(read.located(policy_warnings(policy, known)))
    if found:
        raise PolicyProblems(_in_order(found), warnings)
    return CheckedPolicy(policy, warnings, read.content_hash)


def _in_order(found: Iterable[Located]) -> tuple[Located, ...]:
    return tuple(sorted(dict.fromkeys(found), key=lambda one: one.line))


def read_adopted_policy(content: str, name_of_source: str) -> EscalationPolicy:
    """Return the policy in *content*, which was adopted: sound by the rules of that day.

    What is unsound by rules that came later is not asked. Raises `PolicyProblems` when the text
    has not even the shape of a policy any more.
    """
    read = _read(content, name_of_source)
    if read.found or read.shape is None:
        raise PolicyProblems(_in_order(read.found))
    return _policy(read.shape)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the file format, for editors that complete and check."""
    schema = PolicyShape.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


@dataclass(frozen=True, slots=True)
class _Read:
    """What stands in a file: `broken` are the places that hold a placeholder now."""

    name: str
    lines: Lines
    found: list[Located]
    shape: PolicyShape | None
    broken: list[Place]
    content_hash: str

    def located(self, problems: Iterable[Any]) -> Iterator[Located]:
        """Yield *problems* on their lines, without those that may come from a placeholder."""
        for problem in problems:
            if not any(_follows(problem.at, place) for place in self.broken):
                yield Located(self.name, self.lines.at(problem.at), problem.text)


def _read(content: str, name: str) -> _Read:
    data, lines, found = values_in(content, name)
    if data is None and found:
        return _Read(name, lines, found, None, [], "")
    read = _Read(name, lines, found, None, [], content_hash_of(data))
    for place, text in _repeats(data):
        found.append(Located(name, lines.at(place), text))
    mended = data
    for attempt in range(_PASSES):
        try:
            shape = PolicyShape.model_validate(mended)
        except ValidationError as error:
            details = error.errors(include_url=False)
        else:
            return _Read(name, lines, found, shape, read.broken, read.content_hash)
        read.broken.extend(detail["loc"] for detail in details)
        if not attempt:
            found.extend(
                Located(name, lines.at(one["loc"]), sentence(one, _keys_at)) for one in details
            )
        if not isinstance(mended, dict):
            break
        mended = _mended(mended, [one["loc"] for one in details])
    return read


def _keys_at(place: Place) -> tuple[str, ...]:
    return keys_of(shape_at(place))


def _repeats(data: object) -> Iterator[tuple[Place, Text]]:
    """Find words that stand twice in one list."""
    if not isinstance(data, dict):
        return
    lists: list[tuple[Place, object]] = [(("starts_on",), data.get("starts_on"))]
    trips = data.get("trip")
    for index, trip in enumerate(trips if isinstance(trips, list) else ()):
        signals = trip.get("signals") if isinstance(trip, dict) else None
        lists.append((("trip", index, "signals"), signals))
    for place, written in lists:
        seen: set[str] = set()
        for index, word in enumerate(written if isinstance(written, list) else ()):
            if not isinstance(word, str):
                continue
            if word in seen:
                yield (
                    (*place, index),
                    Text(
                        f"'{shown(word)}' staat al in deze lijst; haal het een keer weg",
                        f"'{shown(word)}' already stands in this list; remove it once",
                    ),
                )
            seen.add(word)


_NAME = "unreadable"
_WORDS = {"nl": "?", "en": "?"}
_TARGET = {"rota": _NAME}
_REQUIRED: dict[str, Any] = {
    "format": 1,
    "name": _NAME,
    "version": "0",
    "title": _WORDS,
    "starts_on": [],
    "fallback": _NAME,
    "acknowledge": {"at_most": "1 working day"},
    "snooze": {"at_most": "1 working day"},
    "levels": [{"name": _NAME, "label": _WORDS, "to": [_TARGET]}],
    "label": _WORDS,
    "to": [_TARGET],
    "at_most": "1 working day",
    "from": _NAME,
    "every": "1 working day",
    "reason": _WORDS,
    "begin": "08:00",
    "end": "18:00",
    "nl": "?",
    "en": "?",
}
"""What takes the place of a required value that cannot be used; another is left out."""


def _mended(data: dict[str, Any], places: Iterable[Place]) -> dict[str, Any]:
    mended = deepcopy(data)
    for place in places:
        _mend_one(mended, place)
    return mended


def _mend_one(root: Any, place: Place) -> None:  # noqa: ANN401 no shape yet
    if place[:1] == ("levels",) and place[2:3] == ("to",) and len(place) > 3:  # noqa: PLR2004
        # A target is good as a whole or not at all.
        place = place[:4]
    parent = root
    for part in place[:-1]:
        known = isinstance(parent, dict) and part in parent
        if not known and not (isinstance(parent, list) and isinstance(part, int)):
            return
        parent = parent[part]
    last = place[-1]
    if isinstance(parent, list) and isinstance(last, int):
        parent[last] = deepcopy(_item(place))
    elif isinstance(parent, dict):
        if last in _REQUIRED and last in _keys_at(place[:-1]):
            parent[last] = deepcopy(_REQUIRED[str(last)])
        else:
            parent.pop(last, None)


def _item(place: Place) -> object:
    """Return what takes the place of an item of a list; its neighbours keep their positions."""
    match place:
        case ("levels", index):
            return {"name": f"{_NAME}-{index}", "label": _WORDS, "to": [_TARGET]}
        case ("levels", _, "to", _):
            return _TARGET
        case ("trip", _):
            return {"from": _NAME, "reason": _WORDS, "signals": ["X"]}
        case ("trip", *_):
            return "X"
        case _:
            return "case-opened"


def _follows(at: Place, broken: Place) -> bool:
    """Whether a problem at *at* may come from the placeholder at *broken* alone."""
    shared = min(len(at), len(broken))
    if at[:shared] == broken[:shared]:
        return True
    match at, broken:
        case ("levels", int() as here, "after" | "reminder", *_), ("levels", int() as there, *rest):
            return abs(here - there) <= 1 and (not rest or rest[0] in {"after", "reminder"})
        case ("levels", _, "after" | "reminder", *_), ("hours", *_):
            return True
        case ("levels", _, key, *_), ("levels", _, other, *_) if at[1] == broken[1]:
            return other in {"to", "answer"} and key in {"answer", "reminder", "urgent", "to"}
        case ("ends_when",), ("starts_on", *_):
            return True
        case (("repeat" | "trip"), *_), ("levels", *rest):
            return len(rest) <= 1 or rest[1] == "name"
        case _:
            return False


def _policy(shape: PolicyShape) -> EscalationPolicy:
    places = {level.name: index for index, level in reversed([*enumerate(shape.levels)])}
    hours = shape.hours
    return EscalationPolicy(
        name=shape.name,
        version=shape.version,
        title=shape.title.text,
        starts_on=frozenset(shape.starts_on),
        ends_when=shape.ends_when,
        fallback=shape.fallback,
        levels=tuple(_level(level) for level in shape.levels),
        acknowledged_at_most=shape.acknowledge.at_most,
        snoozed_at_most=shape.snooze.at_most,
        snoozes=shape.snooze.times,
        snoozes_within=shape.snooze.within_days,
        repeat=_repeat(shape.repeat, places),
        trips=tuple(_trip(trip, places) for trip in shape.trip),
        hours=WorkingHours(hours.begin, hours.end) if hours else WorkingHours(),
    )


def _level(shape: LevelShape) -> Level:
    targets = tuple(_target(target) for target in shape.to)
    meeting = any(isinstance(target, MeetingTarget) for target in targets)
    return Level(
        name=shape.name,
        label=shape.label.text,
        after=shape.after,
        targets=targets,
        answering=shape.answer or (Answering.NONE if meeting else Answering.ANY),
        on_empty=shape.if_nobody_there or OnEmpty.FALLBACK,
        reminder=shape.reminder,
        message=shape.message.text if shape.message else None,
        urgent=shape.urgent,
    )


def _target(shape: TargetShape) -> Target:
    if shape.role is not None:
        usual = Side.SECRETARIAT if shape.role is Role.SECRETARIAT else Side.ALL_SIDES
        return RoleTarget(shape.role, shape.at or usual, shape.organisation or "")
    if shape.rank is not None:
        return RankTarget(shape.rank, shape.at or Side.ALL_SIDES)
    if shape.rota is not None:
        return RotaTarget(shape.rota)
    if shape.group is not None:
        return GroupTarget(shape.group)
    if shape.person is not None:
        return PersonTarget(shape.person)
    if shape.webhook is not None:
        return WebhookTarget(shape.webhook)
    return MeetingTarget(shape.meeting or MeetingTarget().series)


_NOWHERE = 1
"""Where a jump to a level that is not there leads until it is mended."""


def _repeat(shape: RepeatShape | None, places: Mapping[str, int]) -> Repeat | None:
    if shape is None:
        return None
    return Repeat(places.get(shape.start, 0), shape.times, shape.every)


def _trip(shape: TripShape, places: Mapping[str, int]) -> Trip:
    level = places.get(shape.start, min(_NOWHERE, len(places) - 1))
    return Trip(level, shape.reason.text, frozenset(shape.signals), shape.statutory_within)


@dataclass(frozen=True, slots=True)
class _Placed:
    at: Place
    text: Text


def _unknown_levels(shape: PolicyShape, policy: EscalationPolicy) -> Iterator[_Placed]:
    names = [level.name for level in policy.levels]
    jumps: list[tuple[Place, str]] = [
        (("trip", index, "from"), trip.start) for index, trip in enumerate(shape.trip)
    ]
    if shape.repeat is not None:
        jumps.append((("repeat", "from"), shape.repeat.start))
    for at, name in jumps:
        if name not in names:
            yield _Placed(
                at,
                Text(
                    f"er is geen trede '{shown(name)}'; kies uit: {', '.join(names)}",
                    f"there is no level '{shown(name)}'; choose from: {', '.join(names)}",
                ),
            )
