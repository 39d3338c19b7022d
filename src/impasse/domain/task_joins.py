"""Which tasks of a stage can come to their join, and which never can, whatever people do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.domain.workflow import TaskExpiry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from impasse.domain.workflow import Stage


def can_join(stage: Stage, names: Iterable[str]) -> bool:
    """Whether the tasks called *names* can all have joined during one stay in *stage*."""
    return all(name in stage.tasks for name in names)


def done_by_the_clock(stage: Stage) -> bool:
    """Whether the clock alone settles every task of *stage*, one after the other."""
    return bool(stage.tasks) and all(
        rule.length is not None and rule.on_expiry is TaskExpiry.COMPLETE
        for rule in stage.tasks.values()
    )
