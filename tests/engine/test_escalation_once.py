"""What starts an escalation and its first level are one thing for who hears both."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from decisions import PROVINCE, ZANDMEER, an_opening
from escalations import a_town
from impasse.adapters.sql.notifications import NotificationFilter, Notifications, NotificationState
from impasse.adapters.sql.notifying import Notifying
from impasse.adapters.sql.outbox import SqlOutbox
from impasse.adapters.sql.people import add_person, change_person, disable_person
from impasse.adapters.sql.posts import SqlPosts
from impasse.adapters.sql.substitutions import record_absence
from impasse.domain.commands import AcknowledgeEscalation
from impasse.domain.notification import event_of
from impasse.domain.people import Person, Rank, Role
from impasse.domain.substitution import Wish
from impasse.domain.text import same
from impasse.engine.herald import Herald
from impasse.engine.outbox import EMAIL
from impasse.settings import Settings
from impasse.wiring import build, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.engine.outbox import PostLine
    from impasse.wiring import House


class Time:
    """A clock that stands where it was put: first at eleven on a Monday morning."""

    at = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)

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
        _let_in(made, person)
    yield made
    made.close()


def _let_in(house: House, person: Person) -> None:
    add_person(house.database, person)
    known = {name: getattr(person, name) for name in person.__slots__}
    change_person(house.database, Person(**known | {"email": f"{person.id}@example.org"}))


def tell(house: House, time: Time) -> None:
    notifying = Notifying(lambda: house.calendar, (EMAIL,))
    outbox, herald = SqlOutbox(house.database, notifying), Herald(house.engine)
    while new := outbox.new(time(), 100):
        herald.hear(new)
        outbox.spread(time(), [one.id for one in new])


def mailed(house: House, time: Time, person: str) -> list[PostLine]:
    notifying = Notifying(lambda: house.calendar, (EMAIL,))
    posts = SqlPosts(house.database, EMAIL, lambda: house.calendar, notifying)
    parcel = posts.claim(person, time(), timedelta(minutes=2))
    return [] if parcel is None else [*parcel.content.lines]  # type: ignore[union-attr]


def unseen(house: House) -> list[str]:
    lines = Notifications(house.database).inbox(
        PROVINCE, NotificationFilter(NotificationState.UNSEEN)
    )
    return [event_of(one.type) for one in lines]


def test_who_is_asked_at_once_reads_it_once(house: House, time: Time) -> None:
    house.engine.handle(an_opening(), ZANDMEER)
    tell(house, time)
    assert unseen(house) == ["escalation-level-reached"]
    time.at += timedelta(minutes=15)
    [line] = mailed(house, time, PROVINCE.person)
    assert line.rule.startswith("nieuw-signaal@")
    # The secretariat is not asked by the level, and hears that the case was opened.
    [other] = mailed(house, time, "secretary")
    assert "nieuw-signaal" not in other.rule


def test_when_another_takes_it_up_first_who_heard_nothing_hears_of_the_case(
    house: House, time: Time
) -> None:
    case = house.engine.handle(an_opening(), ZANDMEER).subject
    tell(house, time)
    time.at += timedelta(minutes=5)
    house.engine.handle(AcknowledgeEscalation(case, "E1", "Bellen", date(2026, 9, 9)), ZANDMEER)
    tell(house, time)
    time.at += timedelta(minutes=10)
    [line] = mailed(house, time, PROVINCE.person)
    assert "nieuw-signaal" not in line.rule
    assert line.subject == case


@pytest.mark.parametrize("leaves", ["disabled", "moved"])
def test_a_side_of_which_somebody_leaves_meanwhile_hears_through_who_came(
    house: House, time: Time, leaves: str
) -> None:
    case = house.engine.handle(an_opening(), ZANDMEER).subject
    tell(house, time)
    liaison = frozenset({Role.LIAISON_OFFICER})
    person = a_town().persons["province"]
    _let_in(house, Person("new", "new", person.function, "pv27", liaison))
    if leaves == "disabled":
        disable_person(house.database, "province", at=time())
    else:
        gone = Person("province", "p", person.function, "gm0363", liaison, email="p@example.org")
        change_person(house.database, gone)
    time.at += timedelta(minutes=15)
    assert mailed(house, time, "province") == []
    time.at += timedelta(minutes=15)
    [line] = mailed(house, time, "new")
    assert line.subject == case
    assert line.rule.startswith("nieuw-signaal@")


def test_who_stands_in_since_it_was_told_is_asked_by_the_level_too(
    house: House, time: Time
) -> None:
    house.engine.handle(an_opening(), ZANDMEER)
    tell(house, time)
    liaison = Role.LIAISON_OFFICER
    _let_in(house, Person("new", "n", same("n"), "pv27", frozenset({liaison}), rank=Rank.HEAD))
    today = date(2026, 9, 7)
    absent = Wish("province", "new", today, today)
    record_absence(house.database, absent, by=None, at=time())
    time.at += timedelta(minutes=15)
    assert mailed(house, time, "province") == []
    time.at += timedelta(minutes=15)
    [line] = mailed(house, time, "new")
    assert line.rule.startswith("nieuw-signaal@")
