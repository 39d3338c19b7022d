"""Signals about a case that exists: reported in own words, and closed when they no longer hold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from impasse.domain.calendar import FIRST_DAY
from impasse.domain.days_in_words import day_in_words
from impasse.domain.decision import Message, going_on
from impasse.domain.errors import Conflict, Fault, Invalid, NotAllowed
from impasse.domain.history import Entry
from impasse.domain.people import Role
from impasse.domain.signals import Signal
from impasse.domain.storable import text_faults
from impasse.domain.text import Text

if TYPE_CHECKING:
    from datetime import date

    from impasse.domain.commands import CloseSignal, ReportSignal, SignalReport
    from impasse.domain.decision import Decision, Given


def report(decision: Decision, command: ReportSignal, given: Given) -> None:
    """Add what somebody saw; raises `Invalid` with every fault at once."""
    case = going_on(decision)
    faults = report_faults(command.report, given, "")
    if faults:
        raise Invalid(
            Text("Dit signaal is nog niet compleet.", "This signal is not complete yet."), faults
        )
    signal = signal_of(command.report, f"S{len(case.signals) + 1}", given)
    decision.case = case.but(signals=(*case.signals, signal))
    decision.signals.append(signal)
    decision.entries.append(reported(signal))
    decision.created = signal.id
    decision.messages.append(
        Message(
            "signal-reported",
            (Role.PARTY, Role.SECRETARIAT),
            Text("Er is een signaal bijgekomen.", "A signal was added."),
        )
    )


def close_signal(decision: Decision, command: CloseSignal, given: Given) -> None:
    """Say that what a signal reported no longer holds; by who reported it, or the secretariat."""
    case = going_on(decision)
    found = next((s for s in case.signals if s.id == command.signal), None)
    if found is None or found.closed_on is not None:
        raise Conflict(
            Text(
                f"Signaal {command.signal} staat niet open in deze zaak.",
                f"Signal {command.signal} is not open in this case.",
            )
        )
    if found.organisation != given.actor.organisation and not given.actor.has(Role.SECRETARIAT):
        raise NotAllowed(
            Text(
                "Een signaal sluit wie het meldde, of het secretariaat.",
                "A signal is closed by who reported it, or by the secretariat.",
            )
        )
    if not found.happened_on <= command.closed_on <= given.today:
        first = day_in_words(found.happened_on)
        raise Invalid(
            Text("Deze dag kan niet.", "This day cannot be."),
            [
                Fault(
                    "/closedOn",
                    Text(
                        f"Kies een dag van {first.nl} tot en met vandaag.",
                        f"Choose a day from {first.en} up to today.",
                    ),
                )
            ],
        )
    closed = replace(
        found, closed_on=command.closed_on, closed_as="kept" if command.kept else "closed"
    )
    decision.case = case.but(signals=tuple(closed if s is found else s for s in case.signals))
    decision.signals.append(closed)
    decision.entries.append(
        Entry(
            "signal_closed",
            {
                "signal": closed.id,
                "closed_on": command.closed_on.isoformat(),
                "kept": command.kept,
                "note": command.note,
            },
        )
    )


def report_faults(report: SignalReport, given: Given, pointer: str) -> list[Fault]:
    """Return everything that is wrong with a report."""
    faults = long_faults(report.text, f"{pointer}/text")
    if given.indicators.indicator(report.indicator) is None:
        known = ", ".join(indicator.code for indicator in given.indicators.indicators)
        faults.append(
            Fault(
                f"{pointer}/indicator",
                Text(
                    f"'{report.indicator}' is geen bekend signaal; kies uit: {known}.",
                    f"'{report.indicator}' is not a known indicator; choose from: {known}.",
                ),
            )
        )
    faults.extend(day_faults(report.happened_on, given, f"{pointer}/happenedOn"))
    own = given.actor.organisation
    if report.organisation != own and not given.actor.has(Role.SECRETARIAT):
        faults.append(
            Fault(
                f"{pointer}/organisation",
                Text(
                    "U meldt namens uw eigen organisatie. Vraag de ander zelf te melden.",
                    "You report for your own organisation. Ask the other to report.",
                ),
            )
        )
    return faults


def signal_of(report: SignalReport, number: str, given: Given) -> Signal:
    """Return the signal that a report becomes."""
    return Signal(
        id=number,
        indicator=report.indicator,
        reliability=report.reliability,
        organisation=report.organisation,
        happened_on=report.happened_on,
        reported_on=given.today,
        text=report.text.strip(),
    )


def reported(signal: Signal) -> Entry:
    """Return the line of history for a signal."""
    return Entry(
        "signal_reported",
        {
            "signal": signal.id,
            "indicator": signal.indicator,
            "reliability": signal.reliability.value,
            "organisation": signal.organisation,
            "happened_on": signal.happened_on.isoformat(),
            "text": signal.text,
        },
    )


def long_faults(text: str, pointer: str) -> list[Fault]:
    """Tell when a text cannot be kept."""
    return text_faults("text", text, pointer)


def day_faults(happened_on: date, given: Given, pointer: str) -> list[Fault]:
    """Tell when something cannot have happened on this day: to come, or before the calendar."""
    if happened_on > given.today:
        return [
            Fault(
                pointer,
                Text(
                    "Deze dag ligt in de toekomst. Meld wat al gebeurd is.",
                    "This day lies in the future. Report what has happened.",
                ),
            )
        ]
    if happened_on < FIRST_DAY:
        first = day_in_words(FIRST_DAY)
        return [
            Fault(
                pointer,
                Text(
                    f"De kalender begint op {first.nl}. Kies die dag of een latere.",
                    f"The calendar begins on {first.en}. Choose that day or a later one.",
                ),
            )
        ]
    return []
