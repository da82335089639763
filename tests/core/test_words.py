"""How the house's own sentences say amounts and days."""

from __future__ import annotations

from datetime import date

import pytest

from kulant.core.words import amount_words, day_words, figures


@pytest.mark.parametrize(
    ("minor", "currency", "words"),
    [
        (2_500_000, "NOK", "25,000.00 NOK"),
        (99, "SEK", "0.99 SEK"),
        (-123_456_789, "EUR", "-1,234,567.89 EUR"),
        (1500, "ISK", "1,500 ISK"),
        (1500, "KWD", "1.500 KWD"),
    ],
)
def test_an_amount_is_said_with_thousands_and_the_decimals_of_its_currency(
    minor: int, currency: str, words: str
) -> None:
    assert amount_words(minor, currency) == words
    assert figures(minor, currency) == words.rpartition(" ")[0]


def test_a_day_is_said_with_its_month_in_words() -> None:
    assert day_words(date(2026, 11, 27)) == "27 November 2026"
    assert day_words(date(2027, 1, 5)) == "5 January 2027"
