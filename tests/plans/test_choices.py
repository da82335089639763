"""Who is offered what: the same base for everybody, more for the good, and what needs a second person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from kulant.core.errors import Refusal
from kulant.plans.choices import Ground, Wish, beyond_limits, ways_to_pay, wished
from kulant.plans.limits import PlanRules, read_plan_rules
from kulant.plans.rules import Cost

TODAY = date(2026, 11, 23)
GROUND = Ground(1_000_000, "NOK", TODAY, "NO", PlanRules())


def counts(ground: Ground) -> list[int]:
    return [offer.instalments for offer in ways_to_pay(ground)]


def test_everybody_gets_the_base_and_a_good_customer_a_gentler_or_longer_way_more() -> None:
    assert counts(GROUND) == counts(replace(GROUND, grade="D", broken_plans=3, on_time_rate=0.0)) == [1, 3, 6]
    good = replace(GROUND, grade="A")
    assert counts(good) == [1, 3, 6, 6]
    assert ways_to_pay(good)[3].shape == "graded"
    assert counts(replace(good, limits=PlanRules(most_instalments=12, most_days=400))) == [1, 3, 6, 12]
    assert counts(replace(GROUND, on_time_rate=0.9, paid_invoices=5)) == [1, 3, 6, 6]
    assert counts(replace(GROUND, on_time_rate=0.9, paid_invoices=2)) == [1, 3, 6]


def test_the_limits_set_how_many_how_small_and_how_much_at_first() -> None:
    assert counts(replace(GROUND, limits=PlanRules(most_instalments=3))) == [1, 3]
    assert counts(replace(GROUND, limits=PlanRules(smallest_instalment={"NOK": Decimal(2000)}))) == [1, 3]
    first = ways_to_pay(replace(GROUND, limits=PlanRules(first_payment_percent=25)))[2]
    assert first.amounts == (250_000, 150_000, 150_000, 150_000, 150_000, 150_000)


def test_a_single_payment_is_free_and_parts_cost_what_they_cost() -> None:
    at_once, three, six = ways_to_pay(replace(GROUND, cost=Cost(1200, 17_000)))
    assert (at_once.extra_minor, at_once.total_minor) == (0, 1_000_000)
    assert three.fee_minor == six.fee_minor == 17_000
    assert 0 < three.interest_minor < six.interest_minor
    assert six.total_minor == 1_000_000 + six.extra_minor


def test_a_wish_by_amount_runs_until_it_is_paid() -> None:
    offer = wished(GROUND, Wish(monthly_minor=300_000, first_due=date(2026, 12, 10)))
    assert offer.amounts == (300_000, 300_000, 300_000, 100_000)
    assert [due.day for due, _ in offer.schedule] == [10, 11, 10, 10]
    dear = wished(replace(GROUND, cost=Cost(1200)), Wish(monthly_minor=300_000, first_due=date(2026, 12, 10)))
    assert dear.total_minor == 1_000_000 + dear.interest_minor
    assert beyond_limits(GROUND, offer) == []


def test_what_goes_beyond_the_limits_is_said_in_words() -> None:
    long = wished(GROUND, Wish(count=12))
    assert beyond_limits(GROUND, long) == [
        "12 payments, where 6 are the most",
        "the last payment on 1 November 2027, where 26 June 2027 is the latest",
    ]
    late = wished(GROUND, Wish(count=2, first_due=date(2027, 2, 15)))
    assert beyond_limits(GROUND, late) == ["the first payment on 15 February 2027, where 7 January 2027 is the latest"]
    small = wished(GROUND, Wish(count=3, first_minor=20_000))
    assert beyond_limits(GROUND, small) == ["a payment of 200.00 NOK, where 500.00 NOK is the least"]
    costly = replace(GROUND, cost=Cost(1200))
    assert beyond_limits(costly, wished(costly, Wish(count=3, free=True)), free=True) == [
        "no interest and no fee, where the limits ask for them"
    ]
    large = replace(GROUND, limits=PlanRules(largest_claim={"NOK": Decimal(5000)}))
    assert beyond_limits(large, wished(large, Wish(count=3))) == ["a claim above 5,000.00 NOK"]


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (Wish(count=40), "bad_count"), (Wish(monthly_minor=100), "too_little"), (Wish(monthly_minor=-5), "bad_amount"),
        (Wish(count=3, first_due=TODAY), "bad_first_day"), (Wish(count=3, day_of_month=32), "bad_day"),
        (Wish(count=3, first_minor=1_000_000), "bad_first"), (Wish(count=3, shape="round"), "no_shape"),
        (Wish(count=3, first_due=date(2029, 1, 1)), "bad_first_day"),
    ],
)  # fmt: skip
def test_what_nobody_could_pay_is_refused(wish: Wish, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        wished(GROUND, wish)
    assert refused.value.code == code


def test_limits_that_are_none_are_refused_by_name() -> None:
    with pytest.raises(Refusal, match="most payments: input should be less than or equal to 36"):
        read_plan_rules({"most_instalments": 400}, PlanRules(), {"most_instalments": "most payments"})
    with pytest.raises(Refusal, match="no rule called 'most'"):
        read_plan_rules({"most": 4}, PlanRules())
    with pytest.raises(Refusal, match="the nudge comes before the reshaped offer"):
        read_plan_rules({"nudge_day": 9}, PlanRules())
    assert read_plan_rules({"interest": "7.5"}, PlanRules()).interest == Decimal("7.5")
