"""`impasse escalation`: what goes on in cases, and the answers of people to it.

Who acts is named with `--by`, and may here what he or she may on a page. The commands are members
of the group that `impasse.cli.escalation` makes.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from impasse.cli.acting import actor_called
from impasse.cli.answer import FormatOption, OutputFormat, opened, say, say_json, table, words
from impasse.cli.disclosure import ByOption, CaseArgument
from impasse.cli.main import reader_language
from impasse.domain.commands import (
    AcknowledgeEscalation,
    EndSnooze,
    SettleEscalation,
    SnoozeEscalation,
    StartEscalation,
)
from impasse.domain.days_in_words import AMSTERDAM
from impasse.domain.errors import Fault, Invalid
from impasse.domain.escalation import RunState
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.adapters.sql.runs import RunFilter, RunLine
    from impasse.domain.commands import EscalationCommand
    from impasse.domain.escalation import Acknowledgement
    from impasse.domain.escalation_audience import Resolved
    from impasse.domain.people import Actor
    from impasse.wiring import House

_PAGE = 100
_OPTIONS = {"/nextStep": "--next-step"}

RunArgument = Annotated[
    str,
    typer.Argument(metavar="RUN", help=words("Welke opschaling, zoals E1.", "Such as E1.")),
]
UntilOption = Annotated[
    str,
    typer.Option(
        metavar="DATE", help=words("Tot en met welke dag: 2026-03-31.", "Until: 2026-03-31.")
    ),
]


def register(app: typer.Typer) -> None:
    """Add these commands to the group of escalation."""
    for name, command, line in _COMMANDS:
        app.command(name, help=line)(command)


def runs(
    *,
    by: ByOption,
    case: Annotated[
        str,
        typer.Option(
            metavar="CASE", show_default=False, help=words("Alleen deze zaak.", "This case only.")
        ),
    ] = "",
    ended: Annotated[
        bool,
        typer.Option("--ended", help=words("Ook wat beëindigd is.", "What has ended too.")),
    ] = False,
    mine: Annotated[
        bool,
        typer.Option(
            "--mine",
            help=words("Alleen waarvan u bericht kreeg.", "Only what you were told of."),
        ),
    ] = False,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Show the runs of cases that somebody may see."""
    from impasse.adapters.sql.runs import RunFilter

    with opened() as house:
        actor = actor_called(house, by)
        wanted = RunFilter(
            case=case.strip(), open=None if ended else True, mine=actor.person if mine else ""
        )
        lines = _all(house, actor, wanted)
    if output_format is OutputFormat.JSON:
        say_json([_as_data(line) for line in lines])
    elif lines:
        _table(lines)
    else:
        say(words("Er loopt geen opschaling.", "No escalation goes on."))


