"""`impasse room`: read and write in the rooms of a case, and share an exact wording from them.

Who acts is named with `--by`: somebody else's rooms do not exist, for the command line either. Who
reads in a closed room leaves his name there.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
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
from impasse.domain.access import no_such_case
from impasse.domain.commands import (
    Contribute,
    DecideRelease,
    DestroyContribution,
    ProposeRelease,
    WithdrawRelease,
)
from impasse.domain.errors import Fault, Invalid, Unreadable
from impasse.domain.room_words import refuse_no_number
from impasse.domain.rooms import ContributionKind, DocumentFile, Part
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from impasse.domain.case import Case
    from impasse.domain.commands import RoomCommand
    from impasse.domain.people import Actor
    from impasse.domain.rooms import Room
    from impasse.engine.ports import Receipt
    from impasse.wiring import House

app = typer.Typer(no_args_is_help=True)

_PAGE = 100
_OPTIONS = {
    "/file": "--file",
    "/file/name": "--file",
    "/kind": "--file",
    "/withDocument": "--with-document",
    "/contribution": "CONTRIBUTION",
}
"""How the values of a command are called on the command line, where that is not `--value`."""

_Case = Annotated[
    str,
    typer.Argument(
        metavar="CASE", help=words("Nummer, zoals IMP-2026-0014.", "Number, such as IMP-2026-0014.")
    ),
]
_Room = Annotated[
    str,
    typer.Argument(
        metavar="ROOM",
        help=words(
            "Welke kamer, zoals side-gm0363; zie 'room list'.",
            "Which room, such as side-gm0363; see 'room list'.",
        ),
    ),
]
_Contribution = Annotated[
    str,
    typer.Argument(
        metavar="CONTRIBUTION",
        help=words("Welke bijdrage, zoals N1.", "Which contribution, such as N1."),
    ),
]
_Release = Annotated[
    str,
    typer.Argument(
        metavar="RELEASE", help=words("Welk voorstel, zoals V1.", "Which proposal, such as V1.")
    ),
]
By = Annotated[
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
_Note = Annotated[
    str,
    typer.Option(metavar="TEXT", show_default=False, help=words("Toelichting.", "Explanation.")),
]
_Environmental = Annotated[
    bool,
    typer.Option(
        "--environmental",
        help=words("Het is milieu-informatie.", "It is environmental information."),
    ),
]


@dataclass(frozen=True, slots=True)
class _Inside:
    """A house, somebody in it, and a room of a case that exists for him."""

    house: House
    actor: Actor
    case: Case
    room: Room

    def do(self, command: RoomCommand) -> Receipt:
        """Hand *command* to the engine; name each fault by the option that it is about."""
        try:
            return self.house.engine.handle(command, self.actor)
        except Invalid as error:
            faults = [Fault(_option(one.pointer), one.text) for one in error.faults]
            raise Invalid(error.text, faults) from error

    def all(self, read: Callable[..., list[Any]]) -> list[Any]:
        """Return everything that *read* gives of the room, page after page."""
        found: list[Any] = []
        while True:
            after = found[-1].position if found else 0
            page = read(self.actor, self.case, self.room, after=after, limit=_PAGE)
            found += page
            if len(page) < _PAGE:
                return found


@app.command(
    "list",
    help=words(
        "Toon de kamers van een zaak die er zijn voor wie u noemt.",
        "Show the rooms of a case that exist for whom you name.",
    ),
)
def list_rooms(
    case: _Case, by: By, language: LanguageOption, output_format: FormatOption = OutputFormat.TEXT
) -> None:
    """Show the rooms of a case that exist for somebody."""
    from impasse.cli.room_told import room_json
    from impasse.domain.room_words import name_of_room

    with opened() as house:
        actor = actor_called(house, by.strip())
        found = case_called(house, actor, case)
        lines = house.rooms.rooms(actor, found)
    if output_format is OutputFormat.JSON:
        say_json({"case": found.id, "rooms": [room_json(one, found, language) for one in lines]})
        return
    head = Text("kamer|naam|bijdragen|wacht op besluit", "room|name|contributions|to be decided on")
    table(
        tuple(head.in_(language).split("|")),
        [
            (
                one.room.id,
                name_of_room(one.room, found).in_(language),
                str(one.contributions),
                str(one.waiting),
            )
            for one in lines
        ],
    )


@app.command(
    help=words(
        "Toon wat in een kamer staat, en wat is voorgesteld om te delen.",
        "Show what stands in a room, and what is proposed to be shared.",
    )
)
def show(
    case: _Case,
    room: _Room,
    by: By,
    language: LanguageOption,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Show what stands in a room."""
    from impasse.cli.room_told import (
        contribution_json,
        functions_of,
        release_json,
        tell_contributions,
        tell_releases,
        tell_room,
    )

    with _inside(case, room, by) as inside:
        contributions = inside.all(inside.house.rooms.contributions)
        releases = inside.all(inside.house.rooms.releases)
        functions = functions_of(inside.house)
    if output_format is OutputFormat.JSON:
        say_json(
            {
                "case": inside.case.id,
                "room": inside.room.id,
                "contributions": [contribution_json(one) for one in contributions],
                "releases": [release_json(one) for one in releases],
            }
        )
        return
    tell_room(inside.room, inside.case, language)
    tell_contributions(contributions, functions, language)
    tell_releases(releases, language)


