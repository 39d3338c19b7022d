"""Stories of escalation with the virtual clock: what is told, to whom, when, and when it stops."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given as given_that
from hypothesis import settings
from hypothesis import strategies as st

from decisions import MEDIATOR, PROVINCE, SECRETARY, STRANGER, ZANDMEER, an_opening
from escalations import DAYS, Escalating, a_town, somebody, the_default
from impasse.domain.commands import (
    AcknowledgeEscalation,
    DecideCandidate,
    EndSnooze,
    MakeMove,
    ReportSignal,
    ReportUndelivered,
    SettleEscalation,
    SignalReport,
    SnoozeEscalation,
)
from impasse.domain.errors import Conflict, ImpasseError, Invalid, NotAllowed, NotFound
from impasse.domain.escalation import Acknowledgement, NextIs, RunState
from impasse.domain.escalation_policy import (
    EndsWhen,
    GroupTarget,
    Level,
    OnEmpty,
    RankTarget,
    Repeat,
    RoleTarget,
)
from impasse.domain.foreseen import foresee
from impasse.domain.overleg import Meeting
from impasse.domain.people import CLOCK, Rank, Role
from impasse.domain.signals import Reliability
from impasse.domain.text import same

if TYPE_CHECKING:
    from collections.abc import Callable

    from impasse.domain.calendar import Calendar
    from impasse.domain.early_warning import Indicators
    from impasse.domain.machine import CompiledWorkflow

BOTH = ("province", "zandmeer")
HEADS = ("province-hoofd", "zandmeer-hoofd")


@pytest.fixture
def room(calendar: Calendar, indicators: Indicators, procedure: CompiledWorkflow) -> Escalating:
    """A case that was opened on Monday 7 September 2026, with the default policy running."""
    table = Escalating(calendar, indicators, procedure)
    table.open()
    return table


@pytest.fixture(scope="session")
def another_room(
    calendar: Calendar, indicators: Indicators, procedure: CompiledWorkflow
) -> Callable[[], Escalating]:
    """Make a table with nothing on it yet."""

    def make() -> Escalating:
        return Escalating(calendar, indicators, procedure)

    return make


def _take(room: Escalating, until: date, who: object = ZANDMEER) -> None:
    room.do(AcknowledgeEscalation("IMP-2026-0001", "E1", "We bellen elkaar", until), who)  # type: ignore[arg-type]


def test_nobody_answers_for_twenty_days_and_the_case_lies_before_the_meeting(
    room: Escalating,
) -> None:
    room.on(date(2026, 10, 6))
    assert room.heard() == [
        ("2026-09-07", "melden", BOTH),
        ("2026-09-08", "melden", BOTH),
        ("2026-09-09", "liaisons", BOTH),
        ("2026-09-14", "dienst", ("duty",)),
        ("2026-09-21", "hoofden", HEADS),
    ]
    assert room.case is not None
    assert room.case.candidate
    [candidate] = [
        c for at, m in room.told if m.type == "agenda-candidate-proposed" for c in [(at, m)]
    ]
    at, message = candidate
    assert at.date() == date(2026, 10, 5)
    assert set(message.notify) == {Role.PARTY, Role.SECRETARIAT}


def test_both_sides_hear_the_same_words_at_the_same_moment(room: Escalating) -> None:
    room.on(date(2026, 9, 22))
    [message] = [m for _, m in room.told if m.rule.endswith("hoofden")]
    assert {one.side for one in message.to} == {"x-zandmeer", "pv27"}
    assert "Is er op" in message.otherwise.nl  # type: ignore[union-attr]
    assert "overhedenoverleg" in message.otherwise.nl  # type: ignore[union-attr]


def test_a_holiday_in_between_takes_no_time(
    calendar: Calendar, indicators: Indicators, procedure: CompiledWorkflow
) -> None:
    """From Wednesday before Christmas: Friday and the weekend are off, and New Year's Day."""
    table = Escalating(calendar, indicators, procedure, at=datetime(2026, 12, 23, 9, tzinfo=UTC))
    table.open(replace(an_opening(), signals=(_signal("G1", date(2026, 12, 21)),)))
    table.on(date(2027, 1, 7))
    days = [(day, level) for day, level, _ in table.heard()]
    assert days == [
        ("2026-12-23", "melden"),
        ("2026-12-24", "melden"),
        ("2026-12-28", "liaisons"),
        ("2026-12-31", "dienst"),
    ]


