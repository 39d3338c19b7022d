"""One dispute, from first signal to the agenda: a real server, a real database, a real receiver.

A liaison officer flags, is refused a move that is not hers, the secretariat is refused with what
lacks, advances, takes the case to the table and puts it on the agenda. The server is killed in
the middle. A receiver of webhooks hears of it all, signed, and without a word of content.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECRET_WORDS = "Geheim: het college vreest de gemeenteraad"
ENOUGH = 30.0


@dataclass
class Receiver:
    """Somebody who listens to webhooks, and writes down all that comes."""

    url: str = ""
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def types(self) -> list[str]:
        """The types of the events that came, in order, each once."""
        events = {headers["webhook-id"]: json.loads(body) for headers, body in self.heard}
        return [event["type"].removeprefix("nl.impasse.case.") for event in events.values()]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver on a port of its own."""
    listening = Receiver()

    class Listen(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            listening.heard.append((headers, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listen)
    listening.url = f"http://127.0.0.1:{server.server_port}/hier"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield listening
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Office:
    """A folder with a database, in which commands are run and a server is started."""

    folder: Path
    environment: dict[str, str]
    port: int

    def impasse(self, *arguments: str) -> str:
        """Run a command that must succeed, and return its answer."""
        done = subprocess.run(
            [sys.executable, "-m", "impasse", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def hire(self, name: str, organisation: str, role: str) -> str:
        """Add somebody and return the token that she works with."""
        self.impasse(
            *("user", "add", name, "--name", name.title(), "--function", name.title()),
            *("--organisation", organisation, "--role", role),
        )
        answer: str = json.loads(self.impasse("token", "add", name, "--format", "json"))["token"]
        return answer

    @contextmanager
    def serving(self, *, killed: bool = False) -> Iterator[None]:
        """Serve for as long as the block lasts; end it by the book, or with kill -9."""
        with (self.folder / "server.log").open("a") as log:
            server = subprocess.Popen(
                [sys.executable, "-m", "impasse", "serve", "--port", str(self.port)],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
            try:
                wait_until(self._ready, (self.folder / "server.log").read_text)
                yield
            finally:
                server.send_signal(signal.SIGKILL if killed else signal.SIGTERM)
                status = server.wait(ENOUGH)
            assert killed or status == 0

    def _ready(self) -> bool:
        try:
            answer = httpx.get(f"http://127.0.0.1:{self.port}/health/ready", trust_env=False)
        except httpx.TransportError:
            return False
        return answer.status_code == httpx.codes.OK

    def client(self, token: str) -> httpx.Client:
        """The API as the bearer of *token* sees it."""
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=ENOUGH,
        )


def wait_until(done: Callable[[], bool], told: Callable[[], object]) -> None:
    """Wait until something is so; fail with what is *told* when that takes too long."""
    until = time.monotonic() + ENOUGH
    while not done():
        assert time.monotonic() < until, told()
        time.sleep(0.05)


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Office:
    """An office with a migrated database."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("IMPASSE_")},
        "IMPASSE_DATABASE_URL": database_url,
        "IMPASSE_ALLOW_PRIVATE_WEBHOOKS": "true",
        "IMPASSE_LOG_FORMAT": "json",
    }
    office = Office(tmp_path, environment, port)
    office.impasse("db", "upgrade")
    return office


def made(answer: httpx.Response) -> dict[str, Any]:
    """The body of an answer that must say that something was made."""
    assert answer.status_code == httpx.codes.CREATED, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_from_first_signal_to_the_agenda(office: Office, receiver: Receiver) -> None:
    liaison = office.hire("liaison", "gm0363", "liaison_officer")
    stranger = office.hire("stranger", "gm0344", "liaison_officer")
    secretary = office.hire("secretary", "mnre1034", "secretariat")

    with office.serving(killed=True), office.client(secretary) as desk:
        hook = made(desk.post("/webhooks", json={"url": receiver.url}))
        made(
            desk.post(
                "/meetings",
                json={
                    "day": "2030-12-12",
                    "startsAt": "13:00:00",
                    "endsAt": "15:00:00",
                    "place": "Den Haag",
                    "closesOn": "2030-12-05",
                },
            )
        )
        with office.client(liaison) as city:
            flagged = {
                "title": "Wie betaalt de nieuwe sluis",
                "summary": SECRET_WORDS,
                "parties": ["gm0363", "pv27", "ws0155"],
                "signals": [
                    {
                        "indicator": "G1",
                        "reliability": "document",
                        "happenedOn": "2026-11-02",
                        "text": SECRET_WORDS,
                    }
                ],
            }
            case = made(city.post("/cases", json=flagged, headers={"Idempotency-Key": "een"}))
            again = city.post("/cases", json=flagged, headers={"Idempotency-Key": "een"})
            assert again.json()["id"] == case["id"], "a double click makes one case"
            moves = f"/cases/{case['id']}/transitions"

            refused = city.post(moves, json={"trigger": "start_fact_finding"})
            assert refused.status_code == httpx.codes.FORBIDDEN

        with office.client(stranger) as elsewhere:
            assert elsewhere.get(f"/cases/{case['id']}").status_code == httpx.codes.NOT_FOUND

        refused = desk.post(moves, json={"trigger": "start_fact_finding"})
        assert refused.status_code == httpx.codes.CONFLICT
        assert {lack["guard"] for lack in refused.json()["lacks"]} == {
            "all_parties_heard",
            "handler_appointed",
        }
        moved = made(
            desk.post(moves, json={"trigger": "start_fact_finding", "note": "Partijen willen"})
        )
        assert moved["stage"]["name"] == "joint_fact_finding"

    with office.serving(), office.client(secretary) as desk:
        after = desk.get(f"/cases/{case['id']}").json()
        assert after["stage"]["name"] == "joint_fact_finding", "what was answered survives kill -9"

        made(
            desk.post(
                f"/cases/{case['id']}/tiers",
                json={"tier": "overhedenoverleg", "reason": "Het Rijk moet kiezen"},
            )
        )
        items = "/meetings/2030-12-12/agenda-items"
        (proposal,) = desk.get(items).json()["items"]
        assert (proposal["case"], proposal["state"]) == (case["id"], "proposed")
        made(
            desk.post(
                items,
                json={"candidate": proposal["candidate"], "accepted": True, "minutes": 20},
            )
        )
        (item,) = desk.get(items).json()["items"]
        assert (item["state"], item["minutes"]) == ("accepted", 20)

        history = desk.get(f"/cases/{case['id']}/history").json()["items"]
        told = [entry["action"] for entry in history]
        # Its escalation begins beside it, and ends when the case leaves its first stage.
        assert [action for action in told if not action.startswith("escalation_")] == [
            "case_opened",
            "signal_reported",
            "stage_changed",
            "tasks_opened",
            "tier_raised",
            "candidate_proposed",
            "candidate_accepted",
        ]
        wait_until(lambda: set(receiver.types()) >= EXPECTED, receiver.types)

    assert "agenda-candidate-accepted" in receiver.types()
    office.impasse("audit", "verify")
    the_receiver_can_trust_what_it_heard(receiver, hook["secret"], case["id"])


EXPECTED = {
    "meeting-planned",
    "case-opened",
    "stage-changed",
    "tier-raised",
    "agenda-candidate-proposed",
    "agenda-candidate-accepted",
}


def the_receiver_can_trust_what_it_heard(receiver: Receiver, secret: str, case: str) -> None:
    """Each event is signed, names the case, and carries nothing of what was said in it."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    for headers, body in receiver.heard:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        mac = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        assert headers["webhook-signature"] == f"v1,{mac}"
        event = json.loads(body)
        assert event["specversion"] == "1.0"
        assert event["id"] == headers["webhook-id"]
        assert event["subject"] in {case, "OVERLEG-2030-12-12"}
        assert "Geheim" not in body.decode()
        assert "sluis" not in body.decode()


def test_a_second_server_on_the_same_file_is_refused_in_words(
    tmp_path: Path, sqlite_url: str
) -> None:
    environment = {**os.environ, "IMPASSE_DATABASE_URL": sqlite_url}
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        first = Office(tmp_path, environment, free.getsockname()[1])
    with first.serving():
        second = subprocess.run(
            [sys.executable, "-m", "impasse", "worker"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=ENOUGH,
        )
        assert second.returncode == 2
        assert second.stderr.count("\n") == 1
        assert "impasse.db" in second.stderr

        taken = subprocess.run(
            [sys.executable, "-m", "impasse", "serve", "--port", str(first.port)],
            cwd=tmp_path,
            env={**environment, "IMPASSE_DATABASE_URL": f"sqlite:///{tmp_path}/other.db"},
            capture_output=True,
            text=True,
            check=False,
            timeout=ENOUGH,
        )
        assert taken.returncode == 2
        assert str(first.port) in taken.stderr
        assert "--port" in taken.stderr
