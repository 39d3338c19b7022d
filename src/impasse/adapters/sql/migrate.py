"""Migrations: from the first table on, the schema changes by numbered steps only."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from impasse.adapters.sql.database import open_database, translate, writing
from impasse.domain.errors import Unreadable
from impasse.domain.text import Text


class OtherVersion(Unreadable):
    """A database at a step that this version does not know; `migration` is its number."""

    def __init__(self, migration: str) -> None:
        super().__init__(
            Text(
                f"Deze database staat op stap {migration}: zij is gemaakt door een nieuwere (of "
                "andere) impasse; installeer die versie.",
                f"This database is at step {migration}: it was made by a newer (or other) impasse; "
                "install that version.",
            )
        )
        self.migration = migration


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    # A percent sign in a password would be read as interpolation by the configuration parser.
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(url: str) -> None:
    """Bring the database at *url* to the newest schema.

    Raises `Unreadable` for an address that cannot be used, `OtherVersion` for a database that this
    version does not know, and `Unavailable` when the database fails.
    """
    if current(url) == newest():
        return
    database = open_database(url)
    try:
        config = _config(url)
        with writing(database) as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        database.dispose()


def newest() -> str:
    """Return the number of the newest migration that this version ships."""
    return _steps().get_current_head() or ""


def _steps() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config("sqlite://"))


def current(url: str) -> str:
    """Return the number of the migration at which the database at *url* stands, or "".

    Raises `OtherVersion` when this version does not know that number.
    """
    database = open_database(url)
    try:
        with database.connect() as connection:
            found = MigrationContext.configure(connection).get_current_heads()
    except Exception as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error
    finally:
        database.dispose()
    known = {step.revision for step in _steps().walk_revisions()}
    if len(found) > 1 or not known.issuperset(found):
        raise OtherVersion(", ".join(sorted(found)))
    return found[0] if found else ""
