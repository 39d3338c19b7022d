"""`impasse workflow simulate`: thousands of cases of a procedure, to see where they will wait."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from impasse.cli.answer import (
    FormatOption,
    LanguageOption,
    OutputFormat,
    opened,
    say,
    say_json,
    words,
)
from impasse.cli.main import Status
from impasse.cli.procedure import find_procedure
from impasse.domain.errors import Invalid, NotFound, Unreadable
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from impasse.adapters.files.assumptions import Stated
    from impasse.adapters.sql.stays import KeptStay
    from impasse.domain.calendar import Calendar
    from impasse.domain.people import Role
    from impasse.domain.text import Language
    from impasse.domain.workflow import Workflow
    from impasse.simulation.outcome import Outcome
    from impasse.simulation.report import Table
    from impasse.wiring import House

HELP = words(
    "Simuleer duizenden zaken: tijd per fase, belasting per rol, gemiste termijnen.",
    "Simulate thousands of cases: time per stage, load per role, terms not met.",
)


def simulate(  # noqa: PLR0917 the options of the command
    procedure: Annotated[
        str,
        typer.Argument(
            metavar="NAME[@VERSION]|FILE",
            help=words(
                "Een procedure die bij impasse hoort, of een bestand; zij hoeft niet te zijn "
                "aangenomen.",
                "A procedure that comes with impasse, or a file; it need not be adopted.",
            ),
        ),
    ],
    language: LanguageOption,
    cases: Annotated[
        int, typer.Option(metavar="N", help=words("Hoeveel zaken.", "How many cases."))
    ] = 10_000,
    seed: Annotated[
        int,
        typer.Option(
            metavar="S",
            help=words(
                "Het toevalsgetal: hetzelfde getal geeft dezelfde uitkomst.",
                "The seed of chance: the same seed, the same answer.",
            ),
        ),
    ] = 1,
    per_month: Annotated[
        float | None,
        typer.Option(metavar="R", help=words("Nieuwe zaken per maand.", "New cases per month.")),
    ] = None,
    staff: Annotated[
        str | None,
        typer.Option(
            metavar="ROLE=N,…",
            help=words(
                "Mensen per rol, zoals mediator=2,secretariat=3.",
                "People per role, such as mediator=2,secretariat=3.",
            ),
        ),
    ] = None,
    from_history: Annotated[
        bool,
        typer.Option(
            "--from-history",
            help=words(
                "Leid tijden en stappen af uit de zaken in de database, waar dat er genoeg zijn.",
                "Take times and moves from the cases in the database, where there are enough.",
            ),
        ),
    ] = False,
    assumptions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help=words("Een bestand met aannamen.", "A file with assumptions.")
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="NAME[@VERSION]|FILE",
            help=words(
                "Zet deze procedure ernaast, onder dezelfde aannamen.",
                "Put this procedure beside it, under the same assumptions.",
            ),
        ),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(metavar="FILE.svg", help=words("Teken de uitkomst.", "Draw the outcome.")),
    ] = None,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Print what became of the cases, with every assumption; the same seed gives the same bytes."""
    if picture is not None and picture.suffix.lower() != ".svg":
        raise Unreadable(
            Text(
                f"{picture}: een tekening is SVG; laat de naam eindigen op .svg.",
                f"{picture}: a picture is SVG; let its name end in .svg.",
            )
        )
    here = _stated_here(per_month, staff)
    names = [name for name in (procedure, against) if name is not None]
    try:
        sources = [_source(name, from_history=from_history) for name in names]
        stated = _stated(assumptions, here, [source.workflow for source in sources])
        outcomes = [_simulated(source, stated, cases, seed) for source in sources]
    except NotFound as error:
        # A name that is not there is wrong usage, not an answer.
        typer.echo(f"impasse: {error.text.in_(language)}", err=True)
        raise typer.Exit(Status.UNUSABLE) from error
    except KeyboardInterrupt:
        stopped = Text(
            "De simulatie is afgebroken; er is niets geschreven.",
            "The simulation was stopped; nothing was written.",
        )
        typer.echo(f"\nimpasse: {stopped.in_(language)}", err=True)
        raise typer.Exit(Status.INTERRUPTED) from None
    if picture is not None:
        _draw(outcomes[0], picture, language)
    _answer(outcomes, output_format, language)


@dataclass(frozen=True, slots=True)
class _Source:
    """A procedure, the calendar to live it by, and the stays that history knows of."""

    workflow: Workflow
    calendar: Calendar
    stays: list[KeptStay]


def _source(name: str, *, from_history: bool) -> _Source:
    """Find a procedure; history is read only when it is asked for, as it needs a database."""
    if not from_history:
        from impasse.adapters.files.calendar import load_calendar
        from impasse.settings import load_settings

        return _Source(find_procedure(name), load_calendar(load_settings().calendar_file), [])
    from impasse.adapters.sql.stays import kept_stays

    with opened() as house:
        today = house.calendar.local_day(house.clock())
        workflow = _adopted(house, name, today) or find_procedure(name)
        stays = kept_stays(house.database, house.calendar, today, name=workflow.name)
        return _Source(workflow, house.calendar, stays)


def _adopted(house: House, procedure: str, today: date) -> Workflow | None:
    """Return the adopted procedure of this name, if there is one: history was lived by it."""
    name, at, version = procedure.partition("@")
    try:
        procedures = house.procedures
        return procedures.get(name, version).workflow if at else procedures.latest(name, today)
    except NotFound:
        return None


