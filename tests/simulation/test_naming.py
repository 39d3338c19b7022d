"""Names in public sources lead to the register, and tell which sides speak."""

from __future__ import annotations

from pathlib import Path

import pytest

from impasse.adapters.files.disputes import DisputeParty
from impasse.adapters.files.organisations import load_organisations
from impasse.domain.case import Party
from impasse.domain.people import Layer
from impasse.simulation.naming import Register, both_sides, spoken_name

REGISTER = Register(load_organisations(Path(__file__).parents[2] / "config" / "organisations.csv"))
NATIONAL = (
    Party("mnre1034", "Ministerie van BZK", Layer.NATIONAL),
    Party("x-vng", "VNG", Layer.UMBRELLA),
    Party("x-gemeenten", "Gemeenten", Layer.MUNICIPALITY),
)
LOCAL = (
    Party("gm1", "Gemeente Almelo", Layer.MUNICIPALITY),
    Party("gm2", "Gemeente Hengelo", Layer.MUNICIPALITY),
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("VNG (ledenvergadering)", "x-vng"),
        ("Ministerie van BZK (fondsbeheerder)", "mnre1034"),
        ("minister van BZK", "mnre1034"),
        ("staatssecretaris van Defensie", "mnre1018"),
        ("Provincie Zeeland", "pv29"),
        ("Provinciale Staten van Zeeland", "pv29"),
        ("gemeente Amsterdam", "gm0363"),
        ("Waterschap Scheldestromen", "ws0661"),
        ("Unie van Waterschappen", "x-uvw"),
        ("71 gemeenten", "x-71-gemeenten"),
        ("Commissie Écht & Co.", "x-commissie-echt-co"),
        ("(?)", "x-onbekend"),
    ],
)
def test_a_name_leads_to_the_register_or_to_an_id_of_its_own(name, expected):
    assert REGISTER.id_of(name) == expected


def test_the_same_organisation_twice_gets_two_ids_and_others_are_no_party():
    found = REGISTER.parties(
        [
            DisputeParty("Ministerie van BZK (minister)", Layer.NATIONAL, ""),
            DisputeParty("Ministerie van BZK (staatssecretaris)", Layer.NATIONAL, ""),
            DisputeParty("Onderzoeksbureau", Layer.OTHER, ""),
        ]
    )

    assert [party.organisation for party in found] == ["mnre1034", "x-mnre1034-2"]
    assert REGISTER.name_of("x-mnre1034-2") == "Ministerie van BZK (staatssecretaris)"


def test_with_too_few_governments_everybody_is_a_party():
    found = REGISTER.parties(
        [
            DisputeParty("Gemeente Almelo", Layer.MUNICIPALITY, ""),
            DisputeParty("Een bewonersgroep", Layer.OTHER, ""),
        ]
    )

    assert len(found) == 2


@pytest.mark.parametrize(
    ("text", "parties", "expected"),
    [
        ("kabinet en VNG", NATIONAL, True),
        ("Rijk en koepels", NATIONAL, True),
        ("VNG", NATIONAL, False),
        ("gemeenten/VNG", NATIONAL, False),
        ("VNG, IPO, UvW", NATIONAL, False),
        ("kabinet", NATIONAL, False),
        ("provincie en gemeente", NATIONAL, True),
        ("Almelo en Hengelo", LOCAL, True),
        ("gemeente Almelo", LOCAL, False),
    ],
)
def test_two_sides_speak_only_when_both_are_named(text, parties, expected):
    assert both_sides(text, parties) is expected


def test_a_spoken_name_has_no_parenthesis():
    assert spoken_name("VNG (ledenvergadering)") == "VNG"
    assert spoken_name("(?)") == "(?)"
