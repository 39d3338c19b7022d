"""Escalation where things are as nobody thought of: missing sides, late answers, odd policies."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from decisions import PROVINCE, SECRETARY, ZANDMEER, an_opening
from escalations import DAYS, Escalating, a_town, the_default
from impasse.domain.case import TermState
from impasse.domain.commands import (
    AcknowledgeEscalation,
    ReportSignal,
    ReportUndelivered,
    SignalReport,
    SnoozeEscalation,
)
from impasse.domain.decide import decide
from impasse.domain.errors import Invalid
from impasse.domain.escalation import RunState
from impasse.domain.escalation_acts import snoozed_until_at_most
from impasse.domain.escalation_policy import (
    Answering,
    Level,
    OnEmpty,
    RankTarget,
    Repeat,
    RoleTarget,
    Side,
    Trip,
)
from impasse.domain.foreseen import foresee
from impasse.domain.people import CLOCK, Rank, Role
from impasse.domain.signals import Reliability
from impasse.domain.text import same

if TYPE_CHECKING:
    from collections.abc import Callable

    from impasse.domain.calendar import Calendar
    from impasse.domain.early_warning import Indicators
    from impasse.domain.escalation import Directory
    from impasse.domain.escalation_policy import Target
    from impasse.domain.machine import CompiledWorkflow
    from impasse.domain.people import Actor

LIAISONS, HEADS = RoleTarget(Role.LIAISON_OFFICER), RankTarget(Rank.HEAD)
BOTH_HEADS = ("province-hoofd", "zandmeer-hoofd")


@pytest.fixture
def lay(
    calendar: Calendar, indicators: Indicators, procedure: CompiledWorkflow
) -> Callable[..., Escalating]:
    """Lay a table for a policy of these levels."""

    def made(*levels: Level, **changes: object) -> Escalating:
        policy = the_default(**{"levels": levels, "trips": (), **changes})
        return Escalating(calendar, indicators, procedure, policy=policy)

    return made


def a_level(name: str, after: str, target: Target, **other: object) -> Level:
    wait = DAYS(after) if after else None
    return Level(name, same(name), wait, (target,), **other)  # type: ignore[arg-type]


def take_up(room: Escalating, until: date, who: Actor = ZANDMEER) -> None:
    room.do(AcknowledgeEscalation("IMP-2026-0001", "E1", "We bellen elkaar", until), who)


def without_a_head() -> Directory:
    people = a_town()
    there = {key: one for key, one in people.persons.items() if key != "province-hoofd"}
    return replace(people, persons=there)


def test_where_no_side_reported_who_is_on_duty_hears_and_the_run_does_not_stand_still(
    lay: Callable[..., Escalating],
) -> None:
    room = lay(a_level("melder", "", RoleTarget(Role.LIAISON_OFFICER, Side.REPORTING_SIDE)))
    opening = an_opening()
    by_secretariat = tuple(replace(s, organisation="mnre1034") for s in opening.signals)
    room.open(replace(opening, signals=by_secretariat), SECRETARY)
    assert room.heard() == [("2026-09-07", "melder", ("duty",))]
    assert room.run.state is RunState.RUNNING


def test_a_level_that_waits_for_somebody_uses_up_no_repeats(
    lay: Callable[..., Escalating],
) -> None:
    room = lay(
        a_level("liaisons", "", LIAISONS),
        a_level("hoofden", "1 working day", HEADS, on_empty=OnEmpty.HOLD),
        repeat=Repeat(1, 2, DAYS("1 working day")),
    )
    room.open()
    room.on(date(2026, 9, 8), 18)
    room.people = without_a_head()
    room.on(date(2026, 9, 18))
    assert room.run.state is RunState.HELD
    room.people = a_town()
    room.on(date(2026, 9, 30))
    assert [day for day, level, _ in room.heard() if level == "hoofden"] == [
        "2026-09-08",
        "2026-09-21",
        "2026-09-22",
    ]


def test_a_level_to_be_told_again_is_waited_for_and_not_passed_over(
    lay: Callable[..., Escalating],
) -> None:
    room = lay(
        a_level("liaisons", "", LIAISONS),
        a_level("hoofden", "1 working day", HEADS, on_empty=OnEmpty.HOLD),
        a_level("later", "10 working days", LIAISONS),
    )
    room.open()
    room.on(date(2026, 9, 8), 18)
    take_up(room, date(2026, 9, 10))
    room.people = without_a_head()
    room.on(date(2026, 9, 11), 18)
    assert room.run.state is RunState.HELD
    room.people = a_town()
    room.on(date(2026, 9, 14), 18)
    assert room.heard()[-1] == ("2026-09-14", "hoofden", BOTH_HEADS)


def test_what_tripped_to_a_level_without_people_says_so_once_and_tells_no_other_level(
    lay: Callable[..., Escalating],
) -> None:
    room = lay(
        a_level("liaisons", "", LIAISONS),
        a_level("nog eens", "10 working days", LIAISONS),
        a_level("hoofden", "20 working days", HEADS, on_empty=OnEmpty.HOLD),
        trips=(Trip(2, same("Er is iets."), frozenset({"E3"})),),
    )
    room.people = without_a_head()
    room.open()
    day = date(2026, 9, 6)
    signal = SignalReport("E3", Reliability.FIRST_HAND, "x-zandmeer", day, "")
    room.do(ReportSignal("IMP-2026-0001", signal), ZANDMEER)
    room.on(date(2026, 9, 12))
    assert [what for _, what in room.history].count("escalation_tripped") == 1
    assert [level for _, level, _ in room.heard()] == ["liaisons"]
    room.people = a_town()
    room.on(date(2026, 9, 14))
    assert room.heard()[-1] == ("2026-09-14", "hoofden", BOTH_HEADS)


def test_a_run_that_waits_for_who_must_hear_what_tripped_it_can_be_snoozed(
    lay: Callable[..., Escalating],
) -> None:
    room = lay(
        a_level("liaisons", "", LIAISONS),
        a_level("hoofden", "20 working days", HEADS, on_empty=OnEmpty.HOLD),
        trips=(Trip(1, same("Er is iets."), frozenset({"E3"})),),
    )
    room.people = without_a_head()
    room.open()
    signal = SignalReport("E3", Reliability.FIRST_HAND, "x-zandmeer", date(2026, 9, 6), "")
    room.do(ReportSignal("IMP-2026-0001", signal), ZANDMEER)
    room.do(SnoozeEscalation("IMP-2026-0001", "E1", "Er komt iemand", date(2026, 9, 9)), ZANDMEER)
    assert room.run.state is RunState.SNOOZED


def test_what_is_skipped_takes_no_time_in_what_is_foreseen_either(
    lay: Callable[..., Escalating],
) -> None:
    room = lay(
        a_level("a", "", LIAISONS),
        a_level("b", "2 working days", HEADS, on_empty=OnEmpty.SKIP),
        a_level("c", "5 working days", LIAISONS),
        a_level("d", "6 working days", LIAISONS),
    )
    room.people = without_a_head()
    room.open()
    coming = foresee(room.run, room.case, room.people, room.calendar, room.at)  # type: ignore[arg-type]
    room.on(date(2026, 9, 25))
    told = [(at, m.rule.rpartition(" ")[2]) for at, m in room.told if m.run]
    assert [(one.at, one.level.name) for one in coming] == told[1:]


def test_taken_up_at_the_last_moment_it_is_not_two_levels_at_once_later(
    lay: Callable[..., Escalating],
) -> None:
    room = lay(a_level("a", "", LIAISONS), a_level("b", "2 working days", LIAISONS))
    room.open()
    room.at = room.run.next_at  # type: ignore[assignment]
    take_up(room, date(2026, 9, 15))
    coming = foresee(room.run, room.case, room.people, room.calendar, room.at)  # type: ignore[arg-type]
    room.on(date(2026, 9, 17))
    moments = [at for at, m in room.told if m.type == "escalation-level-reached"]
    assert moments[-1] - moments[-2] == timedelta(hours=1)
    assert [one.at for one in coming] == moments[1:]


def test_another_side_that_takes_it_up_as_a_promise_lapses_is_held_to_its_own_day(
    lay: Callable[..., Escalating],
) -> None:
    room = lay(a_level("a", "", LIAISONS), a_level("b", "15 working days", LIAISONS))
    room.open()
    take_up(room, date(2026, 9, 9))
    room.at = room.run.next_at  # type: ignore[assignment]
    take_up(room, date(2026, 9, 18), PROVINCE)
    room.on(date(2026, 9, 18), 20)
    assert room.run.state is RunState.ACKNOWLEDGED
    assert len(room.heard()) == 1


def test_of_a_promise_whose_day_is_still_to_come_nobody_says_that_it_was_not_kept(
    lay: Callable[..., Escalating],
) -> None:
    room = lay(a_level("a", "", LIAISONS, answering=Answering.ALL_SIDES))
    room.open()
    take_up(room, date(2026, 9, 9))
    take_up(room, date(2026, 9, 18), PROVINCE)
    room.on(date(2026, 9, 10))
    said = room.told[-1][1].reason.nl
    assert "Opgepakt door Zandmeer; de stap" in said
    assert "Noord-Holland" not in said


def test_a_side_that_answers_itself_needs_no_answer_of_who_was_told_for_it(
    lay: Callable[..., Escalating],
) -> None:
    room = lay(a_level("a", "", HEADS, answering=Answering.ALL_SIDES))
    room.people = without_a_head()
    room.open()
    states = []
    for who in (ZANDMEER, PROVINCE):
        take_up(room, date(2026, 9, 9), who)
        states.append(room.run.state)
    assert states == [RunState.RUNNING, RunState.ACKNOWLEDGED]


def test_a_snoozed_run_goes_on_before_a_date_in_law_and_not_after_it(
    lay: Callable[..., Escalating],
) -> None:
    room = lay(a_level("a", "", LIAISONS), a_level("b", "15 working days", LIAISONS))
    room.open()
    case = room.case
    assert case is not None
    assert case.term is not None
    term = replace(case.term, basis="statute", state=TermState.RUNNING, end=date(2026, 9, 13))
    room.case = case.but(term=term)
    given = room.given(ZANDMEER)
    # The thirteenth is a Sunday: it must go on on Friday at the latest.
    assert snoozed_until_at_most(room.case, room.run, given) == date(2026, 9, 10)
    room.case = case.but(term=replace(term, end=date(2026, 9, 8)))
    snooze = SnoozeEscalation(case.id, "E1", "Later", date(2026, 9, 8))
    with pytest.raises(Invalid, match="cannot be snoozed") as refused:
        decide(room.case, snooze, given)
    assert "wettelijke datum is te dichtbij" in refused.value.faults[0].text.nl


def test_a_clock_that_was_set_back_makes_no_run_sleep_for_a_year(
    lay: Callable[..., Escalating],
) -> None:
    room = lay(
        a_level("a", "", LIAISONS),
        a_level("b", "2 working days", LIAISONS),
        a_level("c", "5 working days", LIAISONS),
    )
    room.open()
    room.at += timedelta(days=365)
    room.until(room.at)
    room.at -= timedelta(days=365)
    take_up(room, date(2026, 9, 9))
    room.on(date(2026, 9, 15))
    assert room.heard()[-1][:2] == ("2026-09-15", "c")


def test_what_did_not_reach_who_is_on_duty_is_told_to_others_of_the_secretariat(
    lay: Callable[..., Escalating],
) -> None:
    room = lay(a_level("dienst", "", RoleTarget(Role.SECRETARIAT)))
    room.open()
    room.do(ReportUndelivered("IMP-2026-0001", "E1", "M2", "duty"), CLOCK)
    _, message = room.told[-1]
    assert message.type == "escalation-undelivered"
    assert [one.person for one in message.to] == ["secretary"]


def test_what_tripped_once_does_not_hurry_every_repeat(lay: Callable[..., Escalating]) -> None:
    room = lay(
        a_level("a", "", LIAISONS),
        a_level("b", "2 working days", HEADS),
        trips=(Trip(1, same("Er is iets."), frozenset({"E3"})),),
        repeat=Repeat(0, 2, DAYS("5 working days")),
    )
    room.open()
    signal = SignalReport("E3", Reliability.FIRST_HAND, "x-zandmeer", date(2026, 9, 6), "")
    room.do(ReportSignal("IMP-2026-0001", signal), ZANDMEER)
    room.on(date(2026, 9, 29))
    assert [what for _, what in room.history].count("escalation_tripped") == 1
    assert [(day, level) for day, level, _ in room.heard()] == [
        ("2026-09-07", "a"),
        ("2026-09-07", "b"),
        ("2026-09-14", "a"),
        ("2026-09-16", "b"),
        ("2026-09-23", "a"),
        ("2026-09-25", "b"),
    ]
