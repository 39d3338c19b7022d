"""A real Chromium on a real server: what the tests of pages as people meet them ask for."""

from __future__ import annotations

import shutil
import threading
import time
from datetime import UTC, date, datetime
from datetime import time as clock_time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from impasse.wiring import House

TODAY = datetime(2026, 10, 13, 9, 0, tzinfo=UTC)
PEOPLE = (
    ("sam", "Secretaris", "Secretary", "mnre1034", "secretariat"),
    ("lotte", "Liaison van de gemeente", "Municipal liaison", "gm0363", "liaison_officer"),
    ("wanda", "Liaison van het waterschap", "Water liaison", "ws0155", "liaison_officer"),
    ("ben", "Bemiddelaar", "Mediator", "mnre1034", "mediator"),
)
CASES = (
    (8, 3, "Windpark en laagvliegroute", ("mnre1034", "pv24", "gm0034"), ("Flevoland",), "energie",
     ("A1", "R1", "G1", "E1", "U1")),
    (9, 1, "Tekort aan jeugdhulp met verblijf", ("mnre1034", "gm0363"), ("Noord-Holland",), "zorg",
     ("G1",)),
    (9, 25, "Dijkversterking en een nieuwe wijk", ("gm0363", "ws0155"), ("Noord-Holland",), "water",
     ("A1", "R3")),
    (10, 1, "Verantwoording van de uitkering voor klimaatadaptatie", ("mnre1034", "gm0363",
     "ws0155"), (), "klimaat", ("A3",)),
    (10, 9, "Netaansluiting van een bedrijvenpark", ("pv26", "gm0344"), ("Utrecht",), "energie",
     ()),
)  # fmt: skip


