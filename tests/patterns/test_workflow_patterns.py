"""Workflow patterns in the words of a dispute: each at work, and what each forbids.

Every procedure stands here as its author would write it, and is read by the loader of the program.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from impasse.domain.case import ConfirmationKind, Status
from impasse.domain.commands import (
    CloseTasks,
    CompleteTask,
    Confirm,
    MakeMove,
    ReopenTask,
    StartTask,
    WithdrawTask,
)
from patterns.disputes import (
    DE_BILT,
    SOEST,
    UTRECHT,
    VALLEI,
    ZEIST,
    actor_of,
    dispute,
    procedure,
    with_tasks,
)
from patterns.table import negative, positive

if TYPE_CHECKING:
    from patterns.disputes import Dispute

NOTE = "Brief van 7 september."

FACTS_AFTER_STATEMENTS = with_tasks("""
    statement:
      label: {nl: Zienswijze, en: Statement}
      for: each_party
    facts:
      label: {nl: Feiten, en: Facts}
      for: secretariat
      after: [statement]
""")


@positive("WCP1")
def test_the_facts_open_when_the_statements_are_in() -> None:
    case = dispute(FACTS_AFTER_STATEMENTS)
    case.done("statement", UTRECHT)
    case.done("statement", ZEIST)
    assert case.state("facts") == "open"


@negative("WCP1")
def test_nobody_finds_facts_before_the_statements_are_in() -> None:
    case = dispute(FACTS_AFTER_STATEMENTS)
    case.done("statement", UTRECHT)
    assert case.state("facts") == "waiting"
    too_early = CompleteTask(case.case.id, case.task("facts").id, note=NOTE)
    assert "nog niet aan de beurt" in case.refused(too_early)


TWO_INQUIRIES = with_tasks("""
    questions:
      label: {nl: Vragen, en: Questions}
      for: secretariat
    money:
      label: {nl: Geld, en: Money}
      for: secretariat
      after: [questions]
    water:
      label: {nl: Water, en: Water}
      for: secretariat
      after: [questions]
    report:
      label: {nl: Rapport, en: Report}
      for: secretariat
      after: [money, water]
""")


@positive("WCP2")
def test_money_and_water_are_looked_into_at_the_same_time() -> None:
    case = dispute(TWO_INQUIRIES)
    case.done("questions")
    case.start("money")
    case.start("water")
    assert (case.state("money"), case.state("water")) == ("started", "started")


@negative("WCP2")
def test_neither_inquiry_starts_without_questions() -> None:
    case = dispute(TWO_INQUIRIES)
    for name in ("money", "water"):
        too_early = StartTask(case.case.id, case.task(name).id)
        assert "nog niet aan de beurt" in case.refused(too_early)


@positive("WCP3")
def test_the_report_opens_once_when_both_inquiries_are_done() -> None:
    case = dispute(TWO_INQUIRIES)
    case.done("questions")
    case.done("water")
    case.done("money")
    assert case.state("report") == "open"
    assert opened(case, "report") == 1


@negative("WCP3")
def test_the_report_waits_for_the_slower_inquiry() -> None:
    case = dispute(TWO_INQUIRIES)
    case.done("questions")
    case.done("water")
    assert (case.state("report"), opened(case, "report")) == ("waiting", 0)


CLEAR_OR_NOT = with_tasks("""
    rule:
      label: {nl: Lees de regel, en: Read the rule}
      for: secretariat
      outcomes:
        clear: {nl: de regel is helder, en: the rule is clear}
        unclear: {nl: de regel is niet helder, en: the rule is not clear}
    apply:
      label: {nl: Pas de regel toe, en: Apply the rule}
      for: secretariat
      after: ["rule:clear"]
    ask:
      label: {nl: Vraag het ministerie, en: Ask the ministry}
      for: secretariat
      after: ["rule:unclear"]
    letter:
      label: {nl: Brief, en: Letter}
      for: secretariat
      after_any: [apply, ask]
