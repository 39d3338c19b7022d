"""What must hold before a term is suspended, resumed or extended: who, when, whose consent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from impasse.domain.access import roles_on
from impasse.domain.case import ConfirmationKind, Status, TermState
from impasse.domain.days_in_words import day_in_words
from impasse.domain.errors import (
    ConditionsNotMet,
    Conflict,
    Fault,
    Invalid,
    Lack,
    NotAllowed,
)
from impasse.domain.length import Unit
from impasse.domain.people import Role
from impasse.domain.storable import text_faults
from impasse.domain.term_acts import (
    OUTSIDE,
    Consent,
    Extension,
    Suspension,
    SuspensionReason,
)
from impasse.domain.term_acts import Resume as ResumePolicy
from impasse.domain.terms import Atw, TermRule, reckon
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from datetime import date, datetime

    from impasse.domain.case import Case, Term
    from impasse.domain.commands import Extend, Suspend
    from impasse.domain.decision import Decision, Given
    from impasse.domain.length import Length
    from impasse.domain.workflow import StageTerm

ON_BEHALF = frozenset({Role.MEDIATOR, Role.SECRETARIAT})
_OF_A_PARTY = frozenset({SuspensionReason.AWAITING_PARTY, SuspensionReason.ATTRIBUTABLE_TO_PARTY})
IN_PLAY = frozenset({TermState.RUNNING, TermState.SUSPENDED})

NOT_BACKWARDS = Text(
    "U meldt dit per vandaag. Kwam het eerder, vraag dan het secretariaat of de bemiddelaar die "
    "dag vast te leggen: de termijn van de anderen wordt er korter door.",
    "You report this as of today. If it came earlier, ask the secretariat or the mediator to "
    "record that day: it makes the term of the others shorter.",
)


def policy_of(stage_term: StageTerm | None) -> ResumePolicy:
    """Return what a suspension does to the end, as the procedure says for this stage."""
    if stage_term is None or stage_term.suspension is None:
        return ResumePolicy.KEEP_REMAINDER
    return stage_term.suspension.resume


def running_of(decision: Decision, stay: int | None, given: Given) -> tuple[Case, Term, StageTerm]:
    """Return the case, its term and what the procedure says of it, or say why nothing can be done.

    The instant counts: a term whose end has passed is over, also when no timer said so yet.
    """
    case = decision.case
    if case is None or case.status is Status.CLOSED:
        raise Conflict(
            Text(
                "Deze zaak is gesloten: er loopt geen termijn.",
                "This case is closed: no term runs.",
            )
        )
    if stay is not None and stay != case.stage_entry:
        raise Conflict(
            Text(
                "De zaak is inmiddels in een andere fase, met een andere termijn. Lees haar "
                "opnieuw.",
                "The case is in another stage by now, with another term. Read it again.",
            )
        )
    stage_term = given.procedure.workflow.stage(case.stage).term
    term = case.term
    if term is None or stage_term is None:
        raise Conflict(Text("In deze fase loopt geen termijn.", "No term runs in this stage."))
    if term.state not in IN_PLAY or term.ends_at <= given.at:
        ended = day_in_words(term.end)
        raise Conflict(
            Text(
                f"De termijn liep af op {ended.nl}. Opschorten en verlengen kan alleen voor het "
                "einde.",
                f"The term ended on {ended.en}. It can be suspended or extended only before its "
                "end.",
            )
        )
    return case, term, stage_term


def refuse_other_roles(case: Case, roles: frozenset[Role], given: Given) -> None:
    """Raise `NotAllowed` when the actor has none of *roles* on the case."""
    if roles & roles_on(given.actor, case):
        return
    wanted = sorted(roles)
    raise NotAllowed(
        Text(
            f"Dit is aan: {', '.join(role.label.nl for role in wanted)}.",
            f"This is for: {', '.join(role.label.en for role in wanted)}.",
        )
    )


def day_faults(command: Suspend, begins_on: date, term: Term, given: Given) -> list[Fault]:
    """Tell when a suspension cannot begin or end on the days that are asked."""
    faults = []
    start, end = day_in_words(term.start), day_in_words(term.end)
    within = term.start <= begins_on <= term.end
    if not within or given.calendar.end_of_day(begins_on) >= term.ends_at:
        faults.append(
            Fault(
                "/beginsOn",
                Text(
                    f"Kies een dag vanaf {start.nl}, toen de termijn begon, en voor {end.nl}.",
                    f"Choose a day from {start.en}, when the term began, and before {end.en}.",
                ),
            )
        )
    if command.until <= begins_on:
        begins = day_in_words(begins_on)
        faults.append(
            Fault(
                "/until",
                Text(
                    "Een opschorting eindigt na de dag waarop zij begint. "
                    f"Kies een dag na {begins.nl}.",
                    f"A suspension ends after the day on which it begins. "
                    f"Choose a day after {begins.en}.",
                ),
            )
        )
    elif command.until < given.today:
        faults.append(
            Fault(
                "/until",
                Text(
                    "Deze dag is al voorbij. Kies vandaag of een latere dag.",
                    "This day has passed. Choose today or a later day.",
                ),
            )
        )
    return faults


def bound_faults(
    command: Suspend, begins_on: date, term: Term, stage_term: StageTerm, given: Given
) -> list[Fault]:
    """Tell when a suspension is longer than the procedure allows; of a day that can begin one."""
    rule = stage_term.suspension
    if rule is None or command.until <= begins_on or not term.start <= begins_on <= term.end:
        return []
    bound = TermRule(rule.longest, stage_term.rule.basis, atw=Atw.EXCLUDE)
    latest = reckon(bound, begins_on, given.calendar).end
    if command.until <= latest:
        return []
    last = day_in_words(latest)
    return [
        Fault(
            "/until",
            Text(
                f"Een opschorting duurt hier ten hoogste {rule.longest.text.nl}: "
                f"kies uiterlijk {last.nl}.",
                f"A suspension lasts {rule.longest.text.en} at most here: "
                f"choose {last.en} at the latest.",
            ),
        )
    ]


def reason_faults(
    command: Suspend, case: Case, reasons: tuple[SuspensionReason, ...]
) -> list[Fault]:
    """Tell when the reason is none of the procedure's, or nobody of the case is waited for."""
    faults = []
    if command.reason not in reasons:
        nl = ", ".join(reason.label.nl for reason in reasons)
        en = ", ".join(reason.label.en for reason in reasons)
        faults.append(
            Fault(
                "/reason",
                Text(
                    f"Deze reden kent de procedure hier niet. Wel: {nl}.",
                    f"The procedure does not know this reason here. It knows: {en}.",
                ),
            )
        )
    party = case.party(command.waits_for)
    if command.reason in _OF_A_PARTY and party is None:
        faults.append(
            Fault(
                "/waitsFor",
                Text(
                    "Bij deze reden wordt op een partij gewacht. Kies welke.",
                    "With this reason a party is waited for. Choose which.",
                ),
            )
        )
    elif party is None and command.waits_for not in {"mediator", "secretariat", OUTSIDE}:
        faults.append(
            Fault(
                "/waitsFor",
                Text(
                    "Kies een partij in deze zaak, de bemiddelaar, het secretariaat of iemand van "
                    "buiten.",
                    "Choose a party to this case, the mediator, the secretariat or somebody "
                    "outside.",
                ),
            )
        )
    elif command.waits_for == "mediator" and not case.mediator:
        faults.append(
            Fault(
                "/waitsFor",
                Text(
                    "Er is nog geen bemiddelaar om op te wachten.",
                    "There is no mediator to wait for yet.",
                ),
            )
        )
    elif command.waits_for == OUTSIDE and not command.waits_for_name.strip():
        faults.append(
            Fault(
                "/waitsForName",
                Text("Noem op wie of waarop wordt gewacht.", "Say who or what is waited for."),
            )
        )
    return faults


