"""Runs of escalation on the dossier: what was told, who answered, and what comes if nobody does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from impasse.adapters.sql.directory import SqlDirectory
from impasse.domain.access import may_do
from impasse.domain.audience import Heard, audience, gather
from impasse.domain.case import Status
from impasse.domain.commands import AcknowledgeEscalation, StartEscalation
from impasse.domain.decision import Given
from impasse.domain.escalation import Acknowledgement, LevelTold, RunState, Snooze
from impasse.domain.escalation_acts import may_settle, snoozed_until_at_most, snoozes_left
from impasse.domain.escalation_audience import words_of
from impasse.domain.escalation_policy import Answering, WebhookTarget
from impasse.domain.foreseen import foresee
from impasse.domain.people import Role
from impasse.domain.text import Text, same
from impasse.engine.procedures import procedure_of
from impasse.web.timeline import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from impasse.domain.case import Case
    from impasse.domain.escalation import Addressee, Directory, Run, RunAct
    from impasse.domain.escalation_audience import Resolved
    from impasse.domain.escalation_policy import EscalationPolicy, Level
    from impasse.domain.foreseen import Foreseen
    from impasse.web.offices import Offices
    from impasse.web.visit import Visit

BETWEEN = "-run-"
"""Between what a form does and the number of its run: "oppakken-run-E1"."""

_STATE_TONES: Mapping[RunState, str] = {
    RunState.RUNNING: "warn",
    RunState.ACKNOWLEDGED: "acc",
    RunState.SNOOZED: "line",
    RunState.HELD: "warn",
    RunState.ENDED: "ok",
}
_ICONS: Mapping[str, str] = {"told": "check", "now": "bell", "ahead": "clock"}


class Looked(Protocol):
    """A case as one reader finds it: the page around the card."""

    @property
    def visit(self) -> Visit:
        """The request of the reader."""

    @property
    def case(self) -> Case:
        """The case."""

    @property
    def offices(self) -> Offices:
        """Everybody, by function."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """Who hears of a level: functions with their organisation, and what else it does.

    `sides` are names of parties; `empty` is for whom nobody is there, `instead` that who is on
    duty hears for them.
    """

    people: tuple[Text, ...]
    count: int
    empty: tuple[Text, ...] = ()
    instead: bool = False
    meeting: str = ""
    systems: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """One promise of a side: what it does, before which day, and whether that day has passed."""

    who: Text
    step: str
    until: date
    when: Text
    lapsed: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One level of a run: told, told last, or still ahead.

    `whom` says in words for whom the level is meant; `hearing` who that is today, of what is
    ahead. `silent` are the sides that were told and have not answered; `again` that the same level
    was told anew.
    """

    number: int
    label: Text
    state: str
    when: Text
    whom: tuple[Text, ...]
    hearing: Hearing | None = None
    answers: tuple[Answer, ...] = ()
    silent: tuple[Text, ...] = ()
    again: bool = False

    @property
    def icon(self) -> str:
        """The drawing in front of it."""
        return _ICONS[self.state]


@dataclass(frozen=True, slots=True)
class Doors:
    """What the reader is offered; the engine decides all the same."""

    take_up: bool = False
    snooze: bool = False
    wake: bool = False
    settle: bool = False

    @property
    def any(self) -> bool:
        """Whether there is anything to do."""
        return self.take_up or self.snooze or self.wake or self.settle

    def offers(self, act: str) -> bool:
        """Whether the form that does *act* is on the page."""
        offered = {
            "oppakken": self.take_up,
            "wegleggen": self.snooze,
            "hervatten": self.wake,
            "afhandelen": self.settle,
        }
        return offered.get(act, False)


@dataclass(frozen=True, slots=True)
class RunCard:
    """One run as the dossier shows it.

    `promise_last` is the last day of a promise made today, `snooze_last` that of a snooze;
    `snoozes` is how often the run may still be snoozed.
    """

    run: Run
    tone: str
    since: Text
    steps: tuple[Step, ...]
    snooze: Snooze | None
    snoozed_by: Text
    doors: Doors
    promise_last: date
    snooze_last: date
    snoozes: int


def runs_card(seen: Looked) -> tuple[RunCard, ...]:
    """Return the runs of the case that go on, in the order in which they began."""
    if not seen.case.runs:
        return ()
    directory = directory_of(seen.visit)
    return tuple(_card(seen, run, directory) for run in seen.case.runs if run.open)


def directory_of(visit: Visit) -> Directory:
    """Return who there is today."""
    return SqlDirectory(visit.house.database).read(visit.house.clock())


def may_start(seen: Looked) -> bool:
    """Whether the reader may start a run by hand, if there is a policy for it."""
    case = seen.case
    command = StartEscalation(case.id, "")
    return case.status is not Status.CLOSED and may_do(seen.visit.actor, command, case)


def given_of(seen: Looked) -> Given:
    """Return what a decision about this case would be given now, as far as a page asks for it."""
    visit, house = seen.visit, seen.visit.house
    return Given(
        at=house.clock(),
        today=visit.today,
        actor=visit.actor,
        procedure=procedure_of(house.procedures, seen.case),
        calendar=house.calendar,
        indicators=house.indicators,
    )


def hearing_of(resolved: Resolved, seen: Looked) -> Hearing:
    """Return who hears, by function and organisation; who shares one with others is counted."""
    return Hearing(
        people=_people(resolved.to, seen),
        count=len(resolved.to),
        empty=resolved.empty,
        instead=resolved.fallback,
        meeting=resolved.meeting,
        systems=len(resolved.webhooks),
    )


