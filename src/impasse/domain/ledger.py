"""The waiting ledger: every day of a case stands on somebody's account, and on one only.

A case that waits, waits for somebody. A suspended clock is a clock of the one who is waited for;
otherwise it is the turn of who has open tasks, or of the owner of the stage. Days of an agreed
pause and days between closing and reopening stand on accounts of their own: no time vanishes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from impasse.domain.people import Role
from impasse.domain.text import Text, same
from impasse.domain.workflow import StageKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from impasse.domain.calendar import Calendar
    from impasse.domain.lifeline import Lifeline, Stay, Suspended

ORGANISATION = "organisation:"
ROLE = "role:"
PARTIES = "parties"
STANDSTILL = "standstill"
OUTSIDE = "outside"
CLOSED = "closed"
UNKNOWN = "unknown"


class Why(StrEnum):
    """Why a day stands where it stands."""

    SUSPENDED = "suspended"
    TASKS = "tasks"
    OWNER = "owner"
    STANDSTILL = "standstill"
    CLOSED = "closed"
    UNKNOWN = "unknown"

    @property
    def label(self) -> Text:
        """The reason in words."""
        return _WHY_LABELS[self]


_WHY_LABELS = {
    Why.SUSPENDED: Text("termijn opgeschort", "term suspended"),
    Why.TASKS: Text("open taken", "open tasks"),
    Why.OWNER: Text("aan zet in de fase", "at turn in the stage"),
    Why.STANDSTILL: Text("afgesproken pauze", "agreed standstill"),
    Why.CLOSED: Text("zaak gesloten", "case closed"),
    Why.UNKNOWN: Text("fase onbekend", "stage unknown"),
}


@dataclass(frozen=True, slots=True)
class Booking:
    """Days on one account: from the day after `after` up to and including `through`."""

    account: str
    why: Why
    after: date
    through: date
    days: int
    working_days: int
    stage_entry: int
    stage: str


@dataclass(frozen=True, slots=True)
class Balance:
    """What stands on one account, and which part of the whole that is, in percents."""

    account: str
    days: int
    working_days: int
    share: float


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every day after `opened_on` up to and including `until`, booked once.

    `balances` has the largest first, by working days and then by days. `names` tells who those
    outside were.
    """

    opened_on: date
    until: date
    bookings: tuple[Booking, ...]
    balances: tuple[Balance, ...]
    days: int
    working_days: int


def ledger(life: Lifeline, calendar: Calendar) -> Ledger:
    """Book every day of *life*; the sums are the age of the case, in days and in working days.

    Working days are our own, those of `calendar.agreed`: an account knows no basis in law.
    """
    bookings: list[Booking] = []
    ours = calendar.agreed
    for after, through in pairwise(_turns(life)):
        account, why = account_on(life, through)
        stay = life.stay_on(through)
        if bookings and _goes_on(bookings[-1], account, why, stay):
            after = bookings.pop().after  # noqa: PLW2901 the booking before it goes on
        bookings.append(
            Booking(
                account,
                why,
                after,
                through,
                (through - after).days,
                ours.working_days_between(after, through),
                stay.number,
                stay.stage,
            )
        )
    days = sum(one.days for one in bookings)
    working_days = sum(one.working_days for one in bookings)
    balances = _balances(bookings, days, working_days)
    return Ledger(life.opened_on, life.until, tuple(bookings), balances, days, working_days)


def _turns(life: Lifeline) -> list[date]:
    """Return the days on which the turn may pass to another, from opening to the last day."""
    days = {life.opened_on, life.until}
    for stay in life.stays:
        days.add(stay.first)
    for suspension in life.suspensions:
        days |= {suspension.begins_on, suspension.last}
    for task in life.tasks:
        days.add(task.opened_on)
        if task.settled_on is not None:
            days.add(task.settled_on)
    return sorted(day for day in days if life.opened_on <= day <= life.until)


def _goes_on(last: Booking, account: str, why: Why, stay: Stay) -> bool:
    return (last.account, last.why, last.stage_entry, last.stage) == (
        account,
        why,
        stay.number,
        stay.stage,
    )


def account_on(life: Lifeline, day: date) -> tuple[str, Why]:
    """Return on whose account *day* stands, and why."""
    stay = life.stay_on(day)
    if stay.kind is StageKind.ENDING:
        return CLOSED, Why.CLOSED
    if stay.kind is StageKind.PAUSE:
        return STANDSTILL, Why.STANDSTILL
    suspension = life.suspension_on(day)
    if suspension is not None:
        return waited_for(suspension), Why.SUSPENDED
    at_work = busy(life.tasks_on(day))
    if at_work is not None:
        return at_work, Why.TASKS
    if stay.kind is None:
        return UNKNOWN, Why.UNKNOWN
    return role_account(stay.owner or Role.SECRETARIAT), Why.OWNER


_ROLES = {role.value: role for role in Role}
_TOGETHER = frozenset({Role.PARTY, Role.LIAISON_OFFICER})


def waited_for(suspension: Suspended) -> str:
    """Return the account of whom a suspension waits for."""
    who = suspension.waits_for
    if who == OUTSIDE:
        return OUTSIDE
    if who in {"", PARTIES}:
        return PARTIES
    role = _ROLES.get(who)
    return f"{ORGANISATION}{who}" if role is None else role_account(role)


def role_account(role: Role) -> str:
    """Return the account of *role*; parties stand together."""
    return PARTIES if role in _TOGETHER else f"{ROLE}{role.value}"


