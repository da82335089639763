"""A claim that will be too old is told of 12, 3 and 1 months before; its last day moves only where the law moves it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulant.core.calendar import is_business_day
from kulant.law.book import COUNTRIES, read_law
from kulant.law.limitation import due_between, last_enforceable_day, mark
from kulant.law.model import Debtor

DUE = date(2024, 5, 14)


@pytest.mark.parametrize(
    ("today", "months"),
    [
        (date(2026, 5, 13), None),
        (date(2026, 5, 14), 12),
        (date(2027, 2, 13), 12),
        (date(2027, 2, 14), 3),
        (date(2027, 4, 14), 1),
        (date(2027, 5, 14), 1),
        (date(2027, 5, 15), None),
    ],
)
def test_the_three_marks(today: date, months: int | None) -> None:
    last = last_enforceable_day(read_law("NO"), "business", DUE)
    assert (last, mark(last, today)) == (date(2027, 5, 14), months)


def test_a_reminder_puts_it_off_where_it_begins_the_time_anew() -> None:
    assert last_enforceable_day(read_law("SE"), "consumer", DUE) == date(2027, 5, 14)
    assert last_enforceable_day(read_law("SE"), "consumer", DUE, [date(2026, 1, 1)]) == date(2029, 1, 2)
    assert last_enforceable_day(read_law("NO"), "consumer", DUE, [date(2026, 1, 1)]) == date(2027, 5, 14)
    assert due_between(read_law("EU"), date(2027, 4, 20)) is None


def test_the_last_day_moves_where_the_law_moves_it() -> None:
    due = date(2024, 5, 15)  # three years on is a Saturday
    assert last_enforceable_day(read_law("DK"), "business", due) == date(2027, 5, 18)  # Whit Monday is the 17th
    assert last_enforceable_day(read_law("NO"), "business", due) == date(2027, 5, 15)


@given(
    st.sampled_from([one for one in COUNTRIES if read_law(one).file.limitation]),
    st.sampled_from(["business", "consumer"]),
    st.dates(date(2014, 1, 1), date(2026, 12, 31)),
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
)
def test_every_claim_that_is_told_of_is_among_those_looked_at(
    country: str, debtor: Debtor, due: date, today: date
) -> None:
    law = read_law(country)
    between = due_between(law, today)
    assert between
    if mark(last_enforceable_day(law, debtor, due), today):
        assert between[0] <= due <= between[1]
    if law.file.deadlines and law.file.deadlines.limitation_moves:
        assert is_business_day(last_enforceable_day(law, debtor, due), country)
