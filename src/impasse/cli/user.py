"""`impasse user`: who can sign in."""

from __future__ import annotations

from typing import Annotated

import typer

from impasse.cli.answer import FormatOption, OutputFormat, opened, say, say_json, table
from impasse.domain.people import Person, Role
from impasse.domain.text import Text

app = typer.Typer(no_args_is_help=True)


@app.command()
def add(  # noqa: PLR0913 a person has these properties
    person: Annotated[str, typer.Argument(metavar="USER", help="Korte naam, zonder spaties.")],
    *,
    name: Annotated[str, typer.Option(help="Naam.")],
    function: Annotated[str, typer.Option(help="Functie, zoals schermen die tonen.")],
    function_en: Annotated[str, typer.Option(help="Functie in het Engels.")] = "",
    organisation: Annotated[str, typer.Option(help="Nummer in het register, zoals gm0363.")],
    role: Annotated[list[Role], typer.Option(help="Rol; mag vaker.")],
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Voeg iemand toe die zich kan aanmelden."""
    from impasse.adapters.sql.people import add_person

    with opened() as house:
        house.views.organisation(organisation)
        add_person(
            house.database,
            Person(
                person,
                name,
                Text(function, function_en or function),
                organisation,
                frozenset(role),
            ),
        )
    if output_format is OutputFormat.JSON:
        say_json({"id": person})
    else:
        say(f"Toegevoegd: {person}.")


@app.command("list")
def show(output_format: FormatOption = OutputFormat.TEXT) -> None:
    """Toon wie zich kan aanmelden."""
    from impasse.adapters.sql.people import list_persons

    with opened() as house:
        persons = list_persons(house.database)
    if output_format is OutputFormat.JSON:
        say_json(
            [
                {
                    "id": p.id,
                    "name": p.name,
                    "function": p.function.nl,
                    "organisation": p.organisation,
                    "roles": sorted(p.roles),
                    "disabled": p.disabled,
                }
                for p in persons
            ]
        )
        return
    table(
        ("gebruiker", "functie", "organisatie", "rollen", ""),
        [
            (
                p.id,
                p.function.nl,
                p.organisation,
                ", ".join(sorted(role.label.nl for role in p.roles)),
                "uitgezet" if p.disabled else "",
            )
            for p in persons
        ],
    )


@app.command()
def disable(person: Annotated[str, typer.Argument(metavar="USER", help="Wie.")]) -> None:
    """Zet iemand uit: aanmelden en tokens werken niet meer."""
    from impasse.adapters.sql.people import disable_person

    with opened() as house:
        disable_person(house.database, person)
    say(f"Uitgezet: {person}.")
