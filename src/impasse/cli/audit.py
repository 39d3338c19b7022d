"""`impasse audit`: walk the hash chain of every history."""

from __future__ import annotations

import typer

from impasse.cli.answer import FormatOption, OutputFormat, opened, say, say_json, words

app = typer.Typer(no_args_is_help=True)


@app.callback(help=words("Controleer de geschiedenis.", "Verify the history."))
def _group() -> None:
    """Verify the history."""


@app.command(
    help=words(
        "Loop alle ketens na; noemt de eerste schakel die niet past en eindigt dan met 1.",
        "Walk all chains; names the first link that does not fit, and then ends with 1.",
    )
)
def verify(output_format: FormatOption = OutputFormat.TEXT) -> None:
    """Walk all chains; names the first link that does not fit, and then ends with 1."""
    with opened() as house:
        broken = list(house.views.broken_chains())
    if output_format is OutputFormat.JSON:
        say_json({"broken": [{"subject": b.subject, "seq": b.seq} for b in broken]})
    elif not broken:
        say(words("De geschiedenis van alle zaken klopt.", "The history of all cases is whole."))
    else:
        for chain in broken:
            say(
                words(
                    f"{chain.subject}: de keten is gebroken bij regel {chain.seq}.",
                    f"{chain.subject}: the chain is broken at entry {chain.seq}.",
                )
            )
    if broken:
        raise typer.Exit(1)
