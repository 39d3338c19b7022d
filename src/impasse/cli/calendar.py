"""`impasse calendar`: see, check and adopt the calendar that terms are reckoned with."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from impasse.cli.acting import name_of_adopter
from impasse.cli.answer import (
    FormatOption,
    LanguageOption,
    OutputFormat,
    opened,
    say,
    say_json,
    table,
    words,
)
from impasse.cli.main import Status
from impasse.domain.calendar import FIRST_DAY, LAST_DAY
from impasse.domain.days_in_words import day_in_words
from impasse.domain.errors import Unreadable
from impasse.domain.text import Language, Text

if TYPE_CHECKING:
    from impasse.domain.calendar import Calendar
    from impasse.domain.calendar_change import CalendarChange
    from impasse.engine.replan import Replanned

app = typer.Typer(no_args_is_help=True)

MOST_SHOWN = 40
"""So many terms that move are named; of more, only how many."""

_File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help=words("Een kalenderbestand (YAML).", "A calendar file (YAML).")
    ),
]
_Year = Annotated[
    int | None,
    typer.Option(
        min=FIRST_DAY.year,
        max=LAST_DAY.year,
        show_default=False,
        help=words("Welk jaar; standaard dit jaar.", "Which year; by default this one."),
    ),
]


@app.command(
    "list",
    help=words("Toon de aangenomen versies; één geldt.", "Show adopted versions; one is in force."),
)
def show_all(language: LanguageOption, output_format: FormatOption = OutputFormat.TEXT) -> None:
    """Show every adopted version, the one in force first."""
    with opened() as house:
        rows = house.calendars.list()
    if output_format is OutputFormat.JSON:
        say_json(
            [
                {
                    "version": row.version,
                    "edition": row.edition,
                    "inForce": row.in_force,
                    "adoptedAt": row.adopted_at.isoformat(),
                    "adoptedBy": row.adopted_by,
                }
                for row in rows
            ]
        )
        return
    head = Text("Versie|Geldt|Aangenomen|Door", "Version|In force|Adopted|By")
    in_force = Text("ja", "yes").in_(language)
    table(
        tuple(head.in_(language).split("|")),
        [
            (
                row.version,
                in_force if row.in_force else "",
                f"{row.adopted_at:%Y-%m-%d %H:%M} UTC",
                row.adopted_by,
            )
            for row in rows
        ],
    )


@app.command(
    help=words(
        "Toon de vrije dagen van een jaar in de kalender die geldt.",
        "Show the days off of a year in the calendar in force.",
    )
)
def show(
    language: LanguageOption,
    year: _Year = None,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Show the days off of a year, with their reasons, and the recesses."""
    with opened() as house:
        calendar = house.calendar
        chosen = year or calendar.local_day(house.clock()).year
    _show_year(calendar, chosen, language, output_format)


@app.command(
    help=words(
        "Noem elke fout in een kalenderbestand, met regelnummer. Eindigt met 1 als er een is.",
        "Tell every problem of a calendar file, with its line. Ends with 1 when there is one.",
    )
)
def check(
    file: _File, language: LanguageOption, output_format: FormatOption = OutputFormat.TEXT
) -> None:
    """Tell every problem of a file; end with 2 when it cannot be read at all."""
    from impasse.adapters.files.calendar import parse_calendar
    from impasse.adapters.files.yaml_lines import read_text

    content = read_text(file)
    version, problems = "", []
    try:
        version = parse_calendar(content, file.name).version
    except Unreadable as error:
        problems = error.text.in_(language).splitlines()
    if output_format is OutputFormat.JSON:
        say_json({"sound": not problems, "version": version or None, "problems": problems})
    elif problems:
        for problem in problems:
            say(problem)
    else:
        say(Text(f"In orde: kalender {version}.", f"Sound: calendar {version}.").in_(language))
    if problems:
        raise typer.Exit(Status.NO)


