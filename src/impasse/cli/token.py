"""`impasse token`: keys for the API."""

from __future__ import annotations

from typing import Annotated

import typer

from impasse.cli.answer import FormatOption, OutputFormat, opened, say, say_json, words

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
    days: Annotated[
        int,
        typer.Option(min=1, max=3650, help=words("Hoeveel dagen geldig.", "For how many days.")),
    ] = 365,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Make a token; the secret is shown once and kept nowhere."""
    from impasse.adapters.identity.secrets import issue_token

    with opened() as house:
        issued = issue_token(house.database, person, at=house.clock(), days=days)
    if output_format is OutputFormat.JSON:
        say_json({"id": issued.id, "token": issued.secret})
    else:
        say(
            words(
                f"Token {issued.id} voor {person}, {days} dagen geldig:",
                f"Token {issued.id} for {person}, valid for {days} days:",
            )
        )
        say(issued.secret)


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
    say(words(f"Token {token} is ingetrokken.", f"Token {token} is revoked."))
