"""E-mail is handed to a real mail server: under TLS, once per person, and never for ever."""

from __future__ import annotations

import itertools
import socket
import time
from datetime import UTC, datetime

import pytest

from impasse.adapters.channels.email import EmailChannel
from impasse.adapters.channels.email_setup import email_channel
from impasse.adapters.channels.mail_message import Sender
from impasse.adapters.channels.mail_server import MailServer, Refusal, Security, examine
from impasse.settings import Settings
from mail_relay import PASSWORD, USER, authority, relay, rude
from parcels import DOMAIN, NOW, PERSON, letter_of, line, parcel, post

# Some relays of these tests let one log in without TLS, to see that nobody does.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

SENDER = Sender("impasse@overheid.example", "impasse", "https://impasse.example")


def plain(port, **more):
    more = {"security": Security.NONE, "timeout_seconds": 5.0} | more
    return EmailChannel(MailServer("127.0.0.1", port, **more), SENDER)


@pytest.fixture(scope="module")
def trusted(tmp_path_factory):
    return authority(tmp_path_factory.mktemp("authority"))


# ---- it arrives


def test_a_letter_that_is_taken_over_is_sent_and_not_yet_delivered():
    with relay() as server:
        answer = plain(server.port).send(parcel(), NOW)

    assert (answer.status, answer.accepted, answer.final) == (250, True, False)
    [letter] = server.letters
    assert (letter.sender, letter.recipients) == (SENDER.address, [PERSON.email])
    assert letter.message["Message-ID"] == f"<bundle-1@{DOMAIN}>"


def test_bounces_go_to_the_address_that_is_set_for_them():
    sender = Sender(SENDER.address, "", SENDER.site, bounces="terug@overheid.example")
    with relay() as server:
        EmailChannel(MailServer("127.0.0.1", server.port, Security.NONE), sender).send(
            parcel(), NOW
        )

    assert server.letters[0].sender == "terug@overheid.example"
    assert server.letters[0].message["From"] == SENDER.address


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_under_tls_one_logs_in_at_a_server_whose_name_is_vouched_for(trusted, security):
    context = trusted.server("localhost", "127.0.0.1")
    with relay(context, implicit=security is Security.TLS, login=True) as server:
        there = MailServer(
            "localhost", server.port, security, USER, PASSWORD, trusted.file, timeout_seconds=10
        )
        answer = EmailChannel(there, SENDER).send(parcel(), NOW)
        told = examine(there)

    assert answer.accepted, answer.failure
    [letter] = server.letters
    assert letter.recipients == [PERSON.email]
    assert letter.under_tls
    assert told.startswith("TLSv1.")
    assert told.endswith(", login")


# ---- it is closed to listeners


def test_a_certificate_of_another_name_is_refused(trusted):
    with relay(trusted.server("another.example")) as server:
        there = MailServer("localhost", server.port, ca_file=trusted.file, timeout_seconds=10)
        answer = EmailChannel(there, SENDER).send(parcel(), NOW)

    assert answer.status is None
    assert "tls: the certificate is not trusted: Hostname mismatch" in answer.failure
    assert not answer.final
    assert not server.letters


def test_an_authority_that_nobody_named_vouches_for_nobody(trusted):
    with relay(trusted.server("localhost")) as server:
        there = MailServer("localhost", server.port, timeout_seconds=10)
        answer = EmailChannel(there, SENDER).send(parcel(), NOW)

    assert "the certificate is not trusted" in answer.failure
    assert not server.letters


def test_a_server_that_cannot_close_the_line_gets_no_letter_and_no_password():
    with relay(login=True) as server:
        there = MailServer("127.0.0.1", server.port, user=USER, password=PASSWORD)
        answer = EmailChannel(there, SENDER).send(parcel(), NOW)

    assert "offers no STARTTLS; nothing is sent in the clear" in answer.failure
    assert not server.logins
    assert not server.letters


def test_a_password_is_never_sent_in_the_clear():
    with relay(login=True) as server:
        answer = plain(server.port, user=USER, password=PASSWORD).send(parcel(), NOW)

    assert answer.failure == "login: a password is not sent without TLS"
    assert not server.logins


