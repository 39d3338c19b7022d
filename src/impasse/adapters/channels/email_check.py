"""Whether e-mail works: looking at the mail server, and one letter to try it with."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.adapters.channels.email_setup import email_channel
from impasse.adapters.channels.mail_address import UnusableAddressError, plain_address
from impasse.adapters.channels.mail_message import compose
from impasse.adapters.channels.mail_server import Refusal, Stage, examine, hand_over
from impasse.domain.errors import Fault, Invalid, Unreadable
from impasse.domain.people import Person
from impasse.domain.text import Text, same
from impasse.engine.outbox import Post, PostLine

if TYPE_CHECKING:
    from datetime import datetime

    from impasse.adapters.channels.email import EmailChannel
    from impasse.adapters.channels.email_setup import MailSettings
    from impasse.domain.text import Language

_AT = {
    Stage.CONNECT: Text("verbinden", "connecting"),
    Stage.TLS: Text("de lijn versleutelen", "encrypting the line"),
    Stage.LOGIN: Text("aanmelden", "logging in"),
    Stage.SENDER: Text("de afzender", "the sender"),
    Stage.RECIPIENT: Text("de ontvanger", "the recipient"),
    Stage.MESSAGE: Text("het bericht", "the message"),
}

_TRY = {
    Stage.CONNECT: Text(
        "Kijk naar smtp_host, smtp_port en de firewall.",
        "Look at smtp_host, smtp_port and the firewall.",
    ),
    Stage.TLS: Text(
        "Kijk naar smtp_security, smtp_ca_file en de naam in het certificaat.",
        "Look at smtp_security, smtp_ca_file and the name in the certificate.",
    ),
    Stage.LOGIN: Text(
        "Kijk naar smtp_user en smtp_password.", "Look at smtp_user and smtp_password."
    ),
    Stage.SENDER: Text(
        "Vraag de beheerder van de mailserver of mail van mail_from of mail_bounces erdoor mag.",
        "Ask who keeps the mail server whether it takes mail from mail_from (or mail_bounces).",
    ),
    Stage.RECIPIENT: Text("Kijk naar het adres.", "Look at the address."),
    Stage.MESSAGE: Text(
        "Vraag de beheerder van de mailserver waarom hij dit bericht weigert.",
        "Ask who keeps the mail server why it refuses this message.",
    ),
}


def mail_verdict(settings: MailSettings) -> tuple[bool, Text]:
    """Return whether e-mail works as *settings* describe it, and what to know or do.

    Connects, encrypts, logs in and parts; nothing is sent. Without a mail server there is no
    e-mail, which is a choice and no fault.
    """
    try:
        channel = email_channel(settings)
    except Unreadable as error:
        return False, error.text
    if channel is None:
        return True, Text(
            "uit; ieder leest in het product zelf", "off; everybody reads in the product itself"
        )
    try:
        told = examine(channel.server)
    except Refusal as refusal:
        return False, _place(channel) + same(", ") + refusal_in_words(refusal)
    how = f" ({told})" if told else ""
    return True, _place(channel) + same(how)


def refusal_in_words(refusal: Refusal) -> Text:
    """Say at which step the mail server said no, what it said, and what to look at."""
    stage, step = refusal.stage, _AT[refusal.stage]
    said = str(refusal).removeprefix(f"{stage.value}: ")
    return Text(
        f"mislukt bij {step.nl}: {said}. {_TRY[stage].nl}",
        f"failed at {step.en}: {said}. {_TRY[stage].en}",
    )


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a letter to try e-mail with: taken over, or the refusal."""

    server: Text
    message_id: str
    taken: str = ""
    refusal: Refusal | None = None


def try_mail(channel: EmailChannel, to: str, language: Language, at: datetime) -> Trial:
    """Send one letter that only says that it is a trial to *to*, and return what happened.

    Raises `Invalid` when that is no address.
    """
    try:
        address = plain_address(to)
    except UnusableAddressError as error:
        raise Invalid(
            Text("Er is niets verstuurd.", "Nothing was sent."),
            [
                Fault(
                    "--to",
                    Text(
                        f"Dit is geen e-mailadres ({error}).",
                        f"This is not an e-mail address ({error}).",
                    ),
                )
            ],
        ) from None
    post = Post(
        person=Person("trial", address, same(""), "", frozenset(), email=address),
        address=address,
        language=language,
        lines=(_LINE,),
        digest=False,
        thread="",
        reply_to="",
    )
    letter = compose(post, f"trial-{secrets.token_hex(8)}", channel.sender, at, to=address)
    identifier = str(letter["Message-ID"])
    try:
        taken = hand_over(channel.server, channel.sender.envelope, address, letter.as_bytes())
    except Refusal as refusal:
        return Trial(_place(channel), identifier, refusal=refusal)
    return Trial(_place(channel), identifier, taken=taken)


_LINE = PostLine(
    notification="",
    subject="",
    title="",
    reason=Text("Dit is een proefbericht van impasse", "This is a trial message of impasse"),
    why=Text(
        "Een beheerder probeerde of e-mail aankomt.", "An administrator tried whether mail arrives."
    ),
    otherwise=Text("U hoeft niets te doen.", "You need not do anything."),
    rule="",
    urgent=False,
    path="/",
)


def _place(channel: EmailChannel) -> Text:
    server = channel.server
    return same(f"{server.host}:{server.port}, {server.security.value}")
