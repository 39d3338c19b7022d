"""A migration of many cases: first a plan, then one transaction per case, and the way back.

Everything that was done is known from the cases themselves. So a run that was broken off is simply
run again, and two runs at once do no harm: each case is looked at before it is touched.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from impasse.domain.case import Status
from impasse.domain.commands import Migrate, UndoMigration
from impasse.domain.decision import Given
from impasse.domain.errors import (
    ConditionsNotMet,
    Conflict,
    Fault,
    ImpasseError,
    Invalid,
    NotAllowed,
    StaleRevision,
    Unavailable,
)
from impasse.domain.migration import CLOSED, plan_migration
from impasse.domain.people import Role
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Case, Timer
    from impasse.domain.early_warning import Indicators
    from impasse.domain.history import Json
    from impasse.domain.migration import CasePlan
    from impasse.domain.people import Actor
    from impasse.domain.term_acts import TermPolicy
    from impasse.domain.workflow import Workflow
    from impasse.engine.engine import Engine
    from impasse.engine.ports import Clock
    from impasse.engine.procedures import Procedures

TRIES = 5
"""How often a case is looked at anew when somebody was first."""

NOTHING = Text("", "")


class MigrationState(StrEnum):
    """How far a migration came; one that says it runs may have been broken off."""

    PLANNED = "planned"
    RUNNING = "running"
    FINISHED = "finished"
    UNDOING = "undoing"
    UNDONE = "undone"

    @property
    def label(self) -> Text:
        """The state in words."""
        return _STATES[self]


_STATES = {
    MigrationState.PLANNED: Text("gepland", "planned"),
    MigrationState.RUNNING: Text("bezig of onderbroken", "running or broken off"),
    MigrationState.FINISHED: Text("uitgevoerd", "carried out"),
    MigrationState.UNDOING: Text(
        "bezig met ongedaan maken, of daarbij onderbroken", "being undone, or broken off there"
    ),
    MigrationState.UNDONE: Text("ongedaan gemaakt", "undone"),
}


class ItemState(StrEnum):
    """What became of one case: `CHANGED` when it is planned anew, `GONE` when it is not for us."""

    PLANNED = "planned"
    LACKING = "lacking"
    HINDERED = "hindered"
    CHANGED = "changed"
    DONE = "done"
    UNDONE = "undone"
    GONE = "gone"

    @property
    def label(self) -> Text:
        """The state in words."""
        return _ITEM_STATES[self]


_ITEM_STATES = {
    ItemState.PLANNED: Text("klaar om over te stappen", "ready to move"),
    ItemState.LACKING: Text("wacht op instemming", "waits for consent"),
    ItemState.HINDERED: Text("kan niet overstappen", "cannot move"),
    ItemState.CHANGED: Text("veranderd: bekijk het nieuwe plan", "changed: look at the new plan"),
    ItemState.DONE: Text("overgestapt", "moved"),
    ItemState.UNDONE: Text("ongedaan gemaakt", "undone"),
    ItemState.GONE: Text("blijft buiten deze overstap", "stays outside this migration"),
}
_SETTLED = frozenset({ItemState.DONE, ItemState.UNDONE, ItemState.GONE})


@dataclass(frozen=True, slots=True)
class Migration:
    """A plan to take cases of one version to another; `stages` are called otherwise there."""

    id: str
    name: str
    from_version: str
    to_version: str
    stages: Mapping[str, str]
    policy: TermPolicy | None
    state: MigrationState
    planned_at: datetime
    planned_by: str
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One case of a migration: `plan` as `CasePlan.as_json` tells it, and what became of it."""

    case: str
    state: ItemState
    plan: Mapping[str, Json]
    told: Text = NOTHING
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A case as it stands, with its timers, and its last migration (or the undoing of one).

    `agreed` tells to which version each organisation agreed since.
    """

    case: Case
    armed: tuple[Timer, ...]
    migrated_at: datetime | None = None
    migration: str = ""
    undone: bool = False
    agreed: Mapping[str, str] = field(default_factory=dict)


class Ledger(Protocol):
    """Where migrations are kept."""

    def cases_on(self, name: str, version: str) -> Sequence[str]:
        """Return the cases that follow this version and are not closed; lessons are left out."""

    def see(self, case: str) -> Seen:
        """Return a case as it stands, or raise `NotFound`."""

    def add(self, migration: Migration, items: Sequence[Item]) -> Migration:
        """Keep a new migration with its items, under a number of its own."""

    def get(self, migration: str) -> Migration:
        """Return a migration, or raise `NotFound`."""

    def items(self, migration: str) -> Sequence[Item]:
        """Return the items of a migration, in the order of their cases."""

    def put(self, migration: str, item: Item, *, undoing: bool = False) -> None:
        """Keep what became of a case; what is done stays done, unless *undoing*."""

    def settle(self, migration: str, state: MigrationState, at: datetime | None) -> None:
        """Keep how far a migration came."""


def _nothing() -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Migrator:
    """Plans migrations, carries them out and takes them back, for the secretariat."""

    engine: Engine
    ledger: Ledger
    procedures: Procedures
    calendar: Calendar
    indicators: Indicators
    clock: Clock
    progress: Callable[[], None] = field(default=_nothing)
    """Called after each case."""

    def plan(
        self,
        name: str,
        versions: tuple[str, str],
        actor: Actor,
        *,
        stages: Mapping[str, str] | None = None,
        policy: TermPolicy | None = None,
        keep: bool = True,
    ) -> tuple[Migration, Sequence[Item]]:
        """Return the plan for every open case of the first of *versions*; kept unless told not to.

        Raises `NotFound` for a version that was not adopted, `Invalid` with every fault of
        *stages*, `NotAllowed` for others than the secretariat.
        """
        _refuse_others(actor)
        old, new = (self.procedures.get(name, version).workflow for version in versions)
        renamed = dict(stages or {})
        faults = _faults(old, new, renamed)
        if faults:
            raise Invalid(
                Text("Dit plan kan zo niet.", "This plan cannot be made like this."), faults
            )
        migration = Migration(
            id="",
            name=name,
            from_version=old.version,
            to_version=new.version,
            stages=renamed,
            policy=policy,
            state=MigrationState.PLANNED,
            planned_at=self.clock(),
            planned_by=actor.person,
        )
        items = []
        for case in self.ledger.cases_on(name, old.version):
            items.append(self._item(migration, case, actor))
            self.progress()
        return (self.ledger.add(migration, items) if keep else migration), items

    def plan_of(
        self,
        case: str,
        version: str,
        actor: Actor,
        *,
        stages: Mapping[str, str] | None = None,
        policy: TermPolicy | None = None,
    ) -> CasePlan:
        """Return what a move of *case* alone to *version* would change; nothing is kept.

        Whether the reader may see the case is asked before.
        """
        seen = self.ledger.see(case)
        migration = Migration(
            id="",
            name=seen.case.workflow,
            from_version=seen.case.workflow_version,
            to_version=version,
            stages=dict(stages or {}),
            policy=policy,
            state=MigrationState.PLANNED,
            planned_at=self.clock(),
            planned_by=actor.person,
        )
        return self._planned(migration, seen, actor)

    def carry_out(self, migration: str, actor: Actor) -> Sequence[Item]:
        """Move every case that can, each in a transaction of its own; return what became of all.

        Cases without consent, or that something hinders, stay where they are; the next run looks
        at them again. Raises `Conflict` when the migration was undone.
        """
        _refuse_others(actor)
        found = self.ledger.get(migration)
        if found.state in {MigrationState.UNDOING, MigrationState.UNDONE}:
            raise Conflict(
                Text(
                    f"Overstap {migration} is ongedaan gemaakt. Maak een nieuw plan.",
                    f"Migration {migration} was undone. Make a new plan.",
                )
            )
        self.ledger.settle(migration, MigrationState.RUNNING, None)
        for item in self.ledger.items(migration):
            if item.state not in _SETTLED:
                self.ledger.put(migration, self._carried(found, item, actor))
            self.progress()
        self.ledger.settle(migration, MigrationState.FINISHED, self.clock())
        return self.ledger.items(migration)

    def undo(self, migration: str, actor: Actor) -> Sequence[Item]:
        """Take every case back to which nothing happened since; return what became of all.

        Raises `Conflict` when nothing was carried out.
        """
        _refuse_others(actor)
        items = self.ledger.items(migration)
        if not any(item.state is ItemState.DONE for item in items):
            found = self.ledger.get(migration)
            if found.state is MigrationState.UNDOING:
                self.ledger.settle(migration, MigrationState.UNDONE, self.clock())
                return items
            raise Conflict(
                Text(
                    f"Van overstap {migration} valt niets ongedaan te maken.",
                    f"There is nothing of migration {migration} to undo.",
                )
            )
        self.ledger.settle(migration, MigrationState.UNDOING, None)
        for item in items:
            if item.state is ItemState.DONE:
                self.ledger.put(migration, self._undone(migration, item, actor), undoing=True)
            self.progress()
        items = self.ledger.items(migration)
        left = any(item.state is ItemState.DONE for item in items)
        state = MigrationState.FINISHED if left else MigrationState.UNDONE
        self.ledger.settle(migration, state, self.clock())
        return items

    def _item(self, migration: Migration, case: str, actor: Actor) -> Item:
        """Plan one case; one that cannot be read holds up no other."""
        try:
            return _item(self._planned(migration, self.ledger.see(case), actor))
        except Unavailable:
            raise
        except ImpasseError as error:
            return Item(case, ItemState.HINDERED, _no_plan(migration, case, error.text), error.text)

    def _carried(self, migration: Migration, item: Item, actor: Actor) -> Item:
        """Move one case, or tell why it stays; one that fails holds up no other."""
        try:
            return self._moved(migration, item, actor)
        except Unavailable:
            raise
        except ImpasseError as error:
            return replace(item, state=ItemState.HINDERED, told=error.text)

    def _moved(self, migration: Migration, item: Item, actor: Actor) -> Item:
        for _ in range(TRIES):
            seen = self.ledger.see(item.case)
            if _is_there(migration, seen):
                return replace(item, state=ItemState.DONE, told=NOTHING, done_at=seen.migrated_at)
            away = _away(migration, seen.case)
            if away is not None:
                return replace(item, state=ItemState.GONE, told=away)
            fresh = self._planned(migration, seen, actor)
            planned = _item(fresh)
            if planned.state is not ItemState.PLANNED:
                return planned
            if _kept(fresh.as_json()) != _kept(item.plan):
                return replace(planned, state=ItemState.CHANGED, told=_CHANGED)
            try:
                self.engine.handle(_command(migration, item.case), actor, revision=fresh.revision)
            except StaleRevision:
                continue
            except ConditionsNotMet as error:
                return replace(planned, state=ItemState.LACKING, told=error.text)
            return replace(planned, state=ItemState.DONE, told=NOTHING, done_at=self.clock())
        return replace(item, told=_BUSY)

    def _undone(self, migration: str, item: Item, actor: Actor) -> Item:
        try:
            self.engine.handle(UndoMigration(item.case, migration), actor)
        except Conflict as error:
            seen = self.ledger.see(item.case)
            if not (seen.undone and seen.migration == migration):
                return replace(item, told=error.text)
        return replace(item, state=ItemState.UNDONE, told=NOTHING, done_at=self.clock())

    def _planned(self, migration: Migration, seen: Seen, actor: Actor) -> CasePlan:
        at = self.clock()
        old = self.procedures.get(migration.name, migration.from_version)
        new = self.procedures.get(migration.name, migration.to_version)
        given = Given(
            at=at,
            today=self.calendar.local_day(at),
            actor=actor,
            procedure=old,
            calendar=self.calendar,
            indicators=self.indicators,
            successor=new,
            armed=seen.armed,
            agreed=seen.agreed,
        )
        return plan_migration(
            seen.case, old.workflow, new.workflow, migration.stages, migration.policy, given
        )


_CHANGED = Text(
    "De zaak is veranderd sinds het plan. Bekijk het nieuwe plan en voer de overstap nog eens uit.",
    "The case changed since the plan. Look at the new plan and carry out the migration again.",
)
_BUSY = Text(
    "Er werd steeds iets anders aan deze zaak gedaan. Voer de overstap nog eens uit.",
    "Something else was done to this case every time. Carry out the migration again.",
)


def _item(plan: CasePlan) -> Item:
    """Return what is planned for a case, and what stands in the way."""
    state = ItemState.PLANNED
    if plan.hindrances:
        state = ItemState.HINDERED
    elif plan.lacking:
        state = ItemState.LACKING
    return Item(plan.case, state, plan.as_json())


def _no_plan(migration: Migration, case: str, why: Text) -> dict[str, Json]:
    """Return the plan of a case that cannot be read, in the form of every plan."""
    unknown: Json = {"nl": "onbekend", "en": "unknown"}
    empty: dict[str, Json] = {
        name: [] for name in ("timers", "tasks_going", "tasks_coming", "moves", "notes", "lacking")
    }
    return {
        "case": case,
        "title": "",
        "revision": 0,
        "from": f"{migration.name}@{migration.from_version}",
        "to": f"{migration.name}@{migration.to_version}",
        "stage": "",
        "stage_label": unknown,
        "to_stage": "",
        "to_stage_label": unknown,
        "policy": None,
        "end_before": None,
        "end": None,
        "hindrances": [{"nl": why.nl, "en": why.en}],
        **empty,
    }


def _command(migration: Migration, case: str) -> Migrate:
    stages = tuple(sorted(migration.stages.items()))
    return Migrate(
        case, migration.id, migration.name, migration.to_version, stages, migration.policy
    )


def _is_there(migration: Migration, seen: Seen) -> bool:
    """Whether this very migration has moved the case already: a run that was broken off did."""
    return (
        not seen.undone
        and seen.migration == migration.id
        and seen.case.workflow_version == migration.to_version
    )


def _away(migration: Migration, case: Case) -> Text | None:
    if case.status is Status.CLOSED:
        return CLOSED
    if (case.workflow, case.workflow_version) == (migration.name, migration.from_version):
        return None
    return Text(
        f"De zaak volgt inmiddels {case.workflow}@{case.workflow_version}.",
        f"The case follows {case.workflow}@{case.workflow_version} by now.",
    )


_ESSENCE = ("stage", "to_stage", "policy", "end", "tasks_going", "tasks_coming")


def _kept(plan: Mapping[str, Json]) -> list[Json]:
    """Return what must still be as it was when somebody looked at the plan."""
    return [plan.get(key) for key in _ESSENCE]


def _faults(old: Workflow, new: Workflow, stages: Mapping[str, str]) -> list[Fault]:
    faults = []
    if old.reference == new.reference:
        faults.append(
            Fault(
                "/to",
                Text(
                    f"Dit is twee keer {old.reference}. Kies een andere versie.",
                    f"This is {old.reference} twice. Choose another version.",
                ),
            )
        )
    for source, target in stages.items():
        for name, workflow in ((source, old), (target, new)):
            if name not in workflow.stages:
                known = ", ".join(workflow.stages)
                faults.append(
                    Fault(
                        f"/stages/{source}",
                        same(f"{workflow.reference}")
                        + Text(
                            f" kent de fase '{name}' niet. Kies uit: {known}.",
                            f" does not know stage '{name}'. Choose from: {known}.",
                        ),
                    )
                )
    return faults


def _refuse_others(actor: Actor) -> None:
    if not actor.has(Role.SECRETARIAT):
        raise NotAllowed(
            Text(
                "Zaken laten overstappen op een andere versie doet het secretariaat.",
                "Moving cases to another version is for the secretariat.",
            )
        )
