"""The operator's figures: what they tell, and to whom."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from kulant.app import create_app
from kulant.delivery.outbox import approve
from kulant.people.service import find_creditor
from kulant.settings import Settings
from kulant.transaction import doing
from kulant.treatment.queries import proposals
from tests.api.conftest import token_of
from tests.desk.conftest import portfolio, settings  # noqa: F401


@pytest.fixture
def here(portfolio: Settings) -> TestClient:  # noqa: F811
    """Something on the same machine."""
    return TestClient(create_app(portfolio), client=("127.0.0.1", 50_000))


@pytest.fixture
def elsewhere(portfolio: Settings) -> TestClient:  # noqa: F811
    """Something on another machine."""
    return TestClient(create_app(portfolio), client=("192.0.2.7", 50_000))


def test_it_tells_how_many_letters_wait_and_who_has_tasks(here: TestClient, portfolio: Settings) -> None:  # noqa: F811
    with doing(portfolio, actor="test") as act:
        nord = find_creditor(act.session, "NORD")
        first = proposals(act.session, nord.id, ["proposed"])[0]
        approve(act, creditor=nord, proposal=first, undo_seconds=None)
    text = here.get("/metrics").text
    assert 'kulant_deliveries{creditor="NORD",state="approved"} 1.0' in text
    assert 'kulant_tasks_open{creditor="SYD"} 0.0' in text
    assert 'kulant_last_run_date_seconds{creditor="NORD"}' in text


def test_requests_are_counted_by_the_pattern_of_their_address(here: TestClient, portfolio: Settings) -> None:  # noqa: F811
    here.get("/p/a-secret-that-no-figure-may-hold")
    here.get("/api/v1/customers/K1", headers={"Authorization": "Bearer wrong"})
    here.get("/api/v1/customers/K1", headers={"Authorization": f"Bearer {token_of(portfolio, 'clerk', 'read')}"})
    here.get("/nothing/of/the/kind")
    text = here.get("/metrics").text
    assert 'kulant_http_requests_total{method="GET",route="/p/{token}",status="404"} 1.0' in text
    assert 'kulant_http_requests_total{method="GET",route="/api/v1/…",status="401"} 1.0' in text
    assert 'kulant_http_requests_total{method="GET",route="/api/v1/customers/{customer}",status="200"} 1.0' in text
    assert 'kulant_http_requests_total{method="GET",route="none",status="404"} 1.0' in text
    assert "secret" not in text


def test_others_need_a_token_made_for_it(elsewhere: TestClient, portfolio: Settings) -> None:  # noqa: F811
    def status(**headers: str) -> int:
        return elsewhere.get("/metrics", headers=headers).status_code

    assert status() == 403
    assert status(Authorization="Bearer kul_" + "x" * 43) == 403
    assert status(Authorization=f"Bearer {token_of(portfolio, 'clerk', 'read')}") == 403
    assert status(Authorization=f"Bearer {token_of(portfolio, 'clerk', 'metrics')}") == 200


def test_what_a_proxy_on_this_machine_passes_on_is_not_from_this_machine(here: TestClient) -> None:
    for name in ("X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "X-Real-IP", "Via"):
        assert here.get("/metrics", headers={name: "127.0.0.1"}).status_code == 403, name
