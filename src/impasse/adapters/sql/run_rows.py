"""Runs of escalation as rows, and back: the policy whole, and what was done in order."""

from __future__ import annotations

import json
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, assert_never

from impasse.adapters.sql.strange import RESTORE_ROW
from impasse.domain.errors import Conflict, Unreadable
from impasse.domain.escalation import (
    Acknowledgement,
    LevelTold,
    NextIs,
    Run,
    RunEnd,
    RunState,
    Snooze,
    TripWatch,
)
from impasse.domain.history import canonical
from impasse.domain.policy_snapshot import as_json, from_json
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from impasse.adapters.sql.database import Codec
    from impasse.domain.escalation import RunAct
    from impasse.domain.escalation_policy import EscalationPolicy
    from impasse.domain.history import Json

    Row = tuple[Any, ...]


def run_values(codec: Codec, case: str, run: Run) -> Row:
    """Return *run* of *case* in the order of the columns."""
    return (
        case,
        run.id,
        run.policy.name,
        run.policy.version,
        canonical(as_json(run.policy)),
        run.cause,
        run.event,
        run.stay,
        run.state._value_,
        run.level,
        run.round,
        run.turn,
        codec.instant(run.started_at),
        None if run.level_at is None else codec.instant(run.level_at),
        None if run.next_at is None else codec.instant(run.next_at),
        run.next_is._value_,
        run.remaining,
        canonical([_act(act) for act in run.acts]),
        None if run.ended_at is None else codec.instant(run.ended_at),
        "" if run.ended_as is None else run.ended_as._value_,
    )


def read_run(codec: Codec, row: Row) -> Run:
    """Return the run that a row keeps, or raise `Conflict` that names it."""
    try:
        return _read(codec, row)
    except (KeyError, TypeError, ValueError, Unreadable) as error:
        raise Conflict(
            Text(
                f"Opschaling {row[1]} van zaak {row[0]} is niet te lezen. ",
                f"Escalation {row[1]} of case {row[0]} cannot be read. ",
            )
            + RESTORE_ROW
        ) from error


def _read(codec: Codec, row: Row) -> Run:
    (
        _,
        key,
        _,
        _,
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
    read = codec.read_instant
    return Run(
        id=key,
        policy=_policy(snapshot),
        cause=cause,
        event=event,
        stay=stay,
        state=RunState(state),
        level=level,
        round=round_,
        turn=turn,
        started_at=read(started_at),
        level_at=None if level_at is None else read(level_at),
        next_at=None if next_at is None else read(next_at),
        next_is=NextIs(next_is),
        remaining=remaining,
        acts=tuple(_read_act(act) for act in json.loads(acts)),
        ended_at=None if ended_at is None else read(ended_at),
        ended_as=RunEnd(ended_as) if ended_as else None,
    )


@lru_cache(maxsize=256)
def _policy(snapshot: str) -> EscalationPolicy:
    """Return the policy; many runs keep the same one, and reading it takes longer than a level."""
    return from_json(json.loads(snapshot))


def _act(act: RunAct) -> dict[str, Json]:
    match act:
        case LevelTold():
            return {
                "kind": "told",
                "level": act.level,
                "round": act.round,
                "at": _iso(act.at),
                "sides": [*act.sides],
                "people": act.people,
                "fallback": act.fallback,
                "again": act.again,
            }
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
                "at": _iso(act.at),
                "lapsed_at": _maybe(act.lapsed_at),
            }
        case Snooze():
            return {
                "kind": "snooze",
                "id": act.id,
                "person": act.person,
                "organisation": act.organisation,
                "reason": act.reason,
                "until": act.until.isoformat(),
                "at": _iso(act.at),
                "ended_at": _maybe(act.ended_at),
                "ended_early": act.ended_early,
            }
        case TripWatch():
            return {"kind": "trip_watch", "on": act.on.isoformat()}
    assert_never(act)


def _read_act(act: Mapping[str, Any]) -> RunAct:
    match act["kind"]:
        case "told":
            return LevelTold(
                act["level"],
                act["round"],
                datetime.fromisoformat(act["at"]),
                tuple(act["sides"]),
                act["people"],
                fallback=act["fallback"],
                again=act["again"],
            )
        case "acknowledgement":
            return Acknowledgement(
                act["id"],
                act["level"],
                act["round"],
                act["person"],
                act["organisation"],
                act["next_step"],
                date.fromisoformat(act["until"]),
                datetime.fromisoformat(act["at"]),
                _read_maybe(act["lapsed_at"]),
            )
        case "snooze":
            return Snooze(
                act["id"],
                act["person"],
                act["organisation"],
                act["reason"],
                date.fromisoformat(act["until"]),
                datetime.fromisoformat(act["at"]),
                _read_maybe(act["ended_at"]),
                act["ended_early"],
            )
        case "trip_watch":
            return TripWatch(date.fromisoformat(act["on"]))
        case other:
            raise KeyError(other)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


def _maybe(moment: datetime | None) -> str | None:
    return None if moment is None else _iso(moment)


def _read_maybe(written: str | None) -> datetime | None:
    return None if written is None else datetime.fromisoformat(written)
