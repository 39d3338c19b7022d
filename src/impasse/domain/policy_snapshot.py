"""An escalation policy as JSON: how a run keeps the policy as it was when the run began."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Any, assert_never

from impasse.domain.errors import Invalid, Unreadable
from impasse.domain.escalation_policy import (
    Answering,
    EndsWhen,
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
from impasse.domain.length import Length
from impasse.domain.people import Rank, Role
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.domain.escalation_policy import Target
    from impasse.domain.history import Json

FORMAT = 1
"""The version of the JSON form."""


def as_json(policy: EscalationPolicy) -> dict[str, Json]:
    """Return *policy* as `from_json` reads it back, without any loss."""
    return {
        "format": FORMAT,
        "name": policy.name,
        "version": policy.version,
        "title": _words(policy.title),
        "starts_on": [*sorted(policy.starts_on)],
        "ends_when": policy.ends_when.value,
        "fallback": policy.fallback,
        "levels": [_level(level) for level in policy.levels],
        "acknowledged_at_most": str(policy.acknowledged_at_most),
        "snoozed_at_most": str(policy.snoozed_at_most),
        "snoozes": policy.snoozes,
        "snoozes_within": policy.snoozes_within,
        "repeat": _repeat(policy.repeat),
        "trips": [_trip(trip) for trip in policy.trips],
        "hours": [policy.hours.begin.isoformat(), policy.hours.end.isoformat()],
    }


def from_json(found: Any) -> EscalationPolicy:  # noqa: ANN401 what stood in the database
    """Return the policy that `as_json` wrote.

    Raises `Unreadable` when it was damaged, or written in a form of later than this program.
    """
    try:
        if found["format"] != FORMAT:
            raise _damaged()
        begin, end = found["hours"]
        repeat = found["repeat"]
        return EscalationPolicy(
            name=found["name"],
            version=found["version"],
            title=_read_words(found["title"]),
            starts_on=frozenset(found["starts_on"]),
            ends_when=EndsWhen(found["ends_when"]),
            fallback=found["fallback"],
            levels=tuple(_read_level(level) for level in found["levels"]),
            acknowledged_at_most=Length.parse(found["acknowledged_at_most"]),
            snoozed_at_most=Length.parse(found["snoozed_at_most"]),
            snoozes=int(found["snoozes"]),
            snoozes_within=int(found["snoozes_within"]),
            repeat=None if repeat is None else _read_repeat(repeat),
            trips=tuple(_read_trip(trip) for trip in found["trips"]),
            hours=WorkingHours(time.fromisoformat(begin), time.fromisoformat(end)),
        )
    except (KeyError, TypeError, ValueError, AttributeError, Invalid) as error:
        raise _damaged() from error


def _damaged() -> Unreadable:
    return Unreadable(
        Text(
            "Het opschalingsbeleid dat bij deze opschaling is bewaard, is niet te lezen. Zet een "
            "back-up terug, of werk het programma bij.",
            "The escalation policy that was kept with this run cannot be read. Restore a backup, "
            "or update the program.",
        )
    )


def _words(text: Text) -> dict[str, Json]:
    return {"nl": text.nl, "en": text.en}


def _read_words(found: Any) -> Text:  # noqa: ANN401
    return Text(found["nl"], found["en"])


def _length(length: Length | None) -> str | None:
    return None if length is None else str(length)


def _read_length(found: str | None) -> Length | None:
    return None if found is None else Length.parse(found)


def _level(level: Level) -> dict[str, Json]:
    return {
        "name": level.name,
        "label": _words(level.label),
        "after": _length(level.after),
        "targets": [target_as_json(target) for target in level.targets],
        "answering": level.answering.value,
        "on_empty": level.on_empty.value,
        "reminder": _length(level.reminder),
        "message": None if level.message is None else _words(level.message),
        "urgent": level.urgent,
    }


def _read_level(found: Any) -> Level:  # noqa: ANN401
    message = found["message"]
    return Level(
        name=found["name"],
        label=_read_words(found["label"]),
        after=_read_length(found["after"]),
        targets=tuple(_read_target(target) for target in found["targets"]),
        answering=Answering(found["answering"]),
        on_empty=OnEmpty(found["on_empty"]),
        reminder=_read_length(found["reminder"]),
        message=None if message is None else _read_words(message),
        urgent=bool(found["urgent"]),
    )


def target_as_json(target: Target) -> dict[str, Json]:
    """Return *target*, its kind as the key that also a policy file has for it."""
    match target:
        case PersonTarget():
            return {"person": target.person}
        case RoleTarget():
            return {
                "role": target.role.value,
                "at": target.at.value,
                "organisation": target.organisation,
            }
        case RankTarget():
            return {"rank": target.rank.value, "at": target.at.value}
        case RotaTarget():
            return {"rota": target.rota}
        case GroupTarget():
            return {"group": target.group}
        case WebhookTarget():
            return {"webhook": target.webhook}
        case MeetingTarget():
            return {"meeting": target.series}
    assert_never(target)


def _read_target(found: Any) -> Target:  # noqa: ANN401
    match found:
        case {"person": person}:
            return PersonTarget(person)
        case {"role": role, "at": at, "organisation": organisation}:
            return RoleTarget(Role(role), Side(at), organisation)
        case {"rank": rank, "at": at}:
            return RankTarget(Rank(rank), Side(at))
        case {"rota": rota}:
            return RotaTarget(rota)
        case {"group": group}:
            return GroupTarget(group)
        case {"webhook": webhook}:
            return WebhookTarget(webhook)
        case {"meeting": series}:
            return MeetingTarget(series)
        case _:
            raise _damaged()


def _repeat(repeat: Repeat | None) -> dict[str, Json] | None:
    if repeat is None:
        return None
    return {"level": repeat.level, "times": repeat.times, "every": str(repeat.every)}


def _read_repeat(found: Any) -> Repeat:  # noqa: ANN401
    return Repeat(int(found["level"]), int(found["times"]), Length.parse(found["every"]))


def _trip(trip: Trip) -> dict[str, Json]:
    return {
        "level": trip.level,
        "reason": _words(trip.reason),
        "signals": [*sorted(trip.signals)],
        "statutory_within": _length(trip.statutory_within),
    }


def _read_trip(found: Any) -> Trip:  # noqa: ANN401
    return Trip(
        level=int(found["level"]),
        reason=_read_words(found["reason"]),
        signals=frozenset(found["signals"]),
        statutory_within=_read_length(found["statutory_within"]),
    )