""")


@positive("WCP4")
def test_an_unclear_rule_is_asked_about_and_not_applied() -> None:
    case = dispute(CLEAR_OR_NOT)
    case.done("rule", outcome="unclear")
    assert (case.state("ask"), case.state("apply")) == ("open", "withdrawn")


@negative("WCP4")
def test_the_way_not_chosen_cannot_be_gone_and_choosing_is_needed() -> None:
    case = dispute(CLEAR_OR_NOT)
    no_answer = CompleteTask(case.case.id, case.task("rule").id, note=NOTE)
    assert "Kies een antwoord: clear (de regel is helder)" in case.refused(no_answer)
    case.done("rule", outcome="clear")
    other = CompleteTask(case.case.id, case.task("ask").id, note=NOTE)
    assert "ingetrokken" in case.refused(other)


@positive("WCP5")
def test_the_letter_is_written_by_whichever_way_the_case_came() -> None:
    for answer, way in (("clear", "apply"), ("unclear", "ask")):
        case = dispute(CLEAR_OR_NOT)
        case.done("rule", outcome=answer)
        case.done(way)
        assert (case.state("letter"), opened(case, "letter")) == ("open", 1)


@negative("WCP5")
def test_two_ways_are_never_open_at_once_and_no_letter_comes_before_one() -> None:
    case = dispute(CLEAR_OR_NOT)
    case.done("rule", outcome="clear")
    assert sum(state == "open" for state in (case.state("apply"), case.state("ask"))) == 1
    assert case.state("letter") == "waiting"


EXPERTS_ASKED = with_tasks(
    """
    choice:
      label: {nl: Kies een deskundige, en: Choose an expert}
      for: each_party
      outcomes:
        dike: {nl: dijken, en: dikes}
        soil: {nl: bodem, en: soil}
        law: {nl: recht, en: law}
    dike:
      label: {nl: Oordeel over de dijk, en: Opinion on the dike}
      for: secretariat
      after: ["choice:dike"]
    soil:
      label: {nl: Oordeel over de bodem, en: Opinion on the soil}
      for: secretariat
      after: ["choice:soil"]
    law:
      label: {nl: Oordeel over het recht, en: Opinion on the law}
      for: secretariat
      after: ["choice:law"]
    """,
    when_done="go_on",
)


def experts_asked() -> Dispute:
    """One party asks about the dike, the other about the soil."""
    case = dispute(EXPERTS_ASKED)
    case.done("choice", UTRECHT, outcome="dike")
    case.done("choice", ZEIST, outcome="soil")
    return case


@positive("WCP6")
def test_both_experts_that_were_named_are_asked() -> None:
    case = experts_asked()
    assert (case.state("dike"), case.state("soil")) == ("open", "open")


@negative("WCP6")
def test_an_expert_whom_nobody_named_is_not_asked() -> None:
    case = experts_asked()
    assert (case.state("law"), opened(case, "law")) == ("withdrawn", 0)


@positive("WCP7")
def test_the_case_goes_on_when_the_experts_that_were_asked_have_answered() -> None:
    case = experts_asked()
    case.done("dike")
    case.done("soil")
    assert case.case.stage == "overleg"


@negative("WCP7")
def test_the_case_does_not_go_on_while_one_asked_expert_is_at_work() -> None:
    case = experts_asked()
    case.done("dike")
    assert case.case.stage == "werk"


FIRST_MEDIATOR = with_tasks(
    """
    accept:
      label: {nl: Aanvaard de bemiddeling, en: Accept the mediation}
      for: secretariat
      count: 3
      join: first
    plan:
      label: {nl: Plan het gesprek, en: Plan the talk}
      for: secretariat
      after: [accept]
