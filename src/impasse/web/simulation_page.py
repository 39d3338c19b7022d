"""A simulation of one version of a procedure, as the secretariat asks for it.

The form is a question, so it is sent by GET: the address of an answer can be kept and shared, and
gives the same answer again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from markupsafe import Markup

from impasse.adapters.files.assumptions import (
    LEAST_PER_MONTH,
    MOST_PER_MONTH,
    MOST_STAFF,
    NOBODY,
    Stated,
)
from impasse.adapters.sql.stays import kept_stays
from impasse.domain.errors import NotAllowed
from impasse.domain.people import Role
from impasse.domain.text import Text
from impasse.simulation.assumptions import PER_MONTH, assume, says_enough
from impasse.simulation.monte_carlo import simulate
from impasse.simulation.picture import picture
from impasse.simulation.report import assumptions_told, notices, tables
from impasse.web.visit import Page, Visit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.responses import Response

    from impasse.adapters.sql.stays import KeptStay
    from impasse.domain.machine import CompiledWorkflow
    from impasse.domain.workflow import Workflow
    from impasse.simulation.assumptions import Assumptions

MOST_CASES, USUAL_CASES = 2_000, 1_000
"""A page answers within a second; thousands more are for the command line."""

_MOST_SEED = 999_999_999


@dataclass(frozen=True, slots=True)
class _Field:
    """One field of the form: what was asked, and what is wrong with it."""

    name: str
    label: Text
    value: str
    least: float
    most: float
    step: str = "1"
    fault: Text | None = None

    @property
    def key(self) -> str:
        """The id of the field on the page."""
        return f"sim-{self.name}"


@dataclass(slots=True)
class _Form:
    """What is asked: the fields as they were sent, and the numbers in them."""

    query: Mapping[str, str]
    fields: list[_Field] = field(default_factory=list)

    def number(
        self, name: str, label: Text, usual: float, least: float, most: float, *, whole: bool = True
    ) -> float:
        """Add a field, and return its number: the usual one when there is none to use."""
        usual_words = f"{usual:g}"
        sent = self.query.get(name, "").strip()
        found = _read(sent or usual_words, whole=whole)
        fault = None
        if found is None or not least <= found <= most:
            found = None
            fault = Text(
                f"{label.nl}: kies een {'heel ' if whole else ''}getal van {least:g} tot en met "
                f"{most:g}.".replace("0.1", "0,1"),
                f"{label.en}: choose a {'whole ' if whole else ''}number from {least:g} to "
                f"{most:g}.",
            )
        self.fields.append(
            _Field(
                name, label, sent or usual_words, least, most, "1" if whole else "0.1", fault=fault
            )
        )
        return usual if found is None else found

    @property
    def faults(self) -> list[_Field]:
        """The fields that cannot be used."""
        return [one for one in self.fields if one.fault is not None]


def show(visit: Visit) -> Response:
    """Show the form, and the outcome when something was asked."""
    if not visit.actor.has(Role.SECRETARIAT):
        raise NotAllowed(
            Text(
                "Een simulatie is er voor het secretariaat.",
                "A simulation is for the secretariat.",
            )
        )
    house = visit.house
    compiled = house.procedures.get(visit.path["name"], visit.path["version"])
    workflow = compiled.workflow
    form = _Form(visit.query)
    cases = form.number("zaken", Text("Aantal zaken", "Cases"), USUAL_CASES, 1, MOST_CASES)
    seed = form.number("toeval", Text("Toevalsgetal", "Seed"), 1, 0, _MOST_SEED)
    per_month = form.number(
        "per-maand",
        Text("Nieuwe zaken per maand", "New cases per month"),
        PER_MONTH,
        LEAST_PER_MONTH,
        MOST_PER_MONTH,
        whole=False,
    )
    staff = {
        desk.role: int(
            form.number(
                f"mensen-{desk.role.value}", _people(desk.role), desk.staff or 1, 1, MOST_STAFF
            )
        )
        for desk in assume(workflow, house.calendar).desks
        if desk.role not in NOBODY
    }
    asked = "zaken" in visit.query
    with_history = visit.query.get("historie") == "ja" if asked else _lived(visit, workflow)
    found = None
    if asked and not form.faults:
        stated = Stated(per_month=per_month, staff=staff)
        assumed = _assumed(visit, workflow, stated, with_history=with_history)
        found = _found(visit, compiled, assumed, cases=int(cases), seed=int(seed))
    return visit.page(
        "simulation.html",
        status=422 if form.faults else 200,
        place="proces",
        workflow=workflow,
        form=form,
        faults=[(one.key, visit.tell(one.fault)) for one in form.faults if one.fault is not None],
        with_history=with_history,
        most=MOST_CASES,
        found=found,
    )


def _people(role: Role) -> Text:
    label = role.label
    return Text(f"Mensen met rol {label.nl}", f"People with role {label.en}")


def _read(written: str, *, whole: bool) -> float | None:
    """Return the number in *written*, with a comma or a point; None when there is none."""
    plain = written.replace(",", ".")
    digits = plain.replace(".", "", 0 if whole else 1)
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 12:  # noqa: PLR2004
        return None
    return float(plain)


def _assumed(
    visit: Visit, workflow: Workflow, stated: Stated, *, with_history: bool
) -> Assumptions:
    past = _past(visit, workflow) if with_history else ()
    return assume(workflow, visit.house.calendar, stated, past)


def _lived(visit: Visit, workflow: Workflow) -> bool:
    """Whether enough happened here already to reckon with, unless the reader decides otherwise."""
    return says_enough(_past(visit, workflow))


def _past(visit: Visit, workflow: Workflow) -> Sequence[KeptStay]:
    house = visit.house
    return kept_stays(house.database, house.calendar, visit.today, name=workflow.name)


def _found(
    visit: Visit, compiled: CompiledWorkflow, assumed: Assumptions, *, cases: int, seed: int
) -> dict[str, object]:
    """Return what the page shows of an outcome."""
    outcome = simulate(compiled, assumed, visit.house.calendar, cases=cases, seed=seed)
    return {
        "picture": Markup(picture(outcome, visit.language)),  # noqa: S704 - drawn here, escaped
        "tables": tables(outcome),
        "notices": notices(outcome),
        "assumptions": assumptions_told(outcome),
    }


PAGES = (Page("/proces/{name}/{version}/simulatie", show=show),)
