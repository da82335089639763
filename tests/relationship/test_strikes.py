"""Strikes: bad experiences we gave a customer, each counted once, for so many months."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kulant.core.errors import Conflict, Refusal
from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.relationship import queries
from kulant.relationship.care_queries import strikes_since
from kulant.relationship.rulebook import RuleBook
from kulant.relationship.strikes import add_strike, counting_since, withdraw_strike
from tests.conftest import TODAY
from tests.support.factories import create_customer


@pytest.fixture
def customer(act: Act, creditor: Creditor) -> Customer:
    return create_customer(act, creditor, "K1")


def counted(act: Act, customer: Customer, today: date = TODAY) -> int:
    since = counting_since(today, RuleBook())
    return strikes_since(act.session, [customer.id], since, today).get(customer.id, 0)


def test_a_clerk_adds_one_and_withdraws_it_with_a_reason(act: Act, customer: Customer) -> None:
    strike = add_strike(act, customer=customer, text="The price was wrong.")
    assert strike is not None and counted(act, customer) == 1
    with pytest.raises(Refusal, match="needs some words"):
        withdraw_strike(act, strike=strike, reason=" ")
    withdraw_strike(act, strike=strike, reason="the price was right after all")
    assert counted(act, customer) == 0
    assert queries.strikes(act.session, [customer.id], date(2026, 1, 1), TODAY) == [strike]
    assert [event.text for event in act.events[-2:]] == [
        "Strike against us, error in an invoice: The price was wrong.",
        "Strike withdrawn (The price was wrong): the price was right after all",
    ]
    with pytest.raises(Conflict, match="withdrawn already"):
        withdraw_strike(act, strike=strike, reason="again")


def test_the_same_mistake_counts_once_even_after_it_was_withdrawn(act: Act, customer: Customer) -> None:
    strike = add_strike(act, customer=customer, code="late_reply", text="Late.", key="concern:1:late")
    assert add_strike(act, customer=customer, code="late_reply", text="Late.", key="concern:1:late") is None
    assert strike is not None
    withdraw_strike(act, strike=strike, reason="they had been called")
    assert add_strike(act, customer=customer, code="late_reply", text="Late.", key="concern:1:late") is None
    assert counted(act, customer) == 0


def test_two_mistakes_told_in_the_same_words_are_two(act: Act, customer: Customer) -> None:
    for _ in range(2):
        add_strike(act, customer=customer, text="The price was wrong.")
    assert counted(act, customer) == 2


def test_a_strike_counts_for_24_months_to_the_day(act: Act, customer: Customer) -> None:
    add_strike(act, customer=customer, text="The price was wrong.", on=date(2024, 11, 23))
    assert counted(act, customer, date(2026, 11, 23)) == 1
    assert counted(act, customer, date(2026, 11, 24)) == 0
    assert counted(act, customer, date(2024, 11, 22)) == 0


def test_strange_codes_and_days_to_come_are_refused(act: Act, customer: Customer) -> None:
    with pytest.raises(Refusal, match="invoice_error, wrong_reminder, late_reply, broken_promise"):
        add_strike(act, customer=customer, code="rude", text="Rude.")
    with pytest.raises(Refusal, match="has not come yet"):
        add_strike(replace(act), customer=customer, text="Tomorrow.", on=date(2026, 11, 24))
