"""Who hears of a level: targets looked up among the people who are there today.

Of each side it is the same rank, and nobody who may not see the case hears its name. Who is absent
is followed by whoever stands in; nobody's superior is added.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from impasse.domain.access import may_see
from impasse.domain.escalation import Addressee
from impasse.domain.escalation_policy import (
    GroupTarget,
    MeetingTarget,
    OnEmpty,
    PersonTarget,
    RankTarget,
    RoleTarget,
    RotaTarget,
    Side,
    WebhookTarget,
)
from impasse.domain.people import Actor, Rank, Role
from impasse.domain.substitution import PASSES_ON
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from impasse.domain.case import Case
    from impasse.domain.escalation import Directory
    from impasse.domain.escalation_policy import EscalationPolicy, Level, Target
    from impasse.domain.people import Person

_RANKS = tuple(Rank)


@dataclass(frozen=True, slots=True)
class Resolved:
    """Who hears of a level today, and who should have but is not there.

    `sides` are the organisations of parties for which somebody hears. `empty` names the targets,
    or the sides of one, for which nobody is there; `fallback` says that the rota for that case
    was told instead. `meeting` is the series of the meeting whose backlog gets the case.
    """

    to: tuple[Addressee, ...]
    webhooks: tuple[str, ...] = ()
    meeting: str = ""
    empty: tuple[Text, ...] = ()
    fallback: bool = False

    @property
    def sides(self) -> tuple[str, ...]:
        """The organisations of parties for which somebody hears."""
        return tuple(dict.fromkeys(one.side for one in self.to if one.side))

    @property
    def nobody(self) -> bool:
        """Whether nothing and nobody hears of it."""
        return not (self.to or self.webhooks or self.meeting)


def resolve(policy: EscalationPolicy, level: Level, case: Case, directory: Directory) -> Resolved:
    """Return who hears of *level* for *case*, with the fallback of *policy* for who is not there.

    With `OnEmpty.SKIP` and `OnEmpty.HOLD` nobody hears as long as somebody is missing: to tell one
    side only would not be paired.
    """
    found: dict[str, Addressee] = {}
    empty: list[Text] = []
    webhooks: list[str] = []
    meeting = ""
    for target in level.targets:
        if isinstance(target, WebhookTarget):
            webhooks.append(target.webhook)
        elif isinstance(target, MeetingTarget):
            meeting = target.series
        else:
            for label, people in _found(target, case, directory):
                heard = list(people)
                if not heard:
                    empty.append(label)
                for one in heard:
                    found.setdefault(one.person, one)
    if not empty:
        return Resolved(tuple(found.values()), tuple(webhooks), meeting)
    if level.on_empty is not OnEmpty.FALLBACK:
        return Resolved((), empty=tuple(empty))
    instead = fallback(policy, case, directory, tuple(empty))
    for one in instead:
        found.setdefault(one.person, one)
    return Resolved(
        tuple(found.values()), tuple(webhooks), meeting, tuple(empty), fallback=bool(instead)
    )


def fallback(
    policy: EscalationPolicy,
    case: Case,
    directory: Directory,
    empty: tuple[Text, ...],
    *,
    unreached: str = "",
) -> tuple[Addressee, ...]:
    """Return who is on duty for *policy*; everybody of the secretariat when no one is.

    Who is *unreached* is not there: what did not reach him is for somebody else to hear.
    """
    missing = Text("; ".join(one.nl for one in empty), "; ".join(one.en for one in empty))
    why = (
        Text(
            f"U hebt dienst; er is niemand voor {missing.nl}.",
            f"You are on duty; there is nobody for {missing.en}.",
        )
        if empty
        else Text("U hebt dienst.", "You are on duty.")
    )
    on_duty = _on_duty(policy.fallback, why, case, directory)
    everybody = _secretariat(why, case, directory, everybody=True)
    there = [one for one in on_duty if one.person != unreached]
    return tuple(there or (one for one in everybody if one.person != unreached))


def sides_of(case: Case) -> tuple[str, ...]:
    """Return the organisations that are sides of *case*: its governments, or all parties."""
    return tuple(party.organisation for party in case.governments or case.parties)


def words_of(target: Target) -> Text:
    """Return the target in words: whom a level tells, before it is looked up."""
    match target:
        case PersonTarget():
            return same(target.person)
        case RoleTarget() | RankTarget():
            what = target.role.label if isinstance(target, RoleTarget) else target.rank.label
            if isinstance(target, RoleTarget) and target.role in {Role.SECRETARIAT, Role.MEDIATOR}:
                return what
            where = (
                same(target.organisation)
                if isinstance(target, RoleTarget) and target.organisation
                else target.at.label
            )
            return what + Text(" van ", " of ") + where
        case RotaTarget():
            return Text(f"dienst: {target.rota}", f"on duty: {target.rota}")
        case GroupTarget():
            return Text(f"groep {target.group}", f"group {target.group}")
        case WebhookTarget():
            return same(f"webhook {target.webhook}")
        case MeetingTarget():
            return Text(f"de agenda van het {target.series}", f"the agenda of the {target.series}")
    assert_never(target)


def _found(
    target: PersonTarget | RoleTarget | RankTarget | RotaTarget | GroupTarget,
    case: Case,
    directory: Directory,
) -> Iterator[tuple[Text, Iterable[Addressee]]]:
    """Yield each part of *target* that must have somebody, with who hears for it."""
    match target:
        case PersonTarget():
            why = Text("U bent met name genoemd.", "You are named.")
            yield words_of(target), _known([target.person], why, "", case, directory)
        case RoleTarget(role=Role.MEDIATOR):
            if case.mediator:
                why = Text("U bemiddelt in deze zaak.", "You mediate in this case.")
                yield words_of(target), _known([case.mediator], why, "", case, directory)
            else:
                yield words_of(target), ()
        case RoleTarget(role=Role.SECRETARIAT):
            why = Text("U werkt voor het secretariaat.", "You work for the secretariat.")
            yield words_of(target), _secretariat(why, case, directory)
        case RoleTarget():
            yield from _at_sides(target, case, directory, _of_role(target.role))
        case RankTarget():
            yield from _at_sides(target, case, directory, _of_rank(target.rank))
        case RotaTarget():
            why = Text("U hebt dienst.", "You are on duty.")
            yield words_of(target), _on_duty(target.rota, why, case, directory)
        case GroupTarget():
            why = Text(
                f"U hoort bij de groep {target.group}.", f"You are in the group {target.group}."
            )
            members = directory.groups.get(target.group, ())
            yield words_of(target), _told(members, why, "", case, directory)
        case _:
            assert_never(target)


def _at_sides(
    target: RoleTarget | RankTarget,
    case: Case,
    directory: Directory,
    of_side: Callable[[Directory, str], list[str]],
) -> Iterator[tuple[Text, Iterable[Addressee]]]:
    what = target.role.label if isinstance(target, RoleTarget) else target.rank.label
    names = {party.organisation: party.name for party in case.parties}
    sides = _sides(target, case, directory)
    if not sides:
        # Such as the side that reported, when that is no government of this case.
        yield words_of(target), ()
    for side in sides:
        name = names.get(side, side)
        why = Text(f"U bent {what.nl} bij {name}.", f"You are {what.en} at {name}.")
        of_party = side if side in names else ""
        heard = _known(of_side(directory, side), why, of_party, case, directory)
        yield Text(f"{what.nl} bij {name}", f"{what.en} at {name}"), heard


def _sides(target: RoleTarget | RankTarget, case: Case, directory: Directory) -> tuple[str, ...]:
    if isinstance(target, RoleTarget) and target.organisation:
        return (target.organisation,)
    sides, reporter = sides_of(case), case.signals[0].organisation if case.signals else ""
    match target.at:
        case Side.ALL_SIDES:
            return sides
        case Side.OTHER_SIDES:
            return tuple(side for side in sides if side != reporter)
        case Side.REPORTING_SIDE:
            return tuple(side for side in sides if side == reporter)
        case Side.SECRETARIAT:
            held = (p for p in directory.persons.values() if Role.SECRETARIAT in p.roles)
            return tuple(dict.fromkeys(sorted(person.organisation for person in held)))
    assert_never(target.at)


def _of_role(role: Role) -> Callable[[Directory, str], list[str]]:
    """Return what finds who carries *role* at a side: of the lowest rank, not their superiors."""

    def find(directory: Directory, side: str) -> list[str]:
        held = [
            person
            for person in directory.persons.values()
            if person.organisation == side and role in person.roles
        ]
        lowest = min((_RANKS.index(person.rank) for person in held), default=0)
        return sorted(p.id for p in held if _RANKS.index(p.rank) == lowest)

    return find


def _of_rank(rank: Rank) -> Callable[[Directory, str], list[str]]:
    def find(directory: Directory, side: str) -> list[str]:
        return sorted(
            person.id
            for person in directory.persons.values()
            if person.organisation == side and person.rank is rank
        )

    return find


def _secretariat(
    why: Text, case: Case, directory: Directory, *, everybody: bool = False
) -> tuple[Addressee, ...]:
    """Return the handler of the case if it has one, and else everybody of the secretariat."""
    if case.handler and not everybody:
        handled = _known([case.handler], why, "", case, directory)
        if handled:
            return handled
    held = sorted(p.id for p in directory.persons.values() if Role.SECRETARIAT in p.roles)
    return _known(held, why, "", case, directory)


def _on_duty(rota: str, why: Text, case: Case, directory: Directory) -> tuple[Addressee, ...]:
    on_duty = directory.on_duty.get(rota, "")
    # Absence was followed already where the rota was read.
    person = directory.persons.get(on_duty)
    away = [directory.persons.get(one) for one, by in directory.acting.items() if by == on_duty]
    if person is None or not any(may_see(_actor(person, one), case) for one in (None, *away)):
        return ()
    return (Addressee(on_duty, why),)


def _known(
    persons: Iterable[str], why: Text, side: str, case: Case, directory: Directory
) -> tuple[Addressee, ...]:
    """Return those of *persons*, or who stands in for them, who may see the case."""
    return tuple(one for one in _told(persons, why, side, case, directory) if one.knows)


def _told(
    persons: Iterable[str], why: Text, side: str, case: Case, directory: Directory
) -> tuple[Addressee, ...]:
    found: dict[str, Addressee] = {}
    for key in persons:
        person = directory.persons.get(key)
        acting, stands_for = key, ""
        if key in directory.acting:
            acting, stands_for = directory.acting[key], key
        here = directory.persons.get(acting)
        if person is None or here is None:
            continue
        knows = may_see(_actor(here, person if stands_for else None), case)
        told = (
            why
            + Text(" U vervangt een afwezige collega.", " You stand in for an absent colleague.")
            if stands_for
            else why
        )
        # Who is called for himself is not called a substitute as well.
        if acting not in found or not stands_for:
            found[acting] = Addressee(acting, told, side, stands_for, knows)
    return tuple(found.values())


def _actor(person: Person, stands_for: Person | None) -> Actor:
    """Return *person* as one who reads, with the work of whom he or she stands in for."""
    roles = person.roles
    if stands_for is not None and stands_for.organisation == person.organisation:
        roles |= stands_for.roles & PASSES_ON
    return Actor(person.id, person.organisation, roles, "clock", confidential=False)
