"""Surfaces of known dimension, and an independent twin of each estimator."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from fewbytes.errors import InputError
from fewbytes.measures.geometry.intrinsic_dimension import (
    intrinsic_dimension,
    neighbourhood_variance,
)
from fewbytes.measures.measurement import Verdict, named

Draw = Callable[[np.random.Generator, int], np.ndarray]


def sphere(d: int) -> Draw:
    def draw(rng: np.random.Generator, n: int) -> np.ndarray:
        z = rng.normal(size=(n, d + 1))
        on_it: np.ndarray = z / np.linalg.norm(z, axis=1, keepdims=True)
        return on_it

    return draw


def circle_in_ten(rng: np.random.Generator, n: int) -> np.ndarray:
    axes = np.linalg.qr(np.random.default_rng(9).normal(size=(10, 2)))[0]
    turned: np.ndarray = sphere(1)(rng, n) @ axes.T + 5
    return turned


def swiss_roll(rng: np.random.Generator, n: int) -> np.ndarray:
    t = 1.5 * np.pi * (1 + 2 * rng.random(n))
    return np.stack([t * np.cos(t), 21 * rng.random(n), t * np.sin(t)], 1)


def cube(d: int) -> Draw:
    return lambda rng, n: rng.random((n, d))


def gaussian(d: int) -> Draw:
    return lambda rng, n: rng.normal(size=(n, d))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("draw", "truth"),
    [
        (circle_in_ten, 1), (sphere(2), 2), (swiss_roll, 2), (sphere(5), 5), (cube(2), 2),
        (cube(5), 5), (gaussian(2), 2), (gaussian(5), 5),
    ],
)  # fmt: skip
def test_low_dimensions(draw: Draw, truth: int, seed: int) -> None:
    for found in intrinsic_dimension(draw(np.random.default_rng(seed), 2000), seed=seed):
        assert found.verdict is Verdict.RELIABLE, found
        assert found.covers(truth), found
        assert not found.covers(truth + max(1, truth / 2)), found
        assert not found.covers(truth - max(1, truth / 2)), found


@pytest.mark.parametrize("draw", [cube(20), gaussian(20), gaussian(50)])
def test_high_dimensions_are_doubted(draw: Draw) -> None:
    for found in intrinsic_dimension(draw(np.random.default_rng(0), 1000)):
        assert found.verdict is Verdict.UNRELIABLE
        assert "a lower bound: it grows with n" in found.warnings[0]


def test_slow_twin() -> None:
    x = swiss_roll(np.random.default_rng(3), 300)
    apart = np.sort(np.linalg.norm(x[:, None] - x, axis=2), axis=1)[:, 1:11]
    found = named(intrinsic_dimension(x))
    two = 300 / np.log(apart[:, 1] / apart[:, 0]).sum()
    assert found["dimension.two_nn"].value == pytest.approx(two)
    each = 9 / np.log(apart[:, 9:] / apart[:, :9]).sum(1)  # Levina & Bickel, eq. 8
    assert found["dimension.ml"].value == pytest.approx(1 / (1 / each).mean())


def test_scikit_learn_finds_the_same_neighbours() -> None:
    neighbors = pytest.importorskip("sklearn.neighbors")
    x = np.random.default_rng(0).normal(size=(1000, 300)).astype(np.float32) + 100
    apart = neighbors.NearestNeighbors(n_neighbors=2).fit(x.astype(float)).kneighbors()[0]
    found = named(intrinsic_dimension(x))["dimension.two_nn"]
    assert found.value == pytest.approx(1 / np.log(apart[:, 1] / apart[:, 0]).mean())


def test_close_neighbours_far_from_the_mean() -> None:
    """Distances of 1e-6 at a radius of 1 are below what float32 can tell from products."""
    x = sphere(1)(np.random.default_rng(0), 400) * 1e-5 + np.repeat([[-1.0, 1], [1, 1]], 200, 0)
    assert named(intrinsic_dimension(x))["dimension.ml"].covers(1)


def test_repeated_records() -> None:
    x = swiss_roll(np.random.default_rng(0), 500)
    x[0, 0] = 0.0
    x = np.concatenate([x, x[:40]])
    x[500, 0] = -0.0
    for found in intrinsic_dimension(x):
        assert found.warnings[0] == "40 repeated records of 540 left out"
        assert found.covers(2)


def test_lattices_are_doubted() -> None:
    codes = np.random.default_rng(0).integers(0, 4, (2000, 8)).astype(np.uint8)
    for found in intrinsic_dimension(codes):
        assert found.verdict is Verdict.UNRELIABLE
        assert "a lattice" in found.warnings[-1]


@pytest.mark.parametrize(("side", "scale"), [(45, 1.0), (63, 255.0), (200, 1e-3)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_turned_lattices_are_doubted(side: int, scale: float, dtype: type) -> None:
    """Their ties are broken by rounding."""
    rng = np.random.default_rng(side)
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2)
    axes = np.linalg.qr(rng.normal(size=(10, 10)))[0][:2]
    turned = scale * rng.permutation(grid)[:2000] @ axes
    for found in intrinsic_dimension(turned.astype(dtype)):
        assert found.verdict is Verdict.UNRELIABLE
        assert "a lattice" in found.warnings[-1]


@pytest.mark.parametrize(
    ("draw", "truth"),
    [
        (gaussian(1), 1), (gaussian(2), 2), (cube(3), 3),
        (lambda rng, n: np.exp(2 * rng.normal(size=(n, 2))), 2),
        (lambda rng, n: np.exp(3 * rng.normal(size=(n, 2))), 2),
    ],
)  # fmt: skip
@pytest.mark.parametrize("n", [200, 1000])
def test_no_miss_is_called_reliable(draw: Draw, truth: int, n: int) -> None:
    """Over many samples of the fewest records, and of the fewest that are not doubted as such."""
    for seed in range(12):
        for found in intrinsic_dimension(draw(np.random.default_rng(seed + 100), n), seed=seed):
            assert found.covers(truth) or found.verdict is Verdict.UNRELIABLE, (seed, found)
            assert n > 200 or "too few" in found.warnings[0]


@pytest.mark.parametrize("seed", range(3))
def test_one_far_record(seed: int) -> None:
    x = np.random.default_rng(seed).normal(size=(2000, 2))
    x[7] = 1e12, 0
    for found in intrinsic_dimension(x):
        assert found.covers(2)


def test_near_records_in_two_far_places() -> None:
    """Distances of 1 at a radius of 1e12, which no product can tell."""
    x = np.random.default_rng(0).integers(0, 1 << 30, (400, 2)) / (1 << 26)
    x[:200, 0] += 1e9
    found = named(intrinsic_dimension(x))["dimension.two_nn"]
    near = [np.sort(cdist(y, y), axis=1)[:, 1:3] for y in (x[:200], x[200:])]
    logs = np.log(np.concatenate([apart[:, 1] / apart[:, 0] for apart in near]))
    assert found.value == pytest.approx(1 / logs.mean(), rel=1e-6)


def test_many_records_are_not_all_looked_at() -> None:
    x = np.random.default_rng(0).integers(0, 600, 30_000) / 7
    assert intrinsic_dimension(x)[0].warnings[0] == "23,400 repeated records of 24,000 left out"


def test_sizes() -> None:
    found = named(intrinsic_dimension(cube(2)(np.random.default_rng(0), 900), sizes=(200, 800)))
    assert found["dimension.ml"].n == 800
    assert found["dimension.ml.half"].n == 200
    for sizes in ((20, 100), (300, 400), (500, 1000)):
        with pytest.raises(InputError, match="sizes"):
            intrinsic_dimension(cube(2)(np.random.default_rng(0), 900), sizes=sizes)


def test_neighbourhood_variance() -> None:
    scores, nearest = np.array([1.0, 2, -3]), np.array([[1], [0], [1]])
    shared = np.array([[2, 2, 1], [2, 2, 1], [1, 1, 2]]) / 2  # {0, 1}, {0, 1}, {1, 2}
    assert neighbourhood_variance(scores, nearest) == pytest.approx(scores @ shared @ scores)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((500, 3)), "do not vary"),
        (np.arange(100.0)[:, None], "100 distinct records; the dimension needs at least 200"),
        (np.eye(300), "equally far"),
        (np.full((500, 3), np.nan), "NaN"),
        (np.empty((0, 3)), "empty"),
        (np.array(["a"] * 500), "not numbers"),
        (np.random.default_rng(0).normal(size=(500, 2)) * 1e200, "squares need 1e-100 to 1e100"),
        (np.random.default_rng(0).normal(size=(500, 2)) * 1e-200, "squares need"),
        ([[1.0], [1.0, 2.0]], "their lengths differ"),
    ],
)
def test_bad_input(values: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        intrinsic_dimension(values)
