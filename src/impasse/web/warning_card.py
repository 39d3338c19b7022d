"""Early warning of one case as its page explains it: never a number without its parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from impasse.domain.early_warning import Level, Trend, assess, remedies, trend
from impasse.domain.reassessment import protections

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Case
    from impasse.domain.early_warning import Assessment, Indicators, Remedy
    from impasse.domain.history import ChainedEntry
    from impasse.domain.text import Text

_REMEDIES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Bar:
    """The points of one group of signals, of at most `cap`; `share` in percents."""

    label: Text
    points: float
    cap: int

    @property
    def share(self) -> float:
        """The filled part of the bar, in percents."""
        return round(100.0 * self.points / self.cap, 1) if self.cap else 0.0


@dataclass(frozen=True, slots=True)
class EarlyWarning:
    """What the card shows: level and score, where they go, why, and what would lower them."""

    level: Level
    score: float
    most: int
    trend: Trend
    since: date
    reasons: tuple[Text, ...]
    bars: tuple[Bar, ...]
    standstill: Bar
    protection: int
    remedies: tuple[Remedy, ...]
    missing: Text | None
    action: Text
    within: str
    version: str


def warning_of(
    case: Case,
    entries: Sequence[ChainedEntry],
    on: date,
    calendar: Calendar,
    indicators: Indicators,
) -> EarlyWarning:
    """Return how *case* stands on the day *on*, and where it goes."""
    found = _assess(case, case.last_step_on, on, calendar, indicators)
    earlier_day = on - timedelta(days=indicators.trend_days)
    earlier = (
        _assess(case, _last_step(case, entries, earlier_day, calendar), earlier_day, calendar,
                indicators).score
        if earlier_day >= case.opened_on
        else 0.0
    )  # fmt: skip
    names = {party.organisation: party.name for party in case.parties}
    labels = {dimension.code: dimension for dimension in indicators.dimensions}
    level = case.standing.level if case.standing is not None else found.level
    rule = indicators.rule(level)
    return EarlyWarning(
        level=level,
        score=found.score,
        most=sum(d.cap for d in indicators.dimensions) + indicators.standstill.cap,
        trend=trend(found.score, earlier, indicators),
        since=case.standing.since if case.standing is not None else on,
        reasons=tuple(
            reason._replace(
                organisation=names.get(reason.organisation, reason.organisation)
            ).sentence
            for reason in found.reasons
        ),
        bars=tuple(
            Bar(labels[code].label, points, labels[code].cap)
            for code, points in found.dimensions.items()
        ),
        standstill=Bar(
            indicators.standstill.label, float(found.standstill), indicators.standstill.cap
        ),
        protection=found.protection,
        remedies=remedies(
            case.signals,
            protective=protections(case),
            last_step_on=case.last_step_on,
            on=on,
            calendar=calendar,
            indicators=indicators,
        )[:_REMEDIES_SHOWN],
        missing=found.missing,
        action=rule.action,
        within=rule.within,
        version=found.indicators_version,
    )


def _assess(
    case: Case, last_step_on: date, on: date, calendar: Calendar, indicators: Indicators
) -> Assessment:
    return assess(
        case.signals,
        protective=protections(case),
        last_step_on=last_step_on,
        previous=case.standing,
        on=on,
        calendar=calendar,
        indicators=indicators,
    )


def _last_step(case: Case, entries: Sequence[ChainedEntry], day: date, calendar: Calendar) -> date:
    """Return the day of the last step by a person, as it was known on *day*."""
    steps = [
        calendar.local_day(entry.at)
        for entry in entries
        if entry.origin != "clock" and calendar.local_day(entry.at) <= day
    ]
    return max(steps, default=case.opened_on)
