"""Rows as values of the domain, and back: a case and all its parts, in the order of the tables."""

from __future__ import annotations

import json
from datetime import time
from typing import TYPE_CHECKING, Any

from impasse.adapters.sql.run_rows import read_run
from impasse.adapters.sql.strange import misspelt
from impasse.domain.case import (
    Case,
    Confirmation,
    ConfirmationKind,
    Party,
    Status,
    Term,
    TermState,
    Visibility,
)
from impasse.domain.early_warning import Level, Standing
from impasse.domain.history import canonical
from impasse.domain.overleg import Meeting
from impasse.domain.people import Layer
from impasse.domain.signals import Reliability, Signal
from impasse.domain.snapshot import act_as_json, act_from_json
from impasse.domain.task import Task, TaskState
from impasse.domain.text import Text
from impasse.domain.tier import Tier

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from impasse.adapters.sql.database import Codec
    from impasse.domain.term_acts import TermAct

    Row = tuple[Any, ...]

# Looking a member up costs nothing; asking the class for it is two calls, on every row.
_LEVEL = {member.value: member for member in Level}
_VISIBILITY = {member.value: member for member in Visibility}
_TIER = {member.value: member for member in Tier}
_STATUS = {member.value: member for member in Status}
_LAYER = {member.value: member for member in Layer}
_KIND = {member.value: member for member in ConfirmationKind}
_RELIABILITY = {member.value: member for member in Reliability}
_TERM_STATE = {member.value: member for member in TermState}
_TASK_STATE = {member.value: member for member in TaskState}


def read_case(  # noqa: PLR0917 a case and its parts
    codec: Codec,
    row: Row,
    parties: list[Row],
    signals: list[Row],
    confirmations: list[Row],
    term: Row | None,
    tasks: Sequence[Row] = (),
    runs: Sequence[Row] = (),
) -> Case:
    """Return the case that these rows keep; columns come in the order of the tables.

    Raises `Conflict` that names case, column and value when a row holds a word that is none of
    ours.
    """
    try:
        case = _case_of(codec, row, parties, signals, confirmations, term, tasks)
    except KeyError as error:
        raise misspelt(row, parties, signals, confirmations, term, tasks) from error
    if runs:
        return case.but(runs=tuple([read_run(codec, run) for run in runs]))
    return case


def _case_of(  # noqa: PLR0917 a case and its parts
    codec: Codec,
    row: Row,
    parties: list[Row],
    signals: list[Row],
    confirmations: list[Row],
    term: Row | None,
    tasks: Sequence[Row] = (),
) -> Case:
    day = codec.read_day
    (
        key,
        title,
        summary,
        policy_area,
        regions,
        visibility,
        opened_on,
        workflow,
        workflow_version,
        stage,
        stage_entry,
        stage_since,
        came_from,
        left,
        tier,
        status,
        last_step_on,
        handler,
        mediator,
        level,
        level_since,
        level_below_since,
        score,
        candidate,
        candidate_day,
        _deadline,
        revision,
        history_head,
        history_length,
    ) = row
    found = tuple([read_task(codec, task) for task in tasks])
    parked: tuple[Task, ...] = ()
    if found and _STATUS[status] is Status.PAUSED:
        parked = tuple([task for task in found if task.stage_entry < stage_entry])
        found = found[len(parked) :]
    standing = (
        Standing(_LEVEL[level], day(level_since), codec.read_maybe_day(level_below_since))
        if level
        else None
    )
    return Case(
        id=key,
        title=title,
        summary=summary,
        policy_area=policy_area,
        regions=() if regions == "[]" else tuple(json.loads(regions)),
        visibility=_VISIBILITY[visibility],
        workflow=workflow,
        workflow_version=workflow_version,
        stage=stage,
        stage_entry=stage_entry,
        stage_since=day(stage_since),
        came_from=came_from,
        left={} if left == "{}" else json.loads(left),
        tier=_TIER[tier],
        status=_STATUS[status],
        opened_on=day(opened_on),
        last_step_on=day(last_step_on),
        handler=handler,
        mediator=mediator,
        standing=standing,
        score=score,
        candidate=candidate,
        candidate_day=codec.read_maybe_day(candidate_day),
        parties=tuple(
            [
                Party(organisation, name, _LAYER[layer], role)
                for _, organisation, _, name, layer, role in parties
            ]
        ),
        signals=tuple([read_signal(codec, signal) for signal in signals]),
        confirmations=tuple(
            [
                Confirmation(
                    _KIND[kind], organisation, note, person, codec.read_instant(at), entry, about
                )
                for _, kind, organisation, note, person, at, entry, about in confirmations
            ]
        ),
        term=None if term is None else read_term(codec, term),
        tasks=found,
        parked=parked,
        revision=revision,
        history_head=history_head,
        history_length=history_length,
    )


def read_signal(codec: Codec, row: Row) -> Signal:
    """Return the signal that a row keeps."""
    (
        _,
        key,
        _,
        indicator,
        reliability,
        organisation,
        happened_on,
        reported_on,
        text,
        closed_on,
        closed_as,
    ) = row
    return Signal(
        key,
        indicator,
        _RELIABILITY[reliability],
        organisation,
        codec.read_day(happened_on),
        codec.read_day(reported_on),
        text,
        codec.read_maybe_day(closed_on),
        closed_as,
    )


def read_term(codec: Codec, row: Row) -> Term:
    """Return the term that a row keeps."""
    (
        _,
        entry,
        stage,
        length,
        basis,
        atw,
        start,
        raw_end,
        end,
        ends_at,
        version,
        state,
        begun_at,
        plan,
        acts,
        _checked_with,
    ) = row
    day = codec.read_day
    return Term(
        stage,
        entry,
        length,
        basis,
        atw,
        day(start),
        day(raw_end),
        day(end),
        codec.read_instant(ends_at),
        version,
        _TERM_STATE[state],
        None if begun_at is None else codec.read_instant(begun_at),
        plan,
        () if acts == "[]" else read_acts(acts),
    )


def read_meeting(codec: Codec, row: Row) -> Meeting:
    """Return the meeting that a row keeps."""
    key, series, day, starts_at, ends_at, place, closes_on, _, _, _ = row
    if codec.text:
        starts_at, ends_at = time.fromisoformat(starts_at), time.fromisoformat(ends_at)
    return Meeting(
        key, series, codec.read_day(day), starts_at, ends_at, place, codec.read_day(closes_on)
    )


def write_acts(acts: Iterable[TermAct]) -> str:
    """Return what was done to a term as canonical JSON, in order."""
    return canonical([act_as_json(act) for act in acts])


def read_acts(text: str) -> tuple[TermAct, ...]:
    """Return what was done to a term; the reverse of `write_acts`."""
    return tuple(act_from_json(act) for act in json.loads(text))


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
