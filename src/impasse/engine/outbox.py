"""Deliver what decisions promised: at least once, in parallel per destination, until it is dead.

A message stands in the outbox since the very transaction that promised it. It is spread to one
delivery per channel and destination; deliveries are claimed, sent outside any transaction, and
settled. A claim is a lease: when the process dies, the delivery is due again after a while, with
the same id.
"""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from datetime import datetime

    from impasse.domain.people import Person
    from impasse.domain.text import Text
    from impasse.engine.ports import Clock

    Chance = Callable[[], float]
    """Answers a number from 0 up to 1; only wiring names the real one."""

log = structlog.get_logger("impasse.outbox")

WEBHOOK = "webhook"
INBOX = "inbox"
EMAIL = "email"
CHAT = "chat"

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
"""How long to wait before each attempt at a webhook: the schedule that Standard Webhooks gives as
example."""

PERSONAL_WAITS = (
    timedelta(0),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
)
"""How long to wait before each attempt at an e-mail or a chat message."""

JITTER = 0.2
"""A wait is made longer by at most this part, so that what failed together returns apart."""

LEASE = timedelta(minutes=2)
"""A claimed delivery is tried again after this long when nobody settled it; longer than any
attempt can take."""

ATTEMPT = timedelta(seconds=45)
"""No attempt takes longer: what is left of a batch when less than this is left of its lease goes
back unsent."""

REST = timedelta(minutes=1)
"""A destination that cannot be reached is left alone for so long, whatever waits for it."""

LONGEST_WAIT = timedelta(hours=24)
"""However long a destination asks us to wait, we wait no longer."""

SHARE = timedelta(seconds=10)
"""After this long a destination makes room for the next one, and stands in line again."""

BATCH = 20
"""So many deliveries to one destination are claimed in one transaction, and settled in one."""

SETTLE_AFTER = timedelta(milliseconds=500)
"""What was sent is settled at the latest so long after: the more waits for it, the more a process
that dies sends twice."""

AT_ONCE = 8
"""How many destinations of one channel are served at the same time."""

DOUBTFUL_AT_ONCE = 4
"""How many more, of those that failed last time: they never stand before those that did not."""

NEW_AT_ONCE = 200
"""How many messages one transaction spreads at most: others wait for the lock."""

LOOK_SECONDS = 0.25
"""While one destination is slow, so often is looked whether another has something due."""

REPORT_SECONDS = 5.0
"""So often is told what was given up, however long a round goes on."""

IDLE_SECONDS = 1.0
"""A destination that turned out to have nothing is not looked at again for so long."""


@dataclass(frozen=True, slots=True)
class Event:
    """What a webhook is told. `url` is where, `secrets` sign: the new one first."""

    message: str
    subject: str
    type: str
    at: datetime
    url: str
    secrets: tuple[str, ...]
    format: str = "cloudevents"


@dataclass(frozen=True, slots=True)
class PostLine:
    """One notification in a post: `title` is that of the case, `path` the page to go to.

    `reason` is what happened, `why` why this person hears it, `otherwise` what happens if nobody
    does anything, `rule` by which rule it was sent.
    """

    notification: str
    subject: str
    title: str
    reason: Text
    why: Text
    otherwise: Text
    rule: str
    urgent: bool
    path: str


@dataclass(frozen=True, slots=True)
class Post:
    """What a person is told. `address` is an e-mail address or that of a chat channel.

    `thread` is the number of the case that all lines are about, or "".
    """

    person: Person
    address: str
    language: str
    lines: tuple[PostLine, ...]
    digest: bool
    thread: str
    reply_to: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """What travels at once to one destination; `attempts` counts this one too.

    `id` is stable: the receiver knows a repetition by it. `deliveries` are what it settles, `at`
    is when it was promised.
    """

    id: str
    channel: str
    destination: str
    deliveries: tuple[int, ...]
    attempts: int
    at: datetime
    content: Event | Post


@dataclass(frozen=True, slots=True)
class Answer:
    """What a destination answered: a status, or None and `failure` when it gave none.

    `final` says never to try again, `accepted` that it was taken over but not yet proven to have
    arrived.
    """

    status: int | None
    failure: str = ""
    retry_after: timedelta | None = None
    final: bool = False
    accepted: bool = False


class DeliveryState(StrEnum):
    """How a delivery stands."""

    WAITING = "waiting"
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    SEEN = "seen"
    RETRYING = "retrying"
    FAILED = "failed"
    LAPSED = "lapsed"
    DEAD = "dead"


