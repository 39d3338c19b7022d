"""A case keeps its procedure, also when that was never adopted in this database."""

from __future__ import annotations

import pytest

from builders import PROCEDURE, SECRETARY, running
from impasse.adapters.files.shipped import shipped
from impasse.adapters.sql.procedures import AdoptedProcedures
from impasse.adapters.sql.strange import pins
from impasse.domain.errors import Conflict, NotFound
from impasse.engine.procedures import procedure_of


def test_a_case_whose_version_was_not_adopted_is_a_conflict_with_a_remedy(sqlite_url: str) -> None:
    with running(sqlite_url) as house:
        house.open_cases()
        (pin,) = pins(house.database)
        procedures = AdoptedProcedures(house.database)

        with pytest.raises(Conflict) as refused:
            procedure_of(procedures, pin)

        for words in (pin.id, f"{PROCEDURE}@2", "IMPASSE_WORKFLOWS", "'impasse db upgrade'"):
            assert words in refused.value.text.nl
            assert words in refused.value.text.en
        # Who asks for a version that is not there, without a case, still hears that it is not.
        with pytest.raises(NotFound):
            procedures.get(PROCEDURE, "2")

        path = shipped("workflows", f"{PROCEDURE}.yaml")
        procedures.adopt(path, by=SECRETARY.person, at=house.clock())
        assert procedure_of(procedures, pin).workflow.version == "2"
