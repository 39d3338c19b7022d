"""Whatever comes over the wire, an error is told as a problem: knocked at a real server."""

from __future__ import annotations

import gzip
import socket
import threading
import time

import pytest
import uvicorn

from impasse.api import admission
from impasse.api.no_http import PlainHttp
from impasse.asgi import create_app

PATH = b"/api/v1/cases"


@pytest.fixture(scope="module")
def knock(door_for_reading):
    """Send bytes to a server that listens; return status, head and body of its answer.

    Where the bytes say TOKEN, the token of the secretariat is sent.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        app = create_app(door_for_reading.house)
        config = uvicorn.Config(app, http=PlainHttp, log_config=None, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        token = door_for_reading.tokens["secretariat"].encode()
        port = listener.getsockname()[1]

        def send(sent):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                connection.sendall(sent.replace(b"TOKEN", token))
                answer = b""
                while part := connection.recv(65_536):
                    answer += part
            head, _, body = answer.partition(b"\r\n\r\n")
            return int(head.split(b" ")[1]), head.lower(), body

        yield send
        server.should_exit = True
        thread.join()


def request(method, path=PATH, *more, body=b""):
    lines = (method + b" " + path + b" HTTP/1.1", b"Host: x", b"Authorization: Bearer TOKEN", *more)
    return b"\r\n".join((*lines, b"Connection: close", b"", body))


JSON = b"Content-Type: application/json"
CHUNKED = b"Transfer-Encoding: chunked"
TOO_MANY = b"f4241\r\n" + b" " * 1_000_001


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (request(b"GET", PATH + b"/%zz"), 404),
        (request(b"GET", PATH + b"/%ff%fe"), 404),
        (request(b"GET", PATH + b"/" + b"a" * 30_000), 404),
        (b"GET " + PATH + b"/" + b"a" * 66_000, 400),
        (request(b"GET", b"/api/v1/caf\xe9"), 400),
        (request(b"TRACE"), 405),
        (request(b"CONNECT"), 405),
        (request(b"CONNECT", b"elsewhere:443"), 404),
        (request(b"OPTIONS", b"*"), 404),
        (request(b"HEAD", b"*"), 404),
        (request(b"BREW"), 405),
        (request(b"POST", PATH, JSON, CHUNKED, body=b"2\r\n{}\r\n0\r\n\r\n"), 400),
        (request(b"POST", PATH, JSON, CHUNKED, body=b"zz\r\n{}\r\n0\r\n\r\n"), 400),
        (request(b"POST", PATH, JSON, CHUNKED, body=TOO_MANY), 413),
        (request(b"POST", PATH, JSON, b"Content-Length: 2000000"), 413),
        (request(b"POST", PATH, JSON, b"Content-Length: -1"), 400),
        (request(b"POST", PATH, JSON), 400),
        (request(b"POST", PATH), 400),
        (request(b"POST", PATH, JSON, b"Content-Encoding: gzip", b"Content-Length: 2"), 415),
        (request(b"POST", PATH, JSON, b"Content-Length: 2", b"Expect: more", body=b"{}"), 400),
        (b"GET /api/v1/me HTTP/1.1\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01", 400),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_every_error_is_a_problem(knock, sent, status):
    found, head, body = knock(sent)
    assert found == status
    assert b"content-type: application/problem+json" in head
    assert b"x-content-type-options: nosniff" in head
    assert (b'"type": "/api/v1/problem-types/' in body) is not sent.startswith(b"HEAD")


def test_ten_megabytes_are_refused_before_they_are_read(knock):
    found, head, _ = knock(request(b"POST", PATH, JSON, b"Content-Length: 10000000", body=b"{"))
    assert found == 413
    assert b"connection: close" in head


def test_what_was_packed_is_not_unpacked_however_small_it_looks(knock):
    bomb = gzip.compress(b'{"title":"' + b"0" * 10_000_000 + b'"}')
    length = b"Content-Length: %d" % len(bomb)
    for packed in (b"gzip", b"deflate", b"br", b"gzip, identity"):
        encoding = b"Content-Encoding: " + packed
        found, head, _ = knock(request(b"POST", PATH, JSON, length, encoding, body=bomb))
        assert found == 415
        assert b"accept: application/json" in head


@pytest.mark.parametrize(
    "framing",
    [b"Content-Length: 100", CHUNKED],
    ids=["announced more than came", "chunks that do not end"],
)
def test_a_body_that_drips_is_waited_for_no_longer_than_a_while(knock, monkeypatch, framing):
    monkeypatch.setattr(admission, "SLOWEST_BODY", 0.2)
    body = b"2\r\n{}\r\n" if framing is CHUNKED else b"{}"
    began = time.monotonic()
    found, head, told = knock(request(b"POST", PATH, JSON, framing, body=body))
    assert found == 408
    assert b"connection: close" in head
    assert b"/problem-types/too-slow" in told
    assert time.monotonic() - began < 10


def test_what_comes_after_the_announced_length_is_no_second_request(knock, door_for_reading):
    before = door_for_reading.get("/cases").json()
    smuggled = request(b"POST", PATH, JSON, b"Content-Length: 2", body=b"{}")
    found, _, told = knock(
        request(b"POST", PATH, JSON, b"Content-Length: 2", body=b"{}" + smuggled)
    )
    assert found == 400
    assert told.count(b'"status"') == 1
    assert door_for_reading.get("/cases").json() == before


def test_two_lengths_or_a_length_and_chunks_are_no_http(knock):
    for framing in (
        (b"Content-Length: 2", b"Content-Length: 3"),
        (b"Content-Length: 2", b"Content-Length: 2", CHUNKED, b"Transfer-Encoding: identity"),
    ):
        found, _, _ = knock(request(b"POST", PATH, JSON, *framing, body=b"{}"))
        assert found in {400, 501}
