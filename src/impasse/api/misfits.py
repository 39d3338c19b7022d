"""What does not fit the shape of a request, in words instead of the words of a library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from impasse.api.problems import Misfit
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SENTENCES = {
    "missing": Text("Dit ontbreekt.", "This is missing."),
    "extra_forbidden": Text(
        "Dit kennen wij niet. Controleer de spelling of laat het weg.",
        "We do not know this. Check the spelling or leave it out.",
    ),
    "string_type": Text("Geef hier tekst.", "Give text here."),
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
    "enum": Text("Kies een van: {expected}.", "Choose one of: {expected}."),
    "literal_error": Text("Kies een van: {expected}.", "Choose one of: {expected}."),
    "date_parsing": Text("Schrijf een dag als 2026-03-31.", "Write a day as 2026-03-31."),
    "date_from_datetime_parsing": Text(
        "Deze dag bestaat niet. Schrijf een dag als 2026-03-31.",
        "There is no such day. Write a day as 2026-03-31.",
    ),
    "time_parsing": Text("Schrijf een tijd als 14:30:00.", "Write a time as 14:30:00."),
    "bool_type": Text("Geef true of false.", "Give true or false."),
    "int_type": Text("Geef een geheel getal.", "Give a whole number."),
    "int_parsing": Text("Geef een geheel getal.", "Give a whole number."),
    "greater_than_equal": Text("Geef {ge} of meer.", "Give {ge} or more."),
    "less_than_equal": Text("Geef {le} of minder.", "Give {le} or less."),
    "list_type": Text("Geef hier een lijst.", "Give a list here."),
    "too_short": Text("Geef er ten minste {min_length}.", "Give at least {min_length}."),
    "too_long": Text("Geef er hooguit {max_length}.", "Give at most {max_length}."),
    "model_attributes_type": Text("Geef hier een object.", "Give an object here."),
    "model_type": Text("Geef hier een object.", "Give an object here."),
    "dict_type": Text("Geef hier een object.", "Give an object here."),
    "json_invalid": Text(
        "Dit is geen JSON: het gaat mis bij teken {position}.",
        "This is not JSON: it goes wrong at character {position}.",
    ),
}
_OTHERWISE = Text("Deze waarde kan niet.", "This value cannot be used.")


def misfits_of(errors: Iterable[Any]) -> list[Misfit]:
    """Return the findings of pydantic as misfits, each with its place and a sentence."""
    return [_misfit(error) for error in errors]


def unknown_keys(keys: Iterable[str]) -> list[Misfit]:
    """Return one misfit for each query key that an address does not know."""
    return [Misfit("query", pointer([key]), _SENTENCES["extra_forbidden"]) for key in keys]


def pointer(path: Sequence[object]) -> str:
    """Return *path* as a JSON pointer (RFC 6901); the whole is ""."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def _misfit(error: Mapping[str, Any]) -> Misfit:
    part, *path = error["loc"]
    context = dict(error.get("ctx") or {})
    if error["type"] == "json_invalid":
        context["position"], path = path[0] if path else 0, []
    sentence = _SENTENCES.get(error["type"], _OTHERWISE)
    return Misfit(
        str(part),
        pointer(path),
        Text(sentence.nl.format_map(context), sentence.en.format_map(context)),
    )
