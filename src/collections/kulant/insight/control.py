"""When a number of losses is more than chance: control limits for shares, also for few customers. Pure.

A share scatters around its usual value even where nothing changed. With n customers and a usual share p the count is
binomial. Three standard deviations of the normal distribution are the usual limits; for a small p they ring two to five
times too often, so a count rings here only when chance alone would bring it, or more, less often than those limits are
meant to: in 0.00135 of all months. Where months differ more than chance allows (a season, a crisis), Laney's factor
widens the limits by how much they do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

TAIL = 0.00135  # beyond three standard deviations on one side
RUN = 8  # so many months in a row above the usual are no chance either
FEWEST_MONTHS, MOST_MONTHS = 12, 24
_MEAN_RANGE_OF_TWO = 1.128  # the mean difference of two standard normal values


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual: the share, and how much more than chance the months differ (1: not more)."""

    share: float
    sigma_z: float
    months: int


def binomial_tail(count: int, n: int, share: float) -> float:
    """How often so many or more come about by chance."""
    from scipy.special import bdtrc

    return 1.0 if count <= 0 else float(bdtrc(count - 1, n, share)) if count <= n else 0.0


def exact_ring(n: int, share: float) -> int:
    """The smallest count that chance alone brings, or more, in less than ``TAIL`` of all months.

    >>> exact_ring(80, 0.015), exact_ring(400, 0.015), exact_ring(1200, 0.015)
    (6, 15, 33)
    """
    low, high = 1, n + 1
    while low < high:
        middle = (low + high) // 2
        if binomial_tail(middle, n, share) < TAIL:
            high = middle
        else:
            low = middle + 1
    return low


def spread(n: int, share: float) -> float:
    """The standard deviation of a share of n."""
    return math.sqrt(share * (1 - share) / n) if n else 0.0


def sigma_z(counts: Sequence[int], sizes: Sequence[int], share: float) -> float:
    """Laney's factor: how far standardised shares jump from month to month, against what chance lets them."""
    scores = [
        (count / n - share) / spread(n, share) for count, n in zip(counts, sizes, strict=True) if spread(n, share)
    ]
    jumps = [abs(later - earlier) for earlier, later in pairwise(scores)]
    return sum(jumps) / len(jumps) / _MEAN_RANGE_OF_TWO if jumps else 1.0


def usual(counts: Sequence[int], sizes: Sequence[int]) -> Usual | None:
    """What these months say is usual; nothing while they are too few, or nobody was lost in them."""
    if len(counts) < FEWEST_MONTHS or not sum(counts) or not sum(sizes):
        return None
    share = sum(counts) / sum(sizes)
    return Usual(share, max(1.0, sigma_z(counts, sizes, share)), len(counts))


def upper_limit(n: int, known: Usual) -> float:
    """The share of n above which a month is out of the usual, for the picture."""
    return known.share + 3 * known.sigma_z * spread(n, known.share)


def lower_limit(n: int, known: Usual) -> float:
    """The share of n below which a month is better than chance explains."""
    return max(0.0, known.share - 3 * known.sigma_z * spread(n, known.share))


def rings_at(n: int, known: Usual) -> int:
    """The smallest count of n that rings: the exact one, or what Laney's wider limit asks where months differ more."""
    wide = math.floor(n * upper_limit(n, known)) + 1 if known.sigma_z > 1 else 0
    return max(exact_ring(n, known.share), wide)


def run_above(counts: Sequence[int], sizes: Sequence[int], known: Usual) -> bool:
    """Whether the newest months have all been above the usual, long enough to be no chance."""
    newest = list(zip(counts, sizes, strict=True))[-RUN:]
    return len(newest) == RUN and all(n and count / n > known.share for count, n in newest)
