"""Public sentences are coded by plain words, without knowing how the story ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasse.adapters.files.early_warning import load_indicators
from impasse.domain.errors import Invalid
from impasse.domain.recognition import Recognised, Recognition, Wording, pattern, recognise
from impasse.domain.signals import Reliability

_, SHIPPED = load_indicators(Path(__file__).parents[2] / "config" / "early-warning.yaml")


def shipped(text: str, actor: str = "") -> Recognised:
    return recognise(text, actor, SHIPPED)


def found(written: str, text: str) -> bool:
    wording = Wording(any=(pattern(written),))
    return bool(recognise(text, "", Recognition((("X", wording),), (), ())).indicators)


@pytest.mark.parametrize(
    ("written", "text", "expected"),
    [
        ("tekort", "Het tekort groeit", True),
        ("tekort", "De tekorten groeien", False),
        ("tekort*", "De TEKORTEN groeien", True),
        ("*brief", "Een brandbrief, alweer", True),
        ("*brief", "Een briefing", False),
        ("*tekort*", "Jeugdzorgtekorten lopen op", True),
        ("niet haalbaar", "De datum is niet haalbaar.", True),
        ("niet haalbaar", "De datum is niet meer haalbaar.", False),
        ("datum+niet", "Niet op die datum", True),
        ("datum+niet", "Op die datum", False),
        ("financiele", "De financiële positie", True),
        ("ontwerp besluit", "Het ontwerp-besluit", True),
    ],
)
def test_a_pattern_is_plain_words(written: str, text: str, *, expected: bool) -> None:
    assert found(written, text) is expected


@pytest.mark.parametrize("written", ["", "a++b", "te*kort", "*", "a.b", "[a-z]", "a + "])
def test_what_is_no_plain_word_is_refused(written: str) -> None:
    with pytest.raises(Invalid, match=r"letters|both sides"):
        pattern(written)


def test_a_negation_undoes_and_the_speaker_counts() -> None:
    wording = Wording(
        any=(pattern("akkoord"),),
        unless=(pattern("geen akkoord"),),
        by=(pattern("gemeenten"),),
        not_by=(pattern("minister*"),),
    )
    recognition = Recognition((), (("agreed", wording),), ())

    def moves(text: str, actor: str) -> tuple[str, ...]:
        return recognise(text, actor, recognition).moves

    assert moves("Een akkoord", "gemeenten") == ("agreed",)
    assert moves("Geen akkoord", "gemeenten") == ()
    assert moves("Een akkoord", "provincie") == ()
    assert moves("Een akkoord", "gemeenten en minister") == ()


def test_what_an_advisory_council_says_is_advice_whatever_its_words() -> None:
    assert "advice_given" in shipped("Het stelsel is te instabiel", "Adviescollege").moves
    assert "advice_given" not in shipped("Het stelsel is te instabiel", "gemeente Utrecht").moves


def test_a_brandbrief_about_money_is_a_letter_of_several_governments() -> None:
    said = shipped(
        "Zeventien gemeenten sturen de minister een brandbrief: eigen bijdragen zijn niet langer "
        "houdbaar",
        "gemeenten Zuid-Holland-Zuid",
    )
    assert said == Recognised(("U3", "G1", "E1"), (), Reliability.DOCUMENT)


@pytest.mark.parametrize(
    ("actor", "text", "expected"),
    [
        ("gemeente", "Gemeente eist nakoming en stapt naar de rechter", {"E3", "formal_route"}),
        ("provincie", "Provincie schort medewerking aan de luchthaven op", {"E3"}),
        ("minister", "Opening van de luchthaven voor de vierde keer uitgesteld", {"A2"}),
        ("gemeenteraad", "Raad spreekt zich unaniem uit tegen het azc", {"E2"}),
        ("VNG", "VNG noemt de wet niet uitvoerbaar zonder extra budget", {"U1", "G1"}),
        ("VNG", "Bestuurlijk overleg afgezegd door de staatssecretaris", {"R1"}),
        ("kabinet", "Kabinet schrapt het fonds zonder overleg met provincies", {"G2", "A2"}),
        ("Unie", "Unie verwijt het Rijk dat toezeggingen niet zijn nagekomen", {"A1", "R3"}),
        ("kabinet", "Gespreksleider aangesteld", {"mediation_started"}),
        ("Rijk en VNG", "Partijen vragen de Raad om advies", {"mediation_started"}),
        ("Raad", "Eindadvies: verdeel de kosten", {"advice_given"}),
        ("Rijk en VNG", "Rijk en VNG bereiken een akkoord", {"agreement_reached"}),
        ("Rijk en VNG", "Bestuurlijk overleg zonder overeenstemming", {"no_agreement"}),
        ("kabinet en koepels", "Overhedenoverleg over water", {"overhedenoverleg"}),
        ("Rijk en IPO", "Afspraak over onderzoek naar stikstof", {"fact_finding_agreed"}),
        ("bureau", "Rapport aangeboden aan de Kamer", {"facts_reported"}),
    ],
)
def test_disputes_never_seen_before_are_coded_too(
    actor: str, text: str, expected: set[str]
) -> None:
    said = shipped(text, actor)
    assert expected <= {*said.indicators, *said.moves}


def test_an_agreement_is_not_seen_where_there_is_none() -> None:
    for text in (
        "Bestuurlijk overleg zonder overeenstemming",
        "Nog geen akkoord over de kosten",
        "Afspraken niet nagekomen",
        "Geen nieuwe akkoorden met het Rijk",
    ):
        assert "agreement_reached" not in shipped(text).moves


def test_ordinary_news_means_nothing() -> None:
    for text in ("Er wordt een nieuwe fietsbrug geopend", "De kerstmarkt trekt veel bezoekers"):
        assert shipped(text, "gemeente Utrecht") == Recognised((), (), Reliability.FIRST_HAND)


def test_a_leak_is_hearsay_a_paper_is_a_document_and_a_report_from_the_press_is_hearsay() -> None:
    assert shipped("Uitgelekt rapport over de kosten").reliability is Reliability.SECOND_HAND
    assert shipped("Brief aan de Kamer").reliability is Reliability.DOCUMENT
    assert shipped("Volgens de krant is het misgegaan").reliability is Reliability.SECOND_HAND
    assert shipped("Wethouders zijn boos").reliability is Reliability.FIRST_HAND


@given(st.text(), st.text())
def test_any_sentence_can_be_read(text: str, actor: str) -> None:
    said = shipped(text, actor)
    assert set(said.indicators) <= {code for code, _ in SHIPPED.indicators}
