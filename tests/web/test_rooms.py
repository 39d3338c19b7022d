"""Rooms as people meet them: who finds what, writing, sharing an exact wording, destroying."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest

from impasse.domain.access import rooms_of
from impasse.domain.commands import (
    Appoint,
    Contribute,
    DecideRelease,
    DestroyContribution,
    ProposeRelease,
)
from impasse.domain.machine import compile_workflow
from impasse.domain.people import Actor, Role
from impasse.domain.rooms import SHARED, ContributionKind, DocumentFile, Part, Room, RoomKind
from impasse.domain.workflow import RoomPolicy
from impasse.web import rooms_page

CANARY = "kanariepiet-1974"
AMSTERDAM, WATER = "gm0363", "ws0155"


def actor(person: str) -> Actor:
    organisation, role = {
        "sam": ("mnre1034", Role.SECRETARIAT),
        "lotte": (AMSTERDAM, Role.LIAISON_OFFICER),
        "wanda": (WATER, Role.LIAISON_OFFICER),
        "ben": ("", Role.MEDIATOR),
    }[person]
    return Actor(person, organisation, frozenset({role}), "test")


def words(page: str) -> str:
    """Return what a reader reads."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


SIDE = Room(RoomKind.SIDE, AMSTERDAM)
CAUCUS = Room(RoomKind.CAUCUS, AMSTERDAM, "ben")


class Desk:
    """One person in the rooms of one case."""

    def __init__(self, browser, case: str) -> None:
        self.browser, self.case = browser, case

    def at(self, room: Room | str = "", rest: str = "") -> str:
        name = room.id if isinstance(room, Room) else room
        return f"/impasses/{self.case}/kamers" + (f"/{name}" if name else "") + rest

    def see(self, room: Room | str = "", rest: str = ""):
        return self.browser.get(self.at(room, rest))

    def read(self, room: Room | str = "", rest: str = "") -> str:
        answer = self.see(room, rest)
        assert answer.status_code == 200, answer.text
        return words(answer.text)

    def send(self, room: Room, act: str, rest: str = "", files=None, **fields: str):
        data = {"daad": act, "sleutel": f"k{id(fields)}"} | fields
        return self.browser.post(self.at(room, rest), data, files=files)

    def note(self, room: Room, text: str = CANARY, **more: str):
        return self.send(
            room, "notitie", **{"titel": "Titel", "tekst": text, "deel": "view"} | more
        )


@pytest.fixture
def case(house, open_case) -> str:
    number = open_case(parties=(AMSTERDAM, WATER))
    house.engine.handle(Appoint(number, "mediator", "ben"), actor("sam"))
    return number


@pytest.fixture
def desk(as_, case):
    return lambda person: Desk(as_(person), case)


@pytest.fixture
def write(house, case):
    """Write as somebody, past the pages."""

    def write_(person: str, room: Room, text: str = CANARY, **more: object) -> str:
        command = Contribute(
            case, room, more.pop("kind", ContributionKind.NOTE), Part.VIEW, f"Over {text}", text,
            **more,
        )  # fmt: skip
        return house.engine.handle(command, actor(person)).created

    return write_


def test_everybody_finds_the_rooms_that_are_there_for_him(desk):
    assert "Eigen kamer van gemeente Amsterdam" in desk("lotte").read()
    assert "Apart gesprek van gemeente Amsterdam" in desk("lotte").read()
    assert "Amsterdam met de bemiddelaar" in desk("ben").read()
    assert "Eigen kamer" not in desk("ben").read()
    for stranger in ("sam", "wanda"):
        page = desk(stranger).read()
        assert "kamer van gemeente Amsterdam" not in page
        assert "gesprek van gemeente Amsterdam" not in page


def test_a_room_says_who_can_read_it_by_function_never_by_colour_alone(desk):
    page = desk("lotte").see(CAUCUS).text

    assert "Vertrouwelijk: apart gesprek van gemeente Amsterdam met de bemiddelaar" in words(page)
    assert "Nu zijn dat: Bemiddelaar" in words(page)
    assert "Liaison van de gemeente" in words(page)
    assert "Naam van" not in page
    assert 'class="secret' in page
    assert "#i-lock" in page