@app.command(
    help=words(
        "Schrijf een notitie in een kamer, of breng er met --file een document in.",
        "Write a note in a room, or bring a document into it with --file.",
    )
)
def write(
    case: _Case,
    room: _Room,
    *,
    title: Annotated[
        str, typer.Option(metavar="TEXT", help=words("Titel, één regel.", "Title, one line."))
    ],
    part: Annotated[
        Part,
        typer.Option(
            help=words(
                "objective: feiten, alternatieven en gevolgen; view: beleidsopvatting.",
                "objective: facts, alternatives and consequences; view: a view of policy.",
            )
        ),
    ],
    by: By,
    language: LanguageOption,
    text: Annotated[
        str,
        typer.Option(metavar="TEXT", show_default=False, help=words("De tekst.", "The text.")),
    ] = "",
    file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help=words("Het bestand van een document.", "The file of a document."),
        ),
    ] = None,
    environmental: _Environmental = False,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Bring a note or a document into a room."""
    with _inside(case, room, by) as inside:
        document = None if file is None else _document(file, inside.house.settings.document_bytes)
        receipt = inside.do(
            Contribute(
                inside.case.id,
                inside.room,
                ContributionKind.NOTE if document is None else ContributionKind.DOCUMENT,
                part,
                title,
                text,
                environmental=environmental,
                file=document,
            )
        )
    _done(inside, receipt.created, output_format, Text(f"Bewaard als {receipt.created}.",
          f"Kept as {receipt.created}.").in_(language))  # fmt: skip


@app.command(help=words("Bewaar het bestand van een document.", "Save the file of a document."))
def save(
    case: _Case,
    room: _Room,
    contribution: _Contribution,
    *,
    by: By,
    language: LanguageOption,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help=words(
                "Waarheen; standaard zijn eigen naam, in deze map. Overschrijft niets.",
                "Where to; by default its own name, in this folder. Overwrites nothing.",
            ),
        ),
    ] = None,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Save the file of a document; never over another file."""
    from impasse.domain.file_names import safe_file_name

    with _inside(case, room, by) as inside:
        key = _named(contribution)
        file = inside.house.rooms.document(inside.actor, inside.case, inside.room, key)
    place = out or Path(safe_file_name(file.name))
    _keep(file, place)
    told = Text(f"Bewaard in {place}.", f"Saved in {place}.").in_(language)
    _done(inside, key, output_format, told, file=str(place), size=len(file.body))


