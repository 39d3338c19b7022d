"""The history of a term in words: suspended, resumed, extended, planned anew."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from impasse.domain.days_in_words import day_in_words
from impasse.domain.errors import Invalid
from impasse.domain.length import Length
from impasse.domain.term_acts import SuspensionReason
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from impasse.domain.history import Json
    from impasse.domain.workflow import Workflow

    Content = Mapping[str, Json]
    Teller = Callable[[Content, Workflow], Text]


def _word(content: Content, key: str) -> str:
    value = content.get(key)
    return value if isinstance(value, str) else ""


def _day(content: Content, key: str) -> Text:
    value = _word(content, key)
    return day_in_words(date.fromisoformat(value)) if value else Text("", "")


def _end(content: Content) -> Text:
    end, before = _day(content, "end"), _word(content, "end_before")
    if _word(content, "end") == before:
        return Text(f" De einddatum blijft {end.nl}.", f" The end date stays {end.en}.")
    return Text(f" De einddatum is nu {end.nl}.", f" The end date is now {end.en}.")


def _note(content: Content, key: str = "note") -> Text:
    note = _word(content, key)
    return same(f" {note}") if note else Text("", "")


def _suspended(content: Content, _workflow: Workflow) -> Text:
    first, until = _day(content, "begins_on"), _day(content, "until")
    word = _word(content, "reason")
    known = word in {reason.value for reason in SuspensionReason}
    reason = SuspensionReason(word).label if known else same(word)
    name = _word(content, "waits_for_name")
    waits = Text(f" Gewacht wordt op {name}.", f" {name} is waited for.") if name else Text("", "")
    return (
        Text(
            f"Termijn opgeschort van de dag na {first.nl} tot en met {until.nl}: {reason.nl}.",
            f"Term suspended from the day after {first.en} until {until.en}: {reason.en}.",
        )
        + waits
        + _end(content)
        + _note(content)
    )


def _begun(content: Content, _workflow: Workflow) -> Text:
    number = _word(content, "suspension")
    return Text(
        f"De klok staat stil: opschorting {number} is begonnen.",
        f"The clock stands still: suspension {number} has begun.",
    )


def _suspension_reminded(content: Content, _workflow: Workflow) -> Text:
    until = _day(content, "until")
    return Text(
        f"Herinnering: de opschorting eindigt op {until.nl}.",
        f"Reminder: the suspension ends on {until.en}.",
    )


def _resumed(content: Content, _workflow: Workflow) -> Text:
    ended = _day(content, "ended_on")
    if content.get("unbegun") is True:
        number, end = _word(content, "suspension"), _day(content, "end")
        return Text(
            f"Opschorting {number} is vervallen: de termijn eindigde op {end.nl}, voordat zij "
            "begon.",
            f"Suspension {number} lapsed: the term ended on {end.en}, before it began.",
        )
    lapsed = content.get("lapsed") is True
    how = (
        Text("De opschorting is verstreken op", "The suspension lapsed on")
        if lapsed
        else Text("De opschorting is beëindigd per", "The suspension was ended as of")
    )
    still = (
        Text(
            " De klok staat nog stil om een andere reden.",
            " The clock still stands still for another reason.",
        )
        if content.get("still_suspended") is True
        else Text("", "")
    )
    return how + Text(f" {ended.nl}.", f" {ended.en}.") + still + _end(content) + _note(content)


def _extended(content: Content, _workflow: Workflow) -> Text:
    written = _word(content, "length")
    try:
        length = Length.parse(written).text
    except Invalid:
        length = same(written)
    reason = _word(content, "reason")
    return (
        Text(f"Termijn verlengd met {length.nl}.", f"Term extended by {length.en}.")
        + _end(content)
        + Text(f" Reden: {reason}", f" Reason: {reason}")
    )


def _replanned(content: Content, _workflow: Workflow) -> Text:
    found = content.get("because")
    because = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    nl = " ".join(str(one.get("nl", "")) for one in because)
    en = " ".join(str(one.get("en", "")) for one in because)
    return (
        Text("De kalender is bijgewerkt.", "The calendar was updated.")
        + _end(content)
        + Text(f" {nl}" if nl else "", f" {en}" if en else "")
    )


def _recess(content: Content, _workflow: Workflow) -> Text:
    end, name = _day(content, "end"), content.get("recess")
    nl = str(name.get("nl", "")) if isinstance(name, dict) else ""
    en = str(name.get("en", "")) if isinstance(name, dict) else ""
    return Text(
        f"Herinnering: de termijn eindigt op {end.nl}, in {nl}. Zij loopt gewoon door.",
        f"Reminder: the term ends on {end.en}, in {en}. It simply runs on.",
    )


TELLERS: Mapping[str, Teller] = {
    "term_suspended": _suspended,
    "suspension_begun": _begun,
    "suspension_reminded": _suspension_reminded,
    "term_resumed": _resumed,
    "term_extended": _extended,
    "term_replanned": _replanned,
    "recess_reminded": _recess,
}
"""Per action, what its entry says."""
