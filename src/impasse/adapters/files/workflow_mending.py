"""What pydantic finds wrong with a workflow file: told in words, and mended to be read on."""

from __future__ import annotations

from copy import deepcopy
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from impasse.adapters.files.workflow_shape import (
    AtLeastShape,
    ExtensionShape,
    GuardsShape,
    KeptShape,
    MediatorRoomShape,
    ReleaseShape,
    ReminderShape,
    RoomsShape,
    RungShape,
    StageShape,
    SuspensionShape,
    TaskShape,
    TermShape,
    TransitionShape,
    Words,
    WorkflowShape,
    shown,
)
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydantic_core import ErrorDetails

    from impasse.adapters.files.workflow_shape import Shape
    from impasse.adapters.files.yaml_lines import Place

_UNREADABLE = "unreadable"
"""A name that no stage has, because no file in which it is filled in is ever used."""
_WORDS = {"nl": "?", "en": "?"}
_PLACEHOLDERS: dict[str | int, Any] = {
    "after": "0 working days",
    "basis": "internal",
    "before": "1 working day",
    "description": _WORDS,
    "en": "?",
    "for": "secretariat",
    "format": 1,
    "from": [_UNREADABLE],
    "initial": _UNREADABLE,
    "label": _WORDS,
    "length": "99 years",
    "longest": "1 week",
    "name": _UNREADABLE,
    "nl": "?",
    "notify": ["secretariat"],
    "purpose": _WORDS,
    "roles": ["secretariat"],
    "stages": {},
    "to": _UNREADABLE,
    "transitions": [],
    "version": "0",
}
_ITEMS: dict[str, Any] = {
    "advised": _UNREADABLE,
    "after": _UNREADABLE,
    "after_any": _UNREADABLE,
    "cancels": _UNREADABLE,
    "from": _UNREADABLE,
    "notify": "secretariat",
    "on_expiry": {},
    "reasons": "awaiting_party",
    "reminders": {},
    "required": _UNREADABLE,
    "roles": "secretariat",
    "tasks": _UNREADABLE,
    "transitions": {},
}
"""What takes the place of an item of these lists; its neighbours keep their positions."""


_SENTENCES = {
    "missing": Text("'{key}' ontbreekt; voeg het toe", "'{key}' is missing; add it"),
    "string_too_short": Text("'{key}' is leeg; vul het in", "'{key}' is empty; fill it in"),
    "string_type": Text(
        "'{key}' is tekst; schrijf de waarde tussen aanhalingstekens",
        "'{key}' is text; write the value between quotation marks",
    ),
    "string_pattern_mismatch": Text(
        "'{given}' kan niet; gebruik kleine letters, cijfers en streepjes, zonder spaties",
        "'{given}' will not do; use small letters, digits and hyphens, without spaces",
    ),
    "bool_type": Text("'{key}' is true of false", "'{key}' is true or false"),
    "int_type": Text("'{key}' is een heel getal vanaf 1", "'{key}' is a whole number from 1 on"),
    "greater_than_equal": Text(
        "'{key}' is een heel getal vanaf 1", "'{key}' is a whole number from 1 on"
    ),
    "less_than_equal": Text(
        "'{key}' is te groot; kies een kleiner getal", "'{key}' is too large; choose less"
    ),
    "literal_error": Text(
        "deze vorm van het bestand is niet bekend; schrijf 'format: 1'",
        "this form of the file is not known; write 'format: 1'",
    ),
    "list_type": Text(
        "hier hoort een lijst; zet elk onderdeel achter een streepje, of alles tussen [ ]",
        "a list belongs here; put each part behind a dash, or all of it between [ ]",
    ),
    "dict_type": Text(
        "hier horen {what.nl}, elk met een naam ervoor",
        "{what.en} belong here, each behind its name",
    ),
    "too_short": Text(
        "'{key}' is leeg; noem er ten minste één", "'{key}' is empty; name at least one"
    ),
    "too_long": Text(
        "'{key}' heeft er te veel; houd er ten hoogste {most} over",
        "'{key}' has too many; keep {most} at the most",
    ),
    "string_too_long": Text(
        "'{key}' is te lang; er passen {most} tekens",
        "'{key}' is too long; there is room for {most} characters",
    ),
    "model_type": Text(
        "hier horen sleutels met een waarde: {keys}", "keys with a value belong here: {keys}"
    ),
}
_OTHER = Text(
    "'{key}' past niet ({said}); lees de uitleg van dit bestand",
    "'{key}' does not fit ({said}); read about this file",
)


