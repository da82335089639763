"""The sub-ledger: what is owed, what pays it, and that it always adds up."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kulant.core.errors import Conflict, Refusal
from kulant.db import Act
from kulant.ledger import queries
from kulant.ledger.posting import Allocation, allocate
from kulant.ledger.rules import ageing, bucket
from kulant.ledger.service import (
    charge_back,
    disputed_minor,
    ensure_combined_reference,
    open_dispute,
    resolve_dispute,
)
from kulant.people.models import Creditor
from tests.support.factories import create_credit_note, create_customer, create_invoice, create_payment

TODAY = date(2026, 11, 23)


def test_a_payment_with_the_invoices_reference_pays_it(act: Act, creditor: Creditor) -> None:
    invoice = create_invoice(act, creditor, create_customer(act, creditor), "1000.00", payment_reference="2345676")
    payment = create_payment(act, creditor, "1000.00", reference="234 5676", on=TODAY)
    assert invoice.open_minor == payment.open_minor == 0
    assert invoice.settled_on == TODAY
    assert payment.customer_id == invoice.customer_id
    assert queries.imbalances(act.session) == []


def test_a_payment_that_names_the_invoice_number_pays_a_part(act: Act, creditor: Creditor) -> None:
    invoice = create_invoice(act, creditor, create_customer(act, creditor), "1000.00")
    create_payment(act, creditor, "400.00", invoice=invoice)
    assert invoice.open_minor == 60000
    assert invoice.settled_on is None


def test_reference_goes_before_invoice_number(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor)
    by_reference = create_invoice(act, creditor, customer, payment_reference="77")
    by_number = create_invoice(act, creditor, customer)
    create_payment(act, creditor, "1000.00", reference="77", invoice=by_number)
    assert (by_reference.open_minor, by_number.open_minor) == (0, 100000)


def test_a_payment_nobody_can_place_stays_unmatched_and_pays_nothing(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor)
    invoice = create_invoice(act, creditor, customer)
    payment = create_payment(act, creditor, "1000.00", reference="who knows")
    assert invoice.open_minor == 100000
    assert payment.customer_id is None
    assert payment.open_minor == -100000


def test_money_said_to_come_from_another_customer_is_not_moved_by_itself(act: Act, creditor: Creditor) -> None:
    invoice = create_invoice(act, creditor, create_customer(act, creditor))
    other = create_customer(act, creditor)
    payment = create_payment(act, creditor, "1000.00", invoice=invoice, customer=other)
    assert invoice.open_minor == 100000
    assert payment.open_minor == -100000


def test_what_is_paid_too_much_stays_as_the_customers_credit(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor)
    invoice = create_invoice(act, creditor, customer, "1000.00")
    payment = create_payment(act, creditor, "1250.00", invoice=invoice)
    assert payment.open_minor == -25000
    assert [item.id for item in queries.open_items(act.session, customer.id, today=TODAY)] == [payment.id]


def test_a_combined_reference_pays_the_oldest_debt_first(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor)
    newer = create_invoice(act, creditor, customer, "500.00", days_late=5)
    older = create_invoice(act, creditor, customer, "500.00", days_late=50)
    ensure_combined_reference(act, customer=customer, currency="NOK", reference="900900", items=[newer, older])
    create_payment(act, creditor, "700.00", reference="900900")
    assert (older.open_minor, newer.open_minor) == (0, 30000)


def test_a_chargeback_opens_the_invoice_again(act: Act, creditor: Creditor) -> None:
    invoice = create_invoice(act, creditor, create_customer(act, creditor), "1000.00")
    payment = create_payment(act, creditor, "1000.00", invoice=invoice)
    charge_back(act, creditor=creditor, payment=payment, number="CB1", amount_minor=100000, on=TODAY)
    assert invoice.open_minor == 100000
    assert invoice.settled_on is None
    assert payment.open_minor == 0
    assert queries.imbalances(act.session) == []
    assert [event.kind for event in act.events][-1] == "payment_charged_back"


def test_a_part_of_a_payment_can_be_charged_back_but_never_more_than_was_paid(act: Act, creditor: Creditor) -> None:
    invoice = create_invoice(act, creditor, create_customer(act, creditor), "1000.00")
    payment = create_payment(act, creditor, "1000.00", invoice=invoice)
    charge_back(act, creditor=creditor, payment=payment, number="CB1", amount_minor=30000, on=TODAY)
    assert invoice.open_minor == 30000
    with pytest.raises(Refusal, match="does not have that much left"):
        charge_back(act, creditor=creditor, payment=payment, number="CB2", amount_minor=70001, on=TODAY)
    charge_back(act, creditor=creditor, payment=payment, number="CB2", amount_minor=70000, on=TODAY)
    assert invoice.open_minor == 100000
    assert queries.imbalances(act.session) == []


def test_nothing_is_allocated_above_what_is_open_or_left(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor)
    invoice = create_invoice(act, creditor, customer, "1000.00")
    credit = create_credit_note(act, creditor, customer, "300.00")
    with pytest.raises(Refusal):
        allocate(act, [Allocation(credit, invoice, 30001, TODAY)])
    allocate(act, [Allocation(credit, invoice, 30000, TODAY)])
    assert (invoice.open_minor, credit.open_minor) == (70000, 0)


def test_a_dispute_takes_its_part_out_of_what_is_asked_until_it_is_resolved(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor)
    invoice = create_invoice(act, creditor, customer, "1000.00")
    dispute = open_dispute(act, item=invoice, amount_minor=40000, reason="two boxes missing")
    assert disputed_minor(dispute, invoice) == 40000
    with pytest.raises(Conflict):
        open_dispute(act, item=invoice, reason="again")
    resolve_dispute(act, dispute=dispute, outcome="credited")
    assert queries.open_disputes(act.session, [customer.id]) == {}
    assert [event.kind for event in act.events][-2:] == ["dispute_opened", "dispute_resolved"]


def test_items_issued_after_the_business_date_are_not_in_any_figure_yet(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor)
    create_invoice(act, creditor, customer, due=TODAY + timedelta(days=40))
    assert queries.open_items(act.session, customer.id, today=TODAY) == []


@pytest.mark.parametrize(
    ("late", "expected"),
    [(-5, "current"), (0, "current"), (1, "1-30"), (30, "1-30"), (31, "31-60"), (90, "61-90"), (91, "90+")],
)
def test_ageing_buckets_begin_the_day_after_the_due_date(late: int, expected: str) -> None:
    assert bucket(TODAY - timedelta(days=late), TODAY) == expected


def test_ageing_keeps_credits_apart() -> None:
    sums = ageing([(TODAY, 100), (TODAY - timedelta(days=45), 200), (None, -50)], TODAY)
    assert sums.buckets == (100, 0, 200, 0, 0)
    assert (sums.overdue, sums.credits, sums.open) == (200, -50, 250)
