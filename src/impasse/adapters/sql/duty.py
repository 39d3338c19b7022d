"""Duty rotas as rows: making them, planning, swapping, ending, and warning of gaps in time."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from impasse.adapters.sql.announcing import announce
from impasse.adapters.sql.database import writing
from impasse.adapters.sql.directory import absences_from, duty_of, persons_here, rota_of
from impasse.adapters.sql.people import reading
from impasse.adapters.sql.tables import DutyRow, RotaRow
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.duty import days_of_duty, gaps_among
from impasse.domain.duty_plans import (
    may_end,
    may_keep,
    may_see_rota,
    refuse_plan,
    refuse_rota,
    refuse_swap,
    refuse_to_end,
    refuse_to_remove,
)
from impasse.domain.errors import Conflict, NotFound
from impasse.domain.people import Role
from impasse.domain.substitution import chain_of
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date, datetime

    from sqlalchemy.engine import Connection, Engine

    from impasse.domain.calendar import Calendar
    from impasse.domain.duty import Duty, DutyGap, OnDuty, Rota
    from impasse.domain.duty_plans import Rotation, Swap
    from impasse.domain.people import Person
    from impasse.domain.substitution import Absence

log = structlog.get_logger("impasse.people")

WEEKS_SHOWN = 8
"""Weeks ahead that a rota is shown."""

WARNED_AHEAD = 14
"""Days before a gap at which it is told."""

NEAR = 3
"""Working days before a gap at which it is told again, when it is still there."""

_LOOKS_EVERY = timedelta(hours=1)
_BACK = 366
"""Days that a gap is followed back to where it began, so that it keeps its name."""

_LONGEST_CLOSURE = 14
"""Days that no working day may be away from another."""

_GLANCE = 40
_MACHINE = "cli"
"""Who did it, when that was done on the command line of the machine itself."""


@dataclass(frozen=True, slots=True)
class DutyLine:
    """A duty as somebody sees it; `mine` is whether the reader may end it."""

    duty: Duty
    mine: bool


@dataclass(frozen=True, slots=True)
class RotaSeen:
    """A rota as somebody sees it: each day ahead, the gaps, and what was planned and swapped.

    `keeps` is whether the reader plans it, `mine` whether the reader may be on it.
    """

    rota: Rota
    days: tuple[OnDuty, ...]
    gaps: tuple[DutyGap, ...]
    duties: tuple[DutyLine, ...]
    keeps: bool
    mine: bool


@dataclass(frozen=True, slots=True)
class _World:
    """What an answer about duty is looked up in."""

    rotas: Mapping[str, Rota]
    duties: Mapping[str, list[Duty]]
    persons: Mapping[str, Person]
    absences: list[Absence]

    def days(self, rota: Rota, first: date, last: date) -> tuple[OnDuty, ...]:
        held = self.duties.get(rota.name, [])
        return days_of_duty(rota, held, (first, last), self.persons, self.absences)


class SqlDuty:
    """The duty rotas of the house; *calendar* tells the working days of today."""

    def __init__(self, database: Engine, calendar: Callable[[], Calendar]) -> None:
        self._database = database
        self._calendar = calendar
        self._looked_at: datetime | None = None

    def rotas(self, by: Person | None, *, at: datetime) -> list[RotaSeen]:
        """Return the rotas that *by* sees (None: all), by name, for the weeks ahead."""
        today = _day(at)
        with reading(self._database) as session:
            world = _world(session, today, today + timedelta(weeks=WEEKS_SHOWN))
        return [
            self._seen(world, rota, by, today)
            for _, rota in sorted(world.rotas.items())
            if may_see_rota(by, rota)
        ]

    def rota(self, name: str, by: Person | None, *, at: datetime) -> RotaSeen:
        """Return the rota called *name*, or raise `NotFound` when *by* sees none."""
        for seen in self.rotas(by, at=at):
            if seen.rota.name == name:
                return seen
        raise _no_rota(name)

    def create(self, rota: Rota, *, by: Person | None) -> None:
        """Make *rota*; raises `NotAllowed`, `Invalid`, or `Conflict` when the name is taken."""
        with writing(self._database) as connection, Session(bind=connection) as session:
            organisations = {one.organisation for one in persons_here(session).values()}
            refuse_rota(rota, by=by, organisations=frozenset(organisations))
            session.add(
                RotaRow(
                    name=rota.name,
                    label_nl=rota.label.nl.strip(),
                    label_en=(rota.label.en.strip() or rota.label.nl.strip()),
                    organisation_id=rota.organisation,
                    created_at=rota.created_at,
                    created_by=rota.created_by,
                )
            )
            try:
                session.flush()
            except IntegrityError as error:
                raise Conflict(
                    Text(
                        f"Er is al een rooster {rota.name}. Kies een andere naam.",
                        f"There is a rota {rota.name} already. Choose another name.",
                    )
                ) from error
        log.info("rota_made", object=rota.name, result=rota.organisation, actor=rota.created_by)

    def remove(self, name: str, *, by: Person | None) -> None:
        """Remove the rota called *name* with its duties; raises `NotFound` or `NotAllowed`.

        A policy that names it then finds nobody on duty.
        """
        with writing(self._database) as connection, Session(bind=connection) as session:
            rota, _, _ = _held(session, name, by)
            refuse_to_remove(rota, by=by)
            session.execute(delete(DutyRow).where(col(DutyRow.rota) == rota.name))
            session.execute(delete(RotaRow).where(col(RotaRow.name) == rota.name))
        log.info("rota_removed", object=name, result="done", actor=_who(by))

    def plan(
        self, name: str, rotation: Rotation, *, by: Person | None, at: datetime
    ) -> tuple[Duty, ...]:
        """Plan *rotation* on the rota called *name*; returns the duties, first day first.

        Raises `NotFound`, `NotAllowed`, `Invalid` with every fault at once, or `Conflict` when
        somebody was planned on one of the days already; nothing has changed then.
        """
        with writing(self._database) as connection, Session(bind=connection) as session:
            rota, duties, persons = _held(session, name, by)
            refuse_plan(rotation, rota, by=by, persons=persons, duties=duties, today=_day(at))
            rows = [
                _row(rota, turn.person, (turn.from_day, turn.until_day), by, at)
                for turn in rotation.turns()
            ]
            session.add_all(rows)
            session.flush()
            made = tuple(duty_of(row) for row in rows)
        log.info("duty_planned", object=name, result=str(len(made)), actor=_who(by))
        return made

    def swap(self, name: str, swap: Swap, *, by: Person | None, at: datetime) -> Duty:
        """Let somebody take days over on the rota called *name*, whoever was to be on duty.

        Raises `NotFound`, `NotAllowed`, `Invalid` with every fault at once, or `Conflict`.
        """
        with writing(self._database) as connection, Session(bind=connection) as session:
            rota, duties, persons = _held(session, name, by)
            refuse_swap(swap, rota, by=by, persons=persons, duties=duties, today=_day(at))
            row = _row(rota, swap.person, (swap.from_day, swap.until_day), by, at, override=True)
            session.add(row)
            session.flush()
            made = duty_of(row)
        log.info("duty_swapped", object=name, result=swap.person, actor=_who(by))
        return made

    def end(self, name: str, key: str, *, by: Person | None, at: datetime) -> None:
        """End a duty or a swap of the rota called *name* from today on.

        Raises `NotFound`, `NotAllowed`, or `Conflict` when it is over already.
        """
        with writing(self._database) as connection, Session(bind=connection) as session:
            rota, _, _ = _held(session, name, by)
            row = session.get(DutyRow, _findable(key), with_for_update=True)
            if row is None or row.rota != rota.name:
                raise NotFound(
                    Text(
                        f"Er is geen dienst met nummer {_findable(key)[:_GLANCE]} op dit rooster.",
                        f"There is no duty with number {_findable(key)[:_GLANCE]} on this rota.",
                    )
                )
            refuse_to_end(duty_of(row), rota, by=by, today=_day(at))
            row.ended_at = at
            session.flush()
        log.info("duty_ended", object=name, result=key, actor=_who(by))

    def look(self, at: datetime) -> None:
        """Announce the gaps that are near, each once.

        May be called at every beat of the clock, by every process: it looks once an hour, and
        what was announced before is not announced again.
        """
        before = self._looked_at
        if before is not None and before <= at < before + _LOOKS_EVERY:
            return
        found = self._warnings(at)
        if found:
            with writing(self._database) as connection:
                for warning in found:
                    _tell(connection, warning, at)
        self._looked_at = at

    def _warnings(self, at: datetime) -> list[_Warning]:
        """Return what has to be known now, told before or not."""
        today, calendar = _day(at), self._calendar().agreed
        last, earliest = today + timedelta(days=WARNED_AHEAD), today - timedelta(days=_BACK)
        with reading(self._database) as session:
            if session.exec(select(RotaRow.name).limit(1)).first() is None:
                return []
            world = _world(session, earliest, last + timedelta(days=WARNED_AHEAD))
        found: list[_Warning] = []
        near = calendar.add_working_days(today, NEAR)
        for rota in world.rotas.values():
            # A gap that is under way is followed back, so that it goes by the day it began.
            since = max(earliest, _day(rota.created_at))
            if since > today:
                continue
            days = world.days(rota, since, last)
            found.extend(
                _warning(world, rota, gap, today, is_near=gap.first <= near)
                for gap in gaps_among(days, calendar.is_working_day)
                if gap.last >= today
            )
        return found

    def _seen(self, world: _World, rota: Rota, by: Person | None, today: date) -> RotaSeen:
        days = world.days(rota, today, today + timedelta(weeks=WEEKS_SHOWN) - timedelta(days=1))
        open_ = (
            one
            for one in world.duties.get(rota.name, ())
            if one.ended_at is None and one.until_day >= today
        )
        return RotaSeen(
            rota,
            days,
            gaps_among(days, self._calendar().agreed.is_working_day),
            tuple(
                DutyLine(one, may_end(by, rota, one))
                for one in sorted(open_, key=lambda one: (one.from_day, one.override, one.id))
            ),
            keeps=may_keep(by, rota.organisation),
            mine=by is not None and by.organisation == rota.organisation,
        )


@dataclass(frozen=True, slots=True)
class _Warning:
    """A gap that has to be told, to whom, and under which key it is told once."""

    key: str
    rota: Rota
    gap: DutyGap
    to: tuple[str, ...]
    is_near: bool


def _warning(world: _World, rota: Rota, gap: DutyGap, today: date, *, is_near: bool) -> _Warning:
    keepers = _keepers(world, rota, max(today, gap.first))
    # What was filled and fell open again is another gap, though it begins on the same day: what
    # was ever arranged for that day makes the difference.
    day, begin = gap.first, _day(rota.created_at)
    if day < today - timedelta(days=_BACK - _LONGEST_CLOSURE):
        # Where it began is too long ago to be seen: it goes by the day the rota was made.
        return _Warning(f"{rota.name}:{begin}:long", rota, gap, keepers, is_near)
    arranged = [
        one.id for one in world.duties.get(rota.name, ()) if one.from_day <= day <= one.until_day
    ] + [one.id for one in world.absences if one.person in gap.why.chain and one.covers(day)]
    digest = hashlib.sha256(" ".join(sorted(arranged)).encode()).hexdigest()[:12]
    stage = "near" if is_near else "ahead"
    return _Warning(f"{rota.name}:{day}:{digest}:{stage}", rota, gap, keepers, is_near)


def _keepers(world: _World, rota: Rota, day: date) -> tuple[str, ...]:
    """Return who can mend a gap: the secretariat of the organisation, and the administrators.

    Of the secretariat also who stands in for whom is absent.
    """
    there = [one for one in world.persons.values() if not one.disabled]
    kept = {one.id for one in there if may_keep(one, rota.organisation)}
    for key in tuple(kept):
        if Role.SECRETARIAT in world.persons[key].roles:
            chain = chain_of(key, day, world.persons, world.absences)
            if chain is not None and chain.acts:
                kept.add(chain.acts)
    return tuple(sorted(kept))


def _tell(connection: Connection, warning: _Warning, at: datetime) -> None:
    rota = warning.rota
    announce(
        connection,
        key=warning.key,
        type="duty-gap",
        to=warning.to,
        reason=warning.gap.sentence(rota.label),
        why=Text(
            f"U houdt het rooster {rota.label.nl} bij: als secretariaat van de organisatie, of "
            "als beheerder.",
            f"You keep the rota {rota.label.en}: as secretariat of the organisation, or as "
            "administrator.",
        ),
        otherwise=_otherwise(is_near=warning.is_near),
        at=at,
        urgent=False,
    )


def _otherwise(*, is_near: bool) -> Text:
    if is_near:
        return Text(
            "Als niemand het rooster aanvult, volgt een opschaling op die dagen wat haar beleid "
            "zegt voor een trede zonder iemand.",
            "If nobody fills the rota, an escalation on these days follows what its policy says "
            "of a level at which nobody is there.",
        )
    return Text(
        f"Als niemand het rooster aanvult, krijgt u {NEAR} werkdagen van tevoren nog één bericht.",
        f"If nobody fills the rota, you get one more message {NEAR} working days ahead.",
    )


def _world(session: Session, first: date, last: date) -> _World:
    """Read all that bears on duty from *first* to *last*; what was ended is there as well."""
    query = select(DutyRow).where(col(DutyRow.until_day) >= first)
    duties: dict[str, list[Duty]] = {}
    for row in session.exec(query):
        duties.setdefault(row.rota, []).append(duty_of(row))
    return _World(
        {row.name: rota_of(row) for row in session.exec(select(RotaRow))},
        duties,
        persons_here(session),
        absences_from(session, first, last),
    )


def _held(
    session: Session, name: str, by: Person | None
) -> tuple[Rota, list[Duty], dict[str, Person]]:
    """Return the rota called *name*, its duties and everybody; a second writer waits here.

    Raises `NotFound` when *by* sees no such rota.
    """
    query = select(RotaRow).where(col(RotaRow.name) == _findable(name)).with_for_update()
    row = session.exec(query).first()
    rota = None if row is None else rota_of(row)
    if rota is None or not may_see_rota(by, rota):
        raise _no_rota(name)
    rows = session.exec(select(DutyRow).where(col(DutyRow.rota) == rota.name))
    return rota, [duty_of(one) for one in rows], persons_here(session)


def _row(
    rota: Rota,
    person: str,
    days: tuple[date, date],
    by: Person | None,
    at: datetime,
    *,
    override: bool = False,
) -> DutyRow:
    first, last = days
    return DutyRow(
        id=secrets.token_hex(8),
        rota=rota.name,
        person_id=person,
        from_day=first,
        until_day=last,
        override=override,
        created_at=at,
        created_by=_who(by),
        ended_at=None,
    )


def gaps_of(seen: Iterable[RotaSeen]) -> list[tuple[Rota, DutyGap]]:
    """Return every gap of these rotas, the nearest first."""
    found = [(one.rota, gap) for one in seen for gap in one.gaps]
    return sorted(found, key=lambda pair: (pair[1].first, pair[0].name))


def _who(by: Person | None) -> str:
    return _MACHINE if by is None else by.id


def _day(at: datetime) -> date:
    """Return the day in Amsterdam on which *at* falls."""
    return at.astimezone(AMSTERDAM).date()


def _findable(key: str) -> str:
    """Return *key*, or "" for what no database can look up: nothing is called that either."""
    return key if key.isprintable() else ""


def _no_rota(name: str) -> NotFound:
    shown = _findable(name)[:_GLANCE]
    return NotFound(
        Text(f"Er is geen rooster met de naam {shown}.", f"There is no rota with the name {shown}.")
    )
