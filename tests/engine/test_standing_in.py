"""Who stands in and who represents, through the whole house: rooms, appointments, parties."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from impasse.adapters.identity.secrets import actor_of
from impasse.adapters.sql.people import add_person, change_person, person
from impasse.adapters.sql.substitutions import person_today, record_absence
from impasse.domain.access import may_enter
from impasse.domain.case import Party
from impasse.domain.commands import AddParty, Appoint, DecideRelease, WithdrawRelease
from impasse.domain.errors import Conflict, Invalid, NotFound
from impasse.domain.people import Actor, Layer, Person, Role
from impasse.domain.rooms import SHARED, Room, RoomKind
from impasse.domain.substitution import Wish
from impasse.domain.text import same
from rooms_of_a_case import (
    CITY,
    CITY_CAUCUS,
    CITY_ROOM,
    LIAISON,
    MEDIATOR,
    NEXT_MEDIATOR,
    PROVINCE,
    SECRETARY,
    SUPERVISOR,
    a_dispute,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rooms_of_a_case import Dispute

VNG = Actor("koepel", "x-vng", LIAISON, "web")


@pytest.fixture
def dispute(database_url: str) -> Iterator[Dispute]:
    with a_dispute(database_url) as dispute:
        yield dispute


def away(dispute: Dispute, who: str, substitute: str) -> Actor:
    """Record that *who* is away this week; return the substitute as who acts now."""
    house, at = dispute.house, dispute.clock()
    today = house.calendar.local_day(at)
    record_absence(house.database, Wish(who, substitute, today, today), by=None, at=at)
    return actor_of(person_today(house.database, person(house.database, substitute), at), "web")


def test_a_substitute_enters_the_side_room_and_decides_for_the_party(dispute: Dispute) -> None:
    add_person(dispute.house.database, Person("jurist", "J", same("jurist"), "gm0363", frozenset()))
    dispute.write(CITY, CITY_ROOM)
    dispute.propose(CITY, CITY_ROOM, "N1")

    jurist = away(dispute, CITY.person, "jurist")

    assert dispute.decide(jurist, CITY_ROOM, "V1").created == "N1"
    release = dispute.release(CITY, CITY_ROOM, "V1")
    assert release.decided_by == "jurist", "history keeps who acted"


def test_what_the_mediator_was_confided_does_not_pass_on(dispute: Dispute) -> None:
    dispute.write(CITY, CITY_CAUCUS, "alleen voor u")

    other = away(dispute, MEDIATOR.person, NEXT_MEDIATOR.person)

    assert not may_enter(other, CITY_CAUCUS, dispute.case)
    with pytest.raises(NotFound):
        dispute.house.rooms.contributions(other, dispute.case, CITY_CAUCUS)
    with pytest.raises(NotFound):
        dispute.house.views.case(other, dispute.case_id)


def test_an_umbrella_body_that_is_party_decides_nothing_of_a_member(dispute: Dispute) -> None:
    dispute.house.engine.handle(
        AddParty(dispute.case_id, Party("x-vng", "VNG", Layer.UMBRELLA)), SECRETARY
    )
    dispute.write(CITY, CITY_ROOM)
    dispute.propose(CITY, CITY_ROOM, "N1")
    wording = dispute.release(CITY, CITY_ROOM, "V1").wording

    for command in (
        DecideRelease(dispute.case_id, CITY_ROOM, "V1", approved=True, wording=wording),
        WithdrawRelease(dispute.case_id, CITY_ROOM, "V1"),
    ):
        with pytest.raises(NotFound):
            dispute.house.engine.handle(command, VNG)
    own = Room(RoomKind.SIDE, "x-vng")
    assert dispute.write(VNG, own, "onze inzet") == "N1"
    with pytest.raises(NotFound):
        dispute.texts(CITY, own)
    assert dispute.texts(CITY, SHARED) == []


def test_a_province_that_supervises_tells_its_liaison_and_its_supervisor_apart(
    dispute: Dispute,
) -> None:
    dispute.write(PROVINCE, Room(RoomKind.SIDE, "pv27"), "onze inzet")

    with pytest.raises(NotFound):
        dispute.house.views.case(SUPERVISOR, dispute.case_id)
    for wish in (
        Wish(SUPERVISOR.person, PROVINCE.person, _today(dispute), _today(dispute)),
        Wish(PROVINCE.person, SUPERVISOR.person, _today(dispute), _today(dispute)),
    ):
        with pytest.raises(Invalid):
            record_absence(dispute.house.database, wish, by=None, at=dispute.clock())


def test_who_becomes_a_supervisor_halfway_loses_what_he_stood_in_for(dispute: Dispute) -> None:
    house = dispute.house
    add_person(house.database, Person("jurist", "J", same("jurist"), "gm0363", frozenset()))
    away(dispute, CITY.person, "jurist")

    change_person(
        house.database,
        Person("jurist", "J", same("jurist"), "gm0363", frozenset({Role.SUPERVISOR})),
    )

    today = person_today(house.database, person(house.database, "jurist"), dispute.clock())
    assert today.roles == {Role.SUPERVISOR}
    assert today.stands_in_for == ()


def test_nobody_of_a_party_is_appointed_and_the_house_of_the_mediator_does_not_join(
    dispute: Dispute,
) -> None:
    house = dispute.house
    add_person(
        house.database,
        Person("eigen", "E", same("bemiddelaar"), "gm0363", frozenset({Role.MEDIATOR})),
    )

    with pytest.raises(Invalid):
        house.engine.handle(Appoint(dispute.case_id, "mediator", "eigen"), SECRETARY)
    with pytest.raises(Conflict, match="would no longer be independent"):
        house.engine.handle(
            AddParty(dispute.case_id, Party("x-onafhankelijk", "Bureau", Layer.OTHER)), SECRETARY
        )
    assert dispute.case.mediator == MEDIATOR.person


def _today(dispute: Dispute):
    return dispute.house.calendar.local_day(dispute.clock())