def _stated(file: Path | None, here: Stated, workflows: list[Workflow]) -> Stated:
    """Return what the file states, with what the command line states on top."""
    from impasse.adapters.files.assumptions import read_assumptions

    if file is None:
        return here
    stated = read_assumptions(file, *workflows)
    return replace(
        stated,
        per_month=here.per_month or stated.per_month,
        staff={**stated.staff, **here.staff},
    )


def _simulated(source: _Source, stated: Stated, cases: int, seed: int) -> Outcome:
    from impasse.domain.machine import compile_workflow
    from impasse.simulation.assumptions import assume
    from impasse.simulation.monte_carlo import simulate as live

    compiled = compile_workflow(source.workflow)
    assumed = assume(source.workflow, source.calendar, stated, source.stays)
    with _progress(cases) as progress:
        return live(compiled, assumed, source.calendar, cases=cases, seed=seed, progress=progress)


def _stated_here(per_month: float | None, staff: str | None) -> Stated:
    """Return what the options state, or raise `Invalid`."""
    from impasse.adapters.files.assumptions import LEAST_PER_MONTH, MOST_PER_MONTH, Stated

    if per_month is not None and not LEAST_PER_MONTH <= per_month <= MOST_PER_MONTH:
        raise Invalid(
            Text(
                f"Kies bij --per-month een getal van {str(LEAST_PER_MONTH).replace('.', ',')} tot "
                f"en met {MOST_PER_MONTH}, niet {per_month:g}.",
                f"Choose a number from {LEAST_PER_MONTH} to {MOST_PER_MONTH} for --per-month, not "
                f"{per_month:g}.",
            )
        )
    return Stated(per_month=per_month, staff=staff_of(staff or ""))


def staff_of(written: str) -> dict[Role, int]:
    """Read "mediator=2,secretariat=3"; raises `Invalid` for anything else."""
    from impasse.adapters.files.assumptions import MOST_STAFF, NOBODY
    from impasse.domain.people import Role

    known = [role for role in Role if role not in NOBODY]
    found: dict[Role, int] = {}
    for part in written.split(",") if written.strip() else []:
        name, equals, number = (piece.strip() for piece in part.partition("="))
        role = next((role for role in known if role.value == name), None)
        usable = number.isascii() and number.isdecimal() and len(number) < 9  # noqa: PLR2004
        if not equals or role is None or not usable or not 1 <= int(number) <= MOST_STAFF:
            names = ", ".join(known)
            raise Invalid(
                Text(
                    f"'{part.strip()}' bij --staff is niet te gebruiken. Schrijf een rol "
                    f"({names}), een isteken en 1 tot {MOST_STAFF} mensen, zoals mediator=2.",
                    f"'{part.strip()}' for --staff cannot be used. Write a role ({names}), an "
                    f"equals sign and 1 to {MOST_STAFF} people, such as mediator=2.",
                )
            )
        if role in found:
            raise Invalid(
                Text(
                    f"'{name}' staat twee keer bij --staff; laat er één staan.",
                    f"'{name}' stands twice in --staff; keep one of the two.",
                )
            )
        found[role] = int(number)
    return found


@contextmanager
def _progress(cases: int) -> Iterator[Callable[[int], None]]:
    """Yield what hears of new cases: a bar for who watches, nothing otherwise."""
    if not sys.stderr.isatty():
        yield lambda _cases: None
        return
    with typer.progressbar(length=cases, file=sys.stderr) as bar:
        yield bar.update


def _draw(outcome: Outcome, path: Path, language: Language) -> None:
    from impasse.simulation.picture import picture

    try:
        path.write_text(picture(outcome, language), encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise Unreadable(
            Text(
                f"{path}: niet te schrijven ({reason}); kies een andere plaats.",
                f"{path}: cannot be written ({reason}); choose another place.",
            )
        ) from error


def _answer(outcomes: list[Outcome], output_format: OutputFormat, language: Language) -> None:
    from impasse.simulation.as_data import as_data
    from impasse.simulation.report import comparison

    if output_format is OutputFormat.JSON:
        told = [as_data(outcome) for outcome in outcomes]
        say_json(told[0] if len(told) == 1 else {**told[0], "against": told[1]})
        return
    if len(outcomes) > 1:
        _say_table(comparison(outcomes[0], outcomes[1]), language)
    for outcome in outcomes:
        _say_outcome(outcome, language)


def _say_outcome(outcome: Outcome, language: Language) -> None:
    from impasse.simulation.report import assumptions_told, notices, tables, title

    say(title(outcome).in_(language))
    say()
    for table in tables(outcome):
        _say_table(table, language)
    for notice in notices(outcome):
        say((Text("Let op: ", "Note: ") + notice).in_(language))
        say()
    say(Text("Aannamen", "Assumptions").in_(language))
    for sentence in assumptions_told(outcome):
        say((same("- ") + sentence).in_(language))
    say()


def _say_table(table: Table, language: Language) -> None:
    """Print columns as wide as their widest word, numbers to the right."""
    rows = [[cell.in_(language) for cell in row] for row in (table.head, *table.rows)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    say(table.caption.in_(language))
    for row in rows:
        first, *others = row
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        say("  ".join(cells).rstrip())
    say()
