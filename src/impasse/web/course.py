"""The course of a case as its page shows it: stays in stages, their line, and who is at turn.

Everything is computed from the case, its history, its terms and the calendar; nothing is stored.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from impasse.domain.at_turn import at_work
from impasse.domain.case import Status, TermState
from impasse.domain.ledger import (
    ORGANISATION,
    PARTIES,
    ROLE,
    role_account,
    with_article,
    with_article_en,
)
from impasse.domain.people import Role
from impasse.domain.term_acts import suspended
from impasse.domain.text import Text, same
from impasse.domain.tier import Tier
from impasse.domain.workflow import StageKind
from impasse.web.words import (
    counted,
    day_short,
    day_short_year,
    over,
    short_name,
    still_until,
    stood_still,
    time_of_end,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Case, Term
    from impasse.domain.history import ChainedEntry, Json
    from impasse.domain.workflow import Rung, Stage, Workflow

Kind = Literal["past", "hold", "still", "now", "late", "rest"]
State = Literal["done", "now", "todo", "hold", "skipped"]
STRIP_WIDTH = 858.0
"""Room for the duration strip, in units of its drawing."""

_GAP = 2.0
_LEAST = 5.0
"""A stay of one day stays visible and can carry its label."""

_OWNERS: Mapping[Role, Text] = {
    Role.SECRETARIAT: Text("het secretariaat", "the secretariat"),
    Role.MEDIATOR: Text("de bemiddelaar", "the mediator"),
    Role.PARTY: Text("de partijen", "the parties"),
    Role.LIAISON_OFFICER: Text("de liaisons", "the liaison officers"),
    Role.ADMINISTRATOR: Text("de beheerder", "the administrator"),
    Role.CLOCK: Text("de klok", "the clock"),
}


def working_days(count: int) -> Text:
    """Write so many working days: "1 werkdag", "12 werkdagen"."""
    if count == 1:
        return Text("1 werkdag", "1 working day")
    return Text(f"{count} werkdagen", f"{count} working days")


def near_day(day: date, today: date) -> Text:
    """Write a day of this year as "do 15 okt", one of another as "15 okt 2021"."""
    return day_short(day) if day.year == today.year else day_short_year(day)


def content_of(entry: ChainedEntry) -> Mapping[str, Json]:
    """Return the content of a history entry; nothing when it was destroyed by law."""
    if not entry.content:
        return {}
    found = json.loads(entry.content)
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay in a stage: from a day up to a day (None: still there), in working days."""

    stage: Stage
    since: date
    until: date | None
    days: int
    term: Term | None


def stays(
    entries: Sequence[ChainedEntry],
    terms: Sequence[Term],
    workflow: Workflow,
    today: date,
    calendar: Calendar,
) -> tuple[Stay, ...]:
    """Return every stay in a stage that the history tells of, oldest first."""
    starts: list[tuple[str, date]] = []
    for entry in entries:
        if entry.action == "case_opened":
            starts.append((workflow.initial, calendar.local_day(entry.at)))
        elif entry.action == "stage_changed":
            starts.append((str(content_of(entry).get("to", "")), calendar.local_day(entry.at)))
    by_entry = {term.stage_entry: term for term in terms}
    found = []
    for place, (name, since) in enumerate(starts):
        stage = workflow.stages.get(name)
        if stage is None:
            continue
        until = starts[place + 1][1] if place + 1 < len(starts) else None
        if stage.kind is StageKind.ENDING and until is None:
            until = since
        term = by_entry.get(place + 1)
        days = _days_of(term, calendar).working_days_between(since, until or today)
        found.append(Stay(stage, since, until, days, term))
    return tuple(found)


def _days_of(term: Term | None, calendar: Calendar) -> Calendar:
    """Return the working days that *term* counts; without a term our own, as in the ledger."""
    return calendar.agreed if term is None else calendar.kept_by(term.rule.basis)


@dataclass(frozen=True, slots=True)
class Step:
    """One of the numbered stages on the line at the top of a case."""

    number: int
    label: Text
    state: State
    detail: Text
    late: bool = False


def stage_line(
    case: Case,
    past: Sequence[Stay],
    workflow: Workflow,
    today: date,
    calendar: Calendar,
) -> tuple[Step, ...]:
    """Return the numbered stages with what really happened in each."""
    here = workflow.stages.get(case.stage)
    paused = case.status is Status.PAUSED
    at = workflow.stages.get(case.came_from) if paused else here
    reached = max((s.stage.number or 0 for s in past), default=0)
    return tuple(
        _step(stage, case, past, at, reached=reached, today=today, calendar=calendar)
        for stage in workflow.numbered
    )


