"""The danger zone, the phases of a relationship, and break-even: the rules alone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulant.relationship.break_even import Cohort, Member, break_even, cohort_name, cohorts, months_between
from kulant.relationship.danger import danger, is_late, longest_silence, usual_gap
from kulant.relationship.phases import phase_of
from kulant.relationship.rulebook import PHASES, Phase, RuleBook

TODAY = date(2026, 11, 23)  # a Monday
RULES = RuleBook()


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def silent_for(days: int, gap: int | None = None, rules: RuleBook = RULES) -> bool:
    return bool(danger(rules, today=TODAY, last_contact=days_ago(days), gap=gap, late_requests=[]))


def test_ninety_days_of_silence_are_well_and_one_more_is_too_long() -> None:
    assert not silent_for(90)
    assert silent_for(91)


def test_who_is_seldom_spoken_with_is_in_danger_only_after_twice_their_usual_gap() -> None:
    assert not silent_for(200, gap=100)
    assert silent_for(201, gap=100)
    assert not silent_for(90, gap=20), "the ninety days hold for who is spoken with often"


def test_a_customer_nobody_is_known_to_have_spoken_with_is_not_in_danger() -> None:
    assert danger(RULES, today=TODAY, last_contact=None, gap=None, late_requests=[]) == []


def test_the_creditor_may_set_other_days() -> None:
    assert silent_for(61, rules=RuleBook(danger_gap_days=60))
    assert longest_silence(RuleBook(danger_gap_times=1.5), 100) == 150


def test_a_request_may_wait_three_working_days() -> None:
    wednesday = date(2026, 11, 18)
    assert not is_late(wednesday, TODAY, days=3, country="NO"), "Thursday, Friday and Monday"
    assert is_late(date(2026, 11, 17), TODAY, days=3, country="NO")


def test_signs_of_danger_are_said_in_words() -> None:
    signs = danger(RULES, today=TODAY, last_contact=days_ago(120), gap=None, late_requests=[date(2026, 11, 10)])
    assert [sign.text for sign in signs] == [
        "Nobody has spoken with them since 26 July 2026: over 90 days.",
        "A request of 10 November 2026 has not been answered.",
    ]


def test_the_usual_gap_is_the_middle_one_and_unknown_from_fewer_than_three_contacts() -> None:
    assert usual_gap([days_ago(100), days_ago(60), days_ago(10)]) == 45
    assert usual_gap([days_ago(100), days_ago(100), days_ago(10)]) is None, "twice on a day is one contact"


@given(st.integers(0, 500), st.none() | st.integers(1, 300), st.integers(0, 200))
def test_a_longer_silence_never_ends_the_danger(days: int, gap: int | None, longer: int) -> None:
    assert silent_for(days + longer, gap) >= silent_for(days, gap)


@pytest.mark.parametrize(
    ("purchases", "paid", "p_active", "phase"),
    [
        (0, 0, None, "getting_to_know"),
        (1, 0, 0.9, "buying"),
        (5, 3, 0.9, "using_and_paying"),
        (5, 3, None, "using_and_paying"),
        (5, 3, 0.2, "staying_or_leaving"),
    ],
)
def test_the_last_phase_that_has_begun_is_the_customers(
    purchases: int, paid: int, p_active: float | None, phase: str
) -> None:
    found = phase_of(PHASES, purchases=purchases, paid_invoices=paid, p_active=p_active)
    assert found is not None and found.code == phase


def test_a_list_of_phases_may_begin_late() -> None:
    later = (Phase(code="known", name="Known", after_purchases=3),)
    assert phase_of(later, purchases=2, paid_invoices=9, p_active=0.5) is None


def test_break_even_is_unknown_without_an_acquisition_cost() -> None:
    assert break_even(None, None, lost=True).state == "unknown"
    assert break_even(100, None, lost=False).state == "not_yet"
    assert break_even(100, None, lost=True).state == "lost_before"
    assert break_even(100, date(2025, 3, 1), lost=True).state == "reached", "what was reached stays reached"


def member(number: str, since: date, reached: date | None = None, *, lost: bool = False, value: int = 100) -> Member:
    state = break_even(1000, reached, lost=lost)
    return Member(number, number, since, state.state, state.on, 1000, 400, value)


def test_a_cohort_says_how_many_are_past_break_even_and_how_long_it_took() -> None:
    group = Cohort(
        "2025 Q1",
        (
            member("A", date(2025, 1, 10), date(2025, 3, 1)),
            member("B", date(2025, 2, 1), date(2025, 12, 1)),
            member("C", date(2025, 3, 1)),
            member("D", date(2025, 3, 1), lost=True),
        ),
    )
    assert (group.share_past, group.median_months) == (0.5, 7.0)
    assert (group.count("not_yet"), group.count("lost_before")) == (1, 1)
    assert (group.cost_minor, group.margin_minor) == (4000, 1600)
    assert group.expected_minor == 300, "who has left is expected to leave nothing more"


def test_customers_are_grouped_by_the_quarter_or_the_year_they_came_in() -> None:
    members = [member("B", date(2025, 4, 1)), member("A", date(2024, 12, 31)), member("C", date(2025, 6, 30))]
    assert [(group.name, len(group.members)) for group in cohorts(members, by="quarter")] == [
        ("2024 Q4", 1),
        ("2025 Q2", 2),
    ]
    assert [group.name for group in cohorts(members, by="year")] == ["2024", "2025"]
    assert cohort_name(date(2026, 1, 1), "quarter") == "2026 Q1"


def test_the_first_month_counts_as_one() -> None:
    assert months_between(date(2025, 1, 31), date(2025, 1, 1)) == 1
    assert months_between(date(2025, 1, 31), date(2026, 1, 1)) == 13
