"""Assessing under the Woo: which decision about an item the law can carry, and on which grounds.

Each government decides for its own copy. Confidentiality that parties agreed on among themselves
does not set the law aside.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from impasse.domain.access import may_enter, no_such_room
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.disclosure import Assessment, Disclosure
from impasse.domain.errors import Fault, Invalid, NotFound
from impasse.domain.history import Entry
from impasse.domain.people import GOVERNMENTS
from impasse.domain.reporting import long_faults
from impasse.domain.rooms import ContributionKind, Part, RoomChange
from impasse.domain.text import Text
from impasse.domain.woo_grounds import GROUNDS, Environment, Weight

if TYPE_CHECKING:
    from collections.abc import Iterable

    from impasse.domain.case import Case
    from impasse.domain.commands import AssessDisclosure
    from impasse.domain.decision import Decision, Given
    from impasse.domain.rooms import Contribution
    from impasse.domain.signals import Signal


def assess(decision: Decision, command: AssessDisclosure, given: Given) -> None:
    """Record what a government decides about one item of the shared room, for its own copy.

    By who speaks for that government; its entry goes to the chain of its own side room, where
    nobody else reads. Raises `NotFound` for an item or a room that is not there, `Invalid` with
    every fault at once.
    """
    case, state = decision.case, given.room
    assert case is not None  # noqa: S101 an assessment is about a case that exists
    assert state is not None  # noqa: S101 the engine loads the side room for an assessment
    if command.organisation != given.actor.organisation or case.party(command.organisation) is None:
        raise Invalid(_UNUSABLE, [Fault("/organisation", _OWN_ONLY)])
    if not may_enter(given.actor, state.room, case):
        raise no_such_room(case.id)
    item = item_of(case, command.item, None if given.shared is None else given.shared.contribution)
    faults = _faults(command, case, item, given)
    if faults:
        raise Invalid(_UNUSABLE, faults)
    grounds = tuple(code for code in GROUNDS if code in command.grounds)
    decision.assessments.append(
        Assessment(
            item=item.number,
            organisation=command.organisation,
            disclosure=command.disclosure,
            grounds=grounds,
            note=command.note.strip(),
            person=given.actor.person,
            at=given.at,
        )
    )
    decision.created = item.number
    decision.rooms.append(
        RoomChange(
            state,
            entries=[
                Entry(
                    "disclosure_assessed",
                    {
                        "item": item.number,
                        "disclosure": command.disclosure.value,
                        "grounds": list(grounds),
                    },
                )
            ],
        )
    )


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in the shared room that can be asked for: a contribution, or a signal.

    `part` is None for a signal: in it, what was seen and what somebody thinks of it go together.
    """

    number: str
    kind: ContributionKind
    title: str
    text: str
    part: Part | None
    environmental: bool
    organisation: str
    day: date
    destroyed: bool = False
    file_name: str = ""
    indicator: str = ""


def item_of(case: Case, number: str, contribution: Contribution | None) -> Item:
    """Return the item of *case* with this number; *contribution* is the one that was found."""
    if contribution is not None and contribution.id == number:
        return item_of_contribution(contribution)
    for signal in case.signals:
        if signal.id == number:
            return item_of_signal(signal)
    raise NotFound(
        Text(
            f"{number} staat niet in de gedeelde kamer van zaak {case.id}.",
            f"{number} is not in the shared room of case {case.id}.",
        )
    )


def item_of_contribution(contribution: Contribution) -> Item:
    """Return a shared contribution as an item."""
    name = contribution.particulars.get("file_name", "")
    return Item(
        number=contribution.id,
        kind=contribution.kind,
        title=contribution.title,
        text=contribution.text,
        part=contribution.part,
        environmental=contribution.environmental,
        organisation=contribution.organisation,
        day=contribution.written_at.astimezone(AMSTERDAM).date(),
        destroyed=contribution.destroyed_at is not None,
        file_name=name if isinstance(name, str) else "",
    )


