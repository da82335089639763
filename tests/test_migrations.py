"""The schema: up, down and up again on both databases, and the same tables as the models have."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from kulant import schema
from kulant.core.errors import Refusal
from kulant.db import Base, engine_for
from kulant.delivery import job_tables
from kulant.ledger.balances import mismatches
from kulant.paths import resource_dir
from tests.support.postgres import postgres_database


@pytest.fixture(params=["sqlite", "postgresql"])
def nothing_there(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'kulant.db'}"
        yield url
        engine_for(url).dispose()
        return
    with postgres_database(f"kulant_schema_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}") as url:
        yield url
        engine_for(url).dispose()


OLD_ROWS = (
    "INSERT INTO creditor (id, code, name, country, currency, language, undo_seconds, created_at)"
    " VALUES (1, 'A', 'A', 'NO', 'NOK', 'nb', 60, '2026-01-01 00:00:00')",
    "INSERT INTO app_user (id, name, display_name, password_hash, role, active, created_at)"
    " VALUES (1, 'u', 'U', 'x', 'clerk', true, '2026-01-01 00:00:00')",
    "INSERT INTO user_creditor (user_id, creditor_id) VALUES (1, 1)",
    "INSERT INTO customer (id, creditor_id, number, name, kind, strategic, contact_opt_out, no_dunning)"
    " VALUES (1, 1, 'C', 'C', 'business', false, false, false)",
    "INSERT INTO open_item (id, creditor_id, customer_id, series, kind, number, currency, amount_minor, open_minor)"
    " VALUES (1, 1, 1, 'document', 'invoice', '1', 'NOK', 100, 100)",
    "INSERT INTO entry (id, creditor_id, item_id, kind, booked_on, amount_minor, recorded_at)"
    " VALUES (1, 1, 1, 'post', '2026-01-01', 100, '2026-01-01 00:00:00')",
)


def tables(url: str) -> set[str]:
    """The names of the tables that are there; those of the jobs on PostgreSQL count as one."""
    names = inspect(engine_for(url)).get_table_names()
    return {"jobs" if name.startswith(job_tables.PREFIX) else name for name in names}


def test_up_down_and_up_again_matches_the_models(nothing_there: str) -> None:
    ours = set(Base.metadata.tables)
    if nothing_there.startswith("postgresql"):
        ours.add("jobs")
    for _ in range(2):
        schema.upgrade(nothing_there)
        assert tables(nothing_there) == ours | {"alembic_version"}
        assert schema.versions(nothing_there) == (schema.NEWEST, schema.NEWEST)
        assert schema.differences(nothing_there) == []
        schema.downgrade(nothing_there)
        assert tables(nothing_there) == {"alembic_version"}
        inspect(engine_for(nothing_there)).clear_cache()


def test_upgrading_twice_changes_nothing(nothing_there: str) -> None:
    schema.upgrade(nothing_there)
    schema.upgrade(nothing_there)
    schema.require_current(nothing_there)


def test_upgrading_keeps_what_is_there(nothing_there: str) -> None:
    schema.upgrade(nothing_there, "0001")
    with engine_for(nothing_there).begin() as connection:
        for statement in OLD_ROWS:
            connection.execute(text(statement))
    schema.upgrade(nothing_there)
    with engine_for(nothing_there).begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM entry")) == 1
        assert connection.scalar(text("SELECT open_minor FROM customer_balance")) == 100
        assert connection.scalar(text("SELECT count(*) FROM user_creditor")) == 1
        assert connection.scalar(text("SELECT payment_days FROM creditor")) == 14
    with Session(engine_for(nothing_there)) as session:
        assert mismatches(session) == []
    schema.downgrade(nothing_there, "0001")
    with engine_for(nothing_there).begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM entry")) == 1
        assert connection.scalar(text("SELECT count(*) FROM user_creditor")) == 1


def test_an_older_and_a_newer_schema_are_refused(nothing_there: str) -> None:
    with pytest.raises(Refusal, match="kulant db upgrade"):
        schema.require_current(nothing_there)
    schema.upgrade(nothing_there)
    with engine_for(nothing_there).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Refusal, match="9999"):
        schema.require_current(nothing_there)


def test_the_newest_version_is_the_one_the_program_names() -> None:
    scripts = ScriptDirectory(str(resource_dir("migrations")))
    assert scripts.get_heads() == [schema.NEWEST]


def test_two_at_once_end_well_or_with_one_clear_line(nothing_there: str, tmp_path: Path) -> None:
    program = str(Path(sys.executable).with_name("kulant"))
    env = {"PATH": os.environ["PATH"], "KULANT_DATABASE_URL": nothing_there}
    both = [
        subprocess.Popen([program, "db", "upgrade"], env=env, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for one in both:
        _, said = one.communicate(timeout=120)
        assert one.returncode == 0 or (said.startswith("error: ") and said.count("\n") == 1), said
        assert "defect" not in said
    schema.require_current(nothing_there)
    assert schema.differences(nothing_there) == []
