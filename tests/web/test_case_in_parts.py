"""What a case page is made of, looked at without a page."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from impasse.domain.calendar import ClosureDay
from impasse.domain.commands import MakeMove, Suspend
from impasse.domain.ledger import ledger
from impasse.domain.lifeline import lifeline
from impasse.domain.people import Actor, Role
from impasse.domain.term_acts import SuspensionReason
from impasse.domain.text import Text
from impasse.web.cards import make_cards
from impasse.web.course import Step, stage_line, stays, strip, turn
from impasse.web.offices import offices_of
from impasse.web.readiness import moves_of, settled_by
from impasse.web.timeline import Teller
from impasse.web.warning_card import warning_of

SECRETARIAT = Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")
LIAISON = Actor("lotte", "gm0363", frozenset({Role.LIAISON_OFFICER}), "test")


@pytest.fixture
def seen(house, open_case):
    """Read a case and all that belongs to it, as it stands at this moment."""
    key = open_case(reasons=("A1", "E1"))

    def read():
        case = house.views.case(SECRETARIAT, key)
        procedure = house.procedures.get(case.workflow, case.workflow_version)
        return case, procedure.workflow, house.views.history(key)

    return read


def line(house, case, workflow, entries) -> tuple[Step, ...]:
    today = house.calendar.local_day(house.clock())
    past = stays(entries, house.views.terms(case.id), workflow, today, house.calendar)
    return stage_line(case, past, workflow, today, house.calendar)


def test_a_move_says_whose_it_is_and_when_it_takes_a_reason(seen):
    case, workflow, _ = seen()
    onward = moves_of(case, workflow, LIAISON).onward[0]

    assert not onward.mine
    assert onward.whose.nl == "bemiddelaar of secretariaat"
    assert onward.reason_needed, "not everybody was heard"
    assert moves_of(case, workflow, SECRETARIAT).first == moves_of(case, workflow, SECRETARIAT).get(
        "start_fact_finding"
    )


def test_what_would_settle_a_condition_is_found_by_trying(seen):
    case, *_ = seen()

    assert settled_by("all_parties_heard", case) == "view"
    assert settled_by("fact_report_recorded", case) == "fact_report"
    assert settled_by("handler_appointed", case) is None


def test_going_back_is_remembered_on_the_line_of_stages(house, seen, watch):
    case, *_ = seen()
    for days, trigger in ((7, "start_fact_finding"), (7, "start_rule_interpretation"),
                          (7, "new_facts")):  # fmt: skip
        watch.move(days=days)
        house.engine.handle(MakeMove(case.id, trigger, "Zo is het."), SECRETARIAT)

    steps = line(house, *seen())

    assert [step.state for step in steps] == ["done", "now", "todo", "todo", "todo"]
    assert steps[0].detail.nl == "5 werkdagen"
    assert steps[2].detail.nl == "eerder 5 werkdagen"


def test_the_strip_shows_what_runs_over_in_a_bar_of_its_own(house, seen, watch):
    watch.move(days=21)
    case, workflow, entries = seen()
    today = house.calendar.local_day(house.clock())
    past = stays(entries, house.views.terms(case.id), workflow, today, house.calendar)

    drawn = strip(case, past, today, house.calendar)

    assert drawn is not None
    assert [(block.kind, block.short) for block in drawn.blocks] == [
        ("now", "1: 15"),
        ("late", "+5"),
    ]
    assert drawn.total == 15


def test_a_line_of_the_timeline_has_its_own_sign(house, seen):
    case, workflow, entries = seen()
    offices = offices_of(house, case)
    teller = Teller(case, workflow, house.indicators, offices, date(2026, 10, 12))
    items = [teller.item(entry) for entry in entries]

    assert (items[0].icon, items[0].big) == ("bell", True)
    assert not any(item.big for item in items[1:])


def test_the_bars_of_a_warning_add_up_to_its_score(house, seen):
    case, _, entries = seen()
    warning = warning_of(case, entries, date(2026, 10, 12), house.calendar, house.indicators)

    parts = sum(bar.points for bar in warning.bars) + warning.standstill.points
    assert parts - warning.protection == pytest.approx(warning.score)
    assert warning.most == 27


def test_while_the_clock_stands_still_the_page_says_so_and_counts_none_of_it(house, seen, watch):
    case, *_ = seen()
    watch.move(days=2)
    day = house.calendar.local_day(house.clock())
    house.engine.handle(
        Suspend(
            case.id,
            reason=SuspensionReason.AWAITING_PARTY,
            waits_for="gm0363",
            until=day + timedelta(days=9),
            note="De provincie meet opnieuw.",
        ),
        SECRETARIAT,
    )
    watch.move(days=5)
    case, workflow, entries = seen()
    today = house.calendar.local_day(house.clock())
    past = stays(entries, house.views.terms(case.id), workflow, today, house.calendar)

    here = stage_line(case, past, workflow, today, house.calendar)[0]
    assert (here.state, here.detail.nl) == ("hold", "opgeschort tot en met vr 23 okt")
    drawn = strip(case, past, today, house.calendar)
    assert [(b.kind, b.short) for b in drawn.blocks] == [
        ("now", "1: 2"), ("still", "3"), ("still", "4"), ("rest", ""),
    ]  # fmt: skip
    assert drawn.blocks[-1].label.nl == "8 werkdagen over"
    assert drawn.still == 3
    at_turn = turn(case, workflow, today, house.calendar)
    assert at_turn.urgency == "hold"
    assert at_turn.who.nl.startswith("De klok staat stil: gewacht wordt op ")
    assert at_turn.do.nl == "De provincie meet opnieuw."
    [card] = make_cards(house, house.views.board(SECRETARIAT), today)
    assert (card.state, card.suspended, card.late, card.almost) == ("hold", True, False, False)
    assert (card.count.done, card.count.total, card.count.left) == (2, 10, 8)


def test_a_suspension_that_is_still_to_come_is_drawn_where_it_will_be(house, seen):
    case, *_ = seen()
    today = house.calendar.local_day(house.clock())
    house.engine.handle(
        Suspend(
            case.id,
            reason=SuspensionReason.AWAITING_PARTY,
            waits_for="gm0363",
            begins_on=today + timedelta(days=4),
            until=today + timedelta(days=11),
            note="De provincie meet opnieuw.",
        ),
        SECRETARIAT,
    )
    case, workflow, entries = seen()
    past = stays(entries, house.views.terms(case.id), workflow, today, house.calendar)
    drawn = strip(case, past, today, house.calendar)
    assert drawn is not None
    ahead = drawn.blocks[1:]
    assert [block.kind for block in ahead] == ["rest", "still", "rest"]
    assert ahead[0].label.nl.endswith("tot de opschorting")
    assert ahead[-1].label.nl.startswith("daarna nog ")


def test_the_strip_and_the_ledger_count_the_same_working_days(house, seen, watch):
    watch.move(days=4)
    case, workflow, entries = seen()
    today = house.calendar.local_day(house.clock())
    closed = ClosureDay(today, Text("dicht", "closed"), "besluit directie")
    calendar = replace(house.calendar, closures=(closed,))
    past = stays(entries, house.views.terms(case.id), workflow, today, calendar)

    drawn = strip(case, past, today, calendar)
    life = lifeline(entries, lambda _: workflow, today)

    assert drawn is not None
    assert (past[-1].days, drawn.total, ledger(life, calendar).working_days) == (3, 3, 3)


def test_a_step_back_has_its_own_name_and_a_step_onward_that_of_its_stage(as_, house, open_case):
    number = open_case(parties=("gm0363", "pv27"))
    onward = as_("sam").get(f"/impasses/{number}/fase?zet=start_fact_finding").text
    assert "<h1>Naar fase 2: " in onward
    for trigger in ("start_fact_finding", "start_rule_interpretation"):
        house.engine.handle(MakeMove(number, trigger, note="In overleg."), SECRETARIAT)
    back = as_("sam").get(f"/impasses/{number}/fase?zet=new_facts").text
    assert "<h1>Terug naar de feiten</h1>" in back
