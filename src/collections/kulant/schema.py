"""The schema's versions: migrating up and down, and whether the models match."""

from __future__ import annotations

from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from kulant.core.errors import Refusal
from kulant.db import engine_for
from kulant.paths import resource_dir

if TYPE_CHECKING:
    from alembic.config import Config

# The newest migration. Every command checks it, so it is not looked up in the files: Alembic takes long to load.
NEWEST = "0004"

_MIGRATING = 558_542_680  # any number that nothing else on the server locks


def upgrade(url: str, revision: str = "head") -> None:
    """Migrates the database to that version, in one transaction."""
    from alembic import command

    with engine_for(url).begin() as connection:
        alone(connection)
        command.upgrade(_config(connection), revision)


def downgrade(url: str, revision: str = "base") -> None:
    """Takes the database back to that version."""
    from alembic import command

    with engine_for(url).begin() as connection:
        alone(connection)
        command.downgrade(_config(connection), revision)


def bring_to(connection: Connection, revision: str) -> None:
    """Makes the tables of that version in the caller's transaction; a schema that is there already has no rows."""
    from alembic import command

    current = _version(connection)
    if current is not None and current != revision:
        command.downgrade(_config(connection), "base")
    if current != revision:
        command.upgrade(_config(connection), revision)


def upgrade_within(connection: Connection) -> None:
    """Migrates to the newest schema in the caller's transaction."""
    from alembic import command

    command.upgrade(_config(connection), "head")


def versions(url: str) -> tuple[str | None, str]:
    """The database's schema version (none before the first migration) and the newest one this program knows."""
    with engine_for(url).connect() as connection:
        return _version(connection), NEWEST


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version


def require_current(url: str) -> None:
    """Refuses to work on a database that has not been migrated to the newest schema."""
    current, newest = versions(url)
    if current != newest:
        state = "has no tables yet" if current is None else f"is at schema version {current}, not {newest}"
        raise Refusal("schema", f"the database {state}; run: kulant db upgrade")


def differences(url: str) -> list[object]:
    """Where the database's tables differ from the models; nothing when they match."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from kulant.delivery.job_tables import is_ours
    from kulant.models import Base

    with engine_for(url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_ours})
        return list(compare_metadata(context, Base.metadata))


def new_revision(message: str) -> None:
    """Writes a migration from the newest schema to the models, for a developer to review and to name in ``NEWEST``."""
    from alembic import command

    if not message.strip():
        raise Refusal("no_name", 'say what changes: make migration NAME="…"')
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/schema.db"
        upgrade(url)
        with engine_for(url).begin() as connection:
            command.revision(_config(connection), message=message, autogenerate=True)
        engine_for(url).dispose()


def alone(connection: Connection) -> None:
    """Waits until nobody else migrates or restores. SQLite's BEGIN IMMEDIATE has done that already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:kulant)"), {"kulant": _MIGRATING})


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(resource_dir("migrations")))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config
