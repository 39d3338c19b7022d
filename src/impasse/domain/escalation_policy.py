"""Hierarchical escalation as an agreement: levels with a wait, targets, and what counts as answer.

A policy says who hears when nobody answers, and in what order. It is versioned like a procedure; a
run keeps the policy as it was when the run began. Whether relations between parties harden is
something else, with a name of its own: conflict escalation. Neither ever causes the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.domain.length import Length
    from impasse.domain.people import Rank, Role


class Side(StrEnum):
    """Which sides of a case a target means. Each is told at the same moment, in the same words."""

    ALL_SIDES = "all_sides"
    OTHER_SIDES = "other_sides"
    """All but the one that reported first."""
    REPORTING_SIDE = "reporting_side"
    SECRETARIAT = "secretariat"
    """The organisations for which persons carry the role of secretariat: no side at all."""

    @property
    def label(self) -> Text:
        """The sides in words."""
        return _SIDE_LABELS[self]


_SIDE_LABELS = {
    Side.ALL_SIDES: Text("alle partijen", "all parties"),
    Side.OTHER_SIDES: Text("de andere partijen", "the other parties"),
    Side.REPORTING_SIDE: Text("de partij die meldde", "the party that reported"),
    Side.SECRETARIAT: Text("het secretariaat", "the secretariat"),
}


@dataclass(frozen=True, slots=True)
class PersonTarget:
    """One person, by id."""

    person: str


@dataclass(frozen=True, slots=True)
class RoleTarget:
    """Who carries a role: liaison officers of sides, the mediator of the case, the secretariat.

    `organisation` names one organisation instead of `at`.
    """

    role: Role
    at: Side = Side.ALL_SIDES
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class RankTarget:
    """Everybody of one rank, at each of the sides: the pairing that makes it no blame."""

    rank: Rank
    at: Side = Side.ALL_SIDES


@dataclass(frozen=True, slots=True)
class RotaTarget:
    """Who is on duty today, by the name of a duty rota."""

    rota: str


@dataclass(frozen=True, slots=True)
class GroupTarget:
    """A named group of persons. Who of them may not see the case, hears without its name."""

    group: str


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """A webhook, by id: it hears a thin event, as far as its owner may see the case."""

    webhook: str


@dataclass(frozen=True, slots=True)
class MeetingTarget:
    """A draft agenda item in the backlog of the next meeting, with a note: nobody is mailed."""

    series: str = "overhedenoverleg"


Target: TypeAlias = (
    PersonTarget
    | RoleTarget
    | RankTarget
    | RotaTarget
    | GroupTarget
    | WebhookTarget
    | MeetingTarget
)


class Answering(StrEnum):
    """Whose acknowledgement answers a level."""

    ANY = "any"
    ALL_SIDES = "all_sides"
    NONE = "none"
    """The level only tells; nobody has to take it up."""


class OnEmpty(StrEnum):
    """What to do with a level when nobody is there to hear it."""

    SKIP = "skip"
    """Go on to the next level at once."""
    FALLBACK = "fallback"
    """Tell the rota that the policy names as fallback."""
    HOLD = "hold"
    """Wait until somebody is there, and look again each working day."""


@dataclass(frozen=True, slots=True)
class Level:
    """One step of a policy.

    `after` is working time since the run began, None for at once. `reminder` is working time after
    the level at which who has not answered is reminded, once. `message` is what is told, in
    neutral words; without it the house has its own. An `urgent` level passes quiet hours.
    """

    name: str
    label: Text
    after: Length | None
    targets: tuple[Target, ...]
    answering: Answering = Answering.ANY
    on_empty: OnEmpty = OnEmpty.FALLBACK
    reminder: Length | None = None
    message: Text | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Trip:
    """What sends a run to a level at once, or starts one there.

    `signals` are codes of indicators of which one is open; `statutory_within` is how near the end
    of a running term with a basis in law may come, in calendar days.
    """

    level: int
    reason: Text
    signals: frozenset[str] = frozenset()
    statutory_within: Length | None = None


@dataclass(frozen=True, slots=True)
class Repeat:
    """After the last level the run goes on from `level`, so many `times`, each after `every`."""

    level: int
    times: int
    every: Length


class EndsWhen(StrEnum):
    """When a run has become pointless, beside the closing of its case."""

    CASE_CLOSED = "case_closed"
    """Nothing else ends it but an end by hand."""
    STAGE_LEFT = "stage_left"
    """The case left the stay in the stage in which the run began."""
    TERM_SETTLED = "term_settled"
    """The term that had passed was extended, suspended or left behind."""


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """The hours that count as working time on working days, and in which levels ring."""

    begin: time = time(8, 0)
    end: time = time(18, 0)


@dataclass(frozen=True, slots=True)
class EscalationPolicy:
    """A policy as adopted: for which events it starts, and all that it does then.

    `starts_on` are types of message such as "case-opened". `fallback` is the rota for empty
    levels. `acknowledged_at_most` is the longest promise, in working days; `snoozed_at_most` the
    longest snooze, of which `snoozes` fit in `snoozes_within` calendar days.
    """

    name: str
    version: str
    title: Text
    starts_on: frozenset[str]
    ends_when: EndsWhen
    fallback: str
    levels: tuple[Level, ...]
    acknowledged_at_most: Length
    snoozed_at_most: Length
    snoozes: int = 3
    snoozes_within: int = 30
    repeat: Repeat | None = None
    trips: tuple[Trip, ...] = ()
    hours: WorkingHours = WorkingHours()

    @property
    def reference(self) -> str:
        """Name and version, as a run and a message carry them."""
        return f"{self.name}@{self.version}"
