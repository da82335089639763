"""The cash forecast: how much of what is open now comes in within each of the coming weeks, and how sure that is. Pure.

What an invoice brings in a week is its amount with the probability of being paid then; over many invoices the sum is
nearly normal, its variance the sum of amount² · p · (1 − p). Customers are less independent than that: forecasts made
as if it were earlier tell by how much the band has to be wider for four of five weeks to fall inside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kulant.relationship.known import Book
from kulant.relationship.lateness import Curves, Floats, Ints, outlook

WEEKS_AHEAD = 12
SHARE_INSIDE = 0.8
_NORMAL_80 = 1.2815515655446004  # of a normal distribution, four of five lie within so many standard deviations

# The last day, counted from today, of each week: the first begins today.
ENDS = tuple(7 * (week + 1) - 1 for week in range(WEEKS_AHEAD))

_FEWEST_TO_WIDEN = 12
_NARROWEST, _WIDEST = 0.5, 20.0


@dataclass(frozen=True, slots=True)
class Week:
    """A week of the forecast, amounts in minor units."""

    expected: int
    low: int
    high: int


@dataclass(slots=True)
class Sums:
    """Sums of a forecast in one currency while its invoices pass by, chunk after chunk."""

    expected: Floats
    variance: Floats
    invoices: int = 0
    open_minor: int = 0

    @classmethod
    def empty(cls) -> Sums:
        """Nothing yet."""
        return cls(np.zeros(WEEKS_AHEAD), np.zeros(WEEKS_AHEAD))

    def add(self, amounts: Floats, paid: Floats) -> None:
        """Takes in invoices: what each may bring, and the probability of its being paid in each week."""
        self.expected += amounts @ paid
        self.variance += (amounts**2) @ (paid * (1 - paid))

    def weeks(self, width: float) -> list[Week]:
        """The weeks with their bands, each so many times as wide as chance alone would have it."""
        half = _NORMAL_80 * width * np.sqrt(self.variance)
        return [
            Week(round(float(mean)), max(0, round(float(mean - room))), round(float(mean + room)))
            for mean, room in zip(self.expected, half, strict=True)
        ]


def foretell_cash(book: Book, curves: Curves, who: Ints, invoices: Ints, origin: int, today: int) -> Floats:
    """How far off a forecast of a past day was, week by week, as a multiple of the half band chance alone gives."""
    look = outlook(curves, who, overdue=origin - book.due[invoices], terms=book.terms[invoices], ends=ENDS)
    sums = Sums.empty()
    sums.add(book.size[invoices], look.paid)
    over = [week for week, end in enumerate(ENDS) if origin + end < today]
    after = book.paid[invoices] - origin
    came = np.asarray(
        [book.size[invoices] @ ((after > ENDS[week] - 7) & (after <= ENDS[week])) for week in over], dtype=np.float64
    )
    half = _NORMAL_80 * np.sqrt(sums.variance[over])
    told = half > 0
    return np.asarray(np.abs(came - sums.expected[over])[told] / half[told], dtype=np.float64)


def width_of(misses: Floats) -> float:
    """The width with which four of five of these would have been inside."""
    return round(float(np.clip(np.quantile(misses, SHARE_INSIDE), _NARROWEST, _WIDEST)), 4)


def widening(misses: Sequence[Floats]) -> dict[str, float | int]:
    """By how much to widen the band so that four of five past weeks would have been inside, and how many would be."""
    all_misses = np.concatenate(misses) if misses else np.zeros(0)
    if len(all_misses) < _FEWEST_TO_WIDEN:
        return {"weeks": len(all_misses), "width": 1.0}
    return {
        "weeks": len(all_misses),
        "width": width_of(all_misses),
        "inside_by_chance": round(float((all_misses <= 1).mean()), 4),
    }
