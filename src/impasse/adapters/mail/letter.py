"""Reading an e-mail that anybody may have sent: bounded in size, time and depth, and never trusted.

What cannot be read within the bounds is `Unfit`, with a reason. Before anything is parsed, bytes
are counted: a parser that is asked for a million parts makes a million objects.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from email import policy
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from typing import TYPE_CHECKING

import structlog

from impasse.adapters.mail.html_text import text_of_html
from impasse.domain.file_names import media_type_of, safe_file_name
from impasse.domain.inbound import DeliveryReport, MailFacts, MailReason
from impasse.domain.rooms import DocumentFile

if TYPE_CHECKING:
    from collections.abc import Iterator

log = structlog.get_logger("impasse.mail")

MOST_HEADER_BYTES = 256 * 1024
MOST_HEADERS = 1_000
MOST_PARTS = 200
MOST_DEPTH = 20
MOST_FILES = 30
MOST_TEXT = 2_000_000
"""More signs than this in the text of an e-mail is a document that was pasted."""

MOST_REPORTS = 100
_LONGEST_HEADER = 20_000
_LONGEST_ADDRESS = 254

_HEADERS_END = re.compile(rb"\r?\n\r?\n")
_BOUNDARY = re.compile(rb"boundary(?:\*\d*){0,2}\s*=\s*\"?([^\";\r\n]{1,100})", re.IGNORECASE)
_ADDRESS = re.compile(
    r"[^\s<>@\"(),:;\\\[\]]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?"
)
_IDENTIFIER = re.compile(r"<([!-;=?-~]{1,250})>")
_TEXTS = (
    "ascii", "big5", "cp", "euc", "gb", "hz", "iso2022", "iso8859", "johab", "koi8", "latin",
    "mac", "shift", "tis", "utf",
)  # fmt: skip
"""How the names of codecs begin that turn bytes into text and cost no more than reading them."""

_SIGNATURES = frozenset(
    {
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
    }
)


class Unfit(Exception):
    """An e-mail that cannot be read within the bounds; `reason` says why."""

    def __init__(self, reason: MailReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail that was parsed, and what is known of it."""

    message: Message
    facts: MailFacts
    subject: str


@dataclass(frozen=True, slots=True)
class Content:
    """What an e-mail says: `text` whole, quotes and all, and the files that came along.

    `left_out` are names of files that were empty or larger than fits.
    """

    text: str
    files: tuple[DocumentFile, ...] = ()
    left_out: tuple[str, ...] = ()


def read_letter(raw: bytes) -> Letter:
    """Return the e-mail that *raw* is; raises `Unfit`."""
    _refuse_large(raw)
    try:
        # The oldest policy: it keeps headers as they came, and looks into none of them.
        message = BytesParser(policy=policy.compat32).parsebytes(raw)
        return Letter(message, _facts(message), _one_line(_header(message, "subject")))
    except Unfit:
        raise
    except Exception as error:
        # Whatever a stranger's bytes do to a parser: they are kept, and somebody hears of it.
        log.warning("mail_unreadable", object="mail", result=type(error).__name__)
        raise Unfit(MailReason.UNREADABLE) from error


def content_of(letter: Letter, most_bytes: int) -> Content:
    """Return what *letter* says; files of more than *most_bytes* are left out. Raises `Unfit`."""
    found = _Found(most_bytes)
    try:
        found.look(letter.message, 0)
    except Unfit:
        raise
    except Exception as error:
        log.warning("mail_unreadable", object="mail", result=type(error).__name__)
        raise Unfit(MailReason.UNREADABLE) from error
    text = "\n\n".join(piece for _, piece in found.texts if piece.strip())
    return Content(clean(text), tuple(found.files), tuple(found.left_out))


