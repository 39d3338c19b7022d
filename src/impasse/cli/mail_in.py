"""`impasse mail` for e-mail that comes in: from a pipe of any mail server, and quarantine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from impasse.cli.acting import actor_called
from impasse.cli.answer import FormatOption, OutputFormat, opened, say, say_json, table, words
from impasse.cli.disclosure import ByOption
from impasse.cli.mail import app
from impasse.domain.errors import Invalid, Unreadable
from impasse.domain.inbound import MailState
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.adapters.mail.quarantine import InboundMail, Quarantine
    from impasse.wiring import House

__all__ = ["app"]

TRY_LATER = 75
"""EX_TEMPFAIL (sysexits.h): a mail server that hears this keeps the e-mail and tries again."""

_MailArgument = Annotated[
    str,
    typer.Argument(metavar="MAIL", help=words("Nummer, zoals em_1a2b.", "Such as em_1a2b.")),
]


@app.command(
    help=words(
        "Neem één e-mail aan van de standaardinvoer, en bewaar die.",
        "Take in one e-mail from standard input, and keep it.",
    )
)
def receive(
    *,
    sender: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="ADDRESS",
            help=words(
                "De afzender op de envelop; leeg bij een bezorgbericht. Anders Return-Path.",
                "The sender of the envelope; empty for a report. Otherwise Return-Path.",
            ),
        ),
    ] = None,
    recipients: Annotated[
        list[str] | None,
        typer.Option(
            "--to",
            metavar="ADDRESS",
            help=words(
                "De ontvanger op de envelop; mag vaker. Anders Delivered-To, To en Cc.",
                "The recipient of the envelope; may be repeated. Otherwise Delivered-To, To, Cc.",
            ),
        ),
    ] = None,
) -> None:
    """Take in one e-mail; it is durable when this ends with 0, and 75 asks to try again."""
    from impasse.adapters.mail.letterbox import (
        Envelope,
        Letterbox,
        belongs_to,
        recipients_in,
        return_path_in,
    )
    from impasse.domain.errors import Unavailable
    from impasse.engine.ports import Contention

    try:
        with opened() as house:
            domain, most = house.settings.inbound_domain or "", house.settings.inbound_mail_bytes
            if not domain:
                raise _no_domain()
            raw = sys.stdin.buffer.read(most + 1)
            if len(raw) > most:
                raise _too_large(most)
            to = tuple(recipients or ()) or recipients_in(raw, domain)
            if not to or not all(belongs_to(one, domain) for one in to):
                raise _not_here(domain)
            envelope = Envelope(return_path_in(raw) if sender is None else sender, to)
            numbers = Letterbox(house.database).receive(envelope, raw, house.clock())
    except (Unavailable, Contention) as error:
        told = error.text.en if isinstance(error, Unavailable) else str(error)
        sys.stderr.write(f"impasse: {told}\n")
        raise typer.Exit(TRY_LATER) from error
    for number in numbers:
        say(number)


@app.command(
    "list", help=words("Toon e-mail in quarantaine.", "Show the e-mail that is in quarantine.")
)
def show_all(
    *,
    by: ByOption,
    state: Annotated[
        MailState, typer.Option(help=words("Wat ermee is gedaan.", "What was done with it."))
    ] = MailState.QUARANTINED,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Show e-mail that came in, the newest first; of what it says not a word."""
    with opened() as house:
        _authorise(house, by)
        mails = _quarantine(house).mails(state=state, limit=500)
    if output_format is OutputFormat.JSON:
        say_json([_as_json(one) for one in mails])
        return
    if not mails:
        say(words("Er is geen e-mail.", "There is no e-mail."))
        return
    table(
        (words("nummer", "number"), words("ontvangen", "received"), words("van", "from"),
         words("grootte", "size"), words("reden", "reason")),
        [
            (one.id, _moment(one), _harmless(one.sender) or "-", str(one.size),
             words(one.reason.label.nl, one.reason.label.en))
            for one in mails
        ],
    )  # fmt: skip


@app.command(help=words("Toon wat van één e-mail bekend is.", "Show what is known of one e-mail."))
def show(
    mail: _MailArgument, *, by: ByOption, output_format: FormatOption = OutputFormat.TEXT
) -> None:
    """Show what is known of one e-mail, but for what it says."""
    with opened() as house:
        _authorise(house, by)
        found = _quarantine(house).one(mail.strip())
    if output_format is OutputFormat.JSON:
        say_json(_as_json(found))
        return
    for name, value in (
        (words("nummer", "number"), found.id),
        (words("ontvangen", "received"), _moment(found)),
        (words("van", "from"), _harmless(found.sender) or "-"),
        (words("antwoordadres van", "reply address of"), found.person or "-"),
        (words("soort", "kind"), words(found.kind.label.nl, found.kind.label.en)),
        (words("stand", "state"), words(found.state.label.nl, found.state.label.en)),
        (words("reden", "reason"), words(found.reason.label.nl, found.reason.label.en) or "-"),
        (words("grootte", "size"), str(found.size)),
        (words("toelichting", "note"), _harmless(found.note) or "-"),
        (words("beslist door", "settled by"), found.settled_by or "-"),
    ):
        say(f"{name}: {value}")


