"""Words in rows that are none of ours: which they are, and what is told of their case."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from impasse.adapters.sql.database import translate
from impasse.adapters.sql.statements import columns, table
from impasse.adapters.sql.tables import CaseRow, TaskRow, TermRow
from impasse.domain.case import ConfirmationKind, Status, TermState, Visibility
from impasse.domain.early_warning import Level
from impasse.domain.errors import Conflict
from impasse.domain.people import Layer
from impasse.domain.signals import Reliability
from impasse.domain.task import TaskState
from impasse.domain.text import Text
from impasse.domain.tier import Tier

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.engine import Engine

    Row = tuple[Any, ...]

RESTORE_ROW = Text(
    "Gebruik de versie van impasse die dit schreef, of zet een reservekopie van de database terug.",
    "Use the version of impasse that wrote this, or put a backup of the database back.",
)
"""What to do about a row that holds a word that is none of ours."""

_CASES = table(CaseRow)
_WORDS: dict[str, frozenset[str]] = {
    "visibility": frozenset(Visibility),
    "tier": frozenset(Tier),
    "status": frozenset(Status),
    "level": frozenset({"", *Level}),
    "layer": frozenset(Layer),
    "reliability": frozenset(Reliability),
    "kind": frozenset(ConfirmationKind),
    "state": frozenset(TermState),
    "task_state": frozenset(TaskState),
}
_TERM_STATE = columns(TermRow).index("state")
_TASK_STATE = columns(TaskRow).index("state")


@dataclass(frozen=True, slots=True)
class Pin:
    """Where a case stands in which procedure; `strange` pairs a column with a word not of ours."""

    id: str
    workflow: str
    workflow_version: str
    stage: str
    strange: tuple[tuple[str, str], ...]


def pins(database: Engine) -> list[Pin]:
    """Return of every case, by number, where it stands and which words in it are strange."""
    place = (_CASES.c.id, _CASES.c.workflow, _CASES.c.workflow_version, _CASES.c.stage)
    words = (_CASES.c.visibility, _CASES.c.tier, _CASES.c.status, _CASES.c.level)
    query = select(*place, *words).order_by(_CASES.c.id)
    try:
        with database.connect() as connection:
            rows = list(connection.execute(query))
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error
    return [Pin(*row[:4], strange=tuple(_strange(**_words(row)))) for row in rows]


def refuse_strange(row: Any, parties: list[Any]) -> None:  # noqa: ANN401 rows
    """Raise `Conflict` when the row of a case or of a party holds a word that is none of ours."""
    found = chain(_strange(**_words(row)), *(_strange(layer=party.layer) for party in parties))
    for column, value in found:
        raise _conflict(row.id, column, value)


def misspelt(  # noqa: PLR0917 a case and its parts
    row: Row,
    parties: list[Row],
    signals: list[Row],
    confirmations: list[Row],
    term: Row | None,
    tasks: Sequence[Row] = (),
) -> Conflict:
    """Say which word of these rows, in the order of the tables, is none of ours."""
    found = chain(
        _strange(visibility=row[5], tier=row[14], status=row[15], level=row[19]),
        *(_strange(layer=party[4]) for party in parties),
        *(_strange(reliability=signal[4]) for signal in signals),
        *(_strange(kind=confirmation[1]) for confirmation in confirmations),
        *(_strange(state=part[_TERM_STATE]) for part in (term,) if part is not None),
        *(_strange(task_state=task[_TASK_STATE]) for task in tasks),
    )
    for column, value in found:
        return _conflict(row[0], column, value)
    raise AssertionError(row[0])


def _strange(**held: str) -> Iterator[tuple[str, str]]:
    """Yield the columns that hold a word that is none of ours, each with that word."""
    for column, value in held.items():
        if value not in _WORDS[column]:
            yield column, value


def _words(row: Any) -> dict[str, str]:  # noqa: ANN401 a row
    return {name: getattr(row, name) for name in ("visibility", "tier", "status", "level")}


def _conflict(case: str, column: str, value: str) -> Conflict:
    return Conflict(
        Text(
            f"Zaak {case} kan niet worden gelezen: in kolom '{column}' staat '{value}', en dat "
            f"woord is onbekend. {RESTORE_ROW.nl}",
            f"Case {case} cannot be read: column '{column}' holds '{value}', and that word is "
            f"unknown. {RESTORE_ROW.en}",
        )
    )
