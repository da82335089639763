"""Keepability: what kindness is believed to add to the chance that a customer stays, and what it may cost by that."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulant.relationship.keepability import (
    KINDNESS,
    LABEL,
    MOST,
    Concession,
    Evidence,
    concession_cap,
    financing_minor,
    gain,
    gain_by,
    keepability,
    points_words,
)
from kulant.treatment import priors

evidence = st.builds(
    Evidence,
    p_active=st.none() | st.floats(0, 1),
    open_complaint=st.booleans(),
    strikes=st.integers(0, 4),
    in_danger=st.booleans(),
    phase=st.sampled_from([None, "Buying"]),
    phase_times=st.floats(0, 5),
    plan_allowed=st.booleans(),
)


@given(evidence)
def test_it_is_the_prior_times_every_factor_said_in_words(known: Evidence) -> None:
    kept = keepability(known)
    product = KINDNESS[kept.treatment]
    for factor in kept.factors:
        product *= factor.times
        assert factor.text
    assert kept.gain == pytest.approx(min(product, MOST), abs=1e-4)
    assert LABEL in kept.reasons()[0]["text"]


@given(evidence)
def test_attention_brings_more_where_somebody_was_overlooked_or_complains(known: Evidence) -> None:
    assert keepability(replace(known, in_danger=True)).gain >= keepability(replace(known, in_danger=False)).gain
    assert (
        keepability(replace(known, open_complaint=True)).gain >= keepability(replace(known, open_complaint=False)).gain
    )


@given(evidence)
def test_lost_trust_makes_kindness_bring_less(known: Evidence) -> None:
    assert keepability(replace(known, strikes=2)).gain <= keepability(replace(known, strikes=0)).gain


def test_most_is_won_where_it_is_undecided_whether_they_stay() -> None:
    gains = [keepability(Evidence(p_active=share)).gain for share in (0.02, 0.3, 0.5, 0.7, 0.98)]
    assert gains == [0.004, 0.0168, 0.02, 0.0168, 0.004]


def test_who_has_broken_plans_is_shown_the_kindness_that_is_left() -> None:
    assert keepability(Evidence(plan_allowed=False)).treatment == "fee_waiver"
    assert keepability(Evidence(plan_allowed=False)).gain < keepability(Evidence()).gain


def test_what_another_treatment_adds_follows_from_the_stored_reasons() -> None:
    kept = keepability(Evidence(p_active=0.5, in_danger=True))
    assert gain_by(kept.reasons(), "payment_plan") == kept.gain == 0.025
    assert gain_by(kept.reasons(), "fee_waiver") == 0.0125
    assert gain_by(kept.reasons(), "formal_notice") == 0
    assert gain_by(None, "payment_plan") == 0.02


def test_the_beliefs_are_those_of_the_decision() -> None:
    for treatment, added in KINDNESS.items():
        assert round(added * priors.BASIS) == -priors.PRIORS[treatment].churn, treatment


def test_a_concession_may_cost_what_it_is_believed_to_keep() -> None:
    cap = concession_cap(Concession(fees_minor=70_000), stay_gain=0.01, value_minor=8_280_000, currency="NOK")
    assert (cap.allowed, cap.cap_minor) == (True, 82_800)
    assert cap.text == (
        "It costs 700.00 NOK. It is believed to keep 828.00 NOK: 1 point more likely to stay × 82,800.00 NOK in "
        "12 months (prior, not measured)."
    )


def test_all_parts_of_a_concession_count() -> None:
    parts = Concession(fees_minor=1, interest_minor=20, staff_minor=300, financing_minor=4_000)
    assert parts.cost_minor == 4_321
    assert not concession_cap(parts, stay_gain=0.02, value_minor=216_000, currency="NOK").allowed
    assert concession_cap(parts, stay_gain=0.02, value_minor=216_050, currency="NOK").allowed


def test_where_the_value_is_unknown_there_is_no_cap() -> None:
    for stay_gain, value in ((None, 100), (0.02, None)):
        cap = concession_cap(Concession(fees_minor=10**9), stay_gain=stay_gain, value_minor=value, currency="NOK")
        assert cap.allowed and cap.cap_minor is None and "unknown" in cap.text


def test_the_rules_may_set_no_cap() -> None:
    free = concession_cap(Concession(fees_minor=100), stay_gain=0, value_minor=0, currency="NOK", enforced=False)
    assert free.allowed and "no cap" in free.text


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.floats(0, 1), st.integers(0, 10**10))
def test_a_dearer_concession_is_never_allowed_where_a_cheaper_one_is_not(
    fee: int, more: int, stay_gain: float, value: int
) -> None:
    dear = concession_cap(Concession(fees_minor=fee + more), stay_gain=stay_gain, value_minor=value, currency="NOK")
    cheap = concession_cap(Concession(fees_minor=fee), stay_gain=stay_gain, value_minor=value, currency="NOK")
    assert cheap.allowed or not dear.allowed


def test_waiting_for_money_costs_simple_interest() -> None:
    assert financing_minor(4_800_000, 73, 0.10) == 96_000
    assert financing_minor(4_800_000, -5, 0.10) == 0


@pytest.mark.parametrize(("share", "words"), [(0.01, "1 point"), (0.02, "2 points"), (0.0125, "1.25 points")])
def test_shares_are_said_as_points(share: float, words: str) -> None:
    assert points_words(share) == words


@given(st.lists(st.floats(0, 5), max_size=6))
def test_no_kindness_is_believed_to_do_wonders(times: list[float]) -> None:
    assert 0 <= gain("payment_plan", times) <= MOST
