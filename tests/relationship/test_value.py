"""Relationship value: the purchase model against worked numbers, customers whose truth is known, and CDNOW."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import hyp2f1

from kulant.relationship.purchases import (
    Document,
    history,
    main_currency,
    mean_margins,
    purchase_days,
    shrunk_margin,
    twelve_month_value,
)
from kulant.relationship.value import (
    Floats,
    Parameters,
    expected_purchases,
    fit,
    leaving_odds,
    log_likelihood,
    p_alive,
    purchases_if_active,
    silence_factor,
    stored_parameters,
)

WORKED = Parameters(r=1.2, alpha=40, a=1.5, b=9, fitted=True, customers=100, reason="worked example")


def test_the_worked_example_eight_repeats_and_120_days_of_silence() -> None:
    assert leaving_odds(WORKED, 8) == pytest.approx(0.088, abs=0.0005)
    assert silence_factor(WORKED, 8, 300, 420) == pytest.approx(16.1, abs=0.05)
    assert leaving_odds(WORKED, 8) * silence_factor(WORKED, 8, 300, 420) == pytest.approx(1.42, abs=0.005)
    assert p_alive(WORKED, 8, 300, 420) == pytest.approx(0.41, abs=0.005)
    assert expected_purchases(WORKED, 8, 300, 420) == pytest.approx(2.3, abs=0.05)


@pytest.mark.parametrize(("a", "b", "r", "alpha"), [(1.5, 9, 1.2, 40), (0.9, 2, 0.5, 43), (0.2, 20, 3, 10)])
def test_the_forecast_equals_the_textbook_formula(a: float, b: float, r: float, alpha: float) -> None:
    x, age, t = 7.0, 300.0, 365.0
    told = purchases_if_active(Parameters(r, alpha, a, b, True, 100, ""), x, age, t)
    power = ((alpha + age) / (alpha + age + t)) ** (r + x)
    textbook = (a + b + x) / (a - 1) * (1 - power * hyp2f1(r + x, b + x + 1, a + b + x, t / (alpha + age + t)))
    assert told == pytest.approx(textbook, rel=1e-9)


def test_where_the_formula_is_singular_the_approximation_steps_in_without_a_jump() -> None:
    def forecast(a: float) -> float:
        return float(expected_purchases(Parameters(1.2, 40, a, 9, True, 100, ""), 8, 300, 310))

    assert forecast(1.0) == pytest.approx(forecast(1.0001), rel=0.1)
    assert forecast(0.9999) == pytest.approx(forecast(1.0001), rel=1e-3)


def test_the_approximation_ranks_customers_as_the_exact_forecast_does() -> None:
    x, tx, age, *_ = simulate(WORKED, 2_000, seed=5)
    exact = expected_purchases(WORKED, x, tx, age)
    rate, leaving = (1.2 + x) / (40 + age), 1.5 / (1.5 + 9 + x + 1)
    near = p_alive(WORKED, x, tx, age) * (1 - np.exp(-rate * leaving * 365)) / leaving
    assert np.corrcoef(exact, near)[0, 1] > 0.998


def test_twenty_years_of_weekly_purchases_overflow_nothing() -> None:
    told = expected_purchases(WORKED, [1000, 1000], [7300, 3000], [7310, 7310])
    assert np.isfinite(told).all()
    assert 40 < told[0] < 52
    assert told[1] < 0.001


@given(x=st.integers(0, 300), tx=st.integers(0, 3000), silent=st.integers(0, 3000), longer=st.integers(1, 1000))
def test_longer_silence_never_makes_a_customer_likelier_to_be_active(x: int, tx: int, silent: int, longer: int) -> None:
    tx = tx if x else 0
    now, later = p_alive(WORKED, [x, x], [tx, tx], [tx + silent, tx + silent + longer])
    assert 0 <= later <= now <= 1
    assert expected_purchases(WORKED, x, tx, tx + silent) >= 0


# --- the fit ---


@dataclass(frozen=True)
class Simulated:
    """Customers bought and left by the model's own dice, so that the truth is known."""

    x: Floats
    tx: Floats
    age: Floats
    active: Floats
    bought_later: Floats

    def __iter__(self) -> Iterator[Floats]:
        return iter((self.x, self.tx, self.age, self.active, self.bought_later))