def status(
    case: CaseArgument,
    run: RunArgument,
    *,
    by: ByOption,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Show one run: what was told, who answered, and what comes if nobody does."""
    from impasse.adapters.sql.people import list_persons
    from impasse.domain.foreseen import foresee

    with opened() as house:
        actor = actor_called(house, by)
        line = house.runs.run(actor, case.strip(), run.strip())
        found, at = house.views.case(actor, case.strip()), house.clock()
        coming = foresee(line.run, found, house.directory.read(at), house.calendar, at)
        functions = {one.id: one.function for one in list_persons(house.database)}
    language = reader_language()
    if output_format is OutputFormat.JSON:
        say_json(
            _as_data(line)
            | {
                "acknowledgements": [_promise(act) for act in line.run.acknowledgements],
                "coming": [
                    {"level": one.level.name, "at": one.at, "people": len(one.resolved.to)}
                    for one in coming
                ],
            }
        )
        return
    title = line.run.policy.title.in_(language)
    say(f"{line.case} {line.run.id}  {title}: {line.run.state.label.in_(language)}")
    for act in line.run.acknowledgements:
        who = functions.get(act.person, Text("iemand", "somebody")).in_(language)
        until = words("uiterlijk", "by")
        say(f"  {who} ({act.organisation or '-'}): {act.next_step} ({until} {act.until})")
    snooze = line.run.snooze
    if snooze is not None:
        rests = words("weggelegd tot en met", "snoozed until")
        say(f"  {rests} {snooze.until}: {snooze.reason} ({snooze.id})")
    if coming:
        say(
            words("Als de stap er dan niet is:", "If the step is not there by then:")
            if line.run.state is RunState.ACKNOWLEDGED
            else words("Als niemand antwoordt:", "If nobody answers:")
        )
    for one in coming:
        hears = _hears(one.resolved)
        say(f"  {_moment(one.at)}  {one.level.label.in_(language)}: {hears}")


def _hears(resolved: Resolved) -> str:
    """Return how many hear of a level, or that the case goes to the agenda of a meeting."""
    if resolved.meeting:
        return words(
            f"op de agenda van het {resolved.meeting}", f"on the agenda of the {resolved.meeting}"
        )
    many = len(resolved.to)
    if many == 1:
        return words("1 persoon", "1 person")
    return words(f"{many} personen", f"{many} persons")


def start(
    case: CaseArgument,
    policy: Annotated[
        str,
        typer.Argument(metavar="POLICY", help=words("Naam van het beleid.", "Name of the policy.")),
    ],
    *,
    by: ByOption,
) -> None:
    """Let a policy begin to run; see `preview` first for who will hear."""
    with opened() as house:
        made = _do(house, by, StartEscalation(case.strip(), policy.strip()))
    say(words(f"Opschaling {made} loopt.", f"Escalation {made} runs."))


def acknowledge(
    case: CaseArgument,
    run: RunArgument,
    *,
    by: ByOption,
    next_step: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help=words("De volgende stap; alle partijen lezen die.", "The next step; all read it."),
        ),
    ],
    until: UntilOption,
) -> None:
    """Take a run up, for one's own side."""
    day = _day(until)
    with opened() as house:
        _do(house, by, AcknowledgeEscalation(case.strip(), run.strip(), next_step, day))
    say(words(f"Opgepakt, met een stap uiterlijk {until}.", f"Taken up, with a step by {until}."))


def snooze(
    case: CaseArgument,
    run: RunArgument,
    *,
    by: ByOption,
    reason: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help=words("Waarom; alle partijen lezen dit.", "Why; all parties read this."),
        ),
    ],
    until: UntilOption,
) -> None:
    """Let a run rest until the end of a day."""
    day = _day(until)
    with opened() as house:
        _do(house, by, SnoozeEscalation(case.strip(), run.strip(), reason, day))
    say(words(f"Weggelegd tot en met {until}.", f"Snoozed until {until}."))


def wake(case: CaseArgument, run: RunArgument, *, by: ByOption) -> None:
    """Let a run that rests go on before its day."""
    with opened() as house:
        _do(house, by, EndSnooze(case.strip(), run.strip()))
    say(words("De opschaling loopt weer.", "The escalation goes on."))


def settle(
    case: CaseArgument,
    run: RunArgument,
    *,
    by: ByOption,
    note: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help=words("Wat er gedaan is; alle partijen lezen dit.", "What was done; all read it."),
        ),
    ],
) -> None:
    """End a run because what it asks for is done."""
    with opened() as house:
        _do(house, by, SettleEscalation(case.strip(), run.strip(), note))
    say(words("De opschaling is afgehandeld.", "The escalation is settled."))


