"""Delivery reports: what they change at the e-mail that they are about, and at its address.

Everybody can write a report. One counts only when it names the Message-ID of an e-mail that we
really sent, which nobody but its receiver and the servers between us ever saw; and it can do no
more than say that this one e-mail did or did not arrive.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from impasse.adapters.channels.mail_headers import parcel_of
from impasse.adapters.mail.administrators import administrators
from impasse.adapters.sql.announcing import announce
from impasse.adapters.sql.database import SQLITE
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import AddressFaultRow, DeliveryRow, NotificationRow, PersonRow
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.inbound import MailReason
from impasse.domain.text import Text
from impasse.engine.outbox import EMAIL, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from impasse.domain.inbound import DeliveryReport, MailFacts

log = structlog.get_logger("impasse.mail")

SETTLED_WITHIN = timedelta(minutes=10)
"""A report can be here before its own e-mail was settled; so long it waits for that."""

_DELIVERIES, _NOTIFICATIONS = table(DeliveryRow), table(NotificationRow)
_PERSONS, _FAULTS = table(PersonRow), table(AddressFaultRow)
_UNSETTLED = frozenset({DeliveryState.SENDING.value, DeliveryState.RETRYING.value})
_SENT = (DeliveryState.SENT.value, DeliveryState.DELIVERED.value)


def ours(connection: Connection, identifiers: Iterable[str]) -> tuple[str, ...]:
    """Return which parcels of e-mail have these Message-IDs: those that we really made."""
    named = {
        parcel
        for one in identifiers
        if (parcel := parcel_of(one, one.rpartition("@")[2])) and parcel.isprintable()
    }
    if not named:
        return ()
    known = select(_DELIVERIES.c.bundle).distinct().where(
        _DELIVERIES.c.bundle.in_(sorted(named)), _DELIVERIES.c.channel == EMAIL
    )  # fmt: skip
    return tuple(sorted(row[0] for row in connection.execute(known)))


def written_to(connection: Connection, parcels: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return to which persons these parcels went, and about which cases."""
    found = (
        select(_DELIVERIES.c.destination, _NOTIFICATIONS.c.subject)
        .distinct()
        .join(_NOTIFICATIONS, _NOTIFICATIONS.c.id == _DELIVERIES.c.notification_id)
        .where(_DELIVERIES.c.bundle.in_(list(parcels)), _DELIVERIES.c.channel == EMAIL)
    )
    return tuple(
        sorted((person, subject) for person, subject in connection.execute(found) if subject)
    )


def too_early(connection: Connection, facts: MailFacts, waited: timedelta) -> bool:
    """Whether the e-mail that a report is about is being handed over at this moment."""
    if waited > SETTLED_WITHIN:
        return False
    states = select(_DELIVERIES.c.state).where(
        _DELIVERIES.c.bundle.in_(ours(connection, facts.about)), _DELIVERIES.c.channel == EMAIL
    )
    return any(row[0] in _UNSETTLED for row in connection.execute(states))


def apply_report(connection: Connection, facts: MailFacts, at: datetime) -> MailReason:
    """Keep at our e-mail what the report says of it; return what came of that."""
    parcels = ours(connection, facts.about)
    if not parcels or not facts.reports:
        return MailReason.REPORT_UNKNOWN
    used = False
    for person, address in _receivers(connection, parcels):
        mine = [one for one in facts.reports if address in {one.recipient, one.original}]
        # Who has e-mail forwarded gets reports about an address that is not the one we know.
        used = _keep(connection, parcels, person, mine or facts.reports, at) or used
        bad = [one for one in mine if one.address_is_bad and address]
        if bad:
            _fault(connection, address, bad[0].status, at)
        if any(one.failed for one in mine or facts.reports):
            _tell(connection, person, bad=bool(bad), at=at)
    return MailReason.REPORT_USED if used else MailReason.REPORT_UNKNOWN


def fault_of(connection: Connection, address: str) -> str:
    """Return why nothing is sent to *address* any more; "" when it is sound."""
    row = connection.execute(
        select(_FAULTS.c.reason).where(_FAULTS.c.address == address.strip().lower())
    ).first()
    return "" if row is None else str(row[0])


