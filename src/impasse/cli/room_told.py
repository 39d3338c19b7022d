"""How `impasse room` tells rooms, what stands in them and what is proposed, as words and as JSON.

Whatever somebody else wrote is shown without signs that steer a terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from impasse.adapters.sql.people import list_persons
from impasse.cli.answer import say
from impasse.domain.conflict_escalation import assessment_of
from impasse.domain.days_in_words import instant_in_words
from impasse.domain.room_words import name_of_room, who_is_in
from impasse.domain.rooms import ContributionKind, ReleaseState
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from impasse.adapters.sql.rooms import Reading, RoomLine
    from impasse.adapters.sql.search import Hit
    from impasse.domain.case import Case
    from impasse.domain.history import ChainedEntry
    from impasse.domain.rooms import Contribution, Release, Room
    from impasse.domain.text import Language
    from impasse.wiring import House

    Functions = Mapping[str, Text]

_UNSEEN = "\N{REPLACEMENT CHARACTER}"


def harmless(text: str) -> str:
    """Return *text* without signs that a terminal acts on or that hide others."""
    return "".join(sign if sign.isprintable() or sign == "\n" else _UNSEEN for sign in text)


def functions_of(house: House) -> Functions:
    """Return as what everybody is known: people are told by function, not by name."""
    return {person.id: person.function for person in list_persons(house.database)}


def room_json(line: RoomLine, case: Case, language: Language) -> dict[str, Any]:
    """Return a room for programs."""
    return {
        "id": line.room.id,
        "kind": line.room.kind.value,
        "organisation": line.room.organisation,
        "name": name_of_room(line.room, case).in_(language),
        "whoIsIn": who_is_in(line.room, case).in_(language),
        "confidential": line.room.confidential,
        "contributions": line.contributions,
        "waiting": line.waiting,
    }


def contribution_json(one: Contribution) -> dict[str, Any]:
    """Return a contribution for programs."""
    return {
        "id": one.id,
        "kind": one.kind.value,
        "part": one.part.value,
        "environmental": one.environmental,
        "title": one.title,
        "text": one.text,
        "particulars": dict(one.particulars),
        "organisation": one.organisation,
        "writtenAt": one.written_at.isoformat(),
        "destroyedAt": None if one.destroyed_at is None else one.destroyed_at.isoformat(),
        "digest": one.digest,
    }


def release_json(one: Release) -> dict[str, Any]:
    """Return a proposed wording for programs."""
    return {
        "id": one.id,
        "contribution": one.contribution,
        "part": one.part.value,
        "environmental": one.environmental,
        "title": one.title,
        "text": one.text,
        "withDocument": one.with_document,
        "wording": one.wording,
        "state": one.state.value,
        "proposedFor": one.proposed_for,
        "sharedAs": one.shared_as,
        "note": one.note,
    }


def hit_json(hit: Hit) -> dict[str, Any]:
    """Return what was found for programs."""
    return {
        "kind": hit.kind.value,
        "case": hit.case,
        "caseTitle": hit.case_title,
        "room": hit.room.id,
        "id": hit.id,
        "title": hit.title,
        "excerpt": hit.excerpt,
    }


def tell_room(room: Room, case: Case, language: Language) -> None:
    """Say which room this is, and who is in it."""
    name = name_of_room(room, case).in_(language)
    say(f"{case.id}  {name[:1].upper()}{name[1:]}")
    say(who_is_in(room, case).in_(language))


def tell_contributions(
    contributions: Sequence[Contribution], functions: Functions, language: Language
) -> None:
    """Tell what stands in a room, in the order in which it came."""
    if not contributions:
        say(Text("Hier staat nog niets.", "Nothing stands here yet.").in_(language))
    for one in contributions:
        say()
        who = _who(one.person, one.organisation, functions, language)
        at = instant_in_words(one.written_at).in_(language)
        part = one.part.label.in_(language)
        say(f"{one.id}  {one.kind.label.in_(language)} · {part}  {who}  {at}")
        if one.destroyed_at is not None:
            day = instant_in_words(one.destroyed_at)
            gone = Text(f"De inhoud is vernietigd op {day.nl}.",
                        f"The content was destroyed on {day.en}.")  # fmt: skip
            say(f"    {gone.in_(language)}")
            continue
        _tell_wording(one.title, one.text)
        if one.kind is ContributionKind.DOCUMENT:
            size = one.particulars.get("size")
            say(f"    [{harmless(str(one.particulars.get('file_name')))}, {size} bytes]")
        if one.kind is ContributionKind.CONFLICT_ASSESSMENT:
            _tell_assessment(one, language)


def _tell_assessment(one: Contribution, language: Language) -> None:
    found = assessment_of(one.particulars)
    for organisation, stage in [] if found is None else found.stages.items():
        zone = stage.zone.label.in_(language)
        say(f"    {harmless(organisation)}: {stage}. {stage.label.in_(language)} ({zone})")


def tell_releases(releases: Sequence[Release], language: Language) -> None:
    """Tell which wordings were proposed, and of those that wait the hash that approves them."""
    for one in releases:
        say()
        label = Text("Voorstel", "Proposal").in_(language)
        into = f" → {one.shared_as}" if one.shared_as else ""
        say(f"{label} {one.id} ({one.contribution}): {one.state.label.in_(language)}{into}")
        _tell_wording(one.title, one.text)
        if one.with_document:
            say("    " + Text("[het bestand gaat mee]", "[the file comes along]").in_(language))
        if one.state is ReleaseState.PROPOSED:
            say(f"    --wording {one.wording}")


def tell_history(
    entries: Sequence[tuple[ChainedEntry, Text]], functions: Functions, language: Language
) -> None:
    """Tell what was done in a room, oldest first."""
    for entry, told in entries:
        who = _who(entry.person, entry.organisation, functions, language)
        at = instant_in_words(entry.at).in_(language)
        say(f"{entry.seq:>4}  {at}  {who}: {harmless(told.in_(language))}")


def tell_reads(readings: Sequence[Reading], functions: Functions, language: Language) -> None:
    """Tell who read in a room, the last first."""
    if not readings:
        say(Text("Van lezen is hier niets bewaard.", "No reading is kept here.").in_(language))
    for one in readings:
        who = _who(one.person, one.organisation, functions, language)
        at = instant_in_words(one.at).in_(language)
        say(f"{at}  {who}  {harmless(one.what)}  ({one.origin})")


def tell_hits(hits: Sequence[Hit], language: Language) -> None:
    """Tell what was found, the newest case first."""
    if not hits:
        say(Text("Niets gevonden.", "Nothing found.").in_(language))
    for hit in hits:
        place = hit.case if hit.id == hit.case else f"{hit.case} {hit.room.id} {hit.id}"
        say(f"{place}  {hit.kind.label.in_(language)}: {harmless(hit.title)}")
        if hit.excerpt and hit.excerpt != hit.title:
            say(f"    {harmless(hit.excerpt)}")


def _tell_wording(title: str, text: str) -> None:
    say(f"    {harmless(title)}")
    for line in harmless(text).splitlines():
        say(f"    | {line}")


def _who(person: str, organisation: str, functions: Functions, language: Language) -> str:
    function = functions.get(person, Text("onbekend", "unknown")).in_(language)
    return f"{harmless(function)} ({organisation})" if organisation else harmless(function)
