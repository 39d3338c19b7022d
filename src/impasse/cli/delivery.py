"""`impasse delivery`: what became of messages, and sending again what did not arrive."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from impasse.cli.acting import actor_called
from impasse.cli.answer import (
    FormatOption,
    LanguageOption,
    OutputFormat,
    opened,
    say,
    say_json,
    table,
    words,
)
from impasse.cli.room import By
from impasse.domain.errors import Fault, Invalid
from impasse.domain.text import Language, Text
from impasse.engine.outbox import UNDELIVERABLE, DeliveryState

if TYPE_CHECKING:
    from impasse.adapters.sql.deliveries import DeliveryFilter, DeliveryLine

app = typer.Typer(no_args_is_help=True)

StateOption = Annotated[
    list[DeliveryState] | None,
    typer.Option(
        "--state",
        help=words(
            "Welke toestand; mag vaker. Standaard wat onbestelbaar is.",
            "Which state; may be given more than once. By default dead letters.",
        ),
    ),
]
ChannelOption = Annotated[
    str,
    typer.Option(help=words("Kanaal: webhook, email of chat.", "Channel: webhook, email or chat.")),
]
WebhookOption = Annotated[
    str, typer.Option(help=words("Nummer van de webhook.", "Number of the webhook."))
]
SubjectOption = Annotated[
    str, typer.Option(help=words("Nummer van de zaak.", "Number of the case."))
]
SinceOption = Annotated[
    str,
    typer.Option(
        help=words(
            "Beloofd vanaf dit moment, zoals 2026-11-23T10:00Z.",
            "Promised from this moment, such as 2026-11-23T10:00Z.",
        )
    ),
]
UntilOption = Annotated[
    str,
    typer.Option(
        help=words("Beloofd vóór dit moment.", "Promised before this moment."),
    ),
]


@app.command(
    "list",
    help=words("Toon wat er van berichten werd.", "Show what became of messages."),
)
def list_(  # noqa: PLR0917 every filter is an option
    by: By,
    language: LanguageOption,
    state: StateOption = None,
    channel: ChannelOption = "",
    webhook: WebhookOption = "",
    subject: SubjectOption = "",
    since: SinceOption = "",
    until: UntilOption = "",
    most: Annotated[
        int,
        typer.Option(
            "--limit", min=1, max=10_000, help=words("Hoeveel hooguit.", "How many at most.")
        ),
    ] = 100,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Show deliveries that somebody looks after, dead letters unless other states are named."""
    from impasse.adapters.sql.deliveries import list_deliveries

    wanted = _filter(state, channel, webhook, subject, since, until)
    with opened() as house:
        actor = actor_called(house, by.strip())
        lines = list_deliveries(house.database, actor, wanted, limit=most)
    if output_format is OutputFormat.JSON:
        say_json({"deliveries": [asdict(line) for line in lines]})
    elif lines:
        _tell(lines, language)
    else:
        say(Text("Er is niets.", "There is nothing.").in_(language))


@app.command(
    help=words(
        "Verstuur opnieuw: één bezorging, wat past, of alles.",
        "Send again: one delivery, what matches, or everything.",
    )
)
def replay(  # noqa: PLR0917 every filter is an option
    by: By,
    language: LanguageOption,
    delivery: Annotated[
        int | None,
        typer.Argument(
            min=1,
            max=2**31 - 1,
            metavar="[NUMBER]",
            help=words("Nummer van één bezorging.", "Number of one delivery."),
        ),
    ] = None,
    state: StateOption = None,
    channel: ChannelOption = "",
    webhook: WebhookOption = "",
    subject: SubjectOption = "",
    since: SinceOption = "",
    until: UntilOption = "",
    *,
    everything: Annotated[
        bool,
        typer.Option(
            "--all", help=words("Alles wat onbestelbaar is.", "Everything that is undeliverable.")
        ),
    ] = False,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Send again what somebody looks after; each message keeps its number for its receiver."""
    from impasse.adapters.sql.deliveries import replay_deliveries, replay_delivery

    named = any((state, channel, webhook, subject, since, until))
    if [delivery is not None, named, everything].count(True) != 1:
        raise Invalid(
            Text("Zeg wat opnieuw moet.", "Say what to send again."),
            [
                Fault(
                    "NUMBER",
                    Text(
                        "Geef één nummer, of een filter zoals --webhook, of --all.",
                        "Give one number, or a filter such as --webhook, or --all.",
                    ),
                )
            ],
        )
    wanted = _filter(state, channel, webhook, subject, since, until)
    with opened() as house:
        actor, at = actor_called(house, by.strip()), house.clock()
        if delivery is None:
            count = replay_deliveries(house.database, actor, wanted, at)
        else:
            replay_delivery(house.database, actor, delivery, at)
            count = 1
    if output_format is OutputFormat.JSON:
        say_json({"replayed": count})
        return
    one = count == 1
    say(
        Text(
            "1 bezorging gaat opnieuw." if one else f"{count} bezorgingen gaan opnieuw.",
            "1 delivery is sent again." if one else f"{count} deliveries are sent again.",
        ).in_(language)
    )


def _filter(  # noqa: PLR0917 every filter is an option
    state: list[DeliveryState] | None,
    channel: str,
    webhook: str,
    subject: str,
    since: str,
    until: str,
) -> DeliveryFilter:
    from impasse.adapters.sql.deliveries import DeliveryFilter

    return DeliveryFilter(
        states=frozenset(state or UNDELIVERABLE),
        channel=channel.strip(),
        webhook=webhook.strip(),
        subject=subject.strip(),
        since=_moment("--since", since),
        until=_moment("--until", until),
    )


def _moment(option: str, given: str) -> datetime | None:
    if not given.strip():
        return None
    try:
        moment = datetime.fromisoformat(given.strip())
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid(
            Text("Dit is geen moment.", "This is no moment."),
            [
                Fault(
                    option,
                    Text(
                        "Schrijf een moment met tijdzone, zoals 2026-11-23T10:00Z.",
                        "Write a moment with its time zone, such as 2026-11-23T10:00Z.",
                    ),
                )
            ],
        )
    return moment.astimezone(UTC)


def _tell(lines: list[DeliveryLine], language: Language) -> None:
    from impasse.engine.delivery_words import STATES, channel_label, failure_label

    head = Text(
        "nummer|kanaal|naar|over|toestand|pogingen|reden",
        "number|channel|to|about|state|attempts|reason",
    ).in_(language)
    table(
        tuple(head.split("|")),
        [
            (
                str(line.id),
                channel_label(line.channel).in_(language),
                line.webhook or line.person,
                line.subject or "-",
                STATES[line.state].in_(language),
                str(line.attempts),
                failure_label(line.state, line.failure).in_(language) or "-",
            )
            for line in lines
        ],
    )
