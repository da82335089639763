"""Charges rest while a plan is kept, whatever the order of payments, and are let go when everything has been paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kulant.db import Act
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.queries import imbalances
from kulant.people.models import Creditor
from kulant.plans import queries, service
from kulant.plans.late_plans import look_after
from kulant.plans.models import Plan
from tests.support.factories import create_charge, create_payment

FIRST, SECOND, LAST = date(2026, 12, 1), date(2027, 1, 4), date(2027, 2, 1)


def agree(act: Act, creditor: Creditor, customer: Customer) -> Plan:
    """The customer accepts three payments of 10,000 kroner in all."""
    plan = service.make_offers(act, creditor=creditor, customer=customer, currency="NOK")
    return service.accept_offer(act, plan=plan, offer=2, name="Test Testesen")


def pay(act: Act, creditor: Creditor, amount: str, day: date, reference: str) -> None:
    create_payment(act, creditor, amount, reference=reference, on=day)
    service.follow_payments(replace(act, today=day), creditor)


def paid(act: Act, plan: Plan) -> list[int]:
    return [part.paid_minor // 100 for part in queries.instalments_of(act.session, plan.id)]


@pytest.mark.parametrize("order", ["costs_first", "principal_first"])
def test_instalments_pay_the_plan_and_what_rests_is_let_go_when_it_is_kept(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem], order: str
) -> None:
    creditor.allocation_order = order
    fee = create_charge(act, creditor, invoices[0], "38.00")
    plan = agree(act, creditor, customer)
    pay(act, creditor, "3334.00", FIRST, plan.reference)
    assert (paid(act, plan), fee.open_minor) == ([3334, 0, 0], 3800)
    assert look_after(replace(act, today=date(2026, 12, 20)), creditor).late == 0
    pay(act, creditor, "3334.00", SECOND, "KID1001")  # by an invoice's own reference
    assert (paid(act, plan), fee.open_minor) == ([3334, 3334, 0], 3800)
    pay(act, creditor, "3332.00", LAST, plan.reference)
    assert (plan.status, [item.open_minor for item in (*invoices, fee)]) == ("completed", [0, 0, 0])
    assert [event.text for event in act.events if event.kind == "written_off"] == [
        f"38.00 NOK of {fee.number} written off: payment plan {plan.id} was kept."
    ]
    assert imbalances(act.session) == []


def test_what_is_more_than_the_plan_still_pays_the_charges(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    creditor.allocation_order = "costs_first"
    fee = create_charge(act, creditor, invoices[0], "38.00")
    plan = agree(act, creditor, customer)
    pay(act, creditor, "10038.00", FIRST, plan.reference)
    assert (plan.status, fee.open_minor) == ("completed", 0)
    assert [event for event in act.events if event.kind == "written_off"] == []
    assert imbalances(act.session) == []


def test_after_a_broken_plan_the_charges_stand_as_before(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    fee = create_charge(act, creditor, invoices[0], "38.00")
    plan = agree(act, creditor, customer)
    pay(act, creditor, "3334.00", FIRST, plan.reference)
    look_after(replace(act, today=date(2027, 1, 20)), creditor)
    assert service.break_plan(act, plan=plan, reason="no answer").status == "broken"
    assert fee.open_minor == 3800
