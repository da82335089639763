"""What a payment plan without interest gives away, wherever the desk speaks of it."""

from __future__ import annotations

from kulant.relationship.keepability import Concession, financing_minor
from kulant.relationship.rulebook import RuleBook
from kulant.treatment.priors import PRIORS, in_currency

PLAN = PRIORS["payment_plan"]


def plan_concession(overdue_minor: int, currency: str, rules: RuleBook) -> Concession:
    """Staff time, and waiting for the money as long as a plan is believed to take."""
    return Concession(
        staff_minor=in_currency(PLAN.cost, currency),
        financing_minor=financing_minor(overdue_minor, PLAN.days, rules.financing_rate),
    )
