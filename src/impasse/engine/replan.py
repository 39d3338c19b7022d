"""Open terms after a change of calendar: reckoned again, and planned anew where the end moved.

Whatever happens halfway loses nothing: a term that was not looked at yet still says with which
calendar it was checked last, and is found again.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import structlog

from impasse.domain.calendar_change import differing_days
from impasse.domain.commands import ReplanTerm
from impasse.domain.errors import ImpasseError, NotFound
from impasse.domain.length import Length, Unit
from impasse.domain.people import CLOCK
from impasse.domain.running_term import rings
from impasse.domain.term_acts import planned
from impasse.domain.term_conditions import policy_of
from impasse.domain.terms import Atw, Basis, TermRule
from impasse.domain.text import Text
from impasse.engine.ports import Contention

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future
    from datetime import date, datetime

    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Term
    from impasse.domain.term_acts import Plan
    from impasse.engine.engine import Engine
    from impasse.engine.ports import Clock, Receipt
    from impasse.engine.procedures import Procedures

log = structlog.get_logger("impasse.replan")

BATCH = 10_000
"""So many terms are read, reckoned and marked at a time."""

SETTLING = timedelta(minutes=10)
"""So long after a change terms are looked for that another process planned with the calendar of
before: it may not have seen the change until its next sweep."""

_SHORT = timedelta(days=14)
"""In a shorter term every day may count: it must hold two working days (Atw art. 2)."""

_MOST_TOLD = 5
"""So many days are named as the reason; of more, only how many."""


@dataclass(frozen=True, slots=True)
class OpenTerm:
    """A term that runs or is suspended, and the version of the procedure that its case follows.

    `term` is None when what is kept of it cannot be read.
    """

    case: str
    stage_entry: int
    workflow: str
    workflow_version: str
    term: Term | None

    @property
    def place(self) -> tuple[str, int]:
        """Where it stands in the order in which terms are read."""
        return self.case, self.stage_entry


@dataclass(frozen=True, slots=True)
class Moved:
    """A term whose end moves with the calendar: from when to when, and which days do that."""

    case: str
    stage: str
    before: date
    after: date
    because: tuple[Text, ...]


@dataclass(slots=True)
class Replanned:
    """What came of reckoning the open terms again with the calendar `version`.

    `rearmed` counts the terms whose end stays, while reminders or rungs around it move.
    """

    version: str
    looked_at: int = 0
    rearmed: int = 0
    moved: list[Moved] = field(default_factory=list)
    failed: list[tuple[str, Text]] = field(default_factory=list)


class OpenTerms(Protocol):
    """Where the terms are kept that run or are suspended."""

    def unchecked(self, version: str, after: tuple[str, int], limit: int) -> Sequence[OpenTerm]:
        """Return at most *limit* that were not checked with *version*, in order, after a place."""

    def mark(self, terms: Sequence[OpenTerm], version: str) -> None:
        """Say that *version* leaves *terms* where they are; not of those that changed since."""


class Calendars(Protocol):
    """The calendars that were adopted."""

    def version_in_force(self) -> str | None:
        """Return the version in force; None when none was adopted."""

    def get(self, version: str) -> Calendar:
        """Return this version, or raise `NotFound`."""


class CalendarWatch:
    """Keeps the calendar of a running engine the one in force, and its open terms with it."""

    def __init__(
        self, engine: Engine, calendars: Calendars, terms: OpenTerms, clock: Clock
    ) -> None:
        self._engine = engine
        self._calendars = calendars
        self._terms = terms
        self._clock = clock
        self._looking = threading.Lock()
        self._settled_at: datetime | None = None
        self._settling_for = ""

    def look(self) -> Replanned | None:
        """Take into use what is in force, and reckon the open terms again when that is new.

        Also at the first look of a process: what another left halfway is finished then. Quick
        when nothing changed: one query. Returns None when nothing was looked at.
        """
        with self._looking:
            version = self._calendars.version_in_force()
            if version is None:
                return None
            if version != self._engine.calendar.version:
                self._engine.calendar = self._calendars.get(version)
                log.info("calendar_in_use", object=version, result="taken")
            now = self._clock()
            if version != self._settling_for:
                self._settling_for, self._settled_at = version, now + SETTLING
            elif self._settled_at is None:
                return None
            elif now >= self._settled_at:
                # Once more, and then no more until the next change.
                self._settled_at = None
            return replan_open_terms(self._engine, self._calendars, self._terms)


def replan_open_terms(
    engine: Engine, calendars: Calendars, terms: OpenTerms, *, batch: int = BATCH
) -> Replanned:
    """Reckon every open term again that was not checked with the engine's calendar.

    Terms whose end stays are marked in bulk; for each that moves, the clock sends a command, so
    that its timers, its history and the people hear of it. What fails is left as it is, told, and
    tried at the next look.
    """
    calendar = engine.calendar
    done = Replanned(calendar.version)
    for found in _batches(terms, calendar.version, batch):
        asked: list[tuple[OpenTerm, Moved, Future[Receipt]]] = []
        stays: list[OpenTerm] = []
        today = calendar.local_day(engine.clock())
        reckoned = _reckoned(
            found, engine.procedures, calendar, calendars, done.failed, today=today
        )
        for one, moved in reckoned:
            if moved is None:
                stays.append(one)
            else:
                command = ReplanTerm(one.case, moved.because, timers=moved.before == moved.after)
                asked.append((one, moved, engine.submit(command, CLOCK)))
        for one, moved, answer in asked:
            if not _planned_anew(one, moved, answer, done):
                # Somebody moved, suspended or ended it meanwhile: it is looked at as it is now.
                stays.append(one)
        try:
            terms.mark(stays, calendar.version)
        except Contention:
            # Another process marks them too; whatever it leaves is found at the next look.
            log.info("terms_not_marked", object=done.version, result="later", count=len(stays))
        done.looked_at += len(found)
    if done.looked_at:
        log.info(
            "terms_replanned",
            object=done.version,
            result="done" if not done.failed else "unfinished",
            count=done.looked_at,
            moved=len(done.moved),
            failed=len(done.failed),
        )
    return done


def _planned_anew(one: OpenTerm, moved: Moved, answer: Future[Receipt], done: Replanned) -> bool:
    """Count what came of one command; False when the term was no longer as it was read."""
    try:
        receipt = answer.result()
    except Exception as error:  # noqa: BLE001 one broken case must not hold up the others
        done.failed.append((one.case, _told(error)))
        return True
    if receipt.changed and moved.before != moved.after:
        done.moved.append(moved)
    elif receipt.changed:
        done.rearmed += 1
    return receipt.changed


def would_move(
    candidate: Calendar,
    procedures: Procedures,
    calendars: Calendars,
    terms: OpenTerms,
    *,
    batch: int = BATCH,
) -> Replanned:
    """Return what adopting *candidate* would do to the open terms; nothing changes.

    A reason names what *candidate* says otherwise than the calendar in force: what was adopted
    before moved the terms already.
    """
    done = Replanned(candidate.version)
    version = calendars.version_in_force()
    now = None if version is None else calendars.get(version)
    for found in _batches(terms, candidate.version, batch):
        reckoned = _reckoned(found, procedures, candidate, calendars, done.failed, since=now)
        done.moved += [moved for _, moved in reckoned if moved is not None]
        done.looked_at += len(found)
    return done


def _batches(terms: OpenTerms, version: str, limit: int) -> Iterator[Sequence[OpenTerm]]:
    """Yield the terms that were not checked with *version*, each once."""
    after = ("", -1)
    while found := terms.unchecked(version, after, limit):
        after = found[-1].place
        yield found
        if len(found) < limit:
            return


def _reckoned(
    found: Sequence[OpenTerm],
    procedures: Procedures,
    calendar: Calendar,
    calendars: Calendars,
    failed: list[tuple[str, Text]],
    *,
    today: date | None = None,
    since: Calendar | None = None,
) -> Iterator[tuple[OpenTerm, Moved | None]]:
    """Yield each term with how it moves, None when it stays; what cannot be reckoned is told.

    With *today* a term also moves when its end stays, but what rings around it does not.
    Reasons count from the calendar *since*, else from that of the last plan of the term.
    """
    for one in found:
        term = one.term
        if term is None:
            failed.append((one.case, _UNREADABLE))
            continue
        try:
            plan = _plan(one, term, procedures, calendar)
        except (ImpasseError, ValueError) as error:
            failed.append((one.case, _told(error)))
            continue
        if (plan.end, plan.ends_at) == (term.end, term.ends_at):
            yield (
                one,
                None
                if today is None
                else _rings_otherwise(one, procedures, calendar, calendars, today),
            )
        else:
            because = () if since is None else _days_between(since, calendar, term, plan)
            because = because or _because(term, plan, calendar, calendars)
            yield one, Moved(one.case, term.stage, term.end, plan.end, because)


def _rings_otherwise(
    one: OpenTerm, procedures: Procedures, calendar: Calendar, calendars: Calendars, today: date
) -> Moved | None:
    """Return a term whose end stays but whose timers move with the calendar, None for others."""
    term = one.term
    if term is None:
        return None
    workflow = procedures.get(one.workflow, one.workflow_version).workflow
    stage_term = workflow.stage(term.stage).term
    if stage_term is None or term.calendar_version == calendar.version:
        return None
    try:
        before = calendars.get(term.calendar_version)
    except NotFound:
        return None
    if before.agreed == calendar.agreed and before.recesses == calendar.recesses:
        return None
    if rings(term, stage_term, today, before) == rings(term, stage_term, today, calendar):
        return None
    return Moved(one.case, term.stage, term.end, term.end, ())


_UNREADABLE = Text(
    "Wat van de termijn is bewaard, is niet te lezen. Zet een reservekopie terug.",
    "What was kept of the term cannot be read. Restore a backup.",
)


def _told(error: Exception) -> Text:
    """Say what went wrong; what is not of ours stands in the log of whoever raised it."""
    return error.text if isinstance(error, ImpasseError) else _UNREADABLE


def _plan(one: OpenTerm, term: Term, procedures: Procedures, calendar: Calendar) -> Plan:
    workflow = procedures.get(one.workflow, one.workflow_version).workflow
    policy = policy_of(workflow.stage(term.stage).term)
    rule = _rule(term.length, term.basis, term.atw)
    begun = term.beginning if rule.length.unit is Unit.HOURS else term.start
    return planned(rule, begun, term.acts, policy, calendar)


@lru_cache(maxsize=256)
def _rule(length: str, basis: str, atw: str) -> TermRule:
    """Return `Term.rule`; among very many terms there are few different ones."""
    return TermRule(Length.parse(length), Basis(basis), atw=Atw(atw))


def _because(term: Term, plan: Plan, calendar: Calendar, calendars: Calendars) -> tuple[Text, ...]:
    """Tell which days changed since the last plan of *term*."""
    try:
        before = calendars.get(term.calendar_version)
    except NotFound:
        return (_calendar_lost(term.calendar_version),)
    return _days_between(before, calendar, term, plan)


def _days_between(before: Calendar, calendar: Calendar, term: Term, plan: Plan) -> tuple[Text, ...]:
    """Tell which days are otherwise in *calendar* among those that the end depends on."""
    rule = term.rule
    last = max(term.end, plan.end)
    counted = rule.length.unit is Unit.WORKING_DAYS or bool(term.acts)
    every_day = counted or last - term.start < _SHORT
    first = term.start if every_day else min(term.raw_end, plan.reckoning.raw_end)
    days = differing_days(before.kept_by(rule.basis), calendar.kept_by(rule.basis), first, last)
    told = [change.text for change in days if (change.before is None) != (change.after is None)]
    if len(told) > _MOST_TOLD:
        rest = len(told) - _MOST_TOLD
        more = Text(f"En nog {rest} andere dagen.", f"And {rest} other days.")
        return (*told[:_MOST_TOLD], more)
    return tuple(told)


def _calendar_lost(version: str) -> Text:
    return Text(
        f"De kalender waarmee eerst is gerekend ({version}) is niet bewaard.",
        f"The calendar that was reckoned with before ({version}) was not kept.",
    )
