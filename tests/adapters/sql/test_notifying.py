"""Persons are told once, in the inbox at once, and by e-mail when it asks for something."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, insert, update

from builders import MONDAY, SECRETARY, Running, a_report, messages, running
from impasse.adapters.channels.chat_address import ChatAddresses
from impasse.adapters.identity.factor import Seal
from impasse.adapters.sql.announcing import announce
from impasse.adapters.sql.database import writing
from impasse.adapters.sql.notification_settings import save_settings
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.tables import OutboxRow
from impasse.domain.commands import Appoint, RaiseTier, ReportSignal
from impasse.domain.history import canonical
from impasse.domain.notification import NotificationSettings
from impasse.domain.people import Actor, Role
from impasse.domain.text import Text
from impasse.domain.tier import Tier
from impasse.engine.outbox import CHAT, EMAIL, INBOX
from telling import (
    PEOPLE,
    deliveries,
    notifications,
    settle_in,
    somebody,
    tell,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

AMSTERDAM = Actor("amsterdam", "gm0363", frozenset({Role.LIAISON_OFFICER}), "web")


@pytest.fixture
def house(sqlite_url: str) -> Iterator[Running]:
    """A house with people."""
    with running(sqlite_url) as house:
        settle_in(house)
        yield house


def told(house: Running) -> list[tuple[str, str]]:
    """Who was told what, by the last word of its type."""
    return sorted((row.person_id, row.type.rpartition(".")[2]) for row in notifications(house))


def report(house: Running, case: str) -> None:
    house.engine.handle(ReportSignal(case, a_report()), AMSTERDAM)


def test_a_new_case_is_told_to_its_parties_and_the_secretariat(database_url: str) -> None:
    with running(database_url) as house:
        settle_in(house)
        (case,) = house.open_cases()
        tell(house)
        people = ["amsterdam", "holland", "lisa", "sam", "sara"]
        assert told(house) == [(person, "case-opened") for person in people]
        (mine,) = notifications(house, "amsterdam")
        assert (mine.subject, mine.rule) == (case, "interbestuurlijke-impasse@2")
        assert mine.why_nl == "U bent liaison van Amsterdam, partij in deze zaak."
        assert mine.otherwise_nl.startswith("Zonder reactie")
        # The inbox has it at once; the e-mail waits for what comes soon after.
        (inbox,) = deliveries(house, "amsterdam", INBOX)
        (mail,) = deliveries(house, "amsterdam")
        assert inbox.state == "delivered"
        assert (mail.state, mail.next_at) == ("waiting", MONDAY + timedelta(minutes=15))


def test_news_is_no_mail_and_whoever_brought_it_does_not_hear_of_it(house: Running) -> None:
    (case,) = house.open_cases()
    tell(house)
    report(house, case)
    tell(house)
    heard = [person for person, kind in told(house) if kind == "signal-reported"]
    assert heard == ["holland", "lisa", "sam", "sara"]
    assert len(deliveries(house, "holland")) == 1
    assert len(deliveries(house, "holland", INBOX)) == 2


def test_the_handler_hears_alone_for_the_secretariat(house: Running) -> None:
    (case,) = house.open_cases()
    house.engine.handle(Appoint(case, "handler", "sara"), SECRETARY)
    report(house, case)
    tell(house)
    heard = [person for person, kind in told(house) if kind == "signal-reported"]
    assert heard == ["holland", "lisa", "sara"]


def test_the_same_told_again_before_it_left_is_one_with_the_newest_words(house: Running) -> None:
    (case,) = house.open_cases()
    tell(house)
    for _ in range(3):
        report(house, case)
        tell(house)
        house.clock.goes_on(minutes=2)
    assert sorted(row.repeats for row in notifications(house, "holland")) == [0, 2]
    house.clock.goes_on(minutes=20)
    report(house, case)
    tell(house)
    assert sorted(row.repeats for row in notifications(house, "holland")) == [0, 0, 2]


def test_of_two_tasks_or_two_sides_at_once_neither_hides_the_other(house: Running) -> None:
    (case,) = house.open_cases()
    tell(house)
    names = [{"person": "sam", "why": {"nl": "Dienst.", "en": "On duty."}}]
    for number, kind in enumerate(("task-due", "task-due", "escalation-undelivered"), 1):
        words = {"reason_nl": f"Over {number}.", "type": f"nl.impasse.case.{kind}"}
        _send_to(house, case, names, id=f"{case}-9-{number}", **words)
    _send_to(house, case, names, id=f"{case}-9-9", **words)
    tell(house)
    told_sam = {row.reason_nl: row.repeats for row in notifications(house, "sam")}
    assert {told_sam[f"Over {number}."] for number in (1, 2)} == {0}
    assert told_sam["Over 3."] == 1


def test_what_is_told_in_quiet_hours_is_held_for_the_morning(house: Running) -> None:
    house.clock.goes_on(hours=9)  # eight in the evening
    house.open_cases()
    tell(house)
    (mail,) = deliveries(house, "amsterdam")
    assert mail.state == "held"
    assert mail.next_at == MONDAY.replace(hour=6) + timedelta(days=1)


def test_somebody_elses_hours_are_somebody_elses(house: Running) -> None:
    at_night = NotificationSettings(email=False, chat="mmosts://chat.example.org/x")
    chats = ChatAddresses(Seal("a key of thirty-two signs or more"), frozenset({"mmosts"}))
    save_settings(house.database, "lisa", at_night, MONDAY, chats=chats)
    house.open_cases()
    tell(house, EMAIL, CHAT)
    assert deliveries(house, "lisa") == []
    assert [row.state for row in deliveries(house, "lisa", CHAT)] == ["waiting"]


def test_a_house_without_a_mail_server_owes_nobody_an_e_mail(house: Running) -> None:
    house.open_cases()
    tell(house, "nothing")
    assert deliveries(house, "amsterdam") == []
    assert len(deliveries(house, "amsterdam", INBOX)) == 1


def test_one_without_an_address_has_the_inbox_and_the_administrator_hears_once(
    sqlite_url: str,
) -> None:
    with running(sqlite_url) as house:
        others = [one for one in PEOPLE if one.id != "lisa"]
        settle_in(house, [*others, somebody("lisa", "gm0363", Role.LIAISON_OFFICER, email="")])
        for _ in range(2):
            house.open_cases()
            tell(house)
        assert len(deliveries(house, "lisa", INBOX)) == 2
        failed = deliveries(house, "lisa")
        assert {row.state for row in failed} == {"failed"}
        assert {row.failure for row in failed} == {"this person has no e-mail address"}
        assert told(house).count(("bea", "destination-failing")) == 1


def test_an_announcement_reaches_those_who_are_named(house: Running) -> None:
    words = Text("De waakhond slaat aan.", "The watchdog raises the alarm.")
    with writing(house.database) as connection:
        announce(
            connection,
            key="test",
            type="watchdog-alarm",
            to=["bea", "toos", "nobody"],
            reason=words,
            why=words,
            at=house.clock(),
        )
    house.clock.goes_on(hours=12)
    tell(house)
    assert told(house) == [("bea", "watchdog-alarm")]
    # It is urgent: it waits for nothing.
    assert [row.next_at for row in deliveries(house, "bea")] == [house.clock()]


def test_spreading_takes_few_statements_however_many_messages_there_are(house: Running) -> None:
    counts = []
    for cases in (1, 40):
        house.open_cases(cases)
        asked: list[str] = []

        def keep(*given: object, asked: list[str] = asked) -> None:
            asked.append(str(given[2]))

        event.listen(house.database, "before_cursor_execute", keep)
        tell(house)
        event.remove(house.database, "before_cursor_execute", keep)
        counts.append(len(asked))
    assert counts[1] <= counts[0] + 2
    assert counts[0] <= 25


def test_a_message_to_who_may_not_know_the_case_names_it_nowhere(house: Running) -> None:
    (case,) = house.open_cases()
    tell(house)
    names = [{"person": "utrecht", "why": {"nl": "Groep.", "en": "Group."}, "knows": False}]
    _send_to(house, case, names)
    tell(house)
    (row,) = notifications(house, "utrecht")
    values = {name: value for name, value in row._mapping.items() if name != "message_id"}
    assert case not in repr(values)
    assert "brug" not in repr(values)
    assert row.subject == ""


def _send_to(house: Running, case: str, names: list[dict[str, object]], **other: object) -> None:
    """Put a message about *case* into the outbox that names persons."""
    values = dict(messages(house.database)[0]._mapping)
    values |= {
        "id": f"{case}-9-1",
        "type": "nl.impasse.case.mail-quarantined",
        "notify": "[]",
        "addressees": canonical(names),  # type: ignore[arg-type]
        "spread_at": None,
        "by": "",
        "reason_nl": "Over brug 0.",
        "reason_en": "About bridge 0.",
        **other,
    }
    with writing(house.database) as connection:
        connection.execute(insert(table(OutboxRow)).values(values))


@pytest.mark.parametrize(
    "damage",
    [
        {"notify": '["emperor"]'},
        {"notify": "{"},
        {"addressees": '[{"person": "sam"}]'},
        {"subject": "IMP-2026-9999"},
    ],
)
def test_a_damaged_message_holds_up_no_other(house: Running, damage: dict[str, str]) -> None:
    (case,) = house.open_cases()
    _send_to(house, case, [])
    with writing(house.database) as connection:
        outbox = table(OutboxRow)
        connection.execute(update(outbox).where(outbox.c.id == f"{case}-9-1").values(**damage))
    tell(house)
    assert ("sam", "case-opened") in told(house)
    assert ("sam", "mail-quarantined") not in told(house)


def test_a_proposal_for_the_agenda_asks_the_secretariat(house: Running) -> None:
    (case,) = house.open_cases()
    tell(house)
    house.engine.handle(RaiseTier(case, Tier.OVERHEDENOVERLEG, "Allen willen het."), SECRETARY)
    tell(house)
    asked = [person for person, kind in told(house) if kind == "agenda-candidate-proposed"]
    assert asked == ["sam", "sara"]
    # What somebody wrote is content: it stands on the page, and in nothing that is sent.
    told_of = [row.reason_nl for row in notifications(house)]
    assert "De zaak is voorgesteld voor de agenda." in told_of
    assert "Allen willen het" not in repr(notifications(house))
