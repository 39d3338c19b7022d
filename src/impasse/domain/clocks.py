"""The four clocks of a case: response, progress, stage and commitment.

Each is computed when it is read, from the life that the history tells. There are no counters, so
nothing drifts, and neither another priority nor another version of the procedure sets one back.
Days are working days: the stage clock counts those of the calendar that its term keeps to, the
others our own, in which closing days are days off. Stretches in which a term stands still do not
count: the ledger has those.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, assert_never

from impasse.domain.days_in_words import day_in_words
from impasse.domain.ledger import (
    ORGANISATION,
    OUTSIDE,
    STANDSTILL,
    account_label,
    role_account,
    waited_for,
    with_article,
    with_article_en,
    working_days,
)
from impasse.domain.lifeline import standing_still
from impasse.domain.people import Role
from impasse.domain.text import Text, same
from impasse.domain.told import told
from impasse.domain.workflow import StageKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Term
    from impasse.domain.history import ChainedEntry
    from impasse.domain.lifeline import Lifeline, OpenTask, Stay
    from impasse.domain.told import Told

RESPONSE_NORM = 2
"""Working days within which somebody else answers a flag."""

PROGRESS_NORM = 10
"""Working days of silence after which a case lies still."""


class ClockKind(StrEnum):
    """Which of the four."""

    RESPONSE = "response"
    PROGRESS = "progress"
    STAGE = "stage"
    COMMITMENT = "commitment"

    @property
    def label(self) -> Text:
        """The clock by its name."""
        return _KIND_LABELS[self]


class ClockState(StrEnum):
    """How a clock stands: it runs, is late, stands still, was met or has nothing to count."""

    RUNNING = "running"
    LATE = "late"
    STILL = "still"
    MET = "met"
    MET_LATE = "met_late"
    NONE = "none"

    @property
    def label(self) -> Text:
        """The state in words."""
        return _STATE_LABELS[self]


_KIND_LABELS = {
    ClockKind.RESPONSE: Text("Reactie", "Response"),
    ClockKind.PROGRESS: Text("Voortgang", "Progress"),
    ClockKind.STAGE: Text("Fase", "Stage"),
    ClockKind.COMMITMENT: Text("Toezegging", "Commitment"),
}
_STATE_LABELS = {
    ClockState.RUNNING: Text("loopt", "running"),
    ClockState.LATE: Text("te laat", "late"),
    ClockState.STILL: Text("staat stil", "standing still"),
    ClockState.MET: Text("op tijd", "in time"),
    ClockState.MET_LATE: Text("te laat gehaald", "met late"),
    ClockState.NONE: Text("telt niet", "nothing to count"),
}


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock: working days so far, the norm if it has one, and the longest so far.

    `since` is the day after which it counts. For the commitment clock `due` is the day of the
    promise, `who` the account of the one who made it, and `days` how many it is overdue.
    """

    kind: ClockKind
    state: ClockState
    days: int
    norm: int | None
    since: date | None
    sentence: Text
    longest: int | None = None
    due: date | None = None
    who: str = ""


@dataclass(frozen=True, slots=True)
class _Pace:
    """Counts working days on which the clocks of a case ran."""

    calendar: Calendar
    still: tuple[tuple[date, date | None], ...]

    def net(self, after: date, through: date) -> int:
        """Count the working days after *after* up to and including *through* that counted."""
        if through <= after:
            return 0
        count = self.calendar.working_days_between(after, through)
        for first, last in self.still:
            begun = max(first, after)
            ended = through if last is None else min(last, through)
            if begun < ended:
                count -= self.calendar.working_days_between(begun, ended)
        return count

    def stopped(self, day: date) -> bool:
        """Whether the clocks stood still on *day*."""
        return any(first < day and (last is None or day <= last) for first, last in self.still)


