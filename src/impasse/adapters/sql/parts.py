"""Parts of a case as rows and back: the acts of a term, the tasks of a stay."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from impasse.domain.history import canonical
from impasse.domain.task import Task, TaskState
from impasse.domain.term_acts import Extension, Suspension, SuspensionReason
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from impasse.adapters.sql.database import Codec
    from impasse.domain.history import Json
    from impasse.domain.term_acts import TermAct

    Row = tuple[Any, ...]

_TASK_STATE = {member.value: member for member in TaskState}


def write_acts(acts: Iterable[TermAct]) -> str:
    """Return what was done to a term as canonical JSON, in order."""
    return canonical([_written(act) for act in acts])


def read_acts(text: str) -> tuple[TermAct, ...]:
    """Return what was done to a term; the reverse of `write_acts`."""
    return tuple(_read(act) for act in json.loads(text))


def _written(act: TermAct) -> dict[str, Json]:
    if isinstance(act, Extension):
        return {
            "kind": "extension",
            "id": act.id,
            "on": act.on.isoformat(),
            "length": act.length,
            "reason": act.reason,
            "consents": [*act.consents],
            "at": act.at.isoformat(timespec="microseconds"),
        }
    return {
        "kind": "suspension",
        "id": act.id,
        "reason": act.reason.value,
        "waits_for": act.waits_for,
        "waits_for_name": act.waits_for_name,
        "begins_on": act.begins_on.isoformat(),
        "until": act.until.isoformat(),
        "consents": [*act.consents],
        "note": act.note,
        "at": act.at.isoformat(timespec="microseconds"),
        "ended_on": None if act.ended_on is None else act.ended_on.isoformat(),
    }


def _read(act: dict[str, Any]) -> TermAct:
    at = datetime.fromisoformat(act["at"])
    if act["kind"] == "extension":
        on = date.fromisoformat(act["on"])
        return Extension(act["id"], on, act["length"], act["reason"], tuple(act["consents"]), at)
    ended_on = act["ended_on"]
    return Suspension(
        id=act["id"],
        reason=SuspensionReason(act["reason"]),
        waits_for=act["waits_for"],
        waits_for_name=act["waits_for_name"],
        begins_on=date.fromisoformat(act["begins_on"]),
        until=date.fromisoformat(act["until"]),
        consents=tuple(act["consents"]),
        note=act["note"],
        at=at,
        ended_on=None if ended_on is None else date.fromisoformat(ended_on),
    )


def task_values(codec: Codec, case: str, task: Task) -> Row:
    """Return a task in the order of the columns."""
    return (
        case,
        task.id,
        task.stage_entry,
        task.name,
        task.label.nl,
        task.label.en,
        task.organisation,
        task.role,
        task.state._value_,
        task.needed,
        task.position,
        task.round,
        task.outcome,
        task.note,
        codec.day(task.opened_on),
        codec.day(task.due_on),
        codec.day(task.settled_on),
        task.settled_by,
    )


def read_task(codec: Codec, row: Row) -> Task:
    """Return the task that a row keeps."""
    (
        _,
        key,
        stage_entry,
        name,
        label_nl,
        label_en,
        organisation,
        role,
        state,
        needed,
        position,
        rounds,
        outcome,
        note,
        opened_on,
        due_on,
        settled_on,
        settled_by,
    ) = row
    day = codec.read_maybe_day
    return Task(
        key,
        stage_entry,
        name,
        Text(label_nl, label_en),
        organisation,
        role,
        _TASK_STATE[state],
        needed,
        position,
        rounds,
        outcome,
        note,
        day(opened_on),
        day(due_on),
        day(settled_on),
        settled_by,
    )