@pytest.mark.parametrize("person", ["sam", "wanda", "ben", "pim"])
def test_hidden_and_unknown_rooms_are_one_page_byte_for_byte(desk, write, person):
    write("lotte", SIDE)
    reader = desk(person)

    pages = {}
    for name in (SIDE.id, "side-gm9999", "er-is-niets"):
        for rest in ("", "/N1", "/N9", "/N1/bestand", "/voorstel/V1", "/gelezen", "/geschiedenis"):
            answer = reader.see(name, rest)
            assert answer.status_code == 404
            assert "etag" not in answer.headers
            assert "last-modified" not in answer.headers
            pages[name, rest] = re.sub(r"/impasses/[^?]*", "", answer.text)

    assert len(set(pages.values())) == 1


def test_what_was_written_in_a_room_is_nowhere_to_be_found_for_others(desk, write, case):
    """No count, no number and no text of it on any page of the case, nor in the search."""
    parts = ("", "/logboek", "/logboek.csv", "/kamers", "/kamers/shared", "/fase")
    places = [f"/impasses/{case}{part}" for part in parts] + [
        "/impasses", "/impasses?weergave=lijst", "/overleg", "/proces",
    ]  # fmt: skip
    before = {
        who: [desk(who).browser.get(place).text for place in places] for who in ("sam", "wanda")
    }
    for room in (SIDE, CAUCUS):
        write("lotte", room)

    for who in ("sam", "wanda"):
        reader = desk(who)
        after = [reader.browser.get(place).text for place in places]
        for one, other in zip(before[who], after, strict=True):
            assert _still(one) == _still(other)
        found = reader.browser.get("/zoeken", params={"q": CANARY}).text
        assert "Niets gevonden." in words(found)
        assert "/kamers/" not in found


def _still(page: str) -> str:
    """Leave out what differs between any two visits: tokens and keys of forms."""
    return re.sub(r'name="(formulier|sleutel)" value="[^"]*"', "", page)


def test_a_note_stays_in_the_room_where_it_was_written(desk):
    lotte = desk("lotte")
    answer = lotte.note(SIDE, "Wij kunnen leven met 1.200 woningen.")

    assert answer.status_code == 303
    assert answer.headers["location"] == f"{lotte.at(SIDE)}?gedaan=notitie"
    assert "1.200 woningen" in lotte.read(SIDE)
    assert "1.200 woningen" not in lotte.read(CAUCUS)
    assert "1.200 woningen" not in lotte.read(SHARED)
    assert "Notitie N1 toegevoegd." in lotte.read(SIDE, "/geschiedenis")


def test_objective_and_views_are_chosen_and_stand_apart(desk):
    lotte = desk("lotte")
    refused = lotte.note(SIDE, deel="")
    assert refused.status_code == 422
    assert "Maak een keuze." in refused.text
    assert CANARY in refused.text

    lotte.note(SIDE, "een feit", deel="objective", milieu="ja")
    lotte.note(SIDE, "een mening")
    page = lotte.read(SIDE)
    facts, views = page.index("Objectief: feiten"), page.index("Beleidsopvattingen")
    assert facts < page.index("een feit") < views < page.index("een mening")
    assert "milieu-informatie" in page[facts:views]


def test_the_newest_stands_first_and_what_came_before_a_click_away(desk, write, monkeypatch):
    monkeypatch.setattr(rooms_page, "_AT_ONCE", 2)
    for number in range(1, 5):
        write("lotte", SIDE, f"bijdrage nummer {number}.")
    lotte = desk("lotte")
    page = lotte.read(SIDE)

    assert page.index("nummer 4.") < page.index("nummer 3.")
    assert "nummer 2." not in page
    assert f'href="{lotte.at(SIDE)}?vanaf=3"' in lotte.see(SIDE).text
    earlier = lotte.read(SIDE, "?vanaf=3")
    assert "nummer 2." in earlier
    assert "nummer 3." not in earlier
    for odd in ("x", "-1", "999999999999", ""):
        assert "nummer 4." in lotte.read(SIDE, f"?vanaf={odd}")


