"""Days as collections people count them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulant.core.calendar import add_business_days, add_months, is_business_day, month_end, next_business_day, read_day

some_day = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@given(some_day)
def test_a_month_ends_on_the_day_before_the_next_one(day: date) -> None:
    end = month_end(day)
    assert (end.year, end.month) == (day.year, day.month)
    assert (end + timedelta(days=1)).day == 1


@given(some_day, st.integers(-60, 60))
def test_months_on_is_that_month_and_that_day_or_its_last(day: date, months: int) -> None:
    moved = add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day == min(day.day, month_end(moved).day)


def test_the_31st_is_kept_where_there_is_one() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2026, 2, 28), 1, day_of_month=31) == date(2026, 3, 31)
    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)


@pytest.mark.parametrize(
    ("day", "country", "works"),
    [
        (date(2026, 5, 1), "NO", False),
        (date(2026, 5, 17), "NO", False),
        (date(2026, 6, 5), "SE", True),
        (date(2028, 5, 17), "NO", False),
        (date(2028, 5, 17), "DK", True),
        (date(2026, 12, 25), "DE", False),
        (date(2026, 11, 21), "NO", False),
        (date(2026, 11, 20), "NO", True),
        (date(2026, 11, 20), "XX", True),
        (date(2026, 6, 19), "SE", False),  # Midsummer Eve
        (date(2026, 12, 24), "SE", False),
        (date(2026, 6, 5), "DK", False),  # Constitution Day
        (date(2026, 5, 1), "DK", True),
        (date(2026, 12, 31), "DK", False),
    ],
)
def test_business_days(day: date, country: str, works: bool) -> None:
    assert is_business_day(day, country) is works


@given(some_day, st.integers(0, 15), st.sampled_from(["NO", "SE", "DK", "FI", "XX"]))
def test_business_days_are_counted_one_by_one(day: date, count: int, country: str) -> None:
    end = add_business_days(day, count, country)
    passed = [day + timedelta(days=n + 1) for n in range((end - day).days)]
    assert sum(is_business_day(one, country) for one in passed) == count
    assert next_business_day(end, country) >= end


@given(some_day)
def test_a_day_is_read_as_it_is_written(day: date) -> None:
    assert read_day(day.isoformat()) == day


@pytest.mark.parametrize(
    "text", ["", "20261122", "2026-W47-7", "2026-2-3", "2026-02-30", "0001-01-01", "9999-12-31", "２"]
)
def test_anything_else_is_no_day(text: str) -> None:
    with pytest.raises(ValueError, match=r"day|month"):
        read_day(text)
