"""The calendars that were adopted, with the very text; one is in force, and each is built once."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, or_, select, text, update

from impasse.adapters.files.calendar import parse_calendar
from impasse.adapters.sql.database import POSTGRESQL, translate, writing
from impasse.adapters.sql.people import reading
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CalendarRow, EntryRow, TermRow
from impasse.domain.errors import Conflict, NotFound, StaleRevision
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection, Engine

    from impasse.domain.calendar import Calendar

_CALENDARS = table(CalendarRow)
_TERMS = table(TermRow)
_ENTRIES = table(EntryRow)
_LOCK = text(f"LOCK TABLE {CalendarRow.__tablename__} IN SHARE ROW EXCLUSIVE MODE")
_LONGEST_NAME = 60
"""Room for the name of who adopted."""


class AdoptedCalendars:
    """The calendar in force, and those that terms and history were reckoned with."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._built: dict[str, Calendar] = {}

    def version_in_force(self) -> str | None:
        """Return the version in force; None when none was adopted. One small query."""
        statement = select(_CALENDARS.c.version).where(_CALENDARS.c.in_force)
        try:
            with self._database.connect() as connection:
                found: str | None = connection.execute(statement).scalar()
        except Exception as error:
            meant = translate(error)
            if meant is error:
                raise
            raise meant from error
        return found

    def in_force(self) -> Calendar | None:
        """Return the calendar in force; None when none was adopted."""
        version = self.version_in_force()
        return None if version is None else self.get(version)

    def get(self, version: str) -> Calendar:
        """Return this version, or raise `NotFound` that names it.

        What counts in a version never changes once adopted, so what was built stays good.
        """
        found = self._built.get(version)
        if found is None:
            row = self.row(version)
            found = parse_calendar(row.content, f"{version}.yaml").called(version)
            self._built[version] = found
        return found

    def row(self, version: str) -> CalendarRow:
        """Return how *version* was adopted, with its text, or raise `NotFound`."""
        with reading(self._database) as session:
            row = session.get(CalendarRow, version)
        if row is None:
            raise NotFound(
                Text(
                    f"Kalender {version} is niet aangenomen. Bekijk de lijst met versies.",
                    f"Calendar {version} has not been adopted. Look at the list of versions.",
                )
            )
        return row

    def list(self) -> list[CalendarRow]:
        """Return every adopted version: the one in force first, then the latest adoption."""
        order = (_CALENDARS.c.in_force.desc(), _CALENDARS.c.adopted_at.desc())
        with reading(self._database) as session:
            found = session.execute(select(CalendarRow).order_by(*order, _CALENDARS.c.version))
            return list(found.scalars())

    def adopt(
        self,
        content: str,
        *,
        by: str,
        at: datetime,
        name: str = "calendar.yaml",
        over: str | None = None,
    ) -> str:
        """Put the calendar that *content* describes into force; return its version.

        *over* is the version that was in force when its adopter looked: when another is by now,
        nothing changes and `StaleRevision` is raised. A version that was adopted before comes into
        force again. Raises `Unreadable` for a content with faults, *name* being its file.
        """
        calendar = parse_calendar(content, name)
        with writing(self._database) as connection:
            if not self._change(connection, calendar, content, by, at, over=over):
                return calendar.version
        self._built[calendar.version] = calendar
        return calendar.version

    def reckoned_with(self, version: str) -> bool:
        """Whether a term was reckoned with *version*, kept here or not."""
        found = select(_TERMS.c.case_id).where(_TERMS.c.calendar_version == version).limit(1)
        with reading(self._database) as session:
            return session.execute(found).first() is not None

    def keep(
        self,
        content: str,
        *,
        by: str,
        at: datetime,
        name: str = "calendar.yaml",
        version: str | None = None,
    ) -> str:
        """Add the calendar that *content* describes, not in force, unless it is there already.

        *version* is how an earlier release called it.
        """
        calendar = parse_calendar(content, name)
        calendar = calendar.called(version or calendar.version)
        with writing(self._database) as connection:
            self._lock(connection)
            if _place(connection, calendar.version) is None:
                row = _row(calendar, content, by, at, in_force=False)
                connection.execute(_CALENDARS.insert(), row)
        return calendar.version

    def delete(self, version: str) -> None:
        """Remove a version that nothing refers to.

        Raises `NotFound`, and `Conflict` when it is in force or when a term or an entry of history
        was reckoned with it: without the calendar nobody could reckon that again.
        """
        with writing(self._database) as connection:
            self._lock(connection)
            in_force = _place(connection, version)
            if in_force is None:
                raise NotFound(
                    Text(
                        f"Kalender {version} is niet aangenomen.",
                        f"Calendar {version} has not been adopted.",
                    )
                )
            if in_force:
                raise Conflict(
                    Text(
                        f"Kalender {version} geldt nu en blijft dus bewaard. Neem eerst een andere "
                        "kalender aan.",
                        f"Calendar {version} is in force, so it is kept. Adopt another calendar "
                        "first.",
                    )
                )
            _refuse_in_use(connection, version)
            connection.execute(delete(_CALENDARS).where(_CALENDARS.c.version == version))
        self._built.pop(version, None)

    def _change(
        self,
        connection: Connection,
        calendar: Calendar,
        content: str,
        by: str,
        at: datetime,
        *,
        over: str | None,
    ) -> bool:
        """Let *calendar* be the one in force; False when it is already."""
        self._lock(connection)
        now = connection.execute(select(_CALENDARS.c.version).where(_CALENDARS.c.in_force)).scalar()
        if over is not None and now != over:
            raise _someone_was_first(over, now)
        if now == calendar.version:
            return False
        known = _place(connection, calendar.version) is not None
        connection.execute(update(_CALENDARS).where(_CALENDARS.c.in_force).values(in_force=False))
        row = _row(calendar, content, by, at, in_force=True)
        if known:
            again = {key: row[key] for key in ("adopted_at", "adopted_by", "in_force")}
            statement = update(_CALENDARS).where(_CALENDARS.c.version == calendar.version)
            connection.execute(statement.values(again))
        else:
            connection.execute(_CALENDARS.insert(), row)
        return True

    def _lock(self, connection: Connection) -> None:
        """Let one adoption wait for another; on SQLite there is one writer anyhow."""
        if self._database.dialect.name == POSTGRESQL:
            connection.execute(_LOCK)


