"""Ratios of known distributions: orthonormal transforms, coordinates left out, projections."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import beta, ortho_group

from fewbytes.errors import InputError
from fewbytes.measures.geometry.distances import distance_distortion, johnson_lindenstrauss
from fewbytes.measures.measurement import Measurement, Verdict, named


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


@pytest.mark.parametrize(("n", "d", "k"), [(100, 64, 1), (2000, 64, 1), (2000, 64, 16)])
def test_no_miss_is_called_reliable(n: int, d: int, k: int) -> None:
    """Over many samples of the fewest records, and of the fewest that are not doubted as such."""
    law, sure, wrong = beta(k / 2, (d - k) / 2), 0, 0
    for seed in range(200):
        found = measured(*coordinates(seed + 1000, n, d, k))
        for name, truth in (
            ("distances.spread", law.std() / law.mean()),
            ("norms.spread", law.std() / law.mean()),
            ("distances.correlation", math.sqrt(k / d)),
        ):
            reliable = found[name].verdict is Verdict.RELIABLE
            sure += reliable
            wrong += reliable and not found[name].covers(truth)
    assert wrong <= 1  # of 600, at a level of 99.9 %
    assert (sure > 300) == (k == 16)


def test_what_hangs_on_few_records_is_doubted() -> None:
    rng = np.random.default_rng(0)
    x, few = rng.normal(size=(2000, 16)), np.arange(2000)[:, None] < 4
    for scale in (np.exp(rng.normal(size=(2000, 1))), np.where(few, 3, 1)):
        found = measured(x, x * scale)["norms.spread"]
        assert found.verdict is Verdict.UNRELIABLE
        assert "hangs on few records" in found.warnings[0]


def test_rounding_alone_is_doubted() -> None:
    x = np.random.default_rng(0).normal(size=(2000, 8)) + 1e9
    for name in ("distances.distortion", "distances.spread", "norms.spread"):
        found = measured(x, x)[name]
        assert found.verdict is Verdict.UNRELIABLE
        assert "rounding" in found.warnings[-1]


def test_extreme_scales_do_not_matter() -> None:
    x, z = coordinates(0, 2000)
    plain, far = measured(x, z), measured(x * 1e-90, z.astype(float) * 1e90)
    for name in ("distances.distortion", "distances.spread", "distances.correlation"):
        assert far[name].value == pytest.approx(plain[name].value)


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
    assert found["distances.spread"].verdict is Verdict.UNRELIABLE
    assert "150 are too few" in found["distances.spread"].warnings[0]
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
    assert any("pairs at distance zero in the originals left out" in w for w in found.warnings)


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
        (np.eye(200) * 1e200, np.eye(200), "originals reach 1e.200; squares need 1e-100 to 1e100"),
        (np.eye(200), np.eye(200) * 1e-200, "values reach"),
        ([[1.0], [1.0, 2.0]], np.eye(2), "originals are no array of numbers"),
    ],
)
def test_bad_input(x: np.ndarray, z: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        distance_distortion(x, z)


def test_bad_options() -> None:
    with pytest.raises(InputError, match="100 points in 0 dimensions"):
        johnson_lindenstrauss(100, 0)
    with pytest.raises(InputError, match="a seed of -1"):
        distance_distortion(np.eye(200), np.eye(200), seed=-1)
