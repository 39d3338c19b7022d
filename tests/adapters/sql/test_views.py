"""Reads obey one rule about who may see what, in Python and in SQL alike."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from sqlmodel import Session
from structlog.testing import capture_logs

from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.strange import pins
from impasse.adapters.sql.tables import CaseRow, PartyRow
from impasse.adapters.sql.views import CaseFilter, Views
from impasse.domain.access import may_see
from impasse.domain.case import Status
from impasse.domain.errors import Conflict, NotFound
from impasse.domain.people import CLOCK, Actor, Layer, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

ORGANISATIONS = ("gm0001", "gm0002", "pv27", "x-bureau", "")
PERSONS = ("anna", "bert", "carla")


@pytest.fixture
def views(database_url: str) -> Iterator[Views]:
    """Twelve cases: every kind of party, mediator and visibility."""
    database = open_database(database_url)
    with Session(database) as session:
        for number in range(12):
            session.add(_case(number))
        session.commit()
        for number in range(12):
            for place, organisation in enumerate(ORGANISATIONS[: number % 4]):
                session.add(
                    PartyRow(
                        case_id=f"IMP-2026-{number:04d}",
                        organisation=organisation,
                        position=place,
                        name=f"Naam {organisation}",
                        layer=Layer.MUNICIPALITY.value,
                        role="",
                    )
                )
        session.commit()
    yield Views(database)
    database.dispose()


def _case(number: int) -> CaseRow:
    return CaseRow(
        id=f"IMP-2026-{number:04d}",
        title=f"Zaak {number} over 100% zeker_heid",
        summary="",
        policy_area="water" if number % 2 else "wonen",
        regions='["Zeeland"]' if number % 3 else '["Fryslân","Groningen"]',
        visibility="lesson" if number % 5 == 0 else "parties",
        opened_on=date(2026, 1, 1),
        workflow="interbestuurlijke-impasse",
        workflow_version="2",
        stage="signal",
        stage_entry=1,
        stage_since=date(2026, 1, 1),
        came_from="",
        left="{}",
        tier="officials",
        status="closed" if number == 11 else "open",
        last_step_on=date(2026, 1, 1),
        handler="",
        mediator=PERSONS[number % 3] if number % 2 else "",
        level="green",
        level_since=date(2026, 1, 1),
        level_below_since=None,
        score=0.0,
        candidate="",
        candidate_day=None,
        deadline=None if number % 4 == 0 else datetime(2026, 2, 20 - number, tzinfo=UTC),
        revision=1,
        history_head="",
        history_length=0,
    )


actors = st.builds(
    Actor,
    person=st.sampled_from(PERSONS),
    organisation=st.sampled_from(ORGANISATIONS),
    roles=st.frozensets(st.sampled_from(Role)),
    origin=st.just("web"),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(actor=actors)
def test_the_list_in_sql_is_exactly_what_may_see_allows(views: Views, actor: Actor) -> None:
    everything = [views.case(CLOCK, line.id) for line in views.cases(CLOCK)]
    assert len(everything) == 12

    allowed = {case.id for case in everything if may_see(actor, case)}

    assert {line.id for line in views.cases(actor)} == allowed
    assert {line.id for line in views.board(actor)} == allowed
    assert views.count(actor) == len(allowed)
    for case in everything:
        if case.id in allowed:
            assert views.case(actor, case.id) == case
        else:
            with pytest.raises(NotFound) as hidden:
                views.case(actor, case.id)
            with pytest.raises(NotFound) as missing:
                views.case(actor, "IMP-2026-9999")
            said = hidden.value.text.nl.replace(case.id, "")
            assert said == missing.value.text.nl.replace("IMP-2026-9999", "")


def test_the_board_begins_with_the_earliest_deadline_and_ends_with_cases_that_have_none(
    views: Views,
) -> None:
    ids = [line.id[-2:] for line in views.board(CLOCK)]

    assert ids[:9] == ["11", "10", "09", "07", "06", "05", "03", "02", "01"]
    assert ids[9:] == ["08", "04", "00"]


def test_pages_follow_each_other_without_a_gap_or_a_double(views: Views) -> None:
    seen: list[str] = []
    while page := views.cases(CLOCK, after=seen[-1] if seen else "", limit=5):
        seen += [line.id for line in page]

    assert seen == [f"IMP-2026-{number:04d}" for number in range(12)]


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (CaseFilter(status=frozenset({Status.CLOSED})), 1),
        (CaseFilter(policy_area="water"), 6),
        (CaseFilter(region="Fryslân"), 4),
        (CaseFilter(region="Frysl%"), 0),
        (CaseFilter(lessons=False), 9),
        (CaseFilter(layer=Layer.MUNICIPALITY), 9),
        (CaseFilter(text="ZAAK over"), 12),
        (CaseFilter(text="100%"), 12),
        (CaseFilter(text="zeker%heid"), 0),
        (CaseFilter(text="naam PV27"), 3),
        (CaseFilter(stage="resolution"), 0),
    ],
)
def test_filters_take_words_as_words(views: Views, wanted: CaseFilter, count: int) -> None:
    assert views.count(CLOCK, wanted) == count


@pytest.mark.parametrize(
    ("column", "value"),
    [("tier", "weird"), ("level", "paars"), ("status", "weg"), ("visibility", "")],
)
def test_a_case_with_a_strange_word_is_left_out_of_lists_and_named_when_asked_for(
    views: Views, column: str, value: str
) -> None:
    rows = table(CaseRow)
    with views._database.begin() as connection:
        broken = rows.c.id == "IMP-2026-0003"
        connection.execute(update(rows).where(broken).values({column: value}))

    with capture_logs() as lines:
        first = views.cases(CLOCK, limit=5)
        rest = views.cases(CLOCK, after=first[-1].id, limit=50)

    # The page is full: the next case took the place of the one that cannot be read.
    assert [int(line.id[-4:]) for line in first] == [0, 1, 2, 4, 5]
    assert [int(line.id[-4:]) for line in rest] == [6, 7, 8, 9, 10, 11]
    assert {(line["event"], line["object"]) for line in lines} == {
        ("case_left_out", "IMP-2026-0003")
    }
    assert "IMP-2026-0003" not in {line.id for line in views.board(CLOCK)}
    with pytest.raises(Conflict) as refused:
        views.case(CLOCK, "IMP-2026-0003")
    for words in ("IMP-2026-0003", f"'{column}'", f"'{value}'"):
        assert words in refused.value.text.nl
        assert words in refused.value.text.en
    strange = {pin.id: pin.strange for pin in pins(views._database) if pin.strange}
    assert strange == {"IMP-2026-0003": ((column, value),)}


def test_a_party_of_a_strange_layer_costs_the_list_no_more_than_its_own_case(views: Views) -> None:
    rows = table(PartyRow)
    with views._database.begin() as connection:
        broken = rows.c.case_id == "IMP-2026-0003"
        connection.execute(update(rows).where(broken).values(layer="planeet"))

    assert len(views.cases(CLOCK)) == 11
    with pytest.raises(Conflict, match="'layer' holds 'planeet'"):
        views.case(CLOCK, "IMP-2026-0003")
