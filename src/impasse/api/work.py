"""What waits for the person behind the token, and what changed since a day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.adapters.sql.digest import Digests
from impasse.api.admission import GuardedRoute
from impasse.api.answers import shown
from impasse.api.desk import Reading
from impasse.api.shapes import Bilingual, Day, Shape, bilingual

if TYPE_CHECKING:
    from impasse.adapters.sql.digest import Item

router = APIRouter(tags=["me"], route_class=GuardedRoute)

_ONE_DAY = timedelta(days=1)


class WorkQuery(Shape):
    """Since when."""

    since: Day | None = Field(
        None,
        description="Wat veranderde vanaf deze dag; zonder: vanaf gisteren. · What changed from "
        "this day on; left out: from yesterday.",
    )


class WorkItem(Shape):
    """Something about a case; `day` is when it must be done, when it ends, or when it happened."""

    case: str
    href: str
    title: str
    what: Bilingual
    day: Day | None


class WorkShape(Shape):
    """A digest of the cases that you may see; nothing of closed rooms stands in it.

    `waiting` is what waits for you: work, and escalations of which you were told and that have no
    answer yet. `ending` are terms that end within seven days or have passed, `waitingForOthers` is
    work of others and escalations that somebody took up, `changed` is what happened since a day:
    at most five hundred of each. `undeliverable` tells where messages for you did not arrive; no
    case is named there.
    """

    since: Day
    waiting: list[WorkItem]
    ending: list[WorkItem]
    waiting_for_others: list[WorkItem]
    changed: list[WorkItem]
    undeliverable: list[WorkItem]


@router.get("/me/work", response_model=WorkShape, summary="Wat op u wacht en wat er veranderde")
async def show_work(desk: Reading, query: Annotated[WorkQuery, Query()]) -> Response:
    """Return what waits for you, which terms end, and what changed."""
    house, today = desk.house, desk.today
    found = await desk.read(
        Digests(house.database, house.views, house.procedures).of,
        desk.actor,
        since=query.since or today - _ONE_DAY,
        today=today,
        calendar=house.calendar,
    )

    def items(of: tuple[Item, ...]) -> list[WorkItem]:
        return [
            WorkItem(
                case=one.case,
                href=desk.url("cases", one.case) if one.case else desk.url("deliveries"),
                title=one.title,
                what=bilingual(one.what),
                day=one.day,
            )
            for one in of
        ]

    return shown(
        desk.request,
        WorkShape(
            since=found.since,
            waiting=items(found.waiting),
            ending=items(found.ending),
            waiting_for_others=items(found.others),
            changed=items(found.changed),
            undeliverable=items(found.undeliverable),
        ),
    )
