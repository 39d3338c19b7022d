"""The life of a case as the doors read it: from its history, with the procedures adopted here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.domain.case import Visibility
from impasse.domain.lifeline import lifeline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from impasse.domain.case import Case
    from impasse.domain.history import ChainedEntry
    from impasse.domain.lifeline import Lifeline
    from impasse.domain.workflow import Workflow
    from impasse.engine.procedures import Procedures


def by_reference(procedures: Procedures) -> Callable[[str], Workflow]:
    """Return what finds a procedure by `name@version`, or raises `NotFound`."""

    def find(reference: str) -> Workflow:
        name, _, version = reference.rpartition("@")
        return procedures.get(name, version).workflow

    return find


def life_of(
    procedures: Procedures, case: Case, entries: Sequence[ChainedEntry], today: date
) -> Lifeline:
    """Return the life of *case* up to *today*; a lesson stands still where its sources end.

    Raises `Conflict` when an entry on which time depends cannot be read.
    """
    until = case.last_step_on if case.visibility is Visibility.LESSON else today
    return lifeline(entries, by_reference(procedures), until)
