"""What a payment plan may look like and how far it has come. Pure: plain values and the business date only.

Amounts are whole units of the currency, rounded up; the last payment is the balance, so that the payments add up to
the claim, and to what paying in parts costs, exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from kulant.core.calendar import add_months, next_business_day
from kulant.core.errors import Refusal
from kulant.plans import prices

PAY_LATER_DAYS = 14  # "pay in 14 days": one payment
LEAD_DAYS = 7  # the first of several payments comes at least so many days after the offer
NOTICE_DAYS = 3  # an offer answered later than this before its first payment gets new dates
GRACE_DAYS = 5  # a payment this late has not been missed yet
USUAL_DAYS = (1, 15, 25)  # days of the month people are paid or plan by
SHAPES = (3, 6)  # monthly payments; two when three would be too small
MINIMUM_GAP_DAYS = 7

# Smallest monthly payment worth the trouble, in whole units of the currency.
_SMALLEST = {"NOK": 500, "SEK": 500, "DKK": 500, "PLN": 200, "CZK": 1000, "ISK": 7000, "JPY": 7000, "HUF": 20_000}
_SMALLEST_ELSEWHERE = 50

Payment = tuple[date, int]


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to pay a claim: so many payments, each with its day and its amount in minor units."""

    instalments: int
    schedule: tuple[Payment, ...]
    total_minor: int  # of all payments: the claim, its interest and the fee
    interest_minor: int
    fee_minor: int = 0
    shape: str = "equal"  # equal | graded | seasonal
    rate: int = 0  # interest a year, in hundredths of a percent

    @property
    def first_due(self) -> date:
        """The day of the first payment."""
        return self.schedule[0][0]

    @property
    def last_due(self) -> date:
        """The day of the last payment."""
        return self.schedule[-1][0]

    @property
    def amounts(self) -> tuple[int, ...]:
        """What each payment is, in order."""
        return tuple(amount for _, amount in self.schedule)

    @property
    def extra_minor(self) -> int:
        """What it costs the customer more than paying today."""
        return self.interest_minor + self.fee_minor


@dataclass(frozen=True, slots=True)
class Cost:
    """What paying in parts costs in a creditor's plans: interest a year in hundredths of a percent, and a fee."""

    rate: int = 0
    fee_minor: int = 0


FREE = Cost()


def smallest_instalment(currency: str) -> int:
    """The smallest monthly payment that is offered, in minor units."""
    return _SMALLEST.get(currency, _SMALLEST_ELSEWHERE) * prices.unit_of(currency)


def make_offers(claim_minor: int, currency: str, today: date, country: str) -> list[Offer]:
    """The ways a claim may be paid, fewest payments first; only "pay in 14 days" when too small to divide."""
    if claim_minor <= 0:
        return []
    counts = usual_counts(claim_minor, currency, smallest_instalment(currency))
    return [make_offer(claim_minor, currency, usual_days(count, today, country), today=today) for count in counts]


def usual_counts(claim_minor: int, currency: str, smallest_minor: int, most: int = SHAPES[-1]) -> list[int]:
    """How many payments are offered: one, three and six, two where three would be too small, never more than most."""

    def large_enough(count: int) -> bool:
        return prices.divide_equally(claim_minor, currency, count)[0] >= smallest_minor

    counts = [count for count in SHAPES if count <= most and large_enough(count)]
    if not counts and most >= 2 and large_enough(2):
        counts = [2]
    return [1, *counts]


