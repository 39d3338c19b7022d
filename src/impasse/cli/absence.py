"""`impasse user absent`: who is away, and who stands in."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from impasse.cli.answer import FormatOption, OutputFormat, opened, say, say_json, table, words
from impasse.domain.errors import Fault, Invalid
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.adapters.sql.substitutions import AbsenceLine

app = typer.Typer(
    no_args_is_help=True,
    help=words("Leg vast wie afwezig is en wie vervangt.", "Record who is away and who stands in."),
)

_DAY = words("Een dag, zoals 2026-12-24.", "A day, such as 2026-12-24.")


@app.command(
    help=words(
        "Leg een afwezigheid vast: de vervanger draagt die dagen ook de rol van liaison of "
        "secretariaat van wie er niet is.",
        "Record an absence: on these days the substitute also carries the role of liaison officer "
        "or secretariat of who is away.",
    )
)
def add(
    person: Annotated[
        str, typer.Argument(metavar="USER", help=words("Wie afwezig is.", "Who is absent."))
    ],
    *,
    substitute: Annotated[
        str,
        typer.Option(
            help=words(
                "Wie vervangt, van dezelfde organisatie.",
                "Who stands in, of the same organisation.",
            )
        ),
    ],
    from_: Annotated[str, typer.Option("--from", help=_DAY)],
    until: Annotated[str, typer.Option(help=_DAY)],
    reason: Annotated[
        str,
        typer.Option(
            help=words(
                "Toelichting; niets over gezondheid.", "An explanation; nothing about health."
            )
        ),
    ] = "",
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Record an absence."""
    from impasse.adapters.sql.substitutions import record_absence
    from impasse.domain.substitution import Wish

    wish = Wish(person, substitute, _day(from_, "--from"), _day(until, "--until"), reason)
    with opened() as house:
        line = record_absence(house.database, wish, by=None, at=house.clock())
    if output_format is OutputFormat.JSON:
        say_json(_as_data(line))
        return
    say(
        words(
            f"Vastgelegd als {line.absence.id}: {substitute} vervangt {person}.",
            f"Recorded as {line.absence.id}: {substitute} stands in for {person}.",
        )
    )
    _warn(line)


@app.command(
    "list",
    help=words("Toon wie afwezig is of wordt.", "Show who is away, or will be."),
)
def show(
    *,
    past: Annotated[
        bool, typer.Option("--past", help=words("Ook wat voorbij is.", "Those that ended too."))
    ] = False,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Show who is away, or will be."""
    from impasse.adapters.sql.substitutions import absences_seen

    with opened() as house:
        lines = absences_seen(house.database, None, at=house.clock(), past=past)
    if output_format is OutputFormat.JSON:
        say_json([_as_data(line) for line in lines])
        return
    table(
        (
            words("nummer", "number"),
            words("afwezig", "absent"),
            words("vervanger", "substitute"),
            words("van", "from"),
            words("tot en met", "until"),
            "",
        ),
        [
            (
                line.absence.id,
                line.absence.person,
                line.absence.substitute,
                line.absence.from_day.isoformat(),
                line.absence.until_day.isoformat(),
                words("beëindigd", "ended") if line.absence.ended_at else "",
            )
            for line in lines
        ],
    )
    for line in lines:
        _warn(line)


@app.command(
    help=words("Beëindig een afwezigheid, of zeg haar af.", "End an absence, or call it off.")
)
def end(
    number: Annotated[
        str, typer.Argument(metavar="NUMBER", help=words("Welke afwezigheid.", "Which absence."))
    ],
) -> None:
    """End an absence, or call it off."""
    from impasse.adapters.sql.substitutions import end_absence

    with opened() as house:
        end_absence(house.database, number, by=None, at=house.clock())
    say(words(f"Beëindigd: {number}.", f"Ended: {number}."))


def _day(written: str, option: str) -> date:
    """Return the day after *option*; raises `Invalid` for what is no day."""
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise Invalid(
            Text("Deze afwezigheid kan zo niet.", "This absence cannot be recorded."),
            [
                Fault(
                    option,
                    Text(
                        "Schrijf de dag als 2026-12-24.",
                        "Write the day as 2026-12-24.",
                    ),
                )
            ],
        ) from error


def _warn(line: AbsenceLine) -> None:
    for gap in line.gaps:
        say(words(f"Let op: {gap.text.nl}", f"Mind: {gap.text.en}"))


def _as_data(line: AbsenceLine) -> dict[str, Any]:
    one = line.absence
    return {
        "id": one.id,
        "person": one.person,
        "substitute": one.substitute,
        "from_day": one.from_day,
        "until_day": one.until_day,
        "reason": one.reason,
        "ended_at": one.ended_at,
        "gaps": [
            {
                "first_day": gap.first,
                "last_day": gap.last,
                "chain": list(gap.chain.links),
                "warning": {"nl": gap.text.nl, "en": gap.text.en},
            }
            for gap in line.gaps
        ],
    }
