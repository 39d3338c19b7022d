"""Delivery reports of several makes, and what they change at what we really sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from impasse.adapters.mail.bounces import fault_of, faults, mend
from impasse.domain.inbound import MailReason
from letters import ADDRESSES, DOMAIN, a_post_office
from rooms_of_a_case import CITY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from letters import PostOffice

ANNA = ADDRESSES[CITY.person]
TO = f"impasse@{DOMAIN}"


@pytest.fixture
def office(sqlite_url: str) -> Iterator[PostOffice]:
    with a_post_office(sqlite_url) as made:
        made.sent("p-1", CITY)
        yield made


def postfix(action: str, status: str, about: str = "p-1@impasse.example", to: str = ANNA) -> bytes:
    """A report as Postfix writes it: three parts, the last with the headers of our e-mail."""
    return f"""\
From: MAILER-DAEMON@relay.example (Mail Delivery System)
To: {TO}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Message-ID: <20261103.{action}.{status}@relay.example>
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="AAAA.1/relay.example"

This is a MIME-encapsulated message.

--AAAA.1/relay.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host relay.example.

--AAAA.1/relay.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example
X-Postfix-Queue-ID: AAAA
Arrival-Date: Tue,  3 Nov 2026 10:11:12 +0100 (CET)

Final-Recipient: rfc822; {to}
Original-Recipient: rfc822;{to}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.amsterdam.example
Diagnostic-Code: smtp; 550 5.1.1 user unknown

--AAAA.1/relay.example
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

From: Impasse <{TO}>
To: {to}
Message-ID: <{about}>

--AAAA.1/relay.example--
""".encode()


EXCHANGE = f"""\
From: <postmaster@amsterdam.example>
To: {TO}
Date: Tue, 3 Nov 2026 09:11:12 +0000
Content-Type: multipart/report; report-type=delivery-status; boundary="_b_"
Content-Language: nl-NL
Message-ID: <abc@AM0PR01.prod.example>
In-Reply-To: <p-1@impasse.example>
References: <p-1@impasse.example>
Subject: Onbestelbaar: nieuws
Auto-Submitted: auto-replied
X-MS-Exchange-Message-Is-Ndr:
MIME-Version: 1.0

--_b_
Content-Type: text/html; charset="us-ascii"

<html><body>Kan niet worden bezorgd.</body></html>
--_b_
Content-Type: message/delivery-status

Reporting-MTA: dns;AM0PR01.prod.example

Final-recipient: RFC822;{ANNA}
Action: failed
Status: 5.1.10
Diagnostic-code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound

--_b_
Content-Type: message/rfc822

From: <{TO}>
To: <{ANNA}>
Message-ID: <p-1@impasse.example>
Subject: nieuws

Er is nieuws.
--_b_--
""".encode()

EXIM = f"""\
From: Mail Delivery System <Mailer-Daemon@relay.example>
To: {TO}
X-Failed-Recipients: {ANNA}
References: <p-1@impasse.example>
Auto-Submitted: auto-replied
Message-ID: <E1@relay.example>
Subject: Mail delivery failed: returning message to sender

A message that you sent could not be delivered.
""".encode()


def _state(office: PostOffice) -> tuple[str, str]:
    from sqlalchemy import text

    with office.dispute.house.database.connect() as connection:
        row: Any = connection.execute(text("SELECT state, failure FROM deliveries")).one()
    return row.state, row.failure


@pytest.mark.parametrize("report", [postfix("failed", "5.1.1"), EXCHANGE])
def test_an_unknown_address_fails_the_delivery_and_is_kept_until_mended(
    office: PostOffice, report: bytes
) -> None:
    row = office.settled(report, TO, sender="")
    assert (row.kind, row.state, row.reason) == ("bounce", "noted", MailReason.REPORT_USED)
    assert row.raw == b""
    assert _state(office)[0] == "failed"
    database = office.dispute.house.database
    with database.begin() as connection:
        assert fault_of(connection, ANNA.upper()).startswith("5.1.1")
        assert [one[0] for one in faults(connection)] == [ANNA]
        assert mend(connection, ANNA)
        assert fault_of(connection, ANNA) == ""
    # The administrators hear so once, however many reports come in.
    office.put(report.replace(b"<abc@", b"<def@").replace(b"<20261103", b"<2"), TO, sender="")
    assert office.count("SELECT count(*) FROM outbox WHERE type LIKE '%destination-failing'") == 1


def test_a_server_of_before_the_standard_is_understood_too(office: PostOffice) -> None:
    assert office.settled(EXIM, TO, sender="").kind == "bounce"
    assert _state(office)[0] == "failed"
    assert office.count("SELECT count(*) FROM address_faults") == 0


@pytest.mark.parametrize(
    ("action", "status", "state", "told", "bad"),
    [
        ("delayed", "4.4.1", "sent", "delayed 4.4.1", 0),
        ("delivered", "2.0.0", "delivered", "", 0),
        ("relayed", "2.0.0", "sent", "", 0),
        ("failed", "5.7.1", "failed", "failed 5.7.1", 0),
        ("failed", "4.4.7", "failed", "failed 4.4.7", 0),
        ("failed", "5.2.1", "failed", "failed 5.2.1", 1),
    ],
)
def test_a_report_says_how_far_the_e_mail_came(  # noqa: PLR0917 what is asked and expected
    office: PostOffice, action: str, status: str, state: str, told: str, bad: int
) -> None:
    office.put(postfix(action, status), TO, sender="")
    assert _state(office)[0] == state
    assert told in _state(office)[1]
    assert office.count("SELECT count(*) FROM address_faults") == bad


def test_a_report_of_what_we_never_sent_has_no_effect(office: PostOffice) -> None:
    forged = postfix("failed", "5.1.1", about="p-2@impasse.example")
    assert office.settled(forged, TO, sender="").reason == MailReason.REPORT_UNKNOWN
    assert _state(office)[0] == "sent"
    assert office.count("SELECT count(*) FROM address_faults") == 0


def test_a_report_about_a_forwarded_e_mail_blames_no_address_of_ours(office: PostOffice) -> None:
    office.put(postfix("failed", "5.1.1", to="anna@thuis.example"), TO, sender="")
    assert _state(office)[0] == "failed"
    assert office.count("SELECT count(*) FROM address_faults") == 0


def test_a_report_waits_for_an_e_mail_that_is_still_being_handed_over(sqlite_url: str) -> None:
    with a_post_office(sqlite_url) as office:
        office.sent("p-1", CITY, state="sending")
        assert office.settled(postfix("failed", "5.1.1"), TO, sender="").state == "received"
        office.dispute.clock.goes_on(minutes=11)
        office.inbound.work()
        assert office.count("SELECT count(*) FROM inbound_mails WHERE state = 'noted'") == 1


def test_our_own_e_mail_that_comes_back_is_noted(office: PostOffice) -> None:
    letter = office.letter(
        CITY, Message_ID="<p-1@impasse.example>", Auto_Submitted="auto-generated"
    )
    row = office.settled(letter, office.address(CITY))
    assert (row.kind, row.state) == ("loop", "noted")
