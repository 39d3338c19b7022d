"""A lesson is history: everybody reads it, and only those who tell it add to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from decisions import MEDIATOR, PROVINCE, SECRETARY, Table, an_opening
from impasse.domain.access import authorise, may_see, roles_on
from impasse.domain.case import Visibility
from impasse.domain.commands import MakeMove, RecordEvent
from impasse.domain.errors import NotAllowed

if TYPE_CHECKING:
    from impasse.domain.case import Case
    from impasse.domain.people import Actor


@pytest.fixture
def lesson(table: Table) -> Case:
    return table.open(an_opening(visibility=Visibility.LESSON), SECRETARY)


@pytest.mark.parametrize("actor", [SECRETARY, MEDIATOR, PROVINCE])
def test_a_lesson_can_be_read_by_all_and_changed_by_nobody(lesson: Case, actor: Actor) -> None:
    assert may_see(actor, lesson)
    assert not roles_on(actor, lesson)
    event = RecordEvent(lesson.id, "Het ging verder.", lesson.opened_on)
    for command in (MakeMove(lesson.id, "withdraw", "Klaar."), event):
        with pytest.raises(NotAllowed, match="A lesson is history"):
            authorise(actor, command, lesson)


def test_the_sources_and_the_time_between_them_add_to_a_lesson(lesson: Case) -> None:
    teller = replace(SECRETARY, origin="replay")

    authorise(teller, RecordEvent(lesson.id, "Een brief.", lesson.opened_on), lesson)
