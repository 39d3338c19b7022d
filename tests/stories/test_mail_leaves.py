"""What was promised leaves as e-mail: once per person, and without content."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from builders import PROCEDURE, SECRETARY, HandClock, a_report, an_opening, running
from impasse.adapters.channels.email import EmailChannel
from impasse.adapters.channels.mail_message import Sender
from impasse.adapters.channels.mail_server import MailServer, Security
from impasse.adapters.sql.notifying import Notifying
from impasse.adapters.sql.outbox import SqlOutbox
from impasse.engine.outbox import EMAIL, DeliveryState, PersonalRoad, deliver_due
from impasse.settings import Settings
from impasse.wiring import build, build_tick, prepare
from mail_relay import relay
from telling import calendar, deliveries, notifications, posts, settle_in, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from builders import Running
    from impasse.engine.outbox import Answer, Parcel
    from impasse.wiring import House
    from mail_relay import Relay

PEOPLE = ("amsterdam", "holland", "lisa", "sam", "sara")
"""Who speak for the parties, and the secretariat: they hear of a new signal."""

QUARTER = timedelta(minutes=15)
SECRET = "de wethouder dreigde met de rechter"


@pytest.fixture
def house(sqlite_url: str) -> Iterator[Running]:
    """A house in which a signal was reported, and the e-mail about it is due."""
    with running(sqlite_url) as house:
        settle_in(house)
        house.engine.handle(an_opening(signals=(a_report(SECRET),)), SECRETARY)
        tell(house)
        house.clock.at += QUARTER
        yield house


class _NoWebhooks:
    """There are no webhooks in these stories."""

    def send(self, parcel: Parcel, at: datetime) -> Answer:
        """Never asked."""
        raise AssertionError((parcel, at))


def post_round(house: Running, port: int) -> int:
    """Deliver all that is due, as the worker does; return how many attempts were made."""
    server = MailServer("127.0.0.1", port, Security.NONE, timeout_seconds=5)
    sender = Sender("impasse@overheid.example", "impasse", "https://impasse.example")
    return deliver_due(
        SqlOutbox(house.database, Notifying(calendar, (EMAIL,))),
        _NoWebhooks(),
        house.clock,
        lambda: 0.0,
        personal=[PersonalRoad(posts(house), EmailChannel(server, sender))],
    )


def state_of(house: Running, person: str) -> DeliveryState:
    """How the e-mail to somebody stands."""
    [row] = deliveries(house, person)
    return DeliveryState(row.state)


def test_half_of_the_people_are_refused_and_nobody_reads_of_another(house: Running) -> None:
    with relay() as server:
        server.at_recipient = lambda address: (
            "550 5.1.1 unknown" if address == "lisa@example.org" else None
        )
        post_round(house, server.port)

    got = Counter(address for letter in server.letters for address in letter.recipients)
    assert got == {f"{person}@example.org": 1 for person in PEOPLE if person != "lisa"}
    assert state_of(house, "lisa") is DeliveryState.FAILED
    assert state_of(house, "amsterdam") is DeliveryState.SENT
    for letter in server.letters:
        assert letter.message["To"] == letter.recipients[0]
        others = set(PEOPLE) - {letter.recipients[0].partition("@")[0]}
        assert not any(f"{other}@".encode() in letter.content for other in others)
        words = letter.message.get_body(("plain",)).get_content()
        assert "Wie betaalt brug 0?" in words
        assert SECRET not in words
        assert SECRET not in letter.message.get_body(("html",)).get_content()


def test_a_server_that_was_down_loses_nothing_and_doubles_nothing(house: Running) -> None:
    with relay() as gone:
        pass
    post_round(house, gone.port)
    assert {state_of(house, person) for person in PEOPLE} == {DeliveryState.RETRYING}

    house.clock.at += timedelta(minutes=1)
    with relay() as server:
        post_round(house, server.port)
        house.clock.at += timedelta(hours=1)
        assert post_round(house, server.port) == 0

    assert {state_of(house, person) for person in PEOPLE} == {DeliveryState.SENT}
    assert len(server.letters) == len(PEOPLE)
    assert len({letter.message["Message-ID"] for letter in server.letters}) == len(PEOPLE)


def test_a_line_that_broke_after_the_letter_brings_it_again_as_the_same_letter(
    house: Running,
) -> None:
    with relay() as server:
        server.hang_up = True
        post_round(house, server.port)
        server.hang_up = False
        house.clock.at += timedelta(minutes=1)
        post_round(house, server.port)

    came = Counter((one.recipients[0], one.message["Message-ID"]) for one in server.letters)
    assert len(came) == len(PEOPLE)
    assert set(came.values()) == {2}


def test_without_a_mail_server_nothing_waits_for_one_and_with_it_the_worker_sends(
    tmp_path: Path,
) -> None:
    clock = HandClock()
    without = Settings(database_url=f"sqlite:///{tmp_path / 'impasse.db'}")
    prepare(without, clock=clock)
    house = build(without, clock=clock)
    settle_in(house)
    working(house, clock, lambda: bool(notifications(house, "lisa")))
    house.close()
    assert not deliveries(house, "lisa")

    with relay() as server:
        settings = Settings(
            database_url=without.database_url,
            public_url="https://impasse.example",
            smtp_host="127.0.0.1",
            smtp_port=server.port,
            smtp_security="none",
            mail_from="impasse@overheid.example",
        )
        house = build(settings, clock=clock)
        working(house, clock, lambda: told_of(server, "IMP-2026-0002") >= set(PEOPLE))
        house.close()


def told_of(server: Relay, case: str) -> set[str]:
    """Who got a letter with a link to *case*."""
    link = f"https://impasse.example/impasses/{case}"
    return {
        letter.recipients[0].partition("@")[0]
        for letter in server.letters
        if link in letter.message.get_body(("plain",)).get_content()
    }


def working(house: House, clock: HandClock, enough: Callable[[], bool]) -> None:
    """Report a signal, and let the worker go round, the clock ahead, until it is *enough*."""
    opening = replace(an_opening(), workflow_version=current(house))
    house.engine.handle(opening, SECRETARY)
    tick = build_tick(house)
    tick.start()
    try:
        until = time.monotonic() + 20
        while not enough() and time.monotonic() < until:
            clock.goes_on(minutes=16)
            tick.post()
            time.sleep(0.1)
    finally:
        tick.stop()
    assert enough()


def current(house: House) -> str:
    """The version of the procedure that is in force."""
    day = house.calendar.local_day(house.clock())
    versions = [row.version for row in house.procedures.versions(day) if row.name == PROCEDURE]
    return max(versions, key=int)
