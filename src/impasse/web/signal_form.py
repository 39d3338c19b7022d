"""What somebody filled in to report a signal: read from the form, checked, made into commands."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from impasse.domain.calendar import FIRST_DAY
from impasse.domain.case import Party
from impasse.domain.commands import OpenCase, SignalReport
from impasse.domain.decide import TEXT_LENGTH
from impasse.domain.opening import TITLE_LENGTH
from impasse.domain.people import Role
from impasse.domain.signals import Reliability, Signal
from impasse.domain.text import Text
from impasse.wiring import PROCEDURE

if TYPE_CHECKING:
    from impasse.domain.early_warning import Indicators
    from impasse.domain.people import Organisation
    from impasse.domain.workflow import Workflow
    from impasse.web.register_names import Names
    from impasse.web.visit import Visit

_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
_SHORT = 100
"""Room for a subject or a region."""

_MOST_PARTIES = 40
_TWO = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: the id of the field, the sentence above it."""

    field: str
    text: Text


@dataclass(frozen=True, slots=True)
class SignalForm:
    """The fields as they were typed, and what they lead to in the register."""

    key: str
    sentence: str = ""
    parties: tuple[Organisation, ...] = ()
    typed: str = ""
    reasons: tuple[str, ...] = ()
    day: str = ""
    reliability: Reliability = Reliability.FIRST_HAND
    explanation: str = ""
    policy_area: str = ""
    region: str = ""
    procedure: str = PROCEDURE
    problems: tuple[Problem, ...] = field(default=())

    @property
    def happened_on(self) -> date | None:
        """The day that was filled in, or None when it is no day."""
        try:
            return date.fromisoformat(self.day)
        except ValueError:
            return None

    def problem(self, name: str) -> Text | None:
        """Return what is wrong with the field *name*, if anything."""
        return next((one.text for one in self.problems if one.field == name), None)


def empty_form(visit: Visit, own: Organisation | None) -> SignalForm:
    """Return the form to begin with: own organisation, own province, today."""
    return SignalForm(
        key=secrets.token_urlsafe(18),
        parties=(own,) if own is not None else (),
        day=visit.today.isoformat(),
        region=own.province if own is not None else "",
    )


def read_form(
    visit: Visit, own: Organisation | None, register: dict[str, Organisation], names: Names
) -> SignalForm:
    """Return what was sent; typed names become organisations, or a problem with the field."""
    chosen: dict[str, Organisation] = {} if own is None else {own.id: own}
    for key in visit.fields("overheid"):
        if key in register:
            chosen[key] = register[key]
    left, problems = [], []
    for written in visit.field("naam").split(";"):
        typed = " ".join(written.split())
        if not typed:
            continue
        found = names.find(typed)
        if found.organisation is not None:
            chosen[found.organisation.id] = found.organisation
        else:
            left.append(typed)
            if found.problem is not None:
                problems.append(Problem("naam", found.problem))
    key, reliability = visit.field("sleutel"), visit.field("zeker")
    known = {indicator.code for indicator in visit.house.indicators.indicators}
    return SignalForm(
        key=key if _KEY.fullmatch(key) else secrets.token_urlsafe(18),
        sentence=" ".join(visit.field("wat").split()),
        parties=tuple(chosen.values())[:_MOST_PARTIES],
        typed="; ".join(left),
        reasons=tuple(dict.fromkeys(code for code in visit.fields("reden") if code in known)),
        day=visit.field("datum"),
        reliability=(
            Reliability(reliability) if reliability in set(Reliability) else Reliability.FIRST_HAND
        ),
        explanation=visit.field("uitleg").replace("\r\n", "\n"),
        policy_area=visit.field("onderwerp"),
        region=visit.field("regio"),
        procedure=visit.field("procedure") or PROCEDURE,
        problems=tuple(problems),
    )


def all_problems(visit: Visit, form: SignalForm) -> tuple[Problem, ...]:
    """Return everything that stands in the way of reporting, in the order of the page."""
    return (*_sentence(form), *_parties(form), *_day(form, visit.today), *_texts(form))


