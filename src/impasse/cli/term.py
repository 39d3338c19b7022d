"""`impasse term`: the last day of a term, and why, day by day.

Raises `Invalid` for a start or length that cannot be read, `Unreadable` for the calendar.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from impasse.cli.answer import FormatOption, LanguageOption, OutputFormat, words
from impasse.domain.days_in_words import day_in_words, instant_in_words
from impasse.domain.term_start import read_start
from impasse.domain.terms import (
    Atw,
    Basis,
    Direction,
    Length,
    Reckoning,
    Step,
    TermRule,
    Unit,
    explain,
    reckon,
    warnings,
)
from impasse.domain.text import Language, Text, same

if TYPE_CHECKING:
    from impasse.domain.calendar import Calendar
    from impasse.settings import Settings


def term(
    start: Annotated[
        str,
        typer.Argument(
            metavar="START",
            help=words(
                "De dag waarop het gebeurt (2027-02-12); bij een termijn in uren het tijdstip "
                "met tijdzone (2027-02-12T10:00+01:00).",
                "The day on which it happens (2027-02-12); for a term in hours the moment "
                "with its offset (2027-02-12T10:00+01:00).",
            ),
        ),
    ],
    length: Annotated[
        str,
        typer.Argument(
            metavar="LENGTH",
            help=words(
                'Hoe lang: "10 working days", "6 weken", "3 months", "48 uur", P2W.',
                'How long: "10 working days", "6 weeks", "3 months", "48 hours", P2W.',
            ),
        ),
    ],
    *,
    basis: Annotated[
        Basis,
        typer.Option(
            help=words(
                "Waarop de termijn rust; bepaalt of de wet de termijn verlengt.",
                "What the term rests on; decides whether the law extends it.",
            )
        ),
    ] = Basis.STATUTE,
    atw: Annotated[
        Atw,
        typer.Option(
            help=words(
                "De Algemene termijnenwet: volgens de grondslag, afgesproken of uitgesloten.",
                "The General Terms Act: by the basis, agreed, or excluded.",
            )
        ),
    ] = Atw.AUTO,
    direction: Annotated[
        Direction,
        typer.Option(
            help=words(
                "Vooruit tellen, of terug vanaf een dag of tijdstip.",
                "Count forward, or back from a day or moment.",
            )
        ),
    ] = Direction.FORWARD,
    output_format: FormatOption = OutputFormat.TEXT,
    language: LanguageOption,
) -> None:
    """Print the last day of a term, and every step towards it."""
    from impasse.settings import load_settings

    rule = TermRule(Length.parse(length), basis, direction, atw)
    begin, cautions = read_start(start), []
    calendar, asked = _calendar(load_settings())
    if not asked:
        cautions.append(_FROM_THE_FILE)
    if rule.length.unit is Unit.HOURS and not isinstance(begin, datetime):
        begin = calendar.start_of_day(begin)
        cautions.append(_FROM_MIDNIGHT)
    outcome = reckon(rule, begin, calendar)
    cautions += warnings(outcome, calendar)
    show = _json if output_format is OutputFormat.JSON else _text
    typer.echo(show(outcome, explain(outcome, calendar), cautions, language))


def _calendar(settings: Settings) -> tuple[Calendar, bool]:
    """Return the calendar to reckon with, and whether the database could be asked for it.

    Where there is no database at all, none is loaded: this command then needs only a file.
    """
    prefix = "sqlite:///"
    url = settings.database_url
    if url.startswith(prefix) and not Path(url.removeprefix(prefix)).exists():
        from impasse.adapters.files.calendar import load_calendar

        return load_calendar(settings.calendar_file), True
    from impasse.wiring import calendar_in_use

    return calendar_in_use(settings)


_FROM_THE_FILE = Text(
    "De database antwoordt niet. Er is gerekend met het kalenderbestand; misschien geldt een "
    "andere kalender.",
    "The database does not answer. The calendar file was reckoned with; another calendar may be "
    "in force.",
)
_FROM_MIDNIGHT = Text(
    "Er is geen tijdstip gegeven: de uren zijn geteld vanaf 00.00 uur op de dag zelf.",
    "No time was given: the hours are counted from 00:00 on the day itself.",
)


def _json(
    outcome: Reckoning,
    steps: tuple[Step, ...],
    cautions: list[Text],
    language: Language,
) -> str:
    raw_end, end = _ends(outcome)
    answer = {
        "start": _iso(outcome.start),
        "length": str(outcome.rule.length),
        "basis": outcome.rule.basis.value,
        "raw_end": _iso(raw_end),
        "end": _iso(end),
        "explanation": [
            {"day": step.day.isoformat(), "code": step.code, "text": step.text.in_(language)}
            for step in steps
        ],
        "calendar_version": outcome.calendar_version,
        "warnings": [caution.in_(language) for caution in cautions],
    }
    return json.dumps(answer, ensure_ascii=False, indent=2)


def _text(
    outcome: Reckoning,
    steps: tuple[Step, ...],
    cautions: list[Text],
    language: Language,
) -> str:
    raw_end, end = _ends(outcome)
    facts = (
        (Text("Begin", "Start"), _in_words(outcome.start)),
        (Text("Lengte", "Length"), outcome.rule.length.text),
        (Text("Grondslag", "Basis"), outcome.rule.basis.label),
        (Text("Geteld tot", "Counted to"), _in_words(raw_end)),
        (Text("Einde", "End"), _in_words(end)),
        (Text("Kalender", "Calendar"), same(outcome.calendar_version)),
    )
    lines = [f"{name.in_(language):<12} {fact.in_(language)}" for name, fact in facts]
    lines += ["", Text("Waarom:", "Why:").in_(language)]
    lines += [f"{n:>3}. {step.text.in_(language)}" for n, step in enumerate(steps, start=1)]
    caution = Text("Let op:", "Note:").in_(language)
    lines += [f"\n{caution} {text.in_(language)}" for text in cautions]
    return "\n".join(lines)


def _ends(outcome: Reckoning) -> tuple[date | datetime, date | datetime]:
    """The counted and the final end: days, but for a term in hours its exact instant."""
    if outcome.rule.length.unit is Unit.HOURS:
        return outcome.ends_at, outcome.ends_at
    return outcome.raw_end, outcome.end


def _iso(moment: date | datetime) -> str:
    """Write a day as it is, and an instant in UTC with Z."""
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return moment.isoformat()


def _in_words(moment: date | datetime) -> Text:
    return instant_in_words(moment) if isinstance(moment, datetime) else day_in_words(moment)
