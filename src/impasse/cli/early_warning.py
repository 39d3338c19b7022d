"""`impasse early-warning`: the level of a case, with its reasons."""

from __future__ import annotations

from typing import Annotated

import typer

from impasse.cli.answer import (
    FormatOption,
    LanguageOption,
    OutputFormat,
    opened,
    say,
    say_json,
    words,
)
from impasse.domain.people import CLOCK
from impasse.domain.text import Text

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Early warning."""


@app.command(
    help=words(
        "Toon niveau en score van een zaak, met de drie grootste redenen.",
        "Show level and score of a case, with the three largest reasons.",
    )
)
def show(
    case: Annotated[
        str,
        typer.Argument(
            metavar="CASE",
            help=words("Nummer, zoals IMP-2026-0014.", "Number, such as IMP-2026-0014."),
        ),
    ],
    *,
    output_format: FormatOption = OutputFormat.TEXT,
    language: LanguageOption,
) -> None:
    """Show level and score of a case, with the three largest reasons."""
    from impasse.domain.reassessment import assessment, in_names

    with opened() as house:
        today = house.calendar.local_day(house.clock())
        subject = house.views.case(CLOCK, case)
        found = assessment(subject, today, house.calendar, house.indicators)
    reasons = [in_names(reason, subject) for reason in found.reasons]
    if output_format is OutputFormat.JSON:
        say_json(
            {
                "case": case,
                "on": found.on.isoformat(),
                "level": found.level.value,
                "score": found.score,
                "reasons": [{"code": r.code, "text": r.sentence.in_(language)} for r in reasons],
                "dimensions": dict(found.dimensions),
                "standstill": found.standstill,
                "protection": found.protection,
                "indicatorsVersion": found.indicators_version,
            }
        )
        return
    score = f"{found.score:.1f}"
    level = found.level.label
    say(
        Text(
            f"{case}: {level.nl}, {score.replace('.', ',')} van 27",
            f"{case}: {level.en}, {score} of 27",
        ).in_(language)
    )
    for reason in reasons:
        say(f"  - {reason.sentence.in_(language)}")
    if found.missing is not None:
        say(f"  {found.missing.in_(language)}")
    version = found.indicators_version
    say(Text(f"  Indicatoren: {version}", f"  Indicators: {version}").in_(language))
