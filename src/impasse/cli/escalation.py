"""`impasse escalation`: check, adopt and show policies, and foresee who hears what."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

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
from impasse.cli.escalation_runs import register
from impasse.cli.main import Status
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.errors import Fault, Invalid, NotFound, Unreadable
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from impasse.adapters.files.located import Located
    from impasse.domain.escalation import Directory
    from impasse.domain.escalation_policy import EscalationPolicy
    from impasse.domain.foreseen import Foreseen
    from impasse.domain.policy_problems import Known
    from impasse.domain.policy_told import Rung
    from impasse.domain.text import Language
    from impasse.wiring import House

app = typer.Typer(no_args_is_help=True)

_Policy = Annotated[
    str,
    typer.Argument(
        metavar="NAME[@VERSION]|FILE",
        help=words("Een aangenomen beleid, of een bestand.", "An adopted policy, or a file."),
    ),
]


@app.command(
    help=words(
        "Noem elke fout en elke waarschuwing in elk bestand, met regelnummer. Eindigt met 1 als er "
        "een fout is.",
        "Tell every problem and every warning of every file, with its line. Ends with 1 when there "
        "is a problem.",
    )
)
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", show_default=False)],
    language: LanguageOption,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Print `file:line: sentence` for all that is found; end with 2 when a file cannot be read."""
    from impasse.adapters.files.escalation import PolicyProblems, check_policy
    from impasse.adapters.files.located import text_of

    known = _indicators_known()
    problems: list[Located] = []
    warnings: list[Located] = []
    unreadable = False
    for file in files:
        try:
            warnings += check_policy(text_of(file), str(file), known).warnings
        except PolicyProblems as found:
            problems += found.problems
            warnings += found.warnings
        except Unreadable as error:
            unreadable = True
            typer.echo(f"impasse: {error.text.in_(language)}", err=True)
    if output_format is OutputFormat.JSON:
        say_json(
            {
                "sound": not problems and not unreadable,
                "problems": [_located(one, language) for one in problems],
                "warnings": [_located(one, language) for one in warnings],
            }
        )
    else:
        for one in problems:
            say(one.sentence.in_(language))
        _warn(warnings, language)
        if not problems and not unreadable:
            typer.echo(Text("In orde.", "Sound.").in_(language), err=True)
    if unreadable:
        raise typer.Exit(Status.UNUSABLE)
    if problems:
        raise typer.Exit(Status.NO)


@app.command(
    "list",
    help=words(
        "Toon de aangenomen versies: welke gelden en welke golden.",
        "Show the adopted versions: which are in force and which were.",
    ),
)
def show_all(language: LanguageOption, output_format: FormatOption = OutputFormat.TEXT) -> None:
    """Show every adopted version, the one in force first."""
    with opened() as house:
        rows = house.policies.list()
        day = house.calendar.local_day
        adopted = [day(one.adopted_at).isoformat() for one in rows]
    if output_format is OutputFormat.JSON:
        say_json(
            [
                {
                    "reference": one.reference,
                    "name": one.name,
                    "version": one.version,
                    "inForce": one.in_force,
                    "adoptedAt": one.adopted_at.isoformat(),
                    "adoptedBy": one.adopted_by,
                    "contentHash": one.content_hash,
                }
                for one in rows
            ]
        )
        return
    head = Text("Beleid|Stand|Aangenomen|Door|Inhoud", "Policy|Standing|Adopted|By|Content")
    stand = {True: Text("geldt", "in force"), False: Text("geldt niet", "not in force")}
    table(
        tuple(head.in_(language).split("|")),
        [
            (
                one.reference,
                stand[one.in_force].in_(language),
                on,
                one.adopted_by,
                one.content_hash[:12],
            )
            for one, on in zip(rows, adopted, strict=True)
        ],
    )


