"""From settings to a running house: every part is made here, by hand, where all can see it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from impasse.adapters.channels.chat import ChatChannel, chat_channel
from impasse.adapters.channels.chat_address import ChatAddresses
from impasse.adapters.channels.email_setup import email_channel
from impasse.adapters.channels.heartbeat import Heartbeat
from impasse.adapters.channels.webhook import WebhookChannel
from impasse.adapters.files.calendar import load_calendar, parse_calendar
from impasse.adapters.files.early_warning import load_indicators
from impasse.adapters.files.organisations import load_organisations
from impasse.adapters.files.shipped import shipped
from impasse.adapters.files.yaml_lines import read_text
from impasse.adapters.identity.accounts import Accounts
from impasse.adapters.identity.factor import Seal
from impasse.adapters.identity.oidc import IdentityProviders
from impasse.adapters.identity.passwords import Passwords
from impasse.adapters.identity.providers import ProviderFile, load_providers
from impasse.adapters.mail.filing import Filing
from impasse.adapters.mail.inbound import Inbound
from impasse.adapters.mail.letterbox import Letterbox
from impasse.adapters.mail.listener import Place
from impasse.adapters.mail.quarantine import Quarantine
from impasse.adapters.mail.reply_addresses import ReplyAddresses
from impasse.adapters.scheduler import Tick
from impasse.adapters.sql.calendars import AdoptedCalendars
from impasse.adapters.sql.canary import CanaryRoad
from impasse.adapters.sql.database import open_database
from impasse.adapters.sql.digest import Digests
from impasse.adapters.sql.digests import DigestRounds
from impasse.adapters.sql.directory import SqlDirectory
from impasse.adapters.sql.duty import SqlDuty
from impasse.adapters.sql.law import LawViews
from impasse.adapters.sql.migrate import upgrade
from impasse.adapters.sql.migrations_of_cases import SqlMigrations
from impasse.adapters.sql.notifying import Notifying
from impasse.adapters.sql.open_terms import SqlOpenTerms
from impasse.adapters.sql.outbox import SqlOutbox
from impasse.adapters.sql.policies import AdoptedPolicies, adopt_shipped
from impasse.adapters.sql.posts import SqlPosts
from impasse.adapters.sql.procedures import AdoptedProcedures
from impasse.adapters.sql.register import replace_register
from impasse.adapters.sql.retention import Retention
from impasse.adapters.sql.rooms import RoomViews
from impasse.adapters.sql.runs import RunViews
from impasse.adapters.sql.search import Search
from impasse.adapters.sql.store import SqlStore
from impasse.adapters.sql.timers import next_wake
from impasse.adapters.sql.views import Views
from impasse.adapters.sql.watchdogs import Watchdogs
from impasse.domain.errors import Unavailable, Unreadable
from impasse.domain.text import Text
from impasse.engine.engine import Engine
from impasse.engine.herald import Herald
from impasse.engine.migrating import Migrator
from impasse.engine.outbox import CHAT, EMAIL, Channel, PersonalRoad, deliver_due
from impasse.engine.replan import CalendarWatch, Replanned
from impasse.engine.timers import sweep

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Engine as Database

    from impasse.adapters.channels.email import EmailChannel
    from impasse.domain.calendar import Calendar
    from impasse.domain.early_warning import Indicators
    from impasse.domain.recognition import Recognition
    from impasse.engine.ports import Clock
    from impasse.settings import Settings

log = structlog.get_logger("impasse.wiring")

PROCEDURE = "interbestuurlijke-impasse"
"""The procedure that a new signal starts, unless another is asked for."""

_LINES_AT_ONCE = 3
"""Conversations with a mail server at a time: some take no more from one sender."""

_OURSELVES = "impasse"
"""Who adopts what is shipped."""


def now() -> datetime:
    """The real clock: nothing else in the house reads it."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class House:
    """Everything a door needs."""

    settings: Settings
    database: Database
    engine: Engine
    views: Views
    rooms: RoomViews
    search: Search
    procedures: AdoptedProcedures
    calendars: AdoptedCalendars
    open_terms: SqlOpenTerms
    calendar_watch: CalendarWatch
    indicators: Indicators
    recognition: Recognition
    providers: IdentityProviders
    clock: Clock
    accounts: Accounts
    directory: SqlDirectory
    duty: SqlDuty
    policies: AdoptedPolicies
    notifying: Notifying
    email: EmailChannel | None
    chat: ChatChannel | None

    @property
    def calendar(self) -> Calendar:
        """The calendar in force, as far as this process has seen: the engine's."""
        return self.engine.calendar

    @property
    def chat_addresses(self) -> ChatAddresses:
        """What keeps the addresses of chat channels out of sight."""
        schemes = frozenset(self.settings.chat_schemes.split())
        return ChatAddresses(Seal(self.settings.secret_key), schemes)

    @property
    def runs(self) -> RunViews:
        """Runs of escalation, as doors read them."""
        return RunViews(self.database)

    @property
    def watchdogs(self) -> Watchdogs:
        """What watches whether the house does as it promised."""
        url, minutes = self.settings.heartbeat_url, self.settings.heartbeat_minutes
        return Watchdogs(
            self.database,
            self.directory.read,
            self.calendar.is_working_day,
            None if url is None else Heartbeat(url),
            timedelta(minutes=minutes),
        )

    @property
    def reply_addresses(self) -> ReplyAddresses:
        """Gives out the addresses to which people reply by e-mail."""

        def mediator_writes(name: str, version: str) -> bool:
            return self.procedures.get(name, version).workflow.rooms.mediator_open

        return ReplyAddresses(self.settings.inbound_domain or "", mediator_writes)

    @property
    def law(self) -> LawViews:
        """What the law asks of a case, as doors read it."""
        return LawViews(self.database, self.clock)

    def close(self) -> None:
        """Finish what is queued and let go of the database."""
        self.engine.close()
        self.database.dispose()


