"""A throw-away PostgreSQL of Debian's packages: on a free port, in a temporary folder, gone afterwards.

    with postgres_database(f"kulant_{worker_id}") as url: ...

One test run shares one server: the first worker that needs it starts it, the last one to leave stops it.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO
from uuid import uuid4

import psycopg
from psycopg import sql

MINIMUM_VERSION = 15
SUPERUSER = "kulant"

# The same in all workers of one pytest run.
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid4().hex

# A crash may lose everything, which is right for a server that lives for minutes.
SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
shared_buffers = 512MB
max_wal_size = 4GB
fsync = off
synchronous_commit = off
full_page_writes = off
timezone = 'UTC'
"""


@dataclass(frozen=True)
class Server:
    port: int
    folder: Path

    def url(self, database: str = "postgres") -> str:
        """The address for SQLAlchemy."""
        return f"postgresql+psycopg://{SUPERUSER}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str, *, template: str = "template0") -> str:
        """Make an empty database, or a copy of `template`, in place of any of that name; its address."""
        with self._connect() as connection:
            self._drop(connection, name)
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
            )
        return self.url(name)

    def drop_database(self, name: str) -> None:
        with self._connect() as connection:
            self._drop(connection, name)

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(host="127.0.0.1", port=self.port, user=SUPERUSER, dbname="postgres", autocommit=True)

    def _drop(self, connection: psycopg.Connection[Any], name: str) -> None:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def postgres_database(name: str) -> Iterator[str]:
    """The address of an empty database of that name, on the server that this test run shares."""
    with shared_server() as server:
        yield server.create_database(name)


@contextmanager
def shared_server(run: str = RUN) -> Iterator[Server]:
    """The server of this test run, kept up for as long as any of its processes is inside this block.

    Each holds a shared lock on `users`. The system gives it back even when a process is killed, so a
    counter gone wrong can't leave a server behind.
    """
    folder = Path(tempfile.gettempdir()) / f"kulant-postgres-{run}"
    with _alone(folder):
        users = (folder / "users").open("w")
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            server = _started(folder)
        except BaseException:
            users.close()
            raise
    try:
        yield server
    finally:
        with users, _alone(folder), suppress(BlockingIOError):
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)  # refused: somebody else is still inside
            _stop(folder)


@contextmanager
def throwaway_server() -> Iterator[Server]:
    """A server shared with nobody."""
    with shared_server(uuid4().hex) as server:
        yield server


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, in the folder that is there now: the last one out removes it."""
    lock = _lock(folder)
    while lock is None:
        lock = _lock(folder)
    with lock:
        yield


def _lock(folder: Path) -> TextIO | None:
    folder.mkdir(exist_ok=True)
    with suppress(FileNotFoundError), ExitStack() as stack:
        lock = stack.enter_context((folder / "lock").open("w"))
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.samestat(os.fstat(lock.fileno()), (folder / "lock").stat()):
            stack.pop_all()
            return lock
    return None


def _started(folder: Path) -> Server:
    port_file = folder / "port"
    if not port_file.exists():
        port_file.write_text(str(_start(folder)))
    return Server(port=int(port_file.read_text()), folder=folder)


def _stop(folder: Path) -> None:
    _run(folder, "pg_ctl", "stop", "--mode=immediate", "--wait", f"--pgdata={folder / 'server' / 'data'}")
    shutil.rmtree(folder)


def _start(folder: Path, attempts: int = 5) -> int:
    home = folder / "server"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(mode=0o700)
    folder.chmod(0o711)  # PostgreSQL's user passes through to its own folder inside
    identity = _identity()
    if identity:
        os.chown(home, identity["user"], identity["group"])
    data = home / "data"
    _run(
        folder,
        "initdb",
        f"--pgdata={data}",
        f"--username={SUPERUSER}",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    )
    with (data / "postgresql.conf").open("a") as settings:
        settings.write(SETTINGS)

    # Another program may take the port between our look and the server's start: then try the next.
    for attempt in range(1, attempts + 1):
        port = _free_port()
        try:
            _run(
                folder,
                "pg_ctl",
                "start",
                "--silent",
                "--wait",
                f"--pgdata={data}",
                f"--log={home / 'log'}",
                f"--options=-p {port}",
            )
        except RuntimeError:
            if attempt == attempts:
                raise
        else:
            return port
    raise AssertionError("unreachable")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _identity() -> dict[str, Any]:
    """Arguments for subprocess: PostgreSQL refuses to run as root, so root lends it Debian's user."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam("postgres")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _program(name: str) -> Path:
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    versions = sorted((int(folder.parent.name), folder) for folder in folders if (folder / "initdb").exists())
    if not versions or versions[-1][0] < MINIMUM_VERSION:
        raise RuntimeError(
            f"PostgreSQL {MINIMUM_VERSION} or newer is missing: scripts/system_packages.sh test installs it"
        )
    return versions[-1][1] / name


def _run(folder: Path, program: str, *arguments: str) -> None:
    # To a file, not a pipe: the server inherits it, and a pipe would stay open for as long as it runs.
    with (folder / "commands.log").open("a+") as log:
        completed = subprocess.run(
            [_program(program), *arguments],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
            **_identity(),
        )
    if completed.returncode != 0:
        server_log = folder / "server" / "log"
        said = (folder / "commands.log").read_text()[-2000:]
        said += server_log.read_text()[-2000:] if server_log.exists() else ""
        raise RuntimeError(f"{program} failed:\n{said}")
