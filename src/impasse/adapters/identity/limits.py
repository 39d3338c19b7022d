"""How often something may be tried within a while, counted in the database for all processes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

from sqlalchemy import Integer, bindparam
from sqlalchemy import text as statement

from impasse.adapters.sql.tables import Instant
from impasse.domain.errors import Conflict
from impasse.domain.text import Text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

FORGOTTEN = timedelta(days=1)
"""After this time nothing is left of what somebody tried."""


class TooManyTries(Conflict):
    """Somebody tried too often; after so many *seconds* it is possible again."""

    def __init__(self, seconds: int) -> None:
        minutes = math.ceil(seconds / 60)
        super().__init__(
            Text(
                f"Er is te vaak geprobeerd. Wacht {minutes} "
                f"{'minuut' if minutes == 1 else 'minuten'} en probeer het dan weer.",
                f"There were too many tries. Wait {minutes} "
                f"{'minute' if minutes == 1 else 'minutes'} and try again.",
            )
        )
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many times within *window*, counted from the first."""

    name: str
    most: int
    window: timedelta

    def of(self, what: str) -> str:
        """Return the name under which *what* is counted; what was typed is not kept readable."""
        return f"{self.name} {sha256(what.encode('utf-8', 'surrogatepass')).hexdigest()}"


# Once more within the window, or the first of a new one; a clock that was set back begins anew.
_TAKE = (
    statement(
        "INSERT INTO attempts (name, count, began_at) VALUES (:name, 1, :at) "
        "ON CONFLICT (name) DO UPDATE SET "
        "count = CASE WHEN attempts.began_at <= :before OR attempts.began_at > :at "
        "THEN 1 ELSE attempts.count + 1 END, "
        "began_at = CASE WHEN attempts.began_at <= :before OR attempts.began_at > :at "
        "THEN :at ELSE attempts.began_at END "
        "RETURNING count, began_at"
    )
    .bindparams(bindparam("at", type_=Instant()), bindparam("before", type_=Instant()))
    .columns(count=Integer(), began_at=Instant())
)
_GIVE_BACK = statement("UPDATE attempts SET count = count - 1 WHERE name = :name AND count > 0")
_FORGET = statement("DELETE FROM attempts WHERE began_at < :before").bindparams(
    bindparam("before", type_=Instant())
)


def take(session: Session, limit: Limit, what: str, at: datetime) -> int:
    """Count one more try; return the seconds to wait when that is too many, else 0."""
    values = {"name": limit.of(what), "at": at, "before": at - limit.window}
    row = session.execute(_TAKE, values).one()
    count: int = row[0]
    began_at: datetime = row[1]
    if count == 1:
        session.execute(_FORGET, {"before": at - FORGOTTEN})
    if count <= limit.most:
        return 0
    return max(1, math.ceil((began_at + limit.window - at).total_seconds()))


def give_back(session: Session, limit: Limit, what: str) -> None:
    """Count one try less: it was no guess."""
    session.execute(_GIVE_BACK, {"name": limit.of(what)})


def network_of(address: str) -> str:
    """Return from where *address* comes, as it is counted: of IPv6 the first half, a network."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return found.exploded[:19]
    return str(found)
