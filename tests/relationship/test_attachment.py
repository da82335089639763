"""Attachment: how close a customer is to us, in points that sum to the figure and know nothing of money."""

from __future__ import annotations

import inspect
from dataclasses import fields, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulant.relationship import attachment as module
from kulant.relationship.attachment import Bond, attachment

TODAY = date(2026, 11, 23)


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


bonds = st.builds(
    Bond,
    today=st.just(TODAY),
    last_contact=st.none() | st.integers(0, 2000).map(days_ago),
    danger_days=st.integers(30, 400),
    late_requests=st.integers(0, 5),
    strikes=st.integers(0, 5),
    complaint_open=st.booleans(),
    complaint_outcome=st.sampled_from([None, "put_right", "explained", "rejected"]),
    expected=st.none() | st.integers(0, 10),
    got=st.none() | st.integers(0, 10),
    gap_put_right=st.booleans(),
    since=st.none() | st.integers(0, 12_000).map(days_ago),
)


def figure(bond: Bond) -> int:
    """The figure; a customer of whom nothing is known stands in the middle for a comparison."""
    value, _ = attachment(bond)
    return module.MIDDLE if value is None else value


@given(bonds)
def test_the_points_said_in_words_sum_to_the_figure_and_it_stays_between_0_and_100(bond: Bond) -> None:
    value, points = attachment(bond)
    if value is None:
        assert points == []
        return
    assert value == sum(point.points for point in points)
    assert 0 <= value <= 100
    assert all(point.text for point in points)


@given(bonds, st.integers(1, 3))
def test_another_strike_never_raises_it(bond: Bond, more: int) -> None:
    assert figure(replace(bond, strikes=bond.strikes + more)) <= figure(bond)


@given(bonds, st.integers(1, 3))
def test_another_request_left_unanswered_never_raises_it(bond: Bond, more: int) -> None:
    assert figure(replace(bond, late_requests=bond.late_requests + more)) <= figure(bond)


@given(bonds.filter(lambda bond: bond.last_contact is not None), st.integers(1, 400))
def test_a_longer_silence_never_raises_it(bond: Bond, longer: int) -> None:
    assert bond.last_contact is not None
    assert figure(replace(bond, last_contact=bond.last_contact - timedelta(days=longer))) <= figure(bond)


@given(bonds.filter(lambda bond: bond.got is not None), st.integers(0, 10))
def test_a_better_experience_never_lowers_it(bond: Bond, got: int) -> None:
    assert bond.got is not None
    less, more = sorted((bond.got, got))
    settled = replace(bond, gap_put_right=False, expected=bond.expected if bond.expected is not None else 5)
    assert figure(replace(settled, got=less)) <= figure(replace(settled, got=more))


@given(bonds.filter(lambda bond: bond.since is not None), st.integers(1, 4000))
def test_a_longer_time_with_us_never_lowers_it(bond: Bond, longer: int) -> None:
    assert bond.since is not None
    assert figure(replace(bond, since=bond.since - timedelta(days=longer))) >= figure(bond)


@given(bonds)
def test_an_open_complaint_never_raises_it(bond: Bond) -> None:
    ended = replace(bond, complaint_open=False)
    assert figure(replace(bond, complaint_open=True)) <= figure(ended)


def test_of_a_customer_of_whom_nothing_is_known_there_is_no_figure() -> None:
    assert attachment(Bond(today=TODAY)) == (None, [])
    assert attachment(Bond(today=TODAY, since=days_ago(200))) == (None, [])


def test_the_reasons_are_said_in_words_with_their_points() -> None:
    value, points = attachment(
        Bond(today=TODAY, last_contact=days_ago(12), strikes=1, complaint_outcome="put_right", since=days_ago(1500))
    )
    assert value == 50 + 20 - 10 + 5 + 8
    assert [(point.text, point.points) for point in points] == [
        ("Everybody starts in the middle", 50),
        ("Last spoke on 11 November 2026", 20),
        ("1 strike against us", -10),
        ("Their last complaint was put right", 5),
        ("A customer for 4 years", 8),
    ]


@pytest.mark.parametrize("word", ["value", "margin", "amount", "minor", "revenue", "grade", "price", "open_item"])
def test_nothing_of_money_is_among_its_inputs(word: str) -> None:
    assert not [field.name for field in fields(Bond) if word in field.name]
    code = inspect.getsource(module).partition('"""')[2].partition('"""')[2]
    assert f".{word}" not in code and f"_{word}" not in code
    assert "import Score" not in code and "purchases" not in code
