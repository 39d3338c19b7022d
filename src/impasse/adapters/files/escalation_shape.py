"""The shape of an escalation policy file: which keys it has, and what may stand in each."""

from __future__ import annotations

import re
from datetime import time
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from impasse.adapters.files.workflow_shape import Shape, Words, length_of, one_of, shown, unusable
from impasse.domain.escalation_policy import Answering, EndsWhen, OnEmpty, Side
from impasse.domain.length import Length, Unit
from impasse.domain.messages import MESSAGES
from impasse.domain.people import Rank, Role
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import StrEnum

    from pydantic.config import JsonDict

TARGETS = ("role", "rank", "rota", "group", "person", "webhook", "meeting")
"""The kinds of target: each mapping under `to` has exactly one of these keys."""
ROLES = (Role.LIAISON_OFFICER, Role.MEDIATOR, Role.SECRETARIAT)
"""The roles that somebody carries and that see cases."""

_SLUG = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
_VERSION = r"^[0-9A-Za-z][0-9A-Za-z._-]*$"
_MOST = 20
"""More levels, targets or trips than this are a mistake, not a policy."""
_CODE = re.compile(r"[A-Z][A-Z0-9]{0,3}")
_CLOCK_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_AT_ONCE = re.compile(r"0+ ?(working )?(days?|hours?|werkdag(en)?|uur|uren)", re.IGNORECASE)
_WORKING_HOURS = re.compile(r"([0-9]+) ?(working hours?|werkuur|werkuren)", re.IGNORECASE)

_OUTSIDE = {
    Role.PARTY: Text(
        "niemand draagt de rol 'party': wie voor een partij spreekt is haar liaison; schrijf "
        "'liaison_officer'",
        "nobody carries the role 'party': who speaks for a party is its liaison officer; write "
        "'liaison_officer'",
    ),
    Role.ADMINISTRATOR: Text(
        "de beheerder ziet geen zaken; noem een rota of 'secretariat'",
        "the administrator sees no cases; name a rota or 'secretariat'",
    ),
    Role.SUPERVISOR: Text(
        "de toezichthouder staat buiten elke zaak en krijgt er geen bericht van; noem een andere "
        "rol",
        "the supervisor is kept out of every case and hears of none; name another role",
    ),
    Role.CLOCK: Text(
        "de klok leest geen berichten; noem een rol van mensen",
        "the clock reads no messages; name a role of people",
    ),
}


def _role(written: object) -> object:
    if isinstance(written, str) and written in {role.value for role in _OUTSIDE}:
        raise unusable(_OUTSIDE[Role(written)])
    return one_of(Role, Text("rol", "role"), ROLES)(written)


def _choice(kind: type[StrEnum], nl: str, en: str) -> BeforeValidator:
    return BeforeValidator(one_of(kind, Text(nl, en)))


def _whole(low: int, high: int) -> BeforeValidator:
    """Take a whole number from *low* to *high*."""

    def take(written: object) -> object:
        if isinstance(written, int) and not isinstance(written, bool) and low <= written <= high:
            return written
        raise unusable(
            Text(
                f"'{shown(written)}' kan hier niet; schrijf een heel getal van {low} tot en met "
                f"{high}",
                f"'{shown(written)}' will not do here; write a whole number from {low} to {high}",
            )
        )

    return BeforeValidator(take)


def _working_time(written: object) -> Length:
    """Take working days or working hours: what else is counted, counts days nobody works."""
    if isinstance(written, str):
        words = " ".join(written.split())
        if hours := _WORKING_HOURS.fullmatch(words):
            written = f"{hours[1]} hours"
    length = length_of(written)
    if length.unit in {Unit.WORKING_DAYS, Unit.HOURS}:
        return length
    raise unusable(
        Text(
            f"'{shown(written)}' telt ook weekenden en feestdagen, en dan is er niemand om te "
            "antwoorden; schrijf werktijd, zoals '2 working days' of '4 hours'",
            f"'{shown(written)}' counts weekends and holidays too, when nobody is there to answer; "
            "write working time, such as '2 working days' or '4 hours'",
        )
    )


def _wait(written: object) -> Length | None:
    if isinstance(written, str) and _AT_ONCE.fullmatch(" ".join(written.split())):
        return None
    return _working_time(written)


def _working_days(written: object) -> Length:
    length = length_of(written)
    if length.unit is Unit.WORKING_DAYS:
        return length
    raise unusable(
        Text(
            f"'{shown(written)}' kan niet: een toezegging geldt tot het einde van een werkdag; "
            "schrijf bijvoorbeeld '10 working days'",
            f"'{shown(written)}' will not do: a promise holds until the end of a working day; "
            "write for example '10 working days'",
        )
    )


def _calendar_days(written: object) -> Length:
    length = length_of(written)
    if length.unit is Unit.CALENDAR_DAYS:
        return length
    raise unusable(
        Text(
            f"'{shown(written)}' kan niet: een wettelijke datum nadert in kalenderdagen; schrijf "
            "bijvoorbeeld '10 days'",
            f"'{shown(written)}' will not do: a date in law comes near in calendar days; write "
            "for example '10 days'",
        )
    )


