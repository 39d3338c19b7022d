"""A confidence and what is shared of it, through the Python client."""

from __future__ import annotations

from datetime import date

import pytest

from impasse.client import NewSignal, NotFound

SIGNAL = NewSignal(
    indicator="A1", reliability="document", happened_on=date(2026, 2, 20), organisation="gm0363"
)


def test_what_is_confided_is_shared_in_the_words_that_were_approved(client):
    with client("amsterdam") as amsterdam, client("holland") as holland:
        case = amsterdam.open_case("Wie betaalt de dijk?", ["gm0363", "pv27"], signals=[SIGNAL])
        shared, side = amsterdam.rooms(case.id)
        assert (side.kind, side.confidential, side.owner) == ("side", True, True)

        note = amsterdam.write_note(side, "Onze ruimte", "Tot tien miljoen.", part="view")
        file = amsterdam.add_document(
            side, "Raming", "raming.pdf", b"%PDF-1.7", part="objective", key="raming-1"
        )
        assert amsterdam.content(file) == b"%PDF-1.7"
        with pytest.raises(ValueError, match="no document"):
            amsterdam.content(note)
        assert [one.id for one in amsterdam.contributions(side, kind="document")] == [file.id]

        only = next(room for room in holland.rooms(case.id) if not room.confidential)
        with pytest.raises(NotFound):
            list(holland.contributions(side))
        assert list(holland.search("miljoen")) == []
        assert [hit.id for hit in amsterdam.search("miljoen")] == [note.id]

        release = amsterdam.propose_release(
            side, note, "Er is ruimte", "Wij willen praten over de verdeling.", part="objective"
        )
        assert [one.state for one in amsterdam.releases(side)] == ["proposed"]
        decided = amsterdam.decide_release(release, approved=True)
        assert (decided.state, decided.shared_as) == ("approved", "N1")
        [copy] = holland.contributions(only)
        assert copy.text == "Wij willen praten over de verdeling."
        assert shared.id == only.id
