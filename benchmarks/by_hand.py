"""The statements of one ordinary move, written by hand for the driver, one commit per move.

Nothing is decided, checked, hashed or logged here: the values are of the same shape, the tables
and indexes are the same. It is what a careful programmer gets with no *impasse* around it.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import make_url

if TYPE_CHECKING:
    from collections.abc import Iterator

_CASE = (
    "SELECT id, title, summary, policy_area, regions, visibility, opened_on, workflow,"
    " workflow_version, stage, stage_entry, stage_since, came_from, tier, status, last_step_on,"
    " handler, mediator, level, level_since, level_below_since, score, candidate, candidate_day,"
    ' "left", deadline, revision, history_head, history_length FROM cases WHERE id = ?'
)
_PARTIES = (
    "SELECT case_id, organisation, position, name, layer, role FROM parties"
    " WHERE case_id = ? ORDER BY position"
)
_SIGNALS = (
    "SELECT case_id, id, position, indicator, reliability, organisation, happened_on,"
    " reported_on, text, closed_on, closed_as FROM signals WHERE case_id = ? ORDER BY position"
)
_CONFIRMATIONS = (
    "SELECT case_id, kind, organisation, note, person, at, stage_entry, about"
    " FROM confirmations"
    " WHERE case_id = ? ORDER BY at, kind, organisation"
)
_TERM = (
    "SELECT case_id, stage_entry, stage, length, basis, atw, start, raw_end,"
    ' "end", ends_at, calendar_version, state, begun_at, plan, acts, checked_with FROM terms'
    " WHERE case_id = ? AND state IN ('running', 'suspended', 'expired')"
)
_TASKS = (
    "SELECT case_id, id, stage_entry, name, label_nl, label_en, organisation, role, state, needed,"
    " position, round, outcome, note, opened_on, due_on, settled_on, settled_by FROM tasks"
    " WHERE case_id = ? ORDER BY position"
)
_ENTRY = (
    "INSERT INTO entries (subject, seq, at, person, organisation, origin, action, content, salt,"
    " content_hash, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_UPDATE = (
    "UPDATE cases SET workflow = ?, workflow_version = ?, stage = ?, stage_entry = ?,"
    " stage_since = ?, came_from = ?, tier = ?, status = ?, last_step_on = ?, handler = ?,"
    " mediator = ?, level = ?, level_since = ?, level_below_since = ?, score = ?, candidate = ?,"
    ' candidate_day = ?, "left" = ?, deadline = ?, revision = ?, history_head = ?,'
    " history_length = ? WHERE id = ? AND revision = ?"
)
_PUT_TERM = (
    "INSERT INTO terms (case_id, stage_entry, stage, length, basis, atw, start, raw_end,"
    ' "end", ends_at, calendar_version, state, begun_at, plan, acts, checked_with)'
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (case_id, stage_entry) DO UPDATE SET stage = excluded.stage,"
    " length = excluded.length, basis = excluded.basis, atw = excluded.atw,"
    ' start = excluded.start, raw_end = excluded.raw_end, "end" = excluded."end",'
    " ends_at = excluded.ends_at, calendar_version = excluded.calendar_version,"
    " state = excluded.state, begun_at = excluded.begun_at, plan = excluded.plan,"
    " acts = excluded.acts, checked_with = excluded.checked_with"
)
_DISARM = (
    "UPDATE timers SET state = 'cancelled'"
    " WHERE case_id = ? AND state = 'armed' AND purpose != 'reassessment'"
)
_ARM = (
    "INSERT INTO timers (case_id, purpose, rung, stage_entry, due_at, wake_at, state, fired_at,"
    " failure, generation) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_PROMISE = (
    "INSERT INTO outbox (id, subject, type, at, notify, reason_nl, reason_en, spread_at,"
    ' addressees, otherwise_nl, otherwise_en, rule, run, urgent, stay, "by")'
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', '', '', '', '', false, 0, '')"
)
_TIMERS = (("reminder", 0), ("reminder", 1), ("rung", 0), ("rung", 1), ("rung", 2))
_CONTENT = (
    '{"from":"signal","note":"De behandelaar volgt deze week.",'
    '"passed":["handler_appointed","all_parties_heard"],"to":"joint_fact_finding",'
    '"trigger":"start_fact_finding"}'
)
_HASH = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"


class ByHand:
    """The hand-written move, on a connection of its own."""

    def __init__(self, connection: Any, *, sqlite: bool) -> None:  # noqa: ANN401 — two drivers
        """Keep the connection; statements take `?` or `%s` as the driver wants."""
        self._connection = connection
        self._sqlite = sqlite
        self._say = _identity if sqlite else _percent
        self._row_lock = "" if sqlite else " FOR UPDATE"

    def move(self, case: str) -> None:
        """Move *case* from the first stage to the second, and commit."""
        cursor = self._connection.cursor()
        run, say = cursor.execute, self._say
        if self._sqlite:
            run("BEGIN IMMEDIATE")
        row = run(say(_CASE + self._row_lock), (case,)).fetchone()
        for statement in (_PARTIES, _SIGNALS, _CONFIRMATIONS, _TASKS):
            run(say(statement), (case,)).fetchall()
        term = run(say(_TERM), (case,)).fetchone()
        now = datetime.now(UTC)
        at, later = self._instant(now), self._instant(now + timedelta(days=56))
        today, last_day = self._day(now.date()), self._day(now.date() + timedelta(days=56))
        revision, length = row[-3] + 1, row[-1] + 1
        run(
            say(_ENTRY),
            (case, length, at, "p-bench", "gm0363", "benchmark", "stage_changed", _CONTENT,
             _HASH[:16], _HASH, _HASH),
        )  # fmt: skip
        run(
            say(_UPDATE),
            (row[7], row[8], "joint_fact_finding", row[10] + 1, today, row[9], row[13], "open",
             today, row[16], row[17], row[18], row[19], row[20], 0.5, row[22], row[23],
             row[24], later, revision, _HASH, length, case, revision - 1),
        )  # fmt: skip
        assert cursor.rowcount == 1
        run(say(_PUT_TERM), (*term[:11], "met", *term[12:]))
        run(
            say(_PUT_TERM),
            (case, row[10] + 1, "joint_fact_finding", "8 weeks", "agreement", "apply", today,
             last_day, last_day, later, term[10], "running", at, 0, "[]", term[10]),
        )  # fmt: skip
        run(say(_DISARM), (case,))
        for purpose, rung in _TIMERS:
            run(say(_ARM), (case, purpose, rung, row[10] + 1, later, later, "armed", None, "", 0))
        run(
            say(_PROMISE),
            (f"{case}-{revision}-1", case, "nl.impasse.case.stage-changed", at,
             '["party","mediator","secretariat"]', "De zaak is nu in fase feiten vaststellen.",
             "The case is now in stage joint fact-finding.", None),
        )  # fmt: skip
        self._connection.commit()

    def rows_of(self, case: str) -> dict[str, int]:
        """Return how many rows each table holds of *case*: what a move left behind."""
        counts = {}
        for name, key in (
            ("entries", "subject"),
            ("terms", "case_id"),
            ("timers", "case_id"),
            ("outbox", "subject"),
        ):
            cursor = self._connection.cursor()
            cursor.execute(self._say(f"SELECT count(*) FROM {name} WHERE {key} = ?"), (case,))  # noqa: S608
            counts[name] = cursor.fetchone()[0]
        self._connection.commit()
        return counts

    def _instant(self, moment: datetime) -> str | datetime:
        return moment.isoformat(timespec="microseconds") if self._sqlite else moment

    def _day(self, day: date) -> str | date:
        return day.isoformat() if self._sqlite else day


@contextmanager
def by_hand(url: str) -> Iterator[ByHand]:
    """Connect to the database at *url* with its driver alone, as durable as *impasse* is."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        connection = sqlite3.connect(str(address.database), isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        try:
            yield ByHand(connection, sqlite=True)
        finally:
            connection.close()
        return
    plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, options="-c timezone=UTC") as server:
        yield ByHand(server, sqlite=False)


def _identity(statement: str) -> str:
    return statement


def _percent(statement: str) -> str:
    return statement.replace("?", "%s")
