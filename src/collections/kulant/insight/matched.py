"""Comparing two groups within strata: Mantel-Haenszel ratio, bootstrap of customers, what could be seen. Pure.

A ratio of one means no difference. Rows are observations of customers; a customer may have several, so the bootstrap
draws customers, not rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

DRAWS = 300
SEED = 20_240_229
FEWEST = 30  # customers in each group; with fewer nothing is said
WORTH_SEEING = 1.5  # a difference of half as much again is what one would want to know of
_POWER = (1.959964 + 0.841621) ** 2  # 5 % two-sided, 80 % power


@dataclass(frozen=True, slots=True)
class Rows:
    """One observation per place: whose, in which stratum, treated or not, and whether it came about."""

    customer: Ints
    stratum: Ints
    treated: Flags
    outcome: Flags

    def __len__(self) -> int:
        return len(self.customer)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the two groups show. Rates are of matched observations; ``ratio`` is weighed within strata."""

    treated: int  # customers
    untreated: int
    treated_rate: float | None
    untreated_rate: float | None
    ratio: float | None
    low: float | None
    high: float | None
    matched_share: float | None  # of the treated observations, those somebody comparable was found for
    detectable: float | None  # the smallest ratio that so many customers could show

    @property
    def verdict(self) -> str:
        """``not_enough`` | ``no_difference`` | ``more`` | ``less``."""
        if self.ratio is None or self.low is None or self.high is None or min(self.treated, self.untreated) < FEWEST:
            return "not_enough"
        if self.low > 1:
            return "more"
        if self.high < 1:
            return "less"
        return "no_difference" if self.detectable is not None and self.detectable <= WORTH_SEEING else "not_enough"


def mantel_haenszel(rows: Rows, weights: Floats | None = None) -> float | None:
    """The ratio of two risks within strata: Σ aᵢ·n₀ᵢ/Nᵢ over Σ cᵢ·n₁ᵢ/Nᵢ; nothing where it is undefined."""
    weight = np.ones(len(rows)) if weights is None else weights
    size = int(rows.stratum.max()) + 1 if len(rows) else 0

    def count(which: Flags) -> Floats:
        return np.asarray(np.bincount(rows.stratum[which], weight[which], size), dtype=np.float64)

    treated, untreated = count(rows.treated), count(~rows.treated)
    hit, missed = count(rows.treated & rows.outcome), count(~rows.treated & rows.outcome)
    total = np.where(treated + untreated > 0, treated + untreated, 1.0)
    above, below = float((hit * untreated / total).sum()), float((missed * treated / total).sum())
    return above / below if below > 0 else None


def compare(rows: Rows) -> Comparison:
    """The comparison with its interval; the same rows always give the same answer."""
    matched = _matched(rows)
    kept = Rows(rows.customer[matched], rows.stratum[matched], rows.treated[matched], rows.outcome[matched])
    treated = len(np.unique(kept.customer[kept.treated]))
    untreated = len(np.unique(kept.customer[~kept.treated]))
    all_treated = int(rows.treated.sum())
    ratio = mantel_haenszel(kept) if len(kept) else None
    low, high = _interval(kept) if ratio is not None else (None, None)
    base = _rate(kept, ~kept.treated)
    return Comparison(
        treated,
        untreated,
        _rate(kept, kept.treated),
        base,
        ratio,
        low,
        high,
        int(kept.treated.sum()) / all_treated if all_treated else None,
        detectable_ratio(base, treated, untreated) if base else None,
    )


def _matched(rows: Rows) -> Flags:
    """Which observations are in a stratum with both groups."""
    if not len(rows):
        return np.zeros(0, dtype=bool)
    size = int(rows.stratum.max()) + 1
    treated = np.bincount(rows.stratum[rows.treated], minlength=size)
    untreated = np.bincount(rows.stratum[~rows.treated], minlength=size)
    return np.asarray(((treated > 0) & (untreated > 0))[rows.stratum])


def _rate(rows: Rows, which: Flags) -> float | None:
    return float(rows.outcome[which].mean()) if which.any() else None


def _interval(rows: Rows) -> tuple[float | None, float | None]:
    """Where 95 % of the ratios lie when customers are drawn anew, with replacement, again and again."""
    customers, place = np.unique(rows.customer, return_inverse=True)
    chance = np.random.default_rng(SEED)
    ratios = []
    for _ in range(DRAWS):
        drawn = np.bincount(chance.integers(0, len(customers), len(customers)), minlength=len(customers))
        ratio = mantel_haenszel(rows, drawn[place].astype(np.float64))
        if ratio is not None:
            ratios.append(ratio)
    if len(ratios) < DRAWS * 0.9:  # so few came about that many draws hold none
        return None, None
    low, high = np.quantile(ratios, [0.025, 0.975])
    return float(low), float(high)


def needed_per_group(base: float, other: float) -> int:
    """How many in each group show a change from one rate to the other: 80 % power at 5 %.

    >>> [needed_per_group(*pair) for pair in ((0.04, 0.06), (0.04, 0.08), (0.05, 0.10), (0.02, 0.10))]
    [1861, 550, 432, 135]
    """
    return math.ceil(_POWER * (base * (1 - base) + other * (1 - other)) / (base - other) ** 2)


def detectable_ratio(base: float, treated: int, untreated: int) -> float | None:
    """The smallest ratio above one that groups of these sizes would show; nothing where even certainty would not."""
    if not (0 < base < 1 and treated and untreated):
        return None

    def seen(rate: float) -> bool:
        return (rate - base) ** 2 >= _POWER * (rate * (1 - rate) / treated + base * (1 - base) / untreated)

    low, high = base, 1.0
    if not seen(high):
        return None
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if seen(middle) else (middle, high)
    return high / base
