"""A plain digest for one person: what waits for him, which terms end, and what changed.

A digest travels, by post later on. So it tells of cases what everybody in them may read, and
nothing of what stands in closed rooms, also not to who may enter those.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import select

from impasse.adapters.sql.database import Codec, translate
from impasse.adapters.sql.rows import read_task
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow, EntryRow, TaskRow
from impasse.adapters.sql.views import CaseFilter, visible_cases
from impasse.domain.access import roles_on
from impasse.domain.calendar import FIRST_DAY
from impasse.domain.case import Status, Visibility
from impasse.domain.chronicle import tell
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.errors import Conflict, NotFound
from impasse.domain.overleg import CandidateState
from impasse.domain.people import Role
from impasse.domain.task import TaskState
from impasse.domain.tasks import may_act
from impasse.domain.text import Text
from impasse.engine.procedures import procedure_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from sqlalchemy import Select
    from sqlalchemy.engine import Engine

    from impasse.adapters.sql.views import Views
    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Case
    from impasse.domain.people import Actor
    from impasse.engine.procedures import Procedures

log = structlog.get_logger("impasse.digest")

ENDS_WITHIN = timedelta(days=7)
"""A term that ends within so many days, or has ended, is named."""

MOST = 500
"""So many lines of each kind at most: a longer digest is not read."""

_CASES, _TASKS, _ENTRIES = table(CaseRow), table(TaskRow), table(EntryRow)
_NATIVE = Codec("native")
_LIVE = frozenset({Status.OPEN, Status.PAUSED})
_IN_HAND = (TaskState.OPEN.value, TaskState.STARTED.value)


@dataclass(frozen=True, slots=True)
class Item:
    """Something about a case; `day` is when it must be done, when it ends, or when it happened."""

    case: str
    title: str
    what: Text
    day: date | None


@dataclass(frozen=True, slots=True)
class Digest:
    """What a person should know: work that waits, terms that end, what happened since a day."""

    since: date
    waiting: tuple[Item, ...]
    ending: tuple[Item, ...]
    changed: tuple[Item, ...]


class Digests:
    """Makes digests from one database."""

    def __init__(self, database: Engine, views: Views, procedures: Procedures) -> None:
        self._database = database
        self._views = views
        self._procedures = procedures

    def of(self, actor: Actor, *, since: date, today: date, calendar: Calendar) -> Digest:
        """Return what waits for *actor* today and what happened from the beginning of *since* on.

        Raises `Unavailable` when the database
        fails; a case that cannot be read is left out, and named in the log.
        """
        return Digest(
            since=since,
            waiting=(*self._tasks(actor), *self._candidates(actor)),
            ending=tuple(self._ending(actor, today)),
            changed=tuple(self._changed(actor, since, calendar.local_day)),
        )

    def _tasks(self, actor: Actor) -> Iterable[Item]:
        query = (
            select(_TASKS)
            .join(_CASES, _CASES.c.id == _TASKS.c.case_id)
            .where(
                visible_cases(actor),
                _TASKS.c.stage_entry == _CASES.c.stage_entry,
                _TASKS.c.state.in_(_IN_HAND),
                _CASES.c.status == Status.OPEN.value,
                _CASES.c.visibility != Visibility.LESSON.value,
            )
            .order_by(_TASKS.c.due_on, _TASKS.c.case_id, _TASKS.c.position)
            .limit(MOST)
        )
        cases: dict[str, Case | None] = {}
        for row in self._rows(query):
            if row.case_id not in cases:
                cases[row.case_id] = self._case(actor, row.case_id)
            case, task = cases[row.case_id], read_task(_NATIVE, tuple(row))
            if case and may_act(roles_on(actor, case), actor.organisation, task):
                yield Item(case.id, case.title, task.label, task.due_on)

    def _case(self, actor: Actor, number: str) -> Case | None:
        """Return the case, or None when it cannot be read or is there no more."""
        try:
            return self._views.case(actor, number)
        except (Conflict, NotFound) as error:
            log.warning("case_left_out", object=number, result=str(error))
            return None

    def _candidates(self, actor: Actor) -> Iterable[Item]:
        if Role.SECRETARIAT not in actor.roles:
            return
        for one in self._views.candidates(actor, state=CandidateState.PROPOSED)[:MOST]:
            what = Text(
                f"Beslis over de agenda: {one.reason.nl}", f"Decide on the agenda: {one.reason.en}"
            )
            yield Item(one.case.id, one.case.title, what, None)

    def _ending(self, actor: Actor, today: date) -> Iterable[Item]:
        wanted = CaseFilter(status=_LIVE, lessons=False, due_before=today + ENDS_WITHIN)
        for line in self._views.board(actor, wanted, limit=MOST):
            if line.term is None:
                continue
            try:
                stage = procedure_of(self._procedures, line).workflow.stage(line.stage).label
            except Conflict as error:
                log.warning("case_left_out", object=line.id, result=str(error))
                continue
            yield Item(line.id, line.title, stage, line.term.end)

    def _changed(
        self, actor: Actor, since: date, local: Callable[[datetime], date]
    ) -> Iterable[Item]:
        begins = datetime.combine(max(since, FIRST_DAY), time(), AMSTERDAM)
        query = (
            select(_ENTRIES, _CASES.c.title, _CASES.c.workflow, _CASES.c.workflow_version)
            .join(_CASES, _CASES.c.id == _ENTRIES.c.subject)
            .where(
                visible_cases(actor),
                _ENTRIES.c.at >= begins.astimezone(UTC),
                _CASES.c.visibility != Visibility.LESSON.value,
            )
            .order_by(_ENTRIES.c.at, _ENTRIES.c.subject, _ENTRIES.c.seq)
            .limit(MOST)
        )
        for row in self._rows(query):
            pinned = _Pinned(row.subject, row.workflow, row.workflow_version)
            try:
                workflow = procedure_of(self._procedures, pinned).workflow
            except Conflict as error:
                log.warning("case_left_out", object=row.subject, result=str(error))
                continue
            content = json.loads(row.content) if row.content else {}
            yield Item(row.subject, row.title, tell(row.action, content, workflow), local(row.at))

    def _rows(self, query: Select[Any]) -> list[Any]:
        try:
            with self._database.connect() as connection:
                return list(connection.execute(query))
        except Exception as error:
            meant = translate(error)
            if meant is error:
                raise
            raise meant from error


@dataclass(frozen=True, slots=True)
class _Pinned:
    """The case of an entry, as far as its procedure is asked for."""

    id: str
    workflow: str
    workflow_version: str
