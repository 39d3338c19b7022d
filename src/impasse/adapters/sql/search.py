"""Searching: cases, signals and what stands in rooms, as far as they exist for who asks.

What you may not see is left out in SQL, before anything is counted, sorted or cut into pages. Big
and small letters are alike, and so are letters with and without accents: `facade` finds `Façade`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    and_,
    cast,
    exists,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSON

from impasse.adapters.sql.database import SQLITE, translate, writing
from impasse.adapters.sql.room_rows import room_from_key
from impasse.adapters.sql.rooms import SAME_READING, visible_rooms
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import (
    CaseRow,
    ContributionRow,
    PartyRow,
    ReadRow,
    RoomRow,
    SignalRow,
)
from impasse.adapters.sql.views import visible_cases
from impasse.domain.history import canonical
from impasse.domain.people import Role
from impasse.domain.rooms import SHARED, ContributionKind, Room
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.engine import Connection, Engine

    from impasse.domain.people import Actor

_SEARCHED = (ContributionKind.NOTE, ContributionKind.DOCUMENT, ContributionKind.SIGNAL)
"""An assessment of conflict escalation is seen in the mediator's room, and nowhere else."""

_CASES = table(CaseRow)
_PARTIES = table(PartyRow)
_SIGNALS = table(SignalRow)
_ROOMS = table(RoomRow)
_CONTRIBUTIONS = table(ContributionRow)
_READS = table(ReadRow)

MOST_WORDS = 8
"""What comes after so many words does not narrow a search any more."""

EXCERPT = 160
"""How many signs of a text are shown around what was found."""

_LEAD = 40
"""How many of them stand before it."""


class HitKind(StrEnum):
    """What was found."""

    CASE = "case"
    SIGNAL = "signal"
    NOTE = "note"
    DOCUMENT = "document"

    @property
    def label(self) -> Text:
        """The kind in words."""
        return _LABELS[self]