class PromiseKind(StrEnum):
    """What was promised: what a term waits for, a task, or going on after a pause."""

    SUSPENSION = "suspension"
    TASK = "task"
    STANDSTILL = "standstill"


@dataclass(frozen=True, slots=True)
class Promise:
    """What somebody owes by the day `due`: the account of `who`, and the name of who or what."""

    due: date
    who: str
    kind: PromiseKind
    name: Text | None = None


def clocks(
    life: Lifeline,
    entries: Iterable[ChainedEntry],
    term: Term | None,
    calendar: Calendar,
    *,
    names: Mapping[str, str],
    secretariat: frozenset[str] = frozenset(),
) -> tuple[Clock, ...]:
    """Return the four clocks on the last day of *life*, in the order of `ClockKind`.

    *term* is that of the present stay, *names* has the parties by their id, *secretariat* the
    persons whose answer counts as one whatever their organisation. Raises `Conflict` that names
    the entry when the flag itself cannot be read.
    """
    still, ours = standing_still(life), calendar.agreed
    pace = _Pace(ours, still)
    of_term = pace if term is None else _Pace(calendar.kept_by(term.rule.basis), still)
    lines = [one for one in told(entries) if one.day <= life.until]
    return (
        _response(life, lines, pace, secretariat),
        _progress(life, lines, pace),
        _stage(life, term, of_term),
        _commitment(life, term, ours, names),
    )


def _response(
    life: Lifeline, lines: Sequence[Told], pace: _Pace, secretariat: frozenset[str]
) -> Clock:
    """Count from the flag to the first answer of somebody else, or of the secretariat."""
    answer = _first_answer(lines, secretariat)
    days = pace.net(life.opened_on, life.until if answer is None else answer.day)
    within = days <= RESPONSE_NORM
    shown = working_days(days)
    if answer is not None:
        state = ClockState.MET if within else ClockState.MET_LATE
        sentence = (
            Text(
                "Dezelfde werkdag kwam er een antwoord.", "An answer came on the same working day."
            )
            if days == 0
            else Text(f"Na {shown.nl} kwam er een antwoord.", f"An answer came after {shown.en}.")
        )
    elif life.closed:
        state = ClockState.NONE
        sentence = Text(
            "De zaak is gesloten zonder antwoord van een ander.",
            "The case was closed without an answer from somebody else.",
        )
    else:
        state = ClockState.RUNNING if within else ClockState.LATE
        if pace.stopped(life.until) and within:
            state = ClockState.STILL
        sentence = Text(
            f"Nog geen antwoord, {shown.nl} na het signaal.",
            f"No answer yet, {shown.en} after the flag.",
        )
    norm = working_days(RESPONSE_NORM)
    sentence += Text(f" De norm is {norm.nl}.", f" The norm is {norm.en}.")
    return Clock(ClockKind.RESPONSE, state, days, RESPONSE_NORM, life.opened_on, sentence)


def _first_answer(lines: Sequence[Told], secretariat: frozenset[str]) -> Told | None:
    """Return the first thing done by another organisation than the one that flagged."""
    if not lines:
        return None
    flag = lines[0]
    reporter = next(
        (
            one.word("organisation", "")
            for one in lines
            if one.action == "signal_reported" and _same_command(one, flag)
        ),
        "",
    )
    reporter = reporter or flag.entry.organisation
    for one in lines[1:]:
        if not _human(one) or _same_command(one, flag):
            continue
        entry = one.entry
        if entry.person in secretariat or entry.organisation not in {"", reporter}:
            return one
    return None


def _same_command(one: Told, other: Told) -> bool:
    """Whether two entries were written by one command."""
    return (one.entry.at, one.entry.person) == (other.entry.at, other.entry.person)


_NOT_A_STEP = frozenset({"term_replanned", "migrated", "migration_undone"})
"""Done by a person to many cases at once: it brings none of them further."""


def _human(one: Told) -> bool:
    """Whether an entry is a step that a person took in this case."""
    return one.by_hand and one.action not in _NOT_A_STEP


