"""Amounts are understood as people write them, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulant.core.money import decimal_string
from kulant.core.words import figures
from kulant.i18n import LANGUAGES, money
from kulant.web.amounts import read_amount


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("1500", 150_000),
        ("1 500,50", 150_050),
        ("1.500", 150_000),
        ("1,500", 150_000),
        ("1,500.50", 150_050),
        ("1,500,000", 150_000_000),
        ("kr 99,5", 9_950),
        ("kr. 1500", 150_000),
        ("1.500,00 kr.", 150_000),
        ("1 500,-", 150_000),
        (",50", 50),
        ("", None),
        ("some", None),
        ("1,2345", None),
        (",", None),
        ("-100", None),
        ("1e9", None),
        ("15O0", None),
        ("12 abc 34", None),
        ("٣", None),
        ("NOK 1500", 150_000),
        ("1500 EUR", 150_000),
        ("€ 99", 9_900),
        ("9" * 30, None),
        ("kr \u2212100", None),
    ],
)
def test_amounts_are_understood(typed: str, minor: int | None) -> None:
    assert read_amount(typed, "NOK") == minor


@given(st.integers(0, 10**12), st.sampled_from(["NOK", "DKK", "EUR", "ISK", "KWD"]), st.sampled_from(LANGUAGES))
def test_what_kulant_writes_it_reads(minor: int, currency: str, language: str) -> None:
    assert read_amount(decimal_string(minor, currency), currency) == minor
    assert read_amount(figures(minor, currency), currency) == minor
    assert read_amount(money(minor, currency, language), currency) == minor
