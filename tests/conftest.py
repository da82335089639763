"""Fixtures: an empty database for each test, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from kulant.db import Act, Base, engine_for
from kulant.models import people
from kulant.people import service as people_service
from tests.support.factories import create_creditor
from tests.support.postgres import postgres_database

TODAY = date(2026, 11, 23)
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_collection_finish() -> None:
    """What was imported and collected stays until the end; the garbage collector need not walk it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def own_hasher() -> Iterator[PasswordHash]:
    """The house's own way to hash passwords, which is slow on purpose; the tests hash the same way with less work.

    A hash says how much work it took, so both check each other's.
    """
    with pytest.MonkeyPatch.context() as patch:
        own = people_service._hasher
        patch.setattr(
            people_service, "_hasher", PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),))
        )
        yield own


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this test worker's SQLite database lies; beside it the one with empty tables that it is copied from."""
    file = tmp_path_factory.mktemp("sqlite") / "kulant.db"
    url = f"sqlite:///{_empty_copy(file)}"
    Base.metadata.create_all(engine_for(url))
    engine_for(url).dispose()
    return file


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A database of this test worker's own on the throw-away PostgreSQL, with all tables."""
    with postgres_database(f"kulant_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}") as url:
        Base.metadata.create_all(engine_for(url))
        yield url
        engine_for(url).dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database, once on each of the two that Kulant supports.

    All tests of a worker share its address: an engine remembers the statements it has compiled.
    """
    if request.param == "sqlite":
        file: Path = request.getfixturevalue("sqlite_file")
        shutil.copyfile(_empty_copy(file), file)
        url = f"sqlite:///{file}"
        yield url
        engine_for(url).dispose()  # takes what stands beside the file along
        return
    url = request.getfixturevalue("postgres_url")
    yield url
    _empty(engine_for(url))


def _empty_copy(file: Path) -> Path:
    return file.with_name("empty.db")


def _empty(engine: Engine) -> None:
    """Leaves all tables as new, and counts from one again.

    A TRUNCATE of all tables takes ten times as long. VACUUM gives back the room of what was deleted or rolled back:
    otherwise new rows would come to lie where old ones were, and what is asked for in no order come in any.
    """
    with engine.begin() as connection:
        used = ", ".join(connection.scalars(text(USED)))
        if used:
            connection.execute(text(f"LOCK TABLE {used} IN EXCLUSIVE MODE"))  # waits for a program killed as it wrote
            connection.execute(text("SET LOCAL session_replication_role = replica"))  # no triggers, no foreign keys
            for name in used.split(", "):
                connection.execute(text(f"DELETE FROM {name}"))
        connection.execute(text(COUNT_FROM_ONE))
    if used:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"VACUUM {used}"))


USED = """
    SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
"""
COUNT_FROM_ONE = """
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false)
    FROM pg_sequences WHERE last_value IS NOT NULL
"""


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
