"""Demonstration data: real disputes as history, and invented cases that run today.

Everything goes through the real engine on a virtual clock, so that terms, reminders, levels and
the chain of history are those of the product itself. Running cases are told relative to today:
whenever the demonstration begins, the board shows every stage, level and state of a term.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Literal

import structlog

from impasse import wiring
from impasse.adapters.files.demonstration import day_of, load_people, load_running
from impasse.adapters.files.disputes import load_disputes
from impasse.adapters.files.organisations import load_organisations
from impasse.adapters.files.shipped import shipped
from impasse.adapters.sql import playback as kept
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.migrate import upgrade
from impasse.adapters.sql.people import add_person, demonstration_persons, list_persons
from impasse.adapters.sql.person_groups import create_group
from impasse.adapters.sql.procedures import AdoptedProcedures
from impasse.domain.case import Party, Visibility
from impasse.domain.commands import (
    Appoint,
    CloseSignal,
    CompleteTask,
    Confirm,
    DecideCandidate,
    Extend,
    MakeMove,
    OpenCase,
    PlanMeeting,
    RaiseTier,
    RecordEvent,
    ReopenTask,
    ReportSignal,
    Resume,
    SignalReport,
    StartTask,
    Suspend,
    WithdrawTask,
)
from impasse.domain.duty import Rota
from impasse.domain.duty_plans import Rotation
from impasse.domain.errors import Conflict, Unreadable
from impasse.domain.length import Length
from impasse.domain.people import CLOCK, Actor, Organisation, Person, Role
from impasse.domain.person_group import Group
from impasse.domain.text import Text
from impasse.simulation.demonstrated_escalation import ToldEscalation
from impasse.simulation.demonstrated_rooms import tell_rooms
from impasse.simulation.naming import Register
from impasse.simulation.playback import Playback, Setting, in_haste
from impasse.simulation.retelling import REPLAYER, Retelling
from impasse.simulation.virtual_clock import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date
    from pathlib import Path

    from impasse.adapters.files.demonstration import (
        ConfirmShape,
        ExtendShape,
        MeetingShape,
        RunningCase,
        SignalShape,
        StepShape,
        SuspendShape,
        WorkShape,
    )
    from impasse.domain.case import Case
    from impasse.domain.commands import Command
    from impasse.domain.task import Task
    from impasse.domain.workflow import Workflow
    from impasse.engine.ports import Clock, Receipt
    from impasse.settings import Settings
    from impasse.wiring import House

    Moment = tuple[datetime, Callable[[], object]]
    """Something to do when the clock reaches a moment."""

SECRETARIAT = "secretariaat"
"""The person of the demonstration who does what no party does."""

_HANDLER = "behandelaar"
_POOL = "bemiddelaars"
_MEDIATORS = ("bemiddelaar", "bemiddelaar-2")

END_OF_SOURCES = (
    "Hier eindigen de bronnen. Hoe het verder ging, is hier niet bekend. De zaak staat zoals zij "
    "toen stond."
)


EARLIER = timedelta(days=540)
PRESENT = timedelta(days=370)
"""So long ago the earlier and the present version of the procedure were adopted, it is told."""

_OVERLEG = "overhedenoverleg"


def adopt_as_then(settings: Settings, *, clock: Clock = wiring.now) -> None:
    """Adopt the procedures in an empty database on days before the cases that follow them.

    Comes before `wiring.prepare`, which would adopt them today. Does nothing where something was
    adopted before.
    """
    upgrade(settings.database_url)
    database = open_database(settings.database_url)
    try:
        procedures = AdoptedProcedures(database)
        now = clock()
        if not procedures.versions(now.date()):
            _adopt_earlier(procedures, now)
            for path in sorted(settings.workflows_folder.glob("*.yaml")):
                procedures.adopt(path, by=_OVERLEG, at=now - PRESENT)
    finally:
        database.dispose()


def _adopt_earlier(procedures: AdoptedProcedures, now: datetime) -> None:
    """Adopt the version with which some cases began that still run."""
    path = shipped("workflows", "earlier", f"{wiring.PROCEDURE}@1.yaml")
    procedures.adopt(path, by=_OVERLEG, at=now - EARLIER)


def demonstrate(settings: Settings, *, clock: Clock = wiring.now, lessons: bool = True) -> None:
    """Fill the empty database of *settings*, up to date already, as it would be now.

    With *lessons* the real disputes are told too. Does nothing when that was done before. Raises
    `Unreadable` when a shipped file cannot be used, and `Conflict` when the database is in use for
    real work or an earlier filling was broken off.
    """
    virtual = VirtualClock(_LONG_AGO)
    house = wiring.build(settings, clock=virtual)
    in_haste(house.database)
    try:
        _refuse_in_use(house)
        _refuse_half_told(house)
        if not house.views.any_case():
            with _quietly():
                _fill(house, virtual, clock(), lessons=lessons)
    finally:
        house.close()


def _fill(house: House, clock: VirtualClock, now: datetime, *, lessons: bool) -> None:
    """Tell all stories together: there is one clock, and it only goes forward."""
    calendar = house.calendar
    folder = shipped("config", "demonstration")
    organisations = load_organisations(house.settings.organisations_file)
    people = load_people(folder / "people.yaml")
    known = {person.id for person in list_persons(house.database)}
    if REPLAYER.person not in known:
        add_person(house.database, _REPLAYER)
    running = load_running(folder / "running.yaml")
    _adopt_earlier(house.procedures, now)
    workflow = house.procedures.latest(wiring.PROCEDURE, calendar.local_day(now))
    setting = Setting(
        procedure=house.procedures.get(workflow.name, workflow.version),
        calendar=calendar,
        indicators=house.indicators,
        recognition=house.recognition,
        register=Register(organisations),
    )
    playback = Playback(house.engine, house.database, clock, calendar)
    stage = _Stage(house, playback, setting, people, {o.id: o for o in organisations}, now)
    moments = [*_history(stage, folder / "disputes.yaml")] if lessons else []
    moments.extend(stage.meeting(meeting) for meeting in running.meetings)
    for case in running.cases:
        moments.extend(_Story(stage, case).moments())
    told = ToldEscalation(house, people, {SECRETARIAT: SECRETARIAT}, now)
    for moment, act in sorted(moments, key=itemgetter(0)):
        playback.advance(moment)
        act()
        told.hear(clock())
    playback.advance(now)
    told.hear(now)
    # Who can be chosen comes last: as long as nobody is there, the stories are not complete.
    for person in people:
        if person.id not in known:
            add_person(house.database, person, demonstration=True)
    _put_on_duty(house, now)


def _put_on_duty(house: House, now: datetime) -> None:
    """Make the rota and the group that the shipped policies of escalation name."""
    home = next(one for one in list_persons(house.database) if one.id == SECRETARIAT)
    label = Text("Secretariaat", "Secretariat")
    house.duty.create(Rota(SECRETARIAT, label, home.organisation, now, home.id), by=None)
    today = house.calendar.local_day(now)
    until = today + timedelta(weeks=6, days=6 - today.weekday())
    rotation = Rotation((SECRETARIAT, _HANDLER), today, until)
    house.duty.plan(SECRETARIAT, rotation, by=home, at=now)
    mediators = Text("Bemiddelaars", "Mediators")
    create_group(house.database, Group(_POOL, mediators, _MEDIATORS, now, home.id), by=None)


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep what is merely told out of the log: years of commands are no news today."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("warning"))
    try:
        yield
    finally:
        structlog.configure(**before)


def _refuse_in_use(house: House) -> None:
    """Keep persons who sign in without a token out of a database in which others work."""
    invented = demonstration_persons(house.database)
    known = {person.id for person in list_persons(house.database)}
    others = known - invented - {REPLAYER.person}
    if others or (house.views.any_case() and not known):
        raise Conflict(
            Text(
                "Deze database is al in gebruik zonder demonstratie; in een demonstratie kan "
                "iedereen zich zonder token aanmelden. Kies voor --demo een andere database met "
                "IMPASSE_DATABASE_URL.",
                "This database is in use without a demonstration already; in a demonstration "
                "everybody can sign in without a token. Choose another database for --demo with "
                "IMPASSE_DATABASE_URL.",
            )
        )


def _refuse_half_told(house: House) -> None:
    """Say so when the stories were begun and never finished."""
    known = {person.id for person in list_persons(house.database)}
    if REPLAYER.person in known and SECRETARIAT not in known:
        raise Conflict(
            Text(
                "Het vullen met demonstratiegegevens is eerder afgebroken. Verwijder deze database "
                "of kies een andere, en begin opnieuw.",
                "Filling with demonstration data was broken off before. Remove this database or "
                "choose another, and begin again.",
            )
        )


def _history(stage: _Stage, file: Path) -> Iterator[Moment]:
    """Yield the events of the real disputes; where the sources end, each is left as it stands."""
    for dispute in load_disputes(file).disputes:
        retelling = Retelling(stage.playback, stage.setting, dispute, visibility=Visibility.LESSON)
        moment = None
        for event in dispute.events:
            if event.known_on < stage.today:
                moment = stage.playback.noon(event.known_on)
                yield moment, partial(retelling.learn, event)
        if moment is not None:
            yield moment, partial(retelling.end, END_OF_SOURCES)


@dataclass(frozen=True, slots=True)
class _Stage:
    """Where running cases are told: the engine, who is there, and what day it is."""

    house: House
    playback: Playback
    setting: Setting
    people: tuple[Person, ...]
    organisations: dict[str, Organisation]
    now: datetime

    @property
    def today(self) -> date:
        return self.setting.calendar.local_day(self.now)

    def day(self, written: str) -> date:
        return day_of(written, self.today, self.setting.calendar)

    def moment(self, written: str) -> datetime:
        """Return noon of the day that *written* means, and never a moment that has yet to come."""
        return min(self.playback.noon(self.day(written)), self.now)

    def do(self, command: Command, actor: Actor) -> Receipt:
        return self.playback.engine.handle(command, actor)

    def meeting(self, shape: MeetingShape) -> Moment:
        starts_at, ends_at = shape.hours
        command = PlanMeeting(
            self.day(shape.day), starts_at, ends_at, shape.place, self.day(shape.closes)
        )
        return self.moment(shape.planned), partial(self.do, command, self.secretariat)

    @property
    def secretariat(self) -> Actor:
        return next(_actor(person) for person in self.people if person.id == SECRETARIAT)

    def person(self, key: str) -> Actor:
        """Return who is called *key*; the secretariat when nobody is."""
        found = (_actor(person) for person in self.people if person.id == key)
        return next(found, self.secretariat)

    def procedure(self, name: str, version: str) -> Workflow:
        """Return a procedure; without *name* or *version* the one that new signals start."""
        procedures = self.house.procedures
        if version:
            return procedures.get(name or wiring.PROCEDURE, version).workflow
        return procedures.latest(name, self.today) if name else self.setting.procedure.workflow

    def speaker(self, organisations: Iterable[str]) -> Actor:
        """Return the liaison of the only organisation there is, or else the secretariat."""
        asked = set(organisations)
        for person in self.people:
            if {person.organisation} == asked and Role.LIAISON_OFFICER in person.roles:
                return _actor(person)
        return self.secretariat


class _Story:
    """One running case, told step by step."""

    def __init__(self, stage: _Stage, shape: RunningCase) -> None:
        self._stage = stage
        self._shape = shape
        self._case = ""

    def moments(self) -> Iterator[Moment]:
        """Yield each step with its moment; a step never comes before the one it follows."""
        previous = None
        for step in self._shape.steps:
            moment = self._stage.moment(step.at)
            previous = moment if previous is None else max(previous, moment)
            yield previous, partial(self._take, step)

    def _take(self, step: StepShape) -> None:
        if not self._case:
            self._open(step)
        else:
            for signal in step.signals:
                self._do(ReportSignal(self._case, self._report(signal)), [signal.by])
        for number in step.close:
            self._do(CloseSignal(self._case, f"S{number}", self._stage.playback.today, kept=True))
        if step.appoint is not None:
            self._do(Appoint(self._case, step.appoint.office, step.appoint.person))
        if step.confirm is not None:
            self._confirm(step.confirm)
        if step.event:
            self._do(RecordEvent(self._case, step.event, self._stage.playback.today))
        if step.raise_to is not None:
            self._do(RaiseTier(self._case, step.raise_to.tier, step.raise_to.reason))
        if step.candidate is not None:
            candidate = kept.now(self._stage.playback.database, self._case).candidate
            shape = step.candidate
            self._do(
                DecideCandidate(
                    self._case,
                    candidate,
                    shape.accepted,
                    reason=shape.reason,
                    minutes=shape.minutes,
                )
            )
        self._time_work_and_rooms(step)
        if step.move is not None:
            until = None if step.move.until is None else self._stage.day(step.move.until)
            self._do(MakeMove(self._case, step.move.trigger, step.move.note, until))

    def _open(self, step: StepShape) -> None:
        workflow = self._stage.procedure(self._shape.procedure, self._shape.version)
        command = OpenCase(
            title=self._shape.title,
            parties=tuple(self._party(key) for key in self._shape.parties),
            signals=tuple(self._report(signal) for signal in step.signals),
            workflow=workflow.name,
            workflow_version=workflow.version,
            summary=self._shape.summary,
            policy_area=self._shape.policy_area,
            regions=tuple(self._shape.regions),
        )
        actor = self._stage.speaker(signal.by for signal in step.signals)
        self._case = self._stage.do(command, actor).subject

    def _confirm(self, shape: ConfirmShape) -> None:
        named = self._organisations(shape.by)
        for kind in shape.kinds:
            for organisation in named or ("",):
                self._do(Confirm(self._case, kind, organisation, shape.note), [organisation])

    def _time_work_and_rooms(self, step: StepShape) -> None:
        if step.resume is not None:
            self._do(Resume(self._case, step.resume.suspension, note=step.resume.note))
        for work in step.work:
            self._work(work)
        if step.extend is not None:
            self._extend(step.extend)
        if step.suspend is not None:
            self._suspend(step.suspend)
        stage = self._stage
        if step.write or step.propose or step.approve:
            tell_rooms(step, self._now(), stage.house, stage.do, stage.person)

    def _suspend(self, shape: SuspendShape) -> None:
        begins_on = None if shape.begins_on is None else self._stage.day(shape.begins_on)
        self._do(
            Suspend(
                self._case,
                reason=shape.reason,
                waits_for=shape.waits_for,
                until=self._stage.day(shape.until),
                begins_on=begins_on,
                waits_for_name=shape.waits_for_name,
                consents=self._organisations(shape.consents),
                note=shape.note,
            )
        )

    def _extend(self, shape: ExtendShape) -> None:
        length, consents = Length.parse(shape.length), self._organisations(shape.consents)
        self._do(Extend(self._case, length, shape.reason, consents))

    def _work(self, shape: WorkShape) -> None:
        """Do the work that is meant, each task by whom it is of, or the secretariat for them."""
        case = self._now()
        for task in self._meant(shape, case):
            actor = self._stage.speaker([task.organisation])
            if task.role == Role.MEDIATOR.value:
                actor = self._stage.person(case.mediator)
            self._stage.do(_command(shape, self._case, task), actor)

    def _meant(self, shape: WorkShape, case: Case) -> list[Task]:
        done_before = shape.act == "reopen"
        tasks = [
            task
            for task in case.tasks
            if task.name == shape.name and task.state.live is not done_before
        ]
        if not shape.by:
            return tasks[: shape.count]
        named = self._organisations(shape.by)
        return [task for task in tasks if task.organisation in named]

    def _now(self) -> Case:
        return self._stage.house.views.case(CLOCK, self._case)

    def _organisations(self, named: Literal["all"] | list[str]) -> tuple[str, ...]:
        return tuple(self._shape.parties if named == "all" else named)

    def _party(self, key: str) -> Party:
        organisation = self._stage.organisations.get(key)
        if organisation is None:
            raise Unreadable(
                Text(
                    f"running.yaml: organisatie {key} staat niet in het register; kies een andere.",
                    f"running.yaml: organisation {key} is not in the register; choose another.",
                )
            )
        return Party(key, organisation.name, organisation.layer)

    def _report(self, shape: SignalShape) -> SignalReport:
        day = self._stage.playback.today
        return SignalReport(shape.indicator, shape.reliability, shape.by, day, shape.text)

    def _do(self, command: Command, speakers: Iterable[str] = ()) -> None:
        self._stage.do(command, self._stage.speaker(speakers))


def _command(shape: WorkShape, number: str, task: Task) -> Command:
    match shape.act:
        case "done":
            return CompleteTask(number, task.id, shape.outcome, shape.note)
        case "start":
            return StartTask(number, task.id)
        case "withdraw":
            return WithdrawTask(number, task.id, shape.note)
        case "reopen":
            return ReopenTask(number, task.id, shape.note)


def _actor(person: Person) -> Actor:
    return Actor(person.id, person.organisation, person.roles, "replay")


_LONG_AGO = datetime(1990, 1, 2, tzinfo=UTC)
_REPLAYER = Person(
    id=REPLAYER.person,
    name="",
    function=Text("nagespeeld uit openbare bronnen", "replayed from public sources"),
    organisation="",
    roles=frozenset(),
    disabled=True,
)
