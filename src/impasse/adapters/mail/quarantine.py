"""Quarantine: e-mail that waits for an administrator, who judges it without reading it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import delete, func, select, update

from impasse.adapters.mail.administrators import administrators
from impasse.adapters.mail.reply_addresses import LOCAL_PART, drop_ended
from impasse.adapters.sql.announcing import announce
from impasse.adapters.sql.database import translate, writing
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import InboundMailRow
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.errors import Conflict, Fault, Invalid, NotAllowed, NotFound
from impasse.domain.inbound import (
    QUARANTINE_LASTS,
    WARNED_BEFORE,
    MailKind,
    MailReason,
    MailState,
)
from impasse.domain.people import Role
from impasse.domain.storable import LONGEST_NAME
from impasse.domain.text import Text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.engine import Connection, Engine, Row

    from impasse.domain.people import Actor

log = structlog.get_logger("impasse.mail")

KEPT = timedelta(days=180)
"""So long it is known that an e-mail came in and what was done with it."""

_MAILS = table(InboundMailRow)
_SHOWN = (
    "id", "received_at", "sender", "recipient", "kind", "state", "reason", "person_id", "size",
    "settled_at", "settled_by",
)  # fmt: skip
"""What may be known of an e-mail: neither its subject nor its case, and not a word of it."""


@dataclass(frozen=True, slots=True)
class InboundMail:
    """An e-mail as an administrator sees it. `size` is in bytes.

    `to_reply_address` is whether it came to a reply address, `person` whose that is. `note` is why
    somebody threw it away. `discarded_at` is when that happens if nobody decides.
    """

    id: str
    received_at: datetime
    sender: str
    to_reply_address: bool
    kind: MailKind
    state: MailState
    reason: MailReason
    note: str
    person: str
    size: int
    settled_at: datetime | None
    settled_by: str
    discarded_at: datetime | None

    @property
    def can_be_released(self) -> bool:
        """Whether an administrator can have it filed."""
        waits = self.state is MailState.QUARANTINED
        return waits and bool(self.person) and self.reason.can_be_released


def refuse_stranger(actor: Actor) -> None:
    """Raise `NotAllowed` for who is no administrator."""
    if not actor.has(Role.ADMINISTRATOR):
        raise NotAllowed(
            Text(
                "Binnengekomen e-mail is aan de beheerder.",
                "E-mail that came in is looked after by the administrator.",
            )
        )


class Quarantine:
    """E-mail that came in, as its keepers see it."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def mails(
        self, *, state: MailState | None = MailState.QUARANTINED, after: str = "", limit: int = 100
    ) -> list[InboundMail]:
        """Return e-mail in this state (in any, with None), the newest first.

        *after* is the number of the last one of the page before.
        """
        query = select(*(_MAILS.c[name] for name in _SHOWN))
        if state is not None:
            query = query.where(_MAILS.c.state == state.value)
        newest = (_MAILS.c.received_at.desc(), _MAILS.c.id.desc())
        if after:
            last = self.one(after)
            query = query.where(
                (_MAILS.c.received_at < last.received_at)
                | ((_MAILS.c.received_at == last.received_at) & (_MAILS.c.id < last.id))
            )
        return self._read(query.order_by(*newest).limit(limit))

    def one(self, number: str) -> InboundMail:
        """Return one e-mail, or raise `NotFound`."""
        query = select(*(_MAILS.c[name] for name in _SHOWN)).where(_MAILS.c.id == number)
        found = self._read(query) if number.isprintable() else []
        if not found:
            raise no_such_mail(number)
        return found[0]

    def waiting(self) -> int:
        """Return how many wait for a decision."""
        query = select(func.count()).where(_MAILS.c.state == MailState.QUARANTINED.value)
        with self._database.connect() as connection:
            return int(connection.execute(query).scalar() or 0)

    def discard(self, number: str, reason: str, *, by: str, at: datetime) -> InboundMail:
        """Throw an e-mail away, unread, with a reason.

        Raises `NotFound`, `Invalid` without a reason, or `Conflict` when it was settled already.
        """
        note = " ".join(reason.split())
        if not note or len(note) > LONGEST_NAME or not note.isprintable():
            raise Invalid(
                Text("Dit kan zo niet worden weggegooid.", "It cannot be discarded like this."),
                [
                    Fault(
                        "/reason",
                        Text(
                            f"Schrijf waarom, in ten hoogste {LONGEST_NAME} gewone tekens.",
                            f"Write down why, in at most {LONGEST_NAME} plain characters.",
                        ),
                    )
                ],
            )
        found = self.one(number)
        with writing(self._database) as connection:
            gone = _discard(connection, MailReason.BY_HAND, note, by, at, number=found.id)
        if not gone:
            raise settled_already()
        log.info("mail_discarded", object=number, result="by hand", actor=by)
        return self.one(number)

    def tidy(self, at: datetime) -> int:
        """Throw away what nobody settled in time, warn before that, and forget what is old.

        Return how many were thrown away.
        """
        with writing(self._database) as connection:
            gone = _discard(
                connection, MailReason.TOO_LONG_AGO, "", "", at, before=at - QUARANTINE_LASTS
            )
            soon = select(func.count()).where(
                _MAILS.c.state == MailState.QUARANTINED.value,
                _MAILS.c.received_at <= at - QUARANTINE_LASTS + WARNED_BEFORE,
            )
            ending = int(connection.execute(soon).scalar() or 0)
            if ending:
                _warn(connection, ending, at)
            connection.execute(
                delete(_MAILS).where(
                    _MAILS.c.settled_at.is_not(None), _MAILS.c.settled_at < at - KEPT
                )
            )
            drop_ended(connection, at)
        if gone:
            log.info("mail_discarded", object="quarantine", result=f"{gone} too long ago")
        return gone

    def _read(self, query: Select[Any]) -> list[InboundMail]:
        try:
            with self._database.connect() as connection:
                return [_mail(row) for row in connection.execute(query)]
        except Exception as error:
            meant = translate(error)
            if meant is error:
                raise
            raise meant from error


