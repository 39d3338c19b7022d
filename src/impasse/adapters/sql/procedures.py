"""The versions of procedures that were adopted, with the very text; each is compiled once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from impasse.adapters.files.workflows import parse_workflow, read_adopted
from impasse.adapters.files.yaml_lines import read_text
from impasse.adapters.sql.database import writing
from impasse.adapters.sql.people import reading
from impasse.adapters.sql.procedure_history import tell
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import WorkflowRow
from impasse.domain.adoption import Version, adoption_faults, refuse_adoption, standing
from impasse.domain.certificate import Certificate
from impasse.domain.days_in_words import AMSTERDAM, day_in_words
from impasse.domain.errors import Conflict, NotFound, Unreadable
from impasse.domain.machine import CompiledWorkflow, compile_workflow
from impasse.domain.soundness import certify
from impasse.domain.text import Text
from impasse.engine.ports import Contention

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from sqlalchemy.engine import Connection, Engine

    from impasse.domain.workflow import Workflow

_WORKFLOWS = table(WorkflowRow)
_WITHOUT_TEXT = (
    _WORKFLOWS.c.name,
    _WORKFLOWS.c.version,
    _WORKFLOWS.c.content_hash,
    _WORKFLOWS.c.adopted_at,
    _WORKFLOWS.c.adopted_by,
    _WORKFLOWS.c.valid_from,
)
_ATTEMPTS = 5
"""So often an adoption is tried while others adopt at the same moment."""


@dataclass(frozen=True, slots=True)
class Adoption:
    """What adopting a text comes to: the procedure, its proof, its first day, and if it is new."""

    workflow: Workflow
    certificate: Certificate
    valid_from: date
    new: bool


class AdoptedProcedures:
    """Procedures in force, those to come, and those that older cases are still pinned to."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._compiled: dict[tuple[str, str], CompiledWorkflow] = {}

    def get(self, name: str, version: str) -> CompiledWorkflow:
        """Return this version, or raise `NotFound` that names it.

        The text of a version never changes once adopted, so what was compiled stays good.
        """
        found = self._compiled.get((name, version))
        if found is None:
            row = self._row(name, version)
            found = compile_workflow(read_adopted(row.content, f"{name}@{version}"))
            self._compiled[name, version] = found
        return found

    def text(self, name: str, version: str) -> str:
        """Return the very text that was adopted, or raise `NotFound`."""
        return self._row(name, version).content

    def certificate(self, name: str, version: str) -> Certificate:
        """Return the certificate with which this version was adopted, or raise `NotFound`.

        A version that was adopted before there were certificates is proven now.
        """
        row = self._row(name, version)
        try:
            found = Certificate.from_json(row.certificate)
        except Unreadable:
            found = None
        if found is not None and found.content_hash == row.content_hash:
            return found
        return certify(self.get(name, version).workflow)

    def versions(self, today: date) -> list[Version]:
        """Return every adopted version and how it stands on *today*: the newest of each first."""
        with reading(self._database) as session:
            rows = session.execute(select(*_WITHOUT_TEXT)).all()
        return standing((Version(*row) for row in rows), today)

    def version(self, name: str, version: str, today: date) -> Version:
        """Return how this version was adopted and how it stands, or raise `NotFound`."""
        for found in self.versions(today):
            if (found.name, found.version) == (name, version):
                return found
        raise _not_adopted(f"{name}@{version}")

    def latest(self, name: str, today: date) -> Workflow:
        """Return the version of *name* that cases opened *today* get.

        Raises `NotFound` when there is none, and says from which day there will be one.
        """
        if not name.isprintable():
            raise _not_adopted(name)
        query = select(*_WITHOUT_TEXT).where(_WORKFLOWS.c.name == name)
        with reading(self._database) as session:
            rows = session.execute(query).all()
        versions = standing((Version(*row) for row in rows), today)
        for found in versions:
            if found.valid_from <= today:
                return self.get(found.name, found.version).workflow
        if versions:
            day = day_in_words(versions[-1].valid_from)
            raise NotFound(
                Text(
                    f"Procedure {name} geldt pas vanaf {day.nl}. Kies een andere procedure.",
                    f"Procedure {name} applies from {day.en} only. Choose another procedure.",
                )
            )
        raise _not_adopted(name)

    def adopt(self, path: Path, *, by: str, at: datetime, valid_from: date | None = None) -> bool:
        """Put the procedure in the file at *path* into force; False when it was already.

        Raises as `adopt_text` does, and `Unreadable` when the file cannot be read.
        """
        content = read_text(path)
        return self.adopt_text(content, str(path), by=by, at=at, valid_from=valid_from).new

    def adopt_text(
        self,
        content: str,
        name_of_source: str,
        *,
        by: str,
        at: datetime,
        valid_from: date | None = None,
        origin: str = "cli",
        person: str = "",
    ) -> Adoption:
        """Put the procedure that *content* describes into force as of *valid_from*.

        *by* is what pages show, *person* who signed in, for history (the same when left out).
        Without *valid_from*: as of the day of *at*. The same version with the same content is
        adopted once; who did so, and when, is kept in history. Raises as `weigh` does, and
        `Unavailable` when the database fails.
        """
        last: Exception | None = None
        for _ in range(_ATTEMPTS):
            weighed = self.weigh(content, name_of_source, by=by, at=at, valid_from=valid_from)
            if not weighed.new:
                return weighed
            row = {
                "name": weighed.workflow.name,
                "version": weighed.workflow.version,
                "content_hash": weighed.workflow.content_hash,
                "content": content,
                "adopted_at": at,
                "adopted_by": by.strip(),
                "valid_from": weighed.valid_from,
                "certificate": weighed.certificate.to_json(),
            }
            try:
                with writing(self._database) as connection:
                    connection.execute(_WORKFLOWS.insert(), row)
                    tell(connection, weighed.workflow.name, at=at, origin=origin, person=person)
            except (Contention, IntegrityError) as error:
                # Another process adopted a version between our look and our write: look again.
                last = error
                continue
            return weighed
        raise Conflict(
            Text(
                "Er worden nu meer versies tegelijk aangenomen. Probeer het zo opnieuw.",
                "More versions are being adopted at this moment. Try again shortly.",
            )
        ) from last

    def weigh(
        self,
        content: str,
        name_of_source: str,
        *,
        by: str,
        at: datetime,
        valid_from: date | None = None,
    ) -> Adoption:
        """Return what adopting *content* would come to; nothing changes.

        Raises `WorkflowProblems` with every reason why it is unsound, `Invalid` for a name or a
        first day that cannot be, and `Conflict` when the same version was adopted with other
        content or as of another day.
        """
        workflow = parse_workflow(content, name_of_source)
        today = at.astimezone(AMSTERDAM).date()
        found = self._find(workflow.name, workflow.version)
        if found is not None:
            _refuse_other(found, workflow, name_of_source, valid_from)
            certificate = self.certificate(workflow.name, workflow.version)
            return Adoption(workflow, certificate, found.valid_from, new=False)
        first_day = today if valid_from is None else valid_from
        refuse_adoption(adoption_faults(by, first_day, today))
        return Adoption(workflow, certify(workflow), first_day, new=True)

    def tell_all(self, at: datetime) -> None:
        """See to it that history knows every adopted version, also those from before it did."""
        with writing(self._database) as connection:
            for name in _names(connection):
                tell(connection, name, at=at, origin="cli")

    def _find(self, name: str, version: str) -> WorkflowRow | None:
        if not (name + version).isprintable():
            # No file can be called so, and not every database can be asked for it.
            return None
        with reading(self._database) as session:
            return session.get(WorkflowRow, (name, version))

    def _row(self, name: str, version: str) -> WorkflowRow:
        row = self._find(name, version)
        if row is None:
            raise _not_adopted(f"{name}@{version}")
        return row


