"""A digest by e-mail: once a day, ordered, looked at again when it leaves, and none when empty."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from builders import Procedures, Running, a_report, rows, running, shipped_parts
from impasse.adapters.channels.chat_address import ChatAddresses
from impasse.adapters.identity.factor import Seal
from impasse.adapters.sql.database import writing
from impasse.adapters.sql.digest import Digests
from impasse.adapters.sql.digests import DigestRounds, _delivery
from impasse.adapters.sql.mail_budget import mail_budget
from impasse.adapters.sql.notification_settings import save_settings
from impasse.adapters.sql.people import change_person
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import DeliveryRow, DigestRow, NotificationRow
from impasse.adapters.sql.views import Views
from impasse.domain.commands import RaiseTier, ReportSignal
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.notification import DigestWish, NotificationSettings
from impasse.domain.people import Actor, Role
from impasse.domain.tier import Tier
from impasse.engine.outbox import EMAIL, Answer, judge
from runs import a_run, put_run
from telling import calendar, claim, deliveries, notifications, posts, settle_in, somebody, tell

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_CHAT = ChatAddresses(Seal(None), frozenset())
MORNING = datetime(2026, 9, 8, 8, 30, tzinfo=AMSTERDAM).astimezone(UTC)
LIAISON = Actor("amsterdam", "gm0363", frozenset({Role.LIAISON_OFFICER}), "web")
SECRETARY = Actor("secretary", "mnre1034", frozenset({Role.SECRETARIAT}), "web")


@pytest.fixture
def house(sqlite_url: str) -> Iterator[Running]:
    """A house with people and a case of which they were told, on the day before."""
    with running(sqlite_url) as house:
        settle_in(house)
        (case,) = house.open_cases()
        house.engine.handle(ReportSignal(case, a_report()), LIAISON)
        tell(house)
        yield house


def rounds(house: Running) -> DigestRounds:
    procedures: Procedures = shipped_parts()[0]
    made = Digests(house.database, Views(house.database), procedures)  # type: ignore[arg-type]
    return DigestRounds(house.database, made, calendar, (EMAIL,))


def kept(house: Running, person: str = "") -> list[Any]:
    return [row for row in rows(house.database, DigestRow, "day") if person in {"", row.person_id}]


def digest_of(house: Running, person: str) -> list[Any]:
    """Claim the digest of somebody; return its lines."""
    with writing(house.database) as connection:
        # What else waits is of no interest here.
        connection.execute(
            update(table(DeliveryRow))
            .where(table(DeliveryRow).c.notification_id.is_not(None))
            .values(state="sent")
        )
    parcel = claim(house, person)
    if parcel is None:
        return []
    assert parcel.content.digest  # type: ignore[union-attr]
    return list(parcel.content.lines)  # type: ignore[union-attr]


def test_everybody_gets_one_in_the_morning_and_no_second(database_url: str) -> None:
    with running(database_url) as house:
        settle_in(house)
        house.open_cases()
        tell(house)
        house.clock.at = MORNING - timedelta(minutes=1)
        assert rounds(house).look(house.clock()) == 0
        house.clock.at = MORNING
        made = rounds(house).look(house.clock())
        assert made == len(kept(house)) == 9  # everybody but the supervisor
        assert rounds(house).look(house.clock()) == 0
        lines = digest_of(house, "sam")
        assert {line.rule for line in lines} <= {"waits_on_you", "waits_on_others", "changed"}
        assert all(line.why.nl for line in lines)


def test_who_wants_no_mail_of_its_own_finds_in_it_what_asks_for_something(house: Running) -> None:
    save_settings(house.database, "sam", NotificationSettings(email=False), MORNING, chats=NO_CHAT)
    house.clock.at = MORNING
    rounds(house).look(house.clock())
    first, *_ = digest_of(house, "sam")
    assert (first.rule, first.reason.nl) == ("waits_on_you", "Er is een signaal gemeld.")


def test_one_for_whom_there_is_nothing_gets_none(house: Running) -> None:
    house.clock.at = MORNING
    rounds(house).look(house.clock())
    (mine,) = kept(house, "utrecht")
    assert mine.items == 0
    assert deliveries(house, "utrecht") == []


def test_first_what_waits_on_you_and_then_what_changed(house: Running) -> None:
    (case,) = {row.subject for row in notifications(house)}
    house.engine.handle(RaiseTier(case, Tier.OVERHEDENOVERLEG, "Geheim van niemand."), SECRETARY)
    house.engine.handle(ReportSignal(case, a_report()), LIAISON)
    tell(house)
    house.clock.at = MORNING
    rounds(house).look(house.clock())
    lines = digest_of(house, "sam")
    order = [line.rule for line in lines]
    groups = ["waits_on_you", "waits_on_others", "changed", "undeliverable"]
    assert order == sorted(order, key=groups.index)
    told = {line.reason.nl for line in lines}
    assert "Beslis over de agenda" in told
    assert "Er is een signaal bijgekomen." in told
    # Neither what people wrote, nor what a signal says.
    assert "Geheim" not in repr([line for line in lines if line.rule == "waits_on_you"])
    assert "afspraak" not in repr(lines)


def test_an_escalation_without_answer_is_a_line_each_day_for_who_was_told(house: Running) -> None:
    case = notifications(house)[0].subject
    put_run(house.database, case, a_run(house.clock()))
    with writing(house.database) as connection:
        connection.execute(
            update(table(NotificationRow))
            .where(table(NotificationRow).c.person_id == "amsterdam")
            .values(run=f"{case}:E1")
        )
    for days in range(2):
        house.clock.at = MORNING + timedelta(days=days)
        rounds(house).look(house.clock())
        mine, theirs = digest_of(house, "amsterdam"), digest_of(house, "holland")
        told = "Opschaling: Ontvangst. Er is nog geen antwoord."
        assert (mine[0].rule, mine[0].reason.nl) == ("waits_on_you", told)
        assert told not in {line.reason.nl for line in theirs}
        assert "waits_on_others" in {line.rule for line in theirs}


def test_a_jump_of_a_week_brings_one_digest(house: Running) -> None:
    house.clock.at = MORNING
    looking = rounds(house)
    looking.look(house.clock())
    house.clock.goes_on(days=7, hours=1)
    looking.look(house.clock())
    looking.look(house.clock())
    assert len(kept(house, "sam")) == 2


def test_who_knows_person_and_day_cannot_tell_the_number_of_a_digest(house: Running) -> None:
    # It is the Message-ID, with which a stranger could report that it bounced.
    house.clock.at = MORNING
    due = rounds(house)._due(house.clock())[1]
    assert len({_delivery(due[0], house.clock())["bundle"] for _ in range(2)}) == 2


def test_killed_before_it_was_durable_it_is_made_again_and_after_it_is_not(house: Running) -> None:
    house.clock.at = MORNING
    first = rounds(house)
    due = first._due(house.clock())[1]
    assert rounds(house).look(house.clock()) == len(due)
    again = [first._make(one, SECRETARY, house.clock()) for one in due]
    assert set(again) == {0}
    assert len(kept(house)) == len(due)
    assert len([row for row in deliveries(house, "sam") if row.bundle]) == 1


def test_what_one_may_not_see_any_more_is_not_in_it_when_it_leaves(house: Running) -> None:
    house.engine.handle(ReportSignal(notifications(house)[0].subject, a_report()), LIAISON)
    tell(house)
    house.clock.at = MORNING
    rounds(house).look(house.clock())
    assert kept(house, "holland")[0].items > 0
    change_person(house.database, somebody("holland", "gm0344", Role.LIAISON_OFFICER))
    assert digest_of(house, "holland") == []
    assert "lapsed" in {row.state for row in deliveries(house, "holland")}


def test_who_wants_none_gets_none_and_the_weekly_one_comes_on_monday(house: Running) -> None:
    none, weekly = DigestWish.NONE, DigestWish.WEEKLY
    save_settings(house.database, "sam", NotificationSettings(digest=none), MORNING, chats=NO_CHAT)
    save_settings(
        house.database, "sara", NotificationSettings(digest=weekly), MORNING, chats=NO_CHAT
    )
    for days in range(7):
        house.clock.at = MORNING + timedelta(days=days)
        rounds(house).look(house.clock())
    assert kept(house, "sam") == []
    assert [(row.kind, row.day.isoformat()) for row in kept(house, "sara")] == [
        ("weekly", "2026-09-14")
    ]


def test_the_mails_of_a_week_are_counted_per_person_and_name_no_case(house: Running) -> None:
    house.clock.at = MORNING
    rounds(house).look(house.clock())
    for _ in range(3):
        parcel = claim(house, "sam")
        if parcel is not None:
            answer = Answer(250, accepted=True)
            outcome = judge(parcel, answer, house.clock(), lambda: 0.0)
            posts(house).settle(parcel, answer, outcome, house.clock())
    found = mail_budget(house.database, house.clock())
    assert dict(found.mails)["sam"] == 2  # one with what asked for something, and the digest
    assert found.over == ()
    assert "IMP-" not in repr(found)
    assert mail_budget(house.database, house.clock() + timedelta(days=7)).mails == ()
