"""Days, counts and names as the pages write them, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.domain.case import TermState
from impasse.domain.days_in_words import AMSTERDAM, WEEKDAYS, day_in_words
from impasse.domain.ledger import ORGANISATION, PARTIES, ROLE
from impasse.domain.length import Unit
from impasse.domain.people import Layer, Role
from impasse.domain.term_acts import suspended
from impasse.domain.text import Text, same

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


def short_name(account: str, parties: Iterable[Party]) -> Text:
    """Return whose *account* of the ledger it is, without an article: "partijen"."""
    key = account.removeprefix(ORGANISATION)
    if key != account:
        return same(next((one.name for one in parties if one.organisation == key), key))
    return _PARTIES if account == PARTIES else Role(account.removeprefix(ROLE)).label


_PARTIES = Text("partijen", "parties")


def layers_of(parties: Iterable[Party]) -> tuple[Layer, ...]:
    """Return the layers that take part, each once, in the fixed order."""
    present = {party.layer for party in parties}
    return tuple(layer for layer in PARTY_ORDER if layer in present)


@dataclass(frozen=True, slots=True)
class TermCount:
    """How a term stands on a day, in working days.

    `total` is its whole length, `done` how many have passed, `left` how many remain (0 when
    late), `late_by` how many it is overrun: days on which the clock stood still count in none of
    these. `share` is what has passed of the whole, `mark` where its end lies once it is overrun;
    both are percentages of the bar. `still_until` is the last day on which the clock stands still,
    when it does so now. `at` is the time of day at which a term in hours ends.
    """

    end: date
    total: int
    done: int
    left: int
    late: bool
    late_by: int
    still_until: date | None = None
    at: Text | None = None

    @property
    def almost(self) -> bool:
        """Whether it ends within two working days, or in the last tenth of its length."""
        return (not self.late and self.still_until is None) and (
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
        """The word for style sheets: late, hold while the clock stands still, warn or ok."""
        if self.late:
            return "late"
        if self.still_until is not None:
            return "hold"
        return "warn" if self.almost else "ok"


def count_term(term: Term, today: date, calendar: Calendar) -> TermCount:
    """Return how *term* stands on *today*, in the working days of the calendar that it keeps to."""
    late, calendar = over(term, today), calendar.kept_by(term.rule.basis)
    return TermCount(
        end=term.end,
        total=counted(term, term.start, term.end, calendar),
        done=max(0, counted(term, term.start, today, calendar)),
        left=0 if late else max(0, counted(term, today, term.end, calendar)),
        late=late,
        late_by=max(0, calendar.working_days_between(term.end, today)) if late else 0,
        still_until=still_until(term, today),
        at=time_of_end(term),
    )


def over(term: Term, today: date) -> bool:
    """Whether *term* has ended: its last day has passed, or its hour."""
    return today > term.end or term.state is TermState.EXPIRED


def counted(term: Term, after: date, through: date, calendar: Calendar) -> int:
    """Count the working days after *after* up to and including *through* on which *term* ran."""
    calendar = calendar.kept_by(term.rule.basis)
    return calendar.working_days_between(after, through) - stood_still(
        term, after, through, calendar
    )


def stood_still(term: Term, after: date, through: date, calendar: Calendar) -> int:
    """Count the working days in that stretch on which the clock of *term* stood still."""
    days, calendar = 0, calendar.kept_by(term.rule.basis)
    for first, last, _ in suspended(term.acts):
        begun, ended = max(first, after), min(last, through)
        if begun < ended:
            days += calendar.working_days_between(begun, ended)
    return days


def still_until(term: Term, today: date) -> date | None:
    """Return until when the clock of *term* stands still, when it does so on *today*."""
    if term.state is not TermState.SUSPENDED:
        return None
    ends = [last for first, last, _ in suspended(term.acts) if first <= today <= last]
    return max(ends, default=None)


def time_of_end(term: Term) -> Text | None:
    """Return the time of day at which a term in hours ends: "om 13.00 uur"; None for others."""
    if term.rule.length.unit is not Unit.HOURS:
        return None
    local = term.ends_at.astimezone(AMSTERDAM)
    return Text(f"om {local:%H.%M} uur", f"at {local:%H:%M}")
