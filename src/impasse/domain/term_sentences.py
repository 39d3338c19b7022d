"""How the reckoning of a term is told: one sentence for each step, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.domain.calendar import OffKind, day_in_words, instant_in_words
from impasse.domain.text import Text

if TYPE_CHECKING:
    from datetime import date, datetime

    from impasse.domain.calendar import OffDay

STATUTE = Text(
    "De termijn staat in een wet, dus de Algemene termijnenwet (Atw) geldt (Atw art. 1).",
    "The term is set in a statute, so the Algemene termijnenwet (Atw) applies (Atw art. 1).",
)
REGULATION = Text(
    "De termijn staat in een algemene maatregel van bestuur, dus de Algemene termijnenwet (Atw) "
    "geldt, tenzij die maatregel anders bepaalt (Atw art. 5).",
    "The term is set in an order in council, so the Algemene termijnenwet (Atw) applies unless "
    "that order says otherwise (Atw art. 5).",
)
ORDINANCE = Text(
    "De termijn staat in een verordening, dus de Algemene termijnenwet (Atw) geldt, tenzij de "
    "verordening anders bepaalt (voor gemeenten: Gemeentewet art. 145).",
    "The term is set in an ordinance, so the Algemene termijnenwet (Atw) applies unless the "
    "ordinance says otherwise (for municipalities: Gemeentewet art. 145).",
)
BY_CHOICE = Text(
    "De Algemene termijnenwet (Atw) geldt niet vanzelf, maar er is voor gekozen om die hier toe "
    "te passen.",
    "The Algemene termijnenwet (Atw) does not apply of itself, but was chosen to apply here.",
)
NOT_BY_LAW = Text(
    "De termijn staat niet in een wet of ander voorschrift, dus de Algemene termijnenwet (Atw) "
    "geldt niet.",
    "The term is not set in a statute or regulation, so the Algemene termijnenwet (Atw) does not "
    "apply.",
)
EXCLUDED = Text(
    "De Algemene termijnenwet (Atw) is voor deze termijn uitgesloten.",
    "The Algemene termijnenwet (Atw) is excluded for this term.",
)
NEVER_COUNTED_BACK = Text(
    "De termijn wordt teruggeteld, dus de laatste dag schuift niet op (Atw art. 1 lid 2).",
    "The term is counted back, so its last day does not move (Atw art. 1(2)).",
)
NEVER_IN_HOURS = Text(
    "Een termijn in uren schuift niet op (Atw art. 4, onder a).",
    "A term in hours does not move (Atw art. 4(a)).",
)
NEVER_THIS_LONG = Text(
    "Een termijn van meer dan 90 dagen, twaalf weken of drie maanden, of van een of meer jaren, "
    "schuift niet op (Atw art. 4, onder a).",
    "A term of more than 90 days, twelve weeks or three months, or of one or more years, does not "
    "move (Atw art. 4(a)).",
)
KEPT_BY_LAW = Text(
    "Berekening: termijn bij wet. Vrij zijn weekenden, feestdagen en gelijkgestelde dagen; een "
    "dag waarop kantoren sluiten is hier een gewone dag.",
    "Calculation: term by law. Weekends, holidays and equated days are off; a day on which "
    "offices close is an ordinary day here.",
)
KEPT_BY_AGREEMENT = Text(
    "Berekening: afgesproken werkdagen. Vrij zijn weekenden, feestdagen, gelijkgestelde dagen en "
    "dagen waarop de kantoren gesloten zijn.",
    "Calculation: agreed working days. Weekends, holidays, equated days and days on which the "
    "offices are closed are off.",
)
EVERY_DAY_COUNTS = Text(
    "Berekening: afgesproken termijn waarin elke dag meetelt, ook vrije dagen.",
    "Calculation: agreed term in which every day counts, days off as well.",
)
HOURS_NEED_INSTANT = Text(
    "Een termijn in uren begint op een tijdstip, niet op een dag. Geef ook de tijd met tijdzone, "
    "bijvoorbeeld 2027-02-12T10:00+01:00.",
    "A term in hours begins at an instant, not on a day. Give the time with its offset as well, "
    "for example 2027-02-12T10:00+01:00.",
)
EXCLUDED_FROM_STATUTE = Text(
    "Voor een termijn in een wet kan alleen een wet de Algemene termijnenwet uitsluiten. "
    "Controleer of dat hier zo is.",
    "For a term set in a statute only a statute can exclude the Algemene termijnenwet. Check "
    "that one does.",
)


def set_off(day: date, *, back: bool) -> Text:
    """Name the day that sets off the term, or from which is counted back."""
    shown = day_in_words(day)
    if back:
        return Text(
            f"Er wordt teruggeteld vanaf {shown.nl}. Die dag telt zelf niet mee.",
            f"Counting back from {shown.en}. That day itself does not count.",
        )
    return Text(
        f"De termijn gaat in door wat er op {shown.nl} gebeurt. Die dag telt zelf niet mee.",
        f"The term is set off by what happens on {shown.en}. That day itself does not count.",
    )


def day_1(day: date) -> Text:
    """Name the first day that counts."""
    shown = day_in_words(day)
    return Text(f"Dag 1 is {shown.nl}.", f"Day 1 is {shown.en}.")


def counted_to_day(length: Text, day: date, off: OffDay | None) -> Text:
    """Say where counting *length* arrives, before anything is extended, and what day that is."""
    shown = day_in_words(day)
    if off and off.kind is not OffKind.WEEKEND:
        shown += Text(f", {off.name.nl}", f", {off.name.en}")
    return _counted(length, shown)


def counted_to_instant(length: Text, instant: datetime) -> Text:
    """Say at which instant counting *length* arrives."""
    return _counted(length, instant_in_words(instant))


def not_counted(day: date, off: OffDay) -> Text:
    """Say that a term in working days passes over *day*, and why."""
    shown = _named(day, off)
    return Text(
        f"{shown.nl}: telt niet mee als werkdag ({off.article.nl}).",
        f"{shown.en}: does not count as a working day ({off.article.en}).",
    )


def skipped(day: date, off: OffDay) -> Text:
    """Say that a term does not end on *day*, and why."""
    shown, article = _named(day, off), off.article
    if off.kind is not OffKind.WEEKEND:
        article = Text(
            f"Atw art. 1 lid 1 en {article.nl.removeprefix('Atw ')}",
            f"Atw art. 1(1) and {article.en.removeprefix('Atw ')}",
        )
    return Text(
        f"{shown.nl}: de termijn eindigt niet op deze dag en loopt door ({article.nl}).",
        f"{shown.en}: the term does not end on this day and runs on ({article.en}).",
    )


def too_few_working_days(held: int, reached: date) -> Text:
    """Say that the term up to *reached* holds too few working days for art. 2."""
    day = day_in_words(reached)
    some = (
        Text("één werkdag", "one working day") if held else Text("geen werkdag", "no working day")
    )
    return Text(
        f"Tot en met {day.nl} heeft de termijn {some.nl}. Een termijn van drie dagen of langer "
        "moet er ten minste twee hebben, dus de termijn loopt door (Atw art. 2).",
        f"Until the end of {day.en} the term holds {some.en}. A term of three days or longer has "
        "to hold at least two, so it runs on (Atw art. 2).",
    )


def last_day(day: date) -> Text:
    """Name the last day of the term."""
    shown = day_in_words(day)
    return Text(
        f"De laatste dag is {shown.nl}, tot het einde van die dag.",
        f"The last day is {shown.en}, until the end of that day.",
    )


def begins_at(instant: datetime, *, back: bool) -> Text:
    """Name the instant from which hours are counted."""
    shown = instant_in_words(instant)
    if back:
        return Text(f"Er wordt teruggeteld vanaf {shown.nl}.", f"Counting back from {shown.en}.")
    return Text(f"De termijn begint op {shown.nl}.", f"The term begins on {shown.en}.")


def ends_at(instant: datetime) -> Text:
    """Name the instant at which a term in hours has passed."""
    shown = instant_in_words(instant)
    return Text(f"De termijn loopt af op {shown.nl}.", f"The term runs out on {shown.en}.")


def other_calendar(reckoned: str, present: str) -> Text:
    """Warn that the calendar has changed since the term was reckoned."""
    return Text(
        f"De termijn is berekend met kalender {reckoned} en wordt uitgelegd met kalender "
        f"{present}. Bereken de termijn opnieuw om te zien of dat verschil maakt.",
        f"The term was reckoned with calendar {reckoned} and is explained with calendar "
        f"{present}. Reckon it again to see whether that makes a difference.",
    )


def too_far(length: Text, start: date) -> Text:
    """Say that a term leaves the years that can be reckoned with."""
    return Text(
        f"{length.nl} vanaf {start.isoformat()} valt buiten de kalender, die loopt van 1990 tot en "
        "met 2100. Kies een kortere termijn of een andere dag.",
        f"{length.en} from {start.isoformat()} falls outside the calendar, which runs from 1990 to "
        "2100. Choose a shorter term or another day.",
    )


def _counted(length: Text, arrival: Text) -> Text:
    return Text(
        f"{length.nl} tellen komt uit op {arrival.nl}.",
        f"Counting {length.en} arrives at {arrival.en}.",
    )


def _named(day: date, off: OffDay) -> Text:
    """Begin a sentence with *day*, and with its own name when it has one."""
    shown = day_in_words(day)
    capital = shown.nl[0].upper() + shown.nl[1:]
    if off.kind is OffKind.WEEKEND:
        return Text(capital, shown.en)
    return Text(f"{capital}, {off.name.nl}", f"{shown.en}, {off.name.en}")
