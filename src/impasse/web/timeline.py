"""The history of a case as a timeline: what came and what is still to come, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from impasse.domain.case import Purpose
from impasse.domain.chronicle import tell
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.rooms import SHARED
from impasse.domain.signals import Reliability
from impasse.domain.task_flow import lower
from impasse.domain.text import Text, same
from impasse.web.course import content_of, near_day, owner_words, rung_words
from impasse.web.offices import named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from impasse.adapters.sql.views import ComingTimer
    from impasse.domain.case import Case
    from impasse.domain.early_warning import Indicators
    from impasse.domain.history import ChainedEntry, Json
    from impasse.domain.workflow import Workflow
    from impasse.web.offices import Offices

_COMING_SHOWN = 3
_ICONS: Mapping[str, str] = {
    "case_opened": "bell",
    "signal_reported": "bell",
    "signal_closed": "check",
    "stage_changed": "flat",
    "clock_held": "alert",
    "term_reminded": "clock",
    "term_expired": "clock",
    "rung_reached": "clock",
    "term_suspended": "pause",
    "suspension_begun": "pause",
    "suspension_reminded": "clock",
    "term_resumed": "clock",
    "term_extended": "clock",
    "term_replanned": "clock",
    "recess_reminded": "clock",
    "tier_raised": "up",
    "level_changed": "radar",
    "confirmed": "check",
    "party_added": "users",
    "appointed": "user",
    "event_recorded": "doc",
    "tasks_opened": "edit",
    "tasks_parked": "pause",
    "tasks_resumed": "edit",
    "task_started": "user",
    "task_done": "check",
    "tasks_withdrawn": "x",
    "task_reopened": "back",
    "tasks_joined": "users",
    "task_reminded": "clock",
    "candidate_proposed": "table",
    "candidate_accepted": "table",
    "candidate_declined": "table",
    "contributed": "edit",
    "contribution_shared": "doc",
    "release_proposed": "eye",
    "release_decided": "check",
    "release_withdrawn": "back",
    "contribution_destroyed": "x",
    "room_destroyed": "x",
    "hold_placed": "lock",
    "hold_lifted": "check",
    "disclosure_assessed": "scale",
    "escalation_started": "bell",
    "escalation_level_reached": "up",
    "escalation_level_skipped": "x",
    "escalation_level_held": "pause",
    "escalation_reminded": "clock",
    "escalation_acknowledged": "check",
    "escalation_lapsed": "clock",
    "escalation_snoozed": "pause",
    "escalation_snooze_ended": "bell",
    "escalation_ended": "check",
    "escalation_undelivered": "alert",
    "escalation_tripped": "alert",
}


_STANDING: Mapping[Purpose, Text] = {
    Purpose.SUSPENSION_BEGIN: Text("De klok gaat stilstaan", "The clock comes to stand still"),
    Purpose.SUSPENSION_REMINDER: Text(
        "Herinnering: de opschorting eindigt", "Reminder: the suspension ends"
    ),
    Purpose.SUSPENSION_END: Text(
        "De opschorting verstrijkt en de klok loopt weer",
        "The suspension lapses and the clock runs again",
    ),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the timeline: a lead in bold, the rest, when, and by whom.

    `link` is the address of its source elsewhere, `inside` that of what it tells of, here.
    """

    icon: str
    lead: Text
    rest: Text
    at: datetime
    when: Text
    who: Text
    big: bool = False
    link: str = ""
    inside: str = ""


@dataclass(frozen=True, slots=True)
class Coming:
    """Something that time will do: what, and on which day, unless the words name it."""

    words: Text
    day: date | None = None


def moment(at: datetime, today: date) -> Text:
    """Write an instant for a line: "ma 12 okt, 11.32"."""
    local = at.astimezone(AMSTERDAM)
    day = near_day(local.date(), today)
    return Text(f"{day.nl}, {local:%H.%M}", f"{day.en}, {local:%H:%M}")


