"""Rows out of a database and into one, as a stream: a few thousand at a time, never a whole table."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

import psycopg
from sqlalchemy import Connection

from kulant.backup.container import LARGEST_PART, no_backup
from kulant.backup.tables import TYPES, Spec, reading_of
from kulant.core.errors import Refusal

_FETCHED_AT_A_TIME = 2_000
_PART = 4 << 20  # bytes of rows in a part, before they are packed
_LEVEL = 4  # measured on a million items: a third larger than the best, in a fifth of its time
_GZIP = 31
_FARTHEST = 2**63

Rows = Sequence[Sequence[Any]]
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(slots=True)
class Tally:
    """What a table's rows come to: how many, how many bytes in the one form, and their hash."""

    rows: int = 0
    size: int = 0
    digest: Any = field(default_factory=sha256)

    def add(self, rows: int, content: bytes) -> None:
        """So many more rows, as these bytes."""
        self.rows += rows
        self.size += len(content)
        self.digest.update(content)

    def as_json(self) -> dict[str, Any]:
        """As the manifest says it."""
        return {"rows": self.rows, "bytes": self.size, "sha256": self.digest.hexdigest()}


def read_rows(connection: Connection, statement: str) -> Iterator[Rows]:
    """What a statement finds, a few thousand rows at a time, straight from the driver."""
    driver: Any = connection.connection.driver_connection
    cursor = driver.cursor(name="kulant_backup") if connection.dialect.name == "postgresql" else driver.cursor()
    try:
        cursor.execute(statement)
        while rows := cursor.fetchmany(_FETCHED_AT_A_TIME):
            yield rows
    finally:
        cursor.close()


def written(connection: Connection, spec: Spec) -> Iterator[tuple[int, bytes]]:
    """A table in the one form: how many rows, and their bytes."""
    for rows in read_rows(connection, reading_of(spec, connection.dialect.name)):
        yield len(rows), "".join([f"{_encode(row)}\n" for row in rows]).encode()


def packed(chunks: Iterable[tuple[int, bytes]], tally: Tally, seen: Callable[[int], None]) -> Iterator[bytes]:
    """The parts of a table, each packed on its own."""
    waiting: list[bytes] = []
    size = 0
    for rows, content in chunks:
        tally.add(rows, content)
        waiting.append(content)
        size += len(content)
        seen(rows)
        if size >= _PART:
            yield _pack(waiting)
            waiting, size = [], 0
    if waiting:
        yield _pack(waiting)


def _pack(waiting: list[bytes]) -> bytes:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    packed = b"".join([packer.compress(content) for content in waiting]) + packer.flush()
    if sum(map(len, waiting)) > LARGEST_PART:
        raise Refusal("row_too_large", "a row is too large for a backup; please report it")
    return packed


def unpack(name: str, packed: bytes) -> bytes:
    """A part's rows; refuses one that grows beyond what a part may be."""
    unpacker = zlib.decompressobj(_GZIP)
    try:
        content = unpacker.decompress(packed, LARGEST_PART + 1)
    except zlib.error:
        raise no_backup(f"{name} cannot be unpacked") from None
    if len(content) > LARGEST_PART:
        raise no_backup(f"{name} grows beyond what a part may be")
    if not unpacker.eof or unpacker.unused_data:
        raise no_backup(f"{name} cannot be unpacked")
    return content


def parsed(spec: Spec, content: bytes) -> list[list[Any]]:
    """The rows of a part, each value of its column's kind."""
    try:
        rows: list[list[Any]] = json.loads(b"[" + content.rstrip(b"\n").replace(b"\n", b",") + b"]")
        columns = list(zip(*rows, strict=True))
        if rows and len(columns) != len(spec.columns):
            raise ValueError
        for values, (_, kind) in zip(columns, spec.columns, strict=False):
            _check(values, kind)
    except (ValueError, TypeError, RecursionError):
        raise no_backup(f"a row of {spec.name} is not what the head of the file says") from None
    return rows


def _check(values: Sequence[Any], kind: str) -> None:
    if not set(map(type, values)) <= {type(None), *TYPES[kind]}:
        raise ValueError(kind)
    if kind == "integer" and any(not -_FARTHEST <= value < _FARTHEST for value in set(values) - {None}):
        raise ValueError(kind)
    if kind == "truth" and not set(values) <= {None, 0, 1}:
        raise ValueError(kind)
    if kind in ("day", "instant"):
        read: Callable[[str], object] = date.fromisoformat if kind == "day" else datetime.fromisoformat
        for value in set(values) - {None}:
            read(value)


class Loader:
    """Writes rows into the empty tables of one database, in the transaction of its connection."""

    def __init__(self, connection: Connection) -> None:
        self._driver: Any = connection.connection.driver_connection
        self._postgresql = connection.dialect.name == "postgresql"

    def load(self, spec: Spec, parts: Iterable[list[list[Any]]], seen: Callable[[int], None]) -> None:
        """All rows of a table. A row may refer to a later one of the same table."""
        try:
            (self._copy if self._postgresql else self._insert)(spec, parts, seen)
        except (psycopg.Error, sqlite3.Error) as error:
            said = str(error).partition("\n")[0]
            raise Refusal(
                "cannot_restore", f"a row of {spec.name} cannot be kept: {said}; nothing was changed"
            ) from None

    def _copy(self, spec: Spec, parts: Iterable[list[list[Any]]], seen: Callable[[int], None]) -> None:
        columns = ", ".join(f'"{name}"' for name in spec.names)
        binary = spec.places_of("bytes")
        with self._driver.cursor() as cursor, cursor.copy(f'COPY "{spec.name}" ({columns}) FROM STDIN') as copy:
            for rows in parts:
                for row in rows:
                    for place in binary:
                        row[place] = None if row[place] is None else f"\\x{row[place]}"
                    copy.write_row(row)
                seen(len(rows))

    def _insert(self, spec: Spec, parts: Iterable[list[list[Any]]], seen: Callable[[int], None]) -> None:
        columns = ", ".join(f'"{name}"' for name in spec.names)
        places = ", ".join("?" * len(spec.columns))
        statement = f'INSERT INTO "{spec.name}" ({columns}) VALUES ({places})'  # noqa: S608 -- compared with the schema
        binary = spec.places_of("bytes")
        cursor = self._driver.cursor()
        try:
            for rows in parts:
                for place in binary:
                    for row in rows:
                        row[place] = None if row[place] is None else bytes.fromhex(row[place])
                cursor.executemany(statement, rows)
                seen(len(rows))
        finally:
            cursor.close()
