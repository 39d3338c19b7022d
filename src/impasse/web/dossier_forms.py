"""Forms of a case page: what was typed becomes a command, and a refusal keeps what was typed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, time
from hashlib import sha256
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from impasse.adapters.files.organisations import NAMED_BY_HAND
from impasse.domain.case import ConfirmationKind, Party
from impasse.domain.commands import (
    AddParty,
    Appoint,
    CloseSignal,
    Confirm,
    MakeMove,
    RaiseTier,
    RecordEvent,
    ReportSignal,
    SignalReport,
)
from impasse.domain.errors import (
    ConditionsNotMet,
    Conflict,
    Fault,
    ImpasseError,
    Invalid,
    KeyReused,
    StaleRevision,
)
from impasse.domain.people import Layer
from impasse.domain.signals import Reliability
from impasse.domain.text import Text
from impasse.domain.tier import Tier
from impasse.web.session import CSRF_FIELD

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum
    from typing import TypeVar

    from impasse.domain.commands import CaseCommand
    from impasse.web.visit import Visit

    Word = TypeVar("Word", bound=StrEnum)

_FIELDS: Mapping[str, str] = {
    "/note": "toelichting",
    "/about": "waarmee",
    "/organisation": "organisatie",
    "/closedOn": "dag",
    "/happenedOn": "dag",
    "/appointee": "wie",
    "/text": "tekst",
    "/indicator": "signaal",
    "/reliability": "zekerheid",
    "/reason": "reden",
    "/until": "tot",
    "/tier": "niveau",
    "/kind": "soort",
    "/name": "naam",
    "/layer": "laag",
    "/minutes": "minuten",
    "/into": "met",
    "/day": "dag",
    "/startsAt": "begin",
    "/endsAt": "einde",
    "/closesOn": "sluit",
    "/place": "plaats",
    "/person": "wie",
    "/substitute": "vervanger",
    "/fromDay": "van",
    "/untilDay": "tot",
    "/nextStep": "stap",
    "/policy": "beleid",
    "/key": "",
}
"""What the domain calls a value, and the name of its field here."""

_FREE = ("titel", "tekst", "toelichting", "reden", "naam", "door", "bron", "waarmee", "stap")
"""Fields in which somebody writes words of their own."""

_KEY = re.compile(r"[A-Za-z0-9_-]{1,200}", re.ASCII)
_DIGITS = 9
_SENT_BEFORE = Text(
    "U hebt dit formulier al eerder verstuurd, met een andere tekst. Kijk of die tekst in het "
    "dossier staat. Verstuur dit formulier nog eens als u ook deze tekst wilt vastleggen.",
    "You sent this form before, with another text. See whether that text is in the case. Send "
    "this form once more if you want to record this text too.",
)
_REGISTERED = Text(
    "Deze organisatie staat in het register. Kies haar hierboven. Staat zij daar niet bij, dan "
    "doet zij al mee.",
    "This organisation is in the register. Choose it above. If it is not there, it takes part "
    "already.",
)
_LOOKED_AT = 60
_SLUG = 40
_BROKEN_FORM = Text(
    "Dit formulier is beschadigd bij ons aangekomen. Verstuur het nog eens.",
    "This form reached us damaged. Send it once more.",
)

_HIDDEN = frozenset({CSRF_FIELD, "versie", "sleutel", "gezien"})


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that came back and was refused: what was typed, and what is in the way.

    `faults` maps the name of a field to what to do; `lacks` are conditions of a move; `stale`
    says that somebody else was first, and `seen` which entries the reader had seen.
    """

    form: str
    values: Mapping[str, str]
    sentence: Text
    faults: Mapping[str, Text] = field(default_factory=dict)
    lacks: bool = False
    stale: bool = False
    seen: int = 0
    status: int = 422

    @property
    def typed(self) -> tuple[str, ...]:
        """The words that somebody wrote: they must never be lost."""
        return tuple(self.values[name] for name in _FREE if self.values.get(name, "").strip())

    def value(self, name: str, form: str, otherwise: str = "") -> str:
        """Return what was typed in a field of *form*, or *otherwise*."""
        return self.values.get(name, otherwise) if form == self.form else otherwise

    def fault(self, name: str, form: str) -> Text | None:
        """Return what is wrong with a field of *form*."""
        return self.faults.get(name) if form == self.form else None