def test_nothing_is_shared_before_somebody_says_that_all_may_read_it(desk, house, case):
    lotte = desk("lotte")
    refused = lotte.note(SHARED, "Voor allen?")
    assert refused.status_code == 422
    assert "Bevestig dat iedereen" in refused.text
    assert "Voor allen?" in refused.text
    assert house.rooms.contributions(actor("lotte"), house.views.case(actor("lotte"), case),
                                     SHARED) == []  # fmt: skip

    assert lotte.note(SHARED, "Voor allen!", iedereen="ja").status_code == 303
    assert "Voor allen!" in desk("wanda").read(SHARED)
    assert "gedeeld met alle partijen" in words(desk("wanda").browser.get(f"/impasses/{case}").text)


def test_a_page_of_a_closed_room_has_no_form_that_leads_elsewhere(desk):
    page = desk("lotte").see(SIDE).text
    targets = set(re.findall(r'<form[^>]*method="post" action="([^"]+)"', page))

    assert targets == {"/afmelden", desk("lotte").at(SIDE)}
    assert page.count("Bewaar in: eigen kamer van gemeente Amsterdam") == 3
    assert 'name="iedereen"' not in page


def test_a_form_for_a_room_that_is_hidden_keeps_the_text(desk):
    ben = desk("ben")
    answer = ben.send(SIDE, "notitie", titel="t", tekst="Mijn lange tekst", deel="view")

    assert answer.status_code == 404
    assert "Mijn lange tekst" in answer.text


def test_a_signal_can_be_told_to_a_room_alone(desk, house, case):
    lotte = desk("lotte")
    before = house.views.case(actor("lotte"), case)
    answer = lotte.send(
        SIDE, "signaal", signaal="R1", zekerheid="document", dag="2026-10-12",
        tekst="Brief ligt er", deel="objective",
    )  # fmt: skip

    assert answer.status_code == 303
    assert "Brief ligt er" in lotte.read(SIDE)
    after = house.views.case(actor("lotte"), case)
    assert (after.revision, after.signals) == (before.revision, before.signals)


def test_a_signal_that_is_not_complete_says_all_that_lacks(desk):
    answer = desk("lotte").send(SIDE, "signaal", signaal="", zekerheid="", dag="gisteren")

    assert answer.status_code == 422
    for name in ("signaal-signaal", "signaal-zekerheid", "signaal-dag", "signaal-deel"):
        assert f'href="#{name}"' in answer.text


def pdf(name: str = "Nota.pdf", body: bytes = b"%PDF-1.4 inhoud", kind: str = "application/pdf"):
    return {"bestand": (name, body, kind)}


def upload(desk: Desk, room: Room, files, **more: str):
    fields = {"titel": "", "tekst": "", "deel": "objective"} | more
    return desk.send(room, "document", files=files, **fields)


def test_a_document_comes_in_and_out_the_same(desk):
    lotte = desk("lotte")
    assert upload(lotte, SIDE, pdf()).status_code == 303
    answer = lotte.see(SIDE, "/D1/bestand")

    assert answer.content == b"%PDF-1.4 inhoud"
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"Nota.pdf\"; filename*=UTF-8''Nota.pdf"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert "Nota.pdf" in lotte.read(SIDE)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../../etc/passwd", "passwd"),
        ("C:\\Windows\\nota.pdf", "nota.pdf"),
        ('n.pdf"; filename="x.html', "n.pdf22 filename=22x.html"),
        ("één notitie.txt", "__n notitie.txt"),
        ("\u202egpj.exe", "gpj.exe"),
    ],
)
def test_a_name_of_a_file_steers_nothing(desk, name, kept):
    lotte = desk("lotte")
    assert upload(lotte, SIDE, pdf(name)).status_code == 303
    header = lotte.see(SIDE, "/D1/bestand").headers["content-disposition"]

    assert header.startswith("attachment; filename=")
    assert "/" not in header
    assert "\\" not in header
    assert header.count('"') == 2
    assert f'filename="{kept}"' in header


@pytest.mark.parametrize("name", ["x.html", "x.svg", "x.xhtml", "x", "x.pdf.js"])
def test_what_a_browser_could_run_is_only_ever_saved(desk, name):
    lotte = desk("lotte")
    upload(lotte, SIDE, pdf(name, b"<script>alert(1)</script>", "text/html"))
    answer = lotte.see(SIDE, "/D1/bestand")

    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")


