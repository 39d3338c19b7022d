"""How states of deliveries and channels are called, for people."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from impasse.domain.notification import Lapse
from impasse.domain.text import Text, same
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


_LAPSED: Mapping[Lapse, Text] = MappingProxyType(
    {
        Lapse.UNSEEN_CASE: Text("mag de zaak niet meer zien", "may not see the case any more"),
        Lapse.NOT_THEIRS: Text("is niet meer voor deze persoon", "is no longer for this person"),
        Lapse.SEEN: Text("was al gezien", "was seen already"),
        Lapse.UNWANTED: Text("is zo niet gewenst", "is not wanted on this channel"),
    }
)
"""What is said to a person itself is said otherwise to who looks after the sending."""


def failure_label(state: DeliveryState, failure: str) -> Text:
    """Return why a delivery in *state* did not arrive; what a receiver answered as it was."""
    if state is DeliveryState.LAPSED and failure in set(Lapse):
        why = Lapse(failure)
        return _LAPSED.get(why) or why.label
    return same(failure)


def channel_label(channel: str) -> Text:
    """Return how *channel* is called; one that is none of ours by its own name."""
    return CHANNELS.get(channel) or Text(channel, channel)