@app.command(
    help=words(
        "Neem een versie van een beleid aan. Zij geldt meteen; wat al loopt houdt zijn beleid.",
        "Adopt a version of a policy. It is in force at once; what runs keeps its policy.",
    )
)
def adopt(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help=words("Een beleid (YAML).", "A policy (YAML).")),
    ],
    language: LanguageOption,
    by: Annotated[
        str,
        typer.Option(
            metavar="NAME", help=words("Wie het beleid aanneemt.", "Who adopts the policy.")
        ),
    ],
    *,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help=words("Verander niets; kijk alleen na.", "Change nothing; only look."),
        ),
    ] = False,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Adopt the policy in *file*, or with `--dry-run` tell what that would come to."""
    from impasse.adapters.files.yaml_lines import read_text

    content = read_text(file)
    with opened() as house:
        known = _known(house)
        try:
            done = house.policies.weigh(content, str(file), by=by, known=known)
            new = done.new
            if not dry_run:
                at = house.clock()
                new = house.policies.adopt_text(content, str(file), by=by, at=at, known=known).new
        except Invalid as error:
            faults = [Fault("--by", one.text) for one in error.faults]
            raise Invalid(error.text, faults) from error
    reference = done.policy.reference
    if output_format is OutputFormat.JSON:
        say_json(
            {
                "reference": reference,
                "adopted": new and not dry_run,
                "before": done.before,
                "warnings": [_located(one, language) for one in done.warnings],
            }
        )
        return
    _warn(done.warnings, language)
    if not new:
        told = Text(f"{reference} gold al.", f"{reference} was in force already.")
    elif dry_run:
        told = Text(
            f"{reference} zou meteen gelden. Er is niets veranderd.",
            f"{reference} would be in force at once. Nothing was changed.",
        )
    else:
        told = Text(f"{reference} geldt nu.", f"{reference} is in force now.")
    say(told.in_(language))


@app.command(
    help=words(
        "Toon de treden van een beleid: wanneer, wie, en wat een antwoord is.",
        "Show the levels of a policy: when, who, and what counts as an answer.",
    )
)
def show(
    policy: _Policy,
    language: LanguageOption,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Print a policy as a ladder."""
    from impasse.domain.policy_snapshot import as_json
    from impasse.domain.policy_told import ends, jumps, ladder, limits, starts

    with opened() as house:
        found = _find(house, policy)
        labels = {one.code: one.label for one in house.indicators.indicators}
    if output_format is OutputFormat.JSON:
        say_json(as_json(found))
        return
    say(f"{found.title.in_(language)} ({found.reference})")
    say((Text("Begint: ", "Starts: ") + starts(found)).in_(language))
    say((Text("Eindigt: ", "Ends: ") + ends(found)).in_(language))
    say(limits(found).in_(language))
    for rung in ladder(found):
        _say_rung(rung, language)
    for jump in jumps(found, labels):
        say("\n" + jump.in_(language))


