"""`impasse audit`: walk the hash chain of every history, and reckon from it what is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from impasse.cli.answer import FormatOption, OutputFormat, opened, say, say_json, words
from impasse.cli.main import reader_language
from impasse.domain.people import CLOCK

if TYPE_CHECKING:
    from impasse.adapters.sql.retracing import RetracedCase
    from impasse.domain.case import Term
    from impasse.domain.retrace import Difference

app = typer.Typer(no_args_is_help=True)


@app.callback(help=words("Controleer de geschiedenis.", "Verify the history."))
def _group() -> None:
    """Verify the history."""


@app.command(
    help=words(
        "Loop alle ketens na; noemt de eerste schakel die niet past en eindigt dan met 1.",
        "Walk all chains; names the first link that does not fit, and then ends with 1.",
    )
)
def verify(output_format: FormatOption = OutputFormat.TEXT) -> None:
    """Walk all chains; names the first link that does not fit, and then ends with 1."""
    from impasse.adapters.sql.audit import verify as verify_all

    with opened() as house:
        broken = list(verify_all(house.database))
    if output_format is OutputFormat.JSON:
        say_json(
            {
                "broken": [
                    {"subject": b.subject, "seq": b.seq, "why": b.why.in_(reader_language())}
                    for b in broken
                ]
            }
        )
    elif not broken:
        say(words("De geschiedenis van alle zaken klopt.", "The history of all cases is whole."))
    else:
        for chain in broken:
            why = chain.why
            say(
                words(
                    f"{chain.subject}: {why.nl}, bij regel {chain.seq}.",
                    f"{chain.subject}: {why.en}, at entry {chain.seq}.",
                )
            )
    if broken:
        raise typer.Exit(1)


@app.command(
    help=words(
        "Bereken elke termijn opnieuw uit de geschiedenis en vergelijk haar byte voor byte met "
        "wat is bewaard; eindigt met 1 als er een verschilt.",
        "Reckon every term again from history and compare it, byte for byte, with what is "
        "stored; ends with 1 when one differs.",
    )
)
def terms(
    case: Annotated[
        str,
        typer.Argument(
            metavar="[CASE]",
            help=words("Alleen deze zaak, zoals IMP-2026-0014.", "Only this case."),
        ),
    ] = "",
    *,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Reckon every term again from history and compare it with what is stored."""
    from impasse.adapters.sql.retracing import retrace_terms
    from impasse.engine.lives import by_reference, by_version

    with opened() as house:
        found = list(
            retrace_terms(
                house.database,
                by_reference(house.procedures),
                by_version(house.calendars, house.calendar),
                case.strip(),
            )
        )
    if output_format is OutputFormat.JSON:
        say_json(_as_json(found))
    else:
        _tell(found)
    if not all(one.sound for one in found):
        raise typer.Exit(1)


def _tell(found: list[RetracedCase]) -> None:
    for case in found:
        if case.unreadable is not None:
            say(case.unreadable.in_(reader_language()))
        for one in case.differing:
            say(_difference(case.case, one))
        for stay in case.unknown:
            why = stay.why_not
            assert why is not None  # noqa: S101 that is what makes it unknown
            say(
                words(
                    f"{case.case}, fase {stay.stage}: niet na te rekenen; {why.nl}.",
                    f"{case.case}, stage {stay.stage}: cannot be reckoned again; {why.en}.",
                )
            )
    same = sum(case.terms for case in found)
    differing = sum(len(case.differing) for case in found)
    unknown = sum(len(case.unknown) for case in found)
    say(
        words(
            f"{same} gelijk tot op de byte, {differing} anders, {unknown} niet na te rekenen.",
            f"{same} the same to the byte, {differing} differ, {unknown} cannot be reckoned again.",
        )
    )


def _difference(case: str, one: Difference) -> str:
    stored, retraced = _end(one.stored), _end(one.retraced)
    return words(
        f"{case}, fase {one.stage}: bewaard einde {stored}, uit de geschiedenis {retraced}; "
        f"{one.text.nl} (regel {one.seq}).",
        f"{case}, stage {one.stage}: stored end {stored}, from history {retraced}; "
        f"{one.text.en} (entry {one.seq}).",
    )


