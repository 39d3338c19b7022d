"""The shape of a workflow file: which keys it has, and what may stand in each of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from impasse.domain.errors import Invalid
from impasse.domain.length import Length, Unit
from impasse.domain.people import Role
from impasse.domain.rooms import RoomKind
from impasse.domain.term_acts import Consent, Resume, SuspensionReason
from impasse.domain.terms import Atw, Basis
from impasse.domain.text import Text
from impasse.domain.tier import Tier
from impasse.domain.workflow import ANY, KEPT, Rest, RoomPolicy, StageKind, TaskExpiry, Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from enum import StrEnum

    from pydantic.config import JsonDict

NAME = re.compile(r"[a-z][a-z0-9_]*")
_PROCEDURE = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
_VERSION = r"^[0-9A-Za-z][0-9A-Za-z._-]*$"
_BOOLEAN_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""What YAML 1.1 reads as something else than a word, with or without our reader."""
_GLANCE = 40
_NO_WAIT = re.compile(r"0+ ?(working days?|werkdag(en)?)", re.IGNORECASE)


def shown(written: object) -> str:
    """Return what an author wrote, short enough for a sentence of one line."""
    words = " ".join(str(written).split())
    return words if len(words) <= _GLANCE else words[: _GLANCE - 1] + "…"


def unusable(text: Text) -> PydanticCustomError:
    """Return the error that carries its own sentence in both languages."""
    return PydanticCustomError("unusable", "{en}", {"nl": text.nl, "en": text.en})


def name_problem(written: object) -> Text | None:
    """Say what keeps *written* from being a name of a stage, trigger or guard, if anything."""
    if not isinstance(written, str) or not NAME.fullmatch(written):
        return Text(
            f"'{shown(written)}' is geen naam: gebruik kleine letters, cijfers en _, te beginnen "
            "met een letter; alleen namen mogen hier, geen code en geen importpad",
            f"'{shown(written)}' is not a name: use small letters, digits and _, beginning with a "
            "letter; only names may stand here, no code and no import path",
        )
    if written in _BOOLEAN_WORDS:
        return Text(
            f"'{shown(written)}' betekent in YAML soms ja, nee of niets; kies een andere naam",
            f"'{shown(written)}' sometimes means yes, no or nothing in YAML; choose another name",
        )
    return None


def _name(written: object) -> object:
    if problem := name_problem(written):
        raise unusable(problem)
    return written


def one_of(
    kind: type[StrEnum], what: Text, among: Iterable[StrEnum] = ()
) -> Callable[[object], object]:
    """Return what takes a word of *kind*, or of those *among* it, and says which there are."""
    choices = tuple(among) or tuple(kind)
    known = ", ".join(choices)

    def choose(written: object) -> object:
        if isinstance(written, str) and written in set(choices):
            return kind(written)
        raise unusable(
            Text(
                f"{what.nl} '{shown(written)}' is niet bekend; kies een van: {known}",
                f"{what.en} '{shown(written)}' is not known; choose one of: {known}",
            )
        )

    return choose


def length_of(written: object) -> Length:
    """Return the length that an author wrote, or say what is accepted."""
    if not isinstance(written, str):
        raise unusable(
            Text(
                f"'{shown(written)}' is geen lengte; schrijf bijvoorbeeld '10 working days'",
                f"'{shown(written)}' is not a length; write for example '10 working days'",
            )
        )
    try:
        return Length.parse(written)
    except Invalid as error:
        raise unusable(error.text) from error


def _wait(written: object) -> Wait:
    if isinstance(written, str) and _NO_WAIT.fullmatch(" ".join(written.split())):
        return Wait(0)
    length = length_of(written)
    if length.unit is not Unit.WORKING_DAYS:
        raise unusable(
            Text(
                "een trede telt in werkdagen; schrijf bijvoorbeeld '5 working days'",
                "a rung counts in working days; write for example '5 working days'",
            )
        )
    return Wait(length.amount)


EACH_PARTY = "each_party"
"""In a file, as the one a task is for: one task for each party to the case."""

_FOR = (EACH_PARTY, *(role.value for role in Role if role is not Role.CLOCK))
_JOINS = ("all", "first", "none")


