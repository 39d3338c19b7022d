"""The panel 'Verwachting': a number with its cases, or the sentence that there are too few."""

from __future__ import annotations

import pytest

from impasse.domain.commands import MakeMove
from impasse.domain.people import Actor, Role

SECRETARIAT = Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")


@pytest.fixture
def left_after(house, watch, open_case):
    """Let cases between other parties leave their first stage after so many working days."""

    def let(weeks: int, cases: int) -> None:
        opened = [open_case(f"Zaak {n}", ("pv27", "ws0155")) for n in range(cases)]
        watch.move(weeks=weeks)
        for case in opened:
            move = MakeMove(case, "withdraw", note="Zo spraken wij af.")
            house.engine.handle(move, SECRETARIAT)

    return let


def test_with_few_like_cases_there_is_a_sentence_and_no_number(as_, open_case, left_after):
    left_after(weeks=1, cases=4)
    page = as_("lotte").get(f"/impasses/{open_case()}").text
    assert "Te weinig vergelijkbare zaken voor een verwachting (minder dan 5)." in page
    assert " %</b>" not in page


def test_five_like_cases_are_enough_also_those_that_the_reader_may_not_see(
    as_, open_case, left_after
):
    left_after(weeks=1, cases=4)
    left_after(weeks=3, cases=2)
    reader = as_("lotte")
    page = reader.get(f"/impasses/{open_case()}").text
    assert "Van 6 vergelijkbare zaken haalde in deze fase 33 % de termijn niet" in page
    # Of the others nothing shows but how many there were.
    assert "Zaak 1" not in page


def test_english_readers_read_it_in_english(as_, open_case, left_after):
    left_after(weeks=1, cases=5)
    page = as_("lotte").get(f"/impasses/{open_case()}?taal=en").text
    assert "Of 5 comparable cases, 0 % did not meet the term in this stage" in page
    assert "How was this found?" in page


def test_a_term_that_has_passed_is_not_forecast(as_, open_case, left_after, watch):
    left_after(weeks=1, cases=5)
    case = open_case()
    watch.move(weeks=3)
    assert "Verwachting" not in as_("lotte").get(f"/impasses/{case}").text
