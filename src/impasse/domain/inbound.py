"""E-mail that comes in: what kind it is, whether its sender is proven, and where a reply belongs.

Sources: RFC 3834 (automatic answers), RFC 3464 and 3461 (delivery reports), RFC 8098 (receipts),
RFC 8601 (Authentication-Results), RFC 7489 (alignment of domains). Nothing is ever concluded from
the subject of an e-mail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from impasse.domain.access import rooms_of
from impasse.domain.rooms import RoomKind
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from impasse.domain.case import Case
    from impasse.domain.people import Actor
    from impasse.domain.rooms import Room

ADDRESS_LASTS = timedelta(days=180)
"""So long a reply address can be used."""

QUARANTINE_LASTS = timedelta(days=30)
"""What nobody settled by then is thrown away."""

WARNED_BEFORE = timedelta(days=7)
"""So long before it is thrown away, the administrators hear so."""

LOOP_WINDOW = timedelta(hours=1)
MOST_PER_WINDOW = 20
"""More replies than this of one sender in `LOOP_WINDOW` look like two machines that talk."""


class MailKind(StrEnum):
    """What an e-mail is."""

    REPLY = "reply"
    AUTOMATIC = "automatic"
    BOUNCE = "bounce"
    LOOP = "loop"
    UNKNOWN = "unknown"

    @property
    def label(self) -> Text:
        """The kind in words."""
        return _KIND_LABELS[self]


_KIND_LABELS = {
    MailKind.REPLY: Text("antwoord", "reply"),
    MailKind.AUTOMATIC: Text("automatisch antwoord", "automatic answer"),
    MailKind.BOUNCE: Text("bezorgbericht", "delivery report"),
    MailKind.LOOP: Text("eigen e-mail die terugkwam", "our own e-mail that came back"),
    MailKind.UNKNOWN: Text("onbekend", "unknown"),
}


class MailState(StrEnum):
    """What was done with an e-mail."""

    RECEIVED = "received"
    QUARANTINED = "quarantined"
    FILED = "filed"
    NOTED = "noted"
    DISCARDED = "discarded"

    @property
    def label(self) -> Text:
        """The state in words."""
        return _STATE_LABELS[self]


_STATE_LABELS = {
    MailState.RECEIVED: Text("ontvangen", "received"),
    MailState.QUARANTINED: Text("in quarantaine", "in quarantine"),
    MailState.FILED: Text("opgenomen", "filed"),
    MailState.NOTED: Text("zonder gevolg", "without effect"),
    MailState.DISCARDED: Text("weggegooid", "discarded"),
}


class MailReason(StrEnum):
    """Why an e-mail is where it is; no reason repeats anything that the e-mail says."""

    NONE = ""
    NO_ADDRESS = "no-address"
    ADDRESS_ENDED = "address-ended"
    OTHER_SENDER = "other-sender"
    NOT_PROVEN = "not-proven"
    TOO_MANY = "too-many"
    UNREADABLE = "unreadable"
    TOO_MUCH = "too-much"
    EMPTY = "empty"
    PERSON_DISABLED = "person-disabled"
    NOT_IN_CASE = "not-in-case"
    CASE_CLOSED = "case-closed"
    NO_PRIVATE_ROOM = "no-private-room"
    OTHER_ROOM = "other-room"
    ROOM_SHUT = "room-shut"
    OTHER_CONTENT = "other-content"
    REFUSED = "refused"
    MACHINE = "machine"
    REPORT_USED = "report-used"
    REPORT_UNKNOWN = "report-unknown"
    CAME_BACK = "came-back"
    BY_HAND = "by-hand"
    TOO_LONG_AGO = "too-long-ago"

    @property
    def label(self) -> Text:
        """The reason in words."""
        return _REASON_LABELS[self]

    @property
    def can_be_released(self) -> bool:
        """Whether an administrator who knows the sender can still have it filed."""
        return self in _RELEASABLE


_REASON_LABELS = {
    MailReason.NONE: Text("", ""),
    MailReason.NO_ADDRESS: Text(
        "het hoort bij geen antwoordadres van ons",
        "it belongs to no reply address of ours",
    ),
    MailReason.ADDRESS_ENDED: Text("het antwoordadres is verlopen", "the reply address has ended"),
    MailReason.OTHER_SENDER: Text(
        "de afzender is niet wie dit antwoordadres kreeg",
        "the sender is not who was given this reply address",
    ),
    MailReason.NOT_PROVEN: Text(
        "de mailserver kon de afzender niet bewijzen (DMARC, SPF of DKIM)",
        "the mail server could not prove the sender (DMARC, SPF or DKIM)",
    ),
    MailReason.TOO_MANY: Text(
        "deze afzender stuurde te veel in een uur",
        "this sender sent too much within an hour",
    ),
    MailReason.UNREADABLE: Text(
        "het bericht is beschadigd en niet te lezen",
        "the message is damaged and cannot be read",
    ),
    MailReason.TOO_MUCH: Text(
        "het bericht heeft te veel of te grote onderdelen",
        "the message has too many parts, or too large ones",
    ),
    MailReason.EMPTY: Text("het bericht was leeg", "the message was empty"),
    MailReason.PERSON_DISABLED: Text("deze gebruiker is uitgezet", "this user was disabled"),
    MailReason.NOT_IN_CASE: Text(
        "deze persoon hoort niet meer bij de zaak",
        "this person takes part in the case no more",
    ),
    MailReason.CASE_CLOSED: Text("de zaak is gesloten", "the case is closed"),
    MailReason.NO_PRIVATE_ROOM: Text(
        "deze persoon heeft in de zaak geen eigen kamer; antwoorden kan in de zaak zelf",
        "this person has no room of his or her own in the case; answering can be done there",
    ),
    MailReason.OTHER_ROOM: Text(
        "deze persoon heeft nu een andere kamer dan toen wij schreven",
        "this person has another room now than when we wrote",
    ),
    MailReason.ROOM_SHUT: Text(
        "de eigen kamer van deze persoon is dicht", "the own room of this person is shut"
    ),
    MailReason.OTHER_CONTENT: Text(
        "een eerder bericht had hetzelfde kenmerk en een andere inhoud",
        "an earlier message had the same Message-ID and other content",
    ),
    MailReason.REFUSED: Text(
        "een onderdeel kan zo niet worden bewaard", "a part of it cannot be kept as it is"
    ),
    MailReason.MACHINE: Text("een machine stuurde dit", "a machine sent this"),
    MailReason.REPORT_USED: Text(
        "bezorgbericht verwerkt bij de bezorging", "delivery report used at the delivery"
    ),
    MailReason.REPORT_UNKNOWN: Text(
        "bezorgbericht over iets dat wij niet stuurden",
        "delivery report of something we did not send",
    ),
    MailReason.CAME_BACK: Text("onze eigen e-mail kwam terug", "our own e-mail came back"),
    MailReason.BY_HAND: Text("een beheerder gooide het weg", "an administrator discarded it"),
    MailReason.TOO_LONG_AGO: Text(
        "niemand besliste binnen 30 dagen", "nobody decided within 30 days"
    ),
}

_RELEASABLE = frozenset(
    {
        MailReason.ADDRESS_ENDED,
        MailReason.OTHER_SENDER,
        MailReason.NOT_PROVEN,
        MailReason.TOO_MANY,
        MailReason.PERSON_DISABLED,
        MailReason.NOT_IN_CASE,
        MailReason.CASE_CLOSED,
        MailReason.NO_PRIVATE_ROOM,
        MailReason.ROOM_SHUT,
        MailReason.OTHER_CONTENT,
    }
)
"""Where the person is known and the content can be read; the case itself may still refuse."""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a mail server says of one recipient (RFC 3464, 2.3).

    `recipient` and `original` are addresses in small letters, `action` one of failed, delayed,
    delivered, relayed and expanded, `status` such as "5.1.1".
    """

    recipient: str
    original: str
    action: str
    status: str

    @property
    def failed(self) -> bool:
        """Whether the server has given up on this recipient."""
        return self.action == "failed"

    @property
    def delivered(self) -> bool:
        """Whether it was put into the recipient's mailbox."""
        return self.action == "delivered" and self.status.startswith("2.")

    @property
    def address_is_bad(self) -> bool:
        """Whether the address itself refused for good: it is unknown, or its mailbox is shut.

        A full mailbox, a refused content or a server out of reach says nothing of the address.
        """
        return self.failed and (self.status.startswith("5.1.") or self.status == "5.2.1")


