"""What an escalation mails is looked at again: who answered meanwhile is not asked any more."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from decisions import PROVINCE, ZANDMEER, an_opening
from escalations import a_town
from impasse.adapters.sql.notifying import Notifying
from impasse.adapters.sql.outbox import SqlOutbox
from impasse.adapters.sql.people import add_person, change_person
from impasse.adapters.sql.posts import SqlPosts
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import DeliveryRow
from impasse.domain.commands import AcknowledgeEscalation, MakeMove
from impasse.engine.herald import Herald
from impasse.engine.outbox import EMAIL
from impasse.settings import Settings
from impasse.wiring import build, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.engine.outbox import Parcel
    from impasse.wiring import House

EVENING = datetime(2026, 9, 7, 17, 0, tzinfo=UTC)
MORNING = datetime(2026, 9, 8, 6, 0, tzinfo=UTC)
_SENT = table(DeliveryRow)


class Time:
    """A clock that stands where it was put: first at seven in the evening."""

    at = EVENING

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def time() -> Time:
    """A clock of this test."""
    return Time()


@pytest.fixture
def house(sqlite_url: str, time: Time) -> Iterator[House]:
    """A house with policies, and with people who can be mailed."""
    settings = Settings(database_url=sqlite_url)
    prepare(settings, clock=time)
    made = build(settings, clock=time)
    for person in a_town().persons.values():
        add_person(made.database, person)
        known = {name: getattr(person, name) for name in person.__slots__}
        change_person(made.database, type(person)(**known | {"email": f"{person.id}@example.org"}))
    yield made
    made.close()


def tell(house: House, time: Time) -> None:
    """Hear what was promised, and tell it."""
    notifying = Notifying(lambda: house.calendar, (EMAIL,))
    outbox, herald = SqlOutbox(house.database, notifying), Herald(house.engine)
    while new := outbox.new(time(), 100):
        herald.hear(new)
        outbox.spread(time(), [one.id for one in new])


def claim(house: House, time: Time, person: str) -> Parcel | None:
    notifying = Notifying(lambda: house.calendar, (EMAIL,))
    posts = SqlPosts(house.database, EMAIL, lambda: house.calendar, notifying)
    return posts.claim(person, time(), timedelta(minutes=2))


def why_not(house: House, person: str) -> set[str]:
    with house.database.connect() as connection:
        lapsed = connection.execute(
            select(_SENT.c.failure).where(
                _SENT.c.destination == person, _SENT.c.channel == EMAIL, _SENT.c.state == "lapsed"
            )
        )
        return {row.failure for row in lapsed}


def kinds(parcel: Parcel | None) -> set[str]:
    """The rules by which a parcel was sent, without their versions."""
    assert parcel is not None
    lines = parcel.content.lines  # type: ignore[union-attr]
    return {line.rule.partition("@")[0] for line in lines}


def test_who_took_it_up_in_the_evening_is_not_asked_in_the_morning(
    house: House, time: Time
) -> None:
    case = house.engine.handle(an_opening(), ZANDMEER).subject
    tell(house, time)
    run = house.views.case(ZANDMEER, case).runs[0].id
    time.at += timedelta(minutes=5)
    step = AcknowledgeEscalation(case, run, "Wij bellen morgen.", date(2026, 9, 9))
    house.engine.handle(step, PROVINCE)
    tell(house, time)

    time.at = MORNING
    parcel = claim(house, time, PROVINCE.person)

    assert "taken_up" in why_not(house, PROVINCE.person)
    assert parcel is None or kinds(parcel) == {"interbestuurlijke-impasse"}
    # Neither in a mail nor in a digest stands what the next step is.
    assert "bellen" not in repr(parcel)


def test_who_did_not_answer_is_asked_in_the_morning(house: House, time: Time) -> None:
    house.engine.handle(an_opening(), ZANDMEER)
    tell(house, time)
    time.at = MORNING
    assert "nieuw-signaal" in kinds(claim(house, time, PROVINCE.person))


def test_of_a_case_that_was_closed_at_night_nobody_hears_in_the_morning(
    house: House, time: Time
) -> None:
    case = house.engine.handle(an_opening(), ZANDMEER).subject
    tell(house, time)
    time.at += timedelta(hours=3)
    house.engine.handle(MakeMove(case, "withdraw", note="Opgelost"), ZANDMEER)
    tell(house, time)
    time.at = MORNING
    assert claim(house, time, PROVINCE.person) is None
    assert claim(house, time, ZANDMEER.person) is None
