"""Making a duty rota: rotations that deal days out, swaps, and who may do what.

The secretariat of an organisation keeps the rotas of that organisation, an administrator keeps
every one. Whoever stands on a rota hands over days of his or her own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from impasse.domain.days_in_words import day_in_words
from impasse.domain.duty import missing_of, precedence
from impasse.domain.errors import Conflict, Fault, Invalid, NotAllowed
from impasse.domain.people import Role
from impasse.domain.storable import text_faults
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from impasse.domain.duty import Duty, Rota
    from impasse.domain.people import Person

LONGEST = 366
"""Days that one plan or one swap may span."""

AHEAD = 366
"""Days ahead that a plan or a swap may begin."""

MOST_PERSONS = 50
"""Persons that may take turns in one rotation."""

MOST_WEEKS = 52
"""Weeks that one turn may last."""

MOST_SWAPS = 200
"""Swaps of one rota that may lie ahead at a time."""

_DAY = timedelta(days=1)
_SATURDAY = 5
_NAME = re.compile(r"[a-z][a-z0-9-]{0,59}")


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch of days for one person, as a rotation deals them out."""

    person: str
    from_day: date
    until_day: date


@dataclass(frozen=True, slots=True)
class Rotation:
    """Persons who take turns of so many `weeks`, in this order, until the last day.

    Turns change on Mondays: one that begins during a week has that week as its first. One that
    begins at a weekend has the week after.
    """

    persons: tuple[str, ...]
    from_day: date
    until_day: date
    weeks: int = 1

    def turns(self) -> tuple[Turn, ...]:
        """Deal the days out; turns of one person that touch are one turn."""
        dealt: list[Turn] = []
        first, place = self.from_day, 0
        while first <= self.until_day:
            person = self.persons[place % len(self.persons)]
            last = min(_monday(first) + timedelta(weeks=self.weeks) - _DAY, self.until_day)
            if dealt and dealt[-1].person == person:
                dealt[-1] = replace(dealt[-1], until_day=last)
            else:
                dealt.append(Turn(person, first, last))
            first, place = last + _DAY, place + 1
        return tuple(dealt)


def _monday(day: date) -> date:
    """Return the Monday of the first week in which there is work for a turn that begins *day*."""
    monday = day - timedelta(days=day.weekday())
    return monday + timedelta(weeks=1) if day.weekday() >= _SATURDAY else monday


def may_keep(by: Person | None, organisation: str) -> bool:
    """Whether *by* (None: the machine) keeps the rotas of *organisation*."""
    if by is None:
        return True
    if Role.SUPERVISOR in by.roles:
        return False
    same = by.organisation == organisation and bool(organisation)
    return Role.ADMINISTRATOR in by.roles or (Role.SECRETARIAT in by.roles and same)


def may_see_rota(by: Person | None, rota: Rota) -> bool:
    """Whether *by* sees *rota*: who works for its organisation, or keeps it."""
    if by is None or may_keep(by, rota.organisation):
        return True
    return Role.SUPERVISOR not in by.roles and by.organisation == rota.organisation


def may_end(by: Person | None, rota: Rota, duty: Duty) -> bool:
    """Whether *by* may end *duty*: who keeps the rota, or who arranged this swap himself."""
    if may_keep(by, rota.organisation):
        return True
    return by is not None and may_see_rota(by, rota) and duty.override and duty.created_by == by.id


def name_faults(name: str) -> list[Fault]:
    """Return why *name* cannot be that of a rota or a group; policies write it in their files."""
    if _NAME.fullmatch(name):
        return []
    return [
        Fault(
            "/name",
            Text(
                "Kies een naam van ten hoogste 60 kleine letters, cijfers en streepjes, die met "
                "een letter begint, zoals secretariaat.",
                "Choose a name of at most 60 small letters, figures and hyphens that begins with a "
                "letter, such as secretariaat.",
            ),
        )
    ]


def label_faults(label: Text) -> list[Fault]:
    """Return why *label* cannot be shown."""
    if not label.nl.strip():
        return [
            Fault(
                "/label",
                Text("Geef een naam om te tonen.", "Give a name to show."),
            )
        ]
    if not (label.nl.isprintable() and label.en.isprintable()):
        return [
            Fault(
                "/label",
                Text("Schrijf de naam op één regel.", "Write the name on one line."),
            )
        ]
    return [*text_faults("label", label.nl, "/label"), *text_faults("label", label.en, "/label")]