def test_taken_up_and_forgotten_it_resumes_at_the_same_level_and_says_so(room: Escalating) -> None:
    room.on(date(2026, 9, 15))
    _take(room, date(2026, 9, 18), replace(SECRETARY, person="duty"))
    assert room.run.state is RunState.ACKNOWLEDGED
    room.on(date(2026, 9, 18), 20)
    assert room.heard()[-1][:2] == ("2026-09-14", "dienst")
    room.on(date(2026, 9, 21))
    assert room.heard()[-1] == ("2026-09-21", "dienst", ("duty",))
    said = room.told[-1][1].reason.nl
    assert "Opgepakt door het secretariaat" in said
    assert "nog niet gezien" in said
    # The 37 working hours that were left to the heads are given back, and no more.
    assert room.run.state is RunState.RUNNING
    room.on(date(2026, 9, 24), 14)
    assert room.heard()[-1] == ("2026-09-24", "hoofden", HEADS)


def test_forgotten_twice_it_goes_one_level_up(room: Escalating) -> None:
    room.on(date(2026, 9, 15))
    duty = replace(SECRETARY, person="duty")
    _take(room, date(2026, 9, 16), duty)
    room.on(date(2026, 9, 17))
    assert room.heard()[-1][1] == "dienst"
    _take(room, date(2026, 9, 18), duty)
    room.on(date(2026, 9, 21))
    assert room.heard()[-1] == ("2026-09-21", "hoofden", HEADS)


def test_all_sides_must_answer_and_the_earliest_promise_counts(room: Escalating) -> None:
    room.on(date(2026, 9, 9))
    _take(room, date(2026, 9, 16))
    assert room.run.state is RunState.RUNNING
    assert "tot alle kanten" in room.told[-1][1].otherwise.nl  # type: ignore[union-attr]
    with pytest.raises(Conflict, match="already"):
        _take(room, date(2026, 9, 17))
    _take(room, date(2026, 9, 11), PROVINCE)
    assert room.run.state is RunState.ACKNOWLEDGED
    room.on(date(2026, 9, 11), 20)
    assert room.run.state is RunState.ACKNOWLEDGED
    room.on(date(2026, 9, 14), 8)
    assert room.heard()[-1] == ("2026-09-14", "liaisons", BOTH)


def test_one_side_that_answers_does_not_stop_what_asks_for_all(room: Escalating) -> None:
    room.on(date(2026, 9, 9))
    _take(room, date(2026, 9, 22))
    room.on(date(2026, 9, 15))
    assert room.heard()[-1][1] == "dienst"


def test_closing_ends_every_run_and_nothing_opens_it_again(room: Escalating) -> None:
    room.on(date(2026, 9, 9))
    run = room.run
    room.do(MakeMove("IMP-2026-0001", "withdraw", note="Opgelost"), ZANDMEER)
    assert room.case is not None
    assert room.case.status == "closed"
    [ended] = room.last.runs  # type: ignore[union-attr]
    assert (ended.state, ended.ended_as, ended.next_at) == (RunState.ENDED, "case_closed", None)
    with pytest.raises(Conflict):
        _take(room, date(2026, 9, 14))
    before = len(room.told)
    late = replace(room.case, runs=())
    room.case = late
    room.start(cause="M1")
    room.start(cause="M99")
    room.until(room.at + timedelta(days=60))
    assert len(room.told) == before
    assert run.id == "E1"


def test_a_case_that_moves_on_needs_no_escalation_of_its_first_stage(room: Escalating) -> None:
    room.on(date(2026, 9, 9))
    room.do(MakeMove("IMP-2026-0001", "start_fact_finding", note="Eens"), SECRETARY)
    assert room.case is not None
    assert not room.case.runs
    assert "escalation_ended" in room.actions()


