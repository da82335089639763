"""Bringing a backup into an empty database: all of it, proved, or nothing.

Everything happens in one transaction, from making the tables to the proof of the ledger, on either database. No guard
of the database is ever switched off: they stand against changing and deleting, and a restore only adds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.orm import Session

from kulant.backup.checking import Checked, check, open_backup
from kulant.backup.container import HEAD, MANIFEST, Member, members, no_backup
from kulant.backup.files import Kept
from kulant.backup.making import fingerprint
from kulant.backup.rows import Loader, Tally, parsed, unpack, written
from kulant.backup.tables import LEFT_OUT, ON_ITS_WAY, Spec, is_ours
from kulant.core.errors import Refusal
from kulant.db import Act, engine_for
from kulant.delivery.models import Delivery
from kulant.delivery.pausing import pause_after_restore
from kulant.ledger.balances import mismatches
from kulant.ledger.queries import imbalances
from kulant.schema import alone, bring_to, upgrade_within
from kulant.settings import Settings
from kulant.storage import open_store
from kulant.transaction import keep_events

Stage = Callable[[str], Callable[[int, int], None] | None]

_SHOWN = 3  # of what a refusal names
_CACHE = -64 << 10  # of SQLite's pages, in kB: indexes are built in no order


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that is in the database now; what waits is held back until a person lets it go."""

    checked: Checked
    waiting: int
    same_key: bool | None  # none: one of the two is not known

    def as_json(self) -> dict[str, Any]:
        """As the command answers programs."""
        return {
            **self.checked.as_json(),
            "sending": "paused",
            "held_back": self.waiting,
            "same_key": self.same_key,
        }


def check_backup(file: Path, stage: Stage) -> Checked:
    """Reads a backup to its end and changes nothing: for those who want to know that it is good before they need it."""
    with open_backup(file) as opened:
        return check(opened, _step(stage("checking"), 0))


def restore(settings: Settings, file: Path, *, actor: str, stage: Stage, unproved: bool = False) -> Restored:
    """Restores a backup; ``unproved``: also one whose ledger did not add up when it was made."""
    with open_backup(file) as opened:
        checked = check(opened, _step(stage("checking"), 0))
        with _all_or_nothing(settings) as (connection, kept):
            alone(connection)
            _require_empty(connection)
            bring_to(connection, checked.head.schema)
            _fill(connection, opened, checked, kept, stage)
            _prove_rows(connection, checked, stage)
            upgrade_within(connection)
            waiting = _settle(connection, settings, checked, actor, unproved)
    return Restored(checked, waiting, _same_key(settings, checked))


@contextmanager
def _all_or_nothing(settings: Settings) -> Iterator[tuple[Connection, Kept]]:
    """One transaction and the files that come with it; when it fails, neither is left, nor a database made for it."""
    database = settings.sqlite_path()
    made_for_it = database is not None and not database.exists()
    engine = engine_for(settings.database_url)
    kept = Kept(open_store(settings.storage_url))
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.connection.cursor().execute(f"PRAGMA cache_size = {_CACHE}")
            with connection.begin():
                if engine.dialect.name == "sqlite":
                    connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
                else:
                    connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
                yield connection, kept
    except BaseException:
        kept.undo()
        engine.dispose()
        if made_for_it and database is not None:
            for suffix in ("", "-wal", "-shm"):
                database.with_name(database.name + suffix).unlink(missing_ok=True)
        raise
    finally:
        kept.close()
    engine.dispose()  # with what was set for this connection alone


def _require_empty(connection: Connection) -> None:
    """Refuses any database that holds something, and says what."""
    tables = [name for name in inspect(connection).get_table_names() if is_ours(name)]
    if tables and not inspect(connection).has_table("alembic_version"):
        raise _not_empty(f"tables that are not Kulant's ({_some(tables)})")
    held = [name for name in tables if connection.scalar(text(f'SELECT EXISTS (SELECT 1 FROM "{name}")'))]  # noqa: S608 -- as the database names them
    if held:
        codes = connection.scalars(text("SELECT code FROM creditor ORDER BY code")).all() if "creditor" in held else ()
        raise _not_empty(f"the ledger of {_some(codes)}" if codes else f"rows in {_some(held)}")


