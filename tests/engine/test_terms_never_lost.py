"""Whatever people, the calendar and a late clock do, an open case keeps one term with its timers.

One engine on one database lives through made-up stories: suspensions that overlap, that begin
later or that ended days ago, extensions in every unit, moves, pauses, closing and reopening, a
calendar that is changed and changed back, and a sweep that comes weeks late. After each step the
database is looked at as it is.
"""

from __future__ import annotations

import shutil
from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from builders import SECRETARY, an_opening, shipped_parts
from impasse.adapters.files.shipped import shipped
from impasse.adapters.files.workflows import parse_workflow
from impasse.adapters.sql.calendars import AdoptedCalendars
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.open_terms import SqlOpenTerms
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.store import SqlStore
from impasse.adapters.sql.tables import CaseRow, TimerRow
from impasse.adapters.sql.views import Views
from impasse.domain.case import Purpose, Status, TermState
from impasse.domain.commands import Extend, MakeMove, Resume, SignalReport, Suspend
from impasse.domain.errors import ImpasseError
from impasse.domain.ledger import Why, ledger
from impasse.domain.length import Length
from impasse.domain.lifeline import lifeline
from impasse.domain.machine import compile_workflow
from impasse.domain.retrace import differences, retrace
from impasse.domain.signals import Reliability
from impasse.domain.term_acts import SuspensionReason, suspended
from impasse.domain.told import told
from impasse.engine.engine import Engine
from impasse.engine.replan import CalendarWatch
from impasse.engine.timers import sweep

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from impasse.domain.case import Case, Term
    from impasse.domain.history import ChainedEntry
    from impasse.domain.machine import CompiledWorkflow
    from impasse.domain.workflow import Workflow

_CASES, _TIMERS = table(CaseRow), table(TimerRow)
_RUNGS = 2
_IN_PLAY = {TermState.RUNNING, TermState.SUSPENDED}
_WITH_A_TERM = {*_IN_PLAY, TermState.EXPIRED}


def _stage(name: str, length: str, basis: str, resume: str, early: int = 5) -> str:
    return f"""
  {name}:
    label: {{nl: Fase, en: Stage}}
    purpose: {{nl: Doel, en: Purpose}}
    owner: secretariat
    term:
      length: {length}
      basis: {basis}
      source: {{nl: artikel 1, en: article 1}}
      suspension: {{resume: {resume}, longest: 8 weeks, most: 5, consent: none}}
      extension: {{longest: 4 weeks, most: 3, consent: none, roles: [secretariat]}}
      reminders:
        - {{before: {early} working days, notify: [secretariat]}}
        - {{before: 1 working days, notify: [secretariat]}}
      on_expiry:
        - {{after: 0 working days, notify: [secretariat]}}
        - {{after: 3 working days, notify: [secretariat]}}
"""


def _move(trigger: str, sources: str, target: str) -> str:
    return f"""
  - trigger: {trigger}
    label: {{nl: {trigger}, en: {trigger}}}
    from: [{sources}]
    to: {target}
    roles: [secretariat, clock]
"""


