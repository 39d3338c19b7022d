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
    """For whom and about which case a reply address is."""

    hash: str
    person: str
    case: str
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
        if not self._domain or not self._has_room(connection, person, subject):
            return ""
        token = secrets.token_hex(_BYTES)
        connection.execute(
            insert(_ADDRESSES).values(
                hash=_hash(token),
                person_id=person.id,
                subject=subject,
                created_at=at,
                ends_at=at + ADDRESS_LASTS,
                last_used_at=None,
            )
        )
        return f"{LOCAL_PART}+{token}@{self._domain}"

    def _hash(token: str) -> str:
    return sha256(token.lower().encode()).hexdigest()
