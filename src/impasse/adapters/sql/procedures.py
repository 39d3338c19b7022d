"""The versions of procedures that were adopted, with the very text; each is compiled once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from impasse.adapters.files.workflows import parse_workflow
from impasse.adapters.sql.database import writing
from impasse.adapters.sql.people import reading
from impasse.adapters.sql.tables import WorkflowRow
from impasse.domain.errors import Conflict, NotFound
from impasse.domain.machine import CompiledWorkflow, compile_workflow
from impasse.domain.text import Text
from impasse.engine.ports import Contention

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from impasse.domain.workflow import Workflow


class AdoptedProcedures:
    """Procedures in force, and those that older cases are still pinned to."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._compiled: dict[tuple[str, str], CompiledWorkflow] = {}

    def get(self, name: str, version: str) -> CompiledWorkflow:
        """Return this version, or raise `NotFound` that names it.

        The text of a version never changes once adopted, so what was compiled stays good.
        """
        found = self._compiled.get((name, version))
        if found is None:
            with reading(self._database) as session:
                row = session.get(WorkflowRow, (name, version))
            if row is None:
                raise NotFound(
                    Text(
                        f"Procedure {name}@{version} is niet aangenomen. Neem haar eerst aan.",
                        f"Procedure {name}@{version} has not been adopted. Adopt it first.",
                    )
                )
            found = compile_workflow(parse_workflow(row.content, f"{name}@{version}"))
            self._compiled[name, version] = found
        return found

    def in_force(self) -> list[WorkflowRow]:
        """Return every adopted version, the latest adoption of each name first."""
        with reading(self._database) as session:
            query = select(WorkflowRow).order_by(
                col(WorkflowRow.name), col(WorkflowRow.adopted_at).desc()
            )
            return list(session.exec(query))

    def latest(self, name: str) -> Workflow:
        """Return the version of *name* that new cases get."""
        for row in self.in_force():
            if row.name == name:
                return self.get(row.name, row.version).workflow
        raise NotFound(
            Text(
                f"Procedure {name} is niet aangenomen. Neem haar eerst aan.",
                f"Procedure {name} has not been adopted. Adopt it first.",
            )
        )

    def adopt(self, path: Path, *, by: str, at: datetime) -> bool:
        """Put the procedure in the file at *path* into force; False when it was already.

        Raises `Conflict` when the same version was adopted with other content, `Unavailable` when
        the database fails.
        """
        content = path.read_text("utf-8-sig")
        workflow = parse_workflow(content, str(path))
        row = WorkflowRow(
            name=workflow.name,
            version=workflow.version,
            content_hash=workflow.content_hash,
            content=content,
            adopted_at=at,
            adopted_by=by,
            valid_from=at.date(),
            certificate="",
        )
        if self._is_adopted(workflow, path):
            return False
        try:
            with writing(self._database) as connection, Session(bind=connection) as session:
                session.add(row)
                session.flush()
        except (Contention, IntegrityError):
            # Another process adopted this version between our look and our write.
            if not self._is_adopted(workflow, path):
                raise
            return False
        return True

    def _is_adopted(self, workflow: Workflow, path: Path) -> bool:
        with reading(self._database) as session:
            earlier = session.get(WorkflowRow, (workflow.name, workflow.version))
        if earlier is not None:
            _refuse_other_content(earlier, workflow, path)
        return earlier is not None


def _refuse_other_content(earlier: WorkflowRow, workflow: Workflow, path: Path) -> None:
    if earlier.content_hash != workflow.content_hash:
        raise Conflict(
            Text(
                f"{workflow.reference} is al aangenomen met een andere inhoud. "
                f"Geef {path} een nieuw versienummer.",
                f"{workflow.reference} was adopted with other content already. "
                f"Give {path} a new version number.",
            )
        )
