"""Where a procedure names the supervisor, who has no place in one.

Interbestuurlijk toezicht must be able to intervene afterwards, so it is told nothing, asked nothing
and given nothing while governments try to come to terms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.domain.certificate import Problem, Property
from impasse.domain.people import Role
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from impasse.domain.workflow import Stage, Workflow

    Place = tuple[str | int, ...]

_OUTSIDE = Text(
    "de toezichthouder staat buiten elke zaak en kan hier niet worden genoemd; kies een andere rol "
    "dan 'supervisor'",
    "the supervisor stays out of every case and cannot be named here; choose another role than "
    "'supervisor'",
)


def supervisor_problems(workflow: Workflow) -> Iterator[Problem]:
    """Yield every place in *workflow* that names the supervisor."""
    for name, stage in workflow.stages.items():
        for at in _in_stage(stage):
            yield Problem(("stages", name, *at), _OUTSIDE, Property.ROLES_AND_MESSAGES)
    for index, transition in enumerate(workflow.transitions):
        if Role.SUPERVISOR in transition.roles:
            at = ("transitions", index, "roles")
            yield Problem(at, _OUTSIDE, Property.ROLES_AND_MESSAGES)


def _in_stage(stage: Stage) -> Iterator[Place]:
    if stage.owner is Role.SUPERVISOR:
        yield ("owner",)
    for name, rule in stage.tasks.items():
        if rule.role is Role.SUPERVISOR:
            yield ("tasks", name, "for")
    term = stage.term
    if term is None:
        return
    for index, reminder in enumerate(term.reminders):
        yield from _told(("term", "reminders", index, "notify"), reminder.notify)
    for index, rung in enumerate(term.on_expiry):
        yield from _told(("term", "on_expiry", index, "notify"), rung.notify)
    for key, rule_of_term in (("suspension", term.suspension), ("extension", term.extension)):
        if rule_of_term is not None and Role.SUPERVISOR in rule_of_term.roles:
            yield ("term", key, "roles")


def _told(at: Place, notify: Iterable[Role]) -> Iterator[Place]:
    for index, role in enumerate(notify):
        if role is Role.SUPERVISOR:
            yield (*at, index)
