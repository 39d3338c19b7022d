"""Watchdogs: what has to be true of the service itself, and when a fault is sure enough to tell.

A watchdog looks every ten minutes. One look that is not good may be a moment of work under way, a
restart, or a clock that was moved: the alarm is raised when the next look, in its own time, finds
the fault again. Nothing that is told names a case or somebody who takes part in one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

EVERY = timedelta(minutes=10)
"""How often the watchdogs look."""

GRACE = timedelta(minutes=15)
"""What is due is not late before so long after."""

SLOW = timedelta(minutes=30)
"""A delivery may wait its turn so long behind others to the same slow destination."""

MUTE = timedelta(hours=1)
"""A channel over which nothing arrived for so long, while several people wait for it, is mute."""

SURE = timedelta(minutes=5)
"""A fault is sure when it was found again so long after it was found first."""

BLIND = timedelta(minutes=30)
"""When the look before is longer ago, nobody was watching in between: the fault counts from now."""

SKEW = timedelta(minutes=1)
"""So far the clocks of two processes may be apart."""

TOLD_AGAIN = timedelta(days=1)
"""An alarm that goes on is told again after so long, no sooner."""


class Watchdog(StrEnum):
    """What is watched."""

    RUNS = "runs"
    TIMERS = "timers"
    OUTBOX = "outbox"
    DELIVERIES = "deliveries"
    CANARY = "canary"
    DUTY = "duty"

    @property
    def label(self) -> Text:
        """What it watches, in words."""
        return _LABELS[self]

    @property
    def remedy(self) -> Text:
        """What to do when it raises the alarm."""
        return _REMEDIES[self]


_LABELS = {
    Watchdog.RUNS: Text("opschalingen", "escalations"),
    Watchdog.TIMERS: Text("klok", "clock"),
    Watchdog.OUTBOX: Text("uitbak", "outbox"),
    Watchdog.DELIVERIES: Text("bezorging", "delivery"),
    Watchdog.CANARY: Text("proefbericht", "canary message"),
    Watchdog.DUTY: Text("dienstrooster", "duty rota"),
}

_RUNNING = Text(
    "Controleer of 'impasse serve' of 'impasse worker' draait en wat er in het logboek staat.",
    "Check that 'impasse serve' or 'impasse worker' runs, and what the log says.",
)
_REMEDIES = {
    Watchdog.RUNS: Text(
        "Voer 'impasse escalation mend' uit: dat geeft elke opschaling weer een volgend moment.",
        "Run 'impasse escalation mend': it gives every escalation a next moment again.",
    ),
    Watchdog.TIMERS: _RUNNING,
    Watchdog.OUTBOX: _RUNNING,
    Watchdog.DELIVERIES: Text(
        "Bekijk de bezorgingen die wachten, en of de bestemming bereikbaar is.",
        "Look at the deliveries that wait, and whether the destination can be reached.",
    ),
    Watchdog.CANARY: _RUNNING,
    Watchdog.DUTY: Text(
        "Plan vandaag iemand in op de pagina Rooster.", "Plan somebody for today on the page Rota."
    ),
}


@dataclass(frozen=True, slots=True)
class Sight:
    """What one watchdog saw: how many things are wrong, since how long the worst, in words.

    `worst` is in seconds; 0 when it does not count in time.
    """

    watchdog: Watchdog
    wrong: int
    worst: int
    words: Text


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a watchdog between two looks; `told_at` is when people heard of a fault."""

    looked_at: datetime
    wrong_since: datetime | None = None
    told_at: datetime | None = None

    @property
    def sure(self) -> bool:
        """Whether its fault was found twice: the alarm is on."""
        return self.wrong_since is not None and self.looked_at - self.wrong_since >= SURE

    def to_tell(self, at: datetime) -> bool:
        """Whether people must hear of it now: it is sure, and they did not hear of it today."""
        if not self.sure:
            return False
        # Told in the future: the clock went back since, and nobody knows how far.
        return self.told_at is None or not timedelta(0) <= at - self.told_at < TOLD_AGAIN