def item_of_signal(signal: Signal) -> Item:
    """Return a signal of the case as an item."""
    return Item(
        number=signal.id,
        kind=ContributionKind.SIGNAL,
        title="",
        text=signal.text,
        part=None,
        environmental=False,
        organisation=signal.organisation,
        day=signal.reported_on,
        indicator=signal.indicator,
    )


def reminders(
    item: Item, organisation: str, disclosure: Disclosure | None, grounds: Iterable[str], on: date
) -> tuple[Text, ...]:
    """Return what the law asks to think of, for this item and this decision on day *on*."""
    told, used = [], [GROUNDS[code] for code in grounds if code in GROUNDS]
    weighed = any(ground.weight is not Weight.ABSOLUTE for ground in used)
    if weighed and older_than_five_years(item.day, on):
        told.append(_FIVE_YEARS)
    if item.environmental and any(ground.code.startswith("5.1.") for ground in used):
        told.append(_EMISSIONS)
    for ground in used:
        if item.environmental and ground.environment is Environment.WEAKER:
            told.append(
                Text(
                    f"Milieu-informatie: {ground.code} is hier zwakker. Weeg het belang van "
                    "openbaarheid mee en schrijf dat op.",
                    f"Environmental information: {ground.code} is weaker here. Weigh the interest "
                    "of openness, and write that down.",
                )
            )
        if ground.weight is Weight.VIEWS:
            told.append(_VIEWS)
    if item.organisation and item.organisation != organisation and disclosure is not None:
        told.append(_THIRD_PARTY)
    return tuple(told)


def older_than_five_years(day: date, on: date) -> bool:
    """Whether information of *day* is older than five years on day *on* (Woo, article 5.3)."""
    try:
        limit = day.replace(year=day.year + _FIVE)
    except ValueError:  # 29 February
        limit = date(day.year + _FIVE, 3, 1)
    return on > limit


def _faults(command: AssessDisclosure, case: Case, item: Item, given: Given) -> list[Fault]:
    faults = long_faults(command.note, "/note")
    party = case.party(command.organisation)
    if party is not None and party.layer not in GOVERNMENTS:
        faults.append(Fault("/organisation", _NO_GOVERNMENT))
    if item.destroyed:
        faults.append(
            Fault(
                "/item",
                Text(
                    f"De inhoud van {item.number} is vernietigd: er is niets meer te beoordelen.",
                    f"The content of {item.number} was destroyed: nothing is left to assess.",
                ),
            )
        )
    faults += ground_faults(item, command.disclosure, command.grounds)
    if any(fault.pointer.startswith("/grounds") for fault in faults) or command.note.strip():
        return faults
    if any(GROUNDS[code].weight is not Weight.ABSOLUTE for code in command.grounds):
        old = older_than_five_years(item.day, given.today)
        faults.append(Fault("/note", _FIVE_YEARS if old else _REASON))
    return faults


def ground_faults(item: Item, disclosure: Disclosure, grounds: tuple[str, ...]) -> list[Fault]:
    """Return why these grounds cannot carry this decision about *item*; nothing when they can."""
    if disclosure is Disclosure.FULL:
        return [Fault("/grounds", _NO_GROUNDS)] if grounds else []
    if not grounds:
        return [Fault("/grounds", _SOME_GROUND)]
    faults = []
    for place, code in enumerate(grounds):
        ground = GROUNDS.get(code)
        if ground is None:
            faults.append(Fault(f"/grounds/{place}", _unknown(code)))
        elif ground.weight is Weight.VIEWS and item.part is Part.OBJECTIVE:
            faults.append(Fault(f"/grounds/{place}", _OBJECTIVE))
        elif item.environmental and ground.environment is Environment.NEVER:
            faults.append(Fault(f"/grounds/{place}", _NOT_ENVIRONMENTAL))
    others = any(code.startswith(("5.1.1.", "5.1.2.")) for code in grounds)
    if "5.1.5" in grounds and others:
        faults.append(Fault("/grounds", _ALONE))
    return faults


