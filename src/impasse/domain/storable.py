"""Texts that can be kept: of a length that fits, without half characters and without NUL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.domain.commands import AddParty, Contribute, OpenCase, ReportSignal
from impasse.domain.errors import Fault, Invalid
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.domain.commands import Command

LONGEST = 5_000
"""Room for a page of text; longer pieces are documents."""

LONGEST_NAME = 300
"""Room for the name of anything: a person, a place, an organisation, a subject."""

MOST_PARTS = 500
"""More parties, signals or regions than this are a mistake, not a dispute."""

_TEXTS = frozenset({"title", "summary", "text", "note", "reason", "source", "next_step"})
"""What is written in sentences; everything else is a name."""


def refuse_unstorable(command: Command) -> None:
    """Raise `Invalid` for every text of *command* that cannot be kept as it is."""
    faults = _faults(command, "")
    if isinstance(command, OpenCase):
        for name in ("parties", "signals"):
            parts = getattr(command, name)
            faults += _too_many(parts, f"/{name}")
            for index, part in enumerate(parts[:MOST_PARTS]):
                faults += _faults(part, f"/{name}/{index}")
        faults += _too_many(command.regions, "/regions")
        for index, region in enumerate(command.regions[:MOST_PARTS]):
            faults += text_faults("region", region, f"/regions/{index}")
    elif isinstance(command, Contribute) and command.report is not None:
        faults += _faults(command.report, "/report")
    elif isinstance(command, ReportSignal):
        faults += _faults(command.report, "")
    elif isinstance(command, AddParty):
        faults += _faults(command.party, "")
    if faults:
        raise Invalid(Text("Deze tekst kan niet.", "This text cannot be kept."), faults)


def _faults(value: object, at: str) -> list[Fault]:
    faults: list[Fault] = []
    for name in value.__slots__:  # type: ignore[attr-defined] # every command has slots
        text = getattr(value, name)
        if isinstance(text, str) and (len(text) > LONGEST_NAME or not text.isprintable()):
            faults += text_faults(name, text, f"{at}/{_camel(name)}")
    return faults


def text_faults(name: str, text: str, pointer: str) -> list[Fault]:
    """Return why *text* cannot be kept as the field *name*; nothing when it can."""
    most = LONGEST if name in _TEXTS else LONGEST_NAME
    if len(text) > most:
        return [
            Fault(
                pointer,
                Text(
                    f"De tekst is {len(text)} tekens; er passen er {most}.",
                    f"The text has {len(text)} characters; there is room for {most}.",
                ),
            )
        ]
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        return [
            Fault(
                pointer,
                Text(
                    "Hierin staat een teken dat niet kan worden bewaard. Haal het weg of typ de "
                    "tekst opnieuw.",
                    "This holds a character that cannot be kept. Remove it or type the text again.",
                ),
            )
        ]
    return []


def _too_many(parts: tuple[object, ...], pointer: str) -> list[Fault]:
    if len(parts) <= MOST_PARTS:
        return []
    return [
        Fault(
            pointer,
            Text(
                f"Dit zijn er {len(parts)}; er passen er {MOST_PARTS}.",
                f"These are {len(parts)}; there is room for {MOST_PARTS}.",
            ),
        )
    ]


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