def _progress(life: Lifeline, lines: Sequence[Told], pace: _Pace) -> Clock:
    """Measure the silence now, and the longest silence between two steps of people."""
    steps = [one.day for one in lines if _human(one)] or [life.opened_on]
    longest = max((pace.net(a, b) for a, b in pairwise(steps)), default=0)
    days = pace.net(steps[-1], life.until)
    shown, last = working_days(days), day_in_words(steps[-1])
    longest = max(longest, days)
    if life.closed:
        state = ClockState.NONE
        sentence = Text("De zaak is gesloten.", "The case is closed.")
    else:
        state = ClockState.RUNNING if days <= PROGRESS_NORM else ClockState.LATE
        if state is ClockState.RUNNING and pace.stopped(life.until):
            state = ClockState.STILL
        sentence = Text(
            f"{shown.nl} stil, na de laatste stap op {last.nl}.",
            f"{shown.en} of silence, since the last step on {last.en}.",
        )
    longest_shown, norm = working_days(longest), working_days(PROGRESS_NORM)
    sentence += Text(
        f" De langste stilte was {longest_shown.nl}; de norm is {norm.nl}.",
        f" The longest silence was {longest_shown.en}; the norm is {norm.en}.",
    )
    return Clock(
        ClockKind.PROGRESS, state, days, PROGRESS_NORM, steps[-1], sentence, longest=longest
    )


def _stage(life: Lifeline, term: Term | None, pace: _Pace) -> Clock:
    """Count the present stay without the days that its term stood still, against that term."""
    now = life.now
    longest_days, longest_stay = _longest_stay(life, pace)
    longest = Text("", "")
    if longest_stay is not None and longest_stay.number != now.number:
        shown, label = working_days(longest_days), longest_stay.label
        longest = Text(
            f" Het langste verblijf was {shown.nl}, in {_lower(label.nl)}.",
            f" The longest stay was {shown.en}, in {_lower(label.en)}.",
        )
    if life.closed or now.kind is StageKind.PAUSE:
        state = ClockState.NONE if life.closed else ClockState.STILL
        sentence = Text(
            "De zaak is gesloten." if life.closed else "De zaak ligt stil in een pauze.",
            "The case is closed." if life.closed else "The case rests in a standstill.",
        )
        return Clock(
            ClockKind.STAGE, state, 0, None, now.since, sentence + longest, longest=longest_days
        )
    days = pace.net(now.since, life.until)
    shown = working_days(days)
    sentence = Text(
        f"{shown.nl} in {_lower(now.label.nl)}", f"{shown.en} in {_lower(now.label.en)}"
    )
    if term is None:
        sentence = sentence + same(".") + longest
        state = ClockState.STILL if pace.stopped(life.until) else ClockState.RUNNING
        return Clock(ClockKind.STAGE, state, days, None, now.since, sentence, longest=longest_days)
    norm = pace.net(term.start, term.end)
    if term.end < life.until:
        state = ClockState.LATE
        late = working_days(_overdue(term.end, life.until, pace.calendar))
        tail = Text(f": {late.nl} te laat.", f": {late.en} late.")
    elif pace.stopped(life.until):
        state, tail = ClockState.STILL, Text("; de termijn staat nu stil.", "; the term is still.")
    else:
        state, tail = ClockState.RUNNING, same(".")
    sentence += Text(f", van de {norm}", f", of {norm}")
    return Clock(
        ClockKind.STAGE,
        state,
        days,
        norm,
        now.since,
        sentence + tail + longest,
        longest=longest_days,
        due=term.end,
    )


