"""What pydantic finds wrong with the shape of a file, told with line and remedy."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from impasse.adapters.files.yaml_lines import Lines, Problem
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails


class Unfit(ValueError):
    """A value that does not fit, raised by a validator; `text` is the remedy for the author."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


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
    last = str(found["loc"][-1]) if found["loc"] else ""
    match found["type"]:
        case "missing":
            return Text(f'"{last}" ontbreekt; vul het in.', f'"{last}" is missing; add it.')
        case "extra_forbidden":
            return _unknown_key(last, keys)
        case _:
            where = ".".join(str(part) for part in found["loc"] if part != "[key]")
            wanted = _wanted(found)
            return Text(
                f"{where}: {wanted.nl}" if where else wanted.nl,
                f"{where}: {wanted.en}" if where else wanted.en,
            )


def _unknown_key(key: str, known: tuple[str, ...]) -> Text:
    near = get_close_matches(key, known, n=1)
    if near:
        return Text(
            f'"{key}" is onbekend; bedoelt u "{near[0]}"?',
            f'"{key}" is unknown; do you mean "{near[0]}"?',
        )
    return Text(f'"{key}" is onbekend; haal het weg.', f'"{key}" is unknown; remove it.')


def _wanted(found: ErrorDetails) -> Text:
    """Return what should have stood here."""
    kind, limits = found["type"], found.get("ctx", {})
    if kind in _WANTED:
        return _WANTED[kind]
    if isinstance(limits.get("error"), Unfit):
        text: Text = limits["error"].text
        return text
    if kind in {"literal_error", "enum"}:
        choice = limits["expected"]
        return Text(f"kies uit {choice.replace(' or ', ' of ')}.", f"choose from {choice}.")
    for name, limit in _LIMITS.items():
        if name in limits and kind.startswith(("greater_than", "less_than")):
            return limit + same(f" {limits[name]}.")
    return Text(
        f"deze waarde past hier niet ({found['msg']}); verbeter haar.",
        f"this value does not fit here ({found['msg']}); correct it.",
    )


_WHOLE_NUMBER = Text("schrijf een heel getal.", "write a whole number.")
_NUMBER = Text("schrijf een getal, met een punt.", "write a number, with a point.")
_TRUTH = Text("schrijf true of false.", "write true or false.")
_MAPPING = Text(
    "schrijf hier sleutels met waarden onder elkaar.",
    "write keys with values here, one below the other.",
)
_WANTED = {
    "int_type": _WHOLE_NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "list_type": Text("schrijf een lijst, zoals [a, b].", "write a list, such as [a, b]."),
    "string_type": Text(
        "schrijf tekst; zet een getal tussen aanhalingstekens.",
        "write text; put a number between quotes.",
    ),
    "too_short": Text("schrijf er minstens één.", "write at least one."),
    "string_pattern_mismatch": Text(
        "deze schrijfwijze kan niet; kijk hoe de andere zijn geschreven.",
        "this spelling cannot be used; see how the others are written.",
    ),
}
_LIMITS = {
    "gt": Text("schrijf een getal boven", "write a number above"),
    "ge": Text("schrijf minstens", "write at least"),
    "lt": Text("schrijf een getal onder", "write a number below"),
    "le": Text("schrijf hoogstens", "write at most"),
}
