"""The procedure that a case is pinned to, or a sentence that says how to get it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from impasse.domain.errors import Conflict, NotFound
from impasse.domain.text import Text
from impasse.domain.workflow import RESTORE

if TYPE_CHECKING:
    from impasse.domain.machine import CompiledWorkflow


class Procedures(Protocol):
    """The adopted versions of procedures, each compiled once."""

    def get(self, name: str, version: str) -> CompiledWorkflow:
        """Return this version, or raise `NotFound` that names it."""


class Pinned(Protocol):
    """A case, whole or as a line of a list."""

    @property
    def id(self) -> str:
        """Its number."""

    @property
    def workflow(self) -> str:
        """The name of its procedure."""

    @property
    def workflow_version(self) -> str:
        """The version of its procedure."""


def procedure_of(procedures: Procedures, case: Pinned) -> CompiledWorkflow:
    """Return the procedure that *case* follows.

    Raises `Conflict` when that version was not adopted here: the case exists all the same.
    """
    try:
        return procedures.get(case.workflow, case.workflow_version)
    except NotFound as error:
        reference = f"{case.workflow}@{case.workflow_version}"
        raise Conflict(
            Text(
                f"Zaak {case.id} volgt procedure {reference}, maar die is hier niet aangenomen. ",
                f"Case {case.id} follows procedure {reference}, which was not adopted here. ",
            )
            + RESTORE
        ) from error
