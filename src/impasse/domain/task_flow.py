"""What follows when a task of a stay changes: joins that are reached, tasks that open or fall away.

Everything is read from the tasks as they stand, nothing from the road that led there:

* The tasks of one name have **joined** when as many of them are done as are `needed`.
* What a task waits for is **met** when that name has joined (with an outcome: and one of its done
  tasks has it), **gone** when that can no longer come, and open otherwise.
* A waiting task opens when its ground is met, and falls away when that is gone. It waits again
  when its ground comes back: because a task was opened anew, or a party came late.

So the order in which names are looked at changes nothing but the order of the lines in history.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING, TypeAlias

from impasse.domain.errors import Lack
from impasse.domain.task import Task, TaskState
from impasse.domain.text import Text
from impasse.domain.workflow import Join, Rest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from impasse.domain.case import Case
    from impasse.domain.workflow import TaskRule

TASK_GUARD = "task:"
"""What stands before the name of a task where a condition is named."""


@dataclass(frozen=True, slots=True)
class Joined:
    """As many tasks of this name are done as are needed."""

    name: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """These tasks are no longer asked, and why."""

    tasks: tuple[str, ...]
    because: Text


@dataclass(frozen=True, slots=True)
class Opened:
    """These tasks can be taken up now."""

    tasks: tuple[str, ...]


Step: TypeAlias = Joined | Withdrawn | Opened
"""One thing that follows from a change."""


class _Ground(Enum):
    """How what a task waits for stands."""

    MET = auto()
    OPEN = auto()
    GONE = auto()


def needed(rule: TaskRule, taking_part: int) -> int:
    """Return how many tasks of *rule* must be done, of the so many that are taking part.

    For `at_least` no more than there are: of two parties never three can answer. At least one of a
    name that is waited for, so that a name of which every task was withdrawn has not joined.
    """
    match rule.join:
        case Join.NONE:
            return 0
        case Join.FIRST:
            return 1
        case Join.AT_LEAST:
            return max(1, min(rule.at_least, taking_part))
        case Join.ALL:
            return max(1, taking_part)


def taking_part(tasks: Iterable[Task]) -> int:
    """Return how many of *tasks* were not withdrawn: those who declined are not waited for."""
    return sum(task.state is not TaskState.WITHDRAWN for task in tasks)


def joined(tasks: Iterable[Task]) -> bool:
    """Whether of *tasks*, all of one name, as many are done as are needed.

    One that was completed by closing needs no more than were done then, be it none.
    """
    done, wanted = 0, 1
    for task in tasks:
        if task.state is TaskState.WAITING:
            return False
        done += task.state is TaskState.DONE
        wanted = task.needed
    return done >= wanted


def settled(tasks: Iterable[Task]) -> bool:
    """Whether nobody can work on any of *tasks* any more."""
    return not any(task.state.live for task in tasks)


def of_name(tasks: Iterable[Task], name: str) -> list[Task]:
    """Return the tasks called *name*."""
    return [task for task in tasks if task.name == name]


def flow(
    rules: Mapping[str, TaskRule],
    before: tuple[Task, ...],
    changed: tuple[Task, ...],
    *,
    today: date,
    person: str,
) -> tuple[tuple[Task, ...], tuple[Step, ...]]:
    """Return the tasks as they stand after *changed* has had its effect, and what happened.

    *before* are the tasks before the change, by which a join is told from one that was reached
    earlier. *person* withdraws what a join makes needless; what cannot come any more is withdrawn
    by nobody, so that it can wait again.
    """
    reached = {name for name in rules if _reached(rules[name], of_name(before, name))}
    run = _Flow(rules, {task.id: task for task in changed}, reached, today, person)
    # Each look follows at least one dependency; names that wait for each other come to no end.
    for _ in range(_LOOKS * (len(rules) + 1)):
        if not run.goes_on():
            break
    return tuple(run.tasks.values()), tuple(run.steps)


_LOOKS = 4
"""More looks per name than any procedure needs in which no task waits for itself."""


class _Flow:
    """The effects of one change, one after the other until nothing follows any more."""

    def __init__(
        self,
        rules: Mapping[str, TaskRule],
        tasks: dict[str, Task],
        reached: set[str],
        today: date,
        person: str,
    ) -> None:
        self.rules = rules
        self.tasks = tasks
        self.reached = reached
        self.today = today
        self.person = person
        self.steps: list[Step] = []

    def goes_on(self) -> bool:
        """Look at every name once; tell whether anything followed."""
        went_on = False
        for rule in self.rules.values():
            if self._joins(rule) or self._moves(rule):
                went_on = True
        return went_on

    def _joins(self, rule: TaskRule) -> bool:
        tasks = of_name(self.tasks.values(), rule.name)
        if rule.name in self.reached or rule.join is Join.NONE or not joined(tasks):
            return False
        self.reached.add(rule.name)
        self.steps.append(Joined(rule.name))
        if rule.rest is Rest.WITHDRAW:
            self._withdraw(
                tasks,
                Text(
                    f"Er is genoeg klaar: {lower(rule.label).nl}.",
                    f"Enough is done: {lower(rule.label).en}.",
                ),
                self.person,
            )
        cancelled = [task for task in self.tasks.values() if task.name in rule.cancels]
        self._withdraw(
            cancelled,
            Text(
                f"Niet meer nodig, want klaar is: {lower(rule.label).nl}.",
                f"No longer needed, because this is done: {lower(rule.label).en}.",
            ),
            self.person,
        )
        return True

    def _moves(self, rule: TaskRule) -> bool:
        tasks = of_name(self.tasks.values(), rule.name)
        ground = self._ground(rule)
        if ground is _Ground.GONE:
            return self._withdraw(tasks, _GONE, "")
        back = [t for t in tasks if t.state is TaskState.WITHDRAWN and not t.settled_by]
        for task in back:
            self.tasks[task.id] = replace(task, state=TaskState.WAITING, settled_on=None)
        if ground is not _Ground.MET:
            return bool(back)
        waiting = [
            task
            for task in of_name(self.tasks.values(), rule.name)
            if task.state is TaskState.WAITING
        ]
        for task in waiting:
            again = task.opened_on is not None
            self.tasks[task.id] = replace(
                task,
                state=TaskState.OPEN,
                round=task.round + again,
                opened_on=self.today,
                due_on=None,
            )
        if waiting:
            self.steps.append(Opened(tuple(task.id for task in waiting)))
        return bool(waiting)

    def _withdraw(self, tasks: Iterable[Task], because: Text, person: str) -> bool:
        live = [task for task in tasks if task.state.live]
        for task in live:
            self.tasks[task.id] = withdrawn(task, self.today, person)
        if live:
            self.steps.append(Withdrawn(tuple(task.id for task in live), because))
        return bool(live)

    def _ground(self, rule: TaskRule) -> _Ground:
        every = [self._of(one) for one in rule.after]
        some = [self._of(one) for one in rule.after_any]
        if _Ground.GONE in every or (some and set(some) == {_Ground.GONE}):
            return _Ground.GONE
        if set(every) <= {_Ground.MET} and (not some or _Ground.MET in some):
            return _Ground.MET
        return _Ground.OPEN

    def _of(self, written: str) -> _Ground:
        """Return how "name" or "name:outcome" stands."""
        name, _, outcome = written.partition(":")
        tasks = of_name(self.tasks.values(), name)
        answered = not outcome or any(
            task.state is TaskState.DONE and task.outcome == outcome for task in tasks
        )
        if answered and name in self.rules and _reached(self.rules[name], tasks):
            return _Ground.MET
        return _Ground.GONE if settled(tasks) else _Ground.OPEN


_GONE = Text(
    "Het antwoord waarop dit wachtte, komt niet meer.",
    "The answer that this waited for will not come any more.",
)


def _reached(rule: TaskRule, tasks: Iterable[Task]) -> bool:
    """Whether what comes after *rule* may go on; for what nobody waits for: once it has opened."""
    if rule.join is Join.NONE:
        return any(task.opened_on is not None for task in tasks)
    return joined(tasks)


def withdrawn(task: Task, today: date, person: str) -> Task:
    """Return *task* as nobody has to do it any more; *person* is "" when the procedure says so."""
    return replace(task, state=TaskState.WITHDRAWN, settled_on=today, settled_by=person)


def task_lacks(case: Case, names: Iterable[str]) -> list[Lack]:
    """Return what a move that waits for the tasks called *names* still lacks, and of whom."""
    return [
        Lack(f"{TASK_GUARD}{name}", _missing(case, tasks, name))
        for name in names
        if not joined(tasks := of_name(case.tasks, name))
    ]


def _missing(case: Case, tasks: list[Task], name: str) -> Text:
    """Say what is not done yet, and by whom: "Nog niet klaar: zienswijze (Haarlem)."."""
    if not tasks:
        return Text(
            f"In deze fase is geen taak '{name}' gesteld.",
            f"No task '{name}' was set in this stage.",
        )
    label = lower(tasks[0].label)
    live = [task for task in tasks if task.state.live]
    if not live:
        return Text(
            f"Niet meer te halen, want ingetrokken: {label.nl}.",
            f"No longer possible, because it was withdrawn: {label.en}.",
        )
    wanted = tasks[0].needed
    done = sum(task.state is TaskState.DONE for task in tasks)
    count = Text("", "")
    if wanted - done < len(live):
        count = Text(f"; {done} van de {wanted} nodig", f"; {done} of the {wanted} needed")
    names = list(dict.fromkeys(name_of(case, task) for task in live))
    who = listed(names)
    return Text(
        f"Nog niet klaar: {label.nl} ({who.nl}{count.nl}).",
        f"Not done yet: {label.en} ({who.en}{count.en}).",
    )


def name_of(case: Case, task: Task) -> Text:
    """Return who does *task*: the name of the party, or the role."""
    if not task.organisation:
        return _ROLES.get(task.role, Text(task.role, task.role))
    party = case.party(task.organisation)
    name = task.organisation if party is None else party.name
    return Text(name, name)


_ROLES = {
    "party": Text("een van de partijen", "one of the parties"),
    "mediator": Text("de bemiddelaar", "the mediator"),
    "secretariat": Text("het secretariaat", "the secretariat"),
    "liaison_officer": Text("een liaison", "a liaison officer"),
    "administrator": Text("de beheerder", "the administrator"),
}


def numbered(task: Task, tasks: Iterable[Task]) -> Text:
    """Return the label of *task*, with its number when a role has several of that name.

    Tasks for parties are told apart by the party.
    """
    alike = sorted(one.position for one in of_name(tasks, task.name) if not one.organisation)
    if task.organisation or len(alike) < _SEVERAL or task.position not in alike:
        return task.label
    place, many = alike.index(task.position) + 1, len(alike)
    return task.label + Text(f" {place} van {many}", f" {place} of {many}")


_SEVERAL = 2


def lower(label: Text) -> Text:
    """Return *label* as it stands inside a sentence; what begins with two capitals keeps them."""
    return Text(_lower(label.nl), _lower(label.en))


def _lower(words: str) -> str:
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def listed(names: Sequence[Text]) -> Text:
    """Return *names* as a sentence says them: "A, B en C"."""
    return Text(_list([one.nl for one in names], " en "), _list([one.en for one in names], " and "))


def _list(words: list[str], last: str) -> str:
    return last.join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
