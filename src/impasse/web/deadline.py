"""The term of a stage as its page explains it: how far, until when, and why that day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.domain.term_conditions import policy_of
from impasse.domain.term_story import explain_term, warn_of
from impasse.web.course import remaining
from impasse.web.words import TermCount, count_term

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Term
    from impasse.domain.term_story import Replanned
    from impasse.domain.terms import Step
    from impasse.domain.text import Text
    from impasse.domain.workflow import Stage


@dataclass(frozen=True, slots=True)
class Deadline:
    """A running term: its count, on what it rests, and the derivation of its last day."""

    count: TermCount
    stage: Text
    length: Text
    left: Text
    basis: Text
    source: Text | None
    steps: tuple[Step, ...]
    warnings: tuple[Text, ...]


def deadline_of(
    term: Term,
    stage: Stage,
    today: date,
    calendar: Calendar,
    *,
    then: Calendar | None = None,
    replans: Sequence[Replanned] = (),
) -> Deadline:
    """Return what the page tells of *term*, a stay in *stage*.

    *then* is the calendar with which it was reckoned, when that is still kept; if it was told with
    another, the warnings say so. *replans* are the changes of calendar that moved its end.
    """
    rule, policy = term.rule, policy_of(stage.term)
    then = then or calendar
    return Deadline(
        count=count_term(term, today, calendar),
        stage=stage.label,
        length=rule.length.text,
        left=remaining(term, today, calendar),
        basis=rule.basis.label,
        source=None if stage.term is None else stage.term.rule.source,
        steps=explain_term(term, then, policy, replans),
        warnings=warn_of(term, then, policy),
    )
