"""`impasse workflow adopt` and `list`: which versions of procedures are in force, and from when."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

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
from impasse.cli.certificate import as_data, lines
from impasse.cli.rehearsal import rehearsal_data
from impasse.domain.days_in_words import day_in_words
from impasse.domain.errors import Fault, Invalid
from impasse.domain.text import Language, Text

ADOPT_HELP = words(
    "Neem een versie van een procedure aan, vanaf een dag. Wat niet klopt, wordt geweigerd.",
    "Adopt a version of a procedure, as of a day. What is not sound is refused.",
)
LIST_HELP = words(
    "Toon de aangenomen versies: welke gelden, welke komen en welke waren er.",
    "Show the adopted versions: which are in force, which will be and which were.",
)


def adopt(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help=words("Een procedure (YAML).", "A procedure (YAML).")),
    ],
    language: LanguageOption,
    by: Annotated[
        str,
        typer.Option(
            metavar="NAME", help=words("Wie de procedure aanneemt.", "Who adopts the procedure.")
        ),
    ],
    valid_from: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            show_default=False,
            help=words(
                "De eerste dag waarop nieuwe zaken haar volgen; standaard vandaag.",
                "The first day on which new cases follow it; by default today.",
            ),
        ),
    ] = None,
    *,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help=words("Verander niets; kijk alleen na.", "Change nothing; only look."),
        ),
    ] = False,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Adopt the procedure in *file*, or with `--dry-run` tell what that would come to."""
    from impasse.adapters.files.yaml_lines import read_text
    from impasse.simulation.rehearsal import rehearse_version

    day = _day(valid_from)
    content = read_text(file)
    with opened() as house:
        weigh = house.procedures.weigh if dry_run else house.procedures.adopt_text
        try:
            done = weigh(content, str(file), by=by, at=house.clock(), valid_from=day)
        except Invalid as error:
            raise _on_the_command_line(error) from error
        # Before it is adopted: what it would have changed of what is past.
        past = rehearse_version(house, done.workflow) if dry_run else None
    adopted = done.new and not dry_run
    if output_format is OutputFormat.JSON:
        say_json(
            {
                "reference": done.workflow.reference,
                "adopted": adopted,
                "validFrom": done.valid_from.isoformat(),
                "certificate": as_data(done.certificate),
                **({} if past is None else {"rehearsal": rehearsal_data(past)}),
            }
        )
        return
    for line in lines(done.certificate, language):
        say(line)
    outcome = _outcome(done.workflow.reference, done.valid_from, new=done.new, dry_run=dry_run)
    say(outcome.in_(language))
    if past is not None:
        say(past.summary.in_(language))


_OPTIONS = {"/validFrom": "--valid-from", "/by": "--by"}


def _on_the_command_line(error: Invalid) -> Invalid:
    """Return *error* with each fault at the option that it is about."""
    faults = [Fault(_OPTIONS.get(one.pointer, one.pointer), one.text) for one in error.faults]
    return Invalid(error.text, faults)


def show_all(language: LanguageOption, output_format: FormatOption = OutputFormat.TEXT) -> None:
    """Show every adopted version, the newest of each procedure first."""
    with opened() as house:
        versions = house.procedures.versions(house.calendar.local_day(house.clock()))
        zone = house.calendar.local_day
        rows = [(one, zone(one.adopted_at)) for one in versions]
    if output_format is OutputFormat.JSON:
        say_json(
            [
                {
                    "reference": one.reference,
                    "name": one.name,
                    "version": one.version,
                    "validity": one.validity,
                    "validFrom": one.valid_from.isoformat(),
                    "adoptedAt": one.adopted_at.isoformat(),
                    "adoptedBy": one.adopted_by,
                    "contentHash": one.content_hash,
                }
                for one, _ in rows
            ]
        )
        return
    head = Text(
        "Procedure|Stand|Geldig vanaf|Aangenomen|Door|Inhoud",
        "Procedure|Standing|Valid from|Adopted|By|Content",
    )
    table(
        tuple(head.in_(language).split("|")),
        [
            (
                one.reference,
                one.validity.label.in_(language),
                one.valid_from.isoformat(),
                adopted_on.isoformat(),
                one.adopted_by,
                one.content_hash[:12],
            )
            for one, adopted_on in rows
        ],
    )


def adoption_of(reference: str, language: Language) -> tuple[str, dict[str, Any]] | None:
    """Return how the version *reference* was adopted here, in a line and as data, if it was."""
    from impasse.adapters.sql.database import sqlite_file
    from impasse.domain.errors import ImpasseError
    from impasse.settings import load_settings

    name, _, version = reference.partition("@")
    try:
        file = sqlite_file(load_settings().database_url)
        if file is not None and not file.exists():
            return None
        with opened() as house:
            today = house.calendar.local_day(house.clock())
            found = house.procedures.version(name, version, today)
    except ImpasseError:
        # A procedure can be read without a house, or in one that does not know it.
        return None
    valid = day_in_words(found.valid_from)
    line = Text(
        f"Geldig vanaf {valid.nl} ({found.validity.label.nl}); aangenomen door "
        f"{found.adopted_by}; sha256 {found.content_hash}",
        f"Valid from {valid.en} ({found.validity.label.en}); adopted by "
        f"{found.adopted_by}; sha256 {found.content_hash}",
    )
    return line.in_(language), {
        "valid_from": found.valid_from.isoformat(),
        "validity": found.validity,
        "adopted_at": found.adopted_at.isoformat(),
        "adopted_by": found.adopted_by,
        "content_hash": found.content_hash,
    }


def _day(written: str | None) -> date | None:
    if written is None:
        return None
    try:
        day = date.fromisoformat(written)
    except ValueError:
        day = None
    if day is None or day.isoformat() != written:
        raise Invalid(
            Text(
                f'--valid-from: "{written}" is geen dag. Schrijf een dag als 2027-01-01.',
                f'--valid-from: "{written}" is not a day. Write a day such as 2027-01-01.',
            )
        )
    return day


def _outcome(reference: str, valid_from: date, *, new: bool, dry_run: bool) -> Text:
    day = day_in_words(valid_from)
    if not new:
        return Text(
            f"{reference} was al aangenomen en geldt vanaf {day.nl}.",
            f"{reference} was adopted already and is valid from {day.en}.",
        )
    if dry_run:
        return Text(
            f"{reference} zou gelden vanaf {day.nl}. Er is niets veranderd.",
            f"{reference} would be valid from {day.en}. Nothing was changed.",
        )
    return Text(
        f"{reference} is aangenomen en geldt vanaf {day.nl}.",
        f"{reference} was adopted and is valid from {day.en}.",
    )
