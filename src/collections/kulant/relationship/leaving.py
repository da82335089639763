"""When a silent customer counts as lost, and since when. Pure; no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from kulant.core.calendar import add_months
from kulant.relationship.pattern import Parameters
from kulant.relationship.rulebook import RuleBook

# Why a customer left, as the exit call or the customer says. The words are those a report shows.
REASONS = {
    "closed": "Closed down, or died",
    "moved": "Moved away",
    "contacts": "Contacts elsewhere",
    "competitor": "A competitor",
    "product": "The product",
    "overlooked": "Felt overlooked",
    "price": "Price",
    "unknown": "Unknown",
}


@dataclass(frozen=True, slots=True)
class Silent:
    """A customer who may have left, as the ledger and the model know them."""

    customer_id: int
    currency: str
    grade: str
    purchases: int
    first: date
    last: date
    p_alive: float
    parameters: Parameters
    margin_minor: int = 0


def expected_gap(parameters: Parameters, purchases: int, first: date, last: date) -> timedelta:
    """The gap to expect after a customer's last purchase: their own rhythm, drawn towards everybody's while it is thin.

    The rate of purchases given x repeat purchases in tx days is Gamma(r + x, alpha + tx); the gap is one over its mean.
    """
    days = (parameters.alpha + (last - first).days) / (parameters.r + purchases - 1)
    return timedelta(days=max(1, round(days)))


def is_lost(one: Silent, rules: RuleBook, today: date) -> bool:
    """Whether the probability that they still buy has been below the threshold for as long as the rules ask."""
    then = add_months(today, -rules.lost_months)
    if one.last > then:
        return False
    from kulant.relationship.value import p_alive

    alive = p_alive(one.parameters, [one.purchases - 1], [(one.last - one.first).days], [(then - one.first).days])
    return float(alive[0]) < rules.lost_below


def grade_before(margin_12m_minor: int, least: Mapping[str, int], now: str) -> str:
    """The grade of a customer while they still bought.

    A silent customer is expected to buy nothing, so by the time they count as lost their grade is the lowest. What they
    had left in their last year is held against the least that customers of each grade are worth today.

    >>> grade_before(50_000, {"A": 40_000, "B": 9_000}, "D"), grade_before(100, {"A": 40_000}, "D")
    ('A', 'D')
    """
    return next((grade for grade in sorted(least) if margin_12m_minor >= least[grade]), now)


def noticed_after(parameters: Parameters, purchases: int, first: date, last: date, rules: RuleBook) -> timedelta:
    """How long after their last purchase a customer who never buys again is noticed to have left.

    The odds of having left are a/(b+x) · ((alpha+T)/(alpha+tx))^(r+x), solved for the age T at which they reach those
    of the threshold; then the months it must stay below.
    """
    repeats, span = purchases - 1, (last - first).days
    odds = (1 / rules.lost_below - 1) * (parameters.b + repeats) / parameters.a
    age = (parameters.alpha + span) * max(odds, 1.0) ** (1 / (parameters.r + repeats)) - parameters.alpha
    return timedelta(days=min(age - span, 36_500) + 30.4 * rules.lost_months)
