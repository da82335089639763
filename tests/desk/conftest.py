"""A desk with a creditor, a clerk and a few late customers, on both databases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from kulant.app import create_app
from kulant.relationship.scoring import score_portfolio
from kulant.settings import Settings
from kulant.transaction import doing
from kulant.treatment.service import propose_all
from tests.support import factories as make

TODAY = date(2026, 11, 23)


@pytest.fixture
def settings(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a desk on the test's database."""
    monkeypatch.setenv("KULANT_SECRET_KEY", "a key for tests, long enough to sign with")
    return Settings(
        database_url=database_url,
        base_url="http://testserver",
        smtp_url=f"file:{tmp_path / 'outbox'}",
        storage_url=f"file:{tmp_path / 'documents'}",
        fixed_today=TODAY,
    )


@pytest.fixture
def portfolio(settings: Settings) -> Settings:
    """Nordlys Engros with a clerk, a viewer and two late customers; Sydlys with its own clerk and customer."""
    with doing(settings, actor="seed") as act:
        nord = make.create_creditor(act)
        make.create_user(act, nord)
        make.create_user(act, nord, name="looker", role="viewer")
        for number, name in (("K1", "Fjordbakeriet AS"), ("K2", "Brattli Bygg AS")):
            customer = make.create_customer(act, nord, number, name=name)
            make.create_invoice(act, nord, customer, "12500.00", days_late=20, number=f"INV-{number}")
        syd = make.create_creditor(act, "SYD", name="Sydlys AS")
        make.create_user(act, syd, name="other")
        theirs = make.create_customer(act, syd, "S1", name="Hemmelig Kunde AS")
        make.create_invoice(act, syd, theirs, "900.00", days_late=20, number="INV-S1")
        for creditor in (nord, syd):
            score_portfolio(act, creditor=creditor)
            propose_all(act, creditor=creditor)
    return settings


class Clerk(TestClient):
    """A browser without script that follows redirects and fills in the form token."""

    def token(self) -> str:
        """The form token of this log-in, as it stands on a page."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get("/tasks").text)
        assert found
        return found[1]

    def submit(self, address: str, **fields: object):  # type: ignore[no-untyped-def]
        """Sends a form as the page would."""
        return self.post(address, data={"csrf": self.token(), **fields})

    def log_in(self, name: str = "clerk") -> Clerk:
        """Opens a session."""
        answer = self.post("/login", data={"name": name, "password": make.PASSWORD})
        assert answer.status_code == 200, answer.text
        return self


@pytest.fixture
def stranger(portfolio: Settings) -> Iterator[Clerk]:
    """A browser in which nobody is logged in."""
    with Clerk(create_app(portfolio), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def clerk(stranger: Clerk) -> Clerk:
    """The clerk of Nordlys Engros."""
    return stranger.log_in()
