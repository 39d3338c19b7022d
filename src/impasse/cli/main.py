"""The operator's door: finds the command, runs it, and ends with an honest exit status."""

from __future__ import annotations

import errno
import os
import signal
import sys
from dataclasses import dataclass
from enum import IntEnum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from impasse.cli.usage import usage_sentence
from impasse.domain.errors import (
    ConditionsNotMet,
    Conflict,
    ImpasseError,
    Invalid,
    NotAllowed,
    NotFound,
)
from impasse.domain.text import Language, Text, same

if TYPE_CHECKING:
    from collections.abc import Iterable


class Status(IntEnum):
    """How a command ends, for those who call it from a script."""

    DONE = 0
    NO = 1
    UNUSABLE = 2
    INTERRUPTED = 128 + signal.SIGINT
    NOBODY_READS = 128 + signal.SIGPIPE


@dataclass(frozen=True, slots=True)
class Command:
    """A command, or a group of them: known by name and one line before it is imported.

    `module` holds a `typer.Typer` named `app` when it is a group, and else a function with the
    name of the command.
    """

    name: str
    module: str
    help: Text


COMMANDS = [
    Command(
        "serve",
        "impasse.cli.serve",
        Text("Start web, API, klok en uitgaande post.", "Start web, API, clock and outbox."),
    ),
    Command(
        "worker",
        "impasse.cli.serve",
        Text("Start alleen klok en uitgaande post.", "Start clock and outbox only."),
    ),
    Command(
        "db",
        "impasse.cli.db",
        Text("Werk de database bij of controleer haar.", "Upgrade or check the database."),
    ),
    Command(
        "user",
        "impasse.cli.user",
        Text("Beheer wie zich kan aanmelden.", "Manage who can sign in."),
    ),
    Command(
        "rota",
        "impasse.cli.rota",
        Text("Dienstroosters: plan, ruil en zie gaten.", "Duty rotas: plan, swap and see gaps."),
    ),
    Command(
        "group",
        "impasse.cli.group",
        Text("Groepen van personen voor opschaling.", "Groups of persons for escalation."),
    ),
    Command(
        "escalation",
        "impasse.cli.escalation",
        Text(
            "Opschalingsbeleid: kijk na, neem aan, toon en zie vooruit.",
            "Escalation policies: check, adopt, show and foresee.",
        ),
    ),
    Command(
        "delivery",
        "impasse.cli.delivery",
        Text(
            "Bezorgingen: wat onbestelbaar is, en opnieuw versturen.",
            "Deliveries: what is undeliverable, and sending it again.",
        ),
    ),
    Command(
        "token",
        "impasse.cli.token",
        Text("Beheer de tokens voor de API.", "Manage the tokens of the API."),
    ),
    Command(
        "case",
        "impasse.cli.case",
        Text(
            "Bekijk een zaak; schort haar termijn op, verleng of hervat.",
            "See a case; suspend, extend or resume its term.",
        ),
    ),
    Command(
        "room",
        "impasse.cli.room",
        Text(
            "Lees en schrijf in de kamers van een zaak, en deel er een tekst uit.",
            "Read and write in the rooms of a case, and share a wording from them.",
        ),
    ),
    Command(
        "disclosure",
        "impasse.cli.disclosure",
        Text(
            "Openbaarheid: het objectieve deel, en wat een overheid openbaar maakt.",
            "Openness: the objective part, and what a government discloses.",
        ),
    ),
    Command(
        "hold",
        "impasse.cli.hold",
        Text("Leg een bewaarplicht op, of hef haar op.", "Place a legal hold, or lift it."),
    ),
    Command(
        "retention",
        "impasse.cli.retention",
        Text("Bewaartermijnen van kamers.", "Retention of rooms."),
    ),
    Command(
        "search",
        "impasse.cli.search",
        Text("Zoek in wat iemand mag zien.", "Search what somebody may see."),
    ),
    Command(
        "workflow",
        "impasse.cli.workflow",
        Text("Controleer, toon en teken procedures.", "Check, show and draw procedures."),
    ),
    Command(
        "term",
        "impasse.cli.term",
        Text(
            "Bereken de laatste dag van een termijn, en waarom.",
            "Find the last day of a term, and why.",
        ),
    ),
    Command(
        "calendar",
        "impasse.cli.calendar",
        Text("Bekijk de kalender en neem haar aan.", "See the calendar, and adopt another."),
    ),
    Command(
        "replay",
        "impasse.cli.replay",
        Text("Speel echte geschillen na in de tijd.", "Replay real disputes through time."),
    ),
    Command(
        "early-warning",
        "impasse.cli.early_warning",
        Text(
            "Toon de waarschuwing van een zaak, met redenen.",
            "Show the warning of a case, with its reasons.",
        ),
    ),
    Command(
        "agenda",
        "impasse.cli.agenda",
        Text("Toon de agenda van een overleg.", "Show the agenda of a meeting."),
    ),
    Command(
        "digest",
        "impasse.cli.digest",
        Text(
            "Vertel iemand wat er wacht, afloopt en veranderde.",
            "Tell somebody what waits, ends and changed.",
        ),
    ),
    Command(
        "export",
        "impasse.cli.export",
        Text(
            "Geef een agenda, een zaak of gebeurtenissen mee.",
            "Export a calendar, a case or events.",
        ),
    ),
    Command(
        "audit",
        "impasse.cli.audit",
        Text(
            "Reken de geschiedenis na: haar keten, elke termijn, en op wie een zaak wachtte.",
            "Check history: its chain, every term, and whom a case waited for.",
        ),
    ),
    Command(
        "watch",
        "impasse.cli.watch",
        Text("Toon wat de waakhonden zien.", "Show what the watchdogs see."),
    ),
    Command(
        "mail",
        "impasse.cli.mail_in",
        Text(
            "Probeer of e-mail vertrekt; neem e-mail aan en beheer de quarantaine.",
            "Try whether e-mail leaves; take e-mail in and keep its quarantine.",
        ),
    ),
    Command(
        "doctor",
        "impasse.cli.doctor",
        Text("Onderzoek of alles in orde is.", "Examine whether all is well."),
    ),
]
"""Every command there is: the one place where a command is registered."""


