"""The sign of life is one bounded request, and a failure of it says no address."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from impasse.adapters.channels import heartbeat
from impasse.adapters.channels.heartbeat import Heartbeat

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Outside(BaseHTTPRequestHandler):
    """Somebody outside who listens for signs of life."""

    seen: list[str]

    def do_GET(self) -> None:
        """Answer as the path asks."""
        type(self).seen.append(self.path)
        match self.path:
            case "/hangs":
                time.sleep(2)
                self.send_response(200)
            case "/moved":
                self.send_response(302)
                self.send_header("Location", "/well")
            case "/broken":
                self.send_response(500)
            case "/endless":
                self.send_response(200)
                self.end_headers()
                self._drip()
                return
            case _:
                self.send_response(200)
        self.end_headers()

    def _drip(self) -> None:
        try:
            for _ in range(1000):
                self.wfile.write(b"x" * 1024)
        except OSError:
            return

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def outside() -> Iterator[str]:
    """Start it on a free port."""
    _Outside.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Outside)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_it_arrives(outside: str) -> None:
    assert Heartbeat(f"{outside}/well-secret")() == ""
    assert _Outside.seen == ["/well-secret"]
    assert Heartbeat(f"{outside}/endless")() == ""


def test_it_follows_no_redirect_and_tells_what_was_answered(outside: str) -> None:
    assert Heartbeat(f"{outside}/moved")() == "HTTP 302; redirects are not followed"
    assert Heartbeat(f"{outside}/broken")() == "HTTP 500"
    assert _Outside.seen == ["/moved", "/broken"]


def test_it_ends_in_time_and_names_no_address(outside: str) -> None:
    began = time.monotonic()
    failure = Heartbeat(f"{outside}/hangs", timeout_seconds=0.3)()
    assert time.monotonic() - began < 1.5
    assert failure
    assert "127.0.0.1" not in failure
    refused = Heartbeat("http://127.0.0.1:9/secret")()
    assert refused
    assert "secret" not in refused


def test_plain_http_stays_in_the_own_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        heartbeat.socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("93.184.215.14", 80))]
    )
    assert Heartbeat("http://example.nl/x")() == "plain http outside this network; use https"
