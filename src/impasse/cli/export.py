"""`impasse export`: a calendar, a case or events, as far as the acting person may see them."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from impasse.cli.acting import actor_called
from impasse.cli.answer import LanguageOption, opened, words
from impasse.domain.errors import Unreadable
from impasse.domain.people import Actor, Role
from impasse.domain.text import Text

app = typer.Typer(no_args_is_help=True)

By = Annotated[
    str,
    typer.Option(
        "--by",
        metavar="PERSON",
        help=words(
            "Voor wie: een gebruiker uit 'impasse user list'. Er komt uit wat die mag zien.",
            "For whom: a user of 'impasse user list'. Out comes what that person may see.",
        ),
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FILE",
        show_default=False,
        help=words("Naar dit bestand, in plaats van naar het scherm.", "To this file instead."),
    ),
]


class EventFormat(StrEnum):
    """How events are written."""

    CSV = "csv"
    JSON = "json"


@app.command(
    help=words(
        "Geef de termijnen van zaken als agenda (iCalendar).",
        "Give the terms of cases as a calendar (iCalendar).",
    )
)
def calendar(*, by: By, language: LanguageOption, out: Out = None) -> None:
    """Give the terms of the cases that a person may see as a calendar."""
    from impasse.adapters.exports.escalation_days import escalation_days
    from impasse.adapters.exports.term_calendar import deadlines, term_calendar

    with opened() as house:
        actor = actor_called(house, by)
        content = term_calendar(
            deadlines(house.views, house.procedures, actor),
            escalation_days(house.runs, house.calendar, actor),
            calendar=house.calendar,
            at=house.clock(),
            language=language,
            source=house.settings.source_oin,
            address=house.settings.address,
        )
    _give(content.decode(), out)


@app.command(
    help=words(
        "Geef een zaak als JSON om te bewaren: alles wat die persoon ervan mag zien.",
        "Give a case as JSON to keep: everything of it that the person may see.",
    )
)
def case(
    number: Annotated[
        str,
        typer.Argument(
            metavar="CASE",
            help=words("Nummer, zoals IMP-2026-0014.", "Number, such as IMP-2026-0014."),
        ),
    ],
    *,
    by: By,
    out: Out = None,
) -> None:
    """Give a case with its history and the rooms that a person may enter."""
    from impasse.adapters.exports.case_archive import case_archive

    with opened() as house:
        actor = actor_called(house, by)
        archive = case_archive(house.views, house.rooms, actor, number.strip())
    _give(json.dumps(archive, ensure_ascii=False, indent=2) + "\n", out)


@app.command(
    help=words(
        "Geef de gebeurtenissen van zaken voor process mining.",
        "Give the events of cases for process mining.",
    )
)
def events(
    *,
    by: By,
    output_format: Annotated[
        EventFormat,
        typer.Option(
            "--format",
            help=words(
                "Als tabel (csv) of voor programma's (json).", "As a table or for programs."
            ),
        ),
    ] = EventFormat.CSV,
    out: Out = None,
) -> None:
    """Give the events of the cases that a person may see."""
    from impasse.adapters.exports.case_events import as_csv, as_records, case_events

    with opened() as house:
        found = case_events(house.database, actor_called(house, by))
    if output_format is EventFormat.JSON:
        _give(json.dumps([*as_records(found)], ensure_ascii=False, indent=2) + "\n", out)
    else:
        _give(as_csv(found), out)


@app.command(
    help=words(
        "Geef wat een overheid overhandigt bij een Woo-verzoek (zip).",
        "Give what a government hands over for a request under the Woo (zip).",
    )
)
def woo(
    number: Annotated[
        str,
        typer.Argument(
            metavar="CASE",
            help=words("Nummer, zoals IMP-2026-0014.", "Number, such as IMP-2026-0014."),
        ),
    ],
    *,
    organisation: Annotated[
        str,
        typer.Option(
            metavar="ORG",
            help=words("De overheid, zoals gm0363.", "The government, such as gm0363."),
        ),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", metavar="FILE", help=words("Naar dit bestand.", "To this file.")),
    ],
    language: LanguageOption,
    by: Annotated[
        str,
        typer.Option(
            "--by",
            metavar="PERSON",
            show_default=False,
            help=words(
                "Wie dit doet, namens die overheid; anders de beheerder van deze machine.",
                "Who does this, for that government; else the operator of this machine.",
            ),
        ),
    ] = "",
) -> None:
    """Give what a government hands over for a request under the Woo."""
    from impasse.adapters.exports.woo import woo_export

    with opened() as house:
        key = organisation.strip()
        # Who is at this machine can read the file of the database; that it was read is kept.
        operator = Actor("operator", key, frozenset({Role.LIAISON_OFFICER}), "cli")
        actor = actor_called(house, by) if by else operator
        case = house.views.case(actor, number.strip())
        packed = woo_export(house.law, actor, case, key, language)
    _write(packed, out)


def _give(content: str, out: Path | None) -> None:
    """Write *content* as it is: both CSV and iCalendar end their lines in a way of their own."""
    if out is None:
        sys.stdout.write(content)
        return
    _write(content.encode(), out)


def _write(content: bytes, out: Path) -> None:
    try:
        out.write_bytes(content)
    except OSError as error:
        raise Unreadable(
            Text(
                f"{out}: kan niet worden geschreven ({error.strerror}); kies een andere plek.",
                f"{out}: cannot be written ({error.strerror}); choose another place.",
            )
        ) from error
