"""What became of each message, and sending again what did not arrive.

Everybody has what went to webhooks of his or her own and to him or herself. The administrator also
has what went to persons, without what it was about: over which channel, to whom, how it ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import structlog
from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.adapters.sql.deliveries import (
    REPLAY_AT_MOST,
    DeliveryFilter,
    list_deliveries,
    replay_deliveries,
    replay_delivery,
    show_delivery,
)
from impasse.api.admission import GuardedRoute
from impasse.api.answers import made, shown
from impasse.api.desk import Opening, Reading
from impasse.api.paging import Page, PageQuery, after_number, paged
from impasse.api.shapes import Moment, Shape, Words
from impasse.api.webhooks import refuse_who_has_none
from impasse.domain.errors import NotFound
from impasse.domain.storable import LONGEST_NAME
from impasse.domain.text import Text
from impasse.engine.outbox import DeliveryState

if TYPE_CHECKING:
    from impasse.adapters.sql.deliveries import DeliveryLine
    from impasse.api.desk import Desk

log = structlog.get_logger("impasse.api")

router = APIRouter(tags=["deliveries"], route_class=GuardedRoute)

_LARGEST = 2**31 - 1


class DeliveryQuery(PageQuery):
    """Which deliveries, and which page of them."""

    state: DeliveryState | None = Field(None, description="Hoe het ervoor staat. · How it stands.")
    channel: Words = Field(
        "", max_length=20, description="`webhook`, `inbox`, `email` of `chat`. · Which channel."
    )
    webhook: Words = Field(
        "", max_length=LONGEST_NAME, description="Van welke webhook. · Of which webhook."
    )
    person: Words = Field(
        "", max_length=LONGEST_NAME, description="Aan welke gebruiker. · To which user."
    )
    subject: Words = Field(
        "", max_length=LONGEST_NAME, description="Over welke zaak. · About which case."
    )
    promised_from: Moment | None = Field(None, description="Beloofd vanaf. · Promised from.")
    promised_before: Moment | None = Field(None, description="Beloofd vóór. · Promised before.")


class DeliveryShape(Shape):
    """One message on its way over one channel to one destination: a webhook, or a person."""

    id: int
    message: str
    channel: str
    webhook: str
    person: str
    type: str
    subject: str
    state: DeliveryState
    attempts: int
    next_at: Moment
    answered: int | None
    failure: str
    created_at: Moment
    done_at: Moment | None
    href: str


class DeliveryPage(Page[DeliveryShape]):
    """One page of deliveries."""


class ReplaysAsked(Shape):
    """What to send again; what is left out does not filter. Without `states`: dead letters."""

    states: list[DeliveryState] = Field(
        [], max_length=len(DeliveryState), description="Leeg: onbestelbaar. · Empty: dead letters."
    )
    channel: Words = Field("", max_length=20)
    webhook: Words = Field("", max_length=LONGEST_NAME)
    person: Words = Field("", max_length=LONGEST_NAME)
    subject: Words = Field("", max_length=LONGEST_NAME)
    promised_from: Moment | None = None
    promised_before: Moment | None = None


class ReplayAsked(Shape):
    """To send one delivery again: nothing more needs to be said."""


class ReplaysMade(Shape):
    """How many deliveries are sent again; `atMost` go at one request."""

    count: int
    at_most: int


@router.get("/deliveries", response_model=DeliveryPage, summary="Bezorgingen")
async def list_message_deliveries(
    desk: Reading, query: Annotated[DeliveryQuery, Query()]
) -> Response:
    """Return what became of each message for your webhooks and for you, oldest first.

    An administrator also gets what went to persons, without case, type or number of the message.
    """
    refuse_who_has_none(desk)
    wanted = DeliveryFilter(
        states=frozenset({query.state} if query.state else ()),
        channel=query.channel,
        webhook=query.webhook,
        person=query.person,
        subject=query.subject,
        since=query.promised_from,
        until=query.promised_before,
    )

    def fetch(after: str, limit: int) -> list[tuple[str, DeliveryLine]]:
        found = list_deliveries(
            desk.house.database, desk.actor, wanted, after=after_number(after), limit=limit
        )
        return [(str(line.id), line) for line in found]

    return await paged(desk.request, query, fetch, lambda line: _shape(desk, line), DeliveryPage)


@router.get("/deliveries/{delivery}", response_model=DeliveryShape, summary="Eén bezorging")
async def show_message_delivery(desk: Reading, delivery: str) -> Response:
    """Return one delivery that you look after."""
    refuse_who_has_none(desk)
    line = await desk.read(show_delivery, desk.house.database, desk.actor, _number(delivery))
    return shown(desk.request, _shape(desk, line))


@router.post(
    "/delivery-replays",
    response_model=ReplaysMade,
    status_code=201,
    summary="Verstuur opnieuw wat niet aankwam",
)
async def replay_message_deliveries(desk: Opening, sent: ReplaysAsked) -> Response:
    """Send again what you look after and what matches: without a filter every dead letter.

    Each message keeps its number, so that its receiver knows a repetition. To a webhook you can
    also send again what arrived: name the state `delivered`.
    """
    refuse_who_has_none(desk)
    wanted = DeliveryFilter(
        states=frozenset(sent.states),
        channel=sent.channel,
        webhook=sent.webhook,
        person=sent.person,
        subject=sent.subject,
        since=sent.promised_from,
        until=sent.promised_before,
    )

    def replay() -> str:
        count = replay_deliveries(desk.house.database, desk.actor, wanted, desk.house.clock())
        log.info("deliveries_replayed", result=str(count), origin="api", actor=desk.actor.person)
        return str(count)

    count = int(await desk.once(sent, replay))
    return made(ReplaysMade(count=count, at_most=REPLAY_AT_MOST), desk.url("deliveries"))


@router.post(
    "/deliveries/{delivery}/replays",
    response_model=DeliveryShape,
    status_code=201,
    summary="Verstuur één bericht opnieuw",
)
async def replay_message_delivery(desk: Opening, delivery: str, sent: ReplayAsked) -> Response:
    """Send one delivery again that you look after; its message keeps its number.

    What is still on its way, was no longer wanted, or goes to a webhook that is off, is 409.
    """
    refuse_who_has_none(desk)
    number = _number(delivery)

    def replay() -> str:
        replay_delivery(desk.house.database, desk.actor, number, desk.house.clock())
        log.info(
            "delivery_replayed",
            object=str(number),
            result="done",
            origin="api",
            actor=desk.actor.person,
        )
        return str(number)

    await desk.once(sent, replay)
    line = await desk.read(show_delivery, desk.house.database, desk.actor, number)
    shape = _shape(desk, line)
    return made(shape, shape.href)


def _number(delivery: str) -> int:
    if delivery.isascii() and delivery.isdecimal() and int(delivery[:12]) <= _LARGEST:
        return int(delivery[:12])
    raise NotFound(Text(f"Er is geen bezorging {delivery}.", f"There is no delivery {delivery}."))


def _shape(desk: Desk, line: DeliveryLine) -> DeliveryShape:
    return DeliveryShape(
        id=line.id,
        message=line.message,
        channel=line.channel,
        webhook=line.webhook,
        person=line.person,
        type=line.type,
        subject=line.subject,
        state=line.state,
        attempts=line.attempts,
        next_at=line.next_at,
        answered=line.answered,
        failure=line.failure,
        created_at=line.created_at,
        done_at=line.done_at,
        href=desk.url("deliveries", str(line.id)),
    )
