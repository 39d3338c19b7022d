"""Organs: the parts of an organisation of government for which somebody can act.

A mandate belongs to an organ, not to the organisation (Gemeentewet, Provinciewet and
Waterschapswet tell raad from college). These words are suggestions for whoever adds a person; an
organ of another name may be written down as well.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from impasse.domain.errors import Fault
from impasse.domain.people import Layer
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from impasse.domain.people import Person

LONGEST_ORGAN = 120
"""Room for the name of an organ: it stands beside a function, on one line."""

ORGANS: Mapping[Layer, tuple[Text, ...]] = MappingProxyType(
    {
        Layer.NATIONAL: (
            Text("minister", "minister"),
            Text("staatssecretaris", "state secretary"),
            Text("directeur-generaal", "director-general"),
        ),
        Layer.PROVINCE: (
            Text("provinciale staten", "provincial council"),
            Text("gedeputeerde staten", "provincial executive"),
            Text("commissaris van de Koning", "King's commissioner"),
        ),
        Layer.MUNICIPALITY: (
            Text("gemeenteraad", "municipal council"),
            Text("college van burgemeester en wethouders", "municipal executive"),
            Text("burgemeester", "mayor"),
        ),
        Layer.WATER_AUTHORITY: (
            Text("algemeen bestuur", "general board"),
            Text("dagelijks bestuur", "executive board"),
            Text("dijkgraaf", "chair of the water authority"),
        ),
        Layer.UMBRELLA: (
            Text("bestuur", "board"),
            Text("algemene ledenvergadering", "general assembly"),
            Text("directie", "management"),
        ),
        Layer.JOINT_BODY: (
            Text("algemeen bestuur", "general board"),
            Text("dagelijks bestuur", "executive board"),
            Text("voorzitter", "chair"),
        ),
        Layer.CARIBBEAN: (
            Text("eilandsraad", "island council"),
            Text("bestuurscollege", "island executive"),
            Text("gezaghebber", "island governor"),
        ),
    }
)
"""Per layer: the organs that the law or the statutes know; none for what stands beside it."""


def organs_of(layer: Layer) -> tuple[Text, ...]:
    """Return the organs that are suggested for *layer*."""
    return ORGANS.get(layer, ())


def in_words(organ: str) -> Text:
    """Return *organ* in both languages, where it is one of those suggested."""
    for organs in ORGANS.values():
        for known in organs:
            if organ == known.nl:
                return known
    return Text(organ, organ)


def office_of(person: Person) -> Text:
    """Return in what quality *person* acts: the function, and the organ where one is known."""
    if not person.organ:
        return person.function
    return person.function + Text(", ", ", ") + in_words(person.organ)


def organ_fault(organ: str, pointer: str = "/organ") -> Fault | None:
    """Tell when *organ* cannot be kept: too long, or not on one line."""
    if len(organ) <= LONGEST_ORGAN and (not organ or organ.isprintable()):
        return None
    return Fault(
        pointer,
        Text(
            f"Schrijf het orgaan op één regel, in ten hoogste {LONGEST_ORGAN} tekens.",
            f"Write the organ on one line, in at most {LONGEST_ORGAN} characters.",
        ),
    )
