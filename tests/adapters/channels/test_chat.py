"""Chat leaves over services that are allowed, in a process that reaches nothing of ours."""

from __future__ import annotations

import json
import os
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from impasse.adapters.channels.chat import SERVICES, ChatChannel, chat_channel, chat_fault
from impasse.adapters.channels.chat_errand import ForbiddenError, Guard, is_public
from impasse.adapters.identity.factor import Seal
from impasse.domain.errors import Unreadable
from mail_relay import authority, rude
from parcels import NOW, line, parcel, post

SITE = "https://impasse.example"
NTFY = frozenset({"ntfys"})


@pytest.fixture(scope="module")
def trusted(tmp_path_factory):
    return authority(tmp_path_factory.mktemp("authority"))


@contextmanager
def chat_service(context, status=200, location=""):
    """Run something that takes messages as ntfy does; yields its port and what it took."""
    taken = []

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self):
            taken.append(self.rfile.read(int(self.headers["content-length"])).decode())
            self.send_response(status)
            if location:
                self.send_header("location", location)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
    thread.start()
    try:
        yield server.server_port, taken
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def channel(trusted, monkeypatch, **more):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted.file))
    return ChatChannel(NTFY, SITE, **({"allow_private": True, "timeout_seconds": 20.0} | more))


def at(port, topic="rondweg-9f31c2", more=""):
    return parcel(address=f"ntfys://localhost:{port}/{topic}{more}")


def test_a_chat_message_tells_title_reason_and_link_and_calls_nobody(trusted, monkeypatch):
    told = post(line(title="<!channel> @iedereen [klik](https://evil.example)"))
    with chat_service(trusted.server("localhost")) as (port, taken):
        sent = at(port)
        content = post(*told.lines, address=sent.content.address)
        answer = channel(trusted, monkeypatch).send(parcel(content), NOW)

    assert answer.accepted, answer.failure
    message = json.loads(taken[0])
    words = f"{message['title']}\n{message['message']}"
    assert "IMP-2026-0014" in words
    assert "Er is nog geen antwoord." in words
    assert f"{SITE}/impasses/IMP-2026-0014" in words
    assert "Wat er gebeurt als u niets doet" in words
    assert not any(sign in words for sign in ("@", "<", "]("))


def test_an_address_inside_our_network_is_refused_at_the_moment_of_connecting(trusted, monkeypatch):
    with chat_service(trusted.server("localhost")) as (port, taken):
        answer = channel(trusted, monkeypatch, allow_private=False).send(at(port), NOW)

    assert not taken
    assert "is not a public address" in answer.failure
    assert answer.final


def test_a_service_that_refuses_redirects_or_is_not_trusted_is_tried_again(trusted, monkeypatch):
    context = trusted.server("localhost")
    with chat_service(context) as (elsewhere, stolen):
        target = f"https://localhost:{elsewhere}/steal"
        with chat_service(context, 307, target) as (port, _):
            moved = channel(trusted, monkeypatch).send(at(port), NOW)
    with chat_service(context, 403) as (port, _):
        refused = channel(trusted, monkeypatch).send(at(port), NOW)
        monkeypatch.delenv("REQUESTS_CA_BUNDLE")
        unknown = ChatChannel(NTFY, SITE, allow_private=True).send(at(port), NOW)

    assert not stolen
    for answer in (moved, refused, unknown):
        assert not answer.accepted
        assert not answer.final
        assert answer.failure.startswith("the chat service did not take it")
        assert "rondweg-9f31c2" not in answer.failure


def test_a_service_that_never_answers_is_ended_in_time(trusted, monkeypatch):
    with rude(lambda _connection: time.sleep(30)) as port:
        began = time.monotonic()
        answer = channel(trusted, monkeypatch, timeout_seconds=3.0).send(at(port), NOW)

    assert not answer.accepted
    assert time.monotonic() - began < 6


