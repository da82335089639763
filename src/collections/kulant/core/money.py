"""Money as integer minor units with a currency; the only place amounts are parsed, rounded or written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

# ISO 4217 currencies whose minor unit is not a hundredth.
_MINOR_DIGITS = {
    "BHD": 3, "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "IQD": 3, "ISK": 0, "JOD": 3, "JPY": 0, "KMF": 0,
    "KRW": 0, "KWD": 3, "LYD": 3, "OMR": 3, "PYG": 0, "RWF": 0, "TND": 3, "UGX": 0, "UYI": 0, "VND": 0,
    "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip

# An amount has so many minor units at most, so that sums of many still fit the database's integers.
LARGEST = 10**15

_WRITTEN = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{1,20})?")


def minor_digits(currency: str) -> int:
    """How many decimals the currency's smallest unit has (NOK 2, ISK 0, KWD 3)."""
    return _MINOR_DIGITS.get(currency, 2)


def round_half_up(value: Decimal) -> int:
    """The one rounding rule of the house: to the nearest whole unit, halves away from zero."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def to_minor(amount: Decimal | str | int, currency: str) -> int:
    """Minor units of an exact decimal amount; refuses more decimals than the currency has.

    >>> to_minor("12500.50", "NOK")
    1250050
    """
    if isinstance(amount, str) and not _WRITTEN.fullmatch(amount):
        raise ValueError(f"{amount!r} is not an amount")
    exact = Decimal(amount)
    if not exact.is_finite():
        raise ValueError(f"{amount!r} is not an amount")
    if abs(exact) > LARGEST:
        raise ValueError(f"{amount} is too large an amount")
    scaled = exact.scaleb(minor_digits(currency))
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{amount} has more decimals than {currency} has")
    if abs(scaled) > LARGEST:
        raise ValueError(f"{amount} is too large an amount")
    return int(scaled)


def to_decimal(minor: int, currency: str) -> Decimal:
    """The exact decimal of an amount in minor units."""
    return Decimal(minor).scaleb(-minor_digits(currency))


def decimal_string(minor: int, currency: str) -> str:
    """The amount as JSON shows it: a plain decimal string with the currency's own digits.

    >>> decimal_string(1250050, "NOK")
    '12500.50'
    """
    digits = minor_digits(currency)
    if not digits:
        return str(minor)
    text = str(abs(minor)).zfill(digits + 1)  # without arithmetic: thousands of decisions show dozens of amounts each
    return f"{'-' if minor < 0 else ''}{text[:-digits]}.{text[-digits:]}"


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in minor units of one currency. Arithmetic across currencies is refused."""

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: Decimal | str | int, currency: str) -> Money:
        """Money from a decimal amount, e.g. ``Money.of("48000.00", "NOK")``."""
        return cls(to_minor(amount, currency), currency)

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __str__(self) -> str:
        return decimal_string(self.minor, self.currency)

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")
