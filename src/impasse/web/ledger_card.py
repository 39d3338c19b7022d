"""Waiting on the dossier: on whose account the days of a case stand, and its four clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from impasse.domain.clocks import ClockState, clocks
from impasse.domain.errors import ImpasseError
from impasse.domain.ledger import account_label, ledger, ledger_sentence
from impasse.domain.people import Role
from impasse.engine.lives import life_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from impasse.domain.case import Case
    from impasse.domain.clocks import Clock
    from impasse.domain.history import ChainedEntry
    from impasse.domain.ledger import Ledger
    from impasse.domain.text import Text
    from impasse.web.offices import Offices
    from impasse.wiring import House

_WHOLE = 100.0
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Account:
    """One account: its name, its days, and its part of the whole in percents."""

    label: Text
    days: int
    working_days: int
    share: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days in a row on one account, both ends included, and why they stand there."""

    first: date
    last: date
    label: Text
    why: Text
    working_days: int


@dataclass(frozen=True, slots=True)
class Dial:
    """One clock: its tone for style sheets, and how far it is on its norm, in percents."""

    clock: Clock
    tone: str
    share: float | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the panels show; `trouble` instead when the history cannot be read."""

    sentence: Text | None
    accounts: tuple[Account, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    dials: tuple[Dial, ...] = ()
    trouble: Text | None = None


def waiting_of(
    house: House, case: Case, entries: Sequence[ChainedEntry], offices: Offices, today: date
) -> Waiting:
    """Return who *case* waited for, and how its clocks stand *today*."""
    try:
        life = life_of(house.procedures, case, entries, today)
        names = {party.organisation: party.name for party in case.parties}
        book = ledger(life, house.calendar)
        read = clocks(
            life,
            entries,
            case.term,
            house.calendar,
            names=names,
            secretariat=_secretariat(offices),
        )
    except ImpasseError as error:
        return Waiting(None, trouble=error.text)
    return Waiting(
        ledger_sentence(book, names),
        tuple(
            Account(account_label(one.account, names), one.days, one.working_days, one.share)
            for one in book.balances
        ),
        _stretches(book, names),
        tuple(Dial(clock, _TONES[clock.state], _share(clock)) for clock in read),
    )


_TONES: Mapping[ClockState, str] = {
    ClockState.RUNNING: "",
    ClockState.LATE: "late",
    ClockState.STILL: "line",
    ClockState.MET: "ok",
    ClockState.MET_LATE: "warn",
    ClockState.NONE: "line",
}


def _secretariat(offices: Offices) -> frozenset[str]:
    persons = offices.persons.values()
    return frozenset(person.id for person in persons if Role.SECRETARIAT in person.roles)


def _stretches(book: Ledger, names: Mapping[str, str]) -> tuple[Stretch, ...]:
    """Return the bookings, newest first."""
    return tuple(
        Stretch(
            one.after + _ONE_DAY,
            one.through,
            account_label(one.account, names),
            one.why.label,
            one.working_days,
        )
        for one in reversed(book.bookings)
    )


def _share(clock: Clock) -> float | None:
    if not clock.norm or clock.state in {ClockState.NONE, ClockState.MET, ClockState.MET_LATE}:
        return None
    return round(min(_WHOLE, _WHOLE * clock.days / clock.norm), 1)
