"""From signals to a score with its reasons, and from scores to a level of warning.

The arithmetic, for a case on a day (`on`):

    value of a signal   points × reliability × 2^(-days / half-life); an open state has 0 days
    per indicator       best value of each reporting organisation: the first whole, the second
                        half, the third a quarter
    per dimension       the sum of its indicators, at most the cap of the dimension
    score               dimensions + standstill - protection, at least 0, one decimal

All numbers come from a versioned file of indicators; this module holds none of them. It says how
a *case* stands, never how a government does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from impasse.domain.days_in_words import day_in_words
from impasse.domain.signals import Reliability
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from impasse.domain.people import Role
    from impasse.domain.signals import Signal


class WorkingDays(Protocol):
    """What the score asks of a calendar."""

    def working_days_between(self, a: date, b: date) -> int:
        """Return the number of working days after *a*, up to and including *b*."""
        ...


class Level(StrEnum):
    """How serious it is, from calm to the highest warning."""

    GREEN = "green"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"

    @property
    def label(self) -> Text:
        """The level in one word."""
        return _LEVEL_LABELS[self]

    @property
    def rank(self) -> int:
        """0 for green up to 3 for red."""
        return _RANKS[self]


_LEVEL_LABELS = {
    Level.GREEN: Text("groen", "green"),
    Level.YELLOW: Text("geel", "yellow"),
    Level.ORANGE: Text("oranje", "orange"),
    Level.RED: Text("rood", "red"),
}
_RANKS = {level: rank for rank, level in enumerate(Level)}
_BY_RANK = tuple(Level)


class Trend(StrEnum):
    """Where the score is going."""

    RISING = "rising"
    STEADY = "steady"
    FALLING = "falling"

    @property
    def label(self) -> Text:
        """The trend in one word."""
        return _TREND_LABELS[self]


_TREND_LABELS = {
    Trend.RISING: Text("stijgend", "rising"),
    Trend.STEADY: Text("gelijk", "steady"),
    Trend.FALLING: Text("dalend", "falling"),
}


@dataclass(frozen=True, slots=True)
class Indicator:
    """Something that can be seen and that often comes before an impasse.

    `half_life_days` is the number of days in which its value halves (None: it does not fade).
    A state fades only after it was closed, and vanishes at once when closed in one of the ways
    of `gone_when`. `advice` says what would lower it; `question` asks a reporter about it.
    """

    code: str
    name: str
    dimension: str
    kind: Literal["state", "event"]
    points: int
    half_life_days: int | None
    tripwire: bool
    label: Text
    advice: Text
    question: Text
    gone_when: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Dimension:
    """A group of indicators that together weigh at most `cap` points."""

    code: str
    label: Text
    cap: int


@dataclass(frozen=True, slots=True)
class Protection:
    """Something that takes points off: help is on its way."""

    code: str
    points: int
    label: Text


@dataclass(frozen=True, slots=True)
class LevelRule:
    """What a level needs, and what it starts.

    Needed: a score of at least `threshold`; `dimensions` dimensions with at least one point; and
    signals of `organisations` organisations, unless one of them is a document. Started: `notify`
    these roles, propose it for the `agenda`, and do `action` `within` a length of time.
    """

    level: Level
    threshold: float
    dimensions: int
    organisations: int
    notify: tuple[Role, ...]
    agenda: bool
    within: str
    action: Text


@dataclass(frozen=True, slots=True)
class Standstill:
    """Silence scores: one point per `working_days` without a step by anyone, at most `cap`."""

    working_days: int
    cap: int
    label: Text
    advice: Text


@dataclass(frozen=True, slots=True)
class Tripwire:
    """A tripwire signal gives at least `level`.

    It must be at least `reliability` sure, and its value must not have faded below `points`.
    """

    level: Level
    reliability: float
    points: float


@dataclass(frozen=True, slots=True)
class Indicators:
    """One version of everything the score weighs with; `version` names content and all.

    `levels` holds one rule for each level, from calm to serious.
    """

    version: str
    dimensions: tuple[Dimension, ...]
    indicators: tuple[Indicator, ...]
    reliability: Mapping[Reliability, float]
    repeats: tuple[float, ...]
    levels: tuple[LevelRule, ...]
    standstill: Standstill
    protections: tuple[Protection, ...]
    protection_cap: int
    tripwire: Tripwire
    leaving_margin: float
    leaving_working_days: int
    trend_days: int
    trend_points: float
    _by_code: dict[str, Indicator] = field(init=False, repr=False, compare=False)
    _by_level: dict[Level, LevelRule] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_code", {i.code: i for i in self.indicators})
        object.__setattr__(self, "_by_level", {rule.level: rule for rule in self.levels})

    def indicator(self, code: str) -> Indicator | None:
        """Return the indicator with this *code*, or None when this version has none."""
        return self._by_code.get(code)

    def rule(self, level: Level) -> LevelRule:
        """Return what *level* needs and starts."""
        return self._by_level[level]


@dataclass(frozen=True, slots=True)
class Standing:
    """The level a case stands at, since when, and since when its score is low enough to leave.

    `below_since` is None while the score is not below the threshold minus the margin.
    """

    level: Level
    since: date
    below_since: date | None = None


class Reason(NamedTuple):
    """One contribution to the score: its code and its points (negative: it lowers).

    The points are those before the cap of the dimension. What comes from a signal has its id, its
    `organisation`, its `day` and its `reliability`; standstill has the day of the last step.
    """

    code: str
    points: float
    label: Text
    signal: str = ""
    organisation: str = ""
    day: date | None = None
    reliability: Reliability | None = None

    @property
    def sentence(self) -> Text:
        """The contribution in one sentence, with its source, date and reliability."""
        if self.day is None:
            return self.label + same(".")
        day = day_in_words(self.day)
        if self.reliability is None:
            return self.label + Text(": laatste stap op ", ": last step on ") + day + same(".")
        sure = self.reliability.label
        return (
            self.label
            + same(f": {self.organisation}, ")
            + day
            + Text(f" ({sure.nl}).", f" ({sure.en}).")
        )


@dataclass(frozen=True, slots=True)
class Assessment:
    """How a case stood on a day, and why.

    `dimensions` maps each dimension to its points after the cap. `reasons` are the three largest
    of `contributions`. `missing` says why a higher level was not reached although the score
    suffices, or None.
    """

    on: date
    score: float
    level: Level
    standing: Standing
    dimensions: Mapping[str, float]
    standstill: int
    protection: int
    reasons: tuple[Reason, ...]
    contributions: tuple[Reason, ...]
    missing: Text | None
    indicators_version: str


@dataclass(frozen=True, slots=True)
class Remedy:
    """Something that can be done, and the score once it is done (of a fading state: in the end)."""

    code: str
    advice: Text
    score: float


_REASONS_SHOWN = 3
_VISIBLE = 0.05
"""A value under this shows as 0.0: a signal so faded is no longer a source for a level."""


class _Weighed(NamedTuple):
    value: float
    signal: Signal
    indicator: Indicator


@dataclass(frozen=True, slots=True)
class _Grounds:
    """What decides on a level: the score, and what it rests on."""

    score: float
    dimensions: int
    organisations: int
    document: bool
    tripped: bool


class _Measured(NamedTuple):
    """All that is reckoned for an assessment, before it is put in words."""

    counted: list[_Weighed]
    dimensions: dict[str, float]
    standstill: int
    held: list[Protection]
    protection: int
    grounds: _Grounds
    standing: Standing


def assess(
    signals: Iterable[Signal],
    *,
    protective: frozenset[str],
    last_step_on: date,
    previous: Standing | None,
    on: date,
    calendar: WorkingDays,
    indicators: Indicators,
) -> Assessment:
    """Return how the case stands on the day *on*, with what was known on that day.

    *protective* holds the codes of protections that hold now; *last_step_on* is the day of the
    last recorded step by anyone. Signals and protections whose code this version does not know
    weigh nothing. The order of *signals* does not matter.
    """
    found = _measure(signals, protective, last_step_on, previous, on, calendar, indicators)
    contributions = [_signal_reason(item) for item in found.counted]
    if found.standstill:
        label = indicators.standstill.label
        contributions.append(Reason("N", float(found.standstill), label, day=last_step_on))
    contributions += [Reason(p.code, -float(p.points), p.label) for p in found.held]
    contributions.sort(key=lambda reason: (-reason.points, reason.code, reason.signal))
    raising = [reason for reason in contributions if reason.points > 0]
    return Assessment(
        on=on,
        score=found.grounds.score,
        level=found.standing.level,
        standing=found.standing,
        dimensions=found.dimensions,
        standstill=found.standstill,
        protection=found.protection,
        reasons=tuple(raising[:_REASONS_SHOWN]),
        contributions=tuple(contributions),
        missing=_missing(found.standing.level, found.grounds, indicators),
        indicators_version=indicators.version,
    )


def stand(
    signals: Iterable[Signal],
    *,
    protective: frozenset[str],
    last_step_on: date,
    previous: Standing | None,
    on: date,
    calendar: WorkingDays,
    indicators: Indicators,
) -> tuple[Standing, float]:
    """Return the standing and the score that `assess` returns, without what they rest on.

    Every command asks this; few ask why.
    """
    found = _measure(signals, protective, last_step_on, previous, on, calendar, indicators)
    return found.standing, found.grounds.score


def _measure(  # noqa: PLR0917 what assess is given, in its order
    signals: Iterable[Signal],
    protective: frozenset[str],
    last_step_on: date,
    previous: Standing | None,
    on: date,
    calendar: WorkingDays,
    indicators: Indicators,
) -> _Measured:
    weighed = _weigh(signals, on, indicators)
    counted, sums = _count(weighed, indicators)
    dimensions = {
        d.code: min(float(d.cap), sums[d.code]) if d.code in sums else 0.0
        for d in indicators.dimensions
    }
    standstill = _standstill(last_step_on, on, calendar, indicators.standstill)
    held = [p for p in indicators.protections if p.code in protective]
    protection = min(indicators.protection_cap, sum([p.points for p in held]))
    score = one_decimal(max(0.0, sum(dimensions.values()) + standstill - protection))

    grounds = _grounds(score, dimensions, weighed, indicators)
    standing = _stand(previous, grounds, on, calendar, indicators)
    return _Measured(counted, dimensions, standstill, held, protection, grounds, standing)


def remedies(
    signals: Iterable[Signal],
    *,
    protective: frozenset[str],
    last_step_on: date,
    on: date,
    calendar: WorkingDays,
    indicators: Indicators,
) -> tuple[Remedy, ...]:
    """Return what would lower the score of the case, the most helpful first.

    That is: ending the states that are open, recording a step when nothing happens, and gaining a
    protection that is not there yet. What happened cannot be undone and is not among them.
    """
    known = [signal for signal in signals if signal.known_on(on)]

    def score(
        without: str = "", last_step_on: date = last_step_on, held: frozenset[str] = protective
    ) -> float:
        return assess(
            [signal for signal in known if signal.indicator != without],
            protective=held,
            last_step_on=last_step_on,
            previous=None,
            on=on,
            calendar=calendar,
            indicators=indicators,
        ).score

    now = score()
    open_states = {signal.indicator for signal in known if not signal.closed_by(on)}
    found = [
        Remedy(indicator.code, indicator.advice, score(without=indicator.code))
        for indicator in indicators.indicators
        if indicator.kind == "state" and indicator.code in open_states
    ]
    found.append(Remedy("N", indicators.standstill.advice, score(last_step_on=on)))
    found += [
        Remedy(p.code, p.label, score(held=protective | {p.code})) for p in indicators.protections
    ]
    helpful = [remedy for remedy in found if remedy.score < now]
    return tuple(sorted(helpful, key=lambda remedy: (remedy.score, remedy.code)))


def trend(score: float, earlier: float, indicators: Indicators) -> Trend:
    """Return where the score goes, given the score of `trend_days` days before."""
    change = one_decimal(score - earlier)
    if change >= indicators.trend_points:
        return Trend.RISING
    return Trend.FALLING if change <= -indicators.trend_points else Trend.STEADY


def _weigh(signals: Iterable[Signal], on: date, indicators: Indicators) -> list[_Weighed]:
    weighed = []
    for signal in signals:
        indicator = indicators.indicator(signal.indicator)
        if indicator is None or not signal.known_on(on):
            continue
        value = _value(signal, indicator, indicators.reliability[signal.reliability], on)
        if value > 0:
            weighed.append(_Weighed(value, signal, indicator))
    return weighed


def _value(signal: Signal, indicator: Indicator, reliability: float, on: date) -> float:
    faded_from: date | None = signal.happened_on
    if indicator.kind == "state":
        faded_from = signal.closed_on if signal.closed_by(on) else None
        if faded_from is not None and signal.closed_as in indicator.gone_when:
            return 0.0
    whole = indicator.points * reliability
    if faded_from is None or indicator.half_life_days is None:
        return whole
    return whole * math.exp2(-(on - faded_from).days / indicator.half_life_days)


def _count(
    weighed: list[_Weighed], indicators: Indicators
) -> tuple[list[_Weighed], dict[str, float]]:
    """Return what counts of each signal, and the sum per dimension before its cap.

    One organisation counts once per indicator: ten flags, or one flag and its echo in the press,
    do not weigh more than the best of them.
    """
    best: dict[tuple[str, str], _Weighed] = {}
    for item in weighed:
        key = (item.signal.indicator, item.signal.organisation)
        if key not in best or _strength(item) > _strength(best[key]):
            best[key] = item
    counted = []
    sums: dict[str, float] = {}
    places: dict[str, int] = {}
    for item in sorted(best.values(), key=_strength, reverse=True):
        code = item.indicator.code
        place = places.get(code, 0)
        if place < len(indicators.repeats):
            places[code] = place + 1
            value = item.value * indicators.repeats[place]
            counted.append(_Weighed(value, item.signal, item.indicator))
            dimension = item.indicator.dimension
            sums[dimension] = sums.get(dimension, 0.0) + value
    return counted, sums


def _strength(item: _Weighed) -> tuple[float, str, str]:
    return item.value, item.signal.organisation, item.signal.id


def _standstill(last_step_on: date, on: date, calendar: WorkingDays, rule: Standstill) -> int:
    if last_step_on >= on:
        return 0
    return min(rule.cap, calendar.working_days_between(last_step_on, on) // rule.working_days)


def _grounds(
    score: float, dimensions: Mapping[str, float], weighed: list[_Weighed], indicators: Indicators
) -> _Grounds:
    seen = [item for item in weighed if item.value >= _VISIBLE]
    wire = indicators.tripwire
    return _Grounds(
        score=score,
        dimensions=len([p for p in dimensions.values() if p and one_decimal(p) >= 1]),
        organisations=len({item.signal.organisation for item in seen}),
        document=any(item.signal.reliability is Reliability.DOCUMENT for item in seen),
        tripped=any(
            item.indicator.tripwire
            and indicators.reliability[item.signal.reliability] >= wire.reliability
            and item.value >= wire.points
            for item in seen
        ),
    )


def _lacks(rule: LevelRule, grounds: _Grounds) -> Text | None:
    """Return what the grounds lack for a level, apart from its score."""
    if grounds.dimensions < rule.dimensions:
        return Text(
            f"de signalen gaan over te weinig onderwerpen ({grounds.dimensions} van de "
            f"{rule.dimensions} die nodig zijn)",
            f"the signals cover too few dimensions ({grounds.dimensions} of the "
            f"{rule.dimensions} that are needed)",
        )
    if grounds.organisations < rule.organisations and not grounds.document:
        return Text(
            f"er zijn signalen van {grounds.organisations} van de {rule.organisations} "
            "organisaties die nodig zijn, en er is geen document bij",
            f"there are signals of {grounds.organisations} of the {rule.organisations} "
            "organisations that are needed, and no document among them",
        )
    return None


def _reached(grounds: _Grounds, indicators: Indicators) -> Level:
    reached = Level.GREEN
    for rule in indicators.levels[1:]:
        by_score = grounds.score >= rule.threshold and _lacks(rule, grounds) is None
        by_wire = grounds.tripped and rule.level is indicators.tripwire.level
        if by_score or by_wire:
            reached = rule.level
    return reached


def _stand(
    previous: Standing | None,
    grounds: _Grounds,
    on: date,
    calendar: WorkingDays,
    indicators: Indicators,
) -> Standing:
    reached = _reached(grounds, indicators)
    if previous is None or reached.rank > previous.level.rank:
        return Standing(reached, on)
    low = _leaves(previous.level, reached, grounds.score, indicators)
    if not low:
        return Standing(previous.level, previous.since)
    below_since = previous.below_since or on
    waited = calendar.working_days_between(below_since, on) if below_since < on else 0
    if waited < indicators.leaving_working_days:
        return Standing(previous.level, previous.since, below_since)
    level = previous.level
    while _leaves(level, reached, grounds.score, indicators):
        level = _BY_RANK[level.rank - 1]
    return Standing(level, on)


def _leaves(level: Level, reached: Level, score: float, indicators: Indicators) -> bool:
    """Whether a score is low enough to leave *level* downward, towards *reached*."""
    return (
        level.rank > reached.rank
        and score < indicators.rule(level).threshold - indicators.leaving_margin
    )


def _missing(level: Level, grounds: _Grounds, indicators: Indicators) -> Text | None:
    for rule in reversed(indicators.levels[level.rank + 1 :]):
        lack = _lacks(rule, grounds) if grounds.score >= rule.threshold else None
        if lack is not None:
            higher = rule.level.label
            return (
                Text(
                    f"Niet {higher.nl}, hoewel de score daarvoor hoog genoeg is: ",
                    f"Not {higher.en}, although the score is high enough: ",
                )
                + lack
                + Text(".", ".")
            )
    return None


def _signal_reason(item: _Weighed) -> Reason:
    value, signal, indicator = item
    return Reason(
        indicator.code,
        value,
        indicator.label,
        signal.id,
        signal.organisation,
        signal.happened_on,
        signal.reliability,
    )


def one_decimal(value: float) -> float:
    """Round half up; the small addition undoes the noise of binary fractions."""
    return math.floor(value * 10 + 0.5 + 1e-9) / 10
