"""Making a backup: all rows of one moment and the files they name, while everybody goes on working."""

from __future__ import annotations

import hmac
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select, table

from kulant import __version__
from kulant.backup.container import HEAD, MANIFEST, Writer
from kulant.backup.files import write_files
from kulant.backup.rows import Tally, packed, written
from kulant.backup.tables import LEFT_OUT, specs
from kulant.core.errors import Refusal
from kulant.db import engine_for
from kulant.schema import NEWEST, require_current
from kulant.settings import Settings
from kulant.storage import open_store
from kulant.storage.folder import remember_names

FORMAT = 1
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made. ``missing``: files that rows name but that are gone or were altered."""

    file: str
    size: int
    made_at: str
    schema: str
    database: str
    rows: int
    tables: dict[str, int]
    documents: int
    uploads: int
    waiting: int
    missing: list[str]
    left_out: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """As the command answers programs."""
        return asdict(self)


def make_backup(settings: Settings, file: Path, *, force: bool, progress: Progress | None = None) -> Made:
    """Writes a backup to ``file``; under that name it appears only when it is whole and on the disk."""
    require_current(settings.database_url)
    made_at = datetime.now(UTC)
    if file.is_dir():
        raise Refusal("no_file", f"{file} is a folder; name the file to write, e.g. {file / 'kulant.backup'}")
    if file.exists() and not force:
        raise _there_already(file)
    with _unfinished(file, force) as out, _one_moment(settings.database_url) as connection:
        writer = Writer(out, made_at)
        tallies, files = _write(settings, connection, writer, made_at, progress)
    return Made(
        file=str(file),
        size=writer.size,
        made_at=made_at.isoformat(timespec="seconds"),
        schema=NEWEST,
        database=connection.dialect.name,
        rows=sum(tally.rows for tally in tallies.values()),
        tables={name: tally.rows for name, tally in tallies.items()},
        documents=files["documents"]["count"],
        uploads=files["uploads"]["count"],
        waiting=files["waiting"]["count"],
        missing=files["missing"],
        left_out=LEFT_OUT,
    )


def _write(
    settings: Settings, connection: Connection, out: Writer, made_at: datetime, progress: Progress | None
) -> tuple[dict[str, Tally], dict[str, Any]]:
    chosen = specs()
    out.add_json(
        HEAD,
        {
            "format": FORMAT,
            "kulant": __version__,
            "schema": NEWEST,
            "database": connection.dialect.name,
            "made_at": made_at.isoformat(timespec="seconds"),
            "key": fingerprint(settings),
            "tables": [spec.as_json() for spec in chosen],
            "left_out": LEFT_OUT,
        },
    )
    seen = _counting(connection, progress)
    tallies = {}
    for spec in chosen:
        tallies[spec.name] = tally = Tally()
        for number, part in enumerate(packed(written(connection, spec), tally, seen), start=1):
            out.add(f"tables/{spec.name}/{number:06}.jsonl.gz", part)
    files = write_files(connection, open_store(settings.storage_url), out, lambda _: None)
    out.add_json(MANIFEST, {"tables": {name: tally.as_json() for name, tally in tallies.items()}, "files": files})
    out.seal()
    return tallies, files


def fingerprint(settings: Settings) -> str | None:
    """Tells one signing key from another without telling it; none where there is no key."""
    key = settings.known_key()
    return hmac.new(key.encode(), b"kulant backup", sha256).hexdigest()[:16] if key else None


def _counting(connection: Connection, progress: Progress | None) -> Callable[[int], None]:
    if progress is None:
        return lambda _: None
    counts = [select(func.count()).select_from(table(spec.name)).scalar_subquery() for spec in specs()]
    total = sum(connection.execute(select(*counts)).one())
    done = 0

    def seen(rows: int) -> None:
        nonlocal done
        done += rows
        progress(done, total)

    return seen


@contextmanager
def _one_moment(url: str) -> Iterator[Connection]:
    """A connection that sees the database as it is now, whatever others write meanwhile; nobody waits for it."""
    engine = engine_for(url)
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with engine.execution_options(read_only=True).connect() as connection, connection.begin():
        yield connection


@contextmanager
def _unfinished(file: Path, force: bool) -> Iterator[Any]:
    """A file beside the one wanted, for its owner's eyes only; it gets the name when all of it is on the disk."""
    try:
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".part")
    except OSError as error:
        raise Refusal("cannot_write", f"cannot write to {file.parent}: {error.strerror}") from None
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        _name(unfinished, file, force)
        remember_names(file.parent)
    except OSError as error:
        raise Refusal("cannot_write", f"cannot write {file}: {error.strerror or error}; no backup was made") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _name(unfinished: Path, file: Path, force: bool) -> None:
    if not force:
        try:
            file.hardlink_to(unfinished)  # never over what somebody has put there meanwhile
            return
        except FileExistsError:
            raise _there_already(file) from None
        except OSError:
            pass  # a file system without such links
    unfinished.replace(file)


def _there_already(file: Path) -> Refusal:
    return Refusal("file_exists", f"{file} is there already; name another file, or give --force to write over it")
