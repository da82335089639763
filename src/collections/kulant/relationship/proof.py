"""How good forecasts of something that happens or not have been. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from kulant.relationship.known import NDArrayBool
from kulant.relationship.lateness import Floats

BINS = 5
_NEVER_SURER = 1e-6


class Bin(TypedDict):
    """Forecasts of about the same probability: how many, what was foretold on average, which share came."""

    count: int
    foretold: float
    came: float


class Measures(TypedDict):
    """The usual measures; none where they cannot be told, as when everything came or nothing did."""

    count: int
    brier: float
    log_loss: float
    auc: float | None
    reliability: list[Bin]


def measure(foretold: Floats, came: NDArrayBool) -> Measures:
    """All measures of forecasts and what came of them, at least one."""
    return {
        "count": len(foretold),
        "brier": round(brier(foretold, came), 6),
        "log_loss": round(log_loss(foretold, came), 6),
        "auc": auc(foretold, came),
        "reliability": reliability(foretold, came),
    }


def brier(foretold: Floats, came: NDArrayBool) -> float:
    """The mean squared distance from what came; 0 is perfect."""
    return float(np.mean((foretold - came) ** 2))


def log_loss(foretold: Floats, came: NDArrayBool) -> float:
    """The mean surprise at what came; a forecast that was sure and wrong costs most."""
    sure = np.clip(foretold, _NEVER_SURER, 1 - _NEVER_SURER)
    return float(-np.mean(np.where(came, np.log(sure), np.log1p(-sure))))


def auc(foretold: Floats, came: NDArrayBool) -> float | None:
    """How often of two, one that came and one that did not, the one that came was thought likelier (the C-index)."""
    from scipy.stats import rankdata

    ones, zeros = int(came.sum()), int((~came).sum())
    if not ones or not zeros:
        return None
    above = float(rankdata(foretold)[came].sum()) - ones * (ones + 1) / 2
    return round(above / (ones * zeros), 6)


def reliability(foretold: Floats, came: NDArrayBool, bins: int = BINS) -> list[Bin]:
    """Equally many forecasts a bin, the least likely first; equal forecasts are never told apart."""
    order = np.argsort(foretold, kind="stable")
    edges = [round(n * len(order) / bins) for n in range(bins + 1)]
    found: list[Bin] = []
    start = 0
    for edge in edges[1:]:
        end = int(np.searchsorted(foretold[order], foretold[order[edge - 1]], side="right")) if edge > start else start
        if end > start:
            found.append(_bin(foretold[order[start:end]], came[order[start:end]]))
        start = max(start, end)
    return found


def _bin(foretold: Floats, came: NDArrayBool) -> Bin:
    return {
        "count": len(foretold),
        "foretold": round(float(foretold.mean()), 6),
        "came": round(float(came.mean()), 6),
    }


def middle(values: Sequence[float]) -> float | None:
    """The median; none of nothing."""
    return round(float(np.median(values)), 6) if values else None


def likely(came: int, count: int) -> tuple[float, float]:
    """Between which shares the true one lies, 19 times of 20, after so many of so many came (Wilson)."""
    z, share = 1.96, came / count
    middle_ = (share + z * z / (2 * count)) / (1 + z * z / count)
    room = z * ((share * (1 - share) + z * z / (4 * count)) / count) ** 0.5 / (1 + z * z / count)
    return max(0.0, middle_ - room), min(1.0, middle_ + room)
