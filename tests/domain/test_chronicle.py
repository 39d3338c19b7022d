"""History reads as sentences, in both languages, whatever was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from impasse.domain.chronicle import tell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from impasse.domain.history import Json
    from impasse.domain.machine import CompiledWorkflow

BOTH: Json = {"nl": "Termijn voorbij.", "en": "Term passed."}


@pytest.mark.parametrize(
    ("action", "content", "nl", "en"),
    [
        (
            "case_opened",
            {"title": "Water", "parties": ["A", "B"]},
            "Zaak geopend: Water. Partijen: A, B.",
            "Case opened: Water. Parties: A, B.",
        ),
        (
            "signal_reported",
            {"signal": "S1", "indicator": "A1", "text": "Geen bericht"},
            "Signaal S1 (A1) gemeld. Geen bericht",
            "Signal S1 (A1) reported. Geen bericht",
        ),
        (
            "signal_closed",
            {"signal": "S1", "kept": True, "note": ""},
            "Signaal S1 is nagekomen.",
            "Signal S1 was made good.",
        ),
        (
            "signal_closed",
            {"signal": "S1", "kept": False, "note": "vergissing"},
            "Signaal S1 speelt niet meer. vergissing",
            "Signal S1 no longer holds. vergissing",
        ),
        (
            "stage_changed",
            {
                "from": "signal",
                "to": "joint_fact_finding",
                "note": "haast",
                "passed": ["handler_appointed"],
            },
            (
                "Van signaal naar feiten vaststellen. Nog niet vervuld: behandelaar aangewezen. "
                "Reden: haast"
            ),
            "From signal to joint fact-finding. Not met yet: handler appointed. Reason: haast",
        ),
        (
            "clock_held",
            {"trigger": "resume", "lacking": ["two_governments"]},
            "De klok kon niet verder; nog niet vervuld: ten minste twee overheden genoemd.",
            "The clock could not go on; not met yet: at least two governments named.",
        ),
        (
            "term_expired",
            {"stage": "signal", "end": "2026-09-21", "late_seconds": 7200},
            (
                "De termijn van signaal is verlopen op maandag 21 september 2026. "
                "(Verwerkt 2 uur later.)"
            ),
            "The term of signal expired on Monday 21 September 2026. (Handled 2 hours later.)",
        ),
        (
            "rung_reached",
            {"stage": "signal", "late_seconds": 120},
            "De termijn van signaal is nog steeds verlopen. (Verwerkt 2 min later.)",
            "The term of signal is still overdue. (Handled 2 min later.)",
        ),
        (
            "tier_raised",
            {"to": "overhedenoverleg", "reason": BOTH},
            "Opgeschaald naar overhedenoverleg. Termijn voorbij.",
            "Escalated to intergovernmental meeting. Term passed.",
        ),
        (
            "tier_raised",
            {"to": "political", "reason": BOTH},
            "Opgeschaald naar bestuurlijk niveau. Termijn voorbij.",
            "Escalated to political level. Term passed.",
        ),
        (
            "level_changed",
            {"from": "green", "to": "orange", "score": "9.6"},
            "Vroegsignalering van groen naar oranje (9,6 van 27).",
            "Early warning from green to orange (9.6 of 27).",
        ),
        (
            "confirmed",
            {"kind": "suspension", "name": "A", "note": "Brief 3", "about": "4 weken, tot 15 jan."},
            "Vastgelegd: ingestemd met opschorting door A: 4 weken, tot 15 jan. Brief 3",
            "Recorded: suspension agreed by A: 4 weken, tot 15 jan. Brief 3",
        ),
        (
            "confirmed",
            {"kind": "migration", "name": "A", "note": "", "about": "impasse@3.1"},
            "Vastgelegd: ingestemd met een andere versie van de procedure door A: versie 3.1.",
            "Recorded: other version of the procedure agreed by A: version 3.1.",
        ),
        (
            "confirmed",
            {"kind": "settlement", "organisation": "pv27", "note": "PS-besluit"},
            "Vastgelegd: uitkomst bekrachtigd door pv27. PS-besluit",
            "Recorded: outcome ratified by pv27. PS-besluit",
        ),
        (
            "event_recorded",
            {"by": "VNG", "text": "Brief gestuurd."},
            "VNG: Brief gestuurd.",
            "VNG: Brief gestuurd.",
        ),
        (
            "candidate_accepted",
            {"meeting": "2026-12-10", "reason": ""},
            "Op de agenda van het overhedenoverleg van donderdag 10 december 2026.",
            "On the agenda of the overhedenoverleg of Thursday 10 December 2026.",
        ),
        ("of_a_later_version", {}, "of_a_later_version", "of_a_later_version"),
    ],
)
def test_an_entry_reads_as_a_sentence(
    procedure: CompiledWorkflow, action: str, content: Mapping[str, Json], nl: str, en: str
) -> None:
    sentence = tell(action, content, procedure.workflow)

    assert sentence.nl == nl
    assert sentence.en == en


@pytest.mark.parametrize(
    ("action", "content"),
    [
        ("term_reminded", {"stage": "a-stage-of-another-version", "end": "2026-09-21"}),
        ("candidate_proposed", {"reason": BOTH}),
        ("candidate_declined", {"reason": "eerst feiten"}),
        ("party_added", {"name": "Zandmeer"}),
        ("appointed", {"office": "mediator"}),
        ("appointed", {"office": "handler"}),
        ("meeting_planned", {"day": "2026-12-10"}),
    ],
)
def test_every_other_action_has_words_in_both_languages(
    procedure: CompiledWorkflow, action: str, content: Mapping[str, Json]
) -> None:
    sentence = tell(action, content, procedure.workflow)

    assert sentence.nl != action
    assert sentence.nl.endswith((".", "feiten"))
    assert sentence.en != sentence.nl