def _unknown(code: str) -> Text:
    known = ", ".join(GROUNDS)
    return Text(
        f"'{code[:40]}' is geen grond van de Woo; kies uit: {known}.",
        f"'{code[:40]}' is no ground of the Woo; choose from: {known}.",
    )


_FIVE = 5
_UNUSABLE = Text("Deze beoordeling kan zo niet.", "This assessment cannot be kept as it is.")
_OWN_ONLY = Text(
    "Elke overheid beoordeelt haar eigen exemplaar: kies uw eigen organisatie, die partij is.",
    "Each government assesses its own copy: choose your own organisation, which is a party.",
)
_NO_GOVERNMENT = Text(
    "De Woo geldt voor overheden; deze partij is er geen.",
    "The Woo applies to governments; this party is none.",
)
_NO_GROUNDS = Text(
    "Wat openbaar is, heeft geen weigeringsgrond. Haal de gronden weg of kies deels openbaar.",
    "What is public has no ground for refusal. Remove the grounds, or choose partly public.",
)
_SOME_GROUND = Text(
    "Noem de grond of gronden, zoals 5.1.2.e. Zonder grond is iets openbaar (Woo, artikel 1.1).",
    "Name the ground or grounds, such as 5.1.2.e. Without one it is public (Woo, article 1.1).",
)
_OBJECTIVE = Text(
    "Artikel 5.2, eerste lid, beschermt geen feiten, prognoses, alternatieven, gevolgen en andere "
    "objectieve delen. Dit stuk is als objectief aangemerkt: kies een andere grond of maak het "
    "openbaar.",
    "Article 5.2, first paragraph, does not protect facts, prognoses, alternatives, consequences "
    "and other objective parts. This item is marked objective: choose another ground or disclose.",
)
_NOT_ENVIRONMENTAL = Text(
    "Artikel 5.1, vijfde lid, geldt niet voor milieu-informatie. Kies een andere grond.",
    "Article 5.1, fifth paragraph, does not apply to environmental information. Choose another.",
)
_ALONE = Text(
    "Artikel 5.1, vijfde lid, kan niet samen met een grond uit het eerste of tweede lid voor "
    "dezelfde informatie. Kies een van beide.",
    "Article 5.1, fifth paragraph, cannot go with a ground of the first or second paragraph for "
    "the same information. Choose one of them.",
)
_REASON = Text(
    "Motiveer de weigering: waarom weegt dit zwaarder dan openbaarheid, of tot wanneer duurt het "
    "uitstel (Woo, artikel 5.1, derde en vierde lid)?",
    "Give the reason: why does this outweigh openness, or until when is it deferred (Woo, article "
    "5.1, third and fourth paragraph)?",
)
_FIVE_YEARS = Text(
    "Ouder dan vijf jaar: motiveer waarom het belang ondanks het tijdsverloop nog zwaarder weegt "
    "(Woo, artikel 5.3).",
    "Older than five years: give the reason why the interest still weighs more after all this "
    "time (Woo, article 5.3).",
)
_EMISSIONS = Text(
    "Milieu-informatie: gaat het over emissies in het milieu, dan gelden de gronden van artikel "
    "5.1, eerste en tweede lid, niet (artikel 5.1, zevende lid).",
    "Environmental information: for emissions into the environment the grounds of article 5.1, "
    "first and second paragraph, do not apply (article 5.1, seventh paragraph).",
)
_VIEWS = Text(
    "Alleen de beleidsopvattingen zelf: de feiten eromheen blijven openbaar. Bij formele "
    "besluitvorming van een bestuursorgaan worden opvattingen openbaar in niet tot personen "
    "herleidbare vorm (artikel 5.2, derde lid).",
    "Only the views themselves: the facts around them stay public. In formal decision-making by a "
    "body, views are disclosed in a form that leads to no person (article 5.2, third paragraph).",
)
_THIRD_PARTY = Text(
    "Dit komt van een ander: vraag die om een zienswijze voordat u besluit (Woo, artikel 4.4). "
    "De termijn staat zo lang stil.",
    "This comes from another: ask them for their view before you decide (Woo, article 4.4). The "
    "term stands still meanwhile.",
)
