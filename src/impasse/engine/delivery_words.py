"""How states of deliveries and channels are called, for people."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from impasse.domain.text import Text
from impasse.engine.outbox import CHAT, EMAIL, INBOX, WEBHOOK, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Mapping

STATES: Mapping[DeliveryState, Text] = MappingProxyType(
    {
        DeliveryState.WAITING: Text("wacht", "waiting"),
        DeliveryState.HELD: Text("vastgehouden", "held"),
        DeliveryState.SENDING: Text("bezig", "sending"),
        DeliveryState.SENT: Text("verzonden", "sent"),
        DeliveryState.DELIVERED: Text("bezorgd", "delivered"),
        DeliveryState.SEEN: Text("gezien", "seen"),
        DeliveryState.RETRYING: Text("tijdelijk mislukt", "failed for now"),
        DeliveryState.FAILED: Text("definitief mislukt", "failed for good"),
        DeliveryState.LAPSED: Text("vervallen", "lapsed"),
        DeliveryState.DEAD: Text("onbestelbaar", "undeliverable"),
    }
)

CHANNELS: Mapping[str, Text] = MappingProxyType(
    {
        WEBHOOK: Text("webhook", "webhook"),
        INBOX: Text("inbox", "inbox"),
        EMAIL: Text("e-mail", "e-mail"),
        CHAT: Text("chat", "chat"),
    }
)


def channel_label(channel: str) -> Text:
    """Return how *channel* is called; one that is none of ours by its own name."""
    return CHANNELS.get(channel) or Text(channel, channel)
