"""The courses of cases, read from their history in one pass, as far as the reader may know them."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import ColumnElement, and_, or_, select

from impasse.adapters.sql.database import translate
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow, EntryRow, TermRow
from impasse.adapters.sql.views import visible_cases
from impasse.domain.case import Status, Visibility
from impasse.domain.flow import Course, Halt, Running, Stay, running_days
from impasse.domain.tier import Tier

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.engine import Connection, Engine

    from impasse.domain.calendar import Calendar
    from impasse.domain.people import Actor

_CASES = table(CaseRow)
_ENTRIES = table(EntryRow)
_TERMS = table(TermRow)

_MOVED = ("case_opened", "stage_changed", "migrated", "migration_undone")
_HALTED = ("term_suspended", "term_resumed")
_IN_PLAY = ("running", "expired", "suspended")
_UNKNOWN = ""
"""A stage whose name was destroyed with the content of its entry."""

log = structlog.get_logger("impasse.flow")


class _Trace:
    """What the entries of one case tell, while they are read: starts of stays, and halts."""

    __slots__ = ("halts", "resumed", "starts")
    halts: dict[tuple[int, str], Halt]
    """By the stay in which the clock was stopped, and the number of the suspension in it."""

    def __init__(self) -> None:
        self.starts: list[tuple[str, date]] = []
        # Most cases have none: thousands of empty tables would cost more than the reading.
        self.halts = _NO_HALTS
        self.resumed: frozenset[tuple[int, str]] = frozenset()


_NO_HALTS: dict[tuple[int, str], Halt] = {}


def courses(
    database: Engine,
    actor: Actor,
    calendar: Calendar,
    *,
    name: str,
    version: str = "",
    first: date,
    today: date,
) -> list[Course]:
    """Return the courses of every case of procedure *name* that bears on the days from *first*.

    Those are the cases that *actor* may see, lessons apart, that are open, or were opened or ended
    since *first*. With *version* only cases pinned to it. Days are our own working days, as in the
    ledger. Cases whose row holds a word that is none of ours are left out, and the log says so.
    Raises `Unavailable` when the database fails.
    """
    wanted = _wanted(actor, name, version, first)
    try:
        with database.connect() as connection:
            rows = _cases(connection, wanted)
            traces = _traces(connection, wanted, calendar)
            _mend(connection, traces)
            terms = _terms(connection, wanted)
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error
    found = []
    for row in rows:
        trace = traces.get(row.id)
        if trace is not None and trace.starts:
            found.append(_course(row, trace, terms.get(row.id), today, calendar.agreed))
    return found


def _wanted(actor: Actor, name: str, version: str, first: date) -> ColumnElement[bool]:
    bears = or_(
        _CASES.c.status != Status.CLOSED.value,
        _CASES.c.opened_on >= first,
        # Of a closed case: the day on which it ended, by people or by the clock.
        _CASES.c.stage_since >= first,
    )
    pinned = _CASES.c.workflow == name
    if version:
        pinned = and_(pinned, _CASES.c.workflow_version == version)
    lesson = _CASES.c.visibility == Visibility.LESSON.value
    return and_(visible_cases(actor), pinned, ~lesson, bears)


def _cases(connection: Connection, wanted: ColumnElement[bool]) -> list[Any]:
    names = ("id", "title", "tier", "status", "stage")
    query = select(*(_CASES.c[name] for name in names)).where(wanted).order_by(_CASES.c.id)
    known_tiers, known_states = frozenset(Tier), frozenset(Status)
    kept = []
    for row in connection.execute(query).all():
        if row.tier in known_tiers and row.status in known_states:
            kept.append(row)
        else:
            log.warning("case_left_out", object=row.id, result="unreadable")
    return kept


def _traces(
    connection: Connection, wanted: ColumnElement[bool], calendar: Calendar
) -> dict[str, _Trace]:
    query = (
        select(_ENTRIES.c.subject, _ENTRIES.c.at, _ENTRIES.c.action, _ENTRIES.c.content)
        .join(_CASES, _CASES.c.id == _ENTRIES.c.subject)
        .where(wanted, _ENTRIES.c.action.in_((*_MOVED, *_HALTED)))
        .order_by(_ENTRIES.c.subject, _ENTRIES.c.seq)
    )
    traces: dict[str, _Trace] = defaultdict(_Trace)
    local_day = calendar.local_day
    for subject, at, action, content in connection.execute(query).all():
        trace = traces[subject]
        if action == "case_opened":
            # Where it began, the next step says, or the row of a case that took none.
            trace.starts.append((_UNKNOWN, local_day(at)))
            continue
        told = json.loads(content) if content else {}
        if action in _HALTED:
            _halt(trace, action, told)
        else:
            _move(trace, action, told, local_day(at))
    return traces


def _move(trace: _Trace, action: str, told: Mapping[str, Any], day: date) -> None:
    """Begin a stay; a migration is no step: it gives the present stay another name."""
    if action == "stage_changed":
        if trace.starts and trace.starts[-1][0] == _UNKNOWN and "from" in told:
            trace.starts[-1] = (str(told["from"]), trace.starts[-1][1])
        trace.starts.append((str(told.get("to", _UNKNOWN)), day))
        return
    # An undone migration tells of the migration that it undoes: the case went back.
    told_as = "to_stage" if action == "migrated" else "from_stage"
    if trace.starts and told.get(told_as):
        trace.starts[-1] = (str(told[told_as]), trace.starts[-1][1])


def _halt(trace: _Trace, action: str, told: Mapping[str, Any]) -> None:
    key = (len(trace.starts), str(told.get("suspension", "")))
    if action == "term_suspended":
        begins, until = told.get("begins_on"), told.get("until")
        if begins and until:
            halt = Halt(date.fromisoformat(begins), date.fromisoformat(until))
            trace.halts = {**trace.halts, key: halt}
        return
    trace.resumed |= {key}
    ended = told.get("ended_on")
    if key in trace.halts and ended:
        halt = Halt(trace.halts[key].after, date.fromisoformat(ended))
        trace.halts = {**trace.halts, key: halt}


def _mend(connection: Connection, traces: Mapping[str, _Trace]) -> None:
    """Fill in the stages of entries whose content was destroyed, as far as terms tell them."""
    torn = [
        case
        for case, trace in traces.items()
        if any(stage == _UNKNOWN for stage, _ in trace.starts[:-1])
    ]
    for part in range(0, len(torn), 500):
        query = select(_TERMS.c.case_id, _TERMS.c.stage_entry, _TERMS.c.stage)
        for case, entry, stage in connection.execute(
            query.where(_TERMS.c.case_id.in_(torn[part : part + 500]))
        ):
            starts = traces[case].starts
            if entry <= len(starts) and starts[entry - 1][0] == _UNKNOWN:
                starts[entry - 1] = (stage, starts[entry - 1][1])


def _terms(connection: Connection, wanted: ColumnElement[bool]) -> dict[str, Any]:
    query = (
        select(_TERMS.c.case_id, _TERMS.c.start, _TERMS.c.end, _TERMS.c.state)
        .join(_CASES, _CASES.c.id == _TERMS.c.case_id)
        .where(wanted, _TERMS.c.state.in_(_IN_PLAY))
    )
    return {row.case_id: row for row in connection.execute(query).all()}


def _course(
    row: Any,  # noqa: ANN401 a row
    trace: _Trace,
    term: Any,  # noqa: ANN401 a row
    today: date,
    calendar: Calendar,
) -> Course:
    # What the row says of the present is never older than what the entries say.
    starts = [*trace.starts[:-1], (row.stage, trace.starts[-1][1])]
    closed = row.status == Status.CLOSED.value
    stays = _stays(starts, trace.halts, today, calendar, closed=closed)
    standing = term is not None and term.state == "suspended"
    bound = bool(trace.halts) and any(
        halt.after <= today <= halt.until
        for key, halt in trace.halts.items()
        if key not in trace.resumed and key[0] == len(starts)
    )
    return Course(
        case=row.id,
        title=row.title,
        tier=Tier(row.tier),
        stays=stays,
        closed=closed,
        whole=calendar.working_days_between(starts[0][1], starts[-1][1] if closed else today),
        suspended=not closed and (standing or bound),
        term=None if term is None or closed else Running(term.start, term.end),
    )


def _stays(
    starts: list[tuple[str, date]],
    halts: Mapping[tuple[int, str], Halt],
    today: date,
    calendar: Calendar,
    *,
    closed: bool,
) -> tuple[Stay, ...]:
    found = []
    for place, (stage, since) in enumerate(starts):
        last = place + 1 == len(starts)
        until = None if last else starts[place + 1][1]
        to = until or (since if closed else max(since, today))
        if halts:
            stops = [halt for key, halt in halts.items() if key[0] == place + 1]
            days = running_days(since, to, stops, calendar)
        else:
            days = calendar.working_days_between(since, to)
        found.append(Stay(stage, since, until, days))
    return tuple(found)