def _step(
    stage: Stage,
    case: Case,
    past: Sequence[Stay],
    at: Stage | None,
    *,
    reached: int,
    today: date,
    calendar: Calendar,
) -> Step:
    number = stage.number or 0
    mine = [stay for stay in past if stay.stage.name == stage.name]
    spent = _spent(mine)
    if at is not None and stage.name == at.name:
        if case.status is Status.PAUSED:
            return Step(number, stage.label, "hold", _paused_until(case, today))
        return Step(
            number,
            stage.label,
            "hold" if _still(case.term, today) else "now",
            progress(case.term, today, calendar) if case.term else spent,
            late=case.term is not None and over(case.term, today),
        )
    current = at.number if at is not None and at.number is not None else None
    if mine and (current is None or number < current):
        return Step(number, stage.label, "done", spent)
    if mine:
        return Step(number, stage.label, "todo", Text("eerder ", "before: ") + spent)
    if case.status is Status.CLOSED or number < reached or (current and number < current):
        skipped = case.status is not Status.CLOSED or number < reached
        words = (
            Text("overgeslagen", "skipped") if skipped else Text("niet nodig geweest", "not needed")
        )
        return Step(number, stage.label, "skipped", words)
    return Step(number, stage.label, "todo", Text("nog niet gestart", "not started yet"))


def _spent(mine: Sequence[Stay]) -> Text:
    days = working_days(sum(stay.days for stay in mine))
    if len(mine) < 2:  # noqa: PLR2004 once is the rule
        return days
    return days + Text(f", in {len(mine)} keer", f", in {len(mine)} stays")


def _paused_until(case: Case, today: date) -> Text:
    if case.term is None:
        return Text("pauze", "standstill")
    end = near_day(case.term.end, today)
    return Text(f"pauze tot en met {end.nl}", f"standstill until {end.en}")


def _still(term: Term | None, today: date) -> date | None:
    return None if term is None else still_until(term, today)


def near_end(term: Term, today: date) -> Text:
    """Write the last day of a term, with the time of day when it counts in hours."""
    day, at = near_day(term.end, today), time_of_end(term)
    return day if at is None else day + same(" ") + at


def progress(term: Term, today: date, calendar: Calendar) -> Text:
    """Return how far a term is: "dag 18 van 40, tot do 12 nov", how late, or until when it rests.

    Days on which the clock stood still do not count.
    """
    end = near_end(term, today)
    if over(term, today):
        late = _late_by(term, today, calendar)
        return Text(f"{late.nl}, einde was {end.nl}", f"{late.en}, ended {end.en}")
    still = still_until(term, today)
    if still is not None:
        last = near_day(still, today)
        return Text(f"opgeschort tot en met {last.nl}", f"suspended until {last.en}")
    if time_of_end(term) is not None:
        return Text(f"tot {end.nl}", f"until {end.en}")
    total = counted(term, term.start, term.end, calendar)
    day = counted(term, term.start, today, calendar)
    if day == 0:
        return Text(f"begonnen, tot {end.nl}", f"just begun, until {end.en}")
    return Text(f"dag {day} van {total}, tot {end.nl}", f"day {day} of {total}, until {end.en}")


def remaining(term: Term, today: date, calendar: Calendar) -> Text:
    """Return what is left of a term: "nog 2 werkdagen", "vandaag", "4 werkdagen te laat"."""
    if over(term, today):
        return _late_by(term, today, calendar)
    left = counted(term, today, term.end, calendar)
    days = working_days(left)
    if still_until(term, today) is not None:
        return Text(
            f"de klok staat stil, {days.nl} over", f"the clock stands still, {days.en} left"
        )
    if left == 0:
        return Text("vandaag is de laatste dag", "today is the last day")
    return Text(f"nog {days.nl}", f"{days.en} left")


def _late_by(term: Term, today: date, calendar: Calendar) -> Text:
    if today <= term.end:
        return Text("te laat", "late")
    days = _days_of(term, calendar)
    return working_days(max(1, days.working_days_between(term.end, today))) + Text(
        " te laat", " late"
    )


