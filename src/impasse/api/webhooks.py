"""Addresses that hear of events, and what became of each message: everybody his or her own.

A webhook hears of the cases that its owner may see, and of nothing else. The administrator sees
all webhooks and can put each of them off, but not what was sent: that names cases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.adapters.sql.deliveries import DeliveryFilter, list_deliveries
from impasse.adapters.sql.webhooks import (
    add_webhook,
    disable_webhook,
    list_webhooks,
    secret_of,
)
from impasse.api.admission import GuardedRoute
from impasse.api.answers import made, shown, tag_of
from impasse.api.desk import Desk, Opening, Reading, Writing
from impasse.api.paging import Page, PageQuery, after_number, by_key, paged
from impasse.api.shapes import Moment, Shape, Words, Yes
from impasse.domain.errors import Conflict, NotAllowed, NotFound
from impasse.domain.people import Role
from impasse.domain.text import Text
from impasse.engine.outbox import DeliveryState

if TYPE_CHECKING:
    from impasse.adapters.sql.deliveries import DeliveryLine
    from impasse.adapters.sql.webhooks import Webhook

router = APIRouter(route_class=GuardedRoute)

_MAY_HAVE = frozenset({Role.LIAISON_OFFICER, Role.MEDIATOR, Role.SECRETARIAT, Role.ADMINISTRATOR})


class WebhookShape(Shape):
    """An address that hears of events; without `types` of all of them.

    It hears of the cases that its `owner` may see, and is `paused` while its owner is disabled.
    """

    id: str
    url: str
    types: list[str]
    owner: str
    active: Yes
    paused: Yes
    created_at: Moment
    href: str


class NewWebhook(WebhookShape):
    """A webhook with the secret that signs its messages: shown once, so keep it well."""

    secret: str


class WebhookQuery(PageQuery):
    """Which webhooks, and which page of them."""

    active: bool = Field(
        default=True, description="Onwaar: die uit staan. · False: those that are off."
    )


class WebhookPage(Page[WebhookShape]):
    """One page of webhooks."""


class WebhookAdded(Shape):
    """An address to send events to."""

    url: Words = Field(max_length=2_000, json_schema_extra={"format": "uri"})
    types: list[Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$", max_length=100)]] = Field(
        [], max_length=50, description="Zoals `stage-changed`; leeg is alles. · Empty is all."
    )


class DeliveryQuery(PageQuery):
    """Which deliveries, and which page of them."""

    state: DeliveryState | None = Field(None, description="Hoe het ervoor staat. · How it stands.")
    webhook: Words = Field("", description="Van welke webhook. · Of which webhook.")


class DeliveryShape(Shape):
    """One message on its way to one webhook."""

    id: int
    message: str
    webhook: str
    type: str
    subject: str
    state: DeliveryState
    attempts: int
    next_at: Moment
    answered: int | None
    failure: str
    done_at: Moment | None


class DeliveryPage(Page[DeliveryShape]):
    """One page of deliveries."""


@router.get("/webhooks", response_model=WebhookPage, summary="Webhooks", tags=["webhooks"])
async def list_webhook_addresses(
    desk: Reading, query: Annotated[WebhookQuery, Query()]
) -> Response:
    """Return your webhooks that are on, or those that are off; secrets are not told.

    An administrator gets those of everybody.
    """
    found = [w for w in await _webhooks(desk) if w.active is query.active]
    fetch = by_key(found, lambda w: f"{w.created_at.isoformat()} {w.id}")

    def show(webhook: Webhook) -> WebhookShape:
        return _shape(desk, webhook)

    return await paged(desk.request, query, fetch, show, WebhookPage)


@router.post(
    "/webhooks",
    response_model=NewWebhook,
    status_code=201,
    summary="Voeg een webhook toe",
    tags=["webhooks"],
)
async def add_webhook_address(desk: Opening, sent: WebhookAdded) -> Response:
    """Add a webhook of your own; it hears of the cases that you may see, as long as you may.

    The answer holds the secret that signs its messages, and nothing tells it again but the same
    request with the same `Idempotency-Key`. A second one of yours with the same address is 409.
    """
    _authorise(desk)
    database, person = desk.house.database, desk.actor.person

    def make() -> str:
        for webhook in list_webhooks(database, person):
            if webhook.active and webhook.url == sent.url:
                raise Conflict(
                    Text(
                        f"Dit adres is al webhook {webhook.id}. Verwijder die eerst.",
                        f"This address is webhook {webhook.id} already. Remove that one first.",
                    )
                )
        return add_webhook(database, sent.url, sent.types, person, desk.house.clock())[0]

    key = await desk.once(sent, make)
    shape = _shape(desk, await _webhook(desk, key))
    secret = await desk.read(secret_of, database, key)
    return made(NewWebhook(**shape.model_dump(), secret=secret), shape.href, tag=tag_of(shape))


@router.get(
    "/webhooks/{webhook}", response_model=WebhookShape, summary="Eén webhook", tags=["webhooks"]
)
async def show_webhook_address(desk: Reading, webhook: str) -> Response:
    """Return one webhook of yours; to an administrator that of anybody."""
    return shown(desk.request, _shape(desk, await _webhook(desk, webhook)))


@router.delete(
    "/webhooks/{webhook}", status_code=204, summary="Zet een webhook uit", tags=["webhooks"]
)
async def disable_webhook_address(desk: Writing, webhook: str) -> Response:
    """Send nothing more to this address; what still waits for it is not sent."""
    found = await _webhook(desk, webhook)
    desk.unchanged(tag_of(_shape(desk, found)))
    await desk.read(disable_webhook, desk.house.database, found.id, desk.house.clock())
    return Response(status_code=204)


@router.get("/deliveries", response_model=DeliveryPage, summary="Afleveringen", tags=["deliveries"])
async def list_message_deliveries(
    desk: Reading, query: Annotated[DeliveryQuery, Query()]
) -> Response:
    """Return what became of each message for each webhook of yours, oldest first; dead ones too."""
    _authorise(desk)

    def fetch(after: str, limit: int) -> list[tuple[str, DeliveryLine]]:
        found = list_deliveries(
            desk.house.database,
            desk.actor,
            DeliveryFilter(
                states=frozenset({query.state} if query.state else ()), webhook=query.webhook
            ),
            after=after_number(after),
            limit=limit,
        )
        return [(str(line.id), line) for line in found]

    return await paged(desk.request, query, fetch, _delivery, DeliveryPage)


def _authorise(desk: Desk) -> None:
    if Role.SUPERVISOR in desk.actor.roles or not desk.actor.roles & _MAY_HAVE:
        raise NotAllowed(
            Text(
                "Webhooks zijn voor wie aan zaken werkt, en voor de beheerder.",
                "Webhooks are for who works on cases, and for the administrator.",
            )
        )


async def _webhooks(desk: Desk) -> list[Webhook]:
    _authorise(desk)
    owner = None if Role.ADMINISTRATOR in desk.actor.roles else desk.actor.person
    return await desk.read(list_webhooks, desk.house.database, owner)


async def _webhook(desk: Desk, key: str) -> Webhook:
    for webhook in await _webhooks(desk):
        if webhook.id == key and webhook.active:
            return webhook
    raise NotFound(Text(f"Er is geen webhook {key}.", f"There is no webhook {key}."))


def _shape(desk: Desk, webhook: Webhook) -> WebhookShape:
    return WebhookShape(
        id=webhook.id,
        url=webhook.url,
        types=list(webhook.types),
        owner=webhook.created_by,
        active=webhook.active,
        paused=webhook.paused,
        created_at=webhook.created_at,
        href=desk.url("webhooks", webhook.id),
    )


def _delivery(line: DeliveryLine) -> DeliveryShape:
    return DeliveryShape(
        id=line.id,
        message=line.message,
        webhook=line.webhook,
        type=line.type,
        subject=line.subject,
        state=line.state,
        attempts=line.attempts,
        next_at=line.next_at,
        answered=line.answered,
        failure=line.failure,
        done_at=line.done_at,
    )
