"""The history of work inside a stage reads as sentences, also where it says little."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from impasse.domain.chronicle import tell
from patterns.disputes import UTRECHT, ZEIST, dispute, with_tasks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from impasse.domain.history import Json

ALL_THAT_CAN_HAPPEN = with_tasks(
    """
    statement:
      label: {nl: Zienswijze, en: Statement}
      for: each_party
      term: 5 working days
    rule:
      label: {nl: Lees de regel, en: Read the rule}
      for: mediator
      after: [statement]
      outcomes:
        clear: {nl: de regel is helder, en: the rule is clear}
        unclear: {nl: de regel is niet helder, en: the rule is not clear}
      rounds: 2
    ask:
      label: {nl: Vraag het ministerie, en: Ask the ministry}
      for: secretariat
      after: ["rule:unclear"]
    """,
    go_on="statement",
    when_done="go_on",
)


def test_the_work_of_a_stage_reads_as_a_story() -> None:
    case = dispute(ALL_THAT_CAN_HAPPEN)
    case.start("statement", ZEIST)
    case.done("statement", ZEIST)
    case.withdraw("statement", UTRECHT)
    case.done("rule", outcome="unclear")
    case.reopen("rule")
    case.done("rule", outcome="clear")
    workflow = case.procedure.workflow
    told = [tell(entry.action, entry.content, workflow) for entry in case.history[2:]]
    assert [one.nl for one in told] == [
        "Te doen: zienswijze (Provincie Utrecht en Zeist). Uiterlijk op maandag 14 september 2026.",
        "Opgepakt: zienswijze (Zeist).",
        "Klaar: zienswijze (Zeist).",
        "Ingetrokken: zienswijze (Provincie Utrecht). Reden: Niet meer nodig.",
        "Genoeg is klaar: zienswijze.",
        "Te doen: lees de regel (de bemiddelaar).",
        (
            "Klaar, namens hen vastgelegd: lees de regel (de bemiddelaar). Antwoord: de regel is "
            "niet helder. Verslag van vandaag."
        ),
        "Genoeg is klaar: lees de regel.",
        "Te doen: vraag het ministerie (het secretariaat).",
        "Opnieuw te doen: lees de regel (de bemiddelaar). Reden: Er is iets nieuws.",
        (
            "Klaar, namens hen vastgelegd: lees de regel (de bemiddelaar). Antwoord: de regel is "
            "helder. Verslag van vandaag."
        ),
        "Genoeg is klaar: lees de regel.",
        (
            "Ingetrokken: vraag het ministerie (het secretariaat). Het antwoord waarop dit "
            "wachtte, komt niet meer."
        ),
        "Van werk naar overleg. Het werk in de fase was klaar; de klok ging verder.",
    ]
    assert told[0].en == (
        "To do: statement (Provincie Utrecht and Zeist). By Monday 14 September 2026."
    )


@pytest.mark.parametrize(
    ("action", "content", "nl"),
    [
        ("tasks_opened", {"tasks": [{"id": "1-a-1", "name": "a"}]}, "Te doen: a."),
        ("tasks_opened", {}, "Te doen: ."),
        ("task_done", {"task": "1-a-1", "name": "a"}, "Klaar: a."),
        ("tasks_withdrawn", {"tasks": ["1-a-1", "1-a-2"]}, "Ingetrokken: 1-a-1, 1-a-2."),
        (
            "task_reminded",
            {"name": "a", "due_on": "2026-09-14"},
            "Herinnering: a had klaar moeten zijn op maandag 14 september 2026.",
        ),
        (
            "task_reopened",
            {"name": "a", "due_on": "2026-09-14", "note": ""},
            "Opnieuw te doen: a. Uiterlijk op maandag 14 september 2026.",
        ),
        (
            "clock_held",
            {"lacking": ["task:statement", "task:gone"]},
            "De klok kon niet verder; nog niet vervuld: zienswijze, gone.",
        ),
    ],
)
def test_an_entry_that_says_little_still_reads(
    action: str, content: Mapping[str, Json], nl: str
) -> None:
    workflow = dispute(ALL_THAT_CAN_HAPPEN).procedure.workflow
    assert tell(action, content, workflow).nl == nl


def test_silence_is_not_called_a_withdrawal_nor_enough() -> None:
    tasks = """
    statement:
      label: {nl: Zienswijze, en: Statement}
      for: each_party
      term: 5 working days
      on_expiry: complete
    """
    for answers, joint in (
        ((), "Zonder uitkomst verder: zienswijze."),
        ((ZEIST,), "Verder met wat er is: zienswijze."),
    ):
        case = dispute(with_tasks(tasks, go_on="statement"))
        for party in answers:
            case.done("statement", party)
        case.until(date(2026, 9, 20))
        workflow = case.procedure.workflow
        told = [tell(entry.action, entry.content, workflow).nl for entry in case.history]
        silent = "Provincie Utrecht" if answers else "Provincie Utrecht en Zeist"
        last_day = "De laatste dag hiervoor was maandag 14 september 2026."
        assert told[-2:] == [
            f"Niets ontvangen, verdergegaan: zienswijze ({silent}). {last_day}",
            joint,
        ]


def test_tasks_that_one_role_has_several_of_are_told_apart_by_number() -> None:
    tasks = """
    opinion:
      label: {nl: Oordeel van een deskundige, en: Opinion of an expert}
      for: mediator
      count: 3
    """
    case = dispute(with_tasks(tasks, go_on="opinion"))
    case.start("opinion", number=2)
    case.done("opinion", number=2, outcome="")
    case.withdraw("opinion", number=3)
    workflow = case.procedure.workflow
    told = [tell(entry.action, entry.content, workflow).nl for entry in case.history]
    assert told[-4:] == [
        "Te doen: oordeel van een deskundige (de bemiddelaar).",
        "Opgepakt: oordeel van een deskundige 2 van 3 (de bemiddelaar).",
        (
            "Klaar, namens hen vastgelegd: oordeel van een deskundige 2 van 3 (de bemiddelaar). "
            "Verslag van vandaag."
        ),
        (
            "Ingetrokken: oordeel van een deskundige 3 van 3 (de bemiddelaar). "
            "Reden: Niet meer nodig."
        ),
    ]
