"""Dates as collections people count them: business days, month ends, whole months. Pure; no clock."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from functools import lru_cache

_WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FIRST_YEAR, _LAST_YEAR = 1900, 2199

# Where banks and offices are closed on more days than the public holidays: which categories of the holidays library
# count, and which of their days (MM-DD) do not. The law's files say why (``holidays`` in law/data).
HOLIDAYS: dict[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "DK": (("public", "optional"), frozenset({"05-01"})),
    "SE": (("public", "de_facto"), frozenset()),
}
PUBLIC: tuple[tuple[str, ...], frozenset[str]] = (("public",), frozenset())


def read_day(text: str) -> date:
    """The day written as YYYY-MM-DD; raises ``ValueError`` for anything else, and for years nobody does business in."""
    if not _WRITTEN.fullmatch(text) or not _FIRST_YEAR <= int(text[:4]) <= _LAST_YEAR:
        raise ValueError(f"{text!r} is not a day between {_FIRST_YEAR} and {_LAST_YEAR}, written as YYYY-MM-DD")
    return date.fromisoformat(text)


def month_end(day: date) -> date:
    """The last day of the month in which the day falls."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def add_months(day: date, months: int, *, day_of_month: int | None = None) -> date:
    """The same day so many months on, or the month's last day where the month is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    wanted = day_of_month or day.day
    return date(year, month + 1, min(wanted, calendar.monthrange(year, month + 1)[1]))


@lru_cache(maxsize=512)
def _public_holidays(country: str, year: int) -> frozenset[date]:
    import holidays  # takes long to load, and most commands count no business days

    categories, working = HOLIDAYS.get(country, PUBLIC)
    try:
        found = holidays.country_holidays(country, years=year, categories=categories)
    except NotImplementedError:
        return frozenset()
    return frozenset(day for day in found if f"{day:%m-%d}" not in working)


def is_business_day(day: date, country: str) -> bool:
    """Monday to Friday and no holiday there (a country without a known calendar: weekdays)."""
    # Swedish calendars list every Sunday as a holiday; weekends are excluded either way.
    return day.weekday() < 5 and day not in _public_holidays(country, day.year)


def next_business_day(day: date, country: str) -> date:
    """The day itself when it is a business day, else the first one after it."""
    while not is_business_day(day, country):
        day += timedelta(days=1)
    return day


def add_business_days(day: date, count: int, country: str) -> date:
    """The business day that lies so many business days after the day."""
    for _ in range(count):
        day = next_business_day(day + timedelta(days=1), country)
    return day
