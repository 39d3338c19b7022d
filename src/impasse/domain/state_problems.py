"""What only shows when every position is walked: dead moves, lost consent, no way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.domain.certificate import Certificate, Problem, Property
from impasse.domain.guard_needs import runs_out
from impasse.domain.guards import GUARD_LABELS
from impasse.domain.positions import MOST, Hindrance
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from impasse.domain.positions import Space
    from impasse.domain.workflow import Transition, Workflow


def state_problems(workflow: Workflow, space: Space) -> Iterator[Problem]:
    """Yield what *space* shows."""
    if not space.whole:
        yield _too_large()
        return
    if not space.positions:
        return
    walk = Certificate(workflow.reference, "", (), space.positions, space.firings)
    places = {
        (source, move.trigger): (index, position)
        for index, move in reversed([*enumerate(workflow.transitions)])
        for position, source in enumerate(move.sources)
    }
    yield from _unreached(workflow, space)
    yield from _trapped(space, walk)
    yield from _short(workflow, space, walk, places)
    for (stage, trigger), number in space.stranded.items():
        yield Problem(
            ("transitions", places[stage, trigger][0], "to"),
            Text(
                f"de klok kan '{trigger}' niet altijd doen vanuit '{stage}': een zaak die daar "
                "begint kan niet terug; noem een fase, of laat deze stap aan mensen",
                f"the clock cannot always make '{trigger}' from '{stage}': a case that begins "
                "there cannot return; name a stage, or leave this move to people",
            ),
            Property.NO_ENDLESS_WAIT,
            walk.path_to(number),
        )
    for (stage, trigger), (why, number) in space.hindered.items():
        if why is Hindrance.CONSENT_RAN_OUT:
            continue
        index, position = places[stage, trigger]
        at, text = _why_dead(workflow.moves[stage][trigger], stage, why)
        place = ("from", position) if at is None else at
        yield Problem(
            ("transitions", index, *place),
            text,
            Property.NO_DEAD_TRANSITION,
            walk.path_to(number),
        )


def follows_from(problem: Problem, told: Iterable[Problem], workflow: Workflow) -> bool:
    """Whether *problem* only says in other words what was *told*, or what comes of it."""
    for other in told:
        if other.of is problem.of and other.at == problem.at[: len(other.at)]:
            return True
        if other.at[:1] != ("transitions",) or len(other.at) < _INSIDE:
            continue
        if problem.at[:2] == other.at[:2] and other.of is not Property.BOTH_LANGUAGES:
            return True
        index = other.at[1]
        if other.at[2:] == ("to",) and isinstance(index, int) and problem.at[:1] == ("stages",):
            return problem.at[1] in workflow.transitions[index].sources
    return False


_INSIDE = 3
"""A place in a transition has its list, its number and a key."""


def _too_large() -> Problem:
    return Problem(
        ("stages",),
        Text(
            f"deze procedure kent meer dan {MOST} stappen tussen standen van een zaak, te veel om "
            "te bewijzen dat zij klopt; leid minder fasen met 'back' of tussen eindes",
            f"this procedure has more than {MOST} moves between positions of a case, too many to "
            "prove it sound; let fewer stages be left by 'back' or lie between endings",
        ),
        Property.OPTION_TO_COMPLETE,
    )


def _unreached(workflow: Workflow, space: Space) -> Iterator[Problem]:
    """Yield the stages to which arrows lead, but no move that can ever be made."""
    reached = space.stages
    for name in workflow.stages:
        if name not in reached:
            yield Problem(
                ("stages", name),
                Text(
                    f"geen zaak komt ooit in fase '{name}': elke stap erheen staat in een fase "
                    "die niet te bereiken is of kan nooit worden gedaan",
                    f"no case ever comes to stage '{name}': every move to it leaves a stage that "
                    "cannot be reached or can never be made",
                ),
                Property.NO_DEAD_TRANSITION,
            )


def _trapped(space: Space, walk: Certificate) -> Iterator[Problem]:
    """Yield the stages in which a case can be stuck: once for each, with the shortest way in."""
    stuck: set[str] = set()
    for number, position in enumerate(space.positions):
        free = position.out_to is not None or position.ended
        if free or position.stage in stuck:
            continue
        stuck.add(position.stage)
        yield Problem(
            ("stages", position.stage),
            _no_way_out(position.stage, hanging=number in space.hanging),
            Property.OPTION_TO_COMPLETE,
            walk.path_to(number),
        )


def _no_way_out(stage: str, *, hanging: bool) -> Text:
    if hanging:
        return Text(
            f"uit fase '{stage}' is niet altijd een einde bereikbaar: elke weg vraagt taken, die "
            "kunnen vervallen, of wordt alleen door de klok geprobeerd; voeg een overgang toe die "
            "mensen altijd kunnen doen, of 'when_done'",
            f"from stage '{stage}' an ending cannot always be reached: every way asks for tasks, "
            "which may be withdrawn, or is tried by the clock alone; add a transition that people "
            "can always make, or 'when_done'",
        )
    return Text(
        f"een zaak kan in fase '{stage}' komen te staan zonder dat een einde nog bereikbaar is; "
        "voeg een overgang toe die altijd kan",
        f"a case can come to stand in stage '{stage}' with no ending to be reached any more; add a "
        "transition that can always be made",
    )


def _short(
    workflow: Workflow,
    space: Space,
    walk: Certificate,
    places: Mapping[tuple[str, str], tuple[int, int]],
) -> Iterator[Problem]:
    """Yield the conditions for which every consent has run out wherever they are asked."""
    for (stage, trigger), number in space.short.items():
        move = workflow.moves[stage][trigger]
        index, _ = places[stage, trigger]
        for kind, names in (("required", move.required), ("advised", move.advised)):
            for place, guard in enumerate(names):
                if runs_out(guard) and guard in GUARD_LABELS:
                    yield Problem(
                        ("transitions", index, "guards", kind, place),
                        _never_met(move, stage, guard),
                        Property.GUARDS_CAN_BE_MET,
                        walk.path_to(number),
                    )


def _never_met(move: Transition, stage: str, guard: str) -> Text:
    label = GUARD_LABELS[guard]
    return Text(
        f"aan '{label.nl}' is nooit te voldoen voor '{move.trigger}' vanuit '{stage}': een "
        f"instemming telt voor fase '{move.target}' als zij is gegeven nadat de zaak die fase "
        "verliet, maar daarna is de zaak gesloten en kan niemand meer instemmen; haal de "
        "voorwaarde weg of heropen in een andere fase",
        f"'{label.en}' can never be met for '{move.trigger}' from '{stage}': a consent counts for "
        f"stage '{move.target}' when given after the case left that stage, but from then on the "
        "case is closed and nobody can consent; remove the guard or reopen in another stage",
    )


def _why_dead(
    move: Transition, stage: str, why: Hindrance
) -> tuple[tuple[str | int, ...] | None, Text]:
    """Return where in the transition it must be mended (None: at its source), and why."""
    head = Text(
        f"'{move.trigger}' kan nooit vanuit '{stage}': ",
        f"'{move.trigger}' can never be made from '{stage}': ",
    )
    if why is Hindrance.NO_WAY_BACK:
        return ("to",), head + Text(
            "geen zaak komt daar zo dat zij terug kan",
            "no case comes there in such a way that it can return",
        )
    if why is Hindrance.NO_DAY_AGREED:
        return ("roles",), head + Text(
            "alleen de klok mag het, en die kan geen laatste dag afspreken; voeg een rol toe",
            "only the clock may, and it cannot agree on a last day; add a role",
        )
    if why is Hindrance.TASKS_NEVER_JOIN:
        return ("guards", "tasks"), head + Text(
            "de taken die het vraagt komen daar nooit alle klaar",
            "the tasks that it asks for never all come to be done there",
        )
    return ("roles",), head + Text(
        "niemand die het mag, komt eraan toe; voeg een rol toe",
        "nobody who may, ever gets to it; add a role",
    )