def _assignee(written: object) -> str:
    if isinstance(written, str) and written in _FOR:
        return written
    known = ", ".join(_FOR)
    raise unusable(
        Text(
            f"'{shown(written)}' kan geen taak krijgen; kies een van: {known}",
            f"'{shown(written)}' cannot be given a task; choose one of: {known}",
        )
    )


def _dependency(written: object) -> object:
    task, _, outcome = written.partition(":") if isinstance(written, str) else (written, "", "")
    if problem := name_problem(task) or (name_problem(outcome) if outcome else None):
        raise unusable(problem)
    return written


def _join(written: object) -> object:
    if isinstance(written, dict) or (isinstance(written, str) and written in _JOINS):
        return written
    raise unusable(
        Text(
            f"'{shown(written)}' zegt niet hoeveel taken klaar moeten zijn; schrijf all, first, "
            "none of {at_least: 2}",
            f"'{shown(written)}' does not say how many tasks must be done; write all, first, none "
            "or {at_least: 2}",
        )
    )


def _sources(written: object) -> object:
    return [ANY] if written == ANY else written


_LENGTH_SCHEMA = WithJsonSchema({"type": "string", "examples": ["10 working days", "8 weeks"]})
_NAME_SCHEMA: JsonDict = {"type": "string", "pattern": f"^{NAME.pattern}$"}

_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_Name = Annotated[str, BeforeValidator(_name), WithJsonSchema(_NAME_SCHEMA)]
_Length = Annotated[Length, PlainValidator(length_of), _LENGTH_SCHEMA]
_Wait = Annotated[Wait, PlainValidator(_wait), _LENGTH_SCHEMA]
_Role = Annotated[Role, BeforeValidator(one_of(Role, Text("rol", "role")))]
_Tier = Annotated[Tier, BeforeValidator(one_of(Tier, Text("tafel", "tier")))]
_Kind = Annotated[StageKind, BeforeValidator(one_of(StageKind, Text("soort", "kind")))]
_Basis = Annotated[Basis, BeforeValidator(one_of(Basis, Text("grondslag", "basis")))]
_Atw = Annotated[Atw, BeforeValidator(one_of(Atw, Text("keuze", "choice")))]
_Resume = Annotated[Resume, BeforeValidator(one_of(Resume, Text("beleid", "policy")))]
_Consent = Annotated[Consent, BeforeValidator(one_of(Consent, Text("instemming", "consent")))]
_Reason = Annotated[
    SuspensionReason, BeforeValidator(one_of(SuspensionReason, Text("reden", "reason")))
]
_Rest = Annotated[Rest, BeforeValidator(one_of(Rest, Text("keuze", "choice")))]
_Expiry = Annotated[TaskExpiry, BeforeValidator(one_of(TaskExpiry, Text("keuze", "choice")))]
_For = Annotated[
    str,
    PlainValidator(_assignee),
    WithJsonSchema({"enum": [EACH_PARTY, *(role for role in Role if role is not Role.CLOCK)]}),
]
_After = Annotated[
    str,
    BeforeValidator(_dependency),
    WithJsonSchema({"type": "string", "pattern": f"^{NAME.pattern}(:{NAME.pattern})?$"}),
]
_Sources = Annotated[
    list[_Name],
    BeforeValidator(_sources),
    WithJsonSchema(
        {"anyOf": [{"const": ANY}, {"type": "array", "items": _NAME_SCHEMA, "minItems": 1}]}
    ),
]