def test_nobody_can_say_by_hand_that_a_term_has_passed_which_has_not(room: Escalating) -> None:
    room.policy = the_default(name="termijn-voorbij", ends_when=EndsWhen.TERM_SETTLED)
    with pytest.raises(Conflict, match="for a term that has passed"):
        room.start(actor=ZANDMEER)


def test_the_same_message_starts_a_run_once(room: Escalating) -> None:
    first = room.run
    room.start(cause="M1")
    room.start(cause="M2")
    assert room.run is first


def test_a_snooze_gives_back_what_was_left_and_says_that_it_was_one(room: Escalating) -> None:
    room.on(date(2026, 9, 11), 7)
    room.do(SnoozeEscalation("IMP-2026-0001", "E1", "Overleg gepland", date(2026, 9, 17)), ZANDMEER)
    room.on(date(2026, 9, 17), 20)
    assert room.run.state is RunState.SNOOZED
    room.on(date(2026, 9, 18))
    assert "even weggelegd" in room.told[-1][1].reason.nl
    assert room.run.state is RunState.RUNNING
    # One working day and two hours were left on Friday morning; so on Monday it is told.
    room.on(date(2026, 9, 21))
    assert room.heard()[-1][:2] == ("2026-09-21", "dienst")


def test_a_new_signal_wakes_a_snoozed_run(room: Escalating) -> None:
    room.on(date(2026, 9, 10))
    room.do(SnoozeEscalation("IMP-2026-0001", "E1", "Even wachten", date(2026, 9, 17)), ZANDMEER)
    room.do(ReportSignal("IMP-2026-0001", _signal("G1", date(2026, 9, 9), "pv27")), PROVINCE)
    assert room.run.state is RunState.RUNNING
    assert "escalation_snooze_ended" in room.actions()


def test_snoozing_is_limited_and_wants_a_reason(room: Escalating) -> None:
    room.on(date(2026, 9, 9))
    for _ in range(3):
        day = room.calendar.local_day(room.at)
        room.do(
            SnoozeEscalation("IMP-2026-0001", "E1", "Wij bellen", day + timedelta(days=1)), ZANDMEER
        )
        room.do(EndSnooze("IMP-2026-0001", "E1"), ZANDMEER)
    with pytest.raises(Conflict, match="3 times"):
        room.do(SnoozeEscalation("IMP-2026-0001", "E1", "Nog eens", date(2026, 9, 11)), ZANDMEER)


