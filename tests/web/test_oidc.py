"""Signing in through one's organisation, at a provider that runs beside the test."""

from __future__ import annotations

import re
import shutil
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc.jwk import RSAKey
from sqlmodel import Session, select
from structlog.testing import capture_logs

from impasse.adapters.identity.links import Purpose, make_link
from impasse.adapters.identity.oidc_flow import LASTS
from impasse.adapters.identity.secrets import sessions_of
from impasse.adapters.sql.people import disable_person, list_persons, person
from impasse.adapters.sql.tables import IdentityRow, OidcFlowRow
from impasse.domain.people import Role
from providers import LIAISON, running, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from impasse.wiring import House
    from providers import RunningProvider


class RealClock:
    """The clock of the provider's process, with what the test adds to it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture(scope="module")
def _provider() -> Iterator[RunningProvider]:
    with running() as provider:
        yield provider


@pytest.fixture(scope="module")
def _key() -> bytes:
    return RSAKey.generate_key(2048).as_pem(private=True)


@pytest.fixture
def clock() -> RealClock:
    return RealClock()


@pytest.fixture
def make_house(
    tmp_path: Path, _prepared: Path, _key: bytes, clock: RealClock
) -> Iterator[Callable[..., House]]:
    """Make a house that knows the given providers."""
    from impasse.settings import Settings
    from impasse.wiring import build

    houses = []

    def make(issuers: dict[str, str], **more: dict[str, Any]) -> House:
        file = tmp_path / f"impasse-{len(houses)}.db"
        shutil.copyfile(_prepared, file)
        (tmp_path / "client.pem").write_bytes(_key)
        settings = Settings(
            database_url=f"sqlite:///{file}",
            identity_providers=written(tmp_path, issuers, **more),
        )
        houses.append(build(settings, clock=clock))
        return houses[-1]

    yield make
    for house in houses:
        house.close()


@pytest.fixture
def provider(_provider: RunningProvider) -> RunningProvider:
    _provider.told(wrong="", names_itself=True, claims=LIAISON)
    return _provider


@pytest.fixture
def house(provider: RunningProvider, make_house: Callable[..., House]) -> House:
    """A house whose people of Amsterdam sign in at the provider."""
    house = make_house({"amsterdam": provider.issuer})
    register(provider, house)
    return house


@pytest.fixture
def browser_of() -> Callable[[House], Any]:
    """A browser of a house that the test made itself."""
    from starlette.testclient import TestClient

    from impasse.asgi import create_app

    class Visitor:
        def __init__(self, house: House) -> None:
            self.client = TestClient(create_app(house), follow_redirects=False)
            self.get = self.client.get

        def post(self, path: str, data: dict[str, str]) -> Any:
            page = self.client.get("/aanmelden").text
            token = re.search(r'name="formulier" value="(\w+)"', page)[1]
            return self.client.post(path, data={"formulier": token} | data)

    return Visitor


def register(provider: RunningProvider, house: House, name: str = "amsterdam", **more: Any) -> None:
    """Let the provider know its client: us."""
    providers = house.providers
    client = {
        "id": f"impasse-{name}",
        "redirect": providers.return_address(providers.provider(name)),
        "jwks": providers.public_keys(),
    }
    provider.told(client=client | more)


def leave(browser: Any, provider: str = "amsterdam", **more: str) -> str:
    """Choose a provider on the sign-in page; return where the browser is sent."""
    answer = browser.post("/aanmelden/organisatie", {"aanbieder": provider, **more})
    assert answer.status_code == 200, answer.text
    return answer.headers["Refresh"].removeprefix("0; url=")


def come_back(browser: Any, provider: RunningProvider, **more: str) -> Any:
    return browser.get(provider.sign_in(leave(browser, **more)))


def new_person(house: House) -> Any:
    """Return who was made by signing in."""
    made = [one for one in list_persons(house.database) if one.id.startswith("oidc-")]
    assert len(made) == 1
    return made[0]


# ---- as it should go


def test_a_liaison_signs_in_through_her_municipality_and_sees_its_cases(browser, house, provider):
    assert "Aanmelden via gemeente Amsterdam" in browser.get("/aanmelden").text

    answer = come_back(browser, provider, naar="/impasses?regio=Zeeland")

    assert answer.status_code == 303
    assert answer.headers["Location"] == "/impasses?regio=Zeeland"
    assert browser.get("/impasses").status_code == 200
    assert browser.get("/profiel").status_code == 200
    lotte = new_person(house)
    assert (lotte.organisation, lotte.roles) == ("gm0363", {Role.LIAISON_OFFICER})
    assert (lotte.name, lotte.function.nl, lotte.email) == ("Lotte de Vries", "Liaison", "")
    (line,) = sessions_of(house.database, lotte.id, at=house.clock())
    assert line.method == "oidc"


def test_what_we_ask_of_the_provider_follows_the_dutch_profile(browser, house, provider):
    come_back(browser, provider)

    asked = provider.seen["authorize"]
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["state"]) >= 43
    assert len(asked["nonce"]) >= 43
    assert asked["acr_values"].split()[0].endswith("/substantial")
    assert asked["ui_locales"] == "nl"
    token = provider.seen["token"]
    assert 43 <= len(token["code_verifier"]) <= 128
    assert "client_secret" not in token
    proof = provider.seen["assertion"]
    assert proof["header"]["alg"] == "PS256"
    assert proof["header"]["kid"] == house.providers.public_keys()["keys"][0]["kid"]
    assert len(proof["claims"]["jti"]) >= 22


def test_nothing_that_could_be_replayed_or_names_somebody_is_kept(browser, house, provider):
    address = leave(browser)
    state = parse_qs(urlsplit(address).query)["state"][0]
    with Session(house.database) as session:
        (flow,) = session.exec(select(OidcFlowRow)).all()
        assert state not in repr(flow)

    browser.get(provider.sign_in(address))

    with Session(house.database) as session:
        assert not session.exec(select(OidcFlowRow)).all()
        (identity,) = session.exec(select(IdentityRow)).all()
        assert LIAISON["sub"] not in identity.subject


def test_the_form_stays_within_the_policy_and_the_page_leads_on(browser, house, provider):
    answer = browser.post("/aanmelden/organisatie", {"aanbieder": "amsterdam"})

    assert "form-action 'self'" in answer.headers["Content-Security-Policy"]
    assert provider.issuer not in answer.headers["Content-Security-Policy"]
    assert f'href="{provider.issuer}/authorize?' in answer.text
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_rs256_and_the_issuer_as_audience_can_be_chosen(browser_of, make_house, provider):
    house = make_house(
        {"amsterdam": provider.issuer}, amsterdam={"signing": "RS256", "audience": "issuer"}
    )
    register(provider, house, signing="RS256", audience=provider.issuer, id_token="PS256")

    assert come_back(browser_of(house), provider).status_code == 303


def test_a_provider_that_changes_its_key_is_followed(browser, house, provider):
    come_back(browser, provider)
    before = provider.asked["keys"]
    house.clock.ahead += timedelta(seconds=30)
    provider.told(new_key=True)

    assert come_back(browser, provider).status_code == 303
    assert come_back(browser, provider).status_code == 303
    assert provider.asked["keys"] == before + 1


def test_a_later_sign_in_renews_what_somebody_may_do(browser, house, provider):
    come_back(browser, provider)
    provider.told(claims=LIAISON | {"groups": ["impasse-toezicht", "impasse-liaison"]})

    come_back(browser, provider)

    assert new_person(house).roles == {Role.SUPERVISOR}


def test_roles_that_are_taken_away_take_effect_everywhere_at_once(browser, app, house, provider):
    at_home, at_work = browser, type(browser)(app)
    come_back(at_home, provider)
    provider.told(claims=LIAISON | {"groups": []})

    answer = come_back(at_work, provider)

    assert answer.status_code == 403
    assert "geen rol" in answer.text
    assert at_home.get("/impasses").status_code == 303
    assert not new_person(house).roles


def test_who_is_disabled_stays_out(browser, house, provider):
    come_back(browser, provider)
    disable_person(house.database, new_person(house).id, at=house.clock())

    answer = come_back(browser, provider)

    assert answer.status_code == 403
    assert "uitgezet" in answer.text
    assert new_person(house).disabled


def test_an_invitation_links_the_sign_in_to_who_was_invited(browser, house, provider):
    secret = invitation(house, "echt")

    answer = come_back(browser, provider, uitnodiging=secret)

    assert answer.status_code == 303
    (line,) = sessions_of(house.database, "echt", at=house.clock())
    assert line.method == "oidc"
    assert come_back(browser, provider).status_code == 303
    assert len(sessions_of(house.database, "echt", at=house.clock())) == 1
    assert not [one for one in list_persons(house.database) if one.id.startswith("oidc-")]


def test_an_invitation_works_once_and_only_for_the_organisation_it_is_for(
    browser, app, house, provider
):
    secret = invitation(house, "echt")
    come_back(browser, provider, uitnodiging=secret)
    provider.told(claims=LIAISON | {"sub": "another"})
    again = come_back(type(browser)(app), provider, uitnodiging=secret)
    assert again.status_code == 409
    assert "uitnodiging is verlopen of al gebruikt" in again.text

    elsewhere = come_back(type(browser)(app), provider, uitnodiging=invitation(house, "pim-echt"))

    assert elsewhere.status_code == 403
    assert "andere organisatie" in elsewhere.text


def test_nobody_is_recognised_by_an_address_of_e_mail(browser, make_house, provider, browser_of):
    house = make_house(
        {"amsterdam": provider.issuer}, amsterdam={"claims": {"roles": "groups", "email": "email"}}
    )
    register(provider, house)
    provider.told(claims=LIAISON | {"email": "echt@amsterdam.example", "email_verified": True})

    come_back(browser_of(house), provider)

    assert new_person(house).email == "echt@amsterdam.example"
    assert not sessions_of(house.database, "echt", at=house.clock())


def test_where_the_administrator_gives_the_roles_an_invitation_is_needed(
    make_house, provider, browser_of
):
    house = make_house(
        {"amsterdam": provider.issuer}, amsterdam={"first_sign_in": "invitation", "roles": {}}
    )
    register(provider, house)
    refused = come_back(browser_of(house), provider)
    assert refused.status_code == 403
    assert "uitnodiging" in refused.text

    browser = browser_of(house)

    assert come_back(browser, provider, uitnodiging=invitation(house, "echt")).status_code == 303
    assert person(house.database, "echt").roles == {Role.LIAISON_OFFICER}


def test_two_sign_ins_at_once_make_one_person(app, browser, house, provider):
    browsers = [type(browser)(app) for _ in range(4)]
    backs = [provider.sign_in(leave(one)) for one in browsers]
    answers: list[int] = []
    threads = [
        threading.Thread(
            target=lambda one=one, back=back: answers.append(one.get(back).status_code)
        )
        for one, back in zip(browsers, backs, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [303] * 4
    assert new_person(house).roles == {Role.LIAISON_OFFICER}


def test_who_signs_out_here_is_told_how_to_sign_out_there_too(browser, house, provider):
    come_back(browser, provider)
    page = browser.get("/impasses").text
    token = re.search(r'name="formulier" value="(\w+)"', page)[1]

    answer = browser.client.post("/afmelden", data={"formulier": token})

    assert answer.status_code == 200
    assert "nog aangemeld bij" in answer.text
    link = re.search(rf'href="({provider.issuer}/logout[^"]*)"', answer.text)[1]
    told = parse_qs(urlsplit(link.replace("&amp;", "&")).query)
    assert told["client_id"] == ["impasse-amsterdam"]
    assert told["post_logout_redirect_uri"] == ["http://127.0.0.1:8000/aanmelden"]
    assert browser.get("/impasses").status_code == 303


def test_who_signs_out_at_the_provider_is_signed_out_here(house, provider, browser_of):
    browser = browser_of(house)
    come_back(browser, provider)
    address = "/aanmelden/uitgelogd/amsterdam"
    for wrong in ({"aud": "another"}, {"iss": "https://x.example"}, {"events": {}}, {"iat": 0},
                  {"nonce": "n"}, {"sub": None}, {"sub": "another"}):  # fmt: skip
        browser.client.post(address, data={"logout_token": provider.logout_token(**wrong)})
        assert browser.get("/impasses").status_code == 200, wrong
    assert browser.client.post(address, data={"logout_token": "x.y.z"}).status_code == 400
    assert browser.client.post(address, content=b"x" * 100_000).status_code == 413

    answer = browser.client.post(address, data={"logout_token": provider.logout_token()})

    assert answer.status_code == 200
    assert browser.get("/impasses").status_code == 303


def test_our_public_keys_stand_at_a_steady_address_and_nothing_private_with_them(house, browser_of):
    answer = browser_of(house).get("/.well-known/jwks.json")

    (key,) = answer.json()["keys"]
    assert answer.headers["content-type"] == "application/jwk-set+json"
    assert set(key) == {"kty", "n", "e", "kid", "use"}


def test_without_providers_there_is_no_button_and_no_door(make_house, browser_of, house):
    from dataclasses import replace

    from impasse.adapters.identity.oidc import IdentityProviders
    from impasse.adapters.identity.providers import ProviderFile

    browser = browser_of(replace(house, providers=IdentityProviders(ProviderFile(), "")))

    assert "via uw organisatie" not in browser.get("/aanmelden").text
    assert browser.get("/.well-known/jwks.json").status_code == 404
    assert browser.post("/aanmelden/organisatie", {"aanbieder": "amsterdam"}).status_code == 404


# ---- as it should not


UNTRUSTED = {
    "alg_none": "UnsupportedAlgorithmError",
    "alg_hs256": "UnsupportedAlgorithmError",
    "alg_ps512": "UnsupportedAlgorithmError",
    "another_key": "BadSignatureError",
    "another_kid": "InvalidKeyIdError",
    "own_key_along": "BadSignatureError",
    "nonce_absent": "MissingClaimError nonce",
    "nonce_wrong": "InvalidClaimError nonce",
    "nonce_list": "InvalidClaimError nonce",
    "aud_wrong": "InvalidClaimError aud",
    "aud_many": "MissingClaimError azp",
    "azp_wrong": "InvalidClaimError azp",
    "iss_wrong": "InvalidClaimError iss",
    "expired": "ExpiredTokenError exp",
    "exp_absent": "MissingClaimError exp",
    "exp_text": "InvalidClaimError exp",
    "not_yet": "InvalidClaimError nbf",
    "from_the_future": "InvalidClaimError iat",
    "from_long_ago": "older than the question",
    "at_hash_wrong": "InvalidClaimError at_hash",
    "at_hash_empty": "at_hash is empty",
    "sub_absent": "MissingClaimError sub",
    "sub_number": "InvalidClaimError sub",
    "sub_empty": "InvalidClaimError sub",
    "deep": "token: ",
    "no_id_token": "there is no token",
    "no_token_at_all": "token: UnicodeEncodeError",
    "not_bearer": "no usable access token",
    "iss_absent": "iss is absent or of another issuer",
    "iss_of_another": "iss is absent or of another issuer",
}
"""What cannot be believed, and what the log says of it."""

OTHERWISE = {
    "acr_low": ("te laag niveau", "acr is http://eidas.europa.eu/LoA/low"),
    "acr_absent": ("te laag niveau", "acr is none"),
    "acr_unknown": ("te laag niveau", "acr is none"),
    "acr_list": ("te laag niveau", "acr is none"),
    "represents": ("namens iemand anders", ""),
    "old_code": ("al gebruikt", "HTTP 400: invalid_grant"),
    "error:access_denied": ("brak het aanmelden af", "access_denied"),
    "error:login_required": ("volg de stappen", "login_required"),
    "error:invalid_scope": ("impasse doctor", "invalid_scope"),
    "error:temporarily_unavailable": ("over een paar minuten", "temporarily_unavailable"),
    "error:<b>what</b>": ("over een paar minuten", "unknown error"),
    "token_html": ("antwoordt nu niet", "not JSON but 'text/html'"),
    "token_html_as_json": ("antwoordt nu niet", "it is no JSON"),
    "token_list": ("antwoordt nu niet", "no JSON object"),
    "token_deep": ("antwoordt nu niet", "it is no JSON"),
    "token_giant": ("antwoordt nu niet", "more than 262144 bytes"),
    "token_bomb": ("antwoordt nu niet", "it is compressed"),
    "token_redirect": ("antwoordt nu niet", "it redirects"),
    "token_broken": ("antwoordt nu niet", "HTTP 500"),
    "token_invalid_client": ("impasse doctor", "invalid_client"),
}
FAULTS = {fault: ("klopt niet", said) for fault, said in UNTRUSTED.items()} | OTHERWISE


def test_what_is_wrong_with_an_answer_signs_nobody_in_and_says_what_to_do(
    browser, app, house, provider
):
    browsers = {fault: type(browser)(app) for fault in FAULTS}
    come_back(browser, provider)  # so that there is a code of before
    provider.told(claims=LIAISON | {"sub": "the-attacker"})

    for fault, (sentence, logged) in FAULTS.items():
        provider.told(wrong=fault)
        with capture_logs() as lines:
            answer = come_back(browsers[fault], provider)

        assert answer.status_code in {403, 409, 503}, fault
        assert sentence in answer.text, fault
        assert logged in lines[-1]["detail"], (fault, lines)
        assert "<script>alert" not in answer.text
        assert "<b>what" not in answer.text
        assert "impasse=" not in answer.headers.get("set-cookie", "")
        assert browsers[fault].get("/impasses").status_code == 303

    assert new_person(house).name == "Lotte de Vries"


def test_a_provider_that_says_odd_things_of_itself_is_not_left_for(browser, house, provider):
    for fault, sentence in {
        "discovery_broken": "antwoordt nu niet",
        "discovery_html": "antwoordt nu niet",
        "discovery_redirect": "antwoordt nu niet",
        "discovery_list": "antwoordt nu niet",
        "plain_endpoint": "antwoordt nu niet",
        "issuer": "impasse doctor",
        "no_s256": "impasse doctor",
    }.items():
        provider.told(wrong=fault)
        answer = browser.post("/aanmelden/organisatie", {"aanbieder": "amsterdam"})
        house.clock.ahead += timedelta(seconds=15)

        assert answer.status_code == 503, fault
        assert sentence in answer.text, fault
        assert "Refresh" not in answer.headers


def test_keys_that_cannot_be_read_are_not_trusted_and_sought_again_later(browser, house, provider):
    provider.told(wrong="keys_html")
    assert come_back(browser, provider).status_code == 503
    provider.told(wrong="")
    assert come_back(browser, provider).status_code == 503

    house.clock.ahead += timedelta(seconds=15)

    assert come_back(browser, provider).status_code == 303


def test_a_provider_that_is_down_is_asked_again_only_after_a_while(make_house, browser_of, clock):
    house = make_house({"amsterdam": "http://127.0.0.1:9"})
    browser = browser_of(house)

    for _ in range(2):
        answer = browser.post("/aanmelden/organisatie", {"aanbieder": "amsterdam"})
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "60"


def test_an_answer_that_drips_is_cut_off(provider, monkeypatch):
    from impasse.adapters.identity.conversation import ask
    from impasse.adapters.identity.provider_refusal import ProviderRefusal

    provider.told(wrong="discovery_drip")
    begun = datetime.now(UTC)

    with pytest.raises(ProviderRefusal):
        ask(f"{provider.issuer}/.well-known/openid-configuration", seconds=0.6)

    assert datetime.now(UTC) - begun < timedelta(seconds=3)


def test_an_answer_works_once(browser, house, provider):
    back = provider.sign_in(leave(browser))
    assert browser.get(back).status_code == 303

    again = browser.get(back)

    assert again.status_code == 409
    assert "al gebruikt" in again.text
    assert "nog aangemeld" in again.text


def test_an_answer_works_only_in_the_browser_that_asked_for_it(browser, app, house, provider):
    mine, theirs = browser, type(browser)(app)
    my_answer, their_answer = provider.sign_in(leave(mine)), provider.sign_in(leave(theirs))

    assert mine.get(their_answer).status_code == 409
    assert theirs.get(my_answer).status_code == 409
    assert type(browser)(app).get(my_answer).status_code == 409
    # Whoever showed it first used it up.
    assert mine.get(my_answer).status_code == 409


def test_an_answer_without_cookie_or_with_another_cookie_signs_nobody_in(browser, house, provider):
    back = provider.sign_in(leave(browser))
    browser.client.cookies.clear()

    assert browser.get(back).status_code == 409


def test_who_takes_too_long_begins_again(browser, house, provider):
    back = provider.sign_in(leave(browser))
    house.clock.ahead += LASTS

    assert browser.get(back).status_code == 409


def test_an_answer_that_nobody_asked_for_is_refused(browser, house):
    leave(browser)

    for answer in (
        "",
        "?state=&code=x",
        "?code=x&state=" + "a" * 5000,
        "?state=%00&code=x",
        "?state=%ED%A0%80&code=x",
        "?error=access_denied",
    ):
        assert browser.get(f"/aanmelden/terug/amsterdam{answer}").status_code == 409


def test_a_state_that_stands_there_twice_is_no_state(browser, house, provider):
    back = provider.sign_in(leave(browser))

    assert browser.get(f"{back}&state=another").status_code == 409


def test_the_answer_of_one_provider_is_not_that_of_another(make_house, browser_of, provider):
    with running() as rogue:
        house = make_house(
            {"amsterdam": provider.issuer, "haarlem": rogue.issuer},
            haarlem={"organisations": ["gm0392"]},
        )
        register(provider, house)
        register(rogue, house, "haarlem")
        browser = browser_of(house)
        # Who means to go to Haarlem is sent on to Amsterdam, whose code Haarlem would like to have.
        lured = [parse_qs(urlsplit(leave(browser, "haarlem")).query)["state"][0] for _ in range(2)]
        stolen = parse_qs(urlsplit(provider.sign_in(leave(browser))).query)["code"][0]
        for path, state, why in (
            ("amsterdam", lured[0], "state belongs to another provider"),
            ("haarlem", lured[1], "iss is absent or of another issuer"),
        ):
            answer = {"state": state, "code": stolen, "iss": provider.issuer}
            with capture_logs() as lines:
                refused = browser.get(f"/aanmelden/terug/{path}?{urlencode(answer)}")

            assert refused.status_code in {403, 409}
            assert why in lines[-1]["detail"]

        assert rogue.asked["token"] == 0


def test_a_provider_speaks_only_for_its_own_organisations(make_house, browser_of, provider):
    house = make_house(
        {"amsterdam": provider.issuer},
        amsterdam={
            "organisations": ["gm0363", "gm0384"],
            "claims": {"roles": "groups", "organisation": "org"},
        },
    )
    register(provider, house)
    amsterdam = "https://identifier.overheid.nl/tooi/id/gemeente/gm0363"
    for said in ("gm0363", amsterdam, "00000001002564440000", ["gm0363"]):
        provider.told(claims=LIAISON | {"org": said})
        assert come_back(browser_of(house), provider).status_code == 303, said
        assert new_person(house).organisation == "gm0363"
    provider.told(claims=LIAISON | {"org": "gm0384"})
    come_back(browser_of(house), provider)
    assert new_person(house).organisation == "gm0384"

    for said in ("pv27", "", None, ["gm0363", "pv27"], ["gm0363", "gm0384"], 363, {"id": "gm0363"},
                 "00000001999999999000", "GM0363"):  # fmt: skip
        provider.told(claims=LIAISON | {"org": said})
        answer = come_back(browser_of(house), provider)
        assert answer.status_code == 403, said
        assert "niet mag spreken" in answer.text

    assert new_person(house).organisation == "gm0384"


def test_the_userinfo_is_about_who_signed_in(make_house, browser_of, provider):
    house = make_house({"amsterdam": provider.issuer}, amsterdam={"userinfo": True})
    register(provider, house)
    provider.told(claims={"sub": "pairwise-1"})
    provider.told(
        client={
            "id": "impasse-amsterdam",
            "redirect": house.providers.return_address(house.providers.provider("amsterdam")),
            "jwks": house.providers.public_keys(),
            "userinfo": {"groups": ["impasse-liaison"], "name": "Van userinfo"},
        }
    )
    assert come_back(browser_of(house), provider).status_code == 303
    assert new_person(house).name == "Van userinfo"

    provider.told(wrong="userinfo_of_another")

    assert come_back(browser_of(house), provider).status_code == 403


def test_who_signed_in_there_too_long_ago_signs_in_again(make_house, browser_of, provider):
    house = make_house({"amsterdam": provider.issuer}, amsterdam={"max_age_minutes": 60})
    register(provider, house)
    assert come_back(browser_of(house), provider).status_code == 303
    assert provider.seen["authorize"]["max_age"] == "3600"

    for fault in ("auth_time_old", "auth_time_to_come", "auth_time_absent"):
        provider.told(wrong=fault)
        assert come_back(browser_of(house), provider).status_code == 403, fault


def test_signing_in_at_a_provider_never_leads_to_another_site(browser, house, provider):
    for elsewhere in ("https://x.example", "//x.example", "/\\x.example", "x"):
        answer = come_back(browser, provider, naar=elsewhere)
        assert answer.headers["Location"] == "/mijn-werk"


def test_a_form_of_another_site_begins_no_sign_in(browser, house):
    answer = browser.client.post("/aanmelden/organisatie", data={"aanbieder": "amsterdam"})

    assert answer.status_code == 403


def test_words_of_a_provider_cannot_break_a_page_or_the_database(browser, house, provider):
    odd = "<script>alert(1)</script> \ud800\u0000 \u202e" + "a" * 500
    provider.told(claims=LIAISON | {"name": odd})

    assert come_back(browser, provider).status_code == 303
    assert len(new_person(house).name) <= 120
    assert "<script>alert" not in browser.get("/impasses").text


def test_signing_in_again_ends_the_session_of_before(browser, house, provider):
    come_back(browser, provider)
    before = browser.client.cookies["impasse"]

    come_back(browser, provider)

    assert browser.client.cookies["impasse"] != before
    assert len(sessions_of(house.database, new_person(house).id, at=house.clock())) == 1


def invitation(house: House, who: str) -> str:
    """Invite somebody; "pim-echt" is made on the way, of another organisation."""
    from impasse.adapters.sql.database import writing
    from impasse.adapters.sql.people import add_person
    from impasse.domain.people import Person
    from impasse.domain.text import same

    if who == "pim-echt":
        roles = frozenset({Role.LIAISON_OFFICER})
        add_person(house.database, Person(who, who, same("Liaison"), "pv27", roles))
    with writing(house.database) as connection, Session(bind=connection) as session:
        return make_link(session, who, Purpose.INVITATION, by="sam", at=house.clock())
