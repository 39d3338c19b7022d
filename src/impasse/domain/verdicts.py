"""The sentence of each verdict, and the path that shows it when it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from impasse.domain.certificate import Property
from impasse.domain.stage_problems import working_days
from impasse.domain.text import Text
from impasse.domain.word_problems import words
from impasse.domain.workflow import StageKind

if TYPE_CHECKING:
    from impasse.domain.certificate import Certificate, Path, Position, Problem
    from impasse.domain.workflow import Workflow


def sentence(
    of: Property, workflow: Workflow, walk: Certificate, broken: tuple[Problem, ...]
) -> Text:
    """Return what is found of *of*: what holds and of how much, or how much is in its way."""
    if broken:
        return _broken(of, len(broken))
    if not walk.whole:
        return Text("Niet bewezen.", "Not proven.")
    return _holding(of, workflow, walk)


def _broken(of: Property, times: int) -> Text:
    found_nl = "1 bezwaar" if times == 1 else f"{times} bezwaren"
    found_en = "1 objection" if times == 1 else f"{times} objections"
    told = {
        Property.PARTS_FIT: Text("Niet alles past bij elkaar", "Not everything fits together"),
        Property.OPTION_TO_COMPLETE: Text(
            "Een zaak kan vastlopen zonder einde", "A case can be stuck without an ending"
        ),
        Property.PROPER_COMPLETION: Text(
            "Een einde laat iets achter of is geen einde",
            "An ending leaves something behind or is no ending",
        ),
        Property.NO_DEAD_TRANSITION: Text(
            "Iets in de procedure kan nooit gebeuren", "Something in the procedure can never happen"
        ),
        Property.NO_ENDLESS_WAIT: Text(
            "Een zaak kan eeuwig blijven wachten", "A case can wait for ever"
        ),
        Property.GUARDS_CAN_BE_MET: Text(
            "Aan een voorwaarde is nooit te voldoen", "A condition can never be met"
        ),
        Property.CLOCK_DOES_NOT_CIRCLE: Text(
            "De klok kan een zaak eeuwig rondsturen", "The clock can send a case round for ever"
        ),
        Property.BOTH_LANGUAGES: Text("Er ontbreekt een vertaling", "A translation is missing"),
        Property.ROLES_AND_MESSAGES: Text(
            "Een rol of bericht heeft geen bestemming", "A role or message has no destination"
        ),
    }[of]
    return told + Text(f" ({found_nl}).", f" ({found_en}).")


def _holding(  # noqa: C901 one case per property
    of: Property, workflow: Workflow, walk: Certificate
) -> Text:
    endings = sum(stage.kind is StageKind.ENDING for stage in workflow.stages.values())
    waiting = len(workflow.stages) - endings
    match of:
        case Property.PARTS_FIT:
            return Text(
                f"{len(workflow.stages)} fasen en {len(workflow.transitions)} overgangen passen "
                "bij elkaar.",
                f"{len(workflow.stages)} stages and {len(workflow.transitions)} transitions fit "
                "together.",
            )
        case Property.OPTION_TO_COMPLETE:
            most = max((steps or 0 for steps in walk.distances()), default=0)
            steps = Text("1 stap", "1 step")
            if most != 1:
                steps = Text(f"{most} stappen", f"{most} steps")
            return Text(
                f"Uit elk van de {walk.states} standen waarin een zaak kan zijn, is een einde "
                f"bereikbaar, in ten hoogste {steps.nl}.",
                f"From each of the {walk.states} positions that a case can be in, an ending can be "
                f"reached, in {steps.en} at most.",
            )
        case Property.PROPER_COMPLETION:
            return Text(
                f"Geen van de {endings} eindes laat een termijn, timer of taak achter; een "
                "gesloten zaak kan alleen worden heropend.",
                f"None of the {endings} endings leaves a term, timer or task behind; a closed case "
                "can only be reopened.",
            )
        case Property.NO_DEAD_TRANSITION:
            return Text(
                f"Samen verlaten de overgangen {len(walk.firings)} keer een fase; voor elk is er "
                "een pad dat de stap doet.",
                f"Together the transitions leave a stage {len(walk.firings)} times; for each there "
                "is a path that makes the move.",
            )
        case Property.NO_ENDLESS_WAIT:
            return Text(
                f"Elk van de {waiting} fasen die geen einde zijn heeft een termijn en gevolgen "
                "als die voorbij is, en iemand die aan zet is.",
                f"Each of the {waiting} stages that are no ending has a term and consequences "
                "when it has passed, and somebody who is at turn.",
            )
        case Property.GUARDS_CAN_BE_MET:
            asked = sum(
                len(m.required) + len(m.advised) + len(m.tasks) for m in workflow.transitions
            )
            return Text(
                f"Aan elk van de {asked} voorwaarden is te voldoen in een stand waarin zij gelden.",
                f"Each of the {asked} conditions can be met in a position in which it counts.",
            )
        case Property.CLOCK_DOES_NOT_CIRCLE:
            return Text(
                "Wat de klok alleen doet, eindigt altijd bij mensen.",
                "What the clock does alone, always ends with people.",
            )
        case Property.BOTH_LANGUAGES:
            count = sum(1 for _ in words(workflow))
            return Text(
                f"Alle {count} teksten staan in het Nederlands en het Engels.",
                f"All {count} texts are in Dutch and in English.",
            )
        case Property.ROLES_AND_MESSAGES:
            return Text(
                "Elke rol kan worden bereikt en voor elk bericht zijn er woorden.",
                "Every role can be reached and every message has its words.",
            )
    assert_never(of)


def witness(of: Property, workflow: Workflow, walk: Certificate) -> Path:
    """Return a path that shows *of*: the hardest case, where one is harder than another."""
    if not walk.positions:
        return ()
    numbers = range(walk.states)
    match of:
        case Property.OPTION_TO_COMPLETE:
            far = walk.distances()
            return walk.way_out(max(numbers, key=lambda n: far[n] or 0))
        case Property.PROPER_COMPLETION:
            ends = [n for n in numbers if walk.positions[n].ended]
            return walk.path_to(ends[0]) if ends else ()
        case Property.NO_DEAD_TRANSITION:
            last = walk.firings[-1] if walk.firings else None
            found = last and walk.path_that_fires(last.source, last.trigger)
            return found or ()
        case Property.NO_ENDLESS_WAIT:
            return walk.path_to(max(numbers, key=lambda n: _wait(workflow, walk.positions[n])))
        case Property.GUARDS_CAN_BE_MET:
            return _most_asked(workflow, walk)
        case _:
            return ()


def _wait(workflow: Workflow, position: Position) -> float:
    """How long the term of the stage of *position* is, in working days; 0 without one."""
    term = workflow.stages[position.stage].term
    return 0 if term is None else working_days(term.rule.length)


def _most_asked(workflow: Workflow, walk: Certificate) -> Path:
    """Return a path that makes the move with the most binding conditions."""
    asking = [
        firing for firing in walk.firings if workflow.moves[firing.source][firing.trigger].required
    ]
    if not asking:
        return ()
    most = max(asking, key=lambda f: len(workflow.moves[f.source][f.trigger].required))
    return walk.path_that_fires(most.source, most.trigger) or ()
