"""Payment files into the ledger."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from kulant.db import Act
from kulant.intake.payment_import import PaymentImport
from kulant.intake.records import PaymentRecord
from kulant.intake.result import ImportResult
from kulant.ledger import queries
from kulant.ledger.models import Entry, KnownPayer, OpenItem, PaymentDetail
from kulant.people.models import Creditor
from tests.conftest import Statements
from tests.intake.files import counts, round_trips, take
from tests.support.factories import create_customer, create_invoice

HEAD = "payment_id,date,amount,currency,customer_id,invoice_number,reference,reverses\n"


@pytest.fixture
def invoice(act: Act, creditor: Creditor) -> OpenItem:
    """An invoice of 1,000 kroner with a payment reference."""
    customer = create_customer(act, creditor, "K1")
    return create_invoice(act, creditor, customer, "1000.00", number="1001", payment_reference="10017")


def matching(result: dict[str, object]) -> tuple[object, object]:
    """Matched and unmatched."""
    return result["matched"], result["unmatched"]


def payment(act: Act, number: str) -> OpenItem:
    """The payment of that number."""
    act.session.flush()
    return act.session.scalars(select(OpenItem).where(OpenItem.number == number, OpenItem.series == "payment")).one()


def test_payments_match_by_reference_then_number_else_wait(act: Act, creditor: Creditor, invoice: OpenItem) -> None:
    text = (
        f"{HEAD}P1,2026-11-01,300,NOK,,,10017,\n"
        "P2,2026-11-02,200,NOK,,1001,,\n"
        "P3,2026-11-03,50,NOK,K1,,,\n"
        "P4,2026-11-03,60,NOK,nobody,,gift,\n"
    )
    result = take(act, creditor, text)
    assert (counts(result), matching(result)) == ((4, 0, 0, 0), (2, 2))
    assert invoice.open_minor == 50000
    assert payment(act, "P1").customer_id == invoice.customer_id
    assert payment(act, "P3").customer_id == invoice.customer_id
    assert payment(act, "P3").open_minor == -5000
    assert payment(act, "P4").customer_id is None
    again = take(act, creditor, text)
    assert (counts(again), matching(again)) == ((0, 0, 4, 0), (0, 0))
    assert not queries.imbalances(act.session)


def test_what_is_over_stays_as_credit(act: Act, creditor: Creditor, invoice: OpenItem) -> None:
    take(act, creditor, f"{HEAD}P1,2026-11-01,1200,NOK,,,10017,\n")
    assert (invoice.open_minor, invoice.settled_on) == (0, date(2026, 11, 1))
    assert payment(act, "P1").open_minor == -20000


def test_a_payment_that_says_otherwise_than_before_is_rejected(act: Act, creditor: Creditor, invoice: OpenItem) -> None:
    text = f"{HEAD}P1,2026-11-01,300,NOK,,,10017,\n"
    take(act, creditor, text)
    for changed in (text.replace("300", "400"), text.replace("NOK", "SEK"), text.replace("11-01", "11-02")):
        result = take(act, creditor, changed)
        assert (counts(result), result["rejected"][0]["field"]) == ((0, 0, 0, 1), "payment_id")
    assert invoice.open_minor == 70000


def test_a_chargeback_opens_the_invoice_again_wherever_it_stands(
    act: Act, creditor: Creditor, invoice: OpenItem
) -> None:
    text = f"{HEAD}B1,2026-11-05,-1000,NOK,,,,P1\nP1,2026-11-01,1000,NOK,,,10017,\n"
    result = take(act, creditor, text)
    assert counts(result) == (2, 0, 0, 0)
    assert (invoice.open_minor, invoice.settled_on) == (100000, None)
    assert "payment_charged_back" in [event.kind for event in act.events]
    assert counts(take(act, creditor, text)) == (0, 0, 2, 0)
    assert invoice.open_minor == 100000


def test_a_payment_is_taken_back_only_once_and_only_when_known(act: Act, creditor: Creditor, invoice: OpenItem) -> None:
    take(act, creditor, f"{HEAD}P1,2026-11-01,1000,NOK,,,10017,\nB1,2026-11-05,-1000,NOK,,,,P1\n")
    text = (
        f"{HEAD}B2,2026-11-06,-1000,NOK,,,,P1\n"
        "B3,2026-11-06,-10,NOK,,,,P99\n"
        "B4,2026-11-06,-10,SEK,,,,P1\n"
        "B5,2026-11-06,10,NOK,,,,P1\n"
        "B6,2026-11-06,-10,NOK,,,,B1\n"
    )
    result = take(act, creditor, text)
    assert [(one["row"], one["field"]) for one in result["rejected"]] == [
        (2, "reverses"),
        (3, "reverses"),
        (4, "currency"),
        (5, "reverses"),
        (6, "reverses"),
    ]
    assert counts(result) == (0, 0, 0, 5)
    assert invoice.open_minor == 100000


def test_a_part_charged_back_leaves_the_rest_paid(act: Act, creditor: Creditor, invoice: OpenItem) -> None:
    take(act, creditor, f"{HEAD}P1,2026-11-01,1000,NOK,,,10017,\nB1,2026-11-05,-400,NOK,,,,P1\n")
    assert invoice.open_minor == 40000
    assert not queries.imbalances(act.session)


def test_a_refund_uses_up_what_the_customer_had_too_much(act: Act, creditor: Creditor, invoice: OpenItem) -> None:
    take(act, creditor, f"{HEAD}P1,2026-11-01,1300,NOK,K1,,10017,\n")
    result = take(act, creditor, f"{HEAD}R1,2026-11-08,-300,NOK,K1,,,\nR2,2026-11-08,-5,NOK,,,,\n")
    assert matching(result) == (1, 1)
    assert payment(act, "P1").open_minor == 0
    assert payment(act, "R1").open_minor == 0
    assert invoice.open_minor == 0


def test_rows_that_cannot_be_payments_are_rejected(act: Act, creditor: Creditor) -> None:
    text = (
        f"{HEAD}P1,2026-11-24,10,NOK,,,,\n"
        "P2,2026-11-01,0,NOK,,,,\n"
        "opening:1,2026-11-01,10,NOK,,,,\n"
        ",2026-11-01,10,NOK,,,,\n"
        "P5,,10,NOK,,,,\n"
        "P6,2026-11-01,10,,,,,\n"
    )
    result = take(act, creditor, text)
    assert [one["field"] for one in result["rejected"]] == [
        "date",
        "amount",
        "payment_id",
        "payment_id",
        "date",
        "currency",
    ]
    assert act.session.scalar(select(func.count()).select_from(Entry)) == 0


def test_statements_do_not_grow_with_the_rows(act: Act, creditor: Creditor, statements: Statements) -> None:
    customer = create_customer(act, creditor, "K1")
    for number in range(60):
        create_invoice(act, creditor, customer, "10.00", number=f"N{number}")
    sent = []
    for first, count in ((0, 10), (10, 50)):
        rows = "".join(f"P{n},2026-11-01,10,NOK,,N{n},,\n" for n in range(first, first + count))
        statements.clear()
        assert take(act, creditor, HEAD + rows)["matched"] == count
        sent.append(round_trips(statements))
    assert sent[1] <= sent[0] + 3


def test_one_payment_a_thousand_times_in_a_file_is_one(act: Act, creditor: Creditor) -> None:
    rows = "P1,2026-11-01,10.00,NOK,,,,\n" * 1500
    assert counts(take(act, creditor, HEAD + rows)) == (1, 0, 1499, 0)


def test_what_the_bank_tells_is_kept_and_matched_by(act: Act, creditor: Creditor, invoice: OpenItem) -> None:
    record = PaymentRecord(
        row=1,
        number="C1",
        on=date(2026, 11, 1),
        amount_minor=100000,
        currency="NOK",
        payer_name="Anna Eier",
        payer_account="15034012343",
        message="faktura 1001",
        bank_reference="x" * 200,
        account="12345678903",
    )
    for matched in (1, 0):
        result = ImportResult("camt053", "bank.xml")
        taking = PaymentImport(act, creditor, result)
        taking.take([record])
        taking.finish()
        assert (result.matched, result.unmatched, result.unchanged) == (matched, 0, 1 - matched)
    detail = act.session.scalars(select(PaymentDetail)).one()
    assert (detail.payer_name, detail.payer_account, detail.message) == ("Anna Eier", "15034012343", "faktura 1001")
    assert (detail.account, len(detail.bank_reference or "")) == ("12345678903", 140)
    assert invoice.open_minor == 0
    known = act.session.scalars(select(KnownPayer)).one()
    assert (known.key, known.customer_id) == ("account:15034012343", invoice.customer_id)
