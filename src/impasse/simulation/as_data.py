"""An outcome for programs: plain values, in an order that never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from impasse.simulation.assumptions import FOLLOWED
from impasse.simulation.report import assumptions_told

if TYPE_CHECKING:
    from impasse.domain.text import Text
    from impasse.simulation.assumptions import Assumptions, StageAssumptions
    from impasse.simulation.outcome import DeskFound, Outcome, Spread, StageFound


def as_data(outcome: Outcome) -> dict[str, Any]:
    """Return *outcome* as JSON can hold it; times are in working days."""
    return {
        "format": 1,
        "procedure": outcome.procedure,
        "content_hash": outcome.content_hash,
        "calendar_version": outcome.calendar_version,
        "seed": outcome.seed,
        "cases": outcome.cases,
        "runs": outcome.runs,
        "finished": outcome.finished,
        "unfinished": outcome.unfinished,
        "time": _spread(outcome.time),
        "stages": [_stage(stage) for stage in outcome.stages],
        "roles": [_desk(desk) for desk in outcome.desks],
        "endings": [
            {"name": e.name, "label": _both(e.label), "cases": e.cases, "share": e.share}
            for e in outcome.endings
        ],
        "tiers": [
            {"tier": t.tier.value, "cases": t.cases, "share": t.share} for t in outcome.tiers
        ],
        "assumptions": {
            **_assumptions(outcome.assumptions),
            "sentences": [_both(sentence) for sentence in assumptions_told(outcome)],
        },
    }


def _stage(stage: StageFound) -> dict[str, Any]:
    return {
        "name": stage.name,
        "label": _both(stage.label),
        "number": stage.number,
        "pause": stage.pause,
        "term": stage.term,
        "stays": stage.entered,
        "time": _spread(stage.time),
        "waited": _spread(stage.waited),
        "expired": stage.expired,
        "share_expired": stage.share_expired,
        "reminders": [{"before": one.before, "sent": one.sent} for one in stage.reminders],
        "rungs": [
            {
                "after": rung.after,
                "tier": rung.tier.value if rung.tier else None,
                "trigger": rung.trigger,
                "reached": rung.reached,
            }
            for rung in stage.rungs
        ],
        "suspended": stage.suspended,
        "suspended_days": _spread(stage.suspended_days),
        "moved_by_clock": stage.moved_by_clock,
        "unfinished": stage.unfinished,
    }


def _desk(desk: DeskFound) -> dict[str, Any]:
    return {
        "role": desk.role.value,
        "staff": desk.staff,
        "at_once": desk.at_once if desk.staff is not None else None,
        "in_hand": desk.busy,
        "load": desk.load,
        "queue": {"mean": desk.queue.mean, "p85": desk.queue.p85, "max": desk.queue.most},
        "wait": _spread(desk.wait),
    }


def _spread(spread: Spread) -> dict[str, Any]:
    return {
        "n": spread.n,
        "mean": spread.mean,
        "median": spread.median,
        "p85": spread.p85,
        "max": spread.most,
    }


def _assumptions(assumed: Assumptions) -> dict[str, Any]:
    return {
        "start": assumed.start.isoformat(),
        "per_month": assumed.per_month,
        "years": assumed.years,
        "years_followed": FOLLOWED,
        "staff": {
            desk.role.value: {
                "people": desk.staff,
                "at_once": desk.at_once if desk.staff is not None else None,
                "origin": desk.origin.value,
            }
            for desk in assumed.desks
        },
        "stages": {stage.name: _assumed_stage(stage) for stage in assumed.stages},
    }


def _assumed_stage(stage: StageAssumptions) -> dict[str, Any]:
    work, suspending, agreeing = stage.work, stage.suspending, stage.agreeing
    return {
        "owner": None if stage.owner is None else stage.owner.value,
        "term": stage.term,
        "work": {
            "median": work.median,
            "p85": work.p85,
            "spread": work.spread,
            "of_agreed": work.of_agreed,
            "origin": work.origin.value,
            "seen": work.seen,
        },
        "moves": {
            "origin": stage.moves.origin.value,
            "weights": {move.trigger: move.weight for move in stage.moves.moves},
        },
        "suspension": None
        if suspending is None
        else {
            "chance": suspending.chance,
            "shortest": suspending.length.shortest,
            "longest": suspending.length.longest,
            "origin": suspending.origin.value,
        },
        "agreed": None
        if agreeing is None
        else {
            "shortest": agreeing.length.shortest,
            "longest": agreeing.length.longest,
            "origin": agreeing.origin.value,
        },
    }


def _both(text: Text) -> dict[str, str]:
    return {"nl": text.nl, "en": text.en}
