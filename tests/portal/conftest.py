"""A customer with a link, and a browser without scripts that has opened it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar
from urllib.parse import urljoin

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from kulant.app import create_app
from kulant.db import Act, Base, engine_for
from kulant.delivery.rounds import carry_out
from kulant.ledger.models import Customer, OpenItem
from kulant.people.models import Creditor
from kulant.plans.links import make_link
from kulant.settings import Settings
from kulant.transaction import doing
from tests.support.factories import create_creditor, create_customer, create_invoice

TODAY = date(2026, 11, 23)
Row = TypeVar("Row", bound=Base)


@dataclass
class Browser:
    """What a customer does: opens pages, fills in the form, sends it."""

    client: TestClient
    path: str
    page: Response = field(init=False)

    def open(self, name: str = "") -> str:
        self.page = self.client.get(f"{self.path}/{name}" if name else self.path)
        return self.page.text

    def send(self, name: str, /, **fields: str | list[str]) -> Response:
        """Opens the page, fills its form in and sends it as a browser would."""
        return self.send_again(self.sealed(name), name, **fields)

    def sealed(self, name: str) -> str:
        found = re.search(r'name="sealed" value="([^"]+)"', self.open(name))
        assert found, self.page.text
        return found.group(1)

    def send_again(self, sealed: str, name: str, /, **fields: str | list[str]) -> Response:
        self.page = self.client.post(f"{self.path}/{name}", data={"sealed": sealed, **fields}, follow_redirects=True)
        return self.page

    def send_file(self, sealed: str, name: str, file: tuple[str, bytes], /, **fields: str) -> Response:
        self.page = self.client.post(
            f"{self.path}/{name}", data={"sealed": sealed, **fields}, files={"file": file}, follow_redirects=True
        )
        return self.page

    def links(self) -> list[str]:
        """The addresses this page leads to."""
        found = re.findall(r'href="([^"#]+)"', self.page.text)
        return [
            urljoin(str(self.page.url), each.replace("&amp;", "&")) for each in found if not each.startswith("data:")
        ]


@dataclass
class Story:
    """The creditor, the customer with three invoices, and the link."""

    settings: Settings
    creditor: Creditor
    customer: Customer
    invoices: list[OpenItem]
    token: str

    def rows(self, table: type[Row]) -> list[Row]:
        """The rows of a table as they are now."""
        with Session(engine_for(self.settings.database_url)) as session:
            return list(session.scalars(select(table).order_by(text("id"))))

    def rows_of(self, table: type[Row], order: str) -> list[Row]:
        """The same of a table whose rows have no number."""
        with Session(engine_for(self.settings.database_url)) as session:
            return list(session.scalars(select(table).order_by(text(order))))

    def carry_out(self) -> None:
        """A worker makes its round: what waits is drawn, archived and sent."""
        carry_out(self.settings)

    def doing(self, today: date = TODAY) -> AbstractContextManager[Act]:
        return doing(self.settings, actor="test clerk", today=today)


@pytest.fixture
def settings(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("KULANT_SECRET_KEY", "a secret for tests")
    return Settings(
        database_url=database_url,
        base_url="http://127.0.0.1:8000",
        smtp_url=f"file:{tmp_path / 'outbox'}",
        storage_url=f"file:{tmp_path / 'documents'}",
        fixed_today=TODAY,
    )


def link_for(act: Act, settings: Settings, customer: Customer) -> str:
    return make_link(act, secret=settings.secret_key(), customer=customer)[1]


@pytest.fixture
def story(settings: Settings) -> Story:
    with doing(settings, actor="test clerk") as act:
        creditor = create_creditor(act, organisation_number="987 654 325")
        customer = create_customer(act, creditor, "C1", language="en")
        invoices = [
            create_invoice(act, creditor, customer, "6000.00", days_late=40, number="A1"),
            create_invoice(act, creditor, customer, "4000.00", days_late=10, number="A2"),
            create_invoice(act, creditor, customer, "700.00", days_late=-10, number="A3"),
        ]
        token = link_for(act, settings, customer)
    return Story(settings, creditor, customer, invoices, token)


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), raise_server_exceptions=True) as client:
        yield client


@pytest.fixture
def browser(client: TestClient, story: Story) -> Browser:
    return Browser(client, f"/p/{story.token}")