def note_faults(note: str) -> list[Fault]:
    """Tell when it is not said what is waited for."""
    if note.strip():
        return text_faults("note", note, "/note")
    return [
        Fault(
            "/note",
            Text(
                "Schrijf waarop wordt gewacht. Alle partijen zien dit.",
                "Write what is waited for. All parties see this.",
            ),
        )
    ]


def reason_given(reason: str) -> list[Fault]:
    """Tell when it is not said why the term must be longer."""
    if reason.strip():
        return text_faults("reason", reason, "/reason")
    return [
        Fault(
            "/reason",
            Text(
                "Schrijf waarom de termijn langer moet. Alle partijen zien dit.",
                "Write why the term must be longer. All parties see this.",
            ),
        )
    ]


def end_faults(found: Suspension, ended_on: date, given: Given) -> list[Fault]:
    """Tell when a suspension cannot have ended on this day."""
    last = max(found.begins_on, min(given.today, found.until))
    if found.begins_on <= ended_on <= last:
        return []
    first_words, last_words = day_in_words(found.begins_on), day_in_words(last)
    if last == found.begins_on:
        only = Text(f"Hier past alleen {last_words.nl}.", f"Only {last_words.en} will do here.")
        return [Fault("/endedOn", only)]
    return [
        Fault(
            "/endedOn",
            Text(
                f"Kies een dag van {first_words.nl} tot en met {last_words.nl}.",
                f"Choose a day from {first_words.en} to {last_words.en}.",
            ),
        )
    ]