class Asked(Protocol):
    """Work as far as the ledger asks: for which party or, when that is empty, for which role."""

    @property
    def organisation(self) -> str:
        """The party, or nothing."""

    @property
    def role(self) -> str:
        """The role, or nothing."""


def busy(tasks: Sequence[Asked]) -> str | None:
    """Return who is busy: one party, the parties together, or the one role that has the tasks."""
    organisations = {task.organisation for task in tasks if task.organisation}
    if organisations:
        return f"{ORGANISATION}{min(organisations)}" if len(organisations) == 1 else PARTIES
    accounts = {role_account(_ROLES[task.role]) for task in tasks if task.role in _ROLES}
    return accounts.pop() if len(accounts) == 1 else None


def _balances(bookings: Sequence[Booking], days: int, working_days: int) -> tuple[Balance, ...]:
    whole: dict[str, tuple[int, int]] = {}
    for one in bookings:
        sum_days, sum_working = whole.get(one.account, (0, 0))
        whole[one.account] = (sum_days + one.days, sum_working + one.working_days)
    found = [
        Balance(account, of_days, of_working, _share(of_days, of_working, days, working_days))
        for account, (of_days, of_working) in whole.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.working_days, -one.days, one.account)))


def _share(days: int, working_days: int, all_days: int, all_working_days: int) -> float:
    """Return the part of the whole in percents; by days while no working day has passed."""
    part, whole = (working_days, all_working_days) if all_working_days else (days, all_days)
    return round(100.0 * part / whole, 1) if whole else 0.0


def account_label(account: str, names: Mapping[str, str]) -> Text:
    """Return the name of *account* for a table; *names* has the parties by their id."""
    key = account.removeprefix(ORGANISATION)
    if key != account:
        return same(names.get(key, key.removeprefix("x-").replace("-", " ")))
    return _LABELS.get(account) or same(account)


def with_whom(account: str, names: Mapping[str, str]) -> Text:
    """Return where days on *account* stood: "bij de provincie Utrecht"."""
    if account in _WHERE:
        return _WHERE[account]
    label = account_label(account, names)
    return Text(f"bij {with_article(label.nl)}", f"with {with_article_en(label.en)}")


_LABELS = {
    PARTIES: Text("de partijen samen", "the parties together"),
    f"{ROLE}mediator": Text("de bemiddelaar", "the mediator"),
    f"{ROLE}secretariat": Text("het secretariaat", "the secretariat"),
    f"{ROLE}administrator": Text("de beheerder", "the administrator"),
    f"{ROLE}clock": Text("het systeem", "the system"),
    STANDSTILL: Text("afgesproken pauze", "agreed standstill"),
    OUTSIDE: Text("iets of iemand buiten de zaak", "something or somebody outside the case"),
    CLOSED: Text("zaak gesloten", "case closed"),
    UNKNOWN: Text("onbekend: de procedure kent de fase niet", "unknown: no such stage"),
}
_WHERE = {
    STANDSTILL: Text("in een afgesproken pauze", "in an agreed standstill"),
    CLOSED: Text("terwijl de zaak gesloten was", "while the case was closed"),
    UNKNOWN: Text("in een onbekende fase", "in an unknown stage"),
}
_ARTICLES = {
    "provincie": "de",
    "gemeente": "de",
    "unie": "de",
    "vereniging": "de",
    "waterschap": "het",
    "hoogheemraadschap": "het",
    "wetterskip": "het",
    "ministerie": "het",
    "openbaar": "het",
}


def with_article(name: str) -> str:
    """Return a Dutch name as it stands in a sentence: "de provincie Utrecht", "BZK"."""
    first, _, rest = name.partition(" ")
    article = _ARTICLES.get(first.lower())
    if article is None or not rest:
        return name
    return f"{article} {first if first.isupper() else first.lower()} {rest}"


def with_article_en(name: str) -> str:
    """Return the same for an English sentence, in which Dutch names stay Dutch."""
    first, _, rest = name.partition(" ")
    known = first.lower() in _ARTICLES and rest
    return f"the {first.lower()} {rest}" if known else name


def ledger_sentence(book: Ledger, names: Mapping[str, str]) -> Text:
    """Return the ledger in a sentence: "42 werkdagen, waarvan 18 bij de provincie Utrecht, …"."""
    if not book.days:
        return Text("Er is nog geen dag voorbij.", "No day has passed yet.")
    if not book.working_days:
        return Text("Er is nog geen werkdag voorbij.", "No working day has passed yet.")
    whole = working_days(book.working_days)
    told = [one for one in book.balances if one.working_days]
    if len(told) == 1:
        where = with_whom(told[0].account, names)
        return Text(f"{whole.nl}, alles {where.nl}.", f"{whole.en}, all {where.en}.")
    parts = [same(f"{one.working_days} ") + with_whom(one.account, names) for one in told]
    return Text(
        f"{whole.nl}, waarvan {_and([part.nl for part in parts], 'en')}.",
        f"{whole.en}, of which {_and([part.en for part in parts], 'and')}.",
    )


def working_days(count: int) -> Text:
    """Write so many working days: "1 werkdag", "12 werkdagen"."""
    if count == 1:
        return Text("1 werkdag", "1 working day")
    return Text(f"{count} werkdagen", f"{count} working days")


def _and(words: list[str], joint: str) -> str:
    return f"{', '.join(words[:-1])} {joint} {words[-1]}"