def test_a_name_kept_through_another_door_is_made_safe_too(desk, write):
    file = DocumentFile("..\\a/b<i>.html", "text/html", b"<b>")
    write("lotte", SIDE, kind=ContributionKind.DOCUMENT, file=file)
    answer = desk("lotte").see(SIDE, "/D1/bestand")

    assert answer.headers["content-type"] == "application/octet-stream"
    assert 'filename="bi.html"' in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (pdf(body=b""), "Dit bestand is leeg."),
        ({"bestand": ("", b"", "application/octet-stream")}, "Kies een bestand."),
        (None, "Kies een bestand."),
    ],
)
def test_a_file_that_is_not_there_or_empty_keeps_what_was_typed(desk, files, told):
    answer = upload(desk("lotte"), SIDE, files, tekst="Mijn toelichting", titel="Mijn titel")

    assert answer.status_code == 422
    assert told in answer.text
    assert "Mijn toelichting" in answer.text
    assert "Mijn titel" in answer.text


def test_a_file_that_is_too_large_keeps_what_was_typed(desk):
    answer = upload(desk("lotte"), SIDE, pdf(body=b"x" * 5_000_001), tekst="Mijn toelichting")

    assert answer.status_code == 413
    assert "Dit bestand is te groot: er past 5 MB." in answer.text
    assert "Mijn toelichting" in answer.text


def test_a_file_that_just_fits_comes_in(desk):
    lotte = desk("lotte")

    assert upload(lotte, SIDE, pdf(body=b"x" * 5_000_000)).status_code == 303
    assert len(lotte.see(SIDE, "/D1/bestand").content) == 5_000_000


def test_files_come_in_one_at_a_time_and_only_where_they_are_asked_for(desk, case):
    lotte = desk("lotte")
    two = [("bestand", ("a.pdf", b"1", "")), ("bestand", ("b.pdf", b"2", ""))]

    assert upload(lotte, SIDE, two).status_code == 400
    elsewhere = lotte.browser.post(f"/impasses/{case}/gebeurtenis", {"tekst": "x"}, files=pdf())
    assert elsewhere.status_code == 400


def test_of_a_stranger_no_file_is_kept_and_the_text_comes_back(browser, case):
    answer = browser.post(
        f"/impasses/{case}/kamers/{SIDE.id}", {"tekst": "Mijn toelichting"}, files=pdf()
    )

    assert answer.status_code == 403
    assert "Mijn toelichting" in answer.text


def test_the_mediator_proposes_and_the_party_shares_exactly_what_it_read(desk, write, case):
    write("lotte", CAUCUS, "Oost mag later, maar zeg niet dat wij dat zeiden.")
    ben, lotte = desk("ben"), desk("lotte")
    assert "Oost mag later" in ben.see(CAUCUS, "/N1").text
    proposed = ben.send(
        CAUCUS, "deel", "/N1", titel="Fasering", tekst="Een fasering is denkbaar.", deel="view"
    )
    assert proposed.status_code == 303
    assert proposed.headers["location"].startswith(ben.at(CAUCUS, "/voorstel/V1"))

    assert "Keur goed en deel" not in ben.read(CAUCUS, "/voorstel/V1")
    refused = ben.send(CAUCUS, "keur-goed", "/voorstel/V1", gelezen="ja", wording="x")
    assert refused.status_code == 403

    page = lotte.see(CAUCUS, "/voorstel/V1").text
    assert "Een fasering is denkbaar." in page
    wording = re.search(r'name="wording" value="(\w+)"', page)[1]
    unread = lotte.send(CAUCUS, "keur-goed", "/voorstel/V1", wording=wording)
    assert unread.status_code == 422
    shared = lotte.send(CAUCUS, "keur-goed", "/voorstel/V1", wording=wording, gelezen="ja")
    assert shared.status_code == 303

    copy = desk("wanda").see(SHARED, "/N1").text
    assert "Een fasering is denkbaar." in copy
    assert "caucus" not in copy
    assert "V1" not in copy
    assert "Oost mag later" not in copy
    assert "gedeeld als N1" in lotte.read(CAUCUS, "/geschiedenis")
    assert f'href="/impasses/{case}/kamers/shared/N1"' in lotte.see(CAUCUS, "/voorstel/V1").text


