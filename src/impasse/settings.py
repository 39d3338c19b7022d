"""Every knob, its default and its meaning: from a TOML file and the environment."""

from __future__ import annotations

import os
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from impasse.adapters.files.shipped import shipped
from impasse.domain.appointment import APPOINTED
from impasse.domain.errors import Unreadable
from impasse.domain.people import Role
from impasse.domain.text import Language, Text

if TYPE_CHECKING:
    from collections.abc import Iterable

PREFIX = "IMPASSE_"
FILE_VARIABLE = f"{PREFIX}CONFIG"
USUAL_FILE = Path("config/impasse.toml")
_SEE_MUCH = frozenset({Role.ADMINISTRATOR, Role.MEDIATOR, Role.SECRETARIAT})


class Settings(BaseSettings):
    """How this installation differs from the others; fixed for as long as a process lives.

    Made by hand it takes nothing from its surroundings; `load_settings` reads file and
    environment. Relative paths count from the working directory.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    database_url: str = Field(
        "sqlite:///impasse.db",
        pattern=r"^(sqlite:///|postgresql\+psycopg://).+",
        description="Where everything is kept: `sqlite:///FILE`, or "
        "`postgresql+psycopg://USER:PASSWORD@HOST/NAME`.",
    )
    sqlite_busy_seconds: int = Field(
        10, ge=0, le=600, description="How long a write waits for the lock of another program."
    )
    writer_batch: int = Field(
        64, ge=1, le=1024, description="How many waiting commands share one commit at most."
    )

    host: str = Field("127.0.0.1", min_length=1, description="The address to listen at.")
    port: int = Field(8000, ge=1, le=65535, description="The port to listen at.")
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^/\s]+(/\S*)?$",
        description="The address that readers use, for links in messages; when absent, host and "
        "port.",
    )
    session_hours: int = Field(
        8, ge=1, le=168, description="How long a sign-in lasts without being used."
    )
    language: Language = Field("nl", description="The language of who has not chosen one.")

    log_format: Literal["console", "json"] = Field(
        "console", description="Log lines for people, or for machines."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least important kind of log line that is still written."
    )

    sweep_seconds: int = Field(
        30, ge=1, le=3600, description="How often to look for timers that are due."
    )
    outbox_seconds: int = Field(
        5, ge=1, le=3600, description="How often to look for messages to deliver."
    )

    source_oin: str = Field(
        "00000099000000000000",
        pattern=r"^\d{20}$",
        description="The sender named in every webhook: an OIN of 20 digits. The default belongs "
        "to the range for invented organisations.",
    )
    allow_private_webhooks: bool = Field(
        default=False,
        description="Whether webhooks may go to addresses inside your own network; with it on, "
        "who may add a webhook can reach what stands there.",
    )

    workflows: Path | None = Field(
        None, description="A folder of procedures, instead of the shipped one."
    )
    escalation: Path | None = Field(
        None,
        description="A folder of escalation policies, instead of the shipped one. Each new version "
        "in it comes into force, also when another was adopted by hand.",
    )
    calendar: Path | None = Field(
        None, description="A calendar of holidays and recesses, instead of the shipped one."
    )
    early_warning: Path | None = Field(
        None, description="Indicators of early warning, instead of the shipped ones."
    )
    organisations: Path | None = Field(
        None, description="A register of governments, instead of the shipped one."
    )

    writes_per_minute: int = Field(
        120,
        ge=1,
        le=100_000,
        description="How many changes a minute one person may ask for, of the API and of the pages "
        "each; every process counts for itself.",
    )

    document_bytes: int = Field(
        5_000_000,
        ge=1_000,
        le=50_000_000,
        description="How large a document may be that somebody brings into a room, in bytes.",
    )

    session_hours_at_most: int = Field(
        12, ge=1, le=168, description="How long a sign-in lasts at most, however much it is used."
    )
    second_factor: str = Field(
        "auto",
        pattern=r"^(auto|none|all|(liaison_officer|mediator|secretariat|administrator|supervisor)"
        r"( (liaison_officer|mediator|secretariat|administrator|supervisor))*)$",
        description="Who must have a second factor: `none`, `all`, or roles with spaces between "
        "them. `auto` is administrator, mediator and secretariat when `public_url` begins with "
        "https, and otherwise nobody.",
    )
    secret_key: str | None = Field(
        None,
        min_length=32,
        max_length=200,
        description="With this key the secrets of second factors and the addresses of chat "
        "channels are sealed in the database: 32 random signs or more. Keep it outside the "
        "database and its backups; with another key everybody has to set them up anew.",
    )
    metrics_token: str | None = Field(
        None,
        min_length=16,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="Who sends this as a bearer token may read `/metrics`. Without it only "
        "programs on this machine may, and nobody when there is a `public_url`.",
    )

    identity_providers: Path | None = Field(
        None,
        description="A TOML file of OpenID Connect providers, by which people sign in through "
        "their own organisation. How: `docs/how-to/aanmelden-via-uw-organisatie.md`.",
    )

    heartbeat_url: str | None = Field(
        None,
        pattern=r"^https?://[^/\s]+(/\S*)?$",
        description="An address outside that is asked for as long as all watchdogs are content, so "
        "that somebody notices when it stays away. Plain http only inside your own network.",
    )
    heartbeat_minutes: int = Field(
        5, ge=1, le=1440, description="How often that address is asked for."
    )

    smtp_host: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9.:_-]+$",
        max_length=253,
        description="The mail server that takes our e-mail. Without it no e-mail leaves: everybody "
        "reads in the product itself. How: `docs/how-to/e-mail-instellen.md`.",
    )
    smtp_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="Its port; when absent 587, with `tls` 465 and with `none` 25.",
    )
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="How the line is closed to listeners: `tls` from the first byte, `starttls` "
        "after a greeting (or nothing is sent), `none` for a mail server on this machine.",
    )
    allow_plain_smtp: bool = Field(
        default=False,
        description="Whether `none` may also be used with a mail server elsewhere: who listens "
        "reads along. A password is never sent that way.",
    )
    smtp_user: str | None = Field(
        None,
        min_length=1,
        max_length=200,
        pattern=r"^[ -~]+$",
        description="As whom we log in at the mail server; when absent we do not.",
    )
    smtp_password: str | None = Field(
        None,
        min_length=1,
        max_length=500,
        pattern=r"^[ -~]+$",
        repr=False,
        description="The password that goes with it. It is never shown or logged.",
    )
    smtp_ca_file: Path | None = Field(
        None,
        description="A PEM file of the authorities that may vouch for the mail server, instead of "
        "those of the system.",
    )
    smtp_timeout_seconds: int = Field(
        20, ge=1, le=40, description="How long one e-mail may take from connection to answer."
    )
    mail_from: str | None = Field(
        None,
        max_length=254,
        pattern=r"^[^\s@]+@[^\s@]+$",
        description="The address that our e-mail comes from; its domain also makes our "
        "Message-IDs. Needed with `smtp_host`.",
    )
    mail_from_name: str = Field(
        "impasse", max_length=60, description="The name beside that address."
    )
    mail_bounces: str | None = Field(
        None,
        max_length=254,
        pattern=r"^[^\s@]+@[^\s@]+$",
        description="Where mail servers return what they could not deliver; when absent, "
        "`mail_from`.",
    )

    chat_schemes: str = Field(
        "",
        pattern=r"^([a-z0-9]+( [a-z0-9]+)*)?$",
        description="Chat services over which people may be told, by their scheme in apprise and "
        "with spaces between them, such as `workflows matrixs`. Without any there is no chat.",
    )
    allow_private_chat: bool = Field(
        default=False,
        description="Whether chat messages may go to addresses inside your own network; with it "
        "on, who chooses a chat address can reach what stands there.",
    )

    inbound_domain: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$",
        max_length=200,
        description="The domain of the addresses to which people reply by e-mail; without it no "
        "e-mail is taken in. How: `docs/how-to/antwoorden-per-e-mail.md`.",
    )
    inbound_mail: str | None = Field(
        None,
        pattern=r"^(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]/]+):\d{1,5}$",
        description="Where to listen for that e-mail, as HOST:PORT; needs `inbound_domain`. "
        "Without it, e-mail comes in with `impasse mail receive`. Keep it within your own network.",
    )
    inbound_mail_protocol: Literal["lmtp", "smtp"] = Field(
        "lmtp", description="What your mail server speaks to us."
    )
    inbound_mail_bytes: int = Field(
        7_500_000,
        ge=10_000,
        le=100_000_000,
        description="How large an e-mail may be, in bytes; attachments grow by a third on the way.",
    )
    inbound_authserv_id: str | None = Field(
        None,
        pattern=r"^[!-:<-~]{1,200}$",
        description="The name with which your mail server begins `Authentication-Results`. With "
        "it, only replies that passed DMARC, SPF or DKIM there are filed; without it, who knows "
        "a reply address and the e-mail address of its owner can write in the owner's room.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 — the names are pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what is given and nothing else: `load_settings` does the looking around."""
        return (init_settings,)

    @property
    def address(self) -> str:
        """The address that readers use, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def roles_with_second_factor(self) -> frozenset[Role]:
        """The roles that cannot do without a second factor."""
        match self.second_factor:
            case "none":
                return frozenset()
            case "all":
                return APPOINTED
            case "auto":
                return _SEE_MUCH if self.address.startswith("https:") else frozenset()
            case roles:
                return frozenset(Role(role) for role in roles.split())

    @property
    def workflows_folder(self) -> Path:
        """The folder of procedures in use."""
        return self.workflows or shipped("workflows")

    @property
    def escalation_folder(self) -> Path:
        """The folder of escalation policies in use."""
        return self.escalation or shipped("config", "escalation")

    @property
    def calendar_file(self) -> Path:
        """The calendar in use."""
        return self.calendar or shipped("config", "calendar.yaml")

    @property
    def early_warning_file(self) -> Path:
        """The indicators of early warning in use."""
        return self.early_warning or shipped("config", "early-warning.yaml")

    @property
    def organisations_file(self) -> Path:
        """The register of governments in use."""
        return self.organisations or shipped("config", "organisations.csv")


def load_settings() -> Settings:
    """Read the settings: the environment wins over the file, the file over the defaults.

    Raises:
        Unreadable: something cannot be used; the sentence names the place and the remedy of
            everything that is wrong.
    """
    file = _file()
    in_file = _read(file) if file else {}
    _refuse_unknown({name: f"{file}: {name}" for name in in_file}, in_capitals=False)
    _refuse_unknown(_variables(), in_capitals=True)
    in_environment = EnvSettingsSource(Settings, env_ignore_empty=True)()
    try:
        return Settings(**(in_file | in_environment))
    except ValidationError as error:
        names = dict.fromkeys(str(fault["loc"][0]) for fault in error.errors())
        faults = [
            _unusable(
                f"{PREFIX}{name.upper()}" if name in in_environment else f"{file}: {name}", name
            )
            for name in names
        ]
        raise Unreadable(_in_one_sentence(faults)) from None


def _file() -> Path | None:
    """Return the settings file: the one that is named, else the usual one when it is there."""
    if named := os.environ.get(FILE_VARIABLE):
        return Path(named)
    return USUAL_FILE if USUAL_FILE.exists() else None


def _read(file: Path) -> dict[str, Any]:
    if not file.is_file():
        raise Unreadable(
            Text(
                f"{FILE_VARIABLE}: {file} bestaat niet; noem een TOML-bestand dat er is.",
                f"{FILE_VARIABLE}: {file} does not exist; name a TOML file that does.",
            )
        )
    try:
        return TomlConfigSettingsSource(Settings, file)()
    except tomllib.TOMLDecodeError as error:
        raise Unreadable(
            Text(
                f"{file}: dit is geen TOML ({error}); verbeter die regel.",
                f"{file}: this is not TOML ({error}); mend that line.",
            )
        ) from None
    except UnicodeDecodeError:
        raise Unreadable(
            Text(
                f"{file}: dit is geen tekst in UTF-8; sla het bestand zo op.",
                f"{file}: this is not text in UTF-8; save the file that way.",
            )
        ) from None
    except OSError as error:
        raise Unreadable(
            Text(
                f"{file}: kan niet worden gelezen ({error.strerror}); maak het leesbaar.",
                f"{file}: cannot be read ({error.strerror}); make it readable.",
            )
        ) from None


def _variables() -> dict[str, str]:
    """Return the settings that the environment names, with the variables that name them."""
    return {
        variable.upper().removeprefix(PREFIX).lower(): variable
        for variable in os.environ
        if variable.upper().startswith(PREFIX) and variable.upper() != FILE_VARIABLE
    }


def _refuse_unknown(places: dict[str, str], *, in_capitals: bool) -> None:
    """Refuse names that are no setting: a misspelt one would silently do nothing."""
    known = list(Settings.model_fields)
    unknown = [
        _unknown(place, get_close_matches(name, known, 1, cutoff=0.0)[0], in_capitals=in_capitals)
        for name, place in places.items()
        if name not in known
    ]
    if unknown:
        raise Unreadable(_in_one_sentence(unknown, end="?"))


def _unknown(place: str, nearest: str, *, in_capitals: bool) -> Text:
    name = f"{PREFIX}{nearest.upper()}" if in_capitals else nearest
    return Text(
        f"{place} is geen instelling; bedoelt u {name}",
        f"{place} is not a setting; did you mean {name}",
    )


def _unusable(place: str, name: str) -> Text:
    wanted = _wanted(name)
    return Text(
        f"{place} kan zo niet; geef {wanted.nl}",
        f"{place} cannot be used; give {wanted.en}",
    )


_AN_ADDRESS = Text(
    "een e-mailadres, zoals impasse@overheid.example",
    "an e-mail address, such as impasse@overheid.example",
)

_WANTED = {
    "database_url": Text(
        "sqlite:///BESTAND of postgresql+psycopg://GEBRUIKER:WACHTWOORD@HOST/NAAM",
        "sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME",
    ),
    "public_url": Text(
        "een adres dat begint met https:// of http://",
        "an address that begins with https:// or http://",
    ),
    "heartbeat_url": Text(
        "een adres dat begint met https:// of http://",
        "an address that begins with https:// or http://",
    ),
    "inbound_domain": Text(
        "een domeinnaam, zoals post.impasse.example.nl",
        "a domain name, such as post.impasse.example.nl",
    ),
    "inbound_mail": Text(
        "een adres en een poort, zoals 127.0.0.1:2424",
        "an address and a port, such as 127.0.0.1:2424",
    ),
    "inbound_authserv_id": Text(
        "de naam van uw mailserver, zonder spaties of ;",
        "the name of your mail server, without blanks or ;",
    ),
    "source_oin": Text("een OIN van 20 cijfers", "an OIN of 20 digits"),
    "second_factor": Text(
        "auto, none, all, of rollen met spaties ertussen, zoals administrator mediator",
        "auto, none, all, or roles with spaces between them, such as administrator mediator",
    ),
    "secret_key": Text("32 tot 200 tekens", "32 to 200 signs"),
    "smtp_host": Text(
        "de naam of het adres van een mailserver, zonder poort",
        "the name or address of a mail server, without a port",
    ),
    "smtp_user": Text("letters, cijfers en leestekens", "letters, digits and punctuation"),
    "smtp_password": Text(
        "1 tot 500 letters, cijfers en leestekens, zonder accenten",
        "1 to 500 letters, digits and punctuation, without accents",
    ),
    "mail_from": _AN_ADDRESS,
    "mail_from_name": Text("een naam van hoogstens 60 tekens", "a name of 60 signs at most"),
    "mail_bounces": _AN_ADDRESS,
    "chat_schemes": Text(
        "namen van chatdiensten met spaties ertussen, zoals workflows matrixs",
        "names of chat services with spaces between them, such as workflows matrixs",
    ),
    "metrics_token": Text("16 tot 200 tekens zonder spaties", "16 to 200 signs without spaces"),
}


def _wanted(name: str) -> Text:
    """Say what a setting wants to have, in words to act on."""
    if name in _WANTED:
        return _WANTED[name]
    schema = Settings.model_json_schema()["properties"][name]
    match schema:
        case {"enum": choices}:
            return Text(" of ".join(choices), " or ".join(choices))
        case {"minimum": least, "maximum": most} | {
            "anyOf": [{"minimum": least, "maximum": most}, *_]
        }:
            return Text(
                f"een geheel getal van {least} tot en met {most}",
                f"a whole number from {least} to {most}",
            )
        case {"type": "boolean"}:
            return Text("true of false", "true or false")
        case _:
            return Text("een tekst tussen aanhalingstekens", "a text between quotation marks")


def _in_one_sentence(faults: Iterable[Text], end: str = ".") -> Text:
    faults = tuple(faults)
    return Text(
        "; ".join(fault.nl for fault in faults) + end,
        "; ".join(fault.en for fault in faults) + end,
    )
