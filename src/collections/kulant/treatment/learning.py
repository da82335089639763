"""What the creditor's own outcomes teach about what treatments recover: Beta updates of the priors. Pure.

Each cell (treatment × reason × grade) starts as its prior, which counts like ``STRENGTH`` cases, and each outcome is
one case more: mean = (STRENGTH · prior + Σ shares recovered) / (STRENGTH + cases).

Few cases can say that kindness works worse on a better customer, or that a reason for care makes it work worse. Such
an accident must never get anybody a firmer letter, so what was learned is brought into order afterwards, the least that
will do (pool-adjacent-violators where an order is wanted):

* what a letter recovers is learned over all reasons, grades and habits together;
* what a soft treatment recovers never falls with a better grade, and an unknown grade is no worse than the worst;
* for every reason but unwillingness it is at least what it is for an unknown one;
* a customer who mostly pays late is never taken to answer better than one who does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kulant.relationship.why_late import UNKNOWN
from kulant.treatment.priors import BASIS, CHRONIC, FIRMNESS, GRADES, PRIORS, STRENGTH, Figure, Figures

# Best last: the order in which what a soft treatment recovers may only rise.
_RISING = tuple(reversed(GRADES))
_APART = frozenset((UNKNOWN, "unwilling"))
_BY_CELL = tuple(treatment for treatment in PRIORS if FIRMNESS[treatment] in (0, 2))  # soft ones, and waiting

Cell = tuple[str, str, str | None]  # treatment, reason, grade (none: not known)


@dataclass(frozen=True, slots=True)
class Seen:
    """Outcomes of one cell: how many cases, and the shares of the debts that came in, added up."""

    cases: int = 0
    shares: float = 0.0

    def __add__(self, other: Seen) -> Seen:
        return Seen(self.cases + other.cases, self.shares + other.shares)


@dataclass(frozen=True, slots=True)
class Lesson:
    """A cell of the table as people read it."""

    treatment: str
    reason: str
    grade: str | None
    prior: int
    observed: int
    recovered: float  # share of what was asked that came in, over the observed cases
    figure: int  # what the decision uses


class Lessons:
    """All that one creditor's outcomes have taught; asked for each decision's reason and grade."""

    def __init__(self, seen: Mapping[Cell, Seen] | None = None) -> None:
        self._seen = dict(seen or {})
        self._figures: dict[tuple[str, str | None], Figures | None] = {}

    @property
    def cases(self) -> int:
        """How many outcomes it rests on."""
        return sum(seen.cases for seen in self._seen.values())

    def figures(self, reason: str | None, grade: str | None) -> Figures | None:
        """What is known for that reason and grade; none while nothing is, so that the priors stand."""
        if not self._seen:
            return None
        key = (reason or UNKNOWN, grade)
        if key not in self._figures:
            self._figures[key] = self._learned(*key)
        return self._figures[key]

    def table(self) -> list[Lesson]:
        """Every cell somebody has an outcome for, by treatment, reason and grade."""
        rows = []
        for (treatment, reason, grade), seen in sorted(self._seen.items(), key=lambda cell: tuple(map(str, cell[0]))):
            found = self.figures(reason, grade)
            figure = found.of(treatment) if found else None
            rows.append(
                Lesson(
                    treatment, reason, grade, PRIORS[treatment].recovery, seen.cases,
                    seen.shares / seen.cases if seen.cases else 0.0,
                    figure.usual if figure else PRIORS[treatment].recovery,
                )
            )  # fmt: skip
        return rows

    def _learned(self, reason: str, grade: str | None) -> Figures | None:
        cells = []
        for treatment in sorted(PRIORS):
            figure = self._soft(treatment, reason, grade) if treatment in _BY_CELL else self._letter(treatment)
            if figure is not None:
                cells.append((treatment, figure))
        return Figures(tuple(cells)) if cells else None

    def _letter(self, treatment: str) -> Figure | None:
        seen = self._sum(treatment)
        if not seen.cases:
            return None
        learned = round(_mean(PRIORS[treatment].recovery, seen))
        return Figure(learned, learned, seen.cases)

    def _soft(self, treatment: str, reason: str, grade: str | None) -> Figure | None:
        reasons = (reason,) if reason in _APART else (reason, UNKNOWN)
        if not any(self._sum(treatment, one).cases for one in reasons):
            return None
        usual, chronic = (
            max(round(self._in_order(prior, treatment, one)[grade]) for one in reasons)
            for prior in (PRIORS[treatment].recovery, CHRONIC.get(treatment, PRIORS[treatment]).recovery)
        )
        own = self._seen.get((treatment, reason, grade), Seen()) if grade else self._sum(treatment, reason)
        return Figure(usual, chronic, own.cases)

    def _in_order(self, prior: int, treatment: str, reason: str) -> dict[str | None, float]:
        """The means by grade, never falling with a better one; of an unknown grade, of all, but not below the worst."""
        seen = [self._seen.get((treatment, reason, grade), Seen()) for grade in _RISING]
        rising = rising_means([_mean(prior, one) for one in seen], [STRENGTH + one.cases for one in seen])
        by_grade: dict[str | None, float] = dict(zip(_RISING, rising, strict=True))
        by_grade[None] = max(_mean(prior, self._sum(treatment, reason)), rising[0])
        return by_grade

    def _sum(self, treatment: str, reason: str | None = None) -> Seen:
        found = (seen for cell, seen in self._seen.items() if cell[0] == treatment and reason in (None, cell[1]))
        return sum(found, Seen())


def _mean(prior: int, seen: Seen) -> float:
    """The mean of the Beta distribution after the cases seen, in hundredths of a percent."""
    return (STRENGTH * prior + BASIS * seen.shares) / (STRENGTH + seen.cases)


def rising_means(means: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The never falling sequence nearest to these means by weighted squares: neighbours out of order are pooled.

    >>> rising_means([3.0, 1.0, 5.0], [1, 1, 1])
    [2.0, 2.0, 5.0]
    """
    pools: list[tuple[float, float, int]] = []
    for mean, weight in zip(means, weights, strict=True):
        pool = (mean, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            before, its_weight, its_size = pools.pop()
            together = its_weight + pool[1]
            pool = ((before * its_weight + pool[0] * pool[1]) / together, together, its_size + pool[2])
        pools.append(pool)
    return [mean for mean, _, size in pools for _ in range(size)]