@pytest.fixture
def proposal(house, case, write):
    write("lotte", SIDE)
    command = ProposeRelease(case, SIDE, "N1", "Titel", "Deze woorden.", Part.VIEW)
    return house.engine.handle(command, actor("lotte")).created


def test_a_proposal_that_waits_shows_for_who_decides_and_for_nobody_else(desk, case, proposal):
    def dossier(person: str) -> str:
        return words(desk(person).browser.get(f"/impasses/{case}").text)

    assert "1 te besluiten" in dossier("lotte")
    assert "1 voorstel wacht op een besluit" in desk("lotte").read()
    for other in ("sam", "wanda", "ben"):
        assert "te besluiten" not in dossier(other)
        assert "voorstel" not in desk(other).read()


def test_a_wording_that_is_not_the_one_proposed_is_not_shared(desk, proposal):
    lotte = desk("lotte")
    answer = lotte.send(SIDE, "keur-goed", f"/voorstel/{proposal}", wording="0" * 32, gelezen="ja")

    assert answer.status_code == 409
    assert "De tekst die u las, is niet de tekst die nu voorligt." in answer.text
    assert "Deze woorden." in answer.text
    assert "Deze woorden." not in desk("wanda").read(SHARED)


def test_who_is_second_reads_what_the_first_decided(desk, house, case, proposal):
    lotte = desk("lotte")
    page = lotte.see(SIDE, f"/voorstel/{proposal}").text
    wording = re.search(r'name="wording" value="(\w+)"', page)[1]
    house.engine.handle(DecideRelease(case, SIDE, proposal, approved=False), actor("lotte"))
    answer = lotte.send(SIDE, "keur-goed", f"/voorstel/{proposal}", wording=wording, gelezen="ja")

    assert answer.status_code == 409
    assert "Voorstel V1 is al afgewezen." in words(answer.text)
    assert "Dit veranderde intussen: Voorstel V1 is afgewezen." in words(answer.text)


def test_a_proposal_for_what_was_destroyed_meanwhile_keeps_the_text(desk, house, case, write):
    write("lotte", SIDE)
    lotte = desk("lotte")
    house.engine.handle(DestroyContribution(case, SIDE, "N1", "vergissing"), actor("lotte"))
    answer = lotte.send(SIDE, "deel", "/N1", titel="t", tekst="Mijn bewerkte tekst", deel="view")

    assert answer.status_code == 409
    assert "Mijn bewerkte tekst" in answer.text
    assert "De inhoud van N1 is vernietigd." in words(answer.text)
    assert CANARY not in answer.text


def test_who_proposed_withdraws_and_who_owns_declines(desk, write):
    write("lotte", CAUCUS)
    ben, lotte = desk("ben"), desk("lotte")
    for _ in range(2):
        ben.send(CAUCUS, "deel", "/N1", titel="Titel", tekst="Woorden", deel="view")
    withdrawn = ben.send(CAUCUS, "trek-in", "/voorstel/V1", toelichting="te vroeg")
    declined = lotte.send(CAUCUS, "wijs-af", "/voorstel/V2", toelichting="liever niet")

    assert (withdrawn.status_code, declined.status_code) == (303, 303)
    assert "ingetrokken" in lotte.read(CAUCUS, "/voorstel/V1")
    assert "liever niet" in ben.read(CAUCUS, "/voorstel/V2")
    assert "2 afgehandelde voorstellen" in ben.read(CAUCUS)
    assert "Nog niets." in desk("wanda").read(SHARED)