""",
    go_on="accept",
)


@positive("WCP9")
def test_the_first_mediator_who_accepts_is_enough_and_the_next_round_begins_anew() -> None:
    case = dispute(FIRST_MEDIATOR)
    case.done("accept", number=2)
    assert (case.states("accept"), case.state("plan")) == (["open", "done", "open"], "open")
    case.move("go_on")
    case.move("return")
    assert case.states("accept") == ["open", "open", "open"]
    assert case.state("plan") == "waiting"


@negative("WCP9")
def test_a_second_mediator_who_accepts_sets_nothing_in_motion() -> None:
    case = dispute(FIRST_MEDIATOR)
    case.done("accept", number=1)
    case.done("accept", number=3)
    assert (case.joined(), opened(case, "plan")) == (["accept"], 1)


ROUND_AND_ROUND = procedure("""
    initial: feiten
    stages:
      feiten:
        label: {nl: Feiten, en: Facts}
        purpose: {nl: Werken aan een oplossing., en: Work on a solution.}
        owner: secretariat
        term:
          length: 8 weeks
          basis: agreement
          on_expiry: [{after: 0 working days, notify: [secretariat]}]
      overleg:
        label: {nl: Overleg, en: Talks}
        purpose: {nl: Werken aan een oplossing., en: Work on a solution.}
        owner: secretariat
        term:
          length: 8 weeks
          basis: agreement
          on_expiry: [{after: 0 working days, notify: [secretariat]}]
      bemiddeling:
        label: {nl: Bemiddeling, en: Mediation}
        purpose: {nl: Werken aan een oplossing., en: Work on a solution.}
        owner: secretariat
        term:
          length: 8 weeks
          basis: agreement
          on_expiry: [{after: 0 working days, notify: [secretariat]}]
      opgelost:
        label: {nl: Opgelost, en: Resolved}
        purpose: {nl: De uitkomst staat vast., en: The outcome is settled.}
        kind: ending
    transitions:
      - trigger: talk
        label: {nl: Praat, en: Talk}
        from: [feiten]
        to: overleg
        roles: [party, secretariat]
      - trigger: mediate
        label: {nl: Bemiddel, en: Mediate}
        from: [feiten, overleg]
        to: bemiddeling
        roles: [party, secretariat]
      - trigger: back_to_the_facts
        label: {nl: Terug naar de feiten, en: Back to the facts}
        from: [overleg, bemiddeling]
        to: feiten
        roles: [party, secretariat]
      - trigger: settle
        label: {nl: Schik, en: Settle}
        from: [overleg, bemiddeling]
        to: opgelost
        roles: [party, secretariat]
""")


@positive("WCP10")
def test_a_case_returns_to_the_facts_from_talks_and_from_mediation() -> None:
    case = dispute(ROUND_AND_ROUND)
    for trigger in ("talk", "back_to_the_facts", "mediate", "back_to_the_facts", "talk"):
        case.move(trigger)
    assert (case.case.stage, case.case.stage_entry) == ("overleg", 6)


@negative("WCP10")
def test_a_circle_has_no_other_exits_than_those_agreed() -> None:
    case = dispute(ROUND_AND_ROUND)
    case.move("talk")
    case.move("back_to_the_facts")
    assert "kan niet" in case.refused(MakeMove(case.case.id, "settle"))


LETTERS_ONLY = with_tasks(
    """
    letter:
      label: {nl: Brief, en: Letter}
      for: each_party
    archive:
      label: {nl: Berg het dossier op, en: File the papers}
      for: secretariat
    """,
    when_done="settle",
)


@positive("WCP11")
def test_a_case_closes_when_no_work_is_left() -> None:
    case = dispute(LETTERS_ONLY)
    case.done("letter", ZEIST)
    case.done("archive")
    case.done("letter", UTRECHT)
    assert case.case.status is Status.CLOSED
    assert case.told("stage_changed")[-1].content["by_clock"] == "tasks_done"


@negative("WCP11")
def test_a_case_stays_open_while_one_letter_is_not_written() -> None:
    case = dispute(LETTERS_ONLY)
    case.done("letter", ZEIST)
    case.done("archive")
    assert case.case.status is Status.OPEN


NOTICES = with_tasks("""
    notice:
      label: {nl: Kennisgeving, en: Notice}
      for: each_party
      join: none
    invitation:
      label: {nl: Uitnodiging, en: Invitation}
      for: secretariat
      after: [notice]
""")


@positive("WCP12")
def test_the_invitation_does_not_wait_for_any_notice() -> None:
    case = dispute(NOTICES)
    assert (case.states("notice"), case.state("invitation")) == (["open", "open"], "open")


@negative("WCP12")
def test_a_notice_that_nobody_waits_for_is_still_to_be_given() -> None:
    case = dispute(NOTICES)
    case.done("invitation")
    case.done("notice", UTRECHT)
    assert (case.states("notice"), case.joined()) == (["done", "open"], ["invitation"])


THREE_ARBITERS = with_tasks(
    """
    award:
      label: {nl: Oordeel, en: Award}
      for: secretariat
      count: 3
""",
    go_on="award",
)


@positive("WCP13")
def test_three_arbiters_are_waited_for() -> None:
    case = dispute(THREE_ARBITERS)
    for number in (3, 1, 2):
        case.done("award", number=number)
    assert case.move("go_on").stage == "overleg"


@negative("WCP13")
def test_two_of_three_arbiters_do_not_make_an_award() -> None:
    case = dispute(THREE_ARBITERS)
    case.done("award", number=1)
    case.done("award", number=3)
    assert "Nog niet klaar: oordeel" in case.refused(MakeMove(case.case.id, "go_on"))


STATEMENTS = with_tasks(
    """
    statement:
      label: {nl: Zienswijze, en: Statement}
      for: each_party
