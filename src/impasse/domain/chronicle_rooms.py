"""The history of rooms in words: what was brought in, shared, destroyed; never what it said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impasse.domain.disclosure import Disclosure
from impasse.domain.history import DESTROYED_ALL
from impasse.domain.particulars import word_of, words_of
from impasse.domain.rooms import ContributionKind
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from impasse.domain.history import Json
    from impasse.domain.workflow import Workflow

    Content = Mapping[str, Json]
    Teller = Callable[[Content, Workflow], Text]


def _what(content: Content) -> Text:
    """Say which contribution: "notitie N1"."""
    number, word = word_of(content, "id"), word_of(content, "kind")
    known = word in {kind.value for kind in ContributionKind}
    label = ContributionKind(word).label if known else same(word)
    return Text(f"{label.nl} {number}".strip(), f"{label.en} {number}".strip())


def _capital(text: Text) -> Text:
    return Text(text.nl[:1].upper() + text.nl[1:], text.en[:1].upper() + text.en[1:])


def _because(content: Content, key: str = "reason") -> Text:
    words = word_of(content, key)
    return Text(f" Reden: {words}", f" Reason: {words}") if words else Text("", "")


def _contributed(content: Content, _workflow: Workflow) -> Text:
    return _capital(_what(content)) + Text(" toegevoegd.", " added.")


def _shared(content: Content, _workflow: Workflow) -> Text:
    """Tell what came into the shared room, and of whom; whence it came is told to nobody."""
    what, name = _capital(_what(content)), word_of(content, "name")
    return what + Text(
        f" van {name} is gedeeld met alle partijen." if name else " is gedeeld met alle partijen.",
        f" of {name} is shared with all parties." if name else " is shared with all parties.",
    )


def _proposed(content: Content, _workflow: Workflow) -> Text:
    number, source = word_of(content, "id"), word_of(content, "contribution")
    along = content.get("with_document") is True
    return Text(
        f"Voorstel {number}: een tekst uit {source} delen met alle partijen."
        + (" Het bestand gaat mee." if along else ""),
        f"Proposal {number}: share a wording from {source} with all parties."
        + (" The file comes along." if along else ""),
    )


def _decided(content: Content, _workflow: Workflow) -> Text:
    number, copy = word_of(content, "id"), word_of(content, "shared_as")
    if content.get("approved") is not True:
        return Text(f"Voorstel {number} is afgewezen.", f"Proposal {number} was declined.")
    return Text(
        f"Voorstel {number} is goedgekeurd" + (f" en gedeeld als {copy}." if copy else "."),
        f"Proposal {number} was approved" + (f" and shared as {copy}." if copy else "."),
    )


def _withdrawn(content: Content, _workflow: Workflow) -> Text:
    number = word_of(content, "id")
    return Text(f"Voorstel {number} is ingetrokken.", f"Proposal {number} was withdrawn.")


def _destroyed(content: Content, _workflow: Workflow) -> Text:
    number = word_of(content, "id")
    gone = Text(f"De inhoud van {number} is vernietigd.", f"The content of {number} was destroyed.")
    return gone + _because(content)


def _room_destroyed(content: Content, _workflow: Workflow) -> Text:
    many = content.get("contributions")
    told = Text(
        "De bewaartermijn van deze kamer is voorbij: de inhoud is vernietigd.",
        "The retention of this room has passed: its content was destroyed.",
    )
    if not isinstance(many, int) or isinstance(many, bool):
        return told
    parts = Text("bijdrage" if many == 1 else "bijdragen", "item" if many == 1 else "items")
    return told + Text(f" Het ging om {many} {parts.nl}.", f" It held {many} {parts.en}.")


def _case_destroyed(_content: Content, _workflow: Workflow) -> Text:
    return Text(
        "De bewaartermijn van deze zaak is voorbij: wat ervoor stond, is vernietigd.",
        "The retention of this case has passed: what stood before this was destroyed.",
    )


def _held(content: Content, _workflow: Workflow) -> Text:
    name, reference = word_of(content, "name"), word_of(content, "reference")
    by = Text(f", op verzoek van {name}", f", as {name} asked") if name else Text("", "")
    mark = f" ({reference})." if reference else "."
    told = Text(
        "Bewaarplicht: van deze zaak mag niets worden vernietigd",
        "Legal hold: nothing of this case may be destroyed",
    )
    return told + by + same(mark) + _because(content)


def _hold_lifted(content: Content, _workflow: Workflow) -> Text:
    return Text("De bewaarplicht is opgeheven.", "The legal hold was lifted.") + _because(content)


def _assessed(content: Content, _workflow: Workflow) -> Text:
    item, word = word_of(content, "item"), word_of(content, "disclosure")
    known = word in {one.value for one in Disclosure}
    label = Disclosure(word).label if known else same(word)
    grounds = ", ".join(words_of(content, "grounds"))
    return Text(
        f"Beoordeeld onder de Woo: {item} is {label.nl}" + (f" ({grounds})." if grounds else "."),
        f"Assessed under the Woo: {item} is {label.en}" + (f" ({grounds})." if grounds else "."),
    )


TELLERS: Mapping[str, Teller] = {
    "contributed": _contributed,
    "contribution_shared": _shared,
    "release_proposed": _proposed,
    "release_decided": _decided,
    "release_withdrawn": _withdrawn,
    "contribution_destroyed": _destroyed,
    "room_destroyed": _room_destroyed,
    DESTROYED_ALL: _case_destroyed,
    "hold_placed": _held,
    "hold_lifted": _hold_lifted,
    "disclosure_assessed": _assessed,
}
