"""The balance kept per customer: in step with every change, the same as the entries give, and provably so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from kulant.core.money import to_minor
from kulant.db import Act, engine_for
from kulant.ledger import balances
from kulant.ledger.models import Customer, CustomerBalance, OpenItem
from kulant.ledger.rules import Ageing
from kulant.ledger.service import charge_back
from kulant.people.models import Creditor
from kulant.settings import Settings
from kulant.transaction import doing
from tests.conftest import TODAY, Statements
from tests.support.factories import (
    create_credit_note,
    create_creditor,
    create_customer,
    create_invoice,
    create_payment,
)


@pytest.fixture
def customer(act: Act, creditor: Creditor) -> Customer:
    """A customer with nothing on the account yet."""
    return create_customer(act, creditor, "K1")


def kept(act: Act, creditor: Creditor) -> dict[tuple[str, str], balances.Balance]:
    """What the summary says once the act is over, by customer number and currency."""
    balances.keep(act)
    numbers = {row.id: row.number for row in act.session.scalars(select(Customer))}
    return {(numbers[one.customer_id], one.currency): one for one in balances.kept(act.session, creditor.id)}


def test_every_age_has_its_sum_and_credits_stand_apart(act: Act, creditor: Creditor, customer: Customer) -> None:
    for days_late, amount in ((-5, "1.00"), (0, "2.00"), (1, "4.00"), (30, "8.00"), (31, "16.00"), (90, "32.00")):
        create_invoice(act, creditor, customer, amount, days_late=days_late)
    create_invoice(act, creditor, customer, "64.00", days_late=91)
    create_credit_note(act, creditor, customer, "5.00")
    balance = kept(act, creditor)["K1", "NOK"]
    assert balance.ageing == Ageing(300, 1200, 1600, 3200, 6400, -500)
    assert (balance.items, balance.oldest_due) == (8, TODAY - timedelta(days=91))


def test_each_currency_is_an_account_of_its_own(act: Act, creditor: Creditor, customer: Customer) -> None:
    create_invoice(act, creditor, customer, "100.00")
    create_invoice(act, creditor, customer, "70.00", currency="EUR")
    found = kept(act, creditor)
    assert {key: one.ageing.open for key, one in found.items()} == {("K1", "NOK"): 10000, ("K1", "EUR"): 7000}


def test_a_payment_and_its_chargeback_are_in_the_balance_at_once(
    act: Act, creditor: Creditor, customer: Customer
) -> None:
    invoice = create_invoice(act, creditor, customer, "100.00")
    kept(act, creditor)
    payment = create_payment(act, creditor, "100.00", invoice=invoice)
    assert kept(act, creditor) == {}
    charge_back(act, creditor=creditor, payment=payment, number="CB1", amount_minor=3000, on=TODAY)
    assert kept(act, creditor)["K1", "NOK"].ageing.open == 3000


def test_money_of_nobody_is_in_nobodys_balance(act: Act, creditor: Creditor, customer: Customer) -> None:
    create_payment(act, creditor, "100.00", reference="who knows")
    assert kept(act, creditor) == {}


def test_an_invoice_dated_tomorrow_is_not_owed_today(act: Act, creditor: Creditor, customer: Customer) -> None:
    create_invoice(act, creditor, customer, "100.00", due=TODAY + timedelta(days=31))
    assert kept(act, creditor) == {}
    act.today = TODAY + timedelta(days=1)
    balances.rebuild(act.session, creditor.id, act.today)
    assert kept(act, creditor)["K1", "NOK"].ageing.open == 10000


def test_what_was_paid_for_an_invoice_dated_tomorrow_is_a_credit_today(
    act: Act, creditor: Creditor, customer: Customer
) -> None:
    invoice = create_invoice(act, creditor, customer, "100.00", due=TODAY + timedelta(days=31))
    create_payment(act, creditor, "100.00", invoice=invoice)
    balance = kept(act, creditor)["K1", "NOK"]
    assert balance.ageing == Ageing(credits=-10000)
    assert balances.at(act.session, creditor.id, TODAY) == [balance]


def test_figures_of_an_earlier_day_come_from_the_entries(act: Act, creditor: Creditor, customer: Customer) -> None:
    invoice = create_invoice(act, creditor, customer, "100.00", days_late=40)
    create_payment(act, creditor, "30.00", invoice=invoice, on=TODAY - timedelta(days=10))
    create_payment(act, creditor, "70.00", invoice=invoice, on=TODAY - timedelta(days=2))

    def ageing(days_ago: int) -> list[Ageing]:
        return [one.ageing for one in balances.at(act.session, creditor.id, TODAY - timedelta(days=days_ago))]

    assert ageing(80) == []
    assert ageing(45) == [Ageing(current=10000)]
    assert ageing(20) == [Ageing(days_1_30=10000)]
    assert ageing(5) == [Ageing(days_31_60=7000)]
    assert ageing(0) == []


def test_the_summary_serves_only_the_day_it_was_made_for(act: Act, creditor: Creditor, customer: Customer) -> None:
    create_invoice(act, creditor, customer, "100.00", days_late=30)
    balances.keep(act)
    assert balances.is_current(act.session, creditor.id, TODAY)
    assert not balances.is_current(act.session, creditor.id, TODAY - timedelta(days=1))
    [tomorrow] = balances.on_day(act.session, creditor.id, TODAY + timedelta(days=1))
    assert tomorrow.ageing == Ageing(days_31_60=10000)


def test_a_sound_summary_is_proven_and_a_wrong_one_found(act: Act, creditor: Creditor, customer: Customer) -> None:
    create_invoice(act, creditor, customer, "100.00")
    assert [one.kept_minor for one in balances.mismatches(act.session)] == [None]  # not written yet
    balances.keep(act)
    assert balances.mismatches(act.session) == []
    act.session.execute(update(CustomerBalance).values(days_1_30_minor=1))
    assert [(one.customer, one.currency) for one in balances.mismatches(act.session)] == [("K1", "NOK")]


def test_an_item_changed_behind_the_ledgers_back_is_found(act: Act, creditor: Creditor, customer: Customer) -> None:
    invoice = create_invoice(act, creditor, customer, "100.00")
    balances.keep(act)
    act.session.execute(update(OpenItem).where(OpenItem.id == invoice.id).values(due_date=TODAY))
    assert len(balances.mismatches(act.session)) == 1


def test_the_balance_is_committed_with_the_change(database_url: str) -> None:
    settings = replace(Settings.from_environment(), database_url=database_url, fixed_today=TODAY)
    with doing(settings, actor="clerk") as act:
        creditor = create_creditor(act)
        create_invoice(act, creditor, create_customer(act, creditor), "100.00")
    with doing(settings, actor="clerk") as act:
        [balance] = balances.kept(act.session, creditor.id)
        assert balance.ageing.open == to_minor("100.00", "NOK")
    engine_for(database_url).dispose()


def test_many_customers_are_written_in_as_few_statements_as_one(
    act: Act, creditor: Creditor, statements: Statements
) -> None:
    def counted(customers: int) -> int:
        for _ in range(customers):
            create_invoice(act, creditor, create_customer(act, creditor))
        act.session.flush()
        statements.clear()
        balances.keep(act)
        return len(statements)

    assert counted(1) == counted(40) <= 3
    statements.clear()
    balances.rebuild(act.session, creditor.id, TODAY)
    assert len(statements) <= 3
    assert len(balances.kept(act.session, creditor.id)) == 41
