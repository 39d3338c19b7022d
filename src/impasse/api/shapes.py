"""The base of every shape on the wire, and the kinds of value that fields are made of."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetJsonSchemaHandler,
    PlainSerializer,
    StrictBool,
    StrictInt,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from impasse.domain.text import Text

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{2}:\d{2}(:\d{2})?")


class Shape(BaseModel):
    """Something on the wire: camelCase keys, none that we do not know."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True
    )


class Bilingual(Shape):
    """The same words in Dutch and English."""

    nl: str
    en: str


def bilingual(text: Text) -> Bilingual:
    """Return *text* as it goes over the wire."""
    return Bilingual(nl=text.nl, en=text.en)


def _storable(value: str) -> str:
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise PydanticCustomError("string_unicode", "Text cannot contain half a character")
    if "\x00" in value:
        raise PydanticCustomError("string_null", "Text cannot contain the character U+0000")
    return value


def _as_day(value: object) -> object:
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise PydanticCustomError("date_parsing", "A day is written as 2026-03-31")


def _as_time(value: object) -> object:
    if isinstance(value, time) or (isinstance(value, str) and _TIME.fullmatch(value)):
        return value
    raise PydanticCustomError("time_parsing", "A time is written as 14:30:00")


def _as_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


def _whole_seconds(value: time) -> str:
    return value.strftime("%H:%M:%S")


class _Storable:
    """Says in the schema what `_storable` refuses, beside the other limits of a field."""

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(core), "pattern": "^[^\\u0000]*$"}


Words = Annotated[str, AfterValidator(_storable), _Storable()]
"""Text that somebody wrote; both databases can keep it."""

Day = Annotated[date, BeforeValidator(_as_day)]
"""A day in the Netherlands; a number is not a day."""

Moment = Annotated[AwareDatetime, AfterValidator(_as_utc)]
"""An instant, in UTC with a Z."""

LocalTime = Annotated[
    time,
    BeforeValidator(_as_time),
    PlainSerializer(_whole_seconds, return_type=str),
    WithJsonSchema({"type": "string", "format": "time-local", "examples": ["14:30:00"]}),
]
"""A time of day in the Netherlands."""

Yes = StrictBool
"""True or false; no word or number stands for it."""

Count = StrictInt
"""A whole number; no text stands for it."""
