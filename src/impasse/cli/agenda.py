"""`impasse agenda`: what is on the table at the next overhedenoverleg, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from impasse.cli.answer import FormatOption, OutputFormat, opened, say, say_json
from impasse.domain.days_in_words import day_in_words
from impasse.domain.overleg import CandidateState
from impasse.domain.people import CLOCK

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Agenda van het overhedenoverleg."""


@app.command()
def show(
    meeting: Annotated[
        str, typer.Argument(metavar="MEETING", help="Dag van het overleg, zoals 2026-12-10.")
    ],
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Toon de agenda van een overleg en de voorstellen, met hun redenen."""
    with opened() as house:
        found = house.views.meeting(meeting)
        items = house.views.candidates(CLOCK, meeting=meeting)
        coming = house.views.next_meeting(house.calendar.local_day(house.clock()))
        proposed = (
            house.views.candidates(CLOCK, state=CandidateState.PROPOSED)
            if coming is not None and coming.id == meeting
            else []
        )
    if output_format is OutputFormat.JSON:
        say_json(
            {
                "meeting": found.id,
                "day": found.day.isoformat(),
                "closesOn": found.closes_on.isoformat(),
                "items": [
                    {
                        "candidate": item.id,
                        "case": item.case.id,
                        "title": item.case.title,
                        "state": item.state.value,
                        "reason": item.reason.nl,
                        "minutes": item.minutes,
                    }
                    for item in [*items, *proposed]
                ],
            }
        )
        return
    say(f"Overhedenoverleg {day_in_words(found.day).nl}, {found.place}")
    say(f"Agenda sluit {day_in_words(found.closes_on).nl}")
    for heading, lines in (("Op de agenda", items), ("Voorgesteld", proposed)):
        say()
        say(f"{heading}: {len(lines) or 'geen'}")
        for item in lines:
            minutes = f", {item.minutes} minuten" if item.minutes else ""
            say(f"  {item.case.id}  {item.case.title}{minutes}")
            say(f"    {item.reason.nl}")
