"""Amounts: exact both ways in every currency, and only as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from babel.numbers import get_currency_precision
from hypothesis import given
from hypothesis import strategies as st

from kulant.core.money import LARGEST, Money, decimal_string, minor_digits, round_half_up, to_decimal, to_minor

CURRENCIES = ["NOK", "SEK", "DKK", "EUR", "USD", "GBP", "ISK", "JPY", "KWD", "BHD", "TND", "CLP", "KRW", "XAF"]

currencies = st.sampled_from(CURRENCIES)
minors = st.integers(-LARGEST, LARGEST)


@given(minors, currencies)
def test_an_amount_comes_back_from_text_as_it_went(minor: int, currency: str) -> None:
    text = decimal_string(minor, currency)
    assert to_minor(text, currency) == minor
    assert to_minor(to_decimal(minor, currency), currency) == minor
    assert len(text.partition(".")[2]) == minor_digits(currency)


@given(minors, minors, currencies)
def test_adding_and_taking_away_is_exact(one: int, other: int, currency: str) -> None:
    a, b = Money(one, currency), Money(other, currency)
    assert (a + b) - b == a
    assert (a - a) - a == -a
    assert str(a) == decimal_string(one, currency)


@pytest.mark.parametrize("currency", CURRENCIES)
def test_the_currencies_have_the_decimals_the_world_gives_them(currency: str) -> None:
    assert minor_digits(currency) == get_currency_precision(currency) or currency == "ISK"


@pytest.mark.parametrize(
    "text", ["1e5", "NaN", "Infinity", "", " 1", "1_0", "12,50", "٣", "1.", ".5", "--1", "9" * 400]
)
def test_what_is_no_amount_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        to_minor(text, "NOK")


def test_more_decimals_than_the_currency_has_are_refused_and_zeros_are_not() -> None:
    with pytest.raises(ValueError, match="more decimals"):
        to_minor("1.234", "NOK")
    with pytest.raises(ValueError, match="more decimals"):
        to_minor("1.5", "ISK")
    assert to_minor("1.230", "NOK") == 123
    assert to_minor("1.234", "KWD") == 1234


@pytest.mark.parametrize(
    "amount", [Decimal("1e999999"), Decimal("NaN"), Decimal("-Infinity"), str(LARGEST), LARGEST + 1]
)
def test_an_amount_too_large_to_be_kept_is_refused(amount: Decimal | str | int) -> None:
    with pytest.raises(ValueError, match="amount"):
        to_minor(amount, "NOK")


def test_two_currencies_do_not_mix() -> None:
    with pytest.raises(ValueError, match="cannot mix"):
        Money.of("1.00", "NOK") + Money.of("1.00", "SEK")


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=4))
def test_rounding_is_to_the_nearest_and_the_same_both_ways(value: Decimal) -> None:
    assert abs(round_half_up(value) - value) <= Decimal("0.5")
    assert round_half_up(-value) == -round_half_up(value)
