"""Accounts on pages: invited, signed in with a code, looked after, and attacked."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pyotp
import pytest
import structlog
from structlog.testing import capture_logs

from identity_hasher import Counting
from impasse.adapters.identity.accounts import Accounts
from impasse.adapters.identity.factor import Seal
from impasse.adapters.identity.passwords import Passwords
from impasse.adapters.identity.secrets import bearer
from impasse.adapters.sql.people import add_person, disable_person
from impasse.domain.people import Person, Role
from impasse.domain.text import same
from impasse.web.onward import within

PASSWORD = "zeven groene fietsen"
USERS = "/beheer/gebruikers"
NEW = {
    "gebruiker": "rik",
    "naam": "Rik Jansen",
    "functie": "Liaison van de gemeente",
    "organisatie": "Amsterdam",
    "rol": ["liaison_officer"],
}


@pytest.fixture
def house(house):
    """A house in which bea looks after users, and only the secretariat needs a second factor."""
    for key, role in (("bea", Role.ADMINISTRATOR), ("stef", Role.SECRETARIAT)):
        add_person(
            house.database,
            Person(key, key, same(key), "mnre1034", frozenset({role})),
            demonstration=role is Role.ADMINISTRATOR,
        )
    quick = Accounts(
        house.database, Passwords(Counting()), Seal(None), frozenset({Role.SECRETARIAT})
    )
    return replace(house, accounts=quick)


@pytest.fixture
def fresh(app, browser):
    """A browser of somebody else, each time it is asked."""
    return lambda: type(browser)(app)


@pytest.fixture
def settled(house, watch):
    """Give somebody a password."""

    def settle(person):
        secret = house.accounts.invite(person, by="bea", origin="cli", at=watch())
        house.accounts.accept_invitation(secret, PASSWORD, at=watch())

    return settle


def sign_in(browser, user="echt", password=PASSWORD, **more):
    return browser.post("/aanmelden", {"gebruiker": user, "wachtwoord": password} | more)


def link_on(page):
    found = re.search(r"http://[^<\s]+(/(?:uitnodiging|herstel)/[\w-]+)", page.text)
    assert found, page.text
    return found[1]


def chosen(browser, link, password=PASSWORD, **more):
    return browser.post(link, {"nieuw": password, "nog-eens": password} | more)


# ---- stories


def test_from_an_invitation_to_the_first_page(as_, fresh, house):
    administrator, newcomer = as_("bea"), fresh()
    # Another test in this process may have asked for warnings only.
    structlog.reset_defaults()
    with capture_logs() as lines:
        added = administrator.post(USERS, NEW)
        assert added.headers["Location"] == f"{USERS}/rik"
        link = link_on(administrator.post(f"{USERS}/rik", {"actie": "nodig-uit"}))
        assert link not in administrator.get(f"{USERS}/rik").text

        assert "rik" in newcomer.get(link).text
        unlike = newcomer.post(link, {"nieuw": PASSWORD, "nog-eens": "anders"})
        assert unlike.status_code == 422
        assert "niet gelijk" in unlike.text
        short = chosen(newcomer, link, "kort")
        assert "minstens 12 tekens" in short.text
        assert 'value="kort"' not in short.text
        assert chosen(newcomer, link).headers["Location"] == "/mijn-werk"
        assert newcomer.get("/impasses").status_code == 200

        again = fresh()
        assert again.get(link).status_code == 404
        assert chosen(again, link, "acht groene fietsen").status_code == 404
        assert again.get("/impasses").status_code == 303
    told = [line["event"] for line in lines]
    assert {"user_added", "invited", "invitation_used", "signed_in"} <= set(told)
    assert not re.search(rf"{PASSWORD}|{link.rpartition('/')[2]}", str(lines))
    assert house.accounts.standing("rik", at=house.clock()).password_set_at


def test_the_secretariat_comes_in_with_an_app_and_without_it_with_a_recovery_code(
    fresh, house, watch
):
    secret = house.accounts.invite("stef", by="bea", origin="cli", at=watch())
    browser = fresh()
    answer = chosen(browser, f"/uitnodiging/{secret}")
    assert answer.headers["Location"] == "/aanmelden/tweede-factor"
    assert browser.get("/impasses").status_code == 303
    page = browser.get("/aanmelden/tweede-factor").text
    picture = re.search(r"<svg[^>]*>.*?</svg>", page[page.index('class="qr') :], re.DOTALL)[0]
    assert "style" not in picture
    assert "<script" not in picture
    app = pyotp.TOTP(re.search(r"<code[^>]*>([A-Z2-7 ]+)</code>", page)[1].replace(" ", ""))

    wrong = browser.post("/aanmelden/tweede-factor", {"code": "000000"})
    assert wrong.status_code == 422
    codes = browser.post("/aanmelden/tweede-factor", {"code": app.at(watch())})
    assert codes.headers["Cache-Control"] == "no-store"
    recovery = re.findall(r"<li><code>([a-z2-7-]+)</code>", codes.text)
    assert len(recovery) == 10
    assert browser.get("/impasses").status_code == 200

    watch.move(minutes=5)
    second = fresh()
    half = sign_in(second, "stef", naar="/overleg?a=1")
    assert half.headers["Location"] == "/aanmelden/code?naar=%2Foverleg%3Fa%3D1"
    assert second.get("/impasses").status_code == 303
    assert 'value="/overleg?a=1"' in second.get(half.headers["Location"]).text
    inside = second.post("/aanmelden/code", {"code": app.at(watch()), "naar": "/overleg?a=1"})
    assert inside.headers["Location"] == "/overleg?a=1"

    third = fresh()
    sign_in(third, "stef")
    replayed = third.post("/aanmelden/code", {"code": app.at(watch())})
    assert replayed.status_code == 422
    sign_in(third, "stef")
    assert third.post("/aanmelden/code", {"code": recovery[0]}).status_code == 303
    assert third.get("/impasses").status_code == 200


def test_who_forgot_asks_the_administrator_and_everybody_reads_the_same(fresh, as_, settled, watch):
    settled("echt")
    forgotten = fresh().get("/wachtwoord-vergeten")
    assert "beheerder" in forgotten.text
    administrator, before = as_("bea"), fresh()
    sign_in(before)
    link = link_on(administrator.post(f"{USERS}/echt", {"actie": "herstel"}))
    assert before.get("/impasses").status_code == 200

    done = chosen(fresh(), link, "acht groene fietsen", tokens="ja")

    assert "overal afgemeld" in done.text
    assert before.get("/impasses").status_code == 303
    assert sign_in(fresh()).status_code == 422
    assert sign_in(fresh(), password="acht groene fietsen").status_code == 303


def test_on_the_profile_one_sees_sessions_and_tokens_and_ends_them(fresh, settled, house, watch):
    settled("echt")
    here, elsewhere = fresh(), fresh()
    sign_in(elsewhere)
    sign_in(here)
    page = here.get("/profiel").text
    assert page.count('name="sessie"') == 1
    other = re.search(r'name="sessie" value="(\w+)"', page)[1]

    here.post("/profiel", {"actie": "meld-af", "sessie": other})
    assert elsewhere.get("/impasses").status_code == 303

    nameless = here.post("/profiel", {"actie": "maak-token", "bereik": "read", "dagen": "30"})
    assert nameless.status_code == 422
    for days in ("366", "0", "-1", "veel", "9" * 50, "²"):
        answer = here.post(
            "/profiel", {"actie": "maak-token", "naam": "x", "bereik": "read", "dagen": days}
        )
        assert (answer.status_code, "1 tot en met 365" in answer.text) == (422, True)
    made = here.post(
        "/profiel", {"actie": "maak-token", "naam": "<b>", "bereik": "read", "dagen": "30"}
    )
    secret = re.search(r"imp_[\w-]+", made.text)[0]
    holder = bearer(house.database, secret, at=watch())
    assert (holder.person.id, holder.scopes) == ("echt", {"read"})
    assert secret not in here.get("/profiel").text
    assert "<b>&lt;b&gt;" not in made.text.replace('class="breakall"', "")
    key = re.search(r'name="token" value="(\w+)"', made.text)[1]

    sign_in(elsewhere)
    stranger = fresh().sign_in("lotte")
    assert stranger.post("/profiel", {"actie": "trek-in", "token": key}).status_code == 404
    assert here.post("/profiel", {"actie": "trek-in", "token": key}).status_code == 303
    assert bearer(house.database, secret, at=watch()) is None

    changed = here.post(
        "/profiel",
        {"actie": "wachtwoord", "wachtwoord": PASSWORD, "nieuw": "acht groene fietsen",
         "nog-eens": "acht groene fietsen"},
    )  # fmt: skip
    assert changed.status_code == 303
    assert here.get("/profiel?gedaan=wachtwoord").status_code == 200
    assert elsewhere.get("/impasses").status_code == 303


def test_who_need_not_may_still_set_up_a_second_factor(fresh, settled, watch):
    settled("echt")
    browser = fresh()
    sign_in(browser)
    assert browser.post("/profiel", {"actie": "factor", "wachtwoord": "mis"}).status_code == 422
    page = browser.post("/profiel", {"actie": "factor", "wachtwoord": PASSWORD}).text
    app = pyotp.TOTP(re.search(r"<code[^>]*>([A-Z2-7 ]+)</code>", page)[1].replace(" ", ""))
    # Who found the session of somebody who broke off halfway neither reads on nor goes on.
    found = fresh()
    sign_in(found)
    for code in ("000000", app.at(watch())):
        refused = found.post("/profiel", {"actie": "factor-code", "code": code})
        assert refused.status_code == 409
        assert "<code" not in refused.text
    done = browser.post("/profiel", {"actie": "factor-code", "code": app.at(watch())})
    assert "herstelcodes" in done.text
    assert sign_in(fresh()).headers["Location"] == "/aanmelden/code"
    browser.post("/profiel", {"actie": "factor-weg", "wachtwoord": PASSWORD})
    assert sign_in(fresh()).headers["Location"] == "/mijn-werk"


def test_users_are_for_the_administrator_who_cannot_shut_herself_out(as_, house):
    for person in ("sam", "lotte"):
        browser = as_(person)
        assert browser.get(USERS).status_code == 403
        assert browser.post(USERS, NEW).status_code == 403
        assert browser.post(f"{USERS}/{person}", {"actie": "nodig-uit"}).status_code == 403
    administrator = as_("bea")
    assert "lotte" in administrator.get(USERS).text
    assert administrator.get(f"{USERS}/niemand").status_code == 404
    assert administrator.post(f"{USERS}/bea", {"actie": "zet-uit"}).status_code == 409
    demoted = NEW | {"actie": "verander", "naam": "Bea"}
    assert administrator.post(f"{USERS}/bea", demoted).status_code == 409
    promoted = demoted | {"rol": ["administrator", "secretariat"]}
    assert administrator.post(f"{USERS}/bea", promoted).status_code == 409
    assert administrator.post(USERS, NEW | {"gebruiker": "sam"}).status_code == 409


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"gebruiker": "met spatie"}, "n-gebruiker"),
        ({"gebruiker": "../etc"}, "n-gebruiker"),
        ({"gebruiker": "Clock"}, "n-gebruiker"),
        ({"naam": ""}, "n-naam"),
        ({"functie": "x" * 301}, "n-functie"),
        ({"organisatie": "Atlantis"}, "n-organisatie"),
        ({"organisatie": ""}, "n-organisatie"),
        ({"orgaan": "x" * 121}, "n-orgaan"),
        ({"email": "geen adres"}, "n-email"),
        ({"rol": []}, "n-rol"),
        ({"rol": ["party"]}, "n-rol"),
        ({"rol": ["supervisor", "mediator"]}, "n-rol"),
    ],
)
def test_a_user_who_cannot_be_is_refused_at_the_field(as_, wrong, field):
    answer = as_("bea").post(USERS, NEW | wrong)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}"' in answer.text


# ---- attacks


def test_unknown_wrong_shut_and_disabled_get_the_same_bytes(fresh, settled, house, watch):
    settled("echt")
    settled("stef")
    disable_person(house.database, "stef", at=watch())
    browser = fresh()
    browser.get("/aanmelden")
    answers = [
        sign_in(browser, name, password)
        for name, password in (
            ("niemand", "x"),
            ("echt", "mis"),
            ("stef", PASSWORD),
            ("<b>", "x"),
            ("", ""),
        )
    ]
    for _ in range(5):
        sign_in(browser, "echt", "mis")
    answers.append(sign_in(browser, "echt", PASSWORD))
    assert {answer.status_code for answer in answers} == {422}
    assert len({answer.content for answer in answers}) == 1
    assert len({str(sorted(answer.headers.items())) for answer in answers}) == 1


def test_a_wrong_code_is_answered_as_a_wrong_password_is(fresh, house, watch):
    secret = house.accounts.invite("stef", by="bea", origin="cli", at=watch())
    step = house.accounts.accept_invitation(secret, PASSWORD, at=watch())
    app = pyotp.TOTP(house.accounts.enrolment("stef").secret)
    house.accounts.enrol(step.secret, app.at(watch()), at=watch())
    browser = fresh()
    wrong = sign_in(browser, "stef", "mis")
    sign_in(browser, "stef")
    code = browser.post("/aanmelden/code", {"code": "123456"})
    assert (code.status_code, code.content) == (wrong.status_code, wrong.content)
    late = browser.post("/aanmelden/code", {"code": app.at(watch())})
    assert late.content == wrong.content


def test_too_many_tries_get_429_and_hear_how_long_to_wait(fresh):
    browser = fresh()
    for _ in range(20):
        sign_in(browser, "niemand", "x")
    answer = sign_in(browser, "niemand", "x")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "900"
    assert "15 minuten" in answer.text


def test_every_form_of_the_house_needs_its_proof(app, fresh, as_):
    from impasse.web.app import _Door

    door = next(
        route.endpoint.__closure__
        for route in app.routes
        if getattr(route, "path", "") == "/aanmelden"
    )
    pages = next(cell.cell_contents for cell in door if isinstance(cell.cell_contents, _Door)).pages
    taking = [page for page in pages if page.send is not None]
    assert len(taking) > 20
    stranger, known, other = fresh(), as_("bea"), as_("sam")
    proof = other.token()
    stranger.get("/aanmelden")
    for page in taking:
        address = re.sub(r"\{[^}]*\}", "x", page.path)
        for headers in ({}, {"HX-Request": "true"}):
            for sent in ({}, {"formulier": ""}, {"formulier": proof}, {"formulier": "é"}):
                assert known.client.post(address, data=sent, headers=headers).status_code == 403
        if page.public:
            assert stranger.client.post(address, data={"formulier": proof}).status_code == 403
    assert known.get("/impasses").status_code == 200


def test_a_page_of_what_went_wrong_never_shows_a_password(fresh, house, monkeypatch):
    browser = fresh()
    browser.get("/aanmelden")
    sent = {"formulier": "verlopen", "gebruiker": "echt", "wachtwoord": PASSWORD, "code": "123456"}
    refused = browser.client.post("/aanmelden", data=sent)
    assert refused.status_code == 403
    assert PASSWORD not in refused.text
    assert "123456" not in refused.text

    from impasse.domain.errors import Unavailable

    def fails(*_, **__):
        raise Unavailable(same("weg"))

    monkeypatch.setattr(type(house.accounts), "knock", fails)
    gone = sign_in(browser)
    assert gone.status_code == 503
    assert PASSWORD not in gone.text


def test_signing_in_begins_a_session_of_its_own_and_ends_the_one_before(fresh, settled):
    settled("echt")
    browser = fresh()
    browser.client.cookies.set("impasse", "gekozen-door-een-ander")
    sign_in(browser)
    first = browser.client.cookies.get("impasse", domain="testserver.local")
    assert first
    assert first != "gekozen-door-een-ander"
    attacker = fresh()
    attacker.client.cookies.set("impasse", "gekozen-door-een-ander")
    assert attacker.get("/impasses").status_code == 303

    browser.client.cookies.clear()
    browser.client.cookies.set("impasse", first)
    sign_in(browser)
    attacker.client.cookies.set("impasse", first)
    assert attacker.get("/impasses").status_code == 303


def test_a_cookie_that_was_changed_opens_nothing(fresh, settled, house, watch):
    settled("echt")
    browser = fresh()
    answer = sign_in(browser)
    cookie = re.search(r"impasse=([\w-]+)", answer.headers["set-cookie"])[1]
    half = house.accounts.invite("stef", by="bea", origin="cli", at=watch())
    step = house.accounts.accept_invitation(half, PASSWORD, at=watch()).secret
    for changed in (cookie[:-1], cookie + "A", cookie.swapcase(), "", "\u00e9", step, "x" * 4_000):
        attacker = fresh()
        attacker.client.cookies.set("impasse", changed.encode("latin-1").decode("latin-1"))
        try:
            status = attacker.get("/impasses").status_code
        except UnicodeEncodeError:
            continue
        assert status == 303
    attacker = fresh()
    attacker.client.cookies.set("impasse-stap", cookie)
    assert attacker.get("/aanmelden/code").status_code in {200, 422}
    assert attacker.post("/aanmelden/code", {"code": "123456"}).status_code == 422


def test_whoever_is_disabled_is_out_at_the_next_click(as_, fresh, settled, house):
    settled("echt")
    browser = fresh()
    sign_in(browser)
    administrator = as_("bea")
    administrator.post(f"{USERS}/echt", {"actie": "zet-uit"})
    assert browser.get("/impasses").status_code == 303
    administrator.post(f"{USERS}/echt", {"actie": "zet-aan"})
    assert browser.get("/impasses").status_code == 303
    assert sign_in(fresh()).status_code == 303


def test_who_gets_other_roles_signs_in_again(as_, fresh, settled):
    settled("echt")
    browser, administrator = fresh(), as_("bea")
    sign_in(browser)
    kept = {
        "actie": "verander",
        "naam": "Een mens",
        "functie": "Liaison",
        "organisatie": "Amsterdam",
        "rol": ["liaison_officer"],
    }
    assert administrator.post(f"{USERS}/echt", kept).status_code == 303
    assert browser.get("/impasses").status_code == 200
    administrator.post(f"{USERS}/echt", kept | {"rol": ["secretariat"]})
    assert browser.get("/impasses").status_code == 303
    assert sign_in(browser).headers["Location"] == "/aanmelden/tweede-factor"


@pytest.mark.parametrize(
    "address",
    [
        "https://kwaad.example",
        "//kwaad.example",
        "///kwaad.example",
        "/\\kwaad.example",
        "\\\\kwaad.example",
        "/%2f%2fkwaad.example",
        "/%2Fkwaad.example",
        "/%5ckwaad.example",
        "/%252fkwaad.example",
        "/\t/kwaad.example",
        "/%09/kwaad.example",
        "\t//kwaad.example",
        "/a\r\nSet-Cookie: x=1",
        "/a%0d%0aSet-Cookie:x",
        "/a\u2028b",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "kwaad.example",
        "@kwaad.example",
        "/a//kwaad.example",
        "/" + "a" * 3_000,
        "",
    ],
)
def test_onward_is_only_ever_a_page_of_this_site(address):
    assert within(address) == ""


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/impasses?regio=Zeeland",
        "/zoeken?q=a%20b",
        "/impasses?q=https://x",
        "/a#h",
        "/caf%C3%A9",
    ],
)
def test_pages_of_this_site_are_kept_as_they_are(address):
    assert within(address) == address


def test_what_stands_in_a_name_is_shown_and_not_run(as_):
    administrator = as_("bea")
    wild = "<script>alert(1)</script>\"'>"
    administrator.post(USERS, NEW | {"naam": wild, "functie": wild, "orgaan": wild})
    for page in (USERS, f"{USERS}/rik"):
        text = administrator.get(page).text
        assert "<script>alert" not in text
        assert html.escape("<script>alert(1)") in text


@pytest.mark.parametrize("door", ["uitnodiging", "herstel"])
def test_no_line_of_the_log_tells_the_address_of_a_link(door):
    from impasse.adapters.logs import hide_secrets

    assert hide_secrets({"path": f"/{door}/abc-DEF_1 en meer"}) == {"path": f"/{door}/*** en meer"}
