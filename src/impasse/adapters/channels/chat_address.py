"""Addresses of chat channels are secrets: kept under seal, shown by service and last signs only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from impasse.adapters.channels.chat import chat_fault
from impasse.adapters.identity.factor import UnreadableSecretError
from impasse.domain.errors import Fault
from impasse.domain.notification import settings_faults
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.adapters.identity.factor import Seal
    from impasse.domain.notification import NotificationSettings

log = structlog.get_logger("impasse.chat")

_KEPT = ("plain:", "sealed:")
_HIDDEN = "…"
"""No address can have this sign, so what is shown is never taken for one."""

_SIGNS = 4
_LONG_ENOUGH = 16
"""Of an address that is shorter no sign is shown."""

_NO_CHAT = Text("Laat het leeg: dit huis heeft geen chat.", "Leave it empty: there is no chat.")


@dataclass(frozen=True, slots=True)
class ChatAddresses:
    """Shuts the addresses that persons choose, of the services in *schemes*."""

    seal: Seal
    schemes: frozenset[str]

    def shown(self, kept: str) -> str:
        """Return what a reader sees of the address of which *kept* is kept; "" without one.

        What was sealed with another key is shown as if there was none: it has to be given anew.
        """
        try:
            address = self.seal.open(kept) if kept.startswith(_KEPT) else kept
        except UnreadableSecretError:
            log.warning("chat_address_unreadable", result="unreadable")
            return ""
        scheme, _, rest = address.partition("://")
        if not rest:
            return ""
        return f"{scheme}://{_HIDDEN}{rest[-_SIGNS:] if len(rest) >= _LONG_ENOUGH else ''}"

    def faults(self, wanted: NotificationSettings, kept: str) -> list[Fault]:
        """Return what keeps *wanted* from being kept; its address is written, or shown as it is."""
        written = wanted.chat
        faults = settings_faults(replace(wanted, chat=""))
        if not written or written == self.shown(kept):
            return faults
        found = [fault.text for fault in settings_faults(wanted) if fault.pointer == "/chat"]
        told = chat_fault(written, self.schemes) if self.schemes else _NO_CHAT
        if told is not None or found:
            faults.append(Fault("/chat", told or found[0]))
        return faults

    def keep(self, written: str, kept: str) -> str:
        """Return what is kept of *written*: as before, when it is what was shown."""
        if not written:
            return ""
        if written != self.shown(kept):
            return self.seal.close(written)
        bare = not kept.startswith(_KEPT)
        if bare or self.seal.should_close_again(kept):
            return self.seal.close(kept if bare else self.seal.open(kept))
        return kept
