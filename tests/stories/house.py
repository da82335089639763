"""A Kulant installation of a story's own: database, outbox and documents in a folder, a mail server, the web app."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import URLError
from urllib.request import urlopen

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.shell import Shell

Found = TypeVar("Found")

PATIENCE_SECONDS = 60


class Postbox:
    """Keeps every message the mail server was given."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Called by the mail server for each message."""
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 OK"


@dataclass
class House:
    """The installation. ``today`` is its business date; move it and start the web app anew to let days pass."""

    folder: Path
    postbox: Postbox
    smtp_port: int
    today: str
    port: int = field(default_factory=lambda: free_port())

    @property
    def address(self) -> str:
        """Where the web app is."""
        return f"http://127.0.0.1:{self.port}"

    def kulant(self, *arguments: str) -> Any:
        """Runs the command and returns its JSON when it was asked for; in this process, which is quick."""
        shell = Shell(self.folder, self._settings["KULANT_DATABASE_URL"], self.today, self._settings)
        answer = shell(*arguments)
        assert answer.code == 0, answer.err
        return answer.document if "--json" in arguments else answer.out

    @contextmanager
    def serving(self) -> Iterator[None]:
        """The web app, for as long as the block lasts."""
        process = subprocess.Popen(
            [sys.executable, "-m", "kulant", "serve", "--port", str(self.port)],
            cwd=self.folder,
            env=self._environment(),
        )
        try:
            wait_for(self._answers, "the web app to answer")
            yield
        finally:
            process.terminate()
            process.wait(timeout=20)

    def message(self, subject_part: str) -> EmailMessage:
        """The message with those words in its subject, once it has arrived."""
        return wait_for(
            lambda: next((one for one in self.postbox.messages if subject_part in one["Subject"].lower()), None),
            f"a message about {subject_part!r}",
        )

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.address}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    @property
    def _settings(self) -> dict[str, str]:
        return {
            "KULANT_DATABASE_URL": f"sqlite:///{self.folder / 'kulant.db'}",
            "KULANT_TODAY": self.today,
            "KULANT_BASE_URL": self.address,
            "KULANT_SMTP_URL": f"smtp://127.0.0.1:{self.smtp_port}",
            "KULANT_STORAGE_URL": f"file:{self.folder / 'documents'}",
            "KULANT_SECRET_KEY": "a key for stories only, forty letters long",
        }

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KULANT_")}
        return kept | self._settings | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


@contextmanager
def house(folder: Path, today: str) -> Iterator[House]:
    """An empty installation with a mail server."""
    postbox = Postbox()
    server = Controller(postbox, hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        yield House(folder, postbox, int(server.port), today)
    finally:
        server.stop()


def free_port() -> int:
    """A port nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(look: Callable[[], Found | None], what: str) -> Found:
    """Looks again and again until there is something; fails after a minute."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"waited in vain for {what}")
