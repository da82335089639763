"""How long a clerk waits for a thousand approvals, and what becomes of letters while workers are killed."""

from __future__ import annotations

import re
import secrets
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from fastapi.testclient import TestClient

from kulant.app import create_app
from kulant.people.service import add_user, find_creditor
from kulant.settings import Settings
from kulant.transaction import doing
from tests.bench.large_import import Measured
from tests.bench.outboxes import fill, proposed, settings_of
from tests.bench.soak_sending import soak

PROPOSALS = 1_000
LETTERS = 150


def approve_a_thousand(url: str) -> Measured:
    """The answer of the desk when a clerk approves a thousand proposals at once."""
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_of(url, Path(folder))
        fill(settings, Path(folder), letters=PROPOSALS, channel="email")
        password = secrets.token_urlsafe(16)
        with doing(settings, actor="bench") as act:
            creditor = find_creditor(act.session)
            add_user(act, name="clerk", role="clerk", password=password, creditors=[creditor])
            ids = proposed(act, creditor)
        seconds = _approve(settings, password, ids)
    return Measured(f"approve {len(ids):,} proposals at the desk", seconds, f"{len(ids) / seconds:,.0f} proposals/s")


def _approve(settings: Settings, password: str, ids: list[int]) -> float:
    with TestClient(create_app(settings), base_url="https://kulant.example") as desk:
        desk.post("/login", data={"name": "clerk", "password": password})
        token = re.search(r'name="csrf" value="([^"]+)"', desk.get("/tasks").text)
        if token is None:
            raise RuntimeError("the clerk could not log in")
        form = {"csrf": token[1], "decision": "approve", "chosen": " ".join(map(str, ids)), "back": "/tasks"}
        started = time.perf_counter()
        answer = desk.post("/bulk", data=form, follow_redirects=False)
        seconds = time.perf_counter() - started
        if answer.status_code != 303:
            raise RuntimeError(f"approving answered {answer.status_code}: {answer.text[-600:]}")
    return seconds


def under_fire(url: str) -> Iterator[Measured]:
    """Two workers mail letters, and one of them is killed every few seconds; ``soak_sending`` does so for thousands."""
    found = soak(url, letters=LETTERS, kill_every=5)
    if not found.good:
        raise RuntimeError(str(found))
    words = f"{LETTERS / found.seconds:,.1f} letters/s, {found.kills} kills, {found.settled} asked about, none lost"
    yield Measured(f"mail {LETTERS} letters, two workers, one killed every 5 s", found.seconds, words)
