"""Plans in the desk's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kulant.core.words import amount_words
from kulant.plans.models import Plan
from kulant.plans.rules import Offer
from kulant.relationship.why_late import WORDS
from kulant.treatment.offer_values import OfferValue
from kulant.treatment.priors import BASIS

TITLES = {
    "offered": "Plan offered", "accepted": "Payment plan agreed", "active": "Payment plan",
    "late": "Payment plan, late", "completed": "Plan completed", "renegotiated": "Plan agreed anew",
    "broken": "Plan broken", "cancelled": "Plan cancelled", "expired": "Offer expired",
}  # fmt: skip
STATES = {
    "offered": "offered", "accepted": "agreed", "active": "running", "late": "late", "completed": "kept",
    "renegotiated": "agreed anew", "broken": "broken", "cancelled": "cancelled", "expired": "let pass",
}  # fmt: skip
SHAPES = {"equal": "equal payments", "graded": "small at first, then larger", "seasonal": "half in quiet months"}
CHANGES = {
    "move": "One payment moved", "skip": "A month skipped", "day": "Another day of the month",
    "reshape": "Divided anew",
}  # fmt: skip
MADE_BY = {"program": "", "clerk": "made here", "customer": "the customer's own"}


@dataclass(frozen=True, slots=True)
class ShownWay:
    """One way of paying, priced for both sides."""

    words: str
    first_due: date
    last_due: date
    total_minor: int
    extra_minor: int
    days: int
    recovery: str
    expected_minor: int
    payments: int
    smallest_minor: int
    made_by: str = ""
    number: int | None = None  # of a stored offer


def shown_way(value: OfferValue, currency: str, *, made_by: str = "program", number: int | None = None) -> ShownWay:
    """An offer and its value in words."""
    offer = value.offer
    return ShownWay(
        words=offer_words(offer, currency),
        first_due=offer.first_due,
        last_due=offer.last_due,
        total_minor=offer.total_minor,
        extra_minor=offer.extra_minor,
        days=value.days,
        recovery=f"{value.recovery / BASIS:.0%}".replace("%", "\u00a0%"),
        expected_minor=value.expected_minor,
        payments=offer.instalments,
        smallest_minor=min(offer.amounts),
        made_by=MADE_BY[made_by],
        number=number,
    )


def offer_words(offer: Offer, currency: str) -> str:
    """The payments in a few words."""
    first, *rest = offer.amounts
    if not rest:
        return f"Everything at once, {amount_words(first, currency)}"
    shape = f" ({SHAPES[offer.shape]})" if offer.shape != "equal" else ""
    if all(amount == first for amount in rest[:-1]):
        ending = "" if rest[-1] == first else f", the last {amount_words(rest[-1], currency)}"
        return f"{offer.instalments} payments of {amount_words(first, currency)}{ending}{shape}"
    last = amount_words(rest[-1], currency)
    return f"{offer.instalments} payments, {amount_words(first, currency)} first, {last} last{shape}"


def why_offered(plan: Plan) -> str:
    """Why the customer was late and what they were worth when the plan was offered, as the reports count it."""
    reason = WORDS.get(plan.late_reason or "", "")
    known = [reason[:1].lower() + reason[1:] if reason else "nobody knew why they were late"]
    known.append(f"grade {plan.grade}" if plan.grade else "no grade yet")
    return f"When it was offered: {', '.join(known)}."


def dates_words(schedule: Sequence[tuple[date, int]], currency: str) -> str:
    """Each payment with its day."""
    return ", ".join(f"{amount_words(minor, currency)} on {due:%-d %B %Y}" for due, minor in schedule)