PROCEDURE = f"""format: 1
name: interbestuurlijke-impasse
version: "1"
label: {{nl: Proef, en: Trial}}
description: {{nl: Voor proeven., en: For trials.}}
initial: counted
stages:
{_stage("counted", "10 working days", "agreement", "keep_remainder")}
{_stage("by_law", "6 weeks", "statute", "restart")}
{_stage("dated", "20 days", "ordinance", "keep_date")}
{_stage("by_law_kept", "3 months", "statute", "keep_remainder")}
{_stage("hours", "72 hours", "agreement", "keep_remainder", 2)}
{_stage("hours_anew", "96 hours", "internal", "restart", 2)}
  rest:
    kind: pause
    label: {{nl: Rust, en: Rest}}
    purpose: {{nl: Rust, en: Rest}}
    owner: secretariat
    term:
      agreed: true
      length: 6 months
      basis: agreement
      suspension: {{resume: keep_remainder, longest: 8 weeks, most: 5, consent: none}}
      extension: {{longest: 4 weeks, most: 3, consent: none, roles: [secretariat]}}
      on_expiry:
        - {{after: 0 working days, trigger: resume, notify: [secretariat]}}
  closed:
    kind: ending
    label: {{nl: Klaar, en: Done}}
    purpose: {{nl: Klaar, en: Done}}
transitions:
{_move("further", "counted", "by_law")}
{_move("further", "by_law", "dated")}
{_move("further", "dated", "by_law_kept")}
{_move("further", "by_law_kept", "hours")}
{_move("further", "hours", "hours_anew")}
{_move("further", "hours_anew", "counted")}
{_move("pause", "counted, by_law, dated, by_law_kept, hours, hours_anew", "rest")}
{_move("resume", "rest", "back")}
{_move("close", "counted, by_law, dated, by_law_kept, hours, hours_anew, rest", "closed")}
{_move("again", "closed", "counted")}
"""

SHIPPED = shipped("config", "calendar.yaml").read_text("utf-8")
CALENDARS = (
    SHIPPED,
    # A new decree, and offices that close; then the equated day after Ascension is taken back.
    SHIPPED.replace("      - 2026-05-15\n", "      - 2026-05-15\n      - 2026-05-04\n").replace(
        "closures: []",
        "closures:\n  - {name: {nl: dicht, en: closed}, source: rooster, days: [2026-03-30, "
        "2026-10-26, 2026-12-28, 2026-12-29]}",
    ),
    SHIPPED.replace("      - 2026-05-15\n", ""),
)
BEGINNINGS = (
    datetime(2026, 3, 26, 22, 30, tzinfo=UTC),  # before the night of 29 March, near Easter
    datetime(2026, 4, 30, 9, tzinfo=UTC),  # Liberation Day, Ascension, the equated Friday
    datetime(2026, 10, 23, 23, 30, tzinfo=UTC),  # before the night of 25 October
    datetime(2026, 12, 18, 9, tzinfo=UTC),  # before Christmas
)


