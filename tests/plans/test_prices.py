"""What paying in parts costs: the worked figures, and that everything adds up."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulant.core.errors import Refusal
from kulant.plans import prices, rules
from kulant.plans.rules import Cost

TODAY = date(2026, 11, 23)


def test_forty_eight_thousand_at_twelve_percent_in_six_months() -> None:
    parts = prices.divide(4_800_000, "NOK", [Fraction(1, 100)] * 6, prices.equal_weights(6))
    assert parts.amounts == (828_300,) * 5 + (827_883,)
    assert parts.interest == (48_000, 40_197, 32_316, 24_356, 16_317, 8_197)
    assert parts.interest_minor == 169_383


def test_ten_thousand_in_three_without_interest() -> None:
    parts = prices.divide(1_000_000, "NOK", [Fraction(0)] * 3, prices.equal_weights(3))
    assert (parts.amounts, parts.interest_minor) == ((333_400, 333_400, 333_200), 0)
    assert prices.divide_equally(1_000_000, "NOK", 3) == parts.amounts


def test_ten_percent_down_and_the_rest_in_five() -> None:
    offer = rules.make_offer(4_800_000, "NOK", rules.usual_days(6, TODAY, "NO"), today=TODAY, first_minor=480_000)
    assert offer.amounts == (480_000,) + (864_000,) * 5


def test_graded_payments_rise_and_seasonal_ones_are_halved_in_quiet_months() -> None:
    days = rules.usual_days(4, TODAY, "NO")
    graded = rules.make_offer(1_000_000, "NOK", days, today=TODAY, shape="graded")
    assert graded.amounts == (166_700, 222_300, 277_800, 333_200)
    seasonal = rules.make_offer(1_000_000, "NOK", days, today=TODAY, shape="seasonal", quiet_months=(1, 2))
    assert [due.month for due in days] == [12, 1, 2, 3]
    assert seasonal.amounts == (333_400, 166_700, 166_700, 333_200)


def test_a_claim_too_small_for_so_many_payments_is_refused() -> None:
    with pytest.raises(Refusal, match="choose fewer"):
        rules.make_offer(300, "NOK", rules.usual_days(6, TODAY, "NO"), today=TODAY, shape="graded")


def test_what_payments_are_worth_today_is_the_claim_they_pay_off() -> None:
    days = rules.usual_days(6, TODAY, "NO")
    offer = rules.make_offer(4_800_000, "NOK", days, today=TODAY, cost=Cost(1200))
    assert abs(prices.worth_today(offer.schedule, 1200, TODAY) - 4_800_000) < 6  # each period was rounded once
    assert prices.interest_of(4_800_000, 1200, TODAY, offer.schedule) == offer.interest_minor


def test_paying_early_costs_less_interest_and_never_more_than_agreed() -> None:
    offer = rules.make_offer(4_800_000, "NOK", rules.usual_days(6, TODAY, "NO"), today=TODAY, cost=Cost(1200))
    half = prices.interest_of(4_800_000, 1200, TODAY, [(offer.first_due, 4_900_000)])
    assert 0 < half < offer.interest_minor / 2


@settings(max_examples=150)
@given(
    claim=st.integers(600_000, 10**10), count=st.integers(2, 12), rate=st.integers(0, 3000),
    fee=st.integers(0, 20_000), shape=st.sampled_from(prices.SHAPES),
    quiet=st.sets(st.integers(1, 12), max_size=6),
)  # fmt: skip
def test_payments_add_up_to_the_claim_its_interest_and_the_fee(
    claim: int, count: int, rate: int, fee: int, shape: str, quiet: set[int]
) -> None:
    days = rules.usual_days(count, TODAY, "NO")
    offer = rules.make_offer(
        claim, "NOK", days, today=TODAY, cost=Cost(rate, fee), shape=shape, quiet_months=tuple(quiet)
    )
    assert sum(offer.amounts) == offer.total_minor == claim + offer.interest_minor + fee
    assert all(amount % 100 == 0 for amount in offer.amounts[:-1])
    assert (offer.interest_minor == 0) == (rate == 0)
    if shape == "equal":
        assert 0 < offer.amounts[-1] <= offer.amounts[0]
    assert prices.interest_of(claim + fee, rate, TODAY, offer.schedule) == offer.interest_minor
