"""Runs of escalation as rows, and back; what people answered is kept as canonical JSON."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, assert_never

from impasse.domain.errors import Conflict
from impasse.domain.escalation import Acknowledgement, NextIs, Run, RunEnd, RunState, Snooze
from impasse.domain.history import canonical
from impasse.domain.policy_snapshot import as_json, from_json
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from impasse.adapters.sql.database import Codec
    from impasse.domain.escalation import RunAct
    from impasse.domain.history import Json


def read_run(codec: Codec, row: tuple[Any, ...]) -> Run:
    """Return the run that *row* keeps; columns come in the order of the table.

    Raises `Conflict` that names case and run when a column holds a word that is none of ours, and
    `Unreadable` when the policy that was kept with the run is damaged.
    """
    (
        case,
        key,
        _policy,
        _version,
        snapshot,
        cause,
        event,
        stay,
        state,
        level,
        round_,
        turn,
        started_at,
        level_at,
        next_at,
        next_is,
        remaining,
        acts,
        ended_at,
        ended_as,
    ) = row
    try:
        return Run(
            id=key,
            policy=from_json(json.loads(snapshot)),
            cause=cause,
            event=event,
            stay=stay,
            state=RunState(state),
            level=level,
            round=round_,
            turn=turn,
            started_at=codec.read_instant(started_at),
            level_at=_maybe(codec, level_at),
            next_at=_maybe(codec, next_at),
            next_is=NextIs(next_is),
            remaining=remaining,
            acts=read_run_acts(acts),
            ended_at=_maybe(codec, ended_at),
            ended_as=RunEnd(ended_as) if ended_as else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Conflict(
            Text(
                f"Opschaling {key} van zaak {case} is in de database beschadigd. Zet die rij "
                "terug uit een back-up.",
                f"Escalation {key} of case {case} is damaged in the database. Restore that row "
                "from a backup.",
            )
        ) from error


def run_values(codec: Codec, case: str, run: Run) -> tuple[Any, ...]:
    """Return what the row of *run* keeps, in the order of the columns."""
    return (
        case,
        run.id,
        run.policy.name,
        run.policy.version,
        canonical(as_json(run.policy)),
        run.cause,
        run.event,
        run.stay,
        run.state.value,
        run.level,
        run.round,
        run.turn,
        codec.instant(run.started_at),
        codec.instant(run.level_at),
        codec.instant(run.next_at),
        run.next_is.value,
        run.remaining,
        write_run_acts(run.acts),
        codec.instant(run.ended_at),
        run.ended_as.value if run.ended_as else "",
    )


def write_run_acts(acts: Iterable[RunAct]) -> str:
    """Return *acts* as the text that a row keeps."""
    return canonical([_act(act) for act in acts])


def read_run_acts(text: str) -> tuple[RunAct, ...]:
    """Return what people did to a run; the reverse of `write_run_acts`."""
    return () if text == "[]" else tuple(_read_act(act) for act in json.loads(text))


def _act(act: RunAct) -> dict[str, Json]:
    match act:
        case Acknowledgement():
            return {
                "kind": "acknowledgement",
                "id": act.id,
                "level": act.level,
                "round": act.round,
                "person": act.person,
                "organisation": act.organisation,
                "next_step": act.next_step,
                "until": act.until.isoformat(),
                "at": act.at.isoformat(),
                "lapsed_at": None if act.lapsed_at is None else act.lapsed_at.isoformat(),
            }
        case Snooze():
            return {
                "kind": "snooze",
                "id": act.id,
                "person": act.person,
                "organisation": act.organisation,
                "reason": act.reason,
                "until": act.until.isoformat(),
                "at": act.at.isoformat(),
                "ended_at": None if act.ended_at is None else act.ended_at.isoformat(),
                "ended_early": act.ended_early,
            }
    assert_never(act)


def _read_act(found: Any) -> RunAct:  # noqa: ANN401 what stood in the database
    if found["kind"] == "snooze":
        return Snooze(
            id=found["id"],
            person=found["person"],
            organisation=found["organisation"],
            reason=found["reason"],
            until=date.fromisoformat(found["until"]),
            at=datetime.fromisoformat(found["at"]),
            ended_at=_moment(found["ended_at"]),
            ended_early=found["ended_early"],
        )
    return Acknowledgement(
        id=found["id"],
        level=found["level"],
        round=found["round"],
        person=found["person"],
        organisation=found["organisation"],
        next_step=found["next_step"],
        until=date.fromisoformat(found["until"]),
        at=datetime.fromisoformat(found["at"]),
        lapsed_at=_moment(found["lapsed_at"]),
    )


def _moment(found: str | None) -> datetime | None:
    return None if found is None else datetime.fromisoformat(found)


def _maybe(codec: Codec, value: Any) -> datetime | None:  # noqa: ANN401 drivers are untyped
    return None if value is None else codec.read_instant(value)