def sentence(detail: ErrorDetails, keys: Callable[[Place], tuple[str, ...]] | None = None) -> Text:
    """Say what is wrong, and what to do about it.

    *keys* tells which keys the mapping at a place may have; by default that of a procedure.
    """
    kind, place = detail["type"], detail["loc"]
    keys_at = keys or _keys
    if kind == "unusable":
        return Text(detail["ctx"]["nl"], detail["ctx"]["en"])
    if kind == "extra_forbidden":
        return _unknown_key(place, keys_at(place[:-1]))
    words = {
        "key": shown(place[-1]) if place else "",
        "given": shown(detail["input"]),
        "keys": ", ".join(keys_at(place)) if kind == "model_type" else "",
        "said": detail["msg"],
        "most": detail.get("ctx", {}).get("max_length", ""),
        "what": _MAPPINGS.get(str(place[-1]) if place else "", _MAPPINGS["stages"]),
    }
    template = (
        _JOIN if kind == "literal_error" and "join" in place else _SENTENCES.get(kind, _OTHER)
    )
    return Text(template.nl.format(**words), template.en.format(**words))


_MAPPINGS = {
    "stages": Text("de fasen", "the stages"),
    "tasks": Text("de taken", "the tasks"),
    "outcomes": Text("de antwoorden", "the outcomes"),
}
_JOIN = Text(
    "'join' is all, first, none of {{at_least: 2}}", "'join' is all, first, none or {{at_least: 2}}"
)


def _unknown_key(place: Place, known: tuple[str, ...]) -> Text:
    key = shown(place[-1])
    if near := get_close_matches(key, known, n=1, cutoff=0.5):
        return Text(
            f"sleutel '{key}' is niet bekend; bedoelt u '{near[0]}'?",
            f"key '{key}' is not known; do you mean '{near[0]}'?",
        )
    return Text(
        f"sleutel '{key}' is niet bekend; kies een van: {', '.join(known)}",
        f"key '{key}' is not known; choose one of: {', '.join(known)}",
    )


def _keys(place: Place) -> tuple[str, ...]:
    return keys_of(_shape_at(place))


def keys_of(shape: type[Shape]) -> tuple[str, ...]:
    """Return the keys that *shape* has in a file."""
    return tuple(field.alias or name for name, field in shape.model_fields.items())


def _shape_at(place: Place) -> type[Shape]:  # noqa: C901, PLR0912 one case per shape
    match place:
        case ():
            return WorkflowShape
        case ("stages", _):
            return StageShape
        case ("stages", _, "term"):
            return TermShape
        case ("stages", _, "term", "suspension"):
            return SuspensionShape
        case ("stages", _, "term", "extension"):
            return ExtensionShape
        case ("stages", _, "tasks", _):
            return TaskShape
        case ("stages", _, "tasks", _, "join", *_):
            return AtLeastShape
        case ("stages", _, "term", "reminders", _):
            return ReminderShape
        case ("stages", _, "term", "on_expiry", _):
            return RungShape
        case ("transitions", _):
            return TransitionShape
        case ("transitions", _, "guards"):
            return GuardsShape
        case ("rooms",):
            return RoomsShape
        case ("rooms", "mediator"):
            return MediatorRoomShape
        case ("rooms", "release"):
            return ReleaseShape
        case ("rooms", _):
            return KeptShape
        case _:
            return Words


def mend(data: dict[str, Any], details: Sequence[ErrorDetails]) -> dict[str, Any]:
    """Return a copy of *data* in which what *details* are about is replaced or left out."""
    mended = deepcopy(data)
    for detail in details:
        _mend_one(mended, detail["loc"], unknown=detail["type"] == "extra_forbidden")
    return mended


def _mend_one(root: Any, place: Place, *, unknown: bool) -> None:  # noqa: ANN401 - no shape yet
    parent, above = root, ""
    if place[4:5] == ("join",) and place[2] == "tasks":
        # It is a word or a mapping; whichever it was meant to be, it is left out as a whole.
        place, unknown = place[:5], False
    for part in place[:-1]:
        known = isinstance(parent, dict) and part in parent
        if not known and not (isinstance(parent, list) and isinstance(part, int)):
            return
        parent, above = parent[part], str(part)
    last = place[-1]
    if isinstance(parent, list) and isinstance(last, int):
        parent[last] = deepcopy(_ITEMS.get(above, _UNREADABLE))
    elif isinstance(parent, dict):
        if unknown:
            del parent[last]
        elif place[:-1] == ("stages",):
            parent[last] = {}
        elif last == "trigger" and place[0] == "transitions":
            parent[last] = f"{_UNREADABLE}_{place[1]}"
        elif last in _PLACEHOLDERS and (last, place[2:3]) != ("after", ("tasks",)):
            parent[last] = deepcopy(_PLACEHOLDERS[last])
        else:
            parent.pop(last, None)
