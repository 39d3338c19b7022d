"""Reads: what the pages, the API and the command line show, and to whom.

What you may not see is left out here, in SQL, by the same rule that `domain.access.may_see` keeps
for one case; a property test holds the two equal.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select, true
from sqlalchemy import case as sql_case

from impasse.adapters.sql.database import Codec, translate
from impasse.adapters.sql.rows import read_case, read_meeting, read_signal, read_task, read_term
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.strange import refuse_strange
from impasse.adapters.sql.tables import (
    CandidateRow,
    CaseRow,
    ConfirmationRow,
    DeliveryRow,
    EntryRow,
    EscalationRunRow,
    MeetingRow,
    OrganisationRow,
    PartyRow,
    SignalRow,
    TaskRow,
    TermRow,
    TimerRow,
)
from impasse.adapters.sql.webhooks import is_undeliverable
from impasse.domain.access import no_such_case
from impasse.domain.at_turn import AtWork, at_work
from impasse.domain.case import Party, Status, Visibility
from impasse.domain.early_warning import Level
from impasse.domain.errors import Conflict, NotFound
from impasse.domain.escalation import RunState
from impasse.domain.history import ChainedEntry
from impasse.domain.overleg import CandidateState
from impasse.domain.people import Layer, Organisation, Role
from impasse.domain.signals import Reliability
from impasse.domain.task import Task, TaskState
from impasse.domain.text import Text
from impasse.domain.tier import Tier

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from sqlalchemy import Select, Table
    from sqlalchemy.engine import Connection, Engine

    from impasse.domain.case import Case, Term
    from impasse.domain.overleg import Meeting
    from impasse.domain.people import Actor
    from impasse.domain.signals import Signal

_CASES = table(CaseRow)
_PARTIES = table(PartyRow)
_SIGNALS = table(SignalRow)
_CONFIRMATIONS = table(ConfirmationRow)
_TERMS = table(TermRow)
_TASKS = table(TaskRow)
_TIMERS = table(TimerRow)
_RUNS = table(EscalationRunRow)
_ENTRIES = table(EntryRow)
_MEETINGS = table(MeetingRow)
_CANDIDATES = table(CandidateRow)
_ORGANISATIONS = table(OrganisationRow)
_DELIVERIES = table(DeliveryRow)

_NATIVE = Codec("native")
"""SQLAlchemy has turned the values into Python's own already."""

log = structlog.get_logger("impasse.views")

_SEES_ALL = frozenset({Role.SECRETARIAT, Role.CLOCK})
_IN_PLAY = ("running", "suspended", "expired")


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases to list; an empty field does not filter."""

    status: frozenset[Status] = frozenset()
    stage: str = ""
    layer: Layer | None = None
    region: str = ""
    policy_area: str = ""
    level: Level | None = None
    tier: Tier | None = None
    due_before: date | None = None
    text: str = ""
    lessons: bool = True
    """Whether public disputes, kept to learn from, are listed too."""


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case as lists and boards show it."""

    id: str
    title: str
    policy_area: str
    regions: tuple[str, ...]
    visibility: Visibility
    workflow: str
    workflow_version: str
    stage: str
    stage_since: date
    tier: Tier
    status: Status
    opened_on: date
    last_step_on: date
    handler: str
    mediator: str
    level: Level
    score: float
    candidate: str
    candidate_day: date | None
    revision: int
    parties: tuple[Party, ...]
    term: Term | None
    at_work: AtWork | None = None
    """Who is at turn by the tasks that are open in its stage; None: its owner."""

    def party(self, organisation: str) -> Party | None:
        """Return the party with this organisation id, if it takes part."""
        return next((one for one in self.parties if one.organisation == organisation), None)


@dataclass(frozen=True, slots=True)
class SignalFilter:
    """Which signals to list; an empty field does not filter."""

    case: str = ""
    indicator: str = ""
    organisation: str = ""
    """The one that reported it."""
    open: bool | None = None
    """True for what still holds, False for what was closed."""
    since: date | None = None
    """Reported on this day or later."""


