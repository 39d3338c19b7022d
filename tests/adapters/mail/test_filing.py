"""What becomes of an e-mail: filed in the most private room, noted, or put into quarantine."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from builders import SECRETARY
from impasse.adapters.mail.quarantine import Quarantine
from impasse.adapters.sql.people import change_person, disable_person, person
from impasse.domain.errors import Conflict
from impasse.domain.inbound import MOST_PER_WINDOW, MailReason
from impasse.domain.machine import compile_workflow
from impasse.domain.rooms import SHARED, Room, RoomKind
from letters import ADDRESSES, DOMAIN, a_post_office
from rooms_of_a_case import (
    CITY,
    CITY_CAUCUS,
    CITY_ROOM,
    COLLEAGUE,
    MEDIATOR,
    MEDIATORS_ROOM,
    PROVINCE,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from letters import PostOffice


@pytest.fixture
def office(sqlite_url: str) -> Iterator[PostOffice]:
    with a_post_office(sqlite_url) as made:
        yield made


def test_a_reply_of_a_party_lands_in_its_side_room_and_nowhere_else(office: PostOffice) -> None:
    words = "Wij doen mee.\n\nOp di 3 nov 2026 om 10:11 schreef Impasse:\n> Er is nieuws.\n"
    row = office.settled(office.letter(CITY, words), office.address(CITY))
    assert (row.state, row.room, row.raw) == ("filed", CITY_ROOM.key, b"")
    assert office.dispute.texts(COLLEAGUE, CITY_ROOM) == ["Wij doen mee."]
    for who, room in ((CITY, SHARED), (CITY, CITY_CAUCUS), (PROVINCE, SHARED)):
        assert office.dispute.texts(who, room) == []


def test_a_reply_of_the_mediator_lands_in_the_mediators_own_room(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The procedure that is shipped has no such room: then there is no address to reply to either.
    assert office.address(MEDIATOR) == ""
    house, case = office.dispute.house, office.dispute.case
    procedure = house.procedures.get(case.workflow, case.workflow_version)
    rooms = replace(procedure.workflow.rooms, mediator_open=True)
    opened = compile_workflow(replace(procedure.workflow, rooms=rooms))
    monkeypatch.setattr(house.engine.procedures, "get", lambda *_: opened)
    before = office.dispute.case.revision
    row = office.settled(office.letter(MEDIATOR, "Zij zijn er bijna."), office.address(MEDIATOR))
    assert row.room == MEDIATORS_ROOM.key
    assert office.dispute.texts(MEDIATOR, MEDIATORS_ROOM) == ["Zij zijn er bijna."]
    # Of a closed room nothing shows in the case: no revision, no message, no clock.
    assert office.dispute.case.revision == before


def test_files_come_along_and_the_secret_of_the_address_does_not(office: PostOffice) -> None:
    address = office.address(CITY)
    letter = office.letter(CITY, f"Zie de bijlage. (U schreef mij van {address})")
    letter.add_attachment(b"%PDF-1.7", "application", "pdf", filename="../../metingen.pdf")
    letter.add_attachment(b"", "application", "pdf", filename="leeg.pdf")
    row = office.settled(letter, address)
    assert row.contribution == "N1 D2"
    text = office.dispute.texts(CITY, CITY_ROOM)[0]
    assert address.partition("@")[0] not in text
    assert "leeg.pdf" in text
    file = office.dispute.house.rooms.document(CITY, office.dispute.case, CITY_ROOM, "D2")
    assert (file.name, file.body) == ("metingen.pdf", b"%PDF-1.7")


def test_the_secretariat_has_no_room_of_its_own_and_so_no_address(office: PostOffice) -> None:
    assert office.address(SECRETARY) == ""


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"From": "Vreemd <vreemd@elders.example>"}, MailReason.OTHER_SENDER),
        ({"From": f"{ADDRESSES[CITY.person]} <vreemd@elders.example>"}, MailReason.OTHER_SENDER),
        (
            {"From": f"{ADDRESSES[CITY.person]}, vreemd@elders.example"},
            MailReason.OTHER_SENDER,
        ),
        ({"From": ""}, MailReason.OTHER_SENDER),
    ],
)
def test_somebody_else_with_the_address_of_a_person_is_quarantined(
    office: PostOffice, headers: dict[str, str], reason: MailReason
) -> None:
    row = office.settled(office.letter(CITY, **headers), office.address(CITY))
    assert (row.state, row.reason, row.title) == ("quarantined", reason, "")
    assert office.dispute.texts(CITY, CITY_ROOM) == []
    assert office.count("SELECT count(*) FROM outbox WHERE type LIKE '%mail-quarantined'") == 1


def test_an_encoded_word_is_a_name_and_never_an_address(office: PostOffice) -> None:
    raw = office.letter(CITY, From="LATER").as_bytes()
    hidden = f"x@elders.example =?utf-8?q?=3C{ADDRESSES[CITY.person]}=3E?=".encode()
    row = office.settled(raw.replace(b"LATER", hidden), office.address(CITY))
    assert row.reason == MailReason.OTHER_SENDER


def test_the_sender_is_known_whatever_the_letters_are(office: PostOffice) -> None:
    letter = office.letter(CITY, From="ANNA <Anna@Amsterdam.Example>")
    assert office.settled(letter, office.address(CITY).upper()).state == "filed"


def test_what_the_trusted_server_did_not_prove_is_quarantined(sqlite_url: str) -> None:
    results = {
        "mx.example; dmarc=pass header.from=amsterdam.example": "filed",
        "mx.example; dmarc=fail header.from=amsterdam.example": "quarantined",
        "mx.example; spf=pass smtp.mailfrom=a@elders.example": "quarantined",
        "mx.example; spf=pass smtp.mailfrom=a@amsterdam.example; dkim=none": "filed",
        "mx.example; spf=pass smtp.mailfrom=a@amsterdam.example; dkim=fail": "quarantined",
        'mx.example; dmarc=none; spf=pass smtp.mailfrom="a; dkim=pass '
        'header.d=amsterdam.example x"@elders.example': "quarantined",
        "other.example; dmarc=pass header.from=amsterdam.example": "quarantined",
        "": "quarantined",
    }
    with a_post_office(sqlite_url, inbound_authserv_id="mx.example") as office:
        for header, state in results.items():
            letter = office.letter(CITY, Authentication_Results=header)
            assert office.settled(letter, office.address(CITY)).state == state, header


def test_a_reply_without_the_secret_counts_when_it_answers_our_e_mail(office: PostOffice) -> None:
    office.sent("p-1", CITY)
    to = f"antwoord@{DOMAIN}"
    answers = {"In_Reply_To": "<p-1@impasse.example>"}
    assert office.settled(office.letter(CITY, **answers), to).state == "filed"
    assert office.settled(office.letter(PROVINCE, **answers), to).reason == MailReason.NO_ADDRESS
    # The subject alone never counts, and the thread of a case neither.
    thread = {"References": f"<zaak/{office.dispute.case_id}@impasse.example>"}
    assert office.settled(office.letter(CITY, **thread), to).reason == MailReason.NO_ADDRESS
    assert office.settled(office.letter(CITY), to).kind == "unknown"


def test_who_went_over_to_the_other_side_answers_nothing_of_before(office: PostOffice) -> None:
    office.sent("p-1", CITY)
    before, house = office.address(CITY), office.dispute.house
    anna = person(house.database, CITY.person)
    change_person(house.database, replace(anna, organisation=PROVINCE.organisation))
    letter = office.letter(CITY, "Onder ons: wij kunnen tot tien gaan.")
    assert office.settled(letter, before).reason == MailReason.OTHER_ROOM
    again = office.letter(CITY, "Onder ons.", In_Reply_To="<p-1@impasse.example>")
    assert office.settled(again, f"antwoord@{DOMAIN}").reason == MailReason.OTHER_ROOM
    assert office.settled(office.letter(CITY, "Nieuw."), office.address(CITY)).state == "filed"
    assert office.settled(again, f"antwoord+x@{DOMAIN}").reason == MailReason.OTHER_ROOM
    assert office.dispute.texts(PROVINCE, Room(RoomKind.SIDE, PROVINCE.organisation)) == ["Nieuw."]


def test_who_is_out_stays_out(office: PostOffice) -> None:
    address = office.address(CITY)
    disable_person(office.dispute.house.database, CITY.person, at=office.dispute.clock())
    row = office.settled(office.letter(CITY), address)
    assert (row.state, row.reason) == ("quarantined", MailReason.PERSON_DISABLED)
    with pytest.raises(Conflict):
        office.inbound.filing.release(row.id, by="beheer")


def test_an_address_ends_after_half_a_year(office: PostOffice) -> None:
    address = office.address(CITY)
    office.dispute.clock.goes_on(days=181)
    assert office.settled(office.letter(CITY), address).reason == MailReason.ADDRESS_ENDED


def test_the_same_e_mail_comes_in_twice_and_is_filed_once(office: PostOffice) -> None:
    address, letter = office.address(CITY), office.letter(CITY)
    for received in ("Received: a\r\n", "Received: b\r\n", ""):
        office.put(received.encode() + letter.as_bytes(), address, f"antwoord@{DOMAIN}")
    assert office.dispute.texts(CITY, CITY_ROOM) == ["Akkoord."]
    other = office.letter(CITY, "Toch niet.", Message_ID=letter["Message-ID"])
    assert office.settled(other, address).reason == MailReason.OTHER_CONTENT
    assert office.dispute.texts(CITY, CITY_ROOM) == ["Akkoord."]


def test_two_workers_file_the_same_e_mail_once(database_url: str) -> None:
    with a_post_office(database_url) as office:
        letters = [office.letter(CITY, f"Brief {n}.") for n in range(6)]
        for letter in letters:
            letter.add_attachment(b"x", "text", "csv", filename="a.csv")
            office.keep(letter, office.address(CITY))
        workers = [threading.Thread(target=office.inbound.filing.settle_due) for _ in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        office.inbound.work()
        texts = [text for text in office.dispute.texts(CITY, CITY_ROOM) if text]
        assert sorted(texts) == [f"Brief {n}." for n in range(6)]
        assert office.count("SELECT count(*) FROM contributions") == 12
        assert office.count("SELECT count(*) FROM inbound_mails WHERE state = 'filed'") == 6


def test_an_administrator_releases_what_nobody_read(office: PostOffice) -> None:
    letter = office.letter(CITY, "Vanaf mijn andere adres.", From="anna@thuis.example")
    row = office.settled(letter, office.address(CITY))
    office.inbound.filing.release(row.id, by="beheer")
    again = office.row(row.id)
    assert (again.state, again.settled_by, again.raw) == ("filed", "beheer", b"")
    text = office.dispute.texts(CITY, CITY_ROOM)[0]
    assert text.endswith("Vanaf mijn andere adres.")
    assert "anna@thuis.example" in text
    with pytest.raises(Conflict):
        office.inbound.filing.release(row.id, by="beheer")


def test_too_many_of_one_sender_look_like_a_loop(office: PostOffice) -> None:
    address = office.address(CITY)
    states = [
        office.settled(office.letter(CITY), address).state for _ in range(MOST_PER_WINDOW + 1)
    ]
    assert states == ["filed"] * MOST_PER_WINDOW + ["quarantined"]


def test_quarantine_ends_after_thirty_days_with_a_warning_before(office: PostOffice) -> None:
    office.put(office.letter(CITY), f"antwoord@{DOMAIN}")
    office.dispute.clock.goes_on(days=24)
    quarantine = Quarantine(office.dispute.house.database)
    quarantine.tidy(office.dispute.clock())
    assert office.count("SELECT count(*) FROM outbox WHERE id LIKE '%ending%'") == 1
    assert quarantine.waiting() == 1
    office.dispute.clock.goes_on(days=7)
    assert quarantine.tidy(office.dispute.clock()) == 1
    found = quarantine.mails(state=None)[0]
    assert found.reason is MailReason.TOO_LONG_AGO
    assert office.count("SELECT sum(length(raw)) FROM inbound_mails") == 0


def test_a_long_reply_is_kept_whole(office: PostOffice) -> None:
    words = "\n".join(f"Zin {n} over de verdeling." for n in range(600))
    assert office.settled(office.letter(CITY, words), office.address(CITY)).contribution == "N1 D2"
    file = office.dispute.house.rooms.document(CITY, office.dispute.case, CITY_ROOM, "D2")
    assert file.body.decode().strip() == words


def test_an_answer_between_the_quoted_lines_is_not_lost(office: PostOffice) -> None:
    words = "Mee eens.\n\nOp 3 nov 2026 10:11 schreef Impasse:\n> vraag 1\nja\n> vraag 2\nnee\n"
    row = office.settled(office.letter(CITY, words), office.address(CITY))
    assert row.contribution == "N1 D2"
