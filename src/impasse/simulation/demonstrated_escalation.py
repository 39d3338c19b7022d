"""Escalation while the demonstration is told: runs begin and go on in the time of the stories."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import update

from impasse.adapters.sql.database import writing
from impasse.adapters.sql.outbox import SqlOutbox
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import OutboxRow
from impasse.domain.escalation import Directory
from impasse.engine.herald import Herald

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from impasse.domain.people import Person
    from impasse.wiring import House

_FRESH = timedelta(days=14)
"""What happened so long ago at most is told to people when the service starts; the rest is past."""

_MOST = 1_000
_OUTBOX = table(OutboxRow)


class ToldEscalation:
    """Starts what messages start, while people are invented and nobody can sign in yet."""

    def __init__(
        self, house: House, people: Iterable[Person], on_duty: dict[str, str], now: datetime
    ) -> None:
        self._house = house
        self._herald = Herald(house.engine)
        self._outbox = SqlOutbox(house.database)
        self._fresh_since = now - _FRESH
        self._heard: set[str] = set()
        there = Directory({person.id: person for person in people}, {}, on_duty, {})
        house.engine.directory = lambda _at: there

    def hear(self, at: datetime) -> None:
        """Start what new messages ask for; what is long past nobody has to be told any more."""
        found = self._outbox.new(at, _MOST)
        new = [message for message in found if message.id not in self._heard]
        if not new:
            return
        self._heard |= {message.id for message in new}
        self._herald.hear(new)
        if at < self._fresh_since:
            with writing(self._house.database) as connection:
                connection.execute(
                    update(_OUTBOX).where(_OUTBOX.c.spread_at.is_(None)).values(spread_at=at)
                )
