"""A procedure as data: its stages, terms, tasks and transitions."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from impasse.domain.errors import Conflict
from impasse.domain.length import Length
from impasse.domain.rooms import RoomKind
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from impasse.domain.people import Role
    from impasse.domain.term_acts import Consent, Resume, SuspensionReason
    from impasse.domain.terms import TermRule
    from impasse.domain.tier import Tier

BACK = "back"
"""As the target of a transition: return to the stage the case came from."""

ANY = "any"
"""In a file, as the source of a transition: every active stage."""

RESERVED = frozenset({ANY, BACK})
"""Words that no stage can be called."""

RESTORE = Text(
    "Zet de juiste versie van de procedure terug met de instelling IMPASSE_WORKFLOWS en "
    "'impasse db upgrade'.",
    "Put the right version of the procedure back with the setting IMPASSE_WORKFLOWS and "
    "'impasse db upgrade'.",
)
"""What to do about a case that stands where its procedure does not know of."""


class StageKind(StrEnum):
    """Whether work goes on in a stage, is paused by agreement, or has ended."""

    ACTIVE = "active"
    PAUSE = "pause"
    ENDING = "ending"


@dataclass(frozen=True, slots=True)
class Reminder:
    """A message to *notify* some working days before a term ends."""

    before: Length
    notify: tuple[Role, ...]
    message: Text | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """So many working days past the end of a term; zero is the end itself."""

    amount: int

    @property
    def text(self) -> Text:
        """The wait in words: "5 werkdagen", "5 working days"."""
        if self.amount == 1:
            return Text("1 werkdag", "1 working day")
        return Text(f"{self.amount} werkdagen", f"{self.amount} working days")


@dataclass(frozen=True, slots=True)
class Rung:
    """What happens *after* so many working days past the end of a term.

    The first rung of a term usually has `after` of zero: the expiry itself. `tier` raises the
    table, `notify` tells roles, `trigger` lets the clock make a move. A tier of overhedenoverleg
    makes the case a candidate for the next agenda.
    """

    after: Wait
    tier: Tier | None = None
    notify: tuple[Role, ...] = ()
    trigger: str | None = None
    message: Text | None = None


@dataclass(frozen=True, slots=True)
class SuspensionRule:
    """What the procedure allows when a clock must stand still.

    `longest` bounds each suspension, `most` their number in one stay. `resume` tells what becomes
    of the end; `reasons` which reasons count, `consent` who must agree, `roles` who may do it.
    """

    resume: Resume
    longest: Length
    most: int
    reasons: tuple[SuspensionReason, ...]
    consent: Consent
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class ExtensionRule:
    """What the procedure allows when a term must be longer: by how much each time, how often."""

    longest: Length
    most: int
    consent: Consent
    roles: frozenset[Role]


class Join(StrEnum):
    """How many tasks of one name must be done before the procedure goes on past them."""

    ALL = "all"
    FIRST = "first"
    AT_LEAST = "at_least"
    NONE = "none"


class Rest(StrEnum):
    """What becomes of the tasks that are still open when enough of them are done."""

    KEEP = "keep"
    WITHDRAW = "withdraw"


class TaskExpiry(StrEnum):
    """What the clock does when the last day of a task has passed."""

    REMIND = "remind"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class TaskRule:
    """Work inside a stage, beside the machine: tasks of one name, for each party or for a role.

    With `each_party` there is one task for each party, their number being known when the stage is
    entered; otherwise there are `count` for `role`. `join` and `at_least` tell how many must be
    done, `rest` what becomes of the others. The tasks open when all of `after`, or one of
    `after_any`, have joined; "name:outcome" waits for that outcome. `cancels` names the tasks of
    the stage that are withdrawn when these have joined. Of the tasks that share a word in
    `exclusive` at most one is taken up at a time. A task can be opened anew until its `rounds` are
    used up. `length` is the time for one task, in working days.
    """

    name: str
    label: Text
    each_party: bool
    role: Role | None
    count: int = 1
    join: Join = Join.ALL
    at_least: int = 0
    rest: Rest = Rest.KEEP
    after: tuple[str, ...] = ()
    after_any: tuple[str, ...] = ()
    outcomes: Mapping[str, Text] = field(default_factory=dict)
    length: Length | None = None
    on_expiry: TaskExpiry = TaskExpiry.REMIND
    cancels: tuple[str, ...] = ()
    exclusive: str = ""
    rounds: int = 1


@dataclass(frozen=True, slots=True)
class StageTerm:
    """How long a stage may take, on what basis, and what follows when it does not end in time.

    With `agreed` set, the parties name the last day themselves when the stage is entered, and
    `rule.length` is the longest they may take.
    """

    rule: TermRule
    reminders: tuple[Reminder, ...] = ()
    on_expiry: tuple[Rung, ...] = ()
    agreed: bool = False
    suspension: SuspensionRule | None = None
    extension: ExtensionRule | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a procedure, in the words of the people who are in it.

    `when_done` is the move that the clock makes when every task of the stage is settled.
    """

    name: str
    label: Text
    purpose: Text
    kind: StageKind = StageKind.ACTIVE
    number: int | None = None
    owner: Role | None = None
    next_action: Text | None = None
    term: StageTerm | None = None
    tasks: Mapping[str, TaskRule] = field(default_factory=dict)
    when_done: str | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """One arrow: who may make the move, and on which named conditions.

    `required` guards bind: there is no way around. `advised` guards may be passed with a reason
    that all parties see. `tasks` names the tasks of the stage of which enough must be done. With
    `four_eyes` one person confirms the move and another makes it; the clock needs nobody.
    """

    trigger: str
    label: Text
    sources: tuple[str, ...]
    target: str
    roles: frozenset[Role]
    required: tuple[str, ...] = ()
    advised: tuple[str, ...] = ()
    note_required: bool = False
    tasks: tuple[str, ...] = ()
    four_eyes: bool = False


