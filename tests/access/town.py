"""A case with everybody around it, and every door of the house at which they can knock.

The case is between Amsterdam, Noord-Holland and the VNG, with a mediator appointed, in a procedure
that opens the room of the mediator. It has tasks, a suspension, a signal, a place on an agenda, a
plan to migrate and a webhook; in `inhabited` rooms stands something too. The clock stands still.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from starlette.testclient import TestClient

from impasse.adapters.files.shipped import shipped
from impasse.adapters.identity.feeds import make_feed
from impasse.adapters.identity.secrets import TokenScope, actor_of, begin_session, issue_token
from impasse.adapters.sql.notifying import Notifying
from impasse.adapters.sql.outbox import SqlOutbox
from impasse.adapters.sql.people import add_person, person
from impasse.adapters.sql.webhooks import add_webhook, list_webhooks
from impasse.asgi import create_app
from impasse.domain.case import Party
from impasse.domain.commands import (
    Appoint,
    AssessDisclosure,
    Contribute,
    DecideCandidate,
    MakeMove,
    OpenCase,
    PlaceHold,
    PlanMeeting,
    ProposeRelease,
    RaiseTier,
    SignalReport,
    SnoozeEscalation,
    StartEscalation,
    Suspend,
)
from impasse.domain.disclosure import Disclosure
from impasse.domain.people import CLOCK, Actor, Layer, Person, Role
from impasse.domain.rooms import SHARED, ContributionKind, DocumentFile, Part, Room, RoomKind
from impasse.domain.signals import Reliability
from impasse.domain.term_acts import SuspensionReason
from impasse.domain.text import Text
from impasse.domain.tier import Tier
from impasse.settings import Settings
from impasse.web import session
from impasse.wiring import build, build_migrator, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from httpx2 import Response

    from impasse.domain.case import Case
    from impasse.wiring import House

MONDAY = datetime(2026, 10, 12, 9, 0, tzinfo=UTC)
METRICS_TOKEN = "numbers-of-the-process"
MADE_OF = "interbestuurlijke-impasse"
VERSION = "access-1"
TITLE = "Wie betaalt de kade?"


@dataclass(frozen=True)
class Seat:
    """A role as the table of rights has it: what it is called there, and who plays it."""

    key: str
    label: str
    person: str


ROLES = (
    Seat("anonymous", "niemand", ""),
    Seat("party", "partij", "lotte"),
    Seat("umbrella", "koepel die partij is", "vera"),
    Seat("other", "andere overheid", "ursula"),
    Seat("mediator", "bemiddelaar", "ben"),
    Seat("other_mediator", "andere bemiddelaar", "mia"),
    Seat("secretariat", "secretariaat", "sam"),
    Seat("administrator", "beheerder", "bea"),
    Seat("supervisor", "toezichthouder", "toos"),
    Seat("read_token", "leestoken van partij", "lotte"),
)

_PEOPLE = (
    ("lotte", "gm0363", {Role.LIAISON_OFFICER}),
    ("lisa", "gm0363", {Role.LIAISON_OFFICER}),
    ("pim", "pv27", {Role.LIAISON_OFFICER}),
    ("vera", "x-vng", {Role.LIAISON_OFFICER}),
    ("ursula", "gm0344", {Role.LIAISON_OFFICER}),
    ("ben", "", {Role.MEDIATOR}),
    ("mia", "", {Role.MEDIATOR}),
    ("sam", "mnre1034", {Role.SECRETARIAT}),
    ("bea", "mnre1034", {Role.ADMINISTRATOR}),
    ("toos", "pv27", {Role.SUPERVISOR}),
)
OUTSIDERS = ("pim", "sam", "mia", "bea", "toos", "ursula", "")
"""Everybody who is not in a room of Amsterdam or of the mediator; "" is who is not known."""


@dataclass
class Town:
    """The house with its doors, and who stands before them."""

    house: House
    app: Any
    url: str
    moment: list[datetime]
    portal: Any = None
    case: str = ""
    hidden: str = ""
    """A case between others, which nobody of this case may see but the secretariat."""
    meeting: str = ""
    candidate: str = ""
    migration: str = ""
    webhook: str = ""
    delivery: str = ""
    """One to that webhook."""
    suspension: str = "O1"
    substitution: str = ""
    duty: str = ""
    mail: str = ""
    snooze: str = ""
    notification: str = ""
    """What Amsterdam was told."""
    token: str = ""
    """A token of Amsterdam that nothing else is done with."""
    sessions: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    feeds: dict[str, str] = field(default_factory=dict)

    def actor(self, key: str) -> Actor:
        """Return somebody as who acts."""
        return actor_of(person(self.house.database, key), "test")

    def do(self, key: str, command: Any) -> Any:
        """Let somebody do something."""
        return self.house.engine.handle(command, self.actor(key))

    def now(self) -> Case:
        """Return the case as it stands."""
        return self.house.views.case(self.actor("sam"), self.case)

    @property
    def side(self) -> Room:
        """The room of Amsterdam alone."""
        return Room(RoomKind.SIDE, "gm0363")

    @property
    def caucus(self) -> Room:
        """The room of Amsterdam and the mediator."""
        return Room(RoomKind.CAUCUS, "gm0363", "ben")

    @property
    def mediators(self) -> Room:
        """The room of the mediator alone."""
        return Room(RoomKind.MEDIATOR, mediator="ben")

    def inhabited(self) -> Town:
        """Bring something into every room, and do what else gives an address a number."""
        for who, room in (
            ("lotte", SHARED),
            ("lotte", self.side),
            ("lotte", self.caucus),
            ("ben", self.mediators),
        ):
            note = (ContributionKind.NOTE, Part.VIEW, "Een notitie", "Wat er staat.")
            self.do(who, Contribute(self.case, room, *note))
            file = DocumentFile("stuk.txt", "text/plain", b"inhoud")
            document = (ContributionKind.DOCUMENT, Part.OBJECTIVE, "Een stuk")
            self.do(who, Contribute(self.case, room, *document, file=file))
            if room.confidential:
                wording = ("Een notitie", "Wat er staat.", Part.VIEW)
                self.do(who, ProposeRelease(self.case, room, "N1", *wording))
        self.do("lotte", PlaceHold(self.case, "gm0363", "Een verzoek op grond van de Woo."))
        self.do("lotte", AssessDisclosure(self.case, "N1", "gm0363", Disclosure.FULL))
        absent = {"substitute": "lisa", "fromDay": "2026-11-02", "untilDay": "2026-11-06"}
        answer = self.api("lotte", "POST", "/substitutions", json=absent)
        assert answer.status_code == 201, answer.text
        self.substitution = answer.json()["id"]
        self._put_on_duty()
        self._receive_mail()
        self._escalate()
        return self

    def _escalate(self) -> None:
        """Let an escalation run, and let it rest."""
        self.do("sam", StartEscalation(self.case, "nieuw-signaal"))
        until = self.moment[0].date() + timedelta(days=3)
        rest = SnoozeEscalation(self.case, "E1", "Wij overleggen.", until)
        self.snooze = self.do("lotte", rest).created

    def _receive_mail(self) -> None:
        """Let e-mail come in for the reply address of Amsterdam, of who knows whom."""
        from impasse.adapters.mail.letterbox import Envelope, Letterbox
        from impasse.adapters.mail.reply_addresses import ReplyAddresses
        from impasse.adapters.sql.database import writing
        from impasse.wiring import build_filing

        database, at = self.house.database, self.moment[0]
        addresses = ReplyAddresses("post.example", lambda *_: True)
        with writing(database) as connection:
            to = addresses.address_for(connection, person(database, "lotte"), self.case, at)
        raw = b"From: vreemd@elders.example\nMessage-ID: <1@elders.example>\n\nAkkoord.\n"
        envelope = Envelope("vreemd@elders.example", (to,))
        self.mail = Letterbox(database).receive(envelope, raw, at)[0]
        build_filing(self.house).settle_due()

    def _put_on_duty(self) -> None:
        """Make a rota of the secretariat with a duty on it, and a group."""
        label = {"nl": "Secretariaat", "en": "Secretariat"}
        days = {"fromDay": "2026-11-02", "untilDay": "2026-11-06"}
        rota = {"name": "secretariaat", "label": label, "organisation": "mnre1034"}
        for path, body in (
            ("/rotas", rota),
            ("/rotas/secretariaat/duties", {"persons": ["sam"], **days}),
            ("/groups", {"name": "bemiddelaars", "label": label, "members": ["ben"]}),
        ):
            answer = self.api("sam", "POST", path, json=body)
            assert answer.status_code == 201, answer.text
        found = self.api("sam", "GET", "/rotas/secretariaat/duties").json()
        self.duty = found["items"][0]["id"]

    def browser(self, key: str) -> TestClient:
        """Return a browser in which somebody is signed in; "" is nobody."""
        client = self._client()
        if key:
            client.cookies.set("impasse", self.sessions[key])
        else:
            client.cookies.set("impasse-bezoek", "the-same-visitor-each-time")
        return client

    def form(self, key: str) -> str:
        """Return the token that forms of somebody carry."""
        visitor = "the-same-visitor-each-time"
        return session.Cookies(False, self.sessions.get(key, ""), visitor).csrf

    def _client(self) -> TestClient:
        client = TestClient(self.app, follow_redirects=False, raise_server_exceptions=False)
        # One thread with a loop for all: starting one for each takes longer than answering.
        client.portal = self.portal
        return client

    def api(self, key: str, method: str, path: str, **rest: Any) -> Response:
        """Send a request to the API with somebody's token; "" has none."""
        client = self._client()
        headers = dict(rest.pop("headers", {}))
        if key:
            headers["Authorization"] = f"Bearer {self.tokens[key]}"
        return client.request(method, f"/api/v1{path}", headers=headers, **rest)


