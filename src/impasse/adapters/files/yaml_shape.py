"""What pydantic finds wrong with the shape of a file, told with line and remedy."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from impasse.adapters.files.yaml_lines import Lines, Problem
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails


def shape_problems(
    error: ValidationError, lines: Lines, known_keys: Iterable[str] = ()
) -> list[Problem]:
    """Return every problem in *error*, each on the line where it stands.

    *known_keys* are the keys that a refused key may have been meant for.
    """
    keys = tuple(known_keys)
    return [
        Problem(lines.at(found["loc"]), _text(found, keys))
        for found in error.errors(include_url=False)
    ]


def _text(found: ErrorDetails, keys: tuple[str, ...]) -> Text:
    where = ".".join(str(part) for part in found["loc"]) or "bestand"
    last = str(found["loc"][-1]) if found["loc"] else ""
    match found["type"]:
        case "missing":
            return Text(f'"{last}" ontbreekt; vul het in.', f'"{last}" is missing; add it.')
        case "extra_forbidden":
            near = get_close_matches(last, keys, n=1)
            if near:
                return Text(
                    f'"{last}" is onbekend; bedoelt u "{near[0]}"?',
                    f'"{last}" is unknown; do you mean "{near[0]}"?',
                )
            return Text(f'"{last}" is onbekend; haal het weg.', f'"{last}" is unknown; remove it.')
        case "value_error":
            return Text(f"{where}: {_reason(found)}", f"{where}: {_reason(found)}")
        case _:
            return Text(
                f"{where}: deze waarde past hier niet ({found['msg']}); verbeter haar.",
                f"{where}: this value does not fit here ({found['msg']}); correct it.",
            )


def _reason(found: ErrorDetails) -> str:
    return str(found.get("ctx", {}).get("error", found["msg"]))
