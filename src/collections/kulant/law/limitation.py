"""When a claim is too old to be enforced."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from kulant.core.calendar import add_months
from kulant.law.book import Law
from kulant.law.model import Debtor


def last_enforceable_day(law: Law, debtor: Debtor, due: date, reminded: Iterable[date] = ()) -> date:
    """The last day on which the claim can be enforced, where nobody acknowledged it or went to court.

    A written reminder begins the time anew in some countries, as long as the time had not run out.
    """
    rule = law.file.limitation
    if rule is None:
        law.refuse("the limitation of claims is not known")
    last = _end(due, rule.years[debtor], from_year_end=rule.from_year_end)
    if rule.reminder_interrupts:
        for day in sorted(reminded):
            if due < day <= last:
                last = _end(day, rule.years[debtor], from_year_end=rule.from_year_end)
    return last


def _end(begin: date, years: int, *, from_year_end: bool) -> date:
    return add_months(date(begin.year, 12, 31) if from_year_end else begin, 12 * years)
