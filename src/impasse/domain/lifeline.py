"""The life of a case as stretches of days, read from its history alone.

One rule holds for every stretch: it counts from the day after it began, up to and including the
day on which it ended. So each day of a case belongs to the situation in which it found the case
when it dawned, and no day is counted twice or lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.errors import Conflict, ImpasseError
from impasse.domain.text import Text, same
from impasse.domain.told import told
from impasse.domain.workflow import StageKind, unknown_stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from impasse.domain.history import ChainedEntry, Json
    from impasse.domain.people import Role
    from impasse.domain.told import Told
    from impasse.domain.workflow import Stage, Workflow

    ProcedureOf: TypeAlias = Callable[[str], Workflow]
    """From `name@version` to that procedure; raises an `ImpasseError` when it is not here."""


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay in a stage, from the day after `first` up to `last` (None: still there).

    A migration cuts a stay in two that have the same `number`; `since` is the day on which the
    first of them began. `kind` is None when the procedure is not here or does not know the stage.
    `agreed_until` is the last day that the parties named, of a pause.
    """

    number: int
    stage: str
    label: Text
    workflow: str
    kind: StageKind | None
    owner: Role | None
    since: date
    first: date
    last: date | None = None
    agreed_until: date | None = None

    def covers(self, day: date) -> bool:
        """Whether *day* belongs to this stay."""
        return self.first < day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Suspended:
    """A suspension: the clock stands still after `begins_on`, up to and including `last`.

    `until` is the bound that was set, `ended_on` the day on which it really ended, if it did.
    """

    id: str
    stage_entry: int
    reason: str
    waits_for: str
    waits_for_name: str
    begins_on: date
    until: date
    ended_on: date | None = None

    @property
    def last(self) -> date:
        """The last day on which the clock stands still, as things are now."""
        return self.until if self.ended_on is None else self.ended_on

    def covers(self, day: date) -> bool:
        """Whether the clock stands still on *day* because of this."""
        return self.begins_on < day <= self.last


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task that waited for a party or a role after `opened_on`, up to `settled_on`."""

    id: str
    name: str
    label: Text
    organisation: str
    role: str
    due_on: date | None
    opened_on: date
    settled_on: date | None = None

    def covers(self, day: date) -> bool:
        """Whether somebody was waited for on *day* because of this."""
        return self.opened_on < day and (self.settled_on is None or day <= self.settled_on)


@dataclass(frozen=True, slots=True)
class Migrated:
    """A move to another version of the procedure, or the undoing of one."""

    day: date
    source: str
    target: str
    undone: bool


@dataclass(frozen=True, slots=True)
class Lifeline:
    """The life of a case from `opened_on` up to and including `until`.

    Of a case that was closed on its last known day, `until` is the day of closing: its age stands
    still. Stays follow each other without a gap.
    """

    subject: str
    opened_on: date
    until: date
    stays: tuple[Stay, ...]
    suspensions: tuple[Suspended, ...] = ()
    tasks: tuple[OpenTask, ...] = ()
    migrations: tuple[Migrated, ...] = ()

    @property
    def now(self) -> Stay:
        """The stay that goes on."""
        return self.stays[-1]

    @property
    def closed(self) -> bool:
        """Whether the case is closed on its last day."""
        return self.now.kind is StageKind.ENDING

    def suspension_on(self, day: date) -> Suspended | None:
        """Return the suspension for which *day* counts: of several the one that began first."""
        found = [one for one in self.suspensions if one.covers(day)]
        return min(found, key=lambda one: one.begins_on, default=None)

    def stay_on(self, day: date) -> Stay:
        """Return the stay to which *day* belongs; the day of opening belongs to the first."""
        return next((stay for stay in self.stays if stay.covers(day)), self.stays[0])

    def tasks_on(self, day: date) -> tuple[OpenTask, ...]:
        """Return the tasks that waited for somebody on *day*."""
        return tuple(task for task in self.tasks if task.covers(day))


def lifeline(entries: Iterable[ChainedEntry], procedure_of: ProcedureOf, until: date) -> Lifeline:
    """Return the life that *entries* tell, as it was known at the end of the day *until*.

    Later entries are left out, actions of other versions passed over. Raises `Conflict` that names
    the entry when one on which time depends cannot be read, or when the history has no beginning.
    """
    life: _Life | None = None
    for one in told(entries):
        if life is None:
            life = _opened(one, procedure_of)
        elif one.day > until:
            break
        else:
            reader = _READERS.get(one.action)
            if reader is not None:
                reader(life, one)
    if life is None:
        raise Conflict(
            Text(
                "Deze zaak heeft geen geschiedenis. 'impasse audit verify' zegt wat ontbreekt.",
                "This case has no history. 'impasse audit verify' tells what is missing.",
            )
        )
    return life.upto(until)


_NIGHT = timedelta(hours=6)
"""Room for a clock that is late: before six in the morning nobody waits for anybody."""


@dataclass(slots=True)
class _Life:
    """A life while it is read."""

    subject: str
    opened_on: date
    procedure_of: ProcedureOf
    stays: list[Stay]
    suspensions: dict[str, Suspended] = field(default_factory=dict)
    tasks: dict[str, OpenTask] = field(default_factory=dict)
    past: list[Suspended] = field(default_factory=list)
    settled: list[OpenTask] = field(default_factory=list)
    migrations: list[Migrated] = field(default_factory=list)
    resting: dict[str, OpenTask] = field(default_factory=dict)
    """Tasks that were open when their stay ended: those of before a pause may go on after it."""
    held: dict[str, Suspended] = field(default_factory=dict)
    """Suspensions of a term that a migration took away: its undoing gives them back."""

    def upto(self, until: date) -> Lifeline:
        now = self.stays[-1]
        until = max(until, self.opened_on)
        if now.kind is StageKind.ENDING:
            until = min(until, now.first)
        return Lifeline(
            self.subject,
            self.opened_on,
            until,
            tuple(self.stays),
            tuple(sorted((*self.past, *self.suspensions.values()), key=lambda s: s.begins_on)),
            tuple(sorted((*self.settled, *self.tasks.values()), key=lambda t: t.opened_on)),
            tuple(self.migrations),
        )

    def leave(self, day: date) -> None:
        """End the stay on *day*, with all that belonged to it."""
        self.stays[-1] = replace(self.stays[-1], last=day)
        self.let_go(day)
        self.held.clear()
        self.resting.update(self.tasks)
        for task in list(self.tasks):
            self.settle(task, day)

    def let_go(self, day: date) -> None:
        """End every suspension on *day*."""
        for one in self.suspensions.values():
            self.past.append(replace(one, ended_on=min(one.last, day)))
        self.suspensions.clear()

    def settle(self, task: str, day: date) -> None:
        """Wait no longer for a task; one that was never opened keeps nobody waiting."""
        found = self.tasks.pop(task, None)
        if found is not None:
            self.settled.append(replace(found, settled_on=max(found.opened_on, day)))

    def evening(self, one: Told) -> date:
        """Return the day on which an entry about tasks counts.

        What the clock does just after midnight, it does because the day before has passed.
        """
        if one.by_hand:
            return one.day
        day = (one.entry.at - _NIGHT).astimezone(AMSTERDAM).date()
        return max(day, self.stays[-1].first)


def _opened(one: Told, procedure_of: ProcedureOf) -> _Life:
    if one.action != "case_opened":
        raise one.damaged("case_opened")
    workflow = one.word("workflow")
    stage = _stage(procedure_of, workflow, one.word("stage"))
    stay = _stay(1, stage, workflow, one.day)
    return _Life(one.entry.subject, one.day, procedure_of, [stay])


def _stage(procedure_of: ProcedureOf, workflow: str, name: str) -> Stage | str:
    """Return a stage, or its bare name when nobody here knows it any more."""
    try:
        return procedure_of(workflow).stages.get(name, name)
    except ImpasseError:
        return name


def _stay(number: int, stage: Stage | str, workflow: str, day: date) -> Stay:
    if isinstance(stage, str):
        label = unknown_stage(stage).label
        return Stay(number, stage, label, workflow, None, None, day, day)
    return Stay(number, stage.name, stage.label, workflow, stage.kind, stage.owner, day, day)


def _moved(life: _Life, one: Told) -> None:
    now = life.stays[-1]
    stage = _stage(life.procedure_of, now.workflow, one.word("to"))
    life.leave(one.day)
    stay = _stay(now.number + 1, stage, now.workflow, one.day)
    life.stays.append(replace(stay, agreed_until=one.on_or_none("until")))


def _migrated(life: _Life, one: Told) -> None:
    """Go on in another version: the same stay; what was suspended stays so while there is a term.

    Entries of their own tell which tasks come and go.
    """
    undone = one.action == "migration_undone"
    source, target, stage = one.word("from"), one.word("to"), one.word("to_stage")
    now = life.stays[-1]
    life.stays[-1] = replace(now, last=one.day)
    stay = _stay(now.number, _stage(life.procedure_of, target, stage), target, one.day)
    life.stays.append(replace(stay, since=now.since, agreed_until=now.agreed_until))
    life.migrations.append(Migrated(one.day, source, target, undone))
    if undone:
        for key, held in life.held.items():
            life.suspensions[key] = replace(held, begins_on=max(held.begins_on, one.day))
        life.held.clear()
    elif one.on_or_none("end") is None:
        life.held = dict(life.suspensions)
        life.let_go(one.day)


def _suspended(life: _Life, one: Told) -> None:
    key = one.word("suspension")
    if key in life.suspensions:
        raise one.damaged("suspension")
    life.suspensions[key] = Suspended(
        id=key,
        stage_entry=life.stays[-1].number,
        reason=one.word("reason", ""),
        waits_for=one.word("waits_for", ""),
        waits_for_name=one.word("waits_for_name", ""),
        begins_on=one.on("begins_on"),
        until=one.on("until"),
    )


def _resumed(life: _Life, one: Told) -> None:
    found = life.suspensions.pop(one.word("suspension"), None)
    if found is None:
        raise one.damaged("suspension")
    # A clock that was late records an end of some days ago; one that was early, none to come.
    ended_on = min(one.on("ended_on"), found.until)
    life.past.append(replace(found, ended_on=ended_on))


def _tasks_opened(life: _Life, one: Told) -> None:
    for task in one.each("tasks"):
        key = task.get("id")
        if not isinstance(key, str):
            raise one.damaged("tasks")
        life.settle(key, life.evening(one))
        name = str(task.get("name", ""))
        life.tasks[key] = OpenTask(
            id=key,
            name=name,
            label=_label(task.get("label"), name),
            organisation=str(task.get("organisation") or ""),
            role=str(task.get("role") or ""),
            due_on=one.as_day(task.get("due_on"), "tasks"),
            opened_on=life.evening(one),
        )


def _tasks_resumed(life: _Life, one: Told) -> None:
    """After a pause: who was waited for when it began, is waited for again."""
    for task in one.each("tasks"):
        rested = life.resting.pop(str(task.get("id", "")), None)
        if rested is not None:
            due_on = one.as_day(task.get("due_on"), "tasks")
            opened_on = life.evening(one)
            life.tasks[rested.id] = replace(rested, opened_on=opened_on, due_on=due_on)


def _label(value: Json, name: str) -> Text:
    if isinstance(value, dict):
        return Text(str(value.get("nl", name)), str(value.get("en", name)))
    return same(name)


def _task_done(life: _Life, one: Told) -> None:
    life.settle(one.word("task"), life.evening(one))


def _tasks_withdrawn(life: _Life, one: Told) -> None:
    for task in one.words("tasks"):
        life.settle(task, life.evening(one))


def _tasks_joined(life: _Life, one: Told) -> None:
    """What comes in after the join is welcome, but keeps nobody waiting."""
    name = one.word("name")
    for task in [task.id for task in life.tasks.values() if task.name == name]:
        life.settle(task, life.evening(one))


def _task_reopened(life: _Life, one: Told) -> None:
    key = one.word("task")
    earlier = next((task for task in reversed(life.settled) if task.id == key), None)
    if earlier is not None and key not in life.tasks:
        due_on = one.on_or_none("due_on")
        life.tasks[key] = replace(earlier, opened_on=one.day, settled_on=None, due_on=due_on)


_Reader: TypeAlias = "Callable[[_Life, Told], None]"
_READERS: dict[str, _Reader] = {
    "stage_changed": _moved,
    "term_suspended": _suspended,
    "term_resumed": _resumed,
    "migrated": _migrated,
    "migration_undone": _migrated,
    "tasks_opened": _tasks_opened,
    "tasks_resumed": _tasks_resumed,
    "task_done": _task_done,
    "tasks_withdrawn": _tasks_withdrawn,
    "tasks_joined": _tasks_joined,
    "task_reopened": _task_reopened,
}


def standing_still(life: Lifeline) -> tuple[tuple[date, date | None], ...]:
    """Return the stretches (day before the first, last day) in which no clock of the case runs.

    Suspensions, pauses and closed stretches; what overlaps or touches counts once. None as the
    last day: it goes on.
    """
    spans: list[tuple[date, date | None]] = [
        (stay.first, stay.last)
        for stay in life.stays
        if stay.kind in {StageKind.PAUSE, StageKind.ENDING}
    ]
    spans += [(one.begins_on, one.last) for one in life.suspensions if one.last > one.begins_on]
    return merged(sorted(spans, key=lambda span: span[0]))


def merged(
    spans: Sequence[tuple[date, date | None]],
) -> tuple[tuple[date, date | None], ...]:
    """Return *spans*, sorted by their beginning, with those that overlap or touch as one."""
    found: list[tuple[date, date | None]] = []
    for first, last in spans:
        if found:
            begun, ended = found[-1]
            if ended is None or first <= ended:
                later = None if ended is None or last is None else max(ended, last)
                found[-1] = (begun, later)
                continue
        found.append((first, last))
    return tuple(found)
