"""Control limits: the worked figures, the exact rule for few customers, and Laney's factor that vanishes by chance."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from kulant.insight.control import (
    FEWEST_MONTHS,
    RUN,
    TAIL,
    Usual,
    binomial_tail,
    exact_ring,
    rings_at,
    run_above,
    sigma_z,
    spread,
    upper_limit,
    usual,
)


@pytest.mark.parametrize(
    ("n", "rings", "normal", "tail_of_normal"), [(80, 6, 5, 0.0072), (400, 15, 14, 0.0034), (1200, 33, 31, 0.0046)]
)
def test_a_small_share_rings_by_the_exact_rule_and_later_than_by_the_normal_one(
    n: int, rings: int, normal: int, tail_of_normal: float
) -> None:
    known = Usual(0.015, 1.0, 24)
    assert exact_ring(n, 0.015) == rings == rings_at(n, known)
    assert math.floor(n * upper_limit(n, known)) + 1 == normal
    if n < 1200:  # the science file gives the tails of the two smaller ones
        assert binomial_tail(normal, n, 0.015) == pytest.approx(tail_of_normal, abs=5e-5)
        assert binomial_tail(rings, n, 0.015) == pytest.approx(0.0013, abs=5e-5)


@given(n=st.integers(1, 3000), share=st.floats(0.0005, 0.6))
def test_the_exact_limit_is_the_first_count_rarer_than_the_tail(n: int, share: float) -> None:
    ring = exact_ring(n, share)
    assert binom.sf(ring - 1, n, share) < TAIL
    assert ring == 1 or binom.sf(ring - 2, n, share) >= TAIL


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(60, 200)), min_size=FEWEST_MONTHS, max_size=30))
def test_months_that_differ_by_chance_keep_the_plain_limits(months: list[tuple[int, int]]) -> None:
    counts, sizes = [count for count, _ in months], [n for _, n in months]
    known = usual(counts, sizes)
    if not sum(counts):
        assert known is None
        return
    assert known is not None
    share = sum(counts) / sum(sizes)
    if sigma_z(counts, sizes, share) <= 1:
        assert known.sigma_z == 1.0
        for n in sizes:
            assert rings_at(n, known) == exact_ring(n, share)
            assert upper_limit(n, known) == pytest.approx(share + 3 * spread(n, share))
    else:
        assert all(rings_at(n, known) >= exact_ring(n, share) for n in sizes)


def test_months_that_differ_more_than_chance_widen_the_limits() -> None:
    counts, sizes = [2, 40] * 8, [1000] * 16
    known = usual(counts, sizes)
    assert known is not None and known.share == pytest.approx(0.021)
    by_hand = (38 / 1000) / math.sqrt(0.021 * 0.979 / 1000) / 1.128
    assert known.sigma_z == pytest.approx(by_hand)
    assert rings_at(1000, known) > exact_ring(1000, 0.021)


def test_nothing_is_usual_before_a_year_has_passed_or_anybody_was_lost() -> None:
    assert usual([1] * 11, [100] * 11) is None
    assert usual([0] * 24, [100] * 24) is None


def test_eight_months_above_the_usual_ring_and_seven_do_not() -> None:
    known = Usual(0.01, 1.0, 24)
    assert run_above([0] + [2] * RUN, [100] * (RUN + 1), known)
    assert not run_above([0] + [2] * (RUN - 1), [100] * RUN, known)
    assert not run_above([2] * (RUN - 1), [100] * (RUN - 1), known)