@dataclass(frozen=True, slots=True)
class Teller:
    """Turns entries of one case into words, with names where the entries hold ids."""

    case: Case
    workflow: Workflow
    indicators: Indicators
    offices: Offices
    today: date

    def sentence(self, entry: ChainedEntry) -> Text:
        """Return the whole sentence of *entry*, with the address of its source."""
        lead, rest = self.lead(entry)
        rest += same(f" {link}" if (link := _address(content_of(entry).get("source"))) else "")
        return lead + Text(f" {rest.nl}" if rest.nl else "", f" {rest.en}" if rest.en else "")

    def item(self, entry: ChainedEntry) -> Item:
        """Return *entry* as a line of the timeline."""
        lead, rest = self.lead(entry)
        return Item(
            icon=_ICONS.get(entry.action, "circle"),
            lead=lead,
            rest=rest,
            at=entry.at,
            when=moment(entry.at, self.today),
            who=self.offices.who(entry.person, entry.organisation),
            big=entry.action in {"stage_changed", "case_opened"},
            link=_address(content_of(entry).get("source")),
            inside=self._inside(entry),
        )

    def _inside(self, entry: ChainedEntry) -> str:
        """Return where what was shared can be read; "" for every other entry."""
        number = content_of(entry).get("id") if entry.action == "contribution_shared" else None
        return f"/impasses/{self.case.id}/kamers/{SHARED.id}/{number}" if number else ""

    def lead(self, entry: ChainedEntry) -> tuple[Text, Text]:
        """Return what happened in a few words, and the rest."""
        content = content_of(entry)
        if not content:
            gone = Text("De inhoud is vernietigd.", "The content was destroyed.")
            return gone, Text("", "")
        match entry.action:
            case "stage_changed":
                return self._moved(content)
            case "signal_reported":
                return self._signal(content)
            case "signal_closed":
                return self._signal_closed(content)
            case "appointed":
                who = self.offices.who(str(content.get("appointee", "")))
                return tell(entry.action, content, self.workflow), _whole(who)
            case "confirmed":
                key = str(content.get("organisation", ""))
                name = self.offices.organisation(key) if key else ""
                return _split(tell(entry.action, {**content, "organisation": name}, self.workflow))
            case "event_recorded":
                return tell(entry.action, content, self.workflow), self._event(content)
            case "case_opened":
                parties = content.get("parties")
                names = ", ".join(map(str, parties)) if isinstance(parties, list) else ""
                opened = Text("Zaak geopend.", "Case opened.")
                return opened, Text(f"Partijen: {names}.", f"Parties: {names}.")
            case "level_changed":
                told = tell(entry.action, content, self.workflow)
                return told, named(_reasons(content), self.case.parties)
            case _:
                told = tell(entry.action, content, self.workflow)
                return _split(named(told, self.case.parties))

    def _moved(self, content: Mapping[str, Json]) -> tuple[Text, Text]:
        target = self.workflow.stages.get(str(content.get("to", "")))
        told = tell("stage_changed", content, self.workflow)
        if target is None:
            return _split(told)
        rest = _split(told)[1]
        if target.number is None:
            return target.label + same("."), rest
        number = Text(f"Naar fase {target.number}: ", f"To stage {target.number}: ")
        return number + target.label + same("."), rest

    def _signal(self, content: Mapping[str, Json]) -> tuple[Text, Text]:
        code = str(content.get("indicator", ""))
        indicator = self.indicators.indicator(code)
        label = same(code) if indicator is None else indicator.label
        lead = Text("Signaal: ", "Signal: ") + label + same(".")
        who = self.offices.organisation(str(content.get("organisation", "")))
        day = near_day(date.fromisoformat(str(content.get("happened_on"))), self.today)
        sure = Reliability(str(content.get("reliability"))).label
        words = str(content.get("text", ""))
        quoted = Text(f"“{words}” " if words else "", f"“{words}” " if words else "")
        return lead, quoted + Text(
            f"{_capital(who)}, {day.nl} ({sure.nl}).", f"{_capital(who)}, {day.en} ({sure.en})."
        )

    def _signal_closed(self, content: Mapping[str, Json]) -> tuple[Text, Text]:
        number = str(content.get("signal", ""))
        signal = next((s for s in self.case.signals if s.id == number), None)
        indicator = None if signal is None else self.indicators.indicator(signal.indicator)
        label = same(number) if indicator is None else indicator.label
        kept = content.get("kept") is True
        lead = Text("Nagekomen: ", "Made good: ") if kept else Text("Speelt niet meer: ", "Over: ")
        return lead + label + same("."), same(str(content.get("note", "")))

    def _event(self, content: Mapping[str, Json]) -> Text:
        day = near_day(date.fromisoformat(str(content.get("happened_on"))), self.today)
        source = str(content.get("source", ""))
        told = Text(f"Gebeurd op {day.nl}.", f"Happened on {day.en}.")
        if _address(source):
            return told
        return told + Text(
            f" Bron: {source}." if source else "", f" Source: {source}." if source else ""
        )


