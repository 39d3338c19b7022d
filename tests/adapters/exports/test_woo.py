"""What a government hands over: what it decided to disclose, and of the rest not a word."""

from __future__ import annotations

import csv
import re
from io import BytesIO, StringIO
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import SECRETARY
from impasse.adapters.exports.spreadsheet import harmless
from impasse.adapters.exports.woo import safe_member, woo_export
from impasse.domain.commands import AssessDisclosure, Contribute
from impasse.domain.disclosure import Disclosure
from impasse.domain.errors import Invalid, NotAllowed, NotFound
from impasse.domain.rooms import SHARED, ContributionKind, DocumentFile, Part
from rooms_of_a_case import CITY, CITY_CAUCUS, CITY_ROOM, MEDIATOR, PROVINCE, a_dispute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from impasse.domain.people import Actor
    from rooms_of_a_case import Dispute


@pytest.fixture
def dispute(database_url: str) -> Iterator[Dispute]:
    with a_dispute(database_url) as dispute:
        yield dispute


def _assess(
    dispute: Dispute,
    item: str,
    disclosure: Disclosure,
    *grounds: str,
    note: str = "",
    who: Actor = CITY,
) -> None:
    command = AssessDisclosure(dispute.case_id, item, who.organisation, disclosure, grounds, note)
    dispute.house.engine.handle(command, who)


