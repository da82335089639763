"""Documents, customers' files and imports that wait: out of the store into a backup, and back."""

from __future__ import annotations

import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from typing import Any, TypeVar

from sqlalchemy import Connection, literal_column, select

from kulant.backup.container import LARGEST_FILE, Member, Writer, no_backup
from kulant.backup.rows import read_rows
from kulant.backup.tables import FILES
from kulant.core.errors import NotFound
from kulant.storage import Store

# A server far away answers many at once; so many documents are in memory at a time.
_AT_ONCE = 8
_ENDINGS = {"documents": ".pdf", "uploads": ".upload"}
_BLOCK = 1 << 20
_Given = TypeVar("_Given")
_Made = TypeVar("_Made")


def in_store(member: str) -> str:
    """What a file of the backup is called in the store."""
    folder, _, name = member.partition("/")
    return {"documents": name, "uploads": member, "waiting": f"uploads/{name}"}[folder]


def write_files(connection: Connection, store: Store, out: Writer, seen: Callable[[int], None]) -> dict[str, Any]:
    """Every file that the rows of this transaction name; returns how many, and which are missing or altered."""
    counts = {folder: {"count": 0, "bytes": 0} for folder in ("documents", "uploads", "waiting")}
    missing: list[str] = []
    for kind in ("documents", "piles", "mails", "uploads"):
        folder = "documents" if kind in ("piles", "mails") else kind
        names = (f"{folder}/{digest[:2]}/{digest}{_ENDINGS[folder]}" for digest in _named(connection, kind))
        for name, content in _side_by_side(lambda name: (name, _whole(store, name)), names):
            if content is not None:
                out.add(name, content)
                _count(counts[folder], len(content))
                seen(1)
            elif kind != "piles":  # a pile goes with the first customer in it who is erased; its letters stay
                missing.append(name)
    for key in _named(connection, "waiting"):
        size = _waiting(store, key, out)
        if size is None:
            missing.append(f"waiting/{key}")
        else:
            _count(counts["waiting"], size)
            seen(1)
    return {**counts, "missing": missing}


def _count(counted: dict[str, int], size: int) -> None:
    counted["count"] += 1
    counted["bytes"] += size


def _named(connection: Connection, kind: str) -> Iterator[str]:
    """What the rows name, each once."""
    column, only = FILES[kind]
    named = select(column.label("named")).where(column.is_not(None)).distinct().order_by(literal_column("1"))
    if only is not None:
        named = named.where(column.table.c[only[0]].in_(only[1]))
    # Written out, for the driver reads it as a stream; no value of it is anybody's words.
    statement = named.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    for rows in read_rows(connection, str(statement)):
        yield from (row[0] for row in rows)


def _whole(store: Store, name: str) -> bytes | None:
    """A document as it was archived; none when it is missing or not what it was."""
    try:
        content = store.read(in_store(name))
    except NotFound:
        return None
    return content if sha256(content).hexdigest() == _digest(name) else None


def _digest(name: str) -> str:
    return name.rpartition("/")[2].partition(".")[0]


def _waiting(store: Store, key: str, out: Writer) -> int | None:
    """A file that waits to be imported; none when it was done with since."""
    try:
        file = store.open(in_store(f"waiting/{key}"))
    except NotFound:
        return None
    with file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        out.add_blocks(f"waiting/{key}", size, iter(lambda: file.read(_BLOCK), b""))
    return size


class Kept:
    """Files brought into the store; remembers which are new, to take them away again if the restore fails."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._new = tempfile.TemporaryFile("w+")  # noqa: SIM115 -- closed with the restore; an archive has no limit

    def keep(self, files: Iterable[Member]) -> None:
        """Keeps them; one that is there already must be the same."""
        for name in _side_by_side(self._one, ((file.name, _content(file)) for file in files)):
            if name is not None:
                self._new.write(f"{name}\n")

    def undo(self) -> None:
        """Takes away what was new."""
        self._new.seek(0)
        for line in self._new:
            self._store.remove(line.rstrip("\n"))

    def close(self) -> None:
        """Forgets what was new."""
        self._new.close()

    def _one(self, given: tuple[str, bytes]) -> str | None:
        member, content = given
        name = in_store(member)
        if self._store.create(name, content):
            return name
        if self._store.read(name) != content:
            self._store.replace(name, content)  # a damaged copy
        return None


def _content(file: Member) -> bytes:
    return b"".join(file.blocks())


def check_file(file: Member) -> int:
    """Reads a file of a backup and compares it with its name; its size."""
    digest = sha256()
    for block in file.blocks():
        digest.update(block)
    if not file.name.startswith("waiting/") and digest.hexdigest() != _digest(file.name):
        raise no_backup(f"{file.name} is not what its name says")
    return min(file.size, LARGEST_FILE)


def _side_by_side(do: Callable[[_Given], _Made], given: Iterable[_Given]) -> Iterator[_Made]:
    """Does it for each, a few at once, and gives the results in order."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        begun: deque[Future[_Made]] = deque()
        try:
            for one in given:
                begun.append(pool.submit(do, one))
                if len(begun) > _AT_ONCE:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            for late in begun:
                late.cancel()