def _names(connection: Connection) -> list[str]:
    query = select(_WORKFLOWS.c.name).distinct().order_by(_WORKFLOWS.c.name)
    return list(connection.scalars(query))


def _not_adopted(what: str) -> NotFound:
    return NotFound(
        Text(
            f"Procedure {what} is niet aangenomen. Neem haar eerst aan.",
            f"Procedure {what} has not been adopted. Adopt it first.",
        )
    )


def _refuse_other(
    earlier: WorkflowRow, workflow: Workflow, source: str, valid_from: date | None
) -> None:
    if earlier.content_hash != workflow.content_hash:
        raise Conflict(
            Text(
                f"{workflow.reference} is al aangenomen met een andere inhoud. "
                f"Geef {source} een nieuw versienummer.",
                f"{workflow.reference} was adopted with other content already. "
                f"Give {source} a new version number.",
            )
        )
    if valid_from not in {None, earlier.valid_from}:
        day = day_in_words(earlier.valid_from)
        raise Conflict(
            Text(
                f"{workflow.reference} is al aangenomen en geldt vanaf {day.nl}. Die dag verandert "
                "niet meer; geef de tekst een nieuw versienummer.",
                f"{workflow.reference} was adopted already and applies from {day.en}. That day "
                "does not change any more; give the text a new version number.",
            )
        )