def mend(connection: Connection, address: str) -> bool:
    """Send to *address* again, as it was mended; return whether it had a fault."""
    gone = delete(_FAULTS).where(_FAULTS.c.address == address.strip().lower())
    return connection.execute(gone).rowcount > 0


def faults(connection: Connection) -> list[tuple[str, datetime, str]]:
    """Return the addresses that refused for good, since when and why, the newest first."""
    rows = connection.execute(
        select(_FAULTS.c.address, _FAULTS.c.since, _FAULTS.c.reason).order_by(
            _FAULTS.c.since.desc(), _FAULTS.c.address
        )
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _receivers(connection: Connection, parcels: tuple[str, ...]) -> list[tuple[str, str]]:
    found = (
        select(_DELIVERIES.c.destination, _PERSONS.c.email)
        .distinct()
        .join(_PERSONS, _PERSONS.c.id == _DELIVERIES.c.destination)
        .where(_DELIVERIES.c.bundle.in_(parcels), _DELIVERIES.c.channel == EMAIL)
    )
    return [(row[0], row[1].strip().lower()) for row in connection.execute(found)]


def _keep(
    connection: Connection,
    parcels: tuple[str, ...],
    person: str,
    reports: Iterable[DeliveryReport],
    at: datetime,
) -> bool:
    used = False
    for one in reports:
        told = " ".join(part for part in (one.action, one.status) if part)
        values: dict[str, object] = {"failure": f"the mail server reports: {told}"}
        states: tuple[str, ...] = _SENT
        if one.failed:
            values |= {"state": DeliveryState.FAILED.value, "done_at": at}
        elif one.delivered:
            states = (DeliveryState.SENT.value,)
            values = {"state": DeliveryState.DELIVERED.value, "done_at": at}
        elif one.action == "delayed":
            states = (DeliveryState.SENT.value,)
        else:
            continue
        changed = connection.execute(
            update(_DELIVERIES)
            .where(
                _DELIVERIES.c.bundle.in_(parcels),
                _DELIVERIES.c.channel == EMAIL,
                _DELIVERIES.c.destination == person,
                _DELIVERIES.c.state.in_(states),
            )
            .values(**values)
        )
        used = used or changed.rowcount > 0
    return used


def _fault(connection: Connection, address: str, status: str, at: datetime) -> None:
    insert = insert_sqlite if connection.dialect.name == SQLITE else insert_postgresql
    connection.execute(
        insert(_FAULTS)
        .values(address=address, since=at, reason=status, told_at=at)
        .on_conflict_do_nothing()
    )
    log.warning("address_refused", object="address", result=status)


def _tell(connection: Connection, person: str, *, bad: bool, at: datetime) -> None:
    """Tell the administrators, at most once a day per person."""
    day = at.astimezone(AMSTERDAM).date().isoformat()
    if bad:
        reason = Text(
            f"Het e-mailadres van gebruiker {person} neemt geen berichten aan.",
            f"The e-mail address of user {person} takes no messages.",
        )
        otherwise = Text(
            "Er gaat geen e-mail meer heen, tot het adres is verbeterd. In de inbox staat alles.",
            "No e-mail is sent there until the address is mended. The inbox has everything.",
        )
    else:
        reason = Text(
            f"Een e-mail aan gebruiker {person} kwam niet aan.",
            f"An e-mail to user {person} did not arrive.",
        )
        otherwise = Text(
            "De volgende e-mail wordt gewoon verstuurd. In de inbox staat alles.",
            "The next e-mail is sent as always. The inbox has everything.",
        )
    announce(
        connection,
        key=f"email:{person}:{day}:{'bad' if bad else 'bounced'}",
        type="destination-failing",
        to=administrators(connection),
        reason=reason,
        why=Text(
            "U krijgt dit omdat u beheerder bent.", "You get this because you are administrator."
        ),
        otherwise=otherwise,
        at=at,
    )
