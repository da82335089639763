"""A code that was asked for again leaves once: the newest of them, and nobody is troubled about the others."""

from __future__ import annotations

import pytest

from kulant.delivery.portal_mail import mail_code
from kulant.plans.links import make_link
from tests.delivery.conftest import Desk


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_of_codes_asked_for_one_after_the_other_only_the_newest_leaves(desk: Desk) -> None:
    desk.owe("100.00")
    with desk.doing() as act:
        secret = desk.settings.secret_key()
        link, _ = make_link(act, secret=secret, customer=desk.customer(act))
        for _ in range(3):
            mail_code(act, secret=secret, link=link, language="en")
    report = desk.deliver()
    assert (len(report.sent), report.failed) == (1, [])
    assert [one.status for one in desk.deliveries()] == ["cancelled", "cancelled", "sent"]
    assert desk.tasks() == []
