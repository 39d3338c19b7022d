"""From names in public sources to organisations of the register, and who speaks for which side."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from impasse.domain.case import Party
from impasse.domain.people import Layer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from impasse.adapters.files.disputes import DisputeParty
    from impasse.domain.people import Organisation

_PARENTHESIS = re.compile(r"\([^)]*\)")
_OFFICE = re.compile(
    r"^(ministerie|minister|staatssecretaris|bewindspersoon|college|raad|bestuur|colleges)"
    r"( en (minister|staatssecretaris))? (van|voor) (de )?"
)
_OF_LAYER = {
    Layer.MUNICIPALITY: ("gemeente ",),
    Layer.PROVINCE: ("provincie ", "provinciale staten van ", "gedeputeerde staten van "),
    Layer.WATER_AUTHORITY: ("waterschap ", "hoogheemraadschap van ", "hoogheemraadschap "),
    Layer.NATIONAL: ("ministerie van ",),
}
_SIDES: tuple[tuple[str, Layer], ...] = (
    (r"rijk|kabinet|ministers?|ministeries?|staatssecretaris\w*|coalitie", Layer.NATIONAL),
    (r"bewindspers\w+|regering|fondsbeheerders|ministerraad|rijksoverheid", Layer.NATIONAL),
    (r"gemeenten?|vng|wethouders?|burgemeesters?|gemeenteraad|\w*gemeenten", Layer.MUNICIPALITY),
    (r"koepels?|medeoverheden|mede overheden|bestuurders|regio", Layer.MUNICIPALITY),
    (r"provincies?|ipo|gedeputeerden?|staten|provinciale|statenfracties", Layer.PROVINCE),
    (r"waterschap\w*|uvw|unie van waterschappen|hoogheemraad\w*|dijkgraaf", Layer.WATER_AUTHORITY),
)  # fmt: skip
_UMBRELLA = re.compile(r"\b(vng|ipo|uvw|unie van waterschappen|koepels?)\b")


class Register:
    """Finds an organisation by what people call it; a name it does not know gets an "x-" id."""

    def __init__(self, organisations: Iterable[Organisation]) -> None:
        self._by_name: dict[str, str] = {}
        self._names: dict[str, str] = {}
        for organisation in organisations:
            if organisation.layer is Layer.JOINT_BODY:
                continue
            for name in _names(organisation):
                self._by_name.setdefault(name, organisation.id)

    def id_of(self, name: str) -> str:
        """Return the id of the organisation called *name*, or one made of the name itself."""
        plain = plain_words(_PARENTHESIS.sub(" ", name))
        if plain in self._by_name:
            return self._by_name[plain]
        bare = _OFFICE.sub("", plain)
        if bare != plain and f"ministerie van {bare}" in self._by_name:
            return self._by_name[f"ministerie van {bare}"]
        return "x-" + (re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "onbekend")

    def name_of(self, organisation: str) -> str:
        """Return what the sources call a party, or its id when they never named it."""
        return self._names.get(organisation, organisation)

    def parties(self, named: Iterable[DisputeParty]) -> tuple[Party, ...]:
        """Return the governments among *named* as parties, each organisation once.

        Who is no government (a researcher, an arbiter, a chamber) takes part in the story, not in
        the case; all are parties only when there would be too few otherwise.
        """
        named = tuple(named)
        chosen = [party for party in named if party.layer is not Layer.OTHER]
        if len(chosen) < 2:  # noqa: PLR2004 a dispute has two sides
            chosen = list(named)
        found: dict[str, Party] = {}
        for party in chosen:
            key = self.id_of(party.name)
            number = 2
            while key in found:
                key = f"{self.id_of(party.name).removeprefix('x-')}-{number}"
                key, number = f"x-{key}", number + 1
            found[key] = Party(key, party.name, party.layer, party.role)
            self._names[key] = party.name
        return tuple(found.values())


def spoken_name(name: str) -> str:
    """Return *name* without what stands in parentheses behind it."""
    return " ".join(_PARENTHESIS.sub(" ", name).split()) or name


def layers_in(text: str) -> frozenset[Layer]:
    """Return the layers of government that a text speaks of."""
    plain = plain_words(text)
    return frozenset(layer for pattern, layer in _SIDES if re.search(rf"\b(?:{pattern})\b", plain))


def both_sides(text: str, parties: Iterable[Party]) -> bool:
    """Whether *text* names more than one side of a dispute between *parties*.

    Two layers are two sides, and so are two parties by name. Umbrella bodies beside their members
    are one side, as long as national government is a party and is not named.
    """
    parties = tuple(parties)
    national = any(party.layer is Layer.NATIONAL for party in parties)
    plain = f" {plain_words(text)} "
    spoken = layers_in(plain)
    if national and Layer.NATIONAL not in spoken:
        plain = _UMBRELLA.sub("", plain)
        spoken = layers_in(plain)
    named = {p.organisation for p in parties if f" {_bare(p.name)} " in plain}
    return len(spoken) > 1 or len(named) > 1


def plain_words(text: str) -> str:
    """Return the words of *text* in small letters, without accents and punctuation."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(re.findall(r"[a-z0-9]+", letters))


def _bare(name: str) -> str:
    plain = plain_words(_PARENTHESIS.sub(" ", name))
    for prefixes in _OF_LAYER.values():
        for prefix in prefixes:
            plain = plain.removeprefix(prefix)
    return plain


def _names(organisation: Organisation) -> Iterable[str]:
    plain = plain_words(organisation.name)
    yield plain
    bare = _bare(organisation.name)
    if organisation.abbreviation:
        yield plain_words(organisation.abbreviation)
        if organisation.layer is Layer.NATIONAL:
            yield f"ministerie van {plain_words(organisation.abbreviation)}"
    for prefix in _OF_LAYER.get(organisation.layer, ()):
        yield prefix + bare