class House:
    """An engine on a database with a procedure that allows everything, and a clock by hand."""

    def __init__(self, url: str) -> None:
        self.procedure = compile_workflow(parse_workflow(PROCEDURE, "proef.yaml"))
        self.at = BEGINNINGS[0]
        self.database = open_database(url)
        self.calendars = AdoptedCalendars(self.database)
        self.adopt(0)
        _, _, indicators = shipped_parts()
        calendar = self.calendars.in_force()
        assert calendar is not None
        self.engine = Engine(SqlStore(self.database), self, calendar, indicators, lambda: self.at)
        terms = SqlOpenTerms(self.database)
        self.watch = CalendarWatch(self.engine, self.calendars, terms, lambda: self.at)
        self.views = Views(self.database)

    def get(self, _name: str, _version: str) -> CompiledWorkflow:
        return self.procedure

    def workflow_of(self, _reference: str) -> Workflow:
        return self.procedure.workflow

    def adopt(self, which: int) -> None:
        self.calendars.adopt(CALENDARS[which], by="sam", at=self.at)

    def begin(self, at: datetime) -> str:
        """Open a case at *at*, with the calendar that ships."""
        self.at = at
        self.adopt(0)
        self.watch.look()
        seen = SignalReport("A1", Reliability.DOCUMENT, "gm0363", self.today, "niet nagekomen")
        opening = an_opening(workflow_version="1", signals=(seen,))
        return self.engine.handle(opening, SECRETARY).subject

    @property
    def today(self) -> date:
        return self.engine.calendar.local_day(self.at)

    def case(self, key: str) -> Case:
        return self.views.case(SECRETARY, key)

    def do(self, key: str, what: str, one: Any, other: Any) -> None:
        """Take one step of a story; a refusal is an answer as well."""
        self.at += timedelta(microseconds=1)
        match what:
            case "wait":
                self.at += timedelta(days=one, hours=other)
                self.sweep()
            case "sleep":
                self.at += timedelta(days=one, hours=other)
            case "adopt":
                self.adopt(one)
                if other:
                    self.watch.look()
            case _:
                with suppress(ImpasseError):
                    self.engine.handle(self.command(key, what, one, other), SECRETARY)

    def command(self, key: str, what: str, one: Any, other: Any) -> Any:
        today = self.today
        match what:
            case "suspend":
                begins_on = today + timedelta(one)
                until = begins_on + timedelta(other)
                reason = SuspensionReason.AWAITING_PARTY
                return Suspend(key, reason, "pv27", until, begins_on, note="brief")
            case "resume":
                return Resume(key, f"O{one}", None if other is None else today + timedelta(other))
            case "extend":
                return Extend(key, Length.parse(one), "meer tijd")
            case "pause":
                return MakeMove(key, "pause", until=today + timedelta(one))
            case _:
                return MakeMove(key, one)

    def sweep(self) -> None:
        """Let the clock do all that is due, as a process does: first the calendar in force."""
        self.watch.look()
        sweep(self.engine)

    def armed(self, key: str) -> list[Any]:
        statement = select(_TIMERS).where(_TIMERS.c.case_id == key, _TIMERS.c.state == "armed")
        with self.database.connect() as connection:
            return list(connection.execute(statement))

    def deadline(self, key: str) -> datetime | None:
        with self.database.connect() as connection:
            found: datetime | None = connection.execute(
                select(_CASES.c.deadline).where(_CASES.c.id == key)
            ).scalar()
        return found

    def check(self, key: str, *, swept: bool) -> None:
        """Hold everything that is kept of the case against what must be so."""
        case = self.case(key)
        entries = self.views.history(key)
        terms = self.views.terms(key)
        armed = [t for t in self.armed(key) if t.purpose != Purpose.REASSESSMENT]
        open_terms = [term for term in terms if term.state in _WITH_A_TERM]
        if case.status is Status.CLOSED:
            assert (open_terms, armed, case.term) == ([], [], None)
        else:
            assert open_terms == [case.term]
            _timers_fit(open_terms[0], armed, self.at, swept=swept)
            _stands_as_its_acts_say(open_terms[0], self.today, swept=swept)
        assert self.deadline(key) == (case.term.ends_at if case.term else None)
        for term in terms:
            spans = suspended(term.acts)
            assert not [1 for span in spans if self.within(term.ends_at, *span[:2])], term
        _nothing_twice(entries)
        stays = retrace(entries, self.workflow_of, self.calendars.get)
        assert differences(stays, terms) == ()
        self._ledger_is_whole(entries, terms)

    def within(self, moment: datetime, first: date, last: date) -> bool:
        """Whether the clock stands still at *moment*: after the day *first*, through *last*."""
        calendar = self.engine.calendar
        return calendar.end_of_day(first) < moment <= calendar.end_of_day(last)

    def _ledger_is_whole(self, entries: list[ChainedEntry], terms: list[Term]) -> None:
        """Every day is on one account, and none on that of a suspension which never began."""
        calendar = self.engine.calendar
        life = lifeline(entries, self.workflow_of, self.today)
        book = ledger(life, calendar)
        assert book.days == (life.until - life.opened_on).days
        agreed = calendar.agreed
        assert book.working_days == agreed.working_days_between(life.opened_on, life.until)
        ends = {term.stage_entry: term.end for term in terms}
        for one in book.bookings:
            if one.why is Why.SUSPENDED:
                assert one.through <= ends[one.stage_entry], one