_LABELS = {
    HitKind.CASE: Text("zaak", "case"),
    HitKind.SIGNAL: Text("signaal", "signal"),
    HitKind.NOTE: Text("notitie", "note"),
    HitKind.DOCUMENT: Text("document", "document"),
}


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found.

    `id` is the number of the case, or that of the signal or contribution in `room`; a signal of
    the case itself is in the shared room. `excerpt` is plain text around the first word that was
    found, `place` what a next search comes after: it names rooms by their id, nobody by name.
    """

    kind: HitKind
    case: str
    case_title: str
    room: Room
    id: str
    title: str
    excerpt: str
    place: str


class Search:
    """Finds words in one database."""

    def __init__(self, database: Engine, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._sqlite = database.dialect.name == SQLITE

    def find(self, actor: Actor, text: str, *, after: str = "", limit: int = 25) -> list[Hit]:
        """Return what holds all words of *text* and exists for *actor*: the newest case first.

        Of one case: itself, its signals, then its rooms. *after* is the `place` of the last hit
        that was seen; one that is none of ours finds nothing. Who finds something in a
        confidential room has read there: that is written down before it is shown. Without a
        word, nothing is found.
        """
        words = [folded(word) for word in text.split()[:MOST_WORDS]]
        words = [word for word in words if word and "\0" not in word]
        start = _place(after)
        start = None if start is None else self._in_storage(actor, start)
        if not words or start is None:
            return []
        query = union_all(
            self._in_cases(actor, words, start),
            self._in_signals(actor, words, start),
            self._in_contributions(actor, words, start),
        ).subquery()
        found = (
            select(query)
            .order_by(query.c.case_id.desc(), query.c.turn, query.c.room, query.c.position)
            .limit(limit)
        )
        with self._reading() as connection:
            rows = list(connection.execute(found))
        hits = [_hit(row, words) for row in rows]
        self._write_down(actor, {(hit.case, hit.room) for hit in hits if hit.room.confidential})
        return hits

    def _in_storage(self, actor: Actor, start: _Start) -> _Start | None:
        """Return *start* with the key of its room, which names a person, instead of its id.

        None for a room that does not exist for *actor*, for whatever reason.
        """
        case, turn, room_id, position = start
        if room_id in {"", SHARED.id}:
            return start
        rooms = (
            select(_ROOMS.c.room)
            .join(_CASES, _CASES.c.id == _ROOMS.c.case_id)
            .where(_ROOMS.c.case_id == case, visible_rooms(actor))
        )
        with self._reading() as connection:
            keys = list(connection.scalars(rooms))
        found = (key for key in keys if room_from_key(key).id == room_id)
        return next(((case, turn, key, position) for key in found), None)

    def _in_cases(self, actor: Actor, words: list[str], start: _Start) -> Select[Any]:
        cases = _CASES.c
        shared = literal(SHARED.key)
        return select(
            *_columns(
                kind=HitKind.CASE.value,
                turn=0,
                case_id=cases.id,
                case_title=cases.title,
                room=shared,
                position=0,
                id=cases.id,
                title=cases.title,
                text=cases.summary,
                name="",
            )
        ).where(
            visible_cases(actor),
            _after(start, 0, cases.id, shared, literal(0)),
            *(
                or_(
                    *self._holding(word, cases.title, cases.id, cases.summary, cases.policy_area),
                    exists().where(
                        _PARTIES.c.case_id == cases.id, *self._holding(word, _PARTIES.c.name)
                    ),
                )
                for word in words
            ),
        )

    def _in_signals(self, actor: Actor, words: list[str], start: _Start) -> Select[Any]:
        signals = _SIGNALS.c
        shared = literal(SHARED.key)
        return (
            select(
                *_columns(
                    kind=HitKind.SIGNAL.value,
                    turn=1,
                    case_id=signals.case_id,
                    case_title=_CASES.c.title,
                    room=shared,
                    position=signals.position,
                    id=signals.id,
                    title="",
                    text=signals.text,
                    name="",
                )
            )
            .join(_CASES, _CASES.c.id == signals.case_id)
            .where(
                visible_cases(actor),
                _after(start, 1, signals.case_id, shared, signals.position),
                *(or_(*self._holding(word, signals.text)) for word in words),
            )
        )

    def _in_contributions(self, actor: Actor, words: list[str], start: _Start) -> Select[Any]:
        written = _CONTRIBUTIONS.c
        name = func.coalesce(self._file_name(), "")
        return (
            select(
                *_columns(
                    kind=written.kind,
                    turn=2,
                    case_id=written.case_id,
                    case_title=_CASES.c.title,
                    room=written.room,
                    position=written.position,
                    id=written.id,
                    title=written.title,
                    text=written.text,
                    name=name,
                )
            )
            .join(_ROOMS, and_(_ROOMS.c.case_id == written.case_id, _ROOMS.c.room == written.room))
            .join(_CASES, _CASES.c.id == written.case_id)
            .where(
                visible_rooms(actor),
                written.destroyed_at.is_(None),
                written.kind.in_([kind.value for kind in _SEARCHED]),
                _after(start, 2, written.case_id, written.room, written.position),
                *(or_(*self._holding(word, written.title, written.text, name)) for word in words),
            )
        )

    def _holding(self, word: str, *texts: ColumnElement[str]) -> list[ColumnElement[bool]]:
        return [self._folded(text).contains(word, autoescape=True) for text in texts]

    def _folded(self, text: ColumnElement[str]) -> ColumnElement[str]:
        """Return, as SQL, what `folded` makes of a text."""
        if self._sqlite:
            return func.impasse_folded(text)
        apart = func.normalize(func.lower(text), literal_column("NFD"))
        return func.regexp_replace(apart, _MARK.pattern, "", "g")

    def _file_name(self) -> ColumnElement[str]:
        kept, name = _CONTRIBUTIONS.c.particulars, "file_name"
        found: ColumnElement[str] = (
            func.json_extract(kept, f"$.{name}") if self._sqlite else cast(kept, JSON)[name].astext
        )
        return found

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """Open a connection; what the database does wrong is said in our words."""
        try:
            with self._database.connect() as connection:
                if self._sqlite:
                    driver: Any = connection.connection.driver_connection
                    driver.create_function("impasse_folded", 1, folded, deterministic=True)
                yield connection
        except Exception as error:
            meant = translate(error)
            if meant is error:
                raise
            raise meant from error

    def _write_down(self, actor: Actor, read: set[tuple[str, Room]]) -> None:
        """Keep that *actor* read in these rooms, unless that was written down just now."""
        if not read or Role.CLOCK in actor.roles:
            return
        at, what = self._clock(), "search"
        with writing(self._database) as connection:
            known = {
                (row.case_id, row.room)
                for row in connection.execute(
                    select(_READS.c.case_id, _READS.c.room).where(
                        _READS.c.what == what,
                        _READS.c.person == actor.person,
                        # Not later than now: a clock that was put back hides no reading.
                        _READS.c.at.between(at - SAME_READING, at),
                    )
                )
            }
            new = [
                {
                    "case_id": case,
                    "room": room.key,
                    "what": what,
                    "person": actor.person,
                    "organisation": actor.organisation,
                    "origin": actor.origin,
                    "at": at,
                }
                for case, room in sorted(read)
                if (case, room.key) not in known
            ]
            if new:
                connection.execute(insert(_READS), new)


def folded(text: str) -> str:
    """Return *text* in small letters without accents."""
    apart = unicodedata.normalize("NFD", text.lower())
    return apart if apart.isascii() else _MARK.sub("", apart)


def is_place(after: str) -> bool:
    """Whether *after* is a place that a search can go on from."""
    return _place(after) is not None


def excerpt(text: str, words: list[str]) -> str:
    """Return at most `EXCERPT` signs of *text* around the first of *words* that stands in it.

    The words are folded; white space is one space each, and dots say that something is left out.
    """
    plain = " ".join(text.split())
    if len(plain) <= EXCERPT:
        return plain
    # Folding can make a text longer or shorter: each sign is led back to where it came from.
    signs = [(sign, place) for place, whole in enumerate(plain) for sign in folded(whole)]
    low = "".join(sign for sign, _ in signs)
    places = [signs[at][1] for word in words if (at := low.find(word)) >= 0]
    start = max(0, min(places, default=0) - _LEAD)
    end = start + EXCERPT
    before, after = "…" if start else "", "…" if end < len(plain) else ""
    return before + plain[start:end].strip() + after


_MARK = re.compile("[\u0300-\u036f]")

_Start = tuple[str, int, str, int]
"""The case, the turn within it, the room and the place in it, of the last hit that was seen."""

_BEGINNING: _Start = ("", 0, "", 0)
_LARGEST = 2**31 - 1
_LONGEST_PLACE = 500
_TURNS = 2
"""A case comes at turn 0, its signals at 1, what stands in its rooms at 2."""


def _place(after: str) -> _Start | None:
    """Return where *after* stands; None when it is no place of ours."""
    if not after:
        return _BEGINNING
    try:
        found = json.loads(after[:_LONGEST_PLACE])
    except (ValueError, RecursionError):
        return None
    match found:
        case [str(case), int(turn), str(room), int(position)] if (case + room).isprintable():
            known = case != "" and 0 <= turn <= _TURNS and 0 <= position <= _LARGEST
            return (case, turn, room, position) if known else None
        case _:
            return None


def _after(
    start: _Start,
    turn: int,
    case: ColumnElement[str],
    room: ColumnElement[str],
    position: ColumnElement[int],
) -> ColumnElement[bool]:
    """Return, as SQL, what comes after *start* among what has its *turn* within a case."""
    last_case, last_turn, last_room, last_position = start
    if not last_case:
        return true()
    older = case < last_case
    if turn < last_turn:
        return older
    if turn > last_turn:
        return or_(older, case == last_case)
    further = or_(room > last_room, and_(room == last_room, position > last_position))
    return or_(older, and_(case == last_case, further))


def _columns(**what: ColumnElement[Any] | str | int) -> list[ColumnElement[Any]]:
    return [
        (value if isinstance(value, ColumnElement) else literal(value)).label(name)
        for name, value in what.items()
    ]


def _hit(row: Any, words: list[str]) -> Hit:  # noqa: ANN401 a row
    room = room_from_key(row.room)
    text = row.text if not row.name or row.name in row.title else f"{row.name}: {row.text}"
    return Hit(
        kind=HitKind(row.kind),
        case=row.case_id,
        case_title=row.case_title,
        room=room,
        id=row.id,
        title=row.title or excerpt(row.text, words),
        excerpt=excerpt(text, words),
        place=canonical([row.case_id, row.turn, room.id, row.position]),
    )
