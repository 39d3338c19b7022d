"""What was promised is delivered at least once, signed, and a bad destination holds up no other."""

from __future__ import annotations

import base64
import hmac
import json
import re
import socket
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from builders import MONDAY, Running, messages, rows, running
from impasse.adapters.channels.webhook import WebhookChannel, sign
from impasse.adapters.sql.database import writing
from impasse.adapters.sql.outbox import SqlOutbox
from impasse.adapters.sql.people import add_person
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import DeliveryRow, OutboxRow, WebhookRow
from impasse.adapters.sql.timers import next_wake
from impasse.adapters.sql.webhooks import WebhookFormat, add_webhook, disable_webhook, list_webhooks
from impasse.domain.errors import Conflict, Invalid, NotFound, Unavailable
from impasse.domain.people import Person, Role
from impasse.domain.text import Text
from impasse.engine.outbox import (
    LEASE,
    REST,
    WAITS,
    Answer,
    DeliveryState,
    Due,
    Event,
    Parcel,
    PersonalRoad,
    Settled,
    deliver_due,
    judge,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OIN = "00000099000000000000"
OWNER = Person(
    "beheer", "B. Heer", Text("secretaris", "secretary"), "mnre1034", frozenset({Role.SECRETARIAT})
)


@dataclass
class Got:
    """A request as the receiver saw it."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """The id by which a receiver knows a repetition."""
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """A real receiver; `answer` says per request what it does."""

    url: str
    ledger: list[Got] = field(default_factory=list)
    answer: Callable[[Any], None] = lambda request: reply(request, 204)

    def ids(self) -> list[str]:
        """What came in, in order."""
        return [got.id for got in self.ledger]


def reply(request: Any, status: int, body: bytes = b"", **headers: str) -> None:
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


@contextmanager
def a_receiver() -> Iterator[Receiver]:
    """Listen on a port of this machine for a while."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.ledger.append(Got(self.path, headers, body))
            try:
                receiver.answer(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the sender hung up, as it may

        def log_message(self, *_args: object) -> None:
            """Keep the output of the tests clean."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}/hook")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that answers 204 until told otherwise."""
    with a_receiver() as one:
        yield one


@pytest.fixture
def house(database_url: str) -> Iterator[Running]:
    """A running engine with two messages in its outbox."""
    with running(database_url) as house:
        house.open_cases(1)
        yield house


def hook(house: Running, url: str, *types: str) -> tuple[str, str]:
    with suppress(Conflict):  # the owner of an earlier webhook
        add_person(house.database, OWNER)
    return add_webhook(house.database, url, types, "beheer", house.clock())


def one_round(house: Running, *, timeout: float = 15.0, chance: float = 0.0) -> int:
    channel = WebhookChannel(OIN, allow_private=True, timeout_seconds=timeout)
    return deliver_due(SqlOutbox(house.database), channel, house.clock, lambda: chance)


def deliveries(house: Running) -> list[Any]:
    return rows(house.database, DeliveryRow, "id")


def test_a_message_is_a_thin_signed_cloud_event(house: Running, receiver: Receiver) -> None:
    _, secret = hook(house, receiver.url)
    promised = messages(house.database)
    assert one_round(house) == len(promised) == len(receiver.ledger)
    got, message = receiver.ledger[0], promised[0]
    assert got.path == "/hook"
    assert got.headers["content-type"] == "application/cloudevents+json"
    assert json.loads(got.body) == {
        "specversion": "1.0",
        "id": message.id,
        "source": f"urn:nld:oin:{OIN}:systeem:impasse",
        "type": "nl.impasse.case.case-opened",
        "subject": "IMP-2026-0001",
        "time": "2026-09-07T09:00:00Z",
    }
    assert b"brug" not in got.body
    assert "." not in got.id
    assert got.headers["webhook-timestamp"] == str(int(MONDAY.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    assert len(key) == 32
    signed = f"{got.id}.{got.headers['webhook-timestamp']}.".encode() + got.body
    mac = base64.b64encode(hmac.new(key, signed, sha256).digest()).decode()
    assert got.headers["webhook-signature"] == f"v1,{mac}"
    assert {row.state for row in deliveries(house)} == {"delivered"}
    assert {row.answered for row in deliveries(house)} == {204}


def test_the_signature_is_that_of_the_published_example() -> None:
    # From the specification of Standard Webhooks: a secret, a message and its signature.
    signature = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_delivered_is_delivered_once(house: Running, receiver: Receiver) -> None:
    hook(house, receiver.url)
    sent = one_round(house)
    house.clock.goes_on(days=3)
    assert one_round(house) == 0
    assert len(receiver.ledger) == sent


def test_only_the_types_that_were_asked_for_come(house: Running, receiver: Receiver) -> None:
    hook(house, receiver.url, "nl.impasse.case.meeting-planned")
    assert one_round(house) == 0
    assert all(row.spread_at for row in rows(house.database, OutboxRow))
    hook(house, receiver.url, "nl.impasse.case.case-opened")
    house.open_cases(2)
    one_round(house)
    assert [json.loads(got.body)["type"] for got in receiver.ledger] == [
        "nl.impasse.case.case-opened"
    ] * 2


def test_a_damaged_webhook_holds_up_no_other(house: Running, receiver: Receiver) -> None:
    damaged, _ = hook(house, f"{receiver.url}/damaged")
    hook(house, f"{receiver.url}/sound", "nl.impasse.case.case-opened")
    with house.database.begin() as connection:
        connection.execute(text("UPDATE webhooks SET types = '[' WHERE id = :id"), {"id": damaged})
    house.open_cases()
    one_round(house)
    assert {one.destination: one.state for one in deliveries(house)}.keys() >= {damaged}
    assert all(one.state == "delivered" for one in deliveries(house))
    assert all(one.types == () for one in list_webhooks(house.database) if one.id == damaged)


def test_a_failure_is_tried_again_with_the_same_id_and_a_new_signature(
    house: Running, receiver: Receiver
) -> None:
    hook(house, receiver.url, "nl.impasse.case.case-opened")
    receiver.answer = lambda request: reply(request, 500)
    assert one_round(house) == 1
    (waiting,) = deliveries(house)
    assert (waiting.state, waiting.attempts, waiting.answered) == ("retrying", 1, 500)
    assert waiting.failure == "HTTP 500"
    assert waiting.next_at == MONDAY + timedelta(seconds=5)
    assert one_round(house) == 0
    receiver.answer = lambda request: reply(request, 200)
    house.clock.goes_on(seconds=5)
    assert one_round(house) == 1
    first, second = receiver.ledger
    assert first.id == second.id
    assert first.body == second.body
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
    (done,) = deliveries(house)
    assert (done.state, done.attempts, done.answered, done.failure) == ("delivered", 2, 200, "")
    assert done.done_at == house.clock.at


def test_after_the_last_attempt_it_is_dead_and_kept_with_its_reason(
    house: Running, receiver: Receiver
) -> None:
    hook(house, receiver.url, "nl.impasse.case.case-opened")
    receiver.answer = lambda request: reply(request, 503)
    began = house.clock.at
    while deliveries(house)[:1] == [] or deliveries(house)[0].state == "retrying":
        one_round(house)
        house.clock.at = max(house.clock.at, deliveries(house)[0].next_at)
    (dead,) = deliveries(house)
    assert (dead.state, dead.attempts, dead.failure) == ("dead", 10, "HTTP 503")
    assert len(receiver.ledger) == 10
    assert house.clock.at - began == sum(WAITS, timedelta())
    house.clock.goes_on(days=30)
    assert one_round(house) == 0


def test_gone_disables_the_webhook_and_everything_that_waits_for_it(
    house: Running, receiver: Receiver
) -> None:
    house.open_cases(5)
    key, _ = hook(house, receiver.url)
    receiver.answer = lambda request: reply(request, 410)
    assert one_round(house) == 1
    assert [w.active for w in list_webhooks(house.database) if w.id == key] == [False]
    assert Counter(row.state for row in deliveries(house)) == {"failed": 1, "dead": 5}
    assert all(row.failure for row in deliveries(house))
    house.open_cases(1)
    assert one_round(house) == 0


def test_a_redirect_is_a_failure_and_is_not_followed(house: Running, receiver: Receiver) -> None:
    with a_receiver() as elsewhere:
        hook(house, receiver.url, "nl.impasse.case.case-opened")
        receiver.answer = lambda request: reply(request, 307, Location=elsewhere.url)
        one_round(house)
        assert elsewhere.ledger == []
    (row,) = deliveries(house)
    assert (row.state, row.answered) == ("retrying", 307)
    assert "redirect" in row.failure


def test_a_receiver_that_asks_to_wait_is_left_alone_for_so_long(
    house: Running, receiver: Receiver
) -> None:
    house.open_cases(3)
    hook(house, receiver.url)
    receiver.answer = lambda request: reply(request, 429, Retry_After="600")
    assert one_round(house) == 1
    assert all(row.next_at == MONDAY + timedelta(seconds=600) for row in deliveries(house))
    receiver.answer = lambda request: reply(request, 204)
    house.clock.goes_on(seconds=599)
    assert one_round(house) == 0
    house.clock.goes_on(seconds=1)
    assert one_round(house) == len(deliveries(house))


def test_a_receiver_may_name_the_moment_as_a_date(house: Running, receiver: Receiver) -> None:
    hook(house, receiver.url, "nl.impasse.case.case-opened")
    receiver.answer = lambda request: reply(
        request, 503, Retry_After="Mon, 07 Sep 2026 10:00:00 GMT"
    )
    one_round(house)
    assert deliveries(house)[0].next_at == datetime(2026, 9, 7, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "nonsense", ["soon", "-5", "٣", "1e3", "Mon, 99 Foo", "Mon, 1 Jan 2020 99999999999999999999:00"]
)
def test_nonsense_in_retry_after_is_left_aside(
    sqlite_url: str, receiver: Receiver, nonsense: str
) -> None:
    with running(sqlite_url) as house:
        house.open_cases()
        hook(house, receiver.url, "nl.impasse.case.case-opened")
        receiver.answer = lambda request: reply(
            request, 503, Retry_After=nonsense.encode().decode("latin-1")
        )
        one_round(house)
        assert deliveries(house)[0].next_at == MONDAY + timedelta(seconds=5)


def test_nobody_is_asked_to_wait_for_ever() -> None:
    for asked in (timedelta(days=3650), timedelta(seconds=10**8)):
        outcome = judge(a_parcel(), Answer(503, "", asked), MONDAY, lambda: 0.0)
        assert outcome.next_at == MONDAY + timedelta(hours=24)


def test_a_receiver_that_hangs_is_cut_off(house: Running, receiver: Receiver) -> None:
    hook(house, receiver.url, "nl.impasse.case.case-opened")
    go = threading.Event()
    receiver.answer = lambda request: (go.wait(5), reply(request, 204))
    began = time.monotonic()
    one_round(house, timeout=0.3)
    assert time.monotonic() - began < 2
    go.set()
    (row,) = deliveries(house)
    assert (row.state, row.answered) == ("retrying", None)
    assert row.failure


def test_a_receiver_that_drips_its_answer_is_cut_off_too(
    house: Running, receiver: Receiver
) -> None:
    hook(house, receiver.url, "nl.impasse.case.case-opened")

    def drip(request: Any) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 200:
            request.wfile.write(bytes([byte]))
            request.wfile.flush()
            time.sleep(0.05)

    receiver.answer = drip
    began = time.monotonic()
    one_round(house, timeout=0.4)
    assert time.monotonic() - began < 2
    assert deliveries(house)[0].state == "retrying"


def test_a_huge_answer_is_not_read_to_its_end(house: Running, receiver: Receiver) -> None:
    hook(house, receiver.url, "nl.impasse.case.case-opened")
    written = []

    def pour(request: Any) -> None:
        request.send_response(200)
        request.end_headers()
        for _ in range(2000):
            request.wfile.write(b"x" * 65536)
            written.append(65536)

    receiver.answer = pour
    one_round(house)
    assert deliveries(house)[0].state == "delivered"
    assert sum(written) < 20_000_000


def test_nobody_at_the_address_is_a_failure_with_a_rest(house: Running) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    house.open_cases(3)
    hook(house, f"http://127.0.0.1:{port}/", "nl.impasse.case.case-opened")
    assert one_round(house) == 1
    first, *others = deliveries(house)
    assert "ConnectError" in first.failure
    assert first.next_at == MONDAY + timedelta(seconds=5)
    assert {row.next_at for row in others} == {MONDAY + REST}
    assert {row.attempts for row in others} == {0}


def test_a_name_that_does_not_exist_is_a_failure(sqlite_url: str) -> None:
    with running(sqlite_url) as house:
        house.open_cases()
        hook(house, "https://bestaat-niet.invalid/", "nl.impasse.case.case-opened")
        one_round(house)
        assert "gaierror" in deliveries(house)[0].failure


def test_one_bad_destination_holds_up_no_other(house: Running, receiver: Receiver) -> None:
    house.open_cases(10)
    with a_receiver() as slow, a_receiver() as broken:
        go = threading.Event()
        slow.answer = lambda request: (go.wait(10), reply(request, 204))
        broken.answer = lambda request: reply(request, 500)
        for url in (slow.url, broken.url, receiver.url):
            hook(house, url, "nl.impasse.case.case-opened")
        round_ = threading.Thread(target=one_round, args=(house,), kwargs={"timeout": 5.0})
        round_.start()
        end = time.monotonic() + 4
        while len(receiver.ledger + broken.ledger) < 22 and time.monotonic() < end:
            time.sleep(0.01)
        # The good one has all, in order, while the slow one still has its first.
        assert receiver.ids() == [f"IMP-2026-{n:04d}-1-1" for n in range(1, 12)]
        assert len(slow.ledger) == 1
        assert len(broken.ledger) == 11
        go.set()
        round_.join()


def test_a_destination_whose_share_is_used_stands_in_line_again(
    house: Running, receiver: Receiver
) -> None:
    house.open_cases(9)
    hook(house, receiver.url, "nl.impasse.case.case-opened")
    receiver.answer = lambda request: (house.clock.goes_on(seconds=8), reply(request, 204))
    began = house.clock.at
    assert one_round(house) == 10
    assert house.clock.at - began == timedelta(seconds=80)
    assert len(set(receiver.ids())) == len(receiver.ids()) == 10


def test_a_round_stops_when_it_is_told_to(house: Running, receiver: Receiver) -> None:
    house.open_cases(9)
    hook(house, receiver.url, "nl.impasse.case.case-opened")
    sent = deliver_due(
        SqlOutbox(house.database),
        WebhookChannel(OIN, allow_private=True),
        house.clock,
        lambda: 0.0,
        going_on=lambda: len(receiver.ledger) < 4,
    )
    assert sent == len(receiver.ledger) == 4


def test_a_claim_holds_until_its_lease_ends_and_is_then_taken_over(house: Running) -> None:
    key, _ = hook(house, "https://voorbeeld.nl/", "nl.impasse.case.case-opened")
    outbox = SqlOutbox(house.database)
    outbox.spread(house.clock())
    [first] = outbox.claim(key, house.clock(), LEASE, 5)
    assert outbox.claim(key, house.clock(), LEASE, 5) == []
    assert deliveries(house)[0].state == "sending"
    assert list(outbox.destinations(house.clock())) == []
    # The process that claimed it was killed.
    house.clock.goes_on(seconds=LEASE.total_seconds())
    [second] = outbox.claim(key, house.clock(), LEASE, 5)
    assert (second.id, second.attempts) == (first.id, 2)
    # Should the first turn out to live after all, it changes nothing any more.
    at = house.clock()
    lost = judge(first, Answer(500, "HTTP 500"), at, lambda: 0.0)
    outbox.settle([Settled(first, Answer(500, "HTTP 500"), lost)], [], at)
    assert deliveries(house)[0].attempts == 2
    assert deliveries(house)[0].next_at == at + LEASE


def test_messages_are_spread_once_also_when_there_are_many(house: Running) -> None:
    house.open_cases(250)
    hook(house, "https://voorbeeld.nl/")
    hook(house, "https://elders.nl/")
    outbox = SqlOutbox(house.database)
    count = len(messages(house.database))
    spread = 0
    while batch := outbox.spread(house.clock()):
        spread += batch
    assert spread == count
    assert len(deliveries(house)) == 2 * count


def test_two_workers_on_one_database_share_the_work(
    postgresql_url: str, receiver: Receiver
) -> None:
    with running(postgresql_url) as one, running(postgresql_url) as two:
        one.open_cases(60)
        for _ in range(3):
            hook(one, receiver.url, "nl.impasse.case.case-opened")
        workers = [threading.Thread(target=one_round, args=(house,)) for house in (one, two)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        one_round(one)
        assert len(receiver.ledger) == 180
        assert {row.attempts for row in deliveries(one)} == {1}


def test_two_workers_that_fail_at_one_destination_do_not_wait_for_each_other(
    postgresql_url: str, receiver: Receiver
) -> None:
    with running(postgresql_url) as one, running(postgresql_url) as two:
        one.open_cases(30)
        hook(one, receiver.url, "nl.impasse.case.case-opened")
        receiver.answer = lambda request: reply(request, 503, Retry_After="3600")
        failures: list[Exception] = []

        def work(house: Running) -> None:
            try:
                one_round(house)
            except Exception as error:  # noqa: BLE001 the test looks at it
                failures.append(error)

        for _ in range(10):
            workers = [threading.Thread(target=work, args=(house,)) for house in (one, two)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            one.clock.goes_on(hours=1)
            two.clock.at = one.clock.at
        assert failures == []
        assert {row.state for row in deliveries(one)} <= {"waiting", "retrying"}
        assert 10 <= len(receiver.ledger) <= 20


def test_a_database_without_tables_is_said_in_a_sentence(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/leeg.db") as house:
        for ask in (
            lambda: list_webhooks(house.database),
            lambda: next_wake(house.database),
            lambda: SqlOutbox(house.database).spread(house.clock()),
            lambda: hook(house, "https://voorbeeld.nl/"),
        ):
            with pytest.raises(Unavailable, match="impasse db upgrade"):
                ask()


def test_an_address_inside_ones_own_network_is_refused(sqlite_url: str, receiver: Receiver) -> None:
    with running(sqlite_url) as house:
        house.open_cases()
        hook(house, receiver.url.replace("127.0.0.1", "localhost"), "nl.impasse.case.case-opened")
        deliver_due(SqlOutbox(house.database), WebhookChannel(OIN), house.clock, lambda: 0.0)
        assert receiver.ledger == []
        assert "not a public address" in deliveries(house)[0].failure


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 an address to refuse
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[fd00::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[64:ff9b:1::7f00:1]",
        "[fec0::1]",
        "[::7f00:1]",
        "224.0.0.1",
        "2130706433",
    ],
)
def test_every_way_to_write_a_private_address_is_refused(host: str) -> None:
    answer = WebhookChannel(OIN).send(a_parcel(f"http://{host}:9/"), MONDAY)
    assert answer.status is None
    assert "not a public address" in answer.failure


def test_the_address_that_was_checked_is_the_one_that_is_called(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    port = int(receiver.url.split(":")[2].split("/")[0])
    asked = []

    def resolve(host: str, *_args: object, **_more: object) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *a, **k: resolve(host) if host == "voorbeeld.nl" else real(host, *a, **k),
    )
    channel = WebhookChannel(OIN, allow_private=True)
    answer = channel.send(a_parcel(f"http://voorbeeld.nl:{port}/hook?x=1"), MONDAY)
    assert answer == Answer(204)
    assert asked == ["voorbeeld.nl"]
    (got,) = receiver.ledger
    assert got.headers["host"] == f"voorbeeld.nl:{port}"
    assert got.path == "/hook?x=1"


def test_of_two_addresses_the_one_that_answers_is_used(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    port = int(receiver.url.split(":")[2].split("/")[0])
    real = socket.getaddrinfo
    both = [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", port, 0, 0)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)),
    ]
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *a, **k: both if host == "voorbeeld.nl" else real(host, *a, **k),
    )
    answer = WebhookChannel(OIN, allow_private=True).send(
        a_parcel(f"http://voorbeeld.nl:{port}/"), MONDAY
    )
    assert answer == Answer(204)


def test_a_name_that_moves_inside_between_two_attempts_is_refused(
    monkeypatch: pytest.MonkeyPatch, sqlite_url: str, receiver: Receiver
) -> None:
    """DNS rebinding: the first answer is a public address, the second our own machine."""
    port = int(receiver.url.split(":")[2].split("/")[0])
    real, connect = socket.getaddrinfo, socket.create_connection
    answers = iter(["93.184.215.14", "127.0.0.1"])
    called: list[str] = []

    def resolve(host: str, *args: Any, **more: Any) -> Any:
        if host != "voorbeeld.nl":
            return real(host, *args, **more)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def elsewhere(address: tuple[str, int], *args: Any, **more: Any) -> socket.socket:
        called.append(address[0])
        return connect(("127.0.0.1", port), *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", elsewhere)
    with running(sqlite_url) as house:
        house.open_cases()
        hook(house, f"http://voorbeeld.nl:{port}/", "nl.impasse.case.case-opened")
        receiver.answer = lambda request: reply(request, 503, Connection="close")
        channel, outbox = WebhookChannel(OIN), SqlOutbox(house.database)
        deliver_due(outbox, channel, house.clock, lambda: 0.0)
        house.clock.goes_on(minutes=10)
        channel.close()  # as after some seconds without use
        deliver_due(outbox, channel, house.clock, lambda: 0.0)
        assert called == ["93.184.215.14"]
        assert len(receiver.ledger) == 1
        assert "not a public address" in deliveries(house)[0].failure


def test_a_connection_is_kept_for_what_comes_next_and_nothing_else_is(
    sqlite_url: str, receiver: Receiver
) -> None:
    doors: list[int] = []

    def answer(request: Any) -> None:
        vars(request)["protocol_version"] = "HTTP/1.1"
        doors.append(request.client_address[1])
        reply(request, 204, Set_Cookie="who=you", Connection="keep-alive")

    receiver.answer = answer
    with running(sqlite_url) as house:
        house.open_cases(30)
        hook(house, receiver.url, "nl.impasse.case.case-opened")
        assert one_round(house) == 30
    assert len(set(doors)) == 1
    assert not any("cookie" in got.headers for got in receiver.ledger)


def test_a_receiver_that_closes_every_connection_gets_everything_once(
    sqlite_url: str, receiver: Receiver
) -> None:
    def answer(request: Any) -> None:
        vars(request)["protocol_version"] = "HTTP/1.1"
        reply(request, 204)
        request.close_connection = True

    receiver.answer = answer
    with running(sqlite_url) as house:
        house.open_cases(10)
        hook(house, receiver.url, "nl.impasse.case.case-opened")
        one_round(house)
        assert {row.state for row in deliveries(house)} == {"delivered"}
    assert len(receiver.ids()) == len(set(receiver.ids())) == 10


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02 hello",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * 300_000,
        b"HTTP/1.1 204 No\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
        b"HTTP/1.1 100 Go\r\n\r\n" * 3,
        b"",
    ],
)
def test_garbage_is_a_failure_and_no_end(
    sqlite_url: str, receiver: Receiver, garbage: bytes
) -> None:
    def answer(request: Any) -> None:
        request.wfile.write(garbage)
        request.close_connection = True

    receiver.answer = answer
    with running(sqlite_url) as house:
        house.open_cases()
        hook(house, receiver.url, "nl.impasse.case.case-opened")
        one_round(house, timeout=1.0)
        [row] = deliveries(house)
        assert (row.state, row.answered) == ("retrying", None)
        assert 0 < len(row.failure) <= 500


def test_an_event_that_no_receiver_need_take_is_not_sent(receiver: Receiver) -> None:
    parcel = a_parcel(receiver.url)
    long = replace(parcel, content=replace(parcel.content, subject="x" * 70_000))
    answer = WebhookChannel(OIN, allow_private=True).send(long, MONDAY)
    assert (answer.final, receiver.ledger) == (True, [])


def test_zgw_notificaties_is_a_second_form(house: Running, receiver: Receiver) -> None:
    with suppress(Conflict):
        add_person(house.database, OWNER)
    add_webhook(house.database, receiver.url, (), "beheer", MONDAY, WebhookFormat.ZGW)
    channel = WebhookChannel(OIN, allow_private=True, api="https://impasse.nl/api/v1")
    deliver_due(SqlOutbox(house.database), channel, house.clock, lambda: 0.0)
    got = receiver.ledger[0]
    url = "https://impasse.nl/api/v1/cases/IMP-2026-0001"
    assert got.headers["content-type"] == "application/json"
    assert json.loads(got.body) == {
        "kanaal": "impasse",
        "hoofdObject": url,
        "resource": "zaak",
        "resourceUrl": url,
        "actie": "create",
        "aanmaakdatum": "2026-09-07T09:00:00Z",
        "kenmerken": {"type": "nl.impasse.case.case-opened"},
    }
    assert got.headers["webhook-signature"].startswith("v1,")


def test_the_claim_check_says_where_the_case_is_read(house: Running, receiver: Receiver) -> None:
    hook(house, receiver.url, "nl.impasse.case.case-opened")
    channel = WebhookChannel(OIN, allow_private=True, api="https://impasse.nl/api/v1")
    deliver_due(SqlOutbox(house.database), channel, house.clock, lambda: 0.0)
    event = json.loads(receiver.ledger[0].body)
    assert event["dataref"] == "https://impasse.nl/api/v1/cases/IMP-2026-0001"
    assert all(re.fullmatch("[a-z0-9]{1,20}", name) for name in event)


def test_the_herald_hears_first_and_only_what_it_heard_is_spread(
    house: Running, receiver: Receiver
) -> None:
    hook(house, receiver.url)
    heard: list[str] = []

    def herald(new: Any) -> None:
        assert not any(row.spread_at for row in rows(house.database, OutboxRow) if row.id in new)
        if not heard:
            house.open_cases(1)  # what comes while it looks is heard next, before it is spread
        heard.extend(message.id for message in new)

    channel = WebhookChannel(OIN, allow_private=True)
    outbox = SqlOutbox(house.database)
    deliver_due(outbox, channel, house.clock, lambda: 0.0, herald=herald)
    assert heard == [message.id for message in messages(house.database)]
    assert len(heard) == len(set(heard)) == len(receiver.ids())

    def failing(_new: Any) -> None:
        raise RuntimeError

    house.open_cases(1)
    with pytest.raises(RuntimeError):
        deliver_due(outbox, channel, house.clock, lambda: 0.0, herald=failing)
    assert rows(house.database, OutboxRow, "at", "id")[-1].spread_at is None


class Posted:
    """Posts of one personal channel, kept in memory; a real one stands in `adapters.sql.posts`."""

    def __init__(self, persons: list[str]) -> None:
        self.waiting = dict.fromkeys(persons, 1)
        self.outcomes: list[Any] = []

    def destinations(self, _at: datetime) -> list[Due]:
        return [Due(person) for person in self.waiting]

    def claim(self, destination: str, _at: datetime, _lease: timedelta) -> Parcel | None:
        attempts = self.waiting.pop(destination, None)
        return attempts and Parcel(f"b-{destination}", "email", destination, (), 1, MONDAY, None)

    def settle(self, _parcel: Parcel, _answer: Answer, outcome: Any, _at: datetime) -> None:
        self.outcomes.append(outcome)


def test_a_slow_mail_server_holds_up_no_webhook(house: Running, receiver: Receiver) -> None:
    go, house_is_full = threading.Event(), [f"p{n}" for n in range(10)]

    class Slow:
        def send(self, _parcel: Parcel, _at: datetime) -> Answer:
            go.wait(10)
            return Answer(250, accepted=True)

    posts = Posted(house_is_full)
    hook(house, receiver.url, "nl.impasse.case.case-opened")
    round_ = threading.Thread(
        target=deliver_due,
        args=(SqlOutbox(house.database), WebhookChannel(OIN, allow_private=True)),
        kwargs={
            "clock": house.clock,
            "chance": lambda: 0.0,
            "personal": [PersonalRoad(posts, Slow())],
        },
    )
    round_.start()
    wait_until(lambda: len(receiver.ledger) == 1)
    # Also what is promised while the mail server still thinks.
    house.open_cases(3)
    wait_until(lambda: len(receiver.ledger) == 4)
    go.set()
    round_.join()
    assert [one.state for one in posts.outcomes] == [DeliveryState.SENT] * 10


def wait_until(happened: Callable[[], bool], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_fault_of_ours_in_one_delivery_holds_up_no_other(
    house: Running, receiver: Receiver
) -> None:
    bad, _ = hook(house, receiver.url, "nl.impasse.case.case-opened")
    hook(house, f"{receiver.url}/fine", "nl.impasse.case.case-opened")
    with writing(house.database) as connection:
        hooks = table(WebhookRow)
        connection.execute(hooks.update().where(hooks.c.id == bad).values(secret="whsec_é"))
    one_round(house)
    [broken] = [row for row in deliveries(house) if row.destination == bad]
    assert (broken.state, broken.attempts) == ("retrying", 1)
    assert broken.failure.startswith("could not be sent")
    assert [got.path for got in receiver.ledger] == ["/hook/fine"]


def test_personal_post_has_a_schedule_of_its_own_and_may_be_refused_for_good() -> None:
    def judged(answer: Answer, attempts: int = 1) -> Any:
        parcel = Parcel("b-1", "email", "anna", (1,), attempts, MONDAY, None)
        return judge(parcel, answer, MONDAY, lambda: 0.0)

    waits = [judged(Answer(451, "later"), n).next_at - MONDAY for n in range(1, 7)]
    assert [wait.total_seconds() / 60 for wait in waits] == [1, 5, 15, 60, 240, 720]
    assert judged(Answer(451, "later"), 7).state is DeliveryState.DEAD
    assert judged(Answer(550, "no such user", final=True)).state is DeliveryState.FAILED
    assert judged(Answer(250, accepted=True)).state is DeliveryState.SENT
    assert judged(Answer(250)).state is DeliveryState.DELIVERED


def escalate(house: Running, webhook: str) -> None:
    """Let every message that waits be one of an escalation that names *webhook*."""
    with writing(house.database) as connection:
        connection.execute(
            table(OutboxRow)
            .update()
            .where(table(OutboxRow).c.spread_at.is_(None))
            .values(run="R1", rule="dead@1", addressees=f'[{{"webhook":"{webhook}"}}]')
        )


def test_a_dead_letter_of_an_escalation_is_reported_until_that_was_done(
    house: Running, receiver: Receiver
) -> None:
    # It asked for no such type: the escalation names it. The other only overhears.
    named, _ = hook(house, receiver.url, "nl.impasse.case.nothing")
    other, _ = hook(house, f"{receiver.url}/other")
    escalate(house, named)
    receiver.answer = lambda request: reply(request, 410)
    reported: list[Any] = []
    calls = []

    def report(lost: Any) -> None:
        calls.append(lost)
        if len(calls) == 1:
            raise RuntimeError  # the process may as well have died
        reported.append(lost)

    channel, outbox = WebhookChannel(OIN, allow_private=True), SqlOutbox(house.database)
    for _ in range(3):
        deliver_due(outbox, channel, house.clock, lambda: 0.0, report=report)
    lost = [row for row in deliveries(house) if row.destination == named]
    assert {row.delivery for row in reported} == {row.id for row in lost}
    assert len(reported) == len(lost)
    assert {(one.run, one.channel, one.person) for one in reported} == {("R1", "webhook", "beheer")}
    assert all(row.reported_at for row in deliveries(house) if row.destination in {named, other})


def test_nobody_waits_for_the_reports_of_a_house_without_escalations(
    house: Running, receiver: Receiver
) -> None:
    key, _ = hook(house, receiver.url)
    escalate(house, key)
    receiver.answer = lambda request: reply(request, 410)
    one_round(house)
    assert all(row.reported_at for row in deliveries(house))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://voorbeeld.nl/",
        "file:///etc/passwd",
        "voorbeeld.nl",
        "https://",
        "https://anna:geheim@voorbeeld.nl/",
        "https://voorbeeld.nl:99999/",
        "https://voorbeeld.nl/a b",
        "https://voorbeeld.nl/\r\nX: y",
        "javascript:alert(1)",
        "",
    ],
)
def test_what_cannot_be_posted_to_is_refused_in_a_sentence(sqlite_url: str, url: str) -> None:
    with running(sqlite_url) as house:
        with pytest.raises(Invalid) as refusal:
            hook(house, url)
        (fault,) = refusal.value.faults
        assert fault.pointer == "/url"
        assert "https://" in fault.text.nl
        assert list_webhooks(house.database) == []


def test_webhooks_are_listed_without_their_secret_and_can_be_disabled(house: Running) -> None:
    key, secret = hook(house, "https://voorbeeld.nl/", "b", "a", "a")
    assert secret.startswith("whsec_")
    (listed,) = list_webhooks(house.database)
    assert (listed.id, listed.types, listed.active) == (key, ("a", "b"), True)
    assert secret not in repr(listed)
    hook(house, "https://elders.nl/")
    SqlOutbox(house.database).spread(house.clock())
    disable_webhook(house.database, key, house.clock())
    assert [w.active for w in list_webhooks(house.database)].count(False) == 1
    assert {row.state for row in deliveries(house) if row.destination == key} <= {"lapsed"}
    with pytest.raises(NotFound):
        disable_webhook(house.database, "wh_onbekend", house.clock())


def test_waits_grow_and_chance_only_makes_them_longer() -> None:
    for attempts in range(1, 10):
        parcel = a_parcel(attempts=attempts)
        low, high = (
            judge(parcel, Answer(500), MONDAY, lambda c=c: c).next_at - MONDAY for c in (0.0, 0.999)
        )
        assert low == WAITS[attempts]
        assert low < high < low * 1.2
    last = judge(a_parcel(attempts=10), Answer(500), MONDAY, lambda: 0.5)
    assert last.state is DeliveryState.DEAD


def a_parcel(url: str = "https://voorbeeld.nl/", attempts: int = 1) -> Parcel:
    event = Event(
        message="IMP-2026-0001-1-1",
        subject="IMP-2026-0001",
        type="nl.impasse.case.case-opened",
        at=MONDAY,
        url=url,
        secrets=("whsec_c2VjcmV0",),
    )
    return Parcel(event.message, "webhook", "wh_1", (1,), attempts, MONDAY, event)


@pytest.mark.parametrize("damaged", ["{", "7", '"x"', "[1, null]", '[{"person": "a"}]'])
def test_damaged_addressees_name_no_webhook(damaged: str) -> None:
    from impasse.adapters.sql.outbox import named_webhooks

    assert named_webhooks(damaged) == frozenset()