def ahead(
    of: EscalationPolicy | Run, seen: Looked, directory: Directory
) -> tuple[tuple[Foreseen, Hearing], ...]:
    """Return what happens if nobody answers, level by level, with who hears each."""
    house = seen.visit.house
    coming = foresee(of, seen.case, directory, house.calendar, house.clock())
    return tuple((one, hearing_of(one.resolved, seen)) for one in coming)


def raised_to(seen: Looked) -> tuple[Text, ...]:
    """Return who will hear when the reader takes the case to a higher table."""
    directory, case = directory_of(seen.visit), seen.case
    crowd = gather(directory.persons, directory.acting)
    roles = (Role.PARTY, Role.SECRETARIAT)
    heard = audience(Heard(roles, (), seen.visit.actor.person, case), crowd)
    return _people(heard, seen)


def _people(to: Iterable[Addressee], seen: Looked) -> tuple[Text, ...]:
    offices = seen.offices
    known: dict[Text, int] = {}
    for one in to:
        who = offices.who(one.person)
        if not one.knows:
            who += Text(
                " (hoort de naam van de zaak niet)", " (does not hear the name of the case)"
            )
        known[who] = known.get(who, 0) + 1
    return tuple(
        who if count == 1 else who + Text(f" ({count} personen)", f" ({count} persons)")
        for who, count in known.items()
    )


def _card(seen: Looked, run: Run, directory: Directory) -> RunCard:
    case, given, today = seen.case, given_of(seen), seen.visit.today
    snooze = run.snooze
    at_most = run.policy.acknowledged_at_most.amount
    return RunCard(
        run=run,
        tone=_STATE_TONES[run.state],
        since=moment(run.started_at, today),
        steps=tuple(_steps(seen, run, directory)),
        snooze=snooze,
        snoozed_by=same("") if snooze is None else _side(case, snooze.organisation),
        doors=_doors(seen, run, given),
        promise_last=given.calendar.agreed.add_working_days(today, at_most),
        snooze_last=snoozed_until_at_most(case, run, given),
        snoozes=max(0, snoozes_left(run, given)),
    )


def _doors(seen: Looked, run: Run, given: Given) -> Doors:
    case, actor = seen.case, seen.visit.actor
    command = AcknowledgeEscalation(case.id, run.id, "", seen.visit.today)
    if case.status is Status.CLOSED or not may_do(actor, command, case):
        return Doors()
    rests = run.state in {RunState.SNOOZED, RunState.ACKNOWLEDGED}
    side = actor.organisation if case.party(actor.organisation) is not None else ""
    answered = any(act.organisation == side for act in run.acknowledgements)
    return Doors(
        take_up=run.now_at is not None and run.state is not RunState.SNOOZED and not answered,
        snooze=not rests and snoozes_left(run, given) > 0,
        wake=run.state is RunState.SNOOZED,
        settle=may_settle(case, run, given),
    )


def _steps(seen: Looked, run: Run, directory: Directory) -> Iterator[Step]:
    """Yield the levels that were told, each time apart, and those that are still to come."""
    case, today = seen.case, seen.visit.today
    told = [act for act in run.acts if isinstance(act, LevelTold)]
    for act in told:
        level, last = run.policy.levels[act.level], act is told[-1]
        yield Step(
            act.level + 1,
            level.label,
            "now" if last else "told",
            moment(act.at, today),
            _whom(level, act, case),
            answers=tuple(_answers(run.acts, act, told, case, seen)),
            silent=_silent(run, level, act, case) if last else (),
            again=act.again,
        )
    for one, hearing in ahead(run, seen, directory):
        yield Step(
            one.place + 1,
            one.level.label,
            "ahead",
            moment(one.at, today),
            tuple(words_of(target) for target in one.level.targets),
            hearing,
        )


def _whom(level: Level, act: LevelTold, case: Case) -> tuple[Text, ...]:
    """Return for whom a level was meant that was told, with the names of the sides that heard."""
    sides = ", ".join(_side(case, side).nl for side in act.sides)
    whom = [words_of(target) for target in level.targets if not isinstance(target, WebhookTarget)]
    if sides:
        whom.append(same(sides))
    if act.fallback:
        whom.append(Text("wie dienst heeft, voor wie er niet is",
                         "who is on duty, for who is not there"))  # fmt: skip
    return tuple(whom)


def _answers(
    acts: tuple[RunAct, ...], told: LevelTold, all_told: list[LevelTold], case: Case, seen: Looked
) -> Iterator[Answer]:
    """Yield the promises that were made after *told* and before what was told next."""
    later = [one.at for one in all_told if one.at > told.at]
    until = min(later, default=None)
    for act in acts:
        if not isinstance(act, Acknowledgement) or act.at < told.at:
            continue
        if until is not None and act.at >= until:
            continue
        yield Answer(
            _side(case, act.organisation),
            act.next_step,
            act.until,
            moment(act.at, seen.visit.today),
            act.lapsed_at is not None,
        )


def _silent(run: Run, level: Level, told: LevelTold, case: Case) -> tuple[Text, ...]:
    """Return the sides of which there is no answer yet, where every side is asked for one."""
    if level.answering is not Answering.ALL_SIDES:
        return ()
    answered = {act.organisation for act in run.acknowledgements}
    return tuple(_side(case, side) for side in told.sides if side not in answered)


def _side(case: Case, organisation: str) -> Text:
    """Return the name of a side; the secretariat or the mediator speak for none."""
    party = case.party(organisation)
    if party is not None:
        return same(party.name)
    return same(organisation) if organisation else Text("het secretariaat", "the secretariat")