@app.command(
    help=words(
        "Stel voor een exacte tekst uit een kamer te delen; zonder --title en --text die er staat.",
        "Propose to share an exact wording from a room; without --title and --text as it stands.",
    )
)
def release(
    case: _Case,
    room: _Room,
    contribution: _Contribution,
    *,
    by: By,
    language: LanguageOption,
    title: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", show_default=False, help=words("Andere titel.", "Other title.")
        ),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", show_default=False, help=words("Andere tekst.", "Other text.")
        ),
    ] = None,
    part: Annotated[
        Part | None,
        typer.Option(
            show_default=False,
            help=words(
                "Objectief of beleidsopvatting, als dat verandert.",
                "Objective or a view of policy, when that changes.",
            ),
        ),
    ] = None,
    with_document: Annotated[
        bool,
        typer.Option(
            "--with-document", help=words("Het bestand gaat mee.", "The file comes along.")
        ),
    ] = False,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Propose to share an exact wording; nothing is shared before its owner approves."""
    with _inside(case, room, by) as inside:
        rooms, key = inside.house.rooms, _named(contribution)
        found = rooms.contribution(inside.actor, inside.case, inside.room, key)
        receipt = inside.do(
            ProposeRelease(
                inside.case.id,
                inside.room,
                found.id,
                found.title if title is None else title,
                found.text if text is None else text,
                found.part if part is None else part,
                environmental=found.environmental,
                with_document=with_document,
            )
        )
        made = rooms.release(inside.actor, inside.case, inside.room, receipt.created)
    told = Text(
        f"Voorgesteld als {made.id}. Er is nog niets gedeeld. Goedkeuren kan met --wording "
        f"{made.wording}.",
        f"Proposed as {made.id}. Nothing is shared yet. Approve with --wording {made.wording}.",
    )
    _done(inside, made.id, output_format, told.in_(language), wording=made.wording)


@app.command(
    help=words(
        "Keur een voorgestelde tekst goed, dan wordt hij gedeeld; of wijs hem af.",
        "Approve a proposed wording, and it is shared; or decline it.",
    )
)
def decide(
    case: _Case,
    room: _Room,
    release: _Release,
    *,
    approve: Annotated[
        bool,
        typer.Option("--approve/--decline", help=words("Delen, of niet.", "Share it, or not.")),
    ],
    by: By,
    language: LanguageOption,
    wording: Annotated[
        str,
        typer.Option(
            metavar="HASH",
            show_default=False,
            help=words(
                "Welke tekst u las: de hash uit 'room show'. Nodig om goed te keuren.",
                "Which wording you read: the hash of 'room show'. Needed to approve.",
            ),
        ),
    ] = "",
    note: _Note = "",
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Decide on a proposed wording, as its owner."""
    with _inside(case, room, by) as inside:
        key = _named(release)
        command = DecideRelease(
            inside.case.id, inside.room, key, approve, wording.strip().lower(), note
        )
        receipt = inside.do(command)
    shared = Text(f"Gedeeld als {receipt.created}.", f"Shared as {receipt.created}.")
    told = shared if approve else Text("Afgewezen; er is niets gedeeld.",
                                       "Declined; nothing was shared.")  # fmt: skip
    _done(inside, key, output_format, told.in_(language), sharedAs=receipt.created or None)


