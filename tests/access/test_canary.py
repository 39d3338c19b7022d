"""What is said in a closed room is in no door of anybody else: not a word, a number or a trace."""

from __future__ import annotations

import json
import random
import secrets
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from access.looking import as_bytes, commands, inside, looks, plain_commands, told
from access.town import OUTSIDERS
from builders import rows
from impasse.adapters.channels.webhook import WebhookChannel
from impasse.adapters.sql.notifying import Notifying
from impasse.adapters.sql.outbox import SqlOutbox
from impasse.adapters.sql.tables import DeliveryRow, DigestRow, NotificationRow, OutboxRow
from impasse.adapters.sql.webhooks import add_webhook
from impasse.engine.outbox import deliver_due

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from access.town import Town

KEYS = ("pim", "sam")
"""For whom commands are asked: the other party, and the secretariat."""

SEARCHES = ("/impasses?q=", "/zoeken?q=", "/api/v1/search-results?q=", "/api/v1/cases?q=")


@dataclass
class Secret:
    """A word that nobody else knows, as it stands in a text, a title and the name of a file."""

    word: str = field(default_factory=lambda: f"kanarie{secrets.token_hex(8)}")

    def __str__(self) -> str:
        return self.word


@dataclass
class Acts:
    """What Amsterdam and the mediator do in their rooms, each through the API."""

    town: Town
    secret: Secret

    def note(self, who: str, room: str) -> str:
        """Bring a note; return its number."""
        return self._bring(
            who,
            room,
            {
                "kind": "note",
                "part": "view",
                "title": f"Over {self.secret}",
                "text": f"{self.secret}!",
            },
        )

    def document(self, who: str, room: str) -> str:
        """Bring a document; return its number."""
        content = b64encode(f"%PDF {self.secret}".encode()).decode()
        return self._bring(
            who,
            room,
            {
                "kind": "document",
                "part": "objective",
                "title": f"Stuk {self.secret}",
                "document": {"fileName": f"{self.secret}.pdf", "content": content},
            },
        )

    def propose(self, who: str, room: str, number: str) -> str:
        """Propose a wording of a contribution; return the number of the release."""
        path = f"/cases/{self.town.case}/rooms/{room}/releases"
        body = {
            "contribution": number,
            "title": f"Te delen {self.secret}",
            "text": f"{self.secret} mag later gedeeld",
            "part": "view",
        }
        answer = self.town.api(who, "POST", path, json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def everything(self) -> None:
        """Do all that leaves a trace in closed rooms, and nothing that is for others."""
        side, caucus, own = self.town.side.id, self.town.caucus.id, self.town.mediators.id
        note = self.note("lotte", side)
        self.document("lotte", side)
        self.note("lotte", caucus)
        self.document("lotte", caucus)
        self.note("ben", caucus)
        self.note("ben", own)
        self.document("ben", own)
        assert self.propose("lotte", side, note) == "V1"
        self.propose("ben", caucus, "N1")
        gone = self.note("lotte", side)
        there = f"/cases/{self.town.case}/rooms/{side}"
        reason = {"reason": f"Vergissing {self.secret}"}
        path = f"{there}/contributions/{gone}/destructions"
        assert self.town.api("lotte", "POST", path, json=reason).status_code < 300
        declined = self.propose("lotte", side, note)
        path = f"{there}/releases/{declined}/decisions"
        no = {"approved": False, "note": f"Niet {self.secret}"}
        assert self.town.api("lotte", "POST", path, json=no).status_code < 300
        # Reading leaves a trace too: who read here.
        for room in (side, caucus):
            page = self.town.browser("lotte").get(f"/impasses/{self.town.case}/kamers/{room}")
            assert str(self.secret) in page.text

    def _bring(self, who: str, room: str, body: dict[str, Any]) -> str:
        path = f"/cases/{self.town.case}/rooms/{room}/contributions"
        answer = self.town.api(who, "POST", path, json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


@contextmanager
def receiver() -> Iterator[tuple[str, list[bytes]]]:
    """Listen on a port of one's own; yield the address, and what was received."""
    heard: list[bytes] = []

    class Listen(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            heard.append(f"{self.path}\n{self.headers}\n".encode() + body)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listen)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", heard
    finally:
        server.shutdown()
        server.server_close()


def deliver(town: Town) -> None:
    """Deliver what waits, as the clock of the house would."""
    channel = WebhookChannel(town.house.settings.source_oin, allow_private=True)
    outbox = SqlOutbox(town.house.database, Notifying(lambda: town.house.calendar, ("email",)))
    while deliver_due(outbox, channel, town.house.clock, random.random, going_on=lambda: True):
        pass


def warmed_up(town: Town) -> None:
    """Let everybody come in once: that somebody was here is written down the first time.

    The other party has rooms of its own, and reads there: it finds that among its own data.
    """
    looks(town, "pim")
    for line in commands(town, "pim"):
        told(town, *line)
    for key in OUTSIDERS:
        if key:
            town.api(key, "GET", "/me")
            town.browser(key).get(f"/calendar/{town.feeds[key]}.ics")


@pytest.mark.timeout(300)
def test_outsiders_get_the_same_bytes_before_and_after_what_is_done_in_closed_rooms(
    town: Town,
) -> None:
    secret = Secret()
    acts = Acts(town, secret)
    with receiver() as (address, heard), capture_logs() as lines:
        for key in OUTSIDERS:
            if key:
                path = f"{address}/{key}"
                add_webhook(town.house.database, path, [], key, town.house.clock())
        warmed_up(town)
        deliver(town)
        before = {key: looks(town, key) for key in OUTSIDERS}
        asked = [*plain_commands(town), *(c for key in KEYS for c in commands(town, key))]
        commanded = {line: told(town, *line) for line in asked}
        listened = len(heard)

        acts.everything()
        deliver(town)

        after = {key: looks(town, key) for key in OUTSIDERS}
        commanded_after = {line: told(town, *line) for line in asked}
    # Stronger than "no canary": nothing at all changed for who is outside.
    for key in OUTSIDERS:
        changed = [what for what in before[key] if before[key][what] != after[key][what]]
        assert not changed, (key, changed)
    assert [line for line in asked if commanded[line] != commanded_after[line]] == []
    assert len(heard) == listened
    # And the canary is nowhere, also not in what was heard before, or in the log.
    for found in (*after.values(), commanded_after):
        for what, content in found.items():
            assert secret.word.encode() not in content, what
    for one in (*heard, *(json.dumps(line, default=str).encode() for line in lines)):
        for trace in (secret.word, town.side.id, town.side.key, town.caucus.id, town.mediators.id):
            assert trace.encode() not in one


def test_nobody_is_told_of_what_is_done_in_closed_rooms_and_nothing_of_it_is_kept_to_tell(
    town: Town,
) -> None:
    deliver(town)
    before = _kept_to_tell(town)
    secret = Secret()
    Acts(town, secret).everything()
    deliver(town)

    after = _kept_to_tell(town)
    assert after == before
    for trace in (secret.word, town.side.id, town.side.key, town.caucus.id, town.mediators.id):
        assert trace not in repr(after)


def _kept_to_tell(town: Town) -> list[Any]:
    """Return every column of what persons and machines are told."""
    tables = (OutboxRow, NotificationRow, DeliveryRow, DigestRow)
    return [tuple(row) for one in tables for row in rows(town.house.database, one)]


def test_who_is_in_a_room_finds_there_what_was_brought(town: Town) -> None:
    secret = Secret()
    Acts(town, secret).everything()

    def sees(key: str, room: str) -> bool:
        listed = town.api(key, "GET", f"/cases/{town.case}/rooms/{room}/contributions")
        shown = town.browser(key).get(f"/impasses/{town.case}/kamers/{room}")
        assert listed.status_code == shown.status_code
        assert (secret.word in listed.text) == (secret.word in shown.text)
        return secret.word in listed.text

    side, caucus, own = town.side.id, town.caucus.id, town.mediators.id
    assert [sees("lotte", room) for room in (side, caucus, own)] == [True, True, False]
    assert [sees("ben", room) for room in (side, caucus, own)] == [False, True, True]
    archive = told(town, "export", "case", town.case, "--by", "lotte")
    assert secret.word.encode() in archive


@pytest.mark.parametrize("organisation", ["pv27", "gm0363"])
def test_what_is_handed_over_for_the_woo_holds_nothing_of_closed_rooms(
    town: Town, tmp_path: Path, organisation: str
) -> None:
    secret, packed = Secret(), tmp_path / "woo.zip"
    Acts(town, secret).everything()
    asked = ("export", "woo", town.case, "--organisation", organisation, "--out", str(packed))

    assert told(town, *asked).startswith(b"0\n")

    found = list(inside(packed.read_bytes()))
    assert len(found) > 2
    for trace in (secret.word, town.side.id, town.side.key, town.caucus.id):
        assert not [one for one in found if trace.encode() in one]


def test_looking_for_the_canary_finds_as_much_as_looking_for_a_word_nobody_wrote(
    town: Town,
) -> None:
    secret, never = Secret(), Secret()
    Acts(town, secret).everything()

    for key in OUTSIDERS:
        client = town.browser(key)
        for path in SEARCHES:

            def ask(word: Secret, path: str = path, key: str = key, client: Any = client) -> bytes:
                if path.startswith("/api/"):
                    answer = town.api(key, "GET", f"{path.removeprefix('/api/v1')}{word}")
                else:
                    answer = client.get(f"{path}{word}")
                assert answer.status_code in {200, 303, 401}, (path, answer.status_code)
                return as_bytes(answer).replace(word.word.encode(), b"WORD")

            assert ask(secret) == ask(never), (key, path)


@pytest.mark.parametrize("key", OUTSIDERS)
def test_a_guessed_room_is_told_exactly_as_one_that_never_was(town: Town, key: str) -> None:
    Acts(town, Secret()).everything()
    client = town.browser(key)
    never = {town.side.id: "side-gm0999", town.caucus.id: "caucus-gm0999-0123abcd",
             town.mediators.id: "mediator-0123abcd"}  # fmt: skip

    for real, false in never.items():
        for rest in ("", "/contributions", "/contributions/N1", "/contributions/D2/content",
                     "/releases", "/releases/V1", "/history", "/reads"):  # fmt: skip

            def api(room: str, rest: str = rest) -> bytes:
                answer = town.api(key, "GET", f"/cases/{town.case}/rooms/{room}{rest}")
                assert answer.status_code == (404 if key else 401)
                return as_bytes(answer).replace(room.encode(), b"ROOM")

            assert _alike(api(real)) == _alike(api(false)), rest
        for rest in ("", "/N1", "/D2", "/D2/bestand", "/voorstel/V1", "/gelezen", "/geschiedenis"):

            def page(room: str, rest: str = rest) -> bytes:
                answer = client.get(f"/impasses/{town.case}/kamers/{room}{rest}")
                assert answer.status_code == (404 if key else 303)
                return as_bytes(answer).replace(room.encode(), b"ROOM")

            assert _alike(page(real)) == _alike(page(false)), rest
        for body in ({}, {"kind": "note", "part": "view", "title": "x", "text": "y"}):

            def post(room: str, body: dict[str, str] = body) -> bytes:
                path = f"/cases/{town.case}/rooms/{room}/contributions"
                return as_bytes(town.api(key, "POST", path, json=body)).replace(
                    room.encode(), b"ROOM"
                )

            assert _alike(post(real)) == _alike(post(false))


def _alike(answer: bytes) -> bytes:
    """Return *answer* without its length: the names of the two rooms may differ in length."""
    return b"\n".join(
        line for line in answer.split(b"\n") if not line.startswith(b"content-length")
    )
