"""The one door: a command goes in, one transaction comes out.

One writer at a time takes all commands that wait, runs each inside its own savepoint and makes
them durable with one commit. A refusal hurts nobody beside it. Nothing that a command promises is
done here: messages and timers are rows, written with the decision.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from hashlib import sha256
from queue import Empty, SimpleQueue
from secrets import token_hex
from typing import TYPE_CHECKING, get_args

import structlog

from impasse.domain.access import authorise, may_see, no_such_case
from impasse.domain.commands import (
    AddParty,
    Appoint,
    AssessDisclosure,
    DecideCandidate,
    FireTimer,
    LiftHold,
    Migrate,
    OpenCase,
    PlaceHold,
    PlanMeeting,
    RoomCommand,
    StartEscalation,
    UndoMigration,
)
from impasse.domain.decide import decide, plan_meeting
from impasse.domain.decision import Given
from impasse.domain.errors import (
    Fault,
    ImpasseError,
    Invalid,
    KeyReused,
    StaleRevision,
    Unavailable,
)
from impasse.domain.escalation import Directory
from impasse.domain.history import Entry
from impasse.domain.opening import open_case
from impasse.domain.people import CLOCK
from impasse.domain.rooms import SHARED, Room, RoomKind
from impasse.domain.storable import refuse_unstorable
from impasse.domain.text import Text
from impasse.engine.ports import Contention, Receipt
from impasse.engine.procedures import procedure_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Case, Timer
    from impasse.domain.commands import CaseCommand, Command
    from impasse.domain.decision import Decision
    from impasse.domain.early_warning import Indicators
    from impasse.domain.escalation_policy import EscalationPolicy
    from impasse.domain.machine import CompiledWorkflow
    from impasse.domain.overleg import Meeting
    from impasse.domain.people import Actor
    from impasse.domain.rooms import RoomState
    from impasse.engine.ports import Clock, DueTimer, Remembered, Store, Transaction
    from impasse.engine.procedures import Procedures

log = structlog.get_logger("impasse.engine")

RETRY_TIMER = timedelta(minutes=5)
"""A timer whose effect failed is kept, and tried again after this long."""

LONGEST_KEY = 255
"""Room for any sensible key of a request; an index has no room for much more."""

_ABOUT_ROOMS = (*get_args(RoomCommand), PlaceHold, LiftHold, AssessDisclosure)
"""What needs to know a room, or whether anything may be destroyed."""

TRIES = 5
"""How often a command that others stood in the way of is done again before it is refused."""


@dataclass(slots=True)
class _Ask:
    """A command that waits for the writer, and the future that waits for its answer."""

    command: Command
    actor: Actor
    revision: int | None = None
    key: str = ""
    answer: Future[Receipt] = field(default_factory=Future)


@dataclass(slots=True)
class _Sweep:
    """A request to fire what is due."""

    limit: int
    answer: Future[int] = field(default_factory=Future)


@dataclass(frozen=True, slots=True)
class _Stop:
    """The last thing in the queue."""


class Engine:
    """Hands commands to the writer; made once per process by `wiring`.

    `armed` is called after each commit that promised something about time, with the earliest
    moment, so that the alarm clock can be set; `told` after each commit that promised a message.
    Both run on the writer's thread and must be quick. `policies` are those of escalation that are
    in force, `directory` is who there is: without them nothing escalates.
    """

    def __init__(
        self,
        store: Store,
        procedures: Procedures,
        calendar: Calendar,
        indicators: Indicators,
        clock: Clock,
        *,
        batch: int = 64,
    ) -> None:
        self.store = store
        self.procedures = procedures
        self.calendar = calendar
        self.indicators = indicators
        self.clock = clock
        self.batch = batch
        self.armed: Callable[[datetime], None] | None = None
        self.told: Callable[[], None] | None = None
        self.policies: Callable[[], Mapping[str, EscalationPolicy]] = dict
        self.directory: Callable[[datetime], Directory] | None = None
        self._promised: list[Timer] = []
        self._messages = False
        self._queue: SimpleQueue[_Ask | _Sweep | _Stop] = SimpleQueue()
        self._open = True
        self._lock = threading.Lock()
        # Whoever writes has the turn; `_taken` says that the writer holds work and waits for it.
        self._turn = threading.Lock()
        self._taken = False
        self._writer = threading.Thread(target=self._write, name="impasse-writer", daemon=True)
        self._writer.start()

    def handle(
        self, command: Command, actor: Actor, *, revision: int | None = None, key: str = ""
    ) -> Receipt:
        """Decide and commit, or raise and leave no trace.

        *revision* guards against a change since the reader looked: of the case, or of the
        confidential room that the command is about; *key* makes a repeated request
        get the answer of the first.
        """
        ask = _ask(command, actor, revision, key)
        if not self._at_once(ask):
            self._put(ask)
        return ask.answer.result()

    def _at_once(self, ask: _Ask) -> bool:
        """Write *ask* from the thread that asks, when nobody else writes or waits to.

        It spares two changes of thread, which cost a lonely command as much as its decision.
        """
        if self._taken or not self._turn.acquire(blocking=False):
            return False
        try:
            if self._taken or not self._open or not self._queue.empty():
                return False
            ask.answer.set_running_or_notify_cancel()
            self._do([ask], None)
        finally:
            self._turn.release()
        return True

    def preview(self, command: CaseCommand, case: Case, actor: Actor) -> Decision:
        """Return what *command* would do to *case* as the reader saw it; nothing is written.

        Raises what `handle` would raise. Meant for commands that need nothing beside the case.
        """
        refuse_unstorable(command)
        authorise(actor, command, case)
        given = self._given(procedure_of(self.procedures, case), actor, self.clock())
        return decide(case, command, given)

    def submit(
        self, command: Command, actor: Actor, *, revision: int | None = None, key: str = ""
    ) -> Future[Receipt]:
        """Queue *command*; the future holds the receipt once it is durable."""
        ask = _ask(command, actor, revision, key)
        self._put(ask)
        return ask.answer

    def fire_due(self, limit: int = 200) -> int:
        """Fire at most *limit* timers that are due, each once with its effect; return how many."""
        sweep = _Sweep(limit)
        self._put(sweep)
        return sweep.answer.result()

    def close(self) -> None:
        """Finish what is queued, stop the writer and let go of the store."""
        with self._lock:
            if not self._open:
                return
            self._open = False
            self._queue.put(_Stop())
        self._writer.join()
        with self._turn:
            self.store.close()

    def _put(self, work: _Ask | _Sweep) -> None:
        with self._lock:
            if not self._open:
                raise Unavailable(
                    Text(
                        "De dienst sluit af. Probeer het zo opnieuw.",
                        "The service is closing. Try again in a moment.",
                    )
                )
            self._queue.put(work)

    def _write(self) -> None:
        """Take what waits, commit it together, and begin again, until told to stop."""
        while True:
            work: _Ask | _Sweep | _Stop | None = self._queue.get()
            self._taken = True
            asks: list[_Ask] = []
            while isinstance(work, _Ask):
                # Who asked may have gone away meanwhile; what runs now can be called off no more.
                if work.answer.set_running_or_notify_cancel():
                    asks.append(work)
                work = self._next() if len(asks) < self.batch else None
            with self._turn:
                self._do(asks, work if isinstance(work, _Sweep) else None)
            self._taken = False
            if isinstance(work, _Stop):
                return

    def _do(self, asks: list[_Ask], sweep: _Sweep | None) -> None:
        """Do what was taken from the queue; whatever goes wrong, the writer goes on."""
        try:
            if asks:
                self._commit(asks)
            if sweep is not None:
                self._fire(sweep)
            self._ring()
        except Exception as error:  # noqa: BLE001 who still waits for an answer hears it
            waiting: list[Future[Receipt] | Future[int]] = [ask.answer for ask in asks]
            if sweep is not None:
                waiting.append(sweep.answer)
            for answer in waiting:
                if not answer.done():
                    answer.set_exception(error)

    def _next(self) -> _Ask | _Sweep | _Stop | None:
        try:
            return self._queue.get_nowait()
        except Empty:
            return None

    def _commit(self, asks: list[_Ask]) -> None:
        """Make *asks* durable together; one by one when other processes stand in the way."""
        answers = self._alone(asks[0]) if len(asks) == 1 else self._together(asks)
        if answers is None:
            answers = [self._again(ask) for ask in asks]
        outcomes = list(zip(asks, answers, strict=True))
        for ask, answer in outcomes:
            if isinstance(answer, Exception):
                ask.answer.set_exception(answer)
            else:
                ask.answer.set_result(answer)
        _log_all(outcomes)

    def _together(self, asks: list[_Ask]) -> list[Receipt | Exception] | None:
        """Run *asks* in one transaction; None when another process stood in the way."""
        answers: list[Receipt | Exception] = []
        try:
            with self.store.transaction() as tx:
                for ask in asks:
                    try:
                        with tx.attempt():
                            answers.append(self._unit(tx, ask))
                    except (Contention, Unavailable):
                        raise
                    except Exception as error:  # noqa: BLE001 it goes to who asked, whatever it is
                        answers.append(error)
        except Contention:
            return None
        except Exception as error:  # noqa: BLE001 nothing was made durable: all askers hear why
            return [error] * len(asks)
        return answers

    def _alone(self, ask: _Ask) -> list[Receipt | Exception] | None:
        """Run one ask in a transaction of its own; None when another process stood in the way."""
        try:
            with self.store.transaction() as tx:
                receipt = self._unit(tx, ask)
        except Contention:
            return None
        except Exception as error:  # noqa: BLE001 it goes to who asked, whatever it is
            return [error]
        return [receipt]

    def _again(self, ask: _Ask) -> Receipt | Exception:
        for _ in range(TRIES):
            answers = self._alone(ask)
            if answers is not None:
                return answers[0]
        return Unavailable(
            Text(
                "Het is nu te druk in de database. Er is niets veranderd; probeer het opnieuw.",
                "The database is too busy now. Nothing was changed; try again.",
            )
        )

    def _unit(self, tx: Transaction, ask: _Ask) -> Receipt:
        """Load, authorise, decide, save: the whole road of one command."""
        command, actor, at = ask.command, ask.actor, self.clock()
        refuse_unstorable(command)
        # First the case, which is held from here on: a twin of this request that came in through
        # another process has then been remembered, or waits for us.
        case = None if isinstance(command, PlanMeeting | OpenCase) else tx.case(command.case)
        asked = ""
        if ask.key:
            asked = sha256(repr(command).encode()).hexdigest()
            earlier = _earlier(tx, ask, case)
            if earlier is not None:
                return _answer_again(earlier, asked)
        if isinstance(command, PlanMeeting | OpenCase):
            decision = self._begin(tx, command, actor, at)
        else:
            assert case is not None  # noqa: S101 every other command is about a case
            decision = self._go_on(tx, case, command, ask, at)
        receipt = tx.save(decision, case, actor, at)
        if decision.arm:
            self._promised += decision.arm
        self._messages = self._messages or bool(decision.messages)
        if ask.key:
            tx.remember(actor.person, ask.key, asked, receipt, at, room=_closed_room(command))
        return receipt

    def _begin(
        self, tx: Transaction, command: PlanMeeting | OpenCase, actor: Actor, at: datetime
    ) -> Decision:
        """Decide on what begins something: a meeting, or a case."""
        authorise(actor, command, None)
        if isinstance(command, PlanMeeting):
            today = self.calendar.local_day(at)
            return plan_meeting(command, today=today, calendar=self.calendar)
        procedure = self.procedures.get(command.workflow, command.workflow_version)
        given = self._given(procedure, actor, at)
        return open_case(command, tx.next_case_id(given.today.year), given)

    def _go_on(
        self, tx: Transaction, case: Case, command: CaseCommand, ask: _Ask, at: datetime
    ) -> Decision:
        """Decide on a case that exists, with what this command needs to know beside it."""
        authorise(ask.actor, command, case)
        if not _in_closed_room(command) and ask.revision not in {None, case.revision}:
            raise _changed()
        given = self._given(procedure_of(self.procedures, case), ask.actor, at)
        if isinstance(command, DecideCandidate) and command.accepted:
            host = tx.candidate(command.into) if command.into else None
            given = replace(given, meeting=self._meeting(tx, command, at), host=host)
        elif isinstance(command, Appoint):
            given = replace(given, appointee=tx.person(command.appointee))
        elif isinstance(command, AddParty) and case.mediator:
            given = replace(given, mediator=tx.person(case.mediator))
        elif isinstance(command, StartEscalation):
            given = replace(given, earlier_runs=tuple(tx.earlier_runs(case.id)))
        elif isinstance(command, Migrate | UndoMigration):
            given = self._migrating(tx, case, command, given)
        elif isinstance(command, _ABOUT_ROOMS):
            given = self._in_rooms(tx, case, command, given)
            if _in_closed_room(command) and ask.revision not in {None, _revision_of(given.room)}:
                raise _changed()
        return decide(case, command, given)

    def _migrating(
        self, tx: Transaction, case: Case, command: Migrate | UndoMigration, given: Given
    ) -> Given:
        """Add what a migration or its undoing needs: the other version, timers, and history."""
        newest = tx.last_entry(case.id)
        if isinstance(command, Migrate):
            successor = self.procedures.get(command.workflow, command.version)
        else:
            # Where it leads back to stands in history; deciding tells when there is no way back.
            successor = None
        return replace(
            given,
            successor=successor,
            armed=tuple(tx.armed(case.id)),
            newest=None if newest is None else Entry(newest.action, newest.content),
            agreed=tx.agreed(case.id),
        )

    def _in_rooms(
        self,
        tx: Transaction,
        case: Case,
        command: RoomCommand | PlaceHold | LiftHold | AssessDisclosure,
        given: Given,
    ) -> Given:
        """Add what a command in a room needs: that room, the shared one, and legal holds."""
        holds = tuple(tx.holds(case.id))
        if isinstance(command, PlaceHold | LiftHold):
            return replace(given, holds=holds)
        if isinstance(command, AssessDisclosure):
            room, item = Room(RoomKind.SIDE, command.organisation), command.item
            state, shared = tx.room(case.id, room), tx.room(case.id, SHARED, item)
        else:
            room = command.room
            contribution = getattr(command, "contribution", "")
            release = getattr(command, "release", "")
            state, shared = tx.room(case.id, room, contribution, release), tx.room(case.id, SHARED)
        return replace(given, room=state, shared=shared, holds=holds, salt=_salt)

    def _given(self, procedure: CompiledWorkflow, actor: Actor, at: datetime) -> Given:
        return Given(
            at=at,
            today=self.calendar.local_day(at),
            actor=actor,
            procedure=procedure,
            calendar=self.calendar,
            indicators=self.indicators,
            policies=self.policies,
            directory=self._who_is_there(at),
        )

    def _who_is_there(self, at: datetime) -> Callable[[], Directory]:
        """Return what looks up, once and only when it is asked, who there is at this moment."""

        @cache
        def look() -> Directory:
            return Directory({}, {}, {}, {}) if self.directory is None else self.directory(at)

        return look

    def _meeting(self, tx: Transaction, command: DecideCandidate, at: datetime) -> Meeting | None:
        if command.meeting:
            return tx.meeting(command.meeting)
        return tx.next_meeting(self.calendar.local_day(at))

    def _fire(self, sweep: _Sweep) -> None:
        """Fire what is due in one transaction: each timer with its effect, in order, once."""
        outcomes: list[tuple[_Ask, Receipt | Exception]] = []
        for _ in range(TRIES):
            try:
                with self.store.transaction() as tx:
                    due = tx.due(self.clock(), sweep.limit)
                    outcomes = [self._fire_one(tx, timer) for timer in due]
            except Contention:
                # Another process holds them. Whatever is left is due at the next sweep too.
                outcomes = []
            except Exception as error:  # noqa: BLE001 nothing became durable; the sweeper hears
                sweep.answer.set_exception(error)
                return
            else:
                break
        sweep.answer.set_result(len(outcomes))
        _log_all(outcomes)

    def _fire_one(self, tx: Transaction, timer: DueTimer) -> tuple[_Ask, Receipt | Exception]:
        command = FireTimer(
            timer.case,
            timer.id,
            timer.purpose,
            timer.rung,
            timer.stage_entry,
            timer.due_at,
            timer.generation,
        )
        ask = _Ask(command, CLOCK)
        try:
            with tx.savepoint():
                receipt = self._unit(tx, ask)
                state = "fired" if receipt.changed else "stale"
                tx.close_timer(timer.id, state, self.clock())
        except (Contention, Unavailable):
            raise
        except Exception as error:  # noqa: BLE001 one broken case must not hold up the others
            tx.postpone_timer(timer.id, self.clock() + RETRY_TIMER, repr(error))
            return ask, error
        return ask, receipt

    def _ring(self) -> None:
        """Tell the alarm clock what was promised; it may fail, and the writer goes on."""
        promised, self._promised = self._promised, []
        messages, self._messages = self._messages, False
        try:
            if promised and self.armed is not None:
                self.armed(min(timer.due_at for timer in promised))
            if messages and self.told is not None:
                self.told()
        except Exception:
            # The sweep at intervals finds what was promised.
            log.exception("alarm_failed")


def _in_closed_room(command: Command) -> bool:
    """Whether *command* is about a confidential room, of which nothing shows in the case."""
    room = getattr(command, "room", None)
    return isinstance(room, Room) and room.confidential


def _closed_room(command: Command) -> str:
    """Return the key of the confidential room in which *command* is written down, if any."""
    if isinstance(command, AssessDisclosure):
        return Room(RoomKind.SIDE, command.organisation).key
    room = getattr(command, "room", None)
    return room.key if isinstance(room, Room) and room.confidential else ""


def _revision_of(room: RoomState | None) -> int:
    return 0 if room is None else room.revision


def _salt() -> str:
    """Return chance enough that a short sentence cannot be guessed from its hash."""
    return token_hex(16)


def _ask(command: Command, actor: Actor, revision: int | None, key: str) -> _Ask:
    if len(key) > LONGEST_KEY:
        raise Invalid(
            Text("Deze sleutel kan niet.", "This key cannot be used."),
            [
                Fault(
                    "/key",
                    Text(
                        f"Een sleutel is ten hoogste {LONGEST_KEY} tekens.",
                        f"A key has at most {LONGEST_KEY} characters.",
                    ),
                )
            ],
        )
    return _Ask(command, actor, revision, key)


def _earlier(tx: Transaction, ask: _Ask, case: Case | None) -> Remembered | None:
    """Return the answer given to this key before; a key tells nothing of what one may not see."""
    if case is not None and not may_see(ask.actor, case):
        raise no_such_case(case.id)
    return tx.remembered(ask.actor.person, ask.key)


def _answer_again(earlier: Remembered, asked: str) -> Receipt:
    """Return the answer that the same request got before."""
    if earlier.request_hash != asked:
        raise KeyReused(
            Text(
                "Deze sleutel hoort bij een ander verzoek. Gebruik een nieuwe.",
                "This key belongs to another request. Use a new one.",
            )
        )
    return earlier.receipt


def _changed() -> StaleRevision:
    return StaleRevision(
        Text(
            "Iemand anders was u voor. Bekijk eerst wat er veranderde.",
            "Someone else was first. Look at what changed first.",
        )
    )


def _log_all(outcomes: list[tuple[_Ask, Receipt | Exception]]) -> None:
    """Write the log lines of what is durable by now, so that no line tells of what was undone."""
    for ask, outcome in outcomes:
        if isinstance(outcome, Exception):
            _log_refusal(ask, outcome)
        else:
            _log_done(ask, outcome)


def _log_done(ask: _Ask, receipt: Receipt) -> None:
    log.info(
        "command_done",
        command=type(ask.command).__name__,
        object=receipt.subject,
        result="repeated" if receipt.repeated else "done" if receipt.changed else "unchanged",
        origin=ask.actor.origin,
        actor=ask.actor.person,
        revision=receipt.revision,
    )


def _log_refusal(ask: _Ask, error: Exception) -> None:
    subject = getattr(ask.command, "case", "")
    write = log.warning if isinstance(error, ImpasseError) else log.error
    # A person was told why; of what the clock could not do, only the log can tell.
    why = {"reason": str(error)} if ask.actor is CLOCK else {}
    write(
        "command_refused",
        command=type(ask.command).__name__,
        object=subject,
        result=type(error).__name__,
        origin=ask.actor.origin,
        actor=ask.actor.person,
        exc_info=None if isinstance(error, ImpasseError) else error,
        **why,
    )
