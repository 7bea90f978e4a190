"""The Gaussian of few axes against the full one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from fewbytes.audits.identification.typicality import Gaussian


def test_with_all_axes_it_is_the_gaussian() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(400, 4)) @ rng.normal(size=(4, 4)) + 3
    found = Gaussian.of(points).log_density(points[:9])
    full = multivariate_normal(points.mean(0), np.cov(points.T, bias=True))
    constant = 0.5 * 4 * np.log(2 * np.pi)
    assert found == pytest.approx(full.logpdf(points[:9]) + constant)


def test_more_dimensions_than_records() -> None:
    """By the Gram matrix it is the same as by the covariance."""
    rng = np.random.default_rng(1)
    points = rng.normal(size=(60, 20)) * np.linspace(3, 0.1, 20)
    wide = np.hstack([points, np.zeros((60, 80))])
    narrow_found, wide_found = Gaussian.of(points), Gaussian.of(wide)
    assert wide_found.variances == pytest.approx(narrow_found.variances)
    assert np.abs(wide_found.axes[:20]) == pytest.approx(np.abs(narrow_found.axes))


def test_far_records_are_less_typical() -> None:
    rng = np.random.default_rng(2)
    points = rng.normal(size=(300, 6)) * [5, 1, 1, 1, 1, 1]
    gaussian = Gaussian.of(points)
    along, beside = np.zeros((2, 6))
    along[0], beside[1] = 4, 4
    centre, first, other = gaussian.log_density(np.stack([np.zeros(6), along, beside]))
    assert centre > first > other


@pytest.mark.parametrize("shape", [(1, 3), (5, 1), (12, 4)])
def test_records_that_are_all_the_same(shape: tuple[int, int]) -> None:
    """Whatever differs from them is as far as can be, and nothing is NaN."""
    points = np.full(shape, 2.0)
    same, other = Gaussian.of(points).log_density(np.array([points[0], points[0] + 1]))
    assert np.isfinite([same, other]).all()
    assert same > other + 1e6
