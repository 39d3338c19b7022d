"""Escalations of a case: take one up, let it rest, say it is done, and begin one by hand.

Who will hear is shown before anything is sent: the form that begins a run carries what was shown,
and when that is no longer so, it is shown anew.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from impasse.domain.commands import (
    AcknowledgeEscalation,
    EndSnooze,
    SettleEscalation,
    SnoozeEscalation,
    StartEscalation,
)
from impasse.domain.errors import Conflict, Fault, ImpasseError, Invalid, NotAllowed, NotFound
from impasse.domain.text import Text
from impasse.web import dossier_forms as forms
from impasse.web.dossier import course_page, frame_of, news_of, see
from impasse.web.escalation_card import (
    BETWEEN,
    ahead,
    directory_of,
    may_start,
)
from impasse.web.visit import Page, Visit

if TYPE_CHECKING:
    from starlette.responses import Response

    from impasse.domain.commands import CaseCommand
    from impasse.domain.escalation_policy import EscalationPolicy
    from impasse.domain.foreseen import Foreseen
    from impasse.web.dossier import Seen
    from impasse.web.escalation_card import Hearing

_FORM = "opschalen"
_DEAD_LETTERS = frozenset({"escalation-undelivered", "destination-failing"})
"""What starts a policy that is about messages, and not about a case: nobody does so by hand."""

_SHOWN_ANEW = Text(
    "Wie dit hoort, of het beleid, is intussen veranderd. Er is nog niets verstuurd. Kijk "
    "nog eens, en start de opschaling dan.",
    "Who hears this, or the policy, has changed meanwhile. Nothing was sent yet. Look once more, "
    "and then start the escalation.",
)


def show(visit: Visit) -> Response:
    """Show which escalations can be started, or of one who would hear and when."""
    seen = see(visit)
    if not may_start(seen):
        raise NotAllowed(
            Text(
                "Een opschaling starten kan wie aan deze zaak meedoet, zolang zij loopt.",
                "Who takes part in this case can start an escalation, as long as it goes on.",
            )
        )
    return _page(seen, forms.NOTHING, visit.query.get("beleid", ""))


def send(visit: Visit) -> Response:
    """Start the escalation, as far as its reader has seen who will hear."""
    seen, name = see(visit), visit.field("beleid")
    try:
        policy = _policies(seen).get(name)
        if policy is None:
            _refuse_unknown(seen, name)
        else:
            coming = ahead(policy, seen, directory_of(visit))
            if visit.field("gehoord") != _told(policy, coming):
                raise Conflict(_SHOWN_ANEW)
        visit.handle(
            StartEscalation(seen.case.id, name),
            revision=forms.revision_of(visit),
            key=forms.key_of(visit),
        )
    except NotFound as error:
        return _page(see(visit), forms.refused(visit, _FORM, Conflict(error.text)), "")
    except ImpasseError as error:
        return _page(see(visit), forms.refused(visit, _FORM, error), name)
    return visit.redirect(f"/impasses/{seen.case.id}?gedaan=opgeschaald#opschaling")


def _page(seen: Seen, sent: forms.Sent, name: str) -> Response:
    visit = seen.visit
    local = visit.house.calendar.local_day
    policies = _policies(seen)
    policy = policies.get(name)
    coming = () if policy is None else ahead(policy, seen, directory_of(visit))
    return visit.page(
        "dossier/opschalen.html",
        status=sent.status,
        place="impasses",
        **frame_of(seen, ""),
        sent=sent,
        news=news_of(seen, sent),
        policies=tuple(policies.values()),
        policy=policy,
        coming=[(one, hearing, local(one.at)) for one, hearing in coming],
        told="" if policy is None else _told(policy, coming),
        today_is=visit.today,
    )


def _policies(seen: Seen) -> dict[str, EscalationPolicy]:
    """Return the policies that can be started by hand here: those that do not run already."""
    running = {run.policy.name for run in seen.case.runs}
    return {
        name: policy
        for name, policy in sorted(seen.visit.house.engine.policies().items())
        if name not in running and not policy.starts_on & _DEAD_LETTERS
    }


def _told(policy: EscalationPolicy, coming: tuple[tuple[Foreseen, Hearing], ...]) -> str:
    """Return what stands for who was shown to hear of each level; it tells nobody who they are."""
    heard = [
        "\n".join([one.level.name, *sorted(person.person for person in one.resolved.to)])
        for one, _ in coming
    ]
    return sha256("\n\n".join([policy.reference, *heard]).encode()).hexdigest()[:32]


def _refuse_unknown(seen: Seen, name: str) -> None:
    """Refuse what cannot be started by hand; of one that runs already the engine speaks.

    It knows a form that was sent twice.
    """
    if not name:
        missing = Text("Kies een opschalingsbeleid.", "Choose an escalation policy.")
        raise Invalid(missing, [Fault("/policy", missing)])
    if name not in {run.policy.name for run in seen.case.runs}:
        raise Conflict(
            Text(
                "Dit opschalingsbeleid kan hier niet met de hand worden gestart. Kies een ander.",
                "This escalation policy cannot be started by hand here. Choose another.",
            )
        )


def back(visit: Visit) -> Response:
    """Send who reloads the answer to a form back to the case."""
    return visit.redirect(f"/impasses/{visit.path['id']}#opschaling")


def send_answer(visit: Visit) -> Response:
    """Do with one run what the form asks, or show the case again with what is in the way.

    Taking it up asks for no revision of the case: two sides that do so at once hinder nobody.
    """
    seen = see(visit)
    act = visit.field("daad") or "onbekend"
    form = f"{act}{BETWEEN}{visit.path['run']}"
    try:
        command = _read(seen, act)
        revision = None if isinstance(command, AcknowledgeEscalation) else forms.revision_of(visit)
        visit.handle(command, revision=revision, key=forms.key_of(visit))
    except NotFound as error:
        # It ended meanwhile: what was typed is not lost.
        return course_page(see(visit), forms.refused(visit, form, Conflict(error.text)))
    except ImpasseError as error:
        return course_page(see(visit), forms.refused(visit, form, error))
    if visit.field("terug") == "mijn-werk":
        return visit.redirect(f"/mijn-werk?gedaan={act}")
    return visit.redirect(f"/impasses/{seen.case.id}?gedaan={act}#opschaling")


def _read(seen: Seen, act: str) -> CaseCommand:
    visit, case, run = seen.visit, seen.case.id, seen.visit.path["run"]
    reader = forms.Reader(visit)
    match act:
        case "oppakken":
            step = reader.words(
                "stap",
                "/nextStep",
                Text(
                    "Noem de volgende stap. Alle partijen lezen die.",
                    "Name the next step. All parties read it.",
                ),
            )
            until = reader.day("tot", "/until")
            reader.done()
            return AcknowledgeEscalation(case, run, step, until)
        case "wegleggen":
            reason = reader.words(
                "reden",
                "/reason",
                Text(
                    "Geef een reden. Alle partijen lezen die.",
                    "Give a reason. All parties read it.",
                ),
            )
            until = reader.day("tot", "/until")
            reader.done()
            return SnoozeEscalation(case, run, reason, until)
        case "hervatten":
            return EndSnooze(case, run)
        case "afhandelen":
            return SettleEscalation(case, run, visit.field("toelichting"))
        case _:
            raise Invalid(
                Text(
                    "Dit formulier is beschadigd bij ons aangekomen. Verstuur het nog eens.",
                    "This form reached us damaged. Send it once more.",
                )
            )


PAGES = (
    Page("/impasses/{id}/opschaling", show=show, send=send),
    Page("/impasses/{id}/opschaling/{run}", show=back, send=send_answer),
)
