"""Replay of real disputes: what the engine would have known and done, day by day.

Nothing that was established afterwards takes part. Only when a replay is over, its days are laid
beside the days on which the dispute was recognised as an impasse.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from impasse.adapters.sql import playback as kept
from impasse.domain.early_warning import Level
from impasse.domain.errors import NotFound
from impasse.domain.text import Text, same
from impasse.domain.tier import Tier
from impasse.simulation.doings import acts_of
from impasse.simulation.playback import workplace
from impasse.simulation.retelling import Retelling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from impasse.adapters.files.disputes import (
        Dispute,
        DisputeEvent,
        Disputes,
        Hindsight,
        Precision,
    )
    from impasse.simulation.doings import Act
    from impasse.simulation.playback import Playback, Setting, Workplace
    from impasse.simulation.retelling import Telling

QUIET_YEAR = timedelta(days=366)
"""With a last day to look at, time goes on for so long after the last event known by then."""


class Ending(StrEnum):
    """Why a replay ended on the day it did."""

    UNTIL = "until"
    LAST_EVENT = "last_event"
    QUIET_YEAR = "quiet_year"
    NOTHING_KNOWN = "nothing_known"
    NO_EVENTS = "no_events"


@dataclass(frozen=True, slots=True)
class Row:
    """One day on which something became known or happened, and how the case stood at its end.

    `stage` is "" and `level` None as long as there is no case.
    """

    day: date
    known: tuple[DisputeEvent, ...]
    acts: tuple[Act, ...]
    stage: str
    stage_label: Text
    tier: Tier | None
    level: Level | None
    score: float


@dataclass(frozen=True, slots=True)
class LeadTime:
    """The days of a replay laid beside what was established afterwards.

    `days` counts from the first warning to the first day of the period in which the dispute was
    recognised as an impasse: below zero the warning came too late. None: there was no warning, or
    no such day. What lies after the last day of the replay is not known yet.
    """

    recognised_on: date | None
    recognised_precision: Precision | None
    formal_on: date | None
    earliest_signal_on: date | None
    days: int | None
    days_to_formal: int | None

    @property
    def verdict(self) -> Text:
        """What the lead time comes down to, in one sentence."""
        if self.recognised_on is None:
            return Text("Geen dag bekend om mee te vergelijken.", "No day to compare with.")
        if self.days is None:
            return Text("Niet gewaarschuwd: gemist.", "No warning was given: missed.")
        if self.days > 0:
            return Text(
                f"{_days_nl(self.days)} eerder dan de erkenning als impasse.",
                f"{_days_en(self.days)} before it was recognised as an impasse.",
            )
        if self.days == 0:
            return Text(
                "Op de dag van de erkenning zelf: niet eerder.",
                "On the very day of recognition: not earlier.",
            )
        return Text(
            f"Te laat: {_days_nl(-self.days)} na de erkenning als impasse.",
            f"Too late: {_days_en(-self.days)} after it was recognised as an impasse.",
        )


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What a replay of one dispute shows.

    `warned_on` is the first day at orange or higher, which is what counts as a warning;
    `yellow_on` asked for attention. `signalled_on` is the day of the first signal: the case may
    have been opened before, to keep its history. `last_known_on` is the day on which the last
    event became known. `events_kept` counts the events in the history of the case.
    """

    id: str
    title: Text
    until: date | None
    ended_on: date | None
    ending: Ending
    last_known_on: date | None
    rows: tuple[Row, ...]
    opened_on: date | None
    signalled_on: date | None
    yellow_on: date | None
    warned_on: date | None
    candidate_on: date | None
    events_known: int
    events_kept: int
    lead: LeadTime


def chosen(disputes: Disputes, case: str | None) -> tuple[Dispute, ...]:
    """Return the dispute called *case*, or all of them; raises `NotFound` with the known ids."""
    if case is None:
        return disputes.disputes
    found = tuple(d for d in disputes.disputes if d.id == case)
    if found:
        return found
    known = ", ".join(d.id for d in disputes.disputes)
    raise NotFound(
        Text(
            f"Geschil '{case}' staat niet in dit bestand; wel: {known}.",
            f"Dispute '{case}' is not in this file; known are: {known}.",
        )
    )


def replay_all(
    disputes: Iterable[Dispute],
    hindsight: dict[str, Hindsight],
    setting: Setting,
    *,
    until: date | None = None,
    progress: Callable[[], None] = lambda: None,
) -> Iterator[ReplayReport]:
    """Yield the report of each dispute in turn; `progress` is called after every event."""
    with workplace() as place:
        for dispute in disputes:
            yield _replay(
                dispute, hindsight[dispute.id], setting, place, until=until, progress=progress
            )


