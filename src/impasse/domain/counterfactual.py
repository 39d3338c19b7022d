"""Past cases against a new version of their procedure: what would have gone otherwise.

Each case is walked through from its history alone. At every move, suspension and end of a stay the
version that the case followed and the new one are asked the same question; only where they answer
differently, the new version would have changed something. So a version held against itself changes
nothing. After a first difference the walk goes on as things really went.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from impasse.domain.case import (
    Case,
    Confirmation,
    ConfirmationKind,
    Party,
    Status,
    Visibility,
)
from impasse.domain.days_in_words import AMSTERDAM, day_in_words
from impasse.domain.errors import ImpasseError
from impasse.domain.four_eyes import FOUR_EYES, FOUR_EYES_LABEL
from impasse.domain.guards import GUARD_LABELS
from impasse.domain.length import Length, Unit
from impasse.domain.moves import lacks
from impasse.domain.people import CLOCK, Role
from impasse.domain.schedule import moments
from impasse.domain.task_flow import TASK_GUARD
from impasse.domain.term_acts import Extension, Suspension, SuspensionReason, planned, suspended
from impasse.domain.term_conditions import policy_of
from impasse.domain.terms import Atw
from impasse.domain.text import Text, same
from impasse.domain.tier import Tier
from impasse.domain.told import told
from impasse.domain.workflow import BACK, StageKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from impasse.domain.calendar import Calendar
    from impasse.domain.history import ChainedEntry
    from impasse.domain.term_acts import TermAct
    from impasse.domain.told import Told
    from impasse.domain.workflow import StageTerm, Transition, Workflow

__all__ = ["Difference", "DifferenceKind", "PastCase", "Rehearsal", "Rehearsed", "rehearse"]


class DifferenceKind(StrEnum):
    """What would have gone otherwise."""

    STAGE = "stage"
    MOVE = "move"
    ROLE = "role"
    CONDITION = "condition"
    TERM = "term"
    TIER = "tier"
    CLOCK = "clock"
    ACT = "act"


@dataclass(frozen=True, slots=True)
class PastCase:
    """A case as its history tells it; `parties` are all that it ever had.

    `until` is the instant up to which it is looked at.
    """

    id: str
    title: str
    parties: tuple[Party, ...]
    entries: Sequence[ChainedEntry]
    until: datetime


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that would have gone otherwise, and on which day."""

    on: date
    kind: DifferenceKind
    text: Text


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What the new version would have changed of one case, in order of days.

    `skipped` says why a case could not be looked at.
    """

    case: str
    title: str
    differences: tuple[Difference, ...] = ()
    skipped: Text | None = None

    @property
    def changed(self) -> bool:
        """Whether anything would have gone otherwise."""
        return bool(self.differences)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The outcome for all past cases."""

    target: str
    cases: tuple[Rehearsed, ...]

    @property
    def total(self) -> int:
        """How many cases were looked at."""
        return sum(one.skipped is None for one in self.cases)

    @property
    def changed(self) -> int:
        """How many of them would have gone otherwise."""
        return sum(one.changed for one in self.cases)

    @property
    def summary(self) -> Text:
        """The outcome in a sentence: "zou 14 van 212 zaken hebben veranderd"."""
        if not self.total:
            return Text(
                f"Er zijn geen zaken om {self.target} aan te toetsen.",
                f"There are no cases to hold against {self.target}.",
            )
        skipped = len(self.cases) - self.total
        sentence = Text(
            f"{self.target} zou {self.changed} van {self.total} zaken hebben veranderd.",
            f"{self.target} would have changed {self.changed} of {self.total} cases.",
        )
        if skipped:
            sentence += Text(f" Overgeslagen: {skipped}.", f" Skipped: {skipped}.")
        return sentence

    def counts(self) -> dict[DifferenceKind, int]:
        """Return in how many cases each kind of difference occurs."""
        found = {
            kind: sum(any(d.kind is kind for d in one.differences) for one in self.cases)
            for kind in DifferenceKind
        }
        return {kind: count for kind, count in found.items() if count}


@dataclass(frozen=True, slots=True)
class Setting:
    """What every case is held against.

    `procedure_of` finds a version by `name@version`; `roles` are those that persons carry, for who
    is known; `stages` tells which stages are called otherwise in the new version.
    """

    new: Workflow
    procedure_of: Callable[[str], Workflow]
    calendar: Calendar
    roles: Mapping[str, frozenset[Role]] = field(default_factory=dict)
    stages: Mapping[str, str] = field(default_factory=dict)


