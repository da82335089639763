"""What is in a backup: each table with its columns in kinds that every database has, and what is left out and why.

A value is read in one form whatever the database: numbers as numbers, true and false as 1 and 0, days as
``2026-11-22``, instants in UTC as ``2026-11-22 09:00:00.000000``, JSON as the very text that is kept, bytes in
hexadecimal, absent as absent. So the same rows are the same bytes, and have the same digest, on either database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, Float, Integer, LargeBinary, String, Table
from sqlalchemy.sql.elements import KeyedColumnElement

from kulant.db import Json, UtcTime
from kulant.delivery.job_tables import PREFIX
from kulant.delivery.models import Delivery
from kulant.intake.models import ImportRun
from kulant.letters.models import Document, PrintBatch
from kulant.models import Base
from kulant.relationship.models_care import Upload

# Rows that live for minutes or hours; nothing else refers to them.
LEFT_OUT = {
    "login_session": "people log in again",
    "throttle": "counts of the last minutes begin anew",
    "one_time_code": "codes are good for minutes; customers ask for another",
}

# Made by others: the schema's version stands in the head of the file, jobs are made anew from the outbox.
NOT_OURS = ("alembic_version", PREFIX)

# Where rows name a file, and in which states it is needed. Piles are letters joined for a printer.
FILES: dict[str, tuple[KeyedColumnElement[Any], tuple[str, tuple[str, ...]] | None]] = {
    "documents": (Document.__table__.c.sha256, None),
    "piles": (PrintBatch.__table__.c.sha256, None),
    "mails": (Delivery.__table__.c.mail_kept, None),
    "uploads": (Upload.__table__.c.sha256, None),
    "waiting": (ImportRun.__table__.c.stored, ("status", ("queued", "running"))),
}

KINDS = ("integer", "real", "truth", "day", "instant", "json", "text", "bytes")

# What may stand in a row for each kind; anything may be absent.
TYPES: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "real": (float, int),
    "truth": (int,),
    "day": (str,),
    "instant": (str,),
    "json": (str,),
    "text": (str,),
    "bytes": (str,),
}

# What the outbox holds that may have left after the backup was made.
ON_ITS_WAY = (Delivery.__tablename__, ("approved", "blocked", "rendering", "handed"))


@dataclass(frozen=True, slots=True)
class Spec:
    """A table as the backup holds it: its columns in order, each with its kind, and by what its rows are ordered."""

    name: str
    columns: tuple[tuple[str, str], ...]
    key: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """As the head of the file says it."""
        return {"name": self.name, "columns": [list(column) for column in self.columns], "key": list(self.key)}

    @property
    def names(self) -> list[str]:
        """The columns' names."""
        return [name for name, _ in self.columns]

    def places_of(self, kind: str) -> list[int]:
        """Where values of that kind stand in a row."""
        return [place for place, (_, its) in enumerate(self.columns) if its == kind]


def specs() -> list[Spec]:
    """Every table that is backed up, those first that others refer to."""
    return [_spec(table) for table in Base.metadata.sorted_tables if table.name not in LEFT_OUT]


def is_ours(name: str) -> bool:
    """Whether a table of the database is one of Kulant's own."""
    return not name.startswith(NOT_OURS)


def _spec(table: Table) -> Spec:
    columns = tuple((column.name, _kind(column)) for column in table.columns)
    return Spec(table.name, columns, tuple(column.name for column in table.primary_key))


def _kind(column: Column[Any]) -> str:
    for types, kind in _KINDS_OF:
        if isinstance(column.type, types):
            return kind
    raise TypeError(f"a backup does not know how to keep {column.table.name}.{column.name}")


# In this order: JSON is kept as text, an instant is a date with a time.
_KINDS_OF: Sequence[tuple[tuple[type, ...], str]] = (
    ((Json,), "json"),
    ((UtcTime,), "instant"),
    ((Boolean,), "truth"),
    ((Integer, BigInteger), "integer"),
    ((Float,), "real"),
    ((Date,), "day"),
    ((LargeBinary,), "bytes"),
    ((String,), "text"),
)

_SQLITE = {
    # Rows that a migration wrote may lack the part after the second.
    "instant": "CASE WHEN length({0}) = 26 THEN {0} "
    "ELSE substr({0}, 1, 19) || '.' || substr(substr({0}, 21) || '000000', 1, 6) END",
    "bytes": "CASE WHEN {0} IS NULL THEN NULL ELSE lower(hex({0})) END",
}
_POSTGRESQL = {
    "truth": "{0}::int",
    "day": "to_char({0}, 'YYYY-MM-DD')",
    "instant": "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
    "bytes": "encode({0}, 'hex')",
}


def reading_of(spec: Spec, dialect: str) -> str:
    """The statement that reads a table in the one form, in the order of its key."""
    ways = _POSTGRESQL if dialect == "postgresql" else _SQLITE
    columns = ", ".join(ways.get(kind, "{0}").format(f'"{name}"') for name, kind in spec.columns)
    kinds = dict(spec.columns)
    # By bytes, as SQLite does: the same order whatever language the server was set up for.
    by_bytes = ' COLLATE "C"' if dialect == "postgresql" else ""
    order = ", ".join(f'"{name}"{by_bytes if kinds[name] == "text" else ""}' for name in spec.key)
    return f'SELECT {columns} FROM "{spec.name}" ORDER BY {order}'  # noqa: S608 -- names of our own tables
