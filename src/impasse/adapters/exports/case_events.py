"""Events of cases for process mining, as far as the reader may see the cases."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from impasse.adapters.exports.spreadsheet import harmless
from impasse.adapters.sql.database import translate
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow, EntryRow
from impasse.adapters.sql.views import visible_cases

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy.engine import Engine

    from impasse.domain.people import Actor

_CASES = table(CaseRow)
_ENTRIES = table(EntryRow)

COLUMNS = (
    "case",
    "sequence",
    "activity",
    "at",
    "stage",
    "organisation",
    "origin",
    "workflow",
    "workflowVersion",
)


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One entry of history as process mining wants it; `stage` is where a move led, or "".

    Who did it is named by organisation: no person is measured.
    """

    case: str
    sequence: int
    activity: str
    at: datetime
    stage: str
    organisation: str
    origin: str
    workflow: str
    workflow_version: str

    @property
    def cells(self) -> tuple[str, ...]:
        """Its values, in the order of `COLUMNS`."""
        return (
            self.case,
            str(self.sequence),
            self.activity,
            self.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            self.stage,
            self.organisation,
            self.origin,
            self.workflow,
            self.workflow_version,
        )


def case_events(database: Engine, actor: Actor) -> list[CaseEvent]:
    """Return the events of the cases that *actor* may see, per case and in order.

    What happens in closed rooms is no event of a case: nobody finds it here, members neither.
    """
    query = (
        select(_ENTRIES, _CASES.c.workflow, _CASES.c.workflow_version)
        .join(_CASES, _CASES.c.id == _ENTRIES.c.subject)
        .where(visible_cases(actor))
        .order_by(_ENTRIES.c.subject, _ENTRIES.c.seq)
    )
    try:
        with database.connect() as connection:
            rows = connection.execute(query).all()
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error
    return [
        CaseEvent(
            row.subject,
            row.seq,
            row.action,
            row.at,
            _led_to(row.content),
            row.organisation,
            row.origin,
            row.workflow,
            row.workflow_version,
        )
        for row in rows
    ]


def as_csv(events: Iterable[CaseEvent]) -> str:
    """Return *events* as CSV (RFC 4180) in which no cell can be taken for a formula."""
    written = io.StringIO()
    sheet = csv.writer(written)
    sheet.writerow(COLUMNS)
    sheet.writerows([harmless(cell) for cell in event.cells] for event in events)
    return written.getvalue()


def as_records(events: Iterable[CaseEvent]) -> Iterator[dict[str, str | int]]:
    """Yield *events* as JSON knows them."""
    for event in events:
        yield {**dict(zip(COLUMNS, event.cells, strict=True)), "sequence": event.sequence}


def _led_to(content: str) -> str:
    """Return the stage to which an entry led; "" when it led nowhere or its content was erased."""
    told = json.loads(content) if content else {}
    return str(told.get("to") or told.get("to_stage") or "")
