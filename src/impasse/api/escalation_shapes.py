"""Runs of escalation on the wire: who hears is told by function and organisation, never by id."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from impasse.adapters.sql.run_log import Happened
from impasse.api.shapes import Bilingual, Day, Moment, Shape, bilingual
from impasse.domain.chronicle import tell
from impasse.domain.escalating import next_place
from impasse.domain.escalation import Acknowledgement, LevelTold, NextIs, RunEnd, RunState, Snooze
from impasse.domain.escalation_audience import words_of
from impasse.domain.organs import office_of
from impasse.domain.people import Role
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from impasse.adapters.sql.run_log import LogLine, Told
    from impasse.adapters.sql.runs import RunLine
    from impasse.api.desk import Desk
    from impasse.domain.escalation import Addressee, Directory, Run
    from impasse.domain.foreseen import Foreseen
    from impasse.domain.workflow import Workflow

_HAND = "hand:"
_SYSTEM = Text("een gekoppeld systeem", "a connected system")


class RunPolicy(Shape):
    """The policy of a run, as it was when the run began."""

    name: str
    version: str
    title: Bilingual


class EscalationLine(Shape):
    """A run in a list. `level` is the place of the last level that was told, null before the first.

    `nextIs` is what happens at `nextAt` if nobody does anything.
    """

    id: str
    case: str
    case_title: str
    policy: RunPolicy
    by_hand: bool
    event: str
    state: RunState
    state_label: Bilingual
    level: int | None
    level_name: str
    level_label: Bilingual | None
    round: int
    started_at: Moment
    level_at: Moment | None
    next_at: Moment | None
    next_is: NextIs
    ended_at: Moment | None
    ended_as: RunEnd | None
    href: str


class RecipientShape(Shape):
    """Who hears, by function and organisation, and how many with that function there are.

    Who may not see the case (`knows` is false) hears without its name.
    """

    function: Bilingual
    organisation: str
    people: int
    knows: bool


class LevelForeseen(Shape):
    """A level that will be told at `at` if nobody answers, to whom as people are there today.

    `targets` says for whom it is meant, `empty` for whom nobody is there; then who is on duty hears
    `instead`. `systems` counts webhooks, `meeting` is the series whose backlog gets the case.
    """

    level: int
    name: str
    label: Bilingual
    round: int
    at: Moment
    targets: list[Bilingual]
    recipients: list[RecipientShape]
    empty: list[Bilingual]
    instead: bool
    systems: int
    meeting: str


class NextShape(Shape):
    """What happens next, and when, if nobody does anything; `level` is what is told then, if any.

    `targets` says for whom that level is meant; `outlook` tells who that is today.
    """

    at: Moment
    what: NextIs
    level: int | None
    name: str
    label: Bilingual | None
    targets: list[Bilingual]


class LevelToldShape(Shape):
    """A level that was told: to which sides, and to how many people."""

    level: int
    name: str
    label: Bilingual
    round: int
    at: Moment
    sides: list[str]
    people: int
    instead: bool
    again: bool


class AcknowledgementShape(Shape):
    """Somebody took the run up, with a next step and its day.

    `side` is the organisation for which it counts, "" for the secretariat and the mediator.
    """

    id: str
    level: int
    round: int
    side: str
    function: Bilingual | None
    next_step: str
    until: Day
    at: Moment
    lapsed_at: Moment | None


class SnoozeShape(Shape):
    """The run rests until the end of a day; `endedEarly` tells what woke it before, "" if nothing.

    `side` is the organisation that laid it aside, "" for the secretariat and the mediator.
    """

    id: str
    side: str
    function: Bilingual | None
    reason: str
    until: Day
    at: Moment
    ended_at: Moment | None
    ended_early: str


class EscalationShape(EscalationLine):
    """One run: which levels were told, who answered, and what comes next if nobody does more."""

    told: list[LevelToldShape]
    acknowledgements: list[AcknowledgementShape]
    snoozes: list[SnoozeShape]
    next: NextShape | None


class EscalationOutlook(Shape):
    """If nobody answers: who hears what, and when; as people are there today."""

    case: str
    policy: RunPolicy
    levels: list[LevelForeseen]


class DeliveryOfLog(Shape):
    """How one message travelled: over which channel, and how that stands since `at`."""

    channel: str
    state: str
    at: Moment


class LogLineShape(Shape):
    """One line of the log of a run: something that happened, or somebody who was told of it.

    Of what happened there is `action` and `sentence`; of who was told `type`, `rule` and
    `deliveries`. That somebody read it is told to his own organisation and the secretariat only.
    """

    at: Moment
    action: str
    sentence: Bilingual | None
    type: str
    rule: str
    function: Bilingual | None
    organisation: str
    deliveries: list[DeliveryOfLog]
    seen_at: Moment | None
    lapsed_at: Moment | None


def line_shape(desk: Desk, line: RunLine) -> EscalationLine:
    """Return *line* as it stands in a list."""
    return EscalationLine(**_common(desk, line))


def run_shape(desk: Desk, line: RunLine, functions: Mapping[str, Text]) -> EscalationShape:
    """Return the run of *line* whole; *functions* are those of all persons."""
    run, acts = line.run, line.run.acts
    return EscalationShape(
        **_common(desk, line),
        told=[_told_shape(run, act) for act in acts if isinstance(act, LevelTold)],
        acknowledgements=[
            _taken_up(act, functions) for act in acts if isinstance(act, Acknowledgement)
        ],
        snoozes=[_snooze(act, functions) for act in acts if isinstance(act, Snooze)],
        next=None if run.next_at is None else _next(run, run.next_at),
    )


def foreseen_shape(one: Foreseen, directory: Directory) -> LevelForeseen:
    """Return a level that will be told, with who would hear it."""
    resolved = one.resolved
    return LevelForeseen(
        level=one.place,
        name=one.level.name,
        label=bilingual(one.level.label),
        round=one.round,
        at=one.at,
        targets=[bilingual(words_of(target)) for target in one.level.targets],
        recipients=_recipients(resolved.to, directory),
        empty=[bilingual(words) for words in resolved.empty],
        instead=resolved.fallback,
        systems=len(resolved.webhooks),
        meeting=resolved.meeting,
    )


def log_shape(
    desk: Desk, line: LogLine, workflow: Workflow, functions: Mapping[str, Text]
) -> LogLineShape:
    """Return one line of the log, as far as it is the reader's to know."""
    if isinstance(line, Happened):
        entry = line.entry
        content = json.loads(entry.content)
        return LogLineShape(
            at=entry.at,
            action=entry.action,
            sentence=bilingual(tell(entry.action, content, workflow)),
            type="",
            rule="",
            function=_function(entry.person, functions),
            organisation=entry.organisation,
            deliveries=[],
            seen_at=None,
            lapsed_at=None,
        )
    return _told_line(desk, line, functions)


