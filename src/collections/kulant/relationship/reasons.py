"""Why a customer is worth what they are worth, in words a clerk can repeat. Pure.

Value is a product (how often × how likely still active × margin), so it can be compared with the median customer factor
by factor, and the factors multiply to exactly the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from kulant.relationship.grades import THIN_DATA_BELOW

# Silence is worth a sentence when it is longer than this many usual gaps, makes leaving at least this much likelier,
# and leaves some doubt: where hardly anybody ever leaves, even a telling silence is no reason to worry a clerk.
LONG_SILENCE_GAPS = 3
TELLING_SILENCE = 2.0
SURELY_ACTIVE = 0.9


@dataclass(frozen=True, slots=True)
class Factors:
    """What a customer's value is the product of."""

    frequency: float  # purchases to expect in 12 months from a customer still active
    still_active: float
    margin: float  # per purchase

    @property
    def value(self) -> float:
        """The product."""
        return self.frequency * self.still_active * self.margin


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A customer's purchases and the silence since the last."""

    purchases: int
    active_days: int  # from the first purchase to the last
    silent_days: int
    silence_factor: float

    @property
    def silent_long(self) -> bool:
        """Silent for longer than this customer's own rhythm explains."""
        repeats = self.purchases - 1
        return (
            repeats > 0
            and self.silent_days * repeats > LONG_SILENCE_GAPS * self.active_days
            and self.silence_factor >= TELLING_SILENCE
        )


def median_customer(customers: Sequence[Factors]) -> Factors:
    """The customer in the middle, factor by factor."""
    return Factors(
        frequency=median(one.frequency for one in customers),
        still_active=median(one.still_active for one in customers),
        margin=median(one.margin for one in customers),
    )


def compare(own: Factors, middle: Factors) -> Factors | None:
    """How many times the median customer each factor is; nothing when the median customer leaves no value."""
    if middle.value <= 0:
        return None
    return Factors(
        frequency=own.frequency / middle.frequency,
        still_active=own.still_active / middle.still_active,
        margin=own.margin / middle.margin,
    )


def reasons(own: Factors, middle: Factors, rhythm: Rhythm, *, from_revenue: bool) -> list[dict[str, str]]:
    """The sentences behind a score, most telling facts of the product first."""
    said = [*_product(own, middle), _reason("still_active", f"still active: {_percent(own.still_active)}")]
    if rhythm.silent_long and own.still_active < SURELY_ACTIVE:
        said.append(_reason("silence", silence_sentence(rhythm)))
    if rhythm.purchases < THIN_DATA_BELOW:
        counted = "1 purchase" if rhythm.purchases == 1 else f"{rhythm.purchases} purchases"
        said.append(_reason("thin_data", f"thin data: only {counted}"))
    if from_revenue:
        said.append(_reason("from_revenue", "margin estimated from invoiced amounts"))
    return said


def _product(own: Factors, middle: Factors) -> list[dict[str, str]]:
    times = compare(own, middle)
    if times is None:
        return []
    often = "buys as often as the median customer"
    if not _about_one(times.frequency):
        often = f"buys {_times(times.frequency)} as often as the median customer"
    margin = "the same margin per purchase"
    if times.margin <= 0:
        margin = "leaves no margin: credit notes and losses take all of it"
    elif not _about_one(times.margin):
        margin = f"{_times(times.margin)} the margin per purchase"
    return [_reason("frequency", often), _reason("margin", margin)]


def silence_sentence(rhythm: Rhythm) -> str:
    """The silence, and how much it says: ``8 repeat purchases, 120 days silent: that is 16 × more typical of …``."""
    repeats = rhythm.purchases - 1
    counted = "1 repeat purchase" if repeats == 1 else f"{repeats} repeat purchases"
    many = "over 1000 ×" if rhythm.silence_factor > 1000 else _times(rhythm.silence_factor)
    return f"{counted}, {rhythm.silent_days} days silent: that is {many} more typical of customers who have stopped"


def _reason(code: str, text: str) -> dict[str, str]:
    return {"code": code, "text": text}


def _about_one(ratio: float) -> bool:
    return 0.95 <= ratio < 1.05


def _times(ratio: float) -> str:
    if ratio < 0.01:
        return "less than 0.01 ×"
    decimals = 0 if ratio >= 9.95 else 1 if ratio >= 0.095 else 2
    return f"{ratio:.{decimals}f} ×"


def _percent(share: float) -> str:
    if 0 < share < 0.01:
        return "under 1 %"
    if 0.99 < share < 1:
        return "over 99 %"
    return f"{share * 100:.0f} %"
