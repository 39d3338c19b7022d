"""People around a case, and ways to tell them: spread what was promised, and claim what leaves."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from builders import Running, rows, shipped_parts
from impasse.adapters.sql.notifying import Notifying
from impasse.adapters.sql.outbox import SqlOutbox
from impasse.adapters.sql.people import add_person
from impasse.adapters.sql.posts import SqlPosts
from impasse.adapters.sql.tables import DeliveryRow, NotificationRow
from impasse.domain.people import Person, Role
from impasse.domain.text import Text
from impasse.engine.outbox import EMAIL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from impasse.engine.outbox import Parcel

LEASE = timedelta(minutes=2)


def somebody(key: str, organisation: str, *roles: Role, **other: Any) -> Person:
    """A person with an e-mail address, unless *other* says so."""
    function = Text(f"functie van {key}", f"function of {key}")
    given = {"email": f"{key}@example.org", **other}
    return Person(key, f"Naam {key}", function, organisation, frozenset(roles), **given)


PEOPLE = (
    somebody("amsterdam", "gm0363", Role.LIAISON_OFFICER),
    somebody("lisa", "gm0363", Role.LIAISON_OFFICER),
    somebody("holland", "pv27", Role.LIAISON_OFFICER),
    somebody("utrecht", "gm0344", Role.LIAISON_OFFICER),
    somebody("ben", "", Role.MEDIATOR),
    somebody("mia", "", Role.MEDIATOR),
    somebody("sam", "mnre1034", Role.SECRETARIAT),
    somebody("sara", "mnre1034", Role.SECRETARIAT),
    somebody("bea", "mnre1034", Role.ADMINISTRATOR),
    somebody("toos", "pv27", Role.SUPERVISOR),
)


def settle_in(house: Running, people: Iterable[Person] = PEOPLE) -> None:
    """Let these people be known."""
    for person in people:
        add_person(house.database, person)


def calendar() -> Any:
    """The calendar that ships."""
    return shipped_parts()[1]


def tell(house: Running, *channels: str) -> int:
    """Spread what was promised; without *channels* the house has e-mail."""
    notifying = Notifying(calendar, channels or (EMAIL,))
    outbox, told = SqlOutbox(house.database, notifying), 0
    while new := outbox.spread(house.clock()):
        told += new
    return told


def posts(house: Running, channel: str = EMAIL) -> SqlPosts:
    """What leaves over a channel."""
    return SqlPosts(house.database, channel, calendar, Notifying(calendar, (channel,)))


def claim(house: Running, person: str, channel: str = EMAIL) -> Parcel | None:
    """Take what is due for somebody."""
    return posts(house, channel).claim(person, house.clock(), LEASE)


def notifications(house: Running, person: str = "") -> list[Any]:
    """The notifications of somebody, or of all, in order."""
    found = rows(house.database, NotificationRow, "created_at", "person_id", "id")
    return [row for row in found if person in {"", row.person_id}]


def deliveries(house: Running, person: str, channel: str = EMAIL) -> list[Any]:
    """The deliveries to somebody over a channel, in order."""
    found = rows(house.database, DeliveryRow, "id")
    return [row for row in found if (row.destination, row.channel) == (person, channel)]
