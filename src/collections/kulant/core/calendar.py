"""Dates as collections people count them: business days, month ends, whole months. Pure; no clock."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from functools import lru_cache

import holidays


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
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()


def is_business_day(day: date, country: str) -> bool:
    """Monday to Friday and no public holiday there (a country without a known calendar: weekdays)."""
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
