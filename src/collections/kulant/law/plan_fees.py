"""What a payment plan may cost the debtor at most: its fee and its interest, as the law of a day has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kulant.law.book import RATE_UNITS, Law
from kulant.law.model import Debtor, PlanFee


@dataclass(frozen=True, slots=True)
class PlanCost:
    """The most a plan agreed on a day may cost. No fee: no sum is known, so none may be taken."""

    rate_percent: Decimal  # late interest a year
    fee: Decimal | None  # in the country's currency
    fee_rule: PlanFee | None


def plan_cost(law: Law, debtor: Debtor, on: date) -> PlanCost:
    """The law's limits on the day; refused where the rate of the day is not known."""
    rule = fee_rule(law, debtor, on)
    if debtor in law.file.interest.not_owed_by:
        rate = Decimal(0)
    else:
        rate = Decimal(law.rate_on(debtor, on).units) / RATE_UNITS
    return PlanCost(rate, rule.most if rule else None, rule)


def fee_rule(law: Law, debtor: Debtor, on: date) -> PlanFee | None:
    """The newest rule about plans' fees that holds on the day for this kind of debtor."""
    rules = [row for row in law.file.plan_fees if row.since <= on and debtor in row.debtors]
    return max(rules, key=lambda row: row.since, default=None)
