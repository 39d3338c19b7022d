"""What is unsound in the moves of a procedure, each looked at by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.domain.arrows import Arrows
from impasse.domain.certificate import Problem, Property
from impasse.domain.four_eyes import SEVERAL
from impasse.domain.guards import GUARDS
from impasse.domain.people import Role
from impasse.domain.text import Text
from impasse.domain.workflow import BACK, StageKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.domain.workflow import Stage, Transition, Workflow

Place = tuple[str | int, ...]


def move_problems(workflow: Workflow) -> Iterator[Problem]:
    """Yield what is unsound in the moves, and in what the clock is to make of them."""
    arrows = Arrows(workflow)
    for name, stage in workflow.stages.items():
        for at, trigger in _given_to_the_clock(name, stage):
            yield from _clock_problems(arrows, name, at, trigger)
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
            yield from _back_problems(arrows, at, transition)
        elif transition.target not in workflow.stages:
            yield Problem((*at, "to"), _unknown_stage(transition.target, workflow))
        yield from _ending_problems(arrows, at, transition)
        yield from _guard_problems(at, transition)
        yield from _who_problems(workflow, at, transition)
        yield from _four_eyes_problems(at, transition)


def _back_problems(arrows: Arrows, at: Place, transition: Transition) -> Iterator[Problem]:
    for source in transition.sources:
        if source not in arrows.workflow.stages:
            continue
        origins = arrows.origins(source)
        if not origins:
            yield Problem(
                (*at, "to"),
                Text(
                    f"geen overgang leidt naar '{source}', dus daarvandaan is er geen weg terug",
                    f"no transition leads to '{source}', so there is no way back from it",
                ),
                Property.NO_DEAD_TRANSITION,
            )
        if source in origins or source in arrows.returned:
            yield Problem(
                (*at, "to"),
                Text(
                    f"de weg terug uit '{source}' raakt kwijt: een fase die met 'back' wordt "
                    "verlaten, mag niet uit zichzelf en niet met 'back' worden bereikt",
                    f"the way back from '{source}' gets lost: a stage that is left by 'back' "
                    "must not be entered from itself nor by 'back'",
                ),
            )


def _ending_problems(arrows: Arrows, at: Place, transition: Transition) -> Iterator[Problem]:
    """Tell of a move that leads from one ending to another: an ending can only be reopened."""
    stages = arrows.workflow.stages
    for position, source in enumerate(transition.sources):
        if source not in stages or stages[source].kind is not StageKind.ENDING:
            continue
        closed = sorted(
            target
            for target in arrows.targets(source, transition)
            if target in stages and stages[target].kind is StageKind.ENDING
        )
        if closed:
            yield Problem(
                (*at, "from", position),
                Text(
                    f"'{transition.trigger}' leidt van einde '{source}' naar einde '{closed[0]}'; "
                    "een gesloten zaak kan alleen worden heropend, in een fase die geen einde is",
                    f"'{transition.trigger}' leads from ending '{source}' to ending '{closed[0]}'; "
                    "a closed case can only be reopened, in a stage that is no ending",
                ),
                Property.PROPER_COMPLETION,
            )


def _guard_problems(at: Place, transition: Transition) -> Iterator[Problem]:
    for kind, names in (("required", transition.required), ("advised", transition.advised)):
        for index, name in enumerate(names):
            if name not in GUARDS:
                yield Problem(
                    (*at, "guards", kind, index), _unknown_guard(name), Property.GUARDS_CAN_BE_MET
                )
    for index, name in enumerate(transition.advised):
        if name in transition.required:
            yield Problem(
                (*at, "guards", "advised", index),
                Text(
                    f"voorwaarde '{name}' is al vereist; haal haar weg bij 'advised'",
                    f"guard '{name}' is required already; remove it from 'advised'",
                ),
            )


def _who_problems(workflow: Workflow, at: Place, transition: Transition) -> Iterator[Problem]:
    if not transition.roles:
        yield Problem(
            (*at, "roles"),
            Text(
                f"niemand mag '{transition.trigger}' doen; noem ten minste één rol",
                f"nobody may do '{transition.trigger}'; name at least one role",
            ),
            Property.ROLES_AND_MESSAGES,
        )
    if transition.roles == {Role.ADMINISTRATOR}:
        yield Problem(
            (*at, "roles", 0),
            Text(
                f"alleen de beheerder mag '{transition.trigger}', maar die neemt geen deel aan "
                "zaken; voeg een andere rol toe",
                f"only the administrator may do '{transition.trigger}', but takes no part in "
                "cases; add another role",
            ),
            Property.NO_DEAD_TRANSITION,
        )
    if transition.roles != {Role.CLOCK}:
        return
    for source in transition.sources:
        stage = workflow.stages.get(source)
        given = () if stage is None else _given_to_the_clock(source, stage)
        if stage is not None and transition.trigger not in {trigger for _, trigger in given}:
            yield Problem(
                (*at, "roles", 0),
                Text(
                    f"alleen de klok mag '{transition.trigger}', maar geen trede van "
                    f"'{source}' doet het; voeg een rol toe, of een trede",
                    f"only the clock may do '{transition.trigger}', but no rung of "
                    f"'{source}' does it; add a role, or a rung",
                ),
                Property.NO_DEAD_TRANSITION,
            )


def _four_eyes_problems(at: Place, transition: Transition) -> Iterator[Problem]:
    """Tell of a move for which no two persons can be found."""
    people = transition.roles - {Role.CLOCK}
    if not transition.four_eyes or people & SEVERAL or not transition.roles:
        return
    if people:
        yield Problem(
            (*at, "four_eyes"),
            Text(
                f"'{transition.trigger}' vraagt om twee mensen, maar een zaak heeft maar één "
                "bemiddelaar; voeg rol 'party' of 'secretariat' toe, of haal four_eyes weg",
                f"'{transition.trigger}' takes two people, but a case has only one mediator; add "
                "role 'party' or 'secretariat', or remove four_eyes",
            ),
            Property.NO_DEAD_TRANSITION,
        )
    else:
        yield Problem(
            (*at, "four_eyes"),
            Text(
                f"'{transition.trigger}' is alleen aan de klok, en die kijkt niet mee; geef de "
                "stap ook aan mensen, of haal four_eyes weg",
                f"'{transition.trigger}' is for the clock alone, which has no eyes; give the move "
                "to people too, or remove four_eyes",
            ),
            Property.ROLES_AND_MESSAGES,
        )


def _given_to_the_clock(name: str, stage: Stage) -> Iterator[tuple[Place, str]]:
    """Yield every move that the clock is to make from *stage*, with its place in the file."""
    rungs = stage.term.on_expiry if stage.term is not None else ()
    for index, rung in enumerate(rungs):
        if rung.trigger is not None:
            yield ("stages", name, "term", "on_expiry", index, "trigger"), rung.trigger
    if stage.when_done is not None and stage.tasks and stage.kind is not StageKind.ENDING:
        yield ("stages", name, "when_done"), stage.when_done


def _clock_problems(arrows: Arrows, name: str, at: Place, trigger: str) -> Iterator[Problem]:
    transition = arrows.workflow.moves.get(name, {}).get(trigger)
    if transition is None:
        yield Problem(
            at,
            Text(
                f"'{trigger}' leidt nergens heen vanuit fase '{name}'",
                f"'{trigger}' leads nowhere from stage '{name}'",
            ),
        )
    elif Role.CLOCK not in transition.roles:
        yield Problem(
            at,
            Text(
                f"de klok mag '{trigger}' niet doen; voeg rol 'clock' toe",
                f"the clock may not do '{trigger}'; add role 'clock'",
            ),
        )
    elif agreed := sorted(_agreed(arrows, name, transition)):
        yield Problem(
            at,
            Text(
                f"de klok kan '{trigger}' niet doen: bij de start van fase '{agreed[0]}' kiezen "
                "partijen zelf de laatste dag; geef die fase een vaste termijn, of laat deze stap "
                "aan mensen",
                f"the clock cannot do '{trigger}': when stage '{agreed[0]}' begins, the parties "
                "name the last day themselves; give that stage a fixed term, or leave this move "
                "to people",
            ),
            Property.NO_ENDLESS_WAIT,
        )


def _agreed(arrows: Arrows, name: str, move: Transition) -> Iterator[str]:
    """Yield where *move* can lead among the stages whose last day people name on entering."""
    for target in arrows.targets(name, move):
        stage = arrows.workflow.stages.get(target)
        if stage is not None and stage.term is not None and stage.term.agreed:
            yield target


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
