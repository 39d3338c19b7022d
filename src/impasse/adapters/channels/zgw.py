"""ZGW Notificaties: the form in which systems for case-oriented working tell each other things.

After the API for Notificaties 1.0: channel, main object, resource, action and moment, and nothing
of what the case says. Who may know fetches it with its own rights.
"""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from impasse.engine.outbox import Event

CHANNEL = "impasse"
"""The channel of all our notifications."""

_CREATES = frozenset({"case-opened", "meeting-planned"})


def zgw_notification(event: Event, url: str) -> bytes:
    """Return the body that tells of *event*; *url* is that of the case or meeting in the API.

    `kenmerken` carries the type of the event, by which a receiver filters.
    """
    kind = event.type.rpartition(".")[2]
    meeting = event.subject.startswith("OVERLEG-")
    notification = {
        "kanaal": CHANNEL,
        "hoofdObject": url,
        "resource": "overleg" if meeting else "zaak",
        "resourceUrl": url,
        "actie": "create" if kind in _CREATES else "update",
        "aanmaakdatum": event.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "kenmerken": {"type": event.type},
    }
    return json.dumps(notification, separators=(",", ":"), ensure_ascii=False).encode()
