"""Where the files lie that come with the product: procedures and configuration."""

from __future__ import annotations

from pathlib import Path

from impasse.domain.errors import Unreadable
from impasse.domain.text import Text

_PACKAGE = Path(__file__).resolve().parents[2]
_IN_WHEEL = _PACKAGE / "shipped"
_CHECKOUT = _PACKAGE.parents[1]


def shipped(*parts: str) -> Path:
    """Return the shipped file or folder that *parts* name, such as `"config", "calendar.yaml"`.

    In a checkout they lie at its top level; in an installed wheel inside the package.

    Raises:
        Unreadable: it is not there; the sentence names the place.
    """
    place = _root().joinpath(*parts)
    if not place.exists():
        raise Unreadable(
            Text(
                f"{place}: hoort bij impasse maar ontbreekt; zet het bestand terug of installeer "
                "impasse opnieuw.",
                f"{place}: belongs to impasse but is missing; put the file back or install "
                "impasse anew.",
            )
        )
    return place


def _root() -> Path:
    return _IN_WHEEL if _IN_WHEEL.is_dir() else _CHECKOUT
