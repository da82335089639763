"""Money from before a plan that the bank takes back: owed beside the plan, told once, folded in when they agree."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy import select

from kulant.db import Act
from kulant.delivery.acceptance import accept_plan
from kulant.delivery.plan_events import follow_plans
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.queries import imbalances
from kulant.ledger.service import charge_back
from kulant.people.models import Creditor
from kulant.plans import queries, service
from kulant.plans.payments import reopened_minor
from kulant.plans.views import plan_json
from kulant.relationship.models import Task
from tests.support.factories import create_payment


def told(act: Act) -> list[str]:
    return [event.text for event in act.events if event.kind == "plan_reopened"]


def test_what_the_bank_takes_back_from_before_a_plan_is_a_task_once_and_can_be_folded_in(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    before = create_payment(act, creditor, "2000.00", invoice=invoices[0])
    offered = service.make_offers(act, creditor=creditor, customer=customer, currency="NOK")
    plan = accept_plan(act, plan=offered, offer=2, name="Test Testesen")  # 8,000: 2,667, 2,667, 2,666
    later = replace(act, today=date(2026, 12, 1))
    charge_back(later, creditor=creditor, payment=before, number="R1", amount_minor=200_000, on=later.today)
    for _ in range(2):
        follow_plans(later, creditor)
    task = act.session.scalars(select(Task).where(Task.kind == "plan_reopened")).one()
    assert task.text.startswith("Kunde C1 owes 2,000.00 NOK beside payment plan")
    assert "offer a plan for everything" in task.text
    assert len(told(act)) == 1
    assert [event.text for event in act.events if "2,000.00 NOK that had been paid before" in event.text]

    # What comes now pays the plan first, though the oldest invoice has taken it.
    create_payment(later, creditor, "2667.00", reference=plan.reference, on=later.today)
    follow_plans(later, creditor)
    assert [part.paid_minor for part in queries.instalments_of(act.session, plan.id)] == [266_700, 0, 0]
    assert reopened_minor(act.session, plan) == 200_000
    assert plan_json(act.session, plan)["beside"] == "2000.00"
    assert sum(item.open_minor for _, item in queries.items_of(act.session, plan.id)) == 533_300 + 200_000

    everything = service.offer_anew(later, plan=plan)
    assert everything.claim_minor == 733_300
    accept_plan(later, plan=everything, offer=2, name="Test Testesen")
    follow_plans(later, creditor)
    assert plan.status == "renegotiated"
    assert task.done_on is not None
    assert len(told(act)) == 1
    assert imbalances(act.session) == []


def test_a_kept_plan_is_complete_and_what_was_taken_back_from_before_it_is_asked_for_again(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    before = create_payment(act, creditor, "2000.00", invoice=invoices[0])
    offered = service.make_offers(act, creditor=creditor, customer=customer, currency="NOK")
    plan = accept_plan(act, plan=offered, offer=1, name="Test Testesen")
    charge_back(act, creditor=creditor, payment=before, number="R1", amount_minor=200_000, on=act.today)
    create_payment(act, creditor, "8000.00", reference=plan.reference, on=act.today)
    follow_plans(act, creditor)
    assert plan.status == "completed"
    assert queries.claim(act.session, customer.id, "NOK", act.today).total_minor == 200_000
    follow_plans(act, creditor)
    assert plan.status == "completed"
