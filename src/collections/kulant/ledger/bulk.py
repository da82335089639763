"""Many new rows at once: numbered beforehand and written without an object each, by COPY where the database has it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import JSON, ColumnElement, Dialect, String, cast, column, delete, func, literal, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.type_api import TypeEngine

from kulant.db import Base, Json

_REPLACED_AT_A_TIME = 2_000

# The sequence is looked up once; its numbers come back as two where they follow on each other, which they nearly always
# do: ten thousand rows would take longer to fetch than to number.
_NUMBERS = """
    WITH sequence AS MATERIALIZED (SELECT pg_get_serial_sequence(:name, 'id')::regclass AS its),
        taken AS MATERIALIZED (SELECT nextval(its) AS id FROM sequence, generate_series(1, :count))
    SELECT min(id), max(id), CASE WHEN max(id) - min(id) + 1 <> count(*) THEN array_agg(id) END FROM taken
"""


def reserve_ids(session: Session, table: type[Base], count: int) -> Sequence[int]:
    """So many ids that nobody else will use, in ascending order.

    SQLite has one writer at a time, so what follows its highest id is free until this transaction ends.
    """
    if not count:
        return ()
    if session.get_bind().dialect.name == "postgresql":
        first, last, scattered = session.execute(text(_NUMBERS), {"name": table.__tablename__, "count": count}).one()
        return sorted(scattered) if scattered else range(first, last + 1)
    highest = session.scalar(select(func.coalesce(func.max(table.__table__.c.id), 0))) or 0
    return range(highest + 1, highest + 1 + count)


def insert_rows(session: Session, table: type[Base], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Writes new rows, each a value for every one of ``columns``, in the session's own transaction.

    What a column keeps as JSON is given as its text.
    """
    session.flush()
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        cursor = connection.connection.cursor()
        try:
            with cursor.copy(f"COPY {table.__tablename__} ({', '.join(columns)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        finally:
            cursor.close()
        return
    places = ", ".join("?" * len(columns))
    converted = _converted([table.__table__.c[name].type for name in columns], rows, connection.dialect)
    if converted:
        statement = f"INSERT INTO {table.__tablename__} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 -- our own names
        connection.exec_driver_sql(statement, converted)


def replace_rows(session: Session, table: type[Base], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Writes rows in place of those of the same key, which is the first of ``columns``; returns how many.

    For tables of what is derived, to which nothing refers. Objects of them in the session are read again.
    """
    key = getattr(table, columns[0])
    written, rest = 0, iter(rows)
    while chunk := list(islice(rest, _REPLACED_AT_A_TIME)):
        gone = delete(table).where(among(session, key, [row[0] for row in chunk]))
        session.execute(gone, execution_options={"synchronize_session": False})
        insert_rows(session, table, columns, chunk)
        written += len(chunk)
    for known in list(session.identity_map.values()):
        if isinstance(known, table):
            session.expire(known)
    return written


def _converted(types: list[TypeEngine[Any]], rows: Iterable[Sequence[Any]], dialect: Dialect) -> list[tuple[Any, ...]]:
    """The rows as SQLite stores them: dates and instants as text, the way SQLAlchemy writes them."""
    columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
    for place, kind in enumerate(types[: len(columns)]):
        if process := _processor(kind, dialect):
            columns[place] = map(_once(process), columns[place])
    return list(zip(*columns, strict=True))


def _processor(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    return None if isinstance(kind, Json) else kind.dialect_impl(dialect).bind_processor(dialect)


def _once(process: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same, worked out once for each value: the dates of an import are few."""
    known: dict[Any, Any] = {None: None}

    def remembered(value: Any) -> Any:
        try:
            return known[value]
        except KeyError:
            known[value] = process(value)
            return known[value]

    return remembered


def among(session: Session, one: InstrumentedAttribute[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Whether a column has one of many values: one parameter, and one plan, however many they are."""
    if len(values) == 1:
        same: ColumnElement[bool] = one == next(iter(values))  # plain, for the rest takes longer to put together
        return same
    written = json.dumps(list(values))
    if session.get_bind().dialect.name == "postgresql":
        # An array of ten thousand parameters takes the driver longer to write than the server to answer.
        each = func.json_array_elements_text(cast(literal(written, String), JSON)).table_valued("value")
        value = each.c.value if isinstance(one.type, String) else cast(each.c.value, one.type)
        return one == func.any(func.array(select(value).scalar_subquery()))
    return one.in_(select(column("value")).select_from(func.json_each(written)))
