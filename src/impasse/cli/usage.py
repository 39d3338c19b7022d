"""What is wrong with a command line, in one sentence and in the reader's language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from impasse.domain.text import Text

if TYPE_CHECKING:
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


def usage_sentence(error: TyperException) -> Text:
    """Return what is wrong with the command line and where its help stands."""
    english = " ".join(error.format_message().split())
    dutch = english
    for pattern, translation in _IN_DUTCH:
        if re.fullmatch(pattern, english):
            dutch = re.sub(pattern, translation, english).strip()
            break
    context = getattr(error, "ctx", None)
    command = f"{context.command_path} --help" if context else "impasse --help"
    return Text(f"{_ended(dutch)} Zie: {command}", f"{_ended(english)} See: {command}")


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "?", "!")) else f"{sentence}."
