"""Addresses that hear of events: everybody his or her own.

A webhook hears of the cases that its owner may see, and of nothing else. The administrator sees
all webhooks and can put each of them off; its secret is for its owner alone.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import structlog
from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.adapters.sql.webhooks import (
    StopReason,
    WebhookFormat,
    add_webhook,
    disable_webhook,
    list_webhooks,
    rotate_secret,
    secret_of,
    start_webhook,
)
from impasse.api.admission import GuardedRoute
from impasse.api.answers import made, shown, tag_of
from impasse.api.desk import Desk, Opening, Reading, Writing
from impasse.api.paging import Page, PageQuery, by_key, paged
from impasse.api.shapes import Moment, Shape, Words, Yes
from impasse.domain.errors import Conflict, NotAllowed, NotFound
from impasse.domain.people import Role
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.adapters.sql.webhooks import Webhook

log = structlog.get_logger("impasse.api")

router = APIRouter(route_class=GuardedRoute)

_MAY_HAVE = frozenset({Role.LIAISON_OFFICER, Role.MEDIATOR, Role.SECRETARIAT, Role.ADMINISTRATOR})


MOST_EACH = 20
"""So many webhooks of one person are on: each new one that hangs keeps a thread busy."""

_KEPT = frozenset({StopReason.GONE.value, StopReason.FAILING.value})
"""Why a webhook may be off and still be there for its owner to start again."""


class WebhookShape(Shape):
    """An address that hears of events; without `types` of all of them.

    It hears of the cases that its `owner` may see, and is `paused` while its owner is disabled.
    `failingSince` is the first failure after the last message that arrived; `oldSecretUntil` is
    until when two secrets sign.
    """

    id: str
    url: str
    types: list[str]
    owner: str
    active: Yes
    paused: Yes
    format: WebhookFormat
    stopped_because: StopReason | None
    failing_since: Moment | None
    old_secret_until: Moment | None
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
    format: WebhookFormat = Field(
        WebhookFormat.CLOUDEVENTS,
        description="`cloudevents`, of `zgw` voor ZGW Notificaties. · `cloudevents`, or `zgw`.",
    )


class SecretRotated(Shape):
    """How long the old secret goes on signing beside the new one."""

    keep_old_hours: int = Field(
        24,
        ge=0,
        le=168,
        description="Zo veel uur ondertekent het oude geheim mee; 0 beëindigt het meteen. · For so "
        "many hours the old secret signs too; 0 ends it at once.",
    )


class WebhookStarted(Shape):
    """To send to a webhook again: nothing more needs to be said."""


class SecretShape(Shape):
    """A new secret: shown once, so keep it well. `oldSecretUntil` is until when both sign."""

    secret: str
    old_secret_until: Moment | None


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
    request with the same `Idempotency-Key`. A second one of yours with the same address is 409,
    and so is one more than 20.
    """
    refuse_who_has_none(desk)
    database, person = desk.house.database, desk.actor.person

    def make() -> str:
        active = [webhook for webhook in list_webhooks(database, person) if webhook.active]
        if len(active) >= MOST_EACH:
            raise Conflict(
                Text(
                    f"U hebt al {MOST_EACH} webhooks. Zet eerst een andere uit.",
                    f"You have {MOST_EACH} webhooks already. Switch another one off first.",
                )
            )
        for webhook in active:
            if webhook.url == sent.url:
                raise Conflict(
                    Text(
                        f"Dit adres is al webhook {webhook.id}. Verwijder die eerst.",
                        f"This address is webhook {webhook.id} already. Remove that one first.",
                    )
                )
        return add_webhook(database, sent.url, sent.types, person, desk.house.clock(), sent.format)[
            0
        ]

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


@router.post(
    "/webhooks/{webhook}/secrets",
    response_model=SecretShape,
    status_code=201,
    summary="Geef een webhook een nieuw geheim",
    tags=["webhooks"],
)
async def rotate_webhook_secret(desk: Opening, webhook: str, sent: SecretRotated) -> Response:
    """Give a webhook of yours a new secret; the old one signs beside it for a while.

    Until then each message carries both signatures, the new one first. The answer holds the new
    secret, and nothing tells it again but the same request with the same `Idempotency-Key`.
    """
    found = await _own(desk, webhook)
    database, keep = desk.house.database, timedelta(hours=sent.keep_old_hours)

    def rotate() -> str:
        rotate_secret(database, found.id, desk.house.clock(), keep)
        log.info(
            "webhook_secret_rotated",
            object=found.id,
            result="done",
            origin="api",
            actor=desk.actor.person,
        )
        return found.id

    await desk.once(sent, rotate)
    now = await _own(desk, webhook)
    secret = await desk.read(secret_of, database, now.id)
    shape = SecretShape(secret=secret, old_secret_until=now.old_secret_until)
    return made(shape, desk.url("webhooks", now.id))


@router.post(
    "/webhooks/{webhook}/activations",
    response_model=WebhookShape,
    status_code=201,
    summary="Zet een gestopte webhook weer aan",
    tags=["webhooks"],
)
async def start_webhook_address(desk: Opening, webhook: str, sent: WebhookStarted) -> Response:
    """Send to a webhook of yours again, after it was stopped because nothing arrived.

    What was given up meanwhile is kept, and is sent again when you ask for it.
    """
    found = await _own(desk, webhook)

    def start() -> str:
        start_webhook(desk.house.database, found.id)
        log.info(
            "webhook_started", object=found.id, result="done", origin="api", actor=desk.actor.person
        )
        return found.id

    await desk.once(sent, start)
    shape = _shape(desk, await _own(desk, webhook))
    return made(shape, shape.href, tag=tag_of(shape))


def refuse_who_has_none(desk: Desk) -> None:
    """Refuse who can have no webhook and hears of nothing."""
    if Role.SUPERVISOR in desk.actor.roles or not desk.actor.roles & _MAY_HAVE:
        raise NotAllowed(
            Text(
                "Webhooks zijn voor wie aan zaken werkt, en voor de beheerder.",
                "Webhooks are for who works on cases, and for the administrator.",
            )
        )


async def _webhooks(desk: Desk) -> list[Webhook]:
    refuse_who_has_none(desk)
    owner = None if Role.ADMINISTRATOR in desk.actor.roles else desk.actor.person
    return await desk.read(list_webhooks, desk.house.database, owner)


async def _webhook(desk: Desk, key: str) -> Webhook:
    for webhook in await _webhooks(desk):
        if webhook.id == key and (webhook.active or webhook.stopped_because in _KEPT):
            return webhook
    raise NotFound(Text(f"Er is geen webhook {key}.", f"There is no webhook {key}."))


async def _own(desk: Desk, key: str) -> Webhook:
    """Return a webhook of who asks: an administrator has no business with another's secret."""
    found = await _webhook(desk, key)
    if found.created_by != desk.actor.person:
        raise NotAllowed(
            Text(
                "Dit kan alleen de eigenaar van de webhook.",
                "Only the owner of the webhook can do this.",
            )
        )
    return found


def _shape(desk: Desk, webhook: Webhook) -> WebhookShape:
    return WebhookShape(
        id=webhook.id,
        url=webhook.url,
        types=list(webhook.types),
        owner=webhook.created_by,
        active=webhook.active,
        paused=webhook.paused,
        format=webhook.format,
        stopped_because=webhook.stopped_because or None,
        failing_since=webhook.failing_since,
        old_secret_until=webhook.old_secret_until,
        created_at=webhook.created_at,
        href=desk.url("webhooks", webhook.id),
    )
