"""The database: one engine, one transaction at a time, opened and committed only at a door."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, DateTime, Dialect, Engine, Integer, MetaData, Text, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session
from sqlalchemy.types import TypeDecorator

from kulant.core.errors import Refusal
from kulant.core.events import Event
from kulant.core.review import Review

# Every constraint gets a name, so that migrations can find it again on both databases.
NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLite only numbers rows by itself when the key is its own INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")
Minor = BigInteger


# The one form in which JSON is kept. Made once: the daily run writes a hundred thousand of them.
canonical_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


class UtcTime(TypeDecorator[datetime]):
    """An instant, always in UTC and always aware, on databases that keep the zone and on those that do not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """Plain JSON kept as text in one canonical form, so that equal values are equal bytes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else canonical_json(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


class Base(DeclarativeBase):
    """All tables of the house."""

    metadata = MetaData(naming_convention=NAMING)


def columns_of(table: type[Base], row: type[NamedTuple]) -> list[InstrumentedAttribute[Any]]:
    """The columns such plain rows are made of: those called like the row's fields."""
    return [getattr(table, name) for name in row._fields]


def _no_secret() -> str:
    raise Refusal("no_secret_key", "this needs the signing key; set KULANT_SECRET_KEY to a long random text")


@dataclass
class Act:
    """One thing being done: by whom, on which business date, at what instant, in which transaction.

    Services take it as their first argument and ``tell`` it what happened; the door that opened the transaction writes
    those events to the timeline and the audit trail before it commits.
    """

    session: Session
    actor: str
    today: date
    now: datetime
    events: list[Event] = field(default_factory=list)
    touched: set[tuple[int, int]] = field(default_factory=set)
    added: list[tuple[int, range]] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)  # of the runs it makes
    secret: Callable[[], str] = _no_secret  # the house's signing key; asked for only where erased customers are marked

    def tell(self, event: Event) -> None:
        """Remembers that this happened, for the timeline and the audit trail of the same transaction."""
        self.events.append(event)

    def touch(self, creditor_id: int, customer_id: int | None) -> None:
        """Remembers that this customer's account has changed, so that the balance kept of it follows."""
        if customer_id is not None:
            self.touched.add((creditor_id, customer_id))

    def add(self, creditor_id: int, item_ids: range) -> None:
        """Remembers that all items of these ids are new, so that they are added to balances that are not reckoned anew.

        Whatever else happens to one of them touches its customer as well.
        """
        self.added.append((creditor_id, item_ids))


@cache
def engine_for(url: str) -> Engine:
    """The engine of a database URL; one per process and URL, kept for good: its pool holds open connections."""
    try:
        backend = make_url(url).get_backend_name()
    except (ArgumentError, ValueError):
        backend = None
    if backend not in ("sqlite", "postgresql"):
        raise Refusal(
            "bad_database_url",
            "KULANT_DATABASE_URL is not usable; write sqlite:///kulant.db or postgresql+psycopg://user@host/name",
        )
    if backend == "sqlite":
        return _sqlite_engine(url)
    try:
        return _postgresql_engine(url)
    except (ArgumentError, ImportError):
        raise Refusal(
            "bad_database_url", "KULANT_DATABASE_URL names another driver; write postgresql+psycopg://user@host/name"
        ) from None


def _postgresql_engine(url: str) -> Engine:
    engine = create_engine(url, pool_pre_ping=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        # Compiling a statement takes longer than carrying it out: nothing here runs for minutes (measured: the forecast
        # of a million items took 11.9 s with it and 5.6 s without).
        connection.execute("SET jit = off")
        connection.commit()
        # A letter takes some sixty statements, a run more: with the driver's hundred, each would push another out
        # before it comes round again, and all would be prepared anew every time.
        connection.prepared_max = 1000

    return engine


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 30})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        # The driver must not open transactions by itself: BEGIN IMMEDIATE below does, so that two writers queue
        # instead of failing half-way (measured: 1,119 of 1,200 deferred transactions failed with four writers).
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA busy_timeout=30000")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        mode = "" if connection.get_execution_options().get("read_only") else " IMMEDIATE"
        connection.exec_driver_sql(f"BEGIN{mode}")

    return engine


@contextmanager
def reading(url: str) -> Iterator[Session]:
    """A session that only reads: it never waits for a writer and is rolled back at the end."""
    engine = engine_for(url).execution_options(read_only=True)
    with Session(engine, expire_on_commit=False, autoflush=False) as session:
        yield session