@dataclass(frozen=True, slots=True)
class SignalLine:
    """A signal with the case that it is about, and its place among the signals of that case."""

    case: str
    position: int
    signal: Signal


@dataclass(frozen=True, slots=True)
class CandidateLine:
    """A candidate for an agenda, with the case it is about.

    `run` is the run of escalation that proposed it, `note` tells the road that led there, and
    `merged_into` is the item with which it is discussed, if its case may be seen too.
    """

    id: str
    case: CaseLine
    state: CandidateState
    reason: Text
    proposed_at: datetime
    meeting: str
    decided_at: datetime | None
    decided_because: str
    minutes: int | None
    run: str
    note: Text | None
    merged_into: str


@dataclass(frozen=True, slots=True)
class ComingTimer:
    """A promise about time that still stands."""

    purpose: str
    rung: int
    due_at: datetime


def visible_cases(actor: Actor) -> ColumnElement[bool]:
    """Return, as SQL, which cases exist for *actor*: the same rule as `access.may_see`."""
    lessons = _CASES.c.visibility == Visibility.LESSON.value
    if Role.SUPERVISOR in actor.roles:
        return lessons
    if actor.roles & _SEES_ALL:
        return true()
    allowed: list[ColumnElement[bool]] = [lessons]
    if Role.LIAISON_OFFICER in actor.roles and actor.organisation:
        allowed.append(
            exists().where(
                _PARTIES.c.case_id == _CASES.c.id, _PARTIES.c.organisation == actor.organisation
            )
        )
    if Role.MEDIATOR in actor.roles and actor.person:
        allowed.append(mediated_by(actor))
    return or_(*allowed)


def mediated_by(actor: Actor) -> ColumnElement[bool]:
    """Return, as SQL, in which cases *actor* mediates: in none to which the own house is party."""
    theirs = exists().where(
        _PARTIES.c.case_id == _CASES.c.id, _PARTIES.c.organisation == actor.organisation
    )
    return and_(_CASES.c.mediator == actor.person, not_(theirs))