def no_such_mail(number: str) -> NotFound:
    """Return the error for an e-mail that is not there."""
    shown = number[:40] if number.isprintable() else ""
    return NotFound(Text(f"E-mail {shown} is er niet.", f"There is no e-mail {shown}."))


def settled_already() -> Conflict:
    """Return the error for an e-mail about which somebody decided before."""
    return Conflict(Text("Over deze e-mail is al beslist.", "This e-mail was settled already."))


def tell_of_quarantine(connection: Connection, at: datetime) -> None:
    """Tell the administrators that something waits, at most once a day."""
    announce(
        connection,
        key=_day(at),
        type="mail-quarantined",
        to=administrators(connection),
        reason=Text(
            "Er kwam e-mail binnen die niet vanzelf kon worden opgenomen.",
            "E-mail came in that could not be filed by itself.",
        ),
        why=_WHY,
        otherwise=Text(
            "Wat na 30 dagen nog wacht, wordt ongelezen weggegooid. U hoort dat een week vooraf.",
            "What still waits after 30 days is discarded unread. You hear so a week before.",
        ),
        at=at,
    )


_WHY = Text("U krijgt dit omdat u beheerder bent.", "You get this because you are administrator.")


def _warn(connection: Connection, ending: int, at: datetime) -> None:
    year, week, _ = at.astimezone(AMSTERDAM).date().isocalendar()
    announce(
        connection,
        key=f"ending:{year}-{week:02}",
        type="mail-quarantined",
        to=administrators(connection),
        reason=Text(
            f"{ending} e-mail(s) in quarantaine: binnen een week weggegooid.",
            f"{ending} e-mail(s) in quarantine: discarded within a week.",
        ),
        why=_WHY,
        otherwise=Text(
            "Ze worden ongelezen weggegooid; de afzender hoort dat niet van ons.",
            "They are discarded unread; the sender does not hear so from us.",
        ),
        at=at,
    )


def _discard(
    connection: Connection,
    reason: MailReason,
    note: str,
    by: str,
    at: datetime,
    *,
    number: str = "",
    before: datetime | None = None,
) -> int:
    waits = _MAILS.c.state == MailState.QUARANTINED.value
    which = _MAILS.c.id == number if before is None else _MAILS.c.received_at <= before
    return connection.execute(
        update(_MAILS)
        .where(waits, which)
        .values(
            state=MailState.DISCARDED.value,
            reason=f"{reason.value}\n{note}" if note else reason.value,
            raw=b"",
            settled_at=at,
            settled_by=by,
        )
    ).rowcount


def _mail(row: Row[Any]) -> InboundMail:
    known = dict(zip(_SHOWN, row, strict=True))
    reason, _, note = known["reason"].partition("\n")
    state = MailState(known["state"])
    waits = state is MailState.QUARANTINED
    return InboundMail(
        id=known["id"],
        received_at=known["received_at"],
        sender=known["sender"],
        to_reply_address=known["recipient"].startswith(f"{LOCAL_PART}#"),
        kind=MailKind(known["kind"]),
        state=state,
        reason=MailReason(reason),
        note=note,
        person=known["person_id"],
        size=known["size"],
        settled_at=known["settled_at"],
        settled_by=known["settled_by"],
        discarded_at=known["received_at"] + QUARANTINE_LASTS if waits else None,
    )


def _day(at: datetime) -> str:
    return at.astimezone(AMSTERDAM).date().isoformat()
