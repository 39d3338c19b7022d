"""Which moves a reader can make on a case, and what each still lacks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from impasse.domain.access import roles_on
from impasse.domain.case import Confirmation, ConfirmationKind
from impasse.domain.four_eyes import FOUR_EYES_LABEL, four_eyes_lack, may_confirm
from impasse.domain.guards import GUARD_LABELS, GUARDS
from impasse.domain.people import Role
from impasse.domain.task_flow import task_lacks
from impasse.domain.text import Text
from impasse.domain.workflow import BACK, StageKind

if TYPE_CHECKING:
    from impasse.domain.case import Case
    from impasse.domain.people import Actor
    from impasse.domain.workflow import Stage, Transition, Workflow

_OFFICES = {"handler_appointed": "handler", "mediator_appointed": "mediator"}


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a move: met or not, and where it can be settled.

    `remedy` is the form on the page that settles it ("" when there is none), `choice` what to
    choose in that form.
    """

    label: Text
    met: bool
    required: bool
    missing: Text | None
    remedy: str
    choice: str


@dataclass(frozen=True, slots=True)
class Move:
    """A move that leaves the present stage, as a reader finds it.

    `blocked` says that something required lacks; `reason` that a reason must be given. `mine`
    is whether this reader may make it; `whose` names the roles that may. `to_confirm` is whether
    the reader can be the first of the two people that the move takes.
    """

    trigger: str
    label: Text
    target: Stage
    conditions: tuple[Condition, ...]
    mine: bool
    whose: Text
    note_required: bool
    to_confirm: bool = False

    @property
    def blocked(self) -> bool:
        """Whether something required lacks: there is no way around."""
        return any(c.required and not c.met for c in self.conditions)

    @property
    def lacking(self) -> tuple[Condition, ...]:
        """The conditions that are not met."""
        return tuple(c for c in self.conditions if not c.met)

    @property
    def passing(self) -> bool:
        """Whether only advised conditions lack: a reason opens the way."""
        return bool(self.lacking) and not self.blocked

    @property
    def met(self) -> int:
        """How many conditions are met."""
        return sum(c.met for c in self.conditions)

    @property
    def reason_needed(self) -> bool:
        """Whether the move is only made with a reason."""
        return self.note_required or self.passing

    @property
    def dated(self) -> bool:
        """Whether an end date must be agreed: a standstill."""
        return self.target.term is not None and self.target.term.agreed


@dataclass(frozen=True, slots=True)
class Moves:
    """Every move from the present stage: onward first, and the other ways."""

    onward: tuple[Move, ...]
    other: tuple[Move, ...]

    def get(self, trigger: str) -> Move | None:
        """Return the move with this trigger."""
        for move in (*self.onward, *self.other):
            if move.trigger == trigger:
                return move
        return None

    @property
    def first(self) -> Move | None:
        """The move that the page offers first: onward, and the reader's to make."""
        return next((move for move in self.onward if move.mine), None)


def moves_of(case: Case, workflow: Workflow, actor: Actor) -> Moves:
    """Return the moves that leave the stage of *case*.

    Onward moves are shown to everybody, so that each sees what is being waited for; the other
    ways only to who may take them.
    """
    here = workflow.stage(case.stage)
    roles = roles_on(actor, case)
    onward, other = [], []
    for transition in workflow.moves[here.name].values():
        target = workflow.stages.get(
            case.came_from if transition.target == BACK else transition.target
        )
        if target is None:
            continue
        move = _move(case, here, transition, target, actor, mine=bool(transition.roles & roles))
        if _leads_on(here, transition, target, workflow):
            onward.append(move)
        elif move.mine:
            other.append(move)
    return Moves(tuple(onward), tuple(other))


def _leads_on(here: Stage, transition: Transition, target: Stage, workflow: Workflow) -> bool:
    """Whether *target* is what normally follows *here*."""
    if here.kind is StageKind.PAUSE:
        return transition.target == BACK
    if here.kind is StageKind.ENDING:
        return True
    if target.number is not None and here.number is not None:
        return target.number > here.number
    last = workflow.numbered[-1].name if workflow.numbered else ""
    first_ending = next(
        (s.name for s in workflow.stages.values() if s.kind is StageKind.ENDING), ""
    )
    return here.name == last and target.name == first_ending


def _move(
    case: Case, here: Stage, transition: Transition, target: Stage, actor: Actor, *, mine: bool
) -> Move:
    to_confirm = may_confirm(case, transition, actor)
    conditions = [
        _condition(name, case, required=required)
        for required, names in ((True, transition.required), (False, transition.advised))
        for name in names
    ]
    conditions[len(transition.required) : len(transition.required)] = [
        _task_condition(name, case, here) for name in transition.tasks
    ]
    if transition.four_eyes:
        lack = four_eyes_lack(case, transition, actor)
        conditions.append(
            Condition(
                FOUR_EYES_LABEL,
                met=lack is None,
                required=True,
                missing=None if lack is None else lack.missing,
                remedy="vierogen" if to_confirm else "",
                choice=transition.trigger,
            )
        )
    roles = sorted(transition.roles - {Role.CLOCK})
    return Move(
        trigger=transition.trigger,
        label=transition.label,
        target=target,
        conditions=tuple(conditions),
        mine=mine,
        whose=Text(
            " of ".join(role.label.nl for role in roles),
            " or ".join(role.label.en for role in roles),
        ),
        note_required=transition.note_required,
        to_confirm=to_confirm,
    )


def _condition(name: str, case: Case, *, required: bool) -> Condition:
    missing = GUARDS[name](case)
    remedy, choice = ("", "") if missing is None else remedy_of(name, case)
    return Condition(GUARD_LABELS[name], missing is None, required, missing, remedy, choice)


def _task_condition(name: str, case: Case, here: Stage) -> Condition:
    """Return the condition that enough tasks called *name* are done."""
    lacks = task_lacks(case, [name])
    rule = here.tasks.get(name)
    label = Text(name, name) if rule is None else rule.label
    return Condition(
        label,
        met=not lacks,
        required=True,
        missing=lacks[0].missing if lacks else None,
        remedy="",
        choice="",
    )


def remedy_of(guard: str, case: Case) -> tuple[str, str]:
    """Return the form that settles *guard*, and what to choose in it; ("", "") for none."""
    if guard in _OFFICES:
        return "aanwijzen", _OFFICES[guard]
    kind = settled_by(guard, case)
    if kind is not None:
        return "bevestigen", kind.value
    return ("partij", "") if guard == "two_governments" else ("", "")


def settled_by(guard: str, case: Case) -> ConfirmationKind | None:
    """Return the confirmation that, given by all, would settle *guard*."""
    moment = datetime(1990, 1, 1, tzinfo=UTC)
    for kind in ConfirmationKind:
        everybody = [""] if not kind.per_party else [p.organisation for p in case.parties]
        given = tuple(Confirmation(kind, who, "", "", moment) for who in everybody)
        if GUARDS[guard](replace(case, confirmations=(*case.confirmations, *given))) is None:
            return kind
    return None


def wanted_kinds(moves: Moves) -> frozenset[str]:
    """Return the confirmations that the next stage still waits for."""
    return frozenset(
        condition.choice
        for move in moves.onward
        for condition in move.lacking
        if condition.remedy == "bevestigen"
    )
