"""The rank correlation against scipy's, and its interval against the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import spearmanr

from fewbytes.audits.keys.rank_correlation import correlation_size, spearman
from fewbytes.errors import InputError


@pytest.mark.parametrize("digits", [0, 1, 8])
def test_it_is_scipy_s_with_ties_and_without(digits: int) -> None:
    x, y = np.random.default_rng(0).normal(size=(2, 300)).round(digits)
    assert spearman(x, x + y) == pytest.approx(spearmanr(x, x + y).statistic)


def test_the_interval_covers_and_excludes() -> None:
    """Of normal pairs of correlation r, Spearman's is 6 / pi asin(r / 2)."""
    rng = np.random.default_rng(0)
    missed = dict.fromkeys((0.0, 0.5, -0.9), 0)
    for r in missed:
        truth = abs(6 / math.pi * math.asin(r / 2))
        for _ in range(60):
            x, e = rng.normal(size=(2, 400))
            found = correlation_size("x", x, r * x + math.sqrt(1 - r * r) * e, "")
            missed[r] += not found.covers(truth)
            assert r == 0 or not found.covers(0)
    assert max(missed.values()) <= 2


def test_nearly_all_in_order_is_nearly_one() -> None:
    """Where a few records are out of order the interval must not run away from 1."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=500)
    for noise in (0.0, 1e-7, 1e-5, 1e-3):
        found = correlation_size("x", x, x + noise * rng.normal(size=500), "")
        assert found.low is not None
        assert found.low > 0.999


def test_its_sign_does_not_matter() -> None:
    x, e = np.random.default_rng(0).normal(size=(2, 400))
    up, down = (correlation_size("x", x, side * (x + e), "") for side in (1, -1))
    assert (up.value, up.low, up.high) == pytest.approx((down.value, down.low, down.high))
    none = correlation_size("x", x, e, "")
    assert none.low == 0
    assert none.high is not None
    assert none.high > 0


def test_bad_input_is_refused() -> None:
    x = np.arange(300.0)
    with pytest.raises(InputError, match=r"199 pairs of figures; .* at least 200"):
        correlation_size("x", x[:199], x[:199], "")
    with pytest.raises(InputError, match="all 300 figures are equal"):
        correlation_size("x", x, np.ones(300), "")


@pytest.mark.parametrize(("first", "second"), [(6, 200), (29, 200), (30, 30), (60, 90)])
def test_sides_that_hardly_vary_are_refused(first: int, second: int) -> None:
    """Intervals of such sides lie beyond 0 by bad luck: a few records make them."""
    rng = np.random.default_rng(0)
    x, y = (_off_mode(count, rng) for count in (first, second))
    with pytest.raises(InputError, match=f"{first} of 200 figures of one side"):
        correlation_size("x", x, y, "")


def test_sides_that_vary_enough_miss_zero_as_seldom_as_they_say() -> None:
    rng = np.random.default_rng(0)
    missed = 0
    for _ in range(150):
        x, y = (_off_mode(80, rng) for _ in range(2))
        missed += not correlation_size("x", x, y, "").covers(0)
    assert missed <= 3


def _off_mode(count: int, rng: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """200 figures, as many as that not 0, and all different where all are."""
    found = np.zeros(200)
    found[rng.permutation(200)[:count]] = 1
    return rng.permutation(200).astype(float) if count == 200 else found
