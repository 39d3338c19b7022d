"""What stands in the rooms of a case, for who may enter; whoever reads leaves his name.

Hidden and missing are told apart by nobody: both are the same error, from the same question to the
database. That somebody read in a confidential room is written before anything is shown.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, exists, false, func, insert, or_, select, true

from impasse.adapters.sql.database import Codec, translate, writing
from impasse.adapters.sql.room_rows import read_contribution, read_release, read_room
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import (
    CaseRow,
    ContributionRow,
    DocumentContentRow,
    EntryRow,
    PartyRow,
    ReadRow,
    ReleaseRow,
    RoomRow,
)
from impasse.adapters.sql.views import mediated_by, visible_cases
from impasse.domain.access import may_enter, no_such_room, room_called, rooms_of
from impasse.domain.case import Visibility
from impasse.domain.errors import Conflict, NotFound
from impasse.domain.history import ChainedEntry
from impasse.domain.people import Role
from impasse.domain.rooms import DocumentFile, ReleaseState, Room, RoomKind
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlalchemy.engine import Connection, Engine

    from impasse.domain.case import Case
    from impasse.domain.people import Actor
    from impasse.domain.rooms import Contribution, ContributionKind, Part, Release

_CASES, _PARTIES, _ENTRIES = table(CaseRow), table(PartyRow), table(EntryRow)
_ROOMS, _CONTRIBUTIONS = table(RoomRow), table(ContributionRow)
_RELEASES, _READS, _FILES = table(ReleaseRow), table(ReadRow), table(DocumentContentRow)
_NATIVE = Codec("native")

SAME_READING = timedelta(minutes=1)
"""Who reads the same again within this time has read it once."""


@dataclass(frozen=True, slots=True)
class RoomLine:
    """A room as lists show it: `contributions` counts what still has its content."""

    room: Room
    revision: int
    contributions: int
    waiting: int
    """Releases that wait for a decision."""
    destroyed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reading:
    """That somebody read something in a room, and when; `place` counts per room, from 1."""

    place: int
    what: str
    person: str
    organisation: str
    origin: str
    at: datetime


def visible_rooms(actor: Actor) -> ColumnElement[bool]:
    """Return, as SQL over rooms joined with their cases, which exist for *actor*.

    The same rule as `access.may_enter`.
    """
    shared = _ROOMS.c.kind == RoomKind.SHARED.value
    return and_(visible_cases(actor), or_(shared, _confidential(actor)))


def _confidential(actor: Actor) -> ColumnElement[bool]:
    if not actor.confidential or Role.SUPERVISOR in actor.roles:
        return false()
    running = _CASES.c.visibility != Visibility.LESSON.value
    if Role.CLOCK in actor.roles:
        return and_(true(), running)
    allowed: list[ColumnElement[bool]] = []
    if Role.LIAISON_OFFICER in actor.roles and actor.organisation:
        party = exists().where(
            _PARTIES.c.case_id == _CASES.c.id, _PARTIES.c.organisation == actor.organisation
        )
        own = _ROOMS.c.organisation == actor.organisation
        kinds = _ROOMS.c.kind.in_([RoomKind.SIDE.value, RoomKind.CAUCUS.value])
        allowed.append(and_(kinds, own, party))
    if Role.MEDIATOR in actor.roles and actor.person:
        kinds = _ROOMS.c.kind.in_([RoomKind.CAUCUS.value, RoomKind.MEDIATOR.value])
        mine = and_(_ROOMS.c.mediator == actor.person, mediated_by(actor))
        allowed.append(and_(kinds, mine))
    return and_(running, or_(*allowed)) if allowed else false()


class RoomViews:
    """Reads of rooms; every read of a confidential one is written down first."""

    def __init__(self, database: Engine, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def rooms(self, actor: Actor, case: Case) -> list[RoomLine]:
        """Return the rooms of *case* that exist for *actor*: those one can write in first.

        A caucus with an earlier mediator comes after, for its party to read.
        """
        with self._plain() as connection:
            kept = self._kept(connection, actor, case)
            waiting = self._waiting(connection, case, list(kept))
            counts = self._counts(connection, case, list(kept))
        now = rooms_of(actor, case)
        later = tuple(room for room in kept if room not in now)
        lines = []
        for room in (*now, *later):
            row = kept.get(room)
            lines.append(
                RoomLine(
                    room,
                    0 if row is None else row.revision,
                    counts.get(room.key, 0),
                    waiting.get(room.key, 0),
                    None if row is None else row.destroyed_at,
                )
            )
        return lines

    def room(self, actor: Actor, case: Case, room_id: str) -> Room:
        """Return the room with this id, or raise `NotFound` when it does not exist for *actor*."""
        with self._plain() as connection:
            kept = self._kept(connection, actor, case)
        return room_called(actor, case, room_id, kept)

    def contributions(
        self,
        actor: Actor,
        case: Case,
        room: Room,
        *,
        after: int = 0,
        limit: int = 100,
        kind: ContributionKind | None = None,
        part: Part | None = None,
        environmental: bool | None = None,
    ) -> list[Contribution]:
        """Return what stands in *room*, in the order in which it came, from place *after* on."""
        query = (
            select(_CONTRIBUTIONS)
            .where(*self._here(_CONTRIBUTIONS, case, room), _CONTRIBUTIONS.c.position > after)
            .order_by(_CONTRIBUTIONS.c.position)
            .limit(limit)
        )
        if kind is not None:
            query = query.where(_CONTRIBUTIONS.c.kind == kind.value)
        if part is not None:
            query = query.where(_CONTRIBUTIONS.c.part == part.value)
        if environmental is not None:
            query = query.where(_CONTRIBUTIONS.c.environmental == environmental)
        with self._reading(actor, case, room, "contributions") as connection:
            return [read_contribution(_NATIVE, tuple(row)) for row in connection.execute(query)]

    def contribution(self, actor: Actor, case: Case, room: Room, key: str) -> Contribution:
        """Return one contribution, or raise `NotFound`."""
        query = select(_CONTRIBUTIONS).where(
            *self._here(_CONTRIBUTIONS, case, room), _CONTRIBUTIONS.c.id == key
        )
        with self._reading(actor, case, room, key) as connection:
            row = connection.execute(query).first()
            if row is None:
                raise _nothing(key)
        return read_contribution(_NATIVE, tuple(row))

    def document(self, actor: Actor, case: Case, room: Room, key: str) -> DocumentFile:
        """Return the file of a document; raises `NotFound`, or `Conflict` when it is gone."""
        found = self.contribution(actor, case, room, key)
        if found.destroyed_at is not None:
            raise Conflict(
                Text(f"De inhoud van {key} is vernietigd.", f"The content of {key} was destroyed.")
            )
        query = select(_FILES.c.body).where(*self._here(_FILES, case, room), _FILES.c.id == key)
        with self._reading(actor, case, room, f"{key} file") as connection:
            body = connection.execute(query).scalar()
            if body is None:
                raise _nothing(key)
        what = found.particulars
        return DocumentFile(str(what["file_name"]), str(what["media_type"]), bytes(body))

    def releases(
        self,
        actor: Actor,
        case: Case,
        room: Room,
        *,
        after: int = 0,
        limit: int = 100,
        state: ReleaseState | None = None,
    ) -> list[Release]:
        """Return the wordings proposed in *room*, oldest first, from place *after* on."""
        query = (
            select(_RELEASES)
            .where(*self._here(_RELEASES, case, room), _RELEASES.c.position > after)
            .order_by(_RELEASES.c.position)
            .limit(limit)
        )
        if state is not None:
            query = query.where(_RELEASES.c.state == state.value)
        with self._reading(actor, case, room, "releases") as connection:
            return [read_release(_NATIVE, tuple(row)) for row in connection.execute(query)]

    def release(self, actor: Actor, case: Case, room: Room, key: str) -> Release:
        """Return one proposed wording, or raise `NotFound`."""
        query = select(_RELEASES).where(*self._here(_RELEASES, case, room), _RELEASES.c.id == key)
        with self._reading(actor, case, room, key) as connection:
            row = connection.execute(query).first()
            if row is None:
                raise _nothing(key)
        return read_release(_NATIVE, tuple(row))

    def history(
        self, actor: Actor, case: Case, room: Room, *, after: int = 0, limit: int | None = None
    ) -> list[ChainedEntry]:
        """Return the history of *room*, oldest first; that of the shared room is the case's."""
        query = (
            select(_ENTRIES)
            .where(_ENTRIES.c.subject == room.subject(case.id), _ENTRIES.c.seq > after)
            .order_by(_ENTRIES.c.seq)
        )
        with self._reading(actor, case, room, "history") as connection:
            found = connection.execute(query if limit is None else query.limit(limit))
            return [ChainedEntry(**row._asdict()) for row in found]

    def reads(
        self, actor: Actor, case: Case, room: Room, *, before: int | None = None, limit: int = 200
    ) -> list[Reading]:
        """Return who read in a confidential room, the last first, from place *before* on back.

        For members only. Places count per room: one of the whole table would tell how much is
        read elsewhere.
        """
        self._refuse_stranger(actor, case, room)
        here = self._here(_READS, case, room)
        with self._plain() as connection:
            if before is None:
                many = select(func.count()).select_from(_READS).where(*here)
                before = connection.execute(many).scalar_one() + 1
            first = max(0, before - 1 - limit)
            query = (
                select(_READS)
                .where(*here)
                .order_by(_READS.c.at, _READS.c.id)
                .offset(first)
                .limit(before - 1 - first)
            )
            found = [
                Reading(place, row.what, row.person, row.organisation, row.origin, row.at)
                for place, row in enumerate(connection.execute(query), start=first + 1)
            ]
        return found[::-1]

    def _kept(self, connection: Connection, actor: Actor, case: Case) -> dict[Room, Any]:
        """Return the rooms in which something was written and that exist for *actor*."""
        query = (
            select(_ROOMS)
            .join(_CASES, _CASES.c.id == _ROOMS.c.case_id)
            .where(_ROOMS.c.case_id == case.id, visible_rooms(actor))
            .order_by(_ROOMS.c.opened_at, _ROOMS.c.room)
        )
        found = {read_room(tuple(row)): row for row in connection.execute(query)}
        return {room: row for room, row in found.items() if may_enter(actor, room, case)}

    def _counts(self, connection: Connection, case: Case, rooms: list[Room]) -> dict[str, int]:
        query = (
            select(_CONTRIBUTIONS.c.room, func.count())
            .where(
                _CONTRIBUTIONS.c.case_id == case.id,
                _CONTRIBUTIONS.c.room.in_([room.key for room in rooms]),
                _CONTRIBUTIONS.c.destroyed_at.is_(None),
            )
            .group_by(_CONTRIBUTIONS.c.room)
        )
        return {key: count for key, count in connection.execute(query)}  # noqa: C416 rows are no pairs

    def _waiting(self, connection: Connection, case: Case, rooms: list[Room]) -> dict[str, int]:
        query = (
            select(_RELEASES.c.room, func.count())
            .where(
                _RELEASES.c.case_id == case.id,
                _RELEASES.c.room.in_([room.key for room in rooms]),
                _RELEASES.c.state == ReleaseState.PROPOSED.value,
            )
            .group_by(_RELEASES.c.room)
        )
        return {key: count for key, count in connection.execute(query)}  # noqa: C416 rows are no pairs

    def _here(self, of: Any, case: Case, room: Room) -> tuple[ColumnElement[bool], ...]:  # noqa: ANN401 a table
        return (of.c.case_id == case.id, of.c.room == room.key)

    def _refuse_stranger(self, actor: Actor, case: Case, room: Room) -> None:
        if not may_enter(actor, room, case):
            raise no_such_room(case.id)

    @contextmanager
    def _plain(self) -> Iterator[Connection]:
        """Open a connection that only reads; what goes wrong is said in our words."""
        try:
            with self._database.connect() as connection:
                yield connection
        except Exception as error:
            meant = translate(error)
            if meant is error:
                raise
            raise meant from error

    @contextmanager
    def _reading(self, actor: Actor, case: Case, room: Room, what: str) -> Iterator[Connection]:
        """Open a connection in which *actor* reads *what*: written down first, or not shown.

        What raises within it was not there to be read: then nothing is written down either.
        """
        self._refuse_stranger(actor, case, room)
        if not room.confidential or Role.CLOCK in actor.roles:
            with self._plain() as connection:
                yield connection
            return
        at = self._clock()
        with self._plain() as connection:
            if read_just_now(connection, case.id, room.key, what, actor.person, at):
                yield connection
                return
        with writing(self._database) as connection:
            connection.execute(
                insert(_READS).values(
                    case_id=case.id,
                    room=room.key,
                    what=what[:100],
                    person=actor.person,
                    organisation=actor.organisation,
                    origin=actor.origin,
                    at=at,
                )
            )
            yield connection


def read_just_now(  # noqa: PLR0917 what was read, by whom and when
    connection: Connection, case: str, room: str, what: str, person: str, at: datetime
) -> bool:
    """Whether it is written down already that *person* read *what* in this room at about *at*."""
    known = (
        select(_READS.c.id)
        .where(
            _READS.c.case_id == case,
            _READS.c.room == room,
            _READS.c.what == what,
            _READS.c.person == person,
            # Not later than now: a clock that was put back hides no reading.
            _READS.c.at.between(at - SAME_READING, at),
        )
        .limit(1)
    )
    return connection.execute(known).first() is not None


def _nothing(key: str) -> NotFound:
    return NotFound(Text(f"{key} staat niet in deze kamer.", f"{key} is not in this room."))
