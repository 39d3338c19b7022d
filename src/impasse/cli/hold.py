"""`impasse hold`: legal holds; while one stands, nothing of a case is destroyed."""

from __future__ import annotations

from typing import Annotated

import typer

from impasse.cli.acting import actor_called
from impasse.cli.answer import FormatOption, OutputFormat, opened, say, say_json, table, words
from impasse.cli.disclosure import ByOption, CaseArgument
from impasse.domain.commands import LiftHold, PlaceHold

app = typer.Typer(no_args_is_help=True)

_Reason = Annotated[
    str,
    typer.Option(
        metavar="TEXT",
        help=words("Waarom; alle partijen lezen dit.", "Why; all parties read this."),
    ),
]


@app.callback(help=words("Bewaarplichten van een zaak.", "Legal holds of a case."))
def _group() -> None:
    """Legal holds of a case."""


@app.command("list", help=words("Toon de bewaarplichten van een zaak.", "Show the legal holds."))
def show(
    case: CaseArgument, *, by: ByOption, output_format: FormatOption = OutputFormat.TEXT
) -> None:
    """Show the legal holds of a case."""
    with opened() as house:
        holds = house.law.holds(house.views.case(actor_called(house, by), case.strip()))
    if output_format is OutputFormat.JSON:
        say_json(
            [
                {
                    "id": one.id,
                    "organisation": one.organisation,
                    "reason": one.reason,
                    "reference": one.reference,
                    "placedAt": one.placed_at.isoformat(),
                    "liftedAt": None if one.lifted_at is None else one.lifted_at.isoformat(),
                }
                for one in holds
            ]
        )
        return
    stands, lifted = words("geldt", "stands"), words("opgeheven", "lifted")
    table(
        (words("nummer", "number"), words("staat", "state"), words("voor", "for"),
         words("kenmerk", "reference"), words("reden", "reason")),
        [
            (one.id, stands if one.lifted_at is None else lifted, one.organisation,
             one.reference, " ".join(one.reason.split()))
            for one in holds
        ],
    )  # fmt: skip


@app.command(
    help=words("Leg een bewaarplicht op een zaak.", "Place a legal hold on a case."),
)
def place(
    case: CaseArgument,
    *,
    by: ByOption,
    reason: _Reason,
    reference: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            show_default=False,
            help=words("Kenmerk van het verzoek.", "Reference of the request."),
        ),
    ] = "",
    organisation: Annotated[
        str,
        typer.Option(
            metavar="ORG",
            show_default=False,
            help=words(
                "Voor welke partij; standaard die van de persoon.",
                "For which party; by default that of the person.",
            ),
        ),
    ] = "",
) -> None:
    """Place a legal hold on a case."""
    with opened() as house:
        actor = actor_called(house, by)
        command = PlaceHold(case.strip(), organisation or actor.organisation, reason, reference)
        made = house.engine.handle(command, actor).created
    say(words(f"Bewaarplicht {made} geldt.", f"Legal hold {made} stands."))


@app.command(help=words("Hef een bewaarplicht op.", "Lift a legal hold."))
def lift(
    case: CaseArgument,
    hold: Annotated[str, typer.Argument(metavar="HOLD", help=words("Zoals B1.", "Such as B1."))],
    *,
    by: ByOption,
    reason: _Reason,
) -> None:
    """Lift a legal hold."""
    with opened() as house:
        house.engine.handle(LiftHold(case.strip(), hold.strip(), reason), actor_called(house, by))
    say(words(f"Bewaarplicht {hold.strip()} is opgeheven.", f"Lifted: {hold.strip()}."))