def test_a_wrong_password_is_told_but_not_shown_and_tried_again_once_mended(trusted):
    with relay(trusted.server("localhost"), login=True) as server:
        wrong = MailServer(
            "localhost", server.port, user=USER, password="fout-geheim", ca_file=trusted.file
        )
        answer = EmailChannel(wrong, SENDER).send(parcel(), NOW)

    assert answer.status == 535
    assert answer.failure.startswith("login: 535 5.7.8 no entry with ***")
    assert not answer.final
    assert "fout-geheim" not in repr(wrong)


# ---- it does not arrive


def test_a_server_that_is_down_is_tried_again():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    answer = plain(port).send(parcel(), NOW)

    assert (answer.status, answer.final, answer.accepted) == (None, False, False)
    assert answer.failure.startswith("connect: ")


def test_a_server_that_does_not_exist_is_tried_again():
    there = MailServer("post.invalid", 587, timeout_seconds=5)
    answer = EmailChannel(there, SENDER).send(parcel(), NOW)

    assert answer.failure.startswith("connect: ")
    assert not answer.final


def drips(connection):
    for sign in itertools.cycle(b"220-still here\r\n"):
        connection.sendall(bytes([sign]))
        time.sleep(0.02)


def says_nothing(connection):
    connection.recv(1)


def swallows(connection):
    """Take everything, however much, and answer nothing after the letter began."""
    file = connection.makefile("rwb")
    file.write(b"220 here\r\n")
    file.flush()
    for words in file:
        answer = {b"EHLO": b"250 fine", b"DATA": b"354 go on"}.get(words[:4].upper(), b"250 fine")
        file.write(answer + b"\r\n")
        file.flush()
        if words[:4].upper() == b"DATA":
            break
    drips(connection)


@pytest.mark.parametrize("behave", [drips, says_nothing, swallows])
def test_a_slow_server_holds_nobody_longer_than_the_limit(behave):
    with rude(behave) as port:
        began = time.monotonic()
        answer = plain(port, timeout_seconds=0.5).send(parcel(), NOW)
        took = time.monotonic() - began

    assert answer.failure.endswith("no answer within 0.5 seconds")
    assert (answer.status, answer.final) == (None, False)
    assert took < 2


@pytest.mark.parametrize("implicit", [False, True])
def test_a_handshake_that_never_ends_is_cut(implicit, trusted):
    def hello(connection):
        if not implicit:
            connection.sendall(b"220 here\r\n")
            connection.recv(1000)
            connection.sendall(b"250-here\r\n250 STARTTLS\r\n")
            connection.recv(1000)
            connection.sendall(b"220 go on\r\n")
        drips(connection)

    with rude(hello) as port:
        security = Security.TLS if implicit else Security.STARTTLS
        there = MailServer("localhost", port, security, timeout_seconds=0.5)
        began = time.monotonic()
        answer = EmailChannel(there, SENDER).send(parcel(), NOW)

    assert answer.failure.startswith("tls: ")
    assert time.monotonic() - began < 2


