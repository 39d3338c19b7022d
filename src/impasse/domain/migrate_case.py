"""Decisions about a migration: carry a case over to another version, and take it back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from impasse.domain import snapshot
from impasse.domain.carried_tasks import carry_tasks, restore_tasks
from impasse.domain.case import Purpose, Status, TermState, Timer
from impasse.domain.chronicle import tell
from impasse.domain.days_in_words import day_in_words
from impasse.domain.decision import Message
from impasse.domain.errors import ConditionsNotMet, Conflict, Lack
from impasse.domain.history import Entry
from impasse.domain.migration import CLOSED, joined_in_words, plan_migration
from impasse.domain.people import Role
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from impasse.domain.case import Case, Term
    from impasse.domain.commands import Migrate, UndoMigration
    from impasse.domain.decision import Decision, Given
    from impasse.domain.history import Json
    from impasse.domain.machine import CompiledWorkflow
    from impasse.domain.snapshot import Snapshot

GUARD = "migration_agreed_by_all"
"""The condition of every migration: all parties agreed to this version, since the last one."""

_EVERYBODY = (Role.PARTY, Role.MEDIATOR, Role.SECRETARIAT)


def migrate(decision: Decision, command: Migrate, given: Given) -> None:
    """Take the case to `given.successor`, as `plan_migration` says.

    Raises `Conflict` when something hinders it, `ConditionsNotMet` naming who has not agreed.
    """
    case, old, new = _of(decision), given.procedure.workflow, _successor(given).workflow
    plan = plan_migration(case, old, new, dict(command.stages), command.policy, given)
    if plan.hindrances or plan.to_stage is None:
        raise Conflict(joined_in_words(plan.hindrances))
    if plan.lacking:
        raise ConditionsNotMet(plan.lacking_in_words, [Lack(GUARD, plan.lacking_in_words)])
    before = snapshot.taken(case, _timers_of(case, given))
    decision.case = case.but(
        workflow=new.name,
        workflow_version=new.version,
        stage=plan.to_stage.name,
        came_from=plan.came_from,
        left=plan.left,
        term=plan.term,
    )
    carry_tasks(decision, old.stages.get(case.stage), plan.to_stage, given)
    _put_term(decision, case.term, plan.term, plan.timers)
    decision.entries.append(
        Entry(
            "migrated",
            {
                "migration": command.migration,
                "from": plan.source,
                "to": plan.target,
                "from_stage": case.stage,
                "to_stage": plan.to_stage.name,
                "end_before": _day(case.term),
                "end": _day(plan.term),
                "calendar": given.calendar.version,
                "policy": None if plan.policy is None else plan.policy.value,
                "before": before,
            },
        )
    )
    decision.messages.append(Message("case-migrated", _EVERYBODY, _moved(new.version, plan.term)))


def undo_migration(decision: Decision, command: UndoMigration, given: Given) -> None:
    """Put the case back as it stood before its migration: until the first new event.

    Raises `Conflict` that names the event that came after it, or says what else is in the way.
    """
    case = _of(decision)
    if case.status is Status.CLOSED:
        raise Conflict(CLOSED)
    newest = given.newest
    if newest is None or newest.action != "migrated":
        raise Conflict(_too_late(newest, given))
    content = newest.content
    if content.get("migration") != command.migration:
        other = str(content.get("migration", ""))
        raise Conflict(
            Text(
                f"De laatste overstap van deze zaak is {other}, niet {command.migration}. Maak die "
                "ongedaan.",
                f"The last migration of this case is {other}, not {command.migration}. Undo that "
                "one.",
            )
        )
    kept = _kept(case, content)
    decision.case = case.but(
        workflow=kept.workflow,
        workflow_version=kept.workflow_version,
        stage=kept.stage,
        stage_since=kept.stage_since,
        came_from=kept.came_from,
        left=kept.left,
    )
    number = 0 if case.term is None else case.term.plan
    term = None
    if kept.term is not None:
        term = replace(kept.term, plan=max(number, kept.term.plan) + 1)
    decision.case = decision.case.but(term=term)
    of_tasks = tuple(one for one in kept.timers if one.purpose is Purpose.TASK_DUE)
    restore_tasks(decision, kept.tasks, of_tasks, given)
    of_term = tuple(
        replace(one, generation=term.plan)
        for one in kept.timers
        if term is not None and one.purpose is not Purpose.TASK_DUE
    )
    _put_term(decision, case.term, term, of_term)
    decision.entries.append(
        Entry(
            "migration_undone",
            {
                "migration": command.migration,
                "from": f"{case.workflow}@{case.workflow_version}",
                "to": f"{kept.workflow}@{kept.workflow_version}",
                "from_stage": case.stage,
                "to_stage": kept.stage,
                "end_before": _day(case.term),
                "end": _day(term),
                "calendar": given.calendar.version,
            },
        )
    )
    decision.messages.append(
        Message("case-migrated", _EVERYBODY, _back(kept.workflow_version, term))
    )


def _put_term(
    decision: Decision, before: Term | None, term: Term | None, timers: tuple[Timer, ...]
) -> None:
    """Keep *term* with its timers in place of *before*, which is void when nothing follows it."""
    decision.disarm_term = True
    decision.arm.extend(timers)
    if term is not None:
        decision.term = term
    elif before is not None:
        decision.ended_terms.append(replace(before, state=TermState.VOID))


def _timers_of(case: Case, given: Given) -> list[Timer]:
    """Return the timers of this stay that still stand; reassessment is not of the procedure."""
    return [
        one
        for one in given.armed
        if one.stage_entry == case.stage_entry and one.purpose is not Purpose.REASSESSMENT
    ]


def _kept(case: Case, content: Mapping[str, Json]) -> Snapshot:
    try:
        return snapshot.read(content["before"], case.id, case.stage_entry)
    except (KeyError, TypeError, ValueError) as error:
        raise Conflict(
            Text(
                "Hoe de zaak voor de overstap was, is in de geschiedenis niet meer te lezen. "
                "'impasse audit verify' zegt of zij is veranderd.",
                "How the case stood before its migration can no longer be read in its history. "
                "'impasse audit verify' tells whether it was changed.",
            )
        ) from error


def _too_late(newest: Entry | None, given: Given) -> Text:
    if newest is not None and newest.action == "migration_undone":
        return Text("Deze overstap is al ongedaan gemaakt.", "This migration was undone already.")
    if newest is None:
        return Text("Er is geen overstap om ongedaan te maken.", "There is no migration to undo.")
    event = tell(newest.action, newest.content, given.procedure.workflow)
    return Text(
        f"Ongedaan maken kan niet meer: er is daarna al iets gebeurd. {event.nl}",
        f"It can no longer be undone: something has happened since. {event.en}",
    )


def _moved(version: str, term: Term | None) -> Text:
    sentence = Text(
        f"De zaak volgt nu versie {version} van de procedure.",
        f"The case now follows version {version} of the procedure.",
    )
    return sentence + _ending(term)


def _back(version: str, term: Term | None) -> Text:
    sentence = Text(
        f"De overstap is ongedaan gemaakt: de zaak volgt weer versie {version} van de procedure.",
        f"The migration was undone: the case follows version {version} of the procedure again.",
    )
    return sentence + _ending(term)


def _ending(term: Term | None) -> Text:
    if term is None:
        return Text("", "")
    end = day_in_words(term.end)
    return Text(f" De einddatum is {end.nl}.", f" The end date is {end.en}.")


def _day(term: Term | None) -> str | None:
    return None if term is None else term.end.isoformat()


def _successor(given: Given) -> CompiledWorkflow:
    assert given.successor is not None  # noqa: S101 the engine gives it with these commands
    return given.successor


def _of(decision: Decision) -> Case:
    case = decision.case
    assert case is not None  # noqa: S101 every migration is of a case
    return case
