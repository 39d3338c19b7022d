"""Reply addresses: a secret for one person about one case, of which only the hash is kept."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow, PartyRow, ReplyAddressRow
from impasse.domain.inbound import ADDRESS_LASTS, QUARANTINE_LASTS
from impasse.domain.people import Role
from impasse.domain.rooms import Room, RoomKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from impasse.domain.people import Person

LOCAL_PART = "antwoord"
"""How the addresses begin: antwoord+SECRET@domain."""

_BYTES = 20
"""160 bits, in hexadecimal: some programs write every address in small letters."""

_ADDRESSES, _CASES, _PARTIES = table(ReplyAddressRow), table(CaseRow), table(PartyRow)
_TOKEN = re.compile(rf"{LOCAL_PART}\+([0-9a-f]{{{2 * _BYTES}}})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ReplyAddress:
    """For whom and about which case a reply address is, and for which room it was given."""

    hash: str
    person: str
    case: str
    room: str
    ends_at: datetime


class ReplyAddresses:
    """Gives out reply addresses at *domain*; with "" no e-mail comes in and none is given.

    *mediator_writes* answers whether this version of a procedure has a room for the mediator alone.
    """

    def __init__(self, domain: str, mediator_writes: Callable[[str, str], bool]) -> None:
        self._domain = domain
        self._mediator_writes = mediator_writes

    def address_for(
        self, connection: Connection, person: Person, subject: str, at: datetime
    ) -> str:
        """Return a new address to which *person* can reply about the case *subject*.

        It is "" when there is nowhere to reply to: *subject* is no case, or the person has no
        private room there. Every e-mail has an address of its own, so that one which leaks is one
        of many.
        """
        room = self._room(connection, person, subject) if self._domain else None
        if room is None:
            return ""
        token = secrets.token_hex(_BYTES)
        connection.execute(
            insert(_ADDRESSES).values(
                hash=_hash(token),
                person_id=person.id,
                subject=subject,
                room=room.key,
                created_at=at,
                ends_at=at + ADDRESS_LASTS,
                last_used_at=None,
            )
        )
        return f"{LOCAL_PART}+{token}@{self._domain}"

    def _room(self, connection: Connection, person: Person, subject: str) -> Room | None:
        """Return the room of who speaks for a party to the case, or of its mediator with one."""
        if not subject or Role.SUPERVISOR in person.roles:
            return None
        case = connection.execute(
            select(_CASES.c.mediator, _CASES.c.workflow, _CASES.c.workflow_version).where(
                _CASES.c.id == subject
            )
        ).first()
        if case is None:
            return None
        party = connection.execute(
            select(_PARTIES.c.case_id).where(
                _PARTIES.c.case_id == subject, _PARTIES.c.organisation == person.organisation
            )
        ).first()
        if party is not None:
            speaks = Role.LIAISON_OFFICER in person.roles
            return Room(RoomKind.SIDE, person.organisation) if speaks else None
        mediates = Role.MEDIATOR in person.roles and case.mediator == person.id
        if not mediates or not self._mediator_writes(case.workflow, case.workflow_version):
            return None
        return Room(RoomKind.MEDIATOR, mediator=person.id)


def hash_in(local_part: str) -> str:
    """Return the hash of the secret in the part of an address before the @; "" without one."""
    found = _TOKEN.fullmatch(local_part)
    return "" if found is None else _hash(found[1])


def without_secrets(text: str) -> str:
    """Return *text* without the secrets of reply addresses, such as a quoted e-mail repeats."""
    return _TOKEN.sub(f"{LOCAL_PART}+…", text)


def address_called(connection: Connection, key: str) -> ReplyAddress | None:
    """Return for whom the address with this hash is, ended or not; None when there is none."""
    row = connection.execute(select(_ADDRESSES).where(_ADDRESSES.c.hash == key)).first()
    if row is None:
        return None
    return ReplyAddress(row.hash, row.person_id, row.subject, row.room, row.ends_at)


def rooms_given(connection: Connection, person: str, case: str) -> frozenset[str]:
    """Return for which rooms of *case* this person was given addresses."""
    given = select(_ADDRESSES.c.room).where(
        _ADDRESSES.c.person_id == person, _ADDRESSES.c.subject == case
    )
    return frozenset(connection.scalars(given))


def used(connection: Connection, key: str, at: datetime) -> None:
    """Keep that somebody replied to the address with this hash."""
    connection.execute(update(_ADDRESSES).where(_ADDRESSES.c.hash == key).values(last_used_at=at))


def drop_ended(connection: Connection, at: datetime) -> int:
    """Forget addresses that ended so long ago that no e-mail waits for them; return how many."""
    ended = delete(_ADDRESSES).where(_ADDRESSES.c.ends_at < at - QUARANTINE_LASTS)
    return connection.execute(ended).rowcount


def _hash(token: str) -> str:
    return sha256(token.lower().encode()).hexdigest()
