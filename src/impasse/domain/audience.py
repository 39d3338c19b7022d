"""Who hears of a message: persons, looked up by what they are to the case today.

Nobody hears of a case that he or she may not see, whoever did it does not hear of it, and neither
does a superior, unless a policy names him. Who is absent is followed by whoever stands in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from impasse.domain.access import may_see, roles_on
from impasse.domain.case import Visibility
from impasse.domain.escalation import Addressee
from impasse.domain.people import Actor, Rank, Role
from impasse.domain.substitution import PASSES_ON
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from impasse.domain.case import Case
    from impasse.domain.people import Person

_RANKS = {rank: place for place, rank in enumerate(Rank)}
MEETING = "OVERLEG-"
"""With which the subject of a message about a meeting begins."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who is there: everybody by id, and who stands in for whom is absent today.

    `acting` has only those who are absent; "" when the chain of substitutes leads to nobody.
    `liaisons` are the liaison officers of each organisation, without their superiors;
    `secretariat` who carries that role.
    """

    persons: Mapping[str, Person]
    acting: Mapping[str, str]
    liaisons: Mapping[str, tuple[Person, ...]]
    secretariat: tuple[Person, ...]

    def actor(self, key: str) -> Actor | None:
        """Return the person as one who reads, with the work of whom he or she stands in for.

        None for who is disabled and for a supervisor: they hear of nothing.
        """
        person = self.persons.get(key)
        if person is None or not _is_there(person):
            return None
        roles = set(person.roles)
        for absent, instead in self.acting.items():
            gone = self.persons.get(absent)
            if instead == key and gone is not None and gone.organisation == person.organisation:
                roles |= gone.roles & PASSES_ON
        return Actor(key, person.organisation, frozenset(roles), "message", confidential=False)

    def sees(self, key: str, case: Case) -> bool:
        """Whether the case exists for this person today."""
        actor = self.actor(key)
        return actor is not None and may_see(actor, case)


def gather(persons: Mapping[str, Person], acting: Mapping[str, str]) -> Crowd:
    """Return the crowd of *persons*, of whom those in *acting* are absent today."""
    liaisons: dict[str, list[Person]] = {}
    secretariat = []
    for person in persons.values():
        if not _is_there(person):
            continue
        if Role.LIAISON_OFFICER in person.roles and person.organisation:
            liaisons.setdefault(person.organisation, []).append(person)
        if Role.SECRETARIAT in person.roles:
            secretariat.append(person)
    return Crowd(
        persons,
        {absent: instead for absent, instead in acting.items() if instead != absent},
        {house: _not_their_superiors(who) for house, who in liaisons.items()},
        tuple(secretariat),
    )


def _not_their_superiors(persons: list[Person]) -> tuple[Person, ...]:
    """Return those of the lowest rank: who stands above them hears what a policy tells him."""
    lowest = min(_RANKS[person.rank] for person in persons)
    return tuple(person for person in persons if _RANKS[person.rank] == lowest)


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as far as it bears on who hears of it; `case` is None when it is about no case.

    `named` are those that it names, `roles` what others are to the case who hear of it beside
    them, and `by` is whose act it tells of.
    """

    roles: tuple[Role, ...]
    named: tuple[Addressee, ...]
    by: str
    case: Case | None


def audience(message: Heard, crowd: Crowd) -> tuple[Addressee, ...]:
    """Return who hears of *message*, each person once: those who are named before all others.

    Of a lesson nobody hears: it is history.
    """
    found: dict[str, Addressee] = {}
    if message.case is not None and message.case.visibility is Visibility.LESSON:
        return ()
    for one in _named(message, crowd):
        found.setdefault(one.person, one)
    for role in message.roles:
        for person, why, side in _of_role(role, message.case, crowd):
            told = _told(person, why, side, message.case, crowd)
            if told is None or message.by in {told.person, person}:
                continue
            known = found.get(told.person)
            # Who is called for himself is not called a substitute as well.
            if known is None or (known.stands_for and not told.stands_for):
                found[told.person] = told
    return tuple(found.values())


def _named(message: Heard, crowd: Crowd) -> Iterator[Addressee]:
    """Yield whom the message names, as far as they are there and may know what it says."""
    for one in message.named:
        if crowd.actor(one.person) is None:
            continue
        if message.case is None or not one.knows or crowd.sees(one.person, message.case):
            yield one


def _of_role(role: Role, case: Case | None, crowd: Crowd) -> Iterable[tuple[str, Text, str]]:
    """Return who is this to the case, why that is told, and for which party."""
    if role in {Role.PARTY, Role.LIAISON_OFFICER}:
        return () if case is None else _parties(case, crowd)
    if role is Role.MEDIATOR:
        return () if case is None else _mediator(case, crowd)
    if role is Role.SECRETARIAT:
        return _secretariat(case, crowd)
    # What is the administrator's is announced to him by name; others are nothing to a case.
    return ()


