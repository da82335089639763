"""Somebody is told to enter the next half-year's rate 30 days before it begins, and for as long as it is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kulant.law.book import law_book
from kulant.law.entered import BEGINS, NOT_BEFORE, Entered
from kulant.law.rates_due import due

NEW_YEAR = date(2027, 1, 1)


def rate(country: str, debtor: str, id: int = 1) -> Entered:
    return Entered(id, country, f"rate:{debtor}", NEW_YEAR, "10.00", "a gazette", date(2026, 12, 15), "a lawyer")


def keys(country: str, day: date, *rows: Entered) -> list[str]:
    return [one.key for one in due(law_book(country, rows), day)]


def test_the_next_half_year_is_asked_for_thirty_days_before_it_begins() -> None:
    assert keys("DK", date(2026, 12, 1)) == []
    assert keys("DK", date(2026, 12, 2)) == ["rates:DK:2027-01-01"]
    assert keys("DK", date(2027, 3, 1)) == ["rates:DK:2027-01-01"]
    assert keys("DK", date(2027, 6, 1)) == ["rates:DK:2027-01-01", "rates:DK:2027-07-01"]


def test_an_entered_rate_is_no_longer_asked_for() -> None:
    assert keys("DK", date(2026, 12, 20), rate("DK", "everyone")) == []
    assert keys("DE", date(2026, 12, 20), rate("DE", "business")) == ["rates:DE:2027-01-01"]
    assert keys("DE", date(2026, 12, 20), rate("DE", "business"), rate("DE", "consumer", 2)) == []


def test_norway_asks_for_the_compensation_and_whether_the_new_act_begins() -> None:
    asked = due(law_book("NO"), date(2026, 12, 2))
    assert [one.key for one in asked] == ["rates:NO:2027-01-01", "regime:NO:inkassolov-2026:2027-01-01"]
    assert asked[0].what == ("rate:everyone", "compensation")
    assert "late-interest rate and the compensation" in asked[0].text
    assert "the first half of 2027" in asked[0].text


@pytest.mark.parametrize(("value", "asked"), [(BEGINS, False), (NOT_BEFORE, True)])
def test_a_decided_regime_is_no_longer_asked_about(value: str, asked: bool) -> None:
    decided = replace(rate("NO", "everyone"), what="regime:inkassolov-2026", value=value)
    assert any(key.startswith("regime:") for key in keys("NO", date(2026, 12, 20), decided)) is asked


def test_a_rate_that_was_never_found_is_asked_for_too() -> None:
    [dutch] = due(law_book("NL"), date(2026, 11, 23))
    assert dutch.what == ("rate:consumer",)
    assert "the second half of 2026" in dutch.text
