"""What paying in parts costs: payments that pay off a claim with its interest, exactly. Pure, in whole minor units.

Each period bears simple interest on what is left of the claim: balance · rate · days / 365, rounded to the minor unit.
With ``i_k`` the interest of period k for one unit of money and ``w_k`` the weight of its payment, the payment of weight
one is the annuity

    A = P · Π(1 + i_k) / Σ_k w_k · Π_{j>k}(1 + i_j)        equal periods and weights: A = P·i / (1 − (1 + i)^−n)

rounded up to the whole unit of the currency. The last payment is what is left, so that everything adds up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from math import ceil

from kulant.core.errors import Refusal
from kulant.core.money import minor_digits

YEAR_DAYS = 365
RATE_PARTS = 10_000  # a rate is kept in hundredths of a percent a year

SHAPES = ("equal", "graded", "seasonal")
QUIET_WEIGHT = Fraction(1, 2)  # a payment in a month without much business is half of one in another


@dataclass(frozen=True, slots=True)
class Parts:
    """A claim divided into payments."""

    amounts: tuple[int, ...]
    interest: tuple[int, ...]  # of the period before each payment

    @property
    def interest_minor(self) -> int:
        """All interest together: what paying in parts costs beside a fee."""
        return sum(self.interest)


def divide(claim_minor: int, currency: str, periods: Sequence[Fraction], weights: Sequence[Fraction]) -> Parts:
    """Divides a claim: so many payments of these weights, each after a period that bears so much interest."""
    unit = unit_of(currency)
    growth, weighted = Fraction(1), Fraction(0)
    for period, weight in zip(reversed(periods), reversed(weights), strict=True):
        weighted += weight * growth
        growth *= 1 + period
    annuity = claim_minor * growth / weighted
    wanted = [ceil(annuity * weight / unit) * unit for weight in weights[:-1]]
    balance, amounts, interest = claim_minor, [], []
    for period, amount in zip(periods, (*wanted, None), strict=True):
        interest.append(rounded(balance * period))
        amounts.append(balance + interest[-1] if amount is None else amount)
        balance += interest[-1] - amounts[-1]
    if min(amounts) <= 0:
        raise Refusal("too_many_parts", f"the claim is too small for {len(amounts)} payments; choose fewer")
    return Parts(tuple(amounts), tuple(interest))


def divide_after(
    claim_minor: int, currency: str, periods: Sequence[Fraction], weights: Sequence[Fraction], first_minor: int
) -> Parts:
    """The same with a first payment of a given size; the rest is divided among the others."""
    interest = rounded(claim_minor * periods[0])
    rest = divide(claim_minor + interest - first_minor, currency, periods[1:], weights[1:])
    return Parts((first_minor, *rest.amounts), (interest, *rest.interest))


def divide_equally(claim_minor: int, currency: str, count: int) -> tuple[int, ...]:
    """The same without interest and with payments alike, quickly: the daily run does it for every plan it weighs."""
    if count == 1:
        return (claim_minor,)
    unit = unit_of(currency)
    share = -(-claim_minor // (count * unit)) * unit
    return (*((share,) * (count - 1)), claim_minor - share * (count - 1))


def equal_weights(count: int) -> tuple[Fraction, ...]:
    """Every payment alike."""
    return (Fraction(1),) * count


def graded_weights(count: int) -> tuple[Fraction, ...]:
    """Rising evenly: the last payment is twice the first."""
    return tuple(Fraction(1) + Fraction(n, max(1, count - 1)) for n in range(count))


def seasonal_weights(days: Sequence[date], quiet_months: Sequence[int]) -> tuple[Fraction, ...]:
    """Half as much in the months in which the customer has little business."""
    return tuple(QUIET_WEIGHT if day.month in quiet_months else Fraction(1) for day in days)


def periods_between(start: date, days: Sequence[date], rate: int) -> tuple[Fraction, ...]:
    """The interest on one unit of money in each period from a day to the payments' days."""
    return tuple(factor(rate, (later - earlier).days) for earlier, later in pairwise((start, *days)))


def factor(rate: int, days: int) -> Fraction:
    """The interest on one unit of money for so many days, at so many hundredths of a percent a year."""
    return Fraction(rate * days, RATE_PARTS * YEAR_DAYS)


def interest_of(claim_minor: int, rate: int, start: date, payments: Sequence[tuple[date, int]]) -> int:
    """The interest on a claim that is paid like this, each payment first for what interest has grown, then the claim.

    It ends when the claim is paid; what the payments leave open of it bears no more after the last of them.
    """
    balance, total, grown, before = claim_minor, 0, 0, start
    for day, amount in sorted(payments):
        new = rounded(balance * factor(rate, max(0, (day - before).days)))
        total, grown, before = total + new, grown + new, max(day, before)
        paid_interest = min(grown, amount)
        grown -= paid_interest
        balance = max(0, balance - (amount - paid_interest))
    return total


def worth_today(payments: Sequence[tuple[date, int]], rate: int, today: date) -> Fraction:
    """What payments to come are worth today: all of the claim that they still pay, with the interest grown so far."""
    worth, growth, before = Fraction(0), Fraction(1), today
    for day, amount in sorted(payments):
        growth *= 1 + factor(rate, max(0, (day - before).days))
        worth, before = worth + amount / growth, max(day, before)
    return worth


def growth_until(payments: Sequence[tuple[date, int]], rate: int, today: date) -> Fraction:
    """What one unit of money grows to by the last of these payments, period by period."""
    growth, before = Fraction(1), today
    for day, _ in sorted(payments):
        growth *= 1 + factor(rate, max(0, (day - before).days))
        before = max(day, before)
    return growth


def rounded(exact: Fraction) -> int:
    """Minor units, to the nearest, halves up."""
    return int((2 * exact + 1) // 2)


def unit_of(currency: str) -> int:
    """Minor units of one whole unit of the currency."""
    unit: int = 10 ** minor_digits(currency)
    return unit
