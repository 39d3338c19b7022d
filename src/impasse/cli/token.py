"""`impasse token`: keys for the API."""

from __future__ import annotations

from typing import Annotated

import typer

from impasse.cli.answer import FormatOption, OutputFormat, opened, say, say_json

app = typer.Typer(no_args_is_help=True)


@app.command()
def add(
    person: Annotated[str, typer.Argument(metavar="USER", help="Voor wie.")],
    *,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Hoeveel dagen geldig.")] = 365,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Maak een token; het geheim wordt één keer getoond en nergens bewaard."""
    from impasse.adapters.identity.secrets import issue_token

    with opened() as house:
        issued = issue_token(house.database, person, at=house.clock(), days=days)
    if output_format is OutputFormat.JSON:
        say_json({"id": issued.id, "token": issued.secret})
    else:
        say(f"Token {issued.id} voor {person}, {days} dagen geldig:")
        say(issued.secret)


@app.command()
def revoke(token: Annotated[str, typer.Argument(metavar="TOKEN_ID", help="Welk token.")]) -> None:
    """Trek een token in."""
    from impasse.adapters.identity.secrets import revoke_token

    with opened() as house:
        revoke_token(house.database, token, at=house.clock())
    say(f"Token {token} is ingetrokken.")
