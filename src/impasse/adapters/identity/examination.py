"""Whether people can sign in at a provider, and what to mend when they cannot."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from authlib.oidc.discovery import get_well_known_url

from impasse.adapters.identity.discovery import Published, checked_metadata, published_at
from impasse.adapters.identity.id_token import ALGORITHMS, LEEWAY_SECONDS
from impasse.adapters.identity.identities import organisations_missing
from impasse.adapters.identity.provider_refusal import ProviderRefusal
from impasse.adapters.identity.providers import secure_address
from impasse.domain.errors import Unreadable
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from impasse.adapters.identity.discovery import Metadata
    from impasse.adapters.identity.oidc import IdentityProviders
    from impasse.adapters.identity.providers import Provider

_OTHERS = 0o077
"""Rights of a file for anybody but its owner."""


def faults_of_ours(providers: IdentityProviders) -> Iterator[Text]:
    """Yield what is wrong with our own half: the keys, and the address that readers use."""
    try:
        providers.own_keys()
    except Unreadable as error:
        yield error.text
    else:
        for path in providers.file.keys:
            yield from _open_to_others(path)
    if not secure_address(providers.address):
        yield Text(
            f"public_url ({providers.address}) begint niet met https://; verander de instelling",
            f"public_url ({providers.address}) does not begin with https://; change the setting",
        )


def faults_of(provider: Provider, database: Engine, *, at: datetime) -> Iterator[Text]:
    """Yield why people could not sign in at *provider*, each with what to do about it."""
    for organisation in organisations_missing(database, provider):
        yield Text(
            f"organisatie {organisation} staat niet in het register; verbeter organisations",
            f"organisation {organisation} is not in the register; correct organisations",
        )
    try:
        said = published_at(get_well_known_url(provider.issuer, external=True), provider)
        metadata = checked_metadata(provider, said.content)
        Published(provider).keys(at)
    except ProviderRefusal as refusal:
        yield Text(
            f"{provider.issuer} geeft geen bruikbaar antwoord ({refusal.detail}); vraag de "
            "beheerder daar, en controleer issuer en het netwerk",
            f"{provider.issuer} gives no usable answer ({refusal.detail}); ask the administrator "
            "there, and check issuer and the network",
        )
        return
    yield from clock_faults(said.date, at)
    yield from _lacking(provider, metadata)
    if provider.userinfo and not metadata.userinfo_endpoint:
        yield Text(
            "er is geen userinfo; zet userinfo = false",
            "there is no userinfo; set userinfo = false",
        )


def _lacking(provider: Provider, metadata: Metadata) -> Iterator[Text]:
    """Yield what the provider says it cannot do; a list that it does not give says nothing."""
    wanted = (
        ("token_endpoint_auth_methods_supported", {"private_key_jwt"}),
        ("token_endpoint_auth_signing_alg_values_supported", {provider.signing}),
        ("id_token_signing_alg_values_supported", set(ALGORITHMS)),
        ("subject_types_supported", {"pairwise"}),
        ("response_types_supported", {"code"}),
        ("acr_values_supported", set(provider.accepted_levels)),
    )
    for name, some in wanted:
        offered = metadata.abilities.get(name)
        if offered is not None and some and not some & offered:
            words = " of ".join(sorted(some))
            yield Text(
                f"{name} noemt geen {words}; vraag de beheerder daar",
                f"{name} does not name {words.replace(' of ', ' or ')}; ask the administrator "
                "there",
            )
    scopes = metadata.abilities.get("scopes_supported", frozenset(provider.scopes))
    if unknown := sorted(set(provider.scopes) - scopes):
        yield Text(
            f"onbekende scopes: {', '.join(unknown)}; verbeter scopes",
            f"unknown scopes: {', '.join(unknown)}; correct scopes",
        )


def clock_faults(date: str, at: datetime) -> Iterator[Text]:
    """Yield that the moment *date* of an answer lies far from *at*."""
    try:
        apart = abs(parsedate_to_datetime(date) - at).total_seconds()
    except (ValueError, TypeError):
        # It named no moment: then there is nothing to compare.
        return
    if apart > LEEWAY_SECONDS:
        yield Text(
            f"de klok daar loopt {apart:.0f} seconden anders dan de onze; zet beide gelijk",
            f"the clock there differs {apart:.0f} seconds from ours; set both right",
        )


def _open_to_others(path: Path) -> Iterator[Text]:
    if path.stat().st_mode & _OTHERS:
        yield Text(
            f"anderen op deze computer kunnen {path} lezen; voer 'chmod 600' uit op dat bestand",
            f"others on this computer can read {path}; run 'chmod 600' on that file",
        )
