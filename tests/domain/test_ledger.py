"""The waiting ledger: no day of a case is lost, none is counted twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from histories import MONDAY, History
from impasse.domain.calendar import ClosureDay
from impasse.domain.errors import Conflict, NotFound
from impasse.domain.ledger import Why, account_on, ledger, ledger_sentence, with_article
from impasse.domain.lifeline import lifeline
from impasse.domain.text import same

if TYPE_CHECKING:
    from impasse.domain.calendar import Calendar
    from impasse.domain.ledger import Ledger
    from impasse.domain.machine import CompiledWorkflow
    from impasse.domain.workflow import Workflow

NAMES = {"pv27": "provincie Noord-Holland", "gm0363": "gemeente Amsterdam"}


@pytest.fixture
def book(calendar: Calendar, procedure: CompiledWorkflow):
    """Keep the books of a history."""

    def keep(history: History, until: date | None = None) -> Ledger:
        life = lifeline(history.entries, lambda _: procedure.workflow, until or history.on)
        return ledger(life, calendar)

    return keep


def accounts(ledger: Ledger) -> dict[str, int]:
    return {one.account: one.working_days for one in ledger.balances}


def test_a_case_that_nobody_touched_waits_for_the_owner_of_its_stage(book) -> None:
    kept = book(History().opened().after(14))
    assert accounts(kept) == {"role:secretariat": 10}
    assert ledger_sentence(kept, {}) == (ledger_sentence(kept, NAMES))
    assert ledger_sentence(kept, {}).nl == "10 werkdagen, alles bij het secretariaat."


def test_the_sentence_names_who_kept_the_case_waiting_the_longest_first(book) -> None:
    history = History().opened().after(7).moved("joint_fact_finding").after(7)
    history.suspended("O1", 28).after(14).resumed("O1").after(7)
    kept = book(history)
    assert ledger_sentence(kept, NAMES).nl == (
        "25 werkdagen, waarvan 10 bij de provincie Noord-Holland, 10 bij de partijen samen "
        "en 5 bij het secretariaat."
    )
    assert ledger_sentence(kept, NAMES).en == (
        "25 working days, of which 10 with the provincie Noord-Holland, 10 with the parties "
        "together and 5 with the secretariat."
    )


def test_a_suspension_counts_from_the_day_after_until_its_bound(book) -> None:
    kept = book(History().opened().suspended("O1", 7).after(30))
    assert [(one.account, one.after, one.through) for one in kept.bookings] == [
        ("organisation:pv27", MONDAY, MONDAY + timedelta(7)),
        ("role:secretariat", MONDAY + timedelta(7), MONDAY + timedelta(30)),
    ]


def test_of_nested_suspensions_the_one_that_began_first_counts_and_only_once(book) -> None:
    history = History().opened().suspended("O1", 20).after(2)
    history.suspended("O2", 4, "gm0363").after(4).resumed("O2").after(2).resumed("O1").after(2)
    kept = book(history)
    assert [(one.account, one.days) for one in kept.bookings] == [
        ("organisation:pv27", 8),
        ("role:secretariat", 2),
    ]


def test_who_outlasts_the_first_suspension_is_waited_for_after_it(book) -> None:
    history = History().opened().suspended("O1", 5).after(2).suspended("O2", 9, "outside").after(20)
    kept = book(history)
    assert [(one.account, one.days) for one in kept.bookings] == [
        ("organisation:pv27", 5),
        ("outside", 6),
        ("role:secretariat", 11),
    ]


def test_leaving_a_stage_ends_what_was_suspended_there(book) -> None:
    history = History().opened().suspended("O1", 20).after(3).moved("joint_fact_finding").after(4)
    assert accounts(book(history)) == {"organisation:pv27": 3, "parties": 2}


def test_one_party_with_open_tasks_keeps_the_case_waiting_several_do_so_together(book) -> None:
    history = History().opened().moved("joint_fact_finding").tasks(("a", "pv27"), ("b", "gm0363"))
    history.after(2).done("a").after(3).done("b").after(4)
    assert [(one.account, one.why, one.days) for one in book(history).bookings] == [
        ("parties", Why.TASKS, 2),
        ("organisation:gm0363", Why.TASKS, 3),
        ("parties", Why.OWNER, 4),
    ]


def test_what_is_reopened_is_waited_for_again_and_what_came_after_a_join_is_not(book) -> None:
    history = History().opened().tasks(("a", "pv27"), ("b", "gm0363")).after(1).done("a")
    history.add("tasks_joined", {"name": "statement"}).after(1)
    history.add("task_reopened", {"task": "b", "name": "statement", "note": "n"}).after(1)
    history.add("tasks_withdrawn", {"tasks": ["b"], "because": "x"}).after(1)
    assert [(one.account, one.days) for one in book(history).bookings] == [
        ("parties", 1),
        ("role:secretariat", 1),
        ("organisation:gm0363", 1),
        ("role:secretariat", 1),
    ]


def test_what_the_clock_withdraws_at_midnight_kept_nobody_waiting_on_the_next_day(book) -> None:
    history = History().opened().tasks(("a", "pv27")).after(3)
    history.add("tasks_withdrawn", {"tasks": ["a"]}, by="clock", origin="clock")
    night = replace(history.entries[-1], at=datetime(2026, 9, 9, 22, 0, 2, tzinfo=UTC))
    history.entries[-1] = night
    assert [(one.account, one.days) for one in book(history).bookings] == [
        ("organisation:pv27", 2),
        ("role:secretariat", 1),
    ]


def test_a_pause_and_the_days_between_closing_and_reopening_are_nobodys_turn(book) -> None:
    history = History().opened().after(7).moved("standstill", until="2026-10-05").after(7)
    history.moved("signal").after(7).moved("withdrawn").after(7).moved("signal").after(7)
    kept = book(history)
    assert accounts(kept) == {"role:secretariat": 15, "standstill": 5, "closed": 5}
    assert "5 in een afgesproken pauze" in ledger_sentence(kept, {}).nl
    assert kept.days == 35


def test_the_age_of_a_closed_case_stands_still(book) -> None:
    history = History().opened().after(7).moved("withdrawn")
    assert book(history, MONDAY + timedelta(400)).days == 7


def test_a_history_of_which_the_procedure_is_gone_keeps_its_days(calendar: Calendar) -> None:
    def gone(reference: str) -> Workflow:
        raise NotFound(same(reference))

    life = lifeline(History().opened().entries, gone, MONDAY + timedelta(7))
    assert accounts(ledger(life, calendar)) == {"unknown": 5}


def a_move(source: str, target: str, end: str | None = "2026-10-01") -> dict[str, object]:
    """A move from one version to another, and from one stage to another."""
    (one, stage), (other, to_stage) = source.split(":"), target.split(":")
    stages = {"from_stage": stage, "to_stage": to_stage}
    return {"migration": "M1", "from": f"p@{one}", "to": f"p@{other}", "end": end, **stages}


def test_a_migration_changes_who_is_at_turn_and_undoing_it_changes_that_back(book) -> None:
    history = History().opened().after(2)
    history.add("migrated", a_move("1:signal", "2:external_mediation")).after(3)
    history.add("migration_undone", a_move("2:external_mediation", "1:signal")).after(2)
    kept = book(history)
    assert [(one.account, one.days) for one in kept.bookings] == [
        ("role:secretariat", 2),
        ("role:mediator", 3),
        ("role:secretariat", 2),
    ]
    assert {one.stage_entry for one in kept.bookings} == {1}


def test_tasks_and_suspensions_go_along_with_a_migration_as_long_as_there_is_a_term(book) -> None:
    history = History().opened().tasks(("a", "gm0363")).suspended("O1", 20).after(2)
    history.add("migrated", a_move("1:signal", "2:signal")).after(3)
    assert accounts(book(history)) == {"organisation:pv27": 4}

    history = History().opened().tasks(("a", "gm0363")).suspended("O1", 20).after(2)
    history.add("migrated", a_move("1:signal", "2:signal", None)).after(3)
    history.add("migration_undone", a_move("2:signal", "1:signal")).after(2)
    assert [(one.account, one.days) for one in book(history).bookings] == [
        ("organisation:pv27", 2),
        ("organisation:gm0363", 3),
        ("organisation:pv27", 2),
    ]
    history.resumed("O1").after(1)
    assert book(history).bookings[-1].account == "organisation:gm0363"


def test_a_clock_of_the_machine_that_ran_back_takes_no_days_away(book) -> None:
    history = History().opened().after(10).moved("joint_fact_finding").after(-6)
    history.moved("rule_interpretation").after(16)
    assert [one.days for one in book(history).bookings] == [10, 10]


def test_a_look_at_an_earlier_day_knows_nothing_of_later_ones(book) -> None:
    history = History().opened().after(5).moved("joint_fact_finding").after(5)
    assert accounts(book(history, MONDAY + timedelta(4))) == {"role:secretariat": 4}
    assert book(history, MONDAY - timedelta(4)).days == 0


@pytest.mark.parametrize(
    ("action", "content", "what"),
    [
        ("stage_changed", "", "vernietigd"),
        ("stage_changed", "{]", "onleesbaar"),
        ("stage_changed", '{"to": 7}', "'to'"),
        ("stage_changed", '{"to": "standstill", "until": "31 februari"}', "'until'"),
        ("term_suspended", '{"suspension": "O1", "until": "2026-10-01"}', "'begins_on'"),
        ("term_resumed", '{"suspension": "O9", "ended_on": "2026-10-01"}', "'suspension'"),
        ("tasks_opened", '{"tasks": "all"}', "'tasks'"),
        ("tasks_opened", '{"tasks": [{"name": "x"}]}', "'tasks'"),
        ("migrated", '{"from": "a@1"}', "'to'"),
    ],
)
def test_damaged_history_is_named_entry_and_all(book, action, content, what) -> None:
    with pytest.raises(Conflict) as error:
        book(History().opened().add(action, content).after(9))
    assert "IMP-2026-0001, regel 2" in error.value.text.nl
    assert what in error.value.text.nl


def test_entries_of_other_versions_are_passed_over(book) -> None:
    history = History().opened(calendar="2026.1+abc").add("something_new", "[1]").after(7)
    assert book(history).days == 7


def test_no_history_is_said_to_be_none(book) -> None:
    with pytest.raises(Conflict, match="no history"):
        book(History())
    with pytest.raises(Conflict, match="case_opened"):
        book(History().moved("signal"))


def test_names_stand_in_a_sentence_with_their_article() -> None:
    assert with_article("provincie Utrecht") == "de provincie Utrecht"
    assert with_article("Hoogheemraadschap van Delfland") == "het hoogheemraadschap van Delfland"
    assert with_article("BZK") == "BZK"


STAGES = ("signal", "joint_fact_finding", "external_mediation", "standstill", "withdrawn", "odd")
PARTIES = ("pv27", "gm0363", "mediator", "secretariat", "outside", "")
steps = st.lists(
    st.one_of(
        st.tuples(st.just("move"), st.sampled_from(STAGES), st.just(0)),
        st.tuples(st.just("suspend"), st.sampled_from(PARTIES), st.integers(-3, 40)),
        st.tuples(st.just("resume"), st.integers(0, 3), st.integers(-5, 5)),
        st.tuples(st.just("open"), st.sampled_from(PARTIES), st.just(0)),
        st.tuples(st.just("settle"), st.integers(0, 5), st.just(0)),
        st.tuples(st.just("note"), st.just(""), st.just(0)),
    ),
    max_size=14,
)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """A history in which anything may follow anything, on any day."""
    history = History(MONDAY + timedelta(draw(st.integers(0, 30)))).opened()
    suspensions: list[str] = []
    for place, (what, who, days) in enumerate(draw(steps)):
        history.after(draw(st.integers(0, 20)))
        match what:
            case "move":
                history.moved(str(who))
                suspensions = []
            case "suspend":
                history.suspended(f"O{place}", days, str(who))
                suspensions.append(f"O{place}")
            case "resume" if suspensions:
                one = suspensions.pop(int(who) % len(suspensions))
                history.resumed(one, ended_on=(history.on + timedelta(days)).isoformat())
            case "open":
                history.tasks((f"T{place}", str(who)))
            case "settle":
                history.done(f"T{who}")
            case _:
                history.add("event_recorded", {"text": "x"})
    return history


CLOSED = tuple(
    ClosureDay(MONDAY + timedelta(days), same("dicht"), "directie") for days in (1, 4, 7, 23)
)


@given(history=histories(), until=st.integers(-5, 60))
def test_every_day_stands_on_one_account_and_the_sum_is_the_age_of_the_case(
    history: History, until: int, calendar: Calendar, procedure: CompiledWorkflow
) -> None:
    life = lifeline(history.entries, lambda _: procedure.workflow, history.on + timedelta(until))
    calendar = replace(calendar, closures=CLOSED)
    kept = ledger(life, calendar)
    assert kept.days == (life.until - life.opened_on).days
    assert kept.working_days == calendar.agreed.working_days_between(life.opened_on, life.until)
    assert sum(one.days for one in kept.balances) == kept.days
    assert sum(one.working_days for one in kept.balances) == kept.working_days
    booked: Counter[date] = Counter()
    for one in kept.bookings:
        for step in range(one.days):
            day = one.after + timedelta(step + 1)
            booked[day] += 1
            assert account_on(life, day) == (one.account, one.why)
    age = (life.until - life.opened_on).days
    assert booked == Counter(life.opened_on + timedelta(n + 1) for n in range(age))