NOTHING = Sent(form="", values={}, sentence=Text("", ""), status=200)
"""No form came back: the page as it is first shown."""


def refused(visit: Visit, form: str, error: ImpasseError) -> Sent:
    """Return what the page shows of a refused form, or raise what is not about the form."""
    if not isinstance(error, Conflict | Invalid):
        raise error
    return Sent(
        form=form,
        values={
            name: value
            for name, value in visit.form.multi_items()
            if isinstance(value, str) and name not in _HIDDEN
        },
        sentence=_SENT_BEFORE if isinstance(error, KeyReused) else error.text,
        faults=_by_field(error),
        lacks=isinstance(error, ConditionsNotMet),
        stale=isinstance(error, StaleRevision),
        seen=_number(visit.field("gezien")),
        status=409 if isinstance(error, Conflict) and not isinstance(error, ConditionsNotMet)
        else 422,
    )  # fmt: skip


def _by_field(error: ImpasseError) -> dict[str, Text]:
    if not isinstance(error, Invalid):
        return {}
    faults: dict[str, Text] = {}
    for fault in error.faults:
        name = _FIELDS.get(fault.pointer, fault.pointer.lstrip("/"))
        faults[name] = faults[name] + Text(" ", " ") + fault.text if name in faults else fault.text
    if not faults and isinstance(error, Invalid):
        faults[""] = error.text
    # Of a move, the domain's note is the reason on the page.
    return faults


def new_key() -> str:
    """Return a key that makes a form count once, however often it is sent."""
    return token_urlsafe(12)


def revision_of(visit: Visit) -> int | None:
    """Return the revision that the reader looked at; raises `Invalid` when it is no number."""
    written = visit.field("versie")
    if not written:
        return None
    if not written.isdecimal() or len(written) > _DIGITS:
        raise Invalid(_BROKEN_FORM)
    return int(written)


def key_of(visit: Visit) -> str:
    """Return the key that makes the form count once; raises `Invalid` for one that is not ours."""
    written = visit.field("sleutel")
    if written and not _KEY.fullmatch(written):
        raise Invalid(_BROKEN_FORM)
    return written


def _number(written: str) -> int:
    return int(written) if written.isdecimal() and len(written) <= _DIGITS else 0


