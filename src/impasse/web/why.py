"""Waarom deze datum? The last day of any term, and every step towards it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from impasse.domain.days_in_words import AMSTERDAM, day_in_words, instant_in_words
from impasse.domain.errors import Invalid
from impasse.domain.length import Length, Unit
from impasse.domain.term_start import read_start
from impasse.domain.terms import (
    Atw,
    Basis,
    Direction,
    Reckoning,
    TermRule,
    explain,
    reckon,
    warnings,
)
from impasse.domain.text import Text
from impasse.web.visit import Page, Visit

if TYPE_CHECKING:
    from datetime import date
    from enum import StrEnum

    from starlette.responses import Response

    from impasse.domain.terms import Step

    Word = TypeVar("Word", bound=StrEnum)

_LONGEST = 60
"""Room for any sensible length or start; more is not shown back."""

_MOST_STEPS = 200
_LAST_STEPS = 3

ATW_LABELS = {
    Atw.AUTO: Text("volgens de grondslag", "by the basis"),
    Atw.APPLY: Text("toepassen, zo afgesproken", "apply, by agreement"),
    Atw.EXCLUDE: Text("niet toepassen", "do not apply"),
}
DIRECTION_LABELS = {
    Direction.FORWARD: Text("vooruit", "forward"),
    Direction.BACKWARD: Text("terug", "back"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form holds, as it was asked; the choices as far as they can be read."""

    day: str
    time: str
    length: str
    basis: Basis = Basis.STATUTE
    atw: Atw = Atw.AUTO
    direction: Direction = Direction.FORWARD
    faults: dict[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome: the last day or instant, how it came about, and what to mind.

    Of a very long derivation `hidden` steps between the first and the last are left out.
    """

    reckoning: Reckoning
    end: Text
    counted: Text
    moved: bool
    steps: tuple[Step, ...]
    last_steps: tuple[Step, ...]
    hidden: int
    cautions: tuple[Text, ...]


def show(visit: Visit) -> Response:
    """Show the form, and the derivation when it was filled in."""
    asked = _asked(visit)
    answer = _answer(visit, asked) if visit.query.get("length") and not asked.faults else None
    return visit.page(
        "why.html",
        status=422 if asked.faults else 200,
        asked=asked,
        answer=answer,
        errors=[(f"w-{name}", visit.tell(text)) for name, text in asked.faults.items()],
        bases=[(one, one.label) for one in Basis],
        atws=ATW_LABELS.items(),
        directions=DIRECTION_LABELS.items(),
    )


def _asked(visit: Visit) -> Asked:
    """Read the address; what cannot be read is told beside its field."""
    faults: dict[str, Text] = {}

    def choice(name: str, usual: Word) -> Word:
        written = visit.query.get(name, "")
        try:
            return type(usual)(written) if written else usual
        except ValueError:
            faults[name] = Text("Maak een keuze uit de lijst.", "Choose from the list.")
            return usual

    start = visit.query.get("start", "").strip()[:_LONGEST]
    day, _, time = start.partition("T")
    return Asked(
        day=day or visit.today.isoformat(),
        time=time or visit.query.get("time", "").strip()[:_LONGEST],
        length=visit.query.get("length", "").strip()[:_LONGEST],
        basis=choice("basis", Basis.STATUTE),
        atw=choice("atw", Atw.AUTO),
        direction=choice("direction", Direction.FORWARD),
        faults=faults,
    )


def _answer(visit: Visit, asked: Asked) -> Answer | None:
    """Reckon what is asked; a refusal is put with the field that it is about."""
    calendar = visit.house.calendar
    try:
        length = Length.parse(asked.length)
    except Invalid as error:
        asked.faults["length"] = error.text
        return None
    try:
        begin, cautions = _begin(visit, asked, length)
        rule = TermRule(length, asked.basis, asked.direction, asked.atw)
        outcome = reckon(rule, begin, calendar)
    except Invalid as error:
        asked.faults["start"] = error.text
        return None
    hours = length.unit is Unit.HOURS
    steps = explain(outcome, calendar)
    long = len(steps) > _MOST_STEPS
    return Answer(
        reckoning=outcome,
        end=instant_in_words(outcome.ends_at) if hours else day_in_words(outcome.end),
        counted=day_in_words(outcome.raw_end),
        moved=outcome.end != outcome.raw_end,
        steps=steps[:-_LAST_STEPS] if not long else steps[: _MOST_STEPS - _LAST_STEPS],
        last_steps=steps[-_LAST_STEPS:],
        hidden=max(0, len(steps) - _MOST_STEPS),
        cautions=(*cautions, *warnings(outcome, calendar)),
    )


def _begin(visit: Visit, asked: Asked, length: Length) -> tuple[date | datetime, tuple[Text, ...]]:
    """Return where the term begins; for a term in hours midnight when no time was given."""
    in_hours = length.unit is Unit.HOURS
    if in_hours and asked.time:
        return read_start(f"{asked.day}T{asked.time}"), ()
    begin = read_start(asked.day)
    if isinstance(begin, datetime):
        begin = begin.astimezone(AMSTERDAM).date()
    if in_hours:
        return visit.house.calendar.start_of_day(begin), (_FROM_MIDNIGHT,)
    return begin, ()


_FROM_MIDNIGHT = Text(
    "U gaf geen tijd. De uren zijn geteld vanaf 00.00 uur op de dag zelf.",
    "You gave no time. The hours were counted from 00:00 on the day itself.",
)

PAGES = (Page("/termijn", show=show),)
