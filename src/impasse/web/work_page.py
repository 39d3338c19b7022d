"""Mijn werk: what a reader must answer, for whom and by when; what he was told; what he follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from impasse.adapters.sql.inbox import Inbox
from impasse.adapters.sql.notifications import Notifications
from impasse.adapters.sql.runs import RunViews
from impasse.domain.audience import MEETING
from impasse.domain.errors import Conflict, Invalid, NotFound
from impasse.domain.notification import Verdict, event_of, overtaken
from impasse.domain.text import Text
from impasse.web import dossier_forms as forms
from impasse.web.course import otherwise
from impasse.web.dossier import see_case
from impasse.web.escalation_card import runs_card
from impasse.web.tasks_card import tasks_card
from impasse.web.timeline import moment
from impasse.web.visit import Page, Visit
from impasse.web.work_list import MOST_SHOWN, Kind, work_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.responses import Response

    from impasse.adapters.sql.notifications import NotificationLine
    from impasse.web.dossier import Seen
    from impasse.web.escalation_card import RunCard
    from impasse.web.tasks_card import TaskGroup, TaskLine
    from impasse.web.work_list import Work, WorkItem

PATH = "/mijn-werk"
VIEWS = ("taken", "meldingen", "gevolgd")

_DONE = {
    "oordeel": Text(
        "Dank u. U kunt er nog een reden bij geven.", "Thank you. You may still give a reason."
    ),
    "reden": Text("Dank u, uw oordeel is bewaard.", "Thank you, your verdict was kept."),
    "gezien": Text("Alles staat op gezien.", "Everything is marked as seen."),
    "pak-op": Text("Opgepakt.", "Taken up."),
    "oppakken": Text("Opgepakt. Het staat in het verloop.", "Taken up. It is in the timeline."),
    "rond-af": Text("Afgerond. Het staat in het verloop.", "Completed. It is in the timeline."),
}
_NOTHING = Text("", "")
_OF_NO_CASE: Mapping[str, str] = {
    "duty-gap": "/rooster",
    "mail-quarantined": "/post",
    "destination-failing": "/bezorgingen",
}
"""Where that is looked after of which an announcement tells."""

_SHOWN = 50
"""Notifications on one page; older ones are a click away."""


@dataclass(frozen=True, slots=True)
class Told:
    """A notification as the list shows it, when it came, and why nothing is asked any more.

    `over` says so from the escalation as it is now, also when the e-mail had left before.
    """

    line: NotificationLine
    when: Text
    over: Text | None = None


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
    if view == "meldingen":
        return notifications(visit)
    work = work_of(visit)
    chosen = _chosen(visit, work) if view == "taken" else None
    preview = None if chosen is None else _preview(visit, chosen)
    return visit.page(
        "work.html",
        place="mijn-werk",
        view=view,
        work=work,
        preview=preview,
        everything="alles" in visit.query,
        followed=work.followed if "alles" in visit.query else work.followed[:MOST_SHOWN],
        case=None if preview is None or preview.seen is None else preview.seen.case,
        sent=forms.NOTHING,
        news=[],
        key=forms.new_key(),
        done=_DONE.get(visit.query.get("gedaan", "")),
    )


def notifications(visit: Visit, error: Invalid | None = None) -> Response:
    """Show what the reader was told, the newest first; *error* is about the reason that was given.

    Nothing is marked by looking at the list: what is opened from it was seen.
    """
    inbox = Notifications(visit.house.database)
    found = inbox.inbox(visit.actor, after=_after(visit.query.get("na", "")), limit=_SHOWN + 1)
    lines = found[:_SHOWN]
    return visit.page(
        "notifications.html",
        status=422 if error else 200,
        place="mijn-werk",
        view="meldingen",
        lines=_told(visit, lines),
        verdicts=tuple(Verdict),
        newest=lines[0].created_at.isoformat() if lines else "",
        older=lines[-1].key if len(found) > _SHOWN else "",
        first_page=not visit.query.get("na", ""),
        judged=visit.path.get("melding", "") or visit.query.get("geoordeeld", ""),
        fault=error.faults[0].text if error else None,
        typed=visit.field("reden"),
        done=_DONE.get(visit.query.get("gedaan", "")),
    )


def _told(visit: Visit, lines: Sequence[NotificationLine]) -> list[Told]:
    """Return *lines* with what the escalation that asked for an answer says of it by now."""
    actor, kept = visit.actor, RunViews(visit.house.database)
    asked = {line.subject for line in lines if line.run and line.subject and line.asking}
    runs = {(case, run.id): run for case in sorted(asked) for run in kept.of_case(actor, case)}
    told: list[Told] = []
    for line in lines:
        over, run = line.lapsed_because, runs.get((line.subject, line.run))
        if over is None and run is not None:
            late = overtaken(line.type, run, line.created_at, actor.person, actor.organisation)
            over = None if late is None else late.label
        told.append(Told(line, moment(line.created_at, visit.today), over))
    return told


def show_list(visit: Visit) -> Response:
    """Send who reloads the answer to a form back to the list."""
    return visit.redirect(f"{PATH}?weergave=meldingen")


def show_one(visit: Visit) -> Response:
    """Go to what a notification tells of; to look at an address marks nothing."""
    line = Notifications(visit.house.database).one(visit.actor, visit.path["melding"])
    return visit.redirect(_about(line))


def send_one(visit: Visit) -> Response:
    """Open a notification, which was seen then, or say what one thinks of it."""
    if visit.field("actie") != "open":
        return judge(visit)
    line = Notifications(visit.house.database).see(
        visit.actor, visit.path["melding"], visit.house.clock()
    )
    return visit.redirect(_about(line))


def judge(visit: Visit) -> Response:
    """Keep what the reader thinks of a notification; a reason may come after."""
    key, written = visit.path["melding"], visit.field("oordeel")
    house = visit.house
    if written not in set(Verdict):
        raise Invalid(
            Text("Kies een van de vier oordelen.", "Choose one of the four verdicts."),
        )
    try:
        Notifications(house.database).judge(
            visit.actor, key, Verdict(written), visit.field("reden"), house.clock()
        )
    except Invalid as error:
        return notifications(visit, error)
    asked = {"weergave": "meldingen", "gedaan": "oordeel", "geoordeeld": key}
    if "reden" in visit.form:
        asked = {"weergave": "meldingen", "gedaan": "reden"}
    if visit.field("na"):
        asked["na"] = visit.field("na")
    return visit.redirect(f"{PATH}?{urlencode(asked)}#m-{quote(key)}")


def see_all(visit: Visit) -> Response:
    """Write down that everything was seen that stood in the list when it was shown."""
    until = _moment(visit.field("tot"))
    if until is not None:
        Inbox(visit.house.database).see_all(visit.actor, until, visit.house.clock())
    return visit.redirect(f"{PATH}?weergave=meldingen&gedaan=gezien")


def _about(line: NotificationLine) -> str:
    """Return the page of what a notification tells of; the list when there is none."""
    if not line.subject:
        here = f"{PATH}?weergave=meldingen#m-{quote(line.id)}"
        return _OF_NO_CASE.get(event_of(line.type), here)
    if line.subject.startswith(MEETING):
        return f"/overleg/{quote(line.subject.removeprefix(MEETING))}"
    return f"/impasses/{quote(line.subject)}{'#opschaling' if line.run else ''}"


def _after(written: str) -> tuple[datetime, str] | None:
    """Return the moment and the id after which a list goes on; from the start when unreadable."""
    moment_, _, key = written.partition(" ")
    at = _moment(moment_)
    return (at, key) if at is not None and key.isprintable() else None


def _moment(written: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return None
    return None if at.tzinfo is None else at


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


PAGES = (
    Page(PATH, show=show),
    Page(f"{PATH}/meldingen", show=show_list, send=see_all),
    Page(f"{PATH}/meldingen/{{melding}}", show=show_one, send=send_one),
)
