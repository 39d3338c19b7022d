"""Which rooms exist for somebody is one rule, in Python and in SQL alike."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlmodel import Session

from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.people import person
from impasse.adapters.sql.rooms import visible_rooms
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import CaseRow, PartyRow, PersonRow, RoomRow
from impasse.adapters.sql.views import Views, visible_cases
from impasse.domain.access import may_enter, may_see, rooms_of
from impasse.domain.people import CLOCK, Actor, Layer, Role
from impasse.domain.rooms import SHARED, Room, RoomKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Engine

    from impasse.domain.case import Case

ORGANISATIONS = ("gm0001", "gm0002", "pv27", "x-koepel")
PERSONS = ("anna", "bert", "carla")
ROOMS = (
    SHARED,
    *(Room(RoomKind.SIDE, organisation) for organisation in ORGANISATIONS),
    *(Room(RoomKind.CAUCUS, one, person) for one in ORGANISATIONS for person in PERSONS),
    *(Room(RoomKind.MEDIATOR, mediator=person) for person in PERSONS),
)
AT = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def kept(database_url: str) -> Iterator[tuple[Engine, list[Case]]]:
    """Twelve cases in which something stands in every room: of those who left, too."""
    database = open_database(database_url)
    with Session(database) as session:
        session.add_all(_case(number) for number in range(12))
        session.commit()
        for number in range(12):
            session.add_all(_parties(number))
            session.add_all(_room(number, room) for room in ROOMS)
        session.commit()
    views = Views(database)
    yield database, [views.case(CLOCK, line.id) for line in views.cases(CLOCK)]
    database.dispose()


actors = st.builds(
    Actor,
    person=st.sampled_from((*PERSONS, "")),
    organisation=st.sampled_from((*ORGANISATIONS, "")),
    roles=st.frozensets(st.sampled_from(Role)),
    origin=st.sampled_from(("web", "api", "replay")),
    confidential=st.booleans(),
)
LIAISON = frozenset({Role.LIAISON_OFFICER})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(actor=actors)
@example(actor=Actor("anna", "pv27", LIAISON, "web"))
@example(actor=Actor("anna", "pv27", LIAISON | {Role.SUPERVISOR}, "web"))
@example(actor=Actor("anna", "pv27", LIAISON, "api", confidential=False))
@example(actor=Actor("bert", "gm0001", LIAISON | {Role.MEDIATOR}, "web"))
@example(actor=Actor("bert", "", frozenset({Role.MEDIATOR, Role.SECRETARIAT}), "web"))
def test_the_rooms_in_sql_are_exactly_those_that_one_may_enter(kept, actor: Actor) -> None:
    database, cases = kept
    of_rooms, of_cases = table(RoomRow), table(CaseRow)
    query = select(of_rooms.c.case_id, of_rooms.c.room).join(
        of_cases, of_cases.c.id == of_rooms.c.case_id
    )
    with database.connect() as connection:
        found = {tuple(row) for row in connection.execute(query.where(visible_rooms(actor)))}
        seen = set(connection.execute(select(of_cases.c.id).where(visible_cases(actor))).scalars())

    assert found == {
        (case.id, room.key) for case in cases for room in ROOMS if may_enter(actor, room, case)
    }
    # A room is never there without its case, and the shared one is there with it.
    assert seen == {case.id for case in cases if may_see(actor, case)}
    assert {case for case, _ in found} == seen
    for case in cases:
        assert all((case.id, room.key) in found for room in rooms_of(actor, case))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(actor=actors)
def test_nobody_but_the_clock_has_a_key_to_more_than_his_own_rooms(kept, actor: Actor) -> None:
    _, cases = kept

    for case in cases:
        closed = [room for room in ROOMS if room.confidential and may_enter(actor, room, case)]
        if Role.CLOCK in actor.roles:
            continue
        assert all(
            room.organisation == actor.organisation
            or room.mediator == actor.person == case.mediator
            for room in closed
        )
        if Role.SUPERVISOR in actor.roles or not actor.confidential:
            assert closed == []
        if not actor.roles & {Role.LIAISON_OFFICER, Role.MEDIATOR}:
            assert closed == []


def _parties(number: int) -> Iterator[PartyRow]:
    for place, organisation in enumerate(ORGANISATIONS[: number % 5]):
        yield PartyRow(
            case_id=f"IMP-2026-{number:04d}",
            organisation=organisation,
            position=place,
            name=organisation,
            layer=Layer.MUNICIPALITY.value,
            role="",
        )


def _room(number: int, room: Room) -> RoomRow:
    return RoomRow(
        case_id=f"IMP-2026-{number:04d}",
        room=room.key,
        kind=room.kind.value,
        organisation=room.organisation,
        mediator=room.mediator,
        opened_at=AT,
        revision=1,
        history_head="",
        history_length=0,
        contributions=1,
        releases=0,
        destroyed_at=AT if number == 7 else None,
    )


def _case(number: int) -> CaseRow:
    return CaseRow(
        id=f"IMP-2026-{number:04d}",
        title="Zaak",
        summary="",
        policy_area="water",
        regions="[]",
        visibility="lesson" if number % 5 == 1 else "parties",
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
        mediator=PERSONS[number % 3] if number % 4 else "",
        level="green",
        level_since=date(2026, 1, 1),
        level_below_since=None,
        score=0.0,
        candidate="",
        candidate_day=None,
        deadline=None,
        revision=1,
        history_head="",
        history_length=0,
    )


@pytest.mark.parametrize(
    ("written", "carried"),
    [
        ("administrator secretariat supervisor", {Role.SUPERVISOR}),
        ("clock liaison_officer party", {Role.LIAISON_OFFICER}),
    ],
)
def test_roles_written_into_the_database_by_hand_make_nobody_more_than_he_can_be(
    sqlite_url: str, written: str, carried: set[Role]
) -> None:
    database = open_database(sqlite_url)
    with Session(database) as session:
        session.add(
            PersonRow(
                id="toos",
                name="T.",
                function_nl="toezicht",
                function_en="supervision",
                organisation_id="pv26",
                roles=written,
            )
        )
        session.commit()
    assert person(database, "toos").roles == carried
    database.dispose()
