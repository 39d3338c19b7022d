"""How a case stood before a migration, as JSON in its history: all that an undoing needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from impasse.domain.case import Purpose, Term, TermState, Timer
from impasse.domain.task import Task, TaskState
from impasse.domain.term_acts import Extension, Suspension, SuspensionReason
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from impasse.domain.case import Case
    from impasse.domain.history import Json
    from impasse.domain.term_acts import TermAct


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a migration may change of a case; `timers` are those that stood, without a number."""

    workflow: str
    workflow_version: str
    stage: str
    stage_since: date
    came_from: str
    left: Mapping[str, int]
    term: Term | None
    tasks: tuple[Task, ...]
    timers: tuple[Timer, ...]


def taken(case: Case, timers: Iterable[Timer]) -> dict[str, Json]:
    """Return *case* as it stands, with the *timers* of its term."""
    return {
        "workflow": case.workflow,
        "workflow_version": case.workflow_version,
        "stage": case.stage,
        "stage_since": case.stage_since.isoformat(),
        "came_from": case.came_from,
        "left": dict(case.left),
        "term": None if case.term is None else _term(case.term),
        "tasks": [_task(task) for task in case.tasks],
        "timers": [
            {"purpose": one.purpose.value, "rung": one.rung, "due_at": _iso(one.due_at)}
            for one in timers
        ],
    }


def read(found: Any, case: str, stage_entry: int) -> Snapshot:  # noqa: ANN401 what stood in history
    """Return what `taken` wrote.

    Raises `KeyError`, `TypeError` or `ValueError` when it was damaged.
    """
    return Snapshot(
        workflow=found["workflow"],
        workflow_version=found["workflow_version"],
        stage=found["stage"],
        stage_since=date.fromisoformat(found["stage_since"]),
        came_from=found["came_from"],
        left=dict(found["left"]),
        term=None if found["term"] is None else _read_term(found["term"], stage_entry),
        tasks=tuple(_read_task(task, stage_entry) for task in found["tasks"]),
        timers=tuple(
            Timer(
                case,
                Purpose(one["purpose"]),
                one["rung"],
                stage_entry,
                datetime.fromisoformat(one["due_at"]),
            )
            for one in found["timers"]
        ),
    )


def _term(term: Term) -> dict[str, Json]:
    return {
        "stage": term.stage,
        "length": term.length,
        "basis": term.basis,
        "atw": term.atw,
        "start": term.start.isoformat(),
        "raw_end": term.raw_end.isoformat(),
        "end": term.end.isoformat(),
        "ends_at": _iso(term.ends_at),
        "calendar_version": term.calendar_version,
        "state": term.state.value,
        "begun_at": None if term.begun_at is None else _iso(term.begun_at),
        "plan": term.plan,
        "acts": [act_as_json(act) for act in term.acts],
    }


def _read_term(found: Mapping[str, Any], stage_entry: int) -> Term:
    begun_at = found["begun_at"]
    return Term(
        stage=found["stage"],
        stage_entry=stage_entry,
        length=found["length"],
        basis=found["basis"],
        atw=found["atw"],
        start=date.fromisoformat(found["start"]),
        raw_end=date.fromisoformat(found["raw_end"]),
        end=date.fromisoformat(found["end"]),
        ends_at=datetime.fromisoformat(found["ends_at"]),
        calendar_version=found["calendar_version"],
        state=TermState(found["state"]),
        begun_at=None if begun_at is None else datetime.fromisoformat(begun_at),
        plan=found["plan"],
        acts=tuple(act_from_json(act) for act in found["acts"]),
    )


def act_as_json(act: TermAct) -> dict[str, Json]:
    """Return a suspension or extension as JSON can hold it."""
    if isinstance(act, Extension):
        return {
            "kind": "extension",
            "id": act.id,
            "on": act.on.isoformat(),
            "length": act.length,
            "reason": act.reason,
            "consents": [*act.consents],
            "at": _iso(act.at),
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
        "at": _iso(act.at),
        "ended_on": None if act.ended_on is None else act.ended_on.isoformat(),
    }


def act_from_json(act: Mapping[str, Any]) -> TermAct:
    """Return what `act_as_json` wrote."""
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


def _task(task: Task) -> dict[str, Json]:
    return {
        "id": task.id,
        "name": task.name,
        "label": {"nl": task.label.nl, "en": task.label.en},
        "organisation": task.organisation,
        "role": task.role,
        "state": task.state.value,
        "needed": task.needed,
        "position": task.position,
        "round": task.round,
        "outcome": task.outcome,
        "note": task.note,
        "opened_on": _day(task.opened_on),
        "due_on": _day(task.due_on),
        "settled_on": _day(task.settled_on),
        "settled_by": task.settled_by,
    }


def _read_task(found: Mapping[str, Any], stage_entry: int) -> Task:
    return Task(
        id=found["id"],
        stage_entry=stage_entry,
        name=found["name"],
        label=Text(found["label"]["nl"], found["label"]["en"]),
        organisation=found["organisation"],
        role=found["role"],
        state=TaskState(found["state"]),
        needed=found["needed"],
        position=found["position"],
        round=found["round"],
        outcome=found["outcome"],
        note=found["note"],
        opened_on=_read_day(found["opened_on"]),
        due_on=_read_day(found["due_on"]),
        settled_on=_read_day(found["settled_on"]),
        settled_by=found["settled_by"],
    )


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _read_day(written: str | None) -> date | None:
    return None if written is None else date.fromisoformat(written)
