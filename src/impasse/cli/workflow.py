"""`impasse workflow`: check, show and draw procedures."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from impasse.cli.adopt import ADOPT_HELP, LIST_HELP, adopt, adoption_of, show_all
from impasse.cli.answer import FormatOption, LanguageOption, OutputFormat, say_json, words
from impasse.cli.certificate import as_data, lines, walked
from impasse.cli.main import Status
from impasse.cli.migrate import (
    MIGRATE_HELP,
    MIGRATIONS_HELP,
    migrate,
    migrations,
)
from impasse.cli.procedure import find_procedure
from impasse.cli.rehearsal import REHEARSE_HELP, rehearse
from impasse.cli.simulate import HELP as SIMULATE_HELP
from impasse.cli.simulate import simulate
from impasse.cli.task_rules import task_blocks, task_data
from impasse.domain.errors import Unreadable
from impasse.domain.guards import GUARD_LABELS
from impasse.domain.text import Language, Text
from impasse.domain.workflow import BACK, Rung, Stage, StageKind, Transition, Workflow

if TYPE_CHECKING:
    from impasse.adapters.files.located import Located
    from impasse.domain.certificate import Certificate

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)


class Picture(StrEnum):
    """What kind of picture is drawn."""

    SVG = "svg"
    MERMAID = "mermaid"


_Procedure = Annotated[
    str,
    typer.Argument(
        metavar="NAME[@VERSION]|FILE",
        help=words(
            "Een procedure die bij impasse hoort, of een bestand.",
            "A procedure that comes with impasse, or a file.",
        ),
    ),
]


@app.command(
    help=words(
        "Noem elke fout in elk bestand, met regelnummer; zonder fouten volgt het certificaat. "
        "Eindigt met 1 als er een fout is.",
        "Tell every problem of every file, with its line; without any, the certificate follows. "
        "Ends with 1 when there is one.",
    )
)
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", show_default=False)],
    language: LanguageOption,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Print `file:line: sentence` for every problem; end with 2 when a file cannot be read."""
    found, certificates, unreadable = _examined(files, language)
    if output_format is OutputFormat.JSON:
        say_json(
            {
                "sound": not found and not unreadable,
                "problems": [_problem_data(problem, language) for problem in found],
                "certificates": [{"file": str(file), **as_data(one)} for file, one in certificates],
            }
        )
    else:
        for problem in found:
            typer.echo(problem.sentence.in_(language))
            if problem.witness:
                typer.echo(f"    [{walked(problem.witness)}]")
        for _, certificate in certificates:
            for line in lines(certificate, language) if certificate.sound else ():
                typer.echo(line)
        if not found and not unreadable:
            typer.echo(Text("In orde.", "Sound.").in_(language), err=True)
    if unreadable:
        raise typer.Exit(Status.UNUSABLE)
    if found:
        raise typer.Exit(Status.NO)


def _examined(
    files: list[Path], language: Language
) -> tuple[list[Located], list[tuple[Path, Certificate]], bool]:
    """Return all problems, what could be proven, and whether some file could not be read."""
    from impasse.adapters.files.workflows import WorkflowProblems, load_workflow
    from impasse.domain.soundness import certify

    found: list[Located] = []
    certificates = []
    unreadable = False
    for file in files:
        try:
            certificates.append((file, certify(load_workflow(file))))
        except WorkflowProblems as problems:
            found += problems.problems
            if problems.workflow is not None:
                certificates.append((file, certify(problems.workflow)))
        except Unreadable as error:
            unreadable = True
            typer.echo(f"impasse: {error.text.in_(language)}", err=True)
    return found, certificates, unreadable


def _problem_data(problem: Located, language: Language) -> dict[str, Any]:
    steps = [[step.source, step.trigger, step.target] for step in problem.witness]
    return {
        "file": problem.file,
        "line": problem.line,
        "text": problem.text.in_(language),
        "witness": steps,
    }


