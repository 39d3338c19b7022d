"""Certificaat: what was proven of a procedure, in the words of its stages; and adopting one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from impasse.adapters.files.workflows import WorkflowProblems
from impasse.domain.adoption import LONGEST_NAME
from impasse.domain.counterfactual import in_order
from impasse.domain.errors import Conflict, Fault, Invalid, NotAllowed
from impasse.domain.people import Role
from impasse.domain.storable import LONGEST
from impasse.domain.text import Text, same
from impasse.simulation.rehearsal import rehearse_version
from impasse.web import dossier_forms as forms
from impasse.web.visit import Page, Visit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from impasse.adapters.files.located import Located
    from impasse.adapters.sql.procedures import Adoption
    from impasse.domain.certificate import Certificate, Path, Verdict
    from impasse.domain.counterfactual import Rehearsed
    from impasse.domain.workflow import Workflow

FILE = "procedure.yaml"
"""What messages call a text that was pasted on a page."""

MOST_STEPS = 12
"""So many steps of a path are told; of a longer one its beginning and its end."""


MOST_CASES = 20
"""So many past cases are told; of more, only how many."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop on a path: by which move a case came there, and where it is then."""

    by: Text
    stage: Text


@dataclass(frozen=True, slots=True)
class Line:
    """A verdict as the page shows it; `path` is told where there is one."""

    verdict: Verdict
    path: Sequence[Stop]
    objections: Sequence[tuple[Text, Sequence[Stop]]]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing to mend in a text that was pasted; line 0 is the text as a whole."""

    line: int
    text: Text
    path: Sequence[Stop]


def show(visit: Visit) -> Response:
    """Show the certificate of one adopted version."""
    name, version = visit.path["name"], visit.path["version"]
    procedures = visit.house.procedures
    adopted = procedures.version(name, version, visit.today)
    workflow = procedures.get(name, version).workflow
    certificate = procedures.certificate(name, version)
    return visit.page(
        "certificate.html",
        place="proces",
        adopted=adopted,
        workflow=workflow,
        certificate=certificate,
        lines=_lines(certificate, workflow),
        done=visit.query.get("gedaan", "") == "aangenomen",
        may_adopt=visit.actor.has(Role.SECRETARIAT),
    )


def show_adoption(visit: Visit) -> Response:
    """Show the form in which a text is pasted; `begin` names a version to begin with."""
    _authorise(visit)
    begin = visit.query.get("begin", "")
    if not begin:
        return _page(visit, forms.NOTHING)
    name, _, version = begin.partition("@")
    values = {"inhoud": visit.house.procedures.text(name, version)}
    return _page(visit, forms.Sent(form="tekst", values=values, sentence=same(""), status=200))


def send_adoption(visit: Visit) -> Response:
    """Look at a pasted text, and adopt it when that is what was asked."""
    _authorise(visit)
    adopting = visit.field("actie") == "aannemen"
    procedures = visit.house.procedures
    try:
        content, day = _content(visit), _day(visit)
        adopt = partial(procedures.adopt_text, origin="web", person=visit.actor.person)
        weigh = adopt if adopting else procedures.weigh
        done = weigh(content, FILE, by=_by(visit), at=visit.house.clock(), valid_from=day)
    except WorkflowProblems as problems:
        sent = forms.refused(visit, "tekst", Invalid(_UNSOUND))
        return _page(visit, sent, refusals=_refusals(problems))
    except (Conflict, Invalid) as error:
        return _page(visit, forms.refused(visit, "tekst", _on_the_form(error)))
    if adopting:
        place = "/".join(quote(part, safe="") for part in done.workflow.reference.split("@"))
        return visit.redirect(f"/proces/{place}/certificaat?gedaan=aangenomen")
    return _page(visit, _as_typed(visit), weighed=done, content=content)


_UNSOUND = Text(
    "Deze procedure klopt nog niet. Verbeter wat hieronder staat en kijk haar opnieuw na.",
    "This procedure is not sound yet. Mend what is told below and look at it again.",
)


def _page(
    visit: Visit,
    sent: forms.Sent,
    *,
    refusals: Sequence[Refusal] = (),
    weighed: Adoption | None = None,
    content: str = "",
) -> Response:
    return visit.page(
        "adoption.html",
        status=sent.status,
        place="proces",
        sent=sent,
        refusals=refusals,
        weighed=weighed,
        content=content,
        lines=[] if weighed is None else _lines(weighed.certificate, weighed.workflow),
        past=None if weighed is None else _past(visit, weighed.workflow),
    )


@dataclass(frozen=True, slots=True)
class Past:
    """What a version would have changed of past cases: in a sentence, and the most changed ones."""

    summary: Text
    cases: Sequence[Rehearsed]
    more: int


def _past(visit: Visit, workflow: Workflow) -> Past:
    found = rehearse_version(visit.house, workflow)
    changed = list(in_order(found))
    return Past(found.summary, changed[:MOST_CASES], max(0, len(changed) - MOST_CASES))


def _as_typed(visit: Visit) -> forms.Sent:
    values = {"inhoud": visit.form.get("inhoud", ""), "vanaf": visit.field("vanaf")}
    kept = {name: value for name, value in values.items() if isinstance(value, str)}
    return forms.Sent(form="tekst", values=kept, sentence=same(""), status=200)


def _authorise(visit: Visit) -> None:
    if not visit.actor.has(Role.SECRETARIAT):
        raise NotAllowed(
            Text(
                "Een procedure aannemen doet het secretariaat. Lezen mag iedereen.",
                "A procedure is adopted by the secretariat. Everybody may read it.",
            )
        )


def _by(visit: Visit) -> str:
    function = "" if visit.person is None else visit.person.function.nl
    return (function or visit.actor.person)[:LONGEST_NAME]


def _content(visit: Visit) -> str:
    written = visit.form.get("inhoud", "")
    content = written.replace("\r\n", "\n") if isinstance(written, str) else ""
    if not content.strip():
        raise _fault("/inhoud", Text("Plak hier de procedure.", "Paste the procedure here."))
    if len(content) > 20 * LONGEST:
        raise _fault(
            "/inhoud",
            Text(
                "Deze tekst is te lang voor een pagina. Gebruik 'impasse workflow adopt'.",
                "This text is too long for a page. Use 'impasse workflow adopt'.",
            ),
        )
    return content


def _day(visit: Visit) -> date | None:
    written = visit.field("vanaf")
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise _fault(
            "/vanaf",
            Text("Kies een dag, zoals 2027-01-01.", "Choose a day, such as 2027-01-01."),
        ) from None


def _on_the_form(error: Conflict | Invalid) -> Conflict | Invalid:
    """Return *error* with the names that its values have on the form."""
    if not isinstance(error, Invalid):
        return error
    names = {"/validFrom": "/vanaf", "/by": "/inhoud"}
    faults = [Fault(names.get(one.pointer, one.pointer), one.text) for one in error.faults]
    return Invalid(error.text, faults)


def _fault(pointer: str, text: Text) -> Invalid:
    return Invalid(text, [Fault(pointer, text)])


def _refusals(problems: WorkflowProblems) -> list[Refusal]:
    def told(one: Located) -> Refusal:
        return Refusal(one.line, one.text, stops(one.witness, problems.workflow))

    return [told(one) for one in problems.problems]


def _lines(certificate: Certificate, workflow: Workflow) -> list[Line]:
    return [
        Line(
            verdict,
            stops(verdict.witness, workflow) if verdict.holds else (),
            [(one.text, stops(one.witness, workflow)) for one in verdict.problems],
        )
        for verdict in certificate.verdicts
    ]


def stops(path: Path, workflow: Workflow | None) -> list[Stop]:
    """Return *path* in the words of the stages: the start first; of a long one the ends."""
    if not path or workflow is None:
        return []
    found = [Stop(same(""), _stage(workflow, path[0].source))]
    for step in path:
        move = workflow.moves.get(step.source, {}).get(step.trigger)
        by = same(step.trigger) if move is None else move.label
        found.append(Stop(by, _stage(workflow, step.target)))
    if len(found) > MOST_STEPS:
        half = MOST_STEPS // 2
        left_out = len(found) - 2 * half
        between = Text(f"nog {left_out} stappen", f"{left_out} more steps")
        found = [*found[:half], Stop(same(""), between), *found[-half:]]
    return found


def _stage(workflow: Workflow, name: str) -> Text:
    stage = workflow.stages.get(name)
    return same(name) if stage is None else stage.label


PAGES = (
    Page("/proces/aannemen", show=show_adoption, send=send_adoption),
    Page("/proces/{name}/{version}/certificaat", show=show),
)
