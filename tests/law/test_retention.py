"""How long bookkeeping law wants things kept."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulant.law.retention import Kind, countries, kept_until, unverified

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("country", "kind", "until"),
    [
        ("NO", "vouchers", "2031-12-31"),
        ("NO", "letters", "2030-12-31"),
        ("SE", "books", "2033-12-31"),
        ("DK", "vouchers", "2031-12-31"),
        ("FI", "vouchers", "2032-12-31"),
        ("FI", "books", "2036-12-31"),
        ("DE", "vouchers", "2034-12-31"),
        ("DE", "books", "2036-12-31"),
        ("GB", "vouchers", "2032-12-31"),
        ("NL", "books", "2033-12-31"),
        ("CH", "vouchers", "2036-12-31"),
    ],
)
def test_what_was_booked_in_march_2026_is_kept_until(country: str, kind: Kind, until: str) -> None:
    assert kept_until(country, kind, date(2026, 3, 1), today=TODAY).until.isoformat() == until


def test_before_2025_germany_kept_vouchers_for_ten_years() -> None:
    assert kept_until("DE", "vouchers", date(2020, 3, 1), today=date(2024, 6, 1)).until == date(2030, 12, 31)
    assert kept_until("DE", "vouchers", date(2020, 3, 1), today=date(2025, 6, 1)).until == date(2028, 12, 31)


def test_a_financial_year_that_ends_in_june_ends_the_keeping_in_june_or_with_that_calendar_year() -> None:
    june = (6, 30)
    assert kept_until("NO", "books", date(2026, 7, 1), today=TODAY, year_end=june).until == date(2032, 6, 30)
    assert kept_until("NO", "books", date(2026, 6, 30), today=TODAY, year_end=june).until == date(2031, 6, 30)
    assert kept_until("SE", "books", date(2026, 6, 30), today=TODAY, year_end=june).until == date(2033, 12, 31)


def test_a_country_that_is_not_known_keeps_as_long_as_the_longest_and_says_so() -> None:
    kept = kept_until("EU", "vouchers", date(2026, 3, 1), today=TODAY)
    assert (kept.until, kept.verified) == (date(2036, 12, 31), False)
    assert "no rule of EU is known" in kept.rule


def test_what_no_source_says_in_so_many_words_is_listed() -> None:
    said = " ".join(unverified())
    assert "DK: books, vouchers, letters 5 years" in said and "NO: letters 4 years" in said
    assert "CH:" not in said


@settings(max_examples=60)
@given(
    on=st.dates(date(2015, 1, 1), date(2040, 12, 31)),
    country=st.sampled_from([*countries(), "XX"]),
    kind=st.sampled_from(["books", "vouchers", "letters"]),
    month=st.integers(1, 12),
)
def test_nothing_is_let_go_before_its_years_are_over(on: date, country: str, kind: Kind, month: int) -> None:
    until = kept_until(country, kind, on, today=TODAY, year_end=(month, 31)).until
    assert until > on.replace(day=1, year=on.year + 4)
    assert until >= kept_until(country, "letters", on, today=TODAY, year_end=(month, 31)).until