def rehearse(
    cases: Iterable[PastCase], setting: Setting, progress: Callable[[], None] | None = None
) -> Rehearsal:
    """Return what `setting.new` would have changed of *cases*; *progress* is called after each."""
    found = []
    memory: _Memory = {}
    for past in cases:
        found.append(_rehearsed(past, setting, memory))
        if progress is not None:
            progress()
    return Rehearsal(setting.new.reference, tuple(found))


_Memory = dict[tuple[int, date], tuple[date, datetime]]
"""Ends of terms to which nothing was done, by rule and start: many cases begin on one day."""


def _rehearsed(past: PastCase, setting: Setting, memory: _Memory) -> Rehearsed:
    try:
        walk: _Walk | None = None
        for one in told(past.entries):
            if walk is None:
                walk = _Walk(past, setting, memory, one)
            else:
                walk.hear(one)
        if walk is None:
            return Rehearsed(past.id, past.title, skipped=_NO_HISTORY)
        walk.ends(past.until)
    except (ImpasseError, ValueError) as error:
        why = error.text if isinstance(error, ImpasseError) else _UNREADABLE
        return Rehearsed(past.id, past.title, skipped=why)
    return Rehearsed(past.id, past.title, tuple(sorted(walk.found, key=lambda d: d.on)))


_NO_HISTORY = Text("Deze zaak heeft geen geschiedenis.", "This case has no history.")
_UNREADABLE = Text(
    "In de geschiedenis staat een woord dat niet te lezen is.",
    "The history holds a word that cannot be read.",
)


@dataclass(slots=True)
class _Stay:
    """One stay in a stage, while it goes on."""

    stage: str
    at: datetime
    until: date | None = None
    acts: tuple[TermAct, ...] = ()
    joined: set[str] = field(default_factory=set)


