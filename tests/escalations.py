"""A table at which time passes: runs of escalation, with people around it and a virtual clock."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from decisions import SECRETARY, ZANDMEER, Table, an_opening
from impasse.domain.case import Purpose
from impasse.domain.commands import FireTimer, StartEscalation
from impasse.domain.escalation import Directory
from impasse.domain.escalation_policy import (
    Answering,
    EndsWhen,
    EscalationPolicy,
    Level,
    MeetingTarget,
    RankTarget,
    RoleTarget,
    RotaTarget,
    Trip,
)
from impasse.domain.length import Length
from impasse.domain.people import CLOCK, Person, Rank, Role
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from impasse.domain.case import Case, Timer
    from impasse.domain.commands import CaseCommand, OpenCase
    from impasse.domain.decision import Given, Message
    from impasse.domain.escalation import Run
    from impasse.domain.people import Actor

DAYS = Length.parse


def the_default(**changes: object) -> EscalationPolicy:
    """The default policy for a new flag, as the reference draws it."""
    liaisons, both = RoleTarget(Role.LIAISON_OFFICER), Answering.ALL_SIDES
    policy = EscalationPolicy(
        name="nieuw-signaal",
        version="1",
        title=Text("Nieuw signaal", "New signal"),
        starts_on=frozenset({"case-opened"}),
        ends_when=EndsWhen.STAGE_LEFT,
        fallback="secretariaat",
        levels=(
            Level("melden", same("melden"), None, (liaisons,), reminder=DAYS("1 working day")),
            Level(
                "liaisons",
                same("liaisons"),
                DAYS("2 working days"),
                (liaisons,),
                both,
            ),
            Level("dienst", same("dienst"), DAYS("5 working days"), (RotaTarget("secretariaat"),)),
            Level(
                "hoofden",
                same("hoofden"),
                DAYS("10 working days"),
                (RankTarget(Rank.HEAD),),
                both,
            ),
            Level("overleg", same("overleg"), DAYS("20 working days"), (MeetingTarget(),)),
        ),
        acknowledged_at_most=DAYS("10 working days"),
        snoozed_at_most=DAYS("10 working days"),
        trips=(
            Trip(
                2,
                Text("Er is een juridische stap aangekondigd.", "A legal step was announced."),
                frozenset({"E3"}),
                DAYS("10 calendar days"),
            ),
        ),
    )
    return replace(policy, **changes)  # type: ignore[arg-type]


def somebody(key: str, organisation: str, *roles: Role, rank: Rank = Rank.OFFICER) -> Person:
    """A person of the directory."""
    return Person(key, key, same(key), organisation, frozenset(roles), rank=rank)


def a_town() -> Directory:
    """Liaison officers and heads at both sides, and a secretariat with somebody on duty."""
    liaison = Role.LIAISON_OFFICER
    people = [
        somebody("zandmeer", "x-zandmeer", liaison),
        somebody("zandmeer-hoofd", "x-zandmeer", liaison, rank=Rank.HEAD),
        somebody("province", "pv27", liaison),
        somebody("province-hoofd", "pv27", liaison, rank=Rank.HEAD),
        somebody("secretary", "mnre1034", Role.SECRETARIAT),
        somebody("duty", "mnre1034", Role.SECRETARIAT),
        somebody("pool", "x-bureau", Role.MEDIATOR),
        somebody("stranger", "gm0363", liaison),
    ]
    return Directory(
        {person.id: person for person in people},
        {},
        {"secretariaat": "duty"},
        {"bemiddelaars": ("pool",)},
    )


@dataclass(repr=False)
class Escalating(Table):
    """A table that fires its own timers while time passes, and keeps what was told, and when."""

    policy: EscalationPolicy = field(default_factory=the_default)
    people: Directory = field(default_factory=a_town)
    waiting: list[Timer] = field(default_factory=list)
    told: list[tuple[datetime, Message]] = field(default_factory=list)
    history: list[tuple[datetime, str]] = field(default_factory=list)
    began: list[tuple[str, str]] = field(default_factory=list)

    def given(self, actor: Actor) -> Given:
        """The circumstances, with policies and people."""
        return replace(
            super().given(actor),
            policies=lambda: {self.policy.name: self.policy},
            directory=lambda: self.people,
            earlier_runs=tuple(self.began),
        )

    def open(self, command: OpenCase | None = None, actor: Actor = ZANDMEER) -> Case:
        """Open a case and let the herald start what its opening starts."""
        case = super().open(command or an_opening(), actor)
        self._write()
        self.start()
        return case

    def start(self, cause: str = "M1", event: str = "case-opened", actor: Actor = CLOCK) -> Case:
        """Start the policy, as the herald does or as somebody does by hand."""
        assert self.case is not None
        name = self.policy.name
        case = self.do(
            StartEscalation(self.case.id, name, cause, event, self.case.stage_entry), actor
        )
        assert self.last is not None
        if self.last.created:
            self.began.append((name, cause))
        return case

    def do(self, command: CaseCommand, actor: Actor = SECRETARY, **circumstances: object) -> Case:
        """Decide, and keep timers and words."""
        case = super().do(command, actor, **circumstances)
        self._write()
        return case

    def until(self, moment: datetime) -> None:
        """Let time pass, and fire what comes due, in order."""
        for _ in range(1_000):
            due = sorted((t for t in self.waiting if t.due_at <= moment), key=lambda t: t.due_at)
            if not due:
                self.at = max(self.at, moment)
                return
            timer = due[0]
            self.waiting.remove(timer)
            self.at = max(self.at, timer.due_at)
            self.do(
                FireTimer(
                    timer.case,
                    1,
                    timer.purpose,
                    timer.rung,
                    timer.stage_entry,
                    timer.due_at,
                    timer.generation,
                ),
                CLOCK,
            )
        raise AssertionError("time goes round in circles")

    def on(self, day: date, hour: int = 12) -> None:
        """Let time pass until noon (UTC) of *day*."""
        self.until(datetime(day.year, day.month, day.day, hour, tzinfo=UTC))

    @property
    def run(self) -> Run:
        """The open run."""
        assert self.case is not None
        [run] = self.case.runs
        return run

    def heard(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """What people were told by runs: the local day, the rule's level, and who."""
        return [
            (
                self.calendar.local_day(at).isoformat(),
                message.rule.rpartition(" ")[2],
                tuple(sorted(one.person for one in message.to)),
            )
            for at, message in self.told
            if message.type == "escalation-level-reached"
        ]

    def types(self) -> list[str]:
        """The types of messages, in order."""
        return [message.type for _, message in self.told]

    def _write(self) -> None:
        assert self.last is not None
        if self.last.disarm_all:
            self.waiting = []
        elif self.last.disarm:
            of_runs = {Purpose.ESCALATION, Purpose.ESCALATION_TRIP, Purpose.REASSESSMENT}
            self.waiting = [timer for timer in self.waiting if timer.purpose in of_runs]
        self.waiting += self.last.arm
        self.told += [(self.at, message) for message in self.last.messages]
        self.history += [(self.at, entry.action) for entry in self.last.entries]
