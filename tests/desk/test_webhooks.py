"""Webhooks at the desk: a manager names an address, sees its secret once, tries it and reads what became of it."""

from __future__ import annotations

import re

import pytest

from kulant.app import create_app
from kulant.delivery import webhooks
from kulant.delivery.webhook_posting import Poster
from kulant.people.service import find_creditor
from kulant.settings import Settings
from kulant.transaction import doing
from tests.desk.conftest import Clerk
from tests.support import factories as make

URL = "https://hooks.example.com/kulant"


@pytest.fixture
def manager(portfolio: Settings) -> Clerk:
    with doing(portfolio, actor="seed") as act:
        make.create_user(act, find_creditor(act.session, "NORD"), name="boss", role="manager")
    return Clerk(create_app(portfolio)).log_in("boss")


def test_a_manager_sets_one_up_tries_it_and_turns_it_off(manager: Clerk) -> None:
    made = manager.submit("/webhooks", url=URL, event=["plan.late", "letter.sent"]).text
    assert URL in made and "letter.sent, plan.late" in made
    secret = re.search(r"whsec_[A-Za-z0-9_-]{43}", made)
    assert secret
    assert secret[0] not in manager.get("/webhooks").text  # shown once
    tried = manager.submit("/webhooks/1/ping").text
    assert "A test message is on its way." in tried and "ping" in tried
    changed = manager.submit("/webhooks/1/secret").text
    assert "for 24 hours both are valid" in changed and secret[0] not in changed
    assert "Turn on" in manager.submit("/webhooks/1/off").text
    assert manager.submit("/webhooks/1/ping").status_code == 409
    assert "Send a test message" in manager.submit("/webhooks/1/on").text
    assert URL not in manager.submit("/webhooks/1/remove").text


def test_what_may_not_be_told_is_refused_in_words(manager: Clerk) -> None:
    for url in ("http://hooks.example.com/", "https://10.0.0.1/", "https://a:b@example.com/", "nonsense"):
        assert manager.submit("/webhooks", url=url).status_code == 400, url
    assert "no event" in manager.submit("/webhooks", url=URL, event=["plan.exploded"]).text


def test_a_clerk_and_another_creditors_manager_see_nothing_of_it(portfolio: Settings, manager: Clerk) -> None:
    with doing(portfolio, actor="seed") as act:
        other = make.create_creditor(act, "SYD2")
        webhooks.add_endpoint(act, creditor=other, url=URL, events=[], key="k" * 40, poster=Poster())
    assert URL not in manager.get("/webhooks").text
    assert manager.submit("/webhooks/1/remove").status_code == 404
    clerk = Clerk(create_app(portfolio)).log_in()
    assert clerk.get("/webhooks").status_code == 403
    assert clerk.submit("/webhooks", url=URL).status_code == 403