def test_our_settings_do_not_go_along(trusted, monkeypatch):
    from impasse.adapters.channels.chat import _environment

    monkeypatch.setenv("IMPASSE_SMTP_PASSWORD", "geheim")
    monkeypatch.setenv("https_proxy", "http://10.0.0.1:3128")
    kept = _environment()
    assert not {"IMPASSE_SMTP_PASSWORD", "https_proxy"} & kept.keys()
    assert kept["NETRC"] == os.devnull


@pytest.mark.parametrize(
    "address",
    [
        "",
        "slack",
        "file:///etc/passwd",
        "jsons://localhost/",
        "mailto://x:y@z.example",
        "ntfy://localhost/topic",
        "ntfys://",
        "ntfys://localhost/a b",
        "ntfys://localhost/topic, slack://x",
        "ntfys://localhost/topic?verify=no",
        "ntfys://localhost/topic?Redirect=yes",
        "ntfys://localhost/topic?x=1#&template=/etc/passwd",
    ],
)
def test_an_address_that_is_not_allowed_starts_nothing(address):
    answer = ChatChannel(NTFY, SITE).send(parcel(address=address), NOW)
    assert answer.final
    assert answer.status is None


def test_a_sealed_address_is_opened_with_our_key_and_with_no_other(trusted, monkeypatch):
    seal = Seal("k" * 32)
    with chat_service(trusted.server("localhost")) as (port, taken):
        kept = seal.close(f"ntfys://localhost:{port}/topic")
        answer = channel(trusted, monkeypatch, opened=seal.open).send(parcel(address=kept), NOW)
        other = channel(trusted, monkeypatch, opened=Seal("o" * 32).open)
        shut = other.send(parcel(address=kept), NOW)

    assert answer.accepted, answer.failure
    assert len(taken) == 1
    assert shut.failure == "the chat address cannot be opened: UnreadableSecretError"
    assert not shut.final


def test_without_services_there_is_no_chat_and_an_unknown_one_is_refused():
    def settings(schemes):
        return SimpleNamespace(chat_schemes=schemes, allow_private_chat=False, address=SITE)

    assert chat_channel(settings("")) is None
    assert chat_channel(settings("slack matrixs")).schemes == {"slack", "matrixs"}
    with pytest.raises(Unreadable, match=r"chat_schemes: exec, file cannot be used; choose from:"):
        chat_channel(settings("slack file exec"))
    assert chat_fault("slack://a/b/c", {"slack"}) is None


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # one of its hundred services asks it
def test_every_service_we_know_is_one_that_apprise_knows():
    import apprise

    known = {
        scheme
        for service in apprise.Apprise().details()["schemas"]
        for scheme in (service["secure_protocols"] or ())
    }
    assert known >= SERVICES


def test_what_no_message_needs_is_not_done(tmp_path):
    guard = Guard(allow_private=False, more=[])
    secret = tmp_path / "impasse.toml"
    secret.write_text("secret_key = '…'")
    for event, arguments in (
        ("open", (str(secret), "r", 0)),
        ("open", (str(tmp_path / "new"), "w", 0)),
        ("open", (json.__file__, None, os.O_RDWR)),
        ("subprocess.Popen", ("sh", [], None, None)),
        ("socket.connect", (None, ("169.254.169.254", 80))),
        ("socket.connect", (None, ("::ffff:127.0.0.1", 80))),
        ("socket.connect", (None, "/run/docker.sock")),
    ):
        with pytest.raises(ForbiddenError):
            guard._look(event, arguments)
    guard._look("open", (json.__file__, "r", 0))
    guard._look("open", (3, "w", 0))
    guard._look("socket.connect", (None, ("8.8.8.8", 443)))
    guard._look("import", ("json",))
    assert guard.refused == "a file was to be opened"


@pytest.mark.parametrize(
    "address", ["10.1.2.3", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1", "fec0::1"]
)
def test_addresses_that_are_not_on_the_open_internet(address):
    assert not is_public(address)
