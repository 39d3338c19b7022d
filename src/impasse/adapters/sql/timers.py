"""What the alarm clock wants to know of the timers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import literal_column, select

from impasse.adapters.sql.database import translate
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import TimerRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Engine


def next_wake(database: Engine) -> datetime | None:
    """Return the moment at which the first armed timer must be tried, or None without any."""
    timers = table(TimerRow)
    statement = (
        select(timers.c.wake_at)
        .where(timers.c.state == literal_column("'armed'"))
        .order_by(timers.c.wake_at)
        .limit(1)
    )
    try:
        with database.connect() as connection:
            moment: datetime | None = connection.execute(statement).scalar()
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error
    return moment
