"""The overhedenoverleg: meetings, proposals, and an agenda with times."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest

from impasse.domain.commands import RaiseTier
from impasse.domain.people import Actor, Role
from impasse.domain.tier import Tier

SECRETARIAT = Actor("sam", "mnre1034", frozenset({Role.SECRETARIAT}), "test")
THURSDAY = date(2026, 11, 5)
"""The meeting; its agenda closes a week before, on 29 October."""


def words(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def decisions(page: str) -> list[dict[str, str]]:
    """Return the hidden fields of every form about a proposal, without the reader's token."""
    found = re.findall(r'<form[^>]*action="/overleg/[^"]+"[^>]*>(.*?)</form>', page, re.DOTALL)
    return [
        dict(re.findall(r'<input type="hidden" name="(?!formulier)([^"]+)" value="([^"]*)"', one))
        for one in found
    ]


def form(page: str, decision: str, place: int = 0) -> dict[str, str]:
    return [one for one in decisions(page) if one.get("besluit") == decision][place]


@pytest.fixture
def proposed(house, open_case):
    """A case that asks for a place on the agenda."""

    def propose(title: str = "Wie betaalt de kade?", **more) -> str:
        case = open_case(title, **more)
        command = RaiseTier(case, Tier.OVERHEDENOVERLEG, "Partijen komen er niet uit.")
        house.engine.handle(command, SECRETARIAT)
        return case

    return propose


@pytest.fixture
def meeting(plan_meeting) -> str:
    return plan_meeting(THURSDAY).removeprefix("OVERLEG-")


def test_the_secretariat_plans_a_meeting(as_):
    sam = as_("sam")
    page = sam.get("/overleg").text
    assert "Nog geen overleg gepland" in page

    key = re.search(r'name="sleutel" value="([^"]+)"', page)[1]
    filled = {
        "sleutel": key, "dag": "2026-11-05", "begin": "13:30", "einde": "15:30",
        "plaats": "Den Haag", "sluit": "2026-10-29",
    }  # fmt: skip
    planned = sam.post("/overleg", filled)

    assert planned.headers["location"] == "/overleg/2026-11-05?gedaan=gepland"
    read = words(sam.get("/overleg/2026-11-05").text)
    assert "Overhedenoverleg donderdag 5 november" in read
    assert "13.30 tot 15.30 uur, Den Haag." in read
    assert "De agenda sluit op donderdag 29 oktober, over 13 werkdagen." in read
    assert sam.post("/overleg", filled).status_code == 303, "sent twice, planned once"


def test_a_meeting_that_cannot_be_comes_back_with_all_that_is_wrong(as_):
    sam = as_("sam")
    refused = sam.post(
        "/overleg",
        {"dag": "2026-11-07", "begin": "15:00", "einde": "14:00", "plaats": "Utrecht",
         "sluit": "2026-11-20"},
    )  # fmt: skip

    assert refused.status_code == 422
    read = words(refused.text)
    assert "Dit is geen werkdag" in read
    assert "Het einde ligt voor het begin." in read
    assert "De agenda sluit na de vergadering." in read
    assert 'value="Utrecht"' in refused.text

    empty = sam.post("/overleg", {})
    assert empty.status_code == 422
    assert words(empty.text).count("Vul een dag in.") >= 2


def test_only_the_secretariat_plans(as_):
    lotte = as_("lotte")

    assert "Plan een overleg" not in lotte.get("/overleg").text
    answer = lotte.post(
        "/overleg",
        {"dag": "2026-11-05", "begin": "13:30", "einde": "15:30", "plaats": "Den Haag",
         "sluit": "2026-10-29"},
    )  # fmt: skip
    assert answer.status_code == 403


def test_a_proposal_is_taken_on_the_agenda_with_its_time(as_, meeting, proposed):
    proposed("Wie betaalt de kade?")
    proposed("Wie onderhoudt de sluis?")
    sam = as_("sam")
    before = sam.get(f"/overleg/{meeting}").text
    assert "Partijen komen er niet uit." in words(before)

    taken = sam.post(f"/overleg/{meeting}", form(before, "neem-op") | {"minuten": "40"})
    assert taken.status_code == 303
    after = sam.get(taken.headers["location"]).text
    assert "De zaak staat op de agenda." in after
    sam.post(f"/overleg/{meeting}", form(after, "neem-op") | {"minuten": ""})

    read = words(sam.get(f"/overleg/{meeting}").text)
    assert "55 van 180 minuten" in read
    assert "nog 125 minuten vrij" in read
    assert "13.00 40 min Wie betaalt de kade?" in read
    assert "13.40 15 min Wie onderhoudt de sluis?" in read
    assert "Geen voorstellen" in read
    assert "Dit stuk bevat niets uit de bemiddeling." in read
    assert "1. Signaal: begonnen, tot ma 26 okt." in read


