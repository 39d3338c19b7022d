"""Signing in at the identity provider of one's organisation: OpenID Connect, as OIDC NLGov wants.

Code flow only, PKCE with S256, a state and a nonce per sign-in, and we prove who we are with a
signature (private_key_jwt). Each provider sends its answer to an address of its own, so that the
answer of one is never taken for that of another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7523 import private_key_jwt_sign
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from impasse.adapters.identity.client_keys import load_client_keys, public_keys
from impasse.adapters.identity.conversation import ask
from impasse.adapters.identity.discovery import Published
from impasse.adapters.identity.id_token import Asked, verified_claims
from impasse.adapters.identity.identities import issuer_of, organisation_by_oin, signed_in
from impasse.adapters.identity.oidc_flow import begin_flow, take_flow
from impasse.adapters.identity.provider_refusal import Cause, ProviderRefusal
from impasse.adapters.identity.providers import secure_address
from impasse.adapters.identity.vouching import vouched
from impasse.domain.errors import NotFound
from impasse.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from joserfc.jwk import RSAKey
    from sqlalchemy.engine import Engine

    from impasse.adapters.identity.discovery import Metadata
    from impasse.adapters.identity.oidc_flow import Flow
    from impasse.adapters.identity.providers import Provider, ProviderFile
    from impasse.domain.text import Language

RETURN_PATH = "/aanmelden/terug"
"""Where a provider sends the browser back to, followed by the id of the provider."""

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS = 60
_LONGEST_CODE = 4096
_SIGNS = re.compile(r"[!-~]+", re.ASCII)

_ANSWERS = {
    "access_denied": Cause.REFUSED_THERE,
    "interaction_required": Cause.NEEDS_SIGN_IN_THERE,
    "login_required": Cause.NEEDS_SIGN_IN_THERE,
    "account_selection_required": Cause.NEEDS_SIGN_IN_THERE,
    "consent_required": Cause.NEEDS_SIGN_IN_THERE,
    "unmet_authentication_requirements": Cause.LEVEL_TOO_LOW,
    "temporarily_unavailable": Cause.UNREACHABLE,
    "server_error": Cause.UNREACHABLE,
    "invalid_grant": Cause.FLOW_UNKNOWN,
    "invalid_request": Cause.NOT_REGISTERED,
    "invalid_client": Cause.NOT_REGISTERED,
    "invalid_scope": Cause.NOT_REGISTERED,
    "unauthorized_client": Cause.NOT_REGISTERED,
    "unsupported_response_type": Cause.NOT_REGISTERED,
    "unsupported_grant_type": Cause.NOT_REGISTERED,
}
"""What the errors of OAuth and OpenID Connect come down to for who wants to sign in."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who signed in: who, at which level of assurance, and where to go on."""

    person: str
    acr: str
    onward: str


