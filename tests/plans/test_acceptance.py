"""What the house does when a plan is accepted, completed or broken."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from kulant.db import Act
from kulant.delivery.acceptance import accept_plan
from kulant.delivery.agreement import agreement_content
from kulant.delivery.models import Delivery
from kulant.delivery.plan_events import follow_plans
from kulant.ledger.models import Customer, OpenItem
from kulant.people.models import Creditor
from kulant.plans.models import Plan
from kulant.plans.service import make_offers
from kulant.relationship.models import Task
from kulant.treatment.models import Proposal
from tests.support.factories import create_charge, create_customer, create_invoice, create_payment


def a_proposal(act: Act, customer: Customer, currency: str, status: str) -> Proposal:
    proposal = Proposal(
        creditor_id=customer.creditor_id, customer_id=customer.id, currency=currency,
        on=act.today, treatment="reminder",
        document="reminder", channel="email", language="nb", step="reminder", firmness=1, demand_minor=1_000_000,
        reasons=[], options=[], break_evens=[], offers=[], facts={}, status=status, blocked=[], created_at=act.now,
    )  # fmt: skip
    act.session.add(proposal)
    act.session.flush()
    return proposal


def a_delivery(act: Act, proposal: Proposal, status: str) -> Delivery:
    delivery = Delivery(
        creditor_id=proposal.creditor_id, customer_id=proposal.customer_id, proposal_id=proposal.id,
        key=f"proposal:{proposal.id}", kind="reminder", channel="email", status=status, not_before=act.now,
        approved_on=act.today, created_at=act.now,
    )  # fmt: skip
    act.session.add(delivery)
    act.session.flush()
    return delivery


@pytest.fixture
def plan(act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]) -> Plan:
    return make_offers(act, creditor=creditor, customer=customer, currency="NOK")


def mail(act: Act, kind: str) -> list[Delivery]:
    return list(act.session.scalars(select(Delivery).where(Delivery.kind == kind)))


def tasks(act: Act, kind: str) -> list[Task]:
    return list(act.session.scalars(select(Task).where(Task.kind == kind)))


def test_accepting_stops_what_was_on_its_way_in_that_currency(act: Act, customer: Customer, plan: Plan) -> None:
    ours = a_proposal(act, customer, "NOK", "approved")
    waiting = a_delivery(act, ours, "approved")
    other_currency = a_proposal(act, customer, "EUR", "approved")
    accept_plan(act, plan=plan, offer=2, name="Test Testesen")
    assert (ours.status, waiting.status) == ("superseded", "cancelled")
    assert other_currency.status == "approved"


def test_accepting_confirms_by_mail_and_tells_the_clerk_once(act: Act, plan: Plan) -> None:
    accept_plan(act, plan=plan, offer=2, name="Test Testesen")
    accept_plan(act, plan=plan, offer=2, name="Test Testesen")
    [confirmation] = mail(act, "plan_accepted")
    assert confirmation.key == f"plan:{plan.id}:accepted"
    assert confirmation.recipient == "faktura@c1.example"
    assert confirmation.context["schedule"][0] == ["2026-12-01", 333_400]
    assert confirmation.context["language"] == "nb"
    assert len(tasks(act, "plan_accepted")) == 1


def test_a_customer_without_an_address_gets_no_mail_but_plan_and_agreement_all_the_same(
    act: Act, creditor: Creditor
) -> None:
    silent = create_customer(act, creditor, email=None)
    create_invoice(act, creditor, silent, "3000.00")
    plan = make_offers(act, creditor=creditor, customer=silent, currency="NOK")
    assert accept_plan(act, plan=plan, offer=1, name="Test Testesen").status == "accepted"
    [kept] = mail(act, "plan_accepted")
    assert (kept.channel, kept.recipient) == ("archive", None), "the agreement is drawn and kept in any case"


def test_the_agreement_says_that_earlier_charges_rest(
    act: Act, creditor: Creditor, plan: Plan, invoices: list[OpenItem]
) -> None:
    accept_plan(act, plan=plan, offer=2, name="Test Testesen")
    assert "Gebyrer" not in agreement_content(act.session, plan)["covers"]
    create_charge(act, creditor, invoices[0], "38.00")
    said = agreement_content(act.session, plan)["covers"]
    assert said.endswith("Gebyrer og renter fra tidligere brev er ikke med. Vi sletter dem når planen er fulgt.")


def test_a_completed_plan_is_thanked_once(act: Act, creditor: Creditor, plan: Plan) -> None:
    accept_plan(act, plan=plan, offer=2, name="Test Testesen")
    create_payment(act, creditor, "10000.00", reference=plan.reference)
    assert follow_plans(act, creditor).completed == (plan,)
    assert follow_plans(act, creditor).completed == ()
    assert [thanks.key for thanks in mail(act, "thank_you")] == [f"plan:{plan.id}:thank_you"]


def test_a_late_plan_becomes_a_call_once(act: Act, creditor: Creditor, plan: Plan) -> None:
    accept_plan(act, plan=plan, offer=2, name="Test Testesen")
    late = replace(act, today=date(2026, 12, 1) + timedelta(days=6))
    assert follow_plans(late, creditor).late == 1
    assert follow_plans(late, creditor).late == 0
    [call] = tasks(act, "plan_late")
    assert call.text.startswith("Call Kunde C1: payment 1 of 1 December 2026 was not made")
