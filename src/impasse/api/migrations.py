"""Running cases that move to another version of their procedure: plans, runs and undoings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field

from impasse.adapters.sql.migrations_of_cases import SqlMigrations
from impasse.api.admission import GuardedRoute
from impasse.api.answers import made, shown, tag_of
from impasse.api.desk import Desk, Opening, Reading, Writing
from impasse.api.paging import Page, PageQuery, by_key, paged
from impasse.api.shapes import Bilingual, Day, Moment, Shape, Words, bilingual
from impasse.domain.case import Purpose
from impasse.domain.errors import Fault, Invalid, NotAllowed, NotFound
from impasse.domain.people import Role
from impasse.domain.term_acts import TermPolicy
from impasse.domain.text import Text
from impasse.engine.migrating import ItemState, MigrationState
from impasse.wiring import build_migrator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from impasse.engine.migrating import Item, Migration

router = APIRouter(tags=["migrations"], route_class=GuardedRoute)


class MigrationShape(Shape):
    """A plan to take cases of one version to another, and how far it came.

    `stages` tells which stages are called otherwise there, `counts` how many cases are in which
    state. `running` and `undoing` may have been broken off: ask for it again, and it goes on.
    """

    id: str
    name: str
    from_version: str
    to_version: str
    stages: dict[str, str]
    policy: TermPolicy | None
    state: MigrationState
    label: Bilingual
    counts: dict[str, int]
    planned_at: Moment
    planned_by: str
    finished_at: Moment | None
    href: str


class MigrationPage(Page[MigrationShape]):
    """One page of migrations."""


class MigrationPlanned(Shape):
    """Which cases move: those of version `from` of the procedure `name`, to version `to`.

    Without `policy` a term is kept where its rule is the same, and reckoned anew where it is not.
    """

    name: Words = Field(max_length=100)
    from_: Words = Field(alias="from", max_length=100)
    to: Words = Field(max_length=100)
    stages: dict[str, str] = Field(
        default={},
        max_length=200,
        description="Fasen die in de nieuwe versie anders heten, oud: nieuw. · Stages that are "
        "called otherwise in the new version, old: new.",
    )
    policy: TermPolicy | None = None


class RunAsked(Shape):
    """Nothing needs to be said: an empty object."""


class UndoAsked(Shape):
    """Nothing needs to be said: an empty object."""


class TimerMoves(Shape):
    """A promise about time that moves, goes (no `after`) or comes (no `before`), and why."""

    purpose: Purpose
    what: Bilingual
    before: Moment | None
    after: Moment | None
    why: Bilingual


class CasePlanShape(Shape):
    """What moving does to one case; with `hindrances` it cannot be done."""

    case: str
    title: str
    from_: str = Field(alias="from")
    to: str
    stage: str
    stage_label: Bilingual
    to_stage: str
    to_stage_label: Bilingual
    policy: TermPolicy | None
    end_before: Day | None
    end: Day | None
    timers: list[TimerMoves]
    tasks_going: list[Bilingual]
    tasks_coming: list[Bilingual]
    moves: list[Bilingual]
    notes: list[Bilingual]
    hindrances: list[Bilingual]
    lacking: list[str]


class MigrationItem(Shape):
    """One case of a migration: what is planned for it, and what became of it."""

    case: str
    state: ItemState
    label: Bilingual
    told: Bilingual
    done_at: Moment | None
    plan: CasePlanShape


class MigrationItemPage(Page[MigrationItem]):
    """One page of the cases of a migration."""


@router.get("/migrations", response_model=MigrationPage, summary="Overstappen")
async def list_migrations(desk: Reading, query: Annotated[PageQuery, Query()]) -> Response:
    """Return every migration, in order of their numbers. For the secretariat."""
    _authorise(desk)
    ledger = SqlMigrations(desk.house.database)
    found, counts = await desk.read(ledger.all), await desk.read(ledger.counts)

    def show(one: Migration) -> MigrationShape:
        return _shape(desk, one, counts.get(one.id, {}))

    fetch = by_key(found, lambda one: f"{int(one.id[1:]):09d}")
    return await paged(desk.request, query, fetch, show, MigrationPage)


@router.post(
    "/migrations", response_model=MigrationShape, status_code=201, summary="Plan een overstap"
)
async def plan_migration(desk: Opening, sent: MigrationPlanned) -> Response:
    """Plan for every open case what moving does to it; no case changes. For the secretariat."""
    _authorise(desk)

    def plan() -> str:
        _refuse_unknown(desk, sent)
        migration, _ = build_migrator(desk.house).plan(
            sent.name,
            (sent.from_, sent.to),
            desk.actor,
            stages=sent.stages,
            policy=sent.policy,
        )
        return migration.id

    shape = await _one(desk, await desk.once(sent, plan))
    return made(shape, shape.href)


@router.get("/migrations/{migration}", response_model=MigrationShape, summary="Eén overstap")
async def show_migration(desk: Reading, migration: str) -> Response:
    """Return one migration. For the secretariat."""
    return shown(desk.request, await _one(desk, migration))


@router.get(
    "/migrations/{migration}/items",
    response_model=MigrationItemPage,
    summary="De zaken van een overstap",
)
async def list_migration_items(
    desk: Reading, migration: str, query: Annotated[PageQuery, Query()]
) -> Response:
    """Return the cases of a migration with their plans, by number. For the secretariat."""
    _authorise(desk)
    ledger = SqlMigrations(desk.house.database)
    await desk.read(ledger.get, _number(migration))
    items = await desk.read(ledger.items, migration)
    fetch = by_key(items, lambda one: one.case)
    return await paged(desk.request, query, fetch, _item, MigrationItemPage)


@router.post(
    "/migrations/{migration}/runs",
    response_model=MigrationShape,
    status_code=201,
    summary="Voer een overstap uit",
)
async def run_migration(desk: Writing, migration: str, sent: RunAsked) -> Response:
    """Move every case that can and may, each in a transaction of its own.

    A run that was broken off is run again; no case moves twice. For the secretariat.
    """
    _authorise(desk)

    def run() -> str:
        desk.unchanged(tag_of(_look(desk, migration)))
        build_migrator(desk.house).carry_out(migration, desk.actor)
        return migration

    shape = await _one(desk, await desk.once(sent, run))
    return made(shape, shape.href)


@router.post(
    "/migrations/{migration}/undos",
    response_model=MigrationShape,
    status_code=201,
    summary="Maak een overstap ongedaan",
)
async def undo_migration(desk: Writing, migration: str, sent: UndoAsked) -> Response:
    """Take back every case to which nothing has happened since; the others say what happened.

    For the secretariat.
    """
    _authorise(desk)

    def undo() -> str:
        desk.unchanged(tag_of(_look(desk, migration)))
        build_migrator(desk.house).undo(migration, desk.actor)
        return migration

    shape = await _one(desk, await desk.once(sent, undo))
    return made(shape, shape.href)


@router.get(
    "/cases/{case}/versions/{version}",
    response_model=CasePlanShape,
    summary="Wat een andere versie voor een zaak verandert",
)
async def show_other_version(desk: Reading, case: str, version: str) -> Response:
    """Return what moving to another version of its procedure would change of this case."""
    found = await desk.case(case)
    _number(version)
    plan = await desk.read(build_migrator(desk.house).plan_of, found.id, version, desk.actor)
    return shown(desk.request, _plan(plan.as_json()))


def _authorise(desk: Desk) -> None:
    if not desk.actor.has(Role.SECRETARIAT):
        raise NotAllowed(
            Text(
                "Overstappen op een andere versie zijn aan het secretariaat.",
                "Migrations to another version are for the secretariat.",
            )
        )


def _number(migration: str) -> str:
    if "\x00" in migration:
        raise NotFound(Text("Zo'n naam kan er niet zijn.", "There cannot be such a name."))
    return migration


async def _one(desk: Desk, number: str) -> MigrationShape:
    _authorise(desk)
    return await desk.read(_look, desk, number)


def _look(desk: Desk, number: str) -> MigrationShape:
    ledger = SqlMigrations(desk.house.database)
    migration = ledger.get(_number(number))
    return _shape(desk, migration, _counted(ledger.items(migration.id)))


def _refuse_unknown(desk: Desk, sent: MigrationPlanned) -> None:
    """Raise `Invalid` with every version that was not adopted."""
    faults = []
    for pointer, version in (("/from", sent.from_), ("/to", sent.to)):
        try:
            desk.house.procedures.get(sent.name, version)
        except NotFound as error:
            faults.append(Fault(pointer, error.text))
    if faults:
        raise Invalid(Text("Dit plan kan zo niet.", "This plan cannot be made like this."), faults)


def _counted(items: Sequence[Item]) -> dict[ItemState, int]:
    return {state: sum(item.state is state for item in items) for state in ItemState}


def _shape(desk: Desk, one: Migration, counts: Mapping[ItemState, int]) -> MigrationShape:
    return MigrationShape(
        id=one.id,
        name=one.name,
        from_version=one.from_version,
        to_version=one.to_version,
        stages=dict(one.stages),
        policy=one.policy,
        state=one.state,
        label=bilingual(one.state.label),
        counts={state.value: counts.get(state, 0) for state in ItemState},
        planned_at=one.planned_at,
        planned_by=one.planned_by,
        finished_at=one.finished_at,
        href=desk.url("migrations", one.id),
    )


def _item(item: Item) -> MigrationItem:
    return MigrationItem(
        case=item.case,
        state=item.state,
        label=bilingual(item.state.label),
        told=bilingual(item.told),
        done_at=item.done_at,
        plan=_plan(item.plan),
    )


def _plan(kept: Mapping[str, Any]) -> CasePlanShape:
    """Return a plan as it was kept; its revision says nothing to others."""
    plan = {key: value for key, value in kept.items() if key not in {"revision", "from"}}
    return CasePlanShape.model_validate({**plan, "from_": kept["from"]})