class _Walk:
    """One case on its way through its history, with both versions at hand."""

    def __init__(self, past: PastCase, setting: Setting, memory: _Memory, opened: Told) -> None:
        self.setting = setting
        self.memory = memory
        self.old = setting.procedure_of(opened.word("workflow"))
        self.stay = _Stay(opened.word("stage", self.old.initial), opened.entry.at)
        self.resting: set[str] = set()
        self.case = _skeleton(past, opened, self.stay.stage)
        self.late = {p.organisation: p for p in past.parties}
        self.found: list[Difference] = []
        self._look_at_stage(opened.day)

    @property
    def stage(self) -> str:
        """What the new version calls the present stage."""
        return self.setting.stages.get(self.stay.stage, self.stay.stage)

    def hear(self, one: Told) -> None:  # noqa: C901 one case per kind of entry
        """Take in one entry."""
        match one.action:
            case "stage_changed":
                self._moved(one)
            case "term_suspended":
                self._suspended(one)
            case "term_resumed":
                self._resumed(one)
            case "term_extended":
                self._extended(one)
            case "confirmed":
                self._confirmed(one)
            case "party_added":
                party = self.late.get(one.word("organisation"))
                if party is not None:
                    self.case = self.case.but(parties=(*self.case.parties, party))
            case "appointed":
                office = "mediator" if one.word("office") == "mediator" else "handler"
                self.case = self.case.but(**{office: one.word("appointee")})
            case "tasks_joined":
                self.stay.joined.add(one.word("name"))
            case "migrated" | "migration_undone":
                self.old = self.setting.procedure_of(one.word("to"))
                self.stay.stage = one.word("to_stage", self.stay.stage)
                self.case = self.case.but(stage=self.stay.stage)
            case _:
                pass

    def ends(self, at: datetime) -> None:
        """Look at the stay that goes on, up to *at*."""
        self._look_at_term(at)

    def _moved(self, one: Told) -> None:
        self._look_at_term(one.entry.at)
        self._look_at_move(one)
        number = self.case.stage_entry
        stage = one.word("to")
        self.case = self.case.but(
            stage=stage,
            came_from=self.stay.stage,
            stage_entry=number + 1,
            left={**self.case.left, self.stay.stage: number},
        )
        joined = self.resting if self._goes_on(one) else set()
        self.resting = self.stay.joined
        self.stay = _Stay(stage, one.entry.at, one.on_or_none("until"), joined=joined)
        self._look_at_stage(one.day)

    def _goes_on(self, one: Told) -> bool:
        """Whether this move brings the case back out of a pause, to work that rested."""
        stage = self.old.stages.get(self.stay.stage)
        move = self.old.moves.get(self.stay.stage, {}).get(one.word("trigger", ""))
        paused = stage is not None and stage.kind is StageKind.PAUSE
        return paused and move is not None and move.target == BACK

    def _look_at_stage(self, day: date) -> None:
        if self.stage not in self.setting.new.stages:
            self._tell(
                day,
                DifferenceKind.STAGE,
                Text(
                    f"De fase '{self.stage}' kent de nieuwe versie niet.",
                    f"The new version does not know stage '{self.stage}'.",
                ),
            )

    def _look_at_move(self, one: Told) -> None:
        new, trigger = self.setting.new, one.word("trigger", "")
        if self.stage not in new.stages or not trigger:
            return
        before = self.old.moves.get(self.stay.stage, {}).get(trigger)
        after = new.moves[self.stage].get(trigger)
        label = same(trigger) if before is None else before.label
        if after is None:
            stage = new.stages[self.stage].label
            self._tell(
                one.day,
                DifferenceKind.MOVE,
                Text(
                    f"'{label.nl}' kan niet vanuit {stage.nl.lower()}.",
                    f"'{label.en}' is not possible from {stage.en.lower()}.",
                ),
            )
            return
        roles = self._roles(one)
        if _refuses_role(after, roles) and not (before and _refuses_role(before, roles)):
            wanted = sorted(after.roles - {Role.CLOCK}) or [Role.CLOCK]
            self._tell(
                one.day,
                DifferenceKind.ROLE,
                Text(
                    f"'{label.nl}' is aan een ander: {', '.join(r.label.nl for r in wanted)}.",
                    f"'{label.en}' is for others: {', '.join(r.label.en for r in wanted)}.",
                ),
            )
        self._look_at_conditions(one, label, before, after)
        if before is not None and self._leads(before) != after.target:
            self._tell(
                one.day,
                DifferenceKind.MOVE,
                Text(
                    f"'{label.nl}' leidt naar een andere fase.",
                    f"'{label.en}' leads to another stage.",
                ),
            )

    def _leads(self, move: Transition) -> str:
        """Return where a move of the old version leads, as the new one calls it."""
        if move.target == BACK:
            return BACK
        return self.setting.stages.get(move.target, move.target)

    def _look_at_conditions(
        self, one: Told, label: Text, before: Transition | None, after: Transition
    ) -> None:
        note = one.word("note", "").strip()
        no_eyes = one.entry.origin in {"clock", "replay"} or bool(one.word("by_clock", ""))
        then = self._lacking(before, note, by_clock=no_eyes)
        fresh = [name for name in self._lacking(after, note, by_clock=no_eyes) if name not in then]
        if not fresh:
            return
        words = [self._condition(name) for name in fresh]
        self._tell(
            one.day,
            DifferenceKind.CONDITION,
            Text(
                f"'{label.nl}' kon toen nog niet: {', '.join(w.nl for w in words)}.",
                f"'{label.en}' was not possible yet: {', '.join(w.en for w in words)}.",
            ),
        )

    def _lacking(
        self, move: Transition | None, note: str, *, by_clock: bool = False
    ) -> tuple[str, ...]:
        """Return what *move* lacked at this moment; nothing is known of a move that was not."""
        if move is None:
            return ()
        by = CLOCK if by_clock else None
        of_case = [
            lack
            for lack in lacks(self.case, replace(move, tasks=()), by)
            if lack.required or not note
        ]
        tasks = [f"{TASK_GUARD}{name}" for name in move.tasks if name not in self.stay.joined]
        found = [*(lack.guard for lack in of_case), *tasks]
        if move.note_required and not note:
            found.append(_REASON)
        return tuple(found)

    def _condition(self, name: str) -> Text:
        if name == _REASON:
            return Text("een reden ontbreekt", "a reason is lacking")
        if name.startswith(TASK_GUARD):
            rules = self.setting.new.stages[self.stage].tasks
            rule = rules.get(name.removeprefix(TASK_GUARD))
            label = same(name) if rule is None else rule.label
            return Text(f"werk niet klaar ({label.nl})", f"work not done ({label.en})")
        label = FOUR_EYES_LABEL if name == FOUR_EYES else GUARD_LABELS.get(name, same(name))
        return Text(
            f"niet vervuld ({label.nl[:1].lower()}{label.nl[1:]})",
            f"not met ({label.en[:1].lower()}{label.en[1:]})",
        )

    def _roles(self, one: Told) -> frozenset[Role] | None:
        """Return in which roles somebody acted; None when that is not known any more."""
        if one.entry.origin == "clock":
            return frozenset({Role.CLOCK})
        held = self.setting.roles.get(one.entry.person)
        if held is None:
            return None
        roles = held - {Role.MEDIATOR} if one.entry.person != self.case.mediator else held
        if self.case.party(one.entry.organisation) is not None:
            roles |= {Role.PARTY}
        return roles

    def _term_of(self, workflow: Workflow, stage: str) -> StageTerm | None:
        found = workflow.stages.get(stage)
        return None if found is None else found.term

    def _look_at_term(self, left_at: datetime) -> None:
        """Hold the term of the stay that ends at *left_at* against that of the new version."""
        stage = self.setting.new.stages.get(self.stage)
        if stage is None:
            return
        before = self._term_of(self.old, self.stay.stage)
        then = self._outcome(before, left_at)
        now = self._outcome(stage.term, left_at)
        label = stage.label
        if now.expired is not then.expired:
            day = now.end if now.expired else then.end
            assert day is not None  # noqa: S101 what expired had an end
            self._tell(day, DifferenceKind.TERM, _expiry(label, day, expired=now.expired))
        if now.tier is not then.tier:
            day = left_at.astimezone(AMSTERDAM).date()
            self._tell(day, DifferenceKind.TIER, _tier(label, then.tier, now.tier))
        if now.trigger != then.trigger:
            day = (now.moment or then.moment or left_at).astimezone(AMSTERDAM).date()
            self._tell(day, DifferenceKind.CLOCK, self._clock_move(now, then))

    def _clock_move(self, now: _Outcome, then: _Outcome) -> Text:
        by_clock = self.setting.new.moves.get(self.stage, {}).get(now.trigger)
        if now.trigger:
            label = same(now.trigger) if by_clock is None else by_clock.label
            return Text(
                f"De klok had '{label.nl}' gedaan.", f"The clock would have made '{label.en}'."
            )
        earlier = self.old.moves.get(self.stay.stage, {}).get(then.trigger)
        label = same(then.trigger) if earlier is None else earlier.label
        return Text(
            f"De klok had '{label.nl}' niet gedaan.", f"The clock would not have made '{label.en}'."
        )

    def _outcome(self, stage_term: StageTerm | None, left_at: datetime) -> _Outcome:
        if stage_term is None or (stage_term.agreed and self.stay.until is None):
            return _Outcome()
        calendar, stay = self.setting.calendar, self.stay
        end, ends_at = self._end(stage_term)
        if ends_at > left_at:
            return _Outcome(end)
        still = [(first, last) for first, last, _ in suspended(stay.acts)]
        start = calendar.local_day(stay.at)
        reached = [
            (due_at, stage_term.on_expiry[number])
            for purpose, number, due_at in moments(stage_term, end, ends_at, start, calendar, still)
            if purpose == "rung" and due_at <= left_at
        ]
        tiers = [rung.tier for _, rung in reached if rung.tier is not None]
        made = next(((at, rung.trigger) for at, rung in reached if rung.trigger), None)
        return _Outcome(
            end,
            expired=True,
            tier=max(tiers, key=lambda tier: tier.rank, default=None),
            trigger="" if made is None or made[1] is None else made[1],
            moment=None if made is None else made[0],
        )

    def _end(self, stage_term: StageTerm) -> tuple[date, datetime]:
        """Return the last day of a term that began with this stay, and the end of it."""
        calendar, stay = self.setting.calendar, self.stay
        start = calendar.local_day(stay.at)
        rule = stage_term.rule
        if stage_term.agreed and stay.until is not None:
            days = Length((stay.until - start).days, Unit.CALENDAR_DAYS)
            rule = replace(rule, length=days, atw=Atw.EXCLUDE)
        in_hours = rule.length.unit is Unit.HOURS
        key = (id(stage_term), start)
        plain = not (stay.acts or stage_term.agreed or in_hours)
        if plain and key in self.memory:
            return self.memory[key]
        begin = stay.at if in_hours else start
        plan = planned(rule, begin, stay.acts, policy_of(stage_term), calendar)
        if plain:
            self.memory[key] = (plan.end, plan.ends_at)
        return plan.end, plan.ends_at

    def _suspended(self, one: Told) -> None:
        made = Suspension(
            one.word("suspension"),
            SuspensionReason(one.word("reason")),
            one.word("waits_for", ""),
            one.word("waits_for_name", ""),
            one.on("begins_on"),
            one.on("until"),
            one.words("consents"),
            "",
            one.entry.at,
        )
        count = sum(isinstance(act, Suspension) for act in self.stay.acts)
        self.stay.acts = (*self.stay.acts, made)
        then, now = (_refuses_suspension(term, made.reason, count) for term in self._both_terms())
        if now and not then:
            self._tell(
                one.day,
                DifferenceKind.ACT,
                Text("De termijn kon niet worden opgeschort.", "The term could not be suspended."),
            )

    def _resumed(self, one: Told) -> None:
        if one.content.get("unbegun") is True:
            return  # it lapsed because the term was over: another version may end later
        key, ended_on = one.word("suspension"), one.on("ended_on")
        self.stay.acts = tuple(
            replace(act, ended_on=min(ended_on, act.until))
            if isinstance(act, Suspension) and act.id == key
            else act
            for act in self.stay.acts
        )

    def _extended(self, one: Told) -> None:
        made = Extension(one.word("extension"), one.day, one.word("length"), "", (), one.entry.at)
        count = sum(isinstance(act, Extension) for act in self.stay.acts)
        self.stay.acts = (*self.stay.acts, made)
        then, now = (_refuses_extension(term, count) for term in self._both_terms())
        if now and not then:
            self._tell(
                one.day,
                DifferenceKind.ACT,
                Text("De termijn kon niet worden verlengd.", "The term could not be extended."),
            )

    def _both_terms(self) -> tuple[StageTerm | None, StageTerm | None]:
        return (
            self._term_of(self.old, self.stay.stage),
            self._term_of(self.setting.new, self.stage),
        )

    def _confirmed(self, one: Told) -> None:
        kind, organisation = ConfirmationKind(one.word("kind")), one.word("organisation", "")
        others = tuple(
            c for c in self.case.confirmations if (c.kind, c.organisation) != (kind, organisation)
        )
        given = Confirmation(
            kind,
            organisation,
            "",
            one.entry.person,
            one.entry.at,
            self.case.stage_entry,
            one.word("about", ""),
        )
        self.case = self.case.but(confirmations=(*others, given))

    def _tell(self, day: date, kind: DifferenceKind, text: Text) -> None:
        self.found.append(Difference(day, kind, text))