@contextmanager
def opened(url: str) -> Iterator[Town]:
    """Open the house at *url*, with a session, a token and a feed for everybody."""
    moment = [MONDAY]
    house = build(_settings(url), clock=lambda: moment[0])
    app = create_app(house, demo=True)
    town = Town(house, app, url, moment)
    try:
        for key, *_ in _PEOPLE:
            at = MONDAY
            town.sessions[key] = begin_session(house.database, key, at=at, hours=8)
            town.tokens[key] = issue_token(house.database, key, at=at, name="all").secret
            town.feeds[key] = make_feed(house.database, key, at=at)
        town.tokens["read:lotte"] = issue_token(
            house.database, "lotte", at=MONDAY, name="read", scopes={TokenScope.READ}
        ).secret
        town.token = issue_token(house.database, "lotte", at=MONDAY, name="spare").id
        _recall(town)
        with TestClient(app) as running:
            town.portal = running.portal
            yield town
    finally:
        house.close()


def furnish(file: Path) -> None:
    """Fill a migrated database with the people, the procedure and the case."""
    url = f"sqlite:///{file}"
    prepare(_settings(url), clock=lambda: MONDAY - timedelta(days=60))
    moment = [MONDAY - timedelta(days=30)]
    house = build(_settings(url), clock=lambda: moment[0])
    try:
        for key, organisation, roles in _PEOPLE:
            function = Text(f"functie van {key}", f"function of {key}")
            who = Person(key, f"Naam {key}", function, organisation, frozenset(roles))
            add_person(house.database, who, demonstration=True)
        _adopt(house, file)
        _tell(house)
        with house.database.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            connection.exec_driver_sql("BEGIN")
    finally:
        house.close()


