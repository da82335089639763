"""The tables of procrastinate, which carries deliveries on PostgreSQL: made by a migration, never touched by ours."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, event, text

from kulant.db import Base

PREFIX = "procrastinate_"

_THERE = text("SELECT to_regclass('procrastinate_jobs') IS NOT NULL")

# What it has made is found by its names, so that going back leaves nothing behind whatever version made it.
_GONE = """
DO $$
DECLARE each record;
BEGIN
    FOR each IN SELECT c.oid::regclass AS it FROM pg_class c
        WHERE c.relkind = 'r' AND c.relname LIKE 'procrastinate\\_%' AND pg_table_is_visible(c.oid)
    LOOP EXECUTE format('DROP TABLE IF EXISTS %s CASCADE', each.it); END LOOP;
    FOR each IN SELECT p.oid::regprocedure AS it FROM pg_proc p
        WHERE p.proname LIKE 'procrastinate\\_%' AND pg_function_is_visible(p.oid)
    LOOP EXECUTE format('DROP FUNCTION IF EXISTS %s CASCADE', each.it); END LOOP;
    FOR each IN SELECT t.oid::regtype AS it FROM pg_type t
        WHERE t.typname LIKE 'procrastinate\\_%' AND t.typtype IN ('e', 'c') AND pg_type_is_visible(t.oid)
    LOOP EXECUTE format('DROP TYPE IF EXISTS %s CASCADE', each.it); END LOOP;
END $$
"""


def make(connection: Connection) -> None:
    """Makes them on PostgreSQL, as its own schema says; nothing on SQLite, and nothing where they are already."""
    if connection.dialect.name != "postgresql" or connection.scalar(_THERE):
        return
    from procrastinate.schema import SchemaManager

    _execute(connection, SchemaManager.get_schema())


def remove(connection: Connection) -> None:
    """Removes them with all they need; nothing on SQLite."""
    if connection.dialect.name == "postgresql":
        _execute(connection, _GONE)


def _execute(connection: Connection, script: str) -> None:
    """Straight to the driver: it is many statements, and holds signs that others take for parameters."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(script)
    finally:
        cursor.close()


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a table is one of the house's, for comparing the database with the models."""
    return kind != "table" or name is None or not name.startswith(PREFIX)


@event.listens_for(Base.metadata, "after_create")
def _make_with_the_others(_metadata: object, connection: Connection, **_options: Any) -> None:
    make(connection)
