"""`impasse group`: groups of persons that a policy of escalation can tell."""

from __future__ import annotations

from typing import Annotated

import typer

from impasse.cli.answer import FormatOption, OutputFormat, opened, say, say_json, table, words
from impasse.domain.text import Text

app = typer.Typer(no_args_is_help=True)

_MACHINE = "cli"
_GroupArgument = Annotated[
    str,
    typer.Argument(
        metavar="GROUP",
        help=words(
            "Naam van de groep, zoals bemiddelaars.", "Name of the group, such as bemiddelaars."
        ),
    ),
]
_MembersOption = Annotated[
    list[str] | None,
    typer.Option(
        "--member", help=words("Wie erin zit; mag vaker.", "Who is in it; may be given again.")
    ),
]


@app.command("list", help=words("Toon de groepen.", "Show the groups."))
def show_all(output_format: FormatOption = OutputFormat.TEXT) -> None:
    """Show the groups."""
    from impasse.adapters.sql.person_groups import list_groups

    with opened() as house:
        found = list_groups(house.database, None)
    if output_format is OutputFormat.JSON:
        say_json(
            [
                {
                    "name": one.name,
                    "label": {"nl": one.label.nl, "en": one.label.en},
                    "members": list(one.members),
                }
                for one in found
            ]
        )
        return
    table(
        (words("groep", "group"), words("naam", "label"), words("leden", "members")),
        [(one.name, one.label.nl, ", ".join(one.members)) for one in found],
    )


@app.command(help=words("Maak een groep.", "Make a group."))
def create(
    name: _GroupArgument,
    *,
    label: Annotated[str, typer.Option(help=words("Naam om te tonen.", "Name to show."))],
    label_en: Annotated[
        str, typer.Option(help=words("Die naam in het Engels.", "That name in English."))
    ] = "",
    members: _MembersOption = None,
) -> None:
    """Make a group."""
    from impasse.adapters.sql.person_groups import create_group
    from impasse.domain.person_group import Group

    with opened() as house:
        shown = Text(label.strip(), label_en.strip() or label.strip())
        group = Group(name, shown, tuple(members or ()), house.clock(), _MACHINE)
        create_group(house.database, group, by=None)
    say(words(f"Gemaakt: {name}.", f"Made: {name}."))


@app.command(help=words("Zet andere leden in een groep.", "Put other members in a group."))
def change(name: _GroupArgument, *, members: _MembersOption = None) -> None:
    """Put other members in place of those of now."""
    from impasse.adapters.sql.person_groups import change_group, group_called

    with opened() as house:
        group = group_called(house.database, name, None)
        change_group(house.database, name, group.label, tuple(members or ()), by=None)
    say(words(f"Veranderd: {name}.", f"Changed: {name}."))


@app.command(help=words("Verwijder een groep.", "Remove a group."))
def remove(name: _GroupArgument) -> None:
    """Remove a group."""
    from impasse.adapters.sql.person_groups import remove_group

    with opened() as house:
        remove_group(house.database, name, by=None)
    say(words(f"Verwijderd: {name}.", f"Removed: {name}."))
