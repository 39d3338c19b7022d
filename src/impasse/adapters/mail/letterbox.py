"""The letterbox: e-mail that came in, kept whole in the database before anybody says 250.

Nothing is read here but what must be known to tell one e-mail from another; filing comes later.
The secret in a reply address is not kept: its hash stands in its place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from impasse.adapters.mail.reply_addresses import LOCAL_PART, address_called, hash_in
from impasse.adapters.sql.database import SQLITE, writing
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import InboundMailRow
from impasse.domain.errors import Unavailable
from impasse.domain.inbound import MailKind, MailState
from impasse.domain.text import Text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection, Engine

log = structlog.get_logger("impasse.mail")

MOST_WAITING = 2_000
"""More e-mail than this waits nowhere: the sending server keeps it until there is room again."""

MOST_BYTES_WAITING = 500_000_000

FOR_STRANGERS = 0.5
"""Such a part of it is for what comes to no reply address of ours: nobody who only knows our
domain shuts the letterbox for those to whom we wrote."""

_MAILS = table(InboundMailRow)
_IDENTITY = re.compile(
    rb"^(message-id|date|from|subject)[ \t]*:[^\r\n]*", re.IGNORECASE | re.MULTILINE
)
_HEADERS_END = re.compile(rb"\r?\n\r?\n")
_LONGEST = 254


class LetterboxFull(Unavailable):
    """There is no room for more e-mail now; nothing was kept."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the sending server told of an e-mail: `sender` is "" for the null path."""

    sender: str
    recipients: tuple[str, ...]


def belongs_to(address: str, domain: str) -> bool:
    """Whether *address* is one at *domain*: for nothing else is e-mail taken in."""
    local, at, host = address.rpartition("@")
    return bool(local and at and domain) and host.lower() == domain.lower()


class Letterbox:
    """Keeps what comes in."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def receive(self, envelope: Envelope, raw: bytes, at: datetime) -> list[str]:
        """Keep *raw* for each recipient; return the numbers under which it is kept.

        The same e-mail to the same address is kept once, however often a server sends it again.
        It is durable when this returns. Raises `Unavailable` or `Contention`; nothing was kept
        then, and the server must be told to try again.
        """
        sender = envelope.sender.strip()[:_LONGEST]
        kept = b"Return-Path: <" + sender.encode("ascii", "replace") + b">\r\n" + raw
        numbers = []
        with writing(self._database) as connection:
            recipients = list(dict.fromkeys(_stored(one) for one in envelope.recipients))
            keys = (one.partition("#")[2] for one in recipients)
            known = any(key and address_called(connection, key) for key in keys)
            self._refuse_full(connection, 1.0 if known else FOR_STRANGERS)
            for recipient in recipients:
                number = _number(recipient, sender, raw)
                numbers.append(number)
                self._keep(connection, number, recipient, kept, at)
        for number in numbers:
            log.info("mail_received", object=number, result="kept", size=len(raw))
        return numbers

    def _keep(
        self, connection: Connection, number: str, recipient: str, raw: bytes, at: datetime
    ) -> None:
        insert = insert_sqlite if connection.dialect.name == SQLITE else insert_postgresql
        connection.execute(
            insert(_MAILS)
            .values(
                id=number,
                received_at=at,
                message_id="",
                sender="",
                recipient=recipient,
                # The subject may be as confidential as the rest: it is read when it is filed.
                title="",
                kind=MailKind.UNKNOWN.value,
                state=MailState.RECEIVED.value,
                reason="",
                person_id="",
                case_id="",
                room="",
                contribution="",
                raw=raw,
                size=len(raw),
                settled_at=None,
                settled_by="",
            )
            .on_conflict_do_nothing()
        )

    def _refuse_full(self, connection: Connection, share: float) -> None:
        open_ = [MailState.RECEIVED.value, MailState.QUARANTINED.value]
        row = connection.execute(
            select(func.count(), func.coalesce(func.sum(_MAILS.c.size), 0)).where(
                _MAILS.c.state.in_(open_)
            )
        ).one()
        if row[0] >= MOST_WAITING * share or row[1] >= MOST_BYTES_WAITING * share:
            raise LetterboxFull(
                Text(
                    "Er wacht te veel e-mail in quarantaine. Een beheerder moet die eerst "
                    "vrijgeven of weggooien.",
                    "Too much e-mail waits in quarantine. An administrator has to release or "
                    "discard it first.",
                )
            )


def recipients_in(raw: bytes, domain: str) -> tuple[str, ...]:
    """Return the addresses at *domain* in the headers that name recipients, without repeats.

    For who hands over an e-mail without saying to which address it came.
    """
    end = _HEADERS_END.search(raw)
    head = re.sub(rb"\r?\n[ \t]+", b" ", raw if end is None else raw[: end.start()])
    found: dict[str, None] = {}
    for line in head[:262_144].splitlines():
        name, _, value = line.partition(b":")
        if name.strip().lower() in _RECIPIENTS:
            for word in re.split(rb"[\s,;<>\"]+", value):
                address = word.decode("ascii", "replace")
                if belongs_to(address, domain):
                    found[address] = None
    return tuple(found)


def return_path_in(raw: bytes) -> str:
    """Return the return path that the last server wrote at the top; "" when there is none."""
    end = _HEADERS_END.search(raw)
    head = raw if end is None else raw[: end.start()]
    found = re.search(rb"^return-path[ \t]*:[ \t]*<?([^<>\s]*)", head, re.IGNORECASE | re.MULTILINE)
    return "" if found is None else found[1].decode("ascii", "replace")


_RECIPIENTS = frozenset({b"delivered-to", b"x-original-to", b"envelope-to", b"to", b"cc"})


def _stored(recipient: str) -> str:
    """Return what is kept of an address: of a reply address the hash of its secret."""
    plain = "".join(sign for sign in recipient if sign.isprintable())
    local, _, domain = plain.strip().rpartition("@")
    key = hash_in(local)
    if key:
        return f"{LOCAL_PART}#{key}"
    return f"{local[:_LONGEST]}@{domain[:_LONGEST]}".lower()


def _number(recipient: str, sender: str, raw: bytes) -> str:
    """Return what an e-mail is called: alike when a server sends the same one again.

    Headers that each passing server adds do not count.
    """
    end = _HEADERS_END.search(raw)
    head, body = (raw, b"") if end is None else (raw[: end.start()], raw[end.end() :])
    told = sha256()
    for part in (recipient.encode(), sender.lower().encode("utf-8", "replace")):
        told.update(part + b"\0")
    for found in _IDENTITY.finditer(head[:262_144]):
        told.update(found[0].strip() + b"\0")
    told.update(body)
    return f"em_{told.hexdigest()[:24]}"