_REASON = "reason"


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a term came to before the stay ended: the highest table, and what the clock did."""

    end: date | None = None
    expired: bool = False
    tier: Tier | None = None
    trigger: str = ""
    moment: datetime | None = None


def _skeleton(past: PastCase, opened: Told, stage: str) -> Case:
    """Return the case as it was opened, with as much of it as conditions look at."""
    added = {one.word("organisation") for one in told(past.entries) if one.action == "party_added"}
    day = opened.day
    return Case(
        id=past.id,
        title=past.title,
        summary="",
        policy_area="",
        regions=(),
        visibility=Visibility.PARTIES,
        workflow="",
        workflow_version="",
        stage=stage,
        stage_entry=1,
        stage_since=day,
        came_from="",
        tier=Tier.OFFICIALS,
        status=Status.OPEN,
        opened_on=day,
        last_step_on=day,
        handler="",
        mediator="",
        standing=None,
        score=0.0,
        candidate="",
        candidate_day=None,
        parties=tuple(p for p in past.parties if p.organisation not in added),
    )


def _refuses_role(move: Transition, roles: frozenset[Role] | None) -> bool:
    return roles is not None and not move.roles & roles


def _refuses_suspension(term: StageTerm | None, reason: SuspensionReason, count: int) -> bool:
    rule = None if term is None else term.suspension
    return rule is None or count >= rule.most or reason not in rule.reasons


def _refuses_extension(term: StageTerm | None, count: int) -> bool:
    rule = None if term is None else term.extension
    return rule is None or count >= rule.most


def _expiry(label: Text, day: date, *, expired: bool) -> Text:
    when = day_in_words(day)
    if expired:
        return Text(
            f"De termijn van {label.nl.lower()} was verlopen op {when.nl}.",
            f"The term of {label.en.lower()} would have expired on {when.en}.",
        )
    return Text(
        f"De termijn van {label.nl.lower()} was niet verlopen (nu wel, op {when.nl}).",
        f"The term of {label.en.lower()} would not have expired (it did, on {when.en}).",
    )


def _tier(label: Text, then: Tier | None, now: Tier | None) -> Text:
    stage = Text(f"In {label.nl.lower()}", f"In {label.en.lower()}")
    none = Text("geen hogere tafel", "no higher table")
    before, after = (none if tier is None else tier.label for tier in (then, now))
    return stage + Text(
        f" was de klok gekomen tot: {after.nl} (nu: {before.nl}).",
        f" the clock would have come to: {after.en} (now: {before.en}).",
    )


def in_order(rehearsal: Rehearsal) -> Iterator[Rehearsed]:
    """Yield the cases that would have gone otherwise, the most changed first."""
    changed = [one for one in rehearsal.cases if one.changed]
    yield from sorted(changed, key=lambda one: (-len(one.differences), one.case))