def _told_line(desk: Desk, line: Told, functions: Mapping[str, Text]) -> LogLineShape:
    own = line.organisation == desk.actor.organisation or desk.actor.has(Role.SECRETARIAT)
    return LogLineShape(
        at=line.at,
        action="",
        sentence=None,
        type=line.type.rpartition(".")[2],
        rule=line.rule,
        function=_function(line.person, functions) if line.person else bilingual(_SYSTEM),
        organisation=line.organisation,
        deliveries=[
            DeliveryOfLog(
                channel=way.channel,
                state="delivered" if way.state == "seen" and not own else way.state,
                at=line.at if way.state == "seen" and not own else way.at,
            )
            for way in line.ways
        ],
        seen_at=line.seen_at if own else None,
        lapsed_at=line.lapsed_at,
    )


def policy_shape(run: Run) -> RunPolicy:
    """Return the policy of *run*."""
    policy = run.policy
    return RunPolicy(name=policy.name, version=policy.version, title=bilingual(policy.title))


def _common(desk: Desk, line: RunLine) -> dict[str, Any]:
    run, now = line.run, line.run.now_at
    return {
        "id": run.id,
        "case": line.case,
        "case_title": line.title,
        "policy": policy_shape(run),
        "by_hand": run.cause.startswith(_HAND),
        "event": run.event,
        "state": run.state,
        "state_label": bilingual(run.state.label),
        "level": None if now is None else run.level,
        "level_name": "" if now is None else now.name,
        "level_label": None if now is None else bilingual(now.label),
        "round": run.round,
        "started_at": run.started_at,
        "level_at": run.level_at,
        "next_at": run.next_at,
        "next_is": run.next_is,
        "ended_at": run.ended_at,
        "ended_as": run.ended_as,
        "href": desk.url("cases", line.case, "escalations", run.id),
    }


def _next(run: Run, at: datetime) -> NextShape:
    place: int | None = run.level
    if run.next_is is NextIs.NOTHING:
        place = None
    elif run.next_is is NextIs.LEVEL or run.state is RunState.SNOOZED:
        place, _ = next_place(run)
    level = None if place is None else run.policy.levels[place]
    return NextShape(
        at=at,
        what=run.next_is,
        level=place,
        name="" if level is None else level.name,
        label=None if level is None else bilingual(level.label),
        targets=[] if level is None else [bilingual(words_of(one)) for one in level.targets],
    )


def _told_shape(run: Run, act: LevelTold) -> LevelToldShape:
    level = run.policy.levels[act.level]
    return LevelToldShape(
        level=act.level,
        name=level.name,
        label=bilingual(level.label),
        round=act.round,
        at=act.at,
        sides=[*act.sides],
        people=act.people,
        instead=act.fallback,
        again=act.again,
    )


def _taken_up(act: Acknowledgement, functions: Mapping[str, Text]) -> AcknowledgementShape:
    return AcknowledgementShape(
        id=act.id,
        level=act.level,
        round=act.round,
        side=act.organisation,
        function=_function(act.person, functions),
        next_step=act.next_step,
        until=act.until,
        at=act.at,
        lapsed_at=act.lapsed_at,
    )


def _snooze(act: Snooze, functions: Mapping[str, Text]) -> SnoozeShape:
    return SnoozeShape(
        id=act.id,
        side=act.organisation,
        function=_function(act.person, functions),
        reason=act.reason,
        until=act.until,
        at=act.at,
        ended_at=act.ended_at,
        ended_early=act.ended_early,
    )


def _function(person: str, functions: Mapping[str, Text]) -> Bilingual | None:
    found = functions.get(person)
    return None if found is None else bilingual(found)


def _recipients(to: Iterable[Addressee], directory: Directory) -> list[RecipientShape]:
    """Return who hears; who shares function and organisation with others is counted."""
    count: Counter[tuple[Text, str, bool]] = Counter()
    for one in to:
        person = directory.persons.get(one.person)
        if person is not None:
            count[office_of(person), person.organisation, one.knows] += 1
    return [
        RecipientShape(function=bilingual(what), organisation=where, people=many, knows=knows)
        for (what, where, knows), many in count.items()
    ]
