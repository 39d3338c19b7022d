"""`impasse db`: bring the database up to date, or check that it is."""

from __future__ import annotations

import typer

from impasse.cli.answer import FormatOption, OutputFormat, say, say_json

app = typer.Typer(no_args_is_help=True)


@app.command()
def upgrade(output_format: FormatOption = OutputFormat.TEXT) -> None:
    """Werk de database bij: tabellen, register en meegeleverde procedures."""
    from impasse.adapters.sql.migrate import current
    from impasse.settings import load_settings
    from impasse.wiring import prepare

    settings = load_settings()
    prepare(settings)
    at = current(settings.database_url)
    if output_format is OutputFormat.JSON:
        say_json({"migration": at})
    else:
        say(f"De database is bijgewerkt tot en met stap {at}.")


@app.command()
def check(output_format: FormatOption = OutputFormat.TEXT) -> None:
    """Zeg of de database is bijgewerkt; eindigt met 1 als dat niet zo is."""
    from impasse.adapters.sql.migrate import current, newest
    from impasse.settings import load_settings

    at, wanted = current(load_settings().database_url), newest()
    if output_format is OutputFormat.JSON:
        say_json({"migration": at, "newest": wanted, "upToDate": at == wanted})
    elif at == wanted:
        say(f"De database is bij: stap {at}.")
    else:
        say(
            f"De database staat op stap {at or 'geen'}, de nieuwste is {wanted}. "
            "Voer 'impasse db upgrade' uit."
        )
    if at != wanted:
        raise typer.Exit(1)