def reader_language() -> Language:
    """Return the language to speak in: that of `IMPASSE_LANGUAGE`, Dutch unless it says English.

    Read from the environment alone, since it must work when the settings do not.
    """
    return "en" if os.environ.get("IMPASSE_LANGUAGE", "").lower() == "en" else "nl"


class LazyGroup(TyperGroup):
    """A group that imports a command only when it is used, so that help comes at once."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 — typer's own attributes
        super().__init__(**attributes)
        for command in COMMANDS:
            line = command.help.in_(reader_language())
            self.add_command(TyperCommand(command.name, help=line, rich_markup_mode=None))

    def get_help_option(self, ctx: Any) -> Any:  # noqa: ANN401 — typer keeps its types private
        """Return `--help`, explained in the language of the reader."""
        return _explained(super().get_help_option(ctx))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:  # noqa: ANN401 — typer keeps its types private
        """Put the real command in the place of the one line that stood for it."""
        name, promised, rest = super().resolve_command(ctx, args)
        return name, promised and _load(name), rest


def _load(name: str | None) -> Any:  # noqa: ANN401 — typer keeps its types private
    [command] = [command for command in COMMANDS if command.name == name]
    module = import_module(command.module)
    line = command.help.in_(reader_language())
    group = getattr(module, "app", None)
    if isinstance(group, typer.Typer):
        group.rich_markup_mode = None
        loaded: Any = get_group(group)
        # What its module says of a group speaks to who changes it, as a docstring does.
        loaded.help = line
        return _in_language(loaded)
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    # The docstring speaks to who changes the command; its reader gets the line in their language.
    single.command(command.name, help=line)(getattr(module, command.name.replace("-", "_")))
    return _in_language(get_command(single))


def _in_language(command: Any) -> Any:  # noqa: ANN401 — typer keeps its types private
    """Return *command* with its `--help`, and that of its members, in the reader's language."""
    _explained(command.get_help_option(typer.Context(command)))
    for member in getattr(command, "commands", {}).values():
        _in_language(member)
    return command


def _explained(option: Any) -> Any:  # noqa: ANN401 — typer keeps its types private
    option.help = Text("Toon deze uitleg.", "Show this help.").in_(reader_language())
    return option


app = typer.Typer(
    cls=LazyGroup, name="impasse", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"impasse {version('impasse')}")
        raise typer.Exit