def simulate(truth: Parameters, customers: int, *, seed: int, later: int = 365) -> Simulated:
    dice = np.random.default_rng(seed)
    age = dice.integers(30, 800, customers).astype(float)
    rates = dice.gamma(truth.r, 1 / truth.alpha, customers)
    leaving = dice.beta(truth.a, truth.b, customers)
    x, tx, active, bought = (np.zeros(customers) for _ in range(4))
    for i in range(customers):
        now = 0.0
        while dice.random() >= leaving[i]:
            now += dice.exponential(1 / rates[i])
            if now <= age[i]:
                x[i], tx[i] = x[i] + 1, now
                continue
            active[i] = 1
            if now > age[i] + later:
                break
            bought[i] += 1
    return Simulated(x, tx, age, active, bought)


def test_the_fit_finds_the_parameters_that_made_the_customers() -> None:
    x, tx, age, *_ = simulate(WORKED, 8_000, seed=11)
    found = fit(x, tx, age)
    assert found.fitted
    assert found.customers == 8_000
    assert "8000 customers" in found.reason
    assert found.r == pytest.approx(WORKED.r, rel=0.1)
    assert found.alpha == pytest.approx(WORKED.alpha, rel=0.1)
    assert found.a / (found.a + found.b) == pytest.approx(1.5 / 10.5, rel=0.1)


def test_predictions_agree_with_what_customers_went_on_to_do_in_every_fifth() -> None:
    x, tx, age, active, bought = simulate(WORKED, 8_000, seed=12)
    found = fit(x, tx, age)
    for predicted, actual, slack in (
        (p_alive(found, x, tx, age), active, 0.03),
        (expected_purchases(found, x, tx, age), bought, 0.15),
    ):
        for fifth in np.array_split(np.argsort(predicted, kind="stable"), 5):
            assert predicted[fifth].mean() == pytest.approx(actual[fifth].mean(), abs=slack, rel=0.06)
        assert predicted.mean() == pytest.approx(actual.mean(), rel=0.05)


def test_sixty_customers_are_enough_for_a_better_forecast_than_their_own_past_rate() -> None:
    x, tx, age, _, bought = simulate(WORKED, 60, seed=13)
    found = fit(x, tx, age)
    assert found.fitted
    by_model = np.abs(expected_purchases(found, x, tx, age) - bought).mean()
    by_own_rate = np.abs(365 * x / age - bought).mean()
    assert by_model < by_own_rate / 1.5


def test_below_fifty_customers_the_stored_values_are_used_and_it_is_said() -> None:
    x, tx, age, *_ = simulate(WORKED, 49, seed=14)
    told = fit(x, tx, age)
    assert told == stored_parameters(49, told.reason)
    assert not told.fitted
    assert told.reason == "stored starting values: 49 customers, a fit needs 50"


def test_a_portfolio_in_which_nobody_bought_twice_is_not_fitted() -> None:
    told = fit([0] * 80, [0] * 80, [100] * 80)
    assert not told.fitted
    assert "bought twice" in told.reason


def test_a_portfolio_nobody_ever_left_gets_finite_parameters() -> None:
    found = fit([50.0] * 60, [700.0] * 60, [707.0] * 60)
    assert all(math.isfinite(part) and part > 0 for part in (found.r, found.alpha, found.a, found.b))
    assert (p_alive(found, 50, 700, 707)) > 0.9


def test_an_empty_portfolio_has_stored_values() -> None:
    assert not fit([], [], []).fitted


def test_fitting_twice_gives_the_same_parameters() -> None:
    x, tx, age, *_ = simulate(WORKED, 300, seed=15)
    order = np.random.default_rng(1).permutation(300)
    assert fit(x, tx, age) == fit(x, tx, age) == fit(x[order], tx[order], age[order])


def test_the_likelihood_of_a_single_purchase_counts_the_chance_of_leaving_at_once() -> None:
    # A customer with one purchase has left after it with probability a/(a+b), or bought nothing since although active.
    [told] = np.exp(log_likelihood(1.2, 40, 1.5, 9, np.zeros(1), np.zeros(1), np.array([100.0])))
    assert told == pytest.approx(1.5 / 10.5 + 9 / 10.5 * (40 / 140) ** 1.2)


