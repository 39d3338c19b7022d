"""What waits for one reader, over all cases: each line begins with what to do, and by when.

Nothing of what stands in a closed room is in it: only that something there waits, for who may
enter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, cast

from impasse.adapters.sql.inbox import Inbox
from impasse.adapters.sql.runs import RunFilter, RunViews
from impasse.adapters.sql.views import CaseFilter
from impasse.domain import working_hours
from impasse.domain.access import roles_on
from impasse.domain.case import Status, TermState
from impasse.domain.errors import Conflict
from impasse.domain.escalating import gap_after
from impasse.domain.escalation import NextIs, RunState
from impasse.domain.escalation_audience import fallback, resolve
from impasse.domain.escalation_policy import (
    Answering,
    GroupTarget,
    OnEmpty,
    PersonTarget,
    RoleTarget,
    RotaTarget,
)
from impasse.domain.overleg import CandidateState
from impasse.domain.people import Role
from impasse.domain.rooms import RoomKind
from impasse.domain.task_flow import lower
from impasse.domain.tasks import may_act
from impasse.domain.text import Text, same
from impasse.engine.procedures import procedure_of
from impasse.web.cards import make_cards
from impasse.web.escalation_card import directory_of
from impasse.web.words import ALMOST_WORKING_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Case, Party
    from impasse.domain.escalation import Directory, Run
    from impasse.domain.escalation_policy import Target
    from impasse.domain.people import Actor
    from impasse.domain.task import Task
    from impasse.domain.workflow import Transition
    from impasse.web.cards import Card
    from impasse.web.visit import Visit
    from impasse.web.words import TermCount

MOST_CASES = 2_000
MOST_SHOWN = 50
"""A group that is longer shows the rest when asked."""

_LIVE = frozenset({Status.OPEN, Status.PAUSED})


class Kind(StrEnum):
    """What a line asks for; the preview shows what belongs to it."""

    TASK = "taak"
    ESCALATION = "opschaling"
    MOVE = "stap"
    RELEASE = "voorstel"
    CANDIDATE = "agenda"
    MEDIATOR = "bemiddelaar"
    TERM = "termijn"
    OTHERS = "ander"


_ICONS = {
    Kind.TASK: "edit",
    Kind.ESCALATION: "bell",
    Kind.MOVE: "eye",
    Kind.RELEASE: "lock",
    Kind.CANDIDATE: "table",
    Kind.MEDIATOR: "user",
    Kind.TERM: "flow",
    Kind.OTHERS: "clock",
}

_BUTTONS = {
    Kind.TASK: Text("Rond af", "Complete"),
    Kind.ESCALATION: Text("Pak op", "Take up"),
    Kind.MOVE: Text("Bekijk", "View"),
    Kind.RELEASE: Text("Besluit", "Decide"),
    Kind.CANDIDATE: Text("Beslis", "Decide"),
    Kind.MEDIATOR: Text("Wijs aan", "Appoint"),
    Kind.TERM: Text("Bekijk", "View"),
    Kind.OTHERS: Text("Bekijk", "View"),
}


@dataclass(frozen=True, slots=True)
class Left:
    """How far off a day is, in working days, as `m.countdown` shows it."""

    left: int
    late: bool
    late_by: int

    @property
    def almost(self) -> bool:
        """Whether it is nearly there."""
        return not self.late and self.left <= ALMOST_WORKING_DAYS


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One line: what to do, about which case, for whom, and by when.

    `key` finds it again in an address; `href` is where it is done without the preview. `party` is
    the one for which the reader does it, or on whom a line of others waits.
    """

    key: str
    kind: Kind
    title: Text
    card: Card
    party: Text
    href: str
    due: date | None = None
    left: Left | None = None
    subject: str = ""
    """What within the case: the number of a task, a run or a wording, or the name of a move."""
    answers: bool = False
    """Whether somebody waits for an answer: that is for now, whenever it ends."""

    @property
    def icon(self) -> str:
        """The drawing in front of it."""
        return _ICONS[self.kind]

    @property
    def button(self) -> Text:
        """What the button beside it says."""
        return _BUTTONS[self.kind]


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that belong together in time."""

    name: str
    title: Text
    items: tuple[WorkItem, ...]

    def shown(self, key: str, *, everything: bool) -> tuple[WorkItem, ...]:
        """Return the lines that are shown at once, and the one with this *key* in any case."""
        if everything:
            return self.items
        rest = (item for item in self.items[MOST_SHOWN:] if item.key == key)
        return (*self.items[:MOST_SHOWN], *rest)


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the strip: how much is due for the reader, and for others."""

    day: date
    own: int
    others: int