""",
    go_on="statement",
)


@positive("WCP14")
def test_five_parties_are_asked_for_five_statements() -> None:
    parties = (UTRECHT, ZEIST, DE_BILT, SOEST, VALLEI)
    case = dispute(STATEMENTS, *parties)
    for party in parties:
        case.done("statement", party)
    assert case.move("go_on").stage == "overleg"


@negative("WCP14")
def test_four_of_five_statements_hold_the_case_and_the_fifth_is_named() -> None:
    case = dispute(STATEMENTS, UTRECHT, ZEIST, DE_BILT, SOEST, VALLEI)
    for party in (UTRECHT, ZEIST, SOEST, VALLEI):
        case.done("statement", party)
    refusal = case.refused(MakeMove(case.case.id, "go_on"))
    assert "Nog niet klaar: zienswijze (De Bilt)." in refusal


@positive("WCP15")
def test_a_municipality_that_joins_later_gives_its_statement_too() -> None:
    case = dispute(STATEMENTS)
    case.done("statement", UTRECHT)
    case.joins(SOEST)
    case.done("statement", ZEIST)
    case.done("statement", SOEST)
    assert (case.joined(), case.move("go_on").stage) == (["statement"], "overleg")


@negative("WCP15")
def test_the_statement_of_who_joined_later_cannot_be_passed_over() -> None:
    case = dispute(STATEMENTS)
    case.done("statement", UTRECHT)
    case.done("statement", ZEIST)
    case.joins(SOEST)
    refusal = case.refused(MakeMove(case.case.id, "go_on"))
    assert "Nog niet klaar: zienswijze (Soest)." in refusal


SETTLE_OR_ESCALATE = procedure("""
    initial: overleg
    stages:
      overleg:
        label: {nl: Overleg, en: Talks}
        purpose: {nl: Werken aan een oplossing., en: Work on a solution.}
        owner: party
        term:
          length: 10 working days
          basis: agreement
          on_expiry: [{after: 0 working days, trigger: time_is_up}]
      bemiddeling:
        label: {nl: Bemiddeling, en: Mediation}
        purpose: {nl: Werken met een bemiddelaar., en: Work with a mediator.}
        owner: mediator
        term:
          length: 3 months
          basis: agreement
          on_expiry: [{after: 0 working days, notify: [secretariat]}]
      opgelost:
        label: {nl: Opgelost, en: Resolved}
        purpose: {nl: De uitkomst staat vast., en: The outcome is settled.}
        kind: ending
      ingetrokken:
        label: {nl: Ingetrokken, en: Withdrawn}
        purpose: {nl: De vraag is van tafel., en: The question is off the table.}
        kind: ending
    transitions:
      - trigger: settle
        label: {nl: Schik, en: Settle}
        from: [overleg, bemiddeling]
        to: opgelost
        roles: [party, secretariat]
      - trigger: time_is_up
        label: {nl: De tijd is om, en: Time is up}
        from: [overleg]
        to: bemiddeling
        roles: [party, clock]
      - trigger: withdraw
        label: {nl: Trek in, en: Withdraw}
        from: [overleg]
        to: ingetrokken
        roles: [party, secretariat]
        guards: {required: [settlement_text_recorded]}
""")


@positive("WCP16")
def test_when_the_term_ends_first_the_case_goes_to_mediation() -> None:
    case = dispute(SETTLE_OR_ESCALATE)
    assert case.until(date(2026, 9, 23)).stage == "bemiddeling"


@negative("WCP16")
def test_who_settles_first_hears_nothing_more_of_the_term() -> None:
    case = dispute(SETTLE_OR_ESCALATE)
    case.move("settle", UTRECHT)
    assert case.until(date(2026, 12, 1)).stage == "opgelost"
    assert not case.told("term_expired")


HEARINGS = with_tasks("""
    first_hearing:
      label: {nl: Eerste zitting, en: First hearing}
      for: each_party
      exclusive: hearing_room
    second_hearing:
      label: {nl: Tweede zitting, en: Second hearing}
      for: each_party
      exclusive: hearing_room
      after: [first_hearing]
