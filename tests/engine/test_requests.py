"""What the engine asks of a request before anything is decided."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from impasse.adapters.sql.people import add_person, disable_person
from impasse.domain.case import Party
from impasse.domain.commands import AddParty, Appoint, OpenCase, RecordEvent
from impasse.domain.errors import Invalid, NotFound
from impasse.domain.people import Actor, Layer, Person, Role
from impasse.domain.text import Text
from impasse.settings import Settings
from impasse.wiring import build, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.wiring import House

SECRETARY = Actor("secretary", "mnre1034", frozenset({Role.SECRETARIAT}), "api")
LIAISON = Actor("liaison", "gm0363", frozenset({Role.LIAISON_OFFICER}), "api")
DAY = date(2026, 9, 1)


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    """A house with one mediator and one liaison officer."""
    settings = Settings(database_url=database_url)
    prepare(settings)
    house = build(settings, clock=lambda: datetime(2026, 9, 7, 9, tzinfo=UTC))
    for key, role, organisation in (
        ("mia", Role.MEDIATOR, "x-bureau"),
        ("lia", Role.LIAISON_OFFICER, "gm0363"),
    ):
        function = Text(key, key)
        add_person(house.database, Person(key, key, function, organisation, frozenset({role})))
    yield house
    house.close()


def a_case(house: House, *organisations: str) -> str:
    """Open a case between these organisations."""
    parties = tuple(Party(o, o, Layer.MUNICIPALITY) for o in organisations)
    opening = OpenCase("Sluis", parties, (), "interbestuurlijke-impasse", "2")
    return house.engine.handle(opening, SECRETARY).subject


def test_a_key_does_not_tell_whether_a_hidden_case_exists(house: House) -> None:
    own, hidden = a_case(house, "gm0363", "pv27"), a_case(house, "gm0344", "pv26")
    house.engine.handle(RecordEvent(own, "Brief", DAY), LIAISON, key="k")

    for case in (hidden, "IMP-2026-9999"):
        with pytest.raises(NotFound) as refusal:
            house.engine.handle(RecordEvent(case, "Brief", DAY), LIAISON, key="k")
        assert case in refusal.value.text.nl


def test_a_key_longer_than_any_sensible_one_is_refused(house: House) -> None:
    case = a_case(house, "gm0363", "pv27")
    with pytest.raises(Invalid) as refusal:
        house.engine.handle(RecordEvent(case, "Brief", DAY), SECRETARY, key="k" * 256)
    assert refusal.value.faults[0].pointer == "/key"
    assert house.engine.handle(RecordEvent(case, "Brief", DAY), SECRETARY, key="k" * 255).changed


@pytest.mark.parametrize(
    ("office", "who", "pointer"),
    [
        ("mediator", "nobody", "/appointee"),
        ("mediator", "lia", "/appointee"),
        ("handler", "nobody", "/appointee"),
        ("handler", "", "/appointee"),
        ("king", "mia", "/office"),
    ],
)
def test_only_somebody_who_is_known_and_has_the_role_is_appointed(
    house: House, office: str, who: str, pointer: str
) -> None:
    case = a_case(house, "gm0363", "pv27")
    with pytest.raises(Invalid) as refusal:
        house.engine.handle(Appoint(case, office, who), SECRETARY)
    assert refusal.value.faults[0].pointer == pointer


def test_a_mediator_is_appointed_until_she_is_disabled(house: House) -> None:
    case = a_case(house, "gm0363", "pv27")
    assert house.engine.handle(Appoint(case, "mediator", "mia"), SECRETARY).changed
    assert house.engine.handle(Appoint(case, "handler", "lia"), SECRETARY).changed

    disable_person(house.database, "mia", at=house.clock())
    with pytest.raises(Invalid):
        house.engine.handle(Appoint(case, "mediator", "mia"), SECRETARY)


def test_texts_and_names_have_room_and_no_more(house: House) -> None:
    case = a_case(house, "gm0363", "pv27")
    for command, pointer in (
        (RecordEvent(case, "x" * 5_001, DAY), "/text"),
        (RecordEvent(case, "x", DAY, by="y" * 301), "/by"),
        (AddParty(case, Party("x-lang", "z" * 301, Layer.OTHER)), "/name"),
        (AddParty(case, Party("x-nul", "z\0", Layer.OTHER)), "/name"),
    ):
        with pytest.raises(Invalid) as refusal:
            house.engine.handle(command, SECRETARY)
        assert [fault.pointer for fault in refusal.value.faults] == [pointer]
