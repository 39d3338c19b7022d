"""Substitution during absence: who acts for whom on a day, along a chain of absences.

When A is absent and B is absent too, whoever replaces B acts for A. A chain ends with somebody who
is there, or with nobody. Only the work passes on: the roles of liaison officer and secretariat,
within one organisation. What a mediator was confided and what an administrator holds is personal;
a supervisor neither replaces anybody nor is replaced. Days are days of Amsterdam.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from impasse.domain.days_in_words import day_in_words
from impasse.domain.errors import Conflict, Fault, Invalid, NotAllowed
from impasse.domain.people import Role
from impasse.domain.storable import text_faults
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from impasse.domain.people import Person

PASSES_ON = frozenset({Role.LIAISON_OFFICER, Role.SECRETARIAT})
"""The roles that a substitute carries for who is absent."""

LONGEST = 366
"""Days that one absence may last: whoever is away for longer is followed up by somebody."""

AHEAD = 366
"""Days ahead that an absence may begin."""

MOST_OPEN = 40
"""Absences of one person that may lie ahead at a time."""


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is not there from `from_day` up to and including `until_day`; `substitute` is.

    `ended_at` is the moment at which it was ended early or called off; from then on it counts on
    no day. `created_by` recorded it.
    """

    id: str
    person: str
    substitute: str
    from_day: date
    until_day: date
    reason: str
    created_at: datetime
    created_by: str
    ended_at: datetime | None = None

    def covers(self, day: date) -> bool:
        """Whether the person is absent on *day*."""
        return self.ended_at is None and self.from_day <= day <= self.until_day


@dataclass(frozen=True, slots=True)
class Wish:
    """An absence as it is asked for; see `Absence`."""

    person: str
    substitute: str
    from_day: date
    until_day: date
    reason: str = ""


class Dead(StrEnum):
    """Why a chain leads to nobody."""

    UNKNOWN = "unknown"
    DISABLED = "disabled"
    SUPERVISOR = "supervisor"
    ELSEWHERE = "elsewhere"
    CIRCLE = "circle"

    @property
    def text(self) -> Text:
        """The reason, as a sentence about the last of the chain says it."""
        return _DEAD[self]


_DEAD = {
    Dead.UNKNOWN: Text("staat hier niet meer", "is no longer known here"),
    Dead.DISABLED: Text("kan zich niet meer aanmelden", "can no longer sign in"),
    Dead.SUPERVISOR: Text("is toezichthouder", "is a supervisor"),
    Dead.ELSEWHERE: Text(
        "werkt niet meer voor deze organisatie", "no longer works for this organisation"
    ),
    Dead.CIRCLE: Text(
        "is zelf afwezig en wordt vervangen door iemand eerder in deze keten",
        "is absent too and is replaced by somebody earlier in this chain",
    ),
}


@dataclass(frozen=True, slots=True)
class Chain:
    """Who follows whom on a day: `links` begins with who is absent.

    `acts` is who stands in at the end, "" for nobody; then `dead` tells why, of the last link.
    """

    links: tuple[str, ...]
    acts: str
    dead: Dead | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """From `first` up to and including `last` the chain leads to nobody."""

    first: date
    last: date
    chain: Chain

    @property
    def text(self) -> Text:
        """The gap as a warning: which days, and where the chain breaks."""
        return self.sentence(same(self.chain.links[-1]))

    def sentence(self, who: Text) -> Text:
        """Return the warning in which the last of the chain is called *who*."""
        assert self.chain.dead is not None  # noqa: S101 a gap is where a chain breaks
        first, last, why = day_in_words(self.first), day_in_words(self.last), self.chain.dead.text
        if self.first == self.last:
            when = Text(f"Op {first.nl}", f"On {first.en}")
        else:
            when = Text(f"Van {first.nl} tot en met {last.nl}", f"From {first.en} to {last.en}")
        return when + Text(
            f" neemt niemand waar: {who.nl} {why.nl}.", f" nobody stands in: {who.en} {why.en}."
        )


def chain_of(
    person: str, day: date, persons: Mapping[str, Person], absences: Iterable[Absence]
) -> Chain | None:
    """Return who follows *person* on *day*, or None when *person* is there.

    Every link must work for the organisation of *person*. A link that is absent passes on to its
    own substitute; one that is there and may act ends the chain.
    """
    away = {one.person: one for one in absences if one.covers(day)}
    if person not in away:
        return None
    links = [person]
    here = person
    while True:
        here = away[here].substitute
        if here in links:
            return Chain(tuple(links), "", Dead.CIRCLE)
        links.append(here)
        dead = _dead(persons.get(here), persons[person])
        if dead is not None and (dead is not Dead.DISABLED or here not in away):
            return Chain(tuple(links), "", dead)
        if here not in away:
            return Chain(tuple(links), here)