""")


@positive("WCP17")
def test_hearings_follow_one_another_and_the_second_round_comes_after_the_first() -> None:
    case = dispute(HEARINGS)
    for hearing, party in (
        ("first_hearing", ZEIST),
        ("first_hearing", UTRECHT),
        ("second_hearing", UTRECHT),
        ("second_hearing", ZEIST),
    ):
        case.start(hearing, party)
        case.done(hearing, party)
    assert case.joined() == ["first_hearing", "second_hearing"]


@negative("WCP17")
def test_no_hearing_begins_while_another_goes_on_nor_before_its_round() -> None:
    case = dispute(HEARINGS)
    case.start("first_hearing", UTRECHT)
    also = StartTask(case.case.id, case.task("first_hearing", ZEIST).id)
    assert "Dit kan niet tegelijk" in case.refused(also, actor_of(ZEIST))
    early = StartTask(case.case.id, case.task("second_hearing", ZEIST).id)
    assert "nog niet aan de beurt" in case.refused(early, actor_of(ZEIST))


@positive("WCP18")
def test_a_request_can_be_withdrawn_until_mediation_begins() -> None:
    case = dispute(SETTLE_OR_ESCALATE)
    case.do(Confirm(case.case.id, ConfirmationKind.SETTLEMENT_TEXT, note=NOTE))
    assert case.move("withdraw", UTRECHT).stage == "ingetrokken"


@negative("WCP18")
def test_in_mediation_the_request_can_no_longer_be_withdrawn() -> None:
    case = dispute(SETTLE_OR_ESCALATE)
    case.do(Confirm(case.case.id, ConfirmationKind.SETTLEMENT_TEXT, note=NOTE))
    case.move("time_is_up", ZEIST)
    assert "kan niet" in case.refused(MakeMove(case.case.id, "withdraw"), actor_of(UTRECHT))


@positive("WCP19")
def test_a_statement_that_was_withdrawn_is_not_waited_for() -> None:
    case = dispute(STATEMENTS)
    case.start("statement", ZEIST)
    case.withdraw("statement", ZEIST)
    case.done("statement", UTRECHT)
    assert case.move("go_on").stage == "overleg"


@negative("WCP19")
def test_a_statement_that_was_given_cannot_be_withdrawn_nor_by_another() -> None:
    case = dispute(STATEMENTS)
    case.done("statement", ZEIST)
    given = WithdrawTask(case.case.id, case.task("statement", ZEIST).id, "Vergissing.")
    assert "al klaar" in case.refused(given, actor_of(ZEIST))
    others = WithdrawTask(case.case.id, case.task("statement", UTRECHT).id, "Niet nodig.")
    assert "werk van Provincie Utrecht" in case.refused(others, actor_of(ZEIST))


WITHDRAWN_AS_A_WHOLE = FACTS_AFTER_STATEMENTS.replace("opgelost", "ingetrokken")


@positive("WCP20")
def test_a_dispute_that_is_withdrawn_leaves_no_work_behind() -> None:
    case = dispute(WITHDRAWN_AS_A_WHOLE)
    case.start("statement", UTRECHT)
    case.move("settle")
    assert (case.case.stage, case.case.status) == ("ingetrokken", Status.CLOSED)
    assert (case.case.tasks, case.armed) == ((), [])
    assert [task.state.value for task in case.changed] == ["withdrawn"] * 3
    assert case.told("tasks_withdrawn")[-1].content["tasks"] == [
        "1-statement-1",
        "1-statement-2",
        "1-facts-1",
    ]


@negative("WCP20")
def test_nothing_of_a_withdrawn_dispute_can_be_done_any_more() -> None:
    case = dispute(WITHDRAWN_AS_A_WHOLE)
    number = case.task("statement", UTRECHT).id
    case.move("settle")
    late = CompleteTask(case.case.id, number)
    assert "gesloten" in case.refused(late, actor_of(UTRECHT))


TWO_ROUNDS = with_tasks(
    """
    facts:
      label: {nl: Feitenlijst, en: List of facts}
      for: secretariat
      rounds: 2
