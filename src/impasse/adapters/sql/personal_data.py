"""Everything that is kept about one person, for that person (AVG, article 15).

Secrets and their hashes are left out: they prove who somebody is, and tell nothing about him. Of
what others wrote nothing is in it. From closed rooms comes only what the person wrote there; what
was done with it since, only for who is still in that room.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import date, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, or_, select

from impasse.adapters.sql.database import translate, writing
from impasse.adapters.sql.notifications import visible_notifications
from impasse.adapters.sql.room_rows import room_from_key
from impasse.adapters.sql.rooms import read_just_now, visible_rooms
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import (
    AccountRow,
    AssessmentRow,
    CaseRow,
    ConfirmationRow,
    ContributionRow,
    DigestRow,
    DutyRow,
    EntryRow,
    FeedRow,
    GroupRow,
    IdentityRow,
    InboundMailRow,
    LegalHoldRow,
    NotificationRow,
    NotificationSettingsRow,
    OneTimeLinkRow,
    PersonRow,
    ReadRow,
    ReleaseRow,
    ReplyAddressRow,
    RoomRow,
    SessionRow,
    SubstitutionRow,
    TaskRow,
    TokenRow,
    WebhookRow,
)
from impasse.adapters.sql.views import visible_cases
from impasse.domain.errors import NotFound
from impasse.domain.rooms import SHARED, ContributionKind
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Table
    from sqlalchemy.engine import Connection, Engine
    from sqlmodel import SQLModel

    from impasse.domain.people import Actor

_DECISION = ("decided_by", "decided_at", "state", "note", "shared_as")
_LIFTING = ("lifted_by", "lifted_at", "lifted_because")

FORMAT = "impasse-person-1"
"""The name of this form, for who reads it later."""

ERASURE = Text(
    "U kunt vragen om rectificatie of wissing. Wat in het verloop van een zaak staat, wordt niet "
    "gewist zolang de wet bewaren voorschrijft voor een publieke taak of voor archivering (AVG, "
    "artikel 17, derde lid, onderdelen b en d). Wat u in een vertrouwelijke kamer schreef, wordt "
    "na de bewaartermijn van die kamer vernietigd, of eerder door wie de kamer is.",
    "You can ask for rectification or erasure. What stands in the history of a case is not erased "
    "as long as the law asks to keep it for a public task or for archiving (GDPR, article 17(3)(b) "
    "and (d)). What you wrote in a closed room is destroyed when the retention of that room has "
    "passed, or earlier by whose room it is.",
)
"""What erasure means here."""

_ENTRIES, _READS, _CASES = table(EntryRow), table(ReadRow), table(CaseRow)
_ROOMS = table(RoomRow)
_SECRET = frozenset(
    {
        "chat",
        "hash",
        "password_hash",
        "totp_secret",
        "totp_last_step",
        "recovery",
        "salt",
        "secret",
        "old_secret",
    }
)

_ABOUT: tuple[tuple[str, type[SQLModel], tuple[str, ...]], ...] = (
    ("account", AccountRow, ("person_id",)),
    ("identities", IdentityRow, ("person_id",)),
    ("oneTimeLinks", OneTimeLinkRow, ("person_id",)),
    ("sessions", SessionRow, ("person_id",)),
    ("tokens", TokenRow, ("person_id",)),
    ("calendarFeeds", FeedRow, ("person_id",)),
    ("substitutions", SubstitutionRow, ("person_id", "substitute_id")),
    ("duties", DutyRow, ("person_id",)),
    ("notificationSettings", NotificationSettingsRow, ("person_id",)),
    ("digests", DigestRow, ("person_id",)),
    ("confirmations", ConfirmationRow, ("person",)),
    ("tasksSettled", TaskRow, ("settled_by",)),
    ("legalHoldsPlaced", LegalHoldRow, ("placed_by",)),
    ("webhooks", WebhookRow, ("created_by",)),
)
"""What is kept under which name, and the columns that name the person."""

_OF_MAIL: tuple[tuple[str, type[SQLModel], tuple[str, ...]], ...] = (
    ("replyAddresses", ReplyAddressRow, ("created_at", "ends_at", "last_used_at")),
    ("inboundMails", InboundMailRow, ("received_at", "sender", "kind", "state", "size")),
)
"""Of which only this is told: the case of it may be one that this person may see no more."""


def personal_data(
    database: Engine, actor: Actor, at: datetime | None, *, taken_by: str = ""
) -> dict[str, Any]:
    """Return all that is kept about *actor*, as far as he or she may read it.

    A token that opens no closed rooms gets nothing of them. What was taken from a closed room is
    written down there, as read by *taken_by* when somebody else took it along; not when *at* is
    None, for who only counts. Raises `NotFound`.
    """
    person = actor.person
    with _reading(database) as connection:
        found = _about(connection, actor, person)
    taken = {
        (str(one["case_id"]), str(one["room"]))
        for name in ("contributions", "releases", "assessments")
        for one in found[name]
        if one["room"] != SHARED.key
    }
    if taken and at is not None:
        what, by = "personal data", taken_by or actor.person
        with writing(database) as connection:
            for case, room in sorted(taken):
                if read_just_now(connection, case, room, what, by, at):
                    continue
                connection.execute(
                    insert(_READS).values(
                        case_id=case,
                        room=room,
                        what=what,
                        person=by,
                        organisation=actor.organisation,
                        origin=actor.origin,
                        at=at,
                    )
                )
    return found


def _about(connection: Connection, actor: Actor, person: str) -> dict[str, Any]:
    people = table(PersonRow)
    row = connection.execute(select(people).where(people.c.id == person)).first()
    if row is None:
        raise NotFound(Text(f"Gebruiker {person} bestaat niet.", f"User {person} does not exist."))
    told: dict[str, Any] = {
        "format": FORMAT,
        "erasure": {"nl": ERASURE.nl, "en": ERASURE.en},
        "person": _plain(row),
    }
    for name, kind, columns in _ABOUT:
        told[name] = _rows(connection, table(kind), person, columns)
    seen = _cases_of(connection, actor)
    # Of which message a notification is, and by what two are known to be alike, can name a case
    # that this person may not know.
    told["notifications"] = [
        {name: value for name, value in one.items() if name not in {"message_id", "dedup_key"}}
        for one in _rows(
            connection, table(NotificationRow), person, ("person_id",), visible_notifications(actor)
        )
    ]
    # Of e-mail that came in: that it did. What it said is in the room where it was filed.
    for kept, kind, columns in _OF_MAIL:
        mails = table(kind)
        query = select(*(mails.c[one] for one in columns)).where(mails.c.person_id == person)
        query = query.order_by(mails.c[columns[0]])
        told[kept] = [_plain(one) for one in connection.execute(query)]
    # What a digest told is in what it tells of; here is that there was one.
    told["digests"] = [
        {name: value for name, value in one.items() if name != "content"} for one in told["digests"]
    ]
    groups = table(GroupRow)
    told["groups"] = [
        {"name": row.name, "label": row.label_nl}
        for row in connection.execute(select(groups).order_by(groups.c.name))
        if person in json.loads(row.members)
    ]
    told["legalHoldsPlaced"] = [
        one if one["case_id"] in seen else _own_part(one, person, _LIFTING)
        for one in told["legalHoldsPlaced"]
    ]
    # Why a colleague is away is about the colleague.
    told["substitutions"] = [
        one
        if person in {one["person_id"], one["created_by"]}
        else {name: value for name, value in one.items() if name != "reason"}
        for one in told["substitutions"]
    ]
    cases = _rows(connection, _CASES, person, ("handler", "mediator"), visible_cases(actor))
    told["appointments"] = [
        {key: one[key] for key in ("id", "handler", "mediator")} for one in cases
    ]
    open_rooms = _may_tell(actor)
    written = _rows(connection, table(ContributionRow), person, ("person",))
    told["contributions"] = [
        one
        for one in written
        # An assessment is about parties, and never leaves its room.
        if open_rooms(one["room"]) and one["kind"] != ContributionKind.CONFLICT_ASSESSMENT.value
    ]
    proposed = _rows(connection, table(ReleaseRow), person, ("proposed_by",))
    here = _rooms_of(connection, actor)
    told["releases"] = [
        one if (one["case_id"], one["room"]) in here else _own_part(one, person, _DECISION)
        for one in proposed
        if open_rooms(one["room"])
    ]
    assessed = _rows(connection, table(AssessmentRow), person, ("person",))
    told["assessments"] = [
        {**one, "room": f"side:{one['organisation']}"} for one in assessed if open_rooms("side")
    ]
    told["reads"] = [
        one for one in _rows(connection, _READS, person, ("person",)) if open_rooms(one["room"])
    ]
    told["history"] = list(_history(connection, actor, person))
    return told


def _may_tell(actor: Actor) -> Any:  # noqa: ANN401 a question about a room
    return lambda room: actor.confidential or room == SHARED.key


def _cases_of(connection: Connection, actor: Actor) -> set[str]:
    return set(connection.scalars(select(_CASES.c.id).where(visible_cases(actor))))


def _rooms_of(connection: Connection, actor: Actor) -> set[tuple[str, str]]:
    rooms = select(_ROOMS.c.case_id, _ROOMS.c.room).join(_CASES, _CASES.c.id == _ROOMS.c.case_id)
    return {
        (row.case_id, row.room) for row in connection.execute(rooms.where(visible_rooms(actor)))
    }


def _own_part(row: dict[str, Any], person: str, later: tuple[str, ...]) -> dict[str, Any]:
    """Return what is left of *row* for who was taken off: not what somebody else did *later*."""
    if row[later[0]] == person:
        return row
    return {name: value for name, value in row.items() if name not in later}


def _history(connection: Connection, actor: Actor, person: str) -> Iterator[dict[str, Any]]:
    """Yield what the person did; with its words where the person may still read them."""
    seen = _cases_of(connection, actor)
    seen |= {room_from_key(key).subject(case) for case, key in _rooms_of(connection, actor)}
    query = select(_ENTRIES).where(_ENTRIES.c.person == person)
    for entry in connection.execute(query.order_by(_ENTRIES.c.at, _ENTRIES.c.subject)):
        if "/" in entry.subject and not actor.confidential:
            continue
        words = entry.content if entry.subject in seen else ""
        yield {
            "subject": entry.subject,
            "seq": entry.seq,
            "at": _written(entry.at),
            "origin": entry.origin,
            "action": entry.action,
            "content": json.loads(words) if words else None,
        }


def _rows(
    connection: Connection,
    of: Table,
    person: str,
    columns: tuple[str, ...],
    *also: ColumnElement[bool],
) -> list[dict[str, Any]]:
    query = select(of).where(or_(*(of.c[name] == person for name in columns)), *also)
    return [_plain(row) for row in connection.execute(query.order_by(*of.primary_key))]


def _written(value: date | time) -> str:
    """Return a day, a time or a moment as the API writes it: a moment in UTC, with a Z."""
    return value.isoformat().replace("+00:00", "Z")


def _plain(row: Any) -> dict[str, Any]:  # noqa: ANN401 a row
    """Return a row as JSON knows it, without what is secret."""
    return {
        name: _written(value) if isinstance(value, date | time) else value
        for name, value in row._asdict().items()
        if name not in _SECRET
    }


@contextmanager
def _reading(database: Engine) -> Iterator[Connection]:
    try:
        with database.connect() as connection:
            yield connection
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error
