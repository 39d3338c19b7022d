"""How a command answers: for people in their language, or as JSON for programs."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from impasse.cli.main import reader_language
from impasse.domain.text import Language, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.wiring import House


class OutputFormat(StrEnum):
    """For people, or for programs."""

    TEXT = "text"
    JSON = "json"


def words(nl: str, en: str) -> str:
    """Return the words in the language of the reader."""
    return Text(nl, en).in_(reader_language())


FormatOption = Annotated[
    OutputFormat,
    typer.Option(
        "--format",
        help=words("Voor mensen (text) of programma's (json).", "For people or for programs."),
    ),
]
LanguageOption = Annotated[
    Language,
    typer.Option(
        default_factory=reader_language,
        show_default=False,
        help=words(
            "De taal: nl of en. Standaard die van IMPASSE_LANGUAGE, anders nl.",
            "The language: nl or en. By default that of IMPASSE_LANGUAGE, else nl.",
        ),
    ),
]


def say(line: str = "") -> None:
    """Print one line of an answer."""
    sys.stdout.write(line + "\n")


def say_json(value: Any) -> None:  # noqa: ANN401 whatever JSON can hold
    """Print an answer for programs, and nothing else."""
    say(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Print columns as wide as their widest word."""
    widths = [max(len(row[place]) for row in [head, *rows]) for place in range(len(head))]
    for row in [head, *rows]:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        say("  ".join(cells).rstrip())


@contextmanager
def opened() -> Iterator[House]:
    """Open the house that the settings describe, for one short command."""
    from impasse.adapters.logs import configure
    from impasse.settings import load_settings
    from impasse.wiring import build

    settings = load_settings()
    configure(settings.log_format, "warning")
    house = build(settings)
    try:
        yield house
    finally:
        house.close()