class Reader:
    """Reads fields into values, and collects all that is wrong before it says so."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.faults: list[Fault] = []

    def day(self, name: str, pointer: str) -> date:
        """Return a day that must be there."""
        try:
            return date.fromisoformat(self.visit.field(name))
        except ValueError:
            self.faults.append(Fault(pointer, Text("Vul een dag in.", "Fill in a day.")))
            return date.min

    def day_or_none(self, name: str) -> date | None:
        """Return a day, or None when none was filled in that can be read."""
        try:
            return date.fromisoformat(self.visit.field(name))
        except ValueError:
            return None

    def clock(self, name: str, pointer: str) -> time:
        """Return a time of day that must be there."""
        try:
            found = time.fromisoformat(self.visit.field(name))
        except ValueError:
            found = None
        if found is None or found.tzinfo is not None:
            self.faults.append(Fault(pointer, Text("Vul een tijd in.", "Fill in a time.")))
            return time.min
        return found

    def choice(self, name: str, pointer: str, kinds: type[Word]) -> Word | None:
        """Return one of *kinds*."""
        try:
            return kinds(self.visit.field(name))
        except ValueError:
            self.faults.append(Fault(pointer, Text("Maak een keuze.", "Make a choice.")))
            return None

    def words(self, name: str, pointer: str, missing: Text) -> str:
        """Return words that must be there."""
        found = self.visit.field(name)
        if not found:
            self.faults.append(Fault(pointer, missing))
        return found

    def done(self) -> None:
        """Raise `Invalid` with everything that was wrong, if anything was."""
        if self.faults:
            raise Invalid(
                Text("Dit formulier is nog niet compleet.", "This form is not complete yet."),
                self.faults,
            )


def move(visit: Visit, case: str) -> CaseCommand:
    """Read the form that makes a move."""
    return MakeMove(
        case,
        visit.field("zet"),
        note=visit.field("toelichting"),
        until=Reader(visit).day_or_none("tot"),
    )


def confirmation(visit: Visit, case: str) -> CaseCommand:
    """Read the form that records a confirmation."""
    reader = Reader(visit)
    kind = reader.choice("soort", "/kind", ConfirmationKind)
    reader.done()
    if kind is None:
        raise AssertionError(visit.field("soort"))
    organisation = visit.field("organisatie") if kind.per_party else ""
    return Confirm(case, kind, organisation, visit.field("toelichting"), visit.field("waarmee"))


def signal(visit: Visit, case: str) -> CaseCommand:
    """Read the form that reports what somebody saw."""
    reader = Reader(visit)
    reliability = reader.choice("zekerheid", "/reliability", Reliability)
    happened_on = reader.day("dag", "/happenedOn")
    indicator = reader.words("signaal", "/indicator", Text("Maak een keuze.", "Make a choice."))
    reader.done()
    report = SignalReport(
        indicator=indicator,
        reliability=reliability or Reliability.FIRST_HAND,
        organisation=visit.field("organisatie") or visit.actor.organisation,
        happened_on=happened_on,
        text=visit.field("tekst"),
    )
    return ReportSignal(case, report)


def closed_signal(visit: Visit, case: str) -> CaseCommand:
    """Read the form that says that a signal no longer holds."""
    reader = Reader(visit)
    day = reader.day("dag", "/closedOn")
    reader.done()
    return CloseSignal(
        case,
        visit.field("nummer"),
        day,
        kept=visit.field("nagekomen") == "ja",
        note=visit.field("toelichting"),
    )


def appointment(visit: Visit, case: str) -> CaseCommand:
    """Read the form that appoints a handler or a mediator."""
    return Appoint(case, visit.field("ambt"), visit.field("wie"))


def event(visit: Visit, case: str) -> CaseCommand:
    """Read the form that keeps something that happened."""
    reader = Reader(visit)
    day = reader.day("dag", "/happenedOn")
    text = reader.words(
        "tekst", "/text", Text("Schrijf op wat er gebeurde.", "Write down what happened.")
    )
    reader.done()
    return RecordEvent(case, text, day, by=visit.field("door"), source=visit.field("bron"))


def escalation(visit: Visit, case: str) -> CaseCommand:
    """Read the form that takes the case to a higher table."""
    reader = Reader(visit)
    tier = reader.choice("niveau", "/tier", Tier)
    reason = reader.words(
        "reden",
        "/reason",
        Text("Alle partijen zien waarom u opschaalt.", "All parties see why you escalate."),
    )
    reader.done()
    return RaiseTier(case, tier or Tier.DIRECTORS, reason)


def party(visit: Visit, case: str) -> CaseCommand:
    """Read the form that adds an organisation: one of the register, or one by name."""
    key = visit.field("organisatie")
    if key:
        found = visit.house.views.organisation(key)
        return AddParty(case, Party(found.id, found.name, found.layer))
    reader = Reader(visit)
    name = reader.words("naam", "/name", Text("Schrijf de naam op.", "Write down the name."))
    layer = reader.choice("laag", "/layer", Layer)
    if name and _in_register(visit, name):
        reader.faults.append(Fault("/name", _REGISTERED))
    reader.done()
    return AddParty(case, Party(own_id(name), name, layer or Layer.OTHER))


def _in_register(visit: Visit, name: str) -> bool:
    """Whether an organisation of the register has this very name."""
    wanted = _one_spelling(name)
    found = visit.house.views.organisations(text=name, on=visit.today, limit=_LOOKED_AT)
    return any(_one_spelling(one.name) == wanted for one in found)


def own_id(name: str) -> str:
    """Return the id of an organisation that is known by its name alone.

    It is never an id of the register, and another name gives another id.
    """
    spelled = _one_spelling(name)
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:_SLUG].strip("-") or "naam"
    return f"{NAMED_BY_HAND}{slug}-{sha256(spelled.encode()).hexdigest()[:8]}"


def _one_spelling(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