@app.command(help=words("Trek een voorstel om te delen in.", "Withdraw a proposal to share."))
def withdraw(
    case: _Case,
    room: _Room,
    release: _Release,
    *,
    by: By,
    language: LanguageOption,
    note: _Note = "",
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Take back a proposal that was not decided on."""
    with _inside(case, room, by) as inside:
        key = _named(release)
        inside.do(WithdrawRelease(inside.case.id, inside.room, key, note))
    told = Text("Ingetrokken; er is niets gedeeld.", "Withdrawn; nothing was shared.")
    _done(inside, key, output_format, told.in_(language))


@app.command(
    help=words(
        "Vernietig de inhoud van een bijdrage; dat zij er stond, blijft.",
        "Destroy the content of a contribution; that it was there stays.",
    )
)
def destroy(
    case: _Case,
    room: _Room,
    contribution: _Contribution,
    *,
    reason: Annotated[
        str,
        typer.Option(
            metavar="TEXT", help=words("Waarom; de reden blijft bewaard.", "Why; it is kept.")
        ),
    ],
    by: By,
    language: LanguageOption,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Destroy the content of a contribution, as its owner."""
    with _inside(case, room, by) as inside:
        key = _named(contribution)
        inside.do(DestroyContribution(inside.case.id, inside.room, key, reason))
    told = Text(f"De inhoud van {key} is vernietigd.", f"The content of {key} was destroyed.")
    _done(inside, key, output_format, told.in_(language))


@app.command(help=words("Toon wat in een kamer is gedaan.", "Show what was done in a room."))
def history(
    case: _Case,
    room: _Room,
    by: By,
    language: LanguageOption,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Show what was done in a room, oldest first."""
    from impasse.cli.room_told import functions_of, tell_history
    from impasse.domain.chronicle import tell
    from impasse.engine.procedures import procedure_of

    with _inside(case, room, by) as inside:
        workflow = procedure_of(inside.house.procedures, inside.case).workflow
        entries = inside.house.rooms.history(inside.actor, inside.case, inside.room)
        functions = functions_of(inside.house)
    told = [
        (one, tell(one.action, json.loads(one.content) if one.content else {}, workflow))
        for one in entries
    ]
    if output_format is OutputFormat.JSON:
        say_json(
            {
                "case": inside.case.id,
                "room": inside.room.id,
                "history": [
                    {
                        "sequence": one.seq,
                        "at": one.at.isoformat(),
                        "action": one.action,
                        "sentence": sentence.in_(language),
                        "organisation": one.organisation,
                        "hash": one.hash,
                    }
                    for one, sentence in told
                ],
            }
        )
        return
    tell_history(told, functions, language)


@app.command(help=words("Toon wie in een kamer heeft gelezen.", "Show who read in a room."))
def reads(
    case: _Case,
    room: _Room,
    by: By,
    language: LanguageOption,
    output_format: FormatOption = OutputFormat.TEXT,
) -> None:
    """Show who read in a room, the last first."""
    from impasse.cli.room_told import functions_of, tell_reads

    with _inside(case, room, by) as inside:
        found = inside.house.rooms.reads(inside.actor, inside.case, inside.room)
        functions = functions_of(inside.house)
    if output_format is OutputFormat.JSON:
        say_json(
            {
                "case": inside.case.id,
                "room": inside.room.id,
                "reads": [
                    {
                        "what": one.what,
                        "organisation": one.organisation,
                        "origin": one.origin,
                        "at": one.at.isoformat(),
                    }
                    for one in found
                ],
            }
        )
        return
    tell_reads(found, functions, language)


def case_called(house: House, actor: Actor, number: str) -> Case:
    """Return the case, or raise the one error for a case that is not there for *actor*."""
    wanted = number.strip()
    if not wanted.isprintable():
        raise no_such_case(wanted.encode("utf-8", "replace").decode())
    return house.views.case(actor, wanted)


@contextmanager
def _inside(case: str, room: str, by: str) -> Iterator[_Inside]:
    """Open the house, and in it the room, for who exists and may enter."""
    with opened() as house:
        actor = actor_called(house, by.strip())
        found = case_called(house, actor, case)
        yield _Inside(house, actor, found, house.rooms.room(actor, found, room.strip()))


def _named(key: str) -> str:
    """Return the number of a contribution or proposal; raises `NotFound` for what can be none."""
    wanted = key.strip().upper()
    refuse_no_number(wanted)
    return wanted


def _document(path: Path, most: int) -> DocumentFile:
    """Read a file of at most *most* bytes; raises `Unreadable` with place and remedy."""
    from impasse.domain.file_names import media_type_of, safe_file_name

    try:
        with path.open("rb") as source:
            body = source.read(most + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Unreadable(
            Text(
                f"{path} kan niet worden gelezen ({reason}). Noem met --file een bestaand bestand.",
                f"{path} cannot be read ({reason}). Name an existing file with --file.",
            )
        ) from error
    if len(body) > most:
        raise Unreadable(
            Text(
                f"{path} is groter dan {most} bytes. Maak het kleiner, of verdeel het.",
                f"{path} is larger than {most} bytes. Make it smaller, or divide it.",
            )
        )
    name = safe_file_name(path.name)
    return DocumentFile(name, media_type_of(name), body)


def _keep(file: DocumentFile, place: Path) -> None:
    """Write *file* where nothing is yet, whole or not at all; raises `Unreadable`."""
    try:
        with place.open("xb") as target:
            try:
                target.write(file.body)
                target.flush()
            except OSError:
                place.unlink()
                raise
    except FileExistsError as error:
        raise Unreadable(
            Text(
                f"{place} bestaat al. Noem met --out een ander bestand.",
                f"{place} exists already. Name another file with --out.",
            )
        ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise Unreadable(
            Text(
                f"{place} kan niet worden geschreven ({reason}). Noem met --out een ander bestand.",
                f"{place} cannot be written ({reason}). Name another file with --out.",
            )
        ) from error


def _done(
    inside: _Inside, key: str, output_format: OutputFormat, told: str, **more: object
) -> None:
    """Say what was done."""
    if output_format is OutputFormat.JSON:
        say_json({"case": inside.case.id, "room": inside.room.id, "id": key, **more})
    else:
        say(told)


def _option(pointer: str) -> str:
    return _OPTIONS.get(pointer, f"--{pointer.removeprefix('/')}")