OPEN = frozenset(
    {DeliveryState.WAITING, DeliveryState.HELD, DeliveryState.SENDING, DeliveryState.RETRYING}
)
"""The states of what is still on its way: these have a next moment."""

UNDELIVERABLE = frozenset({DeliveryState.FAILED, DeliveryState.DEAD})
"""The states of a dead letter: refused for good, or given up."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt. `next_at` is the next one; `gone` stops the destination."""

    state: DeliveryState
    next_at: datetime
    gone: bool = False
    rest_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message that nobody was told of yet."""

    id: str
    type: str
    subject: str
    stay: int
    run: str
    by: str


@dataclass(frozen=True, slots=True)
class Due:
    """A destination for which something is due; `doubtful` when the last attempt failed."""

    destination: str
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """A parcel that was sent, and what became of it."""

    parcel: Parcel
    answer: Answer
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message of an escalation that did not reach somebody it named.

    `person` is who should have heard it: the owner, when `channel` is a webhook.
    """

    delivery: int
    message: str
    case: str
    run: str
    rule: str
    channel: str
    destination: str
    person: str
    failure: str


class Outbox(Protocol):
    """Where messages wait, and the deliveries of webhooks; each call is one short transaction."""

    def new(self, at: datetime, limit: int) -> Sequence[NewMessage]:
        """Return messages that were not spread yet, the oldest first."""

    def spread(self, at: datetime, ids: Sequence[str] | None = None) -> int:
        """Make a delivery per message and destination that wants it; return how many messages.

        Only those of *ids*, when they are given.
        """

    def destinations(self, at: datetime) -> Sequence[Due]:
        """Return the webhooks for which something is due, the longest waiting first."""

    def claim(
        self, destination: str, at: datetime, lease: timedelta, limit: int
    ) -> Sequence[Parcel]:
        """Take the oldest due deliveries of *destination* until *at* + *lease*."""

    def settle(self, done: Sequence[Settled], unsent: Sequence[Parcel], at: datetime) -> None:
        """Write down what became of claimed parcels; *unsent* ones were not tried after all.

        What another took over meanwhile is left alone.
        """

    def undelivered(self, limit: int, after: int = 0) -> Sequence[Undelivered]:
        """Return what of escalations was given up and not reported yet, those after *after*."""

    def reported(self, deliveries: Sequence[int], at: datetime) -> None:
        """Write down that these were reported."""

    def tell_of_failures(self, at: datetime) -> int:
        """Tell owners and administrators which destinations fail; return how many were new."""


class Posts(Protocol):
    """Where the deliveries of one personal channel wait; each call is one short transaction.

    Whoever makes a parcel looks at the world again: what is not true any more, not this person's
    or not wanted, lapses and does not travel.
    """

    def destinations(self, at: datetime) -> Sequence[Due]:
        """Return the persons for whom something is due, the longest waiting first."""

    def claim(self, destination: str, at: datetime, lease: timedelta) -> Parcel | None:
        """Take what is due for *destination* until *at* + *lease*, as one parcel."""

    def settle(self, parcel: Parcel, answer: Answer, outcome: Outcome, at: datetime) -> None:
        """Write down what became of a claimed parcel, unless another took it over."""


class Channel(Protocol):
    """A way to reach a destination."""

    def send(self, parcel: Parcel, at: datetime) -> Answer:
        """Send, wait for a bounded time, and answer; a failure is an answer, not an error."""


@dataclass(frozen=True, slots=True)
class PersonalRoad:
    """A personal channel and where its deliveries wait; it is served by threads of its own."""

    posts: Posts
    channel: Channel
    at_once: int = 4


def judge(parcel: Parcel, answer: Answer, at: datetime, chance: Chance) -> Outcome:
    """Return what *answer* means for *parcel*: done, try again at a moment, refused, or dead."""
    status = answer.status
    if answer.accepted:
        return Outcome(DeliveryState.SENT, at)
    if status is not None and 200 <= status < 300:  # noqa: PLR2004 the range of success
        return Outcome(DeliveryState.DELIVERED, at)
    if status == 410:  # noqa: PLR2004 Gone: the receiver asks to stop
        return Outcome(DeliveryState.FAILED, at, gone=True)
    if answer.final:
        return Outcome(DeliveryState.FAILED, at)
    rest = answer.retry_after
    if rest is not None:
        rest = min(rest, LONGEST_WAIT)
    elif status is None:
        rest = REST
    rest_until = None if rest is None else at + rest
    waits = WAITS if parcel.channel == WEBHOOK else PERSONAL_WAITS
    if parcel.attempts >= len(waits):
        return Outcome(DeliveryState.DEAD, at, rest_until=rest_until)
    next_at = at + waits[parcel.attempts] * (1 + JITTER * chance())
    if answer.retry_after is not None and rest_until is not None:
        next_at = max(next_at, rest_until)
    return Outcome(DeliveryState.RETRYING, next_at, rest_until=rest_until)


