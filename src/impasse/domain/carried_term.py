"""A term that goes along to another version of the procedure, with its timers.

The policy is stated: keep the term as it is, or reckon it anew from the same start. Whatever rang
before the migration does not ring again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from impasse.domain.case import Purpose, Term, TermState, Timer
from impasse.domain.days_in_words import AMSTERDAM, day_in_words
from impasse.domain.errors import ImpasseError
from impasse.domain.length import Unit
from impasse.domain.schedule import moments
from impasse.domain.term_acts import TermPolicy, planned, suspended
from impasse.domain.term_conditions import policy_of
from impasse.domain.terms import reckon
from impasse.domain.text import Text
from impasse.domain.tier import Tier

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Case
    from impasse.domain.decision import Given
    from impasse.domain.terms import TermRule
    from impasse.domain.workflow import Rung, Stage, StageTerm


_OF_TERM = frozenset({Purpose.REMINDER, Purpose.RUNG})
_STAYS_WITH_CASE = frozenset({Purpose.REASSESSMENT, Purpose.TASK_DUE})
_IN_PLAY = frozenset({TermState.RUNNING, TermState.SUSPENDED})


@dataclass(frozen=True, slots=True)
class TimerChange:
    """A promise about time that moves, goes (no `after`) or comes (no `before`), and why."""

    purpose: Purpose
    what: Text
    before: datetime | None
    after: datetime | None
    why: Text


@dataclass(frozen=True, slots=True)
class Carried:
    """The term as it will be, the timers that it arms, and what there is to tell about it.

    `policy` is None where there was no term, or none is left. `hindrances` say why it cannot be.
    """

    policy: TermPolicy | None = None
    term: Term | None = None
    timers: tuple[Timer, ...] = ()
    notes: tuple[Text, ...] = ()
    hindrances: tuple[Text, ...] = ()


def carry(
    case: Case, old: Stage | None, new: Stage, policy: TermPolicy | None, given: Given
) -> Carried:
    """Return what becomes of the term of *case* when its stage *old* goes on as *new*.

    Without *policy* the term is kept where its rule is the same, and reckoned anew where not.
    """
    try:
        if new.term is None:
            return _without(case, new)
        if case.term is None:
            return _begun(case, new, new.term, given)
        return _along(case, case.term, old, new, policy, given)
    except ImpasseError as error:
        return Carried(hindrances=(error.text,))


def _without(case: Case, new: Stage) -> Carried:
    if case.term is None:
        return Carried()
    end = day_in_words(case.term.end)
    label = new.label
    return Carried(
        notes=(
            Text(
                f"In {label.nl.lower()} kent de nieuwe versie geen termijn: de termijn tot "
                f"{end.nl} vervalt.",
                f"The new version knows no term in {label.en.lower()}: the term until {end.en} "
                "lapses.",
            ),
        )
    )


def _begun(case: Case, new: Stage, stage_term: StageTerm, given: Given) -> Carried:
    """Let a term begin that the old version did not know, as if it always had."""
    if stage_term.agreed:
        return Carried(
            hindrances=(
                Text(
                    f"In {new.label.nl.lower()} spreken partijen een laatste dag af, en die is er "
                    "niet. Zet eerst een stap naar een andere fase.",
                    f"In {new.label.en.lower()} the parties agree on a last day, and there is "
                    "none. Make a move to another stage first.",
                ),
            )
        )
    # A number that no earlier plan of this stay had: an undone migration leaves its timers.
    plan = case.history_length
    term = begun_late(
        new.name, case.stage_entry, stage_term.rule, case.stage_since, given.calendar, plan
    )
    start, end = day_in_words(term.start), day_in_words(term.end)
    length = stage_term.rule.length.text
    note = Text(
        f"In deze fase gaat een termijn lopen: {length.nl} vanaf {start.nl}, dus tot en "
        f"met {end.nl}.",
        f"In this stage a term begins to run: {length.en} from {start.en}, so until {end.en}.",
    )
    return Carried(
        term=term,
        timers=tuple(_timers(case, term, None, stage_term, given)),
        notes=(note, *_over_at_once(term, given)),
    )


def _along(  # noqa: PLR0917 a term, and where it goes
    case: Case,
    term: Term,
    old: Stage | None,
    new: Stage,
    policy: TermPolicy | None,
    given: Given,
) -> Carried:
    stage_term = new.term
    assert stage_term is not None  # noqa: S101 the caller looked
    before = None if old is None else old.term
    chosen, notes = _chosen(term, before, stage_term, policy, given)
    moved = replace(term, stage=new.name, plan=term.plan + 1)
    later = moved if chosen is TermPolicy.KEEP else _anew(moved, stage_term, given)
    notes += [
        *_about_end(term, later, chosen, stage_term),
        *_about_expiry(term, later),
        *_over_at_once(later, given),
        *_about_acts(before, stage_term, term),
    ]
    return Carried(
        policy=chosen,
        term=later,
        timers=tuple(_timers(case, later, before, stage_term, given)),
        notes=tuple(notes),
    )


def _chosen(
    term: Term,
    before: StageTerm | None,
    after: StageTerm,
    policy: TermPolicy | None,
    given: Given,
) -> tuple[TermPolicy, list[Text]]:
    """Return the policy that holds for this term, and what is special about it."""
    if after.agreed:
        return TermPolicy.KEEP, [_AGREED_DAY, *_too_long(term, after, given)]
    if policy is not None:
        return policy, []
    if before is not None and before.agreed:
        return TermPolicy.KEEP, [_AGREED_DAY]
    same = _same_rule(term, after) and (
        not term.suspensions or policy_of(before) is policy_of(after)
    )
    return (TermPolicy.KEEP if same else TermPolicy.ANEW), []


_AGREED_DAY = Text(
    "De partijen hebben de laatste dag zelf afgesproken: die blijft staan.",
    "The parties agreed on the last day themselves: it is kept.",
)


def _too_long(term: Term, after: StageTerm, given: Given) -> list[Text]:
    longest = reckon(after.rule, term.start, given.calendar).end
    if term.end <= longest:
        return []
    return [
        Text(
            f"De nieuwe versie staat hier ten hoogste {after.rule.length.text.nl} toe; wat al was "
            "afgesproken, geldt.",
            f"The new version allows {after.rule.length.text.en} at most here; what was agreed "
            "before, holds.",
        )
    ]


def _same_rule(term: Term, after: StageTerm) -> bool:
    rule = after.rule
    return (term.length, term.basis, term.atw) == (
        str(rule.length),
        rule.basis.value,
        rule.atw.value,
    )


def _anew(term: Term, stage_term: StageTerm, given: Given) -> Term:
    """Reckon the end by the new rule, from the same start and with all that was done to it."""
    rule = stage_term.rule
    later = replace(term, length=str(rule.length), basis=rule.basis.value, atw=rule.atw.value)
    plan = planned(rule, later.beginning, term.acts, policy_of(stage_term), given.calendar)
    state = term.state
    if state is TermState.EXPIRED and plan.ends_at > given.at:
        state = TermState.RUNNING
    return replace(
        later,
        raw_end=plan.reckoning.raw_end,
        end=plan.end,
        ends_at=plan.ends_at,
        calendar_version=given.calendar.version,
        state=state,
    )


def _about_end(term: Term, later: Term, chosen: TermPolicy, stage_term: StageTerm) -> list[Text]:
    before, end = day_in_words(term.end), day_in_words(later.end)
    if chosen is TermPolicy.KEEP:
        kept = Text(
            f"De termijn blijft zoals zij is en eindigt op {end.nl}.",
            f"The term stays as it is and ends on {end.en}.",
        )
        if stage_term.agreed or _same_rule(term, stage_term):
            return [kept]
        length = stage_term.rule.length.text
        return [
            kept + Text(
                f" In de nieuwe versie is zij {length.nl}; dat geldt voor latere zaken.",
                f" In the new version it is {length.en}; that holds for later cases.",
            )
        ]  # fmt: skip
    was, length = term.rule.length.text, stage_term.rule.length.text
    told = Text(
        f"De termijn was {was.nl} en wordt {length.nl}, vanaf dezelfde begindag.",
        f"The term was {was.en} and becomes {length.en}, from the same first day.",
    )
    if later.end == term.end:
        told += Text(f" Zij eindigt nog op {end.nl}.", f" It still ends on {end.en}.")
    else:
        told += Text(
            f" Zij eindigt op {end.nl}, niet op {before.nl}.",
            f" It ends on {end.en}, not on {before.en}.",
        )
    if term.acts:
        told += Text(
            " Opschortingen en verlengingen tellen mee.", " Suspensions and extensions count."
        )
    return [told]


def _about_acts(before: StageTerm | None, after: StageTerm, term: Term) -> list[Text]:
    """Tell whether the clock can be stopped, or the term extended, where that was otherwise."""
    if before is None:
        return []
    told = []
    if before.suspension is None and after.suspension is not None:
        told.append(Text("Opschorten kan straks.", "Suspending becomes possible."))
    elif before.suspension is not None and after.suspension is None:
        told.append(Text("Opschorten kan straks niet meer.", "Suspending is no longer possible."))
        if term.state is TermState.SUSPENDED:
            told.append(
                Text(
                    "De opschorting van nu duurt tot haar einde.",
                    "The present suspension lasts until its end.",
                )
            )
    if before.extension is None and after.extension is not None:
        told.append(Text("Verlengen kan straks.", "Extending becomes possible."))
    elif before.extension is not None and after.extension is None:
        told.append(Text("Verlengen kan straks niet meer.", "Extending is no longer possible."))
    return told


def _about_expiry(term: Term, later: Term) -> list[Text]:
    if term.state is not TermState.EXPIRED:
        return []
    if later.state is TermState.EXPIRED:
        return [Text("De termijn is verlopen en blijft dat.", "The term expired, and stays so.")]
    return [
        Text(
            "De termijn was verlopen en loopt weer: haar nieuwe einde ligt in de toekomst. Wat na "
            "afloop hoort te gebeuren, begint dan opnieuw.",
            "The term had expired and runs again: its new end lies in the future. What is to "
            "happen after expiry then begins anew.",
        )
    ]


def _over_at_once(later: Term, given: Given) -> list[Text]:
    if later.state not in _IN_PLAY or later.ends_at > given.at:
        return []
    return [
        Text(
            "Dit einde is al voorbij: de termijn verloopt zodra de zaak is overgezet.",
            "This end has passed: the term expires as soon as the case has been moved.",
        )
    ]


def _timers(
    case: Case, term: Term, before: StageTerm | None, after: StageTerm, given: Given
) -> Iterator[Timer]:
    """Yield every timer of the term as it will be; none of what has rung already."""
    still = [(first, last) for first, last, _ in suspended(term.acts)]
    calendar = given.calendar
    rung = _rung_already(case, term, before, given)
    own = _own(case, given)

    def timer(purpose: Purpose, number: int, due_at: datetime) -> Timer:
        return Timer(case.id, purpose, number, term.stage_entry, due_at, term.plan)

    for number, due_at in _overdue(own, before, after, given):
        yield timer(Purpose.REMINDER, number, due_at)
    for purpose, number, due_at in moments(
        after, term.end, term.ends_at, given.today, calendar, still
    ):
        if purpose is Purpose.RUNG and any(
            _same_effect(one, after.on_expiry[number]) for one in rung
        ):
            continue
        yield timer(purpose, number, due_at)
    if case.term is not None:
        for one in own:
            if one.purpose not in _OF_TERM:
                yield timer(one.purpose, one.rung, one.due_at)


def _own(case: Case, given: Given) -> list[Timer]:
    """Return the timers of the present term that still stand."""
    return [
        one
        for one in given.armed
        if one.stage_entry == case.stage_entry and one.purpose not in _STAYS_WITH_CASE
    ]


def _rung_already(case: Case, later: Term, before: StageTerm | None, given: Given) -> list[Rung]:
    """Return the rungs of the old version that were reached; none when the term runs again."""
    if case.term is None or later.state is not TermState.EXPIRED or before is None:
        return []
    waiting = {one.rung for one in _own(case, given) if one.purpose is Purpose.RUNG}
    return [rung for number, rung in enumerate(before.on_expiry) if number not in waiting]


def _same_effect(reached: Rung, rung: Rung) -> bool:
    """Whether *rung* would do again what *reached* did; the expiry itself comes once."""
    if reached.after.amount == rung.after.amount == 0:
        return True
    if reached.tier is None and reached.trigger is None:
        return (rung.tier, rung.trigger, rung.after) == (None, None, reached.after)
    return (reached.tier, reached.trigger) == (rung.tier, rung.trigger)


def _overdue(
    own: list[Timer], before: StageTerm | None, after: StageTerm, given: Given
) -> Iterator[tuple[int, datetime]]:
    """Yield reminders whose moment came, but that the clock has not given yet."""
    if before is None:
        return
    for one in own:
        if one.purpose is not Purpose.REMINDER or one.due_at > given.at:
            continue
        for number, reminder in enumerate(after.reminders):
            if reminder.before == before.reminders[one.rung].before:
                yield number, one.due_at


def timer_changes(  # noqa: PLR0917 before and after, and what explains them
    case: Case,
    old: Stage | None,
    new: Stage,
    later: Term | None,
    timers: tuple[Timer, ...],
    given: Given,
) -> Iterator[TimerChange]:
    """Yield what moves, goes and comes among reminders and rungs, and why."""
    before = _promises(None if old is None else old.term, _own(case, given))
    after = _promises(new.term, [one for one in timers if one.purpose in _OF_TERM])
    known = _kinds(None if old is None else old.term)
    knows = _kinds(new.term)
    for key in [*before, *(one for one in after if one not in before)]:
        was, will = before.get(key), after.get(key)
        if was == will:
            continue
        if was is not None and will is not None:
            why = _why_moved(case.term, later)
        elif will is None:
            why = _PASSED if key in knows else _NOT_KNOWN
        else:
            why = _ANEW if key in known else _NEW
            if will <= given.at:
                why += _AT_ONCE
        yield TimerChange(key[0], _what(key), was, will, why)


def day_of(purpose: str, moment: datetime) -> date:
    """Return the day on which people count *moment*: a day that has passed, ends at midnight."""
    if purpose == Purpose.RUNG:
        moment -= timedelta(microseconds=1)
    return moment.astimezone(AMSTERDAM).date()


_PASSED = Text(
    "Bij het nieuwe einde is dit moment al voorbij.", "With the new end this moment has passed."
)
_NOT_KNOWN = Text("De nieuwe versie kent dit niet.", "The new version does not know this.")
_NEW = Text("Dit is nieuw in de nieuwe versie.", "This is new in the new version.")
_ANEW = Text("De termijn loopt weer.", "The term runs again.")
_AT_ONCE = Text(
    " Het moment is al voorbij, dus het gebeurt meteen.",
    " The moment has passed, so it happens at once.",
)

_Key = tuple[Purpose, int, int, str]
"""Which promise: its purpose, days before or after the end, which of several, and its effect."""


def _kinds(stage_term: StageTerm | None) -> dict[_Key, tuple[Purpose, int]]:
    """Return each promise that a stage makes, with the number under which a timer knows it."""
    found: dict[_Key, tuple[Purpose, int]] = {}
    if stage_term is None:
        return found

    def add(purpose: Purpose, number: int, days: int, effect: str) -> None:
        nth = sum(key[:2] == (purpose, days) for key in found)
        found[purpose, days, nth, effect] = (purpose, number)

    for number, reminder in enumerate(stage_term.reminders):
        add(Purpose.REMINDER, number, reminder.before.amount, "")
    for number, rung in enumerate(stage_term.on_expiry):
        add(Purpose.RUNG, number, rung.after.amount, "" if rung.tier is None else rung.tier.value)
    return found


def _promises(stage_term: StageTerm | None, timers: list[Timer]) -> dict[_Key, datetime]:
    """Return when each promise of a stage is to be kept, for those that still stand."""
    due = {(one.purpose, one.rung): one.due_at for one in timers}
    return {key: due[number] for key, number in _kinds(stage_term).items() if number in due}


def _what(key: _Key) -> Text:
    purpose, days, _, tier = key
    if purpose is Purpose.REMINDER:
        return Text("herinnering ", "reminder ") + _so_many(days) + Text(
            " voor het einde", " before the end"
        )  # fmt: skip
    what = (
        Text("einde van de termijn", "end of the term")
        if days == 0
        else _so_many(days) + Text(" na het einde", " after the end")
    )
    if tier:
        label = Tier(tier).label
        what += Text(f": naar {label.nl}", f": to {label.en}")
    return what


def _so_many(days: int) -> Text:
    if days == 1:
        return Text("1 werkdag", "1 working day")
    return Text(f"{days} werkdagen", f"{days} working days")


def _why_moved(term: Term | None, later: Term | None) -> Text:
    if term is None or later is None or term.end == later.end:
        return Text("De kalender is bijgewerkt.", "The calendar was updated.")
    before, end = day_in_words(term.end), day_in_words(later.end)
    return Text(
        f"De einddatum gaat van {before.nl} naar {end.nl}.",
        f"The end date goes from {before.en} to {end.en}.",
    )


def begun_late(  # noqa: PLR0917 a stay and what is promised of it
    stage: str, stage_entry: int, rule: TermRule, since: date, calendar: Calendar, plan: int
) -> Term:
    """Return the term of a stay that began without one, as if it always had it."""
    begun_at = calendar.start_of_day(since)
    start = begun_at if rule.length.unit is Unit.HOURS else since
    reckoning = reckon(rule, start, calendar)
    return Term(
        stage=stage,
        stage_entry=stage_entry,
        length=str(rule.length),
        basis=rule.basis.value,
        atw=rule.atw.value,
        start=since,
        raw_end=reckoning.raw_end,
        end=reckoning.end,
        ends_at=reckoning.ends_at,
        calendar_version=reckoning.calendar_version,
        begun_at=begun_at,
        plan=plan,
    )
