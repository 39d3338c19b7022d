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
from sqlalchemy import and_, func, or_, select

from impasse.adapters.sql.database import Codec, translate
from impasse.adapters.sql.rows import read_task
from impasse.adapters.sql.runs import RunFilter, RunViews
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow, DeliveryRow, EntryRow, TaskRow, WebhookRow
from impasse.adapters.sql.views import CaseFilter, visible_cases
from impasse.adapters.sql.webhooks import is_undeliverable
from impasse.domain.access import roles_on
from impasse.domain.calendar import FIRST_DAY
from impasse.domain.case import Status, Visibility
from impasse.domain.chronicle import tell
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.errors import Conflict, NotFound
from impasse.domain.escalation import RunState
from impasse.domain.overleg import CandidateState
from impasse.domain.people import Role
from impasse.domain.task import TaskState
from impasse.domain.tasks import may_act
from impasse.domain.text import Text, same
from impasse.engine.outbox import CHAT, EMAIL, WEBHOOK
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
_DELIVERIES, _WEBHOOKS = table(DeliveryRow), table(WebhookRow)
_TO_YOU = {
    EMAIL: Text("e-mail aan u", "e-mail to you"),
    CHAT: Text("chat aan u", "chat to you"),
}
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
    """What a person should know, in the order in which it is read.

    First what waits for this person, runs of escalation without an answer among it; then terms
    that end and what waits for others; what happened since a day; and what did not arrive, of
    which no case is named.
    """

    since: date
    waiting: tuple[Item, ...]
    ending: tuple[Item, ...]
    others: tuple[Item, ...]
    changed: tuple[Item, ...]
    undeliverable: tuple[Item, ...]


class Digests:
    """Makes digests from one database."""

    def __init__(self, database: Engine, views: Views, procedures: Procedures) -> None:
        self._database = database
        self._views = views
        self._procedures = procedures

    def of(
        self, actor: Actor, *, since: date, today: date, calendar: Calendar, brief: bool = False
    ) -> Digest:
        """Return what waits for *actor* today and what happened from the beginning of *since* on.

        When *brief*, as for e-mail, no words that people wrote stand in it, and not what changed.
        Raises `Unavailable` when the database fails; a case that cannot be read is left out, and
        named in the log.
        """
        mine, theirs = self._tasks(actor)
        unanswered, answered = self._runs(actor)
        return Digest(
            since=since,
            waiting=(*unanswered, *mine, *self._candidates(actor, brief=brief)),
            ending=tuple(self._ending(actor, today)),
            others=(*answered, *theirs),
            changed=() if brief else tuple(self._changed(actor, since, calendar.local_day)),
            undeliverable=tuple(self._undeliverable(actor, since, calendar.local_day)),
        )

    def _runs(self, actor: Actor) -> tuple[list[Item], list[Item]]:
        """Return the open runs that wait for *actor*, and those that wait for somebody else."""
        views = RunViews(self._database)
        told = {
            line.key
            for line in views.runs(actor, RunFilter(open=True, mine=actor.person), limit=MOST)
        }
        mine: list[Item] = []
        theirs: list[Item] = []
        for line in views.runs(actor, RunFilter(open=True), limit=MOST):
            run = line.run
            what = Text("Opschaling", "Escalation")
            if run.now_at is not None:
                what += Text(": ", ": ") + run.now_at.label
            answered = any(act.person == actor.person for act in run.acknowledgements)
            waits = run.state in {RunState.RUNNING, RunState.HELD}
            if waits and line.key in told and not answered:
                what += Text(". Er is nog geen antwoord.", ". There is no answer yet.")
                mine.append(Item(line.case, line.title, what, None))
            else:
                what += Text(" (", " (") + run.state.label + Text(").", ").")
                theirs.append(Item(line.case, line.title, what, None))
        return mine, theirs

    def _undeliverable(
        self, actor: Actor, since: date, local: Callable[[datetime], date]
    ) -> Iterable[Item]:
        """Yield where messages for *actor*, or for his webhooks, did not arrive: never of what."""
        begins = datetime.combine(max(since, FIRST_DAY), time(), AMSTERDAM).astimezone(UTC)
        own = select(_WEBHOOKS.c.id).where(_WEBHOOKS.c.created_by == actor.person)
        query = (
            select(
                _DELIVERIES.c.channel,
                _DELIVERIES.c.destination,
                func.count(),
                func.max(_DELIVERIES.c.done_at).label("last"),
            )
            .where(
                is_undeliverable(),
                _DELIVERIES.c.done_at >= begins,
                or_(
                    and_(
                        _DELIVERIES.c.channel != WEBHOOK,
                        _DELIVERIES.c.destination == actor.person,
                    ),
                    and_(_DELIVERIES.c.channel == WEBHOOK, _DELIVERIES.c.destination.in_(own)),
                ),
            )
            .group_by(_DELIVERIES.c.channel, _DELIVERIES.c.destination)
            .order_by(_DELIVERIES.c.channel, _DELIVERIES.c.destination)
        )
        for channel, destination, count, last in self._rows(query):
            where = same(destination) if channel == WEBHOOK else _TO_YOU[channel]
            number = Text("bericht", "message") if count == 1 else Text("berichten", "messages")
            what = Text(
                f"{count} {number.nl} kwam niet aan: {where.nl}."
                if count == 1
                else f"{count} {number.nl} kwamen niet aan: {where.nl}.",
                f"{count} {number.en} did not arrive: {where.en}.",
            )
            yield Item("", "", what, local(last))

    def _tasks(self, actor: Actor) -> tuple[list[Item], list[Item]]:
        """Return the tasks that *actor* can do, and those that others must do."""
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
        mine: list[Item] = []
        theirs: list[Item] = []
        for row in self._rows(query):
            if row.case_id not in cases:
                cases[row.case_id] = self._case(actor, row.case_id)
            case, task = cases[row.case_id], read_task(_NATIVE, tuple(row))
            if case is None:
                continue
            item = Item(case.id, case.title, task.label, task.due_on)
            if may_act(roles_on(actor, case), actor.organisation, task):
                mine.append(item)
            else:
                theirs.append(item)
        return mine, theirs

    def _case(self, actor: Actor, number: str) -> Case | None:
        """Return the case, or None when it cannot be read or is there no more."""
        try:
            return self._views.case(actor, number)
        except (Conflict, NotFound) as error:
            log.warning("case_left_out", object=number, result=str(error))
            return None

    def _candidates(self, actor: Actor, *, brief: bool) -> Iterable[Item]:
        if Role.SECRETARIAT not in actor.roles:
            return
        for one in self._views.candidates(actor, state=CandidateState.PROPOSED)[:MOST]:
            what = Text("Beslis over de agenda", "Decide on the agenda")
            if not brief:
                what += Text(": ", ": ") + one.reason
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
