"""`impasse case`: look at a case, and suspend, extend or resume its term with a look beforehand.

Who acts is named with `--by`, and may do here what the same person may do on a page. Nothing is
done before the new date and its reasons have been shown.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from impasse.cli.acting import actor_called
from impasse.cli.answer import (
    FormatOption,
    LanguageOption,
    OutputFormat,
    opened,
    say,
    say_json,
    words,
)
from impasse.domain.calendar import FIRST_DAY, LAST_DAY
from impasse.domain.commands import CompleteTask, Extend, Resume, Suspend
from impasse.domain.errors import Fault, Invalid
from impasse.domain.length import Length
from impasse.domain.term_acts import SuspensionReason
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.domain.case import Case
    from impasse.domain.commands import CaseCommand
    from impasse.domain.decision import Decision
    from impasse.domain.text import Language
    from impasse.engine.ports import Receipt
    from impasse.wiring import House

app = typer.Typer(no_args_is_help=True)
task_app = typer.Typer(no_args_is_help=True)
app.add_typer(task_app, name="task", help=words("Werk binnen een fase.", "Work inside a stage."))

_Case = Annotated[
    str,
    typer.Argument(
        metavar="CASE", help=words("Nummer, zoals IMP-2026-0014.", "Number, such as IMP-2026-0014.")
    ),
]
_By = Annotated[
    str,
    typer.Option(
        "--by",
        metavar="PERSON",
        help=words(
            "Wie dit doet: een gebruiker uit 'impasse user list', met de rollen die daar staan.",
            "Who does this: a user of 'impasse user list', with the roles that stand there.",
        ),
    ),
]
_DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help=words(
            "Verander niets; toon alleen wat er zou gebeuren.",
            "Change nothing; show only what would happen.",
        ),
    ),
]
_Consents = Annotated[
    list[str] | None,
    typer.Option(
        "--consent",
        metavar="ORG",
        show_default=False,
        help=words(
            "Organisatie die instemde, zoals pv27; mag vaker.",
            "An organisation that agreed, such as pv27; may be given more than once.",
        ),
    ),
]
_OPTIONS = {
    "beginsOn": "--begins-on",
    "endedOn": "--ended-on",
    "waitsFor": "--waits-for",
    "waitsForName": "--waits-for-name",
    "length": "LENGTH",
    "consents": "--consent",
}
"""How the values of a command are called on the command line, where that is not `--value`."""


@app.command(
    help=words(
        "Toon een zaak: fase, termijn en waarom, werk, wachttijd en klokken.",
        "Show a case: stage, term and why, work, waiting time and clocks.",
    )
)
def show(
    case: _Case, language: LanguageOption, output_format: FormatOption = OutputFormat.TEXT
) -> None:
    """Show where a case stands and why its term ends on the day it does."""
    from impasse.cli.case_told import as_json, look_at, tell

    with opened() as house:
        told = look_at(house, case.strip())
    if output_format is OutputFormat.JSON:
        say_json(as_json(told, language))
    else:
        tell(told, language)


@app.command(
    help=words(
        "Schort de termijn op: de klok staat stil van de dag erna tot en met een bepaalde dag.",
        "Suspend the term: the clock stands still from the day after until a given day.",
    )
)
def suspend(
    case: _Case,
    *,
    language: LanguageOption,
    reason: Annotated[
        SuspensionReason, typer.Option(help=words("Waarom de klok stilstaat.", "Why it stops."))
    ],
    waits_for: Annotated[
        str,
        typer.Option(
            metavar="WHO",
            help=words(
                "Op wie: een partij zoals pv27, of mediator, secretariat of outside.",
                "For whom: a party such as pv27, or mediator, secretariat or outside.",
            ),
        ),
    ],
    until: Annotated[
        str,
        typer.Option(
            metavar="DAY",
            help=words("De laatste dag, zoals 2027-01-08.", "The last day, such as 2027-01-08."),
        ),
    ],
    note: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help=words(
                "Waarop wordt gewacht; alle partijen lezen dit.",
                "What is waited for; all parties read this.",
            ),
        ),
    ],
    by: _By,
    begins_on: Annotated[
        str | None,
        typer.Option(
            metavar="DAY",
            show_default=False,
            help=words(
                "De klok staat stil vanaf de dag na deze; standaard vandaag.",
                "The clock stands still from the day after this one; by default today.",
            ),
        ),
    ] = None,
    waits_for_name: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            show_default=False,
            help=words("Wie of wat, bij outside.", "Who or what, with outside."),
        ),
    ] = "",
    consent: _Consents = None,
    dry_run: _DryRun = False,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Suspend the running term of a case."""
    command = Suspend(
        case.strip(),
        reason=reason,
        waits_for=waits_for.strip(),
        until=_day(until, "--until"),
        begins_on=None if begins_on is None else _day(begins_on, "--begins-on"),
        waits_for_name=waits_for_name,
        consents=_named(consent),
        note=note,
    )
    _act(command, by, _Answer(language, output_format, dry_run=dry_run))


