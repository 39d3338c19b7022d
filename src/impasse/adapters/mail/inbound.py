"""E-mail that comes in, as one thing to start and stop: the listener, and the filing behind it."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from impasse.adapters.mail.listener import Listener
from impasse.domain.errors import ImpasseError
from impasse.engine.ports import Contention

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from impasse.adapters.mail.filing import Filing
    from impasse.adapters.mail.letterbox import Letterbox
    from impasse.adapters.mail.listener import Place
    from impasse.adapters.mail.quarantine import Quarantine

log = structlog.get_logger("impasse.mail")

LOOK_SECONDS = 10.0
"""What came in by another process, or before a crash, is found within this time."""

TIDY_EVERY = timedelta(hours=1)
STOP_SECONDS = 30.0


class Inbound:
    """Takes e-mail in and files it; `start` and `stop` once per process.

    Without *place* nobody listens; with *files* what came in otherwise is filed all the same.
    """

    def __init__(
        self,
        letterbox: Letterbox,
        filing: Filing,
        quarantine: Quarantine,
        clock: Callable[[], datetime],
        *,
        place: Place | None,
        files: bool,
    ) -> None:
        self.letterbox = letterbox
        self.filing = filing
        self.quarantine = quarantine
        self._clock = clock
        self._files = files
        self._ring = threading.Event()
        self._ending = threading.Event()
        self._tidied: datetime | None = None
        self._thread: threading.Thread | None = None
        self.listener = None if place is None else Listener(place, letterbox, clock, self._ring.set)

    def start(self) -> None:
        """Begin to listen and to file. Raises `Unavailable` when it cannot listen there."""
        if self.listener is not None:
            self.listener.start()
        if self._files:
            self._thread = threading.Thread(target=self._run, name="impasse-filing", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop listening, then filing; what was kept and not filed is filed by the next start."""
        self._ending.set()
        self._ring.set()
        if self.listener is not None:
            self.listener.stop()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)

    def work(self) -> int:
        """File all that waits, and tidy up when that is due; return how many were settled."""
        settled = 0
        while not self._ending.is_set():
            done = self.filing.settle_due()
            settled += done
            if not done:
                break
        now = self._clock()
        if self._tidied is None or now >= self._tidied + TIDY_EVERY:
            self.quarantine.tidy(now)
            self._tidied = now
        return settled

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self.work()
            except (ImpasseError, Contention) as error:
                log.warning("mail_waits", object="filing", result=type(error).__name__)
            except Exception as error:  # noqa: BLE001 filing goes on, whatever one round met
                # Without its words: they may be those of somebody's e-mail.
                log.error("mail_waits", object="filing", result=type(error).__name__)  # noqa: TRY400
            self._ring.wait(LOOK_SECONDS)
            self._ring.clear()
