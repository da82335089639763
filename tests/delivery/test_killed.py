"""Workers as processes of their own, killed with no chance to tidy up: nothing is lost, nothing leaves twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from kulant.delivery.closing import settle_uncertain
from kulant.delivery.models import Delivery
from kulant.delivery.rounds import hand_out
from kulant.letters.models import Document
from kulant.schema import NEWEST
from tests.delivery.conftest import TODAY, Desk

KULANT = str(Path(sys.executable).with_name("kulant"))
PATIENCE = 60  # seconds


def begin(desk: Desk, *command: str) -> subprocess.Popen[bytes]:
    """A command of Kulant in a process of its own, on the desk's database, mail server and archive."""
    with desk.doing() as act:  # the tests' databases are made without migrations
        act.session.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)"))
        act.session.execute(text("DELETE FROM alembic_version"))
        act.session.execute(text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": NEWEST})
    environment = os.environ | {
        "KULANT_DATABASE_URL": desk.settings.database_url,
        "KULANT_BASE_URL": desk.settings.base_url,
        "KULANT_SMTP_URL": desk.settings.smtp_url,
        "KULANT_STORAGE_URL": desk.settings.storage_url,
        "KULANT_TODAY": TODAY.isoformat(),
    }
    return subprocess.Popen([KULANT, *command], env=environment, stdout=subprocess.DEVNULL)


@contextmanager
def working(desk: Desk, workers: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many workers, stopped at the end."""
    started = [begin(desk, "worker") for _ in range(workers)]
    try:
        yield started
    finally:
        for one in started:
            one.terminate()
        for one in started:
            one.wait(PATIENCE)


def until(what: Callable[[], object]) -> None:
    """Waits until that is so."""
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.05)


def run_out(desk: Desk) -> None:
    """Every lease of a worker that died has run out, minutes later."""
    with desk.doing() as act:
        for delivery in act.session.scalars(select(Delivery).where(Delivery.lease_until.is_not(None))):
            delivery.lease_until = datetime.now(UTC) - timedelta(seconds=1)


def approve_letters(desk: Desk, count: int) -> None:
    for n in range(1, count + 1):
        desk.owe(number=f"C{n}")
    desk.run()
    desk.approve()


def states(desk: Desk) -> Counter[str]:
    return Counter(delivery.status for delivery in desk.deliveries())


def documents(desk: Desk) -> int:
    with desk.doing() as act:
        return act.session.scalar(select(func.count()).select_from(Document)) or 0


class Reaper:
    """Ends the process that is sending when the mail server has got so far in the conversation."""

    def __init__(self, desk: Desk) -> None:
        self.victim: subprocess.Popen[bytes] | None = None
        self.at = ""
        for point in ("RCPT", "DATA"):
            setattr(desk.mail, f"handle_{point}", self._killing(point, getattr(desk.mail, f"handle_{point}")))

    def _killing(self, point: str, own: Callable[..., Any]) -> Callable[..., Any]:
        async def handle(*call: Any) -> str:
            answer: str = await own(*call)
            if self.at == point and self.victim is not None:
                self.victim.kill()
            return answer

        return handle


def test_killed_at_any_point_a_letter_leaves_once_or_waits_for_a_person(desk: Desk) -> None:
    approve_letters(desk, 3)
    reaper = Reaper(desk)
    for reaper.at in ("rendering", "RCPT", "DATA"):
        reaper.victim = victim = begin(desk, "deliver")
        if reaper.at == "rendering":
            until(lambda: states(desk)["rendering"])
            victim.kill()
        assert victim.wait(PATIENCE) == -signal.SIGKILL
        before = states(desk)
        assert len(desk.mail.received) == (1 if reaper.at == "DATA" else 0)
        assert before["sent"] == 0
        run_out(desk)
    reaper.victim = None
    # The first was drawn twice and handed over, and never got further; the second had arrived; the third leaves now.
    for _ in range(3):
        desk.deliver(after=timedelta(hours=1))
    assert [delivery.status for delivery in desk.deliveries()] == ["uncertain", "uncertain", "sent"]
    assert (len(desk.mail.received), documents(desk), len(desk.tasks())) == (2, 3, 2)
    with desk.doing() as act:
        unsure = act.session.scalars(select(Delivery).where(Delivery.status == "uncertain").order_by(Delivery.id)).all()
        for delivery, arrived in zip(unsure, (False, True), strict=True):
            settle_uncertain(act, delivery=delivery, arrived=arrived)
    desk.deliver()
    assert states(desk) == {"sent": 3}
    assert sorted(message["To"] for message in desk.mail.messages) == [f"faktura@c{n}.example" for n in (1, 2, 3)]
    assert (len(desk.steps()), documents(desk)) == (3, 3)


def test_two_workers_of_which_one_is_killed_again_and_again_lose_nothing_and_double_nothing(desk: Desk) -> None:
    letters = 8
    approve_letters(desk, letters)
    with working(desk, 1):
        for pause in (1.5, 2.5):
            victim = begin(desk, "worker")
            time.sleep(pause)
            victim.kill()
            victim.wait(PATIENCE)
        run_out(desk)  # also of the worker that lives: it sees that its letter may be another's by now
        until(lambda: sum(states(desk)[end] for end in ("sent", "uncertain")) == letters)
    ids = Counter(message["Message-ID"] for message in desk.mail.messages)
    assert max(ids.values()) == 1
    sent = {delivery.message_id for delivery in desk.deliveries() if delivery.status == "sent"}
    asked = {delivery.message_id for delivery in desk.deliveries() if delivery.status == "uncertain"}
    assert sent <= set(ids) <= sent | asked
    assert len(sent) + len(asked) == letters
    assert len(desk.steps()) == len(sent)


def test_a_job_that_was_lost_loses_no_letter(desk: Desk) -> None:
    if desk.settings.sqlite_path() is not None:
        pytest.skip("SQLite has no jobs")
    approve_letters(desk, 2)
    with desk.doing() as act:
        act.session.execute(text("DELETE FROM procrastinate_jobs"))
    assert hand_out(desk.settings) == 2
    assert hand_out(desk.settings) == 0  # they have one
    with working(desk, 1):
        until(lambda: states(desk)["sent"] == 2)
    assert len(desk.mail.received) == 2
    with desk.doing() as act:
        assert act.session.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 0


@pytest.mark.parametrize("jump", [timedelta(hours=30), -timedelta(hours=30)])
def test_a_clock_that_was_set_wrong_and_right_again_holds_no_letter_for_ever_and_sends_none_twice(
    desk: Desk, jump: timedelta
) -> None:
    """The worker died with a lease that its wrong clock had written: far ahead, or long past."""
    approve_letters(desk, 2)
    wrong = datetime.now(UTC) + jump
    with desk.doing() as act:
        first, second = act.session.scalars(select(Delivery).order_by(Delivery.id))
        for one, status in ((first, "rendering"), (second, "handed")):
            one.status, one.lease_until, one.handed_at = status, wrong + timedelta(minutes=5), wrong
    desk.deliver()
    desk.deliver()
    assert [delivery.status for delivery in desk.deliveries()] == ["sent", "uncertain"]
    assert len(desk.mail.received) == 1
