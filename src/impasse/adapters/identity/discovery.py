"""What a provider publishes of itself: its addresses and its keys, kept for a while."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from impasse.adapters.identity.client_keys import LEAST_BITS
from impasse.adapters.identity.conversation import Said, ask
from impasse.adapters.identity.provider_refusal import Cause, ProviderRefusal
from impasse.adapters.identity.providers import secure_address

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from impasse.adapters.identity.providers import Provider

KEPT = timedelta(hours=1)
"""How long what was published is used: a key that was taken away is not trusted longer."""

NOT_AGAIN = timedelta(seconds=10)
"""So long a provider that failed is left alone, and a key that it does not have is not sought."""

PATIENCE_SECONDS = 10.0
"""Who waits for another reader's question to the same provider waits no longer."""

MOST_KEYS = 50
"""More keys than this are a mistake of the provider."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What discovery said, checked. Addresses that are not offered are "".

    `names_itself` is whether every answer carries `iss` (RFC 9207).
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    end_session_endpoint: str
    names_itself: bool
    abilities: Mapping[str, frozenset[str]]
    """The lists of what the provider can do, by their name; one that is absent is not here."""


@dataclass(slots=True)
class Published:
    """What one provider publishes, asked once for all readers of this process."""

    provider: Provider
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _metadata: tuple[datetime, Metadata] | None = None
    _keys: tuple[datetime, KeySet] | None = None
    _failed: tuple[datetime, ProviderRefusal] | None = None

    def metadata(self, at: datetime) -> Metadata:
        """Return where the provider is to be asked what; raises `ProviderRefusal`."""
        with self._turn():
            return self._fresh_metadata(at)

    def keys(self, at: datetime, *, kid: str | None = None) -> KeySet:
        """Return the keys by which the provider signs; those of now when *kid* is not among them.

        Raises `ProviderRefusal`.
        """
        with self._turn():
            known = self._keys
            if known is not None and _is_fresh(known[0], at, KEPT):
                sought_just_now = _is_fresh(known[0], at, NOT_AGAIN)
                if sought_just_now or kid is None or kid in {key.kid for key in known[1]}:
                    return known[1]
            metadata = self._fresh_metadata(at)
            keys = _usable_keys(self._ask(metadata.jwks_uri, at))
            self._keys = (at, keys)
            return keys

    def _fresh_metadata(self, at: datetime) -> Metadata:
        known = self._metadata
        if known is not None and _is_fresh(known[0], at, KEPT):
            return known[1]
        said = self._ask(get_well_known_url(self.provider.issuer, external=True), at)
        metadata = checked_metadata(self.provider, said.content)
        self._metadata = (at, metadata)
        return metadata

    def _ask(self, address: str, at: datetime) -> Said:
        if self._failed is not None and _is_fresh(self._failed[0], at, NOT_AGAIN):
            failure = self._failed[1]
            raise ProviderRefusal(failure.cause, f"just now: {failure.detail}")
        try:
            said = published_at(address, self.provider)
        except ProviderRefusal as failure:
            self._failed = (at, failure)
            raise
        self._failed = None
        return said

    def _turn(self) -> _Turn:
        return _Turn(self._lock)


class _Turn:
    """One reader at a time asks; the others use the answer, and wait no longer than they should."""

    def __init__(self, lock: threading.Lock) -> None:
        self.lock = lock

    def __enter__(self) -> None:
        if not self.lock.acquire(timeout=PATIENCE_SECONDS):
            raise ProviderRefusal(Cause.UNREACHABLE, "others wait for it too")

    def __exit__(self, *_: object) -> None:
        self.lock.release()


def published_at(address: str, provider: Provider) -> Said:
    """Return what *provider* publishes at *address*; raises `ProviderRefusal` when it does not."""
    said = ask(address, authorities=provider.authorities)
    if said.status != 200:  # noqa: PLR2004
        raise ProviderRefusal(Cause.UNREACHABLE, f"HTTP {said.status}")
    return said


def _is_fresh(moment: datetime, at: datetime, kept: timedelta) -> bool:
    """Whether *moment* lies less than *kept* before *at*; a clock that went back proves nothing."""
    return timedelta(0) <= at - moment < kept


def checked_metadata(provider: Provider, content: Mapping[str, Any]) -> Metadata:
    """Return what discovery says; raises `ProviderRefusal` when it cannot be worked with.

    Authlib checks each value that is used; which issuer it is, we check: a document that speaks
    for another issuer than the one in our file is refused.
    """
    said = OpenIDProviderMetadata(content)
    try:
        for key in ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri",
                    "response_types_supported", "code_challenge_methods_supported",
                    "token_endpoint_auth_methods_supported"):  # fmt: skip
            getattr(said, f"validate_{key}")()
    except (ValueError, TypeError, AttributeError) as error:
        raise ProviderRefusal(Cause.UNREACHABLE, f"discovery: {error}"[:200]) from error
    if content["issuer"] != provider.issuer:
        raise ProviderRefusal(Cause.NOT_REGISTERED, "discovery speaks for another issuer")
    addresses = {
        name: _address(provider, content, name)
        for name in (
            "authorization_endpoint",
            "token_endpoint",
            "jwks_uri",
            "userinfo_endpoint",
            "end_session_endpoint",
        )
    }
    abilities = {
        key: frozenset(part for part in value if isinstance(part, str))
        for key, value in content.items()
        if key.endswith("_supported") and isinstance(value, list)
    }
    challenges = abilities.get("code_challenge_methods_supported")
    if challenges is not None and "S256" not in challenges:
        raise ProviderRefusal(Cause.NOT_REGISTERED, "discovery: no PKCE with S256")
    return Metadata(
        issuer=provider.issuer,
        names_itself=content.get("authorization_response_iss_parameter_supported") is True,
        abilities=abilities,
        **addresses,
    )


def _address(provider: Provider, content: Mapping[str, Any], name: str) -> str:
    """Return one address of discovery; one of https cannot lead to http."""
    address = content.get(name, "")
    may_be_absent = name in {"userinfo_endpoint", "end_session_endpoint"}
    if address == "" and may_be_absent:
        return ""
    downgrade = provider.issuer.startswith("https:") and not str(address).startswith("https:")
    if not isinstance(address, str) or not secure_address(address) or downgrade:
        raise ProviderRefusal(Cause.UNREACHABLE, f"discovery: {name} is not a secure address")
    return address


def _usable_keys(said: Said) -> KeySet:
    """Return the public RSA keys that may check a signature; others are left out."""
    written = said.content.get("keys")
    if not isinstance(written, list) or len(written) > MOST_KEYS:
        raise ProviderRefusal(Cause.UNREACHABLE, "the keys are no list")
    keys = []
    for data in written:
        if not isinstance(data, dict) or data.get("kty") != "RSA":
            continue
        if data.get("use", "sig") != "sig" or "verify" not in data.get("key_ops", ["verify"]):
            continue
        public = {name: data[name] for name in ("kty", "n", "e", "kid", "alg") if name in data}
        try:
            key = RSAKey.import_key(public)
            if key.raw_value.key_size >= LEAST_BITS:
                keys.append(key)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError, OverflowError):
            # A key that we cannot read is as good as absent: one that we need will be missed.
            continue
    if not keys:
        raise ProviderRefusal(Cause.UNREACHABLE, "there is no usable key")
    return KeySet(list(keys))