@dataclass(frozen=True, slots=True)
class Block:
    """One bar of the duration strip, in units of its drawing."""

    x: float
    width: float
    kind: Kind
    label: Text
    short: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The duration strip, and the place of today on it.

    `still` is how many of the working days so far the clock of a term stood still.
    """

    blocks: tuple[Block, ...]
    today_x: float
    total: int
    since: Text
    still: int = 0


def strip(case: Case, past: Sequence[Stay], today: date, calendar: Calendar) -> Strip | None:
    """Return the stays in proportion to their working days, with what is left of the term."""
    drawn = [stay for stay in past if stay.stage.kind is not StageKind.ENDING]
    if not drawn:
        return None
    left = 0
    if case.term is not None and case.status is not Status.CLOSED:
        left = max(0, _days_of(case.term, calendar).working_days_between(today, case.term.end))
    weights = [max(stay.days, 1) for stay in drawn]
    room = STRIP_WIDTH - _GAP * len(drawn)
    unit = room / (sum(weights) + left)
    widths = [max(_LEAST, weight * unit) for weight in weights]
    squeeze = (room - left * unit) / sum(widths)
    blocks, x = [], 0.0
    for place, stay in enumerate(drawn):
        width = widths[place] * squeeze
        blocks.extend(_blocks(stay, x, width, today, _days_of(stay.term, calendar)))
        x += width + _GAP
    today_x = x - _GAP if left else STRIP_WIDTH
    if left and case.term is not None:
        blocks.extend(_ahead(case.term, left, x, today, _days_of(case.term, calendar)))
    total = calendar.agreed.working_days_between(drawn[0].since, past[-1].until or today)
    still = sum(
        stood_still(stay.term, stay.since, stay.until or today, calendar)
        for stay in drawn
        if stay.term is not None
    )
    since = near_day(drawn[0].since, today)
    return Strip(tuple(blocks), round(min(today_x, STRIP_WIDTH), 1), total, since, still)


def _ahead(term: Term, left: int, x: float, today: date, calendar: Calendar) -> list[Block]:
    """Return what is to come of a term, in the order of its days: running and standing still."""
    width = max(0.0, STRIP_WIDTH - x)
    spans = [(first, last) for first, last, _ in suspended(term.acts)]
    days = {today, term.end}
    for day in [day for span in spans for day in span]:
        days.add(min(max(day, today), term.end))
    parts = []
    for after, through in pairwise(sorted(days)):
        still = any(first <= after and through <= last for first, last in spans)
        parts.append((still, calendar.working_days_between(after, through)))
    parts = [(still, count) for still, count in parts if count]
    found: list[Block] = []
    for place, (still, count) in enumerate(parts):
        part = width * count / left
        if still:
            words, short = _still_words(count), str(count)
        elif place + 1 < len(parts):
            words, short = working_days(count) + _BEFORE_STILL, str(count)
        elif any(not stood for stood, _ in parts[:place]):
            words, short = _THEN + working_days(count), str(count)
        else:
            words, short = working_days(count) + Text(" over", " left"), ""
        kind: Kind = "still" if still else "rest"
        found.append(Block(round(x, 1), round(part, 1), kind, words, short))
        x += part
    return found


_BEFORE_STILL = Text(" tot de opschorting", " until the suspension")
_THEN = Text("daarna nog ", "then another ")


def _still_words(days: int) -> Text:
    return Text("opgeschort: ", "suspended: ") + working_days(days)


def _blocks(stay: Stay, x: float, width: float, today: date, calendar: Calendar) -> list[Block]:
    """Return the bars of one stay: while it stood still, and what runs over its term, apart."""
    parts = [
        (kind, calendar.working_days_between(after, through))
        for kind, after, through in _stretches(stay, today)
    ]
    parts = [(kind, days) for kind, days in parts if days > 0]
    if len(parts) < 2:  # noqa: PLR2004 one bar needs no dividing
        kind = parts[0][0] if parts else _kind(stay)
        return [Block(round(x, 1), round(width, 1), kind, *_words(stay, kind, stay.days))]
    whole = sum(days for _, days in parts)
    found: list[Block] = []
    unbroken = all(kind != "still" for kind, _ in parts)
    for kind, days in parts:
        part = width * days / whole
        # What runs over is part of the stay: its first bar tells the whole of it.
        told = stay.days if unbroken and not found else days
        found.append(Block(round(x, 1), round(part, 1), kind, *_words(stay, kind, told)))
        x += part
    return found


def _kind(stay: Stay) -> Kind:
    if stay.stage.kind is StageKind.PAUSE:
        return "hold"
    return "now" if stay.until is None else "past"


def _stretches(stay: Stay, today: date) -> Iterator[tuple[Kind, date, date]]:
    """Yield the stretches of a stay in order: what kind, the day before it, and its last day."""
    until, kind = stay.until or today, _kind(stay)
    spans = [] if stay.term is None else [(a, b) for a, b, _ in suspended(stay.term.acts)]
    days = {stay.since, until}
    for day in [day for span in spans for day in span]:
        days.add(min(max(day, stay.since), until))
    late = stay.term.end if kind == "now" and stay.term is not None else None
    if late is not None and stay.since < late < until:
        days.add(late)
    for after, through in pairwise(sorted(days)):
        if any(first <= after and through <= last for first, last in spans):
            yield "still", after, through
        elif late is not None and late <= after:
            yield "late", after, through
        else:
            yield kind, after, through


def _words(stay: Stay, kind: Kind, days: int) -> tuple[Text, str]:
    """Return what a bar says: in full, and where there is little room."""
    if kind == "still":
        return _still_words(days), str(days)
    if kind == "late":
        return working_days(days) + Text(" te laat", " late"), f"+{days}"
    label = stay.stage.label + Text(": ", ": ") + working_days(days)
    return label, f"{stay.stage.number}: {days}" if stay.stage.number else f"{days}"


@dataclass(frozen=True, slots=True)
class Turn:
    """Who must do what by when, and what happens when nobody does."""

    who: Text
    do: Text
    by: Text | None
    otherwise: Text
    urgency: Literal["", "warn", "late", "hold", "closed"]
    nobody: bool = False


_SOON = 2


def turn(case: Case, workflow: Workflow, today: date, calendar: Calendar) -> Turn:
    """Return whose turn it is in *case*."""
    stage = workflow.stage(case.stage)
    if stage.kind is StageKind.ENDING:
        since = near_day(case.stage_since, today)
        return Turn(
            Text(f"Gesloten op {since.nl}", f"Closed on {since.en}"),
            stage.label,
            None,
            stage.purpose,
            "closed",
        )
    if case.term is not None and (still := still_until(case.term, today)) is not None:
        return _waiting(case.term, still, today)
    work = at_work(case.tasks) if case.status is Status.OPEN else None
    account = role_account(stage.owner or Role.SECRETARIAT) if work is None else work.account
    nobody = account == role_account(Role.MEDIATOR) and not case.mediator
    who = (
        Text("Niemand is aan zet: er is geen bemiddelaar", "Nobody is at turn: no mediator")
        if nobody
        else Text("Nu aan zet: ", "At turn now: ") + _at_turn(account, case)
    )
    do = (stage.next_action or stage.purpose) if work is None else work.what
    if case.term is None:
        return Turn(who, do, None, Text("", ""), "", nobody)
    day, left = near_end(case.term, today), remaining(case.term, today, calendar)
    urgency: Literal["", "warn", "late", "hold"] = ""
    if over(case.term, today):
        urgency = "late"
    elif case.status is Status.PAUSED:
        urgency = "hold"
    elif counted(case.term, today, case.term.end, calendar) <= _SOON:
        urgency = "warn"
    by = (
        Text(f"Dit had klaar moeten zijn op {day.nl}, {left.nl}.", f"Due {day.en}, {left.en}.")
        if urgency == "late"
        else Text(f"Uiterlijk {day.nl}, {left.nl}.", f"By {day.en}, {left.en}.")
    )
    if work is not None and work.due_on is not None and work.due_on < case.term.end:
        by = _work_by(work.due_on, today) + _stage_until(day, left)
    return Turn(who, do, by, otherwise(case, stage, workflow, today, calendar), urgency, nobody)


def _at_turn(account: str, case: Case) -> Text:
    """Return who is at turn in a sentence: a party by its name, or a role."""
    if account.startswith(ORGANISATION):
        name = short_name(account, case.parties)
        return Text(with_article(name.nl), with_article_en(name.en))
    return _OWNERS[Role.PARTY if account == PARTIES else Role(account.removeprefix(ROLE))]


def _work_by(due_on: date, today: date) -> Text:
    """Say by when open work is to be done, when that is before the end of the term."""
    day = near_day(due_on, today)
    if due_on < today:
        return Text(f"Dit had klaar moeten zijn op {day.nl}.", f"Due {day.en}.")
    return Text(f"Uiterlijk {day.nl}.", f"By {day.en}.")


def _stage_until(end: Text, left: Text) -> Text:
    return Text(f" De termijn: {end.nl}, {left.nl}.", f" The term: {end.en}, {left.en}.")


def _waiting(term: Term, still: date, today: date) -> Turn:
    """Return for whom the clock stands still, what is waited for, and until when."""
    running = [s for s in term.suspensions if s.ended_on is None and s.begins_on <= today]
    names = dict.fromkeys(one.waits_for_name or one.waits_for for one in running)
    who_nl = _and([with_article(name) for name in names], "en")
    who_en = _and([with_article_en(name) for name in names], "and")
    notes = list(dict.fromkeys(same(one.note) if one.note else one.reason.label for one in running))
    last, end = near_day(still, today), near_end(term, today)
    return Turn(
        Text(
            f"De klok staat stil: gewacht wordt op {who_nl}",
            f"The clock stands still, waiting for {who_en}",
        ),
        Text(" ".join(one.nl for one in notes), " ".join(one.en for one in notes)),
        Text(f"Tot en met {last.nl}.", f"Until {last.en}."),
        Text(
            f"Daarna loopt de termijn weer, tot {end.nl}.",
            f"After that the term runs again, until {end.en}.",
        ),
        "hold",
    )


def otherwise(
    case: Case, stage: Stage, workflow: Workflow, today: date, calendar: Calendar
) -> Text:
    """Return what happens when nobody acts: the next rung of the stage's term, in words."""
    if stage.term is None or case.term is None:
        return Text("", "")
    coming = []
    for place, rung in enumerate(stage.term.on_expiry):
        passed = calendar.agreed.add_working_days(case.term.end, rung.after.amount)
        happened = passed < today or (place == 0 and case.term.state is TermState.EXPIRED)
        if not happened:
            coming.append((passed, rung))
    if not coming:
        tier = case.tier.label
        return Text(
            f"Alle herinneringen zijn verstuurd. De zaak ligt nu op niveau {tier.nl}.",
            f"All reminders were sent. The case is now at level {tier.en}.",
        )
    sentence = rung_words(*coming[0], case, workflow, today)
    if not _moves_on(coming[0][1], case):
        for day, rung in coming[1:]:
            if _moves_on(rung, case):
                return sentence + Text(" ", " ") + rung_words(day, rung, case, workflow, today)
    return sentence


