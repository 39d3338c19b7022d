"""`impasse rota`: who is on duty, planning turns, swapping and ending."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from impasse.cli.answer import FormatOption, OutputFormat, opened, say, say_json, table, words
from impasse.domain.errors import Fault, Invalid
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.adapters.sql.duty import DutyLine, RotaSeen
    from impasse.domain.duty import DutyGap

app = typer.Typer(no_args_is_help=True)

_MACHINE = "cli"
_DAY = words("Een dag, zoals 2026-12-24.", "A day, such as 2026-12-24.")
_RotaArgument = Annotated[
    str,
    typer.Argument(
        metavar="ROTA",
        help=words(
            "Naam van het rooster, zoals secretariaat.", "Name of the rota, such as secretariaat."
        ),
    ),
]
_FromOption = Annotated[str, typer.Option("--from", help=_DAY)]
_UntilOption = Annotated[str, typer.Option(help=_DAY)]


@app.command(
    "list", help=words("Toon de dienstroosters en hun gaten.", "Show the rotas and their gaps.")
)
def show_all(output_format: FormatOption = OutputFormat.TEXT) -> None:
    """Show the rotas and their gaps."""
    with opened() as house:
        seen = house.duty.rotas(None, at=house.clock())
    if output_format is OutputFormat.JSON:
        say_json([_as_data(one) for one in seen])
        return
    table(
        (
            words("rooster", "rota"),
            words("organisatie", "organisation"),
            words("vandaag", "today"),
        ),
        [(one.rota.name, one.rota.organisation, _today(one)) for one in seen],
    )
    for one in seen:
        _warn(one)


@app.command(help=words("Maak een dienstrooster.", "Make a duty rota."))
def create(
    name: _RotaArgument,
    *,
    label: Annotated[str, typer.Option(help=words("Naam om te tonen.", "Name to show."))],
    label_en: Annotated[
        str, typer.Option(help=words("Die naam in het Engels.", "That name in English."))
    ] = "",
    organisation: Annotated[
        str,
        typer.Option(
            help=words(
                "Van welke organisatie, zoals mnre1034.", "Of which organisation, such as mnre1034."
            )
        ),
    ],
) -> None:
    """Make a duty rota."""
    from impasse.domain.duty import Rota

    with opened() as house:
        shown = Text(label.strip(), label_en.strip() or label.strip())
        house.duty.create(Rota(name, shown, organisation, house.clock(), _MACHINE), by=None)
    say(words(f"Gemaakt: {name}.", f"Made: {name}."))


@app.command(
    help=words(
        "Plan beurten: personen om en om, elk zo veel weken, tot en met een dag.",
        "Plan turns: persons one after another, so many weeks each, until a day.",
    )
)
def plan(
    name: _RotaArgument,
    *,
    person: Annotated[
        list[str],
        typer.Option(help=words("Wie; in deze volgorde.", "Who; in this order.")),
    ],
    from_: _FromOption,
    until: _UntilOption,
    weeks: Annotated[int, typer.Option(help=words("Weken per beurt.", "Weeks for each turn."))] = 1,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Plan turns."""
    from impasse.domain.duty_plans import Rotation

    rotation = Rotation(tuple(person), _day(from_, "--from"), _day(until, "--until"), weeks)
    with opened() as house:
        made = house.duty.plan(name, rotation, by=None, at=house.clock())
        seen = house.duty.rota(name, None, at=house.clock())
    if output_format is OutputFormat.JSON:
        say_json(_as_data(seen))
        return
    say(words(f"Gepland: {len(made)} diensten.", f"Planned: {len(made)} duties."))
    _warn(seen)


