"""An escalation policy in words: a ladder that somebody who never saw the file can read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.domain import working_hours
from impasse.domain.escalation_audience import words_of
from impasse.domain.escalation_policy import Answering, EndsWhen, MeetingTarget, OnEmpty, RotaTarget
from impasse.domain.messages import MESSAGES
from impasse.domain.people import Role
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from impasse.domain.calendar import Calendar
    from impasse.domain.escalation_policy import EscalationPolicy, Level, Trip

MAY_ADOPT = frozenset({Role.SECRETARIAT, Role.ADMINISTRATOR})
"""Who may put a policy into force; everybody may read it."""

AT_ONCE = Text("meteen", "at once")

_ANSWERS = {
    Answering.ANY: Text("beantwoord als iemand het oppakt", "answered when anybody takes it up"),
    Answering.ALL_SIDES: Text(
        "beantwoord als alle partijen het oppakken", "answered when all parties take it up"
    ),
    Answering.NONE: Text("vraagt geen antwoord", "asks for no answer"),
}
_NOBODY = {
    OnEmpty.SKIP: Text("de volgende trede komt meteen", "the next level comes at once"),
    OnEmpty.HOLD: Text(
        "de opschaling wacht tot er iemand is", "the escalation waits until somebody is there"
    ),
}
_ENDS = {
    EndsWhen.CASE_CLOSED: Text("als de zaak sluit", "when the case is closed"),
    EndsWhen.STAGE_LEFT: Text(
        "als de zaak naar een andere fase gaat of sluit",
        "when the case goes to another stage or is closed",
    ),
    EndsWhen.TERM_SETTLED: Text(
        "als de termijn is verlengd, stilgezet of achtergelaten, of de zaak sluit",
        "when the term was extended, suspended or left behind, or the case is closed",
    ),
}


@dataclass(frozen=True, slots=True)
class Rung:
    """One level in words; `reminder` is None when nobody is reminded.

    `at` is when it would be told, if the run began at the moment that was asked about.
    """

    number: int
    level: Level
    when: Text
    whom: tuple[Text, ...]
    answer: Text
    nobody: Text
    meeting: bool
    at: datetime | None = None

    @property
    def reminder(self) -> Text | None:
        """When who has not answered is reminded."""
        if self.level.reminder is None:
            return None
        length = self.level.reminder.text
        return Text(f"herinnering na {length.nl}", f"reminder after {length.en}")


def ladder(
    policy: EscalationPolicy, begin: datetime | None = None, calendar: Calendar | None = None
) -> tuple[Rung, ...]:
    """Return the levels of *policy* in words; with *begin* and *calendar* also when each comes."""
    return tuple(_rung(policy, index, begin, calendar) for index in range(len(policy.levels)))


def _rung(
    policy: EscalationPolicy, index: int, begin: datetime | None, calendar: Calendar | None
) -> Rung:
    level = policy.levels[index]
    meeting = any(isinstance(target, MeetingTarget) for target in level.targets)
    at = None
    if begin is not None and calendar is not None:
        seconds = working_hours.seconds_of(level.after, policy.hours)
        at = working_hours.after(calendar, policy.hours, begin, seconds)
    return Rung(
        number=index + 1,
        level=level,
        when=AT_ONCE
        if level.after is None
        else Text(f"na {level.after.text.nl}", f"after {level.after.text.en}"),
        whom=tuple(words_of(target) for target in level.targets),
        answer=Text("het secretariaat beslist", "the secretariat decides")
        if meeting
        else _ANSWERS[level.answering],
        nobody=_nobody(policy, level),
        meeting=meeting,
        at=at,
    )


def _nobody(policy: EscalationPolicy, level: Level) -> Text:
    if level.on_empty is OnEmpty.FALLBACK:
        if set(level.targets) == {RotaTarget(policy.fallback)}:
            return Text("het secretariaat hoort het", "the secretariat hears")
        return Text(
            f"wie dienst heeft volgens rooster {policy.fallback} hoort het erbij",
            f"who is on duty by rota {policy.fallback} hears as well",
        )
    return _NOBODY[level.on_empty]


def starts(policy: EscalationPolicy) -> Text:
    """Return what begins a run of *policy*."""
    if not policy.starts_on:
        return Text("alleen met de hand", "by hand only")
    told = [MESSAGES.get(event, same(event)) for event in sorted(policy.starts_on)]
    return Text("; ".join(one.nl for one in told), "; ".join(one.en for one in told))


def ends(policy: EscalationPolicy) -> Text:
    """Return when a run of *policy* ends by itself."""
    return _ENDS[policy.ends_when]


def limits(policy: EscalationPolicy) -> Text:
    """Return how long an answer and a snooze hold, in a sentence."""
    held, rest = policy.acknowledged_at_most.text, policy.snoozed_at_most.text
    taken = Text(
        f"Oppakken houdt ten hoogste {held.nl} op. ", f"Taking it up holds it {held.en} at most. "
    )
    if not policy.snoozes:
        return taken + Text("Even wegleggen kan niet.", "It cannot be snoozed.")
    return taken + Text(
        f"Even wegleggen kan {policy.snoozes} keer in {policy.snoozes_within} dagen, telkens ten "
        f"hoogste {rest.nl}.",
        f"It can be snoozed {policy.snoozes} times in {policy.snoozes_within} days, {rest.en} at "
        "most each time.",
    )


def jumps(policy: EscalationPolicy, indicators: Mapping[str, Text]) -> tuple[Text, ...]:
    """Return what sends a run of *policy* on at once, and what repeats, each in a sentence.

    *indicators* are their labels by code.
    """
    found = [_trip(policy, trip, indicators) for trip in policy.trips]
    repeat = policy.repeat
    if repeat is not None:
        label, every = policy.levels[repeat.level].label, repeat.every.text
        found.append(
            Text(
                f"{every.nl} na de laatste trede gaat het opnieuw vanaf “{label.nl}”, ten hoogste "
                f"{repeat.times} keer.",
                f"{every.en} after the last level it goes on again from “{label.en}”, "
                f"{repeat.times} times at most.",
            )
        )
    return tuple(found)


def _trip(policy: EscalationPolicy, trip: Trip, indicators: Mapping[str, Text]) -> Text:
    when = [
        Text("het signaal ", "the signal ") + same(f"{code} ") + indicators.get(code, same(""))
        for code in sorted(trip.signals)
    ]
    if trip.statutory_within is not None:
        near = trip.statutory_within.text
        when.append(
            Text(
                f"een wettelijke termijn die binnen {near.nl} eindigt",
                f"a term in law that ends within {near.en}",
            )
        )
    label = policy.levels[trip.level].label
    told = _joined(when)
    return Text(
        f"Bij {told.nl.strip()} gaat het meteen naar “{label.nl}”: {trip.reason.nl}",
        f"With {told.en.strip()} it goes to “{label.en}” at once: {trip.reason.en}",
    )


def _joined(texts: Iterable[Text]) -> Text:
    parts = list(texts)
    return Text(
        " of ".join(one.nl.strip() for one in parts), " or ".join(one.en.strip() for one in parts)
    )
