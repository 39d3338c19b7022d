"""Four eyes: a move that one person confirms and another makes, where the procedure asks for it.

The confirmation counts during the stay in which it was given, for that one move; a later one for
another move takes its place. The clock has no eyes: what it does is not looked at twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.domain.access import roles_on
from impasse.domain.case import ConfirmationKind
from impasse.domain.decision import Message
from impasse.domain.errors import Conflict, Fault, Lack
from impasse.domain.people import Role
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.domain.case import Case, Confirmation
    from impasse.domain.commands import Confirm
    from impasse.domain.decision import Given
    from impasse.domain.people import Actor
    from impasse.domain.workflow import Transition, Workflow

FOUR_EYES = "four_eyes"
"""What the condition is called among those of a move."""

FOUR_EYES_LABEL = Text("Bevestigd door een ander", "Confirmed by another person")

SEVERAL = frozenset({Role.PARTY, Role.SECRETARIAT, Role.LIAISON_OFFICER})
"""The roles of which a case can have two persons: there is one mediator at a time."""

_TELLS = frozenset({"replay", "clock"})
"""The doors through which history is told: it happened, whoever looked at it."""


def confirmed(case: Case, trigger: str) -> Confirmation | None:
    """Return who confirmed the move *trigger* in this stay, if anybody did."""
    for one in case.confirmations:
        if (
            one.kind is ConfirmationKind.FOUR_EYES
            and one.about == trigger
            and one.stage_entry == case.stage_entry
        ):
            return one
    return None


def four_eyes_lack(case: Case, transition: Transition, by: Actor | None) -> Lack | None:
    """Return what *transition* lacks when *by* would make it; None for whoever may."""
    if not transition.four_eyes or (by is not None and by.origin in _TELLS):
        return None
    first = confirmed(case, transition.trigger)
    if first is None:
        return Lack(
            FOUR_EYES,
            Text(
                f"Voor '{transition.label.nl}' zijn twee mensen nodig. Laat eerst een ander die "
                "deze stap ook mag zetten, hem bevestigen. Of bevestig hem zelf, en laat die "
                "ander hem zetten.",
                f"'{transition.label.en}' takes two people. First have somebody else who may make "
                "this move confirm it. Or confirm it yourself, and have the other make it.",
            ),
        )
    if by is not None and first.person == by.person:
        return Lack(
            FOUR_EYES,
            Text(
                f"U bevestigde '{transition.label.nl}' zelf. Nu moet een ander de stap zetten.",
                f"You confirmed '{transition.label.en}' yourself. Now somebody else has to make "
                "the move.",
            ),
        )
    return None


def may_confirm(case: Case, transition: Transition, by: Actor) -> bool:
    """Whether *by* can be the first pair of eyes on *transition* now."""
    if not transition.four_eyes or not transition.roles & roles_on(by, case):
        return False
    first = confirmed(case, transition.trigger)
    return first is None or first.person != by.person


def four_eyes_faults(case: Case, command: Confirm, given: Given) -> list[Fault]:
    """Tell when the confirmation names no move that the actor may confirm.

    Raises `Conflict` when this person confirmed that move in this stay already.
    """
    workflow = given.procedure.workflow
    trigger = command.about.strip()
    transition = workflow.moves.get(case.stage, {}).get(trigger)
    if transition is None or not transition.four_eyes:
        return [Fault("/about", _which(case, workflow))]
    if not transition.roles & roles_on(given.actor, case):
        wanted = sorted(transition.roles - {Role.CLOCK})
        return [
            Fault(
                "/about",
                Text(
                    f"'{transition.label.nl}' is aan: {', '.join(r.label.nl for r in wanted)}. "
                    "Alleen wie de stap mag zetten, kan hem bevestigen.",
                    f"'{transition.label.en}' is for: {', '.join(r.label.en for r in wanted)}. "
                    "Only who may make the move can confirm it.",
                ),
            )
        ]
    first = confirmed(case, trigger)
    if first is not None and first.person == given.actor.person:
        raise Conflict(
            Text(
                f"U bevestigde '{transition.label.nl}' al. Laat een ander de stap zetten.",
                f"You confirmed '{transition.label.en}' already. Have somebody else make the move.",
            )
        )
    return []


def asks_a_second(command: Confirm, case: Case, given: Given) -> Message:
    """Return what the others hear who may make the move: that it waits for one of them."""
    transition = given.procedure.workflow.moves[case.stage][command.about.strip()]
    return Message(
        "move-confirmed",
        tuple(sorted(transition.roles - {Role.CLOCK})),
        Text(
            f"'{transition.label.nl}' is bevestigd en wacht op een tweede persoon.",
            f"'{transition.label.en}' was confirmed and waits for a second person.",
        ),
    )


def _which(case: Case, workflow: Workflow) -> Text:
    moves = workflow.moves.get(case.stage, {}).values()
    known = ", ".join(move.trigger for move in moves if move.four_eyes)
    if not known:
        return Text(
            "In deze fase vraagt geen stap om een tweede persoon.",
            "In this stage no move asks for a second person.",
        )
    return Text(
        f"Noem welke stap u bevestigt: {known}.", f"Name the move that you confirm: {known}."
    )


def called(trigger: str, workflow: Workflow) -> Text:
    """Return what the move *trigger* is called in *workflow*; its bare name when nothing is."""
    for move in workflow.transitions:
        if move.trigger == trigger:
            return move.label
    return Text(trigger, trigger)
