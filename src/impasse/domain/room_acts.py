"""What happens in rooms: contributing, and sharing an exact wording that its owner approved.

Of a confidential room nothing shows in the case: no revision, no line of its history, no message.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from impasse.domain.access import is_owner
from impasse.domain.commands import SignalReport
from impasse.domain.conflict_escalation import assessment_faults
from impasse.domain.decision import Message, going_on
from impasse.domain.errors import Conflict, Fault, Invalid, NotAllowed, NotFound
from impasse.domain.history import Entry, canonical, content_hash
from impasse.domain.people import Role
from impasse.domain.reporting import day_faults, long_faults, report_faults, reported, signal_of
from impasse.domain.rooms import (
    Contribution,
    ContributionKind,
    Part,
    Release,
    ReleaseState,
    RoomChange,
    RoomKind,
    RoomState,
)
from impasse.domain.signals import Reliability
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from impasse.domain.case import Case
    from impasse.domain.commands import (
        Contribute,
        DecideRelease,
        ProposeRelease,
        WithdrawRelease,
    )
    from impasse.domain.decision import Decision, Given
    from impasse.domain.history import Json
    from impasse.domain.rooms import DocumentFile

_LONGEST_TITLE = 300
_LONGEST_FILE_NAME = 200
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,80}/[a-z0-9][a-z0-9!#$&^_.+-]{0,80}")
"""A type and a subtype without parameters (RFC 6838, 4.2)."""


def contribute(decision: Decision, command: Contribute, given: Given) -> None:
    """Keep a note, a document, a signal or an assessment in the room where it is born.

    Raises `Invalid` with every fault at once, `Conflict` when the case is closed or the room
    shut, `NotAllowed` when the procedure keeps the mediator's room closed.
    """
    case, state = going_on(decision), _state(given)
    _refuse_shut(state, case, given)
    faults = _faults(command, case, given)
    if faults:
        raise Invalid(
            Text("Deze bijdrage is nog niet compleet.", "This contribution is not complete yet."),
            faults,
        )
    contribution = _sealed(
        Contribution(
            id="",
            room=command.room,
            position=0,
            kind=command.kind,
            part=command.part,
            environmental=command.environmental,
            title=command.title.strip(),
            text=command.text.strip(),
            particulars=_particulars(command),
            organisation=_behalf(case, given),
            person=given.actor.person,
            written_at=given.at,
        ),
        state.contributions + 1,
        given,
    )
    change = RoomChange(state, contributions=[contribution])
    if command.file is not None:
        change.files[contribution.id] = command.file
    decision.rooms.append(change)
    decision.created = contribution.id
    if command.room.confidential:
        change.entries.append(
            Entry(
                "contributed",
                {
                    "id": contribution.id,
                    "kind": contribution.kind.value,
                    "part": contribution.part.value,
                    "digest": contribution.digest,
                },
            )
        )
    else:
        _tell_all(decision, contribution)


def propose_release(decision: Decision, command: ProposeRelease, given: Given) -> None:
    """Propose an exact wording to share; whoever is in the room may, its owner decides.

    Raises `NotFound`, `Conflict` or `Invalid`.
    """
    case, state = going_on(decision), _state(given)
    _refuse_shut(state, case, given)
    if not command.room.confidential:
        raise Conflict(
            Text(
                "Wat hier staat, is al gedeeld met alle partijen.",
                "What stands here is shared with all parties already.",
            )
        )
    found = _contribution(state, command.contribution)
    if found.kind is ContributionKind.CONFLICT_ASSESSMENT:
        raise NotAllowed(
            Text(
                "Een inschatting van conflictescalatie verlaat deze kamer niet, ook niet in "
                "woorden.",
                "An assessment of conflict escalation never leaves this room, nor do words of it.",
            )
        )
    by_the_mediator = command.room.kind is RoomKind.CAUCUS and found.person == command.room.mediator
    if by_the_mediator and given.actor.person != found.person:
        # Of what the mediator said in a caucus both agree: he by proposing, the party by approving.
        raise NotAllowed(
            Text(
                "Dit schreef de bemiddelaar. Vraag de bemiddelaar om een tekst voor te stellen; "
                "u keurt die daarna goed.",
                "The mediator wrote this. Ask the mediator to propose a wording; you approve it "
                "after that.",
            )
        )
    faults = _wording_faults(command, found, given)
    if faults:
        raise Invalid(
            Text("Deze tekst kan zo niet worden gedeeld.", "This cannot be shared as it is."),
            faults,
        )
    place = state.releases + 1
    release = Release(
        id=f"V{place}",
        room=command.room,
        position=place,
        contribution=found.id,
        part=command.part,
        environmental=command.environmental,
        title=command.title.strip(),
        text=command.text.strip(),
        with_document=command.with_document,
        state=ReleaseState.PROPOSED,
        proposed_by=given.actor.person,
        proposed_for=_behalf(case, given),
        proposed_at=given.at,
    )
    salt = given.salt()
    release = replace(release, salt=salt, digest=digest_of_wording(salt, release))
    decision.rooms.append(
        RoomChange(
            state,
            releases=[release],
            entries=[
                Entry(
                    "release_proposed",
                    {
                        "id": release.id,
                        "contribution": found.id,
                        "digest": release.digest,
                        "with_document": release.with_document,
                    },
                )
            ],
        )
    )
    decision.created = release.id


def decide_release(decision: Decision, command: DecideRelease, given: Given) -> None:
    """Share a copy of the wording, or decline it; only its owner decides.

    Raises `NotAllowed` for who is not the owner, or proposed it where four eyes are asked,
    `Conflict` when it was decided on before or the wording read is not the one proposed.
    """
    case, state = going_on(decision), _state(given)
    release = _open_release(state, command.release)
    if not is_owner(given.actor, command.room, case):
        raise NotAllowed(
            Text(
                "Alleen van wie dit is, kan het vrijgeven. Vraag het de partij zelf.",
                "Only whose it is can release it. Ask the party itself.",
            )
        )
    # The mediator's own room is one person's: there is no second pair of eyes in it.
    alone = command.room.kind is RoomKind.MEDIATOR
    four_eyes = given.procedure.workflow.rooms.four_eyes and not alone
    if command.approved and four_eyes and release.proposed_by == given.actor.person:
        raise NotAllowed(
            Text(
                "U stelde dit zelf voor. Deze procedure vraagt dat een ander van uw organisatie "
                "het goedkeurt.",
                "You proposed this yourself. This procedure asks that somebody else of your "
                "organisation approves it.",
            )
        )
    faults = long_faults(command.note, "/note")
    if faults:
        raise Invalid(Text("Deze toelichting kan niet.", "This note cannot be kept."), faults)
    if command.approved and command.wording != release.wording:
        raise Conflict(
            Text(
                "De tekst die u las, is niet de tekst die nu voorligt. Lees hem eerst opnieuw.",
                "The wording that you read is not the one proposed. Read it again first.",
            )
        )
    decided = replace(
        release,
        state=ReleaseState.APPROVED if command.approved else ReleaseState.DECLINED,
        decided_by=given.actor.person,
        decided_at=given.at,
        note=command.note.strip(),
    )
    if command.approved:
        decided = replace(decided, shared_as=_share(decision, decided, state, given))
    decision.rooms.append(
        RoomChange(
            state,
            releases=[decided],
            entries=[
                Entry(
                    "release_decided",
                    {
                        "id": decided.id,
                        "approved": command.approved,
                        "shared_as": decided.shared_as,
                    },
                )
            ],
        )
    )
    decision.created = decided.shared_as


def withdraw_release(decision: Decision, command: WithdrawRelease, given: Given) -> None:
    """Take back a proposal: by who proposed it, or for the same organisation."""
    case, state = going_on(decision), _state(given)
    release = _open_release(state, command.release)
    mine = release.proposed_by == given.actor.person
    ours = release.proposed_for != "" and release.proposed_for == _behalf(case, given)
    if not mine and not ours:
        raise NotAllowed(
            Text(
                "Alleen wie dit voorstelde, kan het intrekken. U kunt het afwijzen.",
                "Only who proposed this can withdraw it. You can decline it.",
            )
        )
    gone = replace(
        release,
        state=ReleaseState.WITHDRAWN,
        decided_by=given.actor.person,
        decided_at=given.at,
        note=command.note.strip(),
    )
    decision.rooms.append(
        RoomChange(state, releases=[gone], entries=[Entry("release_withdrawn", {"id": gone.id})])
    )


def shown_content(contribution: Contribution) -> Mapping[str, Json]:
    """Return what `digest` stands for: all that a reader of the contribution sees."""
    return {
        "kind": contribution.kind.value,
        "part": contribution.part.value,
        "environmental": contribution.environmental,
        "title": contribution.title,
        "text": contribution.text,
        "particulars": dict(contribution.particulars),
    }


def digest_of(salt: str, contribution: Contribution) -> str:
    """Return the hash that stands for *contribution* in history."""
    return content_hash(salt, canonical(shown_content(contribution)))


def digest_of_wording(salt: str, release: Release) -> str:
    """Return the hash that stands for the wording of *release* in history."""
    content = {
        "part": release.part.value,
        "environmental": release.environmental,
        "title": release.title,
        "text": release.text,
        "with_document": release.with_document,
    }
    return content_hash(salt, canonical(content))


def _share(decision: Decision, release: Release, state: RoomState, given: Given) -> str:
    """Put a copy in the shared room; return its number."""
    case, source = going_on(decision), _contribution(state, release.contribution)
    owner = release.room.organisation
    if source.kind is ContributionKind.SIGNAL:
        signal = signal_of(_report(source, release), f"S{len(case.signals) + 1}", given)
        decision.case = case.but(signals=(*case.signals, signal))
        decision.signals.append(signal)
        decision.entries.append(reported(signal))
        decision.messages.append(
            Message(
                "signal-reported",
                (Role.PARTY, Role.SECRETARIAT),
                Text("Er is een signaal bijgekomen.", "A signal was added."),
            )
        )
        return signal.id
    shared = given.shared
    assert shared is not None  # noqa: S101 the engine loads it for every command in a room
    with_file = release.with_document and state.file is not None
    kind = ContributionKind.DOCUMENT if with_file else ContributionKind.NOTE
    copy = _sealed(
        Contribution(
            id="",
            room=shared.room,
            position=0,
            kind=kind,
            part=release.part,
            environmental=release.environmental,
            title=release.title,
            text=release.text,
            particulars=source.particulars if with_file else {},
            organisation=owner,
            person=given.actor.person,
            written_at=given.at,
        ),
        shared.contributions + 1,
        given,
    )
    change = RoomChange(shared, contributions=[copy])
    if with_file and state.file is not None:
        change.files[copy.id] = state.file
    decision.rooms.append(change)
    _tell_all(decision, copy)
    return copy.id


def _tell_all(decision: Decision, contribution: Contribution) -> None:
    """Write in the history of the case that something came into the shared room."""
    case = going_on(decision)
    party = case.party(contribution.organisation)
    decision.entries.append(
        Entry(
            "contribution_shared",
            {
                "id": contribution.id,
                "kind": contribution.kind.value,
                "part": contribution.part.value,
                "organisation": contribution.organisation,
                "name": "" if party is None else party.name,
                "digest": contribution.digest,
            },
        )
    )
    decision.messages.append(
        Message(
            "contribution-shared",
            (Role.PARTY, Role.SECRETARIAT),
            Text("Er is iets gedeeld met alle partijen.", "Something was shared with all parties."),
        )
    )


def _sealed(contribution: Contribution, place: int, given: Given) -> Contribution:
    """Return *contribution* with its number and the hash that stands for it."""
    salt = given.salt()
    numbered = replace(
        contribution, id=f"{contribution.kind.letter}{place}", position=place, salt=salt
    )
    return replace(numbered, digest=digest_of(salt, numbered))


def _state(given: Given) -> RoomState:
    assert given.room is not None  # noqa: S101 the engine loads it for every command in a room
    return given.room


def _refuse_shut(state: RoomState, case: Case, given: Given) -> None:
    """Refuse a room that was emptied, that is of another mediator, or that is not opened."""
    if state.destroyed_at is not None:
        raise Conflict(
            Text(
                "De inhoud van deze kamer is vernietigd; er kan niets meer bij.",
                "The content of this room was destroyed; nothing can be added.",
            )
        )
    room = state.room
    if room.kind is RoomKind.CAUCUS and room.mediator != case.mediator:
        raise Conflict(
            Text(
                "Deze bemiddelaar is niet meer aangewezen. U kunt hier lezen, niet schrijven.",
                "This mediator is no longer appointed. You can read here, not write.",
            )
        )
    if room.kind is RoomKind.MEDIATOR and not given.procedure.workflow.rooms.mediator_open:
        raise NotAllowed(
            Text(
                "Deze procedure heeft geen kamer voor notities van de bemiddelaar. Houd ze "
                "buiten impasse.",
                "This procedure has no room for notes of the mediator. Keep them outside impasse.",
            )
        )


def _behalf(case: Case, given: Given) -> str:
    """Return the organisation for which the actor writes: "" for the mediator."""
    return "" if given.actor.person == case.mediator else given.actor.organisation


def _contribution(state: RoomState, wanted: str) -> Contribution:
    found = state.contribution
    if found is None or found.id != wanted:
        raise NotFound(
            Text(
                f"Bijdrage {wanted} staat niet in deze kamer.",
                f"Contribution {wanted} is not in this room.",
            )
        )
    if found.destroyed_at is not None:
        raise Conflict(
            Text(
                f"De inhoud van {wanted} is vernietigd.", f"The content of {wanted} was destroyed."
            )
        )
    return found


def _open_release(state: RoomState, wanted: str) -> Release:
    found = state.release
    if found is None or found.id != wanted:
        raise NotFound(
            Text(
                f"Voorstel {wanted} staat niet in deze kamer.",
                f"Release {wanted} is not in this room.",
            )
        )
    if found.state is not ReleaseState.PROPOSED:
        raise Conflict(
            Text(
                f"Voorstel {wanted} is al {found.state.label.nl}.",
                f"Release {wanted} is {found.state.label.en} already.",
            )
        )
    return found


def _faults(command: Contribute, case: Case, given: Given) -> list[Fault]:
    faults = _title_faults(command.title) + long_faults(command.text, "/text")
    document = command.kind is ContributionKind.DOCUMENT
    if document:
        faults += _file_faults(command.file)
    elif command.file is not None:
        faults.append(
            Fault(
                "/file",
                Text(
                    "Een bestand hoort bij een document. Kies document.",
                    "A file belongs to a document. Choose document.",
                ),
            )
        )
    if command.kind is ContributionKind.CONFLICT_ASSESSMENT:
        return faults + _assessment_faults(command, case)
    if command.stages:
        faults.append(
            Fault(
                "/stages",
                Text(
                    "Dit hoort bij een inschatting van conflictescalatie. Kies die soort.",
                    "This belongs to an assessment of conflict escalation. Choose that kind.",
                ),
            )
        )
    if command.kind is ContributionKind.SIGNAL:
        faults += _signal_faults(command, given)
    elif not document and not command.text.strip():
        faults.append(Fault("/text", Text("Schrijf wat u kwijt wilt.", "Write what it says.")))
    return faults


def _title_faults(title: str) -> list[Fault]:
    if not title.strip():
        return [Fault("/title", Text("Geef een titel.", "Give a title."))]
    if len(title) > _LONGEST_TITLE or not title.isprintable():
        return [
            Fault(
                "/title",
                Text(
                    f"Een titel is een regel van ten hoogste {_LONGEST_TITLE} tekens.",
                    f"A title is one line of at most {_LONGEST_TITLE} characters.",
                ),
            )
        ]
    return []


def _file_faults(file: DocumentFile | None) -> list[Fault]:
    if file is None or not file.body:
        return [
            Fault(
                "/file",
                Text("Kies een bestand dat niet leeg is.", "Choose a file that is not empty."),
            )
        ]
    name = file.name.strip()
    if not name or len(name) > _LONGEST_FILE_NAME or not name.isprintable():
        return [
            Fault(
                "/file/name",
                Text(
                    f"Geef het bestand een naam van ten hoogste {_LONGEST_FILE_NAME} tekens.",
                    f"Give the file a name of at most {_LONGEST_FILE_NAME} characters.",
                ),
            )
        ]
    if not _MEDIA_TYPE.fullmatch(file.media_type):
        return [
            Fault(
                "/file/mediaType",
                Text(
                    "Geef de soort van het bestand, zoals application/pdf.",
                    "Give the type of the file, such as application/pdf.",
                ),
            )
        ]
    return []


def _signal_faults(command: Contribute, given: Given) -> list[Fault]:
    if not command.room.confidential or command.report is None:
        return [
            Fault(
                "/kind",
                Text(
                    "Meld een signaal voor allen als signaal van de zaak.",
                    "Report a signal for all as a signal of the case.",
                ),
            )
        ]
    report = replace(command.report, organisation=given.actor.organisation)
    return report_faults(report, given, "/report")


def _assessment_faults(command: Contribute, case: Case) -> list[Fault]:
    if command.room.kind is not RoomKind.MEDIATOR:
        return [
            Fault(
                "/kind",
                Text(
                    "Een inschatting van conflictescalatie staat alleen in de kamer van de "
                    "bemiddelaar.",
                    "An assessment of conflict escalation stands in the mediator's room only.",
                ),
            )
        ]
    faults = assessment_faults(command.stages, {one.organisation for one in case.parties})
    if command.part is not Part.VIEW or command.environmental:
        faults.append(
            Fault(
                "/part",
                Text(
                    "Een inschatting is een opvatting, en geen milieu-informatie.",
                    "An assessment is a view, and no environmental information.",
                ),
            )
        )
    return faults


def _wording_faults(command: ProposeRelease, found: Contribution, given: Given) -> list[Fault]:
    faults = _title_faults(command.title) + long_faults(command.text, "/text")
    if command.with_document and found.kind is not ContributionKind.DOCUMENT:
        faults.append(
            Fault(
                "/withDocument",
                Text("Hier hoort geen bestand bij.", "There is no file with this."),
            )
        )
    if not command.with_document and not command.text.strip():
        faults.append(
            Fault("/text", Text("Schrijf wat gedeeld wordt.", "Write what is to be shared."))
        )
    if found.kind is ContributionKind.SIGNAL:
        faults += day_faults(_happened_on(found), given, "/contribution")
    return faults


def _happened_on(signal: Contribution) -> date:
    return date.fromisoformat(str(signal.particulars["happened_on"]))


def _particulars(command: Contribute) -> Mapping[str, Json]:
    if command.file is not None:
        return {
            "file_name": command.file.name.strip(),
            "media_type": command.file.media_type,
            "size": len(command.file.body),
            "sha256": command.file.sha256,
        }
    if command.stages:
        return dict(command.stages)
    if command.report is not None:
        return {
            "indicator": command.report.indicator,
            "reliability": command.report.reliability.value,
            "happened_on": command.report.happened_on.isoformat(),
        }
    return {}


def _report(signal: Contribution, release: Release) -> SignalReport:
    """Return the report that a shared signal becomes: its coding, in the approved words."""
    text = f"{release.title}\n{release.text}" if release.text else release.title
    return SignalReport(
        indicator=str(signal.particulars["indicator"]),
        reliability=Reliability(str(signal.particulars["reliability"])),
        organisation=release.room.organisation or signal.organisation,
        happened_on=_happened_on(signal),
        text=text,
    )