def build(settings: Settings, *, clock: Clock = now) -> House:
    """Return the house that *settings* describe; its database must be up to date."""
    indicators, recognition = load_indicators(settings.early_warning_file)
    file = settings.identity_providers
    providers = IdentityProviders(
        ProviderFile() if file is None else load_providers(file), settings.address
    )
    database = open_database(
        settings.database_url, busy_seconds=float(settings.sqlite_busy_seconds)
    )
    procedures = AdoptedProcedures(database)
    calendars, open_terms = AdoptedCalendars(database), SqlOpenTerms(database)
    calendar = _calendar(calendars, settings)
    engine = Engine(
        SqlStore(database), procedures, calendar, indicators, clock, batch=settings.writer_batch
    )
    email, chat = email_channel(settings), chat_channel(settings, Seal(settings.secret_key).open)
    policies, directory = AdoptedPolicies(database), SqlDirectory(database)
    engine.policies, engine.directory = policies.in_force, directory.read
    return House(
        settings=settings,
        database=database,
        engine=engine,
        views=Views(database),
        rooms=RoomViews(database, clock),
        search=Search(database, clock),
        procedures=procedures,
        calendars=calendars,
        open_terms=open_terms,
        calendar_watch=CalendarWatch(engine, calendars, open_terms, clock),
        indicators=indicators,
        recognition=recognition,
        providers=providers,
        clock=clock,
        accounts=_accounts(database, settings),
        directory=directory,
        duty=SqlDuty(database, lambda: engine.calendar),
        policies=policies,
        notifying=Notifying(
            lambda: engine.calendar,
            [name for name, road in ((EMAIL, email), (CHAT, chat)) if road is not None],
        ),
        email=email,
        chat=chat,
    )


def _accounts(database: Database, settings: Settings) -> Accounts:
    return Accounts(
        database, Passwords(), Seal(settings.secret_key), settings.roles_with_second_factor
    )


