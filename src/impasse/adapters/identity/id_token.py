"""The ID token: what a provider signed about somebody, believed only when everything is right.

joserfc checks the signature, Authlib the claims of OpenID Connect; what those leave to us follows
OpenID Connect Core §3.1.3.7 and the profile OIDC NLGov.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from impasse.adapters.identity.provider_refusal import Cause, ProviderRefusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from joserfc.jwk import KeySet

    from impasse.adapters.identity.providers import Provider

ALGORITHMS = ("RS256", "PS256")
"""What a provider may sign with (OIDC NLGov): never `none`, and never a shared secret."""

LEEWAY_SECONDS = 60
"""How far apart the clocks of provider and house may be."""

LONGEST_SUBJECT = 255
"""Characters; OpenID Connect Core §2 allows no more."""


class _Tokens(JWSRegistry):
    """Which tokens are read: a provider may send certificates along in the header, unused here."""

    max_header_length = 16 * 1024


_REGISTRY = _Tokens(algorithms=ALGORITHMS, strict_check_header=False)

_STRANGE = (
    JoseError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    RecursionError,
    OverflowError,
)
"""What reading a token of anything at all may end in."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What we asked for in the sign-in that this token should answer."""

    nonce: str
    at: datetime


def verified_claims(
    token: object,
    provider: Provider,
    keys: Callable[[str | None], KeySet],
    asked: Asked,
    *,
    access_token: str,
    now: datetime,
) -> Mapping[str, Any]:
    """Return the claims of *token*; raises `ProviderRefusal` unless it can be believed.

    *keys* returns the provider's keys, looking again when it does not know the id that it gets.
    """
    claims, header = signed_claims(token, keys)
    moment = int(now.timestamp())
    checked = CodeIDToken(
        claims,
        header,
        {
            "iss": {"essential": True, "values": [provider.issuer]},
            "sub": {"essential": True},
            "aud": {"essential": True, "values": [provider.client_id]},
            "exp": {"essential": True},
            "iat": {"essential": True},
            "nonce": {"essential": True},
        },
        {
            "nonce": asked.nonce,
            "client_id": provider.client_id,
            "access_token": access_token,
            "max_age": provider.max_age_minutes,
        },
    )
    try:
        checked.validate(now=moment, leeway=LEEWAY_SECONDS)
    except _STRANGE as error:
        raise ProviderRefusal(Cause.UNTRUSTED, _detail("ID token", error)) from error
    subject = claims["sub"]
    if not subject or len(subject) > LONGEST_SUBJECT or not subject.isascii():
        raise ProviderRefusal(Cause.UNTRUSTED, "ID token: sub is not usable")
    if claims["iat"] < asked.at.timestamp() - LEEWAY_SECONDS:
        raise ProviderRefusal(Cause.UNTRUSTED, "ID token: older than the question")
    if "at_hash" in claims and not (isinstance(claims["at_hash"], str) and claims["at_hash"]):
        raise ProviderRefusal(Cause.UNTRUSTED, "ID token: at_hash is empty")
    _check_level(provider, claims.get("acr"))
    _check_age(provider, claims.get("auth_time"), moment)
    return claims


def signed_claims(
    token: object, keys: Callable[[str | None], KeySet]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the claims and the header of a token that the provider signed, whatever it says."""
    if not isinstance(token, str):
        raise ProviderRefusal(Cause.UNTRUSTED, "there is no token")
    try:
        kid = jws.extract_compact(token.encode("ascii"), registry=_REGISTRY).headers().get("kid")
    except _STRANGE as error:
        raise ProviderRefusal(Cause.UNTRUSTED, _detail("token", error)) from error
    found = keys(kid if isinstance(kid, str) else None)
    try:
        decoded = jwt.decode(token, found, registry=_REGISTRY)
    except _STRANGE as error:
        raise ProviderRefusal(Cause.UNTRUSTED, _detail("token", error)) from error
    return decoded.claims, decoded.header


def _check_level(provider: Provider, acr: object) -> None:
    if provider.acr and acr not in provider.accepted_levels:
        known = acr if acr in provider.acr_order else "none, or one that is not in acr_order"
        raise ProviderRefusal(Cause.LEVEL_TOO_LOW, f"acr is {known}")


def _check_age(provider: Provider, signed_in_at: object, moment: int) -> None:
    """Refuse who signed in there too long ago, when the file says how long that is."""
    if provider.max_age_minutes is None:
        return
    number = isinstance(signed_in_at, int | float) and not isinstance(signed_in_at, bool)
    if not number or not math.isfinite(signed_in_at):  # type: ignore[arg-type]
        raise ProviderRefusal(Cause.UNTRUSTED, "ID token: auth_time is no moment")
    age = moment - signed_in_at  # type: ignore[operator]
    if age < -LEEWAY_SECONDS:
        raise ProviderRefusal(Cause.UNTRUSTED, "ID token: auth_time is to come")
    if age > provider.max_age_minutes * 60 + LEEWAY_SECONDS:
        raise ProviderRefusal(Cause.TOO_LONG_AGO)


def _detail(what: str, error: Exception) -> str:
    """Name a fault without repeating what came in."""
    claim = getattr(error, "claim", "")
    return f"{what}: {type(error).__name__} {claim}".strip()
