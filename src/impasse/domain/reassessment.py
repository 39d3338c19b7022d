"""Early warning applied to a case: its standing after each step, and with the passing of time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from impasse.domain.agenda import propose
from impasse.domain.case import Purpose, Status, Timer
from impasse.domain.decision import Message
from impasse.domain.early_warning import Level, assess, stand
from impasse.domain.history import Entry
from impasse.domain.text import Text

if TYPE_CHECKING:
    from datetime import date

    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Case
    from impasse.domain.decision import Decision, Given
    from impasse.domain.early_warning import Assessment, Indicators, Reason

REASSESS_DAYS = 7
"""Standstill and fading are looked at once a week: finer would only show rounding."""

JOINT_FACT_FINDING = "P2"
MEDIATOR_APPOINTED = "P3"


def protections(case: Case) -> frozenset[str]:
    """Return the codes of what lowers the score of *case* now."""
    held = set()
    if case.stage == "joint_fact_finding":
        held.add(JOINT_FACT_FINDING)
    if case.mediator:
        held.add(MEDIATOR_APPOINTED)
    return frozenset(held)


def assessment(case: Case, on: date, calendar: Calendar, indicators: Indicators) -> Assessment:
    """Return how *case* stands on the day *on*, from its signals and what was done since."""
    return assess(
        case.signals,
        protective=protections(case),
        last_step_on=case.last_step_on,
        previous=case.standing,
        on=on,
        calendar=calendar,
        indicators=indicators,
    )


def in_names(reason: Reason, case: Case) -> Reason:
    """Return *reason* with the name of the party in place of its id, for who reads it."""
    party = case.party(reason.organisation)
    return reason if party is None else reason._replace(organisation=party.name)


def reassess(decision: Decision, given: Given) -> None:
    """Bring the standing of the case up to date, and start what a higher level asks for."""
    case = decision.case
    if case is None or case.status is Status.CLOSED:
        return
    standing, score = stand(
        case.signals,
        protective=protections(case),
        last_step_on=case.last_step_on,
        previous=case.standing,
        on=given.today,
        calendar=given.calendar,
        indicators=given.indicators,
    )
    before = case.standing.level if case.standing is not None else Level.GREEN
    if standing == case.standing and score == case.score:
        return
    decision.case = case.but(standing=standing, score=score)
    if standing.level is before:
        return
    found = assessment(case, given.today, given.calendar, given.indicators)
    reasons = [in_names(reason, case).sentence for reason in found.reasons]
    decision.entries.append(
        Entry(
            "level_changed",
            {
                "from": before.value,
                "to": found.level.value,
                "score": str(found.score),
                "reasons": [{"nl": reason.nl, "en": reason.en} for reason in reasons],
                "indicators_version": found.indicators_version,
            },
        )
    )
    if found.level.rank < before.rank:
        return
    rule = given.indicators.rule(found.level)
    decision.messages.append(
        Message(
            "early-warning-level-raised",
            rule.notify,
            Text(
                f"Het niveau van vroegsignalering is nu {found.level.label.nl}.",
                f"The early-warning level is now {found.level.label.en}.",
            ),
        )
    )
    if rule.agenda:
        propose(
            decision,
            Text(
                f"Vroegsignalering: {found.level.label.nl}. ",
                f"Early warning: {found.level.label.en}. ",
            )
            + (reasons[0] if reasons else Text("", "")),
            given.today,
        )


def next_reassessment(case: str, given: Given, *, opening: int, rung: int = 0) -> Timer:
    """Return the promise to look at *case* again in a week, also if nobody does anything.

    *opening* is the stay in a stage with which the case was opened or reopened.
    """
    day = given.today + timedelta(days=REASSESS_DAYS)
    due_at = given.calendar.start_of_day(day)
    return Timer(case, Purpose.REASSESSMENT, rung, opening, due_at)
