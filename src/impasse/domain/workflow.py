"""A procedure as data: stages, terms and transitions, and everything that is unsound in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from impasse.domain.errors import Conflict
from impasse.domain.guards import GUARDS
from impasse.domain.length import Unit
from impasse.domain.people import Role
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from impasse.domain.length import Length
    from impasse.domain.term_acts import Consent, Resume, SuspensionReason
    from impasse.domain.terms import TermRule
    from impasse.domain.tier import Tier

BACK = "back"
"""As the target of a transition: return to the stage the case came from."""

ANY = "any"
"""In a file, as the source of a transition: every active stage."""

RESERVED = frozenset({ANY, BACK})
"""Words that no stage can be called."""

RESTORE = Text(
    "Zet de juiste versie van de procedure terug met de instelling IMPASSE_WORKFLOWS en "
    "'impasse db upgrade'.",
    "Put the right version of the procedure back with the setting IMPASSE_WORKFLOWS and "
    "'impasse db upgrade'.",
)
"""What to do about a case that stands where its procedure does not know of."""


class StageKind(StrEnum):
    """Whether work goes on in a stage, is paused by agreement, or has ended."""

    ACTIVE = "active"
    PAUSE = "pause"
    ENDING = "ending"


@dataclass(frozen=True, slots=True)
class Reminder:
    """A message to *notify* some working days before a term ends."""

    before: Length
    notify: tuple[Role, ...]
    message: Text | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """So many working days past the end of a term; zero is the end itself."""

    amount: int

    @property
    def text(self) -> Text:
        """The wait in words: "5 werkdagen", "5 working days"."""
        if self.amount == 1:
            return Text("1 werkdag", "1 working day")
        return Text(f"{self.amount} werkdagen", f"{self.amount} working days")


@dataclass(frozen=True, slots=True)
class Rung:
    """What happens *after* so many working days past the end of a term.

    The first rung of a term usually has `after` of zero: the expiry itself. `tier` raises the
    table, `notify` tells roles, `trigger` lets the clock make a move. A tier of overhedenoverleg
    makes the case a candidate for the next agenda.
    """

    after: Wait
    tier: Tier | None = None
    notify: tuple[Role, ...] = ()
    trigger: str | None = None
    message: Text | None = None


@dataclass(frozen=True, slots=True)
class SuspensionRule:
    """What the procedure allows when a clock must stand still.

    `longest` bounds each suspension, `most` their number in one stay. `resume` tells what becomes
    of the end; `reasons` which reasons count, `consent` who must agree, `roles` who may do it.
    """

    resume: Resume
    longest: Length
    most: int
    reasons: tuple[SuspensionReason, ...]
    consent: Consent
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class ExtensionRule:
    """What the procedure allows when a term must be longer: by how much each time, how often."""

    longest: Length
    most: int
    consent: Consent
    roles: frozenset[Role]


class Join(StrEnum):
    """How many tasks of one name must be done before the procedure goes on past them."""

    ALL = "all"
    FIRST = "first"
    AT_LEAST = "at_least"
    NONE = "none"


class Rest(StrEnum):
    """What becomes of the tasks that are still open when enough of them are done."""

    KEEP = "keep"
    WITHDRAW = "withdraw"


class TaskExpiry(StrEnum):
    """What the clock does when the last day of a task has passed."""

    REMIND = "remind"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class TaskRule:
    """Work inside a stage, beside the machine: tasks of one name, for each party or for a role.

    With `each_party` there is one task for each party, their number being known when the stage is
    entered; otherwise there are `count` for `role`. `join` and `at_least` tell how many must be
    done, `rest` what becomes of the others. The tasks open when all of `after`, or one of
    `after_any`, have joined; "name:outcome" waits for that outcome. `cancels` names the tasks of
    the stage that are withdrawn when these have joined. Of the tasks that share a word in
    `exclusive` at most one is taken up at a time. A task can be opened anew until its `rounds` are
    used up. `length` is the time for one task, in working days.
    """

    name: str
    label: Text
    each_party: bool
    role: Role | None
    count: int = 1
    join: Join = Join.ALL
    at_least: int = 0
    rest: Rest = Rest.KEEP
    after: tuple[str, ...] = ()
    after_any: tuple[str, ...] = ()
    outcomes: Mapping[str, Text] = field(default_factory=dict)
    length: Length | None = None
    on_expiry: TaskExpiry = TaskExpiry.REMIND
    cancels: tuple[str, ...] = ()
    exclusive: str = ""
    rounds: int = 1


@dataclass(frozen=True, slots=True)
class StageTerm:
    """How long a stage may take, on what basis, and what follows when it does not end in time.

    With `agreed` set, the parties name the last day themselves when the stage is entered, and
    `rule.length` is the longest they may take.
    """

    rule: TermRule
    reminders: tuple[Reminder, ...] = ()
    on_expiry: tuple[Rung, ...] = ()
    agreed: bool = False
    suspension: SuspensionRule | None = None
    extension: ExtensionRule | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a procedure, in the words of the people who are in it.

    `when_done` is the move that the clock makes when every task of the stage is settled.
    """

    name: str
    label: Text
    purpose: Text
    kind: StageKind = StageKind.ACTIVE
    number: int | None = None
    owner: Role | None = None
    next_action: Text | None = None
    term: StageTerm | None = None
    tasks: Mapping[str, TaskRule] = field(default_factory=dict)
    when_done: str | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """One arrow: who may make the move, and on which named conditions.

    `required` guards bind: there is no way around. `advised` guards may be passed with a reason
    that all parties see. `tasks` names the tasks of the stage of which enough must be done.
    """

    trigger: str
    label: Text
    sources: tuple[str, ...]
    target: str
    roles: frozenset[Role]
    required: tuple[str, ...] = ()
    advised: tuple[str, ...] = ()
    note_required: bool = False
    tasks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Workflow:
    """One version of a procedure, as adopted; a case remembers `name@version`."""

    name: str
    version: str
    label: Text
    description: Text
    initial: str
    stages: Mapping[str, Stage]
    transitions: tuple[Transition, ...]
    content_hash: str = ""
    moves: Mapping[str, Mapping[str, Transition]] = field(init=False, repr=False, compare=False)
    """Per stage, per trigger: the transition that leaves it."""

    def __post_init__(self) -> None:
        """Index the arrows by the stage they leave; the first of two equals wins."""
        moves: dict[str, dict[str, Transition]] = {name: {} for name in self.stages}
        for transition in self.transitions:
            for source in transition.sources:
                moves.setdefault(source, {}).setdefault(transition.trigger, transition)
        object.__setattr__(self, "moves", moves)

    @property
    def reference(self) -> str:
        """`name@version`: what a case is pinned to."""
        return f"{self.name}@{self.version}"

    def stage(self, name: str) -> Stage:
        """Return the stage called *name*.

        Raises `Conflict`, with a remedy, when this version does not know it: a case in the
        database may stand in any stage, whatever became of its procedure.
        """
        found = self.stages.get(name)
        if found is None:
            known = ", ".join(self.stages)
            raise Conflict(
                Text(
                    f"Procedure {self.reference} kent de fase '{name}' niet (wel: {known}). ",
                    f"Procedure {self.reference} does not know stage '{name}' "
                    f"(it knows: {known}). ",
                )
                + RESTORE
            )
        return found

    @property
    def numbered(self) -> tuple[Stage, ...]:
        """The stages in the order in which a case normally passes them."""
        stages = [stage for stage in self.stages.values() if stage.number is not None]
        return tuple(sorted(stages, key=lambda stage: stage.number or 0))