def _dead(found: Person | None, absent: Person) -> Dead | None:
    """Return why *found* cannot stand in for *absent*."""
    if found is None:
        return Dead.UNKNOWN
    if Role.SUPERVISOR in found.roles:
        return Dead.SUPERVISOR
    if found.organisation != absent.organisation or not absent.organisation:
        return Dead.ELSEWHERE
    return Dead.DISABLED if found.disabled else None


def acting(
    person: Person, day: date, persons: Mapping[str, Person], absences: Sequence[Absence]
) -> Person:
    """Return *person* with the roles of everybody for whom he or she stands in on *day*.

    Nobody passes roles on who was disabled: those were taken away. A supervisor keeps only what
    he is.
    """
    if person.disabled or Role.SUPERVISOR in person.roles:
        return person
    roles, stands_in_for = set(person.roles), []
    for other in sorted({one.person for one in absences if one.covers(day)} - {person.id}):
        absent = persons.get(other)
        if absent is None or absent.disabled or Role.SUPERVISOR in absent.roles:
            continue
        chain = chain_of(other, day, persons, absences)
        if chain is not None and chain.acts == person.id:
            roles |= absent.roles & PASSES_ON
            stands_in_for.append(other)
    if not stands_in_for:
        return person
    return replace(person, roles=frozenset(roles), stands_in_for=tuple(stands_in_for))


def gaps(
    person: str,
    first: date,
    last: date,
    persons: Mapping[str, Person],
    absences: Sequence[Absence],
) -> tuple[Gap, ...]:
    """Return from *first* up to and including *last* when *person* is absent and nobody acts."""
    turns = {first}
    for one in absences:
        turns |= {day for day in (one.from_day, one.until_day + _DAY) if first < day <= last}
    days = sorted(turns)
    found: list[Gap] = []
    for begin, end in zip(days, [*(day - _DAY for day in days[1:]), last], strict=True):
        chain = chain_of(person, begin, persons, absences)
        if chain is None or chain.acts:
            continue
        if found and found[-1].chain == chain and found[-1].last + _DAY == begin:
            found[-1] = replace(found[-1], last=end)
        else:
            found.append(Gap(begin, end, chain))
    return tuple(found)


_DAY = timedelta(days=1)


def may_record_for(by: Person, person: Person) -> bool:
    """Whether *by* may record when *person* is absent: oneself, or who keeps the organisation.

    The secretariat does so for its own organisation, an administrator for every one.
    """
    if Role.SUPERVISOR in by.roles:
        return False
    if by.id == person.id or Role.ADMINISTRATOR in by.roles:
        return True
    same = by.organisation == person.organisation and bool(by.organisation)
    return Role.SECRETARIAT in by.roles and same


def refuse_to_record(
    wish: Wish,
    *,
    by: Person | None,
    persons: Mapping[str, Person],
    absences: Iterable[Absence],
    today: date,
) -> None:
    """Raise what keeps *wish* from being recorded by *by* (None for who runs the machine).

    Raises `NotAllowed` when it is not for *by* to record, `Invalid` with every fault at once, and
    `Conflict` when the person is absent on one of these days already.
    """
    person = persons.get(wish.person)
    if by is not None and (person is None or not may_record_for(by, person)):
        raise NotAllowed(
            Text(
                "U legt alleen uw eigen afwezigheid vast. Het secretariaat doet het voor zijn "
                "eigen organisatie, een beheerder voor iedereen.",
                "You record your own absence only. The secretariat does so for its own "
                "organisation, an administrator for everybody.",
            )
        )
    faults = [
        *_person_faults(person),
        *_substitute_faults(wish, by, person, persons.get(wish.substitute)),
        *_day_faults(wish, today),
        *text_faults("reason", wish.reason, "/reason"),
    ]
    if faults:
        raise Invalid(
            Text("Deze afwezigheid kan zo niet.", "This absence cannot be recorded."), faults
        )
    ahead = [one for one in absences if one.person == wish.person and one.ended_at is None]
    for one in ahead:
        if one.from_day <= wish.until_day and wish.from_day <= one.until_day:
            first, last = day_in_words(one.from_day), day_in_words(one.until_day)
            raise Conflict(
                Text(
                    f"Er staat al een afwezigheid van {first.nl} tot en met {last.nl}. Beëindig "
                    "die eerst, of kies andere dagen.",
                    f"There is an absence from {first.en} to {last.en} already. End that first, or "
                    "choose other days.",
                )
            )
    if sum(one.until_day >= today for one in ahead) >= MOST_OPEN:
        raise Conflict(
            Text(
                f"Er liggen al {MOST_OPEN} afwezigheden in het verschiet. Beëindig er eerst een.",
                f"There are {MOST_OPEN} absences ahead already. End one first.",
            )
        )


