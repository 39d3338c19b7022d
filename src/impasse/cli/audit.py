"""`impasse audit`: walk the hash chain of every history."""

from __future__ import annotations

import typer

from impasse.cli.answer import FormatOption, OutputFormat, opened, say, say_json, words
from impasse.cli.main import reader_language

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
    from impasse.adapters.sql.audit import verify as verify_all

    with opened() as house:
        broken = list(verify_all(house.database))
    if output_format is OutputFormat.JSON:
        say_json(
            {
                "broken": [
                    {"subject": b.subject, "seq": b.seq, "why": b.why.in_(reader_language())}
                    for b in broken
                ]
            }
        )
    elif not broken:
        say(words("De geschiedenis van alle zaken klopt.", "The history of all cases is whole."))
    else:
        for chain in broken:
            why = chain.why
            say(
                words(
                    f"{chain.subject}: {why.nl}, bij regel {chain.seq}.",
                    f"{chain.subject}: {why.en}, at entry {chain.seq}.",
                )
            )
    if broken:
        raise typer.Exit(1)
