"""When invoices are paid, counted in weeks from their due date, and what a distribution over those weeks says. Pure.

Lateness is the days from the due date to the payment: zero or less is on time. Its weeks end on the due date (week 0),
seven days later (week 1) and so on; ten weeks up to the due date, 26 weeks after it, and one for whatever comes later.
Everything works on whole arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FIRST_WEEK = -9
BEYOND = 27  # the week that holds every payment more than 26 weeks late
WEEKS = BEYOND - FIRST_WEEK + 1
ON_TIME = 1 - FIRST_WEEK  # so many weeks lie before the due date has passed

# Whoever is more than half a year late pays, if ever, at the creditor's own pace, but no wait is taken to be longer.
_LONGEST_WAIT_DAYS = 182.0


def place(days: ArrayLike) -> Ints:
    """The place, from 0 on, of the week in which a payment so many days after the due date falls."""
    week = -(-np.asarray(days, dtype=np.int64) // 7)
    return np.asarray(np.clip(week, FIRST_WEEK, BEYOND) - FIRST_WEEK, dtype=np.int64)


def first_day(places: ArrayLike) -> Ints:
    """The first day, counted from the due date, of the week at a place."""
    return np.asarray((np.asarray(places, dtype=np.int64) + FIRST_WEEK) * 7 - 6, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Pace:
    """How the creditor's customers pay within a week, and after half a year."""

    within: Floats  # (weeks, 8): share of the week's payments made before each of its days; the last column is 1
    beyond: float  # chance, each week, that a debt more than 26 weeks late is paid

    @property
    def wait_beyond(self) -> float:
        """Days to wait, on average, for a debt more than 26 weeks late."""
        return min(7 / self.beyond, _LONGEST_WAIT_DAYS)


@dataclass(frozen=True)
class Curves:
    """Distributions of lateness, one a row; each row sums to one."""

    mass: Floats  # (rows, weeks)
    pace: Pace

    def late(self) -> Floats:
        """The probability of being late, as seen on the day of issue."""
        return np.asarray(self.mass[:, ON_TIME:].sum(axis=1), dtype=np.float64)

    @cached_property
    def _after(self) -> Floats:
        return _from_each_on(self.mass)[:, 1:]

    def still_open(self, rows: Ints, days: Ints) -> Floats:
        """The probability that an invoice is still open on the morning of the day so many days after it was due."""
        at = place(days)
        following = self._after[rows, at]
        inside = self.mass[rows, at] * (1 - self.gone(at, days))
        return np.asarray(np.where(days < first_day(0), 1.0, following + inside), dtype=np.float64)

    def gone(self, at: Ints, days: Ints) -> Floats:
        """Which share of the payments of the week are made before the day."""
        day = np.clip(days - first_day(at), 0, None)
        in_week = self.pace.within[at, np.minimum(day, 7)]
        beyond = 1 - (1 - self.pace.beyond) ** (day / 7)
        return np.asarray(np.where(at == WEEKS - 1, beyond, in_week), dtype=np.float64)


def _from_each_on(parts: Floats) -> Floats:
    """For each week, what it and all later weeks sum to; nothing after the last."""
    sums = np.cumsum(parts[:, ::-1], axis=1)[:, ::-1]
    return np.concatenate([sums, np.zeros((len(parts), 1))], axis=1)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is to be expected of open invoices, one a row, from a day on."""

    p_late: Floats
    days_late: Floats  # expected; early counts as none
    paid: Floats  # (rows, spans): probability of being paid within each span of days from today


def outlook(
    curves: Curves, rows: Ints, *, overdue: Ints, terms: Ints, ends: ArrayLike, day_is_told: bool = False
) -> Outlook:
    """What to expect of invoices that are open today, ``overdue`` days after they were due (below zero: before).

    All of it is conditional on their being open still: S(t) / S(today). On the day of issue, ``terms`` days before the
    due date, nothing could have been paid yet. ``ends`` are the last days, from today, of the spans to foretell. Where
    the bank has told of today already, what is open now is not going to be paid today.
    """
    issued_today = overdue <= -terms
    now = np.maximum(np.where(issued_today, 1.0, curves.still_open(rows, overdue)), 1e-12)
    p_late = np.where(overdue > 0, 1.0, curves.late()[rows] / now)
    first = np.maximum(curves.still_open(rows, overdue + 1), 1e-12) if day_is_told else now
    left = [first, *(np.minimum(curves.still_open(rows, overdue + int(end) + 1), first) for end in np.asarray(ends))]
    paid = [(earlier - later) / first for earlier, later in pairwise(left)]
    return Outlook(
        p_late=np.clip(p_late, 0.0, 1.0),
        days_late=_days_late(curves, rows, overdue, now),
        paid=np.clip(np.stack(paid, axis=1) if paid else np.zeros((len(rows), 0)), 0.0, 1.0),
    )


def _days_late(curves: Curves, rows: Ints, overdue: Ints, now: Floats) -> Floats:
    """The days late to expect of an invoice open today: each later week counts with its middle."""
    wait = curves.pace.wait_beyond
    middle = np.maximum(first_day(np.arange(WEEKS)) + 3.0, 0.0)
    middle[-1] = first_day(WEEKS - 1) + wait
    middle[:ON_TIME] = 0.0
    at = place(overdue)
    following = _from_each_on(curves.mass * middle)[rows, at + 1]
    rest = curves.mass[rows, at] * (1 - curves.gone(at, overdue))
    last = np.where(at == WEEKS - 1, overdue + 2 * wait, first_day(at) + 6)
    inside = rest * np.where(at < ON_TIME, 0.0, (overdue + last) / 2)
    known = np.maximum(overdue, 0)
    return np.asarray(np.maximum((following + inside) / now, known), dtype=np.float64)