def clean(text: str) -> str:
    """Return *text* with plain line ends, without NUL, half characters and other control signs."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    return "".join(sign for sign in text if sign in "\n\t" or not _harms(sign)).strip()


def identifiers(value: str) -> tuple[str, ...]:
    """Return the identifiers in a header such as References, without angle brackets."""
    return tuple(dict.fromkeys(_IDENTIFIER.findall(value)))[:MOST_PARTS]


def one_address(value: str) -> str:
    """Return the one address of a header in small letters; "" when it is none, or more than one.

    An address that stands in the name before it counts for nothing: programs differ in which of
    the two they show.
    """
    value = value.strip()
    if value.endswith(">"):
        name, opened, inner = value[:-1].rpartition("<")
        outside = re.sub(r'"(?:[^"\\]|\\.)*"', "", name)
        # A quote or comment that never ends may hold the address: then programs differ too.
        sound = opened and '"' not in outside and outside.count("(") == outside.count(")")
        found = inner.strip() if sound and not set(outside) & set("<>,;") else ""
    else:
        found = value
    ok = len(found) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(found)
    return found.lower() if ok else ""


def _harms(sign: str) -> bool:
    point = ord(sign)
    return point < 0x20 or 0x7F <= point < 0xA0 or 0xD800 <= point <= 0xDFFF  # noqa: PLR2004 Unicode


def _refuse_large(raw: bytes) -> None:
    end = _HEADERS_END.search(raw)
    head = raw if end is None else raw[: end.start()]
    if len(head) > MOST_HEADER_BYTES or head.count(b"\n") > MOST_HEADERS:
        raise Unfit(MailReason.TOO_MUCH)
    boundaries = {found.strip() for found in _BOUNDARY.findall(raw)}
    if len(boundaries) > MOST_DEPTH * 2 or raw.lower().count(b"message/") > MOST_PARTS:
        raise Unfit(MailReason.TOO_MUCH)
    # A short boundary such as "-" stands everywhere; that is not what a program of mail makes.
    if sum(raw.count(b"\n--" + one) for one in boundaries) > MOST_PARTS:
        raise Unfit(MailReason.TOO_MUCH)


def _facts(message: Message) -> MailFacts:
    names: dict[str, tuple[str, ...]] = {}
    for name in {key.lower() for key in message}:
        values = message.get_all(name) or ()
        names[name] = tuple(_unfolded(str(value)) for value in values[:MOST_PARTS])
    senders = names.get("from", ())
    path = names.get("return-path", ())
    answers = " ".join((*names.get("in-reply-to", ()), *names.get("references", ())))
    reports, about = _reports(message)
    if not reports and (failed := names.get("x-failed-recipients")):
        # A server that writes reports of before RFC 3464: it names our e-mail in References.
        gone = (one_address(one) for one in failed[0].split(",")[:MOST_REPORTS])
        reports = tuple(DeliveryReport(one, "", "failed", "5.0.0") for one in gone if one)
        about = identifiers(answers)
    own = identifiers(" ".join(names.get("message-id", ())[:1]))
    return MailFacts(
        # As it came: an encoded word may hold the name of somebody, never an address.
        sender=one_address(senders[0]) if len(senders) == 1 else "",
        return_path=None if not path else _path(path[0]),
        headers=names,
        content_type=message.get_content_type(),
        report_type=_parameter(message, "report-type"),
        message_id=own[0] if own else "",
        answers_to=identifiers(answers),
        reports=reports,
        about=about,
    )


def _path(value: str) -> str:
    plain = "".join(sign for sign in value if sign.isprintable())
    return plain.strip().strip("<>").strip().lower()[:_LONGEST_ADDRESS]


def _reports(message: Message) -> tuple[tuple[DeliveryReport, ...], tuple[str, ...]]:
    """Return what a delivery report says, and about which e-mails it is (RFC 3464, 2)."""
    if message.get_content_type() != "multipart/report" or not message.is_multipart():
        return (), ()
    reports: list[DeliveryReport] = []
    about: list[str] = []
    for part in _children(message):
        kind = part.get_content_type()
        if kind in {"message/delivery-status", "message/global-delivery-status"}:
            groups = _children(part) if part.is_multipart() else ()
            reports += [one for group in groups if (one := _report(group)) is not None]
        elif kind in {"message/rfc822", "message/global"} and part.is_multipart():
            about += [
                one for inner in _children(part)
                for one in identifiers(_header(inner, "message-id"))
            ]  # fmt: skip
        elif kind in {"text/rfc822-headers", "message/global-headers", "message/rfc822-headers"}:
            about += _in_headers(part)
    return tuple(reports[:MOST_REPORTS]), tuple(about[:MOST_REPORTS])


def _in_headers(part: Message) -> tuple[str, ...]:
    body = part.get_payload(decode=True)
    if not isinstance(body, bytes):
        return ()
    inner = BytesParser(policy=policy.compat32).parsebytes(
        body[:MOST_HEADER_BYTES], headersonly=True
    )
    return identifiers(_header(inner, "message-id"))


def _report(group: Message) -> DeliveryReport | None:
    action = _header(group, "action").strip().lower()
    if not action:
        return None
    status = re.match(r"\s*(\d\.\d{1,3}\.\d{1,3})", _header(group, "status"))
    return DeliveryReport(
        recipient=_recipient(_header(group, "final-recipient")),
        original=_recipient(_header(group, "original-recipient")),
        action=action.split()[0],
        status="" if status is None else status[1],
    )


def _recipient(value: str) -> str:
    """Return the address of a field such as `rfc822; jan@example.org`."""
    kind, _, address = value.partition(";")
    return one_address(address) if kind.strip().lower() in {"rfc822", "utf-8"} else ""


class _Found:
    """What is found while looking through the parts of an e-mail, in their order."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.parts = 0
        self.texts: list[tuple[bool, str]] = []
        self.files: list[DocumentFile] = []
        self.left_out: list[str] = []

    def look(self, part: Message, depth: int) -> None:
        """Look at *part* and all within it; raises `Unfit` beyond the bounds."""
        self.parts += 1
        if depth > MOST_DEPTH or self.parts > MOST_PARTS:
            raise Unfit(MailReason.TOO_MUCH)
        kind = part.get_content_type()
        if kind == "multipart/alternative" and part.is_multipart():
            self._choose(part, depth)
        elif part.get_content_maintype() == "multipart" and part.is_multipart():
            for child in _children(part):
                self.look(child, depth + 1)
        elif kind in {"text/plain", "text/html"} and not _is_file(part):
            self._read(part, html=kind == "text/html")
        elif kind not in _SIGNATURES:
            self._keep(part)

    def _choose(self, part: Message, depth: int) -> None:
        """Take of the same text in several forms the plain one, when it says anything."""
        before = self.texts
        forms: list[list[tuple[bool, str]]] = []
        for child in _children(part):
            self.texts = []
            self.look(child, depth + 1)
            forms.append(self.texts)
        said = [form for form in forms if any(piece.strip() for _, piece in form)]
        plain = [form for form in said if not all(html for html, _ in form)]
        self.texts = before + (plain or said or [[]])[0]

    def _read(self, part: Message, *, html: bool) -> None:
        body = _body(part)
        if len(body) > MOST_TEXT:
            raise Unfit(MailReason.TOO_MUCH)
        text = _text(body, part.get_content_charset())
        self.texts.append((html, text_of_html(text) if html else text))

    def _keep(self, part: Message) -> None:
        if len(self.files) + len(self.left_out) >= MOST_FILES:
            raise Unfit(MailReason.TOO_MUCH)
        inner = part.get_content_maintype() == "message"
        name = safe_file_name(clean(_file_name(part)), "bericht.eml" if inner else "bijlage")
        body = _whole(part) if inner else _body(part)
        if not body or len(body) > self.most_bytes:
            self.left_out.append(name)
        else:
            self.files.append(DocumentFile(name, media_type_of(name), body))


