"""The last day to pay an invoice in time, where the law moves it from a weekend or holiday."""

from __future__ import annotations

from datetime import date

from kulant.core.calendar import next_business_day
from kulant.law.book import Law


def payable_until(law: Law, due: date) -> date:
    """The last day on which paying an invoice is in time; interest and fees count from it.

    In Germany and Sweden a due date on a weekend or holiday moves to the next business day; in the other countries the
    day of the contract stands. A claim (``kulant claim``) takes the due dates it is given as those that hold.
    """
    rule = law.file.deadlines
    return next_business_day(due, law.country) if rule and rule.due_date_moves else due