@dataclass(frozen=True, slots=True)
class MailFacts:
    """What is known of an e-mail before anybody reads it.

    `return_path` is the address that the server was given: "" for the null path, None when nobody
    told. `sender` is the one address of From, in small letters; "" when there is none, or more
    than one. `headers` have names in small letters. `about` are the identifiers of the e-mail that
    a delivery report is about.
    """

    sender: str
    return_path: str | None
    headers: Mapping[str, tuple[str, ...]]
    content_type: str
    report_type: str = ""
    message_id: str = ""
    answers_to: tuple[str, ...] = ()
    reports: tuple[DeliveryReport, ...] = ()
    about: tuple[str, ...] = field(default=())


_MACHINES = re.compile(r"(?:mailer-daemon|mail-daemon|postmaster)@", re.IGNORECASE)
_IN_BULK = frozenset({"bulk", "junk", "list", "auto_reply", "auto-reply"})
_BY_MACHINE = (
    "x-auto-response-suppress",
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply-from",
    "x-mail-autoreply",
    "feedback-id",
)
"""Headers that no program of a person writes, whatever stands in them."""


def classify(facts: MailFacts, *, ours: bool, addressed: bool) -> MailKind:
    """Return what kind of e-mail this is.

    *ours* is whether its Message-ID is one that we gave out ourselves, *addressed* whether it came
    to a reply address of ours or answers an e-mail of ours.
    """
    if ours:
        return MailKind.LOOP
    if facts.content_type == "multipart/report" or facts.reports:
        bounced = facts.report_type in {"", "delivery-status"} or bool(facts.reports)
        return MailKind.BOUNCE if bounced else MailKind.AUTOMATIC
    if _MACHINES.match(facts.sender) or facts.headers.get("x-failed-recipients"):
        return MailKind.BOUNCE
    if facts.return_path == "" or _automatic(facts.headers):
        return MailKind.AUTOMATIC
    return MailKind.REPLY if addressed else MailKind.UNKNOWN


