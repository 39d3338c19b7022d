"""Overstappen: running cases that move to another version, planned, looked at and carried out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from impasse.adapters.sql.migrations_of_cases import SqlMigrations
from impasse.domain.carried_term import day_of
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from impasse.domain.people import Role
from impasse.domain.term_acts import TermPolicy
from impasse.domain.text import Text, same
from impasse.domain.workflow import StageKind
from impasse.engine.migrating import ItemState, MigrationState
from impasse.web.visit import Page, Visit
from impasse.web.words import day_short_year
from impasse.wiring import build_migrator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.responses import Response

    from impasse.domain.adoption import Version
    from impasse.domain.errors import ImpasseError
    from impasse.domain.workflow import Stage, Workflow
    from impasse.engine.migrating import Item

MOST_SHOWN = 100
"""So many cases of a migration stand on its page; of more, how many."""

_DONE = {
    "uitgevoerd": Text(
        "De overstap is uitgevoerd. Hieronder staat wat er met elke zaak gebeurde.",
        "The migration was carried out. Below is what became of each case.",
    ),
    "ongedaan": Text(
        "De overstap is ongedaan gemaakt waar dat nog kon.",
        "The migration was undone where that was still possible.",
    ),
}
_NONE_YET = Text(
    "Er stapte nog geen zaak over. Hieronder staat per zaak waarop zij wacht.",
    "No case was migrated yet. Below is what each case waits for.",
)
_TONES = {
    ItemState.PLANNED: "acc",
    ItemState.LACKING: "warn",
    ItemState.HINDERED: "late",
    ItemState.CHANGED: "warn",
    ItemState.DONE: "ok",
    ItemState.UNDONE: "line",
    ItemState.GONE: "line",
}
_CHOICE = "fase-"
"""What stands before the name of a stage in the form."""


@dataclass(frozen=True, slots=True)
class TimerLine:
    """A promise about time as it is now and as it will be, in words."""

    what: Text
    before: Text
    after: Text
    why: Text


@dataclass(frozen=True, slots=True)
class PlanShown:
    """What a move does to one case, as pages show it."""

    road: Text
    end_before: date | None
    end: date | None
    timers: tuple[TimerLine, ...]
    work: tuple[Text, ...]
    moves: tuple[Text, ...]
    notes: tuple[Text, ...]
    hindrances: tuple[Text, ...]
    lacking: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ItemShown:
    """One case of a migration: its plan, and what became of it."""

    case: str
    title: str
    state: ItemState
    tone: str
    told: Text
    plan: PlanShown


@dataclass(frozen=True, slots=True)
class StageChoice:
    """A stage of the present version, and where its cases go."""

    stage: Stage
    choices: tuple[Stage, ...]
    chosen: str
    cases: int


def plan_shown(kept: Mapping[str, Any]) -> PlanShown:
    """Return a plan as `CasePlan.as_json` tells it, ready for a page."""

    def texts(key: str) -> tuple[Text, ...]:
        return tuple(_text(one) for one in kept[key])

    before, after = _text(kept["stage_label"]), _text(kept["to_stage_label"])
    road = before if before == after else before + same(" → ") + after
    return PlanShown(
        road=road,
        end_before=_day(kept["end_before"]),
        end=_day(kept["end"]),
        timers=tuple(
            TimerLine(
                _text(one["what"]),
                _rings(one, "before", _NOT_NOW),
                _rings(one, "after", _GOES),
                _text(one["why"]),
            )
            for one in kept["timers"]
        ),
        work=(*texts("tasks_going"), *texts("tasks_coming")),
        moves=texts("moves"),
        notes=texts("notes"),
        hindrances=texts("hindrances"),
        lacking=tuple(kept["lacking"]),
    )


_NOT_NOW = Text("nu niet", "not now")
_GOES = Text("vervalt", "goes")


def show_list(visit: Visit) -> Response:
    """Show every migration, the newest first."""
    _refuse_others(visit)
    ledger = SqlMigrations(visit.house.database)
    counts = ledger.counts()
    return visit.page(
        "migrations.html",
        place="proces",
        found=[(one, _progress(counts.get(one.id, {}))) for one in ledger.all()],
    )


def show_new(visit: Visit) -> Response:
    """Show the choice of versions, and then of stages."""
    _refuse_others(visit)
    return _new_page(visit, visit.query)


def _new_page(
    visit: Visit, asked: Mapping[str, Any], error: ImpasseError | None = None
) -> Response:
    house = visit.house
    adopted = house.procedures.versions(visit.today)
    names = list(dict.fromkeys(row.name for row in adopted))
    name = str(asked.get("procedure", ""))
    if name not in names:
        name = next((one for one in names if _several(adopted, one)), names[0] if names else "")
    versions = [row.version for row in adopted if row.name == name]
    source, target = str(asked.get("van", "")), str(asked.get("naar", ""))
    chosen = source in versions and target in versions and source != target
    choices: list[StageChoice] = []
    if chosen:
        old = house.procedures.get(name, source).workflow
        new = house.procedures.get(name, target).workflow
        choices = _choices(visit, old, new, asked)
    faults = list(error.faults) if isinstance(error, Invalid) else []
    return visit.page(
        "migration_new.html",
        place="proces",
        status=422 if error else 200,
        name=name,
        names=[
            (one, house.procedures.get(one, _newest(adopted, one)).workflow.label) for one in names
        ],
        versions=versions,
        source=source or (versions[1] if len(versions) > 1 else ""),
        target=target or (versions[0] if versions else ""),
        chosen=chosen,
        choices=choices,
        policies=list(TermPolicy),
        policy=str(asked.get("termijn", "")),
        error=None if error is None else error.text,
        faults=faults,
        asked="van" in asked and not chosen,
    )


def _several(adopted: Sequence[Version], name: str) -> bool:
    return sum(one.name == name for one in adopted) > 1


def _newest(adopted: Sequence[Version], name: str) -> str:
    return next(one.version for one in adopted if one.name == name)


def _choices(
    visit: Visit, old: Workflow, new: Workflow, asked: Mapping[str, Any]
) -> list[StageChoice]:
    """Return the stages in which cases stand, or that are called otherwise, with their choices."""
    ledger = SqlMigrations(visit.house.database)
    counts = ledger.stages_of(old.name, old.version)
    found = []
    for stage in old.stages.values():
        if stage.kind is StageKind.ENDING or (
            stage.name in new.stages and not counts.get(stage.name)
        ):
            continue
        choices = tuple(one for one in new.stages.values() if one.kind is stage.kind)
        likely = stage.name
        if likely not in new.stages:
            likely = next((one.name for one in choices if one.label == stage.label), "")
        chosen = str(asked.get(f"{_CHOICE}{stage.name}", likely))
        found.append(StageChoice(stage, choices, chosen, counts.get(stage.name, 0)))
    return found


def send_new(visit: Visit) -> Response:
    """Plan the migration, and show the plan; what is wrong shows beside what was chosen."""
    _refuse_others(visit)
    stages = {
        key.removeprefix(_CHOICE): visit.field(key)
        for key in visit.form
        if key.startswith(_CHOICE)
        and visit.field(key)
        and visit.field(key) != key.removeprefix(_CHOICE)
    }
    policy = visit.field("termijn")
    try:
        migration, _ = build_migrator(visit.house).plan(
            visit.field("procedure"),
            (visit.field("van"), visit.field("naar")),
            visit.actor,
            stages=stages,
            policy=TermPolicy(policy) if policy in set(TermPolicy) else None,
        )
    except (Invalid, NotFound) as error:
        typed = {key: visit.field(key) for key in visit.form}
        return _new_page(visit, typed, error)
    return visit.redirect(f"/proces/migraties/{migration.id}")


def show_one(visit: Visit) -> Response:
    """Show the plan of a migration, or what became of it."""
    _refuse_others(visit)
    return _one_page(visit)


def _one_page(visit: Visit, refused: Text | None = None) -> Response:
    ledger = SqlMigrations(visit.house.database)
    migration = ledger.get(visit.path["id"])
    items = ledger.items(migration.id)
    counts = {state: sum(item.state is state for item in items) for state in ItemState}
    ready = counts[ItemState.PLANNED] + counts[ItemState.CHANGED]
    undoable = migration.state is MigrationState.UNDOING or counts[ItemState.DONE] > 0
    old = visit.house.procedures.get(migration.name, migration.from_version).workflow
    new = visit.house.procedures.get(migration.name, migration.to_version).workflow
    return visit.page(
        "migration.html",
        place="proces",
        status=200 if refused is None else 409,
        migration=migration,
        label=new.label,
        renamed=[
            (old.stage(source).label, new.stage(target).label)
            for source, target in migration.stages.items()
        ],
        planned_on=day_short_year(migration.planned_at.astimezone(AMSTERDAM).date()),
        items=[_shown(item) for item in sorted(items, key=_urgency)[:MOST_SHOWN]],
        more=max(0, len(items) - MOST_SHOWN),
        total=len(items),
        counts=[(state, _TONES[state], counts[state]) for state in ItemState if counts[state]],
        progress=_progress(counts),
        ready=ready,
        may_run=migration.state not in {MigrationState.UNDOING, MigrationState.UNDONE}
        and any(
            counts[one]
            for one in (
                ItemState.PLANNED,
                ItemState.LACKING,
                ItemState.HINDERED,
                ItemState.CHANGED,
            )
        ),
        may_undo=undoable and migration.state is not MigrationState.UNDONE,
        broken=migration.state in {MigrationState.RUNNING, MigrationState.UNDOING},
        moving=sum(_moves(item) for item in items),
        done=_done(visit, counts),
        refused=refused,
    )


def _done(visit: Visit, counts: Mapping[ItemState, int]) -> Text | None:
    """Return what the page says after an act; nothing is called carried out that was not."""
    asked = visit.query.get("gedaan", "")
    if asked == "uitgevoerd" and not counts[ItemState.DONE]:
        return _NONE_YET
    return _DONE.get(asked)


def _moves(item: Item) -> bool:
    """Whether the end of the term of a case becomes another day."""
    end = item.plan.get("end")
    return end is not None and end != item.plan.get("end_before")


_ORDER = (
    ItemState.HINDERED,
    ItemState.CHANGED,
    ItemState.LACKING,
    ItemState.PLANNED,
    ItemState.DONE,
    ItemState.UNDONE,
    ItemState.GONE,
)


def _urgency(item: Item) -> tuple[int, bool, str]:
    """What asks for attention comes first."""
    return _ORDER.index(item.state), not item.told.nl, item.case


def _shown(item: Item) -> ItemShown:
    return ItemShown(
        case=item.case,
        title=str(item.plan.get("title", "")),
        state=item.state,
        tone=_TONES[item.state],
        told=item.told,
        plan=plan_shown(item.plan),
    )


def _progress(counts: Mapping[ItemState, int]) -> tuple[int, int]:
    """Return how many cases are settled, of how many."""
    settled = (ItemState.DONE, ItemState.UNDONE, ItemState.GONE)
    return sum(counts.get(one, 0) for one in settled), sum(counts.values())


def send_run(visit: Visit) -> Response:
    """Carry out the migration, or go on with it."""
    _refuse_others(visit)
    try:
        build_migrator(visit.house).carry_out(visit.path["id"], visit.actor)
    except Conflict as error:
        return _one_page(visit, error.text)
    return visit.redirect(f"/proces/migraties/{visit.path['id']}?gedaan=uitgevoerd")


def send_undo(visit: Visit) -> Response:
    """Undo the migration where that is still possible."""
    _refuse_others(visit)
    try:
        build_migrator(visit.house).undo(visit.path["id"], visit.actor)
    except Conflict as error:
        return _one_page(visit, error.text)
    return visit.redirect(f"/proces/migraties/{visit.path['id']}?gedaan=ongedaan")


def _back(visit: Visit) -> Response:
    return visit.redirect(f"/proces/migraties/{visit.path['id']}")


def _refuse_others(visit: Visit) -> None:
    if not visit.actor.has(Role.SECRETARIAT):
        raise NotAllowed(
            Text(
                "Zaken laten overstappen op een andere versie doet het secretariaat.",
                "Moving cases to another version is for the secretariat.",
            )
        )


def _text(kept: Mapping[str, str]) -> Text:
    return Text(kept["nl"], kept["en"])


def _day(written: str | None) -> date | None:
    return None if written is None else date.fromisoformat(written)


def _rings(timer: Mapping[str, Any], key: str, otherwise: Text) -> Text:
    if timer[key] is None:
        return otherwise
    return day_short_year(day_of(timer["purpose"], datetime.fromisoformat(timer[key])))


PAGES = (
    Page("/proces/migraties", show=show_list),
    Page("/proces/migraties/nieuw", show=show_new, send=send_new),
    Page("/proces/migraties/{id}", show=show_one),
    Page("/proces/migraties/{id}/uitvoeren", show=_back, send=send_run),
    Page("/proces/migraties/{id}/ongedaan", show=_back, send=send_undo),
)
