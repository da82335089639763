"""The discrete weekly hazard: how likely an open invoice is to be paid in the coming week. Pure.

h = σ(α_t + βx), t the week counted from the due date, x what was known when the week began. It is fitted on one row for
each week that each invoice was open, so that invoices nobody has paid yet are counted for as long as they were open; a
row is left out once the invoice was disputed or taken back by a credit note. The fit is a logistic regression drawn
towards zero, solved by Newton's method.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from kulant.relationship.behaviour import House, Payers, history_mass, history_rate, shrunk_rate
from kulant.relationship.known import Book, Known, NDArrayBool
from kulant.relationship.lateness import ON_TIME, WEEKS, Curves, Floats, Ints, Pace, first_day, place

# The weeks that share an intercept: single ones around the due date, ever more of them further away.
_EDGES = np.searchsorted([-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 9, 14, 27], np.arange(-9, 28), side="right")
LEVELS = int(_EDGES.max()) + 1

COLUMNS = (
    "own history's hazard of the week",
    "late rate, before the due date",
    "late rate, after the due date",
    "late rate of the last half year against all of it",
    "how much history there is",
    "other invoices overdue",
    "size of the invoice",
    "disputes raised before",
    "a letter in the last four weeks",
    "all customers' late rate of the last half year",
    "days to pay",
)

_PENALTY = 2.0  # as if so many rows said that a column means nothing
_STEPS = 25
_SETTLED = 1e-6
_LEAST = 1e-4
_RAREST = 0.01  # a late rate below this, or as close to one, tells no more than this


@dataclass(frozen=True, slots=True)
class Rows:
    """Person-weeks: an invoice in a week it was open."""

    invoice: Ints
    week: Ints  # its place, from 0 on
    ends: Ints  # the day from which it is known whether it was paid in the week
    paid: NDArrayBool
    columns: Floats


@dataclass(frozen=True, slots=True)
class Hazard:
    """A fitted model: intercepts by level of week, then a weight for each column, scaled to mean 0 and spread 1."""

    weights: Floats
    means: Floats
    spreads: Floats
    rows: int

    def as_json(self) -> dict[str, Any]:
        """As stored with the model."""
        return {
            "weights": [round(float(one), 6) for one in self.weights],
            "means": [round(float(one), 6) for one in self.means],
            "spreads": [round(float(one), 6) for one in self.spreads],
            "rows": self.rows,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Hazard:
        """As it was stored."""
        weights, means, spreads = (
            np.asarray(stored[name], dtype=np.float64) for name in ("weights", "means", "spreads")
        )
        return cls(weights, means, spreads, int(stored["rows"]))


def person_weeks(book: Book, known: Known, chosen: Ints, today: int) -> Rows:
    """A row for each week that each chosen invoice was open, with what was known when the week began."""
    end = np.minimum(np.minimum(book.paid[chosen], book.dropped[chosen]), today)
    first = place(-book.terms[chosen])
    last = place(end - book.due[chosen])
    weeks = np.maximum(last - first + 1, 0)
    invoice = np.repeat(chosen, weeks)
    start = np.repeat(np.cumsum(weeks) - weeks, weeks)
    week = np.repeat(first, weeks) + np.arange(len(invoice)) - start
    began = np.maximum(book.due[invoice] + first_day(week), book.issued[invoice])
    over = book.due[invoice] + first_day(week) + 6
    paid = (book.paid[invoice] <= np.minimum(over, today)) & (book.paid[invoice] < book.dropped[invoice])
    paid &= place(np.minimum(book.lateness[invoice], over)) == week
    # A week that was cut short, by today or by a dispute, says nothing; one with a payment is over on that day.
    whole = paid | ((over < np.repeat(end, weeks)) & (week < WEEKS - 1))
    invoice, week, began, over, paid = invoice[whole], week[whole], began[whole], over[whole], paid[whole]
    eve = began - 1
    payers = known.payers(book.customer[invoice], eve, but_own=eve > book.due[invoice])
    columns = design(payers, known.house(eve), week, book.size[invoice], book.terms[invoice])
    return Rows(invoice, week, np.where(paid, book.paid[invoice], over), paid, columns)


def design(payers: Payers, house: House, week: Ints, size: Floats, terms: Ints) -> Floats:
    """The columns x of each row."""
    rate = history_rate(payers, house)
    usual = _log_odds(rate, _RAREST)
    recent = _log_odds(shrunk_rate(payers.recent_late, payers.recent_known, rate), _RAREST)
    after = week >= ON_TIME
    mass = history_mass(payers, house)
    return np.stack(
        [
            _own_hazard(mass, week),
            np.where(after, 0.0, usual),
            np.where(after, usual, 0.0),
            recent - usual,
            np.log1p(payers.known),
            np.log1p(payers.overdue),
            np.log(np.clip(size, 0.01, 100.0)),
            np.log1p(payers.disputes),
            np.minimum(payers.letters, 3.0),
            np.broadcast_to(_log_odds(house.recent_late_rate, _RAREST), usual.shape),
            np.clip(terms, 0, 120) / 30.0,
        ],
        axis=1,
    )


def _own_hazard(mass: Floats, week: Ints) -> Floats:
    """Log odds that the own history gives to being paid in the week, once it has begun."""
    left = np.cumsum(mass[:, ::-1], axis=1)[:, ::-1]
    row = np.arange(len(week))
    return _log_odds(mass[row, week] / np.maximum(left[row, week], _LEAST))


def _log_odds(share: ArrayLike, least: float = _LEAST) -> Floats:
    from scipy.special import logit  # loaded when it is needed: most commands never foretell anything

    return np.asarray(logit(np.clip(share, least, 1 - least)), dtype=np.float64)


def _sigma(odds: Floats) -> Floats:
    from scipy.special import expit

    return np.asarray(expit(odds), dtype=np.float64)


def fit(rows: Rows, which: NDArrayBool) -> Hazard | None:
    """The weights under which the chosen rows are most likely; none when they cannot tell."""
    columns, week, paid = rows.columns[which], rows.week[which], rows.paid[which].astype(np.float64)
    if not 0 < paid.sum() < len(paid):
        return None
    means, spreads = columns.mean(axis=0), columns.std(axis=0)
    spreads[spreads < 1e-9] = 1.0
    weights = _newton(_matrix(week, (columns - means) / spreads), paid)
    return None if weights is None else Hazard(weights, means, spreads, len(paid))


def _matrix(week: Ints, scaled: Floats) -> Floats:
    return np.concatenate([np.eye(LEVELS)[_EDGES[week]], scaled], axis=1)


def _newton(matrix: Floats, paid: Floats) -> Floats | None:
    """Penalised logistic regression; the intercepts are drawn to the share of all weeks in which somebody paid."""
    size = matrix.shape[1]
    centre = np.zeros(size)
    centre[:LEVELS] = _log_odds(paid.mean())
    weights = centre.copy()
    for _ in range(_STEPS):
        chance = _sigma(matrix @ weights)
        slope = matrix.T @ (paid - chance) - _PENALTY * (weights - centre)
        curve = (matrix * (chance * (1 - chance))[:, None]).T @ matrix + _PENALTY * np.eye(size)
        step = np.linalg.solve(curve, slope)
        weights = weights + np.clip(step, -2.0, 2.0)
        if not np.isfinite(weights).all():
            return None
        if np.abs(step).max() < _SETTLED:
            return np.asarray(weights, dtype=np.float64)
    return None


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt's: p' = σ(shift + slope · logit p), from forecasts that were made before and what came of them."""

    shift: float = 0.0
    slope: float = 1.0

    def of(self, chance: Floats) -> Floats:
        """The calibrated probability."""
        return _sigma(self.shift + self.slope * _log_odds(chance))


