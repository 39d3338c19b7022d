"""Signed out at the provider, signed out here: OpenID Connect Back-Channel Logout 1.0."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeGuard

from impasse.adapters.identity.id_token import LEEWAY_SECONDS, signed_claims
from impasse.adapters.identity.identities import sign_out_everywhere
from impasse.adapters.identity.provider_refusal import Cause, ProviderRefusal

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from impasse.adapters.identity.discovery import Published

_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_LASTS_SECONDS = 600


def signed_out(database: Engine, published: Published, token: str, *, at: datetime) -> int:
    """End the sessions of whom the logout *token* of a provider is about; return how many.

    A session is known here by who it is of, so a token that names only a session of the provider
    (`sid`) is refused. The same token twice ends nothing that began after it. Raises
    `ProviderRefusal` unless the token can be believed.
    """
    provider = published.provider
    claims, header = signed_claims(token, lambda kid: published.keys(at, kid=kid))
    now = at.timestamp()
    made, ends, events = claims.get("iat"), claims.get("exp"), claims.get("events")
    if not _is_moment(made):
        raise ProviderRefusal(Cause.UNTRUSTED, "logout token: iat is no moment")
    audience = claims.get("aud")
    subject = claims.get("sub")
    is_fresh = -LEEWAY_SECONDS <= now - made <= _LASTS_SECONDS and (
        ends is None or (_is_moment(ends) and now < ends + LEEWAY_SECONDS)
    )
    is_ours = claims.get("iss") == provider.issuer and (
        provider.client_id in audience
        if isinstance(audience, list)
        else audience == provider.client_id
    )
    is_logout = (
        isinstance(events, dict)
        and isinstance(events.get(_EVENT), dict)
        and "nonce" not in claims
        and str(header.get("typ", "JWT")).lower().removeprefix("application/")
        in {"jwt", "logout+jwt"}
    )
    if not (is_fresh and is_ours and is_logout and isinstance(subject, str) and subject):
        raise ProviderRefusal(Cause.UNTRUSTED, "logout token: it is not right")
    return sign_out_everywhere(
        database, provider.issuer, subject, before=datetime.fromtimestamp(made + 1, UTC)
    )


def _is_moment(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