def after_look(before: Kept | None, sight: Sight, at: datetime) -> Kept:
    """Return what to keep after *sight* was seen *at*."""
    told_at = None if before is None else before.told_at
    if not sight.wrong:
        return Kept(at, None, told_at)
    if before is None or before.wrong_since is None:
        return Kept(at, at, told_at)
    if not SURE <= at - before.looked_at <= BLIND or before.wrong_since > at:
        return Kept(at, at, told_at)
    return Kept(at, before.wrong_since, told_at)


def is_time(looked_at: datetime, at: datetime) -> bool:
    """Whether to look again; also when the last look lies in the future, as the clock went back."""
    return not -SKEW <= at - looked_at < EVERY


class RunFault(StrEnum):
    """What can be wrong with a run that is open."""

    CLOSED_CASE = "closed_case"
    NO_MOMENT = "no_moment"
    PAST = "past"
    NO_TIMER = "no_timer"

    @property
    def text(self) -> Text:
        """The fault in words."""
        return _FAULTS[self]


_FAULTS = {
    RunFault.CLOSED_CASE: Text("van een gesloten zaak", "of a closed case"),
    RunFault.NO_MOMENT: Text("zonder volgend moment", "without a next moment"),
    RunFault.PAST: Text("over tijd", "overdue"),
    RunFault.NO_TIMER: Text("zonder wekker", "without a timer"),
}


@dataclass(frozen=True, slots=True)
class OpenRun:
    """An open run as the database has it; `rings_at` is of its armed timer, None without one."""

    case: str
    run: str
    case_closed: bool
    next_at: datetime | None
    rings_at: datetime | None


def fault_of(run: OpenRun, at: datetime) -> RunFault | None:
    """Return what is wrong with *run*, if anything: it must have a future moment and a timer."""
    if run.case_closed:
        return RunFault.CLOSED_CASE
    if run.next_at is None:
        return RunFault.NO_MOMENT
    if run.next_at < at - GRACE:
        return RunFault.PAST
    if run.rings_at is None or run.rings_at > run.next_at + GRACE:
        return RunFault.NO_TIMER
    return None


def sight_of_runs(runs: Iterable[OpenRun], at: datetime) -> Sight:
    """Judge every open run."""
    found: Counter[RunFault] = Counter()
    worst = count = 0
    for run in runs:
        count += 1
        if fault := fault_of(run, at):
            found[fault] += 1
            worst = max(worst, 0 if run.next_at is None else _seconds(run.next_at, at))
    if not found:
        words = Text(
            f"{count} open, elk met een volgend moment", f"{count} open, each with a next moment"
        )
        return Sight(Watchdog.RUNS, 0, 0, words)
    parts = [same(f"{found[fault]} ") + fault.text for fault in RunFault if found[fault]]
    return Sight(Watchdog.RUNS, found.total(), worst, _joined(parts))


def sight_of_timers(late: int, oldest: datetime | None, failing: int, at: datetime) -> Sight:
    """Judge timers: *late* were to ring before the grace, *failing* ring and fail every time."""
    worst = 0 if oldest is None else _seconds(oldest, at)
    parts = []
    if late:
        parts.append(
            Text(
                f"{late} niet afgegaan, de oudste al {_long(worst).nl}",
                f"{late} did not ring, the oldest {_long(worst).en} ago",
            )
        )
    if failing:
        parts.append(Text(f"steeds mislukt: {failing}", f"failing again and again: {failing}"))
    well = Text("niets te laat", "nothing late")
    return Sight(Watchdog.TIMERS, late + failing, worst, _joined(parts) if parts else well)


def sight_of_outbox(oldest: datetime | None, at: datetime) -> Sight:
    """Judge the outbox by its oldest message that nobody was told of yet."""
    worst = 0 if oldest is None else _seconds(oldest, at)
    if worst <= GRACE.total_seconds():
        return Sight(Watchdog.OUTBOX, 0, worst, Text("niets blijft liggen", "nothing lies about"))
    return Sight(
        Watchdog.OUTBOX,
        1,
        worst,
        Text(
            f"het oudste bericht ligt er al {_long(worst).nl}",
            f"the oldest message has been there {_long(worst).en}",
        ),
    )