class Shape(BaseModel):
    """A mapping in the file: no key but those it names, and no value but as it was written."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Words(Shape):
    """The same words in Dutch and English."""

    nl: _Words = Field(description="In het Nederlands")
    en: _Words = Field(description="In het Engels")

    @property
    def text(self) -> Text:
        """The words as the domain has them."""
        return Text(self.nl, self.en)


class ReminderShape(Shape):
    """A message before the end of a term."""

    before: _Length = Field(description="Zoveel werkdagen voor de laatste dag")
    notify: list[_Role] = Field(description="Wie bericht krijgen")
    message: Words | None = Field(None, description="Wat het bericht zegt, in eigen woorden")


class RungShape(Shape):
    """What happens some time after the end of a term."""

    after: _Wait = Field(description="Zoveel werkdagen na de laatste dag; 0 is het einde zelf")
    tier: _Tier | None = Field(None, description="Naar welke tafel de zaak gaat")
    notify: list[_Role] = Field([], description="Wie bericht krijgen")
    trigger: _Name | None = Field(None, description="Welke overgang de klok dan maakt")
    message: Words | None = Field(None, description="Wat het bericht zegt, in eigen woorden")


class SuspensionShape(Shape):
    """What is allowed when a clock must stand still."""

    resume: _Resume = Field(Resume.KEEP_REMAINDER, description="Wat met de einddatum gebeurt")
    longest: _Length = Field(description="Hoe lang een opschorting ten hoogste duurt")
    most: int = Field(3, ge=1, le=99, description="Hoe vaak ten hoogste in een verblijf")
    reasons: list[_Reason] = Field(
        list(SuspensionReason), min_length=1, description="Welke redenen mogen"
    )
    consent: _Consent = Field(Consent.ALL, description="Wie moeten instemmen")
    roles: list[_Role] = Field(
        [Role.SECRETARIAT, Role.MEDIATOR], min_length=1, description="Wie mogen opschorten"
    )


class ExtensionShape(Shape):
    """What is allowed when a term must be longer."""

    longest: _Length = Field(description="Hoeveel er per keer ten hoogste bij komt")
    most: int = Field(1, ge=1, le=99, description="Hoe vaak ten hoogste in een verblijf")
    consent: _Consent = Field(Consent.ALL, description="Wie moeten instemmen")
    roles: list[_Role] = Field(
        [Role.SECRETARIAT, Role.MEDIATOR], min_length=1, description="Wie mogen verlengen"
    )


class TermShape(Shape):
    """How long a stage may take, and why."""

    length: _Length = Field(description="Hoe lang, bijvoorbeeld '8 weeks'")
    basis: _Basis = Field(description="Waarop de termijn rust")
    atw: _Atw = Field(Atw.AUTO, description="Of de Algemene termijnenwet geldt")
    source: Words | None = Field(None, description="De bepaling of afspraak, in woorden")
    agreed: bool = Field(default=False, description="Partijen kiezen zelf de laatste dag")
    reminders: list[ReminderShape] = Field([], description="Berichten voor het einde")
    on_expiry: list[RungShape] = Field([], description="Treden vanaf het einde, in volgorde")
    suspension: SuspensionShape | None = Field(None, description="Of de klok stil mag staan")
    extension: ExtensionShape | None = Field(None, description="Of de termijn langer mag worden")


class AtLeastShape(Shape):
    """So many tasks, whichever they are."""

    at_least: int = Field(ge=1, le=999, description="Zoveel taken")


_Join = Annotated[Literal["all", "first", "none"] | AtLeastShape, BeforeValidator(_join)]


class TaskShape(Shape):
    """Tasks of one name inside a stage."""

    label: Words = Field(description="Wat er gedaan moet worden")
    assignee: _For = Field(alias="for", description="Voor elke partij, of voor een rol")
    count: int = Field(1, ge=1, le=99, description="Hoeveel taken voor een rol")
    join: _Join = Field("all", description="Hoeveel er klaar moeten zijn")
    rest: _Rest = Field(Rest.KEEP, description="Wat er dan met de andere gebeurt")
    after: list[_After] = Field([], description="Taken die eerst alle klaar moeten zijn")
    after_any: list[_After] = Field([], description="Taken waarvan een klaar moet zijn")
    outcomes: dict[str, Words] = Field(
        {},
        description="De antwoorden waaruit wie klaar is kiest",
        json_schema_extra={"propertyNames": _NAME_SCHEMA},
    )
    term: _Length | None = Field(None, description="Hoeveel werkdagen er zijn voor een taak")
    on_expiry: _Expiry = Field(TaskExpiry.REMIND, description="Wat de klok daarna doet")
    cancels: list[_Name] = Field([], description="Taken die dan worden ingetrokken")
    exclusive: _Name | None = Field(None, description="Taken met dit woord niet tegelijk")
    rounds: int = Field(1, ge=1, le=99, description="Hoe vaak een taak opnieuw mag")


class StageShape(Shape):
    """One stage."""

    label: Words = Field(description="Hoe de fase heet")
    purpose: Words = Field(description="Waarvoor de fase dient")
    kind: _Kind = Field(StageKind.ACTIVE, description="Actief, pauze of einde")
    number: int | None = Field(None, ge=1, description="Plaats in de gewone volgorde")
    owner: _Role | None = Field(None, description="Wie aan zet is")
    next_action: Words | None = Field(None, description="Wat wie aan zet is moet doen")
    term: TermShape | None = Field(None, description="Hoe lang de fase mag duren")
    tasks: dict[str, TaskShape] = Field(
        {},
        description="Werk binnen de fase, op naam",
        json_schema_extra={"propertyNames": _NAME_SCHEMA},
    )
    when_done: _Name | None = Field(None, description="Overgang als alle taken klaar zijn")


class GuardsShape(Shape):
    """The named conditions of a transition."""

    required: list[_Name] = Field([], description="Voorwaarden waar niemand omheen kan")
    advised: list[_Name] = Field([], description="Voorwaarden die met een reden mogen wachten")
    tasks: list[_Name] = Field([], description="Taken waarvan er genoeg klaar moeten zijn")


class TransitionShape(Shape):
    """One arrow between stages."""

    trigger: _Name = Field(description="De naam van de stap")
    label: Words = Field(description="Wat er op de knop staat")
    sources: _Sources = Field(alias="from", description="Uit welke fasen, of 'any'")
    target: _Name = Field(alias="to", description="Naar welke fase, of 'back'")
    roles: list[_Role] = Field(description="Wie de stap mogen doen")
    guards: GuardsShape = Field(GuardsShape(), description="Voorwaarden")
    note_required: bool = Field(default=False, description="Of een reden verplicht is")
    four_eyes: bool = Field(default=False, description="Of een tweede persoon moet bevestigen")


class KeptShape(Shape):
    """How long a room is kept."""

    keep: _Length | None = Field(None, description="Hoe lang na het sluiten van de zaak")


class MediatorRoomShape(KeptShape):
    """The mediator's own room."""

    open: bool = Field(default=False, description="Of de bemiddelaar hier mag schrijven")