def _end(term: Term | None) -> str:
    return words("geen", "none") if term is None else term.end.isoformat()


def _as_json(found: list[RetracedCase]) -> dict[str, Any]:
    language = reader_language()
    return {
        "same": sum(case.terms for case in found),
        "differing": [
            {
                "case": case.case,
                "stage": one.stage,
                "stageEntry": one.stage_entry,
                "storedEnd": None if one.stored is None else one.stored.end,
                "historyEnd": None if one.retraced is None else one.retraced.end,
                "entry": one.seq,
                "why": one.text.in_(language),
            }
            for case in found
            for one in case.differing
        ],
        "unknown": [
            {
                "case": case.case,
                "stage": stay.stage,
                "stageEntry": stay.stage_entry,
                "why": "" if stay.why_not is None else stay.why_not.in_(language),
            }
            for case in found
            for stay in case.unknown
        ],
        "unreadable": [
            {"case": case.case, "why": case.unreadable.in_(language)}
            for case in found
            if case.unreadable is not None
        ],
    }


@app.command(
    help=words(
        "Toon op wie een zaak wachtte, en haar vier klokken.",
        "Show for whom a case waited, and its four clocks.",
    )
)
def ledger(
    case: Annotated[
        str,
        typer.Argument(
            metavar="CASE",
            help=words("Nummer, zoals IMP-2026-0014.", "Number, such as IMP-2026-0014."),
        ),
    ],
    *,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Show for whom a case waited, and its four clocks."""
    from impasse.adapters.sql.people import list_persons
    from impasse.domain.clocks import clocks
    from impasse.domain.ledger import account_label, ledger_sentence
    from impasse.domain.ledger import ledger as keep
    from impasse.domain.people import Role
    from impasse.engine.lives import life_of

    with opened() as house:
        subject = house.views.case(CLOCK, case)
        entries = house.views.history(case)
        today = house.calendar.local_day(house.clock())
        life = life_of(house.procedures, subject, entries, today)
        book = keep(life, house.calendar)
        names = {party.organisation: party.name for party in subject.parties}
        persons = list_persons(house.database)
        read = clocks(
            life,
            entries,
            subject.term,
            house.calendar,
            names=names,
            secretariat=frozenset(p.id for p in persons if Role.SECRETARIAT in p.roles),
        )
    language = reader_language()
    if output_format is OutputFormat.JSON:
        say_json(
            {
                "case": case,
                "until": book.until,
                "days": book.days,
                "workingDays": book.working_days,
                "accounts": [
                    {
                        "account": one.account,
                        "label": account_label(one.account, names).in_(language),
                        "days": one.days,
                        "workingDays": one.working_days,
                    }
                    for one in book.balances
                ],
                "clocks": [
                    {
                        "kind": one.kind.value,
                        "state": one.state.value,
                        "days": one.days,
                        "norm": one.norm,
                        "sentence": one.sentence.in_(language),
                    }
                    for one in read
                ],
            }
        )
        return
    say(f"{case}: {ledger_sentence(book, names).in_(language)}")
    for one in read:
        say(f"  - {one.kind.label.in_(language)}: {one.sentence.in_(language)}")


@app.command(
    help=words(
        "Tel per maand hoe vaak in vertrouwelijke kamers is gelezen; kleine aantallen blijven "
        "verborgen.",
        "Count per month how often closed rooms were read; small numbers stay hidden.",
    )
)
def reads(output_format: FormatOption = OutputFormat.TEXT) -> None:
    """Count per month how often closed rooms were read."""
    from impasse.adapters.sql.reading_counts import FEWEST, reading_counts

    with opened() as house:
        found = reading_counts(house.database)
    if output_format is OutputFormat.JSON:
        say_json([{"month": one.month, "reads": one.reads} for one in found])
        return
    for one in found:
        say(f"{one.month}  {one.reads}")
    say(
        words(
            f"Een maand telt pas mee bij {FEWEST} zaken en {FEWEST} personen of meer.",
            f"A month counts only with {FEWEST} cases and {FEWEST} persons or more.",
        )
    )