def _replay(
    dispute: Dispute,
    hindsight: Hindsight,
    setting: Setting,
    place: Workplace,
    *,
    until: date | None,
    progress: Callable[[], None],
) -> ReplayReport:
    events = [e for e in dispute.events if until is None or e.known_on <= until]
    if not events:
        return _empty(dispute, hindsight, until)
    start = setting.calendar.start_of_day(events[0].known_on)
    with place.playback(setting, start) as playback:
        retelling = Retelling(playback, setting, dispute)
        telling = retelling.telling
        standing: dict[date, kept.Now] = {}

        def see(day: date) -> None:
            if telling.case:
                standing[day] = kept.now(playback.database, telling.case)

        playback.seen = see
        for event in events:
            playback.advance(playback.noon(event.known_on))
            retelling.learn(event)
            see(event.known_on)
            progress()
        ended_on, _ = _end(events, until)
        playback.advance(setting.calendar.end_of_day(ended_on) - timedelta(seconds=1))
        return _report(dispute, hindsight, setting, playback, events, telling, standing, until)


def _end(events: list[DisputeEvent], until: date | None) -> tuple[date, Ending]:
    last = events[-1].known_on
    if until is None:
        return last, Ending.LAST_EVENT
    if until > last + QUIET_YEAR:
        return last + QUIET_YEAR, Ending.QUIET_YEAR
    return until, Ending.UNTIL


def _report(  # noqa: PLR0917 what a replay leaves behind
    dispute: Dispute,
    hindsight: Hindsight,
    setting: Setting,
    playback: Playback,
    events: list[DisputeEvent],
    telling: Telling,
    standing: dict[date, kept.Now],
    until: date | None,
) -> ReplayReport:
    history = kept.entries_after(playback.database, telling.case, 0)
    terms = kept.terms_after(playback.database, telling.case, 0)
    acts = acts_of(history, terms, telling, setting)
    warnings = [
        (setting.calendar.local_day(entry.at), Level(entry.content["to"]))
        for entry in history
        if entry.action == "level_changed"
    ]
    ended_on, ending = _end(events, until)
    yellow_on = _first(day for day, level in warnings if level.rank >= Level.YELLOW.rank)
    warned_on = _first(day for day, level in warnings if level.rank >= Level.ORANGE.rank)
    return ReplayReport(
        id=dispute.id,
        title=dispute.title,
        until=until,
        ended_on=ended_on,
        ending=ending,
        last_known_on=events[-1].known_on,
        rows=tuple(_rows(events, acts, standing, setting)),
        opened_on=setting.calendar.local_day(history[0].at) if history else None,
        signalled_on=_first(
            setting.calendar.local_day(entry.at)
            for entry in history
            if entry.action == "signal_reported"
        ),
        yellow_on=yellow_on,
        warned_on=warned_on,
        candidate_on=_first(
            setting.calendar.local_day(entry.at)
            for entry in history
            if entry.action == "candidate_proposed"
        ),
        events_known=len(events),
        events_kept=sum(entry.action == "event_recorded" for entry in history),
        lead=_lead(hindsight, warned_on, until),
    )


def _rows(
    events: list[DisputeEvent],
    acts: dict[date, list[Act]],
    standing: dict[date, kept.Now],
    setting: Setting,
) -> Iterator[Row]:
    known: dict[date, list[DisputeEvent]] = {}
    for event in events:
        known.setdefault(event.known_on, []).append(event)
    stages = setting.procedure.workflow.stages
    now: kept.Now | None = None
    for day in sorted(known.keys() | acts.keys() | standing.keys()):
        now = standing.get(day, now)
        if day not in known and day not in acts:
            continue
        yield Row(
            day=day,
            known=tuple(known.get(day, ())),
            acts=tuple(acts.get(day, ())),
            stage=now.stage if now else "",
            stage_label=stages[now.stage].label if now else _NO_CASE,
            tier=Tier(now.tier) if now else None,
            level=Level(now.level) if now and now.level else None,
            score=now.score if now else 0.0,
        )


def _lead(hindsight: Hindsight, warned_on: date | None, until: date | None) -> LeadTime:
    def by_then(day: date | None) -> date | None:
        return None if day is None or (until is not None and day > until) else day

    recognised, formal = by_then(hindsight.recognised), by_then(hindsight.formal)
    return LeadTime(
        recognised,
        hindsight.recognised_precision if recognised else None,
        formal,
        by_then(hindsight.earliest_signal),
        _between(warned_on, recognised),
        _between(warned_on, formal),
    )


def _between(warned_on: date | None, day: date | None) -> int | None:
    return None if warned_on is None or day is None else (day - warned_on).days


def _first(days: Iterator[date]) -> date | None:
    return next(days, None)


def _empty(dispute: Dispute, hindsight: Hindsight, until: date | None) -> ReplayReport:
    return ReplayReport(
        id=dispute.id,
        title=dispute.title,
        until=until,
        ended_on=until,
        ending=Ending.NOTHING_KNOWN if dispute.events else Ending.NO_EVENTS,
        last_known_on=None,
        rows=(),
        opened_on=None,
        signalled_on=None,
        yellow_on=None,
        warned_on=None,
        candidate_on=None,
        events_known=0,
        events_kept=0,
        lead=_lead(hindsight, None, until),
    )


def _days_nl(days: int) -> str:
    return "1 dag" if days == 1 else f"{days} dagen"


def _days_en(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


_NO_CASE = same("–")
