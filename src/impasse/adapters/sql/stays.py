"""Stays in stages that really happened, as simulation and forecast count them: no case is named."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select

from impasse.adapters.sql.database import translate
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow, EntryRow, TermRow
from impasse.domain.case import Status, TermState, Visibility
from impasse.domain.forecast import PastStay, forecast
from impasse.domain.term_acts import suspended

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection, Engine

    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Case, Term
    from impasse.domain.forecast import Forecast

_CASES, _ENTRIES, _TERMS = table(CaseRow), table(EntryRow), table(TermRow)

MOST_CASES = 300
"""A forecast looks at so many cases, the newest: older ones say less of the present."""

ALL_CASES = 20_000
"""A simulation looks at so many."""

_AT_ONCE = 400
"""So many cases per question: fewer than any database has room for in one list."""

_MOVED = ("case_opened", "stage_changed", "migrated", "migration_undone")
_HALTED = ("term_suspended", "term_resumed")


@dataclass(frozen=True, slots=True)
class KeptStay:
    """One stay in a stage: working days until it ended, or until today when it goes on.

    `suspended` are the working days among them on which the clock stood still; `trigger` is the
    move that ended it, "" when none did; `by_clock` tells that no person made it.
    """

    stage: str
    working_days: int
    suspended: int
    finished: bool
    trigger: str = ""
    by_clock: bool = False

    @property
    def net(self) -> int:
        """Working days on which the clock ran."""
        return max(0, self.working_days - self.suspended)

    @property
    def past(self) -> PastStay:
        """The stay as a forecast counts it."""
        return PastStay(self.working_days, self.finished, self.suspended)


def kept_stays(
    database: Engine,
    calendar: Calendar,
    today: date,
    *,
    name: str,
    stage: str = "",
    without: str = "",
    most: int = ALL_CASES,
) -> list[KeptStay]:
    """Return the stays of all cases of procedure *name*, whatever its version.

    With *stage* only those in that stage; *without* leaves out one case; of the cases the newest
    *most* count. Lessons are left out: they are told, not lived. The stays name no case, so that
    what is counted of them shows nothing of any. Raises `Unavailable` when the database fails.
    """
    found: list[KeptStay] = []
    try:
        with database.connect() as connection:
            closed = _cases(connection, name, stage, without, most)
            for life in _lives(connection, closed):
                found += life.stays(calendar, today)
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error
    return [stay for stay in found if stay.stage and stage in {"", stay.stage}]


def forecast_of(database: Engine, calendar: Calendar, case: Case, today: date) -> Forecast | None:
    """Return how likely it is that the running term of *case* is not met; None without one.

    A pause has nothing to meet, and a lesson is over. Every case of the procedure counts, also
    those that a reader may not see: of them only how many there were is told.
    """
    term = case.term
    if term is None or case.status is not Status.OPEN or case.visibility is Visibility.LESSON:
        return None
    if term.state not in _RUNNING or today > term.end:
        return None
    past = kept_stays(
        database,
        calendar,
        today,
        name=case.workflow,
        stage=case.stage,
        without=case.id,
        most=MOST_CASES,
    )
    return forecast(
        (stay.past for stay in past),
        _net(term, today, calendar),
        _net(term, term.end, calendar),
    )


_RUNNING = frozenset({TermState.RUNNING, TermState.SUSPENDED})


def _net(term: Term, until: date, calendar: Calendar) -> int:
    """Count the working days of *term* up to *until* on which its clock runs."""
    halts = {str(place): span[:2] for place, span in enumerate(suspended(term.acts))}
    until = max(until, term.start)
    days = calendar.working_days_between(term.start, until)
    return max(0, days - _still(halts, term.start, until, calendar))


def _cases(
    connection: Connection, name: str, stage: str, without: str, most: int
) -> dict[str, bool]:
    """Return the cases that count, and whether each is closed."""
    query = (
        select(_CASES.c.id, _CASES.c.status)
        .where(
            _CASES.c.workflow == name,
            _CASES.c.visibility != Visibility.LESSON.value,
            _CASES.c.id != without,
        )
        .order_by(_CASES.c.opened_on.desc(), _CASES.c.id.desc())
        .limit(most)
    )
    if stage:
        query = query.where(
            exists().where(_TERMS.c.case_id == _CASES.c.id, _TERMS.c.stage == stage)
        )
    return {case: status == Status.CLOSED.value for case, status in connection.execute(query)}


def _lives(connection: Connection, closed: dict[str, bool]) -> Iterator[_Life]:
    """Read the history of each case, in order of cases."""
    cases = sorted(closed)
    for place in range(0, len(cases), _AT_ONCE):
        query = (
            select(
                _ENTRIES.c.subject,
                _ENTRIES.c.at,
                _ENTRIES.c.origin,
                _ENTRIES.c.action,
                _ENTRIES.c.content,
            )
            .where(
                _ENTRIES.c.subject.in_(cases[place : place + _AT_ONCE]),
                _ENTRIES.c.action.in_((*_MOVED, *_HALTED)),
            )
            .order_by(_ENTRIES.c.subject, _ENTRIES.c.seq)
        )
        life: _Life | None = None
        for subject, at, origin, action, content in connection.execute(query):
            if life is None or life.case != subject:
                if life is not None:
                    yield life
                life = _Life(subject, closed=closed[subject])
            life.hear(at, origin, action, _told(content))
        if life is not None:
            yield life


def _told(content: str) -> dict[str, Any]:
    """Return what an entry tells: nothing, when its content was destroyed or damaged."""
    try:
        told = json.loads(content) if content else {}
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


@dataclass(slots=True)
class _Begun:
    """A stay while it is read."""

    stage: str
    at: Any
    halts: dict[str, tuple[date, date]]
    ended_at: Any = None
    trigger: str = ""
    by_clock: bool = False


class _Life:
    """The stays of one case, while its history is read."""

    def __init__(self, case: str, *, closed: bool) -> None:
        self.case = case
        self._closed = closed
        self._begun: list[_Begun] = []

    def hear(self, at: Any, origin: str, action: str, told: dict[str, Any]) -> None:  # noqa: ANN401 an instant
        """Take in one entry."""
        if action == "case_opened":
            self._begun.append(_Begun(str(told.get("stage", "")), at, {}))
        elif not self._begun:
            return
        elif action == "stage_changed":
            self._leave(at, origin, told)
        elif action in _MOVED:
            # A migration is no step: the stay goes on under another name. What was before one
            # from another procedure was no stay in this one.
            if _name(told.get("from")) != _name(told.get("to")):
                del self._begun[:-1]
            self._begun[-1].stage = str(told.get("to_stage") or self._begun[-1].stage)
        else:
            self._halt(action, told)

    def _leave(self, at: Any, origin: str, told: dict[str, Any]) -> None:  # noqa: ANN401 an instant
        last = self._begun[-1]
        # The entry that opened a case does not always name its stage; the one that leaves it does.
        last.stage = last.stage or str(told.get("from", ""))
        last.ended_at, last.trigger = at, str(told.get("trigger", ""))
        last.by_clock = origin == "clock"
        self._begun.append(_Begun(str(told.get("to", "")), at, {}))

    def _halt(self, action: str, told: dict[str, Any]) -> None:
        halts, key = self._begun[-1].halts, str(told.get("suspension", ""))
        if action == "term_suspended":
            first, last = _day(told.get("begins_on")), _day(told.get("until"))
            if first and last:
                halts[key] = (first, last)
        elif key in halts and (ended := _day(told.get("ended_on"))):
            halts[key] = (halts[key][0], ended)

    def stays(self, calendar: Calendar, today: date) -> Iterator[KeptStay]:
        """Yield the stays; where a closed case ended is none."""
        for place, stay in enumerate(self._begun):
            if self._closed and place + 1 == len(self._begun):
                return
            since = calendar.local_day(stay.at)
            until = today if stay.ended_at is None else calendar.local_day(stay.ended_at)
            yield KeptStay(
                stay.stage,
                max(0, calendar.working_days_between(since, until)),
                _still(stay.halts, since, until, calendar),
                stay.ended_at is not None,
                stay.trigger,
                stay.by_clock,
            )


def _name(reference: object) -> str:
    return str(reference).partition("@")[0]


def _day(written: object) -> date | None:
    try:
        return date.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        return None


def _still(
    halts: dict[str, tuple[date, date]], since: date, until: date, calendar: Calendar
) -> int:
    """Count the working days of a stay on which its clock stood still; an overlap counts once."""
    days, counted = 0, since
    for first, last in sorted(halts.values()):
        begun, ended = max(first, counted), min(last, until)
        if ended > begun:
            days += calendar.working_days_between(begun, ended)
            counted = ended
    return days