def test_its_owner_destroys_a_contribution_with_a_reason(desk, write):
    write("lotte", SIDE)
    lotte = desk("lotte")
    unsure = lotte.send(SIDE, "vernietig", "/N1", reden="verkeerde kamer")
    assert unsure.status_code == 422
    assert "verkeerde kamer" in unsure.text
    done = lotte.send(SIDE, "vernietig", "/N1", reden="verkeerde kamer", zeker="ja")

    assert done.status_code == 303
    for place in ("", "/N1", "/geschiedenis"):
        assert CANARY not in lotte.see(SIDE, place).text
    assert "Reden: verkeerde kamer" in lotte.read(SIDE, "/geschiedenis")
    assert "De inhoud is vernietigd" in lotte.read(SIDE, "/N1")


def test_a_proposal_of_what_was_destroyed_says_so_and_shares_nothing(desk, house, case, proposal):
    house.engine.handle(DestroyContribution(case, SIDE, "N1", "vergissing"), actor("lotte"))
    page = desk("lotte").read(SIDE, f"/voorstel/{proposal}")

    assert "De inhoud is vernietigd." in page
    assert "Keur goed en deel" not in page
    assert "Deze woorden." not in page


def test_a_party_reads_what_it_told_an_earlier_mediator_but_writes_no_more(
    desk, house, case, write
):
    from impasse.adapters.sql.people import add_person
    from impasse.domain.people import Person
    from impasse.domain.text import same

    write("lotte", CAUCUS)
    mia = Person("mia", "Mia", same("Tweede bemiddelaar"), "", frozenset({Role.MEDIATOR}))
    add_person(house.database, mia, demonstration=True)
    house.engine.handle(Appoint(case, "mediator", "mia"), actor("sam"))

    assert "met een eerdere bemiddelaar" in desk("lotte").read()
    page = desk("lotte").read(CAUCUS)
    assert CANARY in page
    assert "U kunt hier lezen, niet schrijven." in page
    refused = desk("lotte").note(CAUCUS, "Nog iets")
    assert refused.status_code == 409
    assert "Nog iets" in refused.text
    for mediator in ("ben", "mia"):
        assert desk(mediator).see(CAUCUS).status_code == 404


def test_the_mediator_cannot_destroy_what_a_party_confided(desk, write):
    write("lotte", CAUCUS)
    ben = desk("ben")

    assert "Vernietig" not in ben.read(CAUCUS, "/N1")
    answer = ben.send(CAUCUS, "vernietig", "/N1", reden="weg ermee", zeker="ja")
    assert answer.status_code == 403
    assert CANARY in ben.read(CAUCUS, "/N1")


def test_members_see_who_read_here_by_function(desk, write):
    write("lotte", CAUCUS)
    desk("ben").see(CAUCUS)
    desk("ben").see(CAUCUS, "/N1")
    page = desk("lotte").read(CAUCUS, "/gelezen")

    assert "Bemiddelaar" in page
    assert "N1" in page
    assert "Naam van" not in page


def test_a_procedure_without_a_room_for_the_mediator_says_so(desk, house, case):
    ben = desk("ben")
    room = next(
        one for one in rooms_of(actor("ben"), house.views.case(actor("ben"), case))
        if one.kind is RoomKind.MEDIATOR
    )  # fmt: skip

    assert "geen kamer voor notities van de bemiddelaar" in ben.read()
    assert room.id not in ben.see().text
    answer = ben.note(room, "Mijn eigen notitie")
    assert answer.status_code == 403
    assert "Mijn eigen notitie" in answer.text


