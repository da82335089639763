"""Everything there is comes back, from either database into either, from a folder into a bucket and back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import insert, inspect, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kulant import schema
from kulant.backup.making import make_backup
from kulant.backup.restoring import check_backup, restore
from kulant.backup.tables import FILES, LEFT_OUT, specs
from kulant.core.errors import NotFound, Refusal
from kulant.db import engine_for
from kulant.letters.archive import prove
from kulant.letters.models import Document
from kulant.letters.storage import open_storage, open_uploads
from kulant.models import Base, people
from kulant.settings import Settings
from kulant.storage import open_store
from tests.support.every_table import ROWS, fill
from tests.support.postgres import postgres_database
from tests.support.s3 import s3_server

MOMENT = datetime(2026, 11, 22, tzinfo=UTC)

OF_NO_FILE = {
    "api_token.token_hash", "delivery.mail_sha256", "erasure.number_mark", "idempotent_answer.request_hash",
    "import_run.sha256", "interaction.said", "letterhead.logo_sha256", "logo.sha256", "payment_order.key",
    "portal_link.code_hash", "portal_link.token_hash",
}  # fmt: skip

# A restore adds one row to each of these.
GROWN = {"audit_entry", "sending_pause"}


def _settings(url: str, storage: str) -> Settings:
    return Settings(url, "http://127.0.0.1:8000", "file:outbox", storage, None)


@dataclass
class Places:
    """Three houses: a trial on SQLite with a folder, a real one on PostgreSQL with a bucket, and another trial."""

    trial: Settings
    real: Settings
    again: Settings
    folder: Path


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    folder = tmp_path_factory.mktemp("houses")
    name = f"kulant_backup_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with postgres_database(name) as url, s3_server() as server:
        yield Places(
            _settings(f"sqlite:///{folder / 'trial.db'}", f"file:{folder / 'documents'}"),
            _settings(url, server.bucket()),
            _settings(f"sqlite:///{folder / 'again.db'}", f"file:{folder / 'again'}"),
            folder,
        )
        engine_for(url).dispose()


def nothing(_title: str) -> None:
    return None


def test_no_table_and_no_file_can_be_forgotten() -> None:
    kept = {spec.name for spec in specs()}
    assert kept | set(LEFT_OUT) == set(Base.metadata.tables) and not kept & set(LEFT_OUT)
    assert all(reason for reason in LEFT_OUT.values())
    referred = {key.column.table.name for table in Base.metadata.tables.values() for key in table.foreign_keys}
    assert not referred & set(LEFT_OUT), "what is left out would be missed"
    for table in Base.metadata.tables.values():
        if table.name in kept:
            spec = next(one for one in specs() if one.name == table.name)
            assert spec.names == [column.name for column in table.columns] and spec.key

    # A column of the size of a hash names a file, or is known to name none.
    names = {str(column) for column, _ in FILES.values()}
    for table in Base.metadata.tables.values():
        for column in table.columns:
            if getattr(column.type, "length", None) == 64 and table.name in kept:
                assert (str(column) in names) != (str(column) in OF_NO_FILE), f"does {column} name a file?"


def test_a_trial_becomes_a_real_installation_and_a_trial_again(places: Places) -> None:
    schema.upgrade(places.trial.database_url)
    fill(places.trial.database_url, places.trial.storage_url)
    first = make_backup(places.trial, places.folder / "first", force=False)
    assert set(first.tables.values()) == {ROWS} and first.missing == []
    assert (first.documents, first.uploads, first.waiting) == (2 * ROWS + 1, ROWS, 2)

    # Made-up rows are no ledger that adds up: refused as a whole, and nothing of it stays.
    with pytest.raises(Refusal, match="does not add up"):
        restore(places.real, places.folder / "first", actor="test", stage=nothing)
    assert inspect(engine_for(places.real.database_url)).get_table_names() == []
    assert [*open_store(places.real.storage_url).found("uploads")] == []
    with pytest.raises(NotFound):
        open_storage(places.real.storage_url).get(sha256(b"%PDF-0").hexdigest())
    engine_for(places.real.database_url).dispose()

    done = restore(places.real, places.folder / "first", actor="test", stage=nothing, unproved=True)
    assert done.waiting == 2
    second = make_backup(places.real, places.folder / "second", force=False)
    assert second.database == "postgresql" and second.missing == []
    restore(places.again, places.folder / "second", actor="test", stage=nothing, unproved=True)
    make_backup(places.again, places.folder / "third", force=False)

    tallies = [check_backup(places.folder / name, nothing).tables for name in ("first", "second", "third")]
    for table in first.tables:
        if table in GROWN:
            assert [tally[table]["rows"] for tally in tallies] == [ROWS, ROWS + 1, ROWS + 2]
        else:
            assert tallies[0][table] == tallies[1][table] == tallies[2][table], table


def test_what_was_restored_is_as_well_guarded_as_before(places: Places) -> None:
    for house in (places.real, places.again):
        engine = engine_for(house.database_url)
        assert schema.differences(house.database_url) == []
        for change in ("UPDATE document SET sha256 = 'x'", "DELETE FROM decision_record", "DELETE FROM proposal"):
            with pytest.raises(IntegrityError, match="never"), engine.begin() as connection:
                connection.execute(text(change))
        with engine.begin() as connection:
            row = {"name": "new", "display_name": "New", "password_hash": "x", "role": "clerk", "active": True}
            added = insert(people.User).values(row | {"created_at": MOMENT}).returning(people.User.id)
            assert connection.scalar(added) == ROWS + 1, "numbers go on where they were"
            connection.rollback()


def test_every_document_is_there_and_is_what_was_sent(places: Places) -> None:
    for house in (places.real, places.again):
        with Session(engine_for(house.database_url)) as session:
            proof = prove(session, open_storage(house.storage_url), newest=None)
            assert (proof.looked_at, proof.wrong) == (ROWS, ())
            theirs = session.scalars(select(Base.metadata.tables["upload"].c.sha256)).all()
            assert [open_uploads(house.storage_url).get(one)[:5] for one in theirs] == [b"%PDF-"] * ROWS
            assert session.scalar(select(Document.id).limit(1)) is not None


def test_a_database_that_holds_anything_is_left_alone(places: Places) -> None:
    for house in (places.real, places.again):
        with pytest.raises(Refusal, match="not empty: it holds the ledger of"):
            restore(house, places.folder / "first", actor="test", stage=nothing, unproved=True)
