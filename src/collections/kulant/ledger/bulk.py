"""Many new rows at once: numbered beforehand and written without an object each, by COPY where the database has it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Dialect, func, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.type_api import TypeEngine

from kulant.db import Base


def reserve_ids(session: Session, table: type[Base], count: int) -> list[int]:
    """So many ids that nobody else will use, in ascending order.

    SQLite has one writer at a time, so what follows its highest id is free until this transaction ends.
    """
    name = table.__tablename__
    if session.get_bind().dialect.name == "postgresql":
        taken = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
        return sorted(session.scalars(taken, {"name": name, "count": count}))
    highest = session.scalar(select(func.coalesce(func.max(table.__table__.c.id), 0))) or 0
    return list(range(highest + 1, highest + 1 + count))


def insert_rows(session: Session, table: type[Base], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Writes new rows, each a value for every one of ``columns``, in the session's own transaction."""
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


def _converted(types: list[TypeEngine[Any]], rows: Iterable[Sequence[Any]], dialect: Dialect) -> list[tuple[Any, ...]]:
    """The rows as SQLite stores them: dates and instants as text, the way SQLAlchemy writes them."""
    processors = [(place, _once(process)) for place, kind in enumerate(types) if (process := _processor(kind, dialect))]
    converted = []
    for row in rows:
        cells = list(row)
        for place, process in processors:
            cells[place] = process(cells[place])
        converted.append(tuple(cells))
    return converted


def _processor(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


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


def among(session: Session, column: InstrumentedAttribute[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Whether a column has one of many values: one parameter, and one plan, however many they are."""
    if session.get_bind().dialect.name == "postgresql":
        return column == func.any(list(values))
    import json

    return column.in_(select(text("value")).select_from(func.json_each(json.dumps(list(values)))))
