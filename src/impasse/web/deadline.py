"""The term of a stage as its page explains it: how far, until when, and why that day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.domain.length import Length
from impasse.domain.terms import Atw, Basis, Reckoning, Step, TermRule, explain, warnings
from impasse.web.course import remaining
from impasse.web.words import TermCount, count_term

if TYPE_CHECKING:
    from datetime import date

    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Term
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


def deadline_of(term: Term, stage: Stage, today: date, calendar: Calendar) -> Deadline:
    """Return what the page tells of *term*, a stay in *stage*.

    The days are those reckoned when the term began; if the calendar has changed since, the
    warnings say so.
    """
    source = None if stage.term is None else stage.term.rule.source
    length = Length.parse(term.length)
    rule = TermRule(length, Basis(term.basis), atw=Atw(term.atw), source=source)
    reckoning = Reckoning(
        term.start, rule, term.raw_end, term.end, term.ends_at, term.calendar_version
    )
    return Deadline(
        count=count_term(term, today, calendar),
        stage=stage.label,
        length=length.text,
        left=remaining(term, today, calendar),
        basis=rule.basis.label,
        source=source,
        steps=explain(reckoning, calendar),
        warnings=warnings(reckoning, calendar),
    )