def _time(written: object) -> time:
    if isinstance(written, str) and _CLOCK_TIME.fullmatch(written):
        return time.fromisoformat(written)
    raise unusable(
        Text(
            f"'{shown(written)}' is geen tijd van de dag; schrijf die als \"08:00\"",
            f"'{shown(written)}' is no time of day; write it as \"08:00\"",
        )
    )


def _pattern(pattern: re.Pattern[str], nl: str, en: str) -> Callable[[object], object]:
    def take(written: object) -> object:
        if isinstance(written, str) and pattern.fullmatch(written):
            return written
        glance = shown(written)
        raise unusable(Text(f"'{glance}' is geen {nl}", f"'{glance}' is no {en}"))

    return take


_slug_text = _pattern(
    re.compile(_SLUG.strip("^$")),
    "naam: gebruik kleine letters, cijfers en streepjes, te beginnen met een letter",
    "name: use small letters, digits and hyphens, beginning with a letter",
)


def _slug(written: object) -> object:
    return _slug_text(written)


def _event(written: object) -> object:
    if isinstance(written, str) and written in MESSAGES:
        return written
    known = ", ".join(MESSAGES)
    raise unusable(
        Text(
            f"soort bericht '{shown(written)}' is niet bekend; kies uit: {known}",
            f"type of message '{shown(written)}' is not known; choose from: {known}",
        )
    )


_LENGTH_SCHEMA: JsonDict = {"type": "string", "examples": ["2 working days", "4 hours"]}
_NAME_SCHEMA: JsonDict = {"type": "string", "pattern": _SLUG}

_Name = Annotated[str, BeforeValidator(_slug), WithJsonSchema(_NAME_SCHEMA)]
_Id = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
_Role = Annotated[Role, BeforeValidator(_role), WithJsonSchema({"enum": [*ROLES]})]
_Rank = Annotated[Rank, _choice(Rank, "rang", "rank")]
_Side = Annotated[Side, _choice(Side, "zijde", "side")]
_Answer = Annotated[Answering, _choice(Answering, "antwoord", "answer")]
_Empty = Annotated[OnEmpty, _choice(OnEmpty, "keuze", "choice")]
_Ends = Annotated[EndsWhen, _choice(EndsWhen, "einde", "end")]
_Event = Annotated[
    str, BeforeValidator(_event), WithJsonSchema({"type": "string", "enum": [*MESSAGES]})
]
_Code = Annotated[
    str,
    BeforeValidator(
        _pattern(
            _CODE,
            "code van een indicator; schrijf haar zoals in het bestand van de vroegsignalering, "
            "bijvoorbeeld E3",
            "code of an indicator; write it as the early-warning file does, for example E3",
        )
    ),
    WithJsonSchema({"type": "string", "pattern": f"^{_CODE.pattern}$"}),
]
_Wait = Annotated[Length | None, PlainValidator(_wait), WithJsonSchema(_LENGTH_SCHEMA)]
_WorkingTime = Annotated[Length, PlainValidator(_working_time), WithJsonSchema(_LENGTH_SCHEMA)]
_WorkingDays = Annotated[Length, PlainValidator(_working_days), WithJsonSchema(_LENGTH_SCHEMA)]
_CalendarDays = Annotated[
    Length,
    PlainValidator(_calendar_days),
    WithJsonSchema({"type": "string", "examples": ["10 days"]}),
]
_Time = Annotated[
    time,
    PlainValidator(_time),
    WithJsonSchema({"type": "string", "pattern": f"^{_CLOCK_TIME.pattern}$"}),
]

_SIDED = frozenset({Role.LIAISON_OFFICER})
"""Roles that sides have; the others are of the case itself."""


class TargetShape(Shape):
    """Whom a level tells: one kind of target."""

    role: _Role | None = Field(None, description="Wie een rol draagt")
    rank: _Rank | None = Field(None, description="Wie een rang heeft")
    rota: _Name | None = Field(None, description="Wie vandaag dienst heeft")
    group: _Name | None = Field(None, description="Een groep van personen")
    person: _Id | None = Field(None, description="Een persoon, bij id")
    webhook: _Id | None = Field(None, description="Een webhook, bij id")
    meeting: _Name | None = Field(None, description="Een reeks van overleggen")
    at: _Side | None = Field(None, description="Bij welke zijden, bij een rol of een rang")
    organisation: _Id | None = Field(None, description="Een organisatie, in plaats van `at`")

    @property
    def kind(self) -> str:
        """Which kind of target it is."""
        return next(name for name in TARGETS if getattr(self, name) is not None)

    @model_validator(mode="after")
    def _one_kind(self) -> TargetShape:
        named = [name for name in TARGETS if getattr(self, name) is not None]
        if len(named) != 1:
            choices = ", ".join(TARGETS)
            raise unusable(
                Text(
                    f"een doel is precies een van: {choices}; schrijf elk doel achter een eigen "
                    "streepje",
                    f"a target is exactly one of: {choices}; write each target behind a dash of "
                    "its own",
                )
            )
        if self.organisation is not None and (self.at is not None or self.role is None):
            raise unusable(
                Text(
                    "'organisation' staat alleen bij een 'role', in plaats van 'at'",
                    "'organisation' stands beside a 'role' only, instead of 'at'",
                )
            )
        sided = self.rank is not None or self.role in _SIDED
        if not sided and (self.at is not None or self.organisation is not None):
            what = self.role.value if self.role else named[0]
            raise unusable(
                Text(
                    f"'{what}' hoort niet bij een zijde; haal 'at' en 'organisation' weg",
                    f"'{what}' belongs to no side; remove 'at' and 'organisation'",
                )
            )
        return self