@app.command(
    "file",
    help=words(
        "Sta in voor de afzender: neem een e-mail uit quarantaine op, ongelezen.",
        "Vouch for the sender: file an e-mail from quarantine, unread.",
    ),
)
def release(mail: _MailArgument, *, by: ByOption) -> None:
    """File an e-mail from quarantine as the person's whose reply address it came to."""
    from impasse.wiring import build_filing

    with opened() as house:
        _authorise(house, by)
        build_filing(house).release(mail.strip(), by=by)
    say(words(f"{mail.strip()} is opgenomen.", f"{mail.strip()} was filed."))


@app.command(help=words("Gooi een e-mail ongelezen weg.", "Discard an e-mail unread."))
def discard(
    mail: _MailArgument,
    *,
    by: ByOption,
    reason: Annotated[str, typer.Option(metavar="TEXT", help=words("Waarom.", "Why."))],
) -> None:
    """Discard an e-mail unread, for good."""
    with opened() as house:
        _authorise(house, by)
        _quarantine(house).discard(mail.strip(), reason, by=by, at=house.clock())
    say(words(f"{mail.strip()} is weggegooid.", f"{mail.strip()} was discarded."))


@app.command(
    help=words(
        "Toon adressen die e-mail weigeren, of gebruik er een weer.",
        "Show addresses that refuse e-mail, or use one again.",
    )
)
def faults(
    *,
    by: ByOption,
    mended: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            show_default=False,
            help=words("Gebruik dit adres weer.", "Use this address again."),
        ),
    ] = "",
) -> None:
    """Show addresses that refused for good; with `--mended` one is used again."""
    from impasse.adapters.mail import bounces
    from impasse.adapters.sql.database import writing

    with opened() as house:
        _authorise(house, by)
        with writing(house.database) as connection:
            known = bounces.mend(connection, mended) if mended else False
            found = bounces.faults(connection)
    if mended and not known:
        raise Invalid(
            Text("Dat adres weigert niets.", "That address refuses nothing."),
        )
    table(
        (words("adres", "address"), words("sinds", "since"), words("antwoord", "answer")),
        [(_harmless(one), since.isoformat(), why) for one, since, why in found],
    )


def _authorise(house: House, by: str) -> None:
    from impasse.adapters.mail.quarantine import refuse_stranger

    refuse_stranger(actor_called(house, by))


def _quarantine(house: House) -> Quarantine:
    from impasse.adapters.mail.quarantine import Quarantine

    return Quarantine(house.database)


def _moment(mail: InboundMail) -> str:
    from impasse.domain.days_in_words import AMSTERDAM

    return mail.received_at.astimezone(AMSTERDAM).strftime("%Y-%m-%d %H:%M")


def _harmless(words_of_a_stranger: str) -> str:
    """Return what a stranger wrote without signs that steer a screen."""
    return "".join(sign for sign in words_of_a_stranger if sign.isprintable())


def _as_json(mail: InboundMail) -> dict[str, object]:
    return {
        "id": mail.id,
        "receivedAt": mail.received_at.isoformat(),
        "sender": mail.sender,
        "toReplyAddress": mail.to_reply_address,
        "person": mail.person or None,
        "kind": mail.kind.value,
        "state": mail.state.value,
        "reason": mail.reason.value,
        "note": mail.note,
        "size": mail.size,
        "canBeReleased": mail.can_be_released,
        "settledBy": mail.settled_by or None,
    }


def _no_domain() -> Unreadable:
    return Unreadable(
        Text(
            "Er komt geen e-mail binnen: zet inbound_domain.",
            "No e-mail comes in: set inbound_domain.",
        )
    )


def _not_here(domain: str) -> Invalid:
    return Invalid(
        Text(
            f"Deze e-mail is niet voor {domain}. Noem de ontvanger met --to.",
            f"This e-mail is not for {domain}. Name the recipient with --to.",
        )
    )


def _too_large(most: int) -> Invalid:
    return Invalid(
        Text(
            f"Deze e-mail is groter dan {most} bytes (inbound_mail_bytes).",
            f"This e-mail is larger than {most} bytes (inbound_mail_bytes).",
        )
    )
