"""Late interest, exactly: whole numbers over one common denominator, rounded once for the whole claim.

The due date bears no interest, the day of the claim and the day of a payment do. A period is divided where the rate
changes (1 January and 1 July; not where the rate is fixed at the start), where money came in, and where a year of
interest is added to the base (the Netherlands).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import lcm

from kulant.core.calendar import add_months
from kulant.law.book import RATE_UNITS, Law, RateRow
from kulant.law.facts import Invoice
from kulant.law.model import Debtor

_YEARS = lcm(360, 365, 366)  # a multiple of every length a year may have
DENOMINATOR = _YEARS * 100 * RATE_UNITS
_DAY = timedelta(days=1)

# Interest in units of a minor unit over DENOMINATOR. Only compounding makes it a fraction.
Exact = int | Fraction


@dataclass(frozen=True, slots=True)
class Segment:
    """Some days in which neither the base nor the rate changed. ``first`` and ``last`` both bear interest."""

    invoice: str
    first: date
    last: date
    days: int
    base: Exact
    rate: RateRow
    interest: Exact


def accrue(law: Law, debtor: Debtor, invoice: Invoice, as_of: date) -> list[Segment]:
    """The interest on an invoice up to and including a day."""
    if debtor in law.file.interest.not_owed_by:
        return []
    compounding = law.file.interest.compounding == "yearly"
    fixed = law.file.interest.fixed_at_start
    anniversaries = set(_anniversaries(invoice.due, as_of)) if compounding else set()
    found: list[Segment] = []
    grown: Exact = 0
    this_year: Exact = 0
    before = invoice.due
    for mark in _marks(law, invoice, as_of, anniversaries):
        base = invoice.unpaid(before) + grown
        days = days_between(law, before, mark)
        if base and days:
            rate = law.rate_on(debtor, invoice.due + _DAY if fixed else mark)
            interest = base * rate.units * days * (_YEARS // _year_length(law, mark))
            found.append(Segment(invoice.number, before + _DAY, mark, days, base, rate, interest))
            this_year += interest
        if mark in anniversaries:
            grown += Fraction(this_year) / DENOMINATOR
            this_year = 0
        before = mark
    return found


def _marks(law: Law, invoice: Invoice, as_of: date, anniversaries: set[date]) -> list[date]:
    """The last days of the segments, in order."""
    if as_of <= invoice.due:
        return []
    marks = {as_of, *anniversaries}
    marks.update(one.on for one in invoice.payments if invoice.due < one.on < as_of)
    if not law.file.interest.fixed_at_start:
        marks.update(_half_year_ends(invoice.due, as_of))
    return sorted(marks)


def _half_year_ends(after: date, before: date) -> Iterator[date]:
    for year in range(after.year, before.year + 1):
        for end in (date(year, 6, 30), date(year, 12, 31)):
            if after < end < before:
                yield end


def _anniversaries(due: date, as_of: date) -> Iterator[date]:
    months = 12
    while (day := add_months(due, months)) < as_of:
        yield day
        months += 12


def days_between(law: Law, after: date, to: date) -> int:
    """The days from one day (out) to another (in), as the country counts them."""
    if law.year_length != 360:
        return (to - after).days
    return (to.year - after.year) * 360 + (to.month - after.month) * 30 + min(to.day, 30) - min(after.day, 30)


def _year_length(law: Law, day: date) -> int:
    if law.year_length:
        return law.year_length
    leap = day.year % 4 == 0 and (day.year % 100 != 0 or day.year % 400 == 0)
    return 366 if leap else 365


def rounded(exact: Exact) -> int:
    """Minor units, to the nearest, halves up."""
    return int((2 * exact + DENOMINATOR) // (2 * DENOMINATOR))
