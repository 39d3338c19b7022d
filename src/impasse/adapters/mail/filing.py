"""Filing: what becomes of each e-mail that was kept.

A reply lands in the most private room of its sender, through the same engine as everything else;
what a machine sent is noted without effect; all else waits in quarantine. Done twice, by two
workers or after a crash, it comes to the same: each contribution has a key of its own, and what
was filed is written down before the next. No e-mail is ever answered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import func, or_, select, update
from sqlmodel import Session

from impasse.adapters.identity.secrets import actor_of
from impasse.adapters.mail import bounces
from impasse.adapters.mail.letter import Unfit, content_of, read_letter
from impasse.adapters.mail.new_text import new_text
from impasse.adapters.mail.quarantine import no_such_mail, settled_already, tell_of_quarantine
from impasse.adapters.mail.reply_addresses import (
    LOCAL_PART,
    address_called,
    rooms_given,
    used,
    without_secrets,
)
from impasse.adapters.sql.database import writing
from impasse.adapters.sql.people import person_of
from impasse.adapters.sql.statements import table
from impasse.adapters.sql.substitutions import acting_person
from impasse.adapters.sql.tables import InboundMailRow, PersonRow
from impasse.domain.case import Status
from impasse.domain.commands import Contribute
from impasse.domain.errors import (
    Conflict,
    ImpasseError,
    Invalid,
    KeyReused,
    NotAllowed,
    NotFound,
    Unavailable,
)
from impasse.domain.inbound import (
    LOOP_WINDOW,
    MOST_PER_WINDOW,
    MailKind,
    MailReason,
    MailState,
    Proof,
    classify,
    most_private_room,
    proof_of,
)
from impasse.domain.rooms import ContributionKind, DocumentFile, Part
from impasse.domain.storable import LONGEST
from impasse.domain.text import Text
from impasse.engine.ports import Contention

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.engine import Connection, Engine, Row

    from impasse.adapters.mail.letter import Content, Letter
    from impasse.domain.case import Case
    from impasse.domain.inbound import MailFacts
    from impasse.domain.people import Actor, Person
    from impasse.domain.rooms import Room
    from impasse.domain.text import Language
    from impasse.engine.engine import Engine as Decisions

log = structlog.get_logger("impasse.mail")

ORIGIN = "mail"
"""The door through which whoever replies by e-mail comes in."""

AT_ONCE = 50
_MAILS = table(InboundMailRow)
_OPEN = (MailState.RECEIVED.value, MailState.QUARANTINED.value)
_ROOM_FOR_WORDS = 600
_LONGEST_TITLE = 200
_ANSWERED = re.compile(
    r"(?:(?:re|antw|aw|sv|fw|fwd|tr|doorst)\s*(?:\[\d{1,3}\])?\s*:\s*)+", re.IGNORECASE
)
_TITLE = Text("Antwoord per e-mail", "Reply by e-mail")
_ALL_OF_IT = "volledig-bericht.txt"


@dataclass(frozen=True, slots=True)
class _Match:
    """To whom and about which case an e-mail is a reply; `reason` is why that does not count.

    `room` is the one for which the e-mail that it answers was written.
    """

    person: str = ""
    case: str = ""
    reason: MailReason = MailReason.NONE
    key: str = ""
    room: str = ""


class _RefusedError(Exception):
    """The engine did not take it; `reason` says why."""

    def __init__(self, reason: MailReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Filing:
    """Settles what came in.

    *server* is the name under which the trusted mail server writes Authentication-Results, "" when
    nobody checks.
    """

    def __init__(
        self,
        database: Engine,
        engine: Decisions,
        case_seen: Callable[[Actor, str], Case],
        clock: Callable[[], datetime],
        *,
        document_bytes: int,
        server: str,
    ) -> None:
        self._database = database
        self._engine = engine
        self._case_seen = case_seen
        self._clock = clock
        self._document_bytes = document_bytes
        self._server = server

    def settle_due(self, limit: int = AT_ONCE) -> int:
        """Settle what waits, the oldest first; return how many were settled.

        One that breaks something is put into quarantine, and holds up no other.
        """
        settled = 0
        for number in self._waiting(limit):
            try:
                settled += self._settle(number)
            except (Unavailable, Contention):
                raise
            except Exception as error:  # noqa: BLE001 a stranger's e-mail holds up nobody
                # Its content may be confidential: neither the error nor its trace is repeated.
                log.error(  # noqa: TRY400
                    "mail_failed", object=number, result=type(error).__name__
                )
                self._quarantine(number, MailReason.UNREADABLE)
        return settled

    def release(self, number: str, *, by: str) -> str:
        """File a quarantined e-mail as its sender's, whom *by* vouches for; return its state.

        Nobody reads it for that. Raises `NotFound`, or `Conflict` when it cannot be filed.
        """
        row = self._row(number)
        if row is None:
            raise no_such_mail(number)
        if row.state != MailState.QUARANTINED.value:
            raise settled_already()
        reason = MailReason(row.reason.partition("\n")[0])
        if not (row.person_id and row.case_id and reason.can_be_released):
            raise _cannot_release(reason)
        try:
            letter = read_letter(row.raw)
            room = self._addressed(row).room
            refused = self._file(row, letter, _Match(row.person_id, row.case_id, room=room), by=by)
        except Unfit as error:
            refused = error.reason
        if refused is not MailReason.NONE:
            raise _cannot_release(refused)
        log.info("mail_released", object=number, result="filed", actor=by)
        return number

    def _waiting(self, limit: int) -> list[str]:
        with self._database.connect() as connection:
            rows = connection.execute(
                select(_MAILS.c.id)
                .where(_MAILS.c.state == MailState.RECEIVED.value)
                .order_by(_MAILS.c.received_at, _MAILS.c.id)
                .limit(limit)
            )
            return [row[0] for row in rows]

    def _row(self, number: str) -> Row | None:  # type: ignore[type-arg] # columns of one table
        with self._database.connect() as connection:
            return connection.execute(select(_MAILS).where(_MAILS.c.id == number)).first()

    def _settle(self, number: str) -> int:
        row = self._row(number)
        if row is None or row.state != MailState.RECEIVED.value:
            return 0
        try:
            letter = read_letter(row.raw)
        except Unfit as error:
            match = self._addressed(row)
            self._quarantine(number, error.reason, match)
            return 1
        facts, at = letter.facts, self._clock()
        with writing(self._database) as connection:
            parcels = bounces.ours(connection, [facts.message_id])
            match = _match(connection, row, facts, at)
            # Whoever writes to a secret address of ours writes to us, whatever became of it.
            addressed = bool(match.person) or row.recipient.startswith(f"{LOCAL_PART}#")
            kind = classify(facts, ours=bool(parcels), addressed=addressed)
            known = {
                "kind": kind.value,
                "message_id": facts.message_id[:250],
                "sender": facts.sender or (facts.return_path or ""),
            }
            connection.execute(update(_MAILS).where(_MAILS.c.id == number).values(**known))
            if kind is MailKind.BOUNCE:
                if bounces.too_early(connection, facts, at - row.received_at):
                    return 0
                _note(connection, number, bounces.apply_report(connection, facts, at), at)
                return 1
            if kind in {MailKind.AUTOMATIC, MailKind.LOOP}:
                loop = kind is MailKind.LOOP
                reason = MailReason.CAME_BACK if loop else MailReason.MACHINE
                _note(connection, number, reason, at)
                return 1
            if match.reason is MailReason.NONE:
                reason = self._doubt(connection, row, facts, match, at)
                match = replace(match, reason=reason)
        if match.reason is MailReason.NONE:
            try:
                refused = self._file(row, letter, match)
            except Unfit as error:
                refused = error.reason
            match = replace(match, reason=refused)
        if match.reason is not MailReason.NONE:
            self._quarantine(number, match.reason, match)
        return 1

    def _addressed(self, row: Row) -> _Match:  # type: ignore[type-arg] # columns of one table
        with self._database.connect() as connection:
            found = address_called(connection, _key_of(row.recipient))
        return _Match() if found is None else _Match(found.person, found.case, room=found.room)

    def _doubt(
        self,
        connection: Connection,
        row: Row,  # type: ignore[type-arg] # columns of one table
        facts: MailFacts,
        match: _Match,
        at: datetime,
    ) -> MailReason:
        """Return why this e-mail may not be of whom the address was given to; else nothing."""
        person = _person(connection, match.person, at)
        if person is None or person.disabled:
            return MailReason.PERSON_DISABLED
        if not facts.sender or facts.sender != person.email.strip().lower():
            return MailReason.OTHER_SENDER
        if self._server:
            results = facts.headers.get("authentication-results", ())
            if proof_of(results, self._server, facts.sender) is not Proof.PROVEN:
                return MailReason.NOT_PROVEN
        many = select(func.count()).where(
            _MAILS.c.received_at > at - LOOP_WINDOW,
            _MAILS.c.id != row.id,
            _MAILS.c.kind.in_([MailKind.REPLY.value, MailKind.UNKNOWN.value]),
            or_(_MAILS.c.sender == facts.sender, _MAILS.c.recipient == row.recipient),
            _MAILS.c.state != MailState.RECEIVED.value,
        )
        if (connection.execute(many).scalar() or 0) >= MOST_PER_WINDOW:
            return MailReason.TOO_MANY
        return MailReason.NONE

    def _file(
        self,
        row: Row,  # type: ignore[type-arg] # columns of one table
        letter: Letter,
        match: _Match,
        *,
        by: str = "",
    ) -> MailReason:
        """Bring the e-mail into the most private room of its sender; return why not, if not."""
        with self._database.connect() as connection:
            person = _person(connection, match.person, self._clock())
        if person is None or person.disabled:
            return MailReason.PERSON_DISABLED
        actor = actor_of(person, ORIGIN)
        try:
            case = self._case_seen(actor, match.case)
        except NotFound:
            return MailReason.NOT_IN_CASE
        room = most_private_room(actor, case)
        if room is None:
            return MailReason.NO_PRIVATE_ROOM
        if match.room and match.room != room.key:
            # Who works for somebody else now answers what was written for the side of before.
            return MailReason.OTHER_ROOM
        if case.status is Status.CLOSED:
            return MailReason.CASE_CLOSED
        content = content_of(letter, self._document_bytes)
        vouched = letter.facts.sender or "?" if by else ""
        commands = self._commands(
            case.id, room, letter.subject, content, language=_language(person), vouched=vouched
        )
        if not commands:
            with writing(self._database) as connection:
                _note(connection, row.id, MailReason.EMPTY, self._clock(), by=by)
            return MailReason.NONE
        done = row.contribution.split()
        for place, command in enumerate(commands):
            if place < len(done):
                continue
            key = f"{_request(row, letter, match, released=bool(by))}:{place}"
            try:
                done.append(self._contribute(command, actor, key))
            except _RefusedError as refused:
                return refused.reason
            self._progress(row.id, match, room, done)
        self._filed(row.id, match, room, done, by=by)
        return MailReason.NONE

    def _contribute(self, command: Contribute, actor: Actor, key: str) -> str:
        """Bring one thing in; return its number, or raise `_RefusedError`."""
        try:
            return self._engine.handle(command, actor, key=key).created
        except NotFound as error:
            raise _RefusedError(MailReason.NOT_IN_CASE) from error
        except KeyReused as error:
            raise _RefusedError(MailReason.OTHER_CONTENT) from error
        except Invalid as error:
            raise _RefusedError(MailReason.REFUSED) from error
        except (NotAllowed, Conflict) as error:
            raise _RefusedError(MailReason.ROOM_SHUT) from error

    def _commands(
        self,
        case: str,
        room: Room,
        subject: str,
        content: Content,
        *,
        language: Language,
        vouched: str,
    ) -> list[Contribute]:
        """Return what the e-mail brings in: a note with its new words, and its files."""
        found = new_text(content.text)
        text, files = without_secrets(found.new), list(content.files)
        if found.doubtful:
            files.insert(0, _as_file(_ALL_OF_IT, without_secrets(content.text)))
        remarks = []
        if vouched:
            remarks.append(_vouched_for(vouched).in_(language))
        if content.left_out:
            remarks.append(_left_out(content.left_out).in_(language))
        if len(text) > LONGEST - _ROOM_FOR_WORDS:
            if not found.doubtful:
                files.insert(0, _as_file(_ALL_OF_IT, without_secrets(content.text)))
            text = text[: LONGEST - 2 * _ROOM_FOR_WORDS]
            remarks.append(_SHORTENED.in_(language))
        said = "\n\n".join([*(f"[{one}]" for one in remarks), *([text] if text else [])])
        title = _title(subject) or _TITLE.in_(language)
        commands = []
        if text or content.left_out:
            commands.append(Contribute(case, room, ContributionKind.NOTE, Part.VIEW, title, said))
        return commands + [
            Contribute(
                case, room, ContributionKind.DOCUMENT, Part.VIEW, one.name,
                "" if text else said, file=one,
            )
            for one in files
        ]  # fmt: skip

    def _progress(self, number: str, match: _Match, room: Room, done: list[str]) -> None:
        with writing(self._database) as connection:
            connection.execute(
                update(_MAILS)
                .where(_MAILS.c.id == number, _MAILS.c.state.in_(_OPEN))
                .values(
                    person_id=match.person,
                    case_id=match.case,
                    room=room.key,
                    contribution=" ".join(done),
                )
            )

    def _filed(self, number: str, match: _Match, room: Room, done: list[str], *, by: str) -> None:
        at = self._clock()
        with writing(self._database) as connection:
            connection.execute(
                update(_MAILS)
                .where(_MAILS.c.id == number, _MAILS.c.state.in_(_OPEN))
                .values(
                    state=MailState.FILED.value,
                    reason="",
                    person_id=match.person,
                    case_id=match.case,
                    room=room.key,
                    contribution=" ".join(done),
                    raw=b"",
                    settled_at=at,
                    settled_by=by,
                )
            )
            if match.key:
                used(connection, match.key, at)
        log.info("mail_filed", object=number, result="filed", actor=match.person)

    def _quarantine(self, number: str, reason: MailReason, match: _Match | None = None) -> None:
        match = match or _Match()
        at = self._clock()
        with writing(self._database) as connection:
            connection.execute(
                update(_MAILS)
                .where(_MAILS.c.id == number, _MAILS.c.state == MailState.RECEIVED.value)
                .values(
                    state=MailState.QUARANTINED.value,
                    reason=reason.value,
                    person_id=match.person,
                    case_id=match.case,
                )
            )
            tell_of_quarantine(connection, at)
        log.info("mail_quarantined", object=number, result=reason.value)


def _match(
    connection: Connection,
    row: Row,  # type: ignore[type-arg] # columns of one table
    facts: MailFacts,
    at: datetime,
) -> _Match:
    """Return to whom this is a reply: by the address, else by the e-mail that it answers."""
    key = _key_of(row.recipient)
    if key:
        found = address_called(connection, key)
        if found is None:
            return _Match(reason=MailReason.NO_ADDRESS)
        ended = found.ends_at <= at
        reason = MailReason.ADDRESS_ENDED if ended else MailReason.NONE
        return _Match(found.person, found.case, reason, key, found.room)
    known = bounces.written_to(connection, bounces.ours(connection, facts.answers_to))
    mine = []
    for who, about in known:
        person = _person(connection, who, at)
        # Without the secret only the address of the person says who it is.
        if person is not None and facts.sender and person.email.strip().lower() == facts.sender:
            mine.append((who, about))
    if len(mine) == 1:
        rooms = rooms_given(connection, *mine[0])
        # With addresses for two rooms nobody knows for which of them that e-mail was written.
        reason = MailReason.OTHER_ROOM if len(rooms) > 1 else MailReason.NONE
        return _Match(*mine[0], reason, room=min(rooms, default=""))
    return _Match(reason=MailReason.NO_ADDRESS)


def _key_of(recipient: str) -> str:
    start, _, key = recipient.partition("#")
    return key if start == LOCAL_PART else ""


def _person(connection: Connection, key: str, at: datetime) -> Person | None:
    with Session(bind=connection) as session:
        row = session.get(PersonRow, key)
        return None if row is None else acting_person(session, person_of(session, row), at)


def _note(
    connection: Connection, number: str, reason: MailReason, at: datetime, *, by: str = ""
) -> None:
    """Write down that an e-mail had no effect; what it said is thrown away."""
    connection.execute(
        update(_MAILS)
        .where(_MAILS.c.id == number, _MAILS.c.state.in_(_OPEN))
        .values(
            state=MailState.NOTED.value,
            reason=reason.value,
            raw=b"",
            settled_at=at,
            settled_by=by,
        )
    )
    log.info("mail_noted", object=number, result=reason.value)


def _request(row: Row, letter: Letter, match: _Match, *, released: bool) -> str:  # type: ignore[type-arg] # columns of one table
    """Return by which key a repetition is known: of the same e-mail, about the same case."""
    if released:
        return f"mail:{row.id}:released"
    identity = letter.facts.message_id or row.id
    known = f"{match.case} {identity}".encode()
    return f"mail:{sha256(known).hexdigest()[:40]}"


def _language(person: Person) -> Language:
    return "en" if person.language == "en" else "nl"


def _title(subject: str) -> str:
    return without_secrets(_ANSWERED.sub("", subject, count=1)).strip()[:_LONGEST_TITLE].strip()


def _as_file(name: str, text: str) -> DocumentFile:
    return DocumentFile(name, "text/plain", text.encode())


_SHORTENED = Text(
    f"Dit is het begin. De hele tekst staat in {_ALL_OF_IT}.",
    f"This is the beginning. The whole text is in {_ALL_OF_IT}.",
)


def _left_out(names: tuple[str, ...]) -> Text:
    named = ", ".join(names)
    if len(named) > _ROOM_FOR_WORDS // 2:
        named = f"{named[: _ROOM_FOR_WORDS // 2]}…"
    return Text(
        f"Niet opgenomen, want leeg of te groot: {named}.",
        f"Not taken along, being empty or too large: {named}.",
    )


def _vouched_for(sender: str) -> Text:
    shown = sender[:100]
    return Text(
        f"Per e-mail van {shown}. Wie dat is, kon niet vanzelf worden vastgesteld; een beheerder "
        "gaf het vrij zonder het te lezen.",
        f"By e-mail of {shown}. Who that is could not be established by itself; an administrator "
        "released it without reading it.",
    )


def _cannot_release(reason: MailReason) -> ImpasseError:
    return Conflict(
        Text(
            f"Deze e-mail kan niet worden vrijgegeven: {reason.label.nl}. Vraag de afzender om in "
            "de zaak zelf te antwoorden, of gooi de e-mail weg.",
            f"This e-mail cannot be released: {reason.label.en}. Ask the sender to answer in the "
            "case itself, or discard the e-mail.",
        )
    )
