"""What was known on a day: a creditor's invoices as columns, and counts of them as they stood on any day. Pure.

Nothing that happened after the day enters a count, so that a forecast made from them can be held against what came.
Days are ordinals (``date.toordinal``); a thing that has not happened has the day ``NEVER``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kulant.relationship.behaviour import House, Payers, late_rate, pace, shape
from kulant.relationship.lateness import ON_TIME, WEEKS, Floats, Ints, Pace, first_day, place

NDArrayBool = NDArray[np.bool_]

NEVER = 4_000_000
RECENT_DAYS = 182
LETTER_DAYS = 28


@dataclass(frozen=True, slots=True)
class Book:
    """Invoices, one a row, ordered by the day of issue; customers are numbered from 0 on."""

    customer: Ints
    issued: Ints
    due: Ints
    paid: Ints
    pays: NDArrayBool  # not for invoices that credit notes took back whole: nobody ever paid them early or late
    dropped: Ints  # from this day on it says nothing of the payer: disputed, or a credit note took of it
    size: Floats  # the amount as a multiple of the usual one in its currency
    usual: dict[str, float]  # that amount in minor units, by currency
    dispute_of: Ints  # customer of each dispute, and the day it was raised
    dispute_on: Ints
    letter_of: Ints  # customer of each letter sent, and the day
    letter_on: Ints

    @property
    def terms(self) -> Ints:
        """Days from issue to due date."""
        return self.due - self.issued

    @property
    def lateness(self) -> Ints:
        """Days from the due date to the payment; huge where there is none."""
        return self.paid - self.due

    @property
    def late(self) -> NDArrayBool:
        """Paid after the due date, or not at all."""
        return np.asarray(self.paid > self.due, dtype=np.bool_)


class _Counted:
    """Things that happened, each to somebody on a day, ready to be counted for anybody up to any day."""

    def __init__(self, of: Ints, on: Ints, first: int, span: int, everybody: int) -> None:
        self._first, self._span = first, span
        self._keys = np.sort(of * span + self._day(on))
        self._begins = np.searchsorted(self._keys, np.arange(everybody) * span, side="left")

    def _day(self, on: Ints) -> Ints:
        return np.asarray(np.clip(on - self._first, 0, self._span - 1), dtype=np.int64)

    def by(self, of: Ints, on: Ints) -> Floats:
        """How many happened to each up to the day, that day included."""
        up_to = np.searchsorted(self._keys, of * self._span + self._day(on), side="right")
        return np.asarray(up_to - self._begins[of], dtype=np.float64)


class Known:
    """Counts of a book as they stood on any day."""

    def __init__(self, book: Book, until: int) -> None:
        """``until`` is the last day anybody will ask about."""
        self._book = book
        self._first = int(min(book.issued.min(), book.due.min())) - 1 if len(book.issued) else until
        self._last = max(until, int(book.due.max(initial=0)), int(book.paid[book.paid < NEVER].max(initial=0))) + 1
        # One day more than there is, for whatever has not happened: it lies after every day that is asked for.
        self._span = self._last - self._first + 2
        self._everybody = int(book.customer.max(initial=-1)) + 1

    def _count(self, which: NDArrayBool, on: Ints, of: Ints | None = None) -> _Counted:
        whose = self._book.customer if of is None else of
        return _Counted(whose[which], on[which], self._first, self._span, self._everybody)

    @cached_property
    def _on_time(self) -> _Counted:
        book = self._book
        return self._count(book.pays & ~book.late, book.paid)

    @cached_property
    def _late(self) -> _Counted:
        # The day after the due date it is known to be late, whenever it is paid.
        book = self._book
        return self._count(book.pays & book.late, book.due + 1)

    @cached_property
    def _late_paid(self) -> _Counted:
        book = self._book
        return self._count(book.pays & book.late & (book.paid < NEVER), book.paid)

    @cached_property
    def _disputes(self) -> _Counted:
        return self._count(np.ones(len(self._book.dispute_of), np.bool_), self._book.dispute_on, self._book.dispute_of)

    @cached_property
    def _letters(self) -> _Counted:
        return self._count(np.ones(len(self._book.letter_of), np.bool_), self._book.letter_on, self._book.letter_of)

    @cached_property
    def _by_week(self) -> list[_Counted]:
        book = self._book
        settled = book.pays & (book.paid < NEVER)
        week = place(np.where(settled, book.lateness, 0))
        return [self._count(settled & (week == at), book.paid) for at in range(WEEKS)]

    @cached_property
    def _going_on(self) -> list[_Counted | None]:
        # Known on the first day of the next week; nothing goes on from the last week, nor late from an early one.
        book, found = self._book, list[_Counted | None]([None] * WEEKS)
        for at in range(ON_TIME, WEEKS - 1):
            next_week = int(first_day(at + 1))
            found[at] = self._count(book.pays & (book.lateness >= next_week), book.due + next_week)
        return found

    def payers(self, customer: Ints, on: Ints, *, but_own: NDArrayBool | None = None) -> Payers:
        """What was known of each customer at the end of each day.

        ``but_own`` marks rows whose own invoice is overdue on the day: it is not to count for itself.
        """
        own = np.zeros(len(customer)) if but_own is None else but_own.astype(np.float64)
        before = on - RECENT_DAYS
        late, on_time = self._late.by(customer, on), self._on_time.by(customer, on)
        late_before, on_time_before = self._late.by(customer, before), self._on_time.by(customer, before)
        recent_late = late - late_before
        return Payers(
            known=np.maximum(late + on_time - own, 0),
            late=np.maximum(late - own, 0),
            recent_known=np.maximum(recent_late + on_time - on_time_before - own, 0),
            recent_late=np.maximum(recent_late - own, 0),
            overdue=np.maximum(late - self._late_paid.by(customer, on) - own, 0),
            paid=np.stack([week.by(customer, on) for week in self._by_week], axis=1),
            went_on=np.stack(
                [week.by(customer, on) if week else np.zeros(len(customer)) for week in self._going_on], axis=1
            ),
            disputes=self._disputes.by(customer, on),
            letters=self._letters.by(customer, on) - self._letters.by(customer, on - LETTER_DAYS),
        )

    def everybody(self, on: int) -> Payers:
        """What was known of every customer at the end of one day, a row each: the same counts, got at once."""
        book = self._book

        def count(which: NDArrayBool, of: Ints = book.customer) -> Floats:
            return np.bincount(of[which], minlength=self._everybody).astype(np.float64)

        before = on - RECENT_DAYS
        late, settled = book.pays & book.late, book.pays & (book.paid <= on)
        on_time = settled & ~book.late
        known_late = late & (book.due < on)
        week = book.customer * WEEKS + place(np.where(settled, book.lateness, 0))
        paid = np.bincount(week[settled], minlength=self._everybody * WEEKS).astype(np.float64)
        return Payers(
            known=count(known_late | on_time),
            late=count(known_late),
            recent_known=count((known_late & (book.due >= before)) | (on_time & (book.paid > before))),
            recent_late=count(known_late & (book.due >= before)),
            overdue=count(known_late & (book.paid > on)),
            paid=paid.reshape(self._everybody, WEEKS),
            went_on=self._went_on_by(on),
            disputes=count(book.dispute_on <= on, book.dispute_of),
            letters=count((book.letter_on <= on) & (book.letter_on > on - LETTER_DAYS), book.letter_of),
        )

    def _went_on_by(self, on: int) -> Floats:
        """By customer and late week, invoices open when the week was over, as far as it was over by the day."""
        book = self._book
        found = np.zeros((self._everybody, WEEKS))
        for at in range(ON_TIME, WEEKS - 1):
            next_week = int(first_day(at + 1))
            which = book.pays & (book.lateness >= next_week) & (book.due + next_week <= on)
            found[:, at] = np.bincount(book.customer[which], minlength=self._everybody)
        return found

    @cached_property
    def _totals(self) -> tuple[Floats, Floats, Floats, Floats]:
        """By day: invoices known to be late, known to be on time, payments by week, late invoices that went on."""
        book = self._book
        days = self._span

        def daily(on: Ints) -> Floats:
            at = np.clip(on - self._first, 0, days - 1)
            return np.cumsum(np.bincount(at, minlength=days)[:days]).astype(np.float64)

        late, settled = book.pays & book.late, book.pays & (book.paid < NEVER)
        week = place(np.where(settled, book.lateness, 0))
        paid = np.stack([daily(book.paid[settled & (week == at)]) for at in range(WEEKS)], axis=1)
        went_on = np.stack(
            [
                daily((book.due + next_week)[book.pays & (book.lateness >= next_week) & (at >= ON_TIME)])
                for at, next_week in enumerate((first_day(np.arange(WEEKS)) + 7).tolist())
            ],
            axis=1,
        )
        went_on[:, -1] = 0.0
        return daily(book.due[late] + 1), daily(book.paid[book.pays & ~book.late]), paid, went_on

    def _at(self, on: Ints) -> Ints:
        # The last day stands for what never happened, and is never asked for.
        return np.asarray(np.clip(on - self._first, 0, self._span - 2), dtype=np.int64)

    def house(self, on: Ints) -> House:
        """What was known of all customers together at the end of each day."""
        late, on_time, paid, went_on = self._totals
        now, before = self._at(on), self._at(on - RECENT_DAYS)
        days, back = np.unique(now, return_inverse=True)
        rate = late_rate(late[now], late[now] + on_time[now])
        recent_late = late[now] - late[before]
        recent_known = recent_late + on_time[now] - on_time[before]
        recent = np.where(recent_known > 0, late_rate(recent_late, recent_known), rate)
        return House(rate, recent, shape(paid[days], went_on[days])[back])

    def pace(self, on: int) -> Pace:
        """How payments fell within their weeks, up to a day."""
        book = self._book
        settled = book.pays & (book.paid <= on)
        days = book.lateness[settled]
        at = place(days)
        day = np.clip(days - first_day(at), 0, 6)
        by_day = np.bincount(at * 7 + day, minlength=WEEKS * 7)[: WEEKS * 7].reshape(WEEKS, 7).astype(np.float64)
        _, _, paid, went_on = self._totals
        now = self._at(np.asarray([on]))[0]
        return pace(by_day, paid[now], went_on[now])
