"""Reading what anybody may send: automatic answers of several makes, and disasters."""

from __future__ import annotations

import time
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from impasse.adapters.mail.letter import (
    MOST_PARTS,
    Unfit,
    clean,
    content_of,
    one_address,
    read_letter,
)
from impasse.adapters.mail.new_text import new_text
from letters import a_post_office
from rooms_of_a_case import CITY, CITY_ROOM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from letters import PostOffice


@pytest.fixture(scope="module")
def office(
    tmp_path_factory: pytest.TempPathFactory, _sqlite_template: object
) -> Iterator[PostOffice]:
    import shutil

    file = tmp_path_factory.mktemp("post") / "impasse.db"
    shutil.copyfile(str(_sqlite_template), file)
    with a_post_office(f"sqlite:///{file}") as made:
        yield made


@pytest.mark.parametrize(
    "headers",
    [
        # Exchange, out of office.
        {"Auto_Submitted": "auto-generated", "X_Auto_Response_Suppress": "All"},
        {"X_Auto_Response_Suppress": "DR, OOF, AutoReply"},
        # Gmail.
        {"Auto_Submitted": "auto-replied", "Precedence": "bulk", "X_Autoreply": "yes"},
        # Sieve, with a parameter and a comment.
        {"Auto_Submitted": "auto-replied (vacation); owner-email=x"},
        {"Precedence": "auto_reply"},
        {"Precedence": "list", "List_Id": "<lijst.example>"},
        {"List_Unsubscribe": "<mailto:weg@lijst.example>"},
        {"X_Autorespond": ""},
    ],
)
def test_an_automatic_answer_is_noted_and_counts_as_nothing(
    office: PostOffice, headers: dict[str, str]
) -> None:
    letter = office.letter(CITY, "Ik ben er tot maandag niet.", **headers)
    if "X_Autorespond" in headers:
        letter["X-Autorespond"] = ""
    row = office.settled(letter, office.address(CITY))
    assert (row.kind, row.state, row.raw) == ("automatic", "noted", b"")
    assert "Ik ben er tot maandag niet." not in office.dispute.texts(CITY, CITY_ROOM)


def test_the_null_path_and_a_receipt_are_of_machines(office: PostOffice) -> None:
    assert office.settled(office.letter(CITY), office.address(CITY), sender="").kind == "automatic"
    receipt = b"""From: anna@amsterdam.example
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b
Content-Type: message/disposition-notification

Disposition: manual-action/MDN-sent-manually; displayed
--b--
"""
    assert office.settled(receipt, office.address(CITY)).kind == "automatic"


def test_who_says_no_machine_sent_it_is_believed(office: PostOffice) -> None:
    letter = office.letter(CITY, "Dit schreef ik zelf.", Auto_Submitted="no")
    assert office.settled(letter, office.address(CITY)).state == "filed"


def test_mail_in_html_alone_becomes_text() -> None:
    letter = EmailMessage()
    letter.set_content(
        "<html><head><style>p{}</style></head><body><p>Wij doen <b>mee</b>&nbsp;&amp; betalen.</p>"
        "<ul><li>een</li><li>twee</li></ul><div>Op 3 nov 2026 10:11 schreef Impasse:</div>"
        "<blockquote><p>Er is nieuws</p></blockquote><script>x()</script></body></html>",
        subtype="html",
    )
    text = content_of(read_letter(letter.as_bytes()), 1_000).text
    assert new_text(text).new == "Wij doen mee & betalen.\n\n- een\n- twee"
    assert "> Er is nieuws" in text


@pytest.mark.parametrize(
    ("charset", "body", "expected"),
    [
        ("utf-8", "één".encode(), "één"),
        ("iso-8859-1", "één".encode("latin-1"), "één"),
        ("utf-8", "één".encode("latin-1"), "één"),
        ("no-such-thing", "één".encode(), "één"),
        ("unicode_escape", b"\\ud800 ja", "\\ud800 ja"),
        ("punycode", b"ja", "ja"),
        ("utf-16", "ja".encode("utf-16"), "ja"),
        ("utf-7", b"+2AA-ja", "ja"),
        ("us-ascii", b"ja\x00nee\x07", "janee"),
    ],
)
def test_a_wrong_charset_loses_no_letter(charset: str, body: bytes, expected: str) -> None:
    raw = f"Content-Type: text/plain; charset={charset}\n\n".encode() + body
    text = content_of(read_letter(raw), 1_000).text
    assert text == expected
    text.encode()


def _nested(depth: int) -> bytes:
    head = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(depth)
    )
    return head + b"Content-Type: text/plain\n\nja\n"