def length_faults(command: Extend, term: Term, stage_term: StageTerm, given: Given) -> list[Fault]:
    """Tell when an extension is longer than the procedure allows, or in hours where it cannot."""
    rule = stage_term.extension
    if rule is None:
        return []
    if command.length.unit is Unit.HOURS and term.rule.length.unit is not Unit.HOURS:
        return [
            Fault(
                "/length",
                Text(
                    "Deze termijn telt in dagen. Verleng haar met dagen, werkdagen of weken.",
                    "This term counts in days. Extend it by days, working days or weeks.",
                ),
            )
        ]

    def end(length: Length) -> datetime:
        # As it counts by itself: a suspension may hide how long it is, until that is resumed.
        longer = replace(term.rule, length=length, atw=Atw.EXCLUDE)
        start = term.ends_at if length.unit is Unit.HOURS else term.end
        return reckon(longer, start, given.calendar).ends_at

    most = end(rule.longest)
    try:
        fits = end(command.length) <= most
    except Invalid:
        fits = False
    if fits:
        return []
    return [
        Fault(
            "/length",
            Text(
                f"Een verlenging is hier ten hoogste {rule.longest.text.nl}.",
                f"An extension is {rule.longest.text.en} at most here.",
            ),
        )
    ]


def governments(case: Case) -> tuple[str, ...]:
    """Return the organisations whose consent counts: every government that is a party."""
    return tuple(party.organisation for party in case.governments)


def must_agree(consent: Consent, command: Suspend, case: Case) -> tuple[str, ...]:
    """Return who must agree to a suspension, as procedure and reason ask."""
    if command.reason.by_agreement or consent is Consent.ALL:
        return governments(case)
    if consent is Consent.WAITED_FOR and case.party(command.waits_for) is not None:
        return (command.waits_for,)
    return ()


def consents_of(
    case: Case, kind: ConfirmationKind, named: tuple[str, ...], note: str, given: Given
) -> tuple[tuple[str, ...], list[Fault]]:
    """Return who agreed: who said so since the last time, and who is named here, with faults.

    Who asks as a party agrees; for others only the mediator and the secretariat can say so, and
    then they say where it can be checked.
    """
    last = [act.at for act in _acts_of(case, kind)]
    said = {
        c.organisation
        for c in case.confirmations
        if c.kind is kind and c.stage_entry == case.stage_entry and (not last or c.at > max(last))
    }
    roles = roles_on(given.actor, case)
    if Role.PARTY in roles:
        said.add(given.actor.organisation)
    faults = []
    for index, organisation in enumerate(named):
        if case.party(organisation) is None:
            faults.append(
                Fault(
                    f"/consents/{index}",
                    Text(
                        "Deze organisatie is geen partij in deze zaak.",
                        "This organisation is no party to this case.",
                    ),
                )
            )
        elif organisation not in said and not roles & ON_BEHALF:
            faults.append(
                Fault(
                    f"/consents/{index}",
                    Text(
                        "U stemt alleen in namens uw eigen organisatie.",
                        "You agree for your own organisation only.",
                    ),
                )
            )
        elif organisation not in said and not note.strip():
            faults.append(
                Fault(
                    f"/consents/{index}",
                    Text(
                        "Schrijf erbij waar deze instemming is na te lezen.",
                        "Write where this consent can be checked.",
                    ),
                )
            )
        said.add(organisation)
    order = {party.organisation: place for place, party in enumerate(case.parties)}
    return tuple(sorted(said & order.keys(), key=lambda one: order[one])), faults


def _acts_of(case: Case, kind: ConfirmationKind) -> tuple[Suspension | Extension, ...]:
    if case.term is None:
        return ()
    extending = kind is ConfirmationKind.EXTENSION
    return case.term.extensions if extending else case.term.suspensions


SUSPENSION_NEEDS = (
    "suspension_agreed_by_all",
    Text("Nog niet ingestemd met de opschorting:", "Not agreed to the suspension yet:"),
)
EXTENSION_NEEDS = (
    "extension_agreed_by_all",
    Text("Nog niet ingestemd met de verlenging:", "Not agreed to the extension yet:"),
)


def refuse_without_consent(
    case: Case, needed: tuple[str, ...], consents: tuple[str, ...], needs: tuple[str, Text]
) -> None:
    """Raise `ConditionsNotMet` that names who has not agreed; silence is no consent."""
    lacking = [
        party.name
        for party in case.parties
        if party.organisation in needed and party.organisation not in consents
    ]
    if lacking:
        name, sentence = needs
        missing = sentence + same(" " + ", ".join(lacking) + ".")
        raise ConditionsNotMet(missing, [Lack(name, missing)])


def name_of(command: Suspend, case: Case) -> str:
    """Return the name of who is waited for, as it is now."""
    party = case.party(command.waits_for)
    if party is not None:
        return party.name
    return command.waits_for_name.strip() or _OFFICES.get(command.waits_for, "")


_OFFICES = {"mediator": "bemiddelaar", "secretariat": "secretariaat"}
