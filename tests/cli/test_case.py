"""From the command line the term of a case is suspended, extended and resumed, after a look."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from impasse import wiring
from impasse.adapters.sql.people import add_person, disable_person
from impasse.domain.case import Party
from impasse.domain.commands import MakeMove, OpenCase, SignalReport
from impasse.domain.people import Actor, Layer, Person, Role
from impasse.domain.signals import Reliability
from impasse.domain.text import same
from impasse.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    Impasse = Callable[..., tuple[int, str, str]]

NOW = datetime(2026, 12, 7, 9, 0, tzinfo=UTC)
NORA = Person("nora", "Nora", same("Secretaris"), "mnre1034", frozenset({Role.SECRETARIAT}))
RUBEN = Person("ruben", "Ruben", same("Liaison"), "pv27", frozenset({Role.LIAISON_OFFICER}))
OTHER = Person("otto", "Otto", same("Liaison"), "gm0599", frozenset({Role.LIAISON_OFFICER}))
SECRETARY = Actor("nora", "mnre1034", frozenset({Role.SECRETARIAT}), "cli")

SUSPENSION = (
    *("--reason", "awaiting_party", "--waits-for", "pv27", "--until", "2027-01-08"),
    *("--note", "Metingen", "--by", "nora"),
)


@pytest.fixture
def case(impasse: Impasse, monkeypatch: pytest.MonkeyPatch) -> str:
    """A case in fact-finding on the seventh of December; its term ends on the first of February."""
    monkeypatch.setattr(wiring.build, "__kwdefaults__", {"clock": lambda: NOW})
    monkeypatch.setattr(wiring.prepare, "__kwdefaults__", {"clock": lambda: NOW})
    assert impasse("db", "upgrade")[0] == 0
    house = wiring.build(Settings())
    try:
        for person in (NORA, RUBEN, OTHER):
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
        house.engine.handle(MakeMove(number, "start_fact_finding", note="Spoed."), SECRETARY)
        return number
    finally:
        house.close()


def test_show_tells_stage_term_with_why_work_waiting_and_clocks(
    impasse: Impasse, case: str
) -> None:
    status, told, _ = impasse("case", "show", case)

    assert status == 0
    assert "2. Feiten vaststellen, sinds maandag 7 december 2026" in told
    assert "De termijn loopt en eindigt op maandag 1 februari 2027, want:" in told
    assert "2-statement-2: Lever uw feiten en bronnen aan, met uw voorbehouden (Noord-Holland)" in (
        told
    )
    assert "Er is nog geen dag voorbij." in told
    assert told.count("\n  - ") >= 4 + 2

    read = json.loads(impasse("case", "show", case, "--format", "json")[1])
    assert (read["stage"], read["term"]["end"]) == ("joint_fact_finding", "2027-02-01")
    assert [one["state"] for one in read["tasks"]] == ["open", "open", "waiting"]
    assert len(read["clocks"]) == 4


def test_a_look_beforehand_changes_nothing_and_the_act_shows_the_same(
    impasse: Impasse, case: str
) -> None:
    before = impasse("case", "show", case)
    status, looked, _ = impasse("case", "suspend", case, *SUSPENSION, "--dry-run")

    assert status == 0
    assert "De nieuwe einddatum wordt woensdag 3 maart 2027 (nu maandag 1 februari 2027)" in looked
    assert looked.endswith("Er is niets veranderd.\n")
    assert impasse("case", "show", case) == before

    status, done, _ = impasse("case", "suspend", case, *SUSPENSION)
    assert status == 0
    assert done.splitlines()[:-1] == looked.splitlines()[:-1]
    assert done.splitlines()[-1].startswith("Gedaan. De termijn is opgeschort tot en met vrijdag 8")
    shown = impasse("case", "show", case)[1]
    assert "De termijn is opgeschort en eindigt op woensdag 3 maart 2027" in shown
    assert "O1 (loopt): wachten op gegevens van een partij" in shown


def test_who_is_waited_for_resumes_and_all_who_agree_extend(impasse: Impasse, case: str) -> None:
    impasse("case", "suspend", case, *SUSPENSION)
    status, told, _ = impasse("case", "resume", case, "o1", "--by", "ruben", "--format", "json")
    read = json.loads(told)
    assert (status, read["done"], read["end"]) == (0, True, "2027-02-01")

    asked = ("case", "extend", case, "2 weken", "--reason", "Zie brief 12", "--by", "nora")
    status, told, complaint = impasse(*asked, "--consent", "gm0363")
    assert (status, told) == (1, "")
    assert "Nog niet ingestemd met de verlenging: Noord-Holland." in complaint
    status, told, _ = impasse(*asked, "--consent", "gm0363", "--consent", "pv27")
    assert status == 0
    assert "De nieuwe einddatum wordt maandag 15 februari 2027" in told


def test_a_task_is_done_by_its_party_or_on_behalf_with_a_source(
    impasse: Impasse, case: str
) -> None:
    done = ("case", "task", "done", case, "2-statement-2")
    status, told, _ = impasse(*done, "--by", "ruben", "--dry-run", "--format", "json")
    assert (status, json.loads(told)["done"]) == (0, False)
    status, _, complaint = impasse(*done, "--by", "nora")
    assert status == 2
    assert "--note: U doet dit namens Noord-Holland." in complaint
    status, told, _ = impasse(*done, "--by", "nora", "--note", "Brief 14")
    assert status == 0
    assert "Gedaan." in told
    status, _, complaint = impasse(*done, "--by", "ruben")
    assert (status, "al klaar" in complaint) == (1, True)
    assert impasse("case", "task", "done", case, "9-x-1", "--by", "nora")[0] == 1


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (("--until", "2026-12-07"), 2, "--until: Een opschorting eindigt na de dag"),
        (("--until", "2028-01-01"), 2, "--until: Een opschorting duurt hier ten hoogste 8 weken"),
        (("--until", "morgen"), 2, "De waarde voor '--until' kan zo niet: \"morgen\" is geen dag."),
        (("--begins-on", "20261207"), 2, "'--begins-on'"),
        (("--waits-for", "gm0599"), 2, "--waits-for: Bij deze reden wordt op een partij gewacht"),
        (("--reason", "zomaar"), 2, "'--reason'"),
        (("--note", " "), 2, "--note: Schrijf waarop wordt gewacht"),
        (("--consent", "pv20"), 2, "--consent: Deze organisatie is geen partij"),
        (("--by", "niemand"), 1, "Gebruiker niemand bestaat niet."),
        (("--by", "otto"), 1, "bestaat niet, of u bent er geen deelnemer van."),
        (("--by", "ruben"), 1, "Dit is aan: "),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence_that_names_the_option(
    impasse: Impasse, case: str, words: tuple[str, str], status: int, sentence: str
) -> None:
    before = impasse("case", "show", case)
    ended, told, complaint = impasse("case", "suspend", case, *SUSPENSION, *words)

    assert (ended, told) == (status, "")
    assert sentence in complaint
    assert "Traceback" not in complaint
    assert impasse("case", "show", case) == before


def test_other_refusals_are_sentences_too(impasse: Impasse, case: str) -> None:
    status, _, complaint = impasse("case", "show", "IMP-2026-9999")
    assert (status, "bestaat niet" in complaint) == (1, True)
    status, _, complaint = impasse("case", "resume", case, "O7", "--by", "nora")
    assert (status, "Opschorting O7 loopt niet" in complaint) == (1, True)
    status, _, complaint = impasse(
        "case", "extend", case, "een tijdje", "--reason", "x", "--by", "nora"
    )
    assert (status, "LENGTH: " in complaint) == (2, True)
    house = wiring.build(Settings())
    disable_person(house.database, "ruben", at=house.clock())
    house.close()
    status, _, complaint = impasse("case", "resume", case, "O1", "--by", "ruben")
    assert (status, "is uitgezet" in complaint) == (1, True)