_FEWEST_TO_CALIBRATE = 100
_STEADY = 5.0


def platt(chance: Floats, came: NDArrayBool) -> Calibration:
    """Fitted on forecasts and outcomes, drawn towards leaving them as they are; unchanged when they are too few."""
    if len(chance) < _FEWEST_TO_CALIBRATE or came.all() or not came.any():
        return Calibration()
    matrix = np.stack([np.ones(len(chance)), _log_odds(chance)], axis=1)
    wanted = np.asarray([0.0, 1.0])
    weights = wanted.copy()
    for _ in range(_STEPS):
        now = _sigma(matrix @ weights)
        slope = matrix.T @ (came - now) - _STEADY * (weights - wanted)
        curve = (matrix * (now * (1 - now))[:, None]).T @ matrix + _STEADY * np.eye(2)
        step = np.linalg.solve(curve, slope)
        weights = weights + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < _SETTLED:
            break
    # A slope of nothing or below would turn the order round.
    return Calibration(float(weights[0]), float(max(weights[1], 0.1)))


def hazard_curves(
    model: Hazard, calibration: Calibration, payers: Payers, house: House, *, size: Floats, terms: Ints, pace: Pace
) -> Curves:
    """The distribution of lateness of each row: the hazards of its weeks, the probability of being late calibrated."""
    rows = len(size)
    hazards = np.zeros((rows, WEEKS))
    first = place(-terms)
    mass = history_mass(payers, house)
    plain = design(payers, house, np.zeros(rows, np.int64), size, terms)
    usual = plain[:, 1].copy()
    for week in range(WEEKS - 1):
        plain[:, 0] = _own_hazard(mass, np.full(rows, week))
        plain[:, 1], plain[:, 2] = (usual, 0.0) if week < ON_TIME else (0.0, usual)
        sums = ((plain - model.means) / model.spreads) @ model.weights[LEVELS:] + model.weights[_EDGES[week]]
        hazards[:, week] = np.where(week < first, 0.0, _sigma(sums))
    hazards[:, -1] = 1.0
    survived = np.cumprod(1 - hazards, axis=1)
    before = np.concatenate([np.ones((rows, 1)), survived[:, :-1]], axis=1)
    return Curves(_calibrated(before * hazards, calibration), pace)


def _calibrated(mass: Floats, calibration: Calibration) -> Floats:
    late = mass[:, ON_TIME:].sum(axis=1)
    wanted = calibration.of(late)
    on_time = np.where(late < 1, (1 - wanted) / np.maximum(1 - late, 1e-12), 1.0)
    scaled = mass.copy()
    scaled[:, :ON_TIME] *= on_time[:, None]
    scaled[:, ON_TIME:] *= (wanted / np.maximum(late, 1e-12))[:, None]
    total = scaled.sum(axis=1, keepdims=True)
    return np.asarray(scaled / np.maximum(total, 1e-12), dtype=np.float64)
