"""The transaction of a command: load a case, write a decision, all or nothing."""

from __future__ import annotations

import json
import secrets
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from impasse.adapters.sql.database import SQLITE, Codec, translate
from impasse.adapters.sql.erasing import erase
from impasse.adapters.sql.roads import Convoy, StraightRoad
from impasse.adapters.sql.room_rows import (
    assessment_values,
    contribution_values,
    hold_values,
    read_contribution,
    read_hold,
    read_release,
    release_values,
)
from impasse.adapters.sql.rows import read_case, read_meeting, task_values, write_acts
from impasse.adapters.sql.run_rows import run_values
from impasse.adapters.sql.statements import generate
from impasse.domain.access import no_such_case
from impasse.domain.case import (
    Case,
    Purpose,
    Term,
    Timer,
)
from impasse.domain.days_in_words import day_in_words
from impasse.domain.errors import ImpasseError, NotFound, StaleRevision, Unavailable
from impasse.domain.history import canonical, chain_hash, content_hash
from impasse.domain.migration import agreements
from impasse.domain.overleg import Candidate, CandidateState, Meeting
from impasse.domain.people import Person, Role
from impasse.domain.rooms import DocumentFile, RoomState
from impasse.domain.text import Text
from impasse.engine.ports import Contention, DueTimer, Kept, Receipt, Remembered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy.engine import Engine

    from impasse.adapters.sql.roads import Road
    from impasse.adapters.sql.statements import Statements
    from impasse.domain.decision import Decision, Message
    from impasse.domain.disclosure import LegalHold
    from impasse.domain.history import Entry, Json
    from impasse.domain.people import Actor
    from impasse.domain.rooms import Room, RoomChange

    Row = tuple[Any, ...]

# Looking a member up costs nothing; asking the class for it is two calls, on every row.
_PURPOSE = {member.value: member for member in Purpose}


class SqlStore:
    """Cases in SQLite or PostgreSQL; `transaction` is for the one writer of this process."""

    def __init__(self, database: Engine) -> None:
        self.database = database
        self.sqlite = database.dialect.name == SQLITE
        self.statements = generate(database.dialect.name)
        self.codec = Codec(database.dialect.name)
        name = database.url.database if self.sqlite else None
        self._file = Path(name) if name else None
        self._inode: int | None = None
        self._kept: Any = None
        self._pipeline: Any = None
        self._opened = ExitStack()

    @contextmanager
    def transaction(self) -> Iterator[SqlTransaction]:
        """Begin a transaction that commits at the end, or rolls back when it raises.

        Raises `Contention` when another process stood in the way, `Unavailable` when the database
        fails; nothing has changed then.
        """
        try:
            self._look_for_the_file()
            driver = self._connection()
            road = self._road(driver)
        except Exception as error:
            self._drop()
            raise translate(error) from error
        try:
            yield SqlTransaction(road, self.statements, self.codec)
            road.settle()
            driver.commit()
        except BaseException as error:
            self._undo(driver, road)
            meant = translate(error) if isinstance(error, Exception) else error
            if isinstance(meant, Unavailable):
                self._drop()
            if meant is error:
                raise
            raise meant from error
        road.close()

    def close(self) -> None:
        """Give the writer's connection back and close the pool."""
        self._drop()
        self.database.dispose()

    def _look_for_the_file(self) -> None:
        """Refuse to write into a file that was taken away: it would be gone with the process."""
        if self._file is None:
            return
        try:
            now = self._file.stat().st_ino
        except OSError:
            now = None
        if self._kept is None or self._inode is None:
            self._inode = now
        if now is None or now != self._inode:
            raise Unavailable(
                Text(
                    f"Het bestand {self._file} van de database is weg of vervangen. Er is niets "
                    "veranderd. Zet het terug en start impasse opnieuw.",
                    f"The file {self._file} of the database is gone or was replaced. Nothing was "
                    "changed. Put it back and start impasse again.",
                )
            )

    def _connection(self) -> Any:  # noqa: ANN401 drivers are untyped
        """Return the driver's connection that the writer keeps, opened when there is none."""
        if self._kept is None:
            self._kept = self.database.raw_connection()
            if not self.sqlite:
                pipeline = self._kept.driver_connection.pipeline()
                self._pipeline = self._opened.enter_context(pipeline)
        return self._kept.driver_connection

    def _road(self, driver: Any) -> Road:  # noqa: ANN401 drivers are untyped
        """Begin: SQLite gives the right to write at once, psycopg begins by itself."""
        if not self.sqlite:
            return Convoy(driver, self._pipeline)
        road = StraightRoad(driver)
        road.run("BEGIN IMMEDIATE")
        return road

    def _undo(self, driver: Any, road: Road) -> None:  # noqa: ANN401 drivers are untyped
        try:
            road.recover()
            road.close()
            driver.rollback()
        except Exception:  # noqa: BLE001 the connection is lost, and the transaction with it
            self._drop()

    def _drop(self) -> None:
        """Forget the writer's connection; the next transaction opens another."""
        kept, self._kept, self._pipeline = self._kept, None, None
        with suppress(psycopg.Error):  # a lost connection cannot end its pipeline
            self._opened.close()
        if kept is not None:
            kept.invalidate()


