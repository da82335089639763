"""Many clerks at once: a request takes one connection to the database at a time, so that none waits for one of its own
while it holds another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from sqlalchemy import select

from kulant.db import engine_for
from kulant.people.models import Creditor
from kulant.settings import Settings
from kulant.transaction import doing
from tests.desk.conftest import Clerk
from tests.desk.test_importing import INVOICES
from tests.support import factories as make

OF_A_POOL = 15  # SQLAlchemy's own: five kept, ten more when needed
GOOD = "\n".join(INVOICES.splitlines()[:2])
PAGES = (
    "/", "/?customer=K1&do=plan", "/plans", "/customers/K1/plan?count=4", "/tasks", "/settings/plans", "/reports/plans",
)  # fmt: skip


@pytest.fixture
def boss(portfolio: Settings, clerk: Clerk) -> Clerk:
    """Somebody who may manage."""
    with doing(portfolio, actor="seed") as act:
        nord = act.session.scalars(select(Creditor).where(Creditor.code == "NORD")).one()
        make.create_user(act, nord, name="boss", role="manager")
    return Clerk(clerk.app, base_url="http://testserver").log_in("boss")


def test_every_kind_of_request_is_answered_with_one_connection_and_so_are_many_at_once(
    portfolio: Settings, boss: Clerk
) -> None:
    token = boss.token()
    engine = engine_for(portfolio.database_url)

    def get(page: str) -> int:
        return boss.get(page).status_code

    def post(page: str) -> int:
        files = {"file": ("invoices.csv", GOOD.encode())} if page == "/import/look" else None
        return boss.post(page, data={"csrf": token, "yaml": "ladder: x", "why": "to see it"}, files=files).status_code

    with ExitStack() as others:
        for _ in range(OF_A_POOL - 1):
            others.enter_context(engine.connect())
        assert post("/import/look") == 200  # reads first, then tries the file out in a transaction
        assert post("/ladder/apply") == 200  # draws a page around what it does in a transaction
        with ThreadPoolExecutor(4) as at_once:
            assert set(at_once.map(get, PAGES)) | set(at_once.map(post, ["/ladder/apply"] * 4)) == {200}
