"""Payments find what they pay, and only where it can mean one thing alone."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count

import pytest

from kulant.core.money import to_minor
from kulant.db import Act
from kulant.ledger import queries
from kulant.ledger.allocation import allocation_order
from kulant.ledger.matching import match_payments, match_waiting
from kulant.ledger.matching_queries import count_waiting, waiting_payments
from kulant.ledger.models import Customer, OpenItem, PaymentDetail
from kulant.ledger.posting import NewItem, post_items
from kulant.ledger.service import ensure_combined_reference
from kulant.people.models import Creditor
from tests.conftest import Statements
from tests.intake.files import round_trips
from tests.support.factories import (
    create_bank_payment,
    create_charge,
    create_customer,
    create_invoice,
    create_payment,
)

TODAY = date(2026, 11, 23)
ACCOUNT = "15034012343"
_numbers = count(1)


@pytest.fixture
def bakery(act: Act, creditor: Creditor) -> Customer:
    """A customer with one open invoice of 1,000.00."""
    customer = create_customer(act, creditor, "K1", name="Fjordbakeriet AS")
    create_invoice(act, creditor, customer, "1000.00", number="1001", payment_reference="602243")
    return customer


@pytest.fixture
def builder(act: Act, creditor: Creditor) -> Customer:
    """Another customer with one open invoice of 700.00."""
    customer = create_customer(act, creditor, "K2", name="Brattli Bygg AS")
    create_invoice(act, creditor, customer, "700.00", number="2001")
    return customer


def invoice(act: Act, number: str) -> OpenItem:
    act.session.flush()
    return queries.documents_by_number(act.session, 1, [number])[number]


def left(act: Act, creditor: Creditor, *numbers: str) -> list[int]:
    found = queries.documents_by_number(act.session, creditor.id, numbers)
    return [found[number].open_minor for number in numbers]


def found_by(act: Act, payment: OpenItem) -> str | None:
    detail = act.session.get(PaymentDetail, payment.id)
    return detail.found_by if detail else None


# By reference


def test_a_reference_goes_before_everything_else(
    act: Act, creditor: Creditor, bakery: Customer, builder: Customer
) -> None:
    payment = create_bank_payment(act, creditor, "700.00", reference="60224 3", payer_name="Brattli Bygg AS")
    assert left(act, creditor, "1001", "2001") == [30000, 70000]
    assert (payment.customer_id, found_by(act, payment)) == (bakery.id, "reference")


def test_a_reference_of_one_customer_and_the_invoice_of_another_wait_for_a_clerk(
    act: Act, creditor: Creditor, bakery: Customer, builder: Customer
) -> None:
    payment = create_bank_payment(act, creditor, "700.00", reference="602243", message="faktura 2001")
    assert (payment.open_minor, payment.customer_id) == (-70000, None)


@pytest.mark.parametrize("written", ["RF34 1234 561", "RF341234561", "1234561", "12 34561", "00000001234561"])
def test_a_finnish_reference_is_known_however_it_is_wrapped(act: Act, creditor: Creditor, written: str) -> None:
    creditor.country = "FI"
    customer = create_customer(act, creditor)
    owed = create_invoice(act, creditor, customer, "100.00", payment_reference="1234561")
    wrapped = create_invoice(act, creditor, customer, "50.00", payment_reference="RF34 1234 561")
    create_bank_payment(act, creditor, "150.00", reference=written)
    assert owed.open_minor + wrapped.open_minor in (0, 10000, 5000)
    assert min(owed.open_minor, wrapped.open_minor) == 0


def test_a_danish_slip_may_lose_its_zeros(act: Act, creditor: Creditor) -> None:
    creditor.country = "DK"
    owed = create_invoice(act, creditor, create_customer(act, creditor), payment_reference="000000000000018")
    create_bank_payment(act, creditor, "1000.00", reference="18")
    assert owed.open_minor == 0


def test_a_reference_of_two_customers_pays_nobody(act: Act, creditor: Creditor, bakery: Customer) -> None:
    create_invoice(act, creditor, create_customer(act, creditor), "1000.00", number="9", payment_reference="602243")
    payment = create_bank_payment(act, creditor, "1000.00", reference="602243")
    assert payment.open_minor == -100000
    assert payment.customer_id is None


def test_money_for_an_invoice_paid_already_stays_as_the_customers_credit(
    act: Act, creditor: Creditor, bakery: Customer
) -> None:
    create_payment(act, creditor, "1000.00", reference="602243")
    again = create_payment(act, creditor, "1000.00", reference="602243")
    assert (again.open_minor, again.customer_id) == (-100000, bakery.id)
    assert list(waiting_payments(act.session, creditor.id)) == [again]


def test_an_old_reference_and_the_number_of_a_new_invoice_pay_the_new_one(
    act: Act, creditor: Creditor, bakery: Customer
) -> None:
    create_payment(act, creditor, "1000.00", reference="602243")
    newer = create_invoice(act, creditor, bakery, "400.00", number="1055")
    create_bank_payment(act, creditor, "400.00", reference="602243", message="faktura 1055")
    assert newer.open_minor == 0


# By number


@pytest.mark.parametrize(
    "message",
    ["faktura 1001", "Fakturanr.: 001001", "betaling for faktura nr 1001 av 12.11.2026", "INV-1001", "1001",
     "takk, 1001!"],
)  # fmt: skip
def test_the_number_in_the_text_pays_the_invoice(act: Act, creditor: Creditor, bakery: Customer, message: str) -> None:
    payment = create_bank_payment(act, creditor, "1000.00", message=message)
    assert left(act, creditor, "1001") == [0]
    assert found_by(act, payment) == "number"


@pytest.mark.parametrize("message", ["10012", "X1001", "12.10.2001", "kr 1001", "konto 1001", "2001-10-01"])
def test_a_number_that_is_something_else_pays_nothing(
    act: Act, creditor: Creditor, bakery: Customer, message: str
) -> None:
    payment = create_bank_payment(act, creditor, "333.00", message=message)
    assert (payment.customer_id, payment.open_minor) == (None, -33300)


def test_a_bare_number_with_another_amount_needs_the_payer_to_agree(
    act: Act, creditor: Creditor, bakery: Customer
) -> None:
    stranger = create_bank_payment(act, creditor, "400.00", message="1001")
    assert stranger.open_minor == -40000
    create_bank_payment(act, creditor, "400.00", message="1001", payer_name="FJORDBAKERIET  AS")
    assert left(act, creditor, "1001") == [60000]


def test_one_payment_for_several_invoices_it_names(act: Act, creditor: Creditor, bakery: Customer) -> None:
    create_invoice(act, creditor, bakery, "500.00", number="1002")
    create_invoice(act, creditor, bakery, "250.00", number="1003")
    create_bank_payment(act, creditor, "1500.00", message="fakturaer 1001 og 1002")
    assert left(act, creditor, "1001", "1002", "1003") == [0, 0, 25000]


def test_numbers_of_two_customers_are_left_to_the_clerk(
    act: Act, creditor: Creditor, bakery: Customer, builder: Customer
) -> None:
    payment = create_bank_payment(act, creditor, "1700.00", message="faktura 1001, 2001")
    assert payment.open_minor == -170000


def test_many_payments_for_one_invoice(act: Act, creditor: Creditor, bakery: Customer) -> None:
    for amount in ("300.00", "300.00", "400.00"):
        create_payment(act, creditor, amount, reference="602243")
    assert left(act, creditor, "1001") == [0]


def test_a_leading_zero_left_out_is_no_matter(act: Act, creditor: Creditor) -> None:
    owed = create_invoice(act, creditor, create_customer(act, creditor), number="0004711")
    create_bank_payment(act, creditor, "1000.00", message="faktura 4711")
    assert owed.open_minor == 0


# By amount and payer


def test_an_amount_only_one_invoice_of_the_payer_has_pays_it(act: Act, creditor: Creditor, bakery: Customer) -> None:
    create_invoice(act, creditor, bakery, "640.00", number="1002")
    payment = create_bank_payment(act, creditor, "640.00", payer_name="Fjordbakeriet as")
    assert left(act, creditor, "1001", "1002") == [100000, 0]
    assert found_by(act, payment) == "amount"


def test_two_invoices_of_that_amount_are_left_to_the_clerk(act: Act, creditor: Creditor, bakery: Customer) -> None:
    create_invoice(act, creditor, bakery, "1000.00", number="1002")
    payment = create_payment(act, creditor, "1000.00", customer=bakery)
    assert payment.open_minor == -100000


def test_an_amount_alone_says_nothing_of_an_unknown_payer(act: Act, creditor: Creditor, bakery: Customer) -> None:
    payment = create_bank_payment(act, creditor, "1000.00", payer_name="Somebody else")
    assert payment.customer_id is None


def test_two_customers_of_one_name_are_not_told_apart_by_it(act: Act, creditor: Creditor, bakery: Customer) -> None:
    create_customer(act, creditor, name="Fjordbakeriet AS")
    payment = create_bank_payment(act, creditor, "1000.00", payer_name="Fjordbakeriet AS")
    assert payment.customer_id is None


def test_who_paid_by_reference_is_known_by_the_account_next_time(
    act: Act, creditor: Creditor, bakery: Customer
) -> None:
    create_bank_payment(act, creditor, "1000.00", reference="602243", payer_account="1503 40 12343")
    newer = create_invoice(act, creditor, bakery, "80.00", number="1050")
    create_bank_payment(act, creditor, "80.00", payer_account=ACCOUNT, payer_name="Anna Eier")
    assert newer.open_minor == 0
    unplaced = create_bank_payment(act, creditor, "12.00", payer_account=ACCOUNT)
    assert (unplaced.customer_id, unplaced.open_minor) == (bakery.id, -1200)
    assert found_by(act, unplaced) == "payer"


def test_an_account_that_pays_for_two_customers_says_nothing_by_itself(
    act: Act, creditor: Creditor, bakery: Customer, builder: Customer
) -> None:
    create_bank_payment(act, creditor, "500.00", reference="602243", payer_account=ACCOUNT)
    create_bank_payment(act, creditor, "200.00", message="faktura 2001", payer_account=ACCOUNT)
    unplaced = create_bank_payment(act, creditor, "12.00", payer_account=ACCOUNT)
    assert unplaced.customer_id is None
    create_bank_payment(act, creditor, "500.00", payer_account=ACCOUNT)  # either may be meant
    assert left(act, creditor, "1001", "2001") == [50000, 50000]


def test_a_known_payer_who_names_anothers_invoice_is_left_to_the_clerk(
    act: Act, creditor: Creditor, bakery: Customer, builder: Customer
) -> None:
    create_bank_payment(act, creditor, "300.00", reference="602243", payer_account=ACCOUNT)
    payment = create_bank_payment(act, creditor, "700.00", message="for 2001", payer_account=ACCOUNT, customer=bakery)
    assert payment.open_minor == -70000


def test_an_invoice_that_comes_after_its_payment_is_paid_when_looked_at_again(
    act: Act, creditor: Creditor, builder: Customer
) -> None:
    payment = create_bank_payment(act, creditor, "90.00", message="faktura 2002")
    late = create_invoice(act, creditor, builder, "90.00", number="2002")
    assert match_waiting(act, creditor=creditor) == {payment.id}
    assert late.open_minor == 0
    assert match_waiting(act, creditor=creditor) == set()


# How it falls


def test_what_is_short_by_a_bank_fee_is_deducted_and_said(act: Act, creditor: Creditor, bakery: Customer) -> None:
    creditor.bank_fee_tolerance = {"NOK": 5000}
    payment = create_payment(act, creditor, "950.00", reference="602243")
    owed = invoice(act, "1001")
    assert (owed.open_minor, payment.open_minor) == (0, 0)
    [told] = [event for event in act.events if event.kind == "deduction_made"]
    assert told.customer_id == bakery.id and "50.00 NOK" in told.text
    assert queries.imbalances(act.session) == []


@pytest.mark.parametrize(("amount", "rest"), [("949.99", 5001), ("500.00", 50000)])
def test_what_is_short_by_more_stays_owed(
    act: Act, creditor: Creditor, bakery: Customer, amount: str, rest: int
) -> None:
    creditor.bank_fee_tolerance = {"NOK": 5000, "EUR": 99999}
    create_payment(act, creditor, amount, reference="602243")
    assert left(act, creditor, "1001") == [rest]


def test_who_pays_the_invoice_and_not_the_fee_still_owes_the_fee(
    act: Act, creditor: Creditor, bakery: Customer
) -> None:
    creditor.bank_fee_tolerance = {"NOK": 5000}
    fee = create_charge(act, creditor, invoice(act, "1001"), "38.00")
    create_payment(act, creditor, "1000.00", reference="602243")
    assert (left(act, creditor, "1001"), fee.open_minor) == ([0], 3800)


@pytest.mark.parametrize(
    ("country", "chosen", "principal", "charged"),
    [("NO", None, 0, 8800), ("NO", "costs_first", 8800, 0), ("SE", None, 8800, 0), ("SE", "principal_first", 0, 8800)],
)
def test_a_part_payment_falls_as_the_law_or_the_creditor_orders(
    act: Act, creditor: Creditor, bakery: Customer, country: str, chosen: str | None, principal: int, charged: int
) -> None:
    creditor.country, creditor.allocation_order = country, chosen
    owed = invoice(act, "1001")
    charges = [
        create_charge(act, creditor, owed, "38.00"),
        create_charge(act, creditor, owed, "50.00", kind="interest"),
    ]
    create_payment(act, creditor, "1000.00", reference="602243")
    assert owed.open_minor == principal
    assert sum(charge.open_minor for charge in charges) == charged
    assert allocation_order(creditor).because
    create_payment(act, creditor, "88.00", reference="602243")
    assert owed.open_minor == sum(charge.open_minor for charge in charges) == 0


def test_the_exact_sum_with_its_fee_tells_the_invoice_too(act: Act, creditor: Creditor, bakery: Customer) -> None:
    fee = create_charge(act, creditor, invoice(act, "1001"), "38.00")
    create_payment(act, creditor, "1038.00", customer=bakery)
    assert left(act, creditor, "1001") == [0]
    assert fee.open_minor == 0


def test_a_letters_reference_pays_fees_and_invoices_together(act: Act, creditor: Creditor, bakery: Customer) -> None:
    owed = invoice(act, "1001")
    fee = create_charge(act, creditor, owed, "38.00")
    ensure_combined_reference(act, customer=bakery, currency="NOK", reference="900900", items=[owed, fee])
    create_payment(act, creditor, "1038.00", reference="900900")
    assert owed.open_minor == fee.open_minor == 0


def test_statements_do_not_grow_with_the_payments(act: Act, creditor: Creditor, statements: Statements) -> None:
    creditor.bank_fee_tolerance = {"NOK": 500}
    sent = []
    for many in (10, 60):
        payments = []
        for n in range(many):
            customer = create_customer(act, creditor)
            reference = f"7{many}{n:05}"
            create_invoice(act, creditor, customer, "100.00", payment_reference=reference)
            create_invoice(act, creditor, customer, f"{200 + n}.00")
            payments.append(_unmatched(act, creditor, "95.00", reference=reference))
            payments.append(_unmatched(act, creditor, f"{200 + n}.00", customer=customer))
        act.session.flush()
        statements.clear()
        assert len(match_payments(act, creditor=creditor, payments=payments)) == 2 * many
        sent.append(round_trips(statements))
    assert sent[1] <= sent[0] + 4, sent


def _unmatched(
    act: Act, creditor: Creditor, amount: str, *, reference: str | None = None, customer: Customer | None = None
) -> OpenItem:
    new = NewItem(
        kind="payment",
        number=f"U{next(_numbers)}",
        currency="NOK",
        amount_minor=-to_minor(amount, "NOK"),
        customer_id=customer.id if customer else None,
        issue_date=TODAY - timedelta(days=1),
        payment_reference=reference,
    )
    return post_items(act, creditor=creditor, items=[new])[0]


def test_the_badge_counts_what_waits(act: Act, creditor: Creditor, bakery: Customer) -> None:
    create_bank_payment(act, creditor, "5.00", message="hello")
    create_payment(act, creditor, "1200.00", reference="602243")
    assert act.session.scalar(count_waiting(creditor.id)) == 1


def test_many_payments_at_once_are_posted_and_matched_like_few(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor)
    left_open = []
    for run, many in (("few", 3), ("many", 250)):
        invoices = [
            create_invoice(act, creditor, customer, "10.00", number=f"{run}{n}", payment_reference=f"{run}-{n}")
            for n in range(many)
        ]
        news = [
            NewItem("payment", f"P-{run}{n}", "NOK", -900, issue_date=TODAY, payment_reference=f"{run}-{n}")
            for n in range(many)
        ]
        posted = post_items(act, creditor=creditor, items=news)
        assert len(match_payments(act, creditor=creditor, payments=posted)) == many
        act.session.flush()
        act.session.expire_all()
        left_open.append({(one.open_minor, two.open_minor) for one, two in zip(posted, invoices, strict=True)})
        assert {one.customer_id for one in posted} == {customer.id}
    assert left_open == [{(0, 100)}, {(0, 100)}]
    assert queries.imbalances(act.session) == []