def mend(
    *,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help=words("Verander niets; noem alleen.", "Change nothing; only name them."),
        ),
    ] = False,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Give every run without a future moment one again; ends with 1 when a worker is needed."""
    from impasse.adapters.sql.mending import WAITS, faulty_runs, mend_runs

    language = reader_language()
    with opened() as house:
        at = house.clock()
        if dry_run:
            found = [
                (run.case, run.run, fault, Text("", ""))
                for run, fault in faulty_runs(house.database, at)
            ]
        else:
            done = mend_runs(house.database, at)
            found = [(one.case, one.run, one.fault, one.done) for one in done]
    if output_format is OutputFormat.JSON:
        say_json(
            [
                {"case": case, "run": run, "fault": fault.value, "done": told.in_(language)}
                for case, run, fault, told in found
            ]
        )
    for case, run, fault, told in found if output_format is OutputFormat.TEXT else ():
        done_words = told.in_(language)
        tail = f": {done_words}" if done_words else ""
        say(f"{case}:{run} ({fault.text.in_(language)}){tail}")
    if not found and output_format is OutputFormat.TEXT:
        say(words("Er is niets te herstellen.", "There is nothing to mend."))
    if any(told == WAITS for *_, told in found):
        raise typer.Exit(1)


_COMMANDS: tuple[tuple[str, Any, str], ...] = (
    ("runs", runs, words("Toon de opschalingen die lopen.", "Show the escalations that go on.")),
    (
        "status",
        status,
        words(
            "Toon één opschaling: wie antwoordde, en wat er komt als niemand dat doet.",
            "Show one escalation: who answered, and what comes if nobody does.",
        ),
    ),
    (
        "start",
        start,
        words("Laat een beleid beginnen in een zaak.", "Let a policy begin in a case."),
    ),
    (
        "acknowledge",
        acknowledge,
        words("Pak een opschaling op.", "Take an escalation up."),
    ),
    (
        "snooze",
        snooze,
        words("Leg een opschaling even weg.", "Let an escalation rest."),
    ),
    (
        "wake",
        wake,
        words(
            "Laat een weggelegde opschaling weer lopen.", "Let a snoozed escalation go on again."
        ),
    ),
    (
        "settle",
        settle,
        words("Handel een opschaling af.", "Settle an escalation."),
    ),
    (
        "mend",
        mend,
        words(
            "Geef opschalingen die stilstaan weer een volgend moment.",
            "Give escalations that stand still a next moment again.",
        ),
    ),
)


def _do(house: House, by: str, command: EscalationCommand) -> str:
    with _in_our_words():
        return house.engine.handle(command, actor_called(house, by)).created


@contextmanager
def _in_our_words() -> Iterator[None]:
    """Name each fault by the option that it is about."""
    try:
        yield
    except Invalid as error:
        faults = [
            Fault(_OPTIONS.get(one.pointer, f"--{one.pointer.removeprefix('/')}"), one.text)
            for one in error.faults
        ]
        raise Invalid(error.text, faults) from error


def _day(written: str) -> date:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        day = None
    if day is None or day.isoformat() != written:
        raise typer.BadParameter(
            words(
                f'"{written}" is geen dag. Schrijf een bestaande dag, zoals 2027-01-08.',
                f'"{written}" is no day. Write an existing day, such as 2027-01-08.',
            ),
            param_hint="'--until'",
        )
    return day


def _all(house: House, actor: Actor, wanted: RunFilter) -> list[RunLine]:
    found: list[RunLine] = []
    while True:
        after = found[-1].key if found else None
        page = house.runs.runs(actor, wanted, after=after, limit=_PAGE)
        found += page
        if len(page) < _PAGE:
            return found


def _table(lines: list[RunLine]) -> None:
    language = reader_language()
    table(
        (words("zaak", "case"), words("nummer", "number"), words("beleid", "policy"),
         words("staat", "state"), words("trede", "level"), words("dan", "next")),
        [
            (
                line.case,
                line.run.id,
                line.run.policy.reference,
                line.run.state.label.in_(language),
                "-" if line.run.now_at is None else line.run.now_at.label.in_(language),
                "-" if line.run.next_at is None else _moment(line.run.next_at),
            )
            for line in lines
        ],
    )  # fmt: skip


def _as_data(line: RunLine) -> dict[str, Any]:
    run = line.run
    return {
        "case": line.case,
        "id": run.id,
        "policy": run.policy.reference,
        "state": run.state.value,
        "level": None if run.now_at is None else run.now_at.name,
        "nextAt": run.next_at,
        "nextIs": run.next_is.value,
        "endedAt": run.ended_at,
        "endedAs": None if run.ended_as is None else run.ended_as.value,
    }


def _promise(act: Acknowledgement) -> dict[str, Any]:
    return {"side": act.organisation, "nextStep": act.next_step, "until": act.until}


def _moment(at: datetime) -> str:
    return f"{at.astimezone(AMSTERDAM):%Y-%m-%d %H:%M}"
