"""How you want to hear: over which channels, on which days and hours, and which digests."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Response
from pydantic import Field

from impasse.adapters.sql.notification_settings import read_settings, save_settings
from impasse.api.admission import GuardedRoute
from impasse.api.answers import shown, tag_of
from impasse.api.desk import Desk, Reading, Writing
from impasse.api.shapes import Count, LocalTime, Moment, Shape, Words, Yes
from impasse.domain.notification import (
    LONGEST_ADDRESS,
    MOST_GROUP_MINUTES,
    DigestWish,
    NotificationSettings,
)

_AT_ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)

router = APIRouter(tags=["me"], route_class=GuardedRoute)


class SettingsChosen(Shape):
    """How you want to hear from now on.

    `email` is whether what asks something of you comes as an e-mail of its own; a digest comes
    either way. `workingDays` are numbers: 1 is Monday, 7 is Sunday. Outside them, and outside
    `fromTime` to `untilTime`, what is not urgent is held; nothing is lost.
    """

    email: Yes
    chat: Words = Field(
        "",
        max_length=LONGEST_ADDRESS,
        description="Het adres van een chatkanaal, of leeg. Het wordt nooit getoond: alleen de "
        "dienst en de laatste tekens. Stuurt u dat terug, dan blijft het adres zoals het was. · "
        "The address of a chat channel, or empty. It is never shown: only the service and its last "
        "signs. Send those back, and the address stays as it was.",
    )
    working_days: list[Count] = Field(min_length=1, max_length=7)
    from_time: LocalTime
    until_time: LocalTime
    group_minutes: Count = Field(
        ge=0,
        le=MOST_GROUP_MINUTES,
        description="Hoe lang op elkaar wordt gewacht. · How long what comes together waits.",
    )
    digest: DigestWish
    digest_time: LocalTime


class SettingsShape(SettingsChosen):
    """How you want to hear, and when the first thing would reach you that is not urgent."""

    next_open: Moment


@router.get("/me/notification-settings", response_model=SettingsShape, summary="Hoe u wilt horen")
async def show_notification_settings(desk: Reading) -> Response:
    """Return how you want to hear; who never chose has the defaults of the house."""
    shape = await _mine(desk)
    return shown(desk.request, shape, tag=_tag(shape))


@router.put(
    "/me/notification-settings", response_model=SettingsShape, summary="Kies hoe u wilt horen"
)
async def choose_notification_settings(desk: Writing, sent: SettingsChosen) -> Response:
    """Choose how you want to hear; what waits already is judged by it when it leaves."""
    before = await _mine(desk)
    desk.unchanged(_tag(before))
    wanted = NotificationSettings(
        email=sent.email,
        chat=sent.chat.strip(),
        working_days=frozenset(sent.working_days),
        from_time=sent.from_time,
        until_time=sent.until_time,
        group_minutes=sent.group_minutes,
        digest=sent.digest,
        digest_time=sent.digest_time,
    )
    kept = await desk.read(_save, desk, wanted)
    shape = _shape(desk, kept)
    return shown(desk.request, shape, tag=_tag(shape))


def _save(desk: Desk, wanted: NotificationSettings) -> NotificationSettings:
    house = desk.house
    return save_settings(
        house.database, desk.actor.person, wanted, house.clock(), chats=house.chat_addresses
    )


async def _mine(desk: Desk) -> SettingsShape:
    return _shape(desk, await desk.read(read_settings, desk.house.database, desk.actor.person))


def _shape(desk: Desk, kept: NotificationSettings) -> SettingsShape:
    return SettingsShape(
        email=kept.email,
        chat=desk.house.chat_addresses.shown(kept.chat),
        working_days=sorted(kept.working_days),
        from_time=kept.from_time,
        until_time=kept.until_time,
        group_minutes=kept.group_minutes,
        digest=kept.digest,
        digest_time=kept.digest_time,
        next_open=kept.hours.next_open(desk.house.clock(), desk.house.calendar),
    )


def _tag(shape: SettingsShape) -> str:
    """Return the tag of what was chosen: that time goes on is no change."""
    return tag_of(shape.model_copy(update={"next_open": _AT_ANY_TIME}))