def unknown_stage(name: str) -> Stage:
    """Return what a list shows of a stage that the procedure does not know: its bare name."""
    return Stage(
        name,
        Text(f"{name} (fase onbekend)", f"{name} (unknown stage)"),
        Text(
            "De procedure van deze zaak kent deze fase niet.",
            "The procedure of this case does not know this stage.",
        ),
    )


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a procedure: where in the file, and what to do about it.

    `at` is a path of keys and indexes in the file, for example ("stages", "signal", "term").
    """

    at: tuple[str | int, ...]
    text: Text


def problems(workflow: Workflow) -> Iterator[Problem]:
    """Yield everything unsound in *workflow*, so that its author can mend it in one go.

    Shape (unknown keys, wrong types) is the loader's; this is about meaning: arrows that lead
    nowhere, stages that nobody reaches or leaves, waits without end, names nobody knows.
    """
    yield from part_problems(workflow)
    yield from reach_problems(workflow)
    yield from circle_problems(workflow)


def part_problems(workflow: Workflow) -> Iterator[Problem]:
    """Yield what is unsound in the stages, terms and transitions, each looked at by itself."""
    yield from _initial_problems(workflow)
    yield from _number_problems(workflow)
    for name, stage in workflow.stages.items():
        yield from _stage_problems(name, stage)
        if stage.term is not None:
            yield from _source_problems(name, stage.term)
            yield from _reminder_problems(name, stage.term)
            yield from _rung_problems(name, stage.term)
            yield from _clock_problems(workflow, name, stage.term)
    yield from _transition_problems(workflow)


def _initial_problems(workflow: Workflow) -> Iterator[Problem]:
    initial = workflow.stages.get(workflow.initial)
    if initial is None:
        yield Problem(
            ("initial",),
            Text(
                f"beginfase '{workflow.initial}' bestaat niet; "
                f"kies een van: {', '.join(workflow.stages)}",
                f"initial stage '{workflow.initial}' does not exist; "
                f"choose one of: {', '.join(workflow.stages)}",
            ),
        )
    elif initial.kind is not StageKind.ACTIVE:
        yield Problem(
            ("initial",),
            Text(
                f"beginfase '{workflow.initial}' is een pauze of een einde; "
                "begin in een actieve fase",
                f"initial stage '{workflow.initial}' is a pause or an ending; "
                "begin in an active stage",
            ),
        )


def _number_problems(workflow: Workflow) -> Iterator[Problem]:
    first: dict[int, str] = {}
    for name, stage in workflow.stages.items():
        if stage.number is None:
            continue
        other = first.setdefault(stage.number, name)
        if other != name:
            yield Problem(
                ("stages", name, "number"),
                Text(
                    f"nummer {stage.number} staat al bij fase '{other}'; "
                    "geef elke fase een eigen nummer",
                    f"number {stage.number} is already used by stage '{other}'; "
                    "give each stage its own",
                ),
            )


def _stage_problems(name: str, stage: Stage) -> Iterator[Problem]:
    at = ("stages", name)
    if name in RESERVED:
        yield Problem(
            at,
            Text(
                f"'{name}' heeft in 'from' en 'to' een eigen betekenis; kies een andere naam",
                f"'{name}' has a meaning of its own in 'from' and 'to'; choose another name",
            ),
        )
    if stage.kind is StageKind.ENDING and stage.term is not None:
        yield Problem(
            (*at, "term"),
            Text(
                "een einde heeft geen termijn; haal 'term' weg of maak de fase actief",
                "an ending has no term; remove 'term' or make the stage active",
            ),
        )
    if stage.kind is not StageKind.ENDING and stage.term is None:
        yield Problem(
            (*at, "term"),
            Text(
                f"fase '{name}' kan eeuwig wachten: voeg 'term' toe",
                f"stage '{name}' can wait for ever: add 'term'",
            ),
        )
    if stage.kind is StageKind.ACTIVE and stage.owner is None:
        yield Problem(
            (*at, "owner"),
            Text(
                f"bij fase '{name}' is niemand aan zet: voeg 'owner' toe",
                f"nobody is at turn in stage '{name}': add 'owner'",
            ),
        )
    if stage.owner is Role.CLOCK:
        yield Problem(
            (*at, "owner"),
            Text(
                "de klok kan niet aan zet zijn; kies een rol van mensen",
                "the clock cannot be at turn; choose a role of people",
            ),
        )


def _transition_problems(workflow: Workflow) -> Iterator[Problem]:
    taken: dict[tuple[str, str], int] = {}
    for index, transition in enumerate(workflow.transitions):
        at = ("transitions", index)
        if not transition.sources:
            yield Problem(
                (*at, "from"),
                Text(
                    f"'{transition.trigger}' begint nergens; noem ten minste één fase",
                    f"'{transition.trigger}' starts nowhere; name at least one stage",
                ),
            )
        for position, source in enumerate(transition.sources):
            if source not in workflow.stages:
                yield Problem((*at, "from", position), _unknown_stage(source, workflow))
            first = taken.setdefault((source, transition.trigger), index)
            if first != index:
                yield Problem(
                    (*at, "trigger"),
                    Text(
                        f"'{transition.trigger}' verlaat fase '{source}' al in overgang "
                        f"{first + 1}; geef een van beide een andere naam",
                        f"'{transition.trigger}' already leaves stage '{source}' in transition "
                        f"{first + 1}; rename one of the two",
                    ),
                )
        if transition.target == BACK:
            yield from _back_problems(workflow, at, transition)
        elif transition.target not in workflow.stages:
            yield Problem((*at, "to"), _unknown_stage(transition.target, workflow))
        yield from _guard_problems(at, transition)
        yield from _who_problems(workflow, at, transition)


def _back_problems(
    workflow: Workflow, at: tuple[str | int, ...], transition: Transition
) -> Iterator[Problem]:
    for source in transition.sources:
        if source not in workflow.stages:
            continue
        origins = {origin for origin, _ in entrances(workflow, source)}
        if not origins:
            yield Problem(
                (*at, "to"),
                Text(
                    f"geen overgang leidt naar '{source}', dus daarvandaan is er geen weg terug",
                    f"no transition leads to '{source}', so there is no way back from it",
                ),
            )
        returned = any(
            source == origin
            for other in workflow.transitions
            if other.target == BACK
            for left in other.sources
            for origin, _ in entrances(workflow, left)
        )
        if source in origins or returned:
            yield Problem(
                (*at, "to"),
                Text(
                    f"de weg terug uit '{source}' raakt kwijt: een fase die met 'back' wordt "
                    "verlaten, mag niet uit zichzelf en niet met 'back' worden bereikt",
                    f"the way back from '{source}' gets lost: a stage that is left by 'back' "
                    "must not be entered from itself nor by 'back'",
                ),
            )


def _guard_problems(at: tuple[str | int, ...], transition: Transition) -> Iterator[Problem]:
    for kind, names in (("required", transition.required), ("advised", transition.advised)):
        for index, name in enumerate(names):
            if name not in GUARDS:
                yield Problem((*at, "guards", kind, index), _unknown_guard(name))
    for index, name in enumerate(transition.advised):
        if name in transition.required:
            yield Problem(
                (*at, "guards", "advised", index),
                Text(
                    f"voorwaarde '{name}' is al vereist; haal haar weg bij 'advised'",
                    f"guard '{name}' is required already; remove it from 'advised'",
                ),
            )


def _who_problems(
    workflow: Workflow, at: tuple[str | int, ...], transition: Transition
) -> Iterator[Problem]:
    if not transition.roles:
        yield Problem(
            (*at, "roles"),
            Text(
                f"niemand mag '{transition.trigger}' doen; noem ten minste één rol",
                f"nobody may do '{transition.trigger}'; name at least one role",
            ),
        )
    if transition.roles != {Role.CLOCK}:
        return
    for source in transition.sources:
        stage = workflow.stages.get(source)
        rungs = stage.term.on_expiry if stage is not None and stage.term is not None else ()
        if stage is not None and transition.trigger not in {rung.trigger for rung in rungs}:
            yield Problem(
                (*at, "roles", 0),
                Text(
                    f"alleen de klok mag '{transition.trigger}', maar geen trede van "
                    f"'{source}' doet het; voeg een rol toe, of een trede",
                    f"only the clock may do '{transition.trigger}', but no rung of "
                    f"'{source}' does it; add a role, or a rung",
                ),
            )


def _unknown_stage(name: str, workflow: Workflow) -> Text:
    known = ", ".join(workflow.stages)
    return Text(
        f"fase '{name}' bestaat niet; kies een van: {known}",
        f"stage '{name}' does not exist; choose one of: {known}",
    )


def _unknown_guard(name: str) -> Text:
    known = ", ".join(sorted(GUARDS))
    return Text(
        f"voorwaarde '{name}' is niet bekend; kies een van: {known}",
        f"guard '{name}' is not known; choose one of: {known}",
    )


def _source_problems(name: str, term: StageTerm) -> Iterator[Problem]:
    basis = term.rule.basis
    if basis.by_law and term.rule.source is None:
        yield Problem(
            ("stages", name, "term", "source"),
            Text(
                f"een termijn op grond van {basis.label.nl} noemt haar bepaling: voeg 'source' toe",
                f"a term by {basis.label.en} names its provision: add 'source'",
            ),
        )


def _reminder_problems(name: str, term: StageTerm) -> Iterator[Problem]:
    longest = _working_days(term.rule.length)
    for index, reminder in enumerate(term.reminders):
        at = ("stages", name, "term", "reminders", index)
        if reminder.before.unit is not Unit.WORKING_DAYS:
            yield Problem(
                (*at, "before"),
                Text(
                    "een herinnering telt in werkdagen; schrijf bijvoorbeeld '5 working days'",
                    "a reminder counts in working days; write for example '5 working days'",
                ),
            )
        elif reminder.before.amount >= longest:
            yield Problem(
                (*at, "before"),
                Text(
                    f"deze herinnering komt vóór de termijn begint ({term.rule.length.text.nl}); "
                    "kies een kortere tijd",
                    f"this reminder comes before the term begins ({term.rule.length.text.en}); "
                    "choose a shorter time",
                ),
            )
        if not reminder.notify:
            yield Problem(
                (*at, "notify"),
                Text(
                    "deze herinnering gaat naar niemand; noem ten minste één rol",
                    "this reminder goes to nobody; name at least one role",
                ),
            )


def _rung_problems(name: str, term: StageTerm) -> Iterator[Problem]:
    at = ("stages", name, "term", "on_expiry")
    if not term.on_expiry:
        yield Problem(
            at,
            Text(
                f"er gebeurt niets als de termijn van '{name}' afloopt: voeg 'on_expiry' toe",
                f"nothing happens when the term of '{name}' ends: add 'on_expiry'",
            ),
        )
    for index, rung in enumerate(term.on_expiry):
        if rung.tier is None and rung.trigger is None and not rung.notify:
            yield Problem(
                (*at, index),
                Text(
                    "deze trede doet niets; voeg 'notify', 'tier' of 'trigger' toe",
                    "this rung does nothing; add 'notify', 'tier' or 'trigger'",
                ),
            )
    for index, (lower, higher) in enumerate(pairwise(term.on_expiry), start=1):
        if lower.after.amount >= higher.after.amount:
            yield Problem(
                (*at, index, "after"),
                Text(
                    f"deze trede komt niet later dan de vorige ({lower.after.text.nl}); "
                    "zet de treden in volgorde van wachttijd",
                    f"this rung comes no later than the one before it ({lower.after.text.en}); "
                    "put the rungs in order of waiting time",
                ),
            )
        if lower.trigger is not None:
            yield Problem(
                (*at, index),
                Text(
                    f"deze trede komt nooit aan de beurt: de vorige doet al '{lower.trigger}'",
                    f"this rung never gets its turn: the one before it does '{lower.trigger}'",
                ),
            )
    yield from _descent_problems(at, term)


def _descent_problems(at: tuple[str, ...], term: StageTerm) -> Iterator[Problem]:
    highest: Tier | None = None
    for index, rung in enumerate(term.on_expiry):
        if rung.tier is None:
            continue
        if highest is not None and rung.tier.rank <= highest.rank:
            yield Problem(
                (*at, index, "tier"),
                Text(
                    f"een eerdere trede ging al naar '{highest}'; een ladder gaat omhoog",
                    f"an earlier rung went to '{highest}' already; a ladder goes up",
                ),
            )
        else:
            highest = rung.tier


def _clock_problems(workflow: Workflow, name: str, term: StageTerm) -> Iterator[Problem]:
    for index, rung in enumerate(term.on_expiry):
        if rung.trigger is None:
            continue
        at = ("stages", name, "term", "on_expiry", index, "trigger")
        transition = workflow.moves.get(name, {}).get(rung.trigger)
        if transition is None:
            yield Problem(
                at,
                Text(
                    f"'{rung.trigger}' leidt nergens heen vanuit fase '{name}'",
                    f"'{rung.trigger}' leads nowhere from stage '{name}'",
                ),
            )
        elif Role.CLOCK not in transition.roles:
            yield Problem(
                at,
                Text(
                    f"de klok mag '{rung.trigger}' niet doen; voeg rol 'clock' toe",
                    f"the clock may not do '{rung.trigger}'; add role 'clock'",
                ),
            )


def reach_problems(workflow: Workflow) -> Iterator[Problem]:
    """Yield the stages that no case can reach, and those from which none can ever end.

    An arrow from or to an unknown stage is read as one from or to every stage, so that a typing
    error, which `part_problems` reports, does not seem to cut off half of the procedure.
    """
    successors = _successors(workflow)
    reached = _closure({workflow.initial}, successors)
    predecessors: dict[str, set[str]] = {name: set() for name in workflow.stages}
    for source, targets in successors.items():
        for target in targets:
            predecessors[target].add(source)
    endings = {n for n, s in workflow.stages.items() if s.kind is StageKind.ENDING}
    can_end = _closure(endings, predecessors)
    if not endings:
        yield Problem(
            ("stages",),
            Text(
                "geen enkele fase is een einde: een geschil moet kunnen eindigen",
                "no stage is an ending: a dispute must be able to end",
            ),
        )
    for name in workflow.stages:
        if name not in reached and workflow.initial in workflow.stages:
            yield Problem(
                ("stages", name),
                Text(
                    f"fase '{name}' is onbereikbaar vanaf '{workflow.initial}': "
                    "voeg een overgang toe of haal de fase weg",
                    f"stage '{name}' cannot be reached from '{workflow.initial}': "
                    "add a transition or remove the stage",
                ),
            )
        elif endings and name not in can_end:
            yield Problem(
                ("stages", name),
                Text(
                    f"vanuit fase '{name}' is geen einde bereikbaar: voeg een overgang toe",
                    f"no ending can be reached from stage '{name}': add a transition",
                ),
            )


def circle_problems(workflow: Workflow) -> Iterator[Problem]:
    """Yield the stages through which the clock alone would lead a case round for ever."""
    onward: dict[str, set[str]] = {}
    for name, stage in workflow.stages.items():
        moves = workflow.moves[name]
        rungs = stage.term.on_expiry if stage.term is not None else ()
        made = [moves[rung.trigger] for rung in rungs if rung.trigger and rung.trigger in moves]
        known = [move for move in made if move.target in {BACK, *workflow.stages}]
        onward[name] = {goal for move in known for goal in _targets(workflow, name, move)}
    for name, goals in onward.items():
        if name in _closure(goals, onward):
            yield Problem(
                ("stages", name, "term", "on_expiry"),
                Text(
                    f"de klok kan een zaak eeuwig rondsturen langs '{name}'; "
                    "laat in deze kring ten minste één stap aan mensen",
                    f"the clock can send a case round for ever by way of '{name}'; "
                    "leave at least one step of this circle to people",
                ),
            )


def _successors(workflow: Workflow) -> dict[str, set[str]]:
    everywhere = set(workflow.stages)
    successors: dict[str, set[str]] = {name: set() for name in workflow.stages}
    for transition in workflow.transitions:
        for source in transition.sources:
            for known in (source,) if source in everywhere else everywhere:
                successors[known] |= _targets(workflow, known, transition)
    return successors


def _targets(workflow: Workflow, source: str, transition: Transition) -> set[str]:
    if transition.target == BACK:
        return {o for o, _ in entrances(workflow, source) if o in workflow.stages}
    if transition.target not in workflow.stages:
        return set(workflow.stages)
    return {transition.target}


def _working_days(length: Length) -> float:
    """How many working days a term of *length* holds at most, holidays left out."""
    return length.amount * _WORKING_DAYS[length.unit]


_WORKING_DAYS = {
    Unit.HOURS: 1 / 24,
    Unit.CALENDAR_DAYS: 5 / 7,
    Unit.WORKING_DAYS: 1,
    Unit.WEEKS: 5,
    Unit.MONTHS: 22,
    Unit.YEARS: 261,
}


def entrances(workflow: Workflow, stage: str) -> Iterator[tuple[str, Transition]]:
    """Yield each (source, transition) by which *stage* can be entered directly."""
    for transition in workflow.transitions:
        if transition.target == stage:
            for source in transition.sources:
                yield source, transition


def _closure(start: set[str], successors: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(successors.get(name, ()))
    return seen