@dataclass(slots=True)
class IdentityProviders:
    """The providers of this installation; `address` is where readers find us."""

    file: ProviderFile
    address: str
    _published: dict[str, Published] = field(init=False)
    _keys: tuple[RSAKey, ...] = ()

    def __post_init__(self) -> None:
        self._published = {one.id: Published(one) for one in self.file.providers}

    @property
    def all(self) -> tuple[Provider, ...]:
        """The providers, in the order of the file."""
        return self.file.providers

    def provider(self, key: str) -> Provider:
        """Return the provider *key*, or raise `NotFound`."""
        return self.published(key).provider

    def published(self, key: str) -> Published:
        """Return what the provider *key* publishes, or raise `NotFound`."""
        if key not in self._published:
            raise NotFound(
                Text("Deze aanmelddienst is er niet.", "This identity provider does not exist.")
            )
        return self._published[key]

    def own_keys(self) -> tuple[RSAKey, ...]:
        """Return our own keys, read once; raises `Unreadable` with the file and the remedy."""
        if not self._keys:
            self._keys = load_client_keys(self.file.keys)
        return self._keys

    def public_keys(self) -> dict[str, Any]:
        """Return what providers may know of our keys."""
        return public_keys(self.own_keys())

    def return_address(self, provider: Provider) -> str:
        """Return where *provider* sends browsers back to: to be registered there, exactly so."""
        return f"{self.address}{RETURN_PATH}/{provider.id}"

    def begin(
        self,
        database: Engine,
        key: str,
        browser: str,
        *,
        at: datetime,
        language: Language = "nl",
        onward: str = "",
        invitation: str = "",
    ) -> str:
        """Return the address at the provider *key* to send the browser to.

        *browser* is the secret that the browser keeps meanwhile. Raises `ProviderRefusal` when
        the provider does not answer; nothing is kept then.
        """
        published = self.published(key)
        if not secure_address(self.address):
            raise ProviderRefusal(Cause.NOT_REGISTERED, "public_url does not begin with https")
        metadata = published.metadata(at)
        self.own_keys()
        flow = begin_flow(database, key, browser, at=at, onward=onward, invitation=invitation)
        return self._question(published.provider, metadata, flow, language)

    def arrive(
        self,
        database: Engine,
        key: str,
        answer: Mapping[str, str],
        browser: str,
        *,
        at: datetime,
    ) -> Arrival:
        """Return who came back from the provider *key* with *answer*.

        Raises `ProviderRefusal`; the sign-in has to begin anew then.
        """
        published = self.published(key)
        provider = published.provider
        flow = take_flow(database, answer.get("state", ""), key, browser, at=at)
        metadata = published.metadata(at)
        _check_sender(metadata, answer)
        if error := answer.get("error", ""):
            raise _refused_with(error, "answer")
        code = answer.get("code", "")
        if not code or len(code) > _LONGEST_CODE:
            raise ProviderRefusal(Cause.UNTRUSTED, "answer: no code")
        tokens = self._tokens(provider, metadata, flow, code, at)
        claims = verified_claims(
            tokens.get("id_token"),
            provider,
            lambda kid: published.keys(at, kid=kid),
            Asked(flow.nonce, flow.at),
            access_token=tokens["access_token"],
            now=at,
        )
        if provider.userinfo:
            claims = self._userinfo(provider, metadata, claims, tokens["access_token"])
        said = vouched(provider, claims, lambda oin: organisation_by_oin(database, oin))
        person = signed_in(database, provider, said, at=at, invitation=flow.invitation)
        return Arrival(person, said.acr, flow.onward)

    def farewell(
        self, database: Engine, person: str, *, at: datetime
    ) -> tuple[Provider, str] | None:
        """Return where *person* signed in last, and the address to sign out there as well.

        None when the provider does not offer that, or does not answer now.
        """
        issuer = issuer_of(database, person)
        provider = next((one for one in self.all if one.issuer == issuer), None)
        if provider is None:
            return None
        try:
            address = self.published(provider.id).metadata(at).end_session_endpoint
        except ProviderRefusal:
            # Signing out here has happened already; there it can be done without us.
            return None
        if not address:
            return None
        told = {
            "client_id": provider.client_id,
            "post_logout_redirect_uri": f"{self.address}/aanmelden",
        }
        return provider, add_params_to_uri(address, list(told.items()))

    def _question(
        self, provider: Provider, metadata: Metadata, flow: Flow, language: Language
    ) -> str:
        max_age = provider.max_age_minutes
        address: str = prepare_grant_uri(
            metadata.authorization_endpoint,
            provider.client_id,
            "code",
            redirect_uri=self.return_address(provider),
            scope=list(provider.scopes),
            state=flow.state,
            nonce=flow.nonce,
            code_challenge=create_s256_code_challenge(flow.verifier),
            code_challenge_method="S256",
            acr_values=" ".join(provider.accepted_levels) or None,
            max_age=None if max_age is None else str(max_age * 60),
            ui_locales=language,
        )
        return address

    def _tokens(
        self, provider: Provider, metadata: Metadata, flow: Flow, code: str, at: datetime
    ) -> Mapping[str, Any]:
        """Exchange the code; the signature proves us, the verifier that it is our sign-in."""
        said = ask(
            metadata.token_endpoint,
            form={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.return_address(provider),
                "code_verifier": flow.verifier,
                "client_id": provider.client_id,
                "client_assertion_type": _ASSERTION,
                "client_assertion": self.assertion(provider, metadata, at),
            },
            authorities=provider.authorities,
        )
        if said.status != 200:  # noqa: PLR2004
            raise _refused_with(said.content.get("error"), f"token, HTTP {said.status}")
        access_token = said.content.get("access_token")
        usable = isinstance(access_token, str) and _SIGNS.fullmatch(access_token)
        if not usable or str(said.content.get("token_type")).lower() != "bearer":
            raise ProviderRefusal(Cause.UNTRUSTED, "token: no usable access token")
        return said.content

    def assertion(self, provider: Provider, metadata: Metadata, at: datetime) -> str:
        """Return the proof that it is us who asks, signed with the first of our keys."""
        key = self.own_keys()[0]
        to_issuer = provider.audience == "issuer"
        signed: str = private_key_jwt_sign(
            key,
            provider.client_id,
            metadata.issuer if to_issuer else metadata.token_endpoint,
            alg=provider.signing,
            header={"kid": key.kid},
            issued_at=int(at.timestamp()),
            expires_in=_ASSERTION_SECONDS,
        )
        return signed

    def _userinfo(
        self,
        provider: Provider,
        metadata: Metadata,
        claims: Mapping[str, Any],
        access_token: str,
    ) -> Mapping[str, Any]:
        """Return *claims* with what else the provider knows; what was signed goes before."""
        if not metadata.userinfo_endpoint:
            raise ProviderRefusal(Cause.NOT_REGISTERED, "there is no userinfo endpoint")
        said = ask(
            metadata.userinfo_endpoint, bearer=access_token, authorities=provider.authorities
        )
        if said.status != 200:  # noqa: PLR2004
            raise ProviderRefusal(Cause.UNREACHABLE, f"userinfo, HTTP {said.status}")
        if said.content.get("sub") != claims["sub"]:
            raise ProviderRefusal(Cause.UNTRUSTED, "userinfo: about somebody else")
        return {**said.content, **claims}


def _check_sender(metadata: Metadata, answer: Mapping[str, str]) -> None:
    """Check who answered (RFC 9207): an answer that names another issuer is not for us."""
    sender = answer.get("iss")
    if sender is None and not metadata.names_itself:
        return
    if sender != metadata.issuer:
        raise ProviderRefusal(Cause.UNTRUSTED, "answer: iss is absent or of another issuer")


def _refused_with(error: object, where: str) -> ProviderRefusal:
    """Return what an error of the provider means; only errors that we know reach the log."""
    known = isinstance(error, str) and error in _ANSWERS
    return ProviderRefusal(
        _ANSWERS[str(error)] if known else Cause.UNREACHABLE,
        f"{where}: {error if known else 'unknown error'}",
    )
