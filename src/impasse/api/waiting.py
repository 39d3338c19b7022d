"""Who a case waited for, and its four clocks: computed from its history when asked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from fastapi import APIRouter, Response

from impasse.adapters.sql.people import list_persons
from impasse.api.admission import GuardedRoute
from impasse.api.answers import shown
from impasse.api.desk import Desk, Reading
from impasse.api.shapes import Bilingual, Day, Shape, bilingual
from impasse.domain.clocks import ClockKind, ClockState, clocks
from impasse.domain.ledger import Why, account_label, ledger, ledger_sentence
from impasse.domain.people import Role
from impasse.engine.lives import life_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from impasse.domain.case import Case
    from impasse.domain.history import ChainedEntry
    from impasse.domain.lifeline import Lifeline

router = APIRouter(route_class=GuardedRoute, tags=["terms"])

_ONE_DAY = timedelta(days=1)


class BalanceShape(Shape):
    """What stands on one account, in days; `share` is in percents of the working days.

    The account is `organisation:<id>`, `parties`, `role:<role>`, `standstill`, `outside`,
    `closed` or `unknown`.
    """

    account: str
    label: Bilingual
    days: int
    working_days: int
    share: float


class BookingShape(Shape):
    """Days on one account, both ends included, and why they stand there."""

    account: str
    why: Why
    first: Day
    last: Day
    days: int
    working_days: int
    stage: str
    stage_entry: int


class LedgerShape(Shape):
    """Every day of a case after its opening, on exactly one account: the sums are its age."""

    case: str
    opened_on: Day
    until: Day
    days: int
    working_days: int
    sentence: Bilingual
    balances: list[BalanceShape]
    bookings: list[BookingShape]


class ClockShape(Shape):
    """One clock, in working days. Days on which a term stood still do not count."""

    kind: ClockKind
    label: Bilingual
    state: ClockState
    days: int
    norm: int | None
    since: Day | None
    longest: int | None
    due: Day | None
    waits_for: str
    sentence: Bilingual


class ClocksShape(Shape):
    """The four clocks of a case: response, progress, stage and commitment."""

    case: str
    on: Day
    clocks: list[ClockShape]


@router.get("/cases/{case}/ledger", response_model=LedgerShape, summary="Op wie een zaak wachtte")
async def show_ledger(desk: Reading, case: str) -> Response:
    """Return on whose account each day of the case stands."""
    found, _, life = await _life(desk, case)
    book = ledger(life, desk.house.calendar)
    names = _names(found)
    shape = LedgerShape(
        case=found.id,
        opened_on=book.opened_on,
        until=book.until,
        days=book.days,
        working_days=book.working_days,
        sentence=bilingual(ledger_sentence(book, names)),
        balances=[
            BalanceShape(
                account=one.account,
                label=bilingual(account_label(one.account, names)),
                days=one.days,
                working_days=one.working_days,
                share=one.share,
            )
            for one in book.balances
        ],
        bookings=[
            BookingShape(
                account=one.account,
                why=one.why,
                first=one.after + _ONE_DAY,
                last=one.through,
                days=one.days,
                working_days=one.working_days,
                stage=one.stage,
                stage_entry=one.stage_entry,
            )
            for one in book.bookings
        ],
    )
    return shown(desk.request, shape)


@router.get("/cases/{case}/clocks", response_model=ClocksShape, summary="De klokken van een zaak")
async def show_clocks(desk: Reading, case: str) -> Response:
    """Return the four clocks of the case."""
    found, entries, life = await _life(desk, case)
    persons = await desk.read(list_persons, desk.house.database)
    read = clocks(
        life,
        entries,
        found.term,
        desk.house.calendar,
        names=_names(found),
        secretariat=frozenset(one.id for one in persons if Role.SECRETARIAT in one.roles),
    )
    shape = ClocksShape(
        case=found.id,
        on=life.until,
        clocks=[
            ClockShape(
                kind=one.kind,
                label=bilingual(one.kind.label),
                state=one.state,
                days=one.days,
                norm=one.norm,
                since=one.since,
                longest=one.longest,
                due=one.due,
                waits_for=one.who,
                sentence=bilingual(one.sentence),
            )
            for one in read
        ],
    )
    return shown(desk.request, shape)


async def _life(desk: Desk, number: str) -> tuple[Case, Sequence[ChainedEntry], Lifeline]:
    found = await desk.case(number)
    entries = await desk.read(desk.house.views.history, found.id)
    return (
        found,
        entries,
        await desk.read(life_of, desk.house.procedures, found, entries, desk.today),
    )


def _names(case: Case) -> Mapping[str, str]:
    return {party.organisation: party.name for party in case.parties}
