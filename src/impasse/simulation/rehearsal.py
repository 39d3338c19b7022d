"""A rehearsal: every past case of this house held against a version that is not adopted yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.adapters.sql.past_cases import count_past_cases, past_cases
from impasse.adapters.sql.people import list_persons
from impasse.domain.counterfactual import Setting, rehearse
from impasse.engine.lives import by_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from impasse.domain.counterfactual import Rehearsal
    from impasse.domain.workflow import Workflow
    from impasse.wiring import House

__all__ = ["count_past_cases", "rehearse_version"]


def rehearse_version(
    house: House,
    new: Workflow,
    *,
    against: str = "",
    stages: Mapping[str, str] | None = None,
    progress: Callable[[], None] | None = None,
) -> Rehearsal:
    """Return what *new* would have changed of the past cases of the procedure of its name.

    With *against* only those that follow that version now. *stages* tells which stages are called
    otherwise in *new*; *progress* is called after each case.
    """
    persons = list_persons(house.database)
    setting = Setting(
        new=new,
        procedure_of=by_reference(house.procedures),
        calendar=house.engine.calendar,
        roles={person.id: person.roles for person in persons},
        stages=dict(stages or {}),
    )
    cases = past_cases(house.database, new.name, house.clock(), against)
    return rehearse(cases, setting, progress)
