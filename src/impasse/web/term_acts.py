"""What a reader may do to the running term of a case: suspend it, extend it, resume it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.domain.access import roles_on
from impasse.domain.case import Status, TermState
from impasse.domain.people import Role

if TYPE_CHECKING:
    from impasse.domain.case import Case, Term
    from impasse.domain.people import Actor
    from impasse.domain.term_acts import Suspension
    from impasse.domain.workflow import StageTerm

_IN_PLAY = frozenset({TermState.RUNNING, TermState.SUSPENDED})


@dataclass(frozen=True, slots=True)
class Acts:
    """What the page offers; `running` are the suspensions that did not end, `resume` one's own."""

    suspend: bool = False
    extend: bool = False
    running: tuple[Suspension, ...] = ()
    resume: tuple[Suspension, ...] = ()


def in_play(case: Case) -> Term | None:
    """Return the term of *case* while it runs or stands still."""
    term = case.term
    going_on = case.status is not Status.CLOSED and term is not None and term.state in _IN_PLAY
    return term if going_on else None


def acts_on(actor: Actor, case: Case, rule: StageTerm | None) -> Acts:
    """Return which acts the page offers *actor*; the engine decides all the same."""
    term = in_play(case)
    if term is None or rule is None:
        return Acts()
    roles = roles_on(actor, case)
    suspension, extension = rule.suspension, rule.extension
    mine = suspension is not None and bool(roles & suspension.roles)
    counted = [one for one in term.suspensions if one.last > one.begins_on]
    running = tuple(one for one in term.suspensions if one.ended_on is None)
    own = actor.organisation if Role.PARTY in roles else ""
    return Acts(
        suspend=mine and suspension is not None and len(counted) < suspension.most,
        extend=extension is not None
        and bool(roles & extension.roles)
        and len(term.extensions) < extension.most,
        running=running,
        resume=tuple(one for one in running if mine or (own and one.waits_for == own)),
    )