@pytest.mark.parametrize(
    ("reason", "until", "faults"),
    [
        ("", date(2026, 9, 9), {"/reason"}),
        ("  ", date(2026, 9, 7), {"/reason", "/until"}),
        ("Goed", date(2026, 10, 20), {"/until"}),
        ("Goed", date(2030, 1, 1), {"/until"}),
    ],
)
def test_a_snooze_that_cannot_be_says_all_that_is_wrong(
    room: Escalating, reason: str, until: date, faults: set[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        room.do(SnoozeEscalation("IMP-2026-0001", "E1", reason, until), ZANDMEER)
    assert {fault.pointer for fault in refused.value.faults} == faults


def test_a_promise_wants_a_step_and_a_day_within_ten_working_days(room: Escalating) -> None:
    with pytest.raises(Invalid) as refused:
        room.do(AcknowledgeEscalation("IMP-2026-0001", "E1", " ", date(2026, 9, 22)), ZANDMEER)
    assert {fault.pointer for fault in refused.value.faults} == {"/nextStep", "/until"}
    room.do(AcknowledgeEscalation("IMP-2026-0001", "E1", "Bellen", date(2026, 9, 21)), ZANDMEER)
    assert room.run.state is RunState.ACKNOWLEDGED


def test_a_legal_step_sends_the_run_to_who_is_on_duty_at_once(room: Escalating) -> None:
    room.on(date(2026, 9, 8), 8)
    tripping = next(one.code for one in room.indicators.indicators if one.tripwire)
    room.case = room.case.but(  # type: ignore[union-attr]
        runs=(
            room.run.but(
                policy=the_default(
                    trips=(replace(the_default().trips[0], signals=frozenset({tripping})),)
                )
            ),
        )
    )
    room.do(ReportSignal("IMP-2026-0001", _signal(tripping, date(2026, 9, 8), "pv27")), PROVINCE)
    assert room.heard()[-1] == ("2026-09-08", "dienst", ("duty",))
    assert "juridische stap" in room.told[-1][1].reason.nl
    room.on(date(2026, 9, 15))
    assert room.heard()[-1] == ("2026-09-15", "hoofden", HEADS)


def test_a_side_without_a_head_is_told_through_who_is_on_duty(room: Escalating) -> None:
    people = a_town()
    room.people = replace(
        people, persons={k: p for k, p in people.persons.items() if k != "province-hoofd"}
    )
    room.on(date(2026, 9, 22))
    assert room.heard()[-1] == ("2026-09-21", "hoofden", ("duty", "zandmeer-hoofd"))
    # The secretariat answers for the side that has nobody.
    _take(room, date(2026, 9, 25))
    assert room.run.state is RunState.RUNNING
    _take(room, date(2026, 9, 25), SECRETARY)
    assert room.run.state is RunState.ACKNOWLEDGED


@pytest.mark.parametrize(("on_empty", "hears"), [(OnEmpty.SKIP, False), (OnEmpty.HOLD, False)])
def test_a_level_is_never_told_to_one_side_only(
    calendar: Calendar,
    indicators: Indicators,
    procedure: CompiledWorkflow,
    on_empty: OnEmpty,
    *,
    hears: bool,
) -> None:
    levels = (
        Level("hoofden", same("hoofden"), None, (RankTarget(Rank.HEAD),), on_empty=on_empty),
        Level("dienst", same("dienst"), DAYS("3 working days"), (RoleTarget(Role.SECRETARIAT),)),
    )
    table = Escalating(calendar, indicators, procedure, policy=the_default(levels=levels, trips=()))
    people = a_town()
    table.people = replace(
        people, persons={k: p for k, p in people.persons.items() if k != "province-hoofd"}
    )
    table.open()
    assert ("zandmeer-hoofd" in str(table.heard())) is hears
    if on_empty is OnEmpty.SKIP:
        assert table.heard()[-1][1] == "dienst"
        return
    assert table.run.state is RunState.HELD
    table.on(date(2026, 9, 9))
    assert table.run.state is RunState.HELD
    assert table.types().count("escalation-undelivered") == 1
    table.people = people
    table.on(date(2026, 9, 10))
    assert table.heard()[-1] == ("2026-09-10", "hoofden", HEADS)


def test_without_a_rota_the_whole_secretariat_stands_in(room: Escalating) -> None:
    room.people = replace(a_town(), on_duty={})
    room.on(date(2026, 9, 15))
    assert room.heard()[-1] == ("2026-09-14", "dienst", ("duty", "secretary"))


def test_a_house_without_anybody_loses_no_run(room: Escalating) -> None:
    room.people = replace(a_town(), persons={}, on_duty={})
    room.on(date(2026, 9, 28))
    assert room.run.state is RunState.HELD
    room.people = a_town()
    room.on(date(2026, 9, 29))
    assert room.heard()[-1][1] == "liaisons"


def test_a_substitute_hears_instead_of_who_is_away(room: Escalating) -> None:
    people = a_town()
    stand_in = somebody("stand-in", "pv27", Role.LIAISON_OFFICER)
    room.people = replace(
        people,
        persons={**people.persons, "stand-in": stand_in},
        acting={"province": "stand-in"},
    )
    room.on(date(2026, 9, 9))
    assert room.heard()[-1][2] == ("stand-in", "zandmeer")


def test_who_stands_in_on_duty_sees_what_the_absent_one_would(room: Escalating) -> None:
    people = a_town()
    temp = somebody("temp", "mnre1034", Role.LIAISON_OFFICER)
    room.people = replace(
        people,
        persons={**people.persons, "temp": temp},
        acting={"duty": "temp"},
        on_duty={"secretariaat": "temp"},
    )
    room.on(date(2026, 9, 15))
    assert room.heard()[-1] == ("2026-09-14", "dienst", ("temp",))


def test_a_pool_that_may_not_see_the_case_hears_without_its_name(
    calendar: Calendar, indicators: Indicators, procedure: CompiledWorkflow
) -> None:
    levels = (Level("poel", same("poel"), None, (GroupTarget("bemiddelaars"),)),)
    table = Escalating(calendar, indicators, procedure, policy=the_default(levels=levels, trips=()))
    table.open()
    [(_, message)] = [(at, m) for at, m in table.told if m.type == "escalation-level-reached"]
    [one] = message.to
    assert (one.person, one.knows) == ("pool", False)


def test_after_the_last_level_it_repeats_from_a_level_so_many_times(
    calendar: Calendar, indicators: Indicators, procedure: CompiledWorkflow
) -> None:
    policy = the_default(
        levels=the_default().levels[:3], trips=(), repeat=Repeat(1, 2, DAYS("2 working days"))
    )
    table = Escalating(calendar, indicators, procedure, policy=policy)
    table.open()
    table.on(date(2026, 12, 1))
    levels = [level for _, level, _ in table.heard()]
    assert levels == ["melden", "melden", "liaisons", "dienst"] + ["liaisons", "dienst"] * 2
    assert table.run.next_is is NextIs.NOTHING
    assert table.run.next_at is not None


def test_the_agenda_holds_the_run_until_after_the_meeting(room: Escalating) -> None:
    room.on(date(2026, 10, 6))
    assert room.case is not None
    meeting = Meeting(
        "2026-10-12", "overhedenoverleg", date(2026, 10, 12), time(9), time(11), "Den Haag",
        date(2026, 10, 9),
    )  # fmt: skip
    room.do(
        DecideCandidate("IMP-2026-0001", room.case.candidate, accepted=True), SECRETARY,
        meeting=meeting,
    )  # fmt: skip
    assert room.run.state is RunState.ACKNOWLEDGED
    room.on(date(2026, 10, 12), 20)
    assert room.run.state is RunState.ACKNOWLEDGED
    room.on(date(2026, 10, 13))
    assert room.types().count("agenda-candidate-proposed") == 2


def test_a_refusal_for_the_agenda_ends_the_run(room: Escalating) -> None:
    room.on(date(2026, 10, 6))
    assert room.case is not None
    room.do(
        DecideCandidate(
            "IMP-2026-0001", room.case.candidate, accepted=False, reason="Eerst bellen"
        ),
        SECRETARY,
    )
    assert not room.case.runs


def test_who_is_asked_cannot_silence_who_asks(room: Escalating) -> None:
    with pytest.raises(NotAllowed, match="take it up"):
        room.do(SettleEscalation("IMP-2026-0001", "E1", "Klaar"), PROVINCE)
    room.do(SettleEscalation("IMP-2026-0001", "E1", "Klaar"), ZANDMEER)
    assert room.case is not None
    assert not room.case.runs


def test_strangers_find_nothing(room: Escalating) -> None:
    for who in (STRANGER, MEDIATOR):
        with pytest.raises(ImpasseError):
            room.do(AcknowledgeEscalation("IMP-2026-0001", "E9", "x", date(2026, 9, 9)), who)
    with pytest.raises(NotFound):
        room.do(AcknowledgeEscalation("IMP-2026-0001", "E9", "x", date(2026, 9, 9)), ZANDMEER)


def test_what_did_not_arrive_is_told_to_who_is_on_duty(room: Escalating) -> None:
    room.do(ReportUndelivered("IMP-2026-0001", "E1", "M7", "province"), CLOCK)
    _, message = room.told[-1]
    assert message.type == "escalation-undelivered"
    assert [one.person for one in message.to] == ["duty"]
    assert "Noord-Holland" in message.reason.nl
    assert message.run == ""


def test_what_is_foreseen_is_what_happens(room: Escalating) -> None:
    """If nobody answers: the preview of the first moment is the history of the last."""
    assert room.case is not None
    coming = foresee(room.run, room.case, room.people, room.calendar, room.at)
    room.on(date(2026, 10, 6))
    told = [
        (at, message.rule.rpartition(" ")[2], {one.person for one in message.to})
        for at, message in room.told
        if message.type == "escalation-level-reached" and "herinnering" not in message.reason.nl
    ]
    seen = [(one.at, one.level.name, {a.person for a in one.resolved.to}) for one in coming]
    assert seen[:-1] == told[1:]
    assert seen[-1][1] == "overleg"


def test_a_policy_that_waits_first_is_foreseen_to_wait(room: Escalating) -> None:
    waits = the_default(levels=the_default().levels[1:])
    assert room.case is not None
    first, *_ = foresee(waits, room.case, room.people, room.calendar, room.at)
    assert room.calendar.local_day(first.at) == date(2026, 9, 9)


def test_what_is_foreseen_while_taken_up_and_snoozed(room: Escalating) -> None:
    room.on(date(2026, 9, 15))
    _take(room, date(2026, 9, 18), SECRETARY)
    assert room.case is not None
    coming = foresee(room.run, room.case, room.people, room.calendar, room.at)
    assert [(one.level.name, room.calendar.local_day(one.at)) for one in coming][:2] == [
        ("dienst", date(2026, 9, 21)),
        ("hoofden", date(2026, 9, 24)),
    ]


@settings(max_examples=60)
@given_that(
    st.lists(
        st.tuples(st.integers(0, 60), st.sampled_from("azpsewlmk"), st.integers(1, 14)), max_size=14
    )
)
def test_whatever_people_do_an_open_run_has_a_future_and_an_ended_one_has_none(
    another_room: Callable[[], Escalating], story: list[tuple[int, str, int]]
) -> None:
    """People answer, snooze, move and close as they like; time passes; people come and go."""
    room = another_room()
    room.open()
    key, ended = "IMP-2026-0001", False
    for hours, act, days in story:
        room.until(room.at + timedelta(hours=hours))
        until = room.calendar.local_day(room.at) + timedelta(days=days)
        acts = {
            "a": (AcknowledgeEscalation(key, "E1", "Stap", until), ZANDMEER),
            "p": (AcknowledgeEscalation(key, "E1", "Stap", until), PROVINCE),
            "s": (SnoozeEscalation(key, "E1", "Reden", until), ZANDMEER),
            "e": (EndSnooze(key, "E1"), PROVINCE),
            "w": (MakeMove(key, "withdraw", note="Klaar"), ZANDMEER),
            "l": (ReportSignal(key, _signal("G1", date(2026, 9, 4))), ZANDMEER),
            "m": (MakeMove(key, "start_fact_finding", note="Eens"), SECRETARY),
            "k": (SettleEscalation(key, "E1", "Klaar"), ZANDMEER),
        }
        if act == "z":
            people = a_town()
            room.people = people if room.people.persons != people.persons else replace(
                people, persons={}, on_duty={}
            )  # fmt: skip
            continue
        command, who = acts[act]
        turn = max((run.turn for run in room.case.runs), default=0)  # type: ignore[union-attr]
        try:
            room.do(command, who)  # type: ignore[arg-type]
        except ImpasseError:
            continue
        finally:
            runs = room.case.runs  # type: ignore[union-attr]
            assert not (ended and runs)
            ended = ended or not runs
            for run in runs:
                assert run.turn >= turn
                assert run.next_at is not None
                assert run.next_at > room.at
                armed = [t for t in room.waiting if t.purpose == "escalation"]
                assert any((t.generation, t.due_at) == (run.turn, run.next_at) for t in armed)
                promises = [a for a in run.acts if isinstance(a, Acknowledgement)]
                assert len({a.id for a in promises}) == len(promises)
                if run.state in {RunState.ACKNOWLEDGED, RunState.SNOOZED}:
                    assert run.next_is is NextIs.LAPSE


def _signal(code: str, day: date, organisation: str = "x-zandmeer") -> SignalReport:
    return SignalReport(code, Reliability.FIRST_HAND, organisation, day, "")
