"""`impasse workflow migrate`, `migrations` and `rehearse`: cases and another version."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

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
from impasse.cli.main import Status
from impasse.domain.carried_term import day_of
from impasse.domain.errors import Fault, Invalid, NotFound
from impasse.domain.people import Actor, Role
from impasse.domain.term_acts import TermPolicy
from impasse.domain.text import Language, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from impasse.engine.migrating import Item, Migration
    from impasse.wiring import House

MIGRATE_HELP = words(
    "Laat lopende zaken overstappen op een andere versie, met een plan vooraf. Eindigt met 1 als "
    "een zaak niet kan.",
    "Move running cases to another version, with a plan first. Ends with 1 when a case cannot.",
)
MIGRATIONS_HELP = words(
    "Toon de overstappen, of een ervan.", "Show the migrations, or one of them."
)
MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="OLD=NEW",
        show_default=False,
        help=words(
            "Een fase die in de nieuwe versie anders heet; mag vaker.",
            "A stage that is called otherwise in the new version; may be repeated.",
        ),
    ),
]


def migrate(  # noqa: PLR0917 the options of the command
    name: Annotated[
        str, typer.Argument(metavar="NAME", help=words("De procedure.", "The procedure."))
    ],
    language: LanguageOption,
    from_: Annotated[
        str,
        typer.Option(
            "--from", metavar="V1", help=words("De versie van nu.", "The present version.")
        ),
    ] = "",
    to: Annotated[
        str, typer.Option(metavar="V2", help=words("De nieuwe versie.", "The new version."))
    ] = "",
    mapping: MapOption = None,
    policy: Annotated[
        TermPolicy | None,
        typer.Option(
            show_default=False,
            help=words(
                "De lopende termijn: keep (houden) of anew (opnieuw berekenen vanaf dezelfde dag). "
                "Standaard keep waar de regel gelijk is, anders anew.",
                "The running term: keep it, or reckon it anew from the same day. By default keep "
                "where the rule is the same, else anew.",
            ),
        ),
    ] = None,
    by: Annotated[
        str,
        typer.Option(
            metavar="PERSON",
            help=words(
                "Wie dit doet: een gebruiker uit 'impasse user list' met de rol secretariat.",
                "Who does this: a user of 'impasse user list' with the role secretariat.",
            ),
        ),
    ] = "",
    run: Annotated[
        str,
        typer.Option(
            metavar="M1",
            help=words(
                "Voer een gemaakt plan (verder) uit.", "Carry out a plan that was made, or go on."
            ),
        ),
    ] = "",
    undo: Annotated[
        str,
        typer.Option(metavar="M1", help=words("Maak een overstap ongedaan.", "Undo a migration.")),
    ] = "",
    *,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help=words("Toon alleen het plan; bewaar niets.", "Only show the plan.")
        ),
    ] = False,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Plan a migration and carry it out, or go on with one, or take one back."""
    from impasse.engine.migrating import ItemState
    from impasse.wiring import build_migrator

    _refuse_unclear(from_, to, run, undo, by, dry_run=dry_run)
    with opened() as house, _on_the_command_line():
        actor = actor_called(house, by.strip()) if by.strip() else _ONLY_LOOKING
        ledger = build_migrator(house).ledger
        number = run or undo
        if number:
            migration = ledger.get(number)
            _refuse_other_name(migration, name)
            known = len(ledger.items(number))
        else:
            known = _count(house, name, from_)
        with progress(known if number or dry_run else 2 * known) as step:
            migrator = build_migrator(house, step)
            if undo:
                items = migrator.undo(undo, actor)
            elif run:
                items = migrator.carry_out(run, actor)
            else:
                migration, items = migrator.plan(
                    name,
                    (from_, to),
                    actor,
                    stages=pairs(mapping),
                    policy=policy,
                    keep=not dry_run,
                )
                if not dry_run:
                    if output_format is OutputFormat.TEXT:
                        _tell(migration, items, language)
                        say()
                    items = migrator.carry_out(migration.id, actor)
            migration = ledger.get(migration.id) if migration.id else migration
    if output_format is OutputFormat.JSON:
        say_json(_data(migration, items))
    else:
        _tell(migration, items, language, short=bool(number) or not dry_run)
    stuck = {ItemState.HINDERED, ItemState.CHANGED} | (set() if dry_run else {ItemState.LACKING})
    refused = undo and any(item.state is ItemState.DONE for item in items)
    if refused or (not undo and any(item.state in stuck for item in items)):
        raise typer.Exit(Status.NO)


