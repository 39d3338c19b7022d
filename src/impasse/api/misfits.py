"""What does not fit the shape of a request, in words instead of the words of a library."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, get_args

from fastapi.routing import APIRoute
from pydantic import BaseModel

from impasse.api.problems import Misfit
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fastapi.exceptions import RequestValidationError
    from starlette.requests import Request

_WORDS = Text("Geef hier tekst.", "Give text here.")
_DAY = Text("Schrijf een dag als 2026-03-31.", "Write a day as 2026-03-31.")
_NO_SUCH_DAY = Text(
    "Deze dag bestaat niet. Schrijf een dag als 2026-03-31.",
    "There is no such day. Write a day as 2026-03-31.",
)
_TIME = Text("Schrijf een tijd als 14:30:00.", "Write a time as 14:30:00.")
_MOMENT = Text(
    "Schrijf een moment met zijn tijdzone, als 2026-03-31T12:00:00Z.",
    "Write a moment with its offset, as 2026-03-31T12:00:00Z.",
)
_YES_OR_NO = Text("Geef true of false.", "Give true or false.")
_WHOLE = Text("Geef een geheel getal.", "Give a whole number.")
_NUMBER = Text("Geef een getal.", "Give a number.")
_LIST = Text("Geef hier een lijst.", "Give a list here.")
_OBJECT = Text("Geef hier een object.", "Give an object here.")
_CHOICE = Text("Kies een van: {expected_nl}.", "Choose one of: {expected_en}.")
_NO_JSON = Text(
    "Dit is geen JSON: het gaat mis bij teken {position}.",
    "This is not JSON: it goes wrong at character {position}.",
)

_SENTENCES = {
    "missing": Text("Dit ontbreekt.", "This is missing."),
    "none_required": Text("Hier kan alleen null.", "Only null is possible here."),
    "extra_forbidden": Text(
        "Dit kennen wij niet. Controleer de spelling of laat het weg.",
        "We do not know this. Check the spelling or leave it out.",
    ),
    "string_type": _WORDS,
    "string_sub_type": _WORDS,
    "string_unicode": Text(
        "Hier staat een half teken. Stuur hele tekens in UTF-8.",
        "This holds half a character. Send whole characters in UTF-8.",
    ),
    "string_null": Text(
        "Het teken U+0000 kan niet in tekst.", "The character U+0000 cannot be in text."
    ),
    "string_pattern_mismatch": Text(
        "Deze tekst heeft niet de goede vorm.", "This text does not have the right form."
    ),
    "string_too_short": Text("Hier mag niet niets staan.", "This cannot be empty."),
    "string_too_long": Text(
        "Deze tekst is langer dan {max_length} tekens.",
        "This text is longer than {max_length} characters.",
    ),
    "base64": Text(
        "Dit is geen base64. Codeer het bestand opnieuw.",
        "This is not base64. Encode the file again.",
    ),
    "enum": _CHOICE,
    "literal_error": _CHOICE,
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _NO_SUCH_DAY,
    "date_from_datetime_inexact": _DAY,
    "time_type": _TIME,
    "time_parsing": _TIME,
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_object_invalid": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "timezone_aware": _MOMENT,
    "bool_type": _YES_OR_NO,
    "bool_parsing": _YES_OR_NO,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": Text("Dit getal is te groot.", "This number is too large."),
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "greater_than": Text("Geef meer dan {gt}.", "Give more than {gt}."),
    "greater_than_equal": Text("Geef {ge} of meer.", "Give {ge} or more."),
    "less_than": Text("Geef minder dan {lt}.", "Give less than {lt}."),
    "less_than_equal": Text("Geef {le} of minder.", "Give {le} or less."),
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "too_short": Text("Geef er ten minste {min_length}.", "Give at least {min_length}."),
    "too_long": Text("Geef er hooguit {max_length}.", "Give at most {max_length}."),
    "model_attributes_type": _OBJECT,
    "model_type": _OBJECT,
    "dict_type": _OBJECT,
    "json_invalid": _NO_JSON,
    "json_type": _WORDS,
}
_NEAREST = Text(
    "Dit kennen wij niet. Bedoelde u {nearest}?", "We do not know this. Did you mean {nearest}?"
)
_OTHERWISE = Text("Deze waarde kan niet.", "This value cannot be used.")
_EXPECTED = re.compile(r"'([^']*)'")
_NEAR = 0.6
"""How alike a name is to one that was meant: `pagesize` and `partys` are, `wat` is not."""

_LOOKED_UP = 25
"""Who sends thousands of unknown names does not wait for the nearest to each."""


def misfits_of(request: Request, found: RequestValidationError) -> list[Misfit]:
    """Return the findings of pydantic as misfits, each with its place and a sentence."""
    route = request.scope.get("route")
    return [
        _misfit(error, route if place < _LOOKED_UP else None)
        for place, error in enumerate(found.errors())
    ]


def unknown_keys(keys: Iterable[str]) -> list[Misfit]:
    """Return one misfit for each query key that an address does not know."""
    return [Misfit("query", pointer([key]), _SENTENCES["extra_forbidden"]) for key in keys]


def pointer(path: Sequence[object]) -> str:
    """Return *path* as a JSON pointer (RFC 6901); the whole is ""."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def worded(kind: str, context: Mapping[str, Any]) -> Text:
    """Return the sentence for a finding of *kind*; never a word of the library itself.

    Values that may be chosen come from the library as an enumeration in English: only the values
    are taken over.
    """
    sentence = _SENTENCES.get(kind, _OTHERWISE)
    *others, last = _EXPECTED.findall(str(context.get("expected", ""))) or [""]
    before = ", ".join(others)
    choices = {
        "expected_nl": f"{before} of {last}" if before else last,
        "expected_en": f"{before} or {last}" if before else last,
    }
    filled = {**context, **choices}
    return Text(sentence.nl.format_map(filled), sentence.en.format_map(filled))


def _misfit(error: Mapping[str, Any], route: object) -> Misfit:
    part, *path = error["loc"]
    kind, context = error["type"], dict(error.get("ctx") or {})
    if kind == "json_invalid":
        context["position"], path = path[0] if path else 0, []
    if kind == "extra_forbidden" and (nearest := _nearest(route, part, path)):
        return Misfit(
            part,
            pointer(path),
            Text(_NEAREST.nl.format(nearest=nearest), _NEAREST.en.format(nearest=nearest)),
        )
    return Misfit(str(part), pointer(path), worded(kind, context))


def _nearest(route: object, part: str, path: Sequence[object]) -> str:
    """Return the name that somebody may have meant with the last step of *path*, or ""."""
    if not isinstance(route, APIRoute):
        return ""
    fields = [route.body_field] if part == "body" else route.dependant.query_params
    shape = next((_shape(f.field_info.annotation) for f in fields if f is not None), None)
    *steps, unknown = map(str, path)
    for step in steps:
        # A place in a list leads to no other shape than the list itself.
        if shape is not None and not step.isdecimal():
            shape = _shape(_fields(shape).get(step))
    known = {name.lower(): name for name in _fields(shape)} if shape is not None else {}
    near = get_close_matches(unknown.lower(), known, n=1, cutoff=_NEAR)
    return known[near[0]] if near else ""


def _fields(shape: type[BaseModel]) -> dict[str, Any]:
    """Return what each field of *shape* may hold, by its name on the wire."""
    return {f.alias or name: f.annotation for name, f in shape.model_fields.items()}


def _shape(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 any annotation
    """Return the first shape in an annotation such as `list[Shape] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inside = (_shape(part) for part in get_args(annotation))
    return next((found for found in inside if found is not None), None)