@app.command(
    help=words(
        "Leg een ruil vast: iemand neemt dagen over.", "Record a swap: somebody takes days over."
    )
)
def swap(
    name: _RotaArgument,
    *,
    person: Annotated[
        str, typer.Option(help=words("Wie de dagen overneemt.", "Who takes the days over."))
    ],
    from_: _FromOption,
    until: _UntilOption,
) -> None:
    """Record a swap."""
    from impasse.domain.duty_plans import Swap

    wish = Swap(person, _day(from_, "--from"), _day(until, "--until"))
    with opened() as house:
        made = house.duty.swap(name, wish, by=None, at=house.clock())
    say(words(f"Vastgelegd als {made.id}.", f"Recorded as {made.id}."))


@app.command(
    help=words("Beëindig een dienst of een ruil vanaf vandaag.", "End a duty or a swap from today.")
)
def end(
    name: _RotaArgument,
    number: Annotated[
        str, typer.Argument(metavar="NUMBER", help=words("Welke dienst.", "Which duty."))
    ],
) -> None:
    """End a duty or a swap."""
    with opened() as house:
        house.duty.end(name, number, by=None, at=house.clock())
    say(words(f"Beëindigd: {number}.", f"Ended: {number}."))


@app.command(
    help=words(
        "Verwijder een dienstrooster met zijn diensten.", "Remove a duty rota with its duties."
    )
)
def remove(name: _RotaArgument) -> None:
    """Remove a duty rota with its duties."""
    with opened() as house:
        house.duty.remove(name, by=None)
    say(words(f"Verwijderd: {name}.", f"Removed: {name}."))


@app.command(
    help=words("Toon de diensten van één rooster.", "Show the duties of one rota."),
)
def show(name: _RotaArgument, output_format: FormatOption = OutputFormat.TEXT) -> None:
    """Show the duties of one rota."""
    with opened() as house:
        seen = house.duty.rota(name, None, at=house.clock())
    if output_format is OutputFormat.JSON:
        say_json(_as_data(seen))
        return
    say(words(f"Vandaag van dienst: {_today(seen)}.", f"On duty today: {_today(seen)}."))
    table(
        (
            words("nummer", "number"),
            words("wie", "who"),
            words("van", "from"),
            words("tot en met", "until"),
            "",
        ),
        [_row(line) for line in seen.duties],
    )
    _warn(seen)


def _row(line: DutyLine) -> tuple[str, ...]:
    one = line.duty
    first, last = one.from_day.isoformat(), one.until_day.isoformat()
    return one.id, one.person, first, last, words("ruil", "swap") if one.override else ""


def _today(seen: RotaSeen) -> str:
    return seen.days[0].person or words("niemand", "nobody")


def _warn(seen: RotaSeen) -> None:
    for gap in seen.gaps:
        told = gap.sentence(seen.rota.label)
        say(words(f"Let op: {told.nl}", f"Mind: {told.en}"))


def _day(written: str, option: str) -> date:
    """Return the day after *option*; raises `Invalid` for what is no day."""
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise Invalid(
            Text("Deze dag kan niet.", "This day cannot be read."),
            [Fault(option, Text("Schrijf de dag als 2026-12-24.", "Write the day as 2026-12-24."))],
        ) from error


def _as_data(seen: RotaSeen) -> dict[str, Any]:
    rota = seen.rota
    return {
        "name": rota.name,
        "label": {"nl": rota.label.nl, "en": rota.label.en},
        "organisation": rota.organisation,
        "on_duty": seen.days[0].person or None,
        "gaps": [_gap_as_data(seen, gap) for gap in seen.gaps],
        "duties": [
            {
                "id": line.duty.id,
                "person": line.duty.person,
                "from_day": line.duty.from_day,
                "until_day": line.duty.until_day,
                "override": line.duty.override,
            }
            for line in seen.duties
        ],
    }


def _gap_as_data(seen: RotaSeen, gap: DutyGap) -> dict[str, Any]:
    told = gap.sentence(seen.rota.label)
    return {
        "first_day": gap.first,
        "last_day": gap.last,
        "continues": gap.goes_on,
        "warning": {"nl": told.nl, "en": told.en},
    }
