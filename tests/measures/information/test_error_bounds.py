"""Fano and Hellman-Raviv on channels whose error and information are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from fewbytes.errors import InputError
from fewbytes.measures.information.error_bounds import (
    error_upper_limit,
    fano_entropy,
    fano_error,
    fano_information,
    hellman_raviv_entropy,
    hellman_raviv_error,
)


def _entropy(p: np.ndarray) -> float:
    p = p[p > 0]
    return float(-np.sum(p * np.log2(p)))


@pytest.mark.parametrize(("classes", "error"), [(2, 0.11), (4, 0.1), (10, 0.3), (10, 0.9)])
def test_fano_is_tight_for_symmetric_channels(classes: int, error: float) -> None:
    left = _entropy(np.array([1 - error, *[error / (classes - 1)] * (classes - 1)]))
    assert fano_entropy(error, classes) == pytest.approx(left)
    assert fano_error(left, classes) == pytest.approx(error)
    known = math.log2(classes) - left
    assert fano_information(error, classes, math.log2(classes)) == pytest.approx(known)


@pytest.mark.parametrize("classes", [2, 4])
def test_hellman_raviv_is_tight_for_erasure_channels(classes: int) -> None:
    erased = 0.3
    assert hellman_raviv_error(erased * math.log2(classes)) == pytest.approx(
        erased * (classes - 1) / classes, rel=0.34 if classes > 2 else 1e-12
    )
    assert hellman_raviv_entropy(0.15) == 0.3


def test_both_hold_for_random_posteriors() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        classes = int(rng.integers(2, 12))
        posteriors = rng.dirichlet(np.full(classes, rng.choice([0.05, 0.3, 2.0])), size=5)
        left = float(np.mean([_entropy(p) for p in posteriors]))
        bayes = float(np.mean(1 - posteriors.max(1)))
        assert fano_error(left, classes) <= bayes + 1e-9 <= hellman_raviv_error(left) + 2e-9
        assert hellman_raviv_entropy(bayes) - 1e-9 <= left <= fano_entropy(bayes, classes) + 1e-9


def test_they_fail_where_they_should() -> None:
    left = fano_entropy(0.3, 10)
    assert fano_error(left + 0.1, 10) > 0.3
    assert hellman_raviv_error(0.5) < 0.26


def test_ends() -> None:
    assert fano_error(0, 5) == 0
    assert fano_error(math.log2(5), 5) == pytest.approx(0.8)
    assert fano_entropy(1.0, 5) == pytest.approx(math.log2(5))
    assert fano_information(0.95, 5, 2.0) == 0
    assert hellman_raviv_error(3.3) == 1


def test_the_upper_limit_is_clopper_and_pearson_s() -> None:
    for errors, n in ((0, 50), (3, 200), (199, 200)):
        twin = binomtest(errors, n).proportion_ci(0.98, "exact").high
        assert error_upper_limit(errors, n, 0.01) == pytest.approx(twin)
    assert error_upper_limit(7, 7, 0.01) == 1


def test_bad_figures() -> None:
    with pytest.raises(InputError, match="1 classes"):
        fano_error(0.1, 1)
    with pytest.raises(InputError, match=r"2.5 bits; 4 classes have between 0 and 2"):
        fano_error(2.5, 4)
    with pytest.raises(InputError, match="bits"):
        fano_error(math.nan, 4)
    with pytest.raises(InputError, match=r"fraction from 0 to 1, not 1\.5"):
        fano_entropy(1.5, 4)
    with pytest.raises(InputError, match="bits"):
        fano_information(0.1, 4, 3.0)
    with pytest.raises(InputError, match="number of bits from 0"):
        hellman_raviv_error(-0.1)
    with pytest.raises(InputError, match="fraction"):
        hellman_raviv_entropy(-0.1)
    with pytest.raises(InputError, match="3 errors among 2"):
        error_upper_limit(3, 2, 0.01)
