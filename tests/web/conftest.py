"""What tests of the pages ask for: a real house on SQLite with invented people, and browsers."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from impasse.wiring import House

MONDAY = datetime(2026, 10, 12, 9, 0, tzinfo=UTC)
"""Where the story begins: a Monday morning without holidays near."""

PEOPLE = (
    ("sam", "Secretaris", "Secretary", "mnre1034", "secretariat"),
    ("lotte", "Liaison van de gemeente", "Municipal liaison", "gm0363", "liaison_officer"),
    ("pim", "Liaison van de provincie", "Provincial liaison", "pv27", "liaison_officer"),
    ("wanda", "Liaison van het waterschap", "Water liaison", "ws0155", "liaison_officer"),
    ("ben", "Bemiddelaar", "Mediator", "mnre1034", "mediator"),
)


class Watch:
    """A clock that stands still until it is told to move."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


class Browser:
    """One person's browser: keeps cookies, fills in forms as they stand on the page."""

    def __init__(self, app: object) -> None:
        from starlette.testclient import TestClient

        self.client = TestClient(app, follow_redirects=False, raise_server_exceptions=True)

    def get(self, path: str, **more: object):
        return self.client.get(path, **more)

    def token(self, path: str = "/hulp") -> str:
        """Return the token that forms of this browser carry."""
        page = self.client.get("/aanmelden" if path == "/hulp" else path).text
        found = re.search(r'name="formulier" value="(\w+)"', page)
        assert found, "this page has no form"
        return found[1]

    def post(self, path: str, data: dict[str, object] | None = None, **more: object):
        """Send a form with its token."""
        return self.client.post(path, data={"formulier": self.token()} | (data or {}), **more)

    def sign_in(self, person: str) -> Browser:
        answer = self.post("/aanmelden", {"persoon": person})
        assert answer.status_code == 303, answer.text
        return self


@pytest.fixture(scope="session")
def _prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the register, the procedure and the people, made once."""
    import sqlite3

    from sqlmodel import Session

    from impasse.adapters.sql.database import open_database
    from impasse.adapters.sql.tables import PersonRow
    from impasse.settings import Settings
    from impasse.wiring import prepare

    file = tmp_path_factory.mktemp("web") / "impasse.db"
    url = f"sqlite:///{file}"
    prepare(Settings(database_url=url), clock=lambda: MONDAY)
    database = open_database(url)
    with Session(database) as session:
        for key, nl, en, organisation, roles in PEOPLE:
            session.add(
                PersonRow(
                    id=key,
                    name=f"Naam van {key}",
                    function_nl=nl,
                    function_en=en,
                    organisation_id=organisation,
                    roles=roles,
                    demonstration=True,
                )
            )
        session.add(
            PersonRow(
                id="echt",
                name="Een echt mens",
                function_nl="Liaison",
                function_en="Liaison officer",
                organisation_id="gm0363",
                roles="liaison_officer",
            )
        )
        session.commit()
    database.dispose()
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return file


@pytest.fixture
def watch() -> Watch:
    return Watch(MONDAY)


@pytest.fixture
def house(tmp_path: Path, _prepared: Path, watch: Watch) -> Iterator[House]:
    """A house of this test alone."""
    from impasse.settings import Settings
    from impasse.wiring import build

    file = tmp_path / "impasse.db"
    shutil.copyfile(_prepared, file)
    house = build(Settings(database_url=f"sqlite:///{file}"), clock=watch)
    yield house
    house.close()


@pytest.fixture
def app(house: House):
    from impasse.web.app import create_web

    return create_web(house, demo=True)


@pytest.fixture
def browser(app) -> Browser:
    """A browser in which nobody is signed in."""
    return Browser(app)


@pytest.fixture
def as_(app) -> Callable[[str], Browser]:
    """A browser in which somebody is signed in: `as_("lotte")`."""
    return lambda person: Browser(app).sign_in(person)


@pytest.fixture
def open_case(house: House) -> Callable[..., str]:
    """Open a case as the secretariat, and return its number."""
    from impasse.domain.case import Party
    from impasse.domain.commands import OpenCase, SignalReport
    from impasse.domain.people import Actor, Role
    from impasse.domain.signals import Reliability

    secretariat = Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")

    def open_(
        title: str = "Waterberging of woningbouw in de Zandmeerpolder",
        parties: tuple[str, ...] = ("gm0363", "ws0155"),
        *,
        regions: tuple[str, ...] = ("Noord-Holland",),
        reasons: tuple[str, ...] = (),
        policy_area: str = "water",
        follows: str = "interbestuurlijke-impasse",
        **more: object,
    ) -> str:
        organisations = [house.views.organisation(key) for key in parties]
        today = house.calendar.local_day(house.clock())
        procedure = house.procedures.latest(follows, today)
        return house.engine.handle(
            OpenCase(
                title,
                tuple(Party(o.id, o.name, o.layer) for o in organisations),
                tuple(
                    SignalReport(code, Reliability.DOCUMENT, parties[0], today) for code in reasons
                ),
                procedure.name,
                procedure.version,
                policy_area=policy_area,
                regions=regions,
                **more,
            ),
            secretariat,
        ).subject

    return open_


@pytest.fixture
def plan_meeting(house: House) -> Callable[[date], str]:
    """Plan a meeting as the secretariat."""
    from impasse.domain.commands import PlanMeeting
    from impasse.domain.people import Actor, Role

    secretariat = Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")

    def plan(day: date) -> str:
        command = PlanMeeting(day, time(13), time(16), "Den Haag", day - timedelta(days=7))
        return house.engine.handle(command, secretariat).subject

    return plan
