"""Runs of escalation: what a run is, who hears of a level, and the answers that hold it.

A run is part of its case. It has one moment at which something happens next, or a pause that has an
end. Closing the case ends it in the same transaction, and nothing opens it again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from impasse.domain.escalation_policy import EscalationPolicy, Level
    from impasse.domain.people import Person


class RunState(StrEnum):
    """How a run stands."""

    RUNNING = "running"
    ACKNOWLEDGED = "acknowledged"
    """Somebody took it up; the run waits for the promised day."""
    SNOOZED = "snoozed"
    HELD = "held"
    """Nobody was there for a level: it looks again each working day."""
    ENDED = "ended"

    @property
    def label(self) -> Text:
        """The state in words."""
        return _STATE_LABELS[self]


_STATE_LABELS = {
    RunState.RUNNING: Text("loopt", "runs"),
    RunState.ACKNOWLEDGED: Text("opgepakt", "acknowledged"),
    RunState.SNOOZED: Text("even weggelegd", "snoozed"),
    RunState.HELD: Text("wacht tot er iemand is", "waits until somebody is there"),
    RunState.ENDED: Text("beëindigd", "ended"),
}


class NextIs(StrEnum):
    """What happens at `Run.next_at`."""

    LEVEL = "level"
    """The next level is told."""
    REMINDER = "reminder"
    """Who has not answered the level is reminded."""
    LAPSE = "lapse"
    """An acknowledgement lapses, or a snooze ends."""
    NOTHING = "nothing"
    """The last level was told: the run waits for its end, looked at each working day."""


class RunEnd(StrEnum):
    """Why a run ended."""

    CASE_CLOSED = "case_closed"
    STAGE_LEFT = "stage_left"
    TERM_SETTLED = "term_settled"
    SETTLED = "settled"
    """Somebody said that what it asked for was done."""

    @property
    def label(self) -> Text:
        """The reason in words."""
        return _END_LABELS[self]


_END_LABELS = {
    RunEnd.CASE_CLOSED: Text("de zaak is gesloten", "the case was closed"),
    RunEnd.STAGE_LEFT: Text("de zaak is in een andere fase", "the case is in another stage"),
    RunEnd.TERM_SETTLED: Text("de termijn is geregeld", "the term was settled"),
    RunEnd.SETTLED: Text("afgehandeld", "settled"),
}


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody takes up a level: the owner, the next step, and the day before which it is done.

    `organisation` is the side for which it counts, "" for the secretariat and the mediator.
    """

    id: str
    level: int
    round: int
    person: str
    organisation: str
    next_step: str
    until: date
    at: datetime
    lapsed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Snooze:
    """The run rests until the end of a day, with a reason that all parties see.

    `ended_at` is when it ended, `ended_early` because of what, in the words of the house.
    """

    id: str
    person: str
    organisation: str
    reason: str
    until: date
    at: datetime
    ended_at: datetime | None = None
    ended_early: str = ""


@dataclass(frozen=True, slots=True)
class LevelTold:
    """A level was told: to which sides, to how many people, and whom it should have reached too.

    `sides` are organisations of parties; `fallback` says that the duty officer stood in for who
    was not there. `again` when the same level was told anew.
    """

    level: int
    round: int
    at: datetime
    sides: tuple[str, ...]
    people: int
    fallback: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class TripWatch:
    """A timer stands for the day `on`, on which the end in law may have come too near."""

    on: date


RunAct: TypeAlias = LevelTold | Acknowledgement | Snooze | TripWatch


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a policy for a case; `policy` is the policy as it was when it began.

    `cause` is the id of the message that started it, "hand:PERSON" when somebody did, and `event`
    the type of that message. `stay` is the stay in a stage in which it began. `level` is the
    place of the last level that was told, -1 before the first; `round` counts repeats from 0.
    `turn` grows with each change of `next_at`; `remaining` is the working time, in seconds, that
    was left to the next level when the run was held.
    """

    id: str
    policy: EscalationPolicy
    cause: str
    event: str
    stay: int
    state: RunState
    level: int
    round: int
    turn: int
    started_at: datetime
    level_at: datetime | None
    next_at: datetime | None
    next_is: NextIs
    remaining: int | None = None
    acts: tuple[RunAct, ...] = ()
    ended_at: datetime | None = None
    ended_as: RunEnd | None = None

    @property
    def open(self) -> bool:
        """Whether something can still happen."""
        return self.state is not RunState.ENDED

    @property
    def now_at(self) -> Level | None:
        """The level that was told last, if any."""
        return self.policy.levels[self.level] if self.level >= 0 else None

    @property
    def acknowledgements(self) -> tuple[Acknowledgement, ...]:
        """Those of this level in this round that have not lapsed."""
        return tuple(
            act
            for act in self.acts
            if isinstance(act, Acknowledgement)
            and act.lapsed_at is None
            and (act.level, act.round) == (self.level, self.round)
        )

    @property
    def told(self) -> LevelTold | None:
        """How the last level was told, if any was."""
        for act in reversed(self.acts):
            if isinstance(act, LevelTold):
                return act
        return None

    @property
    def number(self) -> int:
        """The number of the run within its case: 1 for "E1"."""
        return int(self.id[1:])

    @property
    def snooze(self) -> Snooze | None:
        """The snooze that goes on, if any."""
        for act in reversed(self.acts):
            if isinstance(act, Snooze) and act.ended_at is None:
                return act
        return None

    def but(self, **changes: object) -> Run:
        """Return this run with *changes*."""
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody who hears of a level, and as what.

    `side` is the organisation of the party for which, "" for none; `stands_for` is who is absent.
    Without `knows` the person may not see the case and hears without its name.
    """

    person: str
    why: Text
    side: str = ""
    stands_for: str = ""
    knows: bool = True


@dataclass(frozen=True, slots=True)
class Directory:
    """Who there is today, as far as a case can concern them; what targets are looked up in.

    `persons` are all that may sign in, with the roles they carry themselves; `acting` tells who
    stands in today for whom is absent ("" for nobody); `on_duty` who each rota has on duty today,
    with absence already followed, or "" in a gap; `groups` who is in each group.
    """

    persons: Mapping[str, Person]
    acting: Mapping[str, str]
    on_duty: Mapping[str, str]
    groups: Mapping[str, tuple[str, ...]]
