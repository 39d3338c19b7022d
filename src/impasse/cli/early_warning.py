"""`impasse early-warning`: the level of a case, with its reasons."""

from __future__ import annotations

from typing import Annotated

import typer

from impasse.cli.answer import FormatOption, OutputFormat, opened, say, say_json
from impasse.domain.people import CLOCK

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Vroegsignalering."""


@app.command()
def show(
    case: Annotated[str, typer.Argument(metavar="CASE", help="Nummer, zoals IMP-2026-0014.")],
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Toon niveau en score van een zaak, met de drie grootste redenen."""
    from impasse.domain.reassessment import assessment

    with opened() as house:
        today = house.calendar.local_day(house.clock())
        found = assessment(house.views.case(CLOCK, case), today, house.calendar, house.indicators)
    if output_format is OutputFormat.JSON:
        say_json(
            {
                "case": case,
                "on": found.on.isoformat(),
                "level": found.level.value,
                "score": found.score,
                "reasons": [{"code": r.code, "text": r.sentence.nl} for r in found.reasons],
                "dimensions": dict(found.dimensions),
                "standstill": found.standstill,
                "protection": found.protection,
                "indicatorsVersion": found.indicators_version,
            }
        )
        return
    score = f"{found.score:.1f}".replace(".", ",")
    say(f"{case}: {found.level.label.nl}, {score} van 27")
    for reason in found.reasons:
        say(f"  - {reason.sentence.nl}")
    if found.missing is not None:
        say(f"  {found.missing.nl}")
    say(f"  Indicatoren: {found.indicators_version}")