_BOMBS = {
    "headers": b"X: " + b"a" * 400_000 + b"\n\nja",
    "many headers": b"X: a\n" * 2_000 + b"\nja",
    "parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nja\n" * 10_000,
    "tiny parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * 500_000,
    "nested": _nested(500),
    "e-mail in e-mail": b"Content-Type: message/rfc822\n\n" * 3_000 + b"ja",
    "files": b"Content-Type: multipart/mixed; boundary=b\n\n"
    + b"--b\nContent-Disposition: attachment\n\nja\n" * 60,
}


@pytest.mark.parametrize("name", sorted(_BOMBS))
def test_a_bomb_is_put_aside_in_no_time(name: str) -> None:
    began = time.monotonic()
    with pytest.raises(Unfit):
        content_of(read_letter(_BOMBS[name]), 1_000)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "source", ["<a ", "<!--", '<a b="', "</a", "<style>", "&#x", "<blockquote>", "<![if"]
)
def test_no_html_takes_long(source: str) -> None:
    raw = b"Content-Type: text/html\n\n" + (source * (1_000_000 // len(source))).encode()
    began = time.monotonic()
    content_of(read_letter(raw), 1_000)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "line", ["Op x ", "On x\n", "\n", "> ", "Van: \n\n", "Sent from my ", "On a\nwrote b\n", "_"]
)
def test_no_text_takes_long_to_cut(line: str) -> None:
    began = time.monotonic()
    new_text(line * (1_000_000 // len(line)))
    assert time.monotonic() - began < 8


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("Anna <Anna@Amsterdam.example>", "anna@amsterdam.example"),
        ("anna@amsterdam.example", "anna@amsterdam.example"),
        ('"Boer, de" <anna@amsterdam.example>', "anna@amsterdam.example"),
        ("anna@amsterdam.example <x@elders.example>", "x@elders.example"),
        ("<anna@amsterdam.example> <x@elders.example>", ""),
        ("anna@amsterdam.example, x@elders.example", ""),
        ("anna@amsterdam.example\n x@elders.example", ""),
        ("a@elders.example (<anna@amsterdam.example>", ""),
        ('a@elders.example "<anna@amsterdam.example>', ""),
        ("Anna (Amsterdam) <anna@amsterdam.example>", "anna@amsterdam.example"),
        ("Groep: anna@amsterdam.example;", ""),
        ("anna@amsterdam.example@elders.example", ""),
        ("", ""),
    ],
)
def test_one_address_is_one_address(header: str, address: str) -> None:
    assert one_address(header) == address


_PIECES = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Type: message/rfc822\r\n",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n",
        b"Content-Type: message/delivery-status\r\n", b"\r\n", b"\n", b"--b\r\n", b"--b--\r\n",
        b"From: anna@amsterdam.example\r\n", b"From: =?utf-8?q?=FF?= <a@b>\r\n",
        b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: x-uuencode\r\n",
        b"Content-Disposition: attachment; filename*=utf-8''%FF%00.pdf\r\n", b"Action: failed\r\n",
        b"Content-Type: text/html; charset=idna\r\n", b"Message-ID: <p-1@impasse.example>\r\n",
        b"Final-Recipient: rfc822; x\r\n", b"Subject: =?x?b?!!!?=\r\n", b"begin 644 x\n`\nend\n",
        b"Content-Type: ;;;=\r\n", b"<a href='x'>ja</a>", b"> ja\r\nnee\r\n", b"\x00\xff\xd8",
    ]
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=300), st.lists(_PIECES, max_size=14).map(b"".join)))
def test_whatever_comes_in_is_kept_and_settled(office: PostOffice, raw: bytes) -> None:
    row = office.settled(raw, office.address(CITY))
    assert row.state in {"filed", "noted", "quarantined"}


def test_what_is_clean_can_be_kept() -> None:
    assert clean("a\x00b\r\nc\ud800\x85d\te") == "ab\ncd\te"
    assert MOST_PARTS > 100


_OUTLOOK = (
    "Van: impasse <a@post.impasse.example>\nVerzonden: dinsdag 3 november 2026 10:11\nAan: Anna\n"
    "Onderwerp: ZAAK-1\n\nDe fase is veranderd\nhttps://impasse.example/zaken/1\n"
)


@pytest.mark.parametrize(
    "text",
    [
        f"Zie onder.\n\n{_OUTLOOK}\nWij gaan niet akkoord.",
        "Zie rood.\n\n" + _OUTLOOK.replace("De fase", "Dat klopt niet.\nDe fase"),
        "Wij vragen:\n> 5 procent korting\nGroet",
    ],
)
def test_words_that_may_be_of_the_sender_are_never_left_out_without_doubt(text: str) -> None:
    assert new_text(text).doubtful


def test_what_is_quoted_line_by_line_is_left_out_without_doubt() -> None:
    text = "Ja.\n\nOp di 3 nov 2026 om 10:11 schreef Impasse:\n> Er is nieuws.\n> Groet"
    assert not new_text(text).doubtful