def _calendar(calendars: AdoptedCalendars, settings: Settings) -> Calendar:
    """Return the calendar in force; that of the file as long as none was ever adopted."""
    try:
        found = calendars.in_force()
    except Unavailable:
        # A database without tables, or one that does not answer: whoever uses it will say so.
        found = None
    return found or load_calendar(settings.calendar_file)


def calendar_in_use(settings: Settings) -> tuple[Calendar, bool]:
    """Return the calendar that terms are reckoned with, and whether the database could be asked.

    When it does not answer, or nothing was ever adopted, that is the calendar of the file.
    """
    database = open_database(
        settings.database_url, busy_seconds=float(settings.sqlite_busy_seconds)
    )
    try:
        found = AdoptedCalendars(database).in_force()
    except Unavailable:
        return load_calendar(settings.calendar_file), False
    finally:
        database.dispose()
    return found or load_calendar(settings.calendar_file), True


def prepare(settings: Settings, *, clock: Clock = now) -> None:
    """Bring the database up to date: tables, register, shipped procedures, and the calendar."""
    upgrade(settings.database_url)
    database = open_database(
        settings.database_url, busy_seconds=float(settings.sqlite_busy_seconds)
    )
    try:
        replace_register(
            database,
            load_organisations(settings.organisations_file),
        )
        procedures = AdoptedProcedures(database)
        for path in sorted(settings.workflows_folder.glob("*.yaml")):
            procedures.adopt(path, by=_OURSELVES, at=clock())
        procedures.tell_all(clock())
        adopt_shipped(
            AdoptedPolicies(database),
            settings.escalation_folder,
            clock(),
            own=settings.escalation is not None,
        )
        _adopt_calendar(AdoptedCalendars(database), settings, clock())
    finally:
        database.dispose()


def _adopt_calendar(calendars: AdoptedCalendars, settings: Settings, at: datetime) -> None:
    """Put the calendar of the file into force, once: when its version is new here.

    A calendar that somebody adopted by hand is not pushed aside by a newer shipped one, for it
    may hold closing days that the shipped one lacks: that one is kept ready beside it. A file that
    the settings name is its keeper's own word, and does come into force.
    """
    for earlier in sorted(shipped("config", "earlier").glob("calendar@*.yaml")):
        version = earlier.stem.partition("@")[2]
        if calendars.reckoned_with(version):
            # Terms of an earlier release stay explained with the calendar of then.
            calendars.keep(read_text(earlier), by=_OURSELVES, at=at, version=version)
    path = settings.calendar_file
    content = read_text(path)
    version = parse_calendar(content, path.name).version
    rows = calendars.list()
    if any(row.version == version for row in rows):
        return
    by_hand = any(row.in_force and row.adopted_by != _OURSELVES for row in rows)
    if by_hand and settings.calendar is None:
        calendars.keep(content, by=_OURSELVES, at=at, name=path.name)
        log.warning("calendar_waits", object=version, result="kept beside the one in force")
    else:
        calendars.adopt(content, by=_OURSELVES, at=at, name=path.name)


def adopt_calendar(
    house: House,
    content: str,
    *,
    by: str,
    actor: str = "",
    name: str = "calendar.yaml",
    over: str | None = None,
) -> Replanned:
    """Put a calendar into force, take it into use here, and plan the open terms anew.

    *by* is who adopts as screens show it, *actor* the same person as the log knows them. Other
    processes follow at their next sweep. Raises what `AdoptedCalendars.adopt` raises; from
    then on the calendar is in force, and a term that could not be planned is tried again later.
    """
    version = house.calendars.adopt(content, by=by, at=house.clock(), name=name, over=over)
    log.info("calendar_adopted", object=version, result="done", actor=actor or by)
    return house.calendar_watch.look() or Replanned(version)


def build_migrator(house: House, progress: Callable[[], None] = lambda: None) -> Migrator:
    """Return what moves cases of *house* to another version; *progress* is called per case."""
    return Migrator(
        house.engine,
        SqlMigrations(house.database),
        house.procedures,
        house.engine.calendar,
        house.indicators,
        house.clock,
        progress,
    )


