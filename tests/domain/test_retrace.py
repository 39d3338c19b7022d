"""A term reckoned again from its history is the term that was stored, to the byte."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import SECRETARY, an_opening, shipped_parts
from histories import MONDAY, History
from impasse.adapters.files.workflows import parse_workflow
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.store import SqlStore
from impasse.adapters.sql.views import Views
from impasse.domain.calendar import Calendar, ClosureDay, EquatedDay
from impasse.domain.case import ConfirmationKind, TermState
from impasse.domain.commands import (
    Confirm,
    Extend,
    MakeMove,
    Migrate,
    ReplanTerm,
    Resume,
    Suspend,
    UndoMigration,
)
from impasse.domain.errors import Conflict, ImpasseError, NotFound
from impasse.domain.ledger import ledger
from impasse.domain.length import Length
from impasse.domain.lifeline import lifeline
from impasse.domain.machine import CompiledWorkflow, compile_workflow
from impasse.domain.people import CLOCK, Actor
from impasse.domain.retrace import canonical_term, differences, retrace
from impasse.domain.term_acts import Resume as Keep
from impasse.domain.term_acts import SuspensionReason, TermPolicy
from impasse.domain.term_story import explain_term, replans_of
from impasse.domain.text import Text, same
from impasse.engine.engine import Engine
from impasse.engine.lives import policies_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from impasse.domain.history import ChainedEntry
    from impasse.domain.workflow import Workflow


def a_stage(number: int, length: str, resume: str, atw: str = "") -> str:
    return f"""
  s{number}:
    number: {number}
    label: {{nl: Fase {number}, en: Stage {number}}}
    purpose: {{nl: Doel, en: Purpose}}
    owner: secretariat
    term:
      length: {length}
      basis: agreement
      {atw}
      suspension: {{resume: {resume}, longest: 8 weeks, most: 4, reasons: [awaiting_party,
        force_majeure], consent: none, roles: [secretariat]}}
      extension: {{longest: 4 weeks, most: 2, consent: none, roles: [secretariat]}}
      reminders: [{{before: 2 working days, notify: [secretariat]}}]
      on_expiry: [{{after: 0 working days, notify: [secretariat]}}]
"""


PROCEDURE = f"""format: 1
name: interbestuurlijke-impasse
version: "1"
label: {{nl: Proef, en: Trial}}
description: {{nl: Voor proeven., en: For trials.}}
initial: s1
stages:
{a_stage(1, "10 working days", "keep_remainder")}
{a_stage(2, "8 weeks", "keep_remainder", "atw: apply")}
{a_stage(3, "1 month", "restart", "atw: apply")}
{a_stage(4, "72 hours", "keep_remainder")}
{a_stage(5, "30 days", "keep_date")}
  closed:
    kind: ending
    label: {{nl: Klaar, en: Done}}
    purpose: {{nl: Klaar, en: Done}}
transitions:
  - trigger: further
    label: {{nl: Verder, en: On}}
    from: [s1]
    to: s2
    roles: [secretariat]
  - {{trigger: further, label: {{nl: Verder, en: On}}, from: [s2], to: s3, roles: [secretariat]}}
  - {{trigger: further, label: {{nl: Verder, en: On}}, from: [s3], to: s4, roles: [secretariat]}}
  - {{trigger: further, label: {{nl: Verder, en: On}}, from: [s4], to: s5, roles: [secretariat]}}
  - {{trigger: further, label: {{nl: Verder, en: On}}, from: [s5], to: s1, roles: [secretariat]}}
  - {{trigger: close, label: {{nl: Sluit, en: Close}}, from: [any], to: closed,
     roles: [secretariat]}}
  - {{trigger: again, label: {{nl: Heropen, en: Reopen}}, from: [closed], to: s1,
     roles: [secretariat]}}
