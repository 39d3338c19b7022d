"""`impasse disclosure`: the objective part of a case, and what a government makes public of it."""

from __future__ import annotations

from typing import Annotated

import typer

from impasse.cli.acting import actor_called
from impasse.cli.answer import (
    FormatOption,
    LanguageOption,
    OutputFormat,
    opened,
    say,
    say_json,
    table,
    words,
)
from impasse.domain.commands import AssessDisclosure
from impasse.domain.disclosure import Disclosure

app = typer.Typer(no_args_is_help=True)

CaseArgument = Annotated[
    str,
    typer.Argument(
        metavar="CASE", help=words("Nummer, zoals IMP-2026-0014.", "Number, such as IMP-2026-0014.")
    ),
]
ByOption = Annotated[
    str,
    typer.Option(
        "--by",
        metavar="PERSON",
        help=words(
            "Wie dit doet: een gebruiker uit 'impasse user list'.",
            "Who does this: a user of 'impasse user list'.",
        ),
    ),
]


@app.callback(help=words("Openbaarheid onder de Woo.", "Openness under the Woo."))
def _group() -> None:
    """Openness under the Woo."""


@app.command(
    help=words(
        "Toon de gronden van de Woo, met wat er voor milieu-informatie van overblijft.",
        "Show the grounds of the Woo, with what remains of them for environmental information.",
    )
)
def grounds(language: LanguageOption, output_format: FormatOption = OutputFormat.TEXT) -> None:
    """Show the grounds of the Woo."""
    from impasse.domain.woo_grounds import GROUNDS

    rows = [
        {
            "code": one.code,
            "protects": one.protects.in_(language),
            "weight": one.weight.value,
            "environment": one.environment.value,
        }
        for one in GROUNDS.values()
    ]
    if output_format is OutputFormat.JSON:
        say_json(rows)
        return
    table(
        (words("grond", "ground"), words("weging", "weight"), words("milieu", "environment"),
         words("beschermt", "protects")),
        [
            (one.code, one.weight.label.in_(language), one.environment.label.in_(language),
             one.protects.in_(language))
            for one in GROUNDS.values()
        ],
    )  # fmt: skip


@app.command(
    "objective-part",
    help=words(
        "Toon wat gedeeld en objectief is: feiten, alternatieven en gevolgen.",
        "Show what is shared and objective: facts, alternatives and consequences.",
    ),
)
def objective_part(
    case: CaseArgument, *, by: ByOption, output_format: FormatOption = OutputFormat.TEXT
) -> None:
    """Show what is shared and objective."""
    with opened() as house:
        actor = actor_called(house, by)
        found = house.law.objective_part(actor, house.views.case(actor, case.strip()))
    if output_format is OutputFormat.JSON:
        say_json(
            [
                {
                    "id": one.id,
                    "kind": one.kind.value,
                    "environmental": one.environmental,
                    "organisation": one.organisation,
                    "title": one.title,
                    "text": one.text,
                }
                for one in found
            ]
        )
        return
    for one in found:
        say(f"{one.id}  {one.title}")
        for line in one.text.splitlines():
            say(f"    {line}")
    if not found:
        say(words("Nog niets.", "Nothing yet."))


@app.command(
    "list",
    help=words(
        "Toon elk gedeeld stuk, met wat de overheid van die persoon erover besloot.",
        "Show every shared item, with what the government of that person decided about it.",
    ),
)
def show(
    case: CaseArgument,
    language: LanguageOption,
    *,
    by: ByOption,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Show every shared item and what was decided about it."""
    with opened() as house:
        actor = actor_called(house, by)
        found = house.views.case(actor, case.strip())
        decided = house.law.assessments(actor, found, actor.organisation)
        items = house.law.items(actor, found)
    if output_format is OutputFormat.JSON:
        say_json(
            [
                {
                    "item": one.number,
                    "title": one.title,
                    "environmental": one.environmental,
                    "disclosure": decided[one.number].disclosure.value
                    if one.number in decided
                    else None,
                    "grounds": list(decided[one.number].grounds) if one.number in decided else [],
                }
                for one in items
            ]
        )
        return
    undecided = words("nog niet beoordeeld", "not assessed yet")
    table(
        (words("stuk", "item"), words("besluit", "decision"), words("gronden", "grounds"),
         words("titel", "title")),
        [
            (
                one.number,
                decided[one.number].disclosure.label.in_(language)
                if one.number in decided
                else undecided,
                ", ".join(decided[one.number].grounds) if one.number in decided else "",
                one.title,
            )
            for one in items
        ],
    )  # fmt: skip


@app.command(
    help=words(
        "Leg vast wat de overheid van die persoon van een stuk openbaar maakt.",
        "Record what the government of that person discloses of an item.",
    )
)
def assess(
    case: CaseArgument,
    item: Annotated[
        str, typer.Argument(metavar="ITEM", help=words("Zoals N1, D2 of S1.", "Such as N1."))
    ],
    disclosure: Annotated[
        Disclosure,
        typer.Argument(help=words("full, partial of refused.", "full, partial or refused.")),
    ],
    *,
    by: ByOption,
    ground: Annotated[
        list[str] | None,
        typer.Option(
            "--ground",
            metavar="CODE",
            show_default=False,
            help=words(
                "Zoals 5.1.2.e; mag vaker. Zie 'impasse disclosure grounds'.",
                "Such as 5.1.2.e; may be given more than once. See 'impasse disclosure grounds'.",
            ),
        ),
    ] = None,
    note: Annotated[
        str,
        typer.Option(
            metavar="TEXT", show_default=False, help=words("De motivering.", "The reason.")
        ),
    ] = "",
) -> None:
    """Record what a government discloses of an item."""
    with opened() as house:
        actor = actor_called(house, by)
        command = AssessDisclosure(
            case.strip(), item.strip(), actor.organisation, disclosure, tuple(ground or ()), note
        )
        house.engine.handle(command, actor)
    say(words(f"Vastgelegd: {item.strip()}.", f"Recorded: {item.strip()}."))
