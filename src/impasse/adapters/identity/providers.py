"""The file of identity providers: which organisation signs in where, and what we believe of it."""

from __future__ import annotations

import ipaddress
import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from impasse.domain.appointment import APPOINTED
from impasse.domain.errors import Unreadable
from impasse.domain.people import Role
from impasse.domain.text import Text, same

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

EIDAS = (
    "http://eidas.europa.eu/LoA/low",
    "http://eidas.europa.eu/LoA/substantial",
    "http://eidas.europa.eu/LoA/high",
)
"""The levels of assurance of eIDAS from low to high, as OIDC NLGov names them in `acr`."""

SUBSTANTIAL = EIDAS[1]
"""The level that is asked of a provider for which the file says nothing."""

ClaimPath: TypeAlias = tuple[str, ...]
"""Where a claim stands: its name, or the names that lead to it. Empty: it is not looked for."""

Signing: TypeAlias = Literal["PS256", "RS256"]
Audience: TypeAlias = Literal["token_endpoint", "issuer"]

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_ORGANISATION = re.compile(r"[a-z0-9][a-z0-9-]{1,60}", re.ASCII)
MOST_KEYS = 2
"""The key that signs and the one that comes after it, or went before it."""


@dataclass(frozen=True, slots=True)
class ClaimNames:
    """In which claims a provider tells what we want to know of somebody."""

    organisation: ClaimPath = ()
    roles: ClaimPath = ("roles",)
    name: ClaimPath = ("name",)
    function: ClaimPath = ()
    organ: ClaimPath = ()
    email: ClaimPath = ()


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider of OpenID Connect, and for whom it may vouch.

    `organisations` are ids of the register: of any other it is not believed. `roles` says which
    role a value of the claim of roles stands for; without any, the provider says who somebody is
    and the administrator here says what they may do. `acr` is the least level of assurance that
    is accepted, one of `acr_order` (low to high), or "" when none is asked. `max_age_minutes` is
    how long ago somebody may have signed in there. `authorities` is a file of certificates that
    are trusted instead of the usual ones.
    """

    id: str
    name: Text
    issuer: str
    client_id: str
    organisations: tuple[str, ...]
    roles: Mapping[str, Role] = field(default_factory=dict)
    claims: ClaimNames = ClaimNames()
    signing: Signing = "PS256"
    audience: Audience = "token_endpoint"
    scopes: tuple[str, ...] = ("openid", "profile")
    acr: str = SUBSTANTIAL
    acr_order: tuple[str, ...] = EIDAS
    max_age_minutes: int | None = None
    userinfo: bool = False
    by_invitation: bool = False
    authorities: Path | None = None

    @property
    def accepted_levels(self) -> tuple[str, ...]:
        """The levels of assurance that are high enough, from low to high; empty: not asked."""
        return self.acr_order[self.acr_order.index(self.acr) :] if self.acr else ()


@dataclass(frozen=True, slots=True)
class ProviderFile:
    """What the file says: the files of our keys, the one that signs first, and the providers."""

    keys: tuple[Path, ...] = ()
    providers: tuple[Provider, ...] = ()


def secure_address(address: str) -> bool:
    """Whether *address* is https, or http that does not leave this machine, without oddities."""
    try:
        parts = urlsplit(address)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        return False
    plain = address.isascii() and address.isprintable() and not set(address) & set(" \\\"<>;,'")
    if not plain or not parts.hostname or "@" in parts.netloc or parts.fragment or not port_fits:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _loopback(parts.hostname))


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load_providers(path: Path) -> ProviderFile:
    """Return what the TOML file at *path* says; paths in it count from its own folder.

    Raises `Unreadable` with everything that is wrong, each with its place and remedy.
    """
    written = _read(path)
    try:
        shape = _FileShape.model_validate(written)
    except ValidationError as error:
        raise _refused(path, [_fault(found) for found in error.errors()]) from None
    faults = list(_contradictions(shape))
    if faults:
        raise _refused(path, faults)
    folder = path.parent
    return ProviderFile(
        tuple(folder / key for key in shape.client.keys),
        tuple(_provider(key, found, folder) for key, found in shape.provider.items()),
    )


# ---- the shape


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


_Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^\S(.*\S)?$")]
_Words = Annotated[list[_Name], Field(min_length=1, max_length=50)]
_Claim = Annotated[str, Field(max_length=200)] | _Words


class _Bilingual(_Shape):
    nl: _Name
    en: _Name


class _ClientShape(_Shape):
    keys: Annotated[list[_Name], Field(min_length=1, max_length=MOST_KEYS)]


class _ClaimsShape(_Shape):
    organisation: _Claim = ""
    roles: _Claim = "roles"
    name: _Claim = "name"
    function: _Claim = ""
    organ: _Claim = ""
    email: _Claim = ""


class _ProviderShape(_Shape):
    name: _Name | _Bilingual
    issuer: _Name
    client_id: _Name
    organisations: _Words
    roles: dict[str, str] = Field(default_factory=dict)
    claims: _ClaimsShape = _ClaimsShape()
    signing: Signing = "PS256"
    audience: Audience = "token_endpoint"
    scopes: _Words = Field(default_factory=lambda: ["openid", "profile"])
    acr: Annotated[str, Field(max_length=200)] = SUBSTANTIAL
    acr_order: _Words = Field(default_factory=lambda: list(EIDAS))
    max_age_minutes: Annotated[int, Field(ge=1, le=10_080, strict=True)] | None = None
    userinfo: Annotated[bool, Field(strict=True)] = False
    first_sign_in: Literal["make", "invitation"] = "make"
    authorities: _Name | None = None


class _FileShape(_Shape):
    client: _ClientShape
    provider: Annotated[dict[str, _ProviderShape], Field(min_length=1)]


def _provider(key: str, shape: _ProviderShape, folder: Path) -> Provider:
    name = shape.name
    return Provider(
        id=key,
        name=same(name) if isinstance(name, str) else Text(name.nl, name.en),
        issuer=shape.issuer,
        client_id=shape.client_id,
        organisations=tuple(shape.organisations),
        roles={value: Role(role) for value, role in shape.roles.items()},
        claims=ClaimNames(**{name: _claim_path(claim) for name, claim in shape.claims}),
        signing=shape.signing,
        audience=shape.audience,
        scopes=tuple(shape.scopes),
        acr=shape.acr,
        acr_order=tuple(shape.acr_order),
        max_age_minutes=shape.max_age_minutes,
        userinfo=shape.userinfo,
        by_invitation=shape.first_sign_in == "invitation",
        authorities=None if shape.authorities is None else folder / shape.authorities,
    )


def _claim_path(written: str | list[str]) -> ClaimPath:
    if isinstance(written, list):
        return tuple(written)
    return (written,) if written else ()


# ---- what is wrong with it


def _contradictions(shape: _FileShape) -> Iterator[Text]:
    """Yield what every value allows by itself but not together, each with its place."""
    first: dict[str, str] = {}
    for key, provider in shape.provider.items():
        place = f"provider.{key}"
        if not _ID.fullmatch(key):
            yield Text(
                f"{place}: deze naam kan niet in een adres; gebruik kleine letters, cijfers en -",
                f"{place}: this name does not fit in an address; use small letters, digits and -",
            )
        issuer = provider.issuer
        if not secure_address(issuer) or "?" in issuer:
            yield Text(
                f"{place}.issuer: geef een adres met https:// zonder ? of # (http:// kan alleen "
                "op de eigen computer)",
                f"{place}.issuer: give an address with https:// without ? or # (http:// can only "
                "be on this computer)",
            )
        if (other := first.setdefault(issuer, key)) != key:
            yield Text(
                f"{place}.issuer: dit is die van provider.{other}; noem alle organisaties daar",
                f"{place}.issuer: this is that of provider.{other}; name all organisations there",
            )
        yield from _about_people(place, provider)
        yield from _about_levels(place, provider)


def _about_people(place: str, provider: _ProviderShape) -> Iterator[Text]:
    for organisation in provider.organisations:
        if not _ORGANISATION.fullmatch(organisation):
            yield Text(
                f'{place}.organisations: "{organisation}" is geen code van het register; schrijf '
                "bijvoorbeeld gm0363",
                f'{place}.organisations: "{organisation}" is no code of the register; write for '
                "instance gm0363",
            )
    if len(provider.organisations) > 1 and not provider.claims.organisation:
        yield Text(
            f"{place}.claims.organisation: ontbreekt; bij meer organisaties moet de "
            "aanmelddienst zeggen welke het is",
            f"{place}.claims.organisation: is missing; with more organisations the provider has "
            "to say which it is",
        )
    allowed = sorted(APPOINTED)
    for value, role in provider.roles.items():
        if role not in allowed:
            yield Text(
                f'{place}.roles."{value}": "{role}" is geen rol; kies uit {", ".join(allowed)}',
                f'{place}.roles."{value}": "{role}" is no role; choose from {", ".join(allowed)}',
            )
    if provider.roles and not provider.claims.roles:
        yield Text(
            f"{place}.claims.roles: ontbreekt; zonder die claim geeft niemand een rol",
            f"{place}.claims.roles: is missing; without that claim nobody gives a role",
        )
    if not provider.roles and provider.first_sign_in == "make":
        yield Text(
            f'{place}.roles: ontbreekt; noem rollen, of zet first_sign_in = "invitation" als de '
            "beheerder hier ze geeft",
            f'{place}.roles: is missing; name roles, or set first_sign_in = "invitation" when '
            "the administrator here gives them",
        )


def _about_levels(place: str, provider: _ProviderShape) -> Iterator[Text]:
    if provider.acr and provider.acr not in provider.acr_order:
        yield Text(
            f"{place}.acr: staat niet in acr_order; kies uit {', '.join(provider.acr_order)}, "
            'of "" om geen niveau te vragen',
            f"{place}.acr: is not in acr_order; choose from {', '.join(provider.acr_order)}, "
            'or "" to ask for no level',
        )
    if any(" " in level for level in provider.acr_order):
        yield Text(
            f"{place}.acr_order: een niveau heeft geen spaties; haal ze weg",
            f"{place}.acr_order: a level has no spaces; remove them",
        )
    if "openid" not in provider.scopes or any(" " in scope for scope in provider.scopes):
        yield Text(
            f'{place}.scopes: "openid" hoort erbij, en een scope heeft geen spaties',
            f'{place}.scopes: "openid" belongs to it, and a scope has no spaces',
        )


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise _refused(
            path,
            [
                Text(
                    f"het bestand kan niet worden gelezen ({error.strerror}); controleer naam en "
                    "rechten",
                    f"the file cannot be read ({error.strerror}); check its name and rights",
                )
            ],
        ) from None
    except UnicodeDecodeError:
        raise _refused(
            path,
            [
                Text(
                    "dit is geen tekst in UTF-8; sla het zo op",
                    "this is not text in UTF-8; save it that way",
                )
            ],
        ) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _refused(
            path,
            [
                Text(
                    f"dit is geen TOML ({error}); verbeter die regel",
                    f"this is not TOML ({error}); mend that line",
                )
            ],
        ) from None


def _fault(found: Mapping[str, Any]) -> Text:
    """Say what pydantic found, in words to act on."""
    where = [str(part) for part in found["loc"]]
    place = ".".join(where[: 3 if where[0] == "provider" else 2])
    match found["type"]:
        case "missing":
            return Text(f"{place}: ontbreekt; vul het in", f"{place}: is missing; fill it in")
        case "extra_forbidden":
            place = ".".join(where)
            return Text(
                f"{place}: deze sleutel bestaat niet; zie de handleiding",
                f"{place}: there is no such key; see the manual",
            )
        case _:
            key = where[2] if where[0] == "provider" and len(where) > 2 else where[-1]  # noqa: PLR2004
            wanted = _WANTED.get(key, _PLAIN)
            return Text(
                f"{place}: kan zo niet; geef {wanted.nl}",
                f"{place}: cannot be used; give {wanted.en}",
            )


_PLAIN = Text("een tekst zonder spaties eromheen", "a text without spaces around it")
_WANTED = {
    "keys": Text("een lijst met een of twee PEM-bestanden", "a list of one or two PEM files"),
    "provider": Text("ten minste één [provider.naam]", "at least one [provider.name]"),
    "client": Text("een tabel [client] met keys", "a table [client] with keys"),
    "name": Text(
        'een naam, of { nl = "…", en = "…" }',
        'a name, or { nl = "…", en = "…" }',
    ),
    "organisations": Text("een lijst met codes", "a list of codes"),
    "roles": Text('regels als "groep" = "liaison_officer"', 'lines like "group" = "mediator"'),
    "claims": Text("de naam van een claim, of een lijst namen", "a claim's name, or a list"),
    "signing": Text("PS256 of RS256", "PS256 or RS256"),
    "audience": Text("token_endpoint of issuer", "token_endpoint or issuer"),
    "scopes": Text("een lijst met scopes", "a list of scopes"),
    "acr_order": Text("een lijst van laag naar hoog", "a list from low to high"),
    "max_age_minutes": Text("een geheel getal van 1 tot en met 10080", "a whole number 1 to 10080"),
    "userinfo": Text("true of false", "true or false"),
    "first_sign_in": Text("make of invitation", "make or invitation"),
}


def _refused(path: Path, faults: list[Text]) -> Unreadable:
    unique = dict.fromkeys(faults)
    return Unreadable(
        Text(
            f"{path}: " + "; ".join(fault.nl for fault in unique) + ".",
            f"{path}: " + "; ".join(fault.en for fault in unique) + ".",
        )
    )