def refuse_rota(rota: Rota, *, by: Person | None, organisations: frozenset[str]) -> None:
    """Raise what keeps *rota* from being made by *by*.

    *organisations* are those for which somebody works here.
    """
    if not may_keep(by, rota.organisation):
        raise NotAllowed(NOT_YOURS)
    faults = [*name_faults(rota.name), *label_faults(rota.label)]
    if rota.organisation not in organisations or not rota.organisation:
        faults.append(
            Fault(
                "/organisation",
                Text(
                    "Kies een organisatie waarvan hier iemand zich kan aanmelden.",
                    "Choose an organisation of which somebody can sign in here.",
                ),
            )
        )
    if faults:
        raise Invalid(Text("Dit rooster kan zo niet.", "This rota cannot be made."), faults)


def refuse_to_remove(rota: Rota, *, by: Person | None) -> None:
    """Raise `NotAllowed` when *rota* is not for *by* to remove."""
    if not may_keep(by, rota.organisation):
        raise NotAllowed(NOT_YOURS)


def refuse_plan(
    rotation: Rotation,
    rota: Rota,
    *,
    by: Person | None,
    persons: Mapping[str, Person],
    duties: Iterable[Duty],
    today: date,
) -> None:
    """Raise what keeps *rotation* from being planned on *rota* by *by*.

    Raises `NotAllowed`, `Invalid` with every fault at once, or `Conflict` when somebody was
    planned on one of these days already.
    """
    if not may_keep(by, rota.organisation):
        raise NotAllowed(NOT_YOURS)
    faults = [
        *_turn_faults(rotation, rota, persons),
        *_day_faults(rotation.from_day, rotation.until_day, today),
    ]
    if faults:
        raise Invalid(Text("Deze planning kan zo niet.", "This cannot be planned."), faults)
    for one in duties:
        if one.override or one.ended_at is not None:
            continue
        if one.from_day <= rotation.until_day and rotation.from_day <= one.until_day:
            first, last = day_in_words(one.from_day), day_in_words(one.until_day)
            raise Conflict(
                Text(
                    f"Van {first.nl} tot en met {last.nl} is al iemand ingepland. Kies andere "
                    "dagen, beëindig die dienst eerst, of leg een ruil vast.",
                    f"Somebody was planned from {first.en} to {last.en} already. Choose other "
                    "days, end that duty first, or record a swap.",
                )
            )


@dataclass(frozen=True, slots=True)
class Swap:
    """A wish: `person` takes the days from `from_day` to `until_day` over."""

    person: str
    from_day: date
    until_day: date


def refuse_swap(
    swap: Swap,
    rota: Rota,
    *,
    by: Person | None,
    persons: Mapping[str, Person],
    duties: Sequence[Duty],
    today: date,
) -> None:
    """Raise what keeps *swap* from being recorded on *rota* by *by*.

    Who keeps the rota swaps any days; somebody on it hands over days of his or her own. Raises
    `NotAllowed`, `Invalid` with every fault at once, or `Conflict`.
    """
    if not may_see_rota(by, rota):
        raise NotAllowed(NOT_YOURS)
    faults = [
        *_person_faults(swap.person, rota, persons, "/person"),
        *_day_faults(swap.from_day, swap.until_day, today),
    ]
    if faults:
        raise Invalid(Text("Deze ruil kan zo niet.", "This swap cannot be recorded."), faults)
    if not may_keep(by, rota.organisation):
        _refuse_days_of_others(swap, by, duties)
    ahead = [one for one in duties if one.override and one.ended_at is None]
    if sum(one.until_day >= today for one in ahead) >= MOST_SWAPS:
        raise Conflict(
            Text(
                f"Er liggen al {MOST_SWAPS} ruilen in het verschiet. Beëindig er eerst een.",
                f"There are {MOST_SWAPS} swaps ahead already. End one first.",
            )
        )


