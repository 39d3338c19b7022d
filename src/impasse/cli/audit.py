"""`impasse audit`: walk the hash chain of every history."""

from __future__ import annotations

import typer

from impasse.cli.answer import FormatOption, OutputFormat, opened, say, say_json

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Controleer de geschiedenis."""


@app.command()
def verify(output_format: FormatOption = OutputFormat.TEXT) -> None:
    """Loop alle ketens na; noemt de eerste schakel die niet past en eindigt dan met 1."""
    with opened() as house:
        broken = list(house.views.broken_chains())
    if output_format is OutputFormat.JSON:
        say_json({"broken": [{"subject": b.subject, "seq": b.seq} for b in broken]})
    elif not broken:
        say("De geschiedenis van alle zaken klopt.")
    else:
        for chain in broken:
            say(f"{chain.subject}: de keten is gebroken bij regel {chain.seq}.")
    if broken:
        raise typer.Exit(1)