def _not_empty(what: str) -> Refusal:
    return Refusal(
        "not_empty",
        f"the database is not empty: it holds {what}. A backup is restored into an empty one only; give another "
        "KULANT_DATABASE_URL",
    )


def _some(names: Any) -> str:
    shown = [str(name) for name in names]
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return ", ".join(shown[:_SHOWN]) + more


def _fill(connection: Connection, file: BinaryIO, checked: Checked, kept: Kept, stage: Stage) -> None:
    """The rows of every table, then the files."""
    specs = {spec.name: spec for spec in checked.head.specs}
    _compare_with_schema(connection, specs)
    loader, seen = Loader(connection), _step(stage("restoring"), checked.rows)

    def part_of(part: Member) -> str:
        folder, _, rest = part.name.partition("/")
        return rest.partition("/")[0] if folder == "tables" else "" if folder in (HEAD, MANIFEST) else "files"

    for table, parts in groupby(members(file), key=part_of):
        if table in specs:
            spec = specs[table]
            loader.load(spec, (parsed(spec, unpack(part.name, part.content())) for part in parts), seen)
        elif table == "files":
            kept.keep(parts)
    if connection.dialect.name == "postgresql":
        _count_on(connection, specs.values())


def _compare_with_schema(connection: Connection, specs: dict[str, Spec]) -> None:
    """The head of the file must name exactly the tables and columns that its version of the schema has."""
    look = inspect(connection)
    there = {name for name in look.get_table_names() if is_ours(name)} - set(LEFT_OUT)
    wrong = there ^ set(specs)
    for name in there & set(specs):
        if {column["name"] for column in look.get_columns(name)} != set(specs[name].names):
            wrong.add(name)
    if wrong:
        raise no_backup(f"its tables are not those of its schema ({_some(sorted(wrong))})")


def _count_on(connection: Connection, specs: Any) -> None:
    """New rows get numbers after those that came."""
    for spec in specs:
        if "id" in spec.names:
            connection.execute(
                text(
                    f"SELECT setval(its, coalesce(newest, 1), newest IS NOT NULL) FROM "  # noqa: S608 -- as the schema names it
                    f"(SELECT pg_get_serial_sequence('{spec.name}', 'id') AS its, "
                    f'(SELECT max(id) FROM "{spec.name}") AS newest) AS numbers WHERE its IS NOT NULL'
                )
            )
    connection.exec_driver_sql("ANALYZE")  # as the server would by itself in a minute


def _prove_rows(connection: Connection, checked: Checked, stage: Stage) -> None:
    """Reads every row back from the database: the same numbers and hashes as when the backup was made."""
    seen = _step(stage("proving"), checked.rows)
    for spec in checked.head.specs:
        tally = Tally()
        for rows, content in written(connection, spec):
            tally.add(rows, content)
            seen(rows)
        if tally.as_json() != checked.tables[spec.name]:
            raise Refusal(
                "not_the_same",
                f"{spec.name} does not come back from the database as it stands in the backup; nothing was changed",
            )


def _settle(connection: Connection, settings: Settings, checked: Checked, actor: str, unproved: bool) -> int:
    """The proof of the ledger, and the pause; how many letters and messages it holds back."""
    with Session(bind=connection, expire_on_commit=False) as session:
        wrong = [one.number for one in imbalances(session)]
        wrong += [f"{one.customer} {one.currency}" for one in mismatches(session)]
        if wrong and not unproved:
            raise Refusal(
                "unproved_ledger",
                f"the ledger in this backup does not add up ({_some(wrong)}), as it did not when the backup was made; "
                "take an older backup, or give --unproved. Nothing was changed",
            )
        act = Act(session=session, actor=actor, today=settings.today(), now=datetime.now(UTC))
        pause_after_restore(act, made_at=checked.head.made_at)
        keep_events(act)
        session.flush()
        waits = Delivery.status.in_(ON_ITS_WAY[1])
        return session.scalar(select(func.count()).select_from(Delivery).where(waits)) or 0


def _same_key(settings: Settings, checked: Checked) -> bool | None:
    ours = fingerprint(settings)
    return None if ours is None or checked.head.key is None else ours == checked.head.key


def _step(progress: Callable[[int, int], None] | None, total: int) -> Callable[[int], None]:
    done = 0

    def seen(rows: int) -> None:
        nonlocal done
        done += rows
        if progress is not None:
            progress(done, total)

    return seen
