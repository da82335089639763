"""Amounts and days as the house's own English sentences say them; what customers read is said by ``i18n``."""

from __future__ import annotations

from datetime import date

from kulant.core.money import minor_digits, to_decimal


def figures(minor: int, currency: str) -> str:
    """The amount alone, where the currency is said elsewhere.

    >>> figures(2500000, "NOK")
    '25,000.00'
    """
    return f"{to_decimal(minor, currency):,.{minor_digits(currency)}f}"


def amount_words(minor: int, currency: str) -> str:
    """The amount with its currency.

    >>> amount_words(2500000, "NOK")
    '25,000.00 NOK'
    """
    return f"{figures(minor, currency)} {currency}"


def day_words(day: date) -> str:
    """The day as one says it.

    >>> day_words(date(2026, 11, 27))
    '27 November 2026'
    """
    return f"{day.day} {day:%B %Y}"