def _address(source: Json) -> str:
    """Return *source* when it is an address on the web, else nothing."""
    plain = isinstance(source, str) and source.startswith(("https://", "http://"))
    return str(source) if plain and " " not in str(source) else ""


def _whole(text: Text) -> Text:
    return Text(f"{_capital(text.nl)}.", f"{_capital(text.en)}.")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _reasons(content: Mapping[str, Json]) -> Text:
    found = content.get("reasons")
    reasons = [r for r in found if isinstance(r, dict)] if isinstance(found, list) else []
    return Text(
        " ".join(str(reason.get("nl", "")) for reason in reasons),
        " ".join(str(reason.get("en", "")) for reason in reasons),
    )


def _split(text: Text) -> tuple[Text, Text]:
    """Return the first sentence and what follows it."""
    nl, nl_rest = _first(text.nl)
    en, en_rest = _first(text.en)
    return Text(nl, en), Text(nl_rest, en_rest)


def _first(words: str) -> tuple[str, str]:
    head, stop, tail = words.partition(". ")
    return (f"{head}.", tail) if stop else (words, "")


def coming_of(
    case: Case, timers: Sequence[ComingTimer], workflow: Workflow, today: date
) -> tuple[Coming, ...]:
    """Return what time will do next in this stage, the furthest first, as on the timeline."""
    stage = workflow.stage(case.stage)
    if stage.term is None or case.term is None:
        return ()
    found = []
    for timer in timers:
        local = timer.due_at.astimezone(AMSTERDAM)
        if timer.purpose == Purpose.REMINDER and timer.rung < len(stage.term.reminders):
            told = owner_words(stage.term.reminders[timer.rung].notify)
            words = Text(f"Herinnering aan {told.nl}.", f"Reminder to {told.en}.")
            found.append(Coming(words, local.date()))
        elif timer.purpose == Purpose.RUNG and timer.rung < len(stage.term.on_expiry):
            # It rings at the midnight with which its day ends.
            day = (local - timedelta(minutes=1)).date()
            words = rung_words(day, stage.term.on_expiry[timer.rung], case, workflow, today)
            found.append(Coming(words))
        elif timer.purpose in _STANDING:
            number = f"O{timer.rung}"
            name = next((s.waits_for_name for s in case.term.suspensions if s.id == number), "")
            told = _STANDING[Purpose(timer.purpose)]
            words = told + Text(f" ({name})." if name else ".", f" ({name})." if name else ".")
            at_end = timer.purpose != Purpose.SUSPENSION_REMINDER
            day = (local - timedelta(minutes=1)).date() if at_end else local.date()
            found.append(Coming(words, day))
        elif timer.purpose == Purpose.RECESS_REMINDER:
            words = Text(
                "Herinnering: de termijn eindigt in een reces.",
                "Reminder: the term ends within a recess.",
            )
            found.append(Coming(words, local.date()))
        elif timer.purpose == Purpose.TASK_DUE:
            # One line for all that must be done by the same day.
            day = (local - timedelta(minutes=1)).date()
            last = _last_day(case, timer)
            if last is not None and Coming(last, day) not in found:
                found.append(Coming(last, day))
    return tuple(reversed(found[:_COMING_SHOWN]))


def _last_day(case: Case, timer: ComingTimer) -> Text | None:
    """Say what must be done by the time that *timer* rings, if that is still so."""
    for task in case.tasks:
        if task.position == timer.rung and task.state.live:
            label = lower(task.label)
            return Text(f"Laatste dag voor: {label.nl}.", f"Last day for: {label.en}.")
    return None
