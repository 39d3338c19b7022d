"""From a name or code that somebody types to an organisation, or a sentence that helps."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from impasse.domain.people import Organisation

_KINDS = (
    "gemeente ",
    "provincie ",
    "waterschap ",
    "hoogheemraadschap ",
    "hoogheemraadschap van ",
    "ministerie van ",
    "openbaar lichaam ",
    "gem. ",
    "min. van ",
)
"""Words that people leave out, or shorten, before the name itself."""

_CHOICES_NAMED = 4
_ENOUGH_LETTERS = 3


@dataclass(frozen=True, slots=True)
class Found:
    """What a typed name leads to: an organisation, or why it leads to none."""

    typed: str
    organisation: Organisation | None
    problem: Text | None = None


class Names:
    """The names of a register, ready to be looked up; capitals and accents do not matter."""

    def __init__(self, organisations: Iterable[Organisation]) -> None:
        self._codes: dict[str, list[Organisation]] = {}
        self._whole: dict[str, list[Organisation]] = {}
        self._bare: dict[str, list[Organisation]] = {}
        for one in organisations:
            self._codes[one.id] = [one]
            self._whole.setdefault(_plain(one.name), []).append(one)
            if one.abbreviation:
                self._whole.setdefault(_plain(one.abbreviation), []).append(one)
            self._bare.setdefault(_without_kind(_plain(one.name)), []).append(one)

    def find(self, typed: str) -> Found:
        """Return the one organisation that *typed* names or codes, or what to do about it."""
        plain = _plain(typed)
        found = (
            self._whole.get(plain)
            or self._bare.get(_without_kind(plain))
            or self._codes.get(plain)
            or []
        )
        if len(found) == 1:
            return Found(typed, found[0])
        if found:
            names = [one.name for one in found[:_CHOICES_NAMED]]
            return Found(
                typed,
                None,
                Text(
                    f"Er zijn meer overheden die “{typed}” heten. Kies {_or(names, ' of ')}.",
                    f"There are more governments called “{typed}”. Choose {_or(names, ' or ')}.",
                ),
            )
        return Found(typed, None, self._unknown(typed, plain))

    def _unknown(self, typed: str, plain: str) -> Text:
        near = get_close_matches(plain, self._whole, 1, cutoff=0.6) or get_close_matches(
            _without_kind(plain), self._bare, 1, cutoff=0.6
        )
        told = Text(
            f"“{typed}” staat niet in het register van overheden.",
            f"“{typed}” is not in the register of governments.",
        )
        begun = self._begun(plain)
        if begun:
            return told + Text(
                f" Bedoelt u {_or(begun, ' of ')}?", f" Do you mean {_or(begun, ' or ')}?"
            )
        if near:
            name = (self._whole.get(near[0]) or self._bare[near[0]])[0].name
            return told + Text(f" Bedoelt u {name}?", f" Do you mean {name}?")
        return told + Text(
            " Kies een naam uit de lijst, of vraag het secretariaat.",
            " Choose a name from the list, or ask the secretariat.",
        )

    def _begun(self, plain: str) -> list[str]:
        """Return names that begin with what was typed, the shortest first."""
        if len(plain) < _ENOUGH_LETTERS:
            return []
        names = {
            one.name
            for known in (self._bare, self._whole)
            for spelling, found in known.items()
            if spelling.startswith(plain)
            for one in found
        }
        return sorted(names, key=lambda name: (len(name), name))[:_CHOICES_NAMED]


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(letters.split())


def _without_kind(plain: str) -> str:
    for kind in sorted(_KINDS, key=len, reverse=True):
        if plain.startswith(kind):
            return plain.removeprefix(kind)
    return plain


def _or(names: list[str], word: str) -> str:
    return word.join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
