"""The history of a term in words: suspended, resumed, extended, planned anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.domain.errors import Invalid
from impasse.domain.length import Length
from impasse.domain.particulars import day_of, word_of
from impasse.domain.term_acts import SuspensionReason
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from impasse.domain.history import Json
    from impasse.domain.workflow import Workflow

    Content = Mapping[str, Json]
    Teller = Callable[[Content, Workflow], Text]


def _end(content: Content) -> Text:
    end, before = day_of(content, "end"), word_of(content, "end_before")
    if word_of(content, "end") == before:
        return Text(f" De einddatum blijft {end.nl}.", f" The end date stays {end.en}.")
    return Text(f" De einddatum is nu {end.nl}.", f" The end date is now {end.en}.")


def _note(content: Content, key: str = "note") -> Text:
    note = word_of(content, key)
    return same(f" {note}") if note else Text("", "")


def _suspended(content: Content, _workflow: Workflow) -> Text:
    first, until = day_of(content, "begins_on"), day_of(content, "until")
    word = word_of(content, "reason")
    known = word in {reason.value for reason in SuspensionReason}
    reason = SuspensionReason(word).label if known else same(word)
    name = word_of(content, "waits_for_name")
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
    number = word_of(content, "suspension")
    return Text(
        f"De klok staat stil: opschorting {number} is begonnen.",
        f"The clock stands still: suspension {number} has begun.",
    )


def _suspension_reminded(content: Content, _workflow: Workflow) -> Text:
    until = day_of(content, "until")
    return Text(
        f"Herinnering: de opschorting eindigt op {until.nl}.",
        f"Reminder: the suspension ends on {until.en}.",
    )


def _resumed(content: Content, _workflow: Workflow) -> Text:
    ended = day_of(content, "ended_on")
    if content.get("unbegun") is True:
        number, end = word_of(content, "suspension"), day_of(content, "end")
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
    written = word_of(content, "length")
    try:
        length = Length.parse(written).text
    except Invalid:
        length = same(written)
    reason = word_of(content, "reason")
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
    end, name = day_of(content, "end"), content.get("recess")
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
