"""The life of a case as the doors read it: from history, procedures and calendars kept here."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Protocol

from impasse.domain.case import Visibility
from impasse.domain.errors import Conflict, NotFound
from impasse.domain.lifeline import lifeline
from impasse.domain.term_conditions import policy_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from impasse.domain.calendar import Calendar
    from impasse.domain.case import Case
    from impasse.domain.history import ChainedEntry
    from impasse.domain.lifeline import Lifeline
    from impasse.domain.term_acts import Resume
    from impasse.domain.workflow import Workflow
    from impasse.engine.procedures import Procedures


def by_reference(procedures: Procedures) -> Callable[[str], Workflow]:
    """Return what finds a procedure by `name@version`, or raises `NotFound`."""

    def find(reference: str) -> Workflow:
        name, _, version = reference.rpartition("@")
        return procedures.get(name, version).workflow

    return find


def life_of(
    procedures: Procedures, case: Case, entries: Sequence[ChainedEntry], today: date
) -> Lifeline:
    """Return the life of *case* up to *today*; a lesson stands still where its sources end.

    Raises `Conflict` when an entry on which time depends cannot be read.
    """
    until = case.last_step_on if case.visibility is Visibility.LESSON else today
    return lifeline(entries, by_reference(procedures), until)


def policies_of(procedures: Procedures, entries: Sequence[ChainedEntry]) -> Mapping[int, Resume]:
    """Return, per stay, what a suspension did to the end by the procedure followed in it.

    Of what cannot be read, or whose procedure is not here, nothing is said.
    """
    find, found = by_reference(procedures), {}
    try:
        stays = lifeline(entries, find, date.max).stays
    except Conflict:
        return {}
    for stay in stays:
        with suppress(NotFound, Conflict):
            found[stay.number] = policy_of(find(stay.workflow).stage(stay.stage).term)
    return found


class Calendars(Protocol):
    """The versions of the calendar that are kept, each built once."""

    def get(self, version: str) -> Calendar:
        """Return this version, or raise `NotFound` that names it."""


def by_version(calendars: Calendars, present: Calendar) -> Callable[[str], Calendar]:
    """Return what finds a calendar by its version, or raises `NotFound`."""

    def find(version: str) -> Calendar:
        return present if version == present.version else calendars.get(version)

    return find


def calendar_then(calendars: Calendars, present: Calendar, version: str) -> Calendar:
    """Return the calendar with which something was reckoned; the present one if it is gone."""
    try:
        return by_version(calendars, present)(version)
    except NotFound:
        return present
