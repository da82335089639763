"""Grades by share of value, falling only after two months, and the words behind them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulant.relationship.grades import Standing, grades, settle
from kulant.relationship.reasons import Factors, Rhythm, compare, median_customer, reasons, silence_sentence

OCTOBER, LATE_OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 5), date(2026, 10, 30), date(2026, 11, 2), date(2026, 12, 1)

MEDIAN = Factors(frequency=10.0, still_active=0.9, margin=1000.0)
STEADY = Rhythm(purchases=9, active_days=300, silent_days=20, silence_factor=1.4)


def test_grades_follow_the_cumulative_share_of_value() -> None:
    # 50 % is full after the first, 80 % after the third, 95 % after the fifth.
    assert grades([50, 20, 11, 10, 5, 3, 1]) == ["A", "B", "B", "C", "C", "D", "D"]


def test_the_largest_customer_is_always_an_a() -> None:
    assert grades([99, 1]) == ["A", "D"]
    assert grades([7]) == ["A"]


def test_equal_values_get_equal_grades_in_whatever_order_they_come() -> None:
    assert grades([10, 40, 40, 10]) == ["C", "A", "A", "C"]


def test_who_brings_nothing_is_a_d() -> None:
    assert grades([0, 100]) == ["D", "A"]
    assert grades([0, 0]) == ["D", "D"]
    assert grades([]) == []


@given(st.lists(st.integers(0, 10**9), max_size=60))
def test_more_value_never_means_a_lower_grade(values: list[int]) -> None:
    told = grades(values)
    by_value = sorted(zip(values, told, strict=True), reverse=True)
    assert [grade for _, grade in by_value] == sorted(told)
    assert grades(values[::-1]) == told[::-1]


def test_a_first_grade_and_a_rise_take_effect_at_once() -> None:
    assert settle("C", None, OCTOBER) == Standing("C")
    assert settle("B", Standing("C", "D", OCTOBER), OCTOBER) == Standing("B")


def test_a_fall_waits_for_a_second_month() -> None:
    waiting = settle("C", Standing("A"), OCTOBER)
    assert waiting == Standing("A", "C", OCTOBER)
    assert settle("C", waiting, LATE_OCTOBER) == waiting
    assert settle("C", waiting, NOVEMBER) == Standing("C")


def test_a_fall_is_forgotten_when_the_customer_recovers() -> None:
    assert settle("A", Standing("A", "C", OCTOBER), NOVEMBER) == Standing("A")


def test_a_customer_falls_only_as_far_as_both_months_say() -> None:
    assert settle("D", Standing("A", "B", OCTOBER), NOVEMBER) == Standing("B", "D", NOVEMBER)
    assert settle("B", Standing("A", "D", OCTOBER), NOVEMBER) == Standing("B")
    assert settle("D", Standing("B", "D", NOVEMBER), DECEMBER) == Standing("D")


@given(
    st.sampled_from("ABCD"),
    st.none()
    | st.builds(Standing, st.sampled_from("ABCD"))
    | st.builds(Standing, st.just("A"), st.sampled_from("BCD"), st.dates(date(2026, 1, 1), date(2026, 12, 31))),
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
)
def test_seeing_the_same_grade_again_on_one_day_changes_nothing(
    seen: str, before: Standing | None, today: date
) -> None:
    once = settle(seen, before, today)
    assert settle(seen, once, today) == once
    assert once.grade <= seen
    assert (once.lower_grade is None) == (once.lower_grade_since is None)


# --- the words ---


def texts(own: Factors, rhythm: Rhythm = STEADY, *, from_revenue: bool = False) -> dict[str, str]:
    return {each["code"]: each["text"] for each in reasons(own, MEDIAN, rhythm, from_revenue=from_revenue)}


def test_the_reasons_compare_with_the_median_customer() -> None:
    assert texts(Factors(21.0, 0.97, 900.0)) == {
        "frequency": "buys 2.1 × as often as the median customer",
        "margin": "0.9 × the margin per purchase",
        "still_active": "still active: 97 %",
    }


def test_what_is_about_equal_is_called_equal() -> None:
    told = texts(Factors(10.2, 0.995, 980.0))
    assert told["frequency"] == "buys as often as the median customer"
    assert told["margin"] == "the same margin per purchase"
    assert told["still_active"] == "still active: over 99 %"


@given(*[st.floats(0.01, 1e6)] * 6)
def test_the_factors_multiply_to_exactly_the_value_against_the_median_customers(
    f: float, m: float, f0: float, m0: float, p: float, p0: float
) -> None:
    own, middle = Factors(f, p / 1e6, m), Factors(f0, p0 / 1e6, m0)
    told = compare(own, middle)
    assert told is not None
    assert told.value * middle.value == pytest.approx(own.value, rel=1e-9)


def test_the_median_customer_is_the_middle_of_each_factor() -> None:
    assert median_customer([Factors(1, 0.2, 30), Factors(2, 0.9, 10), Factors(9, 0.5, 20)]) == Factors(2, 0.5, 20)


def test_a_customer_who_costs_more_than_they_bring_is_said_plainly() -> None:
    assert texts(Factors(5, 0.9, -10.0))["margin"] == "leaves no margin: credit notes and losses take all of it"


def test_nothing_is_compared_with_a_median_customer_who_leaves_nothing() -> None:
    told = reasons(Factors(5, 0.9, 10.0), Factors(1, 0.9, 0.0), STEADY, from_revenue=False)
    assert [each["code"] for each in told] == ["still_active"]


def test_a_long_silence_is_told_with_what_it_means() -> None:
    rhythm = Rhythm(purchases=9, active_days=300, silent_days=120, silence_factor=16.13)
    sentence = "8 repeat purchases, 120 days silent: that is 16 × more typical of customers who have stopped"
    assert silence_sentence(rhythm) == sentence
    assert texts(Factors(10, 0.41, 900), rhythm)["silence"] == sentence


def test_the_usual_gap_is_no_silence() -> None:
    doubtful = Factors(10, 0.41, 900)
    assert "silence" not in texts(doubtful, Rhythm(9, 300, 112, 14.0))
    assert "silence" not in texts(doubtful, Rhythm(1, 0, 300, 30.0))


def test_no_silence_is_told_of_a_customer_who_is_surely_active() -> None:
    assert "silence" not in texts(Factors(10, 0.98, 900), Rhythm(9, 300, 120, 16.13))


def test_thin_data_and_estimated_margins_are_said() -> None:
    told = texts(MEDIAN, Rhythm(2, 30, 20, 1.5), from_revenue=True)
    assert told["thin_data"] == "thin data: only 2 purchases"
    assert told["from_revenue"] == "margin estimated from invoiced amounts"
    assert texts(MEDIAN, Rhythm(1, 0, 20, 1.5))["thin_data"] == "thin data: only 1 purchase"
    assert "thin_data" not in texts(MEDIAN, Rhythm(3, 60, 20, 1.5))