class SqlTransaction:
    """One transaction on the driver's connection; see `engine.ports.Transaction`."""

    def __init__(self, road: Road, statements: Statements, codec: Codec) -> None:
        self._road = road
        self._run = road.run
        self._one = road.one
        self._marked = False
        self._sql = statements
        self._codec = codec

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo only what happens inside when it raises."""
        self._run("SAVEPOINT ask")
        try:
            yield
            self._road.settle()
        except Exception as error:
            meant = translate(error)
            if meant is not error:
                # The database itself failed or gave way: the whole transaction is lost.
                raise meant from error
            self._road.recover()
            self._run("ROLLBACK TO SAVEPOINT ask")
            self._run("RELEASE SAVEPOINT ask")
            raise
        self._run("RELEASE SAVEPOINT ask")

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Undo only what happens inside when it raises, as long as that is cheap.

        Nearly every refusal comes before anything is written, and a savepoint costs SQLite a
        fifth of a command. So one is set only by what writes before it can be refused; a failure
        after any other write raises `Contention`.
        """
        self._marked = False
        before = self._road.written
        try:
            yield
            self._road.settle()
        except Exception as error:
            meant = translate(error)
            if not isinstance(meant, ImpasseError) or isinstance(meant, Unavailable):
                raise _in_the_way(meant) from error
            if self._marked:
                self._road.recover()
                self._run("ROLLBACK TO SAVEPOINT number")
                self._run("RELEASE SAVEPOINT number")
            elif self._road.written != before:
                raise _in_the_way(meant) from error
            raise
        if self._marked:
            self._run("RELEASE SAVEPOINT number")

    def case(self, case: str) -> Case:
        """Return the case, held until the end of the transaction, or raise `NotFound`."""
        key, sql = (case,), self._sql
        rows, parties, signals, confirmations, terms, tasks, runs = self._road.all(
            (sql.load_case, key),
            (sql.load_parties, key),
            (sql.load_signals, key),
            (sql.load_confirmations, key),
            (sql.load_term, key),
            (sql.load_tasks, key),
            (sql.load_runs, key),
        )
        if not rows:
            raise no_such_case(case)
        term = terms[0] if terms else None
        return read_case(self._codec, rows[0], parties, signals, confirmations, term, tasks, runs)

    def earlier_runs(self, case: str) -> Sequence[tuple[str, str]]:
        """Return policy and cause of every run of escalation that *case* ever had."""
        [found] = self._road.all((self._sql.earlier_runs, (case,)))
        return [(policy, cause) for policy, cause in found]

    def last_entry(self, case: str) -> Kept | None:
        """Return the newest line of history of *case*, if there is one."""
        row = self._one(self._sql.last_entry, (case,))
        return None if row is None else Kept(row[1], row[6], json.loads(row[7]))

    def armed(self, case: str) -> Sequence[Timer]:
        """Return the timers of *case* that still stand, in the order in which they are due."""
        read = self._codec.read_instant
        [found] = self._road.all((self._sql.armed, (case,)))
        return [
            Timer(case, _PURPOSE[purpose], rung, entry, read(due_at), generation)
            for purpose, rung, entry, due_at, generation in found
        ]

    def agreed(self, case: str) -> Mapping[str, str]:
        """Return to which version each organisation agreed since the last migration of *case*."""
        [found] = self._road.all((self._sql.confirmed, (case,)))
        return agreements(json.loads(row[0]) for row in found if row[0])

    def next_case_id(self, year: int) -> str:
        """Return the next case number of *year*: a refusal gives it back."""
        self._run("SAVEPOINT number")
        self._marked = True
        name = f"case-{year}"
        row = self._one(self._sql.next_number, (name,))
        if row is None:
            # Another process may begin the same year: one of both adds the row, both count on.
            self._run(self._sql.first_number, (name, 0))
            row = self._one(self._sql.next_number, (name,))
        assert row is not None  # noqa: S101 the row was there, or was added just now
        return f"IMP-{year}-{row[0]:04d}"

    def person(self, person: str) -> Person | None:
        """Return who this is, or None when nobody can sign in under that name."""
        row = self._one(self._sql.load_person, (person,))
        if row is None:
            return None
        key, name, function_nl, function_en, organisation, roles, disabled = row[:7]
        function = Text(function_nl, function_en)
        held = frozenset(Role(role) for role in roles.split())
        return Person(key, name, function, organisation, held, disabled=bool(disabled))

    def meeting(self, meeting: str) -> Meeting:
        """Return the meeting, or raise `NotFound`."""
        row = self._one(self._sql.load_meeting, (meeting,))
        if row is None:
            raise NotFound(
                Text(
                    f"Er is geen overleg met nummer {meeting}.",
                    f"There is no meeting with number {meeting}.",
                )
            )
        return read_meeting(self._codec, row)

    def next_meeting(self, today: date) -> Meeting | None:
        """Return the first meeting whose agenda is still open on *today*."""
        row = self._one(self._sql.next_meeting, (self._codec.day(today),))
        return None if row is None else read_meeting(self._codec, row)

    def candidate(self, candidate: str) -> Candidate | None:
        """Return the candidate for an agenda with this number, if there is one."""
        row = self._one(self._sql.load_candidate, (candidate,))
        if row is None:
            return None
        key, case, state, reason_nl, reason_en, _, meeting = row[:7]
        reason = Text(reason_nl, reason_en)
        return Candidate(key, case, CandidateState(state), reason, meeting or "")

    def room(self, case: str, room: Room, contribution: str = "", release: str = "") -> RoomState:
        """Return the room as it stands, with the contribution and release that are named."""
        row = self._one(self._sql.load_room, (case, room.key))
        if row is None:
            return RoomState(room)
        read = self._codec.read_instant
        proposed = None
        if release:
            found = self._one(self._sql.load_release, (case, room.key, release))
            proposed = None if found is None else read_release(self._codec, found)
            contribution = contribution or ("" if proposed is None else proposed.contribution)
        brought = None
        if contribution:
            found = self._one(self._sql.load_contribution, (case, room.key, contribution))
            brought = None if found is None else read_contribution(self._codec, found)
        file = None
        if proposed is not None and proposed.with_document and brought is not None:
            found = self._one(self._sql.load_document, (case, room.key, brought.id))
            if found is not None:
                what = brought.particulars
                name, media_type = str(what["file_name"]), str(what["media_type"])
                file = DocumentFile(name, media_type, bytes(found[3]))
        return RoomState(
            room=room,
            opened_at=read(row[5]),
            revision=row[6],
            history_head=row[7],
            history_length=row[8],
            contributions=row[9],
            releases=row[10],
            destroyed_at=None if row[11] is None else read(row[11]),
            contribution=brought,
            release=proposed,
            file=file,
        )

    def holds(self, case: str) -> Sequence[LegalHold]:
        """Return the legal holds that were ever placed on *case*, oldest first."""
        [found] = self._road.all((self._sql.load_holds, (case,)))
        return [read_hold(self._codec, row) for row in found]

    def save(self, decision: Decision, before: Case | None, actor: Actor, at: datetime) -> Receipt:
        """Write all of *decision*, or raise `StaleRevision`."""
        if decision.meeting is not None:
            return self._save_meeting(decision, decision.meeting, actor, at)
        case = decision.case
        if decision.rooms and before is not None:
            for change in decision.rooms:
                self._save_room(change, before.id, actor, at)
            for assessment in decision.assessments:
                values = assessment_values(self._codec, before.id, assessment)
                self._run(self._sql.put_assessment, values)
        quiet = before is not None and not decision.entries and not _differs(case, before)
        if case is None or quiet:
            if before is not None:
                self._put_runs(decision, before.id, at)
                self._arm(decision, before.id)
                changed = bool(decision.rooms)
                return Receipt(before.id, before.revision, decision.created, changed=changed)
            raise AssertionError(decision)
        revision = 1 if before is None else before.revision + 1
        head, length = self._chain(
            case.id, case.history_head, case.history_length, decision.entries, actor, at
        )
        values = self._case_values(case, revision, head, length)
        if before is None:
            self._run(self._sql.insert_case, (*self._born_values(case), *values))
        else:
            unchanged = (*values, case.id, before.revision)
            self._road.run_once(self._sql.update_case, unchanged, _someone_was_first)
        self._parts(decision, case, at, actor)
        self._put_runs(decision, case.id, at)
        self._arm(decision, case.id)
        self._promise(case.id, revision, decision.messages, at, actor, case.stage_entry)
        return Receipt(case.id, revision, decision.created)

    def due(self, now: datetime, limit: int) -> Sequence[DueTimer]:
        """Claim at most *limit* timers that are due, oldest promise first."""
        moment = self._codec.instant(now)
        values = (moment, limit, 0) if self._codec.text else (moment, limit)
        read = self._codec.read_instant
        [found] = self._road.all((self._sql.due, values))
        return [
            DueTimer(key, case, _PURPOSE[purpose], rung, entry, read(due_at), generation)
            for key, case, purpose, rung, entry, due_at, generation in found
        ]

    def close_timer(self, timer: int, state: str, at: datetime) -> None:
        """Say what became of a claimed timer."""
        self._run(self._sql.close_timer, (state, self._codec.instant(at), timer))

    def postpone_timer(self, timer: int, until: datetime, failure: str) -> None:
        """Keep a timer whose effect failed, to be tried again."""
        self._run(self._sql.postpone_timer, (self._codec.instant(until), failure, timer))

    def remembered(self, person: str, key: str) -> Remembered | None:
        """Return the answer given earlier to this key, if any."""
        row = self._one(self._sql.recall, (person, key))
        if row is None:
            return None
        subject, revision, created, changed, *_room = json.loads(row[1])
        return Remembered(row[0], Receipt(subject, revision, created, changed, repeated=True))

    def remember(
        self,
        person: str,
        key: str,
        request_hash: str,
        receipt: Receipt,
        at: datetime,
        *,
        room: str = "",
    ) -> None:
        """Keep the answer to this key; with what is destroyed in *room* its hash goes too."""
        told = [receipt.subject, receipt.revision, receipt.created, receipt.changed]
        answer = canonical([*told, room] if room else told)
        moment = self._codec.instant(at)
        # When it is there already, the same request came in through another process.
        self._road.run_once(
            self._sql.remember, (person, key, request_hash, answer, moment), lambda: Contention(key)
        )

    def _chain(  # noqa: PLR0917 the links of a chain
        self,
        subject: str,
        head: str,
        length: int,
        entries: list[Entry],
        actor: Actor,
        at: datetime,
    ) -> tuple[str, int]:
        """Append *entries* to the chain of *subject*; return its new head and length."""
        moment = at.isoformat(timespec="microseconds")
        who = f"{actor.person}\n{actor.organisation}\n{actor.origin}"
        kept = moment if self._codec.text else at
        for entry in entries:
            length += 1
            content = canonical(entry.content)
            salt = secrets.token_hex(8)
            hashed = content_hash(salt, content)
            head = chain_hash(
                head,
                subject=subject,
                seq=length,
                at=moment,
                who=who,
                what=f"{entry.action}\n{hashed}",
            )
            self._run(
                self._sql.insert_entry,
                (
                    subject,
                    length,
                    kept,
                    actor.person,
                    actor.organisation,
                    actor.origin,
                    entry.action,
                    content,
                    salt,
                    hashed,
                    head,
                ),
            )
        return head, length

    def _save_room(self, change: RoomChange, case: str, actor: Actor, at: datetime) -> None:
        """Write what happened in one room; its own chain grows, that of the case does not."""
        state, codec = change.before, self._codec
        room = state.room
        head, length = self._chain(
            room.subject(case), state.history_head, state.history_length, change.entries, actor, at
        )
        added = sum(one.position > state.contributions for one in change.contributions)
        proposed = sum(one.position > state.releases for one in change.releases)
        gone = at if change.destroy_all else state.destroyed_at
        self._run(
            self._sql.put_room,
            (
                case,
                room.key,
                room.kind.value,
                room.organisation,
                room.mediator,
                codec.instant(state.opened_at or at),
                state.revision + 1,
                head,
                length,
                state.contributions + added,
                state.releases + proposed,
                None if gone is None else codec.instant(gone),
            ),
        )
        for contribution in change.contributions:
            values = contribution_values(codec, case, contribution)
            self._run(self._sql.put_contribution, values)
        for key, file in change.files.items():
            self._run(self._sql.put_document, (case, room.key, key, file.body))
        for release in change.releases:
            self._run(self._sql.put_release, release_values(codec, case, release))
        if change.destroyed or change.destroy_all:
            erase(self._run, codec, case, change, at)

    def _case_values(self, case: Case, revision: int, head: str, length: int) -> Row:
        """Return what a decision may change, in the order of the columns."""
        day, standing, term = self._codec.day, case.standing, case.term
        return (
            case.workflow,
            case.workflow_version,
            case.stage,
            case.stage_entry,
            day(case.stage_since),
            case.came_from,
            canonical(dict(case.left)) if case.left else "{}",
            case.tier._value_,
            case.status._value_,
            day(case.last_step_on),
            case.handler,
            case.mediator,
            "" if standing is None else standing.level._value_,
            None if standing is None else day(standing.since),
            None if standing is None else day(standing.below_since),
            case.score,
            case.candidate,
            day(case.candidate_day),
            None if term is None else self._codec.instant(term.ends_at),
            revision,
            head,
            length,
        )

    def _born_values(self, case: Case) -> Row:
        """Return what a case keeps for life, in the order of the columns."""
        return (
            case.id,
            case.title,
            case.summary,
            case.policy_area,
            canonical(case.regions),
            case.visibility._value_,
            self._codec.day(case.opened_on),
        )

    def _parts(self, decision: Decision, case: Case, at: datetime, actor: Actor) -> None:
        day, instant = self._codec.day, self._codec.instant
        if decision.parties:
            first = len(case.parties) - len(decision.parties)
            for place, party in enumerate(decision.parties, first):
                self._run(
                    self._sql.insert_party,
                    (
                        case.id,
                        party.organisation,
                        place,
                        party.name,
                        party.layer._value_,
                        party.role,
                    ),
                )
        for signal in decision.signals:
            self._run(
                self._sql.put_signal,
                (
                    case.id,
                    signal.id,
                    int(signal.id[1:]),
                    signal.indicator,
                    signal.reliability._value_,
                    signal.organisation,
                    day(signal.happened_on),
                    day(signal.reported_on),
                    signal.text,
                    day(signal.closed_on),
                    signal.closed_as,
                ),
            )
        for confirmation in decision.confirmations:
            self._run(
                self._sql.put_confirmation,
                (
                    case.id,
                    confirmation.kind._value_,
                    confirmation.organisation,
                    confirmation.note,
                    confirmation.person,
                    instant(confirmation.at),
                    confirmation.stage_entry,
                    confirmation.about,
                ),
            )
        for term in decision.ended_terms:
            self._put_term(case.id, term)
        if decision.term is not None:
            self._put_term(case.id, decision.term)
        for task in decision.tasks:
            self._run(self._sql.put_task, task_values(self._codec, case.id, task))
        for candidate in decision.candidates:
            self._put_candidate(candidate, at, actor)
        for hold in decision.holds:
            self._run(self._sql.put_hold, hold_values(self._codec, case.id, hold))

    def _put_term(self, case: str, term: Term) -> None:
        day = self._codec.day
        self._run(
            self._sql.put_term,
            (
                case,
                term.stage_entry,
                term.stage,
                term.length,
                term.basis,
                term.atw,
                day(term.start),
                day(term.raw_end),
                day(term.end),
                self._codec.instant(term.ends_at),
                term.calendar_version,
                term.state._value_,
                None if term.begun_at is None else self._codec.instant(term.begun_at),
                term.plan,
                write_acts(term.acts) if term.acts else "[]",
                term.calendar_version,
            ),
        )

    def _put_candidate(self, candidate: Candidate, at: datetime, actor: Actor) -> None:
        moment = self._codec.instant(at)
        if candidate.state is CandidateState.PROPOSED:
            self._run(
                self._sql.insert_candidate,
                (
                    candidate.id,
                    candidate.case,
                    candidate.state._value_,
                    candidate.reason.nl,
                    candidate.reason.en,
                    moment,
                    None,
                    None,
                    "",
                    "",
                    None,
                    candidate.run,
                    "" if candidate.note is None else _note(candidate.note),
                    "",
                ),
            )
            return
        self._run(
            self._sql.settle_candidate,
            (
                candidate.state._value_,
                candidate.meeting or None,
                moment,
                actor.person,
                candidate.decided_because,
                candidate.minutes,
                candidate.merged_into,
                candidate.id,
            ),
        )

    def _arm(self, decision: Decision, case: str) -> None:
        if decision.disarm_all:
            self._run(self._sql.disarm_all, (case,))
        elif decision.disarm:
            self._run(self._sql.disarm, (case,))
        elif decision.disarm_term:
            self._run(self._sql.disarm_term, (case,))
        if not decision.arm:
            return
        rows = []
        for timer in decision.arm:
            moment = self._codec.instant(timer.due_at)
            rows.append(
                (
                    case,
                    timer.purpose._value_,
                    timer.rung,
                    timer.stage_entry,
                    moment,
                    moment,
                    "armed",
                    None,
                    "",
                    timer.generation,
                )
            )
        self._road.run_each(self._sql.insert_timer, rows)

    def _put_runs(self, decision: Decision, case: str, at: datetime) -> None:
        """Write runs; what is held of those that ended, or of a case that closed, goes nowhere."""
        moment = self._codec.instant(at)
        for run in decision.runs:
            self._run(self._sql.put_run, run_values(self._codec, case, run))
            if not run.open:
                self._run(self._sql.lapse_run, (moment, f"{case}:{run.id}"))
                self._run(self._sql.lapse_notifications_of_run, (moment, f"{case}:{run.id}"))
        if decision.disarm_all:
            self._run(self._sql.lapse_case, (moment, case))
            self._run(self._sql.lapse_notifications_of_case, (moment, case))

    def _promise(  # noqa: PLR0917 what a message is written with
        self,
        subject: str,
        revision: int,
        messages: list[Message],
        at: datetime,
        actor: Actor,
        stay: int = 0,
    ) -> None:
        moment = self._codec.instant(at)
        for place, message in enumerate(messages, 1):
            self._run(
                self._sql.insert_message,
                (
                    f"{subject}-{revision}-{place}",
                    subject,
                    f"nl.impasse.case.{message.type}",
                    moment,
                    canonical([role._value_ for role in message.notify]),
                    message.reason.nl,
                    message.reason.en,
                    None,
                    _addressees(message),
                    "" if message.otherwise is None else message.otherwise.nl,
                    "" if message.otherwise is None else message.otherwise.en,
                    message.rule,
                    message.run,
                    message.urgent,
                    stay,
                    actor.person,
                ),
            )

    def _save_meeting(
        self, decision: Decision, meeting: Meeting, actor: Actor, at: datetime
    ) -> Receipt:
        if self._one(self._sql.load_meeting, (meeting.id,)) is not None:
            day = day_in_words(meeting.day)
            raise StaleRevision(
                Text(
                    f"Op {day.nl} staat al een overleg. Kies een andere dag.",
                    f"There is a meeting on {day.en} already. Choose another day.",
                )
            )
        subject = f"OVERLEG-{meeting.id}"
        head, length = self._chain(subject, "", 0, decision.entries, actor, at)
        starts, ends = meeting.starts_at, meeting.ends_at
        text = self._codec.text
        self._run(
            self._sql.insert_meeting,
            (
                meeting.id,
                meeting.series,
                self._codec.day(meeting.day),
                starts.strftime("%H:%M:%S.%f") if text else starts,
                ends.strftime("%H:%M:%S.%f") if text else ends,
                meeting.place,
                self._codec.day(meeting.closes_on),
                1,
                head,
                length,
            ),
        )
        self._promise(subject, 1, decision.messages, at, actor)
        return Receipt(subject, 1, meeting.id)


def _differs(case: Case | None, before: Case) -> bool:
    """Whether more of the case changed than its runs, which keep their own rows."""
    if case is None or case is before:
        return False
    return case.runs is before.runs or case.but(runs=before.runs) != before


def _addressees(message: Message) -> str:
    """Return who is named in *message*, as `notifying` reads it; "" when only roles are."""
    if not message.to and not message.webhooks:
        return ""
    persons: list[Json] = [
        {
            "person": one.person,
            "why": {"nl": one.why.nl, "en": one.why.en},
            "side": one.side,
            "stands_for": one.stands_for,
            "knows": one.knows,
        }
        for one in message.to
    ]
    return canonical([*persons, *({"webhook": webhook} for webhook in message.webhooks)])


def _note(note: Text) -> str:
    return canonical({"nl": note.nl, "en": note.en})


def _in_the_way(error: Exception) -> Exception:
    """Return what ends the whole transaction after *error*: try again, or the database is lost."""
    return error if isinstance(error, Contention | Unavailable) else Contention(str(error))


def _someone_was_first() -> StaleRevision:
    return StaleRevision(
        Text(
            "Iemand anders was u voor. Bekijk eerst wat er veranderde.",
            "Someone else was first. Look at what changed first.",
        )
    )