""",
    go_on="facts",
)


@positive("WCP21")
def test_the_list_of_facts_is_made_a_second_time_and_waited_for_again() -> None:
    case = dispute(TWO_ROUNDS)
    case.done("facts")
    case.reopen("facts")
    assert "Nog niet klaar" in case.refused(MakeMove(case.case.id, "go_on"))
    case.done("facts")
    assert case.move("go_on").stage == "overleg"


@negative("WCP21")
def test_the_list_of_facts_is_not_made_a_third_time() -> None:
    case = dispute(TWO_ROUNDS)
    case.done("facts")
    case.reopen("facts")
    case.done("facts")
    third = ReopenTask(case.case.id, case.task("facts").id, "Nog eens.")
    assert "ten hoogste 2 keer" in case.refused(third)


@positive("WCP23")
def test_a_settlement_counts_when_the_case_stands_where_it_can_be_settled() -> None:
    case = dispute(ROUND_AND_ROUND)
    case.move("talk")
    assert case.move("settle").stage == "opgelost"


@negative("WCP23")
def test_a_settlement_that_came_too_early_is_not_kept_for_later() -> None:
    case = dispute(ROUND_AND_ROUND)
    case.refused(MakeMove(case.case.id, "settle"))
    assert case.move("talk").stage == "overleg"


@positive("WCP24")
def test_a_text_that_was_recorded_early_counts_when_it_is_needed() -> None:
    case = dispute(SETTLE_OR_ESCALATE)
    case.do(Confirm(case.case.id, ConfirmationKind.SETTLEMENT_TEXT, note=NOTE))
    case.until(date(2026, 9, 14))
    assert case.move("withdraw", UTRECHT).stage == "ingetrokken"


@negative("WCP24")
def test_without_the_text_the_move_that_needs_it_is_refused() -> None:
    case = dispute(SETTLE_OR_ESCALATE)
    refusal = case.refused(MakeMove(case.case.id, "withdraw"), actor_of(UTRECHT))
    assert "De tekst van de uitkomst is nog niet vastgelegd" in refusal


AGREEMENT_STOPS_THE_FACTS = with_tasks("""
    agreement:
      label: {nl: Akkoord, en: Agreement}
      for: party
      cancels: [money, water, statement]
    money:
      label: {nl: Geld, en: Money}
      for: secretariat
    water:
      label: {nl: Water, en: Water}
      for: secretariat
      after: [money]
    statement:
      label: {nl: Zienswijze, en: Statement}
      for: each_party
    reply:
      label: {nl: Reactie, en: Reply}
      for: secretariat
      after: [statement]
    press:
      label: {nl: Persbericht, en: Press release}
      for: secretariat
""")


@positive("WCP25")
def test_an_agreement_stops_all_looking_into_facts() -> None:
    case = dispute(AGREEMENT_STOPS_THE_FACTS)
    case.start("money")
    case.done("agreement", ZEIST)
    assert (case.state("money"), case.state("water")) == ("withdrawn", "withdrawn")


@negative("WCP25")
def test_what_does_not_belong_to_the_facts_goes_on() -> None:
    case = dispute(AGREEMENT_STOPS_THE_FACTS)
    case.done("agreement", ZEIST)
    assert case.state("press") == "open"


@positive("WCP26")
def test_an_agreement_stops_the_statements_that_were_not_given_yet() -> None:
    case = dispute(AGREEMENT_STOPS_THE_FACTS)
    case.done("statement", UTRECHT)
    case.done("agreement", ZEIST)
    assert case.states("statement") == ["done", "withdrawn"]


@negative("WCP26")
def test_after_statements_that_were_stopped_no_reply_is_asked() -> None:
    case = dispute(AGREEMENT_STOPS_THE_FACTS)
    case.done("statement", UTRECHT)
    case.done("agreement", ZEIST)
    assert (case.state("reply"), "statement" in case.joined()) == ("withdrawn", False)


SILENCE_HOLDS_NOBODY_UP = with_tasks("""
    statement:
      label: {nl: Zienswijze, en: Statement}
      for: each_party
      term: 5 working days
      on_expiry: complete
    facts:
      label: {nl: Feiten, en: Facts}
      for: secretariat
      after: [statement]