def test_what_answers_but_is_no_mail_server_is_told_as_such():
    with rude(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        answer = plain(port).send(parcel(), NOW)

    assert answer.failure.startswith("connect: ")
    assert not answer.final


def test_a_server_that_takes_nobody_now_is_no_fault_of_the_letter():
    with rude(lambda connection: connection.sendall(b"554 not today\r\n")) as port:
        answer = plain(port).send(parcel(), NOW)

    assert answer.failure == "connect: 554 not today"
    assert not answer.final


def test_half_of_the_recipients_are_refused_and_the_others_get_theirs():
    people = [f"p{number}@gemeente.example" for number in range(6)]
    with relay() as server:
        server.at_recipient = lambda address: (
            f"550 5.1.1 <{address}> unknown here" if address in people[::2] else None
        )
        channel = plain(server.port)
        answers = [channel.send(parcel(address=person), NOW) for person in people]

    assert [answer.final for answer in answers] == [True, False] * 3
    assert [letter.recipients for letter in server.letters] == [[one] for one in people[1::2]]
    # The reason can be shown and logged: the address is not in it.
    assert answers[0].failure == "recipient: 550 5.1.1 <***> unknown here"


def test_later_means_later_and_never_means_never():
    replies = iter(["451 4.7.1 greylisted", None])
    with relay() as server:
        server.at_recipient = lambda _address: next(replies)
        channel = plain(server.port)
        first, second = channel.send(parcel(), NOW), channel.send(parcel(), NOW)
        server.at_recipient = lambda _address: None
        server.at_data = lambda: f"554 5.7.1 spam for {PERSON.email}"
        refused = channel.send(parcel(), NOW)
        server.at_sender = lambda _address: "530 5.7.0 log in first"
        unknown = channel.send(parcel(), NOW)

    assert (first.status, first.final, first.accepted) == (451, False, False)
    assert second.accepted
    assert (refused.status, refused.final) == (554, True)
    assert refused.failure == "message: 554 5.7.1 spam for ***"
    # Who must log in first has a setting to mend; the letter is as good as ever.
    assert (unknown.status, unknown.final) == (530, False)


def test_a_line_that_breaks_after_the_letter_may_send_it_twice_with_the_same_message_id():
    with relay() as server:
        server.hang_up = True
        first = plain(server.port).send(parcel(), NOW)
        server.hang_up = False
        second = plain(server.port).send(parcel(attempts=2), datetime(2026, 11, 24, 9, tzinfo=UTC))

    assert (first.accepted, first.final) == (False, False)
    assert second.accepted
    assert [letter.message["Message-ID"] for letter in server.letters] == [
        f"<bundle-1@{DOMAIN}>"
    ] * 2


def test_a_server_that_goes_on_with_421_is_tried_again():
    with relay() as server:
        server.at_data = lambda: "421 4.3.2 shutting down"
        answer = plain(server.port).send(parcel(), NOW)

    assert (answer.status, answer.final) == (421, False)


# ---- addresses


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b.example\r\nRCPT TO:<c@d.example>",
        "a@b.example, c@d.example",
        "Anna <a@b.example>",
        "a@b.example>",
        "a b@c.example",
        "a@b..example",
    ],
)
def test_an_address_that_is_none_is_refused_before_anybody_is_asked(address):
    answer = plain(1).send(parcel(address=address), NOW)

    assert answer.final
    assert answer.status is None
    assert "address" in answer.failure


def test_a_domain_with_other_letters_is_written_as_the_dns_has_it():
    with relay() as server:
        answer = plain(server.port).send(parcel(address="jan@Gemeente-Fryslân.example"), NOW)

    assert answer.accepted, answer.failure
    assert server.letters[0].recipients == ["jan@xn--gemeente-frysln-hkb.example"]


def test_other_letters_before_the_at_need_a_server_that_carries_them():
    with relay() as server:
        answer = plain(server.port).send(parcel(address="réné@gemeente.example"), NOW)
    assert answer.final
    assert "it offers no SMTPUTF8" in answer.failure

    with relay(smtputf8=True) as server:
        answer = plain(server.port).send(parcel(address="réné@gemeente.example"), NOW)
    assert answer.accepted, answer.failure
    assert server.letters[0].recipients == ["réné@gemeente.example"]


def test_what_is_no_post_or_has_nothing_to_tell_goes_nowhere():
    assert plain(1).send(parcel(content=post(lines=())), NOW).final


# ---- looking without sending


def test_examining_a_server_sends_nothing():
    with relay() as server:
        told = examine(MailServer("127.0.0.1", server.port, Security.NONE))
    assert told == ""
    assert not server.letters
    assert not server.said

    with pytest.raises(Refusal, match="connect: "):
        examine(MailServer("127.0.0.1", server.port, Security.NONE, timeout_seconds=2))


def test_a_letter_arrives_as_it_was_written():
    with relay() as server:
        plain(server.port).send(parcel(content=post(line(title=".Punt\n.vooraan"))), NOW)

    assert "IMP-2026-0014 .Punt .vooraan" in letter_of(server.letters[0].message)


def test_our_own_address_may_have_other_letters():
    settings = Settings(
        smtp_host="localhost",
        mail_from="post@fryslân.example",
        public_url="https://fryslân.example/é",
    )
    channel = email_channel(settings)
    assert channel.sender.address == "post@xn--frysln-0ta.example"
    assert channel.sender.site == "https://xn--frysln-0ta.example/%C3%A9"
    assert (channel.server.port, channel.server.greeting) == (587, "xn--frysln-0ta.example")