@dataclass(frozen=True, slots=True)
class Work:
    """Everything that the page shows of one reader.

    `followed` are the cases without anything to do for the reader; `mediated` and `party_to` count
    what the reader is to them. `next_end` is the first last day that is still to come.
    """

    now: tuple[WorkItem, ...]
    soon: tuple[WorkItem, ...]
    later: tuple[WorkItem, ...]
    others: tuple[WorkItem, ...]
    followed: tuple[WorkItem, ...]
    days: tuple[Day, ...]
    mediated: int
    party_to: int
    next_end: date | None

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups as the page shows them; what lies further off only when there is any."""
        named = (
            ("nu", Text("Nu doen", "Do now"), self.now),
            ("straks", Text("Deze week en volgende week", "This week and next week"), self.soon),
            ("later", Text("Later", "Later"), self.later),
            ("anderen", Text("Wacht op anderen", "Waits for others"), self.others),
        )
        return tuple(Group(*one) for one in named if one[2] or one[0] == "nu")

    @property
    def own(self) -> int:
        """How many lines wait for the reader."""
        return len(self.now) + len(self.soon) + len(self.later)

    def find(self, key: str) -> WorkItem | None:
        """Return the line with this key, if it is still there."""
        everything = (*self.now, *self.soon, *self.later, *self.others, *self.followed)
        return next((item for item in everything if item.key == key), None)


def work_of(visit: Visit) -> Work:
    """Return what waits for the reader of *visit*."""
    house, actor, today = visit.house, visit.actor, visit.today
    lines = house.views.board(actor, CaseFilter(status=_LIVE, lessons=False), limit=MOST_CASES)
    desk = _Desk(visit, {card.line.id: card for card in make_cards(house, lines, today)})
    own = list(desk.own())
    with_work = {item.card.line.id for item in own}
    rest = [card for key, card in desk.cards.items() if key not in with_work]
    others = sorted((desk.others(card) for card in rest if desk.mine(card)), key=_soonest)
    followed = sorted((desk.others(card) for card in rest), key=_soonest)
    next_week = today + timedelta(days=13 - today.weekday())
    now, soon, later = [], [], []
    for item in sorted(own, key=_soonest):
        if (
            item.due is None
            or item.answers
            or (item.left is not None and (item.left.late or item.left.almost))
        ):
            now.append(item)
        elif item.due <= next_week:
            soon.append(item)
        else:
            later.append(item)
    ends = [
        card.count.end
        for card in desk.cards.values()
        if desk.mine(card) and card.count is not None and card.count.end >= today
    ]
    ends += [item.due for item in own if item.due is not None and item.due >= today]
    return Work(
        now=tuple(now),
        soon=tuple(soon),
        later=tuple(later),
        others=tuple(others),
        followed=tuple(followed),
        days=tuple(_days([*soon, *later], len(now), others, today, house.calendar)),
        mediated=sum(Role.MEDIATOR in desk.roles(card) for card in desk.cards.values()),
        party_to=sum(Role.PARTY in desk.roles(card) for card in desk.cards.values()),
        next_end=min(ends, default=None),
    )


class _Desk:
    """The cases of one reader, and what waits in them."""

    def __init__(self, visit: Visit, cards: dict[str, Card]) -> None:
        self.visit = visit
        self.cards = cards
        self._roles: dict[str, frozenset[Role]] = {}

    @property
    def actor(self) -> Actor:
        return self.visit.actor

    def roles(self, card: Card) -> frozenset[Role]:
        """Return what the reader is to a case."""
        key = card.line.id
        if key not in self._roles:
            # A line has all of a case that decides what somebody is to it.
            self._roles[key] = roles_on(self.actor, cast("Case", card.line))
        return self._roles[key]

    def mine(self, card: Card) -> bool:
        """Whether the reader takes part, or handles it: the secretariat sees far more."""
        took_part = self.roles(card) & {Role.PARTY, Role.MEDIATOR}
        return bool(took_part) or card.line.handler == self.actor.person

    def own(self) -> Iterator[WorkItem]:
        """Yield what waits for the reader."""
        inbox = Inbox(self.visit.house.database)
        with_tasks = set()
        for key, task in inbox.tasks(self.actor):
            card = self.cards.get(key)
            if card and may_act(self.roles(card), self.actor.organisation, task):
                with_tasks.add(key)
                yield self._task(card, task)
        yield from self._runs()
        yield from self._moves(inbox)
        yield from self._releases(inbox)
        yield from self._candidates()
        for key, card in self.cards.items():
            if key not in with_tasks:
                yield from self._turn(card)

    def _task(self, card: Card, task: Task) -> WorkItem:
        """Return a task; it is for a party, or for a role that the reader has here."""
        return WorkItem(
            f"{Kind.TASK}-{card.line.id}-{task.id}",
            Kind.TASK,
            task.label,
            card,
            _party(task.organisation, card.line.parties) or _as_role(task.role),
            f"/impasses/{card.line.id}/werk/{task.id}",
            task.due_on,
            _left(task.due_on, self.visit.today, self.visit.house.calendar),
            task.id,
        )

    def _runs(self) -> Iterator[WorkItem]:
        """Yield the runs that wait for an answer of the side, or of the office, of the reader."""
        house, today = self.visit.house, self.visit.today
        directory: Directory | None = None
        lines = RunViews(house.database).runs(
            self.actor, RunFilter(open=True, state=RunState.RUNNING), limit=MOST_CASES
        )
        for line in lines:
            card, run = self.cards.get(line.case), line.run
            level, told = run.now_at, run.told
            if card is None or level is None or told is None:
                continue
            side = self.actor.organisation if Role.PARTY in self.roles(card) else ""
            answered = any(act.organisation == side for act in run.acknowledgements)
            if answered or level.answering is Answering.NONE:
                continue
            if side not in told.sides:
                directory = directory or directory_of(self.visit)
                if not _addressed(run, card, self.actor.person, directory):
                    continue
            due = _goes_on(run, house.calendar)
            title = lower(run.policy.title)
            yield WorkItem(
                f"{Kind.ESCALATION}-{card.line.id}-{run.id}",
                Kind.ESCALATION,
                Text("Pak de opschaling op: ", "Take up the escalation: ") + title,
                card,
                _party(side, card.line.parties) or level.label,
                f"/impasses/{card.line.id}#opschaling",
                due,
                _left(due, today, house.calendar),
                run.id,
                answers=True,
            )

    def _moves(self, inbox: Inbox) -> Iterator[WorkItem]:
        for waiting in inbox.moves(self.actor):
            card = self.cards.get(waiting.case)
            move = None if card is None else self._move(card, waiting.trigger)
            if card is None or move is None or not move.roles & self.roles(card):
                continue
            yield WorkItem(
                f"{Kind.MOVE}-{card.line.id}-{move.trigger}",
                Kind.MOVE,
                Text(
                    f"Kijk mee met de stap ‘{move.label.nl}’",
                    f"Look along at the move ‘{move.label.en}’",
                ),
                card,
                Text("wacht op een tweede persoon", "waits for a second person"),
                f"/impasses/{card.line.id}/fase?zet={move.trigger}",
                subject=move.trigger,
            )

    def _move(self, card: Card, trigger: str) -> Transition | None:
        """Return the move of this name that leaves the stage with four eyes, if there is one."""
        try:
            workflow = procedure_of(self.visit.house.procedures, card.line).workflow
        except Conflict:
            return None
        move = workflow.moves.get(card.line.stage, {}).get(trigger)
        return move if move is not None and move.four_eyes else None

    def _releases(self, inbox: Inbox) -> Iterator[WorkItem]:
        for waiting in inbox.releases(self.actor):
            card, room = self.cards.get(waiting.case), waiting.room
            if card is None:
                continue
            yield WorkItem(
                f"{Kind.RELEASE}-{card.line.id}-{room.id}-{waiting.id}",
                Kind.RELEASE,
                Text("Besluit of een tekst gedeeld mag worden",
                     "Decide whether a wording may be shared"),
                card,
                Text("alleen voor u", "for you alone")
                if room.kind is RoomKind.MEDIATOR
                else _party(room.organisation, card.line.parties) or room.kind.label,
                f"/impasses/{card.line.id}/kamers/{room.id}/voorstel/{waiting.id}",
                subject=waiting.id,
            )  # fmt: skip

    def _candidates(self) -> Iterator[WorkItem]:
        if not self.actor.has(Role.SECRETARIAT):
            return
        house, today = self.visit.house, self.visit.today
        meeting = house.views.next_meeting(today)
        closes = None if meeting is None else meeting.closes_on
        for line in house.views.candidates(self.actor, state=CandidateState.PROPOSED):
            card = self.cards.get(line.case.id)
            if card is None:
                continue
            yield WorkItem(
                f"{Kind.CANDIDATE}-{line.id}",
                Kind.CANDIDATE,
                Text("Beslis of deze zaak op de agenda komt", "Decide whether it is on the agenda"),
                card,
                Text("overhedenoverleg", "overhedenoverleg"),
                "/overleg" if meeting is None else f"/overleg/{meeting.id}",
                closes,
                _left(closes, today, house.calendar),
                line.id,
            )

    def _turn(self, card: Card) -> Iterator[WorkItem]:
        """Yield the step of the stage itself, when it is up to the reader."""
        line, stage = card.line, card.stage
        if line.status is not Status.OPEN or line.at_work is not None or card.suspended:
            return
        owner, roles = stage.owner, self.roles(card)
        if owner is Role.MEDIATOR and not line.mediator:
            if Role.SECRETARIAT in roles:
                yield WorkItem(
                    f"{Kind.MEDIATOR}-{line.id}",
                    Kind.MEDIATOR,
                    Text("Wijs een bemiddelaar aan", "Appoint a mediator"),
                    card,
                    _as_role(Role.SECRETARIAT),
                    f"/impasses/{line.id}?ambt=mediator#aanwijzen-mediator",
                )
            return
        if owner is None or owner not in roles or card.to_do is None:
            return
        end = None if card.count is None else card.count.end
        yield WorkItem(
            f"{Kind.TERM}-{line.id}",
            Kind.TERM,
            card.to_do,
            card,
            (_party(self.actor.organisation, line.parties) if owner is Role.PARTY else None)
            or _as_role(owner),
            f"/impasses/{line.id}",
            end,
            _of_term(card.count),
        )

    def others(self, card: Card) -> WorkItem:
        """Return what a case waits for, without anything to do for the reader."""
        line = card.line
        due = None if card.count is None else card.count.end
        left = _of_term(card.count)
        if line.at_work is not None and line.at_work.due_on is not None:
            due = line.at_work.due_on
            left = _left(due, self.visit.today, self.visit.house.calendar)
        if line.status is Status.PAUSED:
            title, party = Text("Gepauzeerd", "Paused"), card.stage.label
        elif card.suspended and line.term is not None and line.term.state is TermState.SUSPENDED:
            names = [act.waits_for_name for act in line.term.suspensions if act.ended_on is None]
            title = Text("De klok staat stil", "The clock stands still")
            party = same(", ".join(dict.fromkeys(name for name in names if name)))
            due, left = card.count.still_until if card.count else None, None
        else:
            title = card.to_do or card.stage.label
            party = card.at_turn or Text("niemand is aan zet", "nobody is at turn")
        return WorkItem(
            f"{Kind.OTHERS}-{line.id}",
            Kind.OTHERS,
            title,
            card,
            party,
            f"/impasses/{line.id}",
            due,
            left,
        )


def _addressed(run: Run, card: Card, person: str, directory: Directory) -> bool:
    """Whether the last level of *run* asks *person* by office: on duty, mediator, secretariat.

    Sides are told as sides; here they are left out, for a line knows nothing of signals.
    """
    case, level, told = cast("Case", card.line), run.now_at, run.told
    if level is None or told is None:
        return False
    by_office = tuple(target for target in level.targets if _names_office(target))
    heard = list(fallback(run.policy, case, directory, ())) if told.fallback else []
    if by_office:
        alone = replace(level, targets=by_office, on_empty=OnEmpty.FALLBACK)
        heard += resolve(run.policy, alone, case, directory).to
    return any(one.person == person for one in heard)


def _goes_on(run: Run, calendar: Calendar) -> date | None:
    """Return the day on which the next level of *run* is told, None after the last."""
    gap = gap_after(run)
    if run.next_is is NextIs.NOTHING or gap is None or run.next_at is None:
        return None
    at = run.next_at
    if run.next_is is NextIs.REMINDER and run.level_at is not None:
        at = working_hours.after(calendar, run.policy.hours, run.level_at, gap)
    return calendar.local_day(at)


def _names_office(target: Target) -> bool:
    if isinstance(target, RoleTarget):
        return target.role in {Role.SECRETARIAT, Role.MEDIATOR}
    return isinstance(target, PersonTarget | RotaTarget | GroupTarget)


def _left(due: date | None, today: date, calendar: Calendar) -> Left | None:
    """Return how far off *due* is, in the working days of agreements."""
    if due is None:
        return None
    days = calendar.agreed
    if due < today:
        return Left(0, late=True, late_by=max(1, days.working_days_between(due, today)))
    return Left(max(0, days.working_days_between(today, due)), late=False, late_by=0)


def _of_term(count: TermCount | None) -> Left | None:
    if count is None or count.still_until is not None:
        return None
    return Left(count.left, count.late, count.late_by)


def _party(organisation: str, parties: Iterable[Party]) -> Text | None:
    name = next((one.name for one in parties if one.organisation == organisation), "")
    return same(name) if name else None


def _as_role(role: str) -> Text:
    label = Role(role).label
    return Text(f"als {label.nl}", f"as {label.en}")


def _soonest(item: WorkItem) -> tuple[bool, str, str, str]:
    """Sort by day, what has none last, and further in an order that stays."""
    day = "" if item.due is None else item.due.isoformat()
    return (item.due is None, day, item.card.line.id, item.key)


_STRIP_DAYS = 10


def _days(
    own: list[WorkItem], now: int, others: list[WorkItem], today: date, calendar: Calendar
) -> Iterator[Day]:
    """Yield today with what is to be done now, and the working days after it."""
    last = today
    for _ in range(_STRIP_DAYS - 1):
        last = calendar.agreed.add_working_days(last, 1)
    day, waits = today, [item.due for item in others if item.due is not None]
    yield Day(today, now, waits.count(today))
    while day < last:
        day = calendar.agreed.add_working_days(day, 1)
        yield Day(day, sum(item.due == day for item in own), waits.count(day))
