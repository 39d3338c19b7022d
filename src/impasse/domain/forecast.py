"""How likely it is that a running term is not met, judged by stays of like cases.

Stays that still run say something too: that they lasted at least so long. So the share is that of
Kaplan and Meier, given that this stay has lasted as long as it has. The interval holds the true
share in 95 of 100 such judgements: by the complementary log-log of Greenwood's variance, or by
Wilson's formula where every stay is finished or the share is 0 or 1. Only cases are counted, never
persons or organisations.
Sources: E.L. Kaplan and P. Meier, Nonparametric Estimation from Incomplete Observations (1958);
M. Greenwood, The Natural Duration of Cancer (1926); E.B. Wilson, Probable Inference (1927).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import TYPE_CHECKING

from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAST = 5
"""With fewer finished stays than this nothing is said: too little to go by, and too easy to see
which cases they were."""

_Z = 1.959963984540054
"""So many standard deviations hold 95 of 100 outcomes."""


@dataclass(frozen=True, slots=True)
class PastStay:
    """One stay in a stage: working days until it ended, or until now when it is not finished.

    `suspended` are the working days among them on which the clock stood still.
    """

    working_days: int
    finished: bool
    suspended: int = 0

    @property
    def net(self) -> int:
        """Working days that counted."""
        return max(0, self.working_days - self.suspended)


@dataclass(frozen=True, slots=True)
class Forecast:
    """The probability (0 to 1) that the term is not met, and between which it probably lies.

    `n` counts the finished stays it rests on: those that lasted at least as long as this one has;
    `at_risk` counts those that still run as well. With fewer than `LEAST` finished stays the three
    numbers are None and both counts 0: a small count would tell that a certain case is there, to
    somebody who may not know. `elapsed` and `term_length` are working days on which the clock ran.
    """

    probability: float | None
    low: float | None
    high: float | None
    n: int
    at_risk: int
    elapsed: int
    term_length: int

    @property
    def sentence(self) -> Text:
        """The forecast in words, with its interval and its number of cases."""
        if self.probability is None or self.low is None or self.high is None:
            return Text(
                f"Te weinig vergelijkbare zaken voor een verwachting (minder dan {LEAST}).",
                f"Too few comparable cases for a forecast (fewer than {LEAST}).",
            )
        if self.elapsed > self.term_length:
            return Text("De termijn is al voorbij.", "The term has passed already.")
        share, low, high = (round(100 * p) for p in (self.probability, self.low, self.high))
        so_far = _so_far(self.elapsed)
        return Text(
            f"Van {self.at_risk} vergelijkbare zaken{so_far.nl} haalde in deze fase {share} % de "
            f"termijn niet (tussen {low} en {high} %).",
            f"Of {self.at_risk} comparable cases{so_far.en}, {share} % did not meet the term in "
            f"this stage (between {low} and {high} %).",
        )


def _so_far(elapsed: int) -> Text:
    if elapsed <= 0:
        return Text("", "")
    if elapsed == 1:
        return Text(" die al 1 werkdag liepen", " that had run for 1 working day")
    return Text(f" die al {elapsed} werkdagen liepen", f" that had run for {elapsed} working days")


def forecast(stays: Iterable[PastStay], elapsed: int, term_length: int) -> Forecast:
    """Return how likely a stay that has lasted *elapsed* working days outlasts *term_length*.

    *stays* are those of like cases: the same stage of the same procedure. A stay of exactly
    *term_length* days meets its term. What lasted shorter than *elapsed* is left out: it can say
    nothing about a stay that is longer already.
    """
    elapsed = max(0, elapsed)
    lasted = [stay for stay in stays if stay.net >= elapsed]
    n, at_risk = sum(stay.finished for stay in lasted), len(lasted)
    if n < LEAST:
        return Forecast(None, None, None, 0, 0, elapsed, term_length)
    if elapsed > term_length:
        return Forecast(1.0, 1.0, 1.0, n, at_risk, elapsed, term_length)
    probability, low, high = _outlasting(lasted, term_length)
    return Forecast(probability, low, high, n, at_risk, elapsed, term_length)


def _outlasting(stays: list[PastStay], term_length: int) -> tuple[float, float, float]:
    """Return the share that outlasts *term_length*, with its interval."""
    ended = Counter(stay.net for stay in stays if stay.finished)
    leaving = Counter(stay.net for stay in stays)
    survival, variance, at_risk, censored = 1.0, 0.0, len(stays), 0
    for day in sorted(leaving):
        if day > term_length:
            break
        if ended[day]:
            survival *= 1 - ended[day] / at_risk
            if ended[day] < at_risk:
                variance += ended[day] / (at_risk * (at_risk - ended[day]))
        at_risk -= leaving[day]
        censored += leaving[day] - ended[day]
    if not censored or not 0 < survival < 1:
        low, high = wilson(survival, len(stays) - censored)
    else:
        width = _Z * sqrt(variance) / abs(log(survival))
        low, high = survival ** exp(width), survival ** exp(-width)
    return survival, min(low, survival), max(high, survival)


def wilson(share: float, n: int) -> tuple[float, float]:
    """Return between which the true share lies when *share* was seen in *n* trials (95 %)."""
    if n <= 0:
        return 0.0, 1.0
    square = _Z * _Z / n
    middle = (share + square / 2) / (1 + square)
    half = _Z * sqrt(share * (1 - share) / n + square / (4 * n)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)
