"""Het proces: how a procedure runs, counted from the cases that the reader may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from markupsafe import Markup

from impasse.adapters.exports.ageing_drawing import Column, Dot, ageing_drawing
from impasse.adapters.exports.flow_drawing import MOST_DRAWN, flow_drawing
from impasse.adapters.sql.flow import courses
from impasse.domain.adoption import Validity
from impasse.domain.calendar import FIRST_DAY, LAST_DAY
from impasse.domain.errors import NotFound
from impasse.domain.flow import flow, is_resolution, places, within
from impasse.domain.length import Unit
from impasse.domain.people import Role
from impasse.domain.terms import reckon
from impasse.domain.text import Text
from impasse.domain.tier import Tier
from impasse.domain.workflow import StageKind
from impasse.web.visit import Page, Visit
from impasse.web.words import TermCount
from impasse.wiring import PROCEDURE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.responses import Response

    from impasse.domain.adoption import Version as Adopted
    from impasse.domain.flow import Age, Flow, Running, StageFlow
    from impasse.domain.workflow import Stage, Workflow

_HEATS, _FEW = 3, 9
_YEAR = 12
_SEES_ALL = frozenset({Role.SECRETARIAT})


@dataclass(frozen=True, slots=True)
class Period:
    """The days that are counted, both included, and what was wrong with what was asked."""

    first: date
    last: date
    faults: tuple[tuple[str, Text], ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """An adopted version of a procedure, with the pages about it that this house has."""

    version: str
    adopted_by: str
    adopted_on: date
    valid_from: date | None
    content_hash: str
    certificate: str
    simulation: str


@dataclass(frozen=True, slots=True)
class Row:
    """One stage in numbers, as the table and the list on a phone tell them."""

    flow: StageFlow
    came: int
    went_on: int
    back: int
    solved: int
    stopped: int
    paused: int
    term_days: int | None
    oldest: Age | None
    oldest_state: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """So many times from one stage to another."""

    source: Text
    target: Text
    count: int


def show(visit: Visit) -> Response:
    """Show how a procedure runs."""
    adopted = visit.house.procedures.versions(visit.today)
    if not adopted:
        return visit.page("process.html", place="proces", flow=None, status=404)
    name, version = _chosen(visit, adopted)
    procedures = visit.house.procedures
    workflow = procedures.get(name, version or _newest(adopted, name)).workflow
    period = _period(visit)
    today, calendar = visit.today, visit.house.calendar
    found = courses(
        visit.house.database,
        visit.actor,
        calendar,
        name=name,
        version=version,
        first=period.first,
        today=today,
    )
    counted = flow(workflow, found, period.first, period.last)
    shown = [*counted.stages, *(one for one in counted.pauses if one.open)]
    rows = [_row(one, counted, visit) for one in (*counted.stages, *counted.pauses)]
    listed = len(counted.stages) > MOST_DRAWN
    return visit.page(
        "process.html",
        place="proces",
        status=422 if period.faults else 200,
        flow=counted,
        period=period,
        faults=[(at, visit.tell(words)) for at, words in period.faults],
        rows=rows,
        stages=rows[: len(counted.stages)],
        listed=listed,
        drawing=Markup(flow_drawing(counted, visit.language, _stage_href(name))),  # noqa: S704 escaped by the tree that it is written from
        ageing=_ageing(shown, visit) if counted.open - counted.elsewhere else "",
        aged=[row for row in rows if row.flow in shown],
        arrows=_arrows(counted),
        endings=_endings(counted),
        matrix=_matrix(counted, shown),
        columns=shown,
        names=_names(visit, adopted),
        name=name,
        version=version,
        versions=_versions(visit, [row for row in adopted if row.name == name]),
        everything=bool(visit.actor.roles & _SEES_ALL),
        suspends=_suspends(workflow),
        migrations="/proces/migraties" in visit.places,
        calendar_page="/kalender" in visit.places,
    )


def _chosen(visit: Visit, adopted: Sequence[Adopted]) -> tuple[str, str]:
    """Return the name and version that are asked for; "" for every version.

    Raises `NotFound` for what was never adopted.
    """
    names = {row.name for row in adopted}
    name = visit.query.get("procedure", "")
    if not name:
        name = PROCEDURE if PROCEDURE in names else adopted[0].name
    version = visit.query.get("versie", "")
    known = name in names and (
        not version or any(row.name == name and row.version == version for row in adopted)
    )
    if not known:
        raise NotFound(
            Text(
                "Deze procedure of versie is hier niet aangenomen. Kies er een op de pagina "
                "Proces.",
                "This procedure or version was not adopted here. Choose one on the page Process.",
            )
        )
    return name, version


def _period(visit: Visit) -> Period:
    """Return the days that are asked for; the last twelve months where that cannot be read."""
    usual = within(visit.today, months=_YEAR)
    first, wrong_first = _day(visit, "van", usual[0])
    last, wrong_last = _day(visit, "tot", visit.today)
    faults = [*wrong_first, *wrong_last]
    if not faults and first > last:
        faults.append(
            (
                "p-van",
                Text(
                    "De eerste dag ligt na de laatste. Kies een eerdere eerste dag.",
                    "The first day lies after the last. Choose an earlier first day.",
                ),
            )
        )
    return Period(*usual, tuple(faults)) if faults else Period(first, last)


def _day(visit: Visit, name: str, otherwise: date) -> tuple[date, list[tuple[str, Text]]]:
    asked = visit.query.get(name, "").strip()
    if not asked:
        return otherwise, []
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        day = None
    if day is not None and FIRST_DAY <= day <= LAST_DAY:
        return day, []
    years = f"{FIRST_DAY.year}-{LAST_DAY.year}"
    words = Text(
        f"“{asked[:20]}” is geen dag tussen {years}. Schrijf de dag zo: 2026-11-23.",
        f"“{asked[:20]}” is no day in {years}. Write the day like this: 2026-11-23.",
    )
    return otherwise, [(f"p-{name}", words)]


def _stage_href(name: str) -> Callable[[Stage], str]:
    """Return where a box leads: to its column on the board, when the board has it."""

    def href(stage: Stage) -> str:
        return f"/impasses#fase-{stage.number}" if name == PROCEDURE and stage.number else ""

    return href


def _row(one: StageFlow, counted: Flow, visit: Visit) -> Row:
    order = places(counted.workflow)
    stages = counted.workflow.stages
    name = one.stage.name
    tally = {"went_on": 0, "back": 0, "solved": 0, "stopped": 0, "paused": 0}
    for (source, target), count in counted.arrows.items():
        if source != name:
            continue
        kind = stages[target].kind if target in stages else None
        if kind is StageKind.PAUSE:
            tally["paused"] += count
        elif kind is StageKind.ENDING:
            solved = is_resolution(stages[target], counted.workflow)
            tally["solved" if solved else "stopped"] += count
        elif name in order and order.get(target, len(order)) <= order[name]:
            tally["back"] += count
        else:
            tally["went_on"] += count
    came = sum(count for (_, target), count in counted.arrows.items() if target == name)
    oldest = one.ages[-1] if one.ages else None
    return Row(
        flow=one,
        came=came + counted.begun.get(name, 0),
        term_days=_term_days(one.stage, visit),
        oldest=oldest,
        oldest_state="" if oldest is None else _state(oldest, visit),
        **tally,
    )


def _term_days(stage: Stage, visit: Visit) -> int | None:
    """Return how many working days the term of *stage* holds when it begins today.

    None when it has none, the parties name its last day, or it is counted in hours.
    """
    if stage.term is None or stage.term.agreed or stage.term.rule.length.unit is Unit.HOURS:
        return None
    calendar = visit.house.calendar
    end = reckon(stage.term.rule, visit.today, calendar).end
    return calendar.kept_by(stage.term.rule.basis).working_days_between(visit.today, end)


def _state(age: Age, visit: Visit) -> str:
    """Return the word for how the term of a case stands: late, warn, hold or ""."""
    if age.suspended:
        return "hold"
    if age.term is None:
        return ""
    state = _count(age.term, visit).state
    return "" if state == "ok" else state


def _count(term: Running, visit: Visit) -> TermCount:
    today, calendar = visit.today, visit.house.calendar.agreed
    left = calendar.working_days_between(today, term.end)
    return TermCount(
        end=term.end,
        total=calendar.working_days_between(term.start, term.end),
        done=max(0, calendar.working_days_between(term.start, today)),
        left=max(0, left),
        late=today > term.end,
        late_by=max(0, -left),
    )


_STATES = {
    "late": Text(", te laat", ", late"),
    "warn": Text(", bijna te laat", ", almost late"),
    "hold": Text(", opgeschort", ", suspended"),
}


def _ageing(shown: Sequence[StageFlow], visit: Visit) -> Markup:
    columns = [
        Column(
            heading=_heading(one.stage, visit),
            spread=one.spread,
            term=_term_days(one.stage, visit),
            dots=tuple(_dot(age, visit) for age in one.ages),
        )
        for one in shown
    ]
    return Markup(ageing_drawing(columns, visit.language))  # noqa: S704 escaped by the tree that it is written from


def _dot(age: Age, visit: Visit) -> Dot:
    state = _state(age, visit)
    days = Text(
        f"{age.days} {'werkdag' if age.days == 1 else 'werkdagen'}",
        f"{age.days} working {'day' if age.days == 1 else 'days'}",
    )
    words = visit.tell(days + _STATES[state] if state else days)
    return Dot(age.days, f"{age.title}: {words}", f"/impasses/{age.case}", state)


def _heading(stage: Stage, visit: Visit) -> str:
    label = visit.tell(stage.label)
    return label if stage.number is None else f"{stage.number} {label}"


def _arrows(counted: Flow) -> list[Arrow]:
    """Return every arrow that cases took, in the order of the stages they left."""
    stages = counted.workflow.stages
    order = {name: place for place, name in enumerate(stages)}

    def label(name: str) -> Text:
        return stages[name].label if name in stages else Text(name or "?", name or "?")

    taken = sorted(
        counted.arrows.items(),
        key=lambda item: [order.get(name, len(order)) for name in item[0]],
    )
    return [Arrow(label(source), label(target), count) for (source, target), count in taken]


def _endings(counted: Flow) -> list[tuple[Stage, int]]:
    stages = counted.workflow.stages
    return [(stages[name], count) for name, count in counted.endings.items()]


def _matrix(counted: Flow, shown: Sequence[StageFlow]) -> list[tuple[Tier, list[tuple[int, int]]]]:
    """Return per table, the highest first, how many stand in each stage, and how dark that is."""
    most = max(counted.matrix.values(), default=0)
    found = []
    for tier in reversed(Tier):
        counts = [counted.matrix.get((tier, one.stage.name), 0) for one in shown]
        cells = [(n, min(n, _HEATS) if most <= _FEW else -(-_HEATS * n // most)) for n in counts]
        found.append((tier, cells))
    return found


def _names(visit: Visit, adopted: Sequence[Adopted]) -> list[tuple[str, Text]]:
    """Return each adopted procedure by name, with what it is called in the version in force."""
    procedures = visit.house.procedures
    return [
        (name, procedures.get(name, _newest(adopted, name)).workflow.label)
        for name in dict.fromkeys(row.name for row in adopted)
    ]


def _newest(adopted: Sequence[Adopted], name: str) -> str:
    """Return the version of *name* that is in force, or the next to come when none is yet."""
    versions = [row for row in adopted if row.name == name]
    in_force = [row for row in versions if row.validity is Validity.IN_FORCE]
    return (in_force or versions[-1:])[0].version


def _versions(visit: Visit, rows: Sequence[Adopted]) -> list[Version]:
    ends = {place.rsplit("/", 1)[-1] for place in visit.places if place.startswith("/proces/")}

    def page(row: Adopted, end: str) -> str:
        return f"/proces/{row.name}/{row.version}/{end}" if end in ends else ""

    return [
        Version(
            version=row.version,
            adopted_by=row.adopted_by,
            adopted_on=visit.house.calendar.local_day(row.adopted_at),
            valid_from=row.valid_from,
            content_hash=row.content_hash,
            certificate=page(row, "certificaat"),
            simulation=page(row, "simulatie") if visit.actor.roles & _SEES_ALL else "",
        )
        for row in rows
    ]


def _suspends(workflow: Workflow) -> bool:
    """Whether a term of this procedure can be suspended."""
    return any(
        stage.term is not None and getattr(stage.term, "suspension", None) is not None
        for stage in workflow.stages.values()
    )


PAGES = (Page("/proces", show=show),)