def sight_of_deliveries(
    oldest: Mapping[str, datetime], at: datetime, mute: Mapping[str, datetime] | None = None
) -> Sight:
    """Judge each channel by its delivery that should have been tried the longest ago.

    *mute* are channels over which nothing arrives, with the first delivery that fails.
    """
    mute = mute or {}
    waits = {channel: _seconds(due, at) for channel, due in sorted(oldest.items())}
    late = {channel: wait for channel, wait in waits.items() if wait > SLOW.total_seconds()}
    silent = {channel: _seconds(since, at) for channel, since in sorted(mute.items())}
    worst = max((*waits.values(), *silent.values()), default=0)
    if not late and not silent:
        well = Text("elk kanaal is bij", "every channel keeps up")
        return Sight(Watchdog.DELIVERIES, 0, worst, well)
    parts = [
        Text(
            f"kanaal {channel} wacht al {_long(wait).nl}",
            f"channel {channel} has waited {_long(wait).en}",
        )
        for channel, wait in late.items()
    ]
    parts += [
        Text(
            f"over kanaal {channel} komt al {_long(wait).nl} niets aan",
            f"nothing has arrived over channel {channel} for {_long(wait).en}",
        )
        for channel, wait in silent.items()
    ]
    return Sight(Watchdog.DELIVERIES, len(late.keys() | silent.keys()), worst, _joined(parts))


def sight_of_canary(
    latency: timedelta | None, under_way_since: datetime | None, at: datetime
) -> Sight:
    """Judge the canary: how long the last one took, and how long the one under way is away."""
    away = 0 if under_way_since is None else _seconds(under_way_since, at)
    took = 0 if latency is None else max(0, round(latency.total_seconds()))
    limit = SURE.total_seconds()
    if away > limit:
        words = Text(
            f"al {_long(away).nl} onderweg en nog niet terug",
            f"away for {_long(away).en} and not back yet",
        )
        return Sight(Watchdog.CANARY, 1, away, words)
    if took > limit:
        words = Text(f"was {_long(took).nl} onderweg", f"took {_long(took).en}")
        return Sight(Watchdog.CANARY, 1, took, words)
    if latency is None:
        return Sight(Watchdog.CANARY, 0, away, Text("nog niet gemeten", "not measured yet"))
    words = (
        Text("was 1 seconde onderweg", "took 1 second")
        if took == 1
        else Text(f"was {took} seconden onderweg", f"took {took} seconds")
    )
    return Sight(Watchdog.CANARY, 0, took, words)


def sight_of_duty(gaps: Iterable[str]) -> Sight:
    """Judge the rotas of today by the names of those on which nobody is on duty."""
    names = sorted(gaps)
    if not names:
        return Sight(Watchdog.DUTY, 0, 0, Text("vandaag geen gat", "no gap today"))
    listed = ", ".join(names)
    return Sight(
        Watchdog.DUTY,
        len(names),
        0,
        Text(f"vandaag is er niemand van dienst: {listed}", f"nobody is on duty today: {listed}"),
    )


def alarm_in_words(watchdog: Watchdog, words: Text) -> Text:
    """Say that *watchdog* raises the alarm, as a sentence of its own."""
    return Text(
        f"De waakhond van {watchdog.label.nl} slaat aan: {words.nl}. {watchdog.remedy.nl}",
        f"The watchdog of {watchdog.label.en} raises the alarm: {words.en}. {watchdog.remedy.en}",
    )


def _seconds(since: datetime, at: datetime) -> int:
    return max(0, int((at - since).total_seconds()))


def _long(seconds: int) -> Text:
    minutes = seconds // 60
    if minutes < 120:  # noqa: PLR2004 up to two hours minutes read better
        return Text(f"{minutes} minuten", f"{minutes} minutes")
    hours = minutes // 60
    if hours < 48:  # noqa: PLR2004 up to two days hours do
        return Text(f"{hours} uur", f"{hours} hours")
    return Text(f"{hours // 24} dagen", f"{hours // 24} days")


def _joined(parts: list[Text]) -> Text:
    return Text("; ".join(part.nl for part in parts), "; ".join(part.en for part in parts))
