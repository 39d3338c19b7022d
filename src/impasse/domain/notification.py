"""Notifications: which messages ask for something, how a person wants to hear, and in what words.

A message that asks for something is an e-mail of its own; what only tells stands in the inbox and
in the digest. What comes soon after each other for one person travels together, and the same event
told again before it left is one notification with the newest words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING

from impasse.domain.case import Status
from impasse.domain.errors import Fault
from impasse.domain.escalation import RunState
from impasse.domain.messages import MESSAGES
from impasse.domain.quiet_hours import WEEKDAYS, OpenHours
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from impasse.domain.case import Case
    from impasse.domain.escalation import Run

ASKING: Mapping[str, Text] = MappingProxyType(
    {
        "case-opened": Text(
            "Zonder reactie blijft dit signaal open staan, en loopt de termijn van deze fase door.",
            "Without a reaction this signal stays open, and the term of this stage goes on.",
        ),
        "case-reopened": Text(
            "Zonder reactie loopt de termijn van deze fase door.",
            "Without a reaction the term of this stage goes on.",
        ),
        "party-added": Text(
            "De zaak gaat door, ook als u nu niets doet.",
            "The case goes on, also when you do nothing now.",
        ),
        "term-nearing": Text(
            "Is er op de einddatum geen stap gezet, dan volgt wat de procedure daarvoor noemt.",
            "If no step was taken by the end date, what the procedure says for that follows.",
        ),
        "term-expired": Text(
            "De zaak blijft in deze fase tot iemand een stap zet.",
            "The case stays in this stage until somebody takes a step.",
        ),
        "suspension-nearing": Text(
            "Op de laatste dag van de opschorting loopt de termijn vanzelf weer.",
            "On the last day of the suspension the term runs again by itself.",
        ),
        "tasks-opened": Text(
            "Het werk blijft open staan; is er een dag voor afgesproken, dan hoort u het als die "
            "voorbij is.",
            "The work stays open; if a day was agreed for it, you will hear when that has passed.",
        ),
        "task-due": Text(
            "Het werk blijft open staan, en de zaak wacht erop.",
            "The work stays open, and the case waits for it.",
        ),
        "move-confirmed": Text(
            "Zonder tweede persoon gebeurt de stap niet.",
            "Without a second person the step is not taken.",
        ),
        "agenda-candidate-proposed": Text(
            "De zaak blijft op de lijst met voorstellen tot het secretariaat beslist.",
            "The case stays on the list of proposals until the secretariat decides.",
        ),
        "early-warning-level-raised": Text(
            "Het niveau blijft zo tot de signalen zijn afgehandeld of iemand een stap zet.",
            "The level stays until the signals are dealt with or somebody takes a step.",
        ),
        "escalation-level-reached": Text(
            "De opschaling gaat verder volgens het beleid.",
            "The escalation goes on as its policy says.",
        ),
        "escalation-snooze-ended": Text(
            "De opschaling gaat verder volgens het beleid.",
            "The escalation goes on as its policy says.",
        ),
        "escalation-undelivered": Text(
            "Het bericht blijft onbestelbaar tot iemand het opnieuw verstuurt.",
            "The message stays undeliverable until somebody sends it again.",
        ),
        "duty-gap": Text(
            "Op die dagen gaan berichten voor wie dienst heeft naar het hele secretariaat.",
            "On those days messages for who is on duty go to the whole secretariat.",
        ),
        "destination-failing": Text(
            "Wat daarheen moet, blijft wachten of wordt onbestelbaar.",
            "What has to go there keeps waiting or becomes undeliverable.",
        ),
        "watchdog-alarm": Text(
            "De waakhond blijft aanslaan tot de oorzaak weg is.",
            "The watchdog stays on until the cause is gone.",
        ),
        "mail-quarantined": Text(
            "De e-mail blijft apart staan en komt in geen enkele zaak.",
            "The e-mail is kept apart and gets into no case.",
        ),
    }
)
"""The messages that ask for something, and what happens if nobody does anything; all others are
news."""

NOTHING_ASKED = Text("U hoeft niets te doen.", "You need not do anything.")

URGENT = frozenset({"watchdog-alarm"})
"""What passes quiet hours, beside levels of escalation that their policy calls urgent."""

IN_OWN_WORDS = frozenset({"tier-raised", "agenda-candidate-proposed"})
"""Messages of which the reason can be what somebody wrote: content, read on the page only."""

GROUP_MINUTES = 15
MOST_GROUP_MINUTES = 240
KEEPS_MERGING = timedelta(days=7)
"""What was held for longer than this is no longer added to."""

MAILS_PER_WEEK = 5
"""How many e-mails one person should get in a week at most: measured, not enforced."""

LONGEST_ADDRESS = 2_000


class Verdict(StrEnum):
    """What somebody thinks of a notification that he or she got."""

    RIGHT = "right"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    WRONG = "wrong"

    @property
    def label(self) -> Text:
        """The verdict in words."""
        return _VERDICTS[self]


_VERDICTS = {
    Verdict.RIGHT: Text("terecht", "right"),
    Verdict.TOO_EARLY: Text("te vroeg", "too early"),
    Verdict.TOO_LATE: Text("te laat", "too late"),
    Verdict.WRONG: Text("onterecht", "wrong"),
}


class Lapse(StrEnum):
    """Why something that was promised to a person is not sent any more."""

    UNSEEN_CASE = "unseen_case"
    NOT_THEIRS = "not_theirs"
    DISABLED = "disabled"
    CASE_CLOSED = "case_closed"
    STAGE_LEFT = "stage_left"
    RUN_ENDED = "run_ended"
    LEVEL_PASSED = "level_passed"
    TAKEN_UP = "taken_up"
    SNOOZED = "snoozed"
    SETTLED = "settled"
    SEEN = "seen"
    UNWANTED = "unwanted"
    TOGETHER = "together"
    """An escalation that it started tells the same person of it, and asks for an answer."""
    ENDED = "ended"
    """Its case was closed or its run ended before it left."""

    @property
    def label(self) -> Text:
        """The reason in words."""
        return _LAPSES[self]


_LAPSES = {
    Lapse.UNSEEN_CASE: Text("u ziet deze zaak niet meer", "you no longer see this case"),
    Lapse.NOT_THEIRS: Text("dit is niet meer aan u", "this is no longer for you"),
    Lapse.DISABLED: Text("kan zich niet meer aanmelden", "can no longer sign in"),
    Lapse.CASE_CLOSED: Text("de zaak is gesloten", "the case was closed"),
    Lapse.STAGE_LEFT: Text("de zaak is in een andere fase", "the case is in another stage"),
    Lapse.RUN_ENDED: Text("de opschaling is beëindigd", "the escalation was ended"),
    Lapse.LEVEL_PASSED: Text("de opschaling is verder", "the escalation went on"),
    Lapse.TAKEN_UP: Text("iemand heeft dit opgepakt", "somebody took this up"),
    Lapse.SNOOZED: Text("de opschaling is even weggelegd", "the escalation was snoozed"),
    Lapse.SETTLED: Text("dit is al geregeld", "this was settled already"),
    Lapse.SEEN: Text("u hebt dit al gezien", "you saw this already"),
    Lapse.UNWANTED: Text("u wilt dit niet langs deze weg", "you do not want this on this channel"),
    Lapse.TOGETHER: Text("dit staat in de opschaling", "the escalation tells this"),
    Lapse.ENDED: Text("waar dit over gaat is voorbij", "what this tells of has ended"),
}


class DigestWish(StrEnum):
    """Which digests somebody wants by e-mail."""

    NONE = "none"
    DAILY = "daily"
    WEEKLY = "weekly"
    BOTH = "both"

    @property
    def label(self) -> Text:
        """The wish in words."""
        return _WISHES[self]


_WISHES = {
    DigestWish.NONE: Text("geen overzicht", "no digest"),
    DigestWish.DAILY: Text("dagoverzicht", "daily digest"),
    DigestWish.WEEKLY: Text("weekoverzicht", "weekly digest"),
    DigestWish.BOTH: Text("dagoverzicht en weekoverzicht", "daily and weekly digest"),
}


@dataclass(frozen=True, slots=True)
class NotificationSettings:
    """How a person wants to hear; as it is made, the defaults of the house.

    `email` is whether what asks for something comes as an e-mail of its own, `chat` the address of
    a chat channel or "": as written, as shown, or as it is kept under seal. `group_minutes` is how
    long what comes together waits for each other.
    """

    email: bool = True
    chat: str = ""
    working_days: frozenset[int] = WEEKDAYS
    from_time: time = time(8, 0)
    until_time: time = time(18, 0)
    group_minutes: int = GROUP_MINUTES
    digest: DigestWish = DigestWish.DAILY
    digest_time: time = time(8, 30)

    @property
    def hours(self) -> OpenHours:
        """When this person hears what is not urgent."""
        return OpenHours(self.working_days, self.from_time, self.until_time)

    @property
    def window(self) -> timedelta:
        """How long the first of a group waits for what comes after it."""
        return timedelta(minutes=self.group_minutes)


def settings_faults(wanted: NotificationSettings) -> list[Fault]:
    """Return everything that keeps *wanted* from being kept; nothing when it can be."""
    faults: list[Fault] = []
    if not wanted.working_days or not wanted.working_days <= frozenset(range(1, 8)):
        faults.append(
            Fault(
                "/workingDays",
                Text(
                    "Kies ten minste één dag; 1 is maandag, 7 is zondag.",
                    "Choose one day at least; 1 is Monday, 7 is Sunday.",
                ),
            )
        )
    if wanted.until_time <= wanted.from_time:
        faults.append(
            Fault(
                "/untilTime",
                Text(
                    "Kies een eindtijd na de begintijd, op dezelfde dag.",
                    "Choose an end after the beginning, on the same day.",
                ),
            )
        )
    if not 0 <= wanted.group_minutes <= MOST_GROUP_MINUTES:
        faults.append(
            Fault(
                "/groupMinutes",
                Text(
                    f"Kies 0 tot en met {MOST_GROUP_MINUTES} minuten.",
                    f"Choose 0 to {MOST_GROUP_MINUTES} minutes.",
                ),
            )
        )
    if wanted.chat and not _is_address(wanted.chat):
        faults.append(
            Fault(
                "/chat",
                Text(
                    "Dit is geen adres van een chatkanaal. Neem het over zoals dat kanaal het "
                    "geeft, zonder spaties, of laat het leeg.",
                    "This is not the address of a chat channel. Copy it as that channel gives it, "
                    "without spaces, or leave it empty.",
                ),
            )
        )
    return faults


def _is_address(written: str) -> bool:
    scheme, found, rest = written.partition("://")
    plain = written.isascii() and written.isprintable() and " " not in written
    return plain and bool(found and scheme and rest) and len(written) <= LONGEST_ADDRESS


def event_of(type_: str) -> str:
    """Return the last word of a type: "case-opened" of "nl.impasse.case.case-opened"."""
    return type_.rpartition(".")[2]


def asks(type_: str) -> bool:
    """Whether a message of this type asks for something; it is news when it does not."""
    return event_of(type_) in ASKING


def otherwise_of(type_: str) -> Text:
    """Return what happens if nobody does anything about a message of this type."""
    return ASKING.get(event_of(type_), NOTHING_ASKED)


def label_of(type_: str) -> Text:
    """Return what a message of this type tells, in general words without any case."""
    return MESSAGES.get(event_of(type_), _SOMETHING)


def told_reason(type_: str, reason: Text, *, knows: bool) -> Text:
    """Return what a notification says that happened.

    General words for who may not know the case, and where the reason is somebody's own words.
    """
    if knows and event_of(type_) not in IN_OWN_WORDS:
        return reason
    return label_of(type_) + Text(".", ".")


_SOMETHING = Text("Er is iets gebeurd", "Something happened")


def dedup_key(subject: str, event_class: str, person: str) -> str:
    """Return by what two notifications are known to tell the same: case, event class, recipient."""
    return f"{subject}|{event_class}|{person}"


OF_ONE_THING = frozenset({"task-due", "tasks-opened", "move-confirmed", "escalation-undelivered"})
"""What tells of one of several: two of them in other words are two, and neither hides the other."""


def event_class(type_: str, *, stay: int, run: str, rule: str, reason: str = "") -> str:
    """Return the class of an event: its type, in this stay in a stage, at this level of a run.

    *reason* counts for what tells of one of several, such as a task or a side.
    """
    found = f"{event_of(type_)}:{stay}:{run}:{rule}"
    if event_of(type_) not in OF_ONE_THING:
        return found
    return f"{found}:{sha256(reason.encode()).hexdigest()[:16]}"


_OF_THE_STAY = frozenset(
    {
        "term-nearing",
        "term-expired",
        "suspension-nearing",
        "recess-nearing",
        "tasks-opened",
        "task-due",
        "move-confirmed",
    }
)
"""What is true in one stay in a stage only."""


def outdated(type_: str, stay: int, case: Case) -> Lapse | None:
    """Say why a message that asks for something has come too late for *case*, or None.

    *stay* is the stay in a stage in which it was promised, 0 when nobody wrote that down. News is
    never outdated: it tells what happened. Neither is what an escalation reports after its end.
    """
    if not asks(type_):
        return None
    if case.status is Status.CLOSED:
        return Lapse.CASE_CLOSED
    if event_of(type_) in _OF_THE_STAY and stay and stay != case.stage_entry:
        return Lapse.STAGE_LEFT
    return None


def overtaken(
    type_: str, run: Run | None, promised_at: datetime, person: str, side: str
) -> Lapse | None:
    """Say why a message of an escalation is not true any more for *person*, or None.

    *run* is None when it is not there. Who took a level up hears no more of it, nor do those for
    whose *side* somebody did. What tells of the end of a run is news and never overtaken.
    """
    if not asks(type_):
        return None
    if run is None or not run.open:
        return Lapse.RUN_ENDED
    if event_of(type_) == "escalation-undelivered":
        return None
    if run.state is RunState.SNOOZED:
        return Lapse.SNOOZED
    if event_of(type_) != "escalation-level-reached":
        return None
    if run.level_at is not None and run.level_at > promised_at:
        return Lapse.LEVEL_PASSED
    taken_up = any(
        act.person == person or (side and act.organisation == side) for act in run.acknowledgements
    )
    return Lapse.TAKEN_UP if taken_up or run.state is RunState.ACKNOWLEDGED else None
