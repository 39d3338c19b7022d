"""`impasse search`: find cases, signals and what stands in rooms that somebody may see."""

from __future__ import annotations

from typing import Annotated

import typer

from impasse.cli.acting import actor_called
from impasse.cli.answer import FormatOption, LanguageOption, OutputFormat, opened, say_json, words
from impasse.cli.room import By
from impasse.domain.errors import Fault, Invalid
from impasse.domain.text import Text


def search(
    wanted: Annotated[
        list[str],
        typer.Argument(
            metavar="WORD…",
            help=words(
                "Woorden die er alle in staan; hoofdletters en accenten tellen niet.",
                "Words that all stand in it; capitals and accents do not count.",
            ),
        ),
    ],
    by: By,
    language: LanguageOption,
    most: Annotated[
        int,
        typer.Option(
            "--limit", min=1, max=1000, help=words("Hoeveel hooguit.", "How many at most.")
        ),
    ] = 25,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Show what holds all words and exists for somebody: the newest case first."""
    from impasse.cli.room_told import hit_json, tell_hits

    text = " ".join(wanted)
    if not text.strip() or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise Invalid(
            Text("Zo kan niet worden gezocht.", "This cannot be searched for."),
            [Fault("WORD", Text("Geef ten minste één gewoon woord.", "Give a plain word."))],
        )
    with opened() as house:
        hits = house.search.find(actor_called(house, by.strip()), text, limit=most)
    if output_format is OutputFormat.JSON:
        say_json({"results": [hit_json(hit) for hit in hits]})
    else:
        tell_hits(hits, language)
