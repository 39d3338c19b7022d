"""One task: take it up, complete it, withdraw it, open it anew, or go on without the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.domain.commands import (
    CloseTasks,
    CompleteTask,
    ReopenTask,
    StartTask,
    WithdrawTask,
)
from impasse.domain.errors import Conflict, ImpasseError, Invalid, NotFound
from impasse.domain.tasks import no_such_task
from impasse.domain.text import Text
from impasse.web import dossier_forms as forms
from impasse.web.dossier import Seen, frame_of, news_of, see
from impasse.web.tasks_card import tasks_card
from impasse.web.visit import Page, Visit

if TYPE_CHECKING:
    from starlette.responses import Response

    from impasse.domain.commands import CaseCommand
    from impasse.web.tasks_card import TaskGroup, TaskLine


def show(visit: Visit) -> Response:
    """Show the task, and what the reader can do with it; raises `NotFound`."""
    seen = see(visit)
    return _page(seen, forms.NOTHING, _find(seen))


def send(visit: Visit) -> Response:
    """Do what the form asks, or show it again with what is in the way.

    The page a reader looked at may be older: work of others in the same stage is no hindrance, so
    the revision of the case is not asked for. Of the task itself the engine knows how it stands.
    When the case has left the stage meanwhile, what was typed is shown all the same.
    """
    seen = see(visit)
    act = visit.field("daad") or "onbekend"
    try:
        visit.handle(_read(seen, act), key=forms.key_of(visit))
    except NotFound as error:
        return _page(see(visit), forms.refused(visit, act, Conflict(error.text)), None)
    except ImpasseError as error:
        now = see(visit)
        return _page(now, forms.refused(visit, act, error), _sought(now))
    if visit.field("terug") == "mijn-werk":
        return visit.redirect(f"/mijn-werk?gedaan={act}")
    return visit.redirect(f"/impasses/{seen.case.id}?gedaan={act}#werk")


def _read(seen: Seen, act: str) -> CaseCommand:
    visit, case = seen.visit, seen.case.id
    number = visit.path["taak"]
    match act:
        case "pak-op":
            return StartTask(case, number)
        case "rond-af":
            return CompleteTask(case, number, visit.field("antwoord"), visit.field("toelichting"))
        case "trek-in":
            return WithdrawTask(case, number, visit.field("reden"))
        case "doe-opnieuw":
            return ReopenTask(case, number, visit.field("reden"))
        case "sluit-af":
            group, _line = _find(seen)
            return CloseTasks(case, group.name, visit.field("reden"))
        case _:
            raise Invalid(
                Text(
                    "Dit formulier is beschadigd bij ons aangekomen. Verstuur het nog eens.",
                    "This form reached us damaged. Send it once more.",
                )
            )


def _sought(seen: Seen) -> tuple[TaskGroup, TaskLine] | None:
    """Return the task of this address with those of its name, if the stage has it."""
    number = seen.visit.path["taak"]
    for group in tasks_card(seen.case, seen.workflow, seen.visit.actor, seen.today):
        for line in group.lines:
            if line.task.id == number:
                return group, line
    return None


def _find(seen: Seen) -> tuple[TaskGroup, TaskLine]:
    """Return what is sought, or say where to look."""
    found = _sought(seen)
    if found is None:
        raise no_such_task(seen.visit.path["taak"], seen.case)
    return found


def _page(seen: Seen, sent: forms.Sent, found: tuple[TaskGroup, TaskLine] | None) -> Response:
    group, line = found or (None, None)
    return seen.visit.page(
        "dossier/taak.html",
        status=sent.status,
        place="impasses",
        **frame_of(seen, ""),
        sent=sent,
        news=news_of(seen, sent),
        group=group,
        line=line,
    )


PAGES = (Page("/impasses/{id}/werk/{taak}", show=show, send=send),)
