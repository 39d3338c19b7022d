"""`impasse token`: keys for the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from impasse.cli.answer import FormatOption, OutputFormat, opened, say, say_json, table, words
from impasse.domain.token_scope import MOST_DAYS, USUAL_DAYS, TokenScope

if TYPE_CHECKING:
    from datetime import datetime

app = typer.Typer(no_args_is_help=True)


@app.command(
    help=words(
        "Maak een token; het geheim wordt één keer getoond en nergens bewaard.",
        "Make a token; the secret is shown once and kept nowhere.",
    )
)
def add(
    person: Annotated[str, typer.Argument(metavar="USER", help=words("Voor wie.", "For whom."))],
    *,
    name: Annotated[
        str, typer.Option(help=words("Waarvoor het wordt gebruikt.", "What it is used for."))
    ] = "",
    scope: Annotated[
        list[TokenScope],
        typer.Option(
            help=words(
                "Wat het mag: read, write of rooms; mag vaker. Standaard read en write.",
                "What it may do: read, write or rooms; may be given more than once. By default "
                "read and write.",
            ),
            show_default=False,
        ),
    ] = [TokenScope.READ, TokenScope.WRITE],  # noqa: B006 typer reads it, nobody alters it
    days: Annotated[
        int,
        typer.Option(
            min=1, max=MOST_DAYS, help=words("Hoeveel dagen geldig.", "For how many days.")
        ),
    ] = USUAL_DAYS,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Make a token; the secret is shown once and kept nowhere."""
    from impasse.adapters.identity.secrets import issue_token

    with opened() as house:
        issued = issue_token(
            house.database,
            person,
            at=house.clock(),
            days=days,
            name=name,
            scopes=scope,
            created_by="cli",
        )
        _log("key_made", issued.id)
    if output_format is OutputFormat.JSON:
        say_json({"id": issued.id, "token": issued.secret})
    else:
        long = words("1 dag", "1 day") if days == 1 else words(f"{days} dagen", f"{days} days")
        say(
            words(
                f"Token {issued.id} voor {person}, {long} geldig:",
                f"Token {issued.id} for {person}, valid for {long}:",
            )
        )
        say(issued.secret)


@app.command(
    "list", help=words("Toon tokens, zonder hun geheim.", "Show tokens, without their secret.")
)
def show(
    person: Annotated[
        str,
        typer.Argument(metavar="[USER]", help=words("Van wie; leeg: van ieder.", "Whose.")),
    ] = "",
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Show tokens, without their secret."""
    from impasse.adapters.identity.secrets import tokens_of

    with opened() as house:
        at = house.clock()
        tokens = tokens_of(house.database, person)
    if output_format is OutputFormat.JSON:
        say_json(
            [
                {
                    "id": one.id,
                    "user": one.person,
                    "name": one.name,
                    "scopes": [scope.value for scope in one.scopes],
                    "created_at": one.created_at,
                    "created_by": one.created_by,
                    "expires_at": one.expires_at,
                    "last_used_at": one.last_used_at,
                    "works": one.works(at),
                }
                for one in tokens
            ]
        )
        return
    table(
        (
            "token",
            words("gebruiker", "user"),
            words("naam", "name"),
            words("mag", "may"),
            words("tot", "until"),
            words("gebruikt", "used"),
            "",
        ),
        [
            (
                one.id,
                one.person,
                one.name,
                " ".join(one.scopes),
                _day(one.expires_at),
                _day(one.last_used_at),
                "" if one.works(at) else words("werkt niet meer", "works no more"),
            )
            for one in tokens
        ],
    )


@app.command(help=words("Trek een token in.", "Revoke a token."))
def revoke(
    token: Annotated[
        str, typer.Argument(metavar="TOKEN_ID", help=words("Welk token.", "Which token."))
    ],
) -> None:
    """Revoke a token."""
    from impasse.adapters.identity.secrets import revoke_token

    with opened() as house:
        revoke_token(house.database, token, at=house.clock())
        _log("key_revoked", token)
    say(words(f"Token {token} is ingetrokken.", f"Token {token} is revoked."))


def _day(at: datetime | None) -> str:
    return "–" if at is None else at.date().isoformat()


def _log(event: str, token: str) -> None:
    import structlog

    structlog.get_logger("impasse.identity").info(event, object=token, origin="cli", actor="cli")
