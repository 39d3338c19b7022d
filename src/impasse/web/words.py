"""Days, counts and names as the pages write them, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.domain.days_in_words import WEEKDAYS, day_in_words
from impasse.domain.people import Layer
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Party, Term
    from impasse.domain.text import Language

PARTY_ORDER = (
    Layer.NATIONAL,
    Layer.PROVINCE,
    Layer.MUNICIPALITY,
    Layer.WATER_AUTHORITY,
    Layer.CARIBBEAN,
    Layer.UMBRELLA,
    Layer.JOINT_BODY,
    Layer.OTHER,
)
"""The order in which parties always stand: not by weight, not by who came first."""

SHORT_MONTHS = (
    Text("jan", "Jan"),
    Text("feb", "Feb"),
    Text("mrt", "Mar"),
    Text("apr", "Apr"),
    Text("mei", "May"),
    Text("juni", "June"),
    Text("juli", "July"),
    Text("aug", "Aug"),
    Text("sep", "Sep"),
    Text("okt", "Oct"),
    Text("nov", "Nov"),
    Text("dec", "Dec"),
)
_SHORT_WEEKDAY = {"nl": 2, "en": 3}
ALMOST_WORKING_DAYS = 2
"""So close to its end a term is called almost late."""

_ALMOST_SHARE = 0.9


def day_short(day: date) -> Text:
    """Write a day for a line: "do 15 okt", "Thu 15 Oct"."""
    weekday, month = WEEKDAYS[day.weekday()], SHORT_MONTHS[day.month - 1]
    return Text(
        f"{weekday.nl[: _SHORT_WEEKDAY['nl']]} {day.day} {month.nl}",
        f"{weekday.en[: _SHORT_WEEKDAY['en']]} {day.day} {month.en}",
    )


def day_short_year(day: date) -> Text:
    """Write a day of any year for a line: "15 okt 2021", "15 Oct 2021"."""
    month = SHORT_MONTHS[day.month - 1]
    return Text(f"{day.day} {month.nl} {day.year}", f"{day.day} {month.en} {day.year}")


def day_long(day: date) -> Text:
    """Write a day without its year: "donderdag 5 november", "Thursday 5 November"."""
    whole = day_in_words(day)
    return Text(whole.nl.rsplit(" ", 1)[0], whole.en.rsplit(" ", 1)[0])


def decimal(value: float, language: Language) -> str:
    """Write a number with one decimal: "7,5" in Dutch, "7.5" in English."""
    written = f"{value:.1f}"
    return written.replace(".", ",") if language == "nl" else written


def in_party_order(parties: Iterable[Party]) -> tuple[Party, ...]:
    """Return *parties* in the fixed order: Rijk, provincie, gemeente, waterschap, then others."""
    return tuple(sorted(parties, key=lambda party: PARTY_ORDER.index(party.layer)))


def layers_of(parties: Iterable[Party]) -> tuple[Layer, ...]:
    """Return the layers that take part, each once, in the fixed order."""
    present = {party.layer for party in parties}
    return tuple(layer for layer in PARTY_ORDER if layer in present)


@dataclass(frozen=True, slots=True)
class TermCount:
    """How a term stands on a day, in working days.

    `total` is its whole length, `done` how many have passed, `left` how many remain (0 when
    late), `late_by` how many it is overrun. `share` is what has passed of the whole, `mark`
    where its end lies once it is overrun; both are percentages of the bar.
    """

    end: date
    total: int
    done: int
    left: int
    late: bool
    late_by: int

    @property
    def almost(self) -> bool:
        """Whether it ends within two working days, or in the last tenth of its length."""
        return not self.late and (
            self.left <= ALMOST_WORKING_DAYS or self.done >= self.total * _ALMOST_SHARE
        )

    @property
    def share(self) -> float:
        """The filled part of the bar, in percents."""
        return 100.0 if self.late else 100.0 * min(1.0, self.done / max(1, self.total))

    @property
    def mark(self) -> float:
        """Where in an overrun bar the end of the term lies, in percents."""
        return 100.0 * min(1.0, self.total / max(1, self.done))

    @property
    def state(self) -> str:
        """The word for style sheets: late, warn or ok."""
        if self.late:
            return "late"
        return "warn" if self.almost else "ok"


def count_term(term: Term, today: date, calendar: Calendar) -> TermCount:
    """Return how *term* stands on *today*."""
    late = today > term.end
    left = calendar.working_days_between(today, term.end)
    return TermCount(
        end=term.end,
        total=calendar.working_days_between(term.start, term.end),
        done=max(0, calendar.working_days_between(term.start, today)),
        left=max(0, left),
        late=late,
        late_by=max(0, -left),
    )