class ReleaseShape(Shape):
    """How something leaves a confidential room."""

    four_eyes: bool = Field(
        default=False, description="Of een ander dan wie het voorstelt moet goedkeuren"
    )


class RoomsShape(Shape):
    """The rooms of a case."""

    shared: KeptShape = Field(KeptShape(), description="Wat allen zien; standaard bewaard")
    side: KeptShape = Field(KeptShape(), description="De eigen kamer van een partij")
    caucus: KeptShape = Field(KeptShape(), description="Partij en bemiddelaar")
    mediator: MediatorRoomShape = Field(MediatorRoomShape(), description="De bemiddelaar alleen")
    release: ReleaseShape = Field(ReleaseShape(), description="Delen uit een kamer")

    @property
    def policy(self) -> RoomPolicy:
        """The rules as the domain has them."""
        written = {
            RoomKind.SHARED: self.shared.keep,
            RoomKind.SIDE: self.side.keep,
            RoomKind.CAUCUS: self.caucus.keep,
            RoomKind.MEDIATOR: self.mediator.keep,
        }
        kept = {**KEPT, **{kind: keep for kind, keep in written.items() if keep is not None}}
        return RoomPolicy(self.mediator.open, kept, self.release.four_eyes)


class WorkflowShape(Shape):
    """A workflow file."""

    model_config = ConfigDict(title="Procedure van impasse")

    format: Literal[1] = Field(description="Versie van deze bestandsvorm")
    name: Annotated[str, StringConstraints(pattern=_PROCEDURE)] = Field(
        description="Naam van de procedure"
    )
    version: Annotated[str, StringConstraints(pattern=_VERSION)] = Field(
        description="Versie van de procedure, tussen aanhalingstekens"
    )
    label: Words = Field(description="Hoe de procedure heet")
    description: Words = Field(description="Waarvoor de procedure dient")
    initial: _Name = Field(description="De fase waarin een zaak begint")
    stages: dict[str, StageShape] = Field(
        description="De fasen, op naam", json_schema_extra={"propertyNames": _NAME_SCHEMA}
    )
    transitions: list[TransitionShape] = Field(description="De overgangen")
    rooms: RoomsShape = Field(RoomsShape(), description="Wie wat leest, en hoe lang het blijft")
