"""Texts that can be kept: no half characters, and no NUL, which no database takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.domain.commands import OpenCase, ReportSignal
from impasse.domain.errors import Fault, Invalid
from impasse.domain.text import Text

if TYPE_CHECKING:
    from impasse.domain.commands import Command


def refuse_unstorable(command: Command) -> None:
    """Raise `Invalid` for every text of *command* that cannot be kept as it is."""
    faults = _faults(command, "")
    if isinstance(command, OpenCase):
        for index, report in enumerate(command.signals):
            faults += _faults(report, f"/signals/{index}")
    elif isinstance(command, ReportSignal):
        faults += _faults(command.report, "")
    if faults:
        raise Invalid(Text("Deze tekst kan niet.", "This text cannot be kept."), faults)


def _faults(value: object, at: str) -> list[Fault]:
    return [
        Fault(
            f"{at}/{_camel(name)}",
            Text(
                "Hierin staat een teken dat niet kan worden bewaard. Haal het weg of typ de "
                "tekst opnieuw.",
                "This holds a character that cannot be kept. Remove it or type the text again.",
            ),
        )
        for name in value.__slots__  # type: ignore[attr-defined] # every command has slots
        if isinstance(text := getattr(value, name), str) and not _storable(text)
    ]


def _storable(text: str) -> bool:
    if text.isascii():
        return "\0" not in text
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