def _timers_fit(term: Term, armed: list[Any], now: datetime, *, swept: bool) -> None:
    """A term that goes on has every timer it promises, of the plan that holds, and no other."""
    assert {(t.stage_entry, t.generation) for t in armed} <= {(term.stage_entry, term.plan)}
    rungs = {t.rung for t in armed if t.purpose == Purpose.RUNG}
    if term.state in _IN_PLAY:
        assert 0 in rungs
        assert rungs == set(range(_RUNGS if term.stage != "rest" else 1))
        ends = {t.rung for t in armed if t.purpose == Purpose.SUSPENSION_END}
        assert ends >= {int(s.id[1:]) for s in term.suspensions if s.ended_on is None}
        first = min(t.due_at for t in armed if t.purpose == Purpose.RUNG)
        assert first == term.ends_at
        if swept:
            assert term.ends_at > now
    else:
        assert 0 not in rungs
    if swept:
        assert all(t.wake_at > now for t in armed)
    assert not [t for t in armed if t.failure]


def _stands_as_its_acts_say(term: Term, today: date, *, swept: bool) -> None:
    if term.state is TermState.EXPIRED:
        return
    going = [s for s in term.suspensions if s.ended_on is None]
    if term.state is TermState.SUSPENDED:
        assert [s for s in going if s.begins_on <= today]
    elif swept:
        assert not [s for s in going if s.begins_on < today]


def _nothing_twice(entries: list[ChainedEntry]) -> None:
    stay, seen = 1, Counter[tuple[Any, ...]]()
    for one in told(entries):
        match one.action:
            case "stage_changed":
                stay += 1
            case "term_expired":
                seen[stay, "expired"] += 1
            case "rung_reached":
                seen[stay, "rung", one.content["rung"]] += 1
            case "suspension_begun" | "suspension_reminded" | "term_resumed":
                seen[stay, one.action, one.content["suspension"]] += 1
            case "term_reminded":
                seen[stay, "reminded", one.content["end"], one.content.get("due_at")] += 1
    assert not [what for what, times in seen.items() if times > 1]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path) -> Iterator[House]:
    """One house for all stories: each opens a case of its own, and closes it."""
    file = tmp_path_factory.mktemp("never-lost") / "impasse.db"
    shutil.copyfile(_sqlite_template, file)
    one = House(f"sqlite:///{file}")
    yield one
    one.engine.close()


_SUSPEND = st.tuples(st.just("suspend"), st.integers(-4, 25), st.integers(1, 40))
_RESUME = st.tuples(st.just("resume"), st.integers(1, 3), st.sampled_from([None, -6, -1, 0]))
_EXTEND = st.tuples(
    st.just("extend"),
    st.sampled_from(["3 working days", "2 weeks", "9 days", "1 month", "24 hours"]),
    st.none(),
)
steps = st.lists(
    st.one_of(
        _SUSPEND,
        _SUSPEND,
        _RESUME,
        _EXTEND,
        st.tuples(st.just("wait"), st.integers(0, 12), st.integers(0, 23)),
        st.tuples(st.just("sleep"), st.integers(0, 60), st.integers(0, 23)),
        st.tuples(st.just("adopt"), st.integers(0, 2), st.booleans()),
        st.tuples(st.just("move"), st.sampled_from(["further", "resume", "close", "again"]),
                  st.none()),
        st.tuples(st.just("pause"), st.integers(1, 60), st.none()),
    ),
    max_size=14,
)  # fmt: skip


@settings(max_examples=60)
@given(story=steps, begin=st.sampled_from(BEGINNINGS), stages=st.integers(0, 5))
def test_an_open_case_keeps_one_term_with_its_timers_whatever_happens(
    story: list[tuple[str, Any, Any]], begin: datetime, stages: int, house: House
) -> None:
    key = house.begin(begin)
    try:
        for _ in range(stages):
            house.do(key, "move", "further", None)
        for what, one, other in story:
            house.do(key, what, one, other)
            house.check(key, swept=what == "wait")
        house.sweep()
        house.check(key, swept=True)
    finally:
        house.do(key, "move", "close", None)
    house.check(key, swept=True)
