"""Nine stages in three zones, party by party: the second escalation, with its own name."""

from __future__ import annotations

import pytest

from impasse.domain.conflict_escalation import (
    ConflictAssessment,
    ConflictStage,
    ConflictZone,
    assessment_faults,
    assessment_of,
)

PARTIES = ("gm0363", "pv27")


def test_the_nine_stages_stand_three_in_a_zone() -> None:
    zones = [stage.zone for stage in ConflictStage]
    assert zones == [zone for zone in ConflictZone for _ in range(3)]
    assert ConflictStage.HARDENING.label.nl == "verharding"
    assert ConflictStage(9).label.nl == "samen de afgrond in"
    assert len({stage.label.nl for stage in ConflictStage}) == 9


def test_parties_need_not_be_in_the_same_stage() -> None:
    found = assessment_of({"gm0363": 6, "pv27": 2})
    assert found == ConflictAssessment({"gm0363": ConflictStage(6), "pv27": ConflictStage(2)})
    assert (found.highest, found.spread) == (ConflictStage.THREATS, 4)
    alone = assessment_of({"pv27": 7})
    assert alone is not None
    assert (alone.highest.zone, alone.spread) == (ConflictZone.LOSE_LOSE, 0)


@pytest.mark.parametrize("odd", [{}, {"gm0363": 0}, {"gm0363": True}, {"gm0363": "4"}])
def test_what_cannot_be_an_assessment_is_none(odd: dict[str, object]) -> None:
    assert assessment_of(odd) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stages", "places"),
    [
        ((("gm0363", 1), ("pv27", 9)), []),
        ((("gm0363", 4),), []),
        ((), ["/stages"]),
        ((("gm0363", 0), ("pv27", 10)), ["/stages/0/stage", "/stages/1/stage"]),
        ((("gm0344", 3),), ["/stages/0/organisation"]),
        ((("gm0363", 3), ("gm0363", 4)), ["/stages"]),
    ],
)
def test_all_that_is_wrong_is_said_at_its_place(
    stages: tuple[tuple[str, int], ...], places: list[str]
) -> None:
    assert [fault.pointer for fault in assessment_faults(stages, PARTIES)] == places
