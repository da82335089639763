"""What the gate would say beforehand, and what the outbox says of what is stuck: shown to clerks, changing nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from kulant.db import reading
from kulant.delivery.models import Delivery
from kulant.ledger.models import Customer
from kulant.relationship.models import TimelineEvent
from kulant.settings import Settings
from kulant.transaction import doing
from kulant.treatment.models import Proposal
from tests.desk.conftest import Clerk


@pytest.fixture
def one_held(portfolio: Settings) -> Settings:
    """Brattli Bygg is marked as never to be reminded since the run proposed a letter."""
    with doing(portfolio, actor="seed") as act:
        act.session.execute(update(Customer).where(Customer.number == "K2").values(no_dunning=True))
    return portfolio


def test_the_page_says_what_would_be_held_back_and_why_and_shows_nobody_elses(clerk: Clerk, one_held: Settings) -> None:
    page = clerk.get("/outbox/gate").text
    assert "Never to be reminded" in page and "Brattli Bygg AS" in page and "releases it" in page
    assert "Fjordbakeriet" not in page and "Hemmelig" not in page
    assert page.count('class="figure">1<') == 2  # one would leave, one would be held back
    assert "Nothing waits here" in clerk.get("/outbox/gate?state=approved").text
    with reading(one_held.database_url) as session:
        assert session.scalars(select(Delivery)).all() == []
        assert session.scalars(select(TimelineEvent.kind).where(TimelineEvent.kind == "sending_blocked")).all() == []


def test_before_approving_many_a_clerk_reads_how_many_would_be_held_back(clerk: Clerk, one_held: Settings) -> None:
    confirm = clerk.get("/bulk?proposal=1&proposal=2&act=approve").text
    assert "1 would be held back now" in confirm
    assert "held back" not in clerk.get("/bulk?proposal=1&act=approve").text
    assert "held back" not in clerk.get("/bulk?proposal=1&proposal=2&act=dismiss").text


def test_what_is_chosen_in_one_field_is_approved_like_what_is_ticked(clerk: Clerk, portfolio: Settings) -> None:
    """A form of more than a thousand fields is refused before anybody looks at it."""
    numbers = " ".join(map(str, range(1, 1001)))
    assert "2 approved." in clerk.submit("/bulk", chosen=numbers, decision="approve").text
    assert clerk.submit("/bulk", chosen=f"{numbers} 1001", decision="approve").status_code == 422
    assert clerk.submit("/bulk", chosen="1; 2", decision="approve").status_code == 422
    with reading(portfolio.database_url) as session:
        statuses = session.scalars(select(Proposal.status).order_by(Proposal.id)).all()
    assert statuses == ["approved", "approved", "proposed"]  # the third is another house's


def test_the_outbox_says_what_the_mail_server_said_and_when_the_gate_looks_again(
    clerk: Clerk, portfolio: Settings
) -> None:
    clerk.submit("/proposals/1/approve")
    clerk.submit("/proposals/2/approve")
    with doing(portfolio, actor="worker") as act:
        first, second = act.session.scalars(select(Delivery.id).order_by(Delivery.id))
        said = "the mail server said: 451 try again later"
        act.session.execute(update(Delivery).where(Delivery.id == first).values(attempts=2, error=said))
        held = [{"code": "disputed", "text": "Invoice 1 is disputed. Resolving the dispute releases it."}]
        later = datetime.now(UTC) + timedelta(minutes=40)
        stays = update(Delivery).where(Delivery.id == second).values(status="blocked", not_before=later, blocked=held)
        act.session.execute(stays)
    page = clerk.get("/outbox").text
    assert "Attempt 2 of 8 failed: the mail server said: 451 try again later." in page
    assert "Resolving the dispute releases it." in page
    assert "Looked at again by itself" in page