@app.command(
    help=words(
        "Toon wie in een zaak wat wanneer hoort als niemand antwoordt. Er wordt niets verstuurd.",
        "Show who hears what, and when, in a case if nobody answers. Nothing is sent.",
    )
)
def preview(
    policy: _Policy,
    language: LanguageOption,
    case: Annotated[
        str,
        typer.Option(
            metavar="CASE",
            help=words("Nummer, zoals IMP-2026-0014.", "Number, such as IMP-2026-0014."),
        ),
    ],
    at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            show_default=False,
            help=words(
                "Alsof zij dan begint, zoals 2026-12-24T09:00; standaard nu.",
                "As if it began then, such as 2026-12-24T09:00; by default now.",
            ),
        ),
    ] = None,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Print what will be told, level by level, to whom as people are there that day."""
    from impasse.domain.foreseen import foresee
    from impasse.domain.people import CLOCK

    begin = _instant(at)
    with opened() as house:
        found, subject = _find(house, policy), house.views.case(CLOCK, case)
        moment = begin or house.clock()
        directory = house.directory.read(moment)
        coming = foresee(found, subject, directory, house.calendar, moment)
    if output_format is OutputFormat.JSON:
        say_json([_foreseen(one, language) for one in coming])
        return
    say(f"{found.title.in_(language)} ({found.reference}), {case}")
    for one in coming:
        local = one.at.astimezone(AMSTERDAM)
        say(f"\n{local:%Y-%m-%d %H:%M}  {one.place + 1}. {one.level.label.in_(language)}")
        for line in _hearing(one, directory):
            say("  - " + line.in_(language))


@app.command(
    help=words(
        "Geef het JSON-schema van de bestandsvorm, voor editors.",
        "Give the JSON Schema of the file format, for editors.",
    )
)
def schema() -> None:
    """Print the JSON Schema of a policy file."""
    from impasse.adapters.files.escalation import json_schema

    say_json(json_schema())


register(app)


def _indicators_known() -> Known:
    """Return the indicators of the settings: all that can be known without a house."""
    from impasse.adapters.files.early_warning import load_indicators
    from impasse.domain.policy_problems import Known
    from impasse.settings import load_settings

    indicators, _ = load_indicators(load_settings().early_warning_file)
    return Known(indicators=[one.code for one in indicators.indicators])


def _known(house: House) -> Known:
    return house.policies.known(one.code for one in house.indicators.indicators)


def _find(house: House, written: str) -> EscalationPolicy:
    """Return the policy that `NAME`, `NAME@VERSION` or a file means."""
    from impasse.adapters.files.escalation import load_policy

    if written.endswith((".yaml", ".yml")):
        return load_policy(Path(written))
    name, at, version = written.partition("@")
    if at:
        return house.policies.get(name, version)
    found = house.policies.in_force().get(name)
    if found is None:
        known = ", ".join(house.policies.in_force())
        raise NotFound(
            Text(
                f"Er geldt geen opschalingsbeleid '{name}'. Kies uit: {known}.",
                f"No escalation policy '{name}' is in force. Choose from: {known}.",
            )
        )
    return found


def _instant(written: str | None) -> datetime | None:
    if written is None:
        return None
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise Invalid(
            Text(
                f'--at: "{written}" is geen moment. Schrijf het als 2026-12-24T09:00.',
                f'--at: "{written}" is no moment. Write it as 2026-12-24T09:00.',
            )
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=AMSTERDAM)


def _warn(warnings: list[Located] | tuple[Located, ...], language: Language) -> None:
    for one in warnings:
        say(Text("let op: ", "warning: ").in_(language) + one.sentence.in_(language))


def _located(one: Located, language: Language) -> dict[str, Any]:
    return {"file": one.file, "line": one.line, "text": one.text.in_(language)}


def _say_rung(rung: Rung, language: Language) -> None:
    say(f"\n{rung.number}. {rung.level.label.in_(language)}: {rung.when.in_(language)}")
    for who in rung.whom:
        say("   - " + who.in_(language))
    told = [rung.answer]
    if rung.reminder is not None:
        told.append(rung.reminder)
    if rung.level.urgent:
        told.append(Text("gaat door stille uren heen", "passes quiet hours"))
    say("   " + "; ".join(one.in_(language) for one in told))
    if not rung.meeting:
        say("   " + (Text("is er niemand: ", "if nobody is there: ") + rung.nobody).in_(language))
    if rung.level.message is not None:
        say(f"   “{rung.level.message.in_(language)}”")


def _hearing(one: Foreseen, directory: Directory) -> list[Text]:
    """Return who hears of a level, by function and organisation, and who is missing."""
    found = []
    for addressee in one.resolved.to:
        person = directory.persons.get(addressee.person)
        who = same(addressee.person)
        if person is not None:
            where = f", {person.organisation}" if person.organisation else ""
            who = person.function + same(f"{where} ({person.id})")
        if not addressee.knows:
            who += Text(", hoort de naam van de zaak niet", ", does not hear the name of the case")
        found.append(who)
    found += [same(f"webhook {webhook}") for webhook in one.resolved.webhooks]
    if one.resolved.meeting:
        found.append(
            Text(
                f"voorstel voor de agenda van het {one.resolved.meeting}",
                f"proposed for the agenda of the {one.resolved.meeting}",
            )
        )
    found += [Text("niemand voor: ", "nobody for: ") + empty for empty in one.resolved.empty]
    return found


def _foreseen(one: Foreseen, language: Language) -> dict[str, Any]:
    return {
        "level": one.level.name,
        "label": one.level.label.in_(language),
        "round": one.round,
        "at": one.at.isoformat(),
        "to": [addressee.person for addressee in one.resolved.to],
        "webhooks": list(one.resolved.webhooks),
        "meeting": one.resolved.meeting,
        "empty": [empty.in_(language) for empty in one.resolved.empty],
        "fallback": one.resolved.fallback,
    }
