"""What programs ask for runs on either database: numbers, feeds, digests and events."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from builders import SECRETARY, running, shipped_parts
from impasse.adapters.exports.case_events import as_records, case_events
from impasse.adapters.exports.metrics import Metrics
from impasse.adapters.exports.term_calendar import deadlines, term_calendar
from impasse.adapters.identity.feeds import feed_of, make_feed, reader_of, revoke_feed
from impasse.adapters.sql.digest import Digests
from impasse.adapters.sql.people import add_person
from impasse.adapters.sql.views import Views
from impasse.domain.people import Person, Role
from impasse.domain.text import same

AT = datetime(2026, 9, 7, 9, tzinfo=UTC)


@pytest.fixture
def house(database_url):
    """Two cases, and the secretary who opened them."""
    with running(database_url) as found:
        roles = frozenset({Role.SECRETARIAT})
        add_person(found.database, Person("secretary", "S.", same("secretaris"), "mnre1034", roles))
        found.open_cases(2)
        yield found


def test_the_numbers_are_read_from_either_database(house) -> None:
    def number(name: str, at: datetime) -> float:
        text = Metrics(house.database, lambda: at, "1").text().decode()
        [line] = [one for one in text.splitlines() if one.startswith(f"{name} ")]
        return float(line.split()[1])

    later = AT + timedelta(days=40)
    assert number("impasse_timers_late", AT) == 0
    assert number("impasse_timers_late", later) >= 2
    assert number("impasse_timers_late_seconds", later) > 3600
    assert number("impasse_outbox_waiting", AT) >= 2
    assert number("impasse_outbox_oldest_seconds", later) == 40 * 24 * 3600


def test_a_feed_is_made_read_and_revoked_on_either_database(house) -> None:
    secret = make_feed(house.database, "secretary", at=AT)
    assert reader_of(house.database, secret, at=AT).id == "secretary"
    assert feed_of(house.database, "secretary").last_used_at == AT
    revoke_feed(house.database, "secretary", at=AT)
    assert reader_of(house.database, secret, at=AT) is None


def test_digest_events_and_calendar_come_from_either_database(house) -> None:
    procedures, calendar, _ = shipped_parts()
    views = Views(house.database)
    digests = Digests(house.database, views, procedures)
    today = date(2026, 9, 7)

    found = digests.of(SECRETARY, since=today, today=today, calendar=calendar)
    assert {one.case for one in found.changed} == {line.id for line in views.cases(SECRETARY)}
    assert {one.day for one in found.changed} == {today}
    later = today + timedelta(days=1)
    assert digests.of(SECRETARY, since=later, today=later, calendar=calendar).changed == ()

    events = [*as_records(case_events(house.database, SECRETARY))]
    assert {one["activity"] for one in events} >= {"case_opened"}
    nobody = replace(SECRETARY, roles=frozenset({Role.ADMINISTRATOR}))
    assert case_events(house.database, nobody) == []

    terms = deadlines(views, procedures, SECRETARY)
    written = term_calendar(
        terms, calendar=calendar, at=AT, language="nl", source="1", address="https://i.example"
    )
    assert written.count(b"BEGIN:VEVENT") == len(terms) == 2
