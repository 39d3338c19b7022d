"""`impasse user`: who can sign in."""

from __future__ import annotations

from typing import Annotated

import typer

from impasse.cli import absence
from impasse.cli.answer import FormatOption, OutputFormat, opened, say, say_json, table, words
from impasse.domain.people import Person, Role
from impasse.domain.text import Text

app = typer.Typer(no_args_is_help=True)
app.add_typer(absence.app, name="absent")


@app.command(help=words("Voeg iemand toe die zich kan aanmelden.", "Add somebody who can sign in."))
def add(
    person: Annotated[
        str,
        typer.Argument(
            metavar="USER",
            help=words("Korte naam, zonder spaties.", "A short name, without spaces."),
        ),
    ],
    *,
    name: Annotated[str, typer.Option(help=words("Naam.", "Name."))],
    function: Annotated[
        str,
        typer.Option(
            help=words("Functie, zoals schermen die tonen.", "Function, as screens show it.")
        ),
    ],
    function_en: Annotated[
        str, typer.Option(help=words("Functie in het Engels.", "Function in English."))
    ] = "",
    organisation: Annotated[
        str,
        typer.Option(
            help=words(
                "Nummer in het register, zoals gm0363.", "Number in the register, such as gm0363."
            )
        ),
    ],
    role: Annotated[
        list[Role],
        typer.Option(help=words("Rol; mag vaker.", "Role; may be given more than once.")),
    ],
    organ: Annotated[
        str,
        typer.Option(
            help=words(
                "Voor welk orgaan, zoals 'gedeputeerde staten'.",
                "For which organ, such as 'gedeputeerde staten'.",
            )
        ),
    ] = "",
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Add somebody who can sign in."""
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
                organ=organ.strip(),
            ),
        )
    if output_format is OutputFormat.JSON:
        say_json({"id": person})
    else:
        say(words(f"Toegevoegd: {person}.", f"Added: {person}."))


@app.command("list", help=words("Toon wie zich kan aanmelden.", "Show who can sign in."))
def show(output_format: FormatOption = OutputFormat.TEXT) -> None:
    """Show who can sign in."""
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
                    "organ": p.organ,
                    "roles": sorted(p.roles),
                    "disabled": p.disabled,
                }
                for p in persons
            ]
        )
        return
    table(
        (
            words("gebruiker", "user"),
            words("functie", "function"),
            words("organisatie", "organisation"),
            words("orgaan", "organ"),
            words("rollen", "roles"),
            "",
        ),
        [
            (
                p.id,
                p.function.nl,
                p.organisation,
                p.organ,
                ", ".join(sorted(role.label.nl for role in p.roles)),
                words("uitgezet", "disabled") if p.disabled else "",
            )
            for p in persons
        ],
    )


@app.command(
    help=words(
        "Zet iemand uit: aanmelden en tokens werken niet meer.",
        "Disable somebody: sign-in and tokens no longer work.",
    )
)
def disable(
    person: Annotated[str, typer.Argument(metavar="USER", help=words("Wie.", "Who."))],
) -> None:
    """Disable somebody: sign-in and tokens no longer work."""
    from impasse.adapters.sql.people import disable_person

    with opened() as house:
        disable_person(house.database, person, at=house.clock())
    say(words(f"Uitgezet: {person}.", f"Disabled: {person}."))
