"""Rows in every table there is, made from the metadata alone, so that a new table takes part by itself."""

from __future__ import annotations

from datetime import UTC, date, datetime
from hashlib import sha256
from io import BytesIO
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, Float, Integer, LargeBinary, Table, insert, update

from kulant.db import Json, UtcTime, engine_for
from kulant.intake.shelf import Shelf
from kulant.letters.storage import open_storage, open_uploads
from kulant.models import Base

ROWS = 3

# What has broken programs before: signs that mean something to somebody, and what looks like nothing.
AWKWARD = ("", '\\N \\. \\t\ttab\nline\r\n"quoted" \'so\' {"a": [1]} ],[ \x7f', "Blåbærsyltetøy ∑ 🍞 \u2028 e\u0301")

_NAMES_FILE = {"import_run": "stored", "delivery": "mail_kept"}


def fill(database_url: str, storage_url: str) -> None:
    """Three rows in every table: awkward, absent and extreme values, and the files that rows name."""
    files = {
        "document": [open_storage(storage_url).put(f"%PDF-{n}".encode()) for n in range(ROWS)],
        "print_batch": [open_storage(storage_url).put(b"%PDF-batch")] * ROWS,
        "delivery": [open_storage(storage_url).put(f"From: {n}".encode()) for n in range(ROWS)],
        "upload": [open_uploads(storage_url).put(f"%PDF-their {n}".encode()) for n in range(ROWS)],
        "import_run": [Shelf(storage_url).put(BytesIO(b"a,b\n" * (n + 1))).key for n in range(ROWS)],
    }
    with engine_for(database_url).begin() as connection:
        for table in Base.metadata.sorted_tables:
            rows = [_row(table, number, files.get(table.name)) for number in range(ROWS)]
            connection.execute(insert(table), rows)
        for table in Base.metadata.sorted_tables:
            # A row may refer to a later one of its own table.
            for column in table.columns:
                if any(key.column.table is table for key in column.foreign_keys) and column.nullable:
                    connection.execute(update(table).where(table.c.id == 1).values({column.name: ROWS}))


def _row(table: Table, number: int, files: list[str] | None) -> dict[str, Any]:
    row = {column.name: _value(column, number) for column in table.columns}
    if files is not None:
        row[_NAMES_FILE.get(table.name, "sha256")] = files[number]
    if table.name == "import_run":
        row["status"] = ("queued", "running", "done")[number]
    if table.name == "delivery":
        row["status"] = ("approved", "rendering", "sent")[number]
    return row


def _value(column: Column[Any], number: int) -> Any:
    [*refers] = column.foreign_keys
    if refers and refers[0].column.table is column.table:
        return None
    if refers:
        return _value(refers[0].column, number)
    alone = column.primary_key or column.unique or _in_a_key(column)
    if column.nullable and not alone and number == 1:
        return None
    return _of_kind(column, number, alone=alone)


def _in_a_key(column: Column[Any]) -> bool:
    together = [index.columns for index in column.table.indexes if index.unique]
    together += [one.columns for one in column.table.constraints if hasattr(one, "columns")]
    return any(column.name in columns for columns in together)


def _of_kind(column: Column[Any], number: int, *, alone: bool) -> Any:
    kind = column.type
    if isinstance(kind, Json):
        return [{"å": [1, None, 2.5], "b": '"\n'}, [], {}][number]
    if isinstance(kind, UtcTime):
        day = datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC)
        return [day, day.replace(microsecond=1), day.replace(year=1970, microsecond=999_999)][number]
    if isinstance(kind, Boolean):
        return number != 1
    if isinstance(kind, Integer) and (alone or column.primary_key):
        return number + 1
    if isinstance(kind, BigInteger):
        return [2**63 - 1, -(2**63), 0][number]
    if isinstance(kind, Integer):
        return [2**31 - 1, -(2**31), 0][number]
    if isinstance(kind, Float):
        return [0.1 + 0.2, -1e-300, 1.0][number]
    if isinstance(kind, Date):
        return [date(2026, 2, 28), date(1900, 1, 1), date(9999, 12, 31)][number]
    if isinstance(kind, LargeBinary):
        return [b"", bytes(range(256)), b"\x00"][number]
    longest = getattr(kind, "length", None)
    text = sha256(str(number).encode()).hexdigest() + AWKWARD[number] if longest == 64 and alone else AWKWARD[number]
    return (f"{number}{text}" if alone else text)[:longest]
