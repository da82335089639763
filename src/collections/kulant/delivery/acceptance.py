"""What happens in the house when a customer accepts a payment plan, all in one transaction with the acceptance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from kulant import __version__
from kulant.core.words import amount_words
from kulant.db import Act
from kulant.delivery.agreement import accepted_key, agreement_content, keep_evidence, words_hash
from kulant.delivery.models import Delivery
from kulant.delivery.plan_mail import queue_plan_mail
from kulant.delivery.queries import WAITING
from kulant.ledger.models import Customer
from kulant.plans import queries
from kulant.plans import service as plans
from kulant.plans.models import Plan
from kulant.relationship.tasks import add_task
from kulant.treatment.clerk import withdraw
from kulant.treatment.models import Proposal
from kulant.treatment.queries import LIVE


def accept_plan(
    act: Act,
    *,
    plan: Plan,
    offer: int,
    name: str,
    evidence: Mapping[str, Any] | None = None,
    day_of_month: int | None = None,
) -> Plan:
    """Accepts an offer, stops every reminder about it, tells the clerk and confirms it to the customer by e-mail.

    Accepting the same offer again changes nothing.
    """
    queries.lock_account(act.session, plan.customer_id, plan.currency)
    act.session.refresh(plan, with_for_update=True)
    was = plan.status
    accepted = plans.accept_offer(act, plan=plan, offer=offer, name=name, evidence=evidence, day_of_month=day_of_month)
    if was != "offered":
        return accepted
    customer = act.session.get_one(Customer, plan.customer_id)
    stop_reminders(act, customer_id=customer.id, currency=plan.currency, reason=f"payment plan {plan.id} was accepted")
    content = agreement_content(act.session, plan)
    keep_evidence(act, plan, text_version=f"kulant {__version__}", words_sha256=words_hash(content))
    amount = amount_words(plan.claim_minor, plan.currency)
    add_task(
        act,
        creditor_id=plan.creditor_id,
        customer_id=customer.id,
        kind="plan_accepted",
        text=f"{customer.name} accepted payment plan {plan.id} ({amount}). For your information.",
        due=act.today + timedelta(days=1),
    )
    queue_plan_mail(act, plan=plan, customer=customer, kind="plan_accepted", key=accepted_key(plan))
    return accepted


def stop_reminders(act: Act, *, customer_id: int, currency: str, reason: str) -> None:
    """Supersedes the customer's live proposals in a currency and cancels what has not left for them yet."""
    live = act.session.scalars(
        select(Proposal)
        .where(Proposal.customer_id == customer_id, Proposal.currency == currency, Proposal.status.in_(LIVE))
        .with_for_update()
    ).all()
    for proposal in live:
        withdraw(act, proposal=proposal, reason=reason)
    unsent = act.session.scalars(
        select(Delivery)
        .where(Delivery.proposal_id.in_([proposal.id for proposal in live]), Delivery.status.in_(WAITING))
        .with_for_update()
    )
    for delivery in unsent:
        delivery.status = "cancelled"
