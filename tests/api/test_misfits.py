"""What does not fit is told wholly in the language of the reader, whatever the library says."""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal, get_args

import pytest
from pydantic import AwareDatetime, ConfigDict, Field, ValidationError, create_model
from pydantic_core import core_schema

from impasse.api.misfits import worded
from impasse.api.shapes import Count, Day, LocalTime, Words, Yes

ENGLISH = re.compile(
    r"\b(should|input|or|the|valid|must|be|is not|expected|unable|have|at least)\b"
)
DUTCH = re.compile(r"\b(geef|kies|dit|een|niet|deze|schrijf|hier|het)\b")


CLOSED = ConfigDict(extra="forbid")
INNER = create_model("INNER", __config__=CLOSED, n=(int, ...))
FIELDS = {
    "colour": StrEnum("Colour", {"RED": "red", "GREEN": "green", "DARK_BLUE": "dark_blue"}),
    "office": Literal["handler", "mediator"],
    "only": Literal["one"],
    "words": Annotated[Words, Field(max_length=3)],
    "filled": Annotated[str, Field(min_length=1, pattern="^x*$")],
    "day": Day,
    "bare": date,
    "at": datetime,
    "moment": AwareDatetime,
    "local": LocalTime,
    "yes": Yes,
    "lax": bool,
    "count": Count,
    "page": Annotated[int, Field(ge=1, le=9)],
    "above": Annotated[int, Field(gt=0, lt=9)],
    "number": float,
    "many": Annotated[list[str], Field(min_length=1, max_length=2)],
    "inner": INNER,
    "mapping": dict[str, int],
}
ALL = create_model(
    "ALL", __config__=CLOSED, **{name: (kind, None) for name, kind in FIELDS.items()}
)

BAD = [
    {"colour": "pink"},
    {"colour": 3},
    {"office": "cook"},
    {"only": "two"},
    {"words": "long"},
    {"words": 1},
    {"words": "\x00"},
    {"filled": ""},
    {"filled": "y"},
    {"day": "31-3-2026"},
    {"day": "2026-02-30"},
    {"bare": "2026-02-30"},
    {"bare": "2026-01-01T10:00:00"},
    {"bare": []},
    {"at": "yesterday"},
    {"at": []},
    {"moment": "2026-01-01T10:00:00"},
    {"local": "25:00:00"},
    {"local": "noon"},
    {"yes": "true"},
    {"lax": "perhaps"},
    {"lax": []},
    {"count": "1"},
    {"count": 1.5},
    {"page": "x"},
    {"page": 1.5},
    {"page": "9" * 5_000},
    {"page": 0},
    {"page": 10},
    {"above": 0},
    {"above": 9},
    {"number": "x"},
    {"number": []},
    {"many": "x"},
    {"many": []},
    {"many": ["a", "b", "c"]},
    {"inner": 3},
    {"inner": {}},
    {"inner": {"n": None}},
    {"inner": {"n": 1, "m": 1}},
    {"mapping": 3},
    {"unknown": 1},
]


@pytest.mark.parametrize("sent", BAD, ids=str)
def test_every_finding_has_a_sentence_of_ours_in_either_language(sent):
    with pytest.raises(ValidationError) as refusal:
        ALL.model_validate(sent)
    for error in refusal.value.errors():
        text = worded(error["type"], error.get("ctx", {}))
        assert not ENGLISH.search(text.nl.lower()), text.nl
        assert not DUTCH.search(text.en.lower()), text.en
        assert text.nl != "Deze waarde kan niet.", error["type"]
        assert "{" not in text.nl + text.en


def test_choices_are_joined_in_the_language_of_the_reader():
    expected = {"expected": "'document', 'first_hand' or 'second_hand'"}
    text = worded("enum", expected)
    assert text.nl == "Kies een van: document, first_hand of second_hand."
    assert text.en == "Choose one of: document, first_hand or second_hand."


def test_what_the_library_may_find_some_day_is_told_too():
    known = get_args(core_schema.ErrorType)
    assert len(known) > 80
    context = dict.fromkeys(("ge", "gt", "le", "lt", "max_length", "min_length", "position"), 1)
    for kind in (*known, "of_a_later_version"):
        text = worded(kind, context)
        assert not ENGLISH.search(text.nl.lower()), text.nl


@pytest.mark.parametrize(
    ("body", "pointer", "nearest"),
    [
        ({"titel": "x"}, "/titel", "title"),
        ({"partys": []}, "/partys", "parties"),
        ({"policyarea": ""}, "/policyarea", "policyArea"),
        ({"signals": [{"indicater": "A1"}]}, "/signals/0/indicater", "indicator"),
        ({"parties": [{"x": 1}], "zzz": 1}, "/zzz", None),
    ],
)
def test_a_name_that_is_unknown_comes_with_the_nearest_that_is(
    door_for_reading, body, pointer, nearest
):
    errors = door_for_reading.post("/cases", body).json()["errors"]
    [told] = [error["detail"] for error in errors if error["pointer"] == pointer]
    english = door_for_reading.post("/cases", body, Accept_Language="en").json()["errors"]
    assert pointer in {error["pointer"] for error in english}
    if nearest is None:
        assert told == "Dit kennen wij niet. Controleer de spelling of laat het weg."
    else:
        assert told == f"Dit kennen wij niet. Bedoelde u {nearest}?"


def test_a_query_key_that_is_unknown_comes_with_the_nearest_that_is(door_for_reading):
    [error] = door_for_reading.get("/cases?pagesize=3").json()["errors"]
    assert error == {
        "in": "query",
        "pointer": "/pagesize",
        "detail": "Dit kennen wij niet. Bedoelde u pageSize?",
    }
    [english] = door_for_reading.get("/cases?zzz=3", headers={"Accept-Language": "en"}).json()[
        "errors"
    ]
    assert english["detail"] == "We do not know this. Check the spelling or leave it out."
