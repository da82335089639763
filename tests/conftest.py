"""Fixtures: a fresh database for each test, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from kulant.db import Act, Base, engine_for
from kulant.models import people
from tests.support.factories import create_creditor
from tests.support.postgres import postgres_database

TODAY = date(2026, 11, 23)
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A database of this test worker's own on the throw-away PostgreSQL, with all tables."""
    with postgres_database(f"kulant_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}") as url:
        engine = engine_for(url)
        Base.metadata.create_all(engine)
        engine.dispose()  # only a few engines are kept, and a forgotten one must not hold a connection
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database, once on each of the two that Kulant supports."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'kulant.db'}"
        Base.metadata.create_all(engine_for(url))
        yield url
        engine_for(url).dispose()
        return
    url = request.getfixturevalue("postgres_url")
    yield url
    _empty(engine_for(url))
    engine_for(url).dispose()


def _empty(engine: Engine) -> None:
    tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))


@pytest.fixture
def act(database_url: str) -> Iterator[Act]:
    """Somebody doing something on Monday 23 November 2026, in a transaction that is rolled back."""
    with Session(engine_for(database_url), expire_on_commit=False) as session:
        yield Act(session=session, actor="test clerk", today=TODAY, now=datetime(2026, 11, 23, 9, 0, tzinfo=UTC))


@pytest.fixture
def creditor(act: Act) -> people.Creditor:
    """A Norwegian creditor with everything a letter needs."""
    return create_creditor(act)


class Statements(list[str]):
    """The SQL statements sent since it was made, for tests that count them."""


@pytest.fixture
def statements(database_url: str) -> Iterator[Statements]:
    """Collects every SQL statement of the test's database; ``clear()`` it before what is to be counted."""
    seen = Statements()

    def remember(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    engine = engine_for(database_url)
    event.listen(engine, "before_cursor_execute", remember)
    yield seen
    event.remove(engine, "before_cursor_execute", remember)


@pytest.fixture
def shared_data() -> Path:
    """The folder of real files to import; tests that need it are left out where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the folder of real files is not here")
    return SHARED_DATA
