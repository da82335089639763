"""Ways to pay a claim in parts: they add up, fall on business days, and never twice in a week."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulant.core.calendar import is_business_day
from kulant.core.errors import Refusal
from kulant.plans import rules

TODAY = date(2026, 11, 23)
claims = st.integers(min_value=1, max_value=10**11)
days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
countries = st.sampled_from(["NO", "SE", "DK", "FI", "DE", "GB"])
currencies = st.sampled_from(["NOK", "SEK", "DKK", "EUR", "ISK", "KWD"])
own_days = st.none() | st.integers(1, 31)


def kroner(*amounts: int) -> tuple[int, ...]:
    return tuple(amount * 100 for amount in amounts)


def test_ten_thousand_can_be_paid_at_once_in_three_or_in_six() -> None:
    offers = rules.make_offers(1_000_000, "NOK", TODAY, "NO")
    assert [offer.instalments for offer in offers] == [1, 3, 6]
    assert offers[1].amounts == kroner(3334, 3334, 3332)
    assert offers[2].amounts == kroner(1667, 1667, 1667, 1667, 1667, 1665)
    assert all(offer.interest_minor == 0 for offer in offers)


def test_the_whole_amount_is_due_in_fourteen_days_and_parts_on_the_next_usual_day() -> None:
    at_once, three, _ = rules.make_offers(1_000_000, "NOK", TODAY, "NO")
    assert at_once.first_due == date(2026, 12, 7)
    assert [due for due, _ in three.schedule] == [date(2026, 12, 1), date(2027, 1, 4), date(2027, 2, 1)]


@pytest.mark.parametrize(
    ("kroner_owed", "shapes"),
    [(80, [1]), (999, [1, 2]), (1400, [1, 2]), (1600, [1, 3]), (2900, [1, 3]), (3000, [1, 3, 6])],
)
def test_small_debts_are_divided_less(kroner_owed: int, shapes: list[int]) -> None:
    offers = rules.make_offers(kroner_owed * 100, "NOK", TODAY, "NO")
    assert [offer.instalments for offer in offers] == shapes


def test_nothing_owed_gives_nothing_to_choose() -> None:
    assert rules.make_offers(0, "NOK", TODAY, "NO") == []
    assert rules.make_offers(-500, "NOK", TODAY, "NO") == []


@given(claims, currencies, days, countries, own_days)
def test_every_offer_adds_up_and_can_be_paid(
    claim: int, currency: str, today: date, country: str, own_day: int | None
) -> None:
    for made in rules.make_offers(claim, currency, today, country):
        offer = rules.as_answered(made, today=today, country=country, day_of_month=own_day)
        assert offer.instalments == len(offer.schedule)
        assert sum(offer.amounts) == claim + offer.interest_minor == offer.total_minor
        assert 0 < offer.amounts[-1] <= offer.amounts[0]
        assert len(set(offer.amounts[:-1])) <= 1
        due = [day for day, _ in offer.schedule]
        assert all(is_business_day(day, country) for day in due)
        assert due[0] >= today + timedelta(days=rules.LEAD_DAYS)
        assert all((later - earlier).days >= rules.MINIMUM_GAP_DAYS for earlier, later in pairwise(due))


@given(claims, currencies, days, countries)
def test_a_debt_worth_dividing_has_two_to_four_ways_to_be_paid(
    claim: int, currency: str, today: date, country: str
) -> None:
    offers = rules.make_offers(claim, currency, today, country)
    worth_dividing = claim >= 2 * rules.smallest_instalment(currency)
    assert 2 <= len(offers) <= 4 if worth_dividing else len(offers) <= 2


def test_a_customer_who_is_paid_on_the_last_day_gets_the_last_day_of_every_month() -> None:
    three = rules.make_offers(1_000_000, "NOK", date(2027, 1, 4), "NO")[1]
    moved = rules.reschedule(three, today=date(2027, 1, 4), country="NO", day_of_month=31)
    # 31 January and 28 February 2027 are Sundays.
    assert [due for due, _ in moved.schedule] == [date(2027, 2, 1), date(2027, 3, 1), date(2027, 3, 31)]
    assert moved.amounts == three.amounts


def test_an_offer_answered_late_gets_new_days_and_the_same_amounts() -> None:
    at_once, three, _ = rules.make_offers(1_000_000, "NOK", TODAY, "NO")
    later = TODAY + timedelta(days=10)
    assert rules.as_answered(at_once, today=later, country="NO") == at_once
    answered = rules.as_answered(three, today=later, country="NO")
    assert answered.first_due == date(2026, 12, 15)
    assert answered.amounts == three.amounts


def test_a_day_that_no_month_has_is_refused() -> None:
    three = rules.make_offers(1_000_000, "NOK", TODAY, "NO")[1]
    with pytest.raises(Refusal, match="choose a day from 1 to 31"):
        rules.reschedule(three, today=TODAY, country="NO", day_of_month=32)


@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=8), st.integers(-(10**6), 10**8))
def test_money_covers_the_oldest_payment_first(amounts: list[int], paid: int) -> None:
    covered = rules.progress(amounts, paid)
    assert sum(covered) == min(max(paid, 0), sum(amounts))
    assert all(0 <= part <= amount for part, amount in zip(covered, amounts, strict=True))
    started = [part for part, amount in zip(covered, amounts, strict=True) if part < amount]
    assert all(part == 0 for part in started[1:])


def test_a_payment_is_missed_after_five_days_of_grace() -> None:
    schedule = [(date(2026, 12, 1), 1000), (date(2027, 1, 4), 1000)]
    assert rules.missed(schedule, [999, 0], today=date(2026, 12, 6)) == []
    assert rules.missed(schedule, [999, 0], today=date(2026, 12, 7)) == [0]
    assert rules.missed(schedule, [1000, 0], today=date(2026, 12, 7)) == []


def test_the_next_payment_is_what_is_left_of_the_oldest_open_one() -> None:
    schedule = [(date(2026, 12, 1), 1000), (date(2027, 1, 4), 1000)]
    assert rules.next_payment(schedule, [1000, 300]) == (date(2027, 1, 4), 700)
    assert rules.next_payment(schedule, [1000, 1000]) is None
