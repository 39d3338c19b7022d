"""Migrations: from the first table on, the schema changes by numbered steps only."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from impasse.adapters.sql.database import open_database, translate


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    # A percent sign in a password would be read as interpolation by the configuration parser.
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(url: str) -> None:
    """Bring the database at *url* to the newest schema.

    Raises `Unreadable` for an address that cannot be used, `Unavailable` when the database fails.
    """
    database = open_database(url)
    try:
        config = _config(url)
        with database.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error
    finally:
        database.dispose()


def newest() -> str:
    """Return the number of the newest migration that this version ships."""
    head = ScriptDirectory.from_config(_config("sqlite://")).get_current_head()
    return head or ""


def current(url: str) -> str:
    """Return the number of the migration at which the database at *url* stands, or ""."""
    database = open_database(url)
    try:
        with database.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision() or ""
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error
    finally:
        database.dispose()