"""
SECOND = (
    PROCEDURE.replace('version: "1"', 'version: "2"')
    .replace(a_stage(1, "10 working days", "keep_remainder"), a_stage(1, "3 weeks", "restart"))
    .replace("s4", "quick")
)
"""Another length and another way of resuming in s1, and another name for s4."""


class House:
    """An engine on SQLite with a procedure that allows everything, and a clock that a test sets."""

    def __init__(self, url: str) -> None:
        first = parse_workflow(PROCEDURE, "proef.yaml")
        second = parse_workflow(SECOND, "proef.yaml")
        # A stage without a term is not adopted any more; a migration knows it all the same.
        free = replace(second.stages["s2"], term=None)
        second = replace(second, stages={**second.stages, "s2": free})
        self.procedures = {one.version: compile_workflow(one) for one in (first, second)}
        _, calendar, indicators = shipped_parts()
        off = EquatedDay(date(2026, 10, 1), Text("besluit", "decree"), "bron")
        closed = ClosureDay(date(2026, 9, 18), Text("brugdag", "bridging day"), "bron")
        equated = (*calendar.equated, off)
        later = replace(calendar, edition="later", equated=equated, closures=(closed,))
        self.calendars = {one.version: one for one in (calendar, later)}
        self.calendar, self.later = calendar, later
        self.at = datetime(2026, 9, 7, 9, tzinfo=UTC)
        self.database = open_database(url)
        self.engine = Engine(SqlStore(self.database), self, calendar, indicators, lambda: self.at)
        self.views = Views(self.database)

    def get(self, _name: str, version: str) -> CompiledWorkflow:
        return self.procedures[version]

    def workflow_of(self, reference: str) -> Workflow:
        return self.procedures[reference.partition("@")[2]].workflow

    def send(self, command: Any, actor: Actor = SECRETARY) -> str:
        """Do *command*, a moment later than the one before."""
        self.at += timedelta(milliseconds=1)
        return self.engine.handle(command, actor).subject

    def agree(self, case: str, version: str) -> None:
        """Let all parties agree to another version of the procedure."""
        about = f"interbestuurlijke-impasse@{version}"
        for party in ("pv27", "gm0363"):
            kind = ConfirmationKind.MIGRATION
            with suppress(ImpasseError):
                self.send(Confirm(case, kind, party, note="brief", about=about))

    def calendar_of(self, version: str) -> Calendar:
        if version not in self.calendars:
            raise NotFound(same(version))
        return self.calendars[version]

    def told(self, case: str) -> list[ChainedEntry]:
        return self.views.history(case)

    def check(self, case: str) -> None:
        """Reckon every term of the case again, and hold it against what is stored."""
        stays = retrace(self.told(case), self.workflow_of, self.calendar_of)
        stored = self.views.terms(case)
        again = [canonical_term(stay.term) for stay in stays if stay.term is not None]
        assert again == [canonical_term(term) for term in stored]
        assert differences(stays, stored) == ()
        assert all(stay.why_not is None for stay in stays)
        policies = policies_of(self, self.told(case))
        for term in stored:
            policy = policies.get(term.stage_entry, Keep.KEEP_REMAINDER)
            replans = replans_of(self.told(case), term.stage_entry)
            steps = explain_term(term, self.calendars[term.calendar_version], policy, replans)
            assert steps[-1].day == term.end
            assert [one.code for one in steps].count("replanned") == len(replans)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path) -> Iterator[House]:
    """One house for all stories: each opens a case of its own, and closes it."""
    import shutil

    file = tmp_path_factory.mktemp("retrace") / "impasse.db"
    shutil.copyfile(_sqlite_template, file)
    one = House(f"sqlite:///{file}")
    yield one
    one.engine.close()


def a_suspension(case: str, begins_on: date, until: date, **more: Any) -> Suspend:
    return Suspend(
        case, SuspensionReason.AWAITING_PARTY, "pv27", until, begins_on, note="brief", **more
    )


acts = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(1, 30), st.integers(0, 23)),
        st.tuples(st.just("suspend"), st.integers(-3, 8), st.integers(1, 40)),
        st.tuples(st.just("resume"), st.integers(1, 4), st.integers(-9, 3)),
        st.tuples(
            st.just("extend"),
            st.sampled_from(["3 working days", "2 weeks", "9 days", "24 hours"]),
            st.just(0),
        ),
        st.tuples(st.just("move"), st.just("further"), st.just(0)),
        st.tuples(st.just("replan"), st.booleans(), st.just(0)),
        st.tuples(
            st.just("migrate"), st.sampled_from([None, *TermPolicy]), st.sampled_from([1, 2])
        ),
        st.tuples(st.just("undo"), st.just(0), st.just(0)),
        st.tuples(st.just("move"), st.sampled_from(["close", "again"]), st.just(0)),
    ),
    max_size=12,
)


@given(story=acts, hour=st.integers(0, 23))
def test_whatever_is_done_to_a_term_its_history_gives_it_back_to_the_byte(  # noqa: C901
    story: list[tuple[str, Any, int]], hour: int, house: House
) -> None:
    house.at = datetime(2026, 9, 7, hour, 17, 5, 123456, UTC)
    house.engine.calendar = house.calendar
    case = house.engine.handle(an_opening(workflow_version="1"), SECRETARY).subject
    for place, (what, one, other) in enumerate(story):
        today = house.calendar.local_day(house.at)
        command: Any = None
        match what:
            case "wait":
                house.at += timedelta(days=one, hours=other)
                house.engine.fire_due()
            case "suspend":
                begins_on = today + timedelta(one)
                command = a_suspension(case, begins_on, begins_on + timedelta(other))
            case "resume":
                command = Resume(case, f"O{one}", today + timedelta(other))
            case "extend":
                command = Extend(case, Length.parse(one), "meer tijd")
            case "replan":
                house.engine.calendar = house.later if one else house.calendar
                command = ReplanTerm(case, (same("besluit"),))
            case "migrate":
                house.agree(case, str(other))
                names = (("s4", "quick"),) if other == 2 else (("quick", "s4"),)
                name = "interbestuurlijke-impasse"
                command = Migrate(case, f"M{place}", name, str(other), names, one)
            case "undo":
                command = UndoMigration(case, f"M{place - 1}")
            case _:
                command = MakeMove(case, one)
        if command is not None:
            try:
                house.send(command, CLOCK if what == "replan" else SECRETARY)
            except ImpasseError:
                continue
        house.check(case)
    life = lifeline(house.told(case), house.workflow_of, house.calendar.local_day(house.at))
    book = ledger(life, house.calendar)
    assert book.days == (life.until - life.opened_on).days
    assert book.working_days == house.calendar.working_days_between(life.opened_on, life.until)
    assert not life.now.kind or house.views.case(SECRETARY, case).stage == life.now.stage
    house.engine.calendar = house.calendar
    if house.views.case(SECRETARY, case).stage != "closed":
        house.engine.handle(MakeMove(case, "close"), SECRETARY)
    house.check(case)


@pytest.fixture
def suspended(house: House) -> str:
    """A case whose term was suspended over two weeks and extended."""
    house.at = datetime(2026, 9, 7, 9, tzinfo=UTC)
    case = house.engine.handle(an_opening(workflow_version="1"), SECRETARY).subject
    house.at += timedelta(days=2)
    today = house.calendar.local_day(house.at)
    house.engine.handle(a_suspension(case, today, today + timedelta(14)), SECRETARY)
    house.engine.handle(Extend(case, Length.parse("5 working days"), "meer tijd"), SECRETARY)
    return case


def test_a_stored_end_that_is_not_that_of_history_is_found_with_both_dates(
    house: House, suspended: str
) -> None:
    stays = retrace(house.told(suspended), house.workflow_of, house.calendar_of)
    [stored] = house.views.terms(suspended)
    wrong = replace(stored, end=stored.end + timedelta(1))
    [found] = differences(stays, [wrong])
    assert found.stored is not None
    assert found.retraced is not None
    assert (found.stored.end, found.retraced.end) == (wrong.end, stored.end)
    assert found.text.en == "stored otherwise: end"
    assert differences(stays, [])[0].text.en == "the term is not stored"
    other = replace(stored, stage_entry=9)
    assert {one.stage_entry for one in differences(stays, [stored, other])} == {9}


def changed(entry: ChainedEntry, old: str, new: str) -> ChainedEntry:
    assert old in entry.content
    return replace(entry, content=entry.content.replace(old, new))


def test_an_entry_that_recorded_another_end_is_named(house: House, suspended: str) -> None:
    entries = house.told(suspended)
    place = next(i for i, one in enumerate(entries) if one.action == "term_suspended")
    end = (
        f'"end":"{retrace(entries[: place + 1], house.workflow_of, house.calendar_of)[0].term.end}"'
    )
    entries[place] = changed(entries[place], end, '"end":"2027-01-01"')
    stays = retrace(entries, house.workflow_of, house.calendar_of)
    [found] = differences(stays, house.views.terms(suspended))
    assert found.seq == entries[place].seq
    assert "onderweg" in found.text.nl


def test_a_history_from_before_calendar_versions_is_named_not_blamed(
    house: House, suspended: str
) -> None:
    entries = house.told(suspended)
    entries[0] = changed(entries[0], f'"calendar":"{house.calendar.version}",', "")
    [stay] = retrace(entries, house.workflow_of, house.calendar_of)
    assert stay.term is None
    assert "calendar versions" in (stay.why_not or same("")).en
    assert differences([stay], house.views.terms(suspended)) == ()


def test_a_calendar_or_procedure_that_is_not_here_is_named(house: House, suspended: str) -> None:
    def nothing(what: str) -> Any:
        raise NotFound(same(f"no {what}"))

    entries = house.told(suspended)
    [stay] = retrace(entries, house.workflow_of, nothing)
    assert (stay.why_not or same("")).en == f"no {house.calendar.version}"
    [stay] = retrace(entries, nothing, house.calendar_of)
    assert (stay.why_not or same("")).en == "no interbestuurlijke-impasse@1"


def test_damaged_acts_are_named(house: House, suspended: str) -> None:
    entries = house.told(suspended)
    place = next(i for i, one in enumerate(entries) if one.action == "term_suspended")
    entries[place] = changed(entries[place], "awaiting_party", "bad_weather")
    with pytest.raises(Conflict, match=f"entry {entries[place].seq} .term_suspended.*'reason'"):
        retrace(entries, house.workflow_of, house.calendar_of)


def test_a_pause_without_the_day_that_was_agreed_contradicts_itself(
    calendar: Calendar, procedure: CompiledWorkflow
) -> None:
    history = History().opened(calendar=calendar.version).after(1)
    history.moved("standstill", calendar=calendar.version)
    stays = retrace(history.entries, lambda _: procedure.workflow, lambda _: calendar)
    assert stays[0].term is not None
    assert stays[0].term.state is TermState.MET
    assert stays[1].wrong
    kept = differences(stays, [stays[0].term])
    assert [one.stage for one in kept] == ["standstill"]
    assert stays[0].term.start == MONDAY
