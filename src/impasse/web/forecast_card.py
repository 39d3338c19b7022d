"""The panel 'Verwachting': how likely a term is not met, and on how many cases that rests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.adapters.sql.stays import forecast_of

if TYPE_CHECKING:
    from datetime import date

    from impasse.domain.case import Case
    from impasse.domain.text import Text
    from impasse.wiring import House


@dataclass(frozen=True, slots=True)
class ForecastCard:
    """What the panel shows: a sentence, and when there is a number, percents for its bar."""

    sentence: Text
    known: bool
    share: int = 0
    low: int = 0
    high: int = 0


def forecast_card(house: House, case: Case, today: date) -> ForecastCard | None:
    """Return the panel of *case* on the day *today*; None when no term runs."""
    found = forecast_of(house.database, house.calendar, case, today)
    if found is None:
        return None
    if found.probability is None or found.low is None or found.high is None:
        return ForecastCard(found.sentence, known=False)
    share, low, high = (round(100 * part) for part in (found.probability, found.low, found.high))
    return ForecastCard(found.sentence, known=True, share=share, low=low, high=high)
