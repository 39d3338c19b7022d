"""`impasse retention`: which rooms will be destroyed and when, and destroying what is due now."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from impasse.cli.answer import FormatOption, OutputFormat, opened, say, say_json, table, words

app = typer.Typer(no_args_is_help=True)


@app.callback(help=words("Bewaartermijnen van kamers.", "Retention of rooms."))
def _group() -> None:
    """Retention of rooms."""


@app.command(
    "list",
    help=words(
        "Toon per dag hoeveel kamers worden vernietigd; niet van welke zaak of partij.",
        "Show per day how many rooms are destroyed; not of which case or party.",
    ),
)
def show(output_format: FormatOption = OutputFormat.TEXT) -> None:
    """Show per day how many rooms are destroyed."""
    from impasse.adapters.sql.retention import coming

    with opened() as house:
        days = Counter(one.day for one in coming(house.database, house.procedures))
    if output_format is OutputFormat.JSON:
        say_json([{"day": day.isoformat(), "rooms": days[day]} for day in sorted(days)])
    elif days:
        table(
            (words("dag", "day"), words("kamers", "rooms")),
            [(day.isoformat(), str(days[day])) for day in sorted(days)],
        )
    else:
        say(words("Er staat niets te vernietigen.", "Nothing is to be destroyed."))


@app.command(
    help=words(
        "Vernietig nu wat vernietigd moet zijn, en maak de ruimte in de database leeg.",
        "Destroy now what is due, and clear its space in the database.",
    )
)
def run(
    *,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help=words("Verander niets; tel alleen.", "Change nothing; only count."),
        ),
    ] = False,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Destroy now what is due."""
    from impasse.adapters.sql.retention import Retention, coming

    with opened() as house:
        today = house.calendar.local_day(house.clock())
        if dry_run:
            due = coming(house.database, house.procedures)
            count = sum(one.day <= today for one in due)
        else:
            retention = Retention(
                house.database, house.engine, house.procedures, lambda: today, settle_seconds=0
            )
            count = retention.sweep()
    if output_format is OutputFormat.JSON:
        say_json({"destroyed": 0 if dry_run else count, "due": count})
    elif dry_run:
        say(words(f"Te vernietigen: {count}.", f"Due: {count}."))
    else:
        say(words(f"Vernietigd: {count}.", f"Destroyed: {count}."))
