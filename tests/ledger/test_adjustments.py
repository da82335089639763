"""Write-offs, refunds, money moved: each posted, told and never edited away."""

from __future__ import annotations

from datetime import date

import pytest

from kulant.core.errors import Forbidden, Refusal
from kulant.db import Act
from kulant.ledger import queries
from kulant.ledger.adjustments import move, refund, take_back, write_off, write_off_small_balances
from kulant.ledger.service import open_dispute
from kulant.people.models import Creditor
from tests.support.factories import create_charge, create_customer, create_invoice, create_payment

TODAY = date(2026, 11, 23)


def balance(act: Act, customer_id: int) -> int:
    act.session.flush()
    return sum(item.open_minor for item in queries.open_items(act.session, customer_id, today=TODAY))


def told(act: Act) -> list[str]:
    return [event.kind for event in act.events if event.kind != "creditor_created"]


def test_a_small_rest_is_written_off_by_a_clerk_a_larger_one_by_a_manager(act: Act, creditor: Creditor) -> None:
    creditor.small_balance = {"NOK": 1000}
    customer = create_customer(act, creditor)
    small = create_invoice(act, creditor, customer, "10.00")
    large = create_invoice(act, creditor, customer, "10.01")
    write_off(act, creditor=creditor, items=[small], reason="not worth a letter", manager=False)
    with pytest.raises(Forbidden, match="ask a manager"):
        write_off(act, creditor=creditor, items=[large], reason="not worth a letter", manager=False)
    assert (small.open_minor, large.open_minor) == (0, 1001)
    [adjustment] = write_off(act, creditor=creditor, items=[large], reason="insolvent", manager=True)
    assert (large.open_minor, adjustment.kind, adjustment.reason) == (0, "write_off", "insolvent")
    assert told(act) == ["written_off", "written_off"]
    assert queries.imbalances(act.session) == []


def test_a_write_off_says_why_and_finds_something(act: Act, creditor: Creditor) -> None:
    owed = create_invoice(act, creditor, create_customer(act, creditor))
    with pytest.raises(Refusal, match="say why"):
        write_off(act, creditor=creditor, items=[owed], reason=" ", manager=True)
    write_off(act, creditor=creditor, items=[owed], reason="gone", manager=True)
    with pytest.raises(Refusal, match="nothing open"):
        write_off(act, creditor=creditor, items=[owed], reason="gone", manager=True)


def test_a_write_off_taken_back_is_owed_again_and_may_be_written_off_anew(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor)
    owed = create_invoice(act, creditor, customer)
    for _ in range(2):
        [adjustment] = write_off(act, creditor=creditor, items=[owed], reason="gone", manager=True)
        take_back(act, creditor=creditor, adjustment=adjustment, reason="they paid after all")
        assert owed.open_minor == balance(act, customer.id) == 100000
    with pytest.raises(Refusal, match="taken back already"):
        take_back(act, creditor=creditor, adjustment=adjustment, reason="again")
    assert queries.imbalances(act.session) == []


def test_the_daily_rule_writes_off_small_rests_and_nothing_else(act: Act, creditor: Creditor) -> None:
    creditor.small_balance = {"NOK": 5000, "EUR": 0}
    customer = create_customer(act, creditor)

    def paid_in_part(rest: str, **fields: int) -> int:
        item = create_invoice(act, creditor, customer, "1000.00", **fields)  # type: ignore[arg-type]
        create_payment(act, creditor, f"{1000 - float(rest):.2f}", invoice=item)
        return item.id

    small, exact = paid_in_part("3.00"), paid_in_part("50.00")
    large, not_due = paid_in_part("50.01"), paid_in_part("3.00", days_late=0)
    spared = paid_in_part("3.00")
    never_paid = create_invoice(act, creditor, customer, "20.00")
    disputed = create_invoice(act, creditor, customer, "1000.00")
    create_payment(act, creditor, "990.00", invoice=disputed)
    open_dispute(act, item=disputed, reason="one box missing")
    charged = create_invoice(act, creditor, customer, "1000.00")
    create_payment(act, creditor, "970.00", invoice=charged)
    create_charge(act, creditor, charged, "38.00")  # with its fee it is above the limit
    act.session.flush()
    written = write_off_small_balances(act, creditor, spared=[spared])
    assert {item.id for item in written} == {small, exact}
    left = {item.id for item in queries.open_items(act.session, customer.id, today=TODAY) if item.kind == "invoice"}
    assert left == {large, not_due, spared, never_paid.id, disputed.id, charged.id}
    assert write_off_small_balances(act, creditor, spared=[spared]) == []
    assert queries.imbalances(act.session) == []


def test_a_refund_is_paid_from_the_credit_and_never_more(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor)
    owed = create_invoice(act, creditor, customer)
    payment = create_payment(act, creditor, "1300.00", invoice=owed)
    with pytest.raises(Refusal, match=r"300\.00"):
        refund(act, creditor=creditor, customer=customer, currency="NOK", amount_minor=30001, reason="paid twice")
    paid_out = refund(act, creditor=creditor, customer=customer, currency="NOK", amount_minor=20000, reason="twice")
    assert (paid_out.kind, paid_out.open_minor, payment.open_minor) == ("refund", 0, -10000)
    refund(act, creditor=creditor, customer=customer, currency="NOK", amount_minor=10000, reason="the rest")
    assert balance(act, customer.id) == 0
    assert told(act) == ["refunded", "refunded"]


def test_money_moved_to_another_customer_can_be_read_on_both(act: Act, creditor: Creditor) -> None:
    giver, taker = create_customer(act, creditor), create_customer(act, creditor)
    payment = create_payment(act, creditor, "500.00", customer=giver)
    credit = move(act, creditor=creditor, payment=payment, to=taker, reason="sister company")
    assert (payment.open_minor, credit.open_minor) == (0, -50000)
    assert (balance(act, giver.id), balance(act, taker.id)) == (0, -50000)
    assert {event.customer_id for event in act.events if event.kind == "payment_moved"} == {giver.id, taker.id}
    back = move(act, creditor=creditor, payment=credit, to=giver, reason="no, it was theirs")
    assert (balance(act, giver.id), balance(act, taker.id)) == (-50000, 0)
    assert back.customer_id == giver.id
    assert queries.imbalances(act.session) == []


def test_money_that_is_used_or_theirs_already_is_not_moved(act: Act, creditor: Creditor) -> None:
    customer, other = create_customer(act, creditor), create_customer(act, creditor)
    owed = create_invoice(act, creditor, customer)
    payment = create_payment(act, creditor, "1000.00", invoice=owed)
    with pytest.raises(Refusal, match="no money left"):
        move(act, creditor=creditor, payment=payment, to=other, reason="x")
    credit = create_payment(act, creditor, "5.00", customer=customer)
    with pytest.raises(Refusal, match="already"):
        move(act, creditor=creditor, payment=credit, to=customer, reason="x")
