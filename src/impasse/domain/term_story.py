"""Why a term ends on the day it does, with everything that was done to it, step by step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from impasse.domain import term_sentences as sentences
from impasse.domain.days_in_words import day_in_words
from impasse.domain.length import Length, Unit
from impasse.domain.running_term import why_moved
from impasse.domain.term_acts import Extension, Resume, Suspension, planned
from impasse.domain.terms import Step, explain, reckon, warnings
from impasse.domain.text import Text, same
from impasse.domain.told import told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Term
    from impasse.domain.history import ChainedEntry, Json
    from impasse.domain.term_acts import Shift
    from impasse.domain.terms import Reckoning, TermRule

_ONE_DAY = timedelta(days=1)
_FRAME = frozenset({"calculation", "start", "day_1", "end"})
"""Steps that open and close a derivation; of a part of one they are left out."""


@dataclass(frozen=True, slots=True)
class Replanned:
    """A change of calendar that moved an end, on the day `on`: from when to when, and why."""

    on: date
    before: date
    after: date
    because: tuple[Text, ...]


def replans_of(entries: Iterable[ChainedEntry], stage_entry: int) -> tuple[Replanned, ...]:
    """Return every change of calendar that moved the term of the stay *stage_entry*.

    Raises `Conflict` that names the entry when one cannot be read.
    """
    return tuple(
        Replanned(one.day, one.on("end_before"), one.on("end"), _because(one.content))
        for one in told(entries)
        if one.action == "term_replanned" and one.content.get("stage_entry") == stage_entry
    )


def _because(content: Mapping[str, Json]) -> tuple[Text, ...]:
    value = content.get("because")
    return tuple(
        Text(str(one.get("nl", "")), str(one.get("en", "")))
        for one in (value if isinstance(value, list) else [])
        if isinstance(one, dict)
    )


def explain_term(
    term: Term, calendar: Calendar, policy: Resume, replans: Sequence[Replanned] = ()
) -> tuple[Step, ...]:
    """Tell how the last day of *term* came about, in the order in which it was found.

    First the term as it began; then each suspension and extension, with the day to which it moved
    the end and the days off that it passed over; then what a change of calendar did; then the end.
    *calendar* is that of the term, *policy* what the procedure says of suspensions. Told with
    another calendar, the steps are those of that one: `warn_of` says so.
    """
    plan = planned(term.rule, term.beginning, term.acts, policy, calendar)
    first = explain(plan.reckoning, calendar)
    if not plan.shifts and not replans and plan.end == term.end:
        return first
    return tuple(_story(term, plan.shifts, first, calendar, policy, replans, plan.end))


def _story(  # noqa: PLR0917 the parts of one story
    term: Term,
    shifts: Sequence[Shift],
    first: Sequence[Step],
    calendar: Calendar,
    policy: Resume,
    replans: Sequence[Replanned],
    end: date,
) -> Iterator[Step]:
    yield from first[:-1]
    if shifts:
        yield Step(first[-1].day, "end_without_acts", _at_first(first[-1].day))
    acts = {act.id: act for act in term.acts}
    for shift in shifts:
        for key in shift.acts:
            act = acts[key]
            if isinstance(act, Suspension):
                yield Step(act.begins_on, "suspended", _suspended(act))
            else:
                yield Step(act.on, "extended", _extended(act))
        if len(shift.acts) > 1:
            yield Step(shift.last, "counted_once", _ONCE)
        yield from _passed(term, shift, acts, calendar, policy)
        yield Step(shift.after, "moved", why_moved(shift, policy))
    for one in replans:
        yield Step(one.on, "replanned", _replanned(one))
    if end != term.end:
        yield Step(term.end, "kept", _kept(end, term.end))
    end = term.end
    if term.rule.length.unit is Unit.HOURS:
        yield Step(end, "end", sentences.ends_at(term.ends_at))
    else:
        yield Step(end, "end", sentences.last_day(end))


def _passed(
    term: Term,
    shift: Shift,
    acts: Mapping[str, Suspension | Extension],
    calendar: Calendar,
    policy: Resume,
) -> Iterator[Step]:
    """Yield what the count of a shift passed over: days off, and where the Atw moved the end."""
    if shift.kind == "extension":
        for key in shift.acts:
            act = acts[key]
            if isinstance(act, Extension):
                yield from _longer(
                    replace(term.rule, length=Length.parse(act.length)), shift, calendar
                )
    elif term.rule.length.unit is Unit.HOURS:
        return
    elif policy is Resume.RESTART and shift.after > shift.before:
        yield from _inner(reckon(term.rule, shift.last, calendar), calendar)
    elif shift.after > shift.before:
        kept = calendar.kept_by(term.rule.basis)
        day = shift.last + _ONE_DAY
        while day < shift.after:
            if off := kept.why_off(day):
                yield Step(day, "not_counted", sentences.not_counted(day, off))
            day += _ONE_DAY


def _longer(rule: TermRule, shift: Shift, calendar: Calendar) -> Iterator[Step]:
    if rule.length.unit is not Unit.HOURS:
        yield from _inner(reckon(rule, shift.before, calendar), calendar)


def _inner(reckoning: Reckoning, calendar: Calendar) -> Iterator[Step]:
    return (step for step in explain(reckoning, calendar) if step.code not in _FRAME)


def warn_of(term: Term, calendar: Calendar, policy: Resume) -> tuple[Text, ...]:
    """Tell what may make the end of *term* differ: another calendar, or days not known yet."""
    plan = planned(term.rule, term.beginning, term.acts, policy, calendar)
    reckoning = replace(
        plan.reckoning, end=term.end, raw_end=term.raw_end, calendar_version=term.calendar_version
    )
    found = list(warnings(reckoning, calendar))
    if plan.shifts:
        known = {one.nl for one in found}
        found += [one for one in calendar.warnings(term.start, term.end) if one.nl not in known]
    return tuple(found)


_ONCE = Text(
    "Deze opschortingen overlappen elkaar of sluiten aan, en tellen samen één keer.",
    "These suspensions overlap or touch, and count once together.",
)


def _kept(reckoned: date, kept: date) -> Text:
    """Say why an end is not what the rules of now make of it."""
    was, stays = day_in_words(reckoned), day_in_words(kept)
    return Text(
        f"Met de regels van nu kwam dit uit op {was.nl}. Bij een overstap naar een andere versie "
        f"van de procedure of kalender bleef het einde staan op {stays.nl}.",
        f"By the rules of now this came to {was.en}. At a move to another version of the "
        f"procedure or calendar the end was kept on {stays.en}.",
    )


def _at_first(day: date) -> Text:
    shown = day_in_words(day)
    return Text(
        f"Zonder wat daarna gebeurde, was de laatste dag {shown.nl}.",
        f"Without what happened after that, the last day was {shown.en}.",
    )


def _suspended(act: Suspension) -> Text:
    first, until = day_in_words(act.begins_on + _ONE_DAY), day_in_words(act.until)
    reason, who = act.reason.label, act.waits_for_name or act.waits_for
    sentence = Text(
        f"Opschorting {act.id}: van {first.nl} tot en met {until.nl}, {reason.nl} ({who}).",
        f"Suspension {act.id}: from {first.en} until {until.en}, {reason.en} ({who}).",
    )
    if act.ended_on is not None and act.ended_on < act.until:
        ended = day_in_words(act.ended_on)
        sentence += Text(
            f" Zij eindigde eerder, op {ended.nl}.", f" It ended earlier, on {ended.en}."
        )
    return sentence + _note(act.note)


def _extended(act: Extension) -> Text:
    on, length = day_in_words(act.on), Length.parse(act.length).text
    sentence = Text(
        f"Verlenging {act.id}, van {on.nl}: {length.nl} erbij.",
        f"Extension {act.id}, of {on.en}: {length.en} more.",
    )
    return sentence + _note(act.reason)


def _note(words: str) -> Text:
    return same(f" “{words}”") if words else same("")


def _replanned(one: Replanned) -> Text:
    on, before, after = (day_in_words(day) for day in (one.on, one.before, one.after))
    sentence = Text(
        f"Op {on.nl} veranderde de kalender: het einde ging van {before.nl} naar {after.nl}.",
        f"On {on.en} the calendar changed: the end went from {before.en} to {after.en}.",
    )
    for why in one.because:
        sentence += same(" ") + why
    return sentence
