"""Duty rotas: who of an organisation is on duty on a day, and on which working days nobody is.

What was planned counts, unless somebody took the day over (ruil): the latest such override goes
first. Who is absent is followed up by his or her substitute, along the whole chain; a chain that
leads to nobody is a gap. Days are days of Amsterdam, so a change of the clock alters nothing.
Days off are never a gap: duty is for working days.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from impasse.domain.days_in_words import AMSTERDAM, day_in_words
from impasse.domain.people import Role
from impasse.domain.substitution import chain_of
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date, datetime

    from impasse.domain.people import Person
    from impasse.domain.substitution import Absence


@dataclass(frozen=True, slots=True)
class Rota:
    """A duty rota of one organisation; policies of escalation call it by its name."""

    name: str
    label: Text
    organisation: str
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class Duty:
    """Somebody is on duty from `from_day` up to and including `until_day`.

    An `override` goes before what was planned, the one made last before earlier ones. From the
    day of `ended_at` on a duty counts no more; the days before stay as they were.
    """

    id: str
    rota: str
    person: str
    from_day: date
    until_day: date
    override: bool
    created_at: datetime
    created_by: str
    ended_at: datetime | None = None

    def covers(self, day: date) -> bool:
        """Whether it counts on *day*."""
        if not self.from_day <= day <= self.until_day:
            return False
        return self.ended_at is None or day < self.ended_at.astimezone(AMSTERDAM).date()


def precedence(duty: Duty) -> tuple[bool, datetime, str]:
    """Return by what one duty goes before another that counts on the same day: the largest."""
    return duty.override, duty.created_at, duty.id


class Missing(StrEnum):
    """Why nobody is on duty."""

    NOT_PLANNED = "not_planned"
    UNKNOWN = "unknown"
    DISABLED = "disabled"
    SUPERVISOR = "supervisor"
    ELSEWHERE = "elsewhere"
    NOT_REPLACED = "not_replaced"

    @property
    def text(self) -> Text:
        """The reason, as the second half of a sentence."""
        return _MISSING[self]


_MISSING = {
    Missing.NOT_PLANNED: Text("er is niemand ingepland", "nobody was planned"),
    Missing.UNKNOWN: Text(
        "wie is ingepland, staat hier niet meer", "who was planned is no longer known here"
    ),
    Missing.DISABLED: Text(
        "wie is ingepland, kan zich niet meer aanmelden", "who was planned can no longer sign in"
    ),
    Missing.SUPERVISOR: Text(
        "wie is ingepland, is nu toezichthouder", "who was planned is a supervisor now"
    ),
    Missing.ELSEWHERE: Text(
        "wie is ingepland, werkt niet meer voor deze organisatie",
        "who was planned no longer works for this organisation",
    ),
    Missing.NOT_REPLACED: Text(
        "wie is ingepland, is afwezig en er is geen vervanger",
        "who was planned is absent and there is no substitute",
    ),
}


@dataclass(frozen=True, slots=True)
class OnDuty:
    """The one answer about a day: `person` is on duty, or "" and then `missing` says why.

    `duty` is what decided it, and `chain` whom absence led along, the planned person first.
    """

    day: date
    person: str
    duty: Duty | None = None
    chain: tuple[str, ...] = ()
    missing: Missing | None = None

    @property
    def replaces(self) -> str:
        """The person for whom `person` stands in, "" for nobody."""
        return self.chain[0] if self.person and len(self.chain) > 1 else ""


@dataclass(frozen=True, slots=True)
class DutyGap:
    """Working days from `first` to `last` on which nobody is on duty; `why` of the first.

    With `goes_on` nobody was on duty on the last day that was looked at either.
    """

    first: date
    last: date
    why: OnDuty
    goes_on: bool = False

    @property
    def days(self) -> Text:
        """The days in words, as a sentence begins: "Op …", "Van … tot en met …", "Vanaf …"."""
        first, last = day_in_words(self.first), day_in_words(self.last)
        if self.goes_on:
            return Text(f"Vanaf {first.nl}", f"From {first.en} on")
        if self.first == self.last:
            return Text(f"Op {first.nl}", f"On {first.en}")
        return Text(f"Van {first.nl} tot en met {last.nl}", f"From {first.en} to {last.en}")

    def sentence(self, rota: Text) -> Text:
        """Say when nobody is on duty on the rota called *rota*, and why."""
        missing = self.why.missing or Missing.NOT_PLANNED
        return self.days + Text(
            f" is er niemand van dienst op het rooster {rota.nl}: {missing.text.nl}.",
            f" nobody is on duty on the rota {rota.en}: {missing.text.en}.",
        )


def on_duty(
    rota: Rota,
    duties: Iterable[Duty],
    day: date,
    persons: Mapping[str, Person],
    absences: Iterable[Absence],
) -> OnDuty:
    """Return who of *rota* is on duty on *day*, with absence followed to its end."""
    held = [one for one in duties if one.covers(day)]
    if not held:
        return OnDuty(day, "", missing=Missing.NOT_PLANNED)
    duty = max(held, key=precedence)
    missing = missing_of(persons.get(duty.person), rota)
    if missing is not None:
        return OnDuty(day, "", duty, (duty.person,), missing)
    chain = chain_of(duty.person, day, persons, absences)
    if chain is None:
        return OnDuty(day, duty.person, duty, (duty.person,))
    missing = None if chain.acts else Missing.NOT_REPLACED
    return OnDuty(day, chain.acts, duty, chain.links, missing)


def missing_of(person: Person | None, rota: Rota) -> Missing | None:
    """Return why *person* can do no duty on *rota*, or None."""
    if person is None:
        return Missing.UNKNOWN
    if Role.SUPERVISOR in person.roles:
        return Missing.SUPERVISOR
    if person.organisation != rota.organisation:
        return Missing.ELSEWHERE
    return Missing.DISABLED if person.disabled else None


def days_of_duty(
    rota: Rota,
    duties: Iterable[Duty],
    days: tuple[date, date],
    persons: Mapping[str, Person],
    absences: Sequence[Absence],
) -> tuple[OnDuty, ...]:
    """Return the answer for each of *days*: from the first up to and including the last."""
    first, last = days
    held = [one for one in duties if one.from_day <= last and first <= one.until_day]
    each = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return tuple(on_duty(rota, held, day, persons, absences) for day in each)


def gaps_among(days: Iterable[OnDuty], works: Callable[[date], bool]) -> tuple[DutyGap, ...]:
    """Return the gaps among consecutive *days*; *works* tells which of them are working days.

    A weekend inside a gap does not break it, and a day off at its end does not lengthen it.
    """
    found: list[DutyGap] = []
    open_ = False
    for one in days:
        if not works(one.day):
            continue
        if one.person:
            open_ = False
        elif open_:
            found[-1] = replace(found[-1], last=one.day)
        else:
            found.append(DutyGap(one.day, one.day, one))
            open_ = True
    if open_:
        found[-1] = replace(found[-1], goes_on=True)
    return tuple(found)
