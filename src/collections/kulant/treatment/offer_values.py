"""What each way of paying in parts is worth to the creditor, beside what it costs the customer.

expected value = (claim + what it costs the customer) · recovery / 1.1^(days/365) − cost − churn · value

with the recovery, the cost and the churn that the decision holds for a payment plan in this case. A plan longer than
the usual one recovers a little less; that, like the table itself, is a prior, not measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from kulant.core.money import decimal_string
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.plans.choices import average_days
from kulant.plans.rules import Offer
from kulant.treatment.priors import BASIS, UNIT, discounted, priced
from kulant.treatment.service import judge_customers

USUAL_AVERAGE_DAYS = 45  # of three monthly payments: what the table's days already hold
LONGER_BASIS = 100  # each month beyond the usual three takes a hundredth off the recovery: prior, not measured
USUAL_MONTHS = 3


@dataclass(frozen=True, slots=True)
class PlanPrior:
    """What is believed of a payment plan in a case."""

    recovery: int  # in hundredths of a percent
    days: int
    cost_minor: int
    goodwill_minor: int  # what the change in the chance of losing them costs (below zero: brings)


@dataclass(frozen=True, slots=True)
class OfferValue:
    """One way of paying, priced for both sides. Amounts in minor units."""

    offer: Offer
    recovery: int
    days: int
    expected_minor: int

    def as_json(self, currency: str) -> dict[str, object]:
        """As it is shown with the offer."""
        return {
            "extra_cost": decimal_string(self.offer.extra_minor, currency),
            "recovery": self.recovery / BASIS,
            "days": self.days,
            "expected_value": decimal_string(self.expected_minor, currency),
        }


def value_of(offer: Offer, claim_minor: int, prior: PlanPrior, today: date) -> OfferValue:
    """What an offer is worth by what is believed of plans in this case. Pure."""
    longer = max(0, offer.instalments - USUAL_MONTHS)
    recovery = max(0, prior.recovery - LONGER_BASIS * longer)
    days = max(1, average_days(offer, today) + prior.days - USUAL_AVERAGE_DAYS)
    gross = (claim_minor + offer.extra_minor) * discounted(recovery, days)
    return OfferValue(offer, recovery, days, (gross + UNIT // 2) // UNIT - prior.cost_minor - prior.goodwill_minor)


def plan_prior(session: Session, *, creditor: Creditor, customer: Customer, currency: str, today: date) -> PlanPrior:
    """What the decision believes of a payment plan for this customer today; the table's own where it weighs nothing."""
    judged = judge_customers(session, creditor=creditor, customer_ids=[customer.id], today=today)
    for judgement in judged:
        if judgement.decision is None or judgement.decision.currency != currency:
            continue
        for option in judgement.decision.options:
            if option.treatment == "payment_plan":
                return PlanPrior(option.recovery, option.days, option.cost, option.goodwill)
    usual = priced(currency, chronic=False, broken_promises=0)["payment_plan"]
    return PlanPrior(usual.recovery, usual.days, usual.cost_minor, 0)


def values_of(offers: Sequence[Offer], claim_minor: int, prior: PlanPrior, today: date) -> list[OfferValue]:
    """The same for each of several offers."""
    return [value_of(offer, claim_minor, prior, today) for offer in offers]
