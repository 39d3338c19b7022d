"""The register of organisations is read whole, or refused with every wrong row."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasse.adapters.files.organisations import HEADER, load_organisations
from impasse.domain.errors import Unreadable
from impasse.domain.people import Layer, Organisation

if TYPE_CHECKING:
    from impasse.domain.text import Text

SHIPPED = Path(__file__).parents[3] / "config" / "organisations.csv"
FIRST_LINE = ",".join(HEADER)
MERKELBURG = "x-merkelburg,gemeente Merkelburg,municipality,,Gelderland,00000099000000001000,,,"


def written(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "organisations.csv"
    path.write_text("\n".join([FIRST_LINE, *rows]) + "\n", encoding="utf-8")
    return path


def refusal(path: Path) -> Text:
    with pytest.raises(Unreadable) as caught:
        load_organisations(path)
    return caught.value.text


def test_the_shipped_register_holds_the_governments_of_the_netherlands() -> None:
    organisations = load_organisations(SHIPPED)
    by_id = {organisation.id: organisation for organisation in organisations}
    today = [o for o in organisations if o.valid_on(date(2026, 11, 1)) and o.tooi_uri]
    counts = Counter(o.layer for o in today)
    assert counts[Layer.MUNICIPALITY] == 342
    assert (counts[Layer.PROVINCE], counts[Layer.WATER_AUTHORITY]) == (12, 21)
    assert (counts[Layer.NATIONAL], counts[Layer.CARIBBEAN]) == (12, 3)
    assert by_id["gm0363"].name == "gemeente Amsterdam"
    assert by_id["mnre1034"].abbreviation == "BZK"
    assert {by_id[i].abbreviation for i in ("x-vng", "x-ipo", "x-uvw")} == {"VNG", "IPO", "UvW"}
    assert not by_id["mnre1171"].valid_on(date(2026, 11, 1))


def test_the_shipped_register_is_sorted_and_names_nobody_twice() -> None:
    ids = [line.split(",")[0] for line in SHIPPED.read_text(encoding="utf-8").splitlines()[1:]]
    assert ids == sorted(ids)
    names = Counter(o.name for o in load_organisations(SHIPPED))
    assert names.most_common(1)[0][1] == 1


def test_whoever_was_invented_can_be_told_by_the_number() -> None:
    invented = {o.id for o in load_organisations(SHIPPED) if o.oin.startswith("00000099")}
    assert {"x-merkelburg", "x-zandmeer", "x-koog-en-vaart"} <= invented
    assert all(i.startswith("x-") for i in invented)


def test_a_row_becomes_an_organisation(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        'x-b,"gemeente Berg, Dal en Zee",municipality,BDZ,Limburg,,,2001-01-01,2020-12-31',
        "",
        MERKELBURG,
    )
    assert load_organisations(path) == (
        Organisation(
            id="x-b",
            name="gemeente Berg, Dal en Zee",
            layer=Layer.MUNICIPALITY,
            abbreviation="BDZ",
            province="Limburg",
            valid_from=date(2001, 1, 1),
            valid_until=date(2020, 12, 31),
        ),
        Organisation(
            id="x-merkelburg",
            name="gemeente Merkelburg",
            layer=Layer.MUNICIPALITY,
            province="Gelderland",
            oin="00000099000000001000",
        ),
    )


def test_every_wrong_row_is_told_at_once(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        MERKELBURG,
        "gm363,gemeente Kort,municipality,,,,,,",
        "gm0001,gemeente Laag,village,,,,,,",
        "gm0002,gemeente Dag,municipality,,,,,1-1-2001,2001-02-30",
        "gm0003,gemeente Eerst,municipality,,,,,2002-01-01,2001-01-01",
        MERKELBURG,
        "gm0004,gemeente Smal,municipality",
        "gm0005,,municipality,,,,,,",
        "gm0006, gemeente Ruim,municipality,,,,,,",
        "gm0007,gemeente Adres,municipality,,,,https://example.org/gm0007,,",
    )
    said = refusal(path)
    lines = [int(n) for n in re.findall(r"organisations\.csv, regel (\d+)", said.nl)]
    assert lines == [3, 4, 5, 5, 6, 7, 8, 9, 10, 11]
    for words in (
        'id "gm363" is geen code',
        'laag "village" is onbekend; kies uit national',
        '"1-1-2001" is geen dag voor valid_from',
        '"2001-02-30" is geen dag voor valid_until',
        "ligt voor valid_from",
        '"x-merkelburg" staat er al op regel 2',
        "3 kolommen in plaats van 9",
        "de naam ontbreekt",
        "spaties",
        "TOOI-adres",
    ):
        assert words in said.nl
    assert said.en.count("line ") >= 10


@pytest.mark.parametrize(
    "code",
    ["gm0363", "pv27", "ws0155", "mnre1034", "so0001", "col01", "x-vng", "x-de-lange-dijk"],
)
def test_codes_of_every_kind_are_taken(tmp_path: Path, code: str) -> None:
    assert load_organisations(written(tmp_path, f"{code},Naam,other,,,,,,"))[0].id == code


@pytest.mark.parametrize(
    "code",
    ["", "GM0363", "gm036", "gm03633", "pv1", "x-", "x-Vng", "x--a", "x-a-", "gm٠٣٦٣", "vng"],
)
def test_a_code_that_is_misspelt_is_refused(tmp_path: Path, code: str) -> None:
    assert "is geen code" in refusal(written(tmp_path, f"{code},Naam,other,,,,,,")).nl


def test_the_codes_of_parties_that_somebody_named_are_kept_free(tmp_path: Path) -> None:
    said = refusal(written(tmp_path, "x-eigen-almere-0a1b2c3d,Naam,other,,,,,,"))

    assert "met x-eigen- beginnen organisaties die iemand in een dossier noemde" in said.nl


@pytest.mark.parametrize(
    "oin",
    [
        "0000000300123456700",  # 19 positions
        "000000030012345670000",  # 21
        "00000098001234567000",  # a prefix that nobody gave out
        "00000003001234567001",  # no zeros at its end
        "I0000003343669660000",
        "1,00321E+17",
        "3214345000",  # Excel ate the zeros
    ],
)
def test_a_malformed_number_is_refused_and_excel_is_named(tmp_path: Path, oin: str) -> None:
    said = refusal(written(tmp_path, f'x-a,Naam,other,,,"{oin}",,,'))
    assert "20 posities" in said.nl
    assert "Excel" in said.en


def test_a_number_with_letters_in_its_main_part_is_taken(tmp_path: Path) -> None:
    path = written(tmp_path, "x-a,Naam,other,,,00000004A1B2C3D4E000,,,")
    assert load_organisations(path)[0].oin == "00000004A1B2C3D4E000"


def test_a_file_that_excel_saved_with_a_mark_and_windows_lines_is_read(tmp_path: Path) -> None:
    path = tmp_path / "organisations.csv"
    path.write_bytes(b"\xef\xbb\xbf" + f"{FIRST_LINE}\r\n{MERKELBURG}\r\n".encode())
    assert [o.id for o in load_organisations(path)] == ["x-merkelburg"]


def test_semicolons_are_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "organisations.csv"
    path.write_text(FIRST_LINE.replace(",", ";") + "\n", encoding="utf-8")
    assert "puntkomma" in refusal(path).nl
    assert FIRST_LINE in refusal(path).en


@pytest.mark.parametrize("below", [(), ("",), ("", "")])
def test_a_register_of_nobody_is_refused(tmp_path: Path, below: tuple[str, ...]) -> None:
    text = refusal(written(tmp_path, *below))
    assert "regel 1: hieronder staat geen enkele organisatie" in text.nl
    assert "line 1: there is no organisation below this" in text.en


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "organisations.csv"
    path.write_bytes(b"")
    assert f"de eerste regel moet zijn: {FIRST_LINE}" in refusal(path).nl


@pytest.mark.parametrize("first", ["", "id,name", "name,id," + ",".join(HEADER[2:])])
def test_other_columns_are_refused(tmp_path: Path, first: str) -> None:
    path = tmp_path / "organisations.csv"
    path.write_text(first + "\n", encoding="utf-8")
    assert "regel 1: de kolommen kloppen niet" in refusal(path).nl


def test_what_cannot_be_read_at_all_is_refused(tmp_path: Path) -> None:
    assert "controleer de plaats" in refusal(tmp_path / "absent.csv").nl
    latin = tmp_path / "organisations.csv"
    latin.write_bytes(f"{FIRST_LINE}\npv21,provincie Fryslân,province,,,,,,\n".encode("latin-1"))
    assert "regel 2: de tekens zijn geen UTF-8" in refusal(latin).nl
    assert "aanhalingstekens" in refusal(written(tmp_path, 'x-a,"Naam,other,,,,,,')).nl


@given(st.text())
def test_any_text_at_all_is_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, row: str
) -> None:
    path = tmp_path_factory.mktemp("any") / "organisations.csv"
    path.write_bytes(f"{FIRST_LINE}\n{row}".encode("utf-8", "surrogatepass"))
    said = ""
    try:
        load_organisations(path)
    except Unreadable as error:
        said = error.text.nl
    assert said == "" or "organisations.csv" in said