@app.command(
    help=words("Verleng de termijn, voordat zij eindigt.", "Extend the term, before it ends.")
)
def extend(
    case: _Case,
    length: Annotated[
        str,
        typer.Argument(
            metavar="LENGTH",
            help=words(
                'Met hoeveel: "10 werkdagen", "2 weken".',
                'By how much: "10 working days", "2 weeks".',
            ),
        ),
    ],
    language: LanguageOption,
    reason: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help=words("Waarom; alle partijen lezen dit.", "Why; all parties read this."),
        ),
    ],
    by: _By,
    *,
    consent: _Consents = None,
    dry_run: _DryRun = False,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Extend the running term of a case."""
    with _on_the_command_line():
        command = Extend(case.strip(), _length(length), reason, _named(consent))
    _act(command, by, _Answer(language, output_format, dry_run=dry_run))


@app.command(
    help=words(
        "Hervat de termijn: wat werd afgewacht, is er; de klok loopt weer vanaf de dag erna.",
        "Resume the term: what was waited for is there; the clock runs again from the day after.",
    )
)
def resume(
    case: _Case,
    suspension: Annotated[
        str,
        typer.Argument(
            metavar="SUSPENSION",
            help=words("Welke, zoals O1; zie 'case show'.", "Which, such as O1; see 'case show'."),
        ),
    ],
    language: LanguageOption,
    by: _By,
    *,
    ended_on: Annotated[
        str | None,
        typer.Option(
            metavar="DAY",
            show_default=False,
            help=words("De dag waarop het kwam; standaard vandaag.", "The day; by default today."),
        ),
    ] = None,
    note: Annotated[
        str,
        typer.Option(
            metavar="TEXT", show_default=False, help=words("Toelichting.", "Explanation.")
        ),
    ] = "",
    dry_run: _DryRun = False,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """End a suspension of the running term of a case."""
    command = Resume(
        case.strip(),
        suspension.strip().upper(),
        None if ended_on is None else _day(ended_on, "--ended-on"),
        note,
    )
    _act(command, by, _Answer(language, output_format, dry_run=dry_run))


@task_app.callback()
def _tasks() -> None:
    """Work inside a stage."""


@task_app.command(
    "done", help=words("Rond een taak van de fase af.", "Say that a task of the stage is done.")
)
def task_done(
    case: _Case,
    task: Annotated[
        str,
        typer.Argument(
            metavar="TASK",
            help=words(
                "Welke, zoals 2-statement-1; zie 'case show'.",
                "Which, such as 2-statement-1; see 'case show'.",
            ),
        ),
    ],
    language: LanguageOption,
    by: _By,
    *,
    outcome: Annotated[
        str,
        typer.Option(
            metavar="ANSWER",
            show_default=False,
            help=words(
                "Het antwoord, waar de procedure daarom vraagt.",
                "The answer, where the procedure asks for one.",
            ),
        ),
    ] = "",
    note: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            show_default=False,
            help=words(
                "Waar het is na te lezen; nodig als u dit namens een ander doet.",
                "Where it can be checked; needed when you do this on behalf of another.",
            ),
        ),
    ] = "",
    dry_run: _DryRun = False,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Say that a task is done, for oneself or on behalf of another."""
    command = CompleteTask(case.strip(), task.strip(), outcome, note)
    _act(command, by, _Answer(language, output_format, dry_run=dry_run), of_term=False)


class _Answer:
    """How an act answers: in which language and form, and whether it is done at all."""

    def __init__(self, language: Language, output_format: OutputFormat, *, dry_run: bool) -> None:
        self.language = language
        self.json = output_format is OutputFormat.JSON
        self.dry_run = dry_run

    def line(self, text: Text, indent: str = "") -> None:
        """Print one line, unless a program is listening."""
        if not self.json:
            say(indent + text.in_(self.language))