""")


@positive("WCP27")
def test_when_the_time_for_statements_is_up_the_facts_follow_by_hand_or_by_the_clock() -> None:
    by_clock = dispute(SILENCE_HOLDS_NOBODY_UP)
    by_clock.done("statement", UTRECHT)
    by_clock.until(date(2026, 9, 15))
    by_hand = dispute(SILENCE_HOLDS_NOBODY_UP)
    by_hand.close("statement")
    assert by_clock.states("statement") == ["done", "withdrawn"]
    assert by_hand.states("statement") == ["withdrawn", "withdrawn"]
    for case in (by_clock, by_hand):
        assert (case.joined(), case.state("facts")) == (["statement"], "open")


@negative("WCP27")
def test_the_time_for_statements_is_not_cut_short_by_a_day_nor_by_a_party() -> None:
    case = dispute(SILENCE_HOLDS_NOBODY_UP)
    case.until(date(2026, 9, 14))
    assert (case.states("statement"), case.state("facts")) == (["open", "open"], "waiting")
    by_a_party = CloseTasks(case.case.id, "statement", "Zo is het genoeg.")
    assert "bemiddelaar of het secretariaat" in case.refused(by_a_party, actor_of(ZEIST))


FIRST_ADVICE = with_tasks(
    """
    advice:
      label: {nl: Bindend advies, en: Binding advice}
      for: secretariat
      count: 3
      join: first
      rest: withdraw
""",
    go_on="advice",
)


@positive("WCP29")
def test_the_first_binding_advice_makes_the_others_needless() -> None:
    case = dispute(FIRST_ADVICE)
    case.start("advice", number=3)
    case.done("advice", number=1)
    assert case.states("advice") == ["done", "withdrawn", "withdrawn"]


@negative("WCP29")
def test_a_second_binding_advice_is_refused() -> None:
    case = dispute(FIRST_ADVICE)
    case.done("advice", number=1)
    second = CompleteTask(case.case.id, case.task("advice", number=2).id, note=NOTE)
    assert "Dit is ingetrokken" in case.refused(second)


TWO_OF_THREE = with_tasks("""
    opinion:
      label: {nl: Oordeel van een deskundige, en: Opinion of an expert}
      for: secretariat
      count: 3
      join: {at_least: 2}
    advice:
      label: {nl: Advies, en: Advice}
      for: secretariat
      after: [opinion]
""")


@positive("WCP30")
def test_two_of_three_experts_are_enough_for_an_advice() -> None:
    case = dispute(TWO_OF_THREE)
    case.done("opinion", number=3)
    case.done("opinion", number=1)
    assert (case.state("advice"), case.states("opinion")) == ("open", ["done", "open", "done"])


@negative("WCP30")
def test_one_expert_is_not_enough_and_the_third_changes_nothing() -> None:
    case = dispute(TWO_OF_THREE)
    case.done("opinion", number=3)
    assert case.state("advice") == "waiting"
    case.done("opinion", number=1)
    case.done("opinion", number=2)
    assert (case.joined(), opened(case, "advice")) == (["opinion"], 1)


ENOUGH_EXPERTS = TWO_OF_THREE.replace("{at_least: 2}", "{at_least: 2}\n        rest: withdraw")


@positive("WCP32")
def test_the_third_expert_is_let_go_when_two_have_spoken() -> None:
    case = dispute(ENOUGH_EXPERTS)
    case.done("opinion", number=3)
    case.done("opinion", number=2)
    assert case.states("opinion") == ["withdrawn", "done", "done"]


@negative("WCP32")
def test_no_expert_is_let_go_while_only_one_has_spoken() -> None:
    case = dispute(ENOUGH_EXPERTS)
    case.done("opinion", number=3)
    assert case.states("opinion") == ["open", "open", "done"]


QUORUM = with_tasks(
    """
    vote:
      label: {nl: Stem, en: Vote}
      for: each_party
      join: {at_least: 3}
