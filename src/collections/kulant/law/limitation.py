"""When a claim is too old to be enforced, and how long before that it is time to say so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from kulant.core.calendar import add_months, next_business_day
from kulant.law.book import Law
from kulant.law.model import Debtor

MARKS = (1, 3, 12)  # months before the last day, the most pressing first


def last_enforceable_day(law: Law, debtor: Debtor, due: date, reminded: Iterable[date] = ()) -> date:
    """The last day on which the claim can be enforced, where nobody acknowledged it or went to court.

    A written reminder begins the time anew in some countries, as long as the time had not run out. Where the law moves
    it, a last day on a weekend or holiday becomes the next business day.
    """
    rule = law.file.limitation
    if rule is None:
        law.refuse("the limitation of claims is not known")
    last = _end(law, due, rule.years[debtor])
    if rule.reminder_interrupts:
        for day in sorted(reminded):
            if due < day <= last:
                last = _end(law, day, rule.years[debtor])
    return last


def _end(law: Law, begin: date, years: int) -> date:
    rule, deadlines = law.file.limitation, law.file.deadlines
    end = add_months(date(begin.year, 12, 31) if rule and rule.from_year_end else begin, 12 * years)
    return next_business_day(end, law.country) if deadlines and deadlines.limitation_moves else end


def mark(last: date, today: date) -> int | None:
    """The mark that was passed latest before a last day; none before the first, and none once the day is over."""
    if today > last:
        return None
    return next((months for months in MARKS if today >= add_months(last, -months)), None)


def due_between(law: Law, today: date) -> tuple[date, date] | None:
    """The due dates of the claims that can be nearing their last day; none where no limitation is known.

    A month more than the first mark: claims that grow too old in the same month are told of together. Where reminders
    begin the time anew, a claim may be of any age.
    """
    rule = law.file.limitation
    if rule is None:
        return None
    shortest, longest = min(rule.years.values()), max(rule.years.values())
    oldest = add_months(today, -12 * (longest + rule.from_year_end) - 1)
    return date.min if rule.reminder_interrupts else oldest, add_months(today, 13 - 12 * shortest)