def migrations(
    language: LanguageOption,
    number: Annotated[
        str | None,
        typer.Argument(metavar="M1", help=words("Eén overstap.", "One migration.")),
    ] = None,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Show every migration, or one with its cases."""
    from impasse.adapters.sql.migrations_of_cases import SqlMigrations

    with opened() as house:
        ledger = SqlMigrations(house.database)
        if number is not None:
            migration, items = ledger.get(number), ledger.items(number)
            if output_format is OutputFormat.JSON:
                say_json(_data(migration, items))
            else:
                _tell(migration, items, language)
            return
        found, counts = ledger.all(), ledger.counts()
    if output_format is OutputFormat.JSON:
        say_json([_migration_data(one) for one in found])
        return
    if not found:
        say(Text("Er is nog geen overstap gepland.", "No migration was planned yet.").in_(language))
        return
    head = Text("Nr|Procedure|Van|Naar|Stand|Zaken", "No|Procedure|From|To|Standing|Cases")
    table(
        tuple(head.in_(language).split("|")),
        [
            (
                one.id,
                one.name,
                one.from_version,
                one.to_version,
                one.state.label.in_(language),
                str(sum(counts.get(one.id, {}).values())),
            )
            for one in found
        ],
    )


_ONLY_LOOKING = Actor("cli", "", frozenset({Role.SECRETARIAT}), "cli")
"""Who asks for a plan that is not kept; the name goes nowhere."""

_OPTIONS = {"to": "--to", "stages": "--map"}
"""How what a plan is made of is called on the command line."""


@contextmanager
def _on_the_command_line() -> Iterator[None]:
    """Name each fault of a plan by the option that it is about."""
    try:
        yield
    except Invalid as error:
        faults = [
            Fault(_OPTIONS.get(one.pointer.strip("/").split("/")[0], one.pointer), one.text)
            for one in error.faults
        ]
        raise Invalid(error.text, faults) from error


def _refuse_unclear(from_: str, to: str, run: str, undo: str, by: str, *, dry_run: bool) -> None:
    faults = []
    if bool(run) + bool(undo) + bool(from_ or to) != 1 or bool(from_) is not bool(to):
        faults.append(
            Fault(
                "--from",
                Text(
                    "Kies één ding: een plan (--from met --to), --run of --undo.",
                    "Choose one thing: a plan (--from with --to), --run or --undo.",
                ),
            )
        )
    if dry_run and (run or undo):
        faults.append(
            Fault(
                "--dry-run",
                Text("Dit hoort bij --from en --to.", "This belongs with --from and --to."),
            )
        )
    if not dry_run and not by.strip():
        faults.append(
            Fault(
                "--by",
                Text(
                    "Zeg wie dit doet; dat komt in de geschiedenis van elke zaak.",
                    "Say who does this; it goes into the history of every case.",
                ),
            )
        )
    if faults:
        raise Invalid(Text("Zo kan het niet.", "It cannot be done like this."), faults)


def _refuse_other_name(migration: Migration, name: str) -> None:
    if migration.name != name:
        raise NotFound(
            Text(
                f"Overstap {migration.id} is van {migration.name}, niet van {name}.",
                f"Migration {migration.id} is of {migration.name}, not of {name}.",
            )
        )


def pairs(mapping: list[str] | None) -> dict[str, str]:
    """Return what --map says, or raise `Invalid` for what it cannot mean."""
    found: dict[str, str] = {}
    for one in mapping or []:
        old, sign, new = one.partition("=")
        if not (sign and old.strip() and new.strip()):
            raise Invalid(
                Text(
                    f"--map {one}: schrijf de oude en de nieuwe naam als signal=melding.",
                    f"--map {one}: write the old and the new name like signal=report.",
                )
            )
        found[old.strip()] = new.strip()
    return found


def _count(house: House, name: str, version: str) -> int:
    from impasse.adapters.sql.migrations_of_cases import SqlMigrations

    return len(SqlMigrations(house.database).cases_on(name, version))


@contextmanager
def progress(count: int) -> Iterator[Callable[[], None]]:
    """Yield what to call after each case: a bar for who watches, nothing otherwise."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    with typer.progressbar(length=count, file=sys.stderr) as bar:
        yield lambda: bar.update(1)


def _tell(
    migration: Migration, items: Sequence[Item], language: Language, *, short: bool = False
) -> None:
    """Print a migration with its cases; *short* leaves out what was planned."""
    number = f"{migration.id}: " if migration.id else ""
    state = "" if not migration.id else f" ({migration.state.label.in_(language)})"
    road = Text(
        f"van versie {migration.from_version} naar versie {migration.to_version}",
        f"from version {migration.from_version} to version {migration.to_version}",
    )
    say(f"{number}{migration.name} {road.in_(language)}{state}")
    if not items:
        none = Text(
            f"Geen lopende zaak volgt versie {migration.from_version}.",
            f"No running case follows version {migration.from_version}.",
        )
        say(none.in_(language))
    for item in items:
        say(f"\n{item.case}  {item.plan.get('title', '')}: {item.state.label.in_(language)}")
        if item.told.nl:
            say(f"  {item.told.in_(language)}")
        if not short:
            for line in _plan_lines(item.plan, language):
                say(f"  {line}")


def _plan_lines(plan: Mapping[str, Any], language: Language) -> Iterator[str]:
    def tell(text: Mapping[str, str]) -> str:
        return text[language]

    before, after = tell(plan["stage_label"]), tell(plan["to_stage_label"])
    if before != after or plan["stage"] != plan["to_stage"]:
        yield f"{before} → {after}"
    for key in ("hindrances", "notes"):
        yield from map(tell, plan[key])
    for timer in plan["timers"]:
        was, will = (_rings(timer, key, language) for key in ("before", "after"))
        yield f"{tell(timer['what'])}: {was} → {will}. {tell(timer['why'])}"
    for key in ("tasks_going", "tasks_coming", "moves"):
        yield from map(tell, plan[key])
    if plan["lacking"]:
        names = ", ".join(plan["lacking"])
        yield Text(f"Nog niet ingestemd: {names}.", f"Not agreed yet: {names}.").in_(language)


def _rings(timer: Mapping[str, Any], key: str, language: Language) -> str:
    if timer[key] is None:
        return Text("niet", "not").in_(language)
    return _day(day_of(timer["purpose"], datetime.fromisoformat(timer[key])))


def _day(day: date) -> str:
    return f"{day:%d-%m-%Y}"


def _data(migration: Migration, items: Sequence[Item]) -> dict[str, Any]:
    return {
        **_migration_data(migration),
        "items": [
            {
                "case": item.case,
                "state": item.state.value,
                "told": {"nl": item.told.nl, "en": item.told.en},
                "doneAt": None if item.done_at is None else item.done_at.isoformat(),
                "plan": dict(item.plan),
            }
            for item in items
        ],
    }


def _migration_data(migration: Migration) -> dict[str, Any]:
    return {
        "id": migration.id,
        "name": migration.name,
        "from": migration.from_version,
        "to": migration.to_version,
        "stages": dict(migration.stages),
        "policy": None if migration.policy is None else migration.policy.value,
        "state": migration.state.value,
        "plannedAt": migration.planned_at.isoformat(),
        "plannedBy": migration.planned_by,
        "finishedAt": None if migration.finished_at is None else migration.finished_at.isoformat(),
    }