def test_on_cdnow_the_fit_agrees_with_the_published_one(shared_data: Path) -> None:
    with (shared_data / "cdnow" / "cdnow_customers_summary.csv").open(newline="") as file:
        weeks = np.array([[float(row[key]) for key in ("frequency", "recency", "T")] for row in csv.DictReader(file)])
    x, tx, age = weeks.T * np.array([[1], [7], [7]])
    found = fit(x, tx, age)
    assert found.fitted
    assert found.r == pytest.approx(0.525, abs=0.03)
    assert found.alpha / 7 == pytest.approx(6.18, abs=0.2)
    assert found.a / (found.a + found.b) == pytest.approx(0.891 / (0.891 + 1.614), abs=0.02)


# --- purchases and margins ---


def document(day: str, *, kind: str = "invoice", currency: str = "NOK", amount: int = 40_000, **more: int) -> Document:
    return Document(1, 1, currency, kind, "1", date.fromisoformat(day), None, None, amount, more.get("margin"))


def test_invoices_of_one_week_are_one_purchase_on_its_first_day() -> None:
    days = ["2026-11-22", "2026-11-20", "2026-11-16", "2026-11-15", "2026-11-23"]
    told = purchase_days(map(date.fromisoformat, days))
    assert [day.isoformat() for day in told] == ["2026-11-15", "2026-11-16", "2026-11-23"]


@given(st.lists(st.dates(date(2020, 1, 1), date(2027, 1, 1)), max_size=40))
def test_no_two_purchases_lie_in_the_same_week(days: list[date]) -> None:
    told = purchase_days(days)
    mondays = [day - timedelta(days=day.weekday()) for day in told]
    assert len(set(mondays)) == len(told) == len({day - timedelta(days=day.weekday()) for day in days})
    assert set(told) <= set(days)


def test_a_credit_note_is_no_purchase_and_takes_its_margin_back() -> None:
    told = history(
        [
            document("2026-01-05", margin=10_000),
            document("2026-02-02", kind="credit_note", amount=-20_000, margin=-4_000),
            document("2026-03-02", margin=8_000),
        ],
        "NOK",
    )
    assert told is not None
    assert (told.purchases, told.margin_total_minor, told.from_revenue) == (2, 14_000, False)
    assert (told.first, told.last) == (date(2026, 1, 5), date(2026, 3, 2))
    assert told.silent_days(date(2026, 3, 12)) == 10


def test_a_credit_notes_margin_is_lost_whatever_its_sign_in_the_file() -> None:
    told = history(
        [document("2026-01-05", margin=10_000), document("2026-02-02", kind="credit_note", amount=-8, margin=4_000)],
        "NOK",
    )
    assert told is not None
    assert told.margin_total_minor == 6_000


def test_unknown_margins_are_a_quarter_of_the_invoiced_amount_and_marked() -> None:
    told = history([document("2026-01-05", amount=50_000), document("2026-02-05", margin=9_000)], "NOK")
    assert told is not None
    assert told.margin_total_minor == 12_500 + 9_000
    assert told.from_revenue


def test_a_customer_is_valued_in_the_currency_of_most_invoices() -> None:
    mixed = [document("2026-01-05", currency="SEK"), document("2026-02-05"), document("2026-03-05")]
    assert main_currency(mixed) == "NOK"
    assert main_currency(mixed[:2]) == "NOK"
    assert main_currency([document("2026-01-05", kind="credit_note")]) is None
    assert history(mixed, "EUR") is None


def test_thin_histories_are_drawn_to_the_creditors_mean_margin() -> None:
    assert shrunk_margin(4, 4 * 11_000, Decimal(6_500)) == 9_071
    assert shrunk_margin(400, 400 * 11_000, Decimal(6_500)) == 10_967


def test_the_creditors_mean_margin_is_kept_apart_by_currency() -> None:
    norwegian = history([document("2026-01-05", margin=10_000), document("2026-02-05", margin=20_000)], "NOK")
    swedish = history([document("2026-01-05", currency="SEK", margin=500)], "SEK")
    assert norwegian and swedish
    assert mean_margins([norwegian, swedish]) == {"NOK": 15_000, "SEK": 500}


def test_value_is_expected_purchases_times_margin_and_never_below_zero() -> None:
    assert twelve_month_value(2.3186, 907_143) == 2_103_302
    assert twelve_month_value(2.3, -500) == 0
