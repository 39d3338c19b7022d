"""All that the engine asks of the world: a store and a clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import date

    from impasse.domain.case import Case, Purpose, Timer
    from impasse.domain.decision import Decision
    from impasse.domain.disclosure import LegalHold
    from impasse.domain.history import Json
    from impasse.domain.overleg import Candidate, Meeting
    from impasse.domain.people import Actor, Person
    from impasse.domain.rooms import Room, RoomState

Clock = Callable[[], datetime]
"""Answers the present moment in UTC; only wiring names the real one."""


class Contention(Exception):
    """Another process stood in the way of this transaction; done again, it may pass."""


@dataclass(frozen=True, slots=True)
class DueTimer:
    """A timer whose time has come, as it was claimed."""

    id: int
    case: str
    purpose: Purpose
    rung: int
    stage_entry: int
    due_at: datetime
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """A line of history as it was kept: its place, what was done, and the particulars."""

    seq: int
    action: str
    content: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of a command: its subject, the revision it left, and what it created.

    `changed` is False when the command did nothing; `repeated` is True when the answer is that of
    an earlier request with the same key.
    """

    subject: str
    revision: int
    created: str = ""
    changed: bool = True
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Remembered:
    """An earlier request with the same key: the hash of what it asked, and its answer."""

    request_hash: str
    receipt: Receipt


class Transaction(Protocol):
    """One transaction: reads and writes that become true together, or not at all."""

    def savepoint(self) -> AbstractContextManager[None]:
        """Undo only what happens inside when it raises."""

    def attempt(self) -> AbstractContextManager[None]:
        """Undo only what happens inside when it raises, as long as that is cheap.

        Raises `Contention` when it is not: then nothing is to be made durable, and what was
        attempted in this transaction can be done again, one by one.
        """

    def case(self, case: str) -> Case:
        """Return the case, held until the end of the transaction, or raise `NotFound`."""

    def last_entry(self, case: str) -> Kept | None:
        """Return the newest line of history of *case*, if there is one."""

    def armed(self, case: str) -> Sequence[Timer]:
        """Return the timers of *case* that still stand, in the order in which they are due."""

    def agreed(self, case: str) -> Mapping[str, str]:
        """Return to which version each organisation agreed since the last migration of *case*."""

    def earlier_runs(self, case: str) -> Sequence[tuple[str, str]]:
        """Return policy and cause of every run of escalation that *case* ever had."""

    def next_case_id(self, year: int) -> str:
        """Return the next case number of *year*."""

    def person(self, person: str) -> Person | None:
        """Return who this is, or None when nobody can sign in under that name."""

    def meeting(self, meeting: str) -> Meeting:
        """Return the meeting, or raise `NotFound`."""

    def next_meeting(self, today: date) -> Meeting | None:
        """Return the first meeting whose agenda is still open on *today*."""

    def candidate(self, candidate: str) -> Candidate | None:
        """Return the candidate for an agenda with this number, if there is one."""

    def room(self, case: str, room: Room, contribution: str = "", release: str = "") -> RoomState:
        """Return the room as it stands, with the contribution and release that are named.

        A room in which nothing was ever written has revision 0. The contribution of a release
        comes with it, and its file when that is to be shared too.
        """

    def holds(self, case: str) -> Sequence[LegalHold]:
        """Return the legal holds that were ever placed on *case*, oldest first."""

    def save(self, decision: Decision, before: Case | None, actor: Actor, at: datetime) -> Receipt:
        """Write all of *decision*, or raise `StaleRevision`."""

    def due(self, now: datetime, limit: int) -> Sequence[DueTimer]:
        """Claim at most *limit* timers that are due, oldest promise first."""

    def close_timer(self, timer: int, state: str, at: datetime) -> None:
        """Say what became of a claimed timer."""

    def postpone_timer(self, timer: int, until: datetime, failure: str) -> None:
        """Keep a timer whose effect failed, to be tried again."""

    def remembered(self, person: str, key: str) -> Remembered | None:
        """Return the answer given earlier to this key, if any."""

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
        """Keep the answer to this key; *room* is the key of the closed room it was about."""


class Store(Protocol):
    """Where cases are kept."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Begin a transaction that commits at the end, or rolls back when it raises.

        Raises `Contention` when another process stood in the way, `Unavailable` when the database
        does.
        """

    def close(self) -> None:
        """Let go of what is kept open between transactions."""
