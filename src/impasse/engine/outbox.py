"""Deliver what decisions promised: at least once, in parallel per destination, until it is dead.

A message stands in the outbox since the very transaction that promised it. It is spread to one
delivery per destination; each delivery is claimed, sent outside any transaction, and settled. A
claim is a lease: when the process dies, the delivery is due again after a while, with the same id.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from impasse.engine.ports import Clock

    Chance = Callable[[], float]
    """Answers a number from 0 up to 1; only wiring names the real one."""

log = structlog.get_logger("impasse.outbox")

WAITS = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""How long to wait before each attempt: the schedule that Standard Webhooks gives as example."""

JITTER = 0.2
"""A wait is made longer by at most this part, so that what failed together returns apart."""

LEASE = timedelta(minutes=2)
"""A claimed delivery is tried again after this long when nobody settled it; longer than any
attempt can take."""

REST = timedelta(minutes=1)
"""A destination that cannot be reached is left alone for so long, whatever waits for it."""

SHARE = timedelta(seconds=20)
"""After this long in one round, a destination waits for the next: the round ends for all."""

AT_ONCE = 8
"""How many destinations are served at the same time."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way to one destination; `attempts` counts this one too.

    `message` is the stable id by which the receiver knows a repetition. `at` is when the message
    was promised.
    """

    id: int
    message: str
    subject: str
    type: str
    at: datetime
    destination: str
    url: str
    secret: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a destination answered: an HTTP status, or None and `failure` when it gave none."""

    status: int | None
    failure: str = ""
    retry_after: timedelta | None = None


class DeliveryState(StrEnum):
    """How a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt. `next_at` is the next one; `gone` stops the destination."""

    state: DeliveryState
    next_at: datetime
    gone: bool = False
    rest_until: datetime | None = None


class Outbox(Protocol):
    """Where messages wait; each call is one short transaction."""

    def spread(self, at: datetime) -> int:
        """Make a delivery per message and destination that wants it; return how many messages."""

    def destinations(self, at: datetime) -> Sequence[str]:
        """Return the destinations for which something is due, the longest waiting first."""

    def claim(self, destination: str, at: datetime, lease: timedelta) -> Delivery | None:
        """Take the oldest due delivery of *destination* until *at* + *lease*, if there is one."""

    def settle(self, delivery: Delivery, answer: Answer, outcome: Outcome, at: datetime) -> None:
        """Write down what became of a claimed delivery, unless another took it over."""


class Channel(Protocol):
    """A way to reach a destination."""

    def send(self, delivery: Delivery, at: datetime) -> Answer:
        """Send, wait for a bounded time, and answer; a failure is an answer, not an error."""


def judge(delivery: Delivery, answer: Answer, at: datetime, chance: Chance) -> Outcome:
    """Return what *answer* means for *delivery*: done, try again at a moment, or dead."""
    status = answer.status
    if status is not None and 200 <= status < 300:  # noqa: PLR2004 the range of success
        return Outcome(DeliveryState.DELIVERED, at)
    if status == 410:  # noqa: PLR2004 Gone: the receiver asks to stop
        return Outcome(DeliveryState.DEAD, at, gone=True)
    rest = answer.retry_after
    if rest is not None:
        rest = min(rest, WAITS[-1])
    elif status is None:
        rest = REST
    rest_until = None if rest is None else at + rest
    if delivery.attempts >= len(WAITS):
        return Outcome(DeliveryState.DEAD, at, rest_until=rest_until)
    wait = WAITS[delivery.attempts] * (1 + JITTER * chance())
    next_at = at + wait
    if answer.retry_after is not None and rest_until is not None:
        next_at = max(next_at, rest_until)
    return Outcome(DeliveryState.WAITING, next_at, rest_until=rest_until)


def deliver_due(
    outbox: Outbox,
    channel: Channel,
    clock: Clock,
    chance: Chance,
    *,
    going_on: Callable[[], bool] = lambda: True,
) -> int:
    """Spread what is new and serve every destination that is due; return how many attempts.

    Destinations are served side by side, each in the order of its messages, so that one that is
    slow or broken holds up no other. Stops between two attempts once *going_on* says no. Raises
    what *outbox* raises, after the others were served.
    """
    while going_on() and outbox.spread(clock()):
        pass
    due = outbox.destinations(clock())
    if not due:
        return 0

    def serve(destination: str) -> int:
        return _serve(outbox, channel, destination, clock, chance, going_on)

    with ThreadPoolExecutor(min(AT_ONCE, len(due)), "impasse-outbox") as pool:
        rounds = [pool.submit(serve, destination) for destination in due]
    return sum(one.result() for one in rounds)


def _serve(  # noqa: PLR0917 all that one destination needs
    outbox: Outbox,
    channel: Channel,
    destination: str,
    clock: Clock,
    chance: Chance,
    going_on: Callable[[], bool],
) -> int:
    """Deliver to one destination until nothing is due, it needs rest, or its share is used."""
    began = clock()
    attempts = 0
    while going_on() and clock() - began < SHARE:
        delivery = outbox.claim(destination, clock(), LEASE)
        if delivery is None:
            break
        attempts += 1
        answer = channel.send(delivery, clock())
        at = clock()
        outcome = judge(delivery, answer, at, chance)
        outbox.settle(delivery, answer, outcome, at)
        _tell(delivery, answer, outcome)
        if outcome.gone or outcome.rest_until is not None:
            break
    return attempts


def _tell(delivery: Delivery, answer: Answer, outcome: Outcome) -> None:
    write = log.info if outcome.state is DeliveryState.DELIVERED else log.warning
    write(
        "message_sent",
        object=delivery.message,
        result=outcome.state.value,
        destination=delivery.destination,
        attempts=delivery.attempts,
        status=answer.status,
        failure=answer.failure,
    )
