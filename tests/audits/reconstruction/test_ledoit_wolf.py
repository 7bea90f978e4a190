"""The shrunk covariance, against a slow twin and scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from fewbytes.audits.reconstruction.ledoit_wolf import shrunk_covariance


def _records(n: int, p: int, seed: int = 0) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    return rng.normal(3, 1, (n, p)) @ rng.normal(0, 1, (p, p))


def _slow(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """As the paper has it, record by record."""
    n, p = x.shape
    x = x - x.mean(0)
    sample = sum(np.outer(one, one) for one in x) / n
    target = np.trace(sample) / p * np.eye(p)
    spread = np.sum((sample - target) ** 2)
    error = sum(np.sum((np.outer(one, one) - sample) ** 2) for one in x) / n**2
    share = min(error, spread) / spread
    found: NDArray[np.float64] = share * target + (1 - share) * sample
    return found


@pytest.mark.parametrize(("n", "p"), [(5, 12), (40, 12), (400, 6)])
def test_it_is_the_slow_one(n: int, p: int) -> None:
    x = _records(n, p)
    np.testing.assert_allclose(shrunk_covariance(x), _slow(x), rtol=1e-10, atol=1e-9)


def test_it_is_that_of_scikit_learn() -> None:
    covariance = pytest.importorskip("sklearn.covariance")
    x = _records(30, 20)
    np.testing.assert_allclose(shrunk_covariance(x), covariance.ledoit_wolf(x)[0], rtol=1e-9)


def test_few_records_give_a_matrix_that_can_be_inverted() -> None:
    assert np.linalg.eigvalsh(shrunk_covariance(_records(4, 30)))[0] > 0.1


def test_it_is_nearer_to_the_truth_than_the_sample() -> None:
    rng = np.random.default_rng(1)
    truth = np.diag(np.linspace(1, 3, 40))
    x = rng.normal(size=(50, 40)) * np.sqrt(np.diag(truth))
    sample = np.cov(x.T, bias=True)
    assert np.square(shrunk_covariance(x) - truth).sum() < 0.5 * np.square(sample - truth).sum()


def test_records_all_alike_have_no_variance() -> None:
    assert not shrunk_covariance(np.full((5, 3), 7.0)).any()