def chromium_path() -> str:
    """Return the Chromium of this machine, or "" for the one that Playwright brought."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or ""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A Chromium without windows; the test is skipped only where there is none at all."""
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=chromium_path() or None, args=["--no-sandbox"]
            )
        except Error as error:
            pytest.skip(f"There is no Chromium on this machine: {str(error).splitlines()[0]}")
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house with people and cases, some late, one paused, one a lesson."""
    from impasse.adapters.sql.people import add_person
    from impasse.domain.people import Person, Role
    from impasse.domain.text import Text
    from impasse.settings import Settings
    from impasse.wiring import build, prepare

    settings = Settings(database_url=f"sqlite:///{tmp_path_factory.mktemp('browser')}/impasse.db")
    # Procedures hold from before the first case.
    prepare(settings, clock=lambda: datetime(2026, 1, 5, 9, 0, tzinfo=UTC))
    moment = [TODAY]
    house = build(settings, clock=lambda: moment[0])
    for key, nl, en, organisation, role in PEOPLE:
        add_person(
            house.database,
            Person(key, key, Text(nl, en), organisation, frozenset({Role(role)})),
            demonstration=True,
        )
    for month, day, *case in CASES:
        moment[0] = datetime(2026, month, day, 9, 0, tzinfo=UTC)
        _open(house, *case)
    _lesson_and_meeting(house)
    _without_spaces(house)
    moment[0] = TODAY
    yield house
    house.close()


def _open(house: House, *of: object, visibility: object = None) -> str:
    from impasse.domain.case import Party
    from impasse.domain.commands import OpenCase, SignalReport
    from impasse.domain.signals import Reliability

    title, parties, regions, policy_area, reasons = of
    organisations = [house.views.organisation(key) for key in parties]
    today = house.calendar.local_day(house.clock())
    procedure = house.procedures.latest("interbestuurlijke-impasse", today)
    return house.engine.handle(
        OpenCase(
            title,
            tuple(Party(o.id, o.name, o.layer) for o in organisations),
            tuple(SignalReport(code, Reliability.DOCUMENT, parties[0], today) for code in reasons),
            procedure.name,
            procedure.version,
            policy_area=policy_area,
            regions=regions,
            visibility=visibility,
        ),
        _secretariat(),
    ).subject


def _lesson_and_meeting(house: House) -> None:
    from impasse.domain.case import ConfirmationKind, Visibility
    from impasse.domain.commands import Appoint, Confirm, MakeMove, PlanMeeting

    parties = ("mnre1034", "gm0363")
    _open(house, "Een oude les", parties, (), "zorg", (), visibility=Visibility.LESSON)
    second = house.views.cases(_secretariat())[1].id
    house.engine.handle(Appoint(second, "handler", "sam"), _secretariat())
    house.engine.handle(MakeMove(second, "start_fact_finding", "gehoord"), _secretariat())
    paused = _open(house, "Bodemdaling en funderingen", ("pv21", "gm0363"), ("Fryslân",), "wonen",
                   ("A3",))  # fmt: skip
    for party in ("pv21", "gm0363"):
        house.engine.handle(
            Confirm(paused, ConfirmationKind.STANDSTILL, party, "brief"), _secretariat()
        )
    house.engine.handle(
        MakeMove(paused, "pause", "wacht op een besluit", date(2026, 11, 20)), _secretariat()
    )
    meeting = PlanMeeting(
        date(2026, 11, 5), clock_time(13), clock_time(16), "Den Haag", date(2026, 10, 29)
    )
    house.engine.handle(meeting, _secretariat())


LONG = (
    "https://open.overheid.example/documenten/kamerstukken/2026/10/09/"
    "brief-over-de-uitvoering-van-het-bestuursakkoord-en-de-verdeling-van-de-middelen.pdf"
)
"""What people paste: an address without a place to break it."""


def _without_spaces(house: House) -> None:
    """A case in which everything that people write is one long word."""
    from impasse.domain.case import ConfirmationKind, Party
    from impasse.domain.commands import (
        CloseSignal,
        CompleteTask,
        Confirm,
        MakeMove,
        OpenCase,
        RaiseTier,
        RecordEvent,
        SignalReport,
        WithdrawTask,
    )
    from impasse.domain.people import Layer
    from impasse.domain.signals import Reliability
    from impasse.domain.tier import Tier

    word = "Samenwerkingsovereenkomstuitvoeringsverantwoordelijkheid"
    today = house.calendar.local_day(house.clock())
    procedure = house.procedures.latest("interbestuurlijke-impasse", today)
    report = SignalReport("A1", Reliability.DOCUMENT, "gm0363", today, LONG)
    opening = OpenCase(
        word * 3,
        (
            Party("gm0363", "Amsterdam", Layer.MUNICIPALITY),
            Party("pv27", "Noord-Holland", Layer.PROVINCE),
            Party("x-lang", word * 2, Layer.OTHER, word),
        ),
        (report, report),
        procedure.name,
        procedure.version,
        summary=LONG,
        policy_area=word,
        regions=(word,),
    )
    case = house.engine.handle(opening, _secretariat()).subject
    for command in (
        Confirm(case, ConfirmationKind.VIEW, "gm0363", LONG),
        Confirm(case, ConfirmationKind.VIEW, "x-lang", LONG),
        Confirm(case, ConfirmationKind.FACT_REPORT, "", LONG),
        CloseSignal(case, "S2", today, note=LONG),
        RecordEvent(case, LONG, today, by=word, source=LONG),
        RecordEvent(case, word, today, by=word, source=f"{word} {LONG}"),
        MakeMove(case, "start_fact_finding", LONG),
        CompleteTask(case, "2-statement-1", note=LONG),
        WithdrawTask(case, "2-statement-2", LONG),
        RaiseTier(case, Tier.OVERHEDENOVERLEG, LONG),
    ):
        house.engine.handle(command, _secretariat())


def _secretariat():
    from impasse.domain.people import Actor, Role

    return Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")


@pytest.fixture(scope="session")
def address(living: House) -> Iterator[str]:
    """The address at which the pages are served."""
    import uvicorn

    from impasse.web.app import create_web

    config = uvicorn.Config(
        create_web(living, demo=True), port=0, log_level="warning", lifespan="off", ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(200):
        if server.started:
            break
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def open_page(chromium: Browser, address: str, living: House) -> Iterator[Callable[..., Page]]:
    """Open a page as somebody: `open_page("/impasses", "sam", width=390, theme="dark")`."""
    from impasse.adapters.identity.secrets import begin_session

    contexts = []

    def open_(path: str, person: str = "", *, width: int = 1440, theme: str = "light",
              language: str = "nl", scripts: bool = True) -> Page:  # fmt: skip
        context = chromium.new_context(
            base_url=address,
            viewport={"width": width, "height": 900 if width > 760 else 844},
            color_scheme=theme,
            # Otherwise axe may look while a colour is still changing.
            reduced_motion="reduce",
            java_script_enabled=scripts,
            locale="nl-NL" if language == "nl" else "en-GB",
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("console", lambda said: _note(page, said))
        if person:
            secret = begin_session(living.database, person, at=living.clock(), hours=8)
            context.add_cookies([{"name": "impasse", "value": secret, "url": address}])
        joint = "&" if "?" in path else "?"
        page.goto(f"{path}{joint}taal={language}")
        return page

    yield open_
    for context in contexts:
        context.close()


def _note(page: Page, said: object) -> None:
    """Keep what the browser complains of, such as something that the policy forbids."""
    if said.type == "error" and "404" not in said.text and "422" not in said.text:
        page.faults.append(said.text)
