"""What is wrong with a command line, in one sentence and in the reader's language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typer import TyperException

# The parser speaks English only; what it says, and how a Dutch reader is told.
_IN_DUTCH = (
    (r"No such command ('.*?')\. Did you mean (.*)\?", r"Er is geen opdracht \1; bedoelt u \2?"),
    (r"No such command ('.*?')\.", r"Er is geen opdracht \1."),
    (r"Missing command\.", r"Noem een opdracht."),
    (
        r"No such option: (\S+) \(Possible options: (.*)\)",
        r"Er is geen optie \1; bedoelt u \2?",
    ),
    (r"No such option: (\S+)", r"Er is geen optie \1."),
    (r"Missing argument ('.*?')\.(.*)", r"Het argument \1 ontbreekt.\2"),
    (r"Missing option ('.*?')\.(.*)", r"De optie \1 ontbreekt.\2"),
    (r"Option ('.*?') requires an argument\.", r"De optie \1 vraagt om een waarde."),
    (r"Option ('.*?') does not take a value\.", r"De optie \1 neemt geen waarde aan."),
    (r"Got unexpected extra arguments? \((.*)\)", r"Dit is te veel: \1."),
    (r"Invalid value for ('.*?'): (.*)", r"De waarde voor \1 kan zo niet: \2"),
)

# What it says after the colon, about one value.
_VALUE_IN_DUTCH = (
    (r"('.*') is not one of (.*)\.", r"\1 is er geen; kies uit \2."),
    (r"Input should be less than or equal to (\S+)", r"kies ten hoogste \1."),
    (r"Input should be greater than or equal to (\S+)", r"kies ten minste \1."),
    (r"Input should be a valid integer.*", r"schrijf een geheel getal."),
)


def usage_sentence(error: TyperException) -> Text:
    """Return what is wrong with the command line and where its help stands."""
    english = " ".join(error.format_message().split())
    english = english.replace(": Value error, ", ": ", 1)
    told, colon, value = english.partition(": ")
    if colon:
        dutch = _translated(told + colon + _translated(value, _VALUE_IN_DUTCH), _IN_DUTCH)
    else:
        dutch = _translated(english, _IN_DUTCH)
    context = getattr(error, "ctx", None)
    command = f"{context.command_path} --help" if context else "impasse --help"
    return Text(f"{_ended(dutch)} Zie: {command}", f"{_ended(english)} See: {command}")


def _translated(english: str, translations: Iterable[tuple[str, str]]) -> str:
    for pattern, translation in translations:
        if re.fullmatch(pattern, english):
            return re.sub(pattern, translation, english).strip()
    return english


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "?", "!")) else f"{sentence}."