def _children(part: Message) -> Iterator[Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (child for child in payload if isinstance(child, Message))


def _is_file(part: Message) -> bool:
    disposition = str(part.get("content-disposition", "")).strip().lower()
    return disposition.startswith("attachment") or bool(_file_name(part))


def _file_name(part: Message) -> str:
    try:
        return _decoded(part.get_filename() or "")
    except (MessageError, LookupError, TypeError, ValueError):
        # A name that cannot be read is no name; the file itself may be sound.
        return ""


def _body(part: Message) -> bytes:
    body = part.get_payload(decode=True)
    return body if isinstance(body, bytes) else b""


def _whole(part: Message) -> bytes:
    """Return a forwarded e-mail as the file that it was."""
    inner = next(_children(part), None)
    return _body(part) if inner is None else inner.as_bytes(policy=policy.compat32)


def _text(body: bytes, charset: str | None) -> str:
    """Return *body* as text: in its charset when that is one, else in the likeliest."""
    for name in (charset or "", "utf-8"):
        codec = _codec(name)
        if codec:
            try:
                return body.decode(codec)
            except (UnicodeError, ValueError):
                continue
    return body.decode("cp1252", "replace")


def _codec(name: str) -> str:
    try:
        found = codecs.lookup(name).name.replace("_", "").replace("-", "") if name else ""
    except (LookupError, ValueError):
        return ""
    return name if found.startswith(_TEXTS) else ""


def _header(message: Message, name: str) -> str:
    return _decoded(_unfolded(str(message.get(name, ""))))


def _unfolded(value: str) -> str:
    return re.sub(r"[\r\n]+[ \t]*", " ", value[:_LONGEST_HEADER])


def _decoded(value: str) -> str:
    """Return a header with its encoded words in plain signs (RFC 2047)."""
    if "=?" not in value:
        return value
    try:
        pieces = decode_header(value[:_LONGEST_HEADER])
    except (MessageError, LookupError, ValueError):
        return value
    return "".join(
        piece if isinstance(piece, str) else _text(piece, charset) for piece, charset in pieces
    )


def _one_line(value: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in value).split())


def _parameter(message: Message, name: str) -> str:
    found = message.get_param(name)
    return found.strip().lower() if isinstance(found, str) else ""
