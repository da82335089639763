"""How customers pay, foretold from their own history: the baseline every payment model has to beat. Pure.

The probability of being late is the one of :mod:`kulant.relationship.habit`: the customer's own share, drawn to the
creditor's while data is thin. How early or how late follows the customer's own weeks, drawn to the creditor's alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kulant.relationship.habit import DEFAULT_LATE_RATE, LATE_RATE_SHRINKAGE
from kulant.relationship.lateness import ON_TIME, WEEKS, Curves, Floats, Ints, Pace

# How many payments spread like the creditor's every customer is given, on time and in each week late.
SHAPE_SHRINKAGE = 4.0

# A creditor without any history: most who pay on time pay in the week of the due date; of those who are late a third
# pay in each of the first weeks, and ever fewer later. Counts as so many payments, so it soon vanishes.
_PRIOR_PAYMENTS = 5.0
_EARLY = 0.4
_PRIOR_HAZARDS = np.repeat([0.35, 0.15, 0.05], [4, 9, 14])

_LEAST_BEYOND, _MOST_BEYOND = 0.005, 0.5


@dataclass(frozen=True, slots=True)
class Payers:
    """What was known, on a day, of those whose invoices are to be foretold; a row each, columns of equal length."""

    known: Floats  # invoices known to be late or not
    late: Floats
    recent_known: Floats  # of the last half year
    recent_late: Floats
    overdue: Floats  # open and past their due date
    paid: Floats  # (rows, weeks): payments by the week they came in
    went_on: Floats  # (rows, weeks): late invoices that were still open when the week was over
    disputes: Floats  # ever raised
    letters: Floats  # sent in the four weeks before

    def of(self, rows: Ints) -> Payers:
        """The same, chosen and repeated by row."""
        return Payers(
            self.known[rows], self.late[rows], self.recent_known[rows], self.recent_late[rows], self.overdue[rows],
            self.paid[rows], self.went_on[rows], self.disputes[rows], self.letters[rows],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class House:
    """What was known of all the creditor's customers together; each with one row, or with one for every payer."""

    late_rate: Floats
    recent_late_rate: Floats
    shape: Floats  # (…, weeks): how on-time payments spread over their weeks, and late ones over theirs


def late_rate(late: Floats, known: Floats) -> Floats:
    """The creditor's share of invoices known to be late."""
    rate = np.divide(late, known, out=np.full_like(late, DEFAULT_LATE_RATE), where=known > 0)
    return np.asarray(rate, dtype=np.float64)


def shrunk_rate(late: Floats, known: Floats, base: Floats) -> Floats:
    """The own late rate drawn to the creditor's; the arrays' twin of :func:`kulant.relationship.habit.late_risk`."""
    return np.asarray((late + LATE_RATE_SHRINKAGE * base) / (known + LATE_RATE_SHRINKAGE), dtype=np.float64)


def shape(paid: Floats, went_on: Floats) -> Floats:
    """How payments spread over the weeks on time, and over the weeks late; each part sums to one.

    ``paid`` counts payments by week, ``went_on`` the late invoices still open when the week was over: debts nobody has
    paid yet make the late weeks longer, though nobody knows when they will be paid (Kaplan and Meier).
    """
    early = _EARLY ** np.arange(ON_TIME)[::-1].astype(np.float64)
    on_time = paid[..., :ON_TIME] + _PRIOR_PAYMENTS * early / early.sum()
    return _both(on_time, _late_weeks(paid, went_on, _PRIOR_HAZARDS, _PRIOR_PAYMENTS))


def _late_weeks(paid: Floats, went_on: Floats, usual: Floats, weight: float) -> Floats:
    """How late payments spread over their weeks, each week's hazard drawn to the usual one while data is thin."""
    ended = paid[..., ON_TIME:]
    hazard = np.clip((ended + weight * usual) / (ended + went_on[..., ON_TIME:] + weight), 0.0, 0.999)
    hazard[..., -1] = 1.0  # the last week holds all that remains
    survived = np.cumprod(1 - hazard, axis=-1)
    before = np.concatenate([np.ones_like(survived[..., :1]), survived[..., :-1]], axis=-1)
    return np.asarray(before * hazard, dtype=np.float64)


def _both(on_time: Floats, late: Floats) -> Floats:
    return np.concatenate([on_time / on_time.sum(axis=-1, keepdims=True), late], axis=-1)


def _hazards(late: Floats) -> Floats:
    """The weekly hazards behind a spread over late weeks."""
    left = np.cumsum(late[..., ::-1], axis=-1)[..., ::-1]
    return np.asarray(late / np.maximum(left, 1e-12), dtype=np.float64)


def pace(paid_by_day: Floats, paid: Floats, went_on: Floats) -> Pace:
    """The pace within weeks from counts of payments by day (weeks, 7), each week drawn a little to an even spread."""
    days = paid_by_day + 1.0
    within = np.cumsum(days, axis=1) / days.sum(axis=1, keepdims=True)
    # Of the invoices open three months after they were due and longer, so many were paid in a week.
    ended, waited = paid[ON_TIME + 13 : -1].sum(), went_on[ON_TIME + 13 : -1].sum()
    beyond = (ended + _PRIOR_PAYMENTS * 0.05) / (ended + waited + _PRIOR_PAYMENTS)
    return Pace(
        within=np.concatenate([np.zeros((WEEKS, 1)), within], axis=1),
        beyond=float(np.clip(beyond, _LEAST_BEYOND, _MOST_BEYOND)),
    )


def history_rate(payers: Payers, house: House) -> Floats:
    """The probability of being late by the own history."""
    return shrunk_rate(payers.late, payers.known, house.late_rate)


def history_mass(payers: Payers, house: House) -> Floats:
    """The distribution of lateness by the own history, a row each."""
    rate = history_rate(payers, house)[:, None]
    on_time = payers.paid[:, :ON_TIME] + SHAPE_SHRINKAGE * house.shape[:, :ON_TIME]
    usual = _hazards(house.shape[:, ON_TIME:])
    spread = _both(on_time, _late_weeks(payers.paid, payers.went_on, usual, SHAPE_SHRINKAGE))
    return np.asarray(spread * np.where(np.arange(WEEKS) < ON_TIME, 1 - rate, rate), dtype=np.float64)


def history_curves(payers: Payers, house: House, own_pace: Pace) -> Curves:
    """What the own history foretells."""
    return Curves(history_mass(payers, house), own_pace)
