"""The file of providers: what it may say, and what is told when it says something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from impasse.adapters.identity.client_keys import load_client_keys
from impasse.adapters.identity.providers import EIDAS, load_providers, secure_address
from impasse.domain.errors import Unreadable
from impasse.domain.people import Role

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = """
[client]
keys = ["client.pem", "volgende.pem"]

[provider.amsterdam]
name = "gemeente Amsterdam"
issuer = "https://login.amsterdam.example"
client_id = "impasse"
organisations = ["gm0363"]

[provider.amsterdam.claims]
roles = ["realm_access", "roles"]

[provider.amsterdam.roles]
"impasse-liaison" = "liaison_officer"
"""


def test_a_plain_file_asks_for_a_substantial_level_and_counts_paths_from_its_own_folder(tmp_path):
    read = load_providers(written(tmp_path, PLAIN))

    (provider,) = read.providers
    assert read.keys == (tmp_path / "client.pem", tmp_path / "volgende.pem")
    assert provider.accepted_levels == EIDAS[1:]
    assert provider.roles == {"impasse-liaison": Role.LIAISON_OFFICER}
    assert provider.claims.roles == ("realm_access", "roles")
    assert (provider.signing, provider.audience) == ("PS256", "token_endpoint")
    assert not provider.by_invitation


@pytest.mark.parametrize(
    ("instead_of", "this", "told"),
    [
        ('keys = ["client.pem", "volgende.pem"]', "keys = []", "client.keys: kan zo niet"),
        ('keys = ["client.pem", "volgende.pem"]', 'keys = ["a", "b", "c"]', "een of twee PEM"),
        ("https://login.amsterdam.example", "http://login.amsterdam.example", "https://"),
        ("https://login.amsterdam.example", "https://u:p@login.example", "https://"),
        ("https://login.amsterdam.example", "https://login.example?x=1", "zonder ? of #"),
        ('client_id = "impasse"', "", "provider.amsterdam.client_id: ontbreekt"),
        ('client_id = "impasse"', "client_id = 7", "client_id: kan zo niet"),
        ('client_id = "impasse"', 'client_id = "a"\nclient_secret = "b"', "client_secret"),
        ('["gm0363"]', '["GM0363"]', "geen code van het register"),
        ('["gm0363"]', "[]", "organisations: kan zo niet; geef een lijst met codes"),
        ('["gm0363"]', '["gm0363", "pv27"]', "claims.organisation: ontbreekt"),
        ('"liaison_officer"', '"party"', '"party" is geen rol'),
        ('"liaison_officer"', '"clock"', '"clock" is geen rol'),
        ('"liaison_officer"', '"baas"', "kies uit administrator, liaison_officer"),
        ('"impasse-liaison" = "liaison_officer"', "", 'first_sign_in = "invitation"'),
        ('name = "g', 'acr = "hoog"\nname = "g', "staat niet in acr_order"),
        ('name = "g', 'scopes = ["profile"]\nname = "g', '"openid" hoort erbij'),
        ('name = "g', 'signing = "HS256"\nname = "g', "PS256 of RS256"),
        ('name = "g', 'max_age_minutes = "60"\nname = "g', "een geheel getal"),
        ('name = "gemeente Amsterdam"', "name = 5", "geef een naam"),
        ("provider.amsterdam", 'provider."A b"', "deze naam kan niet in een adres"),
        ("[client]", "[client", "dit is geen TOML"),
        ("[client]", "[klant]", "client: ontbreekt"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_place_and_a_remedy(tmp_path, instead_of, this, told):
    assert instead_of in PLAIN

    with pytest.raises(Unreadable) as refused:
        load_providers(written(tmp_path, PLAIN.replace(instead_of, this)))

    assert told in refused.value.text.nl
    assert "aanmelddiensten.toml: " in refused.value.text.en


def test_two_entries_for_one_provider_are_refused(tmp_path):
    first = PLAIN.index("[provider.amsterdam]")
    twice = PLAIN + PLAIN[first:].replace("[provider.amsterdam", "[provider.haarlem")

    with pytest.raises(Unreadable, match="is that of provider"):
        load_providers(written(tmp_path, twice))


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(Unreadable, match="cannot be read"):
        load_providers(tmp_path / "aanmelddiensten.toml")


@pytest.mark.parametrize(
    ("address", "secure"),
    [
        ("https://login.example", True),
        ("https://login.example:8443/realms/x", True),
        ("http://127.0.0.1:8080", True),
        ("http://[::1]:8080", True),
        ("http://localhost", True),
        ("http://login.example", False),
        ("http://127.0.0.1.example", False),
        ("https://user@login.example", False),
        ("https://login.example/#x", False),
        ("https://login.example/\n", False),
        ("https://login.example; x", False),
        ("https://", False),
        ("https://login.example:99999", False),
        ("https://lögin.example", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_only_tls_or_this_machine_is_secure(address, secure):
    assert secure_address(address) is secure


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_a_key_that_is_too_short_or_none_is_refused_with_how_to_make_one(tmp_path):
    from joserfc.jwk import ECKey, RSAKey

    short, other = tmp_path / "short.pem", tmp_path / "other.pem"
    short.write_bytes(RSAKey.generate_key(1024).as_pem(private=True))
    other.write_bytes(ECKey.generate_key("P-256").as_pem(private=True))
    public = tmp_path / "public.pem"
    public.write_bytes(RSAKey.generate_key(2048).as_pem(private=False))

    for path in (short, other, public, tmp_path / "absent.pem"):
        with pytest.raises(Unreadable):
            load_client_keys([path])


def written(folder: Path, content: str) -> Path:
    file = folder / "aanmelddiensten.toml"
    file.write_text(content, "utf-8")
    return file
