"""A program at the API's door, with tokens of several people, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from kulant.app import create_app
from kulant.people.models import User
from kulant.people.service import find_creditor
from kulant.people.tokens import create_token
from kulant.settings import Settings
from kulant.transaction import doing
from tests.desk.conftest import TODAY, portfolio, settings  # noqa: F401
from tests.support import factories as make

EVERYTHING = ("read", "import", "act", "decide")


@dataclass
class Program:
    """A program that calls the API with a token of its own."""

    client: TestClient
    secret: str

    def __call__(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Calls an address below ``/api/v1``."""
        headers = {"Authorization": f"Bearer {self.secret}"} | more.pop("headers", {})
        return self.client.request(method, f"/api/v1{path}", headers=headers, **more)

    def ok(self, method: str, path: str, **more: Any) -> Any:
        """Calls what must succeed; its JSON."""
        answer = self(method, path, **more)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def refused(self, method: str, path: str, status: int, **more: Any) -> dict[str, Any]:
        """Calls what must be refused with that status; the problem document."""
        answer = self(method, path, **more)
        return problem(answer, status)


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem document of an answer with that status."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["status"] == status
    assert {"type", "title", "detail", "code"} <= set(found)
    assert found["type"] == f"urn:kulant:problem:{found['code']}"
    assert "Traceback" not in answer.text
    return found


def token_of(settings: Settings, name: str, *scopes: str, days: int | None = 30) -> str:  # noqa: F811
    """The secret of a new token of that person."""
    with doing(settings, actor="test") as act:
        user = act.session.scalars(select(User).where(User.name == name)).one()
        return create_token(act, user=user, scopes=scopes, name="test", days=days)[1]


@pytest.fixture
def client(portfolio: Settings) -> Iterator[TestClient]:  # noqa: F811
    """The application, reached from outside."""
    with TestClient(create_app(portfolio), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def program(client: TestClient, portfolio: Settings) -> Program:  # noqa: F811
    """A program of the clerk of Nordlys Engros that may do everything a clerk may."""
    return Program(client, token_of(portfolio, "clerk", *EVERYTHING))


@pytest.fixture
def admin(client: TestClient, portfolio: Settings) -> Program:  # noqa: F811
    """A program of an administrator, who sees every creditor."""
    with doing(portfolio, actor="test") as act:
        make.create_user(act, find_creditor(act.session, "NORD"), name="boss", role="admin")
    return Program(client, token_of(portfolio, "boss", *EVERYTHING, "admin"))


def as_user(client: TestClient, settings: Settings, name: str, *scopes: str) -> Program:  # noqa: F811
    """A program of that person with these scopes."""
    return Program(client, token_of(settings, name, *scopes))
