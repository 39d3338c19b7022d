"""`impasse mail`: e-mail that leaves."""

from __future__ import annotations

from typing import Annotated

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
from impasse.domain.errors import Unreadable
from impasse.domain.text import Text

app = typer.Typer(no_args_is_help=True)


@app.callback()
def mail() -> None:
    """Keep this a group, also while it has one member."""


@app.command(
    "test",
    help=words(
        "Stuur één proefbericht, en vertel precies wat er gebeurde.",
        "Send one trial message, and tell exactly what happened.",
    ),
)
def trial(
    *,
    to: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help=words("Het e-mailadres waar het heen gaat.", "The e-mail address it goes to."),
        ),
    ],
    language: LanguageOption,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Send one trial message, and tell exactly what happened; ends with 1 when it was refused."""
    from impasse.adapters.channels.email_check import refusal_in_words, try_mail
    from impasse.adapters.channels.email_setup import email_channel

    with opened() as house:
        channel = email_channel(house.settings)
        if channel is None:
            raise Unreadable(
                Text(
                    "Er is geen mailserver: zet smtp_host en mail_from.",
                    "There is no mail server: set smtp_host and mail_from.",
                )
            )
        tried = try_mail(channel, to, language, house.clock())
    refused = tried.refusal
    told = "" if refused is None else refusal_in_words(refused).in_(language)
    if output_format is OutputFormat.JSON:
        say_json(
            {
                "server": tried.server.in_(language),
                "message_id": tried.message_id,
                "taken_over": refused is None,
                "answer": tried.taken if refused is None else told,
            }
        )
    else:
        server = words("Mailserver", "Mail server")
        say(f"{server}: {tried.server.in_(language)}")
        say(f"Message-ID: {tried.message_id}")
        say(_taken(tried.taken) if refused is None else f"{told[:1].upper()}{told[1:]}")
    if refused is not None:
        raise typer.Exit(1)


def _taken(answer: str) -> str:
    return words(
        f"De mailserver heeft het bericht aangenomen: {answer}. Aangenomen is nog niet bezorgd: "
        "kijk in de postbus, ook bij de ongewenste e-mail.",
        f"The mail server took the message over: {answer}. That is not yet delivered: look in the "
        "mailbox, also among unwanted mail.",
    )