KEPT = {
    RoomKind.SIDE: Length.parse("12 months"),
    RoomKind.CAUCUS: Length.parse("3 months"),
    RoomKind.MEDIATOR: Length.parse("1 month"),
}
"""How long rooms are kept after closing where the procedure does not say."""


@dataclass(frozen=True, slots=True)
class RoomPolicy:
    """What a procedure says of the rooms of its cases.

    The mediator's own room is shut unless the procedure opens it: what is not written down cannot
    be asked for (Woo). `keep` is how long the content of each kind of room is kept after the case
    was closed; a kind that is absent is kept. With `four_eyes` another person than the one who
    proposed a wording has to approve it.
    """

    mediator_open: bool = False
    keep: Mapping[RoomKind, Length] = field(default_factory=lambda: dict(KEPT))
    four_eyes: bool = False


@dataclass(frozen=True, slots=True)
class Workflow:
    """One version of a procedure, as adopted; a case remembers `name@version`."""

    name: str
    version: str
    label: Text
    description: Text
    initial: str
    stages: Mapping[str, Stage]
    transitions: tuple[Transition, ...]
    content_hash: str = ""
    rooms: RoomPolicy = field(default_factory=RoomPolicy)
    moves: Mapping[str, Mapping[str, Transition]] = field(init=False, repr=False, compare=False)
    """Per stage, per trigger: the transition that leaves it."""

    def __post_init__(self) -> None:
        """Index the arrows by the stage they leave; the first of two equals wins."""
        moves: dict[str, dict[str, Transition]] = {name: {} for name in self.stages}
        for transition in self.transitions:
            for source in transition.sources:
                moves.setdefault(source, {}).setdefault(transition.trigger, transition)
        object.__setattr__(self, "moves", moves)

    @property
    def reference(self) -> str:
        """`name@version`: what a case is pinned to."""
        return f"{self.name}@{self.version}"

    def stage(self, name: str) -> Stage:
        """Return the stage called *name*.

        Raises `Conflict`, with a remedy, when this version does not know it: a case in the
        database may stand in any stage, whatever became of its procedure.
        """
        found = self.stages.get(name)
        if found is None:
            known = ", ".join(self.stages)
            raise Conflict(
                Text(
                    f"Procedure {self.reference} kent de fase '{name}' niet (wel: {known}). ",
                    f"Procedure {self.reference} does not know stage '{name}' "
                    f"(it knows: {known}). ",
                )
                + RESTORE
            )
        return found

    @property
    def numbered(self) -> tuple[Stage, ...]:
        """The stages in the order in which a case normally passes them."""
        stages = [stage for stage in self.stages.values() if stage.number is not None]
        return tuple(sorted(stages, key=lambda stage: stage.number or 0))


def unknown_stage(name: str) -> Stage:
    """Return what a list shows of a stage that the procedure does not know: its bare name."""
    return Stage(
        name,
        Text(f"{name} (fase onbekend)", f"{name} (unknown stage)"),
        Text(
            "De procedure van deze zaak kent deze fase niet.",
            "The procedure of this case does not know this stage.",
        ),
    )


def entrances(workflow: Workflow, stage: str) -> Iterator[tuple[str, Transition]]:
    """Yield each (source, transition) by which *stage* can be entered directly."""
    for transition in workflow.transitions:
        if transition.target == stage:
            for source in transition.sources:
                yield source, transition