def _export(dispute: Dispute, who: Actor = CITY) -> dict[str, str]:
    packed = woo_export(dispute.house.law, who, dispute.case, who.organisation, "nl")
    with ZipFile(BytesIO(packed)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def _pointers(refused: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [fault.pointer for fault in refused.value.faults]


def test_public_comes_along_and_the_rest_is_a_line(dispute: Dispute) -> None:
    for words in ("geheel-open", "deels-open", "dicht", "onbeoordeeld"):
        dispute.write(PROVINCE, SHARED, words, title=f"titel-{words}")
    dispute.write(CITY, CITY_ROOM, "kamergeheim")
    dispute.write(CITY, CITY_CAUCUS, "kamergeheim")
    _assess(dispute, "N1", Disclosure.FULL)
    _assess(dispute, "N2", Disclosure.PARTIAL, "5.1.2.e", note="namen gelakt")
    _assess(dispute, "N3", Disclosure.REFUSED, "5.1.2.i", "5.2.1", note="dicht: wat erin staat")
    members = _export(dispute)
    assert members["notities/N1.txt"] == "titel-geheel-open\n\ngeheel-open\n"
    everything = "\n".join(members.values())
    for hidden in ("deels-open", "titel-dicht", "onbeoordeeld\n", "wat erin staat", "kamergeheim"):
        assert hidden not in everything
    rows = list(csv.reader(StringIO(members["inventaris.csv"])))
    by_number = {row[0]: row for row in rows}
    assert by_number["N2"][4:8] == [
        "deels openbaar",
        "5.1.2.e",
        "artikel 5.1, tweede lid, onderdeel e: de persoonlijke levenssfeer",
        "namen gelakt",
    ]
    assert by_number["N3"][4:6] == ["niet openbaar", "5.1.2.i, 5.2.1"]
    assert by_number["N4"][4] == by_number["S1"][4] == "nog niet beoordeeld"
    assert "zet de Wet open overheid niet opzij" in members["leesmij.txt"]


def test_each_government_decides_and_reads_for_itself(dispute: Dispute) -> None:
    dispute.write(PROVINCE, SHARED, "gedeeld")
    _assess(dispute, "N1", Disclosure.REFUSED, "5.1.2.b", note="aanbesteding loopt")
    _assess(dispute, "N1", Disclosure.FULL, who=PROVINCE)
    assert "notities/N1.txt" in _export(dispute, PROVINCE)
    assert "notities/N1.txt" not in _export(dispute)
    law = dispute.house.law
    for who in (PROVINCE, MEDIATOR, SECRETARY):
        with pytest.raises(NotFound):
            law.assessments(who, dispute.case, "gm0363")
        with pytest.raises(NotFound):
            woo_export(law, who, dispute.case, "gm0363", "nl")
    with pytest.raises(Invalid):
        dispute.house.engine.handle(
            AssessDisclosure(dispute.case_id, "N1", "gm0363", Disclosure.FULL), PROVINCE
        )
    with pytest.raises(NotAllowed):
        dispute.house.engine.handle(
            AssessDisclosure(dispute.case_id, "N1", "gm0363", Disclosure.FULL), SECRETARY
        )
    assert [one.action for one in dispute.house.views.history(dispute.case_id)].count(
        "disclosure_assessed"
    ) == 0
    reads = dispute.house.rooms.reads(CITY, dispute.case, CITY_ROOM)
    assert "woo export" in {one.what for one in reads}


def test_the_law_says_which_ground_can_carry_what(dispute: Dispute) -> None:
    note = "omdat het zo is"
    dispute.write(PROVINCE, SHARED, "feiten", part=Part.OBJECTIVE)
    dispute.write(PROVINCE, SHARED, "stikstof", environmental=True)
    with pytest.raises(Invalid) as refused:
        _assess(dispute, "N1", Disclosure.REFUSED, "5.2.1", note=note)
    assert "Artikel 5.2, eerste lid" in refused.value.faults[0].text.nl
    for item, disclosure, grounds, said, wanted in (
        ("N1", Disclosure.FULL, ("5.1.2.e",), note, ["/grounds"]),
        ("N1", Disclosure.REFUSED, (), note, ["/grounds"]),
        ("N1", Disclosure.REFUSED, ("5.1.2.z", "x"), note, ["/grounds/0", "/grounds/1"]),
        ("N1", Disclosure.REFUSED, ("5.1.5", "5.1.2.i"), note, ["/grounds"]),
        ("N1", Disclosure.PARTIAL, ("5.1.2.i",), " ", ["/note"]),
        ("N2", Disclosure.REFUSED, ("5.1.5",), note, ["/grounds/0"]),
    ):
        with pytest.raises(Invalid) as refused:
            _assess(dispute, item, disclosure, *grounds, note=said)
        assert _pointers(refused) == wanted
    with pytest.raises(NotFound):
        _assess(dispute, "N9", Disclosure.FULL)
    with pytest.raises(NotFound):
        _assess(dispute, "B1", Disclosure.FULL)
    _assess(dispute, "N2", Disclosure.REFUSED, "5.1.1.e")
    _assess(dispute, "N2", Disclosure.REFUSED, "5.2.1", "5.1.2.b", "5.2.1", note=note)
    found = dispute.house.law.assessments(CITY, dispute.case, "gm0363")
    assert found["N2"].grounds == ("5.1.2.b", "5.2.1")
    told = _export(dispute)["leesmij.txt"]
    for article in ("zevende lid", "5.2.1 is hier zwakker", "artikel 5.2, derde lid", "4.4"):
        assert article in told
    assert "weeg" not in _export(dispute)["inventaris.html"].lower()


def test_after_five_years_a_refusal_needs_more(dispute: Dispute) -> None:
    dispute.write(CITY, SHARED, "oud")
    dispute.clock.goes_on(days=5 * 366)
    with pytest.raises(Invalid) as refused:
        _assess(dispute, "N1", Disclosure.REFUSED, "5.1.2.i")
    assert "5.3" in refused.value.faults[0].text.nl
    _assess(dispute, "N1", Disclosure.REFUSED, "5.1.2.i", note="nog steeds")
    assert "artikel 5.3" in _export(dispute)["leesmij.txt"]


def test_the_archive_is_safe_to_open_and_the_same_every_time(dispute: Dispute) -> None:
    formula = '=cmd|"/C calc"!A0'
    dispute.write(PROVINCE, SHARED, formula, title=formula)
    for name in ("../../etc/passwd", "..\\..\\boot.ini", "a\u202efdp.exe", "=1+1.csv"):
        dispute.house.engine.handle(
            Contribute(
                dispute.case_id,
                SHARED,
                ContributionKind.DOCUMENT,
                Part.OBJECTIVE,
                "<script>alert(1)</script>",
                file=DocumentFile(name.replace("\u202e", "-"), "text/plain", b"inhoud"),
            ),
            PROVINCE,
        )
    for item in ("N1", "D2", "D3", "D4", "D5"):
        _assess(dispute, item, Disclosure.FULL)
    members = _export(dispute)
    assert sorted(members) == sorted(set(members))
    for name in members:
        assert re.fullmatch(r"([a-z]+/)?[A-Za-z0-9][A-Za-z0-9._-]*", name)
        assert ".." not in name
    for row in csv.reader(StringIO(members["inventaris.csv"])):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
    assert "<script>" not in members["inventaris.html"]
    law, case = dispute.house.law, dispute.case
    once = woo_export(law, CITY, case, "gm0363", "nl")
    dispute.clock.goes_on(days=40)
    assert woo_export(law, CITY, case, "gm0363", "nl") == once


def test_the_objective_part_holds_no_view(dispute: Dispute) -> None:
    dispute.write(PROVINCE, SHARED, "een feit", part=Part.OBJECTIVE)
    dispute.write(PROVINCE, SHARED, "een mening")
    dispute.write(CITY, CITY_ROOM, "een eigen feit", part=Part.OBJECTIVE)
    found = dispute.house.law.objective_part(CITY, dispute.case)
    assert [one.text for one in found] == ["een feit"]


@given(st.text(max_size=300))
def test_no_name_of_a_file_climbs_out_of_the_archive(name: str) -> None:
    safe = safe_member(name)
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,79}", safe)
    assert ".." not in safe


@given(st.text(max_size=20))
def test_no_cell_is_a_formula(words: str) -> None:
    cell = harmless(words)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert cell.replace("'", "") == words.replace("'", "")


@pytest.mark.parametrize("mark", [";", "|", "\t", "\n", '; "', ";'"])
def test_no_cell_is_a_formula_where_a_semicolon_ends_a_cell_either(mark: str) -> None:
    cell = harmless(f"kosten{mark}=HYPERLINK(1)")
    assert cell.partition(mark[0])[2].startswith("'")
    assert harmless("a; b = c") == "a; b = c"