def build_tick(house: House) -> Tick:
    """Return the clock and the outbox of *house*, not yet started."""
    outbox, retention = SqlOutbox(house.database, house.notifying), build_retention(house)
    herald = Herald(house.engine)
    digests = DigestRounds(
        house.database,
        Digests(house.database, house.views, house.procedures),
        lambda: house.calendar,
        house.notifying.channels,
    )
    settings = house.settings
    canary = CanaryRoad(house.database)
    channel = WebhookChannel(
        settings.source_oin,
        allow_private=settings.allow_private_webhooks,
        api=f"{settings.address}/api/v1",
    )
    tick = Tick(
        lambda: _look_and_sweep(house, retention, digests),
        lambda: deliver_due(
            outbox,
            channel,
            house.clock,
            random.random,
            going_on=lambda: tick.going_on,
            herald=herald.hear,
            report=herald.report,
            personal=[PersonalRoad(canary, canary, at_once=1), *_personal_roads(house)],
        ),
        lambda: next_wake(house.database),
        clock=house.clock,
        sweep_seconds=settings.sweep_seconds,
        outbox_seconds=settings.outbox_seconds,
        look=lambda: house.watchdogs.look(house.clock()),
    )
    house.engine.armed = tick.arm
    house.engine.told = tick.post
    return tick


def _personal_roads(house: House) -> list[PersonalRoad]:
    """Return the channels to persons that *house* has, each with what waits for it."""

    def road(name: str, channel: Channel) -> PersonalRoad:
        posts = SqlPosts(
            house.database,
            name,
            lambda: house.calendar,
            house.notifying,
            language=house.settings.language,
            reply_to=house.reply_addresses.address_for,
        )
        return PersonalRoad(posts, channel, at_once=_LINES_AT_ONCE)

    found = ((EMAIL, house.email), (CHAT, house.chat))
    return [road(name, channel) for name, channel in found if channel is not None]


def build_inbound(house: House) -> Inbound:
    """Return what takes in and files the e-mail of *house*, not yet started.

    Raises `Unreadable` when there is a place to listen at and no domain to listen for.
    """
    settings, database = house.settings, house.database
    domain = settings.inbound_domain or ""
    place = None
    if settings.inbound_mail is not None:
        if not domain:
            raise Unreadable(
                Text(
                    "inbound_mail vraagt ook inbound_domain: het domein van de antwoordadressen.",
                    "inbound_mail asks for inbound_domain too: the domain of reply addresses.",
                )
            )
        host, _, port = settings.inbound_mail.rpartition(":")
        place = Place(
            host.strip("[]"),
            int(port),
            settings.inbound_mail_protocol,
            domain,
            settings.inbound_mail_bytes,
        )
    return Inbound(
        Letterbox(database),
        build_filing(house),
        Quarantine(database),
        house.clock,
        place=place,
        files=bool(domain),
    )


def build_filing(house: House) -> Filing:
    """Return what files the e-mail of *house* where it belongs."""
    settings = house.settings
    return Filing(
        house.database,
        house.engine,
        house.views.case,
        house.clock,
        document_bytes=settings.document_bytes,
        server=settings.inbound_authserv_id or "",
    )


def build_retention(house: House) -> Retention:
    """Return what destroys the rooms of *house* whose retention has passed."""
    return Retention(
        house.database,
        house.engine,
        house.procedures,
        lambda: house.calendar.local_day(house.clock()),
    )


def _look_and_sweep(house: House, retention: Retention, digests: DigestRounds) -> int:
    """Follow the calendar in force, fire what is due, and destroy what is kept no longer.

    A bad calendar stops no clock, and neither does a rota that cannot be read, or a digest.
    """
    _try("calendar", house.calendar_watch.look)
    _try("rotas", lambda: house.duty.look(house.clock()))
    fired = sweep(house.engine)
    _try("digests", lambda: digests.look(house.clock()))
    retention.look()
    return fired


def _try(what: str, look: Callable[[], object]) -> None:
    try:
        look()
    except Exception:
        log.exception("not_looked_at", object=what, result="tried again later")
