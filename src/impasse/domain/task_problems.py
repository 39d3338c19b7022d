"""What is unsound in the tasks of a stage, and in the moves that wait for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.domain.certificate import Problem
    from impasse.domain.workflow import Workflow


def task_problems(workflow: Workflow) -> Iterator[Problem]:
    """Yield what is unsound in the tasks of each stage."""
    yield from ()
