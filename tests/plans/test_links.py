"""Links to the portal: they open for one customer, run out, can be closed, and cannot be read from the database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.plans import links

SECRET = "a secret for tests"


def test_a_link_opens_for_sixty_days(act: Act, customer: Customer) -> None:
    link, token = links.make_link(act, secret=SECRET, customer=customer)
    last_day = act.today + timedelta(days=60)
    states = []
    for day in (act.today, last_day, last_day + timedelta(days=1)):
        found = links.find_link(act.session, token, day)
        assert found is not None
        assert found.link is link
        states.append(found.state)
    assert states == ["open", "open", "expired"]


def test_a_closed_link_says_so(act: Act, customer: Customer) -> None:
    link, token = links.make_link(act, secret=SECRET, customer=customer)
    links.revoke_link(act, link=link)
    found = links.find_link(act.session, token, act.today)
    assert found is not None
    assert found.state == "revoked"


@pytest.mark.parametrize("guess", ["", "x", "A" * 43, "ø" * 43, "A" * 5000, "../../etc/passwd"])
def test_a_guess_opens_nothing(act: Act, customer: Customer, guess: str) -> None:
    links.make_link(act, secret=SECRET, customer=customer)
    assert links.find_link(act.session, guess, act.today) is None


def test_the_database_does_not_hold_the_token(act: Act, customer: Customer) -> None:
    link, token = links.make_link(act, secret=SECRET, customer=customer)
    assert len(token) == 43
    assert token not in (link.token_hash, link.nonce)
    assert links.token_for(SECRET, link.nonce) == token
    assert links.portal_url("https://kulant.example/", token) == f"https://kulant.example/p/{token}"


def test_another_key_does_not_give_the_token_of_a_link(act: Act, customer: Customer) -> None:
    link, token = links.make_link(act, secret=SECRET, customer=customer)
    assert links.token_for("another key", link.nonce) != token


def test_no_two_links_are_alike(act: Act, customer: Customer) -> None:
    tokens = {links.make_link(act, secret=SECRET, customer=customer)[1] for _ in range(5)}
    assert len(tokens) == 5
