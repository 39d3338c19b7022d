"""What a decision does to a case, told as the people in it would."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

import pytest

from decisions import (
    MEDIATOR,
    PROVINCE,
    SECRETARY,
    STRANGER,
    ZANDMEER,
    an_opening,
)
from impasse.domain.case import ConfirmationKind, Party, Status, TermState
from impasse.domain.commands import (
    AddParty,
    Appoint,
    CloseSignal,
    Confirm,
    DecideCandidate,
    FireTimer,
    MakeMove,
    RaiseTier,
    RecordEvent,
    ReportSignal,
    SignalReport,
)
from impasse.domain.early_warning import Level
from impasse.domain.errors import (
    ConditionsNotMet,
    Conflict,
    Invalid,
    NoSuchMove,
    NotAllowed,
)
from impasse.domain.overleg import CandidateState, Meeting
from impasse.domain.people import CLOCK, Layer, Role
from impasse.domain.signals import Reliability
from impasse.domain.tier import Tier

if TYPE_CHECKING:
    from decisions import Table

CASE = "IMP-2026-0001"


def heard(table: Table) -> None:
    """Both parties give their view, and a handler is appointed."""
    table.do(Confirm(CASE, ConfirmationKind.VIEW, "x-zandmeer"), ZANDMEER)
    table.do(Confirm(CASE, ConfirmationKind.VIEW, "pv27"), PROVINCE)
    table.do(Appoint(CASE, "handler", "secretary"))


def test_a_signal_opens_a_case_with_a_term_and_its_timers(opened: Table) -> None:
    case = opened.case
    assert case is not None
    assert (case.stage, case.status, case.tier) == ("signal", Status.OPEN, Tier.OFFICIALS)
    assert case.term is not None
    assert case.term.end == date(2026, 9, 21), "ten working days after Monday 7 September"

    assert opened.last is not None
    assert [(t.purpose, t.rung) for t in opened.last.arm] == [
        ("reminder", 0),
        ("rung", 0),
        ("rung", 1),
        ("rung", 2),
        ("reassessment", 0),
    ]
    assert opened.actions() == ["case_opened", "signal_reported"]


def test_every_fault_of_a_signal_is_told_at_once(table: Table) -> None:
    command = an_opening(
        title=" ",
        parties=(Party("x-zandmeer", "Zandmeer", Layer.MUNICIPALITY),),
        signals=(SignalReport("Z9", Reliability.DOCUMENT, "pv27", date(2026, 12, 1), "x" * 5_001),),
    )
    with pytest.raises(Invalid) as refusal:
        table.open(command)

    assert [fault.pointer for fault in refusal.value.faults] == [
        "/title",
        "/parties",
        "/signals/0/text",
        "/signals/0/indicator",
        "/signals/0/happenedOn",
        "/signals/0/organisation",
    ]


def test_who_flags_takes_part(table: Table) -> None:
    with pytest.raises(Invalid) as refusal:
        table.open(an_opening(signals=()), STRANGER)
    assert [fault.pointer for fault in refusal.value.faults] == ["/parties"]

    assert table.open(an_opening(signals=()), SECRETARY).id == CASE


def test_a_title_too_long_says_how_much_fits(table: Table) -> None:
    with pytest.raises(Invalid) as refusal:
        table.open(an_opening(title="w" * 201))

    assert "201" in refusal.value.faults[0].text.nl
    assert "200" in refusal.value.faults[0].text.nl


def test_a_refused_move_says_what_lacks_and_that_a_reason_would_do(opened: Table) -> None:
    with pytest.raises(ConditionsNotMet) as refusal:
        opened.do(MakeMove(CASE, "start_fact_finding"))

    assert {lack.guard for lack in refusal.value.lacks} == {
        "all_parties_heard",
        "handler_appointed",
    }
    assert "Zandmeer, Noord-Holland" in refusal.value.text.nl
    assert "reden" in refusal.value.text.nl


def test_an_advised_condition_may_be_passed_with_a_reason_that_history_keeps(
    opened: Table,
) -> None:
    case = opened.do(MakeMove(CASE, "start_fact_finding", note="Haast: begroting"))

    assert case.stage == "joint_fact_finding"
    assert opened.last is not None
    assert opened.last.entries[0].content["passed"] == ["all_parties_heard", "handler_appointed"]
    assert [term.state for term in opened.last.ended_terms] == [TermState.MET]


def test_a_required_condition_cannot_be_passed_with_any_reason(opened: Table) -> None:
    heard(opened)
    opened.do(MakeMove(CASE, "start_fact_finding"))
    opened.do(MakeMove(CASE, "start_rule_interpretation", note="feiten bekend"))

    with pytest.raises(ConditionsNotMet) as refusal:
        opened.do(MakeMove(CASE, "start_mediation", note="Het moet nu echt"))

    required = {lack.guard for lack in refusal.value.lacks if lack.required}
    assert required == {
        "mediator_appointed",
        "mediator_accepted_by_all",
        "mediation_agreement_signed_by_all",
    }


def test_the_whole_road_to_a_resolution(opened: Table) -> None:
    heard(opened)
    opened.do(MakeMove(CASE, "start_fact_finding"))
    opened.do(Confirm(CASE, ConfirmationKind.FACT_REPORT, note="rapport 12 oktober"))
    opened.do(MakeMove(CASE, "start_rule_interpretation"))
    opened.do(Confirm(CASE, ConfirmationKind.RULES_READING, note="lezing in verslag"))
    opened.do(Confirm(CASE, ConfirmationKind.OUTCOME_STATUS, note="zwaarwegend advies"))
    opened.do(Appoint(CASE, "mediator", "mediator"))
    for kind in (ConfirmationKind.MEDIATOR_ACCEPTED, ConfirmationKind.MEDIATION_AGREEMENT):
        opened.do(Confirm(CASE, kind, "x-zandmeer"), ZANDMEER)
        opened.do(Confirm(CASE, kind, "pv27"), PROVINCE)
    opened.do(MakeMove(CASE, "start_mediation"), MEDIATOR)
    opened.do(Confirm(CASE, ConfirmationKind.SETTLEMENT_TEXT, note="versie 4"), MEDIATOR)
    opened.do(MakeMove(CASE, "propose_resolution"), MEDIATOR)
    opened.do(Confirm(CASE, ConfirmationKind.SETTLEMENT, "x-zandmeer"), ZANDMEER)
    opened.do(Confirm(CASE, ConfirmationKind.SETTLEMENT, "pv27"), PROVINCE)
    case = opened.do(MakeMove(CASE, "confirm_resolution"))

    assert (case.stage, case.status, case.term) == ("resolved", Status.CLOSED, None)
    assert opened.last is not None
    assert opened.last.disarm_all


def test_any_party_may_end_the_mediation_alone_and_without_a_reason(opened: Table) -> None:
    opened.case = opened.case and opened.case.but(stage="external_mediation", mediator="mediator")

    assert opened.do(MakeMove(CASE, "end_mediation"), PROVINCE).stage == "rule_interpretation"


def test_a_mediator_of_another_case_moves_nothing(opened: Table) -> None:
    opened.case = opened.case and opened.case.but(mediator="somebody-else")

    with pytest.raises(NotAllowed, match="is for"):
        opened.do(MakeMove(CASE, "start_fact_finding"), MEDIATOR)


def test_a_trigger_that_does_not_leave_the_stage_names_those_that_do(opened: Table) -> None:
    with pytest.raises(NoSuchMove) as refusal:
        opened.do(MakeMove(CASE, "confirm_resolution"))

    assert "start_fact_finding" in refusal.value.text.nl


def test_a_stored_stage_that_the_procedure_does_not_know_is_a_clear_refusal(
    opened: Table,
) -> None:
    opened.case = opened.case and opened.case.but(stage="limbo")

    with pytest.raises(Conflict, match="limbo"):
        opened.do(MakeMove(CASE, "start_fact_finding"))


def test_a_party_confirms_for_itself_only(opened: Table) -> None:
    with pytest.raises(Invalid) as refusal:
        opened.do(Confirm(CASE, ConfirmationKind.VIEW, "pv27", "namens hen"), ZANDMEER)

    assert refusal.value.faults[0].pointer == "/organisation"


def test_the_secretariat_records_for_another_only_with_a_source(opened: Table) -> None:
    with pytest.raises(Invalid) as refusal:
        opened.do(Confirm(CASE, ConfirmationKind.VIEW, "pv27"))
    assert refusal.value.faults[0].pointer == "/note"

    opened.do(Confirm(CASE, ConfirmationKind.VIEW, "pv27", "brief van 8 september"))

    assert opened.last is not None
    assert opened.last.entries[0].content["on_behalf"] is True


@pytest.mark.parametrize("kind", [ConfirmationKind.SUSPENSION, ConfirmationKind.EXTENSION])
def test_nobody_agrees_beforehand_to_whatever_length_comes(
    opened: Table, kind: ConfirmationKind
) -> None:
    with pytest.raises(Invalid) as refusal:
        opened.do(Confirm(CASE, kind, "x-zandmeer", about=" "), ZANDMEER)
    assert [one.pointer for one in refusal.value.faults] == ["/about"]

    case = opened.do(Confirm(CASE, kind, "x-zandmeer", about="4 weken, tot 15 januari"), ZANDMEER)

    assert case.confirmations[0].about == "4 weken, tot 15 januari"


def test_the_newest_confirmation_replaces_the_one_before(opened: Table) -> None:
    opened.do(Confirm(CASE, ConfirmationKind.VIEW, "x-zandmeer", "eerste"), ZANDMEER)
    case = opened.do(Confirm(CASE, ConfirmationKind.VIEW, "x-zandmeer", "tweede"), ZANDMEER)

    assert [c.note for c in case.confirmations] == ["tweede"]


def test_a_term_that_ends_raises_the_table_rung_by_rung_up_to_the_agenda(opened: Table) -> None:
    case = opened.fire(1)
    assert case.term is not None
    assert case.term.state is TermState.EXPIRED
    assert opened.actions() == ["term_expired"]

    assert opened.fire(2).tier is Tier.DIRECTORS
    case = opened.fire(3)

    assert case.tier is Tier.OVERHEDENOVERLEG
    assert case.candidate
    assert opened.last is not None
    (candidate,) = opened.last.candidates
    assert candidate.state is CandidateState.PROPOSED
    assert "signaal" in candidate.reason.nl
    assert opened.actions() == ["rung_reached", "tier_raised", "candidate_proposed"]


def test_a_timer_that_rings_late_says_so(opened: Table) -> None:
    timer = opened.armed[1]
    opened.at = timer.due_at + timedelta(days=3)
    opened.do(FireTimer(CASE, 1, timer.purpose, timer.rung, timer.stage_entry, timer.due_at), CLOCK)

    assert opened.last is not None
    assert opened.last.entries[0].content["late_seconds"] == 3 * 24 * 3600


def test_a_timer_of_an_earlier_stay_does_nothing(opened: Table) -> None:
    timer = opened.armed[1]
    opened.do(MakeMove(CASE, "start_fact_finding", note="haast"))
    opened.at = timer.due_at
    before = opened.case
    opened.do(FireTimer(CASE, 1, timer.purpose, timer.rung, timer.stage_entry, timer.due_at), CLOCK)

    assert opened.last is not None
    assert opened.last.entries == []
    assert before is not None
    assert opened.case == before.but(revision=before.revision + 1)


def test_standing_still_for_weeks_shows_in_the_score_without_anybody_doing_anything(
    opened: Table,
) -> None:
    assert opened.case is not None
    score = opened.case.score
    for _ in range(10):
        timer = next(t for t in opened.armed if t.purpose == "reassessment")
        opened.at = timer.due_at
        opened.do(
            FireTimer(CASE, 1, timer.purpose, timer.rung, timer.stage_entry, timer.due_at), CLOCK
        )

    assert opened.case.score > score


def test_strong_signals_of_two_governments_raise_the_level_and_the_agenda_hears_of_red(
    opened: Table,
) -> None:
    today = date(2026, 9, 7)
    for indicator, actor in (
        ("E1", ZANDMEER),
        ("E3", PROVINCE),
        ("A1", ZANDMEER),
        ("R3", PROVINCE),
        ("A2", ZANDMEER),
    ):
        report = SignalReport(indicator, Reliability.DOCUMENT, actor.organisation, today)
        case = opened.do(ReportSignal(CASE, report), actor)

    assert case.standing is not None
    assert case.standing.level == "red"
    assert case.candidate
    assert len(case.signals) == 6


def test_a_signal_that_was_made_good_stops_counting(opened: Table) -> None:
    assert opened.case is not None
    before = opened.case.score
    case = opened.do(CloseSignal(CASE, "S1", date(2026, 9, 7), kept=True))

    assert case.score <= before
    with pytest.raises(Conflict):
        opened.do(CloseSignal(CASE, "S1", date(2026, 9, 7)))


def test_a_signal_is_closed_by_who_reported_it_or_by_the_secretariat(opened: Table) -> None:
    with pytest.raises(NotAllowed):
        opened.do(CloseSignal(CASE, "S1", date(2026, 9, 7), kept=True), PROVINCE)

    assert opened.do(CloseSignal(CASE, "S1", date(2026, 9, 7)), ZANDMEER).signals[0].closed_on


def test_a_signal_cannot_be_closed_on_a_day_that_cannot_be(opened: Table) -> None:
    for day in (date(2026, 9, 1), date(2026, 9, 8), date.min, date.max):
        with pytest.raises(Invalid):
            opened.do(CloseSignal(CASE, "S1", day))


def test_a_pause_needs_the_consent_of_all_and_an_end_and_returns_where_it_was(
    opened: Table,
) -> None:
    opened.do(MakeMove(CASE, "start_fact_finding", note="haast"))
    with pytest.raises(ConditionsNotMet):
        opened.do(MakeMove(CASE, "pause", note="formatie"))
    opened.do(Confirm(CASE, ConfirmationKind.STANDSTILL, "x-zandmeer"), ZANDMEER)
    opened.do(Confirm(CASE, ConfirmationKind.STANDSTILL, "pv27"), PROVINCE)
    for until in (None, date(2026, 9, 7), date(2027, 9, 7), date.min, date.max):
        with pytest.raises(Invalid) as refusal:
            opened.do(MakeMove(CASE, "pause", note="formatie", until=until))
        assert refusal.value.faults[0].pointer == "/until"

    case = opened.do(MakeMove(CASE, "pause", note="formatie", until=date(2026, 11, 1)))
    assert (case.stage, case.status) == ("standstill", Status.PAUSED)
    assert case.term is not None
    assert case.term.end == date(2026, 11, 1)

    back = opened.fire(-1)
    assert (back.stage, back.status) == ("joint_fact_finding", Status.OPEN)


def test_a_closed_case_refuses_work_until_it_is_reopened(opened: Table) -> None:
    opened.do(MakeMove(CASE, "withdraw", note="samen uitgekomen"), ZANDMEER)
    for command in (
        Confirm(CASE, ConfirmationKind.VIEW, "x-zandmeer"),
        RaiseTier(CASE, Tier.POLITICAL, "toch"),
        Appoint(CASE, "handler", "x"),
        AddParty(CASE, Party("gm0363", "Amsterdam", Layer.MUNICIPALITY)),
        CloseSignal(CASE, "S1", date(2026, 9, 7)),
    ):
        with pytest.raises(Conflict, match="closed"):
            opened.do(command)

    case = opened.do(MakeMove(CASE, "reopen", note="afspraak niet nagekomen"), PROVINCE)

    assert (case.stage, case.status, case.tier) == ("signal", Status.OPEN, Tier.OFFICIALS)
    assert any(timer.purpose == "reassessment" for timer in opened.armed)


def test_an_event_is_kept_in_history_even_when_the_case_is_closed(opened: Table) -> None:
    opened.do(MakeMove(CASE, "withdraw", note="samen uitgekomen"), ZANDMEER)
    opened.do(RecordEvent(CASE, "Nieuwe brief", date(2026, 9, 7), by="VNG", source="brief"))

    assert opened.actions() == ["event_recorded"]


def test_an_event_without_words_or_from_the_future_is_refused(opened: Table) -> None:
    with pytest.raises(Invalid) as refusal:
        opened.do(RecordEvent(CASE, " ", date(2026, 9, 8)))

    assert [fault.pointer for fault in refusal.value.faults] == ["/text", "/happenedOn"]


def test_nothing_happened_before_the_first_day_of_the_calendar(opened: Table) -> None:
    for day in (date(1989, 12, 31), date.min):
        commands = (
            RecordEvent(CASE, "Oude brief", day),
            ReportSignal(CASE, SignalReport("A1", Reliability.DOCUMENT, "x-zandmeer", day)),
        )
        for command in commands:
            with pytest.raises(Invalid) as refusal:
                opened.do(command, ZANDMEER)
            [fault] = refusal.value.faults
            assert fault.pointer == "/happenedOn"
            assert "maandag 1 januari 1990" in fault.text.nl

    opened.do(RecordEvent(CASE, "Oude brief", date(1990, 1, 1)), ZANDMEER)
    assert opened.actions() == ["event_recorded"]


def test_a_table_is_raised_upward_only_and_with_a_reason(opened: Table) -> None:
    with pytest.raises(Invalid):
        opened.do(RaiseTier(CASE, Tier.POLITICAL, " "))
    opened.do(RaiseTier(CASE, Tier.POLITICAL, "Besluit nodig"))
    with pytest.raises(Conflict):
        opened.do(RaiseTier(CASE, Tier.DIRECTORS, "terug"))


def test_a_party_is_added_once(opened: Table) -> None:
    party = Party("ws0155", "Amstel, Gooi en Vecht", Layer.WATER_AUTHORITY)
    assert opened.do(AddParty(CASE, party), ZANDMEER).party("ws0155") == party
    with pytest.raises(Conflict):
        opened.do(AddParty(CASE, party))


def test_nobody_is_appointed_to_an_office_that_does_not_exist(opened: Table) -> None:
    for office, appointee in (("king", "x"), ("handler", " ")):
        with pytest.raises(Invalid):
            opened.do(Appoint(CASE, office, appointee))


MEETING = Meeting(
    "2026-10-08",
    "overhedenoverleg",
    date(2026, 10, 8),
    time(13),
    time(15),
    "Den Haag",
    date(2026, 10, 1),
)


def proposed(table: Table) -> str:
    """Take the case to the table and return the number of the proposal."""
    return table.do(RaiseTier(CASE, Tier.OVERHEDENOVERLEG, "Besluit nodig")).candidate


def test_the_secretariat_accepts_a_candidate_for_a_meeting(opened: Table) -> None:
    number = proposed(opened)
    case = opened.do(DecideCandidate(CASE, number, accepted=True, minutes=20), meeting=MEETING)

    assert case.candidate_day == date(2026, 10, 8)
    assert opened.actions() == ["candidate_accepted"]
    with pytest.raises(Conflict):
        opened.do(DecideCandidate(CASE, number, accepted=True), meeting=MEETING)


def test_declining_needs_a_reason_and_makes_room_for_a_new_proposal(opened: Table) -> None:
    number = proposed(opened)
    with pytest.raises(Invalid):
        opened.do(DecideCandidate(CASE, number, accepted=False))
    case = opened.do(DecideCandidate(CASE, number, accepted=False, reason="Eerst feiten"))
    assert case.candidate == ""

    for _ in range(3):
        case = opened.fire(3) if opened.armed[3].purpose == "rung" else case
    assert case.candidate not in {"", number}


def test_no_meeting_a_closed_agenda_or_odd_minutes_are_told_apart(opened: Table) -> None:
    number = proposed(opened)
    with pytest.raises(Conflict, match="planned"):
        opened.do(DecideCandidate(CASE, number, accepted=True))
    with pytest.raises(Invalid):
        opened.do(DecideCandidate(CASE, number, accepted=True, minutes=0), meeting=MEETING)
    opened.at += timedelta(days=30)
    with pytest.raises(Conflict, match="closed"):
        opened.do(DecideCandidate(CASE, number, accepted=True), meeting=MEETING)


def test_a_case_accepted_for_a_meeting_that_has_been_may_come_again(opened: Table) -> None:
    number = proposed(opened)
    opened.do(DecideCandidate(CASE, number, accepted=True), meeting=MEETING)
    opened.at += timedelta(days=60)
    rung = opened.armed[3]
    case = opened.do(
        FireTimer(CASE, 1, rung.purpose, rung.rung, rung.stage_entry, rung.due_at), CLOCK
    )

    assert case.candidate not in {"", number}
    assert case.candidate_day is None


def test_a_case_that_ends_takes_its_open_proposal_from_the_table(opened: Table) -> None:
    proposed(opened)
    opened.do(MakeMove(CASE, "withdraw", note="opgelost"), ZANDMEER)

    assert opened.last is not None
    assert [c.state for c in opened.last.candidates] == [CandidateState.LAPSED]
    assert opened.case is not None
    assert opened.case.candidate == ""


def test_new_facts_lead_back_to_the_facts(opened: Table) -> None:
    opened.case = opened.case and opened.case.but(stage="rule_interpretation")
    with pytest.raises(Invalid):
        opened.do(MakeMove(CASE, "new_facts"), ZANDMEER)

    case = opened.do(MakeMove(CASE, "new_facts", note="nieuwe meting"), ZANDMEER)

    assert case.stage == "joint_fact_finding"
    assert case.stage_entry == 2


def test_every_message_names_roles_and_a_reason_but_no_content(opened: Table) -> None:
    opened.do(RaiseTier(CASE, Tier.POLITICAL, "Besluit nodig"), SECRETARY)
    assert opened.last is not None
    for message in opened.last.messages:
        assert message.notify
        assert set(message.notify) <= set(Role)
        assert message.reason.nl
        assert message.reason.en


def test_a_consent_is_good_for_one_pause_only(opened: Table) -> None:
    opened.do(Confirm(CASE, ConfirmationKind.STANDSTILL, "x-zandmeer"), ZANDMEER)
    opened.do(Confirm(CASE, ConfirmationKind.STANDSTILL, "pv27"), PROVINCE)
    opened.do(MakeMove(CASE, "pause", note="formatie", until=date(2026, 10, 1)))
    opened.do(MakeMove(CASE, "resume"))

    with pytest.raises(ConditionsNotMet):
        opened.do(MakeMove(CASE, "pause", note="nog eens", until=date(2026, 11, 2)))

    opened.do(Confirm(CASE, ConfirmationKind.STANDSTILL, "x-zandmeer"), ZANDMEER)
    opened.do(Confirm(CASE, ConfirmationKind.STANDSTILL, "pv27"), PROVINCE)
    case = opened.do(MakeMove(CASE, "pause", note="nog eens", until=date(2026, 11, 2)))
    assert case.stage == "standstill"


def test_a_mediation_that_was_ended_needs_new_signatures(opened: Table) -> None:
    opened.case = opened.case and opened.case.but(stage="rule_interpretation", mediator="mediator")
    for kind in (ConfirmationKind.MEDIATOR_ACCEPTED, ConfirmationKind.MEDIATION_AGREEMENT):
        opened.do(Confirm(CASE, kind, "x-zandmeer"), ZANDMEER)
        opened.do(Confirm(CASE, kind, "pv27"), PROVINCE)
    opened.do(MakeMove(CASE, "start_mediation", note="spoed"), MEDIATOR)
    opened.do(MakeMove(CASE, "end_mediation"), PROVINCE)

    with pytest.raises(ConditionsNotMet) as refusal:
        opened.do(MakeMove(CASE, "start_mediation", note="toch weer"), MEDIATOR)

    assert {lack.guard for lack in refusal.value.lacks if lack.required} == {
        "mediator_accepted_by_all",
        "mediation_agreement_signed_by_all",
    }


def test_a_case_that_is_reopened_stands_where_its_signals_put_it_now(opened: Table) -> None:
    assert opened.case is not None
    assert opened.case.standing is not None
    opened.case = opened.case.but(standing=replace(opened.case.standing, level=Level.RED))
    opened.do(MakeMove(CASE, "withdraw", note="opgelost"), ZANDMEER)

    case = opened.do(MakeMove(CASE, "reopen", note="toch niet"), ZANDMEER)

    assert case.standing is not None
    assert case.standing.level is Level.GREEN
