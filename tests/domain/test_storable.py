"""What cannot be kept is refused where it is said, before anything is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from decisions import an_opening
from impasse.domain.commands import MakeMove, RecordEvent, ReportSignal, SignalReport
from impasse.domain.errors import Invalid
from impasse.domain.signals import Reliability
from impasse.domain.storable import refuse_unstorable

REPORT = SignalReport("G1", Reliability.DOCUMENT, "gm0363", date(2026, 9, 1), "half \ud83d")


@pytest.mark.parametrize(
    ("command", "pointers"),
    [
        (MakeMove("IMP-2026-0001", "withdraw", note="nul\0"), ["/note"]),
        (
            RecordEvent("IMP-2026-0001", "\0", date(2026, 9, 1), source="\udc00é"),
            ["/text", "/source"],
        ),
        (ReportSignal("IMP-2026-0001", REPORT), ["/text"]),
        (
            an_opening(title="\0", policy_area="é\0", signals=(REPORT,)),
            ["/title", "/policyArea", "/signals/0/text"],
        ),
    ],
)
def test_every_text_that_cannot_be_kept_is_named(command, pointers) -> None:
    with pytest.raises(Invalid) as refusal:
        refuse_unstorable(command)

    assert [fault.pointer for fault in refusal.value.faults] == pointers


def test_ordinary_words_emoji_and_rare_letters_can_be_kept() -> None:
    refuse_unstorable(replace(an_opening(), title="Fryslân 🙂 ĳ \u202e rechts"))
