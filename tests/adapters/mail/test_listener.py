"""Mail servers talk to the real listener over sockets: LMTP and SMTP."""

from __future__ import annotations

import smtplib
import socket
import time
from contextlib import suppress

import pytest
import structlog

from impasse.adapters.mail import letterbox, listener
from impasse.adapters.mail.listener import Listener
from impasse.domain.errors import Unavailable, Unreadable
from letters import DOMAIN, a_post_office
from rooms_of_a_case import CITY, CITY_ROOM, PROVINCE

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.mark.parametrize("protocol", ["lmtp", "smtp"])
def test_a_mail_server_hands_a_reply_over_and_it_is_durable(sqlite_url: str, protocol: str) -> None:
    with a_post_office(sqlite_url, listens=True, protocol=protocol) as office:
        assert office.hand_over(office.letter(CITY), office.address(CITY)) == {}
        assert office.count("SELECT count(*) FROM inbound_mails WHERE state = 'received'") == 1
        office.inbound.work()
        assert office.dispute.texts(CITY, CITY_ROOM) == ["Akkoord."]


def test_no_log_line_tells_the_secret_of_an_address(
    sqlite_url: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    structlog.reset_defaults()
    with caplog.at_level("INFO"), a_post_office(sqlite_url, listens=True) as office:
        address = office.address(CITY)
        office.hand_over(office.letter(CITY, "Tot tien miljoen."), address)
        office.inbound.work()
    told = caplog.text + "".join(capsys.readouterr())
    assert "mail_filed" in told
    for secret in (address.partition("@")[0], "Tot tien", "amsterdam.example"):
        assert secret not in told


def test_lmtp_answers_once_for_each_recipient(sqlite_url: str) -> None:
    with a_post_office(sqlite_url, listens=True) as office:
        raw = office.letter(CITY).as_bytes().replace(b"\n", b"\r\n")
        mine, theirs = office.address(CITY), office.address(PROVINCE)
        told = [
            b"LHLO x", b"MAIL FROM:<>", f"RCPT TO:<{mine}>".encode(),
            f"RCPT TO:<{theirs}>".encode(), b"RCPT TO:<else@elsewhere.example>", b"DATA",
        ]  # fmt: skip
        answers = _talk(office.port, told, raw)
        assert [line[:3] for line in answers if line.startswith(b"250 2.0.0")] == [b"250", b"250"]
        assert any(line.startswith(b"550 5.7.1") for line in answers)
        assert office.count("SELECT count(*) FROM inbound_mails") == 2


def test_only_our_own_domain_is_taken_in(sqlite_url: str) -> None:
    with a_post_office(sqlite_url, listens=True, protocol="smtp") as office:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            office.hand_over(office.letter(CITY), "a@elsewhere.example", f"x@sub.{DOMAIN}")
        assert {code for code, _ in refused.value.recipients.values()} == {550}
        # A percent sign or a bang was once a way to have a server pass something on.
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            office.hand_over(office.letter(CITY), f"{DOMAIN}!a@elsewhere.example")


def test_what_is_too_large_is_refused_and_a_broken_off_letter_is_not_kept(sqlite_url: str) -> None:
    with a_post_office(sqlite_url, listens=True, inbound_mail_bytes=20_000) as office:
        large = office.letter(CITY, "x" * 60 + ("\n" + "y" * 60) * 1_000)
        with pytest.raises(smtplib.SMTPException):
            office.hand_over(large, office.address(CITY))
        with socket.create_connection(("127.0.0.1", office.port), timeout=10) as half:
            half.recv(200)
            half.sendall(b"LHLO x\r\nMAIL FROM:<a@b.example>\r\n")
            half.sendall(f"RCPT TO:<{office.address(CITY)}>\r\nDATA\r\nSubject: x\r\n".encode())
        assert office.hand_over(office.letter(CITY), office.address(CITY)) == {}
        assert office.count("SELECT count(*) FROM inbound_mails") == 1


def test_while_the_database_is_away_the_other_side_keeps_the_letter(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_post_office(sqlite_url, listens=True) as office:
        address = office.address(CITY)

        def gone(*_: object) -> None:
            raise Unavailable(letterbox.Text("weg", "gone"))

        with monkeypatch.context() as patch:
            patch.setattr(letterbox, "writing", gone)
            with pytest.raises(smtplib.SMTPDataError) as refused:
                office.hand_over(office.letter(CITY), address)
            assert refused.value.smtp_code == 451
        assert office.hand_over(office.letter(CITY), address) == {}


def test_a_full_letterbox_asks_to_wait(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letterbox, "MOST_WAITING", 1)
    with a_post_office(sqlite_url, listens=True) as office:
        address = office.address(CITY)
        office.hand_over(office.letter(CITY), address)
        with pytest.raises(smtplib.SMTPDataError) as refused:
            office.hand_over(office.letter(CITY), address)
        assert refused.value.smtp_code == 452


def test_strangers_fill_no_more_than_their_part_of_the_letterbox(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letterbox, "MOST_WAITING", 4)
    with a_post_office(sqlite_url) as office:
        for number in range(2):
            office.keep(office.letter(CITY, Subject=f"spam {number}"), f"info@{DOMAIN}")
        for nobody in ("info", f"antwoord+{'0' * 40}"):
            with pytest.raises(letterbox.LetterboxFull):
                office.keep(office.letter(CITY), f"{nobody}@{DOMAIN}")
        assert office.settled(office.letter(CITY), office.address(CITY)).state == "filed"


def test_who_keeps_a_conversation_going_is_cut_off(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "SESSION_SECONDS", 0.3)
    with (
        a_post_office(sqlite_url, listens=True) as office,
        socket.create_connection(("127.0.0.1", office.port), timeout=10) as slow,
    ):
        began = time.monotonic()
        answer = b"."
        with suppress(OSError):
            while answer and time.monotonic() - began < 10:
                slow.sendall(b"NOOP\r\n")
                answer = slow.recv(200)
                time.sleep(0.05)
        assert time.monotonic() - began < 8


def test_too_many_at_once_are_asked_to_come_back(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "MOST_SESSIONS", 1)
    with a_post_office(sqlite_url, listens=True) as office:
        with socket.create_connection(("127.0.0.1", office.port), timeout=10) as first:
            assert first.recv(200).startswith(b"220")
            with socket.create_connection(("127.0.0.1", office.port), timeout=10) as second:
                assert second.recv(200).startswith(b"421")
        for _ in range(100):
            if office.inbound.listener is not None and office.inbound.listener.sessions == 0:
                break
            time.sleep(0.05)
        assert office.hand_over(office.letter(CITY), office.address(CITY)) == {}


def test_a_second_process_waits_for_its_turn_to_listen(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "RETRY_SECONDS", 0.05)
    with a_post_office(sqlite_url, listens=True) as office:
        first = office.inbound.listener
        assert first is not None
        place = listener.Place("127.0.0.1", office.port, "lmtp", DOMAIN, 100_000)
        second = Listener(place, office.inbound.letterbox, office.dispute.clock, lambda: None)
        second.start()
        assert not second.listens
        first.stop()
        for _ in range(100):
            if second.listens:
                break
            time.sleep(0.05)
        assert office.hand_over(office.letter(CITY), office.address(CITY)) == {}
        second.stop()


def test_a_place_to_listen_at_asks_for_a_domain_to_listen_for(sqlite_url: str) -> None:
    with (
        pytest.raises(Unreadable, match="inbound_domain"),
        a_post_office(sqlite_url, listens=True, inbound_domain=None),
    ):
        pass


@pytest.mark.parametrize(
    ("host", "port"), [("192.0.2.1", 2424), ("127.0.0.1", 99_999), ("no-such-host.invalid", 2424)]
)
def test_an_address_that_is_not_here_is_said_at_once(sqlite_url: str, host: str, port: int) -> None:
    with a_post_office(sqlite_url) as office:
        place = listener.Place(host, port, "lmtp", DOMAIN, 100_000)
        nowhere = Listener(place, office.inbound.letterbox, office.dispute.clock, lambda: None)
        with pytest.raises(Unavailable, match="inbound_mail"):
            nowhere.start()
        nowhere.stop()


def test_the_house_files_by_itself_once_it_is_started(sqlite_url: str) -> None:
    with a_post_office(sqlite_url) as office:
        office.keep(office.letter(CITY), office.address(CITY))
        office.inbound.start()
        for _ in range(200):
            if office.dispute.texts(CITY, CITY_ROOM):
                break
            time.sleep(0.05)
        assert office.dispute.texts(CITY, CITY_ROOM) == ["Akkoord."]


def _talk(port: int, commands: list[bytes], raw: bytes) -> list[bytes]:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as talk:
        answers = talk.makefile("rb")
        found = [answers.readline()]
        for command in commands:
            talk.sendall(command + b"\r\n")
            found.append(answers.readline())
            while found[-1][3:4] == b"-":
                found.append(answers.readline())
        talk.sendall(raw + b"\r\n.\r\nQUIT\r\n")
        return found + answers.readlines()
