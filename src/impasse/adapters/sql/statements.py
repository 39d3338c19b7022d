"""The hot statements of a command, generated once per database from the tables.

SQLModel's unit of work costs several times the whole decision (see docs/why/decisions); these
run on the driver's own connection. Every value is bound by place, in the order of the columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Table, bindparam, case, func, insert, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from impasse.adapters.sql.database import SQLITE
from impasse.adapters.sql.tables import (
    AssessmentRow,
    CandidateRow,
    CaseRow,
    ConfirmationRow,
    ContributionRow,
    CounterRow,
    DeliveryRow,
    DocumentContentRow,
    EntryRow,
    EscalationRunRow,
    IdempotencyRow,
    LegalHoldRow,
    MeetingRow,
    NotificationRow,
    OutboxRow,
    PartyRow,
    PersonRow,
    ReleaseRow,
    RoomRow,
    SignalRow,
    TaskRow,
    TermRow,
    TimerRow,
)

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql import ClauseElement, ColumnElement
    from sqlmodel import SQLModel


FOR_LIFE = frozenset(
    {"id", "title", "summary", "policy_area", "regions", "visibility", "opened_on"}
)
"""What a case keeps as it was opened."""


def table(row: type[SQLModel]) -> Table:
    """Return the table that a row class declares."""
    declared = row.__table__  # type: ignore[attr-defined] # SQLModel adds it to table=True classes
    assert isinstance(declared, Table)  # noqa: S101 narrows the type
    return declared


def columns(row: type[SQLModel], *, without: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Return the names of the columns of a row class, in order."""
    return tuple(c.name for c in table(row).columns if c.name not in without)


@dataclass(frozen=True, slots=True)
class Statements:
    """SQL text per act, for one dialect; the order of values is that of the columns."""

    load_case: str
    load_parties: str
    load_signals: str
    load_confirmations: str
    load_term: str
    load_tasks: str
    load_runs: str
    earlier_runs: str
    last_entry: str
    confirmed: str
    armed: str
    insert_case: str
    update_case: str
    insert_party: str
    put_signal: str
    put_confirmation: str
    put_term: str
    put_task: str
    put_run: str
    lapse_run: str
    lapse_notifications_of_run: str
    lapse_case: str
    lapse_notifications_of_case: str
    insert_timer: str
    disarm: str
    disarm_term: str
    disarm_all: str
    due: str
    close_timer: str
    postpone_timer: str
    insert_entry: str
    insert_message: str
    insert_candidate: str
    settle_candidate: str
    load_candidate: str
    insert_meeting: str
    load_meeting: str
    load_person: str
    next_meeting: str
    next_number: str
    first_number: str
    recall: str
    remember: str
    load_room: str
    load_contribution: str
    load_release: str
    load_document: str
    load_holds: str
    put_room: str
    put_contribution: str
    put_release: str
    put_document: str
    put_hold: str
    put_assessment: str


