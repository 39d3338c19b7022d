"""The herald: before anybody is told of a message, the policies that start on it begin to run.

It stands between the outbox and everybody else, so that an escalation begins whenever its cause was
made durable: after a crash the message is still there, and the same cause starts a run only once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from impasse.domain.commands import ReportUndelivered, StartEscalation
from impasse.domain.errors import ImpasseError, Unavailable
from impasse.domain.people import CLOCK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from impasse.engine.engine import Engine
    from impasse.engine.outbox import NewMessage, Undelivered

log = structlog.get_logger("impasse.escalation")

_OF_CASES = "nl.impasse.case."


class Herald:
    """Starts runs for new messages, and tells runs of what did not arrive."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def hear(self, messages: Sequence[NewMessage]) -> None:
        """Start what policies in force ask for; raises `Unavailable` when the database fails.

        A message of a run starts none: an escalation never escalates itself. What is refused is
        named in the log, and holds up no other message.
        """
        policies = self._engine.policies()
        if not policies:
            return
        for message in messages:
            if message.run or not message.type.startswith(_OF_CASES):
                continue
            event = message.type.removeprefix(_OF_CASES)
            for policy in policies.values():
                if event in policy.starts_on:
                    self._send(
                        StartEscalation(
                            message.subject, policy.name, message.id, event, message.stay
                        )
                    )

    def report(self, lost: Undelivered) -> None:
        """Tell the run of a message that did not reach somebody; told twice, it counts once."""
        run = lost.run.rpartition(":")[2]
        command = ReportUndelivered(lost.case, run, lost.message, lost.person)
        self._send(command, f"undelivered:{lost.message}:{lost.channel}:{lost.destination}")

    def _send(self, command: StartEscalation | ReportUndelivered, key: str = "") -> None:
        try:
            self._engine.handle(command, CLOCK, key=key)
        except Unavailable:
            raise
        except ImpasseError as error:
            log.error(  # noqa: TRY400 a refusal has no traceback worth reading
                "escalation_refused",
                object=command.case,
                command=type(command).__name__,
                reason=str(error),
            )
