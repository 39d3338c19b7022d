"""One case over Christmas: suspended, extended, moved to another version and back, and on its way.

The real house on SQLite and on PostgreSQL, with a clock that is set by hand and stops at every
promise on its way. At each step the story looks at all that must agree: the last day and why, on
whose account each day stands, the four clocks, what is armed, who was told, the chain of history,
and every term reckoned again from it, as `impasse audit terms` does.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from builders import HandClock, a_report, messages, timers
from impasse.adapters.sql.audit import verify
from impasse.adapters.sql.retracing import retrace_terms
from impasse.adapters.sql.timers import next_wake
from impasse.cli import main
from impasse.domain.case import ConfirmationKind, Party, TermState
from impasse.domain.clocks import clocks
from impasse.domain.commands import (
    CompleteTask,
    Confirm,
    Extend,
    MakeMove,
    OpenCase,
    Suspend,
    UndoMigration,
)
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.errors import ConditionsNotMet, Conflict
from impasse.domain.ledger import ledger, ledger_sentence
from impasse.domain.length import Length
from impasse.domain.people import CLOCK, Actor, Layer, Role
from impasse.domain.term_acts import SuspensionReason
from impasse.domain.term_conditions import policy_of
from impasse.domain.term_story import explain_term
from impasse.engine.lives import by_reference, by_version, life_of
from impasse.engine.migrating import ItemState, MigrationState
from impasse.engine.timers import sweep
from impasse.settings import Settings
from impasse.wiring import PROCEDURE, build, build_migrator, prepare
from versions import RENAMED, text_to_come

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.domain.case import Case
    from impasse.wiring import House

SECRETARIAT = Actor("nora", "mnre1034", frozenset({Role.SECRETARIAT}), "web")
AMSTERDAM_LIAISON = Actor("lotte", "gm0363", frozenset({Role.LIAISON_OFFICER}), "web")
PARTIES = (
    Party("gm0363", "gemeente Amsterdam", Layer.MUNICIPALITY),
    Party("pv27", "provincie Noord-Holland", Layer.PROVINCE),
    Party("ws0155", "waterschap Amstel, Gooi en Vecht", Layer.WATER_AUTHORITY),
)
ALL = tuple(party.organisation for party in PARTIES)


@dataclass
class Story:
    """The house, its clock, the case, and how many messages the story has looked at."""

    house: House
    clock: HandClock
    case: str = ""
    heard: int = 0

    def until(self, day: date) -> None:
        """Let time pass until ten in the morning of *day*; what is promised rings at its time."""
        goal = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        while (wake := next_wake(self.house.database)) is not None and wake <= goal:
            self.clock.at = max(self.clock.at, wake)
            sweep(self.house.engine)
        self.clock.at = goal

    def now(self) -> Case:
        """The case as it stands."""
        return self.house.views.case(CLOCK, self.case)

    def ends(self) -> tuple[date, str]:
        """The last day, and the last reason but one: what it was moved by."""
        case, house = self.now(), self.house
        assert case.term is not None
        workflow = house.procedures.get(case.workflow, case.workflow_version).workflow
        policy = policy_of(workflow.stage(case.stage).term)
        steps = explain_term(case.term, house.calendar, policy)
        assert steps[-1].day == case.term.end
        return case.term.end, steps[-2].text.nl

    def waited(self) -> str:
        """The ledger in a sentence; its sum is the age of the case, in days and working days."""
        house, case = self.house, self.now()
        today = house.calendar.local_day(self.clock())
        life = life_of(house.procedures, case, house.views.history(case.id), today)
        book = ledger(life, house.calendar)
        assert sum(one.days for one in book.bookings) == (today - case.opened_on).days
        age = house.calendar.working_days_between(case.opened_on, today)
        assert sum(one.working_days for one in book.balances) == book.working_days == age
        return ledger_sentence(book, {p.organisation: p.name for p in case.parties}).nl

    def clocks(self) -> list[str]:
        """Response, progress, stage and commitment: state and working days of each."""
        house, case = self.house, self.now()
        entries = house.views.history(case.id)
        life = life_of(house.procedures, case, entries, house.calendar.local_day(self.clock()))
        names = {p.organisation: p.name for p in case.parties}
        nora = frozenset({SECRETARIAT.person})
        read = clocks(life, entries, case.term, house.calendar, names=names, secretariat=nora)
        return [f"{one.state} {one.days} {one.who}".strip() for one in read]

    def armed(self) -> list[str]:
        """What is promised about the term: what, and on which day in Amsterdam it rings."""
        return [
            f"{one.purpose} {one.due_at.astimezone(AMSTERDAM):%d-%m}"
            for one in timers(self.house.database, "armed")
            if one.purpose not in {"reassessment", "task_due"}
        ]

    def told(self) -> list[str]:
        """The messages since the last time, by type; each is about this case."""
        new = messages(self.house.database)[self.heard :]
        self.heard += len(new)
        return [message.type.removeprefix("nl.impasse.case.") for message in new]

    def holds(self) -> None:
        """The chain of history is whole, and every term is what follows from it."""
        house = self.house
        assert list(verify(house.database)) == []
        find = by_version(house.calendars, house.calendar)
        again = list(retrace_terms(house.database, by_reference(house.procedures), find))
        assert [(one.terms, one.differing, one.unknown) for one in again] == [(2, (), ())]


@pytest.fixture
def story(database_url: str) -> Iterator[Story]:
    """A house on a Monday in November, with a case that is a week old and in fact-finding."""
    clock = HandClock(datetime(2026, 11, 9, 9, tzinfo=UTC))
    settings = Settings(database_url=database_url)
    prepare(settings, clock=clock)
    house = build(settings, clock=clock)
    told = Story(house, clock)
    opening = OpenCase("Metingen na hoogwater", PARTIES, (a_report(),), PROCEDURE, "2")
    told.case = house.engine.handle(opening, AMSTERDAM_LIAISON).subject
    told.until(date(2026, 11, 16))
    house.engine.handle(
        MakeMove(told.case, "start_fact_finding", note="Iedereen is gebeld."), SECRETARIAT
    )
    yield told
    house.close()


def test_a_case_goes_through_christmas_and_another_version_without_losing_a_day(
    story: Story, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_parties_give_their_facts(story)
    the_term_is_suspended_for_the_province(story)
    christmas_passes_and_the_bound_comes(story)
    all_agree_to_an_extension(story)
    before = story.now()
    the_case_moves_to_the_version_to_come(story)
    it_comes_back_as_it_was(story, before)
    time_goes_on(story)
    the_operator_finds_all_in_order(story, database_url, monkeypatch)


def two_parties_give_their_facts(story: Story) -> None:
    assert story.ends()[0] == date(2027, 1, 11)
    assert story.clocks() == [
        "met_late 5", "running 0", "running 0", "running 0 organisation:gm0363",
    ]  # fmt: skip
    assert story.told() == ["case-opened", "stage-changed"]
    story.until(date(2026, 11, 26))
    for task in story.now().tasks:
        if task.organisation in {"gm0363", "ws0155"}:
            story.house.engine.handle(
                CompleteTask(story.case, task.id, note="Brief van vandaag"), SECRETARIAT
            )
    # The province says nothing: its time is up on the seventh, and the work goes on without it.
    story.until(date(2026, 12, 18))
    assert story.waited() == (
        "29 werkdagen, waarvan 14 bij het secretariaat, 8 bij de partijen samen en 7 bij de "
        "provincie Noord-Holland."
    )
    assert story.clocks()[1:] == ["late 16", "running 24", "none 0"]
    assert story.told() == ["tasks-opened"]
    story.holds()


def the_term_is_suspended_for_the_province(story: Story) -> None:
    engine = story.house.engine
    waiting = Suspend(
        story.case,
        reason=SuspensionReason.AWAITING_PARTY,
        waits_for="pv27",
        until=date(2027, 1, 8),
        note="De provincie meet na de kerst opnieuw.",
    )
    looked = engine.preview(waiting, story.now(), SECRETARIAT)
    assert story.ends()[0] == date(2027, 1, 11)
    engine.handle(waiting, SECRETARIAT)

    # Left were 21-24 and 28-31 December, 4-8 and 11 January: fourteen days after the eighth.
    assert story.ends() == (
        date(2027, 1, 28),
        (
            "De klok staat stil van de dag na vrijdag 18 december 2026 tot en met vrijdag 8 januari"
            " 2027. Er waren nog 14 werkdagen over, dus de termijn eindigt op donderdag 28 januari "
            "2027."
        ),
    )
    assert looked.term == story.now().term
    assert story.clocks()[1:] == ["running 0", "running 24", "running 0 organisation:pv27"]
    assert story.armed() == [
        "suspension_reminder 05-01", "suspension_end 09-01", "reminder 14-01", "reminder 25-01",
        "rung 29-01", "rung 12-02", "rung 26-02",
    ]  # fmt: skip
    assert story.told() == ["term-suspended"]
    story.holds()


def christmas_passes_and_the_bound_comes(story: Story) -> None:
    story.until(date(2026, 12, 28))
    # Friday was a holiday: five working days, and all of them are the province's.
    assert story.waited() == (
        "34 werkdagen, waarvan 14 bij het secretariaat, 12 bij de provincie Noord-Holland en 8 bij "
        "de partijen samen."
    )
    assert story.clocks()[1:] == ["still 0", "still 24", "running 0 organisation:pv27"]
    assert story.told() == []
    story.until(date(2027, 1, 5))
    assert story.told() == ["suspension-nearing"]
    story.until(date(2027, 1, 11))
    assert story.told() == ["term-resumed"]
    term = story.now().term
    assert term is not None
    assert (term.state, term.end) == (TermState.RUNNING, date(2027, 1, 28))
    assert story.waited() == (
        "43 werkdagen, waarvan 20 bij de provincie Noord-Holland, 15 bij het secretariaat en 8 bij "
        "de partijen samen."
    )
    assert story.clocks()[1:] == ["running 1", "running 25", "none 0"]
    story.holds()


def all_agree_to_an_extension(story: Story) -> None:
    engine = story.house.engine
    longer = Extend(story.case, Length.parse("2 weeks"), "Brief van alle drie", ALL[:2])
    with pytest.raises(ConditionsNotMet, match="waterschap Amstel"):
        engine.handle(longer, SECRETARIAT)
    engine.handle(replace(longer, consents=ALL), SECRETARIAT)

    assert story.ends() == (
        date(2027, 2, 11),
        (
            "De termijn is op maandag 11 januari 2027 verlengd en eindigt daarmee op donderdag 11 "
            "februari 2027."
        ),
    )
    assert story.armed() == [
        "reminder 28-01", "reminder 08-02", "rung 12-02", "rung 26-02", "rung 12-03",
    ]  # fmt: skip
    assert story.told() == ["term-extended"]
    with pytest.raises(Conflict, match="1 times"):
        engine.handle(replace(longer, consents=ALL), SECRETARIAT)
    story.holds()


def the_case_moves_to_the_version_to_come(story: Story) -> None:
    house = story.house
    story.until(date(2027, 1, 12))
    adopted = house.procedures.adopt_text(text_to_come(), "3.yaml", by="nora", at=story.clock())
    assert adopted.new
    migrator = build_migrator(house)
    planned, [item] = migrator.plan(PROCEDURE, ("2", "3"), SECRETARIAT, stages=RENAMED)
    assert item.state is ItemState.LACKING
    assert (item.plan["end_before"], item.plan["end"]) == ("2027-02-11", "2027-01-29")
    [item] = migrator.carry_out(planned.id, SECRETARIAT)
    assert item.state is ItemState.LACKING
    for organisation in ALL:
        about = f"{PROCEDURE}@3"
        agreed = Confirm(story.case, ConfirmationKind.MIGRATION, organisation, "Brief", about)
        house.engine.handle(agreed, SECRETARIAT)
    assert story.told() == []
    sentence = story.waited()

    [item] = migrator.carry_out(planned.id, SECRETARIAT)
    assert (item.state, item.case) == (ItemState.DONE, story.case)
    assert (story.now().workflow_version, story.now().stage) == ("3", "facts")
    # Six weeks and not eight; on the eighteenth five days of them were left; two weeks more.
    assert story.ends()[0] == date(2027, 1, 29)
    assert story.armed() == [
        "reminder 15-01", "reminder 26-01", "rung 30-01", "rung 13-02", "rung 27-02",
    ]  # fmt: skip
    assert story.told() == ["tasks-opened", "case-migrated"]
    assert story.clocks()[1:] == ["running 0", "running 26", "running 0 organisation:gm0363"]
    assert story.waited() == sentence
    story.holds()


def it_comes_back_as_it_was(story: Story, before: Case) -> None:
    migrator = build_migrator(story.house)
    [planned] = [one for one in migrator.ledger.all() if one.state is MigrationState.FINISHED]
    [item] = migrator.undo(planned.id, SECRETARIAT)
    assert item.state is ItemState.UNDONE
    after = story.now()
    assert before.term is not None
    assert after.term == replace(before.term, plan=4)
    assert (after.workflow_version, after.stage, after.stage_entry, after.stage_since) == (
        before.workflow_version, before.stage, before.stage_entry, before.stage_since,
    )  # fmt: skip
    assert after.tasks[: len(before.tasks)] == before.tasks
    assert not any(task.state.live for task in after.tasks[len(before.tasks) :])
    assert story.armed() == [
        "reminder 28-01", "reminder 08-02", "rung 12-02", "rung 26-02", "rung 12-03",
    ]  # fmt: skip
    assert story.clocks()[1:] == ["running 0", "running 26", "none 0"]
    assert story.told() == ["case-migrated"]
    with pytest.raises(Conflict, match="undone already"):
        story.house.engine.handle(UndoMigration(story.case, planned.id), SECRETARIAT)
    story.holds()


def time_goes_on(story: Story) -> None:
    for day, heard, running in (
        (date(2027, 1, 28), ["term-nearing"], "running 38"),
        (date(2027, 2, 8), ["term-nearing"], "running 45"),
        (date(2027, 2, 11), [], "running 48"),
        (date(2027, 2, 12), ["term-expired", "tier-raised"], "late 49"),
        (date(2027, 2, 26), ["term-expired", "tier-raised"], "late 59"),
    ):
        story.until(day)
        assert (story.told(), story.clocks()[2]) == (heard, running)
        assert story.ends()[0] == date(2027, 2, 11)
        story.holds()
    case = story.now()
    assert case.term is not None
    assert (case.term.state, case.tier.value) == (TermState.EXPIRED, "political")
    assert story.waited() == (
        "77 werkdagen, waarvan 49 bij het secretariaat, 20 bij de provincie Noord-Holland en 8 bij "
        "de partijen samen."
    )


def the_operator_finds_all_in_order(
    story: Story, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.house.close()
    monkeypatch.setenv("IMPASSE_DATABASE_URL", database_url)
    for command in (("audit", "verify"), ("audit", "terms", story.case)):
        monkeypatch.setattr(sys, "argv", ["impasse", *command])
        with pytest.raises(SystemExit) as end:
            main.run()
        assert end.value.code == 0
