"""What is unsound in the stages and terms of a procedure, each looked at by itself."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from impasse.domain.certificate import Problem, Property
from impasse.domain.length import Unit
from impasse.domain.people import Role
from impasse.domain.positions import always_made
from impasse.domain.term_acts import Consent, Resume
from impasse.domain.text import Text
from impasse.domain.workflow import RESERVED, StageKind, SuspensionRule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.domain.length import Length
    from impasse.domain.tier import Tier
    from impasse.domain.workflow import Stage, StageTerm, Workflow

Place = tuple[str | int, ...]


def stage_problems(workflow: Workflow) -> Iterator[Problem]:
    """Yield what is unsound in the start, the stages and their terms."""
    yield from _initial_problems(workflow)
    yield from _number_problems(workflow)
    for name, stage in workflow.stages.items():
        yield from _stage_problems(name, stage)
        if stage.term is not None:
            yield from _source_problems(name, stage.term)
            yield from _length_problems(name, stage.term)
            yield from _act_problems(("stages", name, "term"), stage.term)
            yield from _reminder_problems(name, stage.term)
            yield from _rung_problems(name, stage.term)
            yield from _late_problems(workflow, name, stage.term)


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
    elif initial.term is not None and initial.term.agreed:
        yield Problem(
            ("initial",),
            Text(
                f"in beginfase '{workflow.initial}' kiezen partijen zelf de laatste dag, maar bij "
                "het openen van een zaak wordt er geen gevraagd; geef die fase een vaste termijn",
                f"in initial stage '{workflow.initial}' the parties name the last day themselves, "
                "but opening a case asks for none; give that stage a fixed term",
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
            Property.PROPER_COMPLETION,
        )
    if stage.kind is not StageKind.ENDING and stage.term is None:
        yield Problem(
            (*at, "term"),
            Text(
                f"fase '{name}' kan eeuwig wachten: voeg 'term' toe",
                f"stage '{name}' can wait for ever: add 'term'",
            ),
            Property.NO_ENDLESS_WAIT,
        )
    if stage.kind is StageKind.ACTIVE and stage.owner is None:
        yield Problem(
            (*at, "owner"),
            Text(
                f"bij fase '{name}' is niemand aan zet: voeg 'owner' toe",
                f"nobody is at turn in stage '{name}': add 'owner'",
            ),
            Property.NO_ENDLESS_WAIT,
        )
    if stage.owner is Role.ADMINISTRATOR:
        yield Problem(
            (*at, "owner"),
            Text(
                "de beheerder neemt geen deel aan zaken en kan niet aan zet zijn; kies een "
                "andere rol",
                "the administrator takes no part in cases and cannot be at turn; choose another "
                "role",
            ),
            Property.NO_ENDLESS_WAIT,
        )
    if stage.owner is Role.CLOCK:
        yield Problem(
            (*at, "owner"),
            Text(
                "de klok kan niet aan zet zijn; kies een rol van mensen",
                "the clock cannot be at turn; choose a role of people",
            ),
            Property.NO_ENDLESS_WAIT,
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


def _length_problems(name: str, term: StageTerm) -> Iterator[Problem]:
    """Tell of a term, or a rung after it, that leads out of every calendar."""
    at = ("stages", name, "term")
    longest = working_days(term.rule.length)
    if longest > FAR:
        yield Problem(
            (*at, "length"),
            Text(
                f"{term.rule.length.text.nl} is langer dan vijftig jaar: zo ver reikt de kalender "
                "niet; kies een kortere termijn",
                f"{term.rule.length.text.en} is more than fifty years: the calendar does not reach "
                "so far; choose a shorter term",
            ),
            Property.NO_ENDLESS_WAIT,
        )
        return
    for index, rung in enumerate(term.on_expiry):
        if longest + rung.after.amount > FAR:
            yield Problem(
                (*at, "on_expiry", index, "after"),
                Text(
                    f"{rung.after.text.nl} na de termijn is meer dan vijftig jaar verder: zo ver "
                    "reikt de kalender niet; kies een kortere wachttijd",
                    f"{rung.after.text.en} after the term is more than fifty years ahead: the "
                    "calendar does not reach so far; choose a shorter wait",
                ),
                Property.NO_ENDLESS_WAIT,
            )


def _act_problems(at: Place, term: StageTerm) -> Iterator[Problem]:
    """Tell of a suspension or an extension that nobody can grant, or that leads too far."""
    reach = working_days(term.rule.length)
    reach += max((rung.after.amount for rung in term.on_expiry), default=0)
    for key, rule in (("suspension", term.suspension), ("extension", term.extension)):
        if rule is None:
            continue
        if not rule.roles & _GRANTING:
            known = ", ".join(sorted(_GRANTING))
            yield Problem(
                (*at, key, "roles"),
                Text(
                    f"geen van deze rollen kan dit doen; kies uit: {known}",
                    f"none of these roles can do this; choose from: {known}",
                ),
                Property.ROLES_AND_MESSAGES,
            )
        reach += working_days(rule.longest) * rule.most
        if isinstance(rule, SuspensionRule) and rule.resume is Resume.RESTART:
            reach += working_days(term.rule.length) * rule.most
        if reach > FAR:
            yield Problem(
                (*at, key, "longest"),
                Text(
                    f"met {rule.most} keer {rule.longest.text.nl} reikt deze termijn verder dan "
                    "vijftig jaar, en zo ver reikt de kalender niet; kies een kortere tijd of een "
                    "lagere 'most'",
                    f"with {rule.most} times {rule.longest.text.en} this term reaches further than "
                    "fifty years, and the calendar does not; choose a shorter time or a lower "
                    "'most'",
                ),
                Property.NO_ENDLESS_WAIT,
            )
            # Said once: what the next adds is judged by itself.
            reach = 0
    if term.extension is not None and term.extension.consent is Consent.WAITED_FOR:
        yield Problem(
            (*at, "extension", "consent"),
            Text(
                "bij een verlenging wordt op niemand gewacht; kies 'all' of 'none'",
                "with an extension nobody is waited for; choose 'all' or 'none'",
            ),
        )
    if term.agreed and term.rule.length.unit is Unit.HOURS:
        yield Problem(
            (*at, "length"),
            Text(
                "partijen kiezen een laatste dag, en die past niet altijd binnen een termijn in "
                "uren; schrijf dagen of weken",
                "the parties choose a last day, which does not always fit within a term in hours; "
                "write days or weeks",
            ),
            Property.NO_ENDLESS_WAIT,
        )


def _reminder_problems(name: str, term: StageTerm) -> Iterator[Problem]:
    longest = working_days(term.rule.length)
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
                Property.ROLES_AND_MESSAGES,
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
            Property.NO_ENDLESS_WAIT,
        )
    for index, rung in enumerate(term.on_expiry):
        if rung.tier is None and rung.trigger is None and not rung.notify:
            yield Problem(
                (*at, index),
                Text(
                    "deze trede doet niets; voeg 'notify', 'tier' of 'trigger' toe",
                    "this rung does nothing; add 'notify', 'tier' or 'trigger'",
                ),
                Property.NO_ENDLESS_WAIT,
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
    yield from _descent_problems(at, term)


def _late_problems(workflow: Workflow, name: str, term: StageTerm) -> Iterator[Problem]:
    """Tell of rungs that come too late: one before them has moved the case, whatever it asks."""
    moves = workflow.moves.get(name, {})
    for index, lower in enumerate(term.on_expiry[:-1], start=1):
        move = moves.get(lower.trigger or "")
        if move is not None and always_made(workflow, move):
            yield Problem(
                ("stages", name, "term", "on_expiry", index),
                Text(
                    f"deze trede komt nooit aan de beurt: de vorige doet al '{lower.trigger}'",
                    f"this rung never gets its turn: the one before it does '{lower.trigger}'",
                ),
                Property.NO_DEAD_TRANSITION,
            )


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


def working_days(length: Length) -> float:
    """Return how many working days a term of *length* holds at most, holidays left out."""
    return length.amount * _WORKING_DAYS[length.unit]


_WORKING_DAYS = {
    Unit.HOURS: 1 / 24,
    Unit.CALENDAR_DAYS: 5 / 7,
    Unit.WORKING_DAYS: 1,
    Unit.WEEKS: 5,
    Unit.MONTHS: 22,
    Unit.YEARS: 261,
}
_GRANTING = frozenset({Role.PARTY, Role.MEDIATOR, Role.SECRETARIAT})
"""Who can suspend or extend a term at all: see `access`."""

FAR = 50 * 261
"""Fifty years in working days: a term may begin late in the life of the calendar."""
