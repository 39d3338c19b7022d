"""E-mail: one letter to one person, handed to the mail server of one's own organisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from impasse.adapters.channels.mail_address import UnusableAddressError, plain_address
from impasse.adapters.channels.mail_message import compose
from impasse.adapters.channels.mail_server import Refusal, hand_over
from impasse.engine.outbox import Answer, Post

if TYPE_CHECKING:
    from datetime import datetime

    from impasse.adapters.channels.mail_message import Sender
    from impasse.adapters.channels.mail_server import MailServer
    from impasse.engine.outbox import Parcel

log = structlog.get_logger("impasse.email")

TAKEN_OVER = 250
"""What a mail server says when it has taken over a letter (RFC 5321)."""


@dataclass(frozen=True, slots=True)
class EmailChannel:
    """Sends posts as e-mail.

    Every letter has a conversation of its own with the mail server. So no letter knows another:
    who is refused holds up nobody, and nobody reads who else was written to.
    """

    server: MailServer
    sender: Sender

    def send(self, parcel: Parcel, at: datetime) -> Answer:
        """Hand the letter of *parcel* over once; every failure is an answer with its reason.

        Taken over is not yet delivered: a bounce may follow. Sent again, it has the Message-ID
        that it had.
        """
        post = parcel.content
        if not isinstance(post, Post):
            return Answer(None, "this is not a post for a person", final=True)
        if not post.lines:
            return Answer(None, "there is nothing to tell", final=True)
        if not post.address.strip():
            return Answer(None, "this person has no e-mail address", final=True)
        try:
            address = plain_address(post.address)
            reply_to = plain_address(post.reply_to) if post.reply_to else ""
        except UnusableAddressError as error:
            return Answer(None, f"the e-mail address cannot be used: {error}", final=True)
        try:
            letter = compose(
                post, parcel.id, self.sender, at, to=address, reply_to=reply_to
            ).as_bytes()
        except Exception as error:
            # One letter that cannot be written must not keep those of others.
            log.exception("letter_not_written", object=parcel.id, result="failed")
            return Answer(None, f"the letter cannot be written: {type(error).__name__}")
        try:
            hand_over(self.server, self.sender.envelope, address, letter)
        except Refusal as error:
            return Answer(error.code, str(error), final=error.final)
        return Answer(TAKEN_OVER, accepted=True)