def make_offer(
    claim_minor: int,
    currency: str,
    days: Sequence[date],
    *,
    today: date,
    cost: Cost = FREE,
    shape: str = "equal",
    quiet_months: Sequence[int] = (),
    first_minor: int | None = None,
) -> Offer:
    """One way to pay the claim on these days. A single payment bears no interest and no fee.

    ``first_minor``: the first payment is this large, whatever the shape of the others.
    """
    free = len(days) == 1
    rate, fee = (0, 0) if free else (cost.rate, cost.fee_minor)
    if shape == "equal" and rate == 0 and first_minor is None:
        amounts = prices.divide_equally(claim_minor + fee, currency, len(days))
        return Offer(len(days), tuple(zip(days, amounts, strict=True)), claim_minor + fee, 0, fee)
    periods, weights = prices.periods_between(today, days, rate), _weights(shape, days, quiet_months)
    if first_minor is None or len(days) == 1:
        parts = prices.divide(claim_minor + fee, currency, periods, weights)
    else:
        parts = prices.divide_after(claim_minor + fee, currency, periods, weights, first_minor)
    schedule = tuple(zip(days, parts.amounts, strict=True))
    total = sum(parts.amounts)
    return Offer(len(days), schedule, total, parts.interest_minor, fee, shape if len(days) > 1 else "equal", rate)


def _weights(shape: str, days: Sequence[date], quiet_months: Sequence[int]) -> Sequence[Fraction]:
    if shape == "graded":
        return prices.graded_weights(len(days))
    if shape == "seasonal":
        return prices.seasonal_weights(days, quiet_months)
    if shape == "equal":
        return prices.equal_weights(len(days))
    raise Refusal("no_shape", f"there is no shape called {shape[:20]!r}; choose one of {', '.join(prices.SHAPES)}")


def reschedule(offer: Offer, *, today: date, country: str, day_of_month: int | None = None) -> Offer:
    """The same payments on other days: on that day of each month, or on the next usual one.

    What other days cost more or less in interest goes to the last payment.
    """
    days = usual_days(offer.instalments, today, country, day_of_month)
    return on_days(offer, days, today=today)


def on_days(offer: Offer, days: Sequence[date], *, today: date) -> Offer:
    """The same payments on these days."""
    amounts = list(offer.amounts)
    interest = offer.interest_minor
    if offer.rate:
        claim = offer.total_minor - interest
        interest = prices.interest_of(claim, offer.rate, today, list(zip(days, amounts, strict=True)))
        amounts[-1] += interest - offer.interest_minor
    schedule = tuple(zip(days, amounts, strict=True))
    return replace(offer, schedule=schedule, total_minor=sum(amounts), interest_minor=interest)


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


def plan_days_late(schedule: Sequence[Payment], paid: Sequence[int], today: date) -> int:
    """The plan's own age: days since the oldest payment with something left on it was due; zero while none is late."""
    waiting = next_payment(schedule, paid)
    return max(0, (today - waiting[0]).days) if waiting else 0


def first_occurrence(earliest: date, days: Sequence[int]) -> date:
    """The first date from then on that falls on one of these days of the month (or its last day)."""
    this_month = earliest.replace(day=1)
    candidates = [add_months(this_month, ahead, day_of_month=day) for ahead in (0, 1) for day in days]
    return min(day for day in candidates if day >= earliest)


@lru_cache(maxsize=4096)  # the days are the same for every claim of a day
def usual_days(count: int, today: date, country: str, day_of_month: int | None = None) -> tuple[date, ...]:
    """When so many payments are due: monthly on that day of the month, or from the next usual one on."""
    if count == 1:
        return (next_business_day(today + timedelta(days=PAY_LATER_DAYS), country),)
    wanted = USUAL_DAYS if day_of_month is None else (checked_day(day_of_month),)
    first = first_occurrence(today + timedelta(days=LEAD_DAYS), wanted)
    return monthly(first, count, country, day_of_month or first.day)


def monthly(first: date, count: int, country: str, day_of_month: int) -> tuple[date, ...]:
    """So many months in a row on that day of the month, each moved to the next business day where it is none."""
    due = tuple(next_business_day(add_months(first, n, day_of_month=day_of_month), country) for n in range(count))
    assert all((later - earlier).days >= MINIMUM_GAP_DAYS for earlier, later in pairwise(due))
    return due


def checked_day(day_of_month: int) -> int:
    """The day of the month; refused when there is none like it."""
    if not 1 <= day_of_month <= 31:
        raise Refusal("bad_day", f"There is no day {day_of_month} in a month; choose a day from 1 to 31.")
    return day_of_month
