"""A due date on a weekend or holiday moves only where the law moves it."""

from __future__ import annotations

from datetime import date

import pytest

from kulant.law.book import read_law
from kulant.law.deadlines import payable_until

SATURDAY, MONDAY = date(2026, 8, 15), date(2026, 8, 17)


@pytest.mark.parametrize(
    ("country", "due", "until"),
    [
        ("DE", SATURDAY, MONDAY),
        ("SE", SATURDAY, MONDAY),
        ("SE", date(2026, 6, 19), date(2026, 6, 22)),  # Midsummer Eve, a Friday
        ("DE", date(2026, 10, 3), date(2026, 10, 5)),  # a holiday, and a Saturday
        ("DK", SATURDAY, SATURDAY),
        ("NO", SATURDAY, SATURDAY),
        ("EU", SATURDAY, SATURDAY),
        ("SE", MONDAY, MONDAY),
    ],
)
def test_the_last_day_to_pay_in_time(country: str, due: date, until: date) -> None:
    assert payable_until(read_law(country), due) == until
