"""The language that a client asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request

    from impasse.domain.text import Language


def language_of(request: Request) -> Language:
    """Return the language that `Accept-Language` prefers; Dutch when it does not say."""
    dutch = english = anything = 0.0
    for part in request.headers.get("accept-language", "").split(","):
        tag, _, weight = part.strip().lower().partition(";")
        quality = quality_of(weight)
        match tag.strip().partition("-")[0]:
            case "nl":
                dutch = max(dutch, quality)
            case "en":
                english = max(english, quality)
            case "*":
                anything = quality
            case _:
                pass
    return "en" if english > max(dutch, anything) else "nl"


def quality_of(parameters: str) -> float:
    """Return the weight in *parameters* ("q=0.5"), 1 without one, 0 when it is no weight."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name.strip().lower() == "q":
            try:
                weight = float(value)
            except ValueError:
                return 0.0
            return weight if 0 <= weight <= 1 else 0.0
    return 1.0
