"""Mijn werk: what a reader must answer, for whom and by when; what he was told; what he follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.domain.errors import Conflict, NotFound
from impasse.domain.text import Text
from impasse.web import dossier_forms as forms
from impasse.web.course import otherwise
from impasse.web.dossier import see_case
from impasse.web.escalation_card import runs_card
from impasse.web.tasks_card import tasks_card
from impasse.web.visit import Page, Visit
from impasse.web.work_list import Kind, work_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from impasse.web.dossier import Seen
    from impasse.web.escalation_card import RunCard
    from impasse.web.tasks_card import TaskGroup, TaskLine
    from impasse.web.work_list import Work, WorkItem

PATH = "/mijn-werk"
VIEWS = ("taken", "gevolgd")

_DONE = {
    "pak-op": Text("Opgepakt.", "Taken up."),
    "oppakken": Text("Opgepakt. Het staat in het verloop.", "Taken up. It is in the timeline."),
    "rond-af": Text("Afgerond. Het staat in het verloop.", "Completed. It is in the timeline."),
}
_NOTHING = Text("", "")


@dataclass(frozen=True, slots=True)
class Preview:
    """One line with the case around it, and the form that settles it."""

    item: WorkItem
    seen: Seen | None
    group: TaskGroup | None = None
    line: TaskLine | None = None
    otherwise: Text = _NOTHING
    run: RunCard | None = None


def show(visit: Visit) -> Response:
    """Show what waits for the reader, what was told, or what goes on without."""
    wanted = visit.query.get("weergave", "")
    view = wanted if wanted in VIEWS else VIEWS[0]
    work = work_of(visit)
    chosen = _chosen(visit, work) if view == "taken" else None
    preview = None if chosen is None else _preview(visit, chosen)
    return visit.page(
        "work.html",
        place="mijn-werk",
        view=view,
        work=work,
        preview=preview,
        case=None if preview is None or preview.seen is None else preview.seen.case,
        sent=forms.NOTHING,
        news=[],
        key=forms.new_key(),
        done=_DONE.get(visit.query.get("gedaan", "")),
    )


def _chosen(visit: Visit, work: Work) -> WorkItem | None:
    """Return the line that was asked for; else the first that waits."""
    asked = work.find(visit.query.get("taak", ""))
    return asked or next(iter((*work.now, *work.soon, *work.later)), None)


def _preview(visit: Visit, item: WorkItem) -> Preview:
    """Return *item* with its case; one that can no longer be read is shown by its line alone."""
    try:
        seen = see_case(visit, item.card.line.id)
    except (NotFound, Conflict):
        return Preview(item, None)
    case, today, calendar = seen.case, seen.today, visit.house.calendar
    stage = seen.workflow.stages.get(case.stage)
    told = Text("", "") if stage is None else otherwise(case, stage, seen.workflow, today, calendar)
    if item.kind is Kind.TASK:
        for group in tasks_card(case, seen.workflow, visit.actor, today):
            for line in group.lines:
                if line.task.id == item.subject:
                    return Preview(item, seen, group, line, told)
    if item.kind is Kind.ESCALATION:
        run = next((card for card in runs_card(seen) if card.run.id == item.subject), None)
        return Preview(item, seen, otherwise=told if run is None else _NOTHING, run=run)
    return Preview(item, seen, otherwise=told)


PAGES = (Page(PATH, show=show),)
