"""`impasse agenda`: what is on the table at the next overhedenoverleg, and why."""

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
from impasse.domain.days_in_words import day_in_words
from impasse.domain.overleg import CandidateState
from impasse.domain.people import CLOCK
from impasse.domain.text import Text

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Stand before the one command of this group."""


@app.command(
    help=words(
        "Toon de agenda van een overleg en de voorstellen, met hun redenen.",
        "Show the agenda of a meeting and the proposals, with their reasons.",
    )
)
def show(
    meeting: Annotated[
        str,
        typer.Argument(
            metavar="MEETING",
            help=words(
                "Dag van het overleg, zoals 2026-12-10.", "Day of the meeting, such as 2026-12-10."
            ),
        ),
    ],
    *,
    output_format: FormatOption = OutputFormat.TEXT,
    language: LanguageOption,
) -> None:
    """Show the agenda of a meeting and the proposals, with their reasons."""
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
                        "reason": item.reason.in_(language),
                        "minutes": item.minutes,
                        "note": item.note.in_(language) if item.note else None,
                        "run": f"{item.case.id}:{item.run}" if item.run else "",
                        "mergedInto": item.merged_into,
                    }
                    for item in [*items, *proposed]
                ],
            }
        )
        return
    say(f"Overhedenoverleg {day_in_words(found.day).in_(language)}, {found.place}")
    closes = day_in_words(found.closes_on)
    say(Text(f"Agenda sluit {closes.nl}", f"Agenda closes {closes.en}").in_(language))
    on_it, open_ = Text("Op de agenda", "On the agenda"), Text("Voorgesteld", "Proposed")
    for heading, lines in ((on_it, items), (open_, proposed)):
        say()
        say(f"{heading.in_(language)}: {len(lines)}")
        for item in lines:
            minutes = f", {item.minutes} min" if item.minutes else ""
            say(f"  {item.case.id}  {item.case.title}{minutes}")
            say(f"    {item.reason.in_(language)}")
            for line in item.note.in_(language).splitlines() if item.note else ():
                say(f"    {line}")
            if item.merged_into:
                together = Text("Samen met", "Together with").in_(language)
                say(f"    {together} {item.merged_into}")
