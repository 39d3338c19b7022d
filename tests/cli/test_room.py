"""From the command line people read, write and share in their rooms, and in nobody else's."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from impasse import wiring
from impasse.adapters.sql.people import add_person
from impasse.domain.case import Party
from impasse.domain.commands import Appoint, OpenCase, SignalReport
from impasse.domain.people import Actor, Layer, Person, Role
from impasse.domain.signals import Reliability
from impasse.domain.text import same
from impasse.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Impasse = Callable[..., tuple[int, str, str]]

NOW = datetime(2026, 12, 7, 9, 0, tzinfo=UTC)
PERSONS = (
    Person("nora", "Nora", same("Secretaris"), "mnre1034", frozenset({Role.SECRETARIAT})),
    Person("anna", "Anna", same("Jurist"), "gm0363", frozenset({Role.LIAISON_OFFICER})),
    Person("ruben", "Ruben", same("Liaison"), "pv27", frozenset({Role.LIAISON_OFFICER})),
    Person("mila", "Mila", same("Bemiddelaar"), "gm0599", frozenset({Role.MEDIATOR})),
)
SECRETARY = Actor("nora", "mnre1034", frozenset({Role.SECRETARIAT}), "cli")
SIDE = "side-gm0363"


@pytest.fixture
def case(impasse: Impasse, monkeypatch: pytest.MonkeyPatch) -> str:
    """A case of Amsterdam and Noord-Holland, mediated by Mila."""
    monkeypatch.setattr(wiring.build, "__kwdefaults__", {"clock": lambda: NOW})
    monkeypatch.setattr(wiring.prepare, "__kwdefaults__", {"clock": lambda: NOW})
    assert impasse("db", "upgrade")[0] == 0
    house = wiring.build(Settings())
    try:
        for person in PERSONS:
            add_person(house.database, person)
        opening = OpenCase(
            "Wie betaalt de rondweg",
            (
                Party("gm0363", "Amsterdam", Layer.MUNICIPALITY),
                Party("pv27", "Noord-Holland", Layer.PROVINCE),
            ),
            (SignalReport("G1", Reliability.DOCUMENT, "gm0363", NOW.date()),),
            "interbestuurlijke-impasse",
            "2",
        )
        number = house.engine.handle(opening, SECRETARY).subject
        house.engine.handle(Appoint(number, "mediator", "mila"), SECRETARY)
        return number
    finally:
        house.close()


@pytest.fixture
def room(impasse: Impasse, case: str) -> Callable[..., tuple[int, str, str]]:
    """Run `impasse room` for this case, by Anna unless another is named."""

    def run(command: str, *rest: str, by: str = "anna") -> tuple[int, str, str]:
        return impasse("room", command, case, *rest, "--by", by)

    return run


def told(answer: tuple[int, str, str]) -> dict:
    assert answer[0] == 0, answer
    return json.loads(answer[1])


NOTE = ("--title", "Ondergrens", "--text", "Een derde\ndeel", "--part", "view")


def test_rooms_are_listed_for_who_is_in_them(room, case):
    assert [one["id"].split("-")[0] for one in told(room("list", "--format", "json"))["rooms"]] == [
        "shared",
        "side",
        "caucus",
    ]
    assert len(told(room("list", "--format", "json", by="nora"))["rooms"]) == 1
    status, out, _ = room("list")
    assert status == 0
    assert "apart gesprek van Amsterdam met de bemiddelaar" in out
    assert "caucus of Amsterdam with the mediator" in room("list", "--language", "en")[1]


def test_a_note_is_written_proposed_approved_and_then_read_by_the_other(room, case):
    assert room("write", SIDE, *NOTE)[:2] == (0, "Bewaard als N1.\n")
    shown = room("show", SIDE)[1]
    assert "N1  notitie · beleidsopvatting  Jurist (gm0363)" in shown
    assert "    | Een derde\n    | deel\n" in shown
    proposed = told(room("release", SIDE, "n1", "--text", "Een derde.", "--format", "json"))
    assert proposed["id"] == "V1"
    assert f"--wording {proposed['wording']}" in room("show", SIDE)[1]
    wrong = room("decide", SIDE, "V1", "--approve", "--wording", "0" * 32)
    assert (wrong[0], wrong[1]) == (1, "")
    assert "niet de tekst die nu voorligt" in wrong[2]
    done = room("decide", SIDE, "V1", "--approve", "--wording", proposed["wording"])
    assert done[:2] == (0, "Gedeeld als N1.\n")
    [shared] = told(room("show", "shared", "--format", "json", by="ruben"))["contributions"]
    assert (shared["title"], shared["text"]) == ("Ondergrens", "Een derde.")
    history = [one["action"] for one in told(room("history", SIDE, "--format", "json"))["history"]]
    assert history == ["contributed", "release_proposed", "release_decided"]
    assert "Voorstel V1 is goedgekeurd en gedeeld als N1." in room("history", SIDE)[1]


def test_proposals_are_declined_and_withdrawn_and_content_is_destroyed(room, case):
    room("write", SIDE, *NOTE)
    for _ in range(2):
        assert room("release", SIDE, "N1")[0] == 0
    assert room("decide", SIDE, "V1", "--decline", "--note", "Nee")[1].startswith("Afgewezen")
    assert room("withdraw", SIDE, "V2")[1].startswith("Ingetrokken")
    assert room("destroy", SIDE, "N1", "--reason", "Te veel")[1].startswith("De inhoud van N1")
    shown = room("show", SIDE)[1]
    assert "De inhoud is vernietigd op" in shown
    assert "Een derde" not in shown.split("Voorstel")[0]


def test_a_document_goes_in_and_comes_out_as_it_was(room, case, tmp_path: Path):
    (tmp_path / "metingen.pdf").write_bytes(b"%PDF")
    body = ("--title", "Metingen", "--part", "objective", "--file", "metingen.pdf")
    assert told(room("write", SIDE, *body, "--format", "json"))["id"] == "D1"
    assert "[metingen.pdf, 4 bytes]" in room("show", SIDE)[1]
    taken = room("save", SIDE, "D1")
    assert taken[0] == 2
    assert "bestaat al" in taken[2]
    assert told(room("save", SIDE, "D1", "--out", "kopie.pdf", "--format", "json"))["size"] == 4
    assert (tmp_path / "kopie.pdf").read_bytes() == b"%PDF"
    assert room("save", SIDE, "D1", "--out", "nergens/x.pdf")[0] == 2


def test_what_is_not_yours_is_not_there_and_who_reads_leaves_a_name(room, case):
    room("write", SIDE, *NOTE)
    for command, *rest in (
        ("show", SIDE),
        ("write", SIDE, *NOTE),
        ("save", SIDE, "D1"),
        ("release", SIDE, "N1"),
        ("decide", SIDE, "V1", "--decline"),
        ("withdraw", SIDE, "V1"),
        ("destroy", SIDE, "N1", "--reason", "x"),
        ("history", SIDE),
        ("reads", SIDE),
    ):
        for by in ("ruben", "mila", "nora"):
            hidden = room(command, *rest, by=by)
            missing = room(command, "side-gm9999", *rest[1:], by=by)
            assert hidden == missing
            assert hidden[:2] == (1, "")
    room("show", SIDE)
    reads = told(room("reads", SIDE, "--format", "json"))["reads"]
    assert {(one["what"], one["origin"]) for one in reads} == {
        ("contributions", "cli"),
        ("releases", "cli"),
    }
    assert "Jurist (gm0363)  contributions  (cli)" in room("reads", SIDE)[1]


def test_searching_finds_what_is_yours(room, case, impasse):
    room("write", SIDE, *NOTE)
    assert f"{case} {SIDE} N1  notitie: Ondergrens" in impasse("search", "derde", "--by", "anna")[1]
    assert impasse("search", "derde", "--by", "ruben")[:2] == (0, "Niets gevonden.\n")
    found = told(impasse("search", "RONDWEG", "--by", "ruben", "--format", "json"))["results"]
    assert [(one["kind"], one["id"]) for one in found] == [("case", case)]
    assert impasse("search", " ", "--by", "anna")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("write", SIDE, "--title", "a\nb", "--text", "x", "--part", "view"), "--title: "),
        (("write", SIDE, "--title", "a", "--part", "view"), "--text: "),
        (("write", SIDE, *NOTE, "--file", "weg.pdf"), "weg.pdf kan niet worden gelezen"),
        (("write", SIDE, *NOTE, "--file", "."), "kan niet worden gelezen"),
        (("write", SIDE, *NOTE[:-1], "poem"), "--part"),
        (("write", SIDE, "--title", "a", "--text", "x"), "--part"),
        (("destroy", SIDE, "N1", "--reason", " "), "--reason: "),
        (("release", SIDE, "N1", "--with-document"), "--with-document: "),
        (("decide", SIDE, "V1"), "--approve"),
    ],
)
def test_wrong_usage_is_one_sentence_that_names_the_place(room, case, arguments, complaint):
    assert room("write", SIDE, *NOTE)[0] == 0
    status, out, complained = room(*arguments)
    assert (status, out) == (2, "")
    assert complaint in complained
    assert "Traceback" not in complained


def test_what_others_wrote_steers_no_terminal(room, case):
    room("write", SIDE, "--title", "t", "--text", "\x1b[2J\u202eweg", "--part", "view")
    shown = room("show", SIDE)[1]
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "weg" in shown


def test_names_that_can_be_nothing_are_not_there(room, case, impasse):
    for wrong in (("show", "\x07"), ("save", SIDE, "\udcff"), ("decide", SIDE, "", "--decline")):
        assert room(*wrong)[0] == 1
    assert impasse("room", "list", "\udcff", "--by", "anna")[0] == 1
    assert impasse("room", "list", case, "--by", "nobody")[0] == 1