def _parties(case: Case, crowd: Crowd) -> Iterator[tuple[str, Text, str]]:
    for party in case.parties:
        why = Text(
            f"U bent liaison van {party.name}, partij in deze zaak.",
            f"You are liaison officer of {party.name}, a party to this case.",
        )
        for person in crowd.liaisons.get(party.organisation, ()):
            yield person.id, why, person.organisation


def _mediator(case: Case, crowd: Crowd) -> Iterator[tuple[str, Text, str]]:
    actor = crowd.actor(case.mediator) if case.mediator else None
    if actor is not None and Role.MEDIATOR in roles_on(actor, case):
        why = Text("U bent de bemiddelaar in deze zaak.", "You are the mediator in this case.")
        yield case.mediator, why, ""


def _secretariat(case: Case | None, crowd: Crowd) -> Iterator[tuple[str, Text, str]]:
    """Yield the handler of the case while that is one of the secretariat, or else all of it."""
    handler = None if case is None else crowd.persons.get(case.handler)
    if handler is not None and _is_there(handler) and Role.SECRETARIAT in handler.roles:
        why = Text(
            "U behandelt deze zaak voor het secretariaat.",
            "You handle this case for the secretariat.",
        )
        yield handler.id, why, ""
        return
    why = Text("U werkt voor het secretariaat.", "You work for the secretariat.")
    for person in crowd.secretariat:
        yield person.id, why, ""


def _is_there(person: Person) -> bool:
    return not person.disabled and Role.SUPERVISOR not in person.roles


def _told(key: str, why: Text, side: str, case: Case | None, crowd: Crowd) -> Addressee | None:
    """Return who hears instead of or as *key*; None when nobody may.

    An absence of which the chain leads to nobody is no reason to let nobody hear.
    """
    person = crowd.persons.get(key)
    if person is None or not _is_there(person):
        return None
    instead = crowd.acting.get(key, "")
    told = Addressee(key, why, side)
    if instead and instead != key and crowd.actor(instead) is not None:
        told = replace(told, person=instead, why=why + STANDS_IN, stands_for=key)
    if case is not None and not crowd.sees(told.person, case):
        return None
    return told


STANDS_IN = Text(" U vervangt een afwezige collega.", " You stand in for an absent colleague.")
"""What is added for who hears in the place of somebody else."""


def still_theirs(one: Addressee, message: Heard, crowd: Crowd) -> bool:
    """Whether *message* would go to the person of *one* today, in the same capacity."""
    again = next((who for who in audience(message, crowd) if who.person == one.person), None)
    if again is None:
        # Whoever hears in the place of somebody who was named is not named himself.
        return any(heir.person == one.person for heir in heirs_of_named(message, crowd))
    if again.stands_for and again.stands_for not in crowd.acting:
        # Named as a substitute, of somebody who is back.
        return False
    if one.person in crowd.acting and crowd.acting[one.person] and not again.stands_for:
        # Named for himself, and absent by now.
        return False
    person = crowd.persons[one.person]
    return not again.side or person.organisation == again.side


def heirs_of_named(message: Heard, crowd: Crowd) -> Iterator[Addressee]:
    """Yield who hears today in the place of those whom *message* names, as far as they may."""
    for named in message.named:
        yield from heirs_at_their_side(named, message, crowd)
        instead = hands_over(named, crowd)
        if instead is not None and (
            message.case is None or not instead.knows or crowd.sees(instead.person, message.case)
        ):
            yield instead


def heirs_at_their_side(one: Addressee, message: Heard, crowd: Crowd) -> tuple[Addressee, ...]:
    """Return who speaks for the side of *one* at the same rank, when *one* does so no more.

    So a side of which somebody leaves between telling and sending is not told nothing.
    """
    person, case = crowd.persons.get(one.person), message.case
    if not one.side or person is None or case is None:
        return ()
    if _is_there(person) and person.organisation == one.side:
        return ()
    found = (
        _told(key, one.why, one.side, case, crowd)
        for key, other in crowd.persons.items()
        if other.organisation == one.side and other.rank is person.rank and key != one.person
    )
    return tuple(told for told in found if told is not None)


def hands_over(one: Addressee, crowd: Crowd) -> Addressee | None:
    """Return who hears now in the place of *one*, along the chain of absence; None for nobody.

    Somebody who was absent is back, or somebody who was there is absent: nothing is lost then.
    """
    if one.stands_for and one.stands_for not in crowd.acting:
        back = crowd.persons.get(one.stands_for)
        if back is None or not _is_there(back):
            return None
        why = one.why
        plain = Text(why.nl.removesuffix(STANDS_IN.nl), why.en.removesuffix(STANDS_IN.en))
        return replace(one, person=back.id, stands_for="", why=plain)
    absent = one.stands_for or one.person
    instead = crowd.acting.get(absent, "")
    gone = crowd.persons.get(absent)
    if not instead or instead == one.person or gone is None or crowd.actor(instead) is None:
        return None
    why = one.why if one.stands_for else one.why + STANDS_IN
    return replace(one, person=instead, stands_for=absent, why=why)