def refuse_to_end(
    absence: Absence, *, by: Person | None, person: Person | None, today: date
) -> None:
    """Raise what keeps *absence* of *person* from being ended by *by* (None: the machine)."""
    if by is not None and (person is None or not may_record_for(by, person)):
        raise NotAllowed(
            Text(
                "U beëindigt alleen uw eigen afwezigheid.",
                "You end your own absence only.",
            )
        )
    if absence.ended_at is not None or absence.until_day < today:
        raise Conflict(
            Text("Deze afwezigheid is al voorbij.", "This absence has ended already."),
        )


def _person_faults(person: Person | None) -> list[Fault]:
    if person is None or person.disabled:
        return [
            Fault(
                "/person",
                Text(
                    "Zo iemand is hier niet bekend. Kies iemand die zich kan aanmelden.",
                    "Nobody is known here by that name. Choose somebody who can sign in.",
                ),
            )
        ]
    if Role.SUPERVISOR in person.roles:
        return [
            Fault(
                "/person",
                Text(
                    "Een toezichthouder heeft hier geen werk om over te dragen.",
                    "A supervisor has no work here to hand over.",
                ),
            )
        ]
    return []


def _substitute_faults(
    wish: Wish, by: Person | None, person: Person | None, substitute: Person | None
) -> list[Fault]:
    found = _substitute_fault(wish, by, person, substitute)
    return [] if found is None else [Fault("/substitute", found)]


def _substitute_fault(
    wish: Wish, by: Person | None, person: Person | None, substitute: Person | None
) -> Text | None:
    elsewhere = Text(
        "Kies een vervanger van dezelfde organisatie, die zich kan aanmelden.",
        "Choose a substitute of the same organisation, who can sign in.",
    )
    if wish.substitute == wish.person:
        return Text("Kies iemand anders als vervanger.", "Choose somebody else as substitute.")
    if person is None or substitute is None:
        return elsewhere
    # Whoever is of another organisation is not told apart from whoever is not there.
    dead = _dead(substitute, person)
    if dead is Dead.SUPERVISOR and substitute.organisation == person.organisation:
        return Text(
            "Een toezichthouder vervangt niemand: hij blijft buiten elke zaak. Kies iemand anders.",
            "A supervisor replaces nobody: he stays out of every case. Choose somebody else.",
        )
    if dead is not None:
        return elsewhere
    if by is not None and by.id != person.id and by.id == substitute.id:
        return Text(
            "Wie voor een ander vastlegt, wijst niet zichzelf als vervanger aan. Kies iemand "
            "anders, of laat de afwezige het doen.",
            "Whoever records for another does not name himself as substitute. Choose somebody "
            "else, or let the one who is absent do it.",
        )
    return None


def _day_faults(wish: Wish, today: date) -> list[Fault]:
    faults = []
    if wish.until_day < wish.from_day:
        faults.append(
            Fault(
                "/untilDay",
                Text(
                    "De laatste dag ligt voor de eerste. Kies dezelfde dag of een latere.",
                    "The last day lies before the first. Choose the same day or a later one.",
                ),
            )
        )
    elif wish.until_day < today:
        faults.append(
            Fault(
                "/untilDay",
                Text(
                    "Deze dagen zijn al voorbij. Kies vandaag of een latere dag.",
                    "These days have passed. Choose today or a later day.",
                ),
            )
        )
    elif wish.until_day - wish.from_day >= timedelta(days=LONGEST):
        faults.append(
            Fault(
                "/untilDay",
                Text(
                    f"Een afwezigheid duurt ten hoogste {LONGEST} dagen. Kies een eerdere dag.",
                    f"An absence lasts {LONGEST} days at most. Choose an earlier day.",
                ),
            )
        )
    if wish.from_day - today > timedelta(days=AHEAD):
        faults.append(
            Fault(
                "/fromDay",
                Text(
                    f"Kies een eerste dag binnen {AHEAD} dagen.",
                    f"Choose a first day within {AHEAD} days.",
                ),
            )
        )
    return faults