def _moves_on(rung: Rung, case: Case) -> bool:
    """Whether a rung does more than tell people."""
    if rung.trigger is not None:
        return True
    return rung.tier is not None and (
        rung.tier.rank > case.tier.rank or rung.tier is Tier.OVERHEDENOVERLEG
    )


def rung_words(day: date, rung: Rung, case: Case, workflow: Workflow, today: date) -> Text:
    """Return what a rung does when *day* has passed without an end to the stage."""
    when = near_day(day, today)
    if rung.trigger is not None:
        move = workflow.moves.get(case.stage, {}).get(rung.trigger)
        label = move.label if move is not None else Text(rung.trigger, rung.trigger)
        return Text(
            f"Na {when.nl} zet het systeem zelf de stap ‘{label.nl}’.",
            f"After {when.en} the system takes the step ‘{label.en}’ by itself.",
        )
    if rung.tier is not None and _moves_on(rung, case):
        tier = rung.tier.label
        if rung.tier is Tier.OVERHEDENOVERLEG:
            return Text(
                f"Gebeurt er niets, dan komt de zaak na {when.nl} op de lijst "
                "voor het overhedenoverleg.",
                f"If nothing happens, the case is proposed for the overhedenoverleg "
                f"after {when.en}.",
            )
        return Text(
            f"Gebeurt er niets, dan gaat de zaak na {when.nl} naar niveau {tier.nl}.",
            f"If nothing happens, the case goes to level {tier.en} after {when.en}.",
        )
    told = owner_words(rung.notify)
    verb = "krijgt" if rung.notify in {(Role.SECRETARIAT,), (Role.MEDIATOR,)} else "krijgen"
    return Text(
        f"Na {when.nl} {verb} {told.nl} bericht.", f"After {when.en}, {told.en} will be told."
    )


def owner_words(roles: Sequence[Role]) -> Text:
    """Return roles in a sentence: "het secretariaat en de partijen"."""
    return Text(
        _and([_OWNERS[role].nl for role in roles], "en"),
        _and([_OWNERS[role].en for role in roles], "and"),
    )


def _and(words: list[str], joint: str) -> str:
    return f" {joint} ".join(
        part for part in (", ".join(words[:-1]), words[-1] if words else "") if part
    )
