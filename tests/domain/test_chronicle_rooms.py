"""The history of rooms as people read it."""

from __future__ import annotations

import pytest

from impasse.domain.chronicle import tell
from impasse.domain.text import Text


@pytest.mark.parametrize(
    ("action", "content", "nl"),
    [
        ("contributed", {"id": "N1", "kind": "note"}, "Notitie N1 toegevoegd."),
        (
            "contribution_shared",
            {"id": "D2", "kind": "document", "name": "Amsterdam"},
            "Document D2 van Amsterdam is gedeeld met alle partijen.",
        ),
        (
            "contribution_shared",
            {"id": "N1", "kind": "note", "name": ""},
            "Notitie N1 is gedeeld met alle partijen.",
        ),
        (
            "release_proposed",
            {"id": "V1", "contribution": "D1", "with_document": True},
            "Voorstel V1: een tekst uit D1 delen met alle partijen. Het bestand gaat mee.",
        ),
        (
            "release_decided",
            {"id": "V1", "approved": True, "shared_as": "N4"},
            "Voorstel V1 is goedgekeurd en gedeeld als N4.",
        ),
        ("release_decided", {"id": "V1", "approved": False}, "Voorstel V1 is afgewezen."),
        ("release_withdrawn", {"id": "V1"}, "Voorstel V1 is ingetrokken."),
        (
            "contribution_destroyed",
            {"id": "N1", "reason": "verkeerde kamer"},
            "De inhoud van N1 is vernietigd. Reden: verkeerde kamer",
        ),
        (
            "room_destroyed",
            {"contributions": 1},
            (
                "De bewaartermijn van deze kamer is voorbij: de inhoud is vernietigd. "
                "Het ging om 1 bijdrage."
            ),
        ),
        (
            "hold_placed",
            {"name": "Amsterdam", "reason": "Woo-verzoek", "reference": "Z-1"},
            (
                "Bewaarplicht: van deze zaak mag niets worden vernietigd, op verzoek van Amsterdam "
                "(Z-1). Reden: Woo-verzoek"
            ),
        ),
        (
            "hold_lifted",
            {"reason": "Afgehandeld."},
            "De bewaarplicht is opgeheven. Reden: Afgehandeld.",
        ),
        (
            "disclosure_assessed",
            {"item": "N1", "disclosure": "partial", "grounds": ["5.1.2.b"]},
            "Beoordeeld onder de Woo: N1 is deels openbaar (5.1.2.b).",
        ),
    ],
)
def test_what_happened_in_a_room_is_told_without_what_it_said(action, content, nl):
    told = tell(action, content, None)

    assert told.nl == nl
    assert told.en


def test_an_entry_of_a_later_version_or_with_nothing_in_it_is_still_told():
    for action in ("contributed", "release_decided", "room_destroyed", "disclosure_assessed"):
        assert isinstance(tell(action, {}, None), Text)
    assert tell("contributed", {"id": "Q1", "kind": "fact"}, None).nl == "Fact Q1 toegevoegd."