@app.callback(
    help=Text(
        "Brengt een geschil tussen overheden van eerste signaal tot oplossing.",
        "Moves a dispute between governments from first signal to resolution.",
    ).in_(reader_language()),
)
def impasse(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_show_version,
            is_eager=True,
            help=Text("Toon de versie.", "Show the version.").in_(reader_language()),
        ),
    ] = False,
) -> None:
    """Stand before every command; there is nothing to prepare."""


def run() -> NoReturn:
    """Run the command line, and end the process with the status of what happened."""
    if sys.stdout is None:
        # Who closed the output does not want it.
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 — until the end
    status = _status_of(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        status = Status.NOBODY_READS
    except OSError as error:
        status = _lost(error)
    if status == Status.NOBODY_READS:
        _let_go_of_output()
    sys.exit(status)


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
"""How writing an answer fails; the failure of a file that was opened by name has that name."""


def _let_go_of_output() -> None:
    """What is still in the buffer must not be tried again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _lost(error: OSError) -> Status:
    """Say that the answer did not arrive where it was sent."""
    reason = error.strerror or str(error)
    _let_go_of_output()
    _complain(
        Text(
            f"De uitvoer kon niet worden geschreven ({reason}). Maak ruimte vrij of schrijf "
            "ergens anders heen.",
            f"The output could not be written ({reason}). Free some space or write to another "
            "place.",
        )
    )
    return Status.UNUSABLE


def _status_of(arguments: list[str]) -> int:
    """Run the command and return its exit status; say in one sentence what went wrong."""
    try:
        answer = get_command(app).main(arguments, prog_name="impasse", standalone_mode=False)
    except ImpasseError as error:
        _complain(error.text, _particulars(error))
        return _status_for(error)
    except typer.TyperException as error:
        return _wrong_usage(error)
    except (KeyboardInterrupt, typer.Abort):
        return Status.INTERRUPTED
    except BrokenPipeError:
        return Status.NOBODY_READS
    except Exception as error:  # noqa: BLE001 — the last resort: no traceback reaches a user
        if isinstance(error, OSError) and error.errno in _FULL and error.filename is None:
            return _lost(error)
        return _unexpected(error)
    except SystemExit as end:
        return _status_at(end)
    return answer if isinstance(answer, int) else Status.DONE


def _status_for(error: ImpasseError) -> Status:
    """An honest no is one thing; not being able to answer is another."""
    is_a_no = isinstance(error, Conflict | NotAllowed | NotFound)
    return Status.NO if is_a_no else Status.UNUSABLE


def _particulars(error: ImpasseError) -> list[Text]:
    """Return everything that is wrong or lacking, when the error knows more than its sentence."""
    match error:
        case Invalid(faults=faults):
            return [same(f"{fault.pointer}: ") + fault.text for fault in faults]
        case ConditionsNotMet(lacks=lacks):
            return [lack.missing for lack in lacks]
        case _:
            return []


def _status_at(end: SystemExit) -> int:
    """Typer itself ends the process when nobody reads its output any more."""
    if isinstance(end.__context__, BrokenPipeError):
        return Status.NOBODY_READS
    return end.code if isinstance(end.code, int) else Status.UNUSABLE


def _wrong_usage(error: typer.TyperException) -> Status:
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(error.format_message(), err=True)
    else:
        _complain(usage_sentence(error))
    return Status.UNUSABLE


def _unexpected(error: Exception) -> Status:
    """Admit a fault of our own; the traceback goes to the log, for who asked for it."""
    kind = type(error).__name__
    _complain(
        Text(
            f"Onverwachte fout ({kind}); zet IMPASSE_LOG_LEVEL=debug voor meer in het logboek.",
            f"Unexpected error ({kind}); set IMPASSE_LOG_LEVEL=debug for more in the log.",
        )
    )
    if os.environ.get("IMPASSE_LOG_LEVEL", "").lower() == "debug":
        import structlog

        from impasse.adapters.logs import configure

        configure("json" if os.environ.get("IMPASSE_LOG_FORMAT") == "json" else "console", "debug")
        structlog.get_logger().debug(
            "command.failed", object="impasse", result="failed", origin="cli", exc_info=error
        )
    return Status.UNUSABLE


def _complain(text: Text, particulars: Iterable[Text] = ()) -> None:
    language = reader_language()
    typer.echo(f"impasse: {text.in_(language)}", err=True)
    for particular in particulars:
        typer.echo(f"  - {particular.in_(language)}", err=True)