def test_the_mediator_assesses_the_conflict_party_by_party_in_the_own_room_only(
    desk, house, case, monkeypatch
):
    ben, compiled = desk("ben"), house.procedures.get("interbestuurlijke-impasse", "2")
    opened = compile_workflow(replace(compiled.workflow, rooms=RoomPolicy(mediator_open=True)))
    monkeypatch.setattr(house.engine.procedures, "get", lambda *_: opened)
    own = Room(RoomKind.MEDIATOR, mediator="ben")
    parties = {f"fase-{AMSTERDAM}": "6", f"fase-{WATER}": ""}

    assert "Hoe hard is het conflict?" not in ben.read(CAUCUS)
    assert "3. daden in plaats van woorden" in ben.read(own)
    nothing = ben.send(own, "inschatting", tekst="Zij dreigen", **dict.fromkeys(parties, ""))
    assert nothing.status_code == 422
    assert "Maak een keuze bij ten minste één partij." in words(nothing.text)
    assert "Zij dreigen" in nothing.text
    odd = ben.send(own, "inschatting", **(parties | {f"fase-{WATER}": "10"}))
    assert (odd.status_code, "Maak een keuze." in words(odd.text)) == (422, True)

    assert ben.send(own, "inschatting", tekst="Zij dreigen", **parties).status_code == 303
    page = ben.read(own)
    assert "gemeente Amsterdam: 6. dreigementen (win-verlies)" in page
    assert "uit elkaar" not in page
    both = ben.send(own, "inschatting", **(parties | {f"fase-{WATER}": "2"}))
    assert both.status_code == 303
    alone = ben.see(own, "/C2").text
    assert "De partijen staan 4 fasen uit elkaar." in words(alone)
    assert 'name="titel"' not in alone  # no wording of it can be proposed
    for reader in ("lotte", "wanda", "sam"):
        assert desk(reader).see(own).status_code == 404
    elsewhere = ben.send(CAUCUS, "inschatting", **parties)
    assert elsewhere.status_code == 422
    assert "inschatting" not in ben.read(CAUCUS)


def test_html_in_every_field_is_shown_as_it_was_typed(desk):
    lotte = desk("lotte")
    nasty = "<script>alert(1)</script><b>"
    lotte.note(SIDE, nasty, titel=nasty)
    lotte.send(SIDE, "deel", "/N1", titel=nasty, tekst=nasty, deel="view")
    lotte.send(SIDE, "wijs-af", "/voorstel/V1", toelichting=nasty)

    for rest in ("", "/N1", "/voorstel/V1", "/geschiedenis", "/gelezen"):
        assert nasty not in lotte.see(SIDE, rest).text
    assert nasty not in lotte.browser.get("/zoeken", params={"q": nasty}).text


def test_a_form_that_was_tampered_with_is_refused_in_words(desk):
    for room, act, rest in ((SIDE, "onzin", ""), (SIDE, "", "")):
        assert desk("lotte").send(room, act, rest).status_code == 422
    answer = desk("lotte").note(SIDE, sleutel="<>")
    assert answer.status_code == 422


def test_searching_finds_what_stands_in_ones_own_rooms(desk, write, case):
    write("lotte", SIDE)
    write("lotte", CAUCUS)
    found = desk("lotte").browser.get("/zoeken", params={"q": CANARY}).text

    assert f'href="/impasses/{case}/kamers/{SIDE.id}/N1"' in found
    assert f'href="/impasses/{case}/kamers/{CAUCUS.id}/N1"' in found
    assert "Eigen kamer van gemeente Amsterdam" in words(found)
    ben = desk("ben").browser.get("/zoeken", params={"q": CANARY}).text
    assert SIDE.id not in ben
    assert CAUCUS.id in ben


def test_searching_for_nothing_finds_nothing(desk):
    for query in ("", "   ", "\0", "x" * 5_000, "%", "'"):
        answer = desk("lotte").browser.get("/zoeken", params={"q": query, "na": "onzin"})
        assert answer.status_code == 200


def test_a_lesson_has_no_rooms(as_, open_case):
    from impasse.domain.case import Visibility

    lesson = open_case(visibility=Visibility.LESSON)
    page = as_("lotte").get(f"/impasses/{lesson}").text

    assert f"/impasses/{lesson}/kamers" not in page
    assert as_("lotte").get(f"/impasses/{lesson}/kamers/{SIDE.id}").status_code == 404


def test_a_case_that_closes_meanwhile_is_read_on_and_keeps_what_was_typed(desk, house, case):
    from impasse.domain.commands import MakeMove

    lotte = desk("lotte")
    lotte.note(SIDE)
    assert "Schrijf in" in lotte.read(SIDE)
    house.engine.handle(MakeMove(case, "withdraw", "Opgelost."), actor("sam"))
    refused = lotte.note(SIDE, "Net te laat")

    assert refused.status_code == 409
    assert "Net te laat" in refused.text
    page = lotte.read(SIDE)
    assert CANARY in page
    assert "Deze zaak is gesloten. U kunt hier lezen, niet schrijven." in page
    assert "Stel een tekst voor" not in lotte.read(SIDE, "/N1")