class Views:
    """Plain reads of one database; each call is its own short transaction."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """Open a connection; what the database does wrong is said in our words."""
        try:
            with self._database.connect() as connection:
                yield connection
        except Exception as error:
            meant = translate(error)
            if meant is error:
                raise
            raise meant from error

    def _rows(self, query: Select[Any]) -> list[Any]:
        with self._reading() as connection:
            return list(connection.execute(query))

    def case(self, actor: Actor, case: str) -> Case:
        """Return the whole case, or raise `NotFound` when it does not exist for *actor*."""
        with self._reading() as connection:
            row = connection.execute(
                select(_CASES).where(_CASES.c.id == case, visible_cases(actor))
            ).first()
            if row is None:
                raise no_such_case(case)

            def parts(of: Table, *order: str) -> list[Any]:
                query = select(of).where(of.c.case_id == case)
                return list(connection.execute(query.order_by(*(of.c[n] for n in order))))

            term = connection.execute(
                select(_TERMS).where(_TERMS.c.case_id == case, _TERMS.c.state.in_(_IN_PLAY))
            ).first()
            return read_case(
                _NATIVE,
                tuple(row),
                parts(_PARTIES, "position"),
                parts(_SIGNALS, "position"),
                parts(_CONFIRMATIONS, "at", "kind", "organisation"),
                None if term is None else tuple(term),
                list(
                    connection.execute(
                        select(_TASKS)
                        .where(_TASKS.c.case_id == case, _TASKS.c.stage_entry.in_(_in_sight(row)))
                        .order_by(_TASKS.c.stage_entry, _TASKS.c.position)
                    )
                ),
                list(
                    connection.execute(
                        select(_RUNS)
                        .where(_RUNS.c.case_id == case, _RUNS.c.state != RunState.ENDED.value)
                        .order_by(_RUNS.c.started_at, _RUNS.c.id)
                    )
                ),
            )

    def cases(
        self, actor: Actor, wanted: CaseFilter | None = None, *, after: str = "", limit: int = 100
    ) -> list[CaseLine]:
        """Return cases that *actor* may see, by number, those after *after*."""
        query = self._filtered(actor, wanted or CaseFilter()).order_by(_CASES.c.id)
        found: list[CaseLine] = []
        while (left := limit - len(found)) > 0:
            rows = self._rows((query.where(_CASES.c.id > after) if after else query).limit(left))
            found += self._readable(rows)
            if len(rows) < left:
                break
            # Those that cannot be read leave places on this page: the next ones take them.
            after = rows[-1].id
        return found

    def board(
        self, actor: Actor, wanted: CaseFilter | None = None, *, limit: int = 500
    ) -> list[CaseLine]:
        """Return cases that *actor* may see, the earliest deadline first, those without last."""
        query = self._filtered(actor, wanted or CaseFilter())
        soonest = query.where(_CASES.c.deadline.is_not(None)).order_by(
            _CASES.c.deadline, _CASES.c.id
        )
        lines = self._lines(soonest.limit(limit))
        if len(lines) < limit:
            rest = query.where(_CASES.c.deadline.is_(None)).order_by(_CASES.c.id.desc())
            lines += self._lines(rest.limit(limit - len(lines)))
        return lines

    def count(self, actor: Actor, wanted: CaseFilter | None = None) -> int:
        """Return how many cases *actor* may see."""
        query = self._filtered(actor, wanted or CaseFilter()).subquery()
        found: int = self._rows(select(func.count()).select_from(query))[0][0]
        return found

    def _filtered(self, actor: Actor, wanted: CaseFilter) -> Select[Any]:
        query = select(_CASES).where(visible_cases(actor))
        if not wanted.lessons:
            query = query.where(_CASES.c.visibility != Visibility.LESSON.value)
        if wanted.status:
            query = query.where(_CASES.c.status.in_(sorted(s.value for s in wanted.status)))
        equal = {
            "stage": wanted.stage,
            "policy_area": wanted.policy_area,
            "tier": wanted.tier.value if wanted.tier else "",
            "level": wanted.level.value if wanted.level else "",
        }
        for name, value in equal.items():
            if value:
                query = query.where(_CASES.c[name] == value)
        if wanted.layer is not None:
            query = query.where(
                exists().where(
                    _PARTIES.c.case_id == _CASES.c.id, _PARTIES.c.layer == wanted.layer.value
                )
            )
        if wanted.region:
            # Regions are canonical JSON: a name stands between quotes.
            name = json.dumps(wanted.region, ensure_ascii=False)
            query = query.where(_CASES.c.regions.contains(name, autoescape=True))
        if wanted.due_before is not None:
            query = query.where(
                exists().where(
                    _TERMS.c.case_id == _CASES.c.id,
                    _TERMS.c.state.in_(_IN_PLAY),
                    _TERMS.c.end < wanted.due_before,
                )
            )
        for word in wanted.text.lower().split()[:8]:
            query = query.where(
                or_(
                    func.lower(_CASES.c.title).contains(word, autoescape=True),
                    func.lower(_CASES.c.id).contains(word, autoescape=True),
                    func.lower(_CASES.c.policy_area).contains(word, autoescape=True),
                    exists().where(
                        _PARTIES.c.case_id == _CASES.c.id,
                        func.lower(_PARTIES.c.name).contains(word, autoescape=True),
                    ),
                )
            )
        return query

    def _lines(self, query: Select[Any]) -> list[CaseLine]:
        return self._readable(self._rows(query))

    def _readable(self, rows: list[Any]) -> list[CaseLine]:
        """Return the lines of *rows*; what cannot be read is left out, and the log says so.

        `impasse doctor` names what is left out.
        """
        keys = [row.id for row in rows]
        if not keys:
            return []
        parties: dict[str, list[Any]] = {key: [] for key in keys}
        wanted = select(_PARTIES).where(_PARTIES.c.case_id.in_(keys))
        for party in self._rows(wanted.order_by(_PARTIES.c.position)):
            parties[party.case_id].append(party)
        terms = {
            row.case_id: read_term(_NATIVE, tuple(row))
            for row in self._rows(
                select(_TERMS).where(_TERMS.c.case_id.in_(keys), _TERMS.c.state.in_(_IN_PLAY))
            )
        }
        work = self._work(keys)
        found = []
        for row in rows:
            try:
                doing = at_work(work.get(row.id, ()))
                found.append(_line(row, parties[row.id], terms.get(row.id), doing))
            except Conflict as error:
                log.warning("case_left_out", object=row.id, result="unreadable", reason=str(error))
        return found

    def _work(self, cases: list[str]) -> dict[str, list[Task]]:
        """Return the tasks of the stays in which open *cases* are, in one question."""
        query = (
            select(_TASKS)
            .join(
                _CASES,
                and_(_CASES.c.id == _TASKS.c.case_id, _CASES.c.stage_entry == _TASKS.c.stage_entry),
            )
            .where(_TASKS.c.case_id.in_(cases), _CASES.c.status == Status.OPEN.value)
            # A word that is none of ours: the case itself tells of it, its line stays.
            .where(_TASKS.c.state.in_([known.value for known in TaskState]))
            .order_by(_TASKS.c.case_id, _TASKS.c.position)
        )
        found: dict[str, list[Task]] = {}
        for row in self._rows(query):
            found.setdefault(row.case_id, []).append(read_task(_NATIVE, tuple(row)))
        return found

    def signals(
        self,
        actor: Actor,
        wanted: SignalFilter | None = None,
        *,
        after: tuple[str, int] | None = None,
        limit: int = 100,
    ) -> list[SignalLine]:
        """Return signals of cases that *actor* may see, by case and then by their place in it.

        *after* is the case and the place of the last signal that was seen.
        """
        wanted = wanted or SignalFilter()
        case, position, closed_on = _SIGNALS.c.case_id, _SIGNALS.c.position, _SIGNALS.c.closed_on
        query = (
            select(_SIGNALS)
            .join(_CASES, _CASES.c.id == case)
            .where(visible_cases(actor))
            # A word that is none of ours: the case itself tells of it, other signals stay.
            .where(_SIGNALS.c.reliability.in_([known.value for known in Reliability]))
            .order_by(case, position)
            .limit(limit)
        )
        equal = {
            "case_id": wanted.case,
            "indicator": wanted.indicator,
            "organisation": wanted.organisation,
        }
        for name, value in equal.items():
            if value:
                query = query.where(_SIGNALS.c[name] == value)
        if wanted.open is not None:
            query = query.where(closed_on.is_(None) if wanted.open else closed_on.is_not(None))
        if wanted.since is not None:
            query = query.where(_SIGNALS.c.reported_on >= wanted.since)
        if after is not None:
            query = query.where(case >= after[0], or_(case > after[0], position > after[1]))
        return [
            SignalLine(row.case_id, row.position, read_signal(_NATIVE, tuple(row)))
            for row in self._rows(query)
        ]

    def history(
        self, subject: str, *, after: int = 0, limit: int | None = None
    ) -> list[ChainedEntry]:
        """Return the entries of a case or meeting, oldest first.

        Whether the reader may see the subject is asked before, with `case`.
        """
        query = (
            select(_ENTRIES)
            .where(_ENTRIES.c.subject == subject, _ENTRIES.c.seq > after)
            .order_by(_ENTRIES.c.seq)
        )
        return [
            ChainedEntry(**row._asdict())
            for row in self._rows(query if limit is None else query.limit(limit))
        ]

    def terms(self, case: str) -> list[Term]:
        """Return every term that the case ever had, oldest first."""
        query = select(_TERMS).where(_TERMS.c.case_id == case).order_by(_TERMS.c.stage_entry)
        return [read_term(_NATIVE, tuple(row)) for row in self._rows(query)]

    def coming(self, case: str) -> list[ComingTimer]:
        """Return the promises about time that still stand for a case, soonest first."""
        query = (
            select(_TIMERS.c.purpose, _TIMERS.c.rung, _TIMERS.c.due_at)
            .where(_TIMERS.c.case_id == case, _TIMERS.c.state == "armed")
            .order_by(_TIMERS.c.due_at, _TIMERS.c.id)
        )
        return [ComingTimer(*row) for row in self._rows(query)]

    def meetings(self, *, since: date | None = None, limit: int = 100) -> list[Meeting]:
        """Return the meetings on or after *since*, soonest first."""
        query = select(_MEETINGS).order_by(_MEETINGS.c.day).limit(limit)
        if since is not None:
            query = query.where(_MEETINGS.c.day >= since)
        return [read_meeting(_NATIVE, tuple(row)) for row in self._rows(query)]

    def meeting(self, meeting: str) -> Meeting:
        """Return the meeting, or raise `NotFound`."""
        rows = self._rows(select(_MEETINGS).where(_MEETINGS.c.id == meeting))
        if not rows:
            raise NotFound(
                Text(
                    f"Er is geen overleg met nummer {meeting}.",
                    f"There is no meeting with number {meeting}.",
                )
            )
        return read_meeting(_NATIVE, tuple(rows[0]))

    def next_meeting(self, today: date) -> Meeting | None:
        """Return the first meeting whose agenda is still open on *today*."""
        query = select(_MEETINGS).where(_MEETINGS.c.closes_on >= today)
        rows = self._rows(query.order_by(_MEETINGS.c.day).limit(1))
        return read_meeting(_NATIVE, tuple(rows[0])) if rows else None

    def candidates(
        self,
        actor: Actor,
        *,
        state: CandidateState | None = None,
        meeting: str = "",
        case: str = "",
    ) -> list[CandidateLine]:
        """Return candidates for agendas whose case *actor* may see, oldest first.

        What a run of escalation proposed stands on top.
        """
        by_hand = sql_case((_CANDIDATES.c.run == "", 1), else_=0)
        query = (
            select(_CANDIDATES)
            .join(_CASES, _CASES.c.id == _CANDIDATES.c.case_id)
            .where(visible_cases(actor))
            .order_by(by_hand, _CANDIDATES.c.proposed_at, _CANDIDATES.c.id)
        )
        if state is not None:
            query = query.where(_CANDIDATES.c.state == state.value)
        if meeting:
            query = query.where(_CANDIDATES.c.meeting_id == meeting)
        if case:
            query = query.where(_CANDIDATES.c.case_id == case)
        rows = self._rows(query)
        keys = {row.case_id for row in rows}
        found = {line.id: line for line in self._lines(select(_CASES).where(_CASES.c.id.in_(keys)))}
        seen = self._seen_candidates(actor, {row.merged_into for row in rows} - {""})
        return [
            _candidate(row, found[row.case_id], row.merged_into if row.merged_into in seen else "")
            for row in rows
            if row.case_id in found
        ]

    def _seen_candidates(self, actor: Actor, numbers: set[str]) -> set[str]:
        """Return those of *numbers* whose case *actor* may see: a number names its case."""
        if not numbers:
            return set()
        query = (
            select(_CANDIDATES.c.id)
            .join(_CASES, _CASES.c.id == _CANDIDATES.c.case_id)
            .where(visible_cases(actor), _CANDIDATES.c.id.in_(sorted(numbers)))
        )
        return {row.id for row in self._rows(query)}

    def organisations(
        self,
        *,
        text: str = "",
        layer: Layer | None = None,
        on: date | None = None,
        after: str = "",
        limit: int = 1000,
    ) -> list[Organisation]:
        """Return organisations of the register by id, filtered by words in the name."""
        query = select(_ORGANISATIONS).order_by(_ORGANISATIONS.c.id).limit(limit)
        if after:
            query = query.where(_ORGANISATIONS.c.id > after)
        if layer is not None:
            query = query.where(_ORGANISATIONS.c.layer == layer.value)
        if on is not None:
            since, until = _ORGANISATIONS.c.valid_from, _ORGANISATIONS.c.valid_until
            query = query.where(
                and_(or_(since.is_(None), since <= on), or_(until.is_(None), until >= on))
            )
        for word in text.lower().split()[:8]:
            query = query.where(
                or_(
                    func.lower(_ORGANISATIONS.c.name).contains(word, autoescape=True),
                    func.lower(_ORGANISATIONS.c.abbreviation).contains(word, autoescape=True),
                )
            )
        return [_organisation(row) for row in self._rows(query)]

    def organisation(self, key: str) -> Organisation:
        """Return one organisation, or raise `NotFound`."""
        rows = self._rows(select(_ORGANISATIONS).where(_ORGANISATIONS.c.id == key))
        if not rows:
            raise NotFound(
                Text(
                    f"Organisatie {key} staat niet in het register.",
                    f"Organisation {key} is not in the register.",
                )
            )
        return _organisation(rows[0])

    def count_dead(self) -> int:
        """Return how many deliveries were given up: dead letters, kept to be looked at."""
        query = select(func.count()).select_from(_DELIVERIES).where(is_undeliverable())
        found: int = self._rows(query)[0][0]
        return found

    def any_case(self) -> bool:
        """Whether the database holds a case at all."""
        return bool(self._rows(select(_CASES.c.id).limit(1)))


def _in_sight(row: Any) -> list[int]:  # noqa: ANN401 a row
    """Return the stays of which tasks belong to a case: in a pause also those that rest."""
    parked = [row.stage_entry - 1] if row.status == Status.PAUSED.value else []
    return [*parked, row.stage_entry]


def _line(
    row: Any,  # noqa: ANN401 a row
    parties: list[Any],
    term: Term | None,
    doing: AtWork | None,
) -> CaseLine:
    """Return the line of a case; raises `Conflict` when a word in it is none of ours."""
    refuse_strange(row, parties)
    return CaseLine(
        id=row.id,
        title=row.title,
        policy_area=row.policy_area,
        regions=tuple(json.loads(row.regions)),
        visibility=Visibility(row.visibility),
        workflow=row.workflow,
        workflow_version=row.workflow_version,
        stage=row.stage,
        stage_since=row.stage_since,
        tier=Tier(row.tier),
        status=Status(row.status),
        opened_on=row.opened_on,
        last_step_on=row.last_step_on,
        handler=row.handler,
        mediator=row.mediator,
        level=Level(row.level) if row.level else Level.GREEN,
        score=row.score,
        candidate=row.candidate,
        candidate_day=row.candidate_day,
        revision=row.revision,
        parties=tuple(
            Party(party.organisation, party.name, Layer(party.layer), party.role)
            for party in parties
        ),
        term=term,
        at_work=doing,
    )


def _candidate(row: Any, case: CaseLine, merged_into: str) -> CandidateLine:  # noqa: ANN401 a row
    return CandidateLine(
        id=row.id,
        case=case,
        state=CandidateState(row.state),
        reason=Text(row.reason_nl, row.reason_en),
        proposed_at=row.proposed_at,
        meeting=row.meeting_id or "",
        decided_at=row.decided_at,
        decided_because=row.decided_because,
        minutes=row.minutes,
        run=row.run,
        note=_note(row.note),
        merged_into=merged_into,
    )


def _note(written: str) -> Text | None:
    if not written:
        return None
    found = json.loads(written)
    return Text(found["nl"], found["en"])


def _organisation(row: Any) -> Organisation:  # noqa: ANN401 a row
    return Organisation(
        id=row.id,
        name=row.name,
        layer=Layer(row.layer),
        abbreviation=row.abbreviation,
        province=row.province,
        oin=row.oin,
        tooi_uri=row.tooi_uri,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )
