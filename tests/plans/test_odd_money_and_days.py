"""Other currencies, other countries' holidays, short months, seasons that cross a year, and interest of nothing."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from kulant.plans import prices, rules
from kulant.plans.choices import Ground, Wish, ways_to_pay, wished
from kulant.plans.limits import PlanRules
from kulant.plans.rules import Cost, monthly

TODAY = date(2026, 11, 23)


def ground(currency: str, claim_minor: int, *, country: str = "NO", rate: int = 0) -> Ground:
    return Ground(
        claim_minor=claim_minor, currency=currency, today=TODAY, country=country, limits=PlanRules(), cost=Cost(rate)
    )


@pytest.mark.parametrize(
    ("currency", "claim_minor", "three"),
    [
        ("ISK", 100_001, (33_334, 33_334, 33_333)),  # no decimals: the króna is the smallest there is
        ("JPY", 100_000, (33_334, 33_334, 33_332)),
        ("HUF", 10_000_050, (3_333_400, 3_333_400, 3_333_250)),  # two decimals on paper: whole forints all the same
        ("KWD", 1_000_500, (334_000, 334_000, 332_500)),  # three: whole dinars, the fils in the last
    ],
)
def test_payments_are_whole_units_of_whatever_currency(
    currency: str, claim_minor: int, three: tuple[int, int, int]
) -> None:
    made = wished(ground(currency, claim_minor), Wish(count=3))
    assert made.amounts == three
    priced = wished(ground(currency, claim_minor, rate=1200), Wish(count=3))
    unit = prices.unit_of(currency)
    assert all(amount % unit == 0 for amount in priced.amounts[:-1])
    assert sum(priced.amounts) == claim_minor + priced.interest_minor
    assert priced.interest_minor > 0


def test_nobody_is_offered_payments_of_a_few_forints() -> None:
    assert [offer.instalments for offer in ways_to_pay(ground("HUF", 3_000_000))] == [1]  # 30,000 forints
    assert [offer.instalments for offer in ways_to_pay(ground("HUF", 15_000_000))] == [1, 3, 6]


def test_interest_of_nothing_divides_as_without_interest() -> None:
    for claim, count in ((1_000_000, 3), (4_800_000, 6), (123_457, 7)):
        free = prices.divide(claim, "NOK", [Fraction(0)] * count, prices.equal_weights(count))
        assert free.amounts == prices.divide_equally(claim, "NOK", count)
        assert free.interest_minor == 0


@pytest.mark.parametrize(
    ("country", "day", "due"),
    [
        ("NO", date(2027, 5, 17), date(2027, 5, 18)),  # Constitution Day, and a Monday
        ("SE", date(2027, 5, 17), date(2027, 5, 17)),
        ("SE", date(2027, 1, 6), date(2027, 1, 7)),  # Epiphany
        ("FI", date(2027, 1, 6), date(2027, 1, 7)),
        ("NO", date(2027, 1, 6), date(2027, 1, 6)),
        ("DK", date(2026, 12, 25), date(2026, 12, 28)),
        ("NO", date(2027, 3, 25), date(2027, 3, 30)),  # from Maundy Thursday over Easter
        ("DE", date(2027, 3, 25), date(2027, 3, 25)),
    ],
)
def test_a_payment_falls_on_a_business_day_of_the_creditor_s_country(country: str, day: date, due: date) -> None:
    assert monthly(day, 1, country, day.day) == (due,)


@pytest.mark.parametrize(
    ("day", "february"),
    [(29, date(2027, 3, 1)), (30, date(2027, 3, 1)), (31, date(2027, 3, 1))],  # the 28th is a Sunday
)
def test_a_day_that_february_does_not_have_is_its_last_moved_to_a_business_day(day: int, february: date) -> None:
    due = rules.usual_days(4, date(2026, 12, 20), "NO", day)
    assert due[2] == february
    assert due[3] == {29: date(2027, 3, 30), 30: date(2027, 3, 30), 31: date(2027, 3, 31)}[day]  # the 29th: Easter
    leap = rules.usual_days(2, date(2028, 1, 20), "NO", day)
    assert leap[1] == date(2028, 2, 29)


def test_a_season_crosses_the_year() -> None:
    made = wished(ground("NOK", 1_200_000), Wish(count=6, day_of_month=15, shape="seasonal", quiet_months=(12, 1, 2)))
    assert [due.month for due, _ in made.schedule] == [12, 1, 2, 3, 4, 5]
    assert made.amounts == (133_400, 133_400, 133_400, 266_700, 266_700, 266_400)  # half in the quiet months
