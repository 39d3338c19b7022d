"""A task: one piece of work inside a stay in a stage, for one party or one role."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from impasse.domain.people import CLOCK
from impasse.domain.text import Text

if TYPE_CHECKING:
    from datetime import date

UNANSWERED = Text("niets ontvangen, verdergegaan", "nothing received, went on")
"""How a task stands of which the last day passed while the case went on."""


class TaskState(StrEnum):
    """How a task stands: it waits for others, is open, is taken up, is done or was withdrawn."""

    WAITING = "waiting"
    OPEN = "open"
    STARTED = "started"
    DONE = "done"
    WITHDRAWN = "withdrawn"

    @property
    def live(self) -> bool:
        """Whether somebody can still work on it, now or later."""
        return self not in _SETTLED


_SETTLED = frozenset({TaskState.DONE, TaskState.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Task:
    """One task of the stay `stage_entry`; `name` is that of its rule in the procedure.

    It is for `organisation` (a party) or, when that is empty, for whoever has `role`. `needed`
    tells how many tasks of this name must be done before the procedure goes on; `round` counts
    how often it was opened anew. `outcome` is the answer chosen by who did it. `due_on` is its
    last day, if it has one.
    """

    id: str
    stage_entry: int
    name: str
    label: Text
    organisation: str
    role: str
    state: TaskState
    needed: int
    position: int
    round: int = 1
    outcome: str = ""
    note: str = ""
    opened_on: date | None = None
    due_on: date | None = None
    settled_on: date | None = None
    settled_by: str = ""

    @property
    def unanswered(self) -> bool:
        """Whether the clock went on without this task, because its last day had passed."""
        return (
            self.state is TaskState.WITHDRAWN
            and self.settled_by == CLOCK.person
            and self.due_on is not None
            and self.settled_on is not None
            and self.due_on <= self.settled_on
        )
