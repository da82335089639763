"""Which ways of paying a customer is offered, and what else may be wished for. Pure.

Everybody gets the same base: pay in 14 days, three payments, six payments, as far as the claim is large enough. A good
grade or a good habit adds a longer or a gentler way; nothing takes one of the base away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from kulant.core.calendar import next_business_day
from kulant.core.errors import Refusal
from kulant.core.words import amount_words, day_words
from kulant.plans import prices, rules
from kulant.plans.limits import MOST_EVER, PlanRules
from kulant.plans.rules import Cost, Offer

GOOD_GRADES = ("A", "B")
GOOD_ON_TIME = 0.7  # so large a share of invoices paid on time is a good habit
ENOUGH_INVOICES = 3  # paid ones, before a habit is read from them
LONGEST_OFFERED = 12  # payments; longer ones are made on request only


@dataclass(frozen=True, slots=True)
class Ground:
    """What the offers of one claim rest on."""

    claim_minor: int
    currency: str
    today: date
    country: str
    limits: PlanRules
    cost: Cost = rules.FREE
    grade: str | None = None  # none where it is not known, or may not decide (a consumer's)
    on_time_rate: float | None = None
    paid_invoices: int = 0
    broken_plans: int = 0

    @property
    def is_good(self) -> bool:
        """A customer whom a longer plan may be offered without being asked."""
        if self.broken_plans:
            return False
        habit = self.on_time_rate is not None and self.on_time_rate >= GOOD_ON_TIME
        return self.grade in GOOD_GRADES or (habit and self.paid_invoices >= ENOUGH_INVOICES)


@dataclass(frozen=True, slots=True)
class Wish:
    """How somebody wants to pay. What is left out is chosen for them.

    Either a number of payments or an amount a month; ``free`` asks that no interest and fee is taken.
    """

    count: int | None = None
    monthly_minor: int | None = None
    first_due: date | None = None
    day_of_month: int | None = None
    first_minor: int | None = None
    shape: str = "equal"
    quiet_months: tuple[int, ...] = ()
    free: bool = False


def ways_to_pay(ground: Ground) -> list[Offer]:
    """Two to four ways, fewest payments first; only "pay in 14 days" when the claim is too small to divide."""
    if ground.claim_minor <= 0:
        return []
    limits = ground.limits
    smallest = limits.smallest_minor(ground.currency)
    counts = rules.usual_counts(ground.claim_minor, ground.currency, smallest, limits.most_instalments)
    offers = [_usual(ground, count) for count in counts]
    extra = _extra(ground, counts[-1], smallest) if ground.is_good and len(counts) > 1 else None
    return [*offers, extra] if extra else offers


def _usual(ground: Ground, count: int, shape: str = "equal") -> Offer:
    days = rules.usual_days(count, ground.today, ground.country)
    least = _least_first(ground)
    made = rules.make_offer(
        ground.claim_minor, ground.currency, days, today=ground.today, cost=ground.cost, shape=shape
    )
    if count == 1 or made.amounts[0] >= least:
        return made
    return rules.make_offer(
        ground.claim_minor, ground.currency, days, today=ground.today, cost=ground.cost, shape=shape, first_minor=least
    )


def _extra(ground: Ground, longest: int, smallest: int) -> Offer | None:
    """A longer plan where the limits allow one, else smaller payments at first."""
    most = min(ground.limits.most_instalments, LONGEST_OFFERED)
    if most > longest:
        longer = _usual(ground, most)
        if min(longer.amounts[:-1]) >= smallest and _within_days(ground, longer):
            return longer
    graded = _usual(ground, longest, "graded") if longest >= 3 else None
    return graded if graded and min(graded.amounts) >= smallest else None


def _within_days(ground: Ground, offer: Offer) -> bool:
    return (offer.last_due - ground.today).days <= ground.limits.most_days


def _least_first(ground: Ground) -> int:
    """What the first payment must be at least, in whole units."""
    unit = prices.unit_of(ground.currency)
    return -(-ground.claim_minor * ground.limits.first_payment_percent // (100 * unit)) * unit


def wished(ground: Ground, wish: Wish) -> Offer:
    """The offer as wished, priced; refused where nobody could pay like that."""
    cost = rules.FREE if wish.free else ground.cost
    first, day = _first_day(ground, wish)
    if wish.monthly_minor is not None:
        return _by_amount(ground, wish.monthly_minor, first, day, cost)
    count = wish.count or 1
    if not 1 <= count <= MOST_EVER:
        raise Refusal("bad_count", f"a plan has 1 to {MOST_EVER} payments, not {count}; choose another number")
    days = rules.monthly(first, count, ground.country, day)
    if wish.first_minor is not None and not 0 < wish.first_minor < ground.claim_minor:
        raise Refusal("bad_first", "the first payment must be more than nothing and less than the claim")
    return rules.make_offer(
        ground.claim_minor, ground.currency, days, today=ground.today, cost=cost, shape=wish.shape,
        quiet_months=wish.quiet_months, first_minor=wish.first_minor if count > 1 else None,
    )  # fmt: skip


def _first_day(ground: Ground, wish: Wish) -> tuple[date, int]:
    if wish.day_of_month is not None:
        rules.checked_day(wish.day_of_month)
    if wish.first_due is None:
        usual = rules.USUAL_DAYS if wish.day_of_month is None else (wish.day_of_month,)
        first = rules.first_occurrence(ground.today + timedelta(days=rules.LEAD_DAYS), usual)
        return first, wish.day_of_month or first.day
    if wish.first_due <= ground.today:
        raise Refusal("bad_first_day", "the first payment must lie ahead; choose a later day")
    if wish.first_due > ground.today + timedelta(days=366):
        raise Refusal("bad_first_day", "the first payment is more than a year ahead; choose an earlier day")
    return wish.first_due, wish.day_of_month or wish.first_due.day


def _by_amount(ground: Ground, monthly_minor: int, first: date, day: int, cost: Cost) -> Offer:
    """So much a month until it is paid; the last payment is the rest."""
    claim = ground.claim_minor
    if monthly_minor <= 0:
        raise Refusal("bad_amount", "the amount a month must be more than nothing")
    for count in range(max(1, -(-claim // monthly_minor)), MOST_EVER + 1):
        days = rules.monthly(first, count, ground.country, day)
        rate, fee = (cost.rate, cost.fee_minor) if count > 1 else (0, 0)
        paid = [(due, monthly_minor) for due in days[:-1]]
        interest = prices.interest_of(claim + fee, rate, ground.today, [*paid, (days[-1], 0)])
        rest = claim + fee + interest - sum(amount for _, amount in paid)
        if 0 < rest <= monthly_minor:
            total = claim + fee + interest
            return Offer(count, (*paid, (days[-1], rest)), total, interest, fee, "equal", rate)
    most = amount_words(-(-claim // MOST_EVER), ground.currency)
    raise Refusal("too_little", f"that would take more than {MOST_EVER} payments; at least {most} a month is needed")


def beyond_limits(ground: Ground, offer: Offer, *, free: bool = False) -> list[str]:
    """In which ways an offer goes beyond what may be agreed without a second person, in words."""
    return list(_beyond(ground, offer, free))


def _beyond(ground: Ground, offer: Offer, free: bool) -> Iterator[str]:
    limits, currency = ground.limits, ground.currency
    if offer.instalments > limits.most_instalments:
        yield f"{offer.instalments} payments, where {limits.most_instalments} are the most"
    last = ground.today + timedelta(days=limits.most_days)
    if offer.last_due > last:
        yield f"the last payment on {day_words(offer.last_due)}, where {day_words(last)} is the latest"
    smallest = limits.smallest_minor(currency)
    low = min(offer.amounts[:-1], default=offer.total_minor)
    if low < min(smallest, ground.claim_minor):
        yield f"a payment of {amount_words(low, currency)}, where {amount_words(smallest, currency)} is the least"
    first = ground.today + timedelta(days=limits.first_within_days)
    if offer.first_due > next_business_day(first, ground.country):
        yield f"the first payment on {day_words(offer.first_due)}, where {day_words(first)} is the latest"
    least = _least_first(ground)
    if offer.instalments > 1 and offer.amounts[0] < least:
        yield f"a first payment of {amount_words(offer.amounts[0], currency)}, where {amount_words(least, currency)} " \
              f"is the least"  # fmt: skip
    largest = limits.largest_minor(currency)
    if largest is not None and ground.claim_minor > largest:
        yield f"a claim above {amount_words(largest, currency)}"
    if free and ground.cost != rules.FREE and offer.instalments > 1:
        yield "no interest and no fee, where the limits ask for them"


def far_enough_apart(days: Sequence[date]) -> bool:
    """Whether no two payments come within a week."""
    return all((later - earlier).days >= rules.MINIMUM_GAP_DAYS for earlier, later in pairwise(sorted(days)))


def average_days(offer: Offer, today: date) -> int:
    """How many days ahead the money lies on average, weighted by amount."""
    weighted = sum((due - today).days * amount for due, amount in offer.schedule)
    return round(Fraction(weighted, offer.total_minor)) if offer.total_minor else 0
