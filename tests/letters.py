"""A house to which people reply by e-mail, and the letters that come in there."""

from __future__ import annotations

import smtplib
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlmodel import Session

from impasse.adapters.mail.letterbox import Envelope
from impasse.adapters.sql.database import writing
from impasse.adapters.sql.people import change_person, person
from impasse.adapters.sql.tables import DeliveryRow, NotificationRow, OutboxRow
from impasse.wiring import build_inbound
from rooms_of_a_case import CITY, MEDIATOR, PROVINCE, a_dispute

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from impasse.adapters.mail.inbound import Inbound
    from impasse.domain.people import Actor
    from rooms_of_a_case import Dispute

DOMAIN = "post.impasse.example"
ADDRESSES = {
    CITY.person: "anna@amsterdam.example",
    PROVINCE.person: "piet@noord-holland.example",
    MEDIATOR.person: "bemiddelaar@vrij.example",
}


@dataclass
class PostOffice:
    """A dispute whose people reply by e-mail."""

    dispute: Dispute
    inbound: Inbound
    port: int = 0
    protocol: str = "lmtp"
    letters: int = field(default=0)

    def address(self, who: Actor, case: str | None = None) -> str:
        """Return an address to which *who* can reply."""
        house = self.dispute.house
        with writing(house.database) as connection:
            return house.reply_addresses.address_for(
                connection,
                person(house.database, who.person),
                self.dispute.case_id if case is None else case,
                self.dispute.clock(),
            )

    def letter(self, who: Actor, words: str = "Akkoord.", **headers: str) -> EmailMessage:
        """Return a letter of *who*, such as a program of a person writes."""
        self.letters += 1
        letter = EmailMessage()
        headers = {
            "From": f"Iemand <{ADDRESSES.get(who.person, 'vreemd@elders.example')}>",
            "Subject": "Re: Verdeling van de kosten",
            "Message-ID": f"<{self.letters}.{who.person}@programma.example>",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        for name, value in headers.items():
            if value:
                letter[name] = value
        letter.set_content(words)
        return letter

    def hand_over(self, letter: EmailMessage | bytes, *to: str, sender: str = "x@y.example") -> Any:
        """Hand a letter over as a mail server does; return what was refused."""
        raw = letter if isinstance(letter, bytes) else letter.as_bytes()
        kind = smtplib.LMTP if self.protocol == "lmtp" else smtplib.SMTP
        with kind("127.0.0.1", self.port, timeout=20) as server:
            return server.sendmail(sender, list(to), raw)

    def keep(
        self, letter: EmailMessage | bytes, *to: str, sender: str = "x@y.example"
    ) -> list[str]:
        """Keep a letter, and leave it at that; return its numbers."""
        raw = letter if isinstance(letter, bytes) else letter.as_bytes()
        return self.inbound.letterbox.receive(Envelope(sender, to), raw, self.dispute.clock())

    def sent(self, parcel: str, who: Actor, state: str = "sent") -> None:
        """Let an e-mail about the case have been sent to *who*."""
        at = self.dispute.clock()
        with Session(self.dispute.house.database) as session:
            message, told = f"message-{parcel}", f"notification-{parcel}"
            session.add(_message(message, self.dispute.case_id, at))
            session.flush()
            session.add(_notification(told, message, who.person, self.dispute.case_id, at))
            session.flush()
            session.add(
                DeliveryRow(
                    message_id=message,
                    notification_id=told,
                    channel="email",
                    destination=who.person,
                    bundle=parcel,
                    state=state,
                    attempts=1,
                    next_at=at,
                    answered=250,
                    failure="",
                    created_at=at,
                )
            )
            session.commit()

    def put(self, letter: EmailMessage | bytes, *to: str, sender: str = "x@y.example") -> list[str]:
        """Keep a letter and settle it; return its numbers."""
        numbers = self.keep(letter, *to, sender=sender)
        self.inbound.work()
        return numbers

    def row(self, number: str) -> Any:
        """Return what is kept of an e-mail."""
        with self.dispute.house.database.connect() as connection:
            return connection.execute(
                text("SELECT * FROM inbound_mails WHERE id = :id"), {"id": number}
            ).one()

    def settled(self, letter: EmailMessage | bytes, to: str, sender: str = "x@y.example") -> Any:
        """Keep a letter, settle it, and return what became of it."""
        return self.row(self.put(letter, to, sender=sender)[0])

    def count(self, query: str) -> int:
        """Return what *query* counts."""
        with self.dispute.house.database.connect() as connection:
            return int(connection.execute(text(query)).scalar() or 0)


def _message(key: str, case: str, at: datetime) -> OutboxRow:
    return OutboxRow(
        id=key,
        subject=case,
        type="nl.impasse.case.signal-reported",
        at=at,
        notify="[]",
        reason_nl="",
        reason_en="",
        spread_at=at,
    )


def _notification(key: str, message: str, who: str, case: str, at: datetime) -> NotificationRow:
    words = dict.fromkeys(
        ("reason_nl", "reason_en", "why_nl", "why_en", "otherwise_nl", "otherwise_en"), ""
    )
    return NotificationRow(
        id=key,
        message_id=message,
        person_id=who,
        subject=case,
        type="signal-reported",
        stands_for="",
        rule="",
        run="",
        urgent=False,
        dedup_key=key,
        repeats=0,
        created_at=at,
        lapsed_because="",
        feedback="",
        feedback_reason="",
        **words,
    )


@contextmanager
def a_post_office(
    url: str, *, listens: bool = False, protocol: str = "lmtp", **settings: Any
) -> Iterator[PostOffice]:
    """Open a house with a dispute to which replies come in; it files when it is told to."""
    with a_dispute(url) as dispute:
        house = dispute.house
        for who, address in ADDRESSES.items():
            change_person(house.database, replace(person(house.database, who), email=address))
        changed = {"inbound_domain": DOMAIN, "inbound_mail_protocol": protocol, **settings}
        if listens:
            changed["inbound_mail"] = "127.0.0.1:0"
        house = replace(house, settings=house.settings.model_copy(update=changed))
        dispute.house = house
        inbound = build_inbound(house)
        office = PostOffice(dispute, inbound, protocol=protocol)
        try:
            if inbound.listener is not None:
                inbound.listener.start()
                office.port = inbound.listener.port
            yield office
        finally:
            inbound.stop()