class LevelShape(Shape):
    """One step: after how long, who, and what counts as an answer."""

    name: _Name = Field(description="Naam van de trede, om naar te verwijzen")
    label: Words = Field(description="Hoe de trede heet")
    after: _Wait = Field(None, description="Werktijd sinds het begin; zonder: meteen")
    to: list[TargetShape] = Field(min_length=1, max_length=_MOST, description="Wie het horen")
    answer: _Answer | None = Field(None, description="Wiens oppakken de trede beantwoordt")
    if_nobody_there: _Empty | None = Field(None, description="Als er voor een doel niemand is")
    reminder: _WorkingTime | None = Field(None, description="Wanneer wie zwijgt herinnerd wordt")
    message: Words | None = Field(None, description="Wat er gezegd wordt, in neutrale woorden")
    urgent: bool = Field(default=False, description="Of het door stille uren heen gaat")


class AcknowledgeShape(Shape):
    """Limits of an acknowledgement."""

    at_most: _WorkingDays = Field(description="De langste toezegging")


class SnoozeShape(Shape):
    """Limits of a snooze."""

    at_most: _WorkingDays = Field(description="Hoe lang ten hoogste")
    times: Annotated[int, _whole(0, 3)] = Field(3, description="Hoe vaak ten hoogste")
    within_days: Annotated[int, _whole(30, 365)] = Field(30, description="In zoveel kalenderdagen")


class RepeatShape(Shape):
    """What happens after the last level."""

    start: _Name = Field(alias="from", description="Vanaf welke trede")
    times: Annotated[int, _whole(1, 5)] = Field(1, description="Hoe vaak")
    every: _WorkingTime = Field(description="Hoe lang na de laatste trede")


class TripShape(Shape):
    """What sends a run to a level at once."""

    signals: list[_Code] = Field(
        [], max_length=_MOST, description="Codes van indicatoren waarvan er een open is"
    )
    statutory_within: _CalendarDays | None = Field(
        None, description="Een wettelijke datum is zo dichtbij"
    )
    start: _Name = Field(alias="from", description="Naar welke trede")
    reason: Words = Field(description="Waarom, in woorden die iedereen leest")


class HoursShape(Shape):
    """When it is working time, on working days."""

    begin: _Time = Field(description="Begin van de werkdag")
    end: _Time = Field(description="Einde van de werkdag")


class PolicyShape(Shape):
    """An escalation policy file."""

    model_config = ConfigDict(title="Opschalingsbeleid van impasse")

    format: Literal[1] = Field(description="Versie van deze bestandsvorm")
    name: _Name = Field(description="Naam van het beleid")
    version: Annotated[str, StringConstraints(pattern=_VERSION)] = Field(
        description="Versie van het beleid, tussen aanhalingstekens"
    )
    title: Words = Field(description="Hoe het beleid heet")
    starts_on: list[_Event] = Field(
        max_length=len(MESSAGES), description="Bij welke berichten een opschaling begint"
    )
    ends_when: _Ends = Field(EndsWhen.CASE_CLOSED, description="Wanneer zij vanzelf eindigt")
    fallback: _Name = Field(description="Het dienstrooster voor treden zonder iemand")
    hours: HoursShape | None = Field(None, description="De uren van een werkdag")
    acknowledge: AcknowledgeShape = Field(description="Grenzen aan oppakken")
    snooze: SnoozeShape = Field(description="Grenzen aan even wegleggen")
    levels: list[LevelShape] = Field(min_length=1, max_length=_MOST, description="De treden")
    repeat: RepeatShape | None = Field(None, description="Herhaling na de laatste trede")
    trip: list[TripShape] = Field([], max_length=_MOST, description="Wat een trede overslaat")


def shape_at(place: tuple[str | int, ...]) -> type[Shape]:
    """Return the shape of the mapping at *place*."""
    match place:
        case ():
            return PolicyShape
        case ("levels", _):
            return LevelShape
        case ("levels", _, "to", _):
            return TargetShape
        case ("trip", _):
            return TripShape
        case (("acknowledge" | "snooze" | "repeat" | "hours") as key,):
            return _PARTS[key]
        case _:
            return Words


_PARTS: dict[str, type[Shape]] = {
    "acknowledge": AcknowledgeShape,
    "snooze": SnoozeShape,
    "repeat": RepeatShape,
    "hours": HoursShape,
}
