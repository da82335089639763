"""What offers to a customer rest on, read from the house: limits, law, grade, habit, earlier plans."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.core.money import to_minor
from kulant.law.book import law_of
from kulant.law.entries import entered
from kulant.law.model import Debtor
from kulant.law.plan_fees import PlanCost, plan_cost
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.plans import rules
from kulant.plans.choices import Ground, ways_to_pay
from kulant.plans.limits import PlanRules, plan_rules
from kulant.plans.models import Plan
from kulant.plans.prices import RATE_PARTS
from kulant.plans.rules import Cost, Offer
from kulant.relationship.models import Score


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a plan may cost, and why it costs nothing where the limits ask for more than the law is known to allow."""

    cost: Cost
    refused: str | None = None


def ground_of(
    session: Session, *, creditor: Creditor, customer: Customer, currency: str, claim_minor: int, today: date
) -> Ground:
    """What offers for this claim rest on today."""
    limits = plan_rules(session, creditor.id)
    business = customer.kind == "business"
    score = session.get(Score, customer.id)
    # What a consumer is worth decides nothing about them (GDPR art. 22); what is not known is not held against anybody.
    grade = score.grade if score and business else None
    broken = select(func.count()).select_from(Plan).where(Plan.customer_id == customer.id, Plan.status == "broken")
    return Ground(
        claim_minor=claim_minor,
        currency=currency,
        today=today,
        country=creditor.country,
        limits=limits,
        cost=allowed_cost(session, creditor, customer, limits, grade, currency, today).cost,
        grade=grade,
        on_time_rate=score.on_time_rate if score else None,
        paid_invoices=score.paid_invoices if score else 0,
        broken_plans=session.scalar(broken) or 0,
    )


def offers_for(
    session: Session, *, creditor: Creditor, customer: Customer, currency: str, claim_minor: int, today: date
) -> list[Offer]:
    """The ways this customer may pay a claim, as they would be offered today."""
    return ways_to_pay(
        ground_of(
            session, creditor=creditor, customer=customer, currency=currency, claim_minor=claim_minor, today=today
        )
    )


def allowed_cost(
    session: Session,
    creditor: Creditor,
    customer: Customer,
    limits: PlanRules,
    grade: str | None,
    currency: str,
    today: date,
) -> Allowed:
    """What a plan costs by the creditor's limits, never more than the law of the day allows.

    What the law does not name is not taken: the plan is then free, and ``refused`` says why.
    """
    spared = bool(limits.interest_free_grades) and (grade is None or grade in limits.interest_free_grades)
    interest = "none" if spared else limits.interest
    if interest == "none" and limits.fee == "none":
        return Allowed(rules.FREE)
    debtor: Debtor = "business" if customer.kind == "business" else "consumer"
    try:
        law = law_of(creditor.country, today, entered(session))
        most = plan_cost(law, debtor, today)
    except Refusal as refusal:
        return Allowed(rules.FREE, f"No interest and no fee: {refusal.sentence}.")
    fee = _fee(limits, most, currency) if currency == law.file.currency else 0
    refused = None if fee or limits.fee == "none" else "No fee: the law names no sum that such a plan may cost."
    return Allowed(Cost(_rate(interest, most), fee), refused)


def _rate(interest: str | Decimal, most: PlanCost) -> int:
    if interest == "none":
        return 0
    wanted = most.rate_percent if isinstance(interest, str) else min(interest, most.rate_percent)
    return int(wanted * RATE_PARTS / 100)


def _fee(limits: PlanRules, most: PlanCost, currency: str) -> int:
    if limits.fee == "none" or not most.fee:
        return 0
    return to_minor(most.fee if isinstance(limits.fee, str) else min(limits.fee, most.fee), currency)