def deliver_due(
    outbox: Outbox,
    channel: Channel,
    clock: Clock,
    chance: Chance,
    *,
    going_on: Callable[[], bool] = lambda: True,
    herald: Callable[[Sequence[NewMessage]], None] = lambda _messages: None,
    personal: Sequence[PersonalRoad] = (),
    report: Callable[[Undelivered], None] | None = None,
) -> int:
    """Spread what is new and deliver until nothing is due; return how many attempts.

    *herald* is given new messages before anybody is told of them, and only those are spread.
    Destinations are served side by side, each in the order of its messages and each channel by
    threads of its own, so that one that is slow or broken holds up no other. *report* is given
    what of escalations was given up, at least once. Stops between two attempts once *going_on*
    says no. Raises what *outbox* raises, after the others were served.
    """
    lanes = _lanes(outbox, channel, personal, _Work(clock, chance, going_on))
    attempts, report_next = 0, 0.0
    try:
        while going_on():
            _spread(outbox, herald, clock, going_on)
            if time.monotonic() >= report_next:
                _report(outbox, report, clock)
                report_next = time.monotonic() + REPORT_SECONDS
            if not _start_due(lanes, clock()):
                break
            attempts += sum(lane.ended() for lane in lanes)
    finally:
        for lane in lanes:
            lane.close()
    attempts += sum(lane.ended() for lane in lanes)
    _report(outbox, report, clock)
    for failure in (failure for lane in lanes for failure in lane.failures):
        raise failure
    return attempts


def _lanes(
    outbox: Outbox, channel: Channel, personal: Sequence[PersonalRoad], work: _Work
) -> list[_Lane]:
    """Return the lane of webhooks and one per personal channel."""

    def webhooks(destination: str) -> int:
        return _serve(outbox, channel, destination, work)

    lanes = [_Lane(WEBHOOK, outbox.destinations, webhooks, AT_ONCE)]
    for number, road in enumerate(personal):

        def posts(destination: str, road: PersonalRoad = road) -> int:
            return _serve_posts(road, destination, work)

        lanes.append(_Lane(f"personal-{number}", road.posts.destinations, posts, road.at_once))
    return lanes


def _start_due(lanes: Sequence[_Lane], at: datetime) -> bool:
    """Serve whatever is due, until something of it ended; return whether there was anything."""
    for lane in lanes:
        lane.start_due(at)
    under_way = [one for lane in lanes for one in lane.under_way.values()]
    wait(under_way, LOOK_SECONDS, FIRST_COMPLETED)
    return bool(under_way)


@dataclass(frozen=True, slots=True)
class _Work:
    clock: Clock
    chance: Chance
    going_on: Callable[[], bool]


@dataclass(slots=True)
class _Lane:
    """The threads of one channel: healthy destinations never queue behind doubtful ones."""

    name: str
    destinations: Callable[[datetime], Sequence[Due]]
    serve: Callable[[str], int]
    at_once: int
    under_way: dict[str, Future[int]] = field(default_factory=dict)
    failures: list[Exception] = field(default_factory=list)
    _idle: dict[str, float] = field(default_factory=dict)
    _pools: dict[bool, ThreadPoolExecutor] = field(default_factory=dict)

    def start_due(self, at: datetime) -> None:
        """Serve every destination that is due and not being served."""
        if self.failures:
            return
        now = time.monotonic()
        for due in self.destinations(at):
            if due.destination in self.under_way or self._idle.get(due.destination, 0.0) > now:
                continue
            pool = self._pool(doubtful=due.doubtful)
            self.under_way[due.destination] = pool.submit(self.serve, due.destination)

    def ended(self) -> int:
        """Return how many attempts were made by what ended since the last time."""
        attempts = 0
        for destination, one in list(self.under_way.items()):
            if not one.done():
                continue
            del self.under_way[destination]
            failure = one.exception()
            if isinstance(failure, Exception):
                self.failures.append(failure)
            elif (made := one.result()) == 0:
                self._idle[destination] = time.monotonic() + IDLE_SECONDS
            else:
                attempts += made
        return attempts

    def close(self) -> None:
        """Wait for what is under way."""
        for pool in self._pools.values():
            pool.shutdown()

    def _pool(self, *, doubtful: bool) -> ThreadPoolExecutor:
        if doubtful not in self._pools:
            threads = DOUBTFUL_AT_ONCE if doubtful else self.at_once
            self._pools[doubtful] = ThreadPoolExecutor(threads, f"impasse-{self.name}")
        return self._pools[doubtful]


