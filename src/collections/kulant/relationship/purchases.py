"""What a customer bought, read from invoices and credit notes: purchases, rhythm and the margin they leave. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from kulant.core.money import round_half_up

# A margin that nobody gave is taken to be this share of the invoiced amount, and the score says so.
DEFAULT_MARGIN_SHARE = Decimal("0.25")

# How many purchases at the creditor's mean margin every customer is given, so that one lucky order proves little.
MARGIN_SHRINKAGE = 3


class Document(NamedTuple):
    """An invoice or credit note; ``day`` is its issue date, or its due date where none was given."""

    item_id: int
    customer_id: int
    currency: str
    kind: str  # invoice | credit_note
    number: str
    day: date
    due: date | None
    settled_on: date | None
    amount_minor: int
    margin_minor: int | None


@dataclass(frozen=True, slots=True)
class History:
    """A customer's purchases in one currency."""

    currency: str
    purchases: int
    first: date
    last: date
    margin_total_minor: int
    from_revenue: bool  # at least one margin was estimated

    def silent_days(self, today: date) -> int:
        """Days since the last purchase."""
        return (today - self.last).days


def main_currency(documents: Iterable[Document]) -> str | None:
    """The currency of most of the customer's invoices; the alphabetically first among equals."""
    invoices = Counter(document.currency for document in documents if document.kind == "invoice")
    return min(invoices, key=lambda currency: (-invoices[currency], currency)) if invoices else None


def purchase_days(days: Iterable[date]) -> list[date]:
    """One day for each purchase: invoices of the same week, Monday to Sunday, are one, on the first of their days."""
    first_of_week: dict[int, date] = {}
    for day in days:
        week = (day.toordinal() - 1) // 7
        first_of_week[week] = min(day, first_of_week.get(week, day))
    return sorted(first_of_week.values())


def history(documents: Sequence[Document], currency: str) -> History | None:
    """The purchases behind these documents; nothing when no invoice is in that currency.

    A credit note is no purchase: its margin counts against what the purchases left.
    """
    chosen = [document for document in documents if document.currency == currency]
    days = purchase_days(document.day for document in chosen if document.kind == "invoice")
    if not days:
        return None
    total, from_revenue = _margin_total(chosen)
    return History(currency, len(days), days[0], days[-1], total, from_revenue)


def _margin_total(documents: Iterable[Document]) -> tuple[int, bool]:
    known = unknown_revenue = 0
    from_revenue = False
    for document in documents:
        if document.margin_minor is None:
            unknown_revenue += document.amount_minor
            from_revenue = True
        else:
            # Some systems write a credit note's margin as a positive figure; it is lost all the same.
            is_credit = document.kind == "credit_note"
            known += -abs(document.margin_minor) if is_credit else document.margin_minor
    return known + round_half_up(unknown_revenue * DEFAULT_MARGIN_SHARE), from_revenue


def mean_margins(histories: Iterable[History]) -> dict[str, Decimal]:
    """The creditor's mean margin per purchase, by currency."""
    totals: Counter[str] = Counter()
    purchases: Counter[str] = Counter()
    for one in histories:
        totals[one.currency] += one.margin_total_minor
        purchases[one.currency] += one.purchases
    return {currency: Decimal(totals[currency]) / count for currency, count in purchases.items()}


def shrunk_margin(purchases: int, margin_total_minor: int, creditor_mean: Decimal) -> int:
    """The margin to expect per purchase: the customer's own mean, drawn towards the creditor's while data is thin.

    >>> shrunk_margin(4, 44_000, Decimal(6_500))
    9071
    """
    pooled = margin_total_minor + MARGIN_SHRINKAGE * creditor_mean
    return round_half_up(pooled / (purchases + MARGIN_SHRINKAGE))


def twelve_month_value(expected_purchases: float, margin_minor: int) -> int:
    """Relationship value: purchases to expect in 12 months × margin per purchase, never below zero."""
    return max(0, round_half_up(Decimal(str(expected_purchases)) * margin_minor))
