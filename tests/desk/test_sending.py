"""What the clerk does about letters that got stuck on their way, and the run begun by hand."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from kulant.db import reading
from kulant.delivery.models import Delivery
from kulant.settings import Settings
from kulant.transaction import doing
from kulant.treatment.models import Proposal
from tests.desk.conftest import Clerk


def stuck(settings: Settings, status: str) -> None:
    """The approved letter is left in this state, as by a mail server that broke off or refused."""
    with doing(settings, actor="worker") as act:
        act.session.execute(update(Delivery).values(status=status, error="the mail server said: 550 no such mailbox"))


def states(settings: Settings) -> tuple[str, str]:
    """How the only delivery and its proposal stand."""
    with reading(settings.database_url) as session:
        delivery = session.scalars(select(Delivery)).one()
        return delivery.status, session.get_one(Proposal, delivery.proposal_id).status


@pytest.mark.parametrize(("arrived", "after"), [("true", ("sent", "sent")), ("false", ("approved", "approved"))])
def test_a_letter_nobody_is_sure_about_is_settled_by_the_clerk(
    clerk: Clerk, portfolio: Settings, arrived: str, after: tuple[str, str]
) -> None:
    clerk.submit("/proposals/1/approve")
    stuck(portfolio, "uncertain")
    page = clerk.get("/outbox").text
    assert "Sent, but unanswered" in page
    assert 'action="/outbox/settle"' in page
    clerk.submit("/outbox/settle", delivery=1, arrived=arrived)
    assert states(portfolio) == after


def test_only_what_is_uncertain_can_be_settled(clerk: Clerk, portfolio: Settings) -> None:
    clerk.submit("/proposals/1/approve")
    assert clerk.submit("/outbox/settle", delivery=1, arrived="true").status_code == 409
    assert states(portfolio) == ("approved", "approved")


def test_a_letter_the_mail_server_refused_can_be_taken_back_and_decided_anew(clerk: Clerk, portfolio: Settings) -> None:
    clerk.submit("/proposals/1/approve")
    stuck(portfolio, "failed")
    assert "550 no such mailbox" in clerk.get("/outbox").text
    assert "Undone." in clerk.submit("/outbox/undo", proposal=1).text
    assert states(portfolio) == ("cancelled", "proposed")
    clerk.submit("/proposals/1/approve")
    assert states(portfolio) == ("approved", "approved")


def test_a_run_begun_by_hand_says_what_changed_and_changes_nothing_the_second_time(clerk: Clerk) -> None:
    assert "The daily run is done." in clerk.submit("/run").text
    assert "0 new proposals, 2 as before, 0 withdrawn." in clerk.submit("/run").text
