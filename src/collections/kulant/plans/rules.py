"""What a payment plan may look like and how far it has come. Pure: plain values and the business date only.

Every plan here is without interest. Amounts are whole units of the currency, rounded up; the last payment is
the balance, so that the payments add up to the claim exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

from kulant.core.calendar import add_months, next_business_day
from kulant.core.errors import Refusal
from kulant.core.money import minor_digits

PAY_LATER_DAYS = 14  # "pay in 14 days": one payment
LEAD_DAYS = 7  # the first of several payments comes at least so many days after the offer
NOTICE_DAYS = 3  # an offer answered later than this before its first payment gets new dates
GRACE_DAYS = 5  # a payment this late has not been missed yet
USUAL_DAYS = (1, 15, 25)  # days of the month people are paid or plan by
SHAPES = (3, 6)  # monthly payments; two when three would be too small
MINIMUM_GAP_DAYS = 7

# Smallest monthly payment worth the trouble, in whole units of the currency.
_SMALLEST = {"NOK": 500, "SEK": 500, "DKK": 500, "ISK": 7000, "JPY": 7000}
_SMALLEST_ELSEWHERE = 50

Payment = tuple[date, int]


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to pay a claim: so many payments, each with its day and its amount in minor units."""

    instalments: int
    schedule: tuple[Payment, ...]
    total_minor: int
    interest_minor: int

    @property
    def first_due(self) -> date:
        """The day of the first payment."""
        return self.schedule[0][0]

    @property
    def amounts(self) -> tuple[int, ...]:
        """What each payment is, in order."""
        return tuple(amount for _, amount in self.schedule)


def smallest_instalment(currency: str) -> int:
    """The smallest monthly payment that is offered, in minor units."""
    return _SMALLEST.get(currency, _SMALLEST_ELSEWHERE) * _unit(currency)


def make_offers(claim_minor: int, currency: str, today: date, country: str) -> list[Offer]:
    """The ways a claim may be paid, fewest payments first; only "pay in 14 days" when too small to divide."""
    if claim_minor <= 0:
        return []
    smallest = smallest_instalment(currency)
    shapes = [count for count in SHAPES if _equal(claim_minor, count, currency)[0] >= smallest]
    if not shapes and _equal(claim_minor, 2, currency)[0] >= smallest:
        shapes = [2]
    return [_offer(claim_minor, currency, count, today, country, None) for count in (1, *shapes)]


def reschedule(offer: Offer, *, today: date, country: str, day_of_month: int | None = None) -> Offer:
    """The same payments on other days: on that day of each month, or on the next usual one."""
    days = _days(offer.instalments, today, country, day_of_month)
    return replace(offer, schedule=tuple(zip(days, offer.amounts, strict=True)))


def as_answered(offer: Offer, *, today: date, country: str, day_of_month: int | None = None) -> Offer:
    """The offer as it would be agreed today: on the day chosen, and never with a first payment too near."""
    if day_of_month is None and offer.first_due >= today + timedelta(days=NOTICE_DAYS):
        return offer
    return reschedule(offer, today=today, country=country, day_of_month=day_of_month)


def progress(amounts: Sequence[int], paid_total: int) -> list[int]:
    """How much of each payment is covered when this much was paid in all, the oldest first."""
    covered = []
    left = max(paid_total, 0)
    for amount in amounts:
        covered.append(min(amount, left))
        left -= covered[-1]
    return covered


def missed(schedule: Sequence[Payment], paid: Sequence[int], *, today: date, grace_days: int = GRACE_DAYS) -> list[int]:
    """Positions of the payments that are not fully paid more than the days of grace after they were due."""
    late = [(today - due).days > grace_days for due, _ in schedule]
    return [n for n, (_, amount) in enumerate(schedule) if late[n] and paid[n] < amount]


def next_payment(schedule: Sequence[Payment], paid: Sequence[int]) -> Payment | None:
    """The first payment with something left on it, and how much is left; none when all is paid."""
    for (due, amount), covered in zip(schedule, paid, strict=True):
        if covered < amount:
            return due, amount - covered
    return None


def first_occurrence(earliest: date, days: Sequence[int]) -> date:
    """The first date from then on that falls on one of these days of the month (or its last day)."""
    this_month = earliest.replace(day=1)
    candidates = [add_months(this_month, ahead, day_of_month=day) for ahead in (0, 1) for day in days]
    return min(day for day in candidates if day >= earliest)


def _offer(claim_minor: int, currency: str, count: int, today: date, country: str, day_of_month: int | None) -> Offer:
    days = _days(count, today, country, day_of_month)
    amounts = _equal(claim_minor, count, currency)
    return Offer(count, tuple(zip(days, amounts, strict=True)), total_minor=claim_minor, interest_minor=0)


def _equal(claim_minor: int, count: int, currency: str) -> list[int]:
    """Equal whole units, rounded up, and the balance: 10,000 in three is 3,334, 3,334 and 3,332."""
    if count == 1:
        return [claim_minor]
    unit = _unit(currency)
    share = -(-claim_minor // (count * unit)) * unit
    return [share] * (count - 1) + [claim_minor - share * (count - 1)]


@lru_cache(maxsize=4096)  # the days are the same for every claim of a day
def _days(count: int, today: date, country: str, day_of_month: int | None) -> tuple[date, ...]:
    if count == 1:
        return (next_business_day(today + timedelta(days=PAY_LATER_DAYS), country),)
    if day_of_month is not None and not 1 <= day_of_month <= 31:
        raise Refusal("bad_day", f"There is no day {day_of_month} in a month; choose a day from 1 to 31.")
    wanted = USUAL_DAYS if day_of_month is None else (day_of_month,)
    first = first_occurrence(today + timedelta(days=LEAD_DAYS), wanted)
    day = day_of_month or first.day
    due = tuple(next_business_day(add_months(first, n, day_of_month=day), country) for n in range(count))
    assert all((later - earlier).days >= MINIMUM_GAP_DAYS for earlier, later in pairwise(due))
    return due


def _unit(currency: str) -> int:
    unit: int = 10 ** minor_digits(currency)
    return unit