def _row(
    calendar: Calendar, content: str, by: str, at: datetime, *, in_force: bool
) -> Mapping[str, object]:
    return {
        "version": calendar.version,
        "edition": calendar.edition,
        "content_hash": hashlib.sha256(content.encode()).hexdigest(),
        "content": content,
        "adopted_at": at,
        "adopted_by": by[:_LONGEST_NAME],
        "in_force": in_force,
    }


def _place(connection: Connection, version: str) -> bool | None:
    """Whether *version* is in force; None when it was never adopted."""
    statement = select(_CALENDARS.c.in_force).where(_CALENDARS.c.version == version)
    found: bool | None = connection.execute(statement).scalar()
    return found


def _refuse_in_use(connection: Connection, version: str) -> None:
    terms = _count(
        connection,
        _TERMS,
        or_(_TERMS.c.calendar_version == version, _TERMS.c.checked_with == version),
    )
    written = json.dumps(version, ensure_ascii=False)
    entries = _count(connection, _ENTRIES, _ENTRIES.c.content.contains(written, autoescape=True))
    if terms or entries:
        raise Conflict(
            Text(
                f"Met kalender {version} is gerekend: {_terms(terms).nl} en {_entries(entries).nl} "
                "verwijzen ernaar. Zij blijft bewaard, zodat elke datum na te rekenen is.",
                f"Calendar {version} was reckoned with: {_terms(terms).en} and "
                f"{_entries(entries).en} refer to it. It is kept, so that every date can be "
                "reckoned again.",
            )
        )


def _count(connection: Connection, of: Table, condition: object) -> int:
    statement = select(func.count()).select_from(of).where(condition)  # type: ignore[arg-type]
    return int(connection.execute(statement).scalar_one())


def _terms(count: int) -> Text:
    return Text(
        "1 termijn" if count == 1 else f"{count} termijnen",
        "1 term" if count == 1 else f"{count} terms",
    )


def _entries(count: int) -> Text:
    return Text(
        "1 regel in het logboek" if count == 1 else f"{count} regels in het logboek",
        "1 entry of history" if count == 1 else f"{count} entries of history",
    )


def _someone_was_first(over: str, now: str | None) -> StaleRevision:
    return StaleRevision(
        Text(
            f"U keek naar kalender {over}, maar intussen geldt {now or 'geen kalender'}. Er is "
            "niets veranderd. Bekijk de kalender opnieuw en breng uw wijziging daarin aan.",
            f"You looked at calendar {over}, but {now or 'no calendar'} is in force by now. "
            "Nothing was changed. Look at the calendar again and make your change there.",
        )
    )
