"""Connections to SQLite and PostgreSQL, opened the way *impasse* needs them, and their failures."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psycopg
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from impasse.domain.errors import ImpasseError, Unavailable, Unreadable
from impasse.domain.text import Text
from impasse.engine.ports import Contention

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import URL, Connection

SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"


def open_database(url: str, *, busy_seconds: float = 10.0) -> Engine:
    """Return the pool of connections to the database at *url*.

    Raises `Unreadable` when the address cannot be understood or names no folder that exists.
    """
    address = _address(url)
    if address.get_backend_name() == SQLITE:
        return _open_sqlite(address, busy_seconds)
    return create_engine(
        address,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"options": "-c timezone=UTC", "connect_timeout": 10},
    )


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise Unreadable(
            Text(
                "IMPASSE_DATABASE_URL is geen adres van een database. Voorbeeld: "
                "sqlite:///impasse.db of postgresql+psycopg://gebruiker@server/impasse.",
                "IMPASSE_DATABASE_URL is not the address of a database. Example: "
                "sqlite:///impasse.db or postgresql+psycopg://user@server/impasse.",
            )
        ) from error
    if address.drivername == POSTGRESQL:
        address = address.set(drivername="postgresql+psycopg")
    if address.drivername not in {SQLITE, "postgresql+psycopg"}:
        raise Unreadable(
            Text(
                f"Database '{address.drivername}' kan niet; gebruik sqlite of postgresql+psycopg.",
                f"Database '{address.drivername}' is not possible; use sqlite or "
                "postgresql+psycopg.",
            )
        )
    return address


def _open_sqlite(address: URL, busy_seconds: float) -> Engine:
    name = address.database or ""
    if name in {"", ":memory:"}:
        raise Unreadable(
            Text(
                "Een database in het geheugen bewaart niets. Noem een bestand: "
                "sqlite:///impasse.db.",
                "A database in memory keeps nothing. Name a file: sqlite:///impasse.db.",
            )
        )
    folder = Path(name).absolute().parent
    if not folder.is_dir():
        raise Unreadable(
            Text(
                f"De map {folder} voor de database bestaat niet. Maak haar aan of kies een "
                "andere in IMPASSE_DATABASE_URL.",
                f"The folder {folder} for the database does not exist. Make it, or choose "
                "another in IMPASSE_DATABASE_URL.",
            )
        )
    # What a statement was given is content of cases and rooms: no error repeats it, in no log.
    engine = create_engine(address, connect_args={"timeout": busy_seconds}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        # Transactions are begun by us: IMMEDIATE for the writer, plain for readers.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        # What is destroyed by law must not be left behind in the file.
        connection.execute("PRAGMA secure_delete = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:  # noqa: ANN401 SQLAlchemy hands it over untyped
        connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))

    return engine


_BEGIN: Final = "impasse_begin"


@contextmanager
def writing(database: Engine) -> Iterator[Connection]:
    """Begin a short transaction that reads and then writes; commit at the end, or undo.

    On SQLite it takes the right to write at once: a reader that turns writer midway can be
    refused without waiting. Raises `Contention` or `Unavailable`; nothing has changed then.
    """
    try:
        with (
            database.connect().execution_options(**{_BEGIN: "BEGIN IMMEDIATE"}) as connection,
            connection.begin(),
        ):
            yield connection
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error


def sqlite_file(url: str) -> Path | None:
    """Return the file of a SQLite address, or None for another database."""
    address = _address(url)
    if address.get_backend_name() != SQLITE or not address.database:
        return None
    return Path(address.database).absolute()


def translate(error: Exception) -> Exception:
    """Return what *error* of a driver means to us: contention, unavailability, or itself."""
    if isinstance(error, ImpasseError | Contention):
        return error
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if isinstance(cause, psycopg.errors.UniqueViolation):
        # Another process added the same row between our look and our write: look again.
        return Contention(str(cause))
    if isinstance(cause, psycopg.errors.DeadlockDetected | psycopg.errors.SerializationFailure):
        return Contention(str(cause))
    if isinstance(cause, psycopg.errors.DiskFull):
        return Unavailable(_SQLITE_SENTENCES["full"])
    if isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return Unavailable(
            Text(
                "De database antwoordt niet. Er is niets veranderd. Controleer of zij draait en "
                "of IMPASSE_DATABASE_URL klopt.",
                "The database does not answer. Nothing was changed. Check that it runs and that "
                "IMPASSE_DATABASE_URL is right.",
            )
        )
    if isinstance(cause, sqlite3.DatabaseError):
        words = str(cause)
        for key, sentence in _SQLITE_SENTENCES.items():
            if key in words:
                return Unavailable(sentence)
    return error


_SQLITE_SENTENCES = {
    "locked": Text(
        "Een ander programma schrijft al te lang in de database. Er is niets veranderd; "
        "probeer het opnieuw.",
        "Another program has been writing to the database for too long. Nothing was changed; "
        "try again.",
    ),
    "full": Text(
        "De schijf van de database is vol. Er is niets veranderd. Maak ruimte vrij en probeer "
        "het opnieuw.",
        "The disk of the database is full. Nothing was changed. Free some space and try again.",
    ),
    "readonly": Text(
        "De database mag niet worden beschreven. Er is niets veranderd. Controleer de rechten "
        "van het bestand en de map.",
        "The database may not be written to. Nothing was changed. Check the rights of the file "
        "and the folder.",
    ),
    "unable to open": Text(
        "Het bestand van de database kan niet worden geopend. Controleer IMPASSE_DATABASE_URL "
        "en de rechten.",
        "The file of the database cannot be opened. Check IMPASSE_DATABASE_URL and the rights.",
    ),
    "not a database": Text(
        "Het bestand in IMPASSE_DATABASE_URL is geen database. Kies een ander bestand.",
        "The file in IMPASSE_DATABASE_URL is not a database. Choose another file.",
    ),
    "malformed": Text(
        "Het bestand van de database is beschadigd. Zet een reservekopie terug.",
        "The file of the database is damaged. Restore a backup.",
    ),
    "disk I/O": Text(
        "De schijf van de database geeft een fout. Er is niets veranderd. Controleer de schijf.",
        "The disk of the database fails. Nothing was changed. Check the disk.",
    ),
    "no such table": Text(
        "De database heeft nog geen tabellen van impasse. Voer 'impasse db upgrade' uit.",
        "The database has no tables of impasse yet. Run 'impasse db upgrade'.",
    ),
}


class Codec:
    """How instants and days cross the border of one driver, for the hot statements."""

    def __init__(self, dialect: str) -> None:
        self.text = dialect == SQLITE

    def instant(self, moment: datetime | None) -> str | datetime | None:
        """Turn a moment into what the driver keeps."""
        if moment is None or not self.text:
            return moment
        return moment.isoformat(timespec="microseconds")

    def day(self, day: date | None) -> str | date | None:
        """Turn a day into what the driver keeps."""
        return day.isoformat() if self.text and day is not None else day

    def read_instant(self, value: Any) -> datetime:  # noqa: ANN401 drivers are untyped
        """Turn what the driver kept into a moment in UTC."""
        moment: datetime = datetime.fromisoformat(value) if self.text else value
        return moment if moment.tzinfo is UTC else moment.astimezone(UTC)

    def read_day(self, value: Any) -> date:  # noqa: ANN401 drivers are untyped
        """Turn what the driver kept into a day."""
        day: date = date.fromisoformat(value) if self.text else value
        return day

    def read_maybe_day(self, value: Any) -> date | None:  # noqa: ANN401 drivers are untyped
        """Turn what the driver kept into a day, if there is one."""
        return None if value is None else self.read_day(value)