def _settings(url: str) -> Settings:
    return Settings(database_url=url, metrics_token=METRICS_TOKEN, allow_private_webhooks=True)


def _adopt(house: House, file: Path) -> None:
    """Adopt the shipped procedure once more, with a room for the mediator."""
    content = shipped("workflows", f"{MADE_OF}.yaml").read_text("utf-8")
    content = content.replace('version: "2"', f'version: "{VERSION}"', 1)
    path = file.with_name("access.yaml")
    path.write_text(f"{content}\nrooms:\n  mediator: {{open: true}}\n", encoding="utf-8")
    house.procedures.adopt(path, by="tests", at=MONDAY - timedelta(days=40))


def _tell(house: House) -> None:
    def do(key: str, command: Any) -> Any:
        return house.engine.handle(command, actor_of(person(house.database, key), "test"))

    today = house.calendar.local_day(house.clock())
    parties = (
        Party("gm0363", "gemeente Amsterdam", Layer.MUNICIPALITY),
        Party("pv27", "provincie Noord-Holland", Layer.PROVINCE),
        Party("x-vng", "Vereniging van Nederlandse Gemeenten", Layer.UMBRELLA),
    )
    report = SignalReport("A1", Reliability.DOCUMENT, "gm0363", today, "Afspraak niet nagekomen")
    opening = OpenCase(TITLE, parties, (report,), MADE_OF, VERSION)
    case = do("sam", opening).subject
    do("sam", Appoint(case, "handler", "sam"))
    do("sam", Appoint(case, "mediator", "ben"))
    do("sam", MakeMove(case, "start_fact_finding", note="Alle partijen zijn gehoord."))
    do(
        "sam",
        Suspend(
            case,
            reason=SuspensionReason.AWAITING_PARTY,
            waits_for="pv27",
            until=today + timedelta(days=28),
            note="Metingen",
        ),
    )
    others = (
        Party("gm0344", "gemeente Utrecht", Layer.MUNICIPALITY),
        Party("pv26", "provincie Utrecht", Layer.PROVINCE),
    )
    elsewhere = SignalReport("A1", Reliability.DOCUMENT, "gm0344", today, "Elders")
    do("sam", OpenCase("Wat niemand hier ziet", others, (elsewhere,), MADE_OF, "2"))
    day = date(2026, 12, 10)
    planned = PlanMeeting(day, time(13), time(16), "Den Haag", day - timedelta(days=7))
    meeting = do("sam", planned).subject.removeprefix("OVERLEG-")
    do("sam", RaiseTier(case, Tier.OVERHEDENOVERLEG, "Alle partijen willen het zo."))
    candidate = house.views.candidates(CLOCK, case=case)[0].id
    do("sam", DecideCandidate(case, candidate, accepted=True, meeting=meeting, minutes=20))
    build_migrator(house).plan(MADE_OF, ("2", VERSION), actor_of(person(house.database, "sam"), ""))
    SqlOutbox(house.database, Notifying(lambda: house.calendar, ())).spread(house.clock())
    webhook, _ = add_webhook(house.database, "https://hook.example.org/in", [], "lotte", MONDAY)
    with house.database.begin() as connection:
        # What went there before and never arrived: nothing goes there by itself.
        connection.execute(
            text(
                "INSERT INTO deliveries (message_id, channel, destination, bundle, state, "
                "attempts, next_at, failure, done_at, created_at, reported_at) SELECT min(id), "
                "'webhook', :webhook, '', 'dead', 10, min(at), 'HTTP 503', min(at), min(at), "
                "min(at) FROM outbox WHERE subject = :case"
            ),
            {"webhook": webhook, "case": case},
        )


def _recall(town: Town) -> None:
    """Find again what was told."""
    house = town.house
    cases = house.views.cases(CLOCK)
    town.case = next(line.id for line in cases if line.title == TITLE)
    town.hidden = next(line.id for line in cases if line.title != TITLE)
    item = house.views.candidates(CLOCK, case=town.case)[0]
    town.candidate, town.meeting = item.id, item.meeting
    town.webhook = list_webhooks(house.database)[0].id
    with house.database.connect() as connection:
        town.migration = connection.execute(text("SELECT id FROM case_migrations")).scalar_one()
        told = text("SELECT id FROM notifications WHERE person_id = 'lotte' ORDER BY id")
        town.notification = connection.execute(told).scalars().first() or ""
        sent = text("SELECT min(id) FROM deliveries WHERE channel = 'webhook'")
        town.delivery = str(connection.execute(sent).scalar_one())
