"""Runs of escalation, for who may see the case that they belong to; a run is seen by all who do."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import and_, exists, or_, select

from impasse.adapters.sql.database import Codec, translate
from impasse.adapters.sql.run_rows import read_run
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow, EscalationRunRow, NotificationRow, PartyRow
from impasse.adapters.sql.views import visible_cases
from impasse.domain.errors import Conflict, NotFound
from impasse.domain.escalation import RunState
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Select
    from sqlalchemy.engine import Connection, Engine

    from impasse.domain.escalation import Run
    from impasse.domain.people import Actor

log = structlog.get_logger("impasse.runs")

_RUNS = table(EscalationRunRow)
_CASES = table(CaseRow)
_NOTIFICATIONS = table(NotificationRow)
_PARTIES = table(PartyRow)
_NATIVE = Codec("native")
"""SQLAlchemy has turned the values into Python's own already."""


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs to list; an empty field does not filter.

    `open` is whether something can still happen. `mine` is the id of a person who was told of the
    run, and of whom it may want something; `party` an organisation that is a side of the case.
    """

    case: str = ""
    open: bool | None = None
    state: RunState | None = None
    policy: str = ""
    mine: str = ""
    party: str = ""


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run with the case that it belongs to; `revision` is that of the case."""

    case: str
    title: str
    revision: int
    run: Run

    @property
    def key(self) -> tuple[str, str]:
        """Where the line stands in a list."""
        return self.case, self.run.id


class RunViews:
    """Plain reads of runs; each call is its own short transaction."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def runs(
        self,
        actor: Actor,
        wanted: RunFilter | None = None,
        *,
        after: tuple[str, str] | None = None,
        limit: int = 100,
    ) -> list[RunLine]:
        """Return runs of cases that *actor* may see, by case and number, those after *after*.

        A run that cannot be read is left out, and the log says so; `impasse doctor` names it.
        """
        wanted = wanted or RunFilter()
        found: list[RunLine] = []
        while (left := limit - len(found)) > 0:
            rows = self._rows(_filtered(actor, wanted, after).limit(left))
            found += _readable(rows)
            if len(rows) < left:
                break
            # Those that cannot be read leave places on this page: the next ones take them.
            after = (rows[-1].case_id, rows[-1].id)
        return found

    def of_case(self, actor: Actor, case: str) -> list[Run]:
        """Return the runs of one case, in the order in which they began."""
        lines = self.runs(actor, RunFilter(case=case), limit=10_000)
        return sorted((line.run for line in lines), key=lambda run: (run.started_at, run.id))

    def run(self, actor: Actor, case: str, run: str) -> RunLine:
        """Return one run; raises `NotFound` when it does not exist for *actor*."""
        rows = self._rows(_filtered(actor, RunFilter(case=case)).where(_RUNS.c.id == run))
        if not rows:
            raise NotFound(
                Text(
                    f"Opschaling {run} van zaak {case} bestaat niet.",
                    f"Escalation {run} of case {case} does not exist.",
                )
            )
        return _line(rows[0])

    def _rows(self, query: Select[Any]) -> list[Any]:
        with _reading(self._database) as connection:
            return list(connection.execute(query))


def _filtered(actor: Actor, wanted: RunFilter, after: tuple[str, str] | None = None) -> Select[Any]:
    query = (
        select(*_RUNS.c, _CASES.c.title, _CASES.c.revision)
        .join(_CASES, _CASES.c.id == _RUNS.c.case_id)
        .where(visible_cases(actor))
        .order_by(_RUNS.c.case_id, _RUNS.c.id)
    )
    if after is not None:
        case, run = after
        query = query.where(
            or_(_RUNS.c.case_id > case, and_(_RUNS.c.case_id == case, _RUNS.c.id > run))
        )
    if wanted.case:
        query = query.where(_RUNS.c.case_id == wanted.case)
    if wanted.open is not None:
        ended = _RUNS.c.state == RunState.ENDED.value
        query = query.where(~ended if wanted.open else ended)
    if wanted.state is not None:
        query = query.where(_RUNS.c.state == wanted.state.value)
    if wanted.policy:
        query = query.where(_RUNS.c.policy == wanted.policy)
    if wanted.party:
        query = query.where(
            exists().where(
                _PARTIES.c.case_id == _CASES.c.id, _PARTIES.c.organisation == wanted.party
            )
        )
    if wanted.mine:
        query = query.where(
            exists().where(
                _NOTIFICATIONS.c.person_id == wanted.mine,
                _NOTIFICATIONS.c.run == _RUNS.c.case_id + ":" + _RUNS.c.id,
            )
        )
    return query


def _readable(rows: list[Any]) -> list[RunLine]:
    found = []
    for row in rows:
        try:
            found.append(_line(row))
        except Conflict as error:
            log.warning(
                "run_left_out",
                object=f"{row.case_id}:{row.id}",
                result="unreadable",
                reason=str(error),
            )
    return found


def _line(row: Any) -> RunLine:  # noqa: ANN401 a row
    values = tuple(row)
    return RunLine(row.case_id, row.title, row.revision, read_run(_NATIVE, values[:-2]))


@contextmanager
def _reading(database: Engine) -> Iterator[Connection]:
    try:
        with database.connect() as connection:
            yield connection
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error
