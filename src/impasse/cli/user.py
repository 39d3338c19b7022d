"""`impasse user`: who can sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from impasse.cli import absence
from impasse.cli.answer import FormatOption, OutputFormat, opened, say, say_json, table, words
from impasse.domain.people import Person, Rank, Role
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.adapters.identity.accounts import Standing

_MACHINE = "cli"
"""Who does this: whoever may use the machine itself."""

WhoArgument = Annotated[str, typer.Argument(metavar="USER", help=words("Wie.", "Who."))]

_RANK = words("Rang, voor opschaling op gelijke rang.", "Rank, for escalation at equal rank.")
_LANGUAGE = words(
    "Taal van berichten: nl, en, of leeg voor die van het huis.",
    "Language of messages: nl, en, or empty for that of the house.",
)

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
    email: Annotated[
        str, typer.Option(help=words("E-mailadres; mag leeg.", "E-mail address; may be empty."))
    ] = "",
    rank: Annotated[Rank, typer.Option(help=_RANK)] = Rank.OFFICER,
    language: Annotated[str, typer.Option(help=_LANGUAGE)] = "",
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Add somebody who can sign in."""
    from impasse.adapters.sql.people import add_person
    from impasse.domain.account import refuse_unfit

    added = Person(
        person,
        name.strip(),
        Text(function.strip(), function_en.strip() or function.strip()),
        organisation,
        frozenset(role),
        organ=organ.strip(),
        email=email.strip(),
        rank=rank,
        language=language,
    )
    refuse_unfit(added)
    with opened() as house:
        house.views.organisation(organisation)
        add_person(house.database, added)
        _log("user_added", person)
    if output_format is OutputFormat.JSON:
        say_json({"id": person})
    else:
        say(words(f"Toegevoegd: {person}.", f"Added: {person}."))


@app.command(
    help=words(
        "Verander rang, e-mailadres of taal van berichten; wat u weglaat, blijft zo.",
        "Change rank, e-mail address or language of messages; what you leave out stays.",
    )
)
def change(
    person: WhoArgument,
    *,
    rank: Annotated[Rank | None, typer.Option(help=_RANK)] = None,
    email: Annotated[
        str | None,
        typer.Option(help=words("E-mailadres; mag leeg.", "E-mail address; may be empty.")),
    ] = None,
    language: Annotated[str | None, typer.Option(help=_LANGUAGE)] = None,
) -> None:
    """Change rank, e-mail address or language of messages."""
    from dataclasses import replace

    from impasse.adapters.sql.people import change_person
    from impasse.adapters.sql.people import person as person_called
    from impasse.domain.account import refuse_unfit

    with opened() as house:
        found = person_called(house.database, person)
        changed = replace(
            found,
            rank=found.rank if rank is None else rank,
            email=found.email if email is None else email.strip(),
            language=found.language if language is None else language,
        )
        refuse_unfit(changed)
        change_person(house.database, changed)
        _log("user_changed", person)
    say(words(f"Veranderd: {person}.", f"Changed: {person}."))


@app.command("list", help=words("Toon wie zich kan aanmelden.", "Show who can sign in."))
def show(output_format: FormatOption = OutputFormat.TEXT) -> None:
    """Show who can sign in."""
    from impasse.adapters.sql.people import list_persons

    with opened() as house:
        persons = list_persons(house.database)
        standings = house.accounts.standings(at=house.clock())
    if output_format is OutputFormat.JSON:
        say_json(
            [
                {
                    "id": p.id,
                    "name": p.name,
                    "function": p.function.nl,
                    "organisation": p.organisation,
                    "organ": p.organ,
                    "email": p.email,
                    "rank": p.rank.value,
                    "language": p.language,
                    "roles": sorted(p.roles),
                    "disabled": p.disabled,
                    "password": p.id in standings and standings[p.id].password_set_at is not None,
                    "second_factor": p.id in standings and standings[p.id].second_factor,
                    "shut": p.id in standings and standings[p.id].shut_until is not None,
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
                _state(p, standings.get(p.id)),
            )
            for p in persons
        ],
    )


@app.command(
    help=words(
        "Zet iemand uit: aanmelden, tokens en aanmeldingen werken niet meer.",
        "Disable somebody: passwords, tokens and sign-ins no longer work.",
    )
)
def disable(person: WhoArgument) -> None:
    """Disable somebody: passwords, tokens and sign-ins no longer work."""
    from impasse.adapters.sql.people import disable_person

    with opened() as house:
        disable_person(house.database, person, at=house.clock())
        _log("user_disabled", person)
    say(words(f"Uitgezet: {person}.", f"Disabled: {person}."))


