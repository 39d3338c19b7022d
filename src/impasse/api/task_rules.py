"""The tasks of a procedure as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.api.shapes import Bilingual, Shape, Yes, bilingual
from impasse.api.tasks import OutcomeShape
from impasse.domain.people import Role
from impasse.domain.workflow import Join, Rest, TaskExpiry

if TYPE_CHECKING:
    from impasse.domain.workflow import TaskRule


class TaskRuleShape(Shape):
    """Work inside a stage: for each party, or `count` times for a role.

    `after` and `afterAny` name tasks, or "name:outcome". `atLeast` counts when `join` is
    `at_least`; `length` is the time for one task.
    """

    name: str
    label: Bilingual
    each_party: Yes
    role: Role | None
    count: int
    join: Join
    at_least: int
    rest: Rest
    after: list[str]
    after_any: list[str]
    outcomes: list[OutcomeShape]
    length: str | None
    on_expiry: TaskExpiry
    cancels: list[str]
    exclusive: str
    rounds: int


def task_rule(rule: TaskRule) -> TaskRuleShape:
    """Return *rule* as the API shows it."""
    return TaskRuleShape(
        name=rule.name,
        label=bilingual(rule.label),
        each_party=rule.each_party,
        role=rule.role,
        count=rule.count,
        join=rule.join,
        at_least=rule.at_least,
        rest=rule.rest,
        after=list(rule.after),
        after_any=list(rule.after_any),
        outcomes=[
            OutcomeShape(outcome=name, label=bilingual(label))
            for name, label in rule.outcomes.items()
        ],
        length=None if rule.length is None else str(rule.length),
        on_expiry=rule.on_expiry,
        cancels=list(rule.cancels),
        exclusive=rule.exclusive,
        rounds=rule.rounds,
    )