def _longest_stay(life: Lifeline, pace: _Pace) -> tuple[int, Stay | None]:
    """Return the longest stay in a stage of work, in working days that counted."""
    found: tuple[int, Stay | None] = (0, None)
    for place, stay in enumerate(life.stays):
        if stay.kind in {StageKind.PAUSE, StageKind.ENDING}:
            continue
        follows = life.stays[place + 1] if place + 1 < len(life.stays) else None
        if follows is not None and follows.number == stay.number:
            continue
        days = pace.net(stay.since, life.until if stay.last is None else stay.last)
        if days > found[0]:
            found = (days, stay)
    return found


def promises(life: Lifeline, term: Term | None) -> tuple[Promise, ...]:
    """Return what is promised and still open on the last day of *life*, the soonest first."""
    return tuple(sorted(_promises(life, term), key=lambda one: (one.due, one.who)))


def _promises(life: Lifeline, term: Term | None) -> Iterator[Promise]:
    now = life.now
    if life.closed:
        return
    for one in life.suspensions:
        if one.ended_on is None:
            who = waited_for(one)
            name = same(one.waits_for_name) if who == OUTSIDE and one.waits_for_name else None
            yield Promise(one.until, who, PromiseKind.SUSPENSION, name)
    for task in life.tasks:
        if task.settled_on is None and task.due_on is not None:
            yield Promise(task.due_on, _who(task), PromiseKind.TASK, task.label)
    if now.kind is StageKind.PAUSE:
        # A pause may be extended or suspended too, where the procedure allows that.
        until = now.agreed_until if term is None else term.end
        if until is not None:
            yield Promise(until, STANDSTILL, PromiseKind.STANDSTILL)


def _who(task: OpenTask) -> str:
    if task.organisation:
        return f"{ORGANISATION}{task.organisation}"
    roles = {role.value: role for role in Role}
    return role_account(roles.get(task.role, Role.SECRETARIAT))


def _commitment(
    life: Lifeline, term: Term | None, calendar: Calendar, names: Mapping[str, str]
) -> Clock:
    """Look at the nearest promise, and how many working days it is overdue."""
    open_ = promises(life, term)
    if not open_:
        sentence = Text("Er staat geen toezegging open.", "No commitment is open.")
        return Clock(ClockKind.COMMITMENT, ClockState.NONE, 0, None, None, sentence)
    first = open_[0]
    late = first.due < life.until
    days = _overdue(first.due, life.until, calendar) if late else 0
    sentence = _promised(first, names)
    if late:
        ago = working_days(days)
        sentence += Text(f" Dat is {ago.nl} geleden.", f" That was {ago.en} ago.")
    more = len(open_) - 1
    if more:
        sentence += Text(f" Daarna nog {more}.", f" {more} more after that.")
    state = ClockState.LATE if late else ClockState.RUNNING
    return Clock(
        ClockKind.COMMITMENT,
        state,
        days,
        None,
        None,
        sentence,
        due=first.due,
        who=first.who,
    )


def _promised(promise: Promise, names: Mapping[str, str]) -> Text:
    day, label = day_in_words(promise.due), account_label(promise.who, names)
    who = Text(with_article(label.nl), with_article_en(label.en))
    match promise.kind:
        case PromiseKind.SUSPENSION:
            whom = promise.name or who
            return Text(
                f"De termijn wacht op {whom.nl}, tot en met {day.nl}.",
                f"The term waits for {whom.en}, until {day.en}.",
            )
        case PromiseKind.TASK:
            what = promise.name or same("")
            return Text(
                f"‘{what.nl}’ is aan {who.nl}, uiterlijk {day.nl}.",
                f"‘{what.en}’ is for {who.en}, by {day.en}.",
            )
        case PromiseKind.STANDSTILL:
            return Text(
                f"De afgesproken pauze duurt tot en met {day.nl}.",
                f"The agreed standstill lasts until {day.en}.",
            )
    assert_never(promise.kind)


def _overdue(due: date, today: date, calendar: Calendar) -> int:
    """Count the working days since *due*, which has passed: at least one, also in a weekend."""
    return max(1, calendar.working_days_between(due, today))


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]
