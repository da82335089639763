"""Mails thousands of approved letters by two workers of which one is killed every few seconds, and counts what arrived.

    .venv/bin/python -m tests.bench.soak_sending --letters 10000

The workers are `kulant worker` on a throw-away PostgreSQL, the mail server is a real one on this machine that remembers
which messages came. A letter that was in a killed worker's hands is taken up again when its lease has run out; so that
this need not be waited for, the leases of dead workers are ended here when only they are left. A letter of which nobody
heard the answer is settled as a person would do: by what the mail server has.
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from sqlalchemy import func, select

from kulant.db import engine_for, reading
from kulant.delivery.closing import settle_uncertain
from kulant.delivery.mail_archive import mail_as_sent
from kulant.delivery.models import Delivery
from kulant.letters.archive import read
from kulant.letters.models import Document
from kulant.letters.storage import open_storage
from kulant.settings import Settings
from kulant.transaction import doing
from kulant.treatment.models import StepSent
from tests.bench.outboxes import TODAY, approve_everything, fill, settings_of
from tests.support.postgres import postgres_database

KULANT = str(Path(sys.executable).with_name("kulant"))
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>\r\n]+>)", re.IGNORECASE | re.MULTILINE)
_WORD_EVERY = 30  # seconds
_STANDING_STILL = 20  # seconds without a letter leaving: only leases of the dead are left


@dataclass(slots=True)
class Found:
    """What became of the letters."""

    letters: int
    seconds: float  # until all that could leave by itself had left
    kills: int
    prepared: float = 0.0  # seconds until all were in the outbox
    settled: int = 0  # nobody had heard the mail server's answer
    lost: int = 0
    doubled: int = 0
    wrong: str = ""  # what else is not as it should be

    @property
    def good(self) -> bool:
        """Whether every letter left once and all is recorded."""
        return not (self.lost or self.doubled or self.wrong)

    def __str__(self) -> str:
        return (
            f"{self.letters:,} letters in {self.seconds:,.0f} s by two workers: {self.letters / self.seconds:,.1f} "
            f"letters/s, prepared in {self.prepared:,.0f} s, {self.kills} kills, {self.settled} ambiguous and settled "
            f"by hand, {self.lost} lost, {self.doubled} doubled{'; ' + self.wrong if self.wrong else ''}"
        )


@dataclass
class Counting:
    """A mail server that remembers which messages it took."""

    port: int
    arrived: Counter[str] = field(default_factory=Counter)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        found = _MESSAGE_ID.search(envelope.content)
        self.arrived[found[1].decode() if found else "none"] += 1
        return "250 OK"


@contextmanager
def _mail_server() -> Iterator[Counting]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        server = Counting(probe.getsockname()[1])
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    yield server
    controller.stop()


def soak(url: str, *, letters: int, kill_every: float) -> Found:
    """Fills a fresh database and lets two workers mail it all; says what was lost or doubled."""
    with tempfile.TemporaryDirectory() as folder, _mail_server() as mail:
        settings = settings_of(url, Path(folder), f"smtp://127.0.0.1:{mail.port}")
        began = time.perf_counter()
        fill(settings, Path(folder), letters=letters, channel="email")
        approve_everything(settings)
        prepared = time.perf_counter() - began
        _say(f"{letters:,} letters are in the outbox after {prepared:,.0f} s")
        found = _mail_everything(settings, letters, kill_every)
        found.prepared = prepared
        found.settled = _settle(settings, mail)
        _prove(settings, mail, found)
        engine_for(url).dispose()
    return found


def _mail_everything(settings: Settings, letters: int, kill_every: float) -> Found:
    started = time.perf_counter()
    workers, kills, left, quiet_since = [_begin(settings) for _ in range(2)], 0, letters, started
    next_kill, next_word = started + kill_every, started + _WORD_EVERY
    try:
        while left:
            time.sleep(0.5)
            now, before, left = time.perf_counter(), left, _unfinished(settings)
            if now >= next_word:
                _say(f"{letters - left:,} of {letters:,} after {now - started:,.0f} s, {kills} kills")
                next_word = now + _WORD_EVERY
            quiet_since = now if left != before else quiet_since
            if now >= next_kill:
                victim = workers.pop(0)
                victim.kill()
                victim.wait()
                workers.append(_begin(settings))
                kills, next_kill = kills + 1, now + kill_every
            if now - quiet_since > _STANDING_STILL:
                _end_leases(settings)
                quiet_since, next_kill = now, now + 10 * kill_every  # let the rest leave
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait()
    return Found(letters, time.perf_counter() - started, kills)


def _begin(settings: Settings) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "KULANT_DATABASE_URL": settings.database_url,
        "KULANT_BASE_URL": settings.base_url,
        "KULANT_SMTP_URL": settings.smtp_url,
        "KULANT_STORAGE_URL": settings.storage_url,
        "KULANT_TODAY": TODAY.isoformat(),
    }
    return subprocess.Popen([KULANT, "worker"], env=environment, stdout=subprocess.DEVNULL)


def _unfinished(settings: Settings) -> int:
    which = Delivery.status.in_(("approved", "rendering", "handed"))
    with reading(settings.database_url) as session:
        return session.scalar(select(func.count()).select_from(Delivery).where(which)) or 0


def _end_leases(settings: Settings) -> None:
    with doing(settings, actor="bench") as act:
        for delivery in act.session.scalars(select(Delivery).where(Delivery.lease_until.is_not(None))):
            delivery.lease_until = act.now - timedelta(seconds=1)


def _settle(settings: Settings, mail: Counting) -> int:
    """Says of each letter nobody is sure about whether it arrived; what did not is sent again."""
    with doing(settings, actor="bench") as act:
        unsure = act.session.scalars(select(Delivery).where(Delivery.status == "uncertain")).all()
        for delivery in unsure:
            settle_uncertain(act, delivery=delivery, arrived=mail.arrived[delivery.message_id or ""] > 0)
    worker = _begin(settings)
    while _unfinished(settings):
        time.sleep(0.2)
    worker.terminate()
    worker.wait()
    return len(unsure)


def _prove(settings: Settings, mail: Counting, found: Found) -> None:
    """Every letter arrived once, is archived once with the bytes it says, and took its invoice one step further."""
    storage = open_storage(settings.storage_url)
    with reading(settings.database_url) as session:
        ends = Counter(session.scalars(select(Delivery.status)))
        steps = session.scalar(select(func.count()).select_from(StepSent))
        documents = session.scalars(select(Document)).all()
        expected = set(session.scalars(select(Delivery.message_id)))
        mails = sum(bool(mail_as_sent(session, storage, document)) for document in documents)
    archived = sum(bool(read(storage, document)) for document in documents)
    found.lost = len(expected - set(mail.arrived))
    found.doubled = sum(count > 1 for count in mail.arrived.values())
    recorded = (dict(ends), steps, len(documents), archived, mails, len(set(mail.arrived) - expected))
    if recorded != ({"sent": found.letters}, *[found.letters] * 4, 0):
        found.wrong = f"{dict(ends)}, {steps} steps, {len(documents)} documents, {archived} read, {mails} e-mails kept"


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def main() -> None:
    """Runs it on a throw-away PostgreSQL and says what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=10_000)
    parser.add_argument("--kill-every", type=float, default=5.0, metavar="SECONDS")
    given = parser.parse_args()
    with postgres_database("kulant_soak") as url:
        found = soak(url, letters=given.letters, kill_every=given.kill_every)
    print(found)
    raise SystemExit(0 if found.good else 1)


if __name__ == "__main__":
    main()