def test_too_much_for_the_time_is_said(as_, meeting, proposed):
    proposed()
    sam = as_("sam")
    page = sam.get(f"/overleg/{meeting}").text
    sam.post(f"/overleg/{meeting}", form(page, "neem-op") | {"minuten": "200"})

    assert "20 minuten te veel" in words(sam.get(f"/overleg/{meeting}").text)


@pytest.mark.parametrize("minutes", ["0", "999", "veel"])
def test_minutes_that_cannot_be_are_asked_again(as_, meeting, proposed, minutes):
    proposed()
    sam = as_("sam")
    page = sam.get(f"/overleg/{meeting}").text
    refused = sam.post(f"/overleg/{meeting}", form(page, "neem-op") | {"minuten": minutes})

    assert refused.status_code == 422
    assert f'value="{minutes}" aria-invalid="true"' in refused.text


def test_declining_takes_a_reason_that_the_parties_read(as_, meeting, proposed):
    case = proposed()
    sam = as_("sam")
    page = sam.get(f"/overleg/{meeting}").text

    without = sam.post(f"/overleg/{meeting}", form(page, "wijs-af") | {"reden": " "})
    assert without.status_code == 422
    assert "Partijen lezen waarom de zaak niet op de agenda komt." in without.text

    declined = sam.post(
        f"/overleg/{meeting}", form(page, "wijs-af") | {"reden": "Eerst de <b>directeuren</b>."}
    )
    assert declined.status_code == 303
    dossier = as_("lotte").get(f"/impasses/{case}").text
    assert "Niet op de agenda van het overhedenoverleg." in dossier
    assert "Eerst de &lt;b&gt;directeuren&lt;/b&gt;." in dossier


def test_the_second_of_two_secretaries_keeps_the_text(as_, meeting, proposed):
    proposed()
    sam, other = as_("sam"), as_("sam")
    page = sam.get(f"/overleg/{meeting}").text
    other.post(f"/overleg/{meeting}", form(page, "neem-op") | {"minuten": "15"})

    late = form(page, "wijs-af") | {"reden": "Past nu niet."}
    answer = sam.post(f"/overleg/{meeting}", late)

    assert answer.status_code == 409
    assert "Iemand was u voor." in answer.text
    assert "Past nu niet." in answer.text


def test_a_decision_sent_twice_is_taken_once(as_, meeting, proposed):
    proposed()
    sam = as_("sam")
    take = form(sam.get(f"/overleg/{meeting}").text, "neem-op") | {"minuten": "15"}

    assert sam.post(f"/overleg/{meeting}", take).status_code == 303
    assert sam.post(f"/overleg/{meeting}", take).status_code == 303
    assert "15 van 180 minuten" in words(sam.get(f"/overleg/{meeting}").text)


def test_after_the_cut_off_nothing_is_added(as_, meeting, proposed, watch):
    proposed()
    take = form(as_("sam").get(f"/overleg/{meeting}").text, "neem-op") | {"minuten": "15"}
    watch.move(days=18)
    sam = as_("sam")

    page = sam.get(f"/overleg/{meeting}").text
    assert "De agenda is gesloten: er kan niets meer bij." in page
    assert all(one["besluit"] == "wijs-af" for one in decisions(page))
    answer = sam.post(f"/overleg/{meeting}", take)
    assert answer.status_code == 409
    assert "is gesloten. Kies een later overleg." in answer.text


def test_after_the_meeting_it_is_only_remembered(as_, meeting, proposed, watch):
    proposed()
    watch.move(days=30)
    page = as_("sam").get(f"/overleg/{meeting}").text

    assert "Dit overleg is geweest." in page
    assert decisions(page) == []
    assert "Geweest" in as_("sam").get("/overleg").text