def _refuse_days_of_others(swap: Swap, by: Person | None, duties: Sequence[Duty]) -> None:
    mine = "" if by is None else by.id
    for n in range((swap.until_day - swap.from_day).days + 1):
        day = swap.from_day + timedelta(days=n)
        held = [one for one in duties if one.covers(day)]
        chosen = max(held, key=precedence, default=None)
        if chosen is None or chosen.person != mine:
            words = day_in_words(day)
            raise NotAllowed(
                Text(
                    f"Op {words.nl} bent u niet ingepland. U ruilt alleen uw eigen dagen; het "
                    "secretariaat van uw organisatie ruilt ook die van anderen.",
                    f"On {words.en} you are not planned. You swap your own days only; the "
                    "secretariat of your organisation swaps those of others too.",
                )
            )


def refuse_to_end(duty: Duty, rota: Rota, *, by: Person | None, today: date) -> None:
    """Raise what keeps *duty* from being ended by *by*."""
    if not may_end(by, rota, duty):
        raise NotAllowed(
            Text(
                "U beëindigt alleen een ruil die u zelf vastlegde. Het secretariaat van de "
                "organisatie beëindigt elke dienst.",
                "You end a swap only when you recorded it yourself. The secretariat of the "
                "organisation ends any duty.",
            )
        )
    if duty.ended_at is not None or duty.until_day < today:
        raise Conflict(Text("Deze dienst is al voorbij.", "This duty has ended already."))


NOT_YOURS = Text(
    "Het secretariaat maakt het rooster van zijn eigen organisatie, een beheerder elk rooster.",
    "The secretariat makes the rota of its own organisation, an administrator every rota.",
)


def _turn_faults(rotation: Rotation, rota: Rota, persons: Mapping[str, Person]) -> list[Fault]:
    faults = []
    if not rotation.persons:
        faults.append(
            Fault(
                "/persons",
                Text("Kies wie van dienst zijn.", "Choose who are on duty."),
            )
        )
    elif len(rotation.persons) > MOST_PERSONS:
        faults.append(
            Fault(
                "/persons",
                Text(
                    f"Dit zijn er {len(rotation.persons)}; er passen er {MOST_PERSONS}.",
                    f"These are {len(rotation.persons)}; there is room for {MOST_PERSONS}.",
                ),
            )
        )
    for place, person in enumerate(rotation.persons[:MOST_PERSONS]):
        faults += _person_faults(person, rota, persons, f"/persons/{place}")
    if not 1 <= rotation.weeks <= MOST_WEEKS:
        faults.append(
            Fault(
                "/weeks",
                Text(
                    f"Kies een aantal weken van 1 tot en met {MOST_WEEKS}.",
                    f"Choose a number of weeks from 1 to {MOST_WEEKS}.",
                ),
            )
        )
    return faults


def _person_faults(
    key: str, rota: Rota, persons: Mapping[str, Person], pointer: str
) -> list[Fault]:
    # Whoever is of another organisation is not told apart from whoever is not there.
    if missing_of(persons.get(key), rota) is None:
        return []
    return [
        Fault(
            pointer,
            Text(
                "Kies iemand van de organisatie van het rooster, die zich kan aanmelden en geen "
                "toezichthouder is.",
                "Choose somebody of the organisation of the rota who can sign in and is no "
                "supervisor.",
            ),
        )
    ]


def _day_faults(first: date, last: date, today: date) -> list[Fault]:
    if last < first:
        return [
            Fault(
                "/untilDay",
                Text(
                    "De laatste dag ligt voor de eerste. Kies dezelfde dag of een latere.",
                    "The last day lies before the first. Choose the same day or a later one.",
                ),
            )
        ]
    if first < today:
        return [
            Fault(
                "/fromDay",
                Text(
                    "Deze dag is al voorbij. Kies vandaag of een latere dag.",
                    "This day has passed. Choose today or a later day.",
                ),
            )
        ]
    faults = []
    if last - first >= timedelta(days=LONGEST):
        faults.append(
            Fault(
                "/untilDay",
                Text(
                    f"Dit zijn meer dan {LONGEST} dagen. Kies een eerdere laatste dag.",
                    f"These are more than {LONGEST} days. Choose an earlier last day.",
                ),
            )
        )
    if first - today > timedelta(days=AHEAD):
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
