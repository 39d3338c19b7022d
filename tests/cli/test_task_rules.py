"""The work that a procedure asks, as the command line shows it."""

from __future__ import annotations

import pytest

from impasse.adapters.files.workflows import parse_workflow
from impasse.cli.task_rules import task_blocks, task_data
from patterns.disputes import with_tasks

PROCEDURE = with_tasks(
    """
    statement:
      label: {nl: Zienswijze, en: Statement}
      for: each_party
      term: 5 working days
      on_expiry: complete
      exclusive: hearing_room
    opinion:
      label: {nl: Oordeel, en: Opinion}
      for: secretariat
      count: 3
      join: {at_least: 2}
      rest: withdraw
      after: [statement]
      cancels: [notice]
      outcomes: {safe: {nl: veilig, en: safe}, unsafe: {nl: onveilig, en: unsafe}}
      rounds: 2
    notice:
      label: {nl: Bericht, en: Notice}
      for: mediator
      join: none
      term: 2 working days
    letter:
      label: {nl: Brief, en: Letter}
      for: party
      join: first
      after_any: ["opinion:safe", statement]
    """,
    when_done="go_on",
)


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "nl",
            [
                "Werk in Werk",
                (
                    "Zienswijze (statement): elke partij; 5 werkdagen, dan zonder; een tegelijk "
                    "(hearing_room)"
                ),
                (
                    "Oordeel (opinion): secretariaat, 3 keer; na statement; 2 is genoeg; de "
                    "andere vervallen dan; antwoord: veilig, onveilig; trekt in: notice; ten "
                    "hoogste 2 keer"
                ),
                "Bericht (notice): bemiddelaar; hierop wordt niet gewacht; 2 werkdagen",
                "Brief (letter): partij; na opinion:safe of statement; een is genoeg",
                "alles klaar: go_on",
            ],
        ),
        ("en", ["Work in Work", "all done: go_on"]),
    ],
)
def test_the_work_of_a_stage_is_told_in_a_block(language, lines) -> None:
    (block,) = task_blocks(parse_workflow(PROCEDURE, "proef.yaml"), language)
    told = [line.strip() for line in block.split("\n")]
    assert set(lines) <= set(told)
    assert len(told) == 6


def test_as_data_a_task_is_what_the_file_says() -> None:
    workflow = parse_workflow(PROCEDURE, "proef.yaml")
    told = task_data(workflow.stages["werk"].tasks["opinion"])
    assert told["join"] == {"at_least": 2}
    assert (told["for"], told["count"], told["rounds"]) == ("secretariat", 3, 2)
    assert task_data(workflow.stages["werk"].tasks["statement"])["for"] == "each_party"