@app.command(
    help=words(
        "Zet iemand weer aan; tokens en aanmeldingen van eerder komen niet terug.",
        "Enable somebody again; tokens and sign-ins of before do not come back.",
    )
)
def enable(person: WhoArgument) -> None:
    """Enable somebody again; tokens and sign-ins of before do not come back."""
    from impasse.adapters.sql.people import enable_person

    with opened() as house:
        enable_person(house.database, person)
        _log("user_enabled", person)
    say(words(f"Weer aan: {person}.", f"Enabled: {person}."))


@app.command(
    help=words(
        "Maak een link waarmee iemand een eerste wachtwoord kiest; één keer te gebruiken, 7 dagen.",
        "Make a link with which somebody chooses a first password; good once, for 7 days.",
    )
)
def invite(person: WhoArgument, output_format: FormatOption = OutputFormat.TEXT) -> None:
    """Make a link with which somebody chooses a first password."""
    with opened() as house:
        secret = house.accounts.invite(person, by=_MACHINE, origin=_MACHINE, at=house.clock())
        link = f"{house.settings.address}/uitnodiging/{secret}"
    _say_link(
        person,
        link,
        words(
            f"Uitnodiging voor {person}, 7 dagen geldig en één keer te gebruiken:",
            f"Invitation for {person}, valid for 7 days and good once:",
        ),
        output_format,
    )


@app.command(
    help=words(
        "Maak een link waarmee iemand een ander wachtwoord kiest; één keer te gebruiken, een uur.",
        "Make a link with which somebody chooses another password; good once, for an hour.",
    )
)
def reset(
    person: WhoArgument,
    *,
    second_factor: Annotated[
        bool,
        typer.Option(
            "--second-factor",
            help=words(
                "Ook de tweede factor wordt opnieuw ingesteld.",
                "The second factor is set up anew as well.",
            ),
        ),
    ] = False,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Make a link with which somebody chooses another password."""
    with opened() as house:
        secret = house.accounts.reset(
            person,
            by=_MACHINE,
            origin=_MACHINE,
            at=house.clock(),
            second_factor=second_factor,
        )
        link = f"{house.settings.address}/herstel/{secret}"
    _say_link(
        person,
        link,
        words(
            f"Herstellink voor {person}, een uur geldig en één keer te gebruiken:",
            f"Reset link for {person}, valid for an hour and good once:",
        ),
        output_format,
    )


@app.command(
    help=words(
        "Maak een account open dat na verkeerde pogingen op slot ging.",
        "Open an account that was shut after wrong tries.",
    )
)
def unlock(person: WhoArgument) -> None:
    """Open an account that was shut after wrong tries."""
    with opened() as house:
        house.accounts.unlock(person, by=_MACHINE, origin=_MACHINE)
    say(words(f"Open: {person}.", f"Open: {person}."))


@app.command(
    help=words(
        "Maak iemand los van elke aanmelddienst; een volgende keer is een uitnodiging nodig.",
        "Detach somebody from every identity provider; the next time takes an invitation.",
    )
)
def unlink(person: WhoArgument) -> None:
    """Detach somebody from every identity provider; the sessions that began there end."""
    from impasse.adapters.identity.identities import forget_identities

    with opened() as house:
        detached = forget_identities(house.database, person)
        _log("user_unlinked", person)
    say(
        words(
            f"Losgemaakt: {person}, van {detached} aanmelddiensten.",
            f"Detached: {person}, from {detached} identity providers.",
        )
    )


def _state(person: Person, standing: Standing | None) -> str:
    if person.disabled:
        return words("uitgezet", "disabled")
    if standing is None or standing.password_set_at is None:
        return words("geen wachtwoord", "no password")
    return words("op slot", "shut") if standing.shut_until is not None else ""


def _say_link(person: str, link: str, told: str, output_format: OutputFormat) -> None:
    if output_format is OutputFormat.JSON:
        say_json({"id": person, "link": link})
    else:
        say(told)
        say(link)


def _log(event: str, person: str) -> None:
    import structlog

    structlog.get_logger("impasse.identity").info(
        event, object=person, origin=_MACHINE, actor=_MACHINE
    )


@app.command(
    help=words(
        "Geef alles wat over iemand wordt bewaard, als JSON (AVG, artikel 15).",
        "Give everything that is kept about somebody, as JSON (GDPR, article 15).",
    )
)
def data(
    person: Annotated[
        str,
        typer.Argument(metavar="USER", help=words("Wie om inzage vroeg.", "Who asked for it.")),
    ],
) -> None:
    """Give everything that is kept about somebody."""
    from impasse.adapters.sql.people import person as person_called
    from impasse.adapters.sql.personal_data import personal_data
    from impasse.domain.people import Actor

    with opened() as house:
        found = person_called(house.database, person)
        # As that person, so that nothing comes out that he or she may not read.
        actor = Actor(found.id, found.organisation, found.roles, "cli")
        say_json(personal_data(house.database, actor, house.clock(), taken_by="operator"))
