"""A creditor's buying pattern: what the model of purchases is made of, apart from the mathematics.

Every transaction knows of losses and what they were found by; few need the arrays that ``value`` reckons with.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parameters:
    """The creditor's buying pattern: purchase rates are Gamma(r, alpha) per day, leaving is Beta(a, b) per purchase."""

    r: float
    alpha: float
    a: float
    b: float
    fitted: bool
    customers: int
    reason: str  # where the parameters come from, in words


def stored_parameters(customers: int, reason: str) -> Parameters:
    """Used until the creditor's own customers can tell: 11 purchases a year, one in seven leaves after each."""
    return Parameters(r=1.2, alpha=40.0, a=1.5, b=9.0, fitted=False, customers=customers, reason=reason)