def generate(dialect_name: str) -> Statements:
    """Generate the statements for SQLite or PostgreSQL."""
    sqlite = dialect_name == SQLITE
    dialect: Dialect = (
        SQLiteDialect_pysqlite(paramstyle="qmark")
        if sqlite
        else PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call] # SQLAlchemy leaves it so
    )
    lock = not sqlite

    def text(statement: ClauseElement) -> str:
        return str(statement.compile(dialect=dialect))

    def add(row: type[SQLModel], *, without: frozenset[str] = frozenset()) -> str:
        names = columns(row, without=without)
        return text(insert(table(row)).values({n: bindparam(n) for n in names}).inline())

    make = insert_sqlite if sqlite else insert_postgresql

    def add_once(row: type[SQLModel]) -> str:
        names = columns(row)
        statement = make(table(row)).values({n: bindparam(n) for n in names})
        return text(statement.on_conflict_do_nothing())

    def put(row: type[SQLModel]) -> str:
        target = table(row)
        keys = [c.name for c in target.primary_key]
        statement = make(target).values({n: bindparam(n) for n in columns(row)})
        rest = {n: statement.excluded[n] for n in columns(row) if n not in keys}
        return text(statement.on_conflict_do_update(index_elements=keys, set_=rest))

    def load(row: type[SQLModel], *order: str, key: str = "case_id") -> str:
        target = table(row)
        statement = select(target).where(target.c[key] == bindparam("key"))
        return text(statement.order_by(*(target.c[name] for name in order)))

    def load_in(row: type[SQLModel], *keys: str) -> str:
        target = table(row)
        return text(select(target).where(*(target.c[name] == bindparam(name) for name in keys)))

    cases, terms, timers = table(CaseRow), table(TermRow), table(TimerRow)
    runs, outbox = table(EscalationRunRow), table(OutboxRow)
    deliveries, notifications = table(DeliveryRow), table(NotificationRow)
    of_runs = [_literal("escalation"), _literal("escalation_trip")]

    def lapse(column: ColumnElement[str]) -> str:
        told = select(outbox.c.id).where(column == bindparam("key"))
        return text(
            update(deliveries)
            .where(
                deliveries.c.message_id.in_(told),
                deliveries.c.notification_id.is_not(None),
                deliveries.c.state.in_(
                    [_literal(word) for word in ("waiting", "held", "retrying")]
                ),
            )
            .values(
                state=_literal("lapsed"),
                failure=_literal("what it told of has ended"),
                done_at=bindparam("at"),
            )
        )

    def lapse_notifications(column: ColumnElement[str]) -> str:
        told = select(outbox.c.id).where(column == bindparam("key"))
        return text(
            update(notifications)
            .where(
                notifications.c.message_id.in_(told),
                notifications.c.seen_at.is_(None),
                notifications.c.lapsed_at.is_(None),
            )
            .values(lapsed_at=bindparam("at"), lapsed_because=_literal("ended"))
        )

    candidates, meetings, counters = table(CandidateRow), table(MeetingRow), table(CounterRow)
    memory, tasks, entries = table(IdempotencyRow), table(TaskRow), table(EntryRow)
    before = entries.alias("before")
    load_case = select(cases).where(cases.c.id == bindparam("key"))
    due = (
        select(
            timers.c.id,
            timers.c.case_id,
            timers.c.purpose,
            timers.c.rung,
            timers.c.stage_entry,
            timers.c.due_at,
            timers.c.generation,
        )
        .where(timers.c.state == _literal("armed"), timers.c.wake_at <= bindparam("now"))
        .order_by(timers.c.wake_at, timers.c.due_at, timers.c.id)
        .limit(bindparam("most"))
    )
    cancel = (
        update(timers)
        .where(timers.c.case_id == bindparam("key"), timers.c.state == _literal("armed"))
        .values(state=_literal("cancelled"))
    )
    return Statements(
        load_case=text(load_case.with_for_update() if lock else load_case),
        load_parties=load(PartyRow, "position"),
        load_signals=load(SignalRow, "position"),
        load_confirmations=load(ConfirmationRow, "at", "kind", "organisation"),
        load_term=text(
            select(terms).where(
                terms.c.case_id == bindparam("key"),
                terms.c.state.in_(
                    [_literal("running"), _literal("suspended"), _literal("expired")]
                ),
            )
        ),
        # Only those of the stay that goes on, and in a pause of the one before it, where they rest:
        # what was left behind stands still.
        load_tasks=text(
            select(tasks)
            .join(
                cases,
                (cases.c.id == tasks.c.case_id)
                & tasks.c.stage_entry.between(
                    cases.c.stage_entry
                    - case(
                        (cases.c.status == _literal("paused"), literal_column("1")),
                        else_=literal_column("0"),
                    ),
                    cases.c.stage_entry,
                ),
            )
            .where(tasks.c.case_id == bindparam("key"))
            .order_by(tasks.c.stage_entry, tasks.c.position)
        ),
        last_entry=text(
            # By its number: SQLite would want LIMIT to be bound.
            select(entries)
            .join(cases, cases.c.id == entries.c.subject)
            .where(entries.c.subject == bindparam("key"), entries.c.seq == cases.c.history_length)
        ),
        # What was confirmed since the case last went to another version, or came back.
        confirmed=text(
            select(entries.c.content)
            .where(
                entries.c.subject == bindparam("key"),
                entries.c.action == _literal("confirmed"),
                entries.c.seq
                > select(func.coalesce(func.max(before.c.seq), literal_column("0")))
                .where(
                    before.c.subject == entries.c.subject,
                    before.c.action.in_([_literal("migrated"), _literal("migration_undone")]),
                )
                .scalar_subquery(),
            )
            .order_by(entries.c.seq)
        ),
        armed=text(
            select(
                timers.c.purpose,
                timers.c.rung,
                timers.c.stage_entry,
                timers.c.due_at,
                timers.c.generation,
            )
            .where(timers.c.case_id == bindparam("key"), timers.c.state == _literal("armed"))
            .where(timers.c.purpose.not_in(of_runs))
            .order_by(timers.c.due_at, timers.c.id)
        ),
        load_runs=text(
            select(runs)
            .where(runs.c.case_id == bindparam("key"), runs.c.state != _literal("ended"))
            .order_by(runs.c.started_at, runs.c.id)
        ),
        earlier_runs=text(
            select(runs.c.policy, runs.c.cause).where(runs.c.case_id == bindparam("key"))
        ),
        put_run=put(EscalationRunRow),
        # Of a run that ended nothing goes out any more, of a closed case nothing to persons: both
        # in the transaction that ended it.
        lapse_run=lapse(outbox.c.run),
        lapse_notifications_of_run=lapse_notifications(outbox.c.run),
        lapse_case=lapse(outbox.c.subject),
        lapse_notifications_of_case=lapse_notifications(outbox.c.subject),
        insert_case=add(CaseRow),
        update_case=text(
            update(cases)
            .where(cases.c.id == bindparam("key"), cases.c.revision == bindparam("was"))
            .values({n: bindparam(n) for n in columns(CaseRow, without=FOR_LIFE)})
        ),
        insert_party=add(PartyRow),
        put_signal=put(SignalRow),
        put_confirmation=put(ConfirmationRow),
        put_term=put(TermRow),
        put_task=put(TaskRow),
        insert_timer=add(TimerRow, without=frozenset({"id"})),
        disarm=text(cancel.where(timers.c.purpose.not_in([_literal("reassessment"), *of_runs]))),
        disarm_term=text(
            cancel.where(
                timers.c.purpose.not_in([_literal("reassessment"), _literal("task_due"), *of_runs])
            )
        ),
        disarm_all=text(cancel),
        due=text(
            # With its case: two workers never fire timers of one case at the same time, so that
            # they fire in order.
            due.join(cases, cases.c.id == timers.c.case_id).with_for_update(
                skip_locked=True, of=(timers, cases)
            )
            if lock
            else due
        ),
        close_timer=text(
            update(timers)
            .where(timers.c.id == bindparam("key"), timers.c.state == _literal("armed"))
            .values(state=bindparam("state"), fired_at=bindparam("fired_at"))
        ),
        postpone_timer=text(
            update(timers)
            .where(timers.c.id == bindparam("key"))
            .values(wake_at=bindparam("wake_at"), failure=bindparam("failure"))
        ),
        insert_entry=add(EntryRow),
        insert_message=add(OutboxRow),
        insert_candidate=add(CandidateRow),
        settle_candidate=text(
            update(candidates)
            .where(candidates.c.id == bindparam("key"))
            .values(
                {
                    n: bindparam(n)
                    for n in (
                        "state",
                        "meeting_id",
                        "decided_at",
                        "decided_by",
                        "decided_because",
                        "minutes",
                        "merged_into",
                    )
                }
            )
        ),
        load_candidate=load(CandidateRow, key="id"),
        insert_meeting=add(MeetingRow),
        load_meeting=load(MeetingRow, key="id"),
        load_person=load(PersonRow, key="id"),
        next_meeting=text(
            select(meetings)
            .where(meetings.c.closes_on >= bindparam("today"))
            .order_by(meetings.c.day)
        ),
        next_number=text(
            update(counters)
            .where(counters.c.name == bindparam("key"))
            .values(value=counters.c.value + literal_column("1"))
            .returning(counters.c.value)
        ),
        first_number=add_once(CounterRow),
        recall=text(
            select(memory.c.request_hash, memory.c.receipt).where(
                memory.c.person_id == bindparam("person"), memory.c.key == bindparam("key")
            )
        ),
        remember=add_once(IdempotencyRow),
        load_room=load_in(RoomRow, "case_id", "room"),
        load_contribution=load_in(ContributionRow, "case_id", "room", "id"),
        load_release=load_in(ReleaseRow, "case_id", "room", "id"),
        load_document=load_in(DocumentContentRow, "case_id", "room", "id"),
        load_holds=load(LegalHoldRow, "placed_at", "id"),
        put_room=put(RoomRow),
        put_contribution=put(ContributionRow),
        put_release=put(ReleaseRow),
        put_document=put(DocumentContentRow),
        put_hold=put(LegalHoldRow),
        put_assessment=put(AssessmentRow),
    )


def _literal(value: str) -> ColumnElement[str]:
    """A word of ours written out in the statement, so that a partial index can be used."""
    return literal_column(f"'{value}'")