def test_others_see_their_own_cases_and_no_forms_and_no_gaps(as_, meeting, proposed):
    proposed("Kade van de gemeente")
    proposed("Brug van de provincie", parties=("pv27", "ws0155"))
    sam = as_("sam")
    for _ in range(2):
        page = sam.get(f"/overleg/{meeting}").text
        sam.post(f"/overleg/{meeting}", form(page, "neem-op") | {"minuten": "15"})

    page = as_("pim").get(f"/overleg/{meeting}").text
    read = words(page)
    assert "Brug van de provincie" in read
    assert "Kade van de gemeente" not in read
    assert decisions(page) == []
    assert "13.15" not in read, "a time would tell that something comes before"
    assert "van 180 minuten" not in read
    assert "U ziet alleen de zaken waaraan uw organisatie deelneemt." in read
    assert "2 punten" not in words(as_("pim").get("/overleg").text)


def test_a_party_cannot_put_its_own_case_on_the_agenda(as_, meeting, proposed):
    proposed()
    take = form(as_("sam").get(f"/overleg/{meeting}").text, "neem-op") | {"minuten": "15"}

    assert as_("lotte").post(f"/overleg/{meeting}", take).status_code == 403
    assert as_("pim").post(f"/overleg/{meeting}", take).status_code == 404


def test_a_meeting_that_is_not_there_is_not_found(as_):
    assert as_("sam").get("/overleg/2030-01-01").status_code == 404
    assert as_("sam").post("/overleg/2030-01-01", {"voorstel": "x"}).status_code == 404


def test_both_pages_read_in_english(as_, meeting, proposed):
    proposed()
    for path in ("/overleg", f"/overleg/{meeting}"):
        read = words(as_("sam").get(f"{path}?taal=en").text)
        for dutch in (" zaken ", " wordt ", "Voeg ", "Plan een", " minuten "):
            assert dutch not in read, f"{path}: {dutch}"


def test_a_second_meeting_on_a_day_is_refused_with_the_day_in_words(as_, plan_meeting):
    plan_meeting(date(2027, 6, 1))

    answer = as_("sam").post(
        "/overleg?taal=en",
        {"dag": "2027-06-01", "begin": "13:30", "einde": "15:30", "plaats": "Utrecht",
         "sluit": "2027-05-20"},
    )  # fmt: skip

    assert answer.status_code == 409
    assert "There is a meeting on Tuesday 1 June 2027 already." in answer.text
    assert "2027-06-01 " not in answer.text.replace('value="2027-06-01"', "")


def test_two_cases_are_discussed_together_and_neither_learns_of_the_other(
    as_, meeting, proposed, house
):
    first = proposed("Wie betaalt de kade?", parties=("gm0363", "ws0155"))
    second = proposed("Wie onderhoudt de sluis?", parties=("pv27", "ws0155"))
    sam = as_("sam")
    page = sam.get(f"/overleg/{meeting}").text
    sam.post(f"/overleg/{meeting}", form(page, "neem-op") | {"minuten": "30"})
    page = sam.get(f"/overleg/{meeting}").text
    assert "Voeg samen" in page

    empty = sam.post(f"/overleg/{meeting}", form(page, "voeg-samen") | {"met": ""})
    assert empty.status_code == 422
    assert "Kies een punt van de agenda." in empty.text
    other = sam.post(f"/overleg/{meeting}", form(page, "voeg-samen") | {"met": "IMP-1-A1"})
    assert other.status_code == 422
    host = re.search(r'<option value="(IMP-[^"]+)"', page)[1]
    merged = sam.post(f"/overleg/{meeting}", form(page, "voeg-samen") | {"met": host})
    assert merged.status_code == 303

    after = words(sam.get(f"/overleg/{meeting}").text)
    assert "30 van 180 minuten" in after
    assert "Samen met: Wie onderhoudt de sluis?" in after
    told = [line.type for line in _outbox(house) if "merged" in line.type]
    assert told == ["nl.impasse.case.agenda-candidate-merged"]
    case = house.views.case(SECRETARIAT, second)
    assert case.candidate_day is not None
    [line] = house.views.candidates(SECRETARIAT, case=second)
    assert line.merged_into == host
    province = Actor("somebody", "pv27", frozenset({Role.LIAISON_OFFICER}), "test")
    [hers] = house.views.candidates(province)
    assert (hers.case.id, hers.merged_into) == (second, "")
    assert first not in str([entry.content for entry in house.views.history(second)])


def _outbox(house):
    from sqlalchemy import select

    from impasse.adapters.sql.statements import table
    from impasse.adapters.sql.tables import OutboxRow

    with house.database.connect() as connection:
        return connection.execute(select(table(OutboxRow))).all()