def _sentence(form: SignalForm) -> list[Problem]:
    if not form.sentence:
        return [
            Problem(
                "wat",
                Text(
                    "Schrijf in één zin wat er dreigt vast te lopen.",
                    "Write in one sentence what is about to get stuck.",
                ),
            )
        ]
    if len(form.sentence) > TITLE_LENGTH:
        return [
            Problem(
                "wat",
                Text(
                    f"De zin heeft {len(form.sentence)} tekens. Houd het op {TITLE_LENGTH}; de "
                    "rest kan in de uitleg.",
                    f"The sentence has {len(form.sentence)} characters. Keep it to {TITLE_LENGTH}; "
                    "the rest can go in the explanation.",
                ),
            )
        ]
    return []


def _parties(form: SignalForm) -> list[Problem]:
    unknown = [one for one in form.problems if one.field == "naam"]
    if unknown or len(form.parties) >= _TWO:
        return unknown[:1]
    return [
        Problem(
            "naam",
            Text("Noem minstens twee overheden.", "Name at least two governments."),
        )
    ]


def _day(form: SignalForm, today: date) -> list[Problem]:
    day = form.happened_on
    if day is None or day < FIRST_DAY:
        return [
            Problem(
                "datum",
                Text(
                    "Vul een datum in, bijvoorbeeld 15-10-2026.",
                    "Fill in a date, for example 15-10-2026.",
                ),
            )
        ]
    if day > today:
        return [
            Problem(
                "datum",
                Text(
                    "Deze dag komt nog. Kies vandaag of een dag die voorbij is.",
                    "This day is still to come. Choose today or a day in the past.",
                ),
            )
        ]
    return []


def _texts(form: SignalForm) -> list[Problem]:
    problems = []
    if len(form.explanation) > TEXT_LENGTH:
        problems.append(
            Problem(
                "uitleg",
                Text(
                    f"De uitleg heeft {len(form.explanation)} tekens; er passen er {TEXT_LENGTH}.",
                    f"The explanation has {len(form.explanation)} characters; there is room for "
                    f"{TEXT_LENGTH}.",
                ),
            )
        )
    for name, value in (("onderwerp", form.policy_area), ("regio", form.region)):
        if len(value) > _SHORT:
            problems.append(
                Problem(
                    name,
                    Text(f"Houd dit op {_SHORT} tekens.", f"Keep this to {_SHORT} characters."),
                )
            )
    return problems


def reports(form: SignalForm, organisation: str, today: date) -> tuple[SignalReport, ...]:
    """Return a report for each reason that was chosen, in the name of *organisation*."""
    return tuple(
        SignalReport(code, form.reliability, organisation, form.happened_on or today)
        for code in form.reasons
    )


def command(form: SignalForm, organisation: str, procedure: Workflow, today: date) -> OpenCase:
    """Return the command that opens the case; the form must be without problems."""
    return OpenCase(
        title=form.sentence,
        parties=tuple(Party(one.id, one.name, one.layer) for one in form.parties),
        signals=reports(form, organisation, today),
        workflow=procedure.name,
        workflow_version=procedure.version,
        summary=form.explanation,
        policy_area=form.policy_area,
        regions=(form.region,) if form.region else (),
    )


def unsaved_signals(
    form: SignalForm, organisation: str, today: date, indicators: Indicators
) -> list[Signal]:
    """Return the signals as they would be, to reckon a first score with."""
    day = form.happened_on
    happened = today if day is None or day > today or day < FIRST_DAY else day
    return [
        Signal(f"S{place}", code, form.reliability, organisation, happened, today, "")
        for place, code in enumerate(form.reasons, 1)
        if indicators.indicator(code) is not None
    ]


def speaks_for_itself(visit: Visit) -> bool:
    """Whether the reader reports as a party; the secretariat reports for others."""
    return visit.person is not None and Role.SECRETARIAT not in visit.person.roles