@app.command(
    help=words(
        "Toon fasen, termijnen en overgangen van een procedure.",
        "Show stages, terms and transitions of a procedure.",
    )
)
def show(
    procedure: _Procedure,
    language: LanguageOption,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Print a procedure as tables."""
    workflow = find_procedure(procedure)
    adoption = adoption_of(workflow.reference, language)
    if output_format is OutputFormat.JSON:
        say_json(_as_data(workflow) | {"adoption": adoption and adoption[1]})
        return
    typer.echo(f"{workflow.label.in_(language)} ({workflow.reference})")
    if adoption is not None:
        typer.echo(adoption[0])
    typer.echo(workflow.description.in_(language) + "\n")
    typer.echo(_table(_stage_rows(workflow, language)) + "\n")
    for block in task_blocks(workflow, language):
        typer.echo(block + "\n")
    for transition in workflow.transitions:
        typer.echo(_transition_block(workflow, transition, language))


@app.command(help=words("Teken een procedure.", "Draw a procedure."))
def graph(
    procedure: _Procedure,
    language: LanguageOption,
    picture: Annotated[
        Picture | None,
        typer.Option(
            "--as",
            help=words(
                "Welk soort tekening. Standaard wat bij de naam van FILE past, anders svg.",
                "What kind of drawing. By default what fits the name of FILE, else svg.",
            ),
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=words(
                "Schrijf naar dit bestand in plaats van naar het scherm.",
                "Write to this file instead of to the screen.",
            ),
        ),
    ] = None,
) -> None:
    """Print or write a procedure as a picture."""
    from impasse.adapters.exports.graph import mermaid, svg

    draw = mermaid if _picture(picture, out) is Picture.MERMAID else svg
    drawn = draw(find_procedure(procedure), language)
    if out is None:
        typer.echo(drawn, nl=False)
        return
    try:
        out.write_text(drawn, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise Unreadable(
            Text(
                f"{out}: niet te schrijven ({reason}); kies een andere plaats.",
                f"{out}: cannot be written ({reason}); choose another place.",
            )
        ) from error


_ENDINGS = {".svg": Picture.SVG} | dict.fromkeys((".mmd", ".md", ".txt"), Picture.MERMAID)
"""Which picture a file with such a name holds."""


def _picture(asked: Picture | None, out: Path | None) -> Picture:
    """Return what is to be drawn; refuse a file whose name promises something else."""
    if out is None:
        return asked or Picture.SVG
    promised = _ENDINGS.get(out.suffix.lower())
    if promised is None:
        raise Unreadable(
            Text(
                f"{out}: zo'n bestand kan impasse niet tekenen; laat de naam eindigen op .svg, of "
                "voor mermaid op .mmd, .md of .txt.",
                f"{out}: impasse cannot draw such a file; let its name end in .svg, or for mermaid "
                "in .mmd, .md or .txt.",
            )
        )
    if asked not in {None, promised}:
        fitting = [ending for ending, picture in _ENDINGS.items() if picture is asked]
        nl, en = (word.join(fitting) for word in (" of ", " or "))
        raise Unreadable(
            Text(
                f"{out}: deze naam past niet bij --as {asked}; laat hem eindigen op {nl}, of kies "
                f"--as {promised}.",
                f"{out}: this name does not fit --as {asked}; let it end in {en}, or choose "
                f"--as {promised}.",
            )
        )
    return promised


@app.command(
    help=words(
        "Geef het JSON-schema van de bestandsvorm, voor editors.",
        "Give the JSON Schema of the file format, for editors.",
    )
)
def schema() -> None:
    """Print the JSON Schema of a workflow file."""
    from impasse.adapters.files.workflows import json_schema

    say_json(json_schema())


def _table(rows: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join([lines[0], rule, *lines[1:]])


def _stage_rows(workflow: Workflow, language: Language) -> list[tuple[str, ...]]:
    headings = Text(
        "Nr|Fase|Termijn|Grondslag|Aan zet|Herinneringen|Treden na afloop (werkdagen)",
        "No|Stage|Term|Basis|At turn|Reminders|Rungs after expiry (working days)",
    )
    rows = [tuple(headings.in_(language).split("|"))]
    for stage in (*workflow.numbered, *_without_number(workflow)):
        number = "" if stage.number is None else str(stage.number)
        owner = stage.owner.label.in_(language) if stage.owner else ""
        rows.append((number, _stage_name(stage, language), *_term_cells(stage, owner, language)))
    return rows


def _without_number(workflow: Workflow) -> list[Stage]:
    return [stage for stage in workflow.stages.values() if stage.number is None]


def _stage_name(stage: Stage, language: Language) -> str:
    kinds = {
        StageKind.ACTIVE: Text("", ""),
        StageKind.PAUSE: Text(" (pauze)", " (pause)"),
        StageKind.ENDING: Text(" (einde)", " (ending)"),
    }
    return (stage.label + kinds[stage.kind]).in_(language)


def _term_cells(stage: Stage, owner: str, language: Language) -> tuple[str, ...]:
    if stage.term is None:
        return ("", "", owner, "", "")
    term = stage.term
    length = term.rule.length.text
    if term.agreed:
        length = Text(f"ten hoogste {length.nl}", f"at most {length.en}")
    return (
        length.in_(language),
        term.rule.basis.label.in_(language),
        owner,
        ", ".join(reminder.before.text.in_(language) for reminder in term.reminders),
        ", ".join(_rung(rung, language) for rung in term.on_expiry),
    )


def _rung(rung: Rung, language: Language) -> str:
    does = [rung.tier.label.in_(language)] if rung.tier else []
    if rung.trigger:
        does.append(rung.trigger)
    if rung.notify and not does:
        does.append(Text("bericht", "message").in_(language))
    return f"{rung.after.amount} {' + '.join(does)}"


def _transition_block(workflow: Workflow, transition: Transition, language: Language) -> str:
    sources = ", ".join(workflow.stages[name].label.in_(language) for name in transition.sources)
    if transition.target == BACK:
        target = Text("terug waar de zaak was", "back where the case was").in_(language)
    else:
        target = workflow.stages[transition.target].label.in_(language)
    roles = ", ".join(sorted(role.label.in_(language) for role in transition.roles))
    lines = [
        f"{transition.label.in_(language)} ({transition.trigger})",
        f"{sources} → {target}",
        Text(f"wie: {roles}", f"who: {roles}").in_(language),
    ]
    for names, word in (
        (transition.required, Text("vereist", "required")),
        (transition.advised, Text("aanbevolen", "advised")),
    ):
        if names:
            told = "; ".join(GUARD_LABELS[name].in_(language) for name in names)
            lines.append(f"{word.in_(language)}: {told}")
    if transition.tasks:
        told = ", ".join(transition.tasks)
        lines.append(Text(f"werk klaar: {told}", f"work done: {told}").in_(language))
    if transition.note_required:
        lines.append(Text("met een reden", "with a reason").in_(language))
    if transition.four_eyes:
        lines.append(Text("vier ogen", "four eyes").in_(language))
    return "\n  ".join(lines)


def _as_data(workflow: Workflow) -> dict[str, Any]:
    return {
        "name": workflow.name,
        "version": workflow.version,
        "content_hash": workflow.content_hash,
        "label": _both(workflow.label),
        "description": _both(workflow.description),
        "initial": workflow.initial,
        "stages": [_stage_data(stage) for stage in workflow.stages.values()],
        "transitions": [
            {
                "trigger": transition.trigger,
                "label": _both(transition.label),
                "from": list(transition.sources),
                "to": transition.target,
                "roles": sorted(transition.roles),
                "guards": {
                    "required": list(transition.required),
                    "advised": list(transition.advised),
                    "tasks": list(transition.tasks),
                },
                "note_required": transition.note_required,
                "four_eyes": transition.four_eyes,
            }
            for transition in workflow.transitions
        ],
    }


def _stage_data(stage: Stage) -> dict[str, Any]:
    term = stage.term
    return {
        "name": stage.name,
        "kind": stage.kind,
        "number": stage.number,
        "label": _both(stage.label),
        "purpose": _both(stage.purpose),
        "owner": stage.owner,
        "next_action": _both(stage.next_action) if stage.next_action else None,
        "term": term
        and {
            "length": str(term.rule.length),
            "basis": term.rule.basis,
            "atw": term.rule.atw,
            "source": _both(term.rule.source) if term.rule.source else None,
            "agreed": term.agreed,
            "reminders": [{"before": str(r.before), "notify": r.notify} for r in term.reminders],
            "on_expiry": [
                {
                    "after": r.after.text.en,
                    "tier": r.tier,
                    "notify": r.notify,
                    "trigger": r.trigger,
                }
                for r in term.on_expiry
            ],
        },
        "tasks": [task_data(rule) for rule in stage.tasks.values()],
        "when_done": stage.when_done,
    }


def _both(text: Text) -> dict[str, str]:
    return {"nl": text.nl, "en": text.en}


app.command("adopt", help=ADOPT_HELP)(adopt)
app.command("list", help=LIST_HELP)(show_all)
app.command("simulate", help=SIMULATE_HELP)(simulate)
app.command("migrate", help=MIGRATE_HELP)(migrate)
app.command("migrations", help=MIGRATIONS_HELP)(migrations)
app.command("rehearse", help=REHEARSE_HELP)(rehearse)
