"""Absence: who stands in for you and for whom you stand in, to record and to end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from impasse.adapters.sql.people import list_persons
from impasse.adapters.sql.substitutions import (
    absences_seen,
    colleagues,
    end_absence,
    record_absence,
)
from impasse.domain.errors import Conflict, Invalid, NotAllowed
from impasse.domain.people import Role
from impasse.domain.substitution import LONGEST, Wish, may_record_for
from impasse.domain.text import Text, same
from impasse.web import dossier_forms as forms
from impasse.web.offices import Choice
from impasse.web.visit import Page, Visit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.responses import Response

    from impasse.adapters.sql.substitutions import AbsenceLine
    from impasse.domain.people import Person

_PATH = "/afwezigheid"
_FORM = "afwezig"
_DONE = {
    "vast": Text("De afwezigheid staat vast.", "The absence is recorded."),
    "einde": Text("De afwezigheid is beëindigd.", "The absence is ended."),
}


@dataclass(frozen=True, slots=True)
class _Row:
    """One absence as the page shows it."""

    line: AbsenceLine
    who: Text
    substitute: Text
    warnings: tuple[Text, ...]


def show(visit: Visit) -> Response:
    """Show absences, and the form for a new one."""
    return _page(visit, forms.NOTHING)


def send(visit: Visit) -> Response:
    """Record an absence, or say what is wrong with it."""
    person = _person(visit)
    try:
        reader = forms.Reader(visit)
        wish = Wish(
            visit.field("wie") or person.id,
            reader.words(
                "vervanger", "/substitute", Text("Kies een vervanger.", "Choose a substitute.")
            ),
            reader.day("van", "/fromDay"),
            reader.day("tot", "/untilDay"),
            visit.field("reden"),
        )
        reader.done()
        record_absence(visit.house.database, wish, by=person, at=visit.house.clock())
    except (Conflict, Invalid) as error:
        return _page(visit, forms.refused(visit, _FORM, error))
    return visit.redirect(f"{_PATH}?gedaan=vast")


def send_end(visit: Visit) -> Response:
    """End an absence."""
    database, at = visit.house.database, visit.house.clock()
    try:
        end_absence(database, visit.field("nummer"), by=_person(visit), at=at)
    except Conflict as error:
        return _page(visit, forms.refused(visit, "einde", error))
    return visit.redirect(f"{_PATH}?gedaan=einde")


def _person(visit: Visit) -> Person:
    if visit.person is None:
        raise NotAllowed(Text("Meld u eerst aan.", "Sign in first."))
    return visit.person


def _page(visit: Visit, sent: forms.Sent) -> Response:
    reader, database = _person(visit), visit.house.database
    everybody = {one.id: one for one in list_persons(database)}
    recorded_for = [
        one for one in everybody.values() if may_record_for(reader, one) and _can_be_absent(one)
    ]
    asked = sent.value("wie", _FORM) or visit.query.get("wie", "")
    absent = next((one for one in recorded_for if one.id == asked), everybody.get(reader.id))
    able = [] if absent is None else colleagues(database, absent.organisation)
    # Whoever records for another does not name himself.
    chosen = {reader.id} if absent is None else {reader.id, absent.id}
    return visit.page(
        "absence.html",
        status=sent.status,
        sent=sent,
        form=_FORM,
        today_iso=visit.today.isoformat(),
        longest=LONGEST,
        lines=[
            _Row(
                line,
                _called(line.absence.person, everybody, reader),
                _called(line.absence.substitute, everybody, reader),
                tuple(gap.sentence(_named(gap.chain.links[-1], everybody)) for gap in line.gaps),
            )
            for line in absences_seen(database, reader, at=visit.house.clock())
        ],
        replaced=[_called(key, everybody, reader) for key in reader.stands_in_for],
        people=_choices(recorded_for) if len(recorded_for) > 1 else [],
        absent=absent if absent is not None and _can_be_absent(absent) else None,
        absent_label=same("") if absent is None else _called(absent.id, everybody, reader),
        substitutes=_choices(one for one in able if one.id not in chosen),
        done=_DONE.get(visit.query.get("gedaan", "")),
    )


def _can_be_absent(person: Person) -> bool:
    return not person.disabled and Role.SUPERVISOR not in person.roles


def _choices(persons: Iterable[Person]) -> list[Choice]:
    """Return *persons* to choose from: colleagues know each other by name."""
    found = [Choice(one.id, one.function + same(f" ({one.name})")) for one in persons]
    return sorted(found, key=lambda choice: choice.label.nl.lower())


def _called(key: str, everybody: dict[str, Person], reader: Person) -> Text:
    if key == reader.id:
        return Text("u", "you")
    return _named(key, everybody)


def _named(key: str, everybody: dict[str, Person]) -> Text:
    known = everybody.get(key)
    return same(key) if known is None else known.function + same(f" ({known.name})")


PAGES = (Page(_PATH, show=show, send=send), Page(f"{_PATH}/einde", send=send_end))
