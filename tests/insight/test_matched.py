"""Comparing within strata: worked tables, what strata undo, intervals that repeat, how many it takes to see it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulant.insight.matched import Comparison, Rows, compare, detectable_ratio, mantel_haenszel, needed_per_group


def table(*strata: tuple[int, int, int, int]) -> Rows:
    """Strata as (treated with it, treated without, untreated with it, untreated without); each row a customer."""
    stratum, treated, outcome = [], [], []
    for place, counts in enumerate(strata):
        for count, (is_treated, came) in zip(
            counts, ((True, True), (True, False), (False, True), (False, False)), strict=True
        ):
            stratum += [place] * count
            treated += [is_treated] * count
            outcome += [came] * count
    return Rows(
        np.arange(len(stratum)),
        np.array(stratum, dtype=np.int64),
        np.array(treated, dtype=bool),
        np.array(outcome, dtype=bool),
    )


def test_the_ratio_is_that_of_a_constructed_table() -> None:
    # (10·100/200 + 8·40/60) / (5·100/200 + 8·20/60)
    rows = table((10, 90, 5, 95), (8, 12, 8, 32))
    assert mantel_haenszel(rows) == pytest.approx((10 * 100 / 200 + 8 * 40 / 60) / (5 * 100 / 200 + 8 * 20 / 60))
    assert mantel_haenszel(table((10, 90, 5, 95))) == pytest.approx(2.0)


def test_strata_undo_what_only_looks_like_a_difference() -> None:
    # Poor customers leave four times as often and are dunned far more; dunning itself changes nothing.
    rows = table((80, 120, 8, 12), (2, 18, 20, 180))
    crude = (82 / 220) / (28 / 220)
    assert crude > 2.9
    found = compare(rows)
    assert found.ratio == pytest.approx(1.0) and found.matched_share == 1.0
    assert found.low is not None and found.high is not None and found.low < 1 < found.high


def test_those_without_a_counterpart_are_left_out_and_the_share_says_so() -> None:
    found = compare(table((10, 90, 5, 95), (50, 50, 0, 0)))
    assert (found.treated, found.untreated, found.ratio, found.matched_share) == (100, 100, pytest.approx(2.0), 0.5)


def test_the_interval_repeats_and_counts_customers_not_rows() -> None:
    rows = table((30, 270, 15, 285))
    assert compare(rows) == compare(rows)
    thrice = Rows(*(np.tile(part, 3) for part in (rows.customer, rows.stratum, rows.treated, rows.outcome)))
    once, again = compare(rows), compare(thrice)
    assert (again.low, again.high) == (pytest.approx(once.low), pytest.approx(once.high))
    assert (again.treated, again.untreated) == (300, 300)


def test_how_many_it_takes_is_what_the_worked_figures_say() -> None:
    pairs = ((0.04, 0.06), (0.04, 0.08), (0.05, 0.10), (0.02, 0.10))
    assert [needed_per_group(*pair) for pair in pairs] == [1861, 550, 432, 135]
    for base, other in pairs:
        enough = needed_per_group(base, other)
        assert detectable_ratio(base, enough, enough) == pytest.approx(other / base, abs=0.02)
    assert detectable_ratio(0.6, 5, 5) is None


def test_a_small_house_hears_that_there_is_not_enough_data() -> None:
    assert compare(table((1, 28, 1, 28))).verdict == "not_enough"
    assert compare(table((4, 96, 4, 96))).verdict == "not_enough"
    assert compare(table((80, 1920, 80, 1920))).verdict == "no_difference"
    assert compare(table((160, 1840, 80, 1920))).verdict == "more"
    assert compare(table((80, 1920, 160, 1840))).verdict == "less"
    assert compare(table()).verdict == "not_enough"
    assert compare(table((40, 0, 0, 40))).ratio is None


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(*[st.integers(0, 12)] * 4), min_size=1, max_size=5),
    st.permutations(range(5)),
)
def test_the_order_and_the_names_of_strata_do_not_matter(
    strata: list[tuple[int, int, int, int]], order: list[int]
) -> None:
    rows = table(*strata)
    other = table(*[strata[place] for place in order if place < len(strata)])
    one, two = compare(rows), compare(other)
    assert (one.ratio, one.matched_share, one.treated) == (
        pytest.approx(two.ratio) if two.ratio is not None else None,
        two.matched_share,
        two.treated,
    )
    if one.ratio is not None and one.low is not None and one.high is not None:
        assert 0 <= one.low <= one.high
    assert isinstance(one, Comparison)
