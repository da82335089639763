"""What the creditor's own outcomes teach about what treatments recover: Beta updates of the priors. Pure.

Each cell (treatment × reason × grade) starts as its prior (``prior_table.py``), which weighs like so many cases, and
each outcome is one case more: mean = (strength · prior + Σ shares recovered) / (strength + cases).

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
from dataclasses import dataclass, replace

from kulant.relationship.why_late import UNKNOWN
from kulant.treatment.prior_table import BY_CELL, SHIPPED, PriorTable
from kulant.treatment.prior_table import Cell as Prior
from kulant.treatment.priors import BASIS, CHRONIC, GRADES, PRIORS, Figure, Figures

# Best last: the order in which what a soft treatment recovers may only rise.
_RISING = tuple(reversed(GRADES))
_APART = frozenset((UNKNOWN, "unwilling"))

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
    """What a creditor believes and what their outcomes have taught; asked for each decision's reason and grade."""

    def __init__(self, seen: Mapping[Cell, Seen] | None = None, beliefs: PriorTable = SHIPPED) -> None:
        self._seen = dict(seen or {})
        self.beliefs = beliefs
        self._figures: dict[tuple[str, str | None], Figures] = {}

    @property
    def cases(self) -> int:
        """How many outcomes it rests on."""
        return sum(seen.cases for seen in self._seen.values())

    def figures(self, reason: str | None, grade: str | None) -> Figures:
        """What is known for that reason and grade; a treatment that is left out stands as in ``priors.py``."""
        key = (reason or UNKNOWN, grade)
        if key not in self._figures:
            self._figures[key] = self._learned(*key)
        return self._figures[key]

    def table(self) -> list[Lesson]:
        """Every cell somebody has an outcome for, by treatment, reason and grade."""
        rows = []
        for (treatment, reason, grade), seen in sorted(self._seen.items(), key=lambda cell: tuple(map(str, cell[0]))):
            figure = self.figures(reason, grade).of(treatment)
            rows.append(
                Lesson(
                    treatment, reason, grade, self.beliefs.of(treatment, reason, grade).recovery, seen.cases,
                    seen.shares / seen.cases if seen.cases else 0.0,
                    figure.usual if figure else PRIORS[treatment].recovery,
                )
            )  # fmt: skip
        return rows

    def _learned(self, reason: str, grade: str | None) -> Figures:
        cells = []
        for treatment in sorted(PRIORS):
            figure = self._soft(treatment, reason, grade) if treatment in BY_CELL else self._letter(treatment)
            if figure != _untaught(treatment):
                cells.append((treatment, figure))
        return Figures(tuple(cells))

    def _letter(self, treatment: str) -> Figure:
        seen, prior = self._sum(treatment), self.beliefs.of(treatment, UNKNOWN, None)
        learned = round(_mean(prior, seen))
        return Figure(learned, learned, seen.cases, prior.strength)

    def _soft(self, treatment: str, reason: str, grade: str | None) -> Figure:
        reasons = (reason,) if reason in _APART else (reason, UNKNOWN)
        usual, chronic = (
            max(round(self._in_order(treatment, one, late)[grade]) for one in reasons) for late in (False, True)
        )
        own = self._seen.get((treatment, reason, grade), Seen()) if grade else self._sum(treatment, reason)
        return Figure(usual, min(chronic, usual), own.cases, self.beliefs.of(treatment, reason, grade).strength)

    def _in_order(self, treatment: str, reason: str, late: bool) -> dict[str | None, float]:
        """The means by grade, never falling with a better one; of an unknown grade, of all, but not below the worst.

        ``late``: of customers who mostly pay late.
        """
        seen = [self._seen.get((treatment, reason, grade), Seen()) for grade in _RISING]
        believed = [self._prior(treatment, reason, grade, late) for grade in _RISING]
        means = [_mean(prior, one) for prior, one in zip(believed, seen, strict=True)]
        rising = rising_means(means, [prior.strength + one.cases for prior, one in zip(believed, seen, strict=True)])
        by_grade: dict[str | None, float] = dict(zip(_RISING, rising, strict=True))
        of_all = _mean(self._prior(treatment, reason, None, late), self._sum(treatment, reason))
        by_grade[None] = max(of_all, rising[0])
        return by_grade

    def _prior(self, treatment: str, reason: str, grade: str | None, late: bool) -> Prior:
        prior = self.beliefs.of(treatment, reason, grade)
        return replace(prior, recovery=self.beliefs.chronic(treatment, prior.recovery)) if late else prior

    def _sum(self, treatment: str, reason: str | None = None) -> Seen:
        found = (seen for cell, seen in self._seen.items() if cell[0] == treatment and reason in (None, cell[1]))
        return sum(found, Seen())


def _mean(prior: Prior, seen: Seen) -> float:
    """The mean of the Beta distribution after the cases seen, in hundredths of a percent."""
    return (prior.strength * prior.recovery + BASIS * seen.shares) / (prior.strength + seen.cases)


def _untaught(treatment: str) -> Figure:
    """The figure that says no more than the prior of every reason and grade."""
    usual = PRIORS[treatment].recovery
    return Figure(usual, CHRONIC.get(treatment, PRIORS[treatment]).recovery, 0)


def shipped_figures(reason: str | None, grade: str | None) -> Figures:
    """What the shipped table says of that reason and grade, where nobody has outcomes or beliefs of their own."""
    return _SHIPPED_LESSONS.figures(reason, grade)


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


_SHIPPED_LESSONS = Lessons()