def _automatic(headers: Mapping[str, tuple[str, ...]]) -> bool:
    for value in headers.get("auto-submitted", ()):
        # A keyword with parameters after it (RFC 3834, 5), and comments wherever they please.
        if _WORD.split(_uncommented(value).strip().lower(), maxsplit=1)[0] != "no":
            return True
    for value in headers.get("precedence", ()):
        if value.strip().lower() in _IN_BULK:
            return True
    return any(name in headers for name in _BY_MACHINE) or any(
        name.startswith("list-") for name in headers
    )


_WORD = re.compile(r"[\s;]")


class Proof(StrEnum):
    """What a mail server says of who sent an e-mail."""

    PROVEN = "proven"
    REFUTED = "refuted"
    NOT_CHECKED = "not-checked"


def proof_of(results: Iterable[str], server: str, sender: str) -> Proof:
    """Return what *server* found of *sender*, in its Authentication-Results (RFC 8601).

    What DMARC says counts before all else. Without it, SPF or DKIM must have passed for the domain
    of *sender* itself (or for one above or below it), and neither may have failed. Results of any
    other server are not read: everybody can write them.
    """
    domain = sender.rpartition("@")[2].lower()
    found: list[tuple[str, str, dict[str, str]]] = []
    for header in results:
        first, *parts = _uncommented(header).split(";")
        name = first.split()
        if name and name[0].lower() == server.lower():
            found += [result for part in parts if (result := _result(part)) is not None]
    dmarc = [(verdict, props) for method, verdict, props in found if method == "dmarc"]
    if dmarc:
        passed = all(
            verdict == "pass" and props.get("header.from", domain) == domain
            for verdict, props in dmarc
        )
        if passed:
            return Proof.PROVEN
        if any(verdict not in _UNDECIDED for verdict, _ in dmarc):
            return Proof.REFUTED
    proven = False
    for method, verdict, props in found:
        if method not in {"spf", "dkim"} or verdict in _UNDECIDED:
            continue
        if verdict != "pass":
            return Proof.REFUTED
        proven = proven or any(_aligned(props.get(name, ""), domain) for name in _DOMAINS[method])
    return Proof.PROVEN if proven else Proof.NOT_CHECKED


_UNDECIDED = frozenset({"none", "neutral"})
_DOMAINS = {"spf": ("smtp.mailfrom",), "dkim": ("header.d", "header.i")}


def _result(part: str) -> tuple[str, str, dict[str, str]] | None:
    """Return method, verdict and properties, all in small letters."""
    words = re.sub(r"\s*=\s*", "=", part.strip().lower()).split()
    if not words or "=" not in words[0]:
        return None
    method, _, verdict = words[0].partition("=")
    props = {}
    for word in words[1:]:
        name, _, value = word.partition("=")
        props[name] = value.strip('"')
    return method.partition("/")[0], verdict, props


def _aligned(value: str, domain: str) -> bool:
    """Whether *value* is, or is of, the domain of the sender, or of one above or below it."""
    other = value.rpartition("@")[2]
    if "." not in other or "." not in domain:
        return False
    return other == domain or other.endswith(f".{domain}") or domain.endswith(f".{other}")


def _uncommented(value: str) -> str:
    """Return a header without what stands between parentheses, however deep, and without quotes.

    What a stranger chose, such as the address of the envelope, can stand between quotes: only what
    could stand there without them is kept.
    """
    kept, depth, place = [], 0, 0
    while place < len(value):
        sign = value[place]
        place += 1
        if sign == "\\" and depth:
            place += 1
        elif sign == "(":
            depth += 1
        elif sign == ")" and depth:
            depth -= 1
        elif sign == '"' and not depth:
            found = _QUOTED.match(value, place)
            if found is None:
                break
            place = found.end()
            kept.append(found[1] if _PLAIN.fullmatch(found[1]) else "?")
        elif not depth:
            kept.append(sign)
    return "".join(kept)


_QUOTED = re.compile(r'((?:[^"\\]|\\.)*)"', re.DOTALL)
_PLAIN = re.compile(r"[\w.@+/:-]*")


def most_private_room(actor: Actor, case: Case) -> Room | None:
    """Return where a reply of *actor* belongs, or None when nothing of the case is private enough.

    Of the mediator that is the own room, of who speaks for a party the side room of the
    organisation. Never a caucus, where the other side of the table reads along, and never the
    shared room. The secretariat has no room of its own.
    """
    rooms = rooms_of(actor, case)
    for kind in (RoomKind.MEDIATOR, RoomKind.SIDE):
        for room in rooms:
            if room.kind is kind:
                return room
    return None
