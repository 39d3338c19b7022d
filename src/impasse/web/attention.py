"""What needs attention now: at most six cases, each for one reason, by rules that are shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, islice
from typing import TYPE_CHECKING

import structlog

from impasse.domain.early_warning import Level, Trend
from impasse.domain.errors import Conflict
from impasse.domain.people import Role
from impasse.domain.text import Text
from impasse.web.warning_card import warning_of
from impasse.web.words import ALMOST_WORKING_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from impasse.domain.people import Actor
    from impasse.web.cards import Card
    from impasse.wiring import House

log = structlog.get_logger("impasse.web")

MOST = 6
"""A list that is longer is not read."""

_LOOKED_AT = 12
"""How many cases at a high level are looked into for a rising score, the highest first."""


class Why(StrEnum):
    """The rules, in the order in which they count."""

    LATE = "late"
    NO_HANDLER = "no_handler"
    DUE = "due"
    ENDING = "ending"
    RISING = "rising"

    @property
    def rule(self) -> Text:
        """The rule in words."""
        return _RULES[self]


_RULES = {
    Why.LATE: Text("De termijn van de fase is voorbij.", "The term of the stage has passed."),
    Why.NO_HANDLER: Text("Er is nog geen behandelaar.", "There is no handler yet."),
    Why.DUE: Text(
        f"De termijn loopt binnen {ALMOST_WORKING_DAYS} werkdagen af.",
        f"The term ends within {ALMOST_WORKING_DAYS} working days.",
    ),
    Why.ENDING: Text(
        "Het laatste tiende deel van de termijn is begonnen.",
        "The last tenth of the term has begun.",
    ),
    Why.RISING: Text(
        "Het niveau is oranje of rood en de vroegscore stijgt.",
        "The level is orange or red and the early-warning score is rising.",
    ),
}


@dataclass(frozen=True, slots=True)
class Attention:
    """One case that asks for attention: why, in one sentence, and what the button says."""

    card: Card
    why: Why
    reason: Text
    button: Text


def needs_attention(cards: Iterable[Card], actor: Actor, house: House) -> list[Attention]:
    """Return the cases to look at first; a case is named once, by the first rule that holds."""
    cards = [card for card in cards if card.state not in {"hold", "done"}]
    named: set[str] = set()

    def once(found: Iterable[Attention]) -> Iterator[Attention]:
        for one in found:
            if one.card.line.id not in named:
                named.add(one.card.line.id)
                yield one

    rules = (_late(cards), _without_handler(cards, actor), _due(cards), _ending(cards))
    return list(islice(once(chain(*rules, _rising(cards, actor, house))), MOST))


def _late(cards: list[Card]) -> Iterator[Attention]:
    late = [card for card in cards if card.count is not None and card.count.late]
    for card in sorted(late, key=lambda card: -(card.count.late_by if card.count else 0)):
        yield Attention(card, Why.LATE, _turn(card), Text("Bepaal vervolg", "Decide what next"))


def _without_handler(cards: list[Card], actor: Actor) -> Iterator[Attention]:
    button = (
        Text("Wijs toe", "Assign")
        if Role.SECRETARIAT in actor.roles
        else Text("Bekijk dossier", "View case")
    )
    for card in cards:
        if not card.line.handler:
            yield Attention(card, Why.NO_HANDLER, _turn(card), button)


def _due(cards: list[Card]) -> Iterator[Attention]:
    for card in cards:
        if card.count is not None and card.count.left <= ALMOST_WORKING_DAYS:
            yield Attention(card, Why.DUE, _turn(card), Text("Bekijk actie", "View action"))


def _ending(cards: list[Card]) -> Iterator[Attention]:
    for card in cards:
        if card.count is not None and card.count.almost:
            yield Attention(
                card,
                Why.ENDING,
                _turn(card),
                Text("Plan afronding", "Plan completion"),
            )


def _rising(cards: list[Card], actor: Actor, house: House) -> Iterator[Attention]:
    """Look into the highest cases; made last, because it reads whole cases."""
    high = [card for card in cards if card.line.level.rank >= Level.ORANGE.rank]
    high.sort(key=lambda card: -card.line.score)
    today = house.calendar.local_day(house.clock())
    for card in high[:_LOOKED_AT]:
        try:
            case = house.views.case(actor, card.line.id)
        except Conflict as error:
            # Its line can be read and some part of it cannot: the list goes on without its score.
            log.warning(
                "case_left_out", object=card.line.id, result="unreadable", reason=str(error)
            )
            continue
        entries = house.views.history(card.line.id)
        found = warning_of(case, entries, today, house.calendar, house.indicators)
        if found.trend is Trend.RISING:
            yield Attention(
                card,
                Why.RISING,
                found.reasons[0] if found.reasons else Why.RISING.rule,
                Text("Bekijk waarom", "View why"),
            )


def _turn(card: Card) -> Text:
    """Say who is at turn, and with what."""
    who, what = card.at_turn, card.to_do
    if who is None or what is None:
        return Text("Niemand is aan zet.", "Nobody is at turn.")
    return Text(
        f"{_upper(who.nl)}: {_lower(what.nl)}.",
        f"{_upper(who.en)}: {_lower(what.en)}.",
    )


def _upper(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].rstrip(".")
