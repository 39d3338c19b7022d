"""How many e-mails each person gets in a week: measured, and shown to who looks after the service.

Numbers only. Of which cases they were, and who wrote to whom, nothing can be read from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from impasse.adapters.sql.database import translate
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import DeliveryRow
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.notification import MAILS_PER_WEEK
from impasse.domain.quiet_hours import moment_on
from impasse.engine.outbox import EMAIL, DeliveryState

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

_DELIVERIES = table(DeliveryRow)
_LEFT = (DeliveryState.SENT.value, DeliveryState.DELIVERED.value)


@dataclass(frozen=True, slots=True)
class MailBudget:
    """The e-mails of one week, from Monday up to now, per person who got any, most first."""

    monday: date
    most: int
    mails: tuple[tuple[str, int], ...]

    @property
    def over(self) -> tuple[tuple[str, int], ...]:
        """Who got more than the budget."""
        return tuple((person, count) for person, count in self.mails if count > self.most)


def mail_budget(database: Engine, at: datetime, *, weeks_ago: int = 0) -> MailBudget:
    """Return what was mailed in the week of *at*, or so many weeks before; digests count too.

    Raises `Unavailable` when the database fails.
    """
    today = at.astimezone(AMSTERDAM).date()
    monday = today - timedelta(days=today.weekday() + 7 * weeks_ago)
    begin = moment_on(monday, time())
    end = moment_on(monday + timedelta(days=7), time())
    mails = func.count(_DELIVERIES.c.bundle.distinct())
    query = (
        select(_DELIVERIES.c.destination, mails)
        .where(
            _DELIVERIES.c.channel == EMAIL,
            _DELIVERIES.c.state.in_(_LEFT),
            _DELIVERIES.c.done_at >= begin,
            _DELIVERIES.c.done_at < end,
        )
        .group_by(_DELIVERIES.c.destination)
        .order_by(mails.desc(), _DELIVERIES.c.destination)
    )
    try:
        with database.connect() as connection:
            found = tuple((person, int(count)) for person, count in connection.execute(query))
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error
    return MailBudget(monday, MAILS_PER_WEEK, found)