def _act(command: CaseCommand, by: str, answer: _Answer, *, of_term: bool = True) -> None:
    """Show what *command* would do, and then do it: for the very case that was looked at."""
    from dataclasses import replace

    with opened() as house, _on_the_command_line():
        actor = actor_called(house, by.strip())
        case = house.views.case(actor, command.case)
        if isinstance(command, Suspend | Extend | Resume):
            command = replace(command, stay=case.stage_entry)
        decision = house.engine.preview(command, case, actor)
        tell = _tell_term if of_term else _tell_work
        told = tell(house, case, decision, answer)
        receipt = None
        if not answer.dry_run:
            receipt = house.engine.handle(command, actor, revision=case.revision)
    _finish(case, decision, receipt, told, answer)


def _tell_term(house: House, case: Case, decision: Decision, answer: _Answer) -> dict[str, object]:
    """Tell which day the end becomes and why; return the same for programs."""
    from impasse.cli.case_told import end_in_words, steps_json
    from impasse.domain.term_conditions import policy_of
    from impasse.domain.term_story import explain_term
    from impasse.engine.procedures import procedure_of

    before, after = case.term, decision.term
    if before is None or after is None:
        raise AssertionError(decision)
    stage = procedure_of(house.procedures, case).workflow.stage(case.stage)
    steps = explain_term(after, house.calendar, policy_of(stage.term))
    answer.line(_new_end(end_in_words(before), end_in_words(after)))
    for step in steps:
        answer.line(step.text, "  - ")
    return {
        "endBefore": before.end,
        "end": after.end,
        "endsAt": after.ends_at.isoformat(),
        "calendarVersion": after.calendar_version,
        "explanation": steps_json(steps, answer.language),
    }


def _new_end(was: Text, becomes: Text) -> Text:
    if was == becomes:
        return Text(
            f"De einddatum blijft {becomes.nl}, want:", f"The end date stays {becomes.en}, because:"
        )
    return Text(
        f"De nieuwe einddatum wordt {becomes.nl} (nu {was.nl}), want:",
        f"The new end date will be {becomes.en} (now {was.en}), because:",
    )


def _tell_work(house: House, case: Case, decision: Decision, answer: _Answer) -> dict[str, object]:
    """Tell what follows from a change in the work; return the same for programs."""
    from impasse.domain.chronicle import tell
    from impasse.engine.procedures import procedure_of

    workflow = procedure_of(house.procedures, case).workflow
    told = [tell(entry.action, entry.content, workflow) for entry in decision.entries]
    for one in told:
        answer.line(one)
    return {"follows": [one.in_(answer.language) for one in told]}


_NOTHING_DONE = Text("Er is niets veranderd.", "Nothing was changed.")


def _finish(
    case: Case,
    decision: Decision,
    receipt: Receipt | None,
    told: dict[str, object],
    answer: _Answer,
) -> None:
    """Say what was done, or that nothing was."""
    said = decision.messages[0].reason if decision.messages else same("")
    if answer.json:
        say_json(
            {
                "case": case.id,
                "done": receipt is not None,
                "created": decision.created or None,
                "revision": case.revision if receipt is None else receipt.revision,
                **told,
                "sentence": said.in_(answer.language),
            }
        )
    elif receipt is None:
        answer.line(_NOTHING_DONE)
    else:
        answer.line(Text("Gedaan. ", "Done. ") + said)


@contextmanager
def _on_the_command_line() -> Iterator[None]:
    """Name each fault by the option that it is about."""
    try:
        yield
    except Invalid as error:
        faults = [Fault(_option(one.pointer), one.text) for one in error.faults]
        raise Invalid(error.text, faults) from error


def _option(pointer: str) -> str:
    name = pointer.split("/")[1] if pointer.startswith("/") else pointer
    return _OPTIONS.get(name, f"--{name}")


def _named(consent: list[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.strip() for one in consent or ()))


def _length(written: str) -> Length:
    try:
        return Length.parse(written)
    except Invalid as error:
        raise Invalid(
            Text("Zo kan niet worden verlengd.", "This cannot be extended."),
            [Fault("/length", error.text)],
        ) from error


def _day(written: str, option: str) -> date:
    """Read a day as the other commands write it; raises wrong usage that names *option*."""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        day = None
    if day is None or day.isoformat() != written or not FIRST_DAY <= day < LAST_DAY:
        raise typer.BadParameter(
            words(
                f'"{written}" is geen dag. Schrijf een bestaande dag, zoals 2027-01-08.',
                f'"{written}" is no day. Write an existing day, such as 2027-01-08.',
            ),
            param_hint=f"'{option}'",
        )
    return day
