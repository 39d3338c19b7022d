"""Overstap on the dossier: what another version changes for this case, and who agreed to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.adapters.sql.migrations_of_cases import SqlMigrations
from impasse.domain.access import roles_on
from impasse.domain.case import ConfirmationKind, Status, Visibility
from impasse.domain.commands import Confirm
from impasse.domain.errors import ImpasseError
from impasse.domain.people import Role
from impasse.web.migration_page import PlanShown, plan_shown
from impasse.web.visit import Page, Visit
from impasse.wiring import build_migrator

if TYPE_CHECKING:
    from starlette.responses import Response

    from impasse.domain.case import Case, Party

_ON_BEHALF = frozenset({Role.MEDIATOR, Role.SECRETARIAT})


@dataclass(frozen=True, slots=True)
class Moving:
    """A version to which this case may move: what changes, who agreed, and for whom one speaks.

    `on_behalf` when the reader speaks for others than the own organisation.
    """

    version: str
    reference: str
    plan: PlanShown
    parties: tuple[tuple[Party, bool], ...]
    speaks_for: tuple[Party, ...]
    on_behalf: bool


def movings_of(visit: Visit, case: Case) -> tuple[Moving, ...]:
    """Return the versions to which *case* is proposed to move, each once, the newest first."""
    if case.status is Status.CLOSED or case.visibility is Visibility.LESSON:
        return ()
    ledger = SqlMigrations(visit.house.database)
    found: dict[str, Moving] = {}
    for migration in ledger.proposed_for(case.id):
        here = (case.workflow, case.workflow_version)
        if migration.to_version in found or here != (migration.name, migration.from_version):
            continue
        try:
            plan = build_migrator(visit.house).plan_of(
                case.id,
                migration.to_version,
                visit.actor,
                stages=migration.stages,
                policy=migration.policy,
            )
        except ImpasseError:
            # A version that cannot be read any more is no offer; the dossier goes on without.
            continue
        lacking = {party.organisation for party in plan.lacking}
        governments = case.governments
        roles = roles_on(visit.actor, case)
        waiting = [party for party in governments if party.organisation in lacking]
        own = tuple(p for p in waiting if p.organisation == visit.actor.organisation)
        on_behalf = bool(roles & _ON_BEHALF)
        found[migration.to_version] = Moving(
            migration.to_version,
            plan.target,
            plan_shown(plan.as_json()),
            tuple((party, party.organisation not in lacking) for party in governments),
            tuple(waiting) if on_behalf else own if Role.PARTY in roles else (),
            on_behalf,
        )
    return tuple(found.values())


def send(visit: Visit) -> Response:
    """Record that a party agrees to another version."""
    case = visit.house.views.case(visit.actor, visit.path["id"])
    visit.handle(
        Confirm(
            case.id,
            ConfirmationKind.MIGRATION,
            visit.field("organisatie"),
            visit.field("toelichting"),
            visit.field("versie_naar"),
        )
    )
    return visit.redirect(f"/impasses/{case.id}?gedaan=bevestigd")


def _back(visit: Visit) -> Response:
    return visit.redirect(f"/impasses/{visit.path['id']}")


PAGES = (Page("/impasses/{id}/instemmen", show=_back, send=send),)