def _spread(
    outbox: Outbox,
    herald: Callable[[Sequence[NewMessage]], None],
    clock: Clock,
    going_on: Callable[[], bool],
) -> None:
    while going_on() and (new := outbox.new(clock(), NEW_AT_ONCE)):
        herald(new)
        if not outbox.spread(clock(), [message.id for message in new]):
            break


def _report(outbox: Outbox, report: Callable[[Undelivered], None] | None, clock: Clock) -> None:
    """Tell what was given up: whoever looks after the destination, and the escalation.

    What cannot be reported now is tried again in the next round, and holds up no other.
    """
    outbox.tell_of_failures(clock())
    after = 0
    while lost := outbox.undelivered(BATCH, after):
        told = [one.delivery for one in lost if report is None or _reported(one, report)]
        outbox.reported(told, clock())
        after = lost[-1].delivery


def _reported(lost: Undelivered, report: Callable[[Undelivered], None]) -> bool:
    try:
        report(lost)
    except Exception:
        log.exception("report_failed", object=lost.message, result="tried again later")
        return False
    return True


def _serve(outbox: Outbox, channel: Channel, destination: str, work: _Work) -> int:
    """Deliver to one webhook until nothing is due, it needs rest, or its share is used."""
    began = work.clock()
    attempts = 0
    while work.going_on() and work.clock() - began < SHARE:
        claimed_at = work.clock()
        parcels = list(outbox.claim(destination, claimed_at, LEASE, BATCH))
        if not parcels:
            break
        made, stopped = _send_batch(outbox, channel, parcels, claimed_at, began, work)
        attempts += made
        if stopped:
            break
    return attempts


def _send_batch(  # noqa: PLR0917 all that one batch needs
    outbox: Outbox,
    channel: Channel,
    parcels: list[Parcel],
    claimed_at: datetime,
    began: datetime,
    work: _Work,
) -> tuple[int, bool]:
    """Send *parcels* in order and settle them; return how many were tried, and whether to stop."""
    done: list[Settled] = []
    made, stopped, unsettled_since = 0, False, work.clock()
    try:
        while parcels and not stopped:
            at = work.clock()
            if made and (
                not work.going_on() or at - began >= SHARE or at - claimed_at > LEASE - ATTEMPT
            ):
                break
            parcel = parcels[0]
            answer = _attempt(channel, parcel, at)
            at = work.clock()
            outcome = judge(parcel, answer, at, work.chance)
            del parcels[0]
            made += 1
            done.append(Settled(parcel, answer, outcome))
            stopped = outcome.gone or outcome.rest_until is not None
            if at - unsettled_since >= SETTLE_AFTER and not stopped:
                settling, done = done, []
                outbox.settle(settling, (), at)
                _tell(settling)
                unsettled_since = at
    finally:
        outbox.settle(done, parcels, work.clock())
        _tell(done)
    return made, stopped


def _attempt(channel: Channel, parcel: Parcel, at: datetime) -> Answer:
    """Send once; a fault of ours in one parcel must hold up no other."""
    try:
        return channel.send(parcel, at)
    except Exception as error:
        log.exception("channel_failed", object=parcel.id, channel=parcel.channel)
        return Answer(None, f"could not be sent: {type(error).__name__}")


def _serve_posts(road: PersonalRoad, destination: str, work: _Work) -> int:
    """Deliver to one person until nothing is due, the channel needs rest, or the share is used."""
    began = work.clock()
    attempts = 0
    while work.going_on() and work.clock() - began < SHARE:
        parcel = road.posts.claim(destination, work.clock(), LEASE)
        if parcel is None:
            break
        attempts += 1
        answer = _attempt(road.channel, parcel, work.clock())
        at = work.clock()
        outcome = judge(parcel, answer, at, work.chance)
        road.posts.settle(parcel, answer, outcome, at)
        _tell([Settled(parcel, answer, outcome)])
        if outcome.rest_until is not None:
            break
    return attempts


def _tell(done: Sequence[Settled]) -> None:
    for one in done:
        fine = one.outcome.state in {DeliveryState.SENT, DeliveryState.DELIVERED}
        write = log.info if fine else log.warning
        write(
            "message_sent",
            object=one.parcel.id,
            result=one.outcome.state.value,
            channel=one.parcel.channel,
            destination=one.parcel.destination,
            attempts=one.parcel.attempts,
            status=one.answer.status,
            failure=one.answer.failure,
        )
