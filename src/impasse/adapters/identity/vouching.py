"""From claims to who somebody is here: only what the provider may vouch for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from impasse.adapters.identity.provider_refusal import Cause, ProviderRefusal
from impasse.domain.people import Role
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from impasse.adapters.identity.providers import ClaimPath, Provider

_TOOI = re.compile(r"https://identifier\.overheid\.nl/tooi/id/[a-z]+/([a-z]+[0-9]+)", re.ASCII)
_OIN = re.compile(r"[0-9]{8}[0-9A-Z]{9}000", re.ASCII)
_EMAIL = re.compile(r"[^\s@<>\"]{1,64}@[^\s@<>\"]{1,190}")
_LONGEST = 120
"""Characters of a name, a function or an organ; what is longer is cut off."""

_MOST_VALUES = 500
"""Groups of somebody in an organisation; the rest is not looked at."""


@dataclass(frozen=True, slots=True)
class Vouched:
    """What a provider says of somebody, and may say. `roles` is None when that is ours to give."""

    subject: str
    organisation: str
    roles: frozenset[Role] | None
    name: str
    function: Text | None
    organ: str
    email: str
    acr: str


def vouched(
    provider: Provider,
    claims: Mapping[str, Any],
    by_oin: Callable[[str], str],
) -> Vouched:
    """Return what *claims* say of somebody.

    *by_oin* returns the id of the organisation in the register with that OIN, or "".
    Raises `ProviderRefusal` for another organisation than the provider may speak for, and for who
    signed in on behalf of somebody else (`represents` of OIDC NLGov).
    """
    if "represents" in claims:
        raise ProviderRefusal(Cause.FOR_SOMEBODY_ELSE)
    names = provider.claims
    function = _words(claims, names.function)
    acr = claims.get("acr")
    return Vouched(
        subject=str(claims["sub"]),
        organisation=_organisation(provider, claims, by_oin),
        roles=_roles(provider, claims) if provider.roles else None,
        name=_words(claims, names.name),
        function=same(function) if function else None,
        organ=_words(claims, names.organ),
        email=_email(claims, names.email),
        acr=acr if isinstance(acr, str) and acr in provider.acr_order else "",
    )


def function_of(roles: frozenset[Role]) -> Text:
    """Say in words what somebody does of whom the provider tells no function."""
    labels = [role.label for role in sorted(roles)]
    return Text(
        ", ".join(label.nl for label in labels).capitalize() or "Medewerker",
        ", ".join(label.en for label in labels).capitalize() or "Employee",
    )


def _organisation(
    provider: Provider, claims: Mapping[str, Any], by_oin: Callable[[str], str]
) -> str:
    path = provider.claims.organisation
    if not path:
        return provider.organisations[0]
    said = _values(claims, path)
    found = {_organisation_id(value, by_oin) for value in said}
    if len(found) != 1 or not found <= set(provider.organisations):
        raise ProviderRefusal(Cause.OTHER_ORGANISATION, f"{len(said)} organisations were named")
    return found.pop()


def _organisation_id(value: str, by_oin: Callable[[str], str]) -> str:
    """Return the id that *value* means: a code or address of TOOI, or an OIN."""
    if tooi := _TOOI.fullmatch(value):
        return tooi[1]
    return by_oin(value) if _OIN.fullmatch(value) else value


def _roles(provider: Provider, claims: Mapping[str, Any]) -> frozenset[Role]:
    """Return the roles that the file gives for what the provider says; supervision excludes all."""
    said = _values(claims, provider.claims.roles)
    roles = frozenset(provider.roles[value] for value in said if value in provider.roles)
    return frozenset({Role.SUPERVISOR}) if Role.SUPERVISOR in roles else roles


def _email(claims: Mapping[str, Any], path: ClaimPath) -> str:
    """Return the address that the provider says it checked; any other is not kept."""
    if claims.get("email_verified") is not True:
        return ""
    address = _words(claims, path)
    return address if _EMAIL.fullmatch(address) else ""


def _words(claims: Mapping[str, Any], path: ClaimPath) -> str:
    """Return one claim as a line of text that can be kept; "" for anything else."""
    value = _at(claims, path)
    if not isinstance(value, str):
        return ""
    printable = "".join(sign if sign.isprintable() else " " for sign in value)
    return " ".join(printable.split())[:_LONGEST].strip()


def _values(claims: Mapping[str, Any], path: ClaimPath) -> list[str]:
    """Return the values of a claim that is one text or a list of them."""
    value = _at(claims, path)
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [part for part in value[:_MOST_VALUES] if isinstance(part, str)]
    return []


def _at(claims: Mapping[str, Any], path: ClaimPath) -> object:
    found: object = claims if path else None
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found