""",
    go_on="vote",
)


@positive("WCP34")
def test_three_of_five_parties_make_a_quorum() -> None:
    case = dispute(QUORUM, UTRECHT, ZEIST, DE_BILT, SOEST, VALLEI)
    for party in (VALLEI, ZEIST, UTRECHT):
        case.done("vote", party)
    assert case.move("go_on").stage == "overleg"


@negative("WCP34")
def test_two_of_five_parties_make_no_quorum() -> None:
    case = dispute(QUORUM, UTRECHT, ZEIST, DE_BILT, SOEST, VALLEI)
    case.done("vote", VALLEI)
    case.done("vote", ZEIST)
    assert "2 van de 3 nodig" in case.refused(MakeMove(case.case.id, "go_on"))


QUICK_QUORUM = QUORUM.replace("{at_least: 3}", "{at_least: 3}\n        rest: withdraw")


@positive("WCP35")
def test_who_did_not_vote_when_the_quorum_was_there_need_not_any_more() -> None:
    case = dispute(QUICK_QUORUM, UTRECHT, ZEIST, DE_BILT, SOEST, VALLEI)
    for party in (VALLEI, ZEIST, UTRECHT):
        case.done("vote", party)
    assert case.states("vote") == ["done", "done", "withdrawn", "withdrawn", "done"]


@negative("WCP35")
def test_before_the_quorum_is_there_every_party_can_vote() -> None:
    case = dispute(QUICK_QUORUM, UTRECHT, ZEIST, DE_BILT, SOEST, VALLEI)
    case.done("vote", VALLEI)
    assert case.states("vote") == ["open", "open", "open", "open", "done"]


@positive("WCP36")
def test_the_vote_of_who_joined_later_counts_for_the_quorum() -> None:
    case = dispute(QUORUM, UTRECHT, ZEIST, DE_BILT)
    case.done("vote", UTRECHT)
    case.joins(SOEST)
    case.done("vote", SOEST)
    case.done("vote", ZEIST)
    assert (case.joined(), case.states("vote")[2]) == (["vote"], "open")


@negative("WCP36")
def test_who_joins_does_not_lower_the_quorum_and_two_parties_never_need_three() -> None:
    case = dispute(QUORUM, UTRECHT, ZEIST)
    assert case.task("vote", ZEIST).needed == 2
    case.joins(SOEST)
    case.done("vote", UTRECHT)
    case.done("vote", ZEIST)
    assert (case.joined(), case.task("vote", ZEIST).needed) == ([], 3)


ONE_ROOM = with_tasks("""
    hearing:
      label: {nl: Zitting, en: Hearing}
      for: each_party
      exclusive: hearing_room
    site_visit:
      label: {nl: Bezoek ter plaatse, en: Site visit}
      for: secretariat
""")


@positive("WCP39")
def test_the_room_is_free_for_the_next_when_a_hearing_is_over() -> None:
    case = dispute(ONE_ROOM)
    case.start("hearing", UTRECHT)
    case.done("hearing", UTRECHT)
    assert case.start("hearing", ZEIST).state == "started"


@negative("WCP39")
def test_two_hearings_never_go_on_in_one_room() -> None:
    case = dispute(ONE_ROOM)
    case.start("hearing", UTRECHT)
    number = case.task("hearing", ZEIST).id
    for also in (StartTask(case.case.id, number), CompleteTask(case.case.id, number)):
        refusal = case.refused(also, actor_of(ZEIST))
        assert "zitting (Provincie Utrecht)" in refusal
    assert case.start("site_visit").state == "started", "who needs no room is not held up"


@positive("WCP40")
def test_parties_are_heard_in_any_order() -> None:
    for order in ((UTRECHT, ZEIST), (ZEIST, UTRECHT)):
        case = dispute(ONE_ROOM)
        for party in order:
            case.start("hearing", party)
            case.done("hearing", party)
        assert case.joined() == ["hearing"]


@negative("WCP40")
def test_parties_are_not_heard_at_the_same_time() -> None:
    case = dispute(ONE_ROOM)
    case.start("hearing", ZEIST)
    also = StartTask(case.case.id, case.task("hearing", UTRECHT).id)
    assert "Dit kan niet tegelijk" in case.refused(also, actor_of(UTRECHT))


@positive("WCP43")
def test_a_resolution_stops_all_work_and_every_clock() -> None:
    case = dispute(SILENCE_HOLDS_NOBODY_UP)
    case.move("settle")
    assert (case.case.status, case.live(), case.armed) == (Status.CLOSED, [], [])


@negative("WCP43")
def test_work_that_is_done_does_not_end_a_case_by_itself_and_after_the_end_nothing_rings() -> None:
    case = dispute(SILENCE_HOLDS_NOBODY_UP)
    case.close("statement")
    case.done("facts")
    assert case.case.status is Status.OPEN
    case.move("settle")
    told = len(case.history)
    case.until(date(2027, 6, 1))
    assert len(case.history) == told


def opened(case: Dispute, name: str) -> int:
    """Return how many times a task of this name was opened."""
    return sum(
        task["name"] == name
        for entry in case.told("tasks_opened")
        for task in entry.content["tasks"]
    )
