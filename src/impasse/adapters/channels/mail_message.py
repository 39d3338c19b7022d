"""A letter to one person: title, reason and link, never content; as text, and the same as HTML.

Machines are told that a machine wrote it (RFC 3834): `Auto-Submitted: auto-generated`, and for
Exchange `X-Auto-Response-Suppress`: all that it knows but `NDR`, which `All` would take along, for
what could not be delivered has to come back. There is no `Precedence`: RFC 3834 (3.1.8) recommends
none of its values, and "bulk" makes some servers hold back or hide what a person is waiting for.
There is no `List-Id` either: every letter has one reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

from impasse.adapters.channels.mail_headers import (
    encoded,
    letter_policy,
    mailbox,
    message_id,
    thread_id,
)
from impasse.adapters.channels.mail_page import LetterPage

if TYPE_CHECKING:
    from datetime import datetime

    from impasse.engine.outbox import Post


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes: the address and name in From, where bounces go, and where our pages are.

    Without *bounces* they go to the address itself. *site* is the public address of this house,
    without a slash at its end.
    """

    address: str
    name: str
    site: str
    bounces: str = ""

    @property
    def envelope(self) -> str:
        """The address that mail servers return a letter to."""
        return self.bounces or self.address

    @property
    def domain(self) -> str:
        """The domain in which our identifiers are unique."""
        return self.address.rpartition("@")[2]


def compose(
    post: Post, parcel: str, sender: Sender, at: datetime, *, to: str, reply_to: str = ""
) -> EmailMessage:
    """Return the letter for *post*, written at *at*.

    *to* and *reply_to* are its addresses as mail servers take them.
    """
    page = LetterPage(post, sender.site, at)
    letter = EmailMessage(letter_policy(utf8=not to.isascii()))
    letter["From"] = mailbox(sender.name, sender.address)
    letter["To"] = to
    letter["Subject"] = encoded("Subject", page.subject)
    letter["Date"] = format_datetime(at)
    letter["Message-ID"] = message_id(parcel, sender.domain)
    if page.case:
        letter["In-Reply-To"] = thread_id(page.case, sender.domain)
        letter["References"] = thread_id(page.case, sender.domain)
    if reply_to:
        letter["Reply-To"] = reply_to
    letter["Auto-Submitted"] = "auto-generated"
    letter["X-Auto-Response-Suppress"] = "DR, RN, NRN, OOF, AutoReply"
    letter["List-Unsubscribe"] = f"<{page.settings_href}>"
    letter.set_content(page.as_text(), cte="quoted-printable")
    letter.add_alternative(page.as_html(), subtype="html", cte="quoted-printable")
    # Last: what is said of content before there is any goes along with its first part.
    letter["Content-Language"] = page.language
    return letter
