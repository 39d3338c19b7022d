"""Who is at turn by the work that is open now: the same answer as the waiting ledger gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.domain.ledger import busy
from impasse.domain.task import TaskState
from impasse.domain.task_flow import joined, lower, of_name
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from impasse.domain.task import Task

_IN_HAND = frozenset({TaskState.OPEN, TaskState.STARTED})


@dataclass(frozen=True, slots=True)
class AtWork:
    """On whose account a case waits because of open tasks, what is to be done, and by when.

    `account` is one of the ledger's: an organisation, the parties together or a role. `due_on` is
    the first of the last days of that work, if it has any.
    """

    account: str
    what: Text
    due_on: date | None


def at_work(tasks: Iterable[Task]) -> AtWork | None:
    """Return who is busy with *tasks*, those of one stay; None when it is the owner's turn.

    The owner is at turn when nothing is open, and when several roles have work at once.
    """
    tasks = list(tasks)
    waited = [task for task in tasks if task.state in _IN_HAND and _waited_for(task, tasks)]
    account = busy(waited)
    if account is None:
        return None
    # As in the ledger: work of a role beside that of parties keeps nobody waiting.
    of_parties = [task for task in waited if task.organisation] or waited
    days = [task.due_on for task in of_parties if task.due_on is not None]
    return AtWork(account, _what(of_parties), min(days, default=None))


def _waited_for(task: Task, tasks: list[Task]) -> bool:
    """Whether the case waits for *task*: not for what comes in after enough was done."""
    return task.needed == 0 or task.round > 1 or not joined(of_name(tasks, task.name))


def _what(tasks: list[Task]) -> Text:
    first, *rest = dict.fromkeys(task.label for task in tasks)
    labels = [first, *(lower(label) for label in rest)]
    return Text("; ".join(one.nl for one in labels), "; ".join(one.en for one in labels))
