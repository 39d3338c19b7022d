"""`impasse db`: bring the database up to date, or check that it is."""

from __future__ import annotations

import typer

from impasse.cli.answer import FormatOption, OutputFormat, say, say_json, words
from impasse.cli.main import reader_language

app = typer.Typer(no_args_is_help=True)


@app.command(
    help=words(
        "Werk de database bij: tabellen, register en meegeleverde procedures.",
        "Upgrade the database: tables, register and shipped procedures.",
    )
)
def upgrade(output_format: FormatOption = OutputFormat.TEXT) -> None:
    """Upgrade the database: tables, register and shipped procedures."""
    from impasse.adapters.sql.migrate import current
    from impasse.settings import load_settings
    from impasse.wiring import prepare

    settings = load_settings()
    prepare(settings)
    at = current(settings.database_url)
    if output_format is OutputFormat.JSON:
        say_json({"migration": at})
    else:
        say(
            words(
                f"De database is bijgewerkt tot en met stap {at}.",
                f"The database is up to date at step {at}.",
            )
        )


@app.command(
    help=words(
        "Zeg of de database is bijgewerkt; eindigt met 1 als dat niet zo is.",
        "Say whether the database is up to date; ends with 1 when it is not.",
    )
)
def check(output_format: FormatOption = OutputFormat.TEXT) -> None:
    """Say whether the database is up to date; ends with 1 when it is not."""
    from impasse.adapters.sql.migrate import OtherVersion, current, newest
    from impasse.settings import load_settings

    other, wanted = None, newest()
    try:
        at = current(load_settings().database_url)
    except OtherVersion as error:
        other, at = error, error.migration
    if output_format is OutputFormat.JSON:
        say_json({"migration": at, "newest": wanted, "upToDate": at == wanted})
    elif other is not None:
        say(other.text.in_(reader_language()))
    elif at == wanted:
        say(words(f"De database is bij: stap {at}.", f"The database is up to date: step {at}."))
    else:
        say(
            words(
                f"De database staat op stap {at or 'geen'}, de nieuwste is {wanted}. "
                "Voer 'impasse db upgrade' uit.",
                f"The database is at step {at or 'none'}, the newest is {wanted}. "
                "Run 'impasse db upgrade'.",
            )
        )
    if at != wanted:
        raise typer.Exit(1)
