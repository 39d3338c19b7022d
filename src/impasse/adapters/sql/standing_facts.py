"""Whether what a message asks for was done meanwhile: terms, tasks and proposals as they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CandidateRow, TaskRow, TermRow
from impasse.domain.case import TermState
from impasse.domain.notification import event_of
from impasse.domain.overleg import CandidateState
from impasse.domain.task import TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.engine import Connection, Row

_TERMS, _TASKS, _CANDIDATES = table(TermRow), table(TaskRow), table(CandidateRow)

_WHILE_TERM = {
    "term-nearing": TermState.RUNNING.value,
    "term-expired": TermState.EXPIRED.value,
    "suspension-nearing": TermState.SUSPENDED.value,
}
"""How the term must stand for a message to be true."""

_ABOUT_TASKS = frozenset({"tasks-opened", "task-due"})
_PROPOSED = "agenda-candidate-proposed"
_IN_HAND = (TaskState.OPEN.value, TaskState.STARTED.value)


@dataclass(frozen=True, slots=True)
class StandingFacts:
    """How things stand that messages ask about; without a stay a message is left alone."""

    terms: dict[tuple[str, int], str]
    tasks: frozenset[tuple[str, int, str]]
    proposed: frozenset[str]

    @classmethod
    def read(cls, connection: Connection, messages: Iterable[Row[Any]]) -> StandingFacts:
        """Read what *messages*, rows with a type and a subject, ask about: at most three times."""
        about: dict[str, set[str]] = {"terms": set(), "tasks": set(), "proposed": set()}
        for row in messages:
            event = event_of(row.type or "")
            if event in _WHILE_TERM:
                about["terms"].add(row.subject)
            elif event in _ABOUT_TASKS:
                about["tasks"].add(row.subject)
            elif event == _PROPOSED:
                about["proposed"].add(row.subject)
        terms = (
            {
                (row.case_id, row.stage_entry): row.state
                for row in connection.execute(
                    select(_TERMS.c.case_id, _TERMS.c.stage_entry, _TERMS.c.state).where(
                        _TERMS.c.case_id.in_(sorted(about["terms"]))
                    )
                )
            }
            if about["terms"]
            else {}
        )
        tasks = (
            frozenset(
                (row.case_id, row.stage_entry, row.organisation)
                for row in connection.execute(
                    select(_TASKS.c.case_id, _TASKS.c.stage_entry, _TASKS.c.organisation).where(
                        _TASKS.c.case_id.in_(sorted(about["tasks"])), _TASKS.c.state.in_(_IN_HAND)
                    )
                )
            )
            if about["tasks"]
            else frozenset()
        )
        proposed = (
            frozenset(
                row.case_id
                for row in connection.execute(
                    select(_CANDIDATES.c.case_id).where(
                        _CANDIDATES.c.case_id.in_(sorted(about["proposed"])),
                        _CANDIDATES.c.state == CandidateState.PROPOSED.value,
                    )
                )
            )
            if about["proposed"]
            else frozenset()
        )
        return cls(terms, tasks, proposed)

    def settled(self, type_: str, case: str, stay: int, organisation: str) -> bool:
        """Whether what the message asks of *organisation* was settled before it left."""
        event = event_of(type_)
        if event == _PROPOSED:
            return case not in self.proposed
        if not stay:
            return False
        if event in _WHILE_TERM:
            return self.terms.get((case, stay)) != _WHILE_TERM[event]
        if event in _ABOUT_TASKS:
            return not {(case, stay, organisation), (case, stay, "")} & self.tasks
        return False
