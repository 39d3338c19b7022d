"""What people do to a term that runs: suspend it, extend it; and the day on which it then ends.

After the Algemene wet bestuursrecht (Awb), art. 4:15, which our agreements follow by analogy: a
suspension begins the day after, always has a bound, and gives back what was left. What is left is
counted in working days.
Source: https://wetten.overheid.nl/BWBR0005537
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from impasse.domain.length import Length, Unit
from impasse.domain.terms import reckon
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from impasse.domain.calendar import Calendar
    from impasse.domain.terms import Reckoning, TermRule

_ONE_DAY = timedelta(days=1)

OUTSIDE = "outside"
"""Who is waited for when that is nobody who takes part: an expert, a court, the weather."""


class SuspensionReason(StrEnum):
    """Why a clock stands still; after Awb art. 4:15, by analogy."""

    AWAITING_PARTY = "awaiting_party"
    CONSENT_OF_PARTIES = "consent_of_parties"
    ATTRIBUTABLE_TO_PARTY = "attributable_to_party"
    FORCE_MAJEURE = "force_majeure"
    EXTERNAL_EXPERT = "external_expert"
    RECESS_BY_AGREEMENT = "recess_by_agreement"

    @property
    def label(self) -> Text:
        """The reason in words."""
        return _REASON_LABELS[self]

    @property
    def by_agreement(self) -> bool:
        """Whether it rests on the consent of all parties, whatever the procedure asks."""
        return self in _BY_AGREEMENT


_BY_AGREEMENT = frozenset(
    {SuspensionReason.CONSENT_OF_PARTIES, SuspensionReason.RECESS_BY_AGREEMENT}
)
_REASON_LABELS = {
    SuspensionReason.AWAITING_PARTY: Text(
        "wachten op gegevens van een partij", "awaiting information from a party"
    ),
    SuspensionReason.CONSENT_OF_PARTIES: Text(
        "op verzoek van alle partijen", "with the consent of all parties"
    ),
    SuspensionReason.ATTRIBUTABLE_TO_PARTY: Text(
        "vertraging door een partij", "delay attributable to a party"
    ),
    SuspensionReason.FORCE_MAJEURE: Text("overmacht", "force majeure"),
    SuspensionReason.EXTERNAL_EXPERT: Text(
        "wachten op een deskundige van buiten", "awaiting an external expert"
    ),
    SuspensionReason.RECESS_BY_AGREEMENT: Text("reces, zo afgesproken", "recess, by agreement"),
}


class Resume(StrEnum):
    """What a suspension does to the end of a term; the procedure chooses."""

    KEEP_REMAINDER = "keep_remainder"
    KEEP_DATE = "keep_date"
    RESTART = "restart"

    @property
    def label(self) -> Text:
        """The policy in words."""
        return _RESUME_LABELS[self]


_RESUME_LABELS = {
    Resume.KEEP_REMAINDER: Text("wat over was, blijft over", "what was left is kept"),
    Resume.KEEP_DATE: Text("de einddatum blijft staan", "the end date is kept"),
    Resume.RESTART: Text("de termijn begint opnieuw", "the term begins anew"),
}


class Consent(StrEnum):
    """Who must agree to a suspension or an extension."""

    ALL = "all"
    WAITED_FOR = "waited_for"
    NONE = "none"


class TermPolicy(StrEnum):
    """What becomes of a running term at a migration."""

    KEEP = "keep"
    ANEW = "anew"

    @property
    def label(self) -> Text:
        """The policy in words."""
        return _POLICY_LABELS[self]


_POLICY_LABELS = {
    TermPolicy.KEEP: Text("de termijn blijft zoals zij is", "the term stays as it is"),
    TermPolicy.ANEW: Text(
        "de termijn wordt opnieuw berekend vanaf dezelfde begindag",
        "the term is reckoned anew from the same first day",
    ),
}


@dataclass(frozen=True, slots=True)
class Suspension:
    """A stretch in which the clock of a term stands still.

    It stands still from the day after `begins_on` up to and including `until`, its bound, or
    `ended_on` when it ended earlier. `waits_for` is the organisation of a party, a role
    ("mediator", "secretariat"), or "outside"; `waits_for_name` says who that is.
    """

    id: str
    reason: SuspensionReason
    waits_for: str
    waits_for_name: str
    begins_on: date
    until: date
    consents: tuple[str, ...]
    note: str
    at: datetime
    ended_on: date | None = None

    @property
    def last(self) -> date:
        """The last day on which the clock stands still, as things are now."""
        return self.until if self.ended_on is None else self.ended_on

    def covers(self, day: date) -> bool:
        """Whether the clock stands still on *day* because of this."""
        return self.begins_on < day <= self.last


@dataclass(frozen=True, slots=True)
class Extension:
    """A longer term, granted on the day `on`: by `length`, with a reason and who agreed."""

    id: str
    on: date
    length: str
    reason: str
    consents: tuple[str, ...]
    at: datetime


TermAct: TypeAlias = Suspension | Extension


@dataclass(frozen=True, slots=True)
class Shift:
    """One thing that moved the end of a term, from the day `before` to the day `after`.

    For a suspension: `first` is the day on which it began, `last` its last day, `left` the working
    days that were left then (`rest` the time, of a term in hours), and `acts` all that overlap. For
    an extension `first` is the day on which it was granted and `last` the end without it.
    """

    kind: str
    acts: tuple[str, ...]
    first: date
    last: date
    left: int
    before: date
    after: date
    rest: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """On which day a term ends with all that was done to it; `shifts` in order of days."""

    reckoning: Reckoning
    shifts: tuple[Shift, ...]
    end: date
    ends_at: datetime


def suspended(acts: Sequence[TermAct]) -> tuple[tuple[date, date, tuple[str, ...]], ...]:
    """Return the stretches (day before the first, last day, which) in which the clock stands still.

    Suspensions that overlap or touch count once.
    """
    spans = sorted(
        (act.begins_on, act.last, act.id)
        for act in acts
        if isinstance(act, Suspension) and act.last > act.begins_on
    )
    merged: list[tuple[date, date, tuple[str, ...]]] = []
    for first, last, act in spans:
        if merged and first <= merged[-1][1]:
            begun, until, ids = merged[-1]
            merged[-1] = (begun, max(until, last), (*ids, act))
        else:
            merged.append((first, last, (act,)))
    return tuple(merged)


def planned(
    rule: TermRule,
    start: date | datetime,
    acts: Sequence[TermAct],
    resume: Resume,
    calendar: Calendar,
) -> Plan:
    """Return on which day a term ends that *start* sets off, after all *acts*.

    Acts are taken in order of days; an extension granted while the clock stands still counts from
    the end as it is after that. A suspension that begins after the end has no effect. Raises
    `Invalid` when the term leaves the calendar.
    """
    reckoning = reckon(rule, start, calendar)
    end, ends_at = reckoning.end, reckoning.ends_at
    if not acts:
        return Plan(reckoning, (), end, ends_at)
    shifts = []
    for first, last, what in _in_order(acts):
        before, left = end, 0
        if isinstance(what, Extension):
            longer = replace(rule, length=Length.parse(what.length))
            from_ = ends_at if longer.length.unit is Unit.HOURS else end
            added = reckon(longer, from_, calendar)
            end, ends_at = added.end, added.ends_at
            shifts.append(Shift("extension", (what.id,), first, before, 0, before, end))
            continue
        if calendar.end_of_day(first) >= ends_at:
            continue
        left = calendar.kept_by(rule.basis).working_days_between(first, end)
        rest = None
        if rule.length.unit is Unit.HOURS:
            rest = ends_at - calendar.end_of_day(first)
            end, ends_at = _hours_after(first, last, ends_at, resume, rule, calendar)
        else:
            end = _day_after(first, last, end, resume, rule, calendar)
            ends_at = calendar.end_of_day(end)
        shifts.append(Shift("suspension", what, first, last, left, before, end, rest))
    return Plan(reckoning, tuple(shifts), end, ends_at)


def _in_order(
    acts: Sequence[TermAct],
) -> list[tuple[date, date, Extension | tuple[str, ...]]]:
    """Put acts in order of the day from which they count; an extension goes first on its day."""
    spans = suspended(acts)
    placed: list[tuple[tuple[date, int, int], date, date, Extension | tuple[str, ...]]] = [
        ((first, 1, 0), first, last, ids) for first, last, ids in spans
    ]
    for place, act in enumerate(acts):
        if isinstance(act, Extension):
            placed.append(((act.on, 0, place), act.on, act.on, act))
    placed.sort(key=lambda one: one[0])
    return [(first, last, what) for _, first, last, what in placed]


def _day_after(  # noqa: PLR0917 the parts of one reckoning
    first: date, last: date, end: date, resume: Resume, rule: TermRule, calendar: Calendar
) -> date:
    """Return the end after the clock stood still from *first* (not included) to *last*."""
    days = calendar.kept_by(rule.basis)
    if resume is Resume.RESTART:
        # A term that was extended before may end later than one that begins anew.
        return max(end, reckon(rule, last, calendar).end)
    if resume is Resume.KEEP_DATE:
        return end if end > last else days.next_working_day(last + _ONE_DAY)
    # With nothing but days off left, the first working day is given back.
    back = days.add_working_days(last, max(days.working_days_between(first, end), 1))
    return max(end, back)


def _hours_after(  # noqa: PLR0917 the parts of one reckoning
    first: date, last: date, ends_at: datetime, resume: Resume, rule: TermRule, calendar: Calendar
) -> tuple[date, datetime]:
    """The same for a term in hours, of which what is left is counted in hours."""
    begun, over = calendar.end_of_day(first), calendar.end_of_day(last)
    if resume is Resume.RESTART:
        moment = max(ends_at, over + timedelta(hours=rule.length.amount))
    elif resume is Resume.KEEP_DATE:
        moment = max(ends_at, calendar.end_of_day(calendar.next_working_day(last + _ONE_DAY)))
        moment = ends_at if ends_at > over else moment
    else:
        moment = over + (ends_at - begun)
    moment = moment.astimezone(UTC)
    # What ends at midnight ends with the day before it, as an extension in days does.
    return calendar.local_day(moment - timedelta(microseconds=1)), moment
