"""A backup is of one moment, whatever others do meanwhile, and a name is never given to half of one."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from kulant import schema
from kulant.backup.container import HEAD, MANIFEST, Writer
from kulant.backup.making import make_backup
from kulant.backup.restoring import check_backup, restore
from kulant.backup.rows import Tally, packed, written
from kulant.backup.tables import LEFT_OUT, Spec, specs
from kulant.cli.keeping import tidy_when_stopped
from kulant.core.errors import Refusal
from kulant.db import engine_for
from kulant.delivery.pausing import pause_in_force
from kulant.ledger.models import Customer
from kulant.settings import Settings
from kulant.transaction import doing
from tests.support import factories as make
from tests.support.postgres import postgres_database
from tests.test_migrations import OLD_ROWS


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """A house with a schema and nothing in it."""
    storage = f"file:{tmp_path / 'documents'}"
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'kulant.db'}"
        yield Settings(url, "http://127.0.0.1:8000", "file:outbox", storage, None)
        engine_for(url).dispose()
        return
    with postgres_database(f"kulant_running_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}") as url:
        yield Settings(url, "http://127.0.0.1:8000", "file:outbox", storage, None)
        engine_for(url).dispose()


def test_what_others_write_meanwhile_is_not_in_it_and_they_never_wait(settings: Settings, tmp_path: Path) -> None:
    schema.upgrade(settings.database_url)
    with doing(settings, actor="seed") as act:
        creditor = make.create_creditor(act)
        customer = make.create_customer(act, creditor, "K1")
        make.create_invoice(act, creditor, customer, "100.00", number="1")

    def meanwhile(_done: int, _total: int) -> None:
        with doing(settings, actor="clerk") as act:
            number = f"L{act.session.query(Customer).count()}"
            late = make.create_customer(act, creditor, number)
            make.create_invoice(act, creditor, late, "200.00", number=number)

    made = make_backup(settings, tmp_path / "one", force=False, progress=meanwhile)
    assert (made.tables["customer"], made.tables["open_item"], made.tables["entry"]) == (1, 1, 1)
    again = make_backup(settings, tmp_path / "two", force=False)
    assert again.tables["customer"] == again.tables["open_item"] > 2

    # What was one moment is a ledger that adds up.
    new = Settings(f"sqlite:///{tmp_path / 'new.db'}", settings.base_url, "file:o", f"file:{tmp_path / 'new'}", None)
    assert restore(new, tmp_path / "one", actor="test", stage=lambda _: None).checked.tables["entry"]["rows"] == 1
    with doing(new, actor="test") as act:
        assert pause_in_force(act.session) is not None
    engine_for(new.database_url).dispose()


def test_a_backup_of_an_older_schema_is_brought_to_the_newest(settings: Settings, tmp_path: Path) -> None:
    old = Settings(f"sqlite:///{tmp_path / 'old.db'}", settings.base_url, "file:o", settings.storage_url, None)
    schema.upgrade(old.database_url, "0001")
    with engine_for(old.database_url).begin() as connection:
        for statement in OLD_ROWS:
            connection.execute(text(statement))
    with engine_for(old.database_url).connect() as connection:
        _old_backup(connection, tmp_path / "old")
    engine_for(old.database_url).dispose()
    schema.upgrade(settings.database_url)  # as a new installation does before it is told to restore
    done = restore(settings, tmp_path / "old", actor="test", stage=lambda _: None)
    assert (done.checked.head.schema, done.checked.rows) == ("0001", len(OLD_ROWS))
    schema.require_current(settings.database_url)
    with engine_for(settings.database_url).connect() as connection:
        assert connection.scalar(text("SELECT open_minor FROM customer_balance")) == 100


def _old_backup(connection, file: Path) -> None:  # type: ignore[no-untyped-def]
    """What the program of that time would have written: the tables and columns there were."""
    look, chosen = inspect(connection), []
    for spec in specs():
        if look.has_table(spec.name):
            there = {column["name"] for column in look.get_columns(spec.name)}
            chosen.append(Spec(spec.name, tuple(one for one in spec.columns if one[0] in there), spec.key))
    assert {spec.name for spec in chosen} | set(LEFT_OUT) >= set(look.get_table_names()) - {"alembic_version"}
    with file.open("wb") as out:
        writer, tallies = Writer(out, datetime(2026, 1, 1, tzinfo=UTC)), {}
        writer.add_json(
            HEAD,
            {
                "format": 1, "kulant": "0.0.1", "schema": "0001", "database": "sqlite",
                "made_at": "2026-01-01T00:00:00+00:00", "key": None, "tables": [spec.as_json() for spec in chosen],
            },
        )  # fmt: skip
        for spec in chosen:
            tallies[spec.name] = tally = Tally()
            for number, part in enumerate(packed(written(connection, spec), tally, lambda _: None), start=1):
                writer.add(f"tables/{spec.name}/{number:06}.jsonl.gz", part)
        empty = {"count": 0, "bytes": 0}
        files = {"documents": empty, "uploads": empty, "waiting": empty, "missing": []}
        writer.add_json(MANIFEST, {"tables": {name: one.as_json() for name, one in tallies.items()}, "files": files})
        writer.seal()


@pytest.fixture
def house(tmp_path: Path) -> Settings:
    """A house on SQLite, just set up."""
    made = Settings(f"sqlite:///{tmp_path / 'k.db'}", "http://127.0.0.1", "file:o", f"file:{tmp_path / 'd'}", None)
    schema.upgrade(made.database_url)
    with doing(made, actor="seed") as act:
        make.create_creditor(act)
    return made


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_one_that_is_interrupted_leaves_no_file(house: Settings, tmp_path: Path, how: signal.Signals) -> None:
    target = tmp_path / "backups"
    target.mkdir()

    def stop(_done: int, _total: int) -> None:
        [unfinished] = target.iterdir()
        assert unfinished.name.endswith(".part")
        with pytest.raises(Refusal, match="no whole backup"):
            check_backup(unfinished, lambda _: None)
        signal.raise_signal(how)

    with pytest.raises(KeyboardInterrupt), tidy_when_stopped():
        make_backup(house, target / "kulant.backup", force=False, progress=stop)
    assert list(target.iterdir()) == []


def test_a_file_is_never_written_over_unless_asked_and_is_for_its_owner_only(house: Settings, tmp_path: Path) -> None:
    file = tmp_path / "kulant.backup"
    make_backup(house, file, force=False)
    before = file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(Refusal, match="--force"):
        make_backup(house, file, force=False)
    assert file.read_bytes() == before
    make_backup(house, file, force=True)
    for place, says in ((tmp_path, "is a folder"), (tmp_path / "none" / "x", "cannot write to")):
        with pytest.raises(Refusal, match=says):
            make_backup(house, place, force=True)


def test_a_database_of_something_else_is_not_empty(house: Settings, tmp_path: Path) -> None:
    make_backup(house, tmp_path / "b", force=False)
    other = Settings(f"sqlite:///{tmp_path / 'other.db'}", house.base_url, "file:o", house.storage_url, None)
    with engine_for(other.database_url).begin() as connection:
        connection.execute(text("CREATE TABLE recipes (id INTEGER)"))
    with pytest.raises(Refusal, match=r"not Kulant's \(recipes\)"):
        restore(other, tmp_path / "b", actor="test", stage=lambda _: None)
    assert inspect(engine_for(other.database_url)).get_table_names() == ["recipes"]
    engine_for(other.database_url).dispose()
