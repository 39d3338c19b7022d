"""Whether a procedure is sound: proven by walking every position that a case can be in.

A procedure is an agreement. That it always leads to an end, that no step in it is dead and that
nothing in it waits for ever is not tried on examples here but shown for every case there can be.
The argument:

**What a case is.** To what can follow, only this matters of a case: the stage it is in; the stage
it came from, where `back` leads out of this one; who was appointed; which parties take part; and
what was confirmed, during which stay in a stage.

**More never hurts.** Each condition is monotone: it asks that somebody was appointed, that enough
parties take part, or that something was confirmed, and nothing in the house takes a confirmation
or an appointment away (`guard_needs`). So to find out whether a move can ever be made, it is
enough to look at the case for which everything has been done that could be done.

**In an open stage everything can be done.** The secretariat may appoint, add a party and record
every confirmation in any stage that is no ending (`decide`, `access`), and what is confirmed now
counts for whatever is entered next: a consent is good for entering a stage when it was given after
the case last left that stage (`Case.before_entering`), and now is after. So in an open stage every
condition can be met, whatever came before: confirmations need not be part of a position.

**In an ending nothing can be done.** A closed case takes no confirmation, so what counts there is
what was given before. Of a run of endings, all that matters is for which stages consent has run
out: those that the case left since, or by, its last open stay. A move that asks for consent to
enter such a stage can never be made from there. Think of a `reopen` that asks for consent to
return to the only stage from which that ending is entered.

**So a position is** a stage, where it matters the stage before it, and in an ending the stages for
which consent has run out. There are never more of them than moves that enter a stage, unless
endings lead to endings, which is unsound by itself. They are walked breadth first, so that every
witness is a shortest one; the walk back from the endings gives the shortest way out of each.

**Time.** The clock makes a move at a rung of a term, when no rung before it has moved the case
away, or when every task of a stage is settled. It makes no move into a stage whose last day people
must name. It cannot be held up for ever: each suspension is bounded, and so is their number.

**A way out must be sure.** That an ending can be reached from everywhere is shown with moves that
can be made for as long as a case is there. One that waits for tasks is none: they may be withdrawn,
or answered otherwise. Nor is one that only a rung makes: it may find a condition unmet, once.

**Tasks** live inside one stay and are gone with it, so they are looked at per stage (`task_joins`).
Those that rest during a pause go on in the stay after it: more of them is done than in a stay that
begins, which takes no move away but those that wait for tasks, and no way out is shown with these.
Nor does the clock go round because of it: who comes back out of a pause into which the clock went
when all was done, finds new tasks (`parked_tasks`).

**Four eyes** on a move are two persons who may make it: a role that several can have on one case is
among those to which it is given (`move_problems`). The first of them can confirm it in any stage,
an ending too, as it is the one thing that a closed case takes; that it replaces a confirmation of
another move takes nothing away for good, as that can be given again. The clock needs nobody.

A migration puts a case where no move does; its plan is checked by itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from impasse.domain.certificate import Certificate, Problem, Property, Verdict
from impasse.domain.move_problems import move_problems
from impasse.domain.positions import Space, explore
from impasse.domain.reach_problems import circle_problems, reach_problems
from impasse.domain.stage_problems import stage_problems
from impasse.domain.state_problems import follows_from, state_problems
from impasse.domain.supervisor_problems import supervisor_problems
from impasse.domain.task_problems import task_problems
from impasse.domain.text import Text
from impasse.domain.verdicts import sentence, witness
from impasse.domain.word_problems import language_problems, length_problems, told_problems
from impasse.domain.workflow import BACK, RESERVED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from impasse.domain.workflow import Workflow


def certify(workflow: Workflow) -> Certificate:
    """Return what can be proven of *workflow*: every verdict, with its witness.

    It is sound exactly when `problems` finds nothing.
    """
    space = explore(workflow) if _names_fit(workflow) else Space.of_nothing(workflow)
    found = list(dict.fromkeys(_all(workflow, space)))
    draft = Certificate(
        reference=workflow.reference,
        content_hash=workflow.content_hash,
        verdicts=(),
        positions=space.positions,
        firings=space.firings,
        whole=space.whole,
    )
    verdicts = []
    for of in Property:
        broken = tuple(_of(of, found))
        shown = broken[0].witness if broken else witness(of, workflow, draft)
        verdicts.append(Verdict(of, sentence(of, workflow, draft, broken), shown, broken))
    return replace(draft, verdicts=tuple(verdicts))


def problems(workflow: Workflow) -> Iterator[Problem]:
    """Yield everything unsound in *workflow*, so that its author can mend it in one go.

    Shape (unknown keys, wrong types) is the loader's; this is about meaning: moves that lead
    nowhere, stages that nobody reaches or leaves, waits without end, names nobody knows.
    """
    parts = list(part_problems(workflow))
    yield from parts
    yield from whole_problems(workflow, parts)


def part_problems(workflow: Workflow) -> Iterator[Problem]:
    """Yield what is unsound in the stages, terms, tasks and moves, each looked at by itself."""
    yield from stage_problems(workflow)
    yield from task_problems(workflow)
    yield from move_problems(workflow)
    yield from language_problems(workflow)
    yield from length_problems(workflow)
    yield from told_problems(workflow)
    yield from supervisor_problems(workflow)


def whole_problems(workflow: Workflow, parts: Iterable[Problem]) -> Iterator[Problem]:
    """Yield what is unsound in the procedure as a whole: what no part shows by itself.

    What *parts* says is not said again in other words.
    """
    reach = list(reach_problems(workflow))
    yield from reach
    yield from circle_problems(workflow)
    if _names_fit(workflow):
        told = [*parts, *reach]
        for problem in state_problems(workflow, explore(workflow)):
            if not follows_from(problem, told, workflow):
                yield problem


def _all(workflow: Workflow, space: Space) -> Iterator[Problem]:
    """Yield every problem, also those that follow from others: verdicts stand by themselves."""
    yield from part_problems(workflow)
    yield from reach_problems(workflow)
    yield from circle_problems(workflow)
    if not _names_fit(workflow):
        yield from _unproven(
            Text(
                "niet bewezen: er staan namen in van fasen die niet bestaan of niet zo mogen heten",
                "not proven: it names stages that do not exist or may not be called so",
            )
        )
    elif not space.positions:
        yield from _unproven(
            Text(
                "niet bewezen: in de beginfase kan geen zaak worden geopend",
                "not proven: no case can be opened in the initial stage",
            )
        )
    else:
        yield from state_problems(workflow, space)
        if not space.whole:
            yield from _unproven(
                Text(
                    "niet bewezen: er zijn te veel standen van een zaak",
                    "not proven: a case has too many positions",
                )
            )


def _unproven(why: Text) -> Iterator[Problem]:
    """Yield that what asks for a walk through every position is not shown."""
    for of in (
        Property.OPTION_TO_COMPLETE,
        Property.NO_DEAD_TRANSITION,
        Property.GUARDS_CAN_BE_MET,
    ):
        yield Problem((), why, of)


def _names_fit(workflow: Workflow) -> bool:
    """Whether every arrow is what it seems: else a typing error would be told many times over."""
    known = workflow.stages.keys()
    return (
        workflow.initial in known
        and RESERVED.isdisjoint(known)
        and all(
            (move.target == BACK or move.target in known) and known >= set(move.sources)
            for move in workflow.transitions
        )
    )


def _of(of: Property, found: Iterable[Problem]) -> Iterator[Problem]:
    """Yield the problems that break *of*: a condition that is never met makes its move dead."""
    for problem in found:
        never_met = problem.of is Property.GUARDS_CAN_BE_MET and problem.at[2:4] in _BINDING
        if problem.of is of:
            yield problem
        elif of is Property.NO_DEAD_TRANSITION and never_met:
            yield replace(problem, of=of)


_BINDING = (("guards", "required"), ("guards", "tasks"))
"""Where a condition stands that nobody can go round: one that is never met makes a dead move."""