@app.command(
    help=words(
        "Toon de vrije dagen van een jaar zoals een bestand ze geeft, zonder het aan te nemen.",
        "Show the days off of a year as a file has them, without adopting it.",
    )
)
def preview(
    file: _File,
    language: LanguageOption,
    year: _Year = None,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Show the days off of a year in a file, and what differs from the calendar in force."""
    from impasse.adapters.files.calendar import load_calendar
    from impasse.domain.calendar_change import difference

    calendar = load_calendar(file)
    with opened() as house:
        chosen = year or house.calendar.local_day(house.clock()).year
        first, last = date(chosen, 1, 1), date(chosen, 12, 31)
        change = difference(house.calendar, calendar, first, last)
    _show_year(calendar, chosen, language, output_format, change)


@app.command(
    help=words(
        "Neem een kalender aan: zij geldt meteen, en lopende termijnen worden opnieuw berekend.",
        "Adopt a calendar: it is in force at once, and open terms are reckoned again.",
    )
)
def adopt(
    file: _File,
    language: LanguageOption,
    by: Annotated[
        str,
        typer.Option(
            metavar="NAME", help=words("Wie de kalender aanneemt.", "Who adopts the calendar.")
        ),
    ],
    *,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help=words(
                "Verander niets; toon welke lopende termijnen zouden verschuiven.",
                "Change nothing; show which open terms would move.",
            ),
        ),
    ] = False,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Adopt a calendar, or with `--dry-run` show what that would do."""
    from impasse.adapters.files.calendar import parse_calendar
    from impasse.adapters.files.yaml_lines import read_text
    from impasse.domain.calendar_change import difference
    from impasse.engine.replan import would_move
    from impasse.wiring import adopt_calendar

    name = name_of_adopter(by)
    content = read_text(file)
    calendar = parse_calendar(content, file.name)
    with opened() as house:
        change = difference(house.calendar, calendar)
        if dry_run:
            done = would_move(calendar, house.procedures, house.calendars, house.open_terms)
        else:
            done = adopt_calendar(house, content, by=name, name=file.name)
    _report(calendar, change, done, language, output_format, dry_run=dry_run)
    if done.failed:
        raise typer.Exit(Status.NO)


@app.command(
    help=words(
        "Verwijder een versie waar geen termijn en geen regel in het logboek naar verwijst.",
        "Delete a version to which no term and no entry of history refers.",
    )
)
def delete(
    version: Annotated[str, typer.Argument(metavar="VERSION")],
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Delete a version that nothing refers to."""
    with opened() as house:
        house.calendars.delete(version)
    if output_format is OutputFormat.JSON:
        say_json({"deleted": version})
    else:
        say(words(f"Verwijderd: {version}.", f"Deleted: {version}."))


def _show_year(
    calendar: Calendar,
    year: int,
    language: Language,
    output_format: OutputFormat,
    change: CalendarChange | None = None,
) -> None:
    first, last = date(year, 1, 1), date(year, 12, 31)
    days = calendar.agreed.days_off(first, last)
    recesses = calendar.recesses_between(first, last)
    if output_format is OutputFormat.JSON:
        told: dict[str, Any] = {
            "version": calendar.version,
            "horizon": calendar.horizon.isoformat(),
            "year": year,
            "daysOff": [
                {
                    "day": day.isoformat(),
                    "kind": off.kind.value,
                    "name": off.name.in_(language),
                    "article": off.article.in_(language),
                }
                for day, off in days
            ],
            "recesses": [
                {
                    "name": one.name.in_(language),
                    "body": one.body.in_(language),
                    "from": one.first.isoformat(),
                    "until": one.last.isoformat(),
                }
                for one in recesses
            ],
        }
        if change is not None:
            told["changes"] = [sentence.in_(language) for sentence in change.sentences]
        say_json(told)
        return
    horizon = day_in_words(calendar.horizon)
    say(Text(f"Kalender {calendar.version}", f"Calendar {calendar.version}").in_(language))
    say(
        Text(
            f"Gelijkgestelde dagen bekend tot en met {horizon.nl}",
            f"Equated days known up to {horizon.en}",
        ).in_(language)
    )
    say()
    head = Text(f"Vrije dagen in {year}|Naam|Grond", f"Days off in {year}|Name|By").in_(language)
    table(
        tuple(head.split("|")),
        [
            (day_in_words(day).in_(language), off.name.in_(language), off.article.in_(language))
            for day, off in days
        ],
    )
    for one in recesses:
        since, until = day_in_words(one.first), day_in_words(one.last)
        say(
            Text(
                f"Reces: {one.title.nl}, {since.nl} tot en met {until.nl}",
                f"Recess: {one.title.en}, {since.en} to {until.en}",
            ).in_(language)
        )
    if change is not None:
        say()
        _say_change(change, language)


def _say_change(change: CalendarChange, language: Language) -> None:
    if not change.sentences:
        say(
            Text("Geen verschil met wat geldt.", "No difference with what is in force.").in_(
                language
            )
        )
        return
    say(Text("Anders dan wat geldt:", "Other than what is in force:").in_(language))
    for sentence in change.sentences:
        say(f"  - {sentence.in_(language)}")


def _report(
    calendar: Calendar,
    change: CalendarChange,
    done: Replanned,
    language: Language,
    output_format: OutputFormat,
    *,
    dry_run: bool,
) -> None:
    if output_format is OutputFormat.JSON:
        say_json(
            {
                "version": calendar.version,
                "adopted": not dry_run,
                "changes": [sentence.in_(language) for sentence in change.sentences],
                "termsLookedAt": done.looked_at,
                "moved": [
                    {
                        "case": one.case,
                        "stage": one.stage,
                        "endBefore": one.before.isoformat(),
                        "end": one.after.isoformat(),
                        "because": [why.in_(language) for why in one.because],
                    }
                    for one in done.moved
                ],
                "failed": [
                    {"case": case, "reason": why.in_(language)} for case, why in done.failed
                ],
            }
        )
        return
    _say_change(change, language)
    count, looked_at = len(done.moved), done.looked_at
    say(
        Text(
            f"Van {looked_at} lopende termijnen "
            + (f"zouden er {count} verschuiven." if dry_run else f"zijn er {count} verschoven."),
            f"Of {looked_at} open terms {count} " + ("would move." if dry_run else "moved."),
        ).in_(language)
    )
    for one in done.moved[:MOST_SHOWN]:
        before, after = day_in_words(one.before), day_in_words(one.after)
        line = Text(
            f"  {one.case}: van {before.nl} naar {after.nl}.",
            f"  {one.case}: from {before.en} to {after.en}.",
        )
        say(" ".join([line.in_(language), *(why.in_(language) for why in one.because)]))
    if count > MOST_SHOWN:
        rest = count - MOST_SHOWN
        say(Text(f"  en nog {rest}", f"  and {rest} more").in_(language))
    for case, why in done.failed:
        failed = Text("niet berekend", "not reckoned").in_(language)
        say(f"  {case}: {failed}. {why.in_(language)}")
    if not dry_run:
        say(
            Text(
                f"Kalender {calendar.version} geldt nu.",
                f"Calendar {calendar.version} is in force now.",
            ).in_(language)
        )
