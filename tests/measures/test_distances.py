"""Ratios of known distributions: orthonormal transforms, coordinates left out, projections."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import beta, ortho_group

from fewbytes.errors import InputError
from fewbytes.measures.distances import distance_distortion, johnson_lindenstrauss
from fewbytes.measures.measurement import Measurement, named


def coordinates(seed: int, n: int, d: int = 64, k: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """Isotropic Gaussians, and k of d coordinates: r d / k is Beta(k / 2, (d - k) / 2) d / k."""
    x = np.random.default_rng(seed).normal(size=(n, d))
    return x, x[:, :k].astype(np.float32)


def measured(x: np.ndarray, z: np.ndarray, **options: int) -> dict[str, Measurement]:
    return named(distance_distortion(x, z, **options))


@pytest.mark.parametrize("seed", range(4))
def test_coordinates(seed: int) -> None:
    found, law = measured(*coordinates(seed, 20_000)), beta(8, 24)
    half = brentq(lambda e: law.cdf((1 + e) / 4) - law.cdf((1 - e) / 4) - 0.999, 0, 3)
    truths = {
        "distances.spread": law.std() * 4,
        "norms.spread": law.std() * 4,
        "distances.correlation": 0.5,
        "distances.distortion": half,
    }
    for name, truth in truths.items():
        assert found[name].covers(truth), name
        assert not found[name].covers(1.5 * truth), name


@pytest.mark.parametrize("offset", [0.0, 1000.0])
def test_an_orthonormal_transform_keeps_all_distances(offset: float) -> None:
    x = np.random.default_rng(0).integers(0, 256, (500, 4, 8, 2)).astype(np.uint8)
    z = 3.0 * x.reshape(500, 64) @ ortho_group.rvs(64, random_state=0) + offset
    found = measured(x, z.astype(np.float32))
    for name in ("distances.distortion", "distances.spread", "norms.spread"):
        assert found[name].covers(0.0)
        assert (found[name].value or 0) < 1e-5
    assert found["distances.correlation"].covers(1.0)


@pytest.mark.parametrize("seed", range(3))
def test_a_fixed_matrix(seed: int) -> None:
    rng, d, k = np.random.default_rng(seed), 100, 20
    matrix, x = rng.normal(size=(d, k)), rng.normal(size=(8_000, d))
    squares = np.linalg.svd(matrix, compute_uv=False) ** 2
    truth = math.sqrt(2 * (d * (squares**2).sum() / squares.sum() ** 2 - 1) / (d + 2))
    assert measured(x, x @ matrix)["distances.spread"].covers(truth)


def test_slow_twin() -> None:
    x, z = coordinates(0, 300)
    found = measured(x, z, seed=5)
    order = np.random.default_rng(5).permutation(300)
    pairs = list(zip(order[:150], order[150:], strict=True))
    r = [sum((z[i] - z[j]) ** 2) / sum((x[i] - x[j]) ** 2) for i, j in pairs]
    assert found["distances.spread"].value == pytest.approx(np.std(r, ddof=1) / np.mean(r), 1e-5)
    assert found["distances.distortion"].value == pytest.approx(
        max(abs(q / np.mean(r) - 1) for q in r), 1e-5
    )
    assert found["distances.distortion"].high == math.inf
    assert "too few for an upper end" in found["distances.distortion"].warnings[0]
    assert measured(x, z, pairs=60)["distances.spread"].n == 60


def test_lemma_against_scikit_learn() -> None:
    least = pytest.importorskip("sklearn.random_projection").johnson_lindenstrauss_min_dim
    for n, k in ((1000, 500), (60_000, 784), (60_000, 265)):
        e = johnson_lindenstrauss(n, k)
        assert e is not None
        assert least(n, eps=min(e * 1.001, 0.99999)) <= k <= least(n, eps=e * 0.999)
    assert johnson_lindenstrauss(60_000, 256) is None
    found = measured(*coordinates(0, 200))["distances.johnson_lindenstrauss"]
    assert not found.available
    assert "promise nothing" in found.warnings[0]


def test_repeated_images_are_left_out() -> None:
    x, z = coordinates(0, 1000)
    x[:300], z[:300] = x[0], z[0]
    found = measured(x, z)["distances.spread"]
    assert found.n < 500
    assert "pairs at distance zero in the originals left out" in found.warnings[0]


def test_equal_distances_have_no_correlation() -> None:
    assert not measured(np.eye(200), coordinates(0, 200)[1])["distances.correlation"].available


@pytest.mark.parametrize(
    ("x", "z", "message"),
    [
        (np.ones((200, 3)), np.ones((199, 3)), "200 originals, but values of 199"),
        (np.ones((20, 3)), np.ones((20, 3)), "10 pairs of records; distances need at least 50"),
        (np.ones((200, 3)), np.eye(200), "0 ratios left"),
        (np.eye(200), np.ones((200, 3)), "the values do not vary"),
        (np.eye(200), np.full((200, 3), np.nan), "values hold NaN"),
        (np.full((200, 3), np.inf), np.eye(200), "originals hold NaN"),
        (np.empty((0, 3)), np.eye(200), "originals are empty"),
        (np.eye(200).astype(str), np.eye(200), "not numbers"),
    ],
)
def test_bad_input(x: np.ndarray, z: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        distance_distortion(x, z)
